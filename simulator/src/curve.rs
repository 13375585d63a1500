//! The domain parameters of named curves, for encodings that write them out.

use crate::keys::filled_up;
use crate::oid;

/// A curve y^2 = x^3 + ax + b over a prime field, of cofactor 1. Every number has the octets of the
/// prime.
pub(crate) struct Domain {
    pub(crate) prime: Vec<u8>,
    pub(crate) a: Vec<u8>,
    pub(crate) b: Vec<u8>,
    /// The coordinates of the base point.
    pub(crate) generator: [Vec<u8>; 2],
    pub(crate) order: Vec<u8>,
}

impl Domain {
    /// That of the curve of that identifier.
    pub(crate) fn of(curve: &str) -> Option<Self> {
        let [prime, a, b, x, y, order] = numbers(curve)?.map(octets);
        let length = prime.len();
        let [a, b, x, y, order] = [a, b, x, y, order].map(|number| filled_up(&number, length));
        Some(Self { prime, a, b, generator: [x, y], order })
    }
}

/// Octets from hexadecimal digits, of which the first may stand alone.
fn octets(hex: &str) -> Vec<u8> {
    let digits: Vec<_> = hex.chars().filter_map(|digit| digit.to_digit(16)).collect();
    let pairs = digits.rchunks(2).rev().map(|pair| pair.iter().fold(0, |sum, it| sum * 16 + it));
    pairs.filter_map(|octet| u8::try_from(octet).ok()).collect()
}

/// Prime, coefficients, generator and order.
fn numbers(curve: &str) -> Option<[&'static str; 6]> {
    Some(match curve {
        // brainpoolP256r1 (RFC 5639 3.4).
        oid::BRAINPOOL_P256 => [
            "a9fb57dba1eea9bc3e660a909d838d726e3bf623d52620282013481d1f6e5377",
            "7d5a0975fc2c3057eef67530417affe7fb8055c126dc5c6ce94a4b44f330b5d9",
            "26dc5c6ce94a4b44f330b5d9bbd77cbf958416295cf7e1ce6bccdc18ff8c07b6",
            "8bd2aeb9cb7e57cb2c4b482ffc81b7afb9de27e1e3bd23c23a4453bd9ace3262",
            "547ef835c3dac4fd97f8461a14611dc9c27745132ded8e545c1d54c72f046997",
            "a9fb57dba1eea9bc3e660a909d838d718c397aa3b561a6f7901e0e82974856a7",
        ],
        // prime256v1 (SEC 2 2.4.2).
        oid::P256 => [
            "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
            "ffffffff00000001000000000000000000000000fffffffffffffffffffffffc",
            "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b",
            "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
            "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
            "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
        ],
        // secp384r1 (SEC 2 2.5.1).
        oid::P384 => [
            "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe\
             ffffffff0000000000000000ffffffff",
            "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe\
             ffffffff0000000000000000fffffffc",
            "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875a\
             c656398d8a2ed19d2a85c8edd3ec2aef",
            "aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a38\
             5502f25dbf55296c3a545e3872760ab7",
            "3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c0\
             0a60b1ce1d7e819d7a431d7c90ea0e5f",
            "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf\
             581a0db248b0a77aecec196accc52973",
        ],
        // secp521r1 (SEC 2 2.6.1).
        oid::P521 => [
            "1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\
             ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\
             fff",
            "1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\
             ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\
             ffc",
            "51953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109\
             e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f\
             00",
            "c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3d\
             baa14b5e77efe75928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd\
             66",
            "11839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e6\
             62c97ee72995ef42640c550b9013fad0761353c7086a272c24088be94769fd16\
             650",
            "1fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\
             ffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386\
             409",
        ],
        // secp256k1 (SEC 2 2.4.1).
        oid::SECP256K1 => [
            "fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f",
            "0",
            "7",
            "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
            "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8",
            "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
        ],
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use num_bigint::BigUint;

    use super::Domain;
    use crate::oid;

    /// The base point is on the curve: a digit that was copied wrongly would show.
    #[test]
    fn generators_lie_on_their_curves() {
        for curve in [oid::BRAINPOOL_P256, oid::P256, oid::P384, oid::P521, oid::SECP256K1] {
            let domain = Domain::of(curve).unwrap();
            let number = |octets: &Vec<u8>| BigUint::from_bytes_be(octets);
            let [x, y] = domain.generator.each_ref().map(number);
            let prime = number(&domain.prime);
            let right = (&x * &x * &x + number(&domain.a) * &x + number(&domain.b)) % &prime;
            assert_eq!(&y * &y % &prime, right, "{curve}");
        }
        assert!(Domain::of(oid::ED25519).is_none());
    }
}
