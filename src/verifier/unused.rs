//! What came with the evidence and played no part in it.

use super::evidence::ReceivedEvidence;
use super::recognition::Recognition;
use super::unread;
use crate::encoding::hex::Sha256;
use crate::encoding::x509::Certificate;
use crate::format::VerifiedEvidence;
use crate::reason::{Reason, ReasonCode};
use crate::result::Outcome;
use crate::submission::{Companion, CompanionKind, Extent, Object, Sighting};
use crate::trust::TrustStore;

/// Each certificate and object that played no part, is none of the manufacturer's own and does not
/// stand in for the request. One that belongs to some module is for a person to look at: the applicant
/// may have mixed two of them up.
pub(super) fn unused(
    received: &ReceivedEvidence<'_>,
    trust: &TrustStore,
    verified: &VerifiedEvidence<'_>,
    stand_in: Option<Sha256>,
) -> Vec<(Outcome, Reason)> {
    let is_used = |sha256: Sha256| {
        let anchors = trust.anchors();
        verified.rests_on(sha256)
            || stand_in == Some(sha256)
            || anchors.iter().any(|anchor| anchor.certificate_sha256.contains(&sha256))
    };
    let certificates = received.certificates().filter(|(it, _)| !is_used(it.sha256()));
    let certificates = certificates.map(|(certificate, seen)| of_certificate(certificate, seen));
    let is_unread = |object: &Object| received.unread().iter().any(|it| std::ptr::eq(*it, object));
    let objects = received.objects().iter().filter(|it| !is_unread(it) && !is_used(it.sha256()));
    let objects = objects.map(of_object);
    let companions = received.companions().iter().filter_map(of_companion);
    let unsaved = received.unsaved().map(|reason| (Outcome::Review, reason));
    certificates
        .chain(objects)
        .chain(received.sightings().map(seen_beside))
        .chain(companions)
        .chain(unsaved)
        .chain(received.unread().iter().map(|object| unread::beside_evidence(object)))
        .collect()
}

fn of_certificate(certificate: &Certificate, seen: &Recognition) -> (Outcome, Reason) {
    let (outcome, code) = if seen.is_foreign() {
        (Outcome::Satisfied, ReasonCode::InputUnusedCertificate)
    } else {
        (Outcome::Review, ReasonCode::AttestationForeignEvidence)
    };
    let reason = Reason::new(code)
        .with("certificate", certificate.subject().to_string())
        .with("sha256", certificate.sha256().to_string());
    (outcome, reason)
}

fn of_object(object: &Object) -> (Outcome, Reason) {
    let reason = Reason::new(ReasonCode::AttestationForeignEvidence)
        .with("file", object.origins().join(", "))
        .with("sha256", object.sha256().to_string());
    (Outcome::Review, reason)
}

/// A file that holds no evidence. One that was not looked through may hold a request, and nobody would know; what
/// keyproof wrote of a token belongs there, and of a message with attachments more is said.
fn of_companion(companion: &Companion) -> Option<(Outcome, Reason)> {
    let is_ours = companion.kind == Some(CompanionKind::TokenRecord);
    if companion.extent == Extent::Whole && (is_ours || !companion.attachments.is_empty()) {
        return None;
    }
    let (outcome, code) = match companion.extent {
        Extent::Whole => (Outcome::Satisfied, ReasonCode::InputCompanion),
        Extent::Partly | Extent::Unopened => (Outcome::Review, ReasonCode::InputNotSearched),
    };
    let mut reason = Reason::new(code)
        .with("file", companion.name.clone())
        .with("bytes", companion.bytes.to_string());
    if let Some(kind) = companion.kind {
        reason = reason.with("kind", kind.describe());
    }
    if let Some(sha256) = companion.sha256 {
        reason = reason.with("sha256", sha256.to_string());
    }
    Some((outcome, reason))
}

/// A certificate or key that another program may find in a file that holds nothing of the evidence.
fn seen_beside(sighting: &Sighting) -> (Outcome, Reason) {
    let mut reason = Reason::new(ReasonCode::InputUnusedCertificate)
        .with("file", sighting.file())
        .with("kind", sighting.kind().id())
        .with("sha256", sighting.sha256().to_string());
    if let Ok(certificate) = Certificate::from_der(sighting.encoding()) {
        reason = reason.with("certificate", certificate.subject().to_string());
    }
    (Outcome::Satisfied, reason)
}
