//! The answers of the Cloud KMS API that carry an attestation: `KeyOperationAttestation`, alone or as
//! `attestation` of a `CryptoKeyVersion`; as the API writes them, or as Google's clients print them.
//!
//! <https://cloud.google.com/kms/docs/reference/rest/v1/KeyOperationAttestation>; google-apitools 0.5.35,
//! `base/py/encoding_helper.py`.

use super::super::{InspectLine, Part};
use super::envelope::{
    binary, certificates, check_places_of, decode, is_said, malformed, optional_text, text,
};
use super::submitted_blob::{SubmittedBlob, layout_of};
use super::{Layout, inspect_blob, inspect_faults};
use crate::encoding::base64::{self, Form};
use crate::encoding::hex::Sha256;
use crate::encoding::json::Value;
use crate::encoding::x509::Certificate;
use crate::reason::{Reason, ReasonCode};
use crate::submission::{Object, ObjectKind};

/// One answer.
pub(crate) struct Envelope {
    pub(crate) blob: SubmittedBlob,
    pub(crate) certificates: Vec<Certificate>,
}

/// What an answer says that carries no attestation, or says beside it. No one signed it.
#[derive(Clone)]
pub(crate) struct Description {
    pub(crate) document: Value,
    /// The resource name. A bare KeyOperationAttestation has none.
    pub(crate) name: Option<String>,
    /// The layout that the blob is said to have.
    pub(crate) layout: Option<Layout>,
}

/// The API writes base64 (the JSON mapping of protobuf); google-apitools, which gcloud is made with, decodes
/// it and writes base64url, padded (`_SafeEncodeBytes`).
const FORMS: [Form; 2] = [Form::Standard, Form::Url];

/// The lists of certificates, each a PEM text.
const CHAINS: [&str; 3] = ["caviumCerts", "googleCardCerts", "googlePartitionCerts"];

/// What an object is to a format that reads blobs of these layouts, and answers. Only looks.
pub(crate) fn part_of(object: &Object, is_ours: impl Fn(Layout) -> bool) -> Part {
    let document = object.document();
    let is_blob =
        object.kind() == ObjectKind::Binary && layout_of(object.bytes()).is_some_and(is_ours);
    if is_blob || document.is_some_and(Envelope::is_in) {
        Part::Attestation
    } else if document.is_some_and(Description::is_in) {
        Part::Device
    } else {
        Part::Foreign
    }
}

/// What the blob says that an object is or carries, whoever signed it.
pub(crate) fn inspect_attestation(object: &Object) -> Vec<InspectLine> {
    let blob = match object.document() {
        None => Ok(SubmittedBlob::bare(object.bytes())),
        Some(document) if !Envelope::is_in(document) => return Vec::new(),
        Some(_) => Envelope::read(object).map(|envelope| envelope.blob),
    };
    match &blob {
        Ok(blob) => inspect_blob(blob.layout, &blob.bytes),
        Err(reasons) => inspect_faults(reasons),
    }
}

impl Envelope {
    /// Whether `document` has the members of an answer with an attestation. Only looks.
    pub(crate) fn is_in(document: &Value) -> bool {
        attestation(document).is_some()
    }

    /// Reads one answer.
    ///
    /// # Errors
    /// `attestation.malformed`, `attestation.extension-missing`, or the problems of what is inside.
    pub(crate) fn read(object: &Object) -> Result<Self, Vec<Reason>> {
        let not_one = || vec![malformed("document", "no KeyOperationAttestation")];
        let value = object.document().ok_or_else(not_one)?;
        let attestation = attestation(value).ok_or_else(not_one)?;
        check_places_of(value, attestation, &["content", "format", "certChains"])?;
        let content = decode("content", text(attestation, "content")?, &FORMS)?;
        let bytes = binary("content", content)?;
        let layout = layout_named(attestation)?;
        let layout = layout.unwrap_or_else(|| SubmittedBlob::bare(&bytes).layout);
        let blob = SubmittedBlob { layout, bytes };
        Ok(Self { blob, certificates: chains(attestation)? })
    }
}

impl Description {
    /// Whether `document` is a CryptoKeyVersion, whether or not it carries its attestation: `gcloud kms keys
    /// versions describe` takes content and chains out of what it prints. Only looks.
    pub(crate) fn is_in(document: &Value) -> bool {
        let is_version =
            |name: &str| name.starts_with("projects/") && name.contains("/cryptoKeyVersions/");
        document.member("name").and_then(Value::text).is_some_and(is_version)
            && document.member("attestation").is_some_and(|it| it.members().is_some())
    }

    /// What an answer says.
    ///
    /// # Errors
    /// `attestation.malformed`.
    pub(crate) fn read(document: &Value) -> Result<Self, Vec<Reason>> {
        let attestation = document.member("attestation").unwrap_or(document);
        Ok(Self {
            document: document.clone(),
            name: optional_text(document, "name")?.map(str::to_owned),
            layout: layout_named(attestation)?,
        })
    }

    /// The answer says that the blob has another layout than it is read in.
    pub(crate) fn other_layout(&self, layout: Layout) -> Option<Reason> {
        let stated = self.layout.filter(|stated| *stated != layout)?;
        Some(
            Reason::new(ReasonCode::AttestationInconsistent)
                .with("statement", "format")
                .with("stated", stated.describe())
                .with("attested", layout.describe()),
        )
    }
}

/// The layout that `format` names.
fn layout_named(attestation: &Value) -> Result<Option<Layout>, Vec<Reason>> {
    match optional_text(attestation, "format")? {
        Some("CAVIUM_V2_COMPRESSED") => Ok(Some(Layout::V2)),
        Some("CAVIUM_V1_COMPRESSED") => Ok(Some(Layout::V1)),
        Some(_) => Err(vec![malformed("format", "not a format that is known")]),
        None => Ok(None),
    }
}

/// The DER of every PEM block in the chains of an answer, as far as it can be seen. Only looks.
pub(crate) fn look_at_chains(document: &Value) -> Vec<Vec<u8>> {
    let chains = attestation(document).and_then(|it| it.member("certChains"));
    let blocks = chains.map(Value::texts).unwrap_or_default();
    let blocks = blocks.into_iter().flat_map(|text| text.split("-----BEGIN ").skip(1));
    let der = |block: &str| {
        let body: String = block.split("-----").nth(1)?.split_whitespace().collect();
        base64::decode(&body, &[Form::Standard]).ok()
    };
    blocks.filter_map(der).collect()
}

/// The certificates of all chains.
fn chains(attestation: &Value) -> Result<Vec<Certificate>, Vec<Reason>> {
    let mut inside = Vec::new();
    let Some(chains) = attestation.member("certChains").filter(|it| **it != Value::Null) else {
        return Ok(inside);
    };
    if chains.members().is_none() {
        return Err(vec![malformed("certChains", "not an object")]);
    }
    for field in CHAINS {
        let Some(list) = chains.member(field) else { continue };
        let not_texts = || vec![malformed(field, "not a list of texts")];
        for pem in list.elements().ok_or_else(not_texts)? {
            let pem = pem.text().ok_or_else(not_texts)?;
            inside.extend(certificates(field, pem.as_bytes().to_vec())?);
        }
    }
    Ok(inside)
}

/// The KeyOperationAttestation of a document.
fn attestation(document: &Value) -> Option<&Value> {
    [Some(document), document.member("attestation")].into_iter().flatten().find(|value| {
        value.member("content").is_some_and(is_said)
            && (value.member("format").is_some() || value.member("certChains").is_some())
    })
}

/// The identifier of a key: two SHA-256 values in lower-case hexadecimal, of which the second is that
/// of the resource name.
pub(crate) struct ResourceId<'a> {
    name_sha256: &'a str,
}

impl<'a> ResourceId<'a> {
    pub(crate) fn of(id: &'a [u8]) -> Result<Self, Reason> {
        let is_digit = |octet: &u8| matches!(octet, b'0'..=b'9' | b'a'..=b'f');
        let text = std::str::from_utf8(id).ok().filter(|_| id.len() == 128);
        match text.and_then(|text| text.get(64..)) {
            Some(name_sha256) if id.iter().all(is_digit) => Ok(Self { name_sha256 }),
            _ => Err(malformed("ID", "not 128 hexadecimal digits")),
        }
    }

    /// The name that was stated is another than the module signed.
    pub(crate) fn contradiction(&self, stated: Option<&str>) -> Option<Reason> {
        let stated = stated?;
        let computed = Sha256::of(stated.as_bytes()).to_string();
        (computed != self.name_sha256).then(|| {
            Reason::new(ReasonCode::AttestationInconsistent)
                .with("statement", "resource name of the key version")
                .with("stated", stated)
                .with("stated-sha256", computed)
                .with("attested-sha256", self.name_sha256)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::ResourceId;

    #[test]
    fn the_second_half_of_the_identifier_is_the_hash_of_the_resource_name() {
        // SHA-256 of "abc" (FIPS 180-4, example).
        let name = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let id = format!("{}{name}", "0".repeat(64));
        let id = ResourceId::of(id.as_bytes()).unwrap();
        assert_eq!(id.contradiction(None), None);
        assert_eq!(id.contradiction(Some("abc")), None);
        assert!(id.contradiction(Some("abd")).is_some());
    }

    #[test]
    fn identifiers_of_another_form_are_refused() {
        for bad in ["0".repeat(127), "0".repeat(129), "A".repeat(128), "\u{e9}".repeat(64)] {
            assert!(ResourceId::of(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
