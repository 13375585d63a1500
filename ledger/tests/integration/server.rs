//! A PostgreSQL server for tests.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use tempfile::TempDir;

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
