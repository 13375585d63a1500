//! By which bundle of facts verdicts are given: the one that was adopted last, by as many people as it
//! took. A newer one that comes with the program is nothing until somebody adopts it.

use std::collections::BTreeSet;

use keyproof::encoding::hex::Sha256;
use keyproof::facts::{Bundle, BundleTrust, FactFile, FactKind};

use crate::error::{Fault, LedgerError};
use crate::facts::facts;
use crate::record::{AdoptionEntry, Entry, Facet, Record, RecordId};
use crate::store::{Ledger, View, Writing};

/// A bundle that is to be adopted, whose signatures the caller has checked.
#[derive(Clone, Copy, Debug)]
pub struct Proposal<'a> {
    /// The bundle.
    pub bundle: &'a Bundle,
    /// Whose word it is.
    pub trust: BundleTrust,
    /// How many different people must agree, at least one; to go back takes two at least.
    pub people: u8,
    /// Why verdicts are to go back to it from a newer one; `None` where it is not older.
    pub back: Option<&'a str>,
}

/// A person's word for a bundle, as it was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreed {
    /// The record.
    pub record: RecordId,
    /// Who has agreed by now, by name.
    pub by: BTreeSet<String>,
    /// How many must.
    pub people: u8,
}

impl Agreed {
    /// Whether verdicts are given by the bundle from now on.
    pub fn is_adopted(&self) -> bool {
        self.by.len() >= usize::from(self.people)
    }
}

/// A bundle that was not adopted.
#[derive(Debug)]
pub enum AdoptError {
    /// It is older than the one by which verdicts are given, and nobody said why.
    Older {
        /// Its number.
        serial: u64,
        /// The number of the other.
        adopted: u64,
    },
    /// It is to be gone back to, and is not older.
    NotOlder(u64),
    /// Another bundle of the same number is adopted.
    OtherOfSerial(u64),
    /// It is the one that verdicts are given by.
    Adopted(u64),
    /// The ledger could not be used.
    Ledger(LedgerError),
}

facts!(AdoptError, or LedgerError);

/// The bundles that count, by what was adopted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing<'a> {
    /// The one that verdicts are given by.
    pub current: &'a AdoptionEntry,
    /// Newer ones that were taken back for it: what they refuse, and what they say has ended, stays so.
    pub taken_back: Vec<&'a AdoptionEntry>,
}

/// What `records` amount to: all adoptions, in their order. `None` before the first.
pub fn standing(records: &[Record]) -> Option<Standing<'_>> {
    walk(records).0
}

/// What `records` amount to, and how many of them are spent: they are no words for what comes later.
fn walk(records: &[Record]) -> (Option<Standing<'_>>, usize) {
    let mut standing: Option<Standing<'_>> = None;
    let mut spent = 0;
    for (position, record) in records.iter().enumerate() {
        let Entry::Adoption(entry) = &record.entry else { continue };
        let since = records.get(spent..=position).unwrap_or_default();
        if agreed(since, entry).is_adopted() {
            standing = Some(after(standing, entry));
            spent = position.saturating_add(1);
        }
    }
    (standing, spent)
}

/// Whether facts of these files, by kind and SHA-256, are those that verdicts are given by now. Before
/// anything was adopted, any are.
pub(crate) fn is_judged_by(
    view: &mut View<'_>,
    files: &[(&str, Sha256)],
) -> Result<bool, LedgerError> {
    let records = adoptions(view)?;
    let Some(Standing { current, taken_back }) = standing(&records) else {
        return Ok(true);
    };
    let taken_back = taken_back.into_iter().map(|it| (FactKind::TakenBack.id(), it.bundle));
    let mut adopted = taken_back.chain([(current.bundle_kind.as_str(), current.bundle)]);
    Ok(adopted.all(|it| files.contains(&it)))
}

fn after<'a>(standing: Option<Standing<'a>>, entry: &'a AdoptionEntry) -> Standing<'a> {
    let earlier = standing.into_iter().flat_map(|it| {
        let Standing { current, taken_back } = it;
        taken_back.into_iter().chain([current])
    });
    Standing { current: entry, taken_back: earlier.filter(|it| it.serial > entry.serial).collect() }
}

/// Who has agreed to what `entry` proposes, among records since the last adoption that took effect. Where
/// the words differ in how many it takes, the greater number counts.
fn agreed(records: &[Record], entry: &AdoptionEntry) -> Agreed {
    let mut agreed = Agreed { record: RecordId(0), by: BTreeSet::new(), people: 1 };
    for record in records {
        if let Entry::Adoption(other) = &record.entry
            && (other.bundle, &other.bundle_kind) == (entry.bundle, &entry.bundle_kind)
            && other.back.is_some() == entry.back.is_some()
        {
            agreed.record = record.id;
            agreed.by.insert(record.operator.to_lowercase());
            agreed.people = agreed.people.max(other.people);
        }
    }
    agreed
}

impl Ledger {
    /// Records that the person who writes agrees that verdicts are given by the bundle.
    pub fn adopt(&mut self, by: Writing<'_>, proposal: Proposal<'_>) -> Result<Agreed, AdoptError> {
        let Proposal { bundle, trust, people, back } = proposal;
        self.write(by, |writer| {
            let mut records = adoptions(writer.view())?;
            let (current, spent) = walk(&records);
            let current = current.map(|it| it.current.clone());
            let entry = AdoptionEntry {
                bundle_kind: FactKind::Bundle(trust).id().to_owned(),
                bundle: Sha256::of(bundle.bytes()),
                serial: bundle.serial(),
                date: bundle.date().to_owned(),
                people: people.max(if back.is_some() { 2 } else { 1 }),
                back: back.map(str::to_owned),
            };
            check(&entry, current.as_ref())?;
            writer.keep(bundle.bytes())?;
            let id = writer.append(None, None, Entry::Adoption(entry.clone()))?;
            records.push(writer.view().present(id)?);
            Ok(agreed(records.get(spent..).unwrap_or_default(), &entry))
        })
    }

    /// The files of the facts that verdicts are given by; empty where no bundle was adopted.
    pub fn adopted_facts(&mut self) -> Result<Vec<FactFile>, LedgerError> {
        self.read(|view| {
            let records = adoptions(view)?;
            let Some(Standing { current, taken_back }) = standing(&records) else {
                return Ok(Vec::new());
            };
            let mut files = vec![file(view, current, FactKind::from_id(&current.bundle_kind))?];
            for entry in taken_back {
                files.push(file(view, entry, Some(FactKind::TakenBack))?);
            }
            Ok(files)
        })
    }
}

fn check(entry: &AdoptionEntry, current: Option<&AdoptionEntry>) -> Result<(), AdoptError> {
    let AdoptionEntry { serial, back, .. } = entry;
    let Some(current) = current else {
        // Verdicts are given by the facts of the program so far.
        let own = keyproof::facts::embedded().map_or(0, |bundle| bundle.serial());
        return match back {
            Some(_) => Err(AdoptError::NotOlder(*serial)),
            None if *serial < own => Err(AdoptError::Older { serial: *serial, adopted: own }),
            None => Ok(()),
        };
    };
    match (serial.cmp(&current.serial), back) {
        (std::cmp::Ordering::Less, Some(_)) | (std::cmp::Ordering::Greater, None) => Ok(()),
        (std::cmp::Ordering::Less, None) => {
            Err(AdoptError::Older { serial: *serial, adopted: current.serial })
        }
        (_, Some(_)) => Err(AdoptError::NotOlder(*serial)),
        (std::cmp::Ordering::Equal, None) if entry.bundle == current.bundle => {
            Err(AdoptError::Adopted(*serial))
        }
        (std::cmp::Ordering::Equal, None) => Err(AdoptError::OtherOfSerial(*serial)),
    }
}

fn adoptions(view: &mut View<'_>) -> Result<Vec<Record>, LedgerError> {
    view.find([Facet::Facts.term("adoption")])
}

fn file(
    view: &mut View<'_>,
    entry: &AdoptionEntry,
    kind: Option<FactKind>,
) -> Result<FactFile, LedgerError> {
    let unknown =
        || Fault::Facts { list: entry.bundle, why: format!("kind {}", entry.bundle_kind) };
    Ok(FactFile {
        kind: kind.ok_or_else(unknown)?,
        path: format!("keyproof-facts-{}.kpf", entry.date).into(),
        bytes: view.content(entry.bundle)?.into(),
    })
}

#[cfg(test)]
mod tests {
    use keyproof::encoding::hex::Sha256;
    use keyproof::time::Timestamp;

    use super::standing;
    use crate::record::{AdoptionEntry, Entry, Record, RecordId, SCHEMA};

    fn record(id: u64, operator: &str, serial: u64, people: u8, back: bool) -> Record {
        let entry = AdoptionEntry {
            bundle_kind: "bundle".to_owned(),
            bundle: Sha256::of(&serial.to_be_bytes()),
            serial,
            date: "2026-12-01".to_owned(),
            people,
            back: back.then(|| "why".to_owned()),
        };
        Record {
            schema: SCHEMA.to_owned(),
            id: RecordId(id),
            recorded_at: Timestamp::from_rfc3339("2026-12-01T00:00:00Z").unwrap(),
            operator: operator.to_owned(),
            order: None,
            subscriber: None,
            entry: Entry::Adoption(entry),
        }
    }

    fn stands(records: &[Record]) -> Option<(u64, Vec<u64>)> {
        standing(records)
            .map(|it| (it.current.serial, it.taken_back.iter().map(|it| it.serial).collect()))
    }

    #[test]
    fn as_many_people_must_agree_as_the_strictest_word_says() {
        assert_eq!(stands(&[]), None);
        assert_eq!(stands(&[record(0, "anna", 1, 1, false)]), Some((1, vec![])));
        let anna = record(0, "anna", 1, 2, false);
        assert_eq!(stands(std::slice::from_ref(&anna)), None);
        assert_eq!(stands(&[anna.clone(), record(1, "Anna", 1, 2, false)]), None, "one person");
        assert_eq!(stands(&[anna.clone(), record(1, "ben", 1, 1, false)]), Some((1, vec![])));
        assert_eq!(stands(&[anna.clone(), record(1, "ben", 2, 2, false)]), None, "of another");
        let both = [anna, record(1, "ben", 1, 2, false), record(2, "ben", 2, 2, false)];
        assert_eq!(stands(&both), Some((1, vec![])));
        assert_eq!(
            stands(&[&both[..], &[record(3, "anna", 2, 2, false)]].concat()),
            Some((2, vec![]))
        );
    }

    #[test]
    fn what_was_said_before_an_adoption_counts_for_no_later_one() {
        let records = [
            record(0, "anna", 1, 1, false),
            record(1, "anna", 2, 1, false),
            record(2, "anna", 1, 2, true),
            record(3, "ben", 1, 2, true),
            record(4, "cleo", 2, 2, false),
        ];
        assert_eq!(stands(&records[..3]), Some((2, vec![])), "one alone does not go back");
        assert_eq!(stands(&records[..4]), Some((1, vec![2])));
        assert_eq!(stands(&records), Some((1, vec![2])), "anna's word for 2 is used up");
        let again = [&records[..], &[record(5, "anna", 2, 2, false)]].concat();
        assert_eq!(stands(&again), Some((2, vec![])));
    }

    #[test]
    fn a_word_for_a_bundle_is_no_word_for_going_back_to_it() {
        let records = [
            record(0, "anna", 1, 2, false),
            record(1, "ben", 2, 1, false),
            record(2, "cleo", 1, 2, true),
        ];
        assert_eq!(stands(&records), Some((2, vec![])));
    }
}
