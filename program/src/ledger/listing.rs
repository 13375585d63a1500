//! `keyproof ledger list` and `show`: what people read.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

use keyproof::encoding::hex::Sha256;
use keyproof_ledger::record::{
    CertificateType, Decision, DenialEffect, Denied, Entry, Facet, MethodEntry, NamedContent,
    SettlementEntry,
};
use keyproof_ledger::{Record, RecordId, retention};

use super::settle::read_sha256;
use super::store::{Ledger, View};
use crate::exit::{Exit, Failure};
use crate::files::named;
use crate::listing::Listing;
use crate::output::Destination;

/// Which records are listed.
pub(super) struct Wanted {
    order: Option<String>,
    subscriber: Option<String>,
    key: Option<Sha256>,
}

impl Wanted {
    pub(super) fn new(
        order: &Option<String>,
        subscriber: &Option<String>,
        key: &Option<String>,
    ) -> Result<Self, Failure> {
        Ok(Self {
            order: order.clone(),
            subscriber: subscriber.clone(),
            key: key.as_deref().map(read_sha256).transpose()?,
        })
    }

    fn wants(&self, record: &Record) -> bool {
        let is =
            |wanted: &Option<String>, there: &Option<String>| wanted.is_none() || wanted == there;
        is(&self.order, &record.order)
            && is(&self.subscriber, &record.subscriber)
            && (self.key.is_none() || self.key == record.entry.spki_sha256())
    }
}

pub(super) fn list(
    ledger: &mut Ledger,
    wanted: &Wanted,
    screen: &Destination,
) -> Result<Exit, Failure> {
    let mut listing = Listing::default();
    ledger.read(|view| {
        let term = wanted.key.map(|key| Facet::Key.term(key));
        let term = term.or_else(|| wanted.order.as_ref().map(|order| Facet::Order.term(order)));
        let term =
            term.or_else(|| wanted.subscriber.as_ref().map(|name| Facet::Subscriber.term(name)));
        let mut show = |record: &Record| {
            if wanted.wants(record) {
                listing.line(&line(record));
            }
        };
        match term {
            Some(term) => view.find([term])?.iter().for_each(show),
            None => view.each_record(|_, record| {
                show(&record);
                Ok(())
            })?,
        }
        Ok(())
    })?;
    screen.write(&listing.into_text())?;
    Ok(Exit::Done)
}

fn line(record: &Record) -> String {
    let what = match &record.entry {
        Entry::Verdict(entry) => {
            let device = entry.device.as_ref().map(|it| format!(", {it}")).unwrap_or_default();
            format!("{}{device}", entry.verdict.id())
        }
        Entry::Method(entry) => format!("method {} of CSBR 6.2.7.4.2", entry.method),
        Entry::Settlement(entry) => format!("{} record {}", decision(entry.decision), entry.about),
        Entry::Issuance(entry) => format!("issued {} on record {}", entry.serial, entry.about),
        Entry::Denial(entry) => format!("{} {}", effect(entry.effect), denied(&entry.denied)),
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

pub(super) fn show(
    ledger: &mut Ledger,
    id: RecordId,
    output: Option<&Path>,
    screen: &Destination,
) -> Result<Exit, Failure> {
    let mut listing = Listing::default();
    ledger.read(|view| {
        let record = view.present(id)?;
        describe(&mut listing, &record);
        let about = view.find([Facet::About.term(id)])?;
        let years = crate::facts::built_in_policy()?.retention_years;
        let end = retention::kept_until(&record, &about, years);
        let end = end.map_or("for good".to_owned(), |end| format!("{end} at least"));
        listing.field("kept until", &end);
        if !about.is_empty() {
            listing.heading("Since then:");
        }
        for later in &about {
            listing.line(&line(later));
            if let Entry::Settlement(settlement) = &later.entry {
                listing.field("reason", &settlement.reason);
            }
        }
        match output {
            Some(folder) => {
                let files = contents(view, &record)?;
                write(folder, &files)?;
                listing.heading("Written:");
                for (name, bytes) in &files {
                    listing.field(name, &format!("{} bytes", bytes.len()));
                }
            }
            None => {
                if let Entry::Verdict(entry) = &record.entry {
                    let result = view.content(entry.result)?;
                    listing.heading("Result:");
                    String::from_utf8_lossy(&result).lines().for_each(|it| listing.line(it));
                }
            }
        }
        Ok(())
    })?;
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

/// What a record keeps, under names of our own that end as the files did: what an applicant calls a
/// file is no name for a file of ours.
fn contents(view: &mut View<'_>, record: &Record) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let mut files = Vec::new();
    let mut add = |view: &mut View<'_>, name: String, sha256| -> Result<(), Failure> {
        files.push((name, view.content(sha256)?));
        Ok(())
    };
    match &record.entry {
        Entry::Verdict(entry) => {
            add(view, "result.json".to_owned(), entry.result)?;
            for (number, input) in (1..).zip(&entry.inputs) {
                add(view, numbered("input", number, &input.name), input.sha256)?;
            }
            if let Some(observations) = entry.observations {
                add(view, "observations.json".to_owned(), observations)?;
            }
            for (number, file) in (1..).zip(&entry.policy.files) {
                add(view, numbered("policy", number, &file.name), file.sha256)?;
            }
        }
        Entry::Method(MethodEntry { documents, .. })
        | Entry::Settlement(SettlementEntry { documents, .. }) => {
            for (number, file) in (1..).zip(documents) {
                add(view, numbered("document", number, &file.name), file.sha256)?;
            }
        }
        Entry::Issuance(entry) => add(view, "certificate.der".to_owned(), entry.certificate)?,
        Entry::Denial(_) | Entry::Pruning(_) => {}
    }
    Ok(files)
}

/// `input-1.pem` for a file that was called `../../x.pem`.
fn numbered(what: &str, number: usize, name: &str) -> String {
    let end = name.rsplit_once('.').map_or("", |(_, end)| end);
    let plain =
        !end.is_empty() && end.len() <= 8 && end.chars().all(|it| it.is_ascii_alphanumeric());
    if plain { format!("{what}-{number}.{end}") } else { format!("{what}-{number}.bin") }
}

/// Nothing is overwritten.
pub(super) fn write(folder: &Path, files: &[(String, Vec<u8>)]) -> Result<(), Failure> {
    let failure = |path: &Path, error: &std::io::Error| {
        Failure::new(
            format!("{} could not be written: {error}", named(path)),
            "Name a new folder with --output; nothing is overwritten.",
        )
    };
    for (name, bytes) in files {
        let path = folder.join(name);
        let parent = path.parent().unwrap_or(folder);
        fs::create_dir_all(parent).map_err(|error| failure(parent, &error))?;
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&path)
            .and_then(|mut file| file.write_all(bytes))
            .map_err(|error| failure(&path, &error))?;
    }
    Ok(())
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
