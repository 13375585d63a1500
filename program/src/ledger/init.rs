//! `keyproof ledger init`: an empty ledger, and its signing key.

use std::path::PathBuf;

use clap::Args;
use keyproof_ledger::Ledger;

use crate::arguments::LedgerArgument;
use crate::exit::{Exit, Failure};
use crate::files::named;
use crate::output::Destination;
use crate::signing_key;

#[derive(Debug, Args)]
pub(crate) struct InitArguments {
    #[command(flatten)]
    ledger: LedgerArgument,
    /// The name of the ledger, as keyproof.ca.example/2026: without blanks
    #[arg(long, value_name = "NAME")]
    origin: String,
    /// The file to write the new signing key to
    #[arg(long, value_name = "FILE", env = "KEYPROOF_LEDGER_KEY")]
    ledger_key: PathBuf,
}

/// Makes the key first, and nothing without it: a ledger that nobody can write to helps nobody.
pub(super) fn run(arguments: &InitArguments, screen: &Destination) -> Result<Exit, Failure> {
    let InitArguments { ledger, origin, ledger_key: key } = arguments;
    let signer = signing_key::make(origin, key)?;
    if let Err(error) = Ledger::create(&ledger.place, &signer) {
        // The key of a ledger that was not made is of no use.
        let _ = std::fs::remove_file(key);
        return Err(error.into());
    }
    let verifier = signer.verifier().text();
    screen.write(&format!(
        "The ledger {} is made.\n\nVerifier key, to be noted where no one can change it:\n  {verifier}\n\
         Signing key, to be kept from everyone but the gates:\n  {}\n",
        signer.verifier().origin(),
        named(key),
    ))?;
    Ok(Exit::Done)
}
