//! What the PIV and the OpenPGP application of a YubiKey state alike, each below its own arc and in its
//! own encoding, and what can be wrong with that.

use keyproof::{ReasonCode as R, Requirement};

use super::Draft;
use crate::defects::{
    DefectOf, evidence, inconsistent, malformed, missing, notice, of_wrong_role, review,
    uncertified, with_key,
};
use crate::der;
use crate::keys::KeyKind;
use crate::pki::ExtensionDraft;

/// An application of a YubiKey 5 that attests keys.
pub(crate) trait Application {
    /// The arc of its statements.
    const ARC: &'static str;
    /// The common name under which it attests a second key.
    const SECOND: &'static str;
    /// The extnValue of a statement of octets.
    fn octets(octets: &[u8]) -> Vec<u8>;
    /// The extnValue of a mark.
    fn mark(number: u8) -> Vec<u8>;
}

/// The last arcs of statements that both make.
pub(crate) const FIRMWARE: u8 = 3;
pub(crate) const SERIAL: u8 = 7;
pub(crate) const FORM_FACTOR: u8 = 9;
pub(crate) const FIPS_MARKER: u8 = 10;
const CSPN_MARKER: u8 = 11;

/// That of 5.7.4, as six genuine device certificates of the PIV application have it; 3 and 7 are those of
/// 4.4.5 and 5.4.3.
pub(crate) const SIMULATED_MARKER: u8 = 8;

/// Identifier of a statement.
pub(crate) fn oid<A: Application>(arc: u8) -> String {
    format!("{}.{arc}", A::ARC)
}

/// A statement of octets.
pub(crate) fn states<A: Application>(arc: u8, octets: &[u8]) -> ExtensionDraft {
    ExtensionDraft::new(&oid::<A>(arc), A::octets(octets))
}

/// The mark of the FIPS series.
pub(crate) fn fips_marker<A: Application>() -> ExtensionDraft {
    ExtensionDraft::new(&oid::<A>(FIPS_MARKER), A::mark(SIMULATED_MARKER))
}

/// The serial number of the simulated YubiKey.
pub(crate) fn serial_number<A: Application>() -> ExtensionDraft {
    ExtensionDraft::new(&oid::<A>(SERIAL), der::integer(20_261_121))
}

/// States that firmware, in both certificates.
pub(crate) fn state_firmware<A: Application>(draft: &mut Draft, firmware: [u8; 3]) {
    draft.restate(&oid::<A>(FIRMWARE), &A::octets(&firmware));
}

/// A unit without FIPS marker and flag.
pub(crate) fn state_plain_unit<A: Application>(draft: &mut Draft, firmware: [u8; 3]) {
    state_firmware::<A>(draft, firmware);
    draft.device.remove(&oid::<A>(FIPS_MARKER));
    state_form_factor::<A>(draft, 0x01);
}

fn state_form_factor<A: Application>(draft: &mut Draft, form_factor: u8) {
    draft.leaf.replace(&oid::<A>(FORM_FACTOR), A::octets(&[form_factor]));
}

/// What can be wrong with them.
pub(crate) fn defects<A: Application>() -> Vec<DefectOf<Draft>> {
    use Requirement::GenuineModule;
    vec![
        evidence(
            "two-attestations",
            R::AttestationMultiple,
            "Attestations of two keys were sent.",
            |draft| {
                draft.attest_second_key(A::SECOND, |_| {});
            },
        ),
        inconsistent(
            "firmware-differs",
            "Attestation and device certificate state different firmware.",
            |draft| {
                draft.leaf.replace(&oid::<A>(FIRMWARE), A::octets(&[5, 7, 2]));
            },
        ),
        missing("firmware-missing", "The attestation does not state the firmware.", |draft| {
            draft.leaf.remove(&oid::<A>(FIRMWARE));
        }),
        missing(
            "device-firmware-missing",
            "The device certificate does not state the firmware.",
            |draft| {
                draft.device.remove(&oid::<A>(FIRMWARE));
            },
        ),
        review(
            GenuineModule,
            "serial-missing",
            R::AttestationSerialMissing,
            "The attestation does not name the serial number.",
            |draft| {
                draft.leaf.remove(&oid::<A>(SERIAL));
            },
        ),
        missing(
            "form-factor-missing",
            "The attestation of a YubiKey 5 does not state the form factor.",
            |draft| {
                draft.leaf.remove(&oid::<A>(FORM_FACTOR));
            },
        ),
        malformed(
            "form-factor-undefined",
            "The attestation states a form factor that is not defined.",
            |draft| {
                state_form_factor::<A>(draft, 0x8f);
            },
        ),
        inconsistent(
            "flag-without-marker",
            "The form factor says FIPS; the device certificate has no marker.",
            |draft| {
                draft.device.remove(&oid::<A>(FIPS_MARKER));
            },
        ),
        inconsistent(
            "marker-without-flag",
            "The device certificate has the FIPS marker; the form factor does not say FIPS.",
            |draft| {
                state_form_factor::<A>(draft, 0x01);
            },
        ),
        evidence("marker-zero", R::AttestationImplausible, "The FIPS marker is 0.", |draft| {
            draft.device.replace(&oid::<A>(FIPS_MARKER), A::mark(0));
        }),
        notice(
            GenuineModule,
            "statement-unknown",
            R::AttestationUnknownClaim,
            "The attestation makes a statement under the manufacturer's arc that is not documented.",
            |draft| {
                // 1.3.6.1.4.1.41482.9.9, which is not allocated.
                draft.leaf.extensions.push(ExtensionDraft::new("1.3.6.1.4.1.41482.9.9", [1]));
            },
        ),
        of_wrong_role(
            "leaf-is-an-authority",
            "The attestation says that its key may issue certificates.",
            |draft| {
                draft.leaf.extensions.push(ExtensionDraft::authority(0));
            },
        ),
        uncertified("plain-unit", "The YubiKey is not of the FIPS series.", |draft| {
            state_plain_unit::<A>(draft, [5, 7, 4]);
        }),
        with_key(
            KeyKind::P256,
            uncertified("cspn-unit", "The YubiKey has a CSPN certification alone.", |draft| {
                state_plain_unit::<A>(draft, [5, 4, 2]);
                let marker = ExtensionDraft::new(&oid::<A>(CSPN_MARKER), A::mark(1));
                draft.device.insert_after(&oid::<A>(FIRMWARE), marker);
            }),
        ),
        uncertified(
            "firmware-not-certified",
            "The YubiKey is of the FIPS series, at a firmware that no certification names.",
            |draft| {
                state_firmware::<A>(draft, [5, 7, 1]);
            },
        ),
    ]
}
