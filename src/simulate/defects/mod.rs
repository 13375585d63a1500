//! The defects that every format with X.509 certificates can have, and what lies in a request. The
//! formats add those of their own statements.

mod chain;
mod request;

use super::case::Draft;
use super::keys::KeyKind;
use super::{Defect, DefectOf};
use crate::reason::ReasonCode;
use crate::result::{Outcome, Requirement};

/// The defects of chain, request and key, followed by the format's own.
pub(crate) fn with_own(own: &[DefectOf<Draft>]) -> Vec<DefectOf<Draft>> {
    [chain::DEFECTS, request::DEFECTS, own].concat()
}

/// A defect of the evidence, by which it no longer shows a genuine module.
pub(crate) const fn evidence<D>(
    name: &'static str,
    reason: ReasonCode,
    description: &'static str,
    change: fn(&mut D),
) -> DefectOf<D> {
    unsatisfied(Requirement::GenuineModule, name, reason, description, change)
}

/// A defect that leaves a requirement unsatisfied.
pub(crate) const fn unsatisfied<D>(
    requirement: Requirement,
    name: &'static str,
    reason: ReasonCode,
    description: &'static str,
    change: fn(&mut D),
) -> DefectOf<D> {
    let what = Defect { name, description, reason, requirement, outcome: Outcome::Unsatisfied };
    DefectOf { what, key: None, change }
}

/// The same defect where another outcome is due.
pub(crate) const fn with_outcome<D>(outcome: Outcome, defect: DefectOf<D>) -> DefectOf<D> {
    DefectOf { what: Defect { outcome, ..defect.what }, ..defect }
}

/// The same defect with a key of that kind, which it needs.
pub(crate) const fn with_key<D>(kind: KeyKind, defect: DefectOf<D>) -> DefectOf<D> {
    DefectOf { key: Some(kind), ..defect }
}
