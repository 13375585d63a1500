//! What the streams of a PDF document stand for (ISO 32000-1 7.3.8, 7.4), to be searched: never to be read.

use std::io::Read;

use flate2::read::ZlibDecoder;

/// The streams that are packed by FlateDecode, in ASCII or not, each unpacked, with the texts that its
/// operators show put in lines. Nothing if that is more than `most` octets.
pub(in crate::submission) fn streams(bytes: &[u8], most: usize) -> Option<Vec<Vec<u8>>> {
    let mut contents = Vec::new();
    let mut left = most;
    let mut rest = bytes;
    let mut streams = 0;
    while let Some(at) = memchr::memmem::find(rest, b"stream") {
        rest = rest.get(at.checked_add(6)?..)?;
        let Some(body) = rest.strip_prefix(b"\r\n").or_else(|| rest.strip_prefix(b"\n")) else {
            continue;
        };
        let end = memchr::memmem::find(body, b"endstream").unwrap_or(body.len());
        let (body, behind) = body.split_at_checked(end)?;
        rest = behind.strip_prefix(b"endstream").unwrap_or(behind);
        streams += 1;
        if streams > MOST_STREAMS {
            return None;
        }
        let Some(content) = unpack(body, left) else {
            continue;
        };
        left = left.checked_sub(content.len())?;
        let shown = shown(&content);
        left = left.checked_sub(shown.len())?;
        contents.extend([content, shown]);
    }
    Some(contents)
}

/// Streams of one document. One of five hundred pages has some three thousand.
const MOST_STREAMS: usize = 8192;

/// One octet more than there may be, so that too much is seen as such.
fn unpack(body: &[u8], left: usize) -> Option<Vec<u8>> {
    let most = u64::try_from(left).unwrap_or(u64::MAX).saturating_add(1);
    let mut content = Vec::new();
    // What is damaged is searched as far as it goes.
    let inflate = |packed: &[u8], content: &mut Vec<u8>| {
        let _ = ZlibDecoder::new(packed).take(most).read_to_end(content);
    };
    if let [0x08 | 0x18 | 0x28 | 0x38 | 0x48 | 0x58 | 0x68 | 0x78, ..] = body {
        inflate(body, &mut content);
    } else {
        let end = memchr::memmem::find(body, b"~>")?;
        inflate(&from_ascii85(body.get(..end)?)?, &mut content);
    }
    (!content.is_empty()).then_some(content)
}

/// ASCII85 (ISO 32000-1 7.4.3): five digits are four octets, `z` is four of zero.
fn from_ascii85(text: &[u8]) -> Option<Vec<u8>> {
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

    use super::{from_ascii85, shown, streams};

    fn packed(content: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn packed_streams_are_unpacked_within_bounds() {
        let content = b"BT (-----BEGIN A-----) Tj (MI\\(IB) Tj ET".repeat(20);
        let pdf = [b"%PDF-1.4\n1 0 obj\nstream\r\n".as_slice(), &packed(&content), b"\nendstream"]
            .concat();
        let streams_of = |most| streams(&pdf, most);
        assert_eq!(streams_of(10_000).unwrap()[0], content);
        assert!(streams_of(10_000).unwrap()[1].starts_with(b"-----BEGIN A-----\nMI(IB\n"));
        assert_eq!(streams_of(content.len()), None);
        let many = b"stream\nendstream".repeat(super::MOST_STREAMS + 1);
        assert_eq!(streams(&many, 10_000), None);
        assert_eq!(streams(b"%PDF-1.4\nstream\nnothing packed\nendstream", 10), Some(vec![]));
    }

    #[test]
    fn ascii85_stands_for_octets() {
        assert_eq!(from_ascii85(b"87cUR\nD]j7BEbo80").unwrap(), b"Hello world!");
        assert_eq!(from_ascii85(b"z8,").unwrap(), [0, 0, 0, 0, b'H']);
        assert_eq!(from_ascii85(b"v"), None);
        assert_eq!(shown(b"(a)(b"), b"a\n");
    }
}
