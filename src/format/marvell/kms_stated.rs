//! What a CryptoKeyVersion says of the key beside its attestation. No one signed it, and it decides
//! nothing: but where it contradicts what the module signed, the applicant has to say which of the two
//! is so.
//!
//! <https://cloud.google.com/kms/docs/reference/rest/v1/projects.locations.keyRings.cryptoKeys.cryptoKeyVersions>

use super::super::Doubt;
use super::attributes::KeyPairStatement;
use super::envelope::{contradiction, is_said, shown};
use crate::encoding::json::Value;
use crate::public_key::{Curve, KeyMaterial, PublicKey};
use crate::result::Requirement;

/// Protection levels of keys in modules of Google's.
const IN_MODULES: [&str; 2] = ["HSM", "HSM_SINGLE_TENANT"];

/// States of a version that has a key.
const STATES: [&str; 2] = ["ENABLED", "DISABLED"];

/// Members that only an imported key has.
const OF_IMPORTED: [&str; 4] =
    ["importJob", "importTime", "importFailureReason", "reimportEligible"];

/// Every statement of `document` that contradicts the attested key pair.
pub(crate) fn contradictions(document: &Value, attested: &KeyPairStatement) -> Vec<Doubt> {
    let said = |name: &str| document.member(name).filter(|it| is_said(it));
    let not_of = |name: &'static str, words: &[&str], attested: &str| {
        let stated = said(name).filter(|it| it.text().is_none_or(|it| !words.contains(&it)))?;
        Some(contradiction(Requirement::GenuineModule, name, shown(stated), attested))
    };
    let mut doubts = Vec::new();
    doubts.extend(not_of("protectionLevel", &IN_MODULES, "a LiquidSecurity module"));
    doubts.extend(not_of("state", &STATES, "a key in a module"));
    doubts.extend(not_of("externalProtectionLevelOptions", &[], "a LiquidSecurity module"));
    if let Some(stated) = said("algorithm")
        && !stated.text().is_some_and(|name| is_algorithm_of(name, &attested.public_key))
    {
        let key = attested.public_key.describe();
        doubts.push(contradiction(Requirement::KeyMatch, "algorithm", shown(stated), key));
    }
    let origin = |name, local| {
        let stated = said(name).filter(|it| **it != Value::Boolean(false));
        let stated = stated.filter(|_| attested.flags.local == local)?;
        let attested = if local { "generated" } else { "imported" };
        Some(contradiction(Requirement::GeneratedInModule, name, shown(stated), attested))
    };
    doubts.extend(OF_IMPORTED.into_iter().filter_map(|name| origin(name, true)));
    doubts.extend(origin("generateTime", false));
    doubts
}

/// Whether an algorithm (CryptoKeyVersionAlgorithm) signs with keys of that kind.
fn is_algorithm_of(name: &str, key: &PublicKey) -> bool {
    match key.material() {
        KeyMaterial::Rsa { modulus, .. } => {
            let bits = modulus.len().saturating_mul(8).to_string();
            name.starts_with("RSA_SIGN_") && name.split('_').any(|word| word == bits)
        }
        KeyMaterial::Ec { curve, .. } => match curve {
            Curve::P256 => name == "EC_SIGN_P256_SHA256",
            Curve::P384 => name == "EC_SIGN_P384_SHA384",
            Curve::P521 => false,
            Curve::Other(_) => name == "EC_SIGN_SECP256K1_SHA256",
        },
        KeyMaterial::Ed25519(_) | KeyMaterial::Other => false,
    }
}
