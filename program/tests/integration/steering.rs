//! What an applicant calls a file steers nothing: not the run, not its exit code, not a terminal.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::{Command, Stdio};

use keyproof::escape::visible;
use tempfile::TempDir;

const TIME: &str = "2026-11-21T00:00:00Z";

struct Run {
    code: i32,
    stdout: String,
    stderr: String,
}

fn run_in(folder: &Path, arguments: &[impl AsRef<OsStr>]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keyproof"));
    let output = command.args(arguments).current_dir(folder).stdin(Stdio::null()).output().unwrap();
    Run {
        code: output.status.code().expect("an exit code"),
        stdout: String::from_utf8(output.stdout).expect("UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

/// A folder of an applicant's: a simulated submission, and its own anchors in a folder of that.
fn applicants() -> TempDir {
    let folder = TempDir::new().unwrap();
    let arguments = ["simulate", "yubico-piv", "--key", "p256", "--time", TIME, "--out", "."];
    assert_eq!(run_in(folder.path(), &arguments).code, 0);
    fs::create_dir(folder.path().join(".own")).unwrap();
    let manifest = folder.path().join("anchors.yaml");
    fs::rename(manifest, folder.path().join(".own/anchors.yaml")).unwrap();
    folder
}

/// The names in a folder, as a shell puts them in the place of `*`.
fn pattern(folder: &Path) -> Vec<OsString> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<OsString> = names.filter(|name| name != ".own").collect();
    names.sort();
    names
}

fn with(before: &[&str], names: &[OsString]) -> Vec<OsString> {
    before.iter().map(OsString::from).chain(names.iter().cloned()).collect()
}

const NAMES: [&str; 14] = [
    "--help",
    "-h",
    "-V",
    "--version",
    "--policy=mine.yaml",
    "--policy",
    "--time=2020-01-01T00:00:00Z",
    "--trust-anchors=.own",
    "--output=request.pem",
    "--format=json",
    "--color=always",
    "--nonsense",
    "--",
    "-",
];

#[test]
fn a_file_with_the_name_of_an_option_is_none() {
    for name in NAMES {
        let folder = applicants();
        let request = fs::read(folder.path().join("request.pem")).unwrap();
        fs::copy(folder.path().join("device.pem"), folder.path().join(name)).unwrap();
        let names = pattern(folder.path());
        for before in [
            &["verify"][..],
            &["verify", "--time", TIME, "--trust-anchors", ".own"],
            &["inspect"],
            &["gate", "--ledger", "sqlite:l.db", "--ledger-key", "k", "--as", "a"],
            &["anchors", "check"],
            &["policy", "check"],
        ] {
            let run = run_in(folder.path(), &with(before, &names));
            assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{before:?} {name}");
            assert!(run.stderr.contains(&format!("the name {name}, which")), "{}", run.stderr);
            assert!(run.stderr.contains("`./*`"), "{}", run.stderr);
        }
        assert_eq!(fs::read(folder.path().join("request.pem")).unwrap(), request);

        // What the message says to do.
        let own = ["verify", "--time", TIME, "--trust-anchors", ".own"];
        let here: Vec<OsString> =
            names.iter().map(|name| Path::new(".").join(name).into_os_string()).collect();
        let run = run_in(folder.path(), &with(&own, &here));
        assert_eq!(run.code, 5, "{name}: {}{}", run.stdout, run.stderr);
        if name != "--" && name != "-" {
            let run = run_in(folder.path(), &with(&[&own[..], &["--"]].concat(), &names));
            assert_eq!(run.code, 5, "{name}: {}{}", run.stdout, run.stderr);
        }
    }
    // Alone in its folder, it is the whole of the command line.
    for name in ["--help", "--version"] {
        let folder = TempDir::new().unwrap();
        std::os::unix::fs::symlink("nowhere", folder.path().join(name)).unwrap();
        assert_eq!(run_in(folder.path(), &["verify", name]).code, 2);
    }
}

#[test]
fn help_and_version_end_with_0_only_alone() {
    let folder = applicants();
    for arguments in [
        &["--help"][..],
        &["-h"],
        &["--version"],
        &["-V"],
        &["help"],
        &["help", "ledger", "show"],
        &["verify", "--help"],
        &["gate", "-h"],
        &["ledger", "recheck", "-V"],
        &["token", "verify", "--help"],
    ] {
        let run = run_in(folder.path(), arguments);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{arguments:?}");
        assert!(!run.stdout.is_empty());
    }
    for arguments in [
        &["verify", "request.pem", "--help"][..],
        &["verify", "--help", "request.pem"],
        &["verify", "-V", "request.pem"],
        &["verify", "request.pem", "-h"],
        &["verify", "--time", TIME, "--help"],
        &["verify", "-hV"],
        &["verify", "-h", "-V"],
        &["--color", "never", "--help"],
        &["gate", "request.pem", "--help"],
        &["batch", "--help", "x"],
        &["inspect", "--version", "request.pem"],
        &["ledger", "verify", "--checkpoint", "x", "-h"],
        &["help", "verify", "--help"],
        &["verify", "request.pem", "--time", TIME, "--time", TIME],
        &["verify", "request.pem", "--format", "json", "--format", "text"],
    ] {
        let run = run_in(folder.path(), arguments);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(!run.stderr.is_empty());
    }
    // There are no files of arguments.
    fs::write(folder.path().join("arguments"), "--help\n").unwrap();
    assert_eq!(run_in(folder.path(), &["verify", "@arguments"]).code, 4);
}

#[test]
fn no_failure_leaves_the_report_or_request_of_an_earlier_run() {
    let folder = applicants();
    let files = ["request.pem", "attestation.pem", "device.pem", "issuing-ca.pem"];
    fs::write(folder.path().join("wrong.yaml"), "version: 0\n").unwrap();
    let outputs = ["r.json", "judged.pem"];
    let earlier = || outputs.map(|name| fs::write(folder.path().join(name), "earlier").unwrap());
    let left = || outputs.map(|name| folder.path().join(name).exists());
    let names = ["--output", "r.json", "--write-request=judged.pem"];
    for (more, code) in [
        (&["absent.pem"][..], 4),
        (&["request.pem", "--policy", "absent.yaml"], 4),
        (&["request.pem", "--policy", "wrong.yaml"], 4),
        (&["request.pem", "--trust-anchors", "absent"], 4),
        (&["request.pem", "--ledger", "sqlite:absent.db", "--ledger-key", "k", "--as", "a"], 4),
        (&["request.pem", "--order", "o-1"], 2),
        (&["request.pem", "--nonsense"], 2),
        (&["request.pem", "--time", "yesterday"], 2),
        (&["request.pem", "--help"], 2),
        (&[], 2),
    ] {
        earlier();
        let run = run_in(folder.path(), &[&["verify"][..], &names, more].concat());
        assert_eq!((run.code, run.stdout.as_str()), (code, ""), "{more:?} {}", run.stderr);
        assert_eq!(left(), [false, false], "{more:?}");
    }
    for command in [&["--color", "never", "verify"][..], &["token", "verify"]] {
        earlier();
        let run = run_in(folder.path(), &[command, &names, &["--nonsense"]].concat());
        assert_eq!(run.code, 2, "{}", run.stderr);
        assert_eq!(left(), [false, false], "{command:?}");
    }
    // A hostile name leaves none either, and takes nothing away but what was named.
    earlier();
    fs::write(folder.path().join("--output=device.pem"), "text").unwrap();
    let hostile = [&["verify"][..], &names, &["--output=device.pem"], &files].concat();
    assert_eq!(run_in(folder.path(), &hostile).code, 2);
    assert_eq!(left(), [false, false]);
    assert!(folder.path().join("device.pem").exists());
    fs::remove_file(folder.path().join("--output=device.pem")).unwrap();

    // What a link leads to is the report; the link stays.
    earlier();
    let link = folder.path().join("link.json");
    std::os::unix::fs::symlink("r.json", &link).unwrap();
    assert_eq!(run_in(folder.path(), &["verify", "absent.pem", "--output", "link.json"]).code, 4);
    assert!(!folder.path().join("r.json").exists());
    assert_eq!(run_in(folder.path(), &["verify", "request.pem", "--output", "link.json"]).code, 1);
    assert!(link.is_symlink() && folder.path().join("r.json").exists());

    // What is to be read is not written over, nor one report over the other.
    let own = fs::read(folder.path().join("request.pem")).unwrap();
    for twice in [
        &["request.pem", "--output", "./request.pem"][..],
        &["--request", "request.pem", "--write-request", "request.pem"],
        &["device.pem", "--policy", "request.pem", "--output", "request.pem"],
        &["device.pem", "--output", "r.json", "--write-request", "./r.json"],
        &["request.pem", "--output", "request.pem", "--nonsense"],
    ] {
        let run = run_in(folder.path(), &[&["verify"][..], twice].concat());
        assert_eq!(run.code, 2, "{twice:?} {}", run.stderr);
        assert_eq!(fs::read(folder.path().join("request.pem")).unwrap(), own);
    }
}

#[test]
fn what_has_no_ledger_to_stand_in_is_not_ignored() {
    let folder = applicants();
    for given in [["--order", "o-1"], ["--subscriber", "acme"], ["--certificate-type", "ev"]] {
        let run = run_in(folder.path(), &[&["verify", "request.pem"][..], &given].concat());
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{given:?}");
        assert!(run.stderr.contains("no ledger"), "{}", run.stderr);
    }
}

/// Every sub-command, given a name that steers a terminal, reorders text or ends a line.
#[test]
fn hostile_names_are_shown_harmless_by_every_sub_command() {
    let hostile = "a\u{1b}[2J\u{9b}31m\u{202e}\u{7f}\u{200b}\nkeyproof: accept";
    let folder = applicants();
    let path = folder.path().join(hostile);
    let ledger = ["--ledger", "sqlite:l.db", "--ledger-key", "l.key", "--as", "alice"];
    let init = ["ledger", "init", "--origin", "t.example/1", "--ledger", "sqlite:l.db"];
    let made = run_in(folder.path(), &[&init[..], &["--ledger-key", "l.key"]].concat());
    assert_eq!(made.code, 0, "{}", made.stderr);
    fs::copy(folder.path().join("request.pem"), &path).unwrap();
    fs::create_dir(folder.path().join("many")).unwrap();
    fs::copy(&path, folder.path().join("many").join(hostile)).unwrap();
    let option = format!("--{hostile}");
    let document = [&["ledger", "record", "--method", "6"][..], &ledger].concat();
    let url = format!("sqlite:{hostile}");
    let absent = format!("absent-{hostile}");
    let commands: Vec<Vec<&str>> = vec![
        vec!["verify", hostile],
        vec!["verify", hostile, "--format", "html"],
        vec!["verify", hostile, "--format", "json"],
        vec!["verify", hostile, "--format", "pkilint"],
        vec!["verify", hostile, "--format", "pkimetal"],
        vec!["verify", &absent],
        vec!["verify", hostile, &option],
        vec!["verify", hostile, "--policy", hostile],
        vec!["verify", hostile, "--trust-anchors", hostile],
        vec!["verify", hostile, "--time", hostile],
        vec!["verify", "device.pem", "--ledger", &url, "--ledger-key", "l.key", "--as", "alice"],
        [&["verify", hostile][..], &ledger].concat(),
        [&["verify", hostile, "--order", hostile][..], &ledger].concat(),
        vec!["inspect", hostile, "device.pem"],
        vec!["inspect", &absent],
        vec!["anchors", "check", hostile],
        vec!["anchors", "show", hostile],
        vec!["modules", "list", "--vendor", hostile],
        vec!["reasons", "explain", hostile],
        vec!["policy", "check", hostile],
        vec!["simulate", hostile, "--out", "x"],
        vec!["simulate", "yubico-piv", "--key", "p256", "--out", hostile],
        vec!["simulate", "yubico-piv", "--key", "p256", "--out", &absent],
        vec!["simulate", "yubico-piv", "--key", hostile, "--out", "x"],
        [&["gate", hostile][..], &ledger].concat(),
        [&["gate", &absent][..], &ledger].concat(),
        [&document[..], &["--request", hostile, "--reason", hostile, "--document", hostile]]
            .concat(),
        vec!["ledger", "list", "--ledger", "sqlite:l.db"],
        vec!["ledger", "list", "--ledger", "sqlite:l.db", "--order", hostile],
        vec!["ledger", "list", "--ledger", "sqlite:l.db", "--key", hostile],
        vec!["ledger", "show", "0", "--ledger", "sqlite:l.db"],
        vec!["ledger", "show", "1", "--ledger", "sqlite:l.db"],
        vec!["ledger", "show", "0", "--ledger", "sqlite:l.db", "--output", hostile],
        vec!["ledger", "verify", "--ledger", "sqlite:l.db", "--checkpoint", hostile],
        vec!["ledger", "recheck", "--ledger", "sqlite:l.db"],
        vec!["ledger", "replay", "0", "--ledger", "sqlite:l.db"],
        vec!["ledger", "export", "--ledger", "sqlite:l.db", "--output", hostile],
        vec!["batch", "many", "--output", "r.jsonl"],
        vec!["batch", hostile, "--output", "r2.jsonl"],
        vec!["batch", "many", "--output", hostile],
        vec!["token", "verify", "--request", hostile, "--slot", hostile],
        vec!["token", "read", "--reader", hostile, "--output", hostile],
        vec!["man", hostile],
        vec!["completions", hostile],
        vec![hostile],
    ];
    for arguments in commands {
        let run = run_in(folder.path(), &arguments);
        for line in run.stdout.lines().chain(run.stderr.lines()) {
            assert_eq!(visible(line), line, "{arguments:?}");
            assert!(!line.starts_with("keyproof: accept"), "{arguments:?}");
        }
        if arguments[0] != "ledger" {
            assert_ne!((run.code, arguments[0]), (0, "verify"), "{arguments:?}");
        }
    }
    let results = fs::read(folder.path().join("r.jsonl")).unwrap();
    assert!(results.iter().all(|octet| matches!(octet, b'\n' | b' '..=b'~')));
    assert_eq!(results.iter().filter(|octet| **octet == b'\n').count(), 1);

    // The same of a name that is no UTF-8.
    let name = OsStr::from_bytes(b"\xff\x9b\x1b[2J");
    let run = run_in(folder.path(), &[OsStr::new("verify"), name]);
    assert!(run.code == 4 && run.stderr.lines().all(|line| visible(line) == line));
}
