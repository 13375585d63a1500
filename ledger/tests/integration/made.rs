//! Records made for tests. Everything here has its own clock: times are arguments.

use keyproof::encoding::hex::Sha256;
use keyproof::policy::default_policy;
use keyproof::result::Verdict;
use keyproof::time::Timestamp;
use keyproof::trust::AnchorStatus;
use keyproof_ledger::decision::Candidate;
use keyproof_ledger::record::{
    Decision, DenialEffect, DenialEntry, Denied, Device, Entry, Identity, IssuanceEntry,
    PolicyEntry, SCHEMA, SettlementEntry, VerdictEntry,
};
use keyproof_ledger::{Record, RecordId};

pub const DAY: i64 = 86_400;

pub fn at(text: &str) -> Timestamp {
    Timestamp::from_rfc3339(text).unwrap()
}

pub fn noon() -> Timestamp {
    at("2026-11-21T12:00:00Z")
}

pub fn key(name: &str) -> Sha256 {
    Sha256::of(name.as_bytes())
}

pub fn device() -> Device {
    Device { vendor: "Yubico".to_owned(), serial: "1234".to_owned(), partition: None }
}

pub fn identity() -> Identity {
    Identity {
        spki_sha256: Some(key("key")),
        device: Some(device()),
        evidence: Some(key("statement")),
    }
}

pub fn verdict() -> VerdictEntry {
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
        expected: keyproof::expectation::Expected::default(),
        companions: Vec::new(),
        observations: None,
        policy: PolicyEntry {
            name: "csbr".to_owned(),
            version: 1,
            sha256: default_policy().unwrap().sha256(),
            files: Vec::new(),
        },
        facts: key("facts"),
        version: "0.1.0".to_owned(),
    }
}

pub fn record(id: u64, subscriber: Option<&str>, order: Option<&str>, entry: Entry) -> Record {
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
pub fn accepted() -> Record {
    record(0, Some("acme"), Some("order-1"), Entry::Verdict(verdict()))
}

pub fn settled(id: u64, decision: Decision, by: &str) -> Record {
    let entry = SettlementEntry {
        about: RecordId(0),
        decision,
        reason: "weighed".to_owned(),
        documents: Vec::new(),
    };
    Record { operator: by.to_owned(), ..record(id, None, None, Entry::Settlement(entry)) }
}

pub fn issued(id: u64, serial: &str) -> Record {
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

pub fn denial(id: u64, effect: DenialEffect, denied: Denied) -> Record {
    let entry = DenialEntry { effect, denied, reason: "misuse".to_owned() };
    record(id, None, None, Entry::Denial(entry))
}

pub fn candidate(serial: &str) -> Candidate {
    Candidate {
        der: serial.as_bytes().to_vec(),
        sha256: key(serial),
        spki_sha256: key("key"),
        issuer: "CN=CA".to_owned(),
        serial: serial.to_owned(),
        not_after: noon().plus_seconds(460 * DAY),
    }
}
