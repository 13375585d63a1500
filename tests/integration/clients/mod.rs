//! What the programs of applicants write, run here with fresh keys, and whether it is read: the table
//! of docs/intake.md. A client of its own adds a file with its `rows` and a line in [`ROWS`].

mod clouds;
mod companions;
mod requests;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support;

/// One line of the table.
#[derive(Debug)]
pub struct Row {
    /// The program, with its release where that is pinned.
    pub tool: String,
    /// What it writes: the format, and the form of the file.
    pub writes: String,
    /// What becomes of it.
    pub read: String,
}

/// Rows of each kind of client; of a client that is missing there are none.
const ROWS: [fn() -> Vec<Row>; 3] = [clouds::rows, requests::rows, companions::rows];

#[test]
fn the_table_of_what_is_read_is_what_comes_out() {
    let rows: Vec<_> = ROWS.iter().flat_map(|rows| rows()).collect();
    let lines: BTreeSet<_> = rows
        .iter()
        .map(|row| format!("| {} | {} | {} |", row.tool, row.writes, row.read))
        .collect();
    let page = Path::new(crate::ROOT).join("docs/intake.md");
    let page = fs::read_to_string(page).expect("docs/intake.md");
    // Programs that are missing here keep what is said of them.
    let was_run =
        |line: &&str| rows.iter().any(|row| line.starts_with(&format!("| {} |", row.tool)));
    let said: BTreeSet<_> = page.lines().filter(was_run).map(str::to_owned).collect();
    let missing: Vec<_> = lines.difference(&said).cloned().collect();
    let stale: Vec<_> = said.difference(&lines).cloned().collect();
    assert!(
        missing.is_empty() && stale.is_empty(),
        "docs/intake.md lacks:\n{}\nand says:\n{}",
        missing.join("\n"),
        stale.join("\n")
    );
}

/// A folder for what a client writes, empty, and of this process alone.
pub fn folder(name: &str) -> PathBuf {
    let name = format!("{name}-{}", std::process::id());
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("clients").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// The system's Python with the packages of `tests/clients/NAME.txt`, which `make test-clients` installs.
/// Nothing if they are not there, which is said.
pub fn python(name: &str) -> Option<Command> {
    let packages = Path::new(crate::ROOT).join("target/clients").join(name);
    if !packages.join("requirements.txt").exists() {
        support::left_out(
            &format!("the Python packages {name} are missing"),
            "KEYPROOF_DEMAND_TOOLS",
        );
        return None;
    }
    let mut command = Command::new("/usr/bin/python3");
    command.env("PYTHONPATH", packages).env("PYTHONDONTWRITEBYTECODE", "1");
    Some(command)
}

/// That program; nothing if it is not there, which is said.
pub fn program(name: &str) -> Option<Command> {
    let known = Command::new("sh").args(["-c", &format!("command -v {name}")]).output();
    if known.is_ok_and(|output| output.status.success()) {
        return Some(Command::new(name));
    }
    support::left_out(&format!("{name} is missing"), "KEYPROOF_DEMAND_TOOLS");
    None
}

/// Runs a client, which must succeed.
pub fn run(mut command: Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
}
