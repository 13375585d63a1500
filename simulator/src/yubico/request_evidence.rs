//! What a simulated request carries in the attribute of draft-ietf-lamps-csr-attestation.

use crate::der;

/// What a request carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RequestEvidence {
    /// Nothing.
    None,
    /// All of the evidence, and none of it is beside the request.
    All,
    /// All of it, twice.
    Twice,
    /// All of it, in two values of one attribute.
    TwoValues,
    /// All of it, in a bundle that has no statement.
    WithoutStatement,
    /// All of it, in the structure of draft-ietf-lamps-csr-attestation-10.
    OlderDraft,
    /// PKIX Evidence, which says of a key that it is not extractable.
    DraftFormat,
    /// A statement of a type of the Trusted Computing Group.
    TcgStatement,
}

/// id-aa-evidence (draft-ietf-lamps-csr-attestation 5).
const EVIDENCE: &str = "1.2.840.113549.1.9.16.2.59";

/// A slot attestation in the request of a manufacturer's tool: no type of statements is registered, and
/// none of them is judged.
const CERTIFICATE_TYPE: &str = "1.3.6.1.4.1.41482.3.1";

/// An element of PKIX Evidence as in its sample data, the key among them, and whether that is
/// extractable.
const PKIX_EVIDENCE: &str = "1.3.6.1.5.5.999.0";
const KEY_ELEMENT: &str = "1.3.6.1.5.5.999.0.2";
const EXTRACTABLE: &str = "1.3.6.1.5.5.999.1.2.2";
/// tcg-attest-tpm-certify.
const TCG_CERTIFY: &str = "2.23.133.20.1";

impl RequestEvidence {
    /// The attributes, for evidence that consists of those certificates, the attestation first.
    pub(super) fn attributes(self, certificates: &[Vec<u8>]) -> Vec<Vec<u8>> {
        let Some((attestation, others)) = certificates.split_first() else {
            return Vec::new();
        };
        let of_certificate = statement(CERTIFICATE_TYPE, attestation);
        let whole = bundle(&[&of_certificate], others);
        match self {
            Self::None => Vec::new(),
            Self::All => vec![attribute(vec![whole])],
            Self::Twice => vec![attribute(vec![whole.clone()]), attribute(vec![whole])],
            Self::TwoValues => {
                vec![attribute(vec![whole, bundle(&[&of_certificate], &[])])]
            }
            Self::WithoutStatement => vec![attribute(vec![bundle(&[], certificates)])],
            Self::OlderDraft => vec![attribute(vec![der::sequence(&[&whole])])],
            Self::DraftFormat => {
                let statement = statement(PKIX_EVIDENCE, &pkix_evidence());
                vec![attribute(vec![bundle(&[&statement], &[])])]
            }
            Self::TcgStatement => {
                let statement = statement(TCG_CERTIFY, &der::sequence(&[&der::octet_string(b"-")]));
                vec![attribute(vec![bundle(&[&statement], others)])]
            }
        }
    }
}

fn attribute(values: Vec<Vec<u8>>) -> Vec<u8> {
    der::sequence(&[&der::object_identifier(EVIDENCE), &der::set(values)])
}

fn statement(kind: &str, value: &[u8]) -> Vec<u8> {
    der::sequence(&[&der::object_identifier(kind), value])
}

/// AttestationBundle (draft 28, section 4.1).
fn bundle(statements: &[&[u8]], certificates: &[Vec<u8>]) -> Vec<u8> {
    let statements = der::sequence(statements);
    if certificates.is_empty() {
        return der::sequence(&[&statements]);
    }
    der::sequence(&[&statements, &der::sequence(&[&certificates.concat()])])
}

/// Evidence of one key, by no signature (draft-ietf-rats-pkix-key-attestation-07).
fn pkix_evidence() -> Vec<u8> {
    const FALSE: &[u8] = &[1, 1, 0];
    let claim = der::sequence(&[&der::object_identifier(EXTRACTABLE), FALSE]);
    let element = der::sequence(&[&der::object_identifier(KEY_ELEMENT), &der::sequence(&[&claim])]);
    let signed = der::sequence(&[&der::integer(1), &der::sequence(&[&element])]);
    der::sequence(&[&signed, &der::sequence(&[])])
}
