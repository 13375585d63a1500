//! The requirements of the CA/Browser Forum Code Signing Baseline Requirements
//! ([`CSBR_VERSION`](crate::result::CSBR_VERSION)), clause by clause. One function a requirement, in the order in which they are reported; each yields its
//! finding whatever the others yield.

mod certification;

use certification::certified_module;

use super::{AcceptedStatement, AppraisalPolicy, Judgement, LiveKeyDomains, Stated};
use crate::claims::{Attests, Claims, Exportability, KeyOrigin, OwnerStanding, PinPolicy};
use crate::encoding::name::Name;
use crate::endorsement::{
    Advisory, AdvisoryEffect, CertificationSummary, Endorsements, Implausible,
};
use crate::escape;
use crate::expectation::Expected;
use crate::format::{AttestationFormat, FORMATS, SerialForm, VerifiedEvidence};
use crate::observation::{ChallengeProof, KeyDomains, Observations};
use crate::public_key::PublicKey;
use crate::public_key::admission::{self, CompromisedKeys, Flaw};
use crate::reason::{MAKES, Reason, ReasonCode};
use crate::result::{Finding, Outcome, Requirement};
use crate::time::Timestamp;
use crate::trust::{Anchor, AnchorStatus};

/// What the steps before judgement left: all that a finding can rest on.
#[derive(Debug)]
pub struct Appraisal<'a> {
    /// The request, or what stands in for it.
    pub applicant: Applicant<'a>,
    /// The evidence, or why there is none to judge.
    pub evidence: Result<&'a VerifiedEvidence<'a>, &'a [Reason]>,
    /// What came with the evidence and is no part of it.
    pub beside_evidence: Vec<(Outcome, Reason)>,
    /// Bytes of the submission, what is decoded from it included.
    pub submitted_bytes: usize,
    /// What third parties say about modules.
    pub endorsements: &'a Endorsements,
    /// Lists of known weak keys that are facts, beside those of the policy.
    pub weak_keys: &'a CompromisedKeys,
    /// What the CA demands.
    pub policy: &'a AppraisalPolicy,
    /// What an operator saw of the live token.
    pub observations: Option<&'a Observations>,
    /// What the submission is expected to be of.
    pub expected: &'a Expected,
    /// The time of appraisal.
    pub time: Timestamp,
}

/// What the applicant sent to be certified.
#[derive(Debug)]
pub enum Applicant<'a> {
    /// A certification request.
    Request {
        /// The subject it asks for.
        subject: &'a Name,
        /// The key it names, or why that cannot be read.
        public_key: Result<&'a PublicKey, &'a Reason>,
        /// Whether its own signature verifies; `None` if the key cannot be read.
        signature: Option<Result<(), Reason>>,
    },
    /// A certificate or a bare public key in its place.
    StandIn {
        /// The key, or why it cannot be read.
        public_key: Result<&'a PublicKey, &'a Reason>,
    },
    /// Nothing that could be read, and why.
    Nothing(Vec<Reason>),
}

impl<'a> Applicant<'a> {
    fn public_key(&self) -> Option<Result<&'a PublicKey, &'a Reason>> {
        match self {
            Self::Request { public_key, .. } | Self::StandIn { public_key } => Some(*public_key),
            Self::Nothing(_) => None,
        }
    }
}

/// Judges every requirement, in order, and names the certification that was relied on.
pub fn appraise(appraisal: &Appraisal<'_>) -> (Vec<Finding>, Option<CertificationSummary>) {
    let (certified, certification) = certified_module(appraisal);
    let mut findings = vec![
        possession(appraisal),
        genuine_module(appraisal),
        key_match(appraisal),
        generated_in_module(appraisal),
        non_exportable(appraisal),
        certified,
        sound_key(appraisal),
        no_known_weakness(appraisal),
    ];
    if let Ok(evidence) = appraisal.evidence {
        // Those about the evidence as such stand in its own finding, in their place.
        let others =
            findings.iter_mut().filter(|it| it.requirement() != Requirement::GenuineModule);
        for finding in others {
            for doubt in evidence.doubts(finding.requirement()) {
                finding.add(Outcome::Review, doubt.clone());
            }
        }
    }
    (findings, certification)
}

fn of_claims(
    requirement: Requirement,
    appraisal: &Appraisal<'_>,
    judge: impl FnOnce(&Claims, &mut Finding),
) -> Finding {
    match appraisal.evidence {
        Ok(evidence) => {
            let mut finding = Finding::satisfied(requirement);
            judge(evidence.claims(), &mut finding);
            finding
        }
        Err(_) => Finding::not_evaluated(requirement),
    }
}

/// CSBR 3.2.1 is empty; but an attestation is public, and only the request's own signature shows
/// that the applicant holds the key.
fn possession(appraisal: &Appraisal<'_>) -> Finding {
    let mut finding = Finding::satisfied(Requirement::Possession);
    match &appraisal.applicant {
        Applicant::Request { subject, signature, .. } => {
            match signature {
                Some(Ok(())) => {}
                Some(Err(reason)) => finding.add(Outcome::Unsatisfied, reason.clone()),
                None => finding = Finding::not_evaluated(Requirement::Possession),
            }
            if subject.values().any(escape::is_unsafe) {
                // A NUL ends the name for readers written in C: it can only be meant to mislead.
                let hostile = subject.values().any(|value| value.contains('\0'));
                let outcome = if hostile { Outcome::Unsatisfied } else { Outcome::Satisfied };
                finding.add(
                    outcome,
                    Reason::new(ReasonCode::TextUnsafeCharacters)
                        .with("subject", subject.to_string()),
                );
            }
        }
        Applicant::StandIn { .. } => {
            finding.add(Outcome::Review, ReasonCode::RequestAbsent.into());
        }
        Applicant::Nothing(reasons) => {
            for reason in reasons {
                finding.add(Outcome::Unsatisfied, reason.clone());
            }
        }
    }
    if let Some(challenge) = appraisal.observations.and_then(|seen| seen.challenge.as_ref())
        && challenge.proof == ChallengeProof::Refuted
    {
        finding.add(
            Outcome::Unsatisfied,
            Reason::new(ReasonCode::TokenChallengeFailed)
                .with("key", challenge.spki_sha256.to_string()),
        );
    }
    finding
}

/// CSBR 6.2.7.4.2 (2): verifiable "using the manufacturer's certificate".
fn genuine_module(appraisal: &Appraisal<'_>) -> Finding {
    let mut finding = Finding::satisfied(Requirement::GenuineModule);
    match appraisal.evidence {
        Ok(evidence) => {
            for contradiction in evidence.contradictions() {
                finding.add(Outcome::Unsatisfied, contradiction.clone());
            }
            if let Some(implausible) = implausible(evidence, appraisal.endorsements) {
                finding.add(Outcome::Unsatisfied, implausible);
            }
            for doubt in evidence.doubts(Requirement::GenuineModule) {
                finding.add(Outcome::Review, doubt.clone());
            }
            for notice in evidence.notices() {
                finding.add(Outcome::Satisfied, notice.clone());
            }
            for anchor in evidence.anchors() {
                judge_anchor(anchor, appraisal.policy, &mut finding);
            }
            if let Some(partition) = &evidence.claims().module.partition
                && partition.owner_standing == OwnerStanding::Asserted
            {
                finding.add(
                    Outcome::Satisfied,
                    Reason::new(ReasonCode::ChainOwnerAsserted)
                        .with("owner", partition.owner.clone()),
                );
            }
            if evidence.claims().module.serial.is_none() {
                finding.add(
                    appraisal.policy.serial_missing.outcome(),
                    ReasonCode::AttestationSerialMissing.into(),
                );
            }
            if let Some((outcome, reason)) = unexpected(evidence, appraisal.expected) {
                finding.add(outcome, reason);
            }
        }
        Err(reasons) => {
            for reason in reasons {
                finding.add(Outcome::Unsatisfied, reason.clone());
            }
        }
    }
    if let Ok(evidence) = appraisal.evidence
        && let Some(label) = &evidence.claims().key.label
    {
        // The user chose the label, and nothing depends on it.
        if label.contains(char::REPLACEMENT_CHARACTER) {
            finding.add(
                Outcome::Satisfied,
                Reason::new(ReasonCode::TextEncoding).with("label", label.clone()),
            );
        }
        if escape::is_unsafe(label) {
            finding.add(
                Outcome::Satisfied,
                Reason::new(ReasonCode::TextUnsafeCharacters).with("label", label.clone()),
            );
        }
    }
    for (outcome, reason) in &appraisal.beside_evidence {
        finding.add(*outcome, reason.clone());
    }
    finding
}

/// What speaks against the evidence being of the device that was ordered. Nothing speaks for it: evidence
/// of that device has still all to show.
fn unexpected(evidence: &VerifiedEvidence<'_>, expected: &Expected) -> Option<(Outcome, Reason)> {
    let expected = expected.serial.as_ref()?.as_str();
    let about = |code| Reason::new(code).with("ordered", expected);
    let Some(stated) = &evidence.claims().module.serial else {
        return Some((Outcome::Review, about(ReasonCode::DeviceSerialUnstated)));
    };
    let of_evidence = |format: &&&dyn AttestationFormat| format.name() == evidence.format();
    let form = FORMATS.iter().find(of_evidence).map_or(SerialForm::Text, |it| it.serial_form());
    if form.is_same(stated, expected) {
        return None;
    }
    let mismatch = about(ReasonCode::DeviceSerialMismatch).with("evidence", stated.clone());
    Some((Outcome::Unsatisfied, mismatch))
}

/// Only what the manufacturer publishes and a second source confirms vouches by itself. That the CA
/// has confirmed an anchor of its own opens the gate (ADR 0039); each use of it is still weighed.
fn judge_anchor(anchor: &Anchor, policy: &AppraisalPolicy, finding: &mut Finding) {
    let code = match anchor.status {
        AnchorStatus::Production | AnchorStatus::Test => return,
        AnchorStatus::Unconfirmed => ReasonCode::ChainAnchorUnconfirmed,
        AnchorStatus::Caller => ReasonCode::ChainAnchorCaller,
    };
    let mut reason = Reason::new(code).with("anchor", anchor.id.clone());
    if anchor.status == AnchorStatus::Caller {
        let key = anchor.public_key.spki_sha256();
        reason = reason.with("key-sha256", key.to_string());
        if let Some(confirmed) = policy.confirmed_anchor(key) {
            reason = reason.with("confirmed", confirmed.reference.clone());
        }
    }
    finding.add(Outcome::Review, reason);
}

/// What of the evidence no product of the manufacturer can say, by the facts. It makes the evidence
/// not genuine, and nothing that it says of a certified product counts.
fn implausible(evidence: &VerifiedEvidence<'_>, endorsements: &Endorsements) -> Option<Reason> {
    let Claims { module, key } = evidence.claims();
    let public_key = evidence.public_key();
    let what = endorsements.implausible(evidence.format(), module, key, public_key)?;
    let firmware = module.firmware.map_or_else(|| "unstated".to_owned(), |it| it.to_string());
    let about = Reason::new(ReasonCode::AttestationImplausible)
        .with("device", module.model.clone())
        .with("firmware", firmware);
    Some(match what {
        Implausible::Product => {
            let stated = module.form_factor.clone().into_iter().chain(module.other_marker.clone());
            about
                .with("stated", stated.collect::<Vec<_>>().join(", "))
                .with("why", "no product has these marks and this form factor at this firmware")
        }
        Implausible::Key(makes) => {
            about.with("key", public_key.describe()).with("makes", makes.join(", "))
        }
        Implausible::PinPolicy(known) => about
            .with("key", public_key.describe())
            .with("pin-policy", key.pin_policy.map_or("unstated", PinPolicy::id))
            .with(
                "pin-policies",
                known.into_iter().map(PinPolicy::id).collect::<Vec<_>>().join(", "),
            ),
    })
}

fn is_plausible(evidence: &VerifiedEvidence<'_>, endorsements: &Endorsements) -> bool {
    let is_implausible = |it: &Reason| it.code() == ReasonCode::AttestationImplausible;
    implausible(evidence, endorsements).is_none()
        && !evidence.contradictions().iter().any(is_implausible)
}

/// CSBR 6.2.7.4.2 (2): the attested key is the one that is certified. Whole keys are compared.
fn key_match(appraisal: &Appraisal<'_>) -> Finding {
    let mut finding = Finding::satisfied(Requirement::KeyMatch);
    match (appraisal.applicant.public_key(), appraisal.evidence) {
        (Some(Ok(requested)), Ok(evidence)) => {
            let attested = evidence.public_key();
            if requested != attested {
                let show =
                    |key: &PublicKey| format!("SHA-256 {} ({})", key.spki_sha256(), key.describe());
                finding.add(
                    Outcome::Unsatisfied,
                    Reason::new(ReasonCode::BindingKeyMismatch)
                        .with("request", show(requested))
                        .with("attestation", show(attested)),
                );
            }
            finding
        }
        _ => Finding::not_evaluated(Requirement::KeyMatch),
    }
}

/// CSBR 6.2.7.4.2 (2): "generated … using a suitable Hardware Crypto Module".
fn generated_in_module(appraisal: &Appraisal<'_>) -> Finding {
    of_claims(Requirement::GeneratedInModule, appraisal, |claims, finding| {
        judge_origin(claims.key.origin, finding);
    })
}

fn judge_origin(origin: KeyOrigin, finding: &mut Finding) {
    match origin {
        KeyOrigin::Generated => {}
        KeyOrigin::Imported => {
            finding.add(Outcome::Unsatisfied, ReasonCode::AttestationImported.into());
        }
        KeyOrigin::Unstated => {
            finding.add(Outcome::Review, ReasonCode::AttestationOriginUnstated.into());
        }
    }
}

/// CSBR 6.2.7.4.2 (2): generated "in a non-exportable way".
fn non_exportable(appraisal: &Appraisal<'_>) -> Finding {
    let Ok(evidence) = appraisal.evidence else {
        return Finding::not_evaluated(Requirement::NonExportable);
    };
    let mut finding = Finding::satisfied(Requirement::NonExportable);
    let claims = evidence.claims();
    let statement = appraisal.policy.accept_statement.iter().find(|statement| {
        statement.states == Stated::NonExportable
            && statement.unit.is(evidence.format(), &claims.module)
    });
    let observed = appraisal.observations.filter(|observations| {
        appraisal.policy.live_key_domains == LiveKeyDomains::Counted
            && observations
                .closes_every_way_out(&claims.module.vendor, claims.module.serial.as_deref())
    });
    match (claims.key.exportability, statement, observed) {
        (Exportability::Unstated, None, Some(observations)) => finding.add(
            Outcome::Satisfied,
            Reason::new(ReasonCode::TokenNoKeyDomain).with(
                "domains",
                observations.key_domains.as_ref().map(KeyDomains::describe).unwrap_or_default(),
            ),
        ),
        (exportability, statement, _) => {
            judge_exportability(exportability, &claims.key.ways_out, statement, &mut finding);
        }
    }
    judge_wrapping_key(evidence.format(), claims, appraisal.policy, &mut finding);
    finding
}

/// A key that is kept under the key of its security world is as safe as that key. Whoever makes the world
/// chooses it, and nothing in the evidence shows that nobody knows it: the CA must have found out.
fn judge_wrapping_key(
    format: &str,
    claims: &Claims,
    policy: &AppraisalPolicy,
    finding: &mut Finding,
) {
    let module = &claims.module;
    let Some((partition, key)) =
        module.partition.as_ref().and_then(|it| Some((it, it.wrapping_key.as_ref()?)))
    else {
        if claims.key.exportability == Exportability::Wrapped {
            finding.add(Outcome::Review, ReasonCode::AttestationExportabilityUnstated.into());
        }
        return;
    };
    if claims.key.exportability == Exportability::Exportable {
        return;
    }
    let confirmed = policy.confirmed_modules.iter().find(|it| it.unit.is(format, module));
    let about = |code: ReasonCode| {
        Reason::new(code).with("hknso", partition.owner.clone()).with("hkm", key.clone())
    };
    match confirmed.and_then(|it| it.world.as_ref().map(|world| (it, world))) {
        Some((record, world)) if world.holds(module) => finding.add(
            Outcome::Satisfied,
            about(ReasonCode::AttestationWorldConfirmed)
                .with("reference", record.reference.clone()),
        ),
        Some((record, world)) => finding.add(
            Outcome::Review,
            about(ReasonCode::AttestationWorldUnconfirmed)
                .with("confirmed-hknso", world.hknso.clone())
                .with("confirmed-hkm", world.hkm.clone())
                .with("reference", record.reference.clone()),
        ),
        None => finding.add(Outcome::Review, about(ReasonCode::AttestationWorldUnconfirmed)),
    }
}

/// A witness statement stands in for silence; it never speaks against the evidence.
fn judge_exportability(
    exportability: Exportability,
    ways_out: &[String],
    statement: Option<&AcceptedStatement>,
    finding: &mut Finding,
) {
    match (exportability, statement) {
        // What is wrapped is judged by the key that wraps it.
        (Exportability::NonExportable | Exportability::Wrapped, _) => {}
        (Exportability::Recoverable, _) => {
            finding.add(Outcome::Review, ReasonCode::AttestationRecoverable.into());
        }
        (Exportability::Exportable, _) => {
            let mut reason = Reason::new(ReasonCode::AttestationExportable);
            if !ways_out.is_empty() {
                reason = reason.with("by", ways_out.join("; "));
            }
            finding.add(Outcome::Unsatisfied, reason);
        }
        (Exportability::Unstated, Some(statement)) => finding.add(
            Outcome::Satisfied,
            Reason::new(ReasonCode::AttestationStatementAccepted)
                .with("module", statement.unit.serial.clone())
                .with("reference", statement.reference.clone()),
        ),
        (Exportability::Unstated, None) => {
            finding.add(Outcome::Review, ReasonCode::AttestationExportabilityUnstated.into());
        }
    }
}

/// Bits of an RSA modulus up to which the checks cost little beside what a submission may cost. Twice as
/// many cost eight times as much, nearly the whole of that (docs/threat-model.md, "Work").
const LARGE_MODULUS: u64 = 4096;

/// Bytes of a submission whose key may be larger. The largest genuine evidence seen has 24 KiB.
const BESIDE_LARGE_MODULUS: usize = 64 << 10;

/// CSBR 6.1.5.2 (sizes), 6.1.6 (parameters), 6.1.1.3 (1), (4), (5) (weak and compromised keys): of
/// the key that is to be certified; where there is no request, of the attested one.
fn sound_key(appraisal: &Appraisal<'_>) -> Finding {
    let mut finding = Finding::satisfied(Requirement::SoundKey);
    let key = match (appraisal.applicant.public_key(), appraisal.evidence) {
        (Some(Ok(key)), _) => key,
        (Some(Err(reason)), _) => {
            finding.add(Outcome::Unsatisfied, reason.clone());
            return finding;
        }
        (None, Ok(evidence)) => evidence.public_key(),
        (None, Err(_)) => return Finding::not_evaluated(Requirement::SoundKey),
    };
    if key.rsa_bits().is_some_and(|bits| bits > LARGE_MODULUS)
        && appraisal.submitted_bytes > BESIDE_LARGE_MODULUS
    {
        finding.add(Outcome::Unsatisfied, ReasonCode::KeyNotExamined.into());
        return finding;
    }
    let policy = appraisal.policy;
    let demands = policy.key_demands(appraisal.weak_keys);
    for flaw in admission::admit(key, &demands) {
        match flaw {
            Flaw::Forbidden(reason) => {
                finding.add(Outcome::Unsatisfied, with_what_is_made(reason, appraisal));
            }
            Flaw::UnusualExponent(reason) => finding.add(policy.unusual_exponent.outcome(), reason),
        }
    }
    if let Some(reason) = admission::unlisted(key, &demands) {
        let is_due = policy.weak_key_lists_due <= appraisal.time;
        let outcome = if is_due { Outcome::Review } else { Outcome::Satisfied };
        finding.add(outcome, reason.with("due", policy.weak_key_lists_due.date()));
    }
    finding
}

/// What the device of the evidence makes instead, beside a flaw that another key would not have.
fn with_what_is_made(reason: Reason, appraisal: &Appraisal<'_>) -> Reason {
    let of_kind = matches!(
        reason.code(),
        ReasonCode::KeySize | ReasonCode::KeyAlgorithm | ReasonCode::KeyCurve
    );
    let (true, Ok(evidence)) = (of_kind, appraisal.evidence) else {
        return reason;
    };
    let (format, module) = (evidence.format(), &evidence.claims().module);
    let Some(makes) = appraisal.endorsements.makes(format, module) else {
        return reason;
    };
    let demands = appraisal.policy.key_demands(appraisal.weak_keys);
    let allowed: Vec<String> = makes.into_iter().filter(|name| demands.allow(name)).collect();
    let firmware = module.firmware.map(|it| format!(", firmware {it}")).unwrap_or_default();
    reason.with("device", format!("{}{firmware}", module.model)).with(MAKES, allowed.join(", "))
}

/// An advisory that CSBR 6.1.1.3 makes a refusal is one under every policy.
fn judge_advisory(advisory: &Advisory, policy: &AppraisalPolicy) -> Judgement {
    match advisory.effect {
        AdvisoryEffect::Refuse => Judgement::Refuse,
        AdvisoryEffect::Settable => {
            policy.advisories.get(&advisory.id).copied().unwrap_or(Judgement::Review)
        }
    }
}

/// CSBR 6.1.1.3 (2), (3): a flawed generation method, or a demonstrated method that exposes the key;
/// and settings of the key that undo the protection of the module.
fn no_known_weakness(appraisal: &Appraisal<'_>) -> Finding {
    let Ok(evidence) = appraisal.evidence else {
        return Finding::not_evaluated(Requirement::NoKnownWeakness);
    };
    let policy = appraisal.policy;
    let claims = evidence.claims();
    let mut finding = Finding::satisfied(Requirement::NoKnownWeakness);
    let advisories = appraisal.endorsements.advisories_for(
        evidence.format(),
        &claims.module,
        evidence.public_key(),
        claims.key.origin,
    );
    for advisory in advisories {
        let firmware = claims.module.firmware.map(|firmware| firmware.to_string());
        finding.add(
            judge_advisory(advisory, policy).outcome(),
            Reason::new(ReasonCode::DeviceAdvisory)
                .with("advisory", advisory.to_string())
                .with("firmware", firmware.unwrap_or_else(|| "unstated".to_owned()))
                .with("summary", advisory.summary.clone()),
        );
    }
    if claims.key.pin_policy == Some(PinPolicy::Never) {
        finding.add(policy.pin_never.outcome(), ReasonCode::AttestationPinPolicy.into());
    }
    if claims.key.attests == Attests::Yes {
        finding.add(policy.key_can_attest.outcome(), ReasonCode::AttestationCanAttest.into());
    }
    finding
}

#[cfg(test)]
mod tests {
    use super::{judge_exportability, judge_origin};
    use crate::claims::{Exportability, KeyOrigin};
    use crate::policy::{AcceptedStatement, Stated, Unit};
    use crate::reason::ReasonCode;
    use crate::result::{Finding, Outcome, Requirement};

    #[test]
    fn silence_is_for_a_person_to_weigh() {
        let mut origin = Finding::satisfied(Requirement::GeneratedInModule);
        judge_origin(KeyOrigin::Unstated, &mut origin);
        assert_eq!(origin.outcome(), Outcome::Review);
        assert_eq!(origin.reasons()[0].code(), ReasonCode::AttestationOriginUnstated);
        let mut exportability = Finding::satisfied(Requirement::NonExportable);
        judge_exportability(Exportability::Unstated, &[], None, &mut exportability);
        assert_eq!(exportability.outcome(), Outcome::Review);
        assert_eq!(exportability.reasons()[0].code(), ReasonCode::AttestationExportabilityUnstated);
    }

    fn unit() -> Unit {
        Unit { format: "any".to_owned(), serial: "A1".to_owned() }
    }

    #[test]
    fn a_statement_speaks_where_the_evidence_is_silent_and_nowhere_else() {
        let statement = AcceptedStatement {
            unit: unit(),
            states: Stated::NonExportable,
            reference: "W-17".to_owned(),
        };
        let judged = |exportability| {
            let mut finding = Finding::satisfied(Requirement::NonExportable);
            judge_exportability(exportability, &[], Some(&statement), &mut finding);
            finding
        };
        let accepted = judged(Exportability::Unstated);
        assert_eq!(accepted.outcome(), Outcome::Satisfied);
        assert_eq!(accepted.notices()[0].code(), ReasonCode::AttestationStatementAccepted);
        assert_eq!(accepted.notices()[0].detail()["reference"], "W-17");
        // The evidence speaks, and a statement of silence is no answer to it.
        let recoverable = judged(Exportability::Recoverable);
        assert_eq!(recoverable.outcome(), Outcome::Review);
        assert_eq!(recoverable.reasons()[0].code(), ReasonCode::AttestationRecoverable);
        let contradicted = judged(Exportability::Exportable);
        assert_eq!(contradicted.outcome(), Outcome::Unsatisfied);
        assert_eq!(contradicted.reasons()[0].code(), ReasonCode::AttestationExportable);
    }
}
