//! BER-TLV as cards answer it.

use super::error::CollectError;

/// A row of BER-TLV with tags of one byte, whose lengths must fit exactly.
pub(super) struct Tlv<'a> {
    step: &'static str,
    rest: &'a [u8],
}

impl<'a> Tlv<'a> {
    pub(super) fn new(step: &'static str, bytes: &'a [u8]) -> Self {
        Self { step, rest: bytes }
    }

    /// The next tag and value; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<(u8, &'a [u8])>, CollectError> {
        let error = CollectError::Malformed { step: self.step, fault: "of a wrong length" };
        let (tag, length, rest) = match self.rest {
            [] => return Ok(None),
            [tag, length @ ..=0x7f, rest @ ..] => (*tag, usize::from(*length), rest),
            [tag, 0x81, length, rest @ ..] => (*tag, usize::from(*length), rest),
            [tag, 0x82, high, low, rest @ ..] => {
                (*tag, usize::from(u16::from_be_bytes([*high, *low])), rest)
            }
            _ => return Err(error),
        };
        let (value, rest) = rest.split_at_checked(length).ok_or(error)?;
        self.rest = rest;
        Ok(Some((tag, value)))
    }
}
