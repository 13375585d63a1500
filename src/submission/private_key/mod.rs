//! Recognises private keys and the stores that hold them, so that nothing of them is kept.
//!
//! Recognition is generous where reading is strict: a private key in a damaged or BER-encoded
//! wrapping is a private key all the same, and a store that cannot be opened may hold one. What is
//! recognised, and where its layout is published, stands in [`table`] and `docs/private-keys.md`.
//! Work is linear in the content, and nothing is allocated that a length in it asks for.

mod anywhere;
mod ber;
mod bouncy_castle;
mod density;
mod document;
mod encoded;
mod java;
mod openpgp;
mod packed;
mod pkcs12;
mod shapes;
mod table;
mod token_store;
mod windows;

#[cfg(test)]
mod tests;

pub(super) use density::density;
pub(super) use document::{find_in_json, find_in_xml};

use crate::reason::{Reason, ReasonCode};

/// A private key was seen, or what may hold one; the submission is to be forgotten.
#[derive(Debug)]
pub(super) struct PrivateKeyPresent {
    /// The file that holds it.
    pub(super) file: String,
    pub(super) recognised: Recognised,
}

impl From<PrivateKeyPresent> for Reason {
    fn from(found: PrivateKeyPresent) -> Self {
        let code = match found.recognised.holds {
            Holds::Key => ReasonCode::InputPrivateKeyPresent,
            Holds::Wrapped => ReasonCode::InputKeyBlobPresent,
            Holds::Perhaps => ReasonCode::InputKeystorePresent,
        };
        Self::new(code).with("file", found.file).with("format", found.recognised.format)
    }
}

/// What was recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Recognised {
    pub(super) holds: Holds,
    /// What it is, in our words.
    pub(super) format: &'static str,
}

/// What a recognised content holds, the graver first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Holds {
    /// A private or secret key, encrypted or not.
    Key,
    /// A key that a module wrapped for its backup.
    Wrapped,
    /// A store that cannot be opened.
    Perhaps,
}

/// Layers of base64, hexadecimal and UTF-16 that are looked through: as many as
/// [`Limits`](super::Limits) lets one peel off in all.
const LAYERS: u8 = 4;

/// What `bytes`, the whole of a file or of what an encoding stood for, hold of a private key: as it
/// stands, or in base64, hexadecimal or UTF-16 anywhere in it.
pub(super) fn find(bytes: &[u8]) -> Option<Recognised> {
    find_within(bytes, LAYERS)
}

/// The same for an archive that is not read: one within another, or one that is damaged.
pub(super) fn find_in_archive(bytes: &[u8]) -> Option<Recognised> {
    packed::find(bytes)
}

/// What the one BER value holds of a private key that begins where `bytes` begin, by its shape. It is
/// meant for values at any place of a file: its length must fit into `bytes`, and no mark counts that
/// means something at the start of a file alone.
pub(super) fn find_at(bytes: &[u8]) -> Option<Recognised> {
    ber::Value::take_whole(bytes).and_then(|value| shapes::of(&value))
}

/// Why a store that can be read without its password is no evidence and no secret either: it holds
/// certificates alone.
pub(super) fn certificates_alone(bytes: &[u8]) -> Option<&'static str> {
    if java::contents(bytes) == Some(StoreContents::Certificates) {
        Some("a Java truststore with certificates alone, which is not read")
    } else if bouncy_castle::contents(bytes) == Some(StoreContents::Certificates) {
        Some("a Bouncy Castle truststore with certificates alone, which is not read")
    } else if pkcs12::contents_of_file(bytes) == Some(StoreContents::Certificates) {
        Some("a PKCS #12 file with certificates alone, which is not read")
    } else {
        None
    }
}

/// What a store of keys and certificates holds, as far as it can be read without its password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum StoreContents {
    /// A private or secret key.
    Key,
    /// Certificates and nothing else, to the last byte.
    Certificates,
    /// It cannot be told.
    Unreadable,
}

impl StoreContents {
    fn holds(self) -> Option<Holds> {
        match self {
            Self::Key => Some(Holds::Key),
            Self::Certificates => None,
            Self::Unreadable => Some(Holds::Perhaps),
        }
    }
}

fn find_within(bytes: &[u8], layers: u8) -> Option<Recognised> {
    graver([
        table::at_start(bytes),
        packed::find_in_tar(bytes),
        table::anywhere(bytes),
        encoded::find(bytes, layers),
    ])
}

/// The gravest of several findings: what is certain says more than what may be.
fn graver(found: impl IntoIterator<Item = Option<Recognised>>) -> Option<Recognised> {
    found.into_iter().flatten().min_by_key(|recognised| recognised.holds)
}
