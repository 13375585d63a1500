//! A simulated attestation by a LiquidSecurity card of one's own, or of another service than those that are
//! known, and what can be wrong with it.

use keyproof::{ReasonCode as R, Requirement};

use crate::Options;
use crate::SimulateError;
use crate::defects::{DefectOf, badly_signed, evidence, inconsistent, missing, notice, review};
use crate::family::Family;
use crate::keys::Holder;
use crate::marvell::blob::{Layout, kind};
use crate::marvell::defects::{family as family_of, only};
use crate::marvell::{Envelope, HsmDraft, Object, Place};

/// What `keyproof simulate marvell-liquidsecurity` makes.
pub(crate) fn family() -> Family<HsmDraft> {
    family_of(NAME, draft, DEFECTS)
}

const NAME: &str = "marvell-liquidsecurity";

/// The owner that a simulation trusts.
const OWNER: &str = "SIMULATED Owner Root";

/// One that it does not.
const OTHER_OWNER: &str = "SIMULATED Other Owner Root";

/// A name as Cloud KMS forms it, in the service of another owner.
const RESOURCE: &str =
    "projects/simulated/locations/one/keyRings/ring/cryptoKeys/signer/cryptoKeyVersions/1";

fn draft(options: &Options) -> Result<HsmDraft, SimulateError> {
    HsmDraft::new(NAME, OWNER, Envelope::Card { layout: Layout::V2 }, b"signer".into(), options)
}

/// Another form of the same evidence, with which nothing is wrong.
const fn form(
    name: &'static str,
    description: &'static str,
    change: fn(&mut HsmDraft),
) -> DefectOf<HsmDraft> {
    let reason = R::CertificationFirmwareUnstated;
    review(Requirement::CertifiedModule, name, reason, description, change)
}

fn laid_out(draft: &mut HsmDraft, layout: Layout) {
    draft.envelope = Envelope::Card { layout };
}

const DEFECTS: &[DefectOf<HsmDraft>] = &[
    form(
        "firmware-2",
        "The card has firmware 2.x, which states each half of the key apart; nothing is wrong with it.",
        |draft| laid_out(draft, Layout::Firmware2),
    ),
    form(
        "firmware-3-in-two",
        "The card has firmware 3.x and states each half of the key apart; nothing is wrong with it.",
        |draft| laid_out(draft, Layout::Firmware3),
    ),
    form("compressed", "The statement is in a gzip file; nothing is wrong with it.", |draft| {
        draft.envelope = Envelope::Files;
    }),
    form(
        "owned",
        "An owner's certificates of card and partition were sent, and an anchor vouches for it.",
        |draft| draft.sent.extend([Place::OwnerPartition, Place::OwnerCard]),
    ),
    form(
        "other-service",
        "The answer of Cloud KMS as another owner runs it, for whom an anchor vouches.",
        |draft| {
            draft.sent.extend([Place::OwnerPartition, Place::OwnerCard]);
            draft.envelope = Envelope::KeyVersion { name: RESOURCE.to_owned(), more: Vec::new() };
        },
    ),
    notice(
        Requirement::GenuineModule,
        "owner-asserted",
        R::ChainOwnerAsserted,
        "An owner's root, which is no anchor, names card and partition.",
        |draft| {
            draft.own(OTHER_OWNER);
            draft.sent.push(Place::OwnerRoot);
        },
    ),
    notice(
        Requirement::GenuineModule,
        "owner-asserted-without-its-root",
        R::ChainOwnerAsserted,
        "An owner's certificates name card and partition, and their root was not sent.",
        |draft| draft.own(OTHER_OWNER),
    ),
    badly_signed(
        "owner-did-not-sign",
        "The owner's root was sent and did not sign the partition's certificate.",
        |draft| {
            draft.own(OTHER_OWNER);
            draft.sent.push(Place::OwnerRoot);
            draft.owner_partition.signer = Holder::OtherRoot;
        },
    ),
    inconsistent(
        "owner-of-another-key",
        "The owner certifies another key under the partition's name.",
        |draft| {
            draft.own(OTHER_OWNER);
            draft.owner_partition.key = Holder::OtherDevice;
        },
    ),
    inconsistent(
        "trusted-owner-of-another-key",
        "The owner that is an anchor certifies another key under the partition's name.",
        |draft| {
            draft.sent.extend([Place::OwnerPartition, Place::OwnerCard]);
            draft.owner_partition.key = Holder::OtherDevice;
        },
    ),
    badly_signed(
        "trusted-owner-did-not-sign",
        "The partition's certificate names the owner that is an anchor, who did not sign it.",
        |draft| {
            draft.sent.extend([Place::OwnerPartition, Place::OwnerCard]);
            draft.owner_partition.signer = Holder::OtherDevice;
        },
    ),
    evidence(
        "owner-names-the-card-alone",
        R::ChainIncomplete,
        "The owner's certificate of the card was sent, and not that of the partition.",
        |draft| {
            draft.own(OTHER_OWNER);
            draft.withhold(Place::OwnerPartition);
        },
    ),
    inconsistent(
        "public-half-of-another-name",
        "The statement of the public half, in a file of its own, has another identifier.",
        |draft| {
            laid_out(draft, Layout::Firmware3);
            draft.public.set(kind::ID, [b'0'; 128]);
        },
    ),
    evidence(
        "two-private-halves",
        R::AttestationMultiple,
        "Statements about the private halves of two keys were sent.",
        |draft| {
            laid_out(draft, Layout::Firmware3);
            draft.public.class = 3;
            draft.public.key = Holder::SecondAttested;
        },
    ),
    missing("public-half-alone", "The statement holds the public object alone.", |draft| {
        only(draft, &[Object::Public])
    }),
    missing("objects-swapped", "The private object stands before the public one.", |draft| {
        only(draft, &[Object::Private, Object::Public])
    }),
];
