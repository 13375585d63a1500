//! PEM in the strict form of RFC 7468: written here, and recognised. The generous reader of what
//! applicants send is the intake's.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Characters of a line (RFC 7468 2).
const LINE: usize = 64;

/// One block: boundaries, lines of 64 characters, line feeds.
pub fn write(label: &str, der: &[u8]) -> String {
    let encoded = STANDARD.encode(der);
    let mut text = format!("-----BEGIN {label}-----\n");
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at_checked(LINE).unwrap_or((rest, ""));
        text.push_str(line);
        text.push('\n');
        rest = after;
    }
    text.push_str(&format!("-----END {label}-----\n"));
    text
}

/// Whether `text` is one block of the strict form (RFC 7468 3, figure 3) and nothing else but blank
/// lines around it. Lines end in LF, CR LF or CR, all in the same way, for a reader that knows only
/// one of them would see other lines.
pub fn is_strict(text: &[u8]) -> bool {
    let end: &[u8] = if memchr::memchr(b'\n', text).is_none() {
        b"\r"
    } else if memchr::memchr(b'\r', text).is_some() {
        b"\r\n"
    } else {
        b"\n"
    };
    let Some(lines) = lines(text, end) else {
        return false;
    };
    let Some(first) = lines.iter().position(|line| !line.is_empty()) else {
        return false;
    };
    let last = lines.iter().rposition(|line| !line.is_empty()).unwrap_or(first);
    let Some([begin, body @ .., finish]) = lines.get(first..=last) else {
        return false;
    };
    label(begin, b"-----BEGIN ")
        .is_some_and(|label_of| label(finish, b"-----END ") == Some(label_of))
        && is_strict_base64(body)
}

/// The lines of a text whose every line ends in `end`, the last perhaps in nothing. Nothing if an
/// octet of `end` stands elsewhere.
fn lines<'a>(text: &'a [u8], end: &[u8]) -> Option<Vec<&'a [u8]>> {
    let mut lines = Vec::new();
    let mut rest = text;
    while let Some(at) = memchr::memmem::find(rest, end) {
        let (line, after) = rest.split_at_checked(at)?;
        lines.push(line);
        rest = after.strip_prefix(end)?;
    }
    lines.push(rest);
    let stray = |line: &&[u8]| memchr::memchr2(b'\r', b'\n', line).is_some();
    (!lines.iter().any(stray)).then_some(lines)
}

/// RFC 7468 3: words of printable characters, single blanks or hyphens between them.
fn label<'a>(line: &'a [u8], start: &[u8]) -> Option<&'a [u8]> {
    let label = line.strip_prefix(start)?.strip_suffix(b"-----")?;
    let mut words = label.split(|byte| matches!(byte, b' ' | b'-'));
    let well_formed = |word: &[u8]| !word.is_empty() && word.iter().all(u8::is_ascii_graphic);
    words.all(well_formed).then_some(label)
}

/// Lines of 64 characters, the last of up to 64, padding at its end only.
fn is_strict_base64(body: &[&[u8]]) -> bool {
    let Some((last, whole)) = body.split_last() else {
        return false;
    };
    let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let unpadded = last.strip_suffix(b"==").or_else(|| last.strip_suffix(b"=")).unwrap_or(last);
    whole.iter().all(|line| line.len() == LINE && line.iter().all(is_base64))
        && !last.is_empty()
        && last.len() <= LINE
        && last.len() % 4 == 0
        && unpadded.iter().all(is_base64)
}

#[cfg(test)]
mod tests {
    use super::{is_strict, write};

    #[test]
    fn what_is_written_is_strict() {
        for length in [1, 2, 3, 47, 48, 49, 96, 500] {
            let text = write("CERTIFICATE REQUEST", &vec![0x5a; length]);
            assert!(is_strict(text.as_bytes()), "{text}");
            assert!(is_strict(text.replace('\n', "\r\n").as_bytes()));
            assert!(is_strict(text.replace('\n', "\r").as_bytes()));
            assert!(is_strict(text.trim_end().as_bytes()));
            assert!(is_strict(format!("\n\n{text}\n\n").as_bytes()));
        }
    }

    #[test]
    fn any_other_form_is_not() {
        let text = write("CERTIFICATE REQUEST", &[0x5a; 100]);
        let replaced = |from: &str, to: &str| {
            let other = text.replacen(from, to, 1);
            assert_ne!(other, text);
            other
        };
        for other in [
            String::new(),
            "\n".to_owned(),
            format!("x\n{text}"),
            format!(" \n{text}"),
            format!("{text}x"),
            format!(" {text}"),
            format!("{text}{text}"),
            format!("\u{feff}{text}"),
            replaced("\nW", "\n W"),
            replaced("\nW", "\n\nW"),
            replaced("\nW", "\nComment: x\n\nW"),
            replaced("\nW", "\r\nW"),
            replaced("Wlpa", "Wlp\na"),
            replaced("Wlpa", "Wlp*"),
            replaced("Wlpa", "Wlp="),
            replaced("-----BEGIN", "----BEGIN"),
            replaced("-----BEGIN", "------BEGIN"),
            replaced("-----\n", "----- \n"),
            replaced("REQUEST-----\n", "REQUEST-----"),
            replaced("BEGIN CERTIFICATE REQUEST", "BEGIN CERTIFICATE"),
            replaced("-----END CERTIFICATE REQUEST-----\n", ""),
            text.replace("CERTIFICATE REQUEST", "CERTIFICATE  REQUEST"),
            text.replace("CERTIFICATE REQUEST", ""),
        ] {
            assert!(!is_strict(other.as_bytes()), "{other}");
        }
    }
}
