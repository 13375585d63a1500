//! Who is trusted, refused and distrusted, as staff see it at the command line.

use std::path::Path;
use std::process::Command;

use crate::support::{facts, shared};

const PIV_ROOT: &str = "yubico-piv-root-263751";

fn run(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_keyproof"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn policy(folder: &Path, line: &str) {
    std::fs::write(folder.join("p.yaml"), format!("version: 2\ndistrust:\n  - {line}\n")).unwrap();
}

#[test]
fn a_policy_check_says_what_each_line_shuts_out() {
    let folder = tempfile::tempdir().unwrap();
    let check = || run(folder.path(), &["policy", "check", "p.yaml"]);
    let facts = facts();
    let root = facts.trust.anchor(PIV_ROOT).unwrap();
    let shuts_out = format!("the anchor {PIV_ROOT}");
    for line in [
        format!("{{anchor: {PIV_ROOT}, reason: leaked, date: \"2026-11-28\"}}"),
        format!("{{key: \"{}\", reason: leaked}}", root.public_key.spki_sha256()),
        format!("{{certificate: \"{}\", reason: leaked}}", root.certificate_sha256[0]),
        format!("{{certificate: \"{}\", reason: leaked}}", root.certificate_sha256[1]),
    ] {
        policy(folder.path(), &line);
        let (code, stdout, stderr) = check();
        assert_eq!(code, 0, "{stderr}");
        assert!(stdout.contains(&shuts_out) && stdout.contains("leaked"), "{line}\n{stdout}");
    }
    let unknown = "a".repeat(64);
    policy(folder.path(), &format!("{{key: {unknown}, reason: leaked}}"));
    let (code, stdout, _) = check();
    assert_eq!(code, 0);
    assert!(stdout.contains("nothing that is known here"), "{stdout}");
    assert!(!stdout.contains("name its key too"), "{stdout}");
    policy(folder.path(), &format!("{{certificate: {unknown}, reason: leaked}}"));
    let (_, stdout, _) = check();
    assert!(stdout.contains("name its key too"), "{stdout}");
    let refused = facts.trust.refused()[0].clone();
    policy(folder.path(), &format!("{{key: {}, reason: leaked}}", refused.spki_sha256));
    let (_, stdout, _) = check();
    assert!(stdout.contains(&format!("{}, which is refused already", refused.id)), "{stdout}");
}

#[test]
fn a_misspelt_line_is_never_without_effect_in_silence() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("request.pem"), "x").unwrap();
    for (line, says) in [
        (
            "{anchor: yubico-piv-root-263571, reason: leaked}",
            "did you mean `yubico-piv-root-263751`",
        ),
        ("{anchor: YUBICO, reason: leaked}", "there is none of that name"),
        ("{key: abcd, reason: leaked}", "64 hexadecimal digits"),
        ("{keys: abcd, reason: leaked}", "`key`"),
        ("{certificate: leaked.pem, reason: leaked}", "64 hexadecimal digits"),
    ] {
        policy(folder.path(), line);
        for arguments in [
            &["policy", "check", "p.yaml"][..],
            &["verify", "--policy", "p.yaml", "request.pem"],
            &["anchors", "list", "--policy", "p.yaml"],
        ] {
            let (code, _, stderr) = run(folder.path(), arguments);
            assert_eq!(code, 4, "{line} {arguments:?}: {stderr}");
            assert!(stderr.contains(says), "{line} {arguments:?}: {stderr}");
        }
    }
}

#[test]
fn anchors_say_who_is_distrusted_and_why() {
    let folder = tempfile::tempdir().unwrap();
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../vendor-roots/yubico/certificates/yubico-piv-root-263751.pem"
    );
    policy(folder.path(), &format!("{{anchor: {PIV_ROOT}, reason: its key leaked}}"));
    let both = |arguments: &[&str]| {
        let before = run(folder.path(), arguments);
        let after = run(folder.path(), &[arguments, &["--policy", "p.yaml"]].concat());
        (before, after)
    };
    for arguments in [&["anchors", "list"][..], &["anchors", "show", PIV_ROOT]] {
        let (before, after) = both(arguments);
        assert!(!before.1.contains("DISTRUSTED"), "{}", before.1);
        assert!(after.1.contains("DISTRUSTED"), "{}", after.1);
        assert!(after.1.contains("its key leaked"), "{}", after.1);
    }
    let (before, after) = both(&["anchors", "check", file]);
    assert!(before.0 == 0 && before.1.contains("TRUSTED as"), "{}", before.1);
    assert!(after.0 == 1 && after.1.contains("DISTRUSTED by its"), "{}", after.1);
    // Those below a distrusted root.
    policy(folder.path(), "{anchor: yubico-attestation-root-1, reason: its key leaked}");
    let (_, after) = both(&["anchors", "show", "yubico-piv-attestation-b-1"]);
    assert!(after.1.contains("(of yubico-attestation-root-1 above it)"), "{}", after.1);
    let folder_of_the_caller = folder.path().join("own");
    std::fs::create_dir(&folder_of_the_caller).unwrap();
    let spki = facts().trust.anchor(PIV_ROOT).unwrap().public_key.spki_sha256();
    let manifest = format!(
        "vendor: Example\nrefused:\n  - id: leaked\n    subject: CN=leaked\n    \
         spki_sha256: \"{spki}\"\n    certificate_sha256: []\n    why: It leaked.\n"
    );
    std::fs::write(folder_of_the_caller.join("anchors.yaml"), manifest).unwrap();
    let (code, stdout, _) =
        run(folder.path(), &["anchors", "check", file, "--trust-anchors", "own"]);
    assert!(code == 1 && stdout.contains("REFUSED as leaked: It leaked."), "{stdout}");
}

#[test]
fn the_program_says_whether_a_root_is_the_one_that_is_trusted() {
    let (Some(roots), Some(negative)) =
        (shared("roots/cardcontact"), shared("samples/smartcard-hsm/negative"))
    else {
        return;
    };
    for (file, code, says) in [
        (roots.join("DESRCACC100001"), 0, "TRUSTED as cardcontact-srca-1"),
        (roots.join("UTSRCACC100001"), 1, "REFUSED as cardcontact-test-srca-1"),
        (negative.join("picohsm2022_cvca.cvcert"), 1, "REFUSED as pico-hsm-cvca-2022"),
        (negative.join("syn2_root.cvcert"), 1, "NOT TRUSTED"),
    ] {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_keyproof"))
            .args(["anchors", "check"])
            .arg(&file)
            .output()
            .unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        assert!(printed.contains(says), "{}: {printed}", file.display());
        assert_eq!(output.status.code(), Some(code), "{}", file.display());
    }
}
