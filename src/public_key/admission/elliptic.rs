//! The checks of a point on an elliptic curve: the full public-key validation of SP 800-56A
//! 5.6.2.3.3.

use num_bigint::BigUint;

use super::{Demands, Flaw};
use crate::public_key::Curve;
use crate::public_key::domain::Domain;
use crate::reason::{Reason, ReasonCode};

/// Every flaw of a key on a named curve. A point on any but the three curves of CSBR 6.1.5.2 is not
/// looked at; the curve is refused.
pub(super) fn examine(curve: &Curve, point: &[u8], demands: &Demands<'_>) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    let allowed = match curve {
        Curve::P256 | Curve::P384 | Curve::P521 => Domain::of(curve),
        Curve::Other(_) => None,
    };
    if allowed.is_none() || !demands.curves.contains(&curve.name()) {
        let reason = Reason::new(ReasonCode::KeyCurve).with("curve", curve_name(curve));
        flaws.push(Flaw::Forbidden(reason));
    }
    let Some(domain) = allowed else {
        return flaws;
    };
    match domain.validate(point) {
        Err(fault) => {
            let reason = Reason::new(ReasonCode::KeyPoint).with("fault", fault);
            flaws.push(Flaw::Forbidden(reason));
        }
        Ok(x) if x == domain.generator.0 => {
            let reason = Reason::new(ReasonCode::KeyWeak)
                .with("fault", "the generator of the curve or its negative");
            flaws.push(Flaw::Forbidden(reason));
        }
        Ok(_) => {}
    }
    flaws
}

/// The y-coordinate of the negative of a point, in as many octets as the curve's coordinates have.
/// Who knows the private key of a point knows that of its negative.
pub(super) fn negated_y(curve: &Curve, y: &[u8]) -> Option<Vec<u8>> {
    let y = BigUint::from_bytes_be(y);
    let prime = &Domain::of(curve)?.prime;
    let negated = if y < *prime { prime - y } else { return None }.to_bytes_be();
    let mut octets = vec![0; curve.coordinate_octets()?.checked_sub(negated.len())?];
    octets.extend(negated);
    Some(octets)
}

/// The name of a curve that people know by name, with its identifier.
fn curve_name(curve: &Curve) -> String {
    let name = curve.name();
    let known = match name.as_str() {
        "1.2.840.10045.3.1.1" => "P-192",
        "1.3.132.0.33" => "P-224",
        "1.3.132.0.10" => "secp256k1",
        "1.3.36.3.3.2.8.1.1.7" => "brainpoolP256r1",
        "1.3.36.3.3.2.8.1.1.11" => "brainpoolP384r1",
        "1.3.36.3.3.2.8.1.1.13" => "brainpoolP512r1",
        "1.2.156.10197.1.301" => "SM2",
        _ => return name,
    };
    format!("{known} ({name})")
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{
        ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING,
        ECDSA_P521_SHA512_ASN1_SIGNING, EcdsaSigningAlgorithm,
    };
    use num_bigint::BigUint;

    use super::negated_y;
    use crate::encoding::hex::from_hex;
    use crate::public_key::admission::fixtures::{codes, flaws, fresh_ec, with_point};
    use crate::public_key::admission::{CompromisedKeys, Demands, admit};
    use crate::public_key::domain::Domain;
    use crate::public_key::{Curve, PublicKey};
    use crate::reason::ReasonCode;

    const CURVES: [(Curve, &EcdsaSigningAlgorithm); 3] = [
        (Curve::P256, &ECDSA_P256_SHA256_ASN1_SIGNING),
        (Curve::P384, &ECDSA_P384_SHA384_ASN1_SIGNING),
        (Curve::P521, &ECDSA_P521_SHA512_ASN1_SIGNING),
    ];

    fn octets(curve: &Curve, number: &BigUint) -> Vec<u8> {
        let digits = 2 * curve.coordinate_octets().unwrap();
        from_hex(&format!("{:0>digits$}", number.to_str_radix(16))).unwrap()
    }

    fn key_at(like: &PublicKey, curve: &Curve, x: &BigUint, y: &BigUint) -> PublicKey {
        let point = [vec![4], octets(curve, x), octets(curve, y)].concat();
        PublicKey::from_spki(&with_point(like, &point)).unwrap()
    }

    #[test]
    fn fresh_keys_are_valid_and_one_bit_away_they_are_not() {
        for (_, algorithm) in CURVES {
            for count in 0..200 {
                let key = fresh_ec(algorithm);
                assert_eq!(codes(&key), []);
                let mut point = key.key_octets().to_vec();
                let bit = 8 + count % (8 * (point.len() - 1));
                point[bit / 8] ^= 1 << (bit % 8);
                let damaged = PublicKey::from_spki(&with_point(&key, &point)).unwrap();
                assert_eq!(codes(&damaged), [ReasonCode::KeyPoint]);
            }
        }
    }

    #[test]
    fn the_generator_and_its_negative_are_weak() {
        for (curve, algorithm) in CURVES {
            let like = fresh_ec(algorithm);
            let domain = Domain::of(&curve).unwrap();
            let (generator_x, y) = domain.generator.clone();
            let negative = negated_y(&curve, &octets(&curve, &y)).unwrap();
            let negative = BigUint::from_bytes_be(&negative);
            assert_eq!(&negative + &y, domain.prime);
            for y in [y, negative] {
                let key = key_at(&like, &curve, &generator_x, &y);
                assert_eq!(codes(&key), [ReasonCode::KeyWeak]);
            }
        }
    }

    #[test]
    fn coordinates_are_below_the_prime_and_on_the_curve() {
        for (curve, algorithm) in CURVES {
            let like = fresh_ec(algorithm);
            let domain = Domain::of(&curve).unwrap();
            let (generator_x, y) = domain.generator.clone();
            let zero = BigUint::ZERO;
            let one = BigUint::from(1_u32);
            for (x, y, fault) in [
                (&domain.prime, &y, "a coordinate that is not below the prime of the field"),
                (&zero, &domain.prime, "a coordinate that is not below the prime of the field"),
                (&zero, &zero, "not on the curve"),
                (&one, &one, "not on the curve"),
            ] {
                let flaws = flaws(&key_at(&like, &curve, x, y));
                let [flaw] = &flaws[..] else { panic!("{flaws:?}") };
                assert_eq!(flaw.reason().code(), ReasonCode::KeyPoint);
                assert_eq!(flaw.reason().detail()["fault"], fault);
            }
            // The generator plus a multiple of the prime, where that still fits its octets.
            let wrapped = &generator_x + &domain.prime;
            if wrapped.bits() <= 8 * u64::try_from(curve.coordinate_octets().unwrap()).unwrap() {
                let key = key_at(&like, &curve, &wrapped, &y);
                assert_eq!(codes(&key), [ReasonCode::KeyPoint]);
            }
        }
    }

    #[test]
    fn infinity_is_refused() {
        for (_, algorithm) in CURVES {
            let spki = with_point(&fresh_ec(algorithm), &[0]);
            assert_eq!(codes(&PublicKey::from_spki(&spki).unwrap()), [ReasonCode::KeyPoint]);
        }
    }

    #[test]
    fn a_policy_can_leave_out_a_curve_and_not_add_one() {
        let compromised = CompromisedKeys::default();
        let curves = ["P-384".to_owned(), "1.3.132.0.10".to_owned(), "secp256k1".to_owned()];
        let demands = Demands {
            min_rsa_bits: 3072,
            max_rsa_bits: 8192,
            curves: &curves,
            fermat_rounds: 100,
            compromised: &compromised,
            weak_keys: &compromised,
        };
        let curve = |key: &PublicKey| {
            let flaws = admit(key, &demands);
            flaws.first().map(|flaw| {
                assert_eq!(flaw.reason().code(), ReasonCode::KeyCurve);
                flaw.reason().detail()["curve"].clone()
            })
        };
        assert_eq!(curve(&fresh_ec(CURVES[0].1)).as_deref(), Some("P-256"));
        assert_eq!(curve(&fresh_ec(CURVES[1].1)), None);
        let mut secp256k1 = from_hex("3056301006072a8648ce3d020106052b8104000a034200").unwrap();
        secp256k1.extend([4; 65]);
        let secp256k1 = PublicKey::from_spki(&secp256k1).unwrap();
        assert_eq!(curve(&secp256k1).as_deref(), Some("secp256k1 (1.3.132.0.10)"));
    }
}
