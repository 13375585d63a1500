//! Reading what an applicant sent: each file once, no more of it than a submission may hold, and
//! nothing that could keep us waiting.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, File, FileType};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use keyproof::escape::visible;
use keyproof::submission::{Companion, Extent, Input, InputRole, Limits};

use crate::exit::Failure;

/// Folders within a folder. A submission unpacked by hand has one or two.
const MAX_DEPTH: usize = 4;

/// Entries of one folder that are looked at. Sixteen times the files of a submission; a folder of
/// more was named by mistake.
const MAX_ENTRIES: usize = 1024;

/// Standard input, as an argument.
const STANDARD_INPUT: &str = "-";

/// Reads submissions.
pub(crate) struct SubmissionReader<'a> {
    limits: &'a Limits,
    inputs: Vec<Input>,
    /// Files that may be no evidence and are too large to be opened.
    unopened: Vec<Companion>,
    /// Bytes of larger files than evidence is, that may still be read.
    left: usize,
    standard_input: StandardInput,
}

enum StandardInput {
    Unread,
    Read,
}

impl<'a> SubmissionReader<'a> {
    pub(crate) fn new(limits: &'a Limits) -> Self {
        Self {
            limits,
            inputs: Vec::new(),
            unopened: Vec::new(),
            left: limits.companions_bytes,
            standard_input: StandardInput::Unread,
        }
    }

    /// Adds a file, a folder or `-`.
    pub(crate) fn add(&mut self, path: &Path) -> Result<(), Failure> {
        if path.as_os_str() != STANDARD_INPUT && metadata(path)?.is_dir() {
            return self.add_folder(path, "", 1);
        }
        self.add_file(path, InputRole::Any)
    }

    /// Adds a file or folder that was found in a folder: a link is not followed.
    pub(crate) fn add_entry(&mut self, path: &Path) -> Result<(), Failure> {
        require_no_link(path)?;
        self.add(path)
    }

    /// Adds a file or `-` in the role that the caller gives it.
    pub(crate) fn add_file(&mut self, path: &Path, role: InputRole) -> Result<(), Failure> {
        if path.as_os_str() == STANDARD_INPUT {
            return self.add_standard_input(role);
        }
        // The name without its folder: where it lay must not change the result.
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        self.read(path, name, role)
    }

    /// What was read, and what was not opened.
    pub(crate) fn into_inputs(self) -> (Vec<Input>, Vec<Companion>) {
        (self.inputs, self.unopened)
    }

    fn add_standard_input(&mut self, role: InputRole) -> Result<(), Failure> {
        if matches!(self.standard_input, StandardInput::Read) {
            return Err(Failure::usage(
                "standard input is named twice",
                "Name - once; other files by their names.",
            ));
        }
        self.standard_input = StandardInput::Read;
        let bytes = read_limited(io::stdin().lock(), self.limits.file_bytes)
            .map_err(|error| unreadable(Path::new("standard input"), &error))?;
        self.inputs.push(Input { name: "standard-input".to_owned(), bytes, role });
        Ok(())
    }

    fn add_folder(&mut self, folder: &Path, prefix: &str, depth: usize) -> Result<(), Failure> {
        if depth > MAX_DEPTH {
            return Err(Failure::new(
                format!("{} lies deeper than {MAX_DEPTH} folders", named(folder)),
                "Name the folder that holds the submission, or its files.",
            ));
        }
        for name in entries(folder)? {
            if self.is_full() {
                break;
            }
            let path = folder.join(&name);
            let kind = require_no_link(&path)?;
            let name = format!("{prefix}{}", name.to_string_lossy());
            if kind.is_dir() {
                self.add_folder(&path, &format!("{name}/"), depth.saturating_add(1))?;
            } else {
                self.read(&path, name, InputRole::Found)?;
            }
        }
        Ok(())
    }

    /// One file more than a submission may hold: the library says that it is too many, and no
    /// further one need be read.
    fn is_full(&self) -> bool {
        self.inputs.len().saturating_add(self.unopened.len()) > self.limits.files
    }

    fn read(&mut self, path: &Path, name: String, role: InputRole) -> Result<(), Failure> {
        if self.is_full() {
            return Ok(());
        }
        let may_be_companion = matches!(role, InputRole::Any | InputRole::Found);
        let evidence = self.limits.file_bytes;
        let most =
            if may_be_companion { self.limits.companion_bytes.min(self.left) } else { evidence };
        let (file, length) = open(path)?;
        let is_larger = |limit: usize| u64::try_from(limit).is_ok_and(|limit| length > limit);
        if may_be_companion && is_larger(evidence) && is_larger(most) {
            self.unopened.push(Companion {
                name,
                kind: None,
                bytes: length,
                sha256: None,
                extent: Extent::Unopened,
                attachments: Vec::new(),
            });
            return Ok(());
        }
        let bytes = read_limited(file, most.max(evidence)).map_err(|it| unreadable(path, &it))?;
        if bytes.len() > evidence {
            self.left = self.left.saturating_sub(bytes.len());
        }
        self.inputs.push(Input { name, bytes, role });
        Ok(())
    }
}

/// The first bytes of a file: `limit`, and one more if there is more, so that the reader sees that
/// it is too large. Anything that is no file is refused before it is opened.
pub(crate) fn read_file(path: &Path, limit: usize) -> Result<Vec<u8>, Failure> {
    let (file, _) = open(path)?;
    read_limited(file, limit).map_err(|error| unreadable(path, &error))
}

/// A file that is one, opened, and how long it is.
fn open(path: &Path) -> Result<(File, u64), Failure> {
    require_file(path, metadata(path)?.file_type())?;
    let file = File::open(path).map_err(|error| unreadable(path, &error))?;
    // It may have been exchanged in between.
    let opened = file.metadata().map_err(|error| unreadable(path, &error))?;
    require_file(path, opened.file_type())?;
    Ok((file, opened.len()))
}

/// A file of the operator, whole.
pub(crate) fn read_own_file(path: &Path, limit: usize) -> Result<Vec<u8>, Failure> {
    let bytes = read_file(path, limit)?;
    if bytes.len() > limit {
        return Err(Failure::new(
            format!("{} is larger than {limit} bytes", named(path)),
            "Name the right file.",
        ));
    }
    Ok(bytes)
}

fn read_limited(reader: impl Read, limit: usize) -> io::Result<Vec<u8>> {
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    reader.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn metadata(path: &Path) -> Result<fs::Metadata, Failure> {
    fs::metadata(path).map_err(|error| unreadable(path, &error))
}

/// What it is, if it is no link.
fn require_no_link(path: &Path) -> Result<FileType, Failure> {
    let kind = fs::symlink_metadata(path).map_err(|error| unreadable(path, &error))?.file_type();
    if kind.is_symlink() {
        return Err(Failure::new(
            format!("{} is a link, which is not followed within a folder", named(path)),
            "Name the file itself, or take the link out.",
        ));
    }
    Ok(kind)
}

fn require_file(path: &Path, kind: FileType) -> Result<(), Failure> {
    if kind.is_file() {
        return Ok(());
    }
    if kind.is_dir() {
        return Err(Failure::new(
            format!("{} is a folder where a file is expected", named(path)),
            "Name the file.",
        ));
    }
    Err(Failure::new(
        format!("{} is a pipe, a socket or a device, not a file", named(path)),
        "Save it to a file, or give it on standard input and name - in its place.",
    ))
}

/// The names in a folder, sorted, so that their order on the disk does not matter.
fn entries(folder: &Path) -> Result<BTreeSet<OsString>, Failure> {
    let failure = |error: io::Error| unreadable(folder, &error);
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder).map_err(failure)? {
        names.insert(entry.map_err(failure)?.file_name());
        if names.len() > MAX_ENTRIES {
            return Err(Failure::new(
                format!("{} holds more than {MAX_ENTRIES} files", named(folder)),
                "Name the folder that holds the submission, or its files.",
            ));
        }
    }
    Ok(names)
}

pub(crate) fn unreadable(path: &Path, error: &io::Error) -> Failure {
    let next = match error.kind() {
        io::ErrorKind::NotFound => "Check the name; relative names start at the current folder.",
        io::ErrorKind::PermissionDenied => "Ask for the right to read it.",
        _ => "Check that it can be read.",
    };
    Failure::new(format!("{} could not be read: {error}", named(path)), next)
}

/// A path in a message; its name may be an applicant's.
pub(crate) fn named(path: &Path) -> String {
    visible(&path.to_string_lossy())
}

/// A file beside another, by a bare name: no folder, no parent.
pub(crate) fn beside(folder: &Path, name: &str) -> Option<PathBuf> {
    let mut components = Path::new(name).components();
    match (components.next(), components.next()) {
        (Some(std::path::Component::Normal(only)), None) if only == name => Some(folder.join(only)),
        _ => None,
    }
}
