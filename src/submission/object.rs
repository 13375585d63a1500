//! Evidence that is neither request, certificate nor key: what the intake can tell of it without
//! knowing a manufacturer.

use std::collections::BTreeSet;

use super::InputRole;
use crate::encoding::cvc::{CardVerifiable, CvcError};
use crate::encoding::hex::Sha256;
use crate::encoding::{json, xml};

/// One piece of evidence that is neither request, certificate nor key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    pub(super) content: Content,
    pub(super) bytes: Vec<u8>,
    pub(super) sha256: Sha256,
    pub(super) roles: BTreeSet<InputRole>,
    pub(super) origins: Vec<String>,
}

impl Object {
    /// What it is by its shape.
    pub fn kind(&self) -> ObjectKind {
        self.content.kind()
    }

    /// What the intake read. A document is read this once, whoever looks at it later.
    pub fn content(&self) -> &Content {
        &self.content
    }

    /// The JSON document that it is, if it is one.
    pub fn json(&self) -> Option<&json::Value> {
        match &self.content {
            Content::Json(document) => Some(document),
            _ => None,
        }
    }

    /// The document that it is in either notation of the same values: JSON, or YAML as programs print it.
    pub fn document(&self) -> Option<&json::Value> {
        match &self.content {
            Content::Json(document) | Content::Yaml(document) => Some(document),
            _ => None,
        }
    }

    /// The root of the XML document that it is, if it is one.
    pub fn xml(&self) -> Option<&xml::Element> {
        match &self.content {
            Content::Xml(root) => Some(root),
            _ => None,
        }
    }

    /// Its bytes, every outer encoding peeled off.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// SHA-256 of its bytes.
    pub fn sha256(&self) -> Sha256 {
        self.sha256
    }

    /// What the caller says the files are that it came in.
    pub fn roles(&self) -> &BTreeSet<InputRole> {
        &self.roles
    }

    /// What the caller says it is. [`InputRole::Any`] if nothing was said, or both of the others.
    pub fn role(&self) -> InputRole {
        InputRole::said(&self.roles)
    }

    /// The files it came in, in order; hostile.
    pub fn origins(&self) -> &[String] {
        &self.origins
    }
}

/// What an object holds, as far as the intake reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Of a card-verifiable object the shape; the rest is read where it lies.
    CardVerifiable(Result<CardShape, CvcError>),
    /// A document.
    Json(json::Value),
    /// A document, as JSON of the same meaning.
    Yaml(json::Value),
    /// The root of a document.
    Xml(xml::Element),
    /// See [`ObjectKind::SignedData`].
    SignedData,
    /// See [`ObjectKind::Der`].
    Der,
    /// See [`ObjectKind::Binary`].
    Binary,
    /// See [`ObjectKind::Draft`].
    Draft,
}

impl Content {
    /// Reads the shape of a card-verifiable object.
    pub(super) fn of_card(object: &[u8]) -> Self {
        Self::CardVerifiable(CardVerifiable::parse(object).map(|read| match read {
            CardVerifiable::Certificate(_) => CardShape::Certificate,
            CardVerifiable::Request(_) | CardVerifiable::AuthenticatedRequest(_) => {
                CardShape::Request
            }
        }))
    }

    /// What it is by its shape.
    pub const fn kind(&self) -> ObjectKind {
        match self {
            Self::CardVerifiable(_) => ObjectKind::CardVerifiable,
            Self::Json(_) => ObjectKind::Json,
            Self::Yaml(_) => ObjectKind::Yaml,
            Self::Xml(_) => ObjectKind::Xml,
            Self::SignedData => ObjectKind::SignedData,
            Self::Der => ObjectKind::Der,
            Self::Binary => ObjectKind::Binary,
            Self::Draft => ObjectKind::Draft,
        }
    }
}

/// What a card-verifiable object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardShape {
    /// A certificate.
    Certificate,
    /// A request, countersigned or not.
    Request,
}

/// What an object is, by its shape alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ObjectKind {
    /// A card-verifiable certificate or request (BSI TR-03110-3): one value of tag 7F21 or 67.
    CardVerifiable,
    /// One JSON document that passed [`json::parse`].
    Json,
    /// One YAML document that passed [`printed_yaml::parse`](crate::encoding::printed_yaml::parse).
    Yaml,
    /// One XML document that passed [`xml::parse`].
    Xml,
    /// A CMS message that signs something, or carries content (RFC 5652 5): strict DER.
    SignedData,
    /// One strict DER value of another structure.
    Der,
    /// Bytes of no encoding that the intake knows.
    Binary,
    /// Evidence of a format that is no more than a draft, or a statement of such a type inside a
    /// request: see [`draft`](super::draft).
    Draft,
}

impl ObjectKind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::CardVerifiable,
        Self::Json,
        Self::Yaml,
        Self::Xml,
        Self::SignedData,
        Self::Der,
        Self::Binary,
        Self::Draft,
    ];

    /// The stable word, as results show it.
    pub const fn id(self) -> &'static str {
        match self {
            Self::CardVerifiable => "card-verifiable",
            Self::Json => "json",
            Self::Yaml => "yaml",
            Self::Xml => "xml",
            Self::SignedData => "signed-data",
            Self::Der => "der",
            Self::Binary => "binary",
            Self::Draft => "draft-evidence",
        }
    }
}
