//! `keyproof ledger`: what people do with a ledger, a file a task. What a ledger is, and what each task
//! does, is the package keyproof-ledger's; here it is asked for, and put into words.

mod adopt;
mod deny;
mod export;
mod failure;
mod init;
mod keeper;
mod list;
mod prune;
mod replay;
mod seal;
mod settle;
mod show;
mod verify;
mod words;
mod writing;

use clap::Subcommand;
use keyproof_ledger::record::{Decision, DenialEffect};

pub(crate) use keeper::{Keeper, unkept};
pub(crate) use replay::turns;
pub(crate) use writing::open_to_write;

use crate::exit::{Exit, Failure};
use crate::output::Destination;

#[derive(Debug, Subcommand)]
pub(crate) enum LedgerCommand {
    /// Make an empty ledger and its signing key
    Init(init::InitArguments),
    /// List the records, a line each
    List(list::ListArguments),
    /// Show a record, and what it keeps
    Show(show::ShowArguments),
    /// Look for any change, removal, reordering or rollback
    Verify(verify::VerifyArguments),
    /// Write the signed checkpoint, to be kept elsewhere
    Checkpoint(seal::CheckpointArguments),
    /// Write a signed checkpoint that also covers every byte of the file
    Seal(seal::SealArguments),
    /// Write the proof that a record is in the ledger (C2SP tlog-proof)
    Prove(seal::ProveArguments),
    /// Approve a review, or an accept where two people must
    Approve(settle::SettleArguments),
    /// Let no certificate be issued on a verdict
    Refuse(settle::SettleArguments),
    /// Record the documents of another method of CSBR 6.2.7.4.2 for a key
    Record(settle::RecordArguments),
    /// Let nothing be issued for a key, a module or a subscriber
    Deny(deny::DenialArguments),
    /// Lift such a denial
    Lift(deny::DenialArguments),
    /// Agree that verdicts are given by a bundle of facts
    AdoptFacts(adopt::AdoptArguments),
    /// Compute a stored verdict again, with the data of its time
    Replay(replay::ReplayArguments),
    /// Judge the archive by the facts of today, and list the certificates that are affected
    Recheck(replay::RecheckArguments),
    /// Draw the sample of the self-audit (CSBR 8.7), the same for the same seed
    Sample(replay::SampleArguments),
    /// Write the whole ledger to a new folder that can be read without this program
    Export(export::ExportArguments),
    /// Remove what the records held whose time is over; their places in the tree stay
    Prune(prune::PruneArguments),
}

pub(crate) fn run(command: &LedgerCommand, screen: &Destination) -> Result<Exit, Failure> {
    match command {
        LedgerCommand::Init(arguments) => init::run(arguments, screen),
        LedgerCommand::List(arguments) => list::run(arguments, screen),
        LedgerCommand::Show(arguments) => show::run(arguments, screen),
        LedgerCommand::Verify(arguments) => verify::run(arguments, screen),
        LedgerCommand::Checkpoint(arguments) => seal::checkpoint(arguments, screen),
        LedgerCommand::Seal(arguments) => seal::seal(arguments, screen),
        LedgerCommand::Prove(arguments) => seal::prove(arguments, screen),
        LedgerCommand::Approve(arguments) => settle::settle(arguments, Decision::Approve, screen),
        LedgerCommand::Refuse(arguments) => settle::settle(arguments, Decision::Refuse, screen),
        LedgerCommand::Record(arguments) => settle::record(arguments, screen),
        LedgerCommand::Deny(arguments) => deny::run(arguments, DenialEffect::Deny, screen),
        LedgerCommand::Lift(arguments) => deny::run(arguments, DenialEffect::Lift, screen),
        LedgerCommand::AdoptFacts(arguments) => adopt::run(arguments, screen),
        LedgerCommand::Replay(arguments) => replay::replay(arguments, screen),
        LedgerCommand::Recheck(arguments) => replay::recheck(arguments, screen),
        LedgerCommand::Sample(arguments) => replay::sample(arguments, screen),
        LedgerCommand::Export(arguments) => export::run(arguments, screen),
        LedgerCommand::Prune(arguments) => prune::run(arguments, screen),
    }
}
