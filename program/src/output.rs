//! Where reports go: the screen, or a file that is complete or not there at all.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use keyproof::report::{Color, TextOptions};

use crate::exit::Failure;
use crate::files::named;

/// Wider lines are hard to read; the columns from which fingerprints are shown whole.
const MOST_COLUMNS: usize = 120;

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal that shows it, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Where a report goes.
pub(crate) enum Destination {
    /// Standard output.
    Screen(ColorChoice),
    /// A file, replaced if it is there.
    File(PathBuf),
}

impl Destination {
    /// Whether a text report may use colour there.
    pub(crate) fn color(&self) -> Color {
        let Self::Screen(choice) = self else {
            return Color::Plain;
        };
        let styled = match choice {
            ColorChoice::Never => false,
            ColorChoice::Always => true,
            ColorChoice::Auto => {
                let stdout = io::stdout();
                let choice = anstream::AutoStream::choice(&stdout);
                stdout.is_terminal() && choice != anstream::ColorChoice::Never
            }
        };
        if styled { Color::Styled } else { Color::Plain }
    }

    /// The columns of a text report there: those of the terminal, as far as lines stay readable.
    pub(crate) fn width(&self) -> usize {
        let terminal = match self {
            Self::Screen(_) => terminal_size::terminal_size_of(io::stdout()),
            Self::File(_) => None,
        };
        match terminal {
            Some((terminal_size::Width(columns), _)) => {
                usize::from(columns).clamp(60, MOST_COLUMNS)
            }
            None => TextOptions::default().width,
        }
    }

    /// Writes the whole of `text`. A reader that has gone away has read what it wanted.
    pub(crate) fn write(&self, text: &str) -> Result<(), Failure> {
        match self {
            Self::File(path) => replace(path, text.as_bytes()),
            Self::Screen(_) => {
                let result = match self.color() {
                    // Where a console needs it, the colours are translated.
                    Color::Styled => to_stream(anstream::AutoStream::always(io::stdout()), text),
                    Color::Plain => to_stream(io::stdout().lock(), text),
                };
                match result {
                    Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::new(
                        format!("the report could not be written to standard output: {error}"),
                        "Make room, or name a file with --output.",
                    )),
                    _ => Ok(()),
                }
            }
        }
    }
}

fn to_stream(mut stream: impl Write, text: &str) -> io::Result<()> {
    stream.write_all(text.as_bytes())?;
    stream.flush()
}

/// Removes a file that an earlier run wrote, if it is there.
pub(crate) fn remove(path: &Path) -> Result<(), Failure> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => fs::remove_file(target(path)).map_err(|error| {
            Failure::new(
                format!("{} could not be removed: {error}", named(path)),
                "Name a file in a folder that may be written to.",
            )
        }),
        // What is no file is refused when it is to be written.
        Ok(_) | Err(_) => Ok(()),
    }
}

/// The file that is meant: the one that a link leads to, or would lead to, not the link.
fn target(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| match fs::read_link(path) {
        Ok(leads_to) => path.with_file_name("").join(leads_to),
        Err(_) => path.to_owned(),
    })
}

/// Writes beside `path` and renames, so that no reader sees half a file.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let failure = |error: io::Error| {
        Failure::new(
            format!("{} could not be written: {error}", named(path)),
            "Name a file in a folder that may be written to.",
        )
    };
    if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        return Err(Failure::new(
            format!("{} is not a file", named(path)),
            "Name a file; without --output a report goes to standard output.",
        ));
    }
    let target = target(path);
    let Some(name) = target.file_name() else {
        return Err(failure(ErrorKind::InvalidInput.into()));
    };
    let mut beside = std::ffi::OsString::from(".");
    beside.push(name);
    beside.push(format!(".{}.tmp", std::process::id()));
    let beside = target.with_file_name(beside);
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&beside)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&beside, &target));
    written.map_err(|error| {
        if error.kind() != ErrorKind::AlreadyExists {
            let _ = fs::remove_file(&beside);
        }
        failure(error)
    })
}
