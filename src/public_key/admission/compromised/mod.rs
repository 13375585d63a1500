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

use std::fmt;
use std::sync::{Arc, LazyLock};

use aws_lc_rs::digest;

use super::elliptic;
use crate::encoding::der::tag;
use crate::encoding::hex::{Sha256, to_hex};
use crate::public_key::{KeyMaterial, PublicKey};

/// Keys whose private halves are printed for all to read: in standards, in test vectors, and the
/// small numbers that a person types. The list says where each is from.
static PUBLISHED: LazyLock<CompromisedKeys> = LazyLock::new(|| {
    let mut published = CompromisedKeys::default();
    let list = include_bytes!("published-keys.txt");
    // A slip in it is found by the test that counts its keys.
    let _ = published.add_list("published keys", list);
    published
});

/// The listing of a key whose private half is printed for all to read.
pub(super) fn lookup_published(key: &PublicKey) -> Option<Listing<'static>> {
    let number = number(key)?;
    PUBLISHED.lists.iter().find_map(|list| {
        let listed = list.sha256.binary_search(number.as_bytes()).is_ok();
        listed.then_some(Listing { list: &list.name, kind: ListingKind::Compromised })
    })
}

/// Keys known to be compromised: any number of lists. Cheap to clone.
#[derive(Clone, Default)]
pub struct CompromisedKeys {
    lists: Vec<Arc<List>>,
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

/// A list that cannot be read. It belongs to the CA, so this is an error and never a verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListError {
    /// The name of the list.
    pub list: String,
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong there.
    pub fault: ListFault,
}

/// What is wrong with a line of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListFault {
    /// Neither 64 nor 20 hexadecimal digits.
    Entry,
    /// `# keyproof:` with another word than the two that are known.
    UnknownKind,
    /// `# keyproof:` below the first key, or for the second time.
    LateKind,
}

impl fmt::Display for ListError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fault = match self.fault {
            ListFault::Entry => {
                "a key is 64 hexadecimal digits (SHA-256) or 20 (openssl-blacklist)"
            }
            ListFault::UnknownKind => {
                "a list is of compromised-keys or of debian-weak-keys, nothing else"
            }
            ListFault::LateKind => "what a list holds is said once, above its first key",
        };
        write!(formatter, "{}, line {}: {fault}", self.list, self.line)
    }
}

impl std::error::Error for ListError {}

impl CompromisedKeys {
    /// Adds a list, in the form that the module's page describes; `name` is what results call it.
    /// Yields how many keys it holds. Of a list with an error, nothing is added.
    ///
    /// # Errors
    /// The first line that is neither a key nor a comment.
    pub fn add_list(&mut self, name: &str, bytes: &[u8]) -> Result<usize, ListError> {
        let list = List::read(name, bytes)?;
        let keys = list.len();
        self.lists.push(Arc::new(list));
        Ok(keys)
    }

    /// Whether no list holds a key.
    pub fn is_empty(&self) -> bool {
        self.lists.iter().all(|list| list.len() == 0)
    }

    /// The first list that holds the key. It is found in any encoding of its public key, and so
    /// are the keys whose private key follows from its own: the negative of the point, and the
    /// same modulus with another common exponent.
    pub fn lookup(&self, key: &PublicKey) -> Option<Listing<'_>> {
        if self.is_empty() {
            return None;
        }
        let fingerprints = Fingerprints::of(key);
        self.lists.iter().find_map(|list| {
            list.find(&fingerprints).map(|kind| Listing { list: &list.name, kind })
        })
    }
}

impl fmt::Debug for CompromisedKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_map()
            .entries(self.lists.iter().map(|list| (&list.name, list.len())))
            .finish()
    }
}

type Sha1Tail = [u8; 10];

struct List {
    name: String,
    /// What the list itself says of its keys.
    kind: Option<ListingKind>,
    /// Sorted.
    sha256: Vec<[u8; 32]>,
    /// Sorted.
    sha1_tails: Vec<Sha1Tail>,
}

impl List {
    fn read(name: &str, bytes: &[u8]) -> Result<Self, ListError> {
        let mut list =
            Self { name: name.to_owned(), kind: None, sha256: Vec::new(), sha1_tails: Vec::new() };
        for (line, text) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
            list.read_line(text.trim_ascii()).map_err(|fault| ListError {
                list: name.to_owned(),
                line,
                fault,
            })?;
        }
        list.sha256.sort_unstable();
        list.sha1_tails.sort_unstable();
        Ok(list)
    }

    fn read_line(&mut self, line: &[u8]) -> Result<(), ListFault> {
        match line {
            [] => {}
            [b'#', comment @ ..] => {
                let Some(kind) = comment.trim_ascii_start().strip_prefix(b"keyproof:") else {
                    return Ok(());
                };
                if self.kind.is_some() || self.len() > 0 {
                    return Err(ListFault::LateKind);
                }
                self.kind = Some(match kind.trim_ascii() {
                    b"compromised-keys" => ListingKind::Compromised,
                    b"debian-weak-keys" => ListingKind::DebianWeak,
                    _ => return Err(ListFault::UnknownKind),
                });
            }
            digits => {
                if let Some(sha256) = decode(digits) {
                    self.sha256.push(sha256);
                } else if let Some(tail) = decode(digits) {
                    self.sha1_tails.push(tail);
                } else {
                    return Err(ListFault::Entry);
                }
            }
        }
        Ok(())
    }

    fn len(&self) -> usize {
        self.sha256.len().saturating_add(self.sha1_tails.len())
    }

    fn find(&self, key: &Fingerprints) -> Option<ListingKind> {
        let listed = |sha256: &Sha256| self.sha256.binary_search(sha256.as_bytes()).is_ok();
        let by_tail =
            || key.sha1_tail.is_some_and(|tail| self.sha1_tails.binary_search(&tail).is_ok());
        let found = if key.spki.iter().any(listed) {
            ListingKind::Compromised
        } else if key.number.as_ref().is_some_and(listed) || by_tail() {
            ListingKind::DebianWeak
        } else {
            return None;
        };
        Some(self.kind.unwrap_or(found))
    }
}

/// Reads exactly `N` octets in hexadecimal. One allocation a line would double the time that a
/// list of a million keys takes.
fn decode<const N: usize>(digits: &[u8]) -> Option<[u8; N]> {
    let (pairs, []) = digits.as_chunks::<2>() else {
        return None;
    };
    if pairs.len() != N {
        return None;
    }
    let mut octets = [0; N];
    for (octet, [high, low]) in octets.iter_mut().zip(pairs) {
        *octet = (nibble(*high)? << 4) | nibble(*low)?;
    }
    Some(octets)
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// Everything that a key can be listed by.
struct Fingerprints {
    spki: Vec<Sha256>,
    number: Option<Sha256>,
    sha1_tail: Option<Sha1Tail>,
}

/// Exponents that RSA keys have in practice. Who can factor a modulus has the private key to each.
const COMMON_EXPONENTS: [&[u8]; 3] = [&[3], &[17], &[1, 0, 1]];

impl Fingerprints {
    fn of(key: &PublicKey) -> Self {
        let mut fingerprints =
            Self { spki: vec![key.spki_sha256()], number: number(key), sha1_tail: None };
        let mut listed_as = |key_octets: &[u8]| {
            let algorithm = der_value(tag::SEQUENCE, &[key.algorithm_identifier()]);
            let bits = der_value(tag::BIT_STRING, &[&[0], key_octets]);
            let spki = der_value(tag::SEQUENCE, &[&algorithm, &bits]);
            fingerprints.spki.push(Sha256::of(&spki));
        };
        match key.material() {
            KeyMaterial::Rsa { modulus, .. } => {
                for exponent in COMMON_EXPONENTS {
                    let (modulus, exponent) = (der_unsigned(modulus), der_unsigned(exponent));
                    listed_as(&der_value(tag::SEQUENCE, &[&modulus, &exponent]));
                }
                fingerprints.sha1_tail = sha1_tail(modulus);
            }
            KeyMaterial::Ec { curve, point } => {
                let Some((4, coordinates)) = point.split_first() else {
                    return fingerprints;
                };
                let (x, y) =
                    coordinates.split_at_checked(coordinates.len() / 2).unwrap_or_default();
                // Compressed forms (SEC 1 2.3.3), of the point and of its negative.
                listed_as(&[&[2], x].concat());
                listed_as(&[&[3], x].concat());
                if let Some(negated) = elliptic::negated_y(curve, y) {
                    listed_as(&[&[4], x, &negated].concat());
                }
            }
            KeyMaterial::Ed25519(_) | KeyMaterial::Other => {}
        }
        fingerprints
    }
}

/// SHA-256 of the number that an RSA key or a point is known by: its modulus or x-coordinate.
fn number(key: &PublicKey) -> Option<Sha256> {
    match key.material() {
        KeyMaterial::Rsa { modulus, .. } => Some(Sha256::of(without_zeros(modulus))),
        KeyMaterial::Ec { point, .. } => {
            let (4, coordinates) = point.split_first()? else {
                return None;
            };
            let (x, _) = coordinates.split_at_checked(coordinates.len() / 2)?;
            Some(Sha256::of(without_zeros(x)))
        }
        KeyMaterial::Ed25519(_) | KeyMaterial::Other => None,
    }
}

/// The last 80 bits of SHA-1 over `Modulus=`, the modulus in upper-case hexadecimal without leading
/// zeros, and a newline.
fn sha1_tail(modulus: &[u8]) -> Option<Sha1Tail> {
    let digits = to_hex(modulus).to_ascii_uppercase();
    let line = format!("Modulus={}\n", digits.trim_start_matches('0'));
    let sha1 = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, line.as_bytes());
    sha1.as_ref().last_chunk().copied()
}

fn without_zeros(mut number: &[u8]) -> &[u8] {
    while let [0, rest @ ..] = number {
        number = rest;
    }
    number
}

/// A non-negative INTEGER.
fn der_unsigned(number: &[u8]) -> Vec<u8> {
    let number = without_zeros(number);
    let sign: &[u8] = if number.first().is_none_or(|first| *first >= 0x80) { &[0] } else { &[] };
    der_value(tag::INTEGER, &[sign, number])
}

/// One DER value (X.690 8.1.3, 10.1).
fn der_value(tag: u8, content: &[&[u8]]) -> Vec<u8> {
    let content = content.concat();
    let length = content.len().to_be_bytes();
    let length = without_zeros(&length);
    let mut value = vec![tag];
    match length {
        [] => value.push(0),
        [short] if *short < 0x80 => value.push(*short),
        long => {
            value.extend(u8::try_from(long.len()).map(|count| 0x80 | count));
            value.extend(long);
        }
    }
    value.extend(content);
    value
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::agreement::{ECDH_P256, ECDH_P384, ECDH_P521, PrivateKey};
    use aws_lc_rs::signature::{
        ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING,
        ECDSA_P521_SHA512_ASN1_SIGNING,
    };
    use num_bigint::BigUint;

    use super::{CompromisedKeys, ListFault, Listing, ListingKind, PUBLISHED};
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
        keys.lookup(key).map(|listing| listing.kind)
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

    #[test]
    fn a_key_that_is_printed_for_all_to_read_is_compromised() {
        let list = PUBLISHED.lists.first().unwrap();
        assert_eq!((PUBLISHED.lists.len(), list.len()), (1, 1118));
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
        assert_eq!(keys.lookup(&key), Some(listing));
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
