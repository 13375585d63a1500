//! What a module says of itself (M_ModCertMsg, StateCert), signed with its long-term key.

use super::fault::Fault;
use super::key_hash::key_hash;
use super::ncore::{KeyData, KeyHash, Reader, read_all};

/// The state of a module.
#[derive(Clone, Debug)]
pub(super) struct ModuleState<'a> {
    pub(super) serial: &'a str,
    /// KML, with which it signs what it says of keys.
    pub(super) signer: KeyData,
    /// KLF2, with which it signed this.
    pub(super) long_term: Option<KeyData>,
    /// The hash of the key of its security officer (KNSO).
    pub(super) officer: KeyHash,
    /// The hashes of the module keys that it holds.
    pub(super) module_keys: Vec<KeyHash>,
}

impl<'a> ModuleState<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, Fault> {
        read_all(bytes, |reader| {
            match (reader.word()?, reader.word()?) {
                (4, 0) => {}
                (4, flags) => return Err(Fault::unknown("flags", format!("{flags:#x}"))),
                (other, _) => return Err(Fault::unknown("message", other)),
            }
            let mut attributes = Attributes::default();
            for _ in 0..reader.count()? {
                attributes.read(reader)?;
            }
            let missing = Fault::Malformed("an attribute is missing");
            match attributes {
                Attributes {
                    serial: Some(serial),
                    signer: Some(signer),
                    long_term,
                    officer: Some(officer),
                    module_keys: Some(module_keys),
                } => Ok(Self { serial, signer, long_term, officer, module_keys }),
                _ => Err(missing),
            }
        })
    }
}

#[derive(Default)]
struct Attributes<'a> {
    serial: Option<&'a str>,
    signer: Option<KeyData>,
    long_term: Option<KeyData>,
    officer: Option<KeyHash>,
    module_keys: Option<Vec<KeyHash>>,
}

impl<'a> Attributes<'a> {
    fn read(&mut self, reader: &mut Reader<'a>) -> Result<(), Fault> {
        let repeated = match reader.word()? {
            2 => self.serial.replace(reader.text()?).is_some(),
            3 => {
                let (hash, key) = signing_key(reader)?;
                if key_hash(&key)? != hash {
                    return Err(Fault::Malformed("the hash of KML is not that of its key"));
                }
                self.signer.replace(key).is_some()
            }
            5 => {
                let hash = reader.hash()?;
                // What the officer alone may do on this module; no right over keys.
                reader.word()?;
                self.officer.replace(hash).is_some()
            }
            6 => {
                let mut keys = Vec::new();
                for _ in 0..reader.count()? {
                    keys.push(reader.hash()?);
                    // Two mechanisms.
                    reader.word()?;
                    reader.word()?;
                }
                self.module_keys.replace(keys).is_some()
            }
            // How keys on P-521 are hashed is not known, so the hash is not compared: the key is, with
            // the one in the warrant.
            13 => self.long_term.replace(signing_key(reader)?.1).is_some(),
            other => return Err(Fault::unknown("attribute", other)),
        };
        if repeated { Err(Fault::Malformed("an attribute that stands twice")) } else { Ok(()) }
    }
}

/// Hash, key and mechanism.
fn signing_key(reader: &mut Reader<'_>) -> Result<(KeyHash, KeyData), Fault> {
    let (hash, key) = (reader.hash()?, reader.key()?);
    // The mechanism stands in every signature too.
    reader.word()?;
    Ok((hash, key))
}

#[cfg(feature = "simulate")]
#[cfg(test)]
mod tests {
    use super::{Fault, ModuleState, key_hash};
    use crate::vendor::entrust_nshield::ncore::KeyData;
    use crate::vendor::entrust_nshield::simulate::dsa_key;
    use crate::vendor::entrust_nshield::simulate::marshal::{key, text, words};

    const SERIAL: usize = 0;
    const SIGNER: usize = 1;
    const OFFICER: usize = 2;
    const KEYS: usize = 3;

    /// The attributes that every state has.
    fn attributes() -> Vec<Vec<u8>> {
        let signer = dsa_key().unwrap();
        let hash = key_hash(&signer).unwrap();
        vec![
            [words(&[2]), text("AB-1")].concat(),
            [&words(&[3])[..], &hash, &key(&signer), &words(&[170])].concat(),
            [&words(&[5])[..], &[0x0c; 20], &words(&[0])].concat(),
            [&words(&[6, 1])[..], &[0x0b; 20], &words(&[0x89, 0x49])].concat(),
        ]
    }

    fn message(head: [u32; 2], attributes: &[Vec<u8>]) -> Vec<u8> {
        let count = u32::try_from(attributes.len()).unwrap();
        [words(&head), words(&[count]), attributes.concat()].concat()
    }

    fn fault_of(bytes: &[u8]) -> Fault {
        ModuleState::read(bytes).unwrap_err()
    }

    #[test]
    fn a_state_names_module_keys_and_officer() {
        let message = message([4, 0], &attributes());
        let state = ModuleState::read(&message).unwrap();
        assert_eq!(state.serial, "AB-1");
        assert_eq!((state.officer, state.module_keys), ([0x0c; 20], vec![[0x0b; 20]]));
        assert_eq!(state.long_term, None);
        assert!(matches!(state.signer, KeyData::Dsa { .. }));
        let longer = [&message[..], &[0]].concat();
        assert_eq!(fault_of(&longer), Fault::Malformed("octets follow"));
    }

    #[test]
    fn every_attribute_is_there_once() {
        for at in [SERIAL, SIGNER, OFFICER, KEYS] {
            let mut without = attributes();
            let attribute = without.remove(at);
            let missing = fault_of(&message([4, 0], &without));
            assert_eq!(missing, Fault::Malformed("an attribute is missing"), "{at}");
            let mut twice = attributes();
            twice.push(attribute);
            let twice = fault_of(&message([4, 0], &twice));
            assert_eq!(twice, Fault::Malformed("an attribute that stands twice"), "{at}");
        }
    }

    #[test]
    fn the_hash_of_the_signing_key_is_its_own() {
        let mut attributes = attributes();
        attributes[SIGNER][4] ^= 1;
        let fault = fault_of(&message([4, 0], &attributes));
        assert_eq!(fault, Fault::Malformed("the hash of KML is not that of its key"));
    }

    #[test]
    fn other_messages_flags_and_attributes_are_refused() {
        let attributes = attributes();
        assert_eq!(fault_of(&message([2, 0], &attributes)), Fault::unknown("message", 2));
        assert_eq!(fault_of(&message([4, 1], &attributes)), Fault::unknown("flags", "0x1"));
        let more = [attributes, vec![words(&[7, 0])]].concat();
        assert_eq!(fault_of(&message([4, 0], &more)), Fault::unknown("attribute", 7));
    }
}
