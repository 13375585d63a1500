//! Signatures in files of their own, beside which no algorithm is written. The hash is SHA-256; the
//! key says which algorithms there are.

use rustls_pki_types::{AlgorithmIdentifier, alg_id};

use super::plain::der_of;
use super::{Parameters, SignatureError, verify};
use crate::public_key::{KeyMaterial, PublicKey};

/// Octets of a signature without structure: r and s of P-256, P-384 or P-521; RSA of 2048, 3072 or 4096
/// bits.
pub const BARE_OCTETS: [usize; 6] = [64, 96, 132, 256, 384, 512];

/// Checks that `key` signed `message` with SHA-256: RSA in either padding, with a salt of 32 octets in
/// PSS, or ECDSA, DER (RFC 3279 2.2.3) or plain (PKCS #11 v3.0 2.3.1).
///
/// # Errors
/// As for [`verify`]; a key of another algorithm is not supported.
pub fn verify_sha256_of_unnamed_algorithm(
    key: &PublicKey,
    message: &[u8],
    signature: &[u8],
) -> Result<(), SignatureError> {
    let with = |algorithm: AlgorithmIdentifier, signature: &[u8]| {
        verify(key, algorithm.as_ref(), Parameters::Exact, message, signature)
    };
    match key.material() {
        KeyMaterial::Rsa { .. } => match with(alg_id::RSA_PKCS1_SHA256, signature) {
            Err(SignatureError::Invalid) => with(alg_id::RSA_PSS_SHA256, signature),
            other => other,
        },
        KeyMaterial::Ec { curve, .. } => {
            let plain = curve.coordinate_octets().and_then(|octets| der_of(signature, octets));
            with(alg_id::ECDSA_SHA256, plain.as_deref().unwrap_or(signature))
        }
        KeyMaterial::Ed25519(_) | KeyMaterial::Other => {
            Err(SignatureError::Unsupported(key.describe()))
        }
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::encoding::AsDer;
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::rsa::{KeyPair, KeySize};
    use aws_lc_rs::signature::{
        ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair,
        KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RsaEncoding,
    };

    use super::verify_sha256_of_unnamed_algorithm as verify;
    use crate::public_key::PublicKey;
    use crate::signature::SignatureError;

    const MESSAGE: &[u8] = b"a statement";

    #[test]
    fn rsa_is_read_in_either_padding() {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let spki = pair.public_key().as_der().unwrap();
        let key = PublicKey::from_spki(spki.as_ref()).unwrap();
        let sign = |encoding: &'static dyn RsaEncoding| {
            let mut signature = vec![0; 256];
            pair.sign(encoding, &SystemRandom::new(), MESSAGE, &mut signature).unwrap();
            signature
        };
        let pkcs1 = sign(&RSA_PKCS1_SHA256);
        assert_eq!(verify(&key, MESSAGE, &pkcs1), Ok(()));
        let pss = sign(&RSA_PSS_SHA256);
        assert_eq!(verify(&key, MESSAGE, &pss), Ok(()));
        for bad in [&pkcs1[1..], &sign(&RSA_PKCS1_SHA512)[..], &[]] {
            assert_eq!(verify(&key, MESSAGE, bad), Err(SignatureError::Invalid));
        }
        for good in [pkcs1, pss] {
            assert_eq!(verify(&key, b"another", &good), Err(SignatureError::Invalid));
        }
    }

    #[test]
    fn ecdsa_in_either_encoding_is_read() {
        let random = SystemRandom::new();
        for algorithm in [&ECDSA_P256_SHA256_ASN1_SIGNING, &ECDSA_P256_SHA256_FIXED_SIGNING] {
            let pair = EcdsaKeyPair::generate(algorithm).unwrap();
            let spki = pair.public_key().as_der().unwrap();
            let key = PublicKey::from_spki(spki.as_ref()).unwrap();
            let signature = pair.sign(&random, MESSAGE).unwrap().as_ref().to_vec();
            assert_eq!(verify(&key, MESSAGE, &signature), Ok(()));
            assert_eq!(verify(&key, b"another", &signature), Err(SignatureError::Invalid));
            let longer = [&signature[..], &[0]].concat();
            assert_eq!(verify(&key, MESSAGE, &longer), Err(SignatureError::Invalid));
        }
    }
}
