//! `keyproof ledger approve`, `refuse` and `record`: what people decide, and on what grounds.

use std::path::{Path, PathBuf};

use clap::Args;
use keyproof::submission::{Input, InputRole, Limits};
use keyproof_ledger::RecordId;
use keyproof_ledger::keep::Reference;
use keyproof_ledger::method::{MethodError, NoKey};
use keyproof_ledger::record::Decision;
use keyproof_ledger::settle::Grounds;

use super::writing::{open_to_write, recorded};
use crate::arguments::{ReferenceArguments, WritingArguments};
use crate::exit::{Exit, Failure};
use crate::files::{SubmissionReader, named, read_own_file};
use crate::output::Destination;

/// The largest document: a scanned letter, a report.
const MAX_DOCUMENT_BYTES: usize = 64 << 20;

#[derive(Debug, Args)]
pub(crate) struct SettleArguments {
    /// The verdict, by its place in the ledger
    #[arg(value_name = "ID")]
    id: u64,
    #[command(flatten)]
    writing: WritingArguments,
    #[command(flatten)]
    grounds: GroundsArguments,
}

#[derive(Debug, Args)]
pub(crate) struct RecordArguments {
    /// The method: 1, or 3 to 7
    #[arg(long, value_parser = clap::value_parser!(u8).range(1..=7))]
    method: u8,
    /// The certification request, or a file with the public key
    #[arg(long, value_name = "FILE")]
    request: PathBuf,
    #[command(flatten)]
    writing: WritingArguments,
    #[command(flatten)]
    reference: ReferenceArguments,
    #[command(flatten)]
    grounds: GroundsArguments,
}

/// What a person's decision rests on.
#[derive(Debug, Args)]
struct GroundsArguments {
    /// Why, in a sentence
    #[arg(long, value_name = "TEXT", value_parser = read_reason)]
    reason: String,
    /// A document that it rests on, kept with it
    #[arg(long = "document", value_name = "FILE")]
    documents: Vec<PathBuf>,
}

/// Text of a person, which may have several lines.
pub(super) fn read_reason(text: &str) -> Result<String, &'static str> {
    if text.trim().is_empty() {
        return Err("it is empty");
    }
    if text.chars().count() > 4000 {
        return Err("it has 4000 characters at most");
    }
    Ok(text.to_owned())
}

pub(super) fn settle(
    arguments: &SettleArguments,
    decision: Decision,
    screen: &Destination,
) -> Result<Exit, Failure> {
    let grounds = arguments.grounds.read()?;
    let (mut ledger, key) = open_to_write(&arguments.writing)?;
    let by = arguments.writing.by(&key)?;
    let id = ledger.settle(by, RecordId(arguments.id), decision, &grounds)?;
    recorded(id, screen)
}

pub(super) fn record(arguments: &RecordArguments, screen: &Destination) -> Result<Exit, Failure> {
    let RecordArguments { method, request, writing, reference, grounds } = arguments;
    let file = read_request(request)?;
    let grounds = grounds.read()?;
    let (mut ledger, key) = open_to_write(writing)?;
    let done = ledger.record_method(
        writing.by(&key)?,
        *method,
        &file,
        &Reference::from(reference),
        &grounds,
    );
    recorded(done.map_err(|error| method_failure(error, request))?, screen)
}

fn read_request(path: &Path) -> Result<Input, Failure> {
    let limits = Limits::default();
    let mut reader = SubmissionReader::new(&limits);
    reader.add_file(path, InputRole::Request)?;
    let nothing = || Failure::new(format!("{} is not read", named(path)), "Name one file.");
    reader.into_inputs().0.into_iter().next().ok_or_else(nothing)
}

impl GroundsArguments {
    fn read(&self) -> Result<Grounds, Failure> {
        let read = |path: &PathBuf| {
            let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
            Ok((name, read_own_file(path, MAX_DOCUMENT_BYTES)?))
        };
        let documents = self.documents.iter().map(read).collect::<Result<_, Failure>>()?;
        Ok(Grounds { reason: self.reason.clone(), documents })
    }
}

/// With the name of the file of the request.
fn method_failure(error: MethodError, request: &Path) -> Failure {
    let why = match error {
        MethodError::Attestation => {
            return Failure::usage(
                "method 2 is key attestation, which is verified, not only recorded",
                "Run `keyproof verify` with --ledger.",
            );
        }
        MethodError::NoDocument => {
            return Failure::usage(
                "the method rests on documents, and none is named",
                "Name each with --document.",
            );
        }
        MethodError::NoKey(NoKey::Unusable(code)) => code.sentence(),
        MethodError::NoKey(NoKey::Count) => {
            "it does not hold exactly one request, certificate or public key"
        }
        MethodError::NoKey(NoKey::Certificate) => "its certificate cannot be read",
        MethodError::Ledger(error) => return error.into(),
    };
    Failure::new(
        format!("{} does not say which key it is about: {why}", named(request)),
        "Name the certification request, or a file with the public key alone.",
    )
}
