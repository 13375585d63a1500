//! What the worst submission of each kind costs, in instructions of the optimised program: counted by
//! callgrind, so that a busy machine changes nothing.
//!
//! `make count` prints the table of docs/threat-model.md, and fails where a row is above [`MOST`] or the
//! document says something else. What is counted is everything from the bytes to the reports; the facts
//! are read before. `cargo test` judges the rows that are made of samples once, uncounted.
#![allow(clippy::disallowed_methods, reason = "a benchmark reads files and starts programs")]
#![allow(
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "a benchmark"
)]

#[path = "instructions/worst.rs"]
mod worst;

use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;

use keyproof::facts::Facts;
use keyproof::policy::default_policy;
use keyproof::reason::Language;
use keyproof::report::{self, TextOptions};
use keyproof::trust::{AnchorManifest, ManifestOrigin};
use keyproof::{AttestationResult, Input, InputRole, Limits, Submission, Timestamp, Verifier};
use worst::Row;

/// Instructions that no submission may cost: a second of an old processor.
const MOST: u64 = 2_000_000_000;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [_, "--judge", file, folder] => judge_alone(file, folder),
        [.., "--bench"] => count_all(),
        _ => {
            let rows = worst::rows();
            let samples = rows.iter().filter(|row| !row.sample.is_empty());
            let faults: Vec<String> = samples.filter_map(wrong_end).collect();
            assert!(faults.is_empty(), "{}", faults.join("\n"));
        }
    }
}

/// In a process of its own, under callgrind.
fn judge_alone(file: &str, folder: &str) {
    let inputs = unframed(&std::fs::read(file).unwrap());
    let verifier = verifier(folder);
    let _ = black_box(counted_submission(inputs, &verifier));
}

/// What is counted.
#[inline(never)]
fn counted_submission(inputs: Vec<Input>, verifier: &Verifier) -> AttestationResult {
    let time = Timestamp::from_rfc3339("2026-11-21T00:00:00Z").unwrap();
    let submission = Submission::unpack(inputs, &Limits::default());
    let result = verifier.appraise(&submission, time);
    black_box(report::text(&result, &TextOptions::default()));
    black_box(report::json(&result, Language::English));
    black_box(report::html(&result, Language::English));
    result
}

fn verifier(folder: &str) -> Verifier {
    let path = sample_folder(folder).join("anchors.yaml");
    let manifests = std::fs::read(path).ok().map(|bytes| {
        let origin = ManifestOrigin::Caller;
        AnchorManifest::parse(origin, "anchors.yaml", &bytes, &|_| None).unwrap()
    });
    let facts = Facts::with_anchors(manifests.into_iter().collect()).unwrap();
    Verifier::new(facts, default_policy().unwrap())
}

fn sample_folder(folder: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("attestation-samples").join(folder)
}

/// That a row does not end early, for another reason than it is made for.
fn wrong_end(row: &Row) -> Option<String> {
    let result = counted_submission(row.inputs.clone(), &verifier(row.sample));
    let reasons = result.findings().iter().flat_map(|finding| {
        finding.reasons().iter().chain(finding.notices()).map(|reason| reason.code().code())
    });
    let codes: Vec<_> = reasons.chain([result.verdict().id()]).collect();
    (!codes.contains(&row.ends)).then(|| format!("{}: ends in {codes:?}", row.name))
}

fn count_all() {
    let rows = worst::rows();
    let folder = tempfile::tempdir().unwrap();
    let waiting = Mutex::new(rows.iter().enumerate());
    let counted: Mutex<Vec<(usize, u64)>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let Some((place, row)) = waiting.lock().unwrap().next() else { break };
                    let file = folder.path().join(place.to_string());
                    std::fs::write(&file, framed(&row.inputs)).unwrap();
                    let instructions = count(&file, row.sample);
                    counted.lock().unwrap().push((place, instructions));
                }
            });
        }
    });
    let mut counted = counted.into_inner().unwrap();
    counted.sort_unstable();
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/threat-model.md");
    let document = std::fs::read_to_string(document).unwrap();
    let mut faults = Vec::new();
    println!("| submission | ends in | million instructions |\n|---|---|---|");
    for (place, instructions) in counted {
        let row = &rows[place];
        faults.extend(wrong_end(row));
        let start = format!("| {} | `{}` | ", row.name, row.ends);
        println!("{start}{} |", instructions.div_ceil(1_000_000));
        if instructions > MOST {
            faults.push(format!("{}: {instructions} instructions, above {MOST}", row.name));
        }
        let stated =
            document.lines().find_map(|line| line.strip_prefix(&start)?.strip_suffix(" |"));
        let stated: u64 = stated.and_then(|millions| millions.parse().ok()).unwrap_or(0);
        // Processors differ in what the library of the signatures can use of them.
        if !(stated / 2..=stated * 3 / 2 + 1).contains(&instructions.div_ceil(1_000_000)) {
            faults.push(format!("{}: docs/threat-model.md says {stated} million", row.name));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn count(file: &Path, sample: &str) -> u64 {
    let run = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--collect-atstart=no"])
        .arg("--toggle-collect=*counted_submission*")
        .arg(std::env::current_exe().unwrap())
        .arg("--judge")
        .arg(file)
        .arg(sample)
        .output()
        .expect("valgrind, which `make test-system` installs");
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{said}");
    let collected = said.lines().find_map(|line| line.split_once("Collected : "));
    collected.and_then(|(_, number)| number.trim().parse().ok()).expect("a count")
}

/// The inputs in one file: names may be such as no file has.
fn framed(inputs: &[Input]) -> Vec<u8> {
    let part = |bytes: &[u8]| [&(bytes.len() as u64).to_be_bytes(), bytes].concat();
    inputs.iter().flat_map(|it| [part(it.name.as_bytes()), part(&it.bytes)].concat()).collect()
}

fn unframed(mut bytes: &[u8]) -> Vec<Input> {
    let mut inputs = Vec::new();
    let mut part = || {
        let (length, rest) = bytes.split_first_chunk::<8>()?;
        let (part, rest) = rest.split_at(u64::from_be_bytes(*length) as usize);
        bytes = rest;
        Some(part.to_vec())
    };
    while let (Some(name), Some(bytes)) = (part(), part()) {
        let name = String::from_utf8(name).unwrap();
        inputs.push(Input { name, bytes, role: InputRole::Any });
    }
    inputs
}
