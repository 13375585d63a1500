//! `keyproof report`: the report of a result that was written or kept before. Nothing is judged.

use std::path::{Path, PathBuf};

use clap::Args;
use keyproof::result::AttestationResult;
use keyproof_ledger::list::Contents;
use keyproof_ledger::record::Entry;
use keyproof_ledger::{Ledger, Place, RecordId};

use crate::arguments::{FormArguments, Format, read_place};
use crate::exit::{Exit, Failure};
use crate::files::{named, read_own_file};
use crate::judging;
use crate::output::{Destination, remove};
use crate::verify::render;

#[derive(Debug, Args)]
pub(crate) struct ReportOfArguments {
    /// A result that `verify --format json` wrote, or the place of a record in the ledger
    #[arg(value_name = "RESULT.json|RECORD")]
    of: PathBuf,
    #[command(flatten)]
    forms: FormArguments,
    /// The ledger of the record: sqlite:FILE or postgres://USER@HOST/DATABASE
    #[arg(long, value_name = "URL", env = "KEYPROOF_LEDGER", value_parser = read_place)]
    ledger: Option<Place>,
}

/// The largest result: that of a submission of the most files, with every reason there is, many times over.
const MAX_RESULT_BYTES: usize = 1 << 24;

pub(crate) fn run(arguments: &ReportOfArguments, screen: &Destination) -> Result<Exit, Failure> {
    let ReportOfArguments { of, forms, ledger } = arguments;
    let reports = forms.reports()?;
    if reports.iter().any(|(format, _)| matches!(format, Format::Pkilint | Format::Pkimetal)) {
        return Err(Failure::usage(
            "programs read the lists of linters as what was judged, and nothing is judged here",
            "Write them when the submission is judged, beside other forms: name --format and --output twice.",
        ));
    }
    let record = of.to_str().filter(|it| it.bytes().all(|digit| digit.is_ascii_digit()));
    let read = match record.and_then(|digits| digits.parse().ok()) {
        Some(id) => of_record(RecordId(id), ledger.as_ref())?,
        None => of_file(of)?,
    };
    for (_, path) in &reports {
        let Some(path) = path else { continue };
        if is_same_file(path, of) {
            return Err(Failure::usage(
                format!("{} is named twice, and would be written over", named(path)),
                "Name a file of its own for each thing that is written.",
            ));
        }
        remove(path)?;
    }
    for (format, path) in reports {
        let file = path.map(|path| Destination::File(path.to_owned()));
        let destination = file.as_ref().unwrap_or(screen);
        let text = match (format, &read.kept) {
            (Format::Json, Some(kept)) => kept.clone(),
            _ => render(&read.result, format, forms.language.into(), destination),
        };
        destination.write(&text)?;
    }
    Ok(Exit::Done)
}

/// A result, and its bytes where they are kept.
struct Read {
    result: AttestationResult,
    kept: Option<String>,
}

fn of_file(path: &Path) -> Result<Read, Failure> {
    let bytes = read_own_file(path, MAX_RESULT_BYTES)?;
    let result = AttestationResult::from_json(&bytes).map_err(|error| {
        Failure::new(
            format!("{} cannot be reported: {error}", named(path)),
            "Name a result as `keyproof verify --format json` writes it; of another version, with that version.",
        )
    })?;
    Ok(Read { result, kept: None })
}

/// What a record keeps: that the signed head covers the record, and that the bytes are those it names, is checked
/// by reading them.
fn of_record(id: RecordId, ledger: Option<&Place>) -> Result<Read, Failure> {
    let Some(place) = ledger else {
        return Err(Failure::usage(
            format!("record {} of which ledger is not said", id.0),
            "Name it with --ledger; a file that is called so, as ./FILE.",
        ));
    };
    let mut ledger = Ledger::open(place)?;
    let origin = ledger.verifier().origin().to_owned();
    let shown = ledger.show(id, judging::built_in_policy()?.retention_years, Contents::Result)?;
    let (Entry::Verdict(entry), Some(content)) =
        (&shown.record.entry, shown.contents.into_iter().next())
    else {
        return Err(Failure::usage(
            format!("record {} is no verdict", id.0),
            "See `keyproof ledger show`, and `keyproof ledger list` for the verdicts.",
        ));
    };
    let damaged = |why: String| {
        Failure::new(
            format!("the result of record {} cannot be reported: {why}", id.0),
            "`keyproof ledger show` has its text; a result of another version is reported by that version.",
        )
    };
    let result =
        AttestationResult::from_json(&content.bytes).map_err(|it| damaged(it.to_string()))?;
    let is_of =
        |place: &keyproof::result::RecordSummary| place.record == id.0 && place.origin == origin;
    if result.verdict() != entry.verdict || !result.ledger().is_some_and(is_of) {
        return Err(damaged("it is not that of the record".to_owned()));
    }
    let kept = String::from_utf8(content.bytes).map_err(|_| damaged("it is no text".to_owned()))?;
    Ok(Read { result: result.of_record(), kept: Some(kept) })
}

fn is_same_file(one: &Path, other: &Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    }
}
