//! What is in the reader: found by selecting applications, for the answer to reset is shared by
//! unlike cards.

use super::apdu::{Command, Session, StatusWord};
use super::error::CollectError;
use super::tlv::Tlv;
use super::token::{Identified, TokenDescription, TokenKind};
use super::{piv, smartcard_hsm};
use crate::encoding::hex::to_hex;

/// The application of OpenPGP cards (Functional Specification 3.4, 4.2.1).
const OPENPGP: &[u8] = &[0xd2, 0x76, 0x00, 0x01, 0x24, 0x01];

/// The management application of the YubiKey (yubikit, `management.py`).
const MANAGEMENT: &[u8] = &[0xa0, 0, 0, 5, 0x27, 0x47, 0x11, 0x17];

/// YubiKeys attest since this firmware.
const ATTESTS_SINCE: [u8; 3] = [4, 3, 0];

/// What GET SERIAL and GET VERSION of the PIV application of a Nitrokey 3 answer
/// (Nitrokey/piv-authenticator at e4a0c0cc).
const NITROKEY_3: ([u8; 3], [u8; 4]) = ([6, 6, 6], [0, 0x52, 0xf7, 0x43]);

/// Finds out what is in the reader.
///
/// # Errors
/// If the card is gone, or answers what no card answers.
pub fn identify(session: &mut Session<'_>) -> Result<Identified, CollectError> {
    if let Some(control) = select(session, smartcard_hsm::APPLICATION)? {
        return smart_card_hsm(session, &control);
    }
    if let Some(properties) = select(session, piv::APPLICATION)? {
        return piv_card(session, &properties);
    }
    if select(session, OPENPGP)?.is_some() {
        return openpgp_card(session);
    }
    let description = TokenDescription {
        kind: TokenKind::Unknown,
        name: "a card without an application that is known here".to_owned(),
        serial: None,
        firmware: None,
    };
    Ok(Identified { description, fingerprint: Vec::new() })
}

fn select(session: &mut Session<'_>, application: &[u8]) -> Result<Option<Vec<u8>>, CollectError> {
    let answer = session.exchange("select an application", &Command::select(application))?;
    Ok((answer.status == StatusWord::SUCCESS).then_some(answer.data))
}

/// Control information `6F { 85 options(2) type major minor }`; type FF is the imitation Pico HSM.
fn smart_card_hsm(session: &mut Session<'_>, control: &[u8]) -> Result<Identified, CollectError> {
    let step = "select its SmartCard-HSM application";
    let mut outer = Tlv::new(step, control);
    let mut version = None;
    let mut imitation = false;
    if let Some((0x6f | 0x62, content)) = outer.next()? {
        let mut inner = Tlv::new(step, content);
        while let Some((tag, value)) = inner.next()? {
            if let (0x85, [_, _, kind, major, minor]) = (tag, value) {
                // Type 01, the demonstration card, has a chain of its own that the verifier refuses.
                imitation = *kind == 0xff;
                version = Some(format!("{major}.{minor}"));
            }
        }
    }
    if imitation {
        let kind = TokenKind::WithoutAttestation("pico-hsm");
        let name = "Pico HSM".to_owned();
        let description = TokenDescription { kind, name, serial: None, firmware: version };
        return Ok(Identified { description, fingerprint: control.to_vec() });
    }
    let certificates = smartcard_hsm::device_certificates(session)?;
    let serial = smartcard_hsm::serial(&certificates);
    let name = if serial.starts_with("DENK") { "Nitrokey HSM" } else { "SmartCard-HSM" };
    let description = TokenDescription {
        kind: TokenKind::SmartCardHsm,
        name: name.to_owned(),
        serial: (!serial.is_empty()).then_some(serial),
        firmware: version,
    };
    Ok(Identified { description, fingerprint: [control, &certificates].concat() })
}

fn piv_card(session: &mut Session<'_>, properties: &[u8]) -> Result<Identified, CollectError> {
    let version = session.exchange("state its version", &Command::version())?;
    let serial = session.exchange("state its serial number", &Command::serial())?;
    let mut fingerprint = properties.to_vec();
    for part in [&version, &serial] {
        fingerprint.extend_from_slice(&part.status.0.to_be_bytes());
        fingerprint.extend_from_slice(&part.data);
    }
    let description = match (version.status, <[u8; 3]>::try_from(version.data.as_slice())) {
        (StatusWord::SUCCESS, Ok(firmware)) => {
            let serial = (serial.status == StatusWord::SUCCESS)
                .then(|| <[u8; 4]>::try_from(serial.data.as_slice()).ok())
                .flatten();
            yubico_or_nitrokey(session, properties, firmware, serial)?
        }
        (StatusWord::SUCCESS, Err(_)) => {
            let step = "state its version";
            return Err(CollectError::Malformed { step, fault: "not three bytes" });
        }
        _ => TokenDescription {
            kind: TokenKind::WithoutAttestation("other-piv-card"),
            name: "a PIV card of another maker".to_owned(),
            serial: None,
            firmware: None,
        },
    };
    Ok(Identified { description, fingerprint })
}

fn yubico_or_nitrokey(
    session: &mut Session<'_>,
    properties: &[u8],
    firmware: [u8; 3],
    serial: Option<[u8; 4]>,
) -> Result<TokenDescription, CollectError> {
    let [major, minor, patch] = firmware;
    let dotted = Some(format!("{major}.{minor}.{patch}"));
    let labelled = properties.windows(8).any(|window| window == b"Nitrokey");
    if labelled || (firmware, serial) == (NITROKEY_3.0, Some(NITROKEY_3.1)) {
        return Ok(TokenDescription {
            kind: TokenKind::WithoutAttestation("nitrokey-3"),
            name: "Nitrokey 3".to_owned(),
            serial: None,
            firmware: None,
        });
    }
    let serial = serial.map(|serial| u32::from_be_bytes(serial).to_string());
    if firmware < ATTESTS_SINCE {
        return Ok(TokenDescription {
            kind: TokenKind::WithoutAttestation("yubikey-before-4.3"),
            name: format!("YubiKey {major}"),
            serial,
            firmware: dotted,
        });
    }
    let name = format!("YubiKey {major}{}", fips(session)?);
    piv::select(session)?;
    let kind = TokenKind::YubiKeyPiv { firmware };
    Ok(TokenDescription { kind, name, serial, firmware: dotted })
}

/// The form factor in the configuration of a YubiKey 5 (tag 04) has 80 for the FIPS series.
fn fips(session: &mut Session<'_>) -> Result<&'static str, CollectError> {
    if select(session, MANAGEMENT)?.is_none() {
        return Ok("");
    }
    let step = "state its configuration";
    let answer = session.exchange(step, &Command::configuration())?;
    let [_, configuration @ ..] = answer.data.as_slice() else { return Ok("") };
    let mut tlv = Tlv::new(step, configuration);
    while let Ok(Some((tag, value))) = tlv.next() {
        if let (4, [form]) = (tag, value) {
            return Ok(if form & 0x80 != 0 { " FIPS" } else { "" });
        }
    }
    Ok("")
}

/// The application identifier has the manufacturer in its bytes 8 and 9 and the serial number in 10
/// to 13 (Functional Specification 3.4, 4.2.1).
fn openpgp_card(session: &mut Session<'_>) -> Result<Identified, CollectError> {
    let answer = session.exchange("state its identifier", &Command::openpgp_identifier())?;
    let mut fingerprint = answer.status.0.to_be_bytes().to_vec();
    fingerprint.extend_from_slice(&answer.data);
    let (kind, name, serial) = match answer.data.as_slice() {
        [0xd2, 0x76, 0, 1, 0x24, 1, _, _, m1, m2, serial @ .., _, _] => {
            // Numbers of manufacturers: GnuPG, scd/app-openpgp.c.
            let (kind, name) = match [*m1, *m2] {
                [0x00, 0x05] => (
                    "nitrokey-pro-storage",
                    "an OpenPGP card of ZeitControl, as in Nitrokey Pro and Storage",
                ),
                [0x00, 0x0f] => ("nitrokey-3", "Nitrokey 3 (OpenPGP)"),
                [0xf5, 0x17] => ("nitrokey-start", "Gnuk, as in Nitrokey Start"),
                _ => ("openpgp-card", "an OpenPGP card"),
            };
            (kind, name, Some(to_hex(serial)))
        }
        _ => ("openpgp-card", "an OpenPGP card", None),
    };
    let kind = TokenKind::WithoutAttestation(kind);
    let description = TokenDescription { kind, name: name.to_owned(), serial, firmware: None };
    Ok(Identified { description, fingerprint })
}
