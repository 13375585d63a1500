//! The answer of the service, `GET …/keys/{name}/{version}/attestation`, as it is or as `az` saved it;
//! or its `attributes`, or the `attestation` in them.
//!
//! <https://learn.microsoft.com/rest/api/keyvault/keys/get-key-attestation/get-key-attestation>

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::super::marvell::envelope::{
    certificates, check_places_of, malformed, optional_text, text,
};
use crate::encoding::json::Value;
use crate::encoding::x509::Certificate;
use crate::reason::{Reason, ReasonCode};
use crate::submission::Object;

/// One answer.
pub(super) struct Envelope {
    /// The blob of the private object.
    pub(super) private: Vec<u8>,
    /// That of the public object.
    pub(super) public: Option<Vec<u8>>,
    pub(super) certificates: Vec<Certificate>,
    /// The path of the key's identifier, unsigned: `/keys/{name}/{version}`.
    pub(super) path: Option<String>,
    /// The whole answer, unsigned.
    pub(super) document: Value,
}

const PRIVATE: &str = "privateKeyAttestation";
const PUBLIC: &str = "publicKeyAttestation";
const CERTIFICATES: &str = "certificatePemFile";

/// The only version there is.
const VERSION: &str = "MRVL-1";

impl Envelope {
    /// Whether `document` has the members of such an answer. Only looks.
    pub(super) fn is_in(document: &Value) -> bool {
        attestation(document).is_some()
    }

    /// Reads one answer. What stands in it beside the blobs is signed by no one: it is compared, and
    /// decides nothing.
    ///
    /// # Errors
    /// `input.base64`, `attestation.malformed`, `attestation.extension-missing`, or the problems of
    /// what is inside.
    pub(super) fn read(object: &Object) -> Result<Self, Vec<Reason>> {
        let not_one = || vec![malformed("document", "no answer with a key attestation")];
        let value = object.json().ok_or_else(not_one)?;
        let attestation = attestation(value).ok_or_else(not_one)?;
        check_places_of(value, attestation, &[PRIVATE, PUBLIC, CERTIFICATES])?;
        if text(attestation, "version")? != VERSION {
            return Err(vec![malformed("version", "not MRVL-1")]);
        }
        let pem = decode(CERTIFICATES, text(attestation, CERTIFICATES)?)?;
        let private = decode(PRIVATE, text(attestation, PRIVATE)?)?;
        let public = optional_text(attestation, PUBLIC)?;
        let public = public.map(|text| decode(PUBLIC, text)).transpose()?;
        let kid = value.member("key").map(|key| optional_text(key, "kid")).transpose()?.flatten();
        let path = kid.map(|kid| path_of(kid).map(str::to_owned)).transpose()?;
        let certificates = certificates(CERTIFICATES, pem)?;
        Ok(Self { private, public, certificates, path, document: value.clone() })
    }
}

/// The object with the blobs, which the answer holds in `attributes.attestation`.
fn attestation(document: &Value) -> Option<&Value> {
    let inner = document.member("attestation");
    let answer = document.member("attributes").and_then(|it| it.member("attestation"));
    let has_blobs = |value: &&Value| {
        [PRIVATE, PUBLIC, CERTIFICATES].iter().any(|name| value.member(name).is_some())
    };
    [answer, inner, Some(document)].into_iter().flatten().find(has_blobs)
}

/// base64url (RFC 4648 5) without padding, and nothing of the other alphabet.
fn decode(field: &'static str, text: &str) -> Result<Vec<u8>, Vec<Reason>> {
    URL_SAFE_NO_PAD.decode(text).map_err(|error| {
        let fault = match error {
            base64::DecodeError::InvalidByte(_, b'+' | b'/') => "a character of the other alphabet",
            base64::DecodeError::InvalidByte(_, b'=') => {
                "padding, which the service does not write"
            }
            base64::DecodeError::InvalidByte(..) => "a character that is not base64url",
            _ => "a length or a last character that no base64url has",
        };
        vec![Reason::new(ReasonCode::InputBase64).with("statement", field).with("fault", fault)]
    })
}

/// What follows the host in `https://{pool}/keys/{name}/{version}`.
fn path_of(kid: &str) -> Result<&str, Vec<Reason>> {
    kid.strip_prefix("https://")
        .and_then(|rest| rest.find('/').and_then(|slash| rest.get(slash..)))
        .ok_or_else(|| vec![malformed("kid", "not the address of a key")])
}

#[cfg(test)]
mod tests {
    use super::{decode, path_of};
    use crate::reason::ReasonCode;

    #[test]
    fn base64url_has_one_form() {
        assert_eq!(decode("x", "-_8").unwrap(), [0xfb, 0xff]);
        // Padded; the other alphabet; both (`-_+/`, from the attack pack); blanks; stray bits.
        for bad in ["-_8=", "+/8", "-_+/", "-_8\n", "-_9", "-_8A0"] {
            assert_eq!(decode("x", bad).unwrap_err()[0].code(), ReasonCode::InputBase64, "{bad}");
        }
    }

    #[test]
    fn the_path_of_a_key_follows_the_host() {
        let kid = "https://pool.managedhsm.azure.net/keys/name/0123";
        assert_eq!(path_of(kid).unwrap(), "/keys/name/0123");
        for bad in ["pool/keys/name/0123", "http://pool/keys/name", "https://pool"] {
            assert!(path_of(bad).is_err(), "{bad}");
        }
    }
}
