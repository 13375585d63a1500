//! Strict DER (X.690 10 and 11): one walker that every DER input passes before any parser sees it,
//! and a reader for the few structures we take apart ourselves.
//!
//! The walker establishes that the bytes are exactly one value in distinguished encoding. It does
//! not know what the value means; implicit tags hide the type below them, so their content is
//! checked by whoever knows the schema.

mod reader;
mod strict;
mod time;
mod write;

pub use reader::{Glance, Reader};
pub use strict::{Strict, check};
pub use time::Time;
pub(crate) use write::{unsigned, value};

/// Nesting allowed. The deepest genuine object seen, a certification request that embeds
/// certificates, needs 12.
pub const MAX_DEPTH: usize = 32;

/// A value is not DER.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DerError {
    /// Offset of the offending identifier octet within the bytes that were checked.
    pub offset: usize,
    /// What is wrong there.
    pub fault: DerFault,
}

/// What the distinguished encoding rules forbid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DerFault {
    /// A BOOLEAN that is not one octet of 00 or FF (X.690 11.1).
    Boolean,
    /// A BIT STRING with more than seven unused bits, or with unused bits that are set (X.690 11.2).
    BitString,
    /// A constructed encoding of a primitive type, or the reverse (X.690 10.2).
    Form,
    /// An INTEGER or ENUMERATED that is empty or not minimal (X.690 8.3.2).
    Integer,
    /// An indefinite, non-minimal or overlong length (X.690 10.1).
    Length,
    /// A NULL with content (X.690 8.8.2).
    Null,
    /// An object identifier with a padded, unfinished or oversized arc (X.690 8.19).
    ObjectIdentifier,
    /// The elements of a SET OF are not in ascending order (X.690 11.6).
    SetOrder,
    /// A tag that is not in its shortest form (X.690 8.1.2).
    Tag,
    /// A date that is not `YYMMDDHHMMSSZ` or `YYYYMMDDHHMMSSZ`, or that no calendar has (RFC 5280 4.1.2.5).
    Time,
    /// Deeper than [`MAX_DEPTH`].
    TooDeep,
    /// Bytes after the end of the value.
    TrailingData,
    /// The bytes end before the value does.
    Truncated,
    /// Another type than the schema has here.
    Unexpected,
}

impl DerFault {
    /// The fault in words.
    pub const fn describe(self) -> &'static str {
        match self {
            Self::Boolean => "a BOOLEAN other than 00 or FF",
            Self::BitString => "a BIT STRING with stray unused bits",
            Self::Form => "a primitive type in constructed form, or the reverse",
            Self::Integer => "an INTEGER that is empty or padded",
            Self::Length => "a length that is indefinite or not minimal",
            Self::Null => "a NULL with content",
            Self::ObjectIdentifier => "an object identifier with a padded or oversized arc",
            Self::SetOrder => "a SET whose elements are not in order",
            Self::Tag => "a tag that is not in its shortest form",
            Self::Time => "a date that is not in the one allowed form",
            Self::TooDeep => "nesting beyond any genuine object",
            Self::TrailingData => "bytes after the end of the value",
            Self::Truncated => "a value that ends too early",
            Self::Unexpected => "another type than belongs there",
        }
    }
}

/// Universal tags, as identifier octets (X.690 8.1.2; constructed bit set where DER sets it).
pub mod tag {
    #![allow(missing_docs, reason = "named as in X.680")]
    pub const BOOLEAN: u8 = 0x01;
    pub const INTEGER: u8 = 0x02;
    pub const BIT_STRING: u8 = 0x03;
    pub const OCTET_STRING: u8 = 0x04;
    pub const NULL: u8 = 0x05;
    pub const OBJECT_IDENTIFIER: u8 = 0x06;
    pub const ENUMERATED: u8 = 0x0a;
    pub const UTF8_STRING: u8 = 0x0c;
    pub const NUMERIC_STRING: u8 = 0x12;
    pub const PRINTABLE_STRING: u8 = 0x13;
    pub const TELETEX_STRING: u8 = 0x14;
    pub const IA5_STRING: u8 = 0x16;
    pub const UTC_TIME: u8 = 0x17;
    pub const GENERALIZED_TIME: u8 = 0x18;
    pub const VISIBLE_STRING: u8 = 0x1a;
    pub const UNIVERSAL_STRING: u8 = 0x1c;
    pub const BMP_STRING: u8 = 0x1e;
    pub const SEQUENCE: u8 = 0x30;
    pub const SET: u8 = 0x31;
    pub const CONTEXT_0: u8 = 0xa0;
    pub const CONTEXT_3: u8 = 0xa3;
}

#[cfg(test)]
mod tests {
    use super::{DerError, DerFault, MAX_DEPTH, Reader, check, tag};

    fn fault(bytes: &[u8]) -> Option<DerFault> {
        check(bytes).err().map(|error| error.fault)
    }

    #[test]
    fn accepts_the_distinguished_form_of_each_type() {
        for bytes in [
            &[0x01, 1, 0xff][..],
            &[0x02, 1, 0x80],
            &[0x02, 2, 0x00, 0x80],
            &[0x02, 2, 0xff, 0x7f],
            &[0x03, 1, 0],
            &[0x03, 2, 4, 0xf0],
            &[0x05, 0],
            &[0x06, 3, 0x2a, 0x86, 0x48],
            &[0x30, 0],
            &[0x31, 6, 2, 1, 1, 2, 1, 2],
            b"\x17\x0d260228235959Z",
            b"\x18\x0f99991231235959Z",
            &[0xa0, 3, 0x02, 1, 5],
            &[0x80, 1, 5],
        ] {
            assert_eq!(fault(bytes), None, "{bytes:02x?}");
        }
    }

    #[test]
    fn refuses_each_fault_by_name() {
        for (bytes, expected) in [
            (&[][..], DerFault::Truncated),
            (&[0x30], DerFault::Truncated),
            (&[0x30, 1], DerFault::Truncated),
            (&[0x30, 0x80, 0, 0], DerFault::Length),
            (&[0x04, 0x81, 1, 0], DerFault::Length),
            (&[0x30, 0x85, 0, 0, 0, 0, 0], DerFault::Length),
            (&[0x30, 0x88, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], DerFault::Length),
            (&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff], DerFault::Truncated),
            (&[0x05, 0, 0], DerFault::TrailingData),
            (&[0x01, 1, 1], DerFault::Boolean),
            (&[0x01, 2, 0, 0], DerFault::Boolean),
            (&[0x02, 0], DerFault::Integer),
            (&[0x02, 2, 0, 0x7f], DerFault::Integer),
            (&[0x02, 2, 0xff, 0x80], DerFault::Integer),
            (&[0x03, 0], DerFault::BitString),
            (&[0x03, 1, 1], DerFault::BitString),
            (&[0x03, 2, 8, 0], DerFault::BitString),
            (&[0x03, 2, 4, 0x08], DerFault::BitString),
            (&[0x05, 1, 0], DerFault::Null),
            (&[0x06, 0], DerFault::ObjectIdentifier),
            (&[0x06, 2, 0x80, 1], DerFault::ObjectIdentifier),
            (&[0x06, 1, 0x81], DerFault::ObjectIdentifier),
            (&[0x10, 0], DerFault::Form),
            (&[0x24, 3, 4, 1, 0], DerFault::Form),
            (&[0x3f, 0x10, 0], DerFault::Tag),
            (&[0x31, 6, 2, 1, 2, 2, 1, 1], DerFault::SetOrder),
            (b"\x17\x0b2602282359Z", DerFault::Time),
            (b"\x17\x102602282359+0200Z", DerFault::Time),
            (b"\x17\x0d260229235959Z", DerFault::Time),
            (b"\x18\x0f00000101000000Z", DerFault::Time),
            (b"\x18\x1120260101000000.5Z", DerFault::Time),
        ] {
            assert_eq!(fault(bytes), Some(expected), "{bytes:02x?}");
        }
    }

    #[test]
    fn depth_is_bounded_and_reported_before_padding() {
        let nest = |levels: usize| {
            let mut bytes = Vec::new();
            for _ in 0..levels {
                let mut outer = vec![0x30, 0x84];
                outer.extend(u32::try_from(bytes.len()).unwrap().to_be_bytes());
                outer.append(&mut bytes);
                bytes = outer;
            }
            bytes
        };
        assert_eq!(fault(&nest(MAX_DEPTH)), Some(DerFault::Length));
        assert_eq!(fault(&nest(MAX_DEPTH + 1)), Some(DerFault::TooDeep));
    }

    #[test]
    fn the_reader_refuses_negative_and_oversized_integers() {
        let fault = |bytes: &[u8]| Reader::whole(bytes, Reader::u64).map_err(|error| error.fault);
        assert_eq!(fault(&[2, 1, 0x80]), Err(DerFault::Integer));
        assert_eq!(Reader::whole(&[2, 2, 0, 0x80], Reader::unsigned).unwrap(), &[0x80]);
        assert_eq!(fault(&[2, 1, 0]), Ok(0));
        let mut large = vec![2, 9, 1];
        large.extend([0; 8]);
        assert_eq!(fault(&large), Err(DerFault::Integer));
    }

    #[test]
    fn the_reader_takes_exactly_what_the_schema_names() {
        let number = |bytes: &[u8]| {
            let number = |fields: &mut Reader<'_>| fields.nested(tag::SEQUENCE, Reader::u64);
            Reader::whole(bytes, number)
        };
        assert_eq!(number(&[0x30, 3, 2, 1, 5]), Ok(5));
        let fault = |offset, fault| Err(DerError { offset, fault });
        assert_eq!(number(&[0x31, 3, 2, 1, 5]), fault(0, DerFault::Unexpected));
        assert_eq!(number(&[0x30, 0]), fault(0, DerFault::Truncated));
        // Behind the value, and behind what is inside it.
        assert_eq!(number(&[0x30, 3, 2, 1, 5, 5, 0]), fault(5, DerFault::TrailingData));
        assert_eq!(number(&[0x30, 5, 2, 1, 5, 5, 0]), fault(3, DerFault::TrailingData));
    }

    #[test]
    fn optional_values_are_taken_whole_or_not_at_all() {
        let read = |bytes: &[u8]| {
            Reader::whole(bytes, |fields| fields.optionally(tag::CONTEXT_0, Reader::u64))
        };
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&[0xa0, 3, 2, 1, 5]), Ok(Some(5)));
        let fault = DerError { offset: 3, fault: DerFault::TrailingData };
        assert_eq!(read(&[0xa0, 6, 2, 1, 5, 2, 1, 6]), Err(fault));
        let fault = DerError { offset: 0, fault: DerFault::TrailingData };
        assert_eq!(read(&[0xa1, 0]), Err(fault));
    }
}
