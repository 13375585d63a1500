//! What a module says of itself (M_ModCertMsg, StateCert), signed with its long-term key.

use super::fault::Fault;
use super::key_hash::key_hash;
use super::ncore::{DSA_SHA256, ECDSA_SHA512, KeyData, KeyHash, Reader, read_all};

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
    /// What the officer lets anyone do on the module, by bit. That is no right over keys.
    pub(super) open_to_all: u32,
    /// The module keys that it holds. Every module holds well-known ones too.
    pub(super) module_keys: Vec<ModuleKey>,
}

/// A module key that a module holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ModuleKey {
    pub(super) hash: KeyHash,
    /// What it encrypts and authenticates with.
    pub(super) mechanisms: [u32; 2],
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
                    officer: Some((officer, open_to_all)),
                    module_keys: Some(module_keys),
                } => Ok(Self { serial, signer, long_term, officer, open_to_all, module_keys }),
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
    officer: Option<(KeyHash, u32)>,
    module_keys: Option<Vec<ModuleKey>>,
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
                let officer = (reader.hash()?, reader.word()?);
                self.officer.replace(officer).is_some()
            }
            6 => {
                let mut keys = Vec::new();
                for _ in 0..reader.count()? {
                    let hash = reader.hash()?;
                    keys.push(ModuleKey { hash, mechanisms: [reader.word()?, reader.word()?] });
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
    match (&key, reader.word()?) {
        // As in the signatures that such keys make.
        (KeyData::Dsa { .. }, DSA_SHA256) | (KeyData::Ec { .. }, ECDSA_SHA512) => Ok((hash, key)),
        (_, other) => Err(Fault::unknown("mechanism", other)),
    }
}

#[cfg(test)]
mod tests {
    use super::{Fault, ModuleKey, ModuleState, key_hash};
    use crate::format::entrust_nshield::ncore::KeyData;
    use crate::format::entrust_nshield::written::{dsa_key, key, text, words};

    const SERIAL: usize = 0;
    const SIGNER: usize = 1;
    const OFFICER: usize = 2;
    const KEYS: usize = 3;

    /// The attributes that every state has.
    fn attributes() -> Vec<Vec<u8>> {
        let signer = dsa_key();
        let hash = key_hash(&signer).unwrap();
        vec![
            [words(&[2]), text("AB-1")].concat(),
            [&words(&[3])[..], &hash, &key(&signer), &words(&[170])].concat(),
            [&words(&[5])[..], &[0x0c; 20], &words(&[0x4e4f])].concat(),
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
        assert_eq!((state.officer, state.open_to_all), ([0x0c; 20], 0x4e4f));
        let held = ModuleKey { hash: [0x0b; 20], mechanisms: [0x89, 0x49] };
        assert_eq!(state.module_keys, [held]);
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

    /// The last word of that attribute is the mechanism.
    #[test]
    fn the_signing_key_signs_as_its_kind_does() {
        let mut attributes = attributes();
        if let Some(mechanism) = attributes[SIGNER].last_chunk_mut() {
            *mechanism = 187_u32.to_le_bytes();
        }
        assert_eq!(fault_of(&message([4, 0], &attributes)), Fault::unknown("mechanism", 187));
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
