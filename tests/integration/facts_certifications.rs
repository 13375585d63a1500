//! Every bundled certification, checked against what is kept outside the package: NIST's own records, and
//! the table of what was read in copies of later ones. Where they are absent a test says so and passes;
//! under `KEYPROOF_DEMAND_SAMPLES=1` it fails.

use std::collections::BTreeMap;
use std::path::Path;

use crate::support::{read, shared};
use keyproof::endorsement::{Certification, KnownCertification, Reading, Scheme};
use keyproof::facts::bundled;
use keyproof::time::Timestamp;

/// NIST's record of a certificate, as of the day on which all of them were read.
fn record(folder: &Path, number: &str) -> Option<serde_json::Value> {
    let path = folder.join(format!("cmvp-json/{number}.json"));
    path.exists().then(|| serde_json::from_slice(&read(&path)).unwrap())
}

/// The rows of the table of copies, by number, with their columns by name.
fn copies(folder: &Path) -> BTreeMap<String, BTreeMap<String, String>> {
    let bytes = read(&folder.join("certifications-2026-11-27.tsv"));
    let text = String::from_utf8(bytes).unwrap();
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap().split('\t').collect();
    let row = |line: &str| -> BTreeMap<String, String> {
        let values = line.split('\t').map(str::to_owned);
        names.iter().map(|name| (*name).to_owned()).zip(values).collect()
    };
    lines.map(row).map(|row| (row["number"].clone(), row)).collect()
}

/// `5/3/2021` as `2021-05-03`.
fn iso(date: &str) -> String {
    let parts: Vec<u32> = date.split('/').map(|part| part.parse().unwrap()).collect();
    format!("{:04}-{:02}-{:02}", parts[2], parts[0], parts[1])
}

fn date(time: Option<Timestamp>) -> String {
    time.map(Timestamp::date).unwrap_or_default()
}

/// Which of NIST's modules a product of ours is: a word of the module's name, and one of its vendor's.
#[rustfmt::skip]
const NAMES: [(&str, &str, &str); 12] = [
    ("crypto4a-qasm", "QASM", "Crypto4A"),
    ("entrust-nshield-5s", "nShield 5s", "Entrust"),
    ("entrust-nshield-edge", "nShield Edge", "Entrust"),
    ("entrust-nshield-f3", "nShield F3", "Entrust"),
    ("entrust-nshield-solo-xc", "nShield Solo XC", "Entrust"),
    ("fortanix-dsm-fx2200", "Fortanix SDKMS Appliance", "Fortanix"),
    ("marvell-cnn35xx-nfbe", "CNN35XX-NFBE", "Marvell"),
    ("thales-cryptovisor-k7", "Cryptovisor K7", "Thales"),
    ("thales-luna-k7", "Luna K7", "Thales"),
    ("yubihsm-2", "YubiHSM 2", "Yubico"),
    ("yubikey-4", "YubiKey 4", "Yubico"),
    ("yubikey-5", "YubiKey 5", "Yubico"),
];

#[test]
fn a_certification_that_was_read_at_nist_says_what_nist_says() {
    let Some(folder) = shared("data") else { return };
    let facts = bundled().unwrap();
    let mut checked = 0;
    for module in facts.endorsements.modules() {
        for certification in of_nist(&module.certifications) {
            if certification.read != Reading::Primary {
                continue;
            }
            let number = certification.number.as_deref().expect("NIST numbers its certificates");
            let record = record(&folder, number).unwrap_or_else(|| panic!("{number} was read"));
            let of_nist = &record["certificate"];
            let standard = serde_json::to_value(certification.scheme).unwrap();
            assert_eq!(of_nist["standard"], standard, "{number}");
            assert_eq!(of_nist["overall_level"], certification.level, "{number}");
            assert_eq!(of_nist["certificate_number"], number);
            assert_eq!(of_nist["nist_page_url"], certification.source.as_str(), "{number}");
            let first = of_nist["validation_dates"][0].as_str().unwrap();
            assert_eq!(iso(first), date(certification.validated), "{number}");
            assert_eq!(of_nist["sunset_date"].as_str().map(iso), certification.valid_until());
            let snapshot = &record["metadata"]["generated_at"].as_str().unwrap()[..10];
            assert_eq!(snapshot, certification.seen, "{number}");
            let snapshot = Timestamp::from_date(snapshot).unwrap();
            let historical = certification.historical_since.is_some_and(|since| since <= snapshot);
            assert_eq!(of_nist["status"] == "Historical", historical, "{number}");
            let (_, name, vendor) =
                NAMES.iter().find(|(id, ..)| module.id.starts_with(id)).expect("a known product");
            assert!(of_nist["module_name"].as_str().unwrap().contains(name), "{number}: {name}");
            assert!(
                of_nist["vendor_name"].as_str().unwrap().contains(vendor),
                "{number}: {vendor}"
            );
            checked += 1;
        }
    }
    assert!(checked > 0);
}

#[test]
fn a_certification_that_was_read_in_copies_says_what_they_say() {
    let Some(folder) = shared("data") else { return };
    let (facts, rows) = (bundled().unwrap(), copies(&folder));
    let mut checked = 0;
    for module in facts.endorsements.modules() {
        let certifications = module.certifications.iter().filter(|it| it.scheme != Scheme::Cspn);
        for certification in certifications {
            let Reading::Copy(sources) = certification.read else { continue };
            let number = certification.number.as_deref().unwrap_or("(CSA Singapore)");
            let row = rows.get(number).unwrap_or_else(|| panic!("no copy of {number}"));
            assert_eq!(row["read"], "copy");
            assert_eq!(row["scheme"], certification.scheme.to_string(), "{number}");
            let eal = if certification.scheme == Scheme::CommonCriteria { "EAL" } else { "" };
            let level = format!("{eal}{}{}", certification.level, certification.augmentation);
            assert!(row["level"].starts_with(&level), "{number}: {level}");
            assert_eq!(row["validated"], date(certification.validated), "{number}");
            // One is said to be believed: it follows from the rule, and is no later than that.
            let sunset = row["sunset"].split(' ').next().unwrap();
            assert_eq!(sunset, date(certification.sunset), "{number}");
            assert_eq!(row["seen"], certification.seen, "{number}");
            for firmware in &certification.firmware {
                assert_eq!(row["firmware"], firmware.to_string(), "{number}");
            }
            let historical = row["status seen"] == "historical";
            assert_eq!(certification.historical_since.is_some(), historical, "{number}");
            // No more sources than the table names, and one where it says so.
            assert!(usize::from(sources) <= row["sources"].split(';').count(), "{number}");
            let alone = ["one source", "copy of the CC portal", "NIST mirror"];
            let is_alone = alone.iter().any(|words| row["sources"].starts_with(words));
            assert!(!is_alone || sources == 1, "{number}");
            checked += 1;
        }
    }
    assert!(checked > 0);
}

/// What the table says is no longer active is not shown as active today, whatever was read before.
#[test]
fn a_copy_that_is_newer_than_the_record_ends_a_certification() {
    let Some(folder) = shared("data") else { return };
    let (facts, rows) = (bundled().unwrap(), copies(&folder));
    let read = Timestamp::from_date(facts.summary().as_of.as_str()).unwrap();
    let all = facts.endorsements.modules().iter().flat_map(|module| &module.certifications);
    let mut ended = 0;
    for certification in all {
        let Some(row) = certification.number.as_ref().and_then(|number| rows.get(number)) else {
            continue;
        };
        if ["historical", "not on the active list"].contains(&row["status seen"].as_str()) {
            let since = certification.historical_since.expect(&row["number"]);
            assert!(since <= read, "{}", row["number"]);
            ended += 1;
        }
    }
    assert!(ended > 0);
}

/// Those of FIPS 140, which NIST records.
fn of_nist(certifications: &[Certification]) -> impl Iterator<Item = &Certification> {
    let is_fips = |it: &&Certification| matches!(it.scheme, Scheme::Fips140_2 | Scheme::Fips140_3);
    certifications.iter().filter(is_fips)
}

#[test]
fn certificates_of_devices_that_cannot_attest_are_as_nist_says() {
    let Some(folder) = shared("data") else { return };
    let (facts, rows) = (bundled().unwrap(), copies(&folder));
    let mut checked = 0;
    for device in facts.without_attestation.devices() {
        let KnownCertification::Known(text) = &device.certification else { continue };
        for part in text.split(';').filter(|part| part.contains(", number ")) {
            let (before, after) = part.split_once(", number ").unwrap();
            let number = &after[..after.find(|it: char| !it.is_ascii_digit()).unwrap()];
            checked += 1;
            let Some(record) = record(&folder, number) else {
                let row = &rows[number];
                assert!(before.contains("by a copy of NIST's record"), "{part}");
                assert!(before.ends_with(&format!("{} level {}", row["scheme"], row["level"])));
                let known = [&row["sunset"], &row["validated"]];
                assert!(known.into_iter().any(|date| !date.is_empty() && after.contains(date)));
                continue;
            };
            let of_nist = &record["certificate"];
            let standard = of_nist["standard"].as_str().unwrap();
            let level = &of_nist["overall_level"];
            assert!(before.ends_with(&format!("{standard} level {level}")), "{part}");
            // NIST moved what remained of FIPS 140-2 to the historical list on 2026-09-22.
            let sunset = iso(of_nist["sunset_date"].as_str().unwrap());
            let standing = if standard == "FIPS 140-2" {
                "historical".to_owned()
            } else {
                format!("active until {sunset}")
            };
            assert!(after.contains(&standing), "{part}: {standing}");
            let interim = of_nist["caveat"].as_str().is_some_and(|it| it.starts_with("Interim"));
            assert_eq!(after.contains("interim"), interim, "{part}");
            let vendor = of_nist["vendor_name"].as_str().unwrap().to_lowercase();
            let maker = match device.vendor.as_str() {
                "AWS" if device.id == "aws-cloudhsm" => "marvell",
                "AWS" => "amazon",
                own => &own.to_lowercase(),
            };
            assert!(vendor.contains(maker), "{vendor} {maker}");
        }
    }
    assert!(checked > 0);
}
