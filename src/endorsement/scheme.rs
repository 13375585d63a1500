//! Schemes of certification that the field talks about. What each is worth, the policy says.

use std::fmt;

use minicbor::{Decode, Encode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Augmentation;

/// The scheme under which a module was certified.
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
pub enum Scheme {
    /// FIPS 140-2.
    #[serde(rename = "FIPS 140-2")]
    #[n(0)]
    Fips140_2,
    /// FIPS 140-3.
    #[serde(rename = "FIPS 140-3")]
    #[n(1)]
    Fips140_3,
    /// Common Criteria; the level is the EAL.
    #[serde(rename = "Common Criteria")]
    #[n(2)]
    CommonCriteria,
    /// PCI PTS HSM, the payment card industry's approval of hardware security modules.
    #[serde(rename = "PCI PTS HSM")]
    #[n(3)]
    PciPtsHsm,
    /// Notified as a qualified signature creation device (eIDAS, article 31).
    #[serde(rename = "eIDAS QSCD")]
    #[n(4)]
    Qscd,
    /// Notified as one that a trust service provider runs for its users (ETSI TS 119 431-1).
    #[serde(rename = "eIDAS remote QSCD")]
    #[n(5)]
    RemoteQscd,
    /// Certification de Sécurité de Premier Niveau.
    #[serde(rename = "CSPN")]
    #[n(6)]
    Cspn,
}

/// A protection profile of modules that keep keys, of those that certificates for hardware security
/// modules name.
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
pub enum ProtectionProfile {
    /// Cryptographic module for trust services.
    #[serde(rename = "EN 419 221-5")]
    #[n(0)]
    En419221_5,
    /// Trustworthy systems supporting server signing: the qualified signature creation device.
    #[serde(rename = "EN 419 241-2")]
    #[n(1)]
    En419241_2,
}

impl Scheme {
    /// Every scheme.
    pub const ALL: [Self; 7] = [
        Self::Fips140_2,
        Self::Fips140_3,
        Self::CommonCriteria,
        Self::PciPtsHsm,
        Self::Qscd,
        Self::RemoteQscd,
        Self::Cspn,
    ];

    /// Its name, the word of facts, policies and results.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fips140_2 => "FIPS 140-2",
            Self::Fips140_3 => "FIPS 140-3",
            Self::CommonCriteria => "Common Criteria",
            Self::PciPtsHsm => "PCI PTS HSM",
            Self::Qscd => "eIDAS QSCD",
            Self::RemoteQscd => "eIDAS remote QSCD",
            Self::Cspn => "CSPN",
        }
    }

    /// The scheme of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scheme| scheme.name() == name)
    }

    /// Whether CSBR names it: 6.2.7.3 and 6.2.7.4.1 name FIPS 140-2 and Common Criteria, and 6.2.7.4.2
    /// lets in what exceeds them, which FIPS 140-3 does.
    pub const fn is_of_csbr(self) -> bool {
        matches!(self, Self::Fips140_2 | Self::Fips140_3 | Self::CommonCriteria)
    }

    /// The highest level, or EAL; `None` for a scheme without levels.
    pub(super) const fn highest_level(self) -> Option<u8> {
        match self {
            Self::Fips140_2 | Self::Fips140_3 => Some(4),
            Self::CommonCriteria => Some(7),
            Self::PciPtsHsm | Self::Qscd | Self::RemoteQscd | Self::Cspn => None,
        }
    }

    /// With its level, and the protection profiles behind it.
    pub fn grade(
        self,
        level: u8,
        augmentation: Augmentation,
        profiles: &[ProtectionProfile],
    ) -> String {
        let grade = match self {
            Self::Fips140_2 | Self::Fips140_3 => format!("{self} level {level}"),
            Self::CommonCriteria => format!("{self} EAL {level}{augmentation}"),
            Self::PciPtsHsm | Self::Qscd | Self::RemoteQscd | Self::Cspn => self.name().to_owned(),
        };
        if profiles.is_empty() {
            return grade;
        }
        let profiles: Vec<&str> = profiles.iter().map(|profile| profile.name()).collect();
        format!("{grade} ({})", profiles.join(", "))
    }
}

impl ProtectionProfile {
    /// Every protection profile.
    pub const ALL: [Self; 2] = [Self::En419221_5, Self::En419241_2];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::En419221_5 => "EN 419 221-5",
            Self::En419241_2 => "EN 419 241-2",
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::{ProtectionProfile, Scheme};
    use crate::endorsement::Augmentation;

    #[test]
    fn the_name_is_the_word_of_documents() {
        for scheme in Scheme::ALL {
            assert_eq!(serde_json::to_value(scheme).unwrap(), scheme.name());
            assert_eq!(Scheme::from_name(scheme.name()), Some(scheme));
        }
        for profile in ProtectionProfile::ALL {
            assert_eq!(serde_json::to_value(profile).unwrap(), profile.name());
        }
    }

    #[test]
    fn a_scheme_without_levels_shows_none() {
        let grade = |scheme: Scheme| scheme.grade(0, Augmentation::Plain, &[]);
        assert_eq!(grade(Scheme::PciPtsHsm), "PCI PTS HSM");
        assert_eq!(grade(Scheme::RemoteQscd), "eIDAS remote QSCD");
        let profiles = [ProtectionProfile::En419221_5];
        let grade = Scheme::CommonCriteria.grade(4, Augmentation::Augmented, &profiles);
        assert_eq!(grade, "Common Criteria EAL 4+ (EN 419 221-5)");
    }
}
