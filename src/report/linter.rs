//! The finding lists of two certificate linters, for pipelines that read them already. The verdict
//! comes first, so that an empty list is never taken for an accept.

use serde::Serialize;

use super::json::document;
use crate::escape::visible;
use crate::reason::Reason;
use crate::result::{AttestationResult, Finding, Outcome, Verdict};
use crate::trust::AnchorStatus;

/// The form of pkimetal: an array of `Linter`, `Finding`, `Field`, `Code`, `Severity`.
pub fn pkimetal(result: &AttestationResult) -> String {
    in_pkimetal(entries(result))
}

/// The form of pkilint: `results`, each with `node_path`, `validator` and `finding_descriptions`.
pub fn pkilint(result: &AttestationResult) -> String {
    in_pkilint(entries(result))
}

/// What the gate decided of a certificate, in the form of pkimetal: that it passes, or the reasons
/// against it.
pub fn gate_pkimetal(decision: Result<(), &[Reason]>) -> String {
    in_pkimetal(at_gate(decision))
}

/// The same in the form of pkilint.
pub fn gate_pkilint(decision: Result<(), &[Reason]>) -> String {
    in_pkilint(at_gate(decision))
}

fn in_pkimetal(entries: Vec<Entry>) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Line {
        linter: &'static str,
        finding: String,
        field: &'static str,
        code: String,
        severity: &'static str,
    }
    let entries: Vec<Line> = entries
        .into_iter()
        .map(|entry| Line {
            linter: env!("CARGO_PKG_NAME"),
            finding: entry.message,
            field: entry.field,
            code: entry.code,
            severity: entry.severity.pkimetal(),
        })
        .collect();
    document(&entries)
}

fn in_pkilint(entries: Vec<Entry>) -> String {
    #[derive(Serialize)]
    struct Report {
        results: Vec<Group>,
    }
    #[derive(Serialize)]
    struct Group {
        node_path: &'static str,
        validator: &'static str,
        finding_descriptions: Vec<Description>,
    }
    #[derive(Serialize)]
    struct Description {
        severity: &'static str,
        code: String,
        message: String,
    }
    let mut results: Vec<Group> = Vec::new();
    for entry in entries {
        let description = Description {
            severity: entry.severity.pkilint(),
            code: entry.code,
            message: entry.message,
        };
        match results.last_mut() {
            Some(group) if group.node_path == entry.field => {
                group.finding_descriptions.push(description);
            }
            _ => results.push(Group {
                node_path: entry.field,
                validator: env!("CARGO_PKG_NAME"),
                finding_descriptions: vec![description],
            }),
        }
    }
    document(&Report { results })
}

/// The field of what the gate finds.
const GATE: &str = "gate";

struct Entry {
    field: &'static str,
    code: String,
    message: String,
    severity: Severity,
}

#[derive(Clone, Copy)]
enum Severity {
    Info,
    Notice,
    Warning,
    Error,
}

impl Severity {
    fn of(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Satisfied => Self::Notice,
            Outcome::Review => Self::Warning,
            Outcome::Unsatisfied | Outcome::NotEvaluated => Self::Error,
        }
    }

    const fn pkimetal(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    const fn pkilint(self) -> &'static str {
        match self {
            Self::Info => "INFO",
            Self::Notice => "NOTICE",
            Self::Warning => "WARNING",
            Self::Error => "ERROR",
        }
    }
}

fn entries(result: &AttestationResult) -> Vec<Entry> {
    let mut entries = vec![verdict(result)];
    for finding in result.findings() {
        entries.extend(of_finding(finding));
    }
    entries
}

fn verdict(result: &AttestationResult) -> Entry {
    let severity = match (result.verdict(), result.trust()) {
        (Verdict::Reject, _) | (_, AnchorStatus::Test) => Severity::Error,
        (Verdict::Review, _) | (_, AnchorStatus::Unconfirmed | AnchorStatus::Caller) => {
            Severity::Warning
        }
        (Verdict::Accept, AnchorStatus::Production) => Severity::Info,
    };
    let (verdict, trust) = (result.verdict().id(), result.trust().id());
    Entry {
        field: "verdict",
        code: format!("verdict.{verdict}"),
        message: format!("The verdict is {verdict}, under {trust} trust."),
        severity,
    }
}

fn at_gate(decision: Result<(), &[Reason]>) -> Vec<Entry> {
    let (code, sentence, severity) = match decision {
        Ok(()) => ("gate.pass", "The certificate may be issued.", Severity::Info),
        Err(_) => ("gate.stop", "The certificate must not be issued.", Severity::Error),
    };
    let mut entries =
        vec![Entry { field: GATE, code: code.to_owned(), message: sentence.to_owned(), severity }];
    let against = decision.err().unwrap_or_default();
    entries.extend(against.iter().map(|reason| of_reason(GATE, reason, Severity::Error)));
    entries
}

fn of_reason(field: &'static str, reason: &Reason, severity: Severity) -> Entry {
    Entry { field, code: reason.code().code().to_owned(), message: message(reason), severity }
}

fn of_finding(finding: &Finding) -> Vec<Entry> {
    let field = finding.requirement().id();
    let entry = |reason: &Reason, severity| of_reason(field, reason, severity);
    let mut entries = Vec::new();
    if finding.outcome() == Outcome::NotEvaluated {
        entries.push(Entry {
            field,
            code: format!("{field}.not-evaluated"),
            message: "An earlier step left nothing to judge.".to_owned(),
            severity: Severity::Error,
        });
    }
    entries.extend(
        finding.weighed_reasons().map(|(outcome, reason)| entry(reason, Severity::of(outcome))),
    );
    entries.extend(finding.notices().iter().map(|reason| entry(reason, Severity::Notice)));
    entries
}

fn message(reason: &Reason) -> String {
    let mut message = reason.sentence().to_owned();
    for (name, value) in reason.detail() {
        message.push_str(&format!(" {name}: {};", visible(value)));
    }
    message.truncate(message.trim_end_matches(';').len());
    message
}
