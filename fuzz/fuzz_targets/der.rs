//! What the certificate parser takes, the strict walker has taken; and the reader takes every value
//! that the walker takes, whole.
#![no_main]

use keyproof::encoding::der::{self, DerError, Reader};
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
        let read = Reader::whole(bytes, Reader::any);
        let (tag, content, whole) = read.expect("a value that the walker took");
        assert_eq!(whole, bytes);
        if tag & 0x20 != 0 {
            elements(content);
        }
    }
});

/// Reads every element of a constructed value, down to the last.
fn elements(content: &[u8]) {
    let element = |reader: &mut Reader<'_>| {
        let (tag, content, _) = reader.any()?;
        if tag & 0x20 != 0 {
            elements(content);
        }
        Ok::<_, DerError>(())
    };
    let read = Reader::whole(content, |reader| reader.each(element));
    read.expect("elements that the walker took");
}
