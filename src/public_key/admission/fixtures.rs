//! Keys for the tests of this folder: fresh ones, and ones built number by number.

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{EcdsaKeyPair, EcdsaSigningAlgorithm, KeyPair};
use num_bigint::BigUint;
use num_traits::One;

use super::{CompromisedKeys, Demands, Flaw, admit};
use crate::public_key::PublicKey;
use crate::reason::ReasonCode;

/// The codes of a key's flaws under CSBR's own demands.
pub(super) fn codes(key: &PublicKey) -> Vec<ReasonCode> {
    flaws(key).iter().map(|flaw| flaw.reason().code()).collect()
}

/// The flaws of a key under CSBR's own demands.
pub(super) fn flaws(key: &PublicKey) -> Vec<Flaw> {
    flaws_with(key, &CompromisedKeys::default())
}

/// The flaws of a key under CSBR's own demands and some lists.
pub(super) fn flaws_with(key: &PublicKey, compromised: &CompromisedKeys) -> Vec<Flaw> {
    let curves = ["P-256", "P-384", "P-521"].map(str::to_owned);
    admit(
        key,
        &Demands {
            min_rsa_bits: 3072,
            max_rsa_bits: 8192,
            curves: &curves,
            fermat_rounds: 100,
            compromised,
            weak_keys: &CompromisedKeys::default(),
        },
    )
}

/// A fresh RSA key.
pub(super) fn fresh_rsa(size: KeySize) -> PublicKey {
    let pair = RsaKeyPair::generate(size).unwrap();
    let spki: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
    PublicKey::from_spki(spki.as_ref()).unwrap()
}

/// A fresh key on the curve of that algorithm.
pub(super) fn fresh_ec(algorithm: &'static EcdsaSigningAlgorithm) -> PublicKey {
    let pair = EcdsaKeyPair::generate(algorithm).unwrap();
    let spki: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
    PublicKey::from_spki(spki.as_ref()).unwrap()
}

/// An RSA key of those numbers.
pub(super) fn rsa_key(modulus: &BigUint, exponent: &BigUint) -> PublicKey {
    PublicKey::from_spki(&rsa_spki(modulus, exponent)).unwrap()
}

/// The SubjectPublicKeyInfo of an RSA key of those numbers.
pub(super) fn rsa_spki(modulus: &BigUint, exponent: &BigUint) -> Vec<u8> {
    let integer = |number: &BigUint| {
        let mut octets = number.to_bytes_be();
        if octets[0] & 0x80 != 0 {
            octets.insert(0, 0);
        }
        der(2, &octets)
    };
    let numbers = der(0x30, &[integer(modulus), integer(exponent)].concat());
    let algorithm = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0];
    der(0x30, &[der(0x30, &algorithm), der(3, &[&[0], &numbers[..]].concat())].concat())
}

/// `key` with other octets as its subjectPublicKey.
pub(super) fn with_point(key: &PublicKey, point: &[u8]) -> Vec<u8> {
    let algorithm = der(0x30, key.algorithm_identifier());
    der(0x30, &[algorithm, der(3, &[&[0], point].concat())].concat())
}

fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap();
    let mut value = match length {
        0..0x80 => vec![tag, length.to_be_bytes()[1]],
        0x80..0x100 => vec![tag, 0x81, length.to_be_bytes()[1]],
        _ => [&[tag, 0x82], &length.to_be_bytes()[..]].concat(),
    };
    value.extend(content);
    value
}

/// Numbers from a fixed seed (SplitMix64, as published by Vigna in 2015).
pub(super) struct Numbers(pub u64);

impl Numbers {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ (value >> 31)
    }

    /// An odd number of exactly so many bits, its two highest bits set: the product of two such has
    /// exactly twice as many.
    pub(super) fn odd(&mut self, bits: u64) -> BigUint {
        let mut number = BigUint::default();
        for _ in 0..bits.div_ceil(64) {
            number = (number << 64_u32) + self.next();
        }
        number >>= bits.next_multiple_of(64) - bits;
        for bit in [0, bits - 2, bits - 1] {
            number.set_bit(bit, true);
        }
        number
    }

    pub(super) fn prime(&mut self, bits: u64) -> BigUint {
        next_prime(self.odd(bits))
    }
}

/// The first prime from an odd number of more than 20 bits up.
pub(super) fn next_prime(mut number: BigUint) -> BigUint {
    while !is_prime(&number) {
        number += 2_u32;
    }
    number
}

/// Trial division, then Fermat's test to base 3: another test than the one under test.
fn is_prime(number: &BigUint) -> bool {
    (3_u32..2000).step_by(2).all(|divisor| number % divisor != BigUint::default())
        && BigUint::from(3_u32).modpow(&(number - 1_u32), number).is_one()
}
