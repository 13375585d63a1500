//! A ledger for a test, on either database, and a submission to keep in it.

use std::path::Path;

use keyproof::encoding::hex::Sha256;
use keyproof::facts::{FactFile, FactKind, Facts, bundled_files};
use keyproof::policy::{AppraisalPolicy, default_yaml, parse_policy};
use keyproof::submission::Companion;
use keyproof::trust::ManifestOrigin;
use keyproof::{AttestationResult, Input, InputRole, Limits, Submission, Timestamp, Verifier};
use keyproof_ledger::check::Checked;
use keyproof_ledger::checkpoint::SigningKey;
use keyproof_ledger::decision::Candidate;
use keyproof_ledger::keep::{Judged, JudgedBy, Reference, Seen};
use keyproof_ledger::settle::Grounds;
use keyproof_ledger::{Ledger, Place, Writing};
use tempfile::TempDir;

use crate::made::noon;
use crate::server::Server;

/// An accept under the test anchor that lies beside it.
const SAMPLE: &str = "attestation-samples/intake/certificates-as-p7b";

/// What it is made from: where the files lie that it did not change.
const BASE: &str = "attestation-samples/yubico-piv/simulated-accept";

/// An empty ledger.
pub struct Fixture {
    pub place: Place,
    pub key: SigningKey,
    pub folder: TempDir,
    pub now: Timestamp,
    // Stops when the test ends.
    _server: Option<Server>,
}

/// Runs a test on both databases; on PostgreSQL only where it is installed.
pub fn on_both(test: impl Fn(&Fixture)) {
    test(&Fixture::in_file());
    if let Some(server) = Server::start() {
        test(&Fixture::at(&server.url(), Some(server)));
    }
}

impl Fixture {
    pub fn in_file() -> Self {
        Self::at("", None)
    }

    fn at(url: &str, server: Option<Server>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = match server {
            Some(_) => Place::Server(url.to_owned()),
            None => Place::File(folder.path().join("l.db")),
        };
        let key = SigningKey::from_seed("test.example/1", &[7; 32]).unwrap().0;
        Ledger::create(&place, &key).unwrap();
        Self { place, key, folder, now: noon(), _server: server }
    }

    pub fn open(&self) -> Ledger {
        Ledger::open(&self.place).unwrap()
    }

    /// That person, now.
    pub fn by<'a>(&'a self, operator: &'a str) -> Writing<'a> {
        Writing { key: &self.key, operator, now: self.now }
    }

    /// Keeps the verdict on the sample, for an order of a subscriber.
    pub fn keep(&self, order: &str, subscriber: &str) {
        let _ = self.verdict(&inputs(), order, subscriber);
    }

    /// Judges a submission, keeps the verdict, and gives it.
    pub fn verdict(&self, inputs: &[Input], order: &str, subscriber: &str) -> AttestationResult {
        self.verdict_under(default_yaml(), inputs, &[], &reference(order, subscriber))
    }

    /// The same under the policy of that text, with files that were not opened.
    pub fn verdict_under(
        &self,
        text: &str,
        inputs: &[Input],
        unopened: &[Companion],
        reference: &Reference,
    ) -> AttestationResult {
        let (files, policy) = (fact_files(), policy(text));
        let text = ("policy.yaml".to_owned(), text.as_bytes().to_vec());
        let judged_by = JudgedBy::new(&files, &policy, &[text]);
        let verifier = Verifier::new(Facts::from_files(&files).unwrap(), policy);
        let limits = Limits::default();
        let submission = Submission::unpack_beside(inputs.to_vec(), unopened.to_vec(), &limits);
        let result = verifier.appraise(&submission, noon());
        let companions = submission.companions();
        let seen = Seen { inputs, companions, observations: None };
        let judged = Judged { seen, result, reference };
        self.open().keep(self.by("Alice"), &judged_by, judged).unwrap()
    }

    /// That nothing is wrong with it.
    pub fn whole(&self) -> Checked {
        let checked = self.open().check(Some(self.key.verifier()), &[]).unwrap();
        assert!(checked.faults.is_empty(), "{:?}", checked.faults);
        checked
    }

    /// What somebody does who can write to the database and has no key.
    pub fn tamper(&self, sql: &str) {
        match &self.place {
            Place::File(path) => {
                rusqlite::Connection::open(path).unwrap().execute_batch(sql).unwrap();
            }
            Place::Server(url) => {
                postgres::Client::connect(url, postgres::NoTls)
                    .unwrap()
                    .batch_execute(sql)
                    .unwrap();
            }
        }
    }
}

pub fn reference(order: &str, subscriber: &str) -> Reference {
    let [order, subscriber] = [order, subscriber].map(|it| Some(it.to_owned()));
    Reference { order, subscriber, certificate_type: None }
}

pub fn grounds(documents: &[&str]) -> Grounds {
    let document = |name: &&str| ((*name).to_owned(), name.as_bytes().to_vec());
    Grounds { reason: "weighed".to_owned(), documents: documents.iter().map(document).collect() }
}

/// The policy of that text.
pub fn policy(text: &str) -> AppraisalPolicy {
    let endorsements = keyproof::facts::bundled().unwrap().endorsements;
    parse_policy("policy", text.as_bytes(), &endorsements, &mut |_| Err(String::new())).unwrap()
}

/// The bundled facts, and the sample's anchor.
pub fn fact_files() -> Vec<FactFile> {
    let kind = FactKind::Anchors(ManifestOrigin::Caller);
    let path = "sample/anchors.yaml".into();
    let own = FactFile { kind, path, bytes: read("anchors.yaml").into() };
    [bundled_files(), vec![own]].concat()
}

/// What was submitted: the evidence, and the request.
pub fn inputs() -> Vec<Input> {
    let input =
        |name: &str| Input { name: name.to_owned(), bytes: read(name), role: InputRole::Any };
    ["evidence.p7b", "request.pem"].map(input).to_vec()
}

/// A certificate for the key of the sample.
pub fn candidate(result: &AttestationResult, serial: &str) -> Candidate {
    let key = result.request().and_then(|request| request.public_key.as_ref()).unwrap();
    let spki_sha256 = key.spki_sha256;
    Candidate {
        spki_sha256,
        sha256: Sha256::of(serial.as_bytes()),
        ..crate::made::candidate(serial)
    }
}

fn read(name: &str) -> Vec<u8> {
    let of = |folder| std::fs::read(Path::new(crate::ROOT).join(folder).join(name));
    of(SAMPLE).or_else(|_| of(BASE)).unwrap()
}
