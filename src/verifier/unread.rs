//! Why a certificate cannot be read, and an object is no evidence.

use crate::encoding::json;
use crate::encoding::oid::Oid;
use crate::encoding::x509::X509Error;
use crate::format::FORMATS;
use crate::reason::{Reason, ReasonCode};
use crate::result::Outcome;
use crate::signature::cms;
use crate::submission::{CompanionKind, Object, ObjectKind, draft, is_detached_signature};

/// An extension of a format stated twice contradicts itself; any other is malformed input.
pub(crate) fn certificate(error: &X509Error) -> Reason {
    if let X509Error::DuplicateExtension(oid) = error {
        let oid = Oid::from_content(oid);
        if FORMATS.iter().any(|format| format.owns_extension(oid)) {
            return Reason::new(ReasonCode::AttestationDuplicateExtension)
                .with("extension", oid.to_string());
        }
    }
    error.reason("certificate")
}

/// Why no format reads `object`.
pub(crate) fn object(object: &Object) -> Reason {
    if object.document().is_some_and(has_mixed_base64) {
        return Reason::new(ReasonCode::InputBase64)
            .with("file", object.origins().join(", "))
            .with("fault", "a text in the characters of both base64 alphabets");
    }
    if object.kind() == ObjectKind::SignedData {
        return message(object);
    }
    if object.kind() == ObjectKind::Draft {
        let reason =
            Reason::new(ReasonCode::EvidenceDraftFormat).with("file", object.origins().join(", "));
        return match draft::DraftFormat::of(object.bytes()) {
            Some(format) => reason.with("format", format.describe()),
            None => reason,
        };
    }
    Reason::new(ReasonCode::InputMalformed).with("file", object.origins().join(", ")).with(
        "fault",
        match object.kind() {
            ObjectKind::CardVerifiable => {
                "a card-verifiable certificate of no module that is known"
            }
            ObjectKind::Json => "JSON that is no evidence of a format that is known",
            ObjectKind::Yaml => "YAML that is no evidence of a format that is known",
            ObjectKind::Xml => "XML that is no evidence of a format that is known",
            ObjectKind::Der => {
                "DER that is neither request, certificate, key, PKCS #7 nor evidence that is known"
            }
            ObjectKind::SignedData | ObjectKind::Binary | ObjectKind::Draft => {
                "of no kind that is known"
            }
        },
    )
}

/// Whether nothing about `object` says what it is: beside whole evidence it is for a person to look at.
/// What is known to be no evidence, or to be false, is refused.
pub(crate) fn is_unknown(object: &Object) -> bool {
    match object.kind() {
        ObjectKind::Json => !object.json().is_some_and(has_mixed_base64),
        ObjectKind::Yaml | ObjectKind::Xml | ObjectKind::Der | ObjectKind::Binary => true,
        ObjectKind::SignedData => is_detached_signature(object.bytes()),
        ObjectKind::CardVerifiable | ObjectKind::Draft => false,
    }
}

/// What such an object is where whole evidence lies beside it. The signature of a mail or a paper is a
/// companion, as they are.
pub(crate) fn beside_evidence(object: &Object) -> (Outcome, Reason) {
    let (outcome, code, kind) = match object.kind() {
        ObjectKind::SignedData => {
            (Outcome::Satisfied, ReasonCode::InputCompanion, CompanionKind::Signature.describe())
        }
        kind => (Outcome::Review, ReasonCode::InputUnrecognized, kind.id()),
    };
    let reason = Reason::new(code)
        .with("file", object.origins().join(", "))
        .with("kind", kind)
        .with("bytes", object.bytes().len().to_string())
        .with("sha256", object.sha256().to_string());
    (outcome, reason)
}

/// No format signs its statements as a CMS message. What is wrong with one is said all the same: the
/// applicant may have edited it, and staff may take a well-formed one for evidence.
fn message(object: &Object) -> Reason {
    match cms::verify(object.bytes()) {
        Ok(signer) => Reason::new(ReasonCode::AttestationUnrecognized)
            .with("signed-by", signer.subject().to_string()),
        Err(reason) => reason,
    }
    .with("file", object.origins().join(", "))
}

/// Whether a text of a document has characters of both alphabets of base64 (RFC 4648 4 and 5) and no
/// others: some tool has rewritten a part of it, and no reader takes it for either. A path has no `+`.
fn has_mixed_base64(document: &json::Value) -> bool {
    let is_base64 = |octet: u8| octet.is_ascii_alphanumeric() || b"+/-_=".contains(&octet);
    let is_mixed = |text: &&str| {
        text.contains('+') && text.contains(['-', '_']) && text.bytes().all(is_base64)
    };
    document.texts().iter().any(is_mixed)
}
