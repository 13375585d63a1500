//! The straight line, from a submission to a result.

mod evidence;
mod named;
pub(crate) mod recognition;
mod request;
mod subject;
pub(crate) mod unread;
mod unused;

use crate::expectation::Expected;
use crate::facts::Facts;
use crate::observation::Observations;
use crate::policy::{self, Appraisal, AppraisalPolicy};
use crate::result::{AnchorSummary, AttestationResult, CSBR_VERSION, PolicySummary, ResultSource};
use crate::submission::Submission;
use crate::time::Timestamp;
use crate::trust::Anchor;
use evidence::ReceivedEvidence;
use request::SubmittedRequest;
use subject::Subject;
use unused::unused;

/// What the caller knows of a submission besides what came.
#[derive(Clone, Debug, Default)]
pub struct Knowledge<'a> {
    /// What an operator saw of the live token that the evidence was read from.
    pub observations: Option<&'a Observations>,
    /// What it is expected to be of.
    pub expected: Expected,
}

/// Appraises submissions by one set of facts and one policy.
#[derive(Clone, Debug)]
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

    /// The policy it demands.
    pub fn policy(&self) -> &AppraisalPolicy {
        &self.policy
    }

    /// Judges `submission` as of `time`. Whatever an applicant sends ends in findings.
    pub fn appraise(&self, submission: &Submission, time: Timestamp) -> AttestationResult {
        self.appraise_knowing(submission, &Knowledge::default(), time)
    }

    /// The same, with what the caller knows besides.
    pub fn appraise_knowing(
        &self,
        submission: &Submission,
        knowledge: &Knowledge<'_>,
        time: Timestamp,
    ) -> AttestationResult {
        let Knowledge { observations, expected } = knowledge;
        let received = ReceivedEvidence::of(submission, &self.facts.trust);
        let verified = received.verify(&self.facts, &self.policy, time);
        let evidence = verified.as_ref().ok();
        let subject = Subject::of(submission, SubmittedRequest::of(submission), &received);

        let (mut findings, certification) = policy::appraise(&Appraisal {
            applicant: subject.as_applicant(evidence),
            evidence: verified.as_ref().map_err(Vec::as_slice),
            beside_evidence: evidence
                .map(|evidence| unused(&received, &self.facts.trust, evidence, subject.stand_in()))
                .unwrap_or_default(),
            endorsements: &self.facts.endorsements,
            weak_keys: &self.facts.weak_keys,
            submitted_bytes: submission.bytes(),
            policy: &self.policy,
            observations: *observations,
            expected,
            time,
        });
        let format = received.format().ok().map(|format| format.name());
        if let Some(format) = format {
            findings.iter_mut().for_each(|finding| finding.name_format(format));
        }
        AttestationResult {
            evaluated_at: time,
            format: format.map(Into::into),
            findings,
            request: subject.summary(evidence),
            claims: evidence.map(|evidence| evidence.claims().clone()),
            path: evidence.map(|evidence| evidence.path().to_vec()).unwrap_or_default(),
            anchor: evidence.map(|evidence| AnchorSummary {
                status: evidence.status(),
                ..anchor_summary(evidence.anchor())
            }),
            anchors: evidence
                .map(|evidence| evidence.anchors().map(anchor_summary).collect())
                .unwrap_or_default(),
            certification,
            expected: expected.clone(),
            observations: observations.cloned(),
            inputs: submission.inputs().to_vec(),
            policy: PolicySummary {
                name: self.policy.name.to_owned(),
                version: self.policy.version,
                based_on: self.policy.based_on,
                sha256: self.policy.sha256(),
            },
            data: self.facts.summary(),
            ledger: None,
            csbr_version: if self.policy.based_on.is_csbr() { CSBR_VERSION } else { "" }.into(),
            version: env!("CARGO_PKG_VERSION").into(),
            source: ResultSource::Judged,
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

#[cfg(test)]
mod tests;
