//! `keyproof ledger checkpoint`, `seal` and `prove`: what is kept elsewhere, or shown to others.

use std::path::PathBuf;

use clap::Args;
use keyproof_ledger::seal::SealError;
use keyproof_ledger::{Ledger, Place, RecordId};

use crate::arguments::LedgerArgument;
use crate::exit::{Exit, Failure};
use crate::files::named;
use crate::output::Destination;
use crate::signing_key;

#[derive(Debug, Args)]
pub(crate) struct CheckpointArguments {
    #[command(flatten)]
    ledger: LedgerArgument,
}

#[derive(Debug, Args)]
pub(crate) struct SealArguments {
    #[command(flatten)]
    ledger: LedgerArgument,
    /// The signing key of the ledger
    #[arg(long, value_name = "FILE", env = "KEYPROOF_LEDGER_KEY")]
    ledger_key: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct ProveArguments {
    /// Its place in the ledger
    #[arg(value_name = "ID")]
    id: u64,
    #[command(flatten)]
    ledger: LedgerArgument,
}

pub(super) fn checkpoint(
    arguments: &CheckpointArguments,
    screen: &Destination,
) -> Result<Exit, Failure> {
    let checkpoint = Ledger::open(&arguments.ledger.place)?.checkpoint()?;
    screen.write(&String::from_utf8_lossy(&checkpoint))?;
    Ok(Exit::Done)
}

pub(super) fn seal(arguments: &SealArguments, screen: &Destination) -> Result<Exit, Failure> {
    let Place::File(path) = &arguments.ledger.place else {
        return Err(Failure::usage(
            "only a ledger in a file can be sealed",
            "Let PostgreSQL keep checksums of its pages (`initdb --data-checksums`).",
        ));
    };
    let key = signing_key::read(&arguments.ledger_key)?;
    let seal = Ledger::seal(path, &key).map_err(|error| match error {
        SealError::InUse => Failure::new(
            format!("others kept writing to {}", named(path)),
            "Seal it when nobody writes, after the last record of a day or of a year.",
        ),
        SealError::Ledger(error) => error.into(),
    })?;
    screen.write(&String::from_utf8_lossy(&seal))?;
    Ok(Exit::Done)
}

pub(super) fn prove(arguments: &ProveArguments, screen: &Destination) -> Result<Exit, Failure> {
    let mut ledger = Ledger::open(&arguments.ledger.place)?;
    screen.write(&ledger.prove(RecordId(arguments.id))?)?;
    Ok(Exit::Done)
}
