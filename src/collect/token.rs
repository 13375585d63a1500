//! A token, as it says itself. Nothing here is signed; it is for people, and to notice a card that is
//! exchanged.

/// A token, and what shows that it is still the same one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identified {
    /// For people.
    pub description: TokenDescription,
    /// The answers to the commands that identify it.
    pub(super) fingerprint: Vec<u8>,
}

/// What a token says it is; unsigned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenDescription {
    /// What keyproof can do with it.
    pub kind: TokenKind,
    /// The product.
    pub name: String,
    /// Its serial number.
    pub serial: Option<String>,
    /// Its firmware, or the version of its application.
    pub firmware: Option<String>,
}

/// What keyproof can do with a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// It attests the keys of PIV slots.
    YubiKeyPiv {
        /// Its firmware.
        firmware: [u8; 3],
    },
    /// It attests the keys that it made.
    SmartCardHsm,
    /// It cannot attest: the identifier in `without-attestation.yaml`.
    WithoutAttestation(&'static str),
    /// No application is known.
    Unknown,
}
