//! What people decide about a verdict or a method. It alters neither.

use keyproof::result::Verdict;

use crate::error::LedgerError;
use crate::facts::facts;
use crate::record::{Decision, Entry, NamedContent, RecordId, SettlementEntry};
use crate::store::{Ledger, Writer, Writing};

/// What a person's decision rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grounds {
    /// Why, in that person's words.
    pub reason: String,
    /// The documents, by name and bytes.
    pub documents: Vec<(String, Vec<u8>)>,
}

/// A decision that was not written.
#[derive(Debug)]
pub enum SettleError {
    /// The record is a reject, which nobody can approve.
    Rejected(RecordId),
    /// The record is neither a verdict nor a method.
    OtherKind {
        /// Its place.
        record: RecordId,
        /// What it is: [`Entry::kind`].
        kind: &'static str,
    },
    /// The ledger could not be used.
    Ledger(LedgerError),
}

facts!(SettleError, or LedgerError);

impl Ledger {
    /// Records that the person who writes approves or refuses the verdict or method `about`.
    pub fn settle(
        &mut self,
        by: Writing<'_>,
        about: RecordId,
        decision: Decision,
        grounds: &Grounds,
    ) -> Result<RecordId, SettleError> {
        self.write(by, |writer| {
            let basis = writer.view().present(about)?;
            match &basis.entry {
                Entry::Verdict(entry)
                    if entry.verdict == Verdict::Reject && decision == Decision::Approve =>
                {
                    return Err(SettleError::Rejected(about));
                }
                Entry::Verdict(_) | Entry::Method(_) => {}
                other => {
                    return Err(SettleError::OtherKind { record: about, kind: other.kind() });
                }
            }
            let entry = Entry::Settlement(SettlementEntry {
                about,
                decision,
                reason: grounds.reason.clone(),
                documents: grounds.keep(writer)?,
            });
            Ok(writer.append(basis.order, basis.subscriber, entry)?)
        })
    }
}

impl Grounds {
    /// Keeps the documents, and gives them by name.
    pub(crate) fn keep(&self, writer: &mut Writer<'_>) -> Result<Vec<NamedContent>, LedgerError> {
        let keep = |(name, bytes): &(String, Vec<u8>)| {
            Ok(NamedContent { name: name.clone(), sha256: writer.keep(bytes)? })
        };
        self.documents.iter().map(keep).collect()
    }
}
