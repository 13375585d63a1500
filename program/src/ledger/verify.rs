//! `keyproof ledger verify`: what an auditor finds.

use std::path::{Path, PathBuf};

use clap::Args;
use keyproof_ledger::check::{Checked, Sealed};
use keyproof_ledger::checkpoint::VerifierKey;
use keyproof_ledger::tree::Head;
use keyproof_ledger::{Fault, Ledger, Place};

use super::failure::checking;
use super::words;
use crate::arguments::LedgerArgument;
use crate::exit::{Exit, Failure};
use crate::files::{named, read_own_file};
use crate::listing::Listing;
use crate::output::Destination;
use crate::signing_key;

#[derive(Debug, Args)]
pub(crate) struct VerifyArguments {
    #[command(flatten)]
    ledger: LedgerArgument,
    /// A checkpoint or seal that was kept elsewhere: the ledger must continue it
    #[arg(long, value_name = "FILE")]
    checkpoint: Vec<PathBuf>,
    /// The verifier key that was noted when the ledger was made
    #[arg(long, value_name = "KEY")]
    verifier_key: Option<String>,
}

pub(super) fn run(arguments: &VerifyArguments, screen: &Destination) -> Result<Exit, Failure> {
    let VerifyArguments { ledger: LedgerArgument { place }, checkpoint, verifier_key } = arguments;
    let ledger = Ledger::open(place)?;
    let noted = verifier_key.as_deref().map(VerifierKey::from_text).transpose();
    let noted = noted.map_err(|error| {
        Failure::usage(signing_key::of_checkpoint(&error), "Give it as it was noted.")
    })?;
    let heads: Vec<Head> = checkpoint
        .iter()
        .map(|path| read_checkpoint(path, ledger.verifier()))
        .collect::<Result<_, _>>()?;
    let file = match place {
        Place::File(file) => file,
        Place::Server(_) => Path::new(""),
    };
    let checked = ledger.check(noted.as_ref(), &heads).map_err(|error| checking(error, file))?;
    let mut listing = Listing::default();
    if checked.faults.is_empty() {
        tell_whole(&mut listing, &checked, heads.len());
    } else {
        tell_faults(&mut listing, &checked, checkpoint, file);
    }
    screen.write(&listing.into_text())?;
    Ok(if checked.faults.is_empty() { Exit::Done } else { Exit::Reject })
}

fn tell_whole(listing: &mut Listing, checked: &Checked, checkpoints: usize) {
    let Checked { origin, records, present, contents, .. } = checked;
    listing.line(&format!("The ledger {origin} is whole."));
    listing.field("Records", &format!("{records}, {present} of them not pruned"));
    listing.field("Contents", &contents.to_string());
    listing.field("Checkpoints", &format!("{checkpoints} continued"));
    for sealed in &checked.seals {
        let shown = match sealed {
            Sealed::Same => "every byte of the file is as it was sealed".to_owned(),
            Sealed::WrittenSince(size) => {
                format!("of the first {size} records; written since")
            }
        };
        listing.field("Seal", &shown);
    }
}

fn tell_faults(listing: &mut Listing, checked: &Checked, checkpoints: &[PathBuf], file: &Path) {
    let faults = &checked.faults;
    listing.line(&format!("The ledger {} is not as keyproof left it:", checked.origin));
    for fault in &faults.told {
        let words = words::of_fault(fault);
        let of = |number: &usize| checkpoints.get(*number).map(PathBuf::as_path);
        let line = match fault {
            Fault::NotContinued { checkpoint, .. } => {
                format!("{}: {words}", of(checkpoint).unwrap_or(file).display())
            }
            Fault::SealBroken { checkpoint } => {
                format!("{}: {words}", named(of(checkpoint).unwrap_or(file)))
            }
            Fault::SealUnchecked { checkpoint } => {
                let seal = named(of(checkpoint).unwrap_or(file));
                format!("{seal}: {words}, because {} was in use", named(file))
            }
            _ => words,
        };
        listing.line(&format!("  - {line}"));
    }
    if faults.count > faults.told.len() {
        listing.line(&format!("  and {} more", faults.count.saturating_sub(faults.told.len())));
    }
    if checked.is_stored_whole {
        listing.line("What is stored is whole: the change lies in bytes that store nothing.");
    }
}

/// A checkpoint that was kept elsewhere.
fn read_checkpoint(path: &Path, verifier: &VerifierKey) -> Result<Head, Failure> {
    let bytes = read_own_file(path, signing_key::MAX_KEY_BYTES)?;
    verifier.open(&bytes).map_err(|error| {
        Failure::new(
            format!("{}: {}", named(path), signing_key::of_checkpoint(&error)),
            "Name a checkpoint that `keyproof ledger checkpoint` wrote of this ledger.",
        )
    })
}
