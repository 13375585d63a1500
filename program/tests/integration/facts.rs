//! Bundles of facts as a CA uses them that has no compiler: made, signed, compared, adopted, gone back
//! from; and what the program does not take for one.

use std::fs;
use std::path::Path;

use keyproof::document::ResultDocument;

use crate::ledger_fixture::{Backend, Fixture, Run};

const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../vendor-roots");

/// What the certification of the YubiHSM 2 FIPS at 2.4.1 stands in: from its entry to the next product.
fn certification_of_2026() -> String {
    let text = fs::read_to_string(Path::new(SOURCES).join("yubico/modules.yaml")).unwrap();
    let number = text.find("number: \"5302\"").unwrap();
    let start = text[..number].rfind("      - scheme").unwrap();
    let end = number + text[number..].find("\n  - id:").unwrap() + 1;
    text[start..end].to_owned()
}

/// A bundle of that number from the facts of this release with some texts replaced, signed by Anna and Ben.
fn bundle(fixture: &Fixture, serial: u64, changes: &[(&str, &str, &str)]) -> String {
    let folder = fixture.path(&format!("facts-{serial}"));
    copy(Path::new(SOURCES), &folder);
    let release = format!("serial: {serial}\ndate: \"2026-12-01\"\nchanges: [\"A test.\"]\n");
    fs::write(folder.join("release.yaml"), release).unwrap();
    for (file, from, to) in changes {
        let path = folder.join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{file}: {from}");
        fs::write(path, text.replacen(from, to, 1)).unwrap();
    }
    let (folder, name) = (format!("facts-{serial}"), format!("{serial}.kpf"));
    done(fixture, &["facts", "build", &folder, "--output", &name]);
    if !fixture.path("keys.txt").exists() {
        let line = |name: &str| {
            let key = format!("{name}.key");
            let run = done(fixture, &["facts", "new-key", &format!("test/{name}"), "--key", &key]);
            run.stdout.lines().find_map(|line| line.strip_prefix("  ")).unwrap().to_owned()
        };
        let keys = format!(
            "keyproof facts keys v1\nnumber 1\nthreshold 2\n{}\n{}\n",
            line("anna"),
            line("ben")
        );
        fs::write(fixture.path("keys.txt"), keys).unwrap();
    }
    for key in ["anna.key", "ben.key"] {
        done(fixture, &["facts", "sign", &name, "--key", key]);
    }
    name
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (entry, to) = (entry.unwrap(), to);
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn done(fixture: &Fixture, arguments: &[&str]) -> Run {
    let run = fixture.run(arguments);
    assert_eq!(run.code, 0, "{arguments:?}: {}{}", run.stdout, run.stderr);
    run
}

/// A YubiHSM 2 FIPS at firmware 2.4.1.
fn hsm(fixture: &Fixture) {
    let defect = ["--defect", "firmware-2-4-1"];
    let simulate = ["simulate", "yubico-yubihsm2", "--out", "hsm"];
    done(fixture, &[&simulate[..], &defect].concat());
}

/// Judged without a ledger.
fn verify(fixture: &Fixture, bundle: &str) -> Run {
    let facts = ["--facts", bundle, "--facts-keys", "keys.txt"];
    let verify = ["verify", "hsm", "--trust-anchors", "hsm", "--format", "json"];
    let mut command = fixture.command(&[&verify[..], &facts].concat());
    for name in ["KEYPROOF_LEDGER", "KEYPROOF_LEDGER_KEY", "KEYPROOF_OPERATOR"] {
        command.env_remove(name);
    }
    command.output().unwrap().into()
}

fn result(run: &Run) -> ResultDocument {
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}", run.stderr))
}

/// The end of the first advisory of Yubico, before which another can stand.
const FIRST_ADVISORY: &str = "advisories:\n";

const NEW_ADVISORY: &str = "advisories:\n  - id: YSA-2026-99\n    summary: \"A test.\"\n    affects:\n      \
    - format: yubico-yubihsm2\n        firmware: [\"2.4.1\"]\n        keys: [RSA, ECDSA]\n    \
    effect: settable\n    read: primary\n    seen: \"2026-11-21\"\n    source: \"https://example.org/\"\n";

#[test]
fn a_ca_goes_from_bundle_to_bundle_and_back() {
    let fixture = Backend::Sqlite.ledger();
    hsm(&fixture);
    let certification = certification_of_2026();
    let without = ("yubico/modules.yaml", certification.as_str(), "");
    let first = bundle(&fixture, 101, &[without]);
    let second = bundle(&fixture, 102, &[]);

    // Before and after the certification, each under the test keys.
    let run = verify(&fixture, &first);
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert_eq!(result(&run).data.serial, Some(101));
    assert!(run.stdout.contains("device.not-certified"), "{}", run.stdout);
    let run = verify(&fixture, &second);
    assert_eq!(run.code, 5, "{}{}", run.stdout, run.stderr);
    assert_eq!(result(&run).data.serial, Some(102));
    let told = done(&fixture, &["facts", "diff", &first, &second]).stdout;
    assert_eq!(
        told,
        "Yubico YubiHSM 2 FIPS (yubico-yubihsm2): certified, certificate 5302 (FIPS 140-3 level 3) at 2.4.1.\n"
    );

    // In the ledger a bundle counts once two people have agreed to it, as the policy wants.
    fs::write(fixture.path("two.yaml"), "version: 1\ndual_control: always\n").unwrap();
    let adopt = |person: &str, bundle: &str, more: &[&str]| {
        let adopt = ["ledger", "adopt-facts", bundle, "--facts-keys", "keys.txt"];
        fixture.run_as(person, &[&adopt[..], &["--policy", "two.yaml"], more].concat())
    };
    let keep = |order: &str| fixture.verify("hsm", order, "acme");
    let run = adopt("Anna", &first, &[]);
    assert!(run.stdout.contains("1 of 2 people agree"), "{}{}", run.stdout, run.stderr);
    let run = adopt("anna", &first, &[]);
    assert!(run.stdout.contains("1 of 2 people agree"), "one person: {}", run.stdout);
    assert_eq!(keep("O-0").code, 5, "by the facts of the program");
    let run = adopt("Ben", &first, &[]);
    assert!(run.stdout.contains("given by them from now on"), "{}{}", run.stdout, run.stderr);
    assert_eq!(keep("O-1").code, 1);
    let kept = fixture.whole() - 1;

    // A bundle is named only to be adopted, never beside a ledger.
    let run = fixture.run(&["verify", "hsm", "--facts", &second, "--facts-keys", "keys.txt"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("adopt-facts"), "{}", run.stderr);

    // What the second would change, before anybody agrees to it.
    let recheck = ["ledger", "recheck", "--facts", &second, "--facts-keys", "keys.txt"];
    let run = fixture.run(&recheck);
    assert!(run.stdout.contains("2 verdicts judged again, 0 affected, 1 better"), "{}", run.stdout);
    let ledger = ["--ledger", fixture.url.as_str()];
    let told = done(&fixture, &[&["facts", "diff", &first, &second][..], &ledger].concat());
    assert!(
        told.stdout.contains("2 verdicts judged again, 0 affected, 1 better"),
        "{}",
        told.stdout
    );

    for person in ["Ben", "Cleo"] {
        assert_eq!(adopt(person, &second, &[]).code, 0);
    }
    assert_eq!(keep("O-2").code, 5);
    let replay = |id: u64| fixture.run(&["ledger", "replay", &id.to_string()]);
    assert_eq!(replay(kept).code, 0, "by the first bundle, still the same");

    // Back: never by one, and never without saying why.
    let run = adopt("Anna", &first, &[]);
    assert_eq!(run.code, 4, "{}", run.stdout);
    assert!(run.stderr.contains("older"), "{}", run.stderr);
    let back = ["--back", "the certificate was for another product"];
    let run = adopt("Anna", &first, &back);
    assert!(run.stdout.contains("1 of 2 people agree"), "{}{}", run.stdout, run.stderr);
    assert_eq!(keep("O-3").code, 5);
    let run = adopt("Cleo", &first, &back);
    assert!(run.stdout.contains("given by them from now on"), "{}{}", run.stdout, run.stderr);
    assert_eq!(keep("O-4").code, 1);
    let last = fixture.whole() - 1;
    assert_eq!(replay(last).code, 0);
    assert_eq!(replay(kept).code, 0);
}

#[test]
fn a_new_advisory_makes_a_review_and_a_distrusted_key_a_reject_even_after_going_back() {
    let fixture = Backend::Sqlite.ledger();
    hsm(&fixture);
    let anchors = fs::read_to_string(fixture.path("hsm/anchors.yaml")).unwrap();
    let (_, rest) = anchors.split_once("spki_sha256: \"").unwrap();
    let refused = format!(
        "\nrefused:\n  - id: a-leaked-key\n    subject: \"CN=Test\"\n    spki_sha256: \"{}\"\n    why: \"It leaked.\"\n",
        &rest[..64]
    );
    let first = bundle(&fixture, 101, &[]);
    let advisory = ("yubico/advisories.yaml", FIRST_ADVISORY, NEW_ADVISORY);
    let second = bundle(&fixture, 102, &[advisory]);
    let distrust = ("yubico/anchors.yaml", "\nrefused:\n", refused.as_str());
    let third = bundle(&fixture, 103, &[distrust]);
    assert_eq!(verify(&fixture, &first).code, 5);
    let run = verify(&fixture, &second);
    assert_eq!(run.code, 3);
    assert!(run.stdout.contains("YSA-2026-99"), "{}", run.stdout);
    let run = verify(&fixture, &third);
    assert_eq!(run.code, 1);
    assert!(
        run.stdout.contains("chain.distrusted") && run.stdout.contains("It leaked."),
        "{}",
        run.stdout
    );
    let told = done(&fixture, &["facts", "diff", &first, &third]).stdout;
    assert_eq!(told, "Certificate a-leaked-key: refused: It leaked.\n");

    for bundle in [&first, &third] {
        let adopt = ["ledger", "adopt-facts", bundle, "--facts-keys", "keys.txt"];
        assert_eq!(fixture.run(&adopt).code, 0, "the built-in policy wants one person");
    }
    assert_eq!(fixture.verify("hsm", "O-1", "acme").code, 1);
    for person in ["Anna", "Ben"] {
        let adopt = ["ledger", "adopt-facts", &first, "--facts-keys", "keys.txt"];
        let run = fixture.run_as(person, &[&adopt[..], &["--back", "a slip"]].concat());
        assert_eq!(run.code, 0, "{}", run.stderr);
    }
    let run = fixture.verify("hsm", "O-2", "acme");
    assert_eq!(run.code, 1, "what leaked has leaked");
    assert!(run.stdout.contains("chain.distrusted"), "{}", run.stdout);
}

#[test]
fn what_is_no_bundle_that_counts_is_refused_before_anything_is_judged() {
    let fixture = Backend::Sqlite.ledger();
    hsm(&fixture);
    let good = bundle(&fixture, 101, &[]);
    let refused = |bundle: &str, says: &str| {
        let run = verify(&fixture, bundle);
        assert_eq!(run.code, 4, "{bundle}: {}", run.stdout);
        assert!(run.stderr.contains(says) && run.stdout.is_empty(), "{bundle}: {}", run.stderr);
    };
    // Older than the program's own, and another one of the same number.
    let serial = keyproof::facts::embedded().unwrap().serial();
    let same = bundle(&fixture, serial, &[("yubico/advisories.yaml", "ROCA", "RACO")]);
    refused(&same, "has the serial number");
    let unsigned = fixture.path("unsigned.kpf");
    done(&fixture, &["facts", "build", "facts-101", "--output", "unsigned.kpf"]);
    assert!(unsigned.exists());
    refused("unsigned.kpf", "not signed");
    done(&fixture, &["facts", "sign", "unsigned.kpf", "--key", "anna.key"]);
    refused("unsigned.kpf", "1 of the keys of key set 1 signed, and 2 must");
    done(&fixture, &["facts", "sign", "unsigned.kpf", "--key", "anna.key"]);
    refused("unsigned.kpf", "1 of the keys of key set 1 signed, and 2 must");
    done(&fixture, &["facts", "sign", "unsigned.kpf", "--key", "ben.key"]);
    assert_eq!(verify(&fixture, "unsigned.kpf").code, 5);
    let mut bytes = fs::read(fixture.path(&good)).unwrap();
    let last = bytes.iter().rposition(|octet| *octet != 0).unwrap();
    bytes[last] ^= 1;
    fs::write(fixture.path("damaged.kpf"), &bytes).unwrap();
    refused("damaged.kpf", "is not the one that the signed root is over");
    fs::write(fixture.path("half.kpf"), &bytes[..bytes.len() / 2]).unwrap();
    refused("half.kpf", "octets, and by its header");
    refused("hsm/request.pem", "no bundle of facts");
    // Nobody has keys of releases yet.
    let run = fixture.run(&["facts", "check", &good]);
    assert_eq!(run.code, 4);
    assert!(run.stderr.contains("knows no keys that sign bundles"), "{}", run.stderr);
    assert_eq!(done(&fixture, &["facts", "check", &good, "--facts-keys", "keys.txt"]).code, 0);
    let run = fixture.run(&["ledger", "adopt-facts", &good]);
    assert_eq!(run.code, 4);
    assert_eq!(fixture.whole(), 0, "nothing was recorded");
}

#[test]
fn two_folders_give_the_same_octets() {
    let fixture = Backend::Sqlite.ledger();
    for folder in ["one", "two"] {
        copy(Path::new(SOURCES), &fixture.path(folder));
        let bundle = format!("{folder}.kpf");
        done(&fixture, &["facts", "build", folder, "--output", &bundle]);
    }
    let read = |name: &str| fs::read(fixture.path(name)).unwrap();
    assert!(read("one.kpf") == read("two.kpf"));
    assert!(read("one.kpf") == fs::read(Path::new(SOURCES).join("facts.kpf")).unwrap());
    fs::write(fixture.path("one/yubico/notes.txt"), "x").unwrap();
    let run = fixture.run(&["facts", "build", "one", "--output", "three.kpf"]);
    assert_eq!(run.code, 4);
    assert!(run.stderr.contains("yubico/notes.txt is no file of facts"), "{}", run.stderr);
}

#[test]
fn what_was_adopted_is_said_once_and_listed() {
    let fixture = Backend::Sqlite.ledger();
    fixture.simulate("one");
    done(&fixture, &["ledger", "adopt-facts"]);
    let again = fixture.run(&["ledger", "adopt-facts"]);
    assert_eq!(again.code, 4);
    assert!(again.stderr.contains("are adopted already"), "{}", again.stderr);
    let list = done(&fixture, &["ledger", "list"]).stdout;
    assert!(list.contains("adoption") && list.contains("facts 1 of"), "{list}");
    assert_eq!(fixture.verify("one", "O-1", "acme").code, 5);
    let back = fixture.run(&["ledger", "adopt-facts", "--back", "why not"]);
    assert_eq!(back.code, 2, "{}", back.stdout);
    assert_eq!(fixture.whole(), 2);
    let show = done(&fixture, &["ledger", "show", "0"]).stdout;
    assert!(show.contains("1 must agree"), "{show}");
}
