//! The bundled facts of Yubico, checked against the manufacturer's certificates, which are kept
//! outside the package. Where they are absent a test says so and passes; under `KEYPROOF_DEMAND_SAMPLES=1` it fails.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use keyproof::encoding::hex::Sha256;
use keyproof::encoding::x509::Certificate;
use keyproof::endorsement::{
    AdvisoryEffect, KnownCertification, Reading, Scheme, VerificationMethod,
};
use keyproof::facts::bundled;
use keyproof::result::CSBR_VERSION;
use keyproof::trust::{AnchorRole, AnchorStatus, KnownKey};

use crate::support::shared;

/// Facts of other manufacturers have files of their own, `facts_*.rs`.
const YUBICO: &str = "Yubico";

fn certificates() -> Option<BTreeMap<Sha256, Certificate>> {
    let folder = shared("roots/yubico")?;
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "der") {
            let der = std::fs::read(&path).unwrap();
            found.insert(Sha256::of(&der), Certificate::from_der(&der).unwrap());
        }
    }
    assert!(!found.is_empty());
    Some(found)
}

#[test]
fn every_anchor_says_what_the_manufacturers_certificates_say() {
    let Some(certificates) = certificates() else { return };
    for anchor in bundled().unwrap().trust.anchors().iter().filter(|it| it.vendor == YUBICO) {
        assert!(!anchor.certificate_sha256.is_empty(), "{}", anchor.id);
        for hash in &anchor.certificate_sha256 {
            let certificate = &certificates[hash];
            assert_eq!(certificate.subject().der(), anchor.subject_der, "{}", anchor.id);
            assert_eq!(certificate.subject().to_string(), anchor.subject, "{}", anchor.id);
            assert_eq!(
                certificate.subject_public_key_info(),
                anchor.public_key.spki(),
                "{}",
                anchor.id
            );
            let valid = (certificate.not_before(), certificate.not_after());
            let (from, to) = anchor.valid;
            assert_eq!(valid.0.unix_seconds(), from.unix_seconds(), "{}", anchor.id);
            assert_eq!(valid.1.unix_seconds(), to.unix_seconds(), "{}", anchor.id);
        }
    }
}

#[test]
fn every_certificate_is_an_anchor_or_refused() {
    let Some(certificates) = certificates() else { return };
    let facts = bundled().unwrap();
    let mut counted = 0;
    for (hash, certificate) in &certificates {
        let spki_sha256 = Sha256::of(certificate.subject_public_key_info());
        let subject = certificate.subject().to_string();
        match facts.trust.known_key(spki_sha256) {
            Some(KnownKey::Anchor(anchor)) => {
                assert!(anchor.certificate_sha256.contains(hash), "{}", anchor.id);
                assert_eq!(anchor.subject, subject);
            }
            Some(KnownKey::Refused(refused)) => {
                assert!(refused.certificate_sha256.contains(hash), "{}", refused.id);
                assert_eq!(refused.subject, subject);
            }
            None => panic!("{subject} ({hash}) is in neither list"),
        }
        counted += 1;
    }
    let anchors = facts.trust.anchors().iter().filter(|it| it.vendor == YUBICO);
    let anchors = anchors.flat_map(|it| &it.certificate_sha256);
    let refused = facts.trust.refused().iter().filter(|it| it.vendor == YUBICO);
    let refused = refused.flat_map(|it| &it.certificate_sha256);
    assert_eq!(anchors.chain(refused).count(), counted);
}

/// The DER of AlgorithmIdentifiers with and without the NULL that RFC 4055 2.1 asks for.
const SHA256_RSA: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\x00";
const SHA256_RSA_NO_PARAMETERS: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b";
const SHA512_RSA: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d\x05\x00";

#[test]
fn every_certificate_of_an_anchor_is_signed_by_its_parent() {
    let Some(certificates) = certificates() else { return };
    let facts = bundled().unwrap();
    let mut without_parameters = Vec::new();
    for anchor in facts.trust.anchors().iter().filter(|it| it.vendor == YUBICO) {
        let parents = facts.trust.parents(anchor);
        let signer = parents.first().copied().unwrap_or(anchor);
        for hash in &anchor.certificate_sha256 {
            let certificate = &certificates[hash];
            assert_eq!(certificate.issuer().der(), signer.subject_der, "{}", anchor.id);
            // The algorithm identifier may come with its SEQUENCE header or without.
            let algorithm = certificate.signature_algorithm();
            let algorithm = match algorithm {
                [0x30, _, content @ ..] => content,
                content => content,
            };
            let verifier = if algorithm == SHA512_RSA {
                &ring::signature::RSA_PKCS1_2048_8192_SHA512
            } else if algorithm == SHA256_RSA {
                &ring::signature::RSA_PKCS1_2048_8192_SHA256
            } else {
                assert_eq!(algorithm, SHA256_RSA_NO_PARAMETERS, "{}", anchor.id);
                without_parameters.push(anchor.id.as_str());
                &ring::signature::RSA_PKCS1_2048_8192_SHA256
            };
            let key = signer.public_key.key_octets();
            ring::signature::UnparsedPublicKey::new(verifier, key)
                .verify(certificate.tbs(), certificate.signature())
                .unwrap_or_else(|_| panic!("{} is not signed by {}", anchor.id, signer.id));
        }
    }
    let of_2025 =
        ["yubico-opgp-attestation-b2-1", "yubico-piv-attestation-b2-1", "yubihsm-attestation-b2-1"];
    assert_eq!(without_parameters, of_2025);
}

#[test]
fn what_each_anchor_may_vouch_for_is_what_the_formats_need() {
    let facts = bundled().unwrap();
    let issuing = |tolerant| AnchorRole::Issuing { device_without_basic_constraints: tolerant };
    let mut uses = BTreeMap::new();
    for anchor in facts.trust.anchors().iter().filter(|it| it.vendor == YUBICO) {
        assert_eq!(anchor.status, AnchorStatus::Production, "{}", anchor.id);
        for usage in &anchor.uses {
            uses.insert(anchor.id.as_str(), (usage.format.as_str(), usage.role.clone()));
        }
        assert!(anchor.uses.len() < 2, "{}", anchor.id);
    }
    let expected = BTreeMap::from([
        ("yubico-openpgp-attestation-ca", ("yubico-openpgp", issuing(false))),
        ("yubico-opgp-attestation-a-1", ("yubico-openpgp", issuing(false))),
        ("yubico-opgp-attestation-b-1", ("yubico-openpgp", issuing(false))),
        ("yubico-opgp-attestation-b2-1", ("yubico-openpgp", issuing(false))),
        ("yubico-piv-attestation-a-1", ("yubico-piv", issuing(false))),
        ("yubico-piv-attestation-b-1", ("yubico-piv", issuing(false))),
        ("yubico-piv-attestation-b2-1", ("yubico-piv", issuing(false))),
        // Some devices of firmware 4.3 and 5.2.4 lack basicConstraints, all of them under this one.
        ("yubico-piv-root-263751", ("yubico-piv", issuing(true))),
        ("yubihsm-attestation-b2-1", ("yubico-yubihsm2", issuing(false))),
        ("yubihsm-sub-ca-6742036", ("yubico-yubihsm2", issuing(false))),
    ]);
    assert_eq!(uses, expected);
    let parents = |id: &str| -> Vec<&str> {
        let anchor = facts.trust.anchor(id).unwrap();
        facts.trust.parents(anchor).iter().map(|above| above.id.as_str()).collect()
    };
    let b_1 = ["yubico-attestation-intermediate-b-1", "yubico-attestation-root-1"];
    assert_eq!(parents("yubico-piv-attestation-b2-1"), b_1);
    assert_eq!(parents("yubico-opgp-attestation-b2-1"), b_1);
    assert_eq!(parents("yubihsm-attestation-b2-1"), b_1);
    assert_eq!(parents("yubihsm-sub-ca-6742036"), ["yubihsm-root"]);
    assert!(parents("yubico-piv-root-263751").is_empty());
    assert!(parents("yubico-openpgp-attestation-ca").is_empty());
}

#[test]
fn authorities_of_other_applications_are_refused_by_name() {
    let facts = bundled().unwrap();
    let refused: Vec<_> = facts.trust.refused().iter().map(|it| it.subject.as_str()).collect();
    for subject in [
        "CN=Yubico U2F Root CA Serial 457200631",
        "CN=Yubico FIDO Attestation B2 1",
        "CN=Yubico 2023 OPGP Preview CA",
        "CN=Yubico SD Attestation B 1",
        "CN=Yubico PIV Preview CA",
    ] {
        assert!(refused.contains(&subject), "{subject}");
    }
    for anchor in facts.trust.anchors() {
        for word in ["FIDO", "U2F", "SD ", "Preview"] {
            assert!(!anchor.subject.contains(word), "{}", anchor.subject);
        }
    }
}

/// A certificate can be looked up by its number. Where none is known, the scheme does not publish one, or
/// the copy does not have it; and then a copy it is.
#[test]
fn a_certification_has_a_number_or_is_read_in_a_copy() {
    let facts = bundled().unwrap();
    let all = facts.endorsements.modules().iter().flat_map(|module| &module.certifications);
    for certification in all.filter(|it| it.number.is_none()) {
        assert!(matches!(certification.read, Reading::Copy(1)), "{}", certification.source);
        assert!(!matches!(certification.scheme, Scheme::Fips140_2 | Scheme::Fips140_3));
    }
}

#[test]
fn both_applications_of_a_yubikey_5_have_the_certifications_of_the_unit() {
    let facts = bundled().unwrap();
    for (piv, openpgp) in
        [("yubikey-5-fips", "yubikey-5-fips-openpgp"), ("yubikey-5-cspn", "yubikey-5-cspn-openpgp")]
    {
        let of = |id: &str| {
            let module = facts.endorsements.module(id).unwrap();
            let certifications = module.certifications.iter();
            let facts: Vec<_> = certifications
                .map(|it| {
                    let firmware: Vec<_> = it.firmware.iter().map(ToString::to_string).collect();
                    let dates = (it.validated, it.sunset, it.historical_since, it.revoked_since);
                    (
                        it.number.clone(),
                        it.scheme,
                        it.level,
                        firmware,
                        dates,
                        it.read,
                        it.source.clone(),
                    )
                })
                .collect();
            (module.name.clone(), facts)
        };
        assert_eq!(of(piv), of(openpgp));
    }
}

/// CHANGELOG and ADRs are history.
#[test]
fn one_version_of_the_rules_is_cited_everywhere() {
    let mut cited = 0;
    let folders = ["src", "program/src", "ledger/src", "simulator/src", "docs", "vendor-roots"];
    for path in folders.iter().flat_map(|it| files_below(&Path::new(crate::ROOT).join(it))) {
        if path.components().any(|it| it.as_os_str() == "adr") {
            continue;
        }
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        for (start, version) in versions(&text) {
            let before = text[..start].trim_end();
            let is_read = ["read:", "Read was"].iter().any(|words| before.ends_with(words));
            assert!(is_read || version == CSBR_VERSION, "{}: {version}", path.display());
            cited += 1;
        }
    }
    assert!(cited > 5, "{cited}");
}

/// What reads like a version of CSBR, 3.9.0 and up, and is no part of a longer number.
fn versions(text: &str) -> Vec<(usize, &str)> {
    let is_inner = |it: char| it.is_ascii_digit() || it == '.';
    let starts = text.match_indices("3.").map(|(start, _)| start);
    let alone = starts.filter(|start| !text[..*start].ends_with(is_inner));
    let whole = alone.map(|start| {
        let rest = &text[start..];
        (start, rest[..rest.find(|it| !is_inner(it)).unwrap_or(rest.len())].trim_end_matches('.'))
    });
    let is_version = |version: &str| {
        let parts: Vec<Option<u32>> = version.split('.').map(|part| part.parse().ok()).collect();
        matches!(parts[..], [Some(3), Some(9..), Some(0)])
    };
    whole.filter(|(_, version)| is_version(version)).collect()
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|it| if it.is_dir() { files_below(&it) } else { vec![it] }).collect()
}

#[test]
fn only_eucleak_can_be_set_by_a_policy() {
    let facts = bundled().unwrap();
    let effects: BTreeMap<_, _> =
        facts.endorsements.advisories().iter().map(|it| (it.id.as_str(), it.effect)).collect();
    assert_eq!(
        effects,
        BTreeMap::from([
            ("YSA-2017-01", AdvisoryEffect::Refuse),
            ("YSA-2019-02", AdvisoryEffect::Refuse),
            ("YSA-2024-03", AdvisoryEffect::Settable),
        ])
    );
}

#[test]
fn the_devices_that_cannot_attest_are_there() {
    let facts = bundled().unwrap();
    let names: Vec<_> =
        facts.without_attestation.devices().iter().flat_map(|device| &device.names).collect();
    for name in [
        "Nitrokey 3",
        "Nitrokey Passkey",
        "Nitrokey FIDO2",
        "Nitrokey Start",
        "Nitrokey Pro",
        "Nitrokey Pro 2",
        "Nitrokey Storage",
        "Nitrokey Storage 2",
        "NetHSM",
        "Pico HSM",
        "SafeNet eToken 5110",
        "IDPrime",
        "ePass",
        "Swissbit tokens and cards",
        "JaCarta",
        "Infineon smart cards",
        "mToken",
        "SLCOS",
        "CryptoServer",
        "u.trust Anchor",
        "GSP3000",
        "Kryptus HSMs",
        "Trident HSM",
        "Crypto Express",
        "Hyper Protect Crypto Services",
        "Azure Cloud HSM",
        "Google HSM",
        "OpenFIPS201",
        "AWS KMS",
        "AWS CloudHSM",
        "Azure Key Vault Premium",
        "Azure Key Vault Standard",
        "OCI Vault",
        "Alibaba Cloud KMS",
        "Tencent Cloud KMS",
        "DigiCert KeyLocker",
        "SSL.com eSigner",
        "Microsoft Trusted Signing",
    ] {
        assert!(names.iter().any(|known| *known == name), "{name}");
    }
    // Whatever a format of this release reads does attest.
    for module in facts.endorsements.modules() {
        assert!(!names.contains(&&module.name), "{}", module.name);
    }
}

#[test]
fn methods_fit_the_kind_of_device() {
    use VerificationMethod as Method;
    for device in bundled().unwrap().without_attestation.devices() {
        let id = device.id.as_str();
        let opens = |method| device.methods.contains(&method);
        assert_eq!(opens(Method::SigningService), id == "signing-services", "{id}");
        // An audit or a witness needs nothing of the device, if a key of the request can be in it.
        let none = matches!(id, "nitrokey-fido2" | "azure-key-vault-standard");
        assert_eq!(device.methods.is_empty(), none, "{id}");
        let open = !none && id != "signing-services";
        assert_eq!(opens(Method::ItAudit), open, "{id}");
        assert_eq!(opens(Method::WitnessedGeneration), open, "{id}");
        // A module is in the applicant's hands, or in a cloud.
        assert_eq!(opens(Method::PrescribedLibrary) != opens(Method::CloudReport), open, "{id}");
        if opens(Method::ShippedByCa) {
            assert!(matches!(device.certification, KnownCertification::Known(_)), "{id}");
        }
        assert!(!device.answer().contains("  "), "{id}");
        assert!(device.answer().is_ascii() && device.why.is_ascii(), "{id}");
    }
}
