//! `keyproof inspect`: what files hold and who is named as signer. Nothing is judged.

use keyproof::encoding::der::{Reader, tag};
use keyproof::encoding::hex::{Sha256, to_hex};
use keyproof::encoding::name::Name;
use keyproof::encoding::x509::{Certificate, Extension};
use keyproof::public_key::PublicKey;
use keyproof::submission::{Item, ItemKind, Limits, Submission};
use keyproof::time::Timestamp;
use keyproof::trust::{KnownKey, TrustStore};
use keyproof::vendor::{FORMATS, Part};

use crate::arguments::InspectArguments;
use crate::exit::{Exit, Failure};
use crate::facts;
use crate::files::SubmissionReader;
use crate::listing::Listing;
use crate::output::Destination;

pub(crate) fn run(arguments: &InspectArguments, screen: &Destination) -> Result<Exit, Failure> {
    let store = facts::load(&arguments.trust)?.trust;
    let limits = Limits::default();
    let mut reader = SubmissionReader::new(&limits);
    for path in &arguments.files {
        reader.add(path)?;
    }
    let submission = Submission::unpack(reader.into_inputs(), &limits);
    let mut listing = Listing::default();
    for item in submission.items() {
        show(&mut listing, item, &store);
    }
    for problem in submission.problems() {
        listing.heading(&format!("not read: {}", problem.code()));
        listing.line(&format!("  {}", problem.code().sentence()));
        for (name, value) in problem.detail() {
            listing.field(name, value);
        }
    }
    screen.write(&listing.into_text())?;
    Ok(if submission.problems().is_empty() { Exit::Done } else { Exit::Reject })
}

fn show(listing: &mut Listing, item: &Item, store: &TrustStore) {
    listing.heading(&format!("{} from {}", item.kind().id(), item.origins().join(", ")));
    listing.field("SHA-256", &Sha256::of(item.der()).to_string());
    listing.field("bytes", &item.der().len().to_string());
    match item.kind() {
        ItemKind::Certificate => match Certificate::from_der(item.der()) {
            Ok(certificate) => show_certificate(listing, &certificate, store),
            Err(error) => listing.field("unreadable", &format!("{error:?}")),
        },
        ItemKind::Request => match read_request(item.der()) {
            Some((subject, spki)) => {
                listing.field("subject", &subject.to_string());
                show_key(listing, spki, store);
            }
            None => listing.field("unreadable", "not a request as PKCS #10 has it"),
        },
        ItemKind::PublicKey => show_key(listing, item.der(), store),
    }
}

fn show_certificate(listing: &mut Listing, certificate: &Certificate, store: &TrustStore) {
    listing.field("subject", &certificate.subject().to_string());
    listing.field("issuer", &certificate.issuer().to_string());
    let issuer = certificate.issuer().der();
    for anchor in store.anchors().iter().filter(|anchor| anchor.subject_der == issuer) {
        let words = "has the name of this issuer; `keyproof verify` checks the signature";
        listing.field("", &format!("{} {words}", anchor.id));
    }
    listing.field("serial", &to_hex(certificate.serial()));
    let date = |seconds| {
        Timestamp::from_unix_seconds(seconds).map_or_else(String::new, |time| time.to_string())
    };
    let (first, last) = (certificate.not_before(), certificate.not_after());
    let (first, last) = (date(first.unix_seconds()), date(last.unix_seconds()));
    listing.field("valid", &format!("{first} to {last}"));
    show_key(listing, certificate.subject_public_key_info(), store);
    for extension in certificate.extensions() {
        show_extension(listing, extension);
    }
    for format in FORMATS {
        if format.recognizes(certificate) == Part::Foreign {
            continue;
        }
        listing.field("states", &format!("as {}, if genuine:", format.name()));
        for statement in format.inspect(certificate) {
            listing.field(&format!("  {}", statement.name), &statement.value);
        }
    }
}

fn show_extension(listing: &mut Listing, extension: &Extension) {
    /// Octets of a value that are shown.
    const SHOWN: usize = 64;
    let critical = if extension.is_critical() { ", critical" } else { "" };
    let value = extension.value();
    let rest = match value.len().checked_sub(SHOWN) {
        Some(more @ 1..) => format!(" and {more} bytes more"),
        _ => String::new(),
    };
    let shown = to_hex(value.get(..SHOWN).unwrap_or(value));
    listing.field("extension", &format!("{}{critical}: {shown}{rest}", extension.oid()));
}

fn show_key(listing: &mut Listing, spki: &[u8], store: &TrustStore) {
    match PublicKey::from_spki(spki) {
        Ok(key) => {
            listing.field("key", &key.describe());
            listing.field("key SHA-256", &key.spki_sha256().to_string());
            match store.known_key(key.spki_sha256()) {
                Some(KnownKey::Anchor(anchor)) => {
                    listing.field("", &format!("the key of the anchor {}", anchor.id));
                }
                Some(KnownKey::Refused(refused)) => {
                    listing.field("", &format!("refused as {}: {}", refused.id, refused.why));
                }
                None => {}
            }
        }
        Err(reason) => listing.field("key", reason.code().sentence()),
    }
}

/// Subject and SubjectPublicKeyInfo of a certification request (RFC 2986 4.1), unverified.
fn read_request(der: &[u8]) -> Option<(Name, &[u8])> {
    let mut request = Reader::new(der).nested(tag::SEQUENCE).ok()?;
    let mut information = request.nested(tag::SEQUENCE).ok()?;
    information.u64().ok()?;
    let subject = Name::read(&mut information).ok()?;
    let (_, _, spki) = information.any().ok()?;
    Some((subject, spki))
}
