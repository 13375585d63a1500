//! What a policy and the facts change in the judgement of one and the same evidence.

use crate::case::Case;
use crate::support::{TIME, appraise, at, der, every};
use keyproof::encoding::hex::Sha256;
use keyproof::endorsement::Endorsements;
use keyproof::facts::Facts;
use keyproof::policy::{default_policy, parse_policy};
use keyproof::request::Request;
use keyproof::{
    AttestationResult, Input, InputRole, Limits, Outcome, Requirement, Submission, Timestamp,
    Verdict, Verifier,
};

const PIV: &str = "yubico-piv/simulated-accept";
const PIV_RSA: &str = "yubico-piv/simulated-accept-rsa3072";
const HSM: &str = "yubico-yubihsm2/simulated-accept";

fn judge(
    case: &Case,
    facts: Facts,
    policy: &str,
    list: &[u8],
    time: Timestamp,
) -> AttestationResult {
    let policy = parse_policy("policy.yaml", policy.as_bytes(), &facts.endorsements, &mut |_| {
        Ok(list.to_vec())
    });
    let files = case.files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
    let verifier = Verifier::new(facts, policy.expect("a policy"));
    appraise(&verifier, &files.collect::<Vec<_>>(), time)
}

fn under(case: &Case, policy: &str) -> AttestationResult {
    judge(case, case.facts(), &format!("version: 1\n{policy}"), b"", at(TIME))
}

/// The outcome of one requirement, and the codes of its reasons.
fn finding(result: &AttestationResult, requirement: Requirement) -> (Outcome, Vec<&'static str>) {
    let finding = result.findings().iter().find(|finding| finding.requirement() == requirement);
    let finding = finding.expect("every requirement");
    let codes = finding.reasons().iter().map(|reason| reason.code().code()).collect();
    (finding.outcome(), codes)
}

#[test]
fn a_judgement_call_is_what_the_policy_says() {
    use Outcome::{Review, Satisfied, Unsatisfied};
    let certified = Requirement::CertifiedModule;
    let weakness = Requirement::NoKnownWeakness;
    let pin_never = Case::simulate("yubico-piv pin-never");
    let eucleak = Case::simulate("yubico-piv eucleak");
    for (case, field, requirement, code) in [
        (Case::named(HSM), "historical_certification", certified, "certification.historical"),
        (Case::named(PIV), "unseen_marker", certified, "certification.marker-unseen"),
        (&pin_never, "pin_never", weakness, "attestation.pin-policy"),
        (&eucleak, "advisories", weakness, "device.advisory"),
    ] {
        for (word, outcome) in [("notice", Satisfied), ("review", Review), ("refuse", Unsatisfied)]
        {
            let policy = match field {
                "advisories" => format!("advisories: {{YSA-2024-03: {word}}}"),
                // Firmware that makes certified keys without PIN makes none that YSA-2024-03 spares.
                _ => format!("{field}: {word}\nadvisories: {{YSA-2024-03: notice}}"),
            };
            let (actual, codes) = finding(&under(case, &policy), requirement);
            assert_eq!(actual, outcome, "{} {policy}", case.name);
            let expected = if outcome == Satisfied { vec![] } else { vec![code] };
            assert_eq!(codes, expected, "{} {policy}", case.name);
        }
    }
}

#[test]
fn a_higher_level_refuses_what_a_lower_one_certifies() {
    let (outcome, codes) =
        finding(&under(Case::named(PIV), "min_fips_level: 3"), Requirement::CertifiedModule);
    assert_eq!((outcome, codes), (Outcome::Unsatisfied, vec!["device.not-certified"]));
    // The YubiHSM 2 is certified at level 3 (CMVP 3916).
    assert_eq!(under(Case::named(HSM), "min_fips_level: 3").verdict(), Verdict::Accept);
    assert_eq!(under(Case::named(HSM), "min_fips_level: 4").verdict(), Verdict::Reject);
}

#[test]
fn sizes_curves_and_formats_can_be_narrowed() {
    let sound = Requirement::SoundKey;
    let (outcome, codes) = finding(&under(Case::named(PIV_RSA), "min_rsa_bits: 4096"), sound);
    assert_eq!((outcome, codes), (Outcome::Unsatisfied, vec!["key.size"]));
    let (outcome, codes) = finding(&under(Case::named(PIV), "curves: [P-256]"), sound);
    assert_eq!((outcome, codes), (Outcome::Unsatisfied, vec!["key.curve"]));
    let result = under(Case::named(PIV), "formats: [yubico-yubihsm2]");
    let (outcome, codes) = finding(&result, Requirement::GenuineModule);
    assert_eq!((outcome, codes), (Outcome::Unsatisfied, vec!["attestation.format-excluded"]));
    assert_eq!(finding(&result, Requirement::KeyMatch).0, Outcome::NotEvaluated);
}

#[test]
fn listed_keys_are_refused() {
    let piv = Case::named(PIV);
    let request = piv.files.iter().find(|(name, _)| name == "request.pem").expect("a request");
    let request = Request::from_der(&der(&request.1)).expect("request");
    let key = request.public_key().expect("a key").clone();
    let spki = format!("{}\n", key.spki_sha256());
    // The Debian lists hold SHA-256 over the x-coordinate of an elliptic curve key.
    let x = format!("{}\n", Sha256::of(&key.key_octets()[1..49]));
    let policy = "version: 1\ncompromised_keys: [keys.txt]\n";
    for (list, code) in [(spki, "key.compromised"), (x, "key.debian-weak")] {
        let result = judge(piv, piv.facts(), policy, list.as_bytes(), at(TIME));
        let (outcome, codes) = finding(&result, Requirement::SoundKey);
        assert_eq!((outcome, codes), (Outcome::Unsatisfied, vec![code]));
    }
    let other = |text: &[u8]| {
        let list = format!("{}\n", Sha256::of(text));
        judge(piv, piv.facts(), policy, list.as_bytes(), at(TIME))
    };
    let (one, another) = (other(b"another key"), other(b"yet another key"));
    assert_eq!((one.verdict(), another.verdict()), (Verdict::Accept, Verdict::Accept));
    // The lists are part of what judged, so they are part of its hash.
    assert_ne!(one.policy().sha256, another.policy().sha256);
}

#[test]
fn a_certification_counts_from_its_date_and_not_after_its_revocation() {
    let (piv, hsm) = (Case::named(PIV), Case::named(HSM));
    // FIPS 140-3 of firmware 5.7.4 was validated on 2026-05-26.
    let on =
        |date: &str| judge(piv, piv.facts(), "version: 1", b"", at(&format!("{date}T12:00:00Z")));
    let before = finding(&on("2026-05-25"), Requirement::CertifiedModule);
    assert_eq!(before, (Outcome::Unsatisfied, vec!["device.not-certified"]));
    assert_eq!(on("2026-05-26").verdict(), Verdict::Accept);

    let revoked = |time: &str| {
        let mut facts = hsm.facts();
        let modules = include_str!("../../vendor-roots/yubico/modules.yaml");
        let line = "        number: \"3916\"\n";
        assert_eq!(modules.matches(line).count(), 1);
        let modules =
            modules.replace(line, &format!("{line}        revoked_since: \"2026-11-01\"\n"));
        let advisories = include_bytes!("../../vendor-roots/yubico/advisories.yaml");
        facts.endorsements = Endorsements::parse(
            &[("modules.yaml", modules.as_bytes())],
            &[("advisories.yaml", advisories)],
        )
        .expect("facts");
        finding(&judge(hsm, facts, "version: 1", b"", at(time)), Requirement::CertifiedModule)
    };
    assert_eq!(revoked("2026-10-31T23:59:59Z").0, Outcome::Satisfied);
    let after = revoked("2026-11-01T00:00:00Z");
    assert_eq!(after, (Outcome::Unsatisfied, vec!["certification.revoked"]));
}

#[test]
fn no_policy_that_can_be_written_accepts_more_than_the_default_but_by_its_judgement_calls() {
    let lenient = "version: 1\nhistorical_certification: notice\nunseen_marker: notice\npin_never: notice\n\
                   serial_missing: notice\nkey_can_attest: notice\nunusual_exponent: notice\n\
                   advisories: {YSA-2024-03: notice}\n";
    let cases = Case::stored().iter().chain(Case::simulated());
    let cases = cases.filter(|case| case.expected.starts_with("reject"));
    for case in cases.step_by(every(1)) {
        let result = judge(case, case.facts(), lenient, b"", at(&case.time));
        assert_eq!(result.verdict(), Verdict::Reject, "{}", case.name);
    }
    assert_eq!(default_policy().unwrap().min_rsa_bits, 3072);
}

#[test]
fn no_request_is_judged_but_the_one_that_is_named() {
    let files = |request: InputRole, certificate: InputRole| {
        let input = |(name, bytes): &(String, Vec<u8>)| Input {
            name: name.clone(),
            bytes: bytes.clone(),
            role: match name.as_str() {
                "request.pem" => request,
                "attestation.pem" => certificate,
                _ => InputRole::Any,
            },
        };
        let piv = Case::named(PIV);
        let inputs = piv.files.iter().map(input).collect();
        piv.verifier().appraise(&Submission::unpack(inputs, &Limits::default()), at(TIME))
    };
    assert_eq!(files(InputRole::Request, InputRole::Attestation).verdict(), Verdict::Accept);
    // The caller names a certificate as what is to be certified; the request beside it must not step in.
    let result = files(InputRole::Any, InputRole::Request);
    let (outcome, codes) = finding(&result, Requirement::Possession);
    assert_eq!((outcome, codes), (Outcome::Unsatisfied, vec!["request.missing"]));
}
