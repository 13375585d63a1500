//! How long records are kept.
//!
//! CSBR 5.4.3 and 5.5.2 ask for two years after the revocation or expiry of the certificate, or after
//! the last reliance on what was recorded; where no certificate was issued, after the record itself.

use crate::record::{Entry, Record, RecordId};
use keyproof::time::Timestamp;

/// The fewest years that records are kept (CSBR 5.4.3, 5.5.2).
pub const MIN_YEARS: u16 = 2;

/// Until when `record` is kept, by itself: `years` after it was written, and after the end of the
/// certificate that it binds. The end of the validity stands for a revocation, which is earlier.
fn by_itself(record: &Record, years: u16) -> Timestamp {
    let written = record.recorded_at.plus_years(years);
    match &record.entry {
        Entry::Issuance(issuance) => written.max(issuance.not_after.plus_years(years)),
        _ => written,
    }
}

/// Until when a record is kept: as long as itself and each of `others`, which are about it, or of
/// which it is one. Denials, prunings and adoptions are kept for good, so they have no end.
pub fn kept_until<'a>(
    record: &Record,
    others: impl IntoIterator<Item = &'a Record>,
    years: u16,
) -> Option<Timestamp> {
    if matches!(record.entry, Entry::Denial(_) | Entry::Pruning(_) | Entry::Adoption(_)) {
        return None;
    }
    let others = others.into_iter().map(|other| by_itself(other, years));
    others.chain([by_itself(record, years)]).max()
}

/// The record that the life of `record` hangs on: the verdict or method that it is about, or itself.
pub fn root(record: &Record) -> RecordId {
    record.entry.about().unwrap_or(record.id)
}
