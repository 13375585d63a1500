//! Certificates in a PKCS #7 file (`.p7b`): a degenerate SignedData (RFC 5652 5.1, RFC 2315 9.1)
//! that signs nothing and only carries certificates. A message that signs or holds something is kept
//! whole; what is in it is for [`crate::signature::cms`] to say.

use super::ItemKind;
use super::classify::{Shape, classify};
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
    Reader::whole(der, |outer| {
        outer.nested(tag::SEQUENCE, |content_info| {
            if content_info.oid()? != oid::SIGNED_DATA {
                return Err(NotABundle("a PKCS #7 message of another type than signedData"));
            }
            content_info.nested(tag::CONTEXT_0, |explicit| {
                explicit.nested(tag::SEQUENCE, contents_of_signed_data)
            })
        })
    })
}

/// Whether `der` signs what is elsewhere (RFC 5652 5.2), as the signature of a mail or a document does.
pub(crate) fn is_detached_signature(der: &[u8]) -> bool {
    let parts = |signed: &mut Reader<'_>| {
        signed.u64()?;
        signed.expect(tag::SET)?;
        let is_empty = signed.nested(tag::SEQUENCE, |encapsulated| {
            encapsulated.oid()?;
            Ok::<_, DerError>(encapsulated.optional(tag::CONTEXT_0)?.is_none())
        })?;
        signed.optional(tag::CONTEXT_0)?;
        signed.optional(REVOCATIONS)?;
        Ok::<_, DerError>(is_empty && !signed.expect(tag::SET)?.is_empty())
    };
    let detached = Reader::whole(der, |outer| {
        outer.nested(tag::SEQUENCE, |info| {
            info.oid()?;
            info.nested(tag::CONTEXT_0, |explicit| explicit.nested(tag::SEQUENCE, parts))
        })
    });
    detached.unwrap_or(false)
}

fn contents_of_signed_data<'a>(fields: &mut Reader<'a>) -> Result<Contents<'a>, NotABundle> {
    let version = fields.u64()?;
    let digest_algorithms = fields.expect(tag::SET)?;
    let (content_type, content) = fields.nested(tag::SEQUENCE, |encapsulated| {
        let content_type = encapsulated.oid()?;
        Ok::<_, DerError>((content_type, encapsulated.optional(tag::CONTEXT_0)?))
    })?;
    let carried = fields.optional(tag::CONTEXT_0)?;
    let revocations = fields.optional(REVOCATIONS)?;
    let signers = fields.expect(tag::SET)?;

    if !signers.is_empty() || !digest_algorithms.is_empty() || content.is_some() {
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
    let certificate = |carried: &mut Reader<'a>| {
        let (_, _, certificate) = carried.any()?;
        match classify(certificate) {
            Shape::Item(ItemKind::Certificate) => Ok(certificate),
            _ => Err(NotABundle("a PKCS #7 file that holds something other than certificates")),
        }
    };
    let certificates =
        Reader::whole(carried.unwrap_or_default(), |carried| carried.each(certificate))?;
    if certificates.is_empty() {
        return Err(NotABundle("a PKCS #7 file without certificates"));
    }
    Ok(Contents::Certificates(certificates))
}
