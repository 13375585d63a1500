//! Every simulation, judged under its own trust: what comes out is what `tests/expected/` says.

use crate::case::Case;
use crate::expected;
use crate::support::{TIME, appraise, at, codes, facts_and, keyring, verifier};
use keyproof::{AttestationResult, Finding, Outcome, Requirement, Verdict};
use keyproof_simulator::{Defect, KeyKind, Keyring, Options, Simulation, formats};

fn judge(simulation: &Simulation) -> AttestationResult {
    let manifest = simulation.files.iter().find(|file| file.name == "anchors.yaml");
    let manifest = std::str::from_utf8(&manifest.expect("anchors").bytes).expect("UTF-8");
    let submitted = simulation.files.iter().filter(|file| file.name != "anchors.yaml");
    let files: Vec<_> = submitted.map(|file| (file.name.as_str(), file.bytes.as_slice())).collect();
    appraise(&verifier(facts_and(manifest)), &files, at(TIME))
}

fn finding(result: &AttestationResult, requirement: Requirement) -> &Finding {
    let finding = result.findings().iter().find(|finding| finding.requirement() == requirement);
    finding.expect("every requirement")
}

/// What a defect says of itself that its line does not.
fn contradiction(defect: &Defect, line: &str) -> Option<String> {
    let id = defect.requirement.id();
    let clause = match defect.outcome {
        Outcome::Satisfied => format!("notice {id}"),
        outcome => format!("{id} {}", outcome.id()),
    };
    let said = line.split("; ").filter_map(|part| part.strip_prefix(&clause));
    let mut codes = said.flat_map(str::split_whitespace);
    let said = codes.any(|code| code == defect.reason.code());
    (!said).then(|| format!("{} says {clause} {}", defect.name, defect.reason))
}

/// Every defect has its line, every line its defect, and what comes out is what both say.
#[test]
fn every_simulation_comes_out_as_its_line_says() {
    let mut failures = Vec::new();
    for format in formats() {
        let table = expected::table(format.name);
        assert!(table.contains_key("without-fault"), "{}", format.name);
        for defect in &format.defects {
            failures.extend(match table.get(defect.name) {
                Some(line) => contradiction(defect, line),
                None => {
                    let case = Case::simulate(&format!("{} {}", format.name, defect.name));
                    let line = expected::line(case.result());
                    Some(format!("no line of {}: {}: {line}", format.name, defect.name))
                }
            });
        }
    }
    for case in Case::simulated() {
        let line = expected::line(case.result());
        if line != case.expected {
            failures.push(format!("{}: {}\n{}: {line}", case.name, case.expected, case.name));
        }
    }
    assert!(failures.is_empty(), "{}:\n{}", failures.len(), failures.join("\n"));
}

/// What the program tells of a case without fault, for every kind of key.
#[test]
fn what_is_expected_of_a_case_without_fault_comes_out() {
    let mut keyring = keyring();
    for format in formats() {
        let kinds = KeyKind::ALL.map(|kind| Options { key: Some(kind), ..Options::new(at(TIME)) });
        for options in kinds {
            let Ok(simulation) = format.build_with(&options, &mut keyring) else { continue };
            let result = judge(&simulation);
            assert_eq!(result.format(), Some(format.name));
            for expected in &simulation.expected {
                let finding = finding(&result, expected.requirement);
                let codes = finding.reasons().iter().map(|reason| reason.code());
                let what = format!("{} {:?}: {:?}", format.name, options.key, expected);
                assert_eq!(finding.outcome(), expected.outcome, "{what}");
                assert!(codes.eq(expected.reason), "{what}");
            }
        }
    }
}

/// ADR 0004: the exception is the anchor's own, and another without it makes none.
#[test]
fn a_device_without_constraints_is_tolerated_by_the_anchor_that_says_so_alone() {
    let format = formats().iter().find(|it| it.name == "yubico-piv").expect("PIV");
    let defect = Some("tolerated-device".to_owned());
    let mut simulation = format
        .build_with(&Options { defect, ..Options::new(at(TIME)) }, &mut keyring())
        .expect("a simulation");
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
    let mut keyring = keyring();
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
            let genuine = finding(&result, Requirement::GenuineModule);
            (genuine.outcome(), codes(&result).join(" "))
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
    let mut keyring = keyring();
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
        let genuine = finding(&result, Requirement::GenuineModule);
        assert_eq!(genuine.outcome(), Outcome::Unsatisfied, "{}", format.name);
        assert!(codes(&result).contains(&"chain.role"), "{}: {:?}", format.name, codes(&result));
    }
}

#[test]
fn no_simulation_shares_its_trust_with_another() {
    let mut one = keyring();
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
        let genuine = finding(&result, Requirement::GenuineModule);
        assert_eq!(genuine.outcome(), Outcome::Unsatisfied);
    }
}
