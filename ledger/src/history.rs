//! What earlier records mean for a submission: the requirement `not-seen-before`.
//!
//! CSBR 4.2.2 forbids certificates for those who have misused one; 6.1.1.3 (4) for keys known to be
//! compromised; and a key that two subscribers present is not under the control of one of them. A
//! renewal with the same key, by the same subscriber, is none of these.

use crate::record::{DenialEffect, Denied, Entry, Identity, Record};
use keyproof::policy::Judgement;
use keyproof::reason::{Reason, ReasonCode};
use keyproof::result::{Finding, Outcome, Requirement, Verdict};

/// The submission at hand.
#[derive(Clone, Copy, Debug)]
pub struct Presented<'a> {
    /// Its key, module and evidence.
    pub identity: &'a Identity,
    /// The CA's reference of the order.
    pub order: Option<&'a str>,
    /// The CA's reference of the subscriber.
    pub subscriber: Option<&'a str>,
}

/// Judges `presented` by the earlier records that share a term with it, or deny one of its terms: all
/// of them, or of each [`Record::mark`] the last one; others among them do no harm. `device_elsewhere` is the policy's: see
/// [`AppraisalPolicy`](keyproof::policy::AppraisalPolicy).
pub fn not_seen_before(
    presented: Presented<'_>,
    earlier: &[Record],
    device_elsewhere: Judgement,
) -> Finding {
    let mut finding = Finding::satisfied(Requirement::NotSeenBefore);
    for denied in presented.identity.deniable(presented.subscriber) {
        if let Some(record) = standing_denial(&denied, earlier) {
            let reason = Reason::new(ReasonCode::HistoryDenied).with("denied", words(&denied));
            finding.add(Outcome::Unsatisfied, named(reason, record));
        }
    }
    let matters = [
        Matter {
            shared: "key",
            elsewhere: ReasonCode::HistoryKeyElsewhere,
            weight: Outcome::Unsatisfied,
        },
        Matter {
            shared: "attestation",
            elsewhere: ReasonCode::HistoryEvidenceElsewhere,
            weight: Outcome::Unsatisfied,
        },
        Matter {
            shared: "module",
            elsewhere: ReasonCode::HistoryDeviceElsewhere,
            weight: device_elsewhere.outcome(),
        },
    ];
    for matter in matters {
        let shares = |record: &&Record| matter.is_shared(presented.identity, record);
        let records: Vec<&Record> = earlier.iter().filter(shares).collect();
        let last_of = |is: &dyn Fn(&Record) -> bool| records.iter().rfind(|it| is(it)).copied();

        let other = |record: &Record| {
            let (then, now) = (record.subscriber.as_deref(), presented.subscriber);
            then.is_some() && now.is_some() && then != now
        };
        if let Some(record) = last_of(&|record| other(record) && !is_rejected(record)) {
            finding.add(matter.weight, named(Reason::new(matter.elsewhere), record));
        } else if let Some(record) = last_of(&other) {
            // Anyone can send what belongs to another and be rejected; that must not bar the owner.
            let weight = matter.weight.min(Outcome::Review);
            finding.add(weight, named(Reason::new(matter.elsewhere), record));
        }
        let unstated =
            |record: &Record| record.subscriber.is_none() || presented.subscriber.is_none();
        if let Some(record) = last_of(&unstated).filter(|record| !presented.is_same_order(record)) {
            let reason = Reason::new(ReasonCode::HistorySubscriberUnstated);
            finding.add(Outcome::Review, named(reason.with("shared", matter.shared), record));
        }
        let same = |record: &Record| {
            record.subscriber.is_some() && record.subscriber.as_deref() == presented.subscriber
        };
        if matter.elsewhere == ReasonCode::HistoryKeyElsewhere
            && let Some(record) = records.iter().rfind(|it| same(it) || presented.is_same_order(it))
        {
            let code = if presented.is_same_order(record) {
                ReasonCode::HistoryResubmission
            } else {
                ReasonCode::HistoryRenewal
            };
            finding.add(Outcome::Satisfied, named(Reason::new(code), record));
        }
    }
    finding
}

/// The denial of `denied` among `records` (in their order) that nothing has lifted.
pub fn standing_denial<'a>(denied: &Denied, records: &'a [Record]) -> Option<&'a Record> {
    let last = records.iter().rfind(
        |record| matches!(&record.entry, Entry::Denial(denial) if denial.denied == *denied),
    )?;
    let Entry::Denial(denial) = &last.entry else {
        return None;
    };
    (denial.effect == DenialEffect::Deny).then_some(last)
}

impl Presented<'_> {
    fn is_same_order(&self, record: &Record) -> bool {
        self.order.is_some() && record.order.as_deref() == self.order
    }
}

/// Something that two submissions can share.
struct Matter {
    shared: &'static str,
    elsewhere: ReasonCode,
    weight: Outcome,
}

impl Matter {
    fn is_shared(&self, identity: &Identity, record: &Record) -> bool {
        let (key, device, evidence) = match &record.entry {
            Entry::Verdict(it) => (it.spki_sha256, it.device.as_ref(), it.evidence),
            Entry::Method(it) => (Some(it.spki_sha256), None, None),
            _ => return false,
        };
        match self.elsewhere {
            ReasonCode::HistoryKeyElsewhere => key.is_some() && key == identity.spki_sha256,
            ReasonCode::HistoryEvidenceElsewhere => {
                evidence.is_some() && evidence == identity.evidence
            }
            _ => device.is_some() && device == identity.device.as_ref(),
        }
    }
}

fn is_rejected(record: &Record) -> bool {
    matches!(&record.entry, Entry::Verdict(entry) if entry.verdict == Verdict::Reject)
}

fn named(reason: Reason, record: &Record) -> Reason {
    let reason = reason.with("record", record.id.to_string());
    match &record.subscriber {
        Some(subscriber) => reason.with("subscriber", subscriber.clone()),
        None => reason,
    }
}

fn words(denied: &Denied) -> String {
    match denied {
        Denied::Key(sha256) => format!("key {sha256}"),
        Denied::Device(device) => format!("module {device}"),
        Denied::Subscriber(subscriber) => format!("subscriber {subscriber}"),
    }
}
