//! The words that records are found by.

use std::fmt;

use serde::Serialize;

/// One word that a record can be found by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Term {
    /// What the word is.
    pub facet: Facet,
    /// The word.
    pub value: String,
}

/// What a record can be found by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Facet {
    /// SHA-256 of the public key of a verdict or method.
    Key,
    /// A module: [`Device`](super::Device) as text.
    Device,
    /// SHA-256 of an attestation statement.
    Evidence,
    /// An order.
    Order,
    /// A subscriber.
    Subscriber,
    /// The record that another is about.
    About,
    /// SHA-256 of a certificate.
    Certificate,
    /// A key, device or subscriber that it denies or no longer does.
    Denied,
    /// What verdicts are given by, where it is about that.
    Facts,
}

impl Facet {
    /// Every facet.
    pub const ALL: [Self; 9] = [
        Self::Key,
        Self::Device,
        Self::Evidence,
        Self::Order,
        Self::Subscriber,
        Self::About,
        Self::Certificate,
        Self::Denied,
        Self::Facts,
    ];

    /// The stable word.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Device => "device",
            Self::Evidence => "evidence",
            Self::Order => "order",
            Self::Subscriber => "subscriber",
            Self::About => "about",
            Self::Certificate => "certificate",
            Self::Denied => "denied",
            Self::Facts => "facts",
        }
    }

    /// The term of this facet and `value`.
    pub fn term(self, value: impl fmt::Display) -> Term {
        Term { facet: self, value: value.to_string() }
    }
}
