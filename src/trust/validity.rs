//! When a certificate or an anchor is valid.

use crate::encoding::x509::Certificate;
use crate::reason::ReasonCode;
use crate::time::Timestamp;

/// A time of validity, in seconds since 1970. The first and the last second are both inside (RFC 5280
/// 4.1.2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    from: i64,
    to: i64,
}

impl Period {
    /// Why `time` is not inside, if it is not.
    pub fn fault(self, time: Timestamp) -> Option<ReasonCode> {
        let now = time.unix_seconds();
        if self.from > self.to {
            Some(ReasonCode::ChainValidity)
        } else if now < self.from {
            Some(ReasonCode::ChainNotYetValid)
        } else if now > self.to {
            Some(ReasonCode::ChainExpired)
        } else {
            None
        }
    }
}

impl From<&Certificate> for Period {
    fn from(certificate: &Certificate) -> Self {
        let (from, to) = (certificate.not_before(), certificate.not_after());
        Self { from: from.unix_seconds(), to: to.unix_seconds() }
    }
}

impl From<(Timestamp, Timestamp)> for Period {
    fn from((from, to): (Timestamp, Timestamp)) -> Self {
        Self { from: from.unix_seconds(), to: to.unix_seconds() }
    }
}

#[cfg(test)]
mod tests {
    use super::Period;
    use crate::reason::ReasonCode;
    use crate::time::Timestamp;

    #[test]
    fn the_first_and_the_last_second_are_inside() {
        let at = |seconds| Timestamp::from_unix_seconds(seconds).unwrap();
        let fault = |from, to, now| Period::from((at(from), at(to))).fault(at(now));
        for (now, expected) in [
            (99, Some(ReasonCode::ChainNotYetValid)),
            (100, None),
            (200, None),
            (201, Some(ReasonCode::ChainExpired)),
        ] {
            assert_eq!(fault(100, 200, now), expected, "{now}");
        }
        assert_eq!(fault(100, 100, 100), None);
        assert_eq!(fault(200, 100, 150), Some(ReasonCode::ChainValidity));
    }
}
