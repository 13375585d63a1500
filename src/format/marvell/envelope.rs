//! What the envelopes of both providers share: values inside a JSON document that are files of their
//! own. Each is unpacked as if it had been sent alone, with the same strictness and limits.

use super::super::{Doubt, VerifiedEvidence};
use crate::encoding::base64::{self, Form};
use crate::encoding::json::Value;
use crate::encoding::x509::Certificate;
use crate::reason::{Reason, ReasonCode};
use crate::result::Requirement;
use crate::submission::{Input, InputRole, Item, ItemKind, Limits, ObjectKind, Submission};
use crate::trust::TrustStore;

/// PEM around certificates.
const OF_CERTIFICATES: usize = 1;

/// Gzip, as the API of Google's has it.
const OF_BLOB: usize = 1;

/// Unpacks a value of a document off which so many encodings may be peeled. `field` names it in reasons.
///
/// # Errors
/// Every problem of the value.
fn unpack(field: &str, bytes: Vec<u8>, layers: usize) -> Result<Submission, Vec<Reason>> {
    let input = Input { name: field.to_owned(), bytes, role: InputRole::Any };
    let unpacked = Submission::unpack(vec![input], &Limits::inside_document(layers));
    match unpacked.problems() {
        [] => Ok(unpacked),
        problems => Err(problems.to_vec()),
    }
}

/// The certificates of a PEM text inside a document, and nothing else.
///
/// # Errors
/// As for [`unpack`], and `attestation.malformed` for anything but certificates.
pub(crate) fn certificates(field: &str, pem: Vec<u8>) -> Result<Vec<Certificate>, Vec<Reason>> {
    let unpacked = unpack(field, pem, OF_CERTIFICATES)?;
    let others = unpacked.items().iter().any(|item| item.kind() != ItemKind::Certificate);
    if others || !unpacked.objects().is_empty() {
        return Err(vec![malformed(field, "something else than certificates")]);
    }
    let parsed = unpacked.items().iter().filter_map(Item::certificate).map(|read| {
        read.map_err(|error| vec![error.reason("certificate").with("file", field)]).cloned()
    });
    parsed.collect()
}

/// The one object in no known encoding inside a value.
///
/// # Errors
/// As for [`unpack`], and `attestation.malformed` for anything else.
pub(crate) fn binary(field: &str, bytes: Vec<u8>) -> Result<Vec<u8>, Vec<Reason>> {
    let unpacked = unpack(field, bytes, OF_BLOB)?;
    match (unpacked.items(), unpacked.objects()) {
        ([], [object]) if object.kind() == ObjectKind::Binary => Ok(object.bytes().to_vec()),
        _ => Err(vec![malformed(field, "no attestation of this manufacturer")]),
    }
}

/// The octets of a text in one of the forms in which a value is written. `field` names it in reasons.
///
/// # Errors
/// `input.base64`.
pub(crate) fn decode(
    field: &'static str,
    text: &str,
    forms: &[Form],
) -> Result<Vec<u8>, Vec<Reason>> {
    base64::decode(text, forms).map_err(|fault| {
        vec![Reason::new(ReasonCode::InputBase64).with("statement", field).with("fault", fault)]
    })
}

/// The text of a member that must be there.
pub(crate) fn text<'v>(value: &'v Value, field: &'static str) -> Result<&'v str, Vec<Reason>> {
    optional_text(value, field)?.ok_or_else(|| {
        vec![Reason::new(ReasonCode::AttestationExtensionMissing).with("statement", field)]
    })
}

/// A member that may be there, as text. Clients write `null` for what is not.
pub(crate) fn optional_text<'v>(
    value: &'v Value,
    field: &'static str,
) -> Result<Option<&'v str>, Vec<Reason>> {
    match value.member(field) {
        None | Some(Value::Null) => Ok(None),
        Some(member) => member.text().map(Some).ok_or_else(|| vec![malformed(field, "not a text")]),
    }
}

/// What an envelope says against what the module signed.
pub(crate) fn contradiction(
    requirement: Requirement,
    statement: &'static str,
    stated: impl Into<String>,
    attested: impl Into<String>,
) -> Doubt {
    let reason = Reason::new(ReasonCode::AttestationContradicted)
        .with("statement", statement)
        .with("stated", stated)
        .with("attested", attested);
    Doubt { requirement, reason }
}

/// Whether a member says anything: clients write `null`, empty texts and empty objects for what is not
/// there.
pub(crate) fn is_said(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Text(text) => !text.is_empty(),
        Value::Object(members) => !members.is_empty(),
        Value::List(_) | Value::Boolean(_) | Value::Number(_) => true,
    }
}

/// A value, to be shown.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Boolean(it) => it.to_string(),
        Value::Number(it) => it.to_string(),
        Value::Text(text) => text.clone(),
        Value::List(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}

/// That nothing of `read` stands in another place of the document with another value: readers would
/// choose, each in its own way.
///
/// # Errors
/// `attestation.malformed` for each of `names` that does.
pub(crate) fn check_places_of(
    document: &Value,
    read: &Value,
    names: &[&'static str],
) -> Result<(), Vec<Reason>> {
    let differs = |name: &&&'static str| {
        everywhere(document, name).into_iter().any(|it| Some(it) != read.member(name))
    };
    let reasons: Vec<_> = names
        .iter()
        .filter(differs)
        .map(|name| malformed(*name, "in several places of the document, which differ"))
        .collect();
    if reasons.is_empty() { Ok(()) } else { Err(reasons) }
}

/// Every member of that name, at any depth.
fn everywhere<'v>(value: &'v Value, name: &str) -> Vec<&'v Value> {
    let inner = |value: &'v Value| everywhere(value, name);
    match value {
        Value::Object(members) => members
            .iter()
            .flat_map(|(known, value)| {
                let mut found = inner(value);
                found.extend((known == name).then_some(value));
                found
            })
            .collect(),
        Value::List(elements) => elements.iter().flat_map(inner).collect(),
        _ => Vec::new(),
    }
}

/// A value of an envelope that has not the form that it must have.
pub(crate) fn malformed(field: impl Into<String>, fault: &'static str) -> Reason {
    Reason::new(ReasonCode::AttestationMalformed).with("statement", field).with("fault", fault)
}

/// Every certificate of an envelope has a place in what was verified, or is a known root: the
/// provider writes no others, and nothing is passed over.
///
/// # Errors
/// `chain.role` for each that has none.
pub(crate) fn check_places(
    certificates: &[Certificate],
    verified: &VerifiedEvidence<'_>,
    trust: &TrustStore,
) -> Result<(), Vec<Reason>> {
    let is_root = |certificate: &Certificate| {
        let sha256 = certificate.sha256();
        trust.anchors().iter().any(|anchor| anchor.certificate_sha256.contains(&sha256))
    };
    let reasons: Vec<Reason> = certificates
        .iter()
        .filter(|certificate| !verified.rests_on(certificate.sha256()) && !is_root(certificate))
        .map(|certificate| {
            Reason::new(ReasonCode::ChainRole)
                .with("certificate", certificate.subject().to_string())
                .with("fault", "a certificate in the answer that has no place in its chains")
        })
        .collect();
    if reasons.is_empty() { Ok(()) } else { Err(reasons) }
}

/// Certificates of one pool, each of which is tried as an issuer of each: twice as many as the chains of
/// manufacturer and owner have with their roots.
const MOST_CERTIFICATES: usize = 16;

/// Certificates from several places, each once, in an order that does not depend on theirs.
///
/// # Errors
/// `input.too-many-certificates`.
pub(crate) fn pool<'c>(
    certificates: impl IntoIterator<Item = &'c Certificate>,
) -> Result<Vec<Certificate>, Vec<Reason>> {
    let mut pool: Vec<Certificate> = certificates.into_iter().cloned().collect();
    pool.sort_by(|one, other| one.der().cmp(other.der()));
    pool.dedup_by_key(|certificate| certificate.sha256());
    if pool.len() > MOST_CERTIFICATES {
        return Err(vec![
            Reason::new(ReasonCode::InputTooManyCertificates)
                .with("limit", MOST_CERTIFICATES.to_string()),
        ]);
    }
    Ok(pool)
}
