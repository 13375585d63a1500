//! A verdict computed again, with the policy and the facts of its time and the records before it.

use keyproof::encoding::hex::Sha256;
use keyproof::facts::{FactFile, FactKind, Facts};
use keyproof::observation::Observations;
use keyproof::policy::{self, AppraisalPolicy};
use keyproof::reason::Language;
use keyproof::report;
use keyproof::result::AttestationResult;
use keyproof::submission::{Input, Limits, Submission};
use keyproof::{Knowledge, Verifier};
use serde::Serialize;

use crate::error::{Fault, LedgerError};
use crate::facts::facts;
use crate::keep::Standing;
use crate::record::{Entry, FactEntry, FactList, InputEntry, Record, RecordId, VerdictEntry};
use crate::store::{Ledger, View};

/// A verdict that was computed again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Replayed {
    /// The result, as JSON.
    pub result: String,
    /// Whether it is the one that is kept, byte for byte.
    pub is_same: bool,
    /// The version of keyproof that computed the one that is kept.
    pub version: String,
}

/// A record that was not computed again.
#[derive(Debug)]
pub enum ReplayError {
    /// It is no verdict.
    OtherKind {
        /// Its place.
        record: RecordId,
        /// What it is: [`Entry::kind`].
        kind: &'static str,
    },
    /// The ledger could not be used.
    Ledger(LedgerError),
}

facts!(ReplayError, or LedgerError);

impl Ledger {
    /// Computes the verdict `id` again.
    pub fn replay(&mut self, id: RecordId) -> Result<Replayed, ReplayError> {
        let origin = self.verifier().origin().to_owned();
        self.read(|view| {
            let record = view.present(id)?;
            let Entry::Verdict(entry) = &record.entry else {
                return Err(ReplayError::OtherKind { record: id, kind: record.entry.kind() });
            };
            Ok(replay(view, &origin, &record, entry)?)
        })
    }
}

pub(crate) fn replay(
    view: &mut View<'_>,
    origin: &str,
    record: &Record,
    entry: &VerdictEntry,
) -> Result<Replayed, LedgerError> {
    let files = fact_files(view, entry.facts)?;
    let unreadable = |why: String| Fault::Facts { list: entry.facts, why };
    let facts = Facts::from_files(&files).map_err(|error| unreadable(error.to_string()))?;
    let policy = policy_of(view, entry, &facts)?;
    let device_elsewhere = policy.device_elsewhere;
    let result = appraise(view, entry, &Verifier::new(facts, policy))?;
    let (order, subscriber) = (record.order.as_deref(), record.subscriber.as_deref());
    let standing = Standing { origin, id: record.id, order, subscriber };
    let (_, result) = standing.complete(view, result, device_elsewhere)?;
    let result = report::json(&result, Language::English);
    let is_same = result.as_bytes() == view.content(entry.result)?;
    Ok(Replayed { result, is_same, version: entry.version.clone() })
}

/// Judges what is kept of a submission, as of its time.
pub(crate) fn appraise(
    view: &mut View<'_>,
    entry: &VerdictEntry,
    verifier: &Verifier,
) -> Result<AttestationResult, LedgerError> {
    let mut read = |input: &InputEntry| {
        let bytes = view.content(input.sha256)?;
        Ok(Input { name: input.name.clone(), bytes, role: input.role })
    };
    let inputs = entry.inputs.iter().map(&mut read).collect::<Result<_, LedgerError>>()?;
    let submission =
        Submission::unpack_beside(inputs, entry.companions.clone(), &Limits::default());
    let observations = match entry.observations {
        Some(content) => {
            let unreadable = |why: String| Fault::Observations { content, why };
            let read = Observations::from_bytes(&view.content(content)?);
            Some(read.map_err(|error| unreadable(error.to_string()))?)
        }
        None => None,
    };
    let knowledge =
        Knowledge { observations: observations.as_ref(), expected: entry.expected.clone() };
    Ok(verifier.appraise_knowing(&submission, &knowledge, entry.evaluated_at))
}

/// The files of facts that a verdict was given by.
pub(crate) fn fact_files(view: &mut View<'_>, list: Sha256) -> Result<Vec<FactFile>, LedgerError> {
    let FactList(entries) = fact_list(view, list)?;
    let read = |entry: FactEntry| {
        let unknown = || Fault::Facts { list, why: format!("kind {}", entry.kind) };
        Ok(FactFile {
            kind: FactKind::from_id(&entry.kind).ok_or_else(unknown)?,
            path: entry.path.into(),
            bytes: view.content(entry.sha256)?.into(),
        })
    };
    entries.into_iter().map(read).collect()
}

/// A list of facts.
pub(crate) fn fact_list(view: &mut View<'_>, list: Sha256) -> Result<FactList, LedgerError> {
    let bytes = view.content(list)?;
    Ok(FactList::from_bytes(&bytes).map_err(|error| Fault::FactList { list, error })?)
}

/// The policy of a verdict, read again with `facts`.
pub(crate) fn policy_of(
    view: &mut View<'_>,
    entry: &VerdictEntry,
    facts: &Facts,
) -> Result<AppraisalPolicy, LedgerError> {
    let mut files = Vec::new();
    for file in &entry.policy.files {
        files.push((file.name.clone(), view.content(file.sha256)?));
    }
    let ((name, bytes), lists) = files.split_first().ok_or(Fault::PolicyMissing)?;
    let mut list = |wanted: &str| {
        let found = lists.iter().find(|(name, _)| name == wanted);
        found.map(|(_, bytes)| bytes.clone()).ok_or_else(|| "it was not kept".to_owned())
    };
    policy::parse_policy(name, bytes, &facts.endorsements, &mut list).map_err(LedgerError::Policy)
}
