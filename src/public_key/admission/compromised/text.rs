//! Lists as they are published: text, one key a line.

use std::fmt;

use super::ListingKind;

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
    /// `# keyproof:` with another word than those that are known.
    UnknownKind,
    /// `# keyproof:` below the first key, or the same for the second time.
    LateKind,
    /// `# keyproof: complete` with something that is no kind of key.
    Complete,
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
            ListFault::Complete => {
                "a list is complete for keys named as in results: RSA 3072, ECDSA P-256"
            }
        };
        write!(formatter, "{}, line {}: {fault}", self.list, self.line)
    }
}

impl std::error::Error for ListError {}

pub(super) type Sha1Tail = [u8; 10];

/// A list that was read.
#[derive(Default)]
pub(super) struct List {
    pub(super) name: String,
    /// What the list itself says of its keys.
    pub(super) kind: Option<ListingKind>,
    /// The keys for which it says that it is complete, as results name them.
    pub(super) complete: Vec<String>,
    /// What it covers and where it is from.
    pub(super) about: String,
    /// Sorted, none twice.
    pub(super) sha256: Vec<[u8; 32]>,
    /// Sorted, none twice.
    pub(super) sha1_tails: Vec<Sha1Tail>,
}

impl List {
    pub(super) fn read(name: &str, bytes: &[u8]) -> Result<Self, ListError> {
        let mut list = Self { name: name.to_owned(), ..Self::default() };
        for (line, text) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
            list.read_line(text.trim_ascii()).map_err(|fault| ListError {
                list: name.to_owned(),
                line,
                fault,
            })?;
        }
        list.sha256.sort_unstable();
        list.sha256.dedup();
        list.sha1_tails.sort_unstable();
        list.sha1_tails.dedup();
        Ok(list)
    }

    fn read_line(&mut self, line: &[u8]) -> Result<(), ListFault> {
        match line {
            [] => {}
            [b'#', comment @ ..] => {
                if let Some(said) = comment.trim_ascii_start().strip_prefix(b"keyproof:") {
                    self.read_said(said.trim_ascii())?;
                }
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

    /// What the list says of itself.
    fn read_said(&mut self, said: &[u8]) -> Result<(), ListFault> {
        let said = std::str::from_utf8(said).map_err(|_| ListFault::UnknownKind)?;
        let (word, rest) = said.split_once(' ').unwrap_or((said, ""));
        let is_new = match word {
            "compromised-keys" | "debian-weak-keys" if rest.is_empty() => {
                let kind = match word {
                    "compromised-keys" => ListingKind::Compromised,
                    _ => ListingKind::DebianWeak,
                };
                self.kind.replace(kind).is_none()
            }
            "complete" => {
                let names: Vec<String> = rest.split(',').map(|it| it.trim().to_owned()).collect();
                if !names.iter().all(|name| is_kind_of_key(name)) {
                    return Err(ListFault::Complete);
                }
                std::mem::replace(&mut self.complete, names).is_empty()
            }
            "about" => std::mem::replace(&mut self.about, rest.trim().to_owned()).is_empty(),
            _ => return Err(ListFault::UnknownKind),
        };
        if is_new && self.len() == 0 { Ok(()) } else { Err(ListFault::LateKind) }
    }

    pub(super) fn len(&self) -> usize {
        self.sha256.len().saturating_add(self.sha1_tails.len())
    }

    /// Whether `entry` is one of the list.
    pub(super) fn holds(&self, entry: &[u8]) -> bool {
        match (<&[u8; 32]>::try_from(entry), <&Sha1Tail>::try_from(entry)) {
            (Ok(sha256), _) => self.sha256.binary_search(sha256).is_ok(),
            (_, Ok(tail)) => self.sha1_tails.binary_search(tail).is_ok(),
            _ => false,
        }
    }
}

/// Whether [`PublicKey::describe`](crate::public_key::PublicKey::describe) could call keys of code signing so.
fn is_kind_of_key(name: &str) -> bool {
    match name.split_once(' ') {
        Some(("RSA", bits)) => bits.parse::<u16>().is_ok_and(|number| number.to_string() == bits),
        Some(("ECDSA", curve)) => matches!(curve, "P-256" | "P-384" | "P-521"),
        _ => false,
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
