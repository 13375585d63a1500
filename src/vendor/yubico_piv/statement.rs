//! The statements of a slot attestation and of the device certificate, and what each says.

use super::super::yubico::{Statements, disagreement, firmware, integer, show};
use super::super::{AttestedStatement, Statement};
use super::{ATTESTATION_PREFIX, PIV, arc};
use crate::claims::{
    Attests, Claims, Exportability, Firmware, KeyClaims, KeyOrigin, Marker, ModuleClaims,
    OperatingMode, PinPolicy, TouchPolicy,
};
use crate::encoding::x509::Certificate;
use crate::public_key::PublicKey;
use crate::reason::{Reason, ReasonCode};
use crate::trust::Authentic;

/// What a slot attestation states.
struct SlotAttestation {
    slot: String,
    firmware: Firmware,
    serial: Option<u32>,
    pin_policy: PinPolicy,
    touch_policy: TouchPolicy,
    form_factor: Option<FormFactor>,
    public_key: PublicKey,
}

/// What the certificate of slot f9 states.
struct DeviceCertificate {
    firmware: Firmware,
    fips: Option<u32>,
    cspn: Option<u32>,
}

/// The shape of the device, with the flag that is set on units of the FIPS series.
#[derive(Clone, Copy, PartialEq, Eq)]
struct FormFactor {
    shape: &'static str,
    is_biometric: bool,
    fips: FipsFlag,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum FipsFlag {
    Set,
    Clear,
}

/// Reads both certificates, and what they say together.
pub(super) fn read(
    attestation: Authentic<'_>,
    device: Authentic<'_>,
) -> Result<AttestedStatement, Vec<Reason>> {
    let (attestation, device) = (attestation.certificate(), device.certificate());
    let (slot, module) = match (read_attestation(attestation), read_device(device)) {
        (Ok(slot), Ok(module)) => (slot, module),
        (slot, module) => {
            let mut reasons = slot.err().unwrap_or_default();
            reasons.extend(module.err().unwrap_or_default());
            return Err(reasons);
        }
    };
    let contradictions = contradictions(&slot, &module, attestation, device);
    let claims = into_claims(&slot, &module);
    Ok(AttestedStatement { public_key: slot.public_key, claims, contradictions })
}

fn read_attestation(certificate: &Certificate) -> Result<SlotAttestation, Vec<Reason>> {
    let mut statements = Statements::new(certificate, PIV);
    let firmware = statements.required(arc::FIRMWARE, "firmware", firmware);
    let serial = statements.optional(arc::SERIAL, "serial number", integer);
    let policy = statements.required(arc::POLICY, "PIN and touch policy", read_policy);
    // Firmware before 5.0 writes no form factor.
    let form_factor = match firmware {
        Some(firmware) if firmware < Firmware([5, 0, 0]) => {
            statements.optional(arc::FORM_FACTOR, "form factor", FormFactor::read)
        }
        _ => statements.required(arc::FORM_FACTOR, "form factor", FormFactor::read),
    };
    let mut reasons = statements.into_reasons();
    let slot = certificate.subject().sole_common_name().and_then(read_slot);
    if slot.is_none() {
        reasons.push(
            Reason::new(ReasonCode::AttestationSlot)
                .with("subject", certificate.subject().to_string()),
        );
    }
    let public_key = PublicKey::from_spki(certificate.subject_public_key_info())
        .map_err(|reason| reasons.push(reason.with("object", "attested key")))
        .ok();
    match (slot, firmware, policy, public_key) {
        (Some(slot), Some(firmware), Some((pin_policy, touch_policy)), Some(public_key))
            if reasons.is_empty() =>
        {
            Ok(SlotAttestation {
                slot,
                firmware,
                serial,
                pin_policy,
                touch_policy,
                form_factor,
                public_key,
            })
        }
        _ => Err(reasons),
    }
}

fn read_device(certificate: &Certificate) -> Result<DeviceCertificate, Vec<Reason>> {
    let mut statements = Statements::new(certificate, PIV);
    let firmware = statements.required(arc::FIRMWARE, "firmware", firmware);
    let fips = statements.optional(arc::FIPS, "FIPS marker", integer);
    let cspn = statements.optional(arc::CSPN_OR_LEGACY_ATTESTATION, "CSPN marker", integer);
    let reasons = statements.into_reasons();
    match firmware {
        Some(firmware) if reasons.is_empty() => Ok(DeviceCertificate { firmware, fips, cspn }),
        _ => Err(reasons),
    }
}

/// `YubiKey PIV Attestation ` and the slot as two hexadecimal digits: 9a, 9c, 9d, 9e, and the
/// retired slots 82 to 95. Slot f9 does not attest itself.
fn read_slot(common_name: &str) -> Option<String> {
    let digits = common_name.strip_prefix(ATTESTATION_PREFIX)?;
    if digits.len() != 2 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let slot = u8::from_str_radix(digits, 16).ok()?;
    matches!(slot, 0x9a | 0x9c | 0x9d | 0x9e | 0x82..=0x95).then(|| format!("{slot:02x}"))
}

/// Two octets. The PIN policies 4 and 5 are those of the biometric series.
fn read_policy(octets: &[u8]) -> Option<(PinPolicy, TouchPolicy)> {
    let [pin, touch] = octets else {
        return None;
    };
    let pin = match pin {
        1 => PinPolicy::Never,
        2 => PinPolicy::Once,
        3 => PinPolicy::Always,
        4 => PinPolicy::MatchOnce,
        5 => PinPolicy::MatchAlways,
        _ => return None,
    };
    let touch = match touch {
        1 => TouchPolicy::Never,
        2 => TouchPolicy::Always,
        3 => TouchPolicy::Cached,
        _ => return None,
    };
    Some((pin, touch))
}

impl FormFactor {
    /// One octet: the shape in the low bits, 80 for the FIPS series, 40 for a Security Key.
    fn read(octets: &[u8]) -> Option<Self> {
        let [octet] = octets else {
            return None;
        };
        let (shape, is_biometric) = match octet & 0x3f {
            0 => ("unknown", false),
            1 => ("USB-A Keychain", false),
            2 => ("USB-A Nano", false),
            3 => ("USB-C Keychain", false),
            4 => ("USB-C Nano", false),
            5 => ("USB-C Lightning", false),
            6 => ("USB-A Bio Keychain", true),
            7 => ("USB-C Bio Keychain", true),
            _ => return None,
        };
        let fips = if octet & 0x80 == 0 { FipsFlag::Clear } else { FipsFlag::Set };
        Some(Self { shape, is_biometric, fips })
    }
}

/// What attestation and device certificate must agree on: the device copies its own firmware and
/// validity into each attestation, and sets the flag of the FIPS series where the factory set the
/// marker.
fn contradictions(
    slot: &SlotAttestation,
    module: &DeviceCertificate,
    attestation: &Certificate,
    device: &Certificate,
) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if slot.firmware != module.firmware {
        reasons.push(disagreement("firmware", slot.firmware, module.firmware));
    }
    if attestation.validity_der() != device.validity_der() {
        reasons.push(disagreement("validity", "another period", "the period it copies"));
    }
    match (slot.form_factor.map(|form| form.fips), module.fips) {
        (Some(FipsFlag::Set), None) => {
            reasons.push(disagreement("FIPS series", "form factor says yes", "no marker"));
        }
        (Some(FipsFlag::Clear), Some(marker)) => reasons.push(disagreement(
            "FIPS series",
            "form factor says no",
            format!("marker {marker}"),
        )),
        _ => {}
    }
    reasons
}

/// Where the two contradict each other, what the attestation says.
fn into_claims(slot: &SlotAttestation, module: &DeviceCertificate) -> Claims {
    let generation = match slot.firmware {
        Firmware([4, ..]) => " 4",
        Firmware([5, ..]) => " 5",
        _ => "",
    };
    let biometric =
        if slot.form_factor.is_some_and(|form| form.is_biometric) { " Bio" } else { "" };
    let series = if module.fips.is_some() { " FIPS" } else { "" };
    Claims {
        module: ModuleClaims {
            vendor: "Yubico",
            model: format!("YubiKey{generation}{biometric}{series}"),
            serial: slot.serial.map(|serial| serial.to_string()),
            firmware: Some(slot.firmware),
            fips_marker: module.fips.map_or(Marker::Absent, |value| Marker::Present(value.into())),
            mode: OperatingMode::Unstated,
            form_factor: slot.form_factor.map(|form| form.shape.to_owned()),
            other_marker: module.cspn.map(|value| format!("CSPN {value}")),
            issuer: None,
            partition: None,
        },
        key: KeyClaims {
            public_key: (&slot.public_key).into(),
            origin: KeyOrigin::Generated,
            exportability: Exportability::NonExportable,
            slot: Some(slot.slot.clone()),
            object_id: None,
            label: None,
            pin_policy: Some(slot.pin_policy),
            touch_policy: Some(slot.touch_policy),
            capabilities: Vec::new(),
            domains: Vec::new(),
            attests: Attests::No,
        },
    }
}

/// Every statement of `certificate`, whoever signed it.
pub(super) fn inspect(certificate: &Certificate) -> Vec<Statement> {
    let show =
        |arc, name, read: fn(&[u8]) -> Option<String>| show(certificate, PIV, arc, name, read);
    [
        show(arc::FIRMWARE, "firmware", |value| firmware(value).map(|it| it.to_string())),
        show(arc::SERIAL, "serial number", |value| integer(value).map(|it| it.to_string())),
        show(arc::POLICY, "PIN and touch policy", |value| {
            read_policy(value).map(|(pin, touch)| format!("PIN {}, touch {}", pin.id(), touch.id()))
        }),
        show(arc::FORM_FACTOR, "form factor", |value| {
            FormFactor::read(value).map(|form| match form.fips {
                FipsFlag::Set => format!("{}, FIPS series", form.shape),
                FipsFlag::Clear => form.shape.to_owned(),
            })
        }),
        show(arc::FIPS, "FIPS marker", |value| integer(value).map(|it| it.to_string())),
        show(arc::CSPN_OR_LEGACY_ATTESTATION, "CSPN marker", |value| {
            integer(value).map(|it| it.to_string())
        }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests {
    use super::{FormFactor, read_policy, read_slot};

    #[test]
    fn slots_are_the_four_and_the_twenty_retired_ones() {
        let attested =
            |slot: u8| read_slot(&format!("YubiKey PIV Attestation {slot:02x}")).is_some();
        let slots: Vec<u8> = (0..=255).filter(|slot| attested(*slot)).collect();
        let expected: Vec<u8> = (0x82..=0x95).chain([0x9a, 0x9c, 0x9d, 0x9e]).collect();
        assert_eq!(slots, expected);
        assert_eq!(read_slot("YubiKey PIV Attestation 9A").as_deref(), Some("9a"));
        for bad in [
            "YubiKey PIV Attestation 9a ",
            "YubiKey PIV Attestation +9",
            "9a",
            "YubiKey PIV Attestation 9",
        ] {
            assert_eq!(read_slot(bad), None, "{bad}");
        }
    }

    #[test]
    fn policies_outside_the_defined_values_are_refused() {
        assert!(read_policy(&[2, 1]).is_some());
        for bad in [&[0, 1][..], &[6, 1], &[2, 0], &[2, 4], &[2], &[2, 1, 0], &[]] {
            assert!(read_policy(bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn form_factors_are_one_octet_of_a_known_shape() {
        for shape in 0..=7 {
            assert!(FormFactor::read(&[0x80 | shape]).is_some());
        }
        for bad in [&[8][..], &[], &[1, 1]] {
            assert!(FormFactor::read(bad).is_none(), "{bad:?}");
        }
    }
}
