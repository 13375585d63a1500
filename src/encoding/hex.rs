//! SHA-256 fingerprints and lower-case hexadecimal.

use std::borrow::Cow;
use std::fmt;

use aws_lc_rs::digest;
use minicbor::encode::Write;
use minicbor::{Decode, Decoder, Encode, Encoder};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A SHA-256 value; written as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sha256([u8; 32]);

impl Sha256 {
    /// The fingerprint of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        #[cfg(test)]
        super::tally::note("hash", bytes);
        let mut value = [0; 32];
        value.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
        Self(value)
    }

    /// Reads 64 hexadecimal digits, of either case.
    pub fn from_hex(text: &str) -> Option<Self> {
        let mut value = [0; 32];
        let read = base16ct::mixed::decode(text, &mut value).ok()?;
        (read.len() == 32).then_some(Self(value))
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl From<[u8; 32]> for Sha256 {
    /// A value that was computed piece by piece.
    fn from(value: [u8; 32]) -> Self {
        Self(value)
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut digits = [0; 64];
        let text = base16ct::lower::encode_str(&self.0, &mut digits).map_err(|_| fmt::Error)?;
        formatter.write_str(text)
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{self}")
    }
}

impl Serialize for Sha256 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Sha256 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        Self::from_hex(&text).ok_or_else(|| de::Error::custom("not 64 hexadecimal digits"))
    }
}

/// As its 32 octets.
impl<C> Encode<C> for Sha256 {
    fn encode<W: Write>(
        &self,
        encoder: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        encoder.bytes(&self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Sha256 {
    fn decode(decoder: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let octets = decoder.bytes()?.try_into();
        octets.map(Self).map_err(|_| minicbor::decode::Error::message("not 32 octets"))
    }
}

impl JsonSchema for Sha256 {
    fn schema_name() -> Cow<'static, str> {
        "Sha256".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9a-f]{64}$" })
    }
}

/// Lower-case hexadecimal.
pub fn to_hex(bytes: &[u8]) -> String {
    base16ct::lower::encode_string(bytes)
}

/// Reads an even number of hexadecimal digits, of either case, and nothing else.
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    base16ct::mixed::decode_vec(text).ok()
}

#[cfg(test)]
mod tests {
    use super::{Sha256, from_hex, to_hex};

    #[test]
    fn sha256_of_the_empty_string_is_the_published_value() {
        // FIPS 180-4 example value.
        let expected = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(Sha256::of(b"").to_string(), expected);
        assert_eq!(Sha256::from_hex(expected), Some(Sha256::of(b"")));
        assert_eq!(Sha256::from_hex(&expected.to_uppercase()), Some(Sha256::of(b"")));
        for other in ["", "e3", &expected[..63], &expected[..62], &format!("{expected}00")] {
            assert_eq!(Sha256::from_hex(other), None, "{other}");
        }
    }

    #[test]
    fn hex_refuses_signs_odd_lengths_and_other_letters() {
        assert_eq!(from_hex("00ffA5").as_deref(), Some(&[0, 255, 165][..]));
        assert_eq!(to_hex(&[0, 255, 165]), "00ffa5");
        for bad in ["0", "+1", "0g", " 0", "é"] {
            assert_eq!(from_hex(bad), None, "{bad}");
        }
    }
}
