//! Signatures in files of their own: octets without any structure. Some begin like a file of another
//! encoding, one in 256 like a SEQUENCE, and are none.

use super::text::{self, Utf16};
use crate::encoding::der::tag;
use crate::signature::BARE_OCTETS;

/// Whether bytes can only be a signature, or nothing at all: they have the length of one, are no text,
/// and do not go on as the file does that they may begin like. What was once a file of another encoding
/// and is damaged goes on so, and is to be refused as that.
pub(super) fn is_one(bytes: &[u8]) -> bool {
    BARE_OCTETS.contains(&bytes.len()) && !text::is_plain(bytes) && !goes_on_as_it_begins(bytes)
}

fn goes_on_as_it_begins(bytes: &[u8]) -> bool {
    if memchr::memmem::find(bytes, b"-----BEGIN").is_some() {
        return true;
    }
    match bytes {
        [tag::SEQUENCE, rest @ ..] => goes_on_as_der(rest),
        // RFC 1952 2.3.1: deflate is the only method, and three flags are reserved.
        [0x1f, 0x8b, method, flags, ..] => *method == 8 && *flags < 0x20,
        [0x7f, 0x21, rest @ ..] | [0x67, rest @ ..] => goes_on_as_card(rest),
        _ => matches!(text::decode_utf16(bytes), Utf16::Text(_)),
    }
}

/// What stands first in a SEQUENCE that is read here: version, identifier, inner SEQUENCE, wrapped
/// octets, a card-verifiable object.
const FIRST_IN_SEQUENCE: [u8; 6] =
    [tag::INTEGER, tag::OCTET_STRING, tag::OBJECT_IDENTIFIER, tag::SEQUENCE, 0x67, 0x7f];

/// A length that is true, or content that is known.
fn goes_on_as_der(rest: &[u8]) -> bool {
    let Some((length, content)) = header(rest) else {
        return false;
    };
    length == Some(content.len())
        || content.first().is_none_or(|first| FIRST_IN_SEQUENCE.contains(first))
}

/// Within a header, 7F4E or 7F21, which every card-verifiable object holds.
fn goes_on_as_card(rest: &[u8]) -> bool {
    let start = rest.get(..12).unwrap_or(rest);
    start.windows(2).any(|pair| matches!(pair, [0x7f, 0x4e | 0x21]))
}

/// The length that is stated, if it is one that a file can have, and what follows it.
fn header(bytes: &[u8]) -> Option<(Option<usize>, &[u8])> {
    let (first, rest) = bytes.split_first()?;
    match first.checked_sub(0x80) {
        None => Some((Some(usize::from(*first)), rest)),
        Some(count @ 1..=4) => {
            let (octets, content) = rest.split_at_checked(usize::from(count))?;
            let length = octets.iter().try_fold(0_usize, |length, octet| {
                length.checked_mul(256)?.checked_add(usize::from(*octet))
            });
            Some((length, content))
        }
        Some(_) => Some((None, rest)),
    }
}

#[cfg(test)]
mod tests {
    use super::is_one;

    fn of(length: usize, start: &[u8]) -> Vec<u8> {
        // Nothing that a text holds, in either byte order of UTF-16.
        let mut bytes = vec![0xdc; length];
        bytes[..start.len()].copy_from_slice(start);
        bytes
    }

    #[test]
    fn a_signature_that_begins_like_something_else_is_one() {
        for length in [64, 96, 132, 256, 384, 512] {
            for start in [
                &[0x77][..],
                &[0x30, 0x11, 0x77],
                &[0x30, 0x82, 0xff, 0xff],
                &[0x30, 0xfe],
                &[0x1f, 0x8b, 0x77],
                &[0x1f, 0x8b, 8, 0x20],
                &[0x7f, 0x21, 0x77],
                &[0x67, 0x80],
                &[0xff, 0xfe],
                &[0xfe, 0xff],
                b"{",
                b"<",
                &[0xef, 0xbb, 0xbf],
            ] {
                assert!(is_one(&of(length, start)), "{length} {start:02x?}");
            }
        }
    }

    #[test]
    fn what_is_something_else_or_was_is_none() {
        assert!(!is_one(&of(255, &[0x30, 0x11, 0x77])), "of another length");
        assert!(!is_one(&of(256, &[0x30, 0x82, 0x00, 0xfc])), "whole");
        // A certificate, a request, a PKCS #7 message and a public key that were cut.
        for inner in [0x30, 0x02, 0x06, 0x04] {
            assert!(!is_one(&of(256, &[0x30, 0x82, 0x03, 0x10, inner])), "{inner:02x}");
        }
        // The same in the indefinite form.
        assert!(!is_one(&of(256, &[0x30, 0x80, 0x30, 0x80])));
        assert!(!is_one(&of(256, &[0x1f, 0x8b, 8, 0])), "gzip");
        assert!(!is_one(&of(256, &[0x7f, 0x21, 0x81, 0xfc, 0x7f, 0x4e])), "a card's certificate");
        assert!(!is_one(&of(256, &[0x67, 0x82, 0, 0xfc, 0x7f, 0x21])), "a card's request");
        assert!(!is_one(&of(256, b"\x01-----BEGIN")), "a PEM block among other octets");
        assert!(!is_one(&[b'a'; 256]), "a text");
        let utf16: Vec<u8> =
            "\u{feff}a".repeat(64).encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(!is_one(&utf16), "UTF-16");
    }
}
