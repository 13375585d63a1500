//! A case: what is submitted, when it is judged, and what must come out, as `case.yaml` says it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use keyproof::facts::Facts;
use keyproof::{AttestationResult, Requirement, Verifier};
use serde::Deserialize;

use crate::support::{appraise, at, entries, facts, facts_and, read, shared, verifier};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "for readers of the file")]
pub struct Case {
    /// What the case is, in a sentence.
    pub description: String,
    /// `real device`, `simulated`, or what it was made from and by what change.
    pub origin: String,
    /// Where it came from.
    pub source: String,
    /// When it is judged.
    pub time: String,
    /// The folder of the files, below the shared samples; by default the case's own.
    #[serde(default)]
    samples: Option<String>,
    /// The files that are submitted, in that order.
    files: Vec<String>,
    /// A manifest of further trust anchors, beside the case.
    #[serde(default)]
    pub trust_anchors: Option<String>,
    pub expect: Expectation,
    #[serde(skip)]
    folder: PathBuf,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    pub verdict: String,
    /// By requirement: `OUTCOME CODE…`. Every requirement that is not named is satisfied.
    #[serde(default)]
    findings: BTreeMap<String, String>,
    /// By requirement: `CODE…`. There are no others.
    #[serde(default)]
    notices: BTreeMap<String, String>,
}

impl Case {
    /// Every case of the project, in order of folder. Those whose files are not there are left out
    /// (see [`shared`]).
    pub fn all() -> Vec<Self> {
        let root = Path::new(crate::ROOT).join("attestation-samples");
        let mut cases = Vec::new();
        for format in entries(&root).into_iter().filter(|entry| entry.is_dir()) {
            for folder in entries(&format).into_iter().filter(|entry| entry.is_dir()) {
                cases.extend(Self::load(&folder));
            }
        }
        cases
    }

    fn load(folder: &Path) -> Option<Self> {
        let path = folder.join("case.yaml");
        let text = String::from_utf8(read(&path)).expect("UTF-8");
        let mut case: Self = serde_saphyr::from_str(&text)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        case.folder = match &case.samples {
            Some(samples) => shared(&format!("samples/{samples}"))?,
            None => folder.to_owned(),
        };
        Some(case)
    }

    pub fn name(&self) -> String {
        self.folder.display().to_string()
    }

    /// The submitted files by name.
    pub fn files(&self) -> Vec<(String, Vec<u8>)> {
        let load = |name: &String| (name.clone(), read(&self.folder.join(name)));
        self.files.iter().map(load).collect()
    }

    /// The bundled facts, with the anchors of the case.
    pub fn facts(&self) -> Facts {
        match &self.trust_anchors {
            Some(manifest) => {
                let text = String::from_utf8(read(&self.folder.join(manifest))).expect("UTF-8");
                facts_and(&text)
            }
            None => facts(),
        }
    }

    pub fn verifier(&self) -> Verifier {
        verifier(self.facts())
    }

    /// Whether it is made without fault, and of nothing but what plays a part.
    pub fn is_faultless(&self) -> bool {
        let name = self.folder.file_name().expect("a folder").to_string_lossy();
        name.starts_with("simulated-accept") || name.starts_with("simulated-without-fault")
    }

    pub fn appraise(&self) -> AttestationResult {
        let files = self.files();
        let files: Vec<_> =
            files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
        appraise(&self.verifier(), &files, at(&self.time))
    }

    /// The differences between what came out and what must, one a line.
    pub fn differences(&self, result: &AttestationResult) -> Vec<String> {
        let mut differences = Vec::new();
        let mut compare = |what: &str, expected: String, actual: String| {
            if expected != actual {
                differences.push(format!("{what}: expected {expected:?}, got {actual:?}"));
            }
        };
        compare("verdict", self.expect.verdict.clone(), result.verdict().id().to_owned());
        for id in self.expect.findings.keys().chain(self.expect.notices.keys()) {
            assert!(Requirement::from_id(id).is_some(), "{}: no requirement {id}", self.name());
        }
        for finding in result.findings() {
            let id = finding.requirement().id();
            let reasons: BTreeSet<_> =
                finding.reasons().iter().map(|reason| reason.code().code()).collect();
            let notices: BTreeSet<_> =
                finding.notices().iter().map(|reason| reason.code().code()).collect();
            let mut actual = vec![finding.outcome().id()];
            actual.extend(reasons);
            let expected = self.expect.findings.get(id).map_or("satisfied", String::as_str);
            compare(id, sorted_tail(expected), actual.join(" "));
            let expected = self.expect.notices.get(id).map_or("", String::as_str);
            let mut expected: Vec<_> = expected.split_whitespace().collect();
            expected.sort_unstable();
            let actual: Vec<_> = notices.into_iter().collect();
            compare(&format!("notices of {id}"), expected.join(" "), actual.join(" "));
        }
        differences
    }
}

/// The outcome, then the codes in order.
fn sorted_tail(expected: &str) -> String {
    let mut words: Vec<_> = expected.split_whitespace().collect();
    if let Some((_, codes)) = words.split_first_mut() {
        codes.sort_unstable();
    }
    words.join(" ")
}
