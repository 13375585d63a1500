//! Whatever a blob of LiquidSecurity firmware says of its lengths, counts and offsets, reading it ends;
//! and what is read accounts for every octet that is signed but padding.
#![no_main]

use keyproof::reason::ReasonCode;
use keyproof::format::marvell::{Blob, Layout};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut read = Vec::new();
    for layout in [Layout::V2, Layout::V1, Layout::Firmware2, Layout::Firmware3] {
        match Blob::read(layout, bytes) {
            Ok(blob) => {
                read.push(layout);
                assert_eq!(blob.layout(), layout);
                assert_eq!([blob.claimed().bytes(), blob.signature()].concat(), bytes);
                assert!((1..=2).contains(&blob.objects().len()));
                for object in blob.objects() {
                    let _ = (object.handle(), object.attribute(0));
                }
            }
            Err(reason) => assert!(matches!(
                reason.code(),
                ReasonCode::AttestationMalformed | ReasonCode::AttestationDuplicateExtension
            )),
        }
    }
    // Firmware 3.x begins with flags, 2.x with zeros in their place; and no buffer of V2 begins where the
    // one of the other layout of 3.x does.
    assert!(read.iter().filter(|layout| **layout != Layout::V1).count() <= 1);
});
