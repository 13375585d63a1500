//! `keyproof inspect`: what files hold, and whose key signed it. Nothing is judged.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use keyproof::inspection::{
    CertificateContent, Content, ExtensionContent, Found, Inspection, Key, KnownAs, Piece, Signer,
    Statement,
};
use keyproof::reason::{Reason, ReasonCode};
use keyproof::report;
use keyproof::submission::{Limits, Submission};

use crate::arguments::TrustArguments;
use crate::exit::{Exit, Failure};
use crate::files::SubmissionReader;
use crate::judging;
use crate::listing::Listing;
use crate::output::Destination;

#[derive(Debug, Args)]
pub(crate) struct InspectArguments {
    /// Files, folders, a zip, or - for standard input
    #[arg(value_name = "FILE|DIR|ZIP|-", required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// The form of what is shown
    #[arg(long, value_enum, default_value_t = InspectFormat::Text)]
    pub(crate) format: InspectFormat,
    #[command(flatten)]
    pub(crate) trust: TrustArguments,
}

/// The form of an inspection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum InspectFormat {
    /// For people
    Text,
    /// keyproof/inspection/v1
    Json,
}

pub(crate) fn run(arguments: &InspectArguments, screen: &Destination) -> Result<Exit, Failure> {
    let store = judging::load(&arguments.trust)?.facts.trust;
    let limits = Limits::default();
    let mut reader = SubmissionReader::new(&limits);
    for path in &arguments.files {
        reader.add(path)?;
    }
    let (inputs, unopened) = reader.into_inputs();
    let submission = Submission::unpack_beside(inputs, unopened, &limits);
    let inspection = Inspection::of(&submission, &store);
    screen.write(&match arguments.format {
        InspectFormat::Text => text(&inspection),
        InspectFormat::Json => report::document(&inspection),
    })?;
    Ok(if inspection.is_whole() { Exit::Done } else { Exit::Reject })
}

fn text(inspection: &Inspection) -> String {
    let mut listing = Listing::default();
    for piece in &inspection.pieces {
        show(&mut listing, piece);
    }
    for problem in &inspection.problems {
        listing.heading(&format!("not read: {}", problem.code()));
        listing.line(&format!("  {}", problem.sentence()));
        show_facts(&mut listing, problem);
    }
    listing.into_text()
}

fn show(listing: &mut Listing, piece: &Piece) {
    let (kind, files) = (piece.kind, piece.files.join(", "));
    let found = |place| format!("{kind} that another program may find in {files}, {place}");
    listing.heading(&match piece.found {
        None => format!("{kind} from {files}"),
        Some(Found::Beside) => found("beside the evidence"),
        Some(Found::Hidden) => found("hidden from us"),
    });
    listing.field("SHA-256", &piece.sha256.to_string());
    listing.field("bytes", &piece.bytes.to_string());
    match &piece.content {
        Content::PublicKey(key) => show_key(listing, key),
        Content::Request { subject, key, signed } => {
            listing.field("subject", subject);
            show_key(listing, key);
            listing.field("signed", &describe(signed, "by the key it names"));
        }
        Content::Certificate(certificate) => show_certificate(listing, certificate),
        Content::Object(readers) => {
            for reader in readers {
                show_statements(listing, reader.format, &reader.statements);
            }
        }
        Content::Draft(claims) => {
            listing.field("states", "as a draft has it, and nothing vouches for it:");
            show_lines(listing, claims);
            listing.field("refused", ReasonCode::EvidenceDraftFormat.sentence());
        }
        Content::Unreadable(reason) => {
            listing.field("unreadable", reason.sentence());
            show_facts(listing, reason);
        }
    }
}

fn show_certificate(listing: &mut Listing, certificate: &CertificateContent) {
    listing.field("subject", &certificate.subject);
    listing.field("issuer", &certificate.issuer);
    listing.field("signed", &describe(&certificate.signed, "by itself"));
    listing.field("serial", &certificate.serial);
    let (first, last) = &certificate.valid;
    listing.field("valid", &format!("{first} to {last}"));
    show_key(listing, &certificate.key);
    for extension in &certificate.extensions {
        show_extension(listing, extension);
    }
    for reader in &certificate.statements {
        show_statements(listing, reader.format, &reader.statements);
    }
}

fn show_facts(listing: &mut Listing, reason: &Reason) {
    for (name, value) in reason.detail() {
        listing.field(name, value);
    }
}

fn show_statements(listing: &mut Listing, format: &str, statements: &[Statement]) {
    listing.field("states", &format!("as {format}, if genuine:"));
    show_lines(listing, statements);
}

fn show_lines(listing: &mut Listing, statements: &[Statement]) {
    for statement in statements {
        listing.field(&format!("  {}", statement.name), &statement.value);
    }
}

/// Whose key signed something; `own` says that it was its own.
fn describe(signer: &Signer, own: &str) -> String {
    match signer {
        Signer::ItsOwnKey => own.to_owned(),
        Signer::Anchor { id, status } => format!("by the anchor {id} ({})", status.id()),
        Signer::Certificate(sha256) => format!("by the key of the certificate {sha256}"),
        Signer::NoneAtHand => "by none of the keys of that name that are at hand".to_owned(),
        Signer::NoIssuer => "not checked, for no certificate of its issuer is at hand".to_owned(),
        Signer::NoKey => "not checked, for the key cannot be read".to_owned(),
        Signer::Nobody(reason) => reason.sentence().to_owned(),
    }
}

fn show_key(listing: &mut Listing, key: &Key) {
    match key {
        Key::Read { key, known } => {
            listing.field("key", &key.describe());
            listing.field("key SHA-256", &key.spki_sha256.to_string());
            match known {
                Some(KnownAs::Anchor(id)) => {
                    listing.field("", &format!("the key of the anchor {id}"));
                }
                Some(KnownAs::Refused { id, why }) => {
                    listing.field("", &format!("refused as {id}: {why}"));
                }
                None => {}
            }
        }
        Key::Unreadable(reason) => listing.field("key", reason.sentence()),
    }
}

fn show_extension(listing: &mut Listing, extension: &ExtensionContent) {
    let ExtensionContent { oid, critical, value, octets } = extension;
    let critical = if *critical { ", critical" } else { "" };
    let rest = match octets.checked_sub(value.len() / 2) {
        Some(more @ 1..) => format!(" and {more} bytes more"),
        _ => String::new(),
    };
    listing.field("extension", &format!("{oid}{critical}: {value}{rest}"));
}
