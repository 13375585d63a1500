//! Writes DER (X.690) for the few structures that a simulation holds, and takes apart what the
//! cryptographic library wrote. The verifier's own reader and writer have no part in it.

use std::slice::Iter;

use keyproof::Timestamp;

/// Tags (X.690 8).
pub(crate) mod tag {
    pub(crate) const BOOLEAN: u8 = 0x01;
    pub(crate) const INTEGER: u8 = 0x02;
    pub(crate) const BIT_STRING: u8 = 0x03;
    pub(crate) const OCTET_STRING: u8 = 0x04;
    pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
    pub(crate) const UTF8_STRING: u8 = 0x0c;
    pub(crate) const PRINTABLE_STRING: u8 = 0x13;
    pub(crate) const UTC_TIME: u8 = 0x17;
    pub(crate) const GENERALIZED_TIME: u8 = 0x18;
    pub(crate) const SEQUENCE: u8 = 0x30;
    pub(crate) const SET: u8 = 0x31;
    /// `[0]`, constructed.
    pub(crate) const CONTEXT_0: u8 = 0xa0;
}

/// One value.
pub(crate) fn value(tag: u8, content: &[u8]) -> Vec<u8> {
    let octets = content.len().to_be_bytes();
    let start = octets.iter().position(|octet| *octet != 0).unwrap_or(octets.len());
    let length = octets.get(start..).unwrap_or_default();
    match u8::try_from(content.len()) {
        Ok(short @ 0..0x80) => [&[tag, short], content].concat(),
        _ => [&[tag, long_form(length.len())], length, content].concat(),
    }
}

/// The first octet of a length that has so many others.
fn long_form(octets: usize) -> u8 {
    u8::try_from(octets).unwrap_or(0x7f) | 0x80
}

/// A SEQUENCE of encoded values.
pub(crate) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    value(tag::SEQUENCE, &parts.concat())
}

/// A length of three octets, and one more than it must have, which DER forbids (X.690 10.1). Contents
/// are shorter than 2^16 octets here.
pub(crate) fn padded_sequence(parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = u16::try_from(content.len()).unwrap_or(u16::MAX).to_be_bytes();
    [&[tag::SEQUENCE, 0x83, 0], &length[..], &content].concat()
}

/// A SET OF, its elements brought into ascending order (X.690 11.6).
pub(crate) fn set(mut elements: Vec<Vec<u8>>) -> Vec<u8> {
    elements.sort();
    value(tag::SET, &elements.concat())
}

/// An explicitly tagged value: `[number]`, below 31.
pub(crate) fn explicit(number: u8, inner: &[u8]) -> Vec<u8> {
    value(tag::CONTEXT_0 | number, inner)
}

/// A non-negative INTEGER from big-endian octets of any length.
pub(crate) fn unsigned(octets: &[u8]) -> Vec<u8> {
    let minimal = without_leading_zeros(octets);
    let sign: &[u8] =
        if minimal.first().is_none_or(|first| first & 0x80 != 0) { &[0] } else { &[] };
    value(tag::INTEGER, &[sign, minimal].concat())
}

/// A non-negative INTEGER.
pub(crate) fn integer(number: u64) -> Vec<u8> {
    unsigned(&number.to_be_bytes())
}

/// A BIT STRING of whole octets.
pub(crate) fn bit_string(octets: &[u8]) -> Vec<u8> {
    value(tag::BIT_STRING, &[&[0], octets].concat())
}

/// An OCTET STRING.
pub(crate) fn octet_string(octets: &[u8]) -> Vec<u8> {
    value(tag::OCTET_STRING, octets)
}

/// An OBJECT IDENTIFIER.
pub(crate) fn object_identifier(dotted: &str) -> Vec<u8> {
    value(tag::OBJECT_IDENTIFIER, &arcs(dotted))
}

/// The content of an OBJECT IDENTIFIER (X.690 8.19).
fn arcs(dotted: &str) -> Vec<u8> {
    let mut arcs = dotted.split('.').map(|arc| arc.parse::<u32>().unwrap_or_default());
    let (first, second) = (arcs.next().unwrap_or_default(), arcs.next().unwrap_or_default());
    let first = first.saturating_mul(40).saturating_add(second);
    [first].into_iter().chain(arcs).flat_map(base_128).collect()
}

/// Seven bits an octet, the first bit set in all but the last.
fn base_128(number: u32) -> Vec<u8> {
    let low = |shift: u32| u8::try_from((number >> shift) & 0x7f).unwrap_or_default();
    let above = [28, 21, 14, 7].into_iter().filter(|shift| number >> shift != 0);
    above.map(|shift| low(shift) | 0x80).chain([low(0)]).collect()
}

/// The BOOLEAN TRUE.
pub(crate) const TRUE: &[u8] = &[tag::BOOLEAN, 1, 0xff];

/// NULL.
pub(crate) const NULL: &[u8] = &[0x05, 0];

/// UTCTime until 2049, GeneralizedTime from 2050 (RFC 5280 4.1.2.5).
pub(crate) fn time(instant: Timestamp) -> Vec<u8> {
    let text = generalized(instant);
    match text.strip_prefix("20").or_else(|| text.strip_prefix("19")) {
        Some(short) if ("1950".."2050").contains(&text.as_str()) => {
            value(tag::UTC_TIME, short.as_bytes())
        }
        _ => value(tag::GENERALIZED_TIME, text.as_bytes()),
    }
}

/// The text of a GeneralizedTime.
pub(crate) fn generalized(instant: Timestamp) -> String {
    instant.to_string().chars().filter(char::is_ascii_digit).chain(['Z']).collect()
}

/// A Name of one commonName, a UTF8String of these octets, which need not be text.
pub(crate) fn common_name(octets: &[u8]) -> Vec<u8> {
    let name = attribute(crate::oid::COMMON_NAME, tag::UTF8_STRING, octets);
    sequence(&[&set(vec![name])])
}

/// A Name of UTF8Strings, one relative name each, the most general first.
pub(crate) fn name(attributes: &[(&str, &str)]) -> Vec<u8> {
    let relative =
        |(kind, text): &(&str, &str)| set(vec![attribute(kind, tag::UTF8_STRING, text.as_bytes())]);
    sequence(&[&attributes.iter().map(relative).collect::<Vec<_>>().concat()])
}

/// An attribute of a Name.
pub(crate) fn attribute(kind: &str, tag: u8, text: &[u8]) -> Vec<u8> {
    sequence(&[&object_identifier(kind), &value(tag, text)])
}

/// A SEQUENCE OF object identifiers, as extKeyUsage is.
pub(crate) fn identifiers(dotted: &[&str]) -> Vec<u8> {
    sequence(&[&dotted.iter().map(|one| object_identifier(one)).collect::<Vec<_>>().concat()])
}

/// certificatePolicies of that one policy, without qualifiers (RFC 5280 4.2.1.4).
pub(crate) fn policies(policy: &str) -> Vec<u8> {
    sequence(&[&identifiers(&[policy])])
}

/// An AlgorithmIdentifier.
pub(crate) fn algorithm(oid: &str, parameters: &[u8]) -> Vec<u8> {
    sequence(&[&object_identifier(oid), parameters])
}

/// The AlgorithmIdentifier of an elliptic curve key on a named curve (RFC 5480 2.1.1).
pub(crate) fn named_curve(curve: &str) -> Vec<u8> {
    algorithm(crate::oid::EC_PUBLIC_KEY, &object_identifier(curve))
}

/// The values in a value that the cryptographic library wrote: tag and content of each.
pub(crate) fn within(der: &[u8]) -> Option<Vec<(u8, Vec<u8>)>> {
    let mut outer = der.iter();
    let (_, content) = take(&mut outer)?;
    let mut inner = content.iter();
    let mut values = Vec::new();
    while inner.len() > 0 {
        values.push(take(&mut inner)?);
    }
    Some(values)
}

fn take(octets: &mut Iter<'_, u8>) -> Option<(u8, Vec<u8>)> {
    let tag = *octets.next()?;
    let length = match *octets.next()? {
        short @ 0..0x80 => usize::from(short),
        long => octets
            .by_ref()
            .take(usize::from(long & 0x7f))
            .fold(0, |length: usize, octet| (length << 8) | usize::from(*octet)),
    };
    let content: Vec<u8> = octets.by_ref().take(length).copied().collect();
    (content.len() == length).then_some((tag, content))
}

/// The numbers of a SEQUENCE of INTEGERs, big-endian and without a sign octet: an RSA key, r and s.
pub(crate) fn numbers(der: &[u8]) -> Option<Vec<Vec<u8>>> {
    let values = within(der)?.into_iter();
    Some(values.map(|(_, content)| without_leading_zeros(&content).to_vec()).collect())
}

fn without_leading_zeros(octets: &[u8]) -> &[u8] {
    let start = octets.iter().position(|octet| *octet != 0).unwrap_or(octets.len());
    octets.get(start..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use keyproof::Timestamp;

    use super::{
        integer, numbers, object_identifier, padded_sequence, sequence, set, time, unsigned, value,
    };

    #[test]
    fn lengths_are_minimal_at_every_boundary() {
        for (length, header) in [
            (0, &[4, 0][..]),
            (0x7f, &[4, 0x7f]),
            (0x80, &[4, 0x81, 0x80]),
            (0xff, &[4, 0x81, 0xff]),
            (0x100, &[4, 0x82, 1, 0]),
            (0x1_0000, &[4, 0x83, 1, 0, 0]),
        ] {
            let der = value(4, &vec![0; length]);
            assert_eq!((&der[..header.len()], der.len()), (header, header.len() + length));
        }
        assert_eq!(padded_sequence(&[&[5, 0]]), [0x30, 0x83, 0, 0, 2, 5, 0]);
    }

    /// Examples of X.690 8.19.5 and of RFC 5280.
    #[test]
    fn identifiers_are_written_as_their_standards_print_them() {
        assert_eq!(object_identifier("2.999.3"), [6, 3, 0x88, 0x37, 3]);
        assert_eq!(object_identifier("1.2.840.113549"), [6, 6, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d]);
        assert_eq!(object_identifier("2.5.29.15"), [6, 3, 0x55, 0x1d, 0x0f]);
        assert_eq!(object_identifier("1.0"), [6, 1, 40]);
    }

    #[test]
    fn integers_are_minimal_and_never_negative() {
        assert_eq!(integer(0), [2, 1, 0]);
        assert_eq!(integer(0x7f), [2, 1, 0x7f]);
        assert_eq!(integer(0x80), [2, 2, 0, 0x80]);
        assert_eq!(unsigned(&[0, 0, 1]), [2, 1, 1]);
        assert_eq!(unsigned(&[]), [2, 1, 0]);
        let pair = sequence(&[&integer(0x80), &integer(0)]);
        assert_eq!(numbers(&pair), Some(vec![vec![0x80], vec![]]));
        assert_eq!(numbers(&pair[..5]), None);
    }

    #[test]
    fn sets_are_in_order() {
        let der = set(vec![integer(2), integer(1)]);
        assert_eq!(der, [0x31, 6, 2, 1, 1, 2, 1, 2]);
    }

    #[test]
    fn times_change_their_form_in_2050() {
        let at = |text| time(Timestamp::from_rfc3339(text).unwrap());
        assert_eq!(at("2049-12-31T23:59:59Z"), b"\x17\x0d491231235959Z");
        assert_eq!(at("2050-01-01T00:00:00Z"), b"\x18\x0f20500101000000Z");
        assert_eq!(at("1950-01-01T00:00:00Z"), b"\x17\x0d500101000000Z");
        assert_eq!(at("1949-12-31T23:59:59Z"), b"\x18\x0f19491231235959Z");
        assert_eq!(at("9999-12-31T23:59:59Z"), b"\x18\x0f99991231235959Z");
    }
}
