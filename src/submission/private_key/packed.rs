//! Looks into archives that the intake does not read: archives within archives, damaged ones, tar.
//! Generous where [`archive`](crate::submission::archive) is strict, and bounded by what is packed:
//! the keys looked for do not shrink much, and show what they are by their first bytes.

use std::io::Read;

use flate2::bufread::{DeflateDecoder, GzDecoder};

use super::{Recognised, find_within, graver, table};
use crate::encoding::octets::Octets;

/// Archives within one another that are looked into.
const NESTED: u8 = 2;

/// Entries or members that are looked into: as many as the intake takes files.
const MOST_ENTRIES: usize = 64;

/// What the zip or gzip file that `bytes` are holds of a private key.
pub(super) fn find(bytes: &[u8]) -> Option<Recognised> {
    find_nested(bytes, NESTED)
}

/// Whether `bytes` begin as an archive that is looked into.
pub(super) fn is_archive(bytes: &[u8]) -> bool {
    bytes.starts_with(GZIP) || bytes.starts_with(b"PK\x03\x04")
}

fn find_nested(bytes: &[u8], nested: u8) -> Option<Recognised> {
    let nested = nested.checked_sub(1)?;
    if bytes.starts_with(GZIP) {
        return find_in_members(bytes, nested);
    }
    if !bytes.starts_with(b"PK") {
        return None;
    }
    let headers = memchr::memmem::find_iter(bytes, b"PK\x03\x04").take(MOST_ENTRIES);
    let starts: Vec<usize> = headers.collect();
    let ends = starts.iter().skip(1).copied().chain([bytes.len()]);
    graver(starts.iter().zip(ends).map(|(start, end)| {
        let entry = entry(bytes.get(*start..end)?)?;
        find_unpacked(&entry, nested)
    }))
}

fn find_unpacked(content: &[u8], nested: u8) -> Option<Recognised> {
    // Texts are looked through where they are not packed twice.
    let layers = u8::from(nested > 0);
    graver([find_within(content, layers), find_nested(content, nested)])
}

/// How a gzip member begins (RFC 1952 2.3.1).
const GZIP: &[u8] = &[0x1f, 0x8b];

/// What the members of a gzip file hold, all of them together as far as one could be unpacked.
fn find_in_members(bytes: &[u8], nested: u8) -> Option<Recognised> {
    let mut rest = bytes;
    let mut left = most(bytes.len());
    let mut gravest = None;
    for _ in 0..MOST_ENTRIES {
        if !rest.starts_with(GZIP) {
            break;
        }
        let mut decoder = GzDecoder::new(rest);
        let content = unpacked(&mut decoder, left);
        gravest = graver([gravest, find_unpacked(&content, nested)]);
        left = left.saturating_sub(content.len());
        rest = decoder.into_inner();
    }
    gravest
}

/// The content of an entry of a zip archive, by its local header (APPNOTE 4.3.7), up to the next.
fn entry(bytes: &[u8]) -> Option<Vec<u8>> {
    const STORED: u16 = 0;
    const DEFLATED: u16 = 8;
    let mut header = Octets(bytes);
    header.take(8)?;
    let method = header.u16()?.swap_bytes();
    header.take(16)?;
    let (name, extra) = (header.u16()?.swap_bytes(), header.u16()?.swap_bytes());
    header.take(usize::from(name).saturating_add(usize::from(extra)))?;
    match method {
        STORED => Some(header.0.to_vec()),
        DEFLATED => Some(unpacked(DeflateDecoder::new(header.0), most(header.0.len()))),
        _ => None,
    }
}

/// What is unpacked of so many packed octets: twice as many and a block of tar, so that work is linear
/// in what came.
fn most(packed: usize) -> usize {
    packed.saturating_mul(2).saturating_add(BLOCK)
}

/// What can be unpacked, up to `most` octets; before a fault too.
fn unpacked(decoder: impl Read, most: usize) -> Vec<u8> {
    let mut content = Vec::new();
    let _ = decoder.take(u64::try_from(most).unwrap_or(u64::MAX)).read_to_end(&mut content);
    content
}

/// Bytes of a block (POSIX.1-2024 pax, ustar).
const BLOCK: usize = 512;

/// What a tar archive holds of a private key that is known by how it begins; all else is found in the
/// archive as it stands.
pub(super) fn find_in_tar(bytes: &[u8]) -> Option<Recognised> {
    let mut blocks = Octets(bytes);
    let mut gravest = None;
    while let Some(header) = blocks.take(BLOCK) {
        let Some(size) = header.get(257..262).filter(|magic| magic == b"ustar").and(size(header))
        else {
            break;
        };
        let content = blocks.0.get(..size).unwrap_or(blocks.0);
        gravest = graver([gravest, table::at_start(content)]);
        let padded = size.div_ceil(BLOCK).saturating_mul(BLOCK);
        if blocks.take(padded).is_none() {
            break;
        }
    }
    gravest
}

/// The size of an entry: octal digits at 124.
fn size(header: &[u8]) -> Option<usize> {
    let digits = std::str::from_utf8(header.get(124..136)?).ok()?;
    usize::from_str_radix(digits.trim_matches(['\0', ' ']), 8).ok()
}
