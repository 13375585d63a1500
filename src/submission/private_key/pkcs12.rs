//! PKCS #12 files (RFC 7292): which bags can be read without the password, and what they are.

use super::StoreContents;
use super::ber::{Elements, Value};
use crate::encoding::der::tag;
use crate::oid;

/// PKCS #7 content types.
const PKCS7: &[u8] = oid!(1.2.840.113549.1.7).content();
/// Its type `data`, 1.
const DATA: u8 = 1;

/// Bag types (RFC 7292 appendix D): keyBag 1, pkcs8ShroudedKeyBag 2,
/// certBag 3, crlBag 4, secretBag 5, safeContentsBag 6.
const BAGS: &[u8] = oid!(1.2.840.113549.1.12.10.1).content();

/// What the file holds that `bytes` are, if they are one.
pub(super) fn contents_of_file(bytes: &[u8]) -> Option<StoreContents> {
    let value = Value::take_whole(bytes)?;
    if value.tag == tag::SEQUENCE { contents(value.elements()) } else { None }
}

/// What a PFX of these elements holds: version 3, ContentInfo. None if it is no PFX.
pub(super) fn contents(mut it: Elements<'_>) -> Option<StoreContents> {
    let (version, safe) = (it.next()?, it.next()?);
    let identifier = safe.leading_identifier()?;
    if version.tag != tag::INTEGER || version.content != [3] || !identifier.starts_with(PKCS7) {
        return None;
    }
    match authenticated_safe(&safe).unwrap_or(StoreContents::Unreadable) {
        // Octets in pieces, of indefinite length, or cut short.
        StoreContents::Unreadable if names_key_bag(safe.content) => Some(StoreContents::Key),
        contents => Some(contents),
    }
}

/// Whether the identifier of a bag with a key stands anywhere in it.
fn names_key_bag(content: &[u8]) -> bool {
    memchr::memmem::find_iter(content, BAGS)
        .any(|at| matches!(content.get(at.saturating_add(BAGS.len())), Some(1 | 2)))
}

/// What the safes hold, if all of them can be read; a key in one that can be read is enough.
fn authenticated_safe(safe: &Value<'_>) -> Option<StoreContents> {
    let octets = data(safe)?;
    let safes = only(octets)?;
    let mut contents = StoreContents::Certificates;
    for safe in safes.elements() {
        match data(&safe).and_then(only).map(|bags| safe_contents(&bags)) {
            Some(StoreContents::Key) => return Some(StoreContents::Key),
            Some(StoreContents::Certificates) => {}
            Some(StoreContents::Unreadable) | None => contents = StoreContents::Unreadable,
        }
    }
    Some(contents)
}

/// SafeContents: what its bags are.
fn safe_contents(bags: &Value<'_>) -> StoreContents {
    let mut contents = StoreContents::Certificates;
    for bag in bags.elements() {
        match bag.leading_identifier().and_then(|oid| oid.strip_prefix(BAGS)) {
            Some([1 | 2]) => return StoreContents::Key,
            Some([3 | 4]) => {}
            _ => contents = StoreContents::Unreadable,
        }
    }
    contents
}

/// The octets of a ContentInfo of the type `data`.
fn data<'a>(content_info: &Value<'a>) -> Option<&'a [u8]> {
    let mut it = content_info.elements();
    let (identifier, explicit) = (it.next()?, it.next()?);
    let octets = explicit.elements().next()?;
    let is_data = identifier.content.strip_prefix(PKCS7) == Some(&[DATA]);
    (is_data && explicit.tag == tag::CONTEXT_0 && octets.tag == tag::OCTET_STRING)
        .then_some(octets.content)
}

/// The one SEQUENCE that the octets are.
fn only(octets: &[u8]) -> Option<Value<'_>> {
    let (value, rest) = Value::take(octets)?;
    (value.tag == tag::SEQUENCE && rest.is_empty()).then_some(value)
}
