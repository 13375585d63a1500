//! What the CA knows beforehand: the device that an order names. It only ever adds a demand.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a submission is expected to be of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Expected {
    /// The serial number of the device, as it was ordered or written down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<ExpectedSerial>,
}

impl Expected {
    /// Whether nothing is.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// A serial number in a person's writing: 1 to 64 visible ASCII characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct ExpectedSerial(String);

/// The longest serial number of a format has 28 characters; that of a card's name twice as many.
const MAX_CHARACTERS: usize = 64;

impl ExpectedSerial {
    /// Reads what a person wrote.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if text.is_empty() {
            return Err("it is empty; leave it out where it is not known");
        }
        if text.len() > MAX_CHARACTERS {
            return Err("it has 64 characters at most");
        }
        if !text.bytes().all(|it| it.is_ascii_graphic()) {
            return Err("it holds a blank, or a character that no serial number has");
        }
        Ok(Self(text.to_owned()))
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ExpectedSerial {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<ExpectedSerial> for String {
    fn from(serial: ExpectedSerial) -> Self {
        serial.0
    }
}
