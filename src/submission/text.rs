//! Text as applicants save it: byte order marks, UTF-16, line ends of every system.

/// Blanks of plain text: space, tab, line feed, form feed, carriage return.
pub(super) const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\x0c' | b'\r')
}

/// Whether any byte is a blank.
pub(super) fn has_blank(text: &[u8]) -> bool {
    memchr::memchr3(b'\n', b' ', b'\r', text).is_some()
        || memchr::memchr2(b'\t', b'\x0c', text).is_some()
}

/// Without the UTF-8 byte order mark.
pub(super) fn strip_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

/// Without blanks at both ends.
pub(super) fn trim(mut text: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = text
        && is_blank(*first)
    {
        text = rest;
    }
    while let [rest @ .., last] = text
        && is_blank(*last)
    {
        text = rest;
    }
    text
}

/// Lines that end in LF, CR LF or CR.
pub(super) fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some((line, end)) =
            memchr::memchr2(b'\n', b'\r', text).and_then(|end| text.split_at_checked(end))
        else {
            return rest.take();
        };
        rest = end.strip_prefix(b"\r\n").or_else(|| end.get(1..));
        Some(line)
    })
}

/// Whether the bytes are plain text: no control characters but blanks, and either UTF-8 or an 8-bit
/// character set in which no more than a quarter of the bytes are beyond ASCII.
pub(super) fn is_plain(bytes: &[u8]) -> bool {
    if bytes.iter().any(|byte| (*byte < b' ' && !is_blank(*byte)) || *byte == 0x7f) {
        return false;
    }
    let beyond_ascii = bytes.iter().filter(|byte| !byte.is_ascii()).count();
    beyond_ascii <= bytes.len() / 4 || std::str::from_utf8(bytes).is_ok()
}

/// Bytes that claim to be UTF-16, by their byte order mark or by their zeros.
pub(super) enum Utf16 {
    /// Some other encoding.
    Absent,
    /// The text, in UTF-8.
    Text(String),
    /// Not well-formed.
    Malformed(&'static str),
}

/// Decodes UTF-16 of either byte order. Without a mark, at least four characters and three quarters
/// of the first 256 must be from the first 256 of Unicode, of one byte order.
pub(super) fn decode_utf16(bytes: &[u8]) -> Utf16 {
    let (order, body): (ByteOrder, &[u8]) = match bytes {
        [0xff, 0xfe, body @ ..] => (u16::from_le_bytes, body),
        [0xfe, 0xff, body @ ..] => (u16::from_be_bytes, body),
        _ => match likely_order(bytes) {
            Some(order) => (order, bytes),
            None => return Utf16::Absent,
        },
    };
    let (units, rest) = body.as_chunks::<2>();
    if !rest.is_empty() {
        return Utf16::Malformed("UTF-16 of an odd number of bytes");
    }
    match char::decode_utf16(units.iter().copied().map(order)).collect() {
        Ok(text) => Utf16::Text(text),
        Err(_) => Utf16::Malformed("UTF-16 with half a character"),
    }
}

type ByteOrder = fn([u8; 2]) -> u16;

fn likely_order(bytes: &[u8]) -> Option<ByteOrder> {
    let sample = bytes.get(..512).unwrap_or(bytes);
    // Most files hold no zero at all.
    memchr::memchr(0, sample)?;
    let (units, _) = sample.as_chunks::<2>();
    let count = |matches: fn(&[u8; 2]) -> bool| units.iter().filter(|unit| matches(unit)).count();
    let enough = |count: usize| count >= 4 && count * 4 >= units.len() * 3;
    if enough(count(|[low, high]| *low != 0 && *high == 0)) {
        Some(u16::from_le_bytes)
    } else if enough(count(|[high, low]| *low != 0 && *high == 0)) {
        Some(u16::from_be_bytes)
    } else {
        None
    }
}

/// Whether a text is JSON by its first and last characters: a format of evidence, so no companion.
pub(super) fn looks_like_json(text: &[u8]) -> bool {
    matches!(trim(text), [b'{', .., b'}'] | [b'[', .., b']'])
}

/// Whether a text is the answer of a service about an attested key, printed as YAML: it begins with the
/// name of a member, and one of these members stands in it.
pub(super) fn looks_like_yaml(text: &[u8]) -> bool {
    let is_mark = |line: &[u8]| {
        let line = trim(line);
        line == b"attestation:"
            || line == b"certChains:"
            || line.starts_with(b"privateKeyAttestation: ")
    };
    let mut written = lines(text).filter(|line| !trim(line).is_empty() && trim(line) != b"---");
    let begins = written.next().is_some_and(|line| {
        let name = line.iter().position(|octet| !octet.is_ascii_alphanumeric());
        name.is_some_and(|end| end > 0 && line.get(end) == Some(&b':'))
    });
    begins && lines(text).any(is_mark)
}

/// The same for XML.
pub(super) fn looks_like_xml(text: &[u8]) -> bool {
    matches!(trim(text), [b'<', .., b'>'])
}

/// The text without its markup, and with the characters that its references stand for (of those that base64
/// and boundaries are made of): to be searched.
pub(super) fn without_markup(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr2(b'<', b'&', rest) {
        let (before, mark) = rest.split_at_checked(at).unwrap_or((rest, &[]));
        plain.extend_from_slice(before);
        let end = if mark.starts_with(b"<") { b'>' } else { b';' };
        let within = if end == b';' { mark.get(..10).unwrap_or(mark) } else { mark };
        let Some(length) = memchr::memchr(end, within) else {
            if end == b'>' {
                // No markup begins in what is left either.
                rest = mark;
                break;
            }
            plain.extend(mark.first());
            rest = mark.get(1..).unwrap_or_default();
            continue;
        };
        let (inside, behind) =
            mark.split_at_checked(length.saturating_add(1)).unwrap_or((mark, &[]));
        plain.extend(referenced(inside));
        rest = behind;
    }
    plain.extend_from_slice(rest);
    plain
}

/// The character that a numeric reference stands for; a blank for `&nbsp;`.
fn referenced(reference: &[u8]) -> Option<u8> {
    if reference == b"&nbsp;" {
        return Some(b' ');
    }
    let number = reference.strip_prefix(b"&#")?.strip_suffix(b";")?;
    let (digits, base) = match number {
        [b'x' | b'X', digits @ ..] => (digits, 16),
        digits => (digits, 10),
    };
    u8::from_str_radix(std::str::from_utf8(digits).ok()?, base).ok()
}

/// Whether a text looks like either.
pub(super) fn is_document(text: &[u8]) -> bool {
    (looks_like_json(text) || looks_like_xml(text)) && is_plain(text)
}

#[cfg(test)]
mod tests {
    use super::{Utf16, decode_utf16, is_plain, lines, looks_like_yaml};

    fn utf16(bytes: &[u8]) -> Option<Result<String, &'static str>> {
        match decode_utf16(bytes) {
            Utf16::Absent => None,
            Utf16::Text(text) => Some(Ok(text)),
            Utf16::Malformed(fault) => Some(Err(fault)),
        }
    }

    #[test]
    fn lines_end_in_any_of_the_three_ways() {
        let all: Vec<_> = lines(b"a\nb\r\nc\rd").collect();
        assert_eq!(all, [b"a", b"b", b"c", b"d"]);
    }

    #[test]
    fn yaml_is_known_by_its_members() {
        for text in [
            "algorithm: X\nattestation:\n  format: Y\n",
            "---\nattestation:\r\n  format: Y",
            "certificatePemFile: AA\nprivateKeyAttestation: AA",
        ] {
            assert!(looks_like_yaml(text.as_bytes()), "{text}");
        }
        for text in [
            "Dear staff,\nthis is the attestation:\nsee below",
            "From: somebody\nSubject: the attestation: of my key\nattestation: enclosed",
            "attestation",
            "-----BEGIN CERTIFICATE-----\nattestation:\n",
            "",
        ] {
            assert!(!looks_like_yaml(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn utf16_is_seen_with_and_without_its_mark() {
        assert_eq!(utf16(b"\xff\xfea\0b\0"), Some(Ok("ab".into())));
        assert_eq!(utf16(b"\xfe\xff\0a\0b"), Some(Ok("ab".into())));
        assert_eq!(utf16(b"t\0e\0x\0t\0"), Some(Ok("text".into())));
        assert_eq!(utf16(b"\0t\0e\0x\0t"), Some(Ok("text".into())));
        assert_eq!(utf16(b"text"), None);
        assert_eq!(utf16(&[0x30, 0x03, 0x02, 0x01, 0x00]), None);
        assert!(matches!(utf16(b"\xff\xfea"), Some(Err(_))));
        assert!(matches!(utf16(b"\xff\xfe\x00\xd8"), Some(Err(_))));
    }

    #[test]
    fn plain_text_has_no_control_characters() {
        assert!(is_plain("Liesmich: Pr\u{fc}fung".as_bytes()));
        assert!(is_plain(b"Liesmich: Pr\xfcfung"));
        assert!(is_plain("\u{8aad}\u{3093}\u{3067}".as_bytes()));
        assert!(!is_plain(b"\xfc\xe4\xf6 a"));
        assert!(!is_plain(b"a\x1b[2J"));
        assert!(!is_plain(b"a\0"));
    }
}
