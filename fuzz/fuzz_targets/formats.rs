//! Whatever is sent, every format that is asked about it ends, with claims or with reasons; and what it takes
//! for its own it can show.
#![no_main]

use keyproof::Verdict;
use keyproof::format::{Evidence, FORMATS, Part};
use keyproof::trust::AnchorStatus;
use keyproof_fuzz::{appraise, divided, submission, verify};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let submission = submission(divided(bytes));
    let certificates: Vec<_> = submission
        .items()
        .iter()
        .filter_map(|item| item.certificate()?.ok().cloned())
        .collect();
    let evidence = Evidence { certificates: &certificates, objects: submission.objects() };
    for format in FORMATS {
        for certificate in &certificates {
            let is_foreign = format.recognizes(certificate) == Part::Foreign;
            assert_eq!(is_foreign, format.inspect(certificate).is_empty(), "{}", format.name());
        }
        for object in submission.objects() {
            if format.recognizes_object(object) != Part::Foreign {
                format.inspect_object(object);
            }
        }
        // A genuine sample, if it is in the corpus.
        if let Some(verified) = verify(*format, evidence) {
            assert_ne!(verified.status(), AnchorStatus::Test);
        }
    }
    // Without a request nothing is accepted, whatever the evidence says.
    let has_request = submission.items().iter().any(|item| item.request().is_some());
    assert!(has_request || appraise(&submission).verdict() != Verdict::Accept);
});
