//! A list in text compiled to pages: what whoever makes a bundle of facts does, and no verdict.

use std::fmt;

use super::ListError;
use super::paged::{
    BUCKETS, MAGIC, MOST_BITS, MOST_COMPLETE, MOST_IN_A_BUCKET, PAGE, bucket_of, index_pages,
};
use super::text::List;
use crate::public_key::admission::ListingKind;

/// A list that cannot be compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CompileError {
    /// It cannot be read.
    List(ListError),
    /// What it says of itself does not fit on a page.
    Words,
    /// It has more entries than can be numbered.
    TooMany,
    /// Too many of its entries are alike in their first bits: they are no hashes.
    NoHashes,
}

impl fmt::Display for CompileError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::List(error) => return error.fmt(formatter),
            Self::Words => "what the list says of itself does not fit on a page",
            Self::TooMany => "the list has more than 4294967295 entries",
            Self::NoHashes => "too many entries of the list begin alike: they are no hashes",
        })
    }
}

impl std::error::Error for CompileError {}

/// Compiles a list in text, in the form that the module's page describes, to whole pages of 4096 octets: a
/// list for each kind of entry in it, one at least. `name` is what results call it. Read with
/// [`add_pages`](super::CompromisedKeys::add_pages), alone or behind other such pages, they hold the same keys
/// as the text.
///
/// # Errors
/// Why the list cannot be compiled.
pub fn compile(name: &str, list: &[u8]) -> Result<Vec<u8>, CompileError> {
    let list = List::read(name, list).map_err(CompileError::List)?;
    let mut compiled = Vec::new();
    if !list.sha256.is_empty() || list.sha1_tails.is_empty() {
        compiled.extend(pages(&list, &list.sha256)?);
    }
    if !list.sha1_tails.is_empty() {
        compiled.extend(pages(&list, &list.sha1_tails)?);
    }
    Ok(compiled)
}

/// The pages of `entries`, which are sorted and none of them twice.
fn pages<const WIDTH: usize>(
    list: &List,
    entries: &[[u8; WIDTH]],
) -> Result<Vec<u8>, CompileError> {
    let count = u32::try_from(entries.len()).map_err(|_| CompileError::TooMany)?;
    let (bits, starts) = buckets(entries)?;
    let mut pages = first_page(list, WIDTH, bits, count).ok_or(CompileError::Words)?;
    // The last of a page is the first of the next.
    for start in (0..index_pages(bits)).map(|page| page.saturating_mul(BUCKETS)) {
        let of_page = starts.iter().skip(start).chain(std::iter::repeat(&count));
        pages.extend(of_page.take(PAGE / 4).flat_map(|offset| offset.to_be_bytes()));
    }
    for of_page in entries.chunks(PAGE / WIDTH) {
        pages.extend(of_page.iter().flatten());
        fill(&mut pages);
    }
    Ok(pages)
}

/// Some sixteen entries a bucket, or fewer where one would overflow; and where each bucket begins.
fn buckets<const WIDTH: usize>(entries: &[[u8; WIDTH]]) -> Result<(u8, Vec<u32>), CompileError> {
    const USUAL: usize = 16;
    let mut bits = 0_u8;
    while bits < MOST_BITS && entries.len() >> bits > USUAL {
        bits = bits.saturating_add(1);
    }
    for bits in bits..=MOST_BITS {
        let mut sizes = vec![0_usize; 1 << bits];
        for entry in entries {
            let size = bucket_of(entry, bits).and_then(|bucket| sizes.get_mut(bucket));
            if let Some(size) = size {
                *size = size.saturating_add(1);
            }
        }
        if sizes.iter().all(|size| *size <= MOST_IN_A_BUCKET) {
            let starts = sizes.iter().scan(0_usize, |next, size| {
                let start = *next;
                *next = start.saturating_add(*size);
                u32::try_from(start).ok()
            });
            return Ok((bits, starts.collect()));
        }
    }
    Err(CompileError::NoHashes)
}

fn first_page(list: &List, width: usize, bits: u8, count: u32) -> Option<Vec<u8>> {
    let kind = match list.kind {
        None => 0,
        Some(ListingKind::Compromised) => 1,
        Some(ListingKind::DebianWeak) => 2,
    };
    let mut page = MAGIC.to_vec();
    page.extend([kind, u8::try_from(width).ok()?, bits]);
    page.extend(count.to_be_bytes());
    put_text(&mut page, &list.name)?;
    put_text(&mut page, &list.about)?;
    let complete = list.complete.len();
    page.push(u8::try_from(complete).ok()?);
    list.complete.iter().try_for_each(|name| put_text(&mut page, name))?;
    (complete <= MOST_COMPLETE && page.len() <= PAGE).then(|| {
        fill(&mut page);
        page
    })
}

/// Text without control characters, after its length.
fn put_text(page: &mut Vec<u8>, text: &str) -> Option<()> {
    page.extend(u16::try_from(text.len()).ok()?.to_be_bytes());
    page.extend(text.as_bytes());
    (!text.chars().any(char::is_control)).then_some(())
}

/// Adds octets 0 up to the end of a page.
fn fill(pages: &mut Vec<u8>) {
    pages.resize(pages.len().next_multiple_of(PAGE), 0);
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::super::paged::{PAGE, PagedList, Pages};
    use super::super::text::List;
    use super::super::{CompromisedKeys, Damaged, ListingKind, NoList};
    use super::{CompileError, compile, pages};
    use crate::encoding::hex::Sha256;

    /// Hashes that anybody can make again.
    fn hashes(count: u32) -> Vec<[u8; 32]> {
        let mut hashes: Vec<_> =
            (0..count).map(|number| *Sha256::of(&number.to_be_bytes()).as_bytes()).collect();
        hashes.sort_unstable();
        hashes
    }

    fn list(sha256: Vec<[u8; 32]>) -> List {
        let complete = vec!["RSA 3072".to_owned(), "ECDSA P-256".to_owned()];
        let (name, about) = ("a list".to_owned(), "made up".to_owned());
        List { name, about, complete, sha256, ..List::default() }
    }

    fn open(pages: Vec<u8>) -> Option<PagedList> {
        let pages: Arc<dyn Pages> = Arc::new(pages);
        let [list] = <[PagedList; 1]>::try_from(PagedList::all(&pages)?).ok()?;
        Some(list)
    }

    #[test]
    fn every_entry_is_found_and_nothing_beside_it() {
        for count in [0, 1, 2, 16, 17, 126, 127, 128, 129, 5000] {
            let hashes = hashes(count);
            let compiled = pages(&list(hashes.clone()), &hashes).unwrap();
            assert_eq!(compiled.len() % PAGE, 0);
            let read = open(compiled).unwrap();
            assert_eq!((read.len(), read.name.as_str()), (hashes.len(), "a list"));
            assert_eq!((read.about.as_str(), read.complete.len()), ("made up", 2));
            for hash in &hashes {
                assert_eq!(read.holds(hash), Ok(true));
                // Alike but for the last bit, or the first: no part of a hash decides.
                for place in [0, 31] {
                    let mut other = *hash;
                    other[place] ^= 1;
                    assert_eq!(read.holds(&other), Ok(false));
                }
                assert_eq!(read.holds(&hash[..10]), Ok(false));
            }
            for absent in [[0; 32], [0xff; 32]] {
                assert_eq!(read.holds(&absent), Ok(false), "{count}");
            }
        }
    }

    #[test]
    fn what_is_found_in_text_is_found_in_pages() {
        let hashes = hashes(300);
        let tail = "8df20e6961a16398b85a";
        let mut text =
            "# keyproof: complete RSA 3072, RSA 4096\n# keyproof: about b\u{e4}d\n".to_owned();
        text += "# keyproof: compromised-keys\n";
        for hash in &hashes {
            text += &format!("{}\n", Sha256::from(*hash));
        }
        text += &format!("{tail}\n{tail}\n");
        let mut keys = CompromisedKeys::default();
        assert_eq!(keys.add_pages(compile("both", text.as_bytes()).unwrap()), Ok(301));
        let counts: Vec<usize> = keys.summary().map(|(_, count, ..)| count).collect();
        assert_eq!(counts, [300, 1], "one for each kind; an entry that stands twice is one");
        for (name, _, complete, about) in keys.summary() {
            assert_eq!((name, about), ("both", "b\u{e4}d"));
            assert_eq!(complete, ["RSA 3072", "RSA 4096"]);
        }
        let none = compile("none", b"# keyproof: complete ECDSA P-384\n").unwrap();
        assert_eq!(open(none.clone()).unwrap().complete, ["ECDSA P-384"]);
        // Several, one after the other, and nothing at all.
        let mut several = CompromisedKeys::default();
        let other = compile("other", Sha256::from(hashes[0]).to_string().as_bytes()).unwrap();
        assert_eq!(several.add_pages([none, other].concat()), Ok(1));
        let names: Vec<&str> = several.summary().map(|(name, ..)| name).collect();
        assert_eq!(names, ["none", "other"]);
        assert_eq!(CompromisedKeys::default().add_pages(Vec::new()), Ok(0));
    }

    /// Pages that note which of them were asked for.
    struct Noted(Vec<u8>, &'static Mutex<Vec<usize>>);

    impl Pages for Noted {
        fn page(&self, number: usize) -> Option<&[u8]> {
            self.1.lock().unwrap().push(number);
            self.0.page(number)
        }

        fn count(&self) -> usize {
            self.0.count()
        }
    }

    fn opened(pages: Arc<dyn Pages>) -> PagedList {
        PagedList::all(&pages).unwrap().remove(0)
    }

    /// One page of the index, and at most two of entries, whatever the size of the list.
    #[test]
    fn a_look_up_reads_three_pages_at_most() {
        static ASKED: Mutex<Vec<usize>> = Mutex::new(Vec::new());
        for count in [10, 1000, 100_000] {
            let hashes = hashes(count);
            let compiled = pages(&list(hashes.clone()), &hashes).unwrap();
            let read = opened(Arc::new(Noted(compiled, &ASKED)));
            let absent = (count..count + 500).map(|it| *Sha256::of(&it.to_be_bytes()).as_bytes());
            for hash in hashes.iter().take(500).copied().chain(absent) {
                ASKED.lock().unwrap().clear();
                read.holds(&hash).unwrap();
                let asked = ASKED.lock().unwrap();
                assert!((1..=3).contains(&asked.len()), "{count}: {asked:?}");
                assert!(!asked.contains(&0), "{asked:?}");
            }
        }
    }

    #[test]
    fn pages_that_are_not_a_list_are_refused_before_anything_is_looked_up() {
        let hashes = hashes(300);
        let good = pages(&list(hashes.clone()), &hashes).unwrap();
        let refused = |change: &dyn Fn(&mut Vec<u8>)| {
            let mut pages = good.clone();
            change(&mut pages);
            assert_ne!(pages, good);
            let mut keys = CompromisedKeys::default();
            assert_eq!(keys.add_pages(pages), Err(NoList));
        };
        refused(&|it| it[0] = b'k');
        refused(&|it| it[8] = 3);
        refused(&|it| it[9] = 31);
        refused(&|it| it[10] = 25);
        refused(&|it| it[10] += 10);
        refused(&|it| it[13] += 1);
        refused(&|it| it[PAGE - 1] = 1);
        refused(&|it| it[17] = b'\n');
        refused(&|it| it[17] = 0xff);
        refused(&|it| it.truncate(it.len() - PAGE));
        refused(&|it| it.resize(it.len() + PAGE, 0));
        refused(&|it| it.truncate(100));
        // Every other octet of the first page, too, is either refused or says something else of the list.
        for place in 0..PAGE {
            let mut pages = good.clone();
            pages[place] ^= 0x80;
            if let Some(read) = open(pages) {
                let says = (read.len(), read.name, read.about, read.complete, read.kind);
                let list = open(good.clone()).unwrap();
                let said = (list.len(), list.name, list.about, list.complete, list.kind);
                assert_ne!(says, said, "{place}");
            }
        }
    }

    /// Whoever signs may err: what is out of order is an error, and never an absent key.
    #[test]
    fn entries_out_of_order_are_damage_and_not_absence() {
        let hashes = hashes(300);
        let good = pages(&list(hashes.clone()), &hashes).unwrap();
        let damaged = Err(Damaged { list: "a list".to_owned() });
        let after = |change: &dyn Fn(&mut Vec<u8>), entry: &[u8; 32]| {
            let mut pages = good.clone();
            change(&mut pages);
            open(pages).unwrap().holds(entry)
        };
        let entries = good.len() - 3 * PAGE;
        assert_eq!(after(&|_| (), &hashes[0]), Ok(true));
        assert_eq!(after(&|it| it[entries..entries + 32].fill(0xff), &hashes[0]), damaged);
        assert_eq!(
            after(&|it| it.copy_within(entries + 32..entries + 64, entries), &hashes[0]),
            damaged
        );
        // An index that passes over the last entry of the first bucket.
        let first_of_next = good[PAGE + 4..PAGE + 8].to_vec();
        let fewer = u32::from_be_bytes(first_of_next.try_into().unwrap()) - 1;
        let passed = hashes[usize::try_from(fewer).unwrap()];
        let shorter = |it: &mut Vec<u8>| {
            it[PAGE + 4..PAGE + 8].copy_from_slice(&fewer.to_be_bytes());
        };
        assert_eq!(after(&|_| (), &passed), Ok(true));
        assert_eq!(after(&shorter, &passed), damaged);
        // A bucket that ends before it begins, one that ends beyond the list, one too large.
        assert_eq!(after(&|it| it[PAGE..PAGE + 4].fill(0xff), &hashes[0]), damaged);
        assert_eq!(after(&|it| it[PAGE + 4..PAGE + 8].fill(0xff), &hashes[0]), damaged);
        assert_eq!(
            after(&|it| it[PAGE + 4..PAGE + 8].copy_from_slice(&[0, 0, 1, 0]), &hashes[0]),
            damaged
        );
    }

    #[test]
    fn what_cannot_be_compiled_says_why() {
        let alike: Vec<_> =
            (0..200_u8).map(|last| [[0; 31].as_slice(), &[last]].concat()).collect();
        let alike: Vec<[u8; 32]> = alike.into_iter().map(|it| it.try_into().unwrap()).collect();
        assert_eq!(pages(&list(alike.clone()), &alike), Err(CompileError::NoHashes));
        let long = list(Vec::new());
        let long = List { about: "x".repeat(PAGE), ..long };
        assert_eq!(pages::<32>(&long, &[]), Err(CompileError::Words));
        assert!(matches!(compile("list", b"no key\n"), Err(CompileError::List(_))));
        let kind = List { kind: Some(ListingKind::DebianWeak), ..list(Vec::new()) };
        assert_eq!(open(pages::<32>(&kind, &[]).unwrap()).unwrap().kind, kind.kind);
    }
}
