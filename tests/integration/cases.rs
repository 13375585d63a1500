//! Every case of `attestation-samples/`, and what the cases as a whole must show, with those that
//! are simulated.

use std::collections::BTreeSet;

use crate::case::Case;
use crate::{expected, support};
use keyproof::reason::ToApplicant;
use keyproof::{ReasonCode, Verdict};
use keyproof_simulator::formats;
use serde::Deserialize;

#[test]
fn every_case_comes_out_as_it_says() {
    let cases = Case::stored();
    assert!(!cases.is_empty());
    let differs = |case: &&Case| expected::line(case.result()) != case.expected;
    let differences = cases.iter().filter(differs).map(|case| {
        format!("{}\n    {}\n    {}", case.name, case.expected, expected::line(case.result()))
    });
    let differences: Vec<_> = differences.collect();
    assert!(differences.is_empty(), "{}:\n{}", differences.len(), differences.join("\n"));
}

#[test]
fn no_case_is_accepted_by_the_bundled_anchors_if_it_needs_others() {
    let verifier = support::verifier(support::facts());
    let cases = Case::stored().iter().chain(Case::simulated());
    for case in cases.filter(|case| case.anchors.is_some()) {
        let result = case.appraise(&verifier);
        assert_eq!(result.verdict(), Verdict::Reject, "{}", case.name);
    }
}

/// Reasons that no case reaches, each with the test that does, or why none can.
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
    // What comes out is what these lines say: of folders by the test above, of simulations by
    // tests/simulate.rs.
    let mut lines: Vec<_> = Case::stored().iter().map(|case| case.expected.clone()).collect();
    lines.extend(formats().iter().flat_map(|format| expected::table(format.name).into_values()));
    let reached: BTreeSet<_> = lines.iter().flat_map(|line| expected::codes(line)).collect();
    for entry in &elsewhere {
        assert!(ReasonCode::from_code(&entry.code).is_some(), "{}: no such code", entry.code);
        assert!(!entry.reached_by.is_empty());
        assert!(
            !reached.contains(entry.code.as_str()),
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

#[test]
fn the_documentation_says_to_the_applicant_what_the_program_says() {
    let page = include_str!("../../docs/reasons.md");
    let sections = page.split("\n## ").skip(1);
    for (code, section) in ReasonCode::ALL.iter().zip(sections) {
        let expected = match code.to_applicant() {
            ToApplicant::Say(text) => format!("Say: “{text}”"),
            ToApplicant::WhenRefused(text) => format!("Say, where it is refused: “{text}”"),
            ToApplicant::Silent(why) => format!("Say nothing: {}", why.because()),
        };
        let paragraphs = section.split("\n\n").map(|paragraph| paragraph.replace('\n', " "));
        let said: Vec<_> = paragraphs.filter(|paragraph| paragraph.starts_with("Say")).collect();
        assert_eq!(said, [expected], "{code}");
    }
}
