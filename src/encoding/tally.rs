//! What was hashed and parsed on this thread, counted in tests: nothing is to be done twice.

use std::cell::RefCell;
use std::collections::BTreeMap;

/// What was done, to which bytes, how often.
pub(crate) type Tally = BTreeMap<(&'static str, Vec<u8>), usize>;

thread_local! {
    static TALLY: RefCell<Tally> = const { RefCell::new(BTreeMap::new()) };
}

/// Counts that `what` is done to `bytes`.
pub(crate) fn note(what: &'static str, bytes: &[u8]) {
    TALLY.with_borrow_mut(|tally| *tally.entry((what, bytes.to_vec())).or_default() += 1);
}

/// What was done since this was asked last.
pub(crate) fn take() -> Tally {
    TALLY.take()
}
