//! The evidence ledger: what a CA keeps of each verdict, so that the certificate about to be issued
//! can be held against it, and an auditor can compute it again years later.
//!
//! A [`Record`] is one canonical JSON document; records are the leaves of a Merkle tree
//! ([`tree`], RFC 6962) whose head is a signed checkpoint (C2SP). Nothing is ever changed: what
//! happens to a verdict later (an approval, an issuance, a pruning) is a record of its own.
//! [`history`] says what earlier records mean for a submission, [`gate`] what they mean for a
//! certificate about to be issued, [`retention`] how long they are kept.
//!
//! All of it is pure: where records lie is the program's matter.

pub mod gate;
pub mod history;
pub mod record;
pub mod retention;
#[cfg(test)]
mod tests;
pub mod tree;

pub use record::{Record, RecordId, Term};
