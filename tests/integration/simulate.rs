//! Every simulation, through the whole program: what is made without fault is accepted under its own
//! trust, and each defect comes out as the one thing it is.

use crate::support::{TIME, appraise, at, codes, facts, facts_and, verifier};
use keyproof::simulate::{Keyring, Options, Simulation, formats};
use keyproof::{AttestationResult, Outcome, Requirement, Verdict};

fn judge(simulation: &Simulation) -> AttestationResult {
    let (manifest, files): (Vec<_>, Vec<_>) =
        simulation.files.iter().partition(|file| file.name == "anchors.yaml");
    let facts = match manifest.first() {
        Some(manifest) => facts_and(std::str::from_utf8(&manifest.bytes).expect("UTF-8")),
        None => facts(),
    };
    let files: Vec<_> =
        files.iter().map(|file| (file.name.as_str(), file.bytes.as_slice())).collect();
    appraise(&verifier(facts), &files, at(TIME))
}

/// What an expectation of the simulation misses in the result.
fn misses(simulation: &Simulation, result: &AttestationResult) -> Vec<String> {
    let mut misses = Vec::new();
    for expected in &simulation.expected {
        let finding = result
            .findings()
            .iter()
            .find(|finding| finding.requirement() == expected.requirement)
            .expect("every requirement");
        let among = match expected.outcome {
            Outcome::Satisfied => finding.notices(),
            _ => finding.reasons(),
        };
        let met = finding.outcome() == expected.outcome
            && expected.reason.is_none_or(|code| among.iter().any(|reason| reason.code() == code));
        if !met {
            misses.push(format!(
                "{}: expected {} {:?}, got {} {:?}",
                expected.requirement.id(),
                expected.outcome.id(),
                expected.reason,
                finding.outcome().id(),
                codes(result),
            ));
        }
    }
    misses
}

#[test]
fn every_simulation_comes_out_as_it_says() {
    let mut keyring = Keyring::default();
    let mut failures = Vec::new();
    for format in formats() {
        let whole = format.build_with(&Options::new(at(TIME)), &mut keyring).expect("a simulation");
        let result = judge(&whole);
        // Some formats are silent on a requirement, and a person must weigh it.
        let silent = whole.expected.iter().any(|one| one.outcome == Outcome::Review);
        let best = if silent { Verdict::Review } else { Verdict::Accept };
        assert_eq!(result.verdict(), best, "{}: {:?}", format.name, codes(&result));
        assert_eq!(result.format(), Some(format.name));
        let missed = misses(&whole, &result);
        failures.extend(missed.iter().map(|miss| format!("{}: {miss}", format.name)));
        for defect in &format.defects {
            let options =
                Options { defect: Some(defect.name.to_owned()), ..Options::new(at(TIME)) };
            let simulation = format.build_with(&options, &mut keyring).expect("a simulation");
            let result = judge(&simulation);
            for miss in misses(&simulation, &result) {
                failures.push(format!("{} {}: {miss}", format.name, defect.name));
            }
            let expected = match defect.outcome {
                Outcome::Satisfied => best,
                Outcome::Review => Verdict::Review,
                Outcome::Unsatisfied | Outcome::NotEvaluated => Verdict::Reject,
            };
            if result.verdict() != expected {
                failures.push(format!(
                    "{} {}: verdict {}, {:?}",
                    format.name,
                    defect.name,
                    result.verdict().id(),
                    codes(&result)
                ));
            }
        }
    }
    assert!(failures.is_empty(), "{}:\n{}", failures.len(), failures.join("\n"));
}

/// ADR 0004: the exception is the anchor's own, and another without it makes none.
#[test]
fn a_device_without_constraints_is_tolerated_by_the_anchor_that_says_so_alone() {
    let format = formats().iter().find(|it| it.name == "yubico-piv").expect("PIV");
    let defect = Some("tolerated-device".to_owned());
    let mut simulation =
        format.build(&Options { defect, ..Options::new(at(TIME)) }).expect("a simulation");
    assert_eq!(judge(&simulation).verdict(), Verdict::Accept);
    let manifest = simulation.files.iter_mut().find(|file| file.name == "anchors.yaml");
    let manifest = manifest.expect("a manifest");
    let text = std::str::from_utf8(&manifest.bytes).expect("UTF-8");
    let strict = text.replace("        device_without_basic_constraints: true\n", "");
    assert_ne!(strict, text);
    manifest.bytes = strict.into_bytes();
    let result = judge(&simulation);
    assert_eq!(result.verdict(), Verdict::Reject);
    assert!(codes(&result).contains(&"chain.issuer-not-ca"), "{:?}", codes(&result));
}

/// Whatever lies below it: an anchor is believed in its own period, of which both ends are part.
#[test]
fn no_anchor_vouches_before_or_after_its_period() {
    let mut keyring = Keyring::default();
    // A statement of Fortanix DSM is judged at its own time (ADR 0016).
    for format in formats().iter().filter(|format| format.name != "fortanix-dsm") {
        let whole = format.build_with(&Options::new(at(TIME)), &mut keyring).expect("a simulation");
        let within = |period: &str| {
            let mut simulation = whole.clone();
            for file in simulation.files.iter_mut().filter(|file| file.name == "anchors.yaml") {
                let text = std::str::from_utf8(&file.bytes).expect("UTF-8");
                let lines = text.lines().map(|line| match line.split_once("valid: {") {
                    Some((indent, _)) => format!("{indent}valid: {{{period}}}\n"),
                    None => format!("{line}\n"),
                });
                file.bytes = lines.collect::<String>().into_bytes();
            }
            let result = judge(&simulation);
            let finding = result
                .findings()
                .iter()
                .find(|finding| finding.requirement() == Requirement::GenuineModule);
            (finding.expect("every requirement").outcome(), codes(&result).join(" "))
        };
        let (outcome, codes) = within(&format!("from: \"{TIME}\", to: \"{TIME}\""));
        assert_ne!(outcome, Outcome::Unsatisfied, "{}: {codes}", format.name);
        for (period, code) in [
            ("from: \"2016-01-01T00:00:00Z\", to: \"2026-11-20T23:59:59Z\"", "chain.expired"),
            ("from: \"2026-11-21T00:00:01Z\", to: \"2046-01-01T00:00:00Z\"", "chain.not-yet-valid"),
        ] {
            let (outcome, codes) = within(period);
            assert_eq!(outcome, Outcome::Unsatisfied, "{}: {period}", format.name);
            assert!(codes.contains(code), "{}: {codes}", format.name);
        }
    }
}

/// An anchor vouches for the format that it is bound to, and for no other.
#[test]
fn no_anchor_vouches_for_another_format() {
    let mut keyring = Keyring::default();
    for format in formats() {
        let options = Options::new(at(TIME));
        let mut simulation = format.build_with(&options, &mut keyring).expect("a simulation");
        let other = if format.name == "thales-luna" { "google-cloud-hsm" } else { "thales-luna" };
        for file in simulation.files.iter_mut().filter(|file| file.name == "anchors.yaml") {
            let text = std::str::from_utf8(&file.bytes).expect("UTF-8");
            let bound = format!("format: {}", format.name);
            assert!(text.contains(&bound), "{}", format.name);
            file.bytes = text.replace(&bound, &format!("format: {other}")).into_bytes();
        }
        let result = judge(&simulation);
        let genuine = result
            .findings()
            .iter()
            .find(|finding| finding.requirement() == Requirement::GenuineModule)
            .expect("every requirement");
        assert_eq!(genuine.outcome(), Outcome::Unsatisfied, "{}", format.name);
        assert!(codes(&result).contains(&"chain.role"), "{}: {:?}", format.name, codes(&result));
    }
}

#[test]
fn no_simulation_shares_its_trust_with_another() {
    let mut one = Keyring::default();
    let mut other = Keyring::default();
    for format in formats() {
        let options = Options::new(at(TIME));
        let mut crossed = format.build_with(&options, &mut one).expect("a simulation");
        let theirs = format.build_with(&options, &mut other).expect("a simulation");
        let manifest = |simulation: &Simulation| {
            simulation
                .files
                .iter()
                .position(|file| file.name == "anchors.yaml")
                .expect("a manifest")
        };
        let index = manifest(&crossed);
        crossed.files[index] = theirs.files[manifest(&theirs)].clone();
        let result = judge(&crossed);
        assert_eq!(result.verdict(), Verdict::Reject);
        let genuine = result
            .findings()
            .iter()
            .find(|finding| finding.requirement() == Requirement::GenuineModule)
            .expect("every requirement");
        assert_eq!(genuine.outcome(), Outcome::Unsatisfied);
    }
}
