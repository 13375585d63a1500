//! What an operator saw of a live token and nobody signed. It is shown beside a result, and can count
//! for one thing alone, which the policy must allow.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::encoding::hex::{Sha256, to_hex};
use crate::escape::visible;

/// How the file begins that `keyproof token read` writes.
const HEADING: &str = "What the token said and nobody signed:";

/// The names of all lines, in their order.
const NAMES: [&str; 7] =
    ["Token", "Serial", "Firmware", "Place", "Domains", "Wrapping", "Challenge"];

/// What was seen of a token while its evidence was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ChallengeObservation {
    /// The random bytes, hexadecimal.
    pub nonce: String,
    /// The key by which the signature was checked.
    pub spki_sha256: Sha256,
    /// What it showed.
    pub proof: ChallengeProof,
}

/// What a challenge showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ChallengeProof {
    /// The holder of the token controls the key now.
    Shown,
    /// What came back is no signature of the key.
    Refuted,
}

impl ChallengeObservation {
    /// What a challenge showed of the key.
    pub fn new(nonce: &[u8], spki_sha256: Sha256, proof: ChallengeProof) -> Self {
        Self { nonce: to_hex(nonce), spki_sha256, proof }
    }
}

/// The key domains of a card, as it states them; unsigned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeyDomains {
    /// The holder reference of the certificate of the device that was read with them.
    pub device: String,
    /// Whether the card has the command.
    pub support: KeyDomainSupport,
    /// Each place for a domain, in order.
    pub domains: Vec<KeyDomain>,
}

/// Whether a card knows key domains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KeyDomainSupport {
    /// It stated all of them.
    Stated,
    /// It was initialised without key shares, or has none.
    NotInitialised,
    /// What it answered says nothing.
    Unstated,
}

/// One place for a key domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum KeyDomain {
    /// None was made there.
    Empty,
    /// One is there: keys in it can be wrapped.
    Present {
        /// Of how many shares its key is made.
        shares: u8,
        /// How many of them are still missing.
        outstanding: u8,
    },
}

impl KeyDomains {
    /// The manufacturer of the cards that have them.
    const VENDOR: &'static str = "CardContact";

    /// In words.
    pub fn describe(&self) -> String {
        let places = self.domains.len();
        let present: Vec<String> = self
            .domains
            .iter()
            .enumerate()
            .filter_map(|(number, domain)| match domain {
                KeyDomain::Empty => None,
                KeyDomain::Present { shares, outstanding } => Some(format!(
                    "domain {number} is there, {shares} shares, {outstanding} outstanding"
                )),
            })
            .collect();
        match (self.support, present.is_empty()) {
            (KeyDomainSupport::Unstated, true) => "the card does not say".to_owned(),
            (KeyDomainSupport::NotInitialised, true) => "none: initialised without".to_owned(),
            (_, true) => format!("none: all {places} places are empty"),
            (_, false) => present.join("; "),
        }
    }

    /// Whether they are of that unit: its manufacturer makes cards that have them, and its serial number
    /// is the holder reference without the sequence number.
    fn are_of(&self, vendor: &str, serial: Option<&str>) -> bool {
        let device = self.device.len().checked_sub(5).and_then(|end| self.device.get(..end));
        vendor == Self::VENDOR && device.is_some() && device == serial
    }

    /// Whether the card states that it has no key domain at all.
    pub fn none_is_present(&self) -> bool {
        self.support != KeyDomainSupport::Unstated
            && self.domains.iter().all(|domain| *domain == KeyDomain::Empty)
    }
}

/// Whether a key may be wrapped, as the card states it; unsigned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WrapPermission {
    /// Its list of algorithms has WRAP.
    Allowed,
    /// It has a list without WRAP.
    Withheld,
    /// The card does not say.
    #[default]
    Unstated,
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

    /// Whether the unit that claims name by manufacturer and serial number, read live, states no way out
    /// for the key.
    pub(crate) fn closes_every_way_out(&self, vendor: &str, serial: Option<&str>) -> bool {
        let domains = self.key_domains.as_ref();
        // Of another unit, they say nothing about this key.
        domains.is_some_and(|it| it.are_of(vendor, serial) && it.none_is_present())
            && self.wrap != WrapPermission::Allowed
    }

    /// The file that `keyproof token read` writes of them: for people, and read by nobody.
    pub fn to_text(&self) -> String {
        let mut text = format!("{HEADING}\n");
        for (name, value) in self.lines() {
            text.push_str(&format!("{name}: {}\n", visible(&value)));
        }
        text
    }

    /// Whether a text is such a file: its heading, and its names, each once at most and in their order.
    pub(crate) fn are_in(text: &[u8]) -> bool {
        let Some(lines) = text.strip_prefix(HEADING.as_bytes()) else { return false };
        let mut names = NAMES.into_iter();
        let is_named = |line: &[u8]| {
            let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
            names.any(|known| known.as_bytes() == name)
        };
        let lines = lines.trim_ascii().split(|byte| *byte == b'\n');
        lines.filter(|line| !line.is_empty()).all(is_named)
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
    use super::{KeyDomainSupport, KeyDomains, WrapPermission};

    /// No serial number is no match for none.
    #[test]
    fn key_domains_are_those_of_a_device_with_a_name() {
        let closes_for = |vendor, device: &str, serial| {
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
            .closes_every_way_out(vendor, serial)
        };
        let closes = |device, serial| closes_for("CardContact", device, serial);
        assert!(closes("DENK040414400000", Some("DENK0404144")));
        assert!(!closes_for("Yubico", "DENK040414400000", Some("DENK0404144")));
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
