//! `keyproof verify`: read, judge, report.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use keyproof::Knowledge;
use keyproof::reason::Language;
use keyproof::report::{self, TextOptions};
use keyproof::result::{AttestationResult, Verdict};
use keyproof::submission::{Input, InputRole, Limits, Submission};
use keyproof_ledger::keep::{Judged, Reference, Seen};

use crate::arguments::{
    ExpectedArguments, FormArguments, Format, JudgingArguments, KeepingArguments, ReportArguments,
};
use crate::exit::{Exit, Failure};
use crate::files::{SubmissionReader, named};
use crate::judging::Judging;
use crate::ledger::Keeper;
use crate::output::{Destination, remove};

/// What was handed in.
#[derive(Debug, Args)]
pub(crate) struct SubmissionArguments {
    /// The submission: files in any order, folders, a zip, or - for standard input
    #[arg(value_name = "FILE|DIR|ZIP|-", required_unless_present_any = ["request", "attestation"])]
    pub(crate) files: Vec<PathBuf>,
    /// The certification request
    #[arg(long, value_name = "FILE")]
    pub(crate) request: Option<PathBuf>,
    /// A file of the evidence
    #[arg(long, value_name = "FILE")]
    pub(crate) attestation: Vec<PathBuf>,
}

impl SubmissionArguments {
    fn paths(&self) -> impl Iterator<Item = &PathBuf> {
        self.files.iter().chain(&self.request).chain(&self.attestation)
    }
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArguments {
    #[command(flatten)]
    pub(crate) submission: SubmissionArguments,
    #[command(flatten)]
    pub(crate) expected: ExpectedArguments,
    #[command(flatten)]
    pub(crate) judging: JudgingArguments,
    #[command(flatten)]
    pub(crate) report: ReportArguments,
    #[command(flatten)]
    pub(crate) keeping: KeepingArguments,
}

pub(crate) fn run(arguments: &VerifyArguments, screen: &Destination) -> Result<Exit, Failure> {
    let read_first = arguments.submission.paths().chain(&arguments.judging.policy);
    remove_earlier(&arguments.report, read_first)?;
    let judging = Judging::keeping(&arguments.judging, &arguments.keeping.kept)?;
    let keeper = Keeper::for_one(&arguments.keeping, &judging)?;
    let limits = Limits::default();
    let (inputs, submission) = read(&arguments.submission, &limits)?;
    let knowledge = Knowledge { observations: None, expected: arguments.expected.expected() };
    let result = judging.verifier.appraise_knowing(&submission, &knowledge, judging.time);
    let companions = submission.companions();
    let seen = Seen { inputs: &inputs, companions, observations: None };
    conclude(seen, result, keeper, &arguments.keeping, &arguments.report, screen)
}

/// Takes away what an earlier run wrote: if this one fails, its caller must not find that. What is
/// still to be read, `read_first`, is no place to write to.
pub(crate) fn remove_earlier<'a>(
    arguments: &'a ReportArguments,
    read_first: impl Iterator<Item = &'a PathBuf>,
) -> Result<(), Failure> {
    let outputs = || arguments.forms.output.iter().chain(&arguments.write_request);
    let mut taken: Vec<PathBuf> = read_first.filter_map(|it| it.canonicalize().ok()).collect();
    for path in outputs() {
        let meant = path.canonicalize().unwrap_or_else(|_| path.clone());
        if taken.contains(&meant) && !meant.is_dir() {
            return Err(Failure::usage(
                format!("{} is named twice, and would be written over", named(path)),
                "Name a file of its own for each thing that is written.",
            ));
        }
        taken.push(meant);
    }
    outputs().try_for_each(|path| remove(path))?;
    // Before anything is judged or kept.
    arguments.forms.reports().map(|_| ())
}

/// Keeps a verdict where a ledger is named, and reports it.
pub(crate) fn conclude(
    seen: Seen<'_>,
    mut result: AttestationResult,
    keeper: Option<Keeper>,
    keeping: &KeepingArguments,
    arguments: &ReportArguments,
    screen: &Destination,
) -> Result<Exit, Failure> {
    if let Some(mut keeper) = keeper {
        // From here on, there is a verdict only if the ledger has it.
        let reference = Reference::from(&keeping.reference);
        let judged = Judged { seen, result, reference: &reference };
        result = keeper.keep(judged)?;
    }
    report(&result, arguments, screen)
}

/// Writes the report of `result`, and says in one line if it is no accept.
fn report(
    result: &AttestationResult,
    arguments: &ReportArguments,
    screen: &Destination,
) -> Result<Exit, Failure> {
    write_reports(result, &arguments.forms, screen)?;
    // Last: where it is, all else has been written.
    write_request(result, arguments)?;
    let exit = Exit::of(result);
    if exit != Exit::Accept {
        // One short line and no more: a caller may read standard output to its end first. On an
        // accept there is none, because EJBCA takes any for a failure.
        let _ = writeln!(std::io::stderr(), "keyproof: {}", in_a_line(result, exit));
    }
    Ok(exit)
}

/// Writes the report of `result` in every form that was asked for.
pub(crate) fn write_reports(
    result: &AttestationResult,
    forms: &FormArguments,
    screen: &Destination,
) -> Result<(), Failure> {
    for (format, path) in forms.reports()? {
        let file = path.map(|path| Destination::File(path.to_owned()));
        let destination = file.as_ref().unwrap_or(screen);
        destination.write(&render(result, format, forms.language.into(), destination))?;
    }
    Ok(())
}

/// Hands out the request that was judged: another program may read the applicant's file otherwise.
/// A reject leaves none.
fn write_request(result: &AttestationResult, arguments: &ReportArguments) -> Result<(), Failure> {
    let Some(path) = &arguments.write_request else {
        return Ok(());
    };
    let pem = result.request().and_then(|request| request.pem.as_deref());
    match pem.filter(|_| result.verdict() != Verdict::Reject) {
        Some(pem) => Destination::File(path.clone()).write(pem),
        None => Ok(()),
    }
}

/// The files, as they came and unpacked.
pub(crate) fn read(
    arguments: &SubmissionArguments,
    limits: &Limits,
) -> Result<(Vec<Input>, Submission), Failure> {
    let mut reader = SubmissionReader::new(limits);
    for path in &arguments.files {
        reader.add(path)?;
    }
    if let Some(path) = &arguments.request {
        reader.add_file(path, InputRole::Request)?;
    }
    for path in &arguments.attestation {
        reader.add_file(path, InputRole::Attestation)?;
    }
    let (inputs, unopened) = reader.into_inputs();
    let submission = Submission::unpack_beside(inputs.clone(), unopened, limits);
    Ok((inputs, submission))
}

pub(crate) fn render(
    result: &AttestationResult,
    format: Format,
    language: Language,
    destination: &Destination,
) -> String {
    match format {
        Format::Text => {
            let (width, color) = (destination.width(), destination.color());
            report::text(result, &TextOptions { width, color, language })
        }
        Format::Json => report::json(result, language),
        Format::Html => report::html(result, language),
        Format::Pkilint => report::pkilint(result),
        Format::Pkimetal => report::pkimetal(result),
    }
}

fn in_a_line(result: &AttestationResult, exit: Exit) -> String {
    if exit == Exit::AcceptUnderTestTrust {
        return "accept under test trust".to_owned();
    }
    let reasons = result.findings().iter().flat_map(|finding| finding.reasons());
    let codes: std::collections::BTreeSet<&str> =
        reasons.map(|reason| reason.code().code()).collect();
    let codes: Vec<&str> = codes.into_iter().collect();
    format!("{}: {}", result.verdict().id(), codes.join(", "))
}
