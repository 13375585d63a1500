//! What stands behind PEM boundaries, in each of the ways in which programs read it.
//!
//! A boundary counts wherever it stands, for readers that take a text in pieces see the start of a
//! line in the middle of ours, and GnuTLS and Python's `cryptography` look at no line at all.

use std::borrow::Cow;
use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::{Budget, Spent};
use crate::submission::base64::{sextet as digit, sextets};

const BEGIN: &[u8] = b"-----BEGIN ";

/// Finders of the parts of a boundary, built once.
struct Finders {
    begin: Finder<'static>,
    dashes: Finder<'static>,
    end: Finder<'static>,
    /// The start in characters of two and four octets.
    wide: [(usize, Finder<'static>); 2],
}

static FINDERS: LazyLock<Finders> = LazyLock::new(|| Finders {
    begin: Finder::new(BEGIN),
    dashes: Finder::new(b"-----"),
    end: Finder::new(b"-----END"),
    wide: [2, 4].map(|width| {
        let mut begin: Vec<u8> =
            BEGIN.iter().flat_map(|byte| [*byte, 0, 0, 0].into_iter().take(width)).collect();
        // The last character's zeros may stand before the first one's.
        begin.truncate(begin.len().saturating_sub(width - 1));
        (width, Finder::new(&begin).into_owned())
    }),
});

/// Octets that OpenSSL takes for a line at most (`crypto/pem/pem_lib.c`, LINESIZE without its last).
const OPENSSL_LINE: usize = 254;

/// What the base64 behind each boundary stands for, in each reading; of ASCII, and of UTF-16 and
/// UTF-32 of both orders.
///
/// # Errors
/// [`Spent`]: each reading costs its octets.
pub(super) fn contents(bytes: &[u8], budget: &mut Budget) -> Result<Vec<Vec<u8>>, Spent> {
    let mut contents = Vec::new();
    for text in texts(bytes) {
        for at in FINDERS.begin.find_iter(&text) {
            readings(text.get(at..).unwrap_or_default(), budget, &mut contents)?;
        }
    }
    Ok(contents)
}

/// The bytes, and each second or fourth of them where boundaries stand in UTF-16 or UTF-32.
fn texts(bytes: &[u8]) -> Vec<Cow<'_, [u8]>> {
    let mut texts = vec![Cow::Borrowed(bytes)];
    for (width, begin) in &FINDERS.wide {
        if begin.find(bytes).is_some() {
            let each = |first| bytes.iter().skip(first).step_by(*width).copied().collect();
            texts.extend((0..*width).map(|first| Cow::Owned(each(first))));
        }
    }
    texts
}

/// What the text behind the boundary that `text` begins with stands for.
fn readings(text: &[u8], budget: &mut Budget, contents: &mut Vec<Vec<u8>>) -> Result<(), Spent> {
    let behind = text.get(BEGIN.len()..).unwrap_or_default();
    // GnuTLS and Python look for the next dashes, however far the label reaches.
    let Some(label) = FINDERS.dashes.find(behind) else {
        return Ok(());
    };
    let after = behind.get(label..).unwrap_or_default();
    let dashes = after.iter().take_while(|byte| **byte == b'-').count();
    let behind = after.get(dashes..).unwrap_or_default();
    let body = until_end(behind);
    budget.spend(0, label.saturating_add(body.len()))?;
    let plain = decode(body, is_blank);
    let is_usual =
        |byte: &u8| digit(*byte).is_some() || *byte == b'=' || (is_blank(*byte) && *byte != 0);
    let line_of_end = lines(behind.get(body.len()..).unwrap_or_default()).next();
    let is_header = line_of_end.is_some_and(|line| line.contains(&b':'));
    if !is_header && body.iter().all(is_usual) {
        contents.push(plain);
        return Ok(());
    }
    let from_boundary = until_end(text);
    budget.spend(0, body.len().saturating_mul(2).saturating_add(from_boundary.len()))?;
    let without_headers = without_headers(behind, budget)?;
    contents.extend([
        // Up to the first other character.
        plain,
        // All others passed over: Python's base64, mail programs.
        decode(body, |byte| digit(byte).is_none()),
        // Behind header lines and a blank one (RFC 1421 4.4): Python's cryptography.
        decode(&join(lines_behind_headers(body)), is_blank),
        decode(&without_headers, is_blank),
        // Each line cut at its first other character: OpenSSL, for which a line ends at an octet of 0
        // and has blanks at its end that are none.
        decode(&join(openssl_lines(from_boundary).skip(1).map(base64_of_line)), is_blank),
        // Behind the line of the boundary, whatever else it holds: the JDK.
        decode(&join(lines(from_boundary).skip(1)), is_blank),
    ]);
    Ok(())
}

/// The text before the next END.
fn until_end(text: &[u8]) -> &[u8] {
    FINDERS.end.find(text).and_then(|end| text.get(..end)).unwrap_or(text)
}

fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| matches!(byte, b'\n' | b'\r'))
}

fn join<'a>(lines: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    lines.collect::<Vec<_>>().join(&b'\n')
}

/// The text without lines that have a colon, up to an END in one of the others: Bouncy Castle, for which
/// what a header holds ends nothing.
fn without_headers(text: &[u8], budget: &mut Budget) -> Result<Vec<u8>, Spent> {
    let mut left = Vec::new();
    for line in lines(text) {
        budget.spend(0, line.len().saturating_add(1))?;
        if line.contains(&b':') {
            continue;
        }
        let before_end = until_end(line);
        left.extend_from_slice(before_end);
        left.push(b'\n');
        if before_end.len() < line.len() {
            break;
        }
    }
    Ok(left)
}

/// The lines behind the first blank one, the line of the boundary and what follows it at once aside.
fn lines_behind_headers(body: &[u8]) -> impl Iterator<Item = &[u8]> {
    let blank = |line: &&[u8]| line.iter().all(|byte| is_blank(*byte));
    lines(body).skip_while(blank).skip_while(move |line| !blank(line))
}

/// Lines as OpenSSL takes them off a file.
fn openssl_lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split_inclusive(|byte| *byte == b'\n').flat_map(|line| line.chunks(OPENSSL_LINE))
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
    let mut rest = text;
    loop {
        // Most come in fours.
        while held == 0
            && let Some((four, after)) = rest.split_first_chunk::<4>()
            && let Some([a, b, c, d]) = sextets(*four)
        {
            let [one, two, three] = [a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d];
            octets.extend([one, two, three]);
            rest = after;
        }
        let Some((byte, after)) = rest.split_first() else {
            break;
        };
        rest = after;
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

#[cfg(test)]
mod tests {
    use super::super::{Budget, Spent};
    use super::{contents, decode, is_blank};

    #[test]
    fn base64_is_read_up_to_its_first_other_character() {
        assert_eq!(decode(b"AAEC/w==", is_blank), [0, 1, 2, 255]);
        assert_eq!(decode(b"AA\r\nEC\t\x0b/w*AA", is_blank), [0, 1, 2, 255]);
        assert_eq!(decode(b"AA*EC", |_| true), [0, 1, 2]);
        assert!(decode(b"A", is_blank).is_empty());
    }

    /// What `text` holds, if that costs no more than eight times its octets.
    fn found(text: &[u8]) -> Result<Vec<Vec<u8>>, Spent> {
        contents(text, &mut Budget::new(0, 8 * text.len()))
    }

    #[test]
    fn every_reader_finds_its_own() {
        for text in [
            // GnuTLS, lib/x509_b64.c.
            &b"x-----BEGIN A\nsome words-----AAEC/w==-----END A-----"[..],
            b"-----BEGIN -----BEGIN A-----AAEC/w==-----END A-----",
            // Bouncy Castle.
            b"-----BEGIN A-----\nAA\nB: c\nEC/w==\n-----END A-----",
            b"-----BEGIN A-----\nAA\nB: -----END B-----\nEC/w==\n-----END A-----",
            b"-----BEGIN A-----\nAA\n-----END A-----: b\nEC/w==\n-----END A-----",
            // Python's cryptography.
            b"-----BEGIN A-----\nB: -----\n\nAAEC/w==\n-----END A-----",
            // The JDK.
            b"-----BEGIN A-----b-----\nAAEC/w==\n-----END A-----",
            // OpenSSL.
            b"-----BEGIN A-----\xff\nAA\xff\nEC\0AAAA\n/w==\n-----END A-----",
            // Nobody's end.
            b"-----BEGIN A-----\nAAEC/w==",
        ] {
            let found = found(text).unwrap();
            assert!(found.contains(&vec![0, 1, 2, 255]), "{}", String::from_utf8_lossy(text));
        }
    }

    #[test]
    fn a_line_ends_after_254_octets_too() {
        let piece = |text: &str| format!("{text}\0{}", "A".repeat(253 - text.len()));
        let text = [piece("-----BEGIN A-----"), piece("AAEC"), piece("/w==")].concat();
        assert!(found(text.as_bytes()).unwrap().contains(&vec![0, 1, 2, 255]));
    }

    #[test]
    fn a_mebibyte_of_boundaries_is_bounded() {
        for part in [&b"-----BEGIN "[..], b"-----BEGIN X-----AAAA", b"-----BEGIN -----\nA: b\n\n*"]
        {
            let text = part.repeat((1 << 20) / part.len());
            assert_eq!(found(&text), Err(Spent));
        }
        let blocks = b"-----BEGIN X-----\nAAAA\n-----END X-----\n".repeat(1 << 14);
        assert!(found(&blocks).is_ok());
    }
}
