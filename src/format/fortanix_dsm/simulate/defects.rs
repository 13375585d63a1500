//! What can be wrong with a statement of Fortanix DSM, its chain, and the document around them.

use serde_json::{Value, json};

use super::{
    AGE, CLAIMED, DAY, Draft, Form, GENERATED, NEVER_EXPORTABLE, Place, claim, enrolment, id,
    policies, purposes, shifted, subject,
};
use crate::encoding::oid::{self, Oid};
use crate::reason::ReasonCode as R;
use crate::result::{Outcome, Requirement};
use crate::simulate::DefectOf;
use crate::simulate::defects::{evidence, unsatisfied, with_outcome};
use crate::simulate::keys::{Holder, Scheme};
use crate::simulate::pki::{Damage, ExtensionDraft};

/// An unknown extension: 1.3.6.1.4.1.55555.1.
const UNKNOWN: Oid<'_> = claim(&[0x2b, 6, 1, 4, 1, 0x83, 0xb2, 0x03, 1]);
/// A claim that is not defined: 1.3.6.1.4.1.49690.2.4.1.3.
const UNKNOWN_CLAIM: Oid<'_> = claim(&[0x2b, 6, 1, 4, 1, 0x83, 0x84, 0x1a, 2, 4, 1, 3]);
/// A protection profile that is not defined: 1.3.6.1.4.1.49690.2.5.1.2.
const OTHER_PROFILE: Oid<'_> = claim(&[0x2b, 6, 1, 4, 1, 0x83, 0x84, 0x1a, 2, 5, 1, 2]);
/// The purpose of some other authority: 1.3.6.1.4.1.49690.8.2.
const OTHER_PURPOSE: Oid<'_> = claim(&[0x2b, 6, 1, 4, 1, 0x83, 0x84, 0x1a, 8, 2]);
/// The policy of some other authority: 1.3.6.1.4.1.49690.6.1.1.
const OTHER_POLICY: Oid<'_> = claim(&[0x2b, 6, 1, 4, 1, 0x83, 0x84, 0x1a, 6, 1, 1]);

/// keyUsage digitalSignature and keyCertSign, as extnValue.
const SIGNS_CERTIFICATES_TOO: [u8; 4] = [3, 2, 2, 0x84];

fn remove_member(value: &mut Value, name: &str) {
    if let Some(members) = value.as_object_mut() {
        members.remove(name);
    }
}

fn set_member(value: Option<&mut Value>, name: &str, to: Value) {
    if let Some(members) = value.and_then(Value::as_object_mut) {
        members.insert(name.to_owned(), to);
    }
}

pub(super) const DEFECTS: &[DefectOf<Draft>] = &[
    evidence(
        "name-twice",
        R::InputJson,
        "The document has one name twice, of which each reader takes another.",
        |draft| draft.form = Form::NameTwice,
    ),
    evidence(
        "unknown-member",
        R::AttestationMalformed,
        "The document has a member that is not defined.",
        |draft| draft.change = |document| set_member(Some(document), "kid", json!("1")),
    ),
    evidence(
        "chain-missing",
        R::AttestationMalformed,
        "The document has a statement and no chain.",
        |draft| draft.change = |document| remove_member(document, "authority_chain"),
    ),
    evidence(
        "statement-missing",
        R::AttestationMalformed,
        "The document has a chain and no statement.",
        |draft| draft.change = |document| remove_member(document, "attestation_statement"),
    ),
    evidence(
        "unknown-format",
        R::AttestationMalformed,
        "The statement is of a format that is not defined.",
        |draft| {
            draft.change = |document| {
                let statement = document.get_mut("attestation_statement");
                set_member(statement, "format", json!("x509_certificate_v2"));
            }
        },
    ),
    evidence(
        "base64-with-line-break",
        R::InputBase64,
        "There is a line break in the base64 of the statement.",
        |draft| {
            draft.change = |document| {
                if let Some(statement) = document.get_mut("attestation_statement") {
                    let text = statement.get("statement").and_then(Value::as_str);
                    let text = format!("{}\n", text.unwrap_or_default());
                    set_member(Some(statement), "statement", json!(text));
                }
            }
        },
    ),
    evidence(
        "statement-without-its-document",
        R::AttestationMalformed,
        "The statement was taken out of the document and sent alone.",
        |draft| draft.form = Form::CertificateAlone,
    ),
    evidence(
        "two-statements",
        R::AttestationMultiple,
        "Statements about two keys were sent.",
        |draft| draft.form = Form::WithAnother,
    ),
    evidence(
        "root-not-in-chain",
        R::AttestationMalformed,
        "The chain has two certificates, without the root.",
        |draft| draft.chain.retain(|place| *place != Place::Root),
    ),
    evidence(
        "chain-out-of-order",
        R::AttestationMalformed,
        "Authority and issuing authority have changed places in the chain.",
        |draft| draft.chain.swap(0, 1),
    ),
    evidence(
        "another-certificate-as-root",
        R::ChainRole,
        "The authority stands in the place of the root too.",
        |draft| draft.chain = vec![Place::Authority, Place::Issuing, Place::Authority],
    ),
    evidence(
        "statement-trailing-byte",
        R::InputDer,
        "One byte follows the end of the statement's certificate.",
        |draft| draft.statement.damage = Damage::TrailingOctet,
    ),
    evidence(
        "statement-signature-broken",
        R::ChainSignatureInvalid,
        "One bit of the statement's signature is turned.",
        |draft| draft.statement.damage = Damage::SignatureBit,
    ),
    evidence(
        "authority-signature-broken",
        R::ChainSignatureInvalid,
        "One bit of the authority's signature is turned.",
        |draft| draft.authority.damage = Damage::SignatureBit,
    ),
    evidence(
        "issuing-signature-broken",
        R::ChainSignatureInvalid,
        "One bit of the issuing authority's signature is turned.",
        |draft| draft.issuing.damage = Damage::SignatureBit,
    ),
    evidence(
        "root-signature-broken",
        R::ChainSignatureInvalid,
        "One bit of the root's own signature is turned.",
        |draft| draft.root.damage = Damage::SignatureBit,
    ),
    evidence(
        "statement-signed-with-sha1",
        R::ChainSignatureAlgorithm,
        "The statement is signed with SHA-1.",
        |draft| draft.statement.scheme = Scheme::Sha1,
    ),
    evidence(
        "wrong-root",
        R::ChainUntrustedRoot,
        "The chain ends at a root that is no anchor.",
        |draft| {
            draft.root.set_subject("SIMULATED Other Root");
            draft.root.issuer.clone_from(&draft.root.subject);
            draft.issuing.issuer.clone_from(&draft.root.subject);
            (draft.root.key, draft.root.signer) = (Holder::OtherRoot, Holder::OtherRoot);
            draft.issuing.signer = Holder::OtherRoot;
        },
    ),
    evidence(
        "lookalike-root",
        R::ChainUntrustedRoot,
        "The chain ends at a root with the name of the anchor and another key.",
        |draft| {
            (draft.root.key, draft.root.signer) = (Holder::OtherRoot, Holder::OtherRoot);
            draft.issuing.signer = Holder::OtherRoot;
        },
    ),
    evidence(
        "anchor-for-another-format",
        R::ChainRole,
        "The root is an anchor for other evidence only.",
        |draft| draft.anchor.format = "yubico-piv",
    ),
    evidence(
        "attested-key-as-issuer",
        R::ChainAttestedKeyAsIssuer,
        "A genuinely attested key signed a statement about a key in software.",
        |draft| {
            let mut forged = draft.statement.clone();
            forged.what = "statement signed by the attested key of another";
            forged.issuer.clone_from(&draft.statement.subject);
            (forged.key, forged.signer) = (Holder::Software, Holder::Attested);
            // The genuine statement takes the place of the authority.
            draft.authority = std::mem::replace(&mut draft.statement, forged);
            (draft.request.key, draft.request.signer) = (Holder::Software, Holder::Software);
        },
    ),
    evidence(
        "forged-authority",
        R::ChainSignatureInvalid,
        "A key in software signed a certificate for itself in the name of the issuing authority, and the statement.",
        |draft| {
            (draft.authority.key, draft.authority.signer) = (Holder::Software, Holder::Software);
            draft.statement.signer = Holder::Software;
        },
    ),
    evidence(
        "statement-issued-by-authority-above",
        R::ChainRole,
        "The issuing authority signed the statement itself.",
        |draft| {
            draft.statement.issuer.clone_from(&draft.issuing.subject);
            draft.statement.signer = Holder::Issuing;
        },
    ),
    evidence(
        "authority-of-another-name",
        R::ChainRole,
        "The authority has the name of another one under the same issuer.",
        |draft| {
            draft.authority.set_subject("Fortanix DSM Node Authority");
            draft.statement.issuer.clone_from(&draft.authority.subject);
        },
    ),
    evidence(
        "authority-for-another-purpose",
        R::ChainRole,
        "The authority's certificate is not for key attestation.",
        |draft| draft.authority.replace(oid::EXTENDED_KEY_USAGE, purposes(OTHER_PURPOSE)),
    ),
    evidence(
        "authority-under-another-policy",
        R::ChainRole,
        "The authority was certified under another policy.",
        |draft| draft.authority.replace(oid::CERTIFICATE_POLICIES, policies(OTHER_POLICY)),
    ),
    evidence(
        "authority-is-an-authority",
        R::ChainRole,
        "The authority's certificate says that it may issue certificates.",
        |draft| draft.authority.replace(oid::BASIC_CONSTRAINTS, [0x30, 3, 1, 1, 0xff]),
    ),
    evidence(
        "authority-may-sign-certificates",
        R::ChainRole,
        "The authority's key usage allows more than signatures.",
        |draft| draft.authority.replace(oid::KEY_USAGE, SIGNS_CERTIFICATES_TOO),
    ),
    evidence(
        "issuing-of-another-name",
        R::ChainRole,
        "The authority was issued by another authority under the same root.",
        |draft| {
            draft.issuing.set_subject("Fortanix Node Provisioning CA");
            draft.authority.issuer.clone_from(&draft.issuing.subject);
        },
    ),
    evidence(
        "issuing-not-ca",
        R::ChainIssuerNotCa,
        "The issuing authority is no certification authority.",
        |draft| draft.issuing.remove(oid::BASIC_CONSTRAINTS),
    ),
    evidence(
        "issuing-key-usage",
        R::ChainIssuerKeyUsage,
        "The issuing authority may not sign certificates, by its key usage.",
        |draft| draft.issuing.replace(oid::KEY_USAGE, [3, 2, 7, 0x80]),
    ),
    evidence(
        "leaf-is-an-authority",
        R::ChainRole,
        "The statement says that its key may issue certificates.",
        |draft| draft.statement.extensions.push(ExtensionDraft::authority(0)),
    ),
    evidence(
        "unknown-critical-extension",
        R::ChainUnknownCriticalExtension,
        "The statement holds a critical extension that the format does not define.",
        |draft| draft.statement.extensions.push(ExtensionDraft::critical(UNKNOWN, CLAIMED)),
    ),
    evidence(
        "statement-of-the-future",
        R::ChainNotYetValid,
        "The statement will be signed tomorrow, by an authority of tomorrow.",
        |draft| {
            let tomorrow = shifted(draft.time, DAY);
            draft.statement.validity.0 = tomorrow;
            draft.authority.validity = (draft.time, shifted(tomorrow, 30 * DAY));
        },
    ),
    evidence("statement-expired", R::ChainExpired, "The statement itself has ended.", |draft| {
        draft.statement.validity.1 = shifted(draft.time, -DAY)
    }),
    evidence(
        "signed-after-the-authority-ended",
        R::ChainExpired,
        "The statement was signed a day after its authority had ended.",
        |draft| draft.authority.validity.1 = shifted(draft.time, -(AGE + 1) * DAY),
    ),
    evidence(
        "signed-before-the-authority-began",
        R::ChainNotYetValid,
        "The statement was signed a day before its authority began.",
        |draft| draft.authority.validity.0 = shifted(draft.time, -(AGE - 1) * DAY),
    ),
    evidence(
        "claim-twice",
        R::AttestationDuplicateExtension,
        "The statement makes one claim twice.",
        |draft| draft.statement.extensions.push(ExtensionDraft::new(GENERATED, CLAIMED)),
    ),
    evidence(
        "claim-with-content",
        R::AttestationMalformed,
        "A claim that is empty in genuine statements has content.",
        |draft| draft.statement.replace(NEVER_EXPORTABLE, [0x30, 3, 1, 1, 0]),
    ),
    evidence(
        "claim-unknown",
        R::AttestationMalformed,
        "The statement makes a claim that is not defined.",
        |draft| draft.statement.extensions.push(ExtensionDraft::new(UNKNOWN_CLAIM, CLAIMED)),
    ),
    with_outcome(
        Outcome::Review,
        unsatisfied(
            Requirement::GeneratedInModule,
            "generation-not-claimed",
            R::AttestationOriginUnstated,
            "The statement does not claim that the key was generated in DSM.",
            |draft| draft.statement.remove(GENERATED),
        ),
    ),
    with_outcome(
        Outcome::Review,
        unsatisfied(
            Requirement::NonExportable,
            "never-exportable-not-claimed",
            R::AttestationExportabilityUnstated,
            "The statement does not claim that the key was never exportable.",
            |draft| draft.statement.remove(NEVER_EXPORTABLE),
        ),
    ),
    evidence(
        "key-identifier-missing",
        R::AttestationMalformed,
        "The subject of the statement names no key.",
        |draft| draft.statement.set_subject(super::STATEMENT_NAME),
    ),
    evidence(
        "key-identifier-malformed",
        R::AttestationMalformed,
        "The identifier of the key is no UUID.",
        |draft| draft.statement.subject = subject("0a1b2c3d-0000-4000-8000-5111CA7ED000"),
    ),
    evidence(
        "key-usage-missing",
        R::AttestationExtensionMissing,
        "The statement has no key usage.",
        |draft| draft.statement.remove(oid::KEY_USAGE),
    ),
    evidence(
        "key-usage-of-an-authority",
        R::AttestationMalformed,
        "The key may sign certificates, which the service never allows.",
        |draft| draft.statement.replace(oid::KEY_USAGE, SIGNS_CERTIFICATES_TOO),
    ),
    evidence(
        "cannot-sign",
        R::AttestationCannotSign,
        "The key may be used to encrypt keys, and not to sign.",
        |draft| draft.statement.replace(oid::KEY_USAGE, [3, 2, 5, 0x20]),
    ),
    unsatisfied(
        Requirement::CertifiedModule,
        "node-enrolment-missing",
        R::DeviceNotCertified,
        "The authority does not say which nodes its cluster admits.",
        |draft| draft.authority.remove(id::NODE_ENROLMENT),
    ),
    unsatisfied(
        Requirement::CertifiedModule,
        "other-protection-profile",
        R::DeviceNotCertified,
        "The cluster admits nodes of another protection profile than that of the FX2200.",
        |draft| {
            draft.authority.replace(id::NODE_ENROLMENT, enrolment(Some(OTHER_PROFILE)));
        },
    ),
    evidence(
        "node-enrolment-malformed",
        R::AttestationMalformed,
        "The rule about protection names no profile.",
        |draft| draft.authority.replace(id::NODE_ENROLMENT, enrolment(None)),
    ),
    unsatisfied(
        Requirement::KeyMatch,
        "request-for-another-key",
        R::BindingKeyMismatch,
        "The request is for a key in software, and is signed by it.",
        |draft| {
            (draft.request.key, draft.request.signer) = (Holder::Software, Holder::Software);
        },
    ),
    unsatisfied(
        Requirement::Possession,
        "request-signed-by-another-key",
        R::CsrSignatureInvalid,
        "The request names the attested key but is signed by another.",
        |draft| draft.request.signer = Holder::Software,
    ),
];
