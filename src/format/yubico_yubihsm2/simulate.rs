//! A simulated attestation of an asymmetric key: the certificates of a YubiHSM 2 FIPS at firmware
//! 2.2.0, and what can be wrong with their statements.

use crate::encoding::oid::Oid;
use crate::format::yubico_piv;
use crate::reason::ReasonCode as R;
use crate::result::{Outcome, Requirement};
use crate::simulate::case::{AnchorDraft, Draft, Statements, Vouches};
use crate::simulate::defects::{evidence, unsatisfied, with_key, with_outcome, with_own};
use crate::simulate::keys::KeyKind;
use crate::simulate::pki::ExtensionDraft;
use crate::simulate::{DefectOf, Family, Options, SimulateError, der};
use crate::trust::AnchorStatus;

/// What `keyproof simulate yubico-yubihsm2` makes.
pub(crate) fn family() -> Family<Draft> {
    Family { name: NAME, defects: with_own(OWN_DEFECTS), draft }
}

const NAME: &str = "yubico-yubihsm2";

/// 1.3.6.1.4.1.41482.4.x
/// (<https://developers.yubico.com/YubiHSM2/Concepts/Attestation.html>): firmware, serial number,
/// origin, domains, capabilities, object identifier, label, FIPS marker.
const FIRMWARE: Oid<'_> = statement(&[0x2b, 6, 1, 4, 1, 0x82, 0xc4, 0x0a, 4, 1]);
const SERIAL: Oid<'_> = statement(&[0x2b, 6, 1, 4, 1, 0x82, 0xc4, 0x0a, 4, 2]);
const ORIGIN: Oid<'_> = statement(&[0x2b, 6, 1, 4, 1, 0x82, 0xc4, 0x0a, 4, 3]);
const DOMAINS: Oid<'_> = statement(&[0x2b, 6, 1, 4, 1, 0x82, 0xc4, 0x0a, 4, 4]);
const CAPABILITIES: Oid<'_> = statement(&[0x2b, 6, 1, 4, 1, 0x82, 0xc4, 0x0a, 4, 5]);
const OBJECT_ID: Oid<'_> = statement(&[0x2b, 6, 1, 4, 1, 0x82, 0xc4, 0x0a, 4, 6]);
const LABEL: Oid<'_> = statement(&[0x2b, 6, 1, 4, 1, 0x82, 0xc4, 0x0a, 4, 9]);
const FIPS_MARKER: Oid<'_> = statement(&[0x2b, 6, 1, 4, 1, 0x82, 0xc4, 0x0a, 4, 10]);

/// 1.3.6.1.4.1.41482.4.13, which is not allocated.
const UNKNOWN: Oid<'_> = statement(&[0x2b, 6, 1, 4, 1, 0x82, 0xc4, 0x0a, 4, 13]);

const fn statement(content: &'static [u8]) -> Oid<'static> {
    Oid::from_content(content)
}

/// Capability bits, of yubihsm.h.
const SIGN_PKCS: u64 = 1 << 0x05;
const SIGN_PSS: u64 = 1 << 0x06;
const SIGN_ECDSA: u64 = 1 << 0x07;
const SIGN_EDDSA: u64 = 1 << 0x08;
const EXPORTABLE_UNDER_WRAP: u64 = 1 << 0x10;
const SIGN_ATTESTATION_CERTIFICATE: u64 = 1 << 0x22;

const DEVICE_SERIAL: u64 = 7_550_101;

fn draft(options: &Options) -> Result<Draft, SimulateError> {
    let anchor = AnchorDraft {
        id: "simulated-yubihsm-root",
        subject: "SIMULATED YubiHSM Root",
        issuing: "SIMULATED YubiHSM Attestation 1",
        format: NAME,
        vouches: Vouches::ForAuthority,
        status: AnchorStatus::Test,
    };
    let attested = options.key.unwrap_or(KeyKind::Rsa3072);
    let mut draft = Draft::new(anchor, statements(attested), attested, options)?;
    // YSA-2024-03 (EUCLEAK) covers firmware before 2.4.0.
    draft.ecdsa_advisory = Some(R::DeviceAdvisory);
    Ok(draft)
}

/// What a YubiHSM 2 FIPS at 2.2.0 states of object 1, a key of that kind.
pub(crate) fn statements(attested: KeyKind) -> Statements {
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
    der::value(crate::encoding::der::tag::UTF8_STRING, octets)
}

fn add_capability(draft: &mut Draft, more: u64) {
    let value = capabilities(draft.attested, more);
    draft.leaf.replace(CAPABILITIES, value);
}

fn state_origin(draft: &mut Draft, origin: u8) {
    draft.leaf.replace(ORIGIN, der::bit_string(&[origin]));
}

/// States that firmware, in both certificates.
fn state_firmware(draft: &mut Draft, firmware: [u8; 3]) {
    draft.device.replace(FIRMWARE, der::octet_string(&firmware));
    draft.leaf.replace(FIRMWARE, der::octet_string(&firmware));
}

/// A defect of the origin.
const fn imported(
    name: &'static str,
    description: &'static str,
    change: fn(&mut Draft),
) -> DefectOf<Draft> {
    let requirement = Requirement::GeneratedInModule;
    unsatisfied(requirement, name, R::AttestationImported, description, change)
}

/// A statement of the attestation that is left out.
const fn missing(
    name: &'static str,
    description: &'static str,
    change: fn(&mut Draft),
) -> DefectOf<Draft> {
    evidence(name, R::AttestationExtensionMissing, description, change)
}

/// A statement of the attestation in a form that the manufacturer does not define.
const fn malformed(
    name: &'static str,
    description: &'static str,
    change: fn(&mut Draft),
) -> DefectOf<Draft> {
    evidence(name, R::AttestationMalformed, description, change)
}

/// Statements that contradict each other.
const fn inconsistent(
    name: &'static str,
    description: &'static str,
    change: fn(&mut Draft),
) -> DefectOf<Draft> {
    evidence(name, R::AttestationInconsistent, description, change)
}

const OWN_DEFECTS: &[DefectOf<Draft>] = &[
    evidence(
        "two-formats",
        R::AttestationAmbiguous,
        "Evidence of a YubiKey was sent along.",
        |draft| draft.send_along(yubico_piv::simulate::statements()),
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
    evidence(
        "anchor-for-another-format",
        R::ChainRole,
        "The root is an anchor for YubiKey PIV evidence only.",
        |draft| draft.anchor.format = "yubico-piv",
    ),
    imported("origin-imported", "The key was imported.", |draft| state_origin(draft, 0x02)),
    imported("origin-wrapped", "The key was imported under wrap.", |draft| {
        state_origin(draft, 0x10);
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
        state_origin(draft, 0);
    }),
    malformed(
        "origin-undefined",
        "The attestation states an origin bit without a meaning.",
        |draft| {
            state_origin(draft, 0x05);
        },
    ),
    malformed("origin-malformed", "The origin is an INTEGER, not a BIT STRING.", |draft| {
        draft.leaf.replace(ORIGIN, der::integer(1));
    }),
    missing("origin-missing", "The attestation does not state the origin.", |draft| {
        draft.leaf.remove(ORIGIN);
    }),
    with_outcome(
        Outcome::Review,
        evidence(
            "unknown-capability",
            R::AttestationUnknownClaim,
            "The key has a capability that no list names.",
            |draft| add_capability(draft, 1 << 63),
        ),
    ),
    unsatisfied(
        Requirement::NonExportable,
        "exportable-under-wrap",
        R::AttestationExportable,
        "The key can be exported under wrap.",
        |draft| add_capability(draft, EXPORTABLE_UNDER_WRAP),
    ),
    unsatisfied(
        Requirement::NonExportable,
        "every-capability",
        R::AttestationExportable,
        "The key has every capability.",
        |draft| add_capability(draft, u64::MAX),
    ),
    with_outcome(
        Outcome::Review,
        unsatisfied(
            Requirement::NoKnownWeakness,
            "can-attest",
            R::AttestationCanAttest,
            "The key may itself sign attestation certificates.",
            |draft| add_capability(draft, SIGN_ATTESTATION_CERTIFICATE),
        ),
    ),
    malformed("capabilities-short", "The capabilities have one byte.", |draft| {
        draft.leaf.replace(CAPABILITIES, der::bit_string(&[0x60]));
    }),
    malformed("capabilities-long", "The capabilities have sixteen bytes.", |draft| {
        draft.leaf.replace(CAPABILITIES, der::bit_string(&[&[0; 15][..], &[0x60]].concat()));
    }),
    missing("capabilities-missing", "The attestation does not state the capabilities.", |draft| {
        draft.leaf.remove(CAPABILITIES);
    }),
    malformed("domains-none", "The key belongs to no domain.", |draft| {
        draft.leaf.replace(DOMAINS, der::bit_string(&[0, 0]));
    }),
    malformed("domains-short", "The domains have one byte.", |draft| {
        draft.leaf.replace(DOMAINS, der::bit_string(&[1]));
    }),
    missing("domains-missing", "The attestation does not state the domains.", |draft| {
        draft.leaf.remove(DOMAINS);
    }),
    inconsistent(
        "serial-differs",
        "Attestation and device certificate state different serial numbers.",
        |draft| {
            draft.leaf.replace(SERIAL, der::integer(DEVICE_SERIAL + 1));
        },
    ),
    inconsistent(
        "device-name-differs",
        "The device certificate's subject names another serial number than its statement.",
        |draft| draft.device_renamed("YubiHSM Attestation (07550102)"),
    ),
    missing("serial-missing", "The attestation does not name the serial number.", |draft| {
        draft.leaf.remove(SERIAL);
    }),
    missing(
        "device-serial-missing",
        "The device certificate does not state the serial number.",
        |draft| {
            draft.device.remove(SERIAL);
        },
    ),
    inconsistent(
        "firmware-differs",
        "Attestation and device certificate state different firmware.",
        |draft| {
            draft.leaf.replace(FIRMWARE, der::octet_string(&[2, 4, 0]));
        },
    ),
    missing("firmware-missing", "The attestation does not state the firmware.", |draft| {
        draft.leaf.remove(FIRMWARE);
    }),
    malformed("firmware-malformed", "The firmware is raw bytes, not an OCTET STRING.", |draft| {
        draft.leaf.replace(FIRMWARE, [2, 2, 0]);
    }),
    inconsistent(
        "object-differs",
        "The attestation's subject names another object than its statement.",
        |draft| {
            draft.leaf.replace(OBJECT_ID, der::integer(2));
        },
    ),
    malformed("object-too-large", "The object identifier has more than 16 bits.", |draft| {
        draft.leaf.replace(OBJECT_ID, der::integer(0x1_0001));
    }),
    missing("object-missing", "The attestation does not state the object identifier.", |draft| {
        draft.leaf.remove(OBJECT_ID);
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
    evidence(
        "subject-garbage",
        R::AttestationInconsistent,
        "Text follows the object identifier in the attestation's subject.",
        |draft| draft.leaf.set_subject("YubiHSM Attestation id:0x0001 and more"),
    ),
    missing("label-missing", "The attestation does not state the label.", |draft| {
        draft.leaf.remove(LABEL);
    }),
    malformed(
        "label-too-long",
        "The label has 41 bytes, one more than the module holds.",
        |draft| {
            draft.leaf.replace(LABEL, label(&[b'x'; 41]));
        },
    ),
    with_outcome(
        Outcome::Satisfied,
        // The module writes the user's bytes unread, so such a label is genuine.
        evidence("label-not-utf8", R::TextEncoding, "The label is not UTF-8.", |draft| {
            draft.leaf.replace(LABEL, label(b"simulated \xc0\xaf"));
        }),
    ),
    with_outcome(
        Outcome::Satisfied,
        evidence(
            "label-with-escape-sequence",
            R::TextUnsafeCharacters,
            "The label holds a terminal escape sequence.",
            |draft| draft.leaf.replace(LABEL, label(b"\x1b[2J\x1b[32mACCEPT")),
        ),
    ),
    unsatisfied(
        Requirement::CertifiedModule,
        "plain-unit",
        R::DeviceNotCertified,
        "The YubiHSM 2 is not of the FIPS series.",
        |draft| draft.device.remove(FIPS_MARKER),
    ),
    evidence("marker-zero", R::AttestationImplausible, "The FIPS marker is 0.", |draft| {
        draft.device.replace(FIPS_MARKER, der::integer(0));
    }),
    evidence(
        "marker-too-early",
        R::AttestationImplausible,
        "A unit of the FIPS series is said to have firmware 2.1.3, from before that series.",
        |draft| state_firmware(draft, [2, 1, 3]),
    ),
    with_outcome(
        Outcome::Satisfied,
        evidence(
            "statement-unknown",
            R::AttestationUnknownClaim,
            "The device certificate makes a statement that is not documented.",
            |draft| draft.device.extensions.push(ExtensionDraft::new(UNKNOWN, [1])),
        ),
    ),
    malformed("marker-malformed", "The FIPS marker is a raw byte, not an INTEGER.", |draft| {
        draft.device.replace(FIPS_MARKER, [5]);
    }),
    with_outcome(
        Outcome::Satisfied,
        unsatisfied(
            Requirement::CertifiedModule,
            "marker-unseen",
            R::CertificationMarkerUnseen,
            "The FIPS marker is 9, which was not seen on this firmware.",
            |draft| draft.device.replace(FIPS_MARKER, der::integer(9)),
        ),
    ),
    unsatisfied(
        Requirement::CertifiedModule,
        "firmware-not-certified",
        R::DeviceNotCertified,
        "The YubiHSM 2 is of the FIPS series, at a firmware that no certification names.",
        |draft| state_firmware(draft, [2, 4, 1]),
    ),
    unsatisfied(
        Requirement::CertifiedModule,
        "firmware-unknown",
        R::DeviceUnknownFirmware,
        "The firmware is 255.255.255, which was never released.",
        |draft| state_firmware(draft, [255, 255, 255]),
    ),
    with_outcome(
        Outcome::Review,
        with_key(
            KeyKind::P384,
            unsatisfied(
                Requirement::NoKnownWeakness,
                "eucleak",
                R::DeviceAdvisory,
                "An ECDSA key on firmware 2.2.0, which YSA-2024-03 (EUCLEAK) covers.",
                |_| {},
            ),
        ),
    ),
];

#[cfg(test)]
mod tests {
    use super::NAME;
    use crate::encoding::hex::to_hex;
    use crate::encoding::x509::Certificate;
    use crate::simulate::tests::{certificate, format_named};
    use crate::simulate::{KeyKind, Options};
    use crate::time::Timestamp;

    fn simulated(key: Option<KeyKind>) -> (Certificate, Certificate) {
        let time = Timestamp::from_rfc3339("2026-11-21T10:00:00Z").unwrap();
        let simulation = format_named(NAME).build(&Options { key, ..Options::new(time) }).unwrap();
        let read = |name| certificate(&simulation, name).unwrap();
        (read("attestation.pem"), read("device.pem"))
    }

    /// The last arc of each extension's identifier, and its value.
    fn statements(certificate: &Certificate) -> Vec<(String, String)> {
        certificate
            .extensions()
            .iter()
            .map(|one| (one.oid().to_string(), to_hex(one.value())))
            .collect()
    }

    #[test]
    fn the_attestation_has_the_form_of_a_genuine_one() {
        // The genuine one of a YubiHSM 2 at 2.4.1 (crate attestation-validator 0.2.0) has, in this
        // order: .1 0403020401, .2 0204020bd9fd, .3 03020001, .4 0303000001,
        // .5 0309000000000000000100, .6 020103, .9 0c00.
        let (leaf, _) = simulated(Some(KeyKind::Ed25519));
        let arc = "1.3.6.1.4.1.41482.4";
        let expected = [
            (1, "0403020200"),
            (2, "0203733495"),
            (3, "03020001"),
            (4, "0303000001"),
            (5, "0309000000000000000100"),
            (6, "020101"),
            (9, "0c0d73696d756c61746564206b6579"),
        ];
        let expected =
            expected.map(|(number, value)| (format!("{arc}.{number}"), value.to_owned()));
        assert_eq!(statements(&leaf), expected);
        assert!(leaf.extensions().iter().all(|one| !one.is_critical()));
        assert_eq!(leaf.subject().sole_common_name(), Some("YubiHSM Attestation id:0x0001"));
        assert_eq!((leaf.serial().len(), leaf.serial()[0]), (16, 1));
    }

    #[test]
    fn an_rsa_key_may_sign_and_nothing_else() {
        let (leaf, _) = simulated(None);
        // sign-pkcs and sign-pss: bits 5 and 6 of a big-endian number (yubihsm.h).
        assert_eq!(to_hex(leaf.extensions()[4].value()), "0309000000000000000060");
    }

    #[test]
    fn the_device_certificate_has_the_form_of_a_genuine_one() {
        let (leaf, device) = simulated(None);
        let found = statements(&device);
        let oids: Vec<_> = found.iter().map(|(oid, _)| oid.as_str()).collect();
        let arc = "1.3.6.1.4.1.41482.4";
        let (firmware, serial, marker) =
            (format!("{arc}.1"), format!("{arc}.2"), format!("{arc}.10"));
        assert_eq!(oids, [&firmware, &serial, &marker, "2.5.29.14", "2.5.29.35", "2.5.29.19"]);
        assert_eq!(found[0].1, "0403020200");
        assert_eq!(found[2].1, "020105");
        // The genuine one: 0414 and 20 octets, 30168014 and 20 octets, 30060101ff020100.
        assert!(found[3].1.starts_with("0414") && found[3].1.len() == 44);
        assert!(found[4].1.starts_with("30168014") && found[4].1.len() == 48);
        assert_eq!(found[5].1, "30060101ff020100");
        assert!(device.extensions()[5].is_critical());
        let name = device.subject().sole_common_name();
        assert_eq!(name, Some("YubiHSM Attestation (07550101)"));
        assert_eq!(leaf.issuer(), device.subject());
    }
}
