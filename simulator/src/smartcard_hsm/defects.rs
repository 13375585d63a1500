//! What can be wrong with a simulated device and its attestation.

use keyproof::{ReasonCode as R, Requirement};

use super::card::{
    CardRequest, CardSigner, Countersignature, Covers, DomainDraft, PointDraft, SignatureDraft,
};
use super::{Damage, Draft, Presence};
use crate::case::{DAY, shifted};
use crate::defects::{DefectOf, badly_signed, evidence, of_wrong_role, review};
use crate::keys::Holder;

/// All of them.
pub(super) const ALL: &[&[DefectOf<Draft>]] = &[SIGNATURES, CHAIN, STATEMENTS, SUBMISSION];

/// id-roles-EAC of the extended access control of passports (TR-03110-3 C.4), as imitations have it.
const EAC_TERMINAL: &str = "0.4.0.127.0.7.3.1.2.2";

/// Changes the signature around the attestation, which every whole case has.
fn countersign(draft: &mut Draft, change: fn(&mut Countersignature)) {
    if let Some(countersignature) = &mut draft.countersignature {
        change(countersignature);
    }
}

const SIGNATURES: &[DefectOf<Draft>] = &[
    evidence(
        "not-countersigned",
        R::AttestationOuterSignatureMissing,
        "The request was signed by its own key and by no device.",
        |draft| draft.countersignature = None,
    ),
    evidence(
        "countersigned-by-another-device",
        R::AttestationOuterSignatureInvalid,
        "The signature around the request is by the key of another device.",
        |draft| countersign(draft, |it| it.signer = CardSigner::OtherDevice),
    ),
    evidence(
        "countersignature-without-name",
        R::AttestationOuterSignatureInvalid,
        "The signature of the device covers the request and not the name of its signer.",
        |draft| countersign(draft, |it| it.covers = Covers::RequestAlone),
    ),
    evidence(
        "countersignature-broken",
        R::AttestationOuterSignatureInvalid,
        "One bit of the device's signature is turned.",
        |draft| countersign(draft, |it| it.signature = SignatureDraft::Broken),
    ),
    evidence(
        "countersignature-short",
        R::AttestationOuterSignatureInvalid,
        "The device's signature lacks an octet.",
        |draft| countersign(draft, |it| it.signature = SignatureDraft::Short),
    ),
    evidence(
        "countersigned-by-the-key-itself",
        R::ChainAttestedKeyAsIssuer,
        "The request names its own key as the signer around it, as firmware before 3.0 allowed.",
        |draft| {
            draft.request.holder = "ZZSIM00000100002";
            countersign(draft, |it| it.authority = "ZZSIM00000100002");
        },
    ),
    evidence(
        "own-signature-broken",
        R::AttestationInnerSignatureInvalid,
        "One bit of the attested key's own signature is turned.",
        |draft| draft.request.signature = SignatureDraft::Broken,
    ),
    evidence(
        "own-signature-empty",
        R::AttestationInnerSignatureInvalid,
        "The attested key's own signature is empty.",
        |draft| draft.request.signature = SignatureDraft::Empty,
    ),
    evidence(
        "own-signature-by-another-key",
        R::AttestationInnerSignatureInvalid,
        "Another key than the attested one signed the request.",
        |draft| draft.request.signer = Holder::Software,
    ),
];

const CHAIN: &[DefectOf<Draft>] = &[
    evidence(
        "device-certificate-missing",
        R::ChainIncomplete,
        "The certificate of the device was not sent.",
        |draft| draft.sent.device = Presence::LeftOut,
    ),
    evidence(
        "issuer-certificate-missing",
        R::ChainIncomplete,
        "The certificate of the device issuer was not sent.",
        |draft| draft.sent.issuer = Presence::LeftOut,
    ),
    evidence(
        "wrong-root",
        R::ChainUntrustedRoot,
        "The device issuer names a root that nobody trusts.",
        |draft| {
            draft.issuer.authority = "ZZSIMOTHE00001";
            draft.issuer.signer = CardSigner::OtherRoot;
        },
    ),
    evidence(
        "lookalike-root",
        R::ChainUntrustedRoot,
        "A root of the same name with another key issued, and was sent along.",
        |draft| {
            // The anchor keeps the key of the root whose name this one has.
            draft.issuer.signer = CardSigner::OtherRoot;
            draft.root.key = CardSigner::OtherRoot;
            draft.root.signer = CardSigner::OtherRoot;
            draft.sent.root = Presence::Sent;
        },
    ),
    badly_signed(
        "issuer-signature-broken",
        "One bit of the signature of the device issuer's certificate is turned.",
        |draft| draft.issuer.signature = SignatureDraft::Broken,
    ),
    badly_signed(
        "device-signature-broken",
        "One bit of the signature of the device certificate is turned.",
        |draft| draft.device.signature = SignatureDraft::Broken,
    ),
    evidence(
        "issuer-uses-sha1",
        R::ChainSignatureAlgorithm,
        "The certificate of the device issuer names SHA-1.",
        |draft| draft.issuer.algorithm = 1,
    ),
    of_wrong_role(
        "device-as-issuer",
        "The device issuer has the authorization of a device.",
        |draft| draft.issuer.authorization = 0x00,
    ),
    of_wrong_role(
        "issuer-as-device",
        "The device has the authorization of a device issuer.",
        |draft| draft.device.authorization = 0x80,
    ),
    of_wrong_role(
        "terminal-type-of-passports",
        "The device certificate is one for reading passports.",
        |draft| draft.device.terminal_type = EAC_TERMINAL,
    ),
    evidence("device-expired", R::ChainExpired, "The device certificate has expired.", |draft| {
        draft.device.validity.1 = shifted(draft.device.validity.0, 300 * DAY);
    }),
    evidence(
        "device-not-yet-valid",
        R::ChainNotYetValid,
        "The device certificate is not yet valid.",
        |draft| draft.device.validity.0 = shifted(draft.device.validity.0, 400 * DAY),
    ),
    evidence(
        "device-validity-inverted",
        R::ChainValidity,
        "The device certificate ends before it begins.",
        |draft| draft.device.validity.1 = shifted(draft.device.validity.0, -DAY),
    ),
    evidence(
        "issuer-expired",
        R::ChainExpired,
        "The certificate of the device issuer has expired.",
        |draft| draft.issuer.validity.1 = shifted(draft.issuer.validity.0, 300 * DAY),
    ),
    evidence(
        "device-generator-replaced",
        R::KeyExplicitCurve,
        "The device certificate writes out domain parameters whose generator is its own point.",
        |draft| draft.device.domain = DomainDraft::GeneratorIsThePoint,
    ),
    evidence(
        "device-point-off-curve",
        R::KeyPoint,
        "The point of the device's key is not on its curve.",
        |draft| draft.device.point = PointDraft::OffTheCurve,
    ),
];

const STATEMENTS: &[DefectOf<Draft>] = &[
    evidence(
        "generator-replaced",
        R::KeyExplicitCurve,
        "The attested key's domain parameters have its own point as their generator.",
        |draft| draft.request.domain = DomainDraft::GeneratorIsThePoint,
    ),
    evidence(
        "small-order",
        R::KeyExplicitCurve,
        "The attested key's domain parameters state an order of 3.",
        |draft| draft.request.domain = DomainDraft::SmallOrder,
    ),
    review(
        Requirement::GenuineModule,
        "unknown-extension",
        R::AttestationUnknownClaim,
        "The request of the card holds an extension that is not known.",
        |draft| draft.request.state_unknown(),
    ),
    evidence(
        "key-for-exchange",
        R::AttestationWrongRole,
        "The attested key is one for the exchange of keys.",
        |draft| draft.request.exchange_keys(),
    ),
];

const SUBMISSION: &[DefectOf<Draft>] = &[
    evidence(
        "attestation-missing",
        R::AttestationWrongRole,
        "The certificates were sent without an attestation.",
        |draft| draft.sent.attestation = Presence::LeftOut,
    ),
    evidence(
        "two-attestations",
        R::AttestationMultiple,
        "Attestations of two keys were sent.",
        |draft| {
            let second = CardRequest::new("UTCA00001", "ZZSIM00000100003", Holder::SecondAttested);
            draft.second = Some(second);
        },
    ),
    evidence(
        "trailing-octet",
        R::InputTrailingData,
        "An octet follows the attestation.",
        |draft| draft.damage = Damage::TrailingOctet,
    ),
    evidence(
        "padded-length",
        R::InputTlv,
        "The length of the attestation is not in its one form.",
        |draft| draft.damage = Damage::PaddedLength,
    ),
    evidence(
        "backup-sent",
        R::InputKeyBlobPresent,
        "A backup of the key was sent, with the attestation inside.",
        |draft| draft.damage = Damage::Backup,
    ),
];
