//! Simulated statements have the form of genuine ones.
#![allow(clippy::disallowed_methods, reason = "tests read samples")]

use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::super::attributes::{by_class, compare_public, is_public, read_key_pair};
use super::super::kind;
use super::super::{Blob, Layout};
use super::blob::{HeaderDraft, ObjectDraft, write_firmware_2, write_v2};
use crate::public_key::PublicKey;
use crate::reason::{Reason, ReasonCode};
use crate::simulate::keys::{Holder, Keyring};
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

/// What a pair of objects comes to: why it is refused, contradicts itself, leaves doubts or lets the key
/// out; and what is shown of it besides.
fn read(
    layout: Layout,
    private: &ObjectDraft,
    public: &ObjectDraft,
    key: &PublicKey,
) -> (Vec<ReasonCode>, String) {
    let codes = |reasons: &[Reason]| reasons.iter().map(Reason::code).collect::<Vec<_>>();
    let signed = |mut blob: Vec<u8>| {
        blob.extend([0; 256]);
        blob
    };
    let id = [b'0'; 128];
    let blobs = match layout {
        Layout::Firmware2 => {
            let write = |object| signed(write_firmware_2(object, key, &id, 0).unwrap());
            vec![write(private), write(public)]
        }
        _ => {
            let objects = [(public, key), (private, key)];
            vec![signed(write_v2(&HeaderDraft::default(), &objects, &id).unwrap())]
        }
    };
    let blobs: Vec<_> = blobs.iter().map(|blob| Blob::read(layout, blob).unwrap()).collect();
    let pair = by_class(blobs[0].objects())
        .map_err(|reason| vec![reason])
        .and_then(|(private, public)| read_key_pair(private, public));
    let mut pair = match pair {
        Ok(pair) => pair,
        Err(reasons) => return (codes(&reasons), String::new()),
    };
    if let Some(public) = blobs.get(1) {
        let read = compare_public(&blobs[0].objects()[0], &public.objects()[0], &pair.public_key);
        pair.contradictions.extend(read.contradictions);
        pair.doubts.extend(read.doubts);
        if !is_public(&public.objects()[0]) {
            return (vec![ReasonCode::AttestationMalformed], String::new());
        }
    }
    let mut found = codes(&[pair.contradictions, pair.doubts].concat());
    found.extend(pair.flags.ways_out().iter().map(|_| ReasonCode::AttestationExportable));
    found.extend((!pair.flags.local).then_some(ReasonCode::AttestationImported));
    (found, format!("{:?} {:?}", pair.set, pair.label))
}

/// Other values of an attribute: every other flag, and otherwise one bit turned, one octet less and one
/// more.
fn others(value: &[u8]) -> Vec<Vec<u8>> {
    let mut turned = value.to_vec();
    if let Some(first) = turned.first_mut() {
        *first ^= 0x80;
    }
    let mut others = vec![turned, [value, &[0]].concat(), value[1..].to_vec()];
    others.extend([[0], [1], [2]].map(|flag| flag.to_vec()));
    others.retain(|other| other != value);
    others
}

/// No attribute of either object in either layout can say something else in silence.
#[test]
fn no_attribute_has_another_value_unnoticed() {
    // PKCS #11 4.9: rights over the module, or to less. Each is shown among the capabilities.
    const HARMLESS: [u32; 6] = [0x105, 0x107, 0x170, 0x172, 0x202, 0x210];
    // The public half: what anyone can do with a public key.
    const OF_PUBLIC: [u32; 5] = [0x104, 0x106, 0x10a, 0x170, 0x172];
    const TOKEN: u32 = 1;
    let mut keyring = Keyring::default();
    for kind in [KeyKind::P256, KeyKind::Rsa3072] {
        let spki = keyring.pair(Holder::Attested, kind).unwrap().spki();
        let key = PublicKey::from_spki(&spki).unwrap();
        for layout in [Layout::V2, Layout::Firmware2] {
            let (private, public) = (ObjectDraft::new(3, 1), ObjectDraft::new(2, 2));
            let (found, shown) = read(layout, &private, &public, &key);
            assert_eq!(found, [], "{layout:?}");
            let written = [&private, &public].map(|object| {
                let blob = match layout {
                    Layout::Firmware2 => write_firmware_2(object, &key, &[b'0'; 128], 0),
                    _ => write_v2(&HeaderDraft::default(), &[(object, &key)], &[b'0'; 128]),
                };
                let blob = [blob.unwrap(), vec![0; 256]].concat();
                let read = Blob::read(layout, &blob).unwrap();
                let attributes = read.objects()[0].attributes();
                attributes.map(|(kind, value)| (kind, value.to_vec())).collect::<Vec<_>>()
            });
            for (half, attributes) in written.iter().enumerate() {
                for (attribute, value) in attributes {
                    for other in others(value) {
                        let (mut private, mut public) = (private.clone(), public.clone());
                        let changed = if half == 0 { &mut private } else { &mut public };
                        changed.set(*attribute, other.clone());
                        let (found, now) = read(layout, &private, &public, &key);
                        let is_flag = matches!(other.as_slice(), [0 | 1]);
                        let is_token = *attribute == TOKEN && matches!(other.as_slice(), [1 | 2]);
                        let is_harmless = match half {
                            0 if *attribute == kind::LABEL => now != shown,
                            0 => is_flag && HARMLESS.contains(attribute) && now != shown,
                            _ => is_flag && (OF_PUBLIC.contains(attribute) || *attribute == 0x210),
                        };
                        assert!(
                            !found.is_empty() || is_harmless || is_token,
                            "{layout:?}, object {half}: {attribute:#x} {other:02x?} in silence"
                        );
                    }
                }
                let (mut private, mut public) = (private.clone(), public.clone());
                let changed = if half == 0 { &mut private } else { &mut public };
                changed.set(0x7777, [0]);
                let (found, _) = read(layout, &private, &public, &key);
                assert_eq!(found, [ReasonCode::AttestationUnknownClaim]);
            }
        }
    }
}
