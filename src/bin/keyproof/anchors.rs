//! `keyproof anchors`: who is believed, for what, and why; and whether a certificate at hand is the
//! one that is trusted.

use std::path::Path;

use keyproof::encoding::x509::Certificate;
use keyproof::public_key::PublicKey;
use keyproof::submission::{Input, InputRole, ItemKind, Limits, Submission};
use keyproof::trust::{Anchor, AnchorRole, AnchorStatus, KnownKey, TrustStore};

use crate::arguments::AnchorsCommand;
use crate::exit::{Exit, Failure};
use crate::facts;
use crate::files::{named, read_file};
use crate::listing::Listing;
use crate::output::Destination;

pub(crate) fn run(command: &AnchorsCommand, screen: &Destination) -> Result<Exit, Failure> {
    let (AnchorsCommand::List { trust }
    | AnchorsCommand::Show { trust, .. }
    | AnchorsCommand::Check { trust, .. }) = command;
    let store = facts::load(trust)?.trust;
    let mut listing = Listing::default();
    let exit = match command {
        AnchorsCommand::List { .. } => {
            list(&mut listing, &store);
            Exit::Done
        }
        AnchorsCommand::Show { id, .. } => {
            let anchor = store.anchor(id).ok_or_else(|| {
                Failure::usage(format!("there is no anchor {id}"), "See `keyproof anchors list`.")
            })?;
            show(&mut listing, anchor);
            Exit::Done
        }
        AnchorsCommand::Check { file, .. } => check(&mut listing, file, &store)?,
    };
    screen.write(&listing.into_text())?;
    Ok(exit)
}

fn list(listing: &mut Listing, store: &TrustStore) {
    for anchor in store.anchors() {
        listing.heading(&format!("{} ({})", anchor.id, anchor.status.id()));
        listing.field("vendor", &anchor.vendor);
        listing.field("subject", &anchor.subject);
        for usage in uses(anchor) {
            listing.field("vouches for", &usage);
        }
        let (first, last) = anchor.valid;
        listing.field("valid", &format!("{} to {}", first.date(), last.date()));
    }
    for refused in store.refused() {
        listing.heading(&format!("{} (refused)", refused.id));
        listing.field("vendor", &refused.vendor);
        listing.field("subject", &refused.subject);
        listing.field("why", &refused.why);
    }
}

fn uses(anchor: &Anchor) -> Vec<String> {
    let usage = |usage: &keyproof::trust::AnchorUse| match &usage.role {
        AnchorRole::Issuing { .. } => format!("{}, as the issuer of devices", usage.format),
        AnchorRole::Root { issuing } => {
            format!("{}, as the root of {}", usage.format, issuing.join(" and "))
        }
        AnchorRole::Manufacturer => format!("{}, as the manufacturer", usage.format),
        AnchorRole::Owner => format!("{}, as the owner of the module", usage.format),
    };
    if anchor.uses.is_empty() {
        return vec!["nothing itself; it is the parent of another anchor".to_owned()];
    }
    anchor.uses.iter().map(usage).collect()
}

fn show(listing: &mut Listing, anchor: &Anchor) {
    listing.heading(&format!("{} ({})", anchor.id, anchor.status.id()));
    listing.field("vendor", &anchor.vendor);
    listing.field("subject", &anchor.subject);
    listing.field("key", &anchor.public_key.describe());
    listing.field("key SHA-256", &anchor.public_key.spki_sha256().to_string());
    for certificate in &anchor.certificate_sha256 {
        listing.field("certificate", &format!("SHA-256 {certificate}"));
    }
    let (first, last) = anchor.valid;
    listing.field("valid", &format!("{first} to {last}"));
    for usage in uses(anchor) {
        listing.field("vouches for", &usage);
    }
    if let Some(parent) = &anchor.parent {
        listing.field("issued by", parent);
    }
    for source in &anchor.sources {
        listing.field("source", &format!("{} (seen {})", source.publisher, source.seen));
    }
    if let Some(note) = &anchor.note {
        listing.field("note", note);
    }
}

/// Answers for every certificate of the file; the gravest answer is the exit code.
fn check(listing: &mut Listing, file: &Path, store: &TrustStore) -> Result<Exit, Failure> {
    let limits = Limits::default();
    let bytes = read_file(file, limits.file_bytes)?;
    let input = Input { name: named(file), bytes, role: InputRole::Any };
    let submission = Submission::unpack(vec![input], &limits);
    let mut trusted = Vec::new();
    for item in submission.items().iter().filter(|item| item.kind() == ItemKind::Certificate) {
        let Ok(certificate) = Certificate::from_der(item.der()) else {
            return Err(Failure::new(
                format!("{} holds a certificate that cannot be read", named(file)),
                "Compare it with the manufacturer's own copy.",
            ));
        };
        listing.heading(&certificate.subject().to_string());
        listing.field("certificate", &format!("SHA-256 {}", certificate.sha256()));
        let (answer, exit) = judge(&certificate, store);
        listing.field("answer", &answer);
        trusted.push(exit);
    }
    if trusted.is_empty() {
        let problem = submission.problems().first().map(|it| it.code().sentence());
        return Err(Failure::new(
            format!("{} holds no certificate. {}", named(file), problem.unwrap_or_default()),
            "Name a file with a certificate, as PEM or DER.",
        ));
    }
    let of = |wanted| trusted.contains(&wanted);
    Ok(match (of(Exit::Reject), of(Exit::Review)) {
        (true, _) => Exit::Reject,
        (false, true) => Exit::Review,
        (false, false) => Exit::Done,
    })
}

fn judge(certificate: &Certificate, store: &TrustStore) -> (String, Exit) {
    let Ok(key) = PublicKey::from_spki(certificate.subject_public_key_info()) else {
        return ("NOT TRUSTED: its key cannot be read.".to_owned(), Exit::Reject);
    };
    match store.known_key(key.spki_sha256()) {
        Some(KnownKey::Refused(refused)) => {
            (format!("REFUSED as {}: {}", refused.id, refused.why), Exit::Reject)
        }
        Some(KnownKey::Anchor(anchor)) if anchor.subject_der == certificate.subject().der() => {
            let same = if anchor.certificate_sha256.contains(&certificate.sha256()) {
                "this very certificate is known"
            } else {
                "another certificate of the same name and key"
            };
            let id = &anchor.id;
            match anchor.status {
                AnchorStatus::Production if anchor.uses.is_empty() => (
                    format!(
                        "KNOWN as {id}, a parent of anchors: {same}. It vouches for no evidence itself."
                    ),
                    Exit::Done,
                ),
                AnchorStatus::Production => (format!("TRUSTED as {id}: {same}."), Exit::Done),
                status => (format!("{} only, as {id}: {same}.", status.id()), Exit::Review),
            }
        }
        Some(KnownKey::Anchor(anchor)) => (
            format!("NOT TRUSTED: it has the key of {} under another name.", anchor.id),
            Exit::Reject,
        ),
        None => {
            let subject = certificate.subject().der();
            match store.anchors().iter().find(|anchor| anchor.subject_der == subject) {
                Some(anchor) => (
                    format!("NOT TRUSTED: it has the name of {}, and another key.", anchor.id),
                    Exit::Reject,
                ),
                None => ("NOT TRUSTED: name and key are not known.".to_owned(), Exit::Reject),
            }
        }
    }
}
