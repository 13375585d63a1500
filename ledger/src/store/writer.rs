//! Writing to a ledger, which only ever grows; a pruning takes away what a record held.

use keyproof::encoding::hex::Sha256;
use keyproof::time::Timestamp;

use super::view::View;
use crate::checkpoint::SigningKey;
use crate::database::Value;
use crate::decision::CLOCK_TOLERANCE;
use crate::error::{Fault, LedgerError};
use crate::record::{Entry, Record, RecordId, SCHEMA};
use crate::tree;

/// Who writes, with what, and when.
#[derive(Clone, Copy, Debug)]
pub struct Writing<'a> {
    /// The key that signs the heads of the ledger.
    pub key: &'a SigningKey,
    /// The person, or the machine.
    pub operator: &'a str,
    /// Now.
    pub now: Timestamp,
}

/// A transaction that writes.
pub(crate) struct Writer<'a> {
    view: View<'a>,
    by: Writing<'a>,
}

impl<'a> Writer<'a> {
    /// Begins on what was signed, at a time that is not before that of the last record.
    pub(super) fn new(mut view: View<'a>, by: Writing<'a>) -> Result<Self, LedgerError> {
        if view.root()? != view.head().root {
            return Err(Fault::OtherTree.into());
        }
        require_time(&mut view, by.now)?;
        Ok(Self { view, by })
    }

    /// The ledger as it is, with what was written so far.
    pub(crate) fn view(&mut self) -> &mut View<'a> {
        &mut self.view
    }

    /// The place of the next record.
    pub(crate) fn next(&self) -> RecordId {
        RecordId(self.view.size)
    }

    /// Keeps a content, once however often it comes.
    pub(crate) fn keep(&mut self, bytes: &[u8]) -> Result<Sha256, LedgerError> {
        let sha256 = Sha256::of(bytes);
        self.view.database.execute(
            "INSERT INTO content (sha256, body) VALUES ($1, $2) ON CONFLICT (sha256) DO NOTHING",
            &[sha256.as_bytes().as_slice().into(), bytes.into()],
        )?;
        Ok(sha256)
    }

    /// Appends a record of `entry`, for an order of a subscriber.
    pub(crate) fn append(
        &mut self,
        order: Option<String>,
        subscriber: Option<String>,
        entry: Entry,
    ) -> Result<RecordId, LedgerError> {
        let id = self.next();
        let record = Record {
            schema: SCHEMA.to_owned(),
            id,
            recorded_at: self.by.now,
            operator: self.by.operator.to_owned(),
            order,
            subscriber,
            entry,
        };
        let unwritable = |error| Fault::RecordUnreadable { record: id, error };
        let body = record.to_bytes().map_err(unwritable)?;
        self.add_hashes(id, &body)?;
        self.view.database.execute(
            "INSERT INTO record (id, body) VALUES ($1, $2)",
            &[id.0.into(), Value::Bytes(body)],
        )?;
        let mark = record.mark();
        for term in record.terms() {
            self.view.database.execute(
                "INSERT INTO term (facet, value, mark, record) VALUES ($1, $2, $3, $4)",
                &[
                    term.facet.id().into(),
                    term.value.as_str().into(),
                    mark.as_str().into(),
                    id.0.into(),
                ],
            )?;
        }
        self.view.size = self.view.size.saturating_add(1);
        Ok(id)
    }

    fn add_hashes(&mut self, id: RecordId, body: &[u8]) -> Result<(), LedgerError> {
        let leaf = tree::record_hash(body);
        let added = self.view.with_hashes(|hashes| tree::added_hashes(id.0, leaf, hashes))?;
        for (place, hash) in (tree::stored_hash_index(0, id.0)..).zip(added) {
            self.view.database.execute(
                "INSERT INTO hash (place, value) VALUES ($1, $2)",
                &[place.into(), hash.0.as_slice().into()],
            )?;
        }
        Ok(())
    }

    /// Removes what a record held; its place in the tree stays.
    pub(crate) fn prune(&mut self, id: RecordId) -> Result<(), LedgerError> {
        let id = [id.0.into()];
        self.view.database.execute("UPDATE record SET body = NULL WHERE id = $1", &id)?;
        self.view.database.execute("DELETE FROM term WHERE record = $1", &id)
    }

    /// Removes a content that no record names any more.
    pub(crate) fn forget(&mut self, sha256: Sha256) -> Result<(), LedgerError> {
        self.view.database.execute(
            "DELETE FROM content WHERE sha256 = $1",
            &[sha256.as_bytes().as_slice().into()],
        )
    }

    /// Signs the head over what was written, and says whether anything was.
    pub(super) fn finish(mut self) -> Result<bool, LedgerError> {
        if self.view.size == self.view.head().size {
            return Ok(false);
        }
        let root = self.view.root()?;
        let checkpoint = self.by.key.sign(self.view.size, root)?;
        self.view.database.execute(
            "UPDATE ledger SET checkpoint = $1 WHERE one = 1",
            &[Value::Bytes(checkpoint)],
        )?;
        Ok(true)
    }
}

/// A clock that was set back must not write: what it wrote could not be told from the past.
fn require_time(view: &mut View<'_>, now: Timestamp) -> Result<(), LedgerError> {
    let Some(last) = view.head().size.checked_sub(1) else {
        return Ok(());
    };
    let last = view.record(RecordId(last))?;
    match last.map(|record| record.recorded_at) {
        Some(last) if last > now.plus_seconds(CLOCK_TOLERANCE) => {
            Err(LedgerError::ClockSetBack { now, last })
        }
        _ => Ok(()),
    }
}
