//! The texts that a PNG packs (PNG, third edition, 11.3.3): all other data of a picture are its points, or stand in
//! it as they are.

use std::io::Read;

use flate2::read::ZlibDecoder;

use super::contents::Packed;

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Chunks of one picture. One in pieces of 8 KiB, of 32 MiB, has some four thousand.
const MOST_CHUNKS: usize = 16_384;

/// The packed texts of a picture, at most so many octets. Of any other kind than PNG there are none.
pub(super) fn texts(bytes: &[u8], most: usize) -> Packed {
    let mut contents = Vec::new();
    let mut left = most;
    let mut rest = bytes.strip_prefix(SIGNATURE).unwrap_or_default();
    for _ in 0..MOST_CHUNKS {
        let Some((kind, data, behind)) = chunk(rest) else {
            return Packed::whole(contents);
        };
        rest = behind;
        let Some(packed) = packed(kind, data) else { continue };
        let mut text = Vec::new();
        let bound = u64::try_from(left).unwrap_or(u64::MAX).saturating_add(1);
        // What is damaged is searched as far as it goes.
        let _ = ZlibDecoder::new(packed).take(bound).read_to_end(&mut text);
        let Some(less) = left.checked_sub(text.len()) else {
            return Packed { contents, is_whole: false };
        };
        left = less;
        contents.push(text);
    }
    Packed { contents, is_whole: false }
}

/// Length, kind, data and checksum (5.3).
fn chunk(bytes: &[u8]) -> Option<(&[u8; 4], &[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (kind, rest) = rest.split_first_chunk()?;
    let (data, rest) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    Some((kind, data, rest.get(4..)?))
}

/// What a chunk packs, behind its keyword.
fn packed<'b>(kind: &[u8; 4], data: &'b [u8]) -> Option<&'b [u8]> {
    let behind = |data: &'b [u8]| data.get(memchr::memchr(0, data)?.checked_add(1)?..);
    match kind {
        // Keyword, method.
        b"zTXt" | b"iCCP" => behind(data)?.get(1..),
        // Keyword, flag, method, language, keyword in it.
        b"iTXt" => match behind(data)? {
            [1, _, rest @ ..] => behind(behind(rest)?),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::{SIGNATURE, texts};

    fn chunk(kind: &[u8], data: &[u8]) -> Vec<u8> {
        let length = u32::try_from(data.len()).unwrap().to_be_bytes();
        [&length, kind, data, &[0; 4]].concat()
    }

    #[test]
    fn packed_texts_are_unpacked_within_bounds() {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(b"text").unwrap();
        let packed = encoder.finish().unwrap();
        let chunks = [
            chunk(b"IHDR", &[0; 13]),
            chunk(b"zTXt", &[b"Comment\0\0".as_slice(), &packed].concat()),
            chunk(b"tEXt", b"Comment\0as it is"),
            chunk(b"iTXt", &[b"Comment\0\x01\0de\0Wort\0".as_slice(), &packed].concat()),
            chunk(b"iTXt", b"Comment\0\0\0de\0Wort\0as it is"),
            chunk(b"iCCP", &[b"Profile\0\0".as_slice(), &packed].concat()),
            chunk(b"IEND", b""),
        ];
        let picture = [SIGNATURE, &chunks.concat()].concat();
        let unpacked = texts(&picture, 100);
        assert!(unpacked.is_whole);
        assert_eq!(unpacked.contents, vec![b"text".to_vec(); 3]);
        assert!(!texts(&picture, 7).is_whole);
        assert_eq!(texts(b"GIF89a", 100).contents, Vec::<Vec<u8>>::new());
    }
}
