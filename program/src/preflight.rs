//! `keyproof preflight`: what an applicant asks before anything is sent. Nothing is kept.

use clap::Args;
use keyproof::report::{self, TextOptions};
use keyproof::submission::Limits;

use crate::arguments::{JudgingArguments, LanguageArgument};
use crate::exit::{Exit, Failure};
use crate::judging::Judging;
use crate::output::Destination;
use crate::verify::{SubmissionArguments, read};

#[derive(Debug, Args)]
pub(crate) struct PreflightArguments {
    #[command(flatten)]
    submission: SubmissionArguments,
    #[command(flatten)]
    judging: JudgingArguments,
    #[command(flatten)]
    language: LanguageArgument,
}

pub(crate) fn run(arguments: &PreflightArguments, screen: &Destination) -> Result<Exit, Failure> {
    let judging = Judging::of(&arguments.judging)?;
    let (_, submission) = read(&arguments.submission, &Limits::default())?;
    let result = judging.verifier.appraise(&submission, judging.time);
    let options = TextOptions {
        width: screen.width(),
        color: screen.color(),
        language: arguments.language.into(),
    };
    screen.write(&report::preflight(&result, &options))?;
    Ok(Exit::of(&result))
}
