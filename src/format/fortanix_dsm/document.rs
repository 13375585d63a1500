//! The JSON that `POST /crypto/v1/keys/key_attestation` returns: a chain and a statement, each
//! certificate as base64 of DER. One shape, and nothing beside it.
//!
//! <https://support.fortanix.com/hc/en-us/articles/18924491083028>, section 3.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::FORTANIX;
use crate::encoding::der::Strict;
use crate::encoding::json::Value;
use crate::encoding::oid::Oid;
use crate::encoding::x509::{Certificate, Leniency, X509Error};
use crate::reason::{Reason, ReasonCode};

/// The members of the document.
pub(super) const MEMBERS: [&str; 2] = ["authority_chain", "attestation_statement"];

/// The one format of statements that is defined.
const CERTIFICATE: &str = "x509_certificate";

/// The authority's certificate writes `cA FALSE` out, and its keyUsage as `03 02 01 80` (seen on the
/// sample, and on the manufacturer's fixture). For certificates inside this document alone.
const LENIENCIES: &[Leniency] = &[Leniency::WrittenCaFalse, Leniency::KeyUsageEndsInZeros];

/// What the document holds; parsed, nothing verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Document {
    /// About the key.
    pub(super) statement: Certificate,
    /// What signed the statement.
    pub(super) authority: Certificate,
    /// What issued the authority.
    pub(super) issuing: Certificate,
    /// The root, which is believed only where it is an anchor.
    pub(super) root: Certificate,
}

impl Document {
    /// Reads the document.
    ///
    /// # Errors
    /// Every reason found.
    pub(super) fn read(value: &Value) -> Result<Self, Vec<Reason>> {
        let only = |reason| vec![reason];
        let [chain, statement] = members(value, "document", MEMBERS).map_err(only)?;
        let [format, statement] =
            members(statement, "attestation_statement", ["format", "statement"]).map_err(only)?;
        match format.text() {
            Some(CERTIFICATE) => {}
            Some(other) => {
                let fault = "a format of statements that is not known";
                return Err(only(malformed("format", fault).with("value", other)));
            }
            None => return Err(only(malformed("format", "not a string"))),
        }
        let Some([authority, issuing, root]) = chain.elements() else {
            let fault = "not a list of three: authority, its issuer, root";
            return Err(only(malformed("authority_chain", fault)));
        };
        let read = [statement, authority, issuing, root]
            .map(|value| certificate(value, std::ptr::eq(value, statement)));
        match read {
            [Ok(statement), Ok(authority), Ok(issuing), Ok(root)] => {
                Ok(Self { statement, authority, issuing, root })
            }
            read => Err(read.into_iter().filter_map(Result::err).collect()),
        }
    }
}

/// The members of those names, of an object that has exactly them.
fn members<'v, const N: usize>(
    value: &'v Value,
    what: &'static str,
    names: [&'static str; N],
) -> Result<[&'v Value; N], Reason> {
    let Some(present) = value.members() else {
        return Err(malformed(what, "not an object"));
    };
    if let Some((unknown, _)) = present.iter().find(|(name, _)| !names.contains(&name.as_str())) {
        return Err(malformed(what, "a member that is not defined").with("member", unknown.clone()));
    }
    for name in names {
        if value.member(name).is_none() {
            return Err(malformed(what, "a member is missing").with("member", name));
        }
    }
    Ok(names.map(|name| value.member(name).unwrap_or(&Value::Null)))
}

/// A certificate as base64 of DER: padded, without blanks and stray bits.
fn certificate(value: &Value, is_statement: bool) -> Result<Certificate, Reason> {
    let what = if is_statement { "statement" } else { "authority_chain" };
    let text = value.text().ok_or_else(|| malformed(what, "not a string"))?;
    let der = STANDARD.decode(text).map_err(|error| {
        Reason::new(ReasonCode::InputBase64)
            .with("statement", what)
            .with("fault", error.to_string())
    })?;
    Strict::check(&der)
        .map_err(X509Error::Der)
        .and_then(|der| Certificate::from_strict_leniently(der, LENIENCIES))
        .map_err(|error| match &error {
            X509Error::DuplicateExtension(content)
                if Oid::from_content(content).starts_with(FORTANIX) =>
            {
                Reason::new(ReasonCode::AttestationDuplicateExtension)
                    .with("extension", Oid::from_content(content).to_string())
            }
            error => error.reason(what),
        })
}

/// A part of the document, or a statement in it, is not in its one form.
pub(super) fn malformed(what: &'static str, fault: &'static str) -> Reason {
    Reason::new(ReasonCode::AttestationMalformed).with("statement", what).with("fault", fault)
}

#[cfg(test)]
mod tests {
    use super::Document;
    use crate::encoding::json;
    use crate::reason::ReasonCode;

    fn refusal(text: &str) -> (ReasonCode, String) {
        let reasons = Document::read(&json::parse(text.as_bytes()).unwrap()).unwrap_err();
        let detail = reasons[0].detail();
        let fault = detail.get("fault").or(detail.get("extension")).cloned();
        (reasons[0].code(), fault.unwrap_or_default())
    }

    #[test]
    fn there_is_one_shape() {
        let statement =
            r#""attestation_statement": {"format": "x509_certificate", "statement": "MAA="}"#;
        let chain = r#""authority_chain": ["MAA=", "MAA=", "MAA="]"#;
        for (text, code, fault) in [
            ("[]".to_owned(), ReasonCode::AttestationMalformed, "not an object"),
            (format!("{{{statement}}}"), ReasonCode::AttestationMalformed, "a member is missing"),
            (format!("{{{chain}}}"), ReasonCode::AttestationMalformed, "a member is missing"),
            (
                format!("{{{chain}, {statement}, \"kid\": 1}}"),
                ReasonCode::AttestationMalformed,
                "a member that is not defined",
            ),
            (
                format!("{{{chain}, {}}}", statement.replace("x509_certificate", "jwt")),
                ReasonCode::AttestationMalformed,
                "a format of statements that is not known",
            ),
            (
                format!("{{{chain}, {}}}", statement.replace("\"x509_certificate\"", "509")),
                ReasonCode::AttestationMalformed,
                "not a string",
            ),
            (
                format!("{{\"authority_chain\": [\"MAA=\", \"MAA=\"], {statement}}}"),
                ReasonCode::AttestationMalformed,
                "not a list of three: authority, its issuer, root",
            ),
            (
                format!("{{\"authority_chain\": \"MAA=\", {statement}}}"),
                ReasonCode::AttestationMalformed,
                "not a list of three: authority, its issuer, root",
            ),
            (
                format!("{{{chain}, {}}}", statement.replace("MAA=", "MAA")),
                ReasonCode::InputBase64,
                "Invalid padding",
            ),
        ] {
            let (found, said) = refusal(&text);
            assert_eq!(found, code, "{text}");
            assert!(said.contains(fault), "{text}: {said}");
        }
    }

    #[test]
    fn what_is_no_certificate_is_not_der_of_one() {
        let text = r#"{"authority_chain": ["MAA=", "MAA=", "MAA="], "attestation_statement":
            {"format": "x509_certificate", "statement": "MAAA"}}"#;
        let reasons = Document::read(&json::parse(text.as_bytes()).unwrap()).unwrap_err();
        assert_eq!(reasons.len(), 4);
        assert!(reasons.iter().all(|reason| reason.code() == ReasonCode::InputDer));
        assert_eq!(reasons[0].detail()["fault"], "bytes after the end of the value");
    }
}
