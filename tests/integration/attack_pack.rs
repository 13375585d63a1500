//! The attack pack (`../shared/vectors/attack-pack`): each case gives its expected outcome and
//! code, under the pack's own test root.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use crate::support::{appraise, at, card_anchors, codes, facts, facts_and, read, shared, verifier};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keyproof::encoding::hex::Sha256;
use keyproof::encoding::x509::Certificate;
use keyproof::facts::Facts;
use keyproof::reason::Language;
use keyproof::{AttestationResult, Outcome, Requirement, Verdict, report};
use serde::Deserialize;

#[derive(Deserialize)]
struct Manifest {
    cases: Vec<PackCase>,
}

#[derive(Deserialize)]
struct PackCase {
    id: String,
    family: String,
    expect: String,
    finding: String,
    time: String,
}

/// A case whose expectation is not met to the letter, and why that is right.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Deviation {
    id: String,
    /// The code that is among the reasons in place of the pack's, and for a control the only one; none
    /// for an accepted control.
    code: Option<String>,
    why: String,
}

const FAMILIES: [&str; 11] = [
    "chain",
    "time",
    "binding",
    "keys",
    "der",
    "statement",
    "text",
    "archive",
    "cvc",
    "json",
    "cms",
];

/// The pack's root, as a caller adds it: it stands where Yubico's root stands, issues the issuing
/// authority, and, as the root of 2016 did, devices without basicConstraints.
fn test_anchors(root: &[u8]) -> String {
    let certificate = Certificate::from_der(root).expect("the pack's root");
    let mut yaml = String::new();
    let subject = certificate.subject();
    writeln!(yaml, "vendor: attack-pack\nanchors:").unwrap();
    writeln!(yaml, "  - id: attack-pack-root").unwrap();
    writeln!(yaml, "    subject: \"{subject}\"").unwrap();
    writeln!(yaml, "    subject_der: {}", STANDARD.encode(subject.der())).unwrap();
    let key = certificate.subject_public_key_info();
    writeln!(yaml, "    public_key: {}", STANDARD.encode(key)).unwrap();
    writeln!(yaml, "    spki_sha256: \"{}\"", Sha256::of(key)).unwrap();
    writeln!(yaml, "    certificate_sha256: [\"{}\"]", certificate.sha256()).unwrap();
    writeln!(yaml, "    valid: {{from: \"2020-01-01T00:00:00Z\", to: \"2052-12-31T23:59:59Z\"}}")
        .unwrap();
    writeln!(yaml, "    uses:").unwrap();
    for format in ["yubico-piv", "yubico-yubihsm2"] {
        writeln!(
            yaml,
            "      - {{format: {format}, role: root, issuing: [\"CN=TEST PIV Attestation A 1\"]}}"
        )
        .unwrap();
    }
    writeln!(
        yaml,
        "      - {{format: yubico-piv, role: issuing, device_without_basic_constraints: true}}"
    )
    .unwrap();
    writeln!(yaml, "    status: test").unwrap();
    writeln!(yaml, "    sources: [{{publisher: attack pack, seen: \"2026-11-21\"}}]").unwrap();
    yaml
}

/// The facts with the root of the case. Against its lookalike the pack's own root is trusted.
fn trusting_root(case: &PackCase, folder: &Path) -> Facts {
    let (root, card_root) = (folder.join("test-root.der"), folder.join("test-srca.cvcert"));
    if case.id == "cvc-srca-lookalike" {
        let good = folder.with_file_name("cvc-good").join("test-srca.cvcert");
        facts_and(&card_anchors(&read(&good)))
    } else if card_root.exists() {
        facts_and(&card_anchors(&read(&card_root)))
    } else if root.exists() {
        facts_and(&test_anchors(&read(&root)))
    } else {
        facts()
    }
}

/// What an applicant would send: the request and the chain as PEM where the case has them so.
fn files(folder: &Path) -> Vec<PathBuf> {
    let first =
        |names: &[&str]| names.iter().map(|name| folder.join(name)).find(|path| path.exists());
    let request = first(&["request.csr.pem", "request.csr.der"]);
    let mut files: Vec<_> = request.into_iter().collect();
    match first(&[
        "attestation-chain.pem",
        "attestation.p7",
        "b.zip",
        "b.tar",
        "att.gz",
        "body.json",
    ]) {
        Some(chain) => files.push(chain),
        None => files.extend(crate::support::entries(folder).into_iter().filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            // Card-verifiable roots are sent along: one of them is a lookalike.
            name.starts_with("chain-") || name.contains(".cv")
        })),
    }
    files
}

/// The files of a case. Three are left out of the pack because of their size or content, and are made
/// here as its manifest says.
fn submitted(case: &PackCase, folder: &Path) -> Vec<(String, Vec<u8>)> {
    if case.id == "zip-many" {
        return vec![("b.zip".to_owned(), zip_of_many(20_000))];
    }
    if case.id == "huge-string" {
        let string = "x".repeat(8 << 20);
        return vec![("body.json".to_owned(), format!("{{\"x\":\"{string}\"}}").into_bytes())];
    }
    let mut files: Vec<_> = files(folder)
        .into_iter()
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), read(&path)))
        .collect();
    if case.id == "csr-pem-private-key-along" {
        let block = "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n";
        let (_, request) = files.iter_mut().find(|(name, _)| name.contains("csr")).unwrap();
        let text = STANDARD.encode(&*request);
        let label = "CERTIFICATE REQUEST";
        *request =
            format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n{block}").into_bytes();
    }
    assert!(!files.is_empty(), "{}: nothing to submit", case.id);
    files
}

fn zip_of_many(entries: usize) -> Vec<u8> {
    use std::io::{Cursor, Write as _};
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for entry in 0..entries {
        writer.start_file(format!("{entry}.pem"), options).unwrap();
        writer.write_all(b"x").unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn every_case_gives_its_outcome_and_code() {
    let Some(pack) = shared("vectors/attack-pack") else {
        return;
    };
    let manifest: Manifest = serde_json::from_slice(&read(&pack.join("manifest.json"))).unwrap();
    let list = include_str!("attack-pack-deviations.yaml");
    let deviations: Vec<Deviation> = serde_saphyr::from_str(list).unwrap();
    let mut stale: BTreeSet<_> = deviations.iter().map(|deviation| deviation.id.as_str()).collect();
    let mut failures = Vec::new();
    let mut judged = 0;
    for case in manifest.cases.iter().filter(|case| FAMILIES.contains(&case.family.as_str())) {
        judged += 1;
        let folder = pack.join(&case.family).join(&case.id);
        let files = submitted(case, &folder);
        let files: Vec<_> =
            files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
        let time = at(&case.time);
        let facts_here = trusting_root(case, &folder);
        let result = appraise(&verifier(facts_here), &files, time);

        let deviation = deviations.iter().find(|deviation| deviation.id == case.id);
        match (judge(case, &result), deviation) {
            (Ok(()), None) => {}
            (Ok(()), Some(_)) => {} // stays in `stale`
            (Err(_), Some(deviation)) if deviates_so(case, deviation, &result) => {
                assert!(!deviation.why.is_empty());
                stale.remove(deviation.id.as_str());
            }
            (Err(why), _) => {
                failures.push(format!(
                    "{}/{}: {why}; got {:?}",
                    case.family,
                    case.id,
                    codes(&result)
                ));
            }
        }
        check_renderings(case, &result);
        let bundled = appraise(&verifier(facts()), &files, time);
        if bundled.verdict() != Verdict::Reject {
            failures.push(format!("{}: not rejected by the bundled anchors", case.id));
        }
        // What no format reads has no root to be judged by.
        let is_read =
            deviation.and_then(|it| it.code.as_deref()) != Some("attestation.unrecognized");
        let is_untrusted = codes(&bundled).contains(&"chain.untrusted-root");
        if case.expect.starts_with("ACCEPT") && is_read && !is_untrusted {
            failures.push(format!("{}: bundled anchors give {:?}", case.id, codes(&bundled)));
        }
    }
    assert!(judged > 150, "only {judged} cases");
    assert!(failures.is_empty(), "{}:\n{}", failures.len(), failures.join("\n"));
    assert!(stale.is_empty(), "deviations that are no longer needed: {stale:?}");
}

fn judge(case: &PackCase, result: &AttestationResult) -> Result<(), String> {
    let outcome = |requirement: Requirement| {
        result
            .findings()
            .iter()
            .find(|finding| finding.requirement() == requirement)
            .unwrap()
            .outcome()
    };
    let has_code = codes(result).contains(&case.finding.as_str());
    if case.expect.starts_with("ACCEPT") {
        let failed: Vec<_> = Requirement::ALL
            .into_iter()
            .filter(|requirement| *requirement != Requirement::CertifiedModule)
            .filter(|requirement| outcome(*requirement) != Outcome::Satisfied)
            .collect();
        if !failed.is_empty() {
            return Err(format!("{failed:?} not satisfied"));
        }
        let certified = codes(result) == ["device.not-certified"];
        return certified.then_some(()).ok_or_else(|| "expected device.not-certified".to_owned());
    }
    match case.expect.as_str() {
        "REFUSE" if result.verdict() != Verdict::Reject => Err("not rejected".to_owned()),
        "REFUSE" if !has_code => Err(format!("expected {}", case.finding)),
        "REFUSE" => Ok(()),
        "WARN/REFUSE by policy" => {
            let reviewed = result.findings().iter().any(|finding| {
                finding.outcome() == Outcome::Review
                    && finding.reasons().iter().any(|reason| reason.code().code() == case.finding)
            });
            reviewed.then_some(()).ok_or_else(|| format!("expected review for {}", case.finding))
        }
        other => Err(format!("unknown expectation {other}")),
    }
}

/// A deviation still refuses what the pack wants refused, with the code it names; or, without a
/// code, accepts as a control would be.
fn deviates_so(case: &PackCase, deviation: &Deviation, result: &AttestationResult) -> bool {
    match &deviation.code {
        // A control that is refused is so for that code alone.
        Some(code) if case.expect.starts_with("ACCEPT") => {
            result.verdict() == Verdict::Reject && codes(result) == [code.as_str()]
        }
        Some(code) => result.verdict() == Verdict::Reject && codes(result).contains(&code.as_str()),
        None => codes(result) == ["device.not-certified"],
    }
}

/// No rendering lets a character through that could mislead a reader, a terminal or a browser.
fn check_renderings(case: &PackCase, result: &AttestationResult) {
    let text = report::text(result, &report::TextOptions::default());
    let json = report::json(result, Language::English);
    let html = report::html(result, Language::English);
    for (format, rendering) in [("text", &text), ("json", &json), ("html", &html)] {
        let misleading = rendering.chars().find(|character| {
            matches!(
                character,
                '\0'..='\x09' | '\x0b'..='\x1f' | '\x7f'..='\u{9f}'
                    | '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                    | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}'
            )
        });
        assert_eq!(misleading, None, "{} in {format}", case.id);
    }
    assert!(json.is_ascii(), "{}", case.id);
    let elements = html.matches("<script").count()
        + html.matches("<img").count()
        + html.matches("<svg").count();
    assert_eq!(elements, 0, "{}: an element from evidence", case.id);
}
