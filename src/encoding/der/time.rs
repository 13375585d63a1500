//! UTCTime and GeneralizedTime in the one form that RFC 5280 4.1.2.5 allows.

/// A date and time of a certificate, in seconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(i64);

impl Time {
    /// `YYMMDDHHMMSSZ`; years 50 to 99 are of the twentieth century (RFC 5280 4.1.2.5.1).
    pub(super) fn from_utc_time(content: &[u8]) -> Option<Self> {
        let (year, rest) = content.split_at_checked(2)?;
        let year = decimal(year)?;
        Self::from_parts(if year < 50 { 2000 + year } else { 1900 + year }, rest)
    }

    /// `YYYYMMDDHHMMSSZ` (RFC 5280 4.1.2.5.2); there is no year 0.
    pub(super) fn from_generalized_time(content: &[u8]) -> Option<Self> {
        let (year, rest) = content.split_at_checked(4)?;
        let year = decimal(year)?;
        if year == 0 { None } else { Self::from_parts(year, rest) }
    }

    fn from_parts(year: u32, rest: &[u8]) -> Option<Self> {
        let (fields, zone) = rest.split_at_checked(10)?;
        if zone != b"Z" {
            return None;
        }
        let mut fields = fields.chunks_exact(2).map(decimal);
        let mut field = || fields.next().flatten().and_then(|value| u8::try_from(value).ok());
        let (month, day) = (field()?, field()?);
        let (hour, minute, second) = (field()?, field()?, field()?);
        let date = time::Date::from_calendar_date(
            i32::try_from(year).ok()?,
            time::Month::try_from(month).ok()?,
            day,
        )
        .ok()?;
        let instant = date.with_hms(hour, minute, second).ok()?;
        Some(Self(instant.assume_utc().unix_timestamp()))
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    pub fn unix_seconds(self) -> i64 {
        self.0
    }
}

fn decimal(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0_u32, |sum, digit| {
        digit.is_ascii_digit().then(|| sum * 10 + u32::from(digit - b'0'))
    })
}
