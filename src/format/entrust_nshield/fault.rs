//! Why a part of a bundle is not read.

use crate::reason::{Reason, ReasonCode};

/// What is wrong with some bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// They are not in the form that Entrust defines.
    Malformed(&'static str),
    /// They may be, and say something that is not known here: nothing can be concluded.
    Unknown { what: &'static str, value: String },
}

impl Fault {
    pub(super) fn unknown(what: &'static str, value: impl ToString) -> Self {
        Self::Unknown { what, value: value.to_string() }
    }

    /// In words, to be shown.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Malformed(fault) => format!("unreadable: {fault}"),
            Self::Unknown { what, value } => format!("unknown {what}: {value}"),
        }
    }

    /// As a reason about that member of the bundle.
    pub(super) fn reason(self, member: &'static str) -> Reason {
        match self {
            Self::Malformed(fault) => {
                Reason::new(ReasonCode::AttestationMalformed).with("fault", fault)
            }
            Self::Unknown { what, value } => {
                Reason::new(ReasonCode::AttestationUnsupported).with(what, value)
            }
        }
        .with("statement", member)
    }
}
