//! What a module says of a key that it generated (M_ModCertMsg, KeyGen): how, with which access
//! control list, and the hash of its public half.

use num_bigint::BigUint;

use super::acl::Acl;
use super::fault::Fault;
use super::ncore::{KeyData, KeyHash, read_all};
use crate::public_key::Curve;

/// The generation of a key.
#[derive(Clone, Debug)]
pub(super) struct Generation {
    parameters: Parameters,
    pub(super) acl: Acl,
    pub(super) key: KeyHash,
}

#[derive(Clone, Debug)]
enum Parameters {
    Rsa { bits: u32, exponent: Option<BigUint> },
    Ec { curve: Curve },
}

impl Generation {
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Fault> {
        read_all(bytes, |reader| {
            match (reader.word()?, reader.word()?) {
                (2, 0) => {}
                (2, flags) => return Err(Fault::unknown("flags", format!("{flags:#x}"))),
                (other, _) => return Err(Fault::unknown("message", other)),
            }
            let parameters = match reader.word()? {
                2 => {
                    let flags = reader.word()?;
                    if flags & !7 != 0 {
                        return Err(Fault::unknown("generation-flags", format!("{flags:#x}")));
                    }
                    let bits = reader.word()?;
                    let exponent = if flags & 1 != 0 { Some(reader.number()?) } else { None };
                    if flags & 2 != 0 {
                        // How many rounds of a primality test.
                        reader.word()?;
                    }
                    Parameters::Rsa { bits, exponent }
                }
                45 | 47 => Parameters::Ec { curve: reader.curve()? },
                other => return Err(Fault::unknown("generation", other)),
            };
            Ok(Self { parameters, acl: Acl::read(reader)?, key: reader.hash()? })
        })
    }

    /// Whether a key is of the kind that was generated.
    pub(super) fn is_of_kind(&self, key: &KeyData) -> bool {
        match (&self.parameters, key) {
            (Parameters::Rsa { bits, exponent: asked }, KeyData::Rsa { exponent, modulus }) => {
                modulus.bits() == u64::from(*bits)
                    && asked.as_ref().is_none_or(|asked| asked == exponent)
            }
            (Parameters::Ec { curve: asked }, KeyData::Ec { curve, .. }) => asked == curve,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use num_bigint::BigUint;

    use super::{Fault, Generation};
    use crate::format::entrust_nshield::ncore::KeyData;
    use crate::public_key::Curve;

    /// A generation with an empty list.
    fn read(head: &[u32]) -> Result<Generation, Fault> {
        let words = [head, &[0], &[0x0b0b_0b0b; 5]].concat();
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        Generation::read(&bytes)
    }

    fn rsa(bits: u64, exponent: u32) -> KeyData {
        let modulus = (BigUint::from(1_u32) << bits) - 1_u32;
        KeyData::Rsa { exponent: exponent.into(), modulus }
    }

    #[test]
    fn a_key_is_of_the_kind_that_was_asked_for() {
        let point = |curve| KeyData::Ec { curve, x: 1_u32.into(), y: 1_u32.into() };
        let plain = read(&[2, 0, 2, 0, 3072]).unwrap();
        assert_eq!(plain.key, [0x0b; 20]);
        let with_exponent = read(&[2, 0, 2, 3, 3072, 4, 0x1_0001, 40]).unwrap();
        for kind in [45, 47] {
            let curve = read(&[2, 0, kind, 4]).unwrap();
            assert!(curve.is_of_kind(&point(Curve::P256)));
            assert!(!curve.is_of_kind(&point(Curve::P521)));
            assert!(!curve.is_of_kind(&rsa(3072, 0x1_0001)));
        }
        for exponent in [3, 0x1_0001] {
            assert!(plain.is_of_kind(&rsa(3072, exponent)));
            assert_eq!(with_exponent.is_of_kind(&rsa(3072, exponent)), exponent == 0x1_0001);
        }
        assert!(!plain.is_of_kind(&rsa(3071, 0x1_0001)));
        assert!(!plain.is_of_kind(&point(Curve::P256)));
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for (head, what) in [
            (&[4, 0][..], "message"),
            (&[2, 1], "flags"),
            (&[2, 0, 2, 8, 3072], "generation-flags"),
            (&[2, 0, 3, 0], "generation"),
            (&[2, 0, 47, 5], "curve"),
        ] {
            match read(head) {
                Err(Fault::Unknown { what: found, .. }) => assert_eq!(found, what),
                other => panic!("{what}: {other:?}"),
            }
        }
        assert!(matches!(read(&[2, 0, 45, 4, 0]), Err(Fault::Malformed(_))));
    }
}
