//! BER (X.690 8) as generous readers take it: lengths that are padded or indefinite, values that are
//! followed by others. For recognising what another program may find, never for reading: whatever is
//! judged has passed [`der`](super::der).

/// One value off the front of some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Value<'a> {
    /// The first identifier octet; of a number below 31 in its short form.
    pub(crate) tag: u8,
    /// The content, without the octets that end an indefinite length.
    pub(crate) content: &'a [u8],
    /// The whole encoding.
    pub(crate) whole: &'a [u8],
}

const CONSTRUCTED: u8 = 0x20;

/// The first octet of a SEQUENCE whose tag has the long form.
pub(crate) const LONG_SEQUENCE: u8 = 0x3f;

/// Octets of the longest header that any program writes: one of tag, one that says how many, eight of
/// length.
const LONGEST_HEADER: usize = 10;

/// How the content of a value ends.
enum Length {
    Definite(usize),
    /// With two octets of zero, after whole values.
    Indefinite,
}

/// Identifier and length octets.
struct Header {
    tag: u8,
    size: usize,
    length: Length,
}

impl Header {
    fn read(input: &[u8]) -> Option<Self> {
        let (tag, start) = tag(input)?;
        let (&first, rest) = input.get(start..)?.split_first()?;
        let (length, octets) = match first {
            0..0x80 => (Length::Definite(usize::from(first)), 0),
            0x80 if tag & CONSTRUCTED == 0 => return None,
            0x80 => (Length::Indefinite, 0),
            0x81.. => {
                let octets = rest.get(..usize::from(first & 0x7f))?;
                let length = octets.iter().try_fold(0_usize, |sum, octet| {
                    sum.checked_mul(256)?.checked_add(usize::from(*octet))
                })?;
                (Length::Definite(length), octets.len())
            }
        };
        Some(Self { tag, size: start.checked_add(1)?.checked_add(octets)?, length })
    }

    /// What is longer than any that is written costs its octets, for many values may share them.
    fn charge(&self, work: &mut usize) -> Option<()> {
        *work = work.saturating_sub(self.size.saturating_sub(LONGEST_HEADER));
        (*work > 0).then_some(())
    }
}

/// The identifier octet at the start of `input`, and how many octets the tag has. A number below 31 may
/// be written in the long form (X.690 8.1.2.4), which OpenSSL and GnuTLS take; it is then given in the
/// short one. No structure that is looked for has a higher number.
pub(crate) fn tag(input: &[u8]) -> Option<(u8, usize)> {
    let (&first, rest) = input.split_first()?;
    if first & 0x1f != 0x1f {
        return Some((first, 1));
    }
    let padding = rest.iter().take_while(|octet| **octet == 0x80).count();
    let more = rest.get(padding..)?.iter().take_while(|octet| **octet >= 0x80).count();
    let last = *rest.get(padding.checked_add(more)?)?;
    let short = if more == 0 && last < 31 { first & 0xe0 | last } else { first };
    Some((short, padding.checked_add(more)?.checked_add(2)?))
}

impl<'a> Value<'a> {
    /// The first value of `input` and what follows it, if all of the value is there. `work` is
    /// lessened by the values that had to be stepped over to find its end, and by the octets of headers
    /// beyond measure; where it is used up, none is found.
    pub(crate) fn take(input: &'a [u8], work: &mut usize) -> Option<(Self, &'a [u8])> {
        let header = Header::read(input)?;
        header.charge(work)?;
        let body = input.get(header.size..)?;
        let (content, end) = match header.length {
            Length::Definite(length) => (length, length),
            Length::Indefinite => {
                let content = end_of_contents(body, work)?;
                (content, content.checked_add(2)?)
            }
        };
        let (whole, rest) = input.split_at_checked(header.size.checked_add(end)?)?;
        Some((Self { tag: header.tag, content: body.get(..content)?, whole }, rest))
    }
}

/// Where the two octets stand that end the indefinite length whose content begins with `body`.
fn end_of_contents(body: &[u8], work: &mut usize) -> Option<usize> {
    let mut open = 1_usize;
    let mut at = 0_usize;
    loop {
        *work = work.checked_sub(1)?;
        let rest = body.get(at..)?;
        if rest.starts_with(&[0, 0]) {
            open -= 1;
            if open == 0 {
                return Some(at);
            }
            at = at.checked_add(2)?;
            continue;
        }
        let header = Header::read(rest)?;
        header.charge(work)?;
        at = at.checked_add(header.size)?;
        match header.length {
            Length::Definite(length) => at = at.checked_add(length)?,
            Length::Indefinite => open = open.checked_add(1)?,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Value;

    fn take(input: &[u8]) -> Option<(u8, &[u8], &[u8])> {
        let (value, rest) = Value::take(input, &mut 100)?;
        assert_eq!(value.whole.len() + rest.len(), input.len());
        Some((value.tag, value.content, rest))
    }

    #[test]
    fn every_form_of_a_length_is_taken() {
        assert_eq!(take(&[4, 1, 7, 9]), Some((4, &[7][..], &[9][..])));
        assert_eq!(take(&[4, 0x82, 0, 1, 7]), Some((4, &[7][..], &[][..])));
        assert_eq!(take(&[0x30, 0x80, 4, 0, 0, 0, 9]), Some((0x30, &[4, 0][..], &[9][..])));
        let nested = [0x30, 0x80, 0x30, 0x80, 4, 1, 0, 0, 0, 5, 0, 0, 0];
        assert_eq!(take(&nested), Some((0x30, &nested[2..11], &[][..])));
    }

    #[test]
    fn a_low_tag_may_have_the_long_form() {
        assert_eq!(take(&[0x3f, 0x10, 1, 7, 9]), Some((0x30, &[7][..], &[9][..])));
        assert_eq!(take(&[0x9f, 0x80, 0x80, 2, 0x81, 1, 7]), Some((0x82, &[7][..], &[][..])));
        assert_eq!(take(&[0x3f, 0x1f, 0]), Some((0x3f, &[][..], &[][..])));
        assert_eq!(take(&[0x3f, 0x81, 0x10, 0]), Some((0x3f, &[][..], &[][..])));
        let long = [&[0x3f][..], &[0x80; 200], &[0x10, 0]].concat();
        assert_eq!(take(&long), None);
        let within = [0x30, 0x80, 0xdf, 0x29, 1, 7, 0, 0];
        assert_eq!(take(&within), Some((0x30, &within[2..6], &[][..])));
    }

    #[test]
    fn what_is_cut_short_is_not_taken() {
        for input in [
            &[][..],
            &[4],
            &[4, 1],
            &[4, 0x81],
            &[4, 0x80, 0, 0],
            &[0x30, 0x80, 4, 1, 0, 0],
            &[0x1f, 1],
            &[0x1f, 0x81],
            &[4, 0x89, 1, 0, 0, 0, 0, 0, 0, 0, 0, 7],
        ] {
            assert_eq!(take(input), None, "{input:02x?}");
        }
        let endless = [&[0x30, 0x80][..], &[5, 0].repeat(200), &[0, 0]].concat();
        assert_eq!(take(&endless), None);
    }
}
