//! Lists of known weak keys: what is said where none is complete, and Debian's weak keys as the script makes
//! them, against keys that Debian's own openssl made.

use std::path::Path;
use std::process::Command;

use keyproof::encoding::hex::{Sha256, from_hex};
use keyproof::policy::{AppraisalPolicy, parse_policy};
use keyproof::public_key::admission::{CompromisedKeys, compile};
use keyproof::{AttestationResult, Outcome, Requirement, Verdict, Verifier};

use crate::case::Case;
use crate::support::{appraise, at, left_out};

const EC: &str = "yubico-piv/simulated-accept";
const RSA: &str = "yubico-piv/simulated-accept-rsa3072";
const BEFORE: &str = "2027-03-14T23:59:59Z";
const DUE: &str = "2027-03-15T00:00:00Z";

fn policy(lines: &str, list: &str) -> AppraisalPolicy {
    let endorsements = keyproof::facts::bundled().unwrap().endorsements;
    let file = format!("version: 1\n{lines}\n");
    let mut read = |_: &str| Ok(list.as_bytes().to_vec());
    parse_policy("policy.yaml", file.as_bytes(), &endorsements, &mut read).unwrap()
}

fn judged(case: &str, policy: AppraisalPolicy, facts: &[u8], time: &str) -> AttestationResult {
    let case = Case::named(case);
    let mut all = case.facts();
    all.weak_keys.add_pages(facts.to_vec()).unwrap();
    let files = case.files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
    appraise(&Verifier::new(all, policy), &files.collect::<Vec<_>>(), at(time))
}

/// The outcome of `sound-key`, and the codes of its reasons and notices.
fn sound_key(result: &AttestationResult) -> (Outcome, Vec<&'static str>) {
    let finding = result.findings().iter().find(|it| it.requirement() == Requirement::SoundKey);
    let finding = finding.unwrap();
    let all = finding.reasons().iter().chain(finding.notices());
    (finding.outcome(), all.map(|reason| reason.code().code()).collect())
}

#[test]
fn without_a_complete_list_a_key_is_a_notice_and_from_2027_03_15_a_review() {
    for case in [EC, RSA] {
        let at = |lines: &str, time: &str| sound_key(&judged(case, policy(lines, ""), &[], time));
        let notice = (Outcome::Satisfied, vec!["key.no-list"]);
        let review = (Outcome::Review, vec!["key.no-list"]);
        assert_eq!(at("", BEFORE), notice);
        assert_eq!(at("", DUE), review);
        // The time is that of the appraisal, and the day is the policy's.
        assert_eq!(at("weak_key_lists_due: \"2026-11-01\"", "2026-11-21T00:00:00Z"), review);
        assert_eq!(at("weak_key_lists_due: \"2027-06-01\"", DUE), notice);
    }
    let result = judged(EC, policy("", ""), &[], DUE);
    let reasons = result.findings().iter().flat_map(|finding| finding.reasons());
    let reason = reasons.into_iter().find(|it| it.code().code() == "key.no-list").unwrap();
    assert_eq!(reason.detail()["key"], "ECDSA P-384");
    assert_eq!(reason.detail()["due"], "2027-03-15");
}

#[test]
fn a_complete_list_of_policy_or_facts_settles_it_for_its_kind_of_key() {
    let of_p384 = "# keyproof: debian-weak-keys\n# keyproof: complete ECDSA P-384\n";
    let of_rsa = "# keyproof: complete RSA 3072\n";
    let unsettled = (Outcome::Review, vec!["key.no-list"]);
    for (list, case) in [(of_p384, EC), (of_rsa, RSA)] {
        let other = if case == EC { RSA } else { EC };
        let in_policy = |case| {
            let policy = policy("compromised_keys: [list.txt]", list);
            sound_key(&judged(case, policy, &[], DUE))
        };
        assert_eq!(in_policy(case), (Outcome::Satisfied, vec![]));
        assert_eq!(in_policy(other), unsettled);
        let compiled = compile("list", list.as_bytes()).unwrap();
        let in_facts = |case| sound_key(&judged(case, policy("", ""), &compiled, DUE));
        assert_eq!(in_facts(case), (Outcome::Satisfied, vec![]));
        assert_eq!(in_facts(other), unsettled);
    }
}

#[test]
fn a_key_on_a_list_of_the_facts_is_refused_and_its_list_named() {
    let case = Case::named(EC);
    let spki = case.result().request().unwrap().public_key.as_ref().unwrap().spki_sha256;
    let list = format!("# keyproof: debian-weak-keys\n# keyproof: complete ECDSA P-384\n{spki}\n");
    let compiled = compile("debian-p384", list.as_bytes()).unwrap();
    let result = judged(EC, policy("", ""), &compiled, BEFORE);
    assert_eq!(result.verdict(), Verdict::Reject);
    assert_eq!(sound_key(&result), (Outcome::Unsatisfied, vec!["key.debian-weak"]));
    let neighbour = list.replace(&spki.to_string(), &Sha256::of(b"another").to_string());
    let compiled = compile("debian-p384", neighbour.as_bytes()).unwrap();
    let result = judged(EC, policy("", ""), &compiled, BEFORE);
    assert_eq!(sound_key(&result), (Outcome::Satisfied, vec![]));
}

/// x-coordinates of keys that the openssl of Debian made as process 1: badkeys/debianopenssl on GitHub,
/// `ecp256/ssl/<machine>/1-{rnd,nornd-old,nornd-new}.key` and the like, read on 2026-11-28. What is
/// `nornd-old` there is made where ~/.rnd cannot be read.
const MADE_BY_DEBIAN: [(&str, &str); 10] = [
    ("P-256", "8de1e14d4378470eac2bbfaa3c272472ffd65ee78dfb75431fab4e80a3297f6a"),
    ("P-256", "169597f9c42a010804f4e1d21b2bbe886f322d9e3a13e6425d3d003cfbe80dd5"),
    ("P-256", "480b5d064246f3973ec3506cba8ba8b34df730e1a6739c165aa08f34c2076bf9"),
    ("P-256", "f9d282434687b7a13c0030ff8f516817407a91e6980813af4add47a46c685114"),
    ("P-256", "72acf44b7600b66afe30f912e1f2a7ddfc241e91c3a4300febc9e48f64764dfc"),
    ("P-256", "7856362b44ca8d789b4e09547b9fcd6aa710c396d2d4be6addc38552303493d4"),
    ("P-256", "80fa2da8fb024749af7bcbe878583dad63999bf661df5b43685fa83e371811d1"),
    ("P-256", "2712998f17bb7f11feeb7c3101ce6be4f072b0410a471840229502d5d10a4876"),
    (
        "P-384",
        "232b242f57da8e379179e97af367c7396fe8a8a71d5d7660357d6b6d8d1ee0d6993219a8819e72363e1673b7f46bf956",
    ),
    (
        "P-521",
        "9c64c96a8a45c529fe0bcb7e8cefe938d8e4ac3b594f60384b5f5b8afe6c70ff8f32df11afa26e55c97e1eef8e37c9665b888f5ea060df9ca1c051eeb7271a19f1",
    ),
];

#[test]
fn the_script_makes_the_keys_that_debian_made() {
    if !Path::new("/usr/bin/python3").exists() {
        return left_out("python3 is not there", "KEYPROOF_DEMAND_TOOLS");
    }
    let script = Path::new(crate::ROOT).join("scripts/debian-weak-keys");
    for curve in ["P-256", "P-384", "P-521"] {
        let mut python = Command::new("/usr/bin/python3");
        let output = python.arg(&script).args([curve, "--processes", "2"]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let list = String::from_utf8(output.stdout).unwrap();
        let entries: Vec<&str> = list.lines().filter(|line| !line.starts_with('#')).collect();
        // Three machines, three states of ~/.rnd, two processes.
        assert_eq!(entries.len(), 18, "{curve}");
        let mut known = 0;
        for (_, x) in MADE_BY_DEBIAN.iter().filter(|(of, _)| *of == curve) {
            let hash = Sha256::of(&from_hex(x).unwrap()).to_string();
            assert!(entries.contains(&hash.as_str()), "{curve} {x}");
            known += 1;
        }
        assert!(known > 0);
        // It is a list, and as it stands here not a complete one.
        let mut keys = CompromisedKeys::default();
        assert_eq!(keys.add_list(curve, list.as_bytes()), Ok(18));
        let (_, _, complete, about) = keys.summary().next().unwrap();
        assert!(complete.is_empty() && about.contains("processes 0 to 1"), "{about}");
    }
}
