//! What an appraisal yields: one [`Finding`] per [`Requirement`], always all of them, in fixed
//! order. The [`Verdict`] is computed from them and stored nowhere. As a document it is
//! [`ResultDocument`](crate::document::ResultDocument).

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::claims::Claims;
use crate::encoding::hex::Sha256;
use crate::endorsement::CertificationSummary;
use crate::expectation::Expected;
use crate::observation::Observations;
use crate::public_key::KeySummary;
use crate::reason::{FORMAT, Reason, differs_by_format};
use crate::submission::InputSummary;
use crate::time::Timestamp;
use crate::trust::{AnchorStatus, PathLink};

/// The version of the CA/Browser Forum's Baseline Requirements for the Issuance and Management of
/// Publicly-Trusted Code Signing Certificates (CSBR) whose clauses are cited.
///
/// Read was 3.10.0; 3.11.0 differs by CSC-32 only (a reserved policy identifier is mandatory), by the
/// ballot's text.
pub const CSBR_VERSION: &str = "3.11.0";

/// On which rules a policy stands: what it may not go below, and in whose name a result speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Rules {
    /// CSBR, for a key that its subscriber holds (6.2.7.4).
    #[default]
    Csbr,
    /// CSBR, for a key that a signing service holds (6.2.7.3).
    CsbrSigningService,
    /// Those of the policy alone.
    Own,
}

impl Rules {
    /// The word of policies and results.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Csbr => "csbr",
            Self::CsbrSigningService => "csbr-signing-service",
            Self::Own => "own",
        }
    }

    /// Whether CSBR is what they are.
    pub const fn is_csbr(self) -> bool {
        match self {
            Self::Csbr | Self::CsbrSigningService => true,
            Self::Own => false,
        }
    }

    /// Where the requirement stands. Only rules of CSBR name it.
    pub const fn clause(self, requirement: Requirement) -> &'static str {
        match (self, requirement) {
            (Self::Own, _) => "the policy's own rules",
            (Self::CsbrSigningService, Requirement::CertifiedModule) => "CSBR 6.2.7.3",
            (Self::Csbr | Self::CsbrSigningService, _) => requirement.clause(),
        }
    }
}

/// The questions a submission must answer, in the order in which they are always reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Requirement {
    /// Is the request signed by the key it names?
    Possession,
    /// Does a manufacturer's anchor, bound to this format, vouch for the evidence?
    GenuineModule,
    /// Is the attested key the key in the request?
    KeyMatch,
    /// Was the key generated in the module, not imported?
    GeneratedInModule,
    /// Can the key never leave the module?
    NonExportable,
    /// Is this module, at this firmware, certified as the clause demands?
    CertifiedModule,
    /// Are algorithm, size and parameters allowed, and is the key not a known-weak one?
    SoundKey,
    /// Is nothing known that weakens keys of this firmware, or this key by its own settings?
    NoKnownWeakness,
    /// Has none of it been seen where it should not have been? Only a CA that keeps a ledger can tell.
    NotSeenBefore,
}

impl Requirement {
    /// Those that a submission answers before a ledger, in order.
    pub const WITH_LEDGER: [Self; 9] = [
        Self::Possession,
        Self::GenuineModule,
        Self::KeyMatch,
        Self::GeneratedInModule,
        Self::NonExportable,
        Self::CertifiedModule,
        Self::SoundKey,
        Self::NoKnownWeakness,
        Self::NotSeenBefore,
    ];

    /// Those that it answers by itself, in order.
    pub const ALL: [Self; 8] = {
        let [by_itself @ .., _] = Self::WITH_LEDGER;
        by_itself
    };

    /// The stable identifier.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Possession => "possession",
            Self::GenuineModule => "genuine-module",
            Self::KeyMatch => "key-match",
            Self::GeneratedInModule => "generated-in-module",
            Self::NonExportable => "non-exportable",
            Self::CertifiedModule => "certified-module",
            Self::SoundKey => "sound-key",
            Self::NoKnownWeakness => "no-known-weakness",
            Self::NotSeenBefore => "not-seen-before",
        }
    }

    /// Where the requirement stands for a key that its subscriber holds: in the Baseline Requirements of
    /// [`CSBR_VERSION`], where it says `CSBR`.
    pub const fn clause(self) -> &'static str {
        match self {
            Self::Possession => "CA practice (CSBR 3.2.1 is empty)",
            Self::GenuineModule
            | Self::KeyMatch
            | Self::GeneratedInModule
            | Self::NonExportable => "CSBR 6.2.7.4.2 (2)",
            Self::CertifiedModule => "CSBR 6.2.7.4.1",
            Self::SoundKey => "CSBR 6.1.5.2, 6.1.6, 6.1.1.3",
            Self::NoKnownWeakness => "CSBR 6.1.1.3 (2), (3)",
            Self::NotSeenBefore => "CSBR 4.2.1, 4.2.2, 6.1.1.3 (4)",
        }
    }

    /// The requirement of that identifier.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::WITH_LEDGER.into_iter().find(|requirement| requirement.id() == id)
    }
}

/// How one requirement came out.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The evidence shows it.
    Satisfied,
    /// Nothing is wrong; the evidence is silent, or a person must weigh it.
    Review,
    /// The evidence shows the contrary, or fails to show what it must.
    Unsatisfied,
    /// An earlier step left nothing to judge.
    NotEvaluated,
}

impl Outcome {
    /// The stable identifier.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Satisfied => "satisfied",
            Self::Review => "review",
            Self::Unsatisfied => "unsatisfied",
            Self::NotEvaluated => "not-evaluated",
        }
    }
}

/// One requirement with its outcome and the reasons for it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Finding {
    requirement: Requirement,
    outcome: Outcome,
    reasons: Vec<Reason>,
    /// How each reason weighs, in the same order.
    weights: Vec<Outcome>,
    notices: Vec<Reason>,
}

impl Finding {
    /// A requirement that the evidence shows to be met.
    pub fn satisfied(requirement: Requirement) -> Self {
        Self::new(requirement, Outcome::Satisfied)
    }

    /// A requirement that an earlier step left nothing to judge.
    pub fn not_evaluated(requirement: Requirement) -> Self {
        Self::new(requirement, Outcome::NotEvaluated)
    }

    pub(crate) fn new(requirement: Requirement, outcome: Outcome) -> Self {
        Self { requirement, outcome, reasons: Vec::new(), weights: Vec::new(), notices: Vec::new() }
    }

    /// Adds a reason: the outcome becomes the graver of the present one and `outcome`; with
    /// [`Outcome::Satisfied`] the reason is a notice. A requirement that was not evaluated stays so
    /// unless it is found unsatisfied.
    pub fn add(&mut self, outcome: Outcome, reason: Reason) {
        match outcome {
            Outcome::Satisfied => self.notices.push(reason),
            Outcome::NotEvaluated => {}
            Outcome::Review | Outcome::Unsatisfied => {
                if outcome == Outcome::Unsatisfied || self.outcome == Outcome::Satisfied {
                    self.outcome = outcome;
                }
                self.reasons.push(reason);
                self.weights.push(outcome);
            }
        }
    }

    /// The same, by value.
    pub fn with(mut self, outcome: Outcome, reason: Reason) -> Self {
        self.add(outcome, reason);
        self
    }

    /// Names the format of the evidence in each reason whose words depend on it.
    pub(crate) fn name_format(&mut self, format: &str) {
        for reason in self.reasons.iter_mut().chain(&mut self.notices) {
            if differs_by_format(reason.code()) {
                *reason = reason.clone().with(FORMAT, format);
            }
        }
    }

    /// Which requirement this is about.
    pub fn requirement(&self) -> Requirement {
        self.requirement
    }

    /// How it came out.
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// Why it is not simply satisfied.
    pub fn reasons(&self) -> &[Reason] {
        &self.reasons
    }

    /// The reasons, each with the outcome it alone would lead to.
    pub fn weighed_reasons(&self) -> impl Iterator<Item = (Outcome, &Reason)> {
        self.weights.iter().copied().zip(&self.reasons)
    }

    /// What to know although it is no obstacle.
    pub fn notices(&self) -> &[Reason] {
        &self.notices
    }
}

/// The answer to the one question.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
#[must_use]
pub enum Verdict {
    /// Every requirement is satisfied.
    Accept,
    /// A person must weigh at least one requirement; none is failed.
    Review,
    /// At least one requirement is unsatisfied or could not be evaluated.
    Reject,
}

impl Verdict {
    /// The verdict that follows from `findings`. An empty or incomplete list is a reject: silence is
    /// never consent.
    pub fn of(findings: &[Finding]) -> Self {
        let answered = || findings.iter().map(Finding::requirement);
        let complete = answered().eq(Requirement::ALL) || answered().eq(Requirement::WITH_LEDGER);
        if !complete {
            return Self::Reject;
        }
        match findings.iter().map(Finding::outcome).max() {
            Some(Outcome::Satisfied) => Self::Accept,
            Some(Outcome::Review) => Self::Review,
            _ => Self::Reject,
        }
    }

    /// Whether a certificate may be issued on this verdict as it stands, given under `trust`: on an
    /// accept that rests on production anchors, and on nothing else.
    pub const fn may_issue(self, trust: AnchorStatus) -> bool {
        matches!((self, trust), (Self::Accept, AnchorStatus::Production))
    }

    /// The stable identifier.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Review => "review",
            Self::Reject => "reject",
        }
    }
}

/// What the request says, as far as it could be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RequestSummary {
    /// The subject as RFC 4514 text; hostile. `None` for a bare public key.
    pub subject: Option<String>,
    /// Whether the request's own signature verifies; `false` for a stand-in, which has none.
    pub signature_valid: bool,
    /// The public key to be certified, if it could be read.
    pub public_key: Option<KeySummary>,
    /// The request that was judged, in canonical form: what is issued must be read from here, for
    /// another program may read the files otherwise. `None` for a stand-in.
    pub pem: Option<String>,
}

/// The anchor at the end of the verified path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AnchorSummary {
    /// Its identifier in `anchors.yaml`.
    pub id: String,
    /// SHA-256 of its SubjectPublicKeyInfo.
    pub spki_sha256: Sha256,
    /// Whether it is bundled for production, known from one source only, of the caller, or for tests.
    pub status: AnchorStatus,
}

/// Which policy judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PolicySummary {
    /// Its name.
    pub name: String,
    /// Its own version.
    pub version: u64,
    /// On which rules it stands.
    #[serde(default)]
    pub based_on: Rules,
    /// SHA-256 of the file and of the lists it names (see [`crate::policy::AppraisalPolicy::sha256`]),
    /// or of the built-in policy as `keyproof policy show` prints it.
    pub sha256: Sha256,
}

/// Which facts were used: the bundle, and hashes over the files that it was made from, in order of vendor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FactsSummary {
    /// The number of the bundle of facts: a newer one has a greater one. Absent where the facts were read
    /// from files of a release before there were bundles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<u64>,
    /// The day (`YYYY-MM-DD`) on which the bundle was put together.
    pub as_of: String,
    /// Over the header of the bundle, which is over all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bundle_sha256: Option<Sha256>,
    /// Over all trust anchors; those of the caller are behind that of the bundle's.
    pub anchors_sha256: Sha256,
    /// Over all module certifications.
    pub modules_sha256: Sha256,
    /// Over all advisories.
    pub advisories_sha256: Sha256,
    /// Over the list of devices that cannot attest.
    pub without_attestation_sha256: Sha256,
}

/// Where a result is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RecordSummary {
    /// The name of the ledger.
    pub origin: String,
    /// The place of the record in it.
    pub record: u64,
}

/// Where a result comes from: one that was read is worth what it was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResultSource {
    /// It was judged in this run.
    Judged,
    /// From a document that anybody may have written or altered.
    Document,
    /// From a record of a ledger, which was checked.
    Record,
}

/// The outcome of one appraisal.
#[derive(Clone, Debug)]
#[must_use]
pub struct AttestationResult {
    pub(crate) evaluated_at: Timestamp,
    pub(crate) format: Option<Cow<'static, str>>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) request: Option<RequestSummary>,
    pub(crate) claims: Option<Claims>,
    pub(crate) path: Vec<PathLink>,
    pub(crate) anchor: Option<AnchorSummary>,
    pub(crate) anchors: Vec<AnchorSummary>,
    pub(crate) certification: Option<CertificationSummary>,
    pub(crate) expected: Expected,
    pub(crate) observations: Option<Observations>,
    pub(crate) inputs: Vec<InputSummary>,
    pub(crate) policy: PolicySummary,
    pub(crate) data: FactsSummary,
    pub(crate) ledger: Option<RecordSummary>,
    pub(crate) csbr_version: Cow<'static, str>,
    pub(crate) version: Cow<'static, str>,
    pub(crate) source: ResultSource,
}

impl AttestationResult {
    /// The name and version of the JSON contract.
    pub const SCHEMA: &'static str = "keyproof/result/v1";

    /// The verdict, computed from the findings.
    pub fn verdict(&self) -> Verdict {
        Verdict::of(&self.findings)
    }

    /// The status of the anchor the evidence leads to; `production` when it leads to none, for then
    /// nothing but the production anchors was relied on.
    pub fn trust(&self) -> AnchorStatus {
        self.anchor.as_ref().map_or(AnchorStatus::Production, |anchor| anchor.status)
    }

    /// Whether a certificate may be issued on it as it stands: see [`Verdict::may_issue`].
    pub fn may_issue(&self) -> bool {
        self.verdict().may_issue(self.trust())
    }

    /// The time of appraisal.
    pub fn evaluated_at(&self) -> Timestamp {
        self.evaluated_at
    }

    /// The format that recognised the evidence.
    pub fn format(&self) -> Option<&str> {
        self.format.as_deref()
    }

    /// One finding per requirement, in the order of [`Requirement::ALL`].
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// What the request says.
    pub fn request(&self) -> Option<&RequestSummary> {
        self.request.as_ref()
    }

    /// What the verified evidence says.
    pub fn claims(&self) -> Option<&Claims> {
        self.claims.as_ref()
    }

    /// The verified path, from the attestation upwards.
    pub fn path(&self) -> &[PathLink] {
        &self.path
    }

    /// The anchor at its end, with the status of the least trusted one that the evidence rests on.
    pub fn anchor(&self) -> Option<&AnchorSummary> {
        self.anchor.as_ref()
    }

    /// All anchors that the evidence rests on, each with its own status, that of the path first.
    pub fn anchors(&self) -> &[AnchorSummary] {
        &self.anchors
    }

    /// The certification that satisfies `certified-module`.
    pub fn certification(&self) -> Option<&CertificationSummary> {
        self.certification.as_ref()
    }

    /// What it was expected to be of.
    pub fn expected(&self) -> &Expected {
        &self.expected
    }

    /// What an operator saw of the live token, which nobody signed.
    pub fn observations(&self) -> Option<&Observations> {
        self.observations.as_ref()
    }

    /// The inputs, sorted, so that their order does not matter.
    pub fn inputs(&self) -> &[InputSummary] {
        &self.inputs
    }

    /// Which policy judged.
    pub fn policy(&self) -> &PolicySummary {
        &self.policy
    }

    /// Which facts were used.
    pub fn data(&self) -> &FactsSummary {
        &self.data
    }

    /// Where it is kept, if it is.
    pub fn ledger(&self) -> Option<&RecordSummary> {
        self.ledger.as_ref()
    }

    /// The version of CSBR whose clauses it cites: [`CSBR_VERSION`] of the release that judged; empty under
    /// a policy that does not stand on CSBR.
    pub fn csbr_version(&self) -> &str {
        &self.csbr_version
    }

    /// The version of keyproof that judged.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Where it comes from.
    pub fn source(&self) -> ResultSource {
        self.source
    }

    /// The same, read from a record that was checked.
    pub fn of_record(mut self) -> Self {
        self.source = ResultSource::Record;
        self
    }

    /// The same, kept in a ledger whose earlier records weigh in as `not_seen_before`.
    pub fn kept(mut self, not_seen_before: Finding, ledger: RecordSummary) -> Self {
        self.findings.retain(|finding| finding.requirement != Requirement::NotSeenBefore);
        self.findings.push(not_seen_before);
        self.ledger = Some(ledger);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::{Finding, Outcome, Requirement, Verdict};
    use crate::reason::ReasonCode;
    use crate::trust::AnchorStatus;

    fn all_satisfied() -> Vec<Finding> {
        Requirement::ALL.into_iter().map(Finding::satisfied).collect()
    }

    #[test]
    fn an_empty_incomplete_or_reordered_list_is_a_reject() {
        assert_eq!(Verdict::of(&[]), Verdict::Reject);
        let mut findings = all_satisfied();
        findings.swap(0, 1);
        assert_eq!(Verdict::of(&findings), Verdict::Reject);
        let mut findings = all_satisfied();
        findings.pop();
        assert_eq!(Verdict::of(&findings), Verdict::Reject);
    }

    #[test]
    fn adding_a_reason_never_improves_a_verdict() {
        let outcomes =
            [Outcome::Satisfied, Outcome::Review, Outcome::Unsatisfied, Outcome::NotEvaluated];
        for position in 0..Requirement::ALL.len() {
            for first in outcomes {
                let mut before = all_satisfied();
                let requirement = before[position].requirement();
                before[position] = if first == Outcome::NotEvaluated {
                    Finding::not_evaluated(requirement)
                } else {
                    Finding::satisfied(requirement).with(first, ReasonCode::InputDer.into())
                };
                for second in outcomes {
                    let mut after = before.clone();
                    after[position].add(second, ReasonCode::InputDer.into());
                    assert!(Verdict::of(&after) >= Verdict::of(&before));
                }
            }
        }
    }

    #[test]
    fn a_certificate_may_be_issued_on_an_accept_under_production_trust_alone() {
        let verdicts = [Verdict::Accept, Verdict::Review, Verdict::Reject];
        let statuses = [
            AnchorStatus::Production,
            AnchorStatus::Unconfirmed,
            AnchorStatus::Caller,
            AnchorStatus::Test,
        ];
        for verdict in verdicts {
            for status in statuses {
                let both = (verdict, status) == (Verdict::Accept, AnchorStatus::Production);
                assert_eq!(verdict.may_issue(status), both, "{verdict:?} {status:?}");
            }
        }
    }

    #[test]
    fn one_review_makes_a_review_and_one_unevaluated_a_reject() {
        let mut findings = all_satisfied();
        assert_eq!(Verdict::of(&findings), Verdict::Accept);
        findings[5].add(Outcome::Review, ReasonCode::CertificationHistorical.into());
        assert_eq!(Verdict::of(&findings), Verdict::Review);
        findings[3] = Finding::not_evaluated(Requirement::GeneratedInModule);
        assert_eq!(Verdict::of(&findings), Verdict::Reject);
    }
}
