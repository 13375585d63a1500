//! What a reader takes is what a writer of the standard would have written: no octet of an input is free.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../tests/support/rewritten.rs"]
mod rewritten;

fuzz_target!(|bytes: &[u8]| {
    rewritten::check(bytes);
});
