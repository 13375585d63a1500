//! Distinguished names (RFC 5280 4.1.2.4): strictly decoded, compared by their DER, shown as
//! RFC 4514 text.

use super::der::{DerError, Reader, tag};
use super::oid::Oid;
use crate::oid;

/// A distinguished name: its DER, and its attributes as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    der: Vec<u8>,
    attributes: Vec<Attribute>,
}

/// One attribute of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Attribute {
    kind: Kind,
    value: String,
    /// Which relative name it is part of, counted from the front.
    relative_name: usize,
}

/// The type of an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    /// One that has a keyword here.
    Known(&'static str),
    /// Any other, by the content octets of its identifier.
    Other(Vec<u8>),
}

impl Attribute {
    fn read(set: &mut Reader<'_>, relative_name: usize) -> Result<Self, NameError> {
        set.nested(tag::SEQUENCE, |attribute| {
            let kind = Kind::of(attribute.oid()?);
            let (tag, content, _) = attribute.any()?;
            let value = decode_text(tag, content).ok_or(NameError::Encoding)?;
            Ok(Self { kind, value, relative_name })
        })
    }
}

impl Kind {
    fn of(oid: Oid<'_>) -> Self {
        match KEYWORDS.iter().find(|(known, _)| *known == oid) {
            Some((_, keyword)) => Self::Known(keyword),
            None => Self::Other(oid.content().to_vec()),
        }
    }
}

/// A name cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameError {
    /// Not the structure of a name.
    Der(DerError),
    /// An attribute is not text in the encoding it claims, or not text at all.
    Encoding,
}

impl From<DerError> for NameError {
    fn from(error: DerError) -> Self {
        Self::Der(error)
    }
}

impl Name {
    /// Takes one Name off `reader`.
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, NameError> {
        let (_, _, der) = reader.ahead()?;
        let mut attributes = Vec::new();
        let mut relative_name = 0;
        reader.nested(tag::SEQUENCE, |relative_names| {
            while !relative_names.is_empty() {
                relative_names.nested(tag::SET, |set| {
                    attributes.push(Attribute::read(set, relative_name)?);
                    while !set.is_empty() {
                        attributes.push(Attribute::read(set, relative_name)?);
                    }
                    Ok::<_, NameError>(())
                })?;
                relative_name += 1;
            }
            Ok::<_, NameError>(())
        })?;
        Ok(Self { der: der.to_vec(), attributes })
    }

    /// The DER of the Name; names are equal when these bytes are.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The text, if the name is exactly one commonName.
    pub fn sole_common_name(&self) -> Option<&str> {
        match self.attributes.as_slice() {
            [attribute] if attribute.kind == Kind::Known(COMMON_NAME) => Some(&attribute.value),
            _ => None,
        }
    }

    /// The texts of the attributes of that type, in the order in which they are encoded; hostile.
    pub fn texts(&self, kind: Oid<'_>) -> impl Iterator<Item = &str> {
        let kind = Kind::of(kind);
        let of_kind = self.attributes.iter().filter(move |attribute| attribute.kind == kind);
        of_kind.map(|attribute| attribute.value.as_str())
    }

    /// The text of the one commonName, whatever other attributes there are; nothing if there are two.
    pub fn only_common_name(&self) -> Option<&str> {
        let is_common_name = |attribute: &&Attribute| attribute.kind == Kind::Known(COMMON_NAME);
        let mut common_names = self.attributes.iter().filter(is_common_name);
        match (common_names.next(), common_names.next()) {
            (Some(attribute), None) => Some(&attribute.value),
            _ => None,
        }
    }

    /// The texts of all attributes, in the order in which they are encoded; hostile.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.attributes.iter().map(|attribute| attribute.value.as_str())
    }
}

impl std::fmt::Display for Name {
    /// RFC 4514: most specific first. Control characters are left for the renderer to escape.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let relative_names =
            self.attributes.chunk_by(|one, next| one.relative_name == next.relative_name);
        let mut separator = "";
        for attributes in relative_names.collect::<Vec<_>>().into_iter().rev() {
            for attribute in attributes {
                formatter.write_str(separator)?;
                match &attribute.kind {
                    Kind::Known(keyword) => formatter.write_str(keyword)?,
                    Kind::Other(oid) => write!(formatter, "{}", Oid::from_content(oid))?,
                }
                formatter.write_str("=")?;
                escape_rfc4514(&attribute.value, formatter)?;
                separator = "+";
            }
            separator = ",";
        }
        Ok(())
    }
}

const COMMON_NAME: &str = "CN";

/// The keywords every implementation knows (RFC 4514 3), and those of attributes that subscribers use:
/// emailAddress (RFC 2985 5.2.1), those of RFC 4519 2 and X.520, and the three that the EV Guidelines
/// of the CA/Browser Forum name (version 1.8.0, 9.2.4).
const KEYWORDS: &[(Oid<'_>, &str)] = &[
    (oid!(2.5.4.3), COMMON_NAME),
    (oid!(2.5.4.4), "surname"),
    (oid!(2.5.4.5), "serialNumber"),
    (oid!(2.5.4.6), "C"),
    (oid!(2.5.4.7), "L"),
    (oid!(2.5.4.8), "ST"),
    (oid!(2.5.4.9), "STREET"),
    (oid!(2.5.4.10), "O"),
    (oid!(2.5.4.11), "OU"),
    (oid!(2.5.4.12), "title"),
    (oid!(2.5.4.15), "businessCategory"),
    (oid!(2.5.4.17), "postalCode"),
    (oid!(2.5.4.18), "postOfficeBox"),
    (oid!(2.5.4.42), "givenName"),
    (oid!(2.5.4.97), "organizationIdentifier"),
    (oid!(1.3.6.1.4.1.311.60.2.1.1), "jurisdictionLocalityName"),
    (oid!(1.3.6.1.4.1.311.60.2.1.2), "jurisdictionStateOrProvinceName"),
    (oid!(1.3.6.1.4.1.311.60.2.1.3), "jurisdictionCountryName"),
    (oid!(0.9.2342.19200300.100.1.1), "UID"),
    (oid!(0.9.2342.19200300.100.1.25), "DC"),
    (oid!(1.2.840.113549.1.9.1), "emailAddress"),
];

fn escape_rfc4514(value: &str, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
    use std::fmt::Write;
    const MEANING: &[char] = &['"', '+', ',', ';', '<', '>', '\\', '#', '\0'];
    if !value.contains(MEANING) && value.trim_matches(' ') == value {
        return formatter.write_str(value);
    }
    let last = value.chars().count().saturating_sub(1);
    for (position, character) in value.chars().enumerate() {
        let escaped = match character {
            '"' | '+' | ',' | ';' | '<' | '>' | '\\' => true,
            '#' | ' ' if position == 0 => true,
            ' ' => position == last,
            _ => false,
        };
        if character == '\0' {
            formatter.write_str("\\00")?;
            continue;
        }
        if escaped {
            formatter.write_char('\\')?;
        }
        formatter.write_char(character)?;
    }
    Ok(())
}

/// The text of a DirectoryString (RFC 5280 4.1.2.4), IA5String, NumericString or VisibleString.
/// TeletexString is read as ISO 8859-1, as every issuer has used it.
fn decode_text(tag: u8, content: &[u8]) -> Option<String> {
    let text = match tag {
        tag::UTF8_STRING => std::str::from_utf8(content).ok()?.to_owned(),
        tag::PRINTABLE_STRING | tag::IA5_STRING | tag::NUMERIC_STRING | tag::VISIBLE_STRING => {
            if !content.is_ascii() {
                return None;
            }
            content.iter().copied().map(char::from).collect()
        }
        tag::TELETEX_STRING => content.iter().copied().map(char::from).collect(),
        tag::BMP_STRING => {
            let (units, []) = content.as_chunks::<2>() else {
                return None;
            };
            // BMPString is UCS-2: a surrogate is no character of it.
            units
                .iter()
                .map(|unit| char::from_u32(u32::from(u16::from_be_bytes(*unit))))
                .collect::<Option<String>>()?
        }
        tag::UNIVERSAL_STRING => {
            let (units, []) = content.as_chunks::<4>() else {
                return None;
            };
            units
                .iter()
                .map(|unit| char::from_u32(u32::from_be_bytes(*unit)))
                .collect::<Option<String>>()?
        }
        _ => return None,
    };
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::{Name, NameError};
    use crate::encoding::der::Reader;
    use crate::encoding::oid;

    fn name(attributes: &[(u8, u8, &[u8])]) -> Vec<u8> {
        let tlv = |tag: u8, content: &[u8]| {
            let mut out = vec![tag, u8::try_from(content.len()).unwrap()];
            out.extend(content);
            out
        };
        let mut names = Vec::new();
        for (kind, tag, value) in attributes {
            let mut attribute = tlv(6, &[0x55, 4, *kind]);
            attribute.extend(tlv(*tag, value));
            names.extend(tlv(0x31, &tlv(0x30, &attribute)));
        }
        tlv(0x30, &names)
    }

    fn read(der: &[u8]) -> Result<Name, NameError> {
        Reader::whole(der, Name::read)
    }

    #[test]
    fn prints_most_specific_first_with_rfc4514_escapes() {
        let der =
            name(&[(6, 0x13, b"DE"), (10, 0x0c, b"A, B+C "), (3, 0x0c, "#\u{e9}".as_bytes())]);
        assert_eq!(read(&der).unwrap().to_string(), "CN=\\#\u{e9},O=A\\, B\\+C\\ ,C=DE");
    }

    #[test]
    fn attributes_of_extended_validation_are_shown_by_name() {
        let shown = |kind: u8| read(&name(&[(kind, 0x0c, b"x")])).unwrap().to_string();
        for (kind, keyword) in [
            (5, "serialNumber"),
            (15, "businessCategory"),
            (17, "postalCode"),
            (97, "organizationIdentifier"),
        ] {
            assert_eq!(shown(kind), format!("{keyword}=x"));
        }
        assert_eq!(shown(99), "2.5.4.99=x");
        // The identifiers of the EV Guidelines, below 1.3.6.1.4.1.311.60.2.1.
        for (last, keyword) in [(1, "Locality"), (2, "StateOrProvince"), (3, "Country")] {
            let mut der = vec![0x30, 0x16, 0x31, 0x14, 0x30, 0x12, 6, 11];
            der.extend([0x2b, 6, 1, 4, 1, 0x82, 0x37, 0x3c, 2, 1, last]);
            der.extend([0x13, 3, b'a', b'b', b'c']);
            let name = read(&der).unwrap().to_string();
            assert_eq!(name, format!("jurisdiction{keyword}Name=abc"));
        }
    }

    #[test]
    fn only_a_single_common_name_is_a_sole_one() {
        assert_eq!(read(&name(&[(3, 0x0c, b"x")])).unwrap().sole_common_name(), Some("x"));
        assert_eq!(read(&name(&[(10, 0x0c, b"x")])).unwrap().sole_common_name(), None);
        let two = name(&[(3, 0x0c, b"x"), (3, 0x0c, b"y")]);
        let two = read(&two).unwrap();
        assert_eq!(two.sole_common_name(), None);
        assert_eq!(two.only_common_name(), None);
        assert_eq!(two.texts(oid::COMMON_NAME).collect::<Vec<_>>(), ["x", "y"]);
        assert_eq!(two.texts(oid::KEY_USAGE).count(), 0);
        let one_of_two = read(&name(&[(10, 0x0c, b"x"), (3, 0x0c, b"y")])).unwrap();
        assert_eq!(one_of_two.only_common_name(), Some("y"));
    }

    #[test]
    fn text_that_is_not_in_its_encoding_is_refused() {
        for (tag, value) in [
            (0x0c, &[0xff][..]),
            (0x0c, &[0xc0, 0xaf]),
            (0x1e, &[0x00]),
            (0x1e, &[0xd8, 0x00]),
            (0x16, &[0x80]),
            (0x03, &[0x00, 0x41]),
            (0x30, &[]),
        ] {
            assert_eq!(read(&name(&[(3, tag, value)])), Err(NameError::Encoding), "{tag:#x}");
        }
    }

    #[test]
    fn an_empty_relative_name_is_not_a_name() {
        assert!(matches!(read(&[0x30, 2, 0x31, 0]), Err(NameError::Der(_))));
    }
}
