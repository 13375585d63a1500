//! The same input gives byte-identical JSON, whatever surrounds the program.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use crate::support::{TIME, entries};

#[test]
fn a_hundred_runs_give_one_result() {
    let root = Path::new(crate::ROOT);
    let sample = root.join("attestation-samples/yubico-piv/simulated-accept");
    let files: Vec<_> = entries(&sample)
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "pem"))
        .collect();
    assert!(files.len() >= 3);
    let zones = ["UTC", "America/St_Johns", "Pacific/Kiritimati", ":/nonexistent"];
    let languages = ["C", "C.UTF-8", "tr_TR.UTF-8", "de_DE.ISO-8859-1", ""];
    let folders =
        [root.to_owned(), root.join("src"), std::env::temp_dir(), Path::new("/").to_owned()];
    let mut results = BTreeSet::new();
    for run in 0..100 {
        let mut order = files.clone();
        let length = order.len();
        order.rotate_left(run % length);
        if run % 2 == 1 {
            order.reverse();
        }
        let language = languages[run % languages.len()];
        let output = Command::new(env!("CARGO_BIN_EXE_keyproof"))
            .args(["verify", "--format", "json", "--time", TIME, "--trust-anchors"])
            .arg(&sample)
            .args(&order)
            .env("TZ", zones[run % zones.len()])
            .env("LANG", language)
            .env("LC_ALL", language)
            .current_dir(&folders[run % folders.len()])
            .output()
            .expect("the program runs");
        assert_eq!(output.status.code(), Some(5), "{}", String::from_utf8_lossy(&output.stderr));
        results.insert((output.stdout, output.stderr));
    }
    assert_eq!(results.len(), 1);
}
