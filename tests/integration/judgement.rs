//! What a policy and the facts change in the judgement of one and the same evidence.

use crate::case::Case;
use crate::support::{TIME, appraise, at, der, every};
use keyproof::encoding::hex::Sha256;
use keyproof::endorsement::{Endorsements, ReadingSummary};
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
    let marker_unseen = Case::simulate("yubico-piv marker-unseen");
    for (case, field, requirement, code) in [
        (Case::named(HSM), "historical_certification", certified, "certification.historical"),
        (&marker_unseen, "unseen_marker", certified, "certification.marker-unseen"),
        (Case::named(PIV), "certification_copies", certified, "certification.second-hand"),
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
    // FIPS 140-3 of firmware 5.7.4 was validated on 2026-05-22 (CMVP 5291).
    let on =
        |date: &str| judge(piv, piv.facts(), "version: 1", b"", at(&format!("{date}T12:00:00Z")));
    let before = finding(&on("2026-05-21"), Requirement::CertifiedModule);
    assert_eq!(before, (Outcome::Unsatisfied, vec!["device.not-certified"]));
    assert_eq!(on("2026-05-22").verdict(), Verdict::Accept);

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

/// What the facts know from copies is shown as such, and named.
#[test]
fn a_certification_that_was_read_in_copies_is_named_with_them() {
    let genuine =
        ["a", "b"].map(|unit| format!("yubico-piv/shared-fips-5.7.4-slot-9c-ed25519-{unit}"));
    let stored = Case::stored().iter().filter(|case| genuine.contains(&case.name));
    let hsm = Case::simulate("yubico-yubihsm2 firmware-2-4-1");
    let piv = Case::simulate("yubico-piv without-fault");
    for case in stored.chain([&hsm, &piv]) {
        let certification = case.result().certification().expect("it is certified");
        let number = if case.name.starts_with("yubico-piv") { "5291" } else { "5302" };
        assert_eq!(certification.number.as_deref(), Some(number), "{}", case.name);
        assert_eq!((certification.read, certification.sources), (ReadingSummary::Copy, 3));
    }
    for case in [&hsm, &piv] {
        assert_eq!(case.result().verdict(), Verdict::Accept, "{}", case.name);
    }
}

/// Facts in which only how one certification is known, and what else there is, differs.
#[test]
fn what_becomes_known_from_a_copy_never_makes_a_verdict_worse() {
    use Outcome::{Review, Satisfied, Unsatisfied};
    let hsm = Case::named(HSM);
    let certified = |more: &str, policy: &str| {
        let mut facts = hsm.facts();
        let modules = include_str!("../../vendor-roots/yubico/modules.yaml");
        let line = "      - scheme: FIPS 140-3\n        level: 3\n        number: \"5302\"\n";
        assert_eq!(modules.matches(line).count(), 1);
        let modules = modules.replace(line, &format!("{more}{line}"));
        let advisories = include_bytes!("../../vendor-roots/yubico/advisories.yaml");
        facts.endorsements =
            Endorsements::parse(&[("m", modules.as_bytes())], &[("a", advisories)]).expect("facts");
        let result = judge(hsm, facts, &format!("version: 1\n{policy}"), b"", at(TIME));
        let number = result.certification().and_then(|it| it.number.clone());
        (finding(&result, Requirement::CertifiedModule).0, number.unwrap_or_default())
    };
    let copy = |sources: u8| {
        format!(
            "      - {{scheme: FIPS 140-3, level: 3, number: \"9999\", scope: device, firmware: [\"2.2.0\"], \
             markers: [5], validated: \"2026-01-01\", read: copy, sources: {sources}, seen: \"2026-09\", \
             source: s}}\n"
        )
    };
    let of = |outcome, number: &str| (outcome, number.to_owned());
    // The historical one of NIST's own record is a notice; an active one from one copy is a review.
    assert_eq!(certified("", ""), of(Satisfied, "3916"));
    assert_eq!(certified(&copy(1), ""), of(Satisfied, "3916"));
    // Among equals the active one counts.
    assert_eq!(certified(&copy(2), ""), of(Satisfied, "9999"));
    // Where the policy refuses historical ones, it rests on the copy, as the policy weighs that.
    let strict = "historical_certification: refuse\n";
    assert_eq!(certified("", strict), of(Unsatisfied, ""));
    assert_eq!(certified(&copy(1), strict), of(Review, "9999"));
    assert_eq!(certified(&copy(2), strict), of(Satisfied, "9999"));
    let none = format!("{strict}certification_one_copy: refuse\n");
    assert_eq!(certified(&copy(1), &none), of(Unsatisfied, ""));
    let trusting = format!("{strict}certification_one_copy: notice\n");
    assert_eq!(certified(&copy(1), &trusting), of(Satisfied, "9999"));
}

#[test]
fn no_policy_that_can_be_written_accepts_more_than_the_default_but_by_its_judgement_calls() {
    let lenient = "version: 1\nhistorical_certification: notice\nunseen_marker: notice\npin_never: notice\n\
                   certification_copies: notice\ncertification_one_copy: notice\n\
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
