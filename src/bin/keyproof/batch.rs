//! `keyproof batch`: many submissions, judged on all processors, each result a line of JSON. A run
//! that was cut off goes on where it ended.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, IsTerminal, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use keyproof::Verifier;
use keyproof::ledger::record::CertificateType;
use keyproof::result::AttestationResult;
use keyproof::submission::{Input, Limits, Submission};
use keyproof::time::Timestamp;
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use serde::{Deserialize, Serialize};

use crate::arguments::BatchArguments;
use crate::exit::{Exit, Failure};
use crate::facts::{self, Judging};
use crate::files::{SubmissionReader, named, read_own_file};
use crate::ledger::{Judged, Keeper, Reference, Seen};
use crate::output::Destination;

/// Submissions judged together, and kept in one transaction: enough to share the cost of a commit,
/// few enough to lose little to a cut.
const CHUNK: usize = 64;

/// The largest list of submissions.
const MAX_LIST_BYTES: usize = 1 << 28;

/// One submission, as a line of the list.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Task {
    /// What it is called in the results.
    id: String,
    /// Its files and folders, from the folder of the list.
    files: Vec<PathBuf>,
    #[serde(default)]
    order: Option<String>,
    #[serde(default)]
    subscriber: Option<String>,
    #[serde(default)]
    certificate_type: Option<CertificateType>,
}

/// One line of results.
#[derive(Serialize)]
struct Line<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<&'a AttestationResult>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// What of a line of results tells that its submission is done.
#[derive(Deserialize)]
struct Done {
    id: String,
    #[serde(default)]
    error: Option<String>,
}

/// How many ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tally {
    accept: u64,
    test: u64,
    review: u64,
    reject: u64,
    failed: u64,
    before: u64,
}

pub(crate) fn run(arguments: &BatchArguments, screen: &Destination) -> Result<Exit, Failure> {
    let tasks = tasks(&arguments.submissions)?;
    let judging = Judging::of(&arguments.judging)?;
    let mut keeper = Keeper::open(&arguments.keeping, &judging)?;
    let verifier = judging.verifier();
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(arguments.jobs.unwrap_or(0))
        .build()
        .map_err(|error| Failure::new(error.to_string(), "Name fewer threads with --jobs."))?;

    let (mut results, done) = Results::open(&arguments.output)?;
    let mut tally = Tally { before: count(done.len()), ..Tally::default() };
    let left: Vec<Task> = tasks.into_iter().filter(|task| !done.contains(&task.id)).collect();
    let bar = progress(count(left.len()));
    for chunk in left.chunks(CHUNK) {
        let judged = pool.install(|| judge_all(chunk, &verifier, judging.time));
        let judged = match &mut keeper {
            Some(keeper) => keep_all(keeper, chunk, judged)?,
            None => judged.into_iter().map(|it| it.map(|(_, result)| result)).collect(),
        };
        for (task, result) in chunk.iter().zip(&judged) {
            tally.add(result);
            results.write(&Line {
                id: &task.id,
                result: result.as_ref().ok(),
                error: result.as_ref().err().map(|failure| failure.what().to_owned()),
            })?;
        }
        results.settle()?;
        bar.inc(count(chunk.len()));
    }
    bar.finish_and_clear();
    screen.write(&tally.in_words(&arguments.output))?;
    Ok(tally.exit())
}

type Read = Result<(Vec<Input>, AttestationResult), Failure>;

fn judge_all(tasks: &[Task], verifier: &Verifier, time: Timestamp) -> Vec<Read> {
    tasks.into_par_iter().map(|task| judge(task, verifier, time)).collect()
}

fn judge(task: &Task, verifier: &Verifier, time: Timestamp) -> Read {
    let limits = Limits::default();
    let mut reader = SubmissionReader::new(&limits);
    for path in &task.files {
        reader.add(path)?;
    }
    let inputs = reader.into_inputs();
    let submission = Submission::unpack(inputs.clone(), &limits);
    Ok((inputs, verifier.appraise(&submission, time)))
}

/// Keeps what could be judged, in one transaction, and puts it back into its place.
fn keep_all(
    keeper: &mut Keeper,
    tasks: &[Task],
    judged: Vec<Read>,
) -> Result<Vec<Result<AttestationResult, Failure>>, Failure> {
    let references: Vec<Reference> = tasks.iter().map(reference).collect();
    let mut to_keep = Vec::new();
    let mut inputs = Vec::new();
    let mut places = Vec::new();
    for read in judged {
        match read {
            Ok((files, result)) => {
                inputs.push(files);
                to_keep.push(result);
                places.push(None);
            }
            Err(failure) => places.push(Some(failure)),
        }
    }
    let kept_references =
        references.iter().zip(&places).filter(|(_, it)| it.is_none()).map(|(it, _)| it);
    let to_keep = to_keep.into_iter().zip(&inputs).zip(kept_references).map(
        |((result, inputs), reference)| Judged {
            seen: Seen { inputs, observations: None },
            result,
            reference,
        },
    );
    let mut kept = keeper.keep_all(to_keep.collect(), facts::now()?)?.into_iter();
    let lost = || Failure::new("the ledger gave no verdict back", "Report this as an error.");
    let put_back = |place: Option<Failure>| match place {
        Some(failure) => Err(failure),
        None => kept.next().ok_or_else(lost),
    };
    Ok(places.into_iter().map(put_back).collect())
}

fn reference(task: &Task) -> Reference {
    Reference {
        order: task.order.clone(),
        subscriber: task.subscriber.clone(),
        certificate_type: task.certificate_type,
    }
}

/// The submissions: of a folder each folder or file in it is one; of a list each line.
fn tasks(path: &Path) -> Result<Vec<Task>, Failure> {
    let unreadable = |error: io::Error| {
        Failure::new(
            format!("{} could not be read: {error}", named(path)),
            "Name a folder with a folder for each submission, or a list in JSON lines.",
        )
    };
    let tasks = if fs::metadata(path).map_err(unreadable)?.is_dir() {
        let mut paths: Vec<PathBuf> = fs::read_dir(path)
            .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect())
            .map_err(unreadable)?;
        paths.sort();
        let task = |path: PathBuf| Task {
            id: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            files: vec![path],
            order: None,
            subscriber: None,
            certificate_type: None,
        };
        paths.into_iter().map(task).collect()
    } else {
        read_list(path)?
    };
    let mut names = BTreeSet::new();
    if let Some(twice) = tasks.iter().find(|task| !names.insert(task.id.as_str())) {
        return Err(Failure::new(
            format!("two submissions are called {}", twice.id),
            "Give each a name of its own; results are told apart by it.",
        ));
    }
    Ok(tasks)
}

fn read_list(path: &Path) -> Result<Vec<Task>, Failure> {
    let bytes = read_own_file(path, MAX_LIST_BYTES)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut tasks = Vec::new();
    for (number, line) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let mut task: Task = serde_json::from_slice(line).map_err(|error| {
            Failure::new(
                format!("{} line {number}: {error}", named(path)),
                "Write each line as {\"id\": \"…\", \"files\": [\"…\"]}, with order, subscriber and \
                 certificate_type where they are known.",
            )
        })?;
        task.files = task.files.iter().map(|file| folder.join(file)).collect();
        tasks.push(task);
    }
    Ok(tasks)
}

/// The file of results, which only grows.
struct Results {
    file: File,
    path: PathBuf,
}

impl Results {
    /// Opens the file and tells which submissions it has. A line that was cut off is taken away;
    /// one that only says that the submission could not be read does not count.
    fn open(path: &Path) -> Result<(Self, BTreeSet<String>), Failure> {
        let failure = |error: io::Error| Self::failure(path, &error);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(path).map_err(failure)?;
        let mut done = BTreeSet::new();
        let mut whole: u64 = 0;
        let mut reader = BufReader::new(&file);
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = reader.read_until(b'\n', &mut line).map_err(failure)?;
            if !line.ends_with(b"\n") {
                break;
            }
            let it: Done = serde_json::from_slice(&line).map_err(|error| {
                Failure::new(
                    format!("{} holds something else than results: {error}", named(path)),
                    "Name a new file with --output.",
                )
            })?;
            whole = whole.saturating_add(count(read));
            if it.error.is_none() {
                done.insert(it.id);
            }
        }
        file.set_len(whole).map_err(failure)?;
        file.seek(SeekFrom::End(0)).map_err(failure)?;
        Ok((Self { file, path: path.to_owned() }, done))
    }

    fn write(&mut self, line: &Line<'_>) -> Result<(), Failure> {
        let mut bytes = serde_json::to_vec(line)
            .map_err(|error| Self::failure(&self.path, &io::Error::other(error)))?;
        bytes.push(b'\n');
        self.file.write_all(&bytes).map_err(|error| Self::failure(&self.path, &error))
    }

    fn settle(&self) -> Result<(), Failure> {
        self.file.sync_data().map_err(|error| Self::failure(&self.path, &error))
    }

    fn failure(path: &Path, error: &io::Error) -> Failure {
        Failure::new(
            format!("the results could not be written to {}: {error}", named(path)),
            "Make room, and run the same command again; it goes on where it ended.",
        )
    }
}

fn progress(length: u64) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template("{bar:40} {pos} of {len}, {per_sec}, {eta} left");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

impl Tally {
    fn add(&mut self, result: &Result<AttestationResult, Failure>) {
        let place = match result.as_ref().map(Exit::of) {
            Err(_) => &mut self.failed,
            Ok(Exit::AcceptUnderTestTrust) => &mut self.test,
            Ok(Exit::Accept) => &mut self.accept,
            Ok(Exit::Review) => &mut self.review,
            Ok(_) => &mut self.reject,
        };
        *place = place.saturating_add(1);
    }

    /// The gravest of what happened.
    fn exit(self) -> Exit {
        match self {
            Self { failed: 1.., .. } => Exit::CouldNotRun,
            Self { reject: 1.., .. } => Exit::Reject,
            Self { review: 1.., .. } => Exit::Review,
            Self { test: 1.., .. } => Exit::AcceptUnderTestTrust,
            _ => Exit::Done,
        }
    }

    fn in_words(self, output: &Path) -> String {
        let Self { accept, test, review, reject, failed, before } = self;
        format!(
            "accept               {accept}\naccept, test trust   {test}\nreview               {review}\n\
             reject               {reject}\ncould not be read    {failed}\ndone before          {before}\n\
             Results in {}\n",
            named(output)
        )
    }
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
