//! What an operator saw of a live token and nobody signed. It is shown beside a result, and can count
//! for one thing alone, which the policy must allow.

use serde::{Deserialize, Serialize};

use crate::collect::challenge::Proof;
use crate::collect::smartcard_hsm::{KeyDomains, WrapPermission};
use crate::encoding::hex::{Sha256, to_hex};

/// What was seen of a token while its evidence was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observations {
    /// The product, in the token's own words.
    pub token: String,
    /// Its serial number, in its own words.
    pub serial: Option<String>,
    /// Its firmware, in its own words.
    pub firmware: Option<String>,
    /// The slot or file of the key.
    pub key: Option<String>,
    /// The key domains of a SmartCard-HSM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_domains: Option<KeyDomains>,
    /// Whether the card lets the key be wrapped.
    #[serde(default, skip_serializing_if = "is_unstated")]
    pub wrap: WrapPermission,
    /// The challenge that the token was asked to sign.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub challenge: Option<ChallengeObservation>,
}

/// A challenge, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChallengeObservation {
    /// The random bytes, hexadecimal.
    pub nonce: String,
    /// The key by which the signature was checked.
    pub spki_sha256: Sha256,
    /// What it showed.
    pub proof: ChallengeProof,
}

/// What a challenge showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChallengeProof {
    /// The holder of the token controls the key now.
    Shown,
    /// What came back is no signature of the key.
    Refuted,
}

impl ChallengeObservation {
    /// What `proof` showed of the key.
    pub fn new(nonce: &[u8], spki_sha256: Sha256, proof: Proof) -> Self {
        let proof = match proof {
            Proof::Shown => ChallengeProof::Shown,
            Proof::Refuted => ChallengeProof::Refuted,
        };
        Self { nonce: to_hex(nonce), spki_sha256, proof }
    }
}

impl Observations {
    /// The form in which a ledger keeps them: JSON without blanks, as in a result.
    pub fn to_bytes(&self) -> Vec<u8> {
        // Texts and numbers have a form in JSON whatever they are.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Reads that form.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(bytes)
    }

    /// Whether the token of this serial number, read live, states no way out for the key.
    pub(crate) fn closes_every_way_out(&self, serial: Option<&str>) -> bool {
        let domains = self.key_domains.as_ref();
        domains.is_some_and(|domains| {
            let device =
                domains.device.len().checked_sub(5).and_then(|end| domains.device.get(..end));
            // Of another card, they say nothing about this key.
            device.is_some() && device == serial && domains.none_is_present()
        }) && self.wrap != WrapPermission::Allowed
    }

    /// Names and values, for reports.
    pub fn lines(&self) -> Vec<(&'static str, String)> {
        let mut lines = vec![("Token", self.token.clone())];
        lines.extend(self.serial.iter().map(|serial| ("Serial", serial.clone())));
        lines.extend(self.firmware.iter().map(|firmware| ("Firmware", firmware.clone())));
        lines.extend(self.key.iter().map(|key| ("Place", key.clone())));
        lines.extend(self.key_domains.iter().map(|domains| ("Domains", domains.describe())));
        match self.wrap {
            WrapPermission::Allowed => {
                lines.push(("Wrapping", "the key may be wrapped".to_owned()))
            }
            WrapPermission::Withheld => {
                lines.push(("Wrapping", "the key may not be wrapped".to_owned()));
            }
            WrapPermission::Unstated => {}
        }
        if let Some(challenge) = &self.challenge {
            let what = match challenge.proof {
                ChallengeProof::Shown => "signed by the key just now",
                ChallengeProof::Refuted => "NOT signed by the key",
            };
            lines.push(("Challenge", format!("{what}, nonce {}", challenge.nonce)));
        }
        lines
    }
}

fn is_unstated(wrap: &WrapPermission) -> bool {
    *wrap == WrapPermission::Unstated
}

#[cfg(test)]
mod tests {
    use super::Observations;
    use crate::collect::smartcard_hsm::{KeyDomainSupport, KeyDomains, WrapPermission};

    /// No serial number is no match for none.
    #[test]
    fn key_domains_are_those_of_a_device_with_a_name() {
        let closes = |device: &str, serial| {
            let domains = KeyDomains {
                device: device.to_owned(),
                support: KeyDomainSupport::Stated,
                domains: Vec::new(),
            };
            Observations {
                token: String::new(),
                serial: None,
                firmware: None,
                key: None,
                key_domains: Some(domains),
                wrap: WrapPermission::Withheld,
                challenge: None,
            }
            .closes_every_way_out(serial)
        };
        assert!(closes("DENK040414400000", Some("DENK0404144")));
        for (device, serial) in [
            ("DENK040414400000", None),
            ("", None),
            ("0000", None),
            ("00000", None),
            ("", Some("")),
        ] {
            assert!(!closes(device, serial), "{device:?} {serial:?}");
        }
    }
}
