//! `keyproof ledger init`: an empty ledger, and its signing key.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use clap::Args;
use keyproof_ledger::Ledger;
use keyproof_ledger::checkpoint::SigningKey;

use super::words;
use crate::arguments::LedgerArgument;
use crate::exit::{Exit, Failure};
use crate::files::named;
use crate::output::Destination;

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
    let mut seed = [0; 32];
    SystemRandom::new().fill(&mut seed).map_err(|_| {
        Failure::new("this machine gave no random numbers", "Try again, or on another machine.")
    })?;
    let (signer, text) = SigningKey::from_seed(origin, &seed).map_err(|error| {
        Failure::usage(words::of_checkpoint(&error), "Write it as keyproof.ca.example/2026.")
    })?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(key)
        .and_then(|mut file| {
            file.write_all(format!("{text}\n").as_bytes())?;
            file.sync_all()
        })
        .map_err(|error| {
            Failure::new(
                format!("the signing key could not be written to {}: {error}", named(key)),
                "Name a new file; a key is never overwritten.",
            )
        })?;
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
