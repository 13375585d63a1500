//! What can be wrong with a statement of Fortanix DSM, its chain, and the document around them.

use serde_json::{Value, json};

use keyproof::{ReasonCode as R, Requirement};

use super::{
    AGE, CLAIMED, Draft, Form, GENERATED, NEVER_EXPORTABLE, NODE_ENROLMENT, Place, STATEMENT_NAME,
    enrolment, subject,
};
use crate::case::{DAY, shifted};
use crate::defects::{
    DefectOf, badly_signed, evidence, malformed, missing, of_wrong_role, review, signature_broken,
    signed_with_sha1, uncertified,
};
use crate::keys::Holder;
use crate::pki::{Damage, ExtensionDraft, SIGNS_ALONE};
use crate::{der, oid};

/// What the format does not define: a claim, a protection profile.
const UNKNOWN_CLAIM: &str = "1.3.6.1.4.1.49690.2.4.1.3";
const OTHER_PROFILE: &str = "1.3.6.1.4.1.49690.2.5.1.2";
/// The purpose and the policy of some other authority.
const OTHER_PURPOSE: &str = "1.3.6.1.4.1.49690.8.2";
const OTHER_POLICY: &str = "1.3.6.1.4.1.49690.6.1.1";

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
    malformed("unknown-member", "The document has a member that is not defined.", |draft| {
        draft.change = |document| set_member(Some(document), "kid", json!("1"))
    }),
    malformed("chain-missing", "The document has a statement and no chain.", |draft| {
        draft.change = |document| remove_member(document, "authority_chain")
    }),
    malformed("statement-missing", "The document has a chain and no statement.", |draft| {
        draft.change = |document| remove_member(document, "attestation_statement")
    }),
    malformed("unknown-format", "The statement is of a format that is not defined.", |draft| {
        draft.change = |document| {
            let statement = document.get_mut("attestation_statement");
            set_member(statement, "format", json!("x509_certificate_v2"));
        }
    }),
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
        R::ChainIncomplete,
        "The statement was taken out of the document and sent alone.",
        |draft| {
            draft.form = Form::Certificates;
            draft.chain.clear();
        },
    ),
    review(
        Requirement::GenuineModule,
        "certificates-without-their-document",
        R::AttestationSerialMissing,
        "The certificates were taken out of the document; nothing is wrong with them.",
        |draft| draft.form = Form::Certificates,
    ),
    evidence(
        "two-statements-without-their-document",
        R::AttestationMultiple,
        "Statements about two keys were sent, without the document around either.",
        |draft| draft.form = Form::CertificatesWithAnother,
    ),
    evidence(
        "authority-not-sent",
        R::ChainIncomplete,
        "The certificates were taken out of the document, and the authority's is missing.",
        |draft| {
            draft.form = Form::Certificates;
            draft.chain.retain(|place| *place != Place::Authority);
        },
    ),
    of_wrong_role(
        "authority-of-another-purpose-without-its-document",
        "The authority is for another purpose; its certificate was sent without the document.",
        |draft| {
            draft.form = Form::Certificates;
            draft.authority.replace(oid::EXTENDED_KEY_USAGE, der::identifiers(&[OTHER_PURPOSE]));
        },
    ),
    evidence(
        "two-statements",
        R::AttestationMultiple,
        "Statements about two keys were sent.",
        |draft| draft.form = Form::WithAnother,
    ),
    malformed("root-not-in-chain", "The chain has two certificates, without the root.", |draft| {
        draft.chain.retain(|place| *place != Place::Root)
    }),
    malformed(
        "chain-out-of-order",
        "Authority and issuing authority have changed places in the chain.",
        |draft| draft.chain.swap(0, 1),
    ),
    of_wrong_role(
        "another-certificate-as-root",
        "The authority stands in the place of the root too.",
        |draft| draft.chain = vec![Place::Authority, Place::Issuing, Place::Authority],
    ),
    evidence(
        "statement-trailing-byte",
        R::InputDer,
        "One byte follows the end of the statement's certificate.",
        |draft| draft.statement.damage = Damage::TrailingOctet,
    ),
    signature_broken!(statement, "statement", "statement"),
    signature_broken!(authority, "authority", "authority's certificate"),
    signature_broken!(issuing, "issuing", "issuing authority's certificate"),
    signature_broken!(root, "root", "root"),
    signed_with_sha1!(statement, "statement", "statement"),
    evidence(
        "wrong-root",
        R::ChainUntrustedRoot,
        "The chain ends at a root that is no anchor.",
        |draft| {
            draft.root.set_subject("SIMULATED Other Root");
            draft.root.issuer.clone_from(&draft.root.subject);
            draft.root.of_and_by(Holder::OtherRoot);
            draft.issuing.issued_by("SIMULATED Other Root", Holder::OtherRoot);
        },
    ),
    evidence(
        "lookalike-root",
        R::ChainUntrustedRoot,
        "The chain ends at a root with the name of the anchor and another key.",
        |draft| {
            draft.root.of_and_by(Holder::OtherRoot);
            draft.issuing.signer = Holder::OtherRoot;
        },
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
            draft.base.request.of_software();
        },
    ),
    badly_signed(
        "forged-authority",
        "A key in software signed a certificate for itself in the name of the issuing authority, and the statement.",
        |draft| {
            draft.authority.of_and_by(Holder::Software);
            draft.statement.signer = Holder::Software;
        },
    ),
    of_wrong_role(
        "statement-issued-by-authority-above",
        "The issuing authority signed the statement itself.",
        |draft| {
            draft.statement.issuer.clone_from(&draft.issuing.subject);
            draft.statement.signer = Holder::Issuing;
        },
    ),
    of_wrong_role(
        "authority-of-another-name",
        "The authority has the name of another one under the same issuer.",
        |draft| {
            draft.authority.set_subject("Fortanix DSM Node Authority");
            draft.statement.issuer.clone_from(&draft.authority.subject);
        },
    ),
    of_wrong_role(
        "authority-for-another-purpose",
        "The authority's certificate is not for key attestation.",
        |draft| {
            draft.authority.replace(oid::EXTENDED_KEY_USAGE, der::identifiers(&[OTHER_PURPOSE]))
        },
    ),
    of_wrong_role(
        "authority-under-another-policy",
        "The authority was certified under another policy.",
        |draft| draft.authority.replace(oid::CERTIFICATE_POLICIES, der::policies(OTHER_POLICY)),
    ),
    of_wrong_role(
        "authority-is-an-authority",
        "The authority's certificate says that it may issue certificates.",
        |draft| draft.authority.replace(oid::BASIC_CONSTRAINTS, [0x30, 3, 1, 1, 0xff]),
    ),
    of_wrong_role(
        "authority-may-sign-certificates",
        "The authority's key usage allows more than signatures.",
        |draft| draft.authority.replace(oid::KEY_USAGE, SIGNS_CERTIFICATES_TOO),
    ),
    of_wrong_role(
        "issuing-of-another-name",
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
        |draft| draft.issuing.replace(oid::KEY_USAGE, SIGNS_ALONE),
    ),
    of_wrong_role(
        "leaf-is-an-authority",
        "The statement says that its key may issue certificates.",
        |draft| draft.statement.extensions.push(ExtensionDraft::authority(0)),
    ),
    evidence(
        "unknown-critical-extension",
        R::ChainUnknownCriticalExtension,
        "The statement holds a critical extension that the format does not define.",
        |draft| draft.statement.extensions.push(ExtensionDraft::undefined()),
    ),
    evidence(
        "statement-of-the-future",
        R::ChainNotYetValid,
        "The statement will be signed tomorrow, by an authority of tomorrow.",
        |draft| {
            let tomorrow = shifted(draft.base.time, DAY);
            draft.statement.validity.0 = tomorrow;
            draft.authority.validity = (draft.base.time, shifted(tomorrow, 30 * DAY));
        },
    ),
    evidence("statement-expired", R::ChainExpired, "The statement itself has ended.", |draft| {
        draft.statement.validity.1 = shifted(draft.base.time, -DAY)
    }),
    evidence(
        "signed-after-the-authority-ended",
        R::ChainExpired,
        "The statement was signed a day after its authority had ended.",
        |draft| draft.authority.validity.1 = shifted(draft.base.time, -(AGE + 1) * DAY),
    ),
    evidence(
        "signed-before-the-authority-began",
        R::ChainNotYetValid,
        "The statement was signed a day before its authority began.",
        |draft| draft.authority.validity.0 = shifted(draft.base.time, -(AGE - 1) * DAY),
    ),
    evidence(
        "claim-twice",
        R::AttestationDuplicateExtension,
        "The statement makes one claim twice.",
        |draft| draft.statement.extensions.push(ExtensionDraft::new(GENERATED, CLAIMED)),
    ),
    malformed(
        "claim-with-content",
        "A claim that is empty in genuine statements has content.",
        |draft| draft.statement.replace(NEVER_EXPORTABLE, [0x30, 3, 1, 1, 0]),
    ),
    malformed("claim-unknown", "The statement makes a claim that is not defined.", |draft| {
        draft.statement.extensions.push(ExtensionDraft::new(UNKNOWN_CLAIM, CLAIMED))
    }),
    review(
        Requirement::GeneratedInModule,
        "generation-not-claimed",
        R::AttestationOriginUnstated,
        "The statement does not claim that the key was generated in DSM.",
        |draft| draft.statement.remove(GENERATED),
    ),
    review(
        Requirement::NonExportable,
        "never-exportable-not-claimed",
        R::AttestationExportabilityUnstated,
        "The statement does not claim that the key was never exportable.",
        |draft| draft.statement.remove(NEVER_EXPORTABLE),
    ),
    malformed("key-identifier-missing", "The subject of the statement names no key.", |draft| {
        draft.statement.set_subject(STATEMENT_NAME)
    }),
    malformed("key-identifier-malformed", "The identifier of the key is no UUID.", |draft| {
        draft.statement.subject = subject("0a1b2c3d-0000-4000-8000-5111CA7ED000")
    }),
    missing("key-usage-missing", "The statement has no key usage.", |draft| {
        draft.statement.remove(oid::KEY_USAGE)
    }),
    malformed(
        "key-usage-of-an-authority",
        "The key may sign certificates, which the service never allows.",
        |draft| draft.statement.replace(oid::KEY_USAGE, SIGNS_CERTIFICATES_TOO),
    ),
    evidence(
        "cannot-sign",
        R::AttestationCannotSign,
        "The key may be used to encrypt keys, and not to sign.",
        |draft| draft.statement.replace(oid::KEY_USAGE, [3, 2, 5, 0x20]),
    ),
    uncertified(
        "node-enrolment-missing",
        "The authority does not say which nodes its cluster admits.",
        |draft| draft.authority.remove(NODE_ENROLMENT),
    ),
    uncertified(
        "other-protection-profile",
        "The cluster admits nodes of another protection profile than that of the FX2200.",
        |draft| {
            draft.authority.replace(NODE_ENROLMENT, enrolment(Some(OTHER_PROFILE)));
        },
    ),
    malformed("node-enrolment-malformed", "The rule about protection names no profile.", |draft| {
        draft.authority.replace(NODE_ENROLMENT, enrolment(None))
    }),
];
