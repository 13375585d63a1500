//! The tests of the command: each runs it as its users do. One program, so that it is linked once.
#![allow(clippy::disallowed_methods, reason = "tests read files, run programs and wait")]
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

mod anchors;
#[path = "../../../examples/appraise.rs"]
#[allow(dead_code, reason = "an example is a program of its own")]
mod appraise;
#[cfg(unix)]
mod batch;
mod cli;
mod determinism;
mod facts;
mod from_windows;
mod key_files;
mod ledger;
mod ledger_fixture;
mod ledger_harm;
mod private_keys;
mod readme;
#[path = "../../../ledger/tests/integration/server.rs"]
mod server;
#[cfg(unix)]
mod steering;
#[path = "../../../tests/support/mod.rs"]
mod support;
#[cfg(feature = "token")]
mod token_pcsc;
mod traces;

/// The root of the project.
pub const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
