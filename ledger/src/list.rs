//! Records, as people look for them.

use keyproof::encoding::hex::Sha256;
use keyproof::time::Timestamp;
use serde::Serialize;

use crate::error::LedgerError;
use crate::record::{Entry, Facet, MethodEntry, Record, RecordId, SettlementEntry, Term};
use crate::retention;
use crate::store::{Ledger, View};

/// Which records are listed: those of which all is so that is named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The order.
    pub order: Option<String>,
    /// The subscriber.
    pub subscriber: Option<String>,
    /// SHA-256 of the key.
    pub key: Option<Sha256>,
}

/// A record, and what it keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// The record.
    pub record: Record,
    /// Those that are about it.
    pub since: Vec<Record>,
    /// Until when it is kept at least; `None` for good.
    pub kept_until: Option<Timestamp>,
    /// What it keeps, as far as it was asked for.
    pub contents: Vec<Content>,
}

/// What a record keeps, under a name of our own that ends as the file did: what an applicant calls a
/// file is no name for a file of ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Content {
    /// As `result.json` or `input-1.pem`.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// How much of what a record keeps is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contents {
    /// The result of a verdict alone.
    Result,
    /// All.
    All,
}

impl Ledger {
    /// Gives the records that are wanted to `found`, in their order.
    pub fn list(
        &mut self,
        wanted: &Wanted,
        mut found: impl FnMut(&Record),
    ) -> Result<(), LedgerError> {
        self.read(|view| {
            let mut give = |record: &Record| {
                if wanted.wants(record) {
                    found(record);
                }
            };
            match wanted.term() {
                Some(term) => view.find([term])?.iter().for_each(give),
                None => view.each_record(|_, record| {
                    give(&record);
                    Ok(())
                })?,
            }
            Ok(())
        })
    }

    /// A record, with what people did about it since; records are kept for so many `years`.
    pub fn show(
        &mut self,
        id: RecordId,
        years: u16,
        contents: Contents,
    ) -> Result<Shown, LedgerError> {
        self.read(|view| {
            let record = view.present(id)?;
            let since = view.find([Facet::About.term(id)])?;
            let contents = match contents {
                Contents::Result => result(view, &record)?.into_iter().collect(),
                Contents::All => all(view, &record)?,
            };
            let kept_until = retention::kept_until(&record, &since, years);
            Ok(Shown { record, since, kept_until, contents })
        })
    }
}

impl Wanted {
    /// A word that all of them have.
    fn term(&self) -> Option<Term> {
        let key = self.key.map(|key| Facet::Key.term(key));
        let order = || self.order.as_ref().map(|order| Facet::Order.term(order));
        let subscriber = || self.subscriber.as_ref().map(|name| Facet::Subscriber.term(name));
        key.or_else(order).or_else(subscriber)
    }

    fn wants(&self, record: &Record) -> bool {
        let is =
            |wanted: &Option<String>, there: &Option<String>| wanted.is_none() || wanted == there;
        is(&self.order, &record.order)
            && is(&self.subscriber, &record.subscriber)
            && (self.key.is_none() || self.key == record.entry.spki_sha256())
    }
}

fn content(view: &mut View<'_>, name: String, sha256: Sha256) -> Result<Content, LedgerError> {
    Ok(Content { name, bytes: view.content(sha256)? })
}

fn result(view: &mut View<'_>, record: &Record) -> Result<Option<Content>, LedgerError> {
    let Entry::Verdict(entry) = &record.entry else { return Ok(None) };
    content(view, "result.json".to_owned(), entry.result).map(Some)
}

fn all(view: &mut View<'_>, record: &Record) -> Result<Vec<Content>, LedgerError> {
    let numbered = |what: &'static str, files: Vec<(&String, Sha256)>| {
        let named = move |(number, (name, sha256)): (usize, (&String, Sha256))| {
            (file_name(what, number, name), sha256)
        };
        (1..).zip(files).map(named).collect::<Vec<_>>()
    };
    let files: Vec<(String, Sha256)> = match &record.entry {
        Entry::Verdict(entry) => {
            let inputs = entry.inputs.iter().map(|it| (&it.name, it.sha256)).collect();
            let policy = entry.policy.files.iter().map(|it| (&it.name, it.sha256)).collect();
            let observations = entry.observations.map(|it| ("observations.json".to_owned(), it));
            [("result.json".to_owned(), entry.result)]
                .into_iter()
                .chain(numbered("input", inputs))
                .chain(observations)
                .chain(numbered("policy", policy))
                .collect()
        }
        Entry::Method(MethodEntry { documents, .. })
        | Entry::Settlement(SettlementEntry { documents, .. }) => {
            numbered("document", documents.iter().map(|it| (&it.name, it.sha256)).collect())
        }
        Entry::Issuance(entry) => vec![("certificate.der".to_owned(), entry.certificate)],
        Entry::Adoption(entry) => {
            vec![(format!("keyproof-facts-{}.kpf", entry.date), entry.bundle)]
        }
        Entry::Denial(_) | Entry::Pruning(_) => Vec::new(),
    };
    files.into_iter().map(|(name, sha256)| content(view, name, sha256)).collect()
}

/// `input-1.pem` for a file that was called `../../x.pem`.
fn file_name(what: &str, number: usize, name: &str) -> String {
    let end = name.rsplit_once('.').map_or("", |(_, end)| end);
    let plain =
        !end.is_empty() && end.len() <= 8 && end.chars().all(|it| it.is_ascii_alphanumeric());
    if plain { format!("{what}-{number}.{end}") } else { format!("{what}-{number}.bin") }
}
