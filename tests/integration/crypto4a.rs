//! `crypto4a-qasm` on a genuine message of one module, which is kept outside the package
//! (`../shared/samples`). Its request was never published; the attested key stands in for it.

use crate::damage::{flipped_bits, truncated};
use crate::support::{TIME, appraise, at, codes, der, every, facts, read, shared, verifier};
use keyproof::claims::{Exportability, KeyOrigin, Marker, OperatingMode};
use keyproof::trust::AnchorStatus;
use keyproof::{AttestationResult, Outcome, Requirement};

/// Where the attested key stands in the genuine message: 6.2.1 of the reference.
const KEY: std::ops::Range<usize> = 213..304;

/// The UUIDs by which the message names its two signers. Nothing signs them and nothing repeats them,
/// so nothing can be decided by them (ADR 0027).
const SIGNER_UUIDS: [std::ops::Range<usize>; 2] = [628..644, 1316..1332];

fn message() -> Option<Vec<u8>> {
    let folder = shared("samples/crypto4a-qasm/genuine-p256")?;
    Some(read(&folder.join("attestation.der")))
}

fn judge(message: &[u8], key: &[u8]) -> AttestationResult {
    let files: [(&str, &[u8]); 2] = [("attestation.der", message), ("key.der", key)];
    appraise(&verifier(facts()), &files, at(TIME))
}

fn outcome(result: &AttestationResult, requirement: Requirement) -> Outcome {
    let finding = result.findings().iter().find(|finding| finding.requirement() == requirement);
    finding.expect("every requirement").outcome()
}

/// Genuine but for the anchor, which one source alone publishes.
fn is_vouched_for(result: &AttestationResult) -> bool {
    let finding = &result.findings()[1];
    assert_eq!(finding.requirement(), Requirement::GenuineModule);
    finding.outcome() == Outcome::Review
        && finding.reasons().iter().all(|it| it.code().code() == "chain.anchor-unconfirmed")
}

#[test]
fn the_genuine_message_says_what_the_reference_says() {
    let Some(message) = message() else { return };
    let result = judge(&message, &message[KEY]);
    assert!(is_vouched_for(&result), "{:?}", codes(&result));
    for requirement in [
        Requirement::KeyMatch,
        Requirement::GeneratedInModule,
        Requirement::NonExportable,
        Requirement::SoundKey,
        Requirement::NoKnownWeakness,
    ] {
        assert_eq!(outcome(&result, requirement), Outcome::Satisfied, "{requirement:?}");
    }
    // Firmware 4.0.2 has no certification, and the message does not claim FIPS mode.
    assert_eq!(
        codes(&result),
        ["request.absent", "chain.anchor-unconfirmed", "device.not-certified"]
    );
    let claims = result.claims().unwrap();
    assert_eq!(claims.module.vendor, "Crypto4A");
    assert_eq!(claims.module.serial.as_deref(), Some("QSM000129"));
    assert_eq!(claims.module.firmware.unwrap().to_string(), "4.0.2");
    assert_eq!(claims.module.fips_marker, Marker::Absent);
    assert_eq!(claims.module.mode, OperatingMode::Unstated);
    assert_eq!(claims.key.origin, KeyOrigin::Generated);
    assert_eq!(claims.key.exportability, Exportability::NonExportable);
    let uuid = claims.key.object_id.as_deref();
    assert_eq!(uuid, Some("ba17a9b1-3663-4f18-98da-f1bd5bdbf96a"));
    assert_eq!(claims.key.capabilities, ["sign"]);
    let roles: Vec<_> = result.path().iter().map(|link| link.role.to_string()).collect();
    assert_eq!(roles, ["authority", "issuing"]);
    let anchor = result.anchor().unwrap();
    assert_eq!(
        (anchor.id.as_str(), anchor.status),
        ("crypto4a-rca-2020", AnchorStatus::Unconfirmed)
    );
}

#[test]
fn the_message_is_read_as_the_tool_writes_it() {
    let Some(folder) = shared("samples/crypto4a-qasm/genuine-p256") else { return };
    let pem = read(&folder.join("attestation.pem"));
    let message = read(&folder.join("attestation.der"));
    assert_eq!(der(&pem), message);
    assert!(is_vouched_for(&judge(&pem, &message[KEY])));
}

#[test]
fn another_key_does_not_match() {
    let Some(message) = message() else { return };
    // The generator of P-256 (SP 800-186 3.2.1.3).
    let mut other = message[KEY].to_vec();
    let point = "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296\
                 4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";
    other.truncate(27);
    other.extend(keyproof::encoding::hex::from_hex(point).unwrap());
    let result = judge(&message, &other);
    assert_eq!(outcome(&result, Requirement::KeyMatch), Outcome::Unsatisfied);
    assert!(codes(&result).contains(&"binding.key-mismatch"));
}

/// The issuing authority ends at 2042-04-11T18:47:51Z; the module's own certificates began on
/// 2023-08-14.
#[test]
fn the_chain_is_valid_at_the_time_of_appraisal() {
    let Some(message) = message() else { return };
    let files: [(&str, &[u8]); 2] = [("attestation.der", &message), ("key.der", &message[KEY])];
    for (time, code) in [
        ("2042-04-11T18:47:51Z", None),
        ("2042-04-11T18:47:52Z", Some("chain.expired")),
        ("2023-08-14T14:46:44Z", None),
        ("2023-08-14T14:46:43Z", Some("chain.not-yet-valid")),
    ] {
        let result = appraise(&verifier(facts()), &files, at(time));
        assert_eq!(is_vouched_for(&result), code.is_none(), "{time}: {:?}", codes(&result));
        assert!(code.is_none_or(|code| codes(&result).contains(&code)), "{time}");
    }
}

#[test]
fn no_flipped_bit_leaves_the_module_genuine() {
    let Some(message) = message() else { return };
    let key = message[KEY].to_vec();
    let check = |bit: usize, damaged: &[u8]| {
        let result = judge(damaged, &key);
        let is_free = SIGNER_UUIDS.iter().any(|uuid| uuid.contains(&(bit / 8)));
        let genuine = outcome(&result, Requirement::GenuineModule);
        assert_ne!(genuine, Outcome::Satisfied, "bit {bit}");
        assert_eq!(is_vouched_for(&result), is_free, "bit {bit}: {:?}", codes(&result));
    };
    for (bit, damaged) in flipped_bits(&message, every(211)) {
        check(bit, &damaged);
    }
    // What is around signatures and certificates, more closely.
    for (bit, damaged) in flipped_bits(&message, every(5)) {
        if [0..60, 604..660, 1180..1202, 1296..1345, 1834..1880, 6320..6345]
            .iter()
            .any(|part| part.contains(&(bit / 8)))
        {
            check(bit, &damaged);
        }
    }
    for damaged in truncated(&message, every(431)) {
        assert!(!is_vouched_for(&judge(&damaged, &key)));
    }
}
