//! What verified evidence says about a key and its module, in no manufacturer's words. Anything may
//! be unstated, and silence is a state of its own.

use minicbor::{Decode, Encode};
use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::public_key::KeySummary;

/// What the evidence says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Claims {
    /// About the module.
    pub module: ModuleClaims,
    /// About the key.
    pub key: KeyClaims,
}

/// What the evidence says about the module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ModuleClaims {
    /// The manufacturer.
    pub vendor: Cow<'static, str>,
    /// The product, as far as the evidence tells it.
    pub model: String,
    /// The serial number, as the manufacturer writes it.
    pub serial: Option<String>,
    /// The firmware.
    pub firmware: Option<Firmware>,
    /// The manufacturer's signed mark of a certified unit.
    pub fips_marker: Marker,
    /// Whether the module is in the mode of operation that was certified.
    #[serde(default, skip_serializing_if = "OperatingMode::is_unstated")]
    pub mode: OperatingMode,
    /// The shape of the device, in the manufacturer's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form_factor: Option<String>,
    /// A certification mark that counts for nothing under CSBR, such as CSPN, or one that names no
    /// firmware.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_marker: Option<String>,
    /// The manufacturer's authority that issued the module's certificate, where it tells generations
    /// of the product apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// The part of the module that holds the key, where a module has several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition: Option<PartitionClaims>,
}

impl ModuleClaims {
    /// Of a module of which nothing else is stated.
    pub fn unstated(vendor: &'static str, model: impl Into<String>) -> Self {
        Self {
            vendor: vendor.into(),
            model: model.into(),
            serial: None,
            firmware: None,
            fips_marker: Marker::Unstated,
            mode: OperatingMode::Unstated,
            form_factor: None,
            other_marker: None,
            issuer: None,
            partition: None,
        }
    }
}

/// What the evidence says about a partition of a module, and about whose it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PartitionClaims {
    /// What its certificate calls it.
    pub name: String,
    /// Who runs the module; empty where that is not stated.
    pub owner: String,
    /// Who vouches for that.
    pub owner_standing: OwnerStanding,
    /// How the partition signed its statement.
    pub statement_signature: Cow<'static, str>,
    /// The key under which the keys of the partition are kept outside of the module, by its hash as the
    /// manufacturer writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wrapping_key: Option<String>,
}

/// Who vouches for the owner of a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OwnerStanding {
    /// An anchor of the owner's.
    Vouched,
    /// No one but whoever sent the evidence.
    Asserted,
    /// The evidence names no owner.
    Unstated,
}

/// What the evidence says about the key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeyClaims {
    /// The attested public key.
    #[serde(flatten)]
    pub public_key: KeySummary,
    /// Where it was made.
    pub origin: KeyOrigin,
    /// Whether it can leave.
    pub exportability: Exportability,
    /// In which ways it can leave, in the manufacturer's words; may be hostile.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ways_out: Vec<String>,
    /// The slot that held it when it was attested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<String>,
    /// The object identifier in the module.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_id: Option<String>,
    /// The user's label; hostile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// When the module asks for the PIN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pin_policy: Option<PinPolicy>,
    /// When the module asks for a touch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub touch_policy: Option<TouchPolicy>,
    /// What the key may be used for, in the manufacturer's words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub capabilities: Vec<String>,
    /// The domains (partitions) of the module that hold it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub domains: Vec<u8>,
    /// Whether the key may itself sign attestation certificates.
    pub attests: Attests,
}

impl KeyClaims {
    /// Of a key that attests nothing itself, of which nothing else is stated: neither where it was made,
    /// nor whether it can leave.
    pub fn unstated(public_key: impl Into<KeySummary>) -> Self {
        Self {
            public_key: public_key.into(),
            origin: KeyOrigin::Unstated,
            exportability: Exportability::Unstated,
            ways_out: Vec::new(),
            slot: None,
            object_id: None,
            label: None,
            pin_policy: None,
            touch_policy: None,
            capabilities: Vec::new(),
            domains: Vec::new(),
            attests: Attests::No,
        }
    }
}

/// Where a key was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KeyOrigin {
    /// In the module.
    Generated,
    /// Elsewhere, or it has been elsewhere since.
    Imported,
    /// The evidence does not say.
    Unstated,
}

impl KeyOrigin {
    /// The stable identifier.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Generated => "generated",
            Self::Imported => "imported",
            Self::Unstated => "unstated",
        }
    }
}

/// Whether a key can leave its module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Exportability {
    /// Never.
    NonExportable,
    /// Only encrypted under the wrapping key of its partition: whoever knows that key has it.
    Wrapped,
    /// Whoever holds it cannot take it out; the administrators of the module can recover it.
    Recoverable,
    /// It can, if only in wrapped form.
    Exportable,
    /// The evidence does not say.
    Unstated,
}

/// Whether a key may sign attestation certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Attests {
    /// The format has no such right, or the key lacks it.
    No,
    /// It may.
    Yes,
}

/// A manufacturer's signed mark on the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marker {
    /// There, with that value.
    Present(u64),
    /// The format carries it, and this unit has none.
    Absent,
    /// The format carries none.
    Unstated,
}

impl Serialize for Marker {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Present(value) => serializer.serialize_u64(*value),
            Self::Absent => serializer.serialize_str("absent"),
            Self::Unstated => serializer.serialize_str("unstated"),
        }
    }
}

impl<'de> Deserialize<'de> for Marker {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Value(u64),
            Word(String),
        }
        match Written::deserialize(deserializer)? {
            Written::Value(value) => Ok(Self::Present(value)),
            Written::Word(word) if word == "absent" => Ok(Self::Absent),
            Written::Word(word) if word == "unstated" => Ok(Self::Unstated),
            Written::Word(_) => Err(de::Error::custom("not a number, `absent` or `unstated`")),
        }
    }
}

impl JsonSchema for Marker {
    fn schema_name() -> Cow<'static, str> {
        "Marker".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                { "type": "integer", "minimum": 0 },
                { "type": "string", "enum": ["absent", "unstated"] },
            ]
        })
    }
}

/// The mode of operation of a module, where the evidence states it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OperatingMode {
    /// The FIPS-approved mode.
    Fips,
    /// Another mode, which no certification covers.
    NonFips,
    /// The evidence does not say.
    #[default]
    Unstated,
}

impl OperatingMode {
    fn is_unstated(&self) -> bool {
        *self == Self::Unstated
    }
}

/// When a module asks for the PIN before it uses a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Encode, Decode)]
#[serde(rename_all = "kebab-case")]
pub enum PinPolicy {
    /// Never.
    #[n(0)]
    Never,
    /// Once a session.
    #[n(1)]
    Once,
    /// Before each use.
    #[n(2)]
    Always,
    /// A biometric match, once a session.
    #[n(3)]
    MatchOnce,
    /// A biometric match before each use.
    #[n(4)]
    MatchAlways,
}

impl PinPolicy {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Never, Self::Once, Self::Always, Self::MatchOnce, Self::MatchAlways];

    /// The stable identifier.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Once => "once",
            Self::Always => "always",
            Self::MatchOnce => "match-once",
            Self::MatchAlways => "match-always",
        }
    }
}

/// When a module asks for a touch before it uses a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TouchPolicy {
    /// Never.
    Never,
    /// Before each use.
    Always,
    /// Before use, unless touched within 15 seconds.
    Cached,
}

impl TouchPolicy {
    /// The stable identifier.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Always => "always",
            Self::Cached => "cached",
        }
    }
}

/// A firmware version: major, minor, patch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct Firmware(#[n(0)] pub [u8; 3]);

impl Firmware {
    /// Reads `major.minor.patch`, each 0 to 255, without leading zeros.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.').map(|part| part.parse::<u8>().ok());
        let version = Self([parts.next()??, parts.next()??, parts.next()??]);
        (parts.next().is_none() && version.to_string() == text).then_some(version)
    }
}

impl fmt::Display for Firmware {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.0;
        write!(formatter, "{major}.{minor}.{patch}")
    }
}

impl Serialize for Firmware {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Firmware {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom("firmware is written 1.2.3"))
    }
}

impl JsonSchema for Firmware {
    fn schema_name() -> Cow<'static, str> {
        "Firmware".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": r"^[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}$" })
    }
}

#[cfg(test)]
mod tests {
    use super::Firmware;

    #[test]
    fn firmware_reads_exactly_three_small_numbers() {
        assert_eq!(Firmware::parse("5.4.3"), Some(Firmware([5, 4, 3])));
        for bad in ["5.4", "5.4.3.1", "05.4.3", "5.4.256", "5.4.", "+5.4.3"] {
            assert_eq!(Firmware::parse(bad), None, "{bad}");
        }
        assert!(Firmware([5, 4, 3]) < Firmware([5, 7, 0]));
    }
}
