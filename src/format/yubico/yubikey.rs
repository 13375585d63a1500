//! What the applications of a YubiKey that attest keys share: the unit, as attestation and device
//! certificate state it together.

use super::{MARKS_COUNT_FROM_ONE, disagreement, implausible};
use crate::claims::{Firmware, Marker, ModuleClaims};
use crate::encoding::x509::Certificate;
use crate::reason::Reason;

/// What attestation and device certificate state about the unit.
pub(in crate::format) struct YubiKey {
    /// The firmware that the attestation states.
    pub(in crate::format) firmware: Firmware,
    /// The firmware that the device certificate states.
    pub(in crate::format) device_firmware: Firmware,
    /// The serial number, in the attestation.
    pub(in crate::format) serial: Option<u32>,
    /// The form factor, in the attestation.
    pub(in crate::format) form_factor: Option<FormFactor>,
    /// The FIPS marker, on the device certificate.
    pub(in crate::format) fips: Option<u32>,
    /// The CSPN marker, on the device certificate.
    pub(in crate::format) cspn: Option<u32>,
}

impl YubiKey {
    /// What attestation and device certificate must agree on: the device copies its own firmware and
    /// validity into each attestation, and sets the flag of the FIPS series where the factory set the
    /// marker.
    pub(in crate::format) fn contradictions(
        &self,
        attestation: &Certificate,
        device: &Certificate,
    ) -> Vec<Reason> {
        let mut reasons = Vec::new();
        if self.firmware != self.device_firmware {
            reasons.push(disagreement("firmware", self.firmware, self.device_firmware));
        }
        if attestation.validity_der() != device.validity_der() {
            reasons.push(disagreement("validity", "another period", "the period it copies"));
        }
        match (self.form_factor.map(|form| form.fips), self.fips) {
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
        reasons.extend(self.implausible_statements());
        reasons
    }

    /// What no firmware writes, whatever the product.
    fn implausible_statements(&self) -> Vec<Reason> {
        let mut reasons = Vec::new();
        let mut refuse = |statement, stated: String, why| {
            let reason = implausible(statement, stated, why);
            reasons.push(reason.with("firmware", self.firmware.to_string()));
        };
        for (name, mark) in [("FIPS marker", self.fips), ("CSPN marker", self.cspn)] {
            if mark == Some(0) {
                refuse(name, "0".to_owned(), MARKS_COUNT_FROM_ONE);
            }
        }
        if let Some(form) = self.form_factor.filter(|form| form.series == Series::SecurityKey) {
            let why = "a Security Key holds no key but for FIDO, and attests none";
            refuse("form factor", form.describe(), why);
        }
        reasons
    }

    /// Where the two contradict each other, what the attestation says.
    pub(in crate::format) fn claims(&self) -> ModuleClaims {
        let generation = match self.firmware {
            Firmware([4, ..]) => " 4",
            Firmware([5, ..]) => " 5",
            _ => "",
        };
        let biometric =
            if self.form_factor.is_some_and(|form| form.is_biometric) { " Bio" } else { "" };
        let series = if self.fips.is_some() { " FIPS" } else { "" };
        ModuleClaims {
            serial: self.serial.map(|serial| serial.to_string()),
            firmware: Some(self.firmware),
            fips_marker: self.fips.map_or(Marker::Absent, |value| Marker::Present(value.into())),
            form_factor: self.form_factor.map(|form| form.shape.to_owned()),
            other_marker: self.cspn.map(|value| format!("CSPN {value}")),
            ..ModuleClaims::unstated("Yubico", format!("YubiKey{generation}{biometric}{series}"))
        }
    }
}

/// The shape of the device, with the flag that is set on units of the FIPS series.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::format) struct FormFactor {
    shape: &'static str,
    is_biometric: bool,
    fips: FipsFlag,
    series: Series,
}

/// Which applications the device has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Series {
    YubiKey,
    /// FIDO alone.
    SecurityKey,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum FipsFlag {
    Set,
    Clear,
}

impl FormFactor {
    /// One octet: the shape in the low bits, 80 for the FIPS series, 40 for a Security Key.
    pub(in crate::format) fn read(octets: &[u8]) -> Option<Self> {
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
        let series = if octet & 0x40 == 0 { Series::YubiKey } else { Series::SecurityKey };
        Some(Self { shape, is_biometric, fips, series })
    }

    /// In words.
    pub(in crate::format) fn describe(self) -> String {
        let fips = if self.fips == FipsFlag::Set { ", FIPS series" } else { "" };
        let series = if self.series == Series::SecurityKey { ", Security Key" } else { "" };
        format!("{}{fips}{series}", self.shape)
    }
}

#[cfg(test)]
mod tests {
    use super::FormFactor;

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
