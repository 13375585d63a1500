//! What companions pack: everything in them that does not stand there as it is, to be searched and never to be
//! read.

use super::compound::Compound;
use super::contents::Packed;
use super::{CompanionKind, pdf, png, rich_text};
use crate::submission::archive::{self, Bounds};
use crate::submission::base64::run;
use crate::submission::{gzip, text};

/// What `bytes`, a companion of that kind or a file in one, pack; at most so many octets of it.
pub(in crate::submission) fn unpack(
    bytes: &[u8],
    kind: Option<CompanionKind>,
    most: usize,
) -> Packed {
    match kind {
        Some(CompanionKind::OfficeDocument) => entries(bytes, most),
        Some(CompanionKind::Pdf) => pdf::streams(bytes, most),
        Some(CompanionKind::Html) => Packed::whole(page(bytes)),
        Some(CompanionKind::Picture) => png::texts(bytes, most),
        Some(CompanionKind::RichText) => Packed::whole(rich_text::plain(bytes)),
        Some(CompanionKind::CompoundDocument | CompanionKind::Message) => compound(bytes, most),
        None if archive::is_zip(bytes) => entries(bytes, most),
        None if bytes.starts_with(&[0x1f, 0x8b]) => member(bytes, most),
        None if archive::other_archive(bytes).is_some() => Packed::default(),
        _ => Packed::whole(Vec::new()),
    }
}

/// Entries of one packed document. A presentation of a hundred slides has some thousand.
const MOST_ENTRIES: usize = 4096;

/// The files of a zip archive, and the text of each that has markup.
fn entries(bytes: &[u8], most: usize) -> Packed {
    let bounds = Bounds { entries: MOST_ENTRIES, entry_bytes: most, total_bytes: most };
    let Ok(entries) = archive::unzip(bytes, bounds) else {
        return Packed::default();
    };
    let contents = entries.into_iter().flat_map(|entry| {
        let text = entry.bytes.starts_with(b"<").then(|| text::without_markup(&entry.bytes));
        [Some(entry.bytes), text].into_iter().flatten()
    });
    Packed::whole(contents.collect())
}

fn member(bytes: &[u8], most: usize) -> Packed {
    gzip::expand(bytes, most).map_or_else(|_| Packed::default(), |it| Packed::whole(vec![it]))
}

/// The streams of a compound file that its reader puts together.
fn compound(bytes: &[u8], most: usize) -> Packed {
    let whole = Compound::read(bytes).filter(|file| !file.is_encrypted());
    let scattered = whole.and_then(|mut file| file.scattered(most));
    scattered.map_or_else(Packed::default, Packed::whole)
}

/// The text of a page without its markup, and the data that its addresses hold (RFC 2397).
fn page(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mark = b";base64,";
    let data = memchr::memmem::find_iter(bytes, mark);
    let data = data.filter_map(|at| run(bytes.get(at.checked_add(mark.len())?..)?));
    [text::without_markup(bytes)].into_iter().chain(data).collect()
}

#[cfg(test)]
mod tests {
    use super::{CompanionKind, Packed, unpack};

    #[test]
    fn the_data_of_a_page_is_unpacked() {
        let page = b"<p>x</p><a href=\"data:text/plain;base64,QUJD\nREVG%3D\">y</a>";
        let packed = unpack(page, Some(CompanionKind::Html), 100);
        assert_eq!(packed, Packed::whole(vec![b"xy".to_vec(), b"ABCDEF".to_vec()]));
    }

    #[test]
    fn what_cannot_be_unpacked_is_not_whole() {
        for bytes in [&b"PK\x03\x04 no archive"[..], b"\x1f\x8b damaged", b"7z\xbc\xaf\x27\x1c"] {
            assert_eq!(unpack(bytes, None, 100), Packed::default());
        }
    }
}
