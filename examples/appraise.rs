//! The whole library in forty lines: bytes, facts, a policy and a time go in; a result comes out.
//!
//! `cargo run --example appraise -- request.pem attestation.pem device.pem`
#![allow(clippy::disallowed_methods, clippy::print_stdout, reason = "an example of a caller")]

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use keyproof::policy::default_policy;
use keyproof::{AttestationResult, Input, InputRole, Limits, Submission, Timestamp};
use keyproof::{Verifier, facts};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let now = Timestamp::from_unix_seconds(i64::try_from(seconds)?).ok_or("not of this age")?;
    let result = appraise(std::env::args().skip(1), now)?;
    for finding in result.findings() {
        println!("{:<20} {}", finding.requirement().id(), finding.outcome().id());
        for reason in finding.reasons() {
            println!("    {}: {}", reason.code(), reason.code().hint());
        }
    }
    println!("{}", result.verdict().id());
    Ok(if result.may_issue() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Judges the files as of `now`, against the bundled facts and the built-in policy.
pub fn appraise(
    files: impl IntoIterator<Item = impl AsRef<Path>>,
    now: Timestamp,
) -> Result<AttestationResult, Box<dyn Error>> {
    let mut inputs = Vec::new();
    for file in files {
        let (name, bytes) = (file.as_ref().display().to_string(), std::fs::read(&file)?);
        inputs.push(Input { name, bytes, role: InputRole::Any });
    }
    let submission = Submission::unpack(inputs, &Limits::default());
    Ok(Verifier::new(facts::bundled()?, default_policy()?).appraise(&submission, now))
}
