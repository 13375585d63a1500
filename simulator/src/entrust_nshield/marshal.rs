//! Writers of nCore values and of DDDS (docs/formats/entrust-nshield.md).

use aws_lc_rs::digest;
use num_bigint::BigUint;

use crate::curve::Domain;
use crate::keys::KeyPair;
use crate::{SimulateError, oid};

/// The hash of a key.
pub(super) type KeyHash = [u8; 20];

/// The numbers of a public key.
pub(super) enum KeyData {
    Rsa {
        exponent: BigUint,
        modulus: BigUint,
    },
    Dsa {
        p: BigUint,
        q: BigUint,
        g: BigUint,
        y: BigUint,
    },
    /// A point on the curve of that number: 4 is P-256, 6 is P-521.
    Ec {
        curve: u32,
        x: BigUint,
        y: BigUint,
    },
}

const P256: u32 = 4;
const P521: u32 = 6;

/// Words of 32 bits.
pub(super) fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// A number in as many words as it needs.
pub(super) fn number(number: &BigUint) -> Vec<u8> {
    let digits = if number.bits() == 0 { Vec::new() } else { number.to_u32_digits() };
    let octets = digits.len().saturating_mul(4);
    [words(&[length(octets)]), words(&digits)].concat()
}

/// A text with its NUL, filled up to whole words.
pub(super) fn text(text: &str) -> Vec<u8> {
    let mut octets = [text.as_bytes(), &[0]].concat();
    let whole = octets.len();
    octets.resize(whole.next_multiple_of(4), 0);
    [words(&[length(whole)]), octets].concat()
}

fn length(octets: usize) -> u32 {
    u32::try_from(octets).unwrap_or(u32::MAX)
}

/// M_KeyData.
pub(super) fn key(key: &KeyData) -> Vec<u8> {
    match key {
        KeyData::Rsa { exponent, modulus } => {
            [words(&[1]), number(exponent), number(modulus)].concat()
        }
        KeyData::Dsa { p, q, g, y } => {
            let numbers = [p, q, g, y].map(number).concat();
            [words(&[3]), numbers].concat()
        }
        KeyData::Ec { curve, x, y } => [words(&[46, *curve, 0]), number(x), number(y)].concat(),
    }
}

/// M_KeyHashEx with SHA-1.
pub(super) fn key_hash(hash: &KeyHash) -> Vec<u8> {
    [&words(&[44])[..], hash].concat()
}

/// The hash of a key: SHA-1 over its kind and numbers, between two texts. Of keys on other curves than
/// P-256 it is not published.
pub(super) fn hash(key: &KeyData) -> Result<KeyHash, SimulateError> {
    let (kind, data) = match key {
        KeyData::Rsa { exponent, modulus } => {
            ("RSA00", [exponent, modulus].map(block_of_64).concat())
        }
        KeyData::Dsa { p, q, g, y } => ("DSA00", [p, q, g, y].map(block_of_64).concat()),
        KeyData::Ec { curve: P256, x, y } => {
            let Domain { prime, a, b, generator: [gx, gy], order } =
                Domain::of(oid::P256).ok_or(SimulateError::KeyKind)?;
            let domain = [prime, a, b, gx, gy, order, vec![1]];
            let domain = domain.map(|number| block_of_64(&BigUint::from_bytes_be(&number)));
            let point = [x, y].map(block_of_64).concat();
            ("ECDSA00", [vec![0; 8], words(&[256]), domain.concat(), point].concat())
        }
        KeyData::Ec { .. } => return Err(SimulateError::KeyKind),
    };
    let whole =
        [b"nFast KeyHash\0", kind.as_bytes(), &[0], &data, b"invented by nCipher 1997\0"].concat();
    let digest = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &whole);
    digest.as_ref().try_into().map_err(|_| SimulateError::Cryptography)
}

/// Least significant octet first, filled up with zeros to a multiple of 64 octets.
fn block_of_64(number: &BigUint) -> Vec<u8> {
    let mut octets = number.to_bytes_le();
    octets.resize(octets.len().next_multiple_of(64), 0);
    octets
}

/// A number from hexadecimal digits.
pub(super) fn hex_number(hex: &str) -> BigUint {
    BigUint::parse_bytes(hex.as_bytes(), 16).unwrap_or_default()
}

/// The numbers of a key pair's public half.
pub(super) fn key_data(pair: &KeyPair) -> Result<KeyData, SimulateError> {
    if let Some([modulus, exponent]) = pair.rsa_numbers() {
        let [modulus, exponent] = [modulus, exponent].map(|number| BigUint::from_bytes_be(&number));
        return Ok(KeyData::Rsa { exponent, modulus });
    }
    let [x, y] = pair.coordinates().ok_or(SimulateError::KeyKind)?.map(BigUint::from_bytes_be);
    // Two curves have a number, of 32 and of 66 octets.
    let curve = if pair.curve() == Some(oid::P256) { P256 } else { P521 };
    Ok(KeyData::Ec { curve, x, y })
}

/// A DDDS symbol.
pub(super) fn symbol(symbol: &str) -> Vec<u8> {
    let octets = symbol.as_bytes();
    match u8::try_from(octets.len()) {
        Ok(length @ 0..=15) => [&[0x30 | length], octets].concat(),
        length => [&[0xc4, length.unwrap_or(u8::MAX)], octets].concat(),
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
    u8::try_from(length).unwrap_or(0x0f) & 0x0f
}

/// A DDDS block.
pub(super) fn block(octets: &[u8]) -> Vec<u8> {
    match u8::try_from(octets.len()) {
        Ok(length) => [&[0xc5, length], octets].concat(),
        Err(_) => {
            let length = u16::try_from(octets.len()).unwrap_or(u16::MAX).to_be_bytes();
            [&[0xd5], length.as_slice(), octets].concat()
        }
    }
}

/// `['ECDSA', ['EMSA1', 'SHA512']]`.
pub(super) fn mechanism() -> Vec<u8> {
    list(&[symbol("ECDSA"), list(&[symbol("EMSA1"), symbol("SHA512")])])
}

/// `['ECDSA', 'Public', 'NISTP521', [x, y]]`.
pub(super) fn warrant_key(key: &KeyData) -> Result<Vec<u8>, SimulateError> {
    let KeyData::Ec { x, y, .. } = key else {
        return Err(SimulateError::KeyKind);
    };
    let integer = |number: &BigUint| [&[0xf4][..], &block(&number.to_bytes_be())].concat();
    let point = list(&[integer(x), integer(y)]);
    Ok(list(&[symbol("ECDSA"), symbol("Public"), symbol("NISTP521"), point]))
}
