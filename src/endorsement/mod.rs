//! Endorsements: what third parties say about modules. Which certification covers a module at a
//! firmware on a date, which advisories touch a key, and which devices cannot attest at all.

mod coverage;
mod data;
mod plausible;
mod scheme;
mod without_attestation;

pub use coverage::{
    CertificationStanding, Coverage, FirmwareCoverage, FirmwareStanding, MarkerStanding,
};
pub use data::{
    Advisory, AdvisoryEffect, Affected, AffectedOrigin, Augmentation, Certification, Endorsements,
    FirmwareRange, Makes, Module, Presence, Reading,
};
pub use plausible::Implausible;
pub use scheme::{ProtectionProfile, Scheme};
pub use without_attestation::{
    DeviceWithoutAttestation, KnownCertification, VerificationMethod, WithoutAttestation,
};

use minicbor::{Decode, Encode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What exactly was certified.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    JsonSchema,
    Encode,
    Decode,
)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// The chip alone.
    #[n(0)]
    Chip,
    /// The chip with its operating system.
    #[n(1)]
    Platform,
    /// The application on the platform.
    #[n(2)]
    Applet,
    /// The device as it is sold.
    #[n(3)]
    Device,
}

/// The standing of a certification on a date.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum CertificationStatus {
    /// On the active list.
    Active,
    /// Past its sunset or moved to the historical list.
    Historical,
    /// Withdrawn for cause.
    Revoked,
}

/// The certification that covers a module, as results show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CertificationSummary {
    /// The product.
    pub module: String,
    /// The scheme.
    pub scheme: Scheme,
    /// The overall level, or the EAL; 0 for a scheme without levels.
    pub level: u8,
    /// Whether the EAL is augmented (`+`).
    #[serde(default, skip_serializing_if = "Augmentation::is_plain")]
    pub augmentation: Augmentation,
    /// The protection profiles of a Common Criteria certificate, as far as they are known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub protection_profiles: Vec<ProtectionProfile>,
    /// The certificate number, if it is known.
    pub number: Option<String>,
    /// What was certified.
    pub scope: Scope,
    /// Its standing at the time of appraisal.
    pub status: CertificationStatus,
    /// The last day (`YYYY-MM-DD`) of the active list, if it is known.
    pub valid_until: Option<String>,
    /// Of what the source is: `primary`, the record or document of the issuer, or a `copy`.
    pub read: ReadingSummary,
    /// How many sources say so, independent of each other.
    pub sources: u8,
    /// The day (`YYYY-MM-DD`) or the month on which they did.
    pub seen: String,
    /// Where that is published.
    pub source: String,
}

/// Of what the source of a certification is, as results show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReadingSummary {
    /// From the record or the document of its issuer.
    Primary,
    /// From what others say of that.
    Copy,
}

impl std::fmt::Display for Augmentation {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Plain => "",
            Self::Augmented => "+",
        })
    }
}

impl CertificationSummary {
    /// The scheme with level and protection profiles: `FIPS 140-2 level 2`,
    /// `Common Criteria EAL 4+ (EN 419 221-5)`, `PCI PTS HSM`.
    pub fn grade(&self) -> String {
        self.scheme.grade(self.level, self.augmentation, &self.protection_profiles)
    }
}

impl std::fmt::Display for CertificationSummary {
    /// `FIPS 140-2 level 2, certificate 3914`.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.grade())?;
        match &self.number {
            Some(number) => write!(formatter, ", certificate {number}"),
            None => formatter.write_str(", certificate number not known here"),
        }
    }
}

impl std::fmt::Display for Advisory {
    /// `YSA-2024-03 (EUCLEAK, CVE-2024-45678)`.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.id)?;
        let names: Vec<_> = self.name.iter().chain(&self.cve).map(String::as_str).collect();
        if names.is_empty() { Ok(()) } else { write!(formatter, " ({})", names.join(", ")) }
    }
}
