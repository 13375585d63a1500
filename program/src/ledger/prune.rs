//! `keyproof ledger prune`: what is over.

use std::path::PathBuf;

use clap::Args;

use super::writing::open_to_write;
use crate::arguments::WritingArguments;
use crate::exit::{Exit, Failure};
use crate::judging;
use crate::output::Destination;

#[derive(Debug, Args)]
pub(crate) struct PruneArguments {
    #[command(flatten)]
    writing: WritingArguments,
    /// The policy that says how long records are kept [default: the built-in one]
    #[arg(long, value_name = "NAME|FILE")]
    policy: Option<PathBuf>,
}

pub(super) fn run(arguments: &PruneArguments, screen: &Destination) -> Result<Exit, Failure> {
    let years = judging::standing_policy(arguments.policy.as_deref())?.retention_years;
    let (mut ledger, key) = open_to_write(&arguments.writing)?;
    let pruned = ledger.prune(arguments.writing.by(&key)?, years)?;
    screen.write(&format!("{} records pruned\n", pruned.len()))?;
    Ok(Exit::Done)
}
