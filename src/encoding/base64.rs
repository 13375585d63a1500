//! Base64 inside documents (RFC 4648 4 and 5), in the forms that a named writer uses and in no other: one
//! alphabet a text, no character passed over, and the unused bits zero (RFC 4648 3.1, 3.3, 3.5).

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};

/// A form in which a program writes base64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// The alphabet of RFC 4648 4, padded.
    Standard,
    /// That of RFC 4648 5, padded.
    Url,
    /// The same without padding (RFC 7515 2).
    UrlUnpadded,
}

impl Form {
    fn decode(self, text: &str) -> Result<Vec<u8>, base64::DecodeError> {
        match self {
            Self::Standard => STANDARD.decode(text),
            Self::Url => URL_SAFE.decode(text),
            Self::UrlUnpadded => URL_SAFE_NO_PAD.decode(text),
        }
    }
}

/// The octets of a text in one of `forms`. A text without a character in which the alphabets differ can be
/// in several of them, and stands for the same octets in each.
///
/// # Errors
/// What is wrong, in words.
pub(crate) fn decode(text: &str, forms: &[Form]) -> Result<Vec<u8>, &'static str> {
    let decoded = forms.iter().find_map(|form| form.decode(text).ok());
    decoded.ok_or_else(|| fault(text, forms))
}

/// Why a text is in none of those forms.
fn fault(text: &str, forms: &[Form]) -> &'static str {
    let is_of_url = text.contains(['-', '_']);
    if is_of_url && text.contains(['+', '/']) {
        return "characters of both base64 alphabets";
    }
    let knows = |url: bool| forms.iter().any(|form| (*form != Form::Standard) == url);
    if is_of_url && !knows(true) {
        return "a character of the base64url alphabet";
    }
    if text.contains(['+', '/']) && !knows(false) {
        return "a character of the other alphabet";
    }
    let is_known = |octet: u8| octet.is_ascii_alphanumeric() || b"+/-_=".contains(&octet);
    if !text.bytes().all(is_known) {
        return "a character that is not base64";
    }
    let padded = text.contains('=');
    let writes = |padded: bool| {
        let same_alphabet = |form: &Form| !is_of_url || *form != Form::Standard;
        let pads = |form: &Form| *form != Form::UrlUnpadded;
        forms.iter().filter(|form| same_alphabet(form)).any(|form| pads(form) == padded)
    };
    if padded && !writes(true) {
        return "padding, which is not written there";
    }
    "padding that is missing or misplaced, a length that no base64 has, or stray bits in the last \
     character"
}

#[cfg(test)]
mod tests {
    use super::{Form, decode};

    /// fb ff is +/8= in the one alphabet and -_8= in the other (RFC 4648 4 and 5).
    #[test]
    fn a_text_is_in_one_form_that_is_asked_for() {
        for (form, text) in
            [(Form::Standard, "+/8="), (Form::Url, "-_8="), (Form::UrlUnpadded, "-_8")]
        {
            assert_eq!(decode(text, &[form]).unwrap(), [0xfb, 0xff]);
            for other in [Form::Standard, Form::Url, Form::UrlUnpadded] {
                assert_eq!(decode(text, &[other]).is_ok(), other == form, "{text} as {other:?}");
            }
        }
        // Twelve octets are the same text in all three.
        for form in [Form::Standard, Form::Url, Form::UrlUnpadded] {
            assert_eq!(decode("a2V5IG9mIG5vYm9k", &[form]).unwrap(), b"key of nobod");
        }
    }

    #[test]
    fn no_leniency_of_one_form_is_lent_to_another() {
        let all = [Form::Standard, Form::Url, Form::UrlUnpadded];
        for (text, fault) in [
            // Both alphabets: Python's decoder leaves out the two that it does not know.
            ("-_+/", "both base64 alphabets"),
            ("+_8=", "both base64 alphabets"),
            // The standard alphabet without padding.
            ("+/8", "missing or misplaced"),
            // Stray bits.
            ("+/9=", "stray bits"),
            ("-_9=", "stray bits"),
            ("-_9", "stray bits"),
            ("A", "a length that no base64 has"),
            ("AA=", "missing or misplaced"),
            ("AA==AA==", "missing or misplaced"),
            ("-_8\n", "not base64"),
            ("-_ 8", "not base64"),
            ("-_.8", "not base64"),
        ] {
            let said = decode(text, &all).unwrap_err();
            assert!(said.contains(fault), "{text}: {said}");
        }
        assert!(decode("-_8", &[Form::Standard]).unwrap_err().contains("base64url"));
        assert!(decode("+/8=", &[Form::Url]).unwrap_err().contains("other alphabet"));
        assert!(decode("AA==", &[Form::UrlUnpadded]).unwrap_err().contains("not written"));
    }
}
