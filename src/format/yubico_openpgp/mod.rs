//! YubiKey OpenPGP attestation: a certificate for one of the three keys of the OpenPGP application,
//! signed by the application's attestation key, whose certificate Yubico signed.
//!
//! Format, to the byte: `docs/formats/yubico-openpgp.md`. The statement names the source of the key.
//! Some statements are copies of data that whoever holds the admin PIN can write: they are shown and
//! never judged.

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

/// The arc of OpenPGP attestation.
///
/// <https://developers.yubico.com/PGP/Attestation.html>
pub(crate) const OPENPGP: Oid<'static> = oid!(1.3.6.1.4.1.41482.5);

/// Last arcs below [`OPENPGP`].
pub(crate) mod arc {
    /// Name of the cardholder: UTF8String. Whoever has the admin PIN writes it.
    pub(crate) const CARDHOLDER: u8 = 1;
    /// Source of the key: INTEGER, 0 imported, 1 generated.
    pub(crate) const SOURCE: u8 = 2;
    /// Firmware: OCTET STRING of three.
    pub(crate) const FIRMWARE: u8 = 3;
    /// Fingerprint of the OpenPGP key: OCTET STRING of 20. Whoever has the admin PIN writes it.
    pub(crate) const FINGERPRINT: u8 = 4;
    /// Time of generation: OCTET STRING of four. Whoever has the admin PIN writes it.
    pub(crate) const GENERATED_AT: u8 = 5;
    /// Signatures made with the key: INTEGER, on the signature key.
    pub(crate) const COUNTER: u8 = 6;
    /// Serial number: INTEGER.
    pub(crate) const SERIAL: u8 = 7;
    /// User interaction flag (touch): OCTET STRING of one.
    pub(crate) const TOUCH: u8 = 8;
    /// Form factor: OCTET STRING of one.
    pub(crate) const FORM_FACTOR: u8 = 9;
    /// FIPS marker: OCTET STRING of one.
    pub(crate) const FIPS: u8 = 10;
    /// CSPN marker: OCTET STRING of one.
    pub(crate) const CSPN: u8 = 11;
}

const ATTESTATION_PREFIX: &str = "YubiKey OPGP Attestation ";

/// Subjects of the certificate of the attestation key. The first is that of genuine units under the
/// authority of 2019. The others are not seen: they are its spelling in the subject of attestations,
/// and the manner of the PIV application.
const DEVICE_NAMES: [&str; 3] =
    ["Yubikey OPGP Attestation", "YubiKey OPGP Attestation", "Yubico OPGP Attestation"];

static PROFILE: PathProfile = PathProfile {
    format: "yubico-openpgp",
    is_attestation: is_attestation_name,
    is_device: is_device_name,
    arc: YUBICO,
};

static STATEMENTS: KnownStatements = KnownStatements {
    arc: OPENPGP,
    attestation: &[
        arc::CARDHOLDER,
        arc::SOURCE,
        arc::FIRMWARE,
        arc::FINGERPRINT,
        arc::GENERATED_AT,
        arc::COUNTER,
        arc::SERIAL,
        arc::TOUCH,
        arc::FORM_FACTOR,
        arc::FIPS,
        arc::CSPN,
    ],
    device: &[arc::FIRMWARE, arc::FIPS, arc::CSPN],
};

/// The format `yubico-openpgp`.
#[derive(Debug)]
pub struct YubicoOpenPgp;

impl AttestationFormat for YubicoOpenPgp {
    fn name(&self) -> &'static str {
        PROFILE.format
    }

    fn serial_form(&self) -> SerialForm {
        SerialForm::Number
    }

    fn recognizes(&self, certificate: &Certificate) -> Part {
        let mut arcs =
            certificate.extensions().iter().filter_map(|it| it.oid().arc_below(OPENPGP)).peekable();
        let name = certificate.subject();
        if is_device_name(name) {
            Part::Device
        } else if is_attestation_name(name) {
            Part::Attestation
        } else if arcs.peek().is_none() {
            Part::Foreign
        } else if arcs.all(|arc| [arc::FIRMWARE, arc::FIPS, arc::CSPN].contains(&arc)) {
            Part::Device
        } else {
            Part::Attestation
        }
    }

    fn owns_extension(&self, oid: Oid<'_>) -> bool {
        oid.arc_below(OPENPGP).is_some()
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
