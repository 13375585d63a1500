//! Something hidden in the parts of an archive that are no content, or that lie bare in it.

use std::io::Write;

use flate2::{Compression, Crc};

use super::{Dice, Parts, Way, text};

pub(super) const WAYS: &[Way] = &[
    ("comment of a zip", |dice, parts| zip(dice, parts, Place::Comment)),
    ("comment of an entry", |dice, parts| zip(dice, parts, Place::EntryComment)),
    ("extra field of a local header", |dice, parts| zip(dice, parts, Place::LocalExtra)),
    ("extra field of the directory", |dice, parts| zip(dice, parts, Place::CentralExtra)),
    ("name of an entry", |dice, parts| zip(dice, parts, Place::Name)),
    ("stored entry", |dice, parts| zip(dice, parts, Place::Stored)),
    ("deflated entry", |dice, parts| zip(dice, parts, Place::Deflated)),
    ("before an archive", |dice, parts| zip(dice, parts, Place::Before)),
    ("behind an archive", |dice, parts| zip(dice, parts, Place::Behind)),
    ("between the entries", |dice, parts| zip(dice, parts, Place::Between)),
    ("name in a gzip header", |dice, parts| gzip(dice, parts, Place::Name)),
    ("comment in a gzip header", |dice, parts| gzip(dice, parts, Place::Comment)),
    ("extra field of a gzip header", |dice, parts| gzip(dice, parts, Place::LocalExtra)),
    ("stored block of gzip", |dice, parts| gzip(dice, parts, Place::Stored)),
    ("behind gzip", |dice, parts| gzip(dice, parts, Place::Behind)),
    ("second member of gzip", |dice, parts| gzip(dice, parts, Place::Between)),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Comment,
    EntryComment,
    LocalExtra,
    CentralExtra,
    Name,
    Stored,
    Deflated,
    Before,
    Behind,
    Between,
}

fn hidden(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let before = *dice.of(&["", "x", "\n", "\n"]);
    match dice.below(5) {
        0 => parts.hidden.der.clone(),
        _ => [before.as_bytes(), &text::any(dice, parts.hidden)].concat(),
    }
}

/// What the archive holds in the open.
fn content(parts: &Parts<'_>) -> Vec<u8> {
    if parts.base.bytes.is_empty() { b"nothing\n".to_vec() } else { parts.base.bytes.clone() }
}

struct Entry<'a> {
    name: &'a [u8],
    content: &'a [u8],
    stored: bool,
    local_extra: &'a [u8],
    central_extra: &'a [u8],
    comment: &'a [u8],
}

fn deflated(content: &[u8], level: Compression) -> Vec<u8> {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), level);
    encoder.write_all(content).expect("memory");
    encoder.finish().expect("memory")
}

fn crc(content: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(content);
    crc.sum()
}

impl Entry<'_> {
    /// What local and central header share (APPNOTE 4.3.7, 4.3.12), and the content as it lies there.
    fn header(&self, extra: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let data = if self.stored {
            self.content.to_vec()
        } else {
            deflated(self.content, Compression::best())
        };
        let method = if self.stored { 0_u16 } else { 8 };
        let mut header = Vec::new();
        header.extend([20, 0, 0, 0]);
        header.extend(method.to_le_bytes());
        header.extend([0, 0, 0x21, 0x58]);
        header.extend(crc(self.content).to_le_bytes());
        header.extend((data.len() as u32).to_le_bytes());
        header.extend((self.content.len() as u32).to_le_bytes());
        header.extend((self.name.len() as u16).to_le_bytes());
        header.extend((extra.len() as u16).to_le_bytes());
        (header, data)
    }

    fn local(&self) -> Vec<u8> {
        let (header, data) = self.header(self.local_extra);
        [&b"PK\x03\x04"[..], &header, self.name, self.local_extra, &data].concat()
    }

    fn central(&self, offset: usize) -> Vec<u8> {
        let (header, _) = self.header(self.central_extra);
        let comment = (self.comment.len() as u16).to_le_bytes();
        [
            &b"PK\x01\x02\x14\x03"[..],
            &header,
            &comment,
            &[0, 0, 0, 0, 0, 0, 0, 0],
            &(offset as u32).to_le_bytes(),
            self.name,
            self.central_extra,
            self.comment,
        ]
        .concat()
    }
}

/// A field of a kind that nobody reads (APPNOTE 4.5.1).
fn extra_field(data: &[u8]) -> Vec<u8> {
    [&0x6b70_u16.to_le_bytes()[..], &(data.len() as u16).to_le_bytes(), data].concat()
}

fn zip(dice: &mut Dice, parts: &Parts<'_>, place: Place) -> Vec<u8> {
    let (hidden, content) = (hidden(dice, parts), content(parts));
    let at = |here: Place| if place == here { hidden.clone() } else { Vec::new() };
    let extra = |here: Place| if place == here { extra_field(&hidden) } else { Vec::new() };
    let (local_extra, central_extra) = (extra(Place::LocalExtra), extra(Place::CentralExtra));
    let (entry_comment, comment) = (at(Place::EntryComment), at(Place::Comment));
    // A name with line ends is one to some readers.
    let name = if place != Place::Name {
        b"request.pem".to_vec()
    } else if dice.toss() {
        hidden.clone()
    } else {
        hidden.iter().copied().filter(|byte| *byte >= b' ' && *byte != b'/').collect()
    };
    let plain = |name, content, stored| Entry {
        name,
        content,
        stored,
        local_extra: &[],
        central_extra: &[],
        comment: &[],
    };
    let mut entries = vec![Entry {
        local_extra: &local_extra,
        central_extra: &central_extra,
        comment: &entry_comment,
        ..plain(&name, &content, dice.toss())
    }];
    if matches!(place, Place::Stored | Place::Deflated) {
        let name = *dice.of(&["other.pem", "._other.pem", ".DS_Store", "README"]);
        entries.push(plain(name.as_bytes(), &hidden, place == Place::Stored));
    }
    let mut bytes = at(Place::Before);
    // Offsets that count from the file's first octet, or from the archive's.
    let start = if dice.toss() { 0 } else { bytes.len() };
    let mut directory = Vec::new();
    for entry in &entries {
        directory.extend(entry.central(bytes.len() - start));
        bytes.extend(entry.local());
        bytes.extend(at(Place::Between));
    }
    let offset = bytes.len() - start;
    bytes.extend(&directory);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend((entries.len() as u16).to_le_bytes().repeat(2));
    bytes.extend((directory.len() as u32).to_le_bytes());
    bytes.extend((offset as u32).to_le_bytes());
    bytes.extend((comment.len() as u16).to_le_bytes());
    bytes.extend(comment);
    bytes.extend(at(Place::Behind));
    bytes
}

/// One member (RFC 1952 2.3).
fn member(flags: u8, header: &[u8], content: &[u8], level: Compression) -> Vec<u8> {
    let mut bytes = vec![0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 3];
    bytes.extend(header);
    bytes.extend(deflated(content, level));
    bytes.extend(crc(content).to_le_bytes());
    bytes.extend((content.len() as u32).to_le_bytes());
    bytes
}

fn gzip(dice: &mut Dice, parts: &Parts<'_>, place: Place) -> Vec<u8> {
    let (hidden, content) = (hidden(dice, parts), content(parts));
    let text: Vec<u8> = [hidden.as_slice(), &[0]].concat();
    let field = [
        &(hidden.len() as u16 + 4).to_le_bytes()[..],
        b"kp",
        &(hidden.len() as u16).to_le_bytes(),
        &hidden,
    ];
    let best = Compression::best();
    match place {
        Place::Name => member(0x08, &text, &content, best),
        Place::Comment => member(0x10, &text, &content, best),
        Place::LocalExtra => member(0x04, &field.concat(), &content, best),
        // Stored, so that it lies bare; what lies in it is read as what it is.
        Place::Stored => member(0, &[], &hidden, Compression::none()),
        Place::Between => {
            [member(0, &[], &content, best), member(0, &[], &hidden, Compression::none())].concat()
        }
        _ => [member(0, &[], &content, best), hidden].concat(),
    }
}
