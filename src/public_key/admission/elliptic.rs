//! The checks of a point on an elliptic curve.
//!
//! They are the full public-key validation of SP 800-56A 5.6.2.3.3: on a curve of prime order, as
//! all three are (cofactor 1, SP 800-186 3.2.1), every point of the curve but infinity has that
//! order, so the last step of that clause has nothing left to find.

use std::sync::LazyLock;

use num_bigint::BigUint;

use super::{Demands, Flaw};
use crate::public_key::Curve;
use crate::reason::{Reason, ReasonCode};

/// Every flaw of a key on a named curve. A point on a curve without domain parameters here is not
/// looked at; the curve is refused.
pub(super) fn examine(curve: &Curve, point: &[u8], demands: &Demands<'_>) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    let domain = Domain::of(curve);
    if domain.is_none() || !demands.curves.contains(&curve.name()) {
        let reason = Reason::new(ReasonCode::KeyCurve).with("curve", curve_name(curve));
        flaws.push(Flaw::Forbidden(reason));
    }
    let Some(domain) = domain else {
        return flaws;
    };
    match domain.validate(point) {
        Err(fault) => {
            let reason = Reason::new(ReasonCode::KeyPoint).with("fault", fault);
            flaws.push(Flaw::Forbidden(reason));
        }
        Ok(x) if x == domain.generator_x => {
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

/// A curve y^2 = x^3 - 3x + b over a prime field (SP 800-186 3.2.1).
struct Domain {
    prime: BigUint,
    /// The coefficient -3 as an element of the field.
    a: BigUint,
    b: BigUint,
    generator_x: BigUint,
}

impl Domain {
    fn of(curve: &Curve) -> Option<&'static Self> {
        match curve {
            Curve::P256 => Some(&P256),
            Curve::P384 => Some(&P384),
            Curve::P521 => Some(&P521),
            Curve::Other(_) => None,
        }
    }

    /// From hexadecimal digits. A prime that is none would be 0, and no coordinate is below it.
    fn new(prime: &str, b: &str, generator_x: &str) -> Self {
        let number = |digits: &str| BigUint::parse_bytes(digits.as_bytes(), 16).unwrap_or_default();
        let prime = number(prime);
        let a = if prime.bits() > 2 { &prime - 3_u32 } else { BigUint::ZERO };
        Self { prime, a, b: number(b), generator_x: number(generator_x) }
    }

    /// The x-coordinate of a valid point (SP 800-56A 5.6.2.3.3, steps 1 to 3), or what is wrong.
    fn validate(&self, point: &[u8]) -> Result<BigUint, &'static str> {
        let coordinates = match point {
            [0] => return Err("the point at infinity"),
            [4, coordinates @ ..] => coordinates,
            _ => return Err("not an uncompressed point"),
        };
        let (x, y) = coordinates.split_at_checked(coordinates.len() / 2).unwrap_or_default();
        let (x, y) = (BigUint::from_bytes_be(x), BigUint::from_bytes_be(y));
        if x >= self.prime || y >= self.prime {
            return Err("a coordinate that is not below the prime of the field");
        }
        // x^3 + ax + b = (x^2 + a)x + b
        let right = ((&x * &x + &self.a) % &self.prime * &x + &self.b) % &self.prime;
        if &y * &y % &self.prime != right {
            return Err("not on the curve");
        }
        Ok(x)
    }
}

/// SP 800-186 3.2.1.3.
static P256: LazyLock<Domain> = LazyLock::new(|| {
    Domain::new(
        "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
        "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b",
        "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
    )
});

/// SP 800-186 3.2.1.4.
static P384: LazyLock<Domain> = LazyLock::new(|| {
    Domain::new(
        concat!(
            "ffffffffffffffffffffffffffffffffffffffffffffffff",
            "fffffffffffffffeffffffff0000000000000000ffffffff"
        ),
        concat!(
            "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe814112",
            "0314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef"
        ),
        concat!(
            "aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b98",
            "59f741e082542a385502f25dbf55296c3a545e3872760ab7"
        ),
    )
});

/// SP 800-186 3.2.1.5.
static P521: LazyLock<Domain> = LazyLock::new(|| {
    Domain::new(
        concat!(
            "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
            "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
        ),
        concat!(
            "0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109",
            "e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00"
        ),
        concat!(
            "00c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3d",
            "baa14b5e77efe75928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66"
        ),
    )
});

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

    use super::{Domain, negated_y};
    use crate::encoding::hex::from_hex;
    use crate::public_key::admission::fixtures::{codes, flaws, fresh_ec, with_point};
    use crate::public_key::admission::{CompromisedKeys, Demands, admit};
    use crate::public_key::{Curve, PublicKey};
    use crate::reason::ReasonCode;

    const CURVES: [(Curve, &EcdsaSigningAlgorithm); 3] = [
        (Curve::P256, &ECDSA_P256_SHA256_ASN1_SIGNING),
        (Curve::P384, &ECDSA_P384_SHA384_ASN1_SIGNING),
        (Curve::P521, &ECDSA_P521_SHA512_ASN1_SIGNING),
    ];

    /// The y-coordinates of the generators (SP 800-186 3.2.1).
    const GENERATOR_Y: [&str; 3] = [
        "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
        concat!(
            "3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147c",
            "e9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f"
        ),
        concat!(
            "011839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e66",
            "2c97ee72995ef42640c550b9013fad0761353c7086a272c24088be94769fd16650"
        ),
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
        for ((curve, algorithm), y) in CURVES.into_iter().zip(GENERATOR_Y) {
            let like = fresh_ec(algorithm);
            let domain = Domain::of(&curve).unwrap();
            let y = BigUint::parse_bytes(y.as_bytes(), 16).unwrap();
            let negative = negated_y(&curve, &octets(&curve, &y)).unwrap();
            let negative = BigUint::from_bytes_be(&negative);
            assert_eq!(&negative + &y, domain.prime);
            for y in [y, negative] {
                let key = key_at(&like, &curve, &domain.generator_x, &y);
                assert_eq!(codes(&key), [ReasonCode::KeyWeak]);
            }
        }
    }

    #[test]
    fn coordinates_are_below_the_prime_and_on_the_curve() {
        for ((curve, algorithm), y) in CURVES.into_iter().zip(GENERATOR_Y) {
            let like = fresh_ec(algorithm);
            let domain = Domain::of(&curve).unwrap();
            let y = BigUint::parse_bytes(y.as_bytes(), 16).unwrap();
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
            let wrapped = &domain.generator_x + &domain.prime;
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
