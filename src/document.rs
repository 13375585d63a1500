//! Results as a document: the JSON contract `keyproof/result/v1`, written and read back. What was read back is
//! no proof, for anybody can write such a document; only what contradicts itself is refused.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::claims::Claims;
use crate::endorsement::CertificationSummary;
use crate::expectation::Expected;
use crate::observation::Observations;
use crate::reason::{Language, Reason, ReasonCode};
use crate::result::{
    AnchorSummary, AttestationResult, FactsSummary, Finding, Outcome, PolicySummary, RecordSummary,
    RequestSummary, Requirement, ResultSource, Rules, Verdict,
};
use crate::submission::InputSummary;
use crate::time::Timestamp;
use crate::trust::{AnchorStatus, PathLink};

/// How one submission was judged. Take anything but `may_issue: true` for a no, and ignore what you do not know:
/// fields may be added within v1, and none changes its meaning. Texts may come from the applicant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "keyproof/result/v1")]
pub struct ResultDocument {
    /// `keyproof/result/v1`.
    pub schema: String,
    /// Computed from `requirements`: reject if any is unsatisfied or not evaluated, else review if any is review,
    /// else accept.
    pub verdict: Verdict,
    /// The status of the anchor relied on, the least if there are several; `production` where none was, for then
    /// nothing else was relied on.
    pub trust: AnchorStatus,
    /// `true` for `accept` with `trust: production`, and for nothing else: exit code 0 of `verify` says the same.
    pub may_issue: bool,
    /// The time of appraisal, UTC.
    pub evaluated_at: Timestamp,
    /// The format that recognised the evidence, even where it did not hold.
    pub format: Option<Cow<'static, str>>,
    /// All eight, always in the same order; with a ledger a ninth, `not-seen-before`.
    pub requirements: Vec<RequirementDocument>,
    /// What is to be certified; also a stand-in. Null if there is none that could be read.
    pub request: Option<RequestSummary>,
    /// What verified evidence says; null unless it leads to an anchor and could be read.
    pub claims: Option<Claims>,
    /// The verified certificates, from the attestation upwards.
    pub path: Vec<PathLink>,
    /// The anchor at the end of `path`, with the status of the least trusted one of `anchors`.
    pub anchor: Option<AnchorSummary>,
    /// All anchors that were relied on, that of `path` first, each with its own status.
    pub anchors: Vec<AnchorSummary>,
    /// The certification that was relied on.
    pub certification: Option<CertificationSummary>,
    /// What the order says of the submission; left out where it says nothing.
    #[serde(default, skip_serializing_if = "Expected::is_nothing")]
    pub expected: Expected,
    /// What a live token said and nobody signed; left out where none was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observations: Option<Observations>,
    /// Every file and every entry of an archive, sorted.
    pub inputs: Vec<InputSummary>,
    /// The version of the Code Signing Baseline Requirements (CSBR) whose clauses are cited; empty under a policy
    /// that does not stand on them.
    pub csbr_version: Cow<'static, str>,
    /// What the CA demanded.
    pub policy: PolicySummary,
    /// The facts that were used.
    pub data: FactsSummary,
    /// Where the result is kept; left out where it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ledger: Option<RecordSummary>,
    /// What judged.
    pub tool: ToolDocument,
    /// What is sent to the applicant; null where there is nothing to ask.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub letter: Option<LetterDocument>,
}

/// Text for the applicant, ready to be sent. Nothing in it comes from evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LetterDocument {
    /// Of what language the text is.
    pub language: Language,
    /// What it is about, in a sentence.
    pub opening: String,
    /// What is asked, a paragraph a matter; the gravest first.
    pub paragraphs: Vec<String>,
    /// What staff settle before anything is sent: it speaks of forgery, of another subscriber, or of a refusal by the
    /// CA itself.
    pub hold_for: Vec<ReasonCode>,
}

/// One requirement, and how it came out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RequirementDocument {
    /// Which one.
    pub id: Requirement,
    /// How it came out.
    pub outcome: Outcome,
    /// Where the requirement stands.
    pub clause: Cow<'static, str>,
    /// Why it is not simply satisfied.
    pub reasons: Vec<WeighedReason>,
    /// What to know although it is no obstacle.
    pub notices: Vec<ReasonDocument>,
}

/// A reason, and what it alone would lead to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WeighedReason {
    #[serde(flatten)]
    reason: ReasonDocument,
    /// `review` or `unsatisfied`.
    outcome: Outcome,
}

/// Why a requirement came out as it did. Match on the code, never on the sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReasonDocument {
    /// The stable code.
    pub code: ReasonCode,
    /// What is so, in one sentence.
    pub message: Cow<'static, str>,
    /// What staff do next.
    pub hint: Cow<'static, str>,
    /// What the applicant is told, in English; null where nothing is.
    #[serde(default)]
    pub say: Option<Cow<'static, str>>,
    /// The facts, by name.
    pub detail: BTreeMap<Cow<'static, str>, String>,
}

/// Which program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ToolDocument {
    /// Its name.
    pub name: Cow<'static, str>,
    /// Its version.
    pub version: Cow<'static, str>,
}

/// Why a document is no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DocumentError {
    /// It is not of the form, in the words of who reads it.
    Form(String),
    /// It says one thing here and another there.
    Contradiction(&'static str),
}

impl fmt::Display for DocumentError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form(why) => write!(formatter, "not of the form of a result: {why}"),
            Self::Contradiction(what) => write!(formatter, "it contradicts itself: {what}"),
        }
    }
}

impl std::error::Error for DocumentError {}

impl Serialize for AttestationResult {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        ResultDocument::from(self).serialize(serializer)
    }
}

impl From<&AttestationResult> for ResultDocument {
    fn from(result: &AttestationResult) -> Self {
        Self {
            schema: AttestationResult::SCHEMA.to_owned(),
            verdict: result.verdict(),
            trust: result.trust(),
            may_issue: result.may_issue(),
            evaluated_at: result.evaluated_at,
            format: result.format.clone(),
            requirements: result
                .findings
                .iter()
                .map(|it| RequirementDocument::of(it, result.policy.based_on))
                .collect(),
            request: result.request.clone(),
            claims: result.claims.clone(),
            path: result.path.clone(),
            anchor: result.anchor.clone(),
            anchors: result.anchors.clone(),
            certification: result.certification.clone(),
            expected: result.expected.clone(),
            observations: result.observations.clone(),
            inputs: result.inputs.clone(),
            csbr_version: result.csbr_version.clone(),
            policy: result.policy.clone(),
            data: result.data.clone(),
            ledger: result.ledger.clone(),
            tool: ToolDocument {
                name: env!("CARGO_PKG_NAME").into(),
                version: result.version.clone(),
            },
            letter: None,
        }
    }
}

impl RequirementDocument {
    fn of(finding: &Finding, rules: Rules) -> Self {
        let weighed = |(outcome, reason): (Outcome, &Reason)| WeighedReason {
            outcome,
            reason: ReasonDocument::from(reason),
        };
        Self {
            id: finding.requirement(),
            outcome: finding.outcome(),
            clause: rules.clause(finding.requirement()).into(),
            reasons: finding.weighed_reasons().map(weighed).collect(),
            notices: finding.notices().iter().map(ReasonDocument::from).collect(),
        }
    }
}

impl From<&Reason> for ReasonDocument {
    fn from(reason: &Reason) -> Self {
        Self {
            code: reason.code(),
            message: reason.sentence().into(),
            hint: reason.hint(),
            say: reason.to_applicant(Language::English),
            detail: reason.detail().clone(),
        }
    }
}

impl From<ReasonDocument> for Reason {
    fn from(document: ReasonDocument) -> Self {
        let reason = Self::new(document.code);
        document.detail.into_iter().fold(reason, |reason, (name, fact)| reason.with(name, fact))
    }
}

impl AttestationResult {
    /// Reads a result that was written as JSON. The verdict is computed again; sentences and clauses are those of
    /// this release.
    ///
    /// # Errors
    /// What is not of the form, or contradicts itself.
    pub fn from_json(bytes: &[u8]) -> Result<Self, DocumentError> {
        let document: ResultDocument = serde_json::from_slice(bytes)
            .map_err(|error| DocumentError::Form(error.to_string()))?;
        document.into_result()
    }
}

impl ResultDocument {
    fn into_result(self) -> Result<AttestationResult, DocumentError> {
        let claimed = (self.verdict, self.trust, self.may_issue);
        if self.schema != AttestationResult::SCHEMA {
            return Err(DocumentError::Form(format!("its schema is {}", self.schema)));
        }
        let findings = self.requirements.into_iter().map(RequirementDocument::into_finding);
        let result = AttestationResult {
            evaluated_at: self.evaluated_at,
            format: self.format,
            findings: findings.collect::<Result<_, _>>()?,
            request: self.request,
            claims: self.claims,
            path: self.path,
            anchor: self.anchor,
            anchors: self.anchors,
            certification: self.certification,
            expected: self.expected,
            observations: self.observations,
            inputs: self.inputs,
            csbr_version: self.csbr_version,
            policy: self.policy,
            data: self.data,
            ledger: self.ledger,
            version: self.tool.version,
            source: ResultSource::Document,
        };
        result.check(claimed)?;
        Ok(result)
    }
}

impl RequirementDocument {
    /// The finding that its reasons make.
    fn into_finding(self) -> Result<Finding, DocumentError> {
        let mut finding = match self.outcome {
            Outcome::NotEvaluated => Finding::not_evaluated(self.id),
            _ => Finding::satisfied(self.id),
        };
        for WeighedReason { reason, outcome } in self.reasons {
            if !matches!(outcome, Outcome::Review | Outcome::Unsatisfied) {
                return Err(DocumentError::Contradiction("a reason that weighs nothing"));
            }
            finding.add(outcome, reason.into());
        }
        for notice in self.notices {
            finding.add(Outcome::Satisfied, notice.into());
        }
        if finding.outcome() != self.outcome {
            return Err(DocumentError::Contradiction("an outcome is not that of its reasons"));
        }
        Ok(finding)
    }
}

impl AttestationResult {
    fn check(&self, claimed: (Verdict, AnchorStatus, bool)) -> Result<(), DocumentError> {
        let answered = || self.findings.iter().map(Finding::requirement);
        let asked = match &self.ledger {
            None => answered().eq(Requirement::ALL),
            Some(_) => answered().eq(Requirement::WITH_LEDGER),
        };
        let of = |requirement| self.findings.iter().find(|it| it.requirement() == requirement);
        let is_shown = |requirement| {
            of(requirement).is_some_and(|finding| finding.outcome() == Outcome::Satisfied)
        };
        let statuses = self.anchors.iter().map(|anchor| anchor.status);
        let status = self.anchor.as_ref().map(|anchor| anchor.status);
        let signed = self.request.as_ref().is_some_and(|request| request.signature_valid);
        for (holds, otherwise) in [
            (asked, "the requirements are not those that are always judged, in their order"),
            (claimed.0 == self.verdict(), "the verdict is not that of the requirements"),
            (claimed.1 == self.trust(), "the trust is not that of the anchor"),
            (claimed.2 == self.may_issue(), "`may_issue` is not what follows from the verdict"),
            (status == statuses.max(), "the anchor has not the status of the least of all anchors"),
            (
                self.claims.is_some() == self.anchor.is_some(),
                "evidence is verified and leads to no anchor, or the reverse",
            ),
            (
                self.claims.is_some() || !is_shown(Requirement::GenuineModule),
                "the module is genuine, and nothing was verified",
            ),
            (
                self.certification.is_some() || !is_shown(Requirement::CertifiedModule),
                "the module is certified, and by no certification",
            ),
            (
                signed || !is_shown(Requirement::Possession),
                "possession is shown, and no signature holds",
            ),
        ] {
            if !holds {
                return Err(DocumentError::Contradiction(otherwise));
            }
        }
        Ok(())
    }
}

/// The JSON Schema of a result.
pub fn result_schema() -> serde_json::Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    settings.into_generator().into_root_schema_for::<ResultDocument>().to_value()
}

/// The JSON Schema of a reason code: each with its sentence.
pub fn reasons_schema() -> serde_json::Value {
    let code =
        |it: &ReasonCode| serde_json::json!({ "const": it.code(), "description": it.sentence() });
    serde_json::json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "keyproof reason code",
        "description": "Codes are added, never renamed. docs/reasons.md has a heading for each.",
        "type": "string",
        "oneOf": ReasonCode::ALL.iter().map(code).collect::<Vec<_>>(),
    })
}

impl Serialize for ReasonCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for ReasonCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = Cow::<str>::deserialize(deserializer)?;
        let unknown = || de::Error::custom(format!("this release knows no reason `{code}`"));
        Self::from_code(&code).ok_or_else(unknown)
    }
}

impl JsonSchema for ReasonCode {
    fn schema_name() -> Cow<'static, str> {
        "ReasonCode".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "enum": Self::ALL.iter().map(|it| it.code()).collect::<Vec<_>>(),
        })
    }
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        ReasonDocument::from(self).serialize(serializer)
    }
}

impl Serialize for Requirement {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

impl<'de> Deserialize<'de> for Requirement {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = Cow::<str>::deserialize(deserializer)?;
        Self::from_id(&id).ok_or_else(|| de::Error::custom(format!("no requirement is `{id}`")))
    }
}

impl JsonSchema for Requirement {
    fn schema_name() -> Cow<'static, str> {
        "Requirement".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let one = |it: &Self| serde_json::json!({ "const": it.id(), "description": it.clause() });
        json_schema!({
            "type": "string",
            "oneOf": Self::WITH_LEDGER.iter().map(one).collect::<Vec<_>>(),
        })
    }
}
