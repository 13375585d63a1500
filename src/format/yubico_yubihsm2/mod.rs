//! YubiHSM 2 key attestation: a certificate for one asymmetric key, signed by the module's factory
//! attestation key (object 0), whose certificate Yubico signed.
//!
//! Format, to the byte: `docs/formats/yubico-yubihsm2.md`. The module attests imported and
//! exportable keys too, and says so: origin and capabilities decide.

mod capability;
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

/// The arc of YubiHSM 2 attestation.
///
/// <https://developers.yubico.com/YubiHSM2/Concepts/Attestation.html>
pub(crate) const YUBIHSM2: Oid<'static> = oid!(1.3.6.1.4.1.41482.4);

/// Last arcs below [`YUBIHSM2`].
pub(crate) mod arc {
    /// Firmware: OCTET STRING of three.
    pub(crate) const FIRMWARE: u8 = 1;
    /// Serial number: INTEGER.
    pub(crate) const SERIAL: u8 = 2;
    /// Origin: BIT STRING of one octet.
    pub(crate) const ORIGIN: u8 = 3;
    /// Domains: BIT STRING of two octets.
    pub(crate) const DOMAINS: u8 = 4;
    /// Capabilities: BIT STRING of eight octets.
    pub(crate) const CAPABILITIES: u8 = 5;
    /// Object identifier: INTEGER.
    pub(crate) const OBJECT_ID: u8 = 6;
    /// Label: UTF8String of up to 40 octets.
    pub(crate) const LABEL: u8 = 9;
    /// On the device certificate: FIPS marker, INTEGER.
    pub(crate) const FIPS: u8 = 10;
}

const ATTESTATION_PREFIX: &str = "YubiHSM Attestation id:";

/// Beginnings of the subject of a device certificate; the second is that of firmware 2.1.
const DEVICE_PREFIXES: [&str; 2] = ["YubiHSM Attestation (", "YubiHSM2 Attestation ("];

static PROFILE: PathProfile = PathProfile {
    format: "yubico-yubihsm2",
    is_attestation: is_attestation_name,
    is_device: is_device_name,
    arc: YUBICO,
};

static STATEMENTS: KnownStatements = KnownStatements {
    arc: YUBIHSM2,
    attestation: &[
        arc::FIRMWARE,
        arc::SERIAL,
        arc::ORIGIN,
        arc::DOMAINS,
        arc::CAPABILITIES,
        arc::OBJECT_ID,
        arc::LABEL,
    ],
    device: &[arc::FIRMWARE, arc::SERIAL, arc::FIPS],
};

/// The format `yubico-yubihsm2`.
#[derive(Debug)]
pub struct YubicoYubiHsm2;

impl AttestationFormat for YubicoYubiHsm2 {
    fn name(&self) -> &'static str {
        PROFILE.format
    }

    fn serial_form(&self) -> SerialForm {
        SerialForm::Number
    }

    fn recognizes(&self, certificate: &Certificate) -> Part {
        let states = |arcs: &[u8]| {
            certificate.extensions().iter().any(|extension| {
                extension.oid().arc_below(YUBIHSM2).is_some_and(|arc| arcs.contains(&arc))
            })
        };
        let name = certificate.subject();
        if is_device_name(name) {
            Part::Device
        } else if is_attestation_name(name)
            || states(&[arc::ORIGIN, arc::CAPABILITIES, arc::OBJECT_ID])
        {
            Part::Attestation
        } else if states(&[arc::FIRMWARE, arc::SERIAL, arc::FIPS]) {
            Part::Device
        } else {
            Part::Foreign
        }
    }

    fn owns_extension(&self, oid: Oid<'_>) -> bool {
        oid.arc_below(YUBIHSM2).is_some()
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
        let doubts = statement::unknown_capabilities(verified.claims());
        let unknown = STATEMENTS.unknown_in(self, &verified, evidence);
        Ok(verified.and_doubts(doubts).and_notices(unknown))
    }
}

fn is_attestation_name(name: &Name) -> bool {
    name.sole_common_name().is_some_and(|name| name.starts_with(ATTESTATION_PREFIX))
}

fn is_device_name(name: &Name) -> bool {
    name.sole_common_name()
        .is_some_and(|name| DEVICE_PREFIXES.iter().any(|prefix| name.starts_with(prefix)))
}
