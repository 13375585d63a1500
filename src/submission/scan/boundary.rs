//! What stands behind PEM boundaries, in each of the ways in which programs read it.
//!
//! A boundary counts wherever it stands, for readers that take a text in pieces see the start of a
//! line in the middle of ours: OpenSSL's pieces have 254 characters (`crypto/pem/pem_lib.c`,
//! LINESIZE), GnuTLS and Python's `cryptography` look at no line at all.

use std::borrow::Cow;

use memchr::memmem;

const BEGIN: &[u8] = b"-----BEGIN ";
const DASHES: &[u8] = b"-----";

/// Longer than any label in use, and than any reader keeps.
const LONGEST_LABEL: usize = 256;

/// Octets of a character, and the place of the one that is not zero: ASCII, UTF-16 and UTF-32 of
/// both orders.
const WIDTHS: [Width; 5] = [Width(1, 0), Width(2, 0), Width(2, 1), Width(4, 0), Width(4, 3)];

/// What the base64 behind each boundary stands for, in each reading.
pub(super) fn contents(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut contents = Vec::new();
    for width in WIDTHS {
        let (begin, dashes) = (width.widened(BEGIN), width.widened(DASHES));
        let mut rest = bytes;
        while let Some(at) = memmem::find(rest, &begin) {
            let behind = rest.get(at.saturating_add(begin.len())..).unwrap_or_default();
            let body = behind.get(width.after_label(behind)..).unwrap_or_default();
            // The next boundary begins no earlier, so no octet is read twice.
            let (body, after) = match memmem::find(body, &dashes) {
                Some(end) => body.split_at_checked(end).unwrap_or((body, &[])),
                None => (body, &[][..]),
            };
            contents.extend(readings(&width.narrowed(body)));
            rest = after;
        }
    }
    contents
}

/// How the characters of a text are encoded.
#[derive(Clone, Copy)]
struct Width(usize, usize);

impl Width {
    fn widened(self, text: &[u8]) -> Vec<u8> {
        let character = |byte| (0..self.0).map(move |at| if at == self.1 { byte } else { 0 });
        text.iter().flat_map(|byte| character(*byte)).collect()
    }

    /// The characters of a text; those that are not of ASCII become ones that base64 does not have.
    fn narrowed(self, text: &[u8]) -> Cow<'_, [u8]> {
        if self.0 == 1 {
            return Cow::Borrowed(text);
        }
        let character = |octets: &[u8]| match octets.get(self.1) {
            Some(byte) if octets.iter().filter(|it| **it != 0).count() <= 1 => *byte,
            _ => b'?',
        };
        Cow::Owned(text.chunks_exact(self.0).map(character).collect())
    }

    /// Where the body begins behind a label: after its line, or after the dashes that end the label.
    fn after_label(self, behind: &[u8]) -> usize {
        let longest = LONGEST_LABEL.saturating_mul(self.0).min(behind.len());
        let text = self.narrowed(behind.get(..longest).unwrap_or_default());
        let label = text.iter().take_while(|byte| !matches!(byte, b'-' | b'\n' | b'\r')).count();
        let dashes = text.iter().skip(label).take_while(|byte| **byte == b'-').count();
        label.saturating_add(dashes).saturating_mul(self.0)
    }
}

/// What a body stands for, as different programs read base64.
fn readings(body: &[u8]) -> Vec<Vec<u8>> {
    let plain = decode(body, is_blank);
    if body.iter().all(|byte| digit(*byte).is_some() || is_blank(*byte) || *byte == b'=') {
        return vec![plain];
    }
    let lines = || body.split(|byte| matches!(byte, b'\n' | b'\r'));
    let join = |lines: &mut dyn Iterator<Item = &[u8]>| lines.collect::<Vec<_>>().join(&b'\n');
    vec![
        // Up to the first other character, a dash for one: OpenSSL.
        plain,
        // All others passed over: Python's base64, mail programs.
        decode(body, |byte| digit(byte).is_none()),
        // Behind header lines and a blank one (RFC 1421 4.4): OpenSSL.
        decode(
            &join(&mut lines().skip_while(|line| !line.iter().all(|it| is_blank(*it)))),
            is_blank,
        ),
        decode(&join(&mut lines().skip(1).skip_while(|line| !line.is_empty())), is_blank),
        // Without all lines that look like headers: Bouncy Castle.
        decode(&join(&mut lines().filter(|line| !line.contains(&b':'))), is_blank),
        // Each line cut at its first other character: OpenSSL's PEM_FLAG_ONLY_B64.
        decode(&join(&mut lines().map(base64_of_line)), is_blank),
    ]
}

fn base64_of_line(line: &[u8]) -> &[u8] {
    let end = line.iter().position(|byte| digit(*byte).is_none()).unwrap_or(line.len());
    line.get(..end).unwrap_or(line)
}

/// White space and control characters: the blanks of one reader or another.
fn is_blank(byte: u8) -> bool {
    byte <= b' ' || byte == 0x7f
}

/// The octets of a base64 text up to the first character that is neither a digit nor passed over.
fn decode(text: &[u8], passed_over: impl Fn(u8) -> bool) -> Vec<u8> {
    let mut octets = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut held) = (0_u32, 0_u32);
    for byte in text {
        let Some(digit) = digit(*byte) else {
            if passed_over(*byte) {
                continue;
            }
            break;
        };
        bits = (bits << 6) | u32::from(digit);
        held += 6;
        if held >= 8 {
            held -= 8;
            let [.., octet] = (bits >> held).to_be_bytes();
            octets.push(octet);
            bits &= (1 << held) - 1;
        }
    }
    octets
}

/// The value of a base64 digit (RFC 4648 4).
fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{contents, decode, is_blank};

    #[test]
    fn base64_is_read_up_to_its_first_other_character() {
        assert_eq!(decode(b"AAEC/w==", is_blank), [0, 1, 2, 255]);
        assert_eq!(decode(b"AA\r\nEC\t\x0b/w*AA", is_blank), [0, 1, 2, 255]);
        assert_eq!(decode(b"AA*EC", |_| true), [0, 1, 2]);
        assert!(decode(b"A", is_blank).is_empty());
    }

    #[test]
    fn a_mebibyte_of_boundaries_is_read_once() {
        for part in [&b"-----BEGIN "[..], b"-----BEGIN X-----AAAA", b"-----BEGIN -----\nA: b\n\n*"]
        {
            let text = part.repeat((1 << 20) / part.len());
            let octets: usize = contents(&text).iter().map(Vec::len).sum();
            assert!(octets <= 6 * text.len(), "{octets}");
        }
    }
}
