//! RSASSA-PSS-params (RFC 4055 3.1): what a signature states of hash, mask and salt. Nothing of it
//! is signed by more than the signature itself, so all of it must be one of three known forms.

use rustls_pki_types::{AlgorithmIdentifier, alg_id};

use crate::encoding::der::{DerError, DerFault, Glance, Reader, tag};
use crate::encoding::oid::{self, Oid};
use crate::oid;

/// id-mgf1 (RFC 8017 appendix B.2.1).
const MGF1: Oid<'_> = oid!(1.2.840.113549.1.1.8);

/// Hashes, the octets of each, and RSA-PSS with it.
const KNOWN: [(Oid<'_>, u64, AlgorithmIdentifier); 3] = [
    (oid::SHA256, 32, alg_id::RSA_PSS_SHA256),
    (oid::SHA384, 48, alg_id::RSA_PSS_SHA384),
    (oid::SHA512, 64, alg_id::RSA_PSS_SHA512),
];

/// The algorithm as the table has it, if it is RSA-PSS with MGF1 of the same hash and a salt as long
/// as it. Whether the hashes have their NULL or not means the same (RFC 4055 2.1).
pub(super) fn canonical(algorithm: &[u8]) -> Option<Vec<u8>> {
    let stated = Reader::whole(algorithm, |reader| {
        let other = reader.fault(DerFault::Unexpected);
        match reader.oid()? {
            oid::RSASSA_PSS => reader.nested(tag::SEQUENCE, Stated::read),
            _ => Err(other),
        }
    });
    let stated = stated.ok()?;
    let (_, length, canonical) = KNOWN.iter().find(|(known, ..)| *known == stated.hash)?;
    let known = stated.mask == MGF1 && stated.mask_hash == stated.hash && stated.salt == *length;
    known.then(|| canonical.as_ref().to_vec())
}

/// Whether the hash is SHA-1, which it is if none is named (RFC 4055 3.1).
pub(super) fn is_sha1(mut parameters: Glance<'_>) -> bool {
    let Ok(mut fields) = parameters.nested(tag::SEQUENCE) else {
        return false;
    };
    if fields.peek() != Some(tag::CONTEXT_0) {
        return true;
    }
    let hash = fields.nested(tag::CONTEXT_0).and_then(|mut hash| hash.nested(tag::SEQUENCE));
    hash.and_then(|mut hash| hash.oid()) == Ok(oid::SHA1)
}

/// The parameters of a hash other than the default, with the default trailer, which DER leaves out.
struct Stated<'a> {
    hash: Oid<'a>,
    mask: Oid<'a>,
    mask_hash: Oid<'a>,
    /// Octets.
    salt: u64,
}

impl<'a> Stated<'a> {
    fn read(fields: &mut Reader<'a>) -> Result<Self, DerError> {
        let hash = fields.nested(tag::CONTEXT_0, read_hash)?;
        let (mask, mask_hash) = fields.nested(tag::CONTEXT_0 | 1, |explicit| {
            explicit
                .nested(tag::SEQUENCE, |mask| Ok::<_, DerError>((mask.oid()?, read_hash(mask)?)))
        })?;
        let salt = fields.nested(tag::CONTEXT_0 | 2, Reader::u64)?;
        Ok(Self { hash, mask, mask_hash, salt })
    }
}

/// The identifier of a hash, with or without NULL.
pub(super) fn read_hash<'a>(reader: &mut Reader<'a>) -> Result<Oid<'a>, DerError> {
    reader.nested(tag::SEQUENCE, |fields| {
        let hash = fields.oid()?;
        fields.optional(tag::NULL)?;
        Ok(hash)
    })
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::encoding::AsDer;
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::rsa::{KeyPair, KeySize};
    use aws_lc_rs::signature::{KeyPair as _, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512};

    use crate::encoding::der::tag;
    use crate::public_key::PublicKey;
    use crate::signature::{Parameters, SignatureError, verify};

    const MESSAGE: &[u8] = b"signed by a module";
    const NULL: &[u8] = &[tag::NULL, 0];
    const MGF1: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 8];
    /// id-pSpecified, which is beside MGF1 in PKCS #1 and no mask.
    const NO_MASK: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 9];
    const SALT: &[u8] = &[2, 1, 32];

    fn value(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let content = parts.concat();
        [&[tag, u8::try_from(content.len()).unwrap()], content.as_slice()].concat()
    }

    /// The AlgorithmIdentifier of a SHA-2: 1 is SHA-256, 2 SHA-384, 3 SHA-512.
    fn sha2(last: u8, parameters: &[u8]) -> Vec<u8> {
        value(0x30, &[&[6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, last], parameters])
    }

    /// RSASSA-PSS with those contents of `[0]`, `[1]` and `[2]`, and what follows them.
    fn algorithm(hash: &[u8], mask: &[u8], salt: &[u8], more: &[u8]) -> Vec<u8> {
        let (hash, mask, salt) = (value(0xa0, &[hash]), value(0xa1, &[mask]), value(0xa2, &[salt]));
        let identifier = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10];
        [&identifier[..], &value(0x30, &[&hash, &mask, &salt, more])].concat()
    }

    #[test]
    fn each_parameter_has_one_value_and_nothing_behind_it() {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let spki = pair.public_key().as_der().unwrap();
        let key = PublicKey::from_spki(spki.as_ref()).unwrap();
        let mut signature = vec![0; 256];
        pair.sign(&RSA_PSS_SHA256, &SystemRandom::new(), MESSAGE, &mut signature).unwrap();
        let verdict =
            |algorithm: &[u8]| verify(&key, algorithm, Parameters::Exact, MESSAGE, &signature);

        let (hash, bare) = (sha2(1, NULL), sha2(1, &[]));
        let mask = value(0x30, &[MGF1, &hash]);
        for good in [
            algorithm(&hash, &mask, SALT, &[]),
            algorithm(&bare, &value(0x30, &[MGF1, &bare]), SALT, &[]),
            algorithm(&hash, &value(0x30, &[MGF1, &bare]), SALT, &[]),
        ] {
            assert_eq!(verdict(&good), Ok(()));
        }
        let five: &[u8] = &[2, 1, 5];
        let (sha384, double) = (sha2(2, NULL), [hash.clone(), hash.clone()].concat());
        for (what, bad) in [
            ("two salts", algorithm(&hash, &mask, &[SALT, &[2, 1, 99]].concat(), &[])),
            ("another salt", algorithm(&hash, &mask, &[2, 1, 20], &[])),
            ("a longer salt", algorithm(&hash, &mask, &[2, 1, 48], &[])),
            ("no salt", algorithm(&hash, &mask, &[], &[])),
            ("a number behind the mask", {
                algorithm(&hash, &[mask.as_slice(), five].concat(), SALT, &[])
            }),
            ("a number in the mask", {
                algorithm(&hash, &value(0x30, &[MGF1, &hash, five]), SALT, &[])
            }),
            ("a mask of two hashes", {
                algorithm(&hash, &value(0x30, &[MGF1, &double]), SALT, &[])
            }),
            ("a mask of another hash", {
                algorithm(&hash, &value(0x30, &[MGF1, &sha384]), SALT, &[])
            }),
            ("a mask without a hash", algorithm(&hash, &value(0x30, &[MGF1]), SALT, &[])),
            ("another mask", algorithm(&hash, &value(0x30, &[NO_MASK, &hash]), SALT, &[])),
            ("two hashes", algorithm(&double, &mask, SALT, &[])),
            ("a hash with a number", algorithm(&sha2(1, five), &mask, SALT, &[])),
            ("a hash with two NULL", {
                algorithm(&sha2(1, &[NULL, NULL].concat()), &mask, SALT, &[])
            }),
            ("the default trailer", algorithm(&hash, &mask, SALT, &[0xa3, 3, 2, 1, 1])),
            ("another field", algorithm(&hash, &mask, SALT, &[0xa4, 0])),
            ("parameters twice", {
                let whole = algorithm(&hash, &mask, SALT, &[]);
                [&whole[..], &whole[11..]].concat()
            }),
        ] {
            assert_eq!(verdict(&bad), Err(SignatureError::PssParameters), "{what}");
        }
    }

    /// RFC 8017 9.1: hash, mask and salt of one size.
    #[test]
    fn each_hash_has_its_own_salt() {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let spki = pair.public_key().as_der().unwrap();
        let key = PublicKey::from_spki(spki.as_ref()).unwrap();
        for (last, salt, encoding) in
            [(1, 32, &RSA_PSS_SHA256), (2, 48, &RSA_PSS_SHA384), (3, 64, &RSA_PSS_SHA512)]
        {
            let mut signature = vec![0; 256];
            pair.sign(encoding, &SystemRandom::new(), MESSAGE, &mut signature).unwrap();
            let hash = sha2(last, &[]);
            for stated in [32, 48, 64] {
                let algorithm =
                    algorithm(&hash, &value(0x30, &[MGF1, &hash]), &[2, 1, stated], &[]);
                let verdict = verify(&key, &algorithm, Parameters::Exact, MESSAGE, &signature);
                let expected =
                    if stated == salt { Ok(()) } else { Err(SignatureError::PssParameters) };
                assert_eq!(verdict, expected, "{last} with {stated}");
            }
        }
    }
}
