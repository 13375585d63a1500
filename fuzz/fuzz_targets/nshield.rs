//! Whatever the members of an nShield bundle hold, reading them ends, with reasons or with what is shown.
#![no_main]

use keyproof::data;
use keyproof::submission::{Input, InputRole, Limits, Submission};
use keyproof::time::Timestamp;
use keyproof::trust::AnchorStatus;
use keyproof::vendor::entrust_nshield::EntrustNShield;
use keyproof::vendor::{AttestationFormat, Evidence, Part};
use libfuzzer_sys::fuzz_target;

/// In the order in which 00 FF divides them.
const MEMBERS: [&str; 11] = [
    "warrant",
    "modstatemsg",
    "modstatesig",
    "kcmsg",
    "kcsig",
    "pubkeydata",
    "knsopub",
    "hkm",
    "hkmc",
    "CertKMaKMCaKFIPSbKNSO",
    "hkfips",
];

fuzz_target!(|bytes: &[u8]| {
    // The bundle itself; or, after a first octet that no bundle has, its members.
    let text = match bytes {
        [0, parts @ ..] => bundle(parts).into_bytes(),
        text => text.to_vec(),
    };
    let input = Input { name: "a.att".to_owned(), bytes: text, role: InputRole::Any };
    let submission = Submission::unpack(vec![input], &Limits::default());
    let trust = data::bundled().expect("bundled facts").trust;
    let time = Timestamp::from_rfc3339("2026-11-21T00:00:00Z").expect("a time");
    for object in submission.objects() {
        if EntrustNShield.recognizes_object(object) == Part::Foreign {
            continue;
        }
        assert!(!EntrustNShield.inspect_object(object).is_empty());
        let evidence = Evidence { certificates: &[], objects: std::slice::from_ref(object) };
        match EntrustNShield.verify(evidence, &trust, time) {
            // The genuine example, if it is in the corpus.
            Ok(verified) => assert_eq!(verified.status(), AnchorStatus::Production),
            Err(reasons) => assert!(!reasons.is_empty()),
        }
    }
});

/// The bundle of members that 00 FF divides.
fn bundle(bytes: &[u8]) -> String {
    let mut parts = Vec::new();
    let mut rest = bytes;
    while let Some(at) = rest.windows(2).position(|pair| pair == [0x00, 0xff]) {
        parts.push(&rest[..at]);
        rest = &rest[at + 2..];
    }
    parts.push(rest);
    let members = MEMBERS.iter().zip(parts);
    let members: Vec<_> =
        members.map(|(name, part)| format!("\"{name}\": \"{}\"", base64url(part))).collect();
    format!(
        "{{\"root\": \"KWARN-1\", \"ciphersuite\": \"DLf3072s256mAEScSP800131Ar1\", {}}}",
        members.join(", ")
    )
}

/// RFC 4648 5.
fn base64url(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
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
