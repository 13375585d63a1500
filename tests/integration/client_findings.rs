//! What clients write, as it was found in the field (`../shared/findings/clients`): each is judged like the
//! same evidence in the form that a service writes, its control.

use std::collections::BTreeSet;
use std::path::Path;

use crate::expected;
use crate::support::{TIME, appraise, at, entries, facts_and, read, shared, verifier};

/// An input of a finding: what is found under its folder, and what must come out, in the words of
/// `tests/expected/` or as the folder of its control.
struct Finding {
    id: &'static str,
    folder: &'static str,
    right: Right,
}

enum Right {
    /// What the same evidence comes to in another form.
    As(&'static str),
    /// This line.
    Line(&'static str),
}

use Right::{As, Line};

const fn finding(id: &'static str, folder: &'static str, right: Right) -> Finding {
    Finding { id, folder, right }
}

const AZURE: &str = "control-azure-managed-hsm";

/// The best that an answer of Azure's comes to (docs/formats/azure-managed-hsm.md).
const OF_AZURE: &str = "review; certified-module review certification.firmware-unstated; \
                        notice genuine-module chain.owner-asserted";

const FORTANIX: &str = "control-fortanix-dsm";

/// The best that a statement of Fortanix' comes to (docs/formats/fortanix-dsm.md).
const OF_FORTANIX: &str = "review; genuine-module review attestation.serial-missing; \
                           certified-module review certification.firmware-unstated; \
                           notice certified-module certification.historical";

const GOOGLE: &str = "control-google-cloud-hsm";
const GOOGLE_API: &str = "control-google-api";

/// The best that a statement of Google's comes to (docs/formats/google-cloud-hsm.md).
const OF_GOOGLE: &str = "review; certified-module review certification.firmware-unstated";

/// What a statement comes to without the certificates of card and partition.
const WITHOUT_CHAIN: &str = "reject; genuine-module unsatisfied chain.incomplete; nothing-read";

/// The same in the layout of firmware 2.x.
const FIRMWARE_2: &str = "r12-azure-firmware-3-layout/control-firmware-2";

const FINDINGS: [Finding; 12] = [
    finding("r01", AZURE, Line(OF_AZURE)),
    finding("r01", "r01-azure-cli-file", As(AZURE)),
    finding("r02", "r02-azure-cli-null-public", As(AZURE)),
    finding("r05", FORTANIX, Line(OF_FORTANIX)),
    finding("r05", "r05-fortanix-loose-certificates", As(FORTANIX)),
    finding("r08", "r08-google-blob-alone", Line(WITHOUT_CHAIN)),
    finding("r10", GOOGLE, Line(OF_GOOGLE)),
    finding("r10", GOOGLE_API, Line(OF_GOOGLE)),
    finding("r10", "r10-google-base64url", As(GOOGLE_API)),
    finding("r10", "r10-google-base64url/bare-text", As(GOOGLE)),
    finding("r12", FIRMWARE_2, Line(OF_AZURE)),
    finding("r12", "r12-azure-firmware-3-layout", As(FIRMWARE_2)),
];

/// The line of what lies in a folder, under its own trust.
fn judge(folder: &Path) -> String {
    let anchors = String::from_utf8(read(&folder.join("anchors.yaml"))).expect("UTF-8");
    let files = entries(folder).into_iter().filter(|path| path.is_file());
    let files: Vec<_> = files
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), read(&path)))
        .filter(|(name, _)| name != "anchors.yaml")
        .collect();
    let files: Vec<_> =
        files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    expected::line(&appraise(&verifier(facts_and(&anchors)), &files, at(TIME)))
}

#[test]
fn what_clients_write_is_judged_like_what_services_write() {
    let Some(clients) = shared("findings/clients") else { return };
    let list = String::from_utf8(read(&clients.join("expected.tsv"))).unwrap();
    let listed: BTreeSet<_> =
        list.lines().skip(1).filter_map(|line| line.split('\t').next()).collect();
    let mut failures = Vec::new();
    for Finding { id, folder, right } in &FINDINGS {
        assert!(listed.contains(id), "{id} is not in the list");
        let found = judge(&clients.join(folder));
        let right = match right {
            As(control) => judge(&clients.join(control)),
            Line(line) => (*line).to_owned(),
        };
        if found != right {
            failures.push(format!("{folder}: {found}\nmust be {right}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
