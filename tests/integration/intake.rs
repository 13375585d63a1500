//! The intake against the attack pack and genuine files: every case that is about what was sent,
//! rather than what it says, has its code before anything is judged.

use std::path::PathBuf;

use crate::support::{read, shared};
use keyproof::submission::{Input, InputRole, ItemKind, Limits, Submission};

fn input(name: &str, bytes: Vec<u8>) -> Input {
    Input { name: name.to_owned(), bytes, role: InputRole::Any }
}

fn unpack(inputs: Vec<Input>) -> Submission {
    Submission::unpack(inputs, &Limits::default())
}

fn codes(submission: &Submission) -> Vec<&'static str> {
    submission.problems().iter().map(|problem| problem.code().code()).collect()
}

#[derive(serde::Deserialize)]
struct Manifest {
    cases: Vec<Case>,
}

#[derive(serde::Deserialize)]
struct Case {
    id: String,
    family: String,
    finding: String,
    files: std::collections::BTreeMap<String, String>,
    files_omitted: Option<String>,
}

fn pack() -> Option<(PathBuf, Vec<Case>)> {
    let folder = shared("vectors/attack-pack")?;
    let manifest: Manifest = serde_json::from_slice(&read(&folder.join("manifest.json"))).unwrap();
    Some((folder, manifest.cases))
}

#[test]
fn archives_of_the_attack_pack_are_refused_by_their_code() {
    let Some((folder, cases)) = pack() else { return };
    let mut seen = 0;
    for case in cases.iter().filter(|case| case.family == "archive") {
        let inputs = match case.files_omitted.as_deref() {
            Some(_) if case.id == "zip-many" => vec![input("b.zip", twenty_thousand_entries())],
            Some(omitted) => panic!("{}: {omitted}", case.id),
            None => {
                let file = |name: &String| {
                    input(name, read(&folder.join("archive").join(&case.id).join(name)))
                };
                case.files.keys().map(file).collect()
            }
        };
        let submission = unpack(inputs);
        let codes = codes(&submission);
        // What a member holds is no evidence either.
        assert!(codes.contains(&case.finding.as_str()), "{}: {codes:?}", case.id);
        assert!(submission.items().is_empty(), "{}", case.id);
        seen += 1;
    }
    assert_eq!(seen, 15);
}

fn twenty_thousand_entries() -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for number in 0..20_000 {
        writer.start_file(number.to_string(), zip::write::SimpleFileOptions::default()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// The codes that the intake owes; all others are the verifier's.
const OWED: [&str; 5] = [
    "input.base64",
    "input.pem",
    "input.pem-multiple",
    "input.private-key-present",
    "input.too-many-certificates",
];

#[test]
fn texts_of_the_attack_pack_are_read_or_refused_by_their_code() {
    let Some((folder, cases)) = pack() else { return };
    let mut refused = 0;
    for case in &cases {
        let place = folder.join(&case.family).join(&case.id);
        if !case.files.contains_key("attestation-chain.pem") {
            continue;
        }
        let chain = read(&place.join("attestation-chain.pem"));
        let mut request = if case.files.contains_key("request.csr.pem") {
            read(&place.join("request.csr.pem"))
        } else {
            read(&place.join("request.csr.der"))
        };
        if case.id == "csr-pem-private-key-along" {
            request = b"-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n".to_vec();
        }
        let submission = unpack(vec![input("request", request), input("chain", chain)]);
        let codes = codes(&submission);
        if case.id == "nested-20000" {
            // It is too deep inside an extension, and seven times too large.
            assert_eq!(codes, ["input.too-large"]);
        } else if OWED.contains(&case.finding.as_str()) {
            assert_eq!(codes, [case.finding.as_str()], "{}", case.id);
            refused += 1;
        } else {
            // What is not DER at all is refused here; what is DER and wrong inside is left to its
            // parser, whole.
            let only_der = codes.iter().all(|code| *code == "input.der" && case.finding == *code);
            assert!(only_der, "{}: {codes:?} for {}", case.id, case.finding);
            if codes.is_empty() {
                let requests =
                    submission.items().iter().filter(|item| item.kind() == ItemKind::Request);
                assert_eq!(requests.count(), 1, "{}", case.id);
            }
        }
    }
    assert_eq!(refused, 6);
}

#[test]
fn genuine_files_have_no_problem() {
    let Some(samples) = shared("samples") else { return };
    let mut devices = 0;
    for folder in std::fs::read_dir(samples.join("yubico-piv")).unwrap() {
        let folder = folder.unwrap().path();
        let names = ["attestation.pem", "device.pem", "request.pem"];
        let files = names.iter().filter(|name| folder.join(name).is_file());
        let inputs: Vec<_> = files.map(|name| input(name, read(&folder.join(name)))).collect();
        let count = inputs.len();
        let submission = unpack(inputs);
        assert_eq!(codes(&submission), Vec::<&str>::new(), "{}", folder.display());
        // Some requests carry a certificate.
        let items = submission.items().iter().filter(|it| it.origins() != ["inside the request"]);
        assert_eq!(items.count(), count, "{}", folder.display());
        devices += 1;
    }
    assert!(devices > 5);
    for (file, certificates) in [("genuine-ecc/ecc-pkc.p7b", 3), ("genuine-rsa/rsa-pkc.p7b", 5)] {
        let submission = unpack(vec![input(file, read(&samples.join("thales-luna").join(file)))]);
        assert_eq!(codes(&submission), Vec::<&str>::new(), "{file}");
        assert_eq!(submission.items().len(), certificates, "{file}");
    }
}

#[test]
fn a_mebibyte_of_anything_costs_little() {
    let codes_of = |part: &[u8]| {
        let bytes = part.repeat((1 << 20) / part.len());
        codes(&unpack(vec![input("file", bytes)]))
    };
    assert_eq!(codes_of(b"-----BEGIN\n"), ["input.pem"]);
    assert_eq!(codes_of(b"-----BEGIN CERTIFICATE-----\n"), ["input.pem", "input.too-many"]);
    assert_eq!(codes_of(b"-----END CERTIFICATE-----\n"), ["input.pem"]);
    assert_eq!(
        codes_of(b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"),
        ["input.pem-label"]
    );
    assert_eq!(codes_of(b"-----BEGIN "), ["input.pem", "input.too-many"]);
    assert_eq!(codes_of(b"MIIBCgKCAQEA0000\n"), ["input.der"]);
    assert_eq!(codes_of(b"\n"), ["input.empty"]);
    assert_eq!(codes_of(b"\r"), ["input.empty"]);
    assert_eq!(codes_of(b"0\x80"), ["input.der", "input.too-many"]);
    assert_eq!(codes_of(b"0\0"), ["input.malformed"]);
    assert_eq!(codes_of(b"PK\x05\x06"), ["bundle.malformed"]);
    assert_eq!(codes_of(b"\x1f\x8b\x08\0"), ["input.malformed"]);
    assert_eq!(codes_of(b"x"), ["input.malformed"]);
}

/// Files of every encoding, made here so that the test needs nothing beside the repository.
fn seeds() -> Vec<Vec<u8>> {
    use base64::Engine;
    use std::io::Write;
    let request =
        include_bytes!("../../vendor-roots/yubico/certificates/yubico-piv-root-263751.pem");
    let der = {
        let submission = unpack(vec![input("root", request.to_vec())]);
        submission.items()[0].der().to_vec()
    };
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&der).unwrap();
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for name in ["a.pem", "b/c.pem"] {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(request).unwrap();
    }
    let text = std::str::from_utf8(request).unwrap();
    vec![
        request.to_vec(),
        base64::engine::general_purpose::STANDARD.encode(request).into_bytes(),
        text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        gzip.finish().unwrap(),
        zip.finish().unwrap().into_inner(),
        der,
    ]
}

#[test]
fn damage_of_any_kind_ends_in_bounds_and_with_a_reason() {
    // Knuth's MMIX generator: the same damage on every run.
    let mut state = 1_u64;
    let mut below = |bound: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % bound
    };
    let seeds = seeds();
    for _ in 0..5_000 {
        let mut file = seeds[below(seeds.len())].clone();
        for _ in 0..=below(3) {
            let (at, length) = (below(file.len()), below(40));
            let end = (at + length).min(file.len());
            match below(4) {
                0 => file[at] ^= 1 << below(8),
                1 => file.truncate(at.max(1)),
                2 => drop(file.drain(at..end.min(at + file.len() - 1))),
                _ => {
                    let other = &seeds[below(seeds.len())];
                    let from = below(other.len());
                    let part = &other[from..(from + length).min(other.len())];
                    file.splice(at..at, part.iter().copied());
                }
            }
        }
        let files = [input("a", file), input("b", seeds[below(seeds.len())].clone())];
        let submission = unpack(files.to_vec());
        let reversed = unpack(files.into_iter().rev().collect());
        assert_eq!(submission, reversed);
        assert!(submission.inputs().len() >= 2, "every file is accounted for");
        assert!(submission.items().iter().all(|item| {
            keyproof::encoding::der::check(item.der()).is_ok() && !item.origins().is_empty()
        }));
        // A file that yields nothing is never passed over in silence.
        for statement in submission.inputs() {
            if ["unknown", "text", "empty"].contains(&statement.kind.as_str()) {
                let named = submission.problems().iter().any(|problem| {
                    problem.detail().get("file").is_some_and(|file| *file == statement.name)
                });
                let listed = submission.companions().iter().any(|it| it.name == statement.name);
                assert!(named || listed, "{}: {}", statement.name, statement.kind);
            }
        }
    }
}

/// OpenSSL, GnuTLS and Python's `cryptography` find another request in these files than the one that
/// stands in them for keyproof.
#[test]
fn a_file_that_holds_a_second_request_for_another_program_is_refused() {
    let Some(folder) = shared("findings/request-substitution") else { return };
    let codes_as = |name: &str, role| {
        let input = Input { name: name.to_owned(), bytes: read(&folder.join(name)), role };
        codes(&unpack(vec![input]))
    };
    for name in ["glued-to-long-lines.pem", "ascii-inside-utf16.pem", "archive-comment.pem"] {
        assert_eq!(codes_as(name, InputRole::Any), ["input.ambiguous"], "{name}");
        assert_eq!(codes_as(name, InputRole::Request), ["input.request-form"], "{name}");
    }
    for role in [InputRole::Any, InputRole::Request] {
        assert_eq!(codes_as("control-request.pem", role), [""; 0]);
    }
}
