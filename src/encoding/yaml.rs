//! Strict YAML for the files that are ours or the operator's: facts, anchors, policies. A file is
//! read into a tree that knows the place of each value, and taken apart field by field, so that
//! every error names its line and column. Nothing in such a file is ignored or guessed: unknown and
//! duplicate keys, tags, merge keys, several documents and YAML 1.1 booleans are errors.

use std::fmt;
use std::ops::RangeInclusive;

use minicbor::data::Int;
use minicbor::{Decode, Encode};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::budget::BudgetBreach;
use serde_saphyr::{MergeKeyPolicy, NonFiniteFloatPolicy, Spanned};

/// A file, parsed.
#[derive(Clone, Debug)]
pub struct Document<'a> {
    file: &'a str,
    text: &'a str,
    root: Node,
}

/// A value and its place.
#[derive(Clone, Debug, Encode, Decode)]
pub struct Node {
    #[n(0)]
    value: Value,
    #[n(1)]
    place: FilePosition,
}

/// What a value is, by the YAML 1.2 core schema; unquoted YAML 1.1 booleans count as booleans, so
/// that they are not mistaken for text.
#[derive(Clone, Debug, Encode, Decode)]
enum Value {
    #[n(0)]
    Null,
    #[n(1)]
    Boolean(#[n(0)] bool),
    #[n(2)]
    Integer(#[n(0)] Int),
    #[n(3)]
    Float,
    #[n(4)]
    Text(#[n(0)] String),
    #[n(5)]
    Sequence(#[n(0)] Vec<Node>),
    #[n(6)]
    Mapping(#[n(0)] Vec<(Node, Node)>),
}

/// A place in a file: line and column, both from 1; 0 where it is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct FilePosition {
    /// The line.
    #[n(0)]
    pub line: u64,
    /// The column, in characters.
    #[n(1)]
    pub column: u64,
}

/// The kind of fault in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileFault {
    /// Not one YAML document with a mapping in it.
    Malformed,
    /// Too many bytes, or too many values once aliases are expanded.
    TooLarge,
    /// Nested too deeply.
    TooDeep,
    /// A key stands twice.
    DuplicateKey,
    /// A key that does not exist.
    UnknownField,
    /// A value of the wrong kind.
    Type,
    /// A number outside its range.
    Range,
    /// A value of the right kind that cannot be right.
    Value,
}

/// A file of ours or of the operator cannot be used. Never a verdict on a submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileError {
    /// The kind of fault.
    pub fault: FileFault,
    /// The name of the file.
    pub file: String,
    /// Where.
    pub place: FilePosition,
    /// What is wrong, in one sentence without its full stop.
    pub message: String,
    /// The line, with a mark below the column; empty where the place is not known.
    pub snippet: String,
}

impl fmt::Display for FileError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.position(), self.message)?;
        if !self.snippet.is_empty() {
            write!(formatter, "\n{}", self.snippet)?;
        }
        Ok(())
    }
}

impl std::error::Error for FileError {}

impl FileError {
    /// The name of the file, with line and column where they are known.
    pub fn position(&self) -> String {
        let FilePosition { line, column } = self.place;
        if line == 0 { self.file.clone() } else { format!("{}:{line}:{column}", self.file) }
    }
}

/// No file of ours comes near it: the policy is nested three deep, the facts five.
const MAX_DEPTH: usize = 16;

/// Values in a file, aliases expanded. The largest file of facts holds some two thousand.
const MAX_NODES: usize = 50_000;

impl<'a> Document<'a> {
    /// Parses `bytes`, of which there may be `limit`; `file` is for messages.
    pub fn parse(file: &'a str, bytes: &'a [u8], limit: usize) -> Result<Self, FileError> {
        let whole = |fault, message: String| FileError {
            fault,
            file: file.to_owned(),
            place: FilePosition::default(),
            message,
            snippet: String::new(),
        };
        if bytes.len() > limit {
            let message = format!("the file has {} bytes; at most {limit} are read", bytes.len());
            return Err(whole(FileFault::TooLarge, message));
        }
        let Ok(text) = std::str::from_utf8(bytes) else {
            return Err(whole(FileFault::Malformed, "the file is not UTF-8 text".to_owned()));
        };
        let at = |fault, place, message: &str| error_at(file, text, fault, place, message);
        if let Some(place) = tab_in_indentation(text) {
            return Err(at(
                FileFault::Malformed,
                place,
                "a tab stands in the indentation; use spaces",
            ));
        }
        let root: Node = serde_saphyr::from_str_with_options(text, options()).map_err(|error| {
            let error = error.without_snippet();
            let place = error.location().map_or_else(FilePosition::default, FilePosition::of);
            let (fault, message) = classify(error);
            at(fault, place, &message)
        })?;
        match root.value {
            Value::Mapping(_) => Ok(Self { file, text, root }),
            Value::Null => Err(whole(FileFault::Malformed, "the file states nothing".to_owned())),
            _ => {
                Err(at(FileFault::Malformed, root.place, "the file is not a list of `key: value`"))
            }
        }
    }

    /// A file of ours that was parsed before it was embedded: `text`, and what `compiled` said of it.
    pub(crate) fn embedded(
        file: &'a str,
        text: &'a str,
        compiled: &[u8],
    ) -> Result<Self, FileError> {
        let root = minicbor::decode(compiled).map_err(|error| FileError {
            fault: FileFault::Malformed,
            file: file.to_owned(),
            place: FilePosition::default(),
            message: format!("the embedded file is damaged: {error}"),
            snippet: String::new(),
        })?;
        Ok(Self { file, text, root })
    }

    /// What it says, so that it need not be parsed again.
    #[cfg(test)]
    pub(crate) fn compiled(&self) -> Vec<u8> {
        // Nothing is written to that could refuse it.
        minicbor::to_vec(&self.root).unwrap_or_default()
    }

    /// The mapping the file holds.
    pub fn root(&self) -> &Node {
        &self.root
    }

    /// An error at `place`.
    pub fn error(&self, fault: FileFault, place: FilePosition, message: &str) -> FileError {
        error_at(self.file, self.text, fault, place, message)
    }

    /// The keys of a mapping, to be taken one by one.
    pub fn fields<'n>(&'n self, node: &'n Node) -> Result<Fields<'n>, FileError> {
        let Value::Mapping(entries) = &node.value else {
            return Err(self.wrong_type(node, "a list of `key: value`"));
        };
        let mut remaining = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            remaining.push((self.text(key)?, key.place, value));
        }
        Ok(Fields { document: self, place: node.place, remaining, known: Vec::new() })
    }

    /// The items of a sequence.
    pub fn sequence<'n>(&self, node: &'n Node) -> Result<&'n [Node], FileError> {
        match &node.value {
            Value::Sequence(items) => Ok(items),
            _ => Err(self.wrong_type(node, "a list")),
        }
    }

    /// Text, not empty.
    pub fn text<'n>(&self, node: &'n Node) -> Result<&'n str, FileError> {
        match &node.value {
            Value::Text(text) if text.trim().is_empty() => {
                Err(self.error(FileFault::Value, node.place, "the text is empty"))
            }
            Value::Text(text) => Ok(text),
            Value::Boolean(_) => Err(self.error(
                FileFault::Type,
                node.place,
                "expected text, found a word that YAML may read as a boolean; put it in quotes",
            )),
            Value::Integer(_) | Value::Float => Err(self.error(
                FileFault::Type,
                node.place,
                "expected text, found a number; put it in quotes",
            )),
            _ => Err(self.wrong_type(node, "text")),
        }
    }

    /// `true` or `false`, and none of YAML 1.1's other spellings.
    pub fn boolean(&self, node: &Node) -> Result<bool, FileError> {
        match node.value {
            Value::Boolean(value) if self.token(node.place) == value.to_string() => Ok(value),
            _ => Err(self.wrong_type(node, "`true` or `false`")),
        }
    }

    /// A whole number, in decimal digits, within `range`.
    pub fn integer(&self, node: &Node, range: RangeInclusive<u64>) -> Result<u64, FileError> {
        // As it is written, so that 0x, 0o, signs, tags and fractions are no numbers.
        let token = self.token(node.place);
        let value = match node.value {
            Value::Integer(value) if value.to_string() == token => u64::try_from(value).ok(),
            // What is too long for any type comes as text or a fraction, and is out of range.
            Value::Float | Value::Text(_) if is_too_long(token) => None,
            _ => return Err(self.wrong_type(node, "a whole number in decimal digits")),
        };
        value.filter(|value| range.contains(value)).ok_or_else(|| {
            let message = match (range.start(), range.end()) {
                (start, &u64::MAX) => format!("{token} is not a number from {start} up"),
                (start, end) => format!("{token} is not within {start} to {end}"),
            };
            self.error(FileFault::Range, node.place, &message)
        })
    }

    /// The first unquoted word that is a boolean by YAML 1.1 and text by YAML 1.2, such as `no`.
    pub fn ambiguous_boolean(&self) -> Option<(&str, FilePosition)> {
        let mut waiting = vec![&self.root];
        while let Some(node) = waiting.pop() {
            match &node.value {
                Value::Boolean(value) if self.token(node.place) != value.to_string() => {
                    return Some((self.token(node.place), node.place));
                }
                Value::Sequence(items) => waiting.extend(items.iter().rev()),
                Value::Mapping(entries) => {
                    let nodes = entries.iter().rev().flat_map(|(key, value)| [value, key]);
                    waiting.extend(nodes);
                }
                _ => {}
            }
        }
        None
    }

    fn wrong_type(&self, node: &Node, expected: &str) -> FileError {
        let found = match node.value {
            Value::Null => "nothing",
            Value::Boolean(_) => "a boolean",
            Value::Integer(_) => "a number",
            Value::Float => "a number with a fraction",
            Value::Text(_) => "text",
            Value::Sequence(_) => "a list",
            Value::Mapping(_) => "a list of `key: value`",
        };
        self.error(FileFault::Type, node.place, &format!("expected {expected}, found {found}"))
    }

    /// The unquoted word at `place`, as it is written.
    fn token(&self, place: FilePosition) -> &str {
        let line = line_of(self.text, place).unwrap_or_default();
        let column = usize::try_from(place.column).unwrap_or(usize::MAX).saturating_sub(1);
        let start = line.char_indices().nth(column).map_or(line.len(), |(offset, _)| offset);
        let rest = line.get(start..).unwrap_or_default();
        let end = rest.find([' ', '\t', ',', ']', '}', '\r']).unwrap_or(rest.len());
        rest.get(..end).unwrap_or_default()
    }
}

impl Node {
    /// Where it stands.
    pub fn place(&self) -> FilePosition {
        self.place
    }
}

impl FilePosition {
    fn of(location: serde_saphyr::Location) -> Self {
        Self { line: location.line(), column: location.column() }
    }
}

/// The keys of one mapping that were not taken yet.
#[derive(Debug)]
pub struct Fields<'n> {
    document: &'n Document<'n>,
    place: FilePosition,
    remaining: Vec<(&'n str, FilePosition, &'n Node)>,
    known: Vec<&'static str>,
}

impl<'n> Fields<'n> {
    /// Takes the value of `key`, if it is there.
    pub fn optional(&mut self, key: &'static str) -> Option<&'n Node> {
        self.known.push(key);
        let position = self.remaining.iter().position(|(name, ..)| *name == key)?;
        Some(self.remaining.remove(position).2)
    }

    /// Takes the value of `key`, which must be there.
    pub fn required(&mut self, key: &'static str) -> Result<&'n Node, FileError> {
        let message = format!("`{key}` is missing");
        self.optional(key)
            .ok_or_else(|| self.document.error(FileFault::Malformed, self.place, &message))
    }

    /// Where the key `key` stands, if it is there and was not taken.
    pub fn place_of(&self, key: &str) -> Option<FilePosition> {
        self.remaining.iter().find(|(name, ..)| *name == key).map(|(_, place, _)| *place)
    }

    /// The value of `key`, if it is there and was not taken.
    pub fn value_of(&self, key: &str) -> Option<&'n Node> {
        self.remaining.iter().find(|(name, ..)| *name == key).map(|(.., node)| *node)
    }

    /// Takes all that is left, as name, place and value.
    pub fn rest(&mut self) -> Vec<(&'n str, FilePosition, &'n Node)> {
        std::mem::take(&mut self.remaining)
    }

    /// Takes the text of `key`, which must be there.
    pub fn text(&mut self, key: &'static str) -> Result<&'n str, FileError> {
        let node = self.required(key)?;
        self.document.text(node)
    }

    /// Takes the text of `key`, if it is there.
    pub fn optional_text(&mut self, key: &'static str) -> Result<Option<&'n str>, FileError> {
        self.optional(key).map(|node| self.document.text(node)).transpose()
    }

    /// Takes the list of `key`; empty if it is not there.
    pub fn list(&mut self, key: &'static str) -> Result<&'n [Node], FileError> {
        self.optional(key).map_or(Ok(&[]), |node| self.document.sequence(node))
    }

    /// Refuses what was not taken, and suggests the nearest name that exists.
    pub fn finish(self) -> Result<(), FileError> {
        let Some((name, place, _)) = self.remaining.first() else {
            return Ok(());
        };
        let near = nearest(name, &self.known)
            .map_or_else(String::new, |known| format!("; did you mean `{known}`?"));
        let message = format!("there is no `{}` here{near}", name.escape_debug());
        Err(self.document.error(FileFault::UnknownField, *place, &message))
    }
}

/// The known name that differs from `name` in the fewest letters, if it is few.
pub fn nearest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    let limit = (name.len() / 3).clamp(1, 4);
    known
        .iter()
        .map(|known| (distance(name, known), *known))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, known)| known)
}

/// The number of letters to insert, remove or replace (Levenshtein).
fn distance(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.chars().count()).collect();
    for (index, letter) in left.chars().enumerate() {
        let mut next = Vec::with_capacity(row.len());
        next.push(index.saturating_add(1));
        for ((above_left, above), other) in row.iter().zip(row.iter().skip(1)).zip(right.chars()) {
            let replaced = above_left.saturating_add(usize::from(letter != other));
            let before = next.last().copied().unwrap_or_default();
            next.push(replaced.min(above.saturating_add(1)).min(before.saturating_add(1)));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

fn options() -> serde_saphyr::Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            // Beyond MAX_DEPTH, so that it is the budget that answers.
            flow_nesting_limit: MAX_DEPTH * 4,
            max_depth: MAX_DEPTH,
            max_nodes: MAX_NODES,
            max_events: MAX_NODES * 2,
            max_aliases: 64,
            max_anchors: 64,
            max_documents: 2,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: 4096,
        },
        merge_keys: MergeKeyPolicy::Error,
        reject_unsupported_tags: true,
        non_finite_float_policy: NonFiniteFloatPolicy::PassThrough,
        with_snippet: false,
    }
}

fn classify(error: &serde_saphyr::Error) -> (FileFault, String) {
    use serde_saphyr::Error as Yaml;
    match error {
        Yaml::Budget { breach: BudgetBreach::Depth { .. }, .. } => {
            (FileFault::TooDeep, format!("values are nested more than {MAX_DEPTH} deep"))
        }
        Yaml::Budget { breach: BudgetBreach::Documents { .. }, .. }
        | Yaml::MultipleDocuments { .. } => {
            (FileFault::Malformed, "the file holds more than one YAML document".to_owned())
        }
        Yaml::Budget { breach: BudgetBreach::SequenceUnbalanced, .. } => {
            (FileFault::Malformed, "a list is not closed".to_owned())
        }
        Yaml::Budget { .. }
        | Yaml::AliasReplayCounterOverflow { .. }
        | Yaml::AliasReplayLimitExceeded { .. }
        | Yaml::AliasExpansionLimitExceeded { .. }
        | Yaml::AliasReplayStackDepthExceeded { .. } => (
            FileFault::TooLarge,
            "the file holds too many values once aliases are expanded".to_owned(),
        ),
        Yaml::AliasError { error, .. } => classify(error),
        Yaml::DuplicateMappingKey { key, .. } => {
            let key = key.as_deref().unwrap_or_default().escape_debug();
            (FileFault::DuplicateKey, format!("the key `{key}` stands twice"))
        }
        other => {
            // The parser's first line says what is wrong; the place is named by us.
            let message = other.to_string();
            let first = message.lines().next().unwrap_or_default();
            let first = first.split(" at line ").next().unwrap_or_default();
            // The scanner has no variant of its own for its limits on nesting.
            let fault = if first.contains("recursion limit") {
                FileFault::TooDeep
            } else {
                FileFault::Malformed
            };
            (fault, format!("not well-formed: {}", first.escape_debug()))
        }
    }
}

fn is_too_long(token: &str) -> bool {
    let digits = token.strip_prefix('-').unwrap_or(token);
    !digits.is_empty()
        && digits.bytes().all(|digit| digit.is_ascii_digit())
        && digits.parse::<u64>().is_err()
}

fn tab_in_indentation(text: &str) -> Option<FilePosition> {
    text.lines().zip(1..).find_map(|(line, number)| {
        let indentation = line.chars().take_while(|letter| letter.is_whitespace());
        let blank = line.trim().is_empty();
        let column = indentation.zip(1..).find(|(letter, _)| *letter == '\t' && !blank)?.1;
        Some(FilePosition { line: number, column })
    })
}

fn line_of(text: &str, place: FilePosition) -> Option<&str> {
    text.lines().nth(usize::try_from(place.line).ok()?.checked_sub(1)?)
}

/// Longer lines are cut in messages.
const SNIPPET_COLUMNS: usize = 100;

fn error_at(
    file: &str,
    text: &str,
    fault: FileFault,
    place: FilePosition,
    message: &str,
) -> FileError {
    let column = usize::try_from(place.column).unwrap_or(usize::MAX);
    let snippet = match line_of(text, place) {
        Some(line) if (1..=SNIPPET_COLUMNS).contains(&column) => {
            let visible = |letter: char| if letter.is_control() { '\u{fffd}' } else { letter };
            let shown: String = line.chars().take(SNIPPET_COLUMNS).map(visible).collect();
            let number = place.line.to_string();
            let (margin, indent) = (" ".repeat(number.len()), " ".repeat(column.saturating_sub(1)));
            format!(" {number} | {shown}\n {margin} | {indent}^")
        }
        _ => String::new(),
    };
    FileError { fault, file: file.to_owned(), place, message: message.to_owned(), snippet }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Value>::deserialize(deserializer)?;
        Ok(Self { value: spanned.value, place: FilePosition::of(spanned.defined) })
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Boolean(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Integer(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Integer(value.into()))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Value, E> {
        Ok(Int::try_from(value).map_or(Value::Float, Value::Integer))
    }

    fn visit_u128<E>(self, value: u128) -> Result<Value, E> {
        Ok(Int::try_from(value).map_or(Value::Float, Value::Integer))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Value, E> {
        Ok(Value::Float)
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Value::Sequence(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = access.next_entry()? {
            entries.push(entry);
        }
        Ok(Value::Mapping(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::{Document, FileError, FileFault, nearest};

    fn parse(text: &str) -> Result<Document<'_>, FileError> {
        Document::parse("test.yaml", text.as_bytes(), 10_000)
    }

    fn fault(text: &str) -> FileFault {
        parse(text).unwrap_err().fault
    }

    #[test]
    fn structural_faults_are_told_apart() {
        for (text, expected) in [
            ("", FileFault::Malformed),
            ("# a comment\n", FileFault::Malformed),
            ("- a\n", FileFault::Malformed),
            ("a: 1\n---\nb: 1\n", FileFault::Malformed),
            ("a:\n\tb: 1\n", FileFault::Malformed),
            ("a: !x 1\n", FileFault::Malformed),
            ("a: &x {b: 1}\nc:\n  <<: *x\n", FileFault::Malformed),
            ("a: [1\n", FileFault::Malformed),
            ("a: 1\na: 2\n", FileFault::DuplicateKey),
            ("a: {b: 1, \"b\": 2}\n", FileFault::DuplicateKey),
        ] {
            assert_eq!(fault(text), expected, "{text:?}");
        }
        assert_eq!(fault(&format!("a: {}{}", "[".repeat(40), "]".repeat(40))), FileFault::TooDeep);
        assert_eq!(fault(&"[".repeat(9_000)), FileFault::TooDeep);
        assert_eq!(fault(&format!("a: {}", "x".repeat(20_000))), FileFault::TooLarge);
        assert_eq!(
            Document::parse("t", &[b'a', b':', b' ', 0xff], 9).unwrap_err().fault,
            FileFault::Malformed
        );
    }

    #[test]
    fn aliases_are_expanded_within_bounds() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..9 {
            let below = level - 1;
            let items = vec![format!("*a{below}"); 9].join(", ");
            text.push_str(&format!("a{level}: &a{level} [{items}]\n"));
        }
        assert_eq!(fault(&text), FileFault::TooLarge);
        let document = parse("a: &x [1, 2]\nb: *x\n").unwrap();
        let mut fields = document.fields(document.root()).unwrap();
        assert_eq!(document.sequence(fields.required("b").unwrap()).unwrap().len(), 2);
    }

    #[test]
    fn only_true_and_false_are_booleans_and_only_digits_are_numbers() {
        let document = parse("v: [true, false]\nw: [yes, no, on, Off, True, 'true', 1]\n").unwrap();
        let mut fields = document.fields(document.root()).unwrap();
        for node in fields.list("v").unwrap() {
            assert!(document.boolean(node).is_ok());
        }
        for node in fields.list("w").unwrap() {
            assert_eq!(document.boolean(node).unwrap_err().fault, FileFault::Type);
        }
        let document = parse(
            "v: [3072, 4096 ,5]\nw: [3072.0, 0xc00, 0o17, '3072', 1e3, +5, no, .nan, null, !!float 5, !!str 5, 010, 1_000]\nr: [-1, 9, 99999999999999999999999]\n",
        )
        .unwrap();
        let mut fields = document.fields(document.root()).unwrap();
        for node in fields.list("v").unwrap() {
            assert!(document.integer(node, 5..=5000).is_ok());
        }
        for node in fields.list("w").unwrap() {
            assert_eq!(document.integer(node, 0..=u64::MAX).unwrap_err().fault, FileFault::Type);
        }
        for node in fields.list("r").unwrap() {
            assert_eq!(document.integer(node, 10..=20).unwrap_err().fault, FileFault::Range);
        }
    }

    #[test]
    fn unquoted_booleans_and_numbers_are_not_text() {
        let document =
            parse("v: [no, yes, true, 12, 1e5, null, [a], {a: b}]\nw: ['no']\n").unwrap();
        let mut fields = document.fields(document.root()).unwrap();
        for node in fields.list("v").unwrap() {
            assert_eq!(document.text(node).unwrap_err().fault, FileFault::Type);
        }
        assert_eq!(document.text(&fields.list("w").unwrap()[0]).unwrap(), "no");
    }

    #[test]
    fn what_is_not_taken_is_refused_at_its_place() {
        let document = parse("alpha: 1\nbravoo: 2\n").unwrap();
        let mut fields = document.fields(document.root()).unwrap();
        fields.required("alpha").unwrap();
        assert!(fields.optional("bravo").is_none());
        let error = fields.finish().unwrap_err();
        assert_eq!(
            (error.fault, error.place.line, error.place.column),
            (FileFault::UnknownField, 2, 1)
        );
        assert_eq!(
            error.to_string(),
            "test.yaml:2:1: there is no `bravoo` here; did you mean `bravo`?\n 2 | bravoo: 2\n   | ^"
        );
    }

    #[test]
    fn only_near_names_are_suggested() {
        assert_eq!(nearest("min_rsa_bitz", &["curves", "min_rsa_bits"]), Some("min_rsa_bits"));
        assert_eq!(nearest("colour", &["curves", "min_rsa_bits"]), None);
    }
}
