//! What stands first: the verdict, why, and what staff do next.

use std::borrow::Cow;

use super::letter::settled_first;
use super::summary::{Matter, Weight, matters};
use crate::reason::{Reason, ReasonCode};
use crate::result::{AttestationResult, ResultSource, Verdict};
use crate::trust::AnchorStatus;

/// The reasons that a headline has room for.
const MOST_CAUSES: usize = 3;

/// What stands first in every report for people.
pub(super) struct Headline<'a> {
    /// A warning beside the verdict.
    pub(super) banner: Option<&'static str>,
    /// The gravest reasons for the verdict.
    pub(super) causes: Vec<&'a Reason>,
    /// How many more there are, as grave as these.
    pub(super) more: usize,
    /// What to do, in a sentence or two.
    pub(super) next: String,
    /// The command that settles a review.
    pub(super) command: Option<String>,
}

impl<'a> Headline<'a> {
    /// The headline of `result`; `answered` is whether there is a letter to the applicant.
    pub(super) fn of(result: &'a AttestationResult, answered: bool) -> Self {
        let matters = matters(result);
        let weight = match result.verdict() {
            Verdict::Accept => None,
            Verdict::Review => Some(Weight::Review),
            Verdict::Reject => Some(Weight::Reject),
        };
        let grave = matters.iter().filter(|matter| Some(matter.weight) == weight);
        let mut causes: Vec<&Reason> = grave.map(|matter| matter.reason).collect();
        let more = causes.len().saturating_sub(MOST_CAUSES);
        causes.truncate(MOST_CAUSES);
        let next = next_step(result, &matters, answered);
        Self { banner: banner(result), causes, more, next, command: command(result) }
    }
}

/// A warning that stands beside the verdict.
fn banner(result: &AttestationResult) -> Option<&'static str> {
    if result.source() == ResultSource::Document {
        return Some("FROM A FILE: this report was not judged here, and proves nothing.");
    }
    match result.trust() {
        AnchorStatus::Production => None,
        AnchorStatus::Unconfirmed => Some("UNCONFIRMED TRUST: one source alone knows the anchor."),
        AnchorStatus::Caller => Some("CALLER'S TRUST: the anchor was added here."),
        AnchorStatus::Test => Some("TEST TRUST: no manufacturer vouches for this key."),
    }
}

fn next_step(result: &AttestationResult, matters: &[Matter<'_>], answered: bool) -> String {
    if result.source() == ResultSource::Document {
        return "Do not issue on this page: it shows what a file says, which anybody may have \
                altered. Judge the submission again, or see the record in the ledger."
            .to_owned();
    }
    if let Some(came) = matters.iter().find_map(|matter| key_that_came(matter.reason.code())) {
        return format!(
            "Do not issue. {came} was sent: delete every copy, then send the applicant the text below."
        );
    }
    match (result.verdict(), result.trust()) {
        (Verdict::Reject, _) => after_reject(matters, answered),
        (Verdict::Accept, AnchorStatus::Test) => {
            "Do not issue. This shows only that the set-up works.".to_owned()
        }
        (Verdict::Review, _) => after_review(matters, answered),
        (Verdict::Accept, AnchorStatus::Unconfirmed | AnchorStatus::Caller) => {
            "Do not issue yet. Confirm the anchor with the manufacturer first.".to_owned()
        }
        (Verdict::Accept, AnchorStatus::Production) => {
            "The key may be certified. Keep this report with the request.".to_owned()
        }
    }
}

fn after_reject(matters: &[Matter<'_>], answered: bool) -> String {
    let first = settled_first(matters);
    match (first.as_slice(), answered) {
        ([], true) => "Do not issue. Send the applicant the text below.".to_owned(),
        ([], false) => "Do not issue. The submission leaves nothing to judge.".to_owned(),
        ([only], true) => {
            format!("Do not issue. {} Only then answer the applicant.", hint(matters, *only))
        }
        ([only], false) => {
            let hint = hint(matters, *only);
            format!("Do not issue, and tell the applicant nothing yet. {hint}")
        }
        (first, true) => format!(
            "Do not issue. Settle {} as said below, and only then answer the applicant.",
            list(first)
        ),
        (first, false) => {
            format!("Do not issue, and tell the applicant nothing yet: see {} below.", list(first))
        }
    }
}

fn after_review(matters: &[Matter<'_>], answered: bool) -> String {
    let first = settled_first(matters);
    let count = matters.iter().filter(|matter| matter.weight == Weight::Review).count();
    let weigh = match count {
        1 => "Do not issue yet. A person must weigh the matter under REVIEW below.".to_owned(),
        many => {
            format!("Do not issue yet. A person must weigh the {many} matters under REVIEW below.")
        }
    };
    match (first.as_slice(), answered) {
        (_, false) => weigh,
        ([], true) => format!("{weigh} The text below asks the applicant for what helps."),
        (first, true) => format!("{weigh} Settle {} before the applicant is asked.", list(first)),
    }
}

/// What staff do about the one matter that is settled first.
fn hint(matters: &[Matter<'_>], code: ReasonCode) -> Cow<'static, str> {
    let of_code = matters.iter().find(|matter| matter.reason.code() == code);
    of_code.map_or(Cow::Borrowed(code.hint()), |matter| matter.reason.hint())
}

fn list(codes: &[ReasonCode]) -> String {
    let codes: Vec<&str> = codes.iter().map(|code| code.code()).collect();
    codes.join(", ")
}

/// What came and must not be kept.
fn key_that_came(code: ReasonCode) -> Option<&'static str> {
    match code {
        ReasonCode::InputPrivateKeyPresent => Some("A private key"),
        ReasonCode::InputKeyBlobPresent => Some("A key in wrapped form"),
        ReasonCode::InputKeystorePresent => Some("What may hold a private key"),
        _ => None,
    }
}

/// How a person's decision about a review is written down.
fn command(result: &AttestationResult) -> Option<String> {
    let settled = result.verdict() == Verdict::Review && result.trust() != AnchorStatus::Test;
    let command = match result.ledger() {
        Some(ledger) => {
            let record = ledger.record;
            format!(
                "keyproof ledger approve {record} --reason TEXT --document FILE, \
                 or keyproof ledger refuse {record} --reason TEXT"
            )
        }
        None => "keyproof verify with --ledger and --order, which keeps the verdict; then \
                 keyproof ledger approve, or refuse"
            .to_owned(),
    };
    settled.then_some(command)
}
