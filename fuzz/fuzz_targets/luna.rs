//! A public key confirmation of a Luna, as the PKCS #7 file that `cmu getpkc` writes and as the
//! certificates in it: read, shown, and judged with the request that may stand behind it.
#![no_main]

use std::sync::LazyLock;

use keyproof::policy::default_policy;
use keyproof::{AttestationResult, Input, InputRole, Limits, Submission, Timestamp, Verdict, Verifier};
use libfuzzer_sys::fuzz_target;

static VERIFIER: LazyLock<Verifier> =
    LazyLock::new(|| Verifier::new(keyproof::data::bundled().expect("facts"), default_policy()));

fuzz_target!(|bytes: &[u8]| {
    let inputs = vec![Input {
        name: "confirmation.p7b".to_owned(),
        bytes: bytes.to_vec(),
        role: InputRole::Attestation,
    }];
    let submission = Submission::unpack(inputs, &Limits::default());
    let time = Timestamp::from_rfc3339("2026-11-21T00:00:00Z").expect("a time");
    let result: AttestationResult = VERIFIER.appraise(&submission, time);
    // Without a request nothing is accepted, whatever the confirmation says.
    assert_ne!(result.verdict(), Verdict::Accept);
    let _ = keyproof::report::json(&result);
});
