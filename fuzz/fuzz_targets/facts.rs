//! Whatever octets come as a bundle of facts, or over a part of one, it is read or refused; and what is read
//! and is not signed is never taken for signed.
#![no_main]

use keyproof::facts::{BundleTrust, ClaimedBundle, KeySet, ReleaseFile, embedded};
use libfuzzer_sys::fuzz_target;

fn read(bytes: Vec<u8>) {
    if let Ok(claimed) = ClaimedBundle::parse(bytes) {
        let bundle = claimed.kept();
        let _ = bundle.index();
        let _ = bundle.check(BundleTrust::Test);
    }
}

fuzz_target!(|bytes: &[u8]| {
    read(bytes.to_vec());
    let _ = ReleaseFile::parse("release.yaml", bytes);
    let text = String::from_utf8_lossy(bytes);
    if let Ok(set) = KeySet::parse(&text) {
        assert_eq!(set.text(), text);
        assert!(ClaimedBundle::parse(bytes.to_vec()).is_err());
    }
    let Some((place, over)) = bytes.split_first_chunk::<4>() else { return };
    let mut bundle = embedded().unwrap().bytes().to_vec();
    let start = usize::try_from(u32::from_be_bytes(*place)).unwrap() % bundle.len();
    let end = bundle.len().min(start + over.len());
    bundle[start..end].copy_from_slice(&over[..end - start]);
    read(bundle);
});
