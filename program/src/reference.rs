//! The CA's own references and names: one reading of them, wherever they are given.

use keyproof::escape::visible;
use serde::{Deserialize, Deserializer, de::Error};

/// The most characters: ten times what order systems use.
const MAX_CHARACTERS: usize = 200;

/// A reference that stands in the ledger and is compared there: two that look alike are alike.
pub(crate) fn read(text: &str) -> Result<String, &'static str> {
    if text.trim().is_empty() {
        return Err("it is empty; leave it out where it is not known");
    }
    if text.trim() != text {
        return Err("it begins or ends with a blank");
    }
    if text.chars().count() > MAX_CHARACTERS {
        return Err("it has 200 characters at most");
    }
    if visible(text) != text {
        return Err("it holds characters that cannot be seen or told from others");
    }
    Ok(text.to_owned())
}

/// The same from a list of submissions.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    let read = |text: String| read(&text).map_err(|why| format!("{}: {why}", visible(&text)));
    text.map(read).transpose().map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn a_reference_is_what_it_looks_like() {
        for good in ["4711", "C-1234 / 2026", "Müller & Söhne GmbH", "北京-7", &"x".repeat(200)]
        {
            assert_eq!(read(good).as_deref(), Ok(good));
        }
        for bad in [
            "",
            " ",
            "\u{a0}",
            "acme ",
            " acme",
            "acme\n",
            "ac\u{7}me",
            "acme\u{200b}",
            "ac\u{ad}me",
            "\u{202e}emca",
            "ac\u{2060}me",
            "ac\u{9b}me",
            "\u{430}cme",
            &"x".repeat(201),
        ] {
            assert!(read(bad).is_err(), "{bad:?}");
        }
    }
}
