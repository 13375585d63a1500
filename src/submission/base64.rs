//! Base64 (RFC 4648 4) and hexadecimal around whole files: one text, one reading.

use std::borrow::Cow;

use base64::Engine;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, STANDARD};
use base64::engine::{DecodePaddingMode, GeneralPurposeConfig};

use super::{card, text};
use crate::encoding::base64::{self as of_documents, Form};
use crate::encoding::hex;
use crate::signature::BARE_OCTETS;

/// Characters needed before a line is taken for base64: 12 bytes, enough for any of the starts
/// below and longer than the words that happen to look like one.
const SHORTEST: usize = 16;

/// Layers of base64 within base64 that are looked through: as many as one may peel off in all,
/// less one, so that one too many is still known for what it is.
const LAYERS: u8 = 3;

/// Characters that are looked at: one line of PEM.
const LOOKED_AT: usize = 64;

/// The bytes a base64 text stands for. Line breaks and other blanks may stand anywhere; padding and
/// the unused bits of the last character must be as RFC 4648 3.2 and 3.5 have them.
pub(super) fn decode(text: &[u8]) -> Result<Vec<u8>, &'static str> {
    let solid = if text::has_blank(text) {
        Cow::Owned(text.iter().copied().filter(|byte| !text::is_blank(*byte)).collect())
    } else {
        Cow::Borrowed(text)
    };
    STANDARD.decode(solid).map_err(|error| match error {
        base64::DecodeError::InvalidByte(_, b'-' | b'_') => "a character of the base64url alphabet",
        base64::DecodeError::InvalidByte(_, b'=') | base64::DecodeError::InvalidPadding => {
            "padding that is missing or misplaced"
        }
        base64::DecodeError::InvalidByte(..) => "a character that is not base64",
        base64::DecodeError::InvalidLength(_) => "a length that no base64 has",
        base64::DecodeError::InvalidLastSymbol { .. } => "stray bits in the last character",
    })
}

/// The gzip member that a text stands for in padded base64url, on one line and in letters that the standard
/// alphabet lacks: as google-apitools writes bytes (`encoding_helper.py`, `_SafeEncodeBytes`).
pub(super) fn decode_url_of_gzip(text: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(text::trim(text)).ok()?;
    if !text.starts_with("H4s") || !text.contains(['-', '_']) {
        return None;
    }
    of_documents::decode(text, &[Form::Url]).ok()
}

/// Without padding, whose last character may have stray bits: to recognise, never to read.
pub(super) const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// What the digits stand for that a text begins with, blanks among them: to be searched.
pub(super) fn run(text: &[u8]) -> Option<Vec<u8>> {
    let digits = text.iter().copied().filter(|it| !text::is_blank(*it));
    let digits: Vec<u8> = digits.take_while(|it| sextet(*it).is_some()).collect();
    let whole = digits.len().saturating_sub(usize::from(digits.len() % 4 == 1));
    LENIENT.decode(digits.get(..whole)?).ok()
}

/// The value of a digit.
pub(super) fn sextet(digit: u8) -> Option<u8> {
    Some(value(digit)).filter(|value| *value < NONE)
}

/// The values of four digits.
pub(super) fn sextets(digits: [u8; 4]) -> Option<[u8; 4]> {
    let values = digits.map(value);
    let [a, b, c, d] = values;
    ((a | b | c | d) < NONE).then_some(values)
}

/// What is no digit: a bit that no value has.
const NONE: u8 = 64;

fn value(digit: u8) -> u8 {
    static VALUES: [u8; 256] = {
        let mut values = [NONE; 256];
        let mut rest = values.as_mut_slice();
        let mut octet = 0_u8;
        while let [first, after @ ..] = rest {
            *first = match octet {
                b'A'..=b'Z' => octet - b'A',
                b'a'..=b'z' => octet - b'a' + 26,
                b'0'..=b'9' => octet - b'0' + 52,
                b'+' => 62,
                b'/' => 63,
                _ => NONE,
            };
            octet = octet.wrapping_add(1);
            rest = after;
        }
        values
    };
    VALUES.get(usize::from(digit)).copied().unwrap_or(NONE)
}

/// The bytes a hexadecimal text stands for, if it is one of a DER or
/// card-verifiable object.
pub(super) fn decode_hex(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: &u8| byte.is_ascii_hexdigit() || text::is_blank(*byte);
    if !text.iter().all(digit) {
        return None;
    }
    let solid = text.iter().filter(|byte| !text::is_blank(**byte)).copied().map(char::from);
    let bytes = hex::from_hex(&solid.collect::<String>())?;
    (is_der_start(&bytes) || card::is_start(&bytes)).then_some(bytes)
}

/// What a text stands for, if it is base64 of a JSON or XML document, or of a signature: an order form's
/// field or an API took it. Hexadecimal of a hash, which has the same digits, is none.
pub(super) fn document_or_signature(text: &[u8]) -> Option<Vec<u8>> {
    let is_digit = |byte: &u8| value(*byte) < NONE || *byte == b'=' || text::is_blank(*byte);
    if text::trim(text).len() < SHORTEST || !text.iter().all(is_digit) {
        return None;
    }
    let bytes = decode(text).ok()?;
    let is_signature = || {
        BARE_OCTETS.contains(&bytes.len())
            && !text::is_plain(&bytes)
            && !text::trim(text).iter().all(u8::is_ascii_hexdigit)
    };
    (text::is_document(text::strip_mark(&bytes)) || is_signature()).then_some(bytes)
}

/// Whether a text, or any line of it, starts base64 of something that is read here.
pub(super) fn is_meant(text: &[u8]) -> bool {
    let solid = text.iter().copied().filter(|byte| !text::is_blank(*byte));
    let start: Vec<u8> = solid.take(LOOKED_AT).collect();
    looks_encoded(&start) || text::lines(text).any(looks_encoded)
}

/// Whether a line starts base64 of something that is read here. The rest of the line is not
/// looked at: a fault in it is to be reported, not to hide it.
pub(super) fn looks_encoded(line: &[u8]) -> bool {
    let line = text::trim(line);
    if line.len() < SHORTEST {
        return false;
    }
    let standard = |byte: &u8| match byte {
        b'-' => Some(b'+'),
        b'_' => Some(b'/'),
        b'+' | b'/' => Some(*byte),
        byte => byte.is_ascii_alphanumeric().then_some(*byte),
    };
    let mut run = [0; LOOKED_AT];
    let mut length = 0_usize;
    for (place, byte) in run.iter_mut().zip(line.iter().map_while(standard)) {
        *place = byte;
        length = length.saturating_add(1);
    }
    length >= SHORTEST && starts_known(run.get(..length).unwrap_or_default(), LAYERS)
}

/// Whether the base64 `run` decodes to a known start, itself perhaps base64 (`deeper` times).
fn starts_known(run: &[u8], deeper: u8) -> bool {
    // On the stack, for this is asked of every line of a text.
    let mut decoded = [0; LOOKED_AT];
    let whole = run.len() - run.len() % 4;
    let whole = run.get(..whole).unwrap_or_default();
    let Ok(length) = STANDARD.decode_slice(whole, &mut decoded) else {
        return false;
    };
    let bytes = decoded.get(..length).unwrap_or_default();
    let text = text::strip_mark(bytes);
    is_der_start(bytes)
        || card::is_start(bytes)
        || bytes.starts_with(&[0x1f, 0x8b, 0x08])
        || bytes.starts_with(b"PK\x03\x04")
        || text.starts_with(b"-----BEGIN")
        || matches!(bytes, [0xff, 0xfe, ..] | [0xfe, 0xff, ..])
        || matches!(bytes, [b'-', 0, b'-', 0, ..] | [0, b'-', 0, b'-', ..])
        || (deeper > 0
            && text.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+/\r\n".contains(byte))
            && starts_known(
                &text.iter().copied().filter(|byte| !text::is_blank(*byte)).collect::<Vec<_>>(),
                deeper - 1,
            ))
}

/// A SEQUENCE of up to 16 MiB that begins with an INTEGER, an object identifier or a SEQUENCE: the
/// start of every certificate, request, key and message.
fn is_der_start(bytes: &[u8]) -> bool {
    match bytes {
        [0x30, 0x81, _, first, ..]
        | [0x30, 0x82, _, _, first, ..]
        | [0x30, 0x83, _, _, _, first, ..]
        | [0x30, 0x00..=0x7f, first, ..] => matches!(first, 0x02 | 0x06 | 0x30),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{STANDARD, decode, decode_hex, decode_url_of_gzip, looks_encoded};
    use base64::Engine;

    #[test]
    fn each_value_has_one_text() {
        assert_eq!(decode(b" AA\r\n== \n").unwrap(), [0]);
        assert_eq!(decode(b"AB=="), Err("stray bits in the last character"));
        assert_eq!(decode(b"AA"), Err("padding that is missing or misplaced"));
        assert_eq!(decode(b"AA=A"), Err("padding that is missing or misplaced"));
        assert_eq!(decode(b"AA==AA=="), Err("padding that is missing or misplaced"));
        assert_eq!(decode(b"A*=="), Err("a character that is not base64"));
        assert_eq!(decode(b"+_-/"), Err("a character of the base64url alphabet"));
        assert!(decode(b"A").is_err());
    }

    #[test]
    fn base64url_is_read_only_as_gzip_in_its_one_form() {
        assert!(decode_url_of_gzip(b" H4sI-_8= \n").is_some());
        // The standard alphabet is read elsewhere; both; unpadded; stray bits; on two lines; of no gzip.
        for bad in ["H4sI+/8=", "H4sI-/8=", "H4sI-_8", "H4sI-_9=", "H4sI\n-_8=", "MIIB-_8=", ""] {
            assert_eq!(decode_url_of_gzip(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn a_start_is_known_through_several_layers() {
        let pem = b"-----BEGIN CERTIFICATE-----\nMIIB";
        let once = STANDARD.encode(pem);
        let twice = STANDARD.encode(&once);
        let thrice = STANDARD.encode(&twice);
        let fourfold = STANDARD.encode(&thrice);
        for text in [&once, &twice, &thrice, &fourfold] {
            assert!(looks_encoded(text.as_bytes()), "{text}");
        }
        for text in
            ["MIT License, Copyright", "MIIB", "Dear validation staff", "---------------------"]
        {
            assert!(!looks_encoded(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn hexadecimal_is_read_only_as_der() {
        assert_eq!(decode_hex(b"30 03 02 01\n00").as_deref(), Some(&[0x30, 3, 2, 1, 0][..]));
        assert_eq!(decode_hex(b"deadbeef"), None);
        assert_eq!(decode_hex(b"300302010"), None);
    }
}
