//! What every simulation must be, read by readers that share nothing with what wrote it.
#![allow(clippy::disallowed_methods, reason = "tests read samples")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use aws_lc_rs::signature::{
    ECDSA_P384_SHA384_ASN1, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256,
    UnparsedPublicKey, VerificationAlgorithm,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keyproof::{Outcome, ReasonCode, Requirement, Timestamp};
use x509_parser::certificate::X509Certificate;
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::prelude::FromDer;

use crate::{
    EvidencePlace, KeyKind, Keyring, Options, RsaPadding, SimulateError, SimulatedFormat,
    Simulation, formats,
};

/// The format of that name.
fn format_named(name: &str) -> &'static SimulatedFormat {
    formats().iter().find(|format| format.name == name).unwrap()
}

fn options() -> Options {
    Options::new(Timestamp::from_rfc3339("2026-11-21T10:00:00Z").unwrap())
}

/// A case of that format, with the defect if one is named.
pub(crate) fn simulated(format: &str, key: Option<KeyKind>, defect: Option<&str>) -> Simulation {
    let options = Options { key, defect: defect.map(str::to_owned), ..options() };
    format_named(format).build(&options).unwrap()
}

/// The octets of a file.
pub(crate) fn file<'a>(simulation: &'a Simulation, name: &str) -> &'a [u8] {
    &simulation.files.iter().find(|file| file.name == name).unwrap().bytes
}

/// The contents of the PEM blocks of a text.
pub(crate) fn pem_blocks(text: &[u8]) -> Vec<Vec<u8>> {
    let content = |block: &str| {
        let body = block.split("-----").nth(1).unwrap();
        STANDARD.decode(body.split_whitespace().collect::<String>()).unwrap()
    };
    std::str::from_utf8(text).unwrap().split("-----BEGIN ").skip(1).map(content).collect()
}

/// The first PEM block of a file.
pub(crate) fn block(simulation: &Simulation, name: &str) -> Vec<u8> {
    pem_blocks(file(simulation, name)).remove(0)
}

/// A certificate, and nothing after it.
pub(crate) fn certificate(der: &[u8]) -> X509Certificate<'_> {
    let (rest, certificate) = X509Certificate::from_der(der).unwrap();
    assert!(rest.is_empty());
    certificate
}

/// Identifier, criticality and value of an extension.
pub(crate) type Extension = (String, bool, Vec<u8>);

/// The same with the length of the value.
pub(crate) type Shape = (String, bool, usize);

/// Each extension, in order.
pub(crate) fn extensions(certificate: &X509Certificate<'_>) -> Vec<Extension> {
    let extensions = certificate.extensions().iter();
    extensions.map(|one| (one.oid.to_id_string(), one.critical, one.value.to_vec())).collect()
}

/// The same with the length of each value.
pub(crate) fn shape(certificate: &X509Certificate<'_>) -> Vec<Shape> {
    let extensions = extensions(certificate).into_iter();
    extensions.map(|(oid, critical, value)| (oid, critical, value.len())).collect()
}

/// A file of the samples that are kept outside of the project, if it is there: below `KEYPROOF_SAMPLES`,
/// `KEYPROOF_SHARED`, or `../shared` beside the project. `KEYPROOF_DEMAND_SAMPLES=1` demands it.
pub(crate) fn genuine(path: &str) -> Option<Vec<u8>> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let shared = std::env::var_os("KEYPROOF_SHARED").map_or(beside, PathBuf::from);
    let samples =
        std::env::var_os("KEYPROOF_SAMPLES").map_or(shared.join("samples"), PathBuf::from);
    let found = std::fs::read(samples.join(path)).ok();
    let demanded = std::env::var("KEYPROOF_DEMAND_SAMPLES").is_ok_and(|value| value == "1");
    assert!(found.is_some() || !demanded, "{path}");
    found
}

/// The formats whose evidence is files of one certificate.
fn yubico_formats() -> impl Iterator<Item = (&'static SimulatedFormat, Keyring)> {
    let formats = formats().iter().filter(|format| format.name.starts_with("yubico-"));
    formats.map(|format| (format, Keyring::default()))
}

fn verifies(
    key: &[u8],
    algorithm: &'static dyn VerificationAlgorithm,
    message: &[u8],
    signature: &[u8],
) -> bool {
    UnparsedPublicKey::new(algorithm, key).verify(message, signature).is_ok()
}

/// Whether the RSA key of the issuer signed it.
fn issued(certificate: &X509Certificate<'_>, issuer: &[u8]) -> bool {
    let (signed, signature) =
        (certificate.tbs_certificate.as_ref(), &certificate.signature_value.data);
    verifies(issuer, &RSA_PKCS1_2048_8192_SHA256, signed, signature)
}

fn key<'a>(certificate: &'a X509Certificate<'_>) -> &'a [u8] {
    &certificate.public_key().subject_public_key.data
}

/// The public key in a request, and whether it signed the request.
fn request(der: &[u8], algorithm: &'static dyn VerificationAlgorithm) -> (Vec<u8>, bool) {
    let (rest, request) = X509CertificationRequest::from_der(der).unwrap();
    assert!(rest.is_empty());
    let info = &request.certification_request_info;
    let key = info.subject_pki.subject_public_key.data.to_vec();
    let proven = verifies(&key, algorithm, info.raw, &request.signature_value.data);
    (key, proven)
}

/// The value of a field of the first anchor.
fn anchor_field(simulation: &Simulation, name: &str) -> String {
    let text = std::str::from_utf8(file(simulation, "anchors.yaml")).unwrap();
    let prefix = format!("{name}: ");
    let mut lines = text.lines().map(|line| line.trim().trim_start_matches("- "));
    let value = lines.find_map(|line| line.strip_prefix(&prefix)).unwrap();
    value.trim_matches(['"', '[', ']']).to_owned()
}

#[test]
fn a_case_without_fault_is_whole() {
    for (format, mut keyring) in yubico_formats() {
        let simulation = format.build_with(&options(), &mut keyring).unwrap();
        let names: Vec<_> = simulation.files.iter().map(|file| file.name.as_str()).collect();
        let expected =
            ["anchors.yaml", "attestation.pem", "device.pem", "issuing-ca.pem", "request.pem"];
        assert_eq!(names, expected);
        let [leaf, device, issuing] = ["attestation.pem", "device.pem", "issuing-ca.pem"]
            .map(|name| block(&simulation, name));
        let (leaf, device, issuing) =
            (certificate(&leaf), certificate(&device), certificate(&issuing));
        let anchor = STANDARD.decode(anchor_field(&simulation, "public_key")).unwrap();
        let (_, anchor) = x509_parser::x509::SubjectPublicKeyInfo::from_der(&anchor).unwrap();
        assert!(issued(&leaf, key(&device)) && issued(&device, key(&issuing)));
        assert!(issued(&issuing, &anchor.subject_public_key.data));
        assert!(!issued(&leaf, key(&issuing)));
        assert_eq!(leaf.issuer(), device.subject());
        assert_eq!(device.issuer(), issuing.subject());
        assert_eq!(leaf.validity(), device.validity());
        let der = block(&simulation, "request.pem");
        let (_, request) = X509CertificationRequest::from_der(&der).unwrap();
        assert!(request.certification_request_info.subject.to_string().contains("SIMULATED"));
    }
}

#[test]
fn the_request_is_signed_by_the_attested_key() {
    let cases: &[(KeyKind, RsaPadding, &'static dyn VerificationAlgorithm)] = &[
        (KeyKind::P384, RsaPadding::Pkcs1, &ECDSA_P384_SHA384_ASN1),
        (KeyKind::Rsa3072, RsaPadding::Pkcs1, &RSA_PKCS1_2048_8192_SHA256),
        (KeyKind::Rsa3072, RsaPadding::Pss, &RSA_PSS_2048_8192_SHA256),
    ];
    for (format, mut keyring) in yubico_formats() {
        for (kind, padding, algorithm) in cases {
            let options = Options { key: Some(*kind), padding: *padding, ..options() };
            let simulation = format.build_with(&options, &mut keyring).unwrap();
            let leaf = block(&simulation, "attestation.pem");
            let (requested, proven) = request(&block(&simulation, "request.pem"), *algorithm);
            assert_eq!(key(&certificate(&leaf)), requested);
            assert!(proven, "{} {kind:?} {padding:?}", format.name);
        }
    }
}

#[test]
fn the_names_of_authorities_say_that_they_are_simulated() {
    for format in formats() {
        let simulation = format.build(&options()).unwrap();
        let text = String::from_utf8_lossy(file(&simulation, "anchors.yaml")).into_owned();
        for subject in text.lines().filter(|line| line.trim().starts_with("subject: ")) {
            assert!(subject.contains("\"CN=SIMULATED "), "{subject}");
        }
        assert_eq!(anchor_field(&simulation, "status"), "test");
        assert_eq!(anchor_field(&simulation, "format"), format.name);
        assert!(anchor_field(&simulation, "id").starts_with("simulated-"));
    }
}

#[test]
fn keys_are_made_anew_and_serial_numbers_stay() {
    let [first, second] = [(), ()].map(|()| simulated("yubico-piv", None, None));
    let anchor = |simulation| anchor_field(simulation, "public_key");
    assert_ne!(anchor(&first), anchor(&second));
    for name in ["attestation.pem", "device.pem", "issuing-ca.pem"] {
        let (first, second) = (block(&first, name), block(&second, name));
        assert_eq!(certificate(&first).raw_serial(), certificate(&second).raw_serial());
    }
}

/// Keys that were made before serve in turn, and others are made where none of the size is left.
#[test]
fn a_keyring_takes_the_keys_it_is_given() {
    use aws_lc_rs::encoding::AsDer;
    use aws_lc_rs::rsa::KeySize;
    use aws_lc_rs::signature::{KeyPair as _, RsaKeyPair};
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let der: aws_lc_rs::encoding::Pkcs8V1Der<'_> = pair.as_der().unwrap();
    let mut keyring = Keyring::with_rsa_keys([der.as_ref()]).unwrap();
    let simulation = format_named("yubico-piv").build_with(&options(), &mut keyring).unwrap();
    let blocks =
        ["attestation.pem", "device.pem", "issuing-ca.pem"].map(|name| block(&simulation, name));
    let given = blocks.iter().filter(|der| key(&certificate(der)) == pair.public_key().as_ref());
    let root = anchor_field(&simulation, "public_key");
    let is_root = STANDARD.decode(root).unwrap().ends_with(pair.public_key().as_ref());
    assert_eq!(given.count() + usize::from(is_root), 1);
    assert!(Keyring::with_rsa_keys([&[0x30, 0][..]]).is_err());
}

#[test]
fn only_the_defect_about_it_writes_a_private_key() {
    for (format, mut keyring) in yubico_formats() {
        for defect in &format.defects {
            let options = Options { defect: Some(defect.name.to_owned()), ..options() };
            let simulation = format.build_with(&options, &mut keyring).unwrap();
            let mut files = simulation.files.iter();
            let found = files.any(|it| String::from_utf8_lossy(&it.bytes).contains("PRIVATE KEY"));
            assert_eq!(found, defect.name == "private-key-sent", "{}", defect.name);
        }
    }
}

#[test]
fn defects_have_unique_kebab_names_and_sentences() {
    for format in formats() {
        let mut seen = BTreeSet::new();
        for defect in &format.defects {
            assert!(seen.insert(defect.name), "{} {} twice", format.name, defect.name);
            let is_word = |word: &str| {
                !word.is_empty()
                    && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
            };
            assert!(defect.name.split('-').all(is_word), "{}", defect.name);
            assert!(defect.description.ends_with('.'), "{}", defect.name);
        }
    }
}

#[test]
fn a_forged_attestation_is_signed_by_the_attested_key() {
    for (format, mut keyring) in yubico_formats() {
        let options = Options {
            defect: Some("attested-key-as-issuer".to_owned()),
            key: Some(KeyKind::Rsa3072),
            ..options()
        };
        let simulation = format.build_with(&options, &mut keyring).unwrap();
        let [user, forged, device] = ["user-key-attestation.pem", "attestation.pem", "device.pem"]
            .map(|name| block(&simulation, name));
        let (user, forged, device) =
            (certificate(&user), certificate(&forged), certificate(&device));
        assert!(issued(&user, key(&device)) && issued(&forged, key(&user)));
        assert_ne!(key(&forged), key(&user));
        let request = request(&block(&simulation, "request.pem"), &RSA_PKCS1_2048_8192_SHA256);
        assert_eq!(request, (key(&forged).to_vec(), true));
    }
}

#[test]
fn expectations_name_every_requirement_or_the_one_that_fails() {
    for (format, mut keyring) in yubico_formats() {
        let mut expected = |options: &Options| {
            let simulation = format.build_with(options, &mut keyring).unwrap();
            let of = simulation.expected.into_iter();
            of.map(|one| (one.requirement, one.outcome, one.reason)).collect::<Vec<_>>()
        };
        let whole = expected(&options());
        assert!(whole.iter().map(|(requirement, ..)| *requirement).eq(Requirement::ALL));
        assert!(whole.iter().all(|(_, outcome, _)| *outcome == Outcome::Satisfied));
        let mut short = expected(&Options { key: Some(KeyKind::Rsa2048), ..options() });
        short.retain(|(_, outcome, _)| *outcome != Outcome::Satisfied);
        let size = (Requirement::SoundKey, Outcome::Unsatisfied, Some(ReasonCode::KeySize));
        assert_eq!(short, [size]);
        let expired = Options { defect: Some("device-expired".to_owned()), ..options() };
        let unsatisfied = Outcome::Unsatisfied;
        let chain = (Requirement::GenuineModule, unsatisfied, Some(ReasonCode::ChainExpired));
        assert_eq!(expected(&expired), [chain]);
    }
}

#[test]
fn evidence_in_the_request_is_the_evidence_that_would_lie_beside_it() {
    for (format, mut keyring) in yubico_formats() {
        let beside = format.build_with(&options(), &mut keyring).unwrap();
        let options = Options { evidence: EvidencePlace::InRequest, ..options() };
        let within = format.build_with(&options, &mut keyring).unwrap();
        let names: Vec<_> = within.files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["anchors.yaml", "request.pem"]);
        let request = block(&within, "request.pem");
        for name in ["attestation.pem", "device.pem", "issuing-ca.pem"] {
            let der = block(&beside, name);
            // The signed parts are the same; an ECDSA signature is not.
            let signed = certificate(&der).tbs_certificate.as_ref().to_vec();
            let mut windows = request.windows(signed.len());
            assert!(windows.any(|window| window == signed), "{} {name}", format.name);
        }
    }
}

#[test]
fn what_cannot_be_made_is_refused() {
    let format = format_named("yubico-piv");
    let mut keyring = Keyring::default();
    let mut build = |options: &Options| format.build_with(options, &mut keyring).unwrap_err();
    let unknown = Options { defect: Some("no-such-defect".to_owned()), ..options() };
    assert_eq!(build(&unknown), SimulateError::UnknownDefect("no-such-defect".to_owned()));
    let card = Options { evidence: EvidencePlace::InRequest, ..options() };
    assert_eq!(
        format_named("smartcard-hsm").build(&card).unwrap_err(),
        SimulateError::EvidenceInRequest
    );
    let hash = Options {
        defect: Some("request-signed-with-sha1".to_owned()),
        key: Some(KeyKind::Ed25519),
        ..options()
    };
    assert_eq!(build(&hash), SimulateError::KeyKind);
    for time in ["9999-12-30T00:00:00Z", "1950-12-31T23:59:59Z", "0000-01-01T00:00:00Z"] {
        let time = Timestamp::from_rfc3339(time).unwrap();
        assert_eq!(build(&Options::new(time)), SimulateError::Time);
    }
}
