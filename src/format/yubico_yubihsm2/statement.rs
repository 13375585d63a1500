//! The statements of a key attestation and of the device certificate, and what each says.

use super::super::yubico::{
    MARKS_COUNT_FROM_ONE, Statements, der_value, disagreement, firmware, implausible, integer,
    octet_string, show,
};
use super::super::{AttestedStatement, InspectLine};
use super::capability::Capabilities;
use super::{ATTESTATION_PREFIX, DEVICE_PREFIXES, YUBIHSM2, arc};
use crate::claims::{
    Attests, Claims, Exportability, Firmware, KeyClaims, KeyOrigin, Marker, ModuleClaims,
};
use crate::encoding::der::{Reader, tag};
use crate::encoding::x509::Certificate;
use crate::public_key::PublicKey;
use crate::reason::{Reason, ReasonCode};

/// What a key attestation states.
struct KeyAttestation {
    firmware: Firmware,
    serial: u32,
    origin: KeyOrigin,
    domains: Vec<u8>,
    capabilities: Capabilities,
    object_id: u16,
    label: String,
    public_key: PublicKey,
}

/// What the device certificate states.
struct DeviceCertificate {
    /// None on units of firmware 2.1; see [`FIRST_WITH_FIRMWARE`].
    firmware: Option<Firmware>,
    serial: u32,
    fips: Option<u32>,
}

/// From here on every genuine device certificate states its firmware (seen: 2.2.0 and 2.4.0). Those of
/// 2.1.2 do not (seen on three units), and Yubico's list of statements says of none that a device
/// certificate must have it.
///
/// <https://docs.yubico.com/hardware/oid/oid-product-arc.html>
const FIRST_WITH_FIRMWARE: Firmware = Firmware([2, 2, 0]);

/// Reads both certificates, and what they say together.
pub(super) fn read(
    (attestation, device): (&Certificate, &Certificate),
) -> Result<AttestedStatement, Vec<Reason>> {
    let key = read_attestation(attestation);
    let attested = key.as_ref().map_or(FIRST_WITH_FIRMWARE, |key| key.firmware);
    let (key, module) = match (key, read_device(device, attested)) {
        (Ok(key), Ok(module)) => (key, module),
        (key, module) => {
            let mut reasons = key.err().unwrap_or_default();
            reasons.extend(module.err().unwrap_or_default());
            return Err(reasons);
        }
    };
    let mut contradictions = contradictions(&key, &module, attestation, device);
    if key.object_id == 0 {
        // Object 0 is the module's own attestation key.
        contradictions.push(
            Reason::new(ReasonCode::AttestationWrongRole)
                .with("certificate", attestation.subject().to_string()),
        );
    }
    let claims = into_claims(&key, &module);
    Ok(AttestedStatement { public_key: key.public_key, claims, contradictions, doubts: Vec::new() })
}

fn read_attestation(certificate: &Certificate) -> Result<KeyAttestation, Vec<Reason>> {
    let mut statements = Statements::new(certificate, YUBIHSM2);
    let firmware = statements.required(arc::FIRMWARE, "firmware", read_firmware);
    let serial = statements.required(arc::SERIAL, "serial number", integer);
    let origin =
        statements.required(arc::ORIGIN, "origin", |value| bits(value, 1).and_then(read_origin));
    let domains =
        statements.required(arc::DOMAINS, "domains", |value| bits(value, 2).and_then(read_domains));
    let capabilities = statements.required(arc::CAPABILITIES, "capabilities", |value| {
        bits(value, 8).and_then(Capabilities::from_octets)
    });
    let object_id = statements.required(arc::OBJECT_ID, "object identifier", |value| {
        integer(value).and_then(|id| u16::try_from(id).ok())
    });
    let label = statements.required(arc::LABEL, "label", read_label);
    let mut reasons = statements.into_reasons();
    let public_key = PublicKey::of_certificate(certificate)
        .map_err(|reason| reasons.push(reason.with("object", "attested key")))
        .ok();
    match (firmware, serial, origin, domains, capabilities, object_id, label, public_key) {
        (
            Some(firmware),
            Some(serial),
            Some(origin),
            Some(domains),
            Some(capabilities),
            Some(object_id),
            Some(label),
            Some(public_key),
        ) => Ok(KeyAttestation {
            firmware,
            serial,
            origin,
            domains,
            capabilities,
            object_id,
            label,
            public_key,
        }),
        _ => Err(reasons),
    }
}

/// `attested` is the firmware that the attestation states.
fn read_device(
    certificate: &Certificate,
    attested: Firmware,
) -> Result<DeviceCertificate, Vec<Reason>> {
    let mut statements = Statements::new(certificate, YUBIHSM2);
    let firmware = if attested < FIRST_WITH_FIRMWARE {
        statements.optional(arc::FIRMWARE, "firmware", read_firmware)
    } else {
        statements.required(arc::FIRMWARE, "firmware", read_firmware)
    };
    let serial = statements.required(arc::SERIAL, "serial number", integer);
    let fips = statements.optional(arc::FIPS, "FIPS marker", integer);
    let reasons = statements.into_reasons();
    match serial {
        Some(serial) if reasons.is_empty() => Ok(DeviceCertificate { firmware, serial, fips }),
        _ => Err(reasons),
    }
}

/// Rights that no published list names: they might let the key out.
pub(super) fn unknown_capabilities(claims: &Claims) -> Vec<Reason> {
    let unknown = claims.key.capabilities.iter().filter(|name| Capabilities::is_unknown(name));
    unknown
        .map(|name| {
            Reason::new(ReasonCode::AttestationUnknownClaim)
                .with("claim", format!("capability {name}"))
        })
        .collect()
}

fn read_firmware(value: &[u8]) -> Option<Firmware> {
    octet_string(value).and_then(firmware)
}

/// A BIT STRING of exactly so many octets, all bits used.
fn bits(value: &[u8], octets: usize) -> Option<&[u8]> {
    der_value(value, Reader::octet_aligned_bits).filter(|bits| bits.len() == octets)
}

/// Bits of the origin (`yubihsm.h`): generated, imported, and imported under wrap, which is added
/// to the origin the key had before. Any import makes the key imported.
fn read_origin(octets: &[u8]) -> Option<KeyOrigin> {
    const GENERATED: u8 = 0x01;
    const IMPORTED: u8 = 0x02;
    const IMPORTED_WRAPPED: u8 = 0x10;
    let [origin] = octets else {
        return None;
    };
    if origin & !(GENERATED | IMPORTED | IMPORTED_WRAPPED) != 0 {
        return None;
    }
    match *origin {
        0 => None,
        GENERATED => Some(KeyOrigin::Generated),
        _ => Some(KeyOrigin::Imported),
    }
}

/// Sixteen bits, most significant first; bit n is domain n + 1. An object is in one at least.
fn read_domains(octets: &[u8]) -> Option<Vec<u8>> {
    let domains = u16::from_be_bytes(octets.try_into().ok()?);
    let domains: Vec<u8> = (1..=16_u8).filter(|domain| domains >> (domain - 1) & 1 == 1).collect();
    (!domains.is_empty()).then_some(domains)
}

/// Up to 40 octets that the user chose. They are declared UTF-8 and need not be: what is not is
/// shown as replacement characters.
fn read_label(value: &[u8]) -> Option<String> {
    let octets = der_value(value, |reader| reader.expect(tag::UTF8_STRING))?;
    (octets.len() <= 40).then(|| String::from_utf8_lossy(octets).into_owned())
}

/// `YubiHSM Attestation id:0x` and four hexadecimal digits.
fn object_id_of_name(common_name: &str) -> Option<u16> {
    let digits = common_name.strip_prefix(ATTESTATION_PREFIX)?.strip_prefix("0x")?;
    let well_formed = digits.len() == 4 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    u16::from_str_radix(digits, 16).ok().filter(|_| well_formed)
}

/// The decimal serial number in brackets, with any leading zeros.
fn serial_of_name(common_name: &str) -> Option<u32> {
    let rest = DEVICE_PREFIXES.iter().find_map(|prefix| common_name.strip_prefix(prefix))?;
    let digits = rest.strip_suffix(')')?;
    let well_formed = digits.bytes().all(|digit| digit.is_ascii_digit());
    digits.parse().ok().filter(|_| well_formed)
}

/// What the two certificates must agree on, each with the other and each with its own name.
fn contradictions(
    key: &KeyAttestation,
    module: &DeviceCertificate,
    attestation: &Certificate,
    device: &Certificate,
) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if let Some(firmware) = module.firmware.filter(|firmware| *firmware != key.firmware) {
        reasons.push(disagreement("firmware", key.firmware, firmware));
    }
    if key.serial != module.serial {
        reasons.push(disagreement("serial number", key.serial, module.serial));
    }
    if attestation.validity_der() != device.validity_der() {
        reasons.push(disagreement("validity", "another period", "the period it copies"));
    }
    if attestation.subject().sole_common_name().and_then(object_id_of_name) != Some(key.object_id) {
        reasons.push(
            Reason::new(ReasonCode::AttestationInconsistent)
                .with("statement", "object identifier")
                .with("subject", attestation.subject().to_string())
                .with("attestation", format!("{:#06x}", key.object_id)),
        );
    }
    if device.subject().sole_common_name().and_then(serial_of_name) != Some(module.serial) {
        reasons.push(
            Reason::new(ReasonCode::AttestationInconsistent)
                .with("statement", "serial number")
                .with("subject", device.subject().to_string())
                .with("device", module.serial.to_string()),
        );
    }
    if module.fips == Some(0) {
        let reason = implausible("FIPS marker", "0".to_owned(), MARKS_COUNT_FROM_ONE);
        reasons.push(reason.with("firmware", key.firmware.to_string()));
    }
    reasons
}

/// Where the two contradict each other, what the attestation says.
fn into_claims(key: &KeyAttestation, module: &DeviceCertificate) -> Claims {
    let exportability = if key.capabilities.exportable_under_wrap() {
        Exportability::Exportable
    } else {
        Exportability::NonExportable
    };
    let attests =
        if key.capabilities.sign_attestation_certificate() { Attests::Yes } else { Attests::No };
    let series = if module.fips.is_some() { " FIPS" } else { "" };
    Claims {
        module: ModuleClaims {
            serial: Some(key.serial.to_string()),
            firmware: Some(key.firmware),
            fips_marker: module.fips.map_or(Marker::Absent, |value| Marker::Present(value.into())),
            ..ModuleClaims::unstated("Yubico", format!("YubiHSM 2{series}"))
        },
        key: KeyClaims {
            origin: key.origin,
            exportability,
            object_id: Some(format!("{:#06x}", key.object_id)),
            label: Some(key.label.clone()),
            capabilities: key.capabilities.names(),
            domains: key.domains.clone(),
            attests,
            ..KeyClaims::unstated(&key.public_key)
        },
    }
}

/// Every statement of `certificate`, whoever signed it.
pub(super) fn inspect(certificate: &Certificate) -> Vec<InspectLine> {
    let show =
        |arc, name, read: fn(&[u8]) -> Option<String>| show(certificate, YUBIHSM2, arc, name, read);
    [
        show(arc::FIRMWARE, "firmware", |value| read_firmware(value).map(|it| it.to_string())),
        show(arc::SERIAL, "serial number", |value| integer(value).map(|it| it.to_string())),
        show(arc::ORIGIN, "origin", |value| {
            bits(value, 1).and_then(read_origin).map(|origin| origin.id().to_owned())
        }),
        show(arc::DOMAINS, "domains", |value| {
            let domains = bits(value, 2).and_then(read_domains)?;
            Some(domains.iter().map(u8::to_string).collect::<Vec<_>>().join(", "))
        }),
        show(arc::CAPABILITIES, "capabilities", |value| {
            let capabilities = bits(value, 8).and_then(Capabilities::from_octets)?;
            Some(capabilities.names().join(", "))
        }),
        show(arc::OBJECT_ID, "object identifier", |value| {
            integer(value).map(|id| format!("{id:#06x}"))
        }),
        show(arc::LABEL, "label", read_label),
        show(arc::FIPS, "FIPS marker", |value| integer(value).map(|it| it.to_string())),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests {
    use super::{object_id_of_name, read_domains, read_label, read_origin, serial_of_name};
    use crate::claims::KeyOrigin;

    #[test]
    fn only_a_purely_generated_key_is_generated() {
        assert_eq!(read_origin(&[0x01]), Some(KeyOrigin::Generated));
        for imported in [0x02, 0x03, 0x10, 0x11, 0x12, 0x13] {
            assert_eq!(read_origin(&[imported]), Some(KeyOrigin::Imported), "{imported:#x}");
        }
        for undefined in [0x00, 0x04, 0x05, 0x21, 0x80, 0xff] {
            assert_eq!(read_origin(&[undefined]), None, "{undefined:#x}");
        }
    }

    #[test]
    fn domains_count_from_one_at_the_least_significant_bit() {
        assert_eq!(read_domains(&[0x00, 0x0c]), Some(vec![3, 4]));
        assert_eq!(read_domains(&[0x80, 0x01]), Some(vec![1, 16]));
        assert_eq!(read_domains(&[0, 0]), None);
    }

    #[test]
    fn names_hold_exactly_the_numbers() {
        assert_eq!(object_id_of_name("YubiHSM Attestation id:0x560d"), Some(0x560d));
        for bad in [
            "YubiHSM Attestation id:560d",
            "YubiHSM Attestation id:0x560",
            "YubiHSM Attestation id:0x+60d",
        ] {
            assert_eq!(object_id_of_name(bad), None, "{bad}");
        }
        assert_eq!(serial_of_name("YubiHSM Attestation (07550101)"), Some(7_550_101));
        assert_eq!(serial_of_name("YubiHSM2 Attestation (13200501)"), Some(13_200_501));
        for bad in
            ["YubiHSM Attestation (+1)", "YubiHSM Attestation ()", "YubiHSM Attestation (1) "]
        {
            assert_eq!(serial_of_name(bad), None, "{bad}");
        }
    }

    #[test]
    fn labels_have_forty_octets_at_most_and_may_be_empty() {
        assert_eq!(read_label(&[0x0c, 0]).as_deref(), Some(""));
        assert_eq!(read_label(&[0x0c, 1, 0xff]).as_deref(), Some("\u{fffd}"));
        let mut long = vec![0x0c, 41];
        long.extend([b'a'; 41]);
        assert_eq!(read_label(&long), None);
    }
}
