//! SmartCard-HSM evidence: genuine devices, synthetic hierarchies of an independent implementation,
//! every form in which applicants send it, and attacks on it.

use std::path::Path;

use crate::support::{
    TIME, appraise, at, card_anchors, codes, every, facts, facts_and, read, shared, verifier,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keyproof::encoding::cvc::CardVerifiable;
use keyproof::encoding::hex::{Sha256, to_hex};
use keyproof::facts::bundled;
use keyproof::public_key::PublicKey;
use keyproof::trust::KnownKey;
use keyproof::{AttestationResult, Outcome, Requirement, Verdict, Verifier};

/// What the evidence is silent about, and what no device of the family has.
const SILENT: [&str; 2] = ["attestation.exportability-unstated", "certification.platform-only"];

fn judge(verifier: &Verifier, files: &[(&str, Vec<u8>)]) -> AttestationResult {
    let files: Vec<_> = files.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect();
    appraise(verifier, &files, at(TIME))
}

fn outcome(result: &AttestationResult, requirement: Requirement) -> Outcome {
    let finding = result.findings().iter().find(|finding| finding.requirement() == requirement);
    finding.expect("every requirement").outcome()
}

fn samples(folder: &str) -> Option<std::path::PathBuf> {
    shared(&format!("samples/smartcard-hsm/{folder}"))
}

/// A verifier that trusts the synthetic root of the folder.
fn trusting(folder: &Path, root: &str) -> Verifier {
    verifier(facts_and(&card_anchors(&read(&folder.join(root)))))
}

#[test]
fn a_genuine_device_attests_its_key() {
    let Some(folder) = samples("genuine") else { return };
    let files = [
        ("CE03", read(&folder.join("DENK0404144_CE03_P256.cvreq"))),
        ("2F02", read(&folder.join("DENK0404144_EF2F02.bin"))),
        ("key", read(&folder.join("DENK0404144_CE03_P256.spki.der"))),
    ];
    let result = judge(&verifier(facts()), &files);
    assert_eq!(codes(&result), ["request.absent", SILENT[0], SILENT[1]]);
    assert_eq!(result.verdict(), Verdict::Review);
    assert_eq!(result.format(), Some("smartcard-hsm"));
    let claims = serde_json::to_value(result.claims().unwrap()).unwrap();
    assert_eq!(claims["module"]["serial"], "DENK0404144");
    assert_eq!(claims["module"]["model"], "Nitrokey HSM");
    assert_eq!(claims["module"]["issuer"], "DEDINK0400001");
    assert_eq!(claims["key"]["origin"], "generated");
    assert_eq!(claims["key"]["exportability"], "unstated");
}

#[test]
fn no_flipped_bit_of_genuine_evidence_leaves_the_module_genuine() {
    let Some(folder) = samples("genuine") else { return };
    let step = every(13);
    let verifier = verifier(facts());
    let files = [
        ("CE03", read(&folder.join("DENK0404144_CE03_P256.cvreq"))),
        ("2F02", read(&folder.join("DENK0404144_EF2F02.bin"))),
        ("key", read(&folder.join("DENK0404144_CE03_P256.spki.der"))),
    ];
    for damaged in [0, 1] {
        for bit in (0..8 * files[damaged].1.len()).step_by(step) {
            let mut files = files.clone();
            files[damaged].1[bit / 8] ^= 1 << (bit % 8);
            let result = judge(&verifier, &files);
            let genuine = outcome(&result, Requirement::GenuineModule);
            assert_ne!(genuine, Outcome::Satisfied, "{} bit {bit}", files[damaged].0);
        }
    }
}

/// CardContact's test root and the roots of relatives and imitations are known by name.
#[test]
fn other_roots_are_known_and_refused() {
    let (Some(roots), Some(samples)) = (shared("roots/cardcontact"), samples("negative")) else {
        return;
    };
    let facts = bundled().unwrap();
    for (file, refused) in [
        (roots.join("DESRCACC100001"), None),
        (roots.join("UTSRCACC100001"), Some("cardcontact-test-srca-1")),
        (roots.join("DESCHSMCVCA00001"), Some("goid-cvca-1")),
        (samples.join("picohsm2022_cvca.cvcert"), Some("pico-hsm-cvca-2022")),
    ] {
        let bytes = read(&file);
        let Ok(CardVerifiable::Certificate(root)) = CardVerifiable::parse(&bytes) else {
            panic!("{}", file.display())
        };
        // P-192 has no name here: its key is found by the certificate alone.
        let Ok(key) = PublicKey::from_card(&root.public_key, None) else {
            let known = facts.trust.refused().iter().find(|it| it.subject == root.holder).unwrap();
            assert_eq!(Some(known.id.as_str()), refused);
            assert_eq!(known.certificate_sha256, [Sha256::of(&bytes)]);
            continue;
        };
        match (facts.trust.known_key(key.spki_sha256()), refused) {
            (Some(KnownKey::Anchor(anchor)), None) => {
                assert_eq!(anchor.subject, root.holder);
                assert_eq!(anchor.certificate_sha256, [Sha256::of(&bytes)]);
                assert_eq!(anchor.valid, root.valid);
                let signed = keyproof::signature::verify_card(
                    &anchor.public_key,
                    &root.public_key,
                    root.body,
                    root.signature,
                );
                assert_eq!(signed, Ok(()));
            }
            (Some(KnownKey::Refused(known)), Some(id)) => {
                assert_eq!((known.id.as_str(), known.subject.as_str()), (id, root.holder));
                assert_eq!(known.certificate_sha256, [Sha256::of(&bytes)]);
            }
            _ => panic!("{} is in the wrong list", file.display()),
        }
    }
}

/// Kind of key, and what is wrong with its request under CSBR 6.1.5.2. No request is certified whose
/// own signature is on another curve, so none is checked there.
const KEYS: [(&str, &[&str]); 5] = [
    ("p256", &[]),
    ("p384", &[]),
    ("rsa3072", &[]),
    ("rsa2048", &["key.size"]),
    ("bp256", &["csr.signature-algorithm", "key.curve"]),
];

#[test]
fn every_form_in_which_evidence_is_sent_says_the_same() {
    let Some(folder) = samples("synthetic") else { return };
    let verifier = trusting(&folder, "root.cvcert");
    let file = |name: &str| read(&folder.join(name));
    for (key, flaws) in KEYS {
        let request = file(&format!("{key}.csr.pem"));
        let cvreq = file(&format!("{key}.cvreq"));
        let (device, issuer) = (file("device.cvcert"), file("dica.cvcert"));
        let bundle = file(&format!("{key}.attbundle.bin"));
        let pem = |label: &str, bytes: &[u8]| {
            format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(bytes))
        };
        let text = [
            pem("ATTESTATIONREQUEST", &cvreq),
            pem("CVCERTIFICATE", &device),
            pem("CVCERTIFICATE", &issuer),
        ]
        .concat();
        let forms: Vec<Vec<Vec<u8>>> = vec![
            vec![cvreq.clone(), file("EF2F02.bin")],
            vec![file("EF2F02.bin"), cvreq.clone()],
            vec![issuer.clone(), cvreq.clone(), device.clone(), file("root.cvcert")],
            vec![bundle.clone()],
            vec![file(&format!("{key}.pka-old.bin"))],
            vec![file(&format!("{key}.pka-new.bin"))],
            vec![to_hex(&bundle).into_bytes()],
            vec![STANDARD.encode(&bundle).into_bytes()],
            vec![text.into_bytes()],
            vec![[issuer, device, cvreq].concat()],
        ];
        // In the order of the requirements.
        let (before, after) = flaws.split_at(flaws.len() / 2);
        let expected = [before, &SILENT, after].concat();
        for (form, files) in forms.into_iter().enumerate() {
            let names = ["a", "b", "c", "d"];
            let mut files: Vec<_> = names.into_iter().zip(files).collect();
            files.push(("request", request.clone()));
            let result = judge(&verifier, &files);
            assert_eq!(codes(&result), expected, "{key} in form {form}");
            for requirement in
                [Requirement::GenuineModule, Requirement::KeyMatch, Requirement::GeneratedInModule]
            {
                let satisfied = outcome(&result, requirement);
                assert_eq!(satisfied, Outcome::Satisfied, "{key} in form {form}");
            }
        }
    }
}

#[test]
fn attacks_are_refused_each_for_its_reason() {
    let (Some(folder), Some(synthetic)) = (samples("negative"), samples("synthetic")) else {
        return;
    };
    let file = |name: &str| read(&folder.join(name));
    let trusting_attacked = trusting(&folder, "syn2_root.cvcert");
    let chain = ("2F02", file("syn2_EF2F02.bin"));
    for (name, expected) in [
        ("attack_order3_p256.cvreq", "key.explicit-curve"),
        ("attack_other_generator_p256.cvreq", "key.explicit-curve"),
        ("attack_outer_car_lies.cvreq", "chain.incomplete"),
        ("attack_outer_by_user_key.cvreq", "attestation.outer-signature-invalid"),
        ("attack_unauthenticated_request.cvreq", "attestation.outer-signature-missing"),
    ] {
        let result = judge(&trusting_attacked, &[("CE", file(name)), chain.clone()]);
        assert_eq!(codes(&result), ["request.missing", expected], "{name}");
        assert_eq!(outcome(&result, Requirement::GenuineModule), Outcome::Unsatisfied, "{name}");
    }
    // CardContact's PKCS #11 leaves the inner authority out; names in a request prove nothing.
    let result = judge(&trusting_attacked, &[("CE", file("ok_no_inner_car.cvreq")), chain]);
    assert_eq!(outcome(&result, Requirement::GenuineModule), Outcome::Satisfied);

    // A device that issued another: its own certificate stands where an issuer's should.
    let as_issuer = ("2F02", file("attack_device_as_ca_EF2F02.bin"));
    let request = ("CE", file("ok_no_inner_car.cvreq"));
    let result = judge(&trusting_attacked, &[request, as_issuer]);
    assert_ne!(outcome(&result, Requirement::GenuineModule), Outcome::Satisfied);

    let trusting = trusting(&synthetic, "root.cvcert");
    let file = |name: &str| read(&synthetic.join(name));
    let chain = ("2F02", file("EF2F02.bin"));
    for (key, _) in KEYS {
        let forged = ("CE", file(&format!("{key}.forged-outer.cvreq")));
        let request = ("request", file(&format!("{key}.csr.der")));
        let result = judge(&trusting, &[forged, chain.clone(), request]);
        assert!(codes(&result).contains(&"attestation.outer-signature-invalid"), "{key}");
        // Under the bundled anchors nothing synthetic is genuine.
        let request = ("request", file(&format!("{key}.csr.der")));
        let whole = ("CE", file(&format!("{key}.cvreq")));
        let result = judge(&verifier(facts()), &[whole, chain.clone(), request]);
        assert!(codes(&result).contains(&"chain.untrusted-root"), "{key}");
    }
    let exchange = ("CE", file("bp256-keydomain.cvreq"));
    let result = judge(&trusting, &[exchange, chain.clone()]);
    assert!(codes(&result).contains(&"attestation.wrong-role"));
    // The parts of one key and of another device do not go together.
    let other = ("2F02", read(&folder.join("syn2_EF2F02.bin")));
    let result = judge(&trusting, &[("CE", file("p256.cvreq")), other]);
    assert_eq!(codes(&result), ["request.missing", "chain.incomplete"]);
    // Two attestations: between keys none is chosen.
    let files = [("1", file("p256.cvreq")), ("2", file("p384.cvreq")), chain];
    assert_eq!(codes(&judge(&trusting, &files)), ["request.missing", "attestation.multiple"]);
}

#[test]
fn relatives_and_imitations_are_named() {
    let Some(folder) = samples("negative") else { return };
    let Some(genuine) = samples("genuine") else { return };
    let known_as = |result: &AttestationResult| {
        let findings = result.findings().iter();
        let reason = findings
            .flat_map(|finding| finding.reasons())
            .find(|reason| reason.code().code() == "chain.untrusted-root");
        reason.and_then(|reason| reason.detail().get("known-as").cloned())
    };
    // A request that names the device of the demonstration, or of the imitation, as its signer.
    let renamed = |holder: &[u8]| {
        let request = read(&folder.join("ok_no_inner_car.cvreq"));
        let Ok(CardVerifiable::AuthenticatedRequest(parsed)) = CardVerifiable::parse(&request)
        else {
            panic!("an authenticated request")
        };
        let length = u8::try_from(holder.len()).unwrap();
        let authority = [&[0x42, length], holder].concat();
        let signature = [&[0x5f, 0x37, 64], parsed.signature].concat();
        let content = [parsed.request.whole, &authority, &signature].concat();
        let length = u16::try_from(content.len()).unwrap().to_be_bytes();
        [&[0x67, 0x82], length.as_slice(), &content].concat()
    };
    let demonstration = read(&genuine.join("UTCC0200013_EF2F02_testroot.bin"));
    let files = [("CE", renamed(b"UTCC020001300000")), ("2F02", demonstration)];
    let result = judge(&verifier(facts()), &files);
    assert_eq!(
        known_as(&result).as_deref(),
        Some("cardcontact-test-srca-1"),
        "{:?}",
        codes(&result)
    );
    let files = [
        ("CE", renamed(b"ESTERMHSM09PRO")),
        ("terminal", read(&folder.join("picohsm2022_termca.cvcert"))),
        ("issuer", read(&folder.join("picohsm2022_dica.cvcert"))),
        ("root", read(&folder.join("picohsm2022_cvca.cvcert"))),
    ];
    let result = judge(&verifier(facts()), &files);
    assert_eq!(known_as(&result).as_deref(), Some("pico-hsm-dvca-2022"), "{:?}", codes(&result));
}

/// `sc-hsm-tool --wrap-key` writes the wrapped key, its description and the request.
#[test]
fn a_backup_of_a_key_is_refused_as_what_it_is() {
    let Some(folder) = samples("synthetic") else { return };
    let value = |tag: u8, content: &[u8]| {
        let length = u16::try_from(content.len()).unwrap().to_be_bytes();
        [&[tag, 0x82], length.as_slice(), content].concat()
    };
    let blob = value(0x04, &[0x5a; 300]);
    let request = read(&folder.join("p256.cvreq"));
    for description in [0x30, 0xa0] {
        let parts = [blob.clone(), value(description, &[0x30; 300]), request.clone()].concat();
        let backup = value(0x30, &parts);
        let files = [("backup", backup), ("2F02", read(&folder.join("EF2F02.bin")))];
        let result = judge(&trusting(&folder, "root.cvcert"), &files);
        assert_eq!(result.verdict(), Verdict::Reject);
        assert!(codes(&result).contains(&"input.key-blob-present"), "{:?}", codes(&result));
    }
}

#[test]
fn validity_is_that_of_whole_days() {
    let Some(folder) = samples("synthetic") else { return };
    let verifier = trusting(&folder, "root.cvcert");
    let bundle = read(&folder.join("p256.attbundle.bin"));
    let judged = |time: &str| codes(&appraise(&verifier, &[("a", &bundle)], at(time)));
    for (time, expected) in [
        ("2024-05-31T23:59:59Z", Some("chain.not-yet-valid")),
        ("2024-06-01T00:00:00Z", None),
        ("2032-01-01T23:59:59Z", None),
        ("2032-01-02T00:00:00Z", Some("chain.expired")),
    ] {
        let found = judged(time);
        match expected {
            Some(code) => assert!(found.contains(&code), "{time}: {found:?}"),
            None => {
                assert!(!found.iter().any(|code| code.starts_with("chain.")), "{time}: {found:?}")
            }
        }
    }
}
