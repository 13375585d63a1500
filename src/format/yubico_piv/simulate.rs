//! A simulated slot attestation: the certificates of a YubiKey 5 FIPS at firmware 5.7.4, and what
//! can be wrong with their statements.

use crate::encoding::oid::{self, Oid};
use crate::format::yubico_yubihsm2;
use crate::reason::ReasonCode as R;
use crate::result::{Outcome, Requirement};
use crate::simulate::case::{AnchorDraft, Draft, Statements, Vouches};
use crate::simulate::defects::{evidence, unsatisfied, with_key, with_outcome, with_own};
use crate::simulate::keys::{Holder, KeyKind};
use crate::simulate::pki::{ExtensionDraft, serial};
use crate::simulate::{DefectOf, Family, Options, SimulateError, der};
use crate::trust::AnchorStatus;

/// What `keyproof simulate yubico-piv` makes.
pub(crate) fn family() -> Family<Draft> {
    let mut defects = with_own(OWN_DEFECTS);
    // No PIV application has that curve: such evidence is implausible before its key is judged.
    defects.retain(|defect| defect.key != Some(KeyKind::Secp256k1));
    Family { name: NAME, defects, draft }
}

const NAME: &str = "yubico-piv";

/// 1.3.6.1.4.1.41482.3.x
/// (<https://developers.yubico.com/PIV/Introduction/PIV_attestation.html>): firmware, serial number,
/// PIN and touch policy, form factor in attestations; FIPS and CSPN marker in device certificates.
const FIRMWARE: Oid<'_> = statement(&[0x2b, 6, 1, 4, 1, 0x82, 0xc4, 0x0a, 3, 3]);
const SERIAL: Oid<'_> = statement(&[0x2b, 6, 1, 4, 1, 0x82, 0xc4, 0x0a, 3, 7]);
const POLICY: Oid<'_> = statement(&[0x2b, 6, 1, 4, 1, 0x82, 0xc4, 0x0a, 3, 8]);
const FORM_FACTOR: Oid<'_> = statement(&[0x2b, 6, 1, 4, 1, 0x82, 0xc4, 0x0a, 3, 9]);
const FIPS_MARKER: Oid<'_> = statement(&[0x2b, 6, 1, 4, 1, 0x82, 0xc4, 0x0a, 3, 10]);
const CSPN_MARKER: Oid<'_> = statement(&[0x2b, 6, 1, 4, 1, 0x82, 0xc4, 0x0a, 3, 11]);

/// 1.3.6.1.4.1.41482.3.12, which is not allocated.
const UNKNOWN: Oid<'_> = statement(&[0x2b, 6, 1, 4, 1, 0x82, 0xc4, 0x0a, 3, 12]);

const fn statement(content: &'static [u8]) -> Oid<'static> {
    Oid::from_content(content)
}

/// No marker has been seen on a 5.7.4 device certificate; 3 and 7 are those of 4.4.5 and 5.4.3.
const SIMULATED_MARKER: u64 = 9;

fn draft(options: &Options) -> Result<Draft, SimulateError> {
    let anchor = AnchorDraft {
        id: "simulated-piv-root",
        subject: "SIMULATED PIV Root",
        issuing: "SIMULATED PIV Attestation 1",
        format: NAME,
        vouches: Vouches::ForAuthority,
        status: AnchorStatus::Test,
    };
    let key = options.key.unwrap_or(KeyKind::P384);
    if matches!(key, KeyKind::P521 | KeyKind::Secp256k1) {
        return Err(SimulateError::KeyOfModule);
    }
    Draft::new(anchor, statements(), key, options)
}

/// What a YubiKey 5 FIPS at 5.7.4 states of a key in slot 9c.
pub(crate) fn statements() -> Statements {
    Statements {
        device_name: "YubiKey PIV Attestation".to_owned(),
        device: vec![
            ExtensionDraft::new(FIRMWARE, [5, 7, 4]),
            ExtensionDraft::new(FIPS_MARKER, der::integer(SIMULATED_MARKER)),
            ExtensionDraft::authority(0),
        ],
        leaf_name: "YubiKey PIV Attestation 9c",
        leaf: vec![
            ExtensionDraft::new(FIRMWARE, [5, 7, 4]),
            ExtensionDraft::new(SERIAL, der::integer(20_261_121)),
            // PIN once, touch always.
            ExtensionDraft::new(POLICY, [2, 2]),
            // USB-A keychain, FIPS.
            ExtensionDraft::new(FORM_FACTOR, [0x81]),
        ],
    }
}

/// States that firmware, in both certificates.
fn state_firmware(draft: &mut Draft, firmware: [u8; 3]) {
    draft.device.replace(FIRMWARE, firmware);
    draft.leaf.replace(FIRMWARE, firmware);
}

/// A unit without FIPS marker and flag.
fn state_plain_unit(draft: &mut Draft, firmware: [u8; 3]) {
    state_firmware(draft, firmware);
    draft.device.remove(FIPS_MARKER);
    draft.leaf.replace(FORM_FACTOR, [0x01]);
}

/// A unit of the FIPS series of 2021, with its marker.
fn state_fips_5_4_3(draft: &mut Draft) {
    state_firmware(draft, [5, 4, 3]);
    draft.device.replace(FIPS_MARKER, der::integer(7));
}

/// Under a root that signs device certificates itself, and tolerates that they lack basicConstraints
/// (ADR 0004). By itself this is no fault.
fn put_under_a_tolerant_root(draft: &mut Draft) {
    draft.anchor.vouches = Vouches::ForUnconstrainedDevices;
    (draft.device.issuer, draft.device.signer) = (draft.root.subject.clone(), draft.root.signer);
    draft.device.remove(oid::BASIC_CONSTRAINTS);
    draft.issuing.file = None;
}

/// A YubiKey 4, whose attestations state no form factor.
fn state_yubikey_4(draft: &mut Draft, firmware: [u8; 3]) {
    state_firmware(draft, firmware);
    draft.leaf.remove(FORM_FACTOR);
}

const OWN_DEFECTS: &[DefectOf<Draft>] = &[
    evidence(
        "two-formats",
        R::AttestationAmbiguous,
        "Evidence of a YubiHSM 2 was sent along.",
        |draft| draft.send_along(yubico_yubihsm2::simulate::statements(draft.attested)),
    ),
    evidence(
        "two-attestations",
        R::AttestationMultiple,
        "Attestations of two keys were sent.",
        |draft| {
            draft.attest_second_key("YubiKey PIV Attestation 9d", |_| {});
        },
    ),
    evidence(
        "two-attestations-that-differ",
        R::AttestationMultiple,
        "The key was attested twice, with different PIN policies.",
        |draft| {
            let mut other = draft.leaf.clone();
            other.what = "attestation of the same key that says something else";
            other.serial = serial(&[0x01], other.what, 16);
            other.file = Some("other-attestation.pem");
            other.replace(POLICY, [3, 2]);
            draft.more.push(other);
        },
    ),
    evidence(
        "attested-key-as-issuer-legacy",
        R::ChainAttestedKeyAsIssuer,
        "A genuinely attested key of the user signed the attestation of a key in software, under a root that tolerates device certificates of the same form.",
        |draft| {
            put_under_a_tolerant_root(draft);
            let mut forged = draft.leaf.clone();
            forged.what = "attestation signed by the attested key of another";
            forged.issuer.clone_from(&draft.leaf.subject);
            (forged.key, forged.signer) = (Holder::Software, Holder::Attested);
            draft.leaf.file = Some("user-key-attestation.pem");
            (draft.request.key, draft.request.signer) = (Holder::Software, Holder::Software);
            draft.more.push(forged);
        },
    ),
    evidence(
        "attested-key-as-issuer-unsent",
        R::ChainAttestedKeyAsIssuer,
        "A key of the user signed the attestation of a key in software, and its own attestation was not sent.",
        |draft| {
            draft.leaf.issuer.clone_from(&draft.leaf.subject);
            draft.leaf.set_subject("YubiKey PIV Attestation 9d");
            (draft.leaf.key, draft.leaf.signer) = (Holder::Software, Holder::Attested);
            (draft.request.key, draft.request.signer) = (Holder::Software, Holder::Software);
        },
    ),
    evidence(
        "device-issuer-of-another-name",
        R::ChainSignatureInvalid,
        "The device certificate names the root as its issuer; the issuing authority signed it.",
        |draft| draft.device.issuer.clone_from(&draft.root.subject),
    ),
    evidence(
        "extension-not-der",
        R::InputDer,
        "An extension of the device certificate that nothing depends on is no DER.",
        |draft| {
            let identifier = ExtensionDraft::new(oid::SUBJECT_KEY_IDENTIFIER, [0xff]);
            draft.device.extensions.push(identifier);
        },
    ),
    evidence(
        "tolerated-device-with-another-extension",
        R::ChainIssuerNotCa,
        "A root tolerates device certificates without basicConstraints; this one holds an extension that is not the manufacturer's.",
        |draft| {
            put_under_a_tolerant_root(draft);
            draft.device.extensions.push(ExtensionDraft::subject_key_identifier());
        },
    ),
    evidence(
        "tolerated-device-that-is-no-authority",
        R::ChainIssuerNotCa,
        "A root tolerates device certificates without basicConstraints; this one has them, and says that it is no authority.",
        |draft| {
            put_under_a_tolerant_root(draft);
            let no_authority = ExtensionDraft::new(oid::BASIC_CONSTRAINTS, der::sequence(&[]));
            draft.device.extensions.push(no_authority);
        },
    ),
    evidence(
        "untolerated-device-below-an-authority",
        R::ChainIssuerNotCa,
        "The device certificate lacks basicConstraints, below an issuing authority.",
        |draft| draft.device.remove(oid::BASIC_CONSTRAINTS),
    ),
    evidence(
        "anchor-for-another-format",
        R::ChainRole,
        "The root is an anchor for YubiHSM 2 evidence only.",
        |draft| draft.anchor.format = "yubico-yubihsm2",
    ),
    evidence(
        "firmware-differs",
        R::AttestationInconsistent,
        "Attestation and device certificate state different firmware.",
        |draft| draft.leaf.replace(FIRMWARE, [5, 7, 2]),
    ),
    evidence(
        "firmware-missing",
        R::AttestationExtensionMissing,
        "The attestation does not state the firmware.",
        |draft| draft.leaf.remove(FIRMWARE),
    ),
    evidence(
        "device-firmware-missing",
        R::AttestationExtensionMissing,
        "The device certificate does not state the firmware.",
        |draft| draft.device.remove(FIRMWARE),
    ),
    evidence(
        "firmware-malformed",
        R::AttestationMalformed,
        "The attestation states a firmware of two bytes.",
        |draft| draft.leaf.replace(FIRMWARE, [5, 7]),
    ),
    with_outcome(
        Outcome::Review,
        evidence(
            "serial-missing",
            R::AttestationSerialMissing,
            "The attestation does not name the serial number.",
            |draft| draft.leaf.remove(SERIAL),
        ),
    ),
    evidence(
        "serial-malformed",
        R::AttestationMalformed,
        "The serial number is raw bytes, not an INTEGER.",
        |draft| draft.leaf.replace(SERIAL, [0x01, 0x35, 0x2a, 0x81]),
    ),
    evidence(
        "serial-negative",
        R::AttestationMalformed,
        "The serial number is negative.",
        |draft| draft.leaf.replace(SERIAL, [0x02, 4, 0xfe, 0x35, 0x2a, 0x81]),
    ),
    evidence("serial-too-large", R::AttestationMalformed, "The serial number is 2^64.", |draft| {
        draft.leaf.replace(SERIAL, der::unsigned(&[1, 0, 0, 0, 0, 0, 0, 0, 0]))
    }),
    evidence(
        "policy-missing",
        R::AttestationExtensionMissing,
        "The attestation does not state PIN and touch policy.",
        |draft| draft.leaf.remove(POLICY),
    ),
    evidence(
        "policy-malformed",
        R::AttestationMalformed,
        "The attestation states PIN and touch policy in one byte.",
        |draft| draft.leaf.replace(POLICY, [2]),
    ),
    evidence(
        "pin-policy-undefined",
        R::AttestationMalformed,
        "The attestation states PIN policy 0, which is not defined.",
        |draft| draft.leaf.replace(POLICY, [0, 2]),
    ),
    evidence(
        "touch-policy-undefined",
        R::AttestationMalformed,
        "The attestation states touch policy 4, which is not defined.",
        |draft| draft.leaf.replace(POLICY, [2, 4]),
    ),
    with_outcome(
        Outcome::Review,
        with_key(
            KeyKind::P256,
            unsatisfied(
                Requirement::NoKnownWeakness,
                "pin-never",
                R::AttestationPinPolicy,
                "The key can be used without PIN and touch, as firmware 5.4.3 allows it.",
                |draft| {
                    state_fips_5_4_3(draft);
                    draft.leaf.replace(POLICY, [1, 1]);
                },
            ),
        ),
    ),
    evidence(
        "pin-never-implausible",
        R::AttestationImplausible,
        "The key can be used without PIN, which FIPS firmware 5.7.4 allows for none.",
        |draft| draft.leaf.replace(POLICY, [1, 2]),
    ),
    evidence(
        "pin-match-implausible",
        R::AttestationImplausible,
        "The key asks for a fingerprint, on a unit that reads none.",
        |draft| draft.leaf.replace(POLICY, [4, 2]),
    ),
    with_key(
        KeyKind::Rsa3072,
        evidence(
            "key-implausible",
            R::AttestationImplausible,
            "Firmware 5.4.3 is said to have generated RSA with 3072 bits, which came with 5.7.",
            state_fips_5_4_3,
        ),
    ),
    with_key(
        KeyKind::Rsa3072,
        evidence(
            "key-implausible-yubikey-4",
            R::AttestationImplausible,
            "Firmware 4.4.5 is said to have generated RSA with 3072 bits.",
            |draft| {
                state_yubikey_4(draft, [4, 4, 5]);
                draft.device.replace(FIPS_MARKER, der::integer(3));
            },
        ),
    ),
    evidence(
        "curve-implausible",
        R::AttestationImplausible,
        "A slot is said to hold a key on P-521, which no PIV application has.",
        |draft| draft.attested = KeyKind::P521,
    ),
    evidence("marker-zero", R::AttestationImplausible, "The FIPS marker is 0.", |draft| {
        draft.device.replace(FIPS_MARKER, der::integer(0))
    }),
    evidence(
        "biometric-under-fips",
        R::AttestationImplausible,
        "The form factor is that of a biometric unit, of which none is of the FIPS series.",
        |draft| draft.leaf.replace(FORM_FACTOR, [0x87]),
    ),
    evidence(
        "security-key",
        R::AttestationImplausible,
        "The form factor says that it is a Security Key, which has no PIV application.",
        |draft| draft.leaf.replace(FORM_FACTOR, [0xc1]),
    ),
    with_outcome(
        Outcome::Satisfied,
        unsatisfied(
            Requirement::CertifiedModule,
            "tolerated-device",
            R::CertificationMarkerUnseen,
            "The device certificate lacks basicConstraints, under a root that tolerates it: no fault.",
            put_under_a_tolerant_root,
        ),
    ),
    with_outcome(
        Outcome::Satisfied,
        evidence(
            "statement-unknown",
            R::AttestationUnknownClaim,
            "The attestation makes a statement under the manufacturer's arc that is not documented.",
            |draft| draft.leaf.extensions.push(ExtensionDraft::new(UNKNOWN, [1])),
        ),
    ),
    evidence(
        "form-factor-missing",
        R::AttestationExtensionMissing,
        "The attestation of a YubiKey 5 does not state the form factor.",
        |draft| draft.leaf.remove(FORM_FACTOR),
    ),
    evidence(
        "form-factor-undefined",
        R::AttestationMalformed,
        "The attestation states a form factor that is not defined.",
        |draft| draft.leaf.replace(FORM_FACTOR, [0x8f]),
    ),
    evidence(
        "form-factor-malformed",
        R::AttestationMalformed,
        "The attestation states the form factor in two bytes.",
        |draft| draft.leaf.replace(FORM_FACTOR, [0x81, 0x81]),
    ),
    evidence(
        "flag-without-marker",
        R::AttestationInconsistent,
        "The form factor says FIPS; the device certificate has no marker.",
        |draft| draft.device.remove(FIPS_MARKER),
    ),
    evidence(
        "marker-without-flag",
        R::AttestationInconsistent,
        "The device certificate has the FIPS marker; the form factor does not say FIPS.",
        |draft| draft.leaf.replace(FORM_FACTOR, [0x01]),
    ),
    evidence(
        "marker-malformed",
        R::AttestationMalformed,
        "The FIPS marker is a raw byte, not an INTEGER.",
        |draft| draft.device.replace(FIPS_MARKER, [9]),
    ),
    evidence(
        "slot-garbage",
        R::AttestationSlot,
        "Text follows the slot in the attestation's subject.",
        |draft| draft.leaf.set_subject("YubiKey PIV Attestation 9c and more"),
    ),
    evidence(
        "slot-not-a-key-slot",
        R::AttestationSlot,
        "The attestation names slot 9b, which holds the management key.",
        |draft| draft.leaf.set_subject("YubiKey PIV Attestation 9b"),
    ),
    evidence(
        "leaf-is-an-authority",
        R::ChainRole,
        "The attestation says that its key may issue certificates.",
        |draft| draft.leaf.extensions.push(ExtensionDraft::authority(0)),
    ),
    unsatisfied(
        Requirement::CertifiedModule,
        "plain-unit",
        R::DeviceNotCertified,
        "The YubiKey is not of the FIPS series.",
        |draft| state_plain_unit(draft, [5, 7, 4]),
    ),
    with_key(
        KeyKind::P256,
        unsatisfied(
            Requirement::CertifiedModule,
            "cspn-unit",
            R::DeviceNotCertified,
            "The YubiKey has a CSPN certification alone.",
            |draft| {
                state_plain_unit(draft, [5, 4, 2]);
                let marker = ExtensionDraft::new(CSPN_MARKER, der::integer(1));
                draft.device.insert_after(FIRMWARE, marker);
            },
        ),
    ),
    unsatisfied(
        Requirement::CertifiedModule,
        "firmware-not-certified",
        R::DeviceNotCertified,
        "The YubiKey is of the FIPS series, at a firmware that no certification names.",
        |draft| state_firmware(draft, [5, 7, 1]),
    ),
    unsatisfied(
        Requirement::CertifiedModule,
        "firmware-unknown",
        R::DeviceUnknownFirmware,
        "The firmware is 255.255.255, which was never released.",
        |draft| state_firmware(draft, [255, 255, 255]),
    ),
    unsatisfied(
        Requirement::CertifiedModule,
        "firmware-zero",
        R::DeviceUnknownFirmware,
        "The firmware is 0.0.0, which was never released.",
        |draft| state_yubikey_4(draft, [0, 0, 0]),
    ),
    with_outcome(
        Outcome::Review,
        with_key(
            KeyKind::P256,
            unsatisfied(
                Requirement::NoKnownWeakness,
                "eucleak",
                R::DeviceAdvisory,
                "An ECDSA key on FIPS firmware 5.4.3, which YSA-2024-03 (EUCLEAK) covers.",
                state_fips_5_4_3,
            ),
        ),
    ),
    with_key(
        KeyKind::Rsa2048,
        unsatisfied(
            Requirement::NoKnownWeakness,
            "roca-firmware",
            R::DeviceAdvisory,
            "An RSA key made by firmware 4.3.4, which YSA-2017-01 (ROCA) covers.",
            |draft| {
                state_yubikey_4(draft, [4, 3, 4]);
                draft.device.remove(FIPS_MARKER);
            },
        ),
    ),
    with_key(
        KeyKind::P256,
        unsatisfied(
            Requirement::NoKnownWeakness,
            "reduced-randomness",
            R::DeviceAdvisory,
            "A key made by FIPS firmware 4.4.4, which YSA-2019-02 covers.",
            |draft| {
                state_yubikey_4(draft, [4, 4, 4]);
                draft.device.replace(FIPS_MARKER, der::integer(3));
            },
        ),
    ),
];

#[cfg(test)]
mod tests {
    use super::{FIPS_MARKER, NAME, SIMULATED_MARKER, family, put_under_a_tolerant_root};
    use crate::encoding::x509::Certificate;
    use crate::reason::ReasonCode as R;
    use crate::simulate::defects::evidence;
    use crate::simulate::pki::ExtensionDraft;
    use crate::simulate::tests::{certificate, format_named, pem_blocks, refusal};
    use crate::simulate::{KeyKind, Keyring, Options, der};
    use crate::time::Timestamp;

    /// A genuine certificate from the folder of samples beside the repository, if it is there.
    #[allow(clippy::disallowed_methods, reason = "tests read samples")]
    fn genuine(sample: &str, file: &str) -> Option<Certificate> {
        let samples = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/samples/yubico-piv");
        let text = std::fs::read_to_string(format!("{samples}/{sample}/{file}")).ok()?;
        Some(Certificate::from_der(&pem_blocks(&text)[0]).unwrap())
    }

    /// Identifier, criticality and length of each extension, in order.
    fn shape(certificate: &Certificate) -> Vec<(String, bool, usize)> {
        certificate
            .extensions()
            .iter()
            .map(|one| (one.oid().to_string(), one.is_critical(), one.value().len()))
            .collect()
    }

    fn simulated() -> (Certificate, Certificate) {
        let time = Timestamp::from_rfc3339("2026-11-21T10:00:00Z").unwrap();
        let options = Options { key: Some(KeyKind::P384), ..Options::new(time) };
        let simulation = format_named(NAME).build(&options).unwrap();
        let read = |name| certificate(&simulation, name).unwrap();
        (read("attestation.pem"), read("device.pem"))
    }

    /// ADR 0004: no statement of a device certificate without basicConstraints is critical. A reader
    /// that does not know it refuses it too.
    #[test]
    fn a_critical_statement_ends_the_exception() {
        let mut family = family();
        family.defects.push(evidence(
            "critical-statement",
            R::ChainIssuerNotCa,
            "A statement of a tolerated device certificate is critical.",
            |draft| {
                put_under_a_tolerant_root(draft);
                draft.device.remove(FIPS_MARKER);
                let marker = ExtensionDraft::critical(FIPS_MARKER, der::integer(SIMULATED_MARKER));
                draft.device.extensions.push(marker);
            },
        ));
        let time = Timestamp::from_rfc3339("2026-11-21T10:00:00Z").unwrap();
        let defect = Some("critical-statement".to_owned());
        let options = Options { defect, ..Options::new(time) };
        let simulation = family.make(&options, &mut Keyring::default()).unwrap();
        let expected = [R::ChainUnknownCriticalExtension, R::ChainIssuerNotCa];
        assert_eq!(refusal(NAME, &simulation), expected);
    }

    #[test]
    fn certificates_have_the_form_of_genuine_ones() {
        let (leaf, device) = simulated();
        // Firmware, serial number, policies, form factor; none critical (yubico.md 1.2, 1.3).
        let arc = "1.3.6.1.4.1.41482.3";
        let statement = |number: u8, length| (format!("{arc}.{number}"), false, length);
        assert_eq!(
            shape(&leaf),
            [statement(3, 3), statement(7, 6), statement(8, 2), statement(9, 1)]
        );
        let constraints = ("2.5.29.19".to_owned(), true, 8);
        assert_eq!(shape(&device), [statement(3, 3), statement(10, 3), constraints]);
        assert_eq!((leaf.serial().len(), leaf.serial()[0]), (16, 1));
        assert_eq!((device.serial().len(), device.serial()[0]), (9, 0));
    }

    #[test]
    fn extensions_equal_those_of_a_genuine_fips_unit_in_order_and_length() {
        let sample = "fips-5.4.3-slot-9a-rsa2048-with-request";
        let Some(genuine_leaf) = genuine(sample, "attestation.pem") else { return };
        let genuine_device = genuine(sample, "device.pem").unwrap();
        let (leaf, device) = simulated();
        assert_eq!(shape(&leaf), shape(&genuine_leaf));
        assert_eq!(shape(&device), shape(&genuine_device));
        // The serial number and the marker are INTEGERs of the same size.
        assert_eq!(leaf.extensions()[1].value()[..2], genuine_leaf.extensions()[1].value()[..2]);
        assert_eq!(
            device.extensions()[1].value()[..2],
            genuine_device.extensions()[1].value()[..2]
        );
        assert_eq!(device.extensions()[2], genuine_device.extensions()[2]);
    }

    #[test]
    fn everything_else_equals_a_genuine_unit_at_the_same_firmware() {
        let sample = "5.7.4-slot-9a-p384-with-request";
        let Some(genuine_leaf) = genuine(sample, "attestation.pem") else { return };
        let genuine_device = genuine(sample, "device.pem").unwrap();
        let (leaf, device) = simulated();
        assert_eq!(shape(&leaf), shape(&genuine_leaf));
        assert_eq!(leaf.der().len(), genuine_leaf.der().len());
        assert_eq!(leaf.tbs()[..12], genuine_leaf.tbs()[..12]);
        assert_eq!(leaf.issuer(), genuine_leaf.issuer());
        assert_eq!(device.subject(), genuine_device.subject());
        assert_eq!(leaf.signature_algorithm(), genuine_leaf.signature_algorithm());
        assert_eq!(leaf.serial().len(), genuine_leaf.serial().len());
        assert_eq!(device.serial().len(), genuine_device.serial().len());
        assert_eq!(leaf.not_after(), genuine_leaf.not_after());
        assert_eq!(leaf.validity_der().len(), genuine_leaf.validity_der().len());
        // They differ in the last letter of the slot alone.
        let (ours, theirs) = (leaf.subject().der(), genuine_leaf.subject().der());
        assert_eq!(ours.split_last().unwrap().1, theirs.split_last().unwrap().1);
        assert_eq!(
            device.subject_public_key_info()[..33],
            genuine_device.subject_public_key_info()[..33]
        );
    }
}
