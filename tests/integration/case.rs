//! A case: what is submitted, when it is judged, and what must come out. Stored ones are folders of
//! `attestation-samples/` with a `case.yaml`; the others are simulated, one for each line of
//! [`expected`].

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, OnceLock};

use keyproof::facts::Facts;
use keyproof::{AttestationResult, Requirement, Verifier};
use keyproof_simulator::{EvidencePlace, KeyKind, Options, Simulation, formats};
use serde::Deserialize;

use crate::expected;
use crate::support::{
    TIME, appraise, at, entries, facts, facts_and, keyring, read, shared, verifier,
};

#[derive(Debug)]
pub struct Case {
    /// The folder, or the format and the options of the simulation.
    pub name: String,
    /// `real device`, `simulated`, or what it was made from and by what change.
    pub origin: String,
    /// When it is judged.
    pub time: String,
    /// The submitted files by name.
    pub files: Vec<(String, Vec<u8>)>,
    /// A manifest of further trust anchors.
    pub anchors: Option<String>,
    /// What must come out, as a line of [`expected`].
    pub expected: String,
    result: OnceLock<AttestationResult>,
}

/// `case.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Described {
    /// What the case is, in a sentence.
    #[allow(unused, reason = "for people")]
    description: String,
    origin: String,
    /// Where it came from.
    #[allow(unused, reason = "for people")]
    source: String,
    time: String,
    /// The folder of the files, below the shared samples; by default the case's own.
    #[serde(default)]
    samples: Option<String>,
    /// The folder of a case that this one was made from: what was not changed lies there alone.
    #[serde(default)]
    base: Option<String>,
    /// The files that are submitted, in that order.
    files: Vec<String>,
    /// The name of a manifest beside the case.
    #[serde(default)]
    trust_anchors: Option<String>,
    expect: Expectation,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expectation {
    verdict: String,
    /// By requirement: `OUTCOME CODE…`. Every requirement that is not named is satisfied.
    #[serde(default)]
    findings: BTreeMap<String, String>,
    /// By requirement: `CODE…`. There are no others.
    #[serde(default)]
    notices: BTreeMap<String, String>,
}

impl Case {
    /// Every stored case, in order of folder. Those whose files are not there are left out (see
    /// [`shared`]).
    pub fn stored() -> &'static [Self] {
        static STORED: LazyLock<Vec<Case>> = LazyLock::new(|| {
            let folders = |path: &Path| entries(path).into_iter().filter(|it| it.is_dir());
            let cases = folders(&samples()).flat_map(|format| folders(&format));
            cases.filter_map(|folder| Case::load(&folder)).collect()
        });
        &STORED
    }

    /// The stored case in that folder below `attestation-samples/`.
    pub fn named(folder: &str) -> &'static Self {
        let case = Self::stored().iter().find(|case| case.name == folder);
        case.unwrap_or_else(|| panic!("{folder}"))
    }

    /// Every line of every table, simulated.
    pub fn simulated() -> &'static [Self] {
        static SIMULATED: LazyLock<Vec<Case>> = LazyLock::new(|| {
            let mut keyring = keyring();
            let mut cases = Vec::new();
            for format in formats() {
                for (line, expected) in expected::table(format.name) {
                    let simulation = format.build_with(&options(&line), &mut keyring);
                    let simulation = simulation.unwrap_or_else(|error| panic!("{line}: {error}"));
                    let mut case = Case::of(&format!("{} {line}", format.name), simulation);
                    case.expected = expected;
                    cases.push(case);
                }
            }
            cases
        });
        &SIMULATED
    }

    /// One simulation: the format, then the options as a line of its table names them.
    pub fn simulate(name: &str) -> Self {
        let (format, line) = name.split_once(' ').expect("a format and options");
        let format = formats().iter().find(|it| it.name == format).expect("a format");
        Self::of(name, format.build_with(&options(line), &mut keyring()).expect("a simulation"))
    }

    fn of(name: &str, simulation: Simulation) -> Self {
        let files = simulation.files.into_iter().map(|file| (file.name, file.bytes));
        let (manifest, files): (Vec<_>, Vec<_>) =
            files.partition(|(name, _)| name == "anchors.yaml");
        let anchors = manifest.into_iter().next().map(|(_, bytes)| utf8(bytes));
        Self {
            name: name.to_owned(),
            origin: "simulated".to_owned(),
            time: TIME.to_owned(),
            files,
            anchors,
            expected: String::new(),
            result: OnceLock::new(),
        }
    }

    /// The stored case in that folder, if its files are there.
    pub fn load(folder: &Path) -> Option<Self> {
        let path = folder.join("case.yaml");
        let case: Described = serde_saphyr::from_str(&utf8(read(&path)))
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let files = match &case.samples {
            Some(samples) => shared(&format!("samples/{samples}"))?,
            None => folder.to_owned(),
        };
        let base = case.base.as_ref().map(|base| samples().join(base));
        let find = |place: &Path, name: &str| match &base {
            Some(base) if !place.join(name).exists() => read(&base.join(name)),
            _ => read(&place.join(name)),
        };
        let load = |name: String| {
            let bytes = find(&files, &name);
            (name, bytes)
        };
        let mut names = folder.iter().rev().map(|part| part.to_string_lossy());
        let (sample, format) = (names.next()?, names.next()?);
        Some(Self {
            name: format!("{format}/{sample}"),
            origin: case.origin,
            time: case.time,
            anchors: case.trust_anchors.map(|manifest| utf8(find(folder, &manifest))),
            files: case.files.into_iter().map(load).collect(),
            expected: case.expect.line(&path),
            result: OnceLock::new(),
        })
    }

    /// The bundled facts, with the anchors of the case.
    pub fn facts(&self) -> Facts {
        self.anchors.as_deref().map_or_else(facts, facts_and)
    }

    pub fn verifier(&self) -> Verifier {
        verifier(self.facts())
    }

    /// Whether it is made without fault, and of nothing but what plays a part.
    pub fn is_faultless(&self) -> bool {
        ["/simulated-accept", "/simulated-without-fault", " without-fault"]
            .iter()
            .any(|part| self.name.contains(part))
    }

    /// What comes out, judged once.
    pub fn result(&self) -> &AttestationResult {
        self.result.get_or_init(|| self.appraise(&self.verifier()))
    }

    pub fn appraise(&self, verifier: &Verifier) -> AttestationResult {
        let files = self.files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
        appraise(verifier, &files.collect::<Vec<_>>(), at(&self.time))
    }
}

impl Expectation {
    fn line(self, path: &Path) -> String {
        for id in self.findings.keys().chain(self.notices.keys()) {
            assert!(Requirement::from_id(id).is_some(), "{}: no {id}", path.display());
        }
        let of = |map: &BTreeMap<String, String>, requirement: Requirement| {
            map.get(requirement.id()).cloned().unwrap_or_default()
        };
        let finding = |requirement| {
            let words = of(&self.findings, requirement);
            let outcome = if words.is_empty() { "satisfied".to_owned() } else { words };
            (requirement, outcome, of(&self.notices, requirement))
        };
        expected::written(&self.verdict, &Requirement::ALL.map(finding))
    }
}

/// What a line of a table asks the simulator for: a defect or `without-fault`, the kind of key, the
/// place of the evidence.
fn options(line: &str) -> Options {
    let mut words = line.split(' ');
    let defect = words.next().filter(|name| *name != "without-fault").map(str::to_owned);
    let mut options = Options { defect, ..Options::new(at(TIME)) };
    while let Some(word) = words.next() {
        match word {
            "--evidence-in-request" => options.evidence = EvidencePlace::InRequest,
            "--key" => options.key = words.next().and_then(KeyKind::from_name),
            other => panic!("{line}: {other}"),
        }
    }
    options
}

fn samples() -> PathBuf {
    Path::new(crate::ROOT).join("attestation-samples")
}

fn utf8(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("UTF-8")
}
