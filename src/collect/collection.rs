//! What is read of a token.

use super::token::Identified;
use crate::observation::{KeyDomains, WrapPermission};
use crate::public_key::PublicKey;

/// What was read of a token: files as `keyproof verify` takes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collection {
    /// The unit, in its own words; unsigned.
    pub token: Identified,
    /// What it holds.
    pub contents: Contents,
}

/// What a token holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    /// What vouches for every key of the unit.
    pub common: Vec<EvidenceFile>,
    /// The keys, in order of reference.
    pub keys: Vec<CollectedKey>,
    /// Keys or slots that are there and cannot be attested, and why.
    pub without: Vec<WithoutEvidence>,
    /// What was asked of the unit and is signed by nobody.
    pub key_domains: Option<KeyDomains>,
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
    pub wrap: WrapPermission,
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

impl Contents {
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
