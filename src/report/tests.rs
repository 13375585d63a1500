//! What every form must hold, and what none may.

use super::{Color, Letter, TextOptions, html, json, pkilint, pkimetal, text};
use crate::claims::{
    Claims, Exportability, Firmware, KeyClaims, KeyOrigin, Marker, ModuleClaims, PinPolicy,
};
use crate::encoding::hex::Sha256;
use crate::endorsement::{
    Augmentation, CertificationStatus, CertificationSummary, ReadingSummary, Scheme, Scope,
};
use crate::escape;
use crate::expectation::Expected;
use crate::public_key::KeySummary;
use crate::reason::{Language, Reason, ReasonCode};
use crate::result::{
    AnchorSummary, AttestationResult, CSBR_VERSION, FactsSummary, Finding, Outcome, PolicySummary,
    RecordSummary, RequestSummary, Requirement, ResultSource, Rules, Verdict,
};
use crate::submission::InputSummary;
use crate::time::Timestamp;
use crate::trust::{AnchorStatus, PathLink};

/// The payloads of the attack pack's `text` family, and a few of our own kind.
const PAYLOADS: &[&str] = &[
    "\u{1b}[2J\u{1b}[1;1HVERDICT: ACCEPT",
    "\u{1b}]8;;https://evil.example/\u{7}Example\u{1b}]8;;\u{7}",
    "\u{1b}]0;pwned\u{7}x",
    "a\u{2066}b\u{2069}",
    "Example \u{202e}HbmG reveR",
    "\u{9b}31mRED",
    "Z\u{300}\u{300}\u{300}\u{300}\u{300}\u{300}\u{300}\u{300}\u{300}\u{300}\u{300}\u{300}",
    "Example\r\n2026-11-21T00:00:00Z verdict=ACCEPT id=1",
    "=HYPERLINK(\"http://evil.example\",\"ok\")",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\u{415}\u{445}\u{430}mple GmbH",
    "\"><script>alert(1)</script><img src=x onerror=alert(1)>",
    "&lt;b&gt;&#x3c;script",
    "\",\"verdict\":\"ACCEPT\",\"x\":\"",
    "a\u{2028}verdict: ACCEPT",
    "good.example\0.evil",
    "../../../../etc/passwd",
    "%s%n%x",
    "$(touch /tmp/pwned);`id`",
    "ok\u{e0069}\u{e0067}\u{e006e}\u{e006f}\u{e0072}\u{e0065}",
    "{{7*7}}${7*7}<%= 7*7 %>",
    "a: !!python/object/apply:os.system [\"id\"]",
    "Exam\u{200b}ple\u{2060} GmbH\u{feff}",
    "\u{7f}\u{85}\u{200e}\u{61c}\u{2029}",
    "</style></title></dd><h1>ACCEPT</h1><!-- -->",
];

fn key() -> KeySummary {
    KeySummary {
        algorithm: "ECDSA".to_owned(),
        bits: None,
        curve: Some("P-256".to_owned()),
        spki_sha256: Sha256::of(b"key"),
    }
}

/// Every requirement satisfied by a made-up module; `hostile` stands wherever evidence can put text.
fn sample(status: AnchorStatus, hostile: &str) -> AttestationResult {
    AttestationResult {
        evaluated_at: Timestamp::from_rfc3339("2026-11-21T00:00:00Z").unwrap(),
        format: Some("yubico-piv".into()),
        findings: Requirement::ALL.into_iter().map(Finding::satisfied).collect(),
        request: Some(RequestSummary {
            subject: Some(format!("CN={hostile}")),
            signature_valid: true,
            public_key: Some(key()),
            pem: Some("-----BEGIN CERTIFICATE REQUEST-----\n".to_owned()),
        }),
        claims: Some(Claims {
            module: ModuleClaims {
                serial: Some(format!("12345678{hostile}")),
                firmware: Some(Firmware([5, 4, 3])),
                fips_marker: Marker::Present(1),
                form_factor: Some(hostile.to_owned()),
                ..ModuleClaims::unstated("Yubico", format!("YubiKey 5 FIPS{hostile}"))
            },
            key: KeyClaims {
                origin: KeyOrigin::Generated,
                exportability: Exportability::NonExportable,
                slot: Some(format!("9a{hostile}")),
                object_id: Some(hostile.to_owned()),
                label: Some(hostile.to_owned()),
                pin_policy: Some(PinPolicy::Once),
                capabilities: vec![hostile.to_owned()],
                ..KeyClaims::unstated(key())
            },
        }),
        path: vec![PathLink {
            role: "attestation".into(),
            subject: format!("CN=YubiKey PIV Attestation 9a{hostile}"),
            sha256: Sha256::of(b"path"),
        }],
        anchor: Some(AnchorSummary {
            id: "yubico-piv-root".to_owned(),
            spki_sha256: Sha256::of(b"anchor"),
            status,
        }),
        anchors: Vec::new(),
        expected: Expected::default(),
        observations: None,
        certification: Some(CertificationSummary {
            module: "YubiKey 5 Cryptographic Module".to_owned(),
            scheme: Scheme::Fips140_2,
            level: 2,
            number: Some("3914".to_owned()),
            augmentation: Augmentation::Plain,
            protection_profiles: Vec::new(),
            scope: Scope::Device,
            status: CertificationStatus::Historical,
            valid_until: None,
            read: ReadingSummary::Primary,
            sources: 1,
            seen: "2026-03-29".to_owned(),
            source: "https://csrc.nist.gov/".to_owned(),
        }),
        inputs: vec![InputSummary {
            name: format!("request.pem{hostile}"),
            kind: "request".to_owned(),
            sha256: Some(Sha256::of(b"request")),
            bytes: 1234,
            layers: vec!["pem".to_owned(), hostile.to_owned()],
        }],
        policy: PolicySummary {
            name: format!("csbr-3.10{hostile}"),
            version: 1,
            based_on: Rules::Csbr,
            sha256: Sha256::of(b"policy"),
        },
        data: FactsSummary {
            serial: Some(7),
            as_of: "2026-11-27".to_owned(),
            bundle_sha256: Some(Sha256::of(b"b")),
            anchors_sha256: Sha256::of(b"a"),
            modules_sha256: Sha256::of(b"m"),
            advisories_sha256: Sha256::of(b"d"),
            without_attestation_sha256: Sha256::of(b"w"),
        },
        ledger: None,
        csbr_version: CSBR_VERSION.into(),
        version: "0.1.0".into(),
        source: ResultSource::Judged,
    }
}

/// The same with another key attested, an advisory to weigh, a notice, and a step not judged.
fn rejected(hostile: &str) -> AttestationResult {
    let mut result = sample(AnchorStatus::Production, hostile);
    let attested = Sha256::of(b"another key");
    if let Some(claims) = &mut result.claims {
        claims.key.public_key.spki_sha256 = attested;
    }
    result.findings[2].add(
        Outcome::Unsatisfied,
        Reason::new(ReasonCode::BindingKeyMismatch)
            .with("request", Sha256::of(b"key").to_string())
            .with("attestation", attested.to_string())
            .with("subject", hostile),
    );
    result.findings[3] = Finding::not_evaluated(Requirement::GeneratedInModule);
    result.findings[5].add(
        Outcome::Satisfied,
        Reason::new(ReasonCode::CertificationHistorical).with("number", "3914"),
    );
    result.findings[7].add(
        Outcome::Review,
        Reason::new(ReasonCode::DeviceAdvisory).with("advisory", format!("YSA-2024-03{hostile}")),
    );
    result
}

fn plain(result: &AttestationResult) -> String {
    text(result, &TextOptions::default())
}

#[test]
fn the_verdict_and_what_to_do_stand_first() {
    let report = plain(&sample(AnchorStatus::Production, ""));
    let lines: Vec<&str> = report.lines().collect();
    assert_eq!(lines[1], "  ACCEPT");
    assert_eq!(lines[2], "  The key may be certified. Keep this report with the request.");

    let report = plain(&rejected(""));
    let lines: Vec<&str> = report.lines().collect();
    assert_eq!(lines[1], "  REJECT");
    let cause = ReasonCode::BindingKeyMismatch;
    assert_eq!(lines[2], format!("  - {} ({cause})", cause.sentence()));
    assert_eq!(lines[3], "  Do not issue. Send the applicant the text below.");
    assert_eq!(lines[5], "To the applicant");
}

#[test]
fn the_letter_stands_in_every_report_for_people_and_in_json_and_holds_nothing_of_ours() {
    let result = rejected("hostile");
    let letter = Letter::about(&result, Language::English).unwrap();
    let said = [ReasonCode::BindingKeyMismatch, ReasonCode::DeviceAdvisory]
        .map(|code| code.to_applicant().text().unwrap());
    assert_eq!(letter.paragraphs, said, "a notice is not written to the applicant");
    assert!(letter.hold_for.is_empty());
    let (text, page) = (plain(&result), html(&result, Language::English));
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let value: serde_json::Value = serde_json::from_str(&json(&result, Language::English)).unwrap();
    for (at, words) in said.into_iter().enumerate() {
        assert!(flat.contains(words), "{text}");
        assert!(page.contains(&format!("<li>{}</li>", escape::html(words))), "{page}");
        assert_eq!(value["letter"]["paragraphs"][at], words);
    }
    assert!(!letter.paragraphs.iter().any(|it| it.contains("hostile")));
    let accepted = sample(AnchorStatus::Production, "");
    assert_eq!(Letter::about(&accepted, Language::English), None);
    assert!(!plain(&accepted).contains("To the applicant"));
    let value: serde_json::Value =
        serde_json::from_str(&json(&accepted, Language::English)).unwrap();
    assert!(value["letter"].is_null());
}

#[test]
fn a_letter_is_in_its_language_and_the_rest_is_for_staff() {
    let result = rejected("");
    let german = Letter::about(&result, Language::German).unwrap();
    assert!(german.paragraphs[0].starts_with("Die Attestierung"));
    let options = TextOptions { language: Language::German, ..TextOptions::default() };
    let report = text(&result, &options);
    assert!(report.contains("Schlüssel") && report.contains(" Do not issue."), "{report}");
    let page = html(&result, Language::German);
    assert!(page.contains("<div class=\"letter\" lang=\"de\">") && page.contains("Schlüssel"));
    let value: serde_json::Value = serde_json::from_str(&json(&result, Language::German)).unwrap();
    assert_eq!(value["letter"]["language"], "de");
    let reason = &value["requirements"][2]["reasons"][0];
    assert_eq!(reason["say"], ReasonCode::BindingKeyMismatch.to_applicant().text().unwrap());
}

/// `code` beside a mismatch of keys, as grave as `outcome`.
fn mismatch_and(code: ReasonCode, outcome: Outcome) -> AttestationResult {
    let mut result = rejected("");
    result.findings[1].add(outcome, code.into());
    result
}

#[test]
fn a_letter_is_held_back_for_what_accuses_or_touches_another_subscriber() {
    for code in [
        ReasonCode::ChainAttestedKeyAsIssuer,
        ReasonCode::BundlePath,
        ReasonCode::HistoryKeyElsewhere,
        ReasonCode::HistoryDenied,
    ] {
        let result = mismatch_and(code, Outcome::Unsatisfied);
        let letter = Letter::about(&result, Language::English).unwrap();
        assert_eq!(letter.hold_for, [code]);
        assert!(!letter.paragraphs.iter().any(|text| text.contains("subscriber")));
        let report = plain(&result);
        let flat = report.split_whitespace().collect::<Vec<_>>().join(" ");
        let next = format!("Do not issue. {} Only then answer the applicant.", code.hint());
        assert!(flat.contains(&next), "{report}");
        assert!(report.contains(&format!("HOLD IT BACK until this is settled: {code}.")));
        let page = html(&result, Language::English);
        assert!(page.contains("Hold it back until this is settled: <a href="), "{page}");
    }
    // What is no obstacle, and what only a person must weigh, holds nothing back.
    for (code, outcome) in [
        (ReasonCode::InputUnusedCertificate, Outcome::Satisfied),
        (ReasonCode::ChainAnchorUnconfirmed, Outcome::Review),
    ] {
        let letter = Letter::about(&mismatch_and(code, outcome), Language::English).unwrap();
        assert!(letter.hold_for.is_empty(), "{code}");
    }
}

#[test]
fn where_all_is_ours_nothing_is_written_to_the_applicant() {
    let mut result = sample(AnchorStatus::Production, "");
    result.findings[1].add(Outcome::Unsatisfied, ReasonCode::AttestationImplausible.into());
    assert_eq!(Letter::about(&result, Language::English), None);
    let report = plain(&result);
    let flat = report.split_whitespace().collect::<Vec<_>>().join(" ");
    let hint = ReasonCode::AttestationImplausible.hint();
    assert!(flat.contains(&format!("Do not issue, and tell the applicant nothing yet. {hint}")));
    // Of several, each says below what is done.
    result.findings[1].add(Outcome::Unsatisfied, ReasonCode::BundlePath.into());
    assert!(plain(&result).contains("tell the applicant nothing yet: see"));
}

#[test]
fn a_report_says_why_no_format_is_named() {
    for (code, said) in [
        (ReasonCode::AttestationAbsent, "Evidence   none was sent"),
        (ReasonCode::AttestationUnrecognized, "Evidence   of no format that is known"),
        (ReasonCode::AttestationAmbiguous, "Evidence   of more than one format"),
        (ReasonCode::InputPrivateKeyPresent, "Evidence   not judged"),
    ] {
        let mut result = sample(AnchorStatus::Production, "");
        result.format = None;
        result.findings[1].add(Outcome::Unsatisfied, code.into());
        assert!(plain(&result).contains(said), "{code}");
    }
}

#[test]
fn what_is_told_of_a_refusal_alone_is_not_told_while_a_person_weighs_it() {
    let code = ReasonCode::CertificationPlatformOnly;
    for (outcome, told) in [(Outcome::Review, false), (Outcome::Unsatisfied, true)] {
        let mut result = sample(AnchorStatus::Production, "");
        result.findings[5].add(outcome, code.into());
        assert_eq!(Letter::about(&result, Language::English).is_some(), told);
    }
}

#[test]
fn a_headline_names_three_causes_and_counts_the_rest() {
    let mut result = sample(AnchorStatus::Production, "");
    for code in [
        ReasonCode::KeyRoca,
        ReasonCode::KeySize,
        ReasonCode::KeyExponent,
        ReasonCode::KeyFermat,
        ReasonCode::KeyModulus,
    ] {
        result.findings[6].add(Outcome::Unsatisfied, code.into());
    }
    let report = plain(&result);
    let top: Vec<&str> = report.lines().take(12).collect();
    let top = top.join("\n");
    assert!(top.contains("(key.exponent)") && top.contains("  - and 2 more, below"), "{top}");
    assert!(!top.contains("(key.fermat)"), "{top}");
}

#[test]
fn after_a_review_the_command_that_settles_it_stands_in_the_headline() {
    let mut result = sample(AnchorStatus::Production, "");
    result.findings[7].add(Outcome::Review, ReasonCode::DeviceAdvisory.into());
    assert!(plain(&result).contains("  Next: keyproof verify with --ledger"));
    let ledger = RecordSummary { origin: "ledger.example/1".to_owned(), record: 7 };
    let kept = result.kept(Finding::satisfied(Requirement::NotSeenBefore), ledger);
    assert!(plain(&kept).contains("  Next: keyproof ledger approve 7 --reason TEXT"));
    assert!(html(&kept, Language::English).contains("<code>keyproof ledger approve 7 --reason"));
    for other in [rejected(""), sample(AnchorStatus::Production, "")] {
        assert!(!plain(&other).contains("  Next: "));
    }
}

#[test]
fn wide_reports_and_pages_show_fingerprints_whole() {
    let result = sample(AnchorStatus::Production, "");
    let whole = Sha256::of(b"key").to_string();
    assert!(html(&result, Language::English).contains(&whole));
    assert!(text(&result, &TextOptions { width: 120, ..TextOptions::default() }).contains(&whole));
    assert!(!plain(&result).contains(&whole));
}

#[test]
fn every_code_on_a_page_leads_to_its_matter() {
    let page = html(&rejected(""), Language::English);
    for code in ["binding-key-mismatch", "device-advisory", "certification-historical"] {
        assert_eq!(page.matches(&format!("id=\"{code}\"")).count(), 1, "{page}");
        assert!(page.contains(&format!("<a href=\"#{code}\">")), "{page}");
    }
}

#[test]
fn test_trust_says_so_and_never_says_issue() {
    let result = sample(AnchorStatus::Test, "");
    for report in [plain(&result), html(&result, Language::English)] {
        assert!(report.contains("TEST TRUST"));
        assert!(report.contains("Do not issue."));
        assert!(!report.contains("may be certified"));
    }
    for report in [pkilint(&result), pkimetal(&result)] {
        assert!(report.to_lowercase().contains("\"error\""));
    }
}

#[test]
fn a_ninth_requirement_stands_in_every_report_where_a_ledger_is_in_use() {
    let ledger = RecordSummary { origin: "ledger.example/1".to_owned(), record: 7 };
    let elsewhere = Finding::satisfied(Requirement::NotSeenBefore)
        .with(Outcome::Unsatisfied, ReasonCode::HistoryKeyElsewhere.into());
    let kept = sample(AnchorStatus::Production, "").kept(elsewhere, ledger);
    assert_eq!(kept.verdict(), Verdict::Reject);
    for report in [text(&kept, &TextOptions::default()), html(&kept, Language::English)] {
        assert!(report.contains(Requirement::NotSeenBefore.clause()), "{report}");
        assert!(report.contains("history.key-elsewhere"), "{report}");
        assert!(report.contains("Record 7 of ledger.example/1"), "{report}");
    }
    assert!(json(&kept, Language::English).contains("\"not-seen-before\""));
}

#[test]
fn all_eight_requirements_stand_in_every_report_with_their_clause() {
    for result in [sample(AnchorStatus::Production, ""), rejected("")] {
        let report = plain(&result);
        for requirement in Requirement::ALL {
            assert!(report.contains(requirement.clause()), "{requirement:?}");
            assert!(
                html(&result, Language::English).contains(requirement.clause()),
                "{requirement:?}"
            );
        }
        let marks = ["  OK ", "  REVIEW ", "  REJECT ", "  -- "];
        let rows = report.lines().filter(|line| marks.iter().any(|mark| line.starts_with(mark)));
        assert_eq!(rows.count(), 8);
    }
}

#[test]
fn a_failure_has_its_code_sentence_facts_hint_and_place() {
    let report = plain(&rejected(""));
    let code = ReasonCode::BindingKeyMismatch;
    let shown = Sha256::of(b"key").to_string();
    let shown = format!("SHA-256 {}..{}", &shown[..8], &shown[56..]);
    for part in [
        "REJECT  binding.key-mismatch\n",
        code.sentence(),
        &format!("  => {}", code.hint()),
        "  CSBR 6.2.7.4.2 (2); docs/reasons.md#binding-key-mismatch\n",
        &shown,
        "REVIEW  device.advisory\n",
        "NOTICE  certification.historical\n",
        "  --      Generation in the module: not judged",
    ] {
        assert!(report.contains(part), "{part}\n{report}");
    }
}

#[test]
fn the_same_reason_for_several_requirements_is_told_once() {
    let mut result = sample(AnchorStatus::Production, "");
    for finding in &mut result.findings {
        finding.add(Outcome::Unsatisfied, ReasonCode::InputDer.into());
    }
    assert_eq!(plain(&result).matches("REJECT  input.der\n").count(), 1);
}

#[test]
fn a_private_key_comes_before_everything_else() {
    let mut result = sample(AnchorStatus::Production, "");
    result.findings[0].add(Outcome::Unsatisfied, ReasonCode::InputPrivateKeyPresent.into());
    assert!(plain(&result).contains("  Do not issue. A private key was sent: delete every copy"));
}

#[test]
fn plain_text_is_narrow_ascii_and_free_of_escapes() {
    for result in [sample(AnchorStatus::Production, ""), rejected("")] {
        let report = plain(&result);
        assert!(report.bytes().all(|byte| byte == b'\n' || (0x20..0x7f).contains(&byte)));
        assert!(report.lines().all(|line| line.len() <= 80), "{report}");
        let styled = text(&result, &TextOptions { color: Color::Styled, ..TextOptions::default() });
        assert!(styled.contains("\u{1b}["));
        let stripped: String = styled
            .split('\u{1b}')
            .enumerate()
            .map(|(at, part)| if at == 0 { part } else { part.split_once('m').unwrap().1 })
            .collect();
        assert_eq!(stripped, report);
    }
}

#[test]
fn no_payload_reaches_a_terminal_or_begins_a_line() {
    for payload in PAYLOADS {
        for result in [sample(AnchorStatus::Production, payload), rejected(payload)] {
            let report = plain(&result);
            let harmless = |c: char| c == '\n' || escape::visible(&c.to_string()) == c.to_string();
            assert!(report.chars().all(harmless), "{payload:?}");
            assert!(!report.contains(&"\u{300}".repeat(3)));
            assert!(report.lines().all(|line| !line.starts_with("VERDICT")));
            let lines = plain(&rejected("")).lines().count();
            assert!(report.lines().all(|line| line.chars().count() <= 80));
            assert!(report.lines().count() < lines * 3);
        }
    }
}

#[test]
fn no_payload_adds_an_element_to_the_page() {
    let tags = |page: &str| page.matches('<').count();
    for payload in PAYLOADS {
        for (clean, hostile) in [
            (
                html(&sample(AnchorStatus::Test, "x"), Language::English),
                html(&sample(AnchorStatus::Test, payload), Language::English),
            ),
            (html(&rejected("x"), Language::English), html(&rejected(payload), Language::English)),
        ] {
            assert_eq!(tags(&clean), tags(&hostile), "{payload:?}");
            assert!(hostile.chars().all(|c| !c.is_control() || c == '\n'), "{payload:?}");
            assert!(
                !hostile.contains(['\u{202e}', '\u{2066}', '\u{200b}', '\u{2028}', '\u{feff}'])
            );
        }
    }
}

#[test]
fn the_page_fetches_nothing_and_runs_nothing() {
    let page = html(&rejected(""), Language::English);
    assert!(page.contains("default-src 'none'; style-src 'unsafe-inline'"));
    for absent in ["<script", "src=", "url(", "@import", "<link"] {
        assert!(!page.contains(absent), "{absent}");
    }
    // What can be followed stays on the page.
    assert_eq!(page.matches("href=").count(), page.matches("<a href=\"#").count());
}

#[test]
fn json_is_ascii_and_says_what_the_result_says() {
    for payload in PAYLOADS {
        let result = rejected(payload);
        let report = json(&result, Language::English);
        assert!(report.ends_with("}\n"));
        assert!(report.bytes().all(|byte| byte == b'\n' || (0x20..0x7f).contains(&byte)));
        assert_eq!(report, json(&result.clone(), Language::English));
        let value: serde_json::Value = serde_json::from_str(&report).unwrap();
        assert_eq!(value["verdict"], "reject");
        assert_eq!(value["request"]["subject"], format!("CN={payload}"));
        assert_eq!(value["requirements"].as_array().unwrap().len(), 8);
    }
}

#[test]
fn linter_forms_carry_the_verdict_and_each_reason() {
    let result = rejected("\u{202e}");
    let metal: serde_json::Value = serde_json::from_str(&pkimetal(&result)).unwrap();
    let found: Vec<(&str, &str, &str)> = metal
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            let part = |name: &str| entry[name].as_str().unwrap();
            (part("Field"), part("Code"), part("Severity"))
        })
        .collect();
    assert_eq!(
        found,
        [
            ("verdict", "verdict.reject", "error"),
            ("key-match", "binding.key-mismatch", "error"),
            ("generated-in-module", "generated-in-module.not-evaluated", "error"),
            ("certified-module", "certification.historical", "notice"),
            ("no-known-weakness", "device.advisory", "warning"),
        ]
    );
    let lint: serde_json::Value = serde_json::from_str(&pkilint(&result)).unwrap();
    let paths: Vec<&str> = lint["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["node_path"].as_str().unwrap())
        .collect();
    assert_eq!(
        paths,
        ["verdict", "key-match", "generated-in-module", "certified-module", "no-known-weakness"]
    );
    assert_eq!(lint["results"][1]["finding_descriptions"][0]["severity"], "ERROR");

    let accepted = pkimetal(&sample(AnchorStatus::Production, ""));
    let accepted: serde_json::Value = serde_json::from_str(&accepted).unwrap();
    assert_eq!(accepted.as_array().unwrap().len(), 1);
    assert_eq!(accepted[0]["Severity"], "info");
}

#[test]
fn a_long_value_is_cut_for_people_and_whole_in_json() {
    let long = "x".repeat(100_000);
    let result = sample(AnchorStatus::Production, &long);
    assert!(plain(&result).len() < 20_000);
    assert!(html(&result, Language::English).len() < 60_000);
    assert!(json(&result, Language::English).len() > 100_000);
}
