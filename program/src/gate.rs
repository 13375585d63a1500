//! `keyproof gate`: may this certificate be issued? Called as EJBCA calls its external command
//! validators: the certificate as a file, first; or as PEM on standard input; success is silence on
//! standard error and exit code 0.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use keyproof::escape::visible;
use keyproof::reason::{Reason, ReasonCode};
use keyproof::report;
use keyproof::submission::{InputRole, Limits, Submission};
use keyproof_ledger::decision::Candidate;

use crate::arguments::WritingArguments;
use crate::exit::{Exit, Failure};
use crate::files::SubmissionReader;
use crate::judging;
use crate::ledger::open_to_write;
use crate::output::Destination;
use crate::reference;

pub(crate) const GATE_EXIT_CODES: &str = "Exit codes:
  0  the certificate may be issued, and the ledger says so
  1  it may not; one line on standard error says why
  2  the arguments make no sense
  4  could not decide: a file, the policy or the ledger
  5  it would pass, but the verdict rests on a test anchor: never issue on it
Nothing is written to standard error on 0. Anything but 0 means: do not issue.";

#[derive(Debug, Args)]
pub(crate) struct GateArguments {
    /// The certificate about to be issued, DER or PEM; - or nothing for standard input
    #[arg(value_name = "CERTIFICATE")]
    pub(crate) certificate: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) ledger: WritingArguments,
    /// The order that it is for, by the CA's own reference
    #[arg(long, value_name = "ID", value_parser = reference::read)]
    pub(crate) order: Option<String>,
    /// The policy that holds now [default: the built-in one]
    #[arg(long, value_name = "NAME|FILE")]
    pub(crate) policy: Option<PathBuf>,
    /// The form of the answer on standard output
    #[arg(long, value_enum, default_value_t = GateFormat::Text)]
    pub(crate) format: GateFormat,
}

/// The form of the gate's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum GateFormat {
    /// The record that a certificate may be issued on, in a line
    Text,
    /// What speaks against it in the form of pkilint
    Pkilint,
    /// What speaks against it in the form of pkimetal
    Pkimetal,
}

pub(crate) fn run(arguments: &GateArguments, screen: &Destination) -> Result<Exit, Failure> {
    let policy = judging::standing_policy(arguments.policy.as_deref())?;
    let candidate = read(arguments.certificate.as_deref().unwrap_or(Path::new("-")))?;
    let (mut ledger, key) = open_to_write(&arguments.ledger)?;
    let by = arguments.ledger.by(&key)?;
    let decision = ledger.decide(by, &candidate, arguments.order.as_deref(), &policy)?;
    let in_short = decision.as_ref().map(|_| ()).map_err(Vec::as_slice);
    match (arguments.format, &decision) {
        (GateFormat::Text, Ok(pass)) => {
            screen.write(&format!("may be issued on record {}\n", pass.about))?;
        }
        (GateFormat::Text, Err(_)) => {}
        (GateFormat::Pkilint, _) => screen.write(&report::gate_pkilint(in_short))?,
        (GateFormat::Pkimetal, _) => screen.write(&report::gate_pkimetal(in_short))?,
    }
    let Err(reasons) = decision else {
        return Ok(Exit::Done);
    };
    let _ = writeln!(std::io::stderr(), "keyproof: {}", in_a_line(&reasons));
    // For a staging that verifies with test anchors: all but them is in order.
    let only_test = reasons.iter().all(|reason| reason.code() == ReasonCode::GateTestTrust);
    Ok(if only_test { Exit::AcceptUnderTestTrust } else { Exit::Reject })
}

/// The one certificate of a file.
fn read(path: &Path) -> Result<Candidate, Failure> {
    let limits = Limits::default();
    let mut reader = SubmissionReader::new(&limits);
    reader.add_file(path, InputRole::Any)?;
    let (inputs, unopened) = reader.into_inputs();
    Ok(Candidate::of(&Submission::unpack_beside(inputs, unopened, &limits))?)
}

fn in_a_line(reasons: &[Reason]) -> String {
    let reasons: Vec<String> = reasons
        .iter()
        .map(|reason| {
            let detail = reason.detail().iter().map(|(name, value)| format!("{name} {value}"));
            let detail: Vec<String> = detail.collect();
            format!("{} {} ({})", reason.code(), reason.sentence(), detail.join(", "))
        })
        .collect();
    visible(&reasons.join(" "))
}
