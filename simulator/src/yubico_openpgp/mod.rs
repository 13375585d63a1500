//! A simulated OpenPGP attestation: the certificates of a YubiKey 5 FIPS at firmware 5.7.4, and what
//! can be wrong with their statements.

use keyproof::{ReasonCode as R, Requirement};

use crate::defects::{
    DefectOf, evidence, imported, inconsistent, malformed, missing, review, unsatisfied, with_key,
};
use crate::der::{self, tag};
use crate::family::Family;
use crate::keys::KeyKind;
use crate::pki::ExtensionDraft;
use crate::yubico::yubikey::{
    Application, FIPS_MARKER, FIRMWARE, FORM_FACTOR, SERIAL, defects, fips_marker, serial_number,
    state_firmware, state_plain_unit, states,
};
use crate::yubico::{Authorities, Draft, Statements};
use crate::{Options, SimulateError, yubico, yubico_piv};

/// What `keyproof simulate yubico-openpgp` makes.
pub(crate) fn family() -> Family<Draft> {
    yubico::family(AUTHORITIES.format, draft, &[&defects::<OpenPgp>(), DEFECTS])
}

const AUTHORITIES: Authorities = Authorities {
    format: "yubico-openpgp",
    id: "simulated-openpgp-root",
    root: "SIMULATED OpenPGP Root",
    issuing: "SIMULATED OPGP Attestation 1",
};

/// The OpenPGP application (<https://developers.yubico.com/PGP/Attestation.html>).
struct OpenPgp;

impl Application for OpenPgp {
    const ARC: &'static str = "1.3.6.1.4.1.41482.5";
    const SECOND: &'static str = "YubiKey OPGP Attestation AUT";

    fn octets(octets: &[u8]) -> Vec<u8> {
        der::octet_string(octets)
    }

    // None has been seen; it is documented as one octet.
    fn mark(number: u8) -> Vec<u8> {
        der::octet_string(&[number])
    }
}

/// The last arcs of what only this application states.
const CARDHOLDER: u8 = 1;
const SOURCE: u8 = 2;
const FINGERPRINT: u8 = 4;
const GENERATED_AT: u8 = 5;
const COUNTER: u8 = 6;
const TOUCH: u8 = 8;

fn oid(arc: u8) -> String {
    yubico::yubikey::oid::<OpenPgp>(arc)
}

fn draft(options: &Options) -> Result<Draft, SimulateError> {
    Draft::new(AUTHORITIES, statements(), options.key.unwrap_or(KeyKind::P384), options)
}

/// What a YubiKey 5 FIPS at 5.7.4 states of its signature key.
fn statements() -> Statements {
    let other = |arc, value: Vec<u8>| ExtensionDraft::new(&oid(arc), value);
    Statements {
        device_name: "Yubikey OPGP Attestation".to_owned(),
        device: vec![
            states::<OpenPgp>(FIRMWARE, &[5, 7, 4]),
            fips_marker::<OpenPgp>(),
            ExtensionDraft::subject_key_identifier(),
            ExtensionDraft::authority_key_identifier(),
            ExtensionDraft::authority(0),
        ],
        leaf_name: "YubiKey OPGP Attestation SIG",
        // The order is that of a genuine one.
        leaf: vec![
            states::<OpenPgp>(FIRMWARE, &[5, 7, 4]),
            serial_number::<OpenPgp>(),
            // Touch on for good.
            states::<OpenPgp>(TOUCH, &[2]),
            // USB-A keychain, FIPS.
            states::<OpenPgp>(FORM_FACTOR, &[0x81]),
            other(CARDHOLDER, der::value(tag::UTF8_STRING, b"SIMULATED<<CARDHOLDER")),
            states::<OpenPgp>(FINGERPRINT, &[0x51; 20]),
            states::<OpenPgp>(GENERATED_AT, &[0x69, 0, 0, 0]),
            other(COUNTER, der::integer(1)),
            other(SOURCE, der::integer(1)),
        ],
    }
}

const DEFECTS: &[DefectOf<Draft>] = &[
    evidence(
        "two-formats",
        R::AttestationAmbiguous,
        "Evidence of the PIV application was sent along.",
        |draft| draft.send_along(yubico_piv::statements()),
    ),
    evidence(
        "two-attestations-that-differ",
        R::AttestationMultiple,
        "The key was attested twice, once with a touch and once without.",
        |draft| draft.attest_again(|other| other.replace(&oid(TOUCH), OpenPgp::octets(&[0]))),
    ),
    imported("imported", "The attestation says that the key was imported.", |draft| {
        draft.leaf.replace(&oid(SOURCE), der::integer(0))
    }),
    missing("source-missing", "The attestation does not state the source of the key.", |draft| {
        draft.leaf.remove(&oid(SOURCE))
    }),
    malformed(
        "source-undefined",
        "The attestation states source 2, which is not defined.",
        |draft| draft.leaf.replace(&oid(SOURCE), der::integer(2)),
    ),
    malformed("source-negative", "The attestation states source -1.", |draft| {
        draft.leaf.replace(&oid(SOURCE), [2, 1, 0xff])
    }),
    evidence(
        "decryption-key",
        R::AttestationCannotSign,
        "The attestation is of the decryption key.",
        |draft| draft.leaf.set_subject("YubiKey OPGP Attestation DEC"),
    ),
    evidence(
        "slot-garbage",
        R::AttestationSlot,
        "Text follows the key's name in the attestation's subject.",
        |draft| draft.leaf.set_subject("YubiKey OPGP Attestation SIG and more"),
    ),
    evidence(
        "slot-attestation-key",
        R::AttestationSlot,
        "The attestation names the attestation key itself, which is not attested.",
        |draft| draft.leaf.set_subject("YubiKey OPGP Attestation ATT"),
    ),
    malformed(
        "firmware-raw",
        "The attestation states the firmware in raw bytes, as the PIV application does.",
        |draft| draft.leaf.replace(&oid(FIRMWARE), [5, 7, 4]),
    ),
    malformed(
        "serial-malformed",
        "The serial number is an OCTET STRING, not an INTEGER.",
        |draft| draft.leaf.replace(&oid(SERIAL), OpenPgp::octets(&[0x01, 0x35, 0x2a, 0x81])),
    ),
    missing(
        "touch-missing",
        "The attestation does not state the user interaction flag.",
        |draft| draft.leaf.remove(&oid(TOUCH)),
    ),
    malformed(
        "touch-undefined",
        "The attestation states user interaction flag 5, which is not defined.",
        |draft| draft.leaf.replace(&oid(TOUCH), OpenPgp::octets(&[5])),
    ),
    inconsistent(
        "marker-in-attestation-only",
        "The FIPS marker is in the attestation, and not on the device certificate that Yubico signed.",
        |draft| {
            state_plain_unit::<OpenPgp>(draft, [5, 7, 4]);
            draft.leaf.insert_after(&oid(FIRMWARE), fips_marker::<OpenPgp>());
        },
    ),
    evidence(
        "biometric",
        R::AttestationImplausible,
        "The form factor is that of a biometric unit, which has no OpenPGP application.",
        |draft| draft.leaf.replace(&oid(FORM_FACTOR), OpenPgp::octets(&[0x87])),
    ),
    malformed("marker-malformed", "The FIPS marker is an INTEGER, not an OCTET STRING.", |draft| {
        draft.device.replace(&oid(FIPS_MARKER), der::integer(9))
    }),
    unsatisfied(
        Requirement::CertifiedModule,
        "firmware-before-attestation",
        R::DeviceUnknownFirmware,
        "The firmware is 5.1.2, whose OpenPGP application attests nothing.",
        |draft| state_plain_unit::<OpenPgp>(draft, [5, 1, 2]),
    ),
    with_key(
        KeyKind::P256,
        review(
            Requirement::NoKnownWeakness,
            "eucleak",
            R::DeviceAdvisory,
            "An ECDSA key on FIPS firmware 5.4.3, which YSA-2024-03 (EUCLEAK) covers.",
            |draft| state_firmware::<OpenPgp>(draft, [5, 4, 3]),
        ),
    ),
];

#[cfg(test)]
mod tests;
