//! The one place where text from evidence is made fit to be shown: what a reader cannot see, or
//! could take for something else, is written out as `\u{202e}`.
//!
//! A name written wholly in one script that resembles another cannot be told by its characters;
//! what is shown then is the name as it is.

mod marks;

use marks::is_mark;

/// Marks in a row that a letter may carry. Two are what Vietnamese, Thai and vocalised Arabic need.
const MAX_MARKS: usize = 2;

/// `text` with every character written out that is invisible, reorders or breaks a line, steers a
/// terminal, has no agreed shape, or stands in a word of another script.
///
/// Whatever is returned is one line, and is left as it is when escaped again.
pub fn visible(text: &str) -> String {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        // Nothing in printable ASCII is hidden or mistaken, and nearly every text is.
        return text.to_owned();
    }
    let mut shown = String::with_capacity(text.len());
    for word in words(text) {
        let mixed = word.chars().any(is_latin) && word.chars().any(resembles_latin);
        let mut marks = 0_usize;
        for character in word.chars() {
            marks = if is_mark(character) { marks.saturating_add(1) } else { 0 };
            let written_out =
                is_hidden(character) || marks > MAX_MARKS || (mixed && resembles_latin(character));
            if written_out {
                shown.extend(character.escape_unicode());
            } else {
                shown.push(character);
            }
        }
    }
    shown
}

/// Whether a value of a name deserves the notice `text.unsafe-characters`: it is not shown as it is,
/// or a program that copies it would take part of it for markup, a formula, a path or a command.
///
/// For the values of a name's attributes, before RFC 4514 escapes are added.
pub fn is_unsafe(text: &str) -> bool {
    visible(text) != text || is_active(text)
}

/// `text` for HTML, in element content or a quoted attribute.
pub fn html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in visible(text).chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // Some template engines act on these in text that was escaped for HTML alone.
            '{' => escaped.push_str("&#123;"),
            '}' => escaped.push_str("&#125;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// The ASCII form of JSON: every character beyond it, and DEL, as `\uXXXX` in UTF-16. Outside of
/// strings JSON has none.
pub(super) fn ascii_json(json: &str) -> String {
    use std::fmt::Write;
    let mut ascii = String::with_capacity(json.len());
    for character in json.chars() {
        if character.is_ascii() && character != '\u{7f}' {
            ascii.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            // Writing to a String cannot fail.
            let _ = write!(ascii, "\\u{unit:04x}");
        }
    }
    ascii
}

/// The runs of letters, digits and marks in `text`, and the characters between them.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let end = if is_of_word(first) {
            rest.find(|character| !is_of_word(character)).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (word, after) = rest.split_at_checked(end)?;
        rest = after;
        Some(word)
    })
}

fn is_of_word(character: char) -> bool {
    character.is_alphanumeric() || is_mark(character)
}

fn is_latin(character: char) -> bool {
    character.is_ascii_alphabetic()
        || matches!(character, '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}')
}

/// Letters of scripts that share shapes with Latin ones.
fn resembles_latin(character: char) -> bool {
    matches!(character,
        '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}'     // Greek
        | '\u{400}'..='\u{52f}' | '\u{1c80}'..='\u{1c8f}'   // Cyrillic
        | '\u{2de0}'..='\u{2dff}' | '\u{a640}'..='\u{a69f}'
        | '\u{530}'..='\u{58f}'                             // Armenian
        | '\u{13a0}'..='\u{13ff}' | '\u{ab70}'..='\u{abbf}' // Cherokee
        | '\u{2c80}'..='\u{2cff}'                           // Coptic
        | '\u{a4d0}'..='\u{a4ff}'                           // Lisu
        | '\u{250}'..='\u{2af}'                             // phonetic
        | '\u{ff21}'..='\u{ff3a}' | '\u{ff41}'..='\u{ff5a}' // fullwidth
    )
}

fn is_hidden(character: char) -> bool {
    let code = u32::from(character);
    character.is_control()
        || is_blank(character)
        || is_default_ignorable(character)
        || matches!(character,
            '\u{2028}' | '\u{2029}'                               // line, paragraph separator
            | '\u{e000}'..='\u{f8ff}'                             // private use
            | '\u{f0000}'..='\u{10ffff}'
            | '\u{fdd0}'..='\u{fdef}'                             // noncharacters
            | '\u{fff9}'..='\u{fffb}'                             // interlinear annotation
            | '\u{1d400}'..='\u{1d7ff}'                           // mathematical letters
        )
        || code & 0xfffe == 0xfffe
}

/// Spaces other than the one of ASCII, and letters without a shape.
fn is_blank(character: char) -> bool {
    (character.is_whitespace() && character != ' ')
        || matches!(character, '\u{2800}' | '\u{1d159}' | '\u{16fe4}')
}

/// Default_Ignorable_Code_Point (Unicode, DerivedCoreProperties): bidirectional controls, zero-width
/// characters, variation selectors, tags, fillers.
fn is_default_ignorable(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Whether a program could take part of `text` for something other than text.
fn is_active(text: &str) -> bool {
    let pairs = text.chars().zip(text.chars().skip(1));
    text.starts_with(['=', '+', '-', '@'])
        || text.contains("../")
        || text.contains("..\\")
        || text.contains('`')
        || holds_entity(text)
        || pairs.into_iter().any(|pair| match pair {
            ('<', next) => next.is_ascii_alphabetic() || matches!(next, '/' | '!' | '%' | '?'),
            ('%', next) => next.is_ascii_alphabetic(),
            ('$', next) => matches!(next, '(' | '{'),
            ('"', next) => matches!(next, ',' | ':' | '}'),
            ('{', '{') | ('!', '!') => true,
            _ => false,
        })
}

/// A character reference of HTML: `&`, a name or number, `;`.
fn holds_entity(text: &str) -> bool {
    text.split('&').skip(1).any(|after| {
        after.split_once(';').is_some_and(|(name, _)| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '#')
        })
    })
}

#[cfg(test)]
mod tests {
    use super::{ascii_json, html, is_unsafe, visible};

    #[test]
    fn what_cannot_be_seen_is_written_out() {
        for (hostile, shown) in [
            ("a\u{202e}b", "a\\u{202e}b"),
            ("\u{1b}[2J", "\\u{1b}[2J"),
            ("x\r\ny", "x\\u{d}\\u{a}y"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("\u{7f}\0", "\\u{7f}\\u{0}"),
            ("a\u{2028}b\u{2029}", "a\\u{2028}b\\u{2029}"),
            ("\u{200b}\u{2060}\u{feff}", "\\u{200b}\\u{2060}\\u{feff}"),
            ("\u{2066}\u{2069}\u{61c}", "\\u{2066}\\u{2069}\\u{61c}"),
            ("ok\u{e0069}", "ok\\u{e0069}"),
            ("\u{e000}\u{10ffff}\u{fdd0}\u{1fffe}", "\\u{e000}\\u{10ffff}\\u{fdd0}\\u{1fffe}"),
            ("a\u{a0}b\u{3000}", "a\\u{a0}b\\u{3000}"),
            ("\u{3164}\u{ad}\u{fe0f}", "\\u{3164}\\u{ad}\\u{fe0f}"),
        ] {
            assert_eq!(visible(hostile), shown);
            assert!(is_unsafe(hostile), "{shown}");
        }
    }

    #[test]
    fn a_third_mark_on_a_letter_is_written_out() {
        assert_eq!(visible("Vie\u{302}\u{323}t"), "Vie\u{302}\u{323}t");
        assert_eq!(visible("Z\u{300}\u{300}\u{300}\u{300}"), "Z\u{300}\u{300}\\u{300}\\u{300}");
    }

    #[test]
    fn a_letter_of_another_script_within_a_latin_word_is_written_out() {
        // Cyrillic Ie, Kha, A before Latin letters: the attack pack's subject-homoglyph.
        let homoglyph = "\u{415}\u{445}\u{430}mple GmbH";
        assert_eq!(visible(homoglyph), "\\u{415}\\u{445}\\u{430}mple GmbH");
        assert!(is_unsafe(homoglyph));
    }

    #[test]
    fn honest_names_of_any_script_are_left_alone() {
        for name in [
            "Example GmbH & Co. KG",
            "AT&T; Partners",
            "\u{41e}\u{41e}\u{41e} \"\u{420}\u{43e}\u{43c}\u{430}\u{448}\u{43a}\u{430}\" IT",
            "\u{4f8b}\u{682a}\u{5f0f}\u{4f1a}\u{793e}",
            "\u{39a}\u{3b1}\u{3bb}\u{3b7}\u{3bc}\u{3ad}\u{3c1}\u{3b1} A.E.",
            "Soci\u{e9}t\u{e9} G\u{e9}n\u{e9}rale, 100 % bio",
            "\u{e1a}\u{e23}\u{e34}\u{e29}\u{e31}\u{e17}",
        ] {
            assert_eq!(visible(name), name);
            if !name.contains(';') {
                assert!(!is_unsafe(name), "{name}");
            }
        }
    }

    #[test]
    fn text_that_programs_act_on_is_unsafe_though_it_is_visible() {
        for active in [
            "=HYPERLINK(\"http://evil.example\",\"ok\")",
            "@SUM(1+1)*cmd|' /C calc'!A0",
            "\"><script>alert(1)</script>",
            "&lt;b&gt;&#x3c;script",
            "\",\"verdict\":\"ACCEPT\",\"x\":\"",
            "../../../../etc/passwd",
            "%s%n%x",
            "$(touch /tmp/pwned)",
            "`id`",
            "{{7*7}}${7*7}<%= 7*7 %>",
            "a: !!python/object/apply:os.system",
        ] {
            assert_eq!(visible(active), active);
            assert!(is_unsafe(active), "{active}");
        }
    }

    #[test]
    fn every_character_is_shown_as_it_is_or_as_ascii() {
        for character in '\0'..=char::MAX {
            let text = character.to_string();
            let shown = visible(&text);
            assert!(shown == text || shown.bytes().all(|byte| byte.is_ascii_graphic()), "{shown}");
            assert!(!shown.chars().any(char::is_control), "{shown}");
            assert_eq!(visible(&shown), shown);
        }
    }

    #[test]
    fn escaping_twice_changes_nothing() {
        let hostile = "p\u{430}ypal\u{202e}\u{300}\u{300}\u{300}\u{300}\n<b>";
        assert_eq!(visible(&visible(hostile)), visible(hostile));
    }

    #[test]
    fn html_keeps_no_character_that_opens_markup() {
        let escaped = html("\"><img src=x onerror='a'>&{{x}}\n");
        assert!(!escaped.contains(['<', '>', '"', '\'', '{', '}', '\n']), "{escaped}");
        assert!(escaped.starts_with("&quot;&gt;&lt;img"));
        // \u{…} of `visible` is written with braces, which are escaped in turn.
        assert_eq!(html("\u{202e}"), "\\u&#123;202e&#125;");
    }

    #[test]
    fn ascii_json_reads_back_as_the_same_value() {
        let text = "\u{e9}\u{202e}\u{7f}\u{1f600}\\\"";
        let json = ascii_json(&serde_json::to_string(text).unwrap());
        assert!(json.bytes().all(|byte| (0x20..0x7f).contains(&byte)));
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }
}
