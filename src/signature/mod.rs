//! The one place where a signature is checked: a table from signature algorithm and key algorithm
//! to a verifier. What is not in the table is refused with its own reason.

pub mod cms;
mod dsa;
pub mod hss;
mod pkcs1;
mod plain;
mod pss;
mod spelling;
mod unnamed;

pub use dsa::DsaKey;
#[cfg(test)]
pub(crate) use dsa::tests::sample as dsa_sample;
pub use pkcs1::{DigestForm, verify_pkcs1_sha256_in_either_form};
pub use plain::{verify_card, verify_plain_sha512};
pub(crate) use spelling::{other_plain_spellings, other_spellings};
pub use unnamed::{BARE_OCTETS, verify_sha256_of_unnamed_algorithm};

use rustls_pki_types::SignatureVerificationAlgorithm;
use webpki::aws_lc_rs as algorithms;

use crate::encoding::der::{Glance, Reader, tag};
use crate::encoding::oid;
use crate::public_key::{Curve, KeyMaterial, PublicKey};
use crate::reason::{Reason, ReasonCode};

/// Every combination that is accepted. RSA keys have 2048 to 8192 bits. Of RSA PKCS #1 the parameters
/// are NULL or absent: whoever writes must write it, whoever reads must take both (RFC 4055 5;
/// ADR 0050). RSA-PSS has MGF1 with the same hash and a salt as long as it (RFC 8017 9.1, RFC 4055 3.1).
static TABLE: &[&dyn SignatureVerificationAlgorithm] = &[
    algorithms::RSA_PKCS1_2048_8192_SHA256,
    algorithms::RSA_PKCS1_2048_8192_SHA384,
    algorithms::RSA_PKCS1_2048_8192_SHA512,
    algorithms::RSA_PKCS1_2048_8192_SHA256_ABSENT_PARAMS,
    algorithms::RSA_PKCS1_2048_8192_SHA384_ABSENT_PARAMS,
    algorithms::RSA_PKCS1_2048_8192_SHA512_ABSENT_PARAMS,
    algorithms::RSA_PSS_2048_8192_SHA256_LEGACY_KEY,
    algorithms::RSA_PSS_2048_8192_SHA384_LEGACY_KEY,
    algorithms::RSA_PSS_2048_8192_SHA512_LEGACY_KEY,
    algorithms::ECDSA_P256_SHA256,
    algorithms::ECDSA_P256_SHA384,
    algorithms::ECDSA_P256_SHA512,
    algorithms::ECDSA_P384_SHA256,
    algorithms::ECDSA_P384_SHA384,
    algorithms::ECDSA_P384_SHA512,
    algorithms::ECDSA_P521_SHA256,
    algorithms::ECDSA_P521_SHA384,
    algorithms::ECDSA_P521_SHA512,
    algorithms::ED25519,
];

/// How exactly a signature and the parameters of its algorithm must be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parameters {
    /// As the standard prescribes.
    Exact,
    /// ECDSA may have NULL parameters, which RFC 5758 3.2 leaves out: the certificates of Thales
    /// Luna modules, and the requests that its tools make.
    EcdsaNullMayBePresent,
    /// The same, and r and s may both be as long as the order of the curve, without the sign octet
    /// that DER asks for: what a Luna module signs itself.
    EcdsaMayBeUnsigned,
}

/// Why a signature is not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignatureError {
    /// MD2, MD5, SHA-1 or SHA-224.
    WeakHash(&'static str),
    /// RSA-PSS with other parameters than those of the table.
    PssParameters,
    /// An algorithm that is not in the table.
    Unsupported(String),
    /// An algorithm of the table, with a key of another algorithm.
    AlgorithmMismatch,
    /// An RSA key of fewer than 2048 or more than 8192 bits: no signature by it is checked.
    KeySize(u64),
    /// The signature does not verify.
    Invalid,
}

impl SignatureError {
    /// Why a signature of a path is not accepted: it does not hold, or cannot be checked.
    pub fn chain_code(&self) -> ReasonCode {
        match self {
            Self::Invalid | Self::AlgorithmMismatch => ReasonCode::ChainSignatureInvalid,
            _ => ReasonCode::ChainSignatureAlgorithm,
        }
    }

    /// The same, with what cannot be checked.
    pub fn chain_reason(self) -> Reason {
        let reason = Reason::new(self.chain_code());
        match self {
            Self::WeakHash(hash) => reason.with("hash", hash),
            Self::PssParameters => {
                reason.with("algorithm", "RSA-PSS with parameters that are not accepted")
            }
            Self::Unsupported(algorithm) => reason.with("algorithm", algorithm),
            Self::KeySize(bits) => reason.with("algorithm", format!("RSA {bits}")),
            Self::AlgorithmMismatch | Self::Invalid => reason,
        }
    }
}

/// Checks that `key` signed `message`. `algorithm` is the content of the AlgorithmIdentifier.
pub fn verify(
    key: &PublicKey,
    algorithm: &[u8],
    parameters: Parameters,
    message: &[u8],
    signature: &[u8],
) -> Result<(), SignatureError> {
    let pss = pss::canonical(algorithm);
    let algorithm = pss.as_deref().unwrap_or(algorithm);
    let algorithm = match parameters {
        Parameters::EcdsaNullMayBePresent | Parameters::EcdsaMayBeUnsigned => {
            without_ecdsa_null(algorithm)
        }
        Parameters::Exact => algorithm,
    };
    let signed = match parameters {
        Parameters::EcdsaMayBeUnsigned => unsigned_integers(key, signature),
        _ => None,
    };
    let signature = signed.as_deref().unwrap_or(signature);
    let mut known = false;
    for entry in TABLE {
        if entry.signature_alg_id().as_ref() != algorithm {
            continue;
        }
        known = true;
        if entry.public_key_alg_id().as_ref() != key.algorithm_identifier() {
            continue;
        }
        if let Some(bits) = key.rsa_bits().filter(|bits| !(2048..=8192).contains(bits)) {
            return Err(SignatureError::KeySize(bits));
        }
        return entry
            .verify_signature(key.key_octets(), message, signature)
            .map_err(|_| SignatureError::Invalid);
    }
    if known && is_tabled_key(key) {
        return Err(SignatureError::AlgorithmMismatch);
    }
    Err(if known { SignatureError::Unsupported(key.describe()) } else { refusal(algorithm) })
}

/// The algorithm without its parameters, if it is ECDSA with SHA-2 and they are NULL.
fn without_ecdsa_null(algorithm: &[u8]) -> &[u8] {
    let is_ecdsa = |algorithm: &[u8]| {
        let identifier = Reader::whole(algorithm, Reader::oid);
        identifier.is_ok_and(|oid| oid.arc_below(oid::ECDSA_WITH_SHA2).is_some())
    };
    match algorithm.strip_suffix(&[tag::NULL, 0]) {
        Some(bare) if is_ecdsa(bare) => bare,
        _ => algorithm,
    }
}

/// The signature in DER, if it is SEQUENCE { INTEGER, INTEGER } whose numbers both have the length of
/// the order of the key's curve: then they are read without a sign. Their range is for the verifier
/// to check, as ever.
fn unsigned_integers(key: &PublicKey, signature: &[u8]) -> Option<Vec<u8>> {
    let KeyMaterial::Ec { curve, .. } = key.material() else { return None };
    let octets = curve.coordinate_octets()?;
    let [tag::SEQUENCE, length, numbers @ ..] = signature else { return None };
    if *length >= 0x80 || usize::from(*length) != numbers.len() {
        return None;
    }
    let (r, s) = numbers.split_at_checked(octets.checked_add(2)?)?;
    let number = |encoded: &'_ [u8]| match encoded {
        [tag::INTEGER, length, number @ ..]
            if usize::from(*length) == octets && number.len() == octets =>
        {
            Some(number.to_vec())
        }
        _ => None,
    };
    plain::der_of(&[number(r)?, number(s)?].concat(), octets)
}

/// Whether any signature by a key of this kind could be checked.
fn is_tabled_key(key: &PublicKey) -> bool {
    match key.material() {
        KeyMaterial::Rsa { .. } | KeyMaterial::Ed25519(_) => true,
        KeyMaterial::Ec { curve, .. } => !matches!(curve, Curve::Other(_)),
        KeyMaterial::Other => false,
    }
}

/// Why an algorithm is not in the table.
fn refusal(algorithm: &[u8]) -> SignatureError {
    let mut glance = Glance::at(algorithm);
    let Ok(algorithm_oid) = glance.oid() else {
        return SignatureError::Unsupported("unreadable".to_owned());
    };
    match algorithm_oid {
        oid::MD2_WITH_RSA => SignatureError::WeakHash("MD2"),
        oid::MD5_WITH_RSA => SignatureError::WeakHash("MD5"),
        oid::SHA1_WITH_RSA | oid::ECDSA_WITH_SHA1 | oid::DSA_WITH_SHA1 => {
            SignatureError::WeakHash("SHA-1")
        }
        oid::SHA224_WITH_RSA => SignatureError::WeakHash("SHA-224"),
        oid::RSASSA_PSS if pss::is_sha1(glance) => SignatureError::WeakHash("SHA-1"),
        oid::RSASSA_PSS => SignatureError::PssParameters,
        other if other.arc_below(oid::ECDSA_WITH_SHA2) == Some(1) => {
            SignatureError::WeakHash("SHA-224")
        }
        other => SignatureError::Unsupported(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, KeyPair};

    use super::{Parameters, SignatureError, verify};
    use crate::encoding::der::{Glance, Reader, tag};
    use crate::encoding::oid;
    use crate::public_key::PublicKey;

    const MESSAGE: &[u8] = b"signed by a module";

    /// ecdsa-with-SHA384, with or without NULL.
    fn algorithm(parameters: &[u8]) -> Vec<u8> {
        let arc = [oid::ECDSA_WITH_SHA2.content(), &[3]].concat();
        [&[tag::OBJECT_IDENTIFIER, 8], arc.as_slice(), parameters].concat()
    }

    /// A key on P-384, and r and s of a signature by it, 48 octets each, s with its first bit set.
    fn signed() -> (PublicKey, Vec<u8>, Vec<u8>) {
        let pair = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_ASN1_SIGNING).unwrap();
        let point = pair.public_key().as_ref();
        let header = "3076301006072a8648ce3d020106052b81040022036200";
        let header = crate::encoding::hex::from_hex(header).unwrap();
        let key = PublicKey::from_spki(&[&header, point].concat()).unwrap();
        loop {
            let signature = pair.sign(&SystemRandom::new(), MESSAGE).unwrap();
            let mut numbers = Glance::at(signature.as_ref()).nested(tag::SEQUENCE).unwrap();
            let mut fixed = || {
                let number = numbers.take(Reader::unsigned).unwrap();
                [&vec![0; 48 - number.len()], number].concat()
            };
            let (r, s) = (fixed(), fixed());
            if s[0] & 0x80 != 0 {
                return (key, r, s);
            }
        }
    }

    fn encoded(r: &[u8], s: &[u8]) -> Vec<u8> {
        let integer =
            |number: &[u8]| [&[tag::INTEGER, u8::try_from(number.len()).unwrap()], number].concat();
        let content = [integer(r), integer(s)].concat();
        [&[tag::SEQUENCE, u8::try_from(content.len()).unwrap()], content.as_slice()].concat()
    }

    #[test]
    fn null_after_ecdsa_is_read_where_that_is_named() {
        let (key, r, s) = signed();
        let sign = |number: &[u8]| if number[0] & 0x80 == 0 { vec![] } else { vec![0] };
        let minimal = |number: &[u8]| {
            let start = number.iter().position(|octet| *octet != 0).unwrap();
            [sign(&number[start..]).as_slice(), &number[start..]].concat()
        };
        let signature = encoded(&minimal(&r), &minimal(&s));
        let check =
            |parameters, algorithm: &[u8]| verify(&key, algorithm, parameters, MESSAGE, &signature);
        let (bare, null) = (algorithm(&[]), algorithm(&[tag::NULL, 0]));
        for parameters in [Parameters::EcdsaNullMayBePresent, Parameters::EcdsaMayBeUnsigned] {
            assert_eq!(check(parameters, &bare), Ok(()));
            assert_eq!(check(parameters, &null), Ok(()));
            let other = algorithm(&[tag::NULL, 0, tag::NULL, 0]);
            assert!(matches!(check(parameters, &other), Err(SignatureError::Unsupported(_))));
        }
        assert_eq!(check(Parameters::Exact, &bare), Ok(()));
        assert!(matches!(check(Parameters::Exact, &null), Err(SignatureError::Unsupported(_))));
    }

    #[test]
    fn a_key_that_no_signature_can_be_checked_by_is_named() {
        let algorithm = algorithm(&[]);
        let check = |key: &PublicKey, algorithm: &[u8]| {
            verify(key, algorithm, Parameters::Exact, MESSAGE, &[])
        };
        let point = [&[4], [1; 64].as_slice()].concat();
        let curve = PublicKey::from_curve_point(oid::SECP256K1, &point).unwrap();
        let unsupported = SignatureError::Unsupported("ECDSA 1.3.132.0.10".to_owned());
        assert_eq!(check(&curve, &algorithm), Err(unsupported));
        let rsa = |octets: usize| PublicKey::from_rsa_numbers(&vec![0xff; octets], &[3]).unwrap();
        assert_eq!(check(&rsa(256), &algorithm), Err(SignatureError::AlgorithmMismatch));
        let pkcs1 = rustls_pki_types::alg_id::RSA_PKCS1_SHA256;
        for (octets, expected) in [
            (128, SignatureError::KeySize(1024)),
            (255, SignatureError::KeySize(2040)),
            (256, SignatureError::Invalid),
            (1024, SignatureError::Invalid),
            (1025, SignatureError::KeySize(8200)),
        ] {
            assert_eq!(check(&rsa(octets), pkcs1.as_ref()), Err(expected));
        }
    }

    #[test]
    fn parameters_of_rsa_are_null_or_absent_and_nothing_else() {
        let key = PublicKey::from_rsa_numbers(&[0xff; 256], &[3]).unwrap();
        let check = |algorithm: &[u8]| verify(&key, algorithm, Parameters::Exact, MESSAGE, &[]);
        let null = rustls_pki_types::alg_id::RSA_PKCS1_SHA256;
        let absent = null.as_ref().strip_suffix(&[tag::NULL, 0]).unwrap();
        // No signature, so what the table has does not verify.
        assert_eq!(check(null.as_ref()), Err(SignatureError::Invalid));
        assert_eq!(check(absent), Err(SignatureError::Invalid));
        for other in [&[tag::SEQUENCE, 0][..], &[tag::NULL, 0, tag::NULL, 0], &[tag::INTEGER, 1, 0]]
        {
            let refused = check(&[absent, other].concat());
            assert!(matches!(refused, Err(SignatureError::Unsupported(_))), "{other:02x?}");
        }
    }

    #[test]
    fn numbers_without_a_sign_are_read_where_that_is_named_and_keep_their_range() {
        let (key, r, s) = signed();
        let check = |parameters, r: &[u8], s: &[u8]| {
            verify(&key, &algorithm(&[]), parameters, MESSAGE, &encoded(r, s))
        };
        assert_eq!(check(Parameters::EcdsaMayBeUnsigned, &r, &s), Ok(()));
        for parameters in [Parameters::Exact, Parameters::EcdsaNullMayBePresent] {
            assert_eq!(check(parameters, &r, &s), Err(SignatureError::Invalid));
        }
        let mut other = s.clone();
        other[47] ^= 1;
        let longer = [&[0], s.as_slice()].concat();
        for (r, s) in [
            (&r, &other),
            // 0 and 2^384 - 1 are out of range (FIPS 186-5 6.4.2).
            (&vec![0; 48], &s),
            (&r, &vec![0; 48]),
            (&vec![0xff; 48], &s),
            (&r, &vec![0xff; 48]),
            // One number as DER has it, the other not.
            (&r[1..].to_vec(), &s),
            (&[&[0], r.as_slice()].concat(), &longer),
        ] {
            let verdict = check(Parameters::EcdsaMayBeUnsigned, r, s);
            // Both of 49 octets is DER, if r needs its sign octet; then it is the same signature.
            let is_der = r.len() == 49 && r[1] & 0x80 != 0;
            assert_eq!(verdict.is_ok(), is_der, "{} and {} octets", r.len(), s.len());
        }
        let mut trailing = encoded(&r, &s);
        trailing.push(0);
        let parameters = Parameters::EcdsaMayBeUnsigned;
        let verdict = verify(&key, &algorithm(&[]), parameters, MESSAGE, &trailing);
        assert_eq!(verdict, Err(SignatureError::Invalid));
    }
}
