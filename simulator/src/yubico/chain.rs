//! Defects of certificates and of the path they form.

use keyproof::{ReasonCode as R, Requirement, Timestamp};

use super::Draft;
use crate::case::{DAY, shifted};
use crate::defects::{
    DefectOf, badly_signed, evidence, inconsistent, notice, of_wrong_role, signature_broken,
    signed_with_sha1,
};
use crate::keys::Holder;
use crate::pki::{CertificateDraft, Damage, ExtensionDraft, SIGNS_ALONE};
use crate::{der, oid};

pub(super) const DEFECTS: &[DefectOf<Draft>] = &[
    evidence(
        "wrong-root",
        R::ChainUntrustedRoot,
        "A root that is no anchor vouches for the issuing authority.",
        |draft| {
            draft.issuing.issued_by("SIMULATED Other Root", Holder::OtherRoot);
        },
    ),
    evidence(
        "lookalike-root",
        R::ChainUntrustedRoot,
        "A root of the anchor's name with another key is sent along and vouches for the issuing authority.",
        |draft| {
            draft.issuing.signer = Holder::OtherRoot;
            let mut root = draft.root.clone().in_file("root.pem");
            root.what = "root of the anchor's name with another key";
            root.of_and_by(Holder::OtherRoot);
            draft.more.push(root);
        },
    ),
    evidence(
        "replaced-attestation-key",
        R::ChainUntrustedRoot,
        "The user replaced the module's attestation key and certificate by self-made ones.",
        |draft| {
            draft.device.issuer.clone_from(&draft.device.subject);
            draft.device.of_and_by(Holder::OtherDevice);
            draft.leaf.signer = Holder::OtherDevice;
            draft.issuing.file = None;
        },
    ),
    evidence(
        "issuing-certificate-missing",
        R::ChainUntrustedRoot,
        "The issuing authority's certificate was not sent, and the authority is no anchor.",
        |draft| draft.issuing.file = None,
    ),
    of_wrong_role(
        "wrong-product-authority",
        "An authority for another product under the same root issued the device certificate.",
        |draft| {
            draft.issuing.set_subject("SIMULATED Other Product Attestation 1");
            draft.device.issuer.clone_from(&draft.issuing.subject);
        },
    ),
    badly_signed(
        "leaf-signed-by-another-key",
        "The attestation names the device certificate as its issuer, but another key signed it.",
        |draft| draft.leaf.signer = Holder::OtherDevice,
    ),
    signature_broken!(leaf, "leaf", "attestation"),
    signature_broken!(device, "device", "device certificate"),
    signature_broken!(issuing, "issuing", "issuing authority's certificate"),
    signed_with_sha1!(leaf, "leaf", "attestation"),
    evidence(
        "device-expired",
        R::ChainExpired,
        "Device certificate and attestation, which share their validity, have ended.",
        |draft| lay_validity(draft, |(from, _)| (from, shifted(from, 30 * DAY))),
    ),
    evidence("leaf-expired", R::ChainExpired, "The attestation has ended.", |draft| {
        draft.leaf.validity.1 = shifted(draft.leaf.validity.0, 30 * DAY)
    }),
    evidence(
        "issuing-expired",
        R::ChainExpired,
        "The issuing authority's certificate has ended.",
        |draft| draft.issuing.validity.1 = shifted(draft.issuing.validity.0, 30 * DAY),
    ),
    evidence(
        "device-not-yet-valid",
        R::ChainNotYetValid,
        "Device certificate and attestation begin in the future.",
        // Validity begins a year before the appraisal; this is the day after it.
        |draft| lay_validity(draft, |(from, to)| (shifted(from, 367 * DAY), to)),
    ),
    evidence(
        "validity-inverted",
        R::ChainValidity,
        "Device certificate and attestation end before they begin.",
        |draft| lay_validity(draft, |(from, _)| (from, shifted(from, -DAY))),
    ),
    inconsistent(
        "validity-differs",
        "The attestation does not have the validity of the device certificate, which the module copies.",
        |draft| draft.leaf.validity.0 = shifted(draft.leaf.validity.0, DAY),
    ),
    evidence(
        "device-not-an-authority",
        R::ChainIssuerNotCa,
        "The device certificate says that it may not issue certificates.",
        |draft| draft.device.replace(oid::BASIC_CONSTRAINTS, der::sequence(&[])),
    ),
    evidence(
        "device-without-basic-constraints",
        R::ChainIssuerNotCa,
        "The device certificate has no basicConstraints, and its anchor does not tolerate that.",
        |draft| draft.device.remove(oid::BASIC_CONSTRAINTS),
    ),
    evidence(
        "issuing-without-basic-constraints",
        R::ChainIssuerNotCa,
        "The issuing authority's certificate has no basicConstraints.",
        |draft| draft.issuing.remove(oid::BASIC_CONSTRAINTS),
    ),
    evidence(
        "issuing-path-length-zero",
        R::ChainPathLength,
        "The issuing authority may not have a device certificate that issues attestations below it.",
        |draft| {
            let value = der::sequence(&[der::TRUE, &der::integer(0)]);
            draft.issuing.replace(oid::BASIC_CONSTRAINTS, value);
        },
    ),
    evidence(
        "issuing-without-key-cert-sign",
        R::ChainIssuerKeyUsage,
        "The issuing authority's key usage does not allow it to sign certificates.",
        |draft| draft.issuing.replace(oid::KEY_USAGE, SIGNS_ALONE),
    ),
    evidence(
        "leaf-unknown-critical-extension",
        R::ChainUnknownCriticalExtension,
        "The attestation holds a critical extension that nobody defined.",
        |draft| draft.leaf.extensions.push(ExtensionDraft::undefined()),
    ),
    evidence(
        "device-unknown-critical-extension",
        R::ChainUnknownCriticalExtension,
        "The device certificate holds a critical extension that nobody defined.",
        |draft| draft.device.extensions.push(ExtensionDraft::undefined()),
    ),
    evidence(
        "issuing-unknown-critical-extension",
        R::ChainUnknownCriticalExtension,
        "The issuing authority's certificate holds a critical extension that nobody defined.",
        |draft| draft.issuing.extensions.push(ExtensionDraft::undefined()),
    ),
    evidence(
        "attested-key-as-issuer",
        R::ChainAttestedKeyAsIssuer,
        "A genuinely attested key of the user signed the attestation of a key in software.",
        Draft::forge_by_attested_key,
    ),
    evidence(
        "device-certificate-as-attestation",
        R::AttestationWrongRole,
        "The request is for the module's own attestation key, with the device certificate as its attestation.",
        |draft| {
            draft.leaf.file = None;
            (draft.base.request.key, draft.base.request.signer) = (Holder::Device, Holder::Device);
        },
    ),
    of_wrong_role(
        "leaf-issued-by-authority",
        "The issuing authority signed the attestation; there is no device between them.",
        |draft| {
            draft.device.file = None;
            draft.leaf.issuer.clone_from(&draft.issuing.subject);
            draft.leaf.signer = Holder::Issuing;
        },
    ),
    evidence(
        "device-certificate-missing",
        R::ChainIncomplete,
        "The device certificate was not sent.",
        |draft| draft.device.file = None,
    ),
    evidence("attestation-missing", R::AttestationAbsent, "The request was sent alone.", |draft| {
        (draft.leaf.file, draft.device.file, draft.issuing.file) = (None, None, None);
    }),
    evidence(
        "unrelated-certificate-as-attestation",
        R::AttestationUnrecognized,
        "A self-signed certificate without any statement was sent in place of the evidence.",
        |draft| {
            (draft.leaf.file, draft.device.file, draft.issuing.file) = (None, None, None);
            let unrelated = unrelated(draft.leaf.validity, Holder::Attested);
            draft.more.push(unrelated.in_file("attestation.pem"));
        },
    ),
    notice(
        Requirement::GenuineModule,
        "unused-certificate",
        R::InputUnusedCertificate,
        "A certificate that plays no part was sent along.",
        |draft| {
            let unrelated = unrelated(draft.leaf.validity, Holder::OtherRoot);
            draft.more.push(unrelated.in_file("unrelated.pem"));
        },
    ),
    evidence(
        "too-many-certificates",
        R::InputTooManyCertificates,
        "The device certificate was sent a hundred times.",
        |draft| draft.device.copies = 100,
    ),
    evidence(
        "statement-twice",
        R::AttestationDuplicateExtension,
        "The attestation states its first fact twice.",
        |draft| {
            let first = draft.leaf.extensions.first().cloned();
            draft.leaf.extensions.extend(first);
        },
    ),
    evidence(
        "basic-constraints-twice",
        R::InputDuplicateExtension,
        "The device certificate holds two basicConstraints, of which only one says that it may issue.",
        |draft| {
            let second = ExtensionDraft::critical(oid::BASIC_CONSTRAINTS, der::sequence(&[]));
            draft.device.extensions.push(second);
        },
    ),
    evidence(
        "leaf-trailing-byte",
        R::InputDer,
        "One byte follows the end of the attestation.",
        |draft| draft.leaf.damage = Damage::TrailingOctet,
    ),
    evidence(
        "leaf-padded-length",
        R::InputDer,
        "A length in the attestation is longer than it must be, and is signed so.",
        |draft| draft.leaf.damage = Damage::PaddedLength,
    ),
    of_wrong_role(
        "device-other-product",
        "The device certificate's subject is not that of this product.",
        |draft| draft.device_renamed("Simulated Other Product Attestation"),
    ),
];

type Validity = (Timestamp, Timestamp);

/// Gives device certificate and attestation the same other validity, as the module copies it.
fn lay_validity(draft: &mut Draft, change: fn(Validity) -> Validity) {
    draft.device.validity = change(draft.device.validity);
    draft.leaf.validity = draft.device.validity;
}

fn unrelated(validity: Validity, holder: Holder) -> CertificateDraft {
    let name = ("SIMULATED Unrelated Certificate", holder);
    CertificateDraft::new("unrelated certificate", name, name, validity)
}
