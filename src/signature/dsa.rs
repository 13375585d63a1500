//! DSA with SHA-256 (FIPS 186-4 4.7), to verify only: the keys of a module and of its security
//! officer in evidence of nShield. No library of the table has it. Every number here is public.

use aws_lc_rs::digest;
use num_bigint::BigUint;
use num_traits::One;

use super::SignatureError;
use crate::encoding::der::{self, tag};
use crate::encoding::oid::Oid;
use crate::oid;

/// id-dsa (RFC 3279 2.3.2).
const DSA: Oid<'_> = oid!(1.2.840.10040.4.1);

/// Bits of p and of q: the one strong pair of FIPS 186-4 4.2 that evidence has.
const SIZES: (u64, u64) = (3072, 256);

/// A DSA public key whose numbers are in range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DsaKey {
    p: BigUint,
    q: BigUint,
    g: BigUint,
    y: BigUint,
}

impl DsaKey {
    /// The key of p, q, g and y. Sizes are checked, that q divides p - 1, and that g and y generate a
    /// group of order q (FIPS 186-4 4.1, SP 800-89 5.3.1). Whether p and q are prime is not: the
    /// numbers are those that the module vouches for.
    ///
    /// # Errors
    /// `Unsupported` for other sizes, otherwise `Invalid`.
    pub fn new(p: BigUint, q: BigUint, g: BigUint, y: BigUint) -> Result<Self, SignatureError> {
        if (p.bits(), q.bits()) != SIZES {
            let sizes = format!("DSA with {} and {} bits", p.bits(), q.bits());
            return Err(SignatureError::Unsupported(sizes));
        }
        let one = BigUint::one();
        let generates =
            |number: &BigUint| *number > one && *number < p && number.modpow(&q, &p) == one;
        // p is odd, as q divides p - 1 and is odd: modpow needs that for speed only.
        let divides = p.bit(0) && q.bit(0) && (&p - &one) % &q == BigUint::ZERO;
        if divides && generates(&g) && generates(&y) {
            Ok(Self { p, q, g, y })
        } else {
            Err(SignatureError::Invalid)
        }
    }

    /// Its SubjectPublicKeyInfo, DER (RFC 3279 2.3.2).
    pub fn spki(&self) -> Vec<u8> {
        let integer = |number: &BigUint| der::unsigned(&number.to_bytes_be());
        let parameters = [&self.p, &self.q, &self.g].map(integer).concat();
        let algorithm = [
            der::value(tag::OBJECT_IDENTIFIER, DSA.content()),
            der::value(tag::SEQUENCE, &parameters),
        ];
        let fields = [
            der::value(tag::SEQUENCE, &algorithm.concat()),
            der::value(tag::BIT_STRING, &[&[0], integer(&self.y).as_slice()].concat()),
        ];
        der::value(tag::SEQUENCE, &fields.concat())
    }

    /// Checks r and s over SHA-256 of `message`: each from 1 to below q.
    ///
    /// # Errors
    /// `Invalid`.
    pub fn verify_sha256(
        &self,
        message: &[u8],
        r: &BigUint,
        s: &BigUint,
    ) -> Result<(), SignatureError> {
        let in_range = |number: &BigUint| *number != BigUint::ZERO && *number < self.q;
        if !in_range(r) || !in_range(s) {
            return Err(SignatureError::Invalid);
        }
        // q is as long as the hash, so all of it counts.
        let z = BigUint::from_bytes_be(digest::digest(&digest::SHA256, message).as_ref());
        let w = s.modinv(&self.q).ok_or(SignatureError::Invalid)?;
        let u1 = z * &w % &self.q;
        let u2 = r * &w % &self.q;
        let v = self.g.modpow(&u1, &self.p) * self.y.modpow(&u2, &self.p) % &self.p % &self.q;
        if v == *r { Ok(()) } else { Err(SignatureError::Invalid) }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use num_bigint::BigUint;

    use super::DsaKey;
    use crate::encoding::der::{DerError, Reader, check, tag};
    use crate::signature::SignatureError;

    /// p, q, g and y of a key, a message, and r and s over it.
    pub(crate) fn sample() -> ([BigUint; 4], &'static [u8], [BigUint; 2]) {
        let number = |hex: &str| BigUint::parse_bytes(hex.as_bytes(), 16).unwrap();
        ([P, Q, G, Y].map(number), b"abc", [R, S].map(number))
    }

    fn key([p, q, g, y]: [BigUint; 4]) -> Result<DsaKey, SignatureError> {
        DsaKey::new(p, q, g, y)
    }

    /// A group of 3072 and 256 bits (FIPS 186-4 A.1).
    const P: &str = "d73506265cb305f450f1df2d108b7fe09409752c5269d316cc8c8712d5e577c5\
         9d78503f86bf079a85129ab6d8dc918318dbe4a2013b2d7a81cbef5dd189ab09\
         2a52395beb710f0806815ae9cf073e207e64754e9e70714de2d0b1395302ec97\
         104b7a61b2374dec298310bd0f986eaf7bf20b28590f5d96c1854a3d88feb70c\
         6a41a21c409e039bb49600da91eca57fe91992987edbdfd79fdcfe12814b7a30\
         ddf472df1323c27e6c43aa8fe2d48de0dc0cfa52aea52acb4a58bfec1c78e902\
         1ff97248439991089e75cce9edf994727f4e96d122a4089b15635b602be7912e\
         6b54943fa26551d9221e37b514e11134c5f44671b725c892da3947fbb6d12b77\
         9b5e41893bbe91baefb53585dd85d4f645f469cf2f277202968bb083533fce28\
         6252e5879c9bd0548cbae5414e3059ee6b7055079c2038cbeb9defea151b4c09\
         ecaabd30107ef016537f9029ee114237b89c94ba8949c785a7ca0cb09709d3bd\
         05d66c1ad44067adb797437e42baedc308297deac702304d5e60f7d140516fb7";
    const Q: &str = "9625ed215661103fc3beee0a92a3b79a036f85b70c3fc3d753c2a5357f23af3d";
    const G: &str = "542ba7bc1c46217d176933c14ec4df21572d06602646e897b08a07754af162d2\
         82cec1292441d29a479a2006612677685c3b804aa7996410a7a051cab6671d88\
         3b33d799885d53d91b23694f74166ddaeb03a697a291e6483889ed75d32ddd73\
         87d14766663456c00866df99c14b104ea873abcc8a818270e2d1317e1d3e2f2d\
         450426f710fb80e1e58de173719c5c3fe4f0d4fd01abeb1eb1fe04f2c448de85\
         779b540be15efb14c5234ed815ca0989a52c2115b07afe991af535ce7c6778f7\
         0fe46ea1e493bbd33ac22804ff240595fd70439fe892cee92cab057f37682d08\
         a93031d87e64abfaac0b371fad6102878d1c5a46ee9cd0a0a58af93d8cbace29\
         0be0c4343b237797a4e40523855ad5a76c18a112f6f39db4c32fe33e200512ef\
         a00c3d3204d0fd20c78cbce8120c43c8f282ad09afc5e18fec75ef4a58357d62\
         2b7e0ffaa1d2e33b2fa63b9b0789738d392f94caaac078f750059f9b4e6e2cb8\
         cd0b9952b007904dc4e6d7877c4ac6d27c6b56a6569a01b804c0b661ddfda3b6";
    /// A key of OpenSSL 3.0.19 in that group, and its signature over `abc`.
    const Y: &str = "c0d802dcd78db82b647259375f269095d66ae958fabeede397a011d85a8ca9a6\
        21c7af6978b75f0799e06c06343632828c7f1c6a6511d2fa073d3055e8a081ad\
        913399d56f0fc7e276a8c8554c448b391c3d80f006ffef4a54f635f8143beff5\
        2b9236a3c8bf87eb6ee449587ec07365d4924edf0439c8c739e39960ba219a3e\
        211b9be1877d21030e015291b2777abd78a86a018376a69619e464c5285c0486\
        865cc1ceea71677250401c8b45c5af4785f3c6d1df0f5cf239f3ec868a72e843\
        041c5860c522443ca26d0df2abdb1eb40ed7f540b48190a074c5f64cb768e7f1\
        4d4e731855c43701e467be3a43d5329d15830ca681b8fe36c6b457b5082bb20a\
        6e9ded16d6a11cee0ad8fac57955aac8da9d5153286092ec8102846eb83c8fb4\
        ea6accf47a8433b87948934fdab83bf3b8e94068ffc8e7fc71d4c818e260075f\
        7a8799dd753ef16dc309284d4e792ad759af240512153df4c6342311dcb81a78\
        b4425a4d19b66d59f29333f343c1704cbc94ade448ec163a5795b0fed5ef9241";
    const R: &str = "052d7bc64e94ee55aa03491702c3b70dca64d94f3908156f4573299cfaebcaf6";
    const S: &str = "6a77e6d76a3e541140de08a1ed0dfd000be90e7af6de487f5287b3e1183b0e30";

    #[test]
    fn what_another_program_signed_is_signed_and_no_other_message() {
        let (numbers, message, [r, s]) = sample();
        let key = key(numbers).unwrap();
        assert_eq!(key.verify_sha256(message, &r, &s), Ok(()));
        assert_eq!(key.verify_sha256(b"abd", &r, &s), Err(SignatureError::Invalid));
        assert_eq!(key.verify_sha256(message, &s, &r), Err(SignatureError::Invalid));
    }

    /// FIPS 186-4 4.7: r and s are from 1 to below q.
    #[test]
    fn numbers_out_of_range_are_no_signature() {
        let (numbers, message, [r, s]) = sample();
        let q = numbers[1].clone();
        let key = key(numbers).unwrap();
        let zero = BigUint::ZERO;
        for (r, s) in [
            (&zero, &s),
            (&r, &zero),
            (&zero, &zero),
            (&(&r + &q), &s),
            (&r, &(&s + &q)),
            (&q, &s),
            (&r, &q),
        ] {
            assert_eq!(key.verify_sha256(message, r, s), Err(SignatureError::Invalid));
        }
    }

    #[test]
    fn a_key_has_the_encoding_of_rfc_3279() {
        let ([p, q, g, y], ..) = sample();
        let key = DsaKey::new(p.clone(), q.clone(), g.clone(), y.clone()).unwrap();
        let spki = key.spki();
        assert_eq!(check(&spki), Ok(()));
        let number = |reader: &mut Reader<'_>| reader.unsigned().map(BigUint::from_bytes_be);
        let read = Reader::whole(&spki, |outer| {
            outer.nested(tag::SEQUENCE, |fields| {
                let algorithm = fields.nested(tag::SEQUENCE, |algorithm| {
                    let oid = algorithm.oid()?.to_string();
                    Ok::<_, DerError>((oid, algorithm.nested(tag::SEQUENCE, |it| it.each(number))?))
                })?;
                let key = Reader::whole(fields.octet_aligned_bits()?, number)?;
                Ok::<_, DerError>((algorithm, key))
            })
        });
        assert_eq!(read, Ok((("1.2.840.10040.4.1".to_owned(), vec![p, q, g]), y)));
    }

    /// With y = 1, or g = 1, anyone can sign.
    #[test]
    fn keys_that_generate_no_group_of_the_order_are_refused() {
        let ([p, q, g, y], ..) = sample();
        let one = BigUint::from(1_u32);
        for (g, y) in [
            (&one, &y),
            (&g, &one),
            (&BigUint::ZERO, &y),
            (&g, &BigUint::ZERO),
            (&g, &(&p - 1_u32)),
            (&g, &(&y + &p)),
            (&g, &(&y + 1_u32)),
        ] {
            let read = DsaKey::new(p.clone(), q.clone(), g.clone(), y.clone());
            assert_eq!(read, Err(SignatureError::Invalid));
        }
        let read = DsaKey::new(&p + 2_u32, q.clone(), g.clone(), y.clone());
        assert_eq!(read, Err(SignatureError::Invalid));
        for (p, q) in [(&p >> 1, q.clone()), (p.clone(), &q >> 1), (p.clone(), &q << 1)] {
            let read = DsaKey::new(p, q, g.clone(), y.clone());
            assert!(matches!(read, Err(SignatureError::Unsupported(_))));
        }
    }
}
