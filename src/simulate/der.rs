//! Writes DER (X.690) for the few structures that a simulation holds. The opposite of
//! [`crate::encoding::der`], which checks what is written here.

pub(crate) use crate::encoding::der::value;
use crate::encoding::der::{count, minimal, tag};
use crate::encoding::oid::{self, Oid};
use crate::time::Timestamp;

/// A SEQUENCE of encoded values.
pub(crate) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    value(tag::SEQUENCE, &parts.concat())
}

/// The same values with a length one octet longer than it must be, which DER forbids (X.690 10.1).
pub(crate) fn padded_sequence(parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let octets = minimal(content.len());
    let mut out = vec![tag::SEQUENCE, 0x81_u8.saturating_add(count(&octets)), 0];
    out.extend(octets);
    out.extend(content);
    out
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
    let start = octets.iter().position(|octet| *octet != 0).unwrap_or(octets.len());
    let minimal = octets.get(start..).unwrap_or_default();
    let mut content = Vec::with_capacity(minimal.len() + 1);
    if minimal.first().is_none_or(|first| first & 0x80 != 0) {
        content.push(0);
    }
    content.extend_from_slice(minimal);
    value(tag::INTEGER, &content)
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
pub(crate) fn object_identifier(oid: Oid<'_>) -> Vec<u8> {
    value(tag::OBJECT_IDENTIFIER, oid.content())
}

/// The BOOLEAN TRUE.
pub(crate) const TRUE: &[u8] = &[tag::BOOLEAN, 1, 0xff];

/// NULL.
pub(crate) const NULL: &[u8] = &[tag::NULL, 0];

/// UTCTime until 2049, GeneralizedTime from 2050 (RFC 5280 4.1.2.5).
pub(crate) fn time(instant: Timestamp) -> Vec<u8> {
    let mut text: String = instant.to_string().chars().filter(char::is_ascii_digit).collect();
    text.push('Z');
    match text.strip_prefix("20").or_else(|| text.strip_prefix("19")) {
        Some(short) if ("1950".."2050").contains(&text.as_str()) => {
            value(tag::UTC_TIME, short.as_bytes())
        }
        _ => value(tag::GENERALIZED_TIME, text.as_bytes()),
    }
}

/// commonName (RFC 5280 appendix A.1).
const COMMON_NAME: Oid<'_> = Oid::from_content(&[0x55, 0x04, 0x03]);

/// A Name of one commonName, a UTF8String of these octets, which need not be text.
pub(crate) fn common_name(octets: &[u8]) -> Vec<u8> {
    let text = value(tag::UTF8_STRING, octets);
    let attribute = sequence(&[&object_identifier(COMMON_NAME), &text]);
    sequence(&[&set(vec![attribute])])
}

/// A Name of UTF8Strings, one relative name each, the most general first.
pub(crate) fn name(attributes: &[(Oid<'_>, &str)]) -> Vec<u8> {
    let names = attributes.iter().map(|(kind, text)| {
        let text = value(tag::UTF8_STRING, text.as_bytes());
        set(vec![sequence(&[&object_identifier(*kind), &text])])
    });
    sequence(&[&names.collect::<Vec<_>>().concat()])
}

/// An AlgorithmIdentifier.
pub(crate) fn algorithm(oid: Oid<'_>, parameters: &[u8]) -> Vec<u8> {
    sequence(&[&object_identifier(oid), parameters])
}

/// The AlgorithmIdentifier of an elliptic curve key on a named curve (RFC 5480 2.1.1).
pub(crate) fn named_curve(curve: Oid<'_>) -> Vec<u8> {
    algorithm(oid::EC_PUBLIC_KEY, &object_identifier(curve))
}

#[cfg(test)]
mod tests {
    use super::{common_name, integer, padded_sequence, sequence, set, time, unsigned, value};
    use crate::encoding::der::{DerFault, Reader, check};
    use crate::encoding::name::Name;
    use crate::time::Timestamp;

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
            assert_eq!(&der[..header.len()], header);
            assert_eq!(check(&der), Ok(()));
        }
    }

    #[test]
    fn a_padded_length_is_the_one_fault() {
        for content in [3, 0x80, 0x200] {
            let inner = value(4, &vec![0; content]);
            let der = padded_sequence(&[&inner]);
            assert_eq!(check(&der).unwrap_err().fault, DerFault::Length);
        }
    }

    #[test]
    fn integers_are_minimal_and_never_negative() {
        assert_eq!(integer(0), [2, 1, 0]);
        assert_eq!(integer(0x7f), [2, 1, 0x7f]);
        assert_eq!(integer(0x80), [2, 2, 0, 0x80]);
        assert_eq!(unsigned(&[0, 0, 1]), [2, 1, 1]);
        assert_eq!(unsigned(&[]), [2, 1, 0]);
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

    #[test]
    fn a_common_name_reads_back() {
        let der = common_name(b"SIMULATED");
        let name = Reader::whole(&der, Name::read).unwrap();
        assert_eq!(name.sole_common_name(), Some("SIMULATED"));
        assert_eq!(check(&sequence(&[&der])), Ok(()));
    }
}
