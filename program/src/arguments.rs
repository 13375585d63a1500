//! What several sub-commands take; what one takes stands beside its run.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use keyproof::expectation::{Expected, ExpectedSerial};
use keyproof::reason::Language;
use keyproof::time::Timestamp;
use keyproof_ledger::Place;

use crate::exit::Failure;
use crate::files::named;
use crate::reference;

/// What judges.
#[derive(Debug, Args)]
pub(crate) struct JudgingArguments {
    /// The policy that judges [default: the built-in one, see `keyproof policy show`]
    #[arg(long, value_name = "NAME|FILE")]
    pub(crate) policy: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) time: TimeArgument,
    #[command(flatten)]
    pub(crate) trust: TrustArguments,
}

/// The report of one verdict.
#[derive(Debug, Args)]
pub(crate) struct ReportArguments {
    #[command(flatten)]
    pub(crate) forms: FormArguments,
    /// Write the request that was judged to this file, unless the verdict is a reject: issue from it
    #[arg(long, value_name = "FILE")]
    pub(crate) write_request: Option<PathBuf>,
}

/// In which forms a report is written, and to where.
#[derive(Debug, Args)]
pub(crate) struct FormArguments {
    /// The form of the report; of several, one for each --output in turn [default: that of the file's
    /// ending, else text]
    #[arg(long, value_enum)]
    pub(crate) format: Vec<Format>,
    #[command(flatten)]
    pub(crate) language: LanguageArgument,
    /// Write the report to this file instead of standard output; may be given more than once
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Vec<PathBuf>,
}

impl FormArguments {
    /// Each form with the file that it goes to; `None` is the screen.
    pub(crate) fn reports(&self) -> Result<Vec<(Format, Option<&Path>)>, Failure> {
        match (self.format.as_slice(), self.output.as_slice()) {
            ([], []) => Ok(vec![(Format::Text, None)]),
            ([format], []) => Ok(vec![(*format, None)]),
            ([], outputs) => {
                let named = |path: &PathBuf| Format::of(path).unwrap_or(Format::Text);
                Ok(outputs.iter().map(|path| (named(path), Some(path.as_path()))).collect())
            }
            (formats, outputs) if formats.len() == outputs.len() => {
                let pair = |(format, path): (&Format, &PathBuf)| format.at(path);
                let pairs = formats.iter().zip(outputs);
                pairs.clone().try_for_each(pair)?;
                Ok(pairs.map(|(format, path)| (*format, Some(path.as_path()))).collect())
            }
            _ => Err(Failure::usage(
                "nobody can tell which --format is for which --output",
                "Name one --format for each --output, or none where the endings of the files say it.",
            )),
        }
    }
}

/// What the order says of the submission.
#[derive(Debug, Args)]
pub(crate) struct ExpectedArguments {
    /// The serial number of the device in the order: evidence of another is rejected
    #[arg(long, value_name = "NUMBER", value_parser = ExpectedSerial::parse)]
    pub(crate) serial: Option<ExpectedSerial>,
}

impl ExpectedArguments {
    pub(crate) fn expected(&self) -> Expected {
        Expected { serial: self.serial.clone() }
    }
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
    #[arg(long, value_name = "URL", env = "KEYPROOF_LEDGER", value_parser = read_place,
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

/// A ledger that is read.
#[derive(Debug, Args)]
pub(crate) struct LedgerArgument {
    /// The ledger: sqlite:FILE or postgres://USER@HOST/DATABASE
    #[arg(long = "ledger", value_name = "URL", env = "KEYPROOF_LEDGER", value_parser = read_place)]
    pub(crate) place: Place,
}

pub(crate) fn read_place(url: &str) -> Result<Place, &'static str> {
    let named = "a ledger is named as sqlite:FILE or postgres://USER@HOST/DATABASE";
    url.parse().map_err(|_| named)
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

#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct LanguageArgument {
    /// The language of what the applicant is told
    #[arg(long = "lang", value_enum, value_name = "LANGUAGE", default_value_t = LetterLanguage::En)]
    language: LetterLanguage,
}

/// A language of letters to applicants. Everything else is English.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LetterLanguage {
    /// English
    En,
    /// German
    De,
}

impl From<LanguageArgument> for Language {
    fn from(argument: LanguageArgument) -> Self {
        match argument.language {
            LetterLanguage::En => Self::English,
            LetterLanguage::De => Self::German,
        }
    }
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
    #[command(flatten)]
    pub(crate) facts: FactsArguments,
    /// A folder with anchors.yaml and its certificates, believed beside the bundled anchors
    #[arg(long = "trust-anchors", value_name = "DIR")]
    pub(crate) folders: Vec<PathBuf>,
}

/// By which facts it is judged.
#[derive(Debug, Default, Args)]
pub(crate) struct FactsArguments {
    /// Judge by this bundle of facts, which must be newer than the one of this release
    #[arg(long = "facts", value_name = "FILE", env = "KEYPROOF_FACTS")]
    pub(crate) bundle: Option<PathBuf>,
    /// The keys that must have signed it; all that it vouches for is then under test trust [default: the
    /// keys of this release]
    #[arg(long = "facts-keys", value_name = "FILE")]
    pub(crate) keys: Option<PathBuf>,
}

impl Format {
    /// The form that the ending of a file names; `None` where it names none.
    fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "json" => Some(Self::Json),
            "html" | "htm" => Some(Self::Html),
            "txt" | "text" => Some(Self::Text),
            _ => None,
        }
    }

    /// That the ending of the file says nothing else.
    fn at(self, path: &Path) -> Result<(), Failure> {
        // The linters' lists are JSON too.
        let fits = |ending| match self {
            Self::Text | Self::Html => ending == self,
            Self::Json | Self::Pkilint | Self::Pkimetal => ending == Self::Json,
        };
        if Self::of(path).is_none_or(fits) {
            return Ok(());
        }
        Err(Failure::usage(
            format!("the ending of {} names another form than --format", named(path)),
            "Leave --format out, or name the file otherwise.",
        ))
    }
}
