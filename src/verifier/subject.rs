//! What is to be certified: the key of the request, or of what stands in for it.

use super::evidence::ReceivedEvidence;
use super::request::{SubmittedRequest, may_be_requested};
use crate::encoding::hex::Sha256;
use crate::encoding::x509::Certificate;
use crate::format::VerifiedEvidence;
use crate::policy::Applicant;
use crate::public_key::PublicKey;
use crate::reason::{Reason, ReasonCode};
use crate::request::Request;
use crate::result::RequestSummary;
use crate::signature::Parameters;
use crate::submission::{InputRole, Parsed, Submission};

/// What is to be certified.
pub(super) enum Subject<'s> {
    Request {
        request: &'s Request,
        /// Whether its own signature verifies; `None` if its key cannot be read.
        signature: Option<Result<(), Reason>>,
    },
    StandIn(StandIn),
    Nothing(Vec<Reason>),
}

/// A certificate or bare key in the place of a request.
pub(super) struct StandIn {
    certificate: Option<Certificate>,
    public_key: Result<PublicKey, Reason>,
}

impl<'s> Subject<'s> {
    pub(super) fn of(
        submission: &Submission,
        request: SubmittedRequest<'s>,
        received: &ReceivedEvidence<'_>,
    ) -> Self {
        match request {
            SubmittedRequest::Parsed(request) => {
                let format = received.format();
                let parameters =
                    format.map_or(Parameters::Exact, |format| format.request_parameters());
                let signature = request.verify_written(parameters);
                Self::Request { request, signature: signature.map(|verified| verified.map(drop)) }
            }
            SubmittedRequest::Refused(reasons) => Self::Nothing(reasons),
            SubmittedRequest::Absent => {
                StandIn::of(submission, received).map_or_else(Self::Nothing, Self::StandIn)
            }
        }
    }

    /// The fingerprint of the certificate that stands in for the request.
    pub(super) fn stand_in(&self) -> Option<Sha256> {
        match self {
            Self::StandIn(stand_in) => stand_in.certificate.as_ref().map(Certificate::sha256),
            Self::Request { .. } | Self::Nothing(_) => None,
        }
    }

    pub(super) fn as_applicant<'a>(
        &'a self,
        verified: Option<&'a VerifiedEvidence<'_>>,
    ) -> Applicant<'a> {
        match self {
            Self::Request { request, signature } => Applicant::Request {
                subject: request.subject(),
                public_key: attested(request.public_key(), verified),
                signature: signature.clone(),
            },
            Self::StandIn(StandIn { public_key, .. }) => {
                Applicant::StandIn { public_key: attested(public_key.as_ref(), verified) }
            }
            Self::Nothing(reasons) => Applicant::Nothing(reasons.clone()),
        }
    }

    pub(super) fn summary(
        &self,
        verified: Option<&VerifiedEvidence<'_>>,
    ) -> Option<RequestSummary> {
        match self {
            Self::Request { request, signature } => Some(RequestSummary {
                subject: Some(request.subject().to_string()),
                signature_valid: matches!(signature, Some(Ok(()))),
                public_key: attested(request.public_key(), verified).ok().map(Into::into),
                pem: Some(request.to_pem()),
            }),
            Self::StandIn(StandIn { certificate, public_key }) => Some(RequestSummary {
                subject: certificate.as_ref().map(|it| it.subject().to_string()),
                signature_valid: false,
                public_key: attested(public_key.as_ref(), verified).ok().map(Into::into),
                pem: None,
            }),
            Self::Nothing(_) => None,
        }
    }
}

impl StandIn {
    /// The one certificate or bare key that can only stand in for the request.
    fn of(submission: &Submission, received: &ReceivedEvidence<'_>) -> Result<Self, Vec<Reason>> {
        let certificates = received.foreign().filter(|(_, role)| {
            submission.named_requests().is_empty() || *role == InputRole::Request
        });
        let certificates = certificates.map(|(certificate, _)| Self {
            public_key: PublicKey::of_certificate(certificate),
            certificate: Some(certificate.clone()),
        });
        let items = submission.items().iter().filter(|item| may_be_requested(submission, item));
        let keys = items.filter_map(|item| match item.parsed() {
            Parsed::PublicKey(read) => Some(Self { public_key: read.clone(), certificate: None }),
            Parsed::Request(_) | Parsed::Certificate(_) => None,
        });
        let mut candidates = certificates.chain(keys);
        match (candidates.next(), candidates.next()) {
            (Some(only), None) => Ok(only),
            (Some(_), Some(_)) => Err(vec![
                Reason::new(ReasonCode::InputPemMultiple)
                    .with("stand-ins", (2 + candidates.count()).to_string()),
            ]),
            (None, _) => Err(missing(submission, received)),
        }
    }
}

/// Why there is nothing to certify: what was named as the request is evidence, or something could not be read,
/// or none was sent.
fn missing(submission: &Submission, received: &ReceivedEvidence<'_>) -> Vec<Reason> {
    let problems = submission.problems();
    match received.as_request() {
        Some(reason) => {
            let others = problems.iter().filter(|it| it.code() != ReasonCode::InputRequestForm);
            [reason].into_iter().chain(others).cloned().collect()
        }
        None if problems.is_empty() => vec![ReasonCode::RequestMissing.into()],
        None => problems.to_vec(),
    }
}

/// Of two equal keys the attested one: its fingerprint is known already.
fn attested<'a>(
    public_key: Result<&'a PublicKey, &'a Reason>,
    verified: Option<&'a VerifiedEvidence<'_>>,
) -> Result<&'a PublicKey, &'a Reason> {
    public_key.map(|key| {
        verified.map(VerifiedEvidence::public_key).filter(|it| *it == key).unwrap_or(key)
    })
}
