//! The hash by which nCore names a key (Entrust, "Construction of nCore key hashes"): SHA-1 over the
//! numbers. Finding another key with the hash of a given one is beyond anyone (a second preimage);
//! collisions, which SHA-1 does not resist, gain nothing, as modules generate the keys themselves.

use aws_lc_rs::digest;
use num_bigint::BigUint;
use num_traits::One;

use super::fault::Fault;
use super::ncore::{KeyData, KeyHash};
use crate::public_key::Curve;

/// p, a, b, Gx, Gy and n of P-256 (SP 800-186 3.2.1.3).
const P256: [&str; 6] = [
    "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
    "ffffffff00000001000000000000000000000000fffffffffffffffffffffffc",
    "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b",
    "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
    "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
];

/// The hash of a key. That of keys on other curves than P-256 is not known to anyone outside Entrust,
/// and is refused.
pub(super) fn key_hash(key: &KeyData) -> Result<KeyHash, Fault> {
    let (kind, data) = match key {
        KeyData::Rsa { exponent, modulus } => {
            if exponent.bits() > 32 {
                return Err(Fault::unknown("exponent-bits", exponent.bits()));
            }
            (&b"RSA00\0"[..], [padded(exponent), padded(modulus)].concat())
        }
        KeyData::Dsa { p, q, g, y } => (&b"DSA00\0"[..], [p, q, g, y].map(padded).concat()),
        KeyData::Ec { curve: Curve::P256, x, y } => {
            let mut data = vec![0; 8];
            data.extend(256_u32.to_le_bytes());
            for number in P256 {
                let number = BigUint::parse_bytes(number.as_bytes(), 16).unwrap_or_default();
                data.extend(padded(&number));
            }
            for number in [&BigUint::one(), x, y] {
                data.extend(padded(number));
            }
            (&b"ECDSA00\0"[..], data)
        }
        KeyData::Ec { curve, .. } => return Err(Fault::unknown("curve", curve.name())),
    };
    hash_of(kind, &data)
}

/// The hash of a symmetric key, whose material stands there as it is.
pub(super) fn symmetric_key_hash(kind: &[u8], material: &[u8]) -> Result<KeyHash, Fault> {
    hash_of(kind, material)
}

fn hash_of(kind: &[u8], data: &[u8]) -> Result<KeyHash, Fault> {
    let text = [b"nFast KeyHash\0", kind, data, b"invented by nCipher 1997\0"].concat();
    let hash = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &text);
    hash.as_ref().try_into().map_err(|_| Fault::Malformed("not SHA-1"))
}

/// Least significant octet first, filled up with zeros to a multiple of 64 octets.
fn padded(number: &BigUint) -> Vec<u8> {
    let mut bytes = number.to_bytes_le();
    bytes.resize(bytes.len().next_multiple_of(64), 0);
    bytes
}

#[cfg(test)]
mod tests {
    use super::{P256, key_hash};
    use crate::encoding::hex::{from_hex, to_hex};
    use crate::format::entrust_nshield::ncore::KeyData;
    use crate::public_key::Curve;
    use num_bigint::BigUint;

    fn number(hex: &str) -> BigUint {
        BigUint::from_bytes_be(&from_hex(hex).unwrap())
    }

    /// The softcard key that Entrust publishes as an example, and its hash as its module signed it.
    #[test]
    fn a_published_key_on_p256_has_its_published_hash() {
        let little = |hex: &str| BigUint::from_bytes_le(&from_hex(hex).unwrap());
        let key = KeyData::Ec {
            curve: Curve::P256,
            x: little("ddd0cf1bd34e4977c846d99cd39c124e57260db4dac4970830484cedefd062df"),
            y: little("20cc83e6d0b5802aa624f9028a3dcb6151e65a546987c3e9ba8954ea77028e9d"),
        };
        let hash = key_hash(&key).unwrap();
        assert_eq!(to_hex(&hash), "523bbe0a73105e86757d83c75785e3dd76699da0");
    }

    #[test]
    fn what_has_no_known_hash_is_refused() {
        let (x, y) = (number(P256[3]), number(P256[4]));
        assert!(key_hash(&KeyData::Ec { curve: Curve::P521, x: x.clone(), y: y.clone() }).is_err());
        let rsa = |exponent: u64| {
            key_hash(&KeyData::Rsa { exponent: exponent.into(), modulus: x.clone() })
        };
        assert!(rsa(u64::from(u32::MAX)).is_ok());
        assert!(rsa(u64::from(u32::MAX) + 1).is_err());
    }
}
