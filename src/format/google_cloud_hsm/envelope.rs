//! The answers of the Cloud KMS API that carry an attestation: `KeyOperationAttestation`, alone or as
//! `attestation` of a `CryptoKeyVersion`.
//!
//! <https://cloud.google.com/kms/docs/reference/rest/v1/KeyOperationAttestation>

use super::super::marvell::Layout;
use super::super::marvell::envelope::{
    binary, certificates, check_places_of, malformed, optional_text, text,
};
use super::SubmittedBlob;
use crate::encoding::json::Value;
use crate::encoding::x509::Certificate;
use crate::reason::Reason;
use crate::submission::Object;

/// One answer.
pub(super) struct Envelope {
    pub(super) blob: SubmittedBlob,
    pub(super) certificates: Vec<Certificate>,
    /// The whole answer, unsigned.
    pub(super) document: Value,
}

/// The lists of certificates, each a PEM text.
const CHAINS: [&str; 3] = ["caviumCerts", "googleCardCerts", "googlePartitionCerts"];

impl Envelope {
    /// Whether `document` has the members of such an answer. Only looks.
    pub(super) fn is_in(document: &Value) -> bool {
        attestation(document).is_some()
    }

    /// Reads one answer.
    ///
    /// # Errors
    /// `attestation.malformed`, `attestation.extension-missing`, or the problems of what is inside.
    pub(super) fn read(object: &Object) -> Result<Self, Vec<Reason>> {
        let not_one = || vec![malformed("document", "no KeyOperationAttestation")];
        let value = object.json().ok_or_else(not_one)?;
        let attestation = attestation(value).ok_or_else(not_one)?;
        check_places_of(value, attestation, &["content", "format", "certChains"])?;
        let content = text(attestation, "content")?;
        let bytes = binary("content", content.as_bytes().to_vec())?;
        let blob = SubmittedBlob {
            layout: match optional_text(attestation, "format")? {
                Some("CAVIUM_V2_COMPRESSED") => Layout::V2,
                Some("CAVIUM_V1_COMPRESSED") => Layout::V1,
                Some(_) => return Err(vec![malformed("format", "not a format that is known")]),
                None => SubmittedBlob::bare(&bytes).layout,
            },
            bytes,
            // A bare KeyOperationAttestation has no name.
            resource: optional_text(value, "name")?.map(str::to_owned),
        };
        let mut inside = Vec::new();
        if let Some(chains) = attestation.member("certChains") {
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
        }
        Ok(Self { blob, certificates: inside, document: value.clone() })
    }
}

/// The KeyOperationAttestation of a document.
fn attestation(document: &Value) -> Option<&Value> {
    [Some(document), document.member("attestation")].into_iter().flatten().find(|value| {
        value.member("content").is_some()
            && (value.member("format").is_some() || value.member("certChains").is_some())
    })
}
