//! `keyproof simulate`: a test submission of a format, for a CA's staging.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use keyproof_simulator::{EvidencePlace, KeyKind, Options, SimulatedFormat, Simulation, formats};

use crate::arguments::TimeArgument;
use crate::exit::{Exit, Failure};
use crate::files::{beside, named};
use crate::judging;
use crate::listing::Listing;
use crate::output::Destination;

#[derive(Debug, Args)]
pub(crate) struct SimulateArguments {
    /// The format to simulate
    #[arg(required_unless_present = "list")]
    pub(crate) format: Option<String>,
    /// The folder to write to; made if it is not there
    #[arg(long, value_name = "DIR", required_unless_present = "list")]
    pub(crate) out: Option<PathBuf>,
    /// The one thing that shall be wrong
    #[arg(long, value_name = "DEFECT")]
    pub(crate) defect: Option<String>,
    /// The kind of key, as p256 or rsa3072 [default: what suits the format]
    #[arg(long, value_name = "KIND")]
    pub(crate) key: Option<String>,
    /// Put the evidence into the request, as draft-ietf-lamps-csr-attestation has it
    #[arg(long)]
    pub(crate) evidence_in_request: bool,
    #[command(flatten)]
    pub(crate) time: TimeArgument,
    /// List the formats and their defects
    #[arg(long, conflicts_with_all = ["format", "out", "defect", "key", "evidence_in_request"])]
    pub(crate) list: bool,
}

pub(crate) fn run(arguments: &SimulateArguments, screen: &Destination) -> Result<Exit, Failure> {
    let mut listing = Listing::default();
    if let (Some(name), Some(folder)) = (&arguments.format, &arguments.out) {
        let format = find(name)?;
        let options = Options {
            defect: arguments.defect.clone(),
            key: arguments.key.as_deref().map(key_kind).transpose()?,
            evidence: if arguments.evidence_in_request {
                EvidencePlace::InRequest
            } else {
                EvidencePlace::Beside
            },
            ..Options::new(judging::time(&arguments.time)?)
        };
        let simulation = format.build(&options).map_err(|error| {
            Failure::usage(error.to_string(), "See `keyproof simulate --list`.")
        })?;
        write(folder, &simulation)?;
        describe(&mut listing, folder, &simulation);
    } else {
        list(&mut listing);
    }
    screen.write(&listing.into_text())?;
    Ok(Exit::Done)
}

fn find(name: &str) -> Result<&'static SimulatedFormat, Failure> {
    formats().iter().find(|format| format.name == name).ok_or_else(|| {
        let names: Vec<&str> = formats().iter().map(|format| format.name).collect();
        Failure::usage(
            format!("the format {name} cannot be simulated"),
            format!("Known are: {}.", names.join(", ")),
        )
    })
}

fn key_kind(name: &str) -> Result<KeyKind, Failure> {
    KeyKind::from_name(name).ok_or_else(|| {
        let names: Vec<&str> = KeyKind::ALL.iter().map(|kind| kind.name()).collect();
        Failure::usage(
            format!("there is no kind of key {name}"),
            format!("Known are: {}.", names.join(", ")),
        )
    })
}

/// Nothing is overwritten: a test submission must not take the place of a real one.
fn write(folder: &Path, simulation: &Simulation) -> Result<(), Failure> {
    let failure = |path: &Path, error: &std::io::Error| {
        Failure::new(
            format!("{} could not be written: {error}", named(path)),
            "Name a new folder with --out; nothing is overwritten.",
        )
    };
    fs::create_dir_all(folder).map_err(|error| failure(folder, &error))?;
    for file in &simulation.files {
        let path = beside(folder, &file.name).ok_or_else(|| {
            let error = std::io::ErrorKind::InvalidFilename.into();
            failure(Path::new(&file.name), &error)
        })?;
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&path)
            .and_then(|mut out| out.write_all(&file.bytes))
            .map_err(|error| failure(&path, &error))?;
    }
    Ok(())
}

fn describe(listing: &mut Listing, folder: &Path, simulation: &Simulation) {
    listing.line(&simulation.description);
    let width = simulation.files.iter().map(|file| file.name.len()).max().unwrap_or(0);
    for file in &simulation.files {
        listing.line(&format!("  {:<width$}  {}", file.name, file.what));
    }
    listing.heading("Expected:");
    for expected in &simulation.expected {
        let reason = expected.reason.map(|code| format!(", {code}")).unwrap_or_default();
        let (requirement, outcome) = (expected.requirement.id(), expected.outcome.id());
        listing.line(&format!("  {requirement:<20} {outcome}{reason}"));
    }
    listing.heading("Judge it:");
    let folder = named(folder);
    listing.line(&format!("  keyproof verify --trust-anchors {folder} -- {folder}"));
}

fn list(listing: &mut Listing) {
    for format in formats() {
        listing.heading(format.name);
        let width = format.defects.iter().map(|defect| defect.name.len()).max().unwrap_or(0);
        for defect in &format.defects {
            listing.line(&format!("  {:<width$}  {}", defect.name, defect.description));
        }
    }
}
