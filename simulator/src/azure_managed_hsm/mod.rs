//! A simulated attestation of a Managed HSM key: the answer of the service, and what can be wrong with
//! it.

use serde_json::json;

use keyproof::{ReasonCode as R, Requirement};

use crate::defects::{
    DefectOf, badly_signed, evidence, inconsistent, malformed, missing, notice, of_wrong_role,
    review,
};
use crate::family::Family;
use crate::marvell::blob::{HeaderDraft, Layout, kind};
use crate::marvell::defects::{family as family_of, says};
use crate::marvell::{AnswerDraft, Envelope, HsmDraft, Object, Place, STRANGER, Written};
use crate::{Options, SimulateError};

/// What `keyproof simulate azure-managed-hsm` makes.
pub(crate) fn family() -> Family<HsmDraft> {
    family_of(NAME, draft, DEFECTS)
}

const NAME: &str = "azure-managed-hsm";
const PATH: &str = "/keys/signer/0123456789abcdef0123456789abcdef";
const POOL: &str = "simulated-pool";

fn draft(options: &Options) -> Result<HsmDraft, SimulateError> {
    let answer = AnswerDraft {
        layout: Layout::Firmware2,
        written: Written::Service,
        version: "MRVL-1",
        kid: format!("https://{POOL}.managedhsm.azure.net{PATH}"),
        objects: (Object::Private, Object::Public),
        text: |text| text,
        more: Vec::new(),
    };
    HsmDraft::new(NAME, POOL, Envelope::Answer(answer), PATH.into(), options)
}

/// Changes the answer.
fn answer(draft: &mut HsmDraft, change: impl FnOnce(&mut AnswerDraft)) {
    if let Envelope::Answer(answer) = &mut draft.envelope {
        change(answer);
    }
}

fn say(draft: &mut HsmDraft, path: &'static [&'static str], value: serde_json::Value) {
    answer(draft, |answer| answer.more.push((path, value)));
}

/// Another writer of the answer, with which nothing is wrong.
const fn form(
    name: &'static str,
    description: &'static str,
    change: fn(&mut HsmDraft),
) -> DefectOf<HsmDraft> {
    let reason = R::CertificationFirmwareUnstated;
    review(Requirement::CertifiedModule, name, reason, description, change)
}

/// The layout of firmware 3.x, with something else in its header.
fn firmware_3(draft: &mut HsmDraft, change: impl FnOnce(&mut HeaderDraft)) {
    answer(draft, |answer| answer.layout = Layout::Firmware3);
    change(&mut draft.header);
}

const DEFECTS: &[DefectOf<HsmDraft>] = &[
    form(
        "firmware-3",
        "The card has firmware 3.x, whose statements have another layout; nothing is wrong with it.",
        |draft| firmware_3(draft, |_| {}),
    ),
    malformed(
        "firmware-3-total-too-small",
        "The total size of the statement is less than it has.",
        |draft| firmware_3(draft, |header| header.total = |total| total.saturating_sub(1)),
    ),
    malformed(
        "firmware-3-two-lengths",
        "The length of the buffer is said twice, and differs.",
        |draft| firmware_3(draft, |header| header.again = |length| length.saturating_add(1)),
    ),
    malformed(
        "firmware-3-second-object",
        "The header names the place of a second object, and there is none.",
        |draft| firmware_3(draft, |header| header.second = |_| 8),
    ),
    malformed("firmware-3-response-code", "The module's response is that of a failure.", |draft| {
        firmware_3(draft, |header| header.response_code = 0xb3);
    }),
    malformed(
        "firmware-3-count-too-small",
        "The object has one attribute more than it says.",
        |draft| {
            firmware_3(draft, |_| {});
            draft.private.count = |count| count.saturating_sub(1);
        },
    ),
    inconsistent(
        "firmware-3-ekcv-of-another-key",
        "The extended key check value is not that of the key.",
        |draft| {
            firmware_3(draft, |_| {});
            draft.private.set(kind::EKCV, [0; 32]);
        },
    ),
    form(
        "saved-by-client",
        "The client saved the answer, in the other alphabet of base64; nothing is wrong with it.",
        |draft| answer(draft, |answer| answer.written = Written::Client { public: true }),
    ),
    form(
        "saved-by-client-without-public",
        "The client saved an answer without the statement of the public key, as null.",
        |draft| answer(draft, |answer| answer.written = Written::Client { public: false }),
    ),
    evidence(
        "saved-by-client-unpadded",
        R::InputBase64,
        "What the client saved has lost its padding.",
        |draft| {
            answer(draft, |answer| {
                answer.written = Written::Client { public: true };
                // Without a length of its own the text would need no padding.
                answer.text = |text| format!("{}+A", text.trim_end_matches('='));
            });
        },
    ),
    form(
        "names-of-the-preview",
        "The answer has the names of the service's preview; nothing is wrong with it.",
        |draft| answer(draft, |answer| answer.written = Written::Preview),
    ),
    malformed(
        "certificates-under-both-names",
        "Certificates stand in the answer under the name of the preview too.",
        |draft| say(draft, &["attributes", "attestation", "certificates"], json!("AAAA")),
    ),
    missing("version-missing", "The answer names no version.", |draft| {
        say(draft, &["attributes", "attestation", "version"], json!(null));
    }),
    notice(
        Requirement::GenuineModule,
        "owner-asserted",
        R::ChainOwnerAsserted,
        "The pool's own root names the owner, as it always does.",
        |_| {},
    ),
    inconsistent(
        "name-of-another-key",
        "The address of the key names another one than the module signed.",
        |draft| answer(draft, |answer| answer.kid = answer.kid.replace("signer", "other")),
    ),
    says(
        Requirement::NonExportable,
        "said-to-be-exportable",
        "The answer says that the key can be exported; the module signed that it cannot.",
        |draft| say(draft, &["attributes", "exportable"], json!(true)),
    ),
    says(
        Requirement::NonExportable,
        "release-policy",
        "The answer has a policy under which the key is released; the module signed that it stays.",
        |draft| say(draft, &["release_policy"], json!({"data": "e30", "immutable": false})),
    ),
    says(
        Requirement::NonExportable,
        "said-to-be-exported",
        "The answer lets the key be exported; the module signed that it cannot.",
        |draft| say(draft, &["key", "key_ops"], json!(["sign", "export"])),
    ),
    says(
        Requirement::GenuineModule,
        "said-to-be-in-software",
        "The answer says that the key is in software.",
        |draft| say(draft, &["key", "kty"], json!("EC")),
    ),
    says(
        Requirement::GenuineModule,
        "said-to-be-on-no-module",
        "The answer names the platform that is no module.",
        |draft| say(draft, &["attributes", "hsmPlatform"], json!("0")),
    ),
    says(
        Requirement::GenuineModule,
        "said-not-to-sign",
        "The answer does not let the key sign; the module signed that it may.",
        |draft| say(draft, &["key", "key_ops"], json!(["verify"])),
    ),
    says(
        Requirement::KeyMatch,
        "said-to-be-another-key",
        "The key that stands in the answer is not the attested one.",
        |draft| say(draft, &["key", "x"], json!("AA")),
    ),
    says(
        Requirement::KeyMatch,
        "said-to-be-on-another-curve",
        "The answer names another curve than the attested key is on.",
        |draft| say(draft, &["key", "crv"], json!("P-521")),
    ),
    malformed(
        "two-private-blobs",
        "Another statement of the private key stands in a second place of the answer.",
        |draft| say(draft, &["attestation", "privateKeyAttestation"], json!("AAAA")),
    ),
    malformed("address-of-no-key", "What stands as the address of the key is none.", |draft| {
        answer(draft, |answer| answer.kid = PATH.to_owned())
    }),
    malformed("version-unknown", "The answer has a version that is not known.", |draft| {
        answer(draft, |answer| answer.version = "MRVL-2")
    }),
    missing(
        "public-blob-as-private",
        "The statement of the public key stands as that of the private key.",
        |draft| answer(draft, |answer| answer.objects = (Object::Public, Object::Public)),
    ),
    malformed(
        "private-blob-as-public",
        "The statement of the private key stands as that of the public key.",
        |draft| answer(draft, |answer| answer.objects = (Object::Private, Object::Private)),
    ),
    evidence(
        "base64-of-both-alphabets",
        R::InputBase64,
        "The text of the statement mixes the two alphabets of base64.",
        |draft| answer(draft, |answer| answer.text = |text| format!("-_+/{text}")),
    ),
    evidence(
        "base64-padded",
        R::InputBase64,
        "The text of the statement is padded, which the service does not do.",
        |draft| answer(draft, |answer| answer.text = |text| format!("{text}=")),
    ),
    evidence(
        "count-too-large",
        R::AttestationDuplicateExtension,
        "The private object says that it has one attribute more than it has.",
        // The zeros behind the attributes read as a second one of type 0, the class.
        |draft| draft.private.count = |count| count.saturating_add(1),
    ),
    malformed(
        "zeros-that-are-none",
        "The zeros behind the attributes are not all zero.",
        |draft| draft.filler = 1,
    ),
    inconsistent(
        "pool-of-another-key",
        "The pool's root certifies another key under the partition's name.",
        |draft| draft.owner_partition.key = STRANGER,
    ),
    badly_signed(
        "pool-did-not-sign",
        "The pool's root did not sign the partition's certificate.",
        |draft| draft.owner_partition.signer = STRANGER,
    ),
    evidence("pool-root-not-sent", R::ChainIncomplete, "The pool's root was not sent.", |draft| {
        draft.withhold(Place::OwnerRoot)
    }),
    evidence(
        "pool-partition-not-sent",
        R::ChainIncomplete,
        "The pool's root was sent, and nothing that it signed.",
        |draft| draft.withhold(Place::OwnerPartition),
    ),
    of_wrong_role(
        "certificate-without-a-place",
        "A certificate was sent in the answer that has no place in its chains.",
        |draft| draft.more = Some(draft.owner_card.clone()),
    ),
];
