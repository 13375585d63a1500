//! A ledger for a test, on either database, and the program run on it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use crate::server::Server;

/// Where the ledger of a test lies.
pub enum Backend {
    Sqlite,
    Postgres(Server),
}

/// Both databases; PostgreSQL only where it is installed, which it must be where
/// tools are demanded.
pub fn backends() -> Vec<Backend> {
    let mut all = vec![Backend::Sqlite];
    all.extend(Server::start().map(Backend::Postgres));
    all
}

/// A ledger, its key, and a folder for everything else.
pub struct Fixture {
    pub folder: TempDir,
    pub url: String,
    server: Option<Server>,
}

impl Backend {
    /// An empty ledger.
    pub fn ledger(self) -> Fixture {
        let folder = tempfile::tempdir().unwrap();
        let (url, server) = match self {
            Self::Sqlite => (format!("sqlite:{}", folder.path().join("l.db").display()), None),
            Self::Postgres(server) => (server.url(), Some(server)),
        };
        let fixture = Fixture { folder, url, server };
        let run = fixture.run(&["ledger", "init", "--origin", "test.example/1"]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        fixture
    }
}

pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Fixture {
    /// The server that keeps the ledger.
    pub fn server(&self) -> &Server {
        self.server.as_ref().expect("a ledger on PostgreSQL")
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The program, told of the ledger.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keyproof"));
        command
            .args(arguments)
            .env_remove("NO_COLOR")
            .env("KEYPROOF_LEDGER", &self.url)
            .env("KEYPROOF_LEDGER_KEY", self.path("l.key"))
            .env("KEYPROOF_OPERATOR", "Alice")
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Run {
        self.command(arguments).output().unwrap().into()
    }

    /// The same by another person.
    pub fn run_as(&self, operator: &str, arguments: &[&str]) -> Run {
        self.command(arguments).env("KEYPROOF_OPERATOR", operator).output().unwrap().into()
    }

    /// A faultless simulated submission, in a folder of that name.
    pub fn simulate(&self, name: &str) {
        let run = self.run(&["simulate", "yubico-piv", "--key", "p256", "--out", name]);
        assert_eq!(run.code, 0, "{}", run.stderr);
    }

    /// Verifies it for an order of a subscriber.
    pub fn verify(&self, name: &str, order: &str, subscriber: &str) -> Run {
        self.run(&[
            "verify",
            name,
            "--trust-anchors",
            name,
            "--order",
            order,
            "--subscriber",
            subscriber,
        ])
    }

    /// Records a document of the method of that number for the key of a submission.
    pub fn record(&self, name: &str, method: &str, order: &str) {
        std::fs::write(self.path("report.pdf"), b"the auditor's report").unwrap();
        let request = format!("{name}/request.pem");
        let about = ["--method", method, "--request", &request, "--order", order];
        let grounds = ["--reason", "witnessed", "--document", "report.pdf"];
        let run = self.run(&[&["ledger", "record"][..], &about, &grounds].concat());
        assert_eq!(run.code, 0, "{}", run.stderr);
    }

    /// That the ledger is whole, and how many records it has.
    pub fn whole(&self) -> u64 {
        let run = self.run(&["ledger", "verify"]);
        assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
        let (_, rest) = run.stdout.split_once("Records").unwrap();
        rest.trim_start().split(',').next().unwrap().parse().unwrap()
    }
}

/// Whether a program can be run; where tools are demanded it must be there.
pub fn has(program: &str, arguments: &[&str]) -> bool {
    let run = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let is_there = run.is_ok_and(|status| status.success());
    if !is_there {
        crate::support::left_out(
            &format!("{program} is missing or may not run"),
            "KEYPROOF_DEMAND_TOOLS",
        );
    }
    is_there
}

/// A certificate with a serial number that is changed by those bits, in place of `path`'s: the gate does not ask who signed
/// it, because the CA is about to.
pub fn with_other_serial(path: &Path, change: u8) -> Vec<u8> {
    let mut der = crate::support::der(&std::fs::read(path).unwrap());
    // Certificate, TBSCertificate, [0] version of five octets, then the serial number: its last octet.
    let header = |at: usize| match der[at + 1] {
        0x82 => 4,
        0x81 => 3,
        _ => 2,
    };
    let outer = header(0);
    let tbs = outer + header(outer);
    let serial = tbs + 5;
    assert_eq!((der[tbs], der[serial]), (0xa0, 0x02), "version, serial number");
    let last = serial + 1 + usize::from(der[serial + 1]);
    der[last] ^= change;
    der
}
