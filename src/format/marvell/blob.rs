//! The attestation blob of LiquidSecurity firmware, in its four layouts: lengths, counts and
//! offsets, each held against every other. What the attributes say is left to [`super::attributes`],
//! who signed the blob to [`super::partition`].
//!
//! All numbers are big-endian. Each layout ends with an RSA-2048 signature over everything before it.

use std::collections::BTreeMap;

use crate::encoding::octets::Octets;
use crate::reason::{Reason, ReasonCode};
use crate::trust::Claimed;

/// Octets of the signature (RSA-2048).
const SIGNATURE_OCTETS: usize = 256;

/// Attributes of one object. The most seen in a genuine one is 45.
const MAX_ATTRIBUTES: u32 = 128;

/// Zero octets that firmware 2.x leaves after the attributes of an object: 16 after a private, 25
/// after a public one (seen on four genuine blobs).
const FIRMWARE_2_SLACK: usize = 25;

/// Zero octets between the object and the signature of firmware 2.x.
const FIRMWARE_2_TAIL: usize = 264;

/// Octets before the first of two objects in layout V1 (Marvell's `parse_v1.py`, as smallstep
/// quotes it). What they hold is not published.
const V1_PREFIX: usize = 984;

/// How a blob is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Firmware 3.x: response header, information header, one or two objects. Google's
    /// `CAVIUM_V2_COMPRESSED`.
    V2,
    /// Google's `CAVIUM_V1_COMPRESSED`: a prefix, then two objects.
    V1,
    /// Firmware 2.x, one object. Azure's `MRVL-1`.
    Firmware2,
    /// Firmware 3.x, one object without its handle in the header. Azure's `MRVL-1` too.
    Firmware3,
}

impl Layout {
    /// For people.
    pub fn describe(self) -> &'static str {
        match self {
            Self::V2 => "V2 (firmware 3.x)",
            Self::V1 => "V1",
            Self::Firmware2 => "firmware 2.x",
            Self::Firmware3 => "firmware 3.x, one object",
        }
    }
}

/// A blob whose form holds. Nothing is verified.
#[derive(Clone, Debug)]
pub struct Blob<'a> {
    layout: Layout,
    claimed: Claimed<'a, Vec<Object<'a>>>,
    signature: &'a [u8],
}

/// One PKCS #11 object of a blob: attributes by type, none twice.
#[derive(Clone, Debug)]
pub struct Object<'a> {
    handle: u32,
    attributes: BTreeMap<u32, &'a [u8]>,
}

impl<'a> Blob<'a> {
    /// Reads a blob of that layout, which must fill `bytes`.
    ///
    /// # Errors
    /// `attestation.malformed` or `attestation.duplicate-extension`.
    pub fn read(layout: Layout, bytes: &'a [u8]) -> Result<Self, Reason> {
        let Some((signed, signature)) =
            bytes.len().checked_sub(SIGNATURE_OCTETS).and_then(|end| bytes.split_at_checked(end))
        else {
            return Err(malformed("shorter than its signature", bytes.len()));
        };
        let read = match layout {
            Layout::V2 => read_v2,
            Layout::V1 => read_v1,
            Layout::Firmware2 => read_firmware_2,
            Layout::Firmware3 => read_firmware_3,
        };
        Ok(Self { layout, claimed: Claimed::read(signed, read)?, signature })
    }

    /// Whether `bytes` begin like a blob of firmware 3.x, in either of its layouts: they alone have a
    /// mark. Only looks.
    pub fn begins_like_firmware_3(bytes: &[u8]) -> bool {
        let mut reader = Cursor::new(bytes);
        // Response codes are small numbers; whether it is success is for the reader to say.
        reader.u32().is_ok_and(|code| code < 0x1_0000)
            && reader.u32() == Ok(RESPONSE_FLAGS)
            && bytes.len() > SIGNATURE_OCTETS
    }

    /// The layout.
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// The objects, in order.
    pub fn objects(&self) -> &[Object<'a>] {
        self.claimed.outside()
    }

    /// What is signed: everything before the signature.
    pub fn claimed(&self) -> &Claimed<'a, Vec<Object<'a>>> {
        &self.claimed
    }

    /// The signature.
    pub fn signature(&self) -> &'a [u8] {
        self.signature
    }
}

impl<'a> Object<'a> {
    /// Its handle in the module.
    pub fn handle(&self) -> u32 {
        self.handle
    }

    /// The value of the attribute of that type.
    pub fn attribute(&self, kind: u32) -> Option<&'a [u8]> {
        self.attributes.get(&kind).copied()
    }

    /// Every attribute, in order of type.
    pub fn attributes(&self) -> impl Iterator<Item = (u32, &'a [u8])> + '_ {
        self.attributes.iter().map(|(kind, value)| (*kind, *value))
    }

    /// Reads the header and the attributes of one object. What is left of its size behind them is
    /// given too.
    fn read(reader: &mut Cursor<'a>) -> Result<(Self, &'a [u8]), Reason> {
        let handle = reader.u32()?;
        let count_at = reader.position;
        let count = reader.u32()?;
        if count > MAX_ATTRIBUTES {
            return Err(malformed("more attributes than any object has", count_at));
        }
        let size = reader.length()?;
        let mut body = reader.part(size)?;
        let mut attributes = BTreeMap::new();
        for _ in 0..count {
            let at = body.position;
            let kind = body.u32()?;
            let length = body.length()?;
            if attributes.insert(kind, body.take(length)?).is_some() {
                return Err(Reason::new(ReasonCode::AttestationDuplicateExtension)
                    .with("attribute", format!("0x{kind:04x}"))
                    .with("offset", at.to_string()));
            }
        }
        Ok((Self { handle, attributes }, body.rest()))
    }

    /// Reads an object whose attributes fill its size.
    fn read_whole(reader: &mut Cursor<'a>) -> Result<Self, Reason> {
        let (object, slack) = Self::read(reader)?;
        if slack.is_empty() {
            Ok(object)
        } else {
            let at = reader.position.saturating_sub(slack.len());
            Err(malformed("an object longer than its attributes", at))
        }
    }
}

/// Flags of the response to a request for an attestation.
const RESPONSE_FLAGS: u32 = 3;

/// Takes the beginning of a response off the front, whose length must be that of the blob.
fn response_header(reader: &mut Cursor<'_>, signed: &[u8]) -> Result<(), Reason> {
    let total = signed.len().saturating_add(SIGNATURE_OCTETS);
    reader.expect_u32(0, "a response code that is not success")?;
    reader.expect_u32(RESPONSE_FLAGS, "other flags than those of an attestation")?;
    reader.expect_length(total, "a total size that is not the blob's")
}

/// Octets before the buffer, without the handles.
const V2_HEADER: usize = 16;

/// Octets of the information header: version, flags, two offsets.
const V2_INFORMATION: usize = 8;

const V2_HANDLE: usize = 8;

fn read_v2(signed: &[u8]) -> Result<Vec<Object<'_>>, Reason> {
    let mut reader = Cursor::new(signed);
    response_header(&mut reader, signed)?;
    let buffer = reader.length()?;
    // The information header stands where the buffer begins, which is where the handles end.
    let Some(information) = signed.len().checked_sub(buffer) else {
        return Err(malformed("a buffer larger than the blob", 12));
    };
    let handles = match information.checked_sub(V2_HEADER) {
        Some(V2_HANDLE) => 1,
        Some(octets) if octets == 2 * V2_HANDLE => 2,
        _ => return Err(malformed("a buffer size that leaves no room for one or two handles", 12)),
    };
    let mut header_handles = Vec::new();
    for _ in 0..handles {
        header_handles.push(reader.u64()?);
    }
    reader.expect_u16(1, "another version of the information header")?;
    reader.expect_u16(3, "other flags of the information header")?;
    let first = usize::from(reader.u16()?);
    if first != V2_INFORMATION {
        return Err(malformed(
            "a first object that does not follow the header",
            reader.position - 2,
        ));
    }
    let second_at = reader.position;
    let second = usize::from(reader.u16()?);
    let mut objects = vec![Object::read_whole(&mut reader)?];
    let end_of_first = reader.position.checked_sub(information);
    match (handles, second) {
        (1, 0) => {}
        (2, offset) if Some(offset) == end_of_first => {
            objects.push(Object::read_whole(&mut reader)?);
        }
        (2, _) => {
            return Err(malformed("a second object that does not follow the first", second_at));
        }
        _ => return Err(malformed("a second object without a handle", second_at)),
    }
    reader.finish()?;
    for (handle, object) in header_handles.iter().zip(&objects) {
        if *handle != u64::from(object.handle) {
            return Err(malformed("a handle that is not the object's", V2_HEADER)
                .with("header", handle.to_string())
                .with("object", object.handle.to_string()));
        }
    }
    Ok(objects)
}

fn read_v1(signed: &[u8]) -> Result<Vec<Object<'_>>, Reason> {
    let mut reader = Cursor::new(signed);
    reader.take(V1_PREFIX)?;
    let objects = vec![Object::read_whole(&mut reader)?, Object::read_whole(&mut reader)?];
    reader.finish()?;
    Ok(objects)
}

const FIRMWARE_2_HEADER: usize = 16;

/// Octets of an object's header: handle, count, size.
const OBJECT_HEADER: usize = 12;

fn read_firmware_2(signed: &[u8]) -> Result<Vec<Object<'_>>, Reason> {
    let mut reader = Cursor::new(signed);
    reader.zeros(FIRMWARE_2_HEADER)?;
    let size = reader.length()?;
    let (object, slack) = Object::read(&mut reader)?;
    let read = reader.position.checked_sub(FIRMWARE_2_HEADER + 4);
    if read != Some(size) || size < OBJECT_HEADER {
        return Err(malformed("two sizes of the object that disagree", FIRMWARE_2_HEADER));
    }
    let slack_at = reader.position.saturating_sub(slack.len());
    if slack.len() > FIRMWARE_2_SLACK || slack.iter().any(|octet| *octet != 0) {
        return Err(malformed("more behind the attributes than genuine blobs have", slack_at));
    }
    reader.zeros(FIRMWARE_2_TAIL)?;
    reader.finish()?;
    Ok(vec![object])
}

/// Octets of the response before its buffer: code, flags, total, and the length of the buffer twice.
const FIRMWARE_3_HEADER: usize = 20;

fn read_firmware_3(signed: &[u8]) -> Result<Vec<Object<'_>>, Reason> {
    let mut reader = Cursor::new(signed);
    response_header(&mut reader, signed)?;
    let buffer = signed.len().saturating_sub(FIRMWARE_3_HEADER);
    for _ in 0..2 {
        reader.expect_length(buffer, "a buffer size that is not what is left of the blob")?;
    }
    reader.expect_u16(1, "another version of the information header")?;
    reader.expect_u16(0, "other flags of the information header")?;
    reader.expect_u16(8, "a first object that does not follow the header")?;
    reader.expect_u16(0, "a second object, which no such blob has")?;
    let object = Object::read_whole(&mut reader)?;
    reader.finish()?;
    Ok(vec![object])
}

fn malformed(fault: &'static str, offset: usize) -> Reason {
    Reason::new(ReasonCode::AttestationMalformed)
        .with("fault", fault)
        .with("offset", offset.to_string())
}

/// Takes big-endian numbers off the front of bytes.
#[derive(Clone)]
struct Cursor<'a> {
    rest: Octets<'a>,
    /// Counted from the start of the blob.
    position: usize,
}

impl<'a> Cursor<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { rest: Octets(bytes), position: 0 }
    }

    /// What `take` takes off the front.
    fn next<T>(&mut self, take: impl FnOnce(&mut Octets<'a>) -> Option<T>) -> Result<T, Reason> {
        let before = self.rest.len();
        let taken = take(&mut self.rest);
        let taken = taken.ok_or_else(|| malformed("a length beyond the end", self.position))?;
        // Both are positions in one slice.
        let octets = before.saturating_sub(self.rest.len());
        self.position = self.position.saturating_add(octets);
        Ok(taken)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Reason> {
        self.next(|rest| rest.take(length))
    }

    /// A cursor over the next `length` octets, which are taken.
    fn part(&mut self, length: usize) -> Result<Self, Reason> {
        let position = self.position;
        Ok(Self { rest: Octets(self.take(length)?), position })
    }

    fn u16(&mut self) -> Result<u16, Reason> {
        self.next(Octets::u16)
    }

    fn u32(&mut self) -> Result<u32, Reason> {
        self.next(Octets::u32)
    }

    fn u64(&mut self) -> Result<u64, Reason> {
        self.next(Octets::u64)
    }

    /// A number of octets, in 32 bits.
    fn length(&mut self) -> Result<usize, Reason> {
        let position = self.position;
        usize::try_from(self.u32()?).map_err(|_| malformed("a length beyond the end", position))
    }

    fn expect_u32(&mut self, expected: u32, fault: &'static str) -> Result<(), Reason> {
        let position = self.position;
        if self.u32()? == expected { Ok(()) } else { Err(malformed(fault, position)) }
    }

    fn expect_length(&mut self, expected: usize, fault: &'static str) -> Result<(), Reason> {
        let position = self.position;
        if self.length()? == expected { Ok(()) } else { Err(malformed(fault, position)) }
    }

    fn expect_u16(&mut self, expected: u16, fault: &'static str) -> Result<(), Reason> {
        let position = self.position;
        if self.u16()? == expected { Ok(()) } else { Err(malformed(fault, position)) }
    }

    fn zeros(&mut self, count: usize) -> Result<(), Reason> {
        let position = self.position;
        if self.take(count)?.iter().all(|octet| *octet == 0) {
            Ok(())
        } else {
            Err(malformed("padding that is not zero", position))
        }
    }

    fn rest(&self) -> &'a [u8] {
        self.rest.0
    }

    fn finish(&self) -> Result<(), Reason> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(malformed("bytes between the last object and the signature", self.position))
        }
    }
}
