//! Damage: whatever is done to the bytes of a sample, what they proved is no longer proven.
//!
//! In full in release mode (`make test-full`, `KEYPROOF_FULL=1`); a sample of it otherwise, a large one in
//! `make test`.

use crate::case::Case;
use crate::damage::{flipped_bits, rearranged, truncated};
use crate::support::{TIME, appraise, at, at_least, der, every, facts, full, keyring, verifier};
use keyproof::{AttestationResult, Outcome, Requirement, Verdict, Verifier};
use keyproof_simulator::{KeyKind, Options, RsaPadding, formats};

/// A case with its files as DER, so that damage is to what counts.
struct Sample {
    name: String,
    verifier: Verifier,
    time: String,
    files: Vec<(String, Vec<u8>)>,
}

impl Sample {
    fn of(case: &Case) -> Self {
        let files = case.files.iter().map(|(name, bytes)| (name.clone(), der(bytes))).collect();
        Self { name: case.name.clone(), verifier: case.verifier(), time: case.time.clone(), files }
    }

    /// Whether each verdict takes milliseconds: the arithmetic on an RSA modulus does.
    fn is_slow(&self) -> bool {
        let key = self.appraise().request().and_then(|request| request.public_key.clone());
        key.is_some_and(|key| key.algorithm == "RSA")
    }

    fn appraise(&self) -> AttestationResult {
        let files: Vec<_> =
            self.files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
        appraise(&self.verifier, &files, at(&self.time))
    }

    /// Whether the module is genuine without that file: an anchor stands in for it.
    fn is_spare(&self, index: usize) -> bool {
        let mut files: Vec<_> =
            self.files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
        files.remove(index);
        let result = appraise(&self.verifier, &files, at(&self.time));
        satisfied(&result, Requirement::GenuineModule)
    }

    /// The result with one file replaced.
    fn with(&self, index: usize, bytes: &[u8]) -> AttestationResult {
        let files: Vec<_> = self
            .files
            .iter()
            .enumerate()
            .map(|(at, (name, own))| {
                (name.as_str(), if at == index { bytes } else { own.as_slice() })
            })
            .collect();
        appraise(&self.verifier, &files, at(&self.time))
    }
}

fn outcome(result: &AttestationResult, requirement: Requirement) -> Outcome {
    let finding = result.findings().iter().find(|finding| finding.requirement() == requirement);
    finding.expect("every requirement").outcome()
}

fn satisfied(result: &AttestationResult, requirement: Requirement) -> bool {
    outcome(result, requirement) == Outcome::Satisfied
}

/// Genuine and faultless cases.
fn whole_cases() -> impl Iterator<Item = &'static Case> {
    Case::stored().iter().filter(|case| case.origin == "real device" || case.is_faultless())
}

/// Samples of formats whose evidence is whole: `genuine-module` is satisfied as they stand.
fn whole_samples() -> Vec<Sample> {
    whole_cases()
        .map(Sample::of)
        .filter(|sample| satisfied(&sample.appraise(), Requirement::GenuineModule))
        .collect()
}

fn is_request(name: &str) -> bool {
    name.contains("request")
}

/// Whether every bit of a file is signed or shapes what is: DER or a card-verifiable object, and no
/// envelope such as JSON or gzip, whose formats have damage tests of their own.
fn is_signed_throughout(bytes: &[u8]) -> bool {
    matches!(bytes.first(), Some(0x30 | 0x67 | 0x7f))
}

fn is_evidence(name: &str) -> bool {
    ["attestation", "device", "issuing", ".cvreq", "EF2F02"].iter().any(|part| name.contains(part))
}

/// Whether that octet is of the UUID by which a message of a QASM names a signer: `[0]` with an OCTET
/// STRING of 16. Nothing signs it and nothing is decided by it (ADR 0027).
fn names_a_signer(sample: &str, bytes: &[u8], place: usize) -> bool {
    const HEADER: [u8; 4] = [0xa0, 18, 4, 16];
    sample.contains("crypto4a-qasm")
        && (4..=19).any(|back| {
            place.checked_sub(back).is_some_and(|start| bytes[start..].starts_with(&HEADER))
        })
}

/// A request that embeds its own copy of the evidence would stand in for what is damaged beside it:
/// those samples are damaged without it.
fn without_embedding_request(sample: &mut Sample) {
    let attested = |files: &[(String, Vec<u8>)]| {
        files.iter().filter(|(name, _)| is_request(name)).any(|(_, bytes)| {
            bytes
                .windows(8)
                .any(|window| window == [0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0xc4, 0x0a])
        })
    };
    if attested(&sample.files) {
        sample.files.retain(|(name, _)| !is_request(name));
    }
}

#[test]
fn no_flipped_bit_of_evidence_leaves_the_module_genuine() {
    let step = every(37);
    let mut damaged_count = 0;
    for mut sample in whole_samples() {
        without_embedding_request(&mut sample);
        if sample.files.is_empty() {
            // All evidence is in the request: tests/integration/request_evidence.rs damages it there.
            continue;
        }
        assert!(satisfied(&sample.appraise(), Requirement::GenuineModule), "{}", sample.name);
        for (index, (name, bytes)) in sample.files.iter().enumerate() {
            if !is_evidence(name) || !is_signed_throughout(bytes) || sample.is_spare(index) {
                continue;
            }
            for (bit, damaged) in flipped_bits(bytes, step) {
                if names_a_signer(&sample.name, bytes, bit / 8) {
                    continue;
                }
                damaged_count += 1;
                let result = sample.with(index, &damaged);
                assert!(
                    !satisfied(&result, Requirement::GenuineModule),
                    "{}: {name}, bit {bit}",
                    sample.name
                );
            }
        }
    }
    assert!(damaged_count > at_least(2_000), "only {damaged_count}");
}

#[test]
fn no_flipped_bit_of_a_request_leaves_possession_and_match() {
    let step = every(37);
    let mut damaged_count = 0;
    for sample in whole_samples() {
        for (index, (name, bytes)) in sample.files.iter().enumerate() {
            if !is_request(name) {
                continue;
            }
            for (bit, damaged) in flipped_bits(bytes, step) {
                damaged_count += 1;
                let result = sample.with(index, &damaged);
                let both = satisfied(&result, Requirement::Possession)
                    && satisfied(&result, Requirement::KeyMatch);
                assert!(!both, "{}: {name}, bit {bit}", sample.name);
            }
        }
    }
    assert!(damaged_count > at_least(200), "only {damaged_count}");
}

/// The parameters of RSA-PSS have five places for values, and no accepted case is signed so.
#[test]
fn no_value_of_a_request_signed_with_pss_can_be_moved_or_added() {
    let options =
        Options { key: Some(KeyKind::Rsa3072), padding: RsaPadding::Pss, ..Options::new(at(TIME)) };
    let format = formats().iter().find(|format| format.name == "yubico-piv").unwrap();
    let simulation = format.build_with(&options, &mut keyring()).unwrap();
    let request = simulation.files.iter().find(|file| is_request(&file.name)).unwrap();
    let request = der(&request.bytes);
    let verifier = verifier(facts());
    let possession = |request: &[u8]| {
        let result = appraise(&verifier, &[("request.pem", request)], options.time);
        outcome(&result, Requirement::Possession)
    };
    assert_eq!(possession(&request), Outcome::Satisfied);
    let damaged = rearranged(&request);
    assert!(damaged.len() > 50, "only {}", damaged.len());
    let held: Vec<_> = damaged
        .iter()
        .filter(|it| possession(it) == Outcome::Satisfied)
        .map(Vec::as_slice)
        .collect();
    // The NULL of a hash may be there or not, and both mean the same: RFC 4055 2.1 demands it.
    let with_null = [SHA256, &[5, 0]].concat();
    let nulls = |request: &[u8]| memchr::memmem::find_iter(request, &with_null).count();
    assert_eq!(nulls(&request), 0);
    assert_eq!(held.len(), 2, "of the hash, and of the hash of the mask: {held:02x?}");
    for held in held {
        assert_eq!((held.len(), nulls(held)), (request.len() + 2, 1), "{held:02x?}");
    }
}

/// id-sha256 (RFC 5754 2.2), an OBJECT IDENTIFIER.
const SHA256: &[u8] = &[6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];

/// In whatever form a file is, also where parts of it are signed by nobody: a flipped bit makes nothing
/// better, and where evidence holds all the same, it says what it said.
#[test]
fn no_flipped_bit_changes_what_holds() {
    let step = if full() { 1 } else { 1999 };
    let mut held = 0;
    for case in whole_cases() {
        let sample = Sample { files: case.files.clone(), ..Sample::of(case) };
        let before = sample.appraise();
        for (index, (name, bytes)) in sample.files.iter().enumerate() {
            for (bit, damaged) in flipped_bits(bytes, step) {
                let result = sample.with(index, &damaged);
                let what = format!("{}: {name}, bit {bit}", sample.name);
                // Without a request, a certificate that is damaged may stand in for one.
                let comparable = before.findings().iter().filter(|_| before.request().is_some());
                for finding in comparable {
                    let after = outcome(&result, finding.requirement());
                    assert!(rank(after) >= rank(finding.outcome()), "{what}: {finding:?}");
                }
                if outcome(&result, Requirement::GenuineModule) == Outcome::Satisfied {
                    held += 1;
                    let stated = |it: &AttestationResult| {
                        format!("{:?} {:?} {:?}", it.claims(), it.path(), it.certification())
                    };
                    assert_eq!(stated(&result), stated(&before), "{what}");
                }
            }
        }
    }
    assert!(held > 20, "only {held}");
}

/// The worse, the higher.
fn rank(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Satisfied => 0,
        Outcome::Review => 1,
        Outcome::Unsatisfied | Outcome::NotEvaluated => 2,
    }
}

#[test]
fn no_part_of_one_case_serves_another() {
    let samples = whole_samples();
    let mut exchanged = 0;
    // In place of the only file, a part of another case would be the whole of it.
    for one in samples.iter().filter(|one| one.files.len() > 1) {
        for other in samples.iter().filter(|other| other.name != one.name) {
            for (index, (name, own)) in one.files.iter().enumerate() {
                let Some((_, theirs)) = other.files.iter().find(|(other, _)| other == name) else {
                    continue;
                };
                if theirs == own {
                    // Devices of one batch share their device certificate.
                    continue;
                }
                exchanged += 1;
                let result = one.with(index, theirs);
                let all =
                    [Requirement::Possession, Requirement::GenuineModule, Requirement::KeyMatch]
                        .into_iter()
                        .all(|requirement| satisfied(&result, requirement));
                assert!(!all, "{name} of {} in {}", other.name, one.name);
                assert_ne!(result.verdict(), Verdict::Accept);
            }
        }
    }
    assert!(exchanged > 20, "only {exchanged}");
}

#[test]
fn no_damage_to_an_accepted_case_is_accepted() {
    let faultless = whole_cases().filter(|case| case.is_faultless());
    // Where a format is silent on a requirement, no case is accepted at all.
    let accepted: Vec<_> = faultless
        .map(Sample::of)
        .filter(|sample| sample.appraise().verdict() == Verdict::Accept)
        .collect();
    assert!(accepted.len() >= 4, "the accepted cases of two formats");
    for sample in accepted {
        for (index, (name, bytes)) in sample.files.iter().enumerate() {
            let refuse = |what: &str, damaged: &[u8]| {
                let result = sample.with(index, damaged);
                assert_ne!(result.verdict(), Verdict::Accept, "{}: {name}, {what}", sample.name);
            };
            let (bits, lengths, nodes) =
                if sample.is_slow() { (311, 101, 29) } else { (41, 17, 7) };
            let (bits, lengths, nodes) = (every(bits), every(lengths), every(nodes));
            flipped_bits(bytes, bits)
                .filter(|(bit, _)| !names_a_signer(&sample.name, bytes, bit / 8))
                .for_each(|(bit, damaged)| refuse(&format!("bit {bit}"), &damaged));
            truncated(bytes, lengths).for_each(|damaged| refuse("cut", &damaged));
            for (position, damaged) in rearranged(bytes).iter().enumerate().step_by(nodes) {
                refuse(&format!("rearranged {position}"), damaged);
            }
            let mut longer = bytes.clone();
            longer.push(0);
            refuse("a byte more", &longer);
            if full() && !sample.is_slow() {
                substitutions(bytes)
                    .filter(|(place, _)| !names_a_signer(&sample.name, bytes, *place))
                    .for_each(|(_, damaged)| refuse("another byte", &damaged));
            }
        }
        for left_out in 0..sample.files.len() {
            let files: Vec<_> = sample
                .files
                .iter()
                .enumerate()
                .filter(|(index, _)| *index != left_out)
                .map(|(_, (name, bytes))| (name.as_str(), bytes.as_slice()))
                .collect();
            let result = appraise(&sample.verifier, &files, at(&sample.time));
            assert_ne!(result.verdict(), Verdict::Accept, "{} without {left_out}", sample.name);
        }
    }
}

/// Each byte replaced by each of a few values that mean something in DER.
fn substitutions(bytes: &[u8]) -> impl Iterator<Item = (usize, Vec<u8>)> + '_ {
    const VALUES: [u8; 8] = [0x00, 0x01, 0x02, 0x05, 0x30, 0x7f, 0x80, 0xff];
    (0..bytes.len()).flat_map(move |index| {
        VALUES.into_iter().filter(move |value| *value != bytes[index]).map(move |value| {
            let mut damaged = bytes.to_vec();
            damaged[index] = value;
            (index, damaged)
        })
    })
}
