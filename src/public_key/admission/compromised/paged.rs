//! A list as pages, so that a look-up in a million keys reads three of them and nothing is parsed before.
//!
//! The first page says what the list is; then come pages of an index, then the entries, sorted. Entries
//! are whole, so a hit is exact. All numbers are big-endian, all that is left of a page is 0.
//!
//! | page | octets | what |
//! |---|---|---|
//! | first | 8 | `KPWEAK01` |
//! | | 1 | what its keys are: 0 by how they are found, 1 compromised, 2 Debian's weak keys |
//! | | 1 | octets of an entry: 32 (SHA-256) or 10 (openssl-blacklist) |
//! | | 1 | bits of an entry that number its bucket, 0 to 24 |
//! | | 4 | how many entries |
//! | | 2 + n | the name, UTF-8, after its length |
//! | | 2 + n | what it covers and where it is from, for people |
//! | | 1 + … | for which keys it is complete, each a text as above: `RSA 3072`, `ECDSA P-256` |
//! | index | 1024 × 4 | where 1023 buckets begin among the entries, and where the last of them ends |
//! | entries | | as many whole entries as a page holds |

use std::cmp::Ordering;
use std::sync::Arc;

use super::{Damaged, ListingKind};

/// Octets of a page.
pub(super) const PAGE: usize = 4096;

pub(super) const MAGIC: &[u8; 8] = b"KPWEAK01";

/// Buckets that a page of the index has room for, beside where the last ends.
pub(super) const BUCKETS: usize = PAGE / OFFSET - 1;

/// Octets of an entry: SHA-256, and of openssl-blacklist.
pub(super) const SHA256: usize = 32;
pub(super) const SHA1_TAIL: usize = 10;

/// Octets of a number in the index.
const OFFSET: usize = 4;

/// Entries of a bucket at most: no more than two pages hold them with their neighbours.
pub(super) const MOST_IN_A_BUCKET: usize = PAGE / SHA256 - 2;

/// Bits of an entry that number its bucket, at most: sixteen million buckets.
pub(super) const MOST_BITS: u8 = 24;

/// Names of keys for which a list can be complete: more than there are sizes and curves in use.
pub(super) const MOST_COMPLETE: usize = 64;

/// Pages of 4096 octets, wherever they lie.
pub trait Pages: Send + Sync {
    /// The page of that number, the first being 0; `None` if there is none, or it is not the page that it
    /// was when it was signed.
    fn page(&self, number: usize) -> Option<&[u8]>;

    /// How many there are.
    fn count(&self) -> usize;
}

impl<T: AsRef<[u8]> + Send + Sync> Pages for T {
    fn page(&self, number: usize) -> Option<&[u8]> {
        let start = number.checked_mul(PAGE)?;
        self.as_ref().get(start..start.checked_add(PAGE)?)
    }

    fn count(&self) -> usize {
        // What is left of a page is one, that cannot be read.
        self.as_ref().len().div_ceil(PAGE)
    }
}

/// A list in pages.
pub(super) struct PagedList {
    pub(super) name: String,
    pub(super) about: String,
    pub(super) complete: Vec<String>,
    pub(super) kind: Option<ListingKind>,
    width: usize,
    bits: u8,
    entries: usize,
    /// The number of its first page among `pages`, which may hold other lists too.
    first: usize,
    pages: Arc<dyn Pages>,
}

impl PagedList {
    /// The lists in `pages`, one after the other. Reads the first page of each; each must have as many as
    /// that asks for, and no page may be left.
    pub(super) fn all(pages: &Arc<dyn Pages>) -> Option<Vec<Self>> {
        let mut lists = Vec::new();
        let mut next = 0_usize;
        while next < pages.count() {
            let list = Self::open(pages, next)?;
            next = next.checked_add(list.first_page_of_entries())?;
            next = next.checked_add(list.pages_of_entries())?;
            lists.push(list);
        }
        (next == pages.count()).then_some(lists)
    }

    /// Reads the first page.
    fn open(pages: &Arc<dyn Pages>, page: usize) -> Option<Self> {
        let mut first = Cursor(pages.page(page)?);
        if first.take(MAGIC.len())? != MAGIC {
            return None;
        }
        let [kind, width, bits] = *first.take(3)?.first_chunk()?;
        let kind = match kind {
            0 => None,
            1 => Some(ListingKind::Compromised),
            2 => Some(ListingKind::DebianWeak),
            _ => return None,
        };
        let entries = u32::from_be_bytes(*first.take(OFFSET)?.first_chunk()?);
        let (entries, width) = (usize::try_from(entries).ok()?, usize::from(width));
        let (name, about) = (first.text()?, first.text()?);
        let [count] = *first.take(1)?.first_chunk()?;
        let complete = (0..count).map(|_| first.text()).collect::<Option<Vec<_>>>()?;
        let is_padded = first.0.iter().all(|octet| *octet == 0);
        let is_known = matches!(width, SHA256 | SHA1_TAIL) && bits <= MOST_BITS;
        if !is_padded || !is_known || complete.len() > MOST_COMPLETE {
            return None;
        }
        let pages = Arc::clone(pages);
        Some(Self { name, about, complete, kind, width, bits, entries, first: page, pages })
    }

    /// How many entries it has.
    pub(super) fn len(&self) -> usize {
        self.entries
    }

    /// Whether `entry` is one of the list; `false` for one of another width.
    pub(super) fn holds(&self, entry: &[u8]) -> Result<bool, Damaged> {
        if entry.len() != self.width {
            return Ok(false);
        }
        self.find(entry).ok_or_else(|| Damaged { list: self.name.clone() })
    }

    /// `None` where the pages that were read are not in order.
    fn find(&self, entry: &[u8]) -> Option<bool> {
        let bucket = bucket_of(entry, self.bits)?;
        let page = self.page(1_usize.checked_add(bucket / BUCKETS)?)?;
        let start = offset_at(page, bucket % BUCKETS)?;
        let end = offset_at(page, (bucket % BUCKETS).checked_add(1)?)?;
        if end > self.entries || end.checked_sub(start)? > MOST_IN_A_BUCKET {
            return None;
        }
        // With its neighbours, so that no index can pass over an entry. Each page is asked for once: whoever
        // yields it may have to check it.
        let (mut next, last) = (start.saturating_sub(1), end.checked_add(1)?.min(self.entries));
        let in_a_page = PAGE.checked_div(self.width)?;
        let mut before: Option<&[u8]> = None;
        let mut found = false;
        while next < last {
            let number = next.checked_div(in_a_page)?;
            let page = self.page(self.first_page_of_entries().checked_add(number)?)?;
            let beyond = number.checked_add(1)?.checked_mul(in_a_page)?.min(last);
            let entries = page.chunks_exact(self.width).skip(next.checked_rem(in_a_page)?);
            for (index, other) in (next..beyond).zip(entries) {
                let expected = match index {
                    _ if index < start => Ordering::Less,
                    _ if index < end => Ordering::Equal,
                    _ => Ordering::Greater,
                };
                let is_in_place = bucket_of(other, self.bits)?.cmp(&bucket) == expected;
                if !is_in_place || before.is_some_and(|before| before >= other) {
                    return None;
                }
                found |= other == entry;
                before = Some(other);
            }
            next = beyond;
        }
        Some(found)
    }

    /// The page of that number of its own.
    fn page(&self, number: usize) -> Option<&[u8]> {
        self.pages.page(self.first.checked_add(number)?)
    }

    fn first_page_of_entries(&self) -> usize {
        index_pages(self.bits).saturating_add(1)
    }

    fn pages_of_entries(&self) -> usize {
        self.entries.div_ceil(PAGE.checked_div(self.width).unwrap_or(1).max(1))
    }
}

/// Pages of the index for so many bits.
pub(super) fn index_pages(bits: u8) -> usize {
    1_usize.checked_shl(u32::from(bits)).unwrap_or(usize::MAX).div_ceil(BUCKETS)
}

/// The leading bits of an entry.
pub(super) fn bucket_of(entry: &[u8], bits: u8) -> Option<usize> {
    let leading = u32::from_be_bytes(*entry.first_chunk()?);
    let bucket = leading.checked_shr(32_u32.checked_sub(u32::from(bits))?).unwrap_or_default();
    usize::try_from(bucket).ok()
}

fn offset_at(page: &[u8], number: usize) -> Option<usize> {
    let start = number.checked_mul(OFFSET)?;
    let offset = page.get(start..)?.first_chunk()?;
    usize::try_from(u32::from_be_bytes(*offset)).ok()
}

/// Reads the first page.
struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn take(&mut self, octets: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(octets)?;
        self.0 = rest;
        Some(taken)
    }

    /// Text without control characters, after its length.
    fn text(&mut self) -> Option<String> {
        let length = u16::from_be_bytes(*self.take(2)?.first_chunk()?);
        let text = std::str::from_utf8(self.take(usize::from(length))?).ok()?;
        (!text.chars().any(char::is_control)).then(|| text.to_owned())
    }
}
