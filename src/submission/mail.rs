//! Saved mail (RFC 5322, RFC 2045): its attachments and texts, as if they were the files of an archive.
//!
//! Readers of mail disagree about what is malformed, so that more is looked at than is read: see
//! [`other_readings`].

use base64::Engine;
use mail_parser::{MessageParser, MimeHeaders, PartType};

use super::base64::{LENIENT, sextet};
use super::text;

/// A file or text that a mail carries.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// What it is called, behind its place in the mail; hostile.
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
}

/// Bytes of a header that are looked at.
const LONGEST_HEADER: usize = 64 << 10;

/// Whether `bytes` begin with the header of a mail that has to be decoded: of several parts, or of one
/// that is encoded. Any other is a text like any other.
pub(super) fn is_mail(bytes: &[u8]) -> bool {
    let start = bytes.get(..LONGEST_HEADER).unwrap_or(bytes);
    let is_name = |name: &[u8]| {
        !name.is_empty() && name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
    };
    let field = |line: &[u8]| {
        let end = memchr::memchr(b':', line)?;
        let (name, value) = line.split_at_checked(end)?;
        is_name(name).then(|| (name.to_ascii_lowercase(), value.to_ascii_lowercase()))
    };
    if text::lines(start).next().and_then(field).is_none() {
        return false;
    }
    let header = text::lines(start).take_while(|line| !line.is_empty());
    let (mut has_version, mut is_encoded) = (false, false);
    for (name, value) in header.filter_map(field) {
        let says = |word: &[u8]| memchr::memmem::find(&value, word).is_some();
        match name.as_slice() {
            b"mime-version" => has_version = true,
            b"content-type" => is_encoded |= says(b"multipart/"),
            b"content-transfer-encoding" => {
                is_encoded |= says(b"base64") || says(b"quoted-printable")
            }
            _ => {}
        }
    }
    has_version && is_encoded && text::is_plain(bytes)
}

/// Boundaries that parts of a mail may name, before it is read: a reader seeks each of them.
const MOST_BOUNDARIES: usize = 32;

/// Everything that a mail carries, in its order.
///
/// # Errors
/// Why it cannot be told.
pub(super) fn parts(bytes: &[u8]) -> Result<Vec<Part>, &'static str> {
    let lower = bytes.to_ascii_lowercase();
    if memchr::memmem::find_iter(&lower, b"boundary").count() > MOST_BOUNDARIES {
        return Err("a mail of more parts within parts than any genuine one");
    }
    let mail = MessageParser::new().parse(bytes).ok_or("a mail that cannot be read")?;
    let mut parts = Vec::new();
    for (number, part) in (1_usize..).zip(&mail.parts) {
        if part.is_encoding_problem {
            return Err("a mail with a part that is not encoded as it says");
        }
        let content = match &part.body {
            PartType::Multipart(_) => continue,
            PartType::Text(text) | PartType::Html(text) => text.as_bytes(),
            PartType::Binary(octets) | PartType::InlineBinary(octets) => octets,
            PartType::Message(message) => &message.raw_message,
        };
        let name = part.attachment_name().unwrap_or("text");
        parts.push(Part { name: format!("{number}-{name}"), bytes: content.to_vec() });
    }
    Ok(parts)
}

/// What a reader that finds other parts than we may see: each run of base64, whatever part it is said to
/// belong to, and the whole with the octets that quoted-printable (RFC 2045 6.7) writes.
pub(super) fn other_readings(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut readings = vec![without_quotes(bytes)];
    let mut run = Vec::new();
    let is_base64 = |line: &[u8]| {
        let padding = line.iter().rev().take_while(|byte| **byte == b'=').count();
        let digits = line.get(..line.len().saturating_sub(padding)).unwrap_or_default();
        !digits.is_empty() && digits.iter().all(|byte| sextet(*byte).is_some())
    };
    for line in text::lines(bytes).map(text::trim).chain([&b""[..]]) {
        if is_base64(line) {
            run.extend(line.iter().filter(|byte| **byte != b'='));
        } else {
            readings.extend(decode(&run));
            run.clear();
        }
    }
    readings
}

/// Characters of base64 that can stand for a request or a key.
const SHORTEST: usize = 64;

fn decode(digits: &[u8]) -> Option<Vec<u8>> {
    let whole = digits.len().saturating_sub(usize::from(digits.len() % 4 == 1));
    (whole >= SHORTEST).then(|| LENIENT.decode(digits.get(..whole)?).ok())?
}

fn without_quotes(bytes: &[u8]) -> Vec<u8> {
    let digit =
        |byte: Option<&u8>| char::from(*byte?).to_digit(16).and_then(|it| u8::try_from(it).ok());
    let mut plain = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = memchr::memchr(b'=', rest) {
        let (before, quoted) = rest.split_at_checked(at).unwrap_or((rest, &[]));
        plain.extend_from_slice(before);
        rest = match quoted {
            [_, b'\r', b'\n', after @ ..] | [_, b'\n', after @ ..] => after,
            [_, after @ ..] => match (digit(after.first()), digit(after.get(1))) {
                (Some(high), Some(low)) => {
                    plain.push(high << 4 | low);
                    after.get(2..).unwrap_or_default()
                }
                _ => {
                    plain.push(b'=');
                    after
                }
            },
            [] => &[],
        };
    }
    plain.extend_from_slice(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::{is_mail, other_readings, parts};

    const MAIL: &str = "From: a@example\r\nMIME-Version: 1.0\r\n\
        Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\nprologue\r\n--b\r\n\
        Content-Type: text/plain\r\n\r\nDear all\r\n--b\r\n\
        Content-Type: application/octet-stream; name=\"a.bin\"\r\n\
        Content-Transfer-Encoding: base64\r\n\r\nAAEC\r\nAwQF\r\n--b\r\n\
        Content-Type: text/plain; name=\"q.txt\"\r\n\
        Content-Transfer-Encoding: quoted-printable\r\n\r\na=3Db=\r\nc\r\n--b--\r\n";

    #[test]
    fn texts_and_attachments_are_the_files_of_a_mail() {
        assert!(is_mail(MAIL.as_bytes()));
        let parts = parts(MAIL.as_bytes()).unwrap();
        let parts: Vec<_> =
            parts.iter().map(|part| (part.name.as_str(), part.bytes.as_slice())).collect();
        let expected: [(&str, &[u8]); 3] =
            [("2-text", b"Dear all"), ("3-a.bin", &[0, 1, 2, 3, 4, 5]), ("4-q.txt", b"a=bc")];
        assert_eq!(parts, expected);
    }

    #[test]
    fn a_text_that_mentions_mail_is_none() {
        for text in [
            "From: a@example\r\nSubject: b\r\n\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "Dear all,\nMIME-Version: 1.0\nContent-Type: multipart/mixed\n\n",
            "",
        ] {
            assert!(!is_mail(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn what_another_reader_may_decode_is_there_to_be_looked_at() {
        let hidden = "A".repeat(64);
        let mail = MAIL.replace("prologue", &format!("{hidden}\r\n{hidden}\r\nx=41"));
        let readings = other_readings(mail.as_bytes());
        assert!(readings.iter().any(|reading| reading == &vec![0; 96]));
        assert!(memchr::memmem::find(&readings[0], b"xA").is_some());
    }

    #[test]
    fn a_mail_of_many_boundaries_is_not_read() {
        let many = "--b\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n".repeat(40);
        let mail = MAIL.replace("prologue\r\n", &many);
        assert!(parts(mail.as_bytes()).is_err());
    }
}
