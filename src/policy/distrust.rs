//! Reading the `distrust` list of a policy: keys, certificates and anchors that a CA shuts out itself.
//! A line that by its spelling could be without effect is an error.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use schemars::JsonSchema;

use crate::encoding::der::Strict;
use crate::encoding::hex::Sha256;
use crate::encoding::x509::{Certificate, Leniency};
use crate::encoding::yaml::{Document, FileError, FileFault, Node};
use crate::submission::read_certificate;
use crate::time::Timestamp;
use crate::trust::{Distrust, Distrusted};

/// One entry of `distrust`: one of `key`, `certificate` and `anchor`.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes the file for the schema")]
pub(super) struct DistrustEntry {
    /// SHA-256 of the SubjectPublicKeyInfo.
    key: Option<String>,
    /// SHA-256 of a certificate, of its signed part, or of a signed statement; or the X.509 certificate
    /// itself, as PEM or base64.
    certificate: Option<String>,
    /// The identifier of an anchor, as in `keyproof anchors list`.
    anchor: Option<String>,
    /// Why, for whoever reads a result.
    #[schemars(length(min = 1, max = 200))]
    reason: String,
    /// Since when, YYYY-MM-DD; for people, it judges nothing.
    date: Option<String>,
}

/// Reads one entry.
pub(super) fn read(document: &Document<'_>, node: &Node) -> Result<Distrust, FileError> {
    let wrong =
        |node: &Node, message: &str| document.error(FileFault::Value, node.place(), message);
    let mut fields = document.fields(node)?;
    let named = [fields.optional("key"), fields.optional("certificate"), fields.optional("anchor")];
    let named = match named {
        [Some(key), None, None] => {
            Distrusted::Key(sha256(document.text(key)?).map_err(|message| wrong(key, &message))?)
        }
        [None, Some(node), None] => {
            certificate(document.text(node)?).map_err(|message| wrong(node, &message))?
        }
        [None, None, Some(anchor)] => Distrusted::Anchor(document.text(anchor)?.to_owned()),
        _ => {
            let message = "an entry has one of `key`, `certificate` and `anchor`";
            return Err(wrong(node, message));
        }
    };
    let reason_node = fields.required("reason")?;
    let reason = document.text(reason_node)?.to_owned();
    if reason.chars().count() > 200 || reason.chars().any(char::is_control) {
        let message = "a reason has 200 characters at most, all of them visible";
        return Err(document.error(FileFault::Range, reason_node.place(), message));
    }
    let date = fields.optional("date");
    fields.finish()?;
    let date = match date {
        None => None,
        Some(node) => {
            let text = document.text(node)?;
            Timestamp::from_date(text)
                .ok_or_else(|| wrong(node, "a date is written YYYY-MM-DD"))?;
            Some(text.to_owned())
        }
    };
    Ok(Distrust { named, reason, date })
}

/// 64 hexadecimal digits of either case, or 32 pairs with colons between them, as OpenSSL prints a
/// fingerprint.
fn sha256(text: &str) -> Result<Sha256, String> {
    const FORM: &str = "a SHA-256 has 64 hexadecimal digits, or 32 pairs with colons between them";
    let digits = if text.contains(':') {
        if text.split(':').any(|pair| pair.len() != 2) {
            return Err(FORM.to_owned());
        }
        text.replace(':', "")
    } else {
        text.to_owned()
    };
    let sha256 = Sha256::from_hex(&digits).ok_or_else(|| match digits.len() {
        40 => format!("{FORM}; this has the length of a SHA-1"),
        _ => FORM.to_owned(),
    })?;
    if sha256 == Sha256::of(&[]) {
        return Err("this is the SHA-256 of no bytes at all".to_owned());
    }
    Ok(sha256)
}

/// A certificate by its SHA-256; or itself, PEM (RFC 7468) or base64, which YAML may have folded: then
/// its key is known, and stands for it.
fn certificate(text: &str) -> Result<Distrusted, String> {
    let no_certificate =
        || "this is neither a SHA-256 nor one X.509 certificate, as PEM or base64".to_owned();
    let body = match text.trim().strip_prefix("-----BEGIN CERTIFICATE-----") {
        Some(rest) => rest.strip_suffix("-----END CERTIFICATE-----").ok_or_else(no_certificate)?,
        // No certificate is as short as that.
        None if text.len() < 128 => return sha256(text).map(Distrusted::Certificate),
        None => text,
    };
    let body: String = body.split_ascii_whitespace().collect();
    let der = STANDARD.decode(body).map_err(|_| no_certificate())?;
    let der = Strict::check(&der).map_err(|_| no_certificate())?;
    // Whatever leniency some format's own certificates need inside of its documents.
    let written_out = [Leniency::WrittenCaFalse, Leniency::KeyUsageEndsInZeros];
    let certificate = read_certificate(der)
        .or_else(|_| Certificate::from_strict_leniently(der, &written_out))
        .map_err(|_| no_certificate())?;
    Ok(Distrusted::Key(certificate.spki_sha256()))
}

#[cfg(test)]
mod tests {
    use super::{Distrusted, certificate, read, sha256};
    use crate::encoding::hex::Sha256;
    use crate::encoding::yaml::Document;

    const PEM: &str =
        include_str!("../../vendor-roots/yubico/certificates/yubico-piv-root-263751.pem");

    #[test]
    fn a_fingerprint_is_read_as_people_have_it() {
        // SHA-256 of "abc" (FIPS 180-4, example).
        let plain = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let pairs: Vec<&str> = (0..32).map(|at| &plain[2 * at..2 * at + 2]).collect();
        let colons = pairs.join(":");
        let expected = Sha256::of(b"abc");
        for text in [plain, &plain.to_uppercase(), &colons, &colons.to_uppercase()] {
            assert_eq!(sha256(text), Ok(expected), "{text}");
            assert_eq!(certificate(text), Ok(Distrusted::Certificate(expected)), "{text}");
        }
    }

    #[test]
    fn what_is_no_fingerprint_is_refused() {
        let plain = Sha256::of(b"abc").to_string();
        let none = Sha256::of(b"").to_string();
        for (text, says) in [
            ("", "64 hexadecimal"),
            (&plain[1..], "64 hexadecimal"),
            (&plain[24..], "length of a SHA-1"),
            (&format!("{plain}0"), "64 hexadecimal"),
            (&format!(" {plain}"), "64 hexadecimal"),
            (&format!("0x{}", &plain[2..]), "64 hexadecimal"),
            (&plain.replacen("ba", "b:a", 1), "64 hexadecimal"),
            (&format!("{}:", &plain[..63]), "64 hexadecimal"),
            (&plain.replace('b', "g"), "64 hexadecimal"),
            (&none, "no bytes"),
        ] {
            let error = sha256(text).unwrap_err();
            assert!(error.contains(says), "{text}: {error}");
            assert!(certificate(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_certificate_itself_names_its_key() {
        let folded = PEM.replace('\n', " ");
        let bare: String = PEM.lines().filter(|line| !line.starts_with('-')).collect();
        let expected = certificate(PEM).unwrap();
        let Distrusted::Key(spki_sha256) = expected else { panic!("a key") };
        let facts = include_str!("../../vendor-roots/yubico/anchors.yaml");
        assert!(facts.contains(&format!("spki_sha256: \"{spki_sha256}\"")));
        for text in [folded.as_str(), &bare] {
            assert_eq!(certificate(text).unwrap(), expected);
        }
        for text in [&PEM[..PEM.len() - 30], &bare[4..], &[PEM, PEM].concat()] {
            assert!(certificate(text).is_err());
        }
    }

    #[test]
    fn an_entry_names_one_thing_and_says_why() {
        let key = Sha256::of(b"abc").to_string();
        let read_line = |line: &str| {
            let text = format!("entry: {line}\n");
            let document = Document::parse("p", text.as_bytes(), 4096).unwrap();
            let mut fields = document.fields(document.root()).unwrap();
            let node = fields.required("entry").unwrap();
            read(&document, node)
        };
        let line = format!("{{key: \"{key}\", reason: leaked, date: \"2026-11-28\"}}");
        let entry = read_line(&line).unwrap();
        assert_eq!(entry.named, Distrusted::Key(Sha256::of(b"abc")));
        assert_eq!((entry.reason.as_str(), entry.date.as_deref()), ("leaked", Some("2026-11-28")));
        for (line, says) in [
            ("{reason: leaked}".to_owned(), "one of `key`"),
            (format!("{{key: \"{key}\", anchor: a, reason: leaked}}"), "one of `key`"),
            (format!("{{key: \"{key}\"}}"), "`reason` is missing"),
            (format!("{{key: \"{key}\", reason: \"{}\"}}", "x".repeat(201)), "200 characters"),
            (format!("{{key: \"{key}\", reason: x, date: \"28.11.2026\"}}"), "YYYY-MM-DD"),
            (format!("{{key: \"{key}\", reason: x, from: \"2026-11-28\"}}"), "there is no `from`"),
        ] {
            let error = read_line(&line).unwrap_err();
            assert!(error.message.contains(says), "{line}: {error}");
        }
    }
}
