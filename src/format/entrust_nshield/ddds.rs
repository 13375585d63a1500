//! DDDS, the encoding of nShield warrants, as far as warrants use it
//! (`docs/formats/entrust-nshield.md`). Any other tag is refused.

use super::fault::Fault;
use crate::encoding::octets::Octets;

/// Nesting allowed. A genuine warrant needs 3.
const MAX_DEPTH: u8 = 8;

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value<'a> {
    /// A small number.
    Small(u8),
    /// A number of any size, big-endian.
    Number(&'a [u8]),
    Text(&'a str),
    Symbol(&'a str),
    Block(&'a [u8]),
    List(Vec<Self>),
    /// No key twice, in the order of the encoding.
    Map(Vec<(Self, Self)>),
}

impl<'a> Value<'a> {
    /// Reads `bytes`, which must be one value and nothing else.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, Fault> {
        let mut reader = Reader { rest: Octets(bytes) };
        let value = reader.value(MAX_DEPTH)?;
        if reader.rest.is_empty() { Ok(value) } else { Err(Fault::Malformed("octets follow")) }
    }

    pub(super) fn symbol(&self) -> Option<&'a str> {
        match self {
            Self::Symbol(symbol) => Some(symbol),
            _ => None,
        }
    }

    pub(super) fn list(&self) -> Option<&[Self]> {
        match self {
            Self::List(list) => Some(list),
            _ => None,
        }
    }

    /// The members of a map, each of which must have one of those names.
    pub(super) fn members(&self, names: &[&str]) -> Result<Members<'_, 'a>, Fault> {
        let Self::Map(members) = self else {
            return Err(Fault::Malformed("not a map"));
        };
        for (key, _) in members {
            match key.symbol() {
                Some(name) if names.contains(&name) => {}
                Some(name) => return Err(Fault::unknown("member", name)),
                None => return Err(Fault::Malformed("a member whose name is no symbol")),
            }
        }
        Ok(Members(members))
    }

    /// In words, to be shown: `FIPS140 2 3 MultiChipEmbedded`.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Small(number) => number.to_string(),
            Self::Text(text) | Self::Symbol(text) => (*text).to_owned(),
            Self::Number(octets) | Self::Block(octets) => crate::encoding::hex::to_hex(octets),
            Self::List(list) => list.iter().map(Self::describe).collect::<Vec<_>>().join(" "),
            Self::Map(map) => {
                let member = |(key, value): &(Self, Self)| {
                    format!("{}: {}", key.describe(), value.describe())
                };
                map.iter().map(member).collect::<Vec<_>>().join(", ")
            }
        }
    }
}

/// The members of a map.
#[derive(Clone, Copy)]
pub(super) struct Members<'v, 'a>(&'v [(Value<'a>, Value<'a>)]);

impl<'v, 'a> Members<'v, 'a> {
    pub(super) fn optional(self, name: &str) -> Option<&'v Value<'a>> {
        self.0.iter().find(|(key, _)| key.symbol() == Some(name)).map(|(_, value)| value)
    }

    pub(super) fn value(self, name: &str) -> Result<&'v Value<'a>, Fault> {
        self.optional(name).ok_or(Fault::Malformed("a member is missing"))
    }

    pub(super) fn block(self, name: &str) -> Result<&'a [u8], Fault> {
        match self.value(name)? {
            Value::Block(block) => Ok(block),
            _ => Err(Fault::Malformed("a member that is no block")),
        }
    }

    pub(super) fn text(self, name: &str) -> Result<&'a str, Fault> {
        match self.value(name)? {
            Value::Text(text) => Ok(text),
            _ => Err(Fault::Malformed("a member that is no text")),
        }
    }
}

struct Reader<'a> {
    rest: Octets<'a>,
}

impl<'a> Reader<'a> {
    fn value(&mut self, depth: u8) -> Result<Value<'a>, Fault> {
        let deeper = || depth.checked_sub(1).ok_or(Fault::Malformed("nesting beyond any warrant"));
        let tag = self.octet()?;
        let low = tag & 0x0f;
        Ok(match tag {
            0x00..=0x1f => Value::Small(tag),
            0x20..=0x2f => Value::Text(self.text(usize::from(low))?),
            0x30..=0x3f => Value::Symbol(self.text(usize::from(low))?),
            0x90..=0x9f => {
                let depth = deeper()?;
                Value::List((0..low).map(|_| self.value(depth)).collect::<Result<_, _>>()?)
            }
            0xb0..=0xbf => Value::Map(self.map(low, deeper()?)?),
            0xc4 => {
                let length = self.octet()?;
                Value::Symbol(self.text(usize::from(length))?)
            }
            0xc5 | 0xd5 => Value::Block(self.block(tag)?),
            0xf4 => {
                let tag = self.octet()?;
                Value::Number(self.block(tag)?)
            }
            _ => return Err(Fault::unknown("tag", format!("{tag:02x}"))),
        })
    }

    fn map(&mut self, pairs: u8, depth: u8) -> Result<Vec<(Value<'a>, Value<'a>)>, Fault> {
        let mut members: Vec<(Value<'a>, Value<'a>)> = Vec::new();
        for _ in 0..pairs {
            let key = self.value(depth)?;
            if members.iter().any(|(known, _)| *known == key) {
                return Err(Fault::Malformed("a member that stands twice"));
            }
            members.push((key, self.value(depth)?));
        }
        Ok(members)
    }

    fn block(&mut self, tag: u8) -> Result<&'a [u8], Fault> {
        let length = match tag {
            0xc5 => u16::from(self.octet()?),
            0xd5 => u16::from_be_bytes([self.octet()?, self.octet()?]),
            _ => return Err(Fault::Malformed("a number that is no block")),
        };
        self.take(usize::from(length))
    }

    fn text(&mut self, length: usize) -> Result<&'a str, Fault> {
        let octets = self.take(length)?;
        let printable = octets.iter().all(|octet| matches!(octet, 0x20..=0x7e));
        let text = std::str::from_utf8(octets).ok().filter(|_| printable);
        text.ok_or(Fault::Malformed("text that is not printable ASCII"))
    }

    fn octet(&mut self) -> Result<u8, Fault> {
        self.rest.u8().ok_or(Fault::Malformed("cut off"))
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Fault> {
        self.rest.take(length).ok_or(Fault::Malformed("cut off"))
    }
}

#[cfg(test)]
mod tests {
    use super::{Fault, Value};

    #[test]
    fn every_kind_is_read() {
        let bytes = b"\x96\x05\x22ab\x31c\xc4\x01d\xc5\x01e\xd5\x00\x01f";
        let list = vec![
            Value::Small(5),
            Value::Text("ab"),
            Value::Symbol("c"),
            Value::Symbol("d"),
            Value::Block(b"e"),
            Value::Block(b"f"),
        ];
        assert_eq!(Value::read(bytes), Ok(Value::List(list)));
        let map = Value::Map(vec![(Value::Symbol("n"), Value::Number(&[1, 0]))]);
        assert_eq!(Value::read(b"\xb1\x31n\xf4\xc5\x02\x01\x00"), Ok(map));
    }

    #[test]
    fn anything_else_is_refused() {
        for bytes in [
            &b""[..],
            b"\x22a",
            b"\x91",
            b"\xd5\x01\x00a",
            b"\x05\x05",
            b"\xb2\x31a\x01\x31a\x02",
            b"\x21\x00",
            b"\x21\xff",
            b"\xf4\x05",
            &[0x91; 12],
        ] {
            assert!(matches!(Value::read(bytes), Err(Fault::Malformed(_))), "{bytes:02x?}");
        }
        for tag in [0x40, 0x8f, 0xa0, 0xc0, 0xc6, 0xd4, 0xe5, 0xff] {
            assert!(matches!(Value::read(&[tag, 0]), Err(Fault::Unknown { .. })), "{tag:02x}");
        }
    }

    #[test]
    fn members_must_all_be_known() {
        let value = Value::read(b"\xb2\x31a\x01\x31b\x22xy").unwrap();
        let members = value.members(&["a", "b"]).unwrap();
        assert_eq!(members.text("b"), Ok("xy"));
        assert!(members.text("a").is_err());
        assert!(members.value("c").is_err());
        assert_eq!(value.members(&["a"]).err(), Some(Fault::unknown("member", "b")));
    }
}
