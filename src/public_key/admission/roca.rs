//! The fingerprint of CVE-2017-15361 (ROCA): Nemec, Sys, Svenda, Klinec, Matyas, "The Return of
//! Coppersmith's Attack", CCS 2017, section 2.3.
//!
//! The flawed generator makes every prime as `k * M + (65537^a mod M)`, where `M` is a product of
//! the first primes: of at least the first 39 (2 to 167), at any key size. A modulus is then
//! `65537^(a+b)` modulo `M`. Whether it is such a power is decided exactly: by its discrete
//! logarithm modulo each prime of 3 to 167, and by whether one exponent yields all of them. Of
//! other moduli about one in 2^157 passes.

use std::sync::LazyLock;

use num_bigint::BigUint;
use num_integer::Integer;

use super::number::residue;

const GENERATOR: u64 = 65537;
const LAST_PRIME: u64 = 167;

/// Whether the modulus is a power of 65537 modulo the product of the primes up to 167.
pub(super) fn has_fingerprint(modulus: &BigUint) -> bool {
    // The exponent is known modulo `order`, as far as the primes so far tell.
    let mut logarithms: Vec<(u64, u64)> = Vec::with_capacity(SUBGROUPS.len());
    for subgroup in SUBGROUPS.iter() {
        let Some(logarithm) = subgroup.logarithm(residue(modulus, subgroup.prime)) else {
            return false;
        };
        // Congruences have a common solution if and only if each pair of them has.
        let agree = |(other, order): &(u64, u64)| {
            logarithm.abs_diff(*other).is_multiple_of(order.gcd(&subgroup.order()))
        };
        if !logarithms.iter().all(agree) {
            return false;
        }
        logarithms.push((logarithm, subgroup.order()));
    }
    true
}

/// The powers of 65537 modulo one prime, in order of their exponent.
struct Subgroup {
    prime: u64,
    powers: Vec<u64>,
}

impl Subgroup {
    fn of(prime: u64) -> Self {
        let mut powers = vec![1];
        let mut power = GENERATOR % prime;
        while power != 1 {
            powers.push(power);
            power = power * GENERATOR % prime;
        }
        Self { prime, powers }
    }

    fn order(&self) -> u64 {
        u64::try_from(self.powers.len()).unwrap_or(u64::MAX)
    }

    fn logarithm(&self, residue: u64) -> Option<u64> {
        self.powers.iter().zip(0..).find(|(power, _)| **power == residue).map(|(_, log)| log)
    }
}

static SUBGROUPS: LazyLock<Vec<Subgroup>> = LazyLock::new(|| {
    super::number::SMALL_PRIMES
        .iter()
        .copied()
        .filter(|prime| (3..=LAST_PRIME).contains(prime))
        .map(Subgroup::of)
        .collect()
});

#[cfg(test)]
mod tests {
    use num_bigint::BigUint;

    use super::{SUBGROUPS, has_fingerprint};
    use crate::public_key::admission::fixtures::Numbers;

    fn hex(digits: &str) -> BigUint {
        BigUint::parse_bytes(digits.as_bytes(), 16).unwrap()
    }

    /// A modulus of two factors as the flawed generator makes primes, over the first `primes`.
    fn flawed(numbers: &mut Numbers, bits: u64, primes: usize) -> BigUint {
        let m: BigUint = (2_u32..2000)
            .filter(|number| (2..*number).all(|divisor| number % divisor != 0))
            .take(primes)
            .product();
        let mut factor = || {
            let a = BigUint::from(numbers.next() >> 2);
            numbers.odd(bits / 2 - m.bits()) * &m + BigUint::from(65537_u32).modpow(&a, &m)
        };
        factor() * factor()
    }

    #[test]
    fn moduli_made_as_the_paper_describes_are_recognised() {
        let mut numbers = Numbers(1);
        // The sizes of M in the paper's table 1: 39 primes from 512 bits, 71 from 992, 126 from
        // 1984, 225 from 3968.
        for (bits, primes) in [(512, 39), (1024, 71), (2048, 126), (3072, 126), (4096, 225)] {
            assert!(has_fingerprint(&flawed(&mut numbers, bits, primes)), "{bits} bits");
        }
    }

    #[test]
    fn one_bit_away_they_are_not() {
        let modulus = flawed(&mut Numbers(2), 2048, 126);
        for bit in 0..2048 {
            let mut other = modulus.clone();
            other.set_bit(bit, !modulus.bit(bit));
            assert!(!has_fingerprint(&other), "bit {bit}");
        }
    }

    /// Moduli that the discoverers publish as examples, and two that they altered
    /// (<https://github.com/crocs-muni/roca>, test data mod01, mod02, mod03, mod06 and mod07).
    #[test]
    fn the_published_examples_are_told_apart() {
        for digits in [
            "944e13208a280c37efc31c3114485e590192adbb8e11c87cad60cdef0037ce99278330d3f471a2538fa667802ed2a3c44a8b7dea826e888d0aa341fd664f7fa7",
            "a23475d6b86e7deb1e1483747c0e1aaa1390f24dcbc0d05399d025c985861601d91ba7a1ce5dd9d9721fac7b65cbf73f9fa39399f6cbf33edc6e094f9eda639f",
        ] {
            assert!(has_fingerprint(&hex(digits)), "{digits}");
        }
        let third = hex(concat!(
            "9dcd7420e420c270a68060eb8b5aa7457a9f6648f86fafed2775cc1f79ae962f1e63f1b9e51c55f9",
            "ea6fdc7332e9b0058c9ff2eb1fc89855029cf6aafe21e689feb38ac9ffb12f1ce371bb5d0e9aae64",
            "161abce74b4244bf68f1edb4411f756a097c8929c14740245ea355f8332d1aa36bb50c7dcb4505da",
            "8de02e4e53d38f8df06097da7524df0df93db48eac8cc4af2d3a16257eb2b2adca6ba464e5974fa9",
            "2550d31b1babf161e7692d00b86e3dd886ecab4abfbe1a8f8cc263ff4af55cdb45f4249a5193925f",
            "5e983d762f0b6800943eb0267b08f42ed311ce1f5c86eacbc8ce4d3cb7a2fee1ef5641423a1cf411",
            "4e5ecf50034a60a412523af9e6f4aa11"
        ));
        assert!(has_fingerprint(&third));
        let mut other_top = third.clone();
        other_top.set_bit(2044, false);
        assert!(!has_fingerprint(&other_top));
        assert!(!has_fingerprint(&(third + 0x10_u32)));
    }

    /// In the subgroup modulo each prime, but not by one exponent: the discoverers' first detector
    /// took it for flawed, their exact one does not (roca/tests/test_fingerprint.py, fake_mods).
    #[test]
    fn powers_of_unlike_exponents_are_no_fingerprint() {
        let modulus = hex(concat!(
            "671f033425b5ae00140c5b04dbcaeada430ae348cf3bf18d6ec4621ea824c52dd2b0ac85762b28a5",
            "d39ff23da73d4fcb241bf97b696e403eca234e05db9fe9ace2da265887c7b2ac7f9e7ed5bf6d919d",
            "43286776cf57c07d3411e15f729fa6e563858059334d072638d9dfbfc4f32474b6c6071092f5a961",
            "a7271f3209b37d9d"
        ));
        assert!(!has_fingerprint(&modulus));
    }

    #[test]
    fn other_odd_numbers_are_not_recognised() {
        let mut numbers = Numbers(3);
        for _ in 0..5000 {
            let bits = 512 + numbers.next() % 1537;
            assert!(!has_fingerprint(&numbers.odd(bits)));
        }
    }

    #[test]
    fn there_are_38_primes() {
        assert_eq!(SUBGROUPS.len(), 38);
        assert_eq!(SUBGROUPS.first().map(|subgroup| subgroup.prime), Some(3));
        assert_eq!(SUBGROUPS.last().map(|subgroup| subgroup.prime), Some(167));
    }
}
