//! Securosys evidence: a genuine module and its request, what it is silent about, and attacks on it.

use std::path::PathBuf;

use crate::support::{TIME, appraise, at, codes, every, facts, facts_and, read, shared, verifier};
use keyproof::{AttestationResult, Outcome, Requirement, Verdict, Verifier};
use keyproof_simulator::{KeyKind, Options, RsaPadding, formats};

/// What is wrong with genuine evidence: the anchor is known from one source, and nothing states the
/// firmware.
const GENUINE: [&str; 2] = ["chain.anchor-unconfirmed", "certification.firmware-unstated"];

fn genuine() -> Option<PathBuf> {
    shared("samples/securosys-primus/genuine-rsa3072-with-request")
}

const FILES: [&str; 5] =
    ["attestation.xml", "attestation.sig", "chain-0.pem", "chain-1.pem", "request.csr"];

fn files() -> Option<Vec<(&'static str, Vec<u8>)>> {
    let folder = genuine()?;
    Some(FILES.map(|name| (name, read(&folder.join(name)))).to_vec())
}

fn judge(verifier: &Verifier, files: &[(&str, Vec<u8>)]) -> AttestationResult {
    let files: Vec<_> = files.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect();
    appraise(verifier, &files, at(TIME))
}

fn outcome(result: &AttestationResult, requirement: Requirement) -> Outcome {
    let finding = result.findings().iter().find(|finding| finding.requirement() == requirement);
    finding.expect("every requirement").outcome()
}

#[test]
fn a_genuine_module_attests_the_key_of_its_request() {
    let Some(files) = files() else { return };
    let result = judge(&verifier(facts()), &files);
    assert_eq!(codes(&result), GENUINE);
    assert_eq!(result.verdict(), Verdict::Review);
    assert_eq!(result.format(), Some("securosys-primus"));
    for requirement in [
        Requirement::KeyMatch,
        Requirement::Possession,
        Requirement::GeneratedInModule,
        Requirement::NonExportable,
        Requirement::SoundKey,
    ] {
        assert_eq!(outcome(&result, requirement), Outcome::Satisfied, "{}", requirement.id());
    }
    let claims = serde_json::to_value(result.claims().unwrap()).unwrap();
    assert_eq!(claims["module"]["serial"], "18386101");
    assert_eq!(claims["module"]["model"], "Primus HSM");
    assert!(claims["module"]["firmware"].is_null());
    assert_eq!(claims["key"]["label"], "rsa_4096_sign");
    assert_eq!(claims["key"]["origin"], "generated");
    assert_eq!(claims["key"]["exportability"], "non-exportable");
    let result = serde_json::to_value(&result).unwrap();
    let roles: Vec<_> = result["path"].as_array().unwrap().iter().map(|it| &it["role"]).collect();
    assert_eq!(roles, ["attestation key", "device"]);
    assert_eq!(result["anchor"]["id"], "securosys-primus-root-2024");
}

#[test]
fn no_flipped_bit_of_genuine_evidence_leaves_the_module_genuine() {
    let Some(files) = files() else { return };
    let step = every(131);
    let verifier = verifier(facts());
    for damaged in 0..4 {
        // The bits of the DER: those of the text around it prove nothing.
        let bytes = if damaged < 2 {
            files[damaged].1.clone()
        } else {
            crate::support::der(&files[damaged].1)
        };
        for bit in (0..8 * bytes.len()).step_by(step) {
            let mut files = files.clone();
            files[damaged].1.clone_from(&bytes);
            files[damaged].1[bit / 8] ^= 1 << (bit % 8);
            let result = judge(&verifier, &files);
            let genuine = outcome(&result, Requirement::GenuineModule);
            assert_eq!(genuine, Outcome::Unsatisfied, "{} bit {bit}", files[damaged].0);
        }
    }
}

/// The files are told by what they hold, however they are named and in whatever order they come.
#[test]
fn names_and_order_of_the_files_mean_nothing() {
    let Some(files) = files() else { return };
    let verifier = verifier(facts());
    let names = ["1", "a.txt", "a.csr", "key.xml", "key.sig"];
    for first in 0..files.len() {
        let mut renamed: Vec<_> =
            names.iter().zip(&files).map(|(name, (_, bytes))| (*name, bytes.clone())).collect();
        renamed.rotate_left(first);
        assert_eq!(codes(&judge(&verifier, &renamed)), GENUINE);
        renamed.reverse();
        assert_eq!(codes(&judge(&verifier, &renamed)), GENUINE);
    }
}

/// Octets without a mark mean nothing by themselves: they are no obstacle beside this format's evidence
/// alone, and there a person has to say what they are.
#[test]
fn octets_that_could_be_a_signature_belong_to_nothing_else() {
    let verifier = verifier(facts());
    let stray = ("x.bin", [[0x30, 0x11], [0xdc; 2]].concat().repeat(64));
    if let Some(mut files) = files() {
        files.push(stray.clone());
        let result = judge(&verifier, &files);
        assert!(codes(&result).contains(&"attestation.foreign-evidence"), "{:?}", codes(&result));
        assert_eq!(result.verdict(), Verdict::Review);
    }
    let options = Options::new(at(TIME));
    for format in formats().iter().filter(|format| format.name == "yubico-piv") {
        let simulation = format.build_with(&options, &mut crate::support::keyring()).unwrap();
        let manifest = std::str::from_utf8(&simulation.files[0].bytes).unwrap();
        let verifier = crate::support::verifier(facts_and(manifest));
        let mut files: Vec<_> = simulation.files[1..]
            .iter()
            .map(|file| (file.name.as_str(), file.bytes.clone()))
            .collect();
        assert_eq!(judge(&verifier, &files).verdict(), Verdict::Accept);
        files.push(stray.clone());
        let result = judge(&verifier, &files);
        assert_eq!(result.verdict(), Verdict::Review);
        assert!(codes(&result).contains(&"input.unrecognized"), "{:?}", codes(&result));
    }
    let result = judge(&verifier, &[stray]);
    assert!(codes(&result).contains(&"input.malformed"), "{:?}", codes(&result));
}

/// As of June 2025 modules sign statements with RSA-PSS or ECDSA; the genuine one has PKCS #1 v1.5.
#[test]
fn statements_are_signed_in_each_of_three_ways() {
    let format = formats().iter().find(|format| format.name == "securosys-primus").unwrap();
    for (key, padding) in [
        (KeyKind::Rsa3072, RsaPadding::Pkcs1),
        (KeyKind::Rsa3072, RsaPadding::Pss),
        (KeyKind::P256, RsaPadding::Pkcs1),
    ] {
        let options = Options { key: Some(key), padding, ..Options::new(at(TIME)) };
        let simulation = format.build_with(&options, &mut crate::support::keyring()).unwrap();
        let manifest = std::str::from_utf8(&simulation.files[0].bytes).unwrap();
        let files: Vec<_> = simulation.files[1..]
            .iter()
            .map(|file| (file.name.as_str(), file.bytes.clone()))
            .collect();
        let result = judge(&verifier(facts_and(manifest)), &files);
        assert_eq!(codes(&result), ["certification.firmware-unstated"], "{key:?} {padding:?}");
    }
}

/// Every byte of the document is signed, the blanks at its end among them.
#[test]
fn a_document_that_was_saved_anew_is_not_what_was_signed() {
    let Some(files) = files() else { return };
    let verifier = verifier(facts());
    let xml = String::from_utf8(files[0].1.clone()).unwrap();
    for (saved, code) in [
        (xml.trim_end().to_owned(), "chain.signature-invalid"),
        (format!("{xml}\n"), "chain.signature-invalid"),
        (xml.replace('\n', "\r\n"), "chain.signature-invalid"),
        (xml.replace('\t', "  "), "chain.signature-invalid"),
        (
            xml.replace("<sign>true</sign>", "<sign>true</sign><sign>true</sign>"),
            "chain.signature-invalid",
        ),
        (xml.replace("<private_key", "<!DOCTYPE private_key><private_key"), "input.xml"),
        (xml.replace("</label>", "</label><!-- -->"), "input.xml"),
        (xml.replace("private_key", "secret_key"), "attestation.wrong-role"),
    ] {
        let mut files = files.clone();
        files[0].1 = saved.into_bytes();
        let result = judge(&verifier, &files);
        assert_eq!(codes(&result)[0], code);
        assert_eq!(result.verdict(), Verdict::Reject);
    }
}

#[test]
fn each_missing_piece_is_named() {
    let Some(files) = files() else { return };
    let verifier = verifier(facts());
    for (missing, code) in [
        (0, "attestation.wrong-role"),
        (1, "chain.incomplete"),
        (2, "chain.incomplete"),
        (3, "chain.incomplete"),
        (4, "request.missing"),
    ] {
        let mut files = files.clone();
        let (name, _) = files.remove(missing);
        let result = judge(&verifier, &files);
        assert!(codes(&result).contains(&code), "{name}: {:?}", codes(&result));
        assert_eq!(result.verdict(), Verdict::Reject, "{name}");
    }
}

/// The example of the reference is signed by no one here; with the genuine signature it is refused.
#[test]
fn the_genuine_signature_does_not_carry_over_to_another_document() {
    let Some(mut files) = files() else { return };
    let Some(folder) = shared("samples/securosys-primus/imported-key-unsigned-attributes") else {
        return;
    };
    files[0].1 = read(&folder.join("imported-key-attributes-example.xml"));
    let result = judge(&verifier(facts()), &files);
    assert!(codes(&result).contains(&"chain.signature-invalid"), "{:?}", codes(&result));
    assert_eq!(result.verdict(), Verdict::Reject);
}

/// A private key in the text of an element is a private key, plain or in base64.
#[test]
fn a_private_key_in_a_document_ends_everything() {
    // OneAsymmetricKey (RFC 5958 2) of Ed25519 (RFC 8410 7): the smallest that there is.
    let key = "MC4CAQAwBQYDK2VwBCIEIBERERERERERERERERERERERERERERERERERERERERER";
    let document =
        format!("<private_key creation=\"generated\"><label>{key}</label></private_key>");
    let result = judge(&verifier(facts()), &[("key.xml", document.into_bytes())]);
    assert!(codes(&result).contains(&"input.private-key-present"), "{:?}", codes(&result));
}
