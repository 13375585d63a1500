//! Compound files (MS-CFB): the streams of Outlook messages (MS-OXMSG) and older Office documents. Read to be
//! searched, and to name the attachments of a message; nothing of them is evidence.

use std::collections::BTreeMap;

/// How a compound file begins (2.2).
pub(super) const SIGNATURE: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

/// Sector numbers from here on are no sectors (2.1): the greatest regular one stands before it.
const NO_SECTOR: u32 = 0xffff_fffa;
const END_OF_CHAIN: u32 = 0xffff_fffe;
const NO_STREAM: u32 = 0xffff_ffff;

/// Octets of a directory entry (2.6.1).
const ENTRY: usize = 128;

/// Streams shorter than this lie in the mini stream (2.2).
const CUTOFF: u64 = 4096;

/// Entries of a directory. A message of sixty attachments has some two thousand.
const MOST_ENTRIES: usize = 16_384;

/// A compound file whose tables were read.
pub(super) struct Compound<'b> {
    bytes: &'b [u8],
    sector: usize,
    fat: Vec<u32>,
    mini_fat: Vec<u32>,
    /// The sectors of the mini stream.
    mini_stream: Vec<u32>,
    entries: Vec<Entry>,
    /// Steps along chains that are left: each sector belongs to one stream.
    steps: usize,
}

/// A stream or storage.
struct Entry {
    name: String,
    kind: u8,
    left: u32,
    right: u32,
    child: u32,
    start: u32,
    length: u64,
}

/// A file attached to a message.
pub(in crate::submission) struct Attachment {
    /// What it is called; hostile.
    pub(in crate::submission) name: String,
    pub(in crate::submission) bytes: Vec<u8>,
}

const STORAGE: u8 = 1;
const STREAM: u8 = 2;
const ROOT: u8 = 5;

impl<'b> Compound<'b> {
    /// Reads the tables; nothing if they contradict themselves.
    pub(super) fn read(bytes: &'b [u8]) -> Option<Self> {
        let version = u16_at(bytes, 26)?;
        let sector = match (bytes.starts_with(SIGNATURE), version, u16_at(bytes, 30)?) {
            (true, 3, 9) => 512,
            (true, 4, 12) => 4096,
            _ => return None,
        };
        let mut file = Self {
            bytes,
            sector,
            fat: Vec::new(),
            mini_fat: Vec::new(),
            mini_stream: Vec::new(),
            entries: Vec::new(),
            // The tables, and each stream twice, in pieces of 64 octets at least.
            steps: bytes.len() / 16,
        };
        file.fat = file.allocation()?;
        file.mini_fat = words(&file.content(u32_at(bytes, 60)?)?);
        let directory = file.content(u32_at(bytes, 48)?)?;
        let entries = directory.chunks_exact(ENTRY).take(MOST_ENTRIES);
        file.entries = entries.map(Entry::read).collect::<Option<_>>()?;
        let root = file.entries.first().filter(|entry| entry.kind == ROOT)?;
        let start = root.start;
        file.mini_stream = file.chain(start)?;
        Some(file)
    }

    /// Whether it is a message: its properties are a stream of the root (MS-OXMSG 2.4).
    pub(super) fn is_message(&self) -> bool {
        self.children(0).is_some_and(|children| {
            children
                .iter()
                .filter_map(|place| self.entry(*place))
                .any(|entry| entry.kind == STREAM && entry.name == "__properties_version1.0")
        })
    }

    /// Whether it is a document of Office that is encrypted (MS-OFFCRYPTO 2.3.1).
    pub(super) fn is_encrypted(&self) -> bool {
        self.entries.iter().any(|entry| entry.name == "EncryptedPackage")
    }

    /// The contents of the streams that do not lie in one piece: elsewhere they are searched as the file is.
    /// Nothing if that is more than `most` octets, or if a stream cannot be followed.
    pub(super) fn scattered(&mut self, most: usize) -> Option<Vec<Vec<u8>>> {
        let mut left = most;
        let mut contents = Vec::new();
        for place in 0..self.entries.len() {
            let pieces = self.pieces(place)?;
            let is_whole = pieces.array_windows().all(|[one, next]| one.end == next.start);
            if is_whole {
                continue;
            }
            let length = pieces.iter().map(ExactSizeIterator::len).sum();
            left = left.checked_sub(length)?;
            contents.push(self.assemble(&pieces, usize::MAX));
        }
        Some(contents)
    }

    /// The files attached to a message and to the messages in it (MS-OXMSG 2.2.2). Nothing if that is more than
    /// `most` octets, or if one cannot be followed.
    pub(super) fn attachments(&mut self, most: usize) -> Option<Vec<Attachment>> {
        let mut left = most;
        let mut attachments = Vec::new();
        for place in 0..self.entries.len() {
            let is_attachment = self.entries.get(place).is_some_and(|entry| {
                entry.kind == STORAGE && entry.name.starts_with("__attach_version1.0_#")
            });
            if !is_attachment {
                continue;
            }
            let streams: BTreeMap<String, usize> = self
                .children(place)?
                .into_iter()
                .filter_map(|child| Some((self.entry(child)?.name.clone(), child)))
                .collect();
            // PidTagAttachDataBinary; a message within has a storage in its place.
            let Some(data) = streams.get("__substg1.0_37010102") else { continue };
            let length = self.entry(*data).and_then(|entry| usize::try_from(entry.length).ok())?;
            left = left.checked_sub(length)?;
            // PidTagAttachLongFilename, PidTagAttachFilename.
            let names = ["__substg1.0_3707001F", "__substg1.0_3704001F"];
            let name = names.iter().find_map(|name| streams.get(*name));
            let name = name.map(|place| self.stream(*place)).unwrap_or_default();
            let bytes = self.stream(*data)?;
            let name = name.map(|name| utf16(&name)).unwrap_or_default();
            attachments.push(Attachment { name, bytes });
        }
        Some(attachments)
    }

    fn entry(&self, place: usize) -> Option<&Entry> {
        self.entries.get(place)
    }

    /// What lies directly in a storage: a tree of siblings (2.6.4).
    fn children(&self, place: usize) -> Option<Vec<usize>> {
        let mut children = Vec::new();
        let mut waiting = vec![self.entry(place)?.child];
        while let Some(next) = waiting.pop() {
            if next == NO_STREAM {
                continue;
            }
            let next = usize::try_from(next).ok()?;
            let entry = self.entry(next)?;
            if children.len() >= self.entries.len() {
                return None;
            }
            children.push(next);
            waiting.extend([entry.left, entry.right]);
        }
        Some(children)
    }

    fn stream(&mut self, place: usize) -> Option<Vec<u8>> {
        let pieces = self.pieces(place)?;
        let length = usize::try_from(self.entry(place)?.length).ok()?;
        Some(self.assemble(&pieces, length))
    }

    fn assemble(&self, pieces: &[std::ops::Range<usize>], length: usize) -> Vec<u8> {
        let pieces = pieces.iter().filter_map(|piece| self.bytes.get(piece.clone()));
        let mut content = pieces.collect::<Vec<_>>().concat();
        content.truncate(length);
        content
    }

    /// Where the pieces of a stream lie in the file.
    fn pieces(&mut self, place: usize) -> Option<Vec<std::ops::Range<usize>>> {
        let Some(&Entry { kind: STREAM, start, length, .. }) = self.entry(place) else {
            return Some(Vec::new());
        };
        if length == 0 {
            return Some(Vec::new());
        }
        if length >= CUTOFF {
            let chain = self.chain(start)?;
            return chain.into_iter().map(|number| self.place(number)).collect();
        }
        let chain = follow(&self.mini_fat, start, &mut self.steps)?;
        let mini = |number: u32| {
            let at = usize::try_from(number).ok()?.checked_mul(64)?;
            let sector = self.place(*self.mini_stream.get(at.checked_div(self.sector)?)?)?;
            let start = sector.start.checked_add(at.checked_rem(self.sector)?)?;
            let end = start.checked_add(64)?.min(self.bytes.len());
            (start < end).then_some(start..end)
        };
        chain.into_iter().map(mini).collect()
    }

    /// The table of sectors, from the places that the header and its continuation name (2.3, 2.5).
    fn allocation(&mut self) -> Option<Vec<u32>> {
        let mut places = words(self.bytes.get(76..512)?);
        let mut next = u32_at(self.bytes, 68)?;
        while next < NO_SECTOR {
            self.steps = self.steps.checked_sub(1)?;
            let mut more = words(self.bytes.get(self.place(next)?)?);
            next = more.pop()?;
            places.extend(more);
        }
        let mut table = Vec::new();
        for place in places.into_iter().filter(|place| *place < NO_SECTOR) {
            self.steps = self.steps.checked_sub(1)?;
            table.extend(words(self.bytes.get(self.place(place)?)?));
        }
        Some(table)
    }

    fn chain(&mut self, start: u32) -> Option<Vec<u32>> {
        follow(&self.fat, start, &mut self.steps)
    }

    fn content(&mut self, start: u32) -> Option<Vec<u8>> {
        let pieces: Option<Vec<_>> =
            self.chain(start)?.into_iter().map(|number| self.place(number)).collect();
        Some(self.assemble(&pieces?, usize::MAX))
    }

    /// Where a sector lies; the last may be cut short.
    fn place(&self, number: u32) -> Option<std::ops::Range<usize>> {
        let start = usize::try_from(number).ok()?.checked_add(1)?.checked_mul(self.sector)?;
        let end = start.checked_add(self.sector)?.min(self.bytes.len());
        (start < end).then_some(start..end)
    }
}

impl Entry {
    fn read(entry: &[u8]) -> Option<Self> {
        let length = usize::from(u16_at(entry, 64)?).saturating_sub(2);
        Some(Self {
            name: utf16(entry.get(..length.min(64))?),
            kind: *entry.get(66)?,
            left: u32_at(entry, 68)?,
            right: u32_at(entry, 72)?,
            child: u32_at(entry, 76)?,
            start: u32_at(entry, 116)?,
            // The upper half is of no meaning in version 3, where it may hold anything (2.6.1).
            length: u64::from(u32_at(entry, 120)?),
        })
    }
}

/// The sectors of a chain, as far as steps are left.
fn follow(table: &[u32], start: u32, steps: &mut usize) -> Option<Vec<u32>> {
    let mut chain = Vec::new();
    let mut next = start;
    while next != END_OF_CHAIN {
        *steps = steps.checked_sub(1)?;
        chain.push(next);
        next = *table.get(usize::try_from(next).ok()?)?;
    }
    Some(chain)
}

fn words(bytes: &[u8]) -> Vec<u32> {
    bytes.as_chunks::<4>().0.iter().map(|word| u32::from_le_bytes(*word)).collect()
}

fn utf16(bytes: &[u8]) -> String {
    let units: Vec<u16> =
        bytes.as_chunks::<2>().0.iter().map(|unit| u16::from_le_bytes(*unit)).collect();
    String::from_utf16_lossy(&units)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

#[cfg(test)]
mod tests {
    use super::{Compound, END_OF_CHAIN, NO_STREAM, ROOT, SIGNATURE, STREAM};

    const FREE: u32 = 0xffff_ffff;

    /// An entry of the directory, which begins at that sector.
    fn entry(name: &str, kind: u8, child: u32, start: u32, length: u32) -> Vec<u8> {
        let mut name: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let stated = u8::try_from(name.len() + 2).unwrap();
        name.resize(64, 0);
        let mut entry = [&name[..], &[stated, 0, kind, 1]].concat();
        for sibling in [NO_STREAM, NO_STREAM, child] {
            entry.extend(sibling.to_le_bytes());
        }
        entry.extend([0; 36]);
        entry.extend(start.to_le_bytes());
        entry.extend(length.to_le_bytes());
        entry.extend([0; 4]);
        entry
    }

    /// A file of one stream of eight sectors, which lie in that order behind table and directory.
    fn file(name: &str, content: &[u8], order: [u32; 8]) -> Vec<u8> {
        let mut table = vec![FREE; 128];
        table[0] = 0xffff_fffd;
        table[1] = END_OF_CHAIN;
        for (at, sector) in order.iter().enumerate() {
            let next = order.get(at + 1).copied().unwrap_or(END_OF_CHAIN);
            table[usize::try_from(*sector).unwrap()] = next;
        }
        let mut header = [SIGNATURE, &[0; 16], &[0x3e, 0, 3, 0, 0xfe, 0xff, 9, 0, 6, 0]].concat();
        header.resize(44, 0);
        let words = [1, 1, 0, 4096, END_OF_CHAIN, 0, END_OF_CHAIN, 0, 0];
        header.extend(words.iter().flat_map(|word: &u32| word.to_le_bytes()));
        header.resize(512, 0xff);
        let length = u32::try_from(content.len()).unwrap();
        let directory = [
            entry("Root Entry", ROOT, 1, END_OF_CHAIN, 0),
            entry(name, STREAM, NO_STREAM, order[0], length),
            vec![0; 256],
        ];
        let mut sectors = vec![vec![0; 512]; 8];
        for (piece, sector) in content.chunks(512).zip(order) {
            sectors[usize::try_from(sector - 2).unwrap()] = piece.to_vec();
        }
        let table: Vec<u8> = table.iter().flat_map(|word| word.to_le_bytes()).collect();
        [header, table, directory.concat(), sectors.concat()].concat()
    }

    fn content() -> Vec<u8> {
        (0..4096_u32).flat_map(|it| (it % 251).to_le_bytes().into_iter().take(1)).collect()
    }

    #[test]
    fn a_stream_in_pieces_is_put_together() {
        let whole = file("Contents", &content(), [2, 3, 4, 5, 6, 7, 8, 9]);
        assert_eq!(Compound::read(&whole).unwrap().scattered(10_000), Some(vec![]));
        let pieces = file("Contents", &content(), [9, 2, 8, 3, 7, 4, 6, 5]);
        let mut pieces = Compound::read(&pieces).unwrap();
        assert_eq!(pieces.scattered(10_000), Some(vec![content()]));
        assert_eq!(pieces.scattered(4095), None);
        assert!(!pieces.is_message() && !pieces.is_encrypted());
    }

    #[test]
    fn a_message_and_what_is_encrypted_are_known_by_a_stream() {
        let order = [2, 3, 4, 5, 6, 7, 8, 9];
        let message = file("__properties_version1.0", &content(), order);
        assert!(Compound::read(&message).unwrap().is_message());
        let encrypted = file("EncryptedPackage", &content(), order);
        assert!(Compound::read(&encrypted).unwrap().is_encrypted());
    }

    #[test]
    fn chains_that_lead_nowhere_end() {
        let circle = file("Contents", &content(), [2, 3, 2, 3, 2, 3, 2, 3]);
        let read = |bytes: &[u8]| Compound::read(bytes).and_then(|mut it| it.scattered(10_000));
        // The last of the eight ends it; a table that leads back to itself does not.
        let mut endless = circle.clone();
        endless[512 + 12..512 + 16].copy_from_slice(&2_u32.to_le_bytes());
        assert_eq!(read(&endless), None);
        assert_eq!(read(&circle[..700]), None);
        assert_eq!(read(b"no compound file"), None);
    }
}
