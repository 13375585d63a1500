//! Card-verifiable certificates and requests as data: BER-TLV in its one form (BSI TR-03110-3
//! appendix C and D; the profile of the SmartCard-HSM), strictly parsed, nothing verified.
//!
//! Lengths are definite and minimal, every element stands in its place and once, and nothing follows.

use super::der::tag as universal;
use super::oid::Oid;
use crate::oid;
use crate::reason::{Reason, ReasonCode};
use crate::time::Timestamp;

/// Tags (BSI TR-03110-3 D.2).
pub mod tag {
    #![allow(missing_docs, reason = "named as in TR-03110-3")]
    pub const CERTIFICATION_AUTHORITY_REFERENCE: u16 = 0x42;
    pub const DISCRETIONARY_DATA: u16 = 0x53;
    pub const EXTENSIONS: u16 = 0x65;
    pub const AUTHENTICATION: u16 = 0x67;
    pub const DISCRETIONARY_DATA_TEMPLATE: u16 = 0x73;
    pub const HOLDER_REFERENCE: u16 = 0x5f20;
    pub const EXPIRATION_DATE: u16 = 0x5f24;
    pub const EFFECTIVE_DATE: u16 = 0x5f25;
    pub const PROFILE_IDENTIFIER: u16 = 0x5f29;
    pub const SIGNATURE: u16 = 0x5f37;
    pub const CERTIFICATE: u16 = 0x7f21;
    pub const PUBLIC_KEY: u16 = 0x7f49;
    pub const HOLDER_AUTHORIZATION_TEMPLATE: u16 = 0x7f4c;
    pub const BODY: u16 = 0x7f4e;
}

/// One card-verifiable object, by its outer shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CardVerifiable<'a> {
    /// A certificate.
    Certificate(CvCertificate<'a>),
    /// A request that nothing but its own key signed.
    Request(CvRequest<'a>),
    /// A request that another key countersigned.
    AuthenticatedRequest(AuthenticatedRequest<'a>),
}

/// A certificate (TR-03110-3 C.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CvCertificate<'a> {
    /// The whole of it.
    pub whole: &'a [u8],
    /// The signed part, tag and length included.
    pub body: &'a [u8],
    /// Who signed it.
    pub authority: &'a str,
    /// The certified key.
    pub public_key: CvPublicKey<'a>,
    /// Whose key it is.
    pub holder: &'a str,
    /// The terminal type of the authorization template.
    pub role: Oid<'a>,
    /// The authorization itself.
    pub authorization: &'a [u8],
    /// The first and the last second of its validity; dates are whole days, both included.
    pub valid: (Timestamp, Timestamp),
    /// Its extensions.
    pub extensions: Vec<CvExtension<'a>>,
    /// The signature of the authority.
    pub signature: &'a [u8],
}

/// A request (TR-03110-3 C.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CvRequest<'a> {
    /// The whole of it.
    pub whole: &'a [u8],
    /// The signed part, tag and length included.
    pub body: &'a [u8],
    /// Whom it is meant for, if it says so.
    pub authority: Option<&'a str>,
    /// The key.
    pub public_key: CvPublicKey<'a>,
    /// The name that is asked for.
    pub holder: &'a str,
    /// Its extensions.
    pub extensions: Vec<CvExtension<'a>>,
    /// The signature by the key itself.
    pub signature: &'a [u8],
}

/// An authenticated request (TR-03110-3 C.2.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthenticatedRequest<'a> {
    /// The whole of it.
    pub whole: &'a [u8],
    /// The request.
    pub request: CvRequest<'a>,
    /// Who countersigned it.
    pub authority: &'a str,
    /// What was countersigned: the request and the reference to the signer.
    pub signed: &'a [u8],
    /// The signature of the signer.
    pub signature: &'a [u8],
}

/// A public key (TR-03110-3 D.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CvPublicKey<'a> {
    /// id-TA-ECDSA.
    Ec {
        /// The last arc of the algorithm: the hash for signatures by this key.
        algorithm: u8,
        /// The domain parameters, if they are written out.
        domain: Option<CvDomain<'a>>,
        /// The point, uncompressed.
        point: &'a [u8],
    },
    /// id-TA-RSA.
    Rsa {
        /// The last arc of the algorithm: padding and hash for signatures by this key.
        algorithm: u8,
        /// The modulus.
        modulus: &'a [u8],
        /// The public exponent.
        exponent: &'a [u8],
    },
}

/// The domain parameters of a curve over a prime field, big-endian (TR-03110-3 D.3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CvDomain<'a> {
    /// The prime of the field.
    pub prime: &'a [u8],
    /// The first coefficient.
    pub a: &'a [u8],
    /// The second coefficient.
    pub b: &'a [u8],
    /// The base point, uncompressed.
    pub generator: &'a [u8],
    /// The order of the base point.
    pub order: &'a [u8],
    /// The cofactor.
    pub cofactor: &'a [u8],
}

/// An extension: a discretionary data template, its values unread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CvExtension<'a> {
    /// Its identifier.
    pub oid: Oid<'a>,
    /// What follows the identifier.
    pub value: &'a [u8],
}

/// Bytes are no card-verifiable object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CvcError {
    /// Offset of the offending tag within the bytes that were read.
    pub offset: usize,
    /// What is wrong there.
    pub fault: CvcFault,
}

/// What a card-verifiable object may not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CvcFault {
    /// An algorithm other than id-TA-RSA and id-TA-ECDSA.
    Algorithm,
    /// A date that is not six digits, an octet each, or that no calendar has.
    Date,
    /// A length that is indefinite, not minimal, or beyond 65535.
    Length,
    /// A number that is empty or has a leading zero where it must not.
    Number,
    /// Another profile than 0.
    Profile,
    /// A name that is not 8 to 16 printable characters.
    Reference,
    /// Bytes after the end.
    TrailingData,
    /// The bytes end too early.
    Truncated,
    /// Another element than belongs there.
    Unexpected,
}

impl CvcFault {
    /// The fault in words.
    pub const fn describe(self) -> &'static str {
        match self {
            Self::Algorithm => "a key of an algorithm that is not read",
            Self::Date => "a date that is none",
            Self::Length => "a length that is indefinite or not minimal",
            Self::Number => "a number that is empty or padded",
            Self::Profile => "a profile that does not exist",
            Self::Reference => "a name that is not 8 to 16 printable characters",
            Self::TrailingData => "bytes after the end",
            Self::Truncated => "an element that ends too early",
            Self::Unexpected => "another element than belongs there",
        }
    }
}

impl CvcError {
    /// The reason in the vocabulary of results.
    pub fn reason(self) -> Reason {
        let code = match self.fault {
            CvcFault::TrailingData => ReasonCode::InputTrailingData,
            _ => ReasonCode::InputTlv,
        };
        Reason::new(code)
            .with("fault", self.fault.describe())
            .with("offset", self.offset.to_string())
    }
}

impl<'a> CardVerifiable<'a> {
    /// Reads `bytes`, which must be one object and nothing else.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, CvcError> {
        let outer = TlvReader::whole(bytes, TlvReader::any)?;
        match outer.tag {
            tag::AUTHENTICATION => authenticated(&outer).map(Self::AuthenticatedRequest),
            tag::CERTIFICATE => signed(&outer),
            _ => Err(outer.wrong(CvcFault::Unexpected)),
        }
    }

    /// The whole of it.
    pub fn whole(&self) -> &'a [u8] {
        match self {
            Self::Certificate(certificate) => certificate.whole,
            Self::Request(request) => request.whole,
            Self::AuthenticatedRequest(request) => request.whole,
        }
    }
}

fn authenticated<'a>(outer: &Tlv<'a>) -> Result<AuthenticatedRequest<'a>, CvcError> {
    let (inner, authority, signature) = outer.elements(|elements| {
        let inner = elements.expect(tag::CERTIFICATE)?;
        let authority = elements.expect(tag::CERTIFICATION_AUTHORITY_REFERENCE)?;
        Ok((inner, authority, elements.expect(tag::SIGNATURE)?))
    })?;
    let CardVerifiable::Request(request) = signed(&inner)? else {
        return Err(inner.wrong(CvcFault::Unexpected));
    };
    let length = inner.whole.len() + authority.whole.len();
    Ok(AuthenticatedRequest {
        whole: outer.whole,
        request,
        authority: authority.reference()?,
        signed: outer.content.get(..length).unwrap_or_default(),
        signature: signature.content,
    })
}

/// A certificate, or a request, which has neither authorization nor dates.
fn signed<'a>(outer: &Tlv<'a>) -> Result<CardVerifiable<'a>, CvcError> {
    let (body, signature) = outer
        .elements(|elements| Ok((elements.expect(tag::BODY)?, elements.expect(tag::SIGNATURE)?)))?;
    body.elements(|fields| signed_fields(outer, &body, &signature, fields))
}

fn signed_fields<'a>(
    outer: &Tlv<'a>,
    body: &Tlv<'a>,
    signature: &Tlv<'a>,
    fields: &mut TlvReader<'a>,
) -> Result<CardVerifiable<'a>, CvcError> {
    let profile = fields.expect(tag::PROFILE_IDENTIFIER)?;
    if profile.content != [0] {
        return Err(profile.wrong(CvcFault::Profile));
    }
    let authority = fields.optional(tag::CERTIFICATION_AUTHORITY_REFERENCE)?;
    let authority_name = authority.as_ref().map(Tlv::reference).transpose()?;
    let public_key = public_key(&fields.expect(tag::PUBLIC_KEY)?)?;
    let holder = fields.expect(tag::HOLDER_REFERENCE)?.reference()?;
    let authorization = fields.optional(tag::HOLDER_AUTHORIZATION_TEMPLATE)?;
    let Some(authorization) = authorization else {
        let extensions = extensions(fields)?;
        return Ok(CardVerifiable::Request(CvRequest {
            whole: outer.whole,
            body: body.whole,
            authority: authority_name,
            public_key,
            holder,
            extensions,
            signature: signature.content,
        }));
    };
    let (role, bits) = authorization
        .elements(|template| Ok((template.oid()?, template.expect(tag::DISCRETIONARY_DATA)?)))?;
    let effective = fields.expect(tag::EFFECTIVE_DATE)?.date("00:00:00")?;
    let expiration = fields.expect(tag::EXPIRATION_DATE)?.date("23:59:59")?;
    let extensions = extensions(fields)?;
    // A certificate without an authority leads nowhere.
    let authority = authority_name.ok_or_else(|| body.wrong(CvcFault::Unexpected))?;
    Ok(CardVerifiable::Certificate(CvCertificate {
        whole: outer.whole,
        body: body.whole,
        authority,
        public_key,
        holder,
        role,
        authorization: bits.content,
        valid: (effective, expiration),
        extensions,
        signature: signature.content,
    }))
}

/// id-TA-RSA, 0.4.0.127.0.7.2.2.2.1, and id-TA-ECDSA, 0.4.0.127.0.7.2.2.2.2 (TR-03110-3 A.6.4).
const TA_RSA: Oid<'_> = oid!(0.4.0.127.0.7.2.2.2.1);
const TA_ECDSA: Oid<'_> = oid!(0.4.0.127.0.7.2.2.2.2);

fn public_key<'a>(outer: &Tlv<'a>) -> Result<CvPublicKey<'a>, CvcError> {
    outer.elements(|fields| public_key_fields(outer, fields))
}

fn public_key_fields<'a>(
    outer: &Tlv<'a>,
    fields: &mut TlvReader<'a>,
) -> Result<CvPublicKey<'a>, CvcError> {
    let algorithm = fields.oid()?;
    if let Some(algorithm) = algorithm.arc_below(TA_RSA) {
        let modulus = fields.expect(0x81)?.number()?;
        let exponent = fields.expect(0x82)?.number()?;
        Ok(CvPublicKey::Rsa { algorithm, modulus, exponent })
    } else if let Some(algorithm) = algorithm.arc_below(TA_ECDSA) {
        // All of the domain parameters or none; the point stands between order and cofactor.
        let domain = match fields.optional(0x81)? {
            None => None,
            Some(prime) => Some([
                prime,
                fields.expect(0x82)?,
                fields.expect(0x83)?,
                fields.expect(0x84)?,
                fields.expect(0x85)?,
            ]),
        };
        let point = fields.expect(0x86)?.content;
        let domain = match domain {
            None => None,
            Some(parameters) => {
                let [prime, a, b, generator, order] = parameters.map(|it| it.content);
                let cofactor = fields.expect(0x87)?.content;
                Some(CvDomain { prime, a, b, generator, order, cofactor })
            }
        };
        Ok(CvPublicKey::Ec { algorithm, domain, point })
    } else {
        Err(outer.wrong(CvcFault::Algorithm))
    }
}

/// Extensions, which may be an empty element: a genuine authority's certificate (DEDINK04) has one.
fn extensions<'a>(fields: &mut TlvReader<'a>) -> Result<Vec<CvExtension<'a>>, CvcError> {
    let Some(outer) = fields.optional(tag::EXTENSIONS)? else {
        return Ok(Vec::new());
    };
    let extension = |template: &mut TlvReader<'a>| {
        let oid = template.oid()?;
        let value = template.rest();
        // What follows the identifier is elements, whatever they mean.
        template.each(TlvReader::any)?;
        Ok(CvExtension { oid, value })
    };
    outer.elements(|templates| {
        templates.each(|it| it.expect(tag::DISCRETIONARY_DATA_TEMPLATE)?.elements(extension))
    })
}

/// One element.
#[derive(Clone, Debug)]
pub(crate) struct Tlv<'a> {
    pub(crate) tag: u16,
    /// With tag and length.
    pub(crate) whole: &'a [u8],
    pub(crate) content: &'a [u8],
    offset: usize,
}

impl<'a> Tlv<'a> {
    /// What `read` makes of its content, of which it must leave nothing.
    pub(crate) fn elements<T>(
        &self,
        read: impl FnOnce(&mut TlvReader<'a>) -> Result<T, CvcError>,
    ) -> Result<T, CvcError> {
        let offset = self.offset + (self.whole.len() - self.content.len());
        TlvReader { rest: self.content, offset }.read_whole(read)
    }

    pub(crate) const fn wrong(&self, fault: CvcFault) -> CvcError {
        CvcError { offset: self.offset, fault }
    }

    /// A holder or authority reference: country code, mnemonic, sequence number (TR-03110-3 A.6.1).
    fn reference(&self) -> Result<&'a str, CvcError> {
        std::str::from_utf8(self.content)
            .ok()
            .filter(|text| (8..=16).contains(&text.len()))
            .filter(|text| text.bytes().all(|octet| octet.is_ascii_graphic()))
            .ok_or_else(|| self.wrong(CvcFault::Reference))
    }

    /// YYMMDD of this century, a digit an octet (TR-03110-3 D.2.1.3).
    fn date(&self, time: &str) -> Result<Timestamp, CvcError> {
        let wrong = || self.wrong(CvcFault::Date);
        if self.content.len() != 6 || self.content.iter().any(|digit| *digit > 9) {
            return Err(wrong());
        }
        let digits: String = self.content.iter().map(|digit| digit.to_string()).collect();
        let (year, rest) = digits.split_at_checked(2).ok_or_else(wrong)?;
        let (month, day) = rest.split_at_checked(2).ok_or_else(wrong)?;
        let text = format!("20{year}-{month}-{day}T{time}Z");
        Timestamp::from_rfc3339(&text).ok_or_else(wrong)
    }

    /// A number without leading zeros.
    fn number(&self) -> Result<&'a [u8], CvcError> {
        match self.content {
            [] | [0, ..] => Err(self.wrong(CvcFault::Number)),
            number => Ok(number),
        }
    }
}

/// Takes one element after the other. As with [`super::der::Reader`], what is left over is refused.
#[derive(Debug)]
pub(crate) struct TlvReader<'a> {
    rest: &'a [u8],
    /// Of `rest` in the whole.
    offset: usize,
}

impl<'a> TlvReader<'a> {
    /// What `read` makes of `bytes`, of which it must leave nothing.
    pub(crate) fn whole<T>(
        bytes: &'a [u8],
        read: impl FnOnce(&mut Self) -> Result<T, CvcError>,
    ) -> Result<T, CvcError> {
        Self { rest: bytes, offset: 0 }.read_whole(read)
    }

    /// What `read` makes of the beginning of `bytes`, to tell what they are: what follows may be
    /// anything.
    pub(crate) fn glance<T>(
        bytes: &'a [u8],
        read: impl FnOnce(&mut Self) -> Result<T, CvcError>,
    ) -> Result<T, CvcError> {
        read(&mut Self { rest: bytes, offset: 0 })
    }

    fn read_whole<T>(
        mut self,
        read: impl FnOnce(&mut Self) -> Result<T, CvcError>,
    ) -> Result<T, CvcError> {
        let value = read(&mut self)?;
        if self.is_empty() { Ok(value) } else { Err(self.trailing()) }
    }

    /// Reads one element after the other until nothing is left.
    pub(crate) fn each<T>(
        &mut self,
        mut read: impl FnMut(&mut Self) -> Result<T, CvcError>,
    ) -> Result<Vec<T>, CvcError> {
        let mut elements = Vec::new();
        while !self.is_empty() {
            elements.push(read(self)?);
        }
        Ok(elements)
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// The next element, whatever it is.
    pub(crate) fn any(&mut self) -> Result<Tlv<'a>, CvcError> {
        let wrong = |fault| CvcError { offset: self.offset, fault };
        let truncated = || wrong(CvcFault::Truncated);
        let (tag, after_tag) = match self.rest {
            // Tags of two octets, the second a number of its own (X.690 8.1.2.4).
            [first, second, after @ ..] if first & 0x1f == 0x1f => {
                if *second & 0x80 != 0 || *second < 0x1f {
                    return Err(wrong(CvcFault::Unexpected));
                }
                (u16::from_be_bytes([*first, *second]), after)
            }
            [first, after @ ..] if first & 0x1f != 0x1f => (u16::from(*first), after),
            _ => return Err(truncated()),
        };
        let (length, body) = match after_tag {
            [short @ 0..=0x7f, body @ ..] => (usize::from(*short), body),
            [0x81, length @ 0x80..=0xff, body @ ..] => (usize::from(*length), body),
            [0x82, high @ 1..=0xff, low, body @ ..] => {
                (usize::from(u16::from_be_bytes([*high, *low])), body)
            }
            [] | [0x81] | [0x82] | [0x82, _] => return Err(truncated()),
            _ => return Err(wrong(CvcFault::Length)),
        };
        let (content, rest) = body.split_at_checked(length).ok_or_else(truncated)?;
        let size = self.rest.len() - rest.len();
        let whole = self.rest.get(..size).unwrap_or_default();
        let element = Tlv { tag, whole, content, offset: self.offset };
        self.rest = rest;
        self.offset += size;
        Ok(element)
    }

    /// The next element, which must have that tag.
    pub(crate) fn expect(&mut self, tag: u16) -> Result<Tlv<'a>, CvcError> {
        let element = self.any()?;
        if element.tag == tag { Ok(element) } else { Err(element.wrong(CvcFault::Unexpected)) }
    }

    /// The next element if it has that tag.
    pub(crate) fn optional(&mut self, tag: u16) -> Result<Option<Tlv<'a>>, CvcError> {
        if self.is_empty() {
            return Ok(None);
        }
        let mut ahead = Self { rest: self.rest, offset: self.offset };
        let element = ahead.any()?;
        if element.tag != tag {
            return Ok(None);
        }
        *self = ahead;
        Ok(Some(element))
    }

    fn oid(&mut self) -> Result<Oid<'a>, CvcError> {
        let element = self.expect(u16::from(universal::OBJECT_IDENTIFIER))?;
        if super::der::check(element.whole).is_err() {
            return Err(element.wrong(CvcFault::Unexpected));
        }
        Ok(Oid::from_content(element.content))
    }

    /// That what is left does not belong there.
    pub(crate) const fn trailing(&self) -> CvcError {
        CvcError { offset: self.offset, fault: CvcFault::TrailingData }
    }
}

#[cfg(test)]
mod tests;
