//! Whatever the document of a Primus HSM holds, reading it ends, with claims or with reasons; and no two
//! readings of one document differ.
#![no_main]

use keyproof::encoding::xml;
use keyproof::trust::AnchorStatus;
use keyproof::format::securosys_primus::SecurosysPrimus;
use keyproof::format::{AttestationFormat, Evidence, Part};
use keyproof_fuzz::{divided, submission, verify};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(root) = xml::parse(bytes) {
        assert_eq!(xml::parse(bytes).as_ref(), Ok(&root));
        assert!(!root.texts().is_empty());
    }
    let submission = submission(divided(bytes));
    let certificates: Vec<_> = submission
        .items()
        .iter()
        .filter_map(|item| item.certificate()?.ok().cloned())
        .collect();
    for object in submission.objects() {
        if SecurosysPrimus.recognizes_object(object) != Part::Foreign {
            SecurosysPrimus.inspect_object(object);
        }
    }
    let evidence = Evidence { certificates: &certificates, objects: submission.objects() };
    // The genuine statement, if it is in the corpus.
    if let Some(verified) = verify(&SecurosysPrimus, evidence) {
        assert_eq!(verified.status(), AnchorStatus::Unconfirmed);
    }
});
