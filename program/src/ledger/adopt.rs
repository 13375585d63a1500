//! `keyproof ledger adopt-facts`: by which bundle of facts the verdicts of a ledger are given.

use std::path::PathBuf;

use clap::Args;
use keyproof::facts::{self, BundleTrust};
use keyproof::policy::DualControl;
use keyproof_ledger::adoption::{AdoptError, Proposal};

use super::settle::read_reason;
use super::writing::open_to_write;
use crate::arguments::WritingArguments;
use crate::exit::{Exit, Failure};
use crate::judging;
use crate::output::Destination;

#[derive(Debug, Args)]
pub(crate) struct AdoptArguments {
    /// The bundle [default: that of this program]
    file: Option<PathBuf>,
    /// The keys that must have signed it; verdicts by it are under test trust [default: the keys of this
    /// release]
    #[arg(long = "facts-keys", value_name = "FILE", requires = "file")]
    keys: Option<PathBuf>,
    /// Go back to it from a newer one, and why. Two people must agree; what the newer one refuses or says
    /// has ended stays so
    #[arg(long, value_name = "REASON", value_parser = read_reason)]
    back: Option<String>,
    /// The policy, whose `dual_control` says whether two people must agree [default: the built-in one]
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    #[command(flatten)]
    writing: WritingArguments,
}

pub(super) fn run(arguments: &AdoptArguments, screen: &Destination) -> Result<Exit, Failure> {
    let AdoptArguments { file, keys, back, policy, writing } = arguments;
    let damaged = |error| judging::unusable_bundle(&error, file.as_deref());
    let (bundle, trust) = match file {
        Some(file) => judging::open_bundle(file, keys.as_deref())?,
        None => (facts::embedded().map_err(damaged)?, BundleTrust::Release),
    };
    bundle.check(trust).map_err(damaged)?;
    let policy = judging::standing_policy(policy.as_deref())?;
    let people = match policy.dual_control {
        DualControl::Never => 1,
        // Facts judge them all.
        DualControl::Ev | DualControl::Always => 2,
    };
    let (mut ledger, key) = open_to_write(writing)?;
    let proposal = Proposal { bundle: &bundle, trust, people, back: back.as_deref() };
    let agreed = ledger.adopt(writing.by(&key)?, proposal).map_err(failure)?;
    let (serial, date) = (bundle.serial(), bundle.date());
    let next = if agreed.is_adopted() {
        "verdicts are given by them from now on".to_owned()
    } else {
        let (found, needed) = (agreed.by.len(), agreed.people);
        format!("{found} of {needed} people agree; nothing has changed yet")
    };
    screen.write(&format!("facts {serial} of {date}: {next}\nrecorded as {}\n", agreed.record))?;
    Ok(Exit::Done)
}

fn failure(error: AdoptError) -> Failure {
    match error {
        AdoptError::Older { serial, adopted } => Failure::new(
            format!("facts {serial} are older than facts {adopted}, by which verdicts are given"),
            "Adopt a newer bundle, or say with --back why the newer one is to be left.",
        ),
        AdoptError::NotOlder(serial) => Failure::usage(
            format!("facts {serial} are not older than those that are adopted"),
            "Leave --back out.",
        ),
        AdoptError::OtherOfSerial(serial) => Failure::new(
            format!("other facts of the number {serial} are adopted"),
            "Two bundles of one number must not be: ask whoever signed them.",
        ),
        AdoptError::Adopted(serial) => {
            Failure::new(format!("facts {serial} are adopted already"), "Nothing is left to do.")
        }
        AdoptError::Ledger(error) => error.into(),
    }
}
