//! `keyproof reasons`: the vocabulary of verdicts.

use clap::Subcommand;
use keyproof::reason::{ReasonCode, ToApplicant};
use keyproof::report::documentation_anchor;

use crate::exit::{Exit, Failure};
use crate::listing::Listing;
use crate::output::Destination;

#[derive(Debug, Subcommand)]
pub(crate) enum ReasonsCommand {
    /// List all codes with their sentences
    List,
    /// Explain one code: what is so, what to do, and what to tell the applicant
    Explain {
        /// The code, as binding.key-mismatch
        code: String,
    },
}

pub(crate) fn run(command: &ReasonsCommand, screen: &Destination) -> Result<Exit, Failure> {
    let mut listing = Listing::default();
    match command {
        ReasonsCommand::List => {
            let mut codes = ReasonCode::ALL.to_vec();
            codes.sort_by_key(|code| code.code());
            let width = codes.iter().map(|code| code.code().len()).max().unwrap_or(0);
            for code in codes {
                listing.line(&format!("{:<width$}  {}", code.code(), code.sentence()));
            }
        }
        ReasonsCommand::Explain { code } => {
            let code = find(code)?;
            listing.heading(code.code());
            listing.line(&format!("  {}", code.sentence()));
            listing.line(&format!("  => {}", code.hint()));
            listing.line(&format!("  {}", to_applicant(code)));
            listing.line(&format!("  {}", documentation_anchor(code)));
        }
    }
    screen.write(&listing.into_text())?;
    Ok(Exit::Done)
}

fn to_applicant(code: ReasonCode) -> String {
    match code.to_applicant() {
        ToApplicant::Say(text) => format!("To the applicant: {text}"),
        ToApplicant::WhenRefused(text) => format!("To the applicant, where it is refused: {text}"),
        ToApplicant::Silent(why) => format!("To the applicant, nothing: {}", why.because()),
    }
}

fn find(name: &str) -> Result<ReasonCode, Failure> {
    ReasonCode::from_code(name).ok_or_else(|| {
        // Of a code half remembered, the second half is mostly right.
        let word = name.rsplit(['.', ' ']).next().unwrap_or(name);
        let near: Vec<&str> = ReasonCode::ALL
            .iter()
            .map(|code| code.code())
            .filter(|code| !word.is_empty() && code.contains(word))
            .take(5)
            .collect();
        let next = match near.as_slice() {
            [] => "See `keyproof reasons list`.".to_owned(),
            near => format!("Near it: {}. See `keyproof reasons list`.", near.join(", ")),
        };
        Failure::usage(format!("there is no reason code {name}"), next)
    })
}
