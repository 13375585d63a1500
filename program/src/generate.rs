//! `keyproof man` and `keyproof completions`: from the one definition of the arguments.

use clap::CommandFactory;
use clap_mangen::Man;

use crate::arguments::{Arguments, CompletionsArguments, ManArguments};
use crate::exit::{Exit, Failure};
use crate::output::Destination;

pub(crate) fn man(arguments: &ManArguments, screen: &Destination) -> Result<Exit, Failure> {
    let mut program = Arguments::command();
    program.build();
    let command = match &arguments.command {
        None => program,
        // Built, its display name is as `man` finds it: keyproof-verify.
        Some(name) => program.find_subcommand(name).cloned().ok_or_else(|| {
            Failure::usage(format!("there is no sub-command {name}"), "See `keyproof --help`.")
        })?,
    };
    let mut page = Vec::new();
    Man::new(command).render(&mut page).map_err(|error| {
        Failure::new(format!("the page could not be made: {error}"), "Report this.")
    })?;
    screen.write(&String::from_utf8_lossy(&page))?;
    Ok(Exit::Done)
}

pub(crate) fn completions(
    arguments: &CompletionsArguments,
    screen: &Destination,
) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "keyproof", &mut script);
    screen.write(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}
