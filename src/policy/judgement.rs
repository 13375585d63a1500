//! The words of the judgement calls.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::result::Outcome;

/// How a matter that CSBR leaves open is judged.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Judgement {
    /// Satisfied, with a notice.
    Notice,
    /// A person must weigh it.
    Review,
    /// Unsatisfied.
    Refuse,
}

impl Judgement {
    /// The outcome it leads to.
    pub const fn outcome(self) -> Outcome {
        match self {
            Self::Notice => Outcome::Satisfied,
            Self::Review => Outcome::Review,
            Self::Refuse => Outcome::Unsatisfied,
        }
    }
}

/// What a certification is worth by its scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SchemeWeight {
    /// It counts, at the level that is asked.
    Counts,
    /// A person must weigh it.
    Review,
    /// It is shown, and counts for nothing.
    Shown,
}

/// Whether what a live SmartCard-HSM says of its key domains counts. Nobody signed it: the operator
/// who read the card vouches for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LiveKeyDomains {
    /// It is shown, and decides nothing.
    Shown,
    /// That there is none satisfies `non-exportable`, with a notice.
    Counted,
}

/// What a ledger keeps of files that hold no evidence: people's papers, in a store that forgets late.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum KeepCompanions {
    /// Name, size and SHA-256.
    Fingerprints,
    /// Their contents too.
    Contents,
}

/// For which certificates two different people must approve before they are issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DualControl {
    /// For none.
    Never,
    /// For Extended Validation certificates (CSBR 5.2.4), and where the type was not said.
    Ev,
    /// For all.
    Always,
}
