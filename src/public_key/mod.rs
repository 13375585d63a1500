//! A public key in its one canonical form. Two keys are the same when their
//! SubjectPublicKeyInfo bytes are, and a key that has another encoding is not read at all.

pub mod admission;
mod domain;
mod numbers;
mod summary;

use minicbor::encode::Write;
use minicbor::{Decode, Decoder, Encode, Encoder};
use std::sync::{Arc, OnceLock};

pub use summary::KeySummary;

pub(crate) use domain::curve_orders;
#[cfg(test)]
pub(crate) use domain::domain_octets;

use crate::encoding::der::{self, DerError, Glance, Reader, tag};
use crate::encoding::hex::Sha256;
use crate::encoding::oid::{self, Oid};
use crate::encoding::x509::Certificate;
use crate::reason::{Reason, ReasonCode};

/// A public key. A clone is the same one, with the same fingerprint.
#[derive(Clone, Debug)]
pub struct PublicKey(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    spki: Vec<u8>,
    spki_sha256: OnceLock<Sha256>,
    /// Where the subjectPublicKey octets begin in `spki`; they end with it.
    key_octets: usize,
    algorithm_identifier: Vec<u8>,
    material: KeyMaterial,
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.spki == other.0.spki
    }
}

impl Eq for PublicKey {}

/// As the DER of its SubjectPublicKeyInfo.
impl<C> Encode<C> for PublicKey {
    fn encode<W: Write>(
        &self,
        encoder: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        encoder.bytes(self.spki())?.ok()
    }
}

impl<'b, C> Decode<'b, C> for PublicKey {
    fn decode(decoder: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let no_key = |_| minicbor::decode::Error::message("not a SubjectPublicKeyInfo");
        Self::from_spki(decoder.bytes()?).map_err(no_key)
    }
}

/// The numbers of a key, as far as its algorithm is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyMaterial {
    /// RSA (RFC 8017 A.1.1); both numbers big-endian, without a sign octet.
    Rsa {
        /// The modulus.
        modulus: Vec<u8>,
        /// The public exponent.
        exponent: Vec<u8>,
    },
    /// A key on a named curve (RFC 5480 2.1.1).
    Ec {
        /// The curve.
        curve: Curve,
        /// The point as it is encoded, uncompressed (SEC 1 2.3.3): 04, x, y; or the single octet 00
        /// of the point at infinity. Lengths are those of the curve only if the curve is known.
        point: Vec<u8>,
    },
    /// Ed25519 (RFC 8410); 32 octets.
    Ed25519(Vec<u8>),
    /// Any other algorithm.
    Other,
}

/// A named curve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Curve {
    /// P-256 (secp256r1).
    P256,
    /// P-384 (secp384r1).
    P384,
    /// P-521 (secp521r1).
    P521,
    /// Another curve, by the content octets of its identifier.
    Other(Vec<u8>),
}

impl Curve {
    fn from_oid(curve: Oid<'_>) -> Self {
        match curve {
            oid::P256 => Self::P256,
            oid::P384 => Self::P384,
            oid::P521 => Self::P521,
            other => Self::Other(other.content().to_vec()),
        }
    }

    /// The name, or the dotted identifier of a curve without one here.
    pub fn name(&self) -> String {
        match self {
            Self::P256 => "P-256".to_owned(),
            Self::P384 => "P-384".to_owned(),
            Self::P521 => "P-521".to_owned(),
            Self::Other(content) => Oid::from_content(content).to_string(),
        }
    }

    /// Octets of one coordinate, if the curve is one of the three.
    pub fn coordinate_octets(&self) -> Option<usize> {
        match self {
            Self::P256 => Some(32),
            Self::P384 => Some(48),
            Self::P521 => Some(66),
            Self::Other(_) => None,
        }
    }
}

/// ASN.1 NULL, the parameters that rsaEncryption must have (RFC 8017 A.1).
const NULL: &[u8] = &[tag::NULL, 0];

impl PublicKey {
    /// Reads a SubjectPublicKeyInfo (RFC 5280 4.1.2.7), which must be DER and in the one form that
    /// the standard of its algorithm prescribes.
    ///
    /// # Errors
    /// `input.der`, `key.encoding` or `key.explicit-curve`.
    pub fn from_spki(spki: &[u8]) -> Result<Self, Reason> {
        Self::read_spki(spki).map_err(|fault| match fault {
            SpkiFault::Der(error) => Reason::new(ReasonCode::InputDer)
                .with("object", "public key")
                .with("fault", error.fault.describe())
                .with("offset", error.offset.to_string()),
            SpkiFault::Encoding(fault) => Reason::new(ReasonCode::KeyEncoding).with("fault", fault),
            SpkiFault::ExplicitCurve => Reason::new(ReasonCode::KeyExplicitCurve),
        })
    }

    /// The key that a certificate names.
    ///
    /// # Errors
    /// As for [`Self::from_spki`].
    pub fn of_certificate(certificate: &Certificate) -> Result<Self, Reason> {
        let key = Self::from_spki(certificate.subject_public_key_info())?;
        key.0.spki_sha256.get_or_init(|| certificate.spki_sha256());
        Ok(key)
    }

    fn read_spki(spki: &[u8]) -> Result<Self, SpkiFault> {
        der::check(spki)?;
        let (algorithm_identifier, key) = Reader::whole(spki, |outer| {
            outer.nested(tag::SEQUENCE, |fields| {
                Ok::<_, DerError>((fields.expect(tag::SEQUENCE)?, fields.octet_aligned_bits()?))
            })
        })?;
        let (algorithm_oid, parameters) = Reader::whole(algorithm_identifier, |fields| {
            let algorithm_oid = fields.oid()?;
            let parameters = if fields.is_empty() { None } else { Some(fields.any()?) };
            Ok::<_, DerError>((algorithm_oid, parameters))
        })?;

        let material = match algorithm_oid {
            oid::RSA_ENCRYPTION => {
                if parameters.is_none_or(|(_, _, whole)| whole != NULL) {
                    return Err(SpkiFault::Encoding("RSA without its NULL parameters"));
                }
                read_rsa(key)?
            }
            oid::EC_PUBLIC_KEY => match parameters {
                Some((tag::OBJECT_IDENTIFIER, curve, _)) => {
                    read_point(Curve::from_oid(Oid::from_content(curve)), key)?
                }
                Some((tag::SEQUENCE, ..)) => return Err(SpkiFault::ExplicitCurve),
                _ => return Err(SpkiFault::Encoding("an elliptic curve key without a curve")),
            },
            oid::ED25519 if parameters.is_some() => {
                return Err(SpkiFault::Encoding("Ed25519 with parameters"));
            }
            oid::ED25519 if key.len() != 32 => {
                return Err(SpkiFault::Encoding("an Ed25519 key of another size than 32 octets"));
            }
            oid::ED25519 => KeyMaterial::Ed25519(key.to_vec()),
            _ => KeyMaterial::Other,
        };
        Ok(Self(Arc::new(Parts {
            spki: spki.to_vec(),
            spki_sha256: OnceLock::new(),
            key_octets: spki.len() - key.len(),
            algorithm_identifier: algorithm_identifier.to_vec(),
            material,
        })))
    }

    /// The SubjectPublicKeyInfo, DER.
    pub fn spki(&self) -> &[u8] {
        &self.0.spki
    }

    /// SHA-256 of the SubjectPublicKeyInfo.
    pub fn spki_sha256(&self) -> Sha256 {
        *self.0.spki_sha256.get_or_init(|| Sha256::of(&self.0.spki))
    }

    /// The octets of subjectPublicKey.
    pub fn key_octets(&self) -> &[u8] {
        self.0.spki.get(self.0.key_octets..).unwrap_or_default()
    }

    /// The content of the AlgorithmIdentifier.
    pub fn algorithm_identifier(&self) -> &[u8] {
        &self.0.algorithm_identifier
    }

    /// The numbers.
    pub fn material(&self) -> &KeyMaterial {
        &self.0.material
    }

    /// `RSA`, `ECDSA`, `Ed25519`, or the dotted identifier of another algorithm.
    pub fn algorithm_name(&self) -> String {
        match &self.0.material {
            KeyMaterial::Rsa { .. } => "RSA".to_owned(),
            KeyMaterial::Ec { .. } => "ECDSA".to_owned(),
            KeyMaterial::Ed25519(_) => "Ed25519".to_owned(),
            KeyMaterial::Other => Glance::at(&self.0.algorithm_identifier)
                .oid()
                .map_or_else(|_| "unknown".to_owned(), |algorithm| algorithm.to_string()),
        }
    }

    /// The size of an RSA modulus in bits.
    pub fn rsa_bits(&self) -> Option<u64> {
        let KeyMaterial::Rsa { modulus, .. } = &self.0.material else {
            return None;
        };
        let zeros = modulus.first().map_or(0, |first| u64::from(first.leading_zeros()));
        u64::try_from(modulus.len()).ok()?.checked_mul(8)?.checked_sub(zeros)
    }

    /// The name of the curve of an elliptic curve key.
    pub fn curve_name(&self) -> Option<String> {
        match &self.0.material {
            KeyMaterial::Ec { curve, .. } => Some(curve.name()),
            _ => None,
        }
    }

    /// The key in a few words: `RSA 3072`, `ECDSA P-256`.
    pub fn describe(&self) -> String {
        let algorithm = self.algorithm_name();
        match (self.rsa_bits(), self.curve_name()) {
            (Some(bits), _) => format!("{algorithm} {bits}"),
            (_, Some(curve)) => format!("{algorithm} {curve}"),
            _ => algorithm,
        }
    }
}

enum SpkiFault {
    Der(DerError),
    Encoding(&'static str),
    ExplicitCurve,
}

impl From<DerError> for SpkiFault {
    fn from(error: DerError) -> Self {
        Self::Der(error)
    }
}

fn read_rsa(key: &[u8]) -> Result<KeyMaterial, SpkiFault> {
    der::check(key)?;
    Reader::whole(key, |outer| {
        outer.nested(tag::SEQUENCE, |numbers| {
            let modulus = numbers.unsigned()?.to_vec();
            let exponent = numbers.unsigned()?.to_vec();
            Ok(KeyMaterial::Rsa { modulus, exponent })
        })
    })
}

fn read_point(curve: Curve, key: &[u8]) -> Result<KeyMaterial, SpkiFault> {
    let well_formed = match (key, curve.coordinate_octets()) {
        // The point at infinity (SEC 1 2.3.3); admission refuses it by its own reason.
        ([0], _) => true,
        ([4, coordinates @ ..], Some(octets)) => coordinates.len() == 2 * octets,
        ([4, coordinates @ ..], None) => coordinates.len().is_multiple_of(2),
        _ => false,
    };
    if !well_formed {
        return Err(SpkiFault::Encoding(
            "a point that is not uncompressed, or not of the curve's size",
        ));
    }
    Ok(KeyMaterial::Ec { curve, point: key.to_vec() })
}

#[cfg(test)]
mod tests {
    use super::{Curve, KeyMaterial, PublicKey};
    use crate::reason::ReasonCode;

    /// The generator of P-256 (SP 800-186 3.2.1.3), as a SubjectPublicKeyInfo.
    fn p256_generator() -> Vec<u8> {
        crate::encoding::hex::from_hex(concat!(
            "3059301306072a8648ce3d020106082a8648ce3d03010703420004",
            "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
            "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
        ))
        .unwrap()
    }

    fn code(spki: &[u8]) -> ReasonCode {
        PublicKey::from_spki(spki).unwrap_err().code()
    }

    #[test]
    fn reads_a_named_curve_key() {
        let key = PublicKey::from_spki(&p256_generator()).unwrap();
        assert_eq!(key.describe(), "ECDSA P-256");
        assert_eq!(key.key_octets().len(), 65);
        assert!(matches!(key.material(), KeyMaterial::Ec { curve: Curve::P256, .. }));
    }

    #[test]
    fn refuses_hybrid_compressed_and_short_points() {
        for first in [2, 3, 6, 7] {
            let mut spki = p256_generator();
            spki[26] = first;
            assert_eq!(code(&spki), ReasonCode::KeyEncoding);
        }
        let mut short = p256_generator();
        short.pop();
        short[1] -= 1;
        short[24] -= 1;
        assert_eq!(code(&short), ReasonCode::KeyEncoding);
    }

    #[test]
    fn refuses_rsa_without_null_and_padded_numbers() {
        let rsa = |parameters: &[u8], modulus: &[u8]| {
            let tlv = |tag: u8, parts: &[&[u8]]| {
                let content = parts.concat();
                let mut out = vec![tag, u8::try_from(content.len()).unwrap()];
                out.extend(content);
                out
            };
            let oid = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
            let key = tlv(0x30, &[&tlv(2, &[modulus]), &[2, 1, 3]]);
            tlv(0x30, &[&tlv(0x30, &[&oid, parameters]), &tlv(3, &[&[0], &key])])
        };
        let key = PublicKey::from_spki(&rsa(&[5, 0], &[0, 0x8f])).unwrap();
        assert_eq!(key.rsa_bits(), Some(8));
        assert_eq!(code(&rsa(&[], &[0, 0x8f])), ReasonCode::KeyEncoding);
        assert_eq!(code(&rsa(&[5, 0], &[0x8f])), ReasonCode::InputDer);
        assert_eq!(code(&rsa(&[5, 0], &[0, 0, 0x8f])), ReasonCode::InputDer);
    }
}
