//! The decision of the gate, from records alone.

use keyproof::encoding::hex::Sha256;
use keyproof::policy::{AppraisalPolicy, ConfirmedAnchor, DualControl, default_policy};
use keyproof::reason::ReasonCode;
use keyproof::result::Verdict;
use keyproof::time::Timestamp;
use keyproof::trust::AnchorStatus;
use keyproof_ledger::decision::{self, Question};
use keyproof_ledger::record::{
    AnchorEntry, CertificateType, Decision, DenialEffect, Denied, Entry, MethodEntry, VerdictEntry,
};
use keyproof_ledger::{Record, RecordId};

use crate::made::{DAY, accepted, candidate, denial, issued, key, noon, record, settled, verdict};

fn decide_with(
    records: &[Record],
    order: Option<&str>,
    policy: &AppraisalPolicy,
    now: Timestamp,
) -> Result<RecordId, Vec<ReasonCode>> {
    let candidate = candidate("01");
    let question = Question { candidate: &candidate, order, policy, now };
    decision::decide(question, records)
        .map(|pass| pass.about)
        .map_err(|reasons| reasons.iter().map(|reason| reason.code()).collect())
}

fn decide(records: &[Record]) -> Result<RecordId, Vec<ReasonCode>> {
    decide_with(records, None, &default_policy().unwrap(), noon())
}

#[test]
fn the_gate_passes_an_accept_and_nothing_without_one() {
    assert_eq!(decide(&[accepted()]), Ok(RecordId(0)));
    assert_eq!(decide(&[]), Err(vec![ReasonCode::GateNoVerdict]));
    let mut other = verdict();
    other.spki_sha256 = Some(key("another key"));
    let other = record(0, None, None, Entry::Verdict(other));
    assert_eq!(decide(&[other]), Err(vec![ReasonCode::GateNoVerdict]));
}

#[test]
fn the_last_verdict_counts_and_a_reject_is_never_passed_over() {
    let rejected = VerdictEntry { verdict: Verdict::Reject, ..verdict() };
    let rejected = record(1, Some("acme"), Some("order-1"), Entry::Verdict(rejected));
    assert_eq!(decide(&[accepted(), rejected.clone()]), Err(vec![ReasonCode::GateRejected]));
    let again = Record { id: RecordId(2), ..accepted() };
    assert_eq!(decide(&[accepted(), rejected, again]), Ok(RecordId(2)));
}

#[test]
fn a_verdict_serves_the_order_it_was_given_for() {
    let policy = default_policy().unwrap();
    let of = |order| decide_with(&[accepted()], Some(order), &policy, noon());
    assert_eq!(of("order-1"), Ok(RecordId(0)));
    assert_eq!(of("order-2"), Err(vec![ReasonCode::GateOtherOrder]));
}

#[test]
fn a_review_needs_a_person_and_a_refusal_ends_it() {
    let review = VerdictEntry { verdict: Verdict::Review, ..verdict() };
    let review = record(0, None, None, Entry::Verdict(review));
    assert_eq!(decide(std::slice::from_ref(&review)), Err(vec![ReasonCode::GateUnsettled]));
    let approved = settled(1, Decision::Approve, "Bob");
    assert_eq!(decide(&[review.clone(), approved.clone()]), Ok(RecordId(0)));
    let refused = settled(2, Decision::Refuse, "Carol");
    assert_eq!(decide(&[review, approved, refused]), Err(vec![ReasonCode::GateRefused]));
    let refused = settled(1, Decision::Refuse, "Carol");
    assert_eq!(decide(&[accepted(), refused]), Err(vec![ReasonCode::GateRefused]));
}

fn dual(control: DualControl) -> AppraisalPolicy {
    let endorsements = keyproof::facts::bundled().unwrap().endorsements;
    AppraisalPolicy::builder("dual", 1).dual_control(control).build(&endorsements).unwrap()
}

/// The records, their verdicts given under `policy`.
fn under(policy: &AppraisalPolicy, records: &[Record]) -> Vec<Record> {
    let mut records = records.to_vec();
    for record in &mut records {
        if let Entry::Verdict(entry) = &mut record.entry {
            entry.policy.sha256 = policy.sha256();
        }
    }
    records
}

#[test]
fn dual_control_takes_two_different_people() {
    let policy = dual(DualControl::Always);
    let of = |records: &[Record]| decide_with(&under(&policy, records), None, &policy, noon());
    let one = settled(1, Decision::Approve, "Bob Miller");
    let same = settled(2, Decision::Approve, "  bob  MILLER ");
    let other = settled(2, Decision::Approve, "Carol");
    assert_eq!(of(&[accepted()]), Err(vec![ReasonCode::GateSecondPerson]));
    assert_eq!(of(&[accepted(), one.clone()]), Err(vec![ReasonCode::GateSecondPerson]));
    assert_eq!(of(&[accepted(), one.clone(), same]), Err(vec![ReasonCode::GateSecondPerson]));
    assert_eq!(of(&[accepted(), one, other]), Ok(RecordId(0)));
}

#[test]
fn dual_control_for_extended_validation_leaves_only_what_is_said_to_be_another_type() {
    let policy = dual(DualControl::Ev);
    let of = |kind| {
        let entry = VerdictEntry { certificate_type: kind, ..verdict() };
        let record = record(0, None, None, Entry::Verdict(entry));
        decide_with(&under(&policy, &[record]), None, &policy, noon())
    };
    assert_eq!(of(Some(CertificateType::NonEv)), Ok(RecordId(0)));
    assert_eq!(of(Some(CertificateType::Ev)), Err(vec![ReasonCode::GateSecondPerson]));
    assert_eq!(of(None), Err(vec![ReasonCode::GateSecondPerson]));
}

#[test]
fn a_verdict_is_used_within_its_days_to_the_second_and_not_before_it_was_given() {
    let policy = default_policy().unwrap();
    let month = noon().plus_seconds(i64::from(policy.verdict_max_age_days) * DAY);
    let at = |now| decide_with(&[accepted()], None, &policy, now);
    assert_eq!(at(month), Ok(RecordId(0)));
    assert_eq!(at(month.plus_seconds(1)), Err(vec![ReasonCode::GateTooOld]));
    assert_eq!(at(noon().plus_seconds(-decision::CLOCK_TOLERANCE)), Ok(RecordId(0)));
    assert_eq!(
        at(noon().plus_seconds(-decision::CLOCK_TOLERANCE - 1)),
        Err(vec![ReasonCode::GateTooOld])
    );
    // Judged as of a time long past, though written today.
    let entry = VerdictEntry { evaluated_at: noon().plus_seconds(-31 * DAY), ..verdict() };
    let backdated = record(0, None, None, Entry::Verdict(entry));
    assert_eq!(decide(&[backdated]), Err(vec![ReasonCode::GateTooOld]));
}

#[test]
fn a_verdict_serves_one_certificate_and_its_precertificate() {
    assert_eq!(decide(&[accepted(), issued(1, "02")]), Err(vec![ReasonCode::GateAlreadyUsed]));
    // The same serial number of the same issuer: the pre-certificate, or EJBCA's second phase.
    let mut precertificate = issued(1, "01");
    if let Entry::Issuance(entry) = &mut precertificate.entry {
        entry.certificate = key("precertificate");
    }
    let policy = default_policy().unwrap();
    let candidate = candidate("01");
    let question = Question { candidate: &candidate, order: None, policy: &policy, now: noon() };
    let pass = decision::decide(question, &[accepted(), precertificate]).unwrap();
    assert!(!pass.is_bound, "these bytes are not recorded yet");
    assert!(decision::decide(question, &[accepted(), issued(1, "01")]).unwrap().is_bound);
}

#[test]
fn test_trust_another_policy_and_denials_close_the_gate() {
    let entry = VerdictEntry { trust: AnchorStatus::Test, ..verdict() };
    let test = record(0, None, None, Entry::Verdict(entry));
    assert_eq!(decide(&[test]), Err(vec![ReasonCode::GateTestTrust]));

    let mut entry = verdict();
    entry.policy.sha256 = key("older policy");
    let older = record(0, None, None, Entry::Verdict(entry));
    assert_eq!(decide(&[older]), Err(vec![ReasonCode::GateOtherPolicy]));

    let denials = [
        Denied::Key(key("key")),
        Denied::Device("Yubico/1234".to_owned()),
        Denied::Subscriber("acme".to_owned()),
    ];
    for denied in denials {
        let deny = denial(1, DenialEffect::Deny, denied.clone());
        let lift = denial(2, DenialEffect::Lift, denied);
        assert_eq!(decide(&[accepted(), deny.clone()]), Err(vec![ReasonCode::GateDenied]));
        assert_eq!(decide(&[accepted(), deny, lift]), Ok(RecordId(0)));
    }
    let other = denial(1, DenialEffect::Deny, Denied::Device("Yubico/12345".to_owned()));
    assert_eq!(decide(&[accepted(), other]), Ok(RecordId(0)));
}

/// What the caller added is the caller's word: a person's approval alone does not make it the CA's.
#[test]
fn trust_of_the_caller_passes_only_where_the_policy_names_the_key() {
    let named = Sha256::of(b"the caller's anchor");
    let endorsements = keyproof::facts::bundled().unwrap().endorsements;
    let confirmed = |spki_sha256| {
        let anchor = ConfirmedAnchor { spki_sha256, reference: "CA-7".to_owned() };
        let builder = AppraisalPolicy::builder("own", 1).confirmed_anchors([&anchor]);
        builder.build(&endorsements).unwrap()
    };
    let review = |trust, anchors: &[(Sha256, AnchorStatus)]| {
        let anchor = |(spki_sha256, status): &(Sha256, AnchorStatus)| AnchorEntry {
            spki_sha256: *spki_sha256,
            status: *status,
        };
        let anchors = anchors.iter().map(anchor).collect();
        let entry = VerdictEntry { trust, anchors, verdict: Verdict::Review, ..verdict() };
        record(0, Some("acme"), Some("order-1"), Entry::Verdict(entry))
    };
    let decide_under = |policy: &AppraisalPolicy, basis: Record| {
        let records = [basis, settled(1, Decision::Approve, "Bob")];
        decide_with(&under(policy, &records), None, policy, noon())
    };
    let (caller, unconfirmed) = (AnchorStatus::Caller, AnchorStatus::Unconfirmed);
    let manufacturer = (key("manufacturer"), AnchorStatus::Production);
    let refused = Err(vec![ReasonCode::GateCallerTrust]);

    let own = || review(caller, &[manufacturer, (named, caller)]);
    assert_eq!(decide_under(&default_policy().unwrap(), own()), refused);
    assert_eq!(decide_under(&confirmed(key("manufacturer")), own()), refused);
    assert_eq!(decide_under(&confirmed(named), own()), Ok(RecordId(0)));
    let two = review(caller, &[(named, caller), (key("another"), caller)]);
    assert_eq!(decide_under(&confirmed(named), two), refused);
    // Named, and approved by nobody.
    let policy = confirmed(named);
    let alone = under(&policy, &[own()]);
    let unsettled = Err(vec![ReasonCode::GateUnsettled]);
    assert_eq!(decide_with(&alone, None, &policy, noon()), unsettled);

    // A bundled anchor of one source is not the caller's; where a record does not say, it may be.
    let bundled = review(unconfirmed, &[(key("manufacturer"), unconfirmed)]);
    assert_eq!(decide_under(&default_policy().unwrap(), bundled), Ok(RecordId(0)));
    for trust in [caller, unconfirmed] {
        assert_eq!(decide_under(&confirmed(named), review(trust, &[])), refused);
    }
}

#[test]
fn every_reason_against_a_certificate_is_given() {
    let entry = VerdictEntry { trust: AnchorStatus::Test, verdict: Verdict::Review, ..verdict() };
    let review = record(0, None, None, Entry::Verdict(entry));
    assert_eq!(
        decide(&[review, issued(1, "02")]),
        Err(vec![
            ReasonCode::GateTestTrust,
            ReasonCode::GateUnsettled,
            ReasonCode::GateAlreadyUsed
        ])
    );
}

#[test]
fn documents_of_another_method_need_a_person() {
    let entry = MethodEntry {
        method: 6,
        spki_sha256: key("key"),
        certificate_type: None,
        reason: "auditor's report".to_owned(),
        documents: Vec::new(),
    };
    let method = record(0, None, None, Entry::Method(entry));
    assert_eq!(decide(std::slice::from_ref(&method)), Err(vec![ReasonCode::GateUnsettled]));
    assert_eq!(decide(&[method, settled(1, Decision::Approve, "Bob")]), Ok(RecordId(0)));
}
