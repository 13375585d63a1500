//! `keyproof ledger prune`: what records held is removed once their time is over. Nothing can remove
//! it earlier, and a record says what was removed, when, and by whom.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use keyproof::encoding::hex::Sha256;
use keyproof_ledger::record::{Entry, FactList, PruningEntry, SCHEMA};
use keyproof_ledger::{Record, RecordId, retention};

use super::database::damaged;
use super::store::{Ledger, Writer, read_signing_key};
use crate::arguments::{TrustArguments, WritingArguments};
use crate::exit::{Exit, Failure};
use crate::facts;
use crate::output::Destination;

pub(super) fn run(
    writing: &WritingArguments,
    policy: Option<&Path>,
    screen: &Destination,
) -> Result<Exit, Failure> {
    let years = match policy {
        None => facts::built_in_policy()?.retention_years,
        Some(file) => {
            let facts = facts::load(&TrustArguments::default())?;
            facts::load_policy(Some(file), &facts)?.policy.retention_years
        }
    };
    let key = read_signing_key(&writing.ledger_key)?;
    let mut ledger = Ledger::open(&writing.ledger.place)?;
    let pruned = ledger.write(&key, facts::now()?, |writer| {
        // Those that hang together stay and go together.
        let mut families: BTreeMap<RecordId, Vec<Record>> = BTreeMap::new();
        let mut kept = Vec::new();
        let now = writer.now();
        writer.view().each_record(|_, record| {
            families.entry(retention::root(&record)).or_default().push(record);
            Ok(())
        })?;
        let mut over = Vec::new();
        for family in families.into_values() {
            let ends: Option<Vec<_>> =
                family.iter().map(|it| retention::kept_until(it, &family, years)).collect();
            // One of no end keeps the others.
            let is_over = ends.and_then(|ends| ends.into_iter().max()).is_some_and(|end| end < now);
            if is_over {
                over.extend(family);
            } else {
                kept.extend(family);
            }
        }
        if over.is_empty() {
            return Ok(0);
        }
        over.sort_by_key(|record| record.id);
        for record in &over {
            writer.prune(record)?;
        }
        let leaving = contents(writer, &over)?;
        for sha256 in leaving.difference(&contents(writer, &kept)?) {
            writer.forget(*sha256)?;
        }
        let pruned: Vec<RecordId> = over.iter().map(|record| record.id).collect();
        let count = pruned.len();
        writer.append(&Record {
            schema: SCHEMA.to_owned(),
            id: writer.next(),
            recorded_at: now,
            operator: writing.operator.clone(),
            order: None,
            subscriber: None,
            entry: Entry::Pruning(PruningEntry { pruned }),
        })?;
        Ok(count)
    })?;
    screen.write(&format!("{pruned} records pruned\n"))?;
    Ok(Exit::Done)
}

/// All that `records` name, the files of their facts among it.
fn contents(writer: &mut Writer<'_>, records: &[Record]) -> Result<BTreeSet<Sha256>, Failure> {
    let mut all: BTreeSet<Sha256> = BTreeSet::new();
    let mut lists = BTreeSet::new();
    for record in records {
        all.extend(record.entry.contents());
        if let Entry::Verdict(verdict) = &record.entry {
            lists.insert(verdict.facts);
        }
    }
    for list in lists {
        let FactList(entries) = FactList::from_bytes(&writer.view().content(list)?)
            .map_err(|error| damaged(format!("the list of facts {list}: {error}")))?;
        all.extend(entries.iter().map(|entry| entry.sha256));
    }
    Ok(all)
}
