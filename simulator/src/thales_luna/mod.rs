//! A simulated confirmation of a Luna K7: the RSA chain for RSA keys, that for elliptic curve keys for
//! all others, in a PKCS #7 file as `cmu getpkc` writes it. No root is in it, for the anchor is.

mod defects;

use keyproof::{ReasonCode, Requirement, Timestamp};

use crate::anchors::AnchorDraft;
use crate::case::{Base, Case, Evidence, has_base, octets, validity_around};
use crate::der::{self, tag};
use crate::family::Family;
use crate::keys::{Holder, KeyKind, Scheme};
use crate::pki::{CertificateDraft, ExtensionDraft, hex};
use crate::signing::Keys;
use crate::{Options, RsaPadding, SimulateError, oid};

/// What `keyproof simulate thales-luna` makes.
pub(crate) fn family() -> Family<Draft> {
    Family::new(NAME, draft, &[defects::DEFECTS])
}

/// A case that a defect may change before it is signed.
pub(crate) struct Draft {
    base: Base,
    root: CertificateDraft,
    issuing: CertificateDraft,
    hardware_origin: CertificateDraft,
    device: CertificateDraft,
    confirmation: CertificateDraft,
    /// What the file holds, in this order.
    sent: Vec<Place>,
    more: Vec<CertificateDraft>,
    /// The version of the PKCS #7 message.
    version: u64,
}

/// A certificate of the draft.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Confirmation,
    Device,
    HardwareOrigin,
    Issuing,
    Root,
}

/// The serial number of the simulated module.
const SERIAL: u32 = 20_261_121;

/// 7.8.4, as certificates state it.
const FIRMWARE_7_8_4: [u8; 4] = [84, 0, 7, 0];

const NAME: &str = "thales-luna";

/// Below 1.3.6.1.4.1.12383 (docs/formats/thales-luna.md): statements.
const SERIAL_NUMBER: &str = "1.3.6.1.4.1.12383.2.1";
const FIRMWARE: &str = "1.3.6.1.4.1.12383.2.3";

/// Purposes, which are the roles of certificates.
mod purpose {
    pub(super) const ROOT: &str = "1.3.6.1.4.1.12383.1.1";
    pub(super) const MANUFACTURING: &str = "1.3.6.1.4.1.12383.1.7";
    pub(super) const HARDWARE_ORIGIN: &str = "1.3.6.1.4.1.12383.1.8";
    pub(super) const DEVICE: &str = "1.3.6.1.4.1.12383.1.12";
    pub(super) const CONFIRMATION: &str = "1.3.6.1.4.1.12383.1.13";
    pub(super) const EC_ROOT: &str = "1.3.6.1.4.1.12383.1.14";
    pub(super) const EC_HARDWARE_ORIGIN: &str = "1.3.6.1.4.1.12383.1.15";
}

/// The names of root and issuing authority.
const ROOT: (&str, Holder) = ("SIMULATED Luna Root", Holder::Root);
const ISSUING: (&str, Holder) = ("SIMULATED Luna Manufacturing Integrity", Holder::Issuing);

/// extKeyUsage of that purpose alone.
fn purpose_of(purpose: &str) -> ExtensionDraft {
    ExtensionDraft::critical(oid::EXTENDED_KEY_USAGE, der::identifiers(&[purpose]))
}

/// A statement below 1.3.6.1.4.1.12383.2, written as the module does.
fn states(oid: &str, octets: [u8; 4]) -> ExtensionDraft {
    ExtensionDraft::written_not_critical(oid, octets)
}

/// Extensions of an authority of that purpose.
fn authority(purpose: &str) -> Vec<ExtensionDraft> {
    vec![
        purpose_of(purpose),
        ExtensionDraft::signs_certificates(),
        ExtensionDraft::authority_without_length(),
    ]
}

/// The subject of a confirmation: the identifier of the key object.
fn object_name(unit: &str, serial: u32) -> Vec<u8> {
    let number = [&[0x41, 0, 0, 0, 0xae, 0, 0, 2], serial.to_le_bytes().as_slice()].concat();
    der::name(&[(oid::ORGANIZATIONAL_UNIT, unit), (oid::COMMON_NAME, &hex(&number))])
}

fn draft(options: &Options) -> Result<Draft, SimulateError> {
    let attested = options.key.unwrap_or(KeyKind::Rsa3072);
    let rsa = attested.is_rsa();
    let validity = validity_around(options.time)?;
    let certificate =
        |what, issuer, subject| CertificateDraft::new(what, issuer, subject, validity);
    let root = certificate("simulated root", ROOT, ROOT).with(authority(if rsa {
        purpose::ROOT
    } else {
        purpose::EC_ROOT
    }));
    let issuing = certificate("simulated issuing authority", ROOT, ISSUING)
        .with(authority(purpose::MANUFACTURING));

    let origin_name =
        if rsa { "Hardware Origin Certificate".to_owned() } else { SERIAL.to_string() };
    let origin_name = (origin_name.as_str(), Holder::HardwareOrigin);
    let above_origin = if rsa { ISSUING } else { ROOT };
    let mut hardware_origin = certificate("hardware origin", above_origin, origin_name);
    hardware_origin.serial = [&[0x20, 0x04, 0xee, 0x1d], SERIAL.to_be_bytes().as_slice()].concat();
    hardware_origin.extensions =
        authority(if rsa { purpose::HARDWARE_ORIGIN } else { purpose::EC_HARDWARE_ORIGIN });

    let device_name = format!("Luna K7-{SERIAL}");
    let device_name = (device_name.as_str(), Holder::Device);
    let mut device = certificate("device authentication", origin_name, device_name);
    device.extensions = authority(purpose::DEVICE);
    device
        .extensions
        .extend([states(SERIAL_NUMBER, SERIAL.to_le_bytes()), states(FIRMWARE, FIRMWARE_7_8_4)]);
    let confirmation =
        confirmation(if rsa { device_name } else { origin_name }, Holder::Attested, validity, rsa);
    let anchor = AnchorDraft::of_manufacturer("simulated-luna-root", ROOT.0, &root);
    let mut base = Base::new(NAME, attested, vec![anchor], options);
    if attested.is_ecdsa() && options.padding == RsaPadding::Pkcs1 {
        base.request.scheme = Scheme::EcdsaNull;
    }
    if !rsa {
        hardware_origin.scheme = Scheme::EcdsaNull;
    }
    let sent = if rsa {
        vec![Place::Confirmation, Place::Device, Place::HardwareOrigin, Place::Issuing]
    } else {
        vec![Place::Confirmation, Place::HardwareOrigin]
    };
    Ok(Draft {
        base,
        root,
        issuing,
        hardware_origin,
        device,
        confirmation,
        sent,
        more: Vec::new(),
        version: 1,
    })
}

/// The confirmation of the key of `holder`, made by `issuer`.
fn confirmation(
    issuer: (&str, Holder),
    holder: Holder,
    validity: (Timestamp, Timestamp),
    rsa: bool,
) -> CertificateDraft {
    let mut leaf = CertificateDraft::new("confirmation", issuer, ("", holder), validity);
    leaf.subject =
        object_name(if rsa { "Chrysalis-ITS Proof of Origin" } else { "Luna Module" }, SERIAL);
    leaf.extensions = vec![
        purpose_of(purpose::CONFIRMATION),
        ExtensionDraft::signs_alone(),
        states(SERIAL_NUMBER, SERIAL.to_le_bytes()),
    ];
    if rsa {
        leaf.extensions.push(states(FIRMWARE, FIRMWARE_7_8_4));
    } else {
        leaf.scheme = Scheme::EcdsaUnsigned;
    }
    leaf
}

impl Draft {
    fn certificate(&self, place: Place) -> &CertificateDraft {
        match place {
            Place::Confirmation => &self.confirmation,
            Place::Device => &self.device,
            Place::HardwareOrigin => &self.hardware_origin,
            Place::Issuing => &self.issuing,
            Place::Root => &self.root,
        }
    }

    /// SignedData that carries certificates and signs nothing (RFC 5652 5.1).
    fn bundle(&self, certificates: &[Vec<u8>]) -> Vec<u8> {
        let data = der::object_identifier(oid::DATA);
        let none = der::set(Vec::new());
        let signed = der::sequence(&[
            &der::integer(self.version),
            &none,
            &der::sequence(&[&data]),
            &der::value(tag::CONTEXT_0, &certificates.concat()),
            &none,
        ]);
        der::sequence(&[&der::object_identifier(oid::SIGNED_DATA), &der::explicit(0, &signed)])
    }
}

impl Case for Draft {
    has_base!();

    fn kind_of(_holder: Holder, attested: KeyKind) -> KeyKind {
        if attested.is_rsa() { KeyKind::Rsa2048 } else { KeyKind::P384 }
    }

    /// The chain for elliptic curve keys names no firmware.
    fn silences(&self) -> Vec<(Requirement, ReasonCode)> {
        let unstated = (Requirement::CertifiedModule, ReasonCode::CertificationFirmwareUnstated);
        if self.base.attested.is_rsa() { Vec::new() } else { vec![unstated] }
    }

    fn evidence(&self, keys: &mut Keys<'_>) -> Result<Evidence, SimulateError> {
        let sent = self.sent.iter().map(|place| self.certificate(*place));
        let certificates = sent
            .chain(&self.more)
            .map(|certificate| keys.certificate(certificate))
            .collect::<Result<Vec<_>, _>>()?;
        let bundle = self.bundle(&certificates);
        Ok(Evidence::of(vec![octets("attestation.p7b", bundle, "public key confirmation")]))
    }
}

#[cfg(test)]
mod tests;
