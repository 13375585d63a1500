//! The report for validation staff, on one screen: the verdict, what to do, a row for each
//! requirement, and for each matter the sentence to send. ASCII of our own, so that it reads on any
//! terminal and without colour.

use super::summary::{self, Weight, documentation_anchor, shorten_hex};
use crate::escape::visible;
use crate::result::{AttestationResult, Outcome, Verdict};

/// How a text report is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextOptions {
    /// Columns; taken as at least 60.
    pub width: usize,
    /// Whether terminal colours are used.
    pub color: Color,
}

impl Default for TextOptions {
    /// 80 columns, plain.
    fn default() -> Self {
        Self { width: 80, color: Color::Plain }
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
    headline(&mut page, result);
    for (label, value) in summary::subject(result) {
        page.labelled("  ", label, 11, &value);
    }
    page.blank();
    for row in summary::rows(result) {
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
    for [name, kind, layers, size, fingerprint] in summary::inputs(result) {
        let facts = format!("{name}: {kind}, {size}, SHA-256 {fingerprint}, layers {layers}");
        page.wrapped("  ", "    ", Style::Plain, &facts);
    }
    if result.inputs().is_empty() {
        page.line(Style::Plain, "  nothing");
    }
    page.blank();
    page.line(Style::Bold, "Rests on");
    for (label, value) in summary::provenance(result) {
        page.labelled("  ", label, 11, &value);
    }
    page.out
}

fn headline(page: &mut Page, result: &AttestationResult) {
    let style = match result.verdict() {
        Verdict::Accept if summary::banner(result).is_none() => Style::Good,
        Verdict::Accept | Verdict::Review => Style::Weigh,
        Verdict::Reject => Style::Bad,
    };
    let word = result.verdict().id().to_uppercase();
    let rule = "=".repeat(page.width);
    page.line(style, &rule);
    page.line(style, &format!("  {word}"));
    if let Some(banner) = summary::banner(result) {
        page.line(style, &format!("  *** {banner} ***"));
    }
    page.wrapped("  ", "  ", Style::Bold, &summary::next_step(result));
    page.line(style, &rule);
}

fn requirement(page: &mut Page, row: &summary::Row) {
    let (mark, style) = match row.outcome {
        Outcome::Satisfied => ("OK", Style::Good),
        Outcome::Review => ("REVIEW", Style::Weigh),
        Outcome::Unsatisfied => ("REJECT", Style::Bad),
        Outcome::NotEvaluated => ("--", Style::Bad),
    };
    page.row(mark, style, row.sentence, row.clause);
    for fact in &row.facts {
        page.wrapped("          ", "          ", Style::Plain, fact);
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
        page.labelled("    ", name, width, &shorten_hex(value));
    }
    match matter.weight {
        Weight::Notice => page.wrapped("  ", "  ", Style::Plain, code.hint()),
        Weight::Review | Weight::Reject => {
            page.wrapped("  => ", "     ", Style::Bold, code.hint());
        }
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
}

impl Page {
    fn new(options: &TextOptions) -> Self {
        Self { out: String::new(), width: options.width.max(60), color: options.color }
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
