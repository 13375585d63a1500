//! Named curves by their domain parameters, for encodings that write the parameters out.
//!
//! A point alone says nothing: with another generator or another order, anyone can make a key for a
//! given point (CVE-2020-0601). So all parameters are compared, and a curve that is not named here is
//! none.

use std::sync::LazyLock;

use num_bigint::BigUint;

use super::{Curve, KeyMaterial, PublicKey};
use crate::encoding::cvc::{CvDomain, CvPublicKey};
use crate::encoding::oid::{self, Oid};
use crate::reason::{Reason, ReasonCode};

impl PublicKey {
    /// The key of a card-verifiable certificate or request. `inherited` is the curve of its issuer,
    /// for a key that does not write its domain parameters out (TR-03110-3 D.3.3).
    ///
    /// # Errors
    /// `key.explicit-curve` for parameters of no named curve; `key.encoding`.
    pub fn from_card(key: &CvPublicKey<'_>, inherited: Option<Oid<'_>>) -> Result<Self, Reason> {
        match key {
            CvPublicKey::Rsa { modulus, exponent, .. } => Self::from_rsa_numbers(modulus, exponent),
            CvPublicKey::Ec { domain: Some(domain), point, .. } => {
                let curve = DOMAINS.iter().find(|curve| curve.has(domain)).ok_or_else(|| {
                    Reason::new(ReasonCode::KeyExplicitCurve)
                        .with("fault", "domain parameters of no named curve")
                })?;
                Self::from_curve_point(curve.oid, point)
            }
            CvPublicKey::Ec { domain: None, point, .. } => {
                let curve = inherited.ok_or_else(|| {
                    Reason::new(ReasonCode::KeyEncoding)
                        .with("fault", "an elliptic curve key without a curve")
                })?;
                Self::from_curve_point(curve, point)
            }
        }
    }

    /// Whether a point on a curve that is known here lies on it; true of other keys.
    pub fn is_on_its_curve(&self) -> bool {
        match self.material() {
            KeyMaterial::Ec { curve, point } => {
                Domain::of(curve).is_none_or(|domain| domain.validate(point).is_ok())
            }
            _ => true,
        }
    }
}

/// A curve y^2 = x^3 + ax + b over a prime field, of prime order (cofactor 1).
pub(super) struct Domain {
    oid: Oid<'static>,
    pub(super) prime: BigUint,
    a: BigUint,
    b: BigUint,
    /// The coordinates of the base point.
    pub(super) generator: (BigUint, BigUint),
    order: BigUint,
}

impl Domain {
    /// The domain parameters of a curve, if they are known here.
    pub(super) fn of(curve: &Curve) -> Option<&'static Self> {
        DOMAINS.iter().find(|domain| domain.oid == curve.oid())
    }

    /// The x-coordinate of a valid point (SP 800-56A 5.6.2.3.3, steps 1 to 3), or what is wrong. On a
    /// curve of prime order every point but infinity has that order, so the last step of that clause
    /// has nothing left to find.
    pub(super) fn validate(&self, point: &[u8]) -> Result<BigUint, &'static str> {
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

    /// Whether these are its parameters, all of them. Leading zeros of numbers do not count.
    fn has(&self, stated: &CvDomain<'_>) -> bool {
        let is = |number: &[u8], known: &BigUint| BigUint::from_bytes_be(number) == *known;
        let (x, y) = &self.generator;
        let octets = usize::try_from(self.prime.bits().div_ceil(8)).unwrap_or_default();
        let generator = match stated.generator {
            [4, coordinates @ ..] if coordinates.len() == octets.saturating_mul(2) => {
                coordinates.split_at_checked(octets)
            }
            _ => None,
        };
        is(stated.prime, &self.prime)
            && is(stated.a, &self.a)
            && is(stated.b, &self.b)
            && generator.is_some_and(|(stated_x, stated_y)| is(stated_x, x) && is(stated_y, y))
            && is(stated.order, &self.order)
            && is(stated.cofactor, &BigUint::from(1_u32))
    }
}

impl Curve {
    /// The identifier (RFC 5480 2.1.1.1).
    pub fn oid(&self) -> Oid<'_> {
        match self {
            Self::P256 => oid::P256,
            Self::P384 => oid::P384,
            Self::P521 => oid::P521,
            Self::Other(content) => Oid::from_content(content),
        }
    }
}

/// The orders of all curves that are known here.
pub(crate) fn curve_orders() -> impl Iterator<Item = &'static BigUint> {
    DOMAINS.iter().map(|domain| &domain.order)
}

/// Prime, coefficients, generator and order of a curve that is known here, as octets: to write a key
/// with its domain parameters.
#[cfg(test)]
pub(crate) fn domain_octets(curve: Oid<'_>) -> Option<[Vec<u8>; 5]> {
    let domain = DOMAINS.iter().find(|domain| domain.oid == curve)?;
    let octets = usize::try_from(domain.prime.bits().div_ceil(8)).ok()?;
    let padded = |number: &BigUint| {
        let number = number.to_bytes_be();
        [vec![0; octets.saturating_sub(number.len())], number].concat()
    };
    let (x, y) = &domain.generator;
    let generator = [vec![4], padded(x), padded(y)].concat();
    let [prime, a, b, order] = [&domain.prime, &domain.a, &domain.b, &domain.order].map(padded);
    Some([prime, a, b, generator, order])
}

/// CSBR 6.1.5.2 allows the first three. The others are curves of device certificates, or of attested
/// keys that are to be refused for their curve and not for its encoding.
static DOMAINS: LazyLock<[Domain; 7]> = LazyLock::new(|| {
    [
        // SP 800-186 3.2.1.3.
        domain(
            oid::P256,
            "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
            "ffffffff00000001000000000000000000000000fffffffffffffffffffffffc",
            "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b",
            (
                "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
                "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
            ),
            "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
        ),
        // SP 800-186 3.2.1.4.
        domain(
            oid::P384,
            concat!(
                "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe",
                "ffffffff0000000000000000ffffffff"
            ),
            concat!(
                "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe",
                "ffffffff0000000000000000fffffffc"
            ),
            concat!(
                "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875a",
                "c656398d8a2ed19d2a85c8edd3ec2aef"
            ),
            (
                concat!(
                    "aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a38",
                    "5502f25dbf55296c3a545e3872760ab7"
                ),
                concat!(
                    "3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c0",
                    "0a60b1ce1d7e819d7a431d7c90ea0e5f"
                ),
            ),
            concat!(
                "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf",
                "581a0db248b0a77aecec196accc52973"
            ),
        ),
        // SP 800-186 3.2.1.5.
        domain(
            oid::P521,
            concat!(
                "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
                "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
                "ffff"
            ),
            concat!(
                "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
                "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
                "fffc"
            ),
            concat!(
                "0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef1",
                "09e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b50",
                "3f00"
            ),
            (
                concat!(
                    "00c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d",
                    "3dbaa14b5e77efe75928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5",
                    "bd66"
                ),
                concat!(
                    "011839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e",
                    "662c97ee72995ef42640c550b9013fad0761353c7086a272c24088be94769fd1",
                    "6650"
                ),
            ),
            concat!(
                "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
                "fffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e9138",
                "6409"
            ),
        ),
        // RFC 5639 3.4.
        domain(
            oid::BRAINPOOL_P256,
            "a9fb57dba1eea9bc3e660a909d838d726e3bf623d52620282013481d1f6e5377",
            "7d5a0975fc2c3057eef67530417affe7fb8055c126dc5c6ce94a4b44f330b5d9",
            "26dc5c6ce94a4b44f330b5d9bbd77cbf958416295cf7e1ce6bccdc18ff8c07b6",
            (
                "8bd2aeb9cb7e57cb2c4b482ffc81b7afb9de27e1e3bd23c23a4453bd9ace3262",
                "547ef835c3dac4fd97f8461a14611dc9c27745132ded8e545c1d54c72f046997",
            ),
            "a9fb57dba1eea9bc3e660a909d838d718c397aa3b561a6f7901e0e82974856a7",
        ),
        // RFC 5639 3.6.
        domain(
            oid::BRAINPOOL_P384,
            concat!(
                "8cb91e82a3386d280f5d6f7e50e641df152f7109ed5456b412b1da197fb71123",
                "acd3a729901d1a71874700133107ec53"
            ),
            concat!(
                "7bc382c63d8c150c3c72080ace05afa0c2bea28e4fb22787139165efba91f90f",
                "8aa5814a503ad4eb04a8c7dd22ce2826"
            ),
            concat!(
                "04a8c7dd22ce28268b39b55416f0447c2fb77de107dcd2a62e880ea53eeb62d5",
                "7cb4390295dbc9943ab78696fa504c11"
            ),
            (
                concat!(
                    "1d1c64f068cf45ffa2a63a81b7c13f6b8847a3e77ef14fe3db7fcafe0cbd10e8",
                    "e826e03436d646aaef87b2e247d4af1e"
                ),
                concat!(
                    "8abe1d7520f9c2a45cb1eb8e95cfd55262b70b29feec5864e19c054ff9912928",
                    "0e4646217791811142820341263c5315"
                ),
            ),
            concat!(
                "8cb91e82a3386d280f5d6f7e50e641df152f7109ed5456b31f166e6cac0425a7",
                "cf3ab6af6b7fc3103b883202e9046565"
            ),
        ),
        // RFC 5639 3.7.
        domain(
            oid::BRAINPOOL_P512,
            concat!(
                "aadd9db8dbe9c48b3fd4e6ae33c9fc07cb308db3b3c9d20ed6639cca70330871",
                "7d4d9b009bc66842aecda12ae6a380e62881ff2f2d82c68528aa6056583a48f3"
            ),
            concat!(
                "7830a3318b603b89e2327145ac234cc594cbdd8d3df91610a83441caea9863bc",
                "2ded5d5aa8253aa10a2ef1c98b9ac8b57f1117a72bf2c7b9e7c1ac4d77fc94ca"
            ),
            concat!(
                "3df91610a83441caea9863bc2ded5d5aa8253aa10a2ef1c98b9ac8b57f1117a7",
                "2bf2c7b9e7c1ac4d77fc94cadc083e67984050b75ebae5dd2809bd638016f723"
            ),
            (
                concat!(
                    "81aee4bdd82ed9645a21322e9c4c6a9385ed9f70b5d916c1b43b62eef4d0098e",
                    "ff3b1f78e2d0d48d50d1687b93b97d5f7c6d5047406a5e688b352209bcb9f822"
                ),
                concat!(
                    "7dde385d566332ecc0eabfa9cf7822fdf209f70024a57b1aa000c55b881f8111",
                    "b2dcde494a5f485e5bca4bd88a2763aed1ca2b2fa8f0540678cd1e0f3ad80892"
                ),
            ),
            concat!(
                "aadd9db8dbe9c48b3fd4e6ae33c9fc07cb308db3b3c9d20ed6639cca70330870",
                "553e5c414ca92619418661197fac10471db1d381085ddaddb58796829ca90069"
            ),
        ),
        // SEC 2 2.4.1.
        domain(
            oid::SECP256K1,
            "fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f",
            "0000000000000000000000000000000000000000000000000000000000000000",
            "0000000000000000000000000000000000000000000000000000000000000007",
            (
                "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
                "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8",
            ),
            "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
        ),
    ]
});

/// From hexadecimal digits. A prime that is none would be 0, and no coordinate is below it.
fn domain(
    oid: Oid<'static>,
    prime: &str,
    a: &str,
    b: &str,
    (x, y): (&str, &str),
    order: &str,
) -> Domain {
    let number = |digits: &str| BigUint::parse_bytes(digits.as_bytes(), 16).unwrap_or_default();
    let generator = (number(x), number(y));
    Domain {
        oid,
        prime: number(prime),
        a: number(a),
        b: number(b),
        generator,
        order: number(order),
    }
}

#[cfg(test)]
mod tests {
    use num_bigint::BigUint;

    use super::{CvDomain, CvPublicKey, DOMAINS, Domain, PublicKey};
    use crate::encoding::oid;
    use crate::reason::ReasonCode;

    type Point = Option<(BigUint, BigUint)>;

    /// The sum of two points, `None` being infinity (SEC 1 2.2.1).
    fn add(curve: &Domain, one: Point, other: Point) -> Point {
        let p = &curve.prime;
        let (Some((x1, y1)), Some((x2, y2))) = (&one, &other) else { return one.or(other) };
        if x1 == x2 && (y1 + y2) % p == BigUint::ZERO {
            return None;
        }
        let (above, below) = if x1 == x2 {
            (x1 * x1 * 3_u32 + &curve.a, y1 * 2_u32)
        } else {
            (y2 + p - y1, x2 + p - x1)
        };
        let slope = above * (below % p).modinv(p).unwrap() % p;
        let x = (&slope * &slope + p * 2_u32 - x1 - x2) % p;
        let y = (slope * (x1 + p - &x) + p - y1) % p;
        Some((x, y))
    }

    fn times(curve: &Domain, factor: &BigUint) -> Point {
        let mut sum = None;
        for bit in (0..factor.bits()).rev() {
            sum = add(curve, sum.clone(), sum);
            if factor.bit(bit) {
                sum = add(curve, sum, Some(curve.generator.clone()));
            }
        }
        sum
    }

    /// The generator lies on its curve and has the order that is stated: a wrong digit anywhere would
    /// break one or the other.
    #[test]
    fn the_parameters_of_each_curve_belong_together() {
        for curve in DOMAINS.iter() {
            let (x, y) = &curve.generator;
            let right = (x * x * x + &curve.a * x + &curve.b) % &curve.prime;
            assert_eq!(y * y % &curve.prime, right, "{}", curve.oid);
            assert_eq!(times(curve, &curve.order), None, "{}", curve.oid);
            let next = times(curve, &(&curve.order + 1_u32));
            assert_eq!(next, Some(curve.generator.clone()), "{}", curve.oid);
        }
    }

    /// The parameters of P-256, each as octets.
    fn p256() -> [Vec<u8>; 6] {
        let curve = &DOMAINS[0];
        assert_eq!(curve.oid, oid::P256);
        let (x, y) = &curve.generator;
        let generator = [vec![4], x.to_bytes_be(), y.to_bytes_be()].concat();
        let octets = [&curve.prime, &curve.a, &curve.b, &curve.order].map(BigUint::to_bytes_be);
        let [prime, a, b, order] = octets;
        [prime, a, b, generator, order, vec![1]]
    }

    fn key(parameters: &[Vec<u8>; 6], point: &[u8]) -> Result<PublicKey, ReasonCode> {
        let [prime, a, b, generator, order, cofactor] = parameters;
        let domain = Some(CvDomain { prime, a, b, generator, order, cofactor });
        let key = CvPublicKey::Ec { algorithm: 3, domain, point };
        PublicKey::from_card(&key, None).map_err(|reason| reason.code())
    }

    /// An order of 3 and another generator are the attacks that a comparison of points alone misses.
    #[test]
    fn every_parameter_counts() {
        let known = p256();
        let point = known[3].clone();
        let named = PublicKey::from_curve_point(oid::P256, &point).unwrap();
        assert_eq!(key(&known, &point), Ok(named.clone()));
        for (place, parameter) in known.iter().enumerate() {
            for changed in [
                vec![3],
                Vec::new(),
                [parameter.as_slice(), &[1]].concat(),
                parameter[..parameter.len() - 1].to_vec(),
            ] {
                let mut parameters = known.clone();
                parameters[place] = changed;
                assert_eq!(key(&parameters, &point), Err(ReasonCode::KeyExplicitCurve), "{place}");
            }
        }
        // A leading zero of a number is another encoding of the same number.
        let mut padded = known.clone();
        padded[2].insert(0, 0);
        assert_eq!(key(&padded, &point), Ok(named));
    }

    #[test]
    fn a_key_without_parameters_has_the_curve_of_its_issuer_or_none() {
        let [_, _, _, point, ..] = p256();
        let key = CvPublicKey::Ec { algorithm: 3, domain: None, point: &point };
        let inherited = PublicKey::from_card(&key, Some(oid::P256)).unwrap();
        assert_eq!(inherited.describe(), "ECDSA P-256");
        let alone = PublicKey::from_card(&key, None).unwrap_err();
        assert_eq!(alone.code(), ReasonCode::KeyEncoding);
        // The length of a point is that of its curve.
        assert!(PublicKey::from_card(&key, Some(oid::P384)).is_err());
    }

    #[test]
    fn a_point_is_on_its_curve_or_it_is_not() {
        for curve in DOMAINS.iter() {
            let octets = usize::try_from(curve.prime.bits().div_ceil(8)).unwrap();
            let padded = |number: &BigUint| {
                let number = number.to_bytes_be();
                [vec![0; octets - number.len()], number].concat()
            };
            let (x, y) = &curve.generator;
            let mut point = [vec![4], padded(x), padded(y)].concat();
            let on = |point: &[u8]| {
                PublicKey::from_curve_point(curve.oid, point).unwrap().is_on_its_curve()
            };
            assert!(on(&point), "{}", curve.oid);
            *point.last_mut().unwrap() ^= 1;
            assert!(!on(&point), "{}", curve.oid);
        }
    }
}
