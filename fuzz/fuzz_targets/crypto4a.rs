//! Whatever an attestation message of a QASM or a CMS message holds, reading it ends, with claims or
//! with reasons.
#![no_main]

use keyproof::data;
use keyproof::signature::{cms, hss};
use keyproof::submission::{Input, InputRole, Limits, Submission};
use keyproof::time::Timestamp;
use keyproof::trust::AnchorStatus;
use keyproof::vendor::crypto4a_qasm::Crypto4aQasm;
use keyproof::vendor::{AttestationFormat, Evidence, Part};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = cms::verify(bytes);
    if let Some((key, signature)) = bytes.split_at_checked(60) {
        let oid = hss::HSS_LMS.content();
        let algorithm = [&[6, 11], oid].concat();
        // SubjectPublicKeyInfo { algorithm, BIT STRING { OCTET STRING of 60 octets } }.
        let header = [&[0x30, 80, 0x30, 13], algorithm.as_slice(), &[3, 63, 0, 4, 60]].concat();
        let spki = [header.as_slice(), key].concat();
        assert!(hss::verify(&spki, &algorithm, b"message", signature).is_err());
    }
    let input = Input { name: "a.der".to_owned(), bytes: bytes.to_vec(), role: InputRole::Any };
    let submission = Submission::unpack(vec![input], &Limits::default());
    let trust = data::bundled().expect("bundled facts").trust;
    let time = Timestamp::from_rfc3339("2026-11-21T00:00:00Z").expect("a time");
    for object in submission.objects() {
        if Crypto4aQasm.recognizes_object(object) == Part::Foreign {
            continue;
        }
        assert!(!Crypto4aQasm.inspect_object(object).is_empty());
        let evidence = Evidence { certificates: &[], objects: std::slice::from_ref(object) };
        match Crypto4aQasm.verify(evidence, &trust, time) {
            // The genuine message, if it is in the corpus.
            Ok(verified) => assert_eq!(verified.status(), AnchorStatus::Unconfirmed),
            Err(reasons) => assert!(!reasons.is_empty()),
        }
    }
});
