//! What can be wrong with an attestation message, its signatures and its chain.

use super::super::statement::{DERIVE, SIGN, predicate};
use super::{
    CRYPTO4A, Draft, Form, ISSUING, OTHER_UUID, Place, Signed, Signer, TEXT, Value, number, of_key,
    unknown_predicate,
};
use crate::encoding::der::tag;
use crate::encoding::oid::{self, Oid};
use crate::reason::ReasonCode as R;
use crate::result::{Outcome, Requirement};
use crate::simulate::DefectOf;
use crate::simulate::case::{DAY, shifted};
use crate::simulate::defects::{evidence, unsatisfied, with_outcome};
use crate::simulate::der;
use crate::simulate::keys::Holder;
use crate::simulate::pki::{Damage, ExtensionDraft};

const MODULE: Oid<'_> = predicate::MODULE;
const KEY: Oid<'_> = predicate::KEY;
/// `[1]`, constructed.
const EXPLICIT_TEXT: u8 = 0xa1;

/// A claim of text about the module.
fn claim_text(draft: &mut Draft, arc: u8, text: &str) {
    draft.claim_instead(MODULE, arc, Value::Tagged(TEXT, text.as_bytes().to_vec()));
}

/// ecdsa-with-SHA256, which the format does not define.
fn ecdsa_with_sha256() -> Vec<u8> {
    let content = [oid::ECDSA_WITH_SHA2.content(), &[2]].concat();
    der::algorithm(Oid::from_content(&content), &[])
}

pub(super) const DEFECTS: &[DefectOf<Draft>] = &[
    evidence(
        "signed-by-hss-alone",
        R::AttestationSignatureMissing,
        "The message is signed with the hash-based key of the module alone.",
        |draft| draft.signatures.retain(|it| it.signer == Signer::Hss),
    ),
    with_outcome(
        Outcome::Review,
        evidence(
            "signed-by-ecdsa-alone",
            R::AttestationLayoutUnconfirmed,
            "The message lacks the hash-based signature.",
            |draft| draft.signatures.retain(|it| it.signer == Signer::Ecdsa),
        ),
    ),
    with_outcome(
        Outcome::Review,
        evidence(
            "signatures-exchanged",
            R::AttestationLayoutUnconfirmed,
            "The two signatures have changed places.",
            |draft| draft.signatures.reverse(),
        ),
    ),
    with_outcome(
        Outcome::Review,
        evidence(
            "root-not-sent",
            R::AttestationLayoutUnconfirmed,
            "The message holds the issuing authority and no root.",
            |draft| draft.related.retain(|place| *place == Place::Issuing),
        ),
    ),
    with_outcome(
        Outcome::Review,
        evidence(
            "claims-in-explicit-tags",
            R::AttestationLayoutUnconfirmed,
            "A value is tagged explicitly, as in the maker's document and in no genuine message.",
            |draft| {
                let text = der::value(tag::UTF8_STRING, b"QSM000042");
                let value = Value::Tagged(EXPLICIT_TEXT, text);
                draft.claim_instead(MODULE, predicate::SERIAL, value);
            },
        ),
    ),
    evidence(
        "not-signed",
        R::AttestationSignatureMissing,
        "The message has no signature.",
        |draft| draft.signatures.clear(),
    ),
    evidence(
        "ecdsa-over-other-octets",
        R::AttestationOuterSignatureInvalid,
        "The ECDSA signature covers the claims without their tag and length.",
        |draft| {
            for it in draft.signatures.iter_mut().filter(|it| it.signer == Signer::Ecdsa) {
                it.signed = Signed::ContentOfClaims;
            }
        },
    ),
    evidence(
        "hss-over-other-octets",
        R::AttestationOuterSignatureInvalid,
        "The hash-based signature covers the claims without their tag and length; that by ECDSA is right.",
        |draft| {
            for it in draft.signatures.iter_mut().filter(|it| it.signer == Signer::Hss) {
                it.signed = Signed::ContentOfClaims;
            }
        },
    ),
    evidence(
        "algorithm-not-defined",
        R::AttestationSignatureAlgorithm,
        "A signature is of an algorithm that the format does not define.",
        |draft| {
            for it in draft.signatures.iter_mut().filter(|it| it.signer == Signer::Hss) {
                it.algorithm = ecdsa_with_sha256();
            }
        },
    ),
    evidence(
        "message-version-2",
        R::AttestationMalformed,
        "The message has another version.",
        |draft| draft.versions = [2, 1],
    ),
    evidence(
        "claims-version-2",
        R::AttestationMalformed,
        "The claims have another version.",
        |draft| draft.versions = [1, 2],
    ),
    evidence(
        "production-not-claimed",
        R::AttestationExtensionMissing,
        "The module does not claim to be a production unit.",
        |draft| draft.unclaim(MODULE, predicate::PRODUCTION),
    ),
    evidence(
        "unique-authority-not-claimed",
        R::AttestationExtensionMissing,
        "The module does not claim that the keys that sign are its own alone.",
        |draft| draft.unclaim(KEY, predicate::UNIQUE_AUTHORITY),
    ),
    evidence(
        "object-class-not-claimed",
        R::AttestationExtensionMissing,
        "The message does not say of what sort the object is.",
        |draft| draft.unclaim(KEY, predicate::OBJECT_CLASS),
    ),
    evidence(
        "public-key-object",
        R::AttestationNotPrivateKey,
        "The claims are about a public key object.",
        |draft| draft.claim_instead(KEY, predicate::OBJECT_CLASS, number(2)),
    ),
    evidence(
        "key-not-claimed",
        R::AttestationExtensionMissing,
        "The message does not hold the key.",
        |draft| draft.unclaim(KEY, predicate::SPKI),
    ),
    with_outcome(
        Outcome::Review,
        unsatisfied(
            Requirement::GeneratedInModule,
            "hardware-generated-not-claimed",
            R::AttestationOriginUnstated,
            "The module does not claim that the key was generated in hardware.",
            |draft| draft.unclaim(KEY, predicate::HARDWARE_GENERATED),
        ),
    ),
    with_outcome(
        Outcome::Review,
        unsatisfied(
            Requirement::NonExportable,
            "confined-not-claimed",
            R::AttestationExportabilityUnstated,
            "The module does not claim that the key is confined to it.",
            |draft| draft.unclaim(KEY, predicate::CONFINED),
        ),
    ),
    with_outcome(
        Outcome::Review,
        unsatisfied(
            Requirement::NonExportable,
            "never-extracted-not-claimed",
            R::AttestationExportabilityUnstated,
            "The module does not claim that the key was never extracted.",
            |draft| draft.unclaim(KEY, predicate::NEVER_EXTRACTED),
        ),
    ),
    evidence(
        "claims-of-two-keys",
        R::AttestationMultiple,
        "That the key is confined is claimed of another key than the one that is named.",
        |draft| {
            if let Some(claim) = draft.claim_mut(KEY, predicate::CONFINED) {
                claim.subject = Some(OTHER_UUID);
            }
        },
    ),
    evidence(
        "key-claim-about-the-module",
        R::AttestationMalformed,
        "That the key is confined is claimed without saying of which key.",
        |draft| {
            if let Some(claim) = draft.claim_mut(KEY, predicate::CONFINED) {
                claim.subject = None;
            }
        },
    ),
    evidence(
        "claim-twice",
        R::AttestationDuplicateExtension,
        "The key is claimed twice.",
        |draft| {
            draft.claims.push(of_key(predicate::SPKI, Value::Spki(Holder::SecondAttested)));
        },
    ),
    evidence(
        "fingerprint-of-another-key",
        R::AttestationInconsistent,
        "The fingerprint that is claimed is not that of the key.",
        |draft| {
            let value = Value::SpkiSha256(Holder::SecondAttested);
            draft.claims.push(of_key(predicate::SPKI_SHA256, value));
        },
    ),
    with_outcome(
        Outcome::Review,
        evidence(
            "key-of-another-type",
            R::AttestationUnusualValue,
            "The key is of a type whose number no genuine message has.",
            |draft| draft.claim_instead(KEY, predicate::KEY_TYPE, number(9)),
        ),
    ),
    with_outcome(
        Outcome::Review,
        evidence(
            "key-in-another-store",
            R::AttestationUnusualValue,
            "The key is in a store whose number no genuine message has.",
            |draft| draft.claim_instead(KEY, predicate::KEYSTORE, number(0x0101)),
        ),
    ),
    with_outcome(
        Outcome::Review,
        evidence(
            "derives-other-keys",
            R::AttestationUnusualValue,
            "Other keys may be derived from the key.",
            |draft| {
                draft.claim_instead(KEY, predicate::CANNOT, number(0x0108));
                draft.claims.push(of_key(predicate::CAN, number(DERIVE)));
            },
        ),
    ),
    with_outcome(
        Outcome::Review,
        evidence(
            "unknown-capability",
            R::AttestationUnknownClaim,
            "The key has a capability that is not known.",
            |draft| draft.claims.push(of_key(predicate::CAN, number(0x0199))),
        ),
    ),
    with_outcome(
        Outcome::Review,
        evidence(
            "unknown-claim",
            R::AttestationUnknownClaim,
            "The message makes a claim that is not defined.",
            |draft| {
                let mut claim = of_key(predicate::CONFINED, Value::None);
                claim.predicate = unknown_predicate();
                draft.claims.push(claim);
            },
        ),
    ),
    evidence(
        "claim-of-another-arc",
        R::AttestationMalformed,
        "The message makes a claim outside the maker's arc.",
        |draft| {
            let mut claim = of_key(predicate::CONFINED, Value::None);
            claim.predicate = CRYPTO4A.content().iter().copied().take(5).chain([1]).collect();
            draft.claims.push(claim);
        },
    ),
    evidence(
        "cannot-sign",
        R::AttestationCannotSign,
        "The module claims that the key may not sign.",
        |draft| {
            draft.unclaim(KEY, predicate::CAN);
            draft.claims.push(of_key(predicate::CANNOT, number(SIGN)));
        },
    ),
    evidence(
        "capability-both-ways",
        R::AttestationInconsistent,
        "The module claims that the key may and may not derive others.",
        |draft| draft.claims.push(of_key(predicate::CAN, number(DERIVE))),
    ),
    with_outcome(
        Outcome::Review,
        evidence(
            "serial-not-claimed",
            R::AttestationSerialMissing,
            "The module does not claim its serial number.",
            |draft| draft.unclaim(MODULE, predicate::SERIAL),
        ),
    ),
    evidence(
        "serial-of-another-module",
        R::AttestationInconsistent,
        "The serial number is not that of the module whose keys signed.",
        |draft| claim_text(draft, predicate::SERIAL, "QSM000043"),
    ),
    evidence(
        "signers-of-two-modules",
        R::AttestationInconsistent,
        "The two signatures are by keys of two modules.",
        |draft| draft.hss.set_subject("C4A000043 Assertion Authority HSS"),
    ),
    unsatisfied(
        Requirement::CertifiedModule,
        "fips-mode-not-claimed",
        R::DeviceNotCertified,
        "The module does not claim to be in FIPS mode.",
        |draft| draft.unclaim(MODULE, predicate::FIPS_MODE),
    ),
    unsatisfied(
        Requirement::CertifiedModule,
        "firmware-not-certified",
        R::DeviceNotCertified,
        "The firmware is one that no certification names.",
        |draft| claim_text(draft, predicate::FIRMWARE, "4.0.2.493"),
    ),
    evidence(
        "firmware-malformed",
        R::AttestationMalformed,
        "The firmware is not written as a release and a build.",
        |draft| claim_text(draft, predicate::FIRMWARE, "2.1.0.x"),
    ),
    evidence(
        "wrong-root",
        R::ChainUntrustedRoot,
        "The chain ends at a root that is not trusted.",
        |draft| {
            draft.issuing.issuer = der::common_name(b"SIMULATED other root");
            draft.issuing.signer = Holder::OtherRoot;
        },
    ),
    evidence(
        "lookalike-root",
        R::ChainSignatureInvalid,
        "The issuing authority was signed by another key under the name of the root.",
        |draft| draft.issuing.signer = Holder::OtherRoot,
    ),
    evidence(
        "forged-authority",
        R::ChainSignatureInvalid,
        "The certificate of a signer is not signed by the authority it names.",
        |draft| draft.hss.damage = Damage::SignatureBit,
    ),
    evidence(
        "issuing-not-sent",
        R::ChainIncomplete,
        "The message holds no certificate of the issuing authority.",
        |draft| draft.related.retain(|place| *place == Place::Root),
    ),
    evidence(
        "issuing-of-another-name",
        R::ChainRole,
        "The authority is none that certifies modules, by its name.",
        |draft| {
            let name = der::common_name(b"C4A_TLS_SIMULATED");
            draft.issuing.subject.clone_from(&name);
            draft.ecdsa.issuer.clone_from(&name);
            draft.hss.issuer = name;
        },
    ),
    evidence(
        "issuing-is-no-authority",
        R::ChainIssuerNotCa,
        "The issuing authority is no certification authority.",
        |draft| draft.issuing.remove(oid::BASIC_CONSTRAINTS),
    ),
    evidence(
        "signer-for-another-purpose",
        R::ChainRole,
        "The certificate of a signer is for another purpose too.",
        |draft| {
            let other = [super::ATTESTS.content(), &[1]].concat();
            let purposes = der::sequence(&[
                &der::object_identifier(super::ATTESTS),
                &der::object_identifier(Oid::from_content(&other)),
            ]);
            draft.ecdsa.replace(oid::EXTENDED_KEY_USAGE, purposes);
        },
    ),
    evidence(
        "signer-is-an-authority",
        R::ChainRole,
        "The certificate of a signer is that of a certification authority.",
        |draft| draft.ecdsa.extensions.push(ExtensionDraft::authority(0)),
    ),
    evidence(
        "signer-expired",
        R::ChainExpired,
        "The certificate of a signer has expired.",
        |draft| draft.ecdsa.validity.1 = shifted(draft.time, -DAY),
    ),
    evidence(
        "stray-certificate",
        R::ChainSignatureInvalid,
        "The message holds a certificate that no signer leads to.",
        |draft| draft.related.push(Place::Stray),
    ),
    evidence(
        "attested-key-as-signer",
        R::ChainUntrustedRoot,
        "A key of the user's made a chain of its own, with the names of the maker.",
        |draft| {
            draft.issuing.key = Holder::Software;
            draft.issuing.signer = Holder::Software;
            draft.issuing.issuer = der::common_name(ISSUING.0.as_bytes());
            draft.ecdsa.signer = Holder::Software;
            draft.hss.signer = Holder::Software;
        },
    ),
    evidence("two-messages", R::AttestationMultiple, "Two messages were sent.", |draft| {
        draft.form = Form::TwoMessages
    }),
    evidence(
        "signer-without-message",
        R::AttestationWrongRole,
        "The certificate of a signer was sent and no message.",
        |draft| draft.form = Form::SignerAlone,
    ),
    unsatisfied(
        Requirement::KeyMatch,
        "request-for-another-key",
        R::BindingKeyMismatch,
        "The request is for another key than the message.",
        |draft| {
            draft.request.key = Holder::SecondAttested;
            draft.request.signer = Holder::SecondAttested;
        },
    ),
    unsatisfied(
        Requirement::Possession,
        "request-signed-by-another-key",
        R::CsrSignatureInvalid,
        "The request names the attested key and is signed by another.",
        |draft| draft.request.signer = Holder::Software,
    ),
];
