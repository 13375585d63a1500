//! SmartCard-HSM and Nitrokey HSM 2: certificates of device and issuer, the request of each key, and
//! what the card says, unsigned, of the ways out of it.
//!
//! Commands as OpenSC sends them (`src/libopensc/card-sc-hsm.c`).

use super::apdu::{Command, MAX_ANSWER, Session, StatusWord};
use super::collection::{CollectedKey, Contents, EvidenceFile, WithoutEvidence};
use super::error::CollectError;
use super::tlv::Tlv;
use super::token::Identified;
use crate::encoding::cvc::CardVerifiable;
use crate::encoding::hex::to_hex;
use crate::observation::{KeyDomain, KeyDomainSupport, KeyDomains, WrapPermission};
use crate::public_key::PublicKey;

/// The application (OpenSC, `card-sc-hsm.c`).
pub const APPLICATION: &[u8] = &[0xe8, 0x2b, 0x06, 0x01, 0x04, 0x01, 0x81, 0xc3, 0x1f, 0x02, 0x01];

/// EF.C_DevAut: the certificates of the device and of its issuer.
const DEVICE_CERTIFICATES: [u8; 2] = [0x2f, 0x02];

/// The first byte of the files with requests.
const REQUESTS: u8 = 0xce;

/// Files of one card: 1024. A key has five; the card has memory for some 60 keys.
const MAX_FILES: usize = 1024;

/// Keys of one card: 64, what one submission may hold.
const MAX_KEYS: usize = 64;

/// Key domains that are asked for: 16. A card has as many as it was initialised with; seen up to 8.
const MAX_DOMAINS: u8 = 16;

/// The algorithm WRAP in the list of a key (OpenSC, `card-sc-hsm.h`, `ALGO_WRAP`).
const WRAP: u8 = 0x92;

/// Reads what a SmartCard-HSM attests: all its keys, or the one with that number, which must be
/// attested.
///
/// # Errors
/// If the card lies, leaves, or does not answer as a SmartCard-HSM does.
pub(super) fn read(
    session: &mut Session<'_>,
    token: &Identified,
    only: Option<u8>,
) -> Result<Contents, CollectError> {
    select(session)?;
    let certificates = device_certificates(session)?;
    if !token.fingerprint.ends_with(&certificates) {
        return Err(CollectError::CardChanged);
    }
    let mut collected = Vec::new();
    let mut without = Vec::new();
    for number in numbers(session, only)? {
        let reference = format!("CE{number:02X}");
        match request(session, number)? {
            Ok(bytes) => {
                let files = vec![EvidenceFile {
                    name: format!("request-{reference}.bin"),
                    bytes: bytes.clone(),
                }];
                let public_key = key_of(&bytes);
                let wrap = wrap_permission(session, number)?;
                collected.push(CollectedKey { reference, public_key, files, wrap });
            }
            Err(why) if only.is_some() => {
                return Err(CollectError::NoSuchKey { reference, why: why.to_owned() });
            }
            Err(why) => without.push(WithoutEvidence { reference, why: why.to_owned() }),
        }
    }
    let key_domains = key_domains(session, holder(&certificates).unwrap_or_default())?;
    Ok(Contents {
        common: vec![EvidenceFile { name: "EF.C_DevAut.bin".to_owned(), bytes: certificates }],
        keys: collected,
        without,
        key_domains: Some(key_domains),
    })
}

/// Selects the application.
pub(super) fn select(session: &mut Session<'_>) -> Result<Vec<u8>, CollectError> {
    let step = "select its SmartCard-HSM application";
    session.exchange(step, &Command::select(APPLICATION))?.success(step)
}

/// EF.C_DevAut, whole.
pub(super) fn device_certificates(session: &mut Session<'_>) -> Result<Vec<u8>, CollectError> {
    let step = "read the certificates of the device (EF.C_DevAut)";
    match file(session, step, DEVICE_CERTIFICATES)? {
        Some(bytes) if !bytes.is_empty() => Ok(bytes),
        Some(_) => Err(CollectError::Malformed { step, fault: "empty" }),
        None => Err(CollectError::Refused { step, status: StatusWord::NOT_FOUND }),
    }
}

/// The holder of the first certificate in EF.C_DevAut, if it can be read.
pub(super) fn holder(certificates: &[u8]) -> Option<String> {
    let end = match certificates {
        [0x7f, 0x21, length @ ..=0x7f, ..] => usize::from(*length).checked_add(3)?,
        [0x7f, 0x21, 0x81, length, ..] => usize::from(*length).checked_add(4)?,
        [0x7f, 0x21, 0x82, high, low, ..] => {
            usize::from(u16::from_be_bytes([*high, *low])).checked_add(5)?
        }
        _ => return None,
    };
    match CardVerifiable::parse(certificates.get(..end)?) {
        Ok(CardVerifiable::Certificate(certificate)) => Some(certificate.holder.to_owned()),
        _ => None,
    }
}

/// The numbers of the keys to read, in order, each once.
fn numbers(session: &mut Session<'_>, only: Option<u8>) -> Result<Vec<u8>, CollectError> {
    if let Some(number) = only {
        return Ok(vec![number]);
    }
    let step = "list its files";
    let short = session.exchange(step, &Command::enumerate())?.success(step)?;
    // 128 names fill an answer of the short form: there may be more.
    let list = if short.len() >= 256 {
        session.exchange(step, &Command::enumerate().extended())?.success(step)?
    } else {
        short
    };
    if !list.len().is_multiple_of(2) {
        return Err(CollectError::Malformed { step, fault: "half a file name at its end" });
    }
    if list.len() / 2 > MAX_FILES {
        return Err(CollectError::TooMuch { step, what: "files", limit: MAX_FILES });
    }
    let (names, _) = list.as_chunks::<2>();
    let mut numbers: Vec<u8> =
        names.iter().filter_map(|[high, low]| (*high == REQUESTS).then_some(*low)).collect();
    let named = numbers.len();
    numbers.sort_unstable();
    numbers.dedup();
    if numbers.len() != named {
        return Err(CollectError::Malformed { step, fault: "a list that names a file twice" });
    }
    if numbers.len() > MAX_KEYS {
        return Err(CollectError::TooMuch { step, what: "keys", limit: MAX_KEYS });
    }
    Ok(numbers)
}

/// The request in file CExx, or why there is none.
fn request(
    session: &mut Session<'_>,
    number: u8,
) -> Result<Result<Vec<u8>, &'static str>, CollectError> {
    let step = "read the request of a key";
    let Some(bytes) = file(session, step, [REQUESTS, number])? else {
        return Ok(Err("there is no request: the key was imported, or there is no key"));
    };
    Ok(match bytes.as_slice() {
        [0x67, ..] => Ok(bytes),
        [0x30, ..] => Err(
            "a certificate was written over the attestation, which is lost; it must be read before the certificate is put on the token",
        ),
        [] => Err("the file is empty"),
        _ => Err("the file holds no authenticated request"),
    })
}

fn key_of(bytes: &[u8]) -> Option<PublicKey> {
    match CardVerifiable::parse(bytes) {
        Ok(CardVerifiable::AuthenticatedRequest(request)) => {
            PublicKey::from_card(&request.request.public_key, None).ok()
        }
        _ => None,
    }
}

/// The content of a file; `None` if there is none. Read piece by piece until a short one.
fn file(
    session: &mut Session<'_>,
    step: &'static str,
    name: [u8; 2],
) -> Result<Option<Vec<u8>>, CollectError> {
    let mut content = Vec::new();
    loop {
        let offset = u16::try_from(content.len()).map_err(|_| CollectError::TooMuch {
            step,
            what: "bytes",
            limit: MAX_ANSWER,
        })?;
        let answer = session.exchange(step, &Command::read_file(name, offset))?;
        match answer.status {
            StatusWord::SUCCESS | StatusWord::END_OF_FILE => {}
            StatusWord::NOT_FOUND if offset == 0 => return Ok(None),
            // 6B00: the file ended with the last piece.
            StatusWord(0x6b00) if offset > 0 => return Ok(Some(content)),
            status => return Err(CollectError::Refused { step, status }),
        }
        content.extend_from_slice(&answer.data);
        if content.len() > MAX_ANSWER {
            return Err(CollectError::TooMuch { step, what: "bytes", limit: MAX_ANSWER });
        }
        if answer.data.is_empty() || answer.status == StatusWord::END_OF_FILE {
            return Ok(Some(content));
        }
        // Cards and readers cut pieces where they like, so that a short one alone ends nothing: a
        // whole element does.
        if is_whole(&content, name) {
            return Ok(Some(content));
        }
    }
}

/// Whether the elements that a file of this name holds are all there.
fn is_whole(content: &[u8], name: [u8; 2]) -> bool {
    let elements = if name == DEVICE_CERTIFICATES { 2 } else { 1 };
    let mut rest = content;
    for _ in 0..elements {
        let after_tag = match rest {
            [0x7f, _, rest @ ..] | [_, rest @ ..] => rest,
            [] => return false,
        };
        let (length, value) = match after_tag {
            [length @ ..=0x7f, value @ ..] => (usize::from(*length), value),
            [0x81, length, value @ ..] => (usize::from(*length), value),
            [0x82, high, low, value @ ..] => {
                (usize::from(u16::from_be_bytes([*high, *low])), value)
            }
            _ => return false,
        };
        match value.split_at_checked(length) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.is_empty()
}

/// The algorithms of key CCxx: control information `A5 { 91 list }`.
fn wrap_permission(session: &mut Session<'_>, number: u8) -> Result<WrapPermission, CollectError> {
    let step = "describe a key";
    let answer = session.exchange(step, &Command::select_file([0xcc, number]))?;
    if answer.status != StatusWord::SUCCESS {
        return Ok(WrapPermission::Unstated);
    }
    Ok(algorithms(step, &answer.data).map_or(WrapPermission::Unstated, |list| {
        if list.contains(&WRAP) { WrapPermission::Allowed } else { WrapPermission::Withheld }
    }))
}

/// What is malformed here says nothing, and is for nobody's good.
fn algorithms<'a>(step: &'static str, information: &'a [u8]) -> Option<&'a [u8]> {
    let inner = |bytes: &'a [u8], wanted: u8| {
        let mut tlv = Tlv::new(step, bytes);
        while let Ok(Some((tag, value))) = tlv.next() {
            if tag == wanted {
                return Some(value);
            }
        }
        None
    };
    let template = inner(information, 0x62).or_else(|| inner(information, 0x6f))?;
    inner(inner(template, 0xa5)?, 0x91)
}

fn key_domains(session: &mut Session<'_>, device: String) -> Result<KeyDomains, CollectError> {
    let step = "describe a key domain";
    let mut domains = Vec::new();
    for number in 0..MAX_DOMAINS {
        let answer = session.exchange(step, &Command::key_domain(number))?;
        domains.push(match (answer.status, answer.data.as_slice()) {
            (StatusWord::SUCCESS, [shares, outstanding, ..]) => {
                KeyDomain::Present { shares: *shares, outstanding: *outstanding }
            }
            (StatusWord::NO_SUCH_OBJECT, _) => KeyDomain::Empty,
            (StatusWord::INSTRUCTION_NOT_SUPPORTED, _) if number == 0 => {
                let support = KeyDomainSupport::NotInitialised;
                return Ok(KeyDomains { device, support, domains });
            }
            (StatusWord::WRONG_PARAMETERS, _) if number > 0 => {
                let support = KeyDomainSupport::Stated;
                return Ok(KeyDomains { device, support, domains });
            }
            _ => {
                let support = KeyDomainSupport::Unstated;
                return Ok(KeyDomains { device, support, domains });
            }
        });
    }
    Ok(KeyDomains { device, support: KeyDomainSupport::Unstated, domains })
}

/// The name of a key as it is typed: `CE03`, `03` or `3`.
pub fn key_number(name: &str) -> Option<u8> {
    let digits = name.strip_prefix("CE").or_else(|| name.strip_prefix("ce"));
    match digits {
        Some(hex) => u8::from_str_radix(hex, 16).ok(),
        None => name.parse().ok(),
    }
    .filter(|number| *number > 0)
}

/// The serial number in the holder reference: without its five last characters.
pub(super) fn serial(certificates: &[u8]) -> String {
    let holder = holder(certificates).unwrap_or_default();
    let end = holder.len().saturating_sub(5);
    holder.get(..end).map_or_else(|| to_hex(holder.as_bytes()), str::to_owned)
}
