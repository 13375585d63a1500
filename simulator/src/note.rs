//! Signed notes (C2SP signed-note, version 1.0.0): the form in which bundles of facts are signed. The keys
//! here are for tests, and everybody has them: what they sign is under test trust.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::SimulateError;

/// A key that signs notes.
pub struct NoteKey {
    name: String,
    pair: Ed25519KeyPair,
}

impl NoteKey {
    /// The test key of that name, always the same.
    ///
    /// # Errors
    /// None that is known.
    pub fn of(name: &str) -> Result<Self, SimulateError> {
        let seed = digest(&SHA256, format!("keyproof test key {name}").as_bytes());
        let pair = Ed25519KeyPair::from_seed_unchecked(seed.as_ref());
        let pair = pair.map_err(|_| SimulateError::Cryptography)?;
        Ok(Self { name: name.to_owned(), pair })
    }

    /// `<name>+<hash>+<base64 of 1 and the key>`.
    pub fn verifier(&self) -> String {
        let key = STANDARD.encode([&[1], self.pair.public_key().as_ref()].concat());
        let hash: String = self.hash().iter().map(|octet| format!("{octet:02x}")).collect();
        format!("{}+{hash}+{key}", self.name)
    }

    /// The first four octets of SHA-256 over name, line end, 1 and key.
    fn hash(&self) -> Vec<u8> {
        let key = self.pair.public_key();
        let text = [self.name.as_bytes(), b"\n\x01", key.as_ref()].concat();
        digest(&SHA256, &text).as_ref().iter().take(4).copied().collect()
    }

    /// The line that signs `text`, which ends with a line end.
    fn line(&self, text: &str) -> String {
        let signature = self.pair.sign(text.as_bytes());
        let octets = [self.hash().as_slice(), signature.as_ref()].concat();
        format!("\u{2014} {} {}\n", self.name, STANDARD.encode(octets))
    }
}

/// The note of `text`, which ends with a line end, signed by `keys`.
pub fn signed_note(text: &str, keys: &[&NoteKey]) -> String {
    let lines: String = keys.iter().map(|key| key.line(text)).collect();
    format!("{text}\n{lines}")
}

/// The set of `keys` of which so many must sign, with its number: what is signed when it takes the place of
/// another.
pub fn key_set(number: u64, threshold: usize, keys: &[&NoteKey]) -> String {
    let lines: String = keys.iter().map(|key| format!("key {}\n", key.verifier())).collect();
    format!("keyproof facts keys v1\nnumber {number}\nthreshold {threshold}\n{lines}")
}
