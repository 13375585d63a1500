//! How much of a content a search cannot pass over at once.

use super::encoded;
use crate::encoding::ber;
use crate::encoding::der::tag;

/// Octets of `bytes` that are looked at one by one: of encodings in the middle of a text, where a mark of a
/// key or a SEQUENCE may begin. Counted up to one more than `most`.
pub(in crate::submission) fn density(bytes: &[u8], most: usize) -> usize {
    let enough = most.saturating_add(1);
    let mut count =
        memchr::memchr2_iter(tag::SEQUENCE, ber::LONG_SEQUENCE, bytes).take(enough).count();
    count =
        count.saturating_add(memchr::memchr3_iter(b'-', b'"', b'>', bytes).take(enough).count());
    for run in encoded::runs(bytes) {
        if count > most {
            break;
        }
        count = count.saturating_add(run.len());
    }
    count
}
