//! Writers of what the format reads: nCore values and DDDS.

use num_bigint::BigUint;

use super::super::ncore::{KeyData, KeyHash};
use crate::public_key::{Curve, KeyMaterial, PublicKey};
use crate::simulate::SimulateError;

/// Words of 32 bits.
pub(in crate::format::entrust_nshield) fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// A number in as many words as it needs.
pub(in crate::format::entrust_nshield) fn number(number: &BigUint) -> Vec<u8> {
    let digits = if number.bits() == 0 { Vec::new() } else { number.to_u32_digits() };
    let octets = digits.len().saturating_mul(4);
    [words(&[length(octets)]), words(&digits)].concat()
}

/// A text with its NUL, filled up to whole words.
pub(in crate::format::entrust_nshield) fn text(text: &str) -> Vec<u8> {
    let mut octets = [text.as_bytes(), &[0]].concat();
    let whole = octets.len();
    octets.resize(whole.next_multiple_of(4), 0);
    [words(&[length(whole)]), octets].concat()
}

fn length(octets: usize) -> u32 {
    u32::try_from(octets).unwrap_or(u32::MAX)
}

/// M_KeyData.
pub(in crate::format::entrust_nshield) fn key(key: &KeyData) -> Vec<u8> {
    match key {
        KeyData::Rsa { exponent, modulus } => {
            [words(&[1]), number(exponent), number(modulus)].concat()
        }
        KeyData::Dsa { p, q, g, y } => {
            let numbers = [p, q, g, y].map(number).concat();
            [words(&[3]), numbers].concat()
        }
        KeyData::Ec { curve, x, y } => {
            let curve = if *curve == Curve::P521 { 6 } else { 4 };
            [words(&[46, curve, 0]), number(x), number(y)].concat()
        }
    }
}

/// M_KeyHashEx with SHA-1.
pub(in crate::format::entrust_nshield) fn key_hash(hash: &KeyHash) -> Vec<u8> {
    [&words(&[44])[..], hash].concat()
}

/// The numbers of a key pair's public half.
pub(in crate::format::entrust_nshield) fn key_data(spki: &[u8]) -> Result<KeyData, SimulateError> {
    let key = PublicKey::from_spki(spki).map_err(|_| SimulateError::Cryptography)?;
    match key.material() {
        KeyMaterial::Rsa { modulus, exponent } => Ok(KeyData::Rsa {
            exponent: BigUint::from_bytes_be(exponent),
            modulus: BigUint::from_bytes_be(modulus),
        }),
        KeyMaterial::Ec { curve, point } => {
            let octets = curve.coordinate_octets().ok_or(SimulateError::KeyKind)?;
            let point = point.get(1..).and_then(|point| point.split_at_checked(octets));
            let (x, y) = point.ok_or(SimulateError::Cryptography)?;
            let (x, y) = (BigUint::from_bytes_be(x), BigUint::from_bytes_be(y));
            Ok(KeyData::Ec { curve: curve.clone(), x, y })
        }
        KeyMaterial::Ed25519(_) | KeyMaterial::Other => Err(SimulateError::KeyKind),
    }
}

/// A DDDS symbol.
pub(in crate::format::entrust_nshield) fn symbol(symbol: &str) -> Vec<u8> {
    let octets = symbol.as_bytes();
    match u8::try_from(octets.len()) {
        Ok(length @ 0..=15) => [&[0x30 | length], octets].concat(),
        length => [&[0xc4, length.unwrap_or(u8::MAX)], octets].concat(),
    }
}

/// A DDDS string, of 15 characters at most.
pub(in crate::format::entrust_nshield) fn string(string: &str) -> Vec<u8> {
    [&[0x20 | low(string.len())], string.as_bytes()].concat()
}

/// A DDDS list, of 15 elements at most.
pub(in crate::format::entrust_nshield) fn list(elements: &[Vec<u8>]) -> Vec<u8> {
    [vec![0x90 | low(elements.len())], elements.concat()].concat()
}

/// A DDDS map, of 15 members at most.
pub(in crate::format::entrust_nshield) fn map(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let pairs = members.iter().map(|(name, value)| [symbol(name), value.clone()].concat());
    [vec![0xb0 | low(members.len())], pairs.collect::<Vec<_>>().concat()].concat()
}

fn low(length: usize) -> u8 {
    u8::try_from(length).unwrap_or(0x0f) & 0x0f
}

/// A DDDS block.
pub(in crate::format::entrust_nshield) fn block(octets: &[u8]) -> Vec<u8> {
    match u8::try_from(octets.len()) {
        Ok(length) => [&[0xc5, length], octets].concat(),
        Err(_) => {
            let length = u16::try_from(octets.len()).unwrap_or(u16::MAX).to_be_bytes();
            [&[0xd5], length.as_slice(), octets].concat()
        }
    }
}

/// `['ECDSA', ['EMSA1', 'SHA512']]`.
pub(in crate::format::entrust_nshield) fn mechanism() -> Vec<u8> {
    list(&[symbol("ECDSA"), list(&[symbol("EMSA1"), symbol("SHA512")])])
}

/// `['ECDSA', 'Public', 'NISTP521', [x, y]]`.
pub(in crate::format::entrust_nshield) fn warrant_key(
    key: &KeyData,
) -> Result<Vec<u8>, SimulateError> {
    let KeyData::Ec { x, y, .. } = key else {
        return Err(SimulateError::KeyKind);
    };
    let integer = |number: &BigUint| [&[0xf4][..], &block(&number.to_bytes_be())].concat();
    let point = list(&[integer(x), integer(y)]);
    Ok(list(&[symbol("ECDSA"), symbol("Public"), symbol("NISTP521"), point]))
}
