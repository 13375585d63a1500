//! What records say.

use std::collections::BTreeSet;
use std::fmt;

use keyproof::encoding::hex::Sha256;
use keyproof::expectation::Expected;
use keyproof::result::{AnchorSummary, Verdict};
use keyproof::submission::{Companion, Input, InputRole};
use keyproof::time::Timestamp;
use keyproof::trust::AnchorStatus;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::form::{RecordError, RecordId};
use super::term::{Facet, Term};

/// What a record says.
#[expect(clippy::large_enum_variant, reason = "nearly every record is a verdict")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Entry {
    /// A submission was judged.
    Verdict(VerdictEntry),
    /// Documents of another method of CSBR 6.2.7.4.2 came for a key.
    Method(MethodEntry),
    /// A person settled a verdict or a method, one way or the other.
    Settlement(SettlementEntry),
    /// A certificate was bound to a verdict or a method.
    Issuance(IssuanceEntry),
    /// A key, device or subscriber was denied, or is no longer.
    Denial(DenialEntry),
    /// What earlier records held was removed at the end of its time.
    Pruning(PruningEntry),
    /// A person agreed that verdicts are given by a bundle of facts.
    Adoption(AdoptionEntry),
}

/// Whether the certificate is to be an Extended Validation certificate.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum CertificateType {
    /// Extended Validation.
    Ev,
    /// Any other code signing certificate.
    NonEv,
}

/// A submission, and how it was judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VerdictEntry {
    /// The verdict.
    pub verdict: Verdict,
    /// Of the anchor that vouches.
    pub trust: AnchorStatus,
    /// The anchors that the evidence rests on. Left out where there is none, as in the records from
    /// before they were kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub anchors: Vec<AnchorEntry>,
    /// The time as of which it was judged.
    pub evaluated_at: Timestamp,
    /// The type of certificate that was ordered, where it was said.
    pub certificate_type: Option<CertificateType>,
    /// The key of the request.
    pub spki_sha256: Option<Sha256>,
    /// The module, where evidence of it was verified.
    pub device: Option<Device>,
    /// The attestation statement that was verified.
    pub evidence: Option<Sha256>,
    /// The result as JSON, byte for byte.
    pub result: Sha256,
    /// What came, byte for byte.
    pub inputs: Vec<InputEntry>,
    /// What lay beside the evidence and is known by name, size and SHA-256 alone. Left out where there was
    /// nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub companions: Vec<Companion>,
    /// What was seen of a live token that it was read from: a content that is
    /// [`Observations`](keyproof::observation::Observations). Left out where there was none, as in the
    /// records from before there could be any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observations: Option<Sha256>,
    /// What the submission was expected to be of. Left out where nothing was said.
    #[serde(default, skip_serializing_if = "Expected::is_nothing")]
    pub expected: Expected,
    /// The policy that judged.
    pub policy: PolicyEntry,
    /// The list of the files of facts it was judged by: a content that is a [`FactList`].
    pub facts: Sha256,
    /// The version of keyproof that judged.
    pub version: String,
}

/// An anchor that a verdict rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AnchorEntry {
    /// SHA-256 of its SubjectPublicKeyInfo.
    pub spki_sha256: Sha256,
    /// How it came to be believed.
    pub status: AnchorStatus,
}

/// A module, as far as evidence tells one from another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Device {
    /// The manufacturer.
    pub vendor: String,
    /// Its serial number.
    pub serial: String,
    /// The partition of it that one customer holds, where a module has several.
    pub partition: Option<String>,
}

impl fmt::Display for Device {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.vendor, self.serial)?;
        self.partition.iter().try_for_each(|partition| write!(formatter, "/{partition}"))
    }
}

/// A file that came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InputEntry {
    /// What it was called.
    pub name: String,
    /// What the caller said it is.
    pub role: InputRole,
    /// Its bytes.
    pub sha256: Sha256,
}

/// The policy of a verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PolicyEntry {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: u64,
    /// Its fingerprint, with that of the lists it names, as in the result.
    pub sha256: Sha256,
    /// Its file, and the files it names, in their order.
    pub files: Vec<NamedContent>,
}

/// A file of the operator, by name and bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NamedContent {
    /// What it is called.
    pub name: String,
    /// Its bytes.
    pub sha256: Sha256,
}

/// The files of facts that verdicts are judged by. Many verdicts share one list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct FactList(pub Vec<FactEntry>);

impl FactList {
    /// The one form in which it is kept.
    pub fn to_bytes(&self) -> Vec<u8> {
        // Texts and numbers have a form in JSON whatever they are.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Reads that form.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, RecordError> {
        Ok(serde_json::from_slice(bytes)?)
    }
}

/// A file of facts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FactEntry {
    /// What it states: [`FactKind::id`](keyproof::facts::FactKind::id).
    pub kind: String,
    /// What it is called.
    pub path: String,
    /// Its bytes.
    pub sha256: Sha256,
}

/// Documents of another method than key attestation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MethodEntry {
    /// Its number in CSBR 6.2.7.4.2: 1, or 3 to 7.
    pub method: u8,
    /// The key they are about.
    pub spki_sha256: Sha256,
    /// The type of certificate that was ordered, where it was said.
    pub certificate_type: Option<CertificateType>,
    /// In a person's words.
    pub reason: String,
    /// The documents.
    pub documents: Vec<NamedContent>,
}

/// How a person settled a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SettlementEntry {
    /// The verdict or method.
    pub about: RecordId,
    /// Which way.
    pub decision: Decision,
    /// Why, in that person's words.
    pub reason: String,
    /// What it rests on.
    pub documents: Vec<NamedContent>,
}

/// Which way a person settled a record.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// A certificate may be issued on it.
    Approve,
    /// None may.
    Refuse,
}

/// A certificate that the gate let pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IssuanceEntry {
    /// The verdict or method that it rests on.
    pub about: RecordId,
    /// What came to the gate, which may be a pre-certificate.
    pub certificate: Sha256,
    /// The key.
    pub spki_sha256: Sha256,
    /// The issuer, as RFC 4514 text.
    pub issuer: String,
    /// The serial number, in lower-case hexadecimal.
    pub serial: String,
    /// The end of its validity.
    pub not_after: Timestamp,
}

/// A key, device or subscriber for which nothing may be issued (CSBR 4.2.1, 4.2.2, 6.1.1.3 (4)).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DenialEntry {
    /// Whether it begins or ends.
    pub effect: DenialEffect,
    /// What is denied.
    pub denied: Denied,
    /// Why, in a person's words.
    pub reason: String,
}

/// Whether a denial begins or ends.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum DenialEffect {
    /// From here on, denied.
    Deny,
    /// From here on, no longer.
    Lift,
}

/// What can be denied.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Denied {
    /// A public key.
    Key(Sha256),
    /// A module, as `vendor/serial` or `vendor/serial/partition`.
    Device(String),
    /// A subscriber, by the CA's own reference.
    Subscriber(String),
}

/// The removal of what earlier records held. Their place in the tree stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PruningEntry {
    /// The records, in order.
    pub pruned: Vec<RecordId>,
}

/// A person's word for a bundle of facts. Once as many people as it takes have said so, verdicts are given
/// by it until another one takes its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AdoptionEntry {
    /// Whose word the bundle is: [`FactKind::id`](keyproof::facts::FactKind::id).
    pub bundle_kind: String,
    /// The bundle, byte for byte.
    pub bundle: Sha256,
    /// Its serial number.
    pub serial: u64,
    /// Its day, `YYYY-MM-DD`.
    pub date: String,
    /// How many different people must agree to it.
    pub people: u8,
    /// Why verdicts go back to it from a newer one. Left out where they do not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back: Option<String>,
}

impl Denied {
    /// The term that denials of it are found by.
    pub fn term(&self) -> Term {
        Facet::Denied.term(match self {
            Self::Key(sha256) => format!("key:{sha256}"),
            Self::Device(device) => format!("device:{device}"),
            Self::Subscriber(subscriber) => format!("subscriber:{subscriber}"),
        })
    }
}

impl Entry {
    /// The stable word for its kind.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Verdict(_) => "verdict",
            Self::Method(_) => "method",
            Self::Settlement(_) => "settlement",
            Self::Issuance(_) => "issuance",
            Self::Denial(_) => "denial",
            Self::Pruning(_) => "pruning",
            Self::Adoption(_) => "adoption",
        }
    }

    /// The key it is about.
    pub const fn spki_sha256(&self) -> Option<Sha256> {
        match self {
            Self::Verdict(verdict) => verdict.spki_sha256,
            Self::Method(method) => Some(method.spki_sha256),
            Self::Issuance(issuance) => Some(issuance.spki_sha256),
            Self::Settlement(_) | Self::Denial(_) | Self::Pruning(_) | Self::Adoption(_) => None,
        }
    }

    /// The record it is about.
    pub const fn about(&self) -> Option<RecordId> {
        match self {
            Self::Settlement(settlement) => Some(settlement.about),
            Self::Issuance(issuance) => Some(issuance.about),
            Self::Verdict(_)
            | Self::Method(_)
            | Self::Denial(_)
            | Self::Pruning(_)
            | Self::Adoption(_) => None,
        }
    }

    /// The type of certificate that was ordered.
    pub const fn certificate_type(&self) -> Option<CertificateType> {
        match self {
            Self::Verdict(verdict) => verdict.certificate_type,
            Self::Method(method) => method.certificate_type,
            _ => None,
        }
    }

    /// The contents that it names, by SHA-256. The list of facts names further ones.
    pub fn contents(&self) -> BTreeSet<Sha256> {
        let of = |files: &[NamedContent]| -> Vec<Sha256> {
            files.iter().map(|file| file.sha256).collect()
        };
        match self {
            Self::Verdict(verdict) => [verdict.result, verdict.facts]
                .into_iter()
                .chain(verdict.inputs.iter().map(|input| input.sha256))
                .chain(verdict.observations)
                .chain(of(&verdict.policy.files))
                .collect(),
            Self::Method(method) => of(&method.documents).into_iter().collect(),
            Self::Settlement(settlement) => of(&settlement.documents).into_iter().collect(),
            Self::Issuance(issuance) => [issuance.certificate].into(),
            Self::Adoption(adoption) => [adoption.bundle].into(),
            Self::Denial(_) | Self::Pruning(_) => BTreeSet::new(),
        }
    }
}

impl From<&AnchorSummary> for AnchorEntry {
    fn from(anchor: &AnchorSummary) -> Self {
        Self { spki_sha256: anchor.spki_sha256, status: anchor.status }
    }
}

impl InputEntry {
    /// The entry of a file that came.
    pub fn of(input: &Input) -> Self {
        Self { name: input.name.clone(), role: input.role, sha256: Sha256::of(&input.bytes) }
    }
}
