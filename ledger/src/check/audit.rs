//! Every row of the tables, against what the records say there must be.

use std::collections::{BTreeMap, BTreeSet};

use keyproof::encoding::hex::{Sha256, to_hex};
use keyproof::time::Timestamp;

use super::faults::Faults;
use crate::database::{Row, Value, columns};
use crate::decision::CLOCK_TOLERANCE;
use crate::error::{Fault, LedgerError};
use crate::record::{Entry, FactList, Record, RecordId, Term};
use crate::store::{PAGE, View};
use crate::tree::{self, Hash, TreeError};

/// Contents read at a time; one can have a megabyte.
const CONTENTS: u64 = 64;

/// What the records say there must be.
#[derive(Default)]
pub(super) struct Audit {
    pub(super) present: u64,
    pub(super) found_contents: u64,
    leaves: Vec<Option<Hash>>,
    latest: Option<Timestamp>,
    pruned: BTreeSet<RecordId>,
    said_pruned: BTreeSet<RecordId>,
    terms: BTreeMap<u64, (String, BTreeSet<Term>)>,
    contents: BTreeSet<Sha256>,
    fact_lists: BTreeSet<Sha256>,
}

impl Audit {
    /// The records: each in its place, none missing, and none beyond the head.
    pub(super) fn records(
        &mut self,
        view: &mut View<'_>,
        faults: &mut Faults,
    ) -> Result<(), LedgerError> {
        let size = view.head().size;
        let (mut from, mut next) = (0_u64, 0_u64);
        while from < size {
            let rows = view.page(from)?;
            from = from.saturating_add(PAGE);
            for (id, body) in rows {
                self.missing(&mut next, id.0, faults);
                next = id.0.saturating_add(1);
                match body {
                    Some(body) => self.record(id, &body, faults),
                    None => {
                        self.pruned.insert(id);
                        self.leaves.push(None);
                    }
                }
            }
            self.missing(&mut next, from.min(size), faults);
        }
        for id in self.pruned.symmetric_difference(&self.said_pruned) {
            faults.add(Fault::RecordEmpty(*id));
        }
        let beyond = view.rows("SELECT id FROM record WHERE id >= $1 OR id < 0", &[size.into()])?;
        for row in beyond {
            let [id] = columns(row)?;
            faults.add(Fault::RecordBeyond(id.number()?));
        }
        Ok(())
    }

    fn missing(&mut self, next: &mut u64, end: u64, faults: &mut Faults) {
        while *next < end {
            faults.add(Fault::RecordMissing(RecordId(*next)));
            self.leaves.push(None);
            *next = next.saturating_add(1);
        }
    }

    fn record(&mut self, id: RecordId, body: &[u8], faults: &mut Faults) {
        self.leaves.push(Some(tree::record_hash(body)));
        let record = match crate::store::read_record(id, body) {
            Ok(record) => record,
            Err(fault) => return faults.add(fault),
        };
        let at = record.recorded_at;
        if self.latest.is_some_and(|then| then > at.plus_seconds(CLOCK_TOLERANCE)) {
            faults.add(Fault::RecordOlder(id));
        }
        self.latest = self.latest.max(Some(at));
        if record.entry.about().is_some_and(|about| about >= id) {
            faults.add(Fault::RecordAboutLater(id));
        }
        self.expect(&record);
    }

    fn expect(&mut self, record: &Record) {
        self.present = self.present.saturating_add(1);
        self.terms.insert(record.id.0, (record.mark(), record.terms()));
        self.contents.extend(record.entry.contents());
        match &record.entry {
            Entry::Verdict(verdict) => {
                self.fact_lists.insert(verdict.facts);
            }
            Entry::Pruning(pruning) => self.said_pruned.extend(&pruning.pruned),
            _ => {}
        }
    }

    /// The tree, computed again from the records, against the hashes that are stored. Of a pruned
    /// record its hash is what is left, and the root shows that it is the right one.
    pub(super) fn hashes(
        &self,
        view: &mut View<'_>,
        faults: &mut Faults,
    ) -> Result<(), LedgerError> {
        let stored = match stored_hashes(view)? {
            Ok(stored) => stored,
            Err(fault) => {
                faults.add(fault);
                return Ok(());
            }
        };
        let negative = view.rows("SELECT place FROM hash WHERE place < 0", &[])?;
        if !negative.is_empty() {
            faults.add(Fault::HashPlaceless);
        }
        let at = |index: u64| {
            let hash = usize::try_from(index).ok().and_then(|it| stored.get(it));
            hash.copied().ok_or(TreeError::HashMissing(index))
        };
        let read = |indexes: &[u64]| indexes.iter().map(|index| at(*index)).collect();
        for (id, leaf) in (0_u64..).zip(&self.leaves) {
            let first = tree::stored_hash_index(0, id);
            let there = at(first)?;
            if leaf.is_some_and(|leaf| leaf != there) {
                faults.add(Fault::Tree(TreeError::OtherRecord(id)));
            }
            let added = tree::added_hashes::<TreeError>(id, there, &read)?;
            for (place, hash) in (first..).zip(added) {
                if at(place)? != hash {
                    faults.add(Fault::HashOther(place));
                }
            }
        }
        if tree::root::<TreeError>(view.head().size, &read)? != view.head().root {
            faults.add(Fault::OtherRecords);
        }
        Ok(())
    }

    /// The words that records are found by, against what the records say.
    pub(super) fn terms(
        &mut self,
        view: &mut View<'_>,
        faults: &mut Faults,
    ) -> Result<(), LedgerError> {
        let mut from = i64::MIN;
        loop {
            let rows = view.rows(
                "SELECT record, facet, value, mark FROM term WHERE record >= $1 AND record < $1 + 1000 \
                 ORDER BY record",
                &[Value::Number(from)],
            )?;
            if !rows.is_empty() {
                for row in rows {
                    self.term(row, faults)?;
                }
                from = from.saturating_add(1000);
                continue;
            }
            // Where the next words are, if there are any.
            let rows = view.rows(
                "SELECT record FROM term WHERE record >= $1 ORDER BY record LIMIT 1",
                &[Value::Number(from)],
            )?;
            let Some(row) = rows.into_iter().next() else { break };
            let [record] = columns(row)?;
            from = record.number()?;
        }
        for (record, (_, terms)) in &self.terms {
            for term in terms {
                let record = RecordId(*record);
                faults.add(Fault::TermMissing { record, facet: term.facet });
            }
        }
        Ok(())
    }

    fn term(&mut self, row: Row, faults: &mut Faults) -> Result<(), LedgerError> {
        let [record, facet, value, mark] = columns(row)?;
        let (record, facet) = (record.number()?, facet.text()?);
        let (value, mark) = (value.text()?, mark.text()?);
        let expected = u64::try_from(record).ok().and_then(|id| self.terms.get_mut(&id));
        let is_known =
            expected.filter(|(expected, _)| *expected == mark).is_some_and(|(_, terms)| {
                let is_it = |term: &&Term| term.facet.id() == facet && term.value == value;
                let found = terms.iter().find(is_it).cloned();
                found.is_some_and(|term| terms.remove(&term))
            });
        if !is_known {
            faults.add(Fault::TermUnknown(record));
        }
        Ok(())
    }

    /// The contents: each is what its name says, none is missing, and none is there that no record
    /// names.
    pub(super) fn contents(
        &mut self,
        view: &mut View<'_>,
        faults: &mut Faults,
    ) -> Result<(), LedgerError> {
        for list in &self.fact_lists {
            match view.content(*list) {
                Ok(bytes) => match FactList::from_bytes(&bytes) {
                    Ok(FactList(files)) => {
                        self.contents.extend(files.iter().map(|file| file.sha256));
                    }
                    Err(error) => faults.add(Fault::FactList { list: *list, error }),
                },
                Err(LedgerError::Damaged(fault)) => {
                    faults.add(Fault::FactListLost(Box::new(fault)));
                }
                Err(error) => return Err(error),
            }
        }
        let nameless = view.rows("SELECT sha256 FROM content WHERE length(sha256) <> 32", &[])?;
        if !nameless.is_empty() {
            faults.add(Fault::ContentNameless);
        }
        let mut after = Vec::new();
        loop {
            let rows = view.rows(
                "SELECT sha256, body FROM content WHERE sha256 > $1 ORDER BY sha256 LIMIT $2",
                &[Value::Bytes(after.clone()), CONTENTS.into()],
            )?;
            if rows.is_empty() {
                break;
            }
            for row in rows {
                let [name, body] = columns(row)?;
                let (name, body) = (name.bytes()?, body.bytes()?);
                let sha256 = Sha256::of(&body);
                self.found_contents = self.found_contents.saturating_add(1);
                if sha256.as_bytes().as_slice() != name {
                    faults.add(Fault::ContentChanged(to_hex(&name)));
                } else if !self.contents.remove(&sha256) {
                    faults.add(Fault::ContentUnnamed(sha256));
                }
                after = name;
            }
        }
        for missing in &self.contents {
            faults.add(Fault::ContentMissing(*missing));
        }
        Ok(())
    }
}

/// The hashes of the tree, in order, if there are as many as belong there.
fn stored_hashes(view: &mut View<'_>) -> Result<Result<Vec<Hash>, Fault>, LedgerError> {
    let mut stored: Vec<Hash> = Vec::new();
    let mut from: u64 = 0;
    loop {
        let rows = view.rows(
            "SELECT place, value FROM hash WHERE place >= $1 ORDER BY place LIMIT 1000",
            &[from.into()],
        )?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            let [place, value] = columns(row)?;
            let place = place.place()?;
            if u64::try_from(stored.len()).ok() != Some(place) {
                return Ok(Err(Fault::HashMissingBefore(place)));
            }
            let Ok(hash) = value.bytes()?.try_into() else {
                return Ok(Err(Fault::HashLength(place)));
            };
            stored.push(Hash(hash));
            from = place.saturating_add(1);
        }
    }
    let expected = tree::stored_hash_count(view.head().size);
    if u64::try_from(stored.len()).ok() != Some(expected) {
        return Ok(Err(Fault::HashCount { found: stored.len(), expected }));
    }
    Ok(Ok(stored))
}
