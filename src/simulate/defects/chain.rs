//! Defects of certificates and of the path they form.

use super::super::DefectOf;
use super::super::case::{DAY, Draft, digital_signature_only, shifted};
use super::super::der;
use super::super::keys::{Holder, Scheme};
use super::super::pki::{CertificateDraft, Damage, ExtensionDraft, serial};
use super::{evidence, with_outcome};
use crate::encoding::oid::{self, Oid};
use crate::reason::ReasonCode as R;
use crate::result::Outcome;
use crate::time::Timestamp;
use crate::trust::AnchorStatus;

pub(super) const DEFECTS: &[DefectOf<Draft>] = &[
    evidence(
        "wrong-root",
        R::ChainUntrustedRoot,
        "A root that is no anchor vouches for the issuing authority.",
        |draft| {
            draft.issuing.issuer = der::common_name(b"SIMULATED Other Root");
            draft.issuing.signer = Holder::OtherRoot;
        },
    ),
    evidence(
        "lookalike-root",
        R::ChainUntrustedRoot,
        "A root of the anchor's name with another key is sent along and vouches for the issuing authority.",
        |draft| {
            draft.issuing.signer = Holder::OtherRoot;
            let mut root = draft.root.clone();
            root.file = Some("root.pem");
            root.what = "root of the anchor's name with another key";
            (root.key, root.signer) = (Holder::OtherRoot, Holder::OtherRoot);
            draft.more.push(root);
        },
    ),
    evidence(
        "replaced-attestation-key",
        R::ChainUntrustedRoot,
        "The user replaced the module's attestation key and certificate by self-made ones.",
        |draft| {
            draft.device.issuer.clone_from(&draft.device.subject);
            (draft.device.key, draft.device.signer) = (Holder::OtherDevice, Holder::OtherDevice);
            draft.leaf.signer = Holder::OtherDevice;
            draft.issuing.file = None;
        },
    ),
    with_outcome(
        Outcome::Review,
        evidence(
            "anchor-of-the-caller",
            R::ChainAnchorCaller,
            "The root is an anchor that the caller alone vouches for.",
            |draft| draft.anchor.status = AnchorStatus::Caller,
        ),
    ),
    evidence(
        "issuing-certificate-missing",
        R::ChainUntrustedRoot,
        "The issuing authority's certificate was not sent, and the authority is no anchor.",
        |draft| draft.issuing.file = None,
    ),
    evidence(
        "wrong-product-authority",
        R::ChainRole,
        "An authority for another product under the same root issued the device certificate.",
        |draft| {
            draft.issuing.set_subject("SIMULATED Other Product Attestation 1");
            draft.device.issuer.clone_from(&draft.issuing.subject);
        },
    ),
    evidence(
        "leaf-signed-by-another-key",
        R::ChainSignatureInvalid,
        "The attestation names the device certificate as its issuer, but another key signed it.",
        |draft| draft.leaf.signer = Holder::OtherDevice,
    ),
    evidence(
        "leaf-signature-broken",
        R::ChainSignatureInvalid,
        "One bit of the attestation's signature is turned.",
        |draft| draft.leaf.damage = Damage::SignatureBit,
    ),
    evidence(
        "device-signature-broken",
        R::ChainSignatureInvalid,
        "One bit of the device certificate's signature is turned.",
        |draft| draft.device.damage = Damage::SignatureBit,
    ),
    evidence(
        "issuing-signature-broken",
        R::ChainSignatureInvalid,
        "One bit of the issuing authority's signature is turned.",
        |draft| draft.issuing.damage = Damage::SignatureBit,
    ),
    evidence(
        "leaf-signed-with-sha1",
        R::ChainSignatureAlgorithm,
        "The device signed the attestation with SHA-1.",
        |draft| draft.leaf.scheme = Scheme::Sha1,
    ),
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
    evidence(
        "validity-differs",
        R::AttestationInconsistent,
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
        |draft| {
            draft.issuing.remove(oid::KEY_USAGE);
            draft.issuing.extensions.push(digital_signature_only());
        },
    ),
    evidence(
        "leaf-unknown-critical-extension",
        R::ChainUnknownCriticalExtension,
        "The attestation holds a critical extension that nobody defined.",
        |draft| draft.leaf.extensions.push(unknown_critical()),
    ),
    evidence(
        "device-unknown-critical-extension",
        R::ChainUnknownCriticalExtension,
        "The device certificate holds a critical extension that nobody defined.",
        |draft| draft.device.extensions.push(unknown_critical()),
    ),
    evidence(
        "issuing-unknown-critical-extension",
        R::ChainUnknownCriticalExtension,
        "The issuing authority's certificate holds a critical extension that nobody defined.",
        |draft| draft.issuing.extensions.push(unknown_critical()),
    ),
    evidence(
        "attested-key-as-issuer",
        R::ChainAttestedKeyAsIssuer,
        "A genuinely attested key of the user signed the attestation of a key in software.",
        |draft| {
            let mut forged = draft.leaf.clone();
            forged.what = "attestation signed by the attested key of another";
            forged.serial = serial(&[0x01], forged.what, 16);
            forged.issuer.clone_from(&draft.leaf.subject);
            (forged.key, forged.signer) = (Holder::Software, Holder::Attested);
            draft.leaf.file = Some("user-key-attestation.pem");
            draft.leaf.what = "attestation of the user's key that signed the other one";
            (draft.request.key, draft.request.signer) = (Holder::Software, Holder::Software);
            draft.more.push(forged);
        },
    ),
    evidence(
        "device-certificate-as-attestation",
        R::AttestationWrongRole,
        "The request is for the module's own attestation key, with the device certificate as its attestation.",
        |draft| {
            draft.leaf.file = None;
            (draft.request.key, draft.request.signer) = (Holder::Device, Holder::Device);
        },
    ),
    evidence(
        "leaf-issued-by-authority",
        R::ChainRole,
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
            let mut unrelated = unrelated(draft.leaf.validity, Holder::Attested);
            unrelated.file = Some("attestation.pem");
            draft.more.push(unrelated);
        },
    ),
    with_outcome(
        Outcome::Satisfied,
        evidence(
            "unused-certificate",
            R::InputUnusedCertificate,
            "A certificate that plays no part was sent along.",
            |draft| {
                let unrelated = unrelated(draft.leaf.validity, Holder::OtherRoot);
                draft.more.push(unrelated);
            },
        ),
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
    evidence(
        "device-other-product",
        R::ChainRole,
        "The device certificate's subject is not that of this product.",
        |draft| draft.device_renamed("Simulated Other Product Attestation"),
    ),
];

impl Draft {
    /// Gives the device certificate another common name, and the attestation that issuer.
    pub(crate) fn device_renamed(&mut self, name: &str) {
        self.device.set_subject(name);
        self.leaf.issuer.clone_from(&self.device.subject);
    }

    /// Sends the attestation of a second key along, under that common name.
    pub(crate) fn attest_second_key(&mut self, name: &str, change: fn(&mut CertificateDraft)) {
        let mut second = self.leaf.clone();
        second.file = Some("second-attestation.pem");
        second.what = "attestation of a second key";
        second.serial = serial(&[0x01], second.what, 16);
        second.key = Holder::SecondAttested;
        second.set_subject(name);
        change(&mut second);
        self.more.push(second);
    }
}

type Validity = (Timestamp, Timestamp);

/// Gives device certificate and attestation the same other validity, as the module copies it.
fn lay_validity(draft: &mut Draft, change: fn(Validity) -> Validity) {
    draft.device.validity = change(draft.device.validity);
    draft.leaf.validity = draft.device.validity;
}

/// An identifier below 2.999, the arc for examples (X.660 A.5).
const EXAMPLE: Oid<'_> = Oid::from_content(&[0x88, 0x37, 0x01]);

fn unknown_critical() -> ExtensionDraft {
    ExtensionDraft::critical(EXAMPLE, der::NULL)
}

fn unrelated(validity: Validity, holder: Holder) -> CertificateDraft {
    let name = ("SIMULATED Unrelated Certificate", holder);
    let mut certificate = CertificateDraft::new("unrelated certificate", name, name, validity);
    certificate.file = Some("unrelated.pem");
    certificate
}
