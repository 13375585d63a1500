//! Evidence that the caller named as the certification request.

use super::recognition::Recognition;
use crate::encoding::x509::Certificate;
use crate::reason::{Reason, ReasonCode, SENT};
use crate::submission::{InputRole, Item, Object, Submission};

/// Says that an attestation was named as the request, or a part of one: if that is so, and if nothing that was
/// named could be taken for a request or stand in for one.
pub(super) fn evidence_as_request<'s>(
    submission: &Submission,
    certificates: impl Iterator<Item = (&'s Item, &'s Recognition)>,
    objects: impl Iterator<Item = (&'s Object, &'s Recognition)>,
) -> Option<Reason> {
    let mut named = submission.items().iter().filter(|it| it.roles().contains(&InputRole::Request));
    if named.any(|item| item.certificate().is_none()) {
        return None;
    }
    let is_ca = |item: &Item| {
        let certificate = item.certificate().and_then(Result::ok);
        certificate.and_then(Certificate::basic_constraints).is_some_and(|it| it.is_ca)
    };
    let objects = objects
        .filter(|(object, _)| object.roles().contains(&InputRole::Request))
        .map(|(object, seen)| (object.origins(), !seen.is_foreign(), "an attestation"));
    let certificates = certificates
        .filter(|(item, _)| item.roles().contains(&InputRole::Request))
        .map(|(item, seen)| {
            // An authority that no format knows issues what one knows, and is no stand-in.
            (item.origins(), !seen.is_foreign() || is_ca(item), "a certificate of an attestation")
        });
    let pieces: Vec<_> = objects.chain(certificates).collect();
    if pieces.iter().any(|(_, is_evidence, _)| !is_evidence) {
        return None;
    }
    let (origins, _, what) = pieces.first()?;
    let reason = Reason::new(ReasonCode::RequestMissing).with("file", origins.join(", "));
    Some(reason.with(SENT, *what))
}
