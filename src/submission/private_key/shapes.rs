//! What a private key, or a store of keys, looks like in ASN.1: by its first elements, so that one cut
//! short is still known, and so that it is known at any place of a file.

use super::ber::{Elements, Value};
use super::pkcs12;
use super::{Holds, Recognised};
use crate::encoding::der::tag;
use crate::oid;

/// What the value is.
pub(super) fn of(value: &Value<'_>) -> Option<Recognised> {
    let opening = Opening::of(value)?;
    let mut shapes = SHAPES.iter().filter(|shape| shape.opening == opening);
    shapes.find_map(|shape| {
        let holds = (shape.look)(value.elements())?;
        Some(Recognised { format: shape.format, holds })
    })
}

struct Shape {
    format: &'static str,
    opening: Opening,
    look: fn(Elements<'_>) -> Option<Holds>,
}

/// How a SEQUENCE begins: tells most of them from any key at once.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Opening {
    /// INTEGER 0 or 1.
    Version,
    /// INTEGER 3.
    Three,
    /// A SEQUENCE that begins with an OBJECT IDENTIFIER.
    Algorithm,
    /// A SEQUENCE that begins with an INTEGER or a SEQUENCE.
    Nested,
}

impl Opening {
    fn of(value: &Value<'_>) -> Option<Self> {
        if value.tag != tag::SEQUENCE || value.content.len() < LEAST {
            return None;
        }
        // By their first octet most values are nothing; a tag may have the long form.
        let (tag::INTEGER | tag::SEQUENCE | 0x1f | 0x3f) = *value.content.first()? else {
            return None;
        };
        let first = value.elements().next()?;
        match first.tag {
            tag::INTEGER => match number(first.content)? {
                0 | 1 => Some(Self::Version),
                3 => Some(Self::Three),
                _ => None,
            },
            tag::SEQUENCE => match first.elements().next()?.tag {
                tag::OBJECT_IDENTIFIER => Some(Self::Algorithm),
                tag::INTEGER | tag::SEQUENCE => Some(Self::Nested),
                _ => None,
            },
            _ => None,
        }
    }
}

/// A number below 256, which GnuTLS takes with zeros before it. Of more than there are places in any
/// number of a program, nothing is looked at: at many places of a file they may be the same ones.
fn number(content: &[u8]) -> Option<u8> {
    let (last, zeros) = content.split_last()?;
    (zeros.len() < 16 && zeros.iter().all(|octet| *octet == 0)).then_some(*last)
}

/// Octets that the content of each of them has at least, so that small values cost little: no key is
/// smaller, and none of them is without an identifier or a key.
const LEAST: usize = 16;

const SHAPES: [Shape; 7] = [
    Shape {
        // OneAsymmetricKey, RFC 5958 2; its earlier version is PrivateKeyInfo, RFC 5208 5.
        format: "a private key (PKCS #8)",
        opening: Opening::Version,
        look: |it| certain(is_pkcs8(it)),
    },
    Shape {
        // RSAPrivateKey, RFC 8017 A.1.2; and OpenSSL's form of a DSA key (crypto/dsa/dsa_asn1.c).
        format: "a private key (PKCS #1)",
        opening: Opening::Version,
        look: |it| certain(is_pkcs1(it)),
    },
    Shape {
        // ECPrivateKey, RFC 5915 3 and SEC 1 C.4.
        format: "a private key (SEC 1)",
        opening: Opening::Version,
        look: |it| certain(is_sec1(it)),
    },
    Shape {
        // EncryptedPrivateKeyInfo, RFC 5958 3.
        format: "an encrypted private key (PKCS #8)",
        opening: Opening::Algorithm,
        look: |it| certain(is_encrypted_pkcs8(it)),
    },
    Shape {
        // PFX, RFC 7292 4.
        format: "a PKCS #12 file",
        opening: Opening::Three,
        look: |it| pkcs12::contents(it)?.holds(),
    },
    Shape {
        // AsymmetricKeyPackage, RFC 5958 2: keys one after the other.
        format: "a package of private keys (RFC 5958)",
        opening: Opening::Nested,
        look: |mut it| certain(it.next().is_some_and(|key| is_pkcs8(key.elements()))),
    },
    Shape {
        // ObjectStore, org.bouncycastle.asn1.bc.
        format: "a Bouncy Castle keystore (BCFKS)",
        opening: Opening::Nested,
        look: |it| is_bcfks(it).then_some(Holds::Perhaps),
    },
];

fn certain(is_key: bool) -> Option<Holds> {
    is_key.then_some(Holds::Key)
}

/// Password-based encryption of PKCS #5 and PKCS #12.
const PASSWORD_BASED: [&[u8]; 2] =
    [oid!(1.2.840.113549.1.5).content(), oid!(1.2.840.113549.1.12.1).content()];

/// Version, AlgorithmIdentifier, OCTET STRING.
fn is_pkcs8(mut it: Elements<'_>) -> bool {
    let (Some(version), Some(algorithm), Some(key)) = (it.next(), it.next(), it.next()) else {
        return false;
    };
    is_version(&version) && algorithm.leading_identifier().is_some() && key.is(tag::OCTET_STRING)
}

/// 0 or 1.
fn is_version(value: &Value<'_>) -> bool {
    value.tag == tag::INTEGER && matches!(number(value.content), Some(0 | 1))
}

/// AlgorithmIdentifier of an encryption by password, OCTET STRING.
fn is_encrypted_pkcs8(mut it: Elements<'_>) -> bool {
    let (Some(algorithm), Some(key)) = (it.next(), it.next()) else {
        return false;
    };
    key.is(tag::OCTET_STRING)
        && algorithm
            .leading_identifier()
            .is_some_and(|oid| PASSWORD_BASED.iter().any(|family| oid.starts_with(family)))
}

/// Octets of the shortest modulus or prime that is told from a small number: 256 bits.
const LARGE: usize = 32;

/// A version and five integers at least, the first of them large: an RSA key has eight, a DSA key
/// five.
fn is_pkcs1(mut it: Elements<'_>) -> bool {
    it.next().is_some_and(|version| is_version(&version))
        && it.clone().next().is_some_and(|first| first.content.len() >= LARGE)
        && it.take(5).filter(|value| value.tag == tag::INTEGER).count() == 5
}

/// Version 1, OCTET STRING of a curve of 128 bits or more, then nothing or parameters `[0]` or the
/// public key `[1]`.
fn is_sec1(mut it: Elements<'_>) -> bool {
    let (Some(version), Some(key)) = (it.next(), it.next()) else {
        return false;
    };
    version.tag == tag::INTEGER
        && number(version.content) == Some(1)
        && key.is(tag::OCTET_STRING)
        && key.content.len() >= 16
        && it.next().is_none_or(|value| matches!(value.tag, 0xa0 | 0xa1))
}

/// The store's data, encrypted by password or not, and its integrity check: a MAC by password, or a
/// signature in `[0]`.
fn is_bcfks(mut it: Elements<'_>) -> bool {
    let (Some(data), Some(check)) = (it.next(), it.next()) else {
        return false;
    };
    data.tag == tag::SEQUENCE
        && (is_encrypted_pkcs8(data.elements()) || is_bcfks_data(data.elements()))
        && (check.tag == 0xa0 || is_bcfks_mac(&check))
}

/// ObjectStoreData: version, AlgorithmIdentifier of the check, two times.
fn is_bcfks_data(mut it: Elements<'_>) -> bool {
    let elements = [it.next(), it.next(), it.next(), it.next()];
    let [Some(version), Some(algorithm), Some(made), Some(changed)] = elements else {
        return false;
    };
    version.tag == tag::INTEGER
        && algorithm.leading_identifier().is_some()
        && made.tag == tag::GENERALIZED_TIME
        && changed.tag == tag::GENERALIZED_TIME
}

/// PbkdMacIntegrityCheck: AlgorithmIdentifiers of MAC and key derivation.
fn is_bcfks_mac(check: &Value<'_>) -> bool {
    let mut it = check.elements();
    check.tag == tag::SEQUENCE
        && it.next().is_some_and(|mac| mac.leading_identifier().is_some())
        && it.next().is_some_and(|derivation| derivation.leading_identifier().is_some())
}
