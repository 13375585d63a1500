//! Bouncy Castle's keystores of its own layout: BKS, whose entries stand in the open, and UBER, the
//! same encrypted as a whole. BCFKS is ASN.1 and among the shapes.
//!
//! Bouncy Castle, `BcKeyStoreSpi.engineStore`: version 0 to 2, salt of 20 octets, iterations, entries
//! until a zero, HMAC of 20 octets. All numbers are big-endian.

use super::StoreContents;
use super::java::is_certificate;
use crate::encoding::octets::Octets;

/// `STORE_SALT_SIZE`.
const SALT: u32 = 20;
/// `MIN_ITERATIONS << 6`: what a reader takes at most.
const MOST_ITERATIONS: u32 = 65_536;
const MAC: usize = 20;

const END: u8 = 0;
const CERTIFICATE: u8 = 1;
/// A key in the open, one that came protected, one that the store sealed.
const KEYS: std::ops::RangeInclusive<u8> = 2..=4;

/// Milliseconds since 1970 that no date of an entry reaches: the year 10889.
const NO_DATE: u64 = 1 << 48;

/// What the keystore holds that `bytes` are, if they are one.
pub(super) fn contents(bytes: &[u8]) -> Option<StoreContents> {
    let mut store = Octets(bytes);
    if store.u32()? > 2 || store.u32()? != SALT {
        return None;
    }
    store.take(usize::try_from(SALT).ok()?)?;
    if !(1..=MOST_ITERATIONS).contains(&store.u32()?) {
        return None;
    }
    Some(entries(&mut store).unwrap_or(StoreContents::Unreadable))
}

fn entries(store: &mut Octets<'_>) -> Option<StoreContents> {
    loop {
        let kind = store.u8()?;
        if kind == END {
            return (store.0.len() == MAC).then_some(StoreContents::Certificates);
        }
        let _alias = store.java_text()?;
        if store.u64()? >= NO_DATE {
            return None;
        }
        let chain = store.u32()?;
        if KEYS.contains(&kind) {
            return Some(StoreContents::Key);
        }
        if kind != CERTIFICATE || chain != 0 {
            return None;
        }
        let _type = store.java_text()?;
        if !is_certificate(store.counted()?) {
            return None;
        }
    }
}
