//! Evidence that a request carries (draft-ietf-lamps-csr-attestation): it counts as if it had come
//! beside the request, whatever its format, and no less and no more.

use crate::case::Case;
use crate::damage::flipped_bits;
use crate::support::{appraise, at, at_least, der, every};
use keyproof::encoding::der::{Glance, tag};
use keyproof::submission::{Input, InputRole, ItemKind, Limits, Submission};
use keyproof::{AttestationResult, Outcome, Requirement, Verdict};

fn value(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let [.., high, low] = content.len().to_be_bytes();
    assert!(content.len() <= 0xffff);
    let mut out = vec![tag];
    match (high, low) {
        (0, 0..=0x7f) => out.push(low),
        (0, _) => out.extend([0x81, low]),
        (_, _) => out.extend([0x82, high, low]),
    }
    out.extend(content);
    out
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    value(tag::SEQUENCE, parts)
}

/// 1.2.840.113549.1.9.16.2.59.
const EVIDENCE: &[u8] = &[6, 11, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x02, 0x3b];
/// 1.2.3, which is nobody's.
const KIND: &[u8] = &[6, 2, 0x2a, 3];

/// An attribute of that bundle.
fn attribute(bundle: &[u8]) -> Vec<u8> {
    sequence(&[EVIDENCE, &value(tag::SET, &[bundle])])
}

fn bundle(statements: &[Vec<u8>]) -> Vec<u8> {
    sequence(&[&sequence(&[&statements.concat()])])
}

fn statement(value: &[u8]) -> Vec<u8> {
    sequence(&[KIND, value])
}

/// What an applicant would wrap a file in that is not ASN.1.
fn wrapped(file: &[u8]) -> Vec<u8> {
    statement(&value(tag::OCTET_STRING, &[file]))
}

/// The request of a simulated case with other attributes. Nobody signs it.
fn request_with(attributes: &[Vec<u8>]) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/attestation-samples/yubico-piv");
    let whole = der(&std::fs::read(format!("{folder}/simulated-accept/request.pem")).unwrap());
    let mut outer = Glance::at(&whole).nested(tag::SEQUENCE).unwrap();
    let mut info = outer.nested(tag::SEQUENCE).unwrap();
    let rest = [outer.any().unwrap().2, outer.any().unwrap().2].concat();
    let mut field = || info.any().unwrap().2.to_vec();
    let (version, subject, key) = (field(), field(), field());
    let attributes = value(tag::CONTEXT_0, &[&attributes.concat()]);
    sequence(&[&sequence(&[&version, &subject, &key, &attributes]), &rest])
}

fn finding(result: &AttestationResult, requirement: Requirement) -> (Outcome, Vec<String>) {
    let finding = result.findings().iter().find(|finding| finding.requirement() == requirement);
    let finding = finding.expect("every requirement");
    let codes = finding.reasons().iter().map(|reason| reason.code().code().to_owned());
    (finding.outcome(), codes.collect())
}

/// What the evidence shows by itself, whoever requests.
const OF_THE_EVIDENCE: [Requirement; 3] =
    [Requirement::GenuineModule, Requirement::GeneratedInModule, Requirement::NonExportable];

/// A request or a bare key, whatever the file is called: it is no evidence.
fn stands_for_a_request(bytes: &[u8]) -> bool {
    let input = Input { name: String::new(), bytes: bytes.to_vec(), role: InputRole::Any };
    let submission = Submission::unpack(vec![input], &Limits::default());
    submission.items().iter().any(|item| item.kind() != ItemKind::Certificate)
}

#[test]
fn evidence_of_every_format_says_in_a_request_what_it_says_beside_it() {
    let limit = Limits::default().item_bytes;
    let mut formats = std::collections::BTreeSet::new();
    let mut too_large = Vec::new();
    for case in Case::stored().iter().filter(|case| {
        (case.origin == "real device" || case.is_faultless())
            && !case.name.contains("request-evidence")
    }) {
        let files = &case.files;
        let evidence: Vec<_> =
            files.iter().filter(|(_, bytes)| !stands_for_a_request(bytes)).collect();
        let statements: Vec<_> = evidence.iter().map(|(_, bytes)| wrapped(bytes)).collect();
        let carrying = request_with(&[attribute(&bundle(&statements))]);
        if carrying.len() > limit {
            too_large.push(&case.name);
            continue;
        }
        let plain = request_with(&[]);
        let mut beside = vec![("plain.csr", plain.as_slice())];
        beside.extend(evidence.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())));
        let verifier = case.verifier();
        let beside = appraise(&verifier, &beside, at(&case.time));
        let within = appraise(&verifier, &[("carrying.csr", &carrying)], at(&case.time));
        for requirement in OF_THE_EVIDENCE {
            let [within, beside] = [&within, &beside].map(|result| finding(result, requirement));
            assert_eq!(within, beside, "{} {requirement:?}", case.name);
        }
        assert_eq!(within.format(), beside.format(), "{}", case.name);
        assert_ne!(within.verdict(), Verdict::Accept, "nobody signed the request");
        formats.extend(within.format().map(str::to_owned));
    }
    let names: Vec<_> = formats.iter().map(String::as_str).collect();
    for format in [
        "fortanix-dsm",
        "google-cloud-hsm",
        "smartcard-hsm",
        "yubico-openpgp",
        "yubico-piv",
        "yubico-yubihsm2",
    ] {
        assert!(names.contains(&format), "{format} is not among {names:?}");
    }
    assert!(too_large.len() < 10, "{too_large:?}");
}

#[test]
fn no_flipped_bit_of_a_request_with_its_evidence_leaves_an_accept() {
    let step = every(53);
    let mut damaged_count = 0;
    for case in Case::stored()
        .iter()
        .filter(|case| case.name.contains("request-evidence") && case.is_faultless())
    {
        let [(name, bytes)] = case.files.as_slice() else { panic!("one file") };
        let (whole, verifier, time) = (der(bytes), case.verifier(), at(&case.time));
        let appraise = |bytes: &[u8]| appraise(&verifier, &[(name.as_str(), bytes)], time);
        let result = appraise(&whole);
        assert_eq!(result.verdict(), Verdict::Accept, "{}", case.name);
        // Where the path lies in the request, found by fingerprint.
        let evidence: Vec<_> = result.path().iter().map(|link| link.sha256).collect();
        let places = certificates_in(&whole);
        assert!(evidence.iter().all(|hash| places.iter().any(|(known, _)| known == hash)));
        for (bit, damaged) in flipped_bits(&whole, step) {
            let result = appraise(&damaged);
            assert_ne!(result.verdict(), Verdict::Accept, "{}: bit {bit}", case.name);
            let in_evidence = places
                .iter()
                .any(|(hash, place)| evidence.contains(hash) && place.contains(&(bit / 8)));
            if in_evidence {
                let (outcome, _) = finding(&result, Requirement::GenuineModule);
                assert_ne!(outcome, Outcome::Satisfied, "{}: bit {bit}", case.name);
            }
            damaged_count += 1;
        }
    }
    assert!(damaged_count > at_least(1_000), "only {damaged_count}");
}

/// Every SEQUENCE in a request that a fingerprint may be of, with its place.
fn certificates_in(
    request: &[u8],
) -> Vec<(keyproof::encoding::hex::Sha256, std::ops::Range<usize>)> {
    let mut found = Vec::new();
    for start in 0..request.len() {
        if request[start] != tag::SEQUENCE {
            continue;
        }
        if let Ok((_, _, whole)) = Glance::at(&request[start..]).any() {
            let hash = keyproof::encoding::hex::Sha256::of(whole);
            found.push((hash, start..start + whole.len()));
        }
    }
    found
}

fn genuine_module(attributes: &[Vec<u8>]) -> (Outcome, Vec<String>) {
    let case = Case::named("yubico-piv/simulated-accept");
    let request = request_with(attributes);
    let result = appraise(&case.verifier(), &[("r.csr", &request)], at("2026-11-21T00:00:00Z"));
    finding(&result, Requirement::GenuineModule)
}

fn refused(code: &str) -> (Outcome, Vec<String>) {
    (Outcome::Unsatisfied, vec![code.to_owned()])
}

#[test]
fn what_is_no_evidence_is_refused_by_name() {
    let of = |value: &[u8]| genuine_module(&[attribute(&bundle(&[statement(value)]))]);
    let inner = request_with(&[]);
    let key = {
        let mut outer = Glance::at(&inner).nested(tag::SEQUENCE).unwrap();
        let mut info = outer.nested(tag::SEQUENCE).unwrap();
        info.any().unwrap();
        info.any().unwrap();
        info.any().unwrap().2.to_vec()
    };
    // A request or a key inside a request is no evidence, wrapped or not.
    for piece in [&inner, &key] {
        assert_eq!(of(piece), refused("evidence.malformed"));
        assert_eq!(of(&value(tag::OCTET_STRING, &[piece])), refused("evidence.malformed"));
    }
    assert_eq!(of(&[5, 0]), refused("input.malformed"));
    assert_eq!(of(&value(0x0c, &[b"no evidence"])), refused("input.malformed"));
    assert_eq!(of(&value(tag::OCTET_STRING, &[b"PK\x03\x04"])), refused("bundle.nested"));
    assert_eq!(of(&value(tag::OCTET_STRING, &[b"{\"a\": 1}"])), refused("input.malformed"));
    // The attribute among the requested extensions (CRMF has it there).
    let extension = sequence(&[EVIDENCE, &value(4, &[&bundle(&[statement(&[5, 0])])])]);
    let request = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 14];
    let asked = sequence(&[request, &value(tag::SET, &[&sequence(&[&extension])])]);
    assert_eq!(genuine_module(&[asked]), refused("evidence.malformed"));
}

#[test]
fn a_private_key_inside_the_evidence_is_found() {
    // PKCS #8 of an Ed25519 key (RFC 8410 10.3), which is published.
    let key = [
        0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20, 0xd4, 0xee, 0x72,
        0xdb, 0xf9, 0x13, 0x58, 0x4a, 0xd5, 0xb6, 0xd8, 0xf1, 0xf7, 0x69, 0xf8, 0xad, 0x3a, 0xfe,
        0x7c, 0x28, 0xcb, 0xf1, 0xd4, 0xfb, 0xe0, 0x97, 0xa8, 0x8f, 0x44, 0x75, 0x58, 0x42,
    ];
    for statement in [wrapped(&key), statement(&key)] {
        let outcome = genuine_module(&[attribute(&bundle(&[statement]))]);
        assert_eq!(outcome, refused("input.private-key-present"));
    }
}

#[test]
fn statements_without_end_are_bounded() {
    let many: Vec<_> = (0..200).map(|_| wrapped(b"x")).collect();
    assert_eq!(genuine_module(&[attribute(&bundle(&many))]), refused("input.too-many"));
}

#[test]
fn what_was_peeled_is_reported() {
    let case = Case::named("request-evidence/simulated-without-fault-piv-p384");
    let result = case.result();
    let inputs: Vec<_> = result
        .inputs()
        .iter()
        .map(|input| (input.name.as_str(), input.kind.as_str(), input.layers.join(" ")))
        .collect();
    let peeled = "pem request-attribute".to_owned();
    assert_eq!(
        inputs,
        [
            ("request.pem", "request", peeled.clone()),
            ("request.pem/certificate-1", "certificate", peeled.clone()),
            ("request.pem/certificate-2", "certificate", peeled.clone()),
            ("request.pem/statement-1 (1.3.6.1.4.1.41482.3.1)", "certificate", peeled),
        ]
    );
}

/// A certificate with the extensions of Yubico's tools, v3. Its signature is nobody's: it is a container.
fn certificate_around(issuer: &str, leaf: &[u8], device: &[u8]) -> Vec<u8> {
    let name = |name: &str| {
        let attribute = sequence(&[&[6, 3, 0x55, 4, 3], &value(12, &[name.as_bytes()])]);
        sequence(&[&value(0x31, &[&attribute])])
    };
    let extension = |last: u8, content: &[u8]| {
        let oid = [6, 10, 0x2b, 6, 1, 4, 1, 0x82, 0xc4, 0x0a, 3, last];
        sequence(&[&oid, &value(4, &[content])])
    };
    let extensions = sequence(&[&extension(1, leaf), &extension(2, device)]);
    // ecdsa-with-SHA256.
    let algorithm = sequence(&[&[6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2]]);
    let time = value(tag::UTC_TIME, &[b"261121000000Z"]);
    let attested = keyproof::encoding::x509::Certificate::from_der(leaf).unwrap();
    let tbs = sequence(&[
        &[0xa0, 3, 2, 1, 2, 2, 1, 1],
        &algorithm,
        &name(issuer),
        &sequence(&[&time, &time]),
        &name("Holder"),
        attested.subject_public_key_info(),
        &value(0xa3, &[&extensions]),
    ]);
    sequence(&[&tbs, &algorithm, &[3, 2, 0, 1]])
}

/// `yubico-piv-tool -a selfsign-certificate --attestation`, and powershellYK. The container is made up by what their
/// sources write: no token is here whose key would sign one.
#[test]
fn evidence_inside_a_self_issued_certificate_counts_as_evidence_beside_it() {
    let case = Case::named("yubico-piv/simulated-accept");
    let file = |name: &str| {
        let (_, bytes) = case.files.iter().find(|(other, _)| other == name).expect("a file");
        bytes.as_slice()
    };
    let (leaf, device) = (der(file("attestation.pem")), der(file("device.pem")));
    let judged = |container: &[u8]| {
        let files = [
            ("request.pem", file("request.pem")),
            ("issuing-ca.pem", file("issuing-ca.pem")),
            ("certificate.der", container),
        ];
        appraise(&case.verifier(), &files, at(&case.time))
    };
    let result = judged(&certificate_around("Holder", &leaf, &device));
    assert_eq!(result.verdict(), Verdict::Accept, "{:?}", crate::support::codes(&result));
    assert_eq!(result.path().len(), case.result().path().len());

    // Of another issuer's, and with another device's attestation.
    let other = judged(&certificate_around("Other", &leaf, &device));
    let codes = crate::support::codes(&other);
    assert_eq!(
        (other.verdict(), codes.contains(&"attestation.unrecognized")),
        (Verdict::Reject, true)
    );
    let swapped = judged(&certificate_around("Holder", &device, &leaf));
    assert_eq!(swapped.verdict(), Verdict::Accept, "the place says nothing");
    let mut broken = leaf.clone();
    *broken.last_mut().unwrap() ^= 1;
    let broken = judged(&certificate_around("Holder", &broken, &device));
    assert_eq!(broken.verdict(), Verdict::Reject);
}
