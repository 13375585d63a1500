//! Trust: anchors, each bound to formats and roles, and the paths that lead to them. Only this
//! module makes an [`AnchoredPath`] or an [`Authentic`] value, so what they hold is verified.

mod anchor;
mod manifest;
mod path;

pub use anchor::{
    Anchor, AnchorRole, AnchorSource, AnchorStatus, AnchorUse, KnownKey, Refused, TrustStore,
};
pub use manifest::{AnchorManifest, ManifestError, ManifestOrigin, TrustConflict};
pub use path::{AnchoredPath, Authentic, PathProfile, verify_path};
