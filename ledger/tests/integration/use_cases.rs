//! What people do with a ledger, one thing after the other, and what it refuses.

use std::num::NonZero;

use keyproof::facts::{Bundle, BundleTrust, ClaimedBundle, Facts};
use keyproof::policy::{default_policy, default_yaml};
use keyproof::reason::{Language, Reason, ReasonCode};
use keyproof::result::Verdict;
use keyproof::submission::{Companion, Extent};
use keyproof::{Input, InputRole, Limits, Outcome, Submission, Verifier};
use keyproof_ledger::adoption::{AdoptError, Proposal};
use keyproof_ledger::check::Sealed;
use keyproof_ledger::decision::Candidate;
use keyproof_ledger::error::{FileStep, UrlError};
use keyproof_ledger::gate::CandidateError;
use keyproof_ledger::keep::{Judged, JudgedBy, Seen};
use keyproof_ledger::list::{Contents, Wanted};
use keyproof_ledger::method::{MethodError, NoKey};
use keyproof_ledger::recheck::{Revocation, Rule};
use keyproof_ledger::record::{Decision, DenialEffect, Denied};
use keyproof_ledger::replay::ReplayError;
use keyproof_ledger::sample::{Draw, Examined};
use keyproof_ledger::settle::SettleError;
use keyproof_ledger::{Fault, Ledger, LedgerError, Place, RecordId};

use crate::fixture::{Fixture, candidate, fact_files, grounds, inputs, on_both, policy, reference};
use crate::made::{at, noon};

fn codes(reasons: &[Reason]) -> Vec<ReasonCode> {
    reasons.iter().map(Reason::code).collect()
}

fn list(ledger: &mut Ledger, wanted: &Wanted) -> Vec<u64> {
    let mut found = Vec::new();
    ledger.list(wanted, |record| found.push(record.id.0)).unwrap();
    found
}

#[test]
fn a_verdict_is_kept_settled_passed_and_computed_again() {
    on_both(|it| {
        let result = it.verdict(&inputs(), "o-1", "acme");
        let finding = result.findings().last().unwrap();
        assert_eq!((result.findings().len(), finding.outcome()), (9, Outcome::Satisfied));
        let policy = default_policy().unwrap();
        let first = candidate(&result, "01");
        let decide = |candidate: &Candidate, order: Option<&str>| {
            let decision = it.open().decide(it.by("gate"), candidate, order, &policy).unwrap();
            decision.map_err(|reasons| codes(&reasons))
        };
        // An accept under a test anchor passes no gate.
        assert_eq!(decide(&first, None), Err(vec![ReasonCode::GateTestTrust]));

        let request = &inputs()[1];
        let mut ledger = it.open();
        let method = ledger
            .record_method(it.by("Alice"), 6, request, &reference("o-2", "acme"), &grounds(&["a"]))
            .unwrap();
        assert_eq!(method, RecordId(1));
        assert_eq!(decide(&first, Some("o-2")), Err(vec![ReasonCode::GateUnsettled]));
        let approved =
            ledger.settle(it.by("Bob"), method, Decision::Approve, &grounds(&["b"])).unwrap();
        assert_eq!(approved, RecordId(2));
        for is_bound in [false, true] {
            let pass = decide(&first, Some("o-2")).unwrap();
            assert_eq!((pass.about, pass.is_bound), (method, is_bound));
        }
        let other = candidate(&result, "02");
        assert_eq!(decide(&other, Some("o-2")), Err(vec![ReasonCode::GateAlreadyUsed]));
        assert_eq!(decide(&other, Some("o-3")), Err(vec![ReasonCode::GateOtherOrder]));

        let replayed = ledger.replay(RecordId(0)).unwrap();
        assert!(replayed.is_same);
        assert_eq!(replayed.result, keyproof::report::json(&result, Language::English));
        let shown = ledger.show(RecordId(0), 2, Contents::All).unwrap();
        let names: Vec<&str> = shown.contents.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["result.json", "input-1.p7b", "input-2.pem", "policy-1.yaml"]);
        assert_eq!(shown.contents[2].bytes, request.bytes);
        assert_eq!(ledger.show(method, 2, Contents::Result).unwrap().since.len(), 2);

        assert_eq!(list(&mut ledger, &Wanted::default()), [0, 1, 2, 3]);
        let order = Wanted { order: Some("o-2".to_owned()), ..Wanted::default() };
        assert_eq!(list(&mut ledger, &order), [1, 2, 3]);
        let both = Wanted { key: Some(first.spki_sha256), ..order };
        assert_eq!(list(&mut ledger, &both), [1]);

        let draw = Draw { percent: 1, seed: "s", from: None, to: None };
        let sample = ledger.sample(&draw).unwrap();
        assert_eq!(sample.strata[0].drawn[0].found, Examined::Documents);
        let nothing = Draw { to: Some(noon()), ..draw };
        assert_eq!(ledger.sample(&nothing).unwrap().strata, []);
        let mut files = Vec::new();
        let count = ledger.export(|name, _| {
            files.push(name.to_owned());
            Ok::<_, LedgerError>(())
        });
        assert_eq!(count.unwrap(), 4);
        for name in ["records/00000003.json", "index.csv", "checkpoint", "verifier-key"] {
            assert!(files.contains(&name.to_owned()), "{name}: {files:?}");
        }
        assert_eq!(it.whole().records, 4);
    });
}

/// Nothing can be pruned before its time, to the second; what is pruned leaves its place.
#[test]
fn records_are_pruned_when_their_time_is_over_and_not_before() {
    on_both(|it| {
        let result = it.verdict(&inputs(), "o-1", "acme");
        let mut ledger = it.open();
        let denied = Denied::Key(candidate(&result, "01").spki_sha256);
        ledger.deny(it.by("Alice"), DenialEffect::Deny, denied, "misuse".to_owned()).unwrap();
        let end = at("2028-11-21T12:00:00Z");
        let by = |now| keyproof_ledger::Writing { now, ..it.by("Alice") };
        assert_eq!(ledger.prune(by(end), 2).unwrap(), []);
        let late = end.plus_seconds(1);
        assert_eq!(ledger.prune(by(late), 3).unwrap(), []);
        assert_eq!(ledger.prune(by(late), 2).unwrap(), [RecordId(0)]);
        let checked = it.whole();
        // The denial, and the pruning.
        assert_eq!((checked.records, checked.present, checked.contents), (3, 2, 0));
        let gone = ledger.show(RecordId(0), 2, Contents::Result);
        assert!(matches!(gone, Err(LedgerError::Pruned(RecordId(0)))), "{gone:?}");
        assert!(
            ledger.prove(RecordId(0)).unwrap().starts_with("c2sp.org/tlog-proof@v1\nindex 0\n")
        );
        // A clock that was set back does not write.
        let back = ledger.prune(it.by("Alice"), 2);
        assert!(matches!(back, Err(LedgerError::ClockSetBack { last, .. }) if last == late));
    });
}

#[test]
fn earlier_records_and_denials_weigh() {
    on_both(|it| {
        let verdict = |order: &str, subscriber: &str| {
            let result = it.verdict(&inputs(), order, subscriber);
            let finding = result.findings().last().unwrap();
            (result.verdict(), codes(finding.reasons()).first().copied())
        };
        assert_eq!(verdict("o-1", "acme"), (Verdict::Accept, None));
        assert_eq!(verdict("o-2", "acme"), (Verdict::Accept, None));
        let key = candidate(&it.verdict(&inputs(), "o-1", "acme"), "01").spki_sha256;
        for denied in [
            Denied::Key(key),
            Denied::Subscriber("acme".to_owned()),
            Denied::Device("Yubico/20261121".to_owned()),
        ] {
            let deny = |effect| {
                let reason = "misuse".to_owned();
                it.open().deny(it.by("Alice"), effect, denied.clone(), reason).unwrap()
            };
            assert!(deny(DenialEffect::Deny).is_known);
            let denied = Some(ReasonCode::HistoryDenied);
            assert_eq!(verdict("o-1", "acme"), (Verdict::Reject, denied));
            deny(DenialEffect::Lift);
            assert_eq!(verdict("o-1", "acme"), (Verdict::Accept, None));
        }
        let slip = Denied::Device("yubico/1".to_owned());
        let noted = it.open().deny(it.by("Alice"), DenialEffect::Deny, slip, "stolen".to_owned());
        assert!(!noted.unwrap().is_known);
        let elsewhere = Some(ReasonCode::HistoryKeyElsewhere);
        assert_eq!(verdict("o-3", "other"), (Verdict::Reject, elsewhere));
        it.whole();
    });
}

/// By the facts of today: an anchor that is distrusted, on two threads.
#[test]
fn the_archive_is_judged_again() {
    on_both(|it| {
        let result = it.verdict(&inputs(), "o-1", "acme");
        let files = fact_files();
        let facts = Facts::from_files(&files).unwrap();
        let anchor = result.anchors()[0].spki_sha256;
        let text = format!("version: 2\ndistrust: [{{key: \"{anchor}\", reason: It leaked.}}]\n");
        let threads = NonZero::new(2).unwrap();
        let mut rule = Rule { files, facts, policy: None, adds_anchors_of_then: false };
        let today = it.open().recheck(&rule, threads).unwrap();
        assert_eq!((today.judged, today.affected.len()), (1, 0));
        rule.policy = Some(policy(&text));
        let leaked = it.open().recheck(&rule, threads).unwrap();
        let affected = &leaked.affected[0];
        assert_eq!((affected.then, affected.now), (Verdict::Accept, Verdict::Reject));
        assert!(affected.reasons.contains(&ReasonCode::ChainDistrusted));
        assert_eq!(affected.revocation(), Revocation::FiveDays);
        let json = serde_json::to_value(&leaked).unwrap();
        assert_eq!(json["affected"][0]["now"], "reject");
    });
}

#[test]
fn what_is_refused_is_refused_by_type_and_nothing_is_written() {
    on_both(|it| {
        it.keep("o-1", "acme");
        it.keep("o-2", "other");
        let (by, mut ledger) = (it.by("Alice"), it.open());
        let rejected = ledger.settle(by, RecordId(1), Decision::Approve, &grounds(&[]));
        assert!(matches!(rejected, Err(SettleError::Rejected(RecordId(1)))), "{rejected:?}");
        ledger.settle(by, RecordId(1), Decision::Refuse, &grounds(&[])).unwrap();
        let other = ledger.settle(by, RecordId(2), Decision::Refuse, &grounds(&["x"]));
        assert!(matches!(other, Err(SettleError::OtherKind { kind: "settlement", .. })));
        let other = ledger.replay(RecordId(2));
        assert!(matches!(other, Err(ReplayError::OtherKind { kind: "settlement", .. })));
        let none = ledger.prove(RecordId(3));
        assert!(matches!(none, Err(LedgerError::NoRecord { record: RecordId(3), size: 3 })));

        let order = reference("o-1", "acme");
        let [evidence, request] = &inputs()[..] else { panic!("two files") };
        let mut record =
            |number, file, grounds| ledger.record_method(by, number, file, &order, grounds);
        let (documents, none) = (grounds(&["x"]), grounds(&[]));
        assert!(matches!(record(2, request, &documents), Err(MethodError::Attestation)));
        assert!(matches!(record(3, request, &none), Err(MethodError::NoDocument)));
        let two = record(3, evidence, &documents);
        assert!(matches!(two, Err(MethodError::NoKey(NoKey::Count))), "{two:?}");

        let stranger = keyproof_ledger::checkpoint::SigningKey::from_seed("x", &[8; 32]).unwrap().0;
        let by = keyproof_ledger::Writing { key: &stranger, ..by };
        let other_key = ledger.prune(by, 2);
        assert!(matches!(other_key, Err(LedgerError::OtherKey(name)) if name == "test.example/1"));
        assert_eq!(it.whole().records, 3);
        it.tamper("UPDATE ledger SET version = 2");
        assert!(matches!(Ledger::open(&it.place), Err(LedgerError::OtherSchema)));
    });
}

/// People's papers do not belong in a store that forgets late; the verdict can be computed again all the
/// same.
#[test]
fn papers_are_kept_by_name_size_and_fingerprint() {
    on_both(|it| {
        let paper = |name: &str, bytes: &[u8]| Input {
            name: name.to_owned(),
            bytes: bytes.to_vec(),
            role: InputRole::Found,
        };
        let pdf = paper("attorney.pdf", b"%PDF-1.4\n%\xe2\xe3\n%%EOF\n");
        let papers = [pdf.clone(), paper("mail.txt", b"Dear all\n"), paper("empty", b"")];
        let result = it.verdict(&[inputs(), papers.to_vec()].concat(), "o-1", "acme");
        assert_eq!(result.verdict(), Verdict::Accept);
        let mut ledger = it.open();
        let shown = ledger.show(RecordId(0), 2, Contents::All).unwrap();
        let kept: Vec<_> = shown.contents.iter().map(|it| it.bytes.as_slice()).collect();
        assert!(inputs().iter().all(|input| kept.contains(&input.bytes.as_slice())));
        assert!(!kept.contains(&pdf.bytes.as_slice()), "its contents are kept");
        let json = serde_json::to_string(&shown.record).unwrap();
        assert!(json.contains("attorney.pdf"));
        assert!(json.contains(&keyproof::encoding::hex::Sha256::of(&pdf.bytes).to_string()));
        assert!(ledger.replay(RecordId(0)).unwrap().is_same);
    });
}

/// Whoever must keep papers says so in the policy; what was not opened has no contents to keep, and is a review by its
/// name that can be computed again.
#[test]
fn papers_are_kept_if_the_policy_says_so_and_what_was_not_opened_is_named() {
    on_both(|it| {
        let pdf = Input {
            name: "attorney.pdf".to_owned(),
            bytes: b"%PDF-1.4\n%\xe2\xe3\n%%EOF\n".to_vec(),
            role: InputRole::Found,
        };
        let film = Companion {
            name: "film.mp4".to_owned(),
            kind: None,
            bytes: 33 << 20,
            sha256: None,
            extent: Extent::Unopened,
            attachments: Vec::new(),
        };
        let files = [inputs(), vec![pdf.clone()]].concat();
        let keeping =
            default_yaml().replace("keep_companions: fingerprints", "keep_companions: contents");
        for (number, (text, is_kept)) in
            [(default_yaml(), false), (keeping.as_str(), true)].into_iter().enumerate()
        {
            let (film, order) = (std::slice::from_ref(&film), reference("o-1", "acme"));
            let result = it.verdict_under(text, &files, film, &order);
            assert_eq!(result.verdict(), Verdict::Review);
            let place = RecordId(u64::try_from(number).unwrap());
            let mut ledger = it.open();
            let shown = ledger.show(place, 2, Contents::All).unwrap();
            let kept = shown.contents.iter().any(|it| it.bytes == pdf.bytes);
            assert_eq!(kept, is_kept, "{text}");
            let json = serde_json::to_string(&shown.record).unwrap();
            assert!(json.contains("film.mp4") && json.contains("unopened"), "{json}");
            let replayed = ledger.replay(place).unwrap();
            assert!(replayed.is_same);
            for said in ["input.not-searched", "film.mp4", "34603008"] {
                assert!(replayed.result.contains(said), "{said}");
            }
        }
        it.whole();
    });
}

/// The private key of an applicant is written nowhere, nor what came with it.
#[test]
fn a_private_key_is_not_kept() {
    on_both(|it| {
        let bytes = b"-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAAAAAAAAAAAAAAA\n".to_vec();
        let key = Input { name: "key.pem".to_owned(), bytes, role: InputRole::Any };
        let result = it.verdict(&[inputs(), vec![key]].concat(), "o-1", "acme");
        let first = result.findings()[0].reasons().iter().chain(result.findings()[1].reasons());
        assert!(first.map(Reason::code).any(|code| code.forbids_keeping()));
        assert_eq!((result.verdict(), result.findings().len()), (Verdict::Reject, 8));
        assert_eq!(it.whole().records, 0);
    });
}

#[test]
fn a_certificate_is_one_and_nothing_else() {
    let read = |files: &[&str]| {
        let input = |path: &&str| {
            let bytes = std::fs::read(format!("{}/{path}", crate::ROOT)).unwrap();
            Input { name: (*path).to_owned(), bytes, role: InputRole::Any }
        };
        let inputs = files.iter().map(input).collect();
        Candidate::of(&Submission::unpack(inputs, &Limits::default()))
    };
    let root = "vendor-roots/yubico/certificates/yubico-attestation-root-1.pem";
    let other = "vendor-roots/yubico/certificates/yubico-attestation-intermediate-a-1.pem";
    let request = "attestation-samples/yubico-piv/simulated-accept/request.pem";
    assert!(read(&[root]).unwrap().issuer.contains("Yubico"));
    assert_eq!(read(&[root, other]), Err(CandidateError::Count(2)));
    assert!(matches!(read(&[request]), Err(CandidateError::Kind(_))));
    assert!(matches!(
        read(&["Makefile"]),
        Err(CandidateError::Unreadable(_) | CandidateError::Count(0))
    ));
}

#[test]
fn a_place_is_named_and_is_what_it_says() {
    assert_eq!("sqlite:l.db".parse(), Ok(Place::File("l.db".into())));
    for url in ["sqlite:", "l.db", "mysql://x", ""] {
        assert!(url.parse::<Place>().is_err(), "{url}");
    }
    let it = Fixture::in_file();
    let again = Ledger::create(&it.place, &it.key).err();
    assert!(matches!(again, Some(LedgerError::Io { step: FileStep::Make, .. })), "{again:?}");
    let file = |name: &str| Place::File(it.folder.path().join(name));
    let open = |place: &Place| Ledger::open(place).err();
    let absent = open(&file("absent"));
    assert!(matches!(absent, Some(LedgerError::Io { step: FileStep::Open, .. })), "{absent:?}");
    for text in ["", "no database, though it has the name of one"] {
        std::fs::write(it.folder.path().join("text"), text).unwrap();
        let other = open(&file("text"));
        assert!(matches!(other, Some(LedgerError::Damaged(Fault::File { .. }))), "{other:?}");
    }
    let url = |parameters: &str| match open(&Place::Server(format!(
        "postgres://u@ledger.example/x{parameters}"
    ))) {
        Some(LedgerError::Url(error)) => error,
        other => panic!("{parameters}: {other:?}"),
    };
    assert_eq!(url(""), UrlError::Unencrypted);
    assert_eq!(url("?sslmode=verify-full"), UrlError::AuthorityMissing);
    assert_eq!(url("?sslrootcert="), UrlError::AuthorityUnnamed);
    assert_eq!(url("?sslrootcert=ca.pem&sslmode=disable"), UrlError::AuthorityUnused);
    assert!(matches!(url("?nosuch=1"), UrlError::Form(_)));
    for (name, kind) in
        [(".", std::io::ErrorKind::IsADirectory), ("no", std::io::ErrorKind::NotFound)]
    {
        let place = format!("postgres://u@ledger.example/x?sslrootcert={name}");
        let refused = open(&Place::Server(place));
        let is_it = matches!(&refused, Some(LedgerError::Io { error, .. }) if error.kind() == kind);
        assert!(is_it, "{refused:?}");
    }
}

#[test]
fn a_seal_covers_every_byte_until_someone_writes() {
    let it = Fixture::in_file();
    let Place::File(path) = &it.place else { panic!("a file") };
    it.keep("o-1", "acme");
    let seal = Ledger::seal(path, &it.key).unwrap();
    let head = it.key.verifier().open(&seal).unwrap();
    let heads = std::slice::from_ref(&head);
    assert_eq!(it.open().check(None, heads).unwrap().seals, [Sealed::Same]);
    let whole = std::fs::read(path).unwrap();
    std::fs::write(path, [&whole[..], &[0; 4096]].concat()).unwrap();
    let longer = it.open().check(None, heads).unwrap();
    assert_eq!(longer.faults.told, [Fault::SealBroken { checkpoint: 0 }]);
    assert!(longer.is_stored_whole);
    std::fs::write(path, &whole).unwrap();
    it.keep("o-1", "acme");
    assert_eq!(it.open().check(None, heads).unwrap().seals, [Sealed::WrittenSince(1)]);
}

/// What another program on the library might do, or one that read the adoption a moment too early.
#[test]
fn a_verdict_by_other_facts_than_those_adopted_is_not_kept() {
    on_both(|it| {
        it.keep("o-1", "acme");
        let embedded = keyproof::facts::embedded().unwrap();
        // The same facts under the next number, which has as many digits.
        let octets = embedded.bytes().to_vec();
        let (now, next) = (embedded.serial(), embedded.serial() + 1);
        let text = String::from_utf8_lossy(&octets[..64]).into_owned();
        let changed = text.replace(&format!("serial {now}\n"), &format!("serial {next}\n"));
        assert_eq!(changed.len(), text.len());
        let older = text.replace(&format!("serial {now}\n"), &format!("serial {}\n", now - 1));
        let older = ClaimedBundle::parse([older.as_bytes(), &octets[64..]].concat()).unwrap();
        let (bundle, trust) = (&older.kept(), BundleTrust::Release);
        let first = Proposal { bundle, trust, people: 1, back: None };
        let refused = it.open().adopt(it.by("Alice"), first);
        assert!(matches!(refused, Err(AdoptError::Older { .. })), "than the program's own");
        let newer = [changed.as_bytes(), &octets[64..]].concat();
        let newer = ClaimedBundle::parse(newer).unwrap().kept();
        let adopt = |bundle: &Bundle| {
            let trust = BundleTrust::Release;
            let proposal = Proposal { bundle, trust, people: 1, back: None };
            it.open().adopt(it.by("Alice"), proposal).unwrap()
        };
        let keep = |order: &str| {
            let (files, policy) = (fact_files(), default_policy().unwrap());
            let text = ("policy.yaml".to_owned(), default_yaml().as_bytes().to_vec());
            let judged_by = JudgedBy::new(&files, &policy, &[text]);
            let verifier = Verifier::new(Facts::from_files(&files).unwrap(), policy);
            let inputs = inputs();
            let submission = Submission::unpack(inputs.clone(), &Limits::default());
            let result = verifier.appraise(&submission, noon());
            let seen = Seen { inputs: &inputs, companions: &[], observations: None };
            let reference = reference(order, "acme");
            let judged = Judged { seen, result, reference: &reference };
            it.open().keep(it.by("Alice"), &judged_by, judged)
        };
        assert!(adopt(&embedded).is_adopted());
        assert!(keep("o-2").is_ok());
        assert!(adopt(&newer).is_adopted());
        assert!(matches!(keep("o-3"), Err(LedgerError::OtherFacts)));
        assert_eq!(it.whole().records, 4, "two verdicts and two adoptions");
        let facts = it.open().adopted_facts().unwrap();
        assert_eq!(facts.len(), 1);
        assert_eq!(facts[0].bytes, *newer.bytes());
    });
}
