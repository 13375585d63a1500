//! X.509 certificates (RFC 5280 4.1) as data: strictly parsed, nothing verified.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use super::der::{DerError, DerFault, Reader, Strict, Time, tag};
use super::hex::Sha256;
use super::name::{Name, NameError};
use super::oid::{self, Oid};
use crate::reason::{Reason, ReasonCode};

/// Extensions in one certificate or request. The most seen in a genuine one is 11.
const MAX_EXTENSIONS: usize = 64;

/// Serial numbers have at most 20 octets (RFC 5280 4.1.2.2), and DER may add a sign octet.
const MAX_SERIAL_OCTETS: usize = 21;

/// A certificate, parsed but not verified. A clone is the same one, not read again.
#[derive(Clone, Debug)]
pub struct Certificate(Arc<Parts>);

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der() == other.der()
    }
}

impl Eq for Certificate {}

#[derive(Debug)]
struct Parts {
    der: Vec<u8>,
    sha256: Sha256,
    tbs: Range<usize>,
    signature_algorithm: Range<usize>,
    signature: Range<usize>,
    serial: Range<usize>,
    issuer: Name,
    subject: Name,
    not_before: Time,
    not_after: Time,
    validity_der: Range<usize>,
    subject_public_key_info: Range<usize>,
    spki_sha256: OnceLock<Sha256>,
    extensions: Vec<Extension>,
    basic_constraints: Option<BasicConstraints>,
    key_usage: Option<KeyUsage>,
}

/// What DER forbids, and the genuine certificates of one format have, which names it. It changes no
/// meaning: each says what the strict form would.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leniency {
    /// `critical FALSE` is written out in extensions below that arc (X.690 11.5).
    CriticalFalseBelow(Oid<'static>),
    /// `cA FALSE` is written out in basicConstraints (X.690 11.5).
    WrittenCaFalse,
    /// The bits of keyUsage end in zeros (X.690 11.2.2).
    KeyUsageEndsInZeros,
}

/// A certificate, request or other signed object cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum X509Error {
    /// Not DER, or not the structure of the standard.
    Der(DerError),
    /// The same extension twice; the content octets of its identifier.
    DuplicateExtension(Vec<u8>),
    /// A name that is not text in the encoding it claims.
    NameEncoding,
    /// The version is not one that the standard defines, or is written out where it is the default.
    Version,
    /// The signature algorithms inside and outside the signed part differ (RFC 5280 4.1.1.2).
    AlgorithmMismatch,
}

impl X509Error {
    /// The reason in the vocabulary of results; `object` says what could not be read.
    pub fn reason(&self, object: &str) -> Reason {
        match self {
            Self::Der(DerError { offset, fault }) => {
                let code = match fault {
                    DerFault::TooDeep => ReasonCode::InputTooDeep,
                    _ => ReasonCode::InputDer,
                };
                Reason::new(code).with("fault", fault.describe()).with("offset", offset.to_string())
            }
            Self::DuplicateExtension(oid) => Reason::new(ReasonCode::InputDuplicateExtension)
                .with("extension", Oid::from_content(oid).to_string()),
            Self::NameEncoding => ReasonCode::TextEncoding.into(),
            Self::Version => Reason::new(ReasonCode::InputDer)
                .with("fault", "a version that does not exist, or does not have extensions"),
            Self::AlgorithmMismatch => Reason::new(ReasonCode::InputDer)
                .with("fault", "different signature algorithms inside and outside the signed part"),
        }
        .with("object", object)
    }
}

impl From<DerError> for X509Error {
    fn from(error: DerError) -> Self {
        Self::Der(error)
    }
}

impl From<NameError> for X509Error {
    fn from(error: NameError) -> Self {
        match error {
            NameError::Der(error) => Self::Der(error),
            NameError::Encoding => Self::NameEncoding,
        }
    }
}

/// One extension, its value unread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// The content octets of the identifier, then those of extnValue.
    octets: Vec<u8>,
    oid_length: usize,
    critical: bool,
}

impl Extension {
    /// Its identifier.
    pub fn oid(&self) -> Oid<'_> {
        Oid::from_content(self.octets.get(..self.oid_length).unwrap_or_default())
    }

    /// Whether a reader that does not know it must refuse the certificate.
    pub fn is_critical(&self) -> bool {
        self.critical
    }

    /// The content of extnValue.
    pub fn value(&self) -> &[u8] {
        self.octets.get(self.oid_length..).unwrap_or_default()
    }

    /// Takes `Extensions` (RFC 5280 4.1): the SEQUENCE of at least one extension, none twice.
    pub fn read_all(reader: &mut Reader<'_>) -> Result<Vec<Self>, X509Error> {
        Self::read_all_leniently(reader, &[])
    }

    /// The same with those leniencies.
    fn read_all_leniently(
        reader: &mut Reader<'_>,
        leniencies: &[Leniency],
    ) -> Result<Vec<Self>, X509Error> {
        reader.nested(tag::SEQUENCE, |list| {
            let mut extensions: Vec<Self> = Vec::new();
            loop {
                let too_many = list.fault(DerFault::Unexpected);
                let extension = Self::read(list, leniencies)?;
                if extensions.iter().any(|known| known.oid() == extension.oid()) {
                    let oid = extension.oid().content().to_vec();
                    return Err(X509Error::DuplicateExtension(oid));
                }
                extensions.push(extension);
                if extensions.len() > MAX_EXTENSIONS {
                    return Err(too_many.into());
                }
                if list.is_empty() {
                    return Ok(extensions);
                }
            }
        })
    }

    fn read(list: &mut Reader<'_>, leniencies: &[Leniency]) -> Result<Self, DerError> {
        let written_default = list.fault(DerFault::Boolean);
        list.nested(tag::SEQUENCE, |fields| {
            let oid = fields.oid()?;
            let critical = match fields.optional(tag::BOOLEAN)? {
                None => false,
                Some([0xff]) => true,
                // FALSE is the default, and DER leaves defaults out (X.690 11.5).
                Some(_) if leniencies.iter().any(|it| it.allows_critical_false(oid)) => false,
                Some(_) => return Err(written_default),
            };
            let octets = [oid.content(), fields.expect(tag::OCTET_STRING)?].concat();
            Ok(Self { octets, oid_length: oid.content().len(), critical })
        })
    }
}

impl Leniency {
    fn allows_critical_false(self, extension: Oid<'_>) -> bool {
        match self {
            Self::CriticalFalseBelow(arc) => extension != arc && extension.starts_with(arc),
            Self::WrittenCaFalse | Self::KeyUsageEndsInZeros => false,
        }
    }
}

/// basicConstraints (RFC 5280 4.2.1.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BasicConstraints {
    /// The subject may issue certificates.
    pub is_ca: bool,
    /// How many issuers may stand between this one and the last certificate of the path.
    pub path_length: Option<u64>,
}

impl BasicConstraints {
    fn from_der(der: &[u8], leniencies: &[Leniency]) -> Result<Self, DerError> {
        let read = |fields: &mut Reader<'_>| {
            let is_ca = match fields.optional(tag::BOOLEAN)? {
                None => false,
                Some([0xff]) => true,
                Some(_) if leniencies.contains(&Leniency::WrittenCaFalse) => false,
                Some(_) => return Err(DerError { offset: 0, fault: DerFault::Boolean }),
            };
            let path_length = if fields.is_empty() { None } else { Some(fields.u64()?) };
            Ok(Self { is_ca, path_length })
        };
        Reader::whole(der, |reader| reader.nested(tag::SEQUENCE, read))
    }
}

/// keyUsage (RFC 5280 4.2.1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyUsage {
    /// keyCertSign, bit 5.
    pub key_cert_sign: bool,
    /// The octets of the BIT STRING, the first one high: digitalSignature, bit 0, is 8000.
    pub bits: u16,
}

/// The bits of keyUsage by name, as [`KeyUsage::bits`] holds them.
pub mod key_usage {
    #![allow(missing_docs, reason = "named as in RFC 5280 4.2.1.3")]
    pub const DIGITAL_SIGNATURE: u16 = 0x8000;
    pub const NON_REPUDIATION: u16 = 0x4000;
    pub const KEY_ENCIPHERMENT: u16 = 0x2000;
    pub const DATA_ENCIPHERMENT: u16 = 0x1000;
    pub const KEY_AGREEMENT: u16 = 0x0800;
    pub const KEY_CERT_SIGN: u16 = 0x0400;
    pub const CRL_SIGN: u16 = 0x0200;
}

impl KeyUsage {
    fn from_der(der: &[u8], leniencies: &[Leniency]) -> Result<Self, DerError> {
        let may_end_in_zeros = leniencies.contains(&Leniency::KeyUsageEndsInZeros);
        let content = Reader::whole(der, |reader| reader.expect(tag::BIT_STRING))?;
        // A named bit list without any bit says nothing (RFC 5280 4.2.1.3), and DER drops trailing zero bits (X.690 11.2.2).
        match content {
            [unused, first, rest @ ..] if rest.len() <= 1 => {
                let last = rest.first().unwrap_or(first);
                // The strict walker has seen that the unused bits are zero.
                let minimal = last.trailing_zeros() == u32::from(*unused);
                if !minimal && (!may_end_in_zeros || *last == 0) {
                    return Err(DerError { offset: 0, fault: DerFault::BitString });
                }
                let second = rest.first().copied().unwrap_or_default();
                Ok(Self {
                    key_cert_sign: first & 0x04 != 0,
                    bits: u16::from_be_bytes([*first, second]),
                })
            }
            _ => Err(DerError { offset: 0, fault: DerFault::BitString }),
        }
    }
}

impl Certificate {
    /// Parses exactly one certificate in strict DER.
    pub fn from_der(bytes: &[u8]) -> Result<Self, X509Error> {
        Self::from_strict(Strict::check(bytes)?)
    }

    /// The same for bytes that are known to be strict DER.
    pub fn from_strict(der: Strict<'_>) -> Result<Self, X509Error> {
        Self::from_strict_leniently(der, &[])
    }

    /// The same with those leniencies.
    pub fn from_strict_leniently(
        der: Strict<'_>,
        leniencies: &[Leniency],
    ) -> Result<Self, X509Error> {
        let bytes = der.bytes();
        #[cfg(test)]
        super::tally::note("parse", bytes);
        let (tbs, signature_algorithm, signature) = Reader::whole(bytes, |outer| {
            outer.nested(tag::SEQUENCE, |fields| {
                let (_, _, tbs) = fields.any()?;
                Ok::<_, X509Error>((
                    tbs,
                    fields.expect(tag::SEQUENCE)?,
                    fields.octet_aligned_bits()?,
                ))
            })
        })?;
        let signed = Reader::whole(tbs, |outer| {
            outer.nested(tag::SEQUENCE, |fields| ToBeSigned::read(fields, leniencies))
        })?;
        if signed.signature_algorithm != signature_algorithm {
            return Err(X509Error::AlgorithmMismatch);
        }

        let value = |oid: Oid<'_>| {
            let mut extensions = signed.extensions.iter();
            extensions.find(|extension| extension.oid() == oid).map(Extension::value)
        };
        let basic_constraints = value(oid::BASIC_CONSTRAINTS)
            .map(|value| BasicConstraints::from_der(value, leniencies))
            .transpose()?;
        let key_usage =
            value(oid::KEY_USAGE).map(|value| KeyUsage::from_der(value, leniencies)).transpose()?;
        value(oid::EXTENDED_KEY_USAGE).map(read_extended_key_usage).transpose()?;

        let part = |part: &[u8]| {
            let start = part.as_ptr().addr().saturating_sub(bytes.as_ptr().addr());
            start..start.saturating_add(part.len())
        };
        Ok(Self(Arc::new(Parts {
            der: bytes.to_vec(),
            sha256: Sha256::of(bytes),
            tbs: part(tbs),
            signature_algorithm: part(signature_algorithm),
            signature: part(signature),
            serial: part(signed.serial),
            issuer: signed.issuer,
            subject: signed.subject,
            not_before: signed.validity.0,
            not_after: signed.validity.1,
            validity_der: part(signed.validity_der),
            subject_public_key_info: part(signed.subject_public_key_info),
            spki_sha256: OnceLock::new(),
            extensions: signed.extensions,
            basic_constraints,
            key_usage,
        })))
    }

    /// The whole certificate.
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// SHA-256 of the whole certificate.
    pub fn sha256(&self) -> Sha256 {
        self.0.sha256
    }

    /// The signed part.
    pub fn tbs(&self) -> &[u8] {
        self.part(&self.0.tbs)
    }

    /// The content of the signature's AlgorithmIdentifier; inside and outside are the same.
    pub fn signature_algorithm(&self) -> &[u8] {
        self.part(&self.0.signature_algorithm)
    }

    /// The signature.
    pub fn signature(&self) -> &[u8] {
        self.part(&self.0.signature)
    }

    /// The serial number as it is encoded, with its sign octet.
    pub fn serial(&self) -> &[u8] {
        self.part(&self.0.serial)
    }

    /// The issuer's name.
    pub fn issuer(&self) -> &Name {
        &self.0.issuer
    }

    /// The subject's name.
    pub fn subject(&self) -> &Name {
        &self.0.subject
    }

    /// The first instant of validity.
    pub fn not_before(&self) -> Time {
        self.0.not_before
    }

    /// The last instant of validity, included.
    pub fn not_after(&self) -> Time {
        self.0.not_after
    }

    /// The Validity as it is encoded.
    pub fn validity_der(&self) -> &[u8] {
        self.part(&self.0.validity_der)
    }

    /// The SubjectPublicKeyInfo as it is encoded; the key in it is not yet read.
    pub fn subject_public_key_info(&self) -> &[u8] {
        self.part(&self.0.subject_public_key_info)
    }

    /// SHA-256 of the SubjectPublicKeyInfo as it is encoded.
    pub fn spki_sha256(&self) -> Sha256 {
        *self.0.spki_sha256.get_or_init(|| Sha256::of(self.subject_public_key_info()))
    }

    /// The extensions, none twice.
    pub fn extensions(&self) -> &[Extension] {
        &self.0.extensions
    }

    /// The extension of that identifier.
    pub fn extension(&self, oid: Oid<'_>) -> Option<&Extension> {
        self.0.extensions.iter().find(|extension| extension.oid() == oid)
    }

    /// basicConstraints, if present.
    pub fn basic_constraints(&self) -> Option<BasicConstraints> {
        self.0.basic_constraints
    }

    /// keyUsage, if present.
    pub fn key_usage(&self) -> Option<KeyUsage> {
        self.0.key_usage
    }

    /// The purposes of extKeyUsage; none if it is not there.
    pub fn extended_key_usage(&self) -> Vec<Oid<'_>> {
        let extension = self.extension(oid::EXTENDED_KEY_USAGE);
        extension
            .and_then(|extension| read_extended_key_usage(extension.value()).ok())
            .unwrap_or_default()
    }

    fn part(&self, range: &Range<usize>) -> &[u8] {
        self.0.der.get(range.clone()).unwrap_or_default()
    }

    /// Subject and issuer are the same name.
    pub fn is_self_issued(&self) -> bool {
        self.0.issuer == self.0.subject
    }
}

/// TBSCertificate (RFC 5280 4.1.2).
struct ToBeSigned<'a> {
    serial: &'a [u8],
    signature_algorithm: &'a [u8],
    issuer: Name,
    validity: (Time, Time),
    validity_der: &'a [u8],
    subject: Name,
    subject_public_key_info: &'a [u8],
    extensions: Vec<Extension>,
}

impl<'a> ToBeSigned<'a> {
    fn read(fields: &mut Reader<'a>, leniencies: &[Leniency]) -> Result<Self, X509Error> {
        let version = read_version(fields)?;
        let serial = fields.expect(tag::INTEGER)?;
        if serial.len() > MAX_SERIAL_OCTETS {
            return Err(fields.fault(DerFault::Integer).into());
        }
        let signature_algorithm = fields.expect(tag::SEQUENCE)?;
        let issuer = Name::read(fields)?;
        let (_, _, validity_der) = fields.ahead()?;
        let validity = fields.nested(tag::SEQUENCE, |validity| {
            Ok::<_, DerError>((validity.time()?, validity.time()?))
        })?;
        let subject = Name::read(fields)?;
        let (_, _, subject_public_key_info) = fields.ahead()?;
        fields.expect(tag::SEQUENCE)?;
        let extensions = match version {
            Version::V3 => fields.optionally(tag::CONTEXT_3, |explicit| {
                Extension::read_all_leniently(explicit, leniencies)
            })?,
            Version::V1 | Version::V2 if fields.peek() == Some(tag::CONTEXT_3) => {
                return Err(X509Error::Version);
            }
            Version::V1 | Version::V2 => None,
        };
        Ok(Self {
            serial,
            signature_algorithm,
            issuer,
            validity,
            validity_der,
            subject,
            subject_public_key_info,
            extensions: extensions.unwrap_or_default(),
        })
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Version {
    V1,
    V2,
    V3,
}

fn read_version(fields: &mut Reader<'_>) -> Result<Version, X509Error> {
    match fields.optionally(tag::CONTEXT_0, Reader::u64)? {
        None => Ok(Version::V1),
        Some(1) => Ok(Version::V2),
        Some(2) => Ok(Version::V3),
        // 0 is the default, and DER leaves defaults out (X.690 11.5).
        Some(_) => Err(X509Error::Version),
    }
}

/// extKeyUsage is a SEQUENCE of at least one identifier (RFC 5280 4.2.1.12). A malformed one is
/// refused even where nothing is decided by it.
fn read_extended_key_usage(der: &[u8]) -> Result<Vec<Oid<'_>>, DerError> {
    Reader::whole(der, |reader| {
        reader.nested(tag::SEQUENCE, |purposes| {
            let mut found = vec![purposes.oid()?];
            found.extend(purposes.each(Reader::oid)?);
            Ok(found)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::{BasicConstraints, Extension, KeyUsage, Leniency};
    use crate::encoding::der::Reader;
    use crate::encoding::oid;
    use crate::oid;

    #[test]
    fn basic_constraints_refuse_a_written_default_and_a_negative_length() {
        let read = |der: &[u8]| BasicConstraints::from_der(der, &[]);
        assert_eq!(read(&[0x30, 0]).unwrap(), BasicConstraints { is_ca: false, path_length: None });
        let ca = BasicConstraints { is_ca: true, path_length: Some(0) };
        assert_eq!(read(&[0x30, 6, 1, 1, 0xff, 2, 1, 0]).unwrap(), ca);
        assert!(read(&[0x30, 3, 1, 1, 0]).is_err());
        assert!(read(&[0x30, 6, 1, 1, 0xff, 2, 1, 0xff]).is_err());
    }

    #[test]
    fn key_usage_refuses_an_empty_and_a_padded_list() {
        let read = |der: &[u8]| KeyUsage::from_der(der, &[]);
        assert!(read(&[3, 2, 1, 0x06]).unwrap().key_cert_sign);
        assert!(!read(&[3, 2, 7, 0x80]).unwrap().key_cert_sign);
        assert!(read(&[3, 1, 0]).is_err());
        assert!(read(&[3, 2, 0, 0x06]).is_err());
        assert_eq!(read(&[3, 3, 7, 0x80, 0x80]).unwrap().bits, 0x8080);
    }

    #[test]
    fn key_usage_may_end_in_zeros_where_that_is_named() {
        let read = |der: &[u8]| KeyUsage::from_der(der, &[Leniency::KeyUsageEndsInZeros]);
        assert_eq!(read(&[3, 2, 1, 0x80]).unwrap(), read(&[3, 2, 7, 0x80]).unwrap());
        assert!(KeyUsage::from_der(&[3, 2, 1, 0x80], &[Leniency::WrittenCaFalse]).is_err());
        for empty in [&[3, 1, 0][..], &[3, 2, 1, 0], &[3, 2, 0, 0]] {
            assert!(read(empty).is_err(), "{empty:?}");
        }
    }

    #[test]
    fn a_written_default_is_read_where_that_is_named_and_nowhere_else() {
        let arc = oid::CERTIFICATE_EXTENSION;
        let below = Leniency::CriticalFalseBelow(arc);
        let other = Leniency::CriticalFalseBelow(oid!(1.2.3));
        // Extension 2.5.29.1, critical FALSE, an empty value.
        let der = [0x30, 12, 0x30, 10, 6, 3, 0x55, 0x1d, 1, 1, 1, 0, 4, 0];
        let read = |leniencies: &[Leniency]| {
            Reader::whole(&der, |reader| Extension::read_all_leniently(reader, leniencies))
        };
        assert!(!read(&[other, below]).unwrap()[0].is_critical());
        for leniencies in [&[][..], &[other], &[Leniency::WrittenCaFalse]] {
            assert!(read(leniencies).is_err(), "{leniencies:?}");
        }
        let no_authority = [0x30, 3, 1, 1, 0];
        let read = |leniencies: &[_]| BasicConstraints::from_der(&no_authority, leniencies);
        assert!(!read(&[Leniency::WrittenCaFalse]).unwrap().is_ca);
        assert!(read(&[below]).is_err());
    }
}
