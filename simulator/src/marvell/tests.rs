//! Simulated statements have the form of genuine ones.

use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::KeyKind;
use crate::tests::{file, genuine, simulated};

fn gunzip(bytes: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    flate2::read::GzDecoder::new(bytes).read_to_end(&mut content).unwrap();
    content
}

/// The private and the public blob of an answer.
fn blobs(answer: &[u8]) -> [Vec<u8>; 2] {
    let answer: serde_json::Value = serde_json::from_slice(answer).unwrap();
    ["privateKeyAttestation", "publicKeyAttestation"].map(|name| {
        let text = answer["attributes"]["attestation"][name].as_str().unwrap();
        URL_SAFE_NO_PAD.decode(text).unwrap()
    })
}

/// Type and length of every attribute in the order of the blob, by a walk that knows nothing of it
/// but where the objects begin.
fn shape(blob: &[u8], mut at: usize) -> Vec<(u32, u32)> {
    let number = |at: usize| u32::from_be_bytes(blob[at..at + 4].try_into().unwrap());
    let count = number(at + 4);
    at += 12;
    let mut shape = Vec::new();
    for _ in 0..count {
        let (kind, length) = (number(at), number(at + 4));
        shape.push((kind, length));
        at += 8 + usize::try_from(length).unwrap();
    }
    shape
}

#[test]
fn a_google_blob_has_the_attributes_of_a_genuine_one_in_order_and_length() {
    let Some(theirs) = genuine("google-cloud-hsm/genuine-p256-a/ec.dat") else { return };
    let simulation = simulated("google-cloud-hsm", Some(KeyKind::P256), None);
    let sent = file(&simulation, "attestation.dat");
    // The gzip header: no time, no system.
    assert_eq!(sent[..10], theirs[..10]);
    let (ours, theirs) = (gunzip(sent), gunzip(&theirs));
    assert_eq!(ours.len(), theirs.len());
    // Header, but for the handles; and the offsets.
    assert_eq!(ours[..16], theirs[..16]);
    assert_eq!(ours[32..40], theirs[32..40]);
    for object in [40, 948] {
        assert_eq!(shape(&ours, object), shape(&theirs, object));
    }
}

#[test]
fn an_azure_answer_has_the_attributes_of_a_genuine_one_in_order_and_length() {
    let path = "azure-managed-hsm/genuine-p256-non-fips-mode/sdk-net-ec-p256.json";
    let Some(theirs) = genuine(path) else { return };
    let simulation = simulated("azure-managed-hsm", Some(KeyKind::P256), None);
    let ours = blobs(file(&simulation, "attestation.json"));
    for (ours, theirs) in ours.iter().zip(blobs(&theirs)) {
        assert_eq!(ours.len(), theirs.len());
        assert_eq!(ours[..20], theirs[..20]);
        assert_eq!(shape(ours, 20), shape(&theirs, 20));
    }
}

#[test]
fn an_azure_answer_of_firmware_3_has_the_attributes_of_a_genuine_one_in_order_and_length() {
    let path = "azure-managed-hsm/genuine-firmware-3-layout-non-fips-mode/attestation.json";
    let Some(theirs) = genuine(path) else { return };
    let simulation = simulated("azure-managed-hsm", Some(KeyKind::Rsa2048), Some("firmware-3"));
    let ours = blobs(file(&simulation, "attestation.json"));
    // An RSA key of 2048 bits each.
    for (ours, theirs) in ours.iter().zip(blobs(&theirs)) {
        assert_eq!(ours.len(), theirs.len());
        assert_eq!(ours[..28], theirs[..28]);
        assert_eq!(shape(ours, 28), shape(&theirs, 28));
    }
}
