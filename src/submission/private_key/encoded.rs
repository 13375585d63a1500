//! Looks through encodings in the middle of a text: base64 of either alphabet, hexadecimal, UTF-16.
//! Each character is decoded once in each layer.

use base64::Engine;

use super::{Recognised, find_within, graver, packed, table};
use crate::submission::base64::{LENIENT, sextet};
use crate::submission::text;

/// The gravest finding in what the encodings in `bytes` stand for, through `layers` of them.
pub(super) fn find(bytes: &[u8], layers: u8) -> Option<Recognised> {
    let layers = layers.checked_sub(1)?;
    let mut gravest = without_zeros(bytes).and_then(|text| find_within(&text, layers));
    let mut archives = MOST_ARCHIVES;
    let mut visit = |segment: &[u8]| {
        if segment.len() < SHORTEST {
            return;
        }
        for decoded in [decode_base64(segment), decode_hex(segment)].into_iter().flatten() {
            if packed::is_archive(&decoded) && archives > 0 {
                archives -= 1;
                gravest = graver([gravest, packed::find(&decoded)]);
            }
            gravest = graver([gravest, find_in_decoded(&decoded, layers)]);
        }
    };
    for run in runs(bytes) {
        segments(run, &mut visit);
    }
    gravest
}

/// Encoded archives that are looked into: as many as the intake takes files.
const MOST_ARCHIVES: u8 = 64;

fn find_in_decoded(decoded: &[u8], layers: u8) -> Option<Recognised> {
    match decoded.len() {
        // No key is so short.
        0..32 => None,
        // No text with a key is so short.
        32..72 => table::at_start(decoded),
        72.. => find_within(decoded, layers),
    }
}

/// The text that UTF-16 or UTF-32 of ASCII stands for, however damaged: what is left without its
/// zeros, if those are a quarter at least.
fn without_zeros(bytes: &[u8]) -> Option<Vec<u8>> {
    let zeros = memchr::memchr_iter(0, bytes).count();
    let many = bytes.len() >= SHORTEST && zeros >= bytes.len() / 4;
    many.then(|| bytes.iter().copied().filter(|byte| *byte != 0).collect())
}

/// Characters that are worth decoding: those of 32 octets in hexadecimal or nearly so in base64.
const SHORTEST: usize = 40;

/// Characters that show whether a segment, or a token in it, begins something that is known.
const LOOKED_AT: usize = 24;

/// The rows of octets of which segments are made, as far as one can hold a segment that is worth decoding.
/// Of a binary content hardly any octet is looked at: the last other one in as many as the shortest has
/// shows where the next can begin.
pub(super) fn runs(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let is_other = |octet: &u8| class(*octet) == Class::Other;
    let mut rest = bytes;
    std::iter::from_fn(move || {
        while let Some(other) = rest.get(..SHORTEST)?.iter().rposition(is_other) {
            rest = rest.get(other.saturating_add(1)..)?;
        }
        let end = rest.iter().position(is_other).unwrap_or(rest.len());
        let (run, after) = rest.split_at_checked(end)?;
        rest = after;
        Some(run)
    })
}

/// Visits what may be base64 or hexadecimal: tokens that nothing but blanks parts (or colons, between
/// pairs of digits), up to one that begins something known.
fn segments(text: &[u8], mut visit: impl FnMut(&[u8])) {
    let mut segment = Vec::new();
    let mut rest = text;
    let mut before = 0;
    while let Some(start) = rest.iter().position(is_digit) {
        let (gap, from) = rest.split_at_checked(start).unwrap_or_default();
        let length = from.iter().position(|byte| !is_digit(byte)).unwrap_or(from.len());
        let (token, after) = from.split_at_checked(length).unwrap_or_default();
        let pairs = before == 2 && token.len() == 2;
        let joins = gap.iter().all(|byte| text::is_blank(*byte) || (pairs && *byte == b':'));
        if !joins || (token.len() == 2) != (before == 2) || begins_known(token) {
            visit(&segment);
            segment.clear();
        }
        segment.extend_from_slice(token);
        (rest, before) = (after, token.len());
    }
    visit(&segment);
}

/// What an octet is where encodings are looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// A digit of base64 in either alphabet; those of hexadecimal are among them.
    Digit,
    /// What may part tokens of one segment.
    Gap,
    Other,
}

/// Looked up, for it is asked of every octet that comes.
fn class(octet: u8) -> Class {
    static CLASSES: [Class; 256] = {
        let mut classes = [Class::Other; 256];
        let mut rest = classes.as_mut_slice();
        let mut octet = 0_u8;
        while let [first, after @ ..] = rest {
            *first = match octet {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' | b'-' | b'_' => Class::Digit,
                b':' => Class::Gap,
                _ if text::is_blank(octet) => Class::Gap,
                _ => Class::Other,
            };
            octet = octet.wrapping_add(1);
            rest = after;
        }
        classes
    };
    CLASSES.get(usize::from(octet)).copied().unwrap_or(Class::Other)
}

fn is_digit(byte: &u8) -> bool {
    class(*byte) == Class::Digit
}

fn decode_base64(segment: &[u8]) -> Option<Vec<u8>> {
    let start = decode_digits(segment.get(..LOOKED_AT)?)?;
    if is_known(&start) || is_text(&start) { decode_digits(segment) } else { None }
}

/// Without the one character that may be left over.
fn decode_digits(digits: &[u8]) -> Option<Vec<u8>> {
    let whole = digits.len().saturating_sub(usize::from(digits.len() % 4 == 1));
    let digits = digits.get(..whole).unwrap_or(digits);
    if memchr::memchr2(b'-', b'_', digits).is_none() {
        return LENIENT.decode(digits).ok();
    }
    let standard = digits.iter().map(|digit| match digit {
        b'-' => b'+',
        b'_' => b'/',
        digit => *digit,
    });
    LENIENT.decode(standard.collect::<Vec<u8>>()).ok()
}

/// The hexadecimal digits that a segment begins with, in pairs.
fn decode_hex(segment: &[u8]) -> Option<Vec<u8>> {
    let digits = segment.iter().take_while(|digit| digit.is_ascii_hexdigit()).count();
    if digits < SHORTEST {
        return None;
    }
    let bytes =
        base16ct::mixed::decode_vec(segment.get(..digits.saturating_sub(digits % 2))?).ok()?;
    let start = bytes.get(..LOOKED_AT).unwrap_or(&bytes);
    (is_known(start) || is_text(start)).then_some(bytes)
}

/// Whether a token begins base64 or hexadecimal of something known.
fn begins_known(token: &[u8]) -> bool {
    let start = token.get(..LOOKED_AT).unwrap_or(token);
    let Some([first, second, ..]) = start.first_chunk::<8>() else {
        return false;
    };
    // Most words are told by their first two digits.
    let octet = |(high, low): (Option<u8>, Option<u8>), shift: u32, rest: u32| {
        Some((high? << shift) | (low? >> rest))
    };
    let either = |digit| match digit {
        b'-' => Some(62),
        b'_' => Some(63),
        digit => sextet(digit),
    };
    let base64 = octet((either(*first), either(*second)), 2, 4);
    let hex = octet((nibble(*first), nibble(*second)), 4, 0);
    (base64.is_some_and(may_begin) && decode_digits(start).is_some_and(|bytes| is_known(&bytes)))
        || (hex.is_some_and(may_begin)
            && base16ct::mixed::decode_vec(start).is_ok_and(|bytes| is_known(&bytes)))
}

fn nibble(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// The first octets of what [`is_known`] knows, but of texts in UTF-16 and wrapped keys, which begin
/// like anything.
fn may_begin(octet: u8) -> bool {
    matches!(
        octet,
        0x00 | 0x07
            | 0x1e
            | 0x1f
            | 0x30
            | 0x37
            | 0x3f
            | 0x61
            | 0x94
            | 0x95
            | 0x9c
            | 0x9d
            | 0xc5
            | 0xc7
            | 0xce
            | 0xd9
            | 0xfe
            | 0xff
            | b'-'
            | b'D'
            | b'E'
            | b'P'
            | b'R'
            | b'S'
            | b'o'
    )
}

/// How the contents begin that are known by their first bytes. Among them is no text but for some words:
/// the `0:0` of printed octets looks like a SEQUENCE, and is in the middle of what it would part.
fn is_known(start: &[u8]) -> bool {
    let is_mark = matches!(
        start,
        // A SEQUENCE with an integer, octets, an identifier or a SEQUENCE first.
        [0x30, 0x81, _, 2 | 4 | 6 | 0x30, ..]
            | [0x30, 0x82, _, _, 2 | 4 | 6 | 0x30, ..]
            | [0x30, 0x83, _, _, _, 2 | 4 | 6 | 0x30, ..]
            | [0x30, 0..=0x80, 2 | 4 | 6 | 0x30, ..]
            // Java, Bouncy Castle.
            | [0xfe, 0xed, 0xfe, 0xed, ..]
            | [0xce, 0xce, 0xce, 0xce, ..]
            | [0, 0, 0, 0..=2, 0, 0, 0, 0x14, ..]
            // OpenPGP, by the version of a key behind the length.
            | [0x94 | 0x9c | 0xc5 | 0xc7, _, 3..=6, ..]
            | [0x95 | 0x9d | 0xc5 | 0xc7, _, _, 3..=6, ..]
            // Windows, ssh.com, Berkeley DB.
            | [0x1e, 0xf1, 0xb5, 0xb0, ..]
            | [0x07, 2 | 3, 0, 0, ..]
            | [0x3f, 0x6f, 0xf9, 0xeb, ..]
            | [0, 6, 0x15, 0x61, ..]
            | [0x61, 0x15, 6, 0, ..]
            // SQLite's log and journal; its databases begin with a word.
            | [0x37, 0x7f, 6, 0x82 | 0x83, ..]
            | [0xd9, 0xd5, 5, 0xf9, ..]
            // A SoftHSM object, a wrapped key.
            | [0, 0, 0, 0, 0, 0, _, _, 0, 0, 0, 0, ..]
            | [_, _, _, _, _, _, _, _, 5 | 6 | 12 | 15, 0, 10, 4, ..]
            // Gzip, zip, UTF-16.
            | [0x1f, 0x8b, 8, ..]
            | [b'P', b'K', 3, 4, ..]
            | [0xff, 0xfe, ..]
            | [0xfe, 0xff, ..]
            | [_, 0, _, 0, _, 0, ..]
            | [0, _, 0, _, 0, _, ..]
    );
    (is_mark && !text::is_plain(start)) || KNOWN_WORDS.iter().any(|word| start.starts_with(word))
}

/// Marks of several letters; what is a text otherwise is decoded anyhow.
const KNOWN_WORDS: [&[u8]; 14] = [
    b"RSA2",
    b"RSA3",
    b"ECK",
    b"ECS",
    b"ECDV",
    b"DSPV",
    b"DPV2",
    b"DHPV",
    b"openssh-key",
    b"SQLite f",
    b"Salted__",
    b"PuTTY-",
    b"-----BEGIN",
    b"age-enc",
];

/// Whether a decoded start is a text, perhaps with base64 in it.
fn is_text(start: &[u8]) -> bool {
    start.len() >= 12 && text::is_plain(start)
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::segments;

    fn all(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        segments(text.as_bytes(), |segment| {
            if !segment.is_empty() {
                found.push(String::from_utf8(segment.to_vec()).unwrap());
            }
        });
        found
    }

    #[test]
    fn a_segment_is_what_only_blanks_part() {
        assert_eq!(all("AAAA\r\nBBBB, CCCC"), ["AAAABBBB", "CCCC"]);
        assert_eq!(all("\"a\": \"AAAA\""), ["a", "AAAA"]);
        assert_eq!(all("Key fe:ed:fe\n ed"), ["Key", "feedfeed"]);
        assert_eq!(all("00000000: feed feed"), ["00000000", "feedfeed"]);
    }

    #[test]
    fn printed_octets_are_not_parted_where_they_look_like_a_sequence() {
        let start = STANDARD.encode("Private-Key: (2048 bit)\nmodulus: 00:a1:b2:c3:d4:");
        let rest = STANDARD.encode("0:0a:1b:2c:3d:4e:5f:60:71:82:93:a4:b5:c6:d7:e8:");
        assert_eq!(
            all(&format!("{start}\r\n{rest}\r\n")),
            [format!("{start}{}", rest.trim_end_matches('='))]
        );
    }

    #[test]
    fn what_begins_something_known_begins_a_segment() {
        assert_eq!(all("his key\nMIIEvAIBADANBgkq\nhkiG"), ["hiskey", "MIIEvAIBADANBgkqhkiG"]);
        assert_eq!(all("hex feedfeed00000002 0000"), ["hex", "feedfeed000000020000"]);
    }
}
