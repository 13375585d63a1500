//! The defects that the evidence of either provider can have: chain, blob, attributes, request.

use super::super::kind;
use super::{After, CARD, HsmDraft, OWNER, Object, Place, STRANGER, hsm_name};
use crate::encoding::oid;
use crate::reason::ReasonCode as R;
use crate::result::{Outcome, Requirement};
use crate::simulate::DefectOf;
use crate::simulate::case::{DAY, shifted};
use crate::simulate::defects::{evidence, unsatisfied, with_outcome};
use crate::simulate::der;
use crate::simulate::keys::Holder;
use crate::simulate::pki::{Damage, ExtensionDraft, RequestForm};

/// Those of chain, statement and request, followed by the format's own.
pub(crate) fn with_own(own: &[DefectOf<HsmDraft>]) -> Vec<DefectOf<HsmDraft>> {
    [CHAIN, STATEMENT, REQUEST, own].concat()
}

const CHAIN: &[DefectOf<HsmDraft>] = &[
    unsatisfied(
        Requirement::CertifiedModule,
        "non-fips-mode",
        R::DeviceNotInFipsMode,
        "Card and partition are certified for non-FIPS mode.",
        |draft| {
            let mode = "for non-FIPS mode";
            draft.rename(
                &format!("HSM:5.3G0000-SIM000001, {mode}"),
                &format!("HSM:5.3G0000-SIM000001:PARTN:1, {mode}"),
            );
        },
    ),
    unsatisfied(
        Requirement::CertifiedModule,
        "generation-not-certified",
        R::DeviceNotCertified,
        "The card is of generation 6.0G, for which no certification is known.",
        |draft| {
            draft.rename(
                "HSM:6.0G0000-SIM000001, for FIPS mode",
                "HSM:6.0G0000-SIM000001:PARTN:1, for FIPS mode",
            );
        },
    ),
    evidence(
        "modes-differ",
        R::AttestationInconsistent,
        "The card is certified for FIPS mode, its partition for non-FIPS mode.",
        |draft| {
            draft.rename_partition("HSM:5.3G0000-SIM000001:PARTN:1, for non-FIPS mode");
        },
    ),
    evidence(
        "partition-of-another-card",
        R::AttestationInconsistent,
        "The partition's name is of another card than the one that certified it.",
        |draft| draft.rename_partition("HSM:5.3G0000-SIM000002:PARTN:1, for FIPS mode"),
    ),
    evidence(
        "mode-with-text-behind",
        R::ChainIncomplete,
        "Text follows the mode in the partition's name, so that it is none.",
        |draft| {
            draft.rename_partition("HSM:5.3G0000-SIM000001:PARTN:1, for FIPS mode, or so");
        },
    ),
    evidence(
        "wrong-root",
        R::ChainUntrustedRoot,
        "The card is signed by a root that is no anchor.",
        |draft| {
            draft.card.signer = STRANGER;
            draft.card.issuer = der::common_name(b"SIMULATED Other Root");
        },
    ),
    evidence(
        "lookalike-root",
        R::ChainSignatureInvalid,
        "The card is signed by another key under the name of the anchor.",
        |draft| draft.card.signer = STRANGER,
    ),
    evidence(
        "card-is-the-owners",
        R::ChainRole,
        "The card was signed by the owner's root in place of the manufacturer's.",
        |draft| {
            (draft.card.signer, draft.card.issuer) = (OWNER, draft.owner.subject.clone());
            draft.withhold(Place::OwnerCard);
            draft.card.extensions.clone_from(&draft.owner_card.extensions);
            draft.card.version = 2;
        },
    ),
    evidence(
        "partition-signed-by-another-card",
        R::ChainSignatureInvalid,
        "The partition was not signed by the card that it names.",
        |draft| draft.partition.signer = STRANGER,
    ),
    evidence(
        "partition-signature-broken",
        R::ChainSignatureInvalid,
        "One bit of the signature of the partition's certificate is turned.",
        |draft| draft.partition.damage = Damage::SignatureBit,
    ),
    evidence(
        "card-not-sent",
        R::ChainIncomplete,
        "The manufacturer's certificate of the card was not sent, and the owner's has its name.",
        |draft| {
            draft.withhold(Place::Card);
            draft.withhold(Place::OwnerCard);
        },
    ),
    evidence(
        "partition-not-sent",
        R::ChainIncomplete,
        "The manufacturer's certificate of the partition was not sent.",
        |draft| draft.withhold(Place::Partition),
    ),
    evidence(
        "card-expired",
        R::ChainExpired,
        "The certificate of the card ended a day before the appraisal.",
        |draft| draft.card.validity.1 = shifted(draft.card.validity.0, 364 * DAY),
    ),
    evidence(
        "partition-not-yet-valid",
        R::ChainNotYetValid,
        "The certificate of the partition begins years after the appraisal.",
        |draft| draft.partition.validity.0 = shifted(draft.partition.validity.0, 4_000 * DAY),
    ),
    evidence(
        "partition-with-extensions",
        R::ChainIncomplete,
        "The manufacturer's certificate of the partition holds an extension; none does.",
        |draft| {
            let usage = ExtensionDraft::critical(oid::KEY_USAGE, [0x03, 2, 7, 0x80]);
            draft.partition.extensions = vec![usage];
            draft.withhold(Place::OwnerPartition);
        },
    ),
    evidence(
        "two-partitions",
        R::AttestationMultiple,
        "The certificates of two partitions of the card were sent, both whole.",
        |draft| {
            let mut second = draft.partition.clone();
            second.subject = hsm_name("HSM:5.3G0000-SIM000001:PARTN:2, for FIPS mode");
            draft.more = Some(second);
        },
    ),
];

const STATEMENT: &[DefectOf<HsmDraft>] = &[
    evidence(
        "signed-by-card",
        R::ChainSignatureInvalid,
        "The statement was signed by the card, not by its partition.",
        |draft| draft.signer = CARD,
    ),
    evidence(
        "signed-by-stranger",
        R::ChainSignatureInvalid,
        "The statement was signed by a key that no one vouches for.",
        |draft| draft.signer = STRANGER,
    ),
    evidence(
        "statement-signature-broken",
        R::ChainSignatureInvalid,
        "One bit of the statement's signature is turned.",
        |draft| draft.after = After::SignatureBit,
    ),
    evidence(
        "statement-with-a-tail",
        R::AttestationMalformed,
        "One byte follows the statement.",
        |draft| draft.after = After::TrailingOctet,
    ),
    evidence(
        "statement-cut",
        R::AttestationMalformed,
        "The last byte of the statement is missing.",
        |draft| draft.after = After::Truncated,
    ),
    evidence(
        "count-too-small",
        R::AttestationMalformed,
        "The private object says that it has one attribute less than it has.",
        |draft| draft.private.count = |count| count.saturating_sub(1),
    ),
    evidence(
        "count-absurd",
        R::AttestationMalformed,
        "The private object says that it has 2^32 - 1 attributes.",
        |draft| draft.private.count = |_| u32::MAX,
    ),
    evidence(
        "size-too-small",
        R::AttestationMalformed,
        "The private object says that it is shorter than it is.",
        |draft| draft.private.size = |size| size.saturating_sub(9),
    ),
    evidence(
        "size-too-large",
        R::AttestationMalformed,
        "The private object says that it goes on into the signature.",
        |draft| draft.private.size = |size| size.saturating_add(200),
    ),
    evidence(
        "extractable-twice",
        R::AttestationDuplicateExtension,
        "The private object says twice whether the key is extractable.",
        |draft| draft.private.repeated = Some(kind::EXTRACTABLE),
    ),
    evidence("local-missing", R::AttestationExtensionMissing, "LOCAL is missing.", |draft| {
        draft.private.remove(kind::LOCAL);
    }),
    evidence(
        "extractable-missing",
        R::AttestationExtensionMissing,
        "EXTRACTABLE is missing.",
        |draft| draft.private.remove(kind::EXTRACTABLE),
    ),
    evidence(
        "never-extractable-missing",
        R::AttestationExtensionMissing,
        "NEVER_EXTRACTABLE is missing.",
        |draft| draft.private.remove(kind::NEVER_EXTRACTABLE),
    ),
    evidence(
        "sensitive-missing",
        R::AttestationExtensionMissing,
        "SENSITIVE is missing.",
        |draft| draft.private.remove(kind::SENSITIVE),
    ),
    evidence(
        "always-sensitive-missing",
        R::AttestationExtensionMissing,
        "ALWAYS_SENSITIVE is missing.",
        |draft| draft.private.remove(kind::ALWAYS_SENSITIVE),
    ),
    evidence("sign-missing", R::AttestationExtensionMissing, "SIGN is missing.", |draft| {
        draft.private.remove(kind::SIGN);
    }),
    evidence("is-split-missing", R::AttestationExtensionMissing, "IS_SPLIT is missing.", |draft| {
        draft.private.remove(kind::IS_SPLIT);
    }),
    evidence("modulus-missing", R::AttestationExtensionMissing, "MODULUS is missing.", |draft| {
        draft.private.remove(kind::MODULUS);
    }),
    evidence("id-missing", R::AttestationExtensionMissing, "ID is missing.", |draft| {
        draft.private.remove(kind::ID);
    }),
    evidence("flag-of-two-octets", R::AttestationMalformed, "LOCAL has two octets.", |draft| {
        draft.private.set(kind::LOCAL, [0, 1])
    }),
    evidence(
        "flag-undefined",
        R::AttestationMalformed,
        "EXTRACTABLE is 2, which is neither yes nor no.",
        |draft| draft.private.set(kind::EXTRACTABLE, [2]),
    ),
    evidence(
        "curve-unknown",
        R::AttestationMalformed,
        "MODULUS_BITS names a curve that is not known.",
        |draft| draft.private.set(kind::MODULUS_BITS, [0, 0, 0, 1]),
    ),
    evidence(
        "key-type-unknown",
        R::AttestationMalformed,
        "KEY_TYPE is neither RSA nor EC.",
        |draft| draft.private.set(kind::KEY_TYPE, [0x1f]),
    ),
    evidence(
        "kcv-of-another-key",
        R::AttestationInconsistent,
        "The key check value is not that of the key.",
        |draft| {
            draft.private.set(kind::KCV, [1, 2, 3]);
            draft.public.set(kind::KCV, [1, 2, 3]);
        },
    ),
    evidence(
        "public-object-of-another-key",
        R::AttestationInconsistent,
        "The public object is of another key.",
        |draft| draft.public.key = Holder::SecondAttested,
    ),
    evidence(
        "public-object-of-another-name",
        R::AttestationInconsistent,
        "The public object has another identifier.",
        |draft| draft.public.set(kind::ID, [b'0'; 128]),
    ),
    evidence(
        "never-extractable-but-extractable",
        R::AttestationInconsistent,
        "The key was never extractable, and is.",
        |draft| draft.private.set(kind::EXTRACTABLE, [1]),
    ),
    evidence(
        "always-sensitive-but-not-sensitive",
        R::AttestationInconsistent,
        "The key was always sensitive, and is not.",
        |draft| draft.private.set(kind::SENSITIVE, [0]),
    ),
    evidence("cannot-sign", R::AttestationCannotSign, "The private key may not sign.", |draft| {
        draft.private.set(kind::SIGN, [0])
    }),
    unsatisfied(
        Requirement::GeneratedInModule,
        "imported",
        R::AttestationImported,
        "The key was imported.",
        |draft| {
            for kind in [kind::LOCAL, kind::NEVER_EXTRACTABLE, kind::ALWAYS_SENSITIVE] {
                draft.private.set(kind, [0]);
            }
        },
    ),
    exportable("extractable", "The key can be wrapped out.", |draft| {
        draft.private.set(kind::EXTRACTABLE, [1]);
        draft.private.set(kind::NEVER_EXTRACTABLE, [0]);
    }),
    exportable("was-extractable", "The key could be wrapped out once.", |draft| {
        draft.private.set(kind::NEVER_EXTRACTABLE, [0]);
    }),
    exportable("not-sensitive", "The key can be read in clear.", |draft| {
        draft.private.set(kind::SENSITIVE, [0]);
        draft.private.set(kind::ALWAYS_SENSITIVE, [0]);
    }),
    exportable("was-not-sensitive", "The key could be read in clear once.", |draft| {
        draft.private.set(kind::ALWAYS_SENSITIVE, [0]);
    }),
    exportable("split", "The key is given out in shares.", |draft| {
        draft.private.set(kind::IS_SPLIT, [1]);
    }),
    exportable("splittable", "The key can be given out in shares.", |draft| {
        draft.private.set(kind::SPLITTABLE, [1]);
    }),
    evidence(
        "splittable-missing",
        R::AttestationExtensionMissing,
        "SPLITTABLE is missing.",
        |draft| draft.private.remove(kind::SPLITTABLE),
    ),
    review(
        "unknown-attribute",
        R::AttestationUnknownClaim,
        "The private object has an attribute that is not known.",
        |draft| draft.private.set(0x8000_0005, [1]),
    ),
    review(
        "unknown-attribute-of-the-public-object",
        R::AttestationUnknownClaim,
        "The public object has an attribute that is not known.",
        |draft| draft.public.set(0x8000_0005, [0]),
    ),
    review(
        "derives-other-keys",
        R::AttestationUnusualValue,
        "Other keys may be derived from the private key; from no genuine one they may.",
        |draft| draft.private.set(0x010c, [1]),
    ),
    review(
        "used-without-login",
        R::AttestationUnusualValue,
        "The private key can be used without a login.",
        |draft| draft.private.set(0x0002, [0]),
    ),
];

/// A matter for a person to weigh.
const fn review(
    name: &'static str,
    reason: R,
    description: &'static str,
    change: fn(&mut HsmDraft),
) -> DefectOf<HsmDraft> {
    with_outcome(
        Outcome::Review,
        unsatisfied(Requirement::GenuineModule, name, reason, description, change),
    )
}

const fn exportable(
    name: &'static str,
    description: &'static str,
    change: fn(&mut HsmDraft),
) -> DefectOf<HsmDraft> {
    unsatisfied(Requirement::NonExportable, name, R::AttestationExportable, description, change)
}

const REQUEST: &[DefectOf<HsmDraft>] = &[
    unsatisfied(
        Requirement::KeyMatch,
        "request-for-another-key",
        R::BindingKeyMismatch,
        "The request is for a key in software, and is signed by it.",
        |draft| (draft.request.key, draft.request.signer) = (Holder::Software, Holder::Software),
    ),
    unsatisfied(
        Requirement::Possession,
        "request-signed-by-another-key",
        R::CsrSignatureInvalid,
        "The request names the attested key but is signed by another.",
        |draft| draft.request.signer = Holder::Software,
    ),
    unsatisfied(
        Requirement::Possession,
        "request-missing",
        R::RequestMissing,
        "The evidence was sent without a request.",
        |draft| draft.request.form = RequestForm::Nothing,
    ),
    with_outcome(
        Outcome::Review,
        unsatisfied(
            Requirement::Possession,
            "public-key-as-request",
            R::RequestAbsent,
            "The bare public key was sent in place of a request.",
            |draft| draft.request.form = RequestForm::PublicKey,
        ),
    ),
];

/// Which objects a blob of two holds.
pub(crate) fn only(draft: &mut HsmDraft, objects: &[Object]) {
    draft.objects = objects.to_vec();
}
