//! `keyproof batch`: many submissions, judged on all processors, each result a line of JSON. A run
//! that was cut off goes on where it ended: a line counts if all that it is bound to is the same.

mod results;

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use self::results::{Earlier, Results};
use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use keyproof::encoding::hex::Sha256;
use keyproof::escape::visible;
use keyproof::expectation::{Expected, ExpectedSerial};
use keyproof::reason::Language;
use keyproof::report::Answered;
use keyproof::result::{AttestationResult, FactsSummary};
use keyproof::submission::{Companion, Input, Limits, Submission};
use keyproof::time::Timestamp;
use keyproof::{Knowledge, Verifier};
use keyproof_ledger::keep::{Judged, Reference, Seen};
use keyproof_ledger::record::{CertificateType, InputEntry};
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use serde::{Deserialize, Serialize};

use crate::arguments::{JudgingArguments, KeptArguments, LanguageArgument};
use crate::exit::{Exit, Failure};
use crate::files::{SubmissionReader, named, read_own_file};
use crate::judging::Judging;
use crate::ledger::{Keeper, unkept};
use crate::output::Destination;
use crate::reference;

#[derive(Debug, Args)]
pub(crate) struct BatchArguments {
    /// A folder with a folder or a file for each submission, or a list in JSON lines, each
    /// {"id": ID, "files": [FILE…], "serial": NUMBER, "order": ID, "subscriber": ID,
    /// "certificate_type": "ev"}
    #[arg(value_name = "DIR|LIST")]
    pub(crate) submissions: PathBuf,
    /// The results, a line of JSON for each submission. A line that is there already counts if the
    /// files, policy, facts and time are the same; else its submission is judged again
    #[arg(long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    #[command(flatten)]
    pub(crate) judging: JudgingArguments,
    #[command(flatten)]
    pub(crate) language: LanguageArgument,
    /// Threads to use [default: as many as there are processors]
    #[arg(long, value_name = "N")]
    pub(crate) jobs: Option<usize>,
    #[command(flatten)]
    pub(crate) keeping: KeptArguments,
}

/// Submissions judged together, and kept in one transaction: enough to share the cost of a commit,
/// few enough to lose little to a cut.
const CHUNK: usize = 64;

/// Seconds.
const DAY: i64 = 86_400;

/// The largest list of submissions.
const MAX_LIST_BYTES: usize = 1 << 28;

/// One submission.
struct Task {
    /// What it is called in the results.
    id: String,
    /// Its files and folders.
    files: Vec<PathBuf>,
    expected: Expected,
    reference: Reference,
    /// Whether its file was found in a folder, and not named.
    is_entry: bool,
}

/// One submission, as a line of the list.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListedTask {
    id: String,
    /// From the folder of the list.
    files: Vec<PathBuf>,
    /// That of the device in the order.
    #[serde(default)]
    serial: Option<ExpectedSerial>,
    #[serde(default, deserialize_with = "reference::deserialize")]
    order: Option<String>,
    #[serde(default, deserialize_with = "reference::deserialize")]
    subscriber: Option<String>,
    #[serde(default)]
    certificate_type: Option<CertificateType>,
}

/// What a result is bound to, besides the time: it counts for exactly this and nothing else.
#[derive(Serialize)]
struct Basis<'a> {
    inputs: Vec<InputEntry>,
    #[serde(skip_serializing_if = "Expected::is_nothing")]
    expected: &'a Expected,
    /// What was not opened.
    unopened: &'a [Companion],
    reference: &'a Reference,
    policy: Sha256,
    data: &'a FactsSummary,
    ledger: Option<&'a str>,
    language: Language,
    version: &'static str,
}

/// How many ended how, those among them that were done before.
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
    require_outside(&arguments.output, &arguments.submissions)?;
    let judging = Judging::keeping(&arguments.judging, &arguments.keeping)?;
    let mut keeper = Keeper::open(&arguments.keeping, &judging)?;
    if keeper.is_none() && tasks.iter().any(|task| task.reference.is_given()) {
        return Err(unkept());
    }
    let is_named = arguments.judging.time.at.is_some();
    let bench = Bench::new(&judging, keeper.as_ref(), arguments.language.into(), is_named);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(arguments.jobs.unwrap_or(0))
        .build()
        .map_err(|error| Failure::new(error.to_string(), "Name fewer threads with --jobs."))?;

    let names: BTreeSet<&str> = tasks.iter().map(|task| task.id.as_str()).collect();
    let mut results = Results::open(&arguments.output, |id| names.contains(id))?;
    let mut tally = Tally::default();
    let left = pool.install(|| done_before(&tasks, &bench, &mut results, &mut tally))?;
    let bar = progress(count(left.len()));
    for chunk in left.chunks(CHUNK) {
        let judged: Vec<Read> =
            pool.install(|| chunk.par_iter().map(|task| bench.judge(task)).collect());
        let bases: Vec<Option<Sha256>> =
            judged.iter().map(|it| it.as_ref().ok().map(|(basis, ..)| *basis)).collect();
        let judged = match &mut keeper {
            Some(keeper) => keep_all(keeper, chunk, judged)?,
            None => judged.into_iter().map(|it| it.map(|(.., result)| result)).collect(),
        };
        for ((task, basis), result) in chunk.iter().zip(bases).zip(&judged) {
            tally.add(result.as_ref().map_or(Exit::CouldNotRun, Exit::of));
            let answered = result.as_ref().map(|result| Answered::new(result, bench.language));
            results.write(&task.id, basis, answered)?;
        }
        results.settle()?;
        bar.inc(count(chunk.len()));
    }
    bar.finish_and_clear();
    screen.write(&tally.in_words(&arguments.output))?;
    Ok(tally.exit())
}

/// Counts the submissions whose results stand, takes all other lines away, and gives back those that
/// are left to be judged.
fn done_before<'a>(
    tasks: &'a [Task],
    bench: &Bench,
    results: &mut Results,
    tally: &mut Tally,
) -> Result<Vec<&'a Task>, Failure> {
    let stands = |task: &&Task| {
        let earlier = *results.earlier().get(&task.id)?;
        let (inputs, unopened) = task.read().ok()?;
        let basis = bench.basis(task, &inputs, &unopened);
        (bench.is_current(earlier.evaluated_at) && earlier.basis == basis).then_some(earlier)
    };
    let found: Vec<Option<Earlier>> = tasks.par_iter().map(|task| stands(&task)).collect();
    let kept: Vec<&Earlier> = found.iter().flatten().collect();
    results.keep_only(&kept)?;
    for earlier in kept {
        tally.add(earlier.exit);
        tally.before = tally.before.saturating_add(1);
    }
    Ok(tasks.iter().zip(&found).filter(|(_, it)| it.is_none()).map(|(task, _)| task).collect())
}

/// The basis of a result, what came, and how it was judged.
type Read = Result<(Sha256, Files, AttestationResult), Failure>;

/// What came, and what of it holds no evidence.
struct Files {
    inputs: Vec<Input>,
    companions: Vec<Companion>,
}

/// What all submissions are judged by.
struct Bench {
    verifier: Verifier,
    policy: Sha256,
    data: FactsSummary,
    ledger: Option<String>,
    /// That of the letters.
    language: Language,
    time: Timestamp,
    /// Whether that time was named, and is not simply the present.
    is_named: bool,
}

impl Bench {
    fn new(judging: &Judging, keeper: Option<&Keeper>, language: Language, is_named: bool) -> Self {
        let verifier = judging.verifier.clone();
        Self {
            policy: verifier.policy().sha256(),
            data: verifier.facts().summary(),
            ledger: keeper.map(|keeper| keeper.origin().to_owned()),
            language,
            time: judging.time,
            verifier,
            is_named,
        }
    }

    fn judge(&self, task: &Task) -> Read {
        let (inputs, unopened) = task.read()?;
        let basis = self.basis(task, &inputs, &unopened);
        let submission = Submission::unpack_beside(inputs.clone(), unopened, &Limits::default());
        let knowledge = Knowledge { observations: None, expected: task.expected.clone() };
        let result = self.verifier.appraise_knowing(&submission, &knowledge, self.time);
        let companions = submission.companions().to_vec();
        Ok((basis, Files { inputs, companions }, result))
    }

    fn basis(&self, task: &Task, inputs: &[Input], unopened: &[Companion]) -> Sha256 {
        let basis = Basis {
            inputs: inputs.iter().map(InputEntry::of).collect(),
            expected: &task.expected,
            unopened,
            reference: &task.reference,
            policy: self.policy,
            data: &self.data,
            ledger: self.ledger.as_deref(),
            language: self.language,
            version: env!("CARGO_PKG_VERSION"),
        };
        Sha256::of(serde_json::json!(basis).to_string().as_bytes())
    }

    /// Whether a result of that time is one of this run: of the time that was named; where none was,
    /// of the last day, for a run that was cut off is of the present as well.
    fn is_current(&self, evaluated_at: Timestamp) -> bool {
        if self.is_named {
            return evaluated_at == self.time;
        }
        evaluated_at <= self.time && self.time <= evaluated_at.plus_seconds(DAY)
    }
}

impl Task {
    fn read(&self) -> Result<(Vec<Input>, Vec<Companion>), Failure> {
        let limits = Limits::default();
        let mut reader = SubmissionReader::new(&limits);
        for path in &self.files {
            if self.is_entry { reader.add_entry(path)? } else { reader.add(path)? }
        }
        Ok(reader.into_inputs())
    }
}

/// The results must not be taken for one of the submissions, nor take the place of their list.
fn require_outside(output: &Path, submissions: &Path) -> Result<(), Failure> {
    let real = |path: &Path| fs::canonicalize(path).ok();
    let folder = output.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let is_inside = real(submissions).is_some_and(|submissions| {
        real(folder).is_some_and(|folder| folder.starts_with(&submissions))
            || real(output).is_some_and(|output| output.starts_with(&submissions))
    });
    if is_inside {
        return Err(Failure::usage(
            format!("the results would be written into {}", named(submissions)),
            "Name a file outside of the submissions with --output.",
        ));
    }
    Ok(())
}

/// Keeps what could be judged, in one transaction, and puts it back into its place.
fn keep_all(
    keeper: &mut Keeper,
    tasks: &[&Task],
    judged: Vec<Read>,
) -> Result<Vec<Result<AttestationResult, Failure>>, Failure> {
    let mut to_keep = Vec::new();
    let mut inputs = Vec::new();
    let mut places = Vec::new();
    for read in judged {
        match read {
            Ok((_, files, result)) => {
                inputs.push(files);
                to_keep.push(result);
                places.push(None);
            }
            Err(failure) => places.push(Some(failure)),
        }
    }
    let kept_references =
        tasks.iter().zip(&places).filter(|(_, it)| it.is_none()).map(|(task, _)| &task.reference);
    let to_keep = to_keep.into_iter().zip(&inputs).zip(kept_references).map(
        |((result, Files { inputs, companions }), reference)| Judged {
            seen: Seen { inputs, companions, observations: None },
            result,
            reference,
        },
    );
    let mut kept = keeper.keep_all(to_keep.collect())?.into_iter();
    let lost = || Failure::new("the ledger gave no verdict back", "Report this as an error.");
    let put_back = |place: Option<Failure>| match place {
        Some(failure) => Err(failure),
        None => kept.next().ok_or_else(lost),
    };
    Ok(places.into_iter().map(put_back).collect())
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
            id: name_in_text(path.file_name().unwrap_or_default()),
            files: vec![path],
            expected: Expected::default(),
            reference: Reference::default(),
            is_entry: true,
        };
        paths.into_iter().map(task).collect()
    } else {
        read_list(path)?
    };
    if tasks.is_empty() {
        return Err(Failure::new(
            format!("{} holds no submission", named(path)),
            "Name a folder with a folder for each submission, or a list in JSON lines.",
        ));
    }
    let mut names = BTreeSet::new();
    if let Some(twice) = tasks.iter().find(|task| !names.insert(task.id.as_str())) {
        return Err(Failure::new(
            format!("two submissions are called {}", visible(&twice.id)),
            "Give each a name of its own; results are told apart by it.",
        ));
    }
    Ok(tasks)
}

/// The name of a file as text from which it can be told: octets that are no UTF-8 are written as `\\xff`,
/// and a backslash twice.
fn name_in_text(name: &OsStr) -> String {
    let mut text = String::new();
    for chunk in name.as_encoded_bytes().utf8_chunks() {
        text.push_str(&chunk.valid().replace('\\', "\\\\"));
        text.extend(chunk.invalid().iter().map(|octet| format!("\\x{octet:02x}")));
    }
    text
}

fn read_list(path: &Path) -> Result<Vec<Task>, Failure> {
    let bytes = read_own_file(path, MAX_LIST_BYTES)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut tasks = Vec::new();
    for (number, line) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let listed: ListedTask = serde_json::from_slice(line).map_err(|error| {
            Failure::new(
                format!("{} line {number}: {error}", named(path)),
                "Write each line as {\"id\": \"…\", \"files\": [\"…\"]}, with serial, order, subscriber and \
                 certificate_type where they are known.",
            )
        })?;
        tasks.push(Task {
            files: listed.files.iter().map(|file| folder.join(file)).collect(),
            expected: Expected { serial: listed.serial },
            reference: Reference {
                order: listed.order,
                subscriber: listed.subscriber,
                certificate_type: listed.certificate_type,
            },
            id: listed.id,
            is_entry: false,
        });
    }
    Ok(tasks)
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
    fn add(&mut self, exit: Exit) {
        let place = match exit {
            Exit::CouldNotRun => &mut self.failed,
            Exit::AcceptUnderTestTrust => &mut self.test,
            Exit::Accept => &mut self.accept,
            Exit::Review => &mut self.review,
            _ => &mut self.reject,
        };
        *place = place.saturating_add(1);
    }

    /// The gravest of all results, whenever they were given.
    fn exit(self) -> Exit {
        match self {
            Self { failed: 1.., .. } => Exit::CouldNotRun,
            Self { reject: 1.., .. } => Exit::Reject,
            Self { review: 1.., .. } => Exit::Review,
            Self { test: 1.., .. } => Exit::AcceptUnderTestTrust,
            _ => Exit::Accept,
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
