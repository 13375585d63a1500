//! Genuine and synthetic blobs, if they are there, and what becomes of each when it is damaged.
#![allow(clippy::disallowed_methods, reason = "tests read samples")]

use std::io::Read;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::attributes::{KeyPairStatement, by_class, is_public, read_key_pair};
use super::blob::{Blob, Layout};
use crate::encoding::x509::Certificate;
use crate::public_key::PublicKey;
use crate::reason::{Reason, ReasonCode};
use crate::signature::{DigestForm, SignatureError, verify_pkcs1_sha256_in_either_form};

/// A folder of samples beside the repository, if it is there.
fn samples(folder: &str) -> Option<PathBuf> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/samples");
    let path = Path::new(root).join(folder);
    path.is_dir().then_some(path)
}

fn gunzip(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    let file = std::fs::read(path).unwrap();
    flate2::read::GzDecoder::new(file.as_slice()).read_to_end(&mut bytes).unwrap();
    bytes
}

/// The DER of every PEM block.
fn blocks(text: &str) -> Vec<Vec<u8>> {
    text.split("-----BEGIN ")
        .skip(1)
        .map(|block| {
            let body = block.split("-----").nth(1).unwrap();
            STANDARD.decode(body.split_whitespace().collect::<String>()).unwrap()
        })
        .collect()
}

fn keys_of(pem: &str) -> Vec<PublicKey> {
    let certificates = blocks(pem).into_iter().map(|der| Certificate::from_der(&der).unwrap());
    certificates.map(|certificate| PublicKey::of_certificate(&certificate).unwrap()).collect()
}

fn json(path: &Path) -> serde_json::Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// The blobs of an Azure answer, private and public, and its certificates.
fn azure(path: &Path) -> (Vec<u8>, Vec<u8>, String) {
    let json = json(path);
    let part = |name: &str| {
        let text = json["attributes"]["attestation"][name].as_str()?;
        Some(URL_SAFE_NO_PAD.decode(text).unwrap())
    };
    // The second is the name of the preview.
    let pem = part("certificatePemFile").or_else(|| part("certificates")).unwrap();
    let blobs = ["privateKeyAttestation", "publicKeyAttestation"].map(|name| part(name).unwrap());
    let [private, public] = blobs;
    (private, public, String::from_utf8(pem).unwrap())
}

fn read(layout: Layout, bytes: &[u8]) -> Result<KeyPairStatement, Vec<Reason>> {
    let blob = Blob::read(layout, bytes).map_err(|reason| vec![reason])?;
    let (private, public) = by_class(blob.objects()).map_err(|reason| vec![reason])?;
    read_key_pair(private, public)
}

fn verify(layout: Layout, bytes: &[u8], key: &PublicKey) -> Result<DigestForm, SignatureError> {
    let blob = Blob::read(layout, bytes).unwrap();
    verify_pkcs1_sha256_in_either_form(key, blob.claimed().bytes(), blob.signature())
}

/// The codes with which a blob is refused, or contradicts itself.
fn codes(layout: Layout, bytes: &[u8]) -> Vec<ReasonCode> {
    let reasons = match read(layout, bytes) {
        Ok(statement) => statement.contradictions,
        Err(reasons) => reasons,
    };
    reasons.iter().map(Reason::code).collect()
}

#[test]
fn genuine_google_blobs_are_signed_by_the_partition_and_attest_their_key() {
    let Some(folder) = samples("google-cloud-hsm") else { return };
    for (blob, chain, key) in [
        ("genuine-p256-a/ec.dat", "ec.combined-chain.pem", "ec.attested-spki.pem"),
        ("genuine-p256-b/ec-p256.attestation.gz", "ec-p256.certs.pem", "ec-p256.attested-spki.pem"),
    ] {
        let path = folder.join(blob);
        let beside = |name: &str| std::fs::read_to_string(path.with_file_name(name)).unwrap();
        let bytes = gunzip(&path);
        let statement = read(Layout::V2, &bytes).unwrap();
        assert_eq!(statement.public_key.spki(), blocks(&beside(key))[0]);
        assert_eq!(statement.contradictions, []);
        assert!(
            statement.flags.local && statement.flags.sign && statement.flags.ways_out().is_empty()
        );
        assert_eq!(statement.doubts, []);
        assert_eq!(statement.label.as_deref(), Some("app_key"));
        assert_eq!(statement.id.len(), 128);
        // By the key of the partition alone; the bundle is partition, card, then the owner's two.
        let forms: Vec<_> =
            keys_of(&beside(chain)).iter().map(|key| verify(Layout::V2, &bytes, key)).collect();
        let signers = forms.iter().filter(|form| **form == Ok(DigestForm::DigestInfo)).count();
        assert_eq!((forms.len(), signers), (4, 2), "both certificates of the partition's key");
        assert!(Blob::read(Layout::V1, &bytes).is_err());
        assert!(Blob::read(Layout::Firmware2, &bytes).is_err());
    }
}

#[test]
fn the_genuine_azure_blobs_are_signed_without_digest_info_and_attest_their_key() {
    let Some(folder) = samples("azure-managed-hsm/genuine-p256-non-fips-mode") else { return };
    let (private, public, pem) = azure(&folder.join("sdk-net-ec-p256.json"));
    let statement = read(Layout::Firmware2, &private).unwrap();
    let key = std::fs::read_to_string(folder.join("sdk-net-ec-p256.attested-spki.pem")).unwrap();
    assert_eq!(statement.public_key.spki(), blocks(&key)[0]);
    assert_eq!(statement.contradictions, []);
    assert!(statement.flags.local && statement.flags.sign && statement.flags.ways_out().is_empty());
    assert_eq!(statement.doubts, []);
    let blob = Blob::read(Layout::Firmware2, &public).unwrap();
    assert!(is_public(&blob.objects()[0]));
    for bytes in [&private, &public] {
        let forms: Vec<_> =
            keys_of(&pem).iter().map(|key| verify(Layout::Firmware2, bytes, key)).collect();
        assert_eq!(forms.iter().filter(|form| **form == Ok(DigestForm::Bare)).count(), 2);
    }
    // The public blob in place of the private one.
    assert_eq!(codes(Layout::Firmware2, &public), [ReasonCode::AttestationExtensionMissing]);
}

/// A card of generation 5.3G whose blobs have the other layout of firmware 3.x.
#[test]
fn the_genuine_azure_blobs_of_firmware_3_are_signed_with_digest_info_and_attest_their_key() {
    let Some(folder) = samples("azure-managed-hsm/genuine-firmware-3-layout-non-fips-mode") else {
        return;
    };
    let answer = folder.join("attestation.json");
    let (private, public, pem) = azure(&answer);
    let statement = read(Layout::Firmware3, &private).unwrap();
    let number =
        |name: &str| URL_SAFE_NO_PAD.decode(json(&answer)["key"][name].as_str().unwrap()).unwrap();
    let key = PublicKey::from_rsa_numbers(&number("n"), &number("e")).unwrap();
    assert_eq!(statement.public_key, key);
    assert_eq!(statement.contradictions, []);
    assert_eq!(statement.doubts, []);
    assert!(statement.flags.local && statement.flags.sign && statement.flags.ways_out().is_empty());
    let blob = Blob::read(Layout::Firmware3, &public).unwrap();
    assert!(is_public(&blob.objects()[0]));
    for bytes in [&private, &public] {
        let forms: Vec<_> =
            keys_of(&pem).iter().map(|key| verify(Layout::Firmware3, bytes, key)).collect();
        assert_eq!(forms.iter().filter(|form| **form == Ok(DigestForm::DigestInfo)).count(), 2);
        for other in [Layout::V1, Layout::V2, Layout::Firmware2] {
            assert!(Blob::read(other, bytes).is_err(), "{other:?}");
        }
    }
    assert_eq!(codes(Layout::Firmware3, &public), [ReasonCode::AttestationExtensionMissing]);
}

/// Google's imported keys have one private object and nothing beside it. No chain was published.
#[test]
fn the_genuine_imported_key_has_one_object_and_says_that_it_was_imported() {
    let Some(folder) = samples("google-cloud-hsm/genuine-rsa4096-imported") else { return };
    let bytes = gunzip(&folder.join("attestation.dat"));
    assert_eq!(Blob::read(Layout::V2, &bytes).unwrap().objects().len(), 1);
    let statement = read(Layout::V2, &bytes).unwrap();
    assert!(!statement.flags.local);
    // It is no longer extractable; what was before the import, nobody says.
    let before = ["NEVER_EXTRACTABLE 0", "ALWAYS_SENSITIVE 0"];
    assert_eq!(statement.flags.ways_out(), before);
    assert_eq!((statement.contradictions, statement.doubts), (vec![], vec![]));
    assert_eq!(statement.public_key.describe(), "RSA 4096");
    for other in [Layout::V1, Layout::Firmware2, Layout::Firmware3] {
        assert!(Blob::read(other, &bytes).is_err(), "{other:?}");
    }
}

#[test]
fn synthetic_blobs_attest_the_key_of_their_request() {
    use crate::request::Request;
    let Some(google) = samples("google-cloud-hsm/synthetic") else { return };
    let azure_folder = samples("azure-managed-hsm/synthetic").unwrap();
    let keys = keys_of(&std::fs::read_to_string(google.join("gcp-chains.pem")).unwrap());
    for key in ["p256", "p384", "rsa3072", "rsa4096"] {
        let request = std::fs::read_to_string(google.join(format!("{key}.csr.pem"))).unwrap();
        let request = Request::from_der(&blocks(&request)[0]).unwrap();
        let v1 = gunzip(&google.join(format!("gcp-v1-{key}.dat")));
        let v2 = gunzip(&google.join(format!("gcp-v2-{key}.dat")));
        let (firmware_2, ..) = azure(&azure_folder.join(format!("azure-fw2-{key}.json")));
        for (layout, bytes, form) in [
            (Layout::V1, v1, DigestForm::DigestInfo),
            (Layout::V2, v2, DigestForm::DigestInfo),
            (Layout::Firmware2, firmware_2, DigestForm::Bare),
        ] {
            let statement = read(layout, &bytes).unwrap();
            assert_eq!(
                statement.public_key.spki(),
                request.public_key().unwrap().spki(),
                "{key} {layout:?}"
            );
            assert_eq!(statement.contradictions, [], "{key} {layout:?}");
            assert_eq!(statement.doubts, [], "{key} {layout:?}");
            assert_eq!(verify(layout, &bytes, &keys[0]), Ok(form), "{key} {layout:?}");
            for other in [Layout::V1, Layout::V2, Layout::Firmware2, Layout::Firmware3] {
                assert_eq!(Blob::read(other, &bytes).is_ok(), other == layout, "{key} {layout:?}");
            }
        }
    }
}

#[test]
fn synthetic_faults_are_named() {
    use ReasonCode as R;
    let Some(folder) = samples("google-cloud-hsm/synthetic") else { return };
    for (name, expected) in [
        ("count-too-big", R::AttestationMalformed),
        ("count-too-small", R::AttestationMalformed),
        ("duplicate-extractable", R::AttestationDuplicateExtension),
        ("missing-extractable", R::AttestationExtensionMissing),
        ("missing-local", R::AttestationExtensionMissing),
        ("nonzero-response-code", R::AttestationMalformed),
        ("not-sensitive", R::AttestationInconsistent),
        ("offset2-into-public", R::AttestationMalformed),
        ("offset2-oob", R::AttestationMalformed),
        ("order-swapped", R::AttestationMalformed),
        ("priv-no-modulus", R::AttestationExtensionMissing),
        ("pub-only", R::AttestationExtensionMissing),
        ("pub-priv-mismatch", R::AttestationInconsistent),
        ("size-short", R::AttestationMalformed),
        ("tlv-len-huge", R::AttestationMalformed),
        ("total-mismatch", R::AttestationMalformed),
        ("total-underflow", R::AttestationMalformed),
        ("trailing-byte", R::AttestationMalformed),
        ("truncated", R::AttestationMalformed),
        ("two-public", R::AttestationMalformed),
    ] {
        let bytes = gunzip(&folder.join(format!("neg-gcp-v2-{name}.dat")));
        let codes = codes(Layout::V2, &bytes);
        assert!(
            !codes.is_empty() && codes.iter().all(|code| *code == expected),
            "{name}: {codes:?}"
        );
    }
    let flags = |name: &str| {
        read(Layout::V2, &gunzip(&folder.join(format!("neg-gcp-v2-{name}.dat")))).unwrap().flags
    };
    assert!(!flags("extractable").ways_out().is_empty());
    assert!(!flags("was-extractable").ways_out().is_empty());
    assert!(!flags("not-sensitive").ways_out().is_empty());
    assert!(!flags("imported").local);
}

#[test]
fn no_cut_or_lengthened_blob_is_read() {
    let Some(folder) = samples("google-cloud-hsm/synthetic") else { return };
    let azure_folder = samples("azure-managed-hsm/synthetic").unwrap();
    let v1 = gunzip(&folder.join("gcp-v1-p256.dat"));
    let v2 = gunzip(&folder.join("gcp-v2-p256.dat"));
    let (firmware_2, ..) = azure(&azure_folder.join("azure-fw2-p256.json"));
    let genuine = samples("azure-managed-hsm/genuine-firmware-3-layout-non-fips-mode").unwrap();
    let (firmware_3, ..) = azure(&genuine.join("attestation.json"));
    for (layout, bytes) in [
        (Layout::V1, v1),
        (Layout::V2, v2),
        (Layout::Firmware2, firmware_2),
        (Layout::Firmware3, firmware_3),
    ] {
        for length in 0..bytes.len() {
            assert!(Blob::read(layout, &bytes[..length]).is_err(), "{layout:?} {length}");
        }
        for more in 1..=32 {
            let longer = [&bytes[..], &vec![0; more]].concat();
            assert!(Blob::read(layout, &longer).is_err(), "{layout:?} {more}");
        }
    }
}
