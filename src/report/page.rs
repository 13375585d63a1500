//! A page of plain text: lines folded to a width, in colour where that is wanted, and escaped.

use super::summary::Fingerprints;
use crate::escape::visible;
use crate::reason::Language;

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

/// Our own words in colour. Text that may come from evidence is plain or bold, and never begins a
/// line at the margin.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
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
pub(super) struct Page {
    pub(super) out: String,
    pub(super) width: usize,
    color: Color,
    pub(super) fingerprints: Fingerprints,
}

impl Page {
    pub(super) fn new(options: &TextOptions) -> Self {
        let width = options.width.max(60);
        let fingerprints = if width < 120 { Fingerprints::Ends } else { Fingerprints::Whole };
        Self { out: String::new(), width, color: options.color, fingerprints }
    }

    pub(super) fn blank(&mut self) {
        self.out.push('\n');
    }

    /// One line of one style.
    pub(super) fn line(&mut self, style: Style, text: &str) {
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
    pub(super) fn row(&mut self, mark: &str, style: Style, sentence: &str, clause: &str) {
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
    pub(super) fn labelled(&mut self, indent: &str, label: &str, width: usize, value: &str) {
        let value = if value.is_empty() { "(empty)" } else { value };
        let first = format!("{indent}{label:<width$}");
        let rest = " ".repeat(length(&first));
        self.wrapped(&first, &rest, Style::Plain, value);
    }

    /// Text folded between words, or within a word that is longer than a line.
    pub(super) fn wrapped(&mut self, first: &str, rest: &str, style: Style, text: &str) {
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
