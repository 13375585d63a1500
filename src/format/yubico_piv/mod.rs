//! YubiKey PIV slot attestation: a certificate for the key of one slot, signed by the module's
//! attestation key (slot f9), whose certificate Yubico signed.
//!
//! Format, to the byte: `docs/formats/yubico-piv.md`. A slot attests only keys that were generated
//! in it, and no PIV key can be read out: origin and exportability follow from the format.

mod statement;

use super::yubico::{KnownStatements, YUBICO, attestations_of_one_key};
use super::{AttestationFormat, Evidence, InspectLine, Part, SerialForm, VerifiedEvidence};
use crate::encoding::name::Name;
use crate::encoding::oid::Oid;
use crate::encoding::x509::Certificate;
use crate::oid;
use crate::reason::Reason;
use crate::time::Timestamp;
use crate::trust::{PathProfile, TrustStore};

/// The arc of PIV attestation.
///
/// <https://developers.yubico.com/PIV/Introduction/PIV_attestation.html>
pub(crate) const PIV: Oid<'static> = oid!(1.3.6.1.4.1.41482.3);

/// Last arcs below [`PIV`].
pub(crate) mod arc {
    /// Firmware: three raw octets.
    pub(crate) const FIRMWARE: u8 = 3;
    /// Serial number: DER INTEGER.
    pub(crate) const SERIAL: u8 = 7;
    /// PIN and touch policy: two raw octets.
    pub(crate) const POLICY: u8 = 8;
    /// Form factor: one raw octet.
    pub(crate) const FORM_FACTOR: u8 = 9;
    /// On the device certificate: FIPS marker, DER INTEGER.
    pub(crate) const FIPS: u8 = 10;
    /// On the device certificate: CSPN marker, DER INTEGER.
    pub(crate) const CSPN: u8 = 11;
}

const ATTESTATION_PREFIX: &str = "YubiKey PIV Attestation ";

/// Subjects of the certificate of slot f9: under the root of 2016 and its successors of 2024.
const DEVICE_NAMES: [&str; 2] = ["Yubico PIV Attestation", "YubiKey PIV Attestation"];

static PROFILE: PathProfile = PathProfile {
    format: "yubico-piv",
    is_attestation: is_attestation_name,
    is_device: is_device_name,
    arc: YUBICO,
};

static STATEMENTS: KnownStatements = KnownStatements {
    arc: PIV,
    attestation: &[arc::FIRMWARE, arc::SERIAL, arc::POLICY, arc::FORM_FACTOR],
    device: &[arc::FIRMWARE, arc::FIPS, arc::CSPN],
};

/// The format `yubico-piv`.
#[derive(Debug)]
pub struct YubicoPiv;

impl AttestationFormat for YubicoPiv {
    fn name(&self) -> &'static str {
        PROFILE.format
    }

    fn serial_form(&self) -> SerialForm {
        SerialForm::Number
    }

    fn recognizes(&self, certificate: &Certificate) -> Part {
        let states = |arcs: &[u8]| {
            certificate.extensions().iter().any(|extension| {
                extension.oid().arc_below(PIV).is_some_and(|arc| arcs.contains(&arc))
            })
        };
        let name = certificate.subject();
        if is_device_name(name) {
            Part::Device
        } else if is_attestation_name(name) || states(&[arc::SERIAL, arc::POLICY, arc::FORM_FACTOR])
        {
            Part::Attestation
        } else if states(&[arc::FIRMWARE, arc::FIPS]) {
            Part::Device
        } else {
            Part::Foreign
        }
    }

    fn owns_extension(&self, oid: Oid<'_>) -> bool {
        oid.arc_below(PIV).is_some()
    }

    fn inspect(&self, certificate: &Certificate) -> Vec<InspectLine> {
        statement::inspect(certificate)
    }

    fn verify<'a>(
        &self,
        evidence: Evidence<'a>,
        trust: &'a TrustStore,
        time: Timestamp,
    ) -> Result<VerifiedEvidence<'a>, Vec<Reason>> {
        let attestations = attestations_of_one_key(self, evidence)?;
        let read = statement::read;
        let verified = VerifiedEvidence::from_attestations(
            &PROFILE,
            &attestations,
            evidence,
            trust,
            time,
            read,
        )?;
        let unknown = STATEMENTS.unknown_in(self, &verified, evidence);
        Ok(verified.and_notices(unknown))
    }
}

fn is_attestation_name(name: &Name) -> bool {
    name.sole_common_name().is_some_and(|name| name.starts_with(ATTESTATION_PREFIX))
}

fn is_device_name(name: &Name) -> bool {
    name.sole_common_name().is_some_and(|name| DEVICE_NAMES.contains(&name))
}
