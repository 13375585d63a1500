//! Keeping verdicts: what came, how it was judged, and by what, before anyone is told.

use keyproof::Verdict;
use keyproof::encoding::hex::Sha256;
use keyproof::facts::FactFile;
use keyproof::observation::Observations;
use keyproof::policy::Judgement;
use keyproof::report;
use keyproof::result::{AttestationResult, Finding, RecordSummary};
use keyproof::submission::Input;
use keyproof::time::Timestamp;
use keyproof_ledger::history::{Presented, not_seen_before};
use keyproof_ledger::record::{
    AnchorEntry, CertificateType, Denied, Entry, FactEntry, FactList, Identity, InputEntry,
    NamedContent, PolicyEntry, SCHEMA, VerdictEntry,
};
use keyproof_ledger::tree::SigningKey;
use keyproof_ledger::{Record, RecordId};
use serde::Serialize;

use super::store::{Ledger, View, Writer, read_signing_key};
use crate::arguments::{KeepingArguments, KeptArguments, OrderedType, ReferenceArguments};
use crate::exit::Failure;
use crate::facts::{Judging, LoadedPolicy};

/// Keeps the verdicts of one run.
pub(crate) struct Keeper {
    ledger: Ledger,
    key: SigningKey,
    operator: String,
    judged_by: JudgedBy,
}

/// What every verdict of one run was judged by.
struct JudgedBy {
    facts: Vec<(FactEntry, Vec<u8>)>,
    policy_files: Vec<(NamedContent, Vec<u8>)>,
    device_elsewhere: Judgement,
}

/// What a verdict rests on: what came, and what was seen of a live token.
#[derive(Clone, Copy)]
pub(crate) struct Seen<'a> {
    pub(crate) inputs: &'a [Input],
    pub(crate) observations: Option<&'a Observations>,
}

/// A submission that was judged.
pub(crate) struct Judged<'a> {
    pub(crate) seen: Seen<'a>,
    pub(crate) result: AttestationResult,
    pub(crate) reference: &'a Reference,
}

/// The CA's own references.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Reference {
    pub(crate) order: Option<String>,
    pub(crate) subscriber: Option<String>,
    pub(crate) certificate_type: Option<CertificateType>,
}

impl From<&ReferenceArguments> for Reference {
    fn from(arguments: &ReferenceArguments) -> Self {
        Self {
            order: arguments.order.clone(),
            subscriber: arguments.subscriber.clone(),
            certificate_type: arguments.certificate_type.map(|ordered| match ordered {
                OrderedType::Ev => CertificateType::Ev,
                OrderedType::NonEv => CertificateType::NonEv,
            }),
        }
    }
}

impl Reference {
    pub(crate) fn is_given(&self) -> bool {
        self.order.is_some() || self.subscriber.is_some() || self.certificate_type.is_some()
    }

    /// It was given where it would be ignored.
    pub(crate) fn unkept() -> Failure {
        Failure::usage(
            "an order, subscriber or certificate type is named, and no ledger to keep it in",
            "Name the ledger with --ledger, or leave it out.",
        )
    }
}

impl Keeper {
    /// Opens it for one verdict, whose references need a ledger to stand in.
    pub(crate) fn for_one(
        arguments: &KeepingArguments,
        judging: &Judging,
    ) -> Result<Option<Self>, Failure> {
        let keeper = Self::open(&arguments.kept, judging)?;
        match keeper {
            None if Reference::from(&arguments.reference).is_given() => Err(Reference::unkept()),
            keeper => Ok(keeper),
        }
    }

    /// Opens the ledger that the caller names, if one is named.
    pub(crate) fn open(
        arguments: &KeptArguments,
        judging: &Judging,
    ) -> Result<Option<Self>, Failure> {
        // Both are there with the ledger: the definition of the arguments says so.
        let (Some(place), Some(key), Some(operator)) =
            (&arguments.ledger, &arguments.ledger_key, &arguments.operator)
        else {
            return Ok(None);
        };
        Ok(Some(Self {
            ledger: Ledger::open(place)?,
            key: read_signing_key(key)?,
            operator: operator.clone(),
            judged_by: JudgedBy::of(&judging.files, &judging.policy),
        }))
    }

    /// The name of the ledger.
    pub(crate) fn origin(&self) -> &str {
        self.ledger.verifier().origin()
    }

    /// Keeps one verdict, and gives it back with the judgement of the earlier records.
    pub(crate) fn keep(
        &mut self,
        judged: Judged<'_>,
        now: Timestamp,
    ) -> Result<AttestationResult, Failure> {
        let mut kept = self.keep_all(vec![judged], now)?;
        kept.pop().ok_or_else(|| {
            Failure::new("the ledger gave no verdict back", "Report this as an error of keyproof.")
        })
    }

    /// Keeps many at once, all or none of them, in their order.
    pub(crate) fn keep_all(
        &mut self,
        judged: Vec<Judged<'_>>,
        now: Timestamp,
    ) -> Result<Vec<AttestationResult>, Failure> {
        let Self { ledger, key, operator, judged_by } = self;
        let origin = ledger.verifier().origin().to_owned();
        // The private key of an applicant is written nowhere, nor what may hold one, nor what came
        // with it.
        if judged.iter().all(|judged| forbids_keeping(&judged.result)) {
            return Ok(judged.into_iter().map(|judged| judged.result).collect());
        }
        ledger.write(key, now, |writer| {
            let facts = judged_by.keep(writer)?;
            let keep = |judged: Judged<'_>| {
                if forbids_keeping(&judged.result) {
                    return Ok(judged.result);
                }
                judged_by.record(writer, facts, &origin, operator, judged)
            };
            judged.into_iter().map(keep).collect()
        })
    }
}

impl JudgedBy {
    fn of(facts: &[FactFile], policy: &LoadedPolicy) -> Self {
        let facts = facts.iter().map(|file| {
            let entry = FactEntry {
                kind: file.kind.id().to_owned(),
                path: file.path.to_string(),
                sha256: Sha256::of(&file.bytes),
            };
            (entry, file.bytes.to_vec())
        });
        let policy_files = policy.files.iter().map(|(name, bytes)| {
            (NamedContent { name: name.clone(), sha256: Sha256::of(bytes) }, bytes.clone())
        });
        Self {
            facts: facts.collect(),
            policy_files: policy_files.collect(),
            device_elsewhere: policy.policy.device_elsewhere,
        }
    }

    /// Keeps the policy and the facts, and gives the name of the list of facts.
    fn keep(&self, writer: &mut Writer<'_>) -> Result<Sha256, Failure> {
        let list = FactList(self.facts.iter().map(|(entry, _)| entry.clone()).collect());
        let list = list.to_bytes();
        // It is kept together with its files.
        if !writer.view().has_content(Sha256::of(&list))? {
            for (_, bytes) in &self.facts {
                writer.keep(bytes)?;
            }
        }
        for (_, bytes) in &self.policy_files {
            writer.keep(bytes)?;
        }
        writer.keep(&list)
    }

    fn record(
        &self,
        writer: &mut Writer<'_>,
        facts: Sha256,
        origin: &str,
        operator: &str,
        judged: Judged<'_>,
    ) -> Result<AttestationResult, Failure> {
        let Judged { seen: Seen { inputs, observations }, result, reference } = judged;
        let identity = Identity::of(&result);
        let id = writer.next();
        let presented = Presented {
            identity: &identity,
            order: reference.order.as_deref(),
            subscriber: reference.subscriber.as_deref(),
        };
        let finding = judge_history(writer.view(), presented, id, self.device_elsewhere)?;
        let statement = RecordSummary { origin: origin.to_owned(), record: id.0 };
        let result = result.kept(finding, statement);

        let json = report::json(&result);
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
            inputs: inputs.iter().map(InputEntry::of).collect(),
            observations: observations
                .map(|observations| writer.keep(&observations.to_bytes()))
                .transpose()?,
            policy: PolicyEntry {
                name: result.policy().name.clone(),
                version: result.policy().version,
                sha256: result.policy().sha256,
                files: self.policy_files.iter().map(|(file, _)| file.clone()).collect(),
            },
            facts,
            version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        for input in inputs {
            writer.keep(&input.bytes)?;
        }
        writer.append(&Record {
            schema: SCHEMA.to_owned(),
            id,
            recorded_at: writer.now(),
            operator: operator.to_owned(),
            order: reference.order.clone(),
            subscriber: reference.subscriber.clone(),
            entry: Entry::Verdict(entry),
        })?;
        Ok(result)
    }
}

/// Judges a submission by the records before the place `id`, which is its own.
pub(super) fn judge_history(
    view: &mut View<'_>,
    presented: Presented<'_>,
    id: RecordId,
    device_elsewhere: Judgement,
) -> Result<Finding, Failure> {
    let deniable = presented.identity.deniable(presented.subscriber);
    let terms = presented.identity.terms().into_iter().chain(deniable.iter().map(Denied::term));
    let earlier = view.latest(terms, id)?;
    Ok(not_seen_before(presented, &earlier, device_elsewhere))
}

/// Whether a private key came, or what may hold one.
fn forbids_keeping(result: &AttestationResult) -> bool {
    let mut reasons = result.findings().iter().flat_map(|finding| finding.reasons());
    result.verdict() == Verdict::Reject && reasons.any(|reason| reason.code().forbids_keeping())
}
