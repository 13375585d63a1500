//! The defects that every format with X.509 certificates can have, and what lies in a request. The
//! formats add those of their own statements.

mod chain;
mod request;

use super::Defect;
use super::case::Draft;
use super::keys::KeyKind;
use crate::reason::ReasonCode;
use crate::result::{Outcome, Requirement};

/// The defects of chain, request and key, followed by the format's own.
pub(crate) fn with_own(own: &[Defect]) -> Vec<Defect> {
    [chain::DEFECTS, request::DEFECTS, own].concat()
}

/// A defect of the evidence, by which it no longer shows a genuine module.
pub(crate) const fn evidence(
    name: &'static str,
    reason: ReasonCode,
    description: &'static str,
    change: fn(&mut Draft),
) -> Defect {
    unsatisfied(Requirement::GenuineModule, name, reason, description, change)
}

/// A defect that leaves a requirement unsatisfied.
pub(crate) const fn unsatisfied(
    requirement: Requirement,
    name: &'static str,
    reason: ReasonCode,
    description: &'static str,
    change: fn(&mut Draft),
) -> Defect {
    Defect {
        name,
        description,
        reason,
        requirement,
        outcome: Outcome::Unsatisfied,
        key: None,
        change,
    }
}

/// The same defect where another outcome is due.
pub(crate) const fn with_outcome(outcome: Outcome, defect: Defect) -> Defect {
    Defect { outcome, ..defect }
}

/// The same defect with a key of that kind, which it needs.
pub(crate) const fn with_key(kind: KeyKind, defect: Defect) -> Defect {
    Defect { key: Some(kind), ..defect }
}
