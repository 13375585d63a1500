//! What was typed, before it is taken for options. `verify *` in a folder of an applicant's puts the
//! names of the files there into the command line: none of them may steer the run or end it with 0.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use clap::Command;

use crate::exit::Failure;
use crate::output::remove;

/// What asks for help or the version.
const QUESTIONS: [&str; 5] = ["help", "-h", "--help", "-V", "--version"];

/// The words that were typed. Under the name `keyproof-ejbca` the program is `keyproof gate`, because
/// EJBCA puts the certificate before every argument that it was configured with.
pub(crate) fn words() -> Vec<OsString> {
    let mut words: Vec<OsString> = std::env::args_os().collect();
    let name = words.first().and_then(|path| Path::new(path).file_stem());
    if name.is_some_and(|name| name == "keyproof-ejbca") {
        words.insert(1, "gate".into());
    }
    words
}

/// Refuses an option that is the name of a file here: a pattern of the shell yields such names, and
/// nobody can tell whether it was typed.
pub(crate) fn check(words: &[OsString]) -> Result<(), Failure> {
    match options(words).iter().find(|word| is_entry(word)) {
        None => Ok(()),
        Some(word) => Err(Failure::usage(
            format!("a file here has the name {}, which reads as an option", word.display()),
            "Name the files after `--`, or as `./*`, or from another folder.",
        )),
    }
}

/// Whether help or version was asked for and nothing else: sub-commands, and one word more.
pub(crate) fn is_question_alone(words: &[OsString], mut command: Command) -> bool {
    let mut questions = 0_usize;
    for word in words.iter().skip(1) {
        if QUESTIONS.iter().any(|question| word == question) {
            questions = questions.saturating_add(1);
        } else if let Some(next) = command.find_subcommand(word) {
            command = next.clone();
        } else {
            return false;
        }
    }
    questions == 1
}

/// Takes away the files that a run of `verify` would have written, where the words make no sense: a
/// caller must not find those of an earlier run.
pub(crate) fn remove_outputs(words: &[OsString]) {
    let mut names = words.iter().skip(1).filter(|word| !is_option(word));
    let first = names.find(|word| !["auto", "always", "never"].iter().any(|it| word == it));
    let is_verify = match first.and_then(|word| word.to_str()) {
        Some("verify") => true,
        Some("token") => names.next().is_some_and(|word| word == "verify"),
        _ => false,
    };
    if is_verify {
        for path in outputs(words) {
            // The words make no sense anyway, and that is what is told.
            let _ = remove(&path);
        }
    }
}

/// What `--output` and `--write-request` name, unless the same file is named as another argument too.
fn outputs(words: &[OsString]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut rest = words.iter().skip(1).take_while(|word| *word != "--");
    while let Some(word) = rest.next() {
        if is_entry(word) && is_option(word) {
            continue;
        }
        for option in ["--output", "--write-request"] {
            if word == option {
                found.extend(rest.next().filter(|word| !is_option(word)).cloned());
            } else if let Some(value) = word.to_str().and_then(|word| word.strip_prefix(option)) {
                found.extend(value.strip_prefix('=').map(OsString::from));
            }
        }
    }
    let times = |path: &OsString| words.iter().filter(|word| *word == path).count();
    found.into_iter().filter(|path| times(path) <= 1).map(PathBuf::from).collect()
}

/// The words that are taken for options: none behind `--`, and none at all before one that was typed,
/// behind which the files stand.
fn options(words: &[OsString]) -> Vec<&OsString> {
    let is_end = |word: &&OsString| **word == "--";
    if words.iter().any(|word| is_end(&word)) && !is_entry(OsStr::new("--")) {
        return Vec::new();
    }
    words.iter().skip(1).filter(|word| is_option(word)).collect()
}

/// `-` too: it stands for standard input.
fn is_option(word: &OsStr) -> bool {
    word.as_encoded_bytes().starts_with(b"-")
}

/// Whether something of that name lies here, a link that leads nowhere included.
fn is_entry(word: &OsStr) -> bool {
    Path::new(word).symlink_metadata().is_ok()
}
