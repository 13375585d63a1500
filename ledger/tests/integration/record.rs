//! The form of records, the words they are found by, and how long they are kept.

use keyproof::trust::AnchorStatus;
use keyproof_ledger::record::{
    AnchorEntry, CertificateType, Decision, DenialEffect, Denied, Entry, MethodEntry, PruningEntry,
    VerdictEntry,
};
use keyproof_ledger::{Record, RecordId, retention};

use crate::made::{accepted, at, denial, issued, key, record, settled, verdict};

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
