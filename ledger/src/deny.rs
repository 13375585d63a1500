//! Denials: a key, a module or a subscriber for which nothing may be issued, until it is lifted.

use serde::Serialize;

use crate::error::LedgerError;
use crate::record::{DenialEffect, DenialEntry, Denied, Entry, Facet, RecordId, Term};
use crate::store::{Ledger, Writing};

/// A denial, or the end of one, that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Noted {
    /// Its place.
    pub record: RecordId,
    /// Whether a verdict or method names what is denied. A slip of the pen denies nobody, and nobody
    /// would notice.
    pub is_known: bool,
}

impl Ledger {
    /// Records that nothing may be issued for `denied`, or that it may again.
    pub fn deny(
        &mut self,
        by: Writing<'_>,
        effect: DenialEffect,
        denied: Denied,
        reason: String,
    ) -> Result<Noted, LedgerError> {
        self.write(by, |writer| {
            let next = writer.next();
            let is_known = !writer.view().latest([named(&denied)], next)?.is_empty();
            let entry = Entry::Denial(DenialEntry { effect, denied, reason });
            Ok(Noted { record: writer.append(None, None, entry)?, is_known })
        })
    }
}

/// The term of the verdicts and methods that name it.
fn named(denied: &Denied) -> Term {
    match denied {
        Denied::Key(sha256) => Facet::Key.term(sha256),
        Denied::Device(device) => Facet::Device.term(device),
        Denied::Subscriber(subscriber) => Facet::Subscriber.term(subscriber),
    }
}
