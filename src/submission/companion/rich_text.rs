//! The text of a document in RTF (Rich Text Format 1.9.1) without its control words, and the objects in it.

use crate::encoding::hex::from_hex;

/// The text that a reader shows, and the octets of the objects and pictures that stand there in hexadecimal.
pub(super) fn plain(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut text = Vec::with_capacity(bytes.len());
    let mut digits = Vec::new();
    let mut objects = Vec::new();
    let mut rest = bytes;
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        match first {
            b'\\' => rest = control(behind, &mut text),
            b'{' | b'}' => objects.extend(object(&std::mem::take(&mut digits))),
            b'\r' | b'\n' => {}
            other => {
                text.push(*other);
                if other.is_ascii_hexdigit() {
                    digits.push(*other);
                } else if *other != b' ' {
                    digits.clear();
                }
            }
        }
    }
    objects.extend(object(&digits));
    [vec![text], objects].concat()
}

/// What a control word or symbol stands for; gives what is behind it.
fn control<'b>(rest: &'b [u8], text: &mut Vec<u8>) -> &'b [u8] {
    let length = rest.iter().take_while(|it| it.is_ascii_alphabetic()).count();
    if length == 0 {
        return symbol(rest, text);
    }
    let (word, rest) = rest.split_at_checked(length).unwrap_or((rest, &[]));
    let length = rest.iter().take_while(|it| it.is_ascii_digit() || **it == b'-').count();
    let (number, rest) = rest.split_at_checked(length).unwrap_or((rest, &[]));
    match word {
        b"par" | b"line" | b"row" | b"sect" => text.push(b'\n'),
        b"tab" | b"cell" => text.push(b' '),
        b"emdash" | b"endash" => text.push(b'-'),
        // A character, as a signed number, and a question mark or the like for who does not know it.
        b"u" => {
            let number = std::str::from_utf8(number).ok().and_then(|it| it.parse::<i32>().ok());
            text.extend(number.and_then(|it| u8::try_from(it).ok()));
            let rest = rest.strip_prefix(b" ").unwrap_or(rest);
            return match rest {
                [b'\\', b'\'', _, _, rest @ ..] => rest,
                [b'\\' | b'{' | b'}', ..] => rest,
                _ => rest.get(1..).unwrap_or_default(),
            };
        }
        _ => {}
    }
    rest.strip_prefix(b" ").unwrap_or(rest)
}

fn symbol<'b>(rest: &'b [u8], text: &mut Vec<u8>) -> &'b [u8] {
    match rest {
        [b'\'', high, low, rest @ ..] => {
            let digits = [*high, *low];
            let octet = std::str::from_utf8(&digits).ok().and_then(from_hex);
            text.extend(octet.unwrap_or_default());
            rest
        }
        [b'_', rest @ ..] => {
            text.push(b'-');
            rest
        }
        [b'~', rest @ ..] => {
            text.push(b' ');
            rest
        }
        [b'\r' | b'\n', rest @ ..] => {
            text.push(b'\n');
            rest
        }
        [character @ (b'\\' | b'{' | b'}'), rest @ ..] => {
            text.push(*character);
            rest
        }
        [_, rest @ ..] => rest,
        [] => rest,
    }
}

/// Digits that can stand for a request or a key.
const SHORTEST: usize = 64;

fn object(digits: &[u8]) -> Option<Vec<u8>> {
    let even = digits.get(..digits.len().checked_sub(digits.len() % 2)?)?;
    (even.len() >= SHORTEST).then(|| from_hex(std::str::from_utf8(even).ok()?))?
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn the_text_is_what_a_reader_shows() {
        let document = b"{\\rtf1\\ansi{\\b -----\\'42E}\\u71?\\u73\\'3fN A\\_----\r\n-\\par M\\b0 II\\line{\\*\\x}B\\\\}";
        assert_eq!(plain(document), [b"-----BEGIN A------\nMII\nB\\".to_vec()]);
    }

    #[test]
    fn objects_are_octets() {
        let document =
            format!("{{\\rtf1{{\\object\\objdata {}\r\n{}}}}}", "30".repeat(40), "31".repeat(2));
        assert_eq!(plain(document.as_bytes())[1], [vec![0x30; 40], vec![0x31; 2]].concat());
    }

    #[test]
    fn a_text_that_is_cut_off_ends() {
        for document in ["{\\rtf1\\", "{\\rtf1\\'4", "{\\rtf1\\u7", "{\\rtf1\\u7 "] {
            assert!(plain(document.as_bytes())[0].len() < 3);
        }
    }
}
