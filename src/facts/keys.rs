//! Who may sign a bundle: a set of keys, so many of which must agree (C2SP signed-note), and how one set
//! takes the place of another. Every set but the first is a note that enough of the set before it signed,
//! and enough of its own: so a bundle that carries all such notes is understood by whoever knows any set.

use std::collections::BTreeSet;
use std::fmt;

use signed_note::{Note, StandardVerifier, Verifier, VerifierList};

/// The first line of a set.
const TITLE: &str = "keyproof facts keys v1";

/// More keys are no more agreement; a note has room for 100 signatures.
const MAX_KEYS: usize = 16;

/// Keys of which so many must have signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySet {
    number: u64,
    threshold: usize,
    keys: Vec<String>,
}

/// A set of keys, or what one should have signed, is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySetError {
    /// The text of a set has not its form: which line.
    Form(usize),
    /// A key stands in it twice, or the threshold is not within 1 and the number of keys.
    Threshold,
    /// What is signed is no signed note.
    Note,
    /// A signature of a key of the set does not verify.
    Signature,
    /// Too few of the keys signed.
    Signers {
        /// How many must.
        needed: usize,
        /// How many did.
        found: usize,
        /// The number of the set.
        set: u64,
    },
    /// A set does not follow the one before it.
    Sequence {
        /// The number that it should have.
        expected: u64,
        /// The number that it has.
        found: u64,
    },
}

impl fmt::Display for KeySetError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form(line) => write!(formatter, "line {line} of the key set has not its form"),
            Self::Threshold => formatter.write_str(
                "a key set names each key once, and a threshold from 1 to the number of its keys",
            ),
            Self::Note => formatter.write_str("this is not a signed note (C2SP signed-note)"),
            Self::Signature => formatter.write_str("a signature does not verify"),
            Self::Signers { needed, found, set } => {
                write!(formatter, "{found} of the keys of key set {set} signed, and {needed} must")
            }
            Self::Sequence { expected, found } => {
                write!(formatter, "key set {found} stands where key set {expected} should")
            }
        }
    }
}

impl std::error::Error for KeySetError {}

impl KeySet {
    /// A new set.
    ///
    /// # Errors
    /// [`KeySetError::Threshold`], and [`KeySetError::Form`] for what is no verifier key
    /// (`name+id+base64`).
    pub fn new(number: u64, threshold: usize, keys: Vec<String>) -> Result<Self, KeySetError> {
        // A key under two names would count twice.
        let public = |key: &str| key.splitn(3, '+').nth(2).map(str::to_owned);
        let distinct: BTreeSet<_> = keys.iter().map(|key| public(key)).collect();
        if distinct.len() != keys.len()
            || !(1..=keys.len()).contains(&threshold)
            || keys.len() > MAX_KEYS
        {
            return Err(KeySetError::Threshold);
        }
        for (index, key) in keys.iter().enumerate() {
            let line = index.saturating_add(FIRST_KEY);
            StandardVerifier::new(key).map_err(|_| KeySetError::Form(line))?;
        }
        Ok(Self { number, threshold, keys })
    }

    /// Reads the text of a set, which is what [`Self::text`] writes.
    ///
    /// # Errors
    /// As for [`Self::new`], and [`KeySetError::Form`].
    pub fn parse(text: &str) -> Result<Self, KeySetError> {
        let mut lines = text.lines();
        let mut at = 0_usize;
        let mut line = |start: &str| {
            at = at.saturating_add(1);
            let rest = lines.next().and_then(|line| line.strip_prefix(start));
            rest.ok_or(KeySetError::Form(at))
        };
        let is_title = line(TITLE)?.is_empty();
        let number = line("number ")?.parse().map_err(|_| KeySetError::Form(2))?;
        let threshold = line("threshold ")?.parse().map_err(|_| KeySetError::Form(3))?;
        let mut keys = Vec::new();
        for rest in lines {
            let key = rest.strip_prefix("key ");
            let line = keys.len().saturating_add(FIRST_KEY);
            keys.push(key.ok_or(KeySetError::Form(line))?.to_owned());
        }
        let set = Self::new(number, threshold, keys)?;
        if is_title && set.text() == text { Ok(set) } else { Err(KeySetError::Form(1)) }
    }

    /// Its text: what is signed when it takes the place of another.
    pub fn text(&self) -> String {
        let mut text = format!("{TITLE}\nnumber {}\nthreshold {}\n", self.number, self.threshold);
        for key in &self.keys {
            text.extend(["key ", key, "\n"]);
        }
        text
    }

    /// Its number: 1 for the first, and one more for each that follows.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// What a note says that enough of these keys signed.
    ///
    /// # Errors
    /// [`KeySetError::Note`], [`KeySetError::Signature`] and [`KeySetError::Signers`].
    pub fn open(&self, note: &[u8]) -> Result<String, KeySetError> {
        let note = Note::from_bytes(note).map_err(|_| KeySetError::Note)?;
        let mut verifiers: Vec<Box<dyn Verifier>> = Vec::new();
        for key in &self.keys {
            let verifier = StandardVerifier::new(key).map_err(|_| KeySetError::Note)?;
            verifiers.push(Box::new(verifier));
        }
        let found = match note.verify(&VerifierList::new(verifiers)) {
            Ok((verified, _)) => verified.len(),
            Err(signed_note::NoteError::UnverifiedNote) => 0,
            Err(_) => return Err(KeySetError::Signature),
        };
        if found < self.threshold {
            let needed = self.threshold;
            return Err(KeySetError::Signers { needed, found, set: self.number });
        }
        String::from_utf8(note.text().to_vec()).map_err(|_| KeySetError::Note)
    }

    /// The set that is in force after `notes`: those that this one knows of, and those that follow it.
    ///
    /// # Errors
    /// A note that does not follow, or that too few of the set before it or of its own signed.
    pub fn after(&self, notes: &[Vec<u8>]) -> Result<Self, KeySetError> {
        let mut current = self.clone();
        for note in notes {
            let (text, _) = parted(note).ok_or(KeySetError::Note)?;
            let claimed = Self::parse(text)?;
            if claimed.number <= self.number {
                continue;
            }
            let expected = current.number.saturating_add(1);
            if claimed.number != expected {
                return Err(KeySetError::Sequence { expected, found: claimed.number });
            }
            current.open(note)?;
            claimed.open(note)?;
            current = claimed;
        }
        Ok(current)
    }
}

/// The line of the first key.
const FIRST_KEY: usize = 4;

/// The text of a note, and its signatures.
pub(super) fn parted(note: &[u8]) -> Option<(&str, &str)> {
    let note = std::str::from_utf8(note).ok()?;
    let blank = note.rfind("\n\n")?.checked_add(1)?;
    note.split_at_checked(blank)
}
