//! Strict DER (X.690 10 and 11): one walker that every DER input passes before any parser sees it,
//! and a reader for the few structures we take apart ourselves.
//!
//! The walker establishes that the bytes are exactly one value in distinguished encoding. It does
//! not know what the value means; implicit tags hide the type below them, so their content is
//! checked by whoever knows the schema.

use super::oid::Oid;

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

/// Checks that `bytes` are exactly one DER value.
pub fn check(bytes: &[u8]) -> Result<(), DerError> {
    let mut walker = Walker { fault: None };
    let rest = walker.value(bytes, 0, 0)?;
    if !rest.is_empty() {
        walker.note(bytes.len() - rest.len(), DerFault::TrailingData);
    }
    walker.fault.map_or(Ok(()), Err)
}

/// Bytes that are exactly one DER value, for [`check`] found them so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strict<'a>(&'a [u8]);

impl<'a> Strict<'a> {
    /// Checks `bytes`.
    pub fn check(bytes: &'a [u8]) -> Result<Self, DerError> {
        check(bytes).map(|()| Self(bytes))
    }

    /// The bytes.
    pub fn bytes(self) -> &'a [u8] {
        self.0
    }

    /// The same, owned.
    pub fn to_owned(self) -> StrictBuf {
        StrictBuf(self.0.to_vec())
    }
}

/// Owned bytes that are exactly one DER value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StrictBuf(Vec<u8>);

impl StrictBuf {
    /// The same, borrowed.
    pub fn as_strict(&self) -> Strict<'_> {
        Strict(&self.0)
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Walks on past recoverable faults, so that a value that is both padded and bottomless is
/// reported for its depth; the first fault is kept.
struct Walker {
    fault: Option<DerError>,
}

impl Walker {
    fn note(&mut self, offset: usize, fault: DerFault) {
        self.fault.get_or_insert(DerError { offset, fault });
    }

    /// Walks one value at the start of `input`, which lies `offset` bytes into the whole.
    fn value<'a>(
        &mut self,
        input: &'a [u8],
        offset: usize,
        depth: usize,
    ) -> Result<&'a [u8], DerError> {
        if depth >= MAX_DEPTH {
            return Err(DerError { offset, fault: DerFault::TooDeep });
        }
        let header = match Header::read(input) {
            Ok(header) => header,
            Err(fault) => return Err(self.fault.unwrap_or(DerError { offset, fault })),
        };
        if !header.minimal {
            self.note(offset, DerFault::Length);
        }
        let Some((content, rest)) =
            input.get(header.size..).and_then(|body| body.split_at_checked(header.length))
        else {
            return Err(self.fault.unwrap_or(DerError { offset, fault: DerFault::Truncated }));
        };
        if let Some(fault) = primitive_fault(header.tag, content) {
            self.note(offset, fault);
        } else if header.tag & CONSTRUCTED != 0 {
            self.elements(header.tag, content, offset + header.size, depth)?;
        }
        Ok(rest)
    }

    fn elements(
        &mut self,
        tag: u8,
        content: &[u8],
        offset: usize,
        depth: usize,
    ) -> Result<(), DerError> {
        let mut rest = content;
        let mut previous: Option<&[u8]> = None;
        while !rest.is_empty() {
            let here = offset + (content.len() - rest.len());
            let after = self.value(rest, here, depth + 1)?;
            let element = rest.get(..rest.len() - after.len()).unwrap_or_default();
            if tag == tag::SET && previous.is_some_and(|previous| previous > element) {
                self.note(here, DerFault::SetOrder);
            }
            previous = Some(element);
            rest = after;
        }
        Ok(())
    }
}

const CONSTRUCTED: u8 = 0x20;
const CLASS: u8 = 0xc0;

/// The identifier and length octets of one value.
struct Header {
    /// The first identifier octet.
    tag: u8,
    /// How many octets the header has.
    size: usize,
    /// How many content octets follow.
    length: usize,
    /// The length is in its shortest form.
    minimal: bool,
}

impl Header {
    fn read(input: &[u8]) -> Result<Self, DerFault> {
        let (&tag, rest) = input.split_first().ok_or(DerFault::Truncated)?;
        // High tag numbers (31 and up) occur in no structure that is read here.
        if tag & 0x1f == 0x1f || tag == 0 {
            return Err(DerFault::Tag);
        }
        let (&first, rest) = rest.split_first().ok_or(DerFault::Truncated)?;
        if first < 0x80 {
            return Ok(Self { tag, size: 2, length: usize::from(first), minimal: true });
        }
        let count = usize::from(first & 0x7f);
        // Four octets count 4 GiB, more than any input may have.
        if count == 0 || count > 4 {
            return Err(DerFault::Length);
        }
        let octets = rest.get(..count).ok_or(DerFault::Truncated)?;
        let length = octets.iter().fold(0_u64, |sum, octet| (sum << 8) | u64::from(*octet));
        let minimal = length >= 0x80 && octets.first() != Some(&0);
        let length = usize::try_from(length).map_err(|_| DerFault::Length)?;
        Ok(Self { tag, size: 2 + count, length, minimal })
    }
}

/// The fault of a universal value's own content or form, if it has one.
fn primitive_fault(identifier: u8, content: &[u8]) -> Option<DerFault> {
    if identifier & CLASS != 0 {
        return None;
    }
    let constructed = identifier & CONSTRUCTED != 0;
    match identifier & 0x1f {
        0x10 | 0x11 => (!constructed).then_some(DerFault::Form),
        _ if constructed => Some(DerFault::Form),
        0x01 => (!matches!(content, [0x00] | [0xff])).then_some(DerFault::Boolean),
        0x02 | 0x0a => (!is_minimal_integer(content)).then_some(DerFault::Integer),
        0x03 => (!is_der_bit_string(content)).then_some(DerFault::BitString),
        0x05 => (!content.is_empty()).then_some(DerFault::Null),
        0x06 => (!is_der_oid(content)).then_some(DerFault::ObjectIdentifier),
        0x17 => Time::from_utc_time(content).is_none().then_some(DerFault::Time),
        0x18 => Time::from_generalized_time(content).is_none().then_some(DerFault::Time),
        _ => None,
    }
}

fn is_minimal_integer(content: &[u8]) -> bool {
    match content {
        [] => false,
        [0x00, next, ..] => next & 0x80 != 0,
        [0xff, next, ..] => next & 0x80 == 0,
        _ => true,
    }
}

fn is_der_bit_string(content: &[u8]) -> bool {
    match content {
        [0] => true,
        [unused @ 0..=7, .., last] => last.trailing_zeros() >= u32::from(*unused),
        _ => false,
    }
}

/// Arcs up to 2^63 - 1, the largest that the parsers behind this walker hold.
fn is_der_oid(content: &[u8]) -> bool {
    let mut length = 0;
    for byte in content {
        if length == 0 && *byte == 0x80 {
            return false;
        }
        length += 1;
        if length > 9 {
            return false;
        }
        if byte & 0x80 == 0 {
            length = 0;
        }
    }
    !content.is_empty() && length == 0
}

/// A date and time of a certificate, in seconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(i64);

impl Time {
    /// `YYMMDDHHMMSSZ`; years 50 to 99 are of the twentieth century (RFC 5280 4.1.2.5.1).
    fn from_utc_time(content: &[u8]) -> Option<Self> {
        let (year, rest) = content.split_at_checked(2)?;
        let year = decimal(year)?;
        Self::from_parts(if year < 50 { 2000 + year } else { 1900 + year }, rest)
    }

    /// `YYYYMMDDHHMMSSZ` (RFC 5280 4.1.2.5.2); there is no year 0.
    fn from_generalized_time(content: &[u8]) -> Option<Self> {
        let (year, rest) = content.split_at_checked(4)?;
        let year = decimal(year)?;
        if year == 0 { None } else { Self::from_parts(year, rest) }
    }

    fn from_parts(year: u32, rest: &[u8]) -> Option<Self> {
        let (fields, zone) = rest.split_at_checked(10)?;
        if zone != b"Z" {
            return None;
        }
        let mut fields = fields.chunks_exact(2).map(decimal);
        let mut field = || fields.next().flatten().and_then(|value| u8::try_from(value).ok());
        let (month, day) = (field()?, field()?);
        let (hour, minute, second) = (field()?, field()?, field()?);
        let date = time::Date::from_calendar_date(
            i32::try_from(year).ok()?,
            time::Month::try_from(month).ok()?,
            day,
        )
        .ok()?;
        let instant = date.with_hms(hour, minute, second).ok()?;
        Some(Self(instant.assume_utc().unix_timestamp()))
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    pub fn unix_seconds(self) -> i64 {
        self.0
    }
}

fn decimal(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0_u32, |sum, digit| {
        digit.is_ascii_digit().then(|| sum * 10 + u32::from(digit - b'0'))
    })
}

/// Takes values off the front of DER bytes, by the schema. Faults have the offset of the value
/// within the bytes this reader was made from.
///
/// There is no reader but inside [`Reader::whole`] and [`Reader::nested`], which refuse what is
/// left over: so no octet of what is read is free to say something else.
#[derive(Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
    length: usize,
}

impl<'a> Reader<'a> {
    /// What `read` makes of `bytes`, of which it must leave nothing.
    pub fn whole<T, E: From<DerError>>(
        bytes: &'a [u8],
        read: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut reader = Self { rest: bytes, length: bytes.len() };
        let value = read(&mut reader)?;
        reader.finish()?;
        Ok(value)
    }

    /// What `read` makes of the content of the next value, which must have that identifier octet,
    /// and of which it must leave nothing.
    pub fn nested<T, E: From<DerError>>(
        &mut self,
        tag: u8,
        read: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        Self::whole(self.expect(tag)?, read)
    }

    /// The same for a value that may be missing.
    pub fn optionally<T, E: From<DerError>>(
        &mut self,
        tag: u8,
        read: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<Option<T>, E> {
        self.optional(tag)?.map(|content| Self::whole(content, read)).transpose()
    }

    /// Reads one element after the other until nothing is left.
    pub fn each<T, E>(&mut self, read: impl FnMut(&mut Self) -> Result<T, E>) -> Result<Vec<T>, E> {
        self.at_most(usize::MAX, read)
    }

    /// Reads so many elements at most: what is left is refused with the rest.
    pub fn at_most<T, E>(
        &mut self,
        count: usize,
        mut read: impl FnMut(&mut Self) -> Result<T, E>,
    ) -> Result<Vec<T>, E> {
        let mut elements = Vec::new();
        while !self.is_empty() && elements.len() < count {
            elements.push(read(self)?);
        }
        Ok(elements)
    }

    /// That nothing is left, where a caller has a word of its own for it.
    pub fn finish(&self) -> Result<(), DerError> {
        if self.is_empty() { Ok(()) } else { Err(self.fault(DerFault::TrailingData)) }
    }

    /// Where the next value begins.
    pub fn offset(&self) -> usize {
        self.length - self.rest.len()
    }

    /// A fault of the next value.
    pub fn fault(&self, fault: DerFault) -> DerError {
        DerError { offset: self.offset(), fault }
    }

    /// The next value, as [`Self::any`] gives it, which is not taken.
    pub fn ahead(&self) -> Result<(u8, &'a [u8], &'a [u8]), DerError> {
        Self { rest: self.rest, length: self.length }.any()
    }

    /// The identifier octet of the next value, if there is one.
    pub fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next value: its identifier octet, its content, and its whole encoding.
    pub fn any(&mut self) -> Result<(u8, &'a [u8], &'a [u8]), DerError> {
        let header = match Header::read(self.rest) {
            Ok(header) if header.minimal => header,
            Ok(_) => return Err(self.fault(DerFault::Length)),
            Err(fault) => return Err(self.fault(fault)),
        };
        let end = header.size.checked_add(header.length);
        let split = end.and_then(|end| self.rest.split_at_checked(end));
        let Some((whole, rest)) = split else {
            return Err(self.fault(DerFault::Truncated));
        };
        let content = whole.get(header.size..).unwrap_or_default();
        if let Some(fault) = primitive_fault(header.tag, content) {
            return Err(self.fault(fault));
        }
        self.rest = rest;
        Ok((header.tag, content, whole))
    }

    /// The content of the next value, which must have that identifier octet.
    pub fn expect(&mut self, tag: u8) -> Result<&'a [u8], DerError> {
        match self.peek() {
            Some(next) if next == tag => self.any().map(|(_, content, _)| content),
            Some(_) => Err(self.fault(DerFault::Unexpected)),
            None => Err(self.fault(DerFault::Truncated)),
        }
    }

    /// The content of the next value if it has that identifier octet; otherwise nothing is taken.
    pub fn optional(&mut self, tag: u8) -> Result<Option<&'a [u8]>, DerError> {
        if self.peek() == Some(tag) { self.expect(tag).map(Some) } else { Ok(None) }
    }

    /// An object identifier.
    pub fn oid(&mut self) -> Result<Oid<'a>, DerError> {
        self.expect(tag::OBJECT_IDENTIFIER).map(Oid::from_content)
    }

    /// A non-negative INTEGER, big-endian without its sign octet.
    pub fn unsigned(&mut self) -> Result<&'a [u8], DerError> {
        let wrong = self.fault(DerFault::Integer);
        match self.expect(tag::INTEGER)? {
            [first, ..] if first & 0x80 != 0 => Err(wrong),
            [0, rest @ ..] if !rest.is_empty() => Ok(rest),
            content => Ok(content),
        }
    }

    /// A non-negative INTEGER below 2^64.
    pub fn u64(&mut self) -> Result<u64, DerError> {
        let wrong = self.fault(DerFault::Integer);
        let octets = self.unsigned()?;
        if octets.len() > 8 {
            return Err(wrong);
        }
        Ok(octets.iter().fold(0, |sum, octet| (sum << 8) | u64::from(*octet)))
    }

    /// A BIT STRING of whole octets.
    pub fn octet_aligned_bits(&mut self) -> Result<&'a [u8], DerError> {
        let wrong = self.fault(DerFault::BitString);
        match self.expect(tag::BIT_STRING)? {
            [0, octets @ ..] => Ok(octets),
            _ => Err(wrong),
        }
    }

    /// A UTCTime or GeneralizedTime.
    pub fn time(&mut self) -> Result<Time, DerError> {
        let offset = self.offset();
        let wrong = |fault| DerError { offset, fault };
        let (tag, content, _) = self.any()?;
        let time = match tag {
            tag::UTC_TIME => Time::from_utc_time(content),
            tag::GENERALIZED_TIME => Time::from_generalized_time(content),
            _ => return Err(wrong(DerFault::Unexpected)),
        };
        time.ok_or_else(|| wrong(DerFault::Time))
    }
}

/// A look at the beginning of DER bytes, to tell what they are: what follows may be anything. What
/// decides is read by a [`Reader`], which leaves nothing.
#[derive(Clone, Copy, Debug)]
pub struct Glance<'a>(&'a [u8]);

impl<'a> Glance<'a> {
    /// A look at `bytes`.
    pub fn at(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The identifier octet of the next value, if there is one.
    pub fn peek(&self) -> Option<u8> {
        self.0.first().copied()
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What `read` takes off the front.
    pub fn take<T>(
        &mut self,
        read: impl FnOnce(&mut Reader<'a>) -> Result<T, DerError>,
    ) -> Result<T, DerError> {
        let mut reader = Reader { rest: self.0, length: self.0.len() };
        let value = read(&mut reader)?;
        self.0 = reader.rest;
        Ok(value)
    }

    /// The next value, as [`Reader::any`] gives it.
    pub fn any(&mut self) -> Result<(u8, &'a [u8], &'a [u8]), DerError> {
        self.take(Reader::any)
    }

    /// The content of the next value, which must have that identifier octet.
    pub fn expect(&mut self, tag: u8) -> Result<&'a [u8], DerError> {
        self.take(|reader| reader.expect(tag))
    }

    /// A look at the content of the next value, which must have that identifier octet.
    pub fn nested(&mut self, tag: u8) -> Result<Self, DerError> {
        self.expect(tag).map(Self)
    }

    /// An object identifier.
    pub fn oid(&mut self) -> Result<Oid<'a>, DerError> {
        self.take(Reader::oid)
    }
}

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
pub(crate) fn minimal(length: usize) -> Vec<u8> {
    length.to_be_bytes().into_iter().skip_while(|octet| *octet == 0).collect()
}

/// How many those are: a usize has at most eight.
pub(crate) fn count(octets: &[u8]) -> u8 {
    u8::try_from(octets.len()).unwrap_or(8)
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
