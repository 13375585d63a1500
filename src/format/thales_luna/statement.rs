//! What a confirmation and the certificates above it say of key and module, and where they must
//! agree.

use super::super::{AttestedStatement, InspectLine};
use super::{STATEMENTS, has_purpose, purpose};
use crate::claims::{Claims, Exportability, Firmware, KeyClaims, KeyOrigin, ModuleClaims};
use crate::encoding::hex::{from_hex, to_hex};
use crate::encoding::x509::{Certificate, Extension, key_usage};
use crate::public_key::PublicKey;
use crate::reason::{Reason, ReasonCode};

/// Last arcs below 1.3.6.1.4.1.12383.2. Values are four octets, little-endian, and no DER
/// (github.com/ThalesGroup/luna-pkc-validator). Of .4 to .7 nobody says what they mean.
mod arc {
    /// Serial number of the module.
    pub(super) const SERIAL: u8 = 1;
    /// Firmware of the module, in the RSA chain.
    pub(super) const FIRMWARE: u8 = 3;
}

/// What genuine certificates hold in the statements that nobody explains. That of .5, in confirmations
/// alone, is a BIT STRING of four bits, all set: it may well be about the key.
const UNEXPLAINED: [(u8, &[u8]); 4] =
    [(4, &[2, 0, 0, 0]), (5, &[3, 2, 4, 0xf0]), (6, &[0; 4]), (7, &[0x0a, 0, 0, 0])];

/// Statements of a chain that are not known, or have another value than in genuine certificates.
pub(super) fn doubts<'c>(certificates: impl Iterator<Item = &'c Certificate>) -> Vec<Reason> {
    let statements = certificates.flat_map(Certificate::extensions);
    let below = statements.filter(|extension| extension.oid().starts_with(STATEMENTS));
    below
        .filter_map(|extension| {
            let last = extension.oid().arc_below(STATEMENTS);
            let genuine = UNEXPLAINED.iter().find(|(arc, _)| Some(*arc) == last);
            let code = match (last, genuine) {
                (Some(arc::SERIAL | arc::FIRMWARE), _) => return None,
                (_, Some((_, value))) if extension.value() == *value => return None,
                (_, Some(_)) => ReasonCode::AttestationUnusualValue,
                (_, None) => ReasonCode::AttestationUnknownClaim,
            };
            Some(
                Reason::new(code)
                    .with("claim", extension.oid().to_string())
                    .with("value", shown(extension.value())),
            )
        })
        .collect()
}

/// At most 32 octets, in hexadecimal.
fn shown(value: &[u8]) -> String {
    to_hex(value.get(..value.len().min(32)).unwrap_or_default())
}

/// What a confirmation says.
struct Confirmation {
    serial: u32,
    /// The OUID: the identifier of the key object, whose end is the serial number.
    object_id: [u8; 12],
    firmware: Option<Firmware>,
    /// Whether its key usage lets the key sign.
    signs: bool,
    public_key: PublicKey,
}

/// What the device authentication certificate says.
struct Device {
    serial: u32,
    firmware: Firmware,
    model: String,
    /// The serial number in its name.
    named_serial: String,
}

/// Reads the chain below the issuing authority. `device` is there in the RSA chain alone.
pub(super) fn read(
    confirmation: &Certificate,
    device: Option<&Certificate>,
    hardware_origin: &Certificate,
) -> Result<AttestedStatement, Vec<Reason>> {
    let mut reasons = Vec::new();
    let confirmed = read_confirmation(confirmation, device.is_some(), &mut reasons);
    let device = match device {
        None => None,
        Some(device) => read_device(device, &mut reasons),
    };
    match confirmed {
        Some(confirmed) if reasons.is_empty() => {
            let mut contradictions = contradictions(&confirmed, device.as_ref(), hardware_origin);
            if !confirmed.signs {
                contradictions.push(ReasonCode::AttestationCannotSign.into());
            }
            let claims = into_claims(&confirmed, device.as_ref());
            let public_key = confirmed.public_key;
            Ok(AttestedStatement { public_key, claims, contradictions, doubts: Vec::new() })
        }
        _ => Err(reasons),
    }
}

fn read_confirmation(
    certificate: &Certificate,
    states_firmware: bool,
    reasons: &mut Vec<Reason>,
) -> Option<Confirmation> {
    let serial = required(certificate, arc::SERIAL, "serial number", reasons, serial_number);
    let firmware = if states_firmware {
        required(certificate, arc::FIRMWARE, "firmware", reasons, firmware).map(Some)
    } else {
        Some(None)
    };
    let object_id =
        certificate.subject().only_common_name().and_then(|name| from_hex(name)?.try_into().ok());
    if object_id.is_none() {
        reasons.push(
            Reason::new(ReasonCode::AttestationSlot)
                .with("subject", certificate.subject().to_string()),
        );
    }
    let public_key = PublicKey::of_certificate(certificate)
        .map_err(|reason| reasons.push(reason.with("object", "attested key")))
        .ok();
    Some(Confirmation {
        serial: serial?,
        object_id: object_id?,
        firmware: firmware?,
        signs: certificate
            .key_usage()
            .is_some_and(|usage| usage.bits & key_usage::DIGITAL_SIGNATURE != 0),
        public_key: public_key?,
    })
}

fn read_device(certificate: &Certificate, reasons: &mut Vec<Reason>) -> Option<Device> {
    let serial = required(certificate, arc::SERIAL, "serial number", reasons, serial_number);
    let firmware = required(certificate, arc::FIRMWARE, "firmware", reasons, firmware);
    // `Luna K7-521174`.
    let named = certificate.subject().only_common_name().and_then(|name| name.rsplit_once('-'));
    if named.is_none() {
        reasons.push(malformed(certificate, "common name", "not a model and a serial number"));
    }
    let (model, named_serial) = named?;
    let (model, named_serial) = (model.to_owned(), named_serial.to_owned());
    Some(Device { serial: serial?, firmware: firmware?, model, named_serial })
}

/// Every certificate of a chain is of one module, and says so in its own way.
fn contradictions(
    confirmed: &Confirmation,
    device: Option<&Device>,
    hardware_origin: &Certificate,
) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let serial = confirmed.serial;
    let mut compare = |what: &'static str, other: String, expected: String| {
        if other != expected {
            reasons.push(
                Reason::new(ReasonCode::AttestationInconsistent)
                    .with("statement", what)
                    .with("attestation", expected)
                    .with("other", other),
            );
        }
    };
    let [.., a, b, c, d] = confirmed.object_id;
    let of_object = u32::from_le_bytes([a, b, c, d]);
    compare("serial number in the key identifier", of_object.to_string(), serial.to_string());
    match device {
        Some(device) => {
            compare("serial number of the device", device.serial.to_string(), serial.to_string());
            let name = device.named_serial.clone();
            compare("serial number in the device's name", name, serial.to_string());
            let firmware = confirmed.firmware.map_or_else(String::new, |it| it.to_string());
            compare("firmware", device.firmware.to_string(), firmware);
        }
        None => {
            let name = hardware_origin.subject().only_common_name().unwrap_or_default().to_owned();
            compare("serial number in the name of the hardware origin", name, serial.to_string());
        }
    }
    // Its certificate's own number ends with the module's, in both chains.
    let number = to_hex(hardware_origin.serial().last_chunk::<4>().map_or(&[], |it| it.as_slice()));
    let expected = to_hex(&serial.to_be_bytes());
    compare("serial number in the number of the hardware origin", number, expected);
    reasons
}

/// A module confirms none but keys that were made in a module of the maker and can exist in no other
/// (ADR 0017).
fn into_claims(confirmed: &Confirmation, device: Option<&Device>) -> Claims {
    Claims {
        module: ModuleClaims {
            serial: Some(confirmed.serial.to_string()),
            firmware: confirmed.firmware,
            ..ModuleClaims::unstated(
                "Thales",
                device.map_or_else(|| "Luna".to_owned(), |device| device.model.clone()),
            )
        },
        key: KeyClaims {
            origin: KeyOrigin::Generated,
            exportability: Exportability::NonExportable,
            object_id: Some(to_hex(&confirmed.object_id)),
            ..KeyClaims::unstated(&confirmed.public_key)
        },
    }
}

fn raw(certificate: &Certificate, arc: u8) -> Option<&[u8]> {
    let extensions = certificate.extensions().iter();
    let mut extensions = extensions.filter(|it| it.oid().arc_below(STATEMENTS) == Some(arc));
    extensions.next().map(Extension::value)
}

/// A statement that every genuine certificate of its role carries.
fn required<T>(
    certificate: &Certificate,
    arc: u8,
    name: &'static str,
    reasons: &mut Vec<Reason>,
    read: fn(&[u8]) -> Option<T>,
) -> Option<T> {
    let Some(value) = raw(certificate, arc) else {
        reasons.push(
            Reason::new(ReasonCode::AttestationExtensionMissing)
                .with("certificate", certificate.subject().to_string())
                .with("statement", name)
                .with("extension", format!("{STATEMENTS}.{arc}")),
        );
        return None;
    };
    let read = read(value);
    if read.is_none() {
        let reason = malformed(certificate, name, "not in the form that is defined");
        reasons.push(reason.with("value", to_hex(value)));
    }
    read
}

fn malformed(certificate: &Certificate, name: &'static str, fault: &'static str) -> Reason {
    Reason::new(ReasonCode::AttestationMalformed)
        .with("certificate", certificate.subject().to_string())
        .with("statement", name)
        .with("fault", fault)
}

fn serial_number(value: &[u8]) -> Option<u32> {
    value.try_into().ok().map(u32::from_le_bytes)
}

/// `54 00 07 00` is 7.8.4: the third octet is the major number, the first in decimal the other two.
fn firmware(value: &[u8]) -> Option<Firmware> {
    match value {
        [rest, 0, major, 0] => Some(Firmware([*major, rest / 10, rest % 10])),
        _ => None,
    }
}

/// Every statement of `certificate`, whoever signed it.
pub(super) fn inspect(certificate: &Certificate) -> Vec<InspectLine> {
    let roles = [
        (purpose::ROOT, "root"),
        (purpose::MANUFACTURING, "manufacturing integrity"),
        (purpose::HARDWARE_ORIGIN, "hardware origin"),
        (purpose::DEVICE, "device authentication"),
        (purpose::CONFIRMATION, "confirmation of a key"),
        (purpose::EC_ROOT, "root, elliptic curve chain"),
        (purpose::EC_HARDWARE_ORIGIN, "hardware origin, elliptic curve chain"),
    ];
    let role = roles.iter().find(|(arc, _)| has_purpose(certificate, *arc));
    let role = role.map(|(_, role)| InspectLine { name: "role", value: (*role).to_owned() });
    let show = |arc, name, read: fn(&[u8]) -> Option<String>| {
        let value = raw(certificate, arc)?;
        let value = read(value).unwrap_or_else(|| format!("malformed ({})", to_hex(value)));
        Some(InspectLine { name, value })
    };
    [
        role,
        show(arc::SERIAL, "serial number", |it| serial_number(it).map(|it| it.to_string())),
        show(arc::FIRMWARE, "firmware", |it| firmware(it).map(|it| it.to_string())),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests {
    use super::{firmware, serial_number};
    use crate::claims::Firmware;

    #[test]
    fn numbers_are_little_endian_and_of_four_octets() {
        assert_eq!(serial_number(&[0xd6, 0xf3, 0x07, 0x00]), Some(521_174));
        assert_eq!(serial_number(&[0xd6, 0xf3, 0x07]), None);
        assert_eq!(serial_number(&[0xd6, 0xf3, 0x07, 0, 0]), None);
        assert_eq!(firmware(&[0x54, 0, 7, 0]), Some(Firmware([7, 8, 4])));
        assert_eq!(firmware(&[71, 0, 7, 0]), Some(Firmware([7, 7, 1])));
        for other in [&[0x54, 1, 7, 0][..], &[0x54, 0, 7, 1], &[0x54, 0, 7], &[]] {
            assert_eq!(firmware(other), None, "{other:?}");
        }
    }
}
