//! The program as it is run: exit codes, what goes to which stream, and files that are none.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use keyproof::document::ResultDocument;
use keyproof::result::CSBR_VERSION;

use tempfile::TempDir;

const TIME: &str = "2026-11-21T00:00:00Z";

/// Nothing the program does takes long; a run that does is hung.
const PATIENCE: Duration = Duration::from_secs(30);

struct Run {
    code: i32,
    stdout: String,
    stderr: String,
}

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keyproof"));
    command.env_remove("NO_COLOR").stdin(Stdio::null());
    command
}

fn run(arguments: &[&str]) -> Run {
    finish(program().args(arguments))
}

fn run_in(folder: &Path, arguments: &[&str]) -> Run {
    finish(program().args(arguments).current_dir(folder))
}

/// Runs to the end, or fails when that does not come.
fn finish(command: &mut Command) -> Run {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let drain = |stream: Box<dyn Read + Send>| {
        std::thread::spawn(move || {
            let (mut stream, mut bytes) = (stream, Vec::new());
            stream.read_to_end(&mut bytes).unwrap();
            String::from_utf8(bytes).expect("UTF-8")
        })
    };
    let stdout = drain(Box::new(child.stdout.take().unwrap()));
    let stderr = drain(Box::new(child.stderr.take().unwrap()));
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if start.elapsed() > PATIENCE {
            child.kill().unwrap();
            panic!("{command:?} hangs");
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let (stdout, stderr) = (stdout.join().unwrap(), stderr.join().unwrap());
    Run { code: status.code().expect("an exit code"), stdout, stderr }
}

/// A folder with a simulated submission in `case`, of that defect.
fn simulated(defect: Option<&str>) -> TempDir {
    let folder = TempDir::new().unwrap();
    let mut arguments = vec!["simulate", "yubico-piv", "--out", "case", "--time", TIME];
    arguments.extend(["--key", "p256"]);
    if let Some(defect) = defect {
        arguments.extend(["--defect", defect]);
    }
    let made = run_in(folder.path(), &arguments);
    assert_eq!((made.code, made.stderr.as_str()), (0, ""), "{}", made.stdout);
    folder
}

fn verify(folder: &Path, more: &[&str]) -> Run {
    let mut arguments = vec!["verify", "--time", TIME];
    arguments.extend(more);
    run_in(folder, &arguments)
}

/// A failure that is no verdict: exit 4, nothing on standard output, what and what to do in two
/// lines.
fn assert_could_not_run(run: &Run, names: &str) {
    assert_eq!(run.code, 4, "{}{}", run.stdout, run.stderr);
    assert_eq!(run.stdout, "");
    let lines: Vec<&str> = run.stderr.lines().collect();
    assert_eq!(lines.len(), 2, "{}", run.stderr);
    assert!(lines[0].starts_with("error: ") && lines[0].contains(names), "{}", run.stderr);
    assert!(lines[1].ends_with('.'), "{}", run.stderr);
}

/// A reject for that reason alone, with the one line on standard error.
fn assert_rejected(run: &Run, code: &str) {
    assert_eq!(run.code, 1, "{}{}", run.stdout, run.stderr);
    assert_eq!(run.stderr, format!("keyproof: reject: {code}\n"));
    assert!(run.stdout.contains(&format!("REJECT  {code}\n")), "{}", run.stdout);
}

#[test]
fn help_and_version_are_what_was_asked_for() {
    for arguments in [&["--help"][..], &["--version"], &["verify", "--help"], &["help", "verify"]] {
        let run = run(arguments);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{arguments:?}");
        assert!(!run.stdout.is_empty());
    }
    // By which rules and facts it judges.
    let version = run(&["--version"]).stdout;
    let facts = keyproof::facts::embedded().unwrap();
    let facts = format!("facts {} of {}", facts.serial(), facts.date());
    for part in [env!("CARGO_PKG_VERSION"), CSBR_VERSION, &facts] {
        assert!(version.contains(part), "{version}");
    }
    let help = run(&["verify", "--help"]).stdout;
    for part in ["0  accept", "5  accept under test trust", "--trust-anchors", "--policy"] {
        assert!(help.contains(part), "{part}");
    }
}

#[test]
fn arguments_that_make_no_sense_are_exit_2_and_no_report() {
    for arguments in [
        &[][..],
        &["verify"],
        &["verify", "--nonsense"],
        &["verify", "x", "--time", "yesterday"],
        &["verify", "x", "--time", "2026-11-21"],
        &["verify", "x", "--format", "xml"],
        &["frobnicate"],
        &["simulate"],
        &["simulate", "no-such-format", "--out", "x"],
        &["simulate", "yubico-piv", "--out", "x", "--defect", "no-such-defect"],
        &["reasons", "explain", "no.such-code"],
        &["anchors", "show", "no-such-anchor"],
        &["modules", "list", "--vendor", "no-such-vendor"],
    ] {
        let folder = TempDir::new().unwrap();
        let run = run_in(folder.path(), arguments);
        assert_eq!(run.code, 2, "{arguments:?} {}", run.stderr);
        assert_eq!(run.stdout, "", "{arguments:?}");
        assert!(!run.stderr.is_empty());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{arguments:?}");
    }
}

#[test]
fn a_faultless_case_under_its_own_test_trust_is_exit_5_and_says_so() {
    let folder = simulated(None);
    let run = verify(folder.path(), &["case", "--trust-anchors", "case"]);
    assert_eq!((run.code, run.stderr.as_str()), (5, "keyproof: accept under test trust\n"));
    assert!(run.stdout.contains("TEST TRUST"), "{}", run.stdout);
    assert!(run.stdout.contains("Do not issue."), "{}", run.stdout);
}

#[test]
fn the_same_case_is_rejected_by_the_bundled_anchors() {
    let folder = simulated(None);
    assert_rejected(&verify(folder.path(), &["case"]), "chain.untrusted-root");
}

/// Writes `status` into the manifest of a simulated case.
fn set_status(folder: &TempDir, status: &str) {
    let manifest = folder.path().join("case/anchors.yaml");
    let text = fs::read_to_string(&manifest).unwrap();
    assert!(text.contains("status: test"));
    fs::write(&manifest, text.replace("status: test", &format!("status: {status}"))).unwrap();
}

#[test]
fn trust_of_the_caller_is_called_so_and_is_a_review_whatever_the_policy_names() {
    for status in ["caller", "unconfirmed"] {
        let folder = simulated(None);
        set_status(&folder, status);
        let own = ["case", "--trust-anchors", "case", "--format", "json"];
        let run = verify(folder.path(), &own);
        assert_eq!(run.code, 3, "{}{}", run.stdout, run.stderr);
        assert_eq!(run.stderr, "keyproof: review: chain.anchor-caller\n");
        let result: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!((&result["trust"], &result["may_issue"]), (&"caller".into(), &false.into()));
        assert_eq!(result["anchors"][0]["status"], "caller");
        let report = verify(folder.path(), &own[..3]).stdout;
        assert!(report.contains("CALLER'S TRUST"), "{report}");

        let key = result["anchor"]["spki_sha256"].as_str().unwrap();
        let entry = format!("confirmed_anchors: [{{spki_sha256: \"{key}\", reference: CA-7}}]");
        let policy = folder.path().join("policy.yaml");
        fs::write(&policy, format!("version: 1\n{entry}\n")).unwrap();
        let named = verify(folder.path(), &[&own[..], &["--policy", "policy.yaml"]].concat());
        assert_eq!(named.code, 3, "{}", named.stderr);
        let result: serde_json::Value = serde_json::from_str(&named.stdout).unwrap();
        let reason = &result["requirements"][1]["reasons"][0];
        assert_eq!(reason["code"], "chain.anchor-caller");
        assert_eq!(reason["detail"]["confirmed"], "CA-7");
    }
}

#[test]
fn an_anchor_of_the_caller_is_never_a_production_one() {
    let folder = simulated(None);
    set_status(&folder, "production");
    let run = verify(folder.path(), &["case", "--trust-anchors", "case"]);
    assert_eq!((run.code, run.stdout.as_str()), (4, ""), "{}", run.stderr);
}

/// Exit code 0, `may_issue` and an accept under production trust are one thing.
#[test]
fn exit_0_is_what_the_result_calls_may_issue() {
    let samples = Path::new(crate::ROOT).join("attestation-samples");
    let mut seen = std::collections::BTreeSet::new();
    let pin_never = simulated(Some("pin-never"));
    let whole = samples.join("yubico-piv/simulated-accept");
    for (folder, own_anchors) in
        [(pin_never.path().join("case"), true), (whole.clone(), true), (whole, false)]
    {
        let mut arguments = vec!["verify", "--format", "json", "--time", TIME];
        arguments.extend(["--trust-anchors", "."].iter().filter(|_| own_anchors));
        let names = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name());
        let names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
        let files = names.iter().filter(|name| name.ends_with(".pem"));
        arguments.extend(files.map(String::as_str));
        let run = run_in(&folder, &arguments);
        let result: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        let accepted = result["verdict"] == "accept" && result["trust"] == "production";
        assert_eq!(result["may_issue"], accepted, "{}", run.stdout);
        assert_eq!(run.code == 0, accepted, "{}", run.stdout);
        seen.insert(run.code);
    }
    assert!(seen.is_superset(&[1, 3, 5].into()), "{seen:?}");
}

#[test]
fn a_defect_comes_out_by_its_reason() {
    let listed = run(&["simulate", "--list"]).stdout;
    assert!(listed.contains("yubico-piv\n") && listed.contains("yubico-yubihsm2\n"), "{listed}");
    for (defect, code) in [
        ("request-for-another-key", "binding.key-mismatch"),
        ("leaf-signature-broken", "chain.signature-invalid"),
        ("device-expired", "chain.expired"),
    ] {
        assert!(listed.contains(&format!("  {defect} ")), "{defect}");
        let folder = simulated(Some(defect));
        let run = verify(folder.path(), &["case", "--trust-anchors", "case"]);
        assert_rejected(&run, code);
    }
}

#[test]
fn the_order_of_files_and_where_they_lie_do_not_matter() {
    let folder = simulated(None);
    let case = folder.path().join("case");
    let files = ["request.pem", "attestation.pem", "device.pem", "issuing-ca.pem"];
    let json = ["--format", "json", "--trust-anchors"];
    let in_case = verify(&case, &[&files[..], &json, &["."]].concat());
    let mut reversed = files;
    reversed.reverse();
    let backwards = verify(&case, &[&reversed[..], &json, &["."]].concat());
    assert_eq!(in_case.stdout, backwards.stdout);
    let paths: Vec<String> = files.iter().map(|name| format!("case/{name}")).collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let above = verify(folder.path(), &[&paths[..], &json, &["case"]].concat());
    assert_eq!(in_case.stdout, above.stdout);
    let value: serde_json::Value = serde_json::from_str(&above.stdout).unwrap();
    assert_eq!(value["inputs"][0]["name"], "attestation.pem");
}

#[test]
fn roles_are_pinned_by_their_options() {
    let folder = simulated(None);
    let case = folder.path().join("case");
    let evidence = ["device.pem", "issuing-ca.pem", "--trust-anchors", "."];
    let pinned = ["--request", "request.pem", "--attestation", "attestation.pem"];
    assert_eq!(verify(&case, &[&evidence[..], &pinned].concat()).code, 5);
}

#[test]
fn no_other_request_is_judged_in_place_of_the_one_that_is_named() {
    let folder = simulated(None);
    let case = folder.path().join("case");
    let evidence = ["device.pem", "issuing-ca.pem", "--trust-anchors", "."];
    let swapped = ["--request", "attestation.pem", "--attestation", "request.pem"];
    let run = verify(&case, &[&evidence[..], &swapped].concat());
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("request.missing"), "{}", run.stderr);
    // Named is what is none of the kinds that can be requested; the other must not step in.
    fs::write(case.join("object.json"), "{}").unwrap();
    let object = ["--request", "object.json", "request.pem", "attestation.pem"];
    let run = verify(&case, &[&evidence[..], &object].concat());
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("request.missing"), "{}", run.stderr);
    // The same request in both places is one request.
    let twice = ["request.pem", "attestation.pem", "--request", "request.pem"];
    assert_eq!(verify(&case, &[&evidence[..], &twice].concat()).code, 5);
}

/// What the CA issues from is the request that was judged, in the one form that every program reads
/// alike; without a verdict for it there is none.
#[test]
fn the_judged_request_is_handed_out_in_canonical_form() {
    let folder = simulated(None);
    let case = folder.path().join("case");
    let request = fs::read_to_string(case.join("request.pem")).unwrap();
    let told = format!("Please find our request below.\n\n{}", request.replace('\n', "\r\n"));
    fs::remove_file(case.join("request.pem")).unwrap();
    fs::write(case.join("request.txt"), told).unwrap();
    let arguments = [".", "--trust-anchors", ".", "--write-request", "../judged.pem"];
    assert_eq!(verify(&case, &[&arguments[..], &["--format", "json"]].concat()).code, 5);
    let judged = folder.path().join("judged.pem");
    assert_eq!(fs::read_to_string(&judged).unwrap(), request);
    let result = verify(&case, &[&arguments[..], &["--format", "json"]].concat()).stdout;
    let result: serde_json::Value = serde_json::from_str(&result).unwrap();
    assert_eq!(result["request"]["pem"], request);
    // A run that rejects, or that fails, leaves no request of an earlier one.
    let rejected = ["request.txt", "--write-request", "../judged.pem"];
    assert_eq!(verify(&case, &rejected).code, 1);
    assert!(!judged.exists());
    assert_eq!(verify(&case, &arguments).code, 5);
    assert!(judged.exists());
    let failing = [&arguments[..], &["--policy", "absent.yaml"]].concat();
    assert_eq!(verify(&case, &failing).code, 4);
    assert!(!judged.exists());
}

#[test]
fn what_another_program_may_find_is_shown_by_inspect() {
    let name = "intake/a-second-request-in-the-middle-of-a-line/request.pem";
    let file = Path::new(crate::ROOT).join("attestation-samples").join(name);
    let run = run(&["inspect", file.to_str().unwrap()]);
    assert_eq!(run.code, 1);
    assert!(run.stdout.contains("that another program may find in request.pem, hidden from us"));
    assert!(run.stdout.contains("CN=SIMULATED Software Key"), "{}", run.stdout);
}

#[test]
fn every_format_is_written_whole() {
    let folder = simulated(None);
    for format in ["json", "pkilint", "pkimetal"] {
        let arguments = ["case", "--trust-anchors", "case", "--format", format];
        let run = verify(folder.path(), &arguments);
        assert_eq!(run.code, 5);
        let _: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        assert!(run.stdout.is_ascii());
        assert_eq!(verify(folder.path(), &arguments).stdout, run.stdout);
    }
    let html = verify(folder.path(), &["case", "--format", "html"]);
    assert!(html.stdout.starts_with("<!DOCTYPE html>") && html.stdout.ends_with("</html>\n"));
}

#[test]
fn colour_is_only_where_it_is_asked_for() {
    let folder = simulated(None);
    assert!(!verify(folder.path(), &["case"]).stdout.contains('\u{1b}'));
    assert!(verify(folder.path(), &["case", "--color", "always"]).stdout.contains('\u{1b}'));
    let json = verify(folder.path(), &["case", "--color", "always", "--format", "json"]);
    assert!(!json.stdout.contains('\u{1b}'));
}

#[test]
fn a_report_goes_to_a_file_whole_and_replaces_what_is_there() {
    let folder = simulated(None);
    let report = folder.path().join("report.json");
    fs::write(&report, "old").unwrap();
    let arguments = ["case", "--format", "json", "--output", "report.json"];
    let run = verify(folder.path(), &arguments);
    assert_eq!((run.code, run.stdout.as_str()), (1, ""), "{}", run.stderr);
    let text = fs::read_to_string(&report).unwrap();
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["verdict"], "reject");
    let names: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
    for refused in ["case", "no-such-folder/report.json"] {
        let run = verify(folder.path(), &["case", "--output", refused]);
        assert_could_not_run(&run, refused);
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut child = program()
        .args(["reasons", "list"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!((child.wait().unwrap().code(), stderr.as_str()), (Some(0), ""));
}

#[cfg(target_os = "linux")]
#[test]
fn a_report_that_cannot_be_written_is_exit_4() {
    let folder = simulated(None);
    let full = File::options().write(true).open("/dev/full").unwrap();
    let status = program()
        .args(["verify", "case", "--trust-anchors", "case", "--time", TIME])
        .current_dir(folder.path())
        .stdout(full)
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(4));
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let folder = TempDir::new().unwrap();
    assert_could_not_run(&verify(folder.path(), &["no-such-file.pem"]), "no-such-file.pem");
    let simulated = simulated(None);
    let missing = ["case", "--policy", "no-such-policy.yaml"];
    assert_could_not_run(&verify(simulated.path(), &missing), "no-such-policy.yaml");
    let missing = ["case", "--trust-anchors", "no-such-folder"];
    assert_could_not_run(&verify(simulated.path(), &missing), "no-such-folder");
}

#[test]
fn empty_input_is_rejected_by_name() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("empty.pem"), "").unwrap();
    fs::create_dir(folder.path().join("none")).unwrap();
    assert_rejected(&verify(folder.path(), &["empty.pem"]), "input.empty");
    assert_rejected(&verify(folder.path(), &["none"]), "input.empty");
    assert_rejected(&verify(folder.path(), &["-"]), "input.empty");
}

#[test]
fn garbage_is_rejected_by_name() {
    let folder = TempDir::new().unwrap();
    for garbage in [&[0xff; 4096][..], b"MZ\x90\0\x03", b"<html></html>", &[0x30, 0x80, 0, 0]] {
        fs::write(folder.path().join("garbage"), garbage).unwrap();
        let run = verify(folder.path(), &["garbage"]);
        assert_eq!(run.code, 1, "{}", run.stderr);
        assert!(run.stderr.starts_with("keyproof: reject: "), "{}", run.stderr);
    }
}

#[test]
fn a_sparse_file_of_a_gigabyte_is_too_large_at_once() {
    let folder = TempDir::new().unwrap();
    File::create(folder.path().join("huge")).unwrap().set_len(1 << 30).unwrap();
    let start = Instant::now();
    assert_rejected(&verify(folder.path(), &["huge"]), "input.too-large");
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_file_that_is_too_large_to_be_opened_lies_beside_evidence_as_a_review() {
    let folder = TempDir::new().unwrap();
    let sample = Path::new(crate::ROOT).join("attestation-samples/yubico-piv/simulated-accept");
    for name in ["attestation.pem", "device.pem", "issuing-ca.pem", "request.pem"] {
        std::fs::copy(sample.join(name), folder.path().join(name)).unwrap();
    }
    let video = File::create(folder.path().join("video.mp4")).unwrap();
    video.set_len((32 << 20) + 1).unwrap();
    let anchors = sample.display().to_string();
    let run = verify(folder.path(), &[".", "--trust-anchors", &anchors, "--format", "json"]);
    assert_eq!(run.code, 3, "{}", run.stderr);
    let result: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let inputs = result["inputs"].as_array().unwrap();
    let video = inputs.iter().find(|input| input["name"] == "video.mp4").unwrap();
    assert_eq!(video["kind"], "unopened");
    assert_eq!(video["sha256"], serde_json::Value::Null);
    assert!(run.stdout.contains("input.not-searched"));
}

#[cfg(target_os = "linux")]
#[test]
fn an_endless_standard_input_is_too_large() {
    let zeros = File::open("/dev/zero").unwrap();
    let mut command = program();
    command.args(["verify", "-", "--time", TIME]).stdin(zeros);
    assert_rejected(&finish(&mut command), "input.too-large");
}

#[test]
fn standard_input_is_read_once() {
    let folder = simulated(None);
    let case = folder.path().join("case");
    let mut bundle = Vec::new();
    for name in ["attestation.pem", "device.pem", "issuing-ca.pem", "request.pem"] {
        bundle.extend(fs::read(case.join(name)).unwrap());
    }
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&bundle).unwrap();
    std::io::Seek::rewind(&mut file).unwrap();
    let mut command = program();
    command.args(["verify", "-", "--time", TIME, "--trust-anchors", "."]).current_dir(&case);
    assert_eq!(finish(command.stdin(file)).code, 5);
    assert_eq!(verify(&case, &["-", "--request", "-"]).code, 2);
}

#[test]
fn too_many_files_are_too_many_and_are_not_all_read() {
    let folder = TempDir::new().unwrap();
    for number in 0..100 {
        fs::write(folder.path().join(format!("{number}.txt")), "text").unwrap();
    }
    let run = verify(folder.path(), &["."]);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("input.too-many"), "{}", run.stderr);
    for number in 0..1000 {
        fs::write(folder.path().join(format!("more-{number}.txt")), "text").unwrap();
    }
    assert_could_not_run(&verify(folder.path(), &["."]), ".");
}

#[test]
fn folders_are_read_four_deep() {
    let folder = simulated(None);
    let deep = folder.path().join("a/b/c");
    fs::create_dir_all(&deep).unwrap();
    fs::rename(folder.path().join("case"), deep.join("d")).unwrap();
    let anchors = ["--trust-anchors", "a/b/c/d"];
    assert_eq!(verify(folder.path(), &[&["a"][..], &anchors].concat()).code, 5);
    assert_could_not_run(&verify(folder.path(), &[&["."][..], &anchors].concat()), "a/b/c/d");
}

#[cfg(unix)]
#[test]
fn a_link_within_a_folder_is_not_followed() {
    let folder = simulated(None);
    let case = folder.path().join("case");
    std::os::unix::fs::symlink(&case, case.join("loop")).unwrap();
    assert_could_not_run(&verify(folder.path(), &["case"]), "case/loop");
    fs::remove_file(case.join("loop")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", case.join("passwd")).unwrap();
    assert_could_not_run(&verify(folder.path(), &["case"]), "case/passwd");
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_refused_before_it_is_opened() {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("case")).unwrap();
    let made = Command::new("mkfifo").arg(folder.path().join("case/pipe")).status().unwrap();
    assert!(made.success());
    let listener = folder.path().join("socket");
    let _listener = std::os::unix::net::UnixListener::bind(&listener).unwrap();
    for path in ["case/pipe", "case", "socket", "/dev/zero", "/dev/null"] {
        let run = verify(folder.path(), &[path]);
        assert_could_not_run(&run, path);
        assert!(run.stderr.contains("not a file"), "{}", run.stderr);
    }
    for option in ["--request", "--attestation", "--policy"] {
        assert_could_not_run(&verify(folder.path(), &[option, "case/pipe", "-"]), "case/pipe");
        assert_could_not_run(&verify(folder.path(), &[option, "case", "-"]), "case");
    }
    assert_could_not_run(&verify(folder.path(), &["-", "--output", "/dev/null"]), "/dev/null");
}

#[cfg(unix)]
#[test]
fn names_that_are_not_utf_8_or_steer_a_terminal_are_shown_harmless() {
    use std::os::unix::ffi::OsStrExt;
    let folder = TempDir::new().unwrap();
    for name in [&b"\xff\xfe.pem"[..], b"\x1b[2J.pem", b"line\nkeyproof: accept.pem"] {
        let name = std::ffi::OsStr::from_bytes(name);
        let missing = finish(program().arg("verify").arg(name).current_dir(folder.path()));
        assert_eq!(missing.code, 4);
        assert_eq!(missing.stderr.lines().count(), 2, "{:?}", missing.stderr);
        assert!(missing.stderr.chars().all(|c| c == '\n' || !c.is_control()));

        let path: PathBuf = folder.path().join(name);
        fs::write(&path, "text").unwrap();
        for format in ["text", "html", "json"] {
            let mut command = program();
            command.args(["verify", "--time", TIME, "--format", format]).arg(&path);
            let run = finish(&mut command);
            assert_eq!(run.code, 1);
            assert!(run.stdout.chars().all(|c| c == '\n' || !c.is_control()), "{format}");
            assert!(!run.stdout.lines().any(|line| line.starts_with("keyproof: accept")));
        }
        fs::remove_file(&path).unwrap();
    }
}

/// A name that could mean two things means neither, and a report names what judged.
#[test]
fn a_bundled_policy_and_a_file_are_never_taken_for_each_other() {
    let folder = simulated(None);
    let trusted = ["case", "--trust-anchors", "case", "--format", "json"];
    let under = |name: &str| verify(folder.path(), &[&trusted[..], &["--policy", name]].concat());
    let named = |run: &Run| {
        let result: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        (result["policy"]["name"].as_str().unwrap().to_owned(), run.code)
    };
    assert_eq!(named(&under("csbr")), ("csbr".to_owned(), 5));
    assert_eq!(named(&under("csbr-signing-service")), ("csbr-signing-service".to_owned(), 1));

    let file = folder.path().join("csbr");
    fs::write(&file, "version: 1\nname: ours\nmin_fips_level: 4\n").unwrap();
    let both = under("csbr");
    assert_eq!((both.code, both.stdout.as_str()), (2, ""));
    assert!(both.stderr.contains("./csbr"), "{}", both.stderr);
    assert_eq!(named(&under("./csbr")), ("ours".to_owned(), 1));
    assert_eq!(named(&under("csbr-signing-service")), ("csbr-signing-service".to_owned(), 1));
    // A link that leads nowhere, or a folder, is something of that name too.
    fs::remove_file(&file).unwrap();
    std::os::unix::fs::symlink("nowhere", &file).unwrap();
    assert_eq!(under("csbr").code, 2);
    fs::remove_file(&file).unwrap();

    // Nor does a file pass under the name of a bundled policy; without a name it is called as it was named.
    fs::write(&file, "version: 1\n").unwrap();
    assert_eq!(named(&under("./csbr")), ("./csbr".to_owned(), 5));
    for (path, text) in [
        ("own.yaml", "version: 1\nname: csbr\n"),
        ("own.yaml", "version: 1\nname: csbr-signing-service\n"),
    ] {
        fs::write(folder.path().join(path), text).unwrap();
        assert_could_not_run(&under(path), "as a bundled one that it is not");
        assert_could_not_run(&run_in(folder.path(), &["policy", "check", path]), "bundled");
    }
    for name in ["csbr", "csbr-signing-service"] {
        let shown = run(&["policy", "show", name]);
        fs::write(folder.path().join("own.yaml"), &shown.stdout).unwrap();
        assert_eq!(named(&under("own.yaml")).0, name, "it is that policy, byte for byte");
    }
    assert_eq!(run(&["policy", "show", "own"]).code, 2);
}

#[test]
fn a_policy_that_is_wrong_is_exit_4_with_its_place() {
    let folder = simulated(None);
    let policy = folder.path().join("policy.yaml");
    let shown = run(&["policy", "show"]);
    assert_eq!((shown.code, shown.stderr.as_str()), (0, ""));
    fs::write(&policy, &shown.stdout).unwrap();
    assert_eq!(run_in(folder.path(), &["policy", "check", "policy.yaml"]).code, 0);
    let own = ["case", "--policy", "policy.yaml", "--trust-anchors", "case"];
    assert_eq!(verify(folder.path(), &own).code, 5);

    fs::write(&policy, format!("{}\nno_such_field: 1\n", shown.stdout)).unwrap();
    for run in
        [run_in(folder.path(), &["policy", "check", "policy.yaml"]), verify(folder.path(), &own)]
    {
        assert_eq!((run.code, run.stdout.as_str()), (4, ""));
        assert!(run.stderr.contains("policy.yaml:"), "{}", run.stderr);
        assert!(run.stderr.contains("no_such_field"), "{}", run.stderr);
    }
    let schema = run(&["policy", "schema"]);
    let schema: serde_json::Value = serde_json::from_str(&schema.stdout).unwrap();
    assert!(schema["properties"].is_object());
}

#[test]
fn reasons_are_listed_and_explained() {
    let listed = run(&["reasons", "list"]);
    assert_eq!(listed.code, 0);
    let codes: Vec<&str> =
        listed.stdout.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(codes.len(), keyproof::ReasonCode::ALL.len());
    assert!(codes.is_sorted());
    let explained = run(&["reasons", "explain", "binding.key-mismatch"]);
    let code = keyproof::ReasonCode::BindingKeyMismatch;
    assert_eq!(explained.code, 0);
    assert!(explained.stdout.contains(code.sentence()) && explained.stdout.contains(code.hint()));
    assert!(explained.stdout.contains(code.to_applicant().text().unwrap()), "{}", explained.stdout);
    let silent = run(&["reasons", "explain", "history.key-elsewhere"]);
    assert!(silent.stdout.contains("it is about another subscriber"), "{}", silent.stdout);
    let near = run(&["reasons", "explain", "key-mismatch"]);
    assert_eq!(near.code, 2);
    assert!(near.stderr.contains("binding.key-mismatch"), "{}", near.stderr);
}

#[test]
fn before_sending_an_applicant_hears_what_comes_out_and_nothing_is_written() {
    for (defect, code, first) in [
        (None, 5, "This is complete and will be judged as: accept."),
        (Some("plain-unit"), 1, "This is complete, but will be judged as: reject."),
        (Some("device-certificate-missing"), 1, "This is not complete"),
    ] {
        let folder = simulated(defect);
        let before = fs::read_dir(folder.path().join("case")).unwrap().count();
        let arguments = ["preflight", "--time", TIME, "--trust-anchors", "case", "case"];
        let told = run_in(folder.path(), &arguments);
        assert_eq!((told.code, told.stderr.as_str()), (code, ""), "{}", told.stdout);
        assert!(told.stdout.starts_with(first), "{}", told.stdout);
        // What it ends with is what `verify` ends with.
        assert_eq!(verify(folder.path(), &["--trust-anchors", "case", "case"]).code, code);
        assert_eq!(fs::read_dir(folder.path().join("case")).unwrap().count(), before);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
    let folder = simulated(Some("plain-unit"));
    let german = run_in(folder.path(), &["preflight", "--lang", "de", "--time", TIME, "case"]);
    assert!(german.stdout.contains("Was zu tun ist"), "{}", german.stdout);
    for ledger in ["--ledger", "--output", "--write-request"] {
        assert_eq!(run_in(folder.path(), &["preflight", ledger, "x", "case"]).code, 2, "{ledger}");
    }
}

#[test]
fn a_letter_is_in_the_language_that_is_asked_for() {
    let folder = simulated(Some("plain-unit"));
    let of = |more: &[&str]| {
        let trust = ["--trust-anchors", "case", "case"];
        verify(folder.path(), &[more, &trust].concat()).stdout
    };
    assert!(of(&[]).contains("To the applicant\n  We cannot issue"), "{}", of(&[]));
    let german = of(&["--lang", "de"]);
    assert!(german.contains("To the applicant\n  Mit dem, was Sie gesendet haben"), "{german}");
    assert!(german.contains("Do not issue. Send the applicant the text below."), "{german}");
    let page = of(&["--lang", "de", "--format", "html"]);
    assert!(page.contains("lang=\"de\"") && page.contains("Code-Signing-Zertifikat"), "{page}");
    let value: serde_json::Value =
        serde_json::from_str(&of(&["--lang", "de", "--format", "json"])).unwrap();
    assert_eq!(value["letter"]["language"], "de");
}

#[test]
fn anchors_are_listed_shown_and_compared() {
    let listed = run(&["anchors", "list"]);
    assert_eq!((listed.code, listed.stderr.as_str()), (0, ""));
    assert!(listed.stdout.contains("yubico-piv-root-263751 (production)"), "{}", listed.stdout);
    let shown = run(&["anchors", "show", "yubico-piv-root-263751"]);
    assert!(shown.stdout.contains("source"), "{}", shown.stdout);

    let roots = Path::new(crate::ROOT).join("vendor-roots/yubico/certificates");
    let check = |file: &str| run_in(&roots, &["anchors", "check", file]);
    let known = check("yubico-piv-root-263751.pem");
    assert_eq!(known.code, 0, "{}", known.stdout);
    assert!(known.stdout.contains("TRUSTED as yubico-piv-root-263751: this very certificate"));

    // A parent is known, and vouches for nothing itself.
    let parent = check("yubico-attestation-root-1.pem");
    assert_eq!(parent.code, 3, "{}", parent.stdout);
    assert!(parent.stdout.contains("KNOWN as yubico-attestation-root-1"), "{}", parent.stdout);

    // The name of an anchor alone proves nothing: a simulated root is not known at all.
    let folder = simulated(None);
    let unknown = run_in(folder.path(), &["anchors", "check", "case/issuing-ca.pem"]);
    assert_eq!(unknown.code, 1, "{}", unknown.stdout);
    assert!(unknown.stdout.contains("NOT TRUSTED"), "{}", unknown.stdout);
    let none = run_in(folder.path(), &["anchors", "check", "case/request.pem"]);
    assert_could_not_run(&none, "case/request.pem");
}

#[test]
fn modules_are_listed_with_dates_and_sources() {
    let listed = run(&["modules", "list", "--vendor", "yubico"]);
    assert_eq!((listed.code, listed.stderr.as_str()), (0, ""));
    for part in ["3914", "seen 20", "validated ", "YSA-2024-03", "https://"] {
        assert!(listed.stdout.contains(part), "{part}\n{}", listed.stdout);
    }
}

#[test]
fn devices_that_cannot_attest_are_listed_with_the_answer() {
    let all = run(&["modules", "list"]);
    assert_eq!((all.code, all.stderr.as_str()), (0, ""));
    let facts = keyproof::facts::bundled().unwrap();
    for device in facts.without_attestation.devices() {
        let names = device.names.join(", ");
        assert!(all.stdout.contains(&format!("{}: {names} ({})", device.vendor, device.id)));
        assert!(all.stdout.contains(&device.answer()), "{}", device.id);
        let own = run(&["modules", "list", "--vendor", &device.vendor]);
        assert_eq!(own.code, 0, "{}", device.vendor);
        assert!(own.stdout.contains(&device.answer()), "{}", device.id);
    }
    // After the modules.
    let place = |text: &str| all.stdout.find(text).expect("listed");
    assert!(place("(yubikey-5-fips)") < place("(nitrokey-3)"));

    let aws = run(&["modules", "list", "--vendor", "aws"]).stdout;
    for part in ["AWS CloudHSM", "AWS KMS", "CSBR 6.2.7.4.2", "(5) ", "(6) "] {
        assert!(aws.contains(part), "{part}\n{aws}");
    }
    assert!(!aws.contains("Nitrokey") && !aws.contains("(2) "), "{aws}");
    let azure = run(&["modules", "list", "--vendor", "Microsoft"]).stdout;
    assert!(azure.contains("Azure Managed HSM attests its keys."), "{azure}");
    // By every name that people use: what is read, and what cannot attest.
    for (name, parts) in [
        ("Google", &["(marvell-cnn35xx-nfbe)", "(google-hsm)"][..]),
        ("GCP", &["(marvell-cnn35xx-nfbe)"]),
        ("Azure", &["(marvell-cnn35xx-nfbe)", "(azure-cloud-hsm)", "(azure-key-vault-premium)"]),
        ("azure managed hsm", &["(marvell-cnn35xx-nfbe)"]),
        ("Luna", &["(thales-luna-k7)", "(thales-luna-g7)"]),
        ("DPoD", &["(thales-cryptovisor-k7)"]),
        ("Alibaba", &["(alibaba-kms)"]),
        ("Nitrokey", &["(nitrokey-hsm)", "(nitrokey-3)"]),
        ("YubiHSM", &["(yubihsm-2-fips)", "advisory YSA-2024-03"]),
        ("SmartCard-HSM", &["(smartcard-hsm)"]),
        ("nCipher", &["(entrust-nshield-5s)"]),
        ("SDKMS", &["(fortanix-dsm-fx2200)"]),
        ("HPCS", &["(ibm-hpcs)", "2027-03-28"]),
        ("crypto4a", &["(crypto4a-qasm-fips-mode)"]),
        ("Primus", &["(securosys-primus)"]),
    ] {
        let run = run(&["modules", "list", "--vendor", name]);
        assert_eq!(run.code, 0, "{name}: {}", run.stderr);
        for part in parts {
            assert!(run.stdout.contains(part), "{name}: {part}\n{}", run.stdout);
        }
    }
    let luna = run(&["modules", "list", "--vendor", "Luna"]).stdout;
    assert!(!luna.contains("yubi") && !luna.contains("(idprime)"), "{luna}");
    for nobody in ["Nobody", "-", ""] {
        let run = run(&["modules", "list", "--vendor", nobody]);
        assert_eq!(run.code, 2, "{nobody}: {}", run.stdout);
        assert!(run.stderr.contains("Yubico"), "{}", run.stderr);
    }
    let start = run(&["modules", "list", "--vendor", "Nitrokey"]).stdout;
    assert!(start.contains("once a certificate is shown"), "{start}");
}

/// One run, one record, and every form of its report.
#[test]
fn one_run_writes_its_report_in_several_forms() {
    let folder = simulated(None);
    let at = |name: &str| folder.path().join(name);
    let run = |more: &[&str]| {
        verify(folder.path(), &[&["case", "--trust-anchors", "case"], more].concat())
    };
    let is_of = |name: &str, start: &str| {
        let text = fs::read_to_string(at(name)).unwrap();
        assert!(text.starts_with(start), "{name}: {text}");
        fs::remove_file(at(name)).unwrap();
    };
    let (json, html, text) = ("{\n  \"schema\"", "<!DOCTYPE html>", "====");
    // By the endings.
    let all = ["--output", "r.json", "--output", "r.HTML", "--output", "r.txt", "--output", "r"];
    let by_ending = run(&all);
    assert_eq!((by_ending.code, by_ending.stdout.as_str()), (5, ""), "{}", by_ending.stderr);
    for (name, start) in [("r.json", json), ("r.HTML", html), ("r.txt", text), ("r", text)] {
        is_of(name, start);
    }
    // By pairs; a linter's list is JSON.
    let pairs =
        ["--format", "html", "--output", "page", "--format", "pkilint", "--output", "l.json"];
    assert_eq!(run(&pairs).code, 5);
    is_of("page", html);
    is_of("l.json", "{\n  \"results\"");
    // What contradicts itself, and what nobody can pair, is refused, and an earlier report is gone.
    for wrong in [
        &["--format", "text", "--output", "r.json"][..],
        &["--format", "json", "--output", "r.html"],
        &["--format", "pkimetal", "--output", "r.txt"],
        &["--format", "json", "--format", "html", "--output", "r.json"],
        &["--format", "json", "--output", "r.json", "--output", "r.html"],
        &["--format", "json", "--format", "html"],
        &["--output", "r.json", "--output", "r.json"],
    ] {
        let is_twice = wrong == ["--output", "r.json", "--output", "r.json"];
        fs::write(at("r.json"), "an accept of an earlier run").unwrap();
        let run = run(wrong);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{wrong:?}: {}", run.stderr);
        let is_named = wrong.contains(&"r.json");
        assert_eq!(at("r.json").exists(), is_twice || !is_named, "{wrong:?}");
    }
}

/// A result lives on as a file, and its report says what that is worth.
#[test]
fn a_result_that_was_written_is_reported_as_one() {
    let folder = simulated(None);
    let at = |name: &str| folder.path().join(name);
    let run = |arguments: &[&str]| run_in(folder.path(), arguments);
    let judged = verify(folder.path(), &["case", "--trust-anchors", "case", "--output", "r.json"]);
    assert_eq!(judged.code, 5, "{}", judged.stderr);
    let text = run(&["report", "r.json"]);
    assert_eq!((text.code, text.stderr.as_str()), (0, ""), "{}", text.stdout);
    for part in ["ACCEPT", "FROM A FILE", "Do not issue on this page", "a file, under test trust"] {
        assert!(text.stdout.contains(part), "{part}: {}", text.stdout);
    }
    let pages = run(&["report", "r.json", "--output", "r.html", "--output", "again.json"]);
    assert_eq!((pages.code, pages.stdout.as_str()), (0, ""), "{}", pages.stderr);
    assert!(fs::read_to_string(at("r.html")).unwrap().contains("FROM A FILE"));
    let (one, again) = (fs::read(at("r.json")).unwrap(), fs::read(at("again.json")).unwrap());
    assert_eq!(one, again, "the same document");
    // What does not follow is refused; what a linter's list would say, nobody judged here.
    let json = fs::read_to_string(at("r.json")).unwrap();
    for (from, to) in [
        ("\"may_issue\": false", "\"may_issue\": true"),
        ("\"verdict\": \"accept\"", "\"verdict\": \"review\""),
        ("\"trust\": \"test\"", "\"trust\": \"production\""),
        ("keyproof/result/v1", "keyproof/result/v9"),
    ] {
        let altered = json.replacen(from, to, 1);
        assert_ne!(altered, json, "{from}");
        fs::write(at("altered.json"), altered).unwrap();
        assert_could_not_run(&run(&["report", "altered.json"]), "altered.json");
    }
    for wrong in [
        &["report", "r.json", "--format", "pkilint"][..],
        &["report", "r.json", "--format", "text", "--output", "x.html"],
        &["report", "r.json", "--output", "r.json"],
        &["report", "0"],
        &["report"],
    ] {
        assert_eq!(run(wrong).code, 2, "{wrong:?}");
    }
    assert_eq!(fs::read(at("r.json")).unwrap(), one, "what is read is not written over");
    assert_could_not_run(&run(&["report", "nothing.json"]), "nothing.json");
}

#[test]
fn the_forms_that_are_written_are_printed_as_schemas() {
    for (of, title) in [
        ("result", "keyproof/result/v1"),
        ("record", "keyproof/record/v1"),
        ("reasons", "keyproof reason code"),
        ("policy", "keyproof appraisal policy"),
    ] {
        let run = run(&["schema", of]);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{of}");
        let schema: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(schema["title"], title);
        assert!(schema["$schema"].as_str().unwrap().starts_with("https://json-schema.org/"));
    }
    assert_eq!(run(&["schema", "nothing"]).code, 2);
}

#[test]
fn the_device_of_the_order_is_the_one_that_is_attested() {
    let folder = simulated(None);
    let with = |serial: &str| {
        verify(folder.path(), &["case", "--trust-anchors", "case", "--serial", serial])
    };
    for same in ["20261121", "0x1352901", "020261121"] {
        let run = with(same);
        assert_eq!(run.code, 5, "{same}: {}", run.stdout);
        assert!(run.stdout.contains(&format!("Ordered    serial {same}\n")), "{}", run.stdout);
    }
    let other = with("20261122");
    assert_rejected(&other, "device.serial-mismatch");
    for part in ["ordered   20261122", "evidence  20261121"] {
        assert!(other.stdout.contains(part), "{}", other.stdout);
    }
    for none in ["", "20 26", "\u{664}711"] {
        assert_eq!(with(none).code, 2, "{none:?}");
    }
}

#[test]
fn a_request_that_comes_alone_points_to_the_devices_that_cannot_attest() {
    let folder = simulated(None);
    let case = folder.path().join("case");
    for format in ["text", "html", "json"] {
        let run = verify(&case, &["request.pem", "--format", format]);
        assert_eq!(run.stderr, "keyproof: reject: attestation.absent\n");
        let words: Vec<&str> = run.stdout.split_whitespace().collect();
        assert!(words.join(" ").contains("`keyproof modules list`"), "{}", run.stdout);
    }
}

#[test]
fn inspect_says_whose_key_signed_what() {
    let samples = Path::new(crate::ROOT).join("attestation-samples/yubico-piv");
    let signers = |files: &[&str]| {
        let mut arguments = vec!["inspect"];
        arguments.extend(files);
        let run = run_in(&samples, &arguments);
        assert_eq!(run.code, 0, "{}", run.stderr);
        let signed = run.stdout.lines().filter_map(|line| line.trim().strip_prefix("signed "));
        signed.map(|signer| signer.trim().to_owned()).collect::<Vec<_>>()
    };
    let device = "genuine-5.7.4-slot-82/device.pem";
    let attestation = "genuine-5.7.4-slot-82/attestation.pem";
    let anchor = "by the anchor yubico-piv-attestation-b-1 (production)";
    // The device certificate has that fingerprint in the reference.
    let by_device = signers(&[attestation, device]);
    assert!(
        by_device
            .iter()
            .any(|signer| signer.starts_with("by the key of the certificate e53fc3308d10ac45"))
    );
    assert!(by_device.iter().any(|signer| signer == anchor));
    assert_eq!(
        signers(&[attestation]),
        ["not checked, for no certificate of its issuer is at hand"]
    );
    // Devices of two roots have the same name.
    let other =
        signers(&["genuine-5.2.7-slot-9c/attestation.pem", "genuine-5.2.4-slot-93/device.pem"]);
    assert!(
        other.contains(&"by none of the keys of that name that are at hand".to_owned()),
        "{other:?}"
    );
    assert_eq!(signers(&["simulated-accept/request.pem"]), ["by the key it names"]);
}

#[test]
fn what_is_inspected_has_a_type() {
    let samples = Path::new(crate::ROOT).join("attestation-samples/yubico-piv");
    let files = ["genuine-5.7.4-slot-82/device.pem", "genuine-5.7.4-slot-82/attestation.pem"];
    let arguments = [&["inspect", "--format", "json"][..], &files].concat();
    let run = run_in(&samples, &arguments);
    assert_eq!((run.code, run.stdout.is_ascii()), (0, true), "{}", run.stderr);
    let shown: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(shown["schema"], "keyproof/inspection/v1");
    assert_eq!(shown["problems"], serde_json::json!([]));
    let pieces = shown["pieces"].as_array().unwrap();
    let of = |file: &str| {
        pieces.iter().find(|piece| piece["files"][0].as_str().unwrap().ends_with(file)).unwrap()
    };
    let (device, attestation) = (of("device.pem"), of("attestation.pem"));
    let anchor = serde_json::json!({"id": "yubico-piv-attestation-b-1", "status": "production"});
    assert_eq!(device["content"]["certificate"]["signed"]["anchor"], anchor);
    let signer = &attestation["content"]["certificate"]["signed"]["certificate"];
    assert_eq!(*signer, device["sha256"]);
    let statements = &attestation["content"]["certificate"]["statements"][0];
    assert_eq!(statements["format"], "yubico-piv");
    assert_eq!(run_in(&samples, &arguments).stdout, run.stdout);
}

#[test]
fn inspect_shows_what_is_stated_and_judges_nothing() {
    let folder = simulated(None);
    let run = run_in(folder.path(), &["inspect", "case"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    for part in ["CN=YubiKey PIV Attestation 9c", "1.3.6.1.4.1.41482.3.3", "as yubico-piv"] {
        assert!(run.stdout.contains(part), "{part}\n{}", run.stdout);
    }
    for word in ["ACCEPT", "REJECT", "accept", "reject"] {
        assert!(!run.stdout.contains(word), "{word}");
    }
    fs::write(folder.path().join("garbage"), [0xff; 64]).unwrap();
    assert_eq!(run_in(folder.path(), &["inspect", "garbage"]).code, 1);
    // A certificate that is DER, and no certificate all the same.
    let twice = simulated(Some("basic-constraints-twice"));
    let run = run_in(
        &twice.path().join("case"),
        &["inspect", "request.pem", "attestation.pem", "device.pem"],
    );
    assert_eq!(run.code, 1, "{}", run.stdout);
    assert!(run.stdout.contains("the same extension twice"), "{}", run.stdout);
}

#[test]
fn a_simulation_overwrites_nothing() {
    let folder = simulated(None);
    let again = ["simulate", "yubico-piv", "--out", "case", "--key", "p256"];
    let before = fs::read(folder.path().join("case/request.pem")).unwrap();
    let run = run_in(folder.path(), &again);
    assert_eq!((run.code, run.stdout.as_str()), (4, ""), "{}", run.stderr);
    assert_eq!(fs::read(folder.path().join("case/request.pem")).unwrap(), before);
}

#[test]
fn the_manual_and_completions_are_made_from_the_arguments() {
    let page = run(&["man"]);
    assert!(page.code == 0 && page.stdout.contains(".TH keyproof 1"), "{}", page.stdout);
    let page = run(&["man", "verify"]);
    assert!(page.stdout.contains("keyproof\\-verify"), "{}", page.stdout);
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = run(&["completions", shell]);
        assert_eq!((script.code, script.stderr.as_str()), (0, ""));
        assert!(script.stdout.contains("trust-anchors"), "{shell}");
    }
}

#[test]
fn the_example_judges_as_the_program_does() {
    let folder = simulated(None);
    let case = folder.path().join("case");
    let files = ["request.pem", "attestation.pem", "device.pem", "issuing-ca.pem"];
    let time = keyproof::Timestamp::from_rfc3339(TIME).unwrap();
    let result = crate::appraise::appraise(files.map(|name| case.join(name)), time).unwrap();
    let run = verify(&case, &[&files[..], &["--format", "json"]].concat());
    let value: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(value["verdict"], result.verdict().id());
    let document = serde_json::to_value(ResultDocument::from(&result)).unwrap();
    assert_eq!(value["requirements"], document["requirements"]);
}
