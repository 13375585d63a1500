//! Submissions that would take more than their share of work end in a named reason. What each of them
//! costs is counted by benches/instructions.rs.

use std::path::{Path, PathBuf};

use crate::support::{TIME, appraise, at, codes, der, facts, read};
use keyproof::encoding::x509::Certificate;
use keyproof::facts::Facts;
use keyproof::policy::default_policy;
use keyproof::public_key::PublicKey;
use keyproof::trust::{AnchorManifest, ManifestOrigin};
use keyproof::{AttestationResult, Verdict, Verifier};
use num_bigint::BigUint;

const PIV: &str = "yubico-piv/simulated-accept-rsa3072";
const NSHIELD: &str = "entrust-nshield/simulated-recoverable";
const AZURE: &str = "azure-managed-hsm/simulated-without-fault-rsa4096";
const GOOGLE: &str = "google-cloud-hsm/simulated-api-answer";

fn folder(sample: &str) -> PathBuf {
    Path::new(crate::ROOT).join("attestation-samples").join(sample)
}

/// Judges the sample with more files beside its own.
fn judge(sample: &str, beside: &[Vec<u8>]) -> AttestationResult {
    let folder = folder(sample);
    let manifest = read(&folder.join("anchors.yaml"));
    let manifest =
        AnchorManifest::parse(ManifestOrigin::Caller, "anchors.yaml", &manifest, &|_| None);
    let verifier = Verifier::new(
        Facts::with_anchors(vec![manifest.unwrap()]).unwrap(),
        default_policy().unwrap(),
    );
    let names = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name());
    let names = names.map(|name| name.into_string().unwrap());
    let names = names.filter(|name| !["case.yaml", "anchors.yaml"].contains(&name.as_str()));
    let mut files: Vec<_> = names.map(|name| (name.clone(), read(&folder.join(name)))).collect();
    let beside = beside.iter().enumerate();
    files.extend(beside.map(|(number, bytes)| (format!("beside-{number}"), bytes.clone())));
    let files: Vec<_> =
        files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    appraise(&verifier, &files, at(TIME))
}

/// Certificates of one name, each with a key of its own.
fn namesakes(file: &str, count: u8) -> Vec<Vec<u8>> {
    let certificate = der(&read(&folder(PIV).join(file)));
    let spki = Certificate::from_der(&certificate).unwrap().subject_public_key_info().to_vec();
    let start = certificate.windows(spki.len()).position(|part| part == spki).unwrap();
    let other = |number: u8| {
        let mut other = certificate.clone();
        other[start + spki.len() - 8] ^= number;
        other
    };
    (1..=count).map(other).collect()
}

#[test]
fn issuers_that_could_be_are_counted_before_any_signature_is_checked() {
    let devices = namesakes("device.pem", 11);
    let mut attestation = der(&read(&folder(PIV).join("attestation.pem")));
    *attestation.last_mut().unwrap() ^= 1;
    let with = |devices: &[Vec<u8>]| judge(PIV, &[devices, &[attestation.clone()]].concat());
    // Two attestations and the devices: each attestation names each device, each device its issuer, and
    // the issuer's own is not there.
    assert!(!codes(&with(&devices[..8])).contains(&"chain.too-many-issuers"));
    let many = codes(&with(&devices));
    assert!(many.contains(&"chain.too-many-issuers"), "{many:?}");
}

#[test]
fn an_attestation_is_verified_twice_and_no_more() {
    for (sample, file) in [
        (NSHIELD, "attestation.att"),
        (AZURE, "attestation.json"),
        (GOOGLE, "crypto-key-version.json"),
    ] {
        let document = read(&folder(sample).join(file));
        let copy = |blanks: usize| [document.as_slice(), &b"\n".repeat(blanks)].concat();
        assert_eq!(judge(sample, &[copy(1)]).verdict(), judge(sample, &[]).verdict());
        let thrice = judge(sample, &[copy(1), copy(2)]);
        assert!(codes(&thrice).contains(&"attestation.multiple"), "{sample}");
    }
}

#[test]
fn a_large_modulus_is_looked_into_where_little_came_with_it() {
    // A prime of Mersenne's, and a text that is no evidence.
    let prime = (BigUint::from(1_u32) << 4423_u32) - 1_u32;
    let key = PublicKey::from_rsa_numbers(&prime.to_bytes_be(), &[1, 0, 1]).unwrap();
    let verifier = Verifier::new(facts(), default_policy().unwrap());
    let judged = |octets: usize| {
        let files = [("key.der", key.spki()), ("text", &vec![b'x'; octets][..])];
        codes(&appraise(&verifier, &files, at(TIME)))
    };
    let little = judged((64 << 10) - key.spki().len());
    assert!(little.contains(&"key.modulus") && !little.contains(&"key.not-examined"));
    let much = judged((64 << 10) - key.spki().len() + 1);
    assert!(much.contains(&"key.not-examined") && !much.contains(&"key.modulus"));
}

/// One object of 87,000 names; 48 files of 8,173; 60 files of one element of 6,500 attributes.
#[test]
fn names_and_attributes_are_refused_beyond_any_that_is_genuine() {
    let object = |names: usize| {
        let names: Vec<_> = (0..names).map(|name| format!("\"{name}\":0")).collect();
        format!("{{{}}}", names.join(",")).into_bytes()
    };
    let element = |names: usize| {
        let names: Vec<_> = (0..names).map(|name| format!("a{name}=''")).collect();
        format!("<a {}/>", names.join(" ")).into_bytes()
    };
    for (files, code) in [
        (vec![object(87_000)], "input.json"),
        (vec![object(8_173); 48], "input.json"),
        (vec![element(6_500); 60], "input.xml"),
    ] {
        let files: Vec<_> = files.iter().map(|bytes| ("file", bytes.as_slice())).collect();
        let verifier = Verifier::new(facts(), default_policy().unwrap());
        let result = appraise(&verifier, &files, at(TIME));
        assert_eq!(result.verdict(), Verdict::Reject);
        assert!(codes(&result).contains(&code), "{:?}", codes(&result));
    }
}

/// What a document holds may be packed once or twice; not so that it multiplies.
#[test]
fn what_is_packed_inside_a_document_has_the_size_of_one() {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use std::io::Write;
    let gzip = |content: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(content).unwrap();
        STANDARD.encode(encoder.finish().unwrap())
    };
    let document =
        String::from_utf8(read(&folder(GOOGLE).join("crypto-key-version.json"))).unwrap();
    let value: serde_json::Value = serde_json::from_str(&document).unwrap();
    let certificate = value["attestation"]["certChains"]["caviumCerts"][0].as_str().unwrap();
    let content = value["attestation"]["content"].as_str().unwrap();
    for (packed, old) in
        [(gzip(certificate.as_bytes()), certificate), (gzip(&vec![0; 1 << 20]), content)]
    {
        let old = serde_json::to_string(old).unwrap();
        assert!(document.contains(&old));
        let changed = document.replace(&old, &serde_json::to_string(&packed).unwrap());
        let folder = folder(GOOGLE);
        let request = read(&folder.join("request.pem"));
        let files = [("request.pem", request.as_slice()), ("answer.json", changed.as_bytes())];
        let verifier = Verifier::new(facts(), default_policy().unwrap());
        let found = codes(&appraise(&verifier, &files, at(TIME)));
        assert!(
            found.iter().any(|it| ["input.too-deep", "input.too-large"].contains(it)),
            "{found:?}"
        );
    }
}
