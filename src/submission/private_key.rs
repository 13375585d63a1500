//! Recognises private keys, so that nothing of them is kept. Recognition is generous where reading
//! is strict: a private key in a damaged or BER-encoded wrapping is a private key all the same.

use super::base64;
use crate::encoding::der::tag;
use crate::encoding::{json, xml};
use crate::reason::{Reason, ReasonCode};

/// A private key was seen; the submission is to be forgotten.
#[derive(Debug)]
pub(super) struct PrivateKeyPresent {
    /// The file that holds it.
    pub(super) file: String,
}

impl From<PrivateKeyPresent> for Reason {
    fn from(found: PrivateKeyPresent) -> Self {
        Self::new(ReasonCode::InputPrivateKeyPresent).with("file", found.file)
    }
}

/// Whether `bytes` hold a private key in the open: in PEM of any label, in the formats of OpenSSH
/// and PuTTY, or in DER or BER.
pub(super) fn is_in(bytes: &[u8]) -> bool {
    // The magic of OpenSSH's PROTOCOL.key, and the first line of a PuTTY file.
    bytes.starts_with(b"openssh-key-v1\0")
        || bytes.starts_with(b"PuTTY-User-Key-File-")
        || has_pem_label(bytes)
        || is_encoded(bytes)
}

/// Members that only a private or secret JSON Web Key has (RFC 7518 6.2.2, 6.3.2, 6.4.1).
const JWK_PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// Whether a JSON document holds a private key: as a JSON Web Key, or in one of its strings, which
/// may be base64.
pub(super) fn is_in_json(document: &json::Value) -> bool {
    match document {
        json::Value::Text(text) => is_in_texts(&[text]),
        json::Value::List(elements) => elements.iter().any(is_in_json),
        json::Value::Object(members) => {
            let is_key = document.member("kty").is_some();
            members.iter().any(|(name, value)| {
                (is_key && JWK_PRIVATE.contains(&name.as_str())) || is_in_json(value)
            })
        }
        json::Value::Null | json::Value::Boolean(_) | json::Value::Number(_) => false,
    }
}

/// Elements that only a private key has, beside its Modulus (.NET, `RSA.ToXmlString`).
const XML_PRIVATE: [&str; 6] = ["D", "P", "Q", "DP", "DQ", "InverseQ"];

/// Whether an XML document holds a private key: in one of its texts, or as .NET writes one.
pub(super) fn is_in_xml(element: &xml::Element) -> bool {
    is_in_texts(&element.texts()) || has_private_numbers(element)
}

fn has_private_numbers(element: &xml::Element) -> bool {
    let has = |name: &str| element.named(name).next().is_some();
    (has("Modulus") && XML_PRIVATE.iter().any(|name| has(name)))
        || element.elements.iter().any(has_private_numbers)
}

/// Whether one of the texts of a document holds a private key, perhaps in base64.
fn is_in_texts(texts: &[&str]) -> bool {
    texts.iter().any(|text| {
        let text = text.as_bytes();
        is_in(text)
            || (base64::is_meant(text)
                && base64::decode_either(text).is_some_and(|bytes| is_in(&bytes)))
    })
}

/// Whether some line opens a block whose label has the words PRIVATE KEY. It need not be at the
/// start of a line, nor need the block be whole.
fn has_pem_label(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some(start) = memchr::memchr(b'-', rest) {
        rest = rest.get(start..).unwrap_or_default();
        let dashes = rest.iter().take_while(|byte| **byte == b'-').count();
        rest = rest.get(dashes..).unwrap_or_default();
        // RFC 4716 has four dashes and a blank.
        let label = rest.strip_prefix(b" ").unwrap_or(rest);
        if dashes >= 4 && starts_with_word(label, b"BEGIN ") {
            let label = label.split(|byte| matches!(byte, b'-' | b'\n' | b'\r')).next();
            let label = label.unwrap_or_default();
            let label = label.get(..LONGEST_LABEL).unwrap_or(label);
            let words = b"PRIVATE KEY";
            if label.windows(words.len()).any(|window| window.eq_ignore_ascii_case(words)) {
                return true;
            }
        }
    }
    false
}

/// Far longer than any label in use.
const LONGEST_LABEL: usize = 80;

fn starts_with_word(text: &[u8], word: &[u8]) -> bool {
    text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
}

/// PKCS #5 (1.2.840.113549.1.5) and PKCS #12 (1.2.840.113549.1.12.1) password-based encryption.
const PASSWORD_BASED: [&[u8]; 2] = [
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05],
    &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x01],
];

/// PKCS #7 content types (1.2.840.113549.1.7), as a PFX has them.
const PKCS7: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07];

/// Whether a value at the start of `rest` has the shape of a private key; it may be cut short.
pub(super) fn is_der(rest: &[u8]) -> bool {
    Value::take(rest)
        .is_some_and(|(value, _)| value.tag == tag::SEQUENCE && is_private_key(value.content))
}

/// Whether `bytes` are one or several encoded values of which one has the shape of a private key.
fn is_encoded(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    // Values that follow one another; each takes two bytes at least, so this is linear.
    while let Some((value, after)) = Value::take(rest) {
        if value.tag == tag::SEQUENCE && is_private_key(value.content) {
            return true;
        }
        rest = after;
    }
    false
}

fn is_private_key(content: &[u8]) -> bool {
    let Some((first, rest)) = Value::take(content) else {
        return false;
    };
    let second = Value::take(rest);
    match (first.tag, first.content, second) {
        // EncryptedPrivateKeyInfo (RFC 5958 3): AlgorithmIdentifier, OCTET STRING.
        (tag::SEQUENCE, algorithm, Some((value, _)))
            if value.tag & !CONSTRUCTED == tag::OCTET_STRING =>
        {
            Value::take(algorithm).is_some_and(|(oid, _)| {
                oid.tag == tag::OBJECT_IDENTIFIER
                    && PASSWORD_BASED.iter().any(|family| oid.content.starts_with(family))
            })
        }
        // PFX (RFC 7292 4): version 3, ContentInfo.
        (tag::INTEGER, [3], Some((value, _))) if value.tag == tag::SEQUENCE => {
            Value::take(value.content).is_some_and(|(oid, _)| {
                oid.tag == tag::OBJECT_IDENTIFIER && oid.content.starts_with(PKCS7)
            })
        }
        // OneAsymmetricKey (RFC 5958 2): version, AlgorithmIdentifier, OCTET STRING.
        (tag::INTEGER, [0 | 1], Some((value, rest))) if value.tag == tag::SEQUENCE => {
            Value::take(rest).is_some_and(|(key, _)| key.tag & !CONSTRUCTED == tag::OCTET_STRING)
        }
        // ECPrivateKey (RFC 5915 3): version 1, OCTET STRING of a curve of 128 bits or more, then
        // nothing or parameters [0] or the public key [1].
        (tag::INTEGER, [1], Some((value, rest))) if value.tag == tag::OCTET_STRING => {
            value.content.len() >= 16 && matches!(rest.first(), None | Some(0xa0 | 0xa1))
        }
        // RSAPrivateKey (RFC 8017 A.1.2) has eight integers after its version, OpenSSL's form of a
        // DSA key five.
        (tag::INTEGER, [0 | 1], Some(_)) => {
            let mut rest = rest;
            let mut integers = 0;
            while let Some((value, after)) = Value::take(rest)
                && value.tag == tag::INTEGER
                && integers < 5
            {
                integers += 1;
                rest = after;
            }
            integers == 5
        }
        _ => false,
    }
}

const CONSTRUCTED: u8 = 0x20;

/// One value in BER. A value that is longer than the input ends with the input, and so does one of
/// indefinite length: this only recognises.
struct Value<'a> {
    tag: u8,
    content: &'a [u8],
}

impl<'a> Value<'a> {
    fn take(input: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (&tag, rest) = input.split_first()?;
        let (&first, rest) = rest.split_first()?;
        let (length, rest) = match first {
            0..0x80 => (usize::from(first), rest),
            0x80 => (rest.len(), rest),
            0x81.. => {
                let (octets, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
                let length = octets.iter().fold(0_usize, |sum, octet| {
                    sum.saturating_mul(256).saturating_add(usize::from(*octet))
                });
                (length, rest)
            }
        };
        let (content, rest) = rest.split_at_checked(length).unwrap_or((rest, &[]));
        Some((Self { tag, content }, rest))
    }
}

#[cfg(test)]
mod tests {
    use super::is_in;

    fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
        let mut out = vec![tag, u8::try_from(content.len()).unwrap()];
        out.extend(content);
        out
    }

    fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
        tlv(0x30, &parts.concat())
    }

    fn integer(value: u8) -> Vec<u8> {
        tlv(2, &[value])
    }

    fn algorithm(oid: &[u8]) -> Vec<u8> {
        sequence(&[tlv(6, oid)])
    }

    const PBES2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0d];
    const PKCS7_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01];
    const SHA256: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];

    #[test]
    fn every_label_of_a_private_key_is_recognised() {
        for label in [
            "PRIVATE KEY",
            "RSA PRIVATE KEY",
            "EC PRIVATE KEY",
            "DSA PRIVATE KEY",
            "ENCRYPTED PRIVATE KEY",
            "OPENSSH PRIVATE KEY",
            "ANY PRIVATE KEY",
            "PGP PRIVATE KEY BLOCK",
        ] {
            assert!(is_in(format!("x\n-----BEGIN {label}-----\nAAAA\n").as_bytes()), "{label}");
        }
        assert!(is_in(b"{\"key\": \"-----BEGIN PRIVATE KEY-----\\nAAAA\"}"));
        assert!(is_in(b"---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----"));
        assert!(is_in(b"PuTTY-User-Key-File-3: ssh-rsa"));
        assert!(!is_in(b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"));
        assert!(!is_in(b"Never send the PRIVATE KEY."));
    }

    #[test]
    fn every_encoding_of_a_private_key_is_recognised() {
        let octets = tlv(4, &[1, 2, 3]);
        let pkcs8 = sequence(&[integer(0), algorithm(SHA256), octets.clone()]);
        let pkcs1 = sequence(&[integer(0), [2, 1, 5].repeat(8)]);
        let dsa = sequence(&[integer(0), [2, 1, 5].repeat(5)]);
        let sec1 = sequence(&[integer(1), tlv(4, &[7; 32]), tlv(0xa1, &[3, 1, 0])]);
        let encrypted = sequence(&[algorithm(PBES2), octets.clone()]);
        let pfx = sequence(&[integer(3), algorithm(PKCS7_DATA)]);
        for key in [&pkcs8, &pkcs1, &dsa, &sec1, &encrypted, &pfx] {
            assert!(is_in(key), "{key:02x?}");
            // A second value in the same file, with bytes after it, or cut short.
            assert!(is_in(&[&integer(0)[..], key, b"\n"].concat()));
        }
        // The same PFX in BER of indefinite length, as Java and Windows write it.
        let mut indefinite = vec![0x30, 0x80];
        indefinite.extend(integer(3));
        indefinite.extend([0x30, 0x80]);
        indefinite.extend(tlv(6, PKCS7_DATA));
        assert!(is_in(&indefinite));
    }

    #[test]
    fn a_private_key_in_json_is_recognised() {
        use base64::Engine;
        use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
        let pkcs8 = sequence(&[integer(0), algorithm(&[0x2a, 3]), tlv(4, &[0xfb; 32])]);
        let holds = |text: &str| super::is_in_json(&super::json::parse(text.as_bytes()).unwrap());
        for text in [
            r#"{"pem": "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----"}"#.to_owned(),
            format!(r#"[["{}"]]"#, STANDARD.encode(&pkcs8)),
            format!(r#"{{"a": {{"b": "{}"}}}}"#, URL_SAFE_NO_PAD.encode(&pkcs8)),
            r#"{"key": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "d": "AA"}}"#.to_owned(),
            r#"{"kty": "oct", "k": "AA"}"#.to_owned(),
        ] {
            assert!(holds(&text), "{text}");
        }
        for text in [
            r#"{"key": {"kty": "RSA-HSM", "n": "AA", "e": "AQAB", "kid": "https://x"}}"#,
            r#"{"d": "AA", "k": 1, "p": []}"#,
        ] {
            assert!(!holds(text), "{text}");
        }
    }

    #[test]
    fn public_objects_of_similar_shape_are_not_taken_for_one() {
        let rsa_public_key = sequence(&[integer(5), integer(3)]);
        let digest_info = sequence(&[algorithm(SHA256), tlv(4, &[0; 32])]);
        let public_key = sequence(&[algorithm(SHA256), tlv(3, &[0, 1])]);
        let signed_data = sequence(&[tlv(6, PKCS7_DATA), tlv(0xa0, &[])]);
        for object in [rsa_public_key, digest_info, public_key, signed_data] {
            assert!(!is_in(&object), "{object:02x?}");
        }
    }

    #[test]
    fn a_mebibyte_of_anything_is_scanned_once() {
        for part in [&b"-"[..], b"-----BEGIN ", b"-----BEGIN PRIVATE", b"0\0", b"0\x80"] {
            assert!(!is_in(&part.repeat((1 << 20) / part.len())));
        }
    }
}
