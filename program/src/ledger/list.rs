//! `keyproof ledger list`: the records, a line each.

use clap::Args;
use keyproof_ledger::list::Wanted;
use keyproof_ledger::record::{CertificateType, Decision, DenialEffect, Denied, Entry};
use keyproof_ledger::{Ledger, Record};

use super::deny::read_sha256;
use crate::arguments::LedgerArgument;
use crate::exit::{Exit, Failure};
use crate::listing::Listing;
use crate::output::Destination;

#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    #[command(flatten)]
    ledger: LedgerArgument,
    /// Of this order only
    #[arg(long, value_name = "ID")]
    order: Option<String>,
    /// Of this subscriber only
    #[arg(long, value_name = "ID")]
    subscriber: Option<String>,
    /// Of the key with this SHA-256 only
    #[arg(long, value_name = "SHA-256")]
    key: Option<String>,
}

pub(super) fn run(arguments: &ListArguments, screen: &Destination) -> Result<Exit, Failure> {
    let wanted = Wanted {
        order: arguments.order.clone(),
        subscriber: arguments.subscriber.clone(),
        key: arguments.key.as_deref().map(read_sha256).transpose()?,
    };
    let mut listing = Listing::default();
    let mut ledger = Ledger::open(&arguments.ledger.place)?;
    ledger.list(&wanted, |record| listing.line(&line(record)))?;
    screen.write(&listing.into_text())?;
    Ok(Exit::Done)
}

/// A record in a line.
pub(super) fn line(record: &Record) -> String {
    let what = match &record.entry {
        Entry::Verdict(entry) => {
            let device = entry.device.as_ref().map(|it| format!(", {it}")).unwrap_or_default();
            format!("{}{device}", entry.verdict.id())
        }
        Entry::Method(entry) => format!("method {} of CSBR 6.2.7.4.2", entry.method),
        Entry::Settlement(entry) => format!("{} record {}", decision(entry.decision), entry.about),
        Entry::Issuance(entry) => format!("issued {} on record {}", entry.serial, entry.about),
        Entry::Denial(entry) => format!("{} {}", effect(entry.effect), denied(&entry.denied)),
        Entry::Adoption(entry) => {
            let way = if entry.back.is_some() { "back to facts" } else { "facts" };
            format!("{way} {} of {}", entry.serial, entry.date)
        }
        Entry::Pruning(entry) => format!("{} records", entry.pruned.len()),
    };
    let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    format!(
        "{:>6}  {}  {:<10}  {what}; order {}, subscriber {}, by {}",
        record.id,
        record.recorded_at,
        record.entry.kind(),
        or_dash(&record.order),
        or_dash(&record.subscriber),
        record.operator,
    )
}

const fn decision(decision: Decision) -> &'static str {
    match decision {
        Decision::Approve => "approves",
        Decision::Refuse => "refuses",
    }
}

const fn effect(effect: DenialEffect) -> &'static str {
    match effect {
        DenialEffect::Deny => "denies",
        DenialEffect::Lift => "lifts the denial of",
    }
}

fn denied(denied: &Denied) -> String {
    match denied {
        Denied::Key(sha256) => format!("key {sha256}"),
        Denied::Device(device) => format!("module {device}"),
        Denied::Subscriber(subscriber) => format!("subscriber {subscriber}"),
    }
}

pub(super) const fn certificate_type(kind: CertificateType) -> &'static str {
    match kind {
        CertificateType::Ev => "ev",
        CertificateType::NonEv => "non-ev",
    }
}
