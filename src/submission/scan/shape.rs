//! Tells by its shape, in BER, whether a value is a request, a certificate or a key: the outer two or
//! three levels, as far as every reader agrees. What is wrong further in makes it no other thing.

use crate::encoding::ber::Value;
use crate::encoding::der::tag;
use crate::submission::private_key::{self, Recognised};

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::submission) enum Kind {
    /// CertificationRequest (RFC 2986 4.2).
    Request,
    /// Certificate (RFC 5280 4.1).
    Certificate,
    /// SubjectPublicKeyInfo (RFC 5280 4.1.2.7), or RSAPublicKey (RFC 8017 A.1.1).
    PublicKey,
    /// Any form of a private key, or what may hold one.
    PrivateKey(Recognised),
}

impl Kind {
    /// What was recognised of a private key.
    pub(in crate::submission) fn private_key(self) -> Option<Recognised> {
        match self {
            Self::PrivateKey(recognised) => Some(recognised),
            Self::Request | Self::Certificate | Self::PublicKey => None,
        }
    }
}

/// Octets of the order of P-521: two INTEGERs no longer than that are a signature (RFC 3279 2.2.3),
/// not an RSA key.
const LONGEST_OF_A_SIGNATURE: usize = 66;

/// What begins at the start of `rest`, with its encoding.
pub(super) fn recognize<'a>(rest: &'a [u8], work: &mut usize) -> Option<(Kind, &'a [u8])> {
    if let Some(recognised) = private_key::find_at(rest) {
        return Some((Kind::PrivateKey(recognised), &[]));
    }
    let (outer, _) = Value::take(rest, work)?;
    let mut fields = Fields { rest: outer.content, work };
    let (first, second) = (fields.take()?, fields.take()?);
    let kind = match (first.tag, second.tag) {
        (tag::SEQUENCE, BIT_STRING | BIT_STRINGS) if fields.rest.is_empty() => {
            let mut algorithm = Fields { rest: first.content, work: fields.work };
            algorithm.expect(tag::OBJECT_IDENTIFIER).map(|_| Kind::PublicKey)
        }
        (tag::SEQUENCE, tag::SEQUENCE) => {
            let signature = fields.take()?;
            matches!(signature.tag, BIT_STRING | BIT_STRINGS)
                .then(|| signed(Fields { rest: first.content, work: fields.work }))?
        }
        (tag::INTEGER, tag::INTEGER) => {
            let is_key = fields.rest.is_empty() && first.content.len() > LONGEST_OF_A_SIGNATURE;
            is_key.then_some(Kind::PublicKey)
        }
        _ => None,
    };
    kind.map(|kind| (kind, outer.whole))
}

const BIT_STRING: u8 = tag::BIT_STRING;
/// BER allows a BIT STRING of several.
const BIT_STRINGS: u8 = BIT_STRING | 0x20;

/// The fields of a SEQUENCE, one after the other.
struct Fields<'a, 'w> {
    rest: &'a [u8],
    work: &'w mut usize,
}

impl<'a> Fields<'a, '_> {
    fn take(&mut self) -> Option<Value<'a>> {
        let (value, rest) = Value::take(self.rest, self.work)?;
        self.rest = rest;
        Some(value)
    }

    fn expect(&mut self, tag: u8) -> Option<Value<'a>> {
        self.take().filter(|value| value.tag == tag)
    }
}

/// Tells CertificationRequestInfo (version, subject, key) from TBSCertificate (version unless it is
/// v1, serial number, algorithm, issuer, validity, …).
fn signed(mut fields: Fields<'_, '_>) -> Option<Kind> {
    let mut first = fields.take()?;
    let has_version = first.tag == tag::CONTEXT_0;
    if has_version {
        first = fields.take()?;
    }
    if first.tag != tag::INTEGER {
        return None;
    }
    fields.expect(tag::SEQUENCE)?;
    let third = fields.expect(tag::SEQUENCE)?;
    let mut key = Fields { rest: third.content, work: &mut *fields.work };
    if !has_version
        && key.expect(tag::SEQUENCE).is_some()
        && key.take().is_some_and(|bits| matches!(bits.tag, BIT_STRING | BIT_STRINGS))
    {
        return Some(Kind::Request);
    }
    fields.expect(tag::SEQUENCE)?;
    Some(Kind::Certificate)
}
