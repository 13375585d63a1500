//! Every bundled FIPS certification, checked against NIST's records, which are kept outside the
//! package. Where they are absent a test says so and passes; under `KEYPROOF_DEMAND_SAMPLES=1` it fails.

use crate::support::{read, shared};
use keyproof::endorsement::{KnownCertification, Scheme};
use keyproof::facts::bundled;
use keyproof::time::Timestamp;

/// Certificate, module of ours, vendor and module of NIST's.
#[rustfmt::skip]
const EXPECTED: [(&str, &str, &str, &str); 19] = [
    ("3205", "thales-luna-k7", "Thales", "Thales Luna K7 Cryptographic Module"),
    ("3517", "yubikey-4-fips", "Yubico, Inc.", "YubiKey 4 Cryptographic Module"),
    ("3907", "yubikey-5-fips", "Yubico, Inc.", "YubiKey 5 Cryptographic Module"),
    ("3907", "yubikey-5-fips-openpgp", "Yubico, Inc.", "YubiKey 5 Cryptographic Module"),
    ("3914", "yubikey-5-fips", "Yubico, Inc.", "YubiKey 5 Cryptographic Module"),
    ("3914", "yubikey-5-fips-openpgp", "Yubico, Inc.", "YubiKey 5 Cryptographic Module"),
    ("3916", "yubihsm-2-fips", "Yubico, Inc.", "YubiHSM 2 Cryptographic Module"),
    ("4090", "thales-luna-k7", "Thales", "Thales Luna K7 Cryptographic Module"),
    ("4139", "fortanix-dsm-fx2200", "Fortanix, Inc.", "Fortanix SDKMS Appliance"),
    ("4250", "crypto4a-qasm-fips-mode", "Crypto4A Technologies Inc.", "QASM Cryptographic Module"),
    ("4263", "marvell-cnn35xx-nfbe", "Marvell", "NITROXIII CNN35XX-NFBE HSM Family"),
    ("4327", "thales-cryptovisor-k7", "Thales", "Thales Cryptovisor K7 Cryptographic Module"),
    ("4332", "entrust-nshield-edge", "Entrust", "MiniHSM & MiniHSM for nShield Edge F3"),
    ("4335", "entrust-nshield-solo-xc", "Entrust", "nShield Solo XC F3 & nShield Solo XC F3 for nShield Connect XC and for nShield HSMi"),
    ("4338", "entrust-nshield-f3", "Entrust", "nShield F3 10+ 500+ 6000+ & nShield F3 500+ 1500+ 6000+ for nShield Connect+, Connect CLX and HSMi"),
    ("4684", "thales-luna-k7", "Thales", "Thales Luna K7 Cryptographic Module"),
    ("4700", "marvell-cnn35xx-nfbe", "Marvell Semiconductor, Inc.", "NITROXIII CNN35XX-NFBE HSM Family"),
    ("4745", "entrust-nshield-5s", "Entrust", "nShield 5s Hardware Security Module"),
    ("4765", "entrust-nshield-5s", "Entrust", "nShield 5s Hardware Security Module"),
];

/// `5/3/2021` as `2021-05-03`.
fn iso(date: &str) -> String {
    let parts: Vec<u32> = date.split('/').map(|part| part.parse().unwrap()).collect();
    format!("{:04}-{:02}-{:02}", parts[2], parts[0], parts[1])
}

#[test]
fn every_numbered_certification_says_what_nist_says() {
    let Some(folder) = shared("data/cmvp-json") else { return };
    let facts = bundled().unwrap();
    let mut checked = Vec::new();
    for module in facts.endorsements.modules() {
        for certification in &module.certifications {
            // NIST records nothing else; the one without a number is a matter of tests/integration/facts.rs.
            let is_fips = matches!(certification.scheme, Scheme::Fips140_2 | Scheme::Fips140_3);
            let Some(number) = certification.number.as_deref().filter(|_| is_fips) else {
                continue;
            };
            let file = read(&folder.join(format!("{number}.json")));
            let record: serde_json::Value = serde_json::from_slice(&file).unwrap();
            let of_nist = &record["certificate"];
            let standard = serde_json::to_value(certification.scheme).unwrap();
            assert_eq!(of_nist["standard"], standard, "{number}");
            assert_eq!(of_nist["overall_level"], certification.level, "{number}");
            assert_eq!(of_nist["certificate_number"], number);
            assert_eq!(of_nist["nist_page_url"], certification.source.as_str(), "{number}");
            let first = of_nist["validation_dates"][0].as_str().unwrap();
            assert_eq!(iso(first), certification.validated.unwrap().date(), "{number}");
            assert_eq!(of_nist["sunset_date"].as_str().map(iso), certification.valid_until());
            let snapshot = &record["metadata"]["generated_at"].as_str().unwrap()[..10];
            assert_eq!(snapshot, certification.seen, "{number}");
            let snapshot = Timestamp::from_date(snapshot).unwrap();
            let historical = certification.historical_since.is_some_and(|since| since <= snapshot);
            assert_eq!(of_nist["status"] == "Historical", historical, "{number}");
            let of = |member: &str| of_nist[member].as_str().unwrap().to_owned();
            checked.push((
                number.to_owned(),
                module.id.clone(),
                of("vendor_name"),
                of("module_name"),
            ));
        }
    }
    checked.sort_unstable();
    let owned = |(a, b, c, d): (&str, &str, &str, &str)| {
        (a.to_owned(), b.to_owned(), c.to_owned(), d.to_owned())
    };
    assert_eq!(checked, EXPECTED.map(owned));
}

#[test]
fn certificates_of_devices_that_cannot_attest_are_as_nist_says() {
    let Some(folder) = shared("data/cmvp-json") else { return };
    let facts = bundled().unwrap();
    let mut checked = Vec::new();
    for device in facts.without_attestation.devices() {
        let KnownCertification::Known(text) = &device.certification else { continue };
        for part in text.split(';').filter(|part| part.contains(", number ")) {
            let (before, after) = part.split_once(", number ").unwrap();
            let number = &after[..4];
            let file = read(&folder.join(format!("{number}.json")));
            let record: serde_json::Value = serde_json::from_slice(&file).unwrap();
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
            checked.push((device.vendor.as_str(), number.to_owned()));
            let vendor = of_nist["vendor_name"].as_str().unwrap().to_lowercase();
            let maker = match device.vendor.as_str() {
                "AWS" if device.id == "aws-cloudhsm" => "marvell",
                "AWS" => "amazon",
                own => &own.to_lowercase(),
            };
            assert!(vendor.contains(maker), "{vendor} {maker}");
        }
    }
    assert_eq!(checked.len(), 16, "{checked:?}");
}
