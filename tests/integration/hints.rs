//! What reports tell people to do: that it is what their device and format have.

use std::path::Path;

use crate::case::Case;
use crate::support::{TIME, appraise, at, facts, facts_and, shared, verifier};
use keyproof::format::FORMATS;
use keyproof::reason::Language;
use keyproof::report::{self, Letter, TextOptions, applicant_page, preflight};
use keyproof::{
    AttestationResult, Input, InputRole, Limits, Reason, ReasonCode, Submission, Verdict,
};

fn judged(folder: &Path, trust: bool) -> AttestationResult {
    let mut files = Vec::new();
    let mut manifest = None;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        match name.as_str() {
            "anchors.yaml" => manifest = Some(std::fs::read_to_string(&path).unwrap()),
            "NOTE.md" => {}
            _ => files.push((name, std::fs::read(&path).unwrap())),
        }
    }
    let facts = match manifest {
        Some(manifest) if trust => facts_and(&manifest),
        _ => facts(),
    };
    let files: Vec<_> =
        files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    appraise(&verifier(facts), &files, at(TIME))
}

/// The reason of that code.
fn reason(result: &AttestationResult, code: ReasonCode) -> Reason {
    let mut reasons = result.findings().iter().flat_map(|finding| finding.reasons());
    reasons.find(|reason| reason.code() == code).unwrap_or_else(|| panic!("no {code}")).clone()
}

fn said(result: &AttestationResult) -> String {
    let letter = Letter::about(result, Language::English).expect("a letter");
    letter.paragraphs.join("\n")
}

#[test]
fn what_is_missing_is_the_file_of_this_format() {
    // The file, and what exports it; none of it of another product.
    for (folder, file, command) in [
        (
            "findings/tokens/openpgp-device-certificate-missing",
            "slot ATT of the OpenPGP application",
            "ykman openpgp certificates export ATT",
        ),
        ("findings/tokens/smartcard-hsm-device-certificate-missing", "file 2F02", "sc-hsm-tool"),
        (
            "findings/clients/r08-google-blob-alone",
            "certificate chains of the key version",
            "gcloud kms keys versions get-certificate-chain",
        ),
    ] {
        let Some(folder) = shared(folder) else { return };
        let result = judged(&folder, true);
        let missing = reason(&result, ReasonCode::ChainIncomplete);
        for text in [missing.hint().into_owned(), said(&result)] {
            assert!(text.contains(file) && text.contains(command), "{folder:?}: {text}");
            assert!(!text.contains("piv certificates") && !text.contains("object 0"), "{text}");
        }
    }
}

#[test]
fn a_missing_certificate_is_named_for_every_format_that_there_is() {
    let mut hints = vec![ReasonCode::ChainIncomplete.hint().to_owned()];
    for format in FORMATS {
        let reason = Reason::new(ReasonCode::ChainIncomplete).with("format", format.name());
        let hint = reason.hint().into_owned();
        assert!(!hints.contains(&hint), "{}: {hint}", format.name());
        hints.push(hint);
    }
}

#[test]
fn a_device_is_asked_for_what_its_firmware_makes() {
    let Some(folder) = shared("samples/yubico-piv/5.4.3-slot-9a-rsa2048-with-request") else {
        return;
    };
    let result = judged(&folder, false);
    let size = reason(&result, ReasonCode::KeySize);
    assert_eq!(size.detail()["makes"], "ECDSA P-256, ECDSA P-384");
    for text in [size.hint().into_owned(), said(&result)] {
        assert!(text.contains("ECDSA P-256, ECDSA P-384"), "{text}");
        assert!(text.contains("another device"), "{text}");
        assert!(!text.contains("3072") && !text.contains("P-521"), "{text}");
    }
    // Firmware 5.7 makes larger RSA keys.
    let result = Case::simulate("yubico-piv rsa-2048").result().clone();
    let size = reason(&result, ReasonCode::KeySize);
    assert_eq!(size.detail()["makes"], "RSA 3072, RSA 4096, ECDSA P-256, ECDSA P-384");
}

#[test]
fn an_attestation_that_is_named_as_the_request_is_called_that() {
    let case = Case::named("yubico-piv/simulated-accept");
    let inputs =
        case.files.iter().filter(|(name, _)| name != "request.pem").map(|(name, bytes)| {
            let role = if name == "attestation.pem" { InputRole::Request } else { InputRole::Any };
            Input { name: name.clone(), bytes: bytes.clone(), role }
        });
    let submission = Submission::unpack(inputs.collect(), &Limits::default());
    let result = verifier(case.facts()).appraise(&submission, at(TIME));
    assert_eq!(result.verdict(), Verdict::Reject);
    let missing = reason(&result, ReasonCode::RequestMissing);
    assert_eq!(missing.detail()["file"], "attestation.pem");
    assert!(missing.sentence().contains("is an attestation"), "{}", missing.sentence());
    assert!(missing.hint().contains("belongs to an attestation"), "{}", missing.hint());
    assert!(said(&result).contains("What you sent as the certification request"));
}

/// What comes out of one file alone, named as the request.
fn named_as_request(case: &Case, name: &str, bytes: &[u8]) -> AttestationResult {
    let input = Input { name: name.to_owned(), bytes: bytes.to_vec(), role: InputRole::Request };
    let submission = Submission::unpack(vec![input], &Limits::default());
    verifier(case.facts()).appraise(&submission, at(TIME))
}

/// Whatever it is written in: DER and PEM, one certificate or several, JSON, XML, card objects, blobs.
#[test]
fn evidence_of_every_format_is_called_that_where_a_request_is_due() {
    for format in FORMATS {
        let case = Case::simulate(&format!("{} without-fault", format.name()));
        let (requests, evidence): (Vec<_>, Vec<_>) =
            case.files.iter().partition(|(name, _)| name.starts_with("request"));
        assert_eq!(requests.len(), 1);
        for (name, bytes) in evidence {
            let result = named_as_request(&case, name, bytes);
            let text = report::text(&result, &TextOptions::default());
            let (top, _) = text.split_once("To the applicant").expect("a letter");
            let top = top.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(top.starts_with("=") && top.contains("REJECT"), "{name}: {top}");
            assert!(
                top.contains(
                    "what was named as one is an attestation, or a part of one. (request.missing)"
                ) && !top.contains("input.request-form"),
                "{} {name}: {top}",
                format.name()
            );
        }
    }
}

#[test]
fn what_could_be_certified_is_called_no_attestation() {
    let case = Case::named("yubico-piv/simulated-accept");
    let file = |name: &str| &case.files.iter().find(|(it, _)| it == name).expect("a file").1;
    let (request, attestation) = (file("request.pem"), file("attestation.pem"));
    let both = named_as_request(case, "both.pem", &[attestation.as_slice(), request].concat());
    assert_eq!(reason(&both, ReasonCode::InputRequestForm).detail()["file"], "both.pem");
    // A bare key stands in for a request, with an attestation behind it or without.
    let own = Case::simulate("yubico-piv public-key-as-request");
    let is_key = |(_, bytes): &&(String, Vec<u8>)| bytes.starts_with(b"-----BEGIN PUBLIC KEY");
    let (_, own) = own.files.iter().find(is_key).expect("a stand-in");
    let both = named_as_request(case, "both.pem", &[own.as_slice(), attestation].concat());
    assert_eq!(reason(&both, ReasonCode::InputRequestForm).detail()["file"], "both.pem");
    reason(&named_as_request(case, "key.pem", own), ReasonCode::RequestAbsent);
}

#[test]
fn before_sending_an_applicant_hears_what_comes_out_and_what_to_mend() {
    let options = TextOptions::default();
    let german = TextOptions { language: Language::German, ..options };
    for (case, first, absent) in [
        (
            Case::named("yubico-piv/simulated-accept"),
            "complete and will be judged as: accept",
            "What to do",
        ),
        (
            &Case::simulate("yubico-piv eucleak"),
            "complete and will be judged as: review",
            "not complete",
        ),
        (
            &Case::simulate("yubico-piv plain-unit"),
            "complete, but will be judged as: reject",
            "not complete",
        ),
        (
            &Case::simulate("yubico-piv device-certificate-missing"),
            "not complete",
            "will be judged",
        ),
        (&Case::simulate("yubico-piv two-requests"), "not complete", "will be judged"),
        (&Case::simulate("yubico-piv private-key-sent"), "DO NOT SEND THIS", "will be judged"),
    ] {
        let text = preflight(case.result(), &options);
        let top = text.lines().take(2).collect::<Vec<_>>().join(" ");
        assert!(top.contains(first), "{}: {text}", case.name);
        assert!(!text.contains(absent), "{}: {text}", case.name);
        assert!(text.contains("docs/applicants/"), "{text}");
        // Nothing for staff: no code, no clause, no hint.
        for finding in case.result().findings() {
            for reason in finding.reasons().iter().chain(finding.notices()) {
                assert!(!text.contains(reason.code().code()), "{text}");
            }
        }
        assert!(!text.contains("CSBR") && !text.contains("ledger"), "{text}");
        assert_ne!(preflight(case.result(), &german), text);
    }
}

#[test]
fn a_forger_hears_nothing_before_sending_of_what_was_noticed() {
    let case = Case::simulate("yubico-piv attested-key-as-issuer");
    let text = preflight(case.result(), &TextOptions::default());
    assert!(text.contains("not as genuine devices and their tools write it"), "{text}");
    assert!(!text.contains("issuer") && !text.contains("user's key"), "{text}");
}

#[test]
fn every_format_has_its_page_for_applicants() {
    for format in FORMATS {
        let page = applicant_page(format.name()).unwrap_or_else(|| panic!("{}", format.name()));
        assert!(Path::new(crate::ROOT).join(page).is_file(), "{page}");
    }
}
