//! The answer of the service, `GET …/keys/{name}/{version}/attestation`; or its `attributes`, or the
//! `attestation` in them, as the service writes it or as `az keyvault key get-attestation` does.
//!
//! <https://learn.microsoft.com/rest/api/keyvault/keys/get-key-attestation/get-key-attestation>;
//! azure-cli 2.91.0, `command_modules/keyvault/custom.py` (`get_key_attestation`).

use super::super::marvell::envelope::{
    certificates, check_places_of, decode, malformed, optional_text, text,
};
use crate::encoding::base64::Form;
use crate::encoding::json::Value;
use crate::encoding::x509::Certificate;
use crate::reason::Reason;
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
const VERSION: &str = "version";

/// What the preview of the service called the certificates (seen on an answer of March 2025, which names
/// no version).
const PREVIEW_CERTIFICATES: &str = "certificates";

/// The only version there is.
const MARVELL_1: &str = "MRVL-1";

/// The service writes base64url without padding (RFC 7515 2); `az` decodes it, and encodes the octets
/// anew (`_command_type.py`, `_encode_hex`).
const FORMS: [Form; 2] = [Form::UrlUnpadded, Form::Standard];

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
        let value = object.document().ok_or_else(not_one)?;
        let attestation = attestation(value).ok_or_else(not_one)?;
        let (field, pem) = certificates_of(attestation)?;
        check_places_of(value, attestation, &[PRIVATE, PUBLIC, CERTIFICATES, field])?;
        let pem = decode(field, pem, &FORMS)?;
        let private = decode(PRIVATE, text(attestation, PRIVATE)?, &FORMS)?;
        let public = optional_text(attestation, PUBLIC)?;
        let public = public.map(|text| decode(PUBLIC, text, &FORMS)).transpose()?;
        let kid = value.member("key").map(|key| optional_text(key, "kid")).transpose()?.flatten();
        let path = kid.map(|kid| path_of(kid).map(str::to_owned)).transpose()?;
        let certificates = certificates(field, pem)?;
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

/// The text with the certificates, under one of its two names, and the version that goes with it.
fn certificates_of(attestation: &Value) -> Result<(&'static str, &str), Vec<Reason>> {
    let version = optional_text(attestation, VERSION)?;
    if version.is_some_and(|version| version != MARVELL_1) {
        return Err(vec![malformed(VERSION, "not MRVL-1")]);
    }
    match optional_text(attestation, PREVIEW_CERTIFICATES)? {
        Some(pem) if optional_text(attestation, CERTIFICATES)?.is_none() => {
            Ok((PREVIEW_CERTIFICATES, pem))
        }
        Some(_) => Err(vec![malformed(PREVIEW_CERTIFICATES, "beside certificatePemFile")]),
        None => {
            text(attestation, VERSION)?;
            Ok((CERTIFICATES, text(attestation, CERTIFICATES)?))
        }
    }
}

/// What follows the host in `https://{pool}/keys/{name}/{version}`.
fn path_of(kid: &str) -> Result<&str, Vec<Reason>> {
    kid.strip_prefix("https://")
        .and_then(|rest| rest.find('/').and_then(|slash| rest.get(slash..)))
        .ok_or_else(|| vec![malformed("kid", "not the address of a key")])
}

#[cfg(test)]
mod tests {
    use super::path_of;

    #[test]
    fn the_path_of_a_key_follows_the_host() {
        let kid = "https://pool.managedhsm.azure.net/keys/name/0123";
        assert_eq!(path_of(kid).unwrap(), "/keys/name/0123");
        for bad in ["pool/keys/name/0123", "http://pool/keys/name", "https://pool"] {
            assert!(path_of(bad).is_err(), "{bad}");
        }
    }
}
