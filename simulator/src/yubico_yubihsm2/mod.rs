//! A simulated attestation of an asymmetric key: the certificates of a YubiHSM 2 FIPS at firmware
//! 2.2.0, and what can be wrong with their statements.

use keyproof::{ReasonCode as R, Requirement};

use crate::case::Case;
use crate::defects::{
    DefectOf, evidence, exportable, imported, inconsistent, malformed, missing, notice, review,
    uncertified, unsatisfied, with_key,
};
use crate::der::{self, tag};
use crate::family::Family;
use crate::keys::KeyKind;
use crate::pki::ExtensionDraft;
use crate::yubico::{Authorities, Draft, Statements};
use crate::{Options, SimulateError, yubico, yubico_piv};

/// What `keyproof simulate yubico-yubihsm2` makes.
pub(crate) fn family() -> Family<Draft> {
    yubico::family(AUTHORITIES.format, draft, &[DEFECTS])
}

const AUTHORITIES: Authorities = Authorities {
    format: "yubico-yubihsm2",
    id: "simulated-yubihsm-root",
    root: "SIMULATED YubiHSM Root",
    issuing: "SIMULATED YubiHSM Attestation 1",
};

/// Statements (<https://developers.yubico.com/YubiHSM2/Concepts/Attestation.html>).
const FIRMWARE: &str = "1.3.6.1.4.1.41482.4.1";
const SERIAL: &str = "1.3.6.1.4.1.41482.4.2";
const ORIGIN: &str = "1.3.6.1.4.1.41482.4.3";
const DOMAINS: &str = "1.3.6.1.4.1.41482.4.4";
const CAPABILITIES: &str = "1.3.6.1.4.1.41482.4.5";
const OBJECT_ID: &str = "1.3.6.1.4.1.41482.4.6";
const LABEL: &str = "1.3.6.1.4.1.41482.4.9";
const FIPS_MARKER: &str = "1.3.6.1.4.1.41482.4.10";
/// Not allocated.
const UNKNOWN: &str = "1.3.6.1.4.1.41482.4.13";

/// Capability bits, of yubihsm.h.
const SIGN_PKCS: u64 = 1 << 0x05;
const SIGN_PSS: u64 = 1 << 0x06;
const SIGN_ECDSA: u64 = 1 << 0x07;
const SIGN_EDDSA: u64 = 1 << 0x08;
const EXPORTABLE_UNDER_WRAP: u64 = 1 << 0x10;
const SIGN_ATTESTATION_CERTIFICATE: u64 = 1 << 0x22;

const DEVICE_SERIAL: u64 = 7_550_101;

fn draft(options: &Options) -> Result<Draft, SimulateError> {
    let attested = options.key.unwrap_or(KeyKind::Rsa3072);
    let mut draft = Draft::new(AUTHORITIES, statements(attested), attested, options)?;
    // YSA-2024-03 (EUCLEAK) covers firmware before 2.4.0.
    draft.ecdsa_advisory = Some(R::DeviceAdvisory);
    Ok(draft)
}

/// What a YubiHSM 2 FIPS at 2.2.0 states of object 1, a key of that kind.
fn statements(attested: KeyKind) -> Statements {
    Statements {
        device_name: format!("YubiHSM Attestation ({DEVICE_SERIAL:08})"),
        device: vec![
            ExtensionDraft::new(FIRMWARE, der::octet_string(&[2, 2, 0])),
            ExtensionDraft::new(SERIAL, der::integer(DEVICE_SERIAL)),
            // 5 is the value on genuine units at 2.2.0.
            ExtensionDraft::new(FIPS_MARKER, der::integer(5)),
            ExtensionDraft::subject_key_identifier(),
            ExtensionDraft::authority_key_identifier(),
            ExtensionDraft::authority(0),
        ],
        leaf_name: "YubiHSM Attestation id:0x0001",
        leaf: vec![
            ExtensionDraft::new(FIRMWARE, der::octet_string(&[2, 2, 0])),
            ExtensionDraft::new(SERIAL, der::integer(DEVICE_SERIAL)),
            ExtensionDraft::new(ORIGIN, der::bit_string(&[0x01])),
            ExtensionDraft::new(DOMAINS, der::bit_string(&[0x00, 0x01])),
            ExtensionDraft::new(CAPABILITIES, capabilities(attested, 0)),
            ExtensionDraft::new(OBJECT_ID, der::integer(1)),
            ExtensionDraft::new(LABEL, label(b"simulated key")),
        ],
    }
}

/// The rights to sign that suit the key, and `more`: 64 bits, big-endian.
fn capabilities(attested: KeyKind, more: u64) -> Vec<u8> {
    let sign = match attested {
        KeyKind::Rsa2048 | KeyKind::Rsa3072 | KeyKind::Rsa4096 => SIGN_PKCS | SIGN_PSS,
        KeyKind::Ed25519 => SIGN_EDDSA,
        _ => SIGN_ECDSA,
    };
    der::bit_string(&(sign | more).to_be_bytes())
}

/// A UTF8String by its tag; the module writes the user's bytes as they are.
fn label(octets: &[u8]) -> Vec<u8> {
    der::value(tag::UTF8_STRING, octets)
}

fn add_capability(draft: &mut Draft, more: u64) {
    let value = capabilities(draft.base().attested, more);
    draft.leaf.replace(CAPABILITIES, value);
}

fn state_origin(draft: &mut Draft, origin: u8) {
    draft.leaf.replace(ORIGIN, der::bit_string(&[origin]));
}

/// States that firmware, in both certificates.
fn state_firmware(draft: &mut Draft, firmware: [u8; 3]) {
    draft.restate(FIRMWARE, &der::octet_string(&firmware));
}

const DEFECTS: &[DefectOf<Draft>] = &[
    evidence(
        "two-formats",
        R::AttestationAmbiguous,
        "Evidence of a YubiKey was sent along.",
        |draft| draft.send_along(yubico_piv::statements()),
    ),
    evidence(
        "two-attestations",
        R::AttestationMultiple,
        "Attestations of two keys were sent.",
        |draft| {
            draft.attest_second_key("YubiHSM Attestation id:0x0002", |second| {
                second.replace(OBJECT_ID, der::integer(2));
            });
        },
    ),
    imported("origin-imported", "The key was imported.", |draft| state_origin(draft, 0x02)),
    imported("origin-wrapped", "The key was imported under wrap.", |draft| {
        state_origin(draft, 0x10)
    }),
    imported(
        "origin-generated-then-wrapped",
        "The key was generated, then imported under wrap.",
        |draft| state_origin(draft, 0x11),
    ),
    imported(
        "origin-imported-then-wrapped",
        "The key was imported, then imported under wrap.",
        |draft| state_origin(draft, 0x12),
    ),
    malformed("origin-none", "The attestation states no origin bit.", |draft| {
        state_origin(draft, 0)
    }),
    malformed(
        "origin-undefined",
        "The attestation states an origin bit without a meaning.",
        |draft| state_origin(draft, 0x05),
    ),
    malformed("origin-malformed", "The origin is an INTEGER, not a BIT STRING.", |draft| {
        draft.leaf.replace(ORIGIN, der::integer(1))
    }),
    missing("origin-missing", "The attestation does not state the origin.", |draft| {
        draft.leaf.remove(ORIGIN)
    }),
    review(
        Requirement::GenuineModule,
        "unknown-capability",
        R::AttestationUnknownClaim,
        "The key has a capability that no list names.",
        |draft| add_capability(draft, 1 << 63),
    ),
    exportable("exportable-under-wrap", "The key can be exported under wrap.", |draft| {
        add_capability(draft, EXPORTABLE_UNDER_WRAP)
    }),
    exportable("every-capability", "The key has every capability.", |draft| {
        add_capability(draft, u64::MAX)
    }),
    review(
        Requirement::NoKnownWeakness,
        "can-attest",
        R::AttestationCanAttest,
        "The key may itself sign attestation certificates.",
        |draft| add_capability(draft, SIGN_ATTESTATION_CERTIFICATE),
    ),
    malformed("capabilities-short", "The capabilities have one byte.", |draft| {
        draft.leaf.replace(CAPABILITIES, der::bit_string(&[0x60]))
    }),
    malformed("capabilities-long", "The capabilities have sixteen bytes.", |draft| {
        draft.leaf.replace(CAPABILITIES, der::bit_string(&[&[0; 15][..], &[0x60]].concat()));
    }),
    missing("capabilities-missing", "The attestation does not state the capabilities.", |draft| {
        draft.leaf.remove(CAPABILITIES)
    }),
    malformed("domains-none", "The key belongs to no domain.", |draft| {
        draft.leaf.replace(DOMAINS, der::bit_string(&[0, 0]))
    }),
    malformed("domains-short", "The domains have one byte.", |draft| {
        draft.leaf.replace(DOMAINS, der::bit_string(&[1]))
    }),
    missing("domains-missing", "The attestation does not state the domains.", |draft| {
        draft.leaf.remove(DOMAINS)
    }),
    inconsistent(
        "serial-differs",
        "Attestation and device certificate state different serial numbers.",
        |draft| draft.leaf.replace(SERIAL, der::integer(DEVICE_SERIAL + 1)),
    ),
    inconsistent(
        "device-name-differs",
        "The device certificate's subject names another serial number than its statement.",
        |draft| draft.device_renamed("YubiHSM Attestation (07550102)"),
    ),
    missing("serial-missing", "The attestation does not name the serial number.", |draft| {
        draft.leaf.remove(SERIAL)
    }),
    missing(
        "device-serial-missing",
        "The device certificate does not state the serial number.",
        |draft| draft.device.remove(SERIAL),
    ),
    inconsistent(
        "firmware-differs",
        "Attestation and device certificate state different firmware.",
        |draft| draft.leaf.replace(FIRMWARE, der::octet_string(&[2, 4, 0])),
    ),
    missing("firmware-missing", "The attestation does not state the firmware.", |draft| {
        draft.leaf.remove(FIRMWARE)
    }),
    malformed("firmware-malformed", "The firmware is raw bytes, not an OCTET STRING.", |draft| {
        draft.leaf.replace(FIRMWARE, [2, 2, 0])
    }),
    missing(
        "device-firmware-missing",
        "The device certificate does not state the firmware.",
        |draft| draft.device.remove(FIRMWARE),
    ),
    // Genuine units of 2.1.2 are so.
    uncertified(
        "tolerated-device-without-firmware",
        "The device certificate of a unit of firmware 2.1.2 does not state the firmware.",
        |draft| {
            state_firmware(draft, [2, 1, 2]);
            draft.device.remove(FIRMWARE);
            draft.device.remove(FIPS_MARKER);
        },
    ),
    inconsistent(
        "object-differs",
        "The attestation's subject names another object than its statement.",
        |draft| draft.leaf.replace(OBJECT_ID, der::integer(2)),
    ),
    malformed("object-too-large", "The object identifier has more than 16 bits.", |draft| {
        draft.leaf.replace(OBJECT_ID, der::integer(0x1_0001))
    }),
    missing("object-missing", "The attestation does not state the object identifier.", |draft| {
        draft.leaf.remove(OBJECT_ID)
    }),
    evidence(
        "device-key-attested",
        R::AttestationWrongRole,
        "The attestation is of object 0, the module's own attestation key.",
        |draft| {
            draft.leaf.set_subject("YubiHSM Attestation id:0x0000");
            draft.leaf.replace(OBJECT_ID, der::integer(0));
        },
    ),
    inconsistent(
        "subject-garbage",
        "Text follows the object identifier in the attestation's subject.",
        |draft| draft.leaf.set_subject("YubiHSM Attestation id:0x0001 and more"),
    ),
    missing("label-missing", "The attestation does not state the label.", |draft| {
        draft.leaf.remove(LABEL)
    }),
    malformed(
        "label-too-long",
        "The label has 41 bytes, one more than the module holds.",
        |draft| {
            draft.leaf.replace(LABEL, label(&[b'x'; 41]));
        },
    ),
    // The module writes the user's bytes unread, so such a label is genuine.
    notice(
        Requirement::GenuineModule,
        "label-not-utf8",
        R::TextEncoding,
        "The label is not UTF-8.",
        |draft| draft.leaf.replace(LABEL, label(b"simulated \xc0\xaf")),
    ),
    notice(
        Requirement::GenuineModule,
        "label-with-escape-sequence",
        R::TextUnsafeCharacters,
        "The label holds a terminal escape sequence.",
        |draft| draft.leaf.replace(LABEL, label(b"\x1b[2J\x1b[32mACCEPT")),
    ),
    uncertified("plain-unit", "The YubiHSM 2 is not of the FIPS series.", |draft| {
        draft.device.remove(FIPS_MARKER)
    }),
    evidence("marker-zero", R::AttestationImplausible, "The FIPS marker is 0.", |draft| {
        draft.device.replace(FIPS_MARKER, der::integer(0))
    }),
    evidence(
        "marker-too-early",
        R::AttestationImplausible,
        "A unit of the FIPS series is said to have firmware 2.1.3, from before that series.",
        |draft| state_firmware(draft, [2, 1, 3]),
    ),
    notice(
        Requirement::GenuineModule,
        "statement-unknown",
        R::AttestationUnknownClaim,
        "The device certificate makes a statement that is not documented.",
        |draft| draft.device.extensions.push(ExtensionDraft::new(UNKNOWN, [1])),
    ),
    malformed("marker-malformed", "The FIPS marker is a raw byte, not an INTEGER.", |draft| {
        draft.device.replace(FIPS_MARKER, [5])
    }),
    notice(
        Requirement::CertifiedModule,
        "marker-unseen",
        R::CertificationMarkerUnseen,
        "The FIPS marker is 9, which was not seen on this firmware.",
        |draft| draft.device.replace(FIPS_MARKER, der::integer(9)),
    ),
    uncertified(
        "firmware-not-certified",
        "The YubiHSM 2 is of the FIPS series, at a firmware that no certification names.",
        |draft| state_firmware(draft, [2, 3, 1]),
    ),
    notice(
        Requirement::CertifiedModule,
        "firmware-2-4-1",
        R::CertificationSecondHand,
        "The YubiHSM 2 is of the FIPS series at 2.4.1, which is certified under FIPS 140-3.",
        |draft| state_firmware(draft, [2, 4, 1]),
    ),
    unsatisfied(
        Requirement::CertifiedModule,
        "firmware-unknown",
        R::DeviceUnknownFirmware,
        "The firmware is 255.255.255, which was never released.",
        |draft| state_firmware(draft, [255, 255, 255]),
    ),
    with_key(
        KeyKind::P384,
        review(
            Requirement::NoKnownWeakness,
            "eucleak",
            R::DeviceAdvisory,
            "An ECDSA key on firmware 2.2.0, which YSA-2024-03 (EUCLEAK) covers.",
            |_| {},
        ),
    ),
];

#[cfg(test)]
mod tests;
