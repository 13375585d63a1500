//! Keys from the bare numbers of a manufacturer's statement, in the one form that a request has.

use super::PublicKey;
use crate::encoding::der::{tag, unsigned, value};
use crate::encoding::oid::{self, Oid};
use crate::reason::Reason;

impl PublicKey {
    /// The RSA key of two numbers, big-endian (RFC 8017 A.1.1). Leading zeros do not count.
    ///
    /// # Errors
    /// As [`PublicKey::from_spki`].
    pub fn from_rsa_numbers(modulus: &[u8], exponent: &[u8]) -> Result<Self, Reason> {
        let numbers = [unsigned(modulus), unsigned(exponent)].concat();
        let key = value(tag::SEQUENCE, &numbers);
        let parameters = [tag::NULL, 0];
        Self::from_spki(&spki(oid::RSA_ENCRYPTION, &parameters, &key))
    }

    /// The key of an uncompressed point on a named curve (RFC 5480 2).
    ///
    /// # Errors
    /// As [`PublicKey::from_spki`]. Whether the point is on the curve is a question of admission.
    pub fn from_curve_point(curve: Oid<'_>, point: &[u8]) -> Result<Self, Reason> {
        let parameters = value(tag::OBJECT_IDENTIFIER, curve.content());
        Self::from_spki(&spki(oid::EC_PUBLIC_KEY, &parameters, point))
    }
}

fn spki(algorithm: Oid<'_>, parameters: &[u8], key: &[u8]) -> Vec<u8> {
    let identifier = value(tag::OBJECT_IDENTIFIER, algorithm.content());
    let algorithm = value(tag::SEQUENCE, &[identifier.as_slice(), parameters].concat());
    let bits = value(tag::BIT_STRING, &[&[0], key].concat());
    value(tag::SEQUENCE, &[algorithm, bits].concat())
}

#[cfg(test)]
mod tests {
    use super::PublicKey;
    use crate::encoding::hex::from_hex;
    use crate::encoding::oid;

    #[test]
    fn a_point_gives_the_spki_of_rfc_5480() {
        // The generator of P-256 (SP 800-186 3.2.1.3).
        let point = from_hex(concat!(
            "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
            "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
        ))
        .unwrap();
        let key = PublicKey::from_curve_point(oid::P256, &point).unwrap();
        let prefix = from_hex("3059301306072a8648ce3d020106082a8648ce3d030107034200").unwrap();
        assert_eq!(key.spki(), [prefix, point].concat());
    }

    #[test]
    fn numbers_give_minimal_integers() {
        let modulus = [0x80; 384];
        let key = PublicKey::from_rsa_numbers(&modulus, &[1, 0, 1]).unwrap();
        assert_eq!(key.rsa_bits(), Some(3072));
        let zeros = PublicKey::from_rsa_numbers(&[&[0, 0], &modulus[..]].concat(), &[0, 1, 0, 1]);
        assert_eq!(zeros.unwrap(), key);
        assert_eq!(PublicKey::from_spki(key.spki()).unwrap(), key);
    }
}
