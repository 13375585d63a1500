//! The files that a bundle is made from, as they lie in `vendor-roots/`.

use super::bundle::KeyNote;
use super::{FactFile, FactKind};
use crate::encoding::yaml::{Document, FileError, FileFault};
use crate::time::Timestamp;
use crate::trust::ManifestOrigin;

/// What `release.yaml` says of a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseFile {
    /// Its number.
    pub serial: u64,
    /// Its day, `YYYY-MM-DD`.
    pub date: String,
    /// What changed since the one before, a sentence each.
    pub changes: Vec<String>,
    /// The notes by which one set of keys took the place of another, in order.
    pub keys: Vec<Vec<u8>>,
}

/// The largest `release.yaml`.
const LIMIT: usize = 1 << 16;

impl ReleaseFile {
    /// Reads `release.yaml`, without the notes of keys, which lie beside it.
    ///
    /// # Errors
    /// What in it is missing, unknown or of the wrong form, and where.
    pub fn parse(file: &str, bytes: &[u8]) -> Result<Self, FileError> {
        let document = Document::parse(file, bytes, LIMIT)?;
        let mut fields = document.fields(document.root())?;
        let serial = document.integer(fields.required("serial")?, 1..=u64::MAX)?;
        let date_node = fields.required("date")?;
        let date = document.text(date_node)?.to_owned();
        let changes = fields.list("changes")?.iter();
        let changes = changes.map(|node| document.text(node).map(str::to_owned));
        let changes = changes.collect::<Result<_, _>>()?;
        fields.finish()?;
        if Timestamp::from_date(&date).is_none() {
            let message = "a date is written YYYY-MM-DD";
            return Err(document.error(FileFault::Value, date_node.place(), message));
        }
        Ok(Self { serial, date, changes, keys: Vec::new() })
    }

    pub(super) fn key_notes(&self) -> Vec<KeyNote> {
        self.keys.iter().cloned().map(KeyNote).collect()
    }
}

/// The file of facts at `path`, below the folder of all of them; `None` for what states none.
pub fn source_file(path: &str, bytes: Vec<u8>) -> Option<FactFile> {
    let parts: Vec<&str> = path.split('/').collect();
    let kind = match parts.as_slice() {
        ["without-attestation.yaml"] => FactKind::WithoutAttestation,
        ["weak-keys", name] if name.ends_with(".txt") => FactKind::WeakKeys,
        [_, "anchors.yaml"] => FactKind::Anchors(ManifestOrigin::Bundled),
        [_, "modules.yaml"] => FactKind::Modules,
        [_, "advisories.yaml"] => FactKind::Advisories,
        [_, "certificates", _] => FactKind::Certificate,
        _ => return None,
    };
    Some(FactFile { kind, path: path.to_owned().into(), bytes: bytes.into() })
}
