//! Certificates in a PKCS #7 file (`.p7b`): a degenerate SignedData (RFC 5652 5.1, RFC 2315 9.1)
//! that signs nothing and only carries certificates. A message that signs or holds something is kept
//! whole; what is in it is for [`crate::signature::cms`] to say.

use super::ItemKind;
use super::classify::{SIGNED_DATA, Shape, classify};
use crate::encoding::der::{DerError, Reader, tag};
use crate::encoding::oid;

/// Why a PKCS #7 file is not a bundle of certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotABundle(pub(super) &'static str);

impl From<DerError> for NotABundle {
    fn from(_: DerError) -> Self {
        Self("not the structure of a PKCS #7 message")
    }
}

/// What a PKCS #7 file is.
pub(super) enum Contents<'a> {
    /// A bundle: the DER of its certificates, in the order in which they stand.
    Certificates(Vec<&'a [u8]>),
    /// A message with a signer or with content.
    Message,
}

/// crls `[1]` of SignedData.
const REVOCATIONS: u8 = 0xa1;

/// What `der` is, which has passed the strict walker.
pub(super) fn contents(der: &[u8]) -> Result<Contents<'_>, NotABundle> {
    let mut content_info = {
        let mut reader = Reader::new(der);
        reader.nested(tag::SEQUENCE)?
    };
    if content_info.oid()?.content() != SIGNED_DATA {
        return Err(NotABundle("a PKCS #7 message of another type than signedData"));
    }
    let mut explicit = content_info.nested(tag::CONTEXT_0)?;
    content_info.finish()?;
    let mut signed_data = explicit.nested(tag::SEQUENCE)?;
    explicit.finish()?;

    let version = signed_data.u64()?;
    let digest_algorithms = signed_data.expect(tag::SET)?;
    let mut encapsulated = signed_data.nested(tag::SEQUENCE)?;
    let content_type = encapsulated.oid()?;
    let carried = signed_data.optional(tag::CONTEXT_0)?;
    let revocations = signed_data.optional(REVOCATIONS)?;
    let signers = signed_data.expect(tag::SET)?;
    signed_data.finish()?;

    if !signers.is_empty() || !digest_algorithms.is_empty() || !encapsulated.is_empty() {
        return Ok(Contents::Message);
    }
    // What carries certificates alone has version 1 and the type data (RFC 5652 5.1).
    if version != 1 {
        return Err(NotABundle("a PKCS #7 message of another version than 1"));
    }
    if content_type != oid::CMS_DATA {
        return Err(NotABundle("a PKCS #7 message about something other than data"));
    }
    if revocations.is_some_and(|revocations| !revocations.is_empty()) {
        return Err(NotABundle("a PKCS #7 file with revocation lists"));
    }
    let mut certificates = Vec::new();
    let mut reader = Reader::new(carried.unwrap_or_default());
    while !reader.is_empty() {
        let (_, _, certificate) = reader.any()?;
        if classify(certificate) != Shape::Item(ItemKind::Certificate) {
            return Err(NotABundle("a PKCS #7 file that holds something other than certificates"));
        }
        certificates.push(certificate);
    }
    if certificates.is_empty() {
        return Err(NotABundle("a PKCS #7 file without certificates"));
    }
    Ok(Contents::Certificates(certificates))
}
