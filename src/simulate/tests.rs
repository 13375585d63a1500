//! What every simulation must be: one case that is whole, and cases that differ from it in the one
//! thing they are named after.

use std::collections::BTreeSet;

use aws_lc_rs::signature::{
    ECDSA_P384_SHA384_ASN1, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256,
    UnparsedPublicKey, VerificationAlgorithm,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::prelude::FromDer;

use super::{
    EvidencePlace, KeyKind, Keyring, Options, RsaPadding, SimulateError, SimulatedFormat,
    Simulation, formats,
};
use crate::encoding::der::{self, DerFault, Glance, Reader, tag};
use crate::encoding::x509::{Certificate, X509Error};
use crate::format::{Evidence, FORMATS};
use crate::public_key::PublicKey;
use crate::reason::{Reason, ReasonCode};
use crate::request::Request;
use crate::result::{Outcome, Requirement};
use crate::time::Timestamp;
use crate::trust::{AnchorManifest, ManifestOrigin, TrustStore};

/// The format of that name.
pub(crate) fn format_named(name: &str) -> &'static SimulatedFormat {
    formats().iter().find(|format| format.name == name).unwrap()
}

/// The formats whose evidence is certificates in the roles of [`crate::trust::verify_path`].
fn x509_formats() -> impl Iterator<Item = &'static SimulatedFormat> {
    formats().iter().filter(|format| format.name.starts_with("yubico-"))
}

fn options() -> Options {
    Options::new(Timestamp::from_rfc3339("2026-11-21T10:00:00Z").unwrap())
}

/// The contents of the PEM blocks of a file.
pub(crate) fn blocks(simulation: &Simulation, name: &str) -> Vec<Vec<u8>> {
    let Some(file) = simulation.files.iter().find(|file| file.name == name) else {
        return Vec::new();
    };
    let text = std::str::from_utf8(&file.bytes).unwrap();
    pem_blocks(text)
}

/// The contents of the PEM blocks of a text.
pub(crate) fn pem_blocks(text: &str) -> Vec<Vec<u8>> {
    text.split("-----BEGIN ")
        .skip(1)
        .map(|block| {
            let body = block.split("-----").nth(1).unwrap();
            STANDARD.decode(body.split_whitespace().collect::<String>()).unwrap()
        })
        .collect()
}

/// The certificate in a file, if the file is there.
pub(crate) fn certificate(simulation: &Simulation, name: &str) -> Option<Certificate> {
    blocks(simulation, name).first().map(|der| Certificate::from_der(der).unwrap())
}

fn verifies(
    spki: &[u8],
    algorithm: &'static dyn VerificationAlgorithm,
    message: &[u8],
    signature: &[u8],
) -> bool {
    let key = PublicKey::from_spki(spki).unwrap();
    UnparsedPublicKey::new(algorithm, key.key_octets()).verify(message, signature).is_ok()
}

fn issued(certificate: &Certificate, spki: &[u8]) -> bool {
    let rsa = &RSA_PKCS1_2048_8192_SHA256;
    verifies(spki, rsa, certificate.tbs(), certificate.signature())
}

/// The public key in a request, and whether it signed the request.
fn request(der: &[u8], algorithm: &'static dyn VerificationAlgorithm) -> (Vec<u8>, bool) {
    der::check(der).unwrap();
    let mut fields = Glance::at(der).nested(tag::SEQUENCE).unwrap();
    let (_, information, signed) = fields.any().unwrap();
    fields.any().unwrap();
    let signature = fields.take(Reader::octet_aligned_bits).unwrap();
    let mut information = Glance::at(information);
    assert_eq!(information.take(Reader::u64).unwrap(), 0);
    information.any().unwrap();
    let (_, _, spki) = information.any().unwrap();
    (spki.to_vec(), verifies(spki, algorithm, signed, signature))
}

/// The value of a field of the only anchor.
fn anchor_field(simulation: &Simulation, name: &str) -> String {
    let yaml = simulation.files.iter().find(|file| file.name == "anchors.yaml").unwrap();
    let text = std::str::from_utf8(&yaml.bytes).unwrap();
    let line = text
        .lines()
        .find_map(|line| line.trim().trim_start_matches("- ").strip_prefix(&format!("{name}: ")));
    line.unwrap().trim_matches(['"', '[', ']']).to_owned()
}

fn anchor_key(simulation: &Simulation) -> Vec<u8> {
    STANDARD.decode(anchor_field(simulation, "public_key")).unwrap()
}

fn every_defect(mut visit: impl FnMut(&'static str, &'static super::Defect, Simulation)) {
    for format in x509_formats() {
        let mut keyring = Keyring::default();
        for defect in &format.defects {
            let options = Options { defect: Some(defect.name.to_owned()), ..options() };
            visit(format.name, defect, format.build_with(&options, &mut keyring).unwrap());
        }
    }
}

/// Runs over both formats with a keyring for each, as RSA keys are slow to make.
fn every_format(mut visit: impl FnMut(&SimulatedFormat, &mut Keyring)) {
    for format in x509_formats() {
        visit(format, &mut Keyring::default());
    }
}

#[test]
fn a_case_without_fault_is_whole() {
    for format in x509_formats() {
        let simulation = format.build(&options()).unwrap();
        let names: Vec<_> = simulation.files.iter().map(|file| file.name.as_str()).collect();
        let expected =
            ["anchors.yaml", "attestation.pem", "device.pem", "issuing-ca.pem", "request.pem"];
        assert_eq!(names, expected);

        let leaf = certificate(&simulation, "attestation.pem").unwrap();
        let device = certificate(&simulation, "device.pem").unwrap();
        let issuing = certificate(&simulation, "issuing-ca.pem").unwrap();
        assert!(issued(&leaf, device.subject_public_key_info()));
        assert!(issued(&device, issuing.subject_public_key_info()));
        assert!(issued(&issuing, &anchor_key(&simulation)));
        assert!(!issued(&leaf, issuing.subject_public_key_info()));
        assert_eq!(leaf.issuer(), device.subject());
        assert_eq!(device.issuer(), issuing.subject());
        assert_eq!(leaf.validity_der(), device.validity_der());

        let der = blocks(&simulation, "request.pem").remove(0);
        let (_, parsed) = X509CertificationRequest::from_der(&der).unwrap();
        assert!(parsed.certification_request_info.subject.to_string().contains("SIMULATED"));
        for name in ["attestation.pem", "device.pem", "issuing-ca.pem"] {
            let der = blocks(&simulation, name).remove(0);
            assert!(x509_parser::parse_x509_certificate(&der).unwrap().0.is_empty());
        }
    }
}

#[test]
fn the_request_is_signed_by_the_attested_key() {
    let cases: &[(KeyKind, RsaPadding, &'static dyn VerificationAlgorithm)] = &[
        (KeyKind::P384, RsaPadding::Pkcs1, &ECDSA_P384_SHA384_ASN1),
        (KeyKind::Rsa3072, RsaPadding::Pkcs1, &RSA_PKCS1_2048_8192_SHA256),
        (KeyKind::Rsa3072, RsaPadding::Pss, &RSA_PSS_2048_8192_SHA256),
    ];
    every_format(|format, keyring| {
        for (kind, padding, algorithm) in cases {
            let options = Options { key: Some(*kind), padding: *padding, ..options() };
            let simulation = format.build_with(&options, keyring).unwrap();
            let leaf = certificate(&simulation, "attestation.pem").unwrap();
            let (spki, proven) = request(&blocks(&simulation, "request.pem")[0], *algorithm);
            assert_eq!(leaf.subject_public_key_info(), spki);
            assert!(proven, "{} {kind:?} {padding:?}", format.name);
        }
    });
}

#[test]
fn the_names_of_authorities_say_that_they_are_simulated() {
    for format in x509_formats() {
        let simulation = format.build(&options()).unwrap();
        let issuing = certificate(&simulation, "issuing-ca.pem").unwrap();
        for name in [issuing.subject(), issuing.issuer()] {
            assert!(name.sole_common_name().unwrap().starts_with("SIMULATED "));
        }
        assert_eq!(anchor_field(&simulation, "subject"), issuing.issuer().to_string());
        assert_eq!(anchor_field(&simulation, "issuing"), issuing.subject().to_string());
        assert_eq!(anchor_field(&simulation, "status"), "test");
        assert_eq!(anchor_field(&simulation, "format"), format.name);
        let der = STANDARD.decode(anchor_field(&simulation, "subject_der")).unwrap();
        assert_eq!(der, issuing.issuer().der());
        let key = PublicKey::from_spki(&anchor_key(&simulation)).unwrap();
        assert_eq!(anchor_field(&simulation, "spki_sha256"), key.spki_sha256().to_string());
    }
}

#[test]
fn keys_are_made_anew_and_serial_numbers_stay() {
    let format = format_named("yubico-piv");
    let first = format.build(&options()).unwrap();
    let second = format.build(&options()).unwrap();
    assert_ne!(anchor_key(&first), anchor_key(&second));
    for name in ["attestation.pem", "device.pem", "issuing-ca.pem"] {
        let (first, second) = (certificate(&first, name), certificate(&second, name));
        assert_eq!(first.unwrap().serial(), second.unwrap().serial());
    }
}

#[test]
fn only_the_defect_about_it_writes_a_private_key() {
    every_defect(|_, defect, simulation| {
        let found = simulation
            .files
            .iter()
            .any(|file| String::from_utf8_lossy(&file.bytes).contains("PRIVATE KEY"));
        assert_eq!(found, defect.name == "private-key-sent", "{}", defect.name);
    });
}

#[test]
fn defects_have_unique_kebab_names_and_sentences() {
    for format in x509_formats() {
        let mut seen = BTreeSet::new();
        for defect in &format.defects {
            assert!(seen.insert(defect.name), "{} twice", defect.name);
            assert!(
                defect.name.split('-').all(|word| {
                    !word.is_empty()
                        && word
                            .bytes()
                            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
                }),
                "{}",
                defect.name
            );
            assert!(defect.description.ends_with('.'), "{}", defect.name);
        }
    }
}

#[test]
fn only_the_defects_about_signatures_break_one() {
    let expected = BTreeSet::from([
        "wrong-root",
        "lookalike-root",
        "replaced-attestation-key",
        "leaf-signed-by-another-key",
        "leaf-signature-broken",
        "leaf-signed-with-sha1",
        "leaf-issued-by-authority",
        "device-signature-broken",
        "issuing-signature-broken",
    ]);
    let mut broken = BTreeSet::new();
    every_defect(|_, defect, simulation| {
        if unreadable(defect.name) {
            return;
        }
        let leaf = certificate(&simulation, "attestation.pem");
        let device = certificate(&simulation, "device.pem");
        let issuing = certificate(&simulation, "issuing-ca.pem");
        let root = anchor_key(&simulation);
        let whole = |certificate: &Option<Certificate>, issuer: Option<&[u8]>| match certificate {
            Some(certificate) => issuer.is_none_or(|issuer| issued(certificate, issuer)),
            None => true,
        };
        let device_key = device.as_ref().map(Certificate::subject_public_key_info);
        let issuing_key = issuing.as_ref().map(Certificate::subject_public_key_info);
        let without_attestation = matches!(
            defect.name,
            "unrelated-certificate-as-attestation" | "device-certificate-missing"
        );
        let leaf_issuer = device_key.or(Some(&root)).filter(|_| !without_attestation);
        // An authority's certificate that was not sent leaves the anchor to have signed the device
        // certificate; that is so for none but is no matter of the signature.
        let device_issuer =
            issuing_key.or(Some(&root)).filter(|_| defect.name != "issuing-certificate-missing");
        // Two formats, or the forged attestation: the first file counts.
        let forged = defect.name.starts_with("attested-key-as-issuer");
        let leaf_issuer = leaf_issuer.filter(|_| !forged);
        if !(whole(&leaf, leaf_issuer)
            && whole(&device, device_issuer)
            && whole(&issuing, Some(&root)))
        {
            broken.insert(defect.name);
        }
    });
    assert_eq!(broken, expected);
}

/// The defects by which a certificate cannot be read.
fn unreadable(name: &str) -> bool {
    matches!(
        name,
        "leaf-padded-length" | "leaf-trailing-byte" | "statement-twice" | "basic-constraints-twice"
    )
}

#[test]
fn unreadable_certificates_have_the_one_fault() {
    every_defect(|_, defect, simulation| {
        let read = |name| Certificate::from_der(&blocks(&simulation, name)[0]);
        let fault = |name| match read(name) {
            Err(X509Error::Der(error)) => Some(error.fault),
            _ => None,
        };
        let is_twice = |read| matches!(read, Err(X509Error::DuplicateExtension(_)));
        match defect.name {
            "leaf-padded-length" => {
                assert_eq!(fault("attestation.pem"), Some(DerFault::Length));
            }
            "leaf-trailing-byte" => {
                assert_eq!(fault("attestation.pem"), Some(DerFault::TrailingData));
            }
            "statement-twice" => {
                assert!(is_twice(read("attestation.pem")));
            }
            "basic-constraints-twice" => {
                assert!(is_twice(read("device.pem")));
            }
            _ => {}
        }
    });
}

/// Every certificate that was sent, once.
fn sent(simulation: &Simulation) -> Vec<Certificate> {
    let mut certificates: Vec<Certificate> = Vec::new();
    let sent = simulation
        .files
        .iter()
        .filter(|file| file.name != "anchors.yaml" && file.name != "request.pem")
        .flat_map(|file| blocks(simulation, &file.name))
        .filter_map(|der| Certificate::from_der(&der).ok());
    for certificate in sent {
        if !certificates.contains(&certificate) {
            certificates.push(certificate);
        }
    }
    certificates
}

/// The reasons why a format refuses the evidence under the simulation's own trust.
pub(crate) fn refusal(format: &str, simulation: &Simulation) -> Vec<ReasonCode> {
    let yaml = simulation.files.iter().find(|file| file.name == "anchors.yaml").unwrap();
    let origin = ManifestOrigin::Caller;
    let manifest = AnchorManifest::parse(origin, &yaml.name, &yaml.bytes, &|_| None).unwrap();
    let store = TrustStore::new(vec![manifest]).unwrap();
    let format = FORMATS.iter().find(|known| known.name() == format).unwrap();
    let certificates = sent(simulation);
    let evidence = Evidence { certificates: &certificates, objects: &[] };
    match format.verify(evidence, &store, options().time) {
        Ok(evidence) => evidence.contradictions().iter().map(Reason::code).collect(),
        Err(reasons) => reasons.iter().map(Reason::code).collect(),
    }
}

#[test]
fn evidence_is_refused_for_the_defect_it_is_named_after_and_for_no_other() {
    for format in x509_formats() {
        let simulation = format.build(&options()).unwrap();
        assert_eq!(refusal(format.name, &simulation), []);
    }
    every_defect(|format, defect, simulation| {
        let seen_by_the_format = defect.requirement == Requirement::GenuineModule
            && defect.outcome == Outcome::Unsatisfied
            && !SEEN_BEFORE_THE_FORMAT.contains(&defect.reason);
        if unreadable(defect.name) || defect.reason == ReasonCode::AttestationUnrecognized {
            return;
        }
        let mut found = refusal(format, &simulation);
        // Device certificate and attestation may have the same defect.
        found.dedup();
        // Of what no device can say the format sees a part, and the facts tell the rest after it.
        let told_by_facts = defect.reason == ReasonCode::AttestationImplausible && found.is_empty();
        let expected =
            if seen_by_the_format && !told_by_facts { vec![defect.reason] } else { Vec::new() };
        assert_eq!(found, expected, "{format} {}", defect.name);
    });
}

/// Reasons that are found while the submission is taken apart.
const SEEN_BEFORE_THE_FORMAT: &[ReasonCode] = &[
    ReasonCode::AttestationAmbiguous,
    ReasonCode::EvidenceDraftFormat,
    ReasonCode::EvidenceDraftVersion,
    ReasonCode::EvidenceMalformed,
    ReasonCode::InputTooManyCertificates,
];

/// Why the request is refused by itself.
fn request_refusal(simulation: &Simulation) -> Option<ReasonCode> {
    match Request::from_der(&blocks(simulation, "request.pem")[0]) {
        Ok(request) => request.verify()?.err().map(|reason| reason.code()),
        Err(reason) => Some(reason.code()),
    }
}

#[test]
fn requests_are_refused_for_the_defect_they_are_named_after_and_for_no_other() {
    for format in x509_formats() {
        assert_eq!(request_refusal(&format.build(&options()).unwrap()), None);
    }
    every_defect(|format, defect, simulation| {
        // What is not there, is a name that reads well, or is known by the file around it.
        let beyond_the_request = [
            "request-missing",
            "public-key-as-request",
            "two-requests",
            "request-mislabelled",
            "private-key-sent",
            "subject-with-escape-sequence",
            "subject-with-nul",
        ];
        if blocks(&simulation, "request.pem").is_empty()
            || defect.requirement == Requirement::SoundKey
        {
            return;
        }
        let seen = defect.requirement == Requirement::Possession
            && !beyond_the_request.contains(&defect.name);
        let expected = seen.then_some(defect.reason);
        assert_eq!(request_refusal(&simulation), expected, "{format} {}", defect.name);
    });
}

#[test]
fn a_forged_attestation_is_signed_by_the_attested_key() {
    for format in x509_formats() {
        let options = Options {
            defect: Some("attested-key-as-issuer".to_owned()),
            key: Some(KeyKind::Rsa3072),
            ..options()
        };
        let simulation = format.build(&options).unwrap();
        let user = certificate(&simulation, "user-key-attestation.pem").unwrap();
        let forged = certificate(&simulation, "attestation.pem").unwrap();
        let device = certificate(&simulation, "device.pem").unwrap();
        assert!(issued(&user, device.subject_public_key_info()));
        assert!(issued(&forged, user.subject_public_key_info()));
        assert_ne!(forged.subject_public_key_info(), user.subject_public_key_info());
        let request = request(&blocks(&simulation, "request.pem")[0], &RSA_PKCS1_2048_8192_SHA256);
        assert_eq!(request, (forged.subject_public_key_info().to_vec(), true));
    }
}

#[test]
fn expectations_name_every_requirement_or_the_one_that_fails() {
    every_format(|format, keyring| {
        let whole = format.build_with(&options(), keyring).unwrap();
        assert!(whole.expected.iter().map(|one| one.requirement).eq(Requirement::ALL));
        assert!(whole.expected.iter().all(|one| one.outcome == Outcome::Satisfied));

        let short = Options { key: Some(KeyKind::Rsa2048), ..options() };
        let short = format.build_with(&short, keyring).unwrap();
        let failing: Vec<_> =
            short.expected.iter().filter(|one| one.outcome != Outcome::Satisfied).collect();
        assert_eq!(failing.len(), 1);
        assert_eq!(failing[0].requirement, Requirement::SoundKey);
        assert_eq!(failing[0].reason, Some(ReasonCode::KeySize));

        let defect = Options { defect: Some("device-expired".to_owned()), ..options() };
        let defect = format.build_with(&defect, keyring).unwrap();
        assert_eq!(defect.expected.len(), 1);
        assert_eq!(defect.expected[0].reason, Some(ReasonCode::ChainExpired));
    });
}

#[test]
fn evidence_in_the_request_is_the_evidence_that_would_lie_beside_it() {
    every_format(|format, keyring| {
        let beside = format.build_with(&options(), keyring).unwrap();
        let options = Options { evidence: EvidencePlace::InRequest, ..options() };
        let within = format.build_with(&options, keyring).unwrap();
        let names: Vec<_> = within.files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["anchors.yaml", "request.pem"]);
        let request = blocks(&within, "request.pem").remove(0);
        assert_eq!(request_refusal(&within), None);
        for name in ["attestation.pem", "device.pem", "issuing-ca.pem"] {
            let certificate = certificate(&beside, name).unwrap();
            // The signed parts are the same; an ECDSA signature is not.
            let mut windows = request.windows(certificate.tbs().len());
            assert!(windows.any(|window| window == certificate.tbs()), "{} {name}", format.name);
        }
    });
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
