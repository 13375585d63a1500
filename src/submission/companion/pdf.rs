//! What the streams of a PDF document stand for (ISO 32000-1 7.3.8, 7.4), to be searched: never to be read.

use std::borrow::Cow;
use std::io::Read;

use flate2::read::ZlibDecoder;

use super::contents::Packed;
use crate::encoding::hex::from_hex;

/// The streams that a filter packs, each unpacked, with the texts that its operators show put in lines; at most so
/// many octets.
pub(super) fn streams(bytes: &[u8], most: usize) -> Packed {
    // What is encrypted is not searched, whether or not its password is known to be empty (7.6).
    let mut packed = Packed { contents: Vec::new(), is_whole: find(bytes, b"/Encrypt").is_none() };
    let mut left = most;
    let mut rest = bytes;
    for _ in 0..MOST_STREAMS {
        let Some(Stream { dictionary, body, behind }) = Stream::next(rest) else {
            return packed;
        };
        rest = behind;
        let Ok(content) = unpack(dictionary, body, left) else {
            packed.is_whole = false;
            continue;
        };
        let Some(content) = content else { continue };
        let shown = shown(&content);
        let length = content.len().saturating_add(shown.len());
        let Some(less) = left.checked_sub(length) else { break };
        left = less;
        packed.contents.extend([content, shown]);
    }
    packed.is_whole = false;
    packed
}

/// Streams of one document. One of five hundred pages has some three thousand.
const MOST_STREAMS: usize = 8192;

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes, what)
}

/// A stream, its dictionary, and what is behind it.
struct Stream<'b> {
    dictionary: &'b [u8],
    body: &'b [u8],
    behind: &'b [u8],
}

impl<'b> Stream<'b> {
    fn next(bytes: &'b [u8]) -> Option<Self> {
        let mut from = 0_usize;
        loop {
            let at = from.checked_add(find(bytes.get(from..)?, b"stream")?)?;
            from = at.checked_add(6)?;
            let (before, rest) = bytes.split_at_checked(from)?;
            let Some(body) = rest.strip_prefix(b"\r\n").or_else(|| rest.strip_prefix(b"\n")) else {
                continue;
            };
            let (body, behind) =
                body.split_at_checked(find(body, b"endstream").unwrap_or(body.len()))?;
            let start = memchr::memmem::rfind(before, b"obj").unwrap_or(0);
            let dictionary = before.get(start..)?;
            let behind = behind.strip_prefix(b"endstream").unwrap_or(behind);
            return Some(Self { dictionary, body, behind });
        }
    }
}

/// A filter that is not undone here.
struct Unknown;

/// What a stream stands for; nothing if it stands there as it is, or is the points of a picture.
fn unpack(dictionary: &[u8], body: &[u8], left: usize) -> Result<Option<Vec<u8>>, Unknown> {
    let names = without_escapes(dictionary);
    let Some(at) = find(&names, b"/Filter") else { return Ok(None) };
    let mut content = Cow::Borrowed(body);
    for filter in filters(names.get(at.saturating_add(7)..).unwrap_or_default())? {
        content = Cow::Owned(match filter {
            b"FlateDecode" | b"Fl" => inflate(&content, left).ok_or(Unknown)?,
            b"ASCII85Decode" | b"A85" => from_ascii85(&content).ok_or(Unknown)?,
            b"ASCIIHexDecode" | b"AHx" => from_ascii_hex(&content).ok_or(Unknown)?,
            b"DCTDecode" | b"JPXDecode" | b"CCITTFaxDecode" | b"JBIG2Decode" => return Ok(None),
            _ => return Err(Unknown),
        });
    }
    Ok(Some(content.into_owned()))
}

/// The dictionary with the characters that its names spell as `#` and two digits (7.3.5).
fn without_escapes(dictionary: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(dictionary.len());
    let mut rest = dictionary;
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        let digits = behind.get(..2).filter(|_| *first == b'#');
        let digits = digits.and_then(|it| std::str::from_utf8(it).ok()).and_then(from_hex);
        match digits {
            Some(octet) => {
                plain.extend(octet);
                rest = behind.get(2..).unwrap_or_default();
            }
            None => plain.push(*first),
        }
    }
    plain
}

/// The names of the filters: one, or several in brackets.
fn filters(value: &[u8]) -> Result<Vec<&[u8]>, Unknown> {
    let value = value.trim_ascii_start();
    let list = match value.strip_prefix(b"[") {
        Some(list) => list.get(..memchr::memchr(b']', list).ok_or(Unknown)?).ok_or(Unknown)?,
        None => value.strip_prefix(b"/").map(name_of).ok_or(Unknown)?,
    };
    let names = list.split(|byte| *byte == b'/').map(<[u8]>::trim_ascii);
    Ok(names.filter(|name| !name.is_empty()).collect())
}

fn name_of(text: &[u8]) -> &[u8] {
    let is_regular = |byte: &u8| !byte.is_ascii_whitespace() && !b"/<>[]()%{}".contains(byte);
    let length = text.iter().take_while(|byte| is_regular(byte)).count();
    text.get(..length).unwrap_or(text)
}

/// One octet more than there may be, so that too much is seen as such; nothing if it is no such stream.
fn inflate(body: &[u8], left: usize) -> Option<Vec<u8>> {
    let most = u64::try_from(left).unwrap_or(u64::MAX).saturating_add(1);
    let mut content = Vec::new();
    // What is damaged is searched as far as it goes.
    let read = ZlibDecoder::new(body).take(most).read_to_end(&mut content);
    (read.is_ok() || !content.is_empty() || body.trim_ascii().is_empty()).then_some(content)
}

/// Hexadecimal digits up to `>` (7.4.2).
fn from_ascii_hex(text: &[u8]) -> Option<Vec<u8>> {
    let text = text.split(|byte| *byte == b'>').next()?;
    let digits: Vec<u8> = text.iter().copied().filter(|it| !it.is_ascii_whitespace()).collect();
    let even = digits.get(..digits.len().checked_sub(digits.len() % 2)?)?;
    from_hex(std::str::from_utf8(even).ok()?)
}

/// ASCII85 up to `~>` (7.4.3): five digits are four octets, `z` is four of zero.
fn from_ascii85(text: &[u8]) -> Option<Vec<u8>> {
    let text = text.get(..find(text, b"~>").unwrap_or(text.len()))?;
    let mut octets = Vec::with_capacity(text.len());
    let mut group = [0_u8; 5];
    let mut length = 0;
    for byte in text {
        match byte {
            b'z' if length == 0 => octets.extend([0; 4]),
            b'!'..=b'u' => {
                *group.get_mut(length)? = byte - b'!';
                length += 1;
                if length == 5 {
                    octets.extend(value(group).to_be_bytes());
                    length = 0;
                }
            }
            _ if byte.is_ascii_whitespace() || *byte == 0 => {}
            _ => return None,
        }
    }
    if length > 0 {
        group.get_mut(length..)?.fill(b'u' - b'!');
        octets.extend(value(group).to_be_bytes().get(..length.checked_sub(1)?)?);
    }
    Some(octets)
}

fn value(group: [u8; 5]) -> u32 {
    group.iter().fold(0, |value: u32, digit| value.wrapping_mul(85).wrapping_add(u32::from(*digit)))
}

/// The texts in brackets, a line each (7.3.4.2), without their escapes.
fn shown(content: &[u8]) -> Vec<u8> {
    let mut lines = Vec::new();
    let mut rest = content;
    while let Some(open) = memchr::memchr(b'(', rest) {
        rest = rest.get(open.saturating_add(1)..).unwrap_or_default();
        let mut escaped = false;
        let end = rest.iter().position(|byte| {
            let ends = *byte == b')' && !escaped;
            escaped = *byte == b'\\' && !escaped;
            ends
        });
        let Some((text, after)) = end.and_then(|end| rest.split_at_checked(end)) else {
            break;
        };
        lines.extend(text.iter().filter(|byte| **byte != b'\\'));
        lines.push(b'\n');
        rest = after;
    }
    lines
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::{Packed, from_ascii85, shown, streams};

    fn packed(content: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    fn document(dictionary: &str, body: &[u8]) -> Vec<u8> {
        let start = format!("%PDF-1.4\n1 0 obj\n<<{dictionary}>>\nstream\r\n");
        [start.as_bytes(), body, b"\nendstream\nendobj"].concat()
    }

    const TEXT: &[u8] = b"BT (-----BEGIN A-----) Tj (MI\\(IB) Tj ET";

    #[test]
    fn packed_streams_are_unpacked_within_bounds() {
        let content = TEXT.repeat(20);
        let pdf = document("/Filter /FlateDecode", &packed(&content));
        let unpacked = streams(&pdf, 10_000);
        assert!(unpacked.is_whole);
        assert_eq!(unpacked.contents[0], content);
        assert!(unpacked.contents[1].starts_with(b"-----BEGIN A-----\nMI(IB\n"));
        assert!(!streams(&pdf, content.len()).is_whole);
        let many = b"stream\nendstream".repeat(super::MOST_STREAMS + 1);
        assert!(!streams(&many, 10_000).is_whole);
        assert_eq!(streams(&document("", b"as it is"), 10), Packed::whole(vec![]));
    }

    #[test]
    fn filters_are_undone_one_by_one() {
        let twice = packed(&packed(TEXT));
        let hexadecimal = crate::encoding::hex::to_hex(&packed(TEXT)) + ">";
        for (dictionary, body) in [
            ("/Filter[/FlateDecode/FlateDecode]/Length 1", &twice[..]),
            ("/Filter [ /ASCIIHexDecode /Fl ]", hexadecimal.as_bytes()),
            ("/Fil#74er/Flate#44ecode", &packed(TEXT)),
        ] {
            let unpacked = streams(&document(dictionary, body), 10_000);
            assert!(unpacked.is_whole, "{dictionary}");
            assert_eq!(unpacked.contents[0], TEXT, "{dictionary}");
        }
        let points = document("/Subtype/Image/Filter/DCTDecode", b"\xff\xd8");
        assert_eq!(streams(&points, 10), Packed::whole(vec![]));
        let nothing = document("/Filter/FlateDecode/Length 0", b"");
        assert!(streams(&nothing, 10).is_whole);
    }

    #[test]
    fn what_is_not_undone_is_not_whole() {
        for (dictionary, body) in [
            ("/Filter/LZWDecode", TEXT),
            ("/Filter 7 0 R", TEXT),
            ("/Filter/Crypt", TEXT),
            ("/Filter/FlateDecode", b"encrypted"),
            ("/Filter [ /FlateDecode", TEXT),
            ("/Encrypt 5 0 R", TEXT),
        ] {
            assert!(!streams(&document(dictionary, body), 10_000).is_whole, "{dictionary}");
        }
        // What else it holds is searched all the same.
        let pdf = [document("/Filter/LZWDecode", TEXT), document("/Filter/Fl", &packed(TEXT))];
        assert_eq!(streams(&pdf.concat(), 10_000).contents[0], TEXT);
    }

    #[test]
    fn ascii85_stands_for_octets() {
        assert_eq!(from_ascii85(b"87cUR\nD]j7BEbo80").unwrap(), b"Hello world!");
        assert_eq!(from_ascii85(b"z8,").unwrap(), [0, 0, 0, 0, b'H']);
        assert_eq!(from_ascii85(b"v"), None);
        assert_eq!(shown(b"(a)(b"), b"a\n");
    }
}
