//! What several sub-commands take; what one takes stands beside its run.

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand, ValueEnum};
use keyproof::time::Timestamp;

use crate::ledger::Place;
use crate::reference;

pub(crate) const GATE_EXIT_CODES: &str = "Exit codes:
  0  the certificate may be issued, and the ledger says so
  1  it may not; one line on standard error says why
  2  the arguments make no sense
  4  could not decide: a file, the policy or the ledger
  5  it would pass, but the verdict rests on a test anchor: never issue on it
Nothing is written to standard error on 0. Anything but 0 means: do not issue.";

/// What judges.
#[derive(Debug, Args)]
pub(crate) struct JudgingArguments {
    /// The policy that judges [default: the built-in one, see `keyproof policy show`]
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) time: TimeArgument,
    #[command(flatten)]
    pub(crate) trust: TrustArguments,
}

/// The report of one verdict.
#[derive(Debug, Args)]
pub(crate) struct ReportArguments {
    /// The form of the report
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// Write the report to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Write the request that was judged to this file, unless the verdict is a reject: issue from it
    #[arg(long, value_name = "FILE")]
    pub(crate) write_request: Option<PathBuf>,
}

/// Whether a verdict is kept, and as what.
#[derive(Debug, Args)]
pub(crate) struct KeepingArguments {
    #[command(flatten)]
    pub(crate) kept: KeptArguments,
    #[command(flatten)]
    pub(crate) reference: ReferenceArguments,
}

/// Where verdicts are kept, and by whom.
#[derive(Debug, Args)]
pub(crate) struct KeptArguments {
    /// Keep the submission and the verdict in this ledger: sqlite:FILE or postgres://USER@HOST/DATABASE
    #[arg(long, value_name = "URL", env = "KEYPROOF_LEDGER", value_parser = Place::parse,
          requires_all = ["ledger_key", "operator"])]
    pub(crate) ledger: Option<Place>,
    /// The signing key of the ledger
    #[arg(long, value_name = "FILE", env = "KEYPROOF_LEDGER_KEY")]
    pub(crate) ledger_key: Option<PathBuf>,
    /// Who does this, for the ledger
    #[arg(long = "as", id = "operator", value_name = "NAME", env = "KEYPROOF_OPERATOR", value_parser = reference::read)]
    pub(crate) operator: Option<String>,
}

/// The CA's own references.
#[derive(Debug, Args)]
pub(crate) struct ReferenceArguments {
    /// The order, by the CA's own reference
    #[arg(long, value_name = "ID", value_parser = reference::read)]
    pub(crate) order: Option<String>,
    /// The subscriber, by the CA's own reference
    #[arg(long, value_name = "ID", value_parser = reference::read)]
    pub(crate) subscriber: Option<String>,
    /// The type of certificate that was ordered
    #[arg(long, value_enum, value_name = "TYPE")]
    pub(crate) certificate_type: Option<OrderedType>,
}

/// The type of certificate that was ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OrderedType {
    /// Extended Validation
    Ev,
    /// Any other
    NonEv,
}

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
    #[arg(long, value_name = "FILE")]
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

/// A ledger that is read.
#[derive(Debug, Args)]
pub(crate) struct LedgerArgument {
    /// The ledger: sqlite:FILE or postgres://USER@HOST/DATABASE
    #[arg(long = "ledger", value_name = "URL", env = "KEYPROOF_LEDGER", value_parser = Place::parse)]
    pub(crate) place: Place,
}

/// A ledger that is written to.
#[derive(Debug, Args)]
pub(crate) struct WritingArguments {
    #[command(flatten)]
    pub(crate) ledger: LedgerArgument,
    /// The signing key of the ledger
    #[arg(long, value_name = "FILE", env = "KEYPROOF_LEDGER_KEY")]
    pub(crate) ledger_key: PathBuf,
    /// Who does this
    #[arg(long = "as", value_name = "NAME", env = "KEYPROOF_OPERATOR", value_parser = reference::read)]
    pub(crate) operator: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum LedgerCommand {
    /// Make an empty ledger and its signing key
    Init {
        #[command(flatten)]
        ledger: LedgerArgument,
        /// The name of the ledger, as keyproof.ca.example/2026: without blanks
        #[arg(long, value_name = "NAME")]
        origin: String,
        /// The file to write the new signing key to
        #[arg(long, value_name = "FILE", env = "KEYPROOF_LEDGER_KEY")]
        ledger_key: PathBuf,
    },
    /// List the records, a line each
    List {
        #[command(flatten)]
        ledger: LedgerArgument,
        /// Of this order only
        #[arg(long, value_name = "ID")]
        order: Option<String>,
        /// Of this subscriber only
        #[arg(long, value_name = "ID")]
        subscriber: Option<String>,
        /// Of the key with this SHA-256 only
        #[arg(long, value_name = "SHA-256")]
        key: Option<String>,
    },
    /// Show a record, and what it keeps
    Show {
        /// Its place in the ledger
        #[arg(value_name = "ID")]
        id: u64,
        #[command(flatten)]
        ledger: LedgerArgument,
        /// Write the result, the submission and the documents that it keeps to a new folder
        #[arg(long, value_name = "DIR")]
        output: Option<PathBuf>,
    },
    /// Look for any change, removal, reordering or rollback
    Verify {
        #[command(flatten)]
        ledger: LedgerArgument,
        /// A checkpoint or seal that was kept elsewhere: the ledger must continue it
        #[arg(long, value_name = "FILE")]
        checkpoint: Vec<PathBuf>,
        /// The verifier key that was noted when the ledger was made
        #[arg(long, value_name = "KEY")]
        verifier_key: Option<String>,
    },
    /// Write the signed checkpoint, to be kept elsewhere
    Checkpoint {
        #[command(flatten)]
        ledger: LedgerArgument,
    },
    /// Write a signed checkpoint that also covers every byte of the file
    Seal {
        #[command(flatten)]
        ledger: LedgerArgument,
        /// The signing key of the ledger
        #[arg(long, value_name = "FILE", env = "KEYPROOF_LEDGER_KEY")]
        ledger_key: PathBuf,
    },
    /// Write the proof that a record is in the ledger (C2SP tlog-proof)
    Prove {
        /// Its place in the ledger
        #[arg(value_name = "ID")]
        id: u64,
        #[command(flatten)]
        ledger: LedgerArgument,
    },
    /// Approve a review, or an accept where two people must
    Approve(SettleArguments),
    /// Let no certificate be issued on a verdict
    Refuse(SettleArguments),
    /// Record the documents of another method of CSBR 6.2.7.4.2 for a key
    Record {
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
    },
    /// Let nothing be issued for a key, a module or a subscriber
    Deny(DenialArguments),
    /// Lift such a denial
    Lift(DenialArguments),
    /// Compute a stored verdict again, with the data of its time
    Replay {
        /// Its place in the ledger
        #[arg(value_name = "ID")]
        id: u64,
        #[command(flatten)]
        ledger: LedgerArgument,
    },
    /// Judge the archive by the facts of today, and list the certificates that are affected
    Recheck {
        #[command(flatten)]
        ledger: LedgerArgument,
        /// Judge by this policy [default: of each verdict its own]
        #[arg(long, value_name = "FILE")]
        policy: Option<PathBuf>,
        #[command(flatten)]
        trust: TrustArguments,
        /// Threads to use [default: as many as there are processors]
        #[arg(long, value_name = "N")]
        jobs: Option<usize>,
    },
    /// Draw the sample of the self-audit (CSBR 8.7), the same for the same seed
    Sample {
        #[command(flatten)]
        ledger: LedgerArgument,
        /// Of each type of certificate, this many in a hundred, rounded up
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=100))]
        percent: u8,
        /// Anything; note it with the sample
        #[arg(long, value_name = "TEXT")]
        seed: String,
        /// Issued from this time on
        #[arg(long, value_name = "RFC3339", value_parser = read_time)]
        from: Option<Timestamp>,
        /// Issued before this time
        #[arg(long, value_name = "RFC3339", value_parser = read_time)]
        to: Option<Timestamp>,
    },
    /// Write the whole ledger to a new folder that can be read without this program
    Export {
        #[command(flatten)]
        ledger: LedgerArgument,
        /// The folder
        #[arg(long, value_name = "DIR")]
        output: PathBuf,
    },
    /// Remove what the records held whose time is over; their places in the tree stay
    Prune {
        #[command(flatten)]
        writing: WritingArguments,
        /// The policy that says how long records are kept [default: the built-in one]
        #[arg(long, value_name = "FILE")]
        policy: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct SettleArguments {
    /// The verdict, by its place in the ledger
    #[arg(value_name = "ID")]
    pub(crate) id: u64,
    #[command(flatten)]
    pub(crate) writing: WritingArguments,
    #[command(flatten)]
    pub(crate) grounds: GroundsArguments,
}

/// What a person's decision rests on.
#[derive(Debug, Args)]
pub(crate) struct GroundsArguments {
    /// Why, in a sentence
    #[arg(long, value_name = "TEXT", value_parser = read_reason)]
    pub(crate) reason: String,
    /// A document that it rests on, kept with it
    #[arg(long = "document", value_name = "FILE")]
    pub(crate) documents: Vec<PathBuf>,
}

/// Text of a person, which may have several lines.
fn read_reason(text: &str) -> Result<String, &'static str> {
    if text.trim().is_empty() {
        return Err("it is empty");
    }
    if text.chars().count() > 4000 {
        return Err("it has 4000 characters at most");
    }
    Ok(text.to_owned())
}

#[derive(Debug, Args)]
pub(crate) struct DenialArguments {
    #[command(flatten)]
    pub(crate) writing: WritingArguments,
    #[command(flatten)]
    pub(crate) denied: DeniedArguments,
    /// Why, in a sentence
    #[arg(long, value_name = "TEXT", value_parser = read_reason)]
    pub(crate) reason: String,
}

/// What is denied.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct DeniedArguments {
    /// The key with this SHA-256 of its SubjectPublicKeyInfo
    #[arg(long, value_name = "SHA-256")]
    pub(crate) key: Option<String>,
    /// The module, as `ledger show` names it: VENDOR/SERIAL
    #[arg(long, value_name = "VENDOR/SERIAL", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) device: Option<String>,
    /// The subscriber, by the CA's own reference
    #[arg(long, value_name = "ID", value_parser = reference::read)]
    pub(crate) subscriber: Option<String>,
}

/// The form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people, on one screen
    Text,
    /// The stable contract keyproof/result/v1
    Json,
    /// One page to file or print
    Html,
    /// The findings in the form of pkilint
    Pkilint,
    /// The findings in the form of pkimetal
    Pkimetal,
}

#[derive(Debug, Args)]
pub(crate) struct TimeArgument {
    /// Judge as of this time, as 2026-11-21T00:00:00Z [default: now]
    #[arg(long = "time", value_name = "RFC3339", value_parser = read_time)]
    pub(crate) at: Option<Timestamp>,
}

pub(crate) fn read_time(text: &str) -> Result<Timestamp, &'static str> {
    Timestamp::from_rfc3339(text).ok_or("not a time as RFC 3339 has it: 2026-11-21T00:00:00Z")
}

#[derive(Debug, Default, Args)]
pub(crate) struct TrustArguments {
    /// A folder with anchors.yaml and its certificates, believed beside the bundled anchors
    #[arg(long = "trust-anchors", value_name = "DIR")]
    pub(crate) folders: Vec<PathBuf>,
}
