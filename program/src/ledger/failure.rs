//! What the ledger refuses, in sentences, with what to do next and the exit code: here, and only here.

use std::io::{self, ErrorKind};
use std::path::Path;

use keyproof_ledger::LedgerError;
use keyproof_ledger::check::CheckError;
use keyproof_ledger::error::{FileCause, FileStep, UrlError};
use keyproof_ledger::gate::CandidateError;
use keyproof_ledger::replay::ReplayError;
use keyproof_ledger::settle::SettleError;

use super::words;
use crate::exit::Failure;
use crate::files::{named, unreadable};

const NOTHING_RECORDED: &str = "Nothing was recorded; see to the disk before you try again.";
const RIGHTS: &str = "Check the rights of the file and of its folder.";

impl From<LedgerError> for Failure {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::Damaged(fault) => Self::new(
                words::damaged(&fault),
                "Issue nothing on it; run `keyproof ledger verify`, and restore it from a copy.",
            ),
            LedgerError::OtherSchema => Self::new(
                "the ledger was written by another version of keyproof",
                "Use that version, or a later one.",
            ),
            LedgerError::OtherKey(origin) => Self::usage(
                "the signing key is not that of this ledger",
                format!("Name the key of {origin}."),
            ),
            LedgerError::ClockSetBack { now, last } => Self::new(
                format!("the clock shows {now}, and the last record was written at {last}"),
                "Set the clock; records are written in the order of time.",
            ),
            LedgerError::NoRecord { record, size } => Self::new(
                format!("the ledger has no record {record}; it ends before {size}"),
                "See the records with `keyproof ledger list`.",
            ),
            LedgerError::Pruned(record) => Self::new(
                format!("record {record} was pruned at the end of its time"),
                "What remains of it is its place in the tree: see `keyproof ledger prove`.",
            ),
            LedgerError::OtherFacts => Self::new(
                "the ledger has adopted other facts than the submission was judged by",
                "Judge it again; nothing was recorded.",
            ),
            LedgerError::Policy(error) => Self::new(
                format!("the policy of the verdict cannot be used with these facts: {error}"),
                "Name a policy with --policy.",
            ),
            LedgerError::Io { step, path, error } => file_failure(step, &path, &error),
            LedgerError::File { path, cause, said } => sqlite_failure(&path, cause, &said),
            LedgerError::Url(error) => url_failure(&error),
            LedgerError::Authority { path, said } => {
                let why = said.as_deref().unwrap_or("it holds no certificate");
                Self::new(
                    format!("{} cannot vouch for the server of the ledger: {why}", named(&path)),
                    "Name a file with the certificate of its authority, as PEM.",
                )
            }
            LedgerError::Unsupported => Self::new(
                "this keyproof was built without the database of that ledger",
                "Build it with both, as it is by default.",
            ),
            LedgerError::Unreachable(said) => Self::new(
                format!("the ledger could not be reached: {said}"),
                "Check that PostgreSQL runs, and the user, host, database and authority of the URL.",
            ),
            LedgerError::Unsafe(setting) => Self::new(
                format!(
                    "this PostgreSQL runs with {setting} off and may lose what it says it has kept"
                ),
                format!("Set {setting} = on, and see whether its data are still whole."),
            ),
            LedgerError::Server(said) => Self::new(
                format!("the ledger could not be used: {said}"),
                "Nothing was recorded; see to the database before you try again.",
            ),
        }
    }
}

fn file_failure(step: FileStep, path: &Path, error: &io::Error) -> Failure {
    let path_named = named(path);
    match step {
        FileStep::Make => Failure::new(
            format!("{path_named} could not be made: {error}"),
            "Name a file that is not there yet, in a folder that is.",
        ),
        FileStep::Synchronise => Failure::new(
            format!("the folder of {path_named} could not be synchronised: {error}"),
            "Choose a disk that keeps what it is given.",
        ),
        FileStep::Open => Failure::new(
            format!("{path_named} could not be opened: {error}"),
            "Check the name, or make a ledger with `keyproof ledger init`.",
        ),
        FileStep::Read => Failure::new(format!("{path_named} could not be read: {error}"), RIGHTS),
        FileStep::ReadAuthority => authority_failure(path, error),
    }
}

/// The same sentences as of any other file of the operator.
fn authority_failure(path: &Path, error: &io::Error) -> Failure {
    let (what, next) = match error.kind() {
        ErrorKind::IsADirectory => ("is a folder where a file is expected", "Name the file."),
        ErrorKind::Unsupported => (
            "is a pipe, a socket or a device, not a file",
            "Save it to a file, or give it on standard input and name - in its place.",
        ),
        ErrorKind::FileTooLarge => ("is larger than 1048576 bytes", "Name the right file."),
        _ => return unreadable(path, error),
    };
    Failure::new(format!("{} {what}", named(path)), next)
}

fn sqlite_failure(path: &Path, cause: FileCause, said: &str) -> Failure {
    let what = format!("{}: {said}", named(path));
    match cause {
        FileCause::Busy => Failure::new(
            format!("{what}: others kept writing"),
            "Try again; if it stays so, see which program holds the file.",
        ),
        FileCause::Full => Failure::new(what, "Make room on the disk; nothing was recorded."),
        FileCause::Rights => Failure::new(what, RIGHTS),
        FileCause::Other => Failure::new(what, NOTHING_RECORDED),
    }
}

fn url_failure(error: &UrlError) -> Failure {
    let what = match error {
        UrlError::Form(said) => said.as_str(),
        UrlError::AuthorityUnnamed => "sslrootcert does not name one file",
        UrlError::AuthorityMissing => "sslmode=verify-full, and no sslrootcert to verify by",
        UrlError::AuthorityUnused => {
            return Failure::usage(
                "the URL of the ledger names an authority for TLS, and says sslmode=disable",
                "Leave one of the two out.",
            );
        }
        UrlError::Unencrypted => {
            return Failure::usage(
                "the connection to the ledger would leave this machine without encryption",
                "Name the authority of the server's certificate with ?sslrootcert=FILE in the URL.",
            );
        }
    };
    Failure::usage(
        format!("the URL of the ledger cannot be read: {what}"),
        "Write it as postgres://user@host/database.",
    )
}

impl From<SettleError> for Failure {
    fn from(error: SettleError) -> Self {
        match error {
            SettleError::Rejected(record) => Self::usage(
                format!("record {record} is a reject, which nobody can approve"),
                "Verify again with the evidence that was missing.",
            ),
            SettleError::OtherKind { record, kind } => Self::usage(
                format!("record {record} is a record of kind {kind}, not a verdict"),
                "Name the verdict, as `keyproof ledger list` shows it.",
            ),
            SettleError::Ledger(error) => error.into(),
        }
    }
}

impl From<ReplayError> for Failure {
    fn from(error: ReplayError) -> Self {
        match error {
            ReplayError::OtherKind { record, kind } => Self::usage(
                format!("record {record} is a record of kind {kind}, not a verdict"),
                "Name a verdict, as `keyproof ledger list` shows it.",
            ),
            ReplayError::Ledger(error) => error.into(),
        }
    }
}

impl From<CandidateError> for Failure {
    fn from(error: CandidateError) -> Self {
        let why = match error {
            CandidateError::Unreadable(code) => code.sentence().to_owned(),
            CandidateError::Count(count) => format!("{count} objects came"),
            CandidateError::Kind(kind) => format!("a {} came", kind.id()),
            CandidateError::NotAfter => "the end of its validity is no time".to_owned(),
        };
        Self::new(
            format!("this is not one certificate: {why}"),
            "Give the certificate that is about to be issued, as DER or PEM, and nothing else.",
        )
    }
}

/// With the name of the file of the ledger.
pub(super) fn checking(error: CheckError, file: &Path) -> Failure {
    match error {
        CheckError::InUse => Failure::new(
            format!("{} was in use, so that its bytes could not be compared", named(file)),
            "Verify against a seal when nobody else has the ledger open.",
        ),
        CheckError::Ledger(error) => error.into(),
    }
}
