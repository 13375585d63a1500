//! Files as programs on Windows write them: line ends, byte order marks, UTF-16, names. The verdict is the
//! one on the plain files; a policy, anchors and a list are read alike.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

const TIME: &str = "2026-11-21T00:00:00Z";
const FILES: [&str; 4] = ["request.pem", "attestation.pem", "device.pem", "issuing-ca.pem"];

fn run(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keyproof"));
    let output = command.args(arguments).current_dir(folder).stdin(Stdio::null()).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(said).unwrap())
}

/// A folder with a simulated submission in `case`.
fn simulated() -> TempDir {
    let folder = TempDir::new().unwrap();
    let simulate = ["simulate", "yubico-piv", "--out", "case", "--time", TIME, "--key", "p256"];
    assert_eq!(run(folder.path(), &simulate).0, 0);
    folder
}

/// A program of Windows, and what it makes of a text.
type Writer = (&'static str, fn(&str) -> Vec<u8>);

fn writers() -> [Writer; 5] {
    fn with_crlf(text: &str) -> String {
        text.replace('\n', "\r\n")
    }
    fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }
    [
        ("CR LF", |text| with_crlf(text).into_bytes()),
        ("Notepad, UTF-8 with BOM", |text| format!("\u{feff}{}", with_crlf(text)).into_bytes()),
        ("PowerShell 5.1, output redirected", |text| {
            utf16(&format!("\u{feff}{}", with_crlf(text)))
        }),
        ("the same without a mark", |text| utf16(&with_crlf(text))),
        ("certreq -new", |text| {
            with_crlf(&text.replace(" CERTIFICATE REQUEST-", " NEW CERTIFICATE REQUEST-")).into()
        }),
    ]
}

#[test]
fn evidence_written_on_windows_is_read_as_it_is() {
    let folder = simulated();
    let verify = |case: &str| {
        let trust = ["--trust-anchors", "case", "--time", TIME];
        let files = FILES.map(|file| format!("{case}/{file}"));
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        run(folder.path(), &[&["verify"][..], &trust, &files].concat())
    };
    assert_eq!(verify("case").0, 5);
    for (number, (writer, write)) in writers().into_iter().enumerate() {
        let case = format!("as-{number}");
        fs::create_dir(folder.path().join(&case)).unwrap();
        for file in FILES {
            let text = fs::read_to_string(folder.path().join("case").join(file)).unwrap();
            fs::write(folder.path().join(&case).join(file), write(&text)).unwrap();
        }
        let (code, said) = verify(&case);
        assert_eq!(code, 5, "{writer}: {said}");
    }
}

/// Blanks, letters that ASCII lacks, and what a drive and a share would begin with, in names of files.
#[test]
fn names_as_on_windows_are_names() {
    let folder = simulated();
    let case = folder.path().join("Anträge (2)");
    fs::rename(folder.path().join("case"), &case).unwrap();
    fs::rename(case.join("request.pem"), case.join("Kopie von request.PEM")).unwrap();
    let trust = ["--trust-anchors", "Anträge (2)", "--time", TIME];
    let (code, said) = run(
        folder.path(),
        &[
            &["verify"][..],
            &trust,
            &[
                "Anträge (2)/Kopie von request.PEM",
                "Anträge (2)/attestation.pem",
                "Anträge (2)/device.pem",
                "Anträge (2)/issuing-ca.pem",
            ],
        ]
        .concat(),
    );
    assert_eq!(code, 5, "{said}");
}

#[test]
fn the_files_of_the_operator_may_have_the_line_ends_of_windows() {
    let folder = simulated();
    let at = |name: &str| folder.path().join(name);
    let anchors = fs::read_to_string(at("case/anchors.yaml")).unwrap();
    fs::write(at("case/anchors.yaml"), anchors.replace('\n', "\r\n")).unwrap();
    let policy = "# Anträge\r\nversion: 3\r\nname: ca\r\nmin_fips_level: 2\r\n";
    for policy in [policy.to_owned(), format!("\u{feff}{policy}")] {
        fs::write(at("policy.yaml"), policy).unwrap();
        let (code, said) = run(folder.path(), &["policy", "check", "policy.yaml"]);
        assert_eq!(code, 0, "{said}");
    }
    let files = FILES.map(|file| format!("\"case/{file}\"")).join(",");
    fs::write(at("list.jsonl"), format!("{{\"id\":\"1\",\"files\":[{files}]}}\r\n")).unwrap();
    let batch = ["batch", "list.jsonl", "--output", "results.jsonl", "--policy", "policy.yaml"];
    let trust = ["--trust-anchors", "case", "--time", TIME];
    let (code, said) = run(folder.path(), &[&batch[..], &trust].concat());
    assert_eq!(code, 5, "{said}");
}
