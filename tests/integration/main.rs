//! The tests of the judge that need more than one of its parts: one program, so that it is linked once.
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

mod applicants;
mod architecture;
mod attack_pack;
mod bounded;
mod case;
mod cases;
mod clients;
mod crypto4a;
mod damage;
mod distrust;
mod expected;
mod expected_device;
mod facts;
mod facts_bundle;
mod facts_certifications;
mod facts_check;
mod facts_marvell;
mod facts_network;
mod findings;
mod foreign_readers;
mod fortanix;
mod hints;
mod intake;
mod judgement;
mod luna;
mod marvell;
mod mutation;
mod nshield;
mod one_name;
mod openpgp;
mod plausible;
mod policy;
mod request_evidence;
mod result_document;
mod rewritten;
mod schemes;
mod second_opinion;
mod securosys_primus;
mod simulate;
mod smartcard_hsm;
#[path = "../support/mod.rs"]
mod support;
mod token_hostile;
mod tokens;
mod tour;
mod weak_keys;
#[path = "../support/rewritten.rs"]
mod writers;

/// The root of the project.
pub const ROOT: &str = env!("CARGO_MANIFEST_DIR");
