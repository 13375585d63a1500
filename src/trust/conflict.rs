//! What trust anchors must not do: contradict each other.

use std::collections::BTreeSet;
use std::fmt;

use super::anchor::{Anchor, Refused, TrustStore};

/// Two manifests, or two parts of one, contradict each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrustConflict {
    /// Two entries have that identifier.
    Identifier(String),
    /// Two anchors have the same name, key and use.
    SameUse(String, String),
    /// An anchor of a release has a status that only a caller's can have.
    Status(String),
    /// There is no anchor of that name, which another has for its parent.
    NoParent(String),
    /// An anchor is its own ancestor.
    Ancestor(String),
    /// What is refused is an anchor of the same release.
    Refused(String),
}

impl fmt::Display for TrustConflict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Identifier(id) => write!(formatter, "two trust anchors are called `{id}`"),
            Self::SameUse(one, other) => {
                write!(
                    formatter,
                    "`{one}` and `{other}` are the same name and key for the same use"
                )
            }
            Self::Status(id) => {
                write!(formatter, "the trust anchor `{id}` has a status that is a caller's")
            }
            Self::NoParent(id) => {
                write!(formatter, "its parent `{}` is not here", id.escape_debug())
            }
            Self::Ancestor(id) => write!(formatter, "the trust anchor `{id}` is its own ancestor"),
            Self::Refused(id) => {
                write!(formatter, "what is refused as `{id}` is an anchor of the same release")
            }
        }
    }
}

impl std::error::Error for TrustConflict {}

impl TrustStore {
    pub(super) fn check_conflicts(&self) -> Result<(), TrustConflict> {
        let mut identifiers = BTreeSet::new();
        for anchor in &self.anchors {
            if !identifiers.insert(&anchor.id) {
                return Err(TrustConflict::Identifier(anchor.id.clone()));
            }
        }
        for (position, one) in self.anchors.iter().enumerate() {
            for other in self.anchors.iter().skip(position.saturating_add(1)) {
                let same = (&one.subject_der, &one.subject) == (&other.subject_der, &other.subject)
                    && one.public_key.spki() == other.public_key.spki();
                let formats = |anchor: &Anchor| -> BTreeSet<String> {
                    anchor.uses.iter().map(|usage| usage.format.clone()).collect()
                };
                // Two anchors without a use would be the same parent twice.
                let unused = one.uses.is_empty() && other.uses.is_empty();
                if same && (unused || !formats(one).is_disjoint(&formats(other))) {
                    return Err(TrustConflict::SameUse(one.id.clone(), other.id.clone()));
                }
            }
        }
        Ok(())
    }
}

/// The anchor of the same release that is refused: what is both is neither.
pub(super) fn refused_anchor<'a>(refused: &Refused, anchors: &'a [Anchor]) -> Option<&'a Anchor> {
    let is_it = |anchor: &&Anchor| {
        anchor.id == refused.id || anchor.public_key.spki_sha256() == refused.spki_sha256
    };
    anchors.iter().find(is_it)
}

/// Every parent is among the same anchors, and no anchor is its own ancestor.
pub(super) fn check_parents(anchor: &Anchor, anchors: &[Anchor]) -> Result<(), TrustConflict> {
    let mut current = anchor;
    for _ in 0..anchors.len() {
        let Some(parent) = &current.parent else {
            return Ok(());
        };
        let above = anchors.iter().find(|candidate| candidate.id == *parent);
        current = above.ok_or_else(|| TrustConflict::NoParent(parent.clone()))?;
    }
    Err(TrustConflict::Ancestor(anchor.id.clone()))
}
