//! `keyproof inspect`: what files hold, and whose key signed it. Nothing is judged.

use std::path::PathBuf;

use clap::Args;
use keyproof::encoding::hex::{Sha256, to_hex};
use keyproof::encoding::x509::{Certificate, Extension, X509Error};
use keyproof::format::{AttestationFormat, FORMATS, InspectLine, Part};
use keyproof::public_key::PublicKey;
use keyproof::reason::{Reason, ReasonCode};
use keyproof::request::Request;
use keyproof::signature::{self, Parameters};
use keyproof::submission::{
    ItemKind, Limits, Object, ObjectKind, Sighting, Standing, Submission, draft,
};
use keyproof::time::Timestamp;
use keyproof::trust::{KnownKey, TrustStore};

use crate::arguments::TrustArguments;
use crate::exit::{Exit, Failure};
use crate::facts;
use crate::files::SubmissionReader;
use crate::listing::Listing;
use crate::output::Destination;

#[derive(Debug, Args)]
pub(crate) struct InspectArguments {
    /// Files, folders, a zip, or - for standard input
    #[arg(value_name = "FILE|DIR|ZIP|-", required = true)]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) trust: TrustArguments,
}

pub(crate) fn run(arguments: &InspectArguments, screen: &Destination) -> Result<Exit, Failure> {
    let store = facts::load(&arguments.trust)?.trust;
    let limits = Limits::default();
    let mut reader = SubmissionReader::new(&limits);
    for path in &arguments.files {
        reader.add(path)?;
    }
    let submission = Submission::unpack(reader.into_inputs(), &limits);
    let mut listing = Listing::default();
    let mut scene = Scene { store: &store, certificates: Vec::new() };
    let mut requests = Vec::new();
    for item in submission.items() {
        let origin = format!("{} from {}", item.kind().id(), item.origins().join(", "));
        match item.kind() {
            ItemKind::Request => {
                requests.extend(item.request().map(|request| (origin, item, request)));
            }
            ItemKind::Certificate => {
                let read = item.certificate().map(|it| it.cloned().map_err(Clone::clone));
                scene.certificates.extend(read.map(|read| (origin, read)));
            }
            ItemKind::PublicKey => {
                show_heading(&mut listing, &origin, item.der());
                scene.show_key(&mut listing, item.der());
            }
        }
    }
    for (origin, item, request) in &requests {
        show_heading(&mut listing, origin, item.der());
        scene.show_request(&mut listing, *request);
    }
    for (origin, certificate) in &scene.certificates {
        match certificate {
            Ok(certificate) => {
                show_heading(&mut listing, origin, certificate.der());
                scene.show_certificate(&mut listing, certificate);
            }
            Err(error) => {
                listing.heading(origin);
                show_reason(&mut listing, &error.reason("certificate"));
            }
        }
    }
    let is_whole = submission.problems().is_empty()
        && requests.iter().all(|(.., request)| request.is_ok())
        && scene.certificates.iter().all(|(_, certificate)| certificate.is_ok());
    let mut exit = if is_whole { Exit::Done } else { Exit::Reject };
    for object in submission.objects() {
        let kind = object.kind().id();
        show_heading(
            &mut listing,
            &format!("{kind} from {}", object.origins().join(", ")),
            object.bytes(),
        );
        let readers = FORMATS.iter().copied().filter(|it| match it.recognizes_object(object) {
            Part::Foreign => false,
            Part::Unmarked => scene.is_of(*it, submission.objects()),
            Part::Device | Part::Attestation => true,
        });
        let mut read = false;
        for format in readers {
            show_statements(&mut listing, format.name(), format.inspect_object(object));
            read = true;
        }
        if object.kind() == ObjectKind::Draft {
            listing.field("states", "as a draft has it, and nothing vouches for it:");
            for (name, value) in draft::inspect(object.bytes()) {
                listing.field(&format!("  {name}"), &value);
            }
            listing.field("refused", ReasonCode::EvidenceDraftFormat.sentence());
            exit = Exit::Reject;
        } else if !read {
            listing.field("unreadable", ReasonCode::InputMalformed.sentence());
            exit = Exit::Reject;
        }
    }
    for sighting in submission.sightings() {
        scene.show_sighting(&mut listing, sighting);
    }
    for problem in submission.problems() {
        listing.heading(&format!("not read: {}", problem.code()));
        listing.line(&format!("  {}", problem.code().sentence()));
        for (name, value) in problem.detail() {
            listing.field(name, value);
        }
    }
    screen.write(&listing.into_text())?;
    Ok(exit)
}

fn show_heading(listing: &mut Listing, origin: &str, der: &[u8]) {
    listing.heading(origin);
    listing.field("SHA-256", &Sha256::of(der).to_string());
    listing.field("bytes", &der.len().to_string());
}

fn show_statements(listing: &mut Listing, format: &str, statements: Vec<InspectLine>) {
    listing.field("states", &format!("as {format}, if genuine:"));
    for statement in statements {
        listing.field(&format!("  {}", statement.name), &statement.value);
    }
}

fn show_reason(listing: &mut Listing, reason: &Reason) {
    listing.field("unreadable", reason.code().sentence());
    for (name, value) in reason.detail() {
        listing.field(name, value);
    }
}

/// What a signature can be checked against.
struct Scene<'a> {
    store: &'a TrustStore,
    certificates: Vec<(String, Result<Certificate, X509Error>)>,
}

impl Scene<'_> {
    /// Whether something that was sent has the mark of `format`.
    fn is_of(&self, format: &dyn AttestationFormat, objects: &[Object]) -> bool {
        let mut certificates = self.certificates.iter().filter_map(|(_, it)| it.as_ref().ok());
        certificates.any(|it| format.recognizes(it) > Part::Unmarked)
            || objects.iter().any(|it| format.recognizes_object(it) > Part::Unmarked)
    }

    /// What another program may find, where it is no item that is shown already.
    fn show_sighting(&self, listing: &mut Listing, sighting: &Sighting) {
        let where_found = match sighting.standing() {
            Standing::Read | Standing::Evidence => return,
            Standing::Beside => "beside the evidence",
            Standing::Hidden => "hidden from us",
        };
        let (kind, file) = (sighting.kind(), sighting.file());
        let origin =
            format!("{} that another program may find in {file}, {where_found}", kind.id());
        show_heading(listing, &origin, sighting.encoding());
        match kind {
            ItemKind::Request => {
                self.show_request(listing, Request::from_der(sighting.encoding()).as_ref());
            }
            ItemKind::Certificate => match Certificate::from_der(sighting.encoding()) {
                Ok(certificate) => self.show_certificate(listing, &certificate),
                Err(error) => show_reason(listing, &error.reason("certificate")),
            },
            ItemKind::PublicKey => self.show_key(listing, sighting.encoding()),
        }
    }

    fn show_request(&self, listing: &mut Listing, request: Result<&Request, &Reason>) {
        let request = match request {
            Ok(request) => request,
            Err(reason) => return show_reason(listing, reason),
        };
        listing.field("subject", &request.subject().to_string());
        match request.public_key() {
            Ok(key) => self.show_key(listing, key.spki()),
            Err(reason) => listing.field("key", reason.code().sentence()),
        }
        let signed = match request.verify() {
            Some(Ok(_)) => "by the key it names",
            Some(Err(reason)) => reason.code().sentence(),
            None => "not checked, for the key cannot be read",
        };
        listing.field("signed", signed);
    }

    fn show_certificate(&self, listing: &mut Listing, certificate: &Certificate) {
        listing.field("subject", &certificate.subject().to_string());
        listing.field("issuer", &certificate.issuer().to_string());
        listing.field("signed", &self.signer(certificate));
        listing.field("serial", &to_hex(certificate.serial()));
        let date = |seconds| {
            Timestamp::from_unix_seconds(seconds).map_or_else(String::new, |time| time.to_string())
        };
        let (first, last) = (certificate.not_before(), certificate.not_after());
        let (first, last) = (date(first.unix_seconds()), date(last.unix_seconds()));
        listing.field("valid", &format!("{first} to {last}"));
        self.show_key(listing, certificate.subject_public_key_info());
        for extension in certificate.extensions() {
            show_extension(listing, extension);
        }
        for format in FORMATS {
            if format.recognizes(certificate) == Part::Foreign {
                continue;
            }
            show_statements(listing, format.name(), format.inspect(certificate));
        }
    }

    /// Whose key signed a certificate, of all whose name is that of its issuer.
    fn signer(&self, certificate: &Certificate) -> String {
        let issuer = certificate.issuer();
        let signed_by = |key: &PublicKey| {
            let (algorithm, tbs) = (certificate.signature_algorithm(), certificate.tbs());
            // Nothing is judged here: every form that some format's certificates have.
            [Parameters::RsaNullMayBeAbsent, Parameters::EcdsaMayBeUnsigned].into_iter().any(
                |parameters| {
                    let signature = certificate.signature();
                    signature::verify(key, algorithm, parameters, tbs, signature).is_ok()
                },
            )
        };
        let anchors =
            || self.store.anchors().iter().filter(|anchor| anchor.subject_der == issuer.der());
        if let Some(anchor) = anchors().find(|anchor| signed_by(&anchor.public_key)) {
            return format!("by the anchor {} ({})", anchor.id, anchor.status.id());
        }
        let certificates = || {
            let parsed =
                self.certificates.iter().filter_map(|(_, certificate)| certificate.as_ref().ok());
            parsed.filter(|other| other.subject() == issuer)
        };
        let key_of = |other: &Certificate| PublicKey::of_certificate(other);
        let found = certificates().find(|other| key_of(other).is_ok_and(|key| signed_by(&key)));
        match found {
            Some(signer) if signer == certificate => "by itself".to_owned(),
            Some(signer) => {
                format!("by the key of the certificate {}", signer.sha256())
            }
            None if anchors().next().is_some() || certificates().next().is_some() => {
                "by none of the keys of that name that are at hand".to_owned()
            }
            None => "not checked, for no certificate of its issuer is at hand".to_owned(),
        }
    }

    fn show_key(&self, listing: &mut Listing, spki: &[u8]) {
        match PublicKey::from_spki(spki) {
            Ok(key) => {
                listing.field("key", &key.describe());
                listing.field("key SHA-256", &key.spki_sha256().to_string());
                match self.store.known_key(key.spki_sha256()) {
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
