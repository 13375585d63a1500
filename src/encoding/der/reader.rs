//! Takes values off the front of DER bytes, by the schema; and looks at them without taking.

use super::strict::{Header, primitive_fault};
use super::{DerError, DerFault, Time, tag};
use crate::encoding::oid::Oid;

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
