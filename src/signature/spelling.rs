//! Other bytes of the same signature. Whoever sees an ECDSA signature (r, s) can write (r, n - s),
//! which verifies as well, for only an x-coordinate is compared (SEC 1 4.1.4); no key is needed for it.
//! RSA and Ed25519 signatures have one spelling here: their verifiers demand the length of the modulus
//! and a number below it (RFC 8017 8.2.2), and S below the order (RFC 8032 5.1.7).

use num_bigint::BigUint;

use super::plain;
use crate::encoding::der::tag;
use crate::public_key::curve_orders;

/// The other spellings of an Ecdsa-Sig-Value (RFC 3279 2.2.3), on whatever curve: with n - s for s, and
/// each pair as DER and without sign octets, as [`super::Parameters::EcdsaMayBeUnsigned`] takes it.
/// Those of a curve that the signer is not on verify nowhere. Of anything else there are none.
pub(crate) fn other_spellings(signature: &[u8]) -> Vec<Vec<u8>> {
    let Some((r, s)) = numbers(signature) else { return Vec::new() };
    let mut spellings = Vec::new();
    for order in curve_orders().filter(|order| r < **order && s < **order) {
        let octets = octets(order);
        let r = padded(&r, octets);
        for s in [padded(&s, octets), padded(&(order - &s), octets)] {
            spellings.extend(plain::der_of(&[&r[..], &s].concat(), octets));
            spellings.extend(without_sign(&r, &s));
        }
    }
    spellings.sort();
    spellings.dedup();
    spellings.retain(|other| other != signature);
    spellings
}

/// The other spelling of a plain signature, on each curve whose order is as long as r and s are: one
/// after the other (BSI TR-03111 5.2.1).
pub(crate) fn other_plain_spellings(signature: &[u8]) -> Vec<Vec<u8>> {
    let half = signature.len() / 2;
    let (r, s) = signature.split_at_checked(half).unwrap_or_default();
    let s = BigUint::from_bytes_be(s);
    curve_orders()
        .filter(|order| octets(order) == half && s < **order)
        .map(|order| [r, &padded(&(order - &s), half)].concat())
        .collect()
}

/// r and s, with or without the sign octet that DER asks for.
fn numbers(signature: &[u8]) -> Option<(BigUint, BigUint)> {
    let content = match signature {
        [tag::SEQUENCE, 0x81, length, content @ ..]
        | [tag::SEQUENCE, length @ 0..=0x7f, content @ ..]
            if usize::from(*length) == content.len() =>
        {
            content
        }
        _ => return None,
    };
    let (r, rest) = number(content)?;
    let (s, rest) = number(rest)?;
    rest.is_empty().then_some((r, s))
}

fn number(encoded: &[u8]) -> Option<(BigUint, &[u8])> {
    let [tag::INTEGER, length @ 0..=0x7f, rest @ ..] = encoded else { return None };
    let (number, rest) = rest.split_at_checked(usize::from(*length))?;
    Some((BigUint::from_bytes_be(number), rest))
}

/// SEQUENCE { INTEGER, INTEGER } of numbers without a sign, in the short form of lengths.
fn without_sign(r: &[u8], s: &[u8]) -> Option<Vec<u8>> {
    let octets = u8::try_from(r.len()).ok()?;
    let content = [&[tag::INTEGER, octets], r, &[tag::INTEGER, octets], s].concat();
    let length = u8::try_from(content.len()).ok().filter(|length| *length < 0x80)?;
    Some([&[tag::SEQUENCE, length], content.as_slice()].concat())
}

fn octets(order: &BigUint) -> usize {
    usize::try_from(order.bits().div_ceil(8)).unwrap_or_default()
}

/// A number below an order of that many octets.
fn padded(number: &BigUint, octets: usize) -> Vec<u8> {
    let number = number.to_bytes_be();
    [vec![0; octets.saturating_sub(number.len())], number].concat()
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::encoding::{AsDer, EcPrivateKeyRfc5915Der};
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{
        ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING,
        ECDSA_P521_SHA512_ASN1_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm, KeyPair,
    };

    use super::{other_plain_spellings, other_spellings};
    use crate::encoding::der::{self, tag};
    use crate::encoding::oid::{self, Oid};
    use crate::public_key::PublicKey;
    use crate::signature::{Parameters, verify, verify_plain_sha512};

    const MESSAGE: &[u8] = b"signed once";

    fn key(pair: &EcdsaKeyPair, curve: Oid<'_>) -> PublicKey {
        let identifiers = [oid::EC_PUBLIC_KEY, curve]
            .map(|oid| der::value(tag::OBJECT_IDENTIFIER, oid.content()))
            .concat();
        let point = [&[0], pair.public_key().as_ref()].concat();
        let fields = [der::value(tag::SEQUENCE, &identifiers), der::value(tag::BIT_STRING, &point)];
        PublicKey::from_spki(&der::value(tag::SEQUENCE, &fields.concat())).unwrap()
    }

    fn algorithm(arc: u8) -> Vec<u8> {
        der::value(tag::OBJECT_IDENTIFIER, &[oid::ECDSA_WITH_SHA2.content(), &[arc]].concat())
    }

    fn curves() -> [(&'static EcdsaSigningAlgorithm, Oid<'static>, u8); 3] {
        [
            (&ECDSA_P256_SHA256_ASN1_SIGNING, oid::P256, 2),
            (&ECDSA_P384_SHA384_ASN1_SIGNING, oid::P384, 3),
            (&ECDSA_P521_SHA512_ASN1_SIGNING, oid::P521, 4),
        ]
    }

    /// The spellings that verify are each other's spellings, and there is more than one.
    #[test]
    fn every_spelling_that_verifies_leads_to_all_others() {
        for (signing, curve, arc) in curves() {
            let pair = EcdsaKeyPair::generate(signing).unwrap();
            let key = key(&pair, curve);
            let holds = |signature: &[u8]| {
                let lenient = Parameters::EcdsaMayBeUnsigned;
                verify(&key, &algorithm(arc), lenient, MESSAGE, signature).is_ok()
            };
            for _ in 0..20 {
                let signature = pair.sign(&SystemRandom::new(), MESSAGE).unwrap();
                let mut all = other_spellings(signature.as_ref());
                all.retain(|spelling| holds(spelling));
                all.push(signature.as_ref().to_vec());
                all.sort();
                assert!(all.len() >= 2, "{curve}");
                for one in &all {
                    let mut from_it = other_spellings(one);
                    from_it.retain(|spelling| holds(spelling));
                    from_it.push(one.clone());
                    from_it.sort();
                    assert_eq!(from_it, all, "{curve}");
                }
            }
        }
    }

    #[test]
    fn a_plain_signature_has_one_other_spelling() {
        let pair = EcdsaKeyPair::generate(&ECDSA_P521_SHA512_ASN1_SIGNING).unwrap();
        let key = key(&pair, oid::P521);
        let signing = &aws_lc_rs::signature::ECDSA_P521_SHA512_FIXED_SIGNING;
        let private: EcPrivateKeyRfc5915Der<'_> = pair.private_key().as_der().unwrap();
        let pair = EcdsaKeyPair::from_private_key_der(signing, private.as_ref()).unwrap();
        let signature = pair.sign(&SystemRandom::new(), MESSAGE).unwrap();
        let other = other_plain_spellings(signature.as_ref());
        let [other] = other.as_slice() else { panic!("one curve has an order of 66 octets") };
        assert_ne!(other, signature.as_ref());
        assert_eq!(verify_plain_sha512(&key, MESSAGE, other), Ok(()));
        assert_eq!(other_plain_spellings(other), [signature.as_ref()]);
    }

    #[test]
    fn what_is_no_such_signature_has_no_other_spelling() {
        for bytes in
            [&[][..], &[0x30], &[0x30, 0], &[0x30, 2, 2, 0], &[0x30, 3, 2, 5, 1], &[1; 256]]
        {
            assert_eq!(other_spellings(bytes), Vec::<Vec<u8>>::new());
        }
        assert_eq!(other_plain_spellings(&[1; 256]), Vec::<Vec<u8>>::new());
    }
}
