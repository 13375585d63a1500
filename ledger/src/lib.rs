//! The evidence ledger: what a CA keeps of each verdict, so that the certificate about to be issued
//! can be held against it, and an auditor can compute it again years later.
//!
//! A [`Record`] is one canonical JSON document; records are the leaves of a Merkle tree
//! ([`tree`], RFC 6962) whose head is a signed [`checkpoint`] (C2SP). Nothing is ever changed: what
//! happens to a verdict later (an approval, an issuance, a pruning) is a record of its own.
//! [`history`] says what earlier records mean for a submission, [`decision`] what they mean for a
//! certificate about to be issued, [`retention`] how long they are kept. All of that is pure.
//!
//! A [`Ledger`] is where records lie: an SQLite file, or a PostgreSQL server that several gates share.
//! What people do with one are its methods, a module each. They are given what they need (the time,
//! the signing key, the policy, files as bytes), and what they answer and refuse are types; what is
//! said to people, and how a program ends, is the caller's.
#![allow(
    clippy::disallowed_methods,
    reason = "a ledger in a file, and the authority of a server, are files"
)]

pub mod adoption;
pub mod check;
pub mod checkpoint;
mod database;
pub mod decision;
pub mod deny;
pub mod error;
mod export;
mod facts;
pub mod gate;
pub mod history;
pub mod keep;
pub mod list;
pub mod method;
mod place;
mod prove;
mod prune;
pub mod recheck;
pub mod record;
pub mod replay;
pub mod retention;
pub mod sample;
pub mod seal;
pub mod settle;
mod store;
pub mod tree;

pub use error::{Fault, LedgerError};
pub use place::{NoPlace, Place};
pub use record::{Record, RecordId, Term};
pub use store::{Ledger, Writing};
