//! Card-verifiable objects as applicants send them: single, one after the other as a card holds them
//! in one file, or in the containers that the tools for SmartCard-HSMs write.

use crate::encoding::cvc::{CvcError, CvcFault, Tlv, TlvReader, tag};
use crate::reason::Reason;

/// Whether bytes begin like a card-verifiable object.
pub(super) fn is_start(bytes: &[u8]) -> bool {
    // An authenticated request begins with the request in it. The 1.2.3.4 of a text is none.
    matches!(bytes, [0x7f, 0x21, ..] | [0x67, 0x81, _, 0x7f, 0x21, ..] | [0x67, 0x82, _, _, 0x7f, 0x21, ..])
        // With a length that is not in its one form, it is to be refused as what it is.
        || matches!(bytes, [0x67, 0x80 | 0x83..=0x88, ..])
}

/// What a SEQUENCE holds.
pub(super) enum Container<'a> {
    /// No card-verifiable objects.
    Other,
    /// Exactly these.
    Objects(Vec<&'a [u8]>),
}

/// The objects of a file that begins with one.
pub(super) fn sequence(bytes: &[u8]) -> Result<Vec<&[u8]>, Reason> {
    TlvReader::whole(bytes, objects).map_err(CvcError::reason)
}

/// Objects one after the other, at most one of them an authenticated request: to which of two a
/// device certificate belongs would be a matter of order.
fn objects<'a>(reader: &mut TlvReader<'a>) -> Result<Vec<&'a [u8]>, CvcError> {
    let mut objects = Vec::new();
    let mut requests = 0;
    while !reader.is_empty() {
        let trailing = reader.trailing();
        let first = objects.is_empty();
        if !first && !is_start(reader.rest()) {
            return Err(trailing);
        }
        let element = reader.any()?;
        match element.tag {
            tag::AUTHENTICATION => requests += 1,
            tag::CERTIFICATE => {}
            _ => return Err(trailing),
        }
        if requests > 1 {
            return Err(trailing);
        }
        objects.push(element.whole);
    }
    Ok(objects)
}

/// PKA, the format of CardContact's public key attestation, 1.3.6.1.4.1.24991.4.3.1.
const PUBLIC_KEY_ATTESTATION: &[u8] =
    &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x81, 0xc3, 0x1f, 0x04, 0x03, 0x01];

/// What a SEQUENCE holds, by its first elements:
///
/// - the objects themselves (`sc-hsm-tool --export-for-pub-key-auth`);
/// - the identifier of a public key attestation, then 61, 62 and 63 around one object each
///   (CardContact). Which is which is told by the objects, for tools disagree about the order.
pub(super) fn container(bytes: &[u8]) -> Result<Container<'_>, Reason> {
    read_container(bytes).map_err(CvcError::reason)
}

fn read_container(bytes: &[u8]) -> Result<Container<'_>, CvcError> {
    let Ok(whole) = TlvReader::glance(bytes, TlvReader::any) else {
        return Ok(Container::Other);
    };
    let Ok(first) = TlvReader::glance(whole.content, TlvReader::any) else {
        return Ok(Container::Other);
    };
    match first.tag {
        tag::AUTHENTICATION | tag::CERTIFICATE => {
            TlvReader::whole(bytes, |outer| outer.any()?.elements(objects)).map(Container::Objects)
        }
        0x06 if first.content == PUBLIC_KEY_ATTESTATION => {
            let objects = TlvReader::whole(bytes, |outer| {
                outer.any()?.elements(|elements| {
                    elements.any()?;
                    elements.each(|elements| wrapped(&elements.any()?))
                })
            })?;
            Ok(Container::Objects(objects))
        }
        _ => Ok(Container::Other),
    }
}

/// The one object in 61, 62 or 63.
fn wrapped<'a>(element: &Tlv<'a>) -> Result<&'a [u8], CvcError> {
    if !(0x61..=0x63).contains(&element.tag) {
        return Err(element.wrong(CvcFault::Unexpected));
    }
    let object = element.elements(TlvReader::any)?;
    match object.tag {
        tag::AUTHENTICATION | tag::CERTIFICATE => Ok(object.whole),
        _ => Err(object.wrong(CvcFault::Unexpected)),
    }
}
