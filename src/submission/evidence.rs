//! The attribute by which a certification request carries evidence, 1.2.840.113549.1.9.16.2.59
//! (draft-ietf-lamps-csr-attestation).
//!
//! Read are the structures `AttestationBundle` (drafts 24, 28 and 29) and `EvidenceBundle` (draft
//! 18), which is the same with an IA5String at the end of a statement. The sequences of bundles of
//! drafts 10 and earlier are refused by name. A bundle is a container and proves nothing: what is in
//! it counts as if it had come beside the request.

use super::classify::{Shape, classify};
use super::{ItemKind, draft};
use crate::encoding::der::{DerError, Glance, Reader, tag};
use crate::encoding::oid::{self, Oid};
use crate::reason::{Reason, ReasonCode};
use crate::request::Request;

/// What a request carries.
#[derive(Debug)]
pub(super) struct EvidenceBundle<'a> {
    /// The statements, in order.
    pub(super) statements: Vec<EvidenceStatement<'a>>,
    /// The certificates, DER, in order.
    pub(super) certificates: Vec<&'a [u8]>,
}

/// One statement.
#[derive(Debug)]
pub(super) struct EvidenceStatement<'a> {
    /// What the sender calls its format. It decides nothing, but that drafts are refused.
    pub(super) kind: Oid<'a>,
    /// Its value, DER.
    pub(super) value: &'a [u8],
    /// What it holds.
    pub(super) content: StatementContent<'a>,
}

/// What a statement holds: the value of its type, which is open.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum StatementContent<'a> {
    /// A DER value.
    Der(&'a [u8]),
    /// What an OCTET STRING or a text wraps, as the draft asks for formats that are not ASN.1.
    Wrapped(&'a [u8]),
    /// A format that is no more than a draft, with type and hint.
    Draft(&'a [u8]),
}

impl<'a> EvidenceBundle<'a> {
    /// What `request` carries; `None` if it carries nothing.
    ///
    /// # Errors
    /// `evidence.draft-version` or `evidence.malformed`.
    pub(super) fn of(request: &'a Request) -> Option<Result<Self, Reason>> {
        if request.extension(oid::EVIDENCE).is_some() {
            let fault =
                "it is among the requested extensions, where the draft has it for CRMF alone";
            return Some(Err(malformed(fault)));
        }
        let values = request.evidence_attribute()?;
        Some(Self::read(values).map_err(|fault| match fault {
            Fault::Version => ReasonCode::EvidenceDraftVersion.into(),
            Fault::Malformed(fault) => malformed(fault),
        }))
    }

    fn read(values: &'a [u8]) -> Result<Self, Fault> {
        let bundle = Reader::whole(values, |values| {
            let bundle = values.expect(tag::SEQUENCE)?;
            if !values.is_empty() {
                return Err(Fault::Malformed("the attribute has more than one value"));
            }
            Ok(bundle)
        })?;
        if is_bundle_of_an_older_draft(Glance::at(bundle)) {
            return Err(Fault::Version);
        }
        Reader::whole(bundle, Self::read_fields)
    }

    fn read_fields(bundle: &mut Reader<'a>) -> Result<Self, Fault> {
        let statements = bundle.nested(tag::SEQUENCE, |list| list.each(EvidenceStatement::read))?;
        if statements.is_empty() {
            return Err(Fault::Malformed("it holds no statement"));
        }
        if bundle.is_empty() {
            return Ok(Self { statements, certificates: Vec::new() });
        }
        let certificates = bundle.nested(tag::SEQUENCE, |list| list.each(read_certificate))?;
        if certificates.is_empty() {
            return Err(Fault::Malformed("its list of certificates is there and empty"));
        }
        Ok(Self { statements, certificates })
    }
}

impl<'a> EvidenceStatement<'a> {
    fn read(list: &mut Reader<'a>) -> Result<Self, Fault> {
        let (identifier, content, whole) = list.any()?;
        if identifier != tag::SEQUENCE {
            return Err(Fault::Malformed("a statement that is no SEQUENCE"));
        }
        let (kind, (identifier, content, value)) = Reader::whole(content, |fields| {
            let (kind, value) = (fields.oid()?, fields.any()?);
            // A hint (draft 18) names a verifier to those who forward; it is not followed.
            if !fields.is_empty() && fields.expect(tag::IA5_STRING).is_err() {
                return Err(Fault::Malformed(
                    "a statement with a third field that is no IA5String",
                ));
            }
            Ok((kind, value))
        })?;
        let content = if draft::is_type_of_a_draft(kind) || draft::is_pkix_evidence(value) {
            StatementContent::Draft(whole)
        } else {
            match identifier {
                tag::OCTET_STRING | tag::UTF8_STRING | tag::IA5_STRING => {
                    StatementContent::Wrapped(content)
                }
                _ => StatementContent::Der(value),
            }
        };
        Ok(Self { kind, value, content })
    }
}

/// CertificateChoices (RFC 5652 10.2.2), of which the draft leaves certificate and other; no other
/// format of certificates is known.
fn read_certificate<'a>(list: &mut Reader<'a>) -> Result<&'a [u8], Fault> {
    let (identifier, _, value) = list.any()?;
    if identifier != tag::SEQUENCE {
        return Err(Fault::Malformed("a certificate of another format than X.509"));
    }
    match classify(value) {
        Shape::Item(ItemKind::Certificate) => Ok(value),
        _ => Err(Fault::Malformed("something in the place of a certificate that is none")),
    }
}

/// EvidenceBundles ::= SEQUENCE OF EvidenceBundle, until draft 10: what the first statement is in the
/// structures that are read is there a list of statements.
fn is_bundle_of_an_older_draft(mut bundle: Glance<'_>) -> bool {
    let Ok(mut first) = bundle.nested(tag::SEQUENCE) else {
        return false;
    };
    let Ok(statement) = first.nested(tag::SEQUENCE) else {
        return false;
    };
    statement.peek() == Some(tag::SEQUENCE)
}

fn malformed(fault: &'static str) -> Reason {
    Reason::new(ReasonCode::EvidenceMalformed).with("fault", fault)
}

#[derive(Debug, PartialEq, Eq)]
enum Fault {
    /// A structure of a draft that is not read.
    Version,
    /// None of the drafts'.
    Malformed(&'static str),
}

impl From<DerError> for Fault {
    fn from(_: DerError) -> Self {
        Self::Malformed("a field is missing, surplus or of another type")
    }
}

#[cfg(test)]
mod tests {
    use super::{EvidenceBundle, Fault, StatementContent};

    fn value(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let content = parts.concat();
        let mut out = vec![tag, u8::try_from(content.len()).unwrap()];
        out.extend(content);
        out
    }

    fn sequence(parts: &[&[u8]]) -> Vec<u8> {
        value(0x30, parts)
    }

    /// 1.2.3, which is nobody's.
    const KIND: &[u8] = &[6, 2, 0x2a, 3];

    fn fault(values: &[u8]) -> Fault {
        EvidenceBundle::read(values).unwrap_err()
    }

    fn is_malformed(values: &[u8]) -> bool {
        matches!(fault(values), Fault::Malformed(_))
    }

    #[test]
    fn statements_have_a_type_a_value_and_perhaps_a_hint() {
        let wrapped = value(4, &[b"evidence"]);
        let plain = sequence(&[KIND, &wrapped]);
        let hinted = sequence(&[KIND, &wrapped, &value(0x16, &[b"verifier.example"])]);
        let der = sequence(&[KIND, &sequence(&[])]);
        let bundle = sequence(&[&sequence(&[&plain, &hinted, &der])]);
        let bundle = EvidenceBundle::read(&bundle).unwrap();
        let contents: Vec<_> = bundle.statements.iter().map(|it| &it.content).collect();
        assert_eq!(
            contents,
            [
                &StatementContent::Wrapped(b"evidence"),
                &StatementContent::Wrapped(b"evidence"),
                &StatementContent::Der(&[0x30, 0]),
            ]
        );
        assert!(bundle.certificates.is_empty());
        assert!(bundle.statements.iter().all(|it| it.kind.to_string() == "1.2.3"));
    }

    #[test]
    fn types_of_tcg_and_of_the_pkix_draft_are_drafts_whatever_they_hold() {
        // 2.23.133.20.1 and 1.3.6.1.5.5.999.0
        for kind in [&[6, 5, 0x67, 0x81, 5, 0x14, 1][..], &[6, 8, 0x2b, 6, 1, 5, 5, 0x87, 0x67, 0]]
        {
            let statement = sequence(&[kind, &value(4, &[b"evidence"])]);
            let bundle = sequence(&[&sequence(&[&statement])]);
            let bundle = EvidenceBundle::read(&bundle).unwrap();
            assert_eq!(bundle.statements[0].content, StatementContent::Draft(&statement));
        }
    }

    #[test]
    fn bundles_of_draft_10_and_earlier_are_refused_by_name() {
        let statement = sequence(&[KIND, &value(4, &[b"evidence"])]);
        let bundle = sequence(&[&sequence(&[&statement])]);
        assert_eq!(fault(&sequence(&[&bundle])), Fault::Version);
    }

    #[test]
    fn what_no_draft_defines_is_malformed() {
        let statement = sequence(&[KIND, &value(4, &[b"evidence"])]);
        let statements = sequence(&[&statement]);
        let bundle = sequence(&[&statements]);
        assert!(EvidenceBundle::read(&bundle).is_ok());
        let with_certificates = |list: &[u8]| sequence(&[&statements, list]);
        let utf8_hint = sequence(&[KIND, &[5, 0], &value(0x0c, &[b"hint"])]);
        let fourth = sequence(&[KIND, &[5, 0], &value(0x16, &[b"hint"]), &[5, 0]]);
        for bad in [
            Vec::new(),
            [bundle.clone(), bundle.clone()].concat(),
            value(0x31, &[&statements]),
            sequence(&[]),
            sequence(&[&sequence(&[])]),
            sequence(&[&sequence(&[&sequence(&[])])]),
            sequence(&[&sequence(&[&sequence(&[KIND])])]),
            sequence(&[&sequence(&[KIND])]),
            sequence(&[&sequence(&[&utf8_hint])]),
            sequence(&[&sequence(&[&fourth])]),
            with_certificates(&sequence(&[])),
            with_certificates(&sequence(&[&sequence(&[])])),
            with_certificates(&sequence(&[&value(0xa3, &[KIND, &[5, 0]])])),
            with_certificates(&[5, 0]),
            sequence(&[&statements, &sequence(&[]), &[5, 0]]),
        ] {
            assert!(is_malformed(&bad), "{bad:02x?}");
        }
    }
}
