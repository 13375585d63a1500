//! What can be told of a large number without factoring it in earnest. The numbers are public, so
//! nothing here needs to take constant time.

use std::sync::LazyLock;

use num_bigint::BigUint;
use num_traits::ToPrimitive;

use super::montgomery::Residue;

/// SP 800-89 5.3.3 and CSBR 6.1.6: no prime factor below 752.
const SMALL: u64 = 752;

/// The largest number that [`perfect_power`] decides, in bits.
const MOST_BITS: u64 = 8192;

/// The primes below 752.
pub(super) static SMALL_PRIMES: LazyLock<Vec<u64>> =
    LazyLock::new(|| (2..SMALL).filter(|number| is_small_prime(*number)).collect());

/// `number` modulo `modulus`, which is not 0.
pub(super) fn residue(number: &BigUint, modulus: u64) -> u64 {
    (number % modulus).to_u64().unwrap_or(0)
}

/// The smallest prime factor below 752.
pub(super) fn small_factor(number: &BigUint) -> Option<u64> {
    SMALL_PRIMES.iter().copied().find(|prime| residue(number, *prime) == 0)
}

/// A prime `k` such that `number` is a `k`-th power. Prime powers are among those that have one.
///
/// For numbers without a factor below 752, of up to 8192 bits: then a `k`-th power has at least
/// `9 * k` bits. Where `number` is a `k`-th power, it is one modulo every prime, and modulo a prime
/// `q` with `q - 1` divisible by `k` only one number in `k` is: so the root is seldom computed.
pub(super) fn perfect_power(number: &BigUint) -> Option<u32> {
    POWER_SIEVES
        .iter()
        .take_while(|sieve| u64::from(sieve.exponent) * 9 <= number.bits())
        .filter(|sieve| sieve.passes(number))
        .find(|sieve| number.nth_root(sieve.exponent).pow(sieve.exponent) == *number)
        .map(|sieve| sieve.exponent)
}

/// Fermat's factorisation method: whether `number`, odd, is `a^2 - b^2` with `a` among the `rounds`
/// first integers from its square root up; the round that shows it. So it is when its two factors
/// are close (CVE-2022-26320).
pub(super) fn fermat(number: &BigUint, rounds: u32) -> Option<u32> {
    let mut a = number.sqrt();
    if &a * &a < *number {
        a += 1_u32;
    }
    let mut b_squared = &a * &a - number;
    for round in 1..=rounds {
        if is_square(&b_squared) {
            return Some(round);
        }
        b_squared += (&a << 1_u32) + 1_u32;
        a += 1_u32;
    }
    None
}

/// Whether an odd number above 2 passes the Miller-Rabin test to base 2: every prime does.
///
/// A modulus of two unknown primes does not (that it does is less likely than guessing its factors),
/// which proves it composite for the cost of one exponentiation. Nothing more is asked of what passes:
/// either it is a prime, or somebody made it so that it passes, and then it is no product of two random
/// primes either.
pub(super) fn passes_for_prime(number: &BigUint) -> bool {
    let minus_one = number - 1_u32;
    let twos = minus_one.trailing_zeros().unwrap_or(0);
    let mut power = Residue::power_of_two(&(&minus_one >> twos), number);
    if power.is_one() || power.is_minus_one() {
        return true;
    }
    (1..twos).any(|_| {
        power.square();
        power.is_minus_one()
    })
}

/// A prime exponent, with primes `q` such that it divides `q - 1`.
struct PowerSieve {
    exponent: u32,
    primes: Vec<u64>,
}

impl PowerSieve {
    /// How many primes `q` a sieve holds: of other squares, the most frequent case, one in 2^10
    /// passes.
    const PRIMES: usize = 10;

    fn of(exponent: u32) -> Self {
        let step = u64::from(exponent);
        let primes = (1..)
            .map(|multiple| 2 * multiple * step + 1)
            .filter(|candidate| is_small_prime(*candidate))
            .take(Self::PRIMES)
            .collect();
        Self { exponent, primes }
    }

    fn passes(&self, number: &BigUint) -> bool {
        self.primes.iter().all(|prime| {
            let residue = residue(number, *prime);
            residue == 0 || power(residue, (prime - 1) / u64::from(self.exponent), *prime) == 1
        })
    }
}

static POWER_SIEVES: LazyLock<Vec<PowerSieve>> = LazyLock::new(|| {
    (2..=u32::try_from(MOST_BITS / 9).unwrap_or(u32::MAX))
        .filter(|exponent| is_small_prime(u64::from(*exponent)))
        .map(PowerSieve::of)
        .collect()
});

/// `base^exponent` modulo `modulus`, which is below 2^32.
fn power(base: u64, mut exponent: u64, modulus: u64) -> u64 {
    let (mut square, mut result) = (base % modulus, 1);
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = result * square % modulus;
        }
        square = square * square % modulus;
        exponent >>= 1;
    }
    result
}

/// By trial division; for numbers of a few digits.
fn is_small_prime(number: u64) -> bool {
    number > 1
        && (2..number)
            .take_while(|divisor| divisor * divisor <= number)
            .all(|divisor| !number.is_multiple_of(divisor))
}

/// Whether `number` is a square. What is no square modulo a few small numbers is none; of the rest
/// the root is taken.
fn is_square(number: &BigUint) -> bool {
    let low = residue(number, SquareSieve::PRODUCT);
    SQUARE_SIEVES.iter().all(|sieve| sieve.squares.contains(&(low % sieve.modulus))) && {
        let root = number.sqrt();
        &root * &root == *number
    }
}

struct SquareSieve {
    modulus: u64,
    squares: Vec<u64>,
}

impl SquareSieve {
    const MODULI: [u64; 7] = [64, 63, 65, 11, 17, 19, 23];
    const PRODUCT: u64 = 64 * 63 * 65 * 11 * 17 * 19 * 23;

    fn of(modulus: u64) -> Self {
        Self { modulus, squares: (0..modulus).map(|root| root * root % modulus).collect() }
    }
}

static SQUARE_SIEVES: LazyLock<Vec<SquareSieve>> =
    LazyLock::new(|| SquareSieve::MODULI.into_iter().map(SquareSieve::of).collect());

#[cfg(test)]
mod tests {
    use num_bigint::BigUint;

    use super::{
        POWER_SIEVES, SMALL_PRIMES, fermat, is_square, passes_for_prime, perfect_power,
        small_factor,
    };
    use crate::public_key::admission::fixtures::{Numbers, next_prime};

    fn number(value: u64) -> BigUint {
        BigUint::from(value)
    }

    #[test]
    fn the_small_primes_are_those_below_752() {
        assert_eq!(SMALL_PRIMES.len(), 133);
        assert_eq!(SMALL_PRIMES.last(), Some(&751));
    }

    #[test]
    fn each_small_factor_is_found_and_757_is_none() {
        let prime = Numbers(1).prime(512);
        for factor in SMALL_PRIMES.iter() {
            assert_eq!(small_factor(&(&prime * *factor)), Some(*factor));
        }
        assert_eq!(small_factor(&(&prime * 757_u32)), None);
    }

    #[test]
    fn every_power_is_found_with_its_smallest_prime_exponent() {
        let mut numbers = Numbers(2);
        for sieve in POWER_SIEVES.iter() {
            // The smallest bases there can be, and one that is as large as the bound allows.
            let length = (8192 / u64::from(sieve.exponent)).min(64);
            let large = if length > 20 { next_prime(numbers.odd(length)) } else { number(769) };
            for base in [number(757), number(761), large] {
                let power = base.pow(sieve.exponent);
                assert_eq!(perfect_power(&power), Some(sieve.exponent));
                assert_eq!(perfect_power(&(power + 2_u32)), None);
            }
        }
        let (p, q) = (numbers.prime(256), numbers.prime(256));
        assert_eq!(perfect_power(&p.pow(15)), Some(3));
        assert_eq!(perfect_power(&(&p * &q).pow(2)), Some(2));
        assert_eq!(perfect_power(&(&p * &q)), None);
        assert_eq!(perfect_power(&(&p * &p * &q)), None);
    }

    #[test]
    fn fermat_finds_close_factors_and_counts_rounds() {
        let p = Numbers(3).prime(768);
        let q = next_prime(&p + 2_u32);
        assert_eq!(fermat(&(&p * &q), 100), Some(1));
        // n = (a - b)(a + b): the round is 1 + a - ceil(sqrt(n)).
        let a = Numbers(4).odd(768);
        let rounds = |b: &BigUint| {
            let n = &a * &a - b * b;
            let root = n.sqrt();
            let ceiling = if &root * &root < n { root + 1_u32 } else { root };
            (&a - ceiling + 1_u32, n)
        };
        // a - sqrt(a^2 - b^2) is near b^2 / 2a.
        let (found, hundred) = rounds(&(&a * 199_u32).sqrt());
        assert_eq!(found, number(100));
        assert_eq!(fermat(&hundred, 100), Some(100));
        assert_eq!(fermat(&hundred, 99), None);
        let mut numbers = Numbers(5);
        assert_eq!(fermat(&(numbers.prime(512) * numbers.prime(512)), 1000), None);
    }

    #[test]
    fn the_square_sieve_agrees_with_the_squares() {
        let squares: Vec<u64> = (0..150).map(|root| root * root).collect();
        for value in 0..22_201 {
            assert_eq!(is_square(&number(value)), squares.contains(&value), "{value}");
        }
    }

    #[test]
    fn primes_pass_and_products_of_unknown_primes_do_not() {
        let mersenne = |exponent: u32| (BigUint::from(1_u32) << exponent) - 1_u32;
        // Mersenne primes. That other Mersenne numbers of prime exponents pass to base 2 is known.
        for exponent in [61, 127, 521, 607, 1279] {
            assert!(passes_for_prime(&mersenne(exponent)), "2^{exponent}-1");
            assert!(!passes_for_prime(&(mersenne(exponent) * 757_u32)), "757(2^{exponent}-1)");
        }
        for exponent in [67, 1277] {
            assert!(passes_for_prime(&mersenne(exponent)), "2^{exponent}-1");
        }
        // Every prime below 1000, and of composites the pseudoprimes to base 2 alone (OEIS A001262).
        let pseudoprimes = [2047, 3277, 4033, 4681, 8321];
        for value in (3..10_000).step_by(2) {
            let is_prime = super::is_small_prime(value);
            let passes = is_prime || pseudoprimes.contains(&value);
            assert_eq!(passes_for_prime(&number(value)), passes, "{value}");
        }
        let mut numbers = Numbers(6);
        for _ in 0..10 {
            let (p, q) = (numbers.prime(256), numbers.prime(256));
            assert!(passes_for_prime(&p));
            assert!(!passes_for_prime(&(p * q)));
        }
    }
}
