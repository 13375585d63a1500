#![allow(clippy::disallowed_methods, reason = "tests read samples")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use memchr::memmem;

use super::Verifier;
use crate::encoding::tally;
use crate::facts::Facts;
use crate::policy::default_policy;
use crate::public_key::PublicKey;
use crate::submission::{Input, InputRole, Limits, Object, ObjectKind, Submission};
use crate::time::Timestamp;
use crate::trust::{AnchorManifest, ManifestOrigin};

/// The folders of all cases.
fn folders() -> Vec<PathBuf> {
    let within = |folder: &Path| {
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        entries.filter(|path| path.is_dir()).collect::<Vec<_>>()
    };
    let formats = within(&Path::new(env!("CARGO_MANIFEST_DIR")).join("attestation-samples"));
    let mut folders: Vec<_> = formats.iter().flat_map(|format| within(format.as_path())).collect();
    folders.sort();
    folders
}

fn inputs(folder: &Path) -> Vec<Input> {
    let mut inputs = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_file() && !["case.yaml", "anchors.yaml"].contains(&name.as_str()) {
            let bytes = std::fs::read(&path).unwrap();
            inputs.push(Input { name, bytes, role: InputRole::Any });
        }
    }
    inputs
}

fn verifier(folder: &Path) -> Verifier {
    let manifest = std::fs::read(folder.join("anchors.yaml")).ok().map(|bytes| {
        let origin = ManifestOrigin::Caller;
        AnchorManifest::parse(origin, "anchors.yaml", &bytes, &|_| None).unwrap()
    });
    let facts = Facts::with_anchors(manifest.into_iter().collect()).unwrap();
    Verifier::new(facts, default_policy().unwrap())
}

/// Outside of signature checks no string of bytes is hashed twice in a run, and no JSON, XML, request or
/// certificate is read twice; but as often as it stands in what came. Keys of evidence that leads
/// nowhere are not known to be the requested one, and fingerprinted beside it.
#[test]
fn nothing_is_hashed_or_parsed_twice() {
    let time = Timestamp::from_rfc3339("2026-11-21T00:00:00Z").unwrap();
    let mut twice = Vec::new();
    let mut formats = BTreeSet::new();
    for folder in folders() {
        let (verifier, inputs) = (verifier(&folder), inputs(&folder));
        tally::take();
        let submission = Submission::unpack(inputs.clone(), &Limits::default());
        let result = verifier.appraise(&submission, time);
        let tally = tally::take();
        formats.extend(result.claims().and(result.format()).map(str::to_owned));
        let parsed = tally.keys().filter(|(what, _)| *what == "parse").map(|(_, bytes)| bytes);
        let parsed: Vec<_> = parsed.collect();
        let documents =
            submission.objects().iter().filter(|it| it.kind() == ObjectKind::Json).count();
        for ((what, bytes), times) in tally.iter().filter(|(_, times)| **times > 1) {
            let is_key = PublicKey::from_spki(bytes).is_ok();
            let came = inputs.iter().map(|input| input.bytes.as_slice());
            let came = came.chain(submission.objects().iter().map(Object::bytes));
            let base64 = STANDARD.encode(bytes);
            let count = |it: &[u8]| {
                memmem::find_iter(it, bytes).count().max(memmem::find_iter(it, &base64).count())
            };
            let stands = came.map(count).max().unwrap_or(0).max(documents);
            let within = parsed.iter().filter(|it| is_key && memmem::find(it, bytes).is_some());
            let may = stands.max(within.count()).max(1);
            if *times > may && !(is_key && result.claims().is_none()) {
                let start: String = bytes.escape_ascii().take(60).map(char::from).collect();
                twice.push(format!(
                    "{}: {what} {} octets {times} times: {start}",
                    folder.display(),
                    bytes.len()
                ));
            }
        }
    }
    assert!(twice.is_empty(), "{}\n{}", twice.len(), twice.join("\n"));
    assert!(formats.len() >= 9, "{formats:?}");
}
