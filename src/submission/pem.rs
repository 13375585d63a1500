//! PEM (RFC 7468): labelled base64 blocks in a text, with other text around them. Generous about
//! line ends and blanks, strict about everything that could be read in two ways. Linear in the
//! length of the text.

use super::{base64, text};
use crate::reason::ReasonCode;

/// A text taken apart.
pub(super) struct Pem {
    /// The blocks that end, in order.
    pub(super) blocks: Vec<Block>,
    /// What is wrong with the text, the first of each code.
    pub(super) faults: Vec<Fault>,
}

/// One block with well-formed boundaries.
pub(super) struct Block {
    pub(super) label: String,
    /// The line of its BEGIN, from 1.
    pub(super) line: usize,
    /// What its base64 stands for.
    pub(super) bytes: Vec<u8>,
}

/// Something wrong with the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) code: ReasonCode,
    /// The line, from 1.
    pub(super) line: usize,
    pub(super) what: &'static str,
}

const DASHES: &[u8] = b"-----";

/// A boundary line, blanks trimmed.
enum Boundary<'a> {
    Begin(&'a [u8]),
    End(&'a [u8]),
    Broken,
}

/// A block whose END has not been reached.
struct Open<'a> {
    label: &'a [u8],
    line: usize,
    body: Vec<u8>,
}

/// Takes `text` apart. Without any boundary line there are neither blocks nor faults.
pub(super) fn read(text: &[u8]) -> Pem {
    let mut pem = Pem { blocks: Vec::new(), faults: Vec::new() };
    // Faults of the text around the blocks count only if there are blocks.
    let mut around = Vec::new();
    let mut open: Option<Open<'_>> = None;
    let mut line_number = 0;
    for line in text::lines(text) {
        line_number += 1;
        let line = text::trim(line);
        let boundary = boundary(line);
        if let (None, Some(block)) = (&boundary, &mut open) {
            if memchr::memchr(b':', line).is_some() {
                pem.fault(line_number, "a header line within a block");
            }
            block.body.extend_from_slice(line);
            continue;
        }
        match (boundary, open.take()) {
            (None, _) => {
                let fault = |code, what| Fault { code, line: line_number, what };
                if base64::looks_encoded(line) {
                    let what = "base64 outside of the PEM blocks";
                    keep_first(&mut around, fault(ReasonCode::InputBase64, what));
                } else if !text::is_plain(line) {
                    let what = "binary data around the PEM blocks";
                    keep_first(&mut around, fault(ReasonCode::InputPem, what));
                }
            }
            (Some(Boundary::Begin(label)), before) => {
                if before.is_some() {
                    pem.fault(line_number, "a BEGIN line within a block");
                }
                // A certificate has some 1,200 characters.
                let body = Vec::with_capacity(text.len().min(2048));
                open = Some(Open { label, line: line_number, body });
            }
            (Some(Boundary::End(label)), Some(block)) if block.label == label => pem.close(block),
            (Some(Boundary::End(_)), Some(_)) => {
                pem.fault(line_number, "an END line of another label than its BEGIN line");
            }
            (Some(Boundary::End(_)), None) => {
                pem.fault(line_number, "an END line without a BEGIN line");
            }
            (Some(Boundary::Broken), _) => {
                pem.fault(
                    line_number,
                    "a boundary line that is not of the form -----BEGIN LABEL-----",
                );
            }
        }
    }
    if let Some(block) = open {
        pem.fault(block.line, "a BEGIN line without an END line");
    }
    if !pem.blocks.is_empty() || !pem.faults.is_empty() {
        around.into_iter().for_each(|fault| keep_first(&mut pem.faults, fault));
    }
    pem
}

impl Pem {
    fn fault(&mut self, line: usize, what: &'static str) {
        keep_first(&mut self.faults, Fault { code: ReasonCode::InputPem, line, what });
    }

    fn close(&mut self, block: Open<'_>) {
        if block.body.is_empty() {
            return self.fault(block.line, "an empty block");
        }
        match base64::decode(&block.body) {
            Ok(bytes) => {
                let label = String::from_utf8_lossy(block.label).into_owned();
                self.blocks.push(Block { label, line: block.line, bytes });
            }
            Err(what) => {
                let fault = Fault { code: ReasonCode::InputBase64, line: block.line, what };
                keep_first(&mut self.faults, fault);
            }
        }
    }
}

/// Keeps one fault of each code, so that a text of nothing but faults costs no memory.
fn keep_first(faults: &mut Vec<Fault>, fault: Fault) {
    if !faults.iter().any(|known| known.code == fault.code) {
        faults.push(fault);
    }
}

/// Reads a boundary line. A line that merely mentions one is none.
fn boundary<'a>(line: &'a [u8]) -> Option<Boundary<'a>> {
    let rest = line.strip_prefix(DASHES)?;
    let (kind, rest): (fn(&'a [u8]) -> Boundary<'a>, _) =
        if let Some(rest) = rest.strip_prefix(b"BEGIN") {
            (Boundary::Begin, rest)
        } else if let Some(rest) = rest.strip_prefix(b"END") {
            (Boundary::End, rest)
        } else {
            return None;
        };
    let label = rest.strip_prefix(b" ").and_then(|rest| rest.strip_suffix(DASHES));
    // RFC 7468 3: printable characters, single blanks and hyphens only between words.
    let well_formed = |label: &&[u8]| {
        text::trim(label) == *label
            && !label.is_empty()
            && label.len() <= LONGEST_LABEL
            && label.iter().all(|byte| *byte == b' ' || byte.is_ascii_graphic())
            && !label.windows(2).any(|pair| pair == b"--")
    };
    Some(label.filter(well_formed).map_or(Boundary::Broken, kind))
}

/// Twice the longest label in use, `NEW CERTIFICATE REQUEST`, and more.
const LONGEST_LABEL: usize = 64;

#[cfg(test)]
mod tests {
    use super::{Pem, read};
    use crate::reason::ReasonCode;

    fn codes(pem: &Pem) -> Vec<ReasonCode> {
        pem.faults.iter().map(|fault| fault.code).collect()
    }

    fn blocks(text: &str) -> Vec<(String, Vec<u8>)> {
        let pem = read(text.as_bytes());
        assert_eq!(pem.faults, [], "{text}");
        pem.blocks.into_iter().map(|block| (block.label, block.bytes)).collect()
    }

    #[test]
    fn line_ends_blanks_and_text_around_change_nothing() {
        let expected = vec![("A B".to_owned(), vec![0, 0, 0]), ("C".to_owned(), vec![0])];
        for text in [
            "-----BEGIN A B-----\nAAAA\n-----END A B-----\n-----BEGIN C-----\nAA==\n-----END C-----\n",
            "-----BEGIN A B-----\r\nAA\r\nAA\r\n-----END A B-----\r\n-----BEGIN C-----\r\nAA==\r\n-----END C-----",
            "x\r-----BEGIN A B-----  \rAAAA\r\r-----END A B-----\r-----BEGIN C-----\rAA==\r-----END C-----\ry",
            "Dear all,\n  -----BEGIN A B-----\t\n  AAAA\n  -----END A B-----\nand\n\
             -----BEGIN C-----\nAA==\n-----END C-----\nregards\n-- \nme",
        ] {
            assert_eq!(blocks(text), expected, "{text}");
        }
    }

    #[test]
    fn a_text_that_mentions_a_boundary_has_no_blocks() {
        assert_eq!(blocks("Paste it from \"-----BEGIN CERTIFICATE-----\" to the end."), []);
        assert_eq!(blocks(""), []);
        assert_eq!(blocks("----------\n--- x ---"), []);
    }

    #[test]
    fn boundaries_that_could_be_read_in_two_ways_are_refused() {
        for text in [
            "-----BEGIN A-----\nAAAA\n-----END B-----",
            "-----BEGIN A-----\nAAAA",
            "-----BEGIN A-----\n-----BEGIN A-----\nAAAA\n-----END A-----",
            "-----END A-----",
            "-----BEGIN A-----\n-----END A-----",
            "-----BEGIN A----\nAAAA\n-----END A-----",
            "-----BEGIN A----- AAAA -----END A-----",
            "-----BEGIN -----\nAAAA\n-----END -----",
            "-----BEGIN A-----\nComment: AAAA\nAAAA\n-----END A-----",
            "\0\n-----BEGIN A-----\nAAAA\n-----END A-----",
        ] {
            assert!(codes(&read(text.as_bytes())).contains(&ReasonCode::InputPem), "{text}");
        }
    }

    #[test]
    fn base64_that_could_be_written_in_two_ways_is_refused() {
        for body in ["AB==", "AA", "AA=", "A-_A", "AAAA\n!", "AA==\nAA=="] {
            let pem = read(format!("-----BEGIN A-----\n{body}\n-----END A-----").as_bytes());
            assert_eq!(codes(&pem), [ReasonCode::InputBase64], "{body}");
            assert!(pem.blocks.is_empty());
        }
        let stray = "MIIBCgKCAQEA0000\n-----BEGIN A-----\nAAAA\n-----END A-----";
        assert_eq!(codes(&read(stray.as_bytes())), [ReasonCode::InputBase64]);
    }

    #[test]
    fn a_mebibyte_of_boundaries_is_read_once() {
        for line in
            ["-----BEGIN\n", "-----BEGIN A-----\n", "-----END A-----\n", "-----BEGIN A-----\r"]
        {
            let text = line.repeat((1 << 20) / line.len());
            let pem = read(text.as_bytes());
            assert_eq!(codes(&pem), [ReasonCode::InputPem], "{line}");
        }
    }
}
