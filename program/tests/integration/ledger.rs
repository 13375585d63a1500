//! The ledger and the gate as CAs use them, on both databases.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::ledger_fixture::{Backend, backends, has, with_other_serial};
use crate::server::Server;
use keyproof::encoding::hex::Sha256;
use rusqlite::Connection;
use serde_json::Value;

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

#[test]
fn a_verdict_is_kept_whole_and_computed_again_byte_for_byte() {
    for backend in backends() {
        let it = backend.ledger();
        it.simulate("one");
        let run = it.run(&[
            "verify",
            "one",
            "--trust-anchors",
            "one",
            "--order",
            "o-1",
            "--subscriber",
            "acme",
            "--serial",
            "020261121",
            "--format",
            "json",
        ]);
        assert_eq!(run.code, 5, "{}", run.stderr);
        let result = json(&run.stdout);
        // As it was written, and kept with the record, so that it is judged again the same.
        assert_eq!(result["expected"], serde_json::json!({ "serial": "020261121" }));
        assert_eq!(result["ledger"]["record"], 0);
        assert_eq!(result["requirements"][8]["id"], "not-seen-before");
        assert_eq!(result["requirements"][8]["outcome"], "satisfied");

        let again = it.run(&["ledger", "replay", "0"]);
        assert_eq!((again.code, &again.stdout), (0, &run.stdout), "{}", again.stderr);

        // Its report is that of the run, and says where it is kept.
        let report = it.run(&["report", "0"]);
        assert_eq!(report.code, 0, "{}", report.stderr);
        for part in ["ACCEPT", "TEST TRUST", "record 0 of ", ", checked"] {
            assert!(report.stdout.contains(part), "{part}: {}", report.stdout);
        }
        assert!(!report.stdout.contains("FROM A FILE"));
        let report = it.run(&["report", "0", "--format", "json"]);
        assert_eq!((report.code, &report.stdout), (0, &run.stdout), "byte for byte");
        assert_eq!(it.run(&["report", "7"]).code, 4);

        let shown = it.run(&["ledger", "show", "0", "--output", "kept"]);
        assert_eq!(shown.code, 0, "{}", shown.stderr);
        assert_eq!(fs::read_to_string(it.path("kept/result.json")).unwrap(), run.stdout);
        // The test trust lies there too, a text of which the name and the fingerprint are kept.
        let mut sent: Vec<Vec<u8>> = fs::read_dir(it.path("one"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.file_name().unwrap() != "anchors.yaml")
            .map(|path| fs::read(path).unwrap())
            .collect();
        let mut kept: Vec<Vec<u8>> = fs::read_dir(it.path("kept"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("input-"))
            .map(|path| fs::read(path).unwrap())
            .collect();
        sent.sort();
        kept.sort();
        assert_eq!(sent, kept);
        assert_eq!(it.whole(), 1);
    }
}

/// What lies beside evidence is kept as the policy says, and what is too large to be opened is named.
#[test]
fn papers_are_kept_as_the_policy_says() {
    for backend in backends() {
        let it = backend.ledger();
        it.simulate("one");
        let paper = b"%PDF-1.4\n%\xe2\xe3\n%%EOF\n";
        fs::write(it.path("one/attorney.pdf"), paper).unwrap();
        let film = fs::File::create(it.path("one/film.mp4")).unwrap();
        film.set_len((32 << 20) + 1).unwrap();
        let built_in = it.run(&["policy", "show"]).stdout.replace("name: csbr", "name: our-own");
        let keeping =
            built_in.replace("keep_companions: fingerprints", "keep_companions: contents");
        assert_ne!(keeping, built_in);
        fs::write(it.path("fingerprints.yaml"), &built_in).unwrap();
        fs::write(it.path("contents.yaml"), &keeping).unwrap();
        for (record, policy) in [("0", "fingerprints"), ("1", "contents")] {
            let file = format!("{policy}.yaml");
            let run = it.run(&[
                "verify",
                "one",
                "--trust-anchors",
                "one",
                "--order",
                "o-1",
                "--policy",
                &file,
            ]);
            assert_eq!(run.code, 3, "{}", run.stderr);
            for said in ["input.not-searched", "film.mp4", "input.companion", "attorney.pdf"] {
                assert!(run.stdout.contains(said), "{said}: {}", run.stdout);
            }
            assert_eq!(it.run(&["ledger", "show", record, "--output", policy]).code, 0);
            let kept = fs::read_dir(it.path(policy)).unwrap();
            let kept: Vec<_> = kept.map(|entry| fs::read(entry.unwrap().path()).unwrap()).collect();
            assert_eq!(kept.iter().any(|it| it == paper), policy == "contents");
            let again = it.run(&["ledger", "replay", record]);
            assert_eq!(again.code, 0, "{}", again.stderr);
            assert!(again.stdout.contains("film.mp4"));
        }
        assert_eq!(it.whole(), 2);
    }
}

#[test]
fn the_gate_passes_what_people_approved_once_and_says_so_in_silence() {
    for backend in backends() {
        let it = backend.ledger();
        it.simulate("one");
        // A certificate for the key; who signed it does not matter to the gate.
        let certificate = "one/attestation.pem";
        let nothing = it.run(&["gate", certificate]);
        assert_eq!(nothing.code, 1);
        assert!(nothing.stderr.starts_with("keyproof: gate.no-verdict"), "{}", nothing.stderr);
        assert_eq!(nothing.stderr.lines().count(), 1);

        it.record("one", "6", "o-1");
        let unsettled = it.run(&["gate", certificate]);
        assert!(unsettled.stderr.contains("gate.unsettled"), "{}", unsettled.stderr);
        let approved = it.run_as("Bob", &["ledger", "approve", "0", "--reason", "read it"]);
        assert_eq!(approved.code, 0, "{}", approved.stderr);

        let other_order = it.run(&["gate", certificate, "--order", "o-2"]);
        assert!(other_order.stderr.contains("gate.other-order"), "{}", other_order.stderr);
        for _ in 0..2 {
            let passed = it.run(&["gate", certificate, "--order", "o-1"]);
            assert_eq!((passed.code, passed.stderr.as_str()), (0, ""));
            assert_eq!(passed.stdout, "may be issued on record 0\n");
        }
        // As EJBCA's %cert% gives it: the PEM on standard input, the two lines above it cut.
        let piped = it
            .command(&["gate"])
            .stdin(fs::File::open(it.path(certificate)).unwrap())
            .output()
            .unwrap();
        assert_eq!((piped.status.code(), piped.stderr.as_slice()), (Some(0), b"".as_slice()));

        // As pkimetal and others send it: base64 of the DER, without a label.
        let der = crate::support::der(&fs::read(it.path(certificate)).unwrap());
        fs::write(it.path("b64"), base64(&der)).unwrap();
        let bare = it.run(&["gate", "b64"]);
        assert_eq!((bare.code, bare.stderr.as_str()), (0, ""));

        fs::write(it.path("other.der"), with_other_serial(&it.path(certificate), 1)).unwrap();
        let other = it.run(&["gate", "other.der"]);
        assert_eq!(other.code, 1);
        assert!(other.stderr.contains("gate.already-used"), "{}", other.stderr);
        // Three records: the method, the approval, and one binding for four questions.
        assert_eq!(it.whole(), 3);
    }
}

#[test]
fn the_gate_tells_test_trust_and_rejects_and_what_is_no_certificate() {
    for backend in backends() {
        let it = backend.ledger();
        it.simulate("one");
        assert_eq!(it.verify("one", "o-1", "acme").code, 5);
        let staging = it.run(&["gate", "one/attestation.pem"]);
        assert_eq!(staging.code, 5);
        assert!(staging.stderr.contains("gate.test-trust"), "{}", staging.stderr);
        assert_eq!(it.whole(), 1, "nothing is bound to a test");

        // Without the test anchors the same is a reject, and the last word.
        assert_eq!(it.run(&["verify", "one", "--order", "o-1", "--subscriber", "acme"]).code, 1);
        let rejected = it.run(&["gate", "one/attestation.pem"]);
        assert_eq!(rejected.code, 1);
        assert!(rejected.stderr.contains("gate.rejected"), "{}", rejected.stderr);
        let approved = it.run(&["ledger", "approve", "1", "--reason", "why not"]);
        assert_eq!(approved.code, 2, "a reject cannot be approved");

        for wrong in ["one/request.pem", "one/anchors.yaml", "l.key", "absent.pem"] {
            let run = it.run(&["gate", wrong]);
            assert_eq!(run.code, 4, "{wrong}");
            assert!(run.stderr.starts_with("error: "), "{}", run.stderr);
        }
        let empty = it.run(&["gate"]);
        assert_eq!(empty.code, 4);
    }
}

/// A folder that calls its own anchor anything but a test, and a person who approves: the gate stops it,
/// until the policy names the key.
#[test]
fn the_gate_stops_the_callers_own_trust_unless_the_policy_names_the_key() {
    let it = Backend::Sqlite.ledger();
    it.simulate("one");
    let manifest = it.path("one/anchors.yaml");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, text.replace("status: test", "status: unconfirmed")).unwrap();
    let gate = |policy: &[&str]| it.run(&[&["gate", "one/attestation.pem"], policy].concat());

    let own = ["verify", "one", "--trust-anchors", "one", "--order", "o-1", "--subscriber", "acme"];
    let judged = it.run(&[&own[..], &["--format", "json"]].concat());
    assert_eq!(judged.code, 3, "{}", judged.stderr);
    let key = json(&judged.stdout)["anchor"]["spki_sha256"].as_str().unwrap().to_owned();
    assert_eq!(it.run(&["ledger", "approve", "0", "--reason", "weighed"]).code, 0);
    let stopped = gate(&[]);
    assert_eq!(stopped.code, 1);
    assert!(stopped.stderr.starts_with("keyproof: gate.caller-trust"), "{}", stopped.stderr);
    assert!(it.run(&["ledger", "show", "0"]).stdout.contains("caller"));

    let entry = format!("confirmed_anchors: [{{spki_sha256: \"{key}\", reference: CA-7}}]");
    fs::write(it.path("p.yaml"), format!("version: 1\n{entry}\n")).unwrap();
    let policy = ["--policy", "p.yaml"];
    assert_eq!(it.run(&[&own[..], &policy].concat()).code, 3);
    assert!(gate(&policy).stderr.starts_with("keyproof: gate.unsettled"));
    assert_eq!(it.run(&["ledger", "approve", "2", "--reason", "weighed"]).code, 0);
    let passed = gate(&policy);
    assert_eq!((passed.code, passed.stderr.as_str()), (0, ""));
}

/// For a pipeline that reads the findings of linters: the decision comes first, so that an empty list
/// is never taken for a pass.
#[test]
fn the_gate_answers_in_the_forms_of_linters() {
    let it = Backend::Sqlite.ledger();
    it.simulate("one");
    assert_eq!(it.verify("one", "o-1", "acme").code, 5);
    it.record("one", "6", "o-2");
    let gate = |order: &str, form: &str| {
        it.run(&["gate", "one/attestation.pem", "--order", order, "--format", form])
    };
    let metal = |text: &str| -> Vec<(String, String, String)> {
        let found = json(text);
        let part = |entry: &Value, name: &str| entry[name].as_str().unwrap().to_owned();
        let entry = |it: &Value| (part(it, "Linter"), part(it, "Code"), part(it, "Severity"));
        found.as_array().unwrap().iter().map(entry).collect()
    };
    let line =
        |code: &str, severity: &str| ("keyproof".to_owned(), code.to_owned(), severity.to_owned());
    let stopped = gate("o-1", "pkimetal");
    assert_eq!(stopped.code, 5, "{}", stopped.stderr);
    let expected = [line("gate.stop", "error"), line("gate.test-trust", "error")];
    assert_eq!(metal(&stopped.stdout), expected);
    assert_eq!(stopped.stderr.lines().count(), 1);
    let stopped = gate("o-2", "pkilint");
    assert_eq!(stopped.code, 1, "{}", stopped.stderr);
    let found = &json(&stopped.stdout)["results"][0];
    assert_eq!(found["node_path"], "gate");
    let codes = ["gate.stop", "gate.unsettled"].map(Value::from);
    for (number, code) in codes.iter().enumerate() {
        assert_eq!(found["finding_descriptions"][number]["code"], *code);
        assert_eq!(found["finding_descriptions"][number]["severity"], "ERROR");
    }

    assert_eq!(it.run(&["ledger", "approve", "1", "--reason", "read it"]).code, 0);
    for form in ["pkimetal", "pkilint"] {
        let passed = gate("o-2", form);
        assert_eq!((passed.code, passed.stderr.as_str()), (0, ""));
        assert!(passed.stdout.contains("\"gate.pass\""), "{}", passed.stdout);
        assert!(!passed.stdout.contains("gate.stop"));
    }
    assert_eq!(metal(&gate("o-2", "pkimetal").stdout), [line("gate.pass", "info")]);
}

/// The configuration line of docs/ledger.md, as EJBCA runs it: an executable, then the file, then
/// the arguments; a failure if anything is on standard error.
#[test]
fn ejbca_can_call_it_by_a_name_of_its_own() {
    let it = backends().remove(0).ledger();
    it.simulate("one");
    it.record("one", "4", "o-1");
    assert_eq!(it.run(&["ledger", "approve", "0", "--reason", "read"]).code, 0);
    let link = it.path("keyproof-ejbca");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_keyproof"), &link).unwrap();
    let der = crate::support::der(&fs::read(it.path("one/attestation.pem")).unwrap());
    let file = it.path("ExternalCommandCertificateValidator-1732190000000.tmp");
    fs::write(&file, der).unwrap();
    let key = it.path("l.key").display().to_string();
    let run = Command::new(&link)
        .arg(&file)
        .args(["--ledger", &it.url, "--ledger-key", &key, "--as", "ejbca"])
        .env_clear()
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert_eq!((run.status.code(), run.stderr.as_slice()), (Some(0), b"".as_slice()));
}

#[test]
fn what_is_named_wrongly_is_said_and_nothing_is_kept() {
    let it = backends().remove(0).ledger();
    it.simulate("one");
    let second = it.run(&["ledger", "init", "--origin", "x", "--ledger-key", "new.key"]);
    assert_eq!(second.code, 4, "a ledger is not made over another");
    assert!(!it.path("new.key").exists(), "nor a key left that fits nothing");
    let over = it.run(&["ledger", "init", "--origin", "x", "--ledger", "sqlite:m.db"]);
    assert_eq!(over.code, 4, "a key is never overwritten");
    assert!(!it.path("m.db").exists());

    let other = it.run(&[
        "ledger",
        "init",
        "--origin",
        "x",
        "--ledger",
        "sqlite:n.db",
        "--ledger-key",
        "n.key",
    ]);
    assert_eq!(other.code, 0);
    let wrong_key = it.run(&["verify", "one", "--ledger-key", "n.key"]);
    assert_eq!(wrong_key.code, 2, "{}", wrong_key.stderr);
    for url in ["sqlite:", "mysql://x", "l.db"] {
        assert_eq!(it.run(&["verify", "one", "--ledger", url]).code, 2, "{url}");
    }
    let absent = it.run(&["verify", "one", "--ledger", "sqlite:absent.db"]);
    assert_eq!(absent.code, 4);
    assert!(!it.path("absent.db").exists(), "a name with a slip makes no ledger");
    fs::write(it.path("text.db"), "this is no database, though it has a name like one").unwrap();
    assert_eq!(it.run(&["verify", "one", "--ledger", "sqlite:text.db"]).code, 4);
    let nobody = it.command(&["verify", "one"]).env_remove("KEYPROOF_OPERATOR").output().unwrap();
    assert_eq!(nobody.status.code(), Some(2), "who does it must be said");
    assert_eq!(it.run(&["ledger", "replay", "7"]).code, 4);
    assert_eq!(it.whole(), 0);
    let slip = it.run(&["ledger", "deny", "--device", "yubico/1", "--reason", "stolen"]);
    assert_eq!(slip.code, 0);
    assert!(slip.stdout.contains("compare the spelling"), "{}", slip.stdout);
}

#[test]
fn a_proof_is_checked_by_thirty_lines_of_python() {
    if !has("python3", &["--version"]) {
        return;
    }
    for backend in backends() {
        let it = backend.ledger();
        it.simulate("one");
        for order in 0..11 {
            assert_eq!(it.verify("one", &format!("o-{order}"), "acme").code, 5);
        }
        assert_eq!(it.run(&["ledger", "export", "--output", "out"]).code, 0);
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/integration/check_proof.py");
        let lines = fs::read_to_string(script).unwrap().lines().count();
        assert!(lines <= 35, "{lines}");
        let check = |record: &str| {
            Command::new("python3")
                .args([script, record, "proof", "out/verifier-key"])
                .current_dir(it.folder.path())
                .output()
                .unwrap()
        };
        for record in 0..11 {
            let proof = it.run(&["ledger", "prove", &record.to_string()]);
            fs::write(it.path("proof"), proof.stdout).unwrap();
            let run = check(&format!("out/records/{record:08}.json"));
            let said = String::from_utf8_lossy(&run.stderr).into_owned();
            assert!(run.status.success(), "{said}");
            let other = (record + 1) % 11;
            assert!(!check(&format!("out/records/{other:08}.json")).status.success());
        }
    }
}

#[test]
fn a_seal_covers_the_file_until_someone_writes_to_it() {
    let it = Backend::Sqlite.ledger();
    it.simulate("one");
    assert_eq!(it.verify("one", "o-1", "acme").code, 5);
    // Someone else has it open, so that the record lies beside the file.
    let holder = Connection::open(it.path("l.db")).unwrap();
    let _: i64 = holder.query_row("SELECT count(*) FROM record", [], |row| row.get(0)).unwrap();
    assert_eq!(it.verify("one", "o-1", "acme").code, 5);
    assert_ne!(fs::metadata(it.path("l.db-wal")).unwrap().len(), 0);
    let seal = it.run(&["ledger", "seal"]);
    assert_eq!(seal.code, 0, "{}", seal.stderr);
    assert_eq!(fs::metadata(it.path("l.db-wal")).unwrap().len(), 0);
    let sha256 = Sha256::of(&fs::read(it.path("l.db")).unwrap()).to_string();
    assert!(seal.stdout.contains(&format!("\nkeyproof/file/v1 {sha256}\n")), "{}", seal.stdout);
    fs::write(it.path("seal"), &seal.stdout).unwrap();
    let verify = || it.run(&["ledger", "verify", "--checkpoint", "seal"]);
    for _ in 0..2 {
        let run = verify();
        assert_eq!(run.code, 0, "{}", run.stderr);
        assert!(
            run.stdout.contains("every byte of the file is as it was sealed"),
            "{}",
            run.stdout
        );
    }
    drop(holder);
    fs::copy(it.path("l.db"), it.path("copy.db")).unwrap();
    let copy = ["ledger", "verify", "--checkpoint", "seal", "--ledger", "sqlite:copy.db"];
    let run = it.run(&copy);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("every byte of the file is as it was sealed"), "{}", run.stdout);
    // A page that holds nothing.
    let mut longer = fs::read(it.path("l.db")).unwrap();
    let whole = longer.clone();
    longer.extend([0; 4096]);
    fs::write(it.path("l.db"), &longer).unwrap();
    let run = verify();
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(run.stdout.contains("byte for byte, the one that was sealed"), "{}", run.stdout);
    assert!(run.stdout.contains("What is stored is whole"), "{}", run.stdout);
    fs::write(it.path("l.db"), &whole).unwrap();
    assert_eq!(verify().code, 0);
    // A seal is a checkpoint still when the ledger goes on.
    assert_eq!(it.verify("one", "o-1", "acme").code, 5);
    let run = verify();
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("of the first 2 records; written since"), "{}", run.stdout);
    // And does not hide that records are gone.
    fs::write(it.path("seal"), it.run(&["ledger", "seal"]).stdout).unwrap();
    fs::write(it.path("l.db"), &whole).unwrap();
    let run = verify();
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(run.stdout.contains("has 3 records, the ledger only 2"), "{}", run.stdout);
}

#[test]
fn a_seal_is_made_with_the_key_of_the_ledger_and_of_a_file_alone() {
    let (it, other) = (Backend::Sqlite.ledger(), Backend::Sqlite.ledger());
    let key = other.path("l.key").display().to_string();
    let run = it.run(&["ledger", "seal", "--ledger-key", &key]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("not that of this ledger"), "{}", run.stderr);
    let run = it.run(&["ledger", "seal", "--ledger", "postgres://nobody@localhost/none"]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("only a ledger in a file can be sealed"), "{}", run.stderr);
}

/// The server talks to nobody without TLS, so whoever reaches it does so over TLS.
#[test]
fn a_ledger_elsewhere_is_reached_over_tls_from_the_authority_that_is_named() {
    let Some(mut server) = Server::start() else { return };
    let it = Backend::Sqlite.ledger();
    let url = server.url();
    let database = url.rsplit_once('/').unwrap().1.to_owned();
    let (port, authority) = server.serve_over_tls();
    let at = |host: &str, parameters: &str| {
        format!("postgres://keyproof@{host}:{port}/{database}{parameters}")
    };
    let named = |file: &Path| file.display().to_string().replace('/', "%2F");
    let init = |url: &str| {
        let key = it.path("n.key").display().to_string();
        let arguments = ["ledger", "init", "--origin", "test.example/2", "--ledger", url];
        it.run(&[&arguments[..], &["--ledger-key", &key]].concat())
    };
    let refused = |url: &str, code: i32, why: &str| {
        let run = init(url);
        assert_eq!((run.code, run.stdout.as_str()), (code, ""), "{url}: {}", run.stderr);
        assert!(run.stderr.contains(why), "{url}: {}", run.stderr);
        assert!(!it.path("n.key").exists(), "{url}");
    };
    let good = format!("?sslmode=verify-full&sslrootcert={}", named(&authority));

    // Elsewhere without encryption: not even tried. On this machine: the server refuses.
    refused(&at("ledger.example", ""), 2, "without encryption");
    refused(&at("192.0.2.1", "?sslmode=require"), 2, "without encryption");
    refused(&at("localhost,192.0.2.1", ""), 2, "without encryption");
    refused(&at("localhost", ""), 4, "no encryption");
    refused(&at("127.0.0.1", "?sslmode=disable"), 4, "no encryption");
    // The certificate is for localhost alone, and of one authority.
    refused(&at("127.0.0.1", &good), 4, "certificate not valid for name");
    it.simulate("one");
    let other = named(&it.path("one/attestation.pem"));
    refused(&at("localhost", &format!("?sslrootcert={other}")), 4, "UnknownIssuer");
    let request = named(&it.path("one/request.pem"));
    refused(&at("localhost", &format!("?sslrootcert={request}")), 4, "holds no certificate");
    refused(&at("localhost", "?sslrootcert=absent.pem"), 4, "absent.pem");
    refused(&at("localhost", "?sslrootcert="), 2, "does not name one file");
    refused(&at("localhost", "?sslmode=verify-full"), 2, "no sslrootcert");
    refused(&at("localhost", "?sslmode=require"), 4, "TLS");
    refused(&at("localhost", &format!("{good}&sslmode=disable")), 2, "sslmode=disable");

    let url = at("localhost", &good);
    let made = init(&url);
    assert_eq!(made.code, 0, "{}", made.stderr);
    let run = it.run(&["ledger", "verify", "--ledger", &url]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
}

#[test]
fn an_export_is_read_without_the_program() {
    let it = backends().remove(0).ledger();
    it.simulate("one");
    assert_eq!(it.verify("one", "=cmd()", "acme").code, 5);
    assert_eq!(it.run(&["ledger", "export", "--output", "out"]).code, 0);
    for content in fs::read_dir(it.path("out/contents")).unwrap() {
        let path = content.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        assert_eq!(Sha256::of(&fs::read(&path).unwrap()).to_string(), name);
    }
    let record = json(&fs::read_to_string(it.path("out/records/00000000.json")).unwrap());
    for input in record["inputs"].as_array().unwrap() {
        let name = input["sha256"].as_str().unwrap();
        assert!(it.path(&format!("out/contents/{name}")).exists());
    }
    let index = fs::read_to_string(it.path("out/index.csv")).unwrap();
    assert!(index.contains("\"'=cmd()\""), "no cell is a formula: {index}");
    assert_eq!(it.run(&["ledger", "export", "--output", "out"]).code, 4, "nothing is overwritten");
}

#[test]
fn a_batch_goes_on_where_it_was_cut_off() {
    for backend in backends() {
        let it = backend.ledger();
        it.simulate("one");
        it.simulate("two");
        fs::create_dir(it.path("empty")).unwrap();
        let line = |id: &str, files: &str| {
            format!(
                "{{\"id\":\"{id}\",\"files\":[\"{files}\"],\"order\":\"{id}\",\"subscriber\":\"acme\"}}\n"
            )
        };
        let mut list: String = (0..150).map(|number| line(&format!("s-{number}"), "one")).collect();
        list.push_str(&line("broken", "absent"));
        list.push_str(&line("stranger", "two"));
        fs::write(it.path("list.jsonl"), &list).unwrap();
        let run =
            || it.run(&["batch", "list.jsonl", "--output", "r.jsonl", "--trust-anchors", "one"]);
        let first = run();
        assert_eq!(first.code, 4, "one could not be read: {}", first.stderr);
        assert!(first.stdout.contains("accept, test trust   150"), "{}", first.stdout);
        assert!(first.stdout.contains("reject               1"), "{}", first.stdout);
        let whole = fs::read_to_string(it.path("r.jsonl")).unwrap();
        assert_eq!(whole.lines().count(), 152);
        assert_eq!(it.whole(), 151, "what could not be read is no verdict");
        let ids: Vec<u64> = whole
            .lines()
            .filter_map(|line| json(line)["result"]["ledger"]["record"].as_u64())
            .collect();
        assert_eq!(ids, (0..151).collect::<Vec<_>>(), "in the order of the list");

        // Cut within the hundredth line.
        let keep: usize = whole.lines().take(99).map(|line| line.len() + 1).sum();
        fs::write(it.path("r.jsonl"), &whole.as_bytes()[..keep + 40]).unwrap();
        let second = run();
        assert!(second.stdout.contains("done before          99"), "{}", second.stdout);
        let again = fs::read_to_string(it.path("r.jsonl")).unwrap();
        assert_eq!(again.lines().count(), 152);
        assert_eq!(again[..keep], whole[..keep]);
    }
}

/// A genuine YubiKey whose elliptic curve key EUCLEAK touches: a review, which a person approves.
#[test]
fn an_archive_is_judged_again_and_names_the_certificates_to_revoke() {
    let Some(samples) = crate::support::shared("samples/yubico-piv") else { return };
    for backend in backends() {
        let it = backend.ledger();
        let Some(sample) = crate::support::entries(&samples).into_iter().find(|folder| {
            let run = it.run(&[
                "verify",
                &folder.display().to_string(),
                "--format",
                "json",
                "--order",
                "o-1",
                "--subscriber",
                "acme",
            ]);
            run.code == 3
        }) else {
            panic!("no genuine sample is a review")
        };
        let id = it.whole() - 1;
        let record = id.to_string();
        assert_eq!(it.run(&["ledger", "approve", &record, "--reason", "weighed"]).code, 0);
        let attestation = crate::support::entries(&sample)
            .into_iter()
            .find(|path| {
                let gate = it.run(&["gate", &path.display().to_string()]);
                gate.code == 0
            })
            .expect("the certificate of the key");
        let serial = it.run(&["ledger", "list"]);
        let issued = serial.stdout.lines().filter(|line| line.contains("issuance")).count();
        assert_eq!(issued, 1, "{}", attestation.display());

        let today = it.run(&["ledger", "recheck"]);
        assert_eq!(today.code, 0, "{}", today.stdout);
        assert!(today.stdout.contains(" 0 affected"), "{}", today.stdout);
        fs::write(it.path("p.yaml"), "version: 2\nadvisories: {YSA-2024-03: refuse}\n").unwrap();
        let tomorrow = it.run(&["ledger", "recheck", "--policy", "p.yaml"]);
        assert_eq!(tomorrow.code, 1, "{}", tomorrow.stdout);
        assert!(
            tomorrow.stdout.contains(&format!("Record {record} (order o-1): review, today reject"))
        );
        assert!(tomorrow.stdout.contains("device.advisory"), "{}", tomorrow.stdout);
        assert!(tomorrow.stdout.contains("within 24 hours"), "{}", tomorrow.stdout);

        // The key of the anchor leaks: a line of policy finds what was issued on it.
        let result = it.run(&["verify", &sample.display().to_string(), "--format", "json"]);
        let anchor = json(&result.stdout)["anchor"]["spki_sha256"].as_str().unwrap().to_owned();
        let line = format!("version: 2\ndistrust: [{{key: \"{anchor}\", reason: It leaked.}}]\n");
        fs::write(it.path("d.yaml"), line).unwrap();
        let leaked = it.run(&["ledger", "recheck", "--policy", "d.yaml"]);
        assert_eq!(leaked.code, 1, "{}", leaked.stdout);
        for says in ["today reject", "chain.distrusted", &anchor, "It leaked.", "certificate  "] {
            assert!(leaked.stdout.contains(says), "{says}: {}", leaked.stdout);
        }
        let listed = it.run(&["ledger", "list"]);
        let serial = leaked.stdout.split("certificate  ").nth(1).unwrap();
        let serial = serial.split_whitespace().next().unwrap();
        assert!(listed.stdout.contains(serial), "{serial}: {}", listed.stdout);

        let sample =
            |seed: &str| it.run(&["ledger", "sample", "--percent", "3", "--seed", seed]).stdout;
        assert!(sample("a").contains("type not said: 1 of 1"), "{}", sample("a"));
        assert!(sample("a").contains("the same byte for byte"), "{}", sample("a"));
        assert_eq!(sample("a"), sample("a"));
        it.whole();
    }
}

/// Anchors that a caller had added to a verdict stay beside it: that they are not named again is no word
/// against them, and what is distrusted is still found.
#[test]
fn an_archive_is_judged_again_by_the_anchors_of_then() {
    let it = backends().remove(0).ledger();
    it.simulate("one");
    it.simulate("two");
    for name in ["one", "two"] {
        assert_eq!(it.verify(name, name, "acme").code, 5);
    }
    let today = it.run(&["ledger", "recheck"]);
    assert_eq!(today.code, 0, "{}", today.stderr);
    assert!(today.stdout.contains("2 verdicts judged again, 0 affected"), "{}", today.stdout);
    let result = it.run(&["verify", "one", "--trust-anchors", "one", "--format", "json"]);
    assert_eq!(it.whole(), 3);
    let result = json(&result.stdout);
    let path = result["path"].as_array().unwrap();
    let device = path.iter().find(|step| step["role"] == "device").unwrap();
    let sha256 = device["sha256"].as_str().unwrap();
    let line =
        format!("version: 2\ndistrust: [{{certificate: \"{sha256}\", reason: It leaked.}}]\n");
    fs::write(it.path("d.yaml"), line).unwrap();
    let leaked = it.run(&["ledger", "recheck", "--policy", "d.yaml"]);
    // Nothing was issued on them yet, and may be.
    assert_eq!(leaked.code, 1, "{}", leaked.stdout);
    assert!(leaked.stdout.contains("none was issued on it"), "{}", leaked.stdout);
    assert!(leaked.stdout.contains("3 verdicts judged again, 2 affected"), "{}", leaked.stdout);
    assert!(leaked.stdout.contains("Record 0 (order one): accept, today reject"));
    assert!(leaked.stdout.contains("chain.distrusted"), "{}", leaked.stdout);
    // Other anchors are named, which have the same name: those of then do not count.
    let other = it.run(&["ledger", "recheck", "--trust-anchors", "two"]);
    assert!(other.stdout.contains("chain.signature-invalid"), "{}", other.stdout);
    assert_eq!(it.run(&["ledger", "replay", "0"]).code, 0);
}

/// Nothing can be pruned before its time, to the second; what is pruned leaves its place.
#[test]
fn records_are_pruned_when_their_time_is_over_and_not_before() {
    if !has("faketime", &["2026-11-21 12:00:00", "true"]) {
        return;
    }
    let it = backends().remove(0).ledger();
    it.simulate("one");
    let at = |time: &str, arguments: &[&str]| -> crate::ledger_fixture::Run {
        let command = it.command(arguments);
        let mut faked = Command::new("faketime");
        faked.env("TZ", "UTC").arg("-f").arg(time).arg(command.get_program());
        faked.args(command.get_args()).current_dir(it.folder.path()).stdin(Stdio::null());
        for (name, value) in command.get_envs() {
            value.map(|value| faked.env(name, value));
        }
        faked.output().unwrap().into()
    };
    let verify = ["verify", "one", "--trust-anchors", "one", "--order", "o", "--subscriber", "s"];
    let kept = at("2026-11-21 12:00:00", &verify);
    assert_eq!(kept.code, 5, "{}", kept.stderr);
    let prune = ["ledger", "prune"];
    let early = at("2028-11-21 12:00:00", &prune);
    assert_eq!((early.code, early.stdout.as_str()), (0, "0 records pruned\n"), "{}", early.stderr);
    let late = at("2028-11-21 12:00:05", &prune);
    assert_eq!((late.code, late.stdout.as_str()), (0, "1 records pruned\n"), "{}", late.stderr);
    assert_eq!(it.run(&["ledger", "show", "0"]).code, 4);
    let whole = it.run(&["ledger", "verify"]);
    assert!(whole.stdout.contains("2, 1 of them not pruned"), "{}", whole.stdout);
    assert_eq!(it.run(&["ledger", "prove", "0"]).code, 0);
    // A clock that was set back does not write.
    let back = at("2026-11-21 12:00:00", &verify);
    assert_eq!(back.code, 4);
    assert!(back.stderr.contains("Set the clock"), "{}", back.stderr);
}
