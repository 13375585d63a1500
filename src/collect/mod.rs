//! Reading evidence from a live token: which commands are exchanged, and what is believed of the
//! answers. No reader, no file and no clock: the caller brings a [`CardTransport`].
//!
//! Establishes that an answer has the form that its command calls for, that it belongs to the card
//! that was selected, and that reading ends, however the card behaves. Whether what was read is
//! genuine is left to the verifier, which gets the very files that are saved. Nothing on a card is
//! ever written: the commands that exist are the constructors of [`apdu::Command`].

pub mod apdu;
pub mod challenge;
mod error;
pub mod piv;
pub mod smartcard_hsm;
pub mod token;
pub mod transcript;

pub use error::{CollectError, TransportError};
pub use token::{Identified, TokenDescription, identify};

use crate::public_key::PublicKey;

/// Whatever carries a command to a card and brings back its answer, status word last.
pub trait CardTransport {
    /// One command, one answer.
    ///
    /// # Errors
    /// If the card or the reader is gone.
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, TransportError>;
}

/// What was read of a token: files as `keyproof verify` takes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collection {
    /// The unit, in its own words; unsigned.
    pub token: TokenDescription,
    /// What vouches for every key of the unit.
    pub common: Vec<EvidenceFile>,
    /// The keys, in order of reference.
    pub keys: Vec<CollectedKey>,
    /// Keys or slots that are there and cannot be attested, and why.
    pub without: Vec<WithoutEvidence>,
    /// What was asked of the unit and is signed by nobody.
    pub key_domains: Option<smartcard_hsm::KeyDomains>,
}

/// A key with its evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CollectedKey {
    /// The slot (`9c`) or the file (`CE03`).
    pub reference: String,
    /// The key, if the evidence can be read.
    pub public_key: Option<PublicKey>,
    /// Its files. The attestation is the first.
    pub files: Vec<EvidenceFile>,
    /// Whether the card lets it be wrapped, as far as it says; unsigned.
    pub wrap: smartcard_hsm::WrapPermission,
}

/// A file to be saved or verified. The name is ours, never the card's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvidenceFile {
    /// Its name.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A key or slot that cannot be attested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WithoutEvidence {
    /// The slot or the file.
    pub reference: String,
    /// Why, in one sentence.
    pub why: String,
}

impl Collection {
    /// The files of one key, with what vouches for it.
    pub fn files_of<'a>(
        &'a self,
        key: &'a CollectedKey,
    ) -> impl Iterator<Item = &'a EvidenceFile> + 'a {
        key.files.iter().chain(&self.common)
    }

    /// The key that is this one.
    pub fn find(&self, public_key: &PublicKey) -> Option<&CollectedKey> {
        self.keys.iter().find(|key| key.public_key.as_ref() == Some(public_key))
    }
}
