//! What `keyproof token` takes.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::arguments::{ExpectedArguments, JudgingArguments, KeepingArguments, ReportArguments};
use crate::exit::EXIT_CODES;

#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// List the readers, the tokens in them, and what these can attest
    List,
    /// Read the evidence of a token into a folder, as `verify` takes it
    Read(TokenReadArguments),
    /// Read the evidence of a token and judge it with the request
    #[command(after_help = EXIT_CODES)]
    Verify(Box<TokenVerifyArguments>),
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
    #[command(flatten)]
    pub(crate) expected: ExpectedArguments,
    #[command(flatten)]
    pub(crate) judging: JudgingArguments,
    #[command(flatten)]
    pub(crate) report: ReportArguments,
    #[command(flatten)]
    pub(crate) keeping: KeepingArguments,
}
