//! DER and BER, written by hand.

/// Tag, length in the one form of DER, content.
pub(super) fn value(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let octets: Vec<u8> =
        content.len().to_be_bytes().into_iter().skip_while(|octet| *octet == 0).collect();
    let mut out = vec![tag];
    match octets.as_slice() {
        [] => out.push(0),
        [short @ 0..=0x7f] => out.push(*short),
        long => out.extend([&[0x80 | long.len() as u8], long].concat()),
    }
    out.extend(content);
    out
}

/// The tag of a value and where its content begins; the lengths are trusted.
fn header(der: &[u8]) -> (u8, usize) {
    let start = if der[1] < 0x80 { 2 } else { 2 + usize::from(der[1] & 0x7f) };
    (der[0], start)
}

/// The content of the value that `der` is.
pub(super) fn content(der: &[u8]) -> &[u8] {
    &der[header(der).1..]
}

/// The values within the value that `der` is.
pub(super) fn elements(der: &[u8]) -> Vec<&[u8]> {
    let mut rest = content(der);
    let mut out = Vec::new();
    while !rest.is_empty() {
        let start = header(rest).1;
        let long = rest[2..start].iter().fold(0, |sum, octet| sum << 8 | usize::from(*octet));
        let length = if start == 2 { usize::from(rest[1]) } else { long };
        let (element, after) = rest.split_at(start + length);
        out.push(element);
        rest = after;
    }
    out
}

/// The same value with its length in the indefinite form (X.690 8.1.3.6).
pub(super) fn indefinite(der: &[u8]) -> Vec<u8> {
    [&[der[0], 0x80], content(der), &[0, 0]].concat()
}

/// The same value with a length of `octets` octets, more than are needed.
pub(super) fn long_length(der: &[u8], octets: usize) -> Vec<u8> {
    let content = content(der);
    let length = &content.len().to_be_bytes()[8 - octets..];
    [&[der[0], 0x80 | octets as u8], length, content].concat()
}

/// The same value with its tag in the long form (X.690 8.1.2.4), after as many octets too many.
pub(super) fn long_tag(der: &[u8], padding: usize) -> Vec<u8> {
    let padding = vec![0x80; padding];
    [&[der[0] | 0x1f], padding.as_slice(), &[der[0] & 0x1f], &der[1..]].concat()
}
