//! Defects of the request, of its key, and of what lies beside it.

use keyproof::{ReasonCode as R, Requirement};

use super::request_evidence::RequestEvidence;
use super::{Draft, PrivateKeyFile};
use crate::defects::{DefectOf, evidence, notice, unsatisfied, with_key};
use crate::keys::{Holder, KeyKind, Scheme};
use crate::pki::{Damage, RequestDraft, RequestForm, extension_request};
use crate::{der, oid};

pub(super) const DEFECTS: &[DefectOf<Draft>] = &[
    possession(
        "request-signature-broken",
        R::CsrSignatureInvalid,
        "One bit of the request's signature is turned.",
        |draft| draft.base.request.damage = Damage::SignatureBit,
    ),
    possession(
        "request-signed-with-sha1",
        R::CsrWeakHash,
        "The request is signed with SHA-1.",
        |draft| draft.base.request.scheme = Scheme::Sha1,
    ),
    possession(
        "request-signed-with-sha224",
        R::CsrWeakHash,
        "The request is signed with SHA-224.",
        |draft| draft.base.request.scheme = Scheme::Sha224,
    ),
    possession(
        "request-algorithm-unknown",
        R::CsrSignatureAlgorithm,
        "The request is signed with an algorithm that is not accepted, with SHA3-256.",
        |draft| draft.base.request.scheme = Scheme::Sha3,
    ),
    possession(
        "request-algorithm-of-another-key",
        R::CsrAlgorithmMismatch,
        "The request is signed by one kind of key and names the signature algorithm of another.",
        |draft| {
            let mismatch = if draft.base.attested.is_rsa() {
                der::algorithm(oid::ECDSA_WITH_SHA256, &[])
            } else {
                der::algorithm(oid::SHA256_WITH_RSA, der::NULL)
            };
            draft.base.request.algorithm = Some(mismatch);
        },
    ),
    possession(
        "request-version",
        R::CsrVersion,
        "The request has version 2, which PKCS #10 does not define.",
        |draft| draft.base.request.version = 1,
    ),
    possession(
        "request-attribute-twice",
        R::CsrAttributes,
        "The request asks for extensions twice.",
        |draft| {
            draft.base.request.attributes = Some(vec![extension_request(), extension_request()]);
        },
    ),
    possession(
        "request-evidence-twice",
        R::CsrAttributes,
        "The request carries the evidence in two attributes.",
        |draft| draft.carried = RequestEvidence::Twice,
    ),
    evidence(
        "request-evidence-two-values",
        R::EvidenceMalformed,
        "The attribute by which the request carries evidence has two values.",
        |draft| draft.carried = RequestEvidence::TwoValues,
    ),
    evidence(
        "request-evidence-without-statement",
        R::EvidenceMalformed,
        "The request carries evidence that has no statement.",
        |draft| draft.carried = RequestEvidence::WithoutStatement,
    ),
    evidence(
        "request-evidence-of-older-draft",
        R::EvidenceDraftVersion,
        "The request carries the evidence in the structure of draft 10.",
        |draft| draft.carried = RequestEvidence::OlderDraft,
    ),
    evidence(
        "request-evidence-in-draft-format",
        R::EvidenceDraftFormat,
        "The request carries PKIX Evidence, a draft, beside genuine evidence.",
        |draft| draft.carried = RequestEvidence::DraftFormat,
    ),
    evidence(
        "request-evidence-of-tcg-type",
        R::EvidenceDraftFormat,
        "The request carries a statement of the Trusted Computing Group beside genuine evidence.",
        |draft| draft.carried = RequestEvidence::TcgStatement,
    ),
    possession(
        "request-without-attributes",
        R::InputDer,
        "The request lacks the attributes field, which may be empty but not absent.",
        |draft| draft.base.request.attributes = None,
    ),
    possession(
        "request-trailing-byte",
        R::InputDer,
        "One byte follows the end of the request.",
        |draft| draft.base.request.damage = Damage::TrailingOctet,
    ),
    possession(
        "request-padded-length",
        R::InputDer,
        "A length in the request is longer than it must be, and is signed so.",
        |draft| draft.base.request.damage = Damage::PaddedLength,
    ),
    possession(
        "request-mislabelled",
        R::InputPemLabel,
        "The request has the PEM label of a certificate.",
        |draft| draft.base.request.form = RequestForm::Mislabelled,
    ),
    possession(
        "two-requests",
        R::InputPemMultiple,
        "Two requests were sent, one of them for another key.",
        |draft| {
            let scheme = draft.base.request.scheme;
            let name = b"SIMULATED Second Subscriber";
            draft.second_request = Some(RequestDraft::new(name, Holder::Software, scheme));
        },
    ),
    possession(
        "private-key-sent",
        R::InputPrivateKeyPresent,
        "A private key lies among the files; it belongs to nothing.",
        |draft| draft.private_key = PrivateKeyFile::ThrowAway,
    ),
    notice(
        Requirement::Possession,
        "subject-with-escape-sequence",
        R::TextUnsafeCharacters,
        "The request's subject holds a terminal escape sequence.",
        |draft| draft.base.request.subject = der::common_name(b"SIMULATED \x1b[2J\x1b[32mACCEPT"),
    ),
    possession(
        "subject-with-nul",
        R::TextUnsafeCharacters,
        "The request's subject holds a NUL.",
        |draft| draft.base.request.subject = der::common_name(b"SIMULATED Subscriber\0.example"),
    ),
    possession(
        "subject-not-utf8",
        R::TextEncoding,
        "The request's subject is not the UTF-8 it claims to be.",
        |draft| draft.base.request.subject = der::common_name(b"SIMULATED \xc0\xaf"),
    ),
    sound_key("rsa-2048", R::KeySize, "The key is RSA with 2048 bits.", KeyKind::Rsa2048),
    sound_key(
        "curve-secp256k1",
        R::KeyCurve,
        "The key is on the curve secp256k1.",
        KeyKind::Secp256k1,
    ),
    sound_key("key-ed25519", R::KeyAlgorithm, "The key is an Ed25519 key.", KeyKind::Ed25519),
];

const fn possession(
    name: &'static str,
    reason: R,
    description: &'static str,
    change: fn(&mut Draft),
) -> DefectOf<Draft> {
    unsatisfied(Requirement::Possession, name, reason, description, change)
}

const fn sound_key(
    name: &'static str,
    reason: R,
    description: &'static str,
    kind: KeyKind,
) -> DefectOf<Draft> {
    with_key(kind, unsatisfied(Requirement::SoundKey, name, reason, description, |_| {}))
}
