//! Why a token could not be read: what is so, and what to do.

use std::fmt;

use super::status::StatusWord;

/// Why a command got no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransportError {
    /// The card or the reader was taken out, or lost its power.
    Removed,
    /// Another program reset the card or took it over.
    Interrupted,
    /// Anything else, in the words of the reader's driver.
    Other(String),
}

/// Why a token could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CollectError {
    /// No answer.
    Transport(TransportError),
    /// The card refuses a step that every genuine one takes.
    Refused {
        /// What was asked.
        step: &'static str,
        /// What it answered.
        status: StatusWord,
    },
    /// An answer that is not in the form of its command.
    Malformed {
        /// What was asked.
        step: &'static str,
        /// What is wrong with it.
        fault: &'static str,
    },
    /// More than any genuine card has.
    TooMuch {
        /// What was asked.
        step: &'static str,
        /// What there is too much of.
        what: &'static str,
        /// The bound.
        limit: usize,
    },
    /// Two answers that contradict each other.
    Inconsistent {
        /// The slot or file.
        reference: String,
        /// The contradiction.
        what: &'static str,
    },
    /// Another card answers than at the start.
    CardChanged,
    /// The slot or key that was asked for is not there, or cannot be attested.
    NoSuchKey {
        /// What was asked for.
        reference: String,
        /// Why it is not to be had.
        why: String,
    },
    /// A key by number was asked for of a token that has slots.
    SlotsAlone,
    /// A slot was asked for of a token that has keys by number.
    KeysAlone,
    /// A token that cannot attest.
    WithoutAttestation {
        /// The identifier in `without-attestation.yaml`.
        id: &'static str,
        /// What the token says it is.
        name: String,
    },
    /// No application that is known.
    Unknown,
    /// The PIN was wrong.
    WrongPin {
        /// How many tries the card leaves.
        tries_left: u8,
    },
    /// The PIN is blocked.
    PinBlocked,
    /// The key cannot sign a challenge.
    CannotSign(&'static str),
}

impl CollectError {
    /// What to do about it, in one sentence.
    pub const fn next(&self) -> &'static str {
        match self {
            Self::Transport(TransportError::Removed) | Self::CardChanged => {
                "Put the token in again, leave it in, and start anew."
            }
            Self::Transport(TransportError::Interrupted) => {
                "Close other programs that use the token, and start anew."
            }
            Self::Transport(TransportError::Other(_)) => {
                "Take the token out, put it in again, and start anew."
            }
            Self::Refused { .. } | Self::Malformed { .. } | Self::TooMuch { .. } => {
                "No genuine token is known to answer so. Try another reader; then treat the token as suspect."
            }
            Self::Inconsistent { .. } => {
                "A genuine token does not contradict itself. Treat it as suspect."
            }
            Self::NoSuchKey { .. } => "See `keyproof token list` for what the token can attest.",
            Self::WrongPin { .. } => {
                "Nothing was tried again. Ask the holder of the token for the PIN."
            }
            Self::PinBlocked => {
                "The holder of the token must unblock the PIN with the PUK or SO-PIN."
            }
            Self::SlotsAlone => "Name the slot.",
            Self::KeysAlone => "Name the key by its number.",
            Self::WithoutAttestation { .. } => "See `keyproof modules list`.",
            Self::Unknown => "Put in a YubiKey with PIV, a SmartCard-HSM or a Nitrokey HSM.",
            Self::CannotSign(_) => "Leave --challenge out.",
        }
    }
}

impl From<TransportError> for CollectError {
    fn from(error: TransportError) -> Self {
        Self::Transport(error)
    }
}

impl fmt::Display for CollectError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Transport(TransportError::Removed) => {
                write!(formatter, "the token was removed while it was being read")
            }
            Self::Transport(TransportError::Interrupted) => {
                write!(formatter, "another program took the token over while it was being read")
            }
            Self::Transport(TransportError::Other(words)) => {
                write!(formatter, "the reader failed: {words}")
            }
            Self::Refused { step, status } => {
                write!(formatter, "the token refuses to {step} (status {status})")
            }
            Self::Malformed { step, fault } => {
                write!(formatter, "the answer of the token when asked to {step} is {fault}")
            }
            Self::TooMuch { step, what, limit } => write!(
                formatter,
                "the token has more than {limit} {what} to answer when asked to {step}"
            ),
            Self::Inconsistent { reference, what } => {
                write!(formatter, "the token contradicts itself about {reference}: {what}")
            }
            Self::CardChanged => write!(formatter, "the card changed while it was being read"),
            Self::NoSuchKey { reference, why } => write!(formatter, "{reference}: {why}"),
            Self::SlotsAlone => write!(formatter, "the token is a YubiKey, which has slots"),
            Self::KeysAlone => {
                write!(formatter, "the token is a SmartCard-HSM, which has keys by number")
            }
            Self::WithoutAttestation { id, name } => {
                write!(formatter, "{name} cannot attest: {id}")
            }
            Self::Unknown => {
                write!(formatter, "the token has no application that keyproof knows")
            }
            Self::WrongPin { tries_left } => {
                write!(formatter, "the PIN is wrong; the token leaves {tries_left} tries")
            }
            Self::PinBlocked => write!(formatter, "the PIN of the token is blocked"),
            Self::CannotSign(why) => write!(formatter, "no challenge can be signed: {why}"),
        }
    }
}

impl std::error::Error for CollectError {}
