//! Every case of `attestation-samples/`, and what the cases as a whole must show.

use std::collections::BTreeSet;

use crate::case::Case;
use keyproof::{ReasonCode, Verdict};
use serde::Deserialize;

#[test]
fn every_case_comes_out_as_it_says() {
    let cases = Case::all();
    assert!(!cases.is_empty());
    let mut failures = Vec::new();
    for case in &cases {
        let differences = case.differences(&case.appraise());
        if !differences.is_empty() {
            failures.push(format!("{}\n    {}", case.name(), differences.join("\n    ")));
        }
    }
    assert!(failures.is_empty(), "{} of {}:\n{}", failures.len(), cases.len(), failures.join("\n"));
}

#[test]
fn no_case_is_accepted_by_the_bundled_anchors_if_it_needs_others() {
    for case in Case::all().into_iter().filter(|case| case.trust_anchors.is_some()) {
        let files = case.files();
        let files: Vec<_> =
            files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
        let verifier = crate::support::verifier(crate::support::facts());
        let result = crate::support::appraise(&verifier, &files, crate::support::at(&case.time));
        assert_eq!(result.verdict(), Verdict::Reject, "{}", case.name());
    }
}

/// Reasons that no case of this folder reaches, each with the test that does, or why none can.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Elsewhere {
    code: String,
    reached_by: String,
}

#[test]
fn every_reason_is_reached_by_a_case() {
    let list = include_str!("reasons-reached-elsewhere.yaml");
    let elsewhere: Vec<Elsewhere> = serde_saphyr::from_str(list).expect("YAML");
    let mut reached: BTreeSet<String> = BTreeSet::new();
    for case in Case::all() {
        for finding in case.appraise().findings() {
            let all = finding.reasons().iter().chain(finding.notices());
            reached.extend(all.map(|reason| reason.code().code().to_owned()));
        }
    }
    for entry in &elsewhere {
        assert!(ReasonCode::from_code(&entry.code).is_some(), "{}: no such code", entry.code);
        assert!(!entry.reached_by.is_empty());
        assert!(
            !reached.contains(&entry.code),
            "{}: a case reaches it; drop the entry",
            entry.code
        );
    }
    let missing: Vec<_> = ReasonCode::ALL
        .iter()
        .map(|code| code.code())
        .filter(|code| {
            !reached.contains(*code) && !elsewhere.iter().any(|entry| entry.code == *code)
        })
        .collect();
    assert!(missing.is_empty(), "no case reaches {missing:?}");
}

#[test]
fn every_reason_has_its_heading_in_the_documentation() {
    let page = include_str!("../../docs/reasons.md");
    let headings: Vec<_> = page.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    let codes: Vec<_> = ReasonCode::ALL.iter().map(|code| code.code()).collect();
    assert_eq!(headings, codes, "docs/reasons.md has one heading per code, in order");
}
