//! `keyproof ledger`: where records lie, and what people do with them. What records are and mean is
//! the library's.

mod check;
mod database;
mod export;
mod judge;
mod keeper;
mod listing;
mod postgres;
mod prune;
mod seal;
mod server;
mod settle;
mod sqlite;
mod store;

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use keyproof_ledger::RecordId;
use keyproof_ledger::tree::{self, SigningKey};

pub(crate) use keeper::{Judged, Keeper, Reference, Seen};
pub(crate) use store::{Ledger, Place, Writer, read_signing_key};

use crate::arguments::LedgerCommand;
use crate::exit::{Exit, Failure};
use crate::files::named;
use crate::output::Destination;

pub(crate) fn run(command: &LedgerCommand, screen: &Destination) -> Result<Exit, Failure> {
    match command {
        LedgerCommand::Init { ledger, origin, ledger_key } => {
            init(&ledger.place, origin, ledger_key, screen)
        }
        LedgerCommand::List { ledger, order, subscriber, key } => {
            let wanted = listing::Wanted::new(order, subscriber, key)?;
            listing::list(&mut Ledger::open(&ledger.place)?, &wanted, screen)
        }
        LedgerCommand::Show { id, ledger, output } => {
            let mut ledger = Ledger::open(&ledger.place)?;
            listing::show(&mut ledger, RecordId(*id), output.as_deref(), screen)
        }
        LedgerCommand::Verify { ledger, checkpoint, verifier_key } => {
            check::run(&ledger.place, checkpoint, verifier_key.as_deref(), screen)
        }
        LedgerCommand::Checkpoint { ledger } => {
            let mut ledger = Ledger::open(&ledger.place)?;
            let checkpoint = ledger.read(|view| Ok(view.checkpoint().to_vec()))?;
            screen.write(&String::from_utf8_lossy(&checkpoint))?;
            Ok(Exit::Done)
        }
        LedgerCommand::Seal { ledger, ledger_key } => seal::run(&ledger.place, ledger_key, screen),
        LedgerCommand::Prove { id, ledger } => {
            prove(&mut Ledger::open(&ledger.place)?, *id, screen)
        }
        LedgerCommand::Approve(arguments) => settle::approve(arguments, screen),
        LedgerCommand::Refuse(arguments) => settle::refuse(arguments, screen),
        LedgerCommand::Record { method, request, writing, reference, grounds } => {
            settle::record(*method, request, writing, reference, grounds, screen)
        }
        LedgerCommand::Deny(arguments) => settle::deny(arguments, screen),
        LedgerCommand::Lift(arguments) => settle::lift(arguments, screen),
        LedgerCommand::Replay { id, ledger } => {
            judge::replay(&mut Ledger::open(&ledger.place)?, RecordId(*id), screen)
        }
        LedgerCommand::Recheck { ledger, policy, trust, jobs } => {
            let rule = judge::Rule::today(policy.as_deref(), trust)?;
            judge::recheck(&ledger.place, &rule, *jobs, screen)
        }
        LedgerCommand::Sample { ledger, percent, seed, from, to } => {
            let drawn = judge::Draw { percent: *percent, seed, from: *from, to: *to };
            judge::sample(&mut Ledger::open(&ledger.place)?, &drawn, screen)
        }
        LedgerCommand::Export { ledger, output } => {
            export::run(&mut Ledger::open(&ledger.place)?, output, screen)
        }
        LedgerCommand::Prune { writing, policy } => prune::run(writing, policy.as_deref(), screen),
    }
}

/// Makes the key first, and nothing without it: a ledger that nobody can write to helps nobody.
fn init(place: &Place, origin: &str, key: &Path, screen: &Destination) -> Result<Exit, Failure> {
    let mut seed = [0; 32];
    SystemRandom::new().fill(&mut seed).map_err(|_| {
        Failure::new("this machine gave no random numbers", "Try again, or on another machine.")
    })?;
    let (signer, text) = SigningKey::from_seed(origin, &seed).map_err(|error| {
        Failure::usage(error.to_string(), "Write it as keyproof.ca.example/2026.")
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
    if let Err(failure) = Ledger::create(place, &signer) {
        // The key of a ledger that was not made is of no use.
        let _ = std::fs::remove_file(key);
        return Err(failure);
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

fn prove(ledger: &mut Ledger, id: u64, screen: &Destination) -> Result<Exit, Failure> {
    let text = ledger.read(|view| {
        // A pruned record has a place in the tree as well.
        view.body(RecordId(id))?;
        let size = view.head().size;
        let proof = view.with_hashes(|hashes| tree::prove(size, id, hashes))?;
        Ok(tree::proof_text(id, &proof, view.checkpoint()))
    })?;
    screen.write(&text)?;
    Ok(Exit::Done)
}
