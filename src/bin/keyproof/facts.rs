//! What submissions are held against: the bundled facts, the caller's own anchors, the policy.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use keyproof::data::{self, Facts};
use keyproof::policy::{self, AppraisalPolicy};
use keyproof::time::Timestamp;
use keyproof::trust::{AnchorManifest, ManifestOrigin};

use crate::arguments::{TimeArgument, TrustArguments};
use crate::exit::Failure;
use crate::files::{beside, named, read_own_file};

/// The largest manifest, policy or certificate of the operator.
const MAX_FILE_BYTES: usize = 1 << 20;

/// The largest list that a policy names: a million fingerprints of compromised keys.
const MAX_LIST_BYTES: usize = 1 << 26;

/// The bundled facts and the anchors of the folders that the caller names.
pub(crate) fn load(trust: &TrustArguments) -> Result<Facts, Failure> {
    let manifests: Vec<_> =
        trust.folders.iter().map(|folder| read_manifest(folder)).collect::<Result<_, _>>()?;
    if manifests.is_empty() {
        return data::bundled().map_err(|error| {
            Failure::new(
                format!("the facts bundled with keyproof are damaged: {error}"),
                "Install keyproof again; no submission can be judged with this one.",
            )
        });
    }
    Facts::with_anchors(manifests).map_err(|error| {
        Failure::new(error.to_string(), "Correct the anchors of the folder, or leave it out.")
    })
}

fn read_manifest(folder: &Path) -> Result<AnchorManifest, Failure> {
    let file = folder.join("anchors.yaml");
    let bytes = read_own_file(&file, MAX_FILE_BYTES)?;
    let certificate = |name: &str| {
        let paths = [beside(folder, name), beside(&folder.join("certificates"), name)];
        paths.into_iter().flatten().find_map(|path| read_own_file(&path, MAX_FILE_BYTES).ok())
    };
    AnchorManifest::parse(ManifestOrigin::Caller, &named(&file), &bytes, &certificate).map_err(
        |error| Failure::new(error.to_string(), "Correct the file, or leave the folder out."),
    )
}

/// The policy of that file, or the built-in one.
pub(crate) fn load_policy(file: Option<&Path>, facts: &Facts) -> Result<AppraisalPolicy, Failure> {
    let Some(file) = file else {
        return Ok(policy::default_policy());
    };
    let bytes = read_own_file(file, MAX_FILE_BYTES)?;
    let folder = file.parent().unwrap_or(Path::new(""));
    let mut read_list = |name: &str| {
        let path = beside(folder, name).ok_or("not a bare file name")?;
        read_own_file(&path, MAX_LIST_BYTES).map_err(|failure| failure.what().to_owned())
    };
    policy::parse_policy(&named(file), &bytes, &facts.endorsements, &mut read_list).map_err(
        |error| {
            // It ends with its hint, which has a line of its own here.
            let (text, hint) = (error.to_string(), error.code.hint());
            Failure::new(text.strip_suffix(hint).unwrap_or(&text).trim_end(), hint)
        },
    )
}

/// The time that was named, or the present: the one place where the clock is read.
pub(crate) fn time(argument: &TimeArgument) -> Result<Timestamp, Failure> {
    if let Some(time) = argument.at {
        return Ok(time);
    }
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
