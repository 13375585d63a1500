//! Writes zip archives for tests: correct ones, and any that differs from a correct one in what the
//! test says.

use std::io::Write;

/// One entry, and how its two headers describe it.
#[derive(Clone)]
pub(super) struct Written {
    pub(super) local: Header,
    pub(super) central: Header,
    pub(super) content: Vec<u8>,
    /// The data descriptor after the content.
    pub(super) descriptor: Vec<u8>,
}

/// The fields of a header that say something about the entry.
#[derive(Clone)]
pub(super) struct Header {
    pub(super) name: Vec<u8>,
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) crc: u32,
    pub(super) compressed: u32,
    pub(super) size: u32,
    pub(super) extra: Vec<u8>,
    /// Only in the central directory.
    pub(super) attributes: u32,
    /// The system that made it: 3, Unix. Only in the central directory.
    pub(super) made_by: u8,
}

fn entry(name: &[u8], content: Vec<u8>, plain: &[u8], method: u16) -> Written {
    let mut crc = flate2::Crc::new();
    crc.update(plain);
    let header = Header {
        name: name.to_vec(),
        flags: 0,
        method,
        crc: crc.sum(),
        compressed: u32::try_from(content.len()).unwrap(),
        size: u32::try_from(plain.len()).unwrap(),
        extra: Vec::new(),
        attributes: 0,
        made_by: 3,
    };
    Written { local: header.clone(), central: header, content, descriptor: Vec::new() }
}

/// A stored entry.
pub(super) fn stored(name: impl AsRef<[u8]>, content: &[u8]) -> Written {
    entry(name.as_ref(), content.to_vec(), content, 0)
}

/// A deflated entry.
pub(super) fn deflated(name: impl AsRef<[u8]>, content: &[u8]) -> Written {
    let mut encoder =
        flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(content).unwrap();
    entry(name.as_ref(), encoder.finish().unwrap(), content, 8)
}

impl Written {
    /// The entry with its sizes after the content, as writers to a stream have it.
    pub(super) fn streamed(mut self) -> Self {
        self.descriptor = 0x0807_4b50_u32.to_le_bytes().to_vec();
        for field in [self.central.crc, self.central.compressed, self.central.size] {
            self.descriptor.extend(field.to_le_bytes());
        }
        self.central.flags |= 8;
        self.local.flags |= 8;
        (self.local.crc, self.local.compressed, self.local.size) = (0, 0, 0);
        self
    }

    /// The entry with a change to both headers.
    pub(super) fn with(mut self, change: impl Fn(&mut Header)) -> Self {
        change(&mut self.local);
        change(&mut self.central);
        self
    }
}

impl Header {
    fn write(&self, out: &mut Vec<u8>) {
        for field in [self.flags, self.method, 0, 0x5a21] {
            out.extend(field.to_le_bytes());
        }
        for field in [self.crc, self.compressed, self.size] {
            out.extend(field.to_le_bytes());
        }
        for length in [self.name.len(), self.extra.len()] {
            out.extend(u16::try_from(length).unwrap().to_le_bytes());
        }
    }
}

/// The archive of `entries`.
pub(super) fn zip(entries: &[Written]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut directory = Vec::new();
    for Written { local, central, content, descriptor } in entries {
        let offset = u32::try_from(out.len()).unwrap();
        out.extend(b"PK\x03\x04\x14\0");
        local.write(&mut out);
        out.extend(&local.name);
        out.extend(&local.extra);
        out.extend(content);
        out.extend(descriptor);
        directory.extend(b"PK\x01\x02\x14");
        directory.extend([central.made_by, 0x14, 0]);
        central.write(&mut directory);
        directory.extend([0; 6]);
        directory.extend(central.attributes.to_le_bytes());
        directory.extend(offset.to_le_bytes());
        directory.extend(&central.name);
        directory.extend(&central.extra);
    }
    let count = u16::try_from(entries.len()).unwrap().to_le_bytes();
    let size = u32::try_from(directory.len()).unwrap().to_le_bytes();
    let offset = u32::try_from(out.len()).unwrap().to_le_bytes();
    out.extend(directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend([count, count].concat());
    out.extend([size, offset].concat());
    out.extend([0, 0]);
    out
}
