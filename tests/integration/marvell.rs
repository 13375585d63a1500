//! `google-cloud-hsm` and `azure-managed-hsm` on genuine and synthetic statements that are kept
//! outside the package (`../shared/samples`). The synthetic ones were made by another program.

use std::fmt::Write;
use std::io::{Cursor, Read, Write as _};
use std::path::Path;

use crate::damage::flipped_bits;
use crate::support::{
    TIME, appraise, at, at_least, codes, every, facts, facts_and, read, shared, verifier,
};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use keyproof::claims::OwnerStanding;
use keyproof::encoding::hex::Sha256;
use keyproof::encoding::x509::Certificate;
use keyproof::endorsement::Endorsements;
use keyproof::public_key::PublicKey;
use keyproof::{AttestationResult, Outcome, Requirement, Verdict, Verifier};
use serde_json::{Value, json};

type Change = dyn Fn(&mut Value);

type Files = Vec<(String, Vec<u8>)>;

fn judge(verifier: &Verifier, files: &Files) -> AttestationResult {
    let files: Vec<_> =
        files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    appraise(verifier, &files, at(TIME))
}

fn outcome(result: &AttestationResult, requirement: Requirement) -> Outcome {
    let finding = result.findings().iter().find(|finding| finding.requirement() == requirement);
    finding.expect("every requirement").outcome()
}

fn is_genuine(result: &AttestationResult) -> bool {
    outcome(result, Requirement::GenuineModule) == Outcome::Satisfied
}

/// Whether nothing is wrong but what `reasons` name, which are all there are.
fn assert_codes(what: &str, result: &AttestationResult, reasons: &[&str]) {
    let mut found = codes(result);
    found.sort_unstable();
    assert_eq!(found, reasons, "{what}");
}

fn load(folder: &Path, names: &[&str]) -> Files {
    names.iter().map(|name| ((*name).to_owned(), read(&folder.join(name)))).collect()
}

fn gunzip(bytes: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    flate2::read::GzDecoder::new(bytes).read_to_end(&mut content).unwrap();
    content
}

/// The PEM blocks of a text, each whole.
fn pem_blocks(text: &[u8]) -> Vec<String> {
    let text = std::str::from_utf8(text).unwrap();
    let blocks = text.split("-----BEGIN ").skip(1);
    blocks
        .map(|block| {
            let end = "-----END CERTIFICATE-----\n";
            let length = block.find(end).map_or(block.len(), |at| at + end.len());
            format!("-----BEGIN {}", &block[..length])
        })
        .collect()
}

fn der(block: &str) -> Vec<u8> {
    let body = block.split("-----").nth(2).unwrap();
    STANDARD.decode(body.split_whitespace().collect::<String>()).unwrap()
}

/// The answer of the API for a blob and the four certificates of a bundle.
fn kms_json(blob: &[u8], chain: &[u8], format: &str) -> Value {
    let blocks = pem_blocks(chain);
    json!({
        "format": format,
        "content": STANDARD.encode(blob),
        "certChains": {
            "caviumCerts": [blocks[0], blocks[1]],
            "googlePartitionCerts": [blocks[2]],
            "googleCardCerts": [blocks[3]],
        },
    })
}

fn with_file(files: &Files, name: &str, bytes: Vec<u8>) -> Files {
    let mut files = files.clone();
    files.push((name.to_owned(), bytes));
    files
}

/// Two genuine attestations of Google's, each with the attested key in place of a request.
fn genuine_google() -> Option<[Files; 2]> {
    let folder = shared("samples/google-cloud-hsm")?;
    let a = ["ec.dat", "ec.combined-chain.pem", "ec.attested-spki.pem"];
    let b = ["ec-p256.attestation.gz", "ec-p256.certs.pem", "ec-p256.attested-spki.pem"];
    Some([load(&folder.join("genuine-p256-a"), &a), load(&folder.join("genuine-p256-b"), &b)])
}

/// Nothing shows who holds the key, and nothing names the firmware. All else holds.
const GENUINE_GOOGLE: [&str; 2] = ["certification.firmware-unstated", "request.absent"];

#[test]
fn genuine_google_attestations_hold_in_every_form_in_which_they_come() {
    let Some(samples) = genuine_google() else { return };
    let verifier = verifier(facts());
    for files in &samples {
        let [(_, blob), (_, chain), key] = files.as_slice() else { unreachable!() };
        let result = judge(&verifier, files);
        assert_codes("file pair", &result, &GENUINE_GOOGLE);
        assert_eq!(result.format(), Some("google-cloud-hsm"));
        assert_eq!(result.verdict(), Verdict::Review);
        let alone = |name: &str, bytes: Vec<u8>| vec![key.clone(), (name.to_owned(), bytes)];
        let forms = [
            ("unpacked", with_file(&alone("a.bin", gunzip(blob)), "c.pem", chain.clone())),
            ("zip", alone("bundle.zip", zip(&[("a.dat", blob), ("combined-chain.pem", chain)]))),
            ("API", alone("a.json", text(&kms_json(blob, chain, "CAVIUM_V2_COMPRESSED")))),
            (
                "API, key version",
                alone("a.json", {
                    let inner = kms_json(blob, chain, "CAVIUM_V2_COMPRESSED");
                    text(&json!({"protectionLevel": "HSM", "attestation": inner}))
                }),
            ),
            ("JSON and file", {
                let both = kms_json(blob, chain, "CAVIUM_V2_COMPRESSED");
                with_file(files, "a.json", text(&both))
            }),
        ];
        for (form, files) in forms {
            assert_codes(form, &judge(&verifier, &files), &GENUINE_GOOGLE);
        }
        let v1 = text(&kms_json(blob, chain, "CAVIUM_V1_COMPRESSED"));
        let result = judge(&verifier, &alone("a.json", v1));
        assert!(codes(&result).contains(&"attestation.malformed"), "{:?}", codes(&result));
    }
}

/// Six certificates, as users keep them: the four, and both roots.
#[test]
fn roots_and_copies_in_a_bundle_change_nothing() {
    let Some([a, _]) = genuine_google() else { return };
    let folder = shared("samples/google-cloud-hsm/genuine-p256-a").unwrap();
    let verifier = verifier(facts());
    let more = read(&folder.join("ec.certs"));
    assert_codes(
        "both",
        &judge(&verifier, &with_file(&a, "six.pem", more.clone())),
        &GENUINE_GOOGLE,
    );
    let six = vec![a[0].clone(), ("six.pem".to_owned(), more), a[2].clone()];
    assert_codes("six", &judge(&verifier, &six), &GENUINE_GOOGLE);
    let roots = shared("roots").unwrap();
    let reissued = read(&roots.join("marvell/cavium-liquidsecurity-root-2024.pem"));
    assert_codes("2024", &judge(&verifier, &with_file(&a, "root.pem", reissued)), &GENUINE_GOOGLE);
}

/// The manufacturer's root of 2015 ended on 2025-11-16, and was issued anew on 2024-07-25 over the
/// same key; the owner's root ends with 2029.
#[test]
fn the_expired_root_and_its_reissue_are_one_anchor() {
    let Some([_, b]) = genuine_google() else { return };
    let verifier = verifier(facts());
    let files: Vec<_> = b.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    for (time, code) in [
        // Before the second certificate, on the first day without the first one, and later.
        ("2024-05-01T00:00:00Z", None),
        ("2025-11-17T00:00:00Z", None),
        ("2029-12-31T00:00:00Z", None),
        ("2030-01-02T00:00:00Z", Some("chain.expired")),
        // The partition of this sample was set up on 2024-04-15.
        ("2024-04-15T18:19:14Z", Some("chain.not-yet-valid")),
    ] {
        let result = appraise(&verifier, &files, at(time));
        assert_eq!(is_genuine(&result), code.is_none(), "{time}: {:?}", codes(&result));
        assert!(code.is_none_or(|code| codes(&result).contains(&code)), "{time}");
    }
}

/// Each certificate of the bundle is needed, and none of them is enough for another.
#[test]
fn a_bundle_without_one_of_its_certificates_is_incomplete() {
    let Some(samples) = genuine_google() else { return };
    let verifier = verifier(facts());
    for files in &samples {
        let blocks = pem_blocks(&files[1].1);
        for left_out in 0..blocks.len() {
            let mut rest = blocks.clone();
            rest.remove(left_out);
            let chain = ("chain.pem".to_owned(), rest.concat().into_bytes());
            let result = judge(&verifier, &vec![files[0].clone(), chain, files[2].clone()]);
            // Without the manufacturer's card, the owner's of the same name and key is no substitute.
            let code = if left_out == 1 { "chain.role" } else { "chain.incomplete" };
            assert!(codes(&result).contains(&code), "{left_out}: {:?}", codes(&result));
            assert!(!is_genuine(&result));
        }
    }
}

#[test]
fn a_stated_resource_name_must_be_the_one_that_was_signed() {
    let Some([(blob, chain, key), _]) = genuine_google().map(|samples| {
        samples.map(|files| (files[0].1.clone(), files[1].1.clone(), files[2].clone()))
    }) else {
        return;
    };
    let inner = kms_json(&blob, &chain, "CAVIUM_V2_COMPRESSED");
    let name = "projects/p/locations/l/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1";
    let answer = text(&json!({"name": name, "attestation": inner}));
    let result = judge(&verifier(facts()), &vec![key, ("a.json".to_owned(), answer)]);
    assert!(codes(&result).contains(&"attestation.inconsistent"), "{:?}", codes(&result));
    assert!(!is_genuine(&result));
}

/// The name that the synthetic statements hold the hash of.
#[test]
fn the_resource_name_that_was_signed_is_no_contradiction() {
    let Some(folder) = shared("samples/google-cloud-hsm/synthetic") else { return };
    let verifier = verifier(facts_and(&synthetic_anchors().unwrap()));
    let chain = read(&folder.join("gcp-chains.pem"));
    let blob = read(&folder.join("gcp-v2-p256.dat"));
    let request = load(&folder, &["p256.csr.pem"]);
    let judged = |name: &str| {
        let inner = kms_json(&blob, &chain, "CAVIUM_V2_COMPRESSED");
        let answer = text(&json!({"name": name, "attestation": inner}));
        judge(&verifier, &with_file(&request, "a.json", answer))
    };
    let key = "projects/test-project/locations/us-east1/keyRings/r/cryptoKeys/codesign";
    assert_codes("named", &judged(&format!("{key}/cryptoKeyVersions/1")), &SYNTHETIC);
    let other = judged(&format!("{key}/cryptoKeyVersions/2"));
    assert_codes("other", &other, &["attestation.inconsistent", "device.not-certified"]);
}

/// More certificates than a submission may have, hidden in an answer: each would be tried as an
/// issuer of each.
#[test]
fn certificates_inside_an_answer_are_bounded_too() {
    let Some([a, b]) = genuine_google() else { return };
    let blocks = [pem_blocks(&a[1].1), pem_blocks(&b[1].1)].concat();
    let others = pem_blocks(&read(
        &shared("samples/google-cloud-hsm/synthetic").unwrap().join("gcp-chains.pem"),
    ));
    let more = pem_blocks(&read(
        &shared("samples/google-cloud-hsm/synthetic").unwrap().join("gcp-chains.nonfips.pem"),
    ));
    let yet = pem_blocks(&read(
        &shared("samples/google-cloud-hsm/synthetic")
            .unwrap()
            .join("gcp-chains.owner-other-key.pem"),
    ));
    let mut answer = kms_json(&a[0].1, &a[1].1, "CAVIUM_V2_COMPRESSED");
    answer["certChains"]["caviumCerts"] = json!([blocks, others, more, yet].concat());
    let result =
        judge(&verifier(facts()), &vec![a[2].clone(), ("a.json".to_owned(), text(&answer))]);
    assert!(codes(&result).contains(&"input.too-many-certificates"), "{:?}", codes(&result));
}

fn genuine_azure() -> Option<Files> {
    let folder = shared("samples/azure-managed-hsm/genuine-p256-non-fips-mode")?;
    Some(load(&folder, &["sdk-net-ec-p256.json", "sdk-net-ec-p256.attested-spki.pem"]))
}

#[test]
fn the_genuine_azure_attestation_holds_but_for_the_mode_of_the_card() {
    let Some(files) = genuine_azure() else { return };
    let verifier = verifier(facts());
    let answer: Value = serde_json::from_slice(&files[0].1).unwrap();
    let attributes = &answer["attributes"];
    for (form, answer) in [
        ("answer", &answer),
        ("attributes", attributes),
        ("attestation", &attributes["attestation"]),
    ] {
        let result = judge(&verifier, &vec![("a.json".to_owned(), text(answer)), files[1].clone()]);
        assert_eq!(result.verdict(), Verdict::Reject, "{form}");
        assert_codes(form, &result, &["device.not-in-fips-mode", "request.absent"]);
        assert_eq!(outcome(&result, Requirement::CertifiedModule), Outcome::Unsatisfied);
        assert!(is_genuine(&result), "{form}");
        let genuine = result
            .findings()
            .iter()
            .find(|finding| finding.requirement() == Requirement::GenuineModule);
        let notices: Vec<_> =
            genuine.unwrap().notices().iter().map(|notice| notice.code().code()).collect();
        assert_eq!(notices, ["chain.owner-asserted"], "{form}");
    }
}

/// The key that an answer states, which is RSA.
fn rsa_key_of(answer: &Value) -> Vec<u8> {
    let number =
        |name: &str| URL_SAFE_NO_PAD.decode(answer["key"][name].as_str().unwrap()).unwrap();
    PublicKey::from_rsa_numbers(&number("n"), &number("e")).unwrap().spki().to_vec()
}

/// An answer of March 2025, whose card has the other layout of firmware 3.x; under the names of the
/// service's preview, and under those of today.
#[test]
fn the_genuine_azure_attestation_of_firmware_3_holds_but_for_the_mode_of_the_card() {
    let Some(folder) = shared("samples/azure-managed-hsm/genuine-firmware-3-layout-non-fips-mode")
    else {
        return;
    };
    let verifier = verifier(facts());
    for name in ["attestation.json", "attestation-with-current-field-names.json"] {
        let answer = read(&folder.join(name));
        let document: Value = serde_json::from_slice(&answer).unwrap();
        let number =
            |name: &str| URL_SAFE_NO_PAD.decode(document["key"][name].as_str().unwrap()).unwrap();
        let key = PublicKey::from_rsa_numbers(&number("n"), &number("e")).unwrap();
        let key = ("key.der".to_owned(), key.spki().to_vec());
        let result = judge(&verifier, &vec![("a.json".to_owned(), answer), key]);
        // A key of 2048 bits may stand in no certificate.
        assert_codes(name, &result, &["device.not-in-fips-mode", "key.size", "request.absent"]);
        assert!(is_genuine(&result), "{name}");
    }
}

/// What a genuine answer of Azure's holds, as files of their own: the blobs, and the certificates of
/// manufacturer and pool.
struct Unwrapped {
    private: Vec<u8>,
    public: Vec<u8>,
    certificates: Vec<String>,
    key: (String, Vec<u8>),
}

impl Unwrapped {
    fn genuine() -> Option<[Self; 2]> {
        let folder = shared("samples/azure-managed-hsm")?;
        let of = |path: &str, key: Vec<u8>| {
            let document: Value = serde_json::from_slice(&read(&folder.join(path))).unwrap();
            let attestation = &document["attributes"]["attestation"];
            let part = |name: &str| {
                attestation[name].as_str().map(|text| URL_SAFE_NO_PAD.decode(text).unwrap())
            };
            let pem = part("certificatePemFile").or_else(|| part("certificates")).unwrap();
            Self {
                private: part("privateKeyAttestation").unwrap(),
                public: part("publicKeyAttestation").unwrap(),
                certificates: pem_blocks(&pem),
                key: ("key".to_owned(), key),
            }
        };
        let of_firmware_2 = "genuine-p256-non-fips-mode/sdk-net-ec-p256";
        let of_firmware_3 = "genuine-firmware-3-layout-non-fips-mode/attestation.json";
        let pem = read(&folder.join(format!("{of_firmware_2}.attested-spki.pem")));
        let answer: Value = serde_json::from_slice(&read(&folder.join(of_firmware_3))).unwrap();
        Some([of(&format!("{of_firmware_2}.json"), pem), of(of_firmware_3, rsa_key_of(&answer))])
    }

    fn judge(&self, blobs: &[&[u8]], certificates: &[&String]) -> AttestationResult {
        let mut files = vec![self.key.clone()];
        files.extend(blobs.iter().map(|blob| ("attest.dat".to_owned(), blob.to_vec())));
        files.extend(certificates.iter().map(|pem| ("c.pem".to_owned(), pem.as_bytes().to_vec())));
        judge(&verifier(facts()), &files)
    }
}

/// The cards of Azure's are cards like any other: their blobs alone, under the manufacturer's chain.
#[test]
fn genuine_blobs_are_those_of_a_card_without_the_service_around_them() {
    let Some(genuine) = Unwrapped::genuine() else { return };
    for (it, too_small) in genuine.iter().zip([None, Some("key.size")]) {
        let expected: Vec<_> = [Some("device.not-in-fips-mode"), too_small, Some("request.absent")]
            .into_iter()
            .flatten()
            .collect();
        let all: Vec<_> = it.certificates.iter().collect();
        let [card, partition, _, _] = all.as_slice() else { panic!("four certificates") };
        let both: [&[u8]; 2] = [&it.private, &it.public];
        for (certificates, standing) in [
            (all.clone(), OwnerStanding::Asserted),
            (vec![*card, *partition], OwnerStanding::Unstated),
        ] {
            for blobs in [&both[..], &both[..1]] {
                let result = it.judge(blobs, &certificates);
                assert_eq!(result.format(), Some("marvell-liquidsecurity"));
                assert_codes("blobs alone", &result, &expected);
                assert!(is_genuine(&result));
                let partition = result.claims().unwrap().module.partition.as_ref().unwrap();
                assert_eq!(partition.owner_standing, standing);
            }
        }
        let refused = |blobs: &[&[u8]], certificates: &[&String], code: &str| {
            let result = it.judge(blobs, certificates);
            assert!(codes(&result).contains(&code), "{code}: {:?}", codes(&result));
            assert!(!is_genuine(&result), "{code}");
        };
        refused(&both, &[card], "chain.incomplete");
        refused(&both, &[partition], "chain.incomplete");
        refused(&both[1..], &[card, partition], "attestation.extension-missing");
        refused(&[], &[card, partition], "attestation.wrong-role");
    }
    let [one, other] = &genuine;
    // The blob of another card's partition; and that of another key's public half.
    let [card, partition, ..] = one.certificates.as_slice() else { panic!("certificates") };
    for blobs in [&[&other.private[..]][..], &[&one.private, &other.public]] {
        let result = one.judge(blobs, &[card, partition]);
        assert!(codes(&result).contains(&"chain.signature-invalid"), "{:?}", codes(&result));
    }
}

/// Google's evidence stays Google's, whatever is left out of it.
#[test]
fn the_owner_tells_whose_evidence_it_is_and_never_less() {
    let Some([a, b]) = genuine_google() else { return };
    let verifier = verifier(facts());
    for files in [a, b] {
        let blocks = pem_blocks(&files[1].1);
        let without_owner = blocks[..2].concat().into_bytes();
        let files = vec![files[0].clone(), ("c.pem".to_owned(), without_owner), files[2].clone()];
        let result = judge(&verifier, &files);
        assert_eq!(result.format(), Some("google-cloud-hsm"));
        assert!(codes(&result).contains(&"chain.incomplete"), "{:?}", codes(&result));
        assert!(!is_genuine(&result));
    }
    let Some(folder) = shared("samples/google-cloud-hsm/genuine-rsa4096-imported") else { return };
    let result = judge(&verifier, &load(&folder, &["attestation.dat"]));
    assert_eq!(result.format(), Some("google-cloud-hsm"));
    assert!(codes(&result).contains(&"chain.incomplete"), "{:?}", codes(&result));
}

#[test]
fn what_stands_beside_the_azure_statements_is_bound_to_them_or_compared() {
    let Some(files) = genuine_azure() else { return };
    let verifier = verifier(facts());
    let answer: Value = serde_json::from_slice(&files[0].1).unwrap();
    let judged = |change: &dyn Fn(&mut Value)| {
        let mut answer = answer.clone();
        change(&mut answer);
        judge(&verifier, &vec![("a.json".to_owned(), text(&answer)), files[1].clone()])
    };
    // The JWK is signed by no one: whatever it says, the key is that of the blob, and it is said.
    let result = judged(&|answer| answer["key"]["x"] = json!("AAAA"));
    let expected = ["attestation.contradicted", "device.not-in-fips-mode", "request.absent"];
    assert_codes("JWK", &result, &expected);
    let changes: [(&str, &Change); 7] = [
        ("attestation.inconsistent", &|answer| {
            answer["key"]["kid"] = json!("https://pool.managedhsm.azure.net/keys/other/00");
        }),
        ("attestation.malformed", &|answer| {
            answer["attributes"]["attestation"]["version"] = json!("MRVL-2");
        }),
        ("attestation.extension-missing", &|answer| {
            let attestation = &mut answer["attributes"]["attestation"];
            attestation["privateKeyAttestation"] = attestation["publicKeyAttestation"].clone();
        }),
        ("attestation.malformed", &|answer| {
            let attestation = &mut answer["attributes"]["attestation"];
            attestation["publicKeyAttestation"] = attestation["privateKeyAttestation"].clone();
        }),
        ("attestation.extension-missing", &|answer| {
            let attestation = answer["attributes"]["attestation"].as_object_mut().unwrap();
            attestation.remove("privateKeyAttestation");
        }),
        // The mix of alphabets of the attack pack (`json/b64url-mixed`).
        ("input.base64", &|answer| {
            answer["attributes"]["attestation"]["privateKeyAttestation"] = json!("-_+/");
        }),
        ("input.base64", &|answer| {
            let text = &mut answer["attributes"]["attestation"]["privateKeyAttestation"];
            *text = json!(format!("{}=", text.as_str().unwrap()));
        }),
    ];
    for (code, change) in changes {
        let result = judged(change);
        assert!(codes(&result).contains(&code), "{code}: {:?}", codes(&result));
        assert!(!is_genuine(&result), "{code}");
    }
}

/// The anchors of the synthetic hierarchies: a root that makes cards, and one that owns them.
fn synthetic_anchors() -> Option<String> {
    let folder = shared("samples/google-cloud-hsm/synthetic")?;
    let mut yaml = "vendor: synthetic\nanchors:\n".to_owned();
    for (id, file, uses) in [
        (
            "synthetic-manufacturer",
            "test-mroot.pem",
            &[("google-cloud-hsm", "manufacturer"), ("azure-managed-hsm", "manufacturer")][..],
        ),
        ("synthetic-owner", "test-oroot.pem", &[("google-cloud-hsm", "owner")]),
    ] {
        let blocks = pem_blocks(&read(&folder.join(file)));
        let certificate = Certificate::from_der(&der(&blocks[0])).unwrap();
        let key = certificate.subject_public_key_info();
        let subject = certificate.subject();
        writeln!(yaml, "  - id: {id}\n    subject: \"{subject}\"").unwrap();
        writeln!(yaml, "    subject_der: {}", STANDARD.encode(subject.der())).unwrap();
        writeln!(yaml, "    public_key: {}", STANDARD.encode(key)).unwrap();
        writeln!(yaml, "    spki_sha256: \"{}\"", Sha256::of(key)).unwrap();
        writeln!(yaml, "    certificate_sha256: [\"{}\"]", certificate.sha256()).unwrap();
        writeln!(
            yaml,
            "    valid: {{from: \"2024-01-01T00:00:00Z\", to: \"2034-01-01T00:00:00Z\"}}"
        )
        .unwrap();
        writeln!(yaml, "    uses:").unwrap();
        for (format, role) in uses {
            writeln!(yaml, "      - {{format: {format}, role: {role}}}").unwrap();
        }
        writeln!(yaml, "    status: test").unwrap();
        writeln!(yaml, "    sources: [{{publisher: marvell_synthetic.py, seen: \"2026-11-21\"}}]")
            .unwrap();
    }
    Some(yaml)
}

/// The generation of the synthetic cards is no product's.
const SYNTHETIC: [&str; 1] = ["device.not-certified"];

const KEYS: [&str; 4] = ["p256", "p384", "rsa3072", "rsa4096"];

/// Every synthetic statement without fault, with its request.
fn synthetic_positives() -> Option<Vec<(String, Files)>> {
    let google = shared("samples/google-cloud-hsm/synthetic")?;
    let azure = shared("samples/azure-managed-hsm/synthetic")?;
    let mut positives = Vec::new();
    for key in KEYS {
        let request = format!("{key}.csr.pem");
        for layout in ["v1", "v2"] {
            let blob = format!("gcp-{layout}-{key}.dat");
            let files = load(&google, &[&blob, "gcp-chains.pem", &request]);
            positives.push((blob, files));
        }
        let answer = format!("azure-fw2-{key}.json");
        let files = [load(&azure, &[&answer]), load(&google, &[&request])].concat();
        positives.push((answer, files));
    }
    Some(positives)
}

#[test]
fn every_synthetic_positive_satisfies_all_but_the_certification() {
    let Some(positives) = synthetic_positives() else { return };
    let test = verifier(facts_and(&synthetic_anchors().unwrap()));
    let bundled = verifier(facts());
    for (name, files) in &positives {
        let result = judge(&test, files);
        // No genuine blob of layout V1 was seen: that a person must weigh.
        let mut expected = SYNTHETIC.to_vec();
        expected.splice(0..0, name.contains("-v1-").then_some("attestation.layout-unconfirmed"));
        assert_codes(name, &result, &expected);
        let result = judge(&bundled, files);
        assert!(codes(&result).contains(&"chain.untrusted-root"), "{name}: {:?}", codes(&result));
        assert!(!is_genuine(&result), "{name}");
    }
}

/// Where a certification covers the synthetic cards, every positive is accepted, save those of layout
/// V1.
#[test]
fn every_synthetic_positive_is_accepted_once_its_card_is_certified() {
    let Some(positives) = synthetic_positives() else { return };
    let modules = r#"
vendor: Test
modules:
  - id: synthetic-cards
    name: Synthetic cards
    formats: [azure-managed-hsm, google-cloud-hsm]
    models: ["LiquidSecurity 9.9T"]
    certifications:
      - {scheme: FIPS 140-3, level: 3, scope: device, validated: "2025-01-01", read: primary, seen: "2026-11-21", source: test}
"#;
    let mut facts = facts_and(&synthetic_anchors().unwrap());
    facts.endorsements =
        Endorsements::parse(&[("modules.yaml", modules.as_bytes())], &[]).expect("facts");
    let verifier = verifier(facts);
    for (name, files) in &positives {
        let result = judge(&verifier, files);
        if name.contains("-v1-") {
            assert_eq!(result.verdict(), Verdict::Review, "{name}");
        } else {
            assert_eq!(result.verdict(), Verdict::Accept, "{name}: {:?}", codes(&result));
        }
    }
}

#[test]
fn every_synthetic_negative_is_rejected_for_its_defect() {
    let Some(folder) = shared("samples/google-cloud-hsm/synthetic") else { return };
    let verifier = verifier(facts_and(&synthetic_anchors().unwrap()));
    let expected = [
        ("count-too-big", "attestation.malformed"),
        ("count-too-small", "attestation.malformed"),
        ("duplicate-extractable", "attestation.duplicate-extension"),
        ("extractable", "attestation.exportable"),
        ("gzip-trailing-garbage", "input.trailing-data"),
        ("gzip-two-members", "input.trailing-data"),
        ("imported", "attestation.imported"),
        ("missing-extractable", "attestation.extension-missing"),
        ("missing-local", "attestation.extension-missing"),
        ("nonzero-response-code", "attestation.malformed"),
        ("not-sensitive", "attestation.exportable"),
        ("offset2-into-public", "attestation.malformed"),
        ("offset2-oob", "attestation.malformed"),
        ("order-swapped", "attestation.malformed"),
        ("priv-no-modulus", "attestation.extension-missing"),
        ("pub-only", "attestation.extension-missing"),
        ("pub-priv-mismatch", "attestation.inconsistent"),
        ("sig-flip", "chain.signature-invalid"),
        ("signed-by-card", "chain.signature-invalid"),
        ("signed-by-stranger", "chain.signature-invalid"),
        ("size-short", "attestation.malformed"),
        ("tlv-len-huge", "attestation.malformed"),
        ("total-mismatch", "attestation.malformed"),
        ("total-underflow", "attestation.malformed"),
        ("trailing-byte", "attestation.malformed"),
        ("truncated", "attestation.malformed"),
        ("two-public", "attestation.malformed"),
        ("was-extractable", "attestation.exportable"),
    ];
    let mut judged = 0;
    for entry in crate::support::entries(&folder) {
        let file = entry.file_name().unwrap().to_string_lossy().into_owned();
        let Some(name) = file.strip_prefix("neg-gcp-v2-") else { continue };
        let name = name.strip_suffix(".dat").unwrap();
        let (_, code) = expected.iter().find(|(known, _)| *known == name).expect(name);
        let result = judge(&verifier, &load(&folder, &[&file, "gcp-chains.pem", "p256.csr.pem"]));
        assert_eq!(result.verdict(), Verdict::Reject, "{name}");
        assert!(codes(&result).contains(code), "{name}: {:?}", codes(&result));
        judged += 1;
    }
    assert_eq!(judged, expected.len());
}

/// 64 MiB of zeros, which the samples leave out because of its size.
#[test]
fn a_gzip_bomb_is_too_large() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(&vec![0; 64 << 20]).unwrap();
    let bomb = encoder.finish().unwrap();
    let plain = judge(&verifier(facts()), &vec![("a.dat".to_owned(), bomb.clone())]);
    assert!(codes(&plain).contains(&"input.too-large"), "{:?}", codes(&plain));
    let inside = json!({"format": "CAVIUM_V2_COMPRESSED", "content": STANDARD.encode(bomb)});
    let inside = judge(&verifier(facts()), &vec![("a.json".to_owned(), text(&inside))]);
    assert!(codes(&inside).contains(&"input.too-large"), "{:?}", codes(&inside));
}

#[test]
fn chains_with_another_mode_or_another_owner_are_refused() {
    let Some(folder) = shared("samples/google-cloud-hsm/synthetic") else { return };
    let verifier = verifier(facts_and(&synthetic_anchors().unwrap()));
    let judged =
        |chain: &str| judge(&verifier, &load(&folder, &["gcp-v2-p256.dat", chain, "p256.csr.pem"]));
    let result = judged("gcp-chains.nonfips.pem");
    assert_codes("non-FIPS", &result, &["device.not-in-fips-mode"]);
    assert_eq!(outcome(&result, Requirement::CertifiedModule), Outcome::Unsatisfied);
    let result = judged("gcp-chains.owner-other-key.pem");
    assert!(codes(&result).contains(&"attestation.inconsistent"), "{:?}", codes(&result));
    assert!(!is_genuine(&result));
}

/// Two chains of one partition's name, both whole, are not chosen between.
#[test]
fn two_complete_chains_are_ambiguous() {
    let Some(folder) = shared("samples/google-cloud-hsm/synthetic") else { return };
    let verifier = verifier(facts_and(&synthetic_anchors().unwrap()));
    let names = ["gcp-v2-p256.dat", "gcp-chains.pem", "gcp-chains.nonfips.pem", "p256.csr.pem"];
    let result = judge(&verifier, &load(&folder, &names));
    assert!(codes(&result).contains(&"attestation.multiple"), "{:?}", codes(&result));
    assert!(!is_genuine(&result));
}

#[test]
fn nothing_serves_in_the_place_of_another() {
    let Some(mut samples) = synthetic_positives() else { return };
    for (name, files) in [("genuine a", 0), ("genuine b", 1)] {
        samples.push((name.to_owned(), genuine_google().unwrap()[files].clone()));
    }
    samples.push(("genuine Azure".to_owned(), genuine_azure().unwrap()));
    let verifier = verifier(facts_and(&synthetic_anchors().unwrap()));
    let mut exchanged = 0;
    for (one_name, one) in &samples {
        for (other_name, other) in &samples {
            for index in 0..one.len() {
                for file in other {
                    if one.iter().any(|own| own.1 == file.1) {
                        continue;
                    }
                    let mut files = one.clone();
                    files[index] = file.clone();
                    let result = judge(&verifier, &files);
                    exchanged += 1;
                    assert_ne!(result.verdict(), Verdict::Accept);
                    let all = [
                        Requirement::Possession,
                        Requirement::GenuineModule,
                        Requirement::KeyMatch,
                    ]
                    .into_iter()
                    .all(|it| outcome(&result, it) == Outcome::Satisfied);
                    // The same key is attested in three layouts; each is a whole of its own.
                    let key = |name: &str| KEYS.into_iter().find(|key| name.contains(key));
                    let same_key = key(one_name).is_some() && key(one_name) == key(&file.0);
                    assert!(!all || same_key, "{} of {other_name} in {one_name}", file.0);
                }
            }
        }
    }
    assert!(exchanged > 500, "only {exchanged}");
}

/// Each object that is signed, and each certificate of a genuine chain, one bit at a time.
#[test]
fn no_flipped_bit_of_genuine_evidence_leaves_the_module_genuine() {
    let step = every(97);
    let verifier = verifier(facts());
    let mut damaged_count = 0;
    let mut refuse = |what: &str, files: &Files| {
        damaged_count += 1;
        assert!(!is_genuine(&judge(&verifier, files)), "{what}");
    };
    let Some(samples) = genuine_google() else { return };
    for files in &samples {
        let [(_, blob), (_, chain), key] = files.as_slice() else { unreachable!() };
        let blob = gunzip(blob);
        let certificates: Vec<_> = pem_blocks(chain).iter().map(|block| der(block)).collect();
        let assembled = |blob: Vec<u8>, certificates: &[Vec<u8>]| -> Files {
            let named = certificates.iter().enumerate();
            let mut files = vec![key.clone(), ("a.bin".to_owned(), blob)];
            files.extend(named.map(|(at, der)| (format!("{at}.cer"), der.clone())));
            files
        };
        assert!(is_genuine(&judge(&verifier, &assembled(blob.clone(), &certificates))));
        for (bit, damaged) in flipped_bits(&blob, step) {
            refuse(&format!("blob, bit {bit}"), &assembled(damaged, &certificates));
        }
        for (index, certificate) in certificates.iter().enumerate() {
            for (bit, damaged) in flipped_bits(certificate, step) {
                let mut certificates = certificates.clone();
                certificates[index] = damaged;
                let what = format!("certificate {index}, bit {bit}");
                refuse(&what, &assembled(blob.clone(), &certificates));
            }
        }
    }
    let files = genuine_azure().unwrap();
    let answer: Value = serde_json::from_slice(&files[0].1).unwrap();
    let field = |name: &str| {
        URL_SAFE_NO_PAD.decode(answer["attributes"]["attestation"][name].as_str().unwrap()).unwrap()
    };
    let with = |name: &str, bytes: &[u8]| {
        let mut answer = answer.clone();
        answer["attributes"]["attestation"][name] = json!(URL_SAFE_NO_PAD.encode(bytes));
        vec![("a.json".to_owned(), text(&answer)), files[1].clone()]
    };
    for name in ["privateKeyAttestation", "publicKeyAttestation"] {
        for (bit, damaged) in flipped_bits(&field(name), step) {
            refuse(&format!("{name}, bit {bit}"), &with(name, &damaged));
        }
    }
    let certificates: Vec<_> =
        pem_blocks(&field("certificatePemFile")).iter().map(|block| der(block)).collect();
    for index in 0..certificates.len() {
        for (bit, damaged) in flipped_bits(&certificates[index], step) {
            let mut certificates = certificates.clone();
            certificates[index] = damaged;
            let pem: String = certificates.iter().map(|der| to_pem(der)).collect();
            let what = format!("Azure certificate {index}, bit {bit}");
            refuse(&what, &with("certificatePemFile", pem.as_bytes()));
        }
    }
    assert!(damaged_count > at_least(1_000), "only {damaged_count}");
}

fn to_pem(der: &[u8]) -> String {
    let label = "CERTIFICATE";
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
}

fn text(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// The files of a finding, its anchors apart.
fn finding(folder: &str, names: &[&str]) -> Option<AttestationResult> {
    let folder = shared(folder)?;
    let anchors = String::from_utf8(read(&folder.join("anchors.yaml"))).unwrap();
    Some(judge(&verifier(facts_and(&anchors)), &load(&folder, names)))
}

fn codes_of(result: &AttestationResult, requirement: Requirement) -> Vec<&'static str> {
    let finding = result.findings().iter().find(|finding| finding.requirement() == requirement);
    finding.unwrap().reasons().iter().map(|reason| reason.code().code()).collect()
}

/// What the applicant says beside what the module signed (findings 2026-11-27, V4).
#[test]
fn an_answer_that_contradicts_its_attestation_is_a_review() {
    let names = ["attestation.json", "request.pem"];
    let Some(result) = finding("findings/azure-contradiction", &names) else { return };
    let non_exportable = Requirement::NonExportable;
    assert_eq!(outcome(&result, non_exportable), Outcome::Review);
    let contradicted = ["attestation.contradicted"; 2];
    assert_eq!(codes_of(&result, non_exportable), contradicted);
    let finding = result.findings().iter().find(|it| it.requirement() == non_exportable).unwrap();
    let stated: Vec<_> =
        finding.reasons().iter().map(|it| it.detail()["statement"].as_str()).collect();
    assert_eq!(stated, ["release_policy", "exportable"]);
    assert_eq!(result.verdict(), Verdict::Review);
}

/// What clients write for what is not there, and what agrees, is no contradiction; nor is the same
/// content in a second place.
#[test]
fn an_answer_that_agrees_with_its_attestation_is_left_alone() {
    let Some(folder) = shared("findings/azure-contradiction") else { return };
    let anchors = String::from_utf8(read(&folder.join("anchors.yaml"))).unwrap();
    let verifier = verifier(facts_and(&anchors));
    let request = ("request.pem".to_owned(), read(&folder.join("request.pem")));
    let document: Value = serde_json::from_slice(&read(&folder.join("attestation.json"))).unwrap();
    let judged = |change: &Change| {
        let mut document = document.clone();
        document["attributes"]["exportable"] = json!(false);
        document.as_object_mut().unwrap().remove("release_policy");
        change(&mut document);
        let text = serde_json::to_vec(&document).unwrap();
        judge(&verifier, &vec![("attestation.json".to_owned(), text), request.clone()])
    };
    let silent = codes(&judged(&|_| {}));
    assert_eq!(silent, ["certification.firmware-unstated"]);
    let changes: [&Change; 6] = [
        &|it| it["release_policy"] = Value::Null,
        &|it| it["attributes"]["exportable"] = Value::Null,
        &|it| it["attributes"]["hsmPlatform"] = json!("2"),
        &|it| it["key"]["key_ops"] = json!(["sign", "verify"]),
        &|it| it["key"]["kty"] = json!("EC-HSM"),
        &|it| it["copy"] = it["attributes"]["attestation"].clone(),
    ];
    for change in changes {
        assert_eq!(codes(&judged(change)), silent);
    }
    let other: &Change = &|it| it["copy"] = json!([{"publicKeyAttestation": "AAAA"}]);
    assert_eq!(codes_of(&judged(other), Requirement::GenuineModule), ["attestation.malformed"]);
}
