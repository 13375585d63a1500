//! The archive, judged again by the facts of today.

use std::collections::{BTreeMap, btree_map};
use std::num::NonZero;
use std::sync::atomic::{AtomicU64, Ordering};

use keyproof::encoding::hex::Sha256;
use keyproof::facts::{FactFile, FactKind, Facts};
use keyproof::policy::AppraisalPolicy;
use keyproof::reason::{Reason, ReasonCode};
use keyproof::result::{AttestationResult, Finding, Requirement, Verdict};
use keyproof::trust::ManifestOrigin;
use keyproof::{Outcome, Verifier};
use serde::{Serialize, Serializer};

use crate::error::LedgerError;
use crate::place::Place;
use crate::record::{Entry, Facet, IssuanceEntry, Record, RecordId, VerdictEntry};
use crate::replay::{appraise, fact_files, policy_of};
use crate::store::{Ledger, PAGE, View, read_record};

/// What the archive is judged by.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The files of facts, and what they say.
    pub files: Vec<FactFile>,
    /// The facts of these files.
    pub facts: Facts,
    /// The policy; `None` for that of each verdict.
    pub policy: Option<AppraisalPolicy>,
    /// Whether the anchors that the caller had added to a verdict are added to it again.
    pub adds_anchors_of_then: bool,
}

/// What a recheck found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Rechecked {
    /// The verdicts that were judged again.
    pub judged: u64,
    /// Those that would not be given any more, in their order.
    pub affected: Vec<Affected>,
    /// How many would be better. Nothing follows from them: whoever was refused may send it again.
    pub better: u64,
}

/// A verdict that would not be given any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Affected {
    /// Its place.
    pub record: RecordId,
    /// Its order.
    pub order: Option<String>,
    /// What it was.
    pub then: Verdict,
    /// What it would be.
    pub now: Verdict,
    /// Why: each code once.
    #[serde(serialize_with = "as_words")]
    pub reasons: Vec<ReasonCode>,
    /// What it rests on that is distrusted, and why.
    pub distrusted: Vec<String>,
    /// The certificates that were issued on it.
    pub issued: Vec<IssuanceEntry>,
}

fn as_words<S: Serializer>(codes: &[ReasonCode], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(codes.iter().map(|code| code.code()))
}

/// By when a certificate that was issued on a verdict is to be revoked (CSBR 4.9.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Revocation {
    /// Within 24 hours, by (3) to (5): the private key is shown, or may be.
    Day,
    /// Within 5 days, by (11): it was issued against the rules.
    FiveDays,
    /// A person must weigh it; the time runs from what that person finds.
    Weighed,
}

impl Affected {
    /// By when the certificates that were issued on it are to be revoked.
    pub fn revocation(&self) -> Revocation {
        let exposes = |code: &ReasonCode| {
            matches!(
                code,
                ReasonCode::KeyRoca
                    | ReasonCode::KeyWeak
                    | ReasonCode::KeyFermat
                    | ReasonCode::KeyCompromised
                    | ReasonCode::KeyDebianWeak
                    | ReasonCode::DeviceAdvisory
                    | ReasonCode::AttestationImported
                    | ReasonCode::AttestationExportable
            )
        };
        match self.now {
            Verdict::Reject if self.reasons.iter().any(exposes) => Revocation::Day,
            Verdict::Reject => Revocation::FiveDays,
            Verdict::Accept | Verdict::Review => Revocation::Weighed,
        }
    }
}

impl Ledger {
    /// Judges every submission as of the time it was judged first, on so many threads, and tells
    /// which verdicts are worse than they were.
    pub fn recheck(
        &mut self,
        rule: &Rule,
        threads: NonZero<usize>,
    ) -> Result<Rechecked, LedgerError> {
        let size = self.head()?.size;
        let place = self.place();
        let pages = AtomicU64::new(0);
        // Each thread reads for itself, so that none waits for another's disk.
        let parts: Vec<Result<Rechecked, LedgerError>> = std::thread::scope(|scope| {
            let start = |_| scope.spawn(|| recheck_pages(place, rule, &pages, size));
            let threads: Vec<_> = (0..threads.get()).map(start).collect();
            let join = |thread: std::thread::ScopedJoinHandle<'_, _>| {
                thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            };
            threads.into_iter().map(join).collect()
        });
        let mut all = Rechecked::default();
        for part in parts {
            let part = part?;
            all.judged = all.judged.saturating_add(part.judged);
            all.affected.extend(part.affected);
            all.better = all.better.saturating_add(part.better);
        }
        all.affected.sort_by_key(|affected| affected.record);
        Ok(all)
    }
}

impl Rule {
    fn verifier(&self, view: &mut View<'_>, entry: &VerdictEntry) -> Result<Verifier, LedgerError> {
        let facts = self.facts(view, entry)?;
        let policy = match &self.policy {
            Some(policy) => policy.clone(),
            None => policy_of(view, entry, &facts)?,
        };
        Ok(Verifier::new(facts, policy))
    }

    fn facts(&self, view: &mut View<'_>, entry: &VerdictEntry) -> Result<Facts, LedgerError> {
        let mut added = Vec::new();
        if self.adds_anchors_of_then {
            added = fact_files(view, entry.facts)?;
            let of_caller = FactKind::Anchors(ManifestOrigin::Caller);
            added.retain(|file| file.kind == of_caller || file.kind == FactKind::Certificate);
            if added.iter().all(|file| file.kind != of_caller) {
                added.clear();
            }
        }
        if added.is_empty() {
            return Ok(self.facts.clone());
        }
        let files = [self.files.as_slice(), &added].concat();
        // A release can have taken up what a caller had added: then it is known by the release.
        Ok(Facts::from_files(&files).unwrap_or_else(|_| self.facts.clone()))
    }
}

/// Judges one page of records after the other, of those that no other thread has taken.
fn recheck_pages(
    place: &Place,
    rule: &Rule,
    pages: &AtomicU64,
    size: u64,
) -> Result<Rechecked, LedgerError> {
    // Most verdicts share policy and facts.
    let mut verifiers: BTreeMap<(Sha256, Sha256), Verifier> = BTreeMap::new();
    let mut done = Rechecked::default();
    Ledger::open(place)?.read(|view| {
        loop {
            let from = pages.fetch_add(1, Ordering::Relaxed).saturating_mul(PAGE);
            if from >= size {
                return Ok(done);
            }
            for (id, body) in view.page(from)? {
                let Some(body) = body else { continue };
                let record = read_record(id, &body)?;
                let Entry::Verdict(entry) = &record.entry else { continue };
                let verifier = match verifiers.entry((entry.policy.sha256, entry.facts)) {
                    btree_map::Entry::Occupied(known) => known.into_mut(),
                    btree_map::Entry::Vacant(place) => place.insert(rule.verifier(view, entry)?),
                };
                let result = appraise(view, entry, verifier)?;
                done.judged = done.judged.saturating_add(1);
                done.affected.extend(compare(view, &record, entry, &result)?);
                let is_better = is_better(view, entry, &result)?;
                done.better = done.better.saturating_add(u64::from(is_better));
            }
        }
    })
}

/// Whether a verdict would be better, leaving out what earlier records made of it.
fn is_better(
    view: &mut View<'_>,
    entry: &VerdictEntry,
    result: &AttestationResult,
) -> Result<bool, LedgerError> {
    if result.verdict() >= entry.verdict {
        return Ok(false);
    }
    // One that cannot be read is none to compare with.
    let kept = view.content(entry.result)?;
    let then = AttestationResult::from_json(&kept).ok().map(|kept| {
        let without = |it: &&Finding| it.requirement() != Requirement::NotSeenBefore;
        let worst = kept.findings().iter().filter(without).map(Finding::outcome).max();
        match worst {
            Some(Outcome::Satisfied) => Verdict::Accept,
            Some(Outcome::Review) => Verdict::Review,
            _ => Verdict::Reject,
        }
    });
    Ok(then.is_some_and(|then| result.verdict() < then))
}

/// A verdict that was better than it would be. What earlier records made of it is left out on both
/// sides: they are what they were.
fn compare(
    view: &mut View<'_>,
    record: &Record,
    entry: &VerdictEntry,
    result: &AttestationResult,
) -> Result<Option<Affected>, LedgerError> {
    let then = entry.verdict;
    if then == Verdict::Reject || result.verdict() <= then {
        return Ok(None);
    }
    let findings = result.findings().iter();
    let against: Vec<&Reason> = findings
        .filter(|finding| finding.outcome() != Outcome::Satisfied)
        .flat_map(|finding| finding.reasons())
        .collect();
    let distrusted = against.iter().filter_map(|reason| {
        let fact = |name| reason.detail().get(name).map_or("", String::as_str);
        (reason.code() == ReasonCode::ChainDistrusted)
            .then(|| format!("{}: {}", fact("distrusted"), fact("why")))
    });
    let distrusted = distrusted.collect();
    let mut reasons: Vec<ReasonCode> = against.iter().map(|reason| reason.code()).collect();
    reasons.sort_unstable();
    reasons.dedup();
    let later = view.find([Facet::About.term(record.id)])?;
    let issued = later.into_iter().filter_map(|record| match record.entry {
        Entry::Issuance(issuance) => Some(issuance),
        _ => None,
    });
    Ok(Some(Affected {
        record: record.id,
        order: record.order.clone(),
        then,
        now: result.verdict(),
        reasons,
        distrusted,
        issued: issued.collect(),
    }))
}
