//! What earlier records mean for a submission.

use keyproof::policy::Judgement;
use keyproof::reason::ReasonCode;
use keyproof::result::{Outcome, Verdict};
use keyproof_ledger::Record;
use keyproof_ledger::history::{Presented, not_seen_before};
use keyproof_ledger::record::{DenialEffect, Denied, Device, Entry, Identity, VerdictEntry};

use crate::made::{accepted, denial, device, identity, key, record, verdict};

fn history(
    subscriber: Option<&str>,
    order: Option<&str>,
    identity: &Identity,
    earlier: &[Record],
) -> (Outcome, Vec<ReasonCode>, Vec<ReasonCode>) {
    let presented = Presented { identity, order, subscriber };
    let finding = not_seen_before(presented, earlier, Judgement::Review);
    let codes = |reasons: &[keyproof::Reason]| reasons.iter().map(|it| it.code()).collect();
    (finding.outcome(), codes(finding.reasons()), codes(finding.notices()))
}

#[test]
fn nothing_seen_before_is_satisfied() {
    let none = history(Some("acme"), Some("order-1"), &identity(), &[]);
    assert_eq!(none, (Outcome::Satisfied, vec![], vec![]));
}

#[test]
fn the_same_subscriber_may_renew_with_the_same_key_and_send_again() {
    let earlier = [accepted()];
    let renewal = history(Some("acme"), Some("order-2"), &identity(), &earlier);
    assert_eq!(renewal, (Outcome::Satisfied, vec![], vec![ReasonCode::HistoryRenewal]));
    let again = history(Some("acme"), Some("order-1"), &identity(), &earlier);
    assert_eq!(again, (Outcome::Satisfied, vec![], vec![ReasonCode::HistoryResubmission]));
}

#[test]
fn a_key_an_attestation_or_a_module_of_another_subscriber_is_seen() {
    let earlier = [accepted()];
    let (outcome, reasons, notices) =
        history(Some("other"), Some("order-2"), &identity(), &earlier);
    assert_eq!(outcome, Outcome::Unsatisfied);
    assert_eq!(notices, []);
    assert_eq!(
        reasons,
        [
            ReasonCode::HistoryKeyElsewhere,
            ReasonCode::HistoryEvidenceElsewhere,
            ReasonCode::HistoryDeviceElsewhere
        ]
    );
    let only_device = Identity {
        spki_sha256: Some(key("another key")),
        evidence: Some(key("another statement")),
        ..identity()
    };
    let (outcome, reasons, _) = history(Some("other"), None, &only_device, &earlier);
    assert_eq!((outcome, reasons), (Outcome::Review, vec![ReasonCode::HistoryDeviceElsewhere]));
    let only_evidence =
        Identity { spki_sha256: Some(key("another key")), device: None, ..identity() };
    let (outcome, reasons, _) = history(Some("other"), None, &only_evidence, &earlier);
    assert_eq!(
        (outcome, reasons),
        (Outcome::Unsatisfied, vec![ReasonCode::HistoryEvidenceElsewhere])
    );
}

#[test]
fn a_stranger_who_was_rejected_cannot_bar_the_owner() {
    let entry = VerdictEntry { verdict: Verdict::Reject, ..verdict() };
    let stranger = record(0, Some("stranger"), None, Entry::Verdict(entry));
    let (outcome, reasons, _) = history(Some("acme"), None, &identity(), &[stranger]);
    assert_eq!(outcome, Outcome::Review);
    assert!(reasons.contains(&ReasonCode::HistoryKeyElsewhere));
}

#[test]
fn two_partitions_of_one_module_are_not_one() {
    let partition = |name: &str| Device { partition: Some(name.to_owned()), ..device() };
    let entry = VerdictEntry {
        device: Some(partition("one")),
        spki_sha256: Some(key("another key")),
        evidence: Some(key("another statement")),
        ..verdict()
    };
    let earlier = [record(0, Some("acme"), None, Entry::Verdict(entry))];
    let of = |name| Identity { device: Some(partition(name)), ..identity() };
    assert_eq!(history(Some("other"), None, &of("two"), &earlier).0, Outcome::Satisfied);
    assert_eq!(history(Some("other"), None, &of("one"), &earlier).0, Outcome::Review);
    // Yet who denies the module denies each of its partitions.
    let deny = denial(1, DenialEffect::Deny, Denied::Device("Yubico/1234".to_owned()));
    let (outcome, reasons, _) = history(Some("other"), None, &of("two"), &[deny]);
    assert_eq!((outcome, reasons), (Outcome::Unsatisfied, vec![ReasonCode::HistoryDenied]));
}

#[test]
fn without_a_subscriber_a_person_must_compare() {
    let unstated = history(None, None, &identity(), &[accepted()]);
    assert_eq!(unstated.0, Outcome::Review);
    assert!(unstated.1.iter().all(|code| *code == ReasonCode::HistorySubscriberUnstated));
    let earlier = Record { subscriber: None, ..accepted() };
    assert_eq!(history(Some("acme"), None, &identity(), &[earlier]).0, Outcome::Review);
}
