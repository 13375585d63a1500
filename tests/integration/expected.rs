//! What must come out of every simulation, a line each: `tests/expected/<format>.yaml`.
//!
//! A line begins with the options of `keyproof simulate` (`wrong-root`, `without-fault --key p384`)
//! and says the verdict, every finding that is not satisfied with the codes of its reasons, and every
//! notice. `nothing-read` stands for the five requirements that evidence alone answers, none of them
//! evaluated.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use keyproof::{AttestationResult, Reason, ReasonCode, Requirement};

/// The requirements that are not evaluated where no evidence holds.
const OF_EVIDENCE: [Requirement; 5] = [
    Requirement::KeyMatch,
    Requirement::GeneratedInModule,
    Requirement::NonExportable,
    Requirement::CertifiedModule,
    Requirement::NoKnownWeakness,
];

/// A requirement, its outcome with the codes of its reasons, and those of its notices.
pub type Written = (Requirement, String, String);

/// The lines of a format, by the options of the simulation.
pub fn table(format: &str) -> BTreeMap<String, String> {
    let folder = Path::new(crate::ROOT).join("tests/expected");
    let path = folder.join(format!("{format}.yaml"));
    let text = String::from_utf8(crate::support::read(&path)).expect("UTF-8");
    serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The line of a result. That no complete list of weak keys is bundled stands beside every sound key, and
/// not in every line.
pub fn line(result: &AttestationResult) -> String {
    let codes = |reasons: &[Reason]| {
        reasons.iter().map(|reason| reason.code().code()).collect::<Vec<_>>().join(" ")
    };
    let findings = result.findings().iter().map(|finding| {
        let outcome = format!("{} {}", finding.outcome().id(), codes(finding.reasons()));
        let notices: Vec<Reason> = finding.notices().to_vec();
        let notices: Vec<Reason> =
            notices.into_iter().filter(|it| it.code() != ReasonCode::KeyNoList).collect();
        (finding.requirement(), outcome, codes(&notices))
    });
    written(result.verdict().id(), &findings.collect::<Vec<_>>())
}

/// The line of those findings.
pub fn written(verdict: &str, findings: &[Written]) -> String {
    let nothing_read = OF_EVIDENCE.iter().all(|one| {
        findings.iter().any(|(it, outcome, _)| it == one && outcome.trim() == "not-evaluated")
    });
    let mut parts = vec![verdict.to_owned()];
    for (requirement, outcome, _) in findings {
        match outcome.trim().split_once(' ').unwrap_or((outcome.trim(), "")) {
            ("satisfied", "") => {}
            _ if nothing_read && *requirement == OF_EVIDENCE[0] => {
                parts.push("nothing-read".to_owned());
            }
            _ if nothing_read && OF_EVIDENCE.contains(requirement) => {}
            (outcome, codes) => {
                parts.push(with_codes(format!("{} {outcome}", requirement.id()), codes));
            }
        }
    }
    for (requirement, _, notices) in findings.iter().filter(|(_, _, notices)| !notices.is_empty()) {
        parts.push(with_codes(format!("notice {}", requirement.id()), notices));
    }
    parts.join("; ")
}

/// The codes in order, each once.
fn with_codes(words: String, codes: &str) -> String {
    let codes: BTreeSet<_> = codes.split_whitespace().collect();
    codes.into_iter().fold(words, |words, code| format!("{words} {code}"))
}

/// The codes that a line names.
pub fn codes(line: &str) -> impl Iterator<Item = &str> {
    line.split([';', ' ']).filter(|word| word.contains('.'))
}
