//! Evidence in formats that are no more than drafts: recognised, so that it can be named and shown,
//! and never judged.
//!
//! PKIX Evidence is draft-ietf-rats-pkix-key-attestation (07), in the temporary arc 1.3.6.1.5.5.999
//! of its sample data, for its own numbers are not assigned. The statement types of the Trusted
//! Computing Group (2.23.133) have no key attestation for certification requests beyond examples in
//! draft-ietf-lamps-csr-attestation.

use crate::encoding::der::{self, DerError, Reader, tag};
use crate::encoding::hex::to_hex;
use crate::encoding::oid::Oid;
use crate::oid;
use crate::time::Timestamp;

/// 1.3.6.1.5.5.999, in which the sample data of PKIX Evidence has its identifiers.
const PKIX_DRAFT: Oid<'static> = oid!(1.3.6.1.5.5.999);

/// 2.23.133, the Trusted Computing Group's arc.
const TCG: Oid<'static> = oid!(2.23.133);

/// A format that is no more than a draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DraftFormat {
    /// PKIX Evidence.
    PkixEvidence,
    /// A statement of the Trusted Computing Group.
    Tcg,
}

impl DraftFormat {
    /// The format of `bytes`: PKIX Evidence itself, or a statement of a request with its type.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        if is_pkix_evidence(bytes) {
            return Some(Self::PkixEvidence);
        }
        let (kind, value, _) = read_statement(bytes)?;
        if kind.starts_with(TCG) {
            Some(Self::Tcg)
        } else {
            (kind.starts_with(PKIX_DRAFT) || is_pkix_evidence(value)).then_some(Self::PkixEvidence)
        }
    }

    /// In words.
    pub const fn describe(self) -> &'static str {
        match self {
            Self::PkixEvidence => "PKIX Evidence (draft-ietf-rats-pkix-key-attestation)",
            Self::Tcg => "a statement of the Trusted Computing Group",
        }
    }
}

/// Whether a statement of that type is in a format that is no more than a draft.
pub(super) fn is_type_of_a_draft(kind: Oid<'_>) -> bool {
    kind.starts_with(TCG) || kind.starts_with(PKIX_DRAFT)
}

/// Whether `bytes` have the outside of PKIX Evidence: a version, then elements that each have a type
/// and claims; then signatures.
pub(super) fn is_pkix_evidence(bytes: &[u8]) -> bool {
    elements(bytes).is_some_and(|elements| !elements.is_empty())
}

/// What evidence of a draft says, claim by claim: to be shown. Everything is hostile.
pub fn inspect(bytes: &[u8]) -> Vec<(String, String)> {
    let (mut shown, evidence) = match read_statement(bytes) {
        Some((kind, value, hint)) if !is_pkix_evidence(bytes) => {
            let mut shown = vec![("type".to_owned(), kind.to_string())];
            shown.extend(hint.map(|hint| ("hint".to_owned(), text(hint))));
            (shown, value)
        }
        _ => (Vec::new(), bytes),
    };
    let Some(elements) = elements(evidence) else {
        shown.push(("value".to_owned(), format!("{} bytes", evidence.len())));
        return shown;
    };
    for (number, (kind, claims)) in (1_usize..).zip(elements) {
        let element = ELEMENTS.iter().find(|(arc, _)| is_below(kind, &[0, *arc]));
        let element = element.map_or_else(|| kind.to_string(), |(_, name)| (*name).to_owned());
        for (kind, value) in claims {
            let claim =
                CLAIMS.iter().find(|(element, arc, _)| is_below(kind, &[1, *element, *arc]));
            let claim = claim.map_or_else(|| kind.to_string(), |(_, _, name)| (*name).to_owned());
            shown.push((format!("{number} {element}, {claim}"), describe(value)));
        }
    }
    shown
}

/// Elements, by the last arc below 1.3.6.1.5.5.999.0.
const ELEMENTS: &[(u8, &str)] = &[(0, "transaction"), (1, "platform"), (2, "key")];

/// Claims, by the last two arcs below 1.3.6.1.5.5.999.1. The platform's are numbered in two ways by
/// the draft's own files: only those on which they agree are named.
const CLAIMS: &[(u8, u8, &str)] = &[
    (0, 0, "nonce"),
    (0, 1, "time"),
    (0, 2, "attestation key"),
    (1, 0, "vendor"),
    (1, 2, "hardware model"),
    (2, 0, "identifier"),
    (2, 1, "public key"),
    (2, 2, "extractable"),
    (2, 3, "sensitive"),
    (2, 4, "never extractable"),
    (2, 5, "local"),
    (2, 6, "expiry"),
    (2, 7, "purpose"),
];

fn is_below(kind: Oid<'_>, arcs: &[u8]) -> bool {
    kind.content().strip_prefix(PKIX_DRAFT.content()) == Some(arcs)
}

type Claim<'a> = (Oid<'a>, Option<&'a [u8]>);

/// The elements of PKIX Evidence, each with its type and its claims.
fn elements(bytes: &[u8]) -> Option<Vec<(Oid<'_>, Vec<Claim<'_>>)>> {
    let elements = Reader::whole(bytes, |outer| {
        outer.nested(tag::SEQUENCE, |fields| {
            let elements = fields.nested(tag::SEQUENCE, |signed| {
                signed.u64()?;
                signed.nested(tag::SEQUENCE, |list| list.each(read_element))
            })?;
            // Signatures, and perhaps certificates.
            fields.expect(tag::SEQUENCE)?;
            fields.optional(tag::CONTEXT_0)?;
            Ok::<_, DerError>(elements)
        })
    });
    let elements = elements.ok()?;
    // Nearly everything that comes has left already; what is left is read strictly.
    der::check(bytes).ok()?;
    Some(elements)
}

fn read_element<'a>(list: &mut Reader<'a>) -> Result<(Oid<'a>, Vec<Claim<'a>>), DerError> {
    let claim = |stated: &mut Reader<'a>| {
        stated.nested(tag::SEQUENCE, |claim| {
            let kind = claim.oid()?;
            let value = if claim.is_empty() { None } else { Some(claim.any()?.2) };
            Ok::<_, DerError>((kind, value))
        })
    };
    list.nested(tag::SEQUENCE, |element| {
        let kind = element.oid()?;
        let claims = element.nested(tag::SEQUENCE, |stated| stated.each(claim))?;
        Ok((kind, claims))
    })
}

/// Type, value and hint.
type Statement<'a> = (Oid<'a>, &'a [u8], Option<&'a [u8]>);

/// A statement of a request.
fn read_statement(bytes: &[u8]) -> Option<Statement<'_>> {
    let statement = Reader::whole(bytes, |outer| {
        outer.nested(tag::SEQUENCE, |fields| {
            let kind = fields.oid()?;
            let (_, _, value) = fields.any()?;
            Ok::<_, DerError>((kind, value, fields.optional(tag::IA5_STRING)?))
        })
    });
    // Nearly everything that comes has left already; what is left is read strictly.
    let statement = statement.ok()?;
    der::check(bytes).ok()?;
    Some(statement)
}

fn describe(value: Option<&[u8]>) -> String {
    let Some(value) = value else {
        return "stated".to_owned();
    };
    match Reader::whole(value, Reader::any) {
        Ok((tag::BOOLEAN, [0], _)) => "false".to_owned(),
        Ok((tag::BOOLEAN, ..)) => "true".to_owned(),
        Ok((tag::UTF8_STRING | tag::IA5_STRING, content, _)) => text(content),
        Ok((tag::OCTET_STRING, content, _)) => to_hex(content),
        Ok((tag::UTC_TIME | tag::GENERALIZED_TIME, ..)) => Reader::whole(value, Reader::time)
            .ok()
            .and_then(|time| Timestamp::from_unix_seconds(time.unix_seconds()))
            .map_or_else(|| to_hex(value), |time| time.to_string()),
        _ => to_hex(value),
    }
}

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{DraftFormat, inspect};

    fn value(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let content = parts.concat();
        let mut out = vec![tag, u8::try_from(content.len()).unwrap()];
        out.extend(content);
        out
    }

    fn sequence(parts: &[&[u8]]) -> Vec<u8> {
        value(0x30, parts)
    }

    fn oid(arcs: &[u8]) -> Vec<u8> {
        value(6, &[&[0x2b, 6, 1, 5, 5, 0x87, 0x67], arcs])
    }

    /// One key that is not extractable, and one claim that has no name.
    fn evidence() -> Vec<u8> {
        let extractable = sequence(&[&oid(&[1, 2, 2]), &[1, 1, 0]]);
        let other = sequence(&[&oid(&[1, 2, 77])]);
        let key = sequence(&[&oid(&[0, 2]), &sequence(&[&extractable, &other])]);
        sequence(&[&sequence(&[&[2, 1, 1], &sequence(&[&key])]), &sequence(&[])])
    }

    #[test]
    fn pkix_evidence_is_known_by_its_shape_and_shown_by_claim() {
        assert_eq!(DraftFormat::of(&evidence()), Some(DraftFormat::PkixEvidence));
        let shown = inspect(&evidence());
        let expected =
            [("1 key, extractable", "false"), ("1 key, 1.3.6.1.5.5.999.1.2.77", "stated")];
        let shown: Vec<_> =
            shown.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn statements_are_shown_with_type_and_hint() {
        let kind = value(6, &[&[0x67, 0x81, 5, 0x14, 1]]);
        let hint = value(0x16, &[b"verifier.example"]);
        let statement = sequence(&[&kind, &sequence(&[&value(4, &[b"signed"])]), &hint]);
        assert_eq!(DraftFormat::of(&statement), Some(DraftFormat::Tcg));
        let shown = inspect(&statement);
        let expected =
            [("type", "2.23.133.20.1"), ("hint", "verifier.example"), ("value", "10 bytes")];
        let shown: Vec<_> =
            shown.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(shown, expected);

        let wrapped = sequence(&[&value(6, &[&[0x2a, 3]]), &evidence()]);
        assert_eq!(DraftFormat::of(&wrapped), Some(DraftFormat::PkixEvidence));
    }

    #[test]
    fn other_objects_are_no_drafts() {
        let statement = sequence(&[&value(6, &[&[0x2a, 3]]), &value(4, &[b"signed"])]);
        for other in [statement, sequence(&[]), Vec::new(), vec![0x30, 0x80]] {
            assert_eq!(DraftFormat::of(&other), None, "{other:02x?}");
        }
    }
}
