//! The checks of an RSA key: size, exponent, and a modulus that cannot be factored by looking.

use std::ops::RangeInclusive;

use num_bigint::BigUint;

use super::{Demands, Flaw, number, roca};
use crate::reason::{Reason, ReasonCode};

/// CSBR 6.1.5.2. No policy goes below it.
const LEAST_BITS: u64 = 3072;
/// The largest size for which the TLS Baseline Requirements 6.1.1.3 publish Debian weak keys, and
/// the largest that any supported module makes. No policy goes above it: the cost of the checks
/// grows with the third power of the size.
const MOST_BITS: u64 = 8192;
/// Sizes whose modulus is looked into. Smaller ones are refused for their size whatever they are.
const EXAMINED_BITS: RangeInclusive<u64> = 512..=MOST_BITS;
/// The rounds that the TLS Baseline Requirements 6.1.1.3 name for Fermat's method.
const LEAST_FERMAT_ROUNDS: u32 = 100;

/// Every flaw of an RSA key.
pub(super) fn examine(modulus: &[u8], exponent: &[u8], demands: &Demands<'_>) -> Vec<Flaw> {
    let modulus = BigUint::from_bytes_be(modulus);
    let exponent = BigUint::from_bytes_be(exponent);
    let mut flaws = Vec::new();
    flaws.extend(size(&modulus, demands));
    flaws.extend(exponent_flaw(&exponent, &modulus));
    if EXAMINED_BITS.contains(&modulus.bits()) {
        structure(&modulus, demands.fermat_rounds.max(LEAST_FERMAT_ROUNDS), &mut flaws);
    }
    flaws
}

/// The sizes that are allowed.
pub(super) fn sizes(demands: &Demands<'_>) -> RangeInclusive<u64> {
    demands.min_rsa_bits.max(LEAST_BITS)..=demands.max_rsa_bits.min(MOST_BITS)
}

fn size(modulus: &BigUint, demands: &Demands<'_>) -> Option<Flaw> {
    let (least, most) = sizes(demands).into_inner();
    let bits = modulus.bits();
    let reason = Reason::new(ReasonCode::KeySize)
        .with("bits", bits.to_string())
        .with("least", least.to_string())
        .with("most", most.to_string());
    (bits < least || bits > most).then_some(Flaw::Forbidden(reason))
}

/// CSBR 6.1.6: odd and 3 or more (SHALL), from 2^16+1 to 2^256-1 (SHOULD). An exponent that is not
/// below the modulus is no RSA exponent (RFC 8017 3.1).
fn exponent_flaw(exponent: &BigUint, modulus: &BigUint) -> Option<Flaw> {
    let usual = exponent.bits() > 16 && exponent.bits() <= 256;
    let possible = exponent.bit(0) && exponent.bits() > 1 && exponent < modulus;
    let reason = || {
        let value = if exponent.bits() <= 64 {
            exponent.to_string()
        } else {
            format!("a number of {} bits", exponent.bits())
        };
        Reason::new(ReasonCode::KeyExponent).with("exponent", value)
    };
    match (possible, usual) {
        (true, true) => None,
        (true, false) => Some(Flaw::UnusualExponent(reason())),
        (false, _) => Some(Flaw::Forbidden(reason())),
    }
}

/// The modulus itself, cheapest check first. Of factors below 752 and of prime powers CSBR 6.1.6
/// says SHOULD; they are forbidden here, since no sound generator makes them and a flawed one is
/// refused by 6.1.1.3 (2). What has been shown to be composite is not tested for being a prime.
fn structure(modulus: &BigUint, fermat_rounds: u32, flaws: &mut Vec<Flaw>) {
    let mut add = |reason| flaws.push(Flaw::Forbidden(reason));
    let faulty = |fault: &'static str| Reason::new(ReasonCode::KeyModulus).with("fault", fault);
    let factor = number::small_factor(modulus);
    let mut composite = factor.is_some();
    if let Some(factor) = factor {
        let fault = if factor == 2 { "even" } else { "a factor below 752" };
        add(faulty(fault).with("factor", factor.to_string()));
    } else if let Some(power) = number::perfect_power(modulus) {
        composite = true;
        add(faulty("a power of a smaller number").with("power", power.to_string()));
    }
    // Of a square, Fermat's method would say again what has been said.
    if !composite && let Some(round) = number::fermat(modulus, fermat_rounds) {
        composite = true;
        add(Reason::new(ReasonCode::KeyFermat).with("round", round.to_string()));
    }
    if roca::has_fingerprint(modulus) {
        add(ReasonCode::KeyRoca.into());
    }
    if !composite && number::passes_for_prime(modulus) {
        add(faulty("a prime, or made to pass for one"));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use num_bigint::BigUint;

    use crate::public_key::admission::fixtures::{Numbers, codes, flaws, next_prime, rsa_key};
    use crate::public_key::admission::{CompromisedKeys, Demands, Flaw, admit};
    use crate::reason::ReasonCode;

    static P: LazyLock<BigUint> = LazyLock::new(|| Numbers(10).prime(1536));
    static Q: LazyLock<BigUint> = LazyLock::new(|| Numbers(11).prime(1536));

    fn usual() -> BigUint {
        65537_u32.into()
    }

    fn codes_of(modulus: &BigUint) -> Vec<ReasonCode> {
        codes(&rsa_key(modulus, &usual()))
    }

    /// The fact of the one flaw of a modulus, which must be forbidden.
    fn fact(modulus: &BigUint, name: &str) -> String {
        let [Flaw::Forbidden(reason)] = &flaws(&rsa_key(modulus, &usual()))[..] else {
            panic!("one forbidden flaw");
        };
        reason.detail()[name].clone()
    }

    #[test]
    fn the_least_size_is_3072_and_the_most_8192() {
        assert_eq!(codes_of(&(&*P * &*Q)), []);
        // One bit short: of 3071 bits.
        let short = Numbers(12).prime(1535) * &*P;
        assert_eq!(codes_of(&short), [ReasonCode::KeySize]);
        assert_eq!(fact(&short, "bits"), "3071");
        assert_eq!(fact(&short, "least"), "3072");
        // Above 8192 bits the modulus is not examined, not even for being even.
        let vast = BigUint::from(2_u32).pow(16383);
        assert_eq!(codes_of(&vast), [ReasonCode::KeySize]);
        assert_eq!(fact(&vast, "most"), "8192");
        assert_eq!(codes_of(&BigUint::from(2_u32).pow(8192)), [ReasonCode::KeySize]);
    }

    #[test]
    fn a_policy_can_tighten_the_size_and_not_relax_it() {
        let compromised = CompromisedKeys::default();
        let size = |bits: u64, min_rsa_bits, max_rsa_bits| {
            let demands = Demands {
                min_rsa_bits,
                max_rsa_bits,
                curves: &[],
                fermat_rounds: 100,
                compromised: &compromised,
                weak_keys: &compromised,
            };
            // Has factors by intent, so that the test needs no prime.
            let key = rsa_key(&(Numbers(13).odd(bits - 2) * 3_u32), &usual());
            assert_eq!(key.rsa_bits(), Some(bits));
            admit(&key, &demands).iter().any(|flaw| flaw.reason().code() == ReasonCode::KeySize)
        };
        assert!(!size(3072, 3072, 8192));
        assert!(size(3072, 4096, 8192));
        assert!(size(8192, 3072, 4096));
        assert!(size(2048, 0, 8192));
        assert!(size(8200, 3072, u64::MAX));
    }

    #[test]
    fn exponents_are_forbidden_unusual_or_usual() {
        let modulus = &*P * &*Q;
        let two = || BigUint::from(2_u32);
        let flaw = |exponent: BigUint| flaws(&rsa_key(&modulus, &exponent)).into_iter().next();
        for exponent in
            [0_u32, 1, 2, 4, 65536].map(BigUint::from).into_iter().chain([modulus.clone()])
        {
            let Some(Flaw::Forbidden(reason)) = flaw(exponent) else { panic!("forbidden") };
            assert_eq!(reason.code(), ReasonCode::KeyExponent);
        }
        assert!(matches!(flaw(&modulus + 2_u32), Some(Flaw::Forbidden(_))));
        for exponent in [3_u32.into(), 65535_u32.into(), two().pow(256) + 1_u32] {
            let Some(Flaw::UnusualExponent(reason)) = flaw(exponent) else { panic!("unusual") };
            assert_eq!(reason.code(), ReasonCode::KeyExponent);
        }
        for exponent in [65537_u32.into(), 65539_u32.into(), two().pow(256) - 1_u32] {
            assert_eq!(flaw(exponent), None);
        }
        assert_eq!(flaw(3_u32.into()).unwrap().into_reason().detail()["exponent"], "3");
    }

    #[test]
    fn factors_below_752_are_named() {
        let factor = |small: u32| {
            let modulus = &*P * &*Q * small;
            assert_eq!(codes_of(&modulus).last(), Some(&ReasonCode::KeyModulus));
            let key = rsa_key(&modulus, &usual());
            flaws(&key).pop().unwrap().into_reason().detail()["factor"].clone()
        };
        assert_eq!(factor(2 * 751), "2");
        assert_eq!(factor(751), "751");
        assert_eq!(factor(3 * 251), "3");
    }

    #[test]
    fn powers_and_primes_are_refused() {
        assert_eq!(codes_of(&P.pow(2)), [ReasonCode::KeyModulus]);
        assert_eq!(fact(&P.pow(2), "power"), "2");
        assert_eq!(fact(&Numbers(15).prime(1100).pow(3), "power"), "3");
        // The eighteenth Mersenne prime.
        let mersenne = (BigUint::from(1_u32) << 3217_u32) - 1_u32;
        assert_eq!(fact(&mersenne, "fault"), "a prime, or made to pass for one");
        // A prime, but too short: both are said.
        assert_eq!(codes_of(&P), [ReasonCode::KeySize, ReasonCode::KeyModulus]);
    }

    #[test]
    fn close_primes_are_refused() {
        let modulus = &*P * next_prime(&*P + 1000_u32);
        assert_eq!(codes_of(&modulus), [ReasonCode::KeyFermat]);
        assert_eq!(fact(&modulus, "round"), "1");
        // Half their digits in common: beyond the reach of a hundred rounds.
        let far = &*P * next_prime(&*P + (BigUint::from(1_u32) << 800_u32));
        assert_eq!(codes_of(&far), []);
    }

    #[test]
    fn tiny_moduli_are_refused_for_their_size() {
        for modulus in [0_u32, 1, 2, 3, 4, 15, 65537] {
            assert_eq!(codes_of(&modulus.into()).first(), Some(&ReasonCode::KeySize));
        }
    }
}
