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
    let mut reader = TlvReader::new(bytes);
    objects(&mut reader).map_err(CvcError::reason)
}

/// Objects one after the other, at most one of them an authenticated request: to which of two a
/// device certificate belongs would be a matter of order.
fn objects<'a>(reader: &mut TlvReader<'a>) -> Result<Vec<&'a [u8]>, CvcError> {
    let mut objects = Vec::new();
    let mut requests = 0;
    while !reader.is_empty() {
        let here = reader.clone();
        let first = objects.is_empty();
        if !first && !is_start(reader.rest()) {
            return Err(here.trailing());
        }
        let element = reader.any()?;
        match element.tag {
            tag::AUTHENTICATION => requests += 1,
            tag::CERTIFICATE => {}
            _ => return Err(here.trailing()),
        }
        if requests > 1 {
            return Err(here.trailing());
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
    let mut outer = TlvReader::new(bytes);
    let Ok(whole) = outer.any() else {
        return Ok(Container::Other);
    };
    let mut elements = whole.elements();
    let mut ahead = elements.clone();
    let Ok(first) = ahead.any() else {
        return Ok(Container::Other);
    };
    match first.tag {
        tag::AUTHENTICATION | tag::CERTIFICATE => {
            let objects = objects(&mut elements)?;
            outer.finish()?;
            Ok(Container::Objects(objects))
        }
        0x06 if first.content == PUBLIC_KEY_ATTESTATION => {
            let mut objects = Vec::new();
            while !ahead.is_empty() {
                let element = ahead.any()?;
                objects.push(wrapped(&element)?);
            }
            outer.finish()?;
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
    let mut reader = element.elements();
    let object = reader.any()?;
    reader.finish()?;
    match object.tag {
        tag::AUTHENTICATION | tag::CERTIFICATE => Ok(object.whole),
        _ => Err(object.wrong(CvcFault::Unexpected)),
    }
}
