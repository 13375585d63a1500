//! Zip archives (APPNOTE.TXT 6.3.10), read in the one way that leaves nothing to choose.
//!
//! The central directory decides; every local header must agree with it; and headers and contents
//! must cover the file from its first byte to its last, once. So no two readers of an archive that
//! passes can see different files in it, and overlapping entries cannot multiply their contents.
//! Entries are stored or deflated. Nothing is ever written under the names that entries have.

use std::borrow::Cow;
use std::collections::BTreeSet;

use flate2::{Decompress, FlushDecompress, Status};

use crate::encoding::octets::Octets;
use crate::reason::ReasonCode;

/// One file of an archive.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// The name it has in the archive; hostile, but without control characters, and below the
    /// folder of the archive.
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
}

/// Why an archive is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) code: ReasonCode,
    pub(super) fault: &'static str,
    /// The entry at fault; hostile.
    pub(super) entry: Option<String>,
}

/// What an archive may hold.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) entries: usize,
    pub(super) entry_bytes: usize,
    pub(super) total_bytes: usize,
}

/// Archives that are not read, by how they begin.
const OTHER_ARCHIVES: &[(&[u8], &str)] = &[
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive, which is not read"),
    (b"Rar!\x1a\x07", "a RAR archive, which is not read"),
    (b"\xfd7zXZ\0", "an xz file, which is not read"),
    (b"BZh", "a bzip2 file, which is not read"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file, which is not read"),
    (b"MSCF\0\0\0\0", "a cabinet file, which is not read"),
    (b"!<arch>\n", "an ar archive, which is not read"),
];

/// What kind of archive other than zip `bytes` are, if they are one.
pub(super) fn other_archive(bytes: &[u8]) -> Option<&'static str> {
    // POSIX.1-2024 pax: magic at 257 of the header block.
    if bytes.get(257..262) == Some(b"ustar") {
        return Some("a tar archive, which is not read");
    }
    let known = OTHER_ARCHIVES.iter().find(|(start, _)| bytes.starts_with(start));
    known.map(|(_, description)| *description)
}

/// Whether `bytes` begin as a zip archive does, or end as one does. A file that ends as one is one
/// to some readers, whatever it begins with.
pub(super) fn is_zip(bytes: &[u8]) -> bool {
    let starts = [LOCAL_HEADER, END, SPANNED].map(u32::to_le_bytes);
    starts.iter().any(|start| bytes.starts_with(start)) || End::find(bytes).is_some()
}

/// How many entries an archive says it has; what is no archive has none.
pub(super) fn entry_count(bytes: &[u8]) -> usize {
    End::find(bytes).map_or(0, |end| end.entries)
}

/// The names in the central directory of an archive, as they stand; nothing if it cannot be read.
pub(super) fn names(bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let headers = End::find(bytes)?.central_directory(bytes).ok()?;
    Some(headers.iter().map(|header| header.name).collect())
}

/// The files of an archive, folders left out. `bytes` are all of it.
pub(super) fn unzip(bytes: &[u8], bounds: Bounds) -> Result<Vec<Entry>, Refusal> {
    let end =
        End::find(bytes).ok_or(malformed("no end of a central directory where one must be"))?;
    if end.entries > bounds.entries {
        return Err(refusal(ReasonCode::BundleTooMany, "more entries than the limit"));
    }
    let headers = end.central_directory(bytes)?;
    check_names(&headers)?;
    let contents = locate(bytes, &headers, end.directory_offset)?;

    let mut entries = Vec::new();
    let mut total: usize = 0;
    for (header, content) in headers.iter().zip(contents) {
        let left = bounds.total_bytes.saturating_sub(total);
        let content = header
            .expand(content, bounds.entry_bytes.min(left))
            .map_err(|refusal| refusal.about(header.name))?;
        total = total.saturating_add(content.len());
        if header.is_folder() {
            if !content.is_empty() {
                return Err(malformed("a folder with content").about(header.name));
            }
            continue;
        }
        entries.push(Entry { name: header.display_name(), bytes: content });
    }
    Ok(entries)
}

fn refusal(code: ReasonCode, fault: &'static str) -> Refusal {
    Refusal { code, fault, entry: None }
}

fn malformed(fault: &'static str) -> Refusal {
    refusal(ReasonCode::BundleMalformed, fault)
}

impl Refusal {
    fn about(mut self, name: &[u8]) -> Self {
        self.entry = Some(String::from_utf8_lossy(name).into_owned());
        self
    }
}

/// Signatures of the records (APPNOTE 4.3).
const LOCAL_HEADER: u32 = 0x0403_4b50;
const DESCRIPTOR: u32 = 0x0807_4b50;
const CENTRAL_HEADER: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
/// The marker at the start of a split archive is the data descriptor's signature (APPNOTE 8.5.4).
const SPANNED: u32 = DESCRIPTOR;

/// Little-endian fields off the front of a record.
#[derive(Clone)]
struct Fields<'a>(Octets<'a>);

impl<'a> Fields<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        Self(Octets(bytes))
    }

    fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        self.0.take(count)
    }

    fn u16(&mut self) -> Option<u16> {
        self.0.u16_little_endian()
    }

    fn u32(&mut self) -> Option<u32> {
        self.0.u32_little_endian()
    }

    fn size(&mut self) -> Option<usize> {
        usize::try_from(self.u32()?).ok()
    }

    fn count(&mut self) -> Option<usize> {
        self.u16().map(usize::from)
    }
}

/// The end of the central directory (APPNOTE 4.3.16).
struct End {
    entries: usize,
    directory_offset: usize,
    directory_size: usize,
    /// Where this record stands.
    offset: usize,
    single_volume: bool,
}

impl End {
    /// Bytes of the record without its comment.
    const SIZE: usize = 22;

    /// The last record of that signature, if its comment ends where the file ends.
    fn find(bytes: &[u8]) -> Option<Self> {
        let longest = Self::SIZE + usize::from(u16::MAX);
        let from = bytes.len().saturating_sub(longest);
        let signature = END.to_le_bytes();
        let tail = bytes.get(from..)?;
        let offset = from + memchr::memmem::rfind(tail, &signature)?;
        let mut fields = Fields::of(bytes.get(offset.checked_add(4)?..)?);
        let (disk, directory_disk) = (fields.u16()?, fields.u16()?);
        let (here, entries) = (fields.count()?, fields.count()?);
        let (directory_size, directory_offset) = (fields.size()?, fields.size()?);
        let comment = fields.count()?;
        let single_volume = disk == 0 && directory_disk == 0 && here == entries;
        let ends = fields.0.len() == comment;
        ends.then_some(Self { entries, directory_offset, directory_size, offset, single_volume })
    }

    /// The headers, which must fill the space between the last content and this record.
    fn central_directory<'a>(&self, bytes: &'a [u8]) -> Result<Vec<CentralHeader<'a>>, Refusal> {
        if !self.single_volume {
            return Err(malformed("an archive of several volumes"));
        }
        if self.directory_offset.checked_add(self.directory_size) != Some(self.offset) {
            return Err(malformed(
                "a central directory that is not where the archive says, or zip64",
            ));
        }
        let directory = bytes
            .get(self.directory_offset..self.offset)
            .ok_or(malformed("a central directory that is not where the archive says"))?;
        // A second end record here would be the end to a reader that searches forwards.
        if directory.windows(4).any(|window| window == END.to_le_bytes()) {
            return Err(malformed("two ends of a central directory"));
        }
        let mut fields = Fields::of(directory);
        let mut headers = Vec::new();
        for _ in 0..self.entries {
            let header = CentralHeader::take(&mut fields)
                .ok_or(malformed("a central directory that is damaged or shorter than it says"))?;
            headers.push(header);
        }
        if !fields.0.is_empty() {
            return Err(malformed("a central directory that is longer than it says"));
        }
        Ok(headers)
    }
}

/// One entry as the central directory has it (APPNOTE 4.3.12).
struct CentralHeader<'a> {
    /// The system whose attributes and names it has (APPNOTE 4.4.2).
    made_by: u8,
    flags: u16,
    method: u16,
    crc: u32,
    compressed: usize,
    size: usize,
    name: &'a [u8],
    extra: &'a [u8],
    attributes: u32,
    offset: usize,
}

/// General purpose flags (APPNOTE 4.4.4): two of the deflate level, sizes in a data descriptor,
/// names in UTF-8. All others mean encryption or patches.
const KNOWN_FLAGS: u16 = 0b0000_1000_0000_1110;
const SIZES_FOLLOW: u16 = 1 << 3;
const NAMES_IN_UTF_8: u16 = 1 << 11;

/// MS-DOS and Windows, as .NET Framework writes it (APPNOTE 4.4.2.2).
const FAT: u8 = 0;

const STORED: u16 = 0;
const DEFLATED: u16 = 8;

/// Extra fields (APPNOTE 4.5.2, 4.6.9): zip64 sizes, and the name once more in Unicode.
const ZIP64: u16 = 0x0001;
const UNICODE_PATH: u16 = 0x7075;

impl<'a> CentralHeader<'a> {
    fn take(fields: &mut Fields<'a>) -> Option<Self> {
        if fields.u32()? != CENTRAL_HEADER {
            return None;
        }
        let [_, made_by] = fields.u16()?.to_le_bytes();
        let _needed = fields.u16()?;
        let (flags, method) = (fields.u16()?, fields.u16()?);
        let _modified = fields.u32()?;
        let (crc, compressed, size) = (fields.u32()?, fields.size()?, fields.size()?);
        let (name, extra, comment) = (fields.count()?, fields.count()?, fields.count()?);
        let _volume_and_kind = fields.u32()?;
        let (attributes, offset) = (fields.u32()?, fields.size()?);
        let (name, extra) = (fields.bytes(name)?, fields.bytes(extra)?);
        fields.bytes(comment)?;
        Some(Self {
            made_by,
            flags,
            method,
            crc,
            compressed,
            size,
            name,
            extra,
            attributes,
            offset,
        })
    }

    /// The name, its parts separated as APPNOTE 4.4.17 demands. Compress-Archive of Windows PowerShell 5
    /// separates them with backslashes, which every unpacker of Windows takes for the same. Where it does
    /// not, a backslash stays what it is, and is refused: in a name from another system, in one that has
    /// both, and where it may be half a character of a code page.
    fn path(&self) -> Cow<'a, [u8]> {
        let of_windows = self.made_by == FAT
            && !self.name.contains(&b'/')
            && (self.name.is_ascii() || self.flags & NAMES_IN_UTF_8 != 0);
        if !of_windows || !self.name.contains(&b'\\') {
            return Cow::Borrowed(self.name);
        }
        let separated = self.name.iter().map(|byte| if *byte == b'\\' { b'/' } else { *byte });
        Cow::Owned(separated.collect())
    }

    fn display_name(&self) -> String {
        String::from_utf8_lossy(&self.path()).into_owned()
    }

    fn is_folder(&self) -> bool {
        self.path().ends_with(b"/")
    }

    /// The content, of no more than `limit` bytes whatever the header says.
    fn expand(&self, content: &[u8], limit: usize) -> Result<Vec<u8>, Refusal> {
        let too_large =
            refusal(ReasonCode::BundleTooLarge, "an entry that unpacks beyond the limit");
        if self.size > limit {
            return Err(too_large);
        }
        let expanded = match self.method {
            STORED => content.to_vec(),
            DEFLATED => {
                // One byte more than may come, for this fills the room there is and no more.
                let mut expanded = Vec::with_capacity(limit.saturating_add(1));
                let mut inflater = Decompress::new(false);
                let status =
                    inflater.decompress_vec(content, &mut expanded, FlushDecompress::Finish);
                if expanded.len() > limit {
                    return Err(too_large);
                }
                let consumed = usize::try_from(inflater.total_in()) == Ok(content.len());
                if !matches!(status, Ok(Status::StreamEnd)) || !consumed {
                    return Err(malformed("a deflated entry that is damaged or of another length"));
                }
                expanded.shrink_to_fit();
                expanded
            }
            _ => return Err(malformed("an entry that is neither stored nor deflated")),
        };
        if expanded.len() > limit {
            return Err(too_large);
        }
        if expanded.len() != self.size {
            return Err(malformed("an entry of another size than the archive says"));
        }
        let mut crc = flate2::Crc::new();
        crc.update(&expanded);
        if crc.sum() != self.crc {
            return Err(malformed("an entry whose checksum is wrong"));
        }
        Ok(expanded)
    }
}

/// Checks that every name is one of a file below the archive's folder, that no two are the same
/// file to any file system, and that none is a link.
fn check_names(headers: &[CentralHeader<'_>]) -> Result<(), Refusal> {
    let mut seen = BTreeSet::new();
    for header in headers {
        let about = |refusal: Refusal| refusal.about(header.name);
        let path = header.path();
        if let Some(fault) = path_fault(&path) {
            return Err(about(refusal(ReasonCode::BundlePath, fault)));
        }
        for (id, data) in extra_fields(header.extra).map_err(about)? {
            // version, checksum of the name, name
            if id == UNICODE_PATH
                && let Some(fault) = path_fault(data.get(5..).unwrap_or_default())
            {
                return Err(about(refusal(ReasonCode::BundlePath, fault)));
            }
        }
        if let Some(refusal) = link_fault(header.attributes) {
            return Err(about(refusal));
        }
        if !seen.insert(folded(&path)) {
            let fault = "two entries whose names differ in letter case at most";
            return Err(about(refusal(ReasonCode::BundleDuplicate, fault)));
        }
    }
    Ok(())
}

fn path_fault(name: &[u8]) -> Option<&'static str> {
    let text = String::from_utf8_lossy(name);
    let mut components = text.split('/');
    if text.is_empty() {
        Some("an entry without a name")
    } else if text.chars().any(char::is_control) {
        Some("a name with a control character")
    } else if text.contains('\\') {
        Some("a name with a backslash")
    } else if text.starts_with('/') {
        Some("an absolute name")
    } else if matches!(text.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic()) {
        Some("a name with a drive letter")
    } else if components.any(|component| component == "..") {
        Some("a name that leads out of the archive's folder")
    } else {
        None
    }
}

/// The name as a file system that folds letter case has it, without empty and `.` components.
fn folded(name: &[u8]) -> Vec<u8> {
    let folded = std::str::from_utf8(name)
        .map_or_else(|_| name.to_ascii_lowercase(), |name| name.to_lowercase().into_bytes());
    let components = folded.split(|byte| *byte == b'/');
    let named = components.filter(|component| !matches!(component, [] | [b'.']));
    named.collect::<Vec<_>>().join(&b'/')
}

/// Refuses links and devices. The upper half of the attributes is st_mode where Unix made the
/// archive and zero elsewhere; bit 10 of the lower half is the reparse point of Windows.
fn link_fault(attributes: u32) -> Option<Refusal> {
    const KIND: u32 = 0o170_000;
    match (attributes >> 16) & KIND {
        0o120_000 => Some(refusal(ReasonCode::BundleLink, "a symbolic link")),
        0 | 0o100_000 | 0o040_000 if attributes & 0x400 == 0 => None,
        0 | 0o100_000 | 0o040_000 => Some(refusal(ReasonCode::BundleLink, "a reparse point")),
        _ => Some(refusal(ReasonCode::BundleLink, "a device, pipe or socket")),
    }
}

/// The extra fields of a header; zip64 is refused, for no submission needs it.
fn extra_fields(extra: &[u8]) -> Result<Vec<(u16, &[u8])>, Refusal> {
    let mut fields = Fields::of(extra);
    let mut all = Vec::new();
    while !fields.0.is_empty() {
        let field = (|| {
            let (id, size) = (fields.u16()?, fields.count()?);
            Some((id, fields.bytes(size)?))
        })();
        match field {
            Some((ZIP64, _)) => return Err(malformed("zip64, which is not read")),
            Some(field) => all.push(field),
            None => return Err(malformed("an extra field that is damaged")),
        }
    }
    Ok(all)
}

/// The contents of the entries as they stand in the file, in the order of `headers`. Local headers,
/// contents and descriptors must fill the file from its start to the central directory.
fn locate<'a>(
    bytes: &'a [u8],
    headers: &[CentralHeader<'_>],
    directory_offset: usize,
) -> Result<Vec<&'a [u8]>, Refusal> {
    let mut order: Vec<_> = headers.iter().enumerate().collect();
    order.sort_by_key(|(_, header)| header.offset);
    let ends = order.iter().skip(1).map(|(_, header)| header.offset).chain([directory_offset]);
    let mut expected = 0;
    let mut contents = Vec::new();
    for ((position, header), end) in order.iter().zip(ends) {
        if header.offset != expected {
            return Err(malformed("data before the first entry, or entries that overlap"));
        }
        let record = bytes
            .get(header.offset..end)
            .ok_or(malformed("entries that overlap").about(header.name))?;
        let content =
            local_content(record, header).map_err(|refusal| refusal.about(header.name))?;
        contents.push((*position, content));
        expected = end;
    }
    if expected != directory_offset {
        return Err(malformed("data before the central directory"));
    }
    contents.sort_by_key(|(position, _)| *position);
    Ok(contents.into_iter().map(|(_, content)| content).collect())
}

/// The content of `record`: one local header (APPNOTE 4.3.7), the content, perhaps a descriptor.
fn local_content<'a>(record: &'a [u8], central: &CentralHeader<'_>) -> Result<&'a [u8], Refusal> {
    let damaged = malformed("a local header that is damaged");
    let mut fields = Fields::of(record);
    let local = LocalHeader::take(&mut fields).ok_or(damaged)?;
    if (local.flags | central.flags) & !KNOWN_FLAGS != 0 {
        return Err(malformed("an entry that is encrypted, or has flags that are not known"));
    }
    if local.name != central.name {
        return Err(malformed("two names for one entry"));
    }
    if local.method != central.method {
        return Err(malformed("two compression methods for one entry"));
    }
    extra_fields(local.extra)?;
    let follows = local.flags & SIZES_FOLLOW != 0;
    let told = [(local.crc, central.crc)];
    let sizes = [(local.compressed, central.compressed), (local.size, central.size)];
    // Where the sizes follow the content, the local header has zeros.
    let agrees = told.iter().all(|(one, other)| one == other || (follows && *one == 0))
        && sizes.iter().all(|(one, other)| one == other || (follows && *one == 0));
    if !agrees {
        return Err(malformed("two sizes or checksums for one entry"));
    }
    let content = fields
        .bytes(central.compressed)
        .ok_or(malformed("an entry that runs into the next, or beyond the end"))?;
    match (follows, fields.0.is_empty()) {
        (false, true) => Ok(content),
        (true, false) if is_descriptor(fields, central) => Ok(content),
        (true, _) => Err(malformed("a data descriptor that is missing, damaged or contradicts")),
        (false, false) => Err(malformed("data between two entries")),
    }
}

/// A local file header.
struct LocalHeader<'a> {
    flags: u16,
    method: u16,
    crc: u32,
    compressed: usize,
    size: usize,
    name: &'a [u8],
    extra: &'a [u8],
}

impl<'a> LocalHeader<'a> {
    fn take(fields: &mut Fields<'a>) -> Option<Self> {
        if fields.u32()? != LOCAL_HEADER {
            return None;
        }
        let _needed = fields.u16()?;
        let (flags, method) = (fields.u16()?, fields.u16()?);
        let _modified = fields.u32()?;
        let (crc, compressed, size) = (fields.u32()?, fields.size()?, fields.size()?);
        let (name, extra) = (fields.count()?, fields.count()?);
        let (name, extra) = (fields.bytes(name)?, fields.bytes(extra)?);
        Some(Self { flags, method, crc, compressed, size, name, extra })
    }
}

/// Whether `fields` are exactly the data descriptor (APPNOTE 4.3.9) of the entry, with or without
/// its optional signature.
fn is_descriptor(mut fields: Fields<'_>, central: &CentralHeader<'_>) -> bool {
    let signed = match fields.0.len() {
        16 => fields.u32() == Some(DESCRIPTOR),
        length => length == 12,
    };
    signed
        && fields.u32() == Some(central.crc)
        && fields.size() == Some(central.compressed)
        && fields.size() == Some(central.size)
}

#[cfg(test)]
mod tests;
