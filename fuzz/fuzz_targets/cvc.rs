//! What the card-verifiable reader takes, it takes whole, and every part lies in its place; and no
//! evidence of that form makes a verdict panic.
#![no_main]

use keyproof::data;
use keyproof::encoding::cvc::CardVerifiable;
use keyproof::policy::default_policy;
use keyproof::public_key::PublicKey;
use keyproof::{Input, InputRole, Limits, Submission, Timestamp, Verdict, Verifier};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static VERIFIER: LazyLock<Verifier> =
    LazyLock::new(|| Verifier::new(data::bundled().expect("facts"), default_policy()));

fuzz_target!(|bytes: &[u8]| {
    match CardVerifiable::parse(bytes) {
        Ok(object) => {
            assert_eq!(object.whole(), bytes);
            if let CardVerifiable::AuthenticatedRequest(request) = &object {
                assert!(request.signed.starts_with(request.request.whole));
                let _ = PublicKey::from_card(&request.request.public_key, None);
            }
        }
        Err(error) => assert!(error.offset <= bytes.len()),
    }
    let input = Input { name: "fuzz".to_owned(), bytes: bytes.to_vec(), role: InputRole::Any };
    let submission = Submission::unpack(vec![input], &Limits::default());
    let time = Timestamp::from_date("2026-11-21").expect("a date");
    // There is no request.
    assert_eq!(VERIFIER.appraise(&submission, time).verdict(), Verdict::Reject);
});
