//! Signatures of card-verifiable certificates: ECDSA as plain r and s, each as long as the order of
//! the curve (BSI TR-03111 5.2.1), and RSA. Brainpool curves (RFC 5639) are known here alone.

use aws_lc_rs::digest;
use aws_lc_rs::signature::{ECDSA_P256K1_SHA256_FIXED, UnparsedPublicKey};
use ecdsa::signature::hazmat::PrehashVerifier;
use rustls_pki_types::{AlgorithmIdentifier, alg_id};

use super::{Parameters, SignatureError, verify};
use crate::encoding::cvc::CvPublicKey;
use crate::encoding::der::{self, tag};
use crate::encoding::oid::{self, Oid};
use crate::public_key::{Curve, KeyMaterial, PublicKey};

/// Checks that `key` signed `message`. The algorithm is that of `stated`, the same key as its
/// certificate or request has it: there the key names the hash of the signatures it makes.
pub fn verify_card(
    key: &PublicKey,
    stated: &CvPublicKey<'_>,
    message: &[u8],
    signature: &[u8],
) -> Result<(), SignatureError> {
    match stated {
        CvPublicKey::Rsa { algorithm, .. } => {
            // id-TA-RSA (TR-03110-3 A.6.4): 4 is RSA-PSS with SHA-256, 6 with SHA-512.
            let identifier = match algorithm {
                2 => alg_id::RSA_PKCS1_SHA256,
                5 => alg_id::RSA_PKCS1_SHA512,
                1 | 3 => return Err(SignatureError::WeakHash("SHA-1")),
                _ => return Err(SignatureError::Unsupported(format!("id-TA-RSA {algorithm}"))),
            };
            verify(key, identifier.as_ref(), Parameters::Exact, message, signature)
        }
        CvPublicKey::Ec { algorithm, .. } => {
            // id-TA-ECDSA.
            let hash = match algorithm {
                3 => &digest::SHA256,
                4 => &digest::SHA384,
                5 => &digest::SHA512,
                1 => return Err(SignatureError::WeakHash("SHA-1")),
                2 => return Err(SignatureError::WeakHash("SHA-224")),
                _ => return Err(SignatureError::Unsupported(format!("id-TA-ECDSA {algorithm}"))),
            };
            verify_plain(key, hash, message, signature)
        }
    }
}

/// Checks ECDSA with SHA-512 by `key`: r and s one after the other, each of the length of the order.
///
/// # Errors
/// As [`verify`].
pub fn verify_plain_sha512(
    key: &PublicKey,
    message: &[u8],
    signature: &[u8],
) -> Result<(), SignatureError> {
    verify_plain(key, &digest::SHA512, message, signature)
}

/// Whether r and s verify under a point of that curve; both are range-checked, the point is checked
/// to be on the curve.
macro_rules! brainpool {
    ($curve:ty, $point:expr, $hashed:expr, $signature:expr) => {{
        let key = ecdsa::VerifyingKey::<$curve>::from_sec1_bytes($point);
        let signature = ecdsa::Signature::<$curve>::from_slice($signature);
        match (key, signature) {
            (Ok(key), Ok(signature)) => key.verify_prehash($hashed, &signature).is_ok(),
            _ => false,
        }
    }};
}
/// Checks ECDSA by `key` over the hash of `message`: r and s of exactly the length of the order, each
/// from 1 to below the order.
fn verify_plain(
    key: &PublicKey,
    hash: &'static digest::Algorithm,
    message: &[u8],
    signature: &[u8],
) -> Result<(), SignatureError> {
    let KeyMaterial::Ec { curve, point } = key.material() else {
        return Err(SignatureError::AlgorithmMismatch);
    };
    let unsupported = || SignatureError::Unsupported(key.describe());
    match curve {
        Curve::P256 | Curve::P384 | Curve::P521 => {
            // The order is as long as a coordinate (SP 800-186 3.2.1).
            let octets = curve.coordinate_octets().ok_or_else(unsupported)?;
            let signature = der_of(signature, octets).ok_or(SignatureError::Invalid)?;
            let algorithm = ecdsa_with(hash).ok_or_else(unsupported)?;
            verify(key, algorithm.as_ref(), Parameters::Exact, message, &signature)
        }
        Curve::Other(identifier) => {
            let hashed = digest::digest(hash, message);
            let hashed = hashed.as_ref();
            let valid = match Oid::from_content(identifier) {
                oid::BRAINPOOL_P256 => {
                    brainpool!(bp256::BrainpoolP256r1, point, hashed, signature)
                }
                oid::BRAINPOOL_P384 => {
                    brainpool!(bp384::BrainpoolP384r1, point, hashed, signature)
                }
                oid::SECP256K1 if *hash == digest::SHA256 => {
                    let key = UnparsedPublicKey::new(&ECDSA_P256K1_SHA256_FIXED, point);
                    key.verify(message, signature).is_ok()
                }
                _ => return Err(unsupported()),
            };
            if valid { Ok(()) } else { Err(SignatureError::Invalid) }
        }
    }
}

/// ECDSA with that hash.
fn ecdsa_with(hash: &digest::Algorithm) -> Option<AlgorithmIdentifier> {
    match hash {
        hash if *hash == digest::SHA256 => Some(alg_id::ECDSA_SHA256),
        hash if *hash == digest::SHA384 => Some(alg_id::ECDSA_SHA384),
        hash if *hash == digest::SHA512 => Some(alg_id::ECDSA_SHA512),
        _ => None,
    }
}

/// Ecdsa-Sig-Value (RFC 3279 2.2.3) of a plain signature of that many octets for each number.
pub(super) fn der_of(signature: &[u8], octets: usize) -> Option<Vec<u8>> {
    let (r, s) = signature.split_at_checked(octets)?;
    if s.len() != octets {
        return None;
    }
    Some(der::value(tag::SEQUENCE, &[der::unsigned(r), der::unsigned(s)].concat()))
}
