//! `keyproof ledger export`: the whole ledger as a folder of plain files.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use keyproof_ledger::Ledger;

use crate::arguments::LedgerArgument;
use crate::exit::{Exit, Failure};
use crate::files::named;
use crate::output::Destination;

#[derive(Debug, Args)]
pub(crate) struct ExportArguments {
    #[command(flatten)]
    ledger: LedgerArgument,
    /// The folder
    #[arg(long, value_name = "DIR")]
    output: PathBuf,
}

pub(super) fn run(arguments: &ExportArguments, screen: &Destination) -> Result<Exit, Failure> {
    let folder = &arguments.output;
    let mut ledger = Ledger::open(&arguments.ledger.place)?;
    let count = ledger.export(|name, bytes| write(folder, name, bytes))?;
    screen.write(&format!("{count} records written to {}\n", named(folder)))?;
    Ok(Exit::Done)
}

/// Writes a new file below `folder`. Nothing is overwritten.
pub(super) fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), Failure> {
    let failure = |path: &Path, error: &std::io::Error| {
        Failure::new(
            format!("{} could not be written: {error}", named(path)),
            "Name a new folder with --output; nothing is overwritten.",
        )
    };
    let path = folder.join(name);
    let parent = path.parent().unwrap_or(folder);
    fs::create_dir_all(parent).map_err(|error| failure(parent, &error))?;
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&path)
        .and_then(|mut file| file.write_all(bytes))
        .map_err(|error| failure(&path, &error))
}
