//! A public key as results show it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PublicKey;
use crate::encoding::hex::Sha256;

/// A public key as results show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeySummary {
    /// `RSA`, `ECDSA`, `Ed25519` or a dotted OID.
    pub algorithm: String,
    /// The size of an RSA modulus in bits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bits: Option<u64>,
    /// The name of the curve, or its dotted OID.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub curve: Option<String>,
    /// SHA-256 of the SubjectPublicKeyInfo.
    pub spki_sha256: Sha256,
}

impl KeySummary {
    /// The key in a few words: `RSA 3072`, `ECDSA P-256`.
    pub fn describe(&self) -> String {
        match (self.bits, &self.curve) {
            (Some(bits), _) => format!("{} {bits}", self.algorithm),
            (None, Some(curve)) => format!("{} {curve}", self.algorithm),
            (None, None) => self.algorithm.clone(),
        }
    }
}

impl From<&PublicKey> for KeySummary {
    fn from(key: &PublicKey) -> Self {
        Self {
            algorithm: key.algorithm_name(),
            bits: key.rsa_bits(),
            curve: key.curve_name(),
            spki_sha256: key.spki_sha256(),
        }
    }
}
