//! A ledger for a test, on either database, and the program run on it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use tempfile::TempDir;

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

/// A PostgreSQL server of the test's own, reached through a socket in its folder.
pub struct Server {
    folder: TempDir,
    programs: PathBuf,
    database: AtomicU32,
    /// Where it listens beside its socket.
    listens: String,
}

impl Server {
    /// Starts one, if PostgreSQL is installed.
    pub fn start() -> Option<Self> {
        let Some(programs) = installed() else {
            crate::support::left_out("PostgreSQL is not installed", "KEYPROOF_DEMAND_TOOLS");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let database = AtomicU32::new(0);
        let listens = "-c listen_addresses=''".to_owned();
        let server = Self { folder, programs, database, listens };
        // PostgreSQL does not run as root.
        if is_root() {
            let chown = Command::new("chown").arg("postgres").arg(server.folder.path()).status();
            assert!(chown.unwrap().success());
        }
        let data = server.data();
        server.done("initdb", &["-D", &data, "-U", "keyproof", "-A", "trust", "--no-sync"]);
        server.launch();
        Some(server)
    }

    /// Starts it again, after it was stopped.
    pub fn launch(&self) {
        let options = format!("{} -k {}", self.listens, self.folder.path().display());
        let log = self.folder.path().join("log");
        let log = log.display().to_string();
        self.done("pg_ctl", &["-D", &self.data(), "-l", &log, "-w", "-o", &options, "start"]);
    }

    /// Stops it as a loss of power would.
    pub fn crash(&self) {
        self.done("pg_ctl", &["-D", &self.data(), "-m", "immediate", "-w", "stop"]);
    }

    /// The URL of a new database.
    pub fn url(&self) -> String {
        let name = format!("l{}", self.database.fetch_add(1, Ordering::Relaxed));
        let socket = self.folder.path().display().to_string();
        self.done("createdb", &["-h", &socket, "-U", "keyproof", &name]);
        format!("postgres://keyproof@{}/{name}", socket.replace('/', "%2F"))
    }

    /// Starts it again on a port of this machine, where it talks to nobody without TLS; its
    /// certificate is for localhost. Gives the port, and the file of the authority.
    pub fn serve_over_tls(&mut self) -> (u16, PathBuf) {
        let folder = self.folder.path().to_owned();
        let file = |name: &str| folder.join(name).display().to_string();
        let [ca, ca_key] = ["ca.pem", "ca.key"].map(file);
        let [key, request, certificate, names] =
            ["server.key", "server.csr", "server.pem", "server.ext"].map(file);
        std::fs::write(&names, "subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n")
            .unwrap();
        let ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj"];
        let openssl = |arguments: &[&str]| self.done("/usr/bin/openssl", arguments);
        let authority = ["/CN=authority", "-x509", "-days", "9", "-keyout", &ca_key, "-out", &ca];
        openssl(&[&["req"][..], &ec, &authority].concat());
        let server = ["/CN=localhost", "-keyout", &key, "-out", &request];
        openssl(&[&["req"][..], &ec, &server].concat());
        let sign = ["x509", "-req", "-in", &request, "-CA", &ca, "-CAkey", &ca_key, "-days", "9"];
        let result = ["-CAcreateserial", "-extfile", &names, "-out", &certificate];
        openssl(&[&sign[..], &result].concat());
        std::fs::write(
            Path::new(&self.data()).join("pg_hba.conf"),
            "local all all trust\nhostssl all all 127.0.0.1/32 trust\n",
        )
        .unwrap();
        self.crash();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        self.listens = format!(
            "-c listen_addresses=127.0.0.1 -p {port} -c ssl=on -c ssl_cert_file={certificate} \
             -c ssl_key_file={key}"
        );
        self.launch();
        (port, PathBuf::from(ca))
    }

    fn data(&self) -> String {
        self.folder.path().join("data").display().to_string()
    }

    fn done(&self, program: &str, arguments: &[&str]) {
        let program = self.programs.join(program);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        // A daemon that keeps our pipes open would keep us waiting.
        let log = tempfile::NamedTempFile::new().unwrap();
        let status = command
            .args(arguments)
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(log.reopen().unwrap())
            .stderr(log.reopen().unwrap())
            .status()
            .unwrap();
        let said = std::fs::read_to_string(log.path()).unwrap();
        assert!(status.success(), "{arguments:?}: {said}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.crash();
        } else {
            let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.crash()));
        }
    }
}

/// The folder of the newest PostgreSQL of Debian.
fn installed() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let mut folders: Vec<PathBuf> =
        versions.filter_map(|entry| Some(entry.ok()?.path().join("bin"))).collect();
    folders.sort();
    folders.into_iter().rfind(|folder| folder.join("initdb").exists())
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|it| it.uid() == 0)
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
