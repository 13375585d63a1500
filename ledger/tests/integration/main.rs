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

mod damage;
mod decision;
mod fixture;
mod history;
mod made;
mod record;
#[allow(dead_code, reason = "the program is tested over TLS too")]
mod server;
#[path = "../../../tests/support/left_out.rs"]
mod support;
mod tree;
mod use_cases;

/// The root of the project.
pub const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
