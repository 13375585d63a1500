//! Requests, as programs write them: each is read, and its signature holds.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Row, folder, program, python, run};
use crate::support::{der, entries, read};
use keyproof::{Input, InputRole, Limits, ReasonCode, Submission};

/// What `make test-clients` installs of cryptography, oldest first.
const CRYPTOGRAPHY: [&str; 4] = ["2.9.2", "3.4.8", "35.0.0", "50.0.2"];

/// A way to write requests: what the table calls it, and the files that it wrote.
struct Writer {
    name: String,
    files: Vec<PathBuf>,
}

/// A row for each program, of all its requests.
pub fn rows() -> Vec<Row> {
    writers().iter().map(row).collect()
}

fn writers() -> Vec<Writer> {
    let mut writers = Vec::new();
    let mut add = |name: &str, folder: Option<PathBuf>| {
        let files = folder.map(|folder| entries(&folder));
        let requests =
            |path: &PathBuf| path.extension().is_some_and(|it| it == "pem" || it == "der");
        writers.extend(files.map(|files| Writer {
            name: name.to_owned(),
            files: files.into_iter().filter(requests).collect(),
        }));
    };
    add("OpenSSL `openssl req`", openssl());
    add("GnuTLS `certtool`", certtool());
    add("Java `keytool`", keytool());
    add("NSS `certutil -R`", certutil());
    for version in CRYPTOGRAPHY {
        let packages = format!("cryptography-{version}");
        let name = format!("Python cryptography {version}");
        add(&name, python(&packages).map(|python| by_python(python, "cryptography", &packages)));
    }
    for version in ["35.0.0", "system"] {
        let python = match version {
            "system" => Some(Command::new("/usr/bin/python3")),
            _ => python(&format!("cryptography-{version}")),
        };
        let name = match version {
            "system" => "ykman 4 with the system's cryptography".to_owned(),
            _ => format!("ykman 4 with cryptography {version}"),
        };
        let python = program("ykman").and(python);
        add(&name, python.map(|python| by_python(python, "ykman", &format!("ykman-{version}"))));
    }
    writers
}

fn by_python(mut python: Command, writer: &str, name: &str) -> PathBuf {
    let folder = folder(name);
    let script = Path::new(crate::ROOT).join("tests/integration/clients/requests.py");
    python.arg(script).arg(writer).arg(&folder);
    run(python);
    folder
}

fn openssl() -> Option<PathBuf> {
    program("openssl")?;
    let folder = folder("openssl");
    let variants: [(&str, &[&str]); 5] = [
        ("rsa", &["-newkey", "rsa:3072"]),
        (
            "rsa-pss",
            &[
                "-newkey",
                "rsa:3072",
                "-sigopt",
                "rsa_padding_mode:pss",
                "-sigopt",
                "rsa_pss_saltlen:32",
            ],
        ),
        ("ec", &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]),
        (
            "ec-extended",
            &[
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-384",
                "-addext",
                "keyUsage=critical,digitalSignature",
            ],
        ),
        ("ed25519", &["-newkey", "ed25519"]),
    ];
    for (name, arguments) in variants {
        let mut command = Command::new("openssl");
        command.args([
            "req",
            "-new",
            "-sha256",
            "-nodes",
            "-subj",
            "/CN=Example",
            "-keyout",
            "key",
        ]);
        command.args(arguments).args(["-out", &format!("{name}.pem")]).current_dir(&folder);
        run(command);
    }
    Some(folder)
}

fn certtool() -> Option<PathBuf> {
    program("certtool")?;
    let folder = folder("certtool");
    fs::write(folder.join("template"), "cn = Example\nsigning_key\n").expect("a template");
    for (name, kind) in
        [("rsa", &["rsa", "--bits", "3072"][..]), ("ec", &["ecdsa", "--curve", "secp256r1"])]
    {
        let mut key = Command::new("certtool");
        key.args(["--generate-privkey", "--outfile", "key", "--key-type"]).args(kind);
        run(in_folder(key, &folder));
        for (form, end) in [("", "pem"), ("--no-text", "pem"), ("--outder", "der")] {
            let mut request = Command::new("certtool");
            request.args(["--generate-request", "--load-privkey", "key", "--template", "template"]);
            request.args(Some(form).filter(|form| !form.is_empty()));
            request.args(["--outfile", &format!("{name}{form}.{end}")]);
            run(in_folder(request, &folder));
        }
    }
    Some(folder)
}

fn keytool() -> Option<PathBuf> {
    program("keytool")?;
    let folder = folder("keytool");
    for (name, kind) in
        [("rsa", &["RSA", "-keysize", "3072"][..]), ("ec", &["EC", "-groupname", "secp256r1"])]
    {
        let store = ["-keystore", "store", "-storepass", "changeit", "-alias", name];
        let mut key = Command::new("keytool");
        key.args(["-genkeypair", "-dname", "CN=Example", "-keyalg"]).args(kind).args(store);
        run(in_folder(key, &folder));
        for (form, extension) in [("", None), ("-extended", Some("KeyUsage=digitalSignature"))] {
            let mut request = Command::new("keytool");
            request.args(["-certreq", "-file", &format!("{name}{form}.pem")]).args(store);
            request.args(extension.into_iter().flat_map(|extension| ["-ext", extension]));
            run(in_folder(request, &folder));
        }
    }
    Some(folder)
}

fn certutil() -> Option<PathBuf> {
    program("certutil")?;
    let folder = folder("certutil");
    let mut store = Command::new("certutil");
    store.args(["-N", "-d", ".", "--empty-password"]);
    run(in_folder(store, &folder));
    fs::write(folder.join("noise"), format!("{:?}", std::time::SystemTime::now())).expect("noise");
    for (name, kind) in [("rsa", &["-g", "3072"][..]), ("ec", &["-k", "ec", "-q", "secp256r1"])] {
        for (form, end) in [(Some("-a"), "pem"), (None, "der")] {
            let mut request = Command::new("certutil");
            request
                .args(["-R", "-d", ".", "-s", "CN=Example", "-z", "noise"])
                .args(kind)
                .args(form);
            request.args(["-o", &format!("{name}.{end}")]);
            run(in_folder(request, &folder));
        }
    }
    Some(folder)
}

fn in_folder(mut command: Command, folder: &Path) -> Command {
    command.current_dir(folder);
    command
}

fn row(writer: &Writer) -> Row {
    assert!(writer.files.len() >= 2, "{}: {:?}", writer.name, writer.files);
    let (mut writes, mut refused) = (Vec::new(), Vec::new());
    for path in &writer.files {
        let bytes = read(path);
        let form = form(&bytes);
        if !is_read_as_the_request(path, &bytes) {
            push(&mut refused, form.clone());
        }
        push(&mut writes, form);
        attributes(&bytes).into_iter().for_each(|words| push(&mut writes, words));
    }
    let mut read = "read".to_owned();
    if !refused.is_empty() {
        read +=
            &format!("; with `--request` not the {} (`input.request-form`)", refused.join(", "));
    }
    Row { tool: writer.name.clone(), writes: format!("request: {}", writes.join("; ")), read }
}

fn push(list: &mut Vec<String>, words: String) {
    if !list.contains(&words) {
        list.push(words);
    }
}

/// The form of the file, in words.
fn form(bytes: &[u8]) -> String {
    let Ok(text) = std::str::from_utf8(bytes) else { return "DER".to_owned() };
    let (before, rest) = text.split_once("-----BEGIN ").expect("a boundary");
    let (label, _) = rest.split_once("-----").expect("a label");
    let mut form = format!("PEM `{label}`");
    let lines: Vec<_> = text.split_inclusive('\n').collect();
    let returns = lines.iter().filter(|line| line.ends_with("\r\n")).count();
    if returns > 0 {
        form += if returns == lines.len() { " with CR LF" } else { " with LF and CR LF" };
    }
    if !before.is_empty() {
        form += " below a text";
    }
    form
}

/// What stands for no extensions, if none were asked for. An extensionRequest (1.2.840.113549.1.9.14)
/// has one SET of one value.
fn attributes(bytes: &[u8]) -> Option<String> {
    const EXTENSION_REQUEST: &[u8] =
        &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x0e];
    let der = der(bytes);
    let empty = [EXTENSION_REQUEST, &[0x31, 0x02, 0x30, 0x00]].concat();
    memchr::memmem::find(&der, &empty).map(|_| "an empty list of extensions".to_owned())
}

/// Whether the file is read when it is named with `--request`. By itself it is, and its signature holds.
fn is_read_as_the_request(path: &Path, bytes: &[u8]) -> bool {
    let name = path.display();
    let codes = |role| {
        let input = Input { name: "request".to_owned(), bytes: bytes.to_vec(), role };
        let submission = Submission::unpack(vec![input], &Limits::default());
        let problems: Vec<_> = submission.problems().iter().map(|it| it.code()).collect();
        let requests: Vec<_> = submission.items().iter().filter_map(|it| it.request()).collect();
        let [Ok(request)] = requests[..] else { panic!("{name}: {requests:?}, {problems:?}") };
        assert!(matches!(request.verify(), Some(Ok(_))), "{name}: {:?}", request.verify());
        problems
    };
    assert_eq!(codes(InputRole::Any), [], "{name}");
    match codes(InputRole::Request)[..] {
        [] => true,
        [ReasonCode::InputRequestForm] => false,
        ref other => panic!("{name}: {other:?}"),
    }
}
