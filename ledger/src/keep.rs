//! Keeping verdicts: what came, how it was judged, and by what, before anyone is told.

use std::collections::BTreeSet;

use keyproof::encoding::hex::Sha256;
use keyproof::facts::FactFile;
use keyproof::observation::Observations;
use keyproof::policy::{AppraisalPolicy, Judgement, KeepCompanions};
use keyproof::reason::Language;
use keyproof::report;
use keyproof::result::{AttestationResult, RecordSummary};
use keyproof::submission::{Companion, Extent, Input};
use keyproof::{ReasonCode, Verdict};
use serde::Serialize;

use crate::adoption::is_judged_by;
use crate::error::LedgerError;
use crate::history::{Presented, not_seen_before};
use crate::record::{
    AnchorEntry, CertificateType, Denied, Entry, FactEntry, FactList, Identity, InputEntry,
    NamedContent, PolicyEntry, RecordId, VerdictEntry,
};
use crate::store::{Ledger, View, Writer, Writing};

/// What a verdict rests on.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// What came.
    pub inputs: &'a [Input],
    /// What of it holds no evidence, files that were not opened among it.
    pub companions: &'a [Companion],
    /// What was seen of a live token.
    pub observations: Option<&'a Observations>,
}

/// A submission that was judged.
#[derive(Clone, Debug)]
pub struct Judged<'a> {
    /// What it rests on.
    pub seen: Seen<'a>,
    /// How it was judged.
    pub result: AttestationResult,
    /// What the CA calls it.
    pub reference: &'a Reference,
}

/// The CA's own references.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Reference {
    /// The order.
    pub order: Option<String>,
    /// The subscriber.
    pub subscriber: Option<String>,
    /// The type of certificate that was ordered.
    pub certificate_type: Option<CertificateType>,
}

impl Reference {
    /// Whether anything is named.
    pub fn is_given(&self) -> bool {
        *self != Self::default()
    }
}

/// What verdicts were judged by: policy and facts, with the files that they were read from.
#[derive(Clone, Debug)]
pub struct JudgedBy {
    facts: Vec<(FactEntry, Vec<u8>)>,
    policy: Vec<(NamedContent, Vec<u8>)>,
    device_elsewhere: Judgement,
    keep_companions: KeepCompanions,
}

impl JudgedBy {
    /// That of `policy`, which was read from `policy_files` (itself first, then the lists that it
    /// names, by name and bytes), and of the facts of `facts`.
    pub fn new(
        facts: &[FactFile],
        policy: &AppraisalPolicy,
        policy_files: &[(String, Vec<u8>)],
    ) -> Self {
        let facts = facts.iter().map(|file| {
            let entry = FactEntry {
                kind: file.kind.id().to_owned(),
                path: file.path.to_string(),
                sha256: Sha256::of(&file.bytes),
            };
            (entry, file.bytes.to_vec())
        });
        let policy_files = policy_files.iter().map(|(name, bytes)| {
            (NamedContent { name: name.clone(), sha256: Sha256::of(bytes) }, bytes.clone())
        });
        Self {
            facts: facts.collect(),
            policy: policy_files.collect(),
            device_elsewhere: policy.device_elsewhere,
            keep_companions: policy.keep_companions,
        }
    }

    /// Keeps the policy and the facts, and gives the name of the list of facts.
    fn keep(&self, writer: &mut Writer<'_>) -> Result<Sha256, LedgerError> {
        let files: Vec<(&str, Sha256)> =
            self.facts.iter().map(|(entry, _)| (entry.kind.as_str(), entry.sha256)).collect();
        if !is_judged_by(writer.view(), &files)? {
            return Err(LedgerError::OtherFacts);
        }
        let list = FactList(self.facts.iter().map(|(entry, _)| entry.clone()).collect());
        let list = list.to_bytes();
        // It is kept together with its files.
        if !writer.view().has_content(Sha256::of(&list))? {
            for (_, bytes) in &self.facts {
                writer.keep(bytes)?;
            }
        }
        for (_, bytes) in &self.policy {
            writer.keep(bytes)?;
        }
        writer.keep(&list)
    }
}

impl Ledger {
    /// Keeps one verdict, and gives it back with the judgement of the earlier records.
    pub fn keep(
        &mut self,
        by: Writing<'_>,
        judged_by: &JudgedBy,
        judged: Judged<'_>,
    ) -> Result<AttestationResult, LedgerError> {
        if forbids_keeping(&judged.result) {
            return Ok(judged.result);
        }
        let origin = self.verifier().origin().to_owned();
        self.write(by, |writer| {
            let facts = judged_by.keep(writer)?;
            keep(writer, judged_by, facts, &origin, judged)
        })
    }

    /// Keeps many at once, all or none of them, in their order.
    pub fn keep_all(
        &mut self,
        by: Writing<'_>,
        judged_by: &JudgedBy,
        judged: Vec<Judged<'_>>,
    ) -> Result<Vec<AttestationResult>, LedgerError> {
        if judged.iter().all(|judged| forbids_keeping(&judged.result)) {
            return Ok(judged.into_iter().map(|judged| judged.result).collect());
        }
        let origin = self.verifier().origin().to_owned();
        self.write(by, |writer| {
            let facts = judged_by.keep(writer)?;
            let keep = |judged| keep(writer, judged_by, facts, &origin, judged);
            judged.into_iter().map(keep).collect()
        })
    }
}

fn keep(
    writer: &mut Writer<'_>,
    judged_by: &JudgedBy,
    facts: Sha256,
    origin: &str,
    judged: Judged<'_>,
) -> Result<AttestationResult, LedgerError> {
    let Judged { seen: Seen { inputs, companions, observations }, result, reference } = judged;
    if forbids_keeping(&result) {
        return Ok(result);
    }
    let (order, subscriber) = (reference.order.as_deref(), reference.subscriber.as_deref());
    let standing = Standing { origin, id: writer.next(), order, subscriber };
    let (identity, result) =
        standing.complete(writer.view(), result, judged_by.device_elsewhere)?;
    let json = report::json(&result, Language::English);
    let apart = Apart::of(&result, companions, judged_by.keep_companions);
    let (left, inputs): (Vec<_>, Vec<_>) = inputs.iter().partition(|input| apart.holds(input));
    let entry = VerdictEntry {
        verdict: result.verdict(),
        trust: result.trust(),
        anchors: result.anchors().iter().map(AnchorEntry::from).collect(),
        evaluated_at: result.evaluated_at(),
        certificate_type: reference.certificate_type,
        spki_sha256: identity.spki_sha256,
        device: identity.device,
        evidence: identity.evidence,
        result: writer.keep(json.as_bytes())?,
        inputs: inputs.iter().copied().map(InputEntry::of).collect(),
        companions: apart.listed(&left),
        observations: observations
            .map(|observations| writer.keep(&observations.to_bytes()))
            .transpose()?,
        expected: result.expected().clone(),
        policy: PolicyEntry {
            name: result.policy().name.clone(),
            version: result.policy().version,
            sha256: result.policy().sha256,
            files: judged_by.policy.iter().map(|(file, _)| file.clone()).collect(),
        },
        facts,
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    for input in inputs {
        writer.keep(&input.bytes)?;
    }
    let (order, subscriber) = (reference.order.clone(), reference.subscriber.clone());
    writer.append(order, subscriber, Entry::Verdict(entry))?;
    Ok(result)
}

/// The companions of which the contents are not kept: a verdict can be computed again without them.
struct Apart<'a>(Vec<&'a Companion>);

impl<'a> Apart<'a> {
    fn of(result: &AttestationResult, companions: &'a [Companion], keep: KeepCompanions) -> Self {
        let whole = |it: &&Companion| {
            result.inputs().iter().any(|input| input.name == it.name && input.layers.is_empty())
        };
        // What was found in one is told by its contents alone.
        let own = [
            ReasonCode::InputCompanion,
            ReasonCode::InputNotSearched,
            ReasonCode::InputAttachmentsUnsaved,
        ];
        let findings = result.findings().iter();
        let blamed: BTreeSet<&str> = findings
            .flat_map(|finding| finding.reasons().iter().chain(finding.notices()))
            .filter(|reason| !own.contains(&reason.code()))
            .filter_map(|reason| reason.detail().get("file").map(String::as_str))
            .collect();
        let is_apart = |it: &&Companion| {
            it.extent == Extent::Unopened
                || (keep == KeepCompanions::Fingerprints
                    && whole(it)
                    && !blamed.contains(it.name.as_str()))
        };
        Self(companions.iter().filter(is_apart).collect())
    }

    fn holds(&self, input: &Input) -> bool {
        self.0.iter().any(|it| is_it(it, input))
    }

    /// Those of the inputs that are left out, and what was not opened.
    fn listed(&self, left: &[&Input]) -> Vec<Companion> {
        let is_listed =
            |it: &&&Companion| it.sha256.is_none() || left.iter().any(|input| is_it(it, input));
        self.0.iter().filter(is_listed).map(|it| (*it).clone()).collect()
    }
}

fn is_it(companion: &Companion, input: &Input) -> bool {
    companion.name == input.name && companion.sha256 == Some(Sha256::of(&input.bytes))
}

/// Where a verdict stands: in which ledger, in what place, for whom.
pub(crate) struct Standing<'a> {
    pub(crate) origin: &'a str,
    pub(crate) id: RecordId,
    pub(crate) order: Option<&'a str>,
    pub(crate) subscriber: Option<&'a str>,
}

impl Standing<'_> {
    /// The whole of a result: with its place, and what the records before it say of the submission.
    pub(crate) fn complete(
        self,
        view: &mut View<'_>,
        result: AttestationResult,
        device_elsewhere: Judgement,
    ) -> Result<(Identity, AttestationResult), LedgerError> {
        let Self { origin, id, order, subscriber } = self;
        let identity = Identity::of(&result);
        let deniable = identity.deniable(subscriber);
        let terms = identity.terms().into_iter().chain(deniable.iter().map(Denied::term));
        let earlier = view.latest(terms, id)?;
        let presented = Presented { identity: &identity, order, subscriber };
        let finding = not_seen_before(presented, &earlier, device_elsewhere);
        let place = RecordSummary { origin: origin.to_owned(), record: id.0 };
        Ok((identity, result.kept(finding, place)))
    }
}

/// Whether a private key came, or what may hold one: it is written nowhere, nor what came with it.
fn forbids_keeping(result: &AttestationResult) -> bool {
    let mut reasons = result.findings().iter().flat_map(|finding| finding.reasons());
    result.verdict() == Verdict::Reject && reasons.any(|reason| reason.code().forbids_keeping())
}
