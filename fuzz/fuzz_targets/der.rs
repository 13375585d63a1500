//! What the certificate parser takes, the strict walker has taken; and the reader takes every value
//! that the walker takes, whole.
#![no_main]

use keyproof::encoding::der::{self, Reader};
use keyproof::encoding::x509::Certificate;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let checked = der::check(bytes);
    if let Err(error) = checked {
        assert!(error.offset <= bytes.len());
    }
    if let Ok(certificate) = Certificate::from_der(bytes) {
        assert_eq!(checked, Ok(()));
        assert_eq!(certificate.der(), bytes);
    }
    if checked.is_ok() {
        let mut reader = Reader::new(bytes);
        let (tag, content, whole) = reader.any().expect("a value that the walker took");
        assert_eq!(whole, bytes);
        assert!(reader.is_empty());
        if tag & 0x20 != 0 {
            elements(content);
        }
    }
});

/// Reads every element of a constructed value, down to the last.
fn elements(content: &[u8]) {
    let mut reader = Reader::new(content);
    while !reader.is_empty() {
        let (tag, content, _) = reader.any().expect("an element that the walker took");
        if tag & 0x20 != 0 {
            elements(content);
        }
    }
}
