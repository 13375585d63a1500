//! Papers, pictures and mail as their programs write them, beside evidence that is accepted: they change
//! nothing but for a notice; with a request or a private key in them nothing is accepted.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::{Row, folder, program, python, run};
use crate::case::Case;
use crate::expected;
use crate::support::{appraise, at, entries, read};
use keyproof::reason::Language;
use keyproof::{AttestationResult, ReasonCode, Verdict, report};

/// Which program writes which.
const WRITERS: [(&str, &str, &str); 18] = [
    ("paper.pdf", "reportlab", "PDF"),
    ("signed.pdf", "pyHanko", "PDF, signed"),
    ("scan.png", "Pillow", "PNG"),
    ("scan.jpg", "Pillow", "JPEG"),
    ("logo.gif", "Pillow", "GIF"),
    ("scan.tif", "Pillow", "TIFF"),
    ("picture.bmp", "Pillow", "BMP"),
    ("letter.docx", "python-docx", "Word document"),
    ("order.xlsx", "openpyxl", "Excel workbook"),
    ("slides.pptx", "python-pptx", "PowerPoint presentation"),
    ("letter.odt", "odfpy", "OpenDocument text"),
    ("order.xls", "xlwt", "Excel 97 workbook, a compound file as Outlook's messages are"),
    (".DS_Store", "ds_store", "`.DS_Store`"),
    ("mail.html", "a mail program", "HTML"),
    ("letter.rtf", "a word processor", "RTF"),
    ("mail.eml", "Python `email`", "mail of text, HTML and a picture, saved"),
    ("smime.p7s", "Python cryptography", "detached S/MIME signature"),
    ("mail.txt", "a mail program", "plain text"),
];

/// The folder that the programs wrote to, once for all tests.
fn written() -> Option<&'static Path> {
    static WRITTEN: OnceLock<Option<PathBuf>> = OnceLock::new();
    let write = || {
        let mut python = python("companions")?;
        let folder = folder("companions");
        let script = Path::new(crate::ROOT).join("tests/integration/clients/companions.py");
        python.arg(script).arg(&folder);
        run(python);
        Some(folder)
    };
    WRITTEN.get_or_init(write).as_deref()
}

fn judged(name: &str, bytes: &[u8]) -> AttestationResult {
    let case = Case::named("yubico-piv/simulated-accept");
    let files = case.files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
    let files: Vec<_> = files.chain([(name, bytes)]).collect();
    appraise(&case.verifier(), &files, at(&case.time))
}

/// What comes out with a companion.
fn with_notice() -> String {
    let line = expected::line(Case::named("yubico-piv/simulated-accept").result());
    line.replace("accept; ", "accept; notice genuine-module input.companion; ")
}

/// A row for each kind that stays an accept.
pub fn rows() -> Vec<Row> {
    let Some(folder) = written() else { return Vec::new() };
    let row = |(name, tool, what): &(&str, &str, &str)| {
        let result = judged(name, &read(&folder.join("plain").join(name)));
        assert_eq!(expected::line(&result), with_notice(), "{name}");
        let read = "companion: listed, a notice".to_owned();
        Row { tool: (*tool).to_owned(), writes: (*what).to_owned(), read }
    };
    WRITERS.iter().map(row).collect()
}

#[test]
fn a_request_or_a_key_in_a_companion_is_refused() {
    let Some(folder) = written() else { return };
    assert_eq!(entries(&folder.join("request")).len(), WRITERS.len());
    let codes = |result: &AttestationResult| {
        assert_eq!(result.verdict(), Verdict::Reject);
        crate::support::codes(result)
    };
    let mut passed = Vec::new();
    for (name, ..) in WRITERS {
        let with = |what: &str| judged(name, &read(&folder.join(what).join(name)));
        let (request, key) = (with("request"), with("key"));
        let is_found = request.verdict() == Verdict::Reject
            && codes(&request)
                .iter()
                .any(|code| ["input.ambiguous", "input.pem-multiple", "input.der"].contains(code));
        let key_code = ReasonCode::InputPrivateKeyPresent.code();
        let is_refused = key.verdict() == Verdict::Reject && codes(&key).contains(&key_code);
        if !is_found || !is_refused {
            passed.push(format!("{name}: {}; {}", expected::line(&request), expected::line(&key)));
        }
    }
    assert!(passed.is_empty(), "{}", passed.join("\n"));
}

#[test]
fn what_keyproof_wrote_itself_and_openssl_signed_lies_beside() {
    let case = Case::named("yubico-piv/simulated-accept");
    let result = case.result();
    let options = report::TextOptions::default();
    let mut files = vec![
        ("result.json", report::json(result, Language::English).into_bytes()),
        ("report.txt", report::text(result, &options).into_bytes()),
        ("report.html", report::html(result, Language::English).into_bytes()),
        ("empty.pem", Vec::new()),
        ("blank.txt", b" \r\n".to_vec()),
    ];
    files.extend(signed_by_openssl().map(|signature| ("smime.p7s", signature)));
    for (name, bytes) in files {
        assert_eq!(expected::line(&judged(name, &bytes)), with_notice(), "{name}");
    }
}

/// The detached signature of a mail, with the certificates of its signer.
fn signed_by_openssl() -> Option<Vec<u8>> {
    program("openssl")?;
    let folder = folder("smime");
    let run_in = |arguments: &[&str]| {
        let mut openssl = Command::new("openssl");
        openssl.args(arguments).current_dir(&folder);
        run(openssl);
    };
    std::fs::write(folder.join("mail"), "Dear all\n").expect("a mail");
    run_in(&[
        "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key", "-out", "own", "-subj",
        "/CN=a",
    ]);
    run_in(&[
        "smime", "-sign", "-in", "mail", "-signer", "own", "-inkey", "key", "-outform", "DER",
        "-out", "p7s",
    ]);
    Some(read(&folder.join("p7s")))
}
