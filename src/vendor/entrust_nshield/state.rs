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
