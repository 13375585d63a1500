//! Reading one state of a ledger.

use std::cell::RefCell;
use std::collections::BTreeSet;

use keyproof::encoding::hex::Sha256;

use crate::database::{Database, Row, Value, columns, only_row};
use crate::error::{Fault, LedgerError};
use crate::record::{Record, RecordId, Term};
use crate::tree::{self, Hash, Head, ReadHashes, TreeError};

/// Rows read at a time, where all of a table are.
pub(crate) const PAGE: u64 = 1000;

/// Records by their places, with their bodies; `None` for one that is pruned.
pub(crate) type Page = Vec<(RecordId, Option<Vec<u8>>)>;

/// One state of a ledger.
pub(crate) struct View<'a> {
    pub(super) database: &'a mut dyn Database,
    /// The records, those among them that this transaction has written.
    pub(super) size: u64,
    head: Head,
    checkpoint: Vec<u8>,
}

impl<'a> View<'a> {
    pub(super) fn new(database: &'a mut dyn Database, head: Head, checkpoint: Vec<u8>) -> Self {
        Self { database, size: head.size, head, checkpoint }
    }

    /// Its signed head.
    pub(crate) fn head(&self) -> &Head {
        &self.head
    }

    /// The note that signs it.
    pub(crate) fn checkpoint(&self) -> &[u8] {
        &self.checkpoint
    }

    /// The root over the hashes that are stored.
    pub(super) fn root(&mut self) -> Result<Hash, LedgerError> {
        let size = self.size;
        self.with_hashes(|hashes| tree::root(size, hashes))
    }

    /// Runs `work` with a reader of the hashes of the tree.
    pub(crate) fn with_hashes<T>(
        &mut self,
        work: impl FnOnce(&ReadHashes<'_, LedgerError>) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        let database = RefCell::new(&mut *self.database);
        work(&|indexes| {
            let mut database = database.borrow_mut();
            indexes.iter().map(|index| read_hash(&mut **database, *index)).collect()
        })
    }

    /// The bytes of a record; `None` once they are pruned.
    pub(crate) fn body(&mut self, id: RecordId) -> Result<Option<Vec<u8>>, LedgerError> {
        if id.0 >= self.size {
            return Err(LedgerError::NoRecord { record: id, size: self.size });
        }
        let rows = self.database.query("SELECT body FROM record WHERE id = $1", &[id.0.into()])?;
        let [body] = only_row(rows).map_err(|_| Fault::RecordMissing(id))?;
        Ok(body.optional_bytes()?)
    }

    /// A record that the signed head covers, or that this transaction has written; `None` once it is
    /// pruned. Whoever can write to the database alone cannot have it say something else.
    pub(crate) fn record(&mut self, id: RecordId) -> Result<Option<Record>, LedgerError> {
        let Some(body) = self.body(id)? else {
            return Ok(None);
        };
        if id.0 < self.head.size {
            let head = self.head.clone();
            self.with_hashes(|hashes| tree::check_record(&head, id.0, &body, hashes))?;
        }
        Ok(Some(read_record(id, &body)?))
    }

    /// A record that must be there.
    pub(crate) fn present(&mut self, id: RecordId) -> Result<Record, LedgerError> {
        self.record(id)?.ok_or(LedgerError::Pruned(id))
    }

    /// The records that have one of `terms`, in their order.
    pub(crate) fn find(
        &mut self,
        terms: impl IntoIterator<Item = Term>,
    ) -> Result<Vec<Record>, LedgerError> {
        let mut places = BTreeSet::new();
        for term in terms {
            let rows = self.database.query(
                "SELECT record FROM term WHERE facet = $1 AND value = $2 ORDER BY record",
                &[term.facet.id().into(), term.value.as_str().into()],
            )?;
            for row in rows {
                let [place] = columns(row)?;
                places.insert(RecordId(place.place()?));
            }
        }
        self.records(places)
    }

    /// Of the records before `before` that have one of `terms`, in their order, the last one of each
    /// [`Record::mark`]: as many as there are subscribers and orders, not as there are records.
    pub(crate) fn latest(
        &mut self,
        terms: impl IntoIterator<Item = Term>,
        before: RecordId,
    ) -> Result<Vec<Record>, LedgerError> {
        let mut places = BTreeSet::new();
        for term in terms {
            let mut mark = String::new();
            loop {
                let (facet, value) = (term.facet.id(), term.value.as_str());
                let rows = self.database.query(
                    "SELECT mark FROM term WHERE facet = $1 AND value = $2 AND mark > $3 \
                     ORDER BY mark LIMIT 1",
                    &[facet.into(), value.into(), mark.as_str().into()],
                )?;
                let Some(row) = rows.into_iter().next() else { break };
                let [next] = columns(row)?;
                mark = next.text()?;
                let rows = self.database.query(
                    "SELECT record FROM term WHERE facet = $1 AND value = $2 AND mark = $3 \
                     AND record < $4 ORDER BY record DESC LIMIT 1",
                    &[facet.into(), value.into(), mark.as_str().into(), before.0.into()],
                )?;
                for row in rows {
                    let [place] = columns(row)?;
                    places.insert(RecordId(place.place()?));
                }
            }
        }
        self.records(places)
    }

    /// Those of `places` that are not pruned.
    fn records(&mut self, places: BTreeSet<RecordId>) -> Result<Vec<Record>, LedgerError> {
        let records = places.into_iter().map(|id| self.record(id));
        records.filter_map(Result::transpose).collect()
    }

    /// The next records from `from` on, with their bodies.
    pub(crate) fn page(&mut self, from: u64) -> Result<Page, LedgerError> {
        let rows = self.database.query(
            "SELECT id, body FROM record WHERE id >= $1 AND id < $2 ORDER BY id",
            &[from.into(), from.saturating_add(PAGE).into()],
        )?;
        let pair = |row| {
            let [id, body] = columns(row)?;
            Ok((RecordId(id.place()?), body.optional_bytes()?))
        };
        rows.into_iter().map(pair).collect()
    }

    /// Each record that is not pruned, in order.
    pub(crate) fn each_record(
        &mut self,
        mut work: impl FnMut(&mut Self, Record) -> Result<(), LedgerError>,
    ) -> Result<(), LedgerError> {
        let mut from = 0;
        while from < self.head.size {
            for (id, body) in self.page(from)? {
                if let Some(body) = body {
                    let record = read_record(id, &body)?;
                    work(self, record)?;
                }
            }
            from = from.saturating_add(PAGE);
        }
        Ok(())
    }

    /// A content, whose bytes are those of its name.
    pub(crate) fn content(&mut self, sha256: Sha256) -> Result<Vec<u8>, LedgerError> {
        let rows = self.database.query(
            "SELECT body FROM content WHERE sha256 = $1",
            &[sha256.as_bytes().as_slice().into()],
        )?;
        let [body] = only_row(rows).map_err(|_| Fault::ContentMissing(sha256))?;
        let body = body.bytes()?;
        if Sha256::of(&body) != sha256 {
            return Err(Fault::ContentChanged(sha256.to_string()).into());
        }
        Ok(body)
    }

    /// Whether a content is kept.
    pub(crate) fn has_content(&mut self, sha256: Sha256) -> Result<bool, LedgerError> {
        let rows = self.database.query(
            "SELECT sha256 FROM content WHERE sha256 = $1",
            &[sha256.as_bytes().as_slice().into()],
        )?;
        Ok(!rows.is_empty())
    }

    /// Rows of any table, for who checks them all.
    pub(crate) fn rows(
        &mut self,
        sql: &'static str,
        values: &[Value],
    ) -> Result<Vec<Row>, LedgerError> {
        self.database.query(sql, values)
    }
}

fn read_hash(database: &mut dyn Database, index: u64) -> Result<Hash, LedgerError> {
    let rows = database.query("SELECT value FROM hash WHERE place = $1", &[index.into()])?;
    let hash = only_row(rows).and_then(|[value]| value.bytes()).ok();
    let hash = hash.and_then(|bytes| bytes.try_into().ok());
    Ok(Hash(hash.ok_or(TreeError::HashMissing(index))?))
}

/// The record of the place `id`.
pub(crate) fn read_record(id: RecordId, bytes: &[u8]) -> Result<Record, Fault> {
    let record =
        Record::from_bytes(bytes).map_err(|error| Fault::RecordUnreadable { record: id, error })?;
    if record.id != id {
        return Err(Fault::RecordMisplaced { record: id, says: record.id });
    }
    Ok(record)
}
