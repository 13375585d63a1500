//! What submissions are held against: the bundled facts, the caller's own anchors, the policy.

use std::cell::RefCell;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use keyproof::Verifier;
use keyproof::encoding::hex::Sha256;
use keyproof::encoding::yaml::nearest;
use keyproof::facts::{
    self, Bundle, BundleError, BundleTrust, ClaimedBundle, DataError, FactFile, FactKind, Facts,
    KeySet, MAX_BUNDLE,
};
use keyproof::policy::{self, AppraisalPolicy, BundledPolicy};
use keyproof::time::Timestamp;
use keyproof::trust::{AnchorManifest, Distrusted, ManifestOrigin};
use keyproof_ledger::Ledger;

use crate::arguments::{
    FactsArguments, JudgingArguments, KeptArguments, TimeArgument, TrustArguments,
};
use crate::exit::Failure;
use crate::files::{beside, named, read_own_file};

/// The largest manifest, policy or certificate of the operator.
const MAX_FILE_BYTES: usize = 1 << 20;

/// The largest list that a policy names: a million fingerprints of compromised keys.
const MAX_LIST_BYTES: usize = 1 << 26;

/// Facts, and the files that they were read from.
pub(crate) struct LoadedFacts {
    pub(crate) facts: Facts,
    pub(crate) files: Vec<FactFile>,
}

/// The facts of the bundle that counts, and the anchors of the folders that the caller names.
pub(crate) fn load(trust: &TrustArguments) -> Result<LoadedFacts, Failure> {
    let mut files = anchor_files(trust)?;
    let (bundle, basis) = bundle(&trust.facts)?;
    let facts = Facts::of_bundle(&bundle, basis, &files).map_err(|error| match error {
        DataError::Bundle(BundleError::Trust(_)) | DataError::File(_) if !files.is_empty() => {
            Failure::new(error.to_string(), "Correct the anchors of the folder, or leave it out.")
        }
        _ => unusable_bundle(&error, trust.facts.bundle.as_deref()),
    })?;
    let path = trust.facts.bundle.as_deref().map_or("facts.kpf".to_owned(), named);
    let kind = FactKind::Bundle(basis);
    files.push(FactFile { kind, path: path.into(), bytes: bundle.bytes().clone() });
    Ok(LoadedFacts { facts, files })
}

/// The facts by which the verdicts of a ledger are given: what was adopted there, with the anchors of the
/// folders that the caller names. Before anything was adopted, those of this release.
pub(crate) fn load_adopted(
    trust: &TrustArguments,
    adopted: Vec<FactFile>,
) -> Result<LoadedFacts, Failure> {
    if trust.facts.bundle.is_some() {
        return Err(Failure::usage(
            "a ledger says by which facts its verdicts are given",
            "Leave --facts and KEYPROOF_FACTS out; adopt the bundle with `keyproof ledger adopt-facts`.",
        ));
    }
    if adopted.is_empty() {
        return load(trust);
    }
    let files = [adopted, anchor_files(trust)?].concat();
    let facts = Facts::from_files(&files).map_err(|error| {
        let next =
            "Check the ledger with `keyproof ledger verify`, and the anchors that you named.";
        Failure::new(format!("the adopted facts cannot be used: {error}"), next)
    })?;
    Ok(LoadedFacts { facts, files })
}

fn anchor_files(trust: &TrustArguments) -> Result<Vec<FactFile>, Failure> {
    let mut files = Vec::new();
    for folder in &trust.folders {
        files.extend(manifest_files(folder)?);
    }
    Ok(files)
}

/// The bundle that counts: the one that is named, if it is signed and no older than that of this release.
fn bundle(arguments: &FactsArguments) -> Result<(Bundle, BundleTrust), Failure> {
    let embedded = facts::embedded().map_err(|error| unusable_bundle(&error, None))?;
    let Some(file) = &arguments.bundle else {
        if arguments.keys.is_some() {
            let next = "Name the bundle that they signed with --facts.";
            return Err(Failure::usage("--facts-keys is named without a bundle", next));
        }
        return Ok((embedded, BundleTrust::Release));
    };
    let (bundle, basis) = open_bundle(file, arguments.keys.as_deref())?;
    let (named, of_release) = (bundle.serial(), embedded.serial());
    if named < of_release || (named == of_release && bundle.sha256() != embedded.sha256()) {
        let file = crate::files::named(file);
        return Err(Failure::new(
            format!(
                "the bundle of facts {file} has the serial number {named}, and that of this program {of_release}"
            ),
            "Name a newer bundle, or none: the facts of this program are no older.",
        ));
    }
    Ok((bundle, basis))
}

/// A bundle that enough of its keys signed: those of a file, or of this release.
pub(crate) fn open_bundle(
    file: &Path,
    keys: Option<&Path>,
) -> Result<(Bundle, BundleTrust), Failure> {
    let claimed = ClaimedBundle::parse(read_own_file(file, MAX_BUNDLE)?);
    let claimed = claimed.map_err(|error| unusable_bundle(&error, Some(file)))?;
    let (keys, basis) = match keys {
        Some(keys) => (read_keys(keys)?, BundleTrust::Test),
        None => match facts::release_keys() {
            Ok(Some(keys)) => (keys, BundleTrust::Release),
            Ok(None) | Err(_) => {
                return Err(Failure::new(
                    "this version of keyproof knows no keys that sign bundles of facts",
                    "Judge by the facts of the program: leave --facts and KEYPROOF_FACTS out.",
                ));
            }
        },
    };
    let signed = claimed.signed_by(&keys);
    let (bundle, _) = signed.map_err(|error| unusable_bundle(&error, Some(file)))?;
    Ok((bundle, basis))
}

/// A set of keys that sign bundles.
pub(crate) fn read_keys(file: &Path) -> Result<KeySet, Failure> {
    let bytes = read_own_file(file, MAX_FILE_BYTES)?;
    let set = KeySet::parse(&String::from_utf8_lossy(&bytes));
    set.map_err(|error| {
        let next = "See docs/facts.md for the form of a key set.";
        Failure::new(format!("{}: {error}", named(file)), next)
    })
}

pub(crate) fn unusable_bundle(error: &impl fmt::Display, file: Option<&Path>) -> Failure {
    match file {
        None => Failure::new(
            format!("the facts bundled with keyproof are damaged: {error}"),
            "Install keyproof again; no submission can be judged with this one.",
        ),
        Some(file) => Failure::new(
            format!("{}: {error}", named(file)),
            "Get the bundle again from where it is published; nothing was judged by it.",
        ),
    }
}

/// The manifest of a folder, and the certificates that it names.
fn manifest_files(folder: &Path) -> Result<Vec<FactFile>, Failure> {
    let path = folder.join("anchors.yaml");
    let bytes = read_own_file(&path, MAX_FILE_BYTES)?;
    let certificates = RefCell::new(Vec::new());
    let certificate = |name: &str| {
        let paths = [beside(folder, name), beside(&folder.join("certificates"), name)];
        let read = |path: PathBuf| read_own_file(&path, MAX_FILE_BYTES).ok();
        let bytes = paths.into_iter().flatten().find_map(read)?;
        certificates.borrow_mut().push(FactFile {
            kind: FactKind::Certificate,
            path: facts::certificate_path(&named(folder), name).into(),
            bytes: bytes.clone().into(),
        });
        Some(bytes)
    };
    let name = format!("{}/anchors.yaml", named(folder));
    let origin = ManifestOrigin::Caller;
    AnchorManifest::parse(origin, &name, &bytes, &certificate).map_err(|error| {
        Failure::new(error.to_string(), "Correct the file, or leave the folder out.")
    })?;
    let mut files = certificates.into_inner();
    let kind = FactKind::Anchors(origin);
    files.push(FactFile { kind, path: name.into(), bytes: bytes.into() });
    Ok(files)
}

/// The policy that holds now: that of this name or file, or the built-in one, which needs no facts.
pub(crate) fn standing_policy(file: Option<&Path>) -> Result<AppraisalPolicy, Failure> {
    let Some(file) = file else {
        return built_in_policy();
    };
    let facts = load(&TrustArguments::default())?;
    load_policy(Some(file), &facts.facts).map(|loaded| loaded.policy)
}

/// A policy, and the files that it was read from: itself first, then the lists that it names.
pub(crate) struct LoadedPolicy {
    pub(crate) policy: AppraisalPolicy,
    pub(crate) files: Vec<(String, Vec<u8>)>,
}

/// The policy that holds where none is named.
pub(crate) fn built_in_policy() -> Result<AppraisalPolicy, Failure> {
    policy::default_policy().map_err(unusable)
}

/// The bundled policy of that name. A file of the same name in the current folder makes the name say two
/// things, and neither is taken.
fn bundled(name: &Path) -> Result<Option<BundledPolicy>, Failure> {
    let Some(bundled) = name.to_str().and_then(BundledPolicy::from_name) else {
        return Ok(None);
    };
    if name.symlink_metadata().is_ok() {
        let name = bundled.name();
        return Err(Failure::usage(
            format!("`{name}` is a bundled policy, and something in this folder is called so too"),
            format!("Write ./{name} if you mean the file, or give the file another name."),
        ));
    }
    Ok(Some(bundled))
}

fn load_bundled(bundled: BundledPolicy) -> Result<LoadedPolicy, Failure> {
    let files = vec![(bundled.name().to_owned(), bundled.yaml().as_bytes().to_vec())];
    Ok(LoadedPolicy { policy: bundled.policy().map_err(unusable)?, files })
}

/// Results name a policy: only the bundled one is called so.
fn check_name(policy: &AppraisalPolicy) -> Result<(), Failure> {
    match BundledPolicy::from_name(&policy.name) {
        Some(bundled) if policy.sha256() != Sha256::of(bundled.yaml().as_bytes()) => {
            Err(Failure::new(
                format!("the policy is called `{}`, as a bundled one that it is not", policy.name),
                "Give it a `name` of its own, so that reports show which of the two judged.",
            ))
        }
        _ => Ok(()),
    }
}

fn unusable(error: policy::PolicyError) -> Failure {
    // It ends with its hint, which has a line of its own here.
    let (text, hint) = (error.to_string(), error.code.hint());
    Failure::new(text.strip_suffix(hint).unwrap_or(&text).trim_end(), hint)
}

/// The bundled policy of that name or the policy of that file; without either, the built-in one.
pub(crate) fn load_policy(name: Option<&Path>, facts: &Facts) -> Result<LoadedPolicy, Failure> {
    let Some(file) = name else {
        return load_bundled(BundledPolicy::Csbr);
    };
    if let Some(bundled) = bundled(file)? {
        return load_bundled(bundled);
    }
    let bytes = read_own_file(file, MAX_FILE_BYTES)?;
    let folder = file.parent().unwrap_or(Path::new(""));
    let mut lists = Vec::new();
    let mut read_list = |name: &str| {
        let path = beside(folder, name).ok_or("not a bare file name")?;
        let list =
            read_own_file(&path, MAX_LIST_BYTES).map_err(|failure| failure.what().to_owned())?;
        lists.push((name.to_owned(), list.clone()));
        Ok(list)
    };
    let name = named(file);
    let policy = policy::parse_policy(&name, &bytes, &facts.endorsements, &mut read_list)
        .map_err(unusable)?;
    check_name(&policy)?;
    let mut files = vec![(name, bytes)];
    files.append(&mut lists);
    Ok(LoadedPolicy { policy, files })
}

/// The bundled facts and the anchors of the folders, and of these what the policy of that file
/// distrusts.
pub(crate) fn load_distrusting(
    trust: &TrustArguments,
    policy: Option<&Path>,
) -> Result<Facts, Failure> {
    let mut facts = load(trust)?.facts;
    let policy = load_policy(policy, &facts)?.policy;
    check_distrust(&policy, &facts)?;
    facts.trust = facts.trust.distrusting(&policy.distrust);
    Ok(facts)
}

/// Each anchor that the policy distrusts is one: a misspelt line would shut nothing out.
pub(crate) fn check_distrust(policy: &AppraisalPolicy, facts: &Facts) -> Result<(), Failure> {
    for distrust in &policy.distrust {
        let Distrusted::Anchor(id) = &distrust.named else { continue };
        if facts.trust.anchor(id).is_none() {
            let known: Vec<&str> = facts.trust.anchors().iter().map(|it| it.id.as_str()).collect();
            let near = nearest(id, &known)
                .map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            return Err(Failure::new(
                format!(
                    "the policy distrusts the anchor `{id}`, and there is none of that name{near}"
                ),
                "See `keyproof anchors list`, and name the folder of an anchor of your own with --trust-anchors.",
            ));
        }
    }
    Ok(())
}

/// The time that was named, or the present.
pub(crate) fn time(argument: &TimeArgument) -> Result<Timestamp, Failure> {
    argument.at.map_or_else(now, Ok)
}

/// What a run judges by.
pub(crate) struct Judging {
    pub(crate) time: Timestamp,
    /// The files of facts.
    pub(crate) fact_files: Vec<FactFile>,
    /// The files of the policy.
    pub(crate) policy_files: Vec<(String, Vec<u8>)>,
    pub(crate) verifier: Verifier,
}

impl Judging {
    /// By the facts of this release, or of the bundle that is named.
    pub(crate) fn of(arguments: &JudgingArguments) -> Result<Self, Failure> {
        Self::by(arguments, load(&arguments.trust)?)
    }

    /// By what was adopted in the ledger, if one is named.
    pub(crate) fn keeping(
        arguments: &JudgingArguments,
        kept: &KeptArguments,
    ) -> Result<Self, Failure> {
        match &kept.ledger {
            None => Self::of(arguments),
            Some(place) => {
                let adopted = Ledger::open(place)?.adopted_facts()?;
                Self::by(arguments, load_adopted(&arguments.trust, adopted)?)
            }
        }
    }

    fn by(arguments: &JudgingArguments, loaded: LoadedFacts) -> Result<Self, Failure> {
        let time = time(&arguments.time)?;
        let LoadedFacts { facts, files: fact_files } = loaded;
        let LoadedPolicy { policy, files: policy_files } =
            load_policy(arguments.policy.as_deref(), &facts)?;
        check_distrust(&policy, &facts)?;
        Ok(Self { time, fact_files, policy_files, verifier: Verifier::new(facts, policy) })
    }
}

/// The present: the one place where the clock is read.
pub(crate) fn now() -> Result<Timestamp, Failure> {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.as_secs()).ok())
        .and_then(Timestamp::from_unix_seconds)
        .ok_or_else(|| {
            Failure::new(
                "the clock of this machine is not between the years 1970 and 9999",
                "Set the clock, or name the time with --time.",
            )
        })
}
