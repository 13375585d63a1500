//! Values in BER, read to recognise and not to understand; cut short too, which
//! [`encoding::ber`](crate::encoding::ber) does not take.

use crate::encoding::ber;
use crate::encoding::der::tag;

const CONSTRUCTED: u8 = 0x20;

/// Octets of the longest tag that is looked at; programs write one.
const LONGEST_TAG: usize = 16;

/// Values in the longest one of indefinite length whose end is looked for: an AlgorithmIdentifier with
/// parameters has five.
const VALUES_TO_AN_END: usize = 32;

/// One value.
pub(super) struct Value<'a> {
    pub(super) tag: u8,
    pub(super) content: &'a [u8],
}

impl<'a> Value<'a> {
    /// The first value and what follows it. A value that is longer than the input ends with the
    /// input, and so does one of indefinite length that is long.
    pub(super) fn take(input: &'a [u8]) -> Option<(Self, &'a [u8])> {
        if input.get(1) == Some(&0x80)
            && let Some((value, rest)) = ber::Value::take(input, &mut { VALUES_TO_AN_END })
        {
            return Some((Self { tag: value.tag, content: value.content }, rest));
        }
        let (tag, length, rest) = header(input)?;
        let length = length.unwrap_or(rest.len());
        let (content, rest) = rest.split_at_checked(length).unwrap_or((rest, &[]));
        Some((Self { tag, content }, rest))
    }

    /// The first value, if the input holds it whole.
    pub(super) fn take_whole(input: &'a [u8]) -> Option<Self> {
        let (tag, length, rest) = header(input)?;
        let content = match length {
            Some(length) => rest.get(..length)?,
            None => rest,
        };
        Some(Self { tag, content })
    }

    /// Whether it is of that universal type, primitive or in pieces.
    pub(super) fn is(&self, tag: u8) -> bool {
        self.tag & !CONSTRUCTED == tag
    }

    /// The object identifier that a SEQUENCE begins with, as an AlgorithmIdentifier does.
    pub(super) fn leading_identifier(&self) -> Option<&'a [u8]> {
        let first = self.elements().next()?;
        (self.tag == tag::SEQUENCE && first.tag == tag::OBJECT_IDENTIFIER).then_some(first.content)
    }

    /// The values in it, one after the other.
    pub(super) fn elements(&self) -> Elements<'a> {
        Elements(self.content)
    }
}

/// Values that follow one another; each takes two bytes at least.
#[derive(Clone)]
pub(super) struct Elements<'a>(pub(super) &'a [u8]);

impl<'a> Iterator for Elements<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        let (value, rest) = Value::take(self.0)?;
        self.0 = rest;
        Some(value)
    }
}

/// Tag, length (none where it is indefinite), and what follows.
fn header(input: &[u8]) -> Option<(u8, Option<usize>, &[u8])> {
    let (tag, size) = ber::tag(input.get(..LONGEST_TAG).unwrap_or(input))?;
    let (&first, rest) = input.get(size..)?.split_first()?;
    match first {
        0..0x80 => Some((tag, Some(usize::from(first)), rest)),
        0x80 => Some((tag, None, rest)),
        0x81.. => {
            let (octets, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            let length = octets.iter().fold(0_usize, |sum, octet| {
                sum.saturating_mul(256).saturating_add(usize::from(*octet))
            });
            Some((tag, Some(length), rest))
        }
    }
}
