//! The program `keyproof`: everything that touches files, the terminal and the clock. What is
//! judged, and how, is the library's.
#![allow(
    clippy::disallowed_methods,
    reason = "this is where files are read and written, and where the clock is"
)]

mod anchors;
mod arguments;
mod batch;
mod exit;
mod facts;
mod files;
mod gate;
mod generate;
mod inspect;
mod ledger;
mod listing;
mod modules;
mod output;
mod policy;
mod reasons;
mod simulate;
#[cfg(feature = "token")]
mod token;
#[cfg(not(feature = "token"))]
#[path = "token/absent.rs"]
mod token;
mod verify;

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use arguments::{Arguments, Command};
use clap::Parser;
use clap::error::ErrorKind;
use exit::{Exit, Failure};
use keyproof::report::escape::visible;
use output::Destination;

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(|panic| {
        let message = visible(&panic.to_string());
        let _ = writeln!(std::io::stderr(), "keyproof: internal error, no verdict: {message}");
        std::process::exit(exit::PANIC);
    }));
    let arguments = match Arguments::try_parse_from(command_line()) {
        Ok(arguments) => arguments,
        Err(error) => return usage(&error),
    };
    match run(&arguments) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            let _ = write!(std::io::stderr(), "{failure}");
            failure.exit().into()
        }
    }
}

/// What was typed. Under the name `keyproof-ejbca` the program is `keyproof gate`, because EJBCA puts
/// the certificate before every argument that it was configured with.
fn command_line() -> Vec<OsString> {
    let mut words: Vec<OsString> = std::env::args_os().collect();
    let name = words.first().and_then(|path| Path::new(path).file_stem());
    if name.is_some_and(|name| name == "keyproof-ejbca") {
        words.insert(1, "gate".into());
    }
    words
}

fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let screen = Destination::Screen(arguments.color);
    match &arguments.command {
        Command::Verify(arguments) => verify::run(arguments, &screen),
        Command::Inspect(arguments) => inspect::run(arguments, &screen),
        Command::Anchors(command) => anchors::run(command, &screen),
        Command::Modules(command) => modules::run(command, &screen),
        Command::Reasons(command) => reasons::run(command, &screen),
        Command::Policy(command) => policy::run(command, &screen),
        Command::Batch(arguments) => batch::run(arguments, &screen),
        Command::Gate(arguments) => gate::run(arguments, &screen),
        Command::Ledger(command) => ledger::run(command, &screen),
        Command::Simulate(arguments) => simulate::run(arguments, &screen),
        Command::Token(command) => token::run(command, &screen),
        Command::Man(arguments) => generate::man(arguments, &screen),
        Command::Completions(arguments) => generate::completions(arguments, &screen),
    }
}

/// Help and version are what was asked for; anything else is a usage error. A closed pipe is no
/// error of either.
fn usage(error: &clap::Error) -> ExitCode {
    let _ = error.print();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Exit::Done.into(),
        _ => Exit::Usage.into(),
    }
}
