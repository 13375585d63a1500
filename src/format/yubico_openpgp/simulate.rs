//! A simulated OpenPGP attestation: the certificates of a YubiKey 5 FIPS at firmware 5.7.4, and what
//! can be wrong with their statements.

use crate::encoding::oid::Oid;
use crate::format::yubico_piv;
use crate::reason::ReasonCode as R;
use crate::result::{Outcome, Requirement};
use crate::simulate::case::{AnchorDraft, Draft, Statements, Vouches};
use crate::simulate::defects::{evidence, unsatisfied, with_key, with_outcome, with_own};
use crate::simulate::keys::KeyKind;
use crate::simulate::pki::{ExtensionDraft, serial};
use crate::simulate::{DefectOf, Family, Options, SimulateError, der};
use crate::trust::AnchorStatus;

/// What `keyproof simulate yubico-openpgp` makes.
pub(crate) fn family() -> Family<Draft> {
    Family { name: NAME, defects: with_own(OWN_DEFECTS), draft }
}

const NAME: &str = "yubico-openpgp";

/// 1.3.6.1.4.1.41482.5.x (<https://developers.yubico.com/PGP/Attestation.html>).
const CARDHOLDER: Oid<'_> = statement(&[0x2b, 6, 1, 4, 1, 0x82, 0xc4, 0x0a, 5, 1]);
const SOURCE: Oid<'_> = statement(&[0x2b, 6, 1, 4, 1, 0x82, 0xc4, 0x0a, 5, 2]);
const FIRMWARE: Oid<'_> = statement(&[0x2b, 6, 1, 4, 1, 0x82, 0xc4, 0x0a, 5, 3]);
const FINGERPRINT: Oid<'_> = statement(&[0x2b, 6, 1, 4, 1, 0x82, 0xc4, 0x0a, 5, 4]);
const GENERATED_AT: Oid<'_> = statement(&[0x2b, 6, 1, 4, 1, 0x82, 0xc4, 0x0a, 5, 5]);
const COUNTER: Oid<'_> = statement(&[0x2b, 6, 1, 4, 1, 0x82, 0xc4, 0x0a, 5, 6]);
const SERIAL: Oid<'_> = statement(&[0x2b, 6, 1, 4, 1, 0x82, 0xc4, 0x0a, 5, 7]);
const TOUCH: Oid<'_> = statement(&[0x2b, 6, 1, 4, 1, 0x82, 0xc4, 0x0a, 5, 8]);
const FORM_FACTOR: Oid<'_> = statement(&[0x2b, 6, 1, 4, 1, 0x82, 0xc4, 0x0a, 5, 9]);
const FIPS_MARKER: Oid<'_> = statement(&[0x2b, 6, 1, 4, 1, 0x82, 0xc4, 0x0a, 5, 10]);
const CSPN_MARKER: Oid<'_> = statement(&[0x2b, 6, 1, 4, 1, 0x82, 0xc4, 0x0a, 5, 11]);

/// 1.3.6.1.4.1.41482.9.9, which is not allocated.
const UNKNOWN: Oid<'_> = statement(&[0x2b, 6, 1, 4, 1, 0x82, 0xc4, 0x0a, 9, 9]);

const fn statement(content: &'static [u8]) -> Oid<'static> {
    Oid::from_content(content)
}

/// No marker of the OpenPGP application has been seen; it is documented as one octet.
const SIMULATED_MARKER: u8 = 9;

fn draft(options: &Options) -> Result<Draft, SimulateError> {
    let anchor = AnchorDraft {
        id: "simulated-openpgp-root",
        subject: "SIMULATED OpenPGP Root",
        issuing: "SIMULATED OPGP Attestation 1",
        format: NAME,
        vouches: Vouches::ForAuthority,
        status: AnchorStatus::Test,
    };
    Draft::new(anchor, statements(), options.key.unwrap_or(KeyKind::P384), options)
}

/// What a YubiKey 5 FIPS at 5.7.4 states of its signature key.
fn statements() -> Statements {
    Statements {
        device_name: "Yubikey OPGP Attestation".to_owned(),
        device: vec![
            octets(FIRMWARE, &[5, 7, 4]),
            octets(FIPS_MARKER, &[SIMULATED_MARKER]),
            ExtensionDraft::subject_key_identifier(),
            ExtensionDraft::authority_key_identifier(),
            ExtensionDraft::authority(0),
        ],
        leaf_name: "YubiKey OPGP Attestation SIG",
        // The order is that of a genuine one.
        leaf: vec![
            octets(FIRMWARE, &[5, 7, 4]),
            ExtensionDraft::new(SERIAL, der::integer(20_261_121)),
            // Touch on for good.
            octets(TOUCH, &[2]),
            // USB-A keychain, FIPS.
            octets(FORM_FACTOR, &[0x81]),
            ExtensionDraft::new(CARDHOLDER, der::value(0x0c, b"SIMULATED<<CARDHOLDER")),
            octets(FINGERPRINT, &[0x51; 20]),
            octets(GENERATED_AT, &[0x69, 0, 0, 0]),
            ExtensionDraft::new(COUNTER, der::integer(1)),
            ExtensionDraft::new(SOURCE, der::integer(1)),
        ],
    }
}

fn octets(oid: Oid<'_>, octets: &[u8]) -> ExtensionDraft {
    ExtensionDraft::new(oid, der::octet_string(octets))
}

/// States that firmware, in both certificates.
fn state_firmware(draft: &mut Draft, firmware: [u8; 3]) {
    draft.device.replace(FIRMWARE, der::octet_string(&firmware));
    draft.leaf.replace(FIRMWARE, der::octet_string(&firmware));
}

/// A unit without FIPS marker and flag.
fn state_plain_unit(draft: &mut Draft, firmware: [u8; 3]) {
    state_firmware(draft, firmware);
    draft.device.remove(FIPS_MARKER);
    draft.leaf.replace(FORM_FACTOR, der::octet_string(&[0x01]));
}

const OWN_DEFECTS: &[DefectOf<Draft>] = &[
    evidence(
        "two-formats",
        R::AttestationAmbiguous,
        "Evidence of the PIV application was sent along.",
        |draft| {
            draft.send_along(yubico_piv::simulate::statements());
        },
    ),
    evidence(
        "two-attestations",
        R::AttestationMultiple,
        "Attestations of two keys were sent.",
        |draft| {
            draft.attest_second_key("YubiKey OPGP Attestation AUT", |_| {});
        },
    ),
    evidence(
        "two-attestations-that-differ",
        R::AttestationMultiple,
        "The key was attested twice, once with a touch and once without.",
        |draft| {
            let mut other = draft.leaf.clone();
            other.what = "attestation of the same key that says something else";
            other.serial = serial(&[0x01], other.what, 16);
            other.file = Some("other-attestation.pem");
            other.replace(TOUCH, der::octet_string(&[0]));
            draft.more.push(other);
        },
    ),
    evidence(
        "anchor-for-another-format",
        R::ChainRole,
        "The root is an anchor for PIV evidence only.",
        |draft| {
            draft.anchor.format = "yubico-piv";
        },
    ),
    unsatisfied(
        Requirement::GeneratedInModule,
        "imported",
        R::AttestationImported,
        "The attestation says that the key was imported.",
        |draft| draft.leaf.replace(SOURCE, der::integer(0)),
    ),
    evidence(
        "source-missing",
        R::AttestationExtensionMissing,
        "The attestation does not state the source of the key.",
        |draft| {
            draft.leaf.remove(SOURCE);
        },
    ),
    evidence(
        "source-undefined",
        R::AttestationMalformed,
        "The attestation states source 2, which is not defined.",
        |draft| {
            draft.leaf.replace(SOURCE, der::integer(2));
        },
    ),
    evidence(
        "source-negative",
        R::AttestationMalformed,
        "The attestation states source -1.",
        |draft| {
            draft.leaf.replace(SOURCE, [2, 1, 0xff]);
        },
    ),
    evidence(
        "decryption-key",
        R::AttestationCannotSign,
        "The attestation is of the decryption key.",
        |draft| {
            draft.leaf.set_subject("YubiKey OPGP Attestation DEC");
        },
    ),
    evidence(
        "slot-garbage",
        R::AttestationSlot,
        "Text follows the key's name in the attestation's subject.",
        |draft| {
            draft.leaf.set_subject("YubiKey OPGP Attestation SIG and more");
        },
    ),
    evidence(
        "slot-attestation-key",
        R::AttestationSlot,
        "The attestation names the attestation key itself, which is not attested.",
        |draft| {
            draft.leaf.set_subject("YubiKey OPGP Attestation ATT");
        },
    ),
    evidence(
        "firmware-differs",
        R::AttestationInconsistent,
        "Attestation and device certificate state different firmware.",
        |draft| {
            draft.leaf.replace(FIRMWARE, der::octet_string(&[5, 7, 2]));
        },
    ),
    evidence(
        "firmware-missing",
        R::AttestationExtensionMissing,
        "The attestation does not state the firmware.",
        |draft| {
            draft.leaf.remove(FIRMWARE);
        },
    ),
    evidence(
        "device-firmware-missing",
        R::AttestationExtensionMissing,
        "The device certificate does not state the firmware.",
        |draft| {
            draft.device.remove(FIRMWARE);
        },
    ),
    evidence(
        "firmware-raw",
        R::AttestationMalformed,
        "The attestation states the firmware in raw bytes, as the PIV application does.",
        |draft| {
            draft.leaf.replace(FIRMWARE, [5, 7, 4]);
        },
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
        "The serial number is an OCTET STRING, not an INTEGER.",
        |draft| {
            draft.leaf.replace(SERIAL, der::octet_string(&[0x01, 0x35, 0x2a, 0x81]));
        },
    ),
    evidence(
        "touch-missing",
        R::AttestationExtensionMissing,
        "The attestation does not state the user interaction flag.",
        |draft| {
            draft.leaf.remove(TOUCH);
        },
    ),
    evidence(
        "touch-undefined",
        R::AttestationMalformed,
        "The attestation states user interaction flag 5, which is not defined.",
        |draft| {
            draft.leaf.replace(TOUCH, der::octet_string(&[5]));
        },
    ),
    evidence(
        "form-factor-missing",
        R::AttestationExtensionMissing,
        "The attestation does not state the form factor.",
        |draft| {
            draft.leaf.remove(FORM_FACTOR);
        },
    ),
    evidence(
        "form-factor-undefined",
        R::AttestationMalformed,
        "The attestation states a form factor that is not defined.",
        |draft| {
            draft.leaf.replace(FORM_FACTOR, der::octet_string(&[0x8f]));
        },
    ),
    evidence(
        "flag-without-marker",
        R::AttestationInconsistent,
        "The form factor says FIPS; the device certificate has no marker.",
        |draft| {
            draft.device.remove(FIPS_MARKER);
        },
    ),
    evidence(
        "marker-without-flag",
        R::AttestationInconsistent,
        "The device certificate has the FIPS marker; the form factor does not say FIPS.",
        |draft| {
            draft.leaf.replace(FORM_FACTOR, der::octet_string(&[0x01]));
        },
    ),
    evidence(
        "marker-in-attestation-only",
        R::AttestationInconsistent,
        "The FIPS marker is in the attestation, and not on the device certificate that Yubico signed.",
        |draft| {
            state_plain_unit(draft, [5, 7, 4]);
            draft.leaf.insert_after(FIRMWARE, octets(FIPS_MARKER, &[SIMULATED_MARKER]));
        },
    ),
    evidence("marker-zero", R::AttestationImplausible, "The FIPS marker is 0.", |draft| {
        draft.device.replace(FIPS_MARKER, der::octet_string(&[0]));
    }),
    evidence(
        "biometric",
        R::AttestationImplausible,
        "The form factor is that of a biometric unit, which has no OpenPGP application.",
        |draft| {
            draft.leaf.replace(FORM_FACTOR, der::octet_string(&[0x87]));
        },
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
        "marker-malformed",
        R::AttestationMalformed,
        "The FIPS marker is an INTEGER, not an OCTET STRING.",
        |draft| {
            draft.device.replace(FIPS_MARKER, der::integer(9));
        },
    ),
    evidence(
        "leaf-is-an-authority",
        R::ChainRole,
        "The attestation says that its key may issue certificates.",
        |draft| {
            draft.leaf.extensions.push(ExtensionDraft::authority(0));
        },
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
                draft.device.insert_after(FIRMWARE, octets(CSPN_MARKER, &[1]));
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
        "firmware-before-attestation",
        R::DeviceUnknownFirmware,
        "The firmware is 5.1.2, whose OpenPGP application attests nothing.",
        |draft| state_plain_unit(draft, [5, 1, 2]),
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
                |draft| state_firmware(draft, [5, 4, 3]),
            ),
        ),
    ),
];

#[cfg(test)]
mod tests {
    use super::{FIPS_MARKER, NAME};
    use crate::encoding::x509::Certificate;
    use crate::simulate::tests::{certificate, format_named};
    use crate::simulate::{KeyKind, Options};
    use crate::time::Timestamp;

    /// Identifier, criticality and length of each extension but the FIPS marker, in order.
    fn shape(certificate: &Certificate) -> Vec<(String, bool, usize)> {
        certificate
            .extensions()
            .iter()
            .filter(|one| one.oid() != FIPS_MARKER)
            .map(|one| (one.oid().to_string(), one.is_critical(), one.value().len()))
            .collect()
    }

    #[test]
    fn certificates_have_the_form_of_genuine_ones() {
        let time = Timestamp::from_rfc3339("2026-11-21T10:00:00Z").unwrap();
        let options = Options { key: Some(KeyKind::P384), ..Options::new(time) };
        let simulation = format_named(NAME).build(&options).unwrap();
        let read = |name| certificate(&simulation, name).unwrap();
        let (leaf, device) = (read("attestation.pem"), read("device.pem"));
        // yubico.md section 3, and the order of the genuine pair of firmware 5.2.7.
        let statement =
            |number: u8, length| (format!("1.3.6.1.4.1.41482.5.{number}"), false, length);
        assert_eq!(
            shape(&leaf),
            [
                statement(3, 5),
                statement(7, 6),
                statement(8, 3),
                statement(9, 3),
                statement(1, 23),
                statement(4, 22),
                statement(5, 6),
                statement(6, 3),
                statement(2, 3),
            ]
        );
        let standard =
            |number: u8, critical, length| (format!("2.5.29.{number}"), critical, length);
        assert_eq!(
            shape(&device),
            [
                statement(3, 5),
                standard(14, false, 22),
                standard(35, false, 24),
                standard(19, true, 8),
            ]
        );
        assert_eq!((leaf.serial().len(), leaf.serial()[0]), (16, 1));
        assert_eq!(leaf.validity_der(), device.validity_der());
        assert_eq!(leaf.issuer(), device.subject());
    }
}
