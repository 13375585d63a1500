//! Certificates (RFC 5280) and certification requests (RFC 2986) before they are signed. Every
//! field can be set to what no authority would issue, because that is what a defect is.

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use keyproof::Timestamp;

use crate::der::{self, tag};
use crate::keys::{Holder, KeyPair, Scheme};
use crate::{SimulateError, oid};

/// A certificate to be signed.
#[derive(Clone)]
pub(crate) struct CertificateDraft {
    /// The file it is sent in, or `None` if it is not sent.
    pub(crate) file: Option<&'static str>,
    /// What it is, for people.
    pub(crate) what: &'static str,
    /// How often the file holds it.
    pub(crate) copies: usize,
    /// Its version, by the number that is written: 2 for version 3; 0 is not written.
    pub(crate) version: u64,
    /// The serial number, big-endian.
    pub(crate) serial: Vec<u8>,
    /// The issuer's Name, DER.
    pub(crate) issuer: Vec<u8>,
    /// The subject's Name, DER.
    pub(crate) subject: Vec<u8>,
    /// The first and the last instant of validity.
    pub(crate) validity: (Timestamp, Timestamp),
    /// Whose key is certified.
    pub(crate) key: Holder,
    /// Who signs.
    pub(crate) signer: Holder,
    /// How.
    pub(crate) scheme: Scheme,
    /// The extensions, in order.
    pub(crate) extensions: Vec<ExtensionDraft>,
    /// What is done to the encoding.
    pub(crate) damage: Damage,
}

/// keyUsage digitalSignature, as extnValue (RFC 5280 4.2.1.3).
pub(crate) const SIGNS_ALONE: [u8; 4] = [3, 2, 7, 0x80];

/// What is done to an encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Damage {
    /// Nothing.
    None,
    /// One bit of the signature is turned.
    SignatureBit,
    /// One octet follows the end.
    TrailingOctet,
    /// The length of the signed part is not minimal; it is signed so.
    PaddedLength,
}

/// An extension to be written.
#[derive(Clone)]
pub(crate) struct ExtensionDraft {
    oid: String,
    critical: Criticality,
    value: ExtensionValue,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Criticality {
    Critical,
    NonCritical,
    /// Not critical, and written out although DER leaves it out.
    WrittenFalse,
}

#[derive(Clone)]
enum ExtensionValue {
    Octets(Vec<u8>),
    /// The key identifier of the certified key (RFC 5280 4.2.1.2 (1)).
    SubjectKeyIdentifier,
    /// That of the signing key (RFC 5280 4.2.1.1).
    AuthorityKeyIdentifier,
}

impl ExtensionDraft {
    /// A non-critical extension with that extnValue content.
    pub(crate) fn new(oid: &str, octets: impl Into<Vec<u8>>) -> Self {
        Self {
            oid: oid.to_owned(),
            critical: Criticality::NonCritical,
            value: ExtensionValue::Octets(octets.into()),
        }
    }

    /// The same, critical.
    pub(crate) fn critical(oid: &str, octets: impl Into<Vec<u8>>) -> Self {
        Self { critical: Criticality::Critical, ..Self::new(oid, octets) }
    }

    /// The same, not critical, which is written out although DER leaves it out (X.690 11.5).
    pub(crate) fn written_not_critical(oid: &str, octets: impl Into<Vec<u8>>) -> Self {
        Self { critical: Criticality::WrittenFalse, ..Self::new(oid, octets) }
    }

    /// Critical basicConstraints of an authority with that path length.
    pub(crate) fn authority(path_length: u64) -> Self {
        let value = der::sequence(&[der::TRUE, &der::integer(path_length)]);
        Self::critical(oid::BASIC_CONSTRAINTS, value)
    }

    /// The same without a path length.
    pub(crate) fn authority_without_length() -> Self {
        Self::critical(oid::BASIC_CONSTRAINTS, der::sequence(&[der::TRUE]))
    }

    /// Critical keyUsage keyCertSign and cRLSign.
    pub(crate) fn signs_certificates() -> Self {
        Self::critical(oid::KEY_USAGE, [0x03, 2, 1, 0x06])
    }

    /// Critical keyUsage digitalSignature and no other.
    pub(crate) fn signs_alone() -> Self {
        Self::critical(oid::KEY_USAGE, SIGNS_ALONE)
    }

    /// A critical extension that nobody defined.
    pub(crate) fn undefined() -> Self {
        Self::critical(oid::UNDEFINED, der::NULL)
    }

    /// subjectKeyIdentifier.
    pub(crate) fn subject_key_identifier() -> Self {
        Self {
            value: ExtensionValue::SubjectKeyIdentifier,
            ..Self::new(oid::SUBJECT_KEY_IDENTIFIER, [])
        }
    }

    /// authorityKeyIdentifier.
    pub(crate) fn authority_key_identifier() -> Self {
        Self {
            value: ExtensionValue::AuthorityKeyIdentifier,
            ..Self::new(oid::AUTHORITY_KEY_IDENTIFIER, [])
        }
    }

    fn to_der(&self, subject_key: &[u8], issuer_key: &[u8]) -> Vec<u8> {
        let octets = match &self.value {
            ExtensionValue::Octets(octets) => octets.clone(),
            ExtensionValue::SubjectKeyIdentifier => der::octet_string(&key_identifier(subject_key)),
            ExtensionValue::AuthorityKeyIdentifier => {
                // keyIdentifier [0] IMPLICIT OCTET STRING
                der::sequence(&[&der::value(0x80, &key_identifier(issuer_key))])
            }
        };
        let critical: &[u8] = match self.critical {
            Criticality::Critical => der::TRUE,
            Criticality::NonCritical => &[],
            Criticality::WrittenFalse => &[tag::BOOLEAN, 1, 0],
        };
        der::sequence(&[&der::object_identifier(&self.oid), critical, &der::octet_string(&octets)])
    }
}

impl CertificateDraft {
    /// A certificate of `key` signed by `signer`, to be changed at will.
    pub(crate) fn new(
        what: &'static str,
        (issuer, signer): (&str, Holder),
        (subject, key): (&str, Holder),
        validity: (Timestamp, Timestamp),
    ) -> Self {
        Self {
            file: None,
            what,
            copies: 1,
            version: 2,
            serial: serial(&[0x01], what, 16),
            issuer: der::common_name(issuer.as_bytes()),
            subject: der::common_name(subject.as_bytes()),
            validity,
            key,
            signer,
            scheme: Scheme::Usual,
            extensions: Vec::new(),
            damage: Damage::None,
        }
    }

    /// Signs, and is of, the key of another holder.
    pub(crate) fn of_and_by(&mut self, holder: Holder) {
        (self.key, self.signer) = (holder, holder);
    }

    /// Names and signs it as another issuer does.
    pub(crate) fn issued_by(&mut self, name: &str, signer: Holder) {
        self.issuer = der::common_name(name.as_bytes());
        self.signer = signer;
    }

    /// With those extensions.
    pub(crate) fn with(self, extensions: Vec<ExtensionDraft>) -> Self {
        Self { extensions, ..self }
    }

    /// Sent in that file.
    pub(crate) fn in_file(self, name: &'static str) -> Self {
        Self { file: Some(name), ..self }
    }

    /// Sets the subject to one common name.
    pub(crate) fn set_subject(&mut self, name: &str) {
        self.subject = der::common_name(name.as_bytes());
    }

    /// Removes the extension.
    pub(crate) fn remove(&mut self, oid: &str) {
        self.extensions.retain(|extension| extension.oid != oid);
    }

    /// Gives the extension another value, at its place; its criticality stays. An extension that is
    /// not there is put first.
    pub(crate) fn replace(&mut self, oid: &str, octets: impl Into<Vec<u8>>) {
        let octets = octets.into();
        match self.extensions.iter_mut().find(|extension| extension.oid == oid) {
            Some(extension) => extension.value = ExtensionValue::Octets(octets),
            None => self.extensions.insert(0, ExtensionDraft::new(oid, octets)),
        }
    }

    /// Puts the extension behind another one.
    pub(crate) fn insert_after(&mut self, oid: &str, extension: ExtensionDraft) {
        let place = self.extensions.iter().position(|present| present.oid == oid);
        let place = place.map_or(self.extensions.len(), |place| place.saturating_add(1));
        self.extensions.insert(place, extension);
    }

    /// Signs it.
    pub(crate) fn to_der(
        &self,
        subject_key: &KeyPair,
        issuer_key: &KeyPair,
    ) -> Result<Vec<u8>, SimulateError> {
        self.to_der_of(&subject_key.spki(), subject_key.public_octets(), issuer_key)
    }

    /// Signs it for a key that is none of ours: its SubjectPublicKeyInfo, and the octets in it.
    pub(crate) fn to_der_of(
        &self,
        spki: &[u8],
        public_octets: &[u8],
        issuer_key: &KeyPair,
    ) -> Result<Vec<u8>, SimulateError> {
        let algorithm = issuer_key.signature_algorithm(self.scheme)?;
        let (not_before, not_after) = self.validity;
        let extensions: Vec<Vec<u8>> = self
            .extensions
            .iter()
            .map(|extension| extension.to_der(public_octets, issuer_key.public_octets()))
            .collect();
        let extensions = der::sequence(&[&extensions.concat()]);
        let version = der::explicit(0, &der::integer(self.version));
        let parts: &[&[u8]] = &[
            if self.version == 0 { &[] } else { &version },
            &der::unsigned(&self.serial),
            &algorithm,
            &self.issuer,
            &der::sequence(&[&der::time(not_before), &der::time(not_after)]),
            &self.subject,
            spki,
            &if self.extensions.is_empty() { Vec::new() } else { der::explicit(3, &extensions) },
        ];
        signed(parts, self.damage, issuer_key, self.scheme, &algorithm)
    }
}

/// A certification request to be signed.
#[derive(Clone)]
pub(crate) struct RequestDraft {
    /// What is sent.
    pub(crate) form: RequestForm,
    /// The version number; PKCS #10 defines 0 alone.
    pub(crate) version: u64,
    /// The subject's Name, DER.
    pub(crate) subject: Vec<u8>,
    /// Whose key is to be certified.
    pub(crate) key: Holder,
    /// Who signs.
    pub(crate) signer: Holder,
    /// How.
    pub(crate) scheme: Scheme,
    /// Whose signature algorithm is written, if not the signer's own.
    pub(crate) algorithm: Option<Vec<u8>>,
    /// The attributes, or `None` to leave the field out.
    pub(crate) attributes: Option<Vec<Vec<u8>>>,
    /// What is done to the encoding.
    pub(crate) damage: Damage,
}

/// What is sent as the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RequestForm {
    /// A certification request.
    Request,
    /// The same under the PEM label of a certificate.
    Mislabelled,
    /// The public key alone.
    PublicKey,
    /// Nothing.
    Nothing,
}

impl RequestDraft {
    /// A request for the key of `holder`, signed by it.
    pub(crate) fn new(subject: &[u8], holder: Holder, scheme: Scheme) -> Self {
        Self {
            form: RequestForm::Request,
            version: 0,
            subject: der::common_name(subject),
            key: holder,
            signer: holder,
            scheme,
            algorithm: None,
            attributes: Some(Vec::new()),
            damage: Damage::None,
        }
    }

    /// Is for a key in software, and signed by it.
    pub(crate) fn of_software(&mut self) {
        (self.key, self.signer) = (Holder::Software, Holder::Software);
    }

    /// Signs it.
    pub(crate) fn to_der(
        &self,
        subject_key: &KeyPair,
        signer: &KeyPair,
    ) -> Result<Vec<u8>, SimulateError> {
        let algorithm = match &self.algorithm {
            Some(algorithm) => algorithm.clone(),
            None => signer.signature_algorithm(self.scheme)?,
        };
        let attributes = self.attributes.as_ref().map(|attributes| {
            let mut attributes = attributes.clone();
            attributes.sort();
            der::explicit(0, &attributes.concat())
        });
        let parts: &[&[u8]] = &[
            &der::integer(self.version),
            &self.subject,
            &subject_key.spki(),
            &attributes.unwrap_or_default(),
        ];
        signed(parts, self.damage, signer, self.scheme, &algorithm)
    }
}

/// An extensionRequest attribute (RFC 2985 5.4.2) that asks for digitalSignature.
pub(crate) fn extension_request() -> Vec<u8> {
    let extensions = der::sequence(&[&ExtensionDraft::signs_alone().to_der(&[], &[])]);
    let kind = der::object_identifier(oid::EXTENSION_REQUEST);
    der::sequence(&[&kind, &der::set(vec![extensions])])
}

/// A serial number of `length` octets that begins with `prefix`; the rest follows from `label`, so
/// that the same case has the same serial numbers.
pub(crate) fn serial(prefix: &[u8], label: &str, length: usize) -> Vec<u8> {
    let rest = length.saturating_sub(prefix.len());
    prefix.iter().chain(sha256(label.as_bytes()).iter().take(rest)).copied().collect()
}

/// SEQUENCE { signed part, algorithm, signature }, the form of certificates and requests alike.
fn signed(
    parts: &[&[u8]],
    damage: Damage,
    signer: &KeyPair,
    scheme: Scheme,
    algorithm: &[u8],
) -> Result<Vec<u8>, SimulateError> {
    let message = match damage {
        Damage::PaddedLength => der::padded_sequence(parts),
        _ => der::sequence(parts),
    };
    let mut signature = signer.sign(scheme, &message)?;
    if damage == Damage::SignatureBit
        && let Some(last) = signature.last_mut()
    {
        *last ^= 1;
    }
    let mut whole = der::sequence(&[&message, algorithm, &der::bit_string(&signature)]);
    if damage == Damage::TrailingOctet {
        whole.push(0);
    }
    Ok(whole)
}

/// SHA-256.
pub(crate) fn sha256(octets: &[u8]) -> [u8; 32] {
    digest::digest(&digest::SHA256, octets).as_ref().try_into().unwrap_or_default()
}

/// Octets in hexadecimal digits.
pub(crate) fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// One PEM block (RFC 7468 2).
pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: String =
        text.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line) + "\n").collect();
    format!("-----BEGIN {label}-----\n{lines}-----END {label}-----\n")
}

/// SHA-1 of the subjectPublicKey octets (RFC 5280 4.2.1.2 (1)).
fn key_identifier(public_octets: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, public_octets).as_ref().to_vec()
}
