//! The defects that the evidence of either provider can have: chain, blob, attributes, request.

use keyproof::{ReasonCode as R, Requirement};

use super::blob::kind;
use super::{After, CARD, HsmDraft, OWNER, Object, Place, STRANGER, hsm_name};
use crate::case::{DAY, shifted};
use crate::defects::{
    DefectOf, badly_signed, evidence, exportable, imported, inconsistent, malformed, missing,
    of_wrong_role, review, signature_broken, uncertified, unsatisfied,
};
use crate::family::Family;
use crate::keys::Holder;
use crate::pki::ExtensionDraft;
use crate::{Options, SimulateError};

/// A format, with the defects of chain and statement.
pub(crate) fn family(
    name: &'static str,
    draft: fn(&Options) -> Result<HsmDraft, SimulateError>,
    own: &[DefectOf<HsmDraft>],
) -> Family<HsmDraft> {
    Family::new(name, draft, &[CHAIN, STATEMENT, own])
}

/// The applicant's own word against what the module signed.
pub(crate) const fn says(
    requirement: Requirement,
    name: &'static str,
    description: &'static str,
    change: fn(&mut HsmDraft),
) -> DefectOf<HsmDraft> {
    review(requirement, name, R::AttestationContradicted, description, change)
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
    uncertified(
        "generation-not-certified",
        "The card is of generation 6.0G, for which no certification is known.",
        |draft| {
            draft.rename(
                "HSM:6.0G0000-SIM000001, for FIPS mode",
                "HSM:6.0G0000-SIM000001:PARTN:1, for FIPS mode",
            );
        },
    ),
    inconsistent(
        "modes-differ",
        "The card is certified for FIPS mode, its partition for non-FIPS mode.",
        |draft| {
            draft.rename_partition("HSM:5.3G0000-SIM000001:PARTN:1, for non-FIPS mode");
        },
    ),
    inconsistent(
        "partition-of-another-card",
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
            draft.card.issued_by("SIMULATED Other Root", STRANGER);
        },
    ),
    badly_signed(
        "lookalike-root",
        "The card is signed by another key under the name of the anchor.",
        |draft| draft.card.signer = STRANGER,
    ),
    of_wrong_role(
        "card-is-the-owners",
        "The card was signed by the owner's root in place of the manufacturer's.",
        |draft| {
            (draft.card.signer, draft.card.issuer) = (OWNER, draft.owner.subject.clone());
            draft.withhold(Place::OwnerCard);
            draft.card.extensions.clone_from(&draft.owner_card.extensions);
            draft.card.version = 2;
        },
    ),
    badly_signed(
        "partition-signed-by-another-card",
        "The partition was not signed by the card that it names.",
        |draft| draft.partition.signer = STRANGER,
    ),
    signature_broken!(partition, "partition", "partition's certificate"),
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
            draft.partition.extensions = vec![ExtensionDraft::signs_alone()];
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
    badly_signed(
        "signed-by-card",
        "The statement was signed by the card, not by its partition.",
        |draft| draft.signer = CARD,
    ),
    badly_signed(
        "signed-by-stranger",
        "The statement was signed by a key that no one vouches for.",
        |draft| draft.signer = STRANGER,
    ),
    badly_signed(
        "statement-signature-broken",
        "One bit of the statement's signature is turned.",
        |draft| draft.after = After::SignatureBit,
    ),
    malformed("statement-with-a-tail", "One byte follows the statement.", |draft| {
        draft.after = After::TrailingOctet
    }),
    malformed("statement-cut", "The last byte of the statement is missing.", |draft| {
        draft.after = After::Truncated
    }),
    malformed(
        "count-too-small",
        "The private object says that it has one attribute less than it has.",
        |draft| draft.private.count = |count| count.saturating_sub(1),
    ),
    malformed(
        "count-absurd",
        "The private object says that it has 2^32 - 1 attributes.",
        |draft| draft.private.count = |_| u32::MAX,
    ),
    malformed(
        "size-too-small",
        "The private object says that it is shorter than it is.",
        |draft| draft.private.size = |size| size.saturating_sub(9),
    ),
    malformed(
        "size-too-large",
        "The private object says that it goes on into the signature.",
        |draft| draft.private.size = |size| size.saturating_add(200),
    ),
    evidence(
        "extractable-twice",
        R::AttestationDuplicateExtension,
        "The private object says twice whether the key is extractable.",
        |draft| draft.private.repeated = Some(kind::EXTRACTABLE),
    ),
    missing("local-missing", "LOCAL is missing.", |draft| {
        draft.private.remove(kind::LOCAL);
    }),
    missing("extractable-missing", "EXTRACTABLE is missing.", |draft| {
        draft.private.remove(kind::EXTRACTABLE)
    }),
    missing("never-extractable-missing", "NEVER_EXTRACTABLE is missing.", |draft| {
        draft.private.remove(kind::NEVER_EXTRACTABLE)
    }),
    missing("sensitive-missing", "SENSITIVE is missing.", |draft| {
        draft.private.remove(kind::SENSITIVE)
    }),
    missing("always-sensitive-missing", "ALWAYS_SENSITIVE is missing.", |draft| {
        draft.private.remove(kind::ALWAYS_SENSITIVE)
    }),
    missing("sign-missing", "SIGN is missing.", |draft| {
        draft.private.remove(kind::SIGN);
    }),
    missing("is-split-missing", "IS_SPLIT is missing.", |draft| {
        draft.private.remove(kind::IS_SPLIT);
    }),
    missing("modulus-missing", "MODULUS is missing.", |draft| {
        draft.private.remove(kind::MODULUS);
    }),
    missing("id-missing", "ID is missing.", |draft| {
        draft.private.remove(kind::ID);
    }),
    malformed("flag-of-two-octets", "LOCAL has two octets.", |draft| {
        draft.private.set(kind::LOCAL, [0, 1])
    }),
    malformed("flag-undefined", "EXTRACTABLE is 2, which is neither yes nor no.", |draft| {
        draft.private.set(kind::EXTRACTABLE, [2])
    }),
    malformed("curve-unknown", "MODULUS_BITS names a curve that is not known.", |draft| {
        draft.private.set(kind::MODULUS_BITS, [0, 0, 0, 1])
    }),
    malformed("key-type-unknown", "KEY_TYPE is neither RSA nor EC.", |draft| {
        draft.private.set(kind::KEY_TYPE, [0x1f])
    }),
    inconsistent("kcv-of-another-key", "The key check value is not that of the key.", |draft| {
        draft.private.set(kind::KCV, [1, 2, 3]);
        draft.public.set(kind::KCV, [1, 2, 3]);
    }),
    inconsistent("public-object-of-another-key", "The public object is of another key.", |draft| {
        draft.public.key = Holder::SecondAttested
    }),
    inconsistent(
        "public-object-of-another-name",
        "The public object has another identifier.",
        |draft| draft.public.set(kind::ID, [b'0'; 128]),
    ),
    inconsistent(
        "never-extractable-but-extractable",
        "The key was never extractable, and is.",
        |draft| draft.private.set(kind::EXTRACTABLE, [1]),
    ),
    inconsistent(
        "always-sensitive-but-not-sensitive",
        "The key was always sensitive, and is not.",
        |draft| draft.private.set(kind::SENSITIVE, [0]),
    ),
    evidence("cannot-sign", R::AttestationCannotSign, "The private key may not sign.", |draft| {
        draft.private.set(kind::SIGN, [0])
    }),
    imported("imported", "The key was imported.", |draft| {
        for kind in [kind::LOCAL, kind::NEVER_EXTRACTABLE, kind::ALWAYS_SENSITIVE] {
            draft.private.set(kind, [0]);
        }
    }),
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
    missing("splittable-missing", "SPLITTABLE is missing.", |draft| {
        draft.private.remove(kind::SPLITTABLE)
    }),
    review(
        Requirement::GenuineModule,
        "unknown-attribute",
        R::AttestationUnknownClaim,
        "The private object has an attribute that is not known.",
        |draft| draft.private.set(0x8000_0005, [1]),
    ),
    review(
        Requirement::GenuineModule,
        "unknown-attribute-of-the-public-object",
        R::AttestationUnknownClaim,
        "The public object has an attribute that is not known.",
        |draft| draft.public.set(0x8000_0005, [0]),
    ),
    review(
        Requirement::GenuineModule,
        "derives-other-keys",
        R::AttestationUnusualValue,
        "Other keys may be derived from the private key; from no genuine one they may.",
        |draft| draft.private.set(kind::DERIVE, [1]),
    ),
    review(
        Requirement::GenuineModule,
        "used-without-login",
        R::AttestationUnusualValue,
        "The private key can be used without a login.",
        |draft| draft.private.set(kind::PRIVATE, [0]),
    ),
];

/// Which objects a blob of two holds.
pub(crate) fn only(draft: &mut HsmDraft, objects: &[Object]) {
    draft.objects = objects.to_vec();
}
