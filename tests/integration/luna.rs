//! `thales-luna` on two genuine confirmations of one module with their requests, which are kept
//! outside the package (`../shared/samples`).

use crate::damage::{flipped_bits, rearranged, truncated};
use crate::support::{TIME, appraise, at, codes, der, every, facts, full, read, shared, verifier};
use keyproof::policy::parse_policy;
use keyproof::{AttestationResult, Outcome, Requirement, Verdict, Verifier};

/// A confirmation and its request.
struct Sample {
    confirmation: Vec<u8>,
    request: Vec<u8>,
}

impl Sample {
    fn load(kind: &str) -> Option<Self> {
        let folder = shared(&format!("samples/thales-luna/genuine-{kind}"))?;
        let file = |name: &str| read(&folder.join(format!("{kind}-{name}")));
        Some(Self { confirmation: file("pkc.p7b"), request: der(&file("test.csr")) })
    }

    fn judge(&self, time: &str) -> AttestationResult {
        judge(&self.confirmation, &self.request, time)
    }
}

fn judge(confirmation: &[u8], request: &[u8], time: &str) -> AttestationResult {
    let files: [(&str, &[u8]); 2] = [("pkc.p7b", confirmation), ("test.csr", request)];
    appraise(&verifier(facts()), &files, at(time))
}

fn outcome(result: &AttestationResult, requirement: Requirement) -> Outcome {
    let finding = result.findings().iter().find(|finding| finding.requirement() == requirement);
    finding.expect("every requirement").outcome()
}

fn is_genuine(result: &AttestationResult) -> bool {
    outcome(result, Requirement::GenuineModule) == Outcome::Satisfied
}

#[test]
fn the_rsa_key_fails_for_its_size_alone() {
    let Some(sample) = Sample::load("rsa") else { return };
    let result = sample.judge(TIME);
    assert_eq!(codes(&result), ["key.size"]);
    let module = &result.claims().unwrap().module;
    assert_eq!(module.model, "Luna K7");
    assert_eq!(module.serial.as_deref(), Some("521174"));
    assert_eq!(module.firmware.unwrap().to_string(), "7.8.4");
    let certification = result.certification().unwrap();
    assert_eq!((certification.number.as_deref(), certification.level), (Some("4684"), 3));
    let roles: Vec<_> = result.path().iter().map(|link| link.role.to_string()).collect();
    assert_eq!(roles, ["attestation", "device", "hardware-origin", "issuing"]);
    assert_eq!(result.anchor().unwrap().id, "thales-chrysalis-its-root");
}

#[test]
fn the_elliptic_curve_key_is_a_review_for_its_unstated_firmware_alone() {
    let Some(sample) = Sample::load("ecc") else { return };
    let result = sample.judge(TIME);
    assert_eq!(codes(&result), ["certification.firmware-unstated"]);
    let claims = result.claims().unwrap();
    assert_eq!(claims.module.serial.as_deref(), Some("521174"));
    assert_eq!(claims.module.firmware, None);
    assert_eq!(claims.key.object_id.as_deref(), Some("43000000ae000002d6f30700"));
    assert_eq!(result.anchor().unwrap().id, "thales-safenet-ecc-root");
}

/// What the CA has confirmed with the operator closes the gap, for this module and no other.
#[test]
fn a_confirmed_module_makes_the_elliptic_curve_key_acceptable() {
    let Some(sample) = Sample::load("ecc") else { return };
    let record = |serial: &str, firmware: &str| {
        format!(
            "name: test\nversion: 1\nconfirmed_modules:\n  - format: thales-luna\n    \
             serial: \"{serial}\"\n    module: thales-luna-k7\n    firmware: \"{firmware}\"\n    \
             reference: record 1\n"
        )
    };
    for (serial, firmware, verdict) in [
        ("521174", "7.8.4", Verdict::Accept),
        // Only a certificate whose firmware is not known may cover that.
        ("521174", "7.8.2", Verdict::Review),
        ("521175", "7.8.4", Verdict::Review),
    ] {
        let facts = facts();
        let text = record(serial, firmware);
        let policy = parse_policy("policy.yaml", text.as_bytes(), &facts.endorsements, &mut |_| {
            panic!("no file is named")
        });
        let verifier = Verifier::new(facts, policy.expect("a policy"));
        let files: [(&str, &[u8]); 2] =
            [("pkc.p7b", &sample.confirmation), ("test.csr", &sample.request)];
        let result = appraise(&verifier, &files, at(TIME));
        assert_eq!(result.verdict(), verdict, "{serial} {firmware}: {:?}", codes(&result));
        let is_uncompared = codes(&result).contains(&"certification.firmware-uncompared");
        assert_eq!(is_uncompared, firmware == "7.8.2", "{serial} {firmware}");
    }
}

/// The elliptic curve chain ends at 2030-08-12T15:23:06Z, the RSA root at 2032-01-01T00:00:00Z.
#[test]
fn the_chain_is_valid_at_the_time_of_appraisal() {
    for (kind, last, after) in [
        ("ecc", "2030-08-12T15:23:06Z", "2030-08-12T15:23:07Z"),
        ("rsa", "2032-01-01T00:00:00Z", "2032-01-01T00:00:01Z"),
    ] {
        let Some(sample) = Sample::load(kind) else { return };
        assert!(is_genuine(&sample.judge(last)), "{kind}");
        let result = sample.judge(after);
        assert!(codes(&result).contains(&"chain.expired"), "{kind}: {:?}", codes(&result));
    }
}

#[test]
fn no_flipped_bit_leaves_the_module_genuine() {
    for (kind, step) in [("rsa", 307), ("ecc", 29)] {
        let Some(sample) = Sample::load(kind) else { return };
        let step = every(step);
        for (bit, damaged) in flipped_bits(&sample.confirmation, step) {
            let result = judge(&damaged, &sample.request, TIME);
            assert!(!is_genuine(&result), "{kind}, bit {bit}");
        }
        // The message around the certificates, whole.
        let length = sample.confirmation.len();
        for (bit, damaged) in flipped_bits(&sample.confirmation, every(1)) {
            if bit < 45 * 8 || bit >= (length - 2) * 8 {
                let result = judge(&damaged, &sample.request, TIME);
                assert!(!is_genuine(&result), "{kind}, bit {bit}");
            }
        }
        for damaged in truncated(&sample.confirmation, every(307)) {
            assert!(!is_genuine(&judge(&damaged, &sample.request, TIME)), "{kind}, cut");
        }
    }
}

/// The order of certificates, copies of one, and a root left out change nothing; all else does.
#[test]
fn only_what_signs_nothing_can_be_rearranged() {
    for (kind, below) in [("rsa", 4), ("ecc", 2)] {
        if kind == "rsa" && !full() {
            // Some thousand verdicts on an RSA key.
            continue;
        }
        let Some(sample) = Sample::load(kind) else { return };
        let mut harmless = 0;
        for damaged in rearranged(&sample.confirmation) {
            let result = judge(&damaged, &sample.request, TIME);
            harmless += usize::from(is_genuine(&result));
        }
        // Each certificate twice, each two neighbours exchanged, the root left out.
        let with_root = below + 1;
        assert_eq!(harmless, with_root + (with_root - 1) + 1, "{kind}");
    }
}

#[test]
fn a_request_or_a_confirmation_of_the_other_key_does_not_match() {
    let (Some(rsa), Some(ecc)) = (Sample::load("rsa"), Sample::load("ecc")) else { return };
    for (confirmation, request) in
        [(&rsa.confirmation, &ecc.request), (&ecc.confirmation, &rsa.request)]
    {
        let result = judge(confirmation, request, TIME);
        assert_eq!(outcome(&result, Requirement::KeyMatch), Outcome::Unsatisfied);
        assert!(is_genuine(&result));
        assert_eq!(outcome(&result, Requirement::Possession), Outcome::Satisfied);
    }
}

/// NULL after ecdsa-with-SHA256 is what Luna's tool writes, and is read beside its evidence alone.
#[test]
fn the_request_of_the_tool_is_strict_without_the_confirmation() {
    let Some(sample) = Sample::load("ecc") else { return };
    let result = appraise(&verifier(facts()), &[("test.csr", sample.request.as_slice())], at(TIME));
    assert!(codes(&result).contains(&"csr.signature-algorithm"), "{:?}", codes(&result));
}

#[test]
fn either_certificate_of_the_root_may_come_along() {
    let (Some(sample), Some(roots)) = (Sample::load("rsa"), shared("roots/thales")) else { return };
    for root in ["luna-rsa-root-certificate.pem", "pkic-chrysalis-root.pem"] {
        let root = read(&roots.join(root));
        let files: [(&str, &[u8]); 3] =
            [("pkc.p7b", &sample.confirmation), ("test.csr", &sample.request), ("root.pem", &root)];
        let result = appraise(&verifier(facts()), &files, at(TIME));
        assert_eq!(codes(&result), ["key.size"]);
    }
}
