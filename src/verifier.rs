//! The straight line, from a submission to a result.

use crate::encoding::hex::Sha256;
use crate::encoding::json;
use crate::encoding::x509::{Certificate, X509Error};
use crate::facts::Facts;
use crate::format::{
    AttestationFormat, Evidence, FORMATS, Part, VerifiedEvidence, read_certificate,
};
use crate::observation::Observations;
use crate::policy::{self, Applicant, Appraisal, AppraisalPolicy};
use crate::public_key::PublicKey;
use crate::reason::{Reason, ReasonCode};
use crate::request::Request;
use crate::result::{AnchorSummary, AttestationResult, Outcome, PolicySummary, RequestSummary};
use crate::signature::{Parameters, cms};
use crate::submission::{
    InputRole, Item, ItemKind, Object, ObjectKind, Sighting, Standing, Submission, draft,
};
use crate::time::Timestamp;
use crate::trust::Anchor;

/// Appraises submissions by one set of facts and one policy.
#[derive(Debug)]
pub struct Verifier {
    facts: Facts,
    policy: AppraisalPolicy,
}

impl Verifier {
    /// A verifier that trusts `facts`, but for what `policy` distrusts, and demands `policy`.
    pub fn new(mut facts: Facts, policy: AppraisalPolicy) -> Self {
        facts.trust = facts.trust.distrusting(&policy.distrust);
        Self { facts, policy }
    }

    /// The facts it trusts.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Judges `submission` as of `time`. Whatever an applicant sends ends in findings.
    pub fn appraise(&self, submission: &Submission, time: Timestamp) -> AttestationResult {
        self.appraise_observed(submission, None, time)
    }

    /// The same, with what an operator saw of the live token that the evidence was read from.
    pub fn appraise_observed(
        &self,
        submission: &Submission,
        observations: Option<&Observations>,
        time: Timestamp,
    ) -> AttestationResult {
        let request = SubmittedRequest::of(submission);
        let received = ReceivedEvidence::of(submission, &request);
        let verified = received.verify(self, time);
        let applicant = Subject::of(submission, &request, &received);

        let (findings, certification) = policy::appraise(&Appraisal {
            applicant: applicant.as_applicant(&request),
            evidence: verified.as_ref().map_err(Vec::as_slice),
            beside_evidence: received.unused(self, verified.as_ref().ok(), &applicant),
            endorsements: &self.facts.endorsements,
            submitted_bytes: submission.bytes(),
            policy: &self.policy,
            observations,
            time,
        });
        AttestationResult {
            evaluated_at: time,
            format: verified
                .as_ref()
                .map(VerifiedEvidence::format)
                .ok()
                .or_else(|| received.format.as_ref().ok().map(|format| format.name())),
            findings,
            request: applicant.statement(&request),
            claims: verified.as_ref().ok().map(|evidence| evidence.claims().clone()),
            path: verified.as_ref().map(|evidence| evidence.path().to_vec()).unwrap_or_default(),
            anchor: verified.as_ref().ok().map(|evidence| AnchorSummary {
                status: evidence.status(),
                ..anchor_summary(evidence.anchor())
            }),
            anchors: verified
                .as_ref()
                .map(|evidence| evidence.anchors().map(anchor_summary).collect())
                .unwrap_or_default(),
            certification,
            observations: observations.cloned(),
            inputs: submission.inputs().to_vec(),
            policy: PolicySummary {
                name: self.policy.name.to_owned(),
                version: self.policy.version,
                sha256: self.policy.sha256(),
            },
            data: self.facts.summary(),
            ledger: None,
        }
    }
}

fn anchor_summary(anchor: &Anchor) -> AnchorSummary {
    AnchorSummary {
        id: anchor.id.clone(),
        spki_sha256: anchor.public_key.spki_sha256(),
        status: anchor.status,
    }
}

/// The certification request of a submission.
enum SubmittedRequest {
    Parsed(Box<Request>),
    Refused(Vec<Reason>),
    Absent,
}

impl SubmittedRequest {
    fn of(submission: &Submission) -> Self {
        let items = || submission.items().iter();
        let requests = || items().filter(|item| item.kind() == ItemKind::Request);
        let of_another_file = |item: &&Item| !may_be_requested(submission, item);
        if let Some(other) = requests().find(of_another_file) {
            // The caller named what is to be certified, and a request for something else came too.
            let named = requests().any(|item| may_be_requested(submission, item));
            let code =
                if named { ReasonCode::InputPemMultiple } else { ReasonCode::RequestMissing };
            let other = Reason::new(code).with("another-in", other.origins().join(", "));
            return Self::Refused(vec![other]);
        }
        let mut requests = requests();
        match (requests.next(), requests.next()) {
            (None, _) => Self::Absent,
            (Some(_), Some(_)) => Self::Refused(vec![
                Reason::new(ReasonCode::InputPemMultiple)
                    .with("requests", (2 + requests.count()).to_string()),
            ]),
            (Some(item), None) => match Request::from_strict(item.strict_der()) {
                Ok(request) => Self::Parsed(Box::new(request)),
                Err(reason) => Self::Refused(vec![named(reason, item)]),
            },
        }
    }

    fn parsed(&self) -> Option<&Request> {
        match self {
            Self::Parsed(request) => Some(request),
            Self::Refused(_) | Self::Absent => None,
        }
    }
}

/// Where the caller names the request, nothing from another file may be judged in its place: the
/// certificate would be issued for a key that the caller did not name.
fn may_be_requested(submission: &Submission, item: &Item) -> bool {
    submission.named_requests().is_empty() || item.roles().contains(&InputRole::Request)
}

fn named(reason: Reason, item: &Item) -> Reason {
    reason.with("file", item.origins().join(", "))
}

/// The evidence of a submission: its certificates and objects, and the one format that recognises
/// them.
struct ReceivedEvidence<'a> {
    certificates: Vec<Certificate>,
    objects: &'a [Object],
    /// What another program may find beside the evidence.
    sightings: Vec<&'a Sighting>,
    recognition: Recognition,
    pinned: Vec<(Sha256, InputRole)>,
    format: Result<&'static dyn AttestationFormat, Vec<Reason>>,
}

impl<'s> ReceivedEvidence<'s> {
    fn of(submission: &'s Submission, request: &SubmittedRequest) -> Self {
        let mut reasons: Vec<Reason> = submission.problems().to_vec();
        let mut certificates: Vec<Certificate> = Vec::new();
        let mut pinned = Vec::new();
        let mut take = |parsed: Result<Certificate, X509Error>, origin: &str, role| match parsed {
            Ok(certificate) => {
                pinned.push((certificate.sha256(), role));
                if !certificates.iter().any(|known| known.sha256() == certificate.sha256()) {
                    certificates.push(certificate);
                }
            }
            Err(error) => reasons.push(certificate_reason(&error).with("file", origin)),
        };
        for item in submission.items().iter().filter(|item| item.kind() == ItemKind::Certificate) {
            take(read_certificate(item.strict_der()), &item.origins().join(", "), item.role());
        }
        if let Some(request) = request.parsed() {
            for der in FORMATS.iter().flat_map(|format| format.embedded(request)) {
                take(Certificate::from_der(der), "inside the request", InputRole::Attestation);
            }
        }
        certificates.sort_by(|one, other| one.der().cmp(other.der()));
        let objects = submission.objects();
        let evidence = Evidence { certificates: &certificates, objects };
        let recognition = Recognition::of(evidence);
        let format = recognition.format();
        let chosen = format.as_ref().ok().copied();
        let unread = objects.iter().zip(&recognition.objects);
        let unread = unread.filter(|(_, parts)| is_unread(parts, chosen));
        reasons.extend(unread.map(|(object, _)| reason_unread(object)));
        let format = if reasons.is_empty() { format } else { Err(reasons) };
        let beside = |it: &&Sighting| it.standing() == Standing::Beside;
        let sightings = submission.sightings().iter().filter(beside).collect();
        Self { certificates, objects, recognition, sightings, pinned, format }
    }

    fn is_pinned(&self, certificate: &Certificate, role: InputRole) -> bool {
        self.pinned.contains(&(certificate.sha256(), role))
    }

    fn verify<'a>(
        &'a self,
        verifier: &'a Verifier,
        time: Timestamp,
    ) -> Result<VerifiedEvidence<'a>, Vec<Reason>> {
        let format = *self.format.as_ref().map_err(Clone::clone)?;
        if let Some(allowed) = &verifier.policy.formats
            && !allowed.iter().any(|name| name == format.name())
        {
            return Err(vec![
                Reason::new(ReasonCode::AttestationFormatExcluded)
                    .with("format", format.name())
                    .with("policy", verifier.policy.name.as_str()),
            ]);
        }
        let evidence = Evidence { certificates: &self.certificates, objects: self.objects };
        format.verify(evidence, &verifier.facts.trust, time)
    }

    /// The certificates that no format sees a part in, and that issue nothing: one of them may
    /// stand in for the request.
    fn foreign(&self) -> impl Iterator<Item = &Certificate> {
        let certificates = self.certificates.iter().zip(&self.recognition.certificates);
        let foreign = certificates.filter(|(certificate, parts)| {
            !self.is_pinned(certificate, InputRole::Attestation)
                && is_foreign(parts)
                && !certificate.basic_constraints().is_some_and(|constraints| constraints.is_ca)
        });
        foreign.map(|(certificate, _)| certificate)
    }

    /// Each certificate that played no part and is none of the manufacturer's own. One that belongs
    /// to some module is for a person to look at: the applicant may have mixed two of them up.
    fn unused(
        &self,
        verifier: &Verifier,
        verified: Option<&VerifiedEvidence<'_>>,
        subject: &Subject,
    ) -> Vec<(Outcome, Reason)> {
        let Some(verified) = verified else {
            return Vec::new();
        };
        let used = |certificate: &Certificate| {
            verified.rests_on(certificate.sha256())
                || subject.stand_in == Some(certificate.sha256())
                || verifier
                    .facts
                    .trust
                    .anchors()
                    .iter()
                    .any(|anchor| anchor.certificate_sha256.contains(&certificate.sha256()))
        };
        let certificates = self
            .certificates
            .iter()
            .zip(&self.recognition.certificates)
            .filter(|(certificate, _)| !used(certificate))
            .map(|(certificate, parts)| {
                let (outcome, code) = if is_foreign(parts) {
                    (Outcome::Satisfied, ReasonCode::InputUnusedCertificate)
                } else {
                    (Outcome::Review, ReasonCode::AttestationForeignEvidence)
                };
                let reason = Reason::new(code)
                    .with("certificate", certificate.subject().to_string())
                    .with("sha256", certificate.sha256().to_string());
                (outcome, reason)
            });
        // Every object is recognised by some format, or nothing would have been verified.
        let objects = self.objects.iter().filter(|object| {
            let anchored = |anchor: &Anchor| anchor.certificate_sha256.contains(&object.sha256());
            !verified.rests_on(object.sha256())
                && !verifier.facts.trust.anchors().iter().any(anchored)
        });
        let objects = objects.map(|object| {
            let reason = Reason::new(ReasonCode::AttestationForeignEvidence)
                .with("file", object.origins().join(", "))
                .with("sha256", object.sha256().to_string());
            (Outcome::Review, reason)
        });
        certificates.chain(objects).chain(self.sightings.iter().map(seen_beside)).collect()
    }
}

/// A certificate or key that another program may find in a file that holds nothing of the evidence.
fn seen_beside(sighting: &&Sighting) -> (Outcome, Reason) {
    let mut reason = Reason::new(ReasonCode::InputUnusedCertificate)
        .with("file", sighting.file())
        .with("kind", sighting.kind().id())
        .with("sha256", sighting.sha256().to_string());
    if let Ok(certificate) = Certificate::from_der(sighting.encoding()) {
        reason = reason.with("certificate", certificate.subject().to_string());
    }
    (Outcome::Satisfied, reason)
}

/// Whether no format sees anything in `object`. Without a mark of its own it belongs to none but the
/// format of the evidence that it came with.
fn is_unread(parts: &Parts, chosen: Option<&dyn AttestationFormat>) -> bool {
    let mut seen = FORMATS.iter().zip(parts).filter(|(_, part)| **part != Part::Foreign);
    !seen.any(|(format, part)| {
        *part > Part::Unmarked || chosen.is_some_and(|chosen| chosen.name() == format.name())
    })
}

fn reason_unread(object: &Object) -> Reason {
    if object.json().is_some_and(has_mixed_base64) {
        return Reason::new(ReasonCode::InputBase64)
            .with("file", object.origins().join(", "))
            .with("fault", "a text in the characters of both base64 alphabets");
    }
    if object.kind() == ObjectKind::SignedData {
        return unread_message(object);
    }
    if object.kind() == ObjectKind::Draft {
        let reason =
            Reason::new(ReasonCode::EvidenceDraftFormat).with("file", object.origins().join(", "));
        return match draft::DraftFormat::of(object.bytes()) {
            Some(format) => reason.with("format", format.describe()),
            None => reason,
        };
    }
    Reason::new(ReasonCode::InputMalformed).with("file", object.origins().join(", ")).with(
        "fault",
        match object.kind() {
            ObjectKind::CardVerifiable => {
                "a card-verifiable certificate of no module that is known"
            }
            ObjectKind::Json => "JSON that is no evidence of a format that is known",
            ObjectKind::Xml => "XML that is no evidence of a format that is known",
            ObjectKind::Der => {
                "DER that is neither request, certificate, key, PKCS #7 nor evidence that is known"
            }
            ObjectKind::SignedData | ObjectKind::Binary | ObjectKind::Draft => {
                "of no kind that is known"
            }
        },
    )
}

/// No format signs its statements as a CMS message. What is wrong with one is said all the same: the
/// applicant may have edited it, and staff may take a well-formed one for evidence.
fn unread_message(object: &Object) -> Reason {
    match cms::verify(object.bytes()) {
        Ok(signer) => Reason::new(ReasonCode::AttestationUnrecognized)
            .with("signed-by", signer.subject().to_string()),
        Err(reason) => reason,
    }
    .with("file", object.origins().join(", "))
}

/// Whether a text of a document has characters of both alphabets of base64 (RFC 4648 4 and 5) and no
/// others: some tool has rewritten a part of it, and no reader takes it for either. A path has no `+`.
fn has_mixed_base64(document: &json::Value) -> bool {
    let is_base64 = |octet: u8| octet.is_ascii_alphanumeric() || b"+/-_=".contains(&octet);
    let is_mixed = |text: &&str| {
        text.contains('+') && text.contains(['-', '_']) && text.bytes().all(is_base64)
    };
    document.texts().iter().any(is_mixed)
}

/// What each format, in the order of [`FORMATS`], sees in one certificate or object.
type Parts = Vec<Part>;

/// No format sees anything in it.
fn is_foreign(parts: &Parts) -> bool {
    parts.iter().all(|part| *part == Part::Foreign)
}

/// What each format sees in each piece of evidence: asked once, for each may look far into it.
struct Recognition {
    certificates: Vec<Parts>,
    objects: Vec<Parts>,
}

impl Recognition {
    fn of(evidence: Evidence<'_>) -> Self {
        let by_all = |look: &dyn Fn(&dyn AttestationFormat) -> Part| -> Parts {
            FORMATS.iter().map(|format| look(*format)).collect()
        };
        let certificates = evidence.certificates.iter();
        let objects = evidence.objects.iter();
        Self {
            certificates: certificates.map(|it| by_all(&|format| format.recognizes(it))).collect(),
            objects: objects.map(|it| by_all(&|format| format.recognizes_object(it))).collect(),
        }
    }

    /// Exactly one format must see an attestation; failing that, exactly one a module. What has no mark
    /// makes no format.
    fn format(&self) -> Result<&'static dyn AttestationFormat, Vec<Reason>> {
        let pieces = || self.certificates.iter().chain(&self.objects);
        let seen: Vec<(Part, &'static dyn AttestationFormat)> = FORMATS
            .iter()
            .enumerate()
            .filter_map(|(place, format)| {
                let part = pieces().filter_map(|parts| parts.get(place)).max()?;
                (*part > Part::Unmarked).then_some((*part, *format))
            })
            .collect();
        let best = seen.iter().map(|(part, _)| *part).max();
        let mut formats = seen.iter().filter(|(part, _)| Some(*part) == best);
        match (formats.next(), formats.next()) {
            (Some((_, format)), None) => Ok(*format),
            (Some((_, one)), Some((_, other))) => Err(vec![
                Reason::new(ReasonCode::AttestationAmbiguous)
                    .with("formats", format!("{}, {}", one.name(), other.name())),
            ]),
            (None, _) if pieces().next().is_none() => {
                Err(vec![ReasonCode::AttestationAbsent.into()])
            }
            (None, _) => Err(vec![
                Reason::new(ReasonCode::AttestationUnrecognized)
                    .with("certificates", self.certificates.len().to_string()),
            ]),
        }
    }
}

/// An extension of a format stated twice contradicts itself; any other is malformed input.
fn certificate_reason(error: &X509Error) -> Reason {
    if let X509Error::DuplicateExtension(oid) = error {
        let oid = crate::encoding::oid::Oid::from_content(oid);
        if FORMATS.iter().any(|format| format.owns_extension(oid)) {
            return Reason::new(ReasonCode::AttestationDuplicateExtension)
                .with("extension", oid.to_string());
        }
    }
    error.reason("certificate")
}

/// What is to be certified: the request's key, or that of a stand-in.
struct Subject {
    /// The certificate that stands in for the request.
    stand_in: Option<Sha256>,
    name: Option<String>,
    public_key: Option<Result<PublicKey, Reason>>,
    signature: Option<Result<(), Reason>>,
    refused: Vec<Reason>,
}

impl Subject {
    fn of(
        submission: &Submission,
        request: &SubmittedRequest,
        received: &ReceivedEvidence<'_>,
    ) -> Self {
        let none = Self {
            stand_in: None,
            name: None,
            public_key: None,
            signature: None,
            refused: Vec::new(),
        };
        match request {
            SubmittedRequest::Parsed(request) => {
                let parameters = received
                    .format
                    .as_ref()
                    .map_or(Parameters::Exact, |format| format.request_parameters());
                let signature = request.verify_written(parameters);
                let signature = signature.map(|verified| verified.map(drop));
                Self { signature, ..none }
            }
            SubmittedRequest::Refused(reasons) => Self { refused: reasons.clone(), ..none },
            SubmittedRequest::Absent => Self::stand_in(submission, received)
                .unwrap_or_else(|refused| Self { refused, ..none }),
        }
    }

    /// The one certificate or bare key that can only stand in for the request.
    fn stand_in(
        submission: &Submission,
        received: &ReceivedEvidence<'_>,
    ) -> Result<Self, Vec<Reason>> {
        let keys = submission.items().iter().filter(|item| {
            item.kind() == ItemKind::PublicKey && may_be_requested(submission, item)
        });
        let certificates = received.foreign().filter(|certificate| {
            submission.named_requests().is_empty()
                || received.is_pinned(certificate, InputRole::Request)
        });
        let mut candidates = certificates
            .map(|certificate| Self {
                stand_in: Some(certificate.sha256()),
                name: Some(certificate.subject().to_string()),
                public_key: Some(PublicKey::of_certificate(certificate)),
                signature: None,
                refused: Vec::new(),
            })
            .chain(keys.map(|item| Self {
                stand_in: None,
                name: None,
                public_key: Some(PublicKey::from_spki(item.der())),
                signature: None,
                refused: Vec::new(),
            }));
        match (candidates.next(), candidates.next()) {
            (Some(only), None) => Ok(only),
            (Some(_), Some(_)) => Err(vec![
                Reason::new(ReasonCode::InputPemMultiple)
                    .with("stand-ins", (2 + candidates.count()).to_string()),
            ]),
            (None, _) if submission.problems().is_empty() => {
                Err(vec![ReasonCode::RequestMissing.into()])
            }
            (None, _) => Err(submission.problems().to_vec()),
        }
    }

    fn as_applicant<'a>(&'a self, request: &'a SubmittedRequest) -> Applicant<'a> {
        match (request.parsed(), &self.public_key) {
            (Some(request), _) => Applicant::Request {
                subject: request.subject(),
                public_key: request.public_key(),
                signature: self.signature.clone(),
            },
            (None, Some(public_key)) => Applicant::StandIn { public_key: public_key.as_ref() },
            (None, None) => Applicant::Nothing(self.refused.clone()),
        }
    }

    fn statement(&self, request: &SubmittedRequest) -> Option<RequestSummary> {
        if let Some(request) = request.parsed() {
            return Some(RequestSummary {
                subject: Some(request.subject().to_string()),
                signature_valid: matches!(self.signature, Some(Ok(()))),
                public_key: request.public_key().ok().map(Into::into),
                pem: Some(request.to_pem()),
            });
        }
        let public_key = self.public_key.as_ref()?;
        Some(RequestSummary {
            subject: self.name.clone(),
            signature_valid: false,
            public_key: public_key.as_ref().ok().map(Into::into),
            pem: None,
        })
    }
}
