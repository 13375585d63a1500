//! Writers of what the format reads, for its tests: nCore values and DDDS.

use num_bigint::BigUint;

use super::ncore::KeyData;
use crate::public_key::Curve;

/// A DSA key that generates nothing.
pub(super) fn dsa_key() -> KeyData {
    let [p, q, g, y] = [23_u32, 11, 4, 3].map(BigUint::from);
    KeyData::Dsa { p, q, g, y }
}

/// Words of 32 bits.
pub(super) fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// A number in as many words as it needs.
fn number(number: &BigUint) -> Vec<u8> {
    let digits = number.to_u32_digits();
    [words(&[u32::try_from(4 * digits.len()).unwrap()]), words(&digits)].concat()
}

/// A text with its NUL, filled up to whole words.
pub(super) fn text(text: &str) -> Vec<u8> {
    let mut octets = [text.as_bytes(), &[0]].concat();
    let length = u32::try_from(octets.len()).unwrap();
    octets.resize(octets.len().next_multiple_of(4), 0);
    [words(&[length]), octets].concat()
}

/// M_KeyData of a DSA key.
pub(super) fn key(key: &KeyData) -> Vec<u8> {
    let KeyData::Dsa { p, q, g, y } = key else { panic!("a DSA key") };
    [words(&[3]), [p, q, g, y].map(number).concat()].concat()
}

/// A DDDS symbol.
pub(super) fn symbol(symbol: &str) -> Vec<u8> {
    let octets = symbol.as_bytes();
    match u8::try_from(octets.len()).unwrap() {
        length @ 0..=15 => [&[0x30 | length], octets].concat(),
        length => [&[0xc4, length], octets].concat(),
    }
}

/// A DDDS string, of 15 characters at most.
pub(super) fn string(string: &str) -> Vec<u8> {
    [&[0x20 | low(string.len())], string.as_bytes()].concat()
}

/// A DDDS list, of 15 elements at most.
pub(super) fn list(elements: &[Vec<u8>]) -> Vec<u8> {
    [vec![0x90 | low(elements.len())], elements.concat()].concat()
}

/// A DDDS map, of 15 members at most.
pub(super) fn map(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let pairs = members.iter().map(|(name, value)| [symbol(name), value.clone()].concat());
    [vec![0xb0 | low(members.len())], pairs.collect::<Vec<_>>().concat()].concat()
}

fn low(length: usize) -> u8 {
    u8::try_from(length).unwrap() & 0x0f
}

/// A DDDS block.
pub(super) fn block(octets: &[u8]) -> Vec<u8> {
    let length = u16::try_from(octets.len()).unwrap().to_be_bytes();
    [&[0xd5], length.as_slice(), octets].concat()
}

/// `['ECDSA', ['EMSA1', 'SHA512']]`.
pub(super) fn mechanism() -> Vec<u8> {
    list(&[symbol("ECDSA"), list(&[symbol("EMSA1"), symbol("SHA512")])])
}

/// `['ECDSA', 'Public', 'NISTP521', [x, y]]`.
pub(super) fn warrant_key(key: &KeyData) -> Vec<u8> {
    let KeyData::Ec { curve: Curve::P521, x, y } = key else { panic!("a key on P-521") };
    let integer = |number: &BigUint| [&[0xf4][..], &block(&number.to_bytes_be())].concat();
    let point = list(&[integer(x), integer(y)]);
    list(&[symbol("ECDSA"), symbol("Public"), symbol("NISTP521"), point])
}
