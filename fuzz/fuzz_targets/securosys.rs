//! Whatever the document of a Primus HSM holds, reading it ends, with claims or with reasons; and no two
//! readings of one document differ.
#![no_main]

use keyproof::data;
use keyproof::encoding::xml;
use keyproof::submission::{Input, InputRole, Limits, Submission};
use keyproof::time::Timestamp;
use keyproof::trust::AnchorStatus;
use keyproof::vendor::securosys_primus::SecurosysPrimus;
use keyproof::vendor::{AttestationFormat, Evidence, Part, read_certificate};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // The files of a submission, which 00 FF divides.
    let inputs: Vec<_> = files(bytes)
        .enumerate()
        .map(|(number, bytes)| Input {
            name: number.to_string(),
            bytes: bytes.to_vec(),
            role: InputRole::Any,
        })
        .collect();
    if let Ok(root) = xml::parse(bytes) {
        assert_eq!(xml::parse(bytes).as_ref(), Ok(&root));
        assert!(!root.texts().is_empty());
    }
    let submission = Submission::unpack(inputs, &Limits::default());
    let certificates: Vec<_> = submission
        .items()
        .iter()
        .filter_map(|item| read_certificate(item.strict_der()).ok())
        .collect();
    for object in submission.objects() {
        if SecurosysPrimus.recognizes_object(object) != Part::Foreign {
            SecurosysPrimus.inspect_object(object);
        }
    }
    let trust = data::bundled().expect("bundled facts").trust;
    let time = Timestamp::from_rfc3339("2026-11-21T00:00:00Z").expect("a time");
    let evidence = Evidence { certificates: &certificates, objects: submission.objects() };
    match SecurosysPrimus.verify(evidence, &trust, time) {
        // The genuine statement, if it is in the corpus.
        Ok(verified) => assert_eq!(verified.status(), AnchorStatus::Unconfirmed),
        Err(reasons) => assert!(!reasons.is_empty()),
    }
});

fn files(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(bytes);
    std::iter::from_fn(move || {
        let bytes = rest?;
        match bytes.windows(2).position(|pair| pair == [0x00, 0xff]) {
            Some(at) => {
                rest = Some(&bytes[at + 2..]);
                Some(&bytes[..at])
            }
            None => rest.take(),
        }
    })
}
