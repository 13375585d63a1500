//! Many submissions: the exit code is that of the gravest result, and an earlier line is a result only
//! of what it is bound to.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

const TIME: &str = "2026-11-21T00:00:00Z";

struct Run {
    code: i32,
    stdout: String,
    stderr: String,
}

/// A folder of submissions `in`, with simulated ones that all have the anchors of `anchors`.
struct Fixture(TempDir);

impl Fixture {
    /// Faultless submissions of those names.
    fn of(names: &[&str]) -> Self {
        let it = Self(TempDir::new().unwrap());
        fs::create_dir(it.path("in")).unwrap();
        let simulate = ["simulate", "yubico-piv", "--key", "p256", "--time", TIME, "--out"];
        assert_eq!(it.run(&[&simulate[..], &["anchors"]].concat()).code, 0);
        names.iter().for_each(|name| it.copy(name));
        it
    }

    /// One more submission, the same as the others.
    fn copy(&self, name: &str) {
        fs::create_dir(self.path("in").join(name)).unwrap();
        for file in ["request.pem", "attestation.pem", "device.pem", "issuing-ca.pem"] {
            let to = self.path("in").join(name).join(file);
            fs::copy(self.path("anchors").join(file), to).unwrap();
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn run(&self, arguments: &[&str]) -> Run {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keyproof"));
        let output =
            command.args(arguments).current_dir(self.0.path()).stdin(Stdio::null()).output();
        let output = output.unwrap();
        Run {
            code: output.status.code().expect("an exit code"),
            stdout: String::from_utf8(output.stdout).expect("UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }

    /// Judges `in` under its own anchors: accepts, under test trust.
    fn batch(&self, more: &[&str]) -> Run {
        self.bare(&[&["--time", TIME, "--trust-anchors", "anchors"], more].concat())
    }

    /// The same by what `more` says.
    fn bare(&self, more: &[&str]) -> Run {
        self.run(&[&["batch", "in", "--output", "r.jsonl"], more].concat())
    }

    fn lines(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.path("r.jsonl")).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn verdicts(&self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap_or("none").to_owned();
        let verdict = |line: &Value| (text(&line["id"]), text(&line["result"]["verdict"]));
        self.lines().iter().map(verdict).collect()
    }
}

fn before(run: &Run) -> usize {
    let line = run.stdout.lines().find(|line| line.starts_with("done before")).expect("a count");
    line.split_whitespace().last().unwrap().parse().unwrap()
}

#[test]
fn results_that_were_there_before_weigh_as_much() {
    let it = Fixture::of(&["one", "two"]);
    let rejects = ["--time", TIME];
    for (round, done) in [(0, 0), (1, 2), (2, 2)] {
        let run = it.bare(&rejects);
        assert_eq!((run.code, before(&run)), (1, done), "{round}: {}{}", run.stdout, run.stderr);
        assert!(run.stdout.contains("reject               2"), "{}", run.stdout);
    }
    // One more, and better ones among them, make none of them better.
    fs::remove_file(it.path("r.jsonl")).unwrap();
    fs::remove_file(it.path("in/two/request.pem")).unwrap();
    assert_eq!(it.batch(&[]).code, 1);
    it.copy("three");
    let run = it.batch(&[]);
    assert_eq!((run.code, before(&run)), (1, 2), "{}", run.stdout);
    for counted in ["accept, test trust   2", "reject               1"] {
        assert!(run.stdout.contains(counted), "{}", run.stdout);
    }
    fs::remove_dir_all(it.path("in/two")).unwrap();
    fs::write(it.path("r.jsonl"), "").unwrap();
    assert_eq!(it.batch(&[]).code, 5);
    assert_eq!(it.batch(&[]).code, 5);
}

/// A line holds what the report of the one submission holds, in the language that is asked for.
#[test]
fn a_line_has_the_letter_of_its_submission() {
    let it = Fixture::of(&["one", "two"]);
    fs::remove_file(it.path("in/two/request.pem")).unwrap();
    for (language, word) in [("en", "Please"), ("de", "Bitte")] {
        assert_eq!(it.batch(&["--lang", language]).code, 1);
        let lines = it.lines();
        assert_eq!((&lines[0]["id"], &lines[0]["result"]["letter"]), (&json!("one"), &Value::Null));
        let alone = ["verify", "in/two", "--format", "json", "--lang", language, "--time", TIME];
        let alone = it.run(&[&alone[..], &["--trust-anchors", "anchors"]].concat());
        let alone: Value = serde_json::from_str(&alone.stdout).unwrap();
        assert_eq!(lines[1]["result"], alone);
        assert!(alone["letter"]["paragraphs"][0].as_str().unwrap().contains(word), "{alone}");
        // Another language is another line.
        assert_eq!(before(&it.batch(&["--lang", language])), 2);
    }
}

/// Each line of a list has its own device, and a result counts for that device alone.
#[test]
fn a_list_names_the_device_of_each_order() {
    let it = Fixture::of(&["one", "two"]);
    let list = |serials: [&str; 2]| {
        let line = |(id, serial): (&str, &str)| json!({"id": id, "files": [format!("in/{id}")], "serial": serial});
        let lines = ["one", "two"].into_iter().zip(serials).map(line);
        let text: Vec<String> = lines.map(|line| line.to_string()).collect();
        fs::write(it.path("list.jsonl"), text.join("\n")).unwrap();
        let run = ["batch", "list.jsonl", "--output", "r.jsonl", "--time", TIME];
        it.run(&[&run[..], &["--trust-anchors", "anchors"]].concat())
    };
    let named = list(["20261121", "0x1352901"]);
    assert_eq!((named.code, before(&named)), (5, 0), "{}{}", named.stdout, named.stderr);
    let again = list(["20261121", "0x1352901"]);
    assert_eq!((again.code, before(&again)), (5, 2));
    let other = list(["20261121", "20261122"]);
    assert_eq!((other.code, before(&other)), (1, 1), "{}", other.stdout);
    let verdicts: Vec<String> = it.verdicts().into_iter().map(|(_, verdict)| verdict).collect();
    assert_eq!(verdicts, ["accept", "reject"]);
    assert_eq!(list(["20261121", "not a number"]).code, 4);
}

/// Whatever differs, the submission is judged again, and no line says what it was before.
#[test]
fn a_line_counts_for_exactly_what_it_is_bound_to() {
    let it = Fixture::of(&["one"]);
    fs::write(it.path("p.yaml"), "version: 1\n").unwrap();
    let accepted = |it: &Fixture| {
        let _ = fs::remove_file(it.path("r.jsonl"));
        assert_eq!(it.batch(&[]).code, 5);
        assert_eq!(before(&it.batch(&[])), 1, "the same is done before");
    };
    let another_time = ["--time", "2026-11-22T00:00:00Z", "--trust-anchors", "anchors"];
    let without_anchors = ["--time", TIME];
    let another_policy = ["--time", TIME, "--trust-anchors", "anchors", "--policy", "p.yaml"];
    for (more, code) in [
        (&another_time[..], 5),
        (&without_anchors, 1),
        (&another_policy, 5),
        (&another_time[2..], 5),
    ] {
        accepted(&it);
        let run = it.bare(more);
        assert_eq!((run.code, before(&run)), (code, 0), "{more:?} {}", run.stdout);
        assert_eq!(it.lines().len(), 1, "{more:?}");
    }
    // Other files under the name.
    for (file, bytes) in
        [("request.pem", None), ("attestation.pem", Some("-----BEGIN")), ("more.txt", Some("x"))]
    {
        accepted(&it);
        let path = it.path("in/one").join(file);
        let kept = fs::read(&path);
        match bytes {
            Some(bytes) => fs::write(&path, bytes).unwrap(),
            None => fs::remove_file(&path).unwrap(),
        }
        let run = it.batch(&[]);
        assert_eq!(before(&run), 0, "{file}");
        assert_eq!(it.lines().len(), 1, "{file}");
        assert_eq!(it.verdicts()[0].1 == "accept", file == "more.txt", "{file}");
        match kept {
            Ok(bytes) => fs::write(&path, bytes).unwrap(),
            Err(_) => fs::remove_file(&path).unwrap(),
        }
    }
    // Lines that somebody wrote.
    accepted(&it);
    let good = it.lines().remove(0);
    let mut of_another_version = good.clone();
    of_another_version["basis"] = json!("00".repeat(32));
    let mut without_verdict = good.clone();
    without_verdict["result"].as_object_mut().unwrap().remove("verdict");
    for forged in [json!({"id": "one"}), json!({"id": "one", "error": "e"}), of_another_version] {
        fs::write(it.path("r.jsonl"), format!("{forged}\n")).unwrap();
        let run = it.batch(&[]);
        assert_eq!((run.code, before(&run)), (5, 0), "{forged}");
        assert_eq!(it.lines(), std::slice::from_ref(&good));
    }
    for foreign in [without_verdict, json!({"id": "one", "files": ["x"]}), json!({"id": "two"})] {
        let text = format!("{foreign}\n");
        fs::write(it.path("r.jsonl"), &text).unwrap();
        let run = it.batch(&[]);
        assert_eq!(run.code, 4, "{foreign}");
        assert_eq!(fs::read_to_string(it.path("r.jsonl")).unwrap(), text, "nothing is lost");
    }
}

#[test]
fn lines_that_stand_stay_and_stale_ones_between_them_go() {
    let it = Fixture::of(&["a", "b", "c"]);
    assert_eq!(it.batch(&[]).code, 5);
    let first = it.lines();
    fs::remove_file(it.path("in/b/request.pem")).unwrap();
    let run = it.batch(&[]);
    assert_eq!((run.code, before(&run)), (1, 2), "{}{}", run.stdout, run.stderr);
    let lines = it.lines();
    assert_eq!(lines[..2], [first[0].clone(), first[2].clone()]);
    assert_eq!((&lines[2]["id"], lines.len()), (&json!("b"), 3));
    // Cut off within the last line.
    let text = fs::read(it.path("r.jsonl")).unwrap();
    fs::write(it.path("r.jsonl"), &text[..text.len() - 10]).unwrap();
    assert_eq!(before(&it.batch(&[])), 2);
    assert_eq!(it.lines(), lines);
    let beside: Vec<_> = fs::read_dir(it.0.path()).unwrap().map(|it| it.unwrap().path()).collect();
    assert_eq!(beside.len(), 3, "{beside:?}");
}

#[test]
fn a_run_of_no_named_time_goes_on_within_a_day() {
    let it = Fixture::of(&["one"]);
    let own = ["--trust-anchors", "anchors"];
    let code = it.bare(&own).code;
    let again = it.bare(&own);
    assert_eq!((again.code, before(&again)), (code, 1));
    let basis = it.lines().remove(0);
    for (time, expected) in [("2026-11-01T00:00:00Z", 0), ("2999-01-01T00:00:00Z", 0)] {
        let mut line = basis.clone();
        line["result"]["evaluated_at"] = json!(time);
        fs::write(it.path("r.jsonl"), format!("{line}\n")).unwrap();
        assert_eq!(before(&it.bare(&own)), expected, "{time}");
    }
}

#[test]
fn nothing_to_judge_is_no_success() {
    let it = Fixture::of(&[]);
    assert_eq!(it.batch(&[]).code, 4);
    fs::write(it.path("list.jsonl"), "\n").unwrap();
    assert_eq!(it.run(&["batch", "list.jsonl", "--output", "r.jsonl"]).code, 4);
    assert!(!it.path("r.jsonl").exists());
}

#[test]
fn one_run_writes_at_a_time() {
    let it = Fixture::of(&["one"]);
    let held = File::create(it.path("r.jsonl")).unwrap();
    held.lock().unwrap();
    let run = it.batch(&[]);
    assert_eq!(run.code, 4);
    assert!(run.stderr.contains("another run is writing to r.jsonl"), "{}", run.stderr);
    held.unlock().unwrap();
    assert_eq!(it.batch(&[]).code, 5);
}

#[test]
fn results_take_the_place_of_nothing_that_is_judged() {
    let it = Fixture::of(&["one"]);
    fs::write(it.path("list.jsonl"), "{\"id\":\"1\",\"files\":[\"in/one\"]}\n").unwrap();
    for (from, to) in [
        ("in", "in/r.jsonl"),
        ("in", "in/one/r.jsonl"),
        ("in", "in/one/request.pem"),
        (".", "r.jsonl"),
        ("list.jsonl", "list.jsonl"),
    ] {
        let run = it.run(&["batch", from, "--output", to]);
        assert_eq!(run.code, 2, "{from} {to} {}", run.stderr);
    }
    assert!(fs::read_to_string(it.path("list.jsonl")).unwrap().contains("files"));
    assert!(!it.path("in/r.jsonl").exists());
}

/// As `verify` has it: a link in a folder is not followed, and the others are judged.
#[test]
fn a_link_among_the_submissions_is_not_followed() {
    let it = Fixture::of(&["one"]);
    std::os::unix::fs::symlink(it.path("anchors"), it.path("in/linked")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", it.path("in/passwd")).unwrap();
    let run = it.batch(&[]);
    assert_eq!(run.code, 4, "{}", run.stdout);
    assert!(run.stdout.contains("could not be read    2"), "{}", run.stdout);
    let lines = it.lines();
    for line in &lines[..1] {
        assert!(line["error"].as_str().unwrap().contains("link"), "{line}");
    }
    let verdict = |id: &str| it.verdicts().into_iter().find(|(of, _)| of == id).unwrap().1;
    assert_eq!((verdict("one"), verdict("passwd")), ("accept".to_owned(), "none".to_owned()));
}

#[test]
fn names_of_any_octets_are_judged_and_written_in_ascii() {
    let it = Fixture::of(&["one"]);
    let names: [&[u8]; 5] =
        [b"\xff", b"\xfe", b"\\xff", "\u{9b}\u{202e}\u{7f}\u{e9}".as_bytes(), b"two\nlines"];
    for name in names {
        let to = it.path("in").join(OsStr::from_bytes(name));
        fs::copy(it.path("anchors/request.pem"), to).unwrap();
    }
    let run = it.batch(&[]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    let bytes = fs::read(it.path("r.jsonl")).unwrap();
    assert!(bytes.iter().all(|octet| matches!(octet, b'\n' | b' '..=b'~')));
    let verdicts = it.verdicts();
    let ids: std::collections::BTreeSet<&str> = verdicts.iter().map(|it| it.0.as_str()).collect();
    assert_eq!(ids.len(), 6, "{ids:?}");
    for id in ["\\xff", "\\xfe", "\\\\xff", "two\nlines"] {
        assert!(ids.contains(id), "{id}");
    }
    assert_eq!(before(&it.batch(&[])), 6);
}

/// The same reading of references as on the command line.
#[test]
fn references_in_a_list_are_read_as_elsewhere() {
    let it = Fixture::of(&["one"]);
    let run = |member: &str| {
        let line = format!("{{\"id\":\"1\",\"files\":[\"in/one\"],{member}}}\n");
        fs::write(it.path("list.jsonl"), line).unwrap();
        it.run(&["batch", "list.jsonl", "--output", "r.jsonl"])
    };
    for member in [
        r#""subscriber":"""#,
        r#""order":"""#,
        r#""order":" ""#,
        r#""subscriber":"acme ""#,
        r#""subscriber":"ac\u200bme""#,
        r#""order":"47\u000011""#,
    ] {
        let run = run(member);
        assert_eq!(run.code, 4, "{member}");
        assert!(run.stderr.contains("list.jsonl line 1"), "{}", run.stderr);
    }
    // Without a ledger there is no place for them.
    for member in [r#""order":"4711""#, r#""subscriber":"acme""#, r#""certificate_type":"ev""#] {
        assert_eq!(run(member).code, 2, "{member}");
    }
    assert!(!it.path("r.jsonl").exists());
    assert_eq!(run(r#""order":null,"subscriber":null"#).code, 1);
}
