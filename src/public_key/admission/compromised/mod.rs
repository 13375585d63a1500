//! Lists of keys that are known to be compromised (CSBR 6.1.1.3 (4) and (5)), as they are published.
//!
//! A list is text, one key a line, each in one of two forms:
//!
//! - 64 hexadecimal digits: SHA-256, either of the SubjectPublicKeyInfo in DER (as pwnedkeys.com
//!   names keys), or of a number of the key as big-endian octets without leading zeros: the modulus
//!   of an RSA key, or the x-coordinate of a point (as in the `sha256_modulus_*.csv` and
//!   `sha256_xcoord_*.csv` of <https://github.com/CVE-2008-0166/dwk_blocklists>, the lists of the
//!   keys of <https://github.com/cabforum/Debian-weak-keys>);
//! - 20 hexadecimal digits: the last 80 bits of the SHA-1 of the line that `openssl rsa -modulus`
//!   prints (Debian's package openssl-blacklist). The lists of openssh-blacklist look the same and
//!   hold something else: no key is ever found in them.
//!
//! A key is looked up in all of these ways, so no list needs to say which it holds. Lines that are
//! empty or begin with `#` are comments. A key found by its SubjectPublicKeyInfo is compromised; one
//! found by a number is one of Debian's weak keys, since only those are published so. A list of
//! another kind says what its keys are in a comment above the first of them:
//! `# keyproof: compromised-keys` or `# keyproof: debian-weak-keys`.
//!
//! A list can say more of itself, in comments above its first key: `# keyproof: complete RSA 3072, ECDSA
//! P-256` on one line, the keys for which nothing is missing, and `# keyproof: about` with what it covers
//! and where it is from.
//!
//! Compiled ([`compile()`]) a list is pages, which are read as they lie.

mod compile;
mod fingerprints;
mod paged;
mod text;

pub use compile::{CompileError, compile};
pub use paged::Pages;
pub use text::{ListError, ListFault};

use std::fmt;
use std::sync::{Arc, LazyLock};

use crate::public_key::PublicKey;
use fingerprints::Fingerprints;
use paged::PagedList;
use text::List;

/// Keys whose private halves are printed for all to read: in standards, in test vectors, and the
/// small numbers that a person types. `published-keys.txt` says where each is from; `make facts` compiles it.
static PUBLISHED: LazyLock<CompromisedKeys> = LazyLock::new(|| {
    let mut keys = CompromisedKeys::default();
    // A slip in it is found by the test that compiles it again.
    let _ = keys.add_pages(include_bytes!("published-keys.pages").as_slice());
    keys
});

/// The listing of a key whose private half is printed for all to read.
///
/// # Errors
/// The list is damaged where the key would stand, which the embedded one is not.
pub(super) fn lookup_published(key: &PublicKey) -> Result<Option<Listing<'static>>, Damaged> {
    let Some(number) = fingerprints::number(key) else { return Ok(None) };
    for list in &PUBLISHED.lists {
        if list.holds(number.as_bytes())? {
            return Ok(Some(Listing { list: list.name(), kind: ListingKind::Compromised }));
        }
    }
    Ok(None)
}

/// Keys known to be compromised: any number of lists. Cheap to clone.
#[derive(Clone, Default)]
pub struct CompromisedKeys {
    lists: Vec<Arc<AnyList>>,
    /// Looked up too, and complete for nothing: the lists of facts that were taken back.
    taken_back: Vec<Arc<AnyList>>,
}

/// A key found in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listing<'a> {
    /// The name of the list.
    pub list: &'a str,
    /// What is known of the key.
    pub kind: ListingKind,
}

/// What is known of a listed key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListingKind {
    /// Its private key was published, or was reported to be in other hands.
    Compromised,
    /// Debian's OpenSSL could make it in 2006 to 2008 (CVE-2008-0166).
    DebianWeak,
}

/// A list whose pages are not in order where the key would stand, so that nobody knows whether it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damaged {
    /// The name of the list.
    pub list: String,
}

/// Pages that are no list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoList;

impl fmt::Display for NoList {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("these pages are no list of compromised keys")
    }
}

impl std::error::Error for NoList {}

impl CompromisedKeys {
    /// Adds a list, in the form that the module's page describes; `name` is what results call it.
    /// Yields how many keys it holds. Of a list with an error, nothing is added.
    ///
    /// # Errors
    /// The first line that is neither a key nor a comment.
    pub fn add_list(&mut self, name: &str, bytes: &[u8]) -> Result<usize, ListError> {
        Ok(self.add(AnyList::Text(List::read(name, bytes)?)))
    }

    /// Adds the lists that were compiled to `pages`, which are read as keys are looked up. Yields how many
    /// keys they hold.
    ///
    /// # Errors
    /// The first page is not that of a list, or the pages are not as many as it says.
    pub fn add_pages(&mut self, pages: impl Pages + 'static) -> Result<usize, NoList> {
        let pages: Arc<dyn Pages> = Arc::new(pages);
        let lists = PagedList::all(&pages).ok_or(NoList)?;
        let keys = lists.into_iter().map(|list| self.add(AnyList::Paged(list)));
        Ok(keys.fold(0, usize::saturating_add))
    }

    fn add(&mut self, list: AnyList) -> usize {
        let keys = list.len();
        self.lists.push(Arc::new(list));
        keys
    }

    /// The same, with the keys of lists that were taken back: what they hold stays refused, and that they
    /// were complete is nobody's word any more.
    #[must_use]
    pub(crate) fn refusing_what(mut self, taken_back: &Self) -> Self {
        self.taken_back.extend(taken_back.all().cloned());
        self
    }

    fn all(&self) -> impl Iterator<Item = &Arc<AnyList>> {
        self.lists.iter().chain(&self.taken_back)
    }

    /// Whether no list holds a key.
    pub fn is_empty(&self) -> bool {
        self.all().all(|list| list.len() == 0)
    }

    /// Whether a list says that it is complete for keys like this one.
    pub fn is_complete_for(&self, key: &PublicKey) -> bool {
        let name = key.describe();
        self.lists.iter().any(|list| list.complete().contains(&name))
    }

    /// What each list is: its name, how many keys it holds, for which keys it is complete, and what it says
    /// of where it is from.
    pub fn summary(&self) -> impl Iterator<Item = (&str, usize, &[String], &str)> {
        self.lists.iter().map(|it| (it.name(), it.len(), it.complete(), it.about()))
    }

    /// The first list that holds the key. It is found in any encoding of its public key, and so
    /// are the keys whose private key follows from its own: the negative of the point, and the
    /// same modulus with another common exponent.
    ///
    /// # Errors
    /// A list is damaged where the key would stand.
    pub fn lookup(&self, key: &PublicKey) -> Result<Option<Listing<'_>>, Damaged> {
        if self.is_empty() {
            return Ok(None);
        }
        let fingerprints = Fingerprints::of(key);
        for list in self.all() {
            if let Some(kind) = list.find(&fingerprints)? {
                return Ok(Some(Listing { list: list.name(), kind }));
            }
        }
        Ok(None)
    }
}

impl fmt::Debug for CompromisedKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_map()
            .entries(self.lists.iter().map(|list| (list.name(), list.len())))
            .finish()
    }
}

/// A list, however it is kept.
enum AnyList {
    Text(List),
    Paged(PagedList),
}

impl AnyList {
    fn name(&self) -> &str {
        match self {
            Self::Text(list) => &list.name,
            Self::Paged(list) => &list.name,
        }
    }

    fn about(&self) -> &str {
        match self {
            Self::Text(list) => &list.about,
            Self::Paged(list) => &list.about,
        }
    }

    fn complete(&self) -> &[String] {
        match self {
            Self::Text(list) => &list.complete,
            Self::Paged(list) => &list.complete,
        }
    }

    fn kind(&self) -> Option<ListingKind> {
        match self {
            Self::Text(list) => list.kind,
            Self::Paged(list) => list.kind,
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Text(list) => list.len(),
            Self::Paged(list) => list.len(),
        }
    }

    fn holds(&self, entry: &[u8]) -> Result<bool, Damaged> {
        match self {
            Self::Text(list) => Ok(list.holds(entry)),
            Self::Paged(list) => list.holds(entry),
        }
    }

    fn find(&self, key: &Fingerprints) -> Result<Option<ListingKind>, Damaged> {
        let numbers = key.number.iter().map(|it| it.as_bytes().as_slice());
        let tails = key.sha1_tail.iter().map(<[u8; 10]>::as_slice);
        let spkis = key.spki.iter().map(|it| it.as_bytes().as_slice());
        let all = spkis
            .map(|it| (it, ListingKind::Compromised))
            .chain(numbers.chain(tails).map(|it| (it, ListingKind::DebianWeak)));
        for (entry, found) in all {
            if self.holds(entry)? {
                return Ok(Some(self.kind().unwrap_or(found)));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::agreement::{ECDH_P256, ECDH_P384, ECDH_P521, PrivateKey};
    use aws_lc_rs::signature::{
        ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING,
        ECDSA_P521_SHA512_ASN1_SIGNING,
    };
    use num_bigint::BigUint;

    use super::{CompromisedKeys, ListFault, Listing, ListingKind, compile};
    use crate::encoding::hex::{Sha256, from_hex};
    use crate::public_key::PublicKey;
    use crate::public_key::admission::elliptic::negated_y;
    use crate::public_key::admission::fixtures::{
        Numbers, flaws_with, fresh_ec, rsa_key, rsa_spki, with_point,
    };
    use crate::public_key::{Curve, KeyMaterial};
    use crate::reason::ReasonCode;

    fn listed(list: &str, key: &PublicKey) -> Option<ListingKind> {
        let mut keys = CompromisedKeys::default();
        keys.add_list("list", list.as_bytes()).unwrap();
        keys.lookup(key).unwrap().map(|listing| listing.kind)
    }

    fn fault(list: &str) -> (usize, ListFault) {
        let mut keys = CompromisedKeys::default();
        let error = keys.add_list("list", list.as_bytes()).unwrap_err();
        assert!(keys.is_empty());
        (error.line, error.fault)
    }

    fn any_rsa() -> PublicKey {
        rsa_key(&Numbers(20).odd(3072), &65537_u32.into())
    }

    /// A modulus of Debian's package openssl-blacklist, and its entry there, as the tests of
    /// <https://github.com/letsencrypt/boulder> (goodkey/weak_test.go) give them.
    const DEBIAN_MODULUS: &str = concat!(
        "D673252AF6723C3F72529403EAB7C30DEF3C52F97E799825F4A70191C616ADCF1ECE1113F1625971074C492C",
        "592025FDEADBDB146A081826BDF0D77C3C913DCF1B6F0B3B78F5108D2E493AD0EEE8CA5C021711ADC13D358E",
        "61133870FCD19C8E5C22403959782AA82E72AEE53A3D491E3912CE27B27E1A85EA69C19A527D28F7934C9823",
        "B7E56FDD657DAC83FDC65BB22A98D843DF73238919781B714C81A5E2AFEC71F5C54AA2A27C590AD94C03C106",
        "2D50EFCFFAC743E3C8A3AE056846A1D756EB862BF4224169D467C35215ADE0AFCC11E85FE629AFB802C4786F",
        "F2E9C929BCCF502B3D3B8876C6A11785CC398B389F1D86BDD9CB0BD4EC13956EC3FA270D",
    );
    const DEBIAN_ENTRY: &str = "8df20e6961a16398b85a";

    fn debian_key() -> PublicKey {
        let modulus = BigUint::parse_bytes(DEBIAN_MODULUS.as_bytes(), 16).unwrap();
        rsa_key(&modulus, &65537_u32.into())
    }

    /// The public key of a private one.
    fn public_key_of(private_key: &[u8], octets: usize) -> PublicKey {
        let (agreement, signing) = match octets {
            32 => (&ECDH_P256, &ECDSA_P256_SHA256_ASN1_SIGNING),
            48 => (&ECDH_P384, &ECDSA_P384_SHA384_ASN1_SIGNING),
            _ => (&ECDH_P521, &ECDSA_P521_SHA512_ASN1_SIGNING),
        };
        let mut padded = vec![0; octets - private_key.len()];
        padded.extend(private_key);
        let pair = PrivateKey::from_private_key(agreement, &padded).unwrap();
        let point = pair.compute_public_key().unwrap();
        PublicKey::from_spki(&with_point(&fresh_ec(signing), point.as_ref())).unwrap()
    }

    fn is_published(key: &PublicKey) -> bool {
        let flaws = flaws_with(key, &CompromisedKeys::default());
        flaws.iter().any(|flaw| flaw.reason().code() == ReasonCode::KeyCompromised)
    }

    /// With `KEYPROOF_WRITE_COMPILED=1` the compiled list is written.
    #[test]
    #[allow(clippy::disallowed_methods, reason = "it writes a file of the sources")]
    fn a_key_that_is_printed_for_all_to_read_is_compromised_and_embedded() {
        let text = include_bytes!("published-keys.txt");
        let compiled = compile("published keys", text).unwrap();
        if std::env::var_os("KEYPROOF_WRITE_COMPILED").is_some() {
            let folder =
                concat!(env!("CARGO_MANIFEST_DIR"), "/src/public_key/admission/compromised");
            std::fs::write(format!("{folder}/published-keys.pages"), &compiled).unwrap();
        }
        assert!(compiled == include_bytes!("published-keys.pages"), "run `make facts`");
        for octets in [32, 48, 66] {
            for small in [2, 3, 5, 255] {
                assert!(is_published(&public_key_of(&[small], octets)), "{octets} {small}");
            }
            assert!(is_published(&public_key_of(&[1, 0], octets)), "{octets}");
            assert!(!is_published(&public_key_of(&[1, 1], octets)), "{octets}");
        }
        // RFC 6979 A.2.5; and the negative of 2 on P-256.
        for printed in [
            "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721",
            "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC63254F",
        ] {
            assert!(is_published(&public_key_of(&from_hex(printed).unwrap(), 32)), "{printed}");
        }
        assert!(!is_published(&any_rsa()));
    }

    #[test]
    fn an_entry_of_openssl_blacklist_is_found() {
        let list = format!("# RSA-2048\n00006aa0ce2cd60e6660\n{DEBIAN_ENTRY}\n");
        assert_eq!(listed(&list, &debian_key()), Some(ListingKind::DebianWeak));
        assert_eq!(listed(&list, &any_rsa()), None);
        assert_eq!(listed("8df20e6961a16398b85b", &debian_key()), None);
    }

    #[test]
    fn a_modulus_or_x_coordinate_by_its_sha256_is_found() {
        let modulus = from_hex(DEBIAN_MODULUS).unwrap();
        let list = Sha256::of(&modulus).to_string();
        assert_eq!(listed(&list, &debian_key()), Some(ListingKind::DebianWeak));
        assert_eq!(listed(&list, &any_rsa()), None);
        // An x-coordinate is listed without its leading zeros, which every 256th has.
        let with_zero = std::iter::repeat_with(|| fresh_ec(&ECDSA_P256_SHA256_ASN1_SIGNING))
            .find(|key| key.key_octets()[1] == 0 && key.key_octets()[2] != 0)
            .unwrap();
        let list = Sha256::of(&with_zero.key_octets()[2..33]).to_string();
        assert_eq!(listed(&list, &with_zero), Some(ListingKind::DebianWeak));
        assert_eq!(listed(&list, &fresh_ec(&ECDSA_P256_SHA256_ASN1_SIGNING)), None);
    }

    #[test]
    fn a_point_is_found_compressed_uncompressed_and_negated() {
        for (curve, algorithm) in [
            (Curve::P256, &ECDSA_P256_SHA256_ASN1_SIGNING),
            (Curve::P384, &ECDSA_P384_SHA384_ASN1_SIGNING),
            (Curve::P521, &ECDSA_P521_SHA512_ASN1_SIGNING),
        ] {
            let key = fresh_ec(algorithm);
            let KeyMaterial::Ec { point, .. } = key.material() else { panic!("a point") };
            let (x, y) = point[1..].split_at(point.len() / 2);
            let compressed = [&[2 | (y[y.len() - 1] & 1)], x].concat();
            let negated = [&[4], x, &negated_y(&curve, y).unwrap()].concat();
            for form in [point.clone(), compressed, negated] {
                let list = Sha256::of(&with_point(&key, &form)).to_string();
                assert_eq!(listed(&list, &key), Some(ListingKind::Compromised));
                assert_eq!(listed(&list.to_uppercase(), &key), Some(ListingKind::Compromised));
                assert_eq!(listed(&list, &fresh_ec(algorithm)), None);
            }
        }
    }

    #[test]
    fn a_modulus_is_found_whatever_the_exponent() {
        let modulus = Numbers(21).odd(3072);
        let key = rsa_key(&modulus, &65539_u32.into());
        for exponent in [3_u32, 17, 65537, 65539] {
            let list = Sha256::of(&rsa_spki(&modulus, &exponent.into())).to_string();
            assert_eq!(listed(&list, &key), Some(ListingKind::Compromised), "{exponent}");
            assert_eq!(listed(&list, &any_rsa()), None);
        }
    }

    #[test]
    fn a_list_can_say_what_it_holds() {
        let key = any_rsa();
        let spki = key.spki_sha256();
        let list = format!("# seen 2026-11-01\r\n# keyproof: debian-weak-keys\r\n\r\n{spki}\r\n");
        assert_eq!(listed(&list, &key), Some(ListingKind::DebianWeak));
        let list = format!("#keyproof:compromised-keys\n{DEBIAN_ENTRY}");
        assert_eq!(listed(&list, &debian_key()), Some(ListingKind::Compromised));
    }

    #[test]
    fn a_list_can_say_for_which_keys_it_is_complete() {
        let p256 = fresh_ec(&ECDSA_P256_SHA256_ASN1_SIGNING);
        let is_complete = |text: &str, key: &PublicKey| {
            let mut keys = CompromisedKeys::default();
            keys.add_list("list", text.as_bytes()).unwrap();
            keys.is_complete_for(key)
        };
        let both = "# keyproof: complete RSA 3072, ECDSA P-256\n";
        assert!(is_complete(both, &any_rsa()) && is_complete(both, &p256));
        let other = "# keyproof: complete RSA 4096, ECDSA P-384\n";
        assert!(!is_complete(other, &any_rsa()) && !is_complete(other, &p256));
        assert!(!is_complete("# complete RSA 3072\n", &any_rsa()));
        for bad in
            ["", "all", "RSA 3072,", "RSA 03072", "rsa 3072", "RSA 3072 RSA 4096", "ECDSA P-255"]
        {
            assert_eq!(
                fault(&format!("# keyproof: complete {bad}\n")).1,
                ListFault::Complete,
                "{bad}"
            );
        }
        let sha256 = Sha256::of(b"");
        let late = format!("{sha256}\n# keyproof: complete RSA 3072\n");
        assert_eq!(fault(&late), (2, ListFault::LateKind));
        let twice = "# keyproof: complete RSA 3072\n# keyproof: complete RSA 4096\n";
        assert_eq!(fault(twice), (2, ListFault::LateKind));
    }

    #[test]
    fn a_list_that_was_taken_back_still_refuses_and_is_complete_for_nothing() {
        let key = fresh_ec(&ECDSA_P256_SHA256_ASN1_SIGNING);
        let text = format!("# keyproof: complete ECDSA P-256\n{}\n", key.spki_sha256());
        let mut newer = CompromisedKeys::default();
        newer.add_list("newer", text.as_bytes()).unwrap();
        let older = CompromisedKeys::default().refusing_what(&newer);
        let listing = Listing { list: "newer", kind: ListingKind::Compromised };
        assert_eq!(older.lookup(&key), Ok(Some(listing)));
        assert!(newer.is_complete_for(&key) && !older.is_complete_for(&key));
    }

    /// The damaged list says that nobody knows; it does not outweigh one that holds the key.
    #[test]
    fn a_damaged_list_is_a_flaw() {
        let key = fresh_ec(&ECDSA_P256_SHA256_ASN1_SIGNING);
        let text = format!("{}\n", key.spki_sha256());
        let mut pages = compile("compiled", text.as_bytes()).unwrap();
        let codes = |lists: &CompromisedKeys| -> Vec<ReasonCode> {
            flaws_with(&key, lists).iter().map(|flaw| flaw.reason().code()).collect()
        };
        let mut sound = CompromisedKeys::default();
        sound.add_pages(pages.clone()).unwrap();
        assert_eq!(codes(&sound), [ReasonCode::KeyCompromised]);
        let start = pages.len() - 2 * 4096;
        pages[start..start + 4].fill(0xff);
        let mut damaged = CompromisedKeys::default();
        damaged.add_pages(pages).unwrap();
        assert_eq!(codes(&damaged), [ReasonCode::KeyListDamaged]);
    }

    #[test]
    fn lists_are_counted_and_the_first_that_holds_the_key_is_named() {
        let key = any_rsa();
        let spki = key.spki_sha256();
        let mut keys = CompromisedKeys::default();
        assert!(keys.is_empty());
        assert_eq!(keys.add_list("none", b"# nothing yet\n"), Ok(0));
        assert!(keys.is_empty());
        assert_eq!(keys.add_list("other", format!("{DEBIAN_ENTRY}\n").as_bytes()), Ok(1));
        let text = format!("{}\n{spki}\n{DEBIAN_ENTRY}", Sha256::of(b""));
        assert_eq!(keys.add_list("reported", text.as_bytes()), Ok(3));
        let listing = Listing { list: "reported", kind: ListingKind::Compromised };
        assert_eq!(keys.lookup(&key), Ok(Some(listing)));
        assert_eq!(format!("{keys:?}"), r#"{"none": 0, "other": 1, "reported": 3}"#);
    }

    #[test]
    fn a_listed_key_has_a_flaw_that_names_the_list() {
        let key = fresh_ec(&ECDSA_P256_SHA256_ASN1_SIGNING);
        let mut keys = CompromisedKeys::default();
        keys.add_list("reported.txt", key.spki_sha256().to_string().as_bytes()).unwrap();
        let [flaw] = &flaws_with(&key, &keys)[..] else { panic!("one flaw") };
        assert_eq!(flaw.reason().code(), ReasonCode::KeyCompromised);
        assert_eq!(flaw.reason().detail()["list"], "reported.txt");

        keys.add_list("debian", DEBIAN_ENTRY.as_bytes()).unwrap();
        let flaws = flaws_with(&debian_key(), &keys);
        let codes: Vec<_> = flaws.iter().map(|flaw| flaw.reason().code()).collect();
        assert_eq!(codes, [ReasonCode::KeySize, ReasonCode::KeyDebianWeak]);
    }

    #[test]
    fn a_line_that_is_no_key_is_named_by_its_number() {
        let sha256 = Sha256::of(b"");
        for bad in [
            "g".repeat(64),
            "0".repeat(63),
            "0".repeat(65),
            "0".repeat(40),
            format!("{sha256},weak"),
            format!("{sha256} # comment"),
            "+0".repeat(32),
            "SHA256_FINGERPRINT".to_owned(),
            "é".repeat(10),
        ] {
            assert_eq!(fault(&format!("# a\n{sha256}\n\n{bad}\n")), (4, ListFault::Entry));
        }
        assert_eq!(fault("# keyproof: spki"), (1, ListFault::UnknownKind));
        let late = format!("{sha256}\n# keyproof: compromised-keys");
        assert_eq!(fault(&late), (2, ListFault::LateKind));
        let twice = "# keyproof: compromised-keys\n".repeat(2);
        assert_eq!(fault(&twice), (2, ListFault::LateKind));
    }
}
