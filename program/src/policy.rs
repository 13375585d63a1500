//! `keyproof policy`: what judges.

use std::path::PathBuf;

use clap::Subcommand;
use clap::builder::PossibleValuesParser;
use keyproof::policy::{BundledPolicy, policy_schema};
use keyproof::trust::{Distrust, Distrusted, TrustStore};

use crate::arguments::TrustArguments;
use crate::exit::{Exit, Failure};
use crate::judging;
use crate::listing::Listing;
use crate::output::Destination;

#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Print a bundled policy, as a start for one's own
    Show {
        /// Which one
        #[arg(default_value = BundledPolicy::Csbr.name(), value_parser = PossibleValuesParser::new(BundledPolicy::ALL.map(BundledPolicy::name)))]
        name: String,
    },
    /// Check a policy file, and show what each line of its distrust shuts out
    Check {
        /// The file
        file: PathBuf,
        #[command(flatten)]
        trust: TrustArguments,
    },
    /// Print the JSON Schema of the policy file
    Schema,
}

pub(crate) fn run(command: &PolicyCommand, screen: &Destination) -> Result<Exit, Failure> {
    match command {
        PolicyCommand::Show { name } => {
            screen.write(BundledPolicy::from_name(name).map_or("", BundledPolicy::yaml))?;
        }
        PolicyCommand::Schema => screen.write(&format!("{:#}\n", policy_schema()))?,
        PolicyCommand::Check { file, trust } => {
            let facts = judging::load(trust)?.facts;
            let policy = judging::load_policy(Some(file), &facts)?.policy;
            judging::check_distrust(&policy, &facts)?;
            let mut listing = Listing::default();
            listing.line("The policy can be used.");
            listing.field("name", &policy.name);
            listing.field("version", &policy.version.to_string());
            listing.field("based on", policy.based_on.id());
            listing.field("SHA-256", &policy.sha256().to_string());
            for distrust in &policy.distrust {
                show_distrust(&mut listing, distrust, &facts.trust);
            }
            screen.write(&listing.into_text())?;
        }
    }
    Ok(Exit::Done)
}

/// A line, and what of all that is known it shuts out.
fn show_distrust(listing: &mut Listing, distrust: &Distrust, store: &TrustStore) {
    listing.heading(&format!("Distrusted: {}", distrust.named.describe()));
    listing.field("reason", &distrust.reason);
    if let Some(date) = &distrust.date {
        listing.field("date", date);
    }
    let anchors = store.anchors_barred_by(distrust);
    for anchor in &anchors {
        listing.field("shuts out", &format!("the anchor {}", anchor.id));
    }
    let named = match &distrust.named {
        Distrusted::Key(sha256) | Distrusted::Certificate(sha256) => Some(sha256),
        Distrusted::Anchor(_) => None,
    };
    let refused = store.refused().iter().filter(|refused| {
        let fingerprints = refused.certificate_sha256.iter().chain([&refused.spki_sha256]);
        fingerprints.into_iter().any(|it| Some(it) == named)
    });
    let refused: Vec<&str> = refused.map(|refused| refused.id.as_str()).collect();
    for id in &refused {
        listing.field("names", &format!("{id}, which is refused already"));
    }
    if anchors.is_empty() && refused.is_empty() {
        let value = "nothing that is known here, but what evidence brings along";
        listing.field("shuts out", value);
        if let Distrusted::Certificate(_) = distrust.named {
            listing.field("", "name its key too: another certificate of the key is not shut out");
        }
    }
}
