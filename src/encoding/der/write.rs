//! DER, written (X.690 10.1).

use super::tag;

/// One value: identifier octet, minimal length, content.
pub(crate) fn value(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = match u8::try_from(content.len()) {
        Ok(short) if short < 0x80 => vec![short],
        _ => {
            let octets = minimal(content.len());
            [&[0x80 | count(&octets)], octets.as_slice()].concat()
        }
    };
    [&[tag], length.as_slice(), content].concat()
}

/// A length in as few octets as it needs.
fn minimal(length: usize) -> Vec<u8> {
    length.to_be_bytes().into_iter().skip_while(|octet| *octet == 0).collect()
}

/// How many those are: a usize has at most eight.
fn count(octets: &[u8]) -> u8 {
    u8::try_from(octets.len()).unwrap_or(8)
}

/// A non-negative INTEGER of a number in big-endian octets (X.690 8.3).
pub(crate) fn unsigned(number: &[u8]) -> Vec<u8> {
    let first = number.iter().position(|octet| *octet != 0).unwrap_or(number.len());
    let number = number.get(first..).unwrap_or_default();
    let sign: &[u8] = if number.first().is_none_or(|octet| octet & 0x80 != 0) { &[0] } else { &[] };
    value(tag::INTEGER, &[sign, number].concat())
}
