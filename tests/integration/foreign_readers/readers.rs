//! Programs that read files with other people's libraries, each over all files in one process.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A program that reads.
pub(crate) struct Reader {
    /// Whose reading it is.
    pub(crate) name: String,
    command: Command,
}

/// Something that a reader found in a file.
#[derive(Clone, Debug)]
pub(crate) struct Sighting {
    /// The file, by its place in the list.
    pub(crate) file: usize,
    pub(crate) kind: String,
    /// Reader and function.
    pub(crate) by: String,
    /// As the reader writes it; nothing of a private key.
    pub(crate) der: Vec<u8>,
}

/// Every reader, built where it must be.
pub(crate) fn all(folder: &Path) -> Vec<Reader> {
    let mut readers = vec![
        c_program(folder, "openssl", "crypto"),
        c_program(folder, "gnutls", "gnutls"),
        // The system's own, whatever python3 comes first.
        reader("cryptography", "/usr/bin/python3", &[source("pyca.py")]),
        java(),
    ];
    // Where another Python has another release of it, that one too.
    let version = |python: &str| {
        let print = "import cryptography; print(cryptography.__version__)";
        let output = Command::new(python).args(["-c", print]).output().ok()?;
        output.status.success().then_some(output.stdout)
    };
    if let Some(other) = version("python3")
        && Some(&other) != version("/usr/bin/python3").as_ref()
    {
        let name = format!("cryptography {}", String::from_utf8_lossy(&other).trim());
        readers.push(reader(&name, "python3", &[source("pyca.py")]));
    }
    readers
}

fn source(name: &str) -> String {
    format!("{}/tests/integration/foreign_readers/readers/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn reader(name: &str, program: &str, arguments: &[String]) -> Reader {
    let mut command = Command::new(program);
    command.args(arguments);
    Reader { name: name.to_owned(), command }
}

fn c_program(folder: &Path, name: &str, library: &str) -> Reader {
    let program = folder.join(name);
    let status = Command::new("cc")
        .args(["-O1", "-Wall", "-Wextra", "-o"])
        .arg(&program)
        .arg(source(&format!("{name}.c")))
        .arg(format!("-l{library}"))
        .status()
        .expect("cc");
    assert!(status.success(), "{name}.c: `make test-system` installs what it needs");
    reader(name, program.to_str().expect("UTF-8"), &[])
}

fn java() -> Reader {
    let path = ["bcpkix", "bcprov", "bcutil"].map(|jar| {
        let path = format!("/usr/share/java/{jar}.jar");
        assert!(Path::new(&path).exists(), "{path}: `make test-system` installs it");
        path
    });
    reader("java", "java", &["-cp".to_owned(), path.join(":"), source("BouncyCastle.java")])
}

impl Reader {
    /// What it finds in the files of a list, one path a line.
    pub(crate) fn read(mut self, folder: &Path, list: &Path, files: usize) -> Vec<Sighting> {
        let path: PathBuf = folder.join(format!("{}.tsv", self.name));
        let status = self
            .command
            .stdin(File::open(list).expect("the list"))
            .stdout(File::create(&path).expect("a file"))
            .status()
            .unwrap_or_else(|error| {
                panic!("{}: {error}: `make test-system` installs it", self.name)
            });
        assert!(status.success(), "{}: {status}", self.name);
        let text = String::from_utf8(crate::support::read(&path)).expect("ASCII");
        let (lines, end) = text.trim_end().rsplit_once('\n').expect("lines");
        assert_eq!(end, format!("done\t{files}"), "{} has not read every file", self.name);
        lines.lines().map(|line| self.sighting(line)).collect()
    }

    fn sighting(&self, line: &str) -> Sighting {
        let fields: Vec<_> = line.split('\t').collect();
        let [file, kind, how, der] = fields.as_slice() else { panic!("{}: {line}", self.name) };
        let der =
            if *der == "-" { Some(Vec::new()) } else { keyproof::encoding::hex::from_hex(der) };
        Sighting {
            file: file.parse().expect("a number"),
            kind: (*kind).to_owned(),
            by: format!("{}: {how}", self.name),
            der: der.expect("hexadecimal"),
        }
    }
}
