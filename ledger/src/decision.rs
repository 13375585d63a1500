//! May this certificate be issued? The decision at the gate, from the records about its key.
//!
//! The last verdict about the key counts (of the order, where one is named), so that a later reject
//! is never passed over for an earlier accept. A verdict serves one certificate: CSBR 4.2.1 does not
//! list key attestation among the methods whose result may be used again.

use std::collections::BTreeSet;

use crate::history::standing_denial;
use crate::record::{
    CertificateType, Decision, Denied, Entry, Identity, IssuanceEntry, Record, RecordId,
    VerdictEntry,
};
use keyproof::encoding::hex::Sha256;
use keyproof::policy::{AppraisalPolicy, DualControl};
use keyproof::reason::{Reason, ReasonCode};
use keyproof::result::Verdict;
use keyproof::time::Timestamp;
use keyproof::trust::AnchorStatus;

/// The certificate about to be issued, or its pre-certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its bytes.
    pub der: Vec<u8>,
    /// SHA-256 of them.
    pub sha256: Sha256,
    /// Its key.
    pub spki_sha256: Sha256,
    /// Its issuer, as RFC 4514 text.
    pub issuer: String,
    /// Its serial number, in lower-case hexadecimal.
    pub serial: String,
    /// The end of its validity.
    pub not_after: Timestamp,
}

/// What the gate is asked.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The certificate.
    pub candidate: &'a Candidate,
    /// The order it is for, where the caller names it.
    pub order: Option<&'a str>,
    /// The policy that holds now.
    pub policy: &'a AppraisalPolicy,
    /// Now.
    pub now: Timestamp,
}

/// The certificate may be issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pass {
    /// The verdict or method that it rests on.
    pub about: RecordId,
    /// The reference of the order of that.
    pub order: Option<String>,
    /// The reference of the subscriber of that.
    pub subscriber: Option<String>,
    /// Whether these very bytes were bound to it before.
    pub is_bound: bool,
}

/// The clocks of several gates may differ by that many seconds.
pub const CLOCK_TOLERANCE: i64 = 300;

const DAY: i64 = 86_400;

/// Decides by `records`: in their order, those with the key of the candidate (of each
/// [`Record::mark`] the last one will do), and of the one that [`basis`] picks all that are about it
/// and the denials of what it names. Every reason against the certificate is given.
pub fn decide(question: Question<'_>, records: &[Record]) -> Result<Pass, Vec<Reason>> {
    let basis = basis(question, records)?;
    let standing = Standing::of(basis, records);
    let mut reasons = standing.against(question);
    reasons.extend(denials(basis, records));
    let bound =
        standing.issuances.iter().any(|(_, it)| it.certificate == question.candidate.sha256);
    if reasons.is_empty() {
        return Ok(Pass {
            about: basis.id,
            order: basis.order.clone(),
            subscriber: basis.subscriber.clone(),
            is_bound: bound,
        });
    }
    Err(reasons.into_iter().map(|reason| reason.with("record", basis.id.to_string())).collect())
}

/// The last verdict or method for the candidate's key, of the order that is named.
pub fn basis<'a>(question: Question<'_>, records: &'a [Record]) -> Result<&'a Record, Vec<Reason>> {
    let key = question.candidate.spki_sha256;
    let is_basis = |record: &&Record| {
        matches!(record.entry, Entry::Verdict(_) | Entry::Method(_))
            && record.entry.spki_sha256() == Some(key)
    };
    let of_order =
        |record: &&Record| question.order.is_none() || record.order.as_deref() == question.order;
    let mut of_key = records.iter().filter(is_basis);
    of_key.clone().rfind(of_order).ok_or_else(|| {
        vec![match of_key.next_back() {
            None => Reason::new(ReasonCode::GateNoVerdict).with("key-sha256", key.to_string()),
            Some(other) => Reason::new(ReasonCode::GateOtherOrder)
                .with("order", other.order.clone().unwrap_or_default())
                .with("record", other.id.to_string()),
        }]
    })
}

/// What the records about a verdict or method amount to.
#[derive(Clone, Debug)]
pub struct Standing<'a> {
    basis: &'a Record,
    /// Who approved it, by name without regard to case.
    approved_by: BTreeSet<String>,
    refused: Option<&'a Record>,
    issuances: Vec<(RecordId, &'a IssuanceEntry)>,
}

impl<'a> Standing<'a> {
    /// That of `basis`, which is a verdict or a method.
    pub fn of(basis: &'a Record, records: &'a [Record]) -> Self {
        let mut standing =
            Self { basis, approved_by: BTreeSet::new(), refused: None, issuances: Vec::new() };
        for record in records.iter().filter(|record| record.entry.about() == Some(basis.id)) {
            match &record.entry {
                Entry::Settlement(settlement) if settlement.decision == Decision::Approve => {
                    standing.approved_by.insert(person(&record.operator));
                }
                Entry::Settlement(_) => standing.refused = Some(record),
                Entry::Issuance(issuance) => standing.issuances.push((record.id, issuance)),
                _ => {}
            }
        }
        standing
    }

    /// Whether people have settled it in favour, as far as `policy` asks for people: a review and
    /// the documents of another method need one, dual control two. Whoever wrote the record counts
    /// only by approving.
    fn approval(&self, policy: &AppraisalPolicy) -> Result<(), Reason> {
        let needs_person = match &self.basis.entry {
            Entry::Verdict(entry) => entry.verdict == Verdict::Review,
            _ => true,
        };
        let is_dual = match policy.dual_control {
            DualControl::Never => false,
            DualControl::Ev => self.basis.entry.certificate_type() != Some(CertificateType::NonEv),
            DualControl::Always => true,
        };
        let needed = if is_dual { 2 } else { usize::from(needs_person) };
        let approved = self.approved_by.len();
        if approved >= needed {
            return Ok(());
        }
        let code = match (approved, needs_person) {
            (0, true) => ReasonCode::GateUnsettled,
            _ => ReasonCode::GateSecondPerson,
        };
        Err(Reason::new(code)
            .with("approved", approved.to_string())
            .with("needed", needed.to_string()))
    }

    fn against(&self, question: Question<'_>) -> Vec<Reason> {
        let mut reasons = Vec::new();
        let policy = question.policy;
        if let Entry::Verdict(entry) = &self.basis.entry {
            if entry.verdict == Verdict::Reject {
                reasons.push(ReasonCode::GateRejected.into());
            }
            if entry.trust == AnchorStatus::Test {
                reasons.push(ReasonCode::GateTestTrust.into());
            }
            reasons.extend(callers_anchors(entry, policy));
            if entry.policy.sha256 != policy.sha256() {
                reasons.push(
                    Reason::new(ReasonCode::GateOtherPolicy)
                        .with("then", format!("{} {}", entry.policy.name, entry.policy.version))
                        .with("now", format!("{} {}", policy.name, policy.version)),
                );
            }
        }
        if let Some(refused) = self.refused {
            reasons.push(
                Reason::new(ReasonCode::GateRefused).with("settlement", refused.id.to_string()),
            );
        }
        reasons.extend(self.approval(policy).err());
        if !self.is_fresh(question) {
            reasons.push(
                Reason::new(ReasonCode::GateTooOld)
                    .with("recorded-at", self.basis.recorded_at.to_string())
                    .with("max-days", policy.verdict_max_age_days.to_string()),
            );
        }
        let candidate = question.candidate;
        let is_other = |issuance: &IssuanceEntry| {
            (&issuance.issuer, &issuance.serial) != (&candidate.issuer, &candidate.serial)
        };
        if let Some((_, other)) = self.issuances.iter().find(|(_, issuance)| is_other(issuance)) {
            reasons.push(
                Reason::new(ReasonCode::GateAlreadyUsed)
                    .with("certificate", other.certificate.to_string())
                    .with("serial", other.serial.clone()),
            );
        }
        reasons
    }

    /// Neither written nor judged longer ago than the policy allows, nor in the future.
    fn is_fresh(&self, question: Question<'_>) -> bool {
        let longest = i64::from(question.policy.verdict_max_age_days).saturating_mul(DAY);
        let is_fresh = |then: Timestamp| {
            then.plus_seconds(longest) >= question.now
                && then <= question.now.plus_seconds(CLOCK_TOLERANCE)
        };
        let judged = match &self.basis.entry {
            Entry::Verdict(entry) => entry.evaluated_at,
            _ => self.basis.recorded_at,
        };
        is_fresh(self.basis.recorded_at) && is_fresh(judged)
    }
}

/// The anchors of the caller's that the verdict rests on and the policy does not name. Where no anchor
/// was kept, as in older records, one that was called unconfirmed may have been the caller's too.
fn callers_anchors(entry: &VerdictEntry, policy: &AppraisalPolicy) -> Vec<Reason> {
    let reason =
        |key: &str| Reason::new(ReasonCode::GateCallerTrust).with("anchor-key-sha256", key);
    let is_unsure = matches!(entry.trust, AnchorStatus::Unconfirmed | AnchorStatus::Caller);
    if entry.anchors.is_empty() && is_unsure {
        return vec![reason("not recorded")];
    }
    let callers = entry.anchors.iter().filter(|anchor| anchor.status == AnchorStatus::Caller);
    callers
        .filter(|anchor| policy.confirmed_anchor(anchor.spki_sha256).is_none())
        .map(|anchor| reason(&anchor.spki_sha256.to_string()))
        .collect()
}

/// The denials that stand against what `basis` names.
fn denials(basis: &Record, records: &[Record]) -> Vec<Reason> {
    let denied = deniable(basis);
    let standing = denied.iter().filter_map(|denied| standing_denial(denied, records));
    standing
        .map(|record| Reason::new(ReasonCode::GateDenied).with("denial", record.id.to_string()))
        .collect()
}

/// What of a verdict or method could be denied.
pub fn deniable(basis: &Record) -> Vec<Denied> {
    let (device, evidence) = match &basis.entry {
        Entry::Verdict(entry) => (entry.device.clone(), entry.evidence),
        _ => (None, None),
    };
    let identity = Identity { spki_sha256: basis.entry.spki_sha256(), device, evidence };
    identity.deniable(basis.subscriber.as_deref())
}

/// Two spellings of one name are one person.
fn person(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}
