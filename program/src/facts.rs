//! `keyproof facts`: bundles of facts, from their making to their adoption.

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZero;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use keyproof::escape::visible;
use keyproof::facts::{
    self, Bundle, BundleTrust, ClaimedBundle, FactFile, FactKind, Facts, KeySet, MAX_BUNDLE,
    ReleaseFile,
};

use keyproof_ledger::recheck::Rule;
use keyproof_ledger::{Ledger, Place};

use crate::arguments::read_place;
use crate::exit::{Exit, Failure};
use crate::files::{named, read_own_file};
use crate::judging;
use crate::ledger::turns;
use crate::listing::Listing;
use crate::output::{Destination, replace};
use crate::signing_key;

/// The largest file that a bundle is made from.
const MAX_SOURCE_BYTES: usize = 1 << 20;

/// The largest list of weak keys: a million of them.
const MAX_LIST_BYTES: usize = 1 << 26;

#[derive(Debug, Subcommand)]
pub(crate) enum FactsCommand {
    /// Show what a bundle says of itself; without one, that of this release
    Show {
        /// The bundle
        file: Option<PathBuf>,
    },
    /// Check a bundle to its last octet: signatures, pages, sections
    Check {
        /// The bundle
        file: PathBuf,
        /// The keys that must have signed it [default: the keys of this release]
        #[arg(long = "facts-keys", value_name = "FILE")]
        keys: Option<PathBuf>,
    },
    /// Say in words what one bundle says otherwise than another
    Diff {
        /// The bundle before
        old: PathBuf,
        /// The bundle after
        new: PathBuf,
        /// Say too how many verdicts of this ledger the second one would turn: sqlite:FILE or
        /// postgres://USER@HOST/DATABASE
        #[arg(long, value_name = "URL", value_parser = read_place)]
        ledger: Option<Place>,
    },
    /// Make a bundle from a folder of facts; the same folder gives the same octets
    Build {
        /// The folder: release.yaml, without-attestation.yaml, keys/, and one folder a manufacturer
        folder: PathBuf,
        /// The bundle to write
        #[arg(long, value_name = "FILE")]
        output: PathBuf,
    },
    /// Add a signature to a bundle, or to a key set that takes the place of another
    Sign {
        /// The bundle, or the key set
        file: PathBuf,
        /// The signing key, as `keyproof facts new-key` made it
        #[arg(long, value_name = "FILE", env = "KEYPROOF_FACTS_KEY")]
        key: PathBuf,
    },
    /// Make a key for one person who signs bundles
    NewKey {
        /// The name of the key, as facts.example/anna: without blanks
        name: String,
        /// The file to write the signing key to
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
    },
}

pub(crate) fn run(command: &FactsCommand, screen: &Destination) -> Result<Exit, Failure> {
    match command {
        FactsCommand::Show { file } => show(file.as_deref(), screen),
        FactsCommand::Check { file, keys } => check(file, keys.as_deref(), screen),
        FactsCommand::Diff { old, new, ledger } => diff(old, new, ledger.as_ref(), screen),
        FactsCommand::Build { folder, output } => build(folder, output, screen),
        FactsCommand::Sign { file, key } => sign(file, key, screen),
        FactsCommand::NewKey { name, key } => {
            let verifier = signing_key::make(name, key)?.verifier().text().to_owned();
            screen.write(&format!("Verifier key, for a key set:\n  key {verifier}\n"))?;
            Ok(Exit::Done)
        }
    }
}

fn show(file: Option<&Path>, screen: &Destination) -> Result<Exit, Failure> {
    let bundle = match file {
        Some(file) => claimed(file)?.kept(),
        None => facts::embedded().map_err(|error| judging::unusable_bundle(&error, None))?,
    };
    let index = bundle.index().map_err(|error| judging::unusable_bundle(&error, file))?;
    let mut listing = Listing::default();
    listing.heading(&format!("Facts {} of {}", bundle.serial(), bundle.date()));
    listing.field("SHA-256", &bundle.sha256().to_string());
    listing.field("size", &format!("{} octets", bundle.bytes().len()));
    if file.is_some() {
        listing.field("signatures", "not checked here; see `keyproof facts check`");
    }
    listing.heading("What changed");
    index.changes.iter().for_each(|change| listing.line(&format!("  {change}")));
    listing.heading("Made from");
    for source in &index.sources {
        listing.line(&format!("  {}  {}", source.sha256, source.path));
    }
    screen.write(&listing.into_text())?;
    Ok(Exit::Done)
}

fn check(file: &Path, keys: Option<&Path>, screen: &Destination) -> Result<Exit, Failure> {
    let (bundle, basis) = judging::open_bundle(file, keys)?;
    bundle.check(basis).map_err(|error| judging::unusable_bundle(&error, Some(file)))?;
    let whose = match basis {
        BundleTrust::Release => "the keys of this release",
        BundleTrust::Test => "the keys that you named: under test trust",
    };
    let (serial, date) = (bundle.serial(), bundle.date());
    screen.write(&format!("facts {serial} of {date}: whole, and signed by {whose}\n"))?;
    Ok(Exit::Done)
}

fn diff(
    old: &Path,
    new: &Path,
    ledger: Option<&Place>,
    screen: &Destination,
) -> Result<Exit, Failure> {
    let (bundle, facts) = stated(new)?;
    let differences = facts::differences(&stated(old)?.1, &facts);
    let mut listing = Listing::default();
    if differences.is_empty() {
        listing.line("Both say the same.");
    }
    differences.iter().for_each(|it| listing.line(it));
    if let Some(place) = ledger {
        let kind = FactKind::Bundle(BundleTrust::Release);
        let (path, bytes) = (named(new).into(), bundle.bytes().clone());
        let files = vec![FactFile { kind, path, bytes }];
        let rule = Rule { files, facts, policy: None, adds_anchors_of_then: true };
        let threads = std::thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN);
        let checked = Ledger::open(place)?.recheck(&rule, threads)?;
        listing.heading(&turns(&checked));
    }
    screen.write(&listing.into_text())?;
    Ok(Exit::Done)
}

/// What a bundle states, whoever signed it.
fn stated(file: &Path) -> Result<(Bundle, Facts), Failure> {
    let bundle = claimed(file)?.kept();
    let facts = Facts::of_bundle(&bundle, BundleTrust::Release, &[]);
    let facts = facts.map_err(|error| judging::unusable_bundle(&error, Some(file)))?;
    Ok((bundle, facts))
}

fn claimed(file: &Path) -> Result<ClaimedBundle, Failure> {
    ClaimedBundle::parse(read_own_file(file, MAX_BUNDLE)?)
        .map_err(|error| judging::unusable_bundle(&error, Some(file)))
}

fn build(folder: &Path, output: &Path, screen: &Destination) -> Result<Exit, Failure> {
    let mut files = BTreeMap::new();
    read_folder(folder, "", &mut files)?;
    let wrong = |error: &dyn std::fmt::Display| {
        Failure::new(error.to_string(), "Correct the file; nothing was written.")
    };
    let release = files.remove("release.yaml").ok_or_else(|| {
        let what = format!("{} has no release.yaml", named(folder));
        Failure::new(what, "Name the folder of all facts: vendor-roots in the sources of keyproof.")
    })?;
    let mut release =
        ReleaseFile::parse("release.yaml", &release).map_err(|error| wrong(&error))?;
    let mut sources: Vec<FactFile> = Vec::new();
    for (path, bytes) in files {
        match facts::source_file(&path, bytes.clone()) {
            Some(source) => sources.push(source),
            // In order of their names, as 0002.note.
            None if path.starts_with("keys/") && path.ends_with(".note") => {
                release.keys.push(bytes);
            }
            None if path == "keys.txt" || path.ends_with(".kpf") => {}
            None => {
                let what = format!("{} is no file of facts", visible(&path));
                return Err(Failure::new(what, "Take it out of the folder."));
            }
        }
    }
    let bundle = facts::build(&sources, &release).map_err(|error| wrong(&error))?;
    replace(output, &bundle)?;
    let ReleaseFile { serial, date, .. } = release;
    let files = sources.len();
    screen.write(&format!("facts {serial} of {date}, from {files} files, not signed yet\n"))?;
    Ok(Exit::Done)
}

/// All files below `folder`, by their paths.
fn read_folder(
    folder: &Path,
    prefix: &str,
    files: &mut BTreeMap<String, Vec<u8>>,
) -> Result<(), Failure> {
    let unreadable = |error: std::io::Error| {
        Failure::new(format!("{}: {error}", named(folder)), "Name the folder of all facts.")
    };
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type().map_err(unreadable)?.is_dir() {
            read_folder(&entry.path(), &format!("{path}/"), files)?;
        } else if !path.ends_with(".kpf") {
            let most = if prefix == "weak-keys/" { MAX_LIST_BYTES } else { MAX_SOURCE_BYTES };
            files.insert(path, read_own_file(&entry.path(), most)?);
        }
    }
    Ok(())
}

fn sign(file: &Path, key: &Path, screen: &Destination) -> Result<Exit, Failure> {
    let signer = signing_key::read(key)?;
    let bytes = read_own_file(file, MAX_BUNDLE)?;
    let unsignable = |_| {
        Failure::new(
            format!("{} is neither a bundle of facts nor a key set", named(file)),
            "Sign what `keyproof facts build` made, or a key set in the form of docs/facts.md.",
        )
    };
    let signed = match facts::note_of(&bytes) {
        Ok(note) => {
            let note = signer.add_to(&note).map_err(|_| unsignable(()))?;
            facts::with_note(&bytes, &note).map_err(|_| unsignable(()))?
        }
        Err(_) => {
            let text = String::from_utf8_lossy(&bytes);
            let text =
                text.split_once("\n\n").map_or(text.to_string(), |(text, _)| format!("{text}\n"));
            KeySet::parse(&text).map_err(|_| unsignable(()))?;
            signer.add_to(&bytes).map_err(|_| unsignable(()))?
        }
    };
    replace(file, &signed)?;
    screen.write(&format!("{}: signed as {}\n", named(file), signer.verifier().origin()))?;
    Ok(Exit::Done)
}
