//! The program `keyproof`: everything that touches files, the terminal and the clock. What is
//! judged, and how, is the library's.
#![allow(
    clippy::disallowed_methods,
    reason = "this is where files are read and written, and where the clock is"
)]

mod anchors;
mod arguments;
mod batch;
mod command_line;
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
mod reference;
mod simulate;
#[cfg(feature = "token")]
mod token;
#[cfg(not(feature = "token"))]
#[path = "token/absent.rs"]
mod token;
mod verify;

use std::ffi::OsString;
use std::io::Write;
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
    let words = command_line::words();
    if let Err(failure) = command_line::check(&words) {
        command_line::remove_outputs(&words);
        return failed(&failure);
    }
    match Arguments::try_parse_from(&words) {
        Ok(arguments) => run(&arguments).map_or_else(|failure| failed(&failure), ExitCode::from),
        Err(error) => usage(&error, &words),
    }
}

fn failed(failure: &Failure) -> ExitCode {
    let _ = write!(std::io::stderr(), "{failure}");
    failure.exit().into()
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

/// Help and version are what was asked for if nothing else was; anything else is a usage error. A
/// closed pipe is no error of either.
fn usage(error: &clap::Error, words: &[OsString]) -> ExitCode {
    let is_question = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if is_question && command_line::is_question_alone(words) {
        let _ = error.print();
        return Exit::Done.into();
    }
    command_line::remove_outputs(words);
    if is_question {
        return failed(&Failure::usage(
            "help or version is asked for among other arguments",
            "Ask for it alone, as in `keyproof verify --help`; put `--` before names of files.",
        ));
    }
    // It quotes what was typed, which may be the name of an applicant's file: only the first line
    // begins at the margin.
    let text = error.render().to_string();
    let lines: Vec<String> = text.lines().map(visible).collect();
    let _ = writeln!(std::io::stderr(), "{}", lines.join("\n  "));
    Exit::Usage.into()
}
