//! What a private key, or a store of keys, looks like in ASN.1: by its first elements, so that one cut
//! short is still known, and so that it is known at any place of a file.

use super::ber::{Elements, Value};
use super::pkcs12;
use super::{Holds, Recognised, StoreContents};
use crate::encoding::der::tag;

/// What the value is.
pub(super) fn of(value: &Value<'_>) -> Option<Recognised> {
    if value.tag != tag::SEQUENCE {
        return None;
    }
    SHAPES
        .iter()
        .find_map(|(format, look)| look(value.elements()).map(|holds| Recognised { format, holds }))
}

type Look = fn(Elements<'_>) -> Option<Holds>;

const SHAPES: [(&str, Look); 7] = [
    // OneAsymmetricKey, RFC 5958 2; its earlier version is PrivateKeyInfo, RFC 5208 5.
    ("a private key (PKCS #8)", |it| certain(is_pkcs8(it))),
    // EncryptedPrivateKeyInfo, RFC 5958 3.
    ("an encrypted private key (PKCS #8)", |it| certain(is_encrypted_pkcs8(it))),
    // RSAPrivateKey, RFC 8017 A.1.2; and OpenSSL's form of a DSA key (crypto/dsa/dsa_asn1.c).
    ("a private key (PKCS #1)", |it| certain(is_pkcs1(it))),
    // ECPrivateKey, RFC 5915 3 and SEC 1 C.4.
    ("a private key (SEC 1)", |it| certain(is_sec1(it))),
    // PFX, RFC 7292 4.
    ("a PKCS #12 file", |it| pkcs12::contents(it).and_then(StoreContents::holds)),
    // AsymmetricKeyPackage, RFC 5958 2: keys one after the other.
    ("a package of private keys (RFC 5958)", |mut it| {
        certain(it.next().is_some_and(|key| key.tag == tag::SEQUENCE && is_pkcs8(key.elements())))
    }),
    // ObjectStore, org.bouncycastle.asn1.bc.
    ("a Bouncy Castle keystore (BCFKS)", |it| is_bcfks(it).then_some(Holds::PerhapsPrivateKey)),
];

fn certain(is_key: bool) -> Option<Holds> {
    is_key.then_some(Holds::PrivateKey)
}

/// PKCS #5 (1.2.840.113549.1.5) and PKCS #12 (1.2.840.113549.1.12.1) password-based encryption.
const PASSWORD_BASED: [&[u8]; 2] = [
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05],
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x01],
];

/// The object identifier that a SEQUENCE begins with, as an AlgorithmIdentifier does.
pub(super) fn leading_identifier<'a>(value: &Value<'a>) -> Option<&'a [u8]> {
    let first = value.elements().next()?;
    (value.tag == tag::SEQUENCE && first.tag == tag::OBJECT_IDENTIFIER).then_some(first.content)
}

/// Version, AlgorithmIdentifier, OCTET STRING.
fn is_pkcs8(mut it: Elements<'_>) -> bool {
    let (Some(version), Some(algorithm), Some(key)) = (it.next(), it.next(), it.next()) else {
        return false;
    };
    is_version(&version) && leading_identifier(&algorithm).is_some() && key.is(tag::OCTET_STRING)
}

/// 0 or 1, which GnuTLS takes with any number of zeros before it.
fn is_version(value: &Value<'_>) -> bool {
    let value = (value.tag == tag::INTEGER).then_some(value.content);
    value
        .and_then(<[u8]>::split_last)
        .is_some_and(|(last, zeros)| *last <= 1 && zeros.iter().all(|octet| *octet == 0))
}

/// AlgorithmIdentifier of an encryption by password, OCTET STRING.
fn is_encrypted_pkcs8(mut it: Elements<'_>) -> bool {
    let (Some(algorithm), Some(key)) = (it.next(), it.next()) else {
        return false;
    };
    key.is(tag::OCTET_STRING)
        && leading_identifier(&algorithm)
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
    is_version(&version)
        && version.content.last() == Some(&1)
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
        && leading_identifier(&algorithm).is_some()
        && made.tag == tag::GENERALIZED_TIME
        && changed.tag == tag::GENERALIZED_TIME
}

/// PbkdMacIntegrityCheck: AlgorithmIdentifiers of MAC and key derivation.
fn is_bcfks_mac(check: &Value<'_>) -> bool {
    let mut it = check.elements();
    check.tag == tag::SEQUENCE
        && it.next().is_some_and(|mac| leading_identifier(&mac).is_some())
        && it.next().is_some_and(|derivation| leading_identifier(&derivation).is_some())
}
