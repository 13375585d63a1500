//! The layout of everything that is shown without being judged: headings, and names with values
//! below them. All text is escaped here.

use keyproof::escape::visible;

/// A listing so far.
#[derive(Default)]
pub(crate) struct Listing {
    out: String,
}

impl Listing {
    /// A line at the margin, with an empty one before it.
    pub(crate) fn heading(&mut self, text: &str) {
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        self.line(text);
    }

    /// A line at the margin.
    pub(crate) fn line(&mut self, text: &str) {
        self.out.push_str(&visible(text));
        self.out.push('\n');
    }

    /// A name and a value.
    pub(crate) fn field(&mut self, name: &str, value: &str) {
        self.out.push_str(&format!("  {:<17} {}\n", visible(name), visible(value)));
    }

    pub(crate) fn into_text(self) -> String {
        self.out
    }
}
