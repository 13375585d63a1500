//! YAML as programs print their answers (gcloud, az): block mappings, lists of texts, and texts that are plain,
//! in single quotes or literal. That is all that is read: whatever readers of YAML understand differently
//! (anchors, aliases, tags, merge keys, flow collections, comments, folded and double-quoted texts, several
//! documents, words that are a boolean to YAML 1.1 and none to 1.2) is refused, as is a name that stands twice.
//!
//! Not for our own files: [`super::yaml`] reads those.

use super::json::{MAX_DEPTH, MAX_MEMBERS, MAX_VALUES, Value};

/// A text is not YAML of that form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct YamlError {
    /// What is wrong, in words.
    pub fault: &'static str,
    /// The line, from 1.
    pub line: usize,
}

/// Reads `bytes`, which must be one mapping. The value is what JSON of the same meaning would be.
///
/// # Errors
/// The first fault.
pub fn parse(bytes: &[u8]) -> Result<Value, YamlError> {
    let text = std::str::from_utf8(bytes).map_err(|_| YamlError { fault: "not UTF-8", line: 1 })?;
    let mut lines = Lines::of(text)?;
    if lines.peek().is_some_and(|line| line.indent == 0 && line.text == "---") {
        lines.take();
    }
    let value = lines.mapping(0, MAX_DEPTH)?;
    match lines.peek() {
        None => Ok(value),
        Some(_) => Err(lines.fault("a line that continues nothing before it")),
    }
}

/// A line: its indentation, and the text behind it without blanks at its end.
#[derive(Clone, Copy, Debug)]
struct Line<'t> {
    number: usize,
    indent: usize,
    text: &'t str,
    /// As it stands there, without its break.
    whole: &'t str,
}

/// The lines that are left, and how many more values may stand in them.
struct Lines<'t> {
    lines: std::iter::Peekable<std::vec::IntoIter<Line<'t>>>,
    last: usize,
    values: usize,
}

impl<'t> Lines<'t> {
    fn of(text: &'t str) -> Result<Self, YamlError> {
        let mut lines = Vec::new();
        for (index, whole) in breaks(text).enumerate() {
            let number = index.saturating_add(1);
            let trimmed = whole.trim_start_matches(' ');
            let indent = whole.len().saturating_sub(trimmed.len());
            if trimmed.contains(|character: char| character.is_control()) {
                return Err(YamlError { fault: "a control character", line: number });
            }
            lines.push(Line { number, indent, text: trimmed.trim_end_matches(' '), whole });
        }
        while lines.last().is_some_and(|line| line.text.is_empty()) {
            lines.pop();
        }
        Ok(Self { lines: lines.into_iter().peekable(), last: 1, values: MAX_VALUES })
    }

    fn peek(&mut self) -> Option<Line<'t>> {
        self.lines.peek().copied()
    }

    fn take(&mut self) -> Option<Line<'t>> {
        let line = self.lines.next()?;
        self.last = line.number;
        Some(line)
    }

    /// A fault of the line that comes, or of the last one.
    fn fault(&mut self, fault: &'static str) -> YamlError {
        let line = self.peek().map_or(self.last, |line| line.number);
        YamlError { fault, line }
    }

    fn count_value(&mut self) -> Result<(), YamlError> {
        match self.values.checked_sub(1) {
            Some(left) => {
                self.values = left;
                Ok(())
            }
            None => Err(self.fault("more values than any genuine document has")),
        }
    }

    /// The members that stand at that indentation; there must be one.
    fn mapping(&mut self, indent: usize, depth: usize) -> Result<Value, YamlError> {
        let Some(below) = depth.checked_sub(1) else {
            return Err(self.fault("nesting beyond any genuine document"));
        };
        self.count_value()?;
        let mut members: Vec<(String, Value)> = Vec::new();
        while let Some(line) = self.peek().filter(|line| line.indent == indent) {
            let Some((name, rest)) = member(line.text) else {
                return Err(self.fault("a line that is no member of a mapping"));
            };
            if members.len() == MAX_MEMBERS {
                return Err(self.fault("more members than any genuine mapping has"));
            }
            if members.iter().any(|(known, _)| known == name) {
                return Err(self.fault("a name that stands twice"));
            }
            self.take();
            let value = if rest.is_empty() {
                self.collection(indent, below)?
            } else {
                self.scalar(rest, indent)?
            };
            members.push((name.to_owned(), value));
        }
        if members.is_empty() { Err(self.fault("no mapping")) } else { Ok(Value::Object(members)) }
    }

    /// What follows a name without a value on its line: a list, at the indentation of the name or deeper; a
    /// mapping deeper than it; or one text that is too long for the line of its name (ruamel.yaml).
    fn collection(&mut self, indent: usize, depth: usize) -> Result<Value, YamlError> {
        match self.peek() {
            Some(line) if line.indent >= indent && line.text.starts_with("- ") => {
                self.list(line.indent, depth)
            }
            Some(line) if line.indent > indent && member(line.text).is_some() => {
                self.mapping(line.indent, depth)
            }
            Some(line) if line.indent > indent => {
                self.take();
                self.count_value()?;
                let value = text(line.text);
                let value = value.map_err(|fault| YamlError { fault, line: line.number })?;
                self.expect_end(indent)?;
                Ok(Value::Text(value))
            }
            _ => Err(self.fault("a name without a value")),
        }
    }

    fn list(&mut self, indent: usize, depth: usize) -> Result<Value, YamlError> {
        if depth == 0 {
            return Err(self.fault("nesting beyond any genuine document"));
        }
        self.count_value()?;
        let mut elements = Vec::new();
        while let Some(line) = self.peek().filter(|line| line.indent == indent) {
            let Some(rest) = line.text.strip_prefix("- ") else { break };
            if member(rest).is_some() {
                return Err(self.fault("a list of anything but texts"));
            }
            self.take();
            elements.push(self.scalar(rest, indent)?);
        }
        Ok(Value::List(elements))
    }

    /// The value `rest` of the line that was taken, which stood at that indentation.
    fn scalar(&mut self, rest: &str, indent: usize) -> Result<Value, YamlError> {
        self.count_value()?;
        let value = match rest {
            "null" => Value::Null,
            "true" => Value::Boolean(true),
            "false" => Value::Boolean(false),
            "{}" => Value::Object(Vec::new()),
            "[]" => Value::List(Vec::new()),
            "|" => return Ok(Value::Text(self.literal(indent, "\n")?)),
            "|-" => return Ok(Value::Text(self.literal(indent, "")?)),
            _ => {
                let line = self.last;
                text(rest).map(Value::Text).map_err(|fault| YamlError { fault, line })?
            }
        };
        self.expect_end(indent)?;
        Ok(value)
    }

    /// That no line continues a text whose name stands at that indentation.
    fn expect_end(&mut self, indent: usize) -> Result<(), YamlError> {
        let goes_on = self.peek().is_some_and(|line| line.indent > indent || line.text.is_empty());
        if goes_on { Err(self.fault("a text that goes on in another line")) } else { Ok(()) }
    }

    /// The lines of a literal text, which stand deeper than `indent`, and its end (YAML 1.2.2, 8.1.1.2).
    fn literal(&mut self, indent: usize, end: &str) -> Result<String, YamlError> {
        let Some(first) = self.peek().filter(|line| line.indent > indent && !line.text.is_empty())
        else {
            return Err(self.fault("a literal text without a line"));
        };
        let mut texts: Vec<&str> = Vec::new();
        while let Some(line) = self.peek() {
            if line.text.is_empty() {
                // Another empty line at the end would have another sign than these two.
                texts.push("");
            } else if line.indent >= first.indent {
                texts.push(line.whole.get(first.indent..).unwrap_or_default());
            } else {
                break;
            }
            self.take();
        }
        if texts.last().is_some_and(|line| line.is_empty()) {
            return Err(self.fault("an empty line at the end of a literal text"));
        }
        Ok(texts.join("\n") + end)
    }
}

/// Lines that end in LF, CR LF or CR (YAML 1.2.2, 5.4); what follows the last break is one too.
fn breaks(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'))
}

/// A name of letters, digits and underscores, and what follows its colon on the line.
fn member(line: &str) -> Option<(&str, &str)> {
    let (name, rest) = line.split_once(':')?;
    let is_letter = |octet: u8| octet.is_ascii_alphanumeric() || octet == b'_';
    let named = name.bytes().next().is_some_and(|first| first.is_ascii_alphabetic());
    let value = if rest.is_empty() { Some(rest) } else { rest.strip_prefix(' ') };
    value.filter(|_| named && name.bytes().all(is_letter)).map(|value| (name, value))
}

/// Words that are more than texts to some reader (YAML 1.1, `bool` and `null`).
const WORDS: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];

/// A text on one line, plain or in single quotes.
fn text(rest: &str) -> Result<String, &'static str> {
    if let Some(quoted) = rest.strip_prefix('\'') {
        let quoted = quoted.strip_suffix('\'').ok_or("a quoted text without its end")?;
        let inner = quoted.replace("''", "");
        return if inner.contains('\'') {
            Err("a quote within a quoted text")
        } else {
            Ok(quoted.replace("''", "'"))
        };
    }
    let is_word = WORDS.iter().any(|word| rest.eq_ignore_ascii_case(word));
    match rest.bytes().next() {
        Some(b'&' | b'*') => Err("an anchor or an alias"),
        Some(b'!') => Err("a tag"),
        Some(b'{' | b'[') => Err("a collection within a line"),
        Some(b'|' | b'>') => Err("a text over several lines in another form than the literal one"),
        Some(b'"') => Err("a text in double quotes"),
        Some(first) if first.is_ascii_alphabetic() && !is_word => {
            if rest.contains(": ") || rest.contains(" #") || rest.ends_with(':') {
                Err("a plain text with a mark of YAML in it")
            } else {
                Ok(rest.to_owned())
            }
        }
        _ => Err("a plain text that readers take for something else"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::json;
    use super::{MAX_DEPTH, MAX_MEMBERS, MAX_VALUES, parse};

    fn fault(text: &str) -> (&'static str, usize) {
        let error = parse(text.as_bytes()).unwrap_err();
        (error.fault, error.line)
    }

    /// As gcloud prints it, by ruamel.yaml; and as PyYAML does, with another indentation of lists.
    #[test]
    fn what_is_printed_is_what_json_of_it_is() {
        let printed = "---\nalgorithm: EC_SIGN_P256_SHA256\nattestation:\n  certChains:\n    one:\n    - \
                       |\n      -----BEGIN X-----\n      AA==\n\n      -----END X-----\n    - plain text\n  \
                       content: H4sI-_8=\n  empty: {}\n  none: []\n  format: null\nold: true\ntime: \
                       '2026-11-21T00:00:00Z'\nquote: 'it''s'\ncut: |-\n  a\n   b\n";
        let meant = r#"{"algorithm": "EC_SIGN_P256_SHA256", "attestation": {"certChains": {"one":
            ["-----BEGIN X-----\nAA==\n\n-----END X-----\n", "plain text"]}, "content": "H4sI-_8=",
            "empty": {}, "none": [], "format": null}, "old": true, "time": "2026-11-21T00:00:00Z",
            "quote": "it's", "cut": "a\n b"}"#;
        let meant = json::parse(meant.as_bytes()).unwrap();
        assert_eq!(parse(printed.as_bytes()).unwrap(), meant);
        assert_eq!(parse(printed.replace('\n', "\r\n").as_bytes()).unwrap(), meant);
        assert_eq!(parse(printed.replace('\n', "\r").as_bytes()).unwrap(), meant);
        let long = parse(b"name: \n  projects/a\nb: c\n").unwrap();
        assert_eq!(long, json::parse(br#"{"name": "projects/a", "b": "c"}"#).unwrap());
        let deeper = parse(b"a:\n  - |\n    x\n  - d\nb: z").unwrap();
        assert_eq!(deeper, json::parse(br#"{"a": ["x\n", "d"], "b": "z"}"#).unwrap());
    }

    #[test]
    fn what_two_readers_could_understand_differently_is_refused() {
        for (text, says, line) in [
            ("a: x\na: y", "twice", 2),
            ("a: &x y", "an anchor or an alias", 1),
            ("a: *x", "an anchor or an alias", 1),
            ("<<: *x", "no member", 1),
            ("a: !!str x", "a tag", 1),
            ("a: !x", "a tag", 1),
            ("a: {b: c}", "within a line", 1),
            ("a: [b]", "within a line", 1),
            ("a: \"b\"", "double quotes", 1),
            ("a: >\n  b", "another form", 1),
            ("a: |2\n   b", "another form", 1),
            ("a: |+\n  b\n\n", "another form", 1),
            ("a: x # y", "mark of YAML", 1),
            ("# x\na: y", "no member", 1),
            ("a: x: y", "mark of YAML", 1),
            ("a: yes", "something else", 1),
            ("a: No", "something else", 1),
            ("a: NULL", "something else", 1),
            ("a: ~", "something else", 1),
            ("a: 010", "something else", 1),
            ("a: 2026-11-21", "something else", 1),
            ("a: .inf", "something else", 1),
            ("a: x\n  y", "goes on in another line", 2),
            ("a: 'x\n  y'", "without its end", 1),
            ("a: 'x'y'", "a quote within", 1),
            ("a:\n", "without a value", 1),
            ("a:\n  x\n  y", "goes on in another line", 3),
            ("a:\n  |\n    x", "another form", 2),
            ("a: x\n\nb: y", "goes on in another line", 2),
            ("a: x\n---\nb: y", "no member", 2),
            ("a: x\n...\n", "no member", 2),
            ("a: x\n b: y", "goes on in another line", 2),
            ("a:\n  b: x\n c: y", "continues nothing", 3),
            ("a:\n- b: x", "anything but texts", 2),
            ("a:\n- - x", "something else", 2),
            ("a: |\n  x\n y", "continues nothing", 3),
            ("a: |\n\n  x", "without a line", 2),
            ("a: |\n  x\n\nb: y", "an empty line", 4),
            ("a:\tx", "a control character", 1),
            ("a: \u{7}", "a control character", 1),
            ("? a", "no member", 1),
            ("x", "no member", 1),
            ("", "no mapping", 1),
            ("- x", "no member", 1),
        ] {
            let (said, at) = fault(text);
            assert!(said.contains(says) && at == line, "{text:?}: {said}, line {at}");
        }
        assert_eq!(parse(b"a: \xff").unwrap_err().fault, "not UTF-8");
    }

    #[test]
    fn depth_members_and_values_are_bounded() {
        let nested = |depth: usize| {
            let open: String =
                (0..depth - 1).map(|level| format!("{}a:\n", " ".repeat(level))).collect();
            format!("{open}{}a: x", " ".repeat(depth - 1))
        };
        assert!(parse(nested(MAX_DEPTH).as_bytes()).is_ok());
        assert!(fault(&nested(MAX_DEPTH + 1)).0.contains("nesting"));
        let members =
            |count: usize| -> String { (0..count).map(|n| format!("a{n}: x\n")).collect() };
        assert!(parse(members(MAX_MEMBERS).as_bytes()).is_ok());
        assert!(fault(&members(MAX_MEMBERS + 1)).0.contains("more members"));
        // The mapping and the list are values too.
        let values = |count: usize| format!("a:\n{}", "- x\n".repeat(count - 2));
        assert!(parse(values(MAX_VALUES).as_bytes()).is_ok());
        assert!(fault(&values(MAX_VALUES + 1)).0.contains("more values"));
    }
}
