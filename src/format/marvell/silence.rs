//! No attribute of either object can say something else in silence: what another value comes to, on the
//! statements of frozen simulations. Their signatures are no matter here.

use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::attributes::{by_class, compare_public, is_public, read_key_pair};
use super::{Blob, Layout, kind};
use crate::reason::{Reason, ReasonCode};

/// An object: its attributes, and the zeros behind them that count as part of it.
#[derive(Clone)]
struct Object {
    attributes: Vec<(u32, Vec<u8>)>,
    slack: usize,
}

impl Object {
    fn read(blob: &Blob<'_>, index: usize, slack: usize) -> Self {
        let attributes = blob.objects()[index].attributes();
        Self { attributes: attributes.map(|(kind, value)| (kind, value.to_vec())).collect(), slack }
    }

    /// With another value of that attribute, or with one more.
    fn with(&self, kind: u32, value: &[u8]) -> Self {
        let mut changed = self.clone();
        match changed.attributes.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, known)) => *known = value.to_vec(),
            None => changed.attributes.push((kind, value.to_vec())),
        }
        changed
    }

    fn to_bytes(&self, handle: u32) -> Vec<u8> {
        let attribute = |(kind, value): &(u32, Vec<u8>)| {
            [&kind.to_be_bytes()[..], &length(value), value].concat()
        };
        let mut body = self.attributes.iter().map(attribute).collect::<Vec<_>>().concat();
        body.resize(body.len() + self.slack, 0);
        let count = u32::try_from(self.attributes.len()).unwrap().to_be_bytes();
        [&handle.to_be_bytes()[..], &count, &length(&body), &body].concat()
    }
}

fn length(octets: &[u8]) -> [u8; 4] {
    u32::try_from(octets.len()).unwrap().to_be_bytes()
}

/// Private and public object of a statement.
type Pair = (Layout, [Object; 2]);

/// The blobs with those objects, under a signature of zeros.
fn blobs(layout: Layout, [private, public]: [&Object; 2]) -> Vec<Vec<u8>> {
    if layout == Layout::Firmware2 {
        let write = |object: &Object| {
            let object = object.to_bytes(1);
            [&[0; 16][..], &length(&object), &object, &[0; 264], &[0; 256]].concat()
        };
        return vec![write(private), write(public)];
    }
    if layout == Layout::Firmware3 {
        let write = |object: &Object| {
            let buffer = [&[0, 1, 0, 0, 0, 8, 0, 0][..], &object.to_bytes(1)].concat();
            let total = u32::try_from(20 + buffer.len() + 256).unwrap();
            let header = [0, 3, total].map(u32::to_be_bytes).concat();
            [&header[..], &length(&buffer), &length(&buffer), &buffer, &[0; 256]].concat()
        };
        return vec![write(private), write(public)];
    }
    let (first, second) = (public.to_bytes(1), private.to_bytes(2));
    let offset = u16::try_from(first.len() + 8).unwrap().to_be_bytes();
    let buffer = [&[0, 1, 0, 3, 0, 8][..], &offset, &first, &second].concat();
    let handles = [1_u64.to_be_bytes(), 2_u64.to_be_bytes()].concat();
    let total = u32::try_from(16 + handles.len() + buffer.len() + 256).unwrap().to_be_bytes();
    let header = [[0; 4], 3_u32.to_be_bytes(), total, length(&buffer)].concat();
    vec![[header, handles, buffer, vec![0; 256]].concat()]
}

fn sample(path: &str) -> Vec<u8> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/attestation-samples");
    std::fs::read(format!("{root}/{path}")).unwrap()
}

fn gunzip(bytes: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    flate2::read::GzDecoder::new(bytes).read_to_end(&mut content).unwrap();
    content
}

fn of_google(compressed: &[u8]) -> Pair {
    let bytes = gunzip(compressed);
    let blob = Blob::read(Layout::V2, &bytes).unwrap();
    (Layout::V2, [Object::read(&blob, 1, 0), Object::read(&blob, 0, 0)])
}

fn of_azure(sample_name: &str) -> Pair {
    let answer = sample(&format!("azure-managed-hsm/{sample_name}/attestation.json"));
    let answer: serde_json::Value = serde_json::from_slice(&answer).unwrap();
    let bytes = |member: &str| {
        let text = answer["attributes"]["attestation"][member].as_str().unwrap();
        URL_SAFE_NO_PAD.decode(text).unwrap()
    };
    let (private, public) = (bytes("privateKeyAttestation"), bytes("publicKeyAttestation"));
    let (layout, slack) = if Blob::begins_like_firmware_3(&private) {
        (Layout::Firmware3, [0, 0])
    } else {
        (Layout::Firmware2, [16, 25])
    };
    let object = |bytes, slack| Object::read(&Blob::read(layout, bytes).unwrap(), 0, slack);
    (layout, [object(&private, slack[0]), object(&public, slack[1])])
}

/// An elliptic curve key and an RSA key in each layout.
fn pairs() -> [Pair; 6] {
    let answer = sample("google-cloud-hsm/simulated-api-answer/crypto-key-version.json");
    let answer: serde_json::Value = serde_json::from_slice(&answer).unwrap();
    let content = STANDARD.decode(answer["attestation"]["content"].as_str().unwrap()).unwrap();
    [
        of_google(&content),
        of_google(&sample("google-cloud-hsm/simulated-without-fault-rsa3072/attestation.dat")),
        of_azure("simulated-without-fault-p384"),
        of_azure("simulated-without-fault-rsa4096"),
        of_azure("simulated-firmware-3-p256"),
        of_azure("simulated-firmware-3-rsa4096"),
    ]
}

/// What a pair of objects comes to: why it is refused, contradicts itself, leaves doubts or lets the key
/// out; and what is shown of it besides.
fn read(layout: Layout, objects: [&Object; 2]) -> (Vec<ReasonCode>, String) {
    let codes = |reasons: &[Reason]| reasons.iter().map(Reason::code).collect::<Vec<_>>();
    let bytes = blobs(layout, objects);
    let blobs: Vec<_> = bytes.iter().map(|blob| Blob::read(layout, blob).unwrap()).collect();
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

/// No attribute of either object in any layout can say something else in silence.
#[test]
fn no_attribute_has_another_value_unnoticed() {
    // PKCS #11 4.9: rights over the module, or to less. Each is shown among the capabilities.
    const HARMLESS: [u32; 6] = [0x105, 0x107, 0x170, 0x172, 0x202, 0x210];
    // The public half: what anyone can do with a public key.
    const OF_PUBLIC: [u32; 5] = [0x104, 0x106, 0x10a, 0x170, 0x172];
    const TOKEN: u32 = 1;
    for (layout, [private, public]) in pairs() {
        let (found, shown) = read(layout, [&private, &public]);
        assert_eq!(found, [], "{layout:?}");
        for half in [0, 1] {
            let judge = |kind: u32, value: &[u8]| match half {
                0 => read(layout, [&private.with(kind, value), &public]),
                _ => read(layout, [&private, &public.with(kind, value)]),
            };
            let attributes = if half == 0 { &private.attributes } else { &public.attributes };
            for (attribute, value) in attributes {
                for other in others(value) {
                    let (found, now) = judge(*attribute, &other);
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
            let (found, _) = judge(0x7777, &[0]);
            assert_eq!(found, [ReasonCode::AttestationUnknownClaim]);
        }
    }
}
