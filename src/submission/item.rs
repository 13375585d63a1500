//! Requests, certificates and bare public keys, each as its own parser read it. They are read this once,
//! whoever looks at them later.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{InputRole, customs};
use crate::encoding::der::Strict;
use crate::encoding::x509::{Certificate, X509Error};
use crate::public_key::PublicKey;
use crate::reason::Reason;
use crate::request::Request;

/// One request, certificate or key of a submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub(super) parsed: Parsed,
    pub(super) der: Vec<u8>,
    pub(super) roles: BTreeSet<InputRole>,
    pub(super) origins: Vec<String>,
}

impl Item {
    /// What it is by its shape.
    pub fn kind(&self) -> ItemKind {
        self.parsed.kind()
    }

    /// What its parser made of it.
    pub fn parsed(&self) -> &Parsed {
        &self.parsed
    }

    /// The certificate that it is, or why that cannot be read.
    pub fn certificate(&self) -> Option<Result<&Certificate, &X509Error>> {
        match &self.parsed {
            Parsed::Certificate(read) => Some(read.as_ref()),
            Parsed::Request(_) | Parsed::PublicKey(_) => None,
        }
    }

    /// The request that it is, or why that cannot be read.
    pub fn request(&self) -> Option<Result<&Request, &Reason>> {
        match &self.parsed {
            Parsed::Request(read) => Some(read.as_deref()),
            Parsed::Certificate(_) | Parsed::PublicKey(_) => None,
        }
    }

    /// Its bytes: exactly one DER value that has passed [`der::check`](crate::encoding::der::check).
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// All that the caller says of the files it came in.
    pub fn roles(&self) -> &BTreeSet<InputRole> {
        &self.roles
    }

    /// What the caller says it is. [`InputRole::Any`] if nothing was said, or both of the others.
    pub fn role(&self) -> InputRole {
        InputRole::said(&self.roles)
    }

    /// The files it came in, in order; an entry of an archive as `archive.zip/entry`. Hostile.
    pub fn origins(&self) -> &[String] {
        &self.origins
    }
}

/// An item as it was read, or why it could not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parsed {
    /// A certification request, not verified.
    Request(Result<Arc<Request>, Reason>),
    /// A certificate, not verified; read with the leniencies of [`read_certificate`](super::read_certificate).
    Certificate(Result<Certificate, X509Error>),
    /// A bare public key.
    PublicKey(Result<PublicKey, Reason>),
}

impl Parsed {
    /// Reads `der` as what it is by its shape.
    pub(super) fn read(kind: ItemKind, der: Strict<'_>) -> Self {
        match kind {
            ItemKind::Request => Self::Request(Request::from_strict(der).map(Arc::new)),
            ItemKind::Certificate => Self::Certificate(customs::read_certificate(der)),
            ItemKind::PublicKey => Self::PublicKey(PublicKey::from_spki(der.bytes())),
        }
    }

    const fn kind(&self) -> ItemKind {
        match self {
            Self::Request(_) => ItemKind::Request,
            Self::Certificate(_) => ItemKind::Certificate,
            Self::PublicKey(_) => ItemKind::PublicKey,
        }
    }
}

/// What an item is, by its shape alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ItemKind {
    /// A certification request (RFC 2986).
    Request,
    /// A certificate (RFC 5280).
    Certificate,
    /// A bare SubjectPublicKeyInfo (RFC 5280 4.1.2.7).
    PublicKey,
}

impl ItemKind {
    /// The stable word, as results show it.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Certificate => "certificate",
            Self::PublicKey => "public-key",
        }
    }
}
