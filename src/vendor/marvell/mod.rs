//! What the formats of Marvell's LiquidSecurity modules share: the attestation blob that the
//! partition of a card signs, and the certificates of card and partition.
//!
//! Format, to the byte: `docs/formats/google-cloud-hsm.md` and `docs/formats/azure-managed-hsm.md`.

pub(crate) mod attributes;
mod blob;
pub(crate) mod name;

pub use blob::{Blob, Layout, Object};

#[cfg(test)]
mod tests;
