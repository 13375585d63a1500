//! The walker that every DER input passes before any parser sees it.

use super::{DerError, DerFault, MAX_DEPTH, Time, tag};

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
pub(super) struct Header {
    /// The first identifier octet.
    pub(super) tag: u8,
    /// How many octets the header has.
    pub(super) size: usize,
    /// How many content octets follow.
    pub(super) length: usize,
    /// The length is in its shortest form.
    pub(super) minimal: bool,
}

impl Header {
    pub(super) fn read(input: &[u8]) -> Result<Self, DerFault> {
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
pub(super) fn primitive_fault(identifier: u8, content: &[u8]) -> Option<DerFault> {
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
