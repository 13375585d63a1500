//! What tells a private key wherever it stands in a text: labels, first lines, names of fields.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::windows::DATA_PROTECTION;
use crate::submission::text;

/// A finder that is built once: most of the texts that are looked through are short.
macro_rules! finder {
    ($word:expr) => {{
        static FINDER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new($word));
        &*FINDER
    }};
}

/// Whether a content has what all of the following need, but labels, OpenSSH's keys, files of age and
/// of Windows: `-key` in some case, `"kty"`, or the end of an element of an XML key value. One pass
/// for many.
pub(super) fn has_mark(bytes: &[u8]) -> bool {
    memchr::memchr3_iter(b'-', b'"', b'>', bytes).any(|at| {
        let (before, from) = bytes.split_at_checked(at).unwrap_or_default();
        match from {
            [b'-', b'K' | b'k', b'E' | b'e', b'Y' | b'y', ..] => true,
            [b'>', ..] => before.ends_with(b"Modulus") || before.ends_with(b"DSAKeyValue"),
            _ => from.starts_with(b"\"kty\""),
        }
    })
}

/// A boundary of PEM (RFC 7468), OpenPGP (RFC 9580 6.2) or RFC 4716 whose label has the words PRIVATE
/// KEY or SECRET KEY. It need not be at the start of a line, nor need the block be whole.
pub(super) fn has_label(text: &[u8]) -> bool {
    labels(text).any(|label| contains(label, b"PRIVATE KEY") || contains(label, b"SECRET KEY"))
}

/// A file that age encrypted (C2SP age), as identities with a passphrase are: in its armour or
/// without.
pub(super) fn is_age_encrypted(text: &[u8]) -> bool {
    finder!(b"age-encryption.org/v1\n").find(text).is_some()
        || labels(text).any(|label| contains(label, b"AGE ENCRYPTED FILE"))
}

/// An identity of age (C2SP age, “Bech32”): in capitals or not.
pub(super) fn has_age_identity(text: &[u8]) -> bool {
    has_word(text, finder!(b"AGE-SECRET-KEY-")) || has_word(text, finder!(b"age-secret-key-"))
}

/// The word, and behind it as much as no sentence about it has.
fn has_word(text: &[u8], word: &Finder<'_>) -> bool {
    word.find_iter(text).any(|at| {
        let rest = text.get(at.saturating_add(word.needle().len())..).unwrap_or_default();
        // A hyphen or two of a further word may be among them.
        rest.iter().take(32).filter(|byte| byte.is_ascii_alphanumeric()).count() >= 30
    })
}

/// The first line of a PuTTY file (PuTTY manual, appendix C), of any version.
pub(super) fn is_putty(text: &[u8]) -> bool {
    at_line_start(text, finder!(b"PuTTY-User-Key-File-"))
}

/// OpenSSH's PROTOCOL.key (AUTH_MAGIC), and its first protocol's (authfile.c).
pub(super) fn is_openssh(bytes: &[u8]) -> bool {
    finder!(b"openssh-key-v1\0").find(bytes).is_some()
        || finder!(b"SSH PRIVATE KEY FILE FORMAT 1.").find(bytes).is_some()
}

/// BIND's private key file (`Private-key-format: v1.3`, lib/dns/dst_parse.c).
pub(super) fn is_dnssec(text: &[u8]) -> bool {
    at_line_start(text, finder!(b"Private-key-format:"))
}

/// What `openssl pkey -text` prints of a private key.
pub(super) fn is_printed_by_openssl(text: &[u8]) -> bool {
    finder!(b"Private-Key:").find(text).is_some()
        && (at_line_start(text, finder!(b"privateExponent:"))
            || at_line_start(text, finder!(b"priv:")))
}

/// GnuPG's own key files (agent/keyformat.txt): an S-expression, in canonical form or not. One that
/// is `shadowed` says only on which card the key is.
pub(super) fn is_gnupg(text: &[u8]) -> bool {
    const HEADS: [&[u8]; 6] =
        [b"(", b"(11:", b"(protected-", b"(21:protected-", b"(openpgp-", b"(19:openpgp-"];
    let word = finder!(b"private-key");
    word.find_iter(text).any(|at| {
        let before = text.get(..at).unwrap_or_default();
        let after = text.get(at.saturating_add(word.needle().len()));
        HEADS.iter().any(|head| before.ends_with(head))
            && matches!(after, Some(b'(' | b' ' | b'\n' | b'\r'))
    })
}

/// Members that only a private or secret JSON Web Key has (RFC 7518 6.2.2, 6.3.2, 6.4.1).
pub(super) const JWK_PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// A JSON Web Key in a text that need not be JSON as a whole: the name of its type, and a private
/// member with a value of some length.
pub(super) fn has_jwk(text: &[u8]) -> bool {
    finder!(b"\"kty\"").find(text).is_some()
        && memchr::memchr_iter(b':', text).any(|colon| {
            let (before, after) = text.split_at_checked(colon).unwrap_or_default();
            let name = without_blanks_behind(before).strip_suffix(b"\"").unwrap_or_default();
            is_long_text(after.get(1..).unwrap_or_default())
                && JWK_PRIVATE.iter().any(|member| ends_with_name(name, member))
        })
}

/// `"` and the name.
fn ends_with_name(text: &[u8], name: &str) -> bool {
    text.strip_suffix(name.as_bytes()).is_some_and(|before| before.ends_with(b"\""))
}

/// A JSON text of sixteen characters of base64url or more: no key is shorter.
fn is_long_text(text: &[u8]) -> bool {
    let blanks = text.iter().take(MOST_BLANKS).take_while(|byte| text::is_blank(**byte)).count();
    let value = text.get(blanks..).and_then(|text| text.strip_prefix(b"\"")).unwrap_or_default();
    let known = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    value.iter().take(16).take_while(known).count() == 16
}

/// A key of .NET's `ToXmlString(true)` in a text that need not be XML as a whole: elements that only
/// a private key has beside its modulus or its generator.
pub(super) fn has_xml_key(text: &[u8]) -> bool {
    let has = |tag: &Finder<'_>| tag.find(text).is_some();
    (has(finder!(b"Modulus>"))
        && (has(finder!(b"InverseQ>")) || has(finder!(b"<D>")) || has(finder!(b":D>"))))
        || (has(finder!(b"DSAKeyValue>")) && (has(finder!(b"<X>")) || has(finder!(b":X>"))))
}

/// A blob of the Data Protection API of Windows.
pub(super) fn has_data_protection_blob(bytes: &[u8]) -> bool {
    finder!(&DATA_PROTECTION).find(bytes).is_some()
}

fn at_line_start(text: &[u8], word: &Finder<'_>) -> bool {
    word.find_iter(text).any(|at| {
        let before = text.get(..at).unwrap_or_default();
        let is_indent = |byte: &&u8| matches!(byte, b' ' | b'\t');
        let mut before = before.iter().rev().take(MOST_BLANKS).skip_while(is_indent);
        // At the start of the text, of a line, of an archive's entry, or behind a byte order mark.
        matches!(before.next(), None | Some(0 | b'\n' | b'\r' | 0xbf))
    })
}

/// Blanks that are looked past, so that a text of nothing else costs little.
const MOST_BLANKS: usize = 16;

fn without_blanks_behind(text: &[u8]) -> &[u8] {
    let blanks = text.iter().rev().take(MOST_BLANKS).take_while(|byte| text::is_blank(**byte));
    text.get(..text.len().saturating_sub(blanks.count())).unwrap_or_default()
}

/// Labels behind dashes and BEGIN, of at most [`LONGEST_LABEL`] bytes.
fn labels(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            rest = rest.get(memchr::memchr(b'-', rest)?..)?;
            let dashes = rest.iter().take_while(|byte| **byte == b'-').count();
            rest = rest.get(dashes..)?;
            // RFC 4716 has four dashes and a blank.
            let label = rest.strip_prefix(b" ").unwrap_or(rest);
            if dashes >= 4
                && label.get(..6).is_some_and(|word| word.eq_ignore_ascii_case(b"BEGIN "))
            {
                let end = label.iter().take(LONGEST_LABEL);
                let end = end.take_while(|byte| !matches!(byte, b'-' | b'\n' | b'\r')).count();
                return label.get(..end);
            }
        }
    })
}

/// Far longer than any label in use.
const LONGEST_LABEL: usize = 80;

fn contains(label: &[u8], words: &[u8]) -> bool {
    label.windows(words.len()).any(|window| window.eq_ignore_ascii_case(words))
}
