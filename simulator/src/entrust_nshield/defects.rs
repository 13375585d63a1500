//! What can be wrong with a simulated module, its world and its key.

use keyproof::{ReasonCode as R, Requirement};

use super::dsa::DsaHolder;
use super::marshal::words;
use super::{
    Damage, Draft, HKM, HKRE, NULL_AES_KEY, ORDINARY, OTHER_HKM, RECOVERY, WORLD, archived_under,
    certified_by, group, kept_under, permissions,
};
use crate::defects::{
    DefectOf, badly_signed, evidence, exportable, inconsistent, malformed, missing, review,
    unsatisfied, with_key,
};
use crate::keys::{Holder, KeyKind};

/// All of them.
pub(super) const ALL: &[&[DefectOf<Draft>]] =
    &[CHAIN, CONSISTENCY, WORLDS, RIGHTS, ENCODING, SUBMISSION];

const CHAIN: &[DefectOf<Draft>] = &[
    badly_signed(
        "wrong-root",
        "The delegation is signed by a root of the same name with another key.",
        |draft| draft.warrant.root_signer = Holder::OtherRoot,
    ),
    evidence(
        "unknown-root",
        R::AttestationUnsupported,
        "The bundle and its warrant name another root.",
        |draft| draft.warrant.root = "KWARN-2",
    ),
    badly_signed(
        "module-signed-by-another-key",
        "Another key than the delegated one signed what the warrant says of the module.",
        |draft| draft.warrant.module_signer = Holder::OtherDevice,
    ),
    badly_signed(
        "delegation-missing",
        "The warrant lacks the delegation between root and module.",
        |draft| draft.warrant.delegations = 0,
    ),
    evidence(
        "delegation-of-another-kind",
        R::AttestationUnsupported,
        "The delegation is a certificate of a kind that is not known.",
        |draft| draft.warrant.delegation_kind = "Revocation",
    ),
    malformed(
        "too-many-delegations",
        "The warrant holds more certificates than any genuine one.",
        |draft| draft.warrant.delegations = 7,
    ),
    review(
        Requirement::GenuineModule,
        "field-upgrade",
        R::ChainFieldUpgrade,
        "Entrust certified the module in the field, on the word of its older key.",
        |draft| draft.warrant.module_kind = "FieldUpgradeModuleInformation",
    ),
    evidence(
        "module-of-another-kind",
        R::AttestationUnsupported,
        "The certificate of the module is of a kind that is not known.",
        |draft| draft.warrant.module_kind = "ModuleInformation2",
    ),
    evidence(
        "module-with-an-unknown-member",
        R::AttestationUnsupported,
        "The certificate of the module says something that is not known.",
        |draft| draft.warrant.further = Some("Restrictions"),
    ),
    badly_signed(
        "state-signed-by-another-module",
        "Another key than that of the warrant signed the state of the module.",
        |draft| draft.state.signer = Holder::OtherDevice,
    ),
    badly_signed(
        "generation-signed-by-another-key",
        "Another key than the module's signed the statement about the attested key.",
        |draft| draft.generation.signer = DsaHolder::Other,
    ),
    badly_signed(
        "generation-signed-by-the-officer",
        "The security officer signed the statement about the attested key, and no module.",
        |draft| draft.generation.signer = DsaHolder::Officer,
    ),
    badly_signed(
        "generation-signature-broken",
        "One bit of the signature over the statement about the key is turned.",
        |draft| draft.damage.push(("kcsig", Damage::LastBit)),
    ),
];

const CONSISTENCY: &[DefectOf<Draft>] = &[
    inconsistent(
        "state-of-another-serial",
        "The module states another serial number than its warrant.",
        |draft| draft.state.serial = "5113-0000-0002",
    ),
    inconsistent(
        "state-names-another-long-term-key",
        "The module states another long-term key than its warrant.",
        |draft| draft.state.long_term = Holder::OtherDevice,
    ),
    inconsistent(
        "key-of-another-generation",
        "The public key beside the statement is not the one that was generated.",
        |draft| draft.public = Holder::Software,
    ),
    inconsistent(
        "asked-for-another-size",
        "The generation was asked for another size than the key has.",
        |draft| draft.generation.asked = Some(words(&[2, 0x4, 2048])),
    ),
    evidence(
        "generation-of-another-type",
        R::AttestationUnsupported,
        "The key was generated as one of a type that is not known.",
        |draft| draft.generation.asked = Some(words(&[9, 4])),
    ),
    evidence(
        "generation-with-unknown-flags",
        R::AttestationUnsupported,
        "The generation of an RSA key was asked for with a flag that is not known.",
        |draft| draft.generation.asked = Some(words(&[2, 0x8, 2048])),
    ),
    evidence(
        "generation-is-another-message",
        R::AttestationUnsupported,
        "The module signed another message than that a key was generated.",
        |draft| draft.generation.kind = 3,
    ),
    evidence(
        "state-is-another-message",
        R::AttestationUnsupported,
        "The module signed another message than its state.",
        |draft| draft.state.kind = 5,
    ),
    evidence(
        "state-with-an-unknown-attribute",
        R::AttestationUnsupported,
        "The state of the module has an attribute that is not known.",
        |draft| draft.state.further = words(&[99, 0]),
    ),
    malformed(
        "state-with-an-attribute-twice",
        "The state of the module lists its module keys twice.",
        |draft| draft.state.further = words(&[6, 0]),
    ),
];

const WORLDS: &[DefectOf<Draft>] = &[
    unsatisfied(
        Requirement::CertifiedModule,
        "world-below-level-3",
        R::DeviceNotInFipsMode,
        "The security world is not one of FIPS 140 level 3.",
        |draft| draft.world.level_3 = false,
    ),
    inconsistent(
        "world-of-another-officer",
        "The security officer is not the one that the module names.",
        |draft| {
            draft.world.officer = DsaHolder::Other;
            draft.world.signer = DsaHolder::Other;
        },
    ),
    badly_signed(
        "world-signed-by-another-key",
        "Another key than the security officer's signed the world.",
        |draft| draft.world.signer = DsaHolder::Other,
    ),
    inconsistent(
        "module-key-not-held",
        "The module key of the world is none that the module holds.",
        |draft| draft.state.module_keys = vec![OTHER_HKM],
    ),
    badly_signed(
        "module-key-not-of-the-world",
        "The module key is not the one that the security officer signed.",
        |draft| {
            draft.world.module_key = OTHER_HKM;
            draft.generation.groups = vec![permissions(ORDINARY), kept_under(OTHER_HKM)];
        },
    ),
    evidence(
        "suite-of-1024-bits",
        R::AttestationUnsupported,
        "The suite of the world has keys of 1024 bits.",
        |draft| draft.world.suite = "DLf1024s160mRijndael",
    ),
    evidence(
        "suite-unknown",
        R::AttestationUnsupported,
        "The suite of the world is not known.",
        |draft| draft.world.suite = "DLf3072s256mNone",
    ),
    inconsistent(
        "world-of-both-kinds",
        "The world is bound as one of FIPS 140 level 3 and as one that is not.",
        |draft| draft.damage.push((WORLD, Damage::Text("qgAAAA=="))),
    ),
    badly_signed(
        "recovery-signed-by-another-key",
        "Another key than the security officer's signed the keys of recovery.",
        |draft| {
            draft.world.recovery = true;
            draft.world.recovery_signer = DsaHolder::Other;
        },
    ),
    missing(
        "recovery-incomplete",
        "The keys of recovery are sent without the security officer's signature.",
        |draft| {
            draft.world.recovery = true;
            draft.damage.push((RECOVERY, Damage::LeftOut));
        },
    ),
];

const RIGHTS: &[DefectOf<Draft>] = &[
    review(
        Requirement::NonExportable,
        "recoverable",
        R::AttestationRecoverable,
        "The key may be archived under the recovery key of the world.",
        |draft| {
            draft.world.recovery = true;
            draft.generation.groups.push(archived_under(HKRE));
        },
    ),
    review(
        Requirement::NonExportable,
        "recoverable-by-the-officer",
        R::AttestationRecoverable,
        "The security officer may do with the key whatever it likes.",
        |draft| draft.generation.of_officer = true,
    ),
    exportable(
        "well-known-module-key",
        "The module key of the world is the AES key of 32 zeros, which every module knows.",
        |draft| {
            draft.world.module_key = NULL_AES_KEY;
            draft.world.signed_module_key = NULL_AES_KEY;
            draft.generation.groups = vec![permissions(ORDINARY), kept_under(NULL_AES_KEY)];
        },
    ),
    exportable(
        "kept-under-the-null-module-key",
        "The key may be kept under the null module key, by the hash that stands for it in lists.",
        |draft| {
            let mut null = [0; 20];
            null[0] = 1;
            draft.generation.groups.push(kept_under(null));
        },
    ),
    exportable(
        "well-known-recovery-key",
        "The key may be archived under the recovery key of the world, which everyone knows.",
        |draft| {
            draft.world.recovery = true;
            draft.world.recovery_key = NULL_AES_KEY;
            draft.generation.groups.push(archived_under(NULL_AES_KEY));
        },
    ),
    review(
        Requirement::GenuineModule,
        "module-key-of-unknown-mechanisms",
        R::AttestationUnknownClaim,
        "The module states mechanisms of its module keys that are not known.",
        |draft| draft.state.mechanisms = [0x89, 1],
    ),
    review(
        Requirement::GenuineModule,
        "token-of-unknown-flags",
        R::AttestationUnknownClaim,
        "The key is kept under a token with a flag that is not known.",
        |draft| {
            let blob = [&words(&[2, 0x1e])[..], &HKM, &[0x7b; 20], &words(&[0x13, 1, 1, 0])];
            draft.generation.groups = vec![permissions(ORDINARY), group(&blob.concat())];
        },
    ),
    exportable(
        "archived-under-another-key",
        "The key may be archived under a key that is not the recovery key of the world.",
        |draft| {
            draft.world.recovery = true;
            draft.generation.groups.push(archived_under(OTHER_HKM));
        },
    ),
    exportable("exportable", "The key may be exported in the clear.", |draft| {
        draft.generation.groups.push(permissions(ORDINARY | 0x4))
    }),
    exportable(
        "rights-can-be-expanded",
        "Whoever holds the key may give it the right to be exported.",
        |draft| draft.generation.groups.push(permissions(ORDINARY | 0x40)),
    ),
    exportable(
        "kept-under-another-module-key",
        "The key may be kept under a module key that is not the world's.",
        |draft| draft.generation.groups.push(kept_under(OTHER_HKM)),
    ),
    exportable("kept-under-any-module-key", "The key may be kept under any module key.", |draft| {
        draft.generation.groups.push(group(&words(&[2, 0x3])))
    }),
    review(
        Requirement::GenuineModule,
        "unwraps-keys",
        R::AttestationUnwrapsKeys,
        "The key may also decrypt other keys into the module.",
        |draft| draft.generation.groups.push(permissions(0x400)),
    ),
    evidence(
        "cannot-sign",
        R::AttestationCannotSign,
        "The key may decrypt, and may not sign.",
        |draft| {
            if let Some(first) = draft.generation.groups.first_mut() {
                *first = permissions(0xa12b);
            }
        },
    ),
    evidence(
        "forbidden-permission",
        R::AttestationUnsupported,
        "The key may be used as a module key.",
        |draft| draft.generation.groups.push(permissions(0x800)),
    ),
    evidence(
        "unknown-permission",
        R::AttestationUnsupported,
        "The key has a permission that is not known.",
        |draft| draft.generation.groups.push(permissions(0x1_0000)),
    ),
    evidence(
        "unknown-action",
        R::AttestationUnsupported,
        "The list of rights has an action that is not known.",
        |draft| draft.generation.groups.push(group(&words(&[77]))),
    ),
    evidence(
        "derives-other-keys",
        R::AttestationUnsupported,
        "Other keys may be derived from the key.",
        |draft| draft.generation.groups.push(group(&words(&[5, 0, 0, 3, 0]))),
    ),
    evidence(
        "certified-by-another-key",
        R::AttestationUnsupported,
        "The holder of a key that nobody knows may export the attested one.",
        |draft| draft.generation.groups.push(certified_by([0x7b; 20])),
    ),
];

const ENCODING: &[DefectOf<Draft>] = &[
    malformed(
        "base64-not-canonical",
        "The base64 of a signature ends in bits that mean nothing and are not zero.",
        |draft| draft.damage.push(("kcsig", Damage::StrayBits)),
    ),
    malformed("octet-after-the-key", "An octet follows the public key.", |draft| {
        draft.damage.push(("pubkeydata", Damage::TrailingOctet))
    }),
    malformed(
        "octet-after-a-signature",
        "An octet follows the signature over the module's state.",
        |draft| draft.damage.push(("modstatesig", Damage::TrailingOctet)),
    ),
    evidence(
        "unknown-member",
        R::AttestationUnsupported,
        "The bundle has a member that is not known.",
        |draft| draft.damage.push(("comment", Damage::Text("AAAA"))),
    ),
    missing("member-missing", "The bundle lacks the signature over the module's state.", |draft| {
        draft.damage.push(("modstatesig", Damage::LeftOut))
    }),
    missing("session-key", "The bundle binds the key to no security world.", |draft| {
        draft.damage.push(("knsopub", Damage::LeftOut))
    }),
];

const SUBMISSION: &[DefectOf<Draft>] = &[
    evidence("two-keys", R::AttestationMultiple, "Bundles of two keys were sent.", |draft| {
        draft.second = true
    }),
    with_key(
        KeyKind::Rsa2048,
        unsatisfied(Requirement::SoundKey, "rsa2048", R::KeySize, "The key has 2048 bits.", |_| {}),
    ),
];
