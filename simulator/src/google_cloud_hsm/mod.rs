//! A simulated attestation of a Cloud KMS key: the files of the console, and what can be wrong with
//! them.

use serde_json::json;

use keyproof::{ReasonCode as R, Requirement};

use crate::defects::{DefectOf, evidence, inconsistent, malformed, missing, of_wrong_role, review};
use crate::family::Family;
use crate::marvell::blob::kind;
use crate::marvell::defects::{family as family_of, only, says};
use crate::marvell::{Envelope, HsmDraft, Members, Notation, OWNER_NAME, Object, Place, STRANGER};
use crate::pki::{ExtensionDraft, hex, sha256};
use crate::{Options, SimulateError};

/// What `keyproof simulate google-cloud-hsm` makes.
pub(crate) fn family() -> Family<HsmDraft> {
    family_of(NAME, draft, DEFECTS)
}

const NAME: &str = "google-cloud-hsm";
const RESOURCE: &str =
    "projects/simulated/locations/global/keyRings/ring/cryptoKeys/signer/cryptoKeyVersions/1";

fn draft(options: &Options) -> Result<HsmDraft, SimulateError> {
    let id = hex(&[sha256(b"simulated"), sha256(RESOURCE.as_bytes())].concat());
    HsmDraft::new(NAME, OWNER_NAME, Envelope::Files, id.into_bytes(), options)
}

/// The answer of the API in place of files, with more members.
fn version_with(draft: &mut HsmDraft, more: Members) {
    draft.envelope = Envelope::KeyVersion { name: RESOURCE.to_owned(), more };
}

/// The same with one more member.
fn say(draft: &mut HsmDraft, path: &'static [&'static str], value: serde_json::Value) {
    version_with(draft, vec![(path, value)]);
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

/// The answer as the client prints it in YAML, which somebody changed then.
fn yaml(draft: &mut HsmDraft, change: fn(String) -> String) {
    let name = RESOURCE.to_owned();
    draft.envelope = Envelope::Printed { name, notation: Notation::Yaml(change) };
}

/// The files, and beside them what the client says of that key.
fn described(draft: &mut HsmDraft, name: String) {
    draft.envelope = Envelope::Described { name, format: "CAVIUM_V2_COMPRESSED", files: true };
}

const DEFECTS: &[DefectOf<HsmDraft>] = &[
    form(
        "printed-as-json",
        "The client printed the answer as JSON, in base64url; nothing is wrong with it.",
        |draft| {
            let (name, notation) = (RESOURCE.to_owned(), Notation::Json);
            draft.envelope = Envelope::Printed { name, notation };
        },
    ),
    form(
        "printed-as-yaml",
        "The client printed the answer as YAML, in base64url; nothing is wrong with it.",
        |draft| yaml(draft, |text| text),
    ),
    form(
        "single-tenant",
        "The key is in a single-tenant instance of Cloud HSM; nothing is wrong with it.",
        |draft| say(draft, &["protectionLevel"], json!("HSM_SINGLE_TENANT")),
    ),
    evidence(
        "yaml-with-an-anchor",
        R::InputYaml,
        "A value of the YAML is an anchor, to which another refers.",
        |draft| yaml(draft, |text| text.replace("name: ", "name: &it ")),
    ),
    evidence("yaml-with-a-tag", R::InputYaml, "A value of the YAML has a tag.", |draft| {
        yaml(draft, |text| text.replace("content: ", "content: !!binary "));
    }),
    evidence(
        "yaml-with-a-name-twice",
        R::InputYaml,
        "A name stands twice in the YAML, with two values.",
        |draft| yaml(draft, |text| text.replace("  format:", "  content: AAAA\n  format:")),
    ),
    malformed(
        "yaml-with-two-contents",
        "Another content stands in a second place of the YAML.",
        |draft| yaml(draft, |text| format!("{text}content: AAAA\n")),
    ),
    evidence(
        "yaml-in-both-alphabets",
        R::InputBase64,
        "The content mixes the two alphabets of base64.",
        |draft| yaml(draft, |text| text.replace("content: ", "content: A+-A")),
    ),
    form(
        "printed-alone",
        "The client printed the statement alone, in base64url; nothing is wrong with it.",
        |draft| draft.envelope = Envelope::Text(|text| format!("{text}\n")),
    ),
    evidence(
        "printed-alone-in-both-alphabets",
        R::InputBase64,
        "The text of the statement mixes the two alphabets of base64.",
        |draft| draft.envelope = Envelope::Text(|text| format!("{}-_+/", text.replace('=', ""))),
    ),
    form(
        "described",
        "What the client says of the key lies beside the files; nothing is wrong with it.",
        |draft| described(draft, RESOURCE.to_owned()),
    ),
    inconsistent(
        "described-as-another-key",
        "What the client says beside the files is of another key version.",
        |draft| described(draft, RESOURCE.replace("cryptoKeyVersions/1", "cryptoKeyVersions/2")),
    ),
    inconsistent(
        "described-in-another-layout",
        "What the client says beside the files names another layout.",
        |draft| {
            let (name, format) = (RESOURCE.to_owned(), "CAVIUM_V1_COMPRESSED");
            draft.envelope = Envelope::Described { name, format, files: true };
        },
    ),
    missing(
        "described-alone",
        "The client's description of the key was sent, and not the attestation.",
        |draft| {
            let (name, format) = (RESOURCE.to_owned(), "CAVIUM_V2_COMPRESSED");
            draft.envelope = Envelope::Described { name, format, files: false };
        },
    ),
    inconsistent(
        "resource-name-of-another-key",
        "The answer of the API names another key version than the module signed.",
        |draft| {
            let name = RESOURCE.replace("cryptoKeyVersions/1", "cryptoKeyVersions/2");
            draft.envelope = Envelope::KeyVersion { name, more: Vec::new() };
        },
    ),
    review(
        Requirement::CertifiedModule,
        "api-answer",
        R::CertificationFirmwareUnstated,
        "The answer of the API was sent in place of files; nothing is wrong with it.",
        |draft| version_with(draft, Vec::new()),
    ),
    says(
        Requirement::GenuineModule,
        "said-to-be-in-software",
        "The answer names the protection level of keys in software.",
        |draft| say(draft, &["protectionLevel"], json!("SOFTWARE")),
    ),
    says(
        Requirement::GenuineModule,
        "said-to-be-outside",
        "The answer names the address of a key outside of Google.",
        |draft| {
            let options = json!({"externalKeyUri": "https://example.org/key"});
            say(draft, &["externalProtectionLevelOptions"], options);
        },
    ),
    says(
        Requirement::GenuineModule,
        "said-to-be-destroyed",
        "The answer says that the key was destroyed.",
        |draft| say(draft, &["state"], json!("DESTROYED")),
    ),
    says(
        Requirement::GeneratedInModule,
        "said-to-be-imported",
        "The answer names the job by which the key was imported; the module signed that it made it.",
        |draft| say(draft, &["importJob"], json!("projects/simulated/importJobs/1")),
    ),
    says(
        Requirement::GeneratedInModule,
        "said-to-be-imported-again",
        "The answer says that the key can be imported again.",
        |draft| say(draft, &["reimportEligible"], json!(true)),
    ),
    says(
        Requirement::KeyMatch,
        "said-to-be-of-another-algorithm",
        "The answer names an algorithm of other keys.",
        |draft| say(draft, &["algorithm"], json!("RSA_SIGN_PKCS1_3072_SHA256")),
    ),
    malformed("two-contents", "Another content stands beside the attestation.", |draft| {
        say(draft, &["content"], json!("AAAA"))
    }),
    malformed("two-formats", "Another format stands beside the attestation.", |draft| {
        say(draft, &["format"], json!("CAVIUM_V1_COMPRESSED"))
    }),
    malformed(
        "id-of-another-form",
        "The identifier is not two SHA-256 values in hexadecimal.",
        |draft| draft.id = b"key".to_vec(),
    ),
    inconsistent(
        "ekcv-of-another-key",
        "The extended key check value is not that of the key.",
        |draft| {
            draft.private.set(kind::EKCV, [0; 32]);
            draft.public.set(kind::EKCV, [0; 32]);
        },
    ),
    evidence(
        "owner-card-not-sent",
        R::ChainIncomplete,
        "The owner's certificate of the card was not sent.",
        |draft| draft.withhold(Place::OwnerCard),
    ),
    evidence(
        "owner-partition-not-sent",
        R::ChainIncomplete,
        "The owner's certificate of the partition was not sent.",
        |draft| draft.withhold(Place::OwnerPartition),
    ),
    inconsistent(
        "owner-of-another-key",
        "The owner certifies another key under the partition's name.",
        |draft| draft.owner_partition.key = STRANGER,
    ),
    evidence(
        "owner-not-trusted",
        R::ChainUntrustedRoot,
        "Card and partition are certified by an owner who is no anchor.",
        |draft| {
            for certificate in [&mut draft.owner_card, &mut draft.owner_partition] {
                certificate.issued_by("SIMULATED Hawksbill Root v1 dev", STRANGER);
            }
        },
    ),
    evidence(
        "owner-critical-extension",
        R::ChainUnknownCriticalExtension,
        "The owner's certificate of the card holds a critical extension that is not known.",
        |draft| {
            draft.owner_card.extensions.push(ExtensionDraft::undefined());
        },
    ),
    of_wrong_role(
        "owner-card-is-an-authority",
        "The owner's certificate of the card says that it may issue certificates.",
        |draft| {
            let constraints = ExtensionDraft::authority(0);
            draft.owner_card.extensions.remove(0);
            draft.owner_card.extensions.insert(0, constraints);
        },
    ),
    malformed(
        "count-too-large",
        "The private object says that it has one attribute more than it has.",
        |draft| draft.private.count = |count| count.saturating_add(1),
    ),
    malformed("response-code", "The module's response is that of a failure.", |draft| {
        draft.header.response_code = 0xb3
    }),
    malformed("total-too-small", "The total size is less than the statement has.", |draft| {
        draft.header.total = |total| total.saturating_sub(1)
    }),
    malformed(
        "second-object-inside-the-first",
        "The second object is said to stand where the first does.",
        |draft| draft.header.second = |_| 8,
    ),
    malformed(
        "handle-of-another-object",
        "The handles in the header are not those of the objects.",
        |draft| draft.header.handle = |handle| handle.saturating_add(1),
    ),
    missing("public-object-only", "The statement holds the public object alone.", |draft| {
        only(draft, &[Object::Public])
    }),
    missing(
        "two-public-objects",
        "The statement holds the public object twice, and no private one.",
        |draft| only(draft, &[Object::Public, Object::Public]),
    ),
    missing("objects-swapped", "The private object stands before the public one.", |draft| {
        only(draft, &[Object::Private, Object::Public])
    }),
];
