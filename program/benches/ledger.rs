//! The gate and the recheck on a large ledger, by the program itself: how long one answer of the gate
//! takes, and how the rate of the recheck compares with that of bare verification on as many threads.
//! `KEYPROOF_LEDGER_RECORDS` says how many records (20,000 if not).
#![allow(clippy::disallowed_methods, reason = "a benchmark reads the clock and files")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::as_conversions,
    clippy::indexing_slicing,
    reason = "a benchmark that cannot go on has failed"
)]

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use keyproof::facts::Facts;
use keyproof::policy::default_policy;
use keyproof::trust::{AnchorManifest, ManifestOrigin};
use keyproof::{Input, InputRole, Limits, Submission, Timestamp, Verifier};

const QUESTIONS: usize = 31;

/// A larger ledger is made for the gate alone.
const MOST_RECHECKED: usize = 200_000;

fn main() {
    // `cargo test --benches` runs this too: a short round shows that it works.
    let is_bench = std::env::args().any(|argument| argument == "--bench");
    let records: usize = std::env::var("KEYPROOF_LEDGER_RECORDS")
        .map_or(if is_bench { 20_000 } else { 200 }, |text| text.parse().expect("a number"));
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str], codes: &[i32]| -> Duration {
        let start = Instant::now();
        let status = Command::new(env!("CARGO_BIN_EXE_keyproof"))
            .args(arguments)
            .env("KEYPROOF_LEDGER", "sqlite:l.db")
            .env("KEYPROOF_LEDGER_KEY", "l.key")
            .env("KEYPROOF_OPERATOR", "bench")
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        let took = start.elapsed();
        assert!(codes.contains(&status.code().unwrap()), "{arguments:?}: {status}");
        took
    };
    run(&["ledger", "init", "--origin", "bench/1"], &[0]);
    for name in ["one", "two"] {
        run(&["simulate", "yubico-piv", "--key", "p256", "--out", name], &[0]);
    }
    let mut list = BufWriter::new(File::create(folder.path().join("list")).unwrap());
    for number in 0..records {
        writeln!(
            list,
            "{{\"id\":\"{number}\",\"files\":[\"one\"],\"order\":\"o\",\"subscriber\":\"s\"}}"
        )
        .unwrap();
    }
    list.into_inner().unwrap().sync_all().unwrap();
    let kept = run(&["batch", "list", "--output", "results", "--trust-anchors", "one"], &[5]);
    println!("{records} verdicts kept in {kept:.1?}, {:.0} a second", rate(records, kept));

    fs::write(folder.path().join("report"), b"report").unwrap();
    let record = [
        "ledger",
        "record",
        "--method",
        "6",
        "--request",
        "two/request.pem",
        "--reason",
        "x",
        "--document",
        "report",
    ];
    run(&record, &[0]);
    let about = records.to_string();
    run(&["ledger", "approve", &about, "--reason", "x"], &[0]);
    let gate = ["gate", "two/attestation.pem"];
    run(&gate, &[0]);
    let mut answers: Vec<Duration> = (0..QUESTIONS).map(|_| run(&gate, &[0])).collect();
    answers.sort();
    println!(
        "gate: median {:.1?}, slowest {:.1?} of {QUESTIONS} answers, the start of the program included",
        answers[QUESTIONS / 2],
        answers[QUESTIONS - 1]
    );

    if records > MOST_RECHECKED {
        return;
    }
    // One and the other in turn, because the machine is shared.
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut ratios: Vec<f64> = (0..3)
        .map(|_| {
            let bare = verify_bare(&folder.path().join("one"), records, threads);
            let again = run(&["ledger", "recheck", "--trust-anchors", "one"], &[0]);
            println!(
                "recheck: {:.0} a second, bare verification {:.0} a second on {threads} threads",
                rate(records, again),
                rate(records, bare)
            );
            bare.as_secs_f64() / again.as_secs_f64()
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    println!("recheck at {:.2} of the rate of bare verification (median of 3)", ratios[1]);
}

fn rate(records: usize, took: Duration) -> f64 {
    records as f64 / took.as_secs_f64()
}

/// The same submissions from memory, by the library alone.
fn verify_bare(folder: &Path, records: usize, threads: usize) -> Duration {
    let mut inputs = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        inputs.push(Input { name, bytes: fs::read(&path).unwrap(), role: InputRole::Found });
    }
    let manifest = fs::read(folder.join("anchors.yaml")).unwrap();
    let manifest =
        AnchorManifest::parse(ManifestOrigin::Caller, "anchors.yaml", &manifest, &|_| None);
    let facts = Facts::with_anchors(vec![manifest.unwrap()]).unwrap();
    let verifier = Verifier::new(facts, default_policy().unwrap());
    let time = Timestamp::from_rfc3339("2026-11-21T12:00:00Z").unwrap();
    let next = AtomicUsize::new(0);
    let start = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while next.fetch_add(1, Ordering::Relaxed) < records {
                    let submission = Submission::unpack(inputs.clone(), &Limits::default());
                    let _ = std::hint::black_box(verifier.appraise(&submission, time));
                }
            });
        }
    });
    start.elapsed()
}
