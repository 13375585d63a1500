//! The bundled facts of Crypto4A, Entrust, Fortanix, Securosys and Thales, checked against root
//! certificates that are kept outside the package. Where they are absent a test says so and passes;
//! under `KEYPROOF_DEMAND_SAMPLES=1` it fails.

use std::collections::BTreeMap;

use keyproof::encoding::der::Strict;
use keyproof::encoding::hex::Sha256;
use keyproof::encoding::x509::Certificate;
use keyproof::facts::bundled;
use keyproof::trust::{AnchorRole, AnchorStatus, KnownKey};

use crate::support::{der, entries, read, shared};

const VENDORS: [(&str, &str); 4] = [
    ("Crypto4A", "roots/crypto4a"),
    ("Fortanix", "roots/fortanix"),
    ("Securosys", "roots/securosys"),
    ("Thales", "roots/thales"),
];

/// What each anchor is for, and how it is believed: two publishers, or one.
const ANCHORS: [(&str, &str, AnchorStatus); 5] = [
    ("crypto4a-rca-2020", "crypto4a-qasm", AnchorStatus::Unconfirmed),
    ("fortanix-attestation-and-provisioning-root-2023", "fortanix-dsm", AnchorStatus::Unconfirmed),
    ("securosys-primus-root-2024", "securosys-primus", AnchorStatus::Unconfirmed),
    ("thales-chrysalis-its-root", "thales-luna", AnchorStatus::Production),
    ("thales-safenet-ecc-root", "thales-luna", AnchorStatus::Production),
];

/// The certificates of a folder, by fingerprint.
fn certificates(folder: &str) -> Option<BTreeMap<Sha256, Certificate>> {
    let read = |path: std::path::PathBuf| {
        let der = der(&read(&path));
        (Sha256::of(&der), Certificate::from_strict(Strict::check(&der).unwrap()).unwrap())
    };
    Some(entries(&shared(folder)?).into_iter().map(read).collect())
}

#[test]
fn every_anchor_says_what_its_certificates_say() {
    let facts = bundled().unwrap();
    for (vendor, folder) in VENDORS {
        let Some(certificates) = certificates(folder) else { return };
        let mut unnamed: Vec<_> = certificates.keys().copied().collect();
        for anchor in facts.trust.anchors().iter().filter(|it| it.vendor == vendor) {
            assert!(!anchor.certificate_sha256.is_empty(), "{}", anchor.id);
            for hash in &anchor.certificate_sha256 {
                unnamed.retain(|other| other != hash);
                let certificate = &certificates[hash];
                assert_eq!(certificate.subject().der(), anchor.subject_der, "{}", anchor.id);
                assert_eq!(certificate.subject_public_key_info(), anchor.public_key.spki());
                let (from, to) = anchor.valid;
                assert_eq!(certificate.not_before().unix_seconds(), from.unix_seconds());
                assert_eq!(certificate.not_after().unix_seconds(), to.unix_seconds());
            }
        }
        for refused in facts.trust.refused().iter().filter(|it| it.vendor == vendor) {
            for hash in &refused.certificate_sha256 {
                unnamed.retain(|other| other != hash);
                let certificate = &certificates[hash];
                assert_eq!(certificate.subject().to_string(), refused.subject, "{}", refused.id);
                let key = Sha256::of(certificate.subject_public_key_info());
                assert_eq!(key, refused.spki_sha256, "{}", refused.id);
            }
        }
        assert!(unnamed.is_empty(), "in neither list: {unnamed:?}");
    }
}

#[test]
fn what_each_anchor_may_vouch_for_is_what_the_formats_need() {
    let facts = bundled().unwrap();
    for (id, format, status) in ANCHORS {
        let anchor = facts.trust.anchor(id).unwrap();
        assert_eq!(anchor.status, status, "{id}");
        let [usage] = anchor.uses.as_slice() else { panic!("{id}: one use") };
        assert_eq!(usage.format, format);
        assert_eq!(usage.role, AnchorRole::Manufacturer);
        let known = facts.trust.known_key(anchor.public_key.spki_sha256());
        assert!(matches!(known, Some(KnownKey::Anchor(_))), "{id}");
    }
    // network-hsm.md, section 5: the root of the fixture is no root of the service.
    let fixture = "14cfaa3c3c8b5adaae20a2546140babc2b2a2ceae68fade5e84838dca03ffe43";
    let refused: Vec<_> =
        facts.trust.refused().iter().filter(|it| it.spki_sha256.to_string() == fixture).collect();
    assert_eq!(refused.len(), 1);
}
