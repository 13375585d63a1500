//! Files that hold no evidence and lie beside it all the same: papers, pictures, mail, what file managers
//! leave. Known by their content, whatever they are called. They mean nothing; what another program may
//! find in them is looked for.

mod compound;
mod contents;
mod packed;
mod pdf;
mod png;
mod rich_text;
mod winmail;

use compound::Attachment;
pub(super) use packed::unpack;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::archive;
use super::base64;
use super::text;
use crate::encoding::hex::Sha256;
use crate::encoding::json;
use crate::observation::Observations;
use crate::reason::{Reason, ReasonCode};
use compound::Compound;

/// A file that lies beside the evidence.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Companion {
    /// What it is called; hostile.
    pub name: String,
    /// What it is; of one that was not opened nothing is known.
    pub kind: Option<CompanionKind>,
    /// How many bytes it has.
    pub bytes: u64,
    /// SHA-256 of them, if it was opened.
    pub sha256: Option<Sha256>,
    /// How far it was looked through.
    pub extent: Extent,
    /// What the attachments of a message are called that look like evidence, if they did not come as files
    /// too; hostile.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<String>,
}

impl Companion {
    /// That attachments of it may be evidence, which was not read.
    pub(crate) fn unsaved(&self) -> Reason {
        Reason::new(ReasonCode::InputAttachmentsUnsaved)
            .with("file", self.name.clone())
            .with("attachments", self.attachments.join(", "))
    }
}

/// How far a companion was looked through for requests and keys.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Extent {
    /// To its end.
    Whole,
    /// Not to its end: it is packed beyond measure, or holds too much that looks like a key.
    Partly,
    /// Not at all: it is too large to be opened.
    Unopened,
}

/// What a companion is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum CompanionKind {
    /// PDF.
    Pdf,
    /// PNG, JPEG, GIF, TIFF, BMP, WebP, HEIF.
    Picture,
    /// ISO base media of any other brand.
    Film,
    /// A document of Office or OpenDocument, packed.
    OfficeDocument,
    /// RTF.
    RichText,
    /// A compound file: a document of an older Office, Thumbs.db.
    CompoundDocument,
    /// An Outlook message, `.msg`.
    Message,
    /// TNEF.
    Winmail,
    /// HTML or XHTML.
    Html,
    /// A detached signature: CMS, OpenPGP or OpenSSH.
    Signature,
    /// A result of keyproof's.
    Result,
    /// What `keyproof token read` writes beside the evidence that it reads.
    TokenRecord,
    /// `.DS_Store` and AppleDouble.
    #[serde(rename = "ignored")]
    Litter,
    /// Plain text.
    Text,
    /// Nothing, or blanks.
    Empty,
}

impl CompanionKind {
    /// The stable word, as results show it.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Picture => "picture",
            Self::Film => "film",
            Self::OfficeDocument => "office-document",
            Self::RichText => "rich-text",
            Self::CompoundDocument => "compound-document",
            Self::Message => "message",
            Self::Winmail => "winmail",
            Self::Html => "html",
            Self::Signature => "signature",
            Self::Result => "result",
            Self::TokenRecord => "token-record",
            Self::Litter => "ignored",
            Self::Text => "text",
            Self::Empty => "empty",
        }
    }

    /// For a person.
    pub const fn describe(self) -> &'static str {
        match self {
            Self::Pdf => "a PDF document",
            Self::Picture => "a picture",
            Self::Film => "a film",
            Self::OfficeDocument => "an Office document",
            Self::RichText => "a rich text document",
            Self::CompoundDocument => "a compound file (an older Office document, Thumbs.db)",
            Self::Message => "an Outlook message",
            Self::Winmail => "an attachment of Outlook (winmail.dat)",
            Self::Html => "an HTML page or mail",
            Self::Signature => "a signature of a mail or document",
            Self::Result => "an earlier result of keyproof",
            Self::TokenRecord => "what keyproof wrote of a token that it read",
            Self::Litter => "what a file manager leaves",
            Self::Text => "a text without any PEM block, base64 or hexadecimal object",
            Self::Empty => "an empty file",
        }
    }
}

/// How files begin. Four octets at least: a signature in a file of its own begins like anything.
const STARTS: &[(&[u8], CompanionKind)] = &[
    (b"\x89PNG\r\n\x1a\n", CompanionKind::Picture),
    (b"\xff\xd8\xff\xdb", CompanionKind::Picture),
    (b"\xff\xd8\xff\xe0", CompanionKind::Picture),
    (b"\xff\xd8\xff\xe1", CompanionKind::Picture),
    (b"\xff\xd8\xff\xe2", CompanionKind::Picture),
    (b"\xff\xd8\xff\xed", CompanionKind::Picture),
    (b"\xff\xd8\xff\xee", CompanionKind::Picture),
    (b"\xff\xd8\xff\xfe", CompanionKind::Picture),
    (b"GIF87a", CompanionKind::Picture),
    (b"GIF89a", CompanionKind::Picture),
    (b"II*\0", CompanionKind::Picture),
    (b"MM\0*", CompanionKind::Picture),
    (winmail::SIGNATURE, CompanionKind::Winmail),
    (b"{\\rtf", CompanionKind::RichText),
    // .DS_Store, and AppleDouble (RFC 1740), which macOS packs for every file.
    (b"\0\0\0\x01Bud1", CompanionKind::Litter),
    (b"\0\x05\x16\x07\0\x02\0\0", CompanionKind::Litter),
];

/// What `bytes`, a file as it came or as it was unpacked, are, if they are a companion.
pub(super) fn recognize(bytes: &[u8]) -> Option<CompanionKind> {
    let starts = STARTS.iter().find(|(start, _)| bytes.starts_with(start));
    if let Some((_, kind)) = starts {
        return Some(*kind);
    }
    if bytes.starts_with(compound::SIGNATURE) {
        let is_message = Compound::read(bytes).is_some_and(|file| file.is_message());
        return Some(if is_message {
            CompanionKind::Message
        } else {
            CompanionKind::CompoundDocument
        });
    }
    match bytes {
        [b'%', b'P', b'D', b'F', b'-', ..] => is_pdf(bytes).then_some(CompanionKind::Pdf),
        [b'P', b'K', 3, 4, ..] => is_office(bytes).then_some(CompanionKind::OfficeDocument),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => {
            Some(CompanionKind::Picture)
        }
        [b'B', b'M', length @ ..] => {
            is_bitmap(length, bytes.len()).then_some(CompanionKind::Picture)
        }
        [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] => Some(of_brand(brand)),
        _ => recognize_text(text::strip_mark(bytes)),
    }
}

/// The same for a text.
pub(super) fn recognize_text(text: &[u8]) -> Option<CompanionKind> {
    let text = text::trim(text);
    if is_html(text) {
        Some(CompanionKind::Html)
    } else if is_detached_signature(text) {
        Some(CompanionKind::Signature)
    } else if is_transcript(text) || Observations::are_in(text) {
        Some(CompanionKind::TokenRecord)
    } else {
        None
    }
}

/// The attachments of a message that may be evidence: whatever is no companion itself. Nothing if they cannot be
/// told, or have more than `most` octets.
pub(super) fn attachments(
    bytes: &[u8],
    kind: CompanionKind,
    most: usize,
) -> Option<Vec<Attachment>> {
    let mut attachments = match kind {
        CompanionKind::Message => Compound::read(bytes)?.attachments(most)?,
        CompanionKind::Winmail => winmail::attachments(bytes),
        _ => Vec::new(),
    };
    attachments.retain(|it| may_be_evidence(&it.bytes));
    Some(attachments)
}

fn may_be_evidence(bytes: &[u8]) -> bool {
    let plain = text::strip_mark(bytes);
    !(text::trim(plain).is_empty() || recognize(bytes).is_some())
        && (!text::is_plain(plain)
            || has_block(plain)
            || text::is_document(plain)
            || text::looks_like_yaml(plain)
            || base64::is_meant(plain)
            || base64::decode_hex(plain).is_some()
            || base64::document_or_signature(plain).is_some())
}

/// How a transcript of `keyproof token read` begins.
pub(crate) const TRANSCRIPT: &str =
    "keyproof transcript v1: > to the token, < from it, hexadecimal";

/// Whether a text is such a transcript: lines of hexadecimal or of one word, and nothing else.
fn is_transcript(text: &[u8]) -> bool {
    let mut lines = text::lines(text);
    let is_said = |line: &[u8]| match line {
        [b'>' | b'<', b' ', said @ ..] => {
            let said = said.strip_suffix(b"(PIN)").unwrap_or(said);
            said.iter().all(u8::is_ascii_hexdigit)
                || [&b"removed"[..], b"interrupted", b"failed"].contains(&said)
        }
        _ => false,
    };
    lines.next() == Some(TRANSCRIPT.as_bytes()) && lines.all(is_said)
}

/// Whether a document is a result of keyproof's, or a line of a batch.
pub(super) fn is_result(document: &json::Value) -> bool {
    let schema = |of: &json::Value| {
        let schema = of.member("schema").and_then(json::Value::text);
        schema.is_some_and(|schema| schema.starts_with("keyproof/result/"))
    };
    schema(document) || document.member("result").is_some_and(schema)
}

/// Whether a text is what a batch writes: a result a line.
pub(super) fn are_results(text: &[u8]) -> bool {
    let mut lines = text::lines(text).filter(|line| !line.is_empty());
    let first = lines.next().and_then(|line| json::parse(line).ok());
    first.is_some_and(|first| is_result(&first)) && lines.all(text::looks_like_json)
}

/// The end is where readers of PDF begin (ISO 32000-1 7.5.5); some programs write a little behind it. A
/// file that ends as a zip archive does is one to others, and no companion.
fn is_pdf(bytes: &[u8]) -> bool {
    let tail = bytes.get(bytes.len().saturating_sub(2048)..).unwrap_or(bytes);
    memchr::memmem::rfind(tail, b"%%EOF").is_some() && !archive::is_zip(bytes)
}

/// A zip archive of Open Packaging (ECMA-376 part 2, 10.1.2.1) with the folder of a program of Office, or
/// of OpenDocument (part 3, 3.3).
fn is_office(bytes: &[u8]) -> bool {
    let Some(names) = archive::names(bytes) else {
        return false;
    };
    let has = |name: &[u8]| names.contains(&name);
    let in_folder = |folder: &[u8]| names.iter().any(|name| name.starts_with(folder));
    let packaged = has(b"[Content_Types].xml")
        && [&b"word/"[..], b"xl/", b"ppt/", b"visio/"].into_iter().any(in_folder);
    packaged || (has(b"mimetype") && has(b"META-INF/manifest.xml") && has(b"content.xml"))
}

/// The length of the file stands behind the first two octets (BITMAPFILEHEADER).
fn is_bitmap(behind: &[u8], length: usize) -> bool {
    let stated = behind.first_chunk().map(|stated| u32::from_le_bytes(*stated));
    stated.is_some_and(|stated| usize::try_from(stated) == Ok(length))
}

/// ISO/IEC 14496-12 4.3, by the brand: HEIF and AVIF are pictures.
fn of_brand(brand: &[u8]) -> CompanionKind {
    let still = [&b"heic"[..], b"heix", b"mif1", b"msf1", b"avif"];
    if still.iter().any(|known| brand.starts_with(known)) {
        CompanionKind::Picture
    } else {
        CompanionKind::Film
    }
}

/// How a page begins, or what a mail program writes of one.
const HTML: [&[u8]; 7] =
    [b"<!doctype html", b"<html", b"<head", b"<body", b"<meta", b"<div", b"<p>"];

fn is_html(text: &[u8]) -> bool {
    let mut text = text;
    // XHTML has a declaration and perhaps a remark first.
    while text.starts_with(b"<?xml") || text.starts_with(b"<!--") {
        let end = if text.starts_with(b"<?") { &b"?>"[..] } else { b"-->" };
        let Some(behind) =
            memchr::memmem::find(text, end).and_then(|at| text.get(at.saturating_add(end.len())..))
        else {
            return false;
        };
        text = text::trim(behind);
    }
    let begins = |start: &&[u8]| {
        text.get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start))
    };
    HTML.iter().any(begins) && !has_block(text)
}

/// Whether a line begins a PEM block, which is read wherever it stands.
fn has_block(text: &[u8]) -> bool {
    memchr::memmem::find_iter(text, b"-----BEGIN ").any(|at| {
        let before = text.get(..at).unwrap_or_default();
        before
            .iter()
            .rev()
            .take_while(|byte| **byte != b'\n' && **byte != b'\r')
            .all(|byte| text::is_blank(*byte))
    })
}

/// One signature and nothing else, in the armour of OpenPGP (RFC 9580 6.2) or OpenSSH (PROTOCOL.sshsig).
fn is_detached_signature(text: &[u8]) -> bool {
    [
        ("-----BEGIN PGP SIGNATURE-----", "-----END PGP SIGNATURE-----"),
        ("-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"),
    ]
    .iter()
    .any(|(begin, end)| {
        text.starts_with(begin.as_bytes())
            && text.ends_with(end.as_bytes())
            && memchr::memmem::find_iter(text, b"-----BEGIN").count() == 1
    })
}

#[cfg(test)]
mod tests {
    use super::{CompanionKind, attachments, recognize};

    #[test]
    fn companions_are_known_by_their_content() {
        for (bytes, kind) in [
            (&b"%PDF-1.4\n...\n%%EOF\n"[..], CompanionKind::Pdf),
            (b"\x89PNG\r\n\x1a\n....", CompanionKind::Picture),
            (b"BM\x0a\0\0\0....", CompanionKind::Picture),
            (b"RIFF....WEBPVP8 ", CompanionKind::Picture),
            (b"\0\0\0\x18ftypheic", CompanionKind::Picture),
            (b"\0\0\0\x18ftypqt  ", CompanionKind::Film),
            (b"{\\rtf1 text}", CompanionKind::RichText),
            (b"\xef\xbb\xbf <!DOCTYPE HTML><title>x</title>", CompanionKind::Html),
            (b"<?xml version=\"1.0\"?><!-- x --><html>", CompanionKind::Html),
            (
                b"-----BEGIN PGP SIGNATURE-----\n\niQ=\n-----END PGP SIGNATURE-----\n",
                CompanionKind::Signature,
            ),
        ] {
            assert_eq!(recognize(bytes), Some(kind), "{bytes:?}");
        }
    }

    #[test]
    fn attachments_that_may_be_evidence_are_told_from_papers() {
        let attribute = |name: u32, data: &[u8]| {
            let length = u32::try_from(data.len()).unwrap().to_le_bytes();
            [&[2], &name.to_le_bytes()[..], &length, data, &[0, 0]].concat()
        };
        let attached = |data: &[u8]| {
            let begins = attribute(0x0006_9002, &[0; 14]);
            [&b"\x78\x9f\x3e\x22\x01\x00"[..], &begins, &attribute(0x0006_800f, data)].concat()
        };
        for (data, expected) in [
            (&b"{\"attestation\": 1}"[..], 1),
            (b"-----BEGIN CERTIFICATE-----\nAAAA\n", 1),
            (&[0x30, 0x82, 1, 2, 0], 1),
            (b"Dear all", 0),
            (b"%PDF-1.4\n%%EOF", 0),
            (b" \r\n", 0),
        ] {
            let message = attached(data);
            assert_eq!(recognize(&message), Some(CompanionKind::Winmail));
            let found = attachments(&message, CompanionKind::Winmail, 100).unwrap();
            assert_eq!(found.len(), expected, "{data:?}");
        }
    }

    #[test]
    fn what_only_looks_like_one_is_none() {
        for bytes in [
            &b"%PDF-1.4\nno end"[..],
            b"BM\x0b\0\0\0....",
            b"PK\x03\x04 no archive",
            b"<attestation><html/></attestation>",
            b"<html>\n  -----BEGIN CERTIFICATE-----\n",
            b"{\"a\": \"{\\\\rtf\"}",
            b"-----BEGIN PGP SIGNATURE-----\n-----BEGIN CERTIFICATE-----\n-----END PGP SIGNATURE-----",
            b"text",
            b"",
        ] {
            assert_eq!(recognize(bytes), None, "{bytes:?}");
        }
    }
}
