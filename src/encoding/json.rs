//! Strict JSON (RFC 8259): one document, every name once, no byte order mark; depth, members and
//! values bounded while they are read. Two readers cannot understand it differently.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::fmt;

use serde::de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor};

/// Nesting allowed. The deepest genuine document seen, an answer of Azure's, needs 3.
pub const MAX_DEPTH: usize = 16;

/// Members of one object. The most seen in a genuine document, a bundle of nShield's, are 15.
pub const MAX_MEMBERS: usize = 64;

/// Values of one document, those that hold others counted too. The most seen in a genuine one, an
/// answer of Azure's, are 26.
pub const MAX_VALUES: usize = 1024;

/// A JSON value; members in the order of the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `null`
    Null,
    /// `true` or `false`
    Boolean(bool),
    /// A number.
    Number(serde_json::Number),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Self>),
    /// An object, no name twice.
    Object(Vec<(String, Self)>),
}

impl Value {
    /// The member of that name, if this is an object that has it.
    pub fn member(&self, name: &str) -> Option<&Self> {
        let (_, value) = self.members()?.iter().find(|(known, _)| known == name)?;
        Some(value)
    }

    /// The members, if this is an object.
    pub fn members(&self) -> Option<&[(String, Self)]> {
        match self {
            Self::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The elements, if this is an array.
    pub fn elements(&self) -> Option<&[Self]> {
        match self {
            Self::List(elements) => Some(elements),
            _ => None,
        }
    }

    /// Every string in it, names of members apart.
    pub fn texts(&self) -> Vec<&str> {
        match self {
            Self::Text(text) => vec![text],
            Self::List(elements) => elements.iter().flat_map(Self::texts).collect(),
            Self::Object(members) => members.iter().flat_map(|(_, it)| it.texts()).collect(),
            Self::Null | Self::Boolean(_) | Self::Number(_) => Vec::new(),
        }
    }

    /// The string, if this is one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// A text is not strict JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonError {
    /// What is wrong, with line and column.
    pub fault: String,
}

/// Reads `bytes`, which must be one JSON document.
pub fn parse(bytes: &[u8]) -> Result<Value, JsonError> {
    #[cfg(test)]
    super::tally::note("parse", bytes);
    let wrong = |fault: &str| JsonError { fault: fault.to_owned() };
    if bytes.starts_with(b"\xef\xbb\xbf") {
        // RFC 8259 8.1: a text must not begin with it.
        return Err(wrong("a byte order mark"));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| wrong("not UTF-8"))?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let values = Cell::new(MAX_VALUES);
    Below { depth: MAX_DEPTH, values: &values }
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(|error| JsonError { fault: error.to_string() })
}

/// Reads a value that may nest so many levels deeper, in a document that may hold so many more.
#[derive(Clone, Copy)]
struct Below<'b> {
    depth: usize,
    values: &'b Cell<usize>,
}

impl Below<'_> {
    fn deeper<E: de::Error>(self) -> Result<Self, E> {
        let depth = self.depth.checked_sub(1);
        let depth = depth.ok_or_else(|| E::custom("nesting beyond any genuine document"))?;
        Ok(Self { depth, ..self })
    }

    fn count_value<E: de::Error>(self) -> Result<(), E> {
        let left = self.values.get().checked_sub(1);
        let left = left.ok_or_else(|| E::custom("more values than any genuine document has"))?;
        self.values.set(left);
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Below<'_> {
    type Value = Value;

    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.count_value()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Below<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Boolean(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        let number = serde_json::Number::from_f64(value);
        number.map(Value::Number).ok_or_else(|| E::custom("a number that is none"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Value, A::Error> {
        let below = self.deeper()?;
        let mut elements = Vec::new();
        while let Some(element) = sequence.next_element_seed(below)? {
            elements.push(element);
        }
        Ok(Value::List(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let below = self.deeper()?;
        let mut members: Vec<(String, Value)> = Vec::new();
        let mut names = BTreeSet::new();
        while let Some(name) = map.next_key::<String>()? {
            if members.len() == MAX_MEMBERS {
                return Err(de::Error::custom("more members than any genuine object has"));
            }
            // RFC 8259 4: what a name means that stands twice is not defined.
            if !names.insert(name.clone()) {
                let name = name.escape_debug();
                return Err(de::Error::custom(format!("the name \"{name}\" stands twice")));
            }
            let value = map.next_value_seed(below)?;
            members.push((name, value));
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_DEPTH, MAX_MEMBERS, MAX_VALUES, Value, parse};

    #[test]
    fn a_document_is_read_in_its_order() {
        let value = parse(br#"{"b": [1, null, true], "a": "x\n"}"#).unwrap();
        let names: Vec<_> =
            value.members().unwrap().iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["b", "a"]);
        assert_eq!(value.member("a").unwrap().text(), Some("x\n"));
        assert_eq!(value.member("b").unwrap().elements().unwrap().len(), 3);
        assert_eq!(value.member("c"), None);
        assert_eq!(parse(br#"[["x"], {"y": "z"}, 1]"#).unwrap().texts(), ["x", "z"]);
    }

    #[test]
    fn what_two_readers_could_understand_differently_is_refused() {
        for (text, says) in [
            (&b"{\"a\": 1, \"a\": 2}"[..], "stands twice"),
            (b"{\"a\": 1, \"\\u0061\": 2}", "stands twice"),
            (b"\xef\xbb\xbf{}", "byte order mark"),
            (b"{\"a\": \"\xff\"}", "not UTF-8"),
            (b"{} {}", "trailing"),
            (b"{\"a\": 01}", "invalid number"),
            (b"{\"a\": NaN}", "expected value"),
            (b"{'a': 1}", "key must be a string"),
            (b"{\"a\": 1,}", "trailing comma"),
            (b"{\"a\": \"\\ud800\"}", "hex escape"),
            (b"{\"a\"", "EOF"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.fault.contains(says), "{text:?}: {}", error.fault);
        }
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(matches!(parse(nested(MAX_DEPTH).as_bytes()), Ok(Value::List(_))));
        let error = parse(nested(MAX_DEPTH + 1).as_bytes()).unwrap_err();
        assert!(error.fault.contains("nesting"), "{}", error.fault);
    }

    #[test]
    fn members_and_values_are_bounded() {
        let object = |members: usize| {
            let members: Vec<_> = (0..members).map(|number| format!("\"{number}\":0")).collect();
            format!("{{{}}}", members.join(","))
        };
        assert!(parse(object(MAX_MEMBERS).as_bytes()).is_ok());
        let error = parse(object(MAX_MEMBERS + 1).as_bytes()).unwrap_err();
        assert!(error.fault.contains("more members"), "{}", error.fault);
        // The list itself is a value too.
        let list = |values: usize| format!("[{}]", vec!["[]"; values - 1].join(","));
        assert!(parse(list(MAX_VALUES).as_bytes()).is_ok());
        let error = parse(list(MAX_VALUES + 1).as_bytes()).unwrap_err();
        assert!(error.fault.contains("more values"), "{}", error.fault);
    }
}
