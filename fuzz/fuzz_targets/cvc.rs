//! What the card-verifiable reader takes, it takes whole, and every part lies in its place; and no
//! evidence of that form makes a verdict panic.
#![no_main]

use keyproof::Verdict;
use keyproof::encoding::cvc::CardVerifiable;
use keyproof::public_key::PublicKey;
use keyproof_fuzz::{appraise, submission};
use libfuzzer_sys::fuzz_target;

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
    // There is no request.
    assert_eq!(appraise(&submission([bytes])).verdict(), Verdict::Reject);
});
