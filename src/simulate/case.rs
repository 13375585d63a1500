//! A case before its signatures: the hierarchy, the attestation, the request, and what is sent.

use super::anchors;
use super::keys::{Holder, KeyKind, Keyring, Scheme, throw_away_private_key};
use super::pki::{CertificateDraft, ExtensionDraft, RequestDraft, RequestForm, serial};
use super::request_evidence::RequestEvidence;
use super::{Case, EvidencePlace, Options, RsaPadding, SimulateError, SimulatedFile};
use crate::encoding::oid;
pub(crate) use crate::encoding::pem::write as pem;
use crate::reason::ReasonCode;
use crate::result::Requirement;
use crate::time::Timestamp;
use crate::trust::AnchorStatus;

/// A case that a defect may change before it is signed.
pub(crate) struct Draft {
    /// The kind of the attested key.
    pub(crate) attested: KeyKind,
    /// Elliptic curve keys of this firmware are covered by an advisory that a person must weigh.
    pub(crate) ecdsa_advisory: Option<ReasonCode>,
    /// The trust it is made for.
    pub(crate) anchor: AnchorDraft,
    /// The certificate of the root.
    pub(crate) root: CertificateDraft,
    /// The certificate of the issuing authority.
    pub(crate) issuing: CertificateDraft,
    /// The device certificate.
    pub(crate) device: CertificateDraft,
    /// The attestation.
    pub(crate) leaf: CertificateDraft,
    /// Further certificates.
    pub(crate) more: Vec<CertificateDraft>,
    /// The request.
    pub(crate) request: RequestDraft,
    /// What the request carries of the evidence.
    pub(crate) carried: RequestEvidence,
    /// A further request.
    pub(crate) second_request: Option<RequestDraft>,
    /// Whether a private key lies among the files.
    pub(crate) private_key: PrivateKeyFile,
}

/// What `anchors.yaml` says.
pub(crate) struct AnchorDraft {
    /// The identifier.
    pub(crate) id: &'static str,
    /// The common name of the root.
    pub(crate) subject: &'static str,
    /// The common name of the issuing authority.
    pub(crate) issuing: &'static str,
    /// The format that the root may vouch for.
    pub(crate) format: &'static str,
    /// What the root vouches for.
    pub(crate) vouches: Vouches,
    /// How it came to be believed.
    pub(crate) status: AnchorStatus,
}

/// What a root vouches for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Vouches {
    /// The issuing authority.
    ForAuthority,
    /// Device certificates, which may lack basicConstraints, as under Yubico's PIV root of 2016.
    ForUnconstrainedDevices,
    /// The manufacturer's chain, whose places the format fixes.
    AsManufacturer,
}

/// Whether a private key lies among the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PrivateKeyFile {
    /// None does.
    Absent,
    /// One that was made for this file alone.
    ThrowAway,
}

/// What a module of a format states about itself and a key.
pub(crate) struct Statements {
    /// The common name of the device certificate.
    pub(crate) device_name: String,
    /// The extensions of the device certificate.
    pub(crate) device: Vec<ExtensionDraft>,
    /// The common name of the attestation.
    pub(crate) leaf_name: &'static str,
    /// The extensions of the attestation.
    pub(crate) leaf: Vec<ExtensionDraft>,
}

/// The subject of every simulated request.
pub(crate) const SUBSCRIBER: &str = "SIMULATED Code Signing Subscriber";

impl Draft {
    /// A hierarchy of root, issuing authority, device and attestation of a key of that kind, with a
    /// request for the key.
    ///
    /// # Errors
    /// If no validity period can be laid around the time.
    pub(crate) fn new(
        anchor: AnchorDraft,
        statements: Statements,
        attested: KeyKind,
        options: &Options,
    ) -> Result<Self, SimulateError> {
        let validity = validity_around(options.time)?;
        let root = (anchor.subject, Holder::Root);
        let issuing = (anchor.issuing, Holder::Issuing);

        let mut root_certificate = CertificateDraft::new("simulated root", root, root, validity);
        root_certificate.extensions = vec![
            ExtensionDraft::subject_key_identifier(),
            ExtensionDraft::authority(2),
            ExtensionDraft::signs_certificates(),
        ];
        let mut issuing_certificate =
            CertificateDraft::new("simulated issuing authority", root, issuing, validity);
        issuing_certificate.file = Some("issuing-ca.pem");
        issuing_certificate.extensions = vec![
            ExtensionDraft::subject_key_identifier(),
            ExtensionDraft::authority_key_identifier(),
            ExtensionDraft::authority(1),
            ExtensionDraft::signs_certificates(),
        ];
        let (device, leaf) = evidence(statements, issuing, validity);

        let scheme = match options.padding {
            RsaPadding::Pkcs1 => Scheme::Usual,
            RsaPadding::Pss => Scheme::RsaPss,
        };
        let request = RequestDraft::new(SUBSCRIBER.as_bytes(), Holder::Attested, scheme);
        Ok(Self {
            attested,
            ecdsa_advisory: None,
            anchor,
            root: root_certificate,
            issuing: issuing_certificate,
            device,
            leaf,
            more: Vec::new(),
            request,
            carried: match options.evidence {
                EvidencePlace::Beside => RequestEvidence::None,
                EvidencePlace::InRequest => RequestEvidence::All,
            },
            second_request: None,
            private_key: PrivateKeyFile::Absent,
        })
    }

    /// Sends device certificate and attestation of another format along.
    pub(crate) fn send_along(&mut self, statements: Statements) {
        let issuing = (self.anchor.issuing, Holder::Issuing);
        let (mut device, mut leaf) = evidence(statements, issuing, self.leaf.validity);
        device.file = Some("other-device.pem");
        leaf.file = Some("other-attestation.pem");
        self.more.extend([leaf, device]);
    }

    /// The kind of a holder's key. Genuine attestation keys are RSA with 2048 bits.
    fn kind(&self, holder: Holder) -> KeyKind {
        match holder {
            Holder::Attested | Holder::SecondAttested | Holder::Software => self.attested,
            Holder::Root
            | Holder::Issuing
            | Holder::Device
            | Holder::HardwareOrigin
            | Holder::OtherRoot
            | Holder::OtherDevice => KeyKind::Rsa2048,
        }
    }

    fn certificate(
        &self,
        certificate: &CertificateDraft,
        keyring: &mut Keyring,
    ) -> Result<Vec<u8>, SimulateError> {
        let subject = (certificate.key, self.kind(certificate.key));
        let (subject, signer) =
            keyring.two(subject, (certificate.signer, self.kind(certificate.signer)))?;
        certificate.to_der(subject, signer)
    }

    fn request(
        &self,
        request: &RequestDraft,
        keyring: &mut Keyring,
    ) -> Result<Vec<u8>, SimulateError> {
        let subject = (request.key, self.kind(request.key));
        let (subject, signer) =
            keyring.two(subject, (request.signer, self.kind(request.signer)))?;
        request.to_der(subject, signer)
    }
}

impl Case for Draft {
    fn key(&self) -> KeyKind {
        self.attested
    }

    fn can_be_in_request(&self) -> bool {
        true
    }

    fn silences(&self) -> Vec<(Requirement, ReasonCode)> {
        let advisory = self.ecdsa_advisory.filter(|_| self.attested.is_ecdsa());
        advisory.map(|reason| (Requirement::NoKnownWeakness, reason)).into_iter().collect()
    }

    fn files(
        &self,
        keyring: &mut Keyring,
        seen: Timestamp,
    ) -> Result<Vec<SimulatedFile>, SimulateError> {
        let root = self.certificate(&self.root, keyring)?;
        let spki = keyring.pair(Holder::Root, self.kind(Holder::Root))?.spki();
        let yaml = anchors::to_yaml(&self.anchor, &self.root, &root, &spki, seen);
        let mut files = vec![SimulatedFile {
            name: "anchors.yaml".to_owned(),
            bytes: yaml.into_bytes(),
            what: "the test trust, for --trust-anchors".to_owned(),
        }];
        let certificates = [&self.leaf, &self.device, &self.issuing, &self.root];
        let mut sent = Vec::new();
        for certificate in certificates.into_iter().chain(&self.more) {
            let Some(name) = certificate.file else { continue };
            let der = self.certificate(certificate, keyring)?;
            if self.carried != RequestEvidence::All {
                let text = pem("CERTIFICATE", &der).repeat(certificate.copies);
                files.push(file(name, text, certificate.what));
            }
            sent.push(der);
        }
        let mut first = self.request.clone();
        if let Some(attributes) = &mut first.attributes {
            attributes.extend(self.carried.attributes(&sent));
        }
        for (name, request) in
            [("request.pem", Some(&first)), ("second-request.pem", self.second_request.as_ref())]
        {
            let Some(request) = request else { continue };
            let der = self.request(request, keyring)?;
            match request.form {
                RequestForm::Request => {
                    files.push(file(name, pem("CERTIFICATE REQUEST", &der), "request"));
                }
                RequestForm::Mislabelled => {
                    files.push(file(name, pem("CERTIFICATE", &der), "request, as a certificate"));
                }
                RequestForm::PublicKey => {
                    let spki = keyring.pair(request.key, self.kind(request.key))?.spki();
                    files.push(file("public-key.pem", pem("PUBLIC KEY", &spki), "public key"));
                }
                RequestForm::Nothing => {}
            }
        }
        if self.private_key == PrivateKeyFile::ThrowAway {
            let text = pem("PRIVATE KEY", &throw_away_private_key()?);
            files.push(file(
                "throw-away-private-key.pem",
                text,
                "private key that belongs to nothing",
            ));
        }
        Ok(files)
    }
}

/// Device certificate and attestation with those statements.
fn evidence(
    statements: Statements,
    issuing: (&str, Holder),
    validity: (Timestamp, Timestamp),
) -> (CertificateDraft, CertificateDraft) {
    let name = (statements.device_name.as_str(), Holder::Device);
    let mut device = CertificateDraft::new("device certificate", issuing, name, validity);
    device.file = Some("device.pem");
    // Device certificates have eight octets with the first bit set, so nine in DER.
    device.serial = serial(&[0x9a], device.what, 8);
    device.extensions = statements.device;
    let attested = (statements.leaf_name, Holder::Attested);
    let mut leaf = CertificateDraft::new("attestation", name, attested, validity);
    leaf.file = Some("attestation.pem");
    leaf.extensions = statements.leaf;
    (device, leaf)
}

/// keyUsage digitalSignature alone.
pub(crate) fn digital_signature_only() -> ExtensionDraft {
    ExtensionDraft::critical(oid::KEY_USAGE, [0x03, 2, 7, 0x80])
}

/// One day.
pub(crate) const DAY: i64 = 86_400;

/// That many seconds later, or earlier; the same instant at the ends of the calendar.
pub(crate) fn shifted(time: Timestamp, seconds: i64) -> Timestamp {
    time.unix_seconds().checked_add(seconds).and_then(Timestamp::from_unix_seconds).unwrap_or(time)
}

/// From a year before until the end of the calendar, as in the newer genuine hierarchies.
pub(crate) fn validity_around(time: Timestamp) -> Result<(Timestamp, Timestamp), SimulateError> {
    let earliest = Timestamp::from_date("1951-01-01").ok_or(SimulateError::Time)?;
    let latest = Timestamp::from_date("9998-12-01").ok_or(SimulateError::Time)?;
    if !(earliest..=latest).contains(&time) {
        return Err(SimulateError::Time);
    }
    let from = shifted(time, -365 * DAY);
    let from = Timestamp::from_date(&from.date()).ok_or(SimulateError::Time)?;
    let to = Timestamp::from_rfc3339("9999-12-31T23:59:59Z").ok_or(SimulateError::Time)?;
    Ok((from, to))
}

pub(crate) fn file(name: &str, text: String, what: &str) -> SimulatedFile {
    SimulatedFile { name: name.to_owned(), bytes: text.into_bytes(), what: what.to_owned() }
}
