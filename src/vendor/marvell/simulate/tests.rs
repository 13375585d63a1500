//! Simulated statements have the form of genuine ones.
#![allow(clippy::disallowed_methods, reason = "tests read samples")]

use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::super::{Blob, Layout};
use crate::simulate::tests::format_named;
use crate::simulate::{KeyKind, Options, Simulation};
use crate::time::Timestamp;

fn simulated(format: &str) -> Simulation {
    let time = Timestamp::from_rfc3339("2026-11-21T10:00:00Z").unwrap();
    let options = Options { key: Some(KeyKind::P256), ..Options::new(time) };
    format_named(format).build(&options).unwrap()
}

fn bytes<'a>(simulation: &'a Simulation, name: &str) -> &'a [u8] {
    &simulation.files.iter().find(|file| file.name == name).unwrap().bytes
}

fn sample(file: &str) -> Option<Vec<u8>> {
    let samples = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/samples");
    std::fs::read(format!("{samples}/{file}")).ok()
}

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
    let Some(genuine) = sample("google-cloud-hsm/genuine-p256-a/ec.dat") else { return };
    let simulation = simulated("google-cloud-hsm");
    let sent = bytes(&simulation, "attestation.dat");
    // The gzip header: no time, no system.
    assert_eq!(sent[..10], genuine[..10]);
    let (ours, theirs) = (gunzip(sent), gunzip(&genuine));
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
    let genuine = "azure-managed-hsm/genuine-p256-non-fips-mode/sdk-net-ec-p256.json";
    let Some(genuine) = sample(genuine) else { return };
    let simulation = simulated("azure-managed-hsm");
    let ours = blobs(bytes(&simulation, "attestation.json"));
    for (ours, theirs) in ours.iter().zip(blobs(&genuine)) {
        assert_eq!(ours.len(), theirs.len());
        assert_eq!(ours[..20], theirs[..20]);
        assert_eq!(shape(ours, 20), shape(&theirs, 20));
    }
}

#[test]
fn blobs_read_back_in_their_layout() {
    let google = gunzip(bytes(&simulated("google-cloud-hsm"), "attestation.dat"));
    assert_eq!(Blob::read(Layout::V2, &google).unwrap().objects().len(), 2);
    for blob in blobs(bytes(&simulated("azure-managed-hsm"), "attestation.json")) {
        assert_eq!(Blob::read(Layout::Firmware2, &blob).unwrap().objects().len(), 1);
    }
}
