//! What mail programs, web forms and chats do to the lines of a PEM text: they quote them, or take the
//! line breaks out. Undone here where that leaves no choice; what comes out is a text as it was before.
//!
//! None of this is done for a file that is named as the request, nor is a request or a bare key read
//! from what comes out: what is issued may be read from the file by another program.

use std::borrow::Cow;

use super::text;

/// A text whose wrapping was undone.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unwrapped {
    /// What it was, as a layer.
    pub(super) layer: &'static str,
    /// As it was before; or why that cannot be told.
    pub(super) text: Result<Vec<u8>, &'static str>,
}

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";

/// Undoes the wrapping of `text`, if it has one.
pub(super) fn unwrap(text: &[u8]) -> Option<Unwrapped> {
    if is_quoted(text) {
        return Some(Unwrapped { layer: "quoted", text: unquoted(text) });
    }
    let text = relined(text)?;
    Some(Unwrapped { layer: "one-line", text: Ok(text) })
}

/// Marks of quotation at the start of a line, blanks among them, and the rest.
fn quotation(line: &[u8]) -> (usize, &[u8]) {
    let is_mark = |byte: &u8| *byte == b'>' || text::is_blank(*byte);
    let end = line.iter().position(|byte| !is_mark(byte)).unwrap_or(line.len());
    let (marks, rest) = line.split_at_checked(end).unwrap_or((line, &[]));
    match marks.iter().filter(|byte| **byte == b'>').count() {
        0 => (0, line),
        depth => (depth, rest),
    }
}

fn is_quoted(text: &[u8]) -> bool {
    let quoted = |line| matches!(quotation(line), (1.., rest) if rest.starts_with(BEGIN));
    memchr::memchr(b'>', text).is_some() && text::lines(text).any(quoted)
}

/// The text without its marks of quotation: from BEGIN to END each line has as many.
fn unquoted(text: &[u8]) -> Result<Vec<u8>, &'static str> {
    let mut plain = Vec::with_capacity(text.len());
    let mut open = None;
    for line in text::lines(text) {
        let (depth, rest) = quotation(line);
        if rest.starts_with(BEGIN) {
            open = Some(depth);
        }
        if open.is_some_and(|open| open != depth) {
            return Err("a block of which some lines are quoted and others are not");
        }
        if rest.starts_with(END) {
            open = None;
        }
        plain.extend_from_slice(rest);
        plain.push(b'\n');
    }
    Ok(plain)
}

/// A text of nothing but blocks in which blanks, `\n` in letters or nothing stand for line breaks, each
/// boundary in a line of its own. Nothing if it has another form, or this one without need.
fn relined(text: &[u8]) -> Option<Vec<u8>> {
    let text = without_escapes(text::trim(text))?;
    let is_escaped = matches!(text, Cow::Owned(_));
    let mut rest: &[u8] = &text;
    let mut plain = Vec::with_capacity(text.len().saturating_add(64));
    let mut whole = true;
    while !rest.is_empty() {
        let (begin, after) = boundary(rest, BEGIN)?;
        let end = memchr::memmem::find(after, DASHES)?;
        let (body, after) = after.split_at_checked(end)?;
        let (finish, after) = boundary(after, END)?;
        whole &=
            starts_line(body.iter()) && starts_line(body.iter().rev()) && starts_line(after.iter());
        for line in [begin, body, finish] {
            plain.extend_from_slice(text::trim(line));
            plain.push(b'\n');
        }
        rest = text::trim(after);
    }
    (!plain.is_empty() && (!whole || is_escaped)).then_some(plain)
}

/// Whether nothing but blanks stands before the next end of a line, in that direction.
fn starts_line<'t>(text: impl Iterator<Item = &'t u8>) -> bool {
    let mut text = text.skip_while(|byte| matches!(byte, b' ' | b'\t' | b'\x0c'));
    text.next().is_none_or(|byte| matches!(byte, b'\n' | b'\r'))
}

/// The boundary that `text` begins with, whole, and what follows it. What its label may be, the reader of
/// PEM says.
fn boundary<'a>(text: &'a [u8], start: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let label = text.strip_prefix(start)?;
    let end = memchr::memmem::find(label, DASHES)?;
    let is_label = |byte: &u8| *byte == b' ' || byte.is_ascii_graphic();
    label.get(..end)?.iter().all(is_label).then_some(())?;
    text.split_at_checked(start.len().checked_add(end)?.checked_add(DASHES.len())?)
}

/// The text with line breaks for `\n` and `\r` in letters, as a string of a program has them, with or
/// without its quotation marks; or as it is, if it has none. Nothing if other escapes are in it.
fn without_escapes(text: &[u8]) -> Option<Cow<'_, [u8]>> {
    if memchr::memchr(b'\\', text).is_none() {
        return Some(Cow::Borrowed(text));
    }
    let bare = text.strip_prefix(b"\"").and_then(|text| text.strip_suffix(b"\""));
    let mut rest = bare.unwrap_or(text);
    let mut plain = Vec::with_capacity(rest.len());
    while let Some(at) = memchr::memchr(b'\\', rest) {
        let (before, escape) = rest.split_at_checked(at)?;
        plain.extend_from_slice(before);
        plain.push(b'\n');
        rest = escape.strip_prefix(b"\\n").or_else(|| escape.strip_prefix(b"\\r"))?;
    }
    plain.extend_from_slice(rest);
    Some(Cow::Owned(text::trim(&plain).to_vec()))
}

#[cfg(test)]
mod tests {
    use super::unwrap;

    const BLOCK: &str = "-----BEGIN A B-----\nAAAA\nBBBB\n-----END A B-----\n";

    fn layer_and_lines(text: &str) -> Option<(&'static str, Result<Vec<String>, &'static str>)> {
        let unwrapped = unwrap(text.as_bytes())?;
        let lines = unwrapped.text.map(|text| {
            let text = String::from_utf8(text).unwrap();
            text.split_whitespace().map(str::to_owned).collect()
        });
        Some((unwrapped.layer, lines))
    }

    #[test]
    fn quoted_lines_are_taken_out_of_their_marks() {
        let expected = Ok(BLOCK.split_whitespace().map(str::to_owned).collect());
        for mark in [">", "> ", ">> ", "> > ", " > ", "|> "] {
            let text = BLOCK.lines().map(|line| format!("{mark}{line}\r\n")).collect::<String>();
            let expected = (mark != "|> ").then(|| ("quoted", expected.clone()));
            assert_eq!(layer_and_lines(&text), expected, "{mark}");
        }
        assert_eq!(layer_and_lines(BLOCK), None);
        assert_eq!(layer_and_lines("a > b"), None);
    }

    #[test]
    fn a_block_that_is_quoted_in_part_has_no_one_reading() {
        for broken in [
            "> -----BEGIN A B-----\nAAAA\n> -----END A B-----",
            "> -----BEGIN A B-----\n>> AAAA\n> -----END A B-----",
            "> -----BEGIN A B-----\n> AAAA\n-----END A B-----",
            "-----BEGIN A B-----\n> AAAA\n-----END A B-----\n> -----BEGIN A B-----",
        ] {
            let (_, text) = layer_and_lines(broken).unwrap();
            assert!(text.is_err(), "{broken}");
        }
    }

    #[test]
    fn line_breaks_that_were_lost_are_put_back() {
        let expected: Vec<_> = BLOCK.split_whitespace().map(str::to_owned).collect();
        for lost in [" ", "", "\\n", "\\r\\n", "\t", "\\n\n"] {
            let text = BLOCK.trim_end().replace('\n', lost);
            let (layer, lines) = layer_and_lines(&text).unwrap();
            // Blanks between the lines of the body mean nothing.
            assert_eq!(
                (layer, lines.unwrap().concat()),
                ("one-line", expected.concat()),
                "{lost:?}"
            );
        }
        let twice = format!("\"{}\"", BLOCK.repeat(2).replace('\n', "\\n"));
        assert_eq!(layer_and_lines(&twice).unwrap().1.unwrap().len(), 2 * expected.len());
    }

    #[test]
    fn what_has_its_line_breaks_or_holds_more_is_left_as_it_is() {
        let glued = BLOCK.replace('\n', " ");
        for text in [
            BLOCK.to_owned(),
            BLOCK.repeat(2),
            String::new(),
            format!("See: {glued}"),
            format!("{glued} Regards"),
            format!("{glued}{BLOCK}x"),
            glued.replace("AAAA", "AA\\tAA"),
            glued.replace("AAAA", "AA-----AA"),
            glued.replace("END A B", "END A\u{e9}B"),
            "-----BEGIN A----- AAAA".to_owned(),
        ] {
            assert_eq!(layer_and_lines(&text), None, "{text}");
        }
    }
}
