//! Trust: anchors, each bound to formats and roles, and the paths that lead to them. Only this
//! module makes an [`AnchoredPath`] or its like, or an [`Authentic`] value, so what they hold is
//! verified.

mod anchor;
mod authentic;
mod card;
mod chain;
mod conflict;
mod distrust;
mod issuer;
mod manifest;
mod path;
mod released;
mod statements;
mod validity;

pub use anchor::{
    Anchor, AnchorRole, AnchorSource, AnchorStatus, AnchorUse, KnownKey, Refused, SourceReading,
    TrustStore,
};
pub use authentic::{Authentic, Claimed};
pub use card::{AnchoredCardPath, CardProfile, CardStatements, verify_card_path};
pub use chain::{AnchoredChain, ChainProfile, Issues, Link, verify_chain, verify_chain_from};
pub use conflict::TrustConflict;
pub use distrust::{Distrust, Distrusted, Vouched};
pub use issuer::signed_by;
pub use manifest::{AnchorManifest, ManifestOrigin};
pub use path::{AnchoredPath, PathProfile, verify_path};
pub(crate) use released::ReleasedAnchors;
pub use statements::{
    AnchoredStatements, IssuingStatement, SignedStatement, StatementKey, StatementPath,
    StatementProfile, StatementSignature, verify_statements,
};

pub use validity::Period;

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::encoding::hex::Sha256;
use crate::encoding::x509::Certificate;

/// A path that was verified up to an anchor bound to the format, of whatever sort.
pub trait Anchored<'a>: sealed::Sealed {
    /// Its steps and its anchor, of which none is distrusted.
    fn vouched(&self) -> &Vouched<'a>;

    /// What was verified, with its roles, from the attestation upwards.
    fn links<'s>(&'s self) -> &'s [PathLink]
    where
        'a: 's,
    {
        self.vouched().links()
    }

    /// The anchor.
    fn anchor(&self) -> &'a Anchor {
        self.vouched().anchor()
    }

    /// The name of the anchor, as whoever added it believes it.
    fn anchor_name(&self) -> Authentic<&'a str> {
        Authentic::new(&self.anchor().subject)
    }
}

/// Nothing outside this module is an anchored path.
mod sealed {
    pub trait Sealed {}
}

/// One certificate of the verified path, from the attestation to the one below the anchor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PathLink {
    /// The role in which the format accepted it.
    pub role: Cow<'static, str>,
    /// The subject as RFC 4514 text.
    pub subject: String,
    /// SHA-256 of the DER.
    pub sha256: Sha256,
}

/// A certificate of a path, as results show it.
fn link(role: &'static str, certificate: &Certificate) -> PathLink {
    PathLink {
        role: role.into(),
        subject: certificate.subject().to_string(),
        sha256: certificate.sha256(),
    }
}
