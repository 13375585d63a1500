//! Keys of a simulation: made anew for every case, held in memory, never written.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use aws_lc_rs::digest::{self, Digest};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256K1_SHA256_ASN1_SIGNING,
    ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P521_SHA512_ASN1_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PSS_SHA256,
    RsaEncoding, RsaKeyPair,
};
use num_bigint::BigUint;

use crate::der::{self, tag};
use crate::{SimulateError, oid};

/// The kind of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyKind {
    /// ECDSA on P-256.
    P256,
    /// ECDSA on P-384.
    P384,
    /// ECDSA on P-521.
    P521,
    /// ECDSA on secp256k1, which CSBR 6.1.5.2 does not allow.
    Secp256k1,
    /// Ed25519, which CSBR 6.1.5.2 does not allow.
    Ed25519,
    /// RSA with 2048 bits, less than CSBR 6.1.5.2 demands.
    Rsa2048,
    /// RSA with 3072 bits.
    Rsa3072,
    /// RSA with 4096 bits.
    Rsa4096,
}

impl KeyKind {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::P256,
        Self::P384,
        Self::P521,
        Self::Secp256k1,
        Self::Ed25519,
        Self::Rsa2048,
        Self::Rsa3072,
        Self::Rsa4096,
    ];

    /// The name by which it is asked for.
    pub const fn name(self) -> &'static str {
        match self {
            Self::P256 => "p256",
            Self::P384 => "p384",
            Self::P521 => "p521",
            Self::Secp256k1 => "secp256k1",
            Self::Ed25519 => "ed25519",
            Self::Rsa2048 => "rsa2048",
            Self::Rsa3072 => "rsa3072",
            Self::Rsa4096 => "rsa4096",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether it is an elliptic curve key for ECDSA.
    pub(crate) fn is_ecdsa(self) -> bool {
        self.ecdsa().is_some()
    }

    /// Whether it is an RSA key.
    pub(crate) fn is_rsa(self) -> bool {
        matches!(self, Self::Rsa2048 | Self::Rsa3072 | Self::Rsa4096)
    }

    fn ecdsa(self) -> Option<Ecdsa> {
        let (signing, curve, octets, algorithm) = match self {
            Self::P256 => (&ECDSA_P256_SHA256_ASN1_SIGNING, oid::P256, 32, oid::ECDSA_WITH_SHA256),
            Self::P384 => (&ECDSA_P384_SHA384_ASN1_SIGNING, oid::P384, 48, oid::ECDSA_WITH_SHA384),
            Self::P521 => (&ECDSA_P521_SHA512_ASN1_SIGNING, oid::P521, 66, oid::ECDSA_WITH_SHA512),
            Self::Secp256k1 => {
                (&ECDSA_P256K1_SHA256_ASN1_SIGNING, oid::SECP256K1, 32, oid::ECDSA_WITH_SHA256)
            }
            _ => return None,
        };
        Some(Ecdsa { signing, curve, octets, algorithm })
    }
}

/// What belongs to a curve.
struct Ecdsa {
    signing: &'static EcdsaSigningAlgorithm,
    curve: &'static str,
    /// The octets of a coordinate, and of a number below the order.
    octets: usize,
    /// The signature algorithm with the hash of the curve's size.
    algorithm: &'static str,
}

/// How a signature is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// As is usual for the key: PKCS #1 v1.5 with SHA-256, ECDSA with the hash of the curve's
    /// size, Ed25519.
    Usual,
    /// RSASSA-PSS with SHA-256 for an RSA key, otherwise as usual.
    RsaPss,
    /// ECDSA as usual, its algorithm with NULL parameters.
    EcdsaNull,
    /// The same, r and s as long as the order of the curve and without a sign octet; one of them at
    /// least would be negative.
    EcdsaUnsigned,
    /// With SHA-1.
    Sha1,
    /// With SHA-224.
    Sha224,
    /// With SHA3-256.
    Sha3,
}

/// A key pair.
pub(crate) struct KeyPair {
    kind: KeyKind,
    pair: Pair,
}

enum Pair {
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(RsaKeyPair),
}

impl KeyPair {
    fn generate(kind: KeyKind) -> Result<Self, SimulateError> {
        let pair = match kind {
            KeyKind::Rsa2048 => RsaKeyPair::generate(KeySize::Rsa2048).map(Pair::Rsa),
            KeyKind::Rsa3072 => RsaKeyPair::generate(KeySize::Rsa3072).map(Pair::Rsa),
            KeyKind::Rsa4096 => RsaKeyPair::generate(KeySize::Rsa4096).map(Pair::Rsa),
            KeyKind::Ed25519 => Ed25519KeyPair::generate().map(Pair::Ed25519),
            _ => match kind.ecdsa() {
                Some(ecdsa) => EcdsaKeyPair::generate(ecdsa.signing).map(Pair::Ecdsa),
                None => return Err(SimulateError::Cryptography),
            },
        };
        Ok(Self { kind, pair: pair.map_err(|_| SimulateError::Cryptography)? })
    }

    fn rsa_from_pkcs8(key: &[u8]) -> Result<Self, SimulateError> {
        let pair = RsaKeyPair::from_pkcs8(key).map_err(|_| SimulateError::Cryptography)?;
        let kind = match pair.public_modulus_len() {
            256 => KeyKind::Rsa2048,
            384 => KeyKind::Rsa3072,
            512 => KeyKind::Rsa4096,
            _ => return Err(SimulateError::KeyKind),
        };
        Ok(Self { kind, pair: Pair::Rsa(pair) })
    }

    /// The subjectPublicKey octets.
    pub(crate) fn public_octets(&self) -> &[u8] {
        match &self.pair {
            Pair::Ecdsa(pair) => pair.public_key().as_ref(),
            Pair::Ed25519(pair) => pair.public_key().as_ref(),
            Pair::Rsa(pair) => pair.public_key().as_ref(),
        }
    }

    /// The SubjectPublicKeyInfo.
    pub(crate) fn spki(&self) -> Vec<u8> {
        let algorithm = match self.kind.ecdsa() {
            Some(ecdsa) => der::named_curve(ecdsa.curve),
            None if self.kind == KeyKind::Ed25519 => der::algorithm(oid::ED25519, &[]),
            None => der::algorithm(oid::RSA_ENCRYPTION, der::NULL),
        };
        der::sequence(&[&algorithm, &der::bit_string(self.public_octets())])
    }

    /// Signs the bare SHA-256 digest with an RSA key: PKCS #1 v1.5 padding and no DigestInfo, as
    /// LiquidSecurity firmware 2.x does.
    pub(crate) fn sign_bare_sha256(&self, message: &[u8]) -> Result<Vec<u8>, SimulateError> {
        match &self.pair {
            Pair::Rsa(pair) => {
                sign_rsa_block(pair, digest::digest(&digest::SHA256, message).as_ref())
            }
            _ => Err(SimulateError::KeyKind),
        }
    }

    /// Modulus and public exponent of an RSA key (RFC 8017 A.1.1), big-endian.
    pub(crate) fn rsa_numbers(&self) -> Option<[Vec<u8>; 2]> {
        if !self.kind.is_rsa() {
            return None;
        }
        der::numbers(self.public_octets())?.try_into().ok()
    }

    /// The coordinates of an elliptic curve key (SEC 1 2.3.3).
    pub(crate) fn coordinates(&self) -> Option<[&[u8]; 2]> {
        let octets = self.kind.ecdsa()?.octets;
        let (x, y) = self.public_octets().get(1..)?.split_at_checked(octets)?;
        Some([x, y])
    }

    /// The curve of the key.
    pub(crate) fn curve(&self) -> Option<&'static str> {
        self.kind.ecdsa().map(|ecdsa| ecdsa.curve)
    }

    /// The AlgorithmIdentifier of signatures made so.
    pub(crate) fn signature_algorithm(&self, scheme: Scheme) -> Result<Vec<u8>, SimulateError> {
        if let Some(ecdsa) = self.kind.ecdsa() {
            return Ok(match scheme {
                Scheme::Usual | Scheme::RsaPss => der::algorithm(ecdsa.algorithm, &[]),
                Scheme::EcdsaNull | Scheme::EcdsaUnsigned => {
                    der::algorithm(ecdsa.algorithm, der::NULL)
                }
                Scheme::Sha1 => der::algorithm(oid::ECDSA_WITH_SHA1, &[]),
                Scheme::Sha224 => der::algorithm(oid::ECDSA_WITH_SHA224, &[]),
                Scheme::Sha3 => der::algorithm(oid::ECDSA_WITH_SHA3_256, &[]),
            });
        }
        match (&self.pair, scheme) {
            (Pair::Ed25519(_), Scheme::Usual | Scheme::RsaPss) => {
                Ok(der::algorithm(oid::ED25519, &[]))
            }
            (Pair::Rsa(_), Scheme::Usual) => Ok(der::algorithm(oid::SHA256_WITH_RSA, der::NULL)),
            (Pair::Rsa(_), Scheme::RsaPss) => {
                Ok(der::algorithm(oid::RSASSA_PSS, &pss_parameters()))
            }
            (Pair::Rsa(_), Scheme::Sha1) => Ok(der::algorithm(oid::SHA1_WITH_RSA, der::NULL)),
            (Pair::Rsa(_), Scheme::Sha224) => Ok(der::algorithm(oid::SHA224_WITH_RSA, der::NULL)),
            (Pair::Rsa(_), Scheme::Sha3) => Ok(der::algorithm(oid::SHA3_256_WITH_RSA, der::NULL)),
            _ => Err(SimulateError::KeyKind),
        }
    }

    /// Signs.
    pub(crate) fn sign(&self, scheme: Scheme, message: &[u8]) -> Result<Vec<u8>, SimulateError> {
        let random = SystemRandom::new();
        let signature = match (&self.pair, scheme) {
            (Pair::Ecdsa(pair), Scheme::Usual | Scheme::RsaPss | Scheme::EcdsaNull) => {
                pair.sign(&random, message).map(|signature| signature.as_ref().to_vec())
            }
            (Pair::Ecdsa(_), Scheme::EcdsaUnsigned) => return self.sign_unsigned(message),
            (Pair::Ecdsa(pair), Scheme::Sha1 | Scheme::Sha224 | Scheme::Sha3) => {
                return sign_other_digest(self.kind, pair, &other_digest(scheme, message));
            }
            (Pair::Ed25519(pair), Scheme::Usual | Scheme::RsaPss) => {
                Ok(pair.sign(message).as_ref().to_vec())
            }
            (Pair::Rsa(pair), Scheme::Usual | Scheme::RsaPss) => {
                let padding: &'static dyn RsaEncoding =
                    if scheme == Scheme::RsaPss { &RSA_PSS_SHA256 } else { &RSA_PKCS1_SHA256 };
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(padding, &random, message, &mut signature).map(|()| signature)
            }
            (Pair::Rsa(pair), Scheme::Sha1 | Scheme::Sha224 | Scheme::Sha3) => {
                return sign_rsa_other_digest(pair, scheme, &other_digest(scheme, message));
            }
            _ => return Err(SimulateError::KeyKind),
        };
        signature.map_err(|_| SimulateError::Cryptography)
    }

    /// r and s of an ECDSA signature as usual, each as long as the order of the curve.
    pub(crate) fn sign_plain(&self, message: &[u8]) -> Result<[Vec<u8>; 2], SimulateError> {
        let octets = self.kind.ecdsa().ok_or(SimulateError::KeyKind)?.octets;
        let numbers = der::numbers(&self.sign(Scheme::Usual, message)?);
        let [r, s]: [Vec<u8>; 2] = numbers
            .and_then(|numbers| numbers.try_into().ok())
            .ok_or(SimulateError::Cryptography)?;
        Ok([r, s].map(|number| filled_up(&number, octets)))
    }

    /// r and s written as [`Scheme::EcdsaUnsigned`] says.
    fn sign_unsigned(&self, message: &[u8]) -> Result<Vec<u8>, SimulateError> {
        // Three of four signatures have a number with its first bit set.
        for _ in 0..64 {
            let numbers = self.sign_plain(message)?;
            if numbers.iter().any(|number| number.first().is_some_and(|first| first & 0x80 != 0)) {
                let [r, s] = numbers.map(|number| der::value(tag::INTEGER, &number));
                return Ok(der::sequence(&[&r, &s]));
            }
        }
        Err(SimulateError::Cryptography)
    }
}

/// A number with zeros before it.
pub(crate) fn filled_up(number: &[u8], octets: usize) -> Vec<u8> {
    [&vec![0; octets.saturating_sub(number.len())], number].concat()
}

/// Whose key it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Holder {
    /// The root of the simulated manufacturer.
    Root,
    /// Its issuing authority.
    Issuing,
    /// The device's attestation key.
    Device,
    /// The key of a certificate between device and issuing authority.
    HardwareOrigin,
    /// The key the request is for.
    Attested,
    /// Another key in the same device.
    SecondAttested,
    /// A key outside any device, of the kind of the attested one.
    Software,
    /// A root that is no anchor.
    OtherRoot,
    /// An attestation key that no manufacturer made.
    OtherDevice,
}

/// The keys of one or more simulations. Each is made when it is first used; to reuse a keyring is
/// to save the time of making RSA keys.
#[derive(Default)]
pub struct Keyring {
    pairs: BTreeMap<(Holder, KeyKind), KeyPair>,
    /// RSA keys that were made before, the next one last.
    stock: Vec<KeyPair>,
}

impl Keyring {
    /// A keyring that takes RSA keys from these, each a PrivateKeyInfo (RFC 5208 5), as long as there
    /// are any of the size: for tests, which have no time to make them.
    ///
    /// # Errors
    /// If one of them is no RSA key of 2048, 3072 or 4096 bits.
    pub fn with_rsa_keys<'a>(
        keys: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Self, SimulateError> {
        let stock = keys.into_iter().map(KeyPair::rsa_from_pkcs8).collect::<Result<_, _>>()?;
        Ok(Self { pairs: BTreeMap::new(), stock })
    }

    /// What the simulated token answers when it is asked to sign a hash with the attested key of that
    /// kind: for virtual cards. RSA keys sign as RSASSA-PKCS1-v1_5 with SHA-256.
    ///
    /// # Errors
    /// If the key is neither an ECDSA key on P-256 or P-384 nor an RSA key, or the hash is not of the
    /// size that goes with it.
    pub fn sign_hash(&mut self, kind: KeyKind, hash: &[u8]) -> Result<Vec<u8>, SimulateError> {
        let algorithm = match kind {
            KeyKind::P256 | KeyKind::Rsa2048 | KeyKind::Rsa3072 => &digest::SHA256,
            KeyKind::P384 => &digest::SHA384,
            _ => return Err(SimulateError::KeyKind),
        };
        let hash = Digest::import_less_safe(hash, algorithm);
        let signed = match &self.pair(Holder::Attested, kind)?.pair {
            Pair::Ecdsa(pair) => hash
                .and_then(|hash| pair.sign_digest(&hash))
                .map(|signature| signature.as_ref().to_vec()),
            Pair::Rsa(pair) => hash.and_then(|hash| {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign_digest(&RSA_PKCS1_SHA256, &hash, &mut signature)?;
                Ok(signature)
            }),
            Pair::Ed25519(_) => return Err(SimulateError::KeyKind),
        };
        signed.map_err(|_| SimulateError::Cryptography)
    }

    pub(crate) fn pair(
        &mut self,
        holder: Holder,
        kind: KeyKind,
    ) -> Result<&KeyPair, SimulateError> {
        match self.pairs.entry((holder, kind)) {
            Entry::Occupied(entry) => Ok(entry.into_mut()),
            Entry::Vacant(entry) => {
                let made = self.stock.iter().rposition(|pair| pair.kind == kind);
                Ok(entry.insert(match made {
                    Some(place) => self.stock.remove(place),
                    None => KeyPair::generate(kind)?,
                }))
            }
        }
    }

    /// Two pairs, which may be the same.
    pub(crate) fn two(
        &mut self,
        first: (Holder, KeyKind),
        second: (Holder, KeyKind),
    ) -> Result<(&KeyPair, &KeyPair), SimulateError> {
        self.pair(first.0, first.1)?;
        self.pair(second.0, second.1)?;
        match (self.pairs.get(&first), self.pairs.get(&second)) {
            (Some(first), Some(second)) => Ok((first, second)),
            _ => Err(SimulateError::Cryptography),
        }
    }
}

/// RSASSA-PSS-params for SHA-256, MGF1 with SHA-256 and a salt of 32 octets (RFC 4055 3.1).
fn pss_parameters() -> Vec<u8> {
    let hash = der::algorithm(oid::SHA256, &[]);
    der::sequence(&[
        &der::explicit(0, &hash),
        &der::explicit(1, &der::algorithm(oid::MGF1, &hash)),
        &der::explicit(2, &der::integer(32)),
    ])
}

fn other_digest(scheme: Scheme, message: &[u8]) -> Digest {
    let algorithm = match scheme {
        Scheme::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
        Scheme::Sha3 => &digest::SHA3_256,
        _ => &digest::SHA224,
    };
    digest::digest(algorithm, message)
}

/// ECDSA over a digest no longer than the one the cryptographic library would use: ECDSA reads the
/// digest as a number (FIPS 186-5 6.4.1), so leading zeros do not change it.
fn sign_other_digest(
    kind: KeyKind,
    pair: &EcdsaKeyPair,
    digest: &Digest,
) -> Result<Vec<u8>, SimulateError> {
    let algorithm = match kind {
        KeyKind::P384 => &digest::SHA384,
        KeyKind::P521 => &digest::SHA512,
        _ => &digest::SHA256,
    };
    let padded = filled_up(digest.as_ref(), algorithm.output_len());
    Digest::import_less_safe(&padded, algorithm)
        .and_then(|padded| pair.sign_digest(&padded))
        .map(|signature| signature.as_ref().to_vec())
        .map_err(|_| SimulateError::Cryptography)
}

/// RSASSA-PKCS1-v1_5 (RFC 8017 8.2.1) with a hash that the cryptographic library refuses to sign
/// with. Not constant-time: the key lives for one simulation.
fn sign_rsa_other_digest(
    pair: &RsaKeyPair,
    scheme: Scheme,
    digest: &Digest,
) -> Result<Vec<u8>, SimulateError> {
    let hash = match scheme {
        Scheme::Sha1 => oid::SHA1,
        Scheme::Sha3 => oid::SHA3_256,
        _ => oid::SHA224,
    };
    let digest_info =
        der::sequence(&[&der::algorithm(hash, der::NULL), &der::octet_string(digest.as_ref())]);
    sign_rsa_block(pair, &digest_info)
}

/// The block of PKCS #1 v1.5 that ends so (RFC 8017 9.2), raised to the private exponent.
fn sign_rsa_block(pair: &RsaKeyPair, end: &[u8]) -> Result<Vec<u8>, SimulateError> {
    let octets = pair.public_modulus_len();
    let padding = octets.saturating_sub(end.len()).saturating_sub(3);
    let encoded = [&[0, 1][..], &vec![0xff; padding], &[0], end].concat();
    let pkcs8: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| SimulateError::Cryptography)?;
    let [modulus, exponent] = private_numbers(pkcs8.as_ref())
        .ok_or(SimulateError::Cryptography)?
        .map(|number| BigUint::from_bytes_be(&number));
    let number = BigUint::from_bytes_be(&encoded).modpow(&exponent, &modulus).to_bytes_be();
    Ok(filled_up(&number, octets))
}

/// Modulus and private exponent of a PrivateKeyInfo (RFC 5208 5) with an RSAPrivateKey (RFC 8017
/// A.1.2).
fn private_numbers(pkcs8: &[u8]) -> Option<[Vec<u8>; 2]> {
    let (_, key) = der::within(pkcs8)?.into_iter().find(|(tag, _)| *tag == tag::OCTET_STRING)?;
    match der::numbers(&key)?.as_slice() {
        [_version, modulus, _, exponent, ..] => Some([modulus.clone(), exponent.clone()]),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{
        ECDSA_P256_SHA1_ASN1, ECDSA_P256K1_SHA3_256_ASN1, ECDSA_P384_SHA384_ASN1,
        ECDSA_P521_SHA1_ASN1, ECDSA_P521_SHA224_ASN1, RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
        RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, UnparsedPublicKey,
        VerificationAlgorithm,
    };

    use keyproof::public_key::PublicKey;

    use super::{Holder, KeyKind, Keyring, Scheme};
    use crate::SimulateError;

    #[test]
    fn every_kind_writes_a_public_key_that_reads_back() {
        let mut keyring = Keyring::default();
        for (kind, words) in [
            (KeyKind::P256, "ECDSA P-256"),
            (KeyKind::P384, "ECDSA P-384"),
            (KeyKind::P521, "ECDSA P-521"),
            (KeyKind::Secp256k1, "ECDSA 1.3.132.0.10"),
            (KeyKind::Ed25519, "Ed25519"),
            (KeyKind::Rsa2048, "RSA 2048"),
        ] {
            let spki = keyring.pair(Holder::Attested, kind).unwrap().spki();
            assert_eq!(PublicKey::from_spki(&spki).unwrap().describe(), words);
            assert_eq!(KeyKind::from_name(kind.name()), Some(kind));
        }
    }

    #[test]
    fn signatures_verify_under_the_named_scheme_and_no_other() {
        let cases: &[(KeyKind, Scheme, &dyn VerificationAlgorithm, &dyn VerificationAlgorithm)] = &[
            (KeyKind::P384, Scheme::Usual, &ECDSA_P384_SHA384_ASN1, &ECDSA_P521_SHA1_ASN1),
            (KeyKind::P256, Scheme::Sha1, &ECDSA_P256_SHA1_ASN1, &ECDSA_P384_SHA384_ASN1),
            (KeyKind::P521, Scheme::Sha1, &ECDSA_P521_SHA1_ASN1, &ECDSA_P521_SHA224_ASN1),
            (
                KeyKind::Secp256k1,
                Scheme::Sha3,
                &ECDSA_P256K1_SHA3_256_ASN1,
                &ECDSA_P384_SHA384_ASN1,
            ),
            (KeyKind::P521, Scheme::Sha224, &ECDSA_P521_SHA224_ASN1, &ECDSA_P521_SHA1_ASN1),
            (
                KeyKind::Rsa2048,
                Scheme::Sha1,
                &RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
                &RSA_PKCS1_2048_8192_SHA256,
            ),
            (
                KeyKind::Rsa2048,
                Scheme::RsaPss,
                &RSA_PSS_2048_8192_SHA256,
                &RSA_PKCS1_2048_8192_SHA256,
            ),
        ];
        let mut keyring = Keyring::default();
        for (kind, scheme, verifies, refuses) in cases {
            let pair = keyring.pair(Holder::Attested, *kind).unwrap();
            let signature = pair.sign(*scheme, b"message").unwrap();
            let check = |algorithm: &dyn VerificationAlgorithm| {
                algorithm.verify_sig(pair.public_octets(), b"message", &signature).is_ok()
            };
            assert!(check(*verifies), "{kind:?} {scheme:?}");
            assert!(!check(*refuses), "{kind:?} {scheme:?}");
        }
    }

    #[test]
    fn ed25519_has_no_other_hash() {
        let mut keyring = Keyring::default();
        let pair = keyring.pair(Holder::Attested, KeyKind::Ed25519).unwrap();
        assert_eq!(pair.sign(Scheme::Sha1, b""), Err(SimulateError::KeyKind));
        assert_eq!(pair.signature_algorithm(Scheme::Sha1), Err(SimulateError::KeyKind));
        let signature = pair.sign(Scheme::Usual, b"message").unwrap();
        let public = UnparsedPublicKey::new(&aws_lc_rs::signature::ED25519, pair.public_octets());
        assert!(public.verify(b"message", &signature).is_ok());
        assert!(public.verify(b"massage", &signature).is_err());
    }
}
