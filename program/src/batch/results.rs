//! The file of results: a line of JSON for each submission, each with what it is bound to. One run
//! writes to it at a time.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use keyproof::encoding::hex::Sha256;
use keyproof::report::{Answered, json_line};
use keyproof::result::Verdict;
use keyproof::time::Timestamp;
use keyproof::trust::AnchorStatus;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::exit::{Exit, Failure};
use crate::files::named;

/// One line of results.
#[derive(Serialize)]
struct Line<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    basis: Option<Sha256>,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<Answered<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

/// What of an earlier line tells how its submission was judged, and by what.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EarlierLine {
    id: String,
    basis: Option<Sha256>,
    result: Option<EarlierResult>,
    #[serde(rename = "error")]
    _error: Option<IgnoredAny>,
}

#[derive(Clone, Copy, Deserialize)]
struct EarlierResult {
    verdict: Verdict,
    trust: AnchorStatus,
    evaluated_at: Timestamp,
}

/// A submission that has a result already, if all that it is bound to is the same.
#[derive(Clone, Copy)]
pub(super) struct Earlier {
    pub(super) basis: Sha256,
    pub(super) evaluated_at: Timestamp,
    pub(super) exit: Exit,
    /// Where its line begins, and how long it is.
    place: (u64, u64),
}

/// The file, which nobody else writes to.
pub(super) struct Results {
    file: File,
    path: PathBuf,
    /// The last result of each submission.
    earlier: BTreeMap<String, Earlier>,
}

impl Results {
    /// Opens the file, or makes it, and reads what is there. `is_known` tells whether a name is one of
    /// the submissions at hand: results of others would be lost among theirs.
    pub(super) fn open(path: &Path, is_known: impl Fn(&str) -> bool) -> Result<Self, Failure> {
        let failure = |error: io::Error| unwritten(path, &error);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let file = options.open(path).map_err(failure)?;
        lock(&file, path)?;
        let mut results = Self { file, path: path.to_owned(), earlier: BTreeMap::new() };
        results.read(is_known)?;
        Ok(results)
    }

    /// The last result of each submission, by name.
    pub(super) fn earlier(&self) -> &BTreeMap<String, Earlier> {
        &self.earlier
    }

    /// Takes every line away but those of `kept`, so that none is read as the result of something else.
    pub(super) fn keep_only(&mut self, kept: &[&Earlier]) -> Result<(), Failure> {
        let mut places: Vec<(u64, u64)> = kept.iter().map(|earlier| earlier.place).collect();
        places.sort_unstable();
        let length = places.iter().map(|(_, length)| length).sum();
        // Without a gap they are what the file begins with.
        let is_start =
            places.last().is_none_or(|(from, more)| from.checked_add(*more) == Some(length));
        let path = self.path.clone();
        let failure = |error: io::Error| unwritten(&path, &error);
        if is_start {
            self.file.set_len(length).map_err(failure)?;
        } else {
            self.file = rewritten(&self.file, &path, &places).map_err(failure)?;
        }
        self.file.seek(SeekFrom::End(0)).map_err(failure)?;
        Ok(())
    }

    /// Appends the result of a submission, or why it has none.
    pub(super) fn write(
        &mut self,
        id: &str,
        basis: Option<Sha256>,
        result: Result<Answered<'_>, &Failure>,
    ) -> Result<(), Failure> {
        let (result, error) = match result {
            Ok(result) => (Some(result), None),
            Err(failure) => (None, Some(failure.what())),
        };
        let line = Line { id, basis, result, error };
        let line = json_line(&line).map_err(|it| unwritten(&self.path, &io::Error::other(it)))?;
        self.file.write_all(line.as_bytes()).map_err(|error| unwritten(&self.path, &error))
    }

    /// What was written outlives the loss of power.
    pub(super) fn settle(&self) -> Result<(), Failure> {
        self.file.sync_data().map_err(|error| unwritten(&self.path, &error))
    }

    /// Reads the lines. One that was cut off is none.
    fn read(&mut self, is_known: impl Fn(&str) -> bool) -> Result<(), Failure> {
        let failure = |error: io::Error| unwritten(&self.path, &error);
        let other = |what: String| {
            Failure::new(
                format!("{} holds {what}", named(&self.path)),
                "Name a new file with --output.",
            )
        };
        let mut reader = BufReader::new(&self.file);
        let mut line = Vec::new();
        let mut from = 0_u64;
        loop {
            line.clear();
            let read = reader.read_until(b'\n', &mut line).map_err(failure)?;
            if !line.ends_with(b"\n") {
                return Ok(());
            }
            let length = u64::try_from(read).unwrap_or(u64::MAX);
            let EarlierLine { id, basis, result, .. } = serde_json::from_slice(&line)
                .map_err(|error| other(format!("something else than results: {error}")))?;
            if !is_known(&id) {
                return Err(other(format!("a result of {id}, which is none of the submissions")));
            }
            if let (Some(basis), Some(result)) = (basis, result) {
                let exit = Exit::of_verdict(result.verdict, result.trust);
                let evaluated_at = result.evaluated_at;
                let earlier = Earlier { basis, evaluated_at, exit, place: (from, length) };
                self.earlier.insert(id, earlier);
            }
            from = from.saturating_add(length);
        }
    }
}

/// Takes the file for this run alone, as long as it is open.
fn lock(file: &File, path: &Path) -> Result<(), Failure> {
    let in_use = || {
        Failure::new(
            format!("another run is writing to {}", named(path)),
            "Wait until it has ended, or name a file of its own for each run.",
        )
    };
    match file.try_lock() {
        Ok(()) if is_at(file, path) => Ok(()),
        // The other run has put another file in its place since it was opened.
        Ok(()) | Err(TryLockError::WouldBlock) => Err(in_use()),
        Err(TryLockError::Error(error)) => Err(unwritten(path, &error)),
    }
}

/// Whether `path` still leads to `file`.
fn is_at(file: &File, path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let identity = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
        let (opened, named) = (file.metadata().map(identity), fs::metadata(path).map(identity));
        matches!((opened, named), (Ok(opened), Ok(named)) if opened == named)
    }
    #[cfg(not(unix))]
    {
        // A file that is open cannot be replaced there.
        file.metadata().is_ok() && fs::metadata(path).is_ok()
    }
}

/// A file of those lines in the place of `file`, complete or not there at all, and locked.
fn rewritten(mut file: &File, path: &Path, places: &[(u64, u64)]) -> io::Result<File> {
    let target = fs::canonicalize(path)?;
    let beside = target.with_added_extension(format!("{}.tmp", std::process::id()));
    let mut options = OpenOptions::new();
    let mut fresh = options.read(true).write(true).create_new(true).open(&beside)?;
    let mut write = || {
        fresh.try_lock()?;
        for (from, length) in places {
            file.seek(SeekFrom::Start(*from))?;
            io::copy(&mut io::Read::take(file, *length), &mut fresh)?;
        }
        fresh.sync_all()?;
        fs::rename(&beside, &target)
    };
    let written = write();
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written.map(|()| fresh)
}

fn unwritten(path: &Path, error: &io::Error) -> Failure {
    Failure::new(
        format!("the results could not be written to {}: {error}", named(path)),
        "Make room, and run the same command again; it goes on where it ended.",
    )
}
