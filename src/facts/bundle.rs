//! A bundle of facts, `keyproof-facts-YYYY-MM-DD.kpf`: a header in words, which is what is signed (C2SP
//! signed-note), and behind it the facts in pages under a tree of hashes. docs/facts.md has it to the octet.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use minicbor::{Decode, Encode};

use super::keys::{KeySet, KeySetError, parted};
use super::pages::{PAGE, Pages, fill_page, tree_over};
use crate::encoding::hex::Sha256;
use crate::public_key::admission;
use crate::time::Timestamp;
use crate::trust::TrustConflict;

/// The first line of the header. A change that an older reader would overlook gets another number.
const TITLE: &str = "keyproof facts bundle v1";

/// The largest header: some hundred signatures.
const MAX_HEADER: usize = 16 * PAGE;

/// The largest bundle, which is in memory as a whole.
pub const MAX_BUNDLE: usize = 64 << 20;

/// A bundle of which nothing is believed yet.
#[derive(Clone, Debug)]
pub struct ClaimedBundle {
    /// Shared: lists of weak keys are read from it as long as facts live.
    bytes: Arc<Cow<'static, [u8]>>,
    header: Header,
    note: Range<usize>,
    body: usize,
}

/// A bundle that is believed, page by page.
#[derive(Clone, Debug)]
pub struct Bundle {
    claimed: ClaimedBundle,
    checks_pages: bool,
}

/// What a header says.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Header {
    serial: u64,
    date: String,
    pages: usize,
    root: Sha256,
    /// The octets of each section, in the order of [`Section::ALL`].
    lengths: Vec<usize>,
}

/// The parts of a bundle. Each begins a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// The notes by which one set of keys took the place of another.
    Keys,
    /// What the bundle was made from, and what changed in words.
    Index,
    /// Trust anchors and refused certificates.
    Anchors,
    /// Certified modules and advisories.
    Modules,
    /// Devices that cannot attest.
    WithoutAttestation,
    /// Lists of weak keys.
    WeakKeys,
}

impl Section {
    /// All of them, in order.
    pub const ALL: [Self; 6] = [
        Self::Keys,
        Self::Index,
        Self::Anchors,
        Self::Modules,
        Self::WithoutAttestation,
        Self::WeakKeys,
    ];

    /// Its name in the header.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Keys => "keys",
            Self::Index => "index",
            Self::Anchors => "anchors",
            Self::Modules => "modules",
            Self::WithoutAttestation => "without-attestation",
            Self::WeakKeys => "weak-keys",
        }
    }
}

/// A bundle cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BundleError {
    /// It is no bundle of facts.
    NoBundle,
    /// It is one of a form that this version does not know.
    Version(String),
    /// A line of the header has not its form: which.
    Header(usize),
    /// It has other octets than the header says.
    Length {
        /// As many as it should have.
        expected: usize,
        /// As many as it has.
        found: usize,
    },
    /// What stands between header and pages, or behind a section, is not 0.
    Padding,
    /// A page is not the one under the signed root: which, from 0.
    Page(usize),
    /// It is not signed.
    Unsigned,
    /// It is not signed by whom it should be.
    Keys(KeySetError),
    /// A section cannot be read.
    Section(Section, String),
    /// Its anchors contradict each other or the rules.
    Trust(TrustConflict),
}

impl fmt::Display for BundleError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoBundle => formatter.write_str("this is no bundle of facts"),
            Self::Version(title) => write!(
                formatter,
                "this bundle begins with `{}`, which this version of keyproof does not know",
                title.escape_debug()
            ),
            Self::Header(line) => {
                write!(formatter, "line {line} of the header has not its form")
            }
            Self::Length { expected, found } => {
                write!(formatter, "the bundle has {found} octets, and by its header {expected}")
            }
            Self::Padding => formatter.write_str("octets that fill a page are not 0"),
            Self::Page(page) => {
                write!(formatter, "page {page} is not the one that the signed root is over")
            }
            Self::Unsigned => formatter.write_str("the bundle is not signed"),
            Self::Keys(error) => error.fmt(formatter),
            Self::Section(section, why) => {
                write!(formatter, "the section `{}` cannot be read: {why}", section.id())
            }
            Self::Trust(conflict) => conflict.fmt(formatter),
        }
    }
}

impl std::error::Error for BundleError {}

impl From<KeySetError> for BundleError {
    fn from(error: KeySetError) -> Self {
        Self::Keys(error)
    }
}

impl ClaimedBundle {
    /// Reads the header, and finds the parts.
    ///
    /// # Errors
    /// All of [`BundleError`] but those of signatures, pages and sections.
    pub fn parse(bytes: impl Into<Cow<'static, [u8]>>) -> Result<Self, BundleError> {
        let bytes = Arc::new(bytes.into());
        let start = bytes.get(..bytes.len().min(MAX_HEADER)).unwrap_or_default();
        let end = memchr::memchr(0, start).ok_or(BundleError::NoBundle)?;
        let note = start.get(..end).unwrap_or_default();
        let text = std::str::from_utf8(note).map_err(|_| BundleError::NoBundle)?;
        let text = parted(note).map_or(text, |(text, _)| text);
        let header = Header::parse(text)?;
        // One octet 0 ends it at least, so that its end is where the first one is.
        let body = end.saturating_div(PAGE).saturating_add(1).saturating_mul(PAGE);
        let filled = bytes.get(end..body).is_some_and(is_zero);
        let found = bytes.len();
        let length = |facts: usize| BundleError::Length { expected: facts, found };
        let (rest, number) = (bytes.get(body..).unwrap_or_default(), header.pages);
        if Pages::of(rest, number, header.root).is_none() {
            return Err(length(whole_length(body, number)));
        }
        if !filled {
            return Err(BundleError::Padding);
        }
        let text = 0..text.len();
        Ok(Self { header, note: text, body, bytes })
    }

    /// The bundle, if enough of `keys` signed it, or enough of those that took their place. Pages are
    /// checked as they are read.
    ///
    /// # Errors
    /// [`BundleError::Unsigned`], [`BundleError::Keys`], and what is wrong with the section of keys.
    pub fn signed_by(self, keys: &KeySet) -> Result<(Bundle, KeySet), BundleError> {
        let bundle = Bundle { claimed: self, checks_pages: true };
        // Believed so far is nobody: each of these notes shows for itself who signed it.
        let notes: Vec<KeyNote> = bundle.decode(Section::Keys)?;
        let notes: Vec<Vec<u8>> = notes.into_iter().map(|note| note.0).collect();
        let keys = keys.after(&notes)?;
        let claimed = &bundle.claimed;
        let note = claimed.bytes.get(..claimed.body).unwrap_or_default();
        let note = note.split(|octet| *octet == 0).next().unwrap_or_default();
        if note.len() == claimed.note.len() {
            return Err(BundleError::Unsigned);
        }
        let text = keys.open(note)?;
        if text.as_bytes() != claimed.text() {
            return Err(BundleError::Keys(KeySetError::Note));
        }
        Ok((bundle, keys))
    }

    /// The bundle, for who has its octets from where nobody else could change them: those of this release,
    /// or those that a ledger proves. Neither signatures nor pages are checked.
    pub fn kept(self) -> Bundle {
        Bundle { claimed: self, checks_pages: false }
    }

    /// The header, without signatures: what is signed.
    fn text(&self) -> &[u8] {
        self.bytes.get(self.note.clone()).unwrap_or_default()
    }

    fn pages(&self) -> Result<Pages<'_>, BundleError> {
        let rest = self.bytes.get(self.body..).unwrap_or_default();
        Pages::of(rest, self.header.pages, self.header.root).ok_or(BundleError::NoBundle)
    }
}

impl Bundle {
    /// Its number: of two bundles the newer one has the greater.
    pub fn serial(&self) -> u64 {
        self.claimed.header.serial
    }

    /// The day on which its facts were put together, `YYYY-MM-DD`.
    pub fn date(&self) -> &str {
        &self.claimed.header.date
    }

    /// SHA-256 of its header without signatures, which is over all of it.
    pub fn sha256(&self) -> Sha256 {
        Sha256::of(self.claimed.text())
    }

    /// All of its octets.
    pub fn bytes(&self) -> &Cow<'static, [u8]> {
        &self.claimed.bytes
    }

    /// The octets of a section.
    ///
    /// # Errors
    /// [`BundleError::Page`] and [`BundleError::Padding`].
    pub fn section(&self, section: Section) -> Result<&[u8], BundleError> {
        let (first, length) = self.place(section);
        let pages = self.claimed.pages()?;
        let number = pages_of(length);
        if let Some(page) = self.checks_pages.then(|| pages.first_damaged(first, number)).flatten()
        {
            return Err(BundleError::Page(page));
        }
        let start = first.saturating_mul(PAGE);
        let whole = start..start.saturating_add(number.saturating_mul(PAGE));
        let whole = pages.facts().get(whole).ok_or(BundleError::NoBundle)?;
        let (octets, filling) = whole.split_at_checked(length).ok_or(BundleError::NoBundle)?;
        if is_zero(filling) { Ok(octets) } else { Err(BundleError::Padding) }
    }

    /// The first page of a section among those of facts, and how many octets it has.
    fn place(&self, section: Section) -> (usize, usize) {
        let (mut first, mut length) = (0_usize, 0_usize);
        for (earlier, octets) in Section::ALL.into_iter().zip(&self.claimed.header.lengths) {
            length = *octets;
            if earlier == section {
                break;
            }
            first = first.saturating_add(pages_of(*octets));
        }
        (first, length)
    }

    /// The pages of the lists of weak keys; each is checked as it is read.
    ///
    /// # Errors
    /// The section ends within a page.
    pub(super) fn weak_keys(&self) -> Result<WeakKeyPages, BundleError> {
        let (first, length) = self.place(Section::WeakKeys);
        if length % PAGE != 0 {
            let why = "it ends within a page".to_owned();
            return Err(BundleError::Section(Section::WeakKeys, why));
        }
        Ok(WeakKeyPages { bundle: self.clone(), first, count: pages_of(length) })
    }

    /// What a section says. Whoever signed it wrote it in one way: what it says is all that is there.
    pub(super) fn decode<T>(&self, section: Section) -> Result<T, BundleError>
    where
        T: Encode<()> + for<'b> Decode<'b, ()>,
    {
        let octets = self.section(section)?;
        let unreadable = |why: String| BundleError::Section(section, why);
        let value = minicbor::decode(octets).map_err(|error| unreadable(error.to_string()))?;
        if self.checks_pages && encode(&value) != octets {
            return Err(unreadable("it says more than is read, or in another way".to_owned()));
        }
        Ok(value)
    }
}

/// Pages of lists of weak keys.
#[derive(Clone, Debug)]
pub(super) struct WeakKeyPages {
    bundle: Bundle,
    first: usize,
    count: usize,
}

impl admission::Pages for WeakKeyPages {
    fn page(&self, number: usize) -> Option<&[u8]> {
        let index = (number < self.count).then(|| self.first.checked_add(number)).flatten()?;
        let pages = self.bundle.claimed.pages().ok()?;
        if self.bundle.checks_pages && pages.first_damaged(index, 1).is_some() {
            return None;
        }
        let start = index.checked_mul(PAGE)?;
        pages.facts().get(start..start.checked_add(PAGE)?)
    }

    fn count(&self) -> usize {
        self.count
    }
}

/// A note by which a set of keys took the place of another.
#[derive(Clone, Debug, Encode, Decode)]
#[cbor(transparent)]
pub(super) struct KeyNote(
    #[n(0)]
    #[cbor(with = "minicbor::bytes")]
    pub(super) Vec<u8>,
);

/// A bundle without signatures, of these sections: those of [`Section::ALL`], in order.
pub(super) fn write(serial: u64, date: &str, sections: &[Vec<u8>; 6]) -> Vec<u8> {
    let mut facts = Vec::new();
    for section in sections {
        facts.extend_from_slice(section);
        if !section.is_empty() {
            fill_page(&mut facts);
        }
    }
    let (levels, root) = tree_over(&facts);
    let header = Header {
        serial,
        date: date.to_owned(),
        pages: pages_of(facts.len()),
        root,
        lengths: sections.iter().map(Vec::len).collect(),
    };
    assemble(header.text().as_bytes(), &[levels, facts].concat())
}

/// The bundle with this note for its header, which must be over the same text: it, and its signatures.
///
/// # Errors
/// What is wrong with the bundle; [`BundleError::Keys`] if the note is over something else.
pub fn with_note(bundle: &[u8], note: &[u8]) -> Result<Vec<u8>, BundleError> {
    let claimed = ClaimedBundle::parse(bundle.to_vec())?;
    match parted(note) {
        Some((text, _)) if text.as_bytes() == claimed.text() => {
            Ok(assemble(note, bundle.get(claimed.body..).unwrap_or_default()))
        }
        _ => Err(BundleError::Keys(KeySetError::Note)),
    }
}

/// The header of a bundle, with the signatures that it has: a note once it has one.
///
/// # Errors
/// What is wrong with the bundle.
pub fn note_of(bundle: &[u8]) -> Result<Vec<u8>, BundleError> {
    ClaimedBundle::parse(bundle.to_vec())?;
    Ok(bundle.split(|octet| *octet == 0).next().unwrap_or_default().to_vec())
}

fn assemble(note: &[u8], body: &[u8]) -> Vec<u8> {
    let mut bundle = note.to_vec();
    bundle.push(0);
    fill_page(&mut bundle);
    bundle.extend_from_slice(body);
    bundle
}

pub(super) fn encode<T: Encode<()>>(value: &T) -> Vec<u8> {
    // Nothing is written to that could refuse it.
    minicbor::to_vec(value).unwrap_or_default()
}

impl Header {
    fn parse(text: &str) -> Result<Self, BundleError> {
        let title = text.lines().next().unwrap_or_default();
        if title != TITLE {
            let is_bundle = title.starts_with("keyproof facts bundle ");
            let error = BundleError::Version(title.to_owned());
            return Err(if is_bundle { error } else { BundleError::NoBundle });
        }
        let mut lines = text.lines().skip(1);
        let mut at = 1_usize;
        let mut line = |start: &str| {
            at = at.saturating_add(1);
            let rest = lines.next().and_then(|line| line.strip_prefix(start)?.strip_prefix(' '));
            rest.ok_or(BundleError::Header(at))
        };
        let serial = number(line("serial")?).ok_or(BundleError::Header(2))?;
        let date = line("date")?.to_owned();
        Timestamp::from_date(&date).ok_or(BundleError::Header(3))?;
        let (pages, root) = line("pages")?.split_once(' ').ok_or(BundleError::Header(4))?;
        let pages = number(pages).and_then(size).ok_or(BundleError::Header(4))?;
        let root = STANDARD.decode(root).ok().and_then(|root| <[u8; 32]>::try_from(root).ok());
        let root = root.ok_or(BundleError::Header(4))?.into();
        let mut lengths = Vec::new();
        for section in Section::ALL {
            let length = line(&format!("section {}", section.id()))?;
            let at = lengths.len().saturating_add(5);
            lengths.push(number(length).and_then(size).ok_or(BundleError::Header(at))?);
        }
        let header = Self { serial, date, pages, root, lengths };
        let has_pages = header.lengths.iter().map(|it| pages_of(*it)).sum::<usize>() == pages;
        if pages == 0 || !has_pages {
            return Err(BundleError::Header(4));
        }
        // Whatever else could be written otherwise.
        let canonical = header.text();
        let mut lines = canonical.split('\n').zip(text.split('\n'));
        let same = lines.by_ref().take_while(|(one, other)| one == other).count();
        if canonical != text {
            return Err(BundleError::Header(same.saturating_add(1)));
        }
        Ok(header)
    }

    fn text(&self) -> String {
        let Self { serial, date, pages, .. } = self;
        let root = STANDARD.encode(self.root.as_bytes());
        let mut text = format!("{TITLE}\nserial {serial}\ndate {date}\npages {pages} {root}\n");
        for (section, length) in Section::ALL.into_iter().zip(&self.lengths) {
            text.push_str(&format!("section {} {length}\n", section.id()));
        }
        text
    }
}

fn number(digits: &str) -> Option<u64> {
    digits.parse().ok().filter(|number: &u64| number.to_string() == digits)
}

/// No more than a bundle may have, so that sums of a few cannot overflow.
fn size(number: u64) -> Option<usize> {
    usize::try_from(number).ok().filter(|size| *size <= MAX_BUNDLE)
}

fn pages_of(octets: usize) -> usize {
    octets.div_ceil(PAGE)
}

fn whole_length(body: usize, pages: usize) -> usize {
    let hashes = Pages::hash_pages(pages);
    body.saturating_add(pages.saturating_add(hashes).saturating_mul(PAGE))
}

fn is_zero(octets: &[u8]) -> bool {
    octets.iter().all(|octet| *octet == 0)
}

#[cfg(test)]
mod tests {
    use super::{Bundle, BundleError, ClaimedBundle, Section, encode, write};
    use crate::facts::BundleIndex;

    fn index_of(octets: Vec<u8>) -> Result<BundleIndex, BundleError> {
        let sections = [vec![0x80], octets, vec![0x80], vec![0x80], vec![0x80], Vec::new()];
        let claimed = ClaimedBundle::parse(write(1, "2026-12-01", &sections)).unwrap();
        Bundle { claimed, checks_pages: true }.decode(Section::Index)
    }

    /// Whoever signs can write what this version does not know: it is refused, and never passed over.
    #[test]
    fn a_value_has_one_form_and_nothing_beside_it() {
        let index = BundleIndex { sources: Vec::new(), changes: vec!["one".to_owned()] };
        let octets = encode(&index);
        assert_eq!(octets, [0x82, 0x80, 0x81, 0x63, b'o', b'n', b'e']);
        assert_eq!(index_of(octets).unwrap(), index);
        for (what, octets) in [
            ("a field more", &[0x83, 0x80, 0x81, 0x63, b'o', b'n', b'e', 0x01][..]),
            ("an octet behind", &[0x82, 0x80, 0x81, 0x63, b'o', b'n', b'e', 0x00]),
            ("a list without length", &[0x82, 0x9f, 0xff, 0x81, 0x63, b'o', b'n', b'e']),
            ("a longer number", &[0x82, 0x80, 0x81, 0x78, 0x03, b'o', b'n', b'e']),
            ("a field less", &[0x81, 0x80]),
            ("cut short", &[0x82, 0x80, 0x81, 0x63, b'o', b'n']),
            ("no UTF-8", &[0x82, 0x80, 0x81, 0x63, b'o', b'n', 0xff]),
            ("nothing", &[]),
        ] {
            let error = index_of(octets.to_vec()).unwrap_err();
            assert!(matches!(error, BundleError::Section(Section::Index, _)), "{what}: {error}");
        }
    }
}
