//! A public key confirmation of a Luna, as the PKCS #7 file that `cmu getpkc` writes and as the
//! certificates in it: read, shown, and judged.
#![no_main]

use keyproof::Verdict;
use keyproof_fuzz::{appraise, submission};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let result = appraise(&submission([bytes]));
    // Without a request nothing is accepted, whatever the confirmation says.
    assert_ne!(result.verdict(), Verdict::Accept);
    let _ = keyproof::report::json(&result, keyproof::reason::Language::English);
});
