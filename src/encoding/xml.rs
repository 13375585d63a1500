//! Strict XML (XML 1.0): one document in UTF-8 of elements, attributes and text, and nothing by which
//! two readers could understand it differently. No document type, processing instruction, comment,
//! CDATA section, namespace, or text between elements. What the parser would take more than linear
//! time for is refused before it is asked.

use std::fmt;

use roxmltree::{Document, Node, NodeType, ParsingOptions};

/// Nesting allowed. The deepest genuine document seen, a statement of a Primus HSM, needs 3.
pub const MAX_DEPTH: usize = 16;

/// Elements and texts allowed. The largest genuine document seen has some 70.
const MAX_NODES: u32 = 4096;

/// Attributes of one element. The most seen in a genuine document are 2. The parser compares each with
/// each.
const MAX_ATTRIBUTES: usize = 64;

/// An element. What it holds is either text or elements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// Its name.
    pub name: String,
    /// Its attributes, no name twice, in the order of the document.
    pub attributes: Vec<(String, String)>,
    /// Its elements, in the order of the document; a name may stand twice.
    pub elements: Vec<Self>,
    /// Its text as it stands there, character references resolved; empty if it holds elements.
    pub text: String,
}

impl Element {
    /// The value of an attribute.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let (_, value) = self.attributes.iter().find(|(known, _)| known == name)?;
        Some(value)
    }

    /// The elements of that name right inside this one.
    pub fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.elements.iter().filter(move |element| element.name == name)
    }

    /// Every text and attribute value in it.
    pub fn texts(&self) -> Vec<&str> {
        let own = self.attributes.iter().map(|(_, value)| value.as_str());
        let own = own.chain(std::iter::once(self.text.as_str()));
        own.chain(self.elements.iter().flat_map(Self::texts)).collect()
    }
}

/// A text is not strict XML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct XmlError {
    /// What is wrong and where; holds text of the document.
    pub fault: String,
}

impl fmt::Display for XmlError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.fault)
    }
}

impl std::error::Error for XmlError {}

fn fault(fault: impl Into<String>) -> XmlError {
    XmlError { fault: fault.into() }
}

/// Reads the one document that `text` is; its root element.
///
/// # Errors
/// A byte order mark, bytes that are not UTF-8, another version or encoding in the declaration, and
/// everything that this module does not know.
pub fn parse(text: &[u8]) -> Result<Element, XmlError> {
    #[cfg(test)]
    super::tally::note("parse", text);
    if text.starts_with(b"\xef\xbb\xbf") {
        return Err(fault("a byte order mark"));
    }
    let text = std::str::from_utf8(text).map_err(|error| fault(format!("not UTF-8: {error}")))?;
    check_declaration(text)?;
    // In XML 1.0 these two characters begin nothing else (2.4, 2.5, 2.7, 2.8).
    if text.contains("<!") {
        return Err(fault("a document type, a comment or a CDATA section"));
    }
    if text.match_indices("<?").any(|(at, _)| at > 0 || !text.starts_with("<?xml")) {
        return Err(fault("a processing instruction"));
    }
    check_tags(text)?;
    check_references(text)?;
    let options = ParsingOptions { nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    let document =
        Document::parse_with_options(text, options).map_err(|error| fault(error.to_string()))?;
    if document.root().children().any(|node| !node.is_element()) {
        return Err(fault("a processing instruction"));
    }
    read(document.root_element())
}

/// The parser takes the text for UTF-8 whatever the declaration says.
fn check_declaration(text: &str) -> Result<(), XmlError> {
    let Some(rest) = text.strip_prefix("<?xml") else {
        return Ok(());
    };
    let declaration = rest.split_once("?>").map(|(declaration, _)| declaration);
    // XML 1.0, 2.8 and 4.3.3: quotation marks of either kind, names of encodings in either case.
    let words: Vec<_> = declaration
        .unwrap_or_default()
        .split_ascii_whitespace()
        .map(|word| word.replace('\'', "\"").to_ascii_lowercase())
        .collect();
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["version=\"1.0\""]
        | ["version=\"1.0\"", "encoding=\"utf-8\""]
        | ["version=\"1.0\"", "encoding=\"utf-8\"", "standalone=\"yes\"" | "standalone=\"no\""] => {
            Ok(())
        }
        _ => Err(fault("a declaration of something else than XML 1.0 in UTF-8")),
    }
}

/// The tags of a document without comments, CDATA sections and processing instructions: between `<`
/// and the next `>` outside of quotation marks. What stands outside of the marks has no colon, by which
/// a namespace is named, and one pair of marks for each attribute. A text that is otherwise wrong is
/// left to the parser, which ends where it is.
fn check_tags(text: &str) -> Result<(), XmlError> {
    let mut rest = text.as_bytes();
    let mut depth = 0_usize;
    while let Some((_, tag)) = memchr::memchr(b'<', rest).and_then(|at| rest.split_at_checked(at)) {
        rest = tag;
        let mut attributes = 0_usize;
        loop {
            let end = rest.iter().position(|octet| matches!(octet, b'>' | b'"' | b'\'' | b':'));
            let Some([mark, after @ ..]) = end.and_then(|end| rest.get(end..)) else {
                return Ok(());
            };
            rest = after;
            match mark {
                b'>' => break,
                b':' => return Err(fault("a namespace")),
                _ => {}
            }
            attributes = attributes.saturating_add(1);
            if attributes > MAX_ATTRIBUTES {
                return Err(fault("an element of more attributes than any genuine one has"));
            }
            let Some(end) = memchr::memchr(*mark, rest) else {
                return Ok(());
            };
            rest = rest.get(end.saturating_add(1)..).unwrap_or_default();
        }
        let consumed = tag.len().saturating_sub(rest.len());
        let tag = tag.get(..consumed).unwrap_or_default();
        depth = match tag {
            [b'<', b'/', ..] => depth.saturating_sub(1),
            [.., b'/' | b'?', b'>'] => depth,
            _ => depth.saturating_add(1),
        };
        if depth > MAX_DEPTH {
            return Err(fault("nested too deeply"));
        }
    }
    Ok(())
}

/// Each character reference is to a character of XML (4.1, 2.2). The parser puts another in the place of
/// what is none.
fn check_references(text: &str) -> Result<(), XmlError> {
    for (_, reference) in text.match_indices("&#").filter_map(|(at, _)| text.split_at_checked(at)) {
        let number = reference.split_once(';').and_then(|(reference, _)| reference.get(2..));
        let digits = |text: &str, radix| {
            let all = !text.is_empty() && text.chars().all(|digit| digit.is_digit(radix));
            all.then(|| u32::from_str_radix(text, radix).ok()).flatten()
        };
        let character = number.and_then(|number| match number.strip_prefix('x') {
            Some(number) => digits(number, 16),
            None => digits(number, 10),
        });
        let is_character = character.and_then(char::from_u32).is_some_and(
            |character| matches!(character, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..),
        );
        if !is_character {
            return Err(fault("a reference to no character"));
        }
    }
    Ok(())
}

/// Its depth is bounded, as that of every document that the parser is given.
fn read(node: Node<'_, '_>) -> Result<Element, XmlError> {
    let name = node.tag_name();
    if name.namespace().is_some() || node.namespaces().len() > 0 {
        return Err(fault(format!("a namespace at {}", name.name())));
    }
    let mut attributes = Vec::new();
    for attribute in node.attributes() {
        if attribute.namespace().is_some() {
            return Err(fault(format!("a namespace at {}", attribute.name())));
        }
        attributes.push((attribute.name().to_owned(), attribute.value().to_owned()));
    }
    let mut elements = Vec::new();
    let mut text = String::new();
    for child in node.children() {
        match child.node_type() {
            NodeType::Element => elements.push(read(child)?),
            NodeType::Text => text.push_str(child.text().unwrap_or_default()),
            NodeType::Root | NodeType::Comment | NodeType::PI => {
                return Err(fault("a processing instruction"));
            }
        }
    }
    if !elements.is_empty() {
        // XML 1.0, 2.3: white space.
        if !text.chars().all(|character| matches!(character, ' ' | '\t' | '\n' | '\r')) {
            return Err(fault(format!("text between the elements of {}", name.name())));
        }
        text.clear();
    }
    Ok(Element { name: name.name().to_owned(), attributes, elements, text })
}

#[cfg(test)]
mod tests {
    use super::{MAX_ATTRIBUTES, MAX_DEPTH, parse};

    #[test]
    fn elements_attributes_and_text_are_read() {
        let text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a b=\"1\" c='&lt;'>\n\t<d>x &apos;&#x41;</d><d/>\n</a>\n\n";
        let root = parse(text.as_bytes()).unwrap();
        assert_eq!((root.name.as_str(), root.text.as_str()), ("a", ""));
        assert_eq!((root.attribute("b"), root.attribute("c")), (Some("1"), Some("<")));
        assert_eq!(root.attribute("d"), None);
        let texts: Vec<_> = root.named("d").map(|element| element.text.as_str()).collect();
        assert_eq!(texts, ["x 'A", ""]);
        assert_eq!(root.texts(), ["1", "<", "", "x 'A", ""]);
        assert!(parse(b"<?xml version='1.0'?><a/>").is_ok());
        assert!(parse(b"<a/>").is_ok());
    }

    #[test]
    fn what_two_readers_could_understand_differently_is_refused() {
        for text in [
            "",
            "<a>",
            "<a/><b/>",
            "<a/>x",
            "<a b=\"1\" b=\"2\"/>",
            "<!DOCTYPE a><a/>",
            "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>",
            "<a>&b;</a>",
            "<a><!-- --></a>",
            "<!-- --><a/>",
            "<a/><!-- -->",
            "<a>tr<!-- -->ue</a>",
            "<a>tr<![CDATA[u]]>e</a>",
            "<a b=\"<!\"/>",
            "<a><?b c?></a>",
            "<?b c?><a/>",
            "<a>text<b/></a>",
            "<a><b/>text</a>",
            "<a xmlns=\"urn:a\"/>",
            "<a xmlns=\"\"/>",
            "<a xmlns:b=\"urn:a\"/>",
            "<xml:a/>",
            "<b:a/>",
            "<a>\u{1}</a>",
            "<a>&#1;</a>",
            "<a>&#x110000;</a>",
            "<a>&#xd800;</a>",
            "<a>&#xfffe;</a>",
            "<a b=\"&#0;\"/>",
            "<a>&#;</a>",
            "<a>&#+65;</a>",
            "<a>&#X41;</a>",
            "<a>&#99999999999;</a>",
            "<a>&#65</a>",
            "<a>&</a>",
            "<a xml:lang=\"en\"/>",
            "\u{feff}<a/>",
            " <?xml version=\"1.0\"?><a/>",
            "<?xml version=\"1.1\"?><a/>",
            "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a/>",
            "<?xml version=\"1.0\" encoding=\"UTF-16\"?><a/>",
            "<?xml encoding=\"UTF-8\"?><a/>",
        ] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
        assert!(parse(b"<a>\xfc</a>").is_err());
    }

    #[test]
    fn attributes_are_bounded_however_they_are_written() {
        let element = |count: usize, value: &str| {
            let attributes: Vec<_> = (0..count).map(|it| format!("a{it}={value}")).collect();
            format!("<a {}/>", attributes.join(" "))
        };
        for value in ["''", "\"\"", "'\"'", "\">\"", "'<!'"] {
            let inner = |count| format!("<b>{}</b>", element(count, value));
            let refused = parse(inner(MAX_ATTRIBUTES + 1).as_bytes()).unwrap_err();
            if value != "'<!'" {
                assert!(parse(inner(MAX_ATTRIBUTES).as_bytes()).is_ok(), "{value}");
                assert!(refused.fault.contains("more attributes"), "{value}: {refused}");
            }
        }
        // What would hide the marks of an element: a quotation mark in what is no tag.
        for before in ["<?b \"?>", "<!-- \" -->", "<b \"/>", "<b>\"</b>"] {
            let text = format!("<c>{before}{}</c>", element(10_000, "\">\""));
            assert!(parse(text.as_bytes()).is_err(), "{before}");
        }
    }

    #[test]
    fn depth_and_size_are_bounded() {
        let nested = |depth: usize| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
        assert!(parse(nested(MAX_DEPTH).as_bytes()).is_ok());
        assert!(parse(nested(MAX_DEPTH + 1).as_bytes()).is_err());
        // Each element is closed, so that the parser itself has seen them all.
        assert!(parse(nested(100_000).as_bytes()).is_err());
        assert!(parse(format!("<a>{}</a>", "<b/>".repeat(5000)).as_bytes()).is_err());
    }
}
