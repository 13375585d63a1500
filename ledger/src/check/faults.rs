//! The faults of one ledger.

use serde::Serialize;

use crate::error::Fault;

/// Faults that are told one by one.
const MOST_FAULTS: usize = 100;

/// Faults: as many as there are rows, if the ledger is someone else's.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Faults {
    /// The first of them.
    pub told: Vec<Fault>,
    /// How many there are.
    pub count: usize,
}

impl Faults {
    pub(crate) fn add(&mut self, fault: Fault) {
        self.count = self.count.saturating_add(1);
        if self.told.len() < MOST_FAULTS {
            self.told.push(fault);
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}
