//! Is the key in this request the key that this manufacturer's hardware says it generated, in a
//! module good enough for the rules, and unable to leave it?
#![cfg_attr(not(test), warn(clippy::indexing_slicing))]

pub mod claims;
pub mod data;
pub mod encoding;
pub mod endorsement;
pub mod policy;
pub mod public_key;
pub mod reason;
pub mod result;
pub mod time;
pub mod trust;
