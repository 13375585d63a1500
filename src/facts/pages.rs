//! The body of a bundle: pages of facts under a tree of hashes, as fs-verity has one (kernel
//! documentation, `fsverity.rst`): a page of hashes holds SHA-256 of 128 pages, those of the facts or of
//! the level below, and the root is SHA-256 of the one page at the top. So whoever reads a few pages
//! checks these, and nothing else is hashed. How many pages there are is signed beside the root, and with
//! it how many levels.

use crate::encoding::hex::Sha256;

/// Octets of a page.
pub(super) const PAGE: usize = 4096;

/// Hashes in a page of hashes.
const HASHES: usize = PAGE / HASH;

/// Octets of a hash.
const HASH: usize = 32;

/// The pages of a bundle. `levels` are pages of hashes, the top first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pages<'a> {
    levels: &'a [u8],
    facts: &'a [u8],
    root: Sha256,
}

impl<'a> Pages<'a> {
    /// The pages that follow the header; `None` if they are not as many as they must be.
    pub(super) fn of(body: &'a [u8], count: usize, root: Sha256) -> Option<Self> {
        let levels = level_sizes(count).iter().sum::<usize>().checked_mul(PAGE)?;
        let (levels, facts) = body.split_at_checked(levels)?;
        (count.checked_mul(PAGE)? == facts.len()).then_some(Self { levels, facts, root })
    }

    /// How many pages of hashes stand over so many pages.
    pub(super) fn hash_pages(count: usize) -> usize {
        level_sizes(count).iter().sum()
    }

    /// The facts, of which nothing is checked.
    pub(super) fn facts(self) -> &'a [u8] {
        self.facts
    }

    /// The first page from `first` on, of `number`, that is not the one under the root.
    pub(super) fn first_damaged(self, first: usize, number: usize) -> Option<usize> {
        let end = first.saturating_add(number);
        let mut page = first;
        while page < end {
            // Pages of hashes above are checked once for all that they hold.
            let within = HASHES.saturating_sub(page % HASHES).min(end.saturating_sub(page));
            let Some(hashes) = self.hashes_over(page) else { return Some(page) };
            for page in page..page.saturating_add(within) {
                let expected = hash_at(hashes, page % HASHES);
                if expected.is_none() || expected != page_at(self.facts, page).map(Sha256::of) {
                    return Some(page);
                }
            }
            page = page.saturating_add(within);
        }
        None
    }

    /// The page of hashes that holds that of fact page `page`, checked up to the root.
    fn hashes_over(self, page: usize) -> Option<&'a [u8]> {
        let count = self.facts.len().checked_div(PAGE)?;
        let sizes = level_sizes(count);
        let mut expected = self.root;
        let mut start = 0_usize;
        let mut hashes = None;
        for (depth, size) in sizes.iter().enumerate() {
            // How many fact pages one page of this level is over.
            let below = u32::try_from(sizes.len().checked_sub(depth)?).ok()?;
            let index = page.checked_div(HASHES.checked_pow(below)?)?;
            let of_level = page_at(self.levels, start.checked_add(index)?)?;
            if index >= *size || Sha256::of(of_level) != expected {
                return None;
            }
            let within = page.checked_div(HASHES.checked_pow(below.checked_sub(1)?)?)? % HASHES;
            expected = hash_at(of_level, within)?;
            start = start.checked_add(*size)?;
            hashes = Some(of_level);
        }
        hashes
    }
}

/// The pages of hashes over `facts`, the top first, and the root; `facts` are whole pages.
pub(super) fn tree_over(facts: &[u8]) -> (Vec<u8>, Sha256) {
    let mut levels: Vec<Vec<u8>> = Vec::new();
    loop {
        let below = levels.last().map_or(facts, Vec::as_slice);
        let mut level: Vec<u8> =
            below.chunks(PAGE).flat_map(|page| *Sha256::of(page).as_bytes()).collect();
        fill_page(&mut level);
        let is_top = level.len() == PAGE;
        levels.push(level);
        if is_top {
            break;
        }
    }
    let levels = levels.into_iter().rev().collect::<Vec<_>>().concat();
    let root = Sha256::of(levels.get(..PAGE).unwrap_or_default());
    (levels, root)
}

/// Adds octets 0 up to the end of a page; one page at least.
pub(super) fn fill_page(octets: &mut Vec<u8>) {
    let pages = octets.len().div_ceil(PAGE).max(1);
    octets.resize(pages.saturating_mul(PAGE), 0);
}

/// How many pages of hashes stand over so many pages: of each level, the top first.
fn level_sizes(count: usize) -> Vec<usize> {
    let level = |below: &usize| Some(below.div_ceil(HASHES).max(1));
    let mut sizes: Vec<usize> = Vec::new();
    while sizes.last() != Some(&1) {
        sizes.extend(level(sizes.last().unwrap_or(&count)));
    }
    sizes.reverse();
    sizes
}

fn page_at(octets: &[u8], index: usize) -> Option<&[u8]> {
    let start = index.checked_mul(PAGE)?;
    octets.get(start..start.checked_add(PAGE)?)
}

fn hash_at(page: &[u8], index: usize) -> Option<Sha256> {
    let start = index.checked_mul(HASH)?;
    let hash: [u8; HASH] = page.get(start..start.checked_add(HASH)?)?.try_into().ok()?;
    Some(hash.into())
}

#[cfg(test)]
mod tests {
    use super::{HASHES, PAGE, Pages, level_sizes, tree_over};

    fn body(count: usize) -> Vec<u8> {
        let mut facts = vec![0; count * PAGE];
        for (index, page) in facts.chunks_mut(PAGE).enumerate() {
            page[..8].copy_from_slice(&u64::try_from(index).unwrap().to_be_bytes());
        }
        facts
    }

    #[test]
    fn levels_are_as_many_as_pages_need() {
        assert_eq!(level_sizes(1), [1]);
        assert_eq!(level_sizes(HASHES), [1]);
        assert_eq!(level_sizes(HASHES + 1), [1, 2]);
        assert_eq!(level_sizes(HASHES * HASHES), [1, HASHES]);
        assert_eq!(level_sizes(HASHES * HASHES + 1), [1, 2, HASHES + 1]);
    }

    #[test]
    fn every_page_is_under_the_root_and_no_other() {
        for count in [1, 3, HASHES, HASHES + 1, 3 * HASHES] {
            let facts = body(count);
            let (levels, root) = tree_over(&facts);
            let whole = [levels.clone(), facts].concat();
            let pages = Pages::of(&whole, count, root).unwrap();
            assert_eq!(pages.first_damaged(0, count), None, "{count}");
            assert_eq!(pages.first_damaged(0, count + 1), Some(count), "beyond the end");
            for other in [count - 1, count + 1] {
                assert!(Pages::of(&whole, other, root).is_none() || other == 0, "{other}");
            }
            for damaged in [0, levels.len() - 1, levels.len(), whole.len() - 1] {
                let mut changed = whole.clone();
                changed[damaged] ^= 1;
                let pages = Pages::of(&changed, count, root).unwrap();
                assert!(pages.first_damaged(0, count).is_some(), "{count} {damaged}");
            }
        }
    }

    #[test]
    fn a_page_is_checked_without_its_neighbours() {
        let facts = body(HASHES + 2);
        let (levels, root) = tree_over(&facts);
        let mut whole = [levels.clone(), facts].concat();
        let of_page = levels.len() + 5 * PAGE;
        whole[of_page] ^= 1;
        let pages = Pages::of(&whole, HASHES + 2, root).unwrap();
        assert_eq!(pages.first_damaged(0, 5), None);
        assert_eq!(pages.first_damaged(6, HASHES - 6), None);
        assert_eq!(pages.first_damaged(3, 9), Some(5));
        assert_eq!(pages.first_damaged(HASHES, 2), None);
    }
}
