//! Whatever a document of Fortanix DSM holds, reading it ends, with claims or with reasons.
#![no_main]

use keyproof::data;
use keyproof::submission::{Input, InputRole, Limits, Submission};
use keyproof::time::Timestamp;
use keyproof::trust::AnchorStatus;
use keyproof::vendor::fortanix_dsm::FortanixDsm;
use keyproof::vendor::{AttestationFormat, Evidence, Part};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // The document itself; or, after a first octet that no document has, its four certificates.
    let text = match bytes {
        [0, parts @ ..] => document(parts).into_bytes(),
        text => text.to_vec(),
    };
    let input = Input { name: "a.json".to_owned(), bytes: text, role: InputRole::Any };
    let submission = Submission::unpack(vec![input], &Limits::default());
    let trust = data::bundled().expect("bundled facts").trust;
    let time = Timestamp::from_rfc3339("2026-11-21T00:00:00Z").expect("a time");
    for object in submission.objects() {
        if FortanixDsm.recognizes_object(object) == Part::Foreign {
            continue;
        }
        assert!(!FortanixDsm.inspect_object(object).is_empty());
        let evidence = Evidence { certificates: &[], objects: std::slice::from_ref(object) };
        match FortanixDsm.verify(evidence, &trust, time) {
            // The genuine example, if it is in the corpus.
            Ok(verified) => assert_eq!(verified.status(), AnchorStatus::Unconfirmed),
            Err(reasons) => assert!(!reasons.is_empty()),
        }
    }
});

/// The document around certificates that 00 FF divides.
fn document(bytes: &[u8]) -> String {
    let mut parts = Vec::new();
    let mut rest = bytes;
    while let Some(at) = rest.windows(2).position(|pair| pair == [0x00, 0xff]) {
        parts.push(base64(&rest[..at]));
        rest = &rest[at + 2..];
    }
    let statement = base64(rest);
    let chain = parts.join("\", \"");
    format!(
        "{{\"authority_chain\": [\"{chain}\"], \"attestation_statement\": \
         {{\"format\": \"x509_certificate\", \"statement\": \"{statement}\"}}}}"
    )
}

/// RFC 4648 4.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let mut group = [0; 4];
        group[1..=chunk.len()].copy_from_slice(chunk);
        let bits = u32::from_be_bytes(group);
        for place in 0..4 {
            let index = (bits >> (18 - 6 * place)) & 0x3f;
            text.push(if place <= chunk.len() { char::from(ALPHABET[index as usize]) } else { '=' });
        }
    }
    text
}
