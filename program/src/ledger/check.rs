//! `keyproof ledger verify`: every row is held against what the signed head covers, so that a change
//! of any of them is found, wherever it was made.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use keyproof::encoding::hex::Sha256;
use keyproof::time::Timestamp;
use keyproof_ledger::gate::CLOCK_TOLERANCE;
use keyproof_ledger::record::{Entry, FactList};
use keyproof_ledger::tree::{self, Hash, Head, TreeError, VerifierKey};
use keyproof_ledger::{Record, Term};

use super::database::Value;
use super::seal;
use super::store::{Ledger, PAGE, Place, View, columns, read_checkpoint, tree_failure};
use crate::exit::{Exit, Failure};
use crate::files::named;
use crate::listing::Listing;
use crate::output::Destination;

/// Faults that are told one by one; of a ledger that is someone else's there are as many as rows.
const MOST_FAULTS: usize = 100;

/// Contents read at a time; one can have a megabyte.
const CONTENTS: u64 = 64;

pub(super) fn run(
    place: &Place,
    checkpoints: &[PathBuf],
    verifier_key: Option<&str>,
    screen: &Destination,
) -> Result<Exit, Failure> {
    let mut ledger = Ledger::open(place)?;
    let verifier = ledger.verifier().clone();
    let mut faults = Faults::default();
    if let Some(text) = verifier_key {
        let noted = VerifierKey::from_text(text)
            .map_err(|error| Failure::usage(error.to_string(), "Give it as it was noted."))?;
        if noted != verifier {
            faults.add("its verifier key is not the one that was noted");
        }
    }
    let older: Vec<_> = checkpoints
        .iter()
        .map(|path| read_checkpoint(path, &verifier).map(|head| (path, head)))
        .collect::<Result<_, _>>()?;
    ledger.damage()?.into_iter().for_each(|fault| faults.add(fault));
    let (size, records, contents) = ledger.read(|view| {
        let mut audit = Audit::default();
        audit.records(view, &mut faults)?;
        audit.hashes(view, &mut faults)?;
        audit.terms(view, &mut faults)?;
        audit.contents(view, &mut faults)?;
        let head = view.head().clone();
        for (path, older) in &older {
            let continues = view
                .with_hashes(|read| Ok(tree::check_continues(head.size, head.root, older, read)))?;
            if let Err(error) = continues {
                faults.add(format!("{}: {error}", path.display()));
            }
        }
        Ok((head.size, audit.present, audit.found_contents))
    })?;
    drop(ledger);
    let is_stored_whole = faults.count == 0;
    let seals = check_seals(place, &older, &mut faults)?;
    let mut listing = Listing::default();
    if faults.count == 0 {
        listing.line(&format!("The ledger {} is whole.", verifier.origin()));
        listing.field("Records", &format!("{size}, {records} of them not pruned"));
        listing.field("Contents", &contents.to_string());
        listing.field("Checkpoints", &format!("{} continued", older.len()));
        for seal in &seals {
            listing.field("Seal", seal);
        }
        screen.write(&listing.into_text())?;
        return Ok(Exit::Done);
    }
    listing.line(&format!("The ledger {} is not as keyproof left it:", verifier.origin()));
    for fault in &faults.told {
        listing.line(&format!("  - {fault}"));
    }
    if faults.count > faults.told.len() {
        listing.line(&format!("  and {} more", faults.count.saturating_sub(faults.told.len())));
    }
    if is_stored_whole {
        listing.line("What is stored is whole: the change lies in bytes that store nothing.");
    }
    screen.write(&listing.into_text())?;
    Ok(Exit::Reject)
}

/// Holds the file against the seals among `checkpoints`, and says in a line of each what it showed.
fn check_seals(
    place: &Place,
    checkpoints: &[(&PathBuf, Head)],
    faults: &mut Faults,
) -> Result<Vec<String>, Failure> {
    let sealed: Vec<_> = checkpoints
        .iter()
        .filter_map(|(path, head)| head.file.map(|file| (path, head, file)))
        .collect();
    // A copy on a server has other bytes and the same records.
    let (Place::File(file), false) = (place, sealed.is_empty()) else {
        return Ok(Vec::new());
    };
    let (now, found) = seal::digest(place, file)?;
    let mut lines = Vec::new();
    for (path, head, sealed) in sealed {
        if now.size > head.size {
            lines.push(format!("of the first {} records; written since", head.size));
            continue;
        }
        let (file, seal) = (named(file), named(path));
        match found {
            Some(found) if found == sealed => {
                lines.push("every byte of the file is as it was sealed".to_owned());
            }
            Some(_) => faults
                .add(format!("{seal}: the file is not, byte for byte, the one that was sealed")),
            // Told as a failure, unless there is worse to tell.
            None if faults.count == 0 => {
                return Err(Failure::new(
                    format!("{file} was in use, so that its bytes could not be compared"),
                    "Verify against a seal when nobody else has the ledger open.",
                ));
            }
            None => faults.add(format!("{seal}: not compared, because {file} was in use")),
        }
    }
    Ok(lines)
}

#[derive(Default)]
struct Faults {
    told: Vec<String>,
    count: usize,
}

impl Faults {
    fn add(&mut self, fault: impl Into<String>) {
        self.count = self.count.saturating_add(1);
        if self.told.len() < MOST_FAULTS {
            self.told.push(fault.into());
        }
    }
}

/// What the records say there must be.
#[derive(Default)]
struct Audit {
    leaves: Vec<Option<Hash>>,
    present: u64,
    terms: BTreeMap<u64, (String, BTreeSet<Term>)>,
    contents: BTreeSet<Sha256>,
    fact_lists: BTreeSet<Sha256>,
    found_contents: u64,
}

impl Audit {
    fn records(&mut self, view: &mut View<'_>, faults: &mut Faults) -> Result<(), Failure> {
        let size = view.head().size;
        let (mut pruned, mut said_pruned) = (BTreeSet::new(), BTreeSet::new());
        let mut latest: Option<Timestamp> = None;
        let mut next = 0;
        while next < size {
            let page = view.page(next)?;
            for (id, body) in page {
                while next < id.0 {
                    faults.add(format!("record {next} is missing"));
                    self.leaves.push(None);
                    next = next.saturating_add(1);
                }
                next = id.0.saturating_add(1);
                let Some(body) = body else {
                    pruned.insert(id);
                    self.leaves.push(None);
                    continue;
                };
                self.leaves.push(Some(tree::record_hash(&body)));
                match Record::from_bytes(&body) {
                    Ok(record) if record.id == id => {
                        if latest.is_some_and(|then| {
                            then > record.recorded_at.plus_seconds(CLOCK_TOLERANCE)
                        }) {
                            faults.add(format!("record {id} is older than one before it"));
                        }
                        latest = latest.max(Some(record.recorded_at));
                        if let Entry::Pruning(pruning) = &record.entry {
                            said_pruned.extend(pruning.pruned.iter().copied());
                        }
                        if record.entry.about().is_some_and(|about| about >= id) {
                            faults.add(format!("record {id} is about one that came later"));
                        }
                        self.expect(&record);
                    }
                    Ok(record) => faults.add(format!("record {id} calls itself {}", record.id)),
                    Err(error) => faults.add(format!("record {id} cannot be read: {error}")),
                }
            }
            // A page without rows ends the table before the head does.
            let asked = next.div_ceil(PAGE).saturating_mul(PAGE).max(PAGE).min(size);
            while next < asked && view.page(next)?.is_empty() {
                faults.add(format!("record {next} is missing"));
                self.leaves.push(None);
                next = next.saturating_add(1);
            }
        }
        for id in pruned.symmetric_difference(&said_pruned) {
            faults
                .add(format!("record {id} is empty without being pruned, or pruned and not empty"));
        }
        let beyond = view.rows("SELECT id FROM record WHERE id >= $1 OR id < 0", &[size.into()])?;
        for row in beyond {
            let [id] = columns(row)?;
            faults.add(format!("record {} lies beyond the head", id.number()?));
        }
        Ok(())
    }

    fn expect(&mut self, record: &Record) {
        self.present = self.present.saturating_add(1);
        self.terms.insert(record.id.0, (record.mark(), record.terms()));
        self.contents.extend(record.entry.contents());
        if let Entry::Verdict(verdict) = &record.entry {
            self.fact_lists.insert(verdict.facts);
        }
    }

    /// The tree, computed again from the records, against the hashes that are stored. Of a pruned
    /// record its hash is what is left, and the root shows that it is the right one.
    fn hashes(&self, view: &mut View<'_>, faults: &mut Faults) -> Result<(), Failure> {
        let mut stored: Vec<Hash> = Vec::new();
        let count = tree::stored_hash_count(view.head().size);
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
                    faults.add(format!("a hash of the tree is missing before {place}"));
                    return Ok(());
                }
                let Ok(hash) = value.bytes()?.try_into() else {
                    faults.add(format!("hash {place} of the tree has another length"));
                    return Ok(());
                };
                stored.push(Hash(hash));
                from = place.saturating_add(1);
            }
        }
        if u64::try_from(stored.len()).ok() != Some(count) {
            faults.add(format!("the tree has {} hashes where {count} belong", stored.len()));
            return Ok(());
        }
        let negative = view.rows("SELECT place FROM hash WHERE place < 0", &[])?;
        if !negative.is_empty() {
            faults.add("the tree has hashes that have no place");
        }
        let read = |indexes: &[u64]| -> Result<Vec<Hash>, TreeError> {
            let at = |index: &u64| usize::try_from(*index).ok().and_then(|it| stored.get(it));
            indexes
                .iter()
                .map(|index| at(index).copied().ok_or_else(|| TreeError::new("a hash is missing")))
                .collect()
        };
        for (id, leaf) in (0_u64..).zip(&self.leaves) {
            let first = tree::stored_hash_index(0, id);
            let there = read(&[first]).map_err(tree_failure)?.first().copied();
            if leaf.is_some() && *leaf != there {
                faults.add(format!("record {id} is not the one that was recorded"));
            }
            let Some(leaf) = there else { continue };
            let added = tree::added_hashes(id, leaf, &read).map_err(tree_failure)?;
            for (place, hash) in (first..).zip(added) {
                if read(&[place]).map_err(tree_failure)?.first() != Some(&hash) {
                    faults.add(format!("hash {place} of the tree does not follow from the others"));
                }
            }
        }
        if tree::root(view.head().size, &read).map_err(tree_failure)? != view.head().root {
            faults.add("the records are not those that the signed checkpoint covers");
        }
        Ok(())
    }

    /// The words that records are found by, against what the records say.
    fn terms(&mut self, view: &mut View<'_>, faults: &mut Faults) -> Result<(), Failure> {
        let mut from = Value::Number(i64::MIN);
        loop {
            let rows = view.rows(
                "SELECT record, facet, value, mark FROM term WHERE record >= $1 AND record < $1 + 1000 \
                 ORDER BY record",
                std::slice::from_ref(&from),
            )?;
            let first = if rows.is_empty() {
                // Where the next words are, if there are any.
                let rows = view.rows(
                    "SELECT record FROM term WHERE record >= $1 ORDER BY record LIMIT 1",
                    std::slice::from_ref(&from),
                )?;
                let Some(row) = rows.into_iter().next() else { break };
                let [record] = columns(row)?;
                record.number()?
            } else {
                for row in rows {
                    let [record, facet, value, mark] = columns(row)?;
                    let (record, facet, value) = (record.number()?, facet.text()?, value.text()?);
                    let mark = mark.text()?;
                    let expected =
                        u64::try_from(record).ok().and_then(|id| self.terms.get_mut(&id));
                    let marked = expected.filter(|(expected, _)| *expected == mark);
                    let known = marked.is_some_and(|(_, terms)| {
                        let is_it = |term: &&Term| term.facet.id() == facet && term.value == value;
                        let found = terms.iter().find(is_it).cloned();
                        found.is_some_and(|term| terms.remove(&term))
                    });
                    if !known {
                        faults.add(format!("record {record} is found by a word it does not have"));
                    }
                }
                match &from {
                    Value::Number(from) => from.saturating_add(1000),
                    _ => break,
                }
            };
            from = Value::Number(first);
        }
        for (record, (_, terms)) in &self.terms {
            for term in terms {
                faults.add(format!("record {record} is not found by its {}", term.facet.id()));
            }
        }
        Ok(())
    }

    /// The contents: each is what its name says, none is missing, and none is there that no record
    /// names.
    fn contents(&mut self, view: &mut View<'_>, faults: &mut Faults) -> Result<(), Failure> {
        for list in &self.fact_lists {
            match view.content(*list).map(|bytes| FactList::from_bytes(&bytes)) {
                Ok(Ok(FactList(entries))) => {
                    self.contents.extend(entries.iter().map(|entry| entry.sha256));
                }
                Ok(Err(error)) => faults.add(format!("the list of facts {list}: {error}")),
                Err(failure) => faults.add(failure.what()),
            }
        }
        let nameless = view.rows("SELECT sha256 FROM content WHERE length(sha256) <> 32", &[])?;
        if !nameless.is_empty() {
            faults.add("a content has no SHA-256 for a name");
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
                    faults.add(format!(
                        "the content {} was changed",
                        keyproof::encoding::hex::to_hex(&name)
                    ));
                } else if !self.contents.remove(&sha256) {
                    faults.add(format!("the content {sha256} is of no record"));
                }
                after = name;
            }
        }
        for missing in &self.contents {
            faults.add(format!("the content {missing} is missing"));
        }
        Ok(())
    }
}
