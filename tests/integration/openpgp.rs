//! OpenPGP attestations of a YubiKey: what a genuine one says, and that damage to it is seen.

use crate::damage::{flipped_bits, truncated};
use crate::support::{appraise, at, at_least, der, every, facts, verifier};
use keyproof::claims::{Exportability, Firmware, KeyOrigin, Marker};
use keyproof::encoding::x509::Certificate;
use keyproof::format::FORMATS;
use keyproof::{AttestationResult, Outcome, Requirement};

const NOW: &str = "2026-11-21T00:00:00Z";

fn genuine() -> [(&'static str, Vec<u8>); 2] {
    let read = |name: &str| {
        let folder = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/attestation-samples/yubico-openpgp/genuine-5.2.7-sig-ed25519"
        );
        der(&std::fs::read(format!("{folder}/{name}")).unwrap())
    };
    [("attestation.pem", read("attestation.pem")), ("device.pem", read("device.pem"))]
}

fn outcome(result: &AttestationResult, requirement: Requirement) -> Outcome {
    let finding = result.findings().iter().find(|finding| finding.requirement() == requirement);
    finding.expect("every requirement").outcome()
}

#[test]
fn a_genuine_attestation_says_what_the_module_vouches_for_and_no_more() {
    let verifier = verifier(facts());
    let files = genuine();
    let files: Vec<_> = files.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect();
    let result = appraise(&verifier, &files, at(NOW));
    assert_eq!(result.format(), Some("yubico-openpgp"));
    for requirement in
        [Requirement::GenuineModule, Requirement::GeneratedInModule, Requirement::NonExportable]
    {
        assert_eq!(outcome(&result, requirement), Outcome::Satisfied, "{requirement:?}");
    }
    let anchor = result.anchor().unwrap();
    assert_eq!(anchor.id, "yubico-openpgp-attestation-ca");
    // yubico.md section 3: a SIG key, Ed25519, firmware 5.2.7, no marks; the values by openssl.
    let claims = result.claims().unwrap();
    assert_eq!(claims.module.firmware, Some(Firmware([5, 2, 7])));
    assert_eq!(claims.module.serial.as_deref(), Some("15422467"));
    assert_eq!(claims.module.form_factor.as_deref(), Some("USB-C Keychain"));
    assert_eq!(claims.module.fips_marker, Marker::Absent);
    assert_eq!(claims.key.origin, KeyOrigin::Generated);
    assert_eq!(claims.key.exportability, Exportability::NonExportable);
    assert_eq!(claims.key.slot.as_deref(), Some("SIG"));
    // What the card holder writes is in no claim.
    assert_eq!(claims.key.label, None);
    let text = serde_json::to_string(&result).unwrap();
    for hostile in ["Wiktor", "0c7c5491", "2023-08-28"] {
        assert!(!text.contains(hostile), "{hostile}");
    }
}

#[test]
fn inspection_shows_what_nobody_vouches_for_as_such() {
    let [(_, attestation), _] = genuine();
    let certificate = Certificate::from_der(&attestation).unwrap();
    let format = FORMATS.iter().find(|it| it.name() == "yubico-openpgp").unwrap();
    let shown: Vec<_> =
        format.inspect(&certificate).into_iter().map(|it| (it.name, it.value)).collect();
    let value = |name: &str| {
        let found = shown.iter().find(|(known, _)| known.starts_with(name));
        found.unwrap_or_else(|| panic!("{name}")).clone()
    };
    assert_eq!(value("source").1, "generated");
    assert_eq!(value("touch").1, "on for good");
    assert_eq!(value("signatures made").1, "1");
    for (name, prefix) in [
        ("cardholder", "Kwapisiewicz"),
        ("OpenPGP fingerprint", "0c7c5491"),
        ("time", "2023-08-28"),
    ] {
        let (name, value) = value(name);
        assert!(name.ends_with("(not vouched for)"), "{name}");
        assert!(value.starts_with(prefix), "{value}");
    }
}

/// Also done by `tests/integration/mutation.rs` for one bit in 37 of every sample; here more densely.
#[test]
fn no_flipped_bit_leaves_the_module_genuine() {
    let verifier = verifier(facts());
    let step = every(11);
    let mut damaged = 0;
    let files = genuine();
    for index in 0..files.len() {
        let whole = &files[index].1;
        let flipped = flipped_bits(whole, step).map(|(bit, bytes)| (format!("bit {bit}"), bytes));
        let cut = truncated(whole, step).map(|bytes| (format!("cut to {}", bytes.len()), bytes));
        for (what, bytes) in flipped.chain(cut) {
            let mut files = files.clone();
            files[index].1 = bytes;
            let files: Vec<_> =
                files.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect();
            let result = appraise(&verifier, &files, at(NOW));
            let outcome = outcome(&result, Requirement::GenuineModule);
            assert_ne!(outcome, Outcome::Satisfied, "{}: {what}", files[index].0);
            damaged += 1;
        }
    }
    assert!(damaged > at_least(900), "only {damaged}");
}
