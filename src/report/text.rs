//! The report for validation staff: on the first screen the verdict, why, what to do and what to
//! send; then a row for each requirement, and each matter. ASCII of our own, so that it reads on any
//! terminal and without colour; a letter in another language has that language's letters.

use super::headline::Headline;
use super::letter::Letter;
use super::summary::{self, Fingerprints, Weight, documentation_anchor};
use crate::escape::visible;
use crate::reason::Language;
use crate::result::{AttestationResult, Outcome, Verdict};

/// How a text report is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextOptions {
    /// Columns; taken as at least 60. From 120 on, fingerprints are shown whole.
    pub width: usize,
    /// Whether terminal colours are used.
    pub color: Color,
    /// The language of what is sent to the applicant.
    pub language: Language,
}

impl Default for TextOptions {
    /// 80 columns, plain.
    fn default() -> Self {
        Self { width: 80, color: Color::Plain, language: Language::English }
    }
}

/// Whether terminal colours are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Color {
    /// No escape sequences.
    Plain,
    /// ANSI escape sequences around our own words.
    Styled,
}

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
        page.wrapped("  - ", "    ", Style::Plain, &format!("{} ({code})", code.sentence()));
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
    page.wrapped("  ", "  ", Style::Plain, code.sentence());
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

/// Our own words in colour. Text that may come from evidence is plain or bold, and never begins a
/// line at the margin.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Plain,
    Bold,
    Good,
    Weigh,
    Bad,
}

impl Style {
    /// Select Graphic Rendition (ECMA-48 8.3.117).
    const fn start(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Bold => "\u{1b}[1m",
            Self::Good => "\u{1b}[1;32m",
            Self::Weigh => "\u{1b}[1;33m",
            Self::Bad => "\u{1b}[1;31m",
        }
    }
}

const RESET: &str = "\u{1b}[0m";

/// Characters of one value that are shown; the JSON report has the whole.
const MAX_VALUE: usize = 600;

/// The page so far. All text goes through [`Page::line`], which escapes it.
struct Page {
    out: String,
    width: usize,
    color: Color,
    fingerprints: Fingerprints,
}

impl Page {
    fn new(options: &TextOptions) -> Self {
        let width = options.width.max(60);
        let fingerprints = if width < 120 { Fingerprints::Ends } else { Fingerprints::Whole };
        Self { out: String::new(), width, color: options.color, fingerprints }
    }

    fn blank(&mut self) {
        self.out.push('\n');
    }

    /// One line of one style.
    fn line(&mut self, style: Style, text: &str) {
        self.spans(&[(style, text)]);
    }

    /// One line of several styles.
    fn spans(&mut self, spans: &[(Style, &str)]) {
        for (style, text) in spans {
            let styled = self.color == Color::Styled && *style != Style::Plain;
            if styled {
                self.out.push_str(style.start());
            }
            self.out.push_str(&visible(text));
            if styled {
                self.out.push_str(RESET);
            }
        }
        self.out.push('\n');
    }

    /// A mark, a sentence, and the clause at the right margin or on a line of its own.
    fn row(&mut self, mark: &str, style: Style, sentence: &str, clause: &str) {
        let mark = format!("  {mark:<8}");
        let used = length(&mark).saturating_add(length(sentence)).saturating_add(length(clause));
        match self.width.checked_sub(used) {
            Some(gap @ 2..) => {
                let gap = " ".repeat(gap);
                self.spans(&[
                    (style, &mark),
                    (Style::Bold, sentence),
                    (Style::Plain, &gap),
                    (Style::Plain, clause),
                ]);
            }
            _ => {
                self.spans(&[(style, &mark), (Style::Bold, sentence)]);
                self.line(Style::Plain, &format!("          {clause}"));
            }
        }
    }

    /// A name and a value, the values of a group aligned.
    fn labelled(&mut self, indent: &str, label: &str, width: usize, value: &str) {
        let value = if value.is_empty() { "(empty)" } else { value };
        let first = format!("{indent}{label:<width$}");
        let rest = " ".repeat(length(&first));
        self.wrapped(&first, &rest, Style::Plain, value);
    }

    /// Text folded between words, or within a word that is longer than a line.
    fn wrapped(&mut self, first: &str, rest: &str, style: Style, text: &str) {
        let mut shown = visible(text);
        let all = length(&shown);
        if all > MAX_VALUE {
            shown = shown.chars().take(MAX_VALUE).collect();
            shown.push_str(&format!(" ... ({all} characters in all)"));
        }
        let room = self.width.saturating_sub(length(first).max(length(rest))).max(20);
        let mut indent = first;
        for line in fold(&shown, room) {
            self.spans(&[(Style::Plain, indent), (style, &line)]);
            indent = rest;
        }
    }
}

fn length(text: &str) -> usize {
    text.chars().count()
}

/// Lines of at most `room` characters; at least one.
fn fold(text: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0_usize;
    for word in text.split(' ') {
        let mut word: Vec<char> = word.chars().collect();
        loop {
            let gap = usize::from(used > 0);
            let needed = used.saturating_add(gap).saturating_add(word.len());
            let fits = needed <= room;
            if !fits && used > 0 {
                lines.push(String::new());
                used = 0;
                continue;
            }
            let part: String = word.drain(..word.len().min(room)).collect();
            if let Some(line) = lines.last_mut() {
                line.push_str(if gap > 0 { " " } else { "" });
                line.push_str(&part);
                used = used.saturating_add(gap).saturating_add(length(&part));
            }
            if word.is_empty() {
                break;
            }
        }
    }
    lines
}
