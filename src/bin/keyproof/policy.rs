//! `keyproof policy`: what judges.

use keyproof::policy::{default_yaml, policy_schema};

use crate::arguments::{PolicyCommand, TrustArguments};
use crate::exit::{Exit, Failure};
use crate::facts;
use crate::listing::Listing;
use crate::output::Destination;

pub(crate) fn run(command: &PolicyCommand, screen: &Destination) -> Result<Exit, Failure> {
    match command {
        PolicyCommand::Show => screen.write(default_yaml())?,
        PolicyCommand::Schema => screen.write(&format!("{:#}\n", policy_schema()))?,
        PolicyCommand::Check { file } => {
            let facts = facts::load(&TrustArguments::default())?;
            let policy = facts::load_policy(Some(file), &facts)?.policy;
            let mut listing = Listing::default();
            listing.line("The policy can be used.");
            listing.field("name", policy.name());
            listing.field("version", &policy.version().to_string());
            listing.field("SHA-256", &policy.sha256().to_string());
            screen.write(&listing.into_text())?;
        }
    }
    Ok(Exit::Done)
}
