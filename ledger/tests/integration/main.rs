//! The tests of the ledger, without the program: its rules from records alone, and its use cases on
//! both databases.
#![allow(clippy::disallowed_methods, reason = "tests read files and run a server")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "a test fails by panicking"
)]
#![allow(clippy::print_stderr, reason = "a test that is left out says so")]
#![allow(missing_docs, unreachable_pub, reason = "said where a name does not")]

mod decision;
mod history;
mod made;
mod record;
mod tree;
