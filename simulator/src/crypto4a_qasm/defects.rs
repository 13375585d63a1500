//! What can be wrong with an attestation message, its signatures and its chain.

use keyproof::{ReasonCode as R, Requirement};

use super::{
    ATTESTS, CRYPTO4A, DERIVE, Draft, Form, ISSUING, OTHER_UUID, PUBLIC_KEY, Place, SIGN, Signed,
    Signer, TEXT, Value, claim, number, of_key,
};
use crate::case::{DAY, shifted};
use crate::defects::{
    DefectOf, badly_signed, evidence, inconsistent, malformed, missing, of_wrong_role, review,
    uncertified,
};
use crate::der::{self, tag};
use crate::keys::Holder;
use crate::oid::{BASIC_CONSTRAINTS, ECDSA_WITH_SHA256, EXTENDED_KEY_USAGE};
use crate::pki::{Damage, ExtensionDraft};

/// `[1]`, constructed.
const EXPLICIT_TEXT: u8 = 0xa1;

/// A claim of text.
fn claim_text(draft: &mut Draft, predicate: &str, text: &str) {
    draft.claim_instead(predicate, Value::Tagged(TEXT, text.as_bytes().to_vec()));
}

/// Claims that nobody defined: below the maker's arc, and outside of it.
fn unknown_claim(draft: &mut Draft, predicate: String) {
    draft.claims.push(super::ClaimDraft { predicate, ..of_key(claim::CONFINED, Value::None) });
}

/// Changes the signatures of that signer.
fn signatures_of(draft: &mut Draft, signer: Signer, change: fn(&mut super::SignatureDraft)) {
    draft.signatures.iter_mut().filter(|it| it.signer == signer).for_each(change);
}

pub(super) const DEFECTS: &[DefectOf<Draft>] = &[
    evidence(
        "signed-by-hss-alone",
        R::AttestationSignatureMissing,
        "The message is signed with the hash-based key of the module alone.",
        |draft| draft.signatures.retain(|it| it.signer == Signer::Hss),
    ),
    review(
        Requirement::GenuineModule,
        "signed-by-ecdsa-alone",
        R::AttestationLayoutUnconfirmed,
        "The message lacks the hash-based signature.",
        |draft| draft.signatures.retain(|it| it.signer == Signer::Ecdsa),
    ),
    review(
        Requirement::GenuineModule,
        "signatures-exchanged",
        R::AttestationLayoutUnconfirmed,
        "The two signatures have changed places.",
        |draft| draft.signatures.reverse(),
    ),
    review(
        Requirement::GenuineModule,
        "root-not-sent",
        R::AttestationLayoutUnconfirmed,
        "The message holds the issuing authority and no root.",
        |draft| draft.related.retain(|place| *place == Place::Issuing),
    ),
    review(
        Requirement::GenuineModule,
        "claims-in-explicit-tags",
        R::AttestationLayoutUnconfirmed,
        "A value is tagged explicitly, as in the maker's document and in no genuine message.",
        |draft| {
            let text = der::value(tag::UTF8_STRING, b"QSM000042");
            let value = Value::Tagged(EXPLICIT_TEXT, text);
            draft.claim_instead(claim::SERIAL, value);
        },
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
        |draft| signatures_of(draft, Signer::Ecdsa, |it| it.signed = Signed::ContentOfClaims),
    ),
    evidence(
        "hss-over-other-octets",
        R::AttestationOuterSignatureInvalid,
        "The hash-based signature covers the claims without their tag and length; that by ECDSA is right.",
        |draft| signatures_of(draft, Signer::Hss, |it| it.signed = Signed::ContentOfClaims),
    ),
    evidence(
        "algorithm-not-defined",
        R::AttestationSignatureAlgorithm,
        "A signature is of an algorithm that the format does not define.",
        |draft| {
            signatures_of(draft, Signer::Hss, |it| {
                it.algorithm = der::algorithm(ECDSA_WITH_SHA256, &[])
            });
        },
    ),
    malformed("message-version-2", "The message has another version.", |draft| {
        draft.versions = [2, 1]
    }),
    malformed("claims-version-2", "The claims have another version.", |draft| {
        draft.versions = [1, 2]
    }),
    missing(
        "production-not-claimed",
        "The module does not claim to be a production unit.",
        |draft| draft.unclaim(claim::PRODUCTION),
    ),
    missing(
        "unique-authority-not-claimed",
        "The module does not claim that the keys that sign are its own alone.",
        |draft| draft.unclaim(claim::UNIQUE_AUTHORITY),
    ),
    missing(
        "object-class-not-claimed",
        "The message does not say of what sort the object is.",
        |draft| draft.unclaim(claim::OBJECT_CLASS),
    ),
    evidence(
        "public-key-object",
        R::AttestationNotPrivateKey,
        "The claims are about a public key object.",
        |draft| draft.claim_instead(claim::OBJECT_CLASS, number(PUBLIC_KEY)),
    ),
    missing("key-not-claimed", "The message does not hold the key.", |draft| {
        draft.unclaim(claim::SPKI)
    }),
    review(
        Requirement::GeneratedInModule,
        "hardware-generated-not-claimed",
        R::AttestationOriginUnstated,
        "The module does not claim that the key was generated in hardware.",
        |draft| draft.unclaim(claim::HARDWARE_GENERATED),
    ),
    review(
        Requirement::NonExportable,
        "confined-not-claimed",
        R::AttestationExportabilityUnstated,
        "The module does not claim that the key is confined to it.",
        |draft| draft.unclaim(claim::CONFINED),
    ),
    review(
        Requirement::NonExportable,
        "never-extracted-not-claimed",
        R::AttestationExportabilityUnstated,
        "The module does not claim that the key was never extracted.",
        |draft| draft.unclaim(claim::NEVER_EXTRACTED),
    ),
    evidence(
        "claims-of-two-keys",
        R::AttestationMultiple,
        "That the key is confined is claimed of another key than the one that is named.",
        |draft| {
            if let Some(claim) = draft.claim_mut(claim::CONFINED) {
                claim.subject = Some(OTHER_UUID);
            }
        },
    ),
    malformed(
        "key-claim-about-the-module",
        "That the key is confined is claimed without saying of which key.",
        |draft| {
            if let Some(claim) = draft.claim_mut(claim::CONFINED) {
                claim.subject = None;
            }
        },
    ),
    evidence(
        "claim-twice",
        R::AttestationDuplicateExtension,
        "The key is claimed twice.",
        |draft| {
            draft.claims.push(of_key(claim::SPKI, Value::Spki(Holder::SecondAttested)));
        },
    ),
    inconsistent(
        "fingerprint-of-another-key",
        "The fingerprint that is claimed is not that of the key.",
        |draft| {
            let value = Value::SpkiSha256(Holder::SecondAttested);
            draft.claims.push(of_key(claim::SPKI_SHA256, value));
        },
    ),
    review(
        Requirement::GenuineModule,
        "key-of-another-type",
        R::AttestationUnusualValue,
        "The key is of a type whose number no genuine message has.",
        |draft| draft.claim_instead(claim::KEY_TYPE, number(9)),
    ),
    review(
        Requirement::GenuineModule,
        "key-in-another-store",
        R::AttestationUnusualValue,
        "The key is in a store whose number no genuine message has.",
        |draft| draft.claim_instead(claim::KEYSTORE, number(0x0101)),
    ),
    review(
        Requirement::GenuineModule,
        "derives-other-keys",
        R::AttestationUnusualValue,
        "Other keys may be derived from the key.",
        |draft| {
            draft.claim_instead(claim::CANNOT, number(0x0108));
            draft.claims.push(of_key(claim::CAN, number(DERIVE)));
        },
    ),
    review(
        Requirement::GenuineModule,
        "unknown-capability",
        R::AttestationUnknownClaim,
        "The key has a capability that is not known.",
        |draft| draft.claims.push(of_key(claim::CAN, number(0x0199))),
    ),
    review(
        Requirement::GenuineModule,
        "unknown-claim",
        R::AttestationUnknownClaim,
        "The message makes a claim that is not defined.",
        |draft| {
            unknown_claim(draft, format!("{CRYPTO4A}.6.2.99"));
        },
    ),
    malformed(
        "claim-of-another-arc",
        "The message makes a claim outside the maker's arc.",
        |draft| {
            unknown_claim(draft, "1.3.6.1.4.1".to_owned());
        },
    ),
    evidence(
        "cannot-sign",
        R::AttestationCannotSign,
        "The module claims that the key may not sign.",
        |draft| {
            draft.unclaim(claim::CAN);
            draft.claims.push(of_key(claim::CANNOT, number(SIGN)));
        },
    ),
    inconsistent(
        "capability-both-ways",
        "The module claims that the key may and may not derive others.",
        |draft| draft.claims.push(of_key(claim::CAN, number(DERIVE))),
    ),
    review(
        Requirement::GenuineModule,
        "serial-not-claimed",
        R::AttestationSerialMissing,
        "The module does not claim its serial number.",
        |draft| draft.unclaim(claim::SERIAL),
    ),
    inconsistent(
        "serial-of-another-module",
        "The serial number is not that of the module whose keys signed.",
        |draft| claim_text(draft, claim::SERIAL, "QSM000043"),
    ),
    inconsistent(
        "signers-of-two-modules",
        "The two signatures are by keys of two modules.",
        |draft| draft.hss.set_subject("C4A000043 Assertion Authority HSS"),
    ),
    uncertified(
        "fips-mode-not-claimed",
        "The module does not claim to be in FIPS mode.",
        |draft| draft.unclaim(claim::FIPS_MODE),
    ),
    review(
        Requirement::CertifiedModule,
        "firmware-uncompared",
        R::CertificationFirmwareUncompared,
        "The firmware is 4.0.2: the certification of that product is known, and its firmware is not.",
        |draft| claim_text(draft, claim::FIRMWARE, "4.0.2.493"),
    ),
    malformed(
        "firmware-malformed",
        "The firmware is not written as a release and a build.",
        |draft| claim_text(draft, claim::FIRMWARE, "2.1.0.x"),
    ),
    evidence(
        "wrong-root",
        R::ChainUntrustedRoot,
        "The chain ends at a root that is not trusted.",
        |draft| {
            draft.issuing.issued_by("SIMULATED other root", Holder::OtherRoot);
        },
    ),
    badly_signed(
        "lookalike-root",
        "The issuing authority was signed by another key under the name of the root.",
        |draft| draft.issuing.signer = Holder::OtherRoot,
    ),
    badly_signed(
        "forged-authority",
        "The certificate of a signer is not signed by the authority it names.",
        |draft| draft.hss.damage = Damage::SignatureBit,
    ),
    evidence(
        "issuing-not-sent",
        R::ChainIncomplete,
        "The message holds no certificate of the issuing authority.",
        |draft| draft.related.retain(|place| *place == Place::Root),
    ),
    of_wrong_role(
        "issuing-of-another-name",
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
        |draft| draft.issuing.remove(BASIC_CONSTRAINTS),
    ),
    of_wrong_role(
        "signer-for-another-purpose",
        "The certificate of a signer is for another purpose too.",
        |draft| {
            let purposes = der::identifiers(&[ATTESTS, &format!("{ATTESTS}.1")]);
            draft.ecdsa.replace(EXTENDED_KEY_USAGE, purposes);
        },
    ),
    of_wrong_role(
        "signer-is-an-authority",
        "The certificate of a signer is that of a certification authority.",
        |draft| draft.ecdsa.extensions.push(ExtensionDraft::authority(0)),
    ),
    evidence(
        "signer-expired",
        R::ChainExpired,
        "The certificate of a signer has expired.",
        |draft| draft.ecdsa.validity.1 = shifted(draft.base.time, -DAY),
    ),
    badly_signed(
        "stray-certificate",
        "The message holds a certificate that no signer leads to.",
        |draft| draft.related.push(Place::Stray),
    ),
    evidence(
        "attested-key-as-signer",
        R::ChainUntrustedRoot,
        "A key of the user's made a chain of its own, with the names of the maker.",
        |draft| {
            draft.issuing.issued_by(ISSUING.0, Holder::Software);
            draft.issuing.key = Holder::Software;
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
];
