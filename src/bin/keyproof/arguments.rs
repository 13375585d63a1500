//! What can be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use keyproof::time::Timestamp;

const EXIT_CODES: &str = "Exit codes of `verify`:
  0  accept
  1  reject
  2  the arguments make no sense
  3  review: a person must weigh something
  4  could not run: a file, the policy or the bundled data
  5  accept under test trust: never issue on it
Anything but 0 means: do not issue.";

/// Is the key in this request the key that genuine, certified hardware attests?
#[derive(Debug, Parser)]
#[command(version, propagate_version = true, after_help = EXIT_CODES, max_term_width = 100)]
pub(crate) struct Arguments {
    /// When to use colour
    #[arg(long, global = true, value_enum, default_value_t = ColorChoice::Auto, value_name = "WHEN")]
    pub(crate) color: ColorChoice,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal that shows it, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Judge a submission: the request, the attestation, and what vouches for it
    #[command(after_help = EXIT_CODES)]
    Verify(VerifyArguments),
    /// Show what files hold and who signed it; nothing is judged
    Inspect(InspectArguments),
    /// Show the trust anchors, or whether a certificate is one of them
    #[command(subcommand)]
    Anchors(AnchorsCommand),
    /// Show the certified modules, the advisories, and the devices that cannot attest
    #[command(subcommand)]
    Modules(ModulesCommand),
    /// Show what reason codes mean and what to ask the applicant
    #[command(subcommand)]
    Reasons(ReasonsCommand),
    /// Show or check the policy that judges
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Make a test submission of a format, with its own test anchors
    Simulate(SimulateArguments),
    /// Read live tokens over PC/SC, and judge what they attest; nothing on a token is written
    #[command(subcommand)]
    Token(TokenCommand),
    /// Write a manual page to standard output
    #[command(hide = true)]
    Man(ManArguments),
    /// Write shell completions to standard output
    #[command(hide = true)]
    Completions(CompletionsArguments),
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArguments {
    /// The submission: files in any order, folders, a zip, or - for standard input
    #[arg(value_name = "FILE|DIR|ZIP|-", required_unless_present_any = ["request", "attestation"])]
    pub(crate) files: Vec<PathBuf>,
    /// The certification request
    #[arg(long, value_name = "FILE")]
    pub(crate) request: Option<PathBuf>,
    /// A file of the evidence
    #[arg(long, value_name = "FILE")]
    pub(crate) attestation: Vec<PathBuf>,
    /// The policy that judges [default: the built-in one, see `keyproof policy show`]
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) time: TimeArgument,
    #[command(flatten)]
    pub(crate) trust: TrustArguments,
    /// The form of the report
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// Write the report to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
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

fn read_time(text: &str) -> Result<Timestamp, &'static str> {
    Timestamp::from_rfc3339(text).ok_or("not a time as RFC 3339 has it: 2026-11-21T00:00:00Z")
}

#[derive(Debug, Default, Args)]
pub(crate) struct TrustArguments {
    /// A folder with anchors.yaml and its certificates, believed beside the bundled anchors
    #[arg(long = "trust-anchors", value_name = "DIR")]
    pub(crate) folders: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct InspectArguments {
    /// Files, folders, a zip, or - for standard input
    #[arg(value_name = "FILE|DIR|ZIP|-", required = true)]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) trust: TrustArguments,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AnchorsCommand {
    /// List the anchors, and the certificates that are known and refused
    List {
        #[command(flatten)]
        trust: TrustArguments,
    },
    /// Show one anchor: name, key, uses and sources
    Show {
        /// Its identifier, as `keyproof anchors list` prints it
        id: String,
        #[command(flatten)]
        trust: TrustArguments,
    },
    /// Is this certificate the one that is trusted? Exits 0 if it is, 1 if not, 3 if it is unconfirmed
    Check {
        /// A certificate, PEM or DER
        file: PathBuf,
        #[command(flatten)]
        trust: TrustArguments,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ModulesCommand {
    /// List the modules with their certifications, the advisories, and the devices that cannot
    /// attest, with the answer to send to the applicant
    List {
        /// Of this manufacturer or provider only
        #[arg(long)]
        vendor: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ReasonsCommand {
    /// List all codes with their sentences
    List,
    /// Explain one code: what is so, and what to ask the applicant
    Explain {
        /// The code, as binding.key-mismatch
        code: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Print the built-in policy, as a start for one's own
    Show,
    /// Check a policy file
    Check {
        /// The file
        file: PathBuf,
    },
    /// Print the JSON Schema of the policy file
    Schema,
}

#[derive(Debug, Args)]
pub(crate) struct SimulateArguments {
    /// The format to simulate
    #[arg(required_unless_present = "list")]
    pub(crate) format: Option<String>,
    /// The folder to write to; made if it is not there
    #[arg(long, value_name = "DIR", required_unless_present = "list")]
    pub(crate) out: Option<PathBuf>,
    /// The one thing that shall be wrong
    #[arg(long, value_name = "DEFECT")]
    pub(crate) defect: Option<String>,
    /// The kind of key, as p256 or rsa3072 [default: what suits the format]
    #[arg(long, value_name = "KIND")]
    pub(crate) key: Option<String>,
    /// Put the evidence into the request, as draft-ietf-lamps-csr-attestation has it
    #[arg(long)]
    pub(crate) evidence_in_request: bool,
    #[command(flatten)]
    pub(crate) time: TimeArgument,
    /// List the formats and their defects
    #[arg(long, conflicts_with_all = ["format", "out", "defect", "key", "evidence_in_request"])]
    pub(crate) list: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// List the readers, the tokens in them, and what these can attest
    List,
    /// Read the evidence of a token into a folder, as `verify` takes it
    Read(TokenReadArguments),
    /// Read the evidence of a token and judge it with the request
    #[command(after_help = EXIT_CODES)]
    Verify(TokenVerifyArguments),
}

/// Which token.
#[derive(Debug, Args)]
pub(crate) struct TokenArguments {
    /// The reader, or a part of its name [default: the one that holds a token]
    #[arg(long, value_name = "NAME")]
    pub(crate) reader: Option<String>,
    /// The PIV slot: 9a, 9c, 9d, 9e, 82 to 95
    #[arg(long, value_name = "SLOT", conflicts_with = "key")]
    pub(crate) slot: Option<String>,
    /// The key of a SmartCard-HSM: CE03, or 3
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Option<String>,
    /// Wait for a token to be put in, for so many seconds
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "60")]
    pub(crate) wait: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct TokenReadArguments {
    #[command(flatten)]
    pub(crate) token: TokenArguments,
    /// The folder to write to: one that is not there yet, or empty
    #[arg(long, value_name = "DIR")]
    pub(crate) output: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct TokenVerifyArguments {
    #[command(flatten)]
    pub(crate) token: TokenArguments,
    /// The certification request; without --slot or --key its key is looked for on the token
    #[arg(long, value_name = "FILE")]
    pub(crate) request: PathBuf,
    /// A further file of the evidence, as the certificate of an issuing authority
    #[arg(long, value_name = "FILE")]
    pub(crate) attestation: Vec<PathBuf>,
    /// Have the token sign fresh random bytes with the key, so that its holder shows control of it
    #[arg(long)]
    pub(crate) challenge: bool,
    /// Take the PIN for --challenge from standard input instead of asking for it
    #[arg(long, requires = "challenge")]
    pub(crate) pin_stdin: bool,
    /// The policy that judges [default: the built-in one, see `keyproof policy show`]
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) time: TimeArgument,
    #[command(flatten)]
    pub(crate) trust: TrustArguments,
    /// The form of the report
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    /// Write the report to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ManArguments {
    /// The sub-command; the program itself if none is named
    pub(crate) command: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArguments {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Arguments;

    #[test]
    fn the_definition_is_sound() {
        Arguments::command().debug_assert();
    }
}
