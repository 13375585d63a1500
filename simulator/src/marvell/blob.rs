//! Writes attestation blobs, attribute for attribute as genuine ones have them
//! (docs/formats/google-cloud-hsm.md and azure-managed-hsm.md).

use aws_lc_rs::digest;

use crate::SimulateError;
use crate::keys::{Holder, KeyPair};
use crate::oid;
use crate::pki::sha256;

/// The layout of a blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Of firmware 2.x, as Azure has it.
    Firmware2,
    /// Of firmware 3.x, as Azure has it: one object.
    Firmware3,
    /// `CAVIUM_V2`, as Google has it.
    V2,
}

/// Types of attributes: those of PKCS #11, and the manufacturer's.
pub(crate) mod kind {
    pub(crate) const PRIVATE: u32 = 0x0002;
    pub(crate) const KEY_TYPE: u32 = 0x0100;
    pub(crate) const ID: u32 = 0x0102;
    pub(crate) const SENSITIVE: u32 = 0x0103;
    pub(crate) const SIGN: u32 = 0x0108;
    pub(crate) const DERIVE: u32 = 0x010c;
    pub(crate) const MODULUS: u32 = 0x0120;
    pub(crate) const MODULUS_BITS: u32 = 0x0121;
    pub(crate) const EXTRACTABLE: u32 = 0x0162;
    pub(crate) const LOCAL: u32 = 0x0163;
    pub(crate) const NEVER_EXTRACTABLE: u32 = 0x0164;
    pub(crate) const ALWAYS_SENSITIVE: u32 = 0x0165;
    pub(crate) const KCV: u32 = 0x0173;
    pub(crate) const EKCV: u32 = 0x1003;
    pub(crate) const SPLITTABLE: u32 = 0x8000_0002;
    pub(crate) const IS_SPLIT: u32 = 0x8000_0003;
}

/// An object to be written.
#[derive(Clone)]
pub(crate) struct ObjectDraft {
    /// Whose key it describes.
    pub(crate) key: Holder,
    /// The class it has: 2 public, 3 private.
    pub(crate) class: u8,
    /// Its handle.
    pub(crate) handle: u32,
    /// Attributes with another value than a genuine one has, or removed.
    pub(crate) changes: Vec<(u32, Option<Vec<u8>>)>,
    /// An attribute that is written a second time, as zero.
    pub(crate) repeated: Option<u32>,
    /// What is said of the number of attributes.
    pub(crate) count: fn(u32) -> u32,
    /// What is said of their octets.
    pub(crate) size: fn(u32) -> u32,
}

impl ObjectDraft {
    /// An object of the attested key, without fault.
    pub(crate) fn new(class: u8, handle: u32) -> Self {
        Self {
            key: Holder::Attested,
            class,
            handle,
            changes: Vec::new(),
            repeated: None,
            count: |count| count,
            size: |size| size,
        }
    }

    /// Gives an attribute another value.
    pub(crate) fn set(&mut self, kind: u32, value: impl Into<Vec<u8>>) {
        self.changes.push((kind, Some(value.into())));
    }

    /// Leaves an attribute out.
    pub(crate) fn remove(&mut self, kind: u32) {
        self.changes.push((kind, None));
    }

    /// The object with its header, and `slack` zero octets that count as part of it.
    fn to_bytes(
        &self,
        layout: Layout,
        key: &KeyNumbers,
        id: &[u8],
        slack: usize,
    ) -> Result<Vec<u8>, SimulateError> {
        let is_private = self.class == 3;
        let mut attributes = match layout {
            Layout::Firmware2 => azure_attributes(is_private, key, id),
            Layout::Firmware3 => firmware_3_attributes(is_private, key, id, &Service::AZURE),
            Layout::V2 => firmware_3_attributes(is_private, key, id, &Service::GOOGLE),
        };
        for (kind, value) in &self.changes {
            match (attributes.iter_mut().find(|(known, _)| known == kind), value) {
                (Some((_, known)), Some(value)) => known.clone_from(value),
                (None, Some(value)) => attributes.push((*kind, value.clone())),
                (_, None) => attributes.retain(|(known, _)| known != kind),
            }
        }
        attributes.extend(self.repeated.map(|kind| (kind, vec![0])));
        let mut body = Vec::new();
        for (kind, value) in &attributes {
            body.extend(kind.to_be_bytes());
            body.extend(octets(value.len()));
            body.extend(value);
        }
        body.extend(vec![0; slack]);
        let count = u32::try_from(attributes.len()).map_err(|_| SimulateError::KeyKind)?;
        let size = u32::try_from(body.len()).map_err(|_| SimulateError::KeyKind)?;
        let mut object = self.handle.to_be_bytes().to_vec();
        object.extend((self.count)(count).to_be_bytes());
        object.extend((self.size)(size).to_be_bytes());
        object.extend(body);
        Ok(object)
    }
}

/// What is said around the objects of firmware 3.x.
#[derive(Clone)]
pub(crate) struct HeaderDraft {
    /// The response code; 0 for success.
    pub(crate) response_code: u32,
    /// What is said of the length of the blob.
    pub(crate) total: fn(u32) -> u32,
    /// What is said of the place of the second object.
    pub(crate) second: fn(u16) -> u16,
    /// What is said of the handles.
    pub(crate) handle: fn(u32) -> u32,
    /// What is said a second time of the length of the buffer.
    pub(crate) again: fn(u32) -> u32,
}

impl Default for HeaderDraft {
    fn default() -> Self {
        Self {
            response_code: 0,
            total: |total| total,
            second: |second| second,
            handle: |handle| handle,
            again: |buffer| buffer,
        }
    }
}

/// The signed part of a blob of layout V2.
pub(crate) fn write_v2(
    header: &HeaderDraft,
    objects: &[(&ObjectDraft, &KeyNumbers)],
    id: &[u8],
) -> Result<Vec<u8>, SimulateError> {
    let mut second = 0;
    let mut written = Vec::new();
    let mut handles = Vec::new();
    for (object, key) in objects {
        if !written.is_empty() {
            // Behind the eight octets of the information header.
            let offset = u16::try_from(written.len()).unwrap_or(u16::MAX).saturating_add(8);
            second = (header.second)(offset);
        }
        written.extend(object.to_bytes(Layout::V2, key, id, 0)?);
        handles.extend(u64::from((header.handle)(object.handle)).to_be_bytes());
    }
    let mut buffer = [[0, 1], [0, 3], [0, 8], second.to_be_bytes()].concat();
    buffer.extend(written);
    let total = 16_usize.saturating_add(handles.len()).saturating_add(buffer.len());
    let total = u32::try_from(total.saturating_add(256)).map_err(|_| SimulateError::KeyKind)?;
    let mut blob = header.response_code.to_be_bytes().to_vec();
    blob.extend(3_u32.to_be_bytes());
    blob.extend((header.total)(total).to_be_bytes());
    blob.extend(octets(buffer.len()));
    blob.extend(handles);
    blob.extend(buffer);
    Ok(blob)
}

/// The signed part of a blob of firmware 3.x that holds one object.
pub(crate) fn write_firmware_3(
    header: &HeaderDraft,
    object: &ObjectDraft,
    key: &KeyNumbers,
    id: &[u8],
) -> Result<Vec<u8>, SimulateError> {
    let object = object.to_bytes(Layout::Firmware3, key, id, 0)?;
    let second = (header.second)(0).to_be_bytes();
    let buffer = [&[0, 1, 0, 0, 0, 8][..], &second, &object].concat();
    let length = u32::try_from(buffer.len()).map_err(|_| SimulateError::KeyKind)?;
    let total = (header.total)(length.saturating_add(20 + 256));
    let words = [header.response_code, 3, total, length, (header.again)(length)];
    Ok([words.map(u32::to_be_bytes).concat(), buffer].concat())
}

/// The signed part of a blob of firmware 2.x, whose zeros behind the attributes are `filler`.
pub(crate) fn write_firmware_2(
    object: &ObjectDraft,
    key: &KeyNumbers,
    id: &[u8],
    filler: u8,
) -> Result<Vec<u8>, SimulateError> {
    let slack = if object.class == 3 { 16 } else { 25 };
    let mut object = object.to_bytes(Layout::Firmware2, key, id, slack)?;
    if let Some(last) = object.last_mut() {
        *last = filler;
    }
    let mut blob = vec![0; 16];
    blob.extend(octets(object.len()));
    blob.extend(object);
    blob.extend([0; 264]);
    Ok(blob)
}

/// The numbers of a key as attributes hold them.
pub(crate) struct KeyNumbers {
    spki: Vec<u8>,
    key_type: u8,
    modulus: Vec<u8>,
    size: u32,
    exponent: Option<Vec<u8>>,
    public_length: usize,
    private_length: u32,
}

impl KeyNumbers {
    pub(crate) fn of(pair: &KeyPair) -> Result<Self, SimulateError> {
        let spki = pair.spki();
        if let Some([modulus, exponent]) = pair.rsa_numbers() {
            let (size, private_length) = match modulus.len() {
                256 => (2048, 1218),
                384 => (3072, 1794),
                _ => (4096, 2374),
            };
            return Ok(Self {
                spki,
                key_type: 0,
                public_length: modulus.len().saturating_mul(2),
                modulus,
                size,
                exponent: Some(exponent),
                private_length,
            });
        }
        let (size, private_length) = match pair.curve() {
            Some(oid::P256) => (415, 138),
            Some(oid::P384) => (715, 185),
            Some(oid::P521) => (716, 241),
            Some(oid::SECP256K1) => (714, 135),
            _ => return Err(SimulateError::KeyKind),
        };
        let point = pair.public_octets().to_vec();
        Ok(Self {
            spki,
            key_type: 3,
            public_length: point.len(),
            modulus: point,
            size,
            exponent: None,
            private_length,
        })
    }

    fn value_length(&self, is_private: bool) -> Vec<u8> {
        if is_private {
            self.private_length.to_be_bytes().to_vec()
        } else {
            octets(self.public_length)
        }
    }

    /// MODULUS, MODULUS_BITS, and what only RSA keys have.
    fn attributes(&self, is_private: bool) -> Vec<(u32, Vec<u8>)> {
        let mut attributes =
            vec![(0x120, self.modulus.clone()), (0x121, self.size.to_be_bytes().to_vec())];
        if let Some(exponent) = &self.exponent {
            attributes.push((0x122, exponent.clone()));
            if is_private {
                let crt = self.modulus.len().saturating_mul(5).div_ceil(2);
                attributes.push((0x8000_0000, octets(crt)));
            }
        }
        attributes
    }
}

type Attributes = Vec<(u32, Vec<u8>)>;

fn flag(set: bool) -> Vec<u8> {
    vec![u8::from(set)]
}

/// Filled up with NUL octets, as labels and identifiers are.
fn padded(text: &[u8]) -> Vec<u8> {
    let mut field = text.to_vec();
    field.resize(field.len().max(128), 0);
    field
}

/// The first attributes of either provider, to the label and the identifier.
fn first(is_private: bool, ciphers: bool, token: u8, numbers: &KeyNumbers) -> Attributes {
    let (private, public) = (is_private, !is_private);
    vec![
        (0, vec![if is_private { 3 } else { 2 }]),
        (0x100, vec![numbers.key_type]),
        (1, vec![token]),
        (2, vec![1]),
        (0x104, flag(ciphers && public)),
        (0x105, flag(ciphers && private)),
        (0x106, flag(ciphers && public)),
        (0x107, flag(ciphers && private)),
        (0x108, flag(private)),
        (0x10a, flag(public)),
        (0x163, vec![1]),
        (0x103, flag(private)),
        (0x162, flag(public)),
    ]
}

/// What differs between the services whose cards have firmware 3.x.
struct Service {
    token: u8,
    label: &'static [u8],
    extended: u8,
}

impl Service {
    const GOOGLE: Self = Self { token: 2, label: b"app_key", extended: 2 };
    const AZURE: Self = Self { token: 1, label: b"customer_key", extended: 0 };
}

fn firmware_3_attributes(
    is_private: bool,
    key: &KeyNumbers,
    id: &[u8],
    service: &Service,
) -> Attributes {
    let mut attributes = first(is_private, true, service.token, key);
    attributes.extend([
        (3, padded(service.label)),
        (0x102, padded(id)),
        (0x161, key.value_length(is_private)),
        (0x173, kcv(key)),
        (0x1003, sha256(&key.spki).to_vec()),
        (0x1000, vec![0, 0, 0, 0, 0, 0, 0, service.extended]),
    ]);
    let mechanisms = [&[0; 31][..], &[0xff]].concat();
    let of_mechanisms = (0x8000_0174..=0x8000_0179).chain([0x8000_0180]);
    attributes.extend(of_mechanisms.map(|kind| (kind, mechanisms.clone())));
    attributes.extend(key.attributes(is_private));
    attributes.extend([
        (0x86, vec![0]),
        (0x210, vec![0]),
        (0x10c, vec![0]),
        (0x165, flag(is_private)),
        (0x8000_0002, vec![0]),
        (0x8000_0003, vec![0]),
        (0x164, flag(is_private)),
    ]);
    attributes
}

fn azure_attributes(is_private: bool, key: &KeyNumbers, id: &[u8]) -> Attributes {
    let is_rsa = key.exponent.is_some();
    let mut attributes = first(is_private, is_rsa, 1, key);
    attributes.extend([
        (3, padded(b"customer_key")),
        (0x102, padded(id)),
        (0xf000_000d, flag(is_private)),
        (0xf000_000f, flag(is_private)),
        (0x161, key.value_length(is_private)),
        (0x173, kcv(key)),
    ]);
    attributes.extend(key.attributes(is_private));
    // CKM_RSA_X9_31_KEY_PAIR_GEN and CKM_EC_KEY_PAIR_GEN.
    let mechanism: u32 = if is_rsa { 0x0a } else { 0x1040 };
    attributes.extend([
        (0x86, vec![0]),
        (0x210, vec![0]),
        (0x170, vec![1]),
        (0x166, mechanism.to_be_bytes().to_vec()),
        (0x8000_0002, vec![0]),
        (0x8000_0003, vec![0]),
    ]);
    attributes.extend(is_private.then(|| (0x202, vec![0])));
    attributes.extend([
        (0x8000_0004, vec![1]),
        (0x1000, vec![0; 8]),
        (0x109, vec![0]),
        (0x10b, vec![0]),
        (0x1000_01f5, vec![0]),
    ]);
    attributes.extend([0x301, 0x300, 0x302, 0x303, 0x308, 0x304].map(|kind| (kind, vec![0xff; 4])));
    attributes.extend([
        (0x10c, vec![0]),
        (0x165, flag(is_private)),
        (0x164, flag(is_private)),
        (0x172, vec![1]),
    ]);
    attributes
}

fn kcv(key: &KeyNumbers) -> Vec<u8> {
    let digest = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &key.spki);
    digest.as_ref().iter().take(3).copied().collect()
}

/// A length in four octets.
fn octets(length: usize) -> Vec<u8> {
    u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes().to_vec()
}
