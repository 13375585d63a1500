//! The JSON contract: its schema, its page in the documentation, and what may be read back of it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use keyproof::document::{DocumentError, reasons_schema, result_schema};
use keyproof::reason::{Language, ReasonCode};
use keyproof::report::{self, TextOptions};
use keyproof::result::ResultSource;
use keyproof::{AttestationResult, Verdict};
use serde_json::{Value, json};

use crate::case::Case;
use crate::support::left_out;

fn cases() -> impl Iterator<Item = &'static Case> {
    Case::stored().iter().chain(Case::simulated())
}

fn accept() -> Value {
    let case = Case::named("yubico-piv/simulated-accept");
    serde_json::from_str(&report::json(case.result(), Language::English)).unwrap()
}

fn read(document: &Value) -> Result<AttestationResult, DocumentError> {
    AttestationResult::from_json(document.to_string().as_bytes())
}

/// Whatever was judged is written so that the same is read.
#[test]
fn every_result_reads_back_as_it_was_written() {
    for case in cases() {
        let json = report::json(case.result(), Language::English);
        let again = AttestationResult::from_json(json.as_bytes())
            .unwrap_or_else(|error| panic!("{}: {error}", case.name));
        assert_eq!(report::json(&again, Language::English), json, "{}", case.name);
        assert_eq!(again.verdict(), case.result().verdict(), "{}", case.name);
        let notices = |result: &AttestationResult| result.findings().to_vec();
        assert_eq!(notices(&again), notices(case.result()), "{}", case.name);
        assert_eq!(again.source(), ResultSource::Document);
    }
}

/// No report of a document looks like that of a verdict that was given here.
#[test]
fn a_report_of_a_document_says_that_it_is_one() {
    for case in cases().filter(|case| case.result().verdict() == Verdict::Accept).take(3) {
        let read =
            AttestationResult::from_json(report::json(case.result(), Language::English).as_bytes())
                .unwrap();
        let (text, html) =
            (report::text(&read, &TextOptions::default()), report::html(&read, Language::English));
        for page in [&text, &html] {
            assert!(page.contains("FROM A FILE"), "{page}");
            assert!(page.contains("Do not issue on this page"), "{page}");
            assert!(!page.contains("may be certified"), "{page}");
        }
        assert!(html.contains("<header class=\"review\">"), "it is not green");
        let kept = report::text(&read.of_record(), &TextOptions::default());
        assert!(!kept.contains("FROM A FILE"), "{kept}");
    }
}

/// Changes a document, into which it may put a reason.
type Change = fn(&mut Value, &Value);

#[test]
fn a_document_that_contradicts_itself_is_refused() {
    assert!(read(&accept()).is_ok());
    let genuine = 1;
    let reason = json!({
        "code": "device.not-certified", "message": "m", "hint": "h", "detail": {}, "outcome": "unsatisfied",
    });
    let changes: [(&str, Change); 15] = [
        ("verdict", |it, _| it["verdict"] = json!("reject")),
        ("trust", |it, _| it["trust"] = json!("production")),
        ("may_issue", |it, _| it["may_issue"] = json!(true)),
        ("outcome", |it, _| it["requirements"][5]["outcome"] = json!("unsatisfied")),
        ("reason", |it, reason| it["requirements"][5]["reasons"] = json!([reason])),
        ("weight", |it, reason| {
            it["requirements"][5]["reasons"] = json!([reason]);
            it["requirements"][5]["reasons"][0]["outcome"] = json!("satisfied");
        }),
        ("missing", |it, _| drop(it["requirements"].as_array_mut().unwrap().pop())),
        ("order", |it, _| it["requirements"].as_array_mut().unwrap().swap(0, 1)),
        ("twice", |it, _| {
            let first = it["requirements"][0].clone();
            it["requirements"].as_array_mut().unwrap().push(first);
        }),
        ("ledger", |it, _| it["ledger"] = json!({"origin": "acme", "record": 1})),
        ("claims", |it, _| it["claims"] = Value::Null),
        ("anchor", |it, _| it["anchor"] = Value::Null),
        ("status", |it, _| it["anchors"][0]["status"] = json!("production")),
        ("certification", |it, _| it["certification"] = Value::Null),
        ("signature", |it, _| it["request"]["signature_valid"] = json!(false)),
    ];
    for (name, change) in changes {
        let mut document = accept();
        change(&mut document, &reason);
        let error = read(&document).expect_err(name);
        assert!(matches!(error, DocumentError::Contradiction(_)), "{name}: {error}");
    }
    // A reject that is called an accept, whatever else is said.
    for case in cases().filter(|case| case.result().verdict() == Verdict::Reject) {
        let mut document: Value =
            serde_json::from_str(&report::json(case.result(), Language::English)).unwrap();
        document["verdict"] = json!("accept");
        assert!(read(&document).is_err(), "{}", case.name);
    }
    // What is not of the form.
    for (name, value) in [
        ("schema", json!("keyproof/result/v2")),
        ("requirements", json!("none")),
        ("evaluated_at", json!("yesterday")),
        ("trust", json!("perfect")),
    ] {
        let mut document = accept();
        document[name] = value;
        assert!(matches!(read(&document), Err(DocumentError::Form(_))), "{name}");
    }
    let mut document = accept();
    document["requirements"][genuine]["notices"] =
        json!([{ "code": "no.such", "message": "", "hint": "", "detail": {} }]);
    assert!(matches!(read(&document), Err(DocumentError::Form(_))));
    // What is not known is ignored, as readers of the contract should.
    let mut document = accept();
    document["of_a_later_version"] = json!(1);
    assert!(read(&document).is_ok());
    assert!(AttestationResult::from_json(b"").is_err());
    assert!(AttestationResult::from_json(b"{}").is_err());
}

#[test]
fn the_schema_of_reasons_has_every_code() {
    let schema = reasons_schema();
    let listed: Vec<&str> = schema["oneOf"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["const"].as_str().unwrap())
        .collect();
    let codes: Vec<&str> = ReasonCode::ALL.iter().map(|code| code.code()).collect();
    assert_eq!(listed, codes);
}

/// Another program's judgement of what is written, by the schema that is printed.
#[test]
fn every_result_is_of_its_schema() {
    let script = "import json, sys, jsonschema\n\
        schema, *results = [json.loads(line) for line in sys.stdin]\n\
        validator = jsonschema.Draft202012Validator(schema)\n\
        validator.check_schema(schema)\n\
        faults = [(n, e.message[:200], list(e.path)) for n, r in enumerate(results) for e in validator.iter_errors(r)]\n\
        bad = dict(results[0], verdict='perfect')\n\
        assert list(validator.iter_errors(bad)), 'nothing is refused'\n\
        print(len(results), faults[:5])\n";
    let has = Command::new("/usr/bin/python3").args(["-c", "import jsonschema"]).output();
    if !has.is_ok_and(|it| it.status.success()) {
        return left_out("python3-jsonschema is not there", "KEYPROOF_DEMAND_TOOLS");
    }
    let mut python = Command::new("/usr/bin/python3")
        .args(["-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = format!("{}\n", result_schema());
    let mut count = 0;
    // One of seven simulations: all of them take the other program minutes.
    for case in Case::stored().iter().chain(Case::simulated().iter().step_by(7)) {
        lines.push_str(&report::json_line(case.result()).unwrap());
        count += 1;
    }
    python.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("{count} []\n"));
}

const PAGE: &str = "docs/result.md";
const BEGIN: &str = "<!-- The tables below are written from the schema: KEYPROOF_WRITE_DOCS=1 and the test that compares them. -->\n";

/// The page says what the schema says. `KEYPROOF_WRITE_DOCS=1` writes it.
#[test]
fn the_page_says_what_the_schema_says() {
    let path = Path::new(crate::ROOT).join(PAGE);
    let page = std::fs::read_to_string(&path).unwrap();
    let (words, tables) = page.split_once(BEGIN).expect("the mark before the tables");
    let schema = result_schema();
    let mut written = Tables { schema: &schema, text: String::new(), seen: BTreeSet::new() };
    written.object("The document", &schema);
    if std::env::var_os("KEYPROOF_WRITE_DOCS").is_some() {
        std::fs::write(&path, format!("{words}{BEGIN}{}", written.text)).unwrap();
        return;
    }
    assert!(
        tables == written.text,
        "{PAGE} is not what the schema says; write it with KEYPROOF_WRITE_DOCS=1"
    );
}

/// A schema as tables: one for each object, headed by where it stands.
struct Tables<'a> {
    schema: &'a Value,
    text: String,
    seen: BTreeSet<String>,
}

impl<'a> Tables<'a> {
    fn object(&mut self, path: &str, object: &'a Value) {
        let mut inner = Vec::new();
        let mut words = String::new();
        let _ = write!(self.text, "\n## {path}\n\n");
        if let Some(about) = object["description"].as_str() {
            let _ = write!(self.text, "{}\n\n", in_a_line(about));
        }
        self.text.push_str("| field | type | meaning |\n|---|---|---|\n");
        let required: BTreeSet<&str> =
            object["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        for (name, field) in object["properties"].as_object().expect("fields") {
            let (kind, target) = self.kind(field);
            let optional = if required.contains(name.as_str()) { "" } else { ", may be left out" };
            let about = field["description"].as_str().map(in_a_line).unwrap_or_default();
            let _ = writeln!(self.text, "| `{name}` | {kind}{optional} | {about} |");
            let Some(target) = target else { continue };
            if target["properties"].is_object() {
                let list = if kind.starts_with("list") { "[]" } else { "" };
                let prefix = path.strip_prefix('`').map(|it| it.trim_end_matches('`'));
                let prefix = prefix.map(|it| format!("{it}.")).unwrap_or_default();
                inner.push((format!("`{prefix}{name}{list}`"), target));
            } else {
                words.push_str(&meanings(name, target));
            }
        }
        if !words.is_empty() {
            let _ = write!(self.text, "\n{words}");
        }
        for (path, target) in inner {
            if self.seen.insert(path.clone()) {
                self.object(&path, target);
            }
        }
    }

    /// What a field is, in words, and the part of the schema that says more.
    fn kind(&self, field: &'a Value) -> (String, Option<&'a Value>) {
        if let Some(name) = field["$ref"].as_str() {
            let target = self.schema.pointer(name.trim_start_matches('#')).expect("a definition");
            return (self.kind(target).0, Some(target));
        }
        for both in ["anyOf", "oneOf", "allOf"] {
            let Some(choices) = field[both].as_array() else { continue };
            let kinds: Vec<_> = choices.iter().map(|it| self.kind(it)).collect();
            let target = kinds.iter().find_map(|(_, target)| *target).or(Some(field));
            let alternatives: Vec<_> = kinds.into_iter().map(|(kind, _)| kind).collect();
            let all = alternatives.iter().all(|kind| kind.starts_with('`'));
            return (alternatives.join(if all { ", " } else { " or " }), target);
        }
        if let Some(word) = field["const"].as_str() {
            return (format!("`{word}`"), None);
        }
        if let Some(words) = field["enum"].as_array() {
            let words: Vec<_> = words.iter().filter_map(Value::as_str).collect();
            if words.len() > 20 {
                return ("text, of those that `keyproof schema reasons` prints".to_owned(), None);
            }
            return (words.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", "), None);
        }
        let one = |kind: &str| match kind {
            "array" => {
                let (kind, target) = self.kind(&field["items"]);
                (format!("list of {kind}"), target)
            }
            "object" if field["additionalProperties"].is_object() => (
                format!("mapping from text to {}", self.kind(&field["additionalProperties"]).0),
                None,
            ),
            "object" => ("object".to_owned(), Some(field)),
            "string" if field["pattern"] == "^[0-9a-f]{64}$" => {
                ("64 hexadecimal digits".to_owned(), None)
            }
            "string" if field["format"] == "date-time" => ("RFC 3339".to_owned(), None),
            "string" => ("text".to_owned(), None),
            "integer" => ("number".to_owned(), None),
            other => (other.to_owned(), None),
        };
        match &field["type"] {
            Value::String(kind) => one(kind),
            Value::Array(kinds) => {
                let kinds: Vec<_> = kinds.iter().filter_map(Value::as_str).map(one).collect();
                let target = kinds.iter().find_map(|(_, target)| *target);
                (kinds.into_iter().map(|(kind, _)| kind).collect::<Vec<_>>().join(" or "), target)
            }
            _ => ("anything".to_owned(), None),
        }
    }
}

/// The words that a field may hold, each with its meaning.
fn meanings(name: &str, target: &Value) -> String {
    let choices = target["oneOf"].as_array().into_iter().flatten();
    let meaning = |it: &Value| {
        let (word, about) = (it["const"].as_str()?, it["description"].as_str()?);
        Some(format!("  - `{word}`: {}\n", in_a_line(about)))
    };
    let list: String = choices.filter_map(meaning).collect();
    if list.is_empty() { String::new() } else { format!("- `{name}`\n{list}") }
}

fn in_a_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}
