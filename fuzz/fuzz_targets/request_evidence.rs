//! Whatever a request carries as evidence, the intake ends, in bounds, and keeps nothing but evidence.
#![no_main]

use keyproof::encoding::der;
use keyproof::submission::{Input, InputRole, ItemKind, Limits, ObjectKind, Submission, draft};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // The values of the attribute; or, after a first octet that no value has, one wrapped statement.
    let request = match bytes {
        [0, statement @ ..] => {
            let statement = value(0x30, &[&[6, 2, 0x2a, 3], &value(4, &[statement])]);
            request(&value(0x30, &[&value(0x30, &[&statement])]))
        }
        values => request(values),
    };
    let limits = Limits::default();
    let strict = der::check(&request).is_ok() && request.len() <= limits.item_bytes;
    let input = Input { name: "r.csr".to_owned(), bytes: request, role: InputRole::Any };
    let submission = Submission::unpack(vec![input], &limits);
    let count = |kind| submission.items().iter().filter(|item| item.kind() == kind).count();
    assert!(count(ItemKind::Request) <= 1, "a request inside a request");
    assert_eq!(count(ItemKind::PublicKey), 0, "a key inside a request");
    assert!(count(ItemKind::Certificate) <= limits.certificates);
    assert!(submission.inputs().len() <= limits.files + 1);
    if !strict {
        assert!(!submission.problems().is_empty());
    }
    for object in submission.objects().iter().filter(|it| it.kind() == ObjectKind::Draft) {
        assert!(draft::DraftFormat::of(object.bytes()).is_some());
        assert!(!draft::inspect(object.bytes()).is_empty());
    }
});

/// A request for an Ed25519 key that nobody signed.
fn request(values: &[u8]) -> Vec<u8> {
    const EVIDENCE: &[u8] =
        &[6, 11, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02, 0x3b];
    let ed25519 = value(0x30, &[&[6, 3, 0x2b, 0x65, 0x70]]);
    let key = value(0x30, &[&ed25519, &value(3, &[&[0; 33]])]);
    let attribute = value(0x30, &[EVIDENCE, &value(0x31, &[values])]);
    let info = value(0x30, &[&[2, 1, 0], &[0x30, 0], &key, &value(0xa0, &[&attribute])]);
    value(0x30, &[&info, &ed25519, &value(3, &[&[0; 65]])])
}

fn value(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = content.len();
    let mut out = vec![tag];
    match length {
        0..=0x7f => out.push(length as u8),
        0x80..=0xff => out.extend([0x81, length as u8]),
        0x100..=0xffff => out.extend([0x82, (length >> 8) as u8, length as u8]),
        _ => out.extend([0x83, (length >> 16) as u8, (length >> 8) as u8, length as u8]),
    }
    out.extend(content);
    out
}
