//! Papers, pictures and mail as their programs write them, beside evidence that is accepted: they change
//! nothing but for a notice; with a request or a private key in them nothing is accepted.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::{Row, folder, program, python, run};
use crate::case::Case;
use crate::expected;
use crate::support::{appraise, at, entries, read};
use keyproof::observation::{Observations, WrapPermission};
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
    WRITERS.iter().map(row).chain(message_row()).collect()
}

fn message_row() -> Option<Row> {
    let message = message("message-row", &[("logo.png", b"\x89PNG\r\n\x1a\n")])?;
    assert_eq!(expected::line(&judged("order.msg", &message)), with_notice());
    let read = "companion: listed, a notice".to_owned();
    Some(Row { tool: "extract-msg".to_owned(), writes: "Outlook message".to_owned(), read })
}

#[test]
fn a_request_or_a_key_in_a_companion_is_refused() {
    let Some(folder) = written() else { return };
    assert_eq!(entries(&folder.join("request")).len(), WRITERS.len());
    let names = WRITERS.iter().map(|(name, ..)| ("", (*name).to_owned()));
    let deeper = entries(&folder.join("request-deeper"));
    assert!(deeper.len() > 15);
    let deeper = deeper.iter().filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()));
    let codes = |result: &AttestationResult| {
        assert_eq!(result.verdict(), Verdict::Reject);
        crate::support::codes(result)
    };
    let mut passed = Vec::new();
    for (place, name) in names.chain(deeper.map(|name| ("-deeper", name))) {
        let with =
            |what: &str| judged(&name, &read(&folder.join(format!("{what}{place}")).join(&name)));
        let (request, key) = (with("request"), with("key"));
        let is_found = request.verdict() == Verdict::Reject
            && codes(&request)
                .iter()
                .any(|code| ["input.ambiguous", "input.pem-multiple", "input.der"].contains(code));
        // A mail within a mail is not read at all.
        let is_found =
            is_found || name == "mail-in-mail.eml" && codes(&request) == ["input.too-deep"];
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

/// What `token read` wrote of real cards lies beside evidence without a word; what only begins like it is a text.
#[test]
fn what_was_written_of_a_token_belongs_to_its_evidence() {
    let alone = expected::line(Case::named("yubico-piv/simulated-accept").result());
    let transcripts = entries(&Path::new(crate::ROOT).join("tests/transcripts"));
    assert!(!transcripts.is_empty());
    let observed = Observations {
        token: "YubiKey 5".to_owned(),
        serial: Some("1".to_owned()),
        firmware: Some("5.7.4".to_owned()),
        key: Some("9c".to_owned()),
        key_domains: None,
        wrap: WrapPermission::Withheld,
        challenge: None,
    };
    let written = transcripts.iter().map(|path| read(path));
    for text in written.chain([observed.to_text().into_bytes()]) {
        let result = judged("written.txt", &text);
        assert_eq!(expected::line(&result), alone);
        assert!(result.inputs().iter().any(|it| it.kind == "token-record"));
        let more = [&text[..], b"> and more\n"].concat();
        assert_eq!(expected::line(&judged("written.txt", &more)), with_notice());
    }
}

/// The message that another program writes, with these attachments.
fn message(name: &str, attachments: &[(&str, &[u8])]) -> Option<Vec<u8>> {
    let mut python = python("extract-msg")?;
    let folder = folder(name);
    let place = folder.join("order.msg");
    python.arg(Path::new(crate::ROOT).join("tests/integration/clients/message.py")).arg(&place);
    for (name, bytes) in attachments {
        let path = folder.join(name);
        std::fs::write(&path, bytes).expect("an attachment");
        python.arg(path);
    }
    run(python);
    Some(read(&place))
}

/// The result with these files alone.
fn judged_alone(files: &[(&str, &[u8])]) -> AttestationResult {
    let case = Case::named("yubico-piv/simulated-accept");
    appraise(&case.verifier(), files, at(&case.time))
}

#[test]
fn a_message_of_outlook_is_known_and_its_evidence_is_asked_for() {
    let case = Case::named("yubico-piv/simulated-accept");
    let file = |name: &str| {
        let (_, bytes) = case.files.iter().find(|(it, _)| it == name).expect("a file");
        bytes.as_slice()
    };
    let (device, request) = (file("device.pem"), file("request.pem"));
    let picture: &[u8] = b"\x89PNG\r\n\x1a\n";
    let Some(plain) = message("message-plain", &[("logo.png", picture), ("note.txt", b"Dear")])
    else {
        return;
    };
    let result = judged("order.msg", &plain);
    assert_eq!(expected::line(&result), with_notice());
    let kind = result.inputs().iter().find(|it| it.name == "order.msg").map(|it| it.kind.as_str());
    assert_eq!(kind, Some("message"));

    // Its attachments lie beside it: nothing is missing.
    let attached = [("device.pem", device), ("request.pem", request), ("logo.png", picture)];
    let whole = message("message-whole", &attached).expect("a message");
    assert_eq!(expected::line(&judged("order.msg", &whole)), with_notice());

    // Evidence of some other module: nobody read it.
    let other = Case::simulate("azure-managed-hsm without-fault");
    let (_, other) = other.files.iter().find(|(name, _)| name == "attestation.json").unwrap();
    let other = message("message-other", &[("attestation.json", other), ("logo.png", picture)]);
    let result = judged("order.msg", &other.expect("a message"));
    let review = "review; genuine-module review input.attachments-unsaved; ";
    let alone = expected::line(case.result());
    assert_eq!(expected::line(&result), alone.replace("accept; ", review));
    let text = report::text(&result, &report::TextOptions::default());
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let code = ReasonCode::InputAttachmentsUnsaved;
    assert!(text.contains(&format!("{} ({code})", code.sentence())), "{text}");
    assert!(text.contains("attachments attestation.json file order.msg =>"), "{text}");
    assert!(text.contains("=> Save the attachments of the message"), "{text}");

    // What is missing is in it; or all there is.
    let evidence: Vec<_> = case.files.iter().filter(|(name, _)| name != "device.pem").collect();
    let mut files: Vec<_> = evidence.iter().map(|(name, it)| (name.as_str(), &it[..])).collect();
    files.push(("order.msg", &whole));
    let result = judged_alone(&files);
    let codes = crate::support::codes(&result);
    assert!(codes.contains(&"chain.incomplete") && codes.contains(&code.code()), "{codes:?}");
    let result = judged_alone(&[("order.msg", &whole)]);
    let text = report::text(&result, &report::TextOptions::default());
    let top: Vec<&str> = text.lines().take(9).collect();
    assert!(top.join(" ").contains(code.sentence()), "{text}");
    assert!(report::Letter::about(&result, Language::English).is_none(), "{text}");
    let before = report::preflight(&result, &report::TextOptions::default());
    assert!(before.contains("Send the attachments of the message as files"), "{before}");
}

#[test]
fn a_request_or_a_key_in_a_message_is_refused() {
    let (Some(folder), Some(_)) = (written(), python("extract-msg")) else { return };
    let hidden = read(&folder.join("lines/request.pem"));
    // The one lies in the mini stream, in pieces of 64 octets, the other in sectors.
    for hidden in [hidden.clone(), [hidden, vec![b'\n'; 5000]].concat()] {
        let message = message("message-request", &[("x.txt", &hidden)]).expect("a message");
        let result = judged("order.msg", &message);
        assert_eq!(result.verdict(), Verdict::Reject);
        assert!(crate::support::codes(&result).contains(&"input.ambiguous"));
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
