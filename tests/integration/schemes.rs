//! Schemes of certification: what each is worth under each bundled policy and under rules of a policy's own,
//! and in whose name a report speaks.

use crate::case::Case;
use crate::support::{TIME, appraise, at};
use keyproof::endorsement::{Endorsements, Scheme};
use keyproof::facts::bundled;
use keyproof::policy::{
    AppraisalPolicy, BundledPolicy, PolicyError, SchemeWeight, ServiceMatter, parse_policy,
};
use keyproof::reason::{Language, ReasonCode};
use keyproof::report::{Color, TextOptions, html, json, pkilint, pkimetal, text};
use keyproof::result::Rules;
use keyproof::{AttestationResult, Outcome, Requirement, Verdict, Verifier};

/// Firmware 5.7.4: FIPS 140-3 level 2.
const LEVEL_2: &str = "yubico-piv/simulated-accept";

/// Firmware 2.2.0: FIPS 140-2 level 3.
const LEVEL_3: &str = "yubico-yubihsm2/simulated-accept";

fn policy(lines: &str) -> Result<AppraisalPolicy, PolicyError> {
    let endorsements = bundled().unwrap().endorsements;
    let file = format!("version: 1\n{lines}\n");
    parse_policy("policy.yaml", file.as_bytes(), &endorsements, &mut |_| Ok(Vec::new()))
}

fn code(lines: &str) -> &'static str {
    policy(lines).unwrap_err().code.code()
}

fn judged(case: &str, policy: AppraisalPolicy, certifications: Option<&str>) -> AttestationResult {
    let case = Case::named(case);
    let mut facts = case.facts();
    if let Some(certifications) = certifications {
        let modules = made_up(certifications);
        facts.endorsements = Endorsements::parse(&[("m", modules.as_bytes())], &[]).unwrap();
    }
    let files = case.files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
    appraise(&Verifier::new(facts, policy), &files.collect::<Vec<_>>(), at(TIME))
}

/// The product of the evidence, certified as it is said to be and not otherwise.
fn made_up(certifications: &str) -> String {
    let certifications = match certifications {
        "" => "    uncertified: made up\n".to_owned(),
        some => format!("    certifications:\n{some}"),
    };
    format!(
        "vendor: Yubico\nmodules:\n  - id: made-up\n    name: Made up\n    formats: [yubico-piv]\n    \
         fips_marker: present\n    firmware: [\"5.0.0-5.8.255\"]\n    firmware_source: s\n{certifications}"
    )
}

fn entry(scheme: Scheme, more: &str) -> String {
    format!(
        "      - {{scheme: {scheme}, number: \"4-40000\", scope: device, firmware: [\"5.7.4\"], \
         markers: [7, 8, 9], validated: \"2025-01-01\", read: primary, seen: \"2026-11-01\", source: s{more}}}\n"
    )
}

fn certified(result: &AttestationResult) -> (Outcome, Vec<&'static str>) {
    let findings = result.findings().iter();
    let mut findings = findings.filter(|it| it.requirement() == Requirement::CertifiedModule);
    let finding = findings.next().unwrap();
    let all = finding.reasons().iter().chain(finding.notices());
    (finding.outcome(), all.map(|reason| reason.code().code()).collect())
}

fn reports(result: &AttestationResult) -> [String; 7] {
    let options = |language| TextOptions { width: 100, color: Color::Plain, language };
    [
        text(result, &options(Language::English)),
        text(result, &options(Language::German)),
        html(result, Language::English),
        html(result, Language::German),
        json(result, Language::English),
        pkilint(result),
        pkimetal(result),
    ]
}

#[test]
fn level_2_is_enough_for_a_subscriber_and_not_for_a_signing_service() {
    let csbr = BundledPolicy::Csbr.policy().unwrap();
    assert_eq!(judged(LEVEL_2, csbr, None).verdict(), Verdict::Accept);
    let service = BundledPolicy::CsbrSigningService.policy().unwrap();
    let result = judged(LEVEL_2, service, None);
    assert_eq!(result.verdict(), Verdict::Reject);
    let (outcome, codes) = certified(&result);
    assert_eq!(outcome, Outcome::Unsatisfied);
    assert_eq!(codes, ["device.not-certified", "service.document-missing"]);
    let [report, ..] = reports(&result);
    for part in ["FIPS 140-3 level 2, certificate 5291", "FIPS 140-3 level 3", "CSBR 6.2.7.3"] {
        assert!(report.contains(part), "{part}: {report}");
    }
    assert!(!report.contains("level 2 or higher, or Common"), "the letter: {report}");
}

#[test]
fn a_signing_service_shows_more_than_its_module() {
    let service = |documents: &[ServiceMatter]| {
        let entries = documents
            .iter()
            .map(|it| format!("{{shows: {}, reference: CA-{}}}", it.id(), it.id().to_uppercase()));
        let entries = entries.collect::<Vec<_>>().join(", ");
        let lines = format!("based_on: csbr-signing-service\nservice_documents: [{entries}]");
        judged(LEVEL_3, policy(&lines).unwrap(), None)
    };
    let complete = service(&ServiceMatter::ALL);
    assert_eq!(complete.verdict(), Verdict::Accept);
    for left_out in ServiceMatter::ALL {
        let others = ServiceMatter::ALL.into_iter().filter(|it| *it != left_out);
        let result = service(&others.collect::<Vec<_>>());
        assert_eq!(result.verdict(), Verdict::Review, "{left_out:?}");
        let missing = result.findings().iter().flat_map(|it| it.reasons());
        let missing: Vec<_> = missing.collect();
        let [reason] = missing.as_slice() else { panic!("{missing:?}") };
        assert_eq!(reason.code(), ReasonCode::ServiceDocumentMissing);
        assert_eq!(reason.detail()["missing"], left_out.id());
    }
    // What is there is named, by the reference of the record.
    let [report, ..] = reports(&complete);
    for matter in ServiceMatter::ALL {
        assert!(report.contains(&format!("CA-{}", matter.id().to_uppercase())), "{report}");
    }
}

#[test]
fn what_csbr_does_not_name_is_never_accepted_under_it_and_is_shown() {
    let others: Vec<Scheme> = Scheme::ALL.into_iter().filter(|it| !it.is_of_csbr()).collect();
    assert!(others.contains(&Scheme::PciPtsHsm) && others.len() == 4);
    for scheme in others {
        for bundled in BundledPolicy::ALL {
            let result = judged(LEVEL_2, bundled.policy().unwrap(), Some(&entry(scheme, "")));
            assert_eq!(result.verdict(), Verdict::Reject, "{scheme}");
            assert!(certified(&result).1.contains(&"device.not-certified"), "{scheme}");
            assert!(result.certification().is_none(), "{scheme}");
            for report in reports(&result).into_iter().take(5) {
                let shown = format!("{scheme}, certificate 4-40000");
                assert!(report.contains(&shown), "{scheme}: {report}");
            }
        }
        // Nor does it change anything beside one that counts, on either side of it.
        let good = entry(Scheme::Fips140_3, ", level: 2");
        for both in [entry(scheme, "") + &good, good.clone() + &entry(scheme, "")] {
            let policy = BundledPolicy::Csbr.policy().unwrap();
            let result = judged(LEVEL_2, policy, Some(&both));
            assert_eq!(result.verdict(), Verdict::Accept, "{scheme}");
            assert_eq!(result.certification().unwrap().scheme, Scheme::Fips140_3);
        }
        // No policy that stands on CSBR gives it weight; one on its own rules leaves it to a person.
        for weight in ["counts", "review"] {
            assert_eq!(code(&format!("schemes: {{{scheme}: {weight}}}")), "policy.below-floor");
            let service =
                format!("based_on: csbr-signing-service\nschemes: {{{scheme}: {weight}}}");
            assert_eq!(code(&service), "policy.below-floor");
        }
        let own = |weight| format!("based_on: own\nschemes: {{{scheme}: {weight}}}");
        assert_eq!(code(&own("counts")), "policy.below-floor");
        let result = judged(LEVEL_2, policy(&own("review")).unwrap(), Some(&entry(scheme, "")));
        assert_eq!(result.verdict(), Verdict::Review, "{scheme}");
        assert_eq!(certified(&result), (Outcome::Review, vec!["certification.scheme"]));
        assert_eq!(result.certification().unwrap().scheme, scheme);
    }
}

#[test]
fn a_scheme_that_counts_can_be_made_to_count_less() {
    for (weight, verdict) in
        [("counts", Verdict::Accept), ("review", Verdict::Review), ("shown", Verdict::Reject)]
    {
        let lines = format!("schemes: {{FIPS 140-3: {weight}}}");
        assert_eq!(judged(LEVEL_2, policy(&lines).unwrap(), None).verdict(), verdict, "{weight}");
    }
    let lines = policy("schemes: {FIPS 140-2: shown}").unwrap();
    assert_eq!(lines.scheme_weight(Scheme::Fips140_2), SchemeWeight::Shown);
    assert_eq!(lines.scheme_weight(Scheme::Fips140_3), SchemeWeight::Counts, "left as it was");
    assert_eq!(code("schemes: {FIPS 140-4: shown}"), "policy.unknown-field");
    assert_eq!(code("schemes: {CSPN: ignored}"), "policy.type");
}

#[test]
fn a_policy_for_a_signing_service_stays_on_its_floor() {
    let service = |lines: &str| format!("based_on: csbr-signing-service\n{lines}");
    assert_eq!(policy(&service("")).unwrap().min_fips_level, 3);
    assert_eq!(code(&service("min_fips_level: 2")), "policy.below-floor");
    assert_eq!(policy(&service("min_fips_level: 4")).unwrap().min_fips_level, 4);
    assert_eq!(code("based_on: nothing"), "policy.type");
    let document = "service_documents: [{shows: audit, reference: R-1}]";
    assert!(policy(&service(document)).is_ok());
    assert_eq!(code(document), "policy.range", "nothing in a policy is ignored");
    let twice =
        "service_documents: [{shows: audit, reference: R-1}, {shows: audit, reference: R-2}]";
    assert_eq!(code(&service(twice)), "policy.duplicate-key");
    assert_eq!(code(&service("service_documents: [{shows: all, reference: R}]")), "policy.type");
}

/// Level 4 without augmentation, level 1 and nothing at all are no more under rules of one's own.
#[test]
fn rules_of_ones_own_lower_nothing_of_the_schemes_that_csbr_names() {
    for certifications in [
        String::new(),
        entry(Scheme::Fips140_3, ", level: 1"),
        entry(Scheme::CommonCriteria, ", level: 4"),
    ] {
        let own = policy("based_on: own").unwrap();
        let result = judged(LEVEL_2, own, Some(&certifications));
        assert_eq!(result.verdict(), Verdict::Reject, "{certifications}");
    }
    assert_eq!(code("based_on: own\nmin_fips_level: 1"), "policy.below-floor");
    assert_eq!(code("based_on: own\nmin_rsa_bits: 2048"), "policy.below-floor");
}

#[test]
fn only_a_policy_that_stands_on_csbr_says_so() {
    let says_csbr = |report: &str| report.contains("CSBR") || report.contains("Baseline");
    for (lines, rules) in [
        ("name: mine", Rules::Csbr),
        ("name: mine\nbased_on: csbr-signing-service", Rules::CsbrSigningService),
        ("name: mine\nbased_on: own", Rules::Own),
    ] {
        for case in Case::stored() {
            let verifier = Verifier::new(case.facts(), policy(lines).unwrap());
            let files = case.files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
            let result = appraise(&verifier, &files.collect::<Vec<_>>(), at(TIME));
            assert_eq!(result.policy().based_on, rules);
            for report in reports(&result) {
                // A key of JSON is no word of ours about the rules.
                let report = report.replace("csbr_version", "");
                if !rules.is_csbr() {
                    assert!(!says_csbr(&report), "{}: {report}", case.name);
                }
            }
            let [report, ..] = reports(&result);
            assert!(report.contains("mine version 1"), "{report}");
            assert_eq!(says_csbr(&report), rules.is_csbr(), "{}", case.name);
            assert_eq!(result.csbr_version().is_empty(), !rules.is_csbr());
        }
    }
}

#[test]
fn no_words_of_a_reason_speak_in_the_name_of_csbr() {
    for code in ReasonCode::ALL {
        for words in [code.sentence(), code.hint()] {
            assert!(!words.contains("CSBR"), "{code}: {words}");
        }
    }
}

#[test]
fn protection_profiles_are_those_of_common_criteria() {
    let profiles = ", level: 4, augmented: true, protection_profiles: [EN 419 221-5, EN 419 241-2]";
    let policy = BundledPolicy::CsbrSigningService.policy().unwrap();
    let result = judged(LEVEL_2, policy, Some(&entry(Scheme::CommonCriteria, profiles)));
    assert_eq!(result.verdict(), Verdict::Review, "the documents alone are missing");
    let shown = "Common Criteria EAL 4+ (EN 419 221-5, EN 419 241-2)";
    let [report, ..] = reports(&result);
    assert!(report.split_whitespace().collect::<Vec<_>>().join(" ").contains(shown), "{report}");
    for (scheme, more) in [
        (Scheme::Fips140_3, ", level: 3, protection_profiles: [EN 419 221-5]"),
        (Scheme::CommonCriteria, ", level: 4, protection_profiles: [EN 419 221-6]"),
        (Scheme::PciPtsHsm, ", level: 3"),
        (Scheme::Qscd, ", level: 0"),
    ] {
        let modules = made_up(&entry(scheme, more));
        assert!(Endorsements::parse(&[("m", modules.as_bytes())], &[]).is_err(), "{more}");
    }
}
