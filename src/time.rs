//! A point in time as an argument. The core reads no clock.

use std::borrow::Cow;

use minicbor::encode::Write;
use minicbor::{Decode, Decoder, Encode, Encoder};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Seconds since 1970-01-01T00:00:00Z, without leap seconds; years 0 to 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(OffsetDateTime);

/// 9999-12-31T23:59:59Z.
const END_OF_TIME: i64 = 253_402_300_799;

impl Timestamp {
    /// The instant that many seconds after 1970-01-01T00:00:00Z, if it lies in years 0 to 9999.
    pub fn from_unix_seconds(seconds: i64) -> Option<Self> {
        let instant = OffsetDateTime::from_unix_timestamp(seconds).ok()?;
        (0..=9999).contains(&instant.year()).then_some(Self(instant))
    }

    /// Reads RFC 3339, with any offset; fractions of a second are dropped.
    pub fn from_rfc3339(text: &str) -> Option<Self> {
        let instant = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        Self::from_unix_seconds(instant.unix_timestamp())
    }

    /// The first instant (UTC) of a date written `YYYY-MM-DD`.
    pub fn from_date(text: &str) -> Option<Self> {
        if text.len() != "YYYY-MM-DD".len() {
            return None;
        }
        Self::from_rfc3339(&format!("{text}T00:00:00Z"))
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    pub fn unix_seconds(self) -> i64 {
        self.0.unix_timestamp()
    }

    /// The instant `seconds` later, or the last there is.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self::from_unix_seconds(self.unix_seconds().saturating_add(seconds))
            .or_else(|| Self::from_unix_seconds(END_OF_TIME))
            .unwrap_or(self)
    }

    /// The same day and time `years` later; 1 March where that year has no 29 February.
    #[must_use]
    pub fn plus_years(self, years: u16) -> Self {
        let (year, month, day) = self.0.to_calendar_date();
        let year = year.saturating_add(i32::from(years));
        let date = time::Date::from_calendar_date(year, month, day)
            .or_else(|_| time::Date::from_calendar_date(year, time::Month::March, 1));
        match date {
            Ok(date) if year <= 9999 => Self(self.0.replace_date(date)),
            _ => self.plus_seconds(i64::MAX),
        }
    }

    /// The date alone, `YYYY-MM-DD` (UTC).
    pub fn date(self) -> String {
        let (year, month, day) = self.0.to_calendar_date();
        format!("{year:04}-{:02}-{day:02}", u8::from(month))
    }
}

impl std::fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (hour, minute, second) = self.0.to_hms();
        write!(formatter, "{}T{hour:02}:{minute:02}:{second:02}Z", self.date())
    }
}

/// As the seconds since 1970-01-01T00:00:00Z.
impl<C> Encode<C> for Timestamp {
    fn encode<W: Write>(
        &self,
        encoder: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        encoder.i64(self.unix_seconds())?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Timestamp {
    fn decode(decoder: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let instant = Self::from_unix_seconds(decoder.i64()?);
        instant.ok_or_else(|| minicbor::decode::Error::message("not within the years 0 to 9999"))
    }
}

impl JsonSchema for Timestamp {
    fn schema_name() -> Cow<'static, str> {
        "Timestamp".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time" })
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Self::from_rfc3339(&text).ok_or_else(|| de::Error::custom("not a time as RFC 3339 has it"))
    }
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

    #[test]
    fn reads_rfc3339_and_writes_it_in_utc() {
        let instant = Timestamp::from_rfc3339("2026-11-21T01:30:00+01:30").unwrap();
        assert_eq!(instant.to_string(), "2026-11-21T00:00:00Z");
        assert_eq!(Timestamp::from_date("2026-11-21"), Some(instant));
        assert_eq!(Timestamp::from_date("2026-11-21T00"), None);
        assert_eq!(Timestamp::from_date("2026-02-30"), None);
    }

    #[test]
    fn counts_years_as_the_calendar_does_and_stops_at_the_end_of_time() {
        let leap = Timestamp::from_rfc3339("2028-02-29T12:00:00Z").unwrap();
        assert_eq!(leap.plus_years(2).to_string(), "2030-03-01T12:00:00Z");
        assert_eq!(leap.plus_years(4).to_string(), "2032-02-29T12:00:00Z");
        assert_eq!(leap.plus_seconds(86_400).to_string(), "2028-03-01T12:00:00Z");
        assert_eq!(leap.plus_years(u16::MAX).to_string(), "9999-12-31T23:59:59Z");
        assert_eq!(leap.plus_seconds(i64::MAX).to_string(), "9999-12-31T23:59:59Z");
    }

    #[test]
    fn holds_the_last_second_of_9999() {
        let last = Timestamp::from_rfc3339("9999-12-31T23:59:59Z").unwrap();
        assert_eq!(Timestamp::from_unix_seconds(last.unix_seconds()), Some(last));
        assert_eq!(Timestamp::from_unix_seconds(last.unix_seconds() + 1), None);
    }
}
