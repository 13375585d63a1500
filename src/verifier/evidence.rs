//! The evidence of a submission.

use super::named::evidence_as_request;
use super::recognition::{Recognition, format_of};
use super::unread;
use crate::encoding::x509::Certificate;
use crate::facts::Facts;
use crate::format::{AttestationFormat, Evidence, VerifiedEvidence};
use crate::policy::AppraisalPolicy;
use crate::reason::{Reason, ReasonCode};
use crate::submission::{Companion, InputRole, Object, Sighting, Standing, Submission};
use crate::time::Timestamp;
use crate::trust::TrustStore;

/// Certificates of one submission that no manifest names. The longest genuine chain (Luna) has five, and
/// what a manufacturer publishes in one file (Yubico) fifteen, all of which may be new.
const MOST_UNKNOWN: usize = 32;

/// The certificates and objects of a submission, and the one format that recognises them.
pub(super) struct ReceivedEvidence<'s> {
    certificates: Vec<Certificate>,
    /// Of each certificate.
    received: Vec<Received>,
    objects: &'s [Object],
    sightings: &'s [Sighting],
    companions: &'s [Companion],
    /// The objects that no format reads, and that may be anything.
    unread: Vec<&'s Object>,
    /// That some of it was named as the request, where it was.
    as_request: Option<Reason>,
    format: Result<&'static dyn AttestationFormat, Vec<Reason>>,
}

struct Received {
    /// What the caller says it is.
    role: InputRole,
    /// What the formats see in it.
    seen: Recognition,
}

impl<'s> ReceivedEvidence<'s> {
    pub(super) fn of(submission: &'s Submission, trust: &TrustStore) -> Self {
        let mut reasons = submission.problems().to_vec();
        let (mut certificates, mut received, mut from) = (Vec::new(), Vec::new(), Vec::new());
        for item in submission.items() {
            match item.certificate() {
                Some(Ok(certificate)) => {
                    let seen = Recognition::of_certificate(certificate);
                    received.push(Received { role: item.role(), seen });
                    certificates.push(certificate.clone());
                    from.push(item);
                }
                Some(Err(error)) => {
                    let reason = unread::certificate(error);
                    reasons.push(reason.with("file", item.origins().join(", ")));
                }
                None => {}
            }
        }
        let unknown = certificates.iter().filter(|it| !trust.knows(it.sha256())).count();
        if unknown > MOST_UNKNOWN {
            let reason = Reason::new(ReasonCode::InputTooManyCertificates);
            reasons.push(reason.with("limit", MOST_UNKNOWN.to_string()));
        }
        let objects = submission.objects();
        let mut in_objects: Vec<_> = objects.iter().map(Recognition::of_object).collect();
        let whole = Evidence { certificates: &certificates, objects };
        let pieces = received.iter_mut().map(|received| &mut received.seen).chain(&mut in_objects);
        Recognition::settle(&mut pieces.collect::<Vec<_>>(), whole);
        let in_certificates = received.iter().map(|received| &received.seen);
        let format = format_of(in_certificates.clone(), &in_objects);
        let named = from.into_iter().zip(in_certificates);
        let as_request = evidence_as_request(submission, named, objects.iter().zip(&in_objects));
        if as_request.is_some() {
            // What a request must be like is no question of it.
            reasons.retain(|reason| reason.code() != ReasonCode::InputRequestForm);
        }
        let is_chosen =
            |it: &dyn AttestationFormat| format.as_ref().is_ok_and(|one| one.name() == it.name());
        let unread = objects
            .iter()
            .zip(&in_objects)
            .filter(|(_, seen)| seen.readers(is_chosen).next().is_none());
        let (unread, known): (Vec<&Object>, Vec<_>) =
            unread.map(|(object, _)| object).partition(|object| unread::is_unknown(object));
        reasons.extend(known.into_iter().map(unread::object));
        if format.is_err() {
            reasons.extend(unsaved(submission.companions()));
            reasons.extend(unread.iter().map(|object| unread::object(object)));
        }
        let format = match format {
            Ok(format) if reasons.is_empty() => Ok(format),
            Err(reason) if reasons.is_empty() => Err(vec![reason]),
            _ => Err(reasons),
        };
        Self {
            certificates,
            received,
            objects,
            sightings: submission.sightings(),
            companions: submission.companions(),
            unread,
            as_request,
            format,
        }
    }

    /// The format, or everything that leaves none to verify.
    pub(super) fn format(&self) -> Result<&'static dyn AttestationFormat, &[Reason]> {
        self.format.as_ref().copied().map_err(Vec::as_slice)
    }

    pub(super) fn verify<'a>(
        &'a self,
        facts: &'a Facts,
        policy: &AppraisalPolicy,
        time: Timestamp,
    ) -> Result<VerifiedEvidence<'a>, Vec<Reason>> {
        let format = self.format().map_err(<[Reason]>::to_vec)?;
        if let Some(allowed) = &policy.formats
            && !allowed.iter().any(|name| name == format.name())
        {
            return Err(vec![
                Reason::new(ReasonCode::AttestationFormatExcluded)
                    .with("format", format.name())
                    .with("policy", policy.name.as_str()),
            ]);
        }
        let evidence = Evidence { certificates: &self.certificates, objects: self.objects };
        // What no format reads may be what is missing.
        format.verify(evidence, &facts.trust, time).map_err(|mut reasons| {
            reasons.extend(self.unsaved());
            reasons.extend(self.unread.iter().map(|object| unread::object(object)));
            reasons
        })
    }

    /// Why there is no request, where evidence was named as one.
    pub(super) fn as_request(&self) -> Option<&Reason> {
        self.as_request.as_ref()
    }

    /// The files that hold no evidence.
    pub(super) fn companions(&self) -> &'s [Companion] {
        self.companions
    }

    /// That messages hold attachments which may be evidence.
    pub(super) fn unsaved(&self) -> impl Iterator<Item = Reason> {
        unsaved(self.companions)
    }

    /// The objects that no format reads, and that may be anything.
    pub(super) fn unread(&self) -> &[&'s Object] {
        &self.unread
    }

    /// The certificates that no format sees a part in, that are not named as evidence, and that issue
    /// nothing: one of them may stand in for the request.
    pub(super) fn foreign(&self) -> impl Iterator<Item = (&Certificate, InputRole)> {
        let certificates = self.certificates.iter().zip(&self.received);
        let foreign = certificates.filter(|(certificate, received)| {
            received.role != InputRole::Attestation
                && received.seen.is_foreign()
                && !certificate.basic_constraints().is_some_and(|constraints| constraints.is_ca)
        });
        foreign.map(|(certificate, received)| (certificate, received.role))
    }

    /// The certificates, each with what the formats see in it.
    pub(super) fn certificates(&self) -> impl Iterator<Item = (&Certificate, &Recognition)> {
        self.certificates.iter().zip(self.received.iter().map(|received| &received.seen))
    }

    pub(super) fn objects(&self) -> &'s [Object] {
        self.objects
    }

    /// What another program may find beside the evidence.
    pub(super) fn sightings(&self) -> impl Iterator<Item = &'s Sighting> {
        self.sightings.iter().filter(|it| it.standing() == Standing::Beside)
    }
}

fn unsaved(companions: &[Companion]) -> impl Iterator<Item = Reason> {
    companions.iter().filter(|it| !it.attachments.is_empty()).map(Companion::unsaved)
}
