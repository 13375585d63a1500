//! Something hidden in a text, or in what looks like one.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Base, Dice, Hidden, Parts, Way};

pub(super) const WAYS: &[Way] = &[
    ("glued to lines of OpenSSL's length", glued_to_openssl_lines),
    ("glued to lines of another length", glued_to_lines),
    ("glued to a word", glued_to_a_word),
    ("glued, and in short lines", glued_in_short_lines),
    ("in lines cut short", short_lines),
    ("in lines of another width", other_width),
    ("in one line", one_line),
    ("in a saved mail", in_a_mail),
    ("something before the boundaries", before_boundaries),
    ("something behind the boundaries", behind_boundaries),
    ("something before every line", before_lines),
    ("other dashes", other_dashes),
    ("other letter case", other_case),
    ("blanks within the boundaries", blanks_within),
    ("words within the boundaries", words_within),
    ("boundaries that overlap", overlapping),
    ("header lines", header_lines),
    ("comment lines", comment_lines),
    ("other line ends", other_line_ends),
    ("octets of 0", zeros),
    ("octets of 0 in OpenSSL's lines", zeros_in_lines),
    ("octets that end a line", ends_of_lines),
    ("byte order marks", marks),
    ("ASCII inside UTF-16", ascii_inside_utf16),
    ("UTF-16 behind ASCII", utf16_behind_ascii),
    ("UTF-16 and UTF-32", wide),
    ("junk in the base64", junk),
    ("base64 cut", cut),
    ("another END", other_end),
    ("boundary behind a boundary", boundary_behind_boundary),
    ("a block within a block", block_in_block),
    ("other labels", other_labels),
    ("label of another kind", label_of_another_kind),
    ("in JSON", json),
    ("in XML", xml),
    ("in HTML", html),
    ("in quoted-printable", quoted_printable),
    ("in base64", in_base64),
    ("as base64 without boundaries", bare_base64),
    ("as hexadecimal", hexadecimal),
];

fn begin(label: &str) -> String {
    format!("-----BEGIN {label}-----")
}

fn end(label: &str) -> String {
    format!("-----END {label}-----")
}

/// Base64 in lines of `width`, each ended by `line_end`.
fn body(der: &[u8], width: usize, line_end: &str) -> String {
    let text = STANDARD.encode(der);
    let lines = text.as_bytes().chunks(width.max(1));
    lines.map(|line| format!("{}{line_end}", String::from_utf8_lossy(line))).collect()
}

fn block(label: &str, der: &[u8], width: usize, line_end: &str) -> String {
    format!("{}{line_end}{}{}{line_end}", begin(label), body(der, width, line_end), end(label))
}

/// A block as everyone writes it.
pub(super) fn pem(label: &str, der: &[u8]) -> String {
    block(label, der, 64, "\n")
}

fn pem_of(hidden: &Hidden) -> String {
    pem(hidden.label, &hidden.der)
}

/// A block in any of the ways of this page; where nobody reads it as a text, all depends on the search
/// of the octets.
pub(super) fn any(dice: &mut Dice, hidden: &Hidden) -> Vec<u8> {
    let base = &Base { bytes: Vec::new(), is_text: true };
    let (_, make) = dice.of(WAYS);
    if dice.toss() { pem_of(hidden).into_bytes() } else { make(dice, &Parts { base, hidden }) }
}

/// The hidden text before the base or behind it.
fn beside(dice: &mut Dice, parts: &Parts<'_>, hidden: impl AsRef<[u8]>) -> Vec<u8> {
    let base = parts.base.bytes.as_slice();
    // What begins with DER or is to be read as DER begins the file.
    if parts.base.is_text && dice.toss() {
        return [hidden.as_ref(), b"\n", base].concat();
    }
    [base, b"\n", hidden.as_ref()].concat()
}

/// Words, `length` characters without a line end.
fn words(length: usize) -> String {
    "Dear CA, please find my request for a certificate below. "
        .chars()
        .cycle()
        .take(length)
        .collect()
}

/// Lines short enough that none looks like base64 of its own, the last one as long as `last`.
fn uneven(dice: &mut Dice, der: &[u8], last: usize) -> String {
    let text = STANDARD.encode(der);
    let (mut rest, tail) = text.split_at(text.len().saturating_sub(last));
    let mut out = String::new();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(1 + dice.below(22)));
        out += &format!("{line}\n");
        rest = after;
    }
    out + tail
}

/// OpenSSL reads pieces of 254 characters (crypto/pem/pem_lib.c, LINESIZE 255), and begins anew
/// after each.
fn glued_to_openssl_lines(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let Hidden { label, der, .. } = parts.hidden;
    let near = *dice.of(&[0, 0, 0, 0, 1, 2, 253]);
    let before = words(254 * (1 + dice.below(3)) + near);
    let glued = match dice.below(3) {
        0 => format!("{before}{}\n{}\n{}\n", begin(label), uneven(dice, der, 0), end(label)),
        1 => format!("{before}{}\n{}{}\n", begin(label), uneven(dice, der, 254), end(label)),
        _ => format!("{before}{}", pem_of(parts.hidden)),
    };
    beside(dice, parts, glued)
}

fn glued_to_lines(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let length = *dice.of(&[64, 76, 255, 256, 998, 1023, 1024, 1025, 4095, 4096, 8191, 8192]);
    let Hidden { label, der, .. } = parts.hidden;
    let glued =
        format!("{}{}\n{}\n{}", words(length), begin(label), uneven(dice, der, 0), end(label));
    beside(dice, parts, glued)
}

fn glued_to_a_word(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let word = *dice.of(&["Request:", "x", "\"", "=", "csr=", "(", "\u{e9}", "-", "BEGIN", "'''"]);
    beside(dice, parts, format!("{word}{}{word}", pem_of(parts.hidden)))
}

fn glued_in_short_lines(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let Hidden { label, der, .. } = parts.hidden;
    let word = *dice.of(&["Request: ", "x", "> ", "#", "\u{a0}"]);
    let short = uneven(dice, der, 0);
    let mark = if dice.toss() { word } else { "" };
    beside(dice, parts, format!("{word}{}\n{short}\n{mark}{}\n", begin(label), end(label)))
}

fn short_lines(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let Hidden { label, der, .. } = parts.hidden;
    let width = 1 + dice.below(23);
    beside(dice, parts, block(label, der, width, "\n"))
}

fn other_width(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let Hidden { label, der, .. } = parts.hidden;
    let width = *dice.of(&[63, 65, 76, 77, 128, 253, 254, 255, 256, 500, 1000, 1 << 20]);
    beside(dice, parts, block(label, der, width, "\n"))
}

fn one_line(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let Hidden { label, der, .. } = parts.hidden;
    let between = *dice.of(&["", " ", "\t", "  ", "\\n", "\\r\\n", "|"]);
    let width = *dice.of(&[16, 64, 1 << 20]);
    beside(dice, parts, block(label, der, width, between))
}

/// A saved mail with the base and the hidden block as its parts, or the one in the preamble.
fn in_a_mail(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let encoded = |bytes: &[u8]| {
        let text = body(bytes, 76, "\r\n");
        format!(
            "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n{text}"
        )
    };
    let plain = |text: &str| format!("Content-Type: text/plain\r\n\r\n{text}");
    let base = match std::str::from_utf8(&parts.base.bytes) {
        Ok(text) if dice.toss() => plain(text),
        _ => encoded(&parts.base.bytes),
    };
    let hidden = pem_of(parts.hidden);
    let (preamble, hidden) = match dice.below(4) {
        0 => (hidden, plain("Dear all")),
        1 => (String::new(), encoded(hidden.as_bytes())),
        _ => (String::new(), plain(&hidden)),
    };
    let header = "From: a@example.org\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n";
    format!("{header}{preamble}\r\n--b\r\n{base}\r\n--b\r\n{hidden}\r\n--b--\r\n").into_bytes()
}

/// What an editor, a mail program or an enemy puts beside a line.
const MARKS: [&str; 20] = [
    " ",
    "\t",
    "        ",
    "\u{a0}",
    "\u{200b}",
    "\u{feff}",
    "\u{b}",
    "\u{c}",
    "\0",
    "\u{1b}[0m",
    "> ",
    "| ",
    "# ",
    "// ",
    " * ",
    "- ",
    "\u{2028}",
    "\u{8}",
    "\u{7f}",
    "1: ",
];

fn marked(dice: &mut Dice, parts: &Parts<'_>, mark: impl Fn(&str, &str) -> String) -> Vec<u8> {
    let Hidden { label, der, .. } = parts.hidden;
    let chosen = *dice.of(&MARKS);
    let (first, last) = *dice.of(&[(true, true), (true, false), (false, true)]);
    let marked = |line: String, yes| if yes { mark(&line, chosen) } else { line };
    let body = if dice.toss() { body(der, 64, "\n") } else { uneven(dice, der, 0) + "\n" };
    let text = format!("{}\n{body}{}\n", marked(begin(label), first), marked(end(label), last));
    beside(dice, parts, text)
}

fn before_boundaries(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    marked(dice, parts, |line, mark| format!("{mark}{line}"))
}

fn behind_boundaries(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    marked(dice, parts, |line, mark| format!("{line}{mark}"))
}

fn before_lines(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let mark = *dice.of(&MARKS);
    let Hidden { label, der, .. } = parts.hidden;
    let width = *dice.of(&[12, 64]);
    let text = block(label, der, width, "\n");
    let text: String = text.lines().map(|line| format!("{mark}{line}\n")).collect();
    beside(dice, parts, text)
}

fn other_dashes(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let dashes = *dice.of(&[
        "----",
        "------",
        "-------",
        "----------",
        "--- --",
        "\u{2013}\u{2013}",
        "=====",
        "- -----",
    ]);
    let text = pem_of(parts.hidden);
    let text = match dice.below(4) {
        0 => text.replace("-----", dashes),
        1 => text.replace("-----BEGIN", &format!("{dashes}BEGIN")),
        2 => text.replace("-----\n", &format!("{dashes}\n")),
        _ => text.replace("-----END", &format!("{dashes}END")),
    };
    beside(dice, parts, text)
}

fn other_case(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let Hidden { label, der, .. } = parts.hidden;
    let lower = label.to_lowercase();
    let label = if dice.toss() { lower.as_str() } else { label };
    let text = pem(label, der);
    let text = match dice.below(3) {
        0 => text.replace("BEGIN", "begin").replace("END ", "end "),
        1 => text.replace("BEGIN", "Begin"),
        _ => text,
    };
    beside(dice, parts, text)
}

fn blanks_within(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let blank = *dice.of(&["  ", "\t", "", "\u{a0}", "\0", "\n", "\r", " - "]);
    let text = pem_of(parts.hidden);
    let text = match dice.below(5) {
        0 => text.replace("BEGIN ", &format!("BEGIN{blank}")),
        1 => text.replace("END ", &format!("END{blank}")),
        2 => text.replace("-----BEGIN", &format!("-----{blank}BEGIN")),
        3 => text.replace("-----\n", &format!("{blank}-----\n")),
        _ => text.replace(' ', blank),
    };
    beside(dice, parts, text)
}

/// GnuTLS looks for the next dashes, whatever stands before them (lib/x509_b64.c); the JDK for dashes at
/// the end of the line (sun.security.provider.X509Factory).
fn words_within(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let Hidden { label, der, .. } = parts.hidden;
    let length = *dice.of(&[1, 20, 100, 300, 2000]);
    let word = *dice.of(&["x", "Request: ", ""]);
    let within = match dice.below(4) {
        0 => words(length),
        1 => format!("\n{}", words(length)),
        2 => format!("-----{}", words(length)),
        _ => words(length).replace(' ', "\n"),
    };
    let body = uneven(dice, der, 0);
    let text = format!("{word}-----BEGIN {label}{within}-----\n{body}\n{word}{}\n", end(label));
    beside(dice, parts, text)
}

fn overlapping(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let Hidden { label, der, .. } = parts.hidden;
    let before = *dice.of(&[
        "-----BEGIN ",
        "-----BEGIN X",
        "-----BEGIN X-----\n",
        "-----END ",
        "-----END X",
        "x-----BEGIN X\n",
    ]);
    let body = uneven(dice, der, 0);
    let text = format!("{before}{}\n{body}\nx{}\n", begin(label), end(label));
    beside(dice, parts, text)
}

fn header_lines(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let Hidden { label, der, .. } = parts.hidden;
    let header = *dice.of(&[
        "Proc-Type: 4,CLEAR\n\n",
        "Proc-Type: 4,MIC-CLEAR\nContent-Domain: RFC822\n\n",
        "Comment: one\n\n",
        "Comment: one\n",
        "Comment: one\\\ntwo\n\n",
        "Comment: one\n two\n\n",
        "\n",
        " \n\n",
        "\n\n\n",
        ":\n\n",
        "Comment: -----\n\n",
        "Comment: -----BEGIN X-----\n\n",
        "Comment: -----END X-----\n\n",
    ]);
    let width = *dice.of(&[11, 64]);
    let text = body(der, width, "\n");
    // Bouncy Castle takes every line with a colon for one.
    let lines: Vec<_> = text.split_inclusive('\n').collect();
    let (first, rest) = lines.split_at(if dice.toss() { 0 } else { dice.below(lines.len()) });
    let text =
        format!("{}\n{}{header}{}{}\n", begin(label), first.concat(), rest.concat(), end(label));
    beside(dice, parts, text)
}

fn comment_lines(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let Hidden { label, der, .. } = parts.hidden;
    let comment = *dice.of(&["# two\n", "; two\n", "\n", "(two)\n", "-- \n", "=\n", "-\n", "--\n"]);
    let text = body(der, 64, "\n");
    let lines: Vec<_> = text.split_inclusive('\n').collect();
    let (first, rest) = lines.split_at(dice.below(lines.len() + 1));
    let text =
        format!("{}\n{}{comment}{}{}\n", begin(label), first.concat(), rest.concat(), end(label));
    beside(dice, parts, text)
}

fn other_line_ends(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let Hidden { label, der, .. } = parts.hidden;
    let line_end = *dice.of(&[
        "\r", "\r\n", "\n\r", "\r\r\n", "\u{b}", "\u{c}", "\u{85}", "\u{2028}", "\0", "\u{1e}",
        "\n\n", " \n", "\t\n", "\\\n",
    ]);
    let width = *dice.of(&[13, 64]);
    beside(dice, parts, block(label, der, width, line_end))
}

/// `text` with `mark` at one to three places.
fn inserted(dice: &mut Dice, text: &str, mark: &[u8]) -> Vec<u8> {
    let mut out = text.as_bytes().to_vec();
    for _ in 0..=dice.below(3) {
        let at = dice.below(out.len() + 1);
        out.splice(at..at, mark.iter().copied());
    }
    out
}

fn zeros(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let text = pem_of(parts.hidden);
    let text = match dice.below(5) {
        0 => text.replace('\n', "\0\n").into_bytes(),
        1 => text.replace("-----\n", "-----\0\n").into_bytes(),
        2 => format!("x\0{text}").into_bytes(),
        3 => format!("x\n\0\n{text}").into_bytes(),
        _ => inserted(dice, &text, b"\0"),
    };
    beside(dice, parts, text)
}

/// C ends a line at an octet of 0, OpenSSL after 254 characters: what stands between is seen by none.
fn zeros_in_lines(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let Hidden { label, der, .. } = parts.hidden;
    let (words, line_end) = (words(254), if dice.toss() { "\n" } else { "" });
    let length = 254 - line_end.len();
    let piece = |line: &str| format!("{line}\0{}{line_end}", &words[..length - 1 - line.len()]);
    let lines: String = body(der, 1 + dice.below(200), "\n").lines().map(piece).collect();
    beside(dice, parts, format!("{}{lines}{}\n", piece(&begin(label)), piece(&end(label))))
}

/// OpenSSL takes away what is not above a blank, where characters have a sign all of 80 to FF too.
fn ends_of_lines(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let Hidden { label, der, .. } = parts.hidden;
    let ends = *dice.of(&[&b"\xff"[..], b"\x80\x01 ", b"\xc3\xa9", b"\x1b", b"\x01\x02\x03"]);
    let (word, width) = (*dice.of(&["", "x"]), *dice.of(&[10, 64]));
    let mut text = Vec::new();
    for line in block(label, der, width, "\n").lines() {
        text.extend([line.as_bytes(), ends, b"\n"].concat());
    }
    beside(dice, parts, [word.as_bytes(), &text].concat())
}

fn marks(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let mark =
        *dice.of(&[&b"\xef\xbb\xbf"[..], b"\xff\xfe", b"\xfe\xff", b"\xff\xfe\0\0", b"+/v8-"]);
    let text = pem_of(parts.hidden);
    match dice.below(3) {
        0 => [mark, text.as_bytes(), &parts.base.bytes].concat(),
        1 => [mark, &parts.base.bytes, b"\n", text.as_bytes()].concat(),
        _ => {
            let text = inserted(dice, &text, mark);
            beside(dice, parts, text)
        }
    }
}

fn utf16(text: &[u8], little: bool) -> Vec<u8> {
    let text = String::from_utf8_lossy(text);
    let order = if little { u16::to_le_bytes } else { u16::to_be_bytes };
    text.encode_utf16().flat_map(order).collect()
}

/// ASCII characters, two by two, are characters of UTF-16.
fn ascii_inside_utf16(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let Hidden { label, der, .. } = parts.hidden;
    let little = dice.toss();
    let mark = if dice.below(4) == 0 {
        &[][..]
    } else if little {
        b"\xff\xfe"
    } else {
        b"\xfe\xff"
    };
    let width = *dice.of(&[10, 63, 64]);
    let before = *dice.of(&["xx\n", "xxx\n", ""]);
    let text = match dice.below(3) {
        0 => block(label, der, width, "\n").into_bytes(),
        _ => any(dice, parts.hidden),
    };
    let mut text = [before.as_bytes(), &text].concat();
    if text.len() % 2 == 1 {
        text.push(b'\n');
    }
    let base = utf16(&parts.base.bytes, little);
    if dice.below(3) == 0 { [mark, &base, &text].concat() } else { [mark, &text, &base].concat() }
}

fn utf16_behind_ascii(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let little = dice.toss();
    let text = pem_of(parts.hidden);
    if dice.toss() {
        [text.as_bytes(), &utf16(&parts.base.bytes, little)].concat()
    } else {
        [&parts.base.bytes[..], b"\n", &utf16(text.as_bytes(), little)].concat()
    }
}

fn wide(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let text = pem_of(parts.hidden);
    let utf32 = |little: bool| -> Vec<u8> {
        let order = if little { u32::to_le_bytes } else { u32::to_be_bytes };
        text.chars().flat_map(|character| order(u32::from(character))).collect()
    };
    let little = dice.toss();
    let wide = if dice.toss() { utf32(little) } else { utf16(text.as_bytes(), little) };
    let mark = *dice.of(&[&b""[..], b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff", b"\xff\xfe\0\0"]);
    match dice.below(3) {
        0 => [mark, wide.as_slice()].concat(),
        1 => [mark, wide.as_slice(), &parts.base.bytes].concat(),
        _ => [mark, text.as_bytes(), &utf16(&parts.base.bytes, little)].concat(),
    }
}

fn junk(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let Hidden { label, der, .. } = parts.hidden;
    let junk = *dice.of(&[
        &b"!"[..],
        b"*",
        b".",
        b"-",
        b"_",
        b"%",
        b"=",
        b"==",
        b"\\",
        b" ",
        b"\t",
        b",",
        b"\xe9",
        b"\xc2\xa0",
        b"\x01",
        b"&#10;",
        b"AAAA",
        b":",
        b"<br>",
    ]);
    let width = *dice.of(&[9, 64]);
    let text = body(der, width, "\n");
    let text = inserted(dice, &text, junk);
    let text = [begin(label).as_bytes(), b"\n", &text, end(label).as_bytes(), b"\n"].concat();
    beside(dice, parts, text)
}

fn cut(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let Hidden { label, der, .. } = parts.hidden;
    // Octets behind the object, so that every padding occurs.
    let der = [der, &vec![0; dice.below(3)][..]].concat();
    let text = body(&der, 64, "\n");
    let text = text.trim_end();
    let text = match dice.below(7) {
        0 => text.trim_end_matches('=').to_owned(),
        1 => format!("{text}="),
        2 => format!("{text}=="),
        3 => text[..text.len() - 1].to_owned(),
        4 => text[..text.len() - 4].to_owned(),
        5 => format!("{text}A"),
        // Bits behind the last octet.
        _ => text.replace("A=", "B=").replace("Q=", "R=").replace("g=", "h="),
    };
    beside(dice, parts, format!("{}\n{text}\n{}\n", begin(label), end(label)))
}

fn other_end(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let Hidden { label, der, .. } = parts.hidden;
    let other = match dice.below(8) {
        0 => String::new(),
        1 => end("OTHER"),
        2 => end(&format!("{label} ")),
        3 => end(&format!("NEW {label}")),
        4 => "-----END".to_owned(),
        5 => "-----END-----".to_owned(),
        6 => "----".to_owned(),
        _ => format!("{}\n{}", end(label), end(label)),
    };
    let width = *dice.of(&[14, 64]);
    beside(dice, parts, format!("{}\n{}{other}\n", begin(label), body(der, width, "\n")))
}

fn boundary_behind_boundary(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let text = pem_of(parts.hidden);
    let base = String::from_utf8_lossy(&parts.base.bytes);
    let between = *dice.of(&["", " ", "\r", "\0", "\u{b}", ";"]);
    let text = match dice.below(3) {
        0 => format!("{}{between}{text}", base.trim_end()),
        1 => format!("{}{between}{base}", text.trim_end()),
        _ => format!("{}{between}{base}{text}", begin(parts.hidden.label)),
    };
    text.into_bytes()
}

fn block_in_block(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let base = String::from_utf8_lossy(&parts.base.bytes).into_owned();
    let Hidden { label, der, .. } = parts.hidden;
    let width = *dice.of(&[9, 64]);
    let text = block(label, der, width, "\n");
    let (outer, inner) = if dice.toss() { (base, text) } else { (text, base) };
    let lines: Vec<_> = outer.split_inclusive('\n').collect();
    let at = dice.below(lines.len() + 1);
    let (first, rest) = lines.split_at(at);
    let mark = *dice.of(&["", "x", ": ", " "]);
    format!("{}{mark}{inner}{}", first.concat(), rest.concat()).into_bytes()
}

/// Labels that some reader knows, or knew.
const LABELS: [&str; 16] = [
    "NEW CERTIFICATE REQUEST",
    "CERTIFICATE REQUEST",
    "CERTIFICATE",
    "X509 CERTIFICATE",
    "X.509 CERTIFICATE",
    "TRUSTED CERTIFICATE",
    "ATTRIBUTE CERTIFICATE",
    "PUBLIC KEY",
    "RSA PUBLIC KEY",
    "EC PUBLIC KEY",
    "PKCS7",
    "PKCS #7 SIGNED DATA",
    "CMS",
    "ATTESTATION MESSAGE",
    "CVCERTIFICATE",
    "ANY PRIVATE KEY",
];

fn other_labels(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let Hidden { kind, der, .. } = parts.hidden;
    let trusted = [der.as_slice(), &[0x30, 0]].concat();
    let (label, der) = match (*kind, dice.below(3)) {
        ("request", 0) => ("NEW CERTIFICATE REQUEST", der.as_slice()),
        ("certificate", 0) => ("X509 CERTIFICATE", der.as_slice()),
        ("certificate", 1) => ("TRUSTED CERTIFICATE", trusted.as_slice()),
        ("private-key", 0) => ("ANY PRIVATE KEY", der.as_slice()),
        // The RSA key within the SubjectPublicKeyInfo.
        ("public-key", 0 | 1) if der.len() > 300 => ("RSA PUBLIC KEY", &der[24..]),
        _ => (*dice.of(&LABELS), der.as_slice()),
    };
    let width = *dice.of(&[15, 64]);
    beside(dice, parts, block(label, der, width, "\n"))
}

fn label_of_another_kind(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let label = *dice.of(&[
        "CERTIFICATE",
        "CERTIFICATE REQUEST",
        "PUBLIC KEY",
        "PKCS7",
        "X509 CRL",
        "DATA",
    ]);
    beside(dice, parts, pem(label, &parts.hidden.der))
}

fn json(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let Hidden { label, der, .. } = parts.hidden;
    let line_end = *dice.of(&["\\n", "", "\n", "\\r\\n", " ", "\\u000a"]);
    let text = block(label, der, 64, line_end);
    let base = String::from_utf8_lossy(&parts.base.bytes).replace('\n', "\\n");
    let base = if parts.base.is_text { base } else { STANDARD.encode(&parts.base.bytes) };
    match dice.below(4) {
        0 => format!("{{\"request\": \"{base}\", \"other\": \"{text}\"}}").into_bytes(),
        1 => format!("{{\"{text}\": \"{base}\"}}").into_bytes(),
        2 => format!("[\"{text}\"]\n").into_bytes(),
        _ => beside(dice, parts, format!("{{\"other\": \"{text}\"}}")),
    }
}

fn xml(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let text = pem_of(parts.hidden);
    let base = if parts.base.is_text {
        String::from_utf8_lossy(&parts.base.bytes).into_owned()
    } else {
        STANDARD.encode(&parts.base.bytes)
    };
    match dice.below(5) {
        0 => format!("<a><b>{base}</b><c>{text}</c></a>\n"),
        1 => format!("<a><b>{base}</b><c><![CDATA[{text}]]></c></a>\n"),
        2 => format!("<a b=\"{text}\">{base}</a>\n"),
        3 => format!("<?xml version=\"1.0\"?>\n<?other {text}?>\n<a>{base}</a>\n"),
        _ => format!("<a>{base}</a>\n{text}"),
    }
    .into_bytes()
}

fn html(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let Hidden { label, der, .. } = parts.hidden;
    let line_end = *dice.of(&["\n", "<br>\n", "<br>", "&#10;"]);
    let text = block(label, der, 64, line_end);
    let base = String::from_utf8_lossy(&parts.base.bytes).into_owned();
    format!("<html><body><pre>\n{base}</pre>\n<p>{text}</p></body></html>\n").into_bytes()
}

fn quoted_printable(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let text = pem_of(parts.hidden).replace('=', "=3D");
    let text = match dice.below(3) {
        0 => text.replace("-----\n", "=2D----\n"),
        1 => text.replace('\n', "=\n\n"),
        _ => text,
    };
    let mail = format!("Content-Transfer-Encoding: quoted-printable\n\n{text}");
    beside(dice, parts, mail)
}

fn in_base64(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let Hidden { label, .. } = parts.hidden;
    let twice = pem_of(parts.hidden);
    match dice.below(3) {
        0 => body(twice.as_bytes(), 76, "\n").into_bytes(),
        1 => beside(dice, parts, pem(label, twice.as_bytes())),
        _ => beside(dice, parts, body(twice.as_bytes(), 76, "\n")),
    }
}

fn bare_base64(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let width = *dice.of(&[8, 64, 76, 1 << 20]);
    beside(dice, parts, body(&parts.hidden.der, width, "\n"))
}

fn hexadecimal(dice: &mut Dice, parts: &Parts<'_>) -> Vec<u8> {
    let text: String = parts.hidden.der.iter().map(|octet| format!("{octet:02x}")).collect();
    beside(dice, parts, text)
}
