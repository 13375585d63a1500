//! A simulated slot attestation: the certificates of a YubiKey 5 FIPS at firmware 5.7.4, and what
//! can be wrong with their statements.

use keyproof::{ReasonCode as R, Requirement};

use crate::case::Case;
use crate::defects::{
    DefectOf, badly_signed, evidence, malformed, missing, notice, review, unsatisfied, with_key,
};
use crate::family::Family;
use crate::keys::KeyKind;
use crate::oid::{BASIC_CONSTRAINTS, SUBJECT_KEY_IDENTIFIER};
use crate::pki::ExtensionDraft;
use crate::yubico::yubikey::{
    Application, FIPS_MARKER, FIRMWARE, FORM_FACTOR, SERIAL, SIMULATED_MARKER, defects,
    fips_marker, serial_number, state_firmware, states,
};
use crate::yubico::{Authorities, Draft, Statements};
use crate::{Options, SimulateError, der, yubico};

/// What `keyproof simulate yubico-piv` makes.
pub(crate) fn family() -> Family<Draft> {
    let mut family = yubico::family(AUTHORITIES.format, draft, &[&defects::<Piv>(), DEFECTS]);
    // No PIV application has that curve: such evidence is implausible before its key is judged.
    family.defects.retain(|defect| defect.key != Some(KeyKind::Secp256k1));
    family
}

const AUTHORITIES: Authorities = Authorities {
    format: "yubico-piv",
    id: "simulated-piv-root",
    root: "SIMULATED PIV Root",
    issuing: "SIMULATED PIV Attestation 1",
};

/// The PIV application (<https://developers.yubico.com/PIV/Introduction/PIV_attestation.html>).
struct Piv;

impl Application for Piv {
    const ARC: &'static str = "1.3.6.1.4.1.41482.3";
    const SECOND: &'static str = "YubiKey PIV Attestation 9d";

    fn octets(octets: &[u8]) -> Vec<u8> {
        octets.to_vec()
    }

    fn mark(number: u8) -> Vec<u8> {
        der::integer(number.into())
    }
}

/// PIN and touch policy.
const POLICY: u8 = 8;

fn oid(arc: u8) -> String {
    yubico::yubikey::oid::<Piv>(arc)
}

fn draft(options: &Options) -> Result<Draft, SimulateError> {
    let key = options.key.unwrap_or(KeyKind::P384);
    if matches!(key, KeyKind::P521 | KeyKind::Secp256k1) {
        return Err(SimulateError::KeyOfModule);
    }
    Draft::new(AUTHORITIES, statements(), key, options)
}

/// What a YubiKey 5 FIPS at 5.7.4 states of a key in slot 9c.
pub(crate) fn statements() -> Statements {
    Statements {
        device_name: "YubiKey PIV Attestation".to_owned(),
        device: vec![
            states::<Piv>(FIRMWARE, &[5, 7, 4]),
            fips_marker::<Piv>(),
            ExtensionDraft::authority(0),
        ],
        leaf_name: "YubiKey PIV Attestation 9c",
        leaf: vec![
            states::<Piv>(FIRMWARE, &[5, 7, 4]),
            serial_number::<Piv>(),
            // PIN once, touch always.
            states::<Piv>(POLICY, &[2, 2]),
            // USB-A keychain, FIPS.
            states::<Piv>(FORM_FACTOR, &[0x81]),
        ],
    }
}

/// Evidence of a YubiHSM 2 that states nothing: its names tell what it is of.
fn names_of_a_yubihsm2() -> Statements {
    Statements {
        device_name: "YubiHSM Attestation (07550101)".to_owned(),
        device: Vec::new(),
        leaf_name: "YubiHSM Attestation id:0x0001",
        leaf: Vec::new(),
    }
}

/// A unit of the FIPS series of 2021, with its marker.
fn state_fips_5_4_3(draft: &mut Draft) {
    state_firmware::<Piv>(draft, [5, 4, 3]);
    draft.device.replace(&oid(FIPS_MARKER), Piv::mark(7));
}

/// A YubiKey 4, whose attestations state no form factor.
fn state_yubikey_4(draft: &mut Draft, firmware: [u8; 3]) {
    state_firmware::<Piv>(draft, firmware);
    draft.leaf.remove(&oid(FORM_FACTOR));
}

/// One of the FIPS series of 2018, with its marker.
fn state_fips_yubikey_4(draft: &mut Draft, firmware: [u8; 3]) {
    state_yubikey_4(draft, firmware);
    draft.device.replace(&oid(FIPS_MARKER), Piv::mark(3));
}

const DEFECTS: &[DefectOf<Draft>] = &[
    evidence(
        "two-formats",
        R::AttestationAmbiguous,
        "Evidence of a YubiHSM 2 was sent along.",
        |draft| draft.send_along(names_of_a_yubihsm2()),
    ),
    evidence(
        "two-attestations-that-differ",
        R::AttestationMultiple,
        "The key was attested twice, with different PIN policies.",
        |draft| draft.attest_again(|other| other.replace(&oid(POLICY), [3, 2])),
    ),
    evidence(
        "attested-key-as-issuer-legacy",
        R::ChainAttestedKeyAsIssuer,
        "A genuinely attested key of the user signed the attestation of a key in software, under a root that tolerates device certificates of the same form.",
        |draft| {
            draft.put_under_a_tolerant_root();
            draft.forge_by_attested_key();
        },
    ),
    evidence(
        "attested-key-as-issuer-unsent",
        R::ChainAttestedKeyAsIssuer,
        "A key of the user signed the attestation of a key in software, and its own attestation was not sent.",
        |draft| draft.forge_by_unsent_key("YubiKey PIV Attestation 9d"),
    ),
    badly_signed(
        "device-issuer-of-another-name",
        "The device certificate names the root as its issuer; the issuing authority signed it.",
        Draft::name_the_root_above_the_device,
    ),
    evidence(
        "extension-not-der",
        R::InputDer,
        "An extension of the device certificate that nothing depends on is no DER.",
        |draft| {
            let identifier = ExtensionDraft::new(SUBJECT_KEY_IDENTIFIER, [0xff]);
            draft.device.extensions.push(identifier);
        },
    ),
    evidence(
        "tolerated-device-with-another-extension",
        R::ChainIssuerNotCa,
        "A root tolerates device certificates without basicConstraints; this one holds an extension that is not the manufacturer's.",
        |draft| {
            draft.put_under_a_tolerant_root();
            draft.device.extensions.push(ExtensionDraft::subject_key_identifier());
        },
    ),
    evidence(
        "tolerated-device-that-is-no-authority",
        R::ChainIssuerNotCa,
        "A root tolerates device certificates without basicConstraints; this one has them, and says that it is no authority.",
        |draft| {
            draft.put_under_a_tolerant_root();
            let no_authority = ExtensionDraft::new(BASIC_CONSTRAINTS, der::sequence(&[]));
            draft.device.extensions.push(no_authority);
        },
    ),
    evidence(
        "tolerated-device-with-critical-statement",
        R::ChainIssuerNotCa,
        "A root tolerates device certificates without basicConstraints; a statement in this one is critical.",
        |draft| {
            draft.put_under_a_tolerant_root();
            draft.device.remove(&oid(FIPS_MARKER));
            let marker = Piv::mark(SIMULATED_MARKER);
            draft.device.extensions.push(ExtensionDraft::critical(&oid(FIPS_MARKER), marker));
        },
    ),
    evidence(
        "untolerated-device-below-an-authority",
        R::ChainIssuerNotCa,
        "The device certificate lacks basicConstraints, below an issuing authority.",
        |draft| draft.device.remove(BASIC_CONSTRAINTS),
    ),
    malformed("firmware-malformed", "The attestation states a firmware of two bytes.", |draft| {
        draft.leaf.replace(&oid(FIRMWARE), [5, 7])
    }),
    malformed("serial-malformed", "The serial number is raw bytes, not an INTEGER.", |draft| {
        draft.leaf.replace(&oid(SERIAL), [0x01, 0x35, 0x2a, 0x81])
    }),
    malformed("serial-negative", "The serial number is negative.", |draft| {
        draft.leaf.replace(&oid(SERIAL), [0x02, 4, 0xfe, 0x35, 0x2a, 0x81])
    }),
    malformed("serial-too-large", "The serial number is 2^64.", |draft| {
        draft.leaf.replace(&oid(SERIAL), der::unsigned(&[1, 0, 0, 0, 0, 0, 0, 0, 0]))
    }),
    missing("policy-missing", "The attestation does not state PIN and touch policy.", |draft| {
        draft.leaf.remove(&oid(POLICY))
    }),
    malformed(
        "policy-malformed",
        "The attestation states PIN and touch policy in one byte.",
        |draft| draft.leaf.replace(&oid(POLICY), [2]),
    ),
    malformed(
        "pin-policy-undefined",
        "The attestation states PIN policy 0, which is not defined.",
        |draft| draft.leaf.replace(&oid(POLICY), [0, 2]),
    ),
    malformed(
        "touch-policy-undefined",
        "The attestation states touch policy 4, which is not defined.",
        |draft| draft.leaf.replace(&oid(POLICY), [2, 4]),
    ),
    with_key(
        KeyKind::P256,
        review(
            Requirement::NoKnownWeakness,
            "pin-never",
            R::AttestationPinPolicy,
            "The key can be used without PIN and touch, as firmware 5.4.3 allows it.",
            |draft| {
                state_fips_5_4_3(draft);
                draft.leaf.replace(&oid(POLICY), [1, 1]);
            },
        ),
    ),
    evidence(
        "pin-never-implausible",
        R::AttestationImplausible,
        "The key can be used without PIN, which FIPS firmware 5.7.4 allows for none.",
        |draft| draft.leaf.replace(&oid(POLICY), [1, 2]),
    ),
    evidence(
        "pin-match-implausible",
        R::AttestationImplausible,
        "The key asks for a fingerprint, on a unit that reads none.",
        |draft| draft.leaf.replace(&oid(POLICY), [4, 2]),
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
            |draft| state_fips_yubikey_4(draft, [4, 4, 5]),
        ),
    ),
    evidence(
        "curve-implausible",
        R::AttestationImplausible,
        "A slot is said to hold a key on P-521, which no PIV application has.",
        |draft| draft.base_mut().attested = KeyKind::P521,
    ),
    evidence(
        "biometric-under-fips",
        R::AttestationImplausible,
        "The form factor is that of a biometric unit, of which none is of the FIPS series.",
        |draft| draft.leaf.replace(&oid(FORM_FACTOR), [0x87]),
    ),
    evidence(
        "security-key",
        R::AttestationImplausible,
        "The form factor says that it is a Security Key, which has no PIV application.",
        |draft| draft.leaf.replace(&oid(FORM_FACTOR), [0xc1]),
    ),
    notice(
        Requirement::CertifiedModule,
        "tolerated-device",
        R::CertificationSecondHand,
        "The device certificate lacks basicConstraints, under a root that tolerates it: no fault.",
        Draft::put_under_a_tolerant_root,
    ),
    malformed(
        "form-factor-malformed",
        "The attestation states the form factor in two bytes.",
        |draft| draft.leaf.replace(&oid(FORM_FACTOR), [0x81, 0x81]),
    ),
    malformed("marker-malformed", "The FIPS marker is a raw byte, not an INTEGER.", |draft| {
        draft.device.replace(&oid(FIPS_MARKER), [9])
    }),
    notice(
        Requirement::CertifiedModule,
        "marker-unseen",
        R::CertificationMarkerUnseen,
        "The FIPS marker is 9, which was not seen on this firmware.",
        |draft| draft.device.replace(&oid(FIPS_MARKER), Piv::mark(9)),
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
    unsatisfied(
        Requirement::CertifiedModule,
        "firmware-unknown",
        R::DeviceUnknownFirmware,
        "The firmware is 255.255.255, which was never released.",
        |draft| state_firmware::<Piv>(draft, [255, 255, 255]),
    ),
    unsatisfied(
        Requirement::CertifiedModule,
        "firmware-zero",
        R::DeviceUnknownFirmware,
        "The firmware is 0.0.0, which was never released.",
        |draft| state_yubikey_4(draft, [0, 0, 0]),
    ),
    with_key(
        KeyKind::P256,
        review(
            Requirement::NoKnownWeakness,
            "eucleak",
            R::DeviceAdvisory,
            "An ECDSA key on FIPS firmware 5.4.3, which YSA-2024-03 (EUCLEAK) covers.",
            state_fips_5_4_3,
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
                draft.device.remove(&oid(FIPS_MARKER));
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
            |draft| state_fips_yubikey_4(draft, [4, 4, 4]),
        ),
    ),
];

#[cfg(test)]
mod tests;
