//! What Yubico's formats share: the arc of their extensions, the choice of the one attestation, the
//! reading of single statements, and what they say about a YubiKey.

mod yubikey;

pub(super) use yubikey::{FormFactor, YubiKey};

use super::{AttestationFormat, Evidence, InspectLine, Part, VerifiedEvidence, multiple};
use crate::claims::Firmware;
use crate::encoding::der::{DerError, Reader, tag};
use crate::encoding::oid::Oid;
use crate::encoding::x509::{Certificate, Extension};
use crate::oid;
use crate::reason::{Reason, ReasonCode};

/// Yubico's private enterprise arc.
pub(super) const YUBICO: Oid<'static> = oid!(1.3.6.1.4.1.41482);

/// The attestations of the evidence, all of one key.
///
/// Between keys none is chosen: if one attestation has another's subject as its issuer, a user's
/// key signed it; otherwise it is for the applicant to say which counts.
pub(super) fn attestations_of_one_key<'a>(
    format: &dyn AttestationFormat,
    evidence: Evidence<'a>,
) -> Result<Vec<&'a Certificate>, Vec<Reason>> {
    let of_part = |part| {
        evidence
            .certificates
            .iter()
            .filter(move |certificate| format.recognizes(certificate) == part)
    };
    let attestations: Vec<_> = of_part(Part::Attestation).collect();
    let Some(first) = attestations.first() else {
        return Err(vec![match of_part(Part::Device).next() {
            Some(device) => Reason::new(ReasonCode::AttestationWrongRole)
                .with("certificate", device.subject().to_string()),
            None => ReasonCode::AttestationAbsent.into(),
        }]);
    };
    let extended = attestations.iter().find(|certificate| {
        attestations.iter().any(|other| {
            other.sha256() != certificate.sha256() && other.subject() == certificate.issuer()
        })
    });
    if let Some(certificate) = extended {
        return Err(vec![
            Reason::new(ReasonCode::ChainAttestedKeyAsIssuer)
                .with("certificate", certificate.subject().to_string())
                .with("issuer", certificate.issuer().to_string()),
        ]);
    }
    let key = first.subject_public_key_info();
    if attestations.iter().any(|other| other.subject_public_key_info() != key) {
        return Err(vec![multiple(attestations.len())]);
    }
    Ok(attestations)
}

/// Collects what is wrong with the statements of one certificate, so that all of it is reported.
pub(super) struct Statements<'a> {
    certificate: &'a Certificate,
    arc: Oid<'static>,
    reasons: Vec<Reason>,
}

impl<'a> Statements<'a> {
    /// The statements of `certificate` below `arc`.
    pub(super) fn new(certificate: &'a Certificate, arc: Oid<'static>) -> Self {
        Self { certificate, arc, reasons: Vec::new() }
    }

    /// What was wrong.
    pub(super) fn into_reasons(self) -> Vec<Reason> {
        self.reasons
    }

    /// The raw value of the extension with that last arc.
    pub(super) fn raw(&self, arc: u8) -> Option<&'a [u8]> {
        let of_arc = |oid: Oid<'_>| oid.arc_below(self.arc) == Some(arc);
        self.certificate
            .extensions()
            .iter()
            .find(|extension| of_arc(extension.oid()))
            .map(Extension::value)
    }

    /// A statement that every genuine certificate of the kind carries.
    pub(super) fn required<T>(
        &mut self,
        arc: u8,
        name: &'static str,
        read: impl FnOnce(&'a [u8]) -> Option<T>,
    ) -> Option<T> {
        if self.raw(arc).is_none() {
            self.refuse(ReasonCode::AttestationExtensionMissing, arc, name);
            return None;
        }
        self.optional(arc, name, read)
    }

    /// A statement that not every genuine certificate carries.
    pub(super) fn optional<T>(
        &mut self,
        arc: u8,
        name: &'static str,
        read: impl FnOnce(&'a [u8]) -> Option<T>,
    ) -> Option<T> {
        let value = read(self.raw(arc)?);
        if value.is_none() {
            self.refuse(ReasonCode::AttestationMalformed, arc, name);
        }
        value
    }

    fn refuse(&mut self, code: ReasonCode, arc: u8, name: &'static str) {
        self.reasons.push(
            Reason::new(code)
                .with("certificate", self.certificate.subject().to_string())
                .with("statement", name)
                .with("extension", format!("{}.{arc}", self.arc)),
        );
    }
}

/// Reads the DER value that fills `value`.
pub(super) fn der_value<'a, T>(
    value: &'a [u8],
    read: impl FnOnce(&mut Reader<'a>) -> Result<T, DerError>,
) -> Option<T> {
    Reader::whole(value, read).ok()
}

/// A DER INTEGER of at most 32 bits, without a sign.
pub(super) fn integer(value: &[u8]) -> Option<u32> {
    der_value(value, Reader::u64).and_then(|number| u32::try_from(number).ok())
}

/// Three octets: major, minor, patch.
pub(super) fn firmware(octets: &[u8]) -> Option<Firmware> {
    octets.try_into().ok().map(Firmware)
}

/// A DER OCTET STRING.
pub(super) fn octet_string(value: &[u8]) -> Option<&[u8]> {
    der_value(value, |reader| reader.expect(tag::OCTET_STRING))
}

/// A statement to be shown: its value, or that it is malformed. Nothing if it is not there.
pub(super) fn show<'a, T: ToString>(
    certificate: &'a Certificate,
    arc: Oid<'static>,
    last: u8,
    name: &'static str,
    read: impl FnOnce(&'a [u8]) -> Option<T>,
) -> Option<InspectLine> {
    let raw = Statements::new(certificate, arc).raw(last)?;
    let value = match read(raw) {
        Some(value) => value.to_string(),
        None => format!("malformed ({})", crate::encoding::hex::to_hex(raw)),
    };
    Some(InspectLine { name, value })
}

/// Two values that must agree, from the attestation and from the device certificate.
pub(super) fn disagreement(
    what: &'static str,
    attestation: impl ToString,
    device: impl ToString,
) -> Reason {
    Reason::new(ReasonCode::AttestationInconsistent)
        .with("statement", what)
        .with("attestation", attestation.to_string())
        .with("device", device.to_string())
}

/// Known marks are 3, 5, 6, 7 and 8 (`docs/formats/`); a mark of nothing would say that the unit has none.
pub(super) const MARKS_COUNT_FROM_ONE: &str = "a unit that was not certified has no mark at all";

/// A statement that no genuine device makes, and why not.
pub(super) fn implausible(statement: &'static str, stated: String, why: &'static str) -> Reason {
    Reason::new(ReasonCode::AttestationImplausible)
        .with("statement", statement)
        .with("stated", stated)
        .with("why", why)
}

/// The last arcs that a format reads below its own, by the role of a certificate.
pub(super) struct KnownStatements {
    pub(super) arc: Oid<'static>,
    pub(super) attestation: &'static [u8],
    pub(super) device: &'static [u8],
}

impl KnownStatements {
    /// What attestation and device certificate state under the manufacturer's arc and nobody reads.
    /// Genuine firmware may state more than is documented, so it is to be seen and no obstacle.
    pub(super) fn unknown_in(
        &self,
        format: &dyn AttestationFormat,
        verified: &VerifiedEvidence<'_>,
        evidence: Evidence<'_>,
    ) -> Vec<Reason> {
        let relied_on = evidence.certificates.iter().filter(|it| verified.rests_on(it.sha256()));
        let unknown = relied_on.flat_map(|certificate| {
            let known = match format.recognizes(certificate) {
                Part::Attestation => self.attestation,
                Part::Device => self.device,
                Part::Unmarked | Part::Foreign => &[],
            };
            let is_known =
                |oid: Oid<'_>| oid.arc_below(self.arc).is_some_and(|it| known.contains(&it));
            let statements = certificate.extensions().iter();
            statements
                .filter(move |it| it.oid().starts_with(YUBICO) && !is_known(it.oid()))
                .map(|it| unknown_statement(certificate, it))
        });
        unknown.collect()
    }
}

fn unknown_statement(certificate: &Certificate, extension: &Extension) -> Reason {
    Reason::new(ReasonCode::AttestationUnknownClaim)
        .with("certificate", certificate.subject().to_string())
        .with("claim", extension.oid().to_string())
        .with("value", crate::encoding::hex::to_hex(extension.value()))
}
