//! What another program may find in the files of a submission, and whether it was read.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::scan::{Glimpse, Kind};
use super::{Item, ItemKind};
use crate::encoding::hex::Sha256;

/// A request, certificate or public key that some program may find in a file: at any place of its
/// bytes, and of all that was unpacked from it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sighting {
    file: String,
    kind: ItemKind,
    encoding: Vec<u8>,
    standing: Standing,
}

impl Sighting {
    /// The file it is in; hostile.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// What it is by its shape; for a public key a SubjectPublicKeyInfo or an RSAPublicKey.
    pub fn kind(&self) -> ItemKind {
        self.kind
    }

    /// Its encoding as it stands in the file: DER, or what only a generous reader takes for it.
    pub fn encoding(&self) -> &[u8] {
        &self.encoding
    }

    /// SHA-256 of that.
    pub fn sha256(&self) -> Sha256 {
        Sha256::of(&self.encoding)
    }

    /// Whether it was read.
    pub fn standing(&self) -> Standing {
        self.standing
    }
}

/// What became of something that another program may find.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// It is an item, or inside one.
    Read,
    /// It is part of evidence in another encoding, which its format reads.
    Evidence,
    /// It was not read, in a file that holds nothing that was: it is listed.
    Beside,
    /// It was not read, where a reader may take it for what was: the submission is ambiguous.
    Hidden,
}

/// The glimpses of one file.
#[derive(Default)]
pub(super) struct Glimpses {
    pub(super) file: String,
    pub(super) found: BTreeSet<Glimpse>,
    pub(super) named_as_request: bool,
    pub(super) yields: Yields,
    /// The entries of an archive, or the evidence in a request, in the row of files.
    pub(super) entries: Range<usize>,
}

/// What was read from a file.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Yields {
    /// Nothing that counts.
    #[default]
    Nothing,
    /// Evidence in another encoding than a request's, a certificate's or a key's.
    Evidence,
    /// A request, certificate or public key.
    Items,
}

/// What became of all that was glimpsed in `files`.
pub(super) fn settle(files: &[Glimpses], items: &[Item]) -> Vec<Sighting> {
    let read: BTreeSet<&[u8]> = items.iter().map(Item::der).collect();
    let mut sightings = BTreeMap::new();
    for file in files {
        let entries = files.get(file.entries.clone()).unwrap_or_default();
        let yields = entries.iter().map(|it| it.yields).chain([file.yields]).max();
        for glimpse in &file.found {
            // What an entry or a piece of evidence holds is said of it.
            if entries.iter().any(|entry| entry.holds(glimpse)) {
                continue;
            }
            let Some(kind) = item_kind(glimpse.kind) else {
                continue;
            };
            let standing = if read.contains(glimpse.encoding.as_slice()) {
                Standing::Read
            } else if kind == ItemKind::Request {
                Standing::Hidden
            } else if glimpse.inside {
                Standing::Read
            } else if file.named_as_request || yields == Some(Yields::Items) {
                Standing::Hidden
            } else if yields == Some(Yields::Evidence) {
                Standing::Evidence
            } else {
                Standing::Beside
            };
            let key = (file.file.clone(), kind, glimpse.encoding.clone());
            // Inside of one thing and outside of another: the graver counts.
            let known = sightings.entry(key).or_insert(standing);
            *known = standing.max(*known);
        }
    }
    let sighting = |((file, kind, encoding), standing)| Sighting { file, kind, encoding, standing };
    sightings.into_iter().map(sighting).collect()
}

impl Glimpses {
    fn holds(&self, glimpse: &Glimpse) -> bool {
        self.found.iter().any(|it| it.encoding == glimpse.encoding)
    }
}

fn item_kind(kind: Kind) -> Option<ItemKind> {
    match kind {
        Kind::Request => Some(ItemKind::Request),
        Kind::Certificate => Some(ItemKind::Certificate),
        Kind::PublicKey => Some(ItemKind::PublicKey),
        // Its submission was dropped.
        Kind::PrivateKey(_) => None,
    }
}
