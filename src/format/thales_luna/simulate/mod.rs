//! A simulated confirmation of a Luna K7: the RSA chain for RSA keys, that for elliptic curve keys for
//! all others, in a PKCS #7 file as `cmu getpkc` writes it. No root is in it, for the anchor is.

mod defects;

use super::{NAME, PURPOSES, purpose};
use crate::encoding::der::tag;
use crate::encoding::hex::to_hex;
use crate::encoding::oid::{self, Oid};
use crate::reason::ReasonCode;
use crate::result::Requirement;
use crate::simulate::anchors::to_yaml;
use crate::simulate::case::{
    AnchorDraft, SUBSCRIBER, Vouches, digital_signature_only, file, pem, validity_around,
};
use crate::simulate::keys::{Holder, KeyKind, Keyring, Scheme};
use crate::simulate::pki::{CertificateDraft, ExtensionDraft, RequestDraft};
use crate::simulate::{Case, Family, Options, RsaPadding, SimulateError, SimulatedFile, der};
use crate::time::Timestamp;
use crate::trust::AnchorStatus;

/// What `keyproof simulate thales-luna` makes.
pub(crate) fn family() -> Family<Draft> {
    Family { name: NAME, defects: defects::DEFECTS.to_vec(), draft }
}

/// A case that a defect may change before it is signed.
pub(crate) struct Draft {
    attested: KeyKind,
    time: Timestamp,
    anchor: AnchorDraft,
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
    request: RequestDraft,
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

const SERIAL_NUMBER: Oid<'_> = statement(&[0x2b, 6, 1, 4, 1, 0xe0, 0x5f, 2, 1]);
const FIRMWARE: Oid<'_> = statement(&[0x2b, 6, 1, 4, 1, 0xe0, 0x5f, 2, 3]);
const ORGANIZATIONAL_UNIT: Oid<'_> = statement(&[0x55, 4, 11]);

const fn statement(content: &'static [u8]) -> Oid<'static> {
    Oid::from_content(content)
}

/// extKeyUsage of that purpose alone.
fn purpose_of(arc: u8) -> ExtensionDraft {
    ExtensionDraft::critical(oid::EXTENDED_KEY_USAGE, purposes(&[arc]))
}

fn purposes(arcs: &[u8]) -> Vec<u8> {
    let purposes = arcs.iter().map(|arc| {
        der::object_identifier(Oid::from_content(&[PURPOSES.content(), &[*arc]].concat()))
    });
    der::sequence(&[&purposes.collect::<Vec<_>>().concat()])
}

/// A statement below 1.3.6.1.4.1.12383.2, written as the module does.
fn states(oid: Oid<'_>, octets: [u8; 4]) -> ExtensionDraft {
    ExtensionDraft::written_not_critical(oid, octets)
}

/// Extensions of an authority of that purpose.
fn authority(arc: u8) -> Vec<ExtensionDraft> {
    vec![
        purpose_of(arc),
        ExtensionDraft::signs_certificates(),
        ExtensionDraft::authority_without_length(),
    ]
}

/// Whether the key is confirmed by the RSA chain.
fn is_rsa(kind: KeyKind) -> bool {
    matches!(kind, KeyKind::Rsa2048 | KeyKind::Rsa3072 | KeyKind::Rsa4096)
}

/// The subject of a confirmation: the identifier of the key object.
fn object_name(unit: &str, serial: u32) -> Vec<u8> {
    let number = [&[0x41, 0, 0, 0, 0xae, 0, 0, 2], serial.to_le_bytes().as_slice()].concat();
    der::name(&[(ORGANIZATIONAL_UNIT, unit), (oid::COMMON_NAME, &to_hex(&number))])
}

fn draft(options: &Options) -> Result<Draft, SimulateError> {
    let attested = options.key.unwrap_or(KeyKind::Rsa3072);
    let rsa = is_rsa(attested);
    let validity = validity_around(options.time)?;
    let root_name = ("SIMULATED Luna Root", Holder::Root);
    let issuing_name = ("SIMULATED Luna Manufacturing Integrity", Holder::Issuing);
    let certificate =
        |what, issuer, subject| CertificateDraft::new(what, issuer, subject, validity);
    let mut root = certificate("simulated root", root_name, root_name);
    root.extensions = authority(if rsa { purpose::ROOT } else { purpose::EC_ROOT });
    let mut issuing = certificate("simulated issuing authority", root_name, issuing_name);
    issuing.extensions = authority(purpose::MANUFACTURING);

    let origin_name =
        if rsa { "Hardware Origin Certificate".to_owned() } else { SERIAL.to_string() };
    let origin_name = (origin_name.as_str(), Holder::HardwareOrigin);
    let above_origin = if rsa { issuing_name } else { root_name };
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
    let scheme = match options.padding {
        RsaPadding::Pkcs1 if attested.is_ecdsa() => Scheme::EcdsaNull,
        RsaPadding::Pkcs1 => Scheme::Usual,
        RsaPadding::Pss => Scheme::RsaPss,
    };
    if !rsa {
        hardware_origin.scheme = Scheme::EcdsaNull;
    }
    let sent = if rsa {
        vec![Place::Confirmation, Place::Device, Place::HardwareOrigin, Place::Issuing]
    } else {
        vec![Place::Confirmation, Place::HardwareOrigin]
    };
    Ok(Draft {
        attested,
        time: options.time,
        anchor: AnchorDraft {
            id: "simulated-luna-root",
            subject: root_name.0,
            issuing: "",
            format: NAME,
            vouches: Vouches::AsManufacturer,
            status: AnchorStatus::Test,
        },
        root,
        issuing,
        hardware_origin,
        device,
        confirmation,
        sent,
        more: Vec::new(),
        version: 1,
        request: RequestDraft::new(SUBSCRIBER.as_bytes(), Holder::Attested, scheme),
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
        digital_signature_only(),
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
    fn kind(&self, holder: Holder) -> KeyKind {
        match holder {
            Holder::Attested | Holder::SecondAttested | Holder::Software => self.attested,
            _ if is_rsa(self.attested) => KeyKind::Rsa2048,
            _ => KeyKind::P384,
        }
    }

    fn certificate(&self, place: Place) -> &CertificateDraft {
        match place {
            Place::Confirmation => &self.confirmation,
            Place::Device => &self.device,
            Place::HardwareOrigin => &self.hardware_origin,
            Place::Issuing => &self.issuing,
            Place::Root => &self.root,
        }
    }

    fn sign(
        &self,
        certificate: &CertificateDraft,
        keyring: &mut Keyring,
    ) -> Result<Vec<u8>, SimulateError> {
        let subject = (certificate.key, self.kind(certificate.key));
        let signer = (certificate.signer, self.kind(certificate.signer));
        let (subject, signer) = keyring.two(subject, signer)?;
        certificate.to_der(subject, signer)
    }

    /// SignedData that carries certificates and signs nothing (RFC 5652 5.1).
    fn bundle(&self, certificates: &[Vec<u8>]) -> Vec<u8> {
        let data = der::object_identifier(oid::CMS_DATA);
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
    fn key(&self) -> KeyKind {
        self.attested
    }

    /// The chain for elliptic curve keys names no firmware.
    fn silences(&self) -> Vec<(Requirement, ReasonCode)> {
        let unstated = (Requirement::CertifiedModule, ReasonCode::CertificationFirmwareUnstated);
        if is_rsa(self.attested) { Vec::new() } else { vec![unstated] }
    }

    fn files(
        &self,
        keyring: &mut Keyring,
        seen: Timestamp,
    ) -> Result<Vec<SimulatedFile>, SimulateError> {
        // The anchor stays what it is, whatever is done to a root that is sent.
        let options = Options { key: Some(self.attested), ..Options::new(self.time) };
        let whole = draft(&options)?.root;
        let anchor = self.sign(&whole, keyring)?;
        let spki = keyring.pair(Holder::Root, self.kind(Holder::Root))?.spki();
        let yaml = to_yaml(&self.anchor, &whole, &anchor, &spki, seen);

        let sent = self.sent.iter().map(|place| self.certificate(*place));
        let certificates = sent
            .chain(&self.more)
            .map(|certificate| self.sign(certificate, keyring))
            .collect::<Result<Vec<_>, _>>()?;
        let key = (self.request.key, self.kind(self.request.key));
        let signer = (self.request.signer, self.kind(self.request.signer));
        let (key, signer) = keyring.two(key, signer)?;
        let request = self.request.to_der(key, signer)?;
        Ok(vec![
            file("anchors.yaml", yaml, "the test trust, for --trust-anchors"),
            SimulatedFile {
                name: "attestation.p7b".to_owned(),
                bytes: self.bundle(&certificates),
                what: "public key confirmation".to_owned(),
            },
            file("request.pem", pem("CERTIFICATE REQUEST", &request), "request"),
        ])
    }
}

#[cfg(test)]
mod tests {
    use crate::encoding::oid;
    use crate::encoding::x509::Certificate;
    use crate::format::thales_luna::{STATEMENTS, has_purpose, purpose};
    use crate::simulate::tests::format_named;
    use crate::simulate::{KeyKind, Options};
    use crate::submission::{Input, InputRole, Limits, Submission};
    use crate::time::Timestamp;

    fn certificates(bytes: Vec<u8>) -> Vec<Certificate> {
        let input = Input { name: "pkc.p7b".to_owned(), bytes, role: InputRole::Any };
        let submission = Submission::unpack(vec![input], &Limits::default());
        submission.items().iter().map(|it| it.certificate().unwrap().unwrap().clone()).collect()
    }

    #[allow(clippy::disallowed_methods, reason = "tests read samples")]
    fn genuine(kind: &str) -> Option<Vec<Certificate>> {
        let samples = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/samples/thales-luna");
        let path = format!("{samples}/genuine-{kind}/{kind}-pkc.p7b");
        std::fs::read(path).ok().map(certificates)
    }

    fn simulated(key: KeyKind) -> Vec<Certificate> {
        let time = Timestamp::from_rfc3339("2026-11-21T10:00:00Z").unwrap();
        let options = Options { key: Some(key), ..Options::new(time) };
        let simulation = format_named("thales-luna").build(&options).unwrap();
        let file = simulation.files.iter().find(|file| file.name == "attestation.p7b").unwrap();
        certificates(file.bytes.clone())
    }

    /// Purpose, usage and constraints are those of genuine certificates to the octet; so are form and
    /// length of the statements that are read.
    #[test]
    fn certificates_have_the_form_of_genuine_ones() {
        use purpose::{CONFIRMATION, DEVICE, EC_HARDWARE_ORIGIN, HARDWARE_ORIGIN, MANUFACTURING};
        for (kind, key, purposes) in [
            ("rsa", KeyKind::Rsa2048, &[CONFIRMATION, DEVICE, HARDWARE_ORIGIN, MANUFACTURING][..]),
            ("ecc", KeyKind::P256, &[CONFIRMATION, EC_HARDWARE_ORIGIN]),
        ] {
            let Some(genuine) = genuine(kind) else { return };
            let simulated = simulated(key);
            assert_eq!(simulated.len(), purposes.len());
            for purpose in purposes {
                let of = |all: &[Certificate]| {
                    all.iter().find(|it| has_purpose(it, *purpose)).unwrap().clone()
                };
                let (ours, theirs) = (of(&simulated), of(&genuine));
                for extension in [oid::EXTENDED_KEY_USAGE, oid::KEY_USAGE, oid::BASIC_CONSTRAINTS] {
                    let (ours, theirs) = (ours.extension(extension), theirs.extension(extension));
                    assert_eq!(ours, theirs, "{kind} {purpose}: {extension}");
                }
                for arc in [1, 3] {
                    let length = |certificate: &Certificate| {
                        let mut extensions = certificate.extensions().iter();
                        let found =
                            extensions.find(|it| it.oid().arc_below(STATEMENTS) == Some(arc));
                        found.map(|it| (it.is_critical(), it.value().len()))
                    };
                    assert_eq!(length(&ours), length(&theirs), "{kind} {purpose}: {arc}");
                }
                if kind == "ecc" {
                    assert_eq!(ours.signature_algorithm(), theirs.signature_algorithm());
                }
            }
        }
    }
}
