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
mod judging;
mod ledger;
mod listing;
mod modules;
mod output;
mod policy;
mod preflight;
mod reasons;
mod reference;
mod report;
mod schema;
mod signing_key;
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
use std::sync::LazyLock;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};
use exit::{EXIT_CODES, Exit, Failure};
use keyproof::escape::visible;
use keyproof::result::CSBR_VERSION;
use output::{ColorChoice, Destination};

/// The version, and by which rules and facts it judges: a certificate validated since is not known to it.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let facts = keyproof::facts::embedded();
    let facts = facts.map_or("damaged facts".to_owned(), |bundle| {
        format!("facts {} of {}", bundle.serial(), bundle.date())
    });
    format!("{} (CSBR {CSBR_VERSION}, {facts})", env!("CARGO_PKG_VERSION"))
});

/// Is the key in this request the key that genuine, certified hardware attests?
#[derive(Debug, Parser)]
#[command(name = "keyproof", version = VERSION.as_str(), propagate_version = true, after_help = EXIT_CODES, max_term_width = 100)]
pub(crate) struct Arguments {
    /// When to use colour
    #[arg(long, global = true, value_enum, default_value_t = ColorChoice::Auto, value_name = "WHEN")]
    pub(crate) color: ColorChoice,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Judge a submission: the request, the attestation, and what vouches for it
    #[command(after_help = EXIT_CODES)]
    Verify(verify::VerifyArguments),
    /// Tell an applicant, before anything is sent, whether it is complete and how it will be judged
    #[command(after_help = EXIT_CODES)]
    Preflight(preflight::PreflightArguments),
    /// Show the report of a result that was written or kept before; nothing is judged
    Report(report::ReportOfArguments),
    /// Show what files hold and who signed it; nothing is judged. Exits 1 if something cannot be read
    Inspect(inspect::InspectArguments),
    /// Show the trust anchors, or whether a certificate is one of them
    #[command(subcommand)]
    Anchors(anchors::AnchorsCommand),
    /// Show the certified modules, the advisories, and the devices that cannot attest
    #[command(subcommand)]
    Modules(modules::ModulesCommand),
    /// Show, compare, make and sign bundles of facts
    #[command(subcommand)]
    Facts(facts::FactsCommand),
    /// Show what reason codes mean and what to ask the applicant
    #[command(subcommand)]
    Reasons(reasons::ReasonsCommand),
    /// Show or check the policy that judges
    #[command(subcommand)]
    Policy(policy::PolicyCommand),
    /// Print the JSON Schema of results, records, reasons or the policy file
    Schema(schema::SchemaArguments),
    /// Judge many submissions, on all processors; a run that was cut off goes on where it ended
    Batch(batch::BatchArguments),
    /// Decide about a certificate that is about to be issued, by the ledger
    #[command(after_help = gate::GATE_EXIT_CODES)]
    Gate(gate::GateArguments),
    /// Keep verdicts, settle them, and show to anyone that nothing was changed
    #[command(subcommand)]
    Ledger(ledger::LedgerCommand),
    /// Make a test submission of a format, with its own test anchors
    Simulate(simulate::SimulateArguments),
    /// Read live tokens over PC/SC, and judge what they attest; nothing on a token is written
    #[command(subcommand)]
    Token(token::TokenCommand),
    /// Write a manual page to standard output
    #[command(hide = true)]
    Man(generate::ManArguments),
    /// Write shell completions to standard output
    #[command(hide = true)]
    Completions(generate::CompletionsArguments),
}

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
        Command::Preflight(arguments) => preflight::run(arguments, &screen),
        Command::Report(arguments) => report::run(arguments, &screen),
        Command::Inspect(arguments) => inspect::run(arguments, &screen),
        Command::Anchors(command) => anchors::run(command, &screen),
        Command::Modules(command) => modules::run(command, &screen),
        Command::Facts(command) => facts::run(command, &screen),
        Command::Reasons(command) => reasons::run(command, &screen),
        Command::Policy(command) => policy::run(command, &screen),
        Command::Schema(arguments) => schema::run(arguments, &screen),
        Command::Batch(arguments) => batch::run(arguments, &screen),
        Command::Gate(arguments) => gate::run(arguments, &screen),
        Command::Ledger(command) => ledger::run(command, &screen),
        Command::Simulate(arguments) => simulate::run(arguments, &screen),
        Command::Token(command) => token::run(command, &screen),
        Command::Man(arguments) => generate::man(arguments, Arguments::command(), &screen),
        Command::Completions(arguments) => {
            generate::completions(arguments, Arguments::command(), &screen)
        }
    }
}

/// Help and version are what was asked for if nothing else was; anything else is a usage error. A
/// closed pipe is no error of either.
fn usage(error: &clap::Error, words: &[OsString]) -> ExitCode {
    let is_question = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if is_question && command_line::is_question_alone(words, Arguments::command()) {
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

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Arguments;

    #[test]
    fn the_definition_is_sound() {
        Arguments::command().debug_assert();
    }
}
