//! Everything here has its own clock: times are arguments.

use signed_note::{Note, StandardSigner};
use tlog_tiles::Checkpoint;

use super::gate::{self, Candidate, Question};
use super::history::{Presented, not_seen_before};
use super::record::{
    AnchorEntry, CertificateType, Decision, DenialEffect, DenialEntry, Denied, Device, Entry,
    Identity, IssuanceEntry, MethodEntry, PolicyEntry, PruningEntry, SCHEMA, SettlementEntry,
    VerdictEntry,
};
use super::tree::{self, Hash, Head, SigningKey, TreeError, VerifierKey};
use super::{Record, RecordId, retention};
use keyproof::encoding::hex::Sha256;
use keyproof::policy::{AppraisalPolicy, ConfirmedAnchor, DualControl, Judgement, default_policy};
use keyproof::reason::ReasonCode;
use keyproof::result::{Outcome, Verdict};
use keyproof::time::Timestamp;
use keyproof::trust::AnchorStatus;

const DAY: i64 = 86_400;

fn at(text: &str) -> Timestamp {
    Timestamp::from_rfc3339(text).unwrap()
}

fn noon() -> Timestamp {
    at("2026-11-21T12:00:00Z")
}

fn key(name: &str) -> Sha256 {
    Sha256::of(name.as_bytes())
}

fn device() -> Device {
    Device { vendor: "Yubico".to_owned(), serial: "1234".to_owned(), partition: None }
}

fn identity() -> Identity {
    Identity {
        spki_sha256: Some(key("key")),
        device: Some(device()),
        evidence: Some(key("statement")),
    }
}

fn verdict() -> VerdictEntry {
    VerdictEntry {
        verdict: Verdict::Accept,
        trust: AnchorStatus::Production,
        anchors: Vec::new(),
        evaluated_at: noon(),
        certificate_type: None,
        spki_sha256: Some(key("key")),
        device: Some(device()),
        evidence: Some(key("statement")),
        result: key("result"),
        inputs: Vec::new(),
        observations: None,
        policy: PolicyEntry {
            name: "csbr-default".to_owned(),
            version: 1,
            sha256: default_policy().unwrap().sha256(),
            files: Vec::new(),
        },
        facts: key("facts"),
        version: "0.1.0".to_owned(),
    }
}

fn record(id: u64, subscriber: Option<&str>, order: Option<&str>, entry: Entry) -> Record {
    Record {
        schema: SCHEMA.to_owned(),
        id: RecordId(id),
        recorded_at: noon(),
        operator: "Alice".to_owned(),
        order: order.map(str::to_owned),
        subscriber: subscriber.map(str::to_owned),
        entry,
    }
}

/// The verdict with which most tests begin.
fn accepted() -> Record {
    record(0, Some("acme"), Some("order-1"), Entry::Verdict(verdict()))
}

fn settled(id: u64, decision: Decision, by: &str) -> Record {
    let entry = SettlementEntry {
        about: RecordId(0),
        decision,
        reason: "weighed".to_owned(),
        documents: Vec::new(),
    };
    Record { operator: by.to_owned(), ..record(id, None, None, Entry::Settlement(entry)) }
}

fn issued(id: u64, serial: &str) -> Record {
    let entry = IssuanceEntry {
        about: RecordId(0),
        certificate: key(serial),
        spki_sha256: key("key"),
        issuer: "CN=CA".to_owned(),
        serial: serial.to_owned(),
        not_after: noon().plus_seconds(460 * DAY),
    };
    record(id, Some("acme"), Some("order-1"), Entry::Issuance(entry))
}

fn denial(id: u64, effect: DenialEffect, denied: Denied) -> Record {
    let entry = DenialEntry { effect, denied, reason: "misuse".to_owned() };
    record(id, None, None, Entry::Denial(entry))
}

fn candidate(serial: &str) -> Candidate {
    Candidate {
        sha256: key(serial),
        spki_sha256: key("key"),
        issuer: "CN=CA".to_owned(),
        serial: serial.to_owned(),
        not_after: noon().plus_seconds(460 * DAY),
    }
}

fn decide_with(
    records: &[Record],
    order: Option<&str>,
    policy: &AppraisalPolicy,
    now: Timestamp,
) -> Result<RecordId, Vec<ReasonCode>> {
    let candidate = candidate("01");
    let question = Question { candidate: &candidate, order, policy, now };
    gate::decide(question, records)
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
    assert_eq!(at(noon().plus_seconds(-gate::CLOCK_TOLERANCE)), Ok(RecordId(0)));
    assert_eq!(
        at(noon().plus_seconds(-gate::CLOCK_TOLERANCE - 1)),
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
    let pass = gate::decide(question, &[accepted(), precertificate]).unwrap();
    assert!(!pass.is_bound, "these bytes are not recorded yet");
    assert!(gate::decide(question, &[accepted(), issued(1, "01")]).unwrap().is_bound);
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

/// Records from before anchors were kept, byte for byte, and the words of those that keep them.
#[test]
fn records_keep_what_each_anchor_is() {
    let older = accepted().to_bytes().unwrap();
    assert!(!String::from_utf8_lossy(&older).contains("anchors"));
    assert_eq!(Record::from_bytes(&older).unwrap(), accepted());
    let anchors = vec![AnchorEntry { spki_sha256: key("own"), status: AnchorStatus::Caller }];
    let entry = VerdictEntry { trust: AnchorStatus::Caller, anchors, ..verdict() };
    let kept = record(0, None, None, Entry::Verdict(entry));
    let bytes = kept.to_bytes().unwrap();
    assert!(String::from_utf8_lossy(&bytes).contains("\"trust\":\"caller\""));
    assert_eq!(Record::from_bytes(&bytes).unwrap(), kept);
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

#[test]
fn records_are_kept_to_the_second_and_longer_with_their_certificate() {
    let basis = accepted();
    let alone = retention::kept_until(&basis, [], 2).unwrap();
    assert_eq!(alone, at("2028-11-21T12:00:00Z"));
    let certificate = issued(1, "01");
    let with = retention::kept_until(&basis, [&certificate], 2).unwrap();
    // 460 days after the issuance, and two years.
    assert_eq!(with, at("2030-02-24T12:00:00Z"));
    assert_eq!(retention::root(&certificate), basis.id);
    let denial = denial(2, DenialEffect::Deny, Denied::Key(key("key")));
    assert_eq!(retention::kept_until(&denial, [], 2), None);
    let pruning = Entry::Pruning(PruningEntry { pruned: vec![RecordId(0)] });
    assert_eq!(retention::kept_until(&record(3, None, None, pruning), [], 2), None);
}

#[test]
fn a_record_has_one_form() {
    let record = accepted();
    let bytes = record.to_bytes().unwrap();
    assert_eq!(Record::from_bytes(&bytes).unwrap(), record);
    let text = String::from_utf8(bytes).unwrap();
    let other_forms = [
        text.replace("\"id\":0,", "\"id\": 0,"),
        text.replace("\"kind\":\"verdict\",", "\"kind\":\"verdict\",\"more\":1,"),
        text.replace("\"policy\":", "\"observations\":null,\"policy\":"),
        text.replace("2026-11-21T12:00:00Z", "2026-11-21T13:00:00+01:00"),
        text.replace("keyproof/record/v1", "keyproof/record/v2"),
        text.replace("\"operator\":\"Alice\"", "\"operator\":\"\\u0041lice\""),
        format!("{text} "),
    ];
    for form in other_forms {
        assert_ne!(form, text);
        assert!(Record::from_bytes(form.as_bytes()).is_err(), "{form}");
    }
}

#[test]
fn every_kind_of_record_reads_back_and_is_found_by_what_it_is_about() {
    let method = MethodEntry {
        method: 4,
        spki_sha256: key("key"),
        certificate_type: Some(CertificateType::Ev),
        reason: "audit".to_owned(),
        documents: Vec::new(),
    };
    let seen = VerdictEntry { observations: Some(key("observations")), ..verdict() };
    assert!(Entry::Verdict(seen.clone()).contents().contains(&key("observations")));
    let seen = record(6, None, None, Entry::Verdict(seen));
    assert_eq!(Record::from_bytes(&seen.to_bytes().unwrap()).unwrap(), seen);
    let records = [
        accepted(),
        record(1, None, None, Entry::Method(method)),
        settled(2, Decision::Approve, "Bob"),
        issued(3, "01"),
        denial(4, DenialEffect::Lift, Denied::Subscriber("acme".to_owned())),
        record(5, None, None, Entry::Pruning(PruningEntry { pruned: vec![RecordId(0)] })),
    ];
    let kinds: Vec<_> = records.iter().map(|record| record.entry.kind()).collect();
    assert_eq!(kinds, ["verdict", "method", "settlement", "issuance", "denial", "pruning"]);
    for record in &records {
        assert_eq!(&Record::from_bytes(&record.to_bytes().unwrap()).unwrap(), record);
    }
    let terms = |record: &Record| -> Vec<String> {
        record.terms().iter().map(|it| format!("{}={}", it.facet.id(), it.value)).collect()
    };
    let (spki, statement) = (key("key"), key("statement"));
    assert_eq!(
        terms(&records[0]),
        [
            format!("key={spki}"),
            "device=Yubico/1234".to_owned(),
            format!("evidence={statement}"),
            "order=order-1".to_owned(),
            "subscriber=acme".to_owned()
        ]
    );
    assert_eq!(terms(&records[2]), ["about=0"]);
    assert_eq!(terms(&records[4]), ["denied=subscriber:acme"]);
}

/// A tree in memory.
#[derive(Default)]
struct Grown {
    hashes: Vec<Hash>,
    size: u64,
}

impl Grown {
    fn of(records: u64) -> Self {
        let mut tree = Self::default();
        (0..records).for_each(|number| tree.append(&number.to_be_bytes()));
        tree
    }

    fn append(&mut self, body: &[u8]) {
        let leaf = tree::record_hash(body);
        let added = tree::added_hashes(self.size, leaf, &self.reader()).unwrap();
        self.hashes.extend(added);
        self.size += 1;
    }

    fn reader(&self) -> impl Fn(&[u64]) -> Result<Vec<Hash>, TreeError> {
        let hashes = self.hashes.clone();
        move |indexes| {
            let at = |index: &u64| hashes.get(usize::try_from(*index).unwrap()).copied();
            let missing = || TreeError::new("no such hash");
            indexes.iter().map(|index| at(index).ok_or_else(missing)).collect()
        }
    }

    fn root(&self) -> Hash {
        tree::root(self.size, &self.reader()).unwrap()
    }
}

/// RFC 6962 2.1, as it is written there.
fn root_by_definition(leaves: &[Vec<u8>]) -> [u8; 32] {
    let hash = |prefix: u8, parts: &[&[u8]]| {
        *Sha256::of(&[&[prefix], parts.concat().as_slice()].concat()).as_bytes()
    };
    match leaves {
        [] => *Sha256::of(b"").as_bytes(),
        [only] => hash(0, &[only]),
        _ => {
            let split = leaves.len().next_power_of_two() / 2;
            let (left, right) = leaves.split_at(split);
            hash(1, &[&root_by_definition(left), &root_by_definition(right)])
        }
    }
}

#[test]
fn the_tree_is_that_of_rfc_6962() {
    for size in 0..40_u64 {
        let leaves: Vec<Vec<u8>> = (0..size).map(|number| number.to_be_bytes().to_vec()).collect();
        assert_eq!(Grown::of(size).root().0, root_by_definition(&leaves), "{size}");
    }
}

#[test]
fn a_ledger_continues_its_own_checkpoints_and_no_others() {
    let (signer, text) = SigningKey::from_seed("ledger.example/1", &[7; 32]).unwrap();
    assert_eq!(SigningKey::from_text(&text).unwrap().verifier(), signer.verifier());
    let tree = Grown::of(23);
    for size in 0..=23 {
        let older = Grown::of(size);
        let checkpoint = signer.sign(size, older.root()).unwrap();
        let head = signer.verifier().open(&checkpoint).unwrap();
        assert_eq!((head.size, head.root), (size, older.root()));
        assert_eq!(tree::check_continues(23, tree.root(), &head, &tree.reader()), Ok(()));
    }
    // Cut back, or with another record in an early place.
    let longer = signer.verifier().open(&signer.sign(24, Grown::of(24).root()).unwrap()).unwrap();
    assert!(tree::check_continues(23, tree.root(), &longer, &tree.reader()).is_err());
    let mut other = Grown::default();
    other.append(b"another first record");
    (1..10_u64).for_each(|number| other.append(&number.to_be_bytes()));
    let other = signer.verifier().open(&signer.sign(10, other.root()).unwrap()).unwrap();
    assert!(tree::check_continues(23, tree.root(), &other, &tree.reader()).is_err());
}

#[test]
fn a_checkpoint_of_another_key_name_or_byte_is_refused() {
    let (signer, _) = SigningKey::from_seed("ledger.example/1", &[7; 32]).unwrap();
    let (stranger, _) = SigningKey::from_seed("ledger.example/1", &[8; 32]).unwrap();
    let (namesake, _) = SigningKey::from_seed("ledger.example/2", &[7; 32]).unwrap();
    let tree = Grown::of(3);
    let checkpoint = signer.sign(3, tree.root()).unwrap();
    assert!(signer.verifier().open(&checkpoint).is_ok());
    for other in [&stranger, &namesake] {
        assert!(signer.verifier().open(&other.sign(3, tree.root()).unwrap()).is_err());
        assert!(other.verifier().open(&checkpoint).is_err());
    }
    for place in 0..checkpoint.len() {
        let mut changed = checkpoint.clone();
        changed[place] ^= 1;
        assert!(signer.verifier().open(&changed).is_err(), "byte {place}");
    }
    assert!(VerifierKey::from_text("ledger.example/1+00000000+AAAA").is_err());
    assert!(SigningKey::from_seed("two words", &[7; 32]).is_err());
}

#[test]
fn a_seal_is_a_checkpoint_that_names_one_file() {
    let (signer, _) = SigningKey::from_seed("ledger.example/1", &[7; 32]).unwrap();
    let tree = Grown::of(3);
    let plain = signer.verifier().open(&signer.sign(3, tree.root()).unwrap()).unwrap();
    assert_eq!(plain.file, None);
    let seal = signer.seal(&plain, Sha256::of(b"file")).unwrap();
    let sealed = signer.verifier().open(&seal).unwrap();
    assert_eq!(sealed, Head { file: Some(Sha256::of(b"file")), ..plain.clone() });
    // The third line of a checkpoint ends what C2SP defines; lines behind it are extensions.
    let text = String::from_utf8(seal.clone()).unwrap();
    let line = format!("keyproof/file/v1 {}", Sha256::of(b"file"));
    assert_eq!(text.lines().nth(3), Some(line.as_str()));
    for place in 0..seal.len() {
        let mut changed = seal.clone();
        changed[place] ^= 1;
        assert!(signer.verifier().open(&changed).is_err(), "byte {place}");
    }
    let longer = Grown::of(9);
    assert_eq!(tree::check_continues(9, longer.root(), &sealed, &longer.reader()), Ok(()));
}

#[test]
fn extension_lines_of_others_are_theirs_and_ours_have_one_form() {
    let (signer, text) = SigningKey::from_seed("ledger.example/1", &[7; 32]).unwrap();
    let signed = |lines: &str| {
        let root = Grown::of(3).root();
        let checkpoint = Checkpoint::new("ledger.example/1", 3, root, lines).unwrap();
        let mut note = Note::new(&checkpoint.to_bytes(), &[]).unwrap();
        note.add_sigs(&[&StandardSigner::new(&text).unwrap()]).unwrap();
        signer.verifier().open(&note.to_bytes()).map(|head| head.file)
    };
    let file = Sha256::of(b"file");
    assert_eq!(signed("of someone else\n"), Ok(None));
    assert_eq!(signed(&format!("of someone else\nkeyproof/file/v1 {file}\n")), Ok(Some(file)));
    let ours = format!("keyproof/file/v1 {file}\n");
    for lines in ["keyproof/file/v1 00\n".to_owned(), format!("{ours}{ours}")] {
        assert!(signed(&lines).unwrap_err().to_string().contains("seals a file"), "{lines}");
    }
}
