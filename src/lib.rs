//! Is the key in this request the key that this manufacturer's hardware says it generated, in a
//! module good enough for the rules, and unable to leave it?
//!
//! A [`Verifier`] takes a [`submission::Submission`] and a time, and gives an
//! [`result::AttestationResult`]: one finding for each requirement of the CA/Browser Forum Code
//! Signing Baseline Requirements that hardware evidence can answer, and the verdict that follows.
//!
//! # What an accept proves
//! The request is signed by the key it names; that key is the one that a manufacturer's anchor,
//! through certificates of fixed roles, says is in the named module; the module says the key was
//! made there and cannot leave; a certification of the required level covers the module at its
//! firmware; the key is of an allowed kind, without a flaw that can be computed, and on no list of
//! keys that others know.
//!
//! # What it does not prove
//! That the module is in its certified mode of operation, that the applicant is who they say, that
//! the key is used only for code signing, or that the manufacturer's own keys are safe.
//!
//! # The map
//! The straight line is in `verifier/mod.rs`; each step is a module here, in the order of the line:
//! [`submission`], [`request`], [`mod@format`] with [`trust`] and [`signature`], [`claims`],
//! [`endorsement`] and [`policy`], [`result`] with [`reason`], [`report`]. The library does no I/O
//! and reads no clock.

pub mod claims;
pub mod collect;
pub mod document;
pub mod encoding;
pub mod endorsement;
pub mod escape;
pub mod expectation;
pub mod facts;
pub mod format;
pub mod inspection;
pub mod observation;
pub mod policy;
pub mod public_key;
pub mod reason;
pub mod report;
pub mod request;
pub mod result;
pub mod signature;
pub mod submission;
pub mod time;
pub mod trust;
mod verifier;

pub use reason::{Reason, ReasonCode};
pub use result::{AttestationResult, Finding, Outcome, Requirement, Verdict};
pub use submission::{Input, InputRole, Limits, Submission};
pub use time::Timestamp;
pub use verifier::{Knowledge, Verifier};
