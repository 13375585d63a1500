//! YubiKey PIV: the attestation of a slot, the certificate of the device, and what surrounds them.
//!
//! <https://developers.yubico.com/PIV/Introduction/Yubico_extensions.html>, and yubikit `piv.py`.

use std::fmt;
use std::io::Read;

use flate2::bufread::GzDecoder;

use super::apdu::{Command, MAX_ANSWER, Session, StatusWord};

use super::collection::{CollectedKey, Contents, EvidenceFile, WithoutEvidence};
use super::error::CollectError;
use super::tlv::Tlv;
use crate::encoding::der::Strict;
use crate::encoding::pem;
use crate::encoding::x509::Certificate;
use crate::format::{FORMATS, Part};
use crate::observation::WrapPermission;
use crate::public_key::{KeyMaterial, PublicKey};
use crate::submission::read_certificate;

/// The application (NIST SP 800-73-4 part 1, 2.2).
pub const APPLICATION: &[u8] = &[0xa0, 0, 0, 3, 8];

/// The certificate of the device: object 5FFF01.
const DEVICE_CERTIFICATE: [u8; 3] = [0x5f, 0xff, 0x01];

/// GET METADATA came with this firmware.
const METADATA_SINCE: [u8; 3] = [5, 3, 0];

/// A slot whose key can be attested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slot(u8);

impl Slot {
    /// All of them: 9a, 9c, 9d, 9e, and 82 to 95 for retired keys (NIST SP 800-73-4 part 1, table 4b).
    pub fn all() -> impl Iterator<Item = Self> {
        [0x9a, 0x9c, 0x9d, 0x9e].into_iter().chain(0x82..=0x95).map(Self)
    }

    /// The slot of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::all().find(|slot| slot.to_string().eq_ignore_ascii_case(name))
    }

    /// Its number in commands.
    pub const fn number(self) -> u8 {
        self.0
    }

    /// The object that holds its certificate (NIST SP 800-73-4 part 1, table 3).
    fn certificate_object(self) -> [u8; 3] {
        let last = match self.0 {
            0x9a => 0x05,
            0x9c => 0x0a,
            0x9d => 0x0b,
            0x9e => 0x01,
            retired => retired.saturating_sub(0x82).saturating_add(0x0d),
        };
        [0x5f, 0xc1, last]
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:02x}", self.0)
    }
}

/// What a YubiKey says of a slot; unsigned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// The algorithm of the key.
    pub algorithm: Option<u8>,
    /// When the PIN is asked for: 1 never, 2 once, 3 always.
    pub pin_policy: Option<u8>,
    /// When a touch is asked for: 1 never, 2 always, 3 cached.
    pub touch_policy: Option<u8>,
    /// 1 generated, 2 imported.
    origin: Option<u8>,
    public_key: Vec<u8>,
}

/// Reads what a YubiKey of that firmware attests: of all slots that hold a key, or of one, which must be
/// attested.
///
/// # Errors
/// If the card lies, leaves, or does not answer as a YubiKey does.
pub(super) fn read(
    session: &mut Session<'_>,
    firmware: [u8; 3],
    only: Option<Slot>,
) -> Result<Contents, CollectError> {
    select(session)?;
    let has_metadata = firmware >= METADATA_SINCE;
    let mut keys = Vec::new();
    let mut without = Vec::new();
    for slot in Slot::all().filter(|slot| only.is_none_or(|only| only == *slot)) {
        match read_slot(session, slot, has_metadata)? {
            SlotContent::Attested(key) => keys.push(key),
            SlotContent::Empty(_) if only.is_none() => {}
            SlotContent::Empty(why) | SlotContent::Unattested(why) if only.is_some() => {
                return Err(CollectError::NoSuchKey { reference: format!("slot {slot}"), why });
            }
            SlotContent::Empty(why) | SlotContent::Unattested(why) => {
                without.push(WithoutEvidence { reference: slot.to_string(), why });
            }
        }
    }
    let device = object(session, "read the certificate of the device", DEVICE_CERTIFICATE)?;
    let common = vec![pem_file("attestation-device.pem", &device)];
    Ok(Contents { common, keys, without, key_domains: None })
}

/// Selects the application.
pub(super) fn select(session: &mut Session<'_>) -> Result<(), CollectError> {
    let step = "select its PIV application";
    session.exchange(step, &Command::select(APPLICATION))?.success(step).map(drop)
}

enum SlotContent {
    Attested(CollectedKey),
    Unattested(String),
    Empty(String),
}

fn read_slot(
    session: &mut Session<'_>,
    slot: Slot,
    has_metadata: bool,
) -> Result<SlotContent, CollectError> {
    let metadata = if has_metadata { metadata(session, slot)? } else { None };
    if has_metadata && metadata.is_none() {
        return Ok(SlotContent::Empty("the slot holds no key".to_owned()));
    }
    let step = "attest a slot";
    let answer = session.exchange(step, &Command::attest(slot.0))?;
    if answer.status != StatusWord::SUCCESS {
        let status = answer.status;
        let imported = metadata.as_ref().is_some_and(|metadata| metadata.origin == Some(2));
        return Ok(match metadata {
            Some(_) if imported => SlotContent::Unattested(
                "the key was imported, and only generated keys are attested".to_owned(),
            ),
            Some(_) => SlotContent::Unattested(format!(
                "the token refuses to attest the key (status {status})"
            )),
            None => SlotContent::Empty(format!(
                "the slot holds no key, or an imported one (status {status})"
            )),
        });
    }
    let der = one_sequence(step, &answer.data)?;
    let certificate = Strict::check(der).ok().and_then(|der| read_certificate(der).ok());
    let public_key = certificate.as_ref().and_then(|it| PublicKey::of_certificate(it).ok());
    let inconsistent = |what| {
        let reference = format!("slot {slot}");
        Err(CollectError::Inconsistent { reference, what })
    };
    if certificate.as_ref().is_some_and(|it| names_another_slot(it, slot)) {
        return inconsistent("the attestation is of another slot");
    }
    if let Some(metadata) = &metadata {
        if metadata.origin == Some(2) {
            return inconsistent("the key is said to be imported, and yet it is attested");
        }
        if public_key.as_ref().is_some_and(|key| contradicts(metadata, key)) {
            return inconsistent("the attested key is not the key of the slot");
        }
    }
    let mut files = vec![pem_file(&format!("attestation-{slot}.pem"), der)];
    // The certificate of a slot is the user's own, and may be missing or anything.
    if let Ok(certificate) =
        object(session, "read the certificate of a slot", slot.certificate_object())
        && is_companion(&certificate)
    {
        files.push(pem_file(&format!("certificate-{slot}.pem"), &certificate));
    }
    let wrap = WrapPermission::Unstated;
    Ok(SlotContent::Attested(CollectedKey { reference: slot.to_string(), public_key, files, wrap }))
}

/// Whether a certificate can lie beside the evidence without being taken for a part of it, or for
/// malformed input.
fn is_companion(certificate: &[u8]) -> bool {
    let certificate = Strict::check(certificate).ok().and_then(|der| read_certificate(der).ok());
    certificate
        .is_some_and(|it| FORMATS.iter().all(|format| format.recognizes(&it) == Part::Foreign))
}

/// What the device says of a slot; `None` if it holds no key.
pub(super) fn metadata(
    session: &mut Session<'_>,
    slot: Slot,
) -> Result<Option<Metadata>, CollectError> {
    let step = "describe a slot";
    let answer = session.exchange(step, &Command::metadata(slot.0))?;
    if answer.status == StatusWord::NO_SUCH_OBJECT || answer.status == StatusWord::NOT_FOUND {
        return Ok(None);
    }
    let data = answer.success(step)?;
    let mut metadata = Metadata {
        algorithm: None,
        pin_policy: None,
        touch_policy: None,
        origin: None,
        public_key: Vec::new(),
    };
    let mut tlv = Tlv::new(step, &data);
    while let Some((tag, value)) = tlv.next()? {
        match (tag, value) {
            (1, [algorithm]) => metadata.algorithm = Some(*algorithm),
            (2, [pin, touch]) => {
                metadata.pin_policy = Some(*pin);
                metadata.touch_policy = Some(*touch);
            }
            (3, [origin]) => metadata.origin = Some(*origin),
            (4, key) => metadata.public_key = key.to_vec(),
            _ => {}
        }
    }
    Ok(Some(metadata))
}

/// Whether the key of the slot is another than `key`, as far as its form is known.
fn contradicts(metadata: &Metadata, key: &PublicKey) -> bool {
    let mut tlv = Tlv::new("describe a slot", &metadata.public_key);
    let mut parts = Vec::new();
    while let Ok(Some(part)) = tlv.next() {
        parts.push(part);
    }
    match (key.material(), parts.as_slice()) {
        (KeyMaterial::Ec { point, .. }, [(0x86, stated)]) => point != stated,
        (KeyMaterial::Ed25519(point), [(0x86, stated)]) => point != stated,
        (KeyMaterial::Rsa { modulus, exponent }, [(0x81, n), (0x82, e)]) => {
            let number = |bytes: &[u8]| -> Vec<u8> {
                bytes.iter().copied().skip_while(|byte| *byte == 0).collect()
            };
            (number(n), number(e)) != (number(modulus), number(exponent))
        }
        (_, []) | (KeyMaterial::Other, _) => false,
        _ => true,
    }
}

/// Yubico's attestations name their slot in the subject (`docs/formats/yubico-piv.md`).
fn names_another_slot(certificate: &Certificate, slot: Slot) -> bool {
    let subject = certificate.subject().to_string();
    subject
        .strip_prefix("CN=YubiKey PIV Attestation ")
        .is_some_and(|named| !named.eq_ignore_ascii_case(&slot.to_string()))
}

/// The certificate in an object: `53 { 70 certificate, 71 compression, FE }` (NIST SP 800-73-4 part 1,
/// appendix A).
fn object(
    session: &mut Session<'_>,
    step: &'static str,
    object: [u8; 3],
) -> Result<Vec<u8>, CollectError> {
    let data = session.exchange(step, &Command::object(object))?.success(step)?;
    let malformed = |fault| CollectError::Malformed { step, fault };
    let mut outer = Tlv::new(step, &data);
    let Some((0x53, content)) = outer.next()? else {
        return Err(malformed("not a data object"));
    };
    if outer.next()?.is_some() {
        return Err(malformed("followed by more bytes"));
    }
    let mut inner = Tlv::new(step, content);
    let (mut certificate, mut compressed) = (None, false);
    while let Some((tag, value)) = inner.next()? {
        match (tag, value) {
            (0x70, _) if certificate.is_some() => return Err(malformed("two certificates")),
            (0x70, value) => certificate = Some(value),
            (0x71, [0 | 1]) => compressed = value == [1],
            (0x71, _) => return Err(malformed("compressed in an unknown way")),
            _ => {}
        }
    }
    let certificate = certificate.ok_or_else(|| malformed("without a certificate"))?;
    let expanded = if compressed { expand(step, certificate)? } else { certificate.to_vec() };
    one_sequence(step, &expanded).map(<[u8]>::to_vec)
}

/// A certificate compressed with gzip, no larger than an answer.
fn expand(step: &'static str, compressed: &[u8]) -> Result<Vec<u8>, CollectError> {
    let bound = u64::try_from(MAX_ANSWER).unwrap_or(u64::MAX).saturating_add(1);
    let mut expanded = Vec::new();
    GzDecoder::new(compressed)
        .take(bound)
        .read_to_end(&mut expanded)
        .map_err(|_| CollectError::Malformed { step, fault: "damaged where it is compressed" })?;
    if expanded.len() > MAX_ANSWER {
        return Err(CollectError::TooMuch { step, what: "bytes", limit: MAX_ANSWER });
    }
    Ok(expanded)
}

/// The bytes, if they are one SEQUENCE and nothing else: what it holds is for the verifier.
fn one_sequence<'a>(step: &'static str, bytes: &'a [u8]) -> Result<&'a [u8], CollectError> {
    let mut tlv = Tlv::new(step, bytes);
    match (tlv.next()?, tlv.next()?) {
        (Some((0x30, _)), None) => Ok(bytes),
        _ => Err(CollectError::Malformed { step, fault: "not one certificate" }),
    }
}

/// The same form as yubico-piv-tool and ykman write.
fn pem_file(name: &str, der: &[u8]) -> EvidenceFile {
    EvidenceFile { name: name.to_owned(), bytes: pem::write("CERTIFICATE", der).into_bytes() }
}
