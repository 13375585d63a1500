//! The device in the order: evidence must be of it, and that it is shows nothing else.

use keyproof::expectation::{Expected, ExpectedSerial};
use keyproof::{
    AttestationResult, Input, InputRole, Knowledge, Limits, Outcome, Requirement, Submission,
    Verdict,
};

use crate::case::Case;
use crate::expected;
use crate::support::at;

fn judged(case: &Case, serial: &str) -> AttestationResult {
    let input = |(name, bytes): &(String, Vec<u8>)| Input {
        name: name.clone(),
        bytes: bytes.clone(),
        role: InputRole::Any,
    };
    let submission = Submission::unpack(case.files.iter().map(input).collect(), &Limits::default());
    let serial = ExpectedSerial::parse(serial).expect("a serial number");
    let knowledge =
        Knowledge { expected: Expected { serial: Some(serial) }, ..Knowledge::default() };
    case.verifier().appraise_knowing(&submission, &knowledge, at(&case.time))
}

fn codes(result: &AttestationResult) -> (Outcome, Vec<&'static str>) {
    let of = |it: &&keyproof::Finding| it.requirement() == Requirement::GenuineModule;
    let finding = result.findings().iter().find(of).expect("every requirement");
    let codes = finding.reasons().iter().map(|reason| reason.code().code());
    (finding.outcome(), codes.filter(|code| code.starts_with("device.serial")).collect())
}

/// The right number changes no finding of any case, and the wrong one none but its own.
#[test]
fn that_the_number_is_right_weakens_nothing_and_that_it_is_wrong_rejects() {
    let (mut with, mut without) = (0, 0);
    for case in Case::stored().iter().chain(Case::simulated()) {
        let plain = case.result();
        let Some(claims) = plain.claims() else {
            // Nothing is verified, so there is nothing to compare.
            assert_eq!(
                expected::line(&judged(case, "4711")),
                expected::line(plain),
                "{}",
                case.name
            );
            continue;
        };
        let Some(serial) = &claims.module.serial else {
            let result = judged(case, "4711");
            let (outcome, codes) = codes(&result);
            assert_eq!(codes, ["device.serial-unstated"], "{}", case.name);
            assert_ne!(outcome, Outcome::Satisfied, "{}", case.name);
            assert_ne!(result.verdict(), Verdict::Accept, "{}", case.name);
            without += 1;
            continue;
        };
        let right = judged(case, serial);
        assert_eq!(expected::line(&right), expected::line(plain), "{}", case.name);
        assert_eq!(right.expected().serial.as_ref().map(ExpectedSerial::as_str), Some(&**serial));
        let wrong = judged(case, &format!("{serial}9"));
        let (outcome, codes) = codes(&wrong);
        assert_eq!((outcome, codes), (Outcome::Unsatisfied, vec!["device.serial-mismatch"]));
        assert_eq!(wrong.verdict(), Verdict::Reject, "{}", case.name);
        let others = |result: &AttestationResult| -> Vec<_> {
            let findings = result.findings().iter().cloned();
            findings.filter(|it| it.requirement() != Requirement::GenuineModule).collect()
        };
        assert_eq!(others(&wrong), others(plain), "{}", case.name);
        with += 1;
    }
    assert!(with > 100 && without > 0, "{with} {without}");
}

/// As it stands on the device, in the tools of its maker, and in lists that people keep.
#[test]
fn a_device_goes_by_the_numbers_that_people_read_off_it() {
    let one = |prefix: &str| {
        let named =
            |case: &&Case| case.name.starts_with(prefix) && case.result().claims().is_some();
        Case::stored().iter().chain(Case::simulated()).find(named)
    };
    let mut tried = 0;
    for format in keyproof::format::FORMATS {
        let Some(case) = one(format.name()) else { panic!("no case of {}", format.name()) };
        let claims = case.result().claims().expect("verified");
        let Some(serial) = &claims.module.serial else { continue };
        let forms = match format.name() {
            "yubico-piv" | "yubico-openpgp" | "yubico-yubihsm2" | "thales-luna" => {
                let number: u64 = serial.parse().expect("a decimal number");
                vec![format!("00{serial}"), format!("0x{number:x}"), format!("0x{number:08X}")]
            }
            "securosys-primus" => vec![format!("0{serial}")],
            "entrust-nshield" => vec![serial.to_lowercase(), serial.replace('-', "")],
            "smartcard-hsm" => vec![serial.to_lowercase(), format!("{serial}00000")],
            "azure-managed-hsm" | "google-cloud-hsm" | "marvell-liquidsecurity" => {
                let generation = claims.module.model.replace("LiquidSecurity ", "");
                vec![format!("{generation}{serial}"), format!("HSM:{generation}{serial}")]
            }
            _ => vec![serial.to_uppercase(), serial.to_lowercase()],
        };
        for form in forms {
            let result = judged(case, &form);
            assert!(codes(&result).1.is_empty(), "{} {serial}: {form}", format.name());
            tried += 1;
        }
        for other in ["1", "0x1", "4711-0000", &serial[1..]] {
            let result = judged(case, other);
            assert_eq!(codes(&result).1, ["device.serial-mismatch"], "{} {other}", format.name());
        }
    }
    assert!(tried > 15, "{tried}");
}

#[test]
fn no_serial_number_has_blanks_or_other_letters() {
    for bad in ["", " ", "4711 ", "47 11", "\u{430}cme", "47\u{200b}11", "4711\n", &"1".repeat(65)]
    {
        assert!(ExpectedSerial::parse(bad).is_err(), "{bad:?}");
    }
    for good in ["4711", "DENK0100751", "A1B2-C3D4-E5F6", "HSM:5.2G1804-ICM000678", &"1".repeat(64)]
    {
        assert_eq!(
            ExpectedSerial::parse(good).map(|it| it.as_str().to_owned()).as_deref(),
            Ok(good)
        );
    }
}
