//! Java's own keystores, JKS and JCEKS: entries stand in the open, keys in them are encrypted.
//!
//! OpenJDK, `sun.security.provider.JavaKeyStore` and `com.sun.crypto.provider.JceKeyStore`,
//! `engineStore`: magic, version 1 or 2, count, entries, SHA-1. All numbers are big-endian.

use super::StoreContents;
use crate::encoding::der::Strict;
use crate::encoding::octets::Octets;
use crate::submission::ItemKind;
use crate::submission::classify::{Shape, classify};

const JKS: u32 = 0xfeed_feed;
const JCEKS: u32 = 0xcece_cece;

const PRIVATE_KEY: u32 = 1;
const TRUSTED_CERTIFICATE: u32 = 2;
/// In JCEKS alone: a serialised object with the encrypted key.
const SECRET_KEY: u32 = 3;

/// SHA-1 over password and content.
const DIGEST: usize = 20;

/// What the keystore holds that `bytes` are, if they are one.
pub(super) fn contents(bytes: &[u8]) -> Option<StoreContents> {
    let mut store = Octets(bytes);
    let magic = store.u32()?;
    let version = store.u32()?;
    if !matches!(magic, JKS | JCEKS) || !matches!(version, 1 | 2) {
        return None;
    }
    Some(entries(&mut store, version).unwrap_or(StoreContents::Unreadable))
}

fn entries(store: &mut Octets<'_>, version: u32) -> Option<StoreContents> {
    let count = store.u32()?;
    // Each entry takes bytes, or ends it.
    for _ in 0..count {
        match store.u32()? {
            PRIVATE_KEY | SECRET_KEY => return Some(StoreContents::Key),
            TRUSTED_CERTIFICATE => {
                let _alias = store.java_text()?;
                let _date = store.u64()?;
                if !certificate(store, version)? {
                    return None;
                }
            }
            _ => return None,
        }
    }
    (store.0.len() == DIGEST).then_some(StoreContents::Certificates)
}

/// Takes one certificate; whether it is one.
fn certificate(store: &mut Octets<'_>, version: u32) -> Option<bool> {
    if version == 2 {
        store.java_text()?;
    }
    store.counted().map(is_certificate)
}

/// Whether nothing else than a certificate can be in there.
pub(super) fn is_certificate(bytes: &[u8]) -> bool {
    Strict::check(bytes).is_ok() && classify(bytes) == Shape::Item(ItemKind::Certificate)
}
