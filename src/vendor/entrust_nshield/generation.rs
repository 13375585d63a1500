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
