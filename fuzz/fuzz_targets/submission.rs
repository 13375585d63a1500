//! Whatever is sent, the intake ends, in bounds, and with one answer.
#![no_main]

use keyproof::encoding::der;
use keyproof::reason::ReasonCode;
use keyproof::submission::{Input, InputRole, ItemKind, Limits, Submission};
use keyproof_fuzz::divided;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits::default();
    // Several files, so that their order can be tried.
    let parts: Vec<&[u8]> = divided(bytes).take(8).collect();
    let inputs: Vec<Input> = parts
        .iter()
        .enumerate()
        .map(|(number, bytes)| Input {
            name: number.to_string(),
            bytes: bytes.to_vec(),
            role: if number == 0 { InputRole::Any } else { InputRole::Found },
        })
        .collect();
    let submission = Submission::unpack(inputs.clone(), &limits);
    let reversed = Submission::unpack(inputs.into_iter().rev().collect(), &limits);
    assert_eq!(submission, reversed, "the order of files matters");

    let count = |kind| submission.items().iter().filter(|item| item.kind() == kind).count();
    assert!(count(ItemKind::Certificate) <= limits.certificates);
    assert!(submission.items().len() <= limits.items + limits.certificates);
    for item in submission.items() {
        assert_eq!(der::check(item.der()), Ok(()));
        assert!(item.der().len() <= limits.item_bytes);
        assert!(!item.origins().is_empty());
    }
    let has = |code| submission.problems().iter().any(|problem| problem.code() == code);
    assert_eq!(has(ReasonCode::InputPemMultiple), count(ItemKind::Request) > 1);
    if submission.problems().iter().any(|problem| problem.code().forbids_keeping()) {
        assert_eq!(submission.problems().len(), 1);
        assert!(submission.items().is_empty() && submission.inputs().is_empty());
    } else {
        assert!(submission.inputs().len() >= parts.len(), "a file is not accounted for");
    }
    assert!(
        !submission.items().is_empty()
            || !submission.objects().is_empty()
            || !submission.problems().is_empty(),
        "nothing, and no reason for it"
    );
});
