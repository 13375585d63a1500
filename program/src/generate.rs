//! `keyproof man` and `keyproof completions`: from the one definition of the arguments.

use clap::{Args, Command};
use clap_complete::Shell;
use clap_mangen::Man;

use crate::exit::{Exit, Failure};
use crate::output::Destination;

#[derive(Debug, Args)]
pub(crate) struct ManArguments {
    /// The sub-command; the program itself if none is named
    pub(crate) command: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArguments {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

pub(crate) fn man(
    arguments: &ManArguments,
    mut program: Command,
    screen: &Destination,
) -> Result<Exit, Failure> {
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
    mut program: Command,
    screen: &Destination,
) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut program, "keyproof", &mut script);
    screen.write(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}
