//! `keyproof schema`: the forms that keyproof writes and reads, as JSON Schema.

use clap::{Args, ValueEnum};
use keyproof::document::{reasons_schema, result_schema};
use keyproof::policy::policy_schema;
use keyproof_ledger::record::record_schema;

use crate::exit::{Exit, Failure};
use crate::output::Destination;

#[derive(Debug, Args)]
pub(crate) struct SchemaArguments {
    /// Of what
    #[arg(value_enum)]
    of: SchemaOf,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum SchemaOf {
    /// The policy file
    Policy,
    /// Reason codes, with their sentences
    Reasons,
    /// A record of the ledger
    Record,
    /// A result, keyproof/result/v1
    Result,
}

pub(crate) fn run(arguments: &SchemaArguments, screen: &Destination) -> Result<Exit, Failure> {
    let schema = match arguments.of {
        SchemaOf::Policy => policy_schema(),
        SchemaOf::Reasons => reasons_schema(),
        SchemaOf::Record => record_schema(),
        SchemaOf::Result => result_schema(),
    };
    screen.write(&format!("{schema:#}\n"))?;
    Ok(Exit::Done)
}
