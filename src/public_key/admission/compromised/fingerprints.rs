//! Everything that a key can be listed by.

use aws_lc_rs::digest;

use super::text::Sha1Tail;
use crate::encoding::der::tag;
use crate::encoding::hex::{Sha256, to_hex};
use crate::public_key::admission::elliptic;
use crate::public_key::{KeyMaterial, PublicKey};

/// Everything that a key can be listed by.
pub(super) struct Fingerprints {
    pub(super) spki: Vec<Sha256>,
    pub(super) number: Option<Sha256>,
    pub(super) sha1_tail: Option<Sha1Tail>,
}

/// Exponents that RSA keys have in practice. Who can factor a modulus has the private key to each.
const COMMON_EXPONENTS: [&[u8]; 3] = [&[3], &[17], &[1, 0, 1]];

impl Fingerprints {
    pub(super) fn of(key: &PublicKey) -> Self {
        let mut fingerprints =
            Self { spki: vec![key.spki_sha256()], number: number(key), sha1_tail: None };
        let mut listed_as = |key_octets: &[u8]| {
            let algorithm = der_value(tag::SEQUENCE, &[key.algorithm_identifier()]);
            let bits = der_value(tag::BIT_STRING, &[&[0], key_octets]);
            let spki = der_value(tag::SEQUENCE, &[&algorithm, &bits]);
            fingerprints.spki.push(Sha256::of(&spki));
        };
        match key.material() {
            KeyMaterial::Rsa { modulus, .. } => {
                for exponent in COMMON_EXPONENTS {
                    let (modulus, exponent) = (der_unsigned(modulus), der_unsigned(exponent));
                    listed_as(&der_value(tag::SEQUENCE, &[&modulus, &exponent]));
                }
                fingerprints.sha1_tail = sha1_tail(modulus);
            }
            KeyMaterial::Ec { curve, point } => {
                let Some((4, coordinates)) = point.split_first() else {
                    return fingerprints;
                };
                let (x, y) =
                    coordinates.split_at_checked(coordinates.len() / 2).unwrap_or_default();
                // Compressed forms (SEC 1 2.3.3), of the point and of its negative.
                listed_as(&[&[2], x].concat());
                listed_as(&[&[3], x].concat());
                if let Some(negated) = elliptic::negated_y(curve, y) {
                    listed_as(&[&[4], x, &negated].concat());
                }
            }
            KeyMaterial::Ed25519(_) | KeyMaterial::Other => {}
        }
        fingerprints
    }
}

/// SHA-256 of the number that an RSA key or a point is known by: its modulus or x-coordinate.
pub(super) fn number(key: &PublicKey) -> Option<Sha256> {
    match key.material() {
        KeyMaterial::Rsa { modulus, .. } => Some(Sha256::of(without_zeros(modulus))),
        KeyMaterial::Ec { point, .. } => {
            let (4, coordinates) = point.split_first()? else {
                return None;
            };
            let (x, _) = coordinates.split_at_checked(coordinates.len() / 2)?;
            Some(Sha256::of(without_zeros(x)))
        }
        KeyMaterial::Ed25519(_) | KeyMaterial::Other => None,
    }
}

/// The last 80 bits of SHA-1 over `Modulus=`, the modulus in upper-case hexadecimal without leading
/// zeros, and a newline.
fn sha1_tail(modulus: &[u8]) -> Option<Sha1Tail> {
    let digits = to_hex(modulus).to_ascii_uppercase();
    let line = format!("Modulus={}\n", digits.trim_start_matches('0'));
    let sha1 = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, line.as_bytes());
    sha1.as_ref().last_chunk().copied()
}

fn without_zeros(mut number: &[u8]) -> &[u8] {
    while let [0, rest @ ..] = number {
        number = rest;
    }
    number
}

/// A non-negative INTEGER.
fn der_unsigned(number: &[u8]) -> Vec<u8> {
    let number = without_zeros(number);
    let sign: &[u8] = if number.first().is_none_or(|first| *first >= 0x80) { &[0] } else { &[] };
    der_value(tag::INTEGER, &[sign, number])
}

/// One DER value (X.690 8.1.3, 10.1).
fn der_value(tag: u8, content: &[&[u8]]) -> Vec<u8> {
    let content = content.concat();
    let length = content.len().to_be_bytes();
    let length = without_zeros(&length);
    let mut value = vec![tag];
    match length {
        [] => value.push(0),
        [short] if *short < 0x80 => value.push(*short),
        long => {
            value.extend(u8::try_from(long.len()).map(|count| 0x80 | count));
            value.extend(long);
        }
    }
    value.extend(content);
    value
}
