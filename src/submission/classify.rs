//! Tells a request, a certificate, a public key and a PKCS #7 message apart by their outer shape,
//! and no deeper than that takes: an object that is one of them and wrong inside keeps its kind, so
//! that the parser of that kind can say what is wrong.

use super::ItemKind;
use crate::encoding::der::{DerError, Glance, Reader, tag};
use crate::encoding::oid;

/// What a DER value is by its shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Item(ItemKind),
    /// ContentInfo (RFC 5652 3) of type signedData.
    SignedData,
    /// Ecdsa-Sig-Value (RFC 3279 2.2.3): two numbers, neither longer than an order of P-521.
    Signature,
    Unknown,
}

impl Shape {
    /// A word for a person.
    pub(super) fn describe(self) -> &'static str {
        match self {
            Self::Item(ItemKind::Request) => "a certification request",
            Self::Item(ItemKind::Certificate) => "a certificate",
            Self::Item(ItemKind::PublicKey) => "a public key",
            Self::SignedData => "a PKCS #7 message",
            Self::Signature => "a signature",
            Self::Unknown => "nothing that is known",
        }
    }
}

/// Octets of the order of P-521 (SP 800-186 3.2.1.5).
const P521_OCTETS: usize = 66;

/// The shape of `der`, which has passed the strict walker.
pub(super) fn classify(der: &[u8]) -> Shape {
    shape(der).unwrap_or(Shape::Unknown)
}

fn shape(der: &[u8]) -> Result<Shape, DerError> {
    let mut outer = Glance::at(der).nested(tag::SEQUENCE)?;
    if outer.peek() == Some(tag::OBJECT_IDENTIFIER) {
        let signed = outer.oid()? == oid::SIGNED_DATA && outer.peek() == Some(tag::CONTEXT_0);
        return Ok(if signed { Shape::SignedData } else { Shape::Unknown });
    }
    if outer.peek() == Some(tag::INTEGER) {
        // Two numbers are an RSA key too (RFC 8017 A.1.1), with a longer one.
        let short = |number: &[u8]| number.len() <= P521_OCTETS;
        let (r, s) = (outer.take(Reader::unsigned)?, outer.take(Reader::unsigned)?);
        let signature = short(r) && short(s) && outer.is_empty();
        return Ok(if signature { Shape::Signature } else { Shape::Unknown });
    }
    let mut inner = outer.nested(tag::SEQUENCE)?;
    match outer.peek() {
        // SubjectPublicKeyInfo: AlgorithmIdentifier, BIT STRING.
        Some(tag::BIT_STRING) => {
            inner.oid()?;
            Ok(Shape::Item(ItemKind::PublicKey))
        }
        // The signed part, AlgorithmIdentifier, BIT STRING.
        Some(tag::SEQUENCE) => {
            outer.expect(tag::SEQUENCE)?;
            outer.expect(tag::BIT_STRING)?;
            signed_part(inner).map(Shape::Item)
        }
        _ => Ok(Shape::Unknown),
    }
}

/// Tells CertificationRequestInfo (RFC 2986 4.1: version, subject, key) from TBSCertificate
/// (RFC 5280 4.1: version unless it is v1, serial number, algorithm, issuer, validity).
fn signed_part(mut inner: Glance<'_>) -> Result<ItemKind, DerError> {
    let version = inner.take(|reader| reader.optional(tag::CONTEXT_0))?;
    inner.expect(tag::INTEGER)?;
    inner.expect(tag::SEQUENCE)?;
    let mut third = inner.nested(tag::SEQUENCE)?;
    if version.is_none()
        && third.expect(tag::SEQUENCE).is_ok()
        && third.expect(tag::BIT_STRING).is_ok()
    {
        return Ok(ItemKind::Request);
    }
    inner.expect(tag::SEQUENCE)?;
    Ok(ItemKind::Certificate)
}

#[cfg(test)]
mod tests {
    use super::{Shape, classify};
    use crate::submission::ItemKind;

    fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let content = parts.concat();
        let mut out = vec![tag, u8::try_from(content.len()).unwrap()];
        out.extend(content);
        out
    }

    #[test]
    fn shapes_are_told_apart() {
        let empty = tlv(0x30, &[]);
        let integer = tlv(2, &[&[0]]);
        let bits = tlv(3, &[&[0, 1]]);
        let algorithm = tlv(0x30, &[&tlv(6, &[&[0x2a, 3]])]);
        let version = tlv(0xa0, &[&tlv(2, &[&[2]])]);
        let key = tlv(0x30, &[&algorithm, &bits]);
        let signed = |part: &[u8]| tlv(0x30, &[part, &algorithm, &bits]);

        let attributes = tlv(0xa0, &[]);
        let request = tlv(0x30, &[&integer, &empty, &key, &attributes]);
        assert_eq!(classify(&signed(&request)), Shape::Item(ItemKind::Request));
        let without_attributes = tlv(0x30, &[&integer, &empty, &key]);
        assert_eq!(classify(&signed(&without_attributes)), Shape::Item(ItemKind::Request));

        let body: [&[u8]; 6] = [&integer, &algorithm, &empty, &empty, &empty, &key];
        let version_1 = tlv(0x30, &body);
        assert_eq!(classify(&signed(&version_1)), Shape::Item(ItemKind::Certificate));
        let version_3 = tlv(0x30, &[&version, &body.concat()]);
        assert_eq!(classify(&signed(&version_3)), Shape::Item(ItemKind::Certificate));
        // A fourth element is the certificate parser's to refuse.
        let fourth = tlv(0x30, &[&version_3, &algorithm, &bits, &integer]);
        assert_eq!(classify(&fourth), Shape::Item(ItemKind::Certificate));

        assert_eq!(classify(&key), Shape::Item(ItemKind::PublicKey));
        let revocations = tlv(0x30, &[&algorithm, &empty, &tlv(0x17, &[])]);
        assert_eq!(classify(&signed(&revocations)), Shape::Unknown);
        assert_eq!(classify(&tlv(0x30, &[&integer, &integer])), Shape::Signature);
        assert_eq!(classify(&tlv(0x30, &[&integer, &integer, &integer])), Shape::Unknown);
        assert_eq!(classify(&tlv(0x30, &[&tlv(2, &[&[1; 67]]), &integer])), Shape::Unknown);
        assert_eq!(classify(&empty), Shape::Unknown);
        assert_eq!(classify(&integer), Shape::Unknown);
    }
}
