//! What people's own tools write, which was once refused or misled (`../shared/findings`): each comes out as it is
//! right there. The tables beside them say why.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::expected;
use crate::support::{appraise, at, entries, facts, facts_and, read, shared, verifier};

/// When they are judged: on the day of the tables.
const TIME: &str = "2026-11-27T00:00:00Z";

/// What must come out of a folder.
enum Right {
    /// The same as of another one: the same evidence in the form that the service or the device writes.
    As(&'static str),
    /// That line of [`expected`].
    Line(&'static str),
}

use Right::{As, Line};

/// A request without evidence, whose key and signature are sound.
const REQUEST_ALONE: &str = "reject; genuine-module unsatisfied attestation.absent; nothing-read";

/// Genuine, and of a product that no certification covers, at a firmware with an advisory.
const NOT_CERTIFIED: &str = "reject; certified-module unsatisfied device.not-certified; no-known-weakness review device.advisory";

/// As without the authorities that came along.
const ACCEPT_WITH_UNUSED: &str = "accept; notice genuine-module input.unused-certificate; notice certified-module certification.marker-unseen certification.second-hand";

/// Simulated without fault.
const ACCEPT: &str =
    "accept; notice certified-module certification.marker-unseen certification.second-hand";
const WORLD_UNCONFIRMED: &str = "review; non-exportable review attestation.world-unconfirmed; certified-module review certification.firmware-unstated; notice genuine-module chain.owner-asserted";
const QUOTED_REQUEST: &str = "reject; possession unsatisfied input.pem; genuine-module unsatisfied input.pem; nothing-read; sound-key not-evaluated";

/// Slot f9 holds the user's own key.
const UNTRUSTED: &str = "reject; genuine-module unsatisfied chain.untrusted-root; nothing-read";

/// Without the certificates of the device, card or partition.
const INCOMPLETE: &str = "reject; genuine-module unsatisfied chain.incomplete; nothing-read";

/// The best that evidence of these services and modules comes to (docs/formats/): none states its firmware.
const FIRMWARE_UNSTATED: &str = "review; certified-module review certification.firmware-unstated";
const OF_AZURE: &str = "review; certified-module review certification.firmware-unstated; notice genuine-module chain.owner-asserted";
const OF_FORTANIX: &str = "review; genuine-module review attestation.serial-missing; certified-module review certification.firmware-unstated; notice certified-module certification.historical";

const AZURE: &str = "clients/control-azure-managed-hsm";
const FORTANIX: &str = "clients/control-fortanix-dsm";
const GOOGLE: &str = "clients/control-google-cloud-hsm";
const GOOGLE_API: &str = "clients/control-google-api";

/// The same in the layout of firmware 2.x.
const FIRMWARE_2: &str = "clients/r12-azure-firmware-3-layout/control-firmware-2";

/// By folder, or by file where a folder holds several submissions.
const RIGHT: &[(&str, Right)] = &[
    (AZURE, Line(OF_AZURE)),
    (FORTANIX, Line(OF_FORTANIX)),
    (GOOGLE, Line(FIRMWARE_UNSTATED)),
    (GOOGLE_API, Line(FIRMWARE_UNSTATED)),
    ("clients/r01-azure-cli-file", As(AZURE)),
    ("clients/r02-azure-cli-null-public", As(AZURE)),
    ("clients/r05-fortanix-loose-certificates", As(FORTANIX)),
    ("clients/r06-json-as-base64/azure", As(AZURE)),
    ("clients/r06-json-as-base64/fortanix", As(FORTANIX)),
    ("clients/r06-json-as-base64/nshield", Line(WORLD_UNCONFIRMED)),
    ("clients/r06-json-as-base64/securosys", Line(FIRMWARE_UNSTATED)),
    ("clients/r07-utf8-mark/utf8", As(FORTANIX)),
    ("clients/r07-utf8-mark/utf16", As(FORTANIX)),
    ("clients/r08-google-blob-alone", Line(INCOMPLETE)),
    ("clients/r09-empty-extension-request/control-none.pem", Line(REQUEST_ALONE)),
    ("clients/r09-empty-extension-request/empty-sequence.pem", Line(REQUEST_ALONE)),
    ("clients/r09-empty-extension-request/empty-set.pem", Line(REQUEST_ALONE)),
    ("clients/r10-google-base64url", As(GOOGLE_API)),
    ("clients/r10-google-base64url/bare-text", As(GOOGLE)),
    // A request stays refused, with a sentence that names the quoted lines.
    ("clients/r11-quoted-mail", Line(QUOTED_REQUEST)),
    (FIRMWARE_2, Line(OF_AZURE)),
    ("clients/r12-azure-firmware-3-layout", As(FIRMWARE_2)),
    ("tokens/certutil-encode", Line(ACCEPT)),
    ("tokens/openpgp-device-certificate-missing", Line(INCOMPLETE)),
    ("tokens/pem-on-one-line", Line(ACCEPT)),
    ("tokens/piv-f9-replaced-own-name", Line(UNTRUSTED)),
    ("tokens/piv-f9-replaced-same-name", Line(UNTRUSTED)),
    ("tokens/request-rsa-signature-without-null/control-with-null.pem", Line(REQUEST_ALONE)),
    ("tokens/request-rsa-signature-without-null/request.pem", Line(REQUEST_ALONE)),
    ("tokens/seventeen-certificates", Line(ACCEPT_WITH_UNUSED)),
    ("tokens/smartcard-hsm-device-certificate-missing", Line(INCOMPLETE)),
    (
        "tokens/yubihsm2-device-without-firmware",
        As("tokens/yubihsm2-device-without-firmware-control"),
    ),
    ("tokens/yubihsm2-device-without-firmware-control", Line(NOT_CERTIFIED)),
];

#[test]
fn what_people_send_comes_out_right() {
    let Some(folder) = shared("findings") else { return };
    let line = |path: &str| judged(&folder.join(path));
    let differs = RIGHT.iter().filter_map(|(path, right)| {
        let right = match right {
            As(other) => line(other),
            Line(line) => (*line).to_owned(),
        };
        let came = line(path);
        (came != right).then(|| format!("{path}\n    {right}\n    {came}"))
    });
    let differs: Vec<_> = differs.collect();
    assert!(differs.is_empty(), "{}", differs.join("\n"));
}

/// Every input that is there has its line above, and every finding of the table an input.
#[test]
fn no_finding_is_left_out() {
    let Some(folder) = shared("findings") else { return };
    let known: BTreeSet<PathBuf> = RIGHT.iter().map(|(path, _)| folder.join(path)).collect();
    let mut inputs = BTreeSet::new();
    for place in ["clients", "tokens"] {
        submitted(&folder.join(place), &mut inputs);
    }
    // What is judged file by file is known file by file.
    let is_known =
        |it: &PathBuf| known.contains(it) || known.contains(it.parent().expect("a folder"));
    let left_out: Vec<_> = inputs.iter().filter(|it| !is_known(it)).collect();
    assert!(left_out.is_empty(), "{left_out:?}");
    let table = String::from_utf8(read(&folder.join("clients/expected.tsv"))).expect("UTF-8");
    for id in table.lines().skip(1).filter_map(|line| line.split('\t').next()) {
        let of_id = |path: &str| path.starts_with(&format!("clients/{id}-"));
        assert!(RIGHT.iter().any(|(path, _)| of_id(path)), "{id}");
    }
    assert!(inputs.len() > 70, "{}", inputs.len());
}

/// The files below a folder that somebody sent.
fn submitted(folder: &Path, inputs: &mut BTreeSet<PathBuf>) {
    for path in entries(folder) {
        let name = path.file_name().expect("a name").to_string_lossy();
        if path.is_dir() {
            submitted(&path, inputs);
        } else if !["NOTE.md", "anchors.yaml", "expected.tsv"].contains(&&*name) {
            inputs.insert(path);
        }
    }
}

/// Whatever a manufacturer publishes may lie beside the evidence: what the facts name does not count.
#[test]
fn published_certificates_beside_genuine_evidence_change_nothing() {
    let (Some(sample), Some(roots)) =
        (shared("samples/yubico-piv/5.7.4-slot-9a-p384-with-request"), shared("roots/yubico"))
    else {
        return;
    };
    let files = |folder: &Path| {
        let files = entries(folder).into_iter().filter(|file| file.is_file());
        let named = |file: &PathBuf| (file.display().to_string(), read(file));
        files.collect::<Vec<_>>().iter().map(named).collect::<Vec<_>>()
    };
    let line = |files: &[(String, Vec<u8>)]| {
        let files: Vec<_> = files.iter().map(|(name, it)| (name.as_str(), it.as_slice())).collect();
        expected::line(&appraise(&verifier(facts()), &files, at(TIME)))
    };
    let evidence = files(&sample);
    let alone = line(&evidence);
    let published = files(&roots);
    assert!(published.len() > 30);
    let with_all = line(&[evidence, published].concat());
    let unused = "notice genuine-module input.unused-certificate";
    assert_eq!(with_all.replace(&format!("; {unused}"), ""), alone);
    assert!(!alone.contains("chain."), "{alone}");
}

/// The line of a submission: a file, or all files of a folder but the remarks and what is to be trusted.
fn judged(path: &Path) -> String {
    let files = if path.is_dir() { entries(path) } else { vec![path.to_owned()] };
    let named = files.iter().filter(|file| file.is_file());
    let named = named.map(|file| (file.file_name().expect("a name").to_string_lossy(), read(file)));
    let (anchors, files): (Vec<_>, Vec<_>) =
        named.filter(|(name, _)| name != "NOTE.md").partition(|(name, _)| name == "anchors.yaml");
    let facts = match anchors.as_slice() {
        [] => facts(),
        [(_, manifest), ..] => facts_and(std::str::from_utf8(manifest).expect("UTF-8")),
    };
    let files: Vec<_> = files.iter().map(|(name, bytes)| (&**name, bytes.as_slice())).collect();
    expected::line(&appraise(&verifier(facts), &files, at(TIME)))
}
