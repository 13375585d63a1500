//! What records held is removed once their time is over. Nothing can remove it earlier, and a record
//! says what was removed, when, and by whom.

use std::collections::{BTreeMap, BTreeSet};

use keyproof::encoding::hex::Sha256;

use crate::error::LedgerError;
use crate::record::{Entry, PruningEntry, Record, RecordId};
use crate::replay::fact_list;
use crate::retention;
use crate::store::{Ledger, View, Writing};

impl Ledger {
    /// Prunes what is to be kept for `years` and is older, and gives the places. Without any, nothing
    /// is written.
    pub fn prune(&mut self, by: Writing<'_>, years: u16) -> Result<Vec<RecordId>, LedgerError> {
        self.write(by, |writer| {
            // Those that hang together stay and go together.
            let mut families: BTreeMap<RecordId, Vec<Record>> = BTreeMap::new();
            writer.view().each_record(|_, record| {
                families.entry(retention::root(&record)).or_default().push(record);
                Ok(())
            })?;
            let is_over = |family: &Vec<Record>| {
                let ends: Option<Vec<_>> =
                    family.iter().map(|it| retention::kept_until(it, family, years)).collect();
                // One of no end keeps the others.
                ends.and_then(|ends| ends.into_iter().max()).is_some_and(|end| end < by.now)
            };
            let (over, kept): (Vec<_>, Vec<_>) = families.into_values().partition(is_over);
            let mut over = over.concat();
            if over.is_empty() {
                return Ok(Vec::new());
            }
            over.sort_by_key(|record| record.id);
            for record in &over {
                writer.prune(record.id)?;
            }
            let leaving = contents(writer.view(), &over)?;
            for sha256 in leaving.difference(&contents(writer.view(), &kept.concat())?) {
                writer.forget(*sha256)?;
            }
            let pruned: Vec<RecordId> = over.iter().map(|record| record.id).collect();
            let entry = Entry::Pruning(PruningEntry { pruned: pruned.clone() });
            writer.append(None, None, entry)?;
            Ok(pruned)
        })
    }
}

/// All that `records` name, the files of their facts among it.
fn contents(view: &mut View<'_>, records: &[Record]) -> Result<BTreeSet<Sha256>, LedgerError> {
    let mut all: BTreeSet<Sha256> = BTreeSet::new();
    let mut lists = BTreeSet::new();
    for record in records {
        all.extend(record.entry.contents());
        if let Entry::Verdict(verdict) = &record.entry {
            lists.insert(verdict.facts);
        }
    }
    for list in lists {
        all.extend(fact_list(view, list)?.0.iter().map(|entry| entry.sha256));
    }
    Ok(all)
}
