//! Through the real pcscd and vpcd: our client, yubico-piv-tool, ykman, opensc-tool and sc-hsm-tool read
//! the virtual cards, and what is saved is the same.
//!
//! pcscd has one socket for the whole machine. So the test starts itself again in a network and mount
//! namespace of its own, with a folder /run/pcscd that nobody else sees. Where that is not allowed, or
//! a program is missing, it is left out with a visible line; under `KEYPROOF_DEMAND_TOOLS=1`
//! that is a failure.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::card::{
    SimulatedToken, VirtualCard, bundled_smart_card_hsm, bundled_yubikey, simulated_smart_card_hsm,
    simulated_yubikey,
};
use crate::support::{TIME, der, entries, read, shared};
use serde_json::Value;

/// Set in the run inside the namespace.
const INSIDE: &str = "KEYPROOF_INSIDE_NAMESPACE";

const PROGRAMS: [&str; 7] =
    ["unshare", "ip", "pcscd", "yubico-piv-tool", "opensc-tool", "sc-hsm-tool", "mount"];

/// vpcd listens for the first of its two cards here, and for the second one port higher.
const PORT: u16 = 0x8c7b;

fn left_out(why: &str) {
    crate::support::left_out(why, "KEYPROOF_DEMAND_TOOLS");
}

#[test]
fn every_client_reads_the_virtual_cards_through_pcscd() {
    let is_there = |program: &&str| {
        let paths = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&paths).any(|folder| folder.join(program).is_file())
            || Path::new("/usr/sbin").join(program).is_file()
    };
    if let Some(missing) = PROGRAMS.iter().find(|program| !is_there(program)) {
        return left_out(&format!("{missing} is not installed (`make test` installs it)"));
    }
    if !Path::new("/usr/lib/pcsc/drivers/serial/libifdvpcd.so").is_file() {
        return left_out("vsmartcard-vpcd is not installed (`make test` installs it)");
    }
    let allowed = Command::new("unshare").args(["-nm", "true"]).stderr(Stdio::null()).status();
    if !allowed.is_ok_and(|status| status.success()) {
        return left_out("namespaces are not allowed here");
    }
    let output = Command::new("unshare")
        .arg("-nm")
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "token_pcsc::inside_the_namespace", "--ignored", "--nocapture"])
        .env(INSIDE, "1")
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

/// A process that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

type Shared = Arc<Mutex<VirtualCard>>;

/// pcscd with two virtual cards: in its first reader and in its second.
struct Service {
    _pcscd: Running,
    folder: tempfile::TempDir,
}

fn must(program: &str, arguments: &[&str]) {
    assert!(Command::new(program).args(arguments).status().unwrap().success(), "{program}");
}

impl Service {
    fn start() -> Self {
        must("ip", &["link", "set", "lo", "up"]);
        // vpcd writes length and body apart: without quick acknowledgements each command waits 40 ms.
        for route in ["127.0.0.0/8", "127.0.0.1"] {
            let mut arguments = vec!["route", "replace", "local", route, "dev", "lo", "table"];
            arguments.extend(["local", "proto", "kernel", "scope", "host"]);
            arguments.extend(["src", "127.0.0.1", "quickack", "1"]);
            must("ip", &arguments);
        }
        std::fs::create_dir_all("/run/pcscd").unwrap();
        must("mount", &["-t", "tmpfs", "tmpfs", "/run/pcscd"]);
        let folder = tempfile::tempdir().unwrap();
        let configuration = folder.path().join("reader.conf.d");
        std::fs::create_dir(&configuration).unwrap();
        // yubico-piv-tool and ykman look for "yubikey" in the name of the reader.
        std::fs::write(
            configuration.join("vpcd"),
            "FRIENDLYNAME \"Yubico YubiKey OTP+FIDO+CCID\"\nDEVICENAME /dev/null:0x8C7B\n\
             LIBPATH /usr/lib/pcsc/drivers/serial/libifdvpcd.so\nCHANNELID 0x8C7B\n",
        )
        .unwrap();
        let mut pcscd = Command::new("pcscd");
        pcscd.arg("-f").arg("-c").arg(&configuration);
        let pcscd = spawn_quietly(&mut pcscd);
        Self { _pcscd: Running(pcscd), folder }
    }

    fn insert_unlisted(&self, slot: u16, card: VirtualCard) -> (Shared, TcpStream) {
        let since = Instant::now();
        let stream = loop {
            match TcpStream::connect(("127.0.0.1", PORT + slot)) {
                Ok(stream) => break stream,
                Err(error) if since.elapsed() > Duration::from_secs(20) => panic!("vpcd: {error}"),
                Err(_) => thread::sleep(Duration::from_millis(50)),
            }
        };
        let card = Arc::new(Mutex::new(card));
        let (served, connection) = (card.clone(), stream.try_clone().unwrap());
        thread::spawn(move || {
            let mut card = VirtualCard::default();
            std::mem::swap(&mut card, &mut served.lock().unwrap());
            let _ = card.serve(connection);
            std::mem::swap(&mut card, &mut served.lock().unwrap());
        });
        (card, stream)
    }

    fn insert(&self, slot: u16, card: VirtualCard) -> (Shared, TcpStream) {
        let inserted = self.insert_unlisted(slot, card);
        // pcscd asks every second or so whether there is a card.
        let since = Instant::now();
        let holder = format!(" 0{slot}");
        loop {
            let list = keyproof(&["token", "list"], "");
            let lines: Vec<&str> = list.out.lines().collect();
            let at = lines.iter().position(|line| line.trim_end_matches(':').ends_with(&holder));
            if at.is_some_and(|at| lines.get(at + 1).is_some_and(|it| !it.contains("no token"))) {
                break;
            }
            assert!(since.elapsed() < Duration::from_secs(20), "{}{}", list.out, list.err);
            thread::sleep(Duration::from_millis(100));
        }
        inserted
    }
}

fn spawn_quietly(command: &mut Command) -> Child {
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

struct Run {
    code: i32,
    out: String,
    err: String,
}

fn run(command: &mut Command, stdin: &str) -> Run {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    let output = child.wait_with_output().unwrap();
    Run {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

fn keyproof(arguments: &[&str], stdin: &str) -> Run {
    run(Command::new(env!("CARGO_BIN_EXE_keyproof")).args(arguments), stdin)
}

fn program(name: &str, arguments: &[&str]) -> Run {
    run(Command::new(name).args(arguments), "")
}

/// ykman from the path; of another version where `KEYPROOF_YKMAN` names it.
fn ykman() -> Option<PathBuf> {
    let named = std::env::var_os("KEYPROOF_YKMAN").map(PathBuf::from);
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let installed = std::env::split_paths(&paths).map(|folder| folder.join("ykman"));
    named.into_iter().chain(installed).find(|path| path.is_file())
}

const FIRST: &str = "Yubico YubiKey OTP+FIDO+CCID 00 00";
const SECOND: &str = "Yubico YubiKey OTP+FIDO+CCID 00 01";

#[test]
#[ignore = "started by the other test, in a namespace"]
fn inside_the_namespace() {
    if std::env::var_os(INSIDE).is_none() {
        return;
    }
    let without_service = {
        std::fs::create_dir_all("/run/pcscd").unwrap();
        must("mount", &["-t", "tmpfs", "tmpfs", "/run/pcscd"]);
        keyproof(&["token", "list"], "")
    };
    assert_eq!(without_service.code, 4);
    assert!(without_service.err.contains("the PC/SC service is not running"));

    let service = Service::start();
    genuine_yubikey(&service);
    bundled_samples(&service);
    simulated_tokens(&service);
}

/// The transcripts in `tests/transcripts/` were recorded here, and would be the same today.
fn bundled_samples(service: &Service) {
    for (name, card) in
        [("yubico-piv", bundled_yubikey()), ("smartcard-hsm", bundled_smart_card_hsm())]
    {
        let (_card, stream) = service.insert(0, card);
        let saved = path(service, &format!("bundled-{name}"));
        let read_run = keyproof(&["token", "read", "--output", &saved], "");
        assert_eq!(read_run.code, 0, "{}", read_run.err);
        let transcript = read(&Path::new(&saved).join("transcript.txt"));
        let file = Path::new(crate::ROOT).join(format!("tests/transcripts/{name}.txt"));
        if std::env::var_os("KEYPROOF_RECORD").is_some() {
            std::fs::write(&file, &transcript).unwrap();
        }
        assert_eq!(read(&file), transcript, "{name}: record it again with KEYPROOF_RECORD=1");
        remove(stream);
    }
}

/// A card that falls silent is given up, with no verdict.
fn silent_token(service: &Service, card: VirtualCard) {
    let (_card, _stream) = service.insert_unlisted(0, card);
    let since = Instant::now();
    let read_run =
        keyproof(&["token", "read", "--wait", "10", "--output", &path(service, "silent")], "");
    assert_eq!(read_run.code, 4, "{}", read_run.err);
    assert!(read_run.err.contains("gave no answer"), "{}", read_run.err);
    assert!(since.elapsed() < Duration::from_secs(15), "{:?}", since.elapsed());
}

/// The name of a folder in the temporary one.
fn path(service: &Service, name: &str) -> String {
    service.folder.path().join(name).to_str().unwrap().to_owned()
}

/// The sample of a real YubiKey: every tool saves the same, and a live verdict is that of the files.
fn genuine_yubikey(service: &Service) {
    let Some(sample) = shared("samples/yubico-piv/5.4.3-slot-9a-p384-with-request") else {
        return;
    };
    let attestation = der(&read(&sample.join("attestation.pem")));
    let device = der(&read(&sample.join("device.pem")));
    let card = VirtualCard::yubikey(28_989_702, 0x9a, &attestation, &device, 0x14);
    let (_card, stream) = service.insert(0, card);

    let saved = path(service, "genuine");
    let read_run = keyproof(&["token", "read", "--slot", "9a", "--output", &saved], "");
    assert_eq!(read_run.code, 0, "{}", read_run.err);
    let ours = read(&Path::new(&saved).join("attestation-9a.pem"));
    let our_device = read(&Path::new(&saved).join("attestation-device.pem"));
    assert_eq!((der(&ours), der(&our_device)), (attestation, device));

    let theirs = path(service, "yubico-piv-tool.pem");
    let tool = program("yubico-piv-tool", &["-a", "attest", "-s", "9a", "-o", &theirs]);
    assert_eq!(tool.code, 0, "{}", tool.err);
    assert_eq!(read(Path::new(&theirs)), ours, "yubico-piv-tool saves other bytes");
    let theirs = path(service, "yubico-piv-tool-device.pem");
    let tool = program("yubico-piv-tool", &["-a", "read-certificate", "-s", "f9", "-o", &theirs]);
    assert_eq!(tool.code, 0, "{}", tool.err);
    assert_eq!(read(Path::new(&theirs)), our_device);

    match ykman() {
        Some(ykman) => {
            let ykman = ykman.to_str().unwrap();
            let theirs = path(service, "ykman.pem");
            let arguments = ["--reader", FIRST, "piv", "keys", "attest", "9a", &theirs];
            let tool = program(ykman, &arguments);
            assert_eq!(tool.code, 0, "{}", tool.err);
            assert_eq!(der(&read(Path::new(&theirs))), der(&ours), "ykman saves other bytes");
            let theirs = path(service, "ykman-device.pem");
            let arguments = ["--reader", FIRST, "piv", "certificates", "export", "f9", &theirs];
            let tool = program(ykman, &arguments);
            assert_eq!(tool.code, 0, "{}", tool.err);
            assert_eq!(der(&read(Path::new(&theirs))), der(&our_device));
        }
        None => left_out("ykman is not installed (`make test` installs it)"),
    }
    let tool = program("opensc-tool", &["-r", FIRST, "-n"]);
    assert!(tool.out.contains("Personal Identity Verification"), "{}{}", tool.out, tool.err);

    // The whole folder, transcript and observations included, is what `verify` takes.
    let request = sample.join("request.pem");
    let request = request.to_str().unwrap();
    let common = ["--request", request, "--time", TIME, "--format", "json"];
    let files = keyproof(&[&["verify", &saved][..], &common].concat(), "");
    let live = keyproof(&[&["token", "verify"][..], &common].concat(), "");
    assert_eq!(live.code, files.code, "{}", live.err);
    let files: Value = serde_json::from_str(&files.out).unwrap();
    let mut live: Value = serde_json::from_str(&live.out).expect(&live.err);
    assert_eq!(live["observations"]["serial"], "28989702");
    let kinds: BTreeMap<&str, &str> = files["inputs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|input| (input["name"].as_str().unwrap(), input["kind"].as_str().unwrap()))
        .collect();
    assert_eq!(kinds["transcript.txt"], "token-record");
    assert_eq!(kinds["observations.txt"], "token-record");
    assert!(!files["claims"].is_null());
    assert_eq!(files["claims"]["module"]["firmware"], "5.4.3");
    // All but what was read: the same to the last field.
    live.as_object_mut().unwrap().remove("observations");
    let mut files = files;
    for result in [&mut live, &mut files] {
        result.as_object_mut().unwrap().remove("inputs");
    }
    assert_eq!(live, files);
    // A folder is never written over.
    let again = keyproof(&["token", "read", "--output", &saved], "");
    assert_eq!(again.code, 4);
    assert!(again.err.contains("is not empty"));
    remove(stream);
}

fn remove(stream: TcpStream) {
    stream.shutdown(std::net::Shutdown::Both).unwrap();
    let since = Instant::now();
    while since.elapsed() < Duration::from_secs(20) {
        let list = keyproof(&["token", "list"], "");
        if list.out.matches("no token").count() == 2 {
            // pcscd looks once more before vpcd takes the next card.
            thread::sleep(Duration::from_secs(2));
            return;
        }
        thread::sleep(Duration::from_millis(100));
    }
    panic!("the card is still there");
}

/// The program at a terminal of its own: when it has written `prompt`, someone types `answer`. Both
/// streams come back as what was on the screen.
fn at_a_terminal(arguments: &[&str], prompt: &str, answer: &str) -> Run {
    const TYPIST: &str = "\
import os, pty, sys
prompt, answer, command = sys.argv[1].encode(), sys.argv[2].encode(), sys.argv[3:]
child, terminal = pty.fork()
if child == 0:
    os.execv(command[0], command)
screen = b''
while True:
    try:
        piece = os.read(terminal, 4096)
    except OSError:
        break
    if not piece:
        break
    screen += piece
    if answer and prompt in screen:
        os.write(terminal, answer)
        answer = b''
sys.stdout.buffer.write(screen)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
";
    let mut command = Command::new("python3");
    command.args(["-c", TYPIST, prompt, answer, env!("CARGO_BIN_EXE_keyproof")]).args(arguments);
    run(&mut command, "")
}

/// The files of a case that are not on its card, saved.
fn save(service: &Service, name: &str, token: &SimulatedToken) -> (String, String, Vec<String>) {
    let folder = path(service, name);
    std::fs::create_dir(&folder).unwrap();
    let folder_path = Path::new(&folder);
    std::fs::write(folder_path.join("anchors.yaml"), &token.anchors).unwrap();
    let request = folder_path.join("request.pem");
    std::fs::write(&request, &token.request).unwrap();
    let beside = token.beside.iter().map(|(name, bytes)| {
        let path = folder_path.join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    });
    let beside = beside.collect();
    (folder.clone(), request.to_str().unwrap().to_owned(), beside)
}

/// Two tokens at once: the request finds its key, and a challenge shows control of it.
fn simulated_tokens(service: &Service) {
    let waiting = ["token", "verify", "--wait", "1", "--request"];
    let yubikey = simulated_yubikey();
    let (trust, request, beside) = save(service, "piv-case", &yubikey);
    let none = keyproof(&[&waiting[..], &[&request]].concat(), "");
    assert_eq!(none.code, 4);
    assert!(none.err.contains("no token was put in within 1 seconds"), "{}", none.err);
    let none = keyproof(&["token", "verify", "--request", &request], "");
    assert!(none.err.contains("there is no token in the reader"), "{}", none.err);

    let (_piv, piv_stream) = service.insert(0, yubikey.card);
    let hsm = simulated_smart_card_hsm();
    let (hsm_trust, hsm_request, _) = save(service, "hsm-case", &hsm);
    let (expected_chain, expected_request) =
        (hsm.card.files[&0x2f02].clone(), hsm.card.files[&0xce03].clone());
    let (_hsm, hsm_stream) = service.insert(1, hsm.card);

    let several = keyproof(&["token", "verify", "--request", &request], "");
    assert_eq!(several.code, 2, "{}", several.err);
    let list = keyproof(&["token", "list"], "");
    assert!(list.out.contains("YubiKey 5") && list.out.contains("SmartCard-HSM"), "{}", list.out);
    assert!(list.out.contains("CE03") && list.out.contains("none: all 1 places"), "{}", list.out);

    let mut arguments = vec!["token", "verify", "--reader", "00 00", "--request", &request];
    arguments.extend(["--trust-anchors", &trust, "--time", TIME, "--format", "json"]);
    arguments.extend(["--attestation", &beside[0]]);
    let live = keyproof(&arguments, "");
    assert_eq!(live.code, 5, "{}{}", live.out, live.err);
    let challenge = [&arguments[..], &["--challenge", "--pin-stdin"]].concat();
    let wrong = keyproof(&challenge, "654321\n");
    assert_eq!(wrong.code, 4);
    assert!(wrong.err.contains("the PIN is wrong; the token leaves 2 tries"), "{}", wrong.err);
    assert!(!wrong.err.contains("654321") && wrong.out.is_empty());
    let shown = keyproof(&challenge, "123456\n");
    assert_eq!(shown.code, 5, "{}", shown.err);
    assert!(shown.err.contains("2 tries left"), "{}", shown.err);
    assert!(!shown.err.contains("123456") && !shown.out.contains("123456"));
    let result: Value = serde_json::from_str(&shown.out).unwrap();
    assert_eq!(result["observations"]["challenge"]["proof"], "shown");
    // No terminal, and no word that the PIN comes from standard input.
    let silent = [&arguments[..], &["--challenge"]].concat();
    let silent =
        run(Command::new("setsid").arg("-w").arg(env!("CARGO_BIN_EXE_keyproof")).args(silent), "");
    assert_eq!(silent.code, 4);
    assert!(silent.err.contains("there is no terminal"), "{}", silent.err);

    // At a terminal it is asked for, and not shown.
    let asked = at_a_terminal(&[&arguments[..], &["--challenge"]].concat(), "PIN", "123456\n");
    assert_eq!(asked.code, 5, "{}", asked.out);
    assert!(asked.out.contains("3 tries left") && asked.out.contains("\"shown\""), "{}", asked.out);
    assert!(!asked.out.contains("123456"), "{}", asked.out);

    // The request of another token finds no key; a slot that is named is judged as it is.
    let other = ["token", "verify", "--reader", "00 00", "--request", &hsm_request];
    let other = keyproof(&other, "");
    assert_eq!(other.code, 4);
    assert!(other.err.contains("no key that this token attests"), "{}", other.err);

    let saved = path(service, "hsm");
    let read_run =
        keyproof(&["token", "read", "--reader", "00 01", "--key", "CE03", "--output", &saved], "");
    assert_eq!(read_run.code, 0, "{}", read_run.err);
    let folder = Path::new(&saved);
    assert_eq!(read(&folder.join("EF.C_DevAut.bin")), expected_chain);
    assert_eq!(read(&folder.join("request-CE03.bin")), expected_request);
    assert_eq!(entries(folder).len(), 4);
    let common = [
        "--request",
        &hsm_request,
        "--trust-anchors",
        &hsm_trust,
        "--time",
        TIME,
        "--format",
        "json",
    ];
    let files = keyproof(&[&["verify", &saved][..], &common].concat(), "");
    let live = keyproof(&[&["token", "verify", "--reader", "00 01"][..], &common].concat(), "");
    assert_eq!((live.code, files.code), (3, 3), "{}{}", live.err, files.err);
    let files: Value = serde_json::from_str(&files.out).unwrap();
    let live: Value = serde_json::from_str(&live.out).unwrap();
    for field in ["verdict", "claims", "path", "requirements", "anchor", "certification"] {
        assert_eq!(live[field], files[field], "{field}");
    }
    assert_eq!(live["observations"]["key_domains"]["support"], "stated");
    let signed = [&["token", "verify", "--reader", "00 01"][..], &common].concat();
    let signed = keyproof(&[&signed[..], &["--challenge", "--pin-stdin"]].concat(), "648219\n");
    assert_eq!(signed.code, 3, "{}", signed.err);
    assert!(signed.out.contains("\"shown\""));

    // Kept in a ledger, with what nobody signed: computed again, it is the same byte for byte.
    let ledger = format!("sqlite:{}", path(service, "ledger.db"));
    let ledger_key = path(service, "ledger.key");
    let place = ["--ledger", &ledger];
    let writing = [&place[..], &["--ledger-key", &ledger_key]].concat();
    let made = [&["ledger", "init", "--origin", "test.example/1"][..], &writing].concat();
    assert_eq!(keyproof(&made, "").code, 0);
    let keeping = [&writing[..], &["--as", "desk", "--order", "o-1", "--subscriber"]].concat();
    let runs = [
        ([&challenge[..], &keeping[..], &["acme"]].concat(), "123456\n"),
        (
            [&["token", "verify", "--reader", "00 01"][..], &common, &keeping, &["other"]].concat(),
            "",
        ),
    ];
    for (record, (arguments, pin)) in ["0", "1"].iter().zip(runs) {
        let kept = keyproof(&arguments, pin);
        assert_ne!(kept.code, 4, "{}", kept.err);
        let result: Value = serde_json::from_str(&kept.out).unwrap();
        assert_eq!(result["ledger"]["record"].to_string(), *record);
        let replayed = keyproof(&[&["ledger", "replay", record][..], &place].concat(), "");
        assert_eq!(replayed.code, 0, "{}", replayed.err);
        assert_eq!(replayed.out, kept.out);
        assert!(replayed.out.contains("\"observations\""));
    }
    let whole = keyproof(&[&["ledger", "verify"][..], &place].concat(), "");
    assert_eq!(whole.code, 0, "{}{}", whole.out, whole.err);

    let tool = program("opensc-tool", &["-r", SECOND, "-n"]);
    assert!(tool.out.contains("SmartCard-HSM"), "{}{}", tool.out, tool.err);
    let tool = program("sc-hsm-tool", &["-r", SECOND]);
    assert!(tool.out.contains("3.5"), "{}{}", tool.out, tool.err);
    piv_stream.shutdown(std::net::Shutdown::Both).unwrap();
    remove(hsm_stream);
    let mut silent = bundled_yubikey();
    silent.silent_to = Some(0xf9);
    silent_token(service, silent);
}
