//! `entrust-nshield` on a genuine bundle that Entrust publishes, which is kept outside the package
//! (`../shared/samples`). No request for its key exists.

use crate::case::Case;
use crate::support::{
    TIME, appraise, at, codes, der, every, facts, facts_and, read, shared, verifier,
};
use keyproof::encoding::hex::from_hex;
use keyproof::facts::bundled;
use keyproof::policy::parse_policy;
use keyproof::public_key::PublicKey;
use keyproof::signature::verify_plain_sha512;
use keyproof::trust::{AnchorRole, AnchorStatus};
use keyproof::{AttestationResult, Outcome, Requirement, Verdict, Verifier};

fn genuine() -> Option<Vec<u8>> {
    let folder = shared("samples/entrust-nshield/genuine-rsa2048-recoverable")?;
    Some(read(&folder.join("key_simple_test1.att")))
}

fn judge(verifier: &Verifier, bundle: &[u8]) -> AttestationResult {
    appraise(verifier, &[("key.att", bundle)], at(TIME))
}

fn outcome(result: &AttestationResult, requirement: Requirement) -> Outcome {
    let finding = result.findings().iter().find(|finding| finding.requirement() == requirement);
    finding.expect("every requirement").outcome()
}

fn codes_of(result: &AttestationResult, requirement: Requirement) -> Vec<&'static str> {
    let finding = result.findings().iter().find(|finding| finding.requirement() == requirement);
    finding.unwrap().reasons().iter().map(|reason| reason.code().code()).collect()
}

/// network-hsm.md 2.4: module protected, recoverable, with UseAsBlobKey, by a warrant that was issued
/// in the field, in a world that is not of FIPS 140 level 3.
#[test]
fn the_genuine_bundle_leads_to_the_root_and_says_what_it_says() {
    let Some(bundle) = genuine() else { return };
    let result = judge(&verifier(facts()), &bundle);
    assert_eq!(result.format(), Some("entrust-nshield"));
    assert_eq!(
        codes_of(&result, Requirement::GenuineModule),
        ["chain.field-upgrade", "attestation.unwraps-keys"]
    );
    assert_eq!(outcome(&result, Requirement::GenuineModule), Outcome::Review);
    assert_eq!(outcome(&result, Requirement::GeneratedInModule), Outcome::Satisfied);
    assert_eq!(
        codes_of(&result, Requirement::NonExportable),
        ["attestation.recoverable", "attestation.world-unconfirmed"]
    );
    assert_eq!(outcome(&result, Requirement::NonExportable), Outcome::Review);
    assert_eq!(codes_of(&result, Requirement::CertifiedModule), ["device.not-in-fips-mode"]);
    assert_eq!(result.verdict(), Verdict::Reject);
    let claims = serde_json::to_value(result.claims().unwrap()).unwrap();
    assert_eq!(claims["module"]["serial"], "8938-1075-88BB");
    assert_eq!(claims["module"]["mode"], "non-fips");
    assert_eq!(claims["module"]["other_marker"], "FIPS140 2 3 MultiChipEmbedded");
    assert_eq!(claims["key"]["algorithm"], "RSA");
    assert_eq!(claims["key"]["origin"], "generated");
    assert_eq!(claims["key"]["exportability"], "recoverable");
    let capabilities: Vec<_> = claims["key"]["capabilities"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it.as_str().unwrap())
        .collect();
    // 0xb52b, and 0x207d for the security officer.
    assert_eq!(
        capabilities,
        [
            "DuplicateHandle",
            "UseAsCertificate",
            "GetAppData",
            "ReduceACL",
            "Decrypt",
            "UseAsBlobKey",
            "Sign",
            "GetACL",
            "SignModuleCert",
            "DuplicateHandle (security officer)",
            "ExportAsPlain (security officer)",
            "GetAppData (security officer)",
            "SetAppData (security officer)",
            "ReduceACL (security officer)",
            "ExpandACL (security officer)",
            "GetACL (security officer)",
            "module-protected",
        ]
    );
    let roles: Vec<_> = result.path().iter().map(|link| link.role.to_string()).collect();
    assert_eq!(roles, ["attestation", "module-state", "device", "issuing"]);
    assert_eq!(result.anchor().unwrap().id, "entrust-kwarn-1");
}

#[test]
fn no_flipped_bit_of_the_genuine_bundle_is_read_as_evidence() {
    let Some(bundle) = genuine() else { return };
    let verifier = verifier(facts());
    // Every bit of a file of 7 KiB takes minutes without optimisation.
    let step = every(61);
    for bit in (0..8 * bundle.len()).step_by(step) {
        let mut damaged = bundle.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        let result = judge(&verifier, &damaged);
        let genuine = outcome(&result, Requirement::GenuineModule);
        assert_eq!(genuine, Outcome::Unsatisfied, "bit {bit}: {:?}", codes(&result));
        assert!(result.claims().is_none(), "bit {bit}");
    }
}

#[test]
fn a_cut_off_bundle_is_no_evidence() {
    let Some(bundle) = genuine() else { return };
    let verifier = verifier(facts());
    let bundle = bundle.trim_ascii_end();
    for end in (0..bundle.len()).step_by(every(97)) {
        assert!(judge(&verifier, &bundle[..end]).claims().is_none(), "{end}");
    }
}

/// What is signed by no one in a bundle has no influence: the order of its members, and white space.
#[test]
fn the_order_of_members_means_nothing() {
    let Some(bundle) = genuine() else { return };
    let members: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(&bundle).unwrap();
    let backwards: Vec<_> =
        members.iter().rev().map(|(name, value)| format!("{name:?}:{value}")).collect();
    let rearranged = format!("{{{}}}", backwards.join(","));
    let verifier = verifier(facts());
    let result = judge(&verifier, rearranged.as_bytes());
    assert_eq!(codes(&result), codes(&judge(&verifier, &bundle)));
    assert!(result.claims().is_some());
    // The same bundle twice says nothing more.
    let files = [("a.att", bundle.as_slice()), ("b.att", rearranged.as_bytes())];
    let result = appraise(&verifier, &files, at(TIME));
    assert_eq!(codes(&result), codes(&judge(&verifier, &bundle)));
    assert!(result.claims().is_some());
}

#[test]
fn every_member_is_needed() {
    let Some(bundle) = genuine() else { return };
    let verifier = verifier(facts());
    let members: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(&bundle).unwrap();
    for name in members.keys() {
        let mut without = members.clone();
        without.remove(name);
        let text = serde_json::to_vec(&without).unwrap();
        let result = judge(&verifier, &text);
        assert_eq!(
            codes_of(&result, Requirement::GenuineModule),
            ["attestation.extension-missing"],
            "{name}"
        );
    }
}

/// Two certificates that Entrust itself published hold under the root: the one in the bundle, and
/// the one in its description of warrants.
#[test]
fn the_anchor_is_the_key_that_entrust_signs_with() {
    let Some(folder) = shared("samples/entrust-nshield/delegation-certificate") else { return };
    let Some(roots) = shared("roots/entrust") else { return };
    let facts = bundled().unwrap();
    let anchor = facts.trust.anchor("entrust-kwarn-1").unwrap();
    let published = PublicKey::from_spki(&der(&read(&roots.join("KWARN-1.pub.pem")))).unwrap();
    assert_eq!(anchor.public_key, published);
    assert_eq!(anchor.subject, "KWARN-1");
    assert_eq!(anchor.status, AnchorStatus::Production);
    let [usage] = anchor.uses.as_slice() else { panic!("one use") };
    assert_eq!(
        (usage.format.as_str(), &usage.role),
        ("entrust-nshield", &AnchorRole::Manufacturer)
    );
    let text = read(&folder.join("entrust-warrant-example-delegation.txt"));
    let text = String::from_utf8(text).unwrap();
    let field = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        from_hex(line.trim()).unwrap()
    };
    let (payload, signature) = (field("payload_hex="), field("signature_hex="));
    assert_eq!(verify_plain_sha512(&anchor.public_key, &payload, &signature), Ok(()));
    for bit in 0..8 * signature.len() {
        let mut damaged = signature.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert!(verify_plain_sha512(&anchor.public_key, &payload, &damaged).is_err(), "{bit}");
    }
}

const WHOLE: &str = "entrust-nshield/simulated-without-fault-p256";

/// A simulated module without fault: what is genuine in every respect.
fn simulated() -> (Verifier, Vec<u8>, Vec<u8>) {
    let case = Case::named(WHOLE);
    let [(_, bundle), (_, request)] = case.files.as_slice() else { panic!("two files") };
    (case.verifier(), bundle.clone(), request.clone())
}

#[test]
fn no_flipped_bit_leaves_a_simulated_module_genuine() {
    let (verifier, bundle, request) = simulated();
    let whole = appraise(&verifier, &[("a", &bundle), ("b", &request)], at(TIME));
    assert_eq!(outcome(&whole, Requirement::GenuineModule), Outcome::Satisfied);
    let step = every(61);
    for bit in (0..8 * bundle.len()).step_by(step) {
        let mut damaged = bundle.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        let result = appraise(&verifier, &[("a", &damaged), ("b", &request)], at(TIME));
        let genuine = outcome(&result, Requirement::GenuineModule);
        assert_eq!(genuine, Outcome::Unsatisfied, "bit {bit}");
    }
}

/// What a case comes to under a policy with one record of its module.
fn under_record(case: &Case, serial: &str, world: Option<[&str; 2]>) -> AttestationResult {
    let world = world.map_or_else(String::new, |[hknso, hkm]| {
        format!("    hknso: \"{hknso}\"\n    hkm: \"{hkm}\"\n")
    });
    let policy = format!(
        "name: test\nversion: 1\nconfirmed_modules:\n  - format: entrust-nshield\n    \
         serial: \"{serial}\"\n    module: entrust-nshield-5s\n{world}    reference: R-7\n"
    );
    let facts = case.facts();
    let policy =
        parse_policy("p", policy.as_bytes(), &facts.endorsements, &mut |_| panic!("no file"));
    case.appraise(&Verifier::new(facts, policy.expect("a policy")))
}

const SERIAL: &str = "5113-0000-0001";

/// The module key of every simulated world.
const HKM: &str = "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b";

/// The hash of the security officer's key, as the result without a record shows it to the CA.
fn officer(case: &Case) -> String {
    let result = under_record(case, SERIAL, None);
    result.claims().unwrap().module.partition.as_ref().unwrap().owner.clone()
}

/// What the CA has confirmed with the operator closes the gaps, for this module in this world and no
/// other.
#[test]
fn a_confirmed_module_and_world_make_the_key_acceptable() {
    let judged = |case: &Case, serial: &str| {
        under_record(case, serial, Some([&officer(case), HKM])).verdict()
    };
    let whole = Case::named(WHOLE);
    assert_eq!(judged(whole, SERIAL), Verdict::Accept);
    assert_eq!(judged(whole, "5113-0000-0002"), Verdict::Review);
    // It speaks for nothing but certification and world.
    for (defect, verdict) in [
        ("recoverable", Verdict::Review),
        ("field-upgrade", Verdict::Review),
        ("unwraps-keys", Verdict::Review),
        ("world-below-level-3", Verdict::Reject),
        ("exportable", Verdict::Reject),
    ] {
        let case = Case::simulate(&format!("entrust-nshield {defect}"));
        assert_eq!(judged(&case, SERIAL), verdict, "{defect}");
    }
}

/// Whoever initialises a module chooses the officer's key, and the officer the module key.
#[test]
fn without_its_world_confirmed_no_key_is_known_to_stay() {
    let case = Case::named(WHOLE);
    let officer = officer(case);
    let other = "2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b";
    for world in [None, Some([other, HKM]), Some([&officer, other])] {
        let result = under_record(case, SERIAL, world);
        let codes = codes_of(&result, Requirement::NonExportable);
        assert_eq!(codes, ["attestation.world-unconfirmed"], "{world:?}");
        assert_eq!(outcome(&result, Requirement::NonExportable), Outcome::Review);
        assert_eq!(outcome(&result, Requirement::CertifiedModule), Outcome::Satisfied);
        assert_eq!(result.verdict(), Verdict::Review);
    }
    let result = under_record(case, SERIAL, Some([&officer, HKM]));
    let finding =
        result.findings().iter().find(|it| it.requirement() == Requirement::NonExportable);
    let notices = finding.unwrap().notices();
    assert_eq!(notices[0].code().code(), "attestation.world-confirmed");
    assert_eq!(notices[0].detail()["hkm"], HKM);
    assert_eq!(notices[0].detail()["reference"], "R-7");
    let claims = serde_json::to_value(result.claims().unwrap()).unwrap();
    assert_eq!(claims["key"]["exportability"], "wrapped");
    assert_eq!(claims["module"]["partition"]["wrapping_key"], HKM);
}

/// A blob under the AES key of 32 zeros (findings 2026-11-27, V2), whatever the CA has recorded.
#[test]
fn a_world_under_the_null_key_protects_nothing() {
    let Some(folder) = shared("findings/nshield-well-known-module-key") else { return };
    let file = |name: &str| read(&folder.join(name));
    let anchors = String::from_utf8(file("anchors.yaml")).unwrap();
    let recorded = String::from_utf8(file("policy-that-confirms-the-module.yaml")).unwrap();
    let hknso = "00".repeat(20);
    let hkm = "c2be99fe1c77f1b75d48e2fd2df8dffc0c969bcb";
    let world = recorded
        .replace("reference:", &format!("hknso: \"{hknso}\"\n    hkm: \"{hkm}\"\n    reference:"));
    for policy in ["version: 1", &recorded, &world] {
        let facts = facts_and(&anchors);
        let policy =
            parse_policy("p", policy.as_bytes(), &facts.endorsements, &mut |_| panic!("no file"));
        let verifier = Verifier::new(facts, policy.expect("a policy"));
        let (bundle, request) = (file("key.att"), file("request.pem"));
        let result = appraise(&verifier, &[("key.att", &bundle), ("r", &request)], at(TIME));
        assert_eq!(outcome(&result, Requirement::GenuineModule), Outcome::Satisfied);
        assert_eq!(outcome(&result, Requirement::NonExportable), Outcome::Unsatisfied);
        let codes = codes_of(&result, Requirement::NonExportable);
        assert_eq!(codes, ["attestation.exportable"]);
        assert_eq!(result.verdict(), Verdict::Reject);
        let ways_out = &result.claims().unwrap().key.ways_out;
        let expected = ["hkm is a well-known key", "blob under a well-known module key"];
        assert_eq!(*ways_out, expected);
    }
}
