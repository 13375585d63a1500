//! The statements of an attestation and of the device certificate, and what each says.

use super::super::yubico::{
    FormFactor, Statements, YubiKey, der_value, disagreement, firmware, integer, octet_string, show,
};
use super::super::{AttestedStatement, InspectLine};
use super::{ATTESTATION_PREFIX, OPENPGP, arc};
use crate::claims::{
    Claims, Exportability, Firmware, KeyClaims, KeyOrigin, ModuleClaims, TouchPolicy,
};
use crate::encoding::der::tag;
use crate::encoding::hex::to_hex;
use crate::encoding::x509::Certificate;
use crate::public_key::PublicKey;
use crate::reason::{Reason, ReasonCode};
use crate::time::Timestamp;

/// What an attestation states, as far as the module vouches for it.
struct KeyAttestation {
    role: Role,
    origin: KeyOrigin,
    firmware: Firmware,
    serial: Option<u32>,
    touch: Touch,
    form_factor: FormFactor,
    marks: Marks,
    public_key: PublicKey,
}

/// What the certificate of the attestation key states.
struct DeviceCertificate {
    firmware: Firmware,
    marks: Marks,
}

/// The manufacturer's marks of certified units.
#[derive(Clone, Copy)]
struct Marks {
    fips: Option<u8>,
    cspn: Option<u8>,
}

/// Which of the three keys of the application (OpenPGP card 3.4, section 4.2) is attested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Signature,
    Decryption,
    Authentication,
}

/// The user interaction flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Touch {
    Off,
    On,
    Fixed,
    Cached,
    CachedFixed,
}

/// Reads both certificates, and what they say together.
pub(super) fn read(
    (attestation, device): (&Certificate, &Certificate),
) -> Result<AttestedStatement, Vec<Reason>> {
    let (key, module) = match (read_attestation(attestation), read_device(device)) {
        (Ok(key), Ok(module)) => (key, module),
        (key, module) => {
            let mut reasons = key.err().unwrap_or_default();
            reasons.extend(module.err().unwrap_or_default());
            return Err(reasons);
        }
    };
    let unit = YubiKey {
        firmware: key.firmware,
        device_firmware: module.firmware,
        serial: key.serial,
        form_factor: Some(key.form_factor),
        fips: module.marks.fips.map(u32::from),
        cspn: module.marks.cspn.map(u32::from),
    };
    let mut contradictions = unit.contradictions(attestation, device);
    contradictions.extend(contradictory_marks(key.marks, module.marks));
    if key.role == Role::Decryption {
        contradictions.push(
            Reason::new(ReasonCode::AttestationCannotSign)
                .with("subject", attestation.subject().to_string()),
        );
    }
    let claims = into_claims(&key, unit.claims());
    Ok(AttestedStatement { public_key: key.public_key, claims, contradictions, doubts: Vec::new() })
}

fn read_attestation(certificate: &Certificate) -> Result<KeyAttestation, Vec<Reason>> {
    let mut statements = Statements::new(certificate, OPENPGP);
    let origin = statements.required(arc::SOURCE, "source", read_source);
    let firmware = statements.required(arc::FIRMWARE, "firmware", read_firmware);
    let serial = statements.optional(arc::SERIAL, "serial number", integer);
    let touch = statements.required(arc::TOUCH, "touch", Touch::read);
    let form_factor = statements.required(arc::FORM_FACTOR, "form factor", read_form_factor);
    let marks = read_marks(&mut statements);
    let mut reasons = statements.into_reasons();
    let role = certificate.subject().sole_common_name().and_then(Role::read);
    if role.is_none() {
        reasons.push(
            Reason::new(ReasonCode::AttestationSlot)
                .with("subject", certificate.subject().to_string()),
        );
    }
    let public_key = PublicKey::of_certificate(certificate)
        .map_err(|reason| reasons.push(reason.with("object", "attested key")))
        .ok();
    match (role, origin, firmware, touch, form_factor, public_key) {
        (
            Some(role),
            Some(origin),
            Some(firmware),
            Some(touch),
            Some(form_factor),
            Some(public_key),
        ) if reasons.is_empty() => Ok(KeyAttestation {
            role,
            origin,
            firmware,
            serial,
            touch,
            form_factor,
            marks,
            public_key,
        }),
        _ => Err(reasons),
    }
}

fn read_device(certificate: &Certificate) -> Result<DeviceCertificate, Vec<Reason>> {
    let mut statements = Statements::new(certificate, OPENPGP);
    let firmware = statements.required(arc::FIRMWARE, "firmware", read_firmware);
    let marks = read_marks(&mut statements);
    let reasons = statements.into_reasons();
    match firmware {
        Some(firmware) if reasons.is_empty() => Ok(DeviceCertificate { firmware, marks }),
        _ => Err(reasons),
    }
}

fn read_marks(statements: &mut Statements<'_>) -> Marks {
    Marks {
        fips: statements.optional(arc::FIPS, "FIPS marker", one_octet),
        cspn: statements.optional(arc::CSPN, "CSPN marker", one_octet),
    }
}

fn read_source(value: &[u8]) -> Option<KeyOrigin> {
    match integer(value)? {
        0 => Some(KeyOrigin::Imported),
        1 => Some(KeyOrigin::Generated),
        _ => None,
    }
}

fn read_firmware(value: &[u8]) -> Option<Firmware> {
    octet_string(value).and_then(firmware)
}

fn read_form_factor(value: &[u8]) -> Option<FormFactor> {
    octet_string(value).and_then(FormFactor::read)
}

/// An OCTET STRING of one.
fn one_octet(value: &[u8]) -> Option<u8> {
    match octet_string(value)? {
        [octet] => Some(*octet),
        _ => None,
    }
}

impl Role {
    /// `YubiKey OPGP Attestation ` and the name of the key.
    fn read(common_name: &str) -> Option<Self> {
        match common_name.strip_prefix(ATTESTATION_PREFIX)? {
            "SIG" => Some(Self::Signature),
            "DEC" => Some(Self::Decryption),
            "AUT" => Some(Self::Authentication),
            _ => None,
        }
    }

    const fn id(self) -> &'static str {
        match self {
            Self::Signature => "SIG",
            Self::Decryption => "DEC",
            Self::Authentication => "AUT",
        }
    }
}

impl Touch {
    fn read(value: &[u8]) -> Option<Self> {
        match one_octet(value)? {
            0 => Some(Self::Off),
            1 => Some(Self::On),
            2 => Some(Self::Fixed),
            3 => Some(Self::Cached),
            4 => Some(Self::CachedFixed),
            _ => None,
        }
    }

    /// What lasts: a flag that is not fixed is the card holder's to change at any time.
    const fn policy(self) -> Option<TouchPolicy> {
        match self {
            Self::Off => Some(TouchPolicy::Never),
            Self::On | Self::Cached => None,
            Self::Fixed => Some(TouchPolicy::Always),
            Self::CachedFixed => Some(TouchPolicy::Cached),
        }
    }

    const fn describe(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::On => "on, and can be switched off",
            Self::Fixed => "on for good",
            Self::Cached => "cached, and can be switched off",
            Self::CachedFixed => "cached for good",
        }
    }
}

/// The marks of the device certificate are Yubico's. One in the attestation that the device
/// certificate does not have, or has otherwise, may have come by way of a template that was replaced.
fn contradictory_marks(attestation: Marks, device: Marks) -> Vec<Reason> {
    let shown = |mark: Option<u8>| mark.map_or_else(|| "absent".to_owned(), |it| it.to_string());
    [("FIPS marker", attestation.fips, device.fips), ("CSPN marker", attestation.cspn, device.cspn)]
        .into_iter()
        .filter(|(_, attestation, device)| attestation.is_some() && attestation != device)
        .map(|(name, attestation, device)| disagreement(name, shown(attestation), shown(device)))
        .collect()
}

/// The module writes an attestation for no private key that could be read out of it, and names the
/// source. What the card holder can write (name, fingerprint, time) is no claim.
fn into_claims(key: &KeyAttestation, module: ModuleClaims) -> Claims {
    Claims {
        module,
        key: KeyClaims {
            origin: key.origin,
            exportability: Exportability::NonExportable,
            slot: Some(key.role.id().to_owned()),
            touch_policy: key.touch.policy(),
            ..KeyClaims::unstated(&key.public_key)
        },
    }
}

/// Every statement of `certificate`, whoever signed it.
pub(super) fn inspect(certificate: &Certificate) -> Vec<InspectLine> {
    let show =
        |arc, name, read: fn(&[u8]) -> Option<String>| show(certificate, OPENPGP, arc, name, read);
    let number = |value: &[u8]| integer(value).map(|it| it.to_string());
    let octet = |value: &[u8]| one_octet(value).map(|it| it.to_string());
    [
        show(arc::SOURCE, "source", |value| read_source(value).map(|it| it.id().to_owned())),
        show(arc::FIRMWARE, "firmware", |value| read_firmware(value).map(|it| it.to_string())),
        show(arc::SERIAL, "serial number", number),
        show(arc::TOUCH, "touch", |value| Touch::read(value).map(|it| it.describe().to_owned())),
        show(arc::FORM_FACTOR, "form factor", |value| {
            read_form_factor(value).map(FormFactor::describe)
        }),
        show(arc::COUNTER, "signatures made", number),
        show(arc::FIPS, "FIPS marker", octet),
        show(arc::CSPN, "CSPN marker", octet),
        show(arc::CARDHOLDER, "cardholder (not vouched for)", |value| {
            let octets = der_value(value, |reader| reader.expect(tag::UTF8_STRING))?;
            Some(String::from_utf8_lossy(octets).into_owned())
        }),
        show(arc::FINGERPRINT, "OpenPGP fingerprint (not vouched for)", |value| {
            octet_string(value).filter(|octets| octets.len() == 20).map(to_hex)
        }),
        show(arc::GENERATED_AT, "time of generation (not vouched for)", |value| {
            let seconds = u32::from_be_bytes(octet_string(value)?.try_into().ok()?);
            Timestamp::from_unix_seconds(seconds.into()).map(|time| time.to_string())
        }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests {
    use super::{Role, Touch, TouchPolicy, one_octet, read_source};
    use crate::claims::KeyOrigin;

    #[test]
    fn roles_are_the_three_keys_in_capitals() {
        let name = |key: &str| Role::read(&format!("YubiKey OPGP Attestation {key}"));
        assert_eq!(name("SIG"), Some(Role::Signature));
        assert_eq!(name("DEC"), Some(Role::Decryption));
        assert_eq!(name("AUT"), Some(Role::Authentication));
        for bad in ["sig", "SIG ", "", "ATT", " SIG"] {
            assert_eq!(name(bad), None, "{bad:?}");
        }
        // The name of the device certificate, in its own spelling.
        assert_eq!(Role::read("Yubikey OPGP Attestation SIG"), None);
    }

    #[test]
    fn sources_are_imported_and_generated_and_no_other() {
        assert_eq!(read_source(&[2, 1, 1]), Some(KeyOrigin::Generated));
        assert_eq!(read_source(&[2, 1, 0]), Some(KeyOrigin::Imported));
        for bad in [&[2, 1, 2][..], &[2, 1, 0xff], &[2, 1, 1, 0], &[4, 1, 1], &[1], &[]] {
            assert_eq!(read_source(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn only_a_fixed_flag_is_a_policy() {
        let policy = |flag| Touch::read(&[4, 1, flag]).map(Touch::policy);
        assert_eq!(policy(0), Some(Some(TouchPolicy::Never)));
        assert_eq!(policy(1), Some(None));
        assert_eq!(policy(2), Some(Some(TouchPolicy::Always)));
        assert_eq!(policy(3), Some(None));
        assert_eq!(policy(4), Some(Some(TouchPolicy::Cached)));
        assert_eq!(policy(5), None);
        assert_eq!(one_octet(&[4, 2, 0, 0]), None);
    }
}
