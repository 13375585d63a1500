//! Judging what is kept again: one verdict with the data of its time (`replay`), all of them by the
//! facts of today (`recheck`), or the auditor's sample (`sample`).

use std::collections::{BTreeMap, btree_map};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use keyproof::encoding::hex::Sha256;
use keyproof::facts::{FactFile, FactKind, Facts};
use keyproof::observation::Observations;
use keyproof::policy::{self, AppraisalPolicy};
use keyproof::reason::{Reason, ReasonCode};
use keyproof::report;
use keyproof::result::{AttestationResult, RecordSummary, Verdict};
use keyproof::submission::{Input, Limits, Submission};
use keyproof::time::Timestamp;
use keyproof::trust::ManifestOrigin;
use keyproof::{Outcome, Verifier};
use keyproof_ledger::history::Presented;
use keyproof_ledger::record::{
    CertificateType, Entry, Facet, FactEntry, FactList, Identity, IssuanceEntry, VerdictEntry,
};
use keyproof_ledger::{Record, RecordId};

use super::database::damaged;
use super::keeper::judge_history;
use super::listing::certificate_type;
use super::store::{Ledger, PAGE, Place, View, read_record};
use crate::arguments::TrustArguments;
use crate::exit::{Exit, Failure};
use crate::facts;
use crate::listing::Listing;
use crate::output::Destination;

/// Computes a verdict again and compares it with what is kept, byte for byte.
pub(super) fn replay(
    ledger: &mut Ledger,
    id: RecordId,
    screen: &Destination,
) -> Result<Exit, Failure> {
    let origin = ledger.verifier().origin().to_owned();
    let (same, version, again) = ledger.read(|view| {
        let record = view.present(id)?;
        let entry = verdict(&record)?;
        let again = recompute(view, &origin, &record, entry)?;
        Ok((again.as_bytes() == view.content(entry.result)?, entry.version.clone(), again))
    })?;
    screen.write(&again)?;
    if same {
        return Ok(Exit::Done);
    }
    Err(Failure::new(
        format!(
            "record {id} gives another result than the one that is kept, which was computed by keyproof {version}"
        ),
        "Compare with `keyproof ledger show`; a later version of keyproof may judge otherwise.",
    ))
}

/// The result of a kept submission by the data of its time and the records before it.
fn recompute(
    view: &mut View<'_>,
    origin: &str,
    record: &Record,
    entry: &VerdictEntry,
) -> Result<String, Failure> {
    let mut data = DataOfTheTime::default();
    let verifier = data.verifier(view, entry)?;
    let device_elsewhere = data.policy(view, entry)?.device_elsewhere;
    let result = appraise(view, entry, &verifier, &Limits::default())?;
    let identity = Identity::of(&result);
    let presented = Presented {
        identity: &identity,
        order: record.order.as_deref(),
        subscriber: record.subscriber.as_deref(),
    };
    let finding = judge_history(view, presented, record.id, device_elsewhere)?;
    let statement = RecordSummary { origin: origin.to_owned(), record: record.id.0 };
    Ok(report::json(&result.kept(finding, statement)))
}

fn verdict(record: &Record) -> Result<&VerdictEntry, Failure> {
    match &record.entry {
        Entry::Verdict(entry) => Ok(entry),
        other => Err(Failure::usage(
            format!("record {} is a record of kind {}, not a verdict", record.id, other.kind()),
            "Name a verdict, as `keyproof ledger list` shows it.",
        )),
    }
}

/// Judges what is kept of a submission, as of its time.
fn appraise(
    view: &mut View<'_>,
    entry: &VerdictEntry,
    verifier: &Verifier,
    limits: &Limits,
) -> Result<AttestationResult, Failure> {
    let submission = Submission::unpack(inputs(view, entry)?, limits);
    let observations = match entry.observations {
        Some(sha256) => {
            let read = Observations::from_bytes(&view.content(sha256)?);
            Some(read.map_err(|error| damaged(format!("observations {sha256}: {error}")))?)
        }
        None => None,
    };
    Ok(verifier.appraise_observed(&submission, observations.as_ref(), entry.evaluated_at))
}

fn inputs(view: &mut View<'_>, entry: &VerdictEntry) -> Result<Vec<Input>, Failure> {
    let read = |input: &keyproof_ledger::record::InputEntry| {
        let bytes = view.content(input.sha256)?;
        Ok(Input { name: input.name.clone(), bytes, role: input.role })
    };
    entry.inputs.iter().map(read).collect()
}

/// Facts and policies that verdicts were given by. Most verdicts share them.
#[derive(Default)]
struct DataOfTheTime {
    facts: BTreeMap<Sha256, Facts>,
}

impl DataOfTheTime {
    fn facts(&mut self, view: &mut View<'_>, list: Sha256) -> Result<Facts, Failure> {
        if let Some(facts) = self.facts.get(&list) {
            return Ok(facts.clone());
        }
        let facts = Facts::from_files(&fact_files(view, list)?)
            .map_err(|error| damaged(format!("facts {list}: {error}")))?;
        self.facts.insert(list, facts.clone());
        Ok(facts)
    }

    fn policy(
        &mut self,
        view: &mut View<'_>,
        entry: &VerdictEntry,
    ) -> Result<AppraisalPolicy, Failure> {
        let facts = self.facts(view, entry.facts)?;
        policy_of(view, entry, &facts)
    }

    fn verifier(&mut self, view: &mut View<'_>, entry: &VerdictEntry) -> Result<Verifier, Failure> {
        let policy = self.policy(view, entry)?;
        Ok(Verifier::new(self.facts(view, entry.facts)?, policy))
    }
}

/// The files of facts that a verdict was given by.
fn fact_files(view: &mut View<'_>, list: Sha256) -> Result<Vec<FactFile>, Failure> {
    let unreadable = |what: &dyn std::fmt::Display| damaged(format!("facts {list}: {what}"));
    let bytes = view.content(list)?;
    let FactList(entries) = FactList::from_bytes(&bytes).map_err(|error| unreadable(&error))?;
    let read = |entry: FactEntry| {
        Ok(FactFile {
            kind: FactKind::from_id(&entry.kind)
                .ok_or_else(|| unreadable(&format!("kind {}", entry.kind)))?,
            path: entry.path.into(),
            bytes: view.content(entry.sha256)?.into(),
        })
    };
    entries.into_iter().map(read).collect()
}

/// The policy of a verdict, read again with `facts`.
fn policy_of(
    view: &mut View<'_>,
    entry: &VerdictEntry,
    facts: &Facts,
) -> Result<AppraisalPolicy, Failure> {
    let mut files = Vec::new();
    for file in &entry.policy.files {
        files.push((file.name.clone(), view.content(file.sha256)?));
    }
    let Some(((name, bytes), lists)) = files.split_first() else {
        return Err(damaged("a verdict has no policy"));
    };
    let mut list = |wanted: &str| {
        let found = lists.iter().find(|(name, _)| name == wanted);
        found.map(|(_, bytes)| bytes.clone()).ok_or_else(|| "it was not kept".to_owned())
    };
    policy::parse_policy(name, bytes, &facts.endorsements, &mut list).map_err(|error| {
        Failure::new(
            format!("the policy of the verdict cannot be used with these facts: {error}"),
            "Name a policy with --policy.",
        )
    })
}

/// What the archive is judged by.
pub(super) struct Rule {
    files: Vec<FactFile>,
    facts: Facts,
    policy: Option<AppraisalPolicy>,
    /// Whether the anchors that the caller had added to a verdict are added to it again.
    adds_anchors_of_then: bool,
}

impl Rule {
    /// The facts of today, and a policy if one is named. Where no folder of anchors is named, each
    /// verdict keeps those that it was given by: that they are not named is no word against them.
    pub(super) fn today(policy: Option<&Path>, trust: &TrustArguments) -> Result<Self, Failure> {
        let files = facts::files(trust)?;
        let facts = facts::read(&files)?;
        let policy = policy.map(|file| facts::load_policy(Some(file), &facts)).transpose()?;
        let policy = policy.map(|loaded| loaded.policy);
        policy.iter().try_for_each(|policy| facts::check_distrust(policy, &facts))?;
        let adds_anchors_of_then = trust.folders.is_empty();
        Ok(Self { files, facts, policy, adds_anchors_of_then })
    }

    fn verifier(&self, view: &mut View<'_>, entry: &VerdictEntry) -> Result<Verifier, Failure> {
        let facts = self.facts(view, entry)?;
        let policy = match &self.policy {
            Some(policy) => policy.clone(),
            None => policy_of(view, entry, &facts)?,
        };
        Ok(Verifier::new(facts, policy))
    }

    fn facts(&self, view: &mut View<'_>, entry: &VerdictEntry) -> Result<Facts, Failure> {
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

/// A verdict that would not be given any more.
struct Affected {
    id: RecordId,
    order: Option<String>,
    then: Verdict,
    now: Verdict,
    reasons: Vec<ReasonCode>,
    /// What is distrusted, and why.
    distrusted: Vec<String>,
    issued: Vec<IssuanceEntry>,
}

/// Judges every kept submission as of the time it was judged first, by the facts of today, and tells
/// what is no longer what it was. Exit code 1 if anything is: on what was not issued yet, it may be.
pub(super) fn recheck(
    place: &Place,
    rule: &Rule,
    jobs: Option<usize>,
    screen: &Destination,
) -> Result<Exit, Failure> {
    let size = Ledger::open(place)?.read(|view| Ok(view.head().size))?;
    let jobs = jobs.or_else(|| std::thread::available_parallelism().ok().map(usize::from));
    let pages = AtomicU64::new(0);
    // Each thread reads for itself, so that none waits for another's disk.
    let done: Vec<Result<Rechecked, Failure>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..jobs.unwrap_or(1).max(1))
            .map(|_| scope.spawn(|| recheck_pages(place, rule, &pages, size)))
            .collect();
        let stopped =
            || Failure::new("a thread stopped", "Run it again, with --jobs 1 if need be.");
        threads.into_iter().map(|it| it.join().unwrap_or_else(|_| Err(stopped()))).collect()
    });
    let mut all = Rechecked::default();
    for part in done {
        let part = part?;
        all.judged = all.judged.saturating_add(part.judged);
        all.affected.extend(part.affected);
    }
    all.affected.sort_by_key(|affected| affected.id);
    let mut listing = Listing::default();
    listing.line(&format!("{} verdicts judged again, {} affected", all.judged, all.affected.len()));
    for it in &all.affected {
        tell(&mut listing, it);
    }
    screen.write(&listing.into_text())?;
    Ok(if all.affected.is_empty() { Exit::Done } else { Exit::Reject })
}

#[derive(Default)]
struct Rechecked {
    judged: u64,
    affected: Vec<Affected>,
}

/// Judges one page of records after the other, of those that no other thread has taken.
fn recheck_pages(
    place: &Place,
    rule: &Rule,
    pages: &AtomicU64,
    size: u64,
) -> Result<Rechecked, Failure> {
    let limits = Limits::default();
    let mut verifiers: BTreeMap<(Sha256, Sha256), Verifier> = BTreeMap::new();
    let mut done = Rechecked::default();
    Ledger::open(place)?.read(|view| {
        loop {
            let from = pages.fetch_add(1, Ordering::Relaxed).saturating_mul(PAGE);
            if from >= size {
                return Ok(());
            }
            for (id, body) in view.page(from)? {
                let Some(body) = body else { continue };
                let record = read_record(id, &body)?;
                let Entry::Verdict(entry) = &record.entry else { continue };
                let verifier = match verifiers.entry((entry.policy.sha256, entry.facts)) {
                    btree_map::Entry::Occupied(known) => known.into_mut(),
                    btree_map::Entry::Vacant(place) => place.insert(rule.verifier(view, entry)?),
                };
                let result = appraise(view, entry, verifier, &limits)?;
                done.judged = done.judged.saturating_add(1);
                done.affected.extend(compare(view, &record, entry, &result)?);
            }
        }
    })?;
    Ok(done)
}

/// A verdict that was better than it would be. What earlier records made of it is left out on both
/// sides: they are what they were.
fn compare(
    view: &mut View<'_>,
    record: &Record,
    entry: &VerdictEntry,
    result: &AttestationResult,
) -> Result<Option<Affected>, Failure> {
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
        id: record.id,
        order: record.order.clone(),
        then,
        now: result.verdict(),
        reasons,
        distrusted,
        issued: issued.collect(),
    }))
}

fn tell(listing: &mut Listing, affected: &Affected) {
    let order = affected.order.as_deref().unwrap_or("-");
    let (then, now) = (affected.then.id(), affected.now.id());
    listing.heading(&format!("Record {} (order {order}): {then}, today {now}", affected.id));
    let codes: Vec<&str> = affected.reasons.iter().map(|reason| reason.code()).collect();
    listing.field("reasons", &codes.join(", "));
    for distrusted in &affected.distrusted {
        listing.field("distrusted", distrusted);
    }
    if affected.issued.is_empty() {
        listing.field("certificates", "none was issued on it");
    }
    for issuance in &affected.issued {
        listing.field("certificate", &format!("{} of {}", issuance.serial, issuance.issuer));
        listing.field("its SHA-256", &issuance.certificate.to_string());
    }
    if !affected.issued.is_empty() {
        listing.field("clock", clock(affected));
    }
}

/// CSBR 4.9.1.1: what shows or may show the private key is revoked within a day, what was issued
/// against the rules within five. A review is for a person to weigh first; the clock starts with
/// what that person finds.
fn clock(affected: &Affected) -> &'static str {
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
    match affected.now {
        Verdict::Reject if affected.reasons.iter().any(exposes) => {
            "revoke within 24 hours (CSBR 4.9.1.1 (3) to (5))"
        }
        Verdict::Reject => "revoke within 5 days (CSBR 4.9.1.1 (11))",
        Verdict::Accept | Verdict::Review => {
            "a person must weigh it; the time of CSBR 4.9.1.1 runs from that finding"
        }
    }
}

/// What sample is drawn.
pub(super) struct Draw<'a> {
    pub(super) percent: u8,
    pub(super) seed: &'a str,
    pub(super) from: Option<Timestamp>,
    pub(super) to: Option<Timestamp>,
}

/// The sample of the self-audit (CSBR 8.7): of the certificates of each type, so many in a hundred.
/// Each is ranked by SHA-256 of the seed and its place, which nobody can steer without the seed and
/// anyone can compute with it.
pub(super) fn sample(
    ledger: &mut Ledger,
    draw: &Draw<'_>,
    screen: &Destination,
) -> Result<Exit, Failure> {
    let mut listing = Listing::default();
    let origin = ledger.verifier().origin().to_owned();
    let mut differs = 0_usize;
    ledger.read(|view| {
        let mut strata: BTreeMap<Option<CertificateType>, Vec<(Sha256, Record)>> = BTreeMap::new();
        view.each_record(|view, record| {
            let Entry::Issuance(issuance) = &record.entry else { return Ok(()) };
            let at = record.recorded_at;
            if draw.from.is_some_and(|from| at < from) || draw.to.is_some_and(|to| at >= to) {
                return Ok(());
            }
            let basis = view.record(issuance.about)?;
            let kind = basis.and_then(|basis| basis.entry.certificate_type());
            let rank = Sha256::of(format!("{}\n{}", draw.seed, record.id).as_bytes());
            strata.entry(kind).or_default().push((rank, record));
            Ok(())
        })?;
        listing.line(&format!(
            "Sample of {} in a hundred, seed {}, from the first {} records",
            draw.percent,
            draw.seed,
            view.head().size
        ));
        for (kind, mut issued) in strata {
            issued.sort_by_key(|(rank, _)| *rank);
            let all = issued.len();
            let drawn = all.saturating_mul(usize::from(draw.percent)).div_ceil(100);
            let kind = kind.map_or("type not said", certificate_type);
            listing.heading(&format!("{kind}: {drawn} of {all}"));
            for (_, record) in issued.into_iter().take(drawn) {
                let Entry::Issuance(issuance) = &record.entry else { continue };
                let found = examine(view, &origin, issuance.about)?;
                if found == Examined::Differs {
                    differs = differs.saturating_add(1);
                }
                listing.field(
                    &format!("record {}", record.id),
                    &format!(
                        "certificate {}, on record {}: {}",
                        issuance.serial,
                        issuance.about,
                        found.words()
                    ),
                );
            }
        }
        Ok(())
    })?;
    screen.write(&listing.into_text())?;
    Ok(if differs == 0 { Exit::Done } else { Exit::Reject })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Examined {
    Same,
    Differs,
    Documents,
    Pruned,
}

impl Examined {
    const fn words(self) -> &'static str {
        match self {
            Self::Same => "computed again, the same byte for byte",
            Self::Differs => "computed again, and not the same: see `keyproof ledger replay`",
            Self::Documents => "rests on documents: see `keyproof ledger show`",
            Self::Pruned => "pruned at the end of its time",
        }
    }
}

fn examine(view: &mut View<'_>, origin: &str, about: RecordId) -> Result<Examined, Failure> {
    let Some(record) = view.record(about)? else {
        return Ok(Examined::Pruned);
    };
    let Entry::Verdict(entry) = &record.entry else {
        return Ok(Examined::Documents);
    };
    let again = recompute(view, origin, &record, entry)?;
    let same = again.as_bytes() == view.content(entry.result)?;
    Ok(if same { Examined::Same } else { Examined::Differs })
}
