//! `keyproof ledger show`: a record, and what it keeps.

use std::path::PathBuf;

use clap::Args;
use keyproof_ledger::list::{Contents, Shown};
use keyproof_ledger::record::{Entry, NamedContent};
use keyproof_ledger::{Ledger, Record, RecordId};

use super::export::write;
use super::list::{certificate_type, line};
use crate::arguments::LedgerArgument;
use crate::exit::{Exit, Failure};
use crate::judging;
use crate::listing::Listing;
use crate::output::Destination;

#[derive(Debug, Args)]
pub(crate) struct ShowArguments {
    /// Its place in the ledger
    #[arg(value_name = "ID")]
    id: u64,
    #[command(flatten)]
    ledger: LedgerArgument,
    /// Write the result, the submission and the documents that it keeps to a new folder
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
}

pub(super) fn run(arguments: &ShowArguments, screen: &Destination) -> Result<Exit, Failure> {
    let mut ledger = Ledger::open(&arguments.ledger.place)?;
    let years = judging::built_in_policy()?.retention_years;
    let wanted = if arguments.output.is_some() { Contents::All } else { Contents::Result };
    let Shown { record, since, kept_until, contents } =
        ledger.show(RecordId(arguments.id), years, wanted)?;
    let mut listing = Listing::default();
    describe(&mut listing, &record);
    let end = kept_until.map_or("for good".to_owned(), |end| format!("{end} at least"));
    listing.field("kept until", &end);
    if !since.is_empty() {
        listing.heading("Since then:");
    }
    for later in &since {
        listing.line(&line(later));
        if let Entry::Settlement(settlement) = &later.entry {
            listing.field("reason", &settlement.reason);
        }
    }
    match &arguments.output {
        Some(folder) => {
            contents.iter().try_for_each(|it| write(folder, &it.name, &it.bytes))?;
            listing.heading("Written:");
            for content in &contents {
                listing.field(&content.name, &format!("{} bytes", content.bytes.len()));
            }
        }
        None => {
            for result in &contents {
                listing.heading("Result:");
                String::from_utf8_lossy(&result.bytes).lines().for_each(|it| listing.line(it));
            }
        }
    }
    screen.write(&listing.into_text())?;
    Ok(Exit::Done)
}

fn describe(listing: &mut Listing, record: &Record) {
    listing.line(&line(record));
    match &record.entry {
        Entry::Verdict(entry) => {
            listing.field("evaluated at", &entry.evaluated_at.to_string());
            listing.field("trust", entry.trust.id());
            let kind = entry.certificate_type.map_or("not said", certificate_type);
            listing.field("certificate type", kind);
            if let Some(key) = entry.spki_sha256 {
                listing.field("key", &key.to_string());
            }
            if let Some(device) = &entry.device {
                listing.field("module", &device.to_string());
            }
            let policy = &entry.policy;
            listing.field("policy", &format!("{} {}", policy.name, policy.version));
            listing.field("keyproof", &entry.version);
        }
        Entry::Method(entry) => {
            listing.field("key", &entry.spki_sha256.to_string());
            listing.field("reason", &entry.reason);
            documents(listing, &entry.documents);
        }
        Entry::Settlement(entry) => {
            listing.field("reason", &entry.reason);
            documents(listing, &entry.documents);
        }
        Entry::Issuance(entry) => {
            listing.field("certificate", &entry.certificate.to_string());
            listing.field("issuer", &entry.issuer);
            listing.field("serial", &entry.serial);
            listing.field("not after", &entry.not_after.to_string());
        }
        Entry::Denial(entry) => listing.field("reason", &entry.reason),
        Entry::Adoption(entry) => {
            listing.field("facts", &format!("{} of {}", entry.serial, entry.date));
            listing.field("bundle", &format!("{} ({})", entry.bundle, entry.bundle_kind));
            listing.field("people", &format!("{} must agree", entry.people));
            if let Some(back) = &entry.back {
                listing.field("back because", back);
            }
        }
        Entry::Pruning(entry) => {
            let places: Vec<String> = entry.pruned.iter().map(ToString::to_string).collect();
            listing.field("records", &places.join(", "));
        }
    }
}

fn documents(listing: &mut Listing, documents: &[NamedContent]) {
    for document in documents {
        listing.field("document", &format!("{} ({})", document.name, document.sha256));
    }
}
