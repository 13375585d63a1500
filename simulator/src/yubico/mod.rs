//! What the three formats of Yubico have in common: a hierarchy of root, issuing authority, device and
//! attestation, in files of one certificate or in the request.

mod chain;
mod request;
mod request_evidence;
pub(crate) mod yubikey;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use keyproof::{ReasonCode, Requirement};

use crate::anchors::{AnchorDraft, Role};
use crate::case::{self, Base, Case, Evidence, has_base, text, validity_around};
use crate::defects::DefectOf;
use crate::family::Family;
use crate::keys::{Holder, KeyKind};
use crate::pki::{CertificateDraft, ExtensionDraft, RequestDraft, pem, serial};
use crate::signing::Keys;
use crate::{EvidencePlace, Options, SimulateError};
use request_evidence::RequestEvidence;

/// A case that a defect may change before it is signed.
pub(crate) struct Draft {
    base: Base,
    /// Elliptic curve keys of this firmware are covered by an advisory that a person must weigh.
    pub(crate) ecdsa_advisory: Option<ReasonCode>,
    authorities: Authorities,
    /// The certificate of the root.
    root: CertificateDraft,
    /// The certificate of the issuing authority.
    issuing: CertificateDraft,
    /// The device certificate.
    pub(crate) device: CertificateDraft,
    /// The attestation.
    pub(crate) leaf: CertificateDraft,
    /// Further certificates.
    more: Vec<CertificateDraft>,
    /// What the request carries of the evidence.
    carried: RequestEvidence,
    /// A further request.
    second_request: Option<RequestDraft>,
    /// Whether a private key lies among the files.
    private_key: PrivateKeyFile,
}

/// The anchor of a format, and the common names of root and issuing authority.
#[derive(Clone, Copy)]
pub(crate) struct Authorities {
    pub(crate) format: &'static str,
    pub(crate) id: &'static str,
    pub(crate) root: &'static str,
    pub(crate) issuing: &'static str,
}

/// Whether a private key lies among the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PrivateKeyFile {
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

/// A format, with the defects of chain, request and key.
pub(crate) fn family(
    name: &'static str,
    draft: fn(&Options) -> Result<Draft, SimulateError>,
    own: &[&[DefectOf<Draft>]],
) -> Family<Draft> {
    Family::new(name, draft, &[&[chain::DEFECTS, request::DEFECTS], own].concat())
}

impl Draft {
    /// A hierarchy above an attestation of a key of that kind, with a request for the key.
    ///
    /// # Errors
    /// If no validity period can be laid around the time.
    pub(crate) fn new(
        authorities: Authorities,
        statements: Statements,
        attested: KeyKind,
        options: &Options,
    ) -> Result<Self, SimulateError> {
        let validity = validity_around(options.time)?;
        let root = (authorities.root, Holder::Root);
        let issuing = (authorities.issuing, Holder::Issuing);
        let (device, leaf) = evidence(statements, issuing, validity);
        let root_certificate =
            CertificateDraft::new("simulated root", root, root, validity).with(vec![
                ExtensionDraft::subject_key_identifier(),
                ExtensionDraft::authority(2),
                ExtensionDraft::signs_certificates(),
            ]);
        let anchor = AnchorDraft {
            id: authorities.id,
            common_name: authorities.root,
            role: Role::Root { issuing: authorities.issuing },
            root: root_certificate.clone(),
        };
        Ok(Self {
            base: Base::new(authorities.format, attested, vec![anchor], options),
            ecdsa_advisory: None,
            authorities,
            root: root_certificate,
            issuing: CertificateDraft::new("simulated issuing authority", root, issuing, validity)
                .with(vec![
                    ExtensionDraft::subject_key_identifier(),
                    ExtensionDraft::authority_key_identifier(),
                    ExtensionDraft::authority(1),
                    ExtensionDraft::signs_certificates(),
                ])
                .in_file("issuing-ca.pem"),
            device,
            leaf,
            more: Vec::new(),
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
        let issuing = (self.authorities.issuing, Holder::Issuing);
        let (device, leaf) = evidence(statements, issuing, self.leaf.validity);
        self.more
            .extend([leaf.in_file("other-attestation.pem"), device.in_file("other-device.pem")]);
    }

    /// Under a root that signs device certificates itself, and tolerates that they lack basicConstraints
    /// (ADR 0004). By itself this is no fault.
    pub(crate) fn put_under_a_tolerant_root(&mut self) {
        for anchor in &mut self.base.anchors {
            anchor.role = Role::OfUnconstrainedDevices;
        }
        (self.device.issuer, self.device.signer) = (self.root.subject.clone(), self.root.signer);
        self.device.remove(crate::oid::BASIC_CONSTRAINTS);
        self.issuing.file = None;
    }

    /// Has the device certificate name the root as its issuer.
    pub(crate) fn name_the_root_above_the_device(&mut self) {
        self.device.issuer.clone_from(&self.root.subject);
    }

    /// The attested key certifies, in the form of an attestation, a key in software, for which the
    /// request is. The certificate of the attested key is sent in that file.
    pub(crate) fn forge_by_attested_key(&mut self) {
        let mut forged = self.leaf.clone();
        forged.what = "attestation signed by the attested key of another";
        forged.serial = serial(&[0x01], forged.what, 16);
        forged.issuer.clone_from(&self.leaf.subject);
        (forged.key, forged.signer) = (Holder::Software, Holder::Attested);
        self.leaf.file = Some("user-key-attestation.pem");
        self.leaf.what = "attestation of the user's key that signed the other one";
        self.base.request.of_software();
        self.more.push(forged);
    }

    /// The same, where the certificate of the attested key, of that name, is not sent.
    pub(crate) fn forge_by_unsent_key(&mut self, name: &str) {
        self.leaf.issuer.clone_from(&self.leaf.subject);
        self.leaf.set_subject(name);
        (self.leaf.key, self.leaf.signer) = (Holder::Software, Holder::Attested);
        self.base.request.of_software();
    }

    /// States another value in device certificate and attestation.
    pub(crate) fn restate(&mut self, oid: &str, octets: &[u8]) {
        self.device.replace(oid, octets);
        self.leaf.replace(oid, octets);
    }

    /// Gives the device certificate another common name, and the attestation that issuer.
    pub(crate) fn device_renamed(&mut self, name: &str) {
        self.device.set_subject(name);
        self.leaf.issuer.clone_from(&self.device.subject);
    }

    /// Sends the attestation of a second key along, under that common name.
    pub(crate) fn attest_second_key(&mut self, name: &str, change: fn(&mut CertificateDraft)) {
        let mut second = self.leaf.clone().in_file("second-attestation.pem");
        second.what = "attestation of a second key";
        second.serial = serial(&[0x01], second.what, 16);
        second.key = Holder::SecondAttested;
        second.set_subject(name);
        change(&mut second);
        self.more.push(second);
    }

    /// Sends a second attestation of the same key along, which says something else.
    pub(crate) fn attest_again(&mut self, change: fn(&mut CertificateDraft)) {
        let mut other = self.leaf.clone().in_file("other-attestation.pem");
        other.what = "attestation of the same key that says something else";
        other.serial = serial(&[0x01], other.what, 16);
        change(&mut other);
        self.more.push(other);
    }
}

impl Case for Draft {
    has_base!();

    fn can_be_in_request(&self) -> bool {
        true
    }

    fn silences(&self) -> Vec<(Requirement, ReasonCode)> {
        let advisory = self.ecdsa_advisory.filter(|_| self.base.attested.is_ecdsa());
        advisory.map(|reason| (Requirement::NoKnownWeakness, reason)).into_iter().collect()
    }

    fn evidence(&self, keys: &mut Keys<'_>) -> Result<Evidence, SimulateError> {
        let mut files = Vec::new();
        let mut sent = Vec::new();
        let certificates = [&self.leaf, &self.device, &self.issuing, &self.root];
        for certificate in certificates.into_iter().chain(&self.more) {
            let Some(name) = certificate.file else { continue };
            let der = keys.certificate(certificate)?;
            if self.carried != RequestEvidence::All {
                let block = pem("CERTIFICATE", &der).repeat(certificate.copies);
                files.push(text(name, block, certificate.what));
            }
            sent.push(der);
        }
        if let Some(second) = &self.second_request {
            files.extend(case::request("second-request.pem", second, keys)?);
        }
        if self.private_key == PrivateKeyFile::ThrowAway {
            let block = pem("PRIVATE KEY", &throw_away_private_key()?);
            let what = "private key that belongs to nothing";
            files.push(text("throw-away-private-key.pem", block, what));
        }
        Ok(Evidence { carried: self.carried.attributes(&sent), ..Evidence::of(files) })
    }
}

/// Device certificate and attestation with those statements.
fn evidence(
    statements: Statements,
    issuing: (&str, Holder),
    validity: (keyproof::Timestamp, keyproof::Timestamp),
) -> (CertificateDraft, CertificateDraft) {
    let name = (statements.device_name.as_str(), Holder::Device);
    let mut device = CertificateDraft::new("device certificate", issuing, name, validity)
        .with(statements.device)
        .in_file("device.pem");
    // Device certificates have eight octets with the first bit set, so nine in DER.
    device.serial = serial(&[0x9a], device.what, 8);
    let attested = (statements.leaf_name, Holder::Attested);
    let leaf = CertificateDraft::new("attestation", name, attested, validity)
        .with(statements.leaf)
        .in_file("attestation.pem");
    (device, leaf)
}

/// A private key for the one defect that is about finding one (PKCS #8); it belongs to nothing.
fn throw_away_private_key() -> Result<Vec<u8>, SimulateError> {
    EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING)
        .and_then(|pair| pair.to_pkcs8v1())
        .map(|document| document.as_ref().to_vec())
        .map_err(|_| SimulateError::Cryptography)
}
