//! The report for validation staff: on the first screen the verdict, why, what to do and what to
//! send; then a row for each requirement, and each matter. ASCII of our own, so that it reads on any
//! terminal and without colour; a letter in another language has that language's letters.

use super::headline::Headline;
use super::letter::Letter;
use super::page::{Page, Style, TextOptions};
use super::summary::{self, Weight, documentation_anchor};
use crate::result::{AttestationResult, Outcome, Verdict};

/// The result as text.
pub fn text(result: &AttestationResult, options: &TextOptions) -> String {
    let mut page = Page::new(options);
    let answer = Letter::about(result, options.language);
    headline(&mut page, result, answer.is_some());
    if let Some(answer) = &answer {
        letter(&mut page, answer);
        page.blank();
    }
    for (label, value) in summary::subject(result, page.fingerprints) {
        page.labelled("  ", label, 11, &value);
    }
    page.blank();
    for row in summary::rows(result, page.fingerprints) {
        requirement(&mut page, &row);
    }
    for matter in summary::matters(result) {
        page.blank();
        block(&mut page, &matter);
    }
    if let Some(observations) = result.observations() {
        page.blank();
        page.line(Style::Bold, "Seen of the live token, signed by nobody");
        for (label, value) in observations.lines() {
            page.labelled("  ", label, 11, &value);
        }
    }
    page.blank();
    page.line(Style::Bold, "Read");
    for [name, kind, layers, size, fingerprint] in summary::inputs(result, page.fingerprints) {
        let facts = format!("{name}: {kind}, {size}, SHA-256 {fingerprint}, layers {layers}");
        page.wrapped("  ", "    ", Style::Plain, &facts);
    }
    if result.inputs().is_empty() {
        page.line(Style::Plain, "  nothing");
    }
    page.blank();
    page.line(Style::Bold, "Rests on");
    for (label, value) in summary::provenance(result, page.fingerprints) {
        page.labelled("  ", label, 11, &value);
    }
    page.out
}

fn headline(page: &mut Page, result: &AttestationResult, answered: bool) {
    let headline = Headline::of(result, answered);
    let style = match result.verdict() {
        Verdict::Accept if headline.banner.is_none() => Style::Good,
        Verdict::Accept | Verdict::Review => Style::Weigh,
        Verdict::Reject => Style::Bad,
    };
    let word = result.verdict().id().to_uppercase();
    let rule = "=".repeat(page.width);
    page.line(style, &rule);
    page.line(style, &format!("  {word}"));
    if let Some(banner) = headline.banner {
        page.line(style, &format!("  *** {banner} ***"));
    }
    for cause in headline.causes {
        let code = cause.code();
        page.wrapped("  - ", "    ", Style::Plain, &format!("{} ({code})", cause.sentence()));
    }
    if headline.more > 0 {
        page.line(Style::Plain, &format!("  - and {} more, below", headline.more));
    }
    page.wrapped("  ", "  ", Style::Bold, &headline.next);
    if let Some(command) = &headline.command {
        page.wrapped("  Next: ", "        ", Style::Plain, command);
    }
    page.line(style, &rule);
}

/// The letter, with nothing beside it, so that it can be copied as it stands.
fn letter(page: &mut Page, letter: &Letter) {
    page.line(Style::Bold, "To the applicant");
    if !letter.hold_for.is_empty() {
        let codes: Vec<&str> = letter.hold_for.iter().map(|code| code.code()).collect();
        let hold = format!("HOLD IT BACK until this is settled: {}.", codes.join(", "));
        page.wrapped("  ", "  ", Style::Bad, &hold);
    }
    page.wrapped("  ", "  ", Style::Plain, letter.opening);
    for paragraph in &letter.paragraphs {
        page.wrapped("  - ", "    ", Style::Plain, paragraph);
    }
}

fn requirement(page: &mut Page, row: &summary::Row) {
    let (mark, style) = match row.outcome {
        Outcome::Satisfied => ("OK", Style::Good),
        Outcome::Review => ("REVIEW", Style::Weigh),
        Outcome::Unsatisfied => ("REJECT", Style::Bad),
        Outcome::NotEvaluated => ("--", Style::Bad),
    };
    page.row(mark, style, row.sentence, row.clause);
    if let Some(fact) = &row.fact {
        page.wrapped("          ", "          ", Style::Plain, fact);
    }
    for (words, codes) in [("See below", &row.reasons), ("Notice below", &row.notices)] {
        if !codes.is_empty() {
            let codes: Vec<&str> = codes.iter().map(|code| code.code()).collect();
            let line = format!("{words}: {}", codes.join(", "));
            page.wrapped("          ", "          ", Style::Plain, &line);
        }
    }
}

fn block(page: &mut Page, matter: &summary::Matter<'_>) {
    let style = match matter.weight {
        Weight::Reject => Style::Bad,
        Weight::Review => Style::Weigh,
        Weight::Notice => Style::Bold,
    };
    let code = matter.reason.code();
    page.line(style, &format!("{}  {code}", matter.weight.word()));
    page.wrapped("  ", "  ", Style::Plain, matter.reason.sentence());
    let names = matter.reason.detail().keys();
    let width = names.map(|name| name.chars().count()).max().unwrap_or(0).saturating_add(2);
    for (name, value) in matter.reason.detail() {
        page.labelled("    ", name, width, &page.fingerprints.show_text(value));
    }
    let hint = matter.reason.hint();
    match matter.weight {
        Weight::Notice => page.wrapped("  ", "  ", Style::Plain, &hint),
        Weight::Review | Weight::Reject => page.wrapped("  => ", "     ", Style::Bold, &hint),
    }
    let place = format!("{}; {}", matter.clauses.join("; "), documentation_anchor(code));
    page.wrapped("  ", "  ", Style::Plain, &place);
}
