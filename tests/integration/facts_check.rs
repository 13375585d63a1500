//! `scripts/facts-check` against made-up records in the forms in which NIST and the Common Criteria portal
//! publish them, and against NIST's records of March 2026 where they are there.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use keyproof::endorsement::Scheme;
use keyproof::facts::bundled;
use keyproof::time::Timestamp;
use keyproof::trust::SourceReading;
use tempfile::TempDir;

use crate::support::{left_out, shared};

const SEEN: &str = "2026-12-01";

const MODULES: &str = r#"# Made up.
vendor: Acme
modules:
  - id: acme-box
    name: Acme Box   # a box
    known_as: &names [Box, "Box, the second"]
    formats: [acme]
    certifications: &all
      - scheme: FIPS 140-3
        level: 3
        number: "9001"
        scope: device
        firmware: ["1.2.3"]
        validated: "2025-01-31"
        sunset: "2030-01-30"
        read: copy
        sources: 2
        seen: "2026-11"
        source: "https://example.test/a # b"
      - scheme: Common Criteria
        level: 4
        augmented: true
        number: ACME-CC-77-2
        protection_profiles: [EN 419 221-5]
        scope: device
        validated: "2024-02-09"
        read: primary
        seen: "2026-11-01"
        source: s
  - id: acme-old
    name: Acme Old
    known_as: *names
    formats: [acme]
    certifications:
      - {scheme: FIPS 140-2, level: 2, number: "8001", scope: device, validated: "2020-03-01", historical_since: "2026-09-22", read: primary, seen: "2026-11-01", source: s}
"#;

const HEAD: &str = "Category,Name,Manufacturer,Scheme,Assurance Level,Protection Profile(s),\
    Certification Date,Archived Date,Certification Report URL,Security Target URL,Maintenance Date,\
    Maintenance Title,Maintenance Report,Maintenance ST\n";

const ROW: &str = "\"Key Management\",\"Acme Box\",\"Acme, Inc.\",\"NL\",\"EAL4+,ALC_FLR.2,AVA_VAN.5\",\
    \"Protection Profiles for TSP Cryptographic Modules - Part 5, EN 419221-5:2018\",\"02/09/2024\",\
    \"02/09/2029\",\"https://example.test/epfiles/%5BCR%5D%20ACME-CC-77-2-CR.pdf\",\"https://example.test/st.pdf\",\
    \"\",\"\",\"\",\"\"\n";

const PAGE: &str = r#"<!DOCTYPE html><html><body><h3>Certificate #9001</h3>
<div class="row padrow"><div class="col-md-3"><span>Module Name</span></div><div class="col-md-9" id="module-name">Acme&#160;Box</div></div>
<div class="row padrow"><div class="col-md-3">Standard</div><div class="col-md-9" id="module-standard">FIPS 140-3</div></div>
<div class="row padrow"><div class="col-md-3">Status</div><div class="col-md-9">Active</div></div>
<div class="row padrow"><div class="col-md-3"><span>Sunset Date</span></div><div class="col-md-9">1/30/2030</div></div>
<div class="row padrow"><div class="col-md-3"><span>Overall Level</span></div><div class="col-md-9"> 3 </div></div>
<div class="row padrow"><div class="col-md-3"><span>Exceptions</span></div><div class="col-md-9"><ul><li>Physical: 4</li></ul></div></div>
<div class="row padrow"><div class="col-md-3"><span>Firmware Versions</span></div><div class="col-md-9">1.2.3 and 1.2.30</div></div>
<table><tr><td class="text-nowrap">1/31/2025</td><td>Initial</td><td>Lab</td></tr>
<tr><td>4/1/2026</td><td>Update</td><td>Lab</td></tr></table></body></html>"#;

fn json(status: &str) -> String {
    serde_json::json!({
        "metadata": {"generated_at": "2026-11-30T03:09:34.326514Z"},
        "certificate": {
            "certificate_number": "8001", "vendor_name": "Acme, Inc.", "module_name": "Acme Old",
            "standard": "FIPS 140-2", "status": status, "overall_level": 2,
            "validation_dates": ["3/1/2020", "5/5/2021"], "sunset_date": null,
        },
    })
    .to_string()
}

/// A folder with the facts, and records that agree with them.
fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write(
        "facts/acme/modules.yaml",
        &MODULES.replacen("read: copy\n        sources: 2", "read: primary", 1),
    );
    write("records/9001.html", PAGE);
    write("records/8001.json", &json("Historical"));
    write("records/certified_products.csv", &format!("\u{feff}{HEAD}{ROW}"));
    folder
}

fn check(arguments: &[&str], folder: &Path) -> Output {
    let script = Path::new(crate::ROOT).join("scripts/facts-check");
    Command::new("/usr/bin/python3")
        .arg(script)
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

fn compared(folder: &TempDir) -> (i32, String) {
    let arguments = ["--facts", "facts", "--seen", SEEN, "records"];
    let output = check(&arguments, folder.path());
    let printed = String::from_utf8(output.stdout).unwrap();
    (output.status.code().unwrap(), printed + &String::from_utf8(output.stderr).unwrap())
}

fn has_python() -> bool {
    let has = Path::new("/usr/bin/python3").exists();
    if !has {
        left_out("python3 is not there", "KEYPROOF_DEMAND_TOOLS");
    }
    has
}

fn replace(folder: &TempDir, file: &str, from: &str, to: &str) {
    let path = folder.path().join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{from}");
    fs::write(&path, text.replacen(from, to, 1)).unwrap();
}

#[test]
fn records_that_agree_are_silent() {
    if has_python() {
        let expected = "3 agree, 0 differences, 0 without a record.\n";
        assert_eq!(compared(&folder()), (0, expected.to_owned()));
    }
}

#[test]
fn each_difference_is_a_sentence() {
    if !has_python() {
        return;
    }
    let (facts, page, old, list) = (
        "facts/acme/modules.yaml",
        "records/9001.html",
        "records/8001.json",
        "records/certified_products.csv",
    );
    for (file, from, to, says) in [
        (
            page,
            "> 3 <",
            ">2<",
            "acme-box, FIPS 140-3 9001: level is 3 here and 2 at NIST (2026-12-01).",
        ),
        (page, "FIPS 140-3", "FIPS 140-2", "scheme is FIPS 140-3 here and FIPS 140-2 at NIST"),
        (page, ">Active<", ">Revoked<", "status is Active here and Revoked at NIST"),
        (page, ">Active<", ">Historical<", "status is Active here and Historical at NIST"),
        (page, "1/30/2030", "1/30/2027", "sunset is 2030-01-30 here and 2027-01-30 at NIST"),
        (
            page,
            "1/31/2025",
            "2/1/2025",
            "first validated is 2025-01-31 here and 2025-02-01 at NIST",
        ),
        (
            page,
            "1.2.3 and",
            "1.2.4 and",
            "firmware 1.2.3 is not among those at NIST: 1.2.4 and 1.2.30",
        ),
        (
            old,
            "Historical",
            "Active",
            "acme-old, FIPS 140-2 8001: status is Historical here and Active at NIST (2026-11-30).",
        ),
        (
            list,
            "EAL4+",
            "EAL4",
            "acme-box, Common Criteria ACME-CC-77-2: EAL 4+ here and EAL4,ALC_FLR.2,AVA_VAN.5 on the list",
        ),
        (list, "02/09/2024", "02/10/2024", "certified 2024-02-09 here and 2024-02-10 on the list"),
        (list, "02/09/2029", "11/30/2026", "status is Active here and Historical on the list"),
        (
            list,
            "EN 419221-5",
            "EN 419211-5",
            "protection profiles: EN 419 221-5 here and none on the list",
        ),
        (
            facts,
            "number: \"9001\"",
            "number: \"9002\"",
            "Acme: FIPS 140-3 9001, Acme Box, validated 2025-01-31, stands nowhere",
        ),
        (
            facts,
            "        read: primary",
            "        read: copy\n        sources: 2",
            "`read: primary`, `seen: 2026-12-01`",
        ),
    ] {
        let folder = folder();
        replace(&folder, file, from, to);
        if says.contains("9001, Acme Box") {
            // A page does not name the vendor in a row of its own; the JSON does.
            fs::remove_file(folder.path().join(page)).unwrap();
            let other = json("Active").replace("8001", "9001").replace("140-2", "140-3");
            let other = other.replace("Acme Old", "Acme Box").replace("3/1/2020", "1/31/2025");
            fs::write(folder.path().join("records/9001.json"), other).unwrap();
        }
        let (code, printed) = compared(&folder);
        assert_eq!(code, 1, "{from} -> {to}: {printed}");
        let differences = printed.lines().filter(|line| line.contains(says)).count();
        assert_eq!(differences, 1, "{from} -> {to}: {printed}");
        let last = printed.lines().last().unwrap();
        assert!(last.contains(" 1 differences,"), "{from} -> {to}: {printed}");
    }
}

#[test]
fn what_cannot_be_read_is_no_agreement() {
    if !has_python() {
        return;
    }
    for (file, from, to, says) in [
        ("records/9001.html", "<span>Overall Level</span>", "", "it lacks Overall Level"),
        ("records/9001.html", "Certificate #9001", "", "it lacks the number"),
        ("records/9001.html", "1/30/2030", "January 2030", "is no date"),
        ("records/8001.json", "\"standard\"", "\"strandard\"", "'standard' is missing"),
        ("records/8001.json", "}}", "}", "facts-check: "),
        (
            "records/certified_products.csv",
            "Assurance Level",
            "Assurance",
            "it lacks Assurance Level",
        ),
        ("records/certified_products.csv", "02/09/2024", "2024-02-09", "is no date"),
        (
            "facts/acme/modules.yaml",
            "level: 3",
            "level: 3\n        level: 4",
            "`level` stands twice",
        ),
        ("facts/acme/modules.yaml", "[\"1.2.3\"]", "[\"1.2.3\"", "is missing"),
        ("facts/acme/modules.yaml", "*names", "*name", "names nothing above it"),
        ("facts/acme/modules.yaml", "name: Acme Old", "name: |", "is not written so here"),
        ("facts/acme/modules.yaml", "  - id: acme-old", "   - id: acme-old", "does not belong"),
    ] {
        let folder = folder();
        replace(&folder, file, from, to);
        let (code, printed) = compared(&folder);
        assert_eq!(code, 2, "{from} -> {to}: {printed}");
        assert!(printed.contains(says), "{from} -> {to}: {printed}");
    }
    let empty = TempDir::new().unwrap();
    fs::create_dir(empty.path().join("facts")).unwrap();
    assert_eq!(compared(&empty).0, 2, "no facts at all");
}

/// What was compared with nothing is said, and does not pass for agreement.
#[test]
fn a_certification_without_a_record_is_named() {
    if !has_python() {
        return;
    }
    let folder = folder();
    fs::remove_file(folder.path().join("records/8001.json")).unwrap();
    let (code, printed) = compared(&folder);
    assert_eq!(code, 0);
    assert!(printed.starts_with("acme-old, FIPS 140-2 8001: no record of it"), "{printed}");
    assert!(printed.ends_with("2 agree, 0 differences, 1 without a record.\n"), "{printed}");
}

#[test]
fn every_fact_says_from_where_it_is_when_it_was_seen_and_whether_first_hand() {
    let facts = bundled().unwrap();
    let mut seen: Vec<(&str, &str, &str)> = Vec::new();
    for anchor in facts.trust.anchors() {
        assert!(!anchor.sources.is_empty(), "{}", anchor.id);
        for source in &anchor.sources {
            assert_ne!(source.read, SourceReading::Unstated, "{}", anchor.id);
            seen.push((&anchor.id, &source.publisher, &source.seen));
        }
    }
    for module in facts.endorsements.modules() {
        // `read` has no state for silence here, nor below.
        seen.extend(
            module
                .certifications
                .iter()
                .map(|it| -> (&str, &str, &str) { (&module.id, &it.source, &it.seen) }),
        );
    }
    let advisories = facts.endorsements.advisories().iter();
    seen.extend(advisories.map(|it| -> (&str, &str, &str) { (&it.id, &it.source, &it.seen) }));
    let as_of = Timestamp::from_date(&facts.summary().as_of).unwrap();
    for (fact, source, day) in seen {
        assert!(!source.trim().is_empty(), "{fact}");
        let day = if day.len() == 7 { format!("{day}-01") } else { day.to_owned() };
        let day = Timestamp::from_date(&day).expect(fact);
        assert!(day <= as_of, "{fact}");
    }
}

/// The script reads the facts by a reader of its own; it sees what the judge sees.
#[test]
fn the_script_reads_the_facts_as_the_judge_does() {
    if !has_python() {
        return;
    }
    let output = check(&["--list"], Path::new(crate::ROOT));
    let printed = String::from_utf8(output.stdout).unwrap();
    let facts = bundled().unwrap();
    let date = |time: Option<Timestamp>| time.map(Timestamp::date).unwrap_or_default();
    let mut lines = String::new();
    for module in facts.endorsements.modules() {
        for it in &module.certifications {
            let grade = match it.scheme {
                Scheme::CommonCriteria => format!("EAL {}{}", it.level, it.augmentation),
                _ if it.level == 0 => "no level".to_owned(),
                _ => format!("level {}", it.level),
            };
            let number = it.number.as_deref().unwrap_or_default();
            let (validated, sunset) = (date(it.validated), date(it.sunset));
            lines += &format!(
                "{}\t{}\t{grade}\t{number}\t{validated}\t{sunset}\t{}\n",
                module.id, it.scheme, it.seen
            );
        }
    }
    assert_eq!(printed, lines);
}

/// Every certification that was read at NIST on the day of the snapshot agrees with it.
#[test]
fn the_facts_agree_with_the_records_of_march_2026() {
    let Some(data) = shared("data") else { return };
    if !has_python() {
        return;
    }
    let records = data.join("cmvp-json");
    let output = check(&[records.to_str().unwrap()], Path::new(crate::ROOT));
    let printed = String::from_utf8(output.stdout).unwrap();
    let facts = bundled().unwrap();
    let modules: Vec<&str> =
        facts.endorsements.modules().iter().map(|module| module.id.as_str()).collect();
    for line in printed.lines().filter(|line| !line.contains("no record of it")) {
        let name = line.split(", ").next().unwrap();
        assert!(!modules.contains(&name), "{line}");
    }
    let agree = printed.lines().last().unwrap().split(' ').next().unwrap();
    assert!(agree.parse::<usize>().unwrap() > 10, "{printed}");
}
