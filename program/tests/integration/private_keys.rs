//! Private keys in every container that is recognised, made here by the tools that people make them
//! with: no byte of one is kept or shown. `docs/private-keys.md` is the list.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::Path;

use crate::key_files::{Holds, KeyFile};
use crate::ledger_fixture::{Backend, Fixture};
use crate::support::{entries, read, shared};
use crate::traces::Traces;
use keyproof::encoding::hex::to_hex;
use keyproof::submission::{Input, InputRole, Limits, Submission};

fn unpack(name: &str, bytes: &[u8]) -> Submission {
    let role = InputRole::Any;
    let input = Input { name: name.to_owned(), bytes: bytes.to_vec(), role };
    Submission::unpack(vec![input], &Limits::default())
}

/// The one problem of a submission of which nothing is left: its code and the format it names.
fn only_reason(submission: &Submission) -> Option<(&'static str, String)> {
    let [problem] = submission.problems() else { return None };
    let forgotten = submission.items().is_empty()
        && submission.objects().is_empty()
        && submission.inputs().is_empty()
        && problem.code().forbids_keeping();
    forgotten.then(|| (problem.code().code(), problem.detail()["format"].clone()))
}

/// What the file holds, as a code.
fn code(file: &KeyFile) -> &'static str {
    match file.holds {
        Holds::Key => "input.private-key-present",
        Holds::Wrapped => "input.key-blob-present",
        Holds::Perhaps => "input.keystore-present",
    }
}

#[test]
fn every_key_file_leaves_nothing_in_any_wrapping() {
    let Some(made) = crate::key_files::make() else { return };
    let mut formats = BTreeSet::new();
    let mut missed = Vec::new();
    for file in &made.keys {
        let plain = only_reason(&unpack(&file.name, &file.bytes));
        let Some((found, format)) = plain else { panic!("{}: not recognised", file.name) };
        assert_eq!(found, code(file), "{}: {format}", file.name);
        for (wrapping, bytes) in wrappings(&file.bytes) {
            let wrapped = unpack("file", &bytes);
            let reason = only_reason(&wrapped).map(|(code, _)| code);
            // In an archive, a value inside a database may be known for a key by itself.
            let certain = reason == Some("input.private-key-present");
            if reason != Some(code(file)) && !certain {
                missed.push(format!("{} as {wrapping}: {reason:?}", file.name));
            }
        }
        formats.insert(format);
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
    assert!(made.keys.len() >= 40, "{} key files", made.keys.len());
    // The page lists what the table of recognisers has, and the tools make each.
    let page = read(&Path::new(crate::ROOT).join("docs/private-keys.md"));
    let page = String::from_utf8(page).unwrap();
    let listed: BTreeSet<String> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split_once(" | "))
        .map(|(format, _)| format.to_owned())
        .filter(|format| format.starts_with("a ") || format.starts_with("an "))
        .collect();
    assert_eq!(formats, listed);
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn zip(content: &[u8], method: zip::CompressionMethod) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(method);
    writer.start_file("a folder/entry", options).unwrap();
    writer.write_all(content).unwrap();
    writer.finish().unwrap().into_inner()
}

fn base64(content: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(content)
}

/// In lines of 64 characters.
fn lines(text: &str) -> String {
    let lines = text.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line).into_owned());
    lines.map(|line| line + "\r\n").collect()
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// A content in the wrappings that people send things in, read by the intake or not.
fn wrappings(content: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let encoded = base64(content);
    let url = encoded.replace('+', "-").replace('/', "_").replace('=', "");
    let pairs: Vec<String> = content.iter().map(|byte| format!("{byte:02x}")).collect();
    let deflated = zip(content, zip::CompressionMethod::Deflated);
    let tar = {
        let mut header = vec![0; 512];
        header[..5].copy_from_slice(b"entry");
        header[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
        header[257..263].copy_from_slice(b"ustar\0");
        let mut tar = [&header, content].concat();
        tar.resize(tar.len().next_multiple_of(512) + 1024, 0);
        tar
    };
    let text = |text: String| text.into_bytes();
    vec![
        ("gzip", gzip(content)),
        ("gzip and a tail", [gzip(content), b"tail".to_vec()].concat()),
        ("zip", deflated.clone()),
        ("stored zip", zip(content, zip::CompressionMethod::Stored)),
        ("zip in zip", zip(&deflated, zip::CompressionMethod::Deflated)),
        ("zip cut short", deflated[..deflated.len() - 10].to_vec()),
        ("tar", tar.clone()),
        ("tar.gz", gzip(&tar)),
        ("base64", text(encoded.clone())),
        ("base64 in lines", text(lines(&encoded))),
        (
            "base64 in a letter",
            text(format!("Dear all,\nhere it is:\n\n{}\n(Bye)", lines(&encoded))),
        ),
        ("base64url", text(url)),
        ("base64 of gzip", text(base64(&gzip(content)))),
        ("base64 of zip", text(base64(&deflated))),
        ("base64 of base64", text(base64(encoded.as_bytes()))),
        ("hexadecimal", text(to_hex(content))),
        ("hexadecimal with colons", text(pairs.join(":"))),
        ("hexadecimal in capitals", text(pairs.join(" ").to_uppercase())),
        ("UTF-16", utf16(&lines(&encoded))),
        ("UTF-16 of an odd length", [utf16(&encoded), vec![b'x']].concat()),
        (
            "PEM of another label",
            text(format!(
                "-----BEGIN CERTIFICATE-----\n{}-----END CERTIFICATE-----\n",
                lines(&encoded)
            )),
        ),
        ("JSON", text(format!("{{\"a\": [\"{encoded}\"]}}"))),
        ("JSON that is none", text(format!("{{\"a\": 1, \"a\": \"{encoded}\",}}"))),
        ("gzip in JSON", text(format!("{{\"a\": \"{}\"}}", base64(&gzip(content))))),
        ("XML", text(format!("<a><b>{encoded}</b></a>"))),
        ("XML that is none", text(format!("<n:a><b>{encoded}</n:a>"))),
    ]
}

#[test]
fn the_program_shows_and_keeps_no_byte_of_a_key_file() {
    let Some(made) = crate::key_files::make() else { return };
    let it = Backend::Sqlite.ledger();
    it.simulate("one");
    assert_eq!(it.verify("one", "o-1", "acme").code, 5);
    let mut traces = Traces::of(made.keys.iter());
    // Beside evidence that would be accepted.
    for file in &made.keys {
        let folder = it.path("batch").join(&file.name);
        fs::create_dir_all(&folder).unwrap();
        for path in entries(&it.path("one")) {
            fs::copy(&path, folder.join(path.file_name().unwrap())).unwrap();
        }
        fs::write(folder.join("sent"), &file.bytes).unwrap();
    }
    // What the control says and keeps is no trace of a key.
    fs::create_dir_all(it.path("control/one")).unwrap();
    fs::write(it.path("control/one/sent"), b"a text").unwrap();
    traces.except(&everything(&it, "control", &["one"]));
    let names: Vec<&str> = made.keys.iter().map(|file| file.name.as_str()).collect();
    let shown = everything(&it, "batch", &names);
    for (place, output) in &shown {
        assert_eq!(traces.find(output), None, "in {place}");
    }
    let rejects = shown.iter().filter(|(place, _)| place.ends_with("as json, stdout"));
    let found: BTreeSet<String> = rejects
        .map(|(_, output)| {
            let result: serde_json::Value = serde_json::from_slice(output).unwrap();
            assert_eq!(result["verdict"], "reject");
            assert_eq!(result["inputs"], serde_json::json!([]));
            result["requirements"][0]["reasons"][0]["code"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(found, made.keys.iter().map(|file| code(file).to_owned()).collect());
    // Of the faultless submission one record, of the control one for each format and one for the batch.
    assert_eq!(it.whole(), 7);
}

const FORMATS: [&str; 5] = ["text", "json", "html", "pkilint", "pkimetal"];

/// All that the program says of the submissions in a folder, and all that is in its ledger then.
fn everything(it: &Fixture, folder: &str, names: &[&str]) -> Vec<(String, Vec<u8>)> {
    let mut outputs = Vec::new();
    let mut run = |what: String, arguments: &[&str]| {
        let output = it.command(arguments).output().unwrap();
        outputs.push((format!("{what}, stdout"), output.stdout));
        outputs.push((format!("{what}, stderr"), output.stderr));
    };
    for name in names {
        let submission = format!("{folder}/{name}");
        for format in FORMATS {
            let trust = ["--trust-anchors", "one"];
            let arguments = [&["verify", &submission, "--format", format][..], &trust].concat();
            run(format!("verify {name} as {format}"), &arguments);
        }
        run(format!("inspect {name}"), &["inspect", &submission]);
    }
    let output = format!("{folder}.jsonl");
    run("batch".to_owned(), &["batch", folder, "--output", &output, "--trust-anchors", "one"]);
    outputs.push(("the results of batch".to_owned(), read(&it.path(&output))));
    for path in entries(it.folder.path()) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.starts_with("l.db") {
            outputs.push((name, read(&path)));
        }
    }
    outputs
}

#[test]
fn what_is_public_is_not_taken_for_a_key() {
    let Some(made) = crate::key_files::make() else { return };
    for file in &made.public {
        assert_eq!(only_reason(&unpack("file", &file.bytes)), None, "{}", file.name);
        for (wrapping, bytes) in wrappings(&file.bytes) {
            assert_eq!(only_reason(&unpack("file", &bytes)), None, "{} as {wrapping}", file.name);
        }
    }
    assert!(made.public.len() >= 15);
}

/// A store without a password is read, and said to be what it is.
#[test]
fn a_truststore_is_called_one() {
    let Some(made) = crate::key_files::make() else { return };
    let mut seen = 0;
    for file in made.public.iter().filter(|file| file.name.starts_with("truststore")) {
        let submission = unpack("file", &file.bytes);
        let [problem] = submission.problems() else { panic!("{}", file.name) };
        assert_eq!(problem.code().code(), "input.malformed", "{}", file.name);
        assert!(problem.detail()["fault"].contains("certificates alone"), "{}", file.name);
        assert!(submission.objects().is_empty(), "{}", file.name);
        seen += 1;
    }
    assert!(seen >= 4, "{seen}");
}

#[test]
fn no_genuine_evidence_is_taken_for_a_key() {
    let Some(samples) = shared("samples") else { return };
    let mut folders = vec![samples];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for path in entries(&folder) {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let reason = only_reason(&unpack("file", &read(&path)));
            // Backups of keys are among the negatives of the SmartCard-HSM.
            let backup = reason.as_ref().is_some_and(|(code, _)| *code == "input.key-blob-present");
            assert!(reason.is_none() || backup, "{}: {reason:?}", path.display());
            seen += 1;
        }
    }
    assert!(seen > 150, "{seen}");
}

/// Signatures in files of their own begin like anything.
#[test]
fn random_octets_are_not_taken_for_a_key() {
    let mut state = 1_u64;
    let mut next = || {
        // SplitMix64.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = state;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    };
    for length in [64, 96, 132, 256, 384, 512] {
        for _ in 0..5_000 {
            let words = (0..length).step_by(8).map(|_| next().to_le_bytes());
            let bytes: Vec<u8> = words.flatten().take(length).collect();
            assert_eq!(only_reason(&unpack("file", &bytes)), None, "{bytes:02x?}");
        }
    }
}
