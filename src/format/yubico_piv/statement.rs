//! The statements of a slot attestation and of the device certificate, and what each says.

use super::super::yubico::{FormFactor, Statements, YubiKey, firmware, integer, show};
use super::super::{AttestedStatement, InspectLine};
use super::{ATTESTATION_PREFIX, PIV, arc};
use crate::claims::{
    Claims, Exportability, Firmware, KeyClaims, KeyOrigin, ModuleClaims, PinPolicy, TouchPolicy,
};
use crate::encoding::x509::Certificate;
use crate::public_key::PublicKey;
use crate::reason::{Reason, ReasonCode};

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

/// Reads both certificates, and what they say together.
pub(super) fn read(
    (attestation, device): (&Certificate, &Certificate),
) -> Result<AttestedStatement, Vec<Reason>> {
    let (slot, module) = match (read_attestation(attestation), read_device(device)) {
        (Ok(slot), Ok(module)) => (slot, module),
        (slot, module) => {
            let mut reasons = slot.err().unwrap_or_default();
            reasons.extend(module.err().unwrap_or_default());
            return Err(reasons);
        }
    };
    let unit = YubiKey {
        firmware: slot.firmware,
        device_firmware: module.firmware,
        serial: slot.serial,
        form_factor: slot.form_factor,
        fips: module.fips,
        cspn: module.cspn,
    };
    let contradictions = unit.contradictions(attestation, device);
    let claims = into_claims(&slot, unit.claims());
    Ok(AttestedStatement {
        public_key: slot.public_key,
        claims,
        contradictions,
        doubts: Vec::new(),
    })
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
    let public_key = PublicKey::of_certificate(certificate)
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
    let cspn = statements.optional(arc::CSPN, "CSPN marker", integer);
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

fn into_claims(slot: &SlotAttestation, module: ModuleClaims) -> Claims {
    Claims {
        module,
        key: KeyClaims {
            origin: KeyOrigin::Generated,
            exportability: Exportability::NonExportable,
            slot: Some(slot.slot.clone()),
            pin_policy: Some(slot.pin_policy),
            touch_policy: Some(slot.touch_policy),
            ..KeyClaims::unstated(&slot.public_key)
        },
    }
}

/// Every statement of `certificate`, whoever signed it.
pub(super) fn inspect(certificate: &Certificate) -> Vec<InspectLine> {
    let show =
        |arc, name, read: fn(&[u8]) -> Option<String>| show(certificate, PIV, arc, name, read);
    [
        show(arc::FIRMWARE, "firmware", |value| firmware(value).map(|it| it.to_string())),
        show(arc::SERIAL, "serial number", |value| integer(value).map(|it| it.to_string())),
        show(arc::POLICY, "PIN and touch policy", |value| {
            read_policy(value).map(|(pin, touch)| format!("PIN {}, touch {}", pin.id(), touch.id()))
        }),
        show(arc::FORM_FACTOR, "form factor", |value| {
            FormFactor::read(value).map(FormFactor::describe)
        }),
        show(arc::FIPS, "FIPS marker", |value| integer(value).map(|it| it.to_string())),
        show(arc::CSPN, "CSPN marker", |value| integer(value).map(|it| it.to_string())),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests {
    use super::{read_policy, read_slot};

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
}
