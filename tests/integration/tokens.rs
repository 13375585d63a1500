//! Live tokens without a reader: what a virtual card yields is what the saved files yield; what
//! nobody signed decides nothing unless the policy says so; a challenge shows control of the key.

use crate::support::card::{
    SimulatedToken, VirtualCard, simulated_smart_card_hsm, simulated_smart_card_hsm_with,
    simulated_yubikey, simulated_yubikey_with,
};
use crate::support::{TIME, at, codes, facts_and};
use keyproof::collect::apdu::Session;
use keyproof::collect::challenge::{Challenge, PinState, Signer};
use keyproof::collect::piv::Slot;
use keyproof::collect::transcript::{Recording, Replay, Transcript};
use keyproof::collect::{CardTransport, CollectError, Collection, Wanted};
use keyproof::facts::bundled;
use keyproof::observation::{
    ChallengeObservation, ChallengeProof, KeyDomains, Observations, WrapPermission,
};
use keyproof::policy::{AppraisalPolicy, LiveKeyDomains, default_policy};
use keyproof::{
    AttestationResult, Input, InputRole, Knowledge, Limits, Outcome, Submission, Verdict, Verifier,
};
use keyproof_simulator::{KeyKind, Options, formats};

fn collect(transport: &mut dyn CardTransport) -> Result<Collection, CollectError> {
    keyproof::collect::collect(&mut Session::new(transport), Wanted::All)
}

fn observations(collection: &Collection) -> Observations {
    Observations {
        token: collection.token.description.name.clone(),
        serial: collection.token.description.serial.clone(),
        firmware: None,
        key: None,
        key_domains: collection.contents.key_domains.clone(),
        wrap: collection.contents.keys[0].wrap,
        challenge: None,
    }
}

fn judge(
    token: &SimulatedToken,
    collection: &Collection,
    observations: Option<&Observations>,
    policy: AppraisalPolicy,
) -> AttestationResult {
    let key = &collection.contents.keys[0];
    let mut files: Vec<_> = collection
        .contents
        .files_of(key)
        .map(|file| (file.name.clone(), file.bytes.clone()))
        .collect();
    files.extend(token.beside.clone());
    files.push(("request.pem".to_owned(), token.request.clone()));
    let inputs = files.into_iter().map(|(name, bytes)| Input { name, bytes, role: InputRole::Any });
    let submission = Submission::unpack(inputs.collect(), &Limits::default());
    let verifier = Verifier::new(facts_and(&token.anchors), policy);
    verifier.appraise_knowing(
        &submission,
        &Knowledge { observations, ..Knowledge::default() },
        at(TIME),
    )
}

fn counting() -> AppraisalPolicy {
    let builder = AppraisalPolicy::builder("counting", 1).live_key_domains(LiveKeyDomains::Counted);
    builder.build(&bundled().unwrap().endorsements).unwrap()
}

#[test]
fn a_virtual_yubikey_is_accepted_by_what_is_read_of_it() {
    let mut token = simulated_yubikey();
    let collection = collect(&mut token.card).unwrap();
    let result = judge(&token, &collection, None, default_policy().unwrap());
    assert_eq!((codes(&result), result.verdict()), (vec![], Verdict::Accept));
}

/// What a ledger keeps of them says the same when it is read again.
#[test]
fn observations_read_back_from_the_form_in_which_they_are_kept() {
    let (mut yubikey, mut hsm) = (simulated_yubikey(), simulated_smart_card_hsm());
    let yubikey = observations(&collect(&mut yubikey.card).unwrap());
    let hsm = observations(&collect(&mut hsm.card).unwrap());
    assert!(hsm.key_domains.is_some());
    let sha256 = keyproof::encoding::hex::Sha256::of(b"key");
    let challenged = |proof| Observations {
        challenge: Some(ChallengeObservation::new(b"nonce", sha256, proof)),
        key: Some("9c".to_owned()),
        ..yubikey.clone()
    };
    let (shown, refuted) = (challenged(ChallengeProof::Shown), challenged(ChallengeProof::Refuted));
    let wrapping = [WrapPermission::Allowed, WrapPermission::Withheld]
        .map(|wrap| Observations { wrap, ..hsm.clone() });
    for seen in [&yubikey, &hsm, &shown, &refuted].into_iter().chain(&wrapping) {
        assert_eq!(Observations::from_bytes(&seen.to_bytes()).unwrap(), *seen);
    }
    assert!(Observations::from_bytes(b"{}").is_err());
}

#[test]
fn a_compressed_device_certificate_is_the_same_certificate() {
    use std::io::Write;
    let mut token = simulated_yubikey();
    let plain = collect(&mut token.card).unwrap();
    let object = token.card.objects.get_mut(&[0x5f, 0xff, 1]).unwrap();
    let device = crate::support::der(&plain.contents.common[0].bytes);
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(&device).unwrap();
    let compressed = encoder.finish().unwrap();
    *object = [crate::support::card::tlv(0x70, &compressed), vec![0x71, 1, 1, 0xfe, 0]].concat();
    assert_eq!(collect(&mut token.card).unwrap(), plain);
}

#[test]
fn a_transcript_replays_to_the_same_evidence() {
    for mut card in [simulated_yubikey().card, simulated_smart_card_hsm().card] {
        let mut recording = Recording::new(&mut card);
        let collection = collect(&mut recording).unwrap();
        let text = recording.into_transcript().to_string();
        let mut replay = Replay::new(Transcript::parse(&text).unwrap());
        assert_eq!(collect(&mut replay).unwrap(), collection);
        assert!(replay.is_finished());
    }
}

/// Each of two slots yields its own key, and the right one is found for a request.
#[test]
fn the_key_of_a_request_is_found_among_several() {
    let mut token = simulated_smart_card_hsm();
    let other = simulated_smart_card_hsm().card.files[&0xce03].clone();
    token.card.files.insert(0xce01, other);
    token.card.files.insert(0xce02, vec![0x30, 0]);
    let collection = collect(&mut token.card).unwrap();
    let references: Vec<&str> =
        collection.contents.keys.iter().map(|key| key.reference.as_str()).collect();
    assert_eq!(references, ["CE01", "CE03"]);
    assert_eq!(collection.contents.without[0].reference, "CE02");
    for key in &collection.contents.keys {
        assert_eq!(collection.contents.find(key.public_key.as_ref().unwrap()), Some(key));
    }
    let one = |token: &mut SimulatedToken, number| {
        keyproof::collect::collect(&mut Session::new(&mut token.card), Wanted::Key(number))
    };
    assert_eq!(one(&mut token, 1).unwrap().contents.keys, collection.contents.keys[..1]);
    assert!(matches!(one(&mut token, 2), Err(CollectError::NoSuchKey { .. })));
    assert!(matches!(one(&mut token, 9), Err(CollectError::NoSuchKey { .. })));
}

/// What was recorded through pcscd replays to the files of the samples, without any service.
#[test]
fn recorded_transcripts_yield_the_samples() {
    let root = std::path::Path::new(crate::ROOT);
    let samples = root.join("attestation-samples");
    for (name, folder, file) in [
        ("yubico-piv", "simulated-accept-p256", "attestation.pem"),
        ("smartcard-hsm", "simulated-without-fault-p256", "attestation.cvreq"),
    ] {
        let text =
            crate::support::read(&root.join("tests/transcripts").join(format!("{name}.txt")));
        let transcript = Transcript::parse(std::str::from_utf8(&text).unwrap()).unwrap();
        let mut replay = Replay::new(transcript);
        let collection = collect(&mut replay).unwrap();
        assert!(replay.is_finished());
        let attestation = &collection.contents.keys[0].files[0].bytes;
        let sample = crate::support::read(&samples.join(name).join(folder).join(file));
        assert_eq!(crate::support::der(attestation), crate::support::der(&sample), "{name}");
    }
}

/// Unless the policy counts it, and then only where no domain is there and the key may not be
/// wrapped, what a card says of its key domains leaves the matter to a person.
#[test]
fn live_key_domains_decide_nothing_unless_the_policy_counts_them() {
    const REVIEW: &str = "attestation.exportability-unstated";
    let empty = vec![0x6a, 0x88];
    let present = vec![1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0x90, 0];
    let garbage = vec![0xde, 0xad];
    let non_exportable = |result: &AttestationResult| {
        let finding = result.findings()[4].clone();
        let notice = finding.notices().first().map(|reason| reason.code().code());
        (finding.outcome(), notice)
    };
    for (name, domains, counts) in [
        ("none was initialised", vec![], true),
        ("all places are empty", vec![empty.clone(), empty.clone()], true),
        ("one is there", vec![empty.clone(), present], false),
        ("the answer is garbage", vec![garbage], false),
        ("they never end", vec![empty; 20], false),
    ] {
        let mut token = simulated_smart_card_hsm();
        token.card.domains = domains;
        let collection = collect(&mut token.card).unwrap();
        let seen = observations(&collection);
        let shown = judge(&token, &collection, Some(&seen), default_policy().unwrap());
        assert_eq!(non_exportable(&shown), (Outcome::Review, None), "{name}");
        assert!(codes(&shown).contains(&REVIEW));
        let counted = judge(&token, &collection, Some(&seen), counting());
        let expected = if counts {
            (Outcome::Satisfied, Some("token.no-key-domain"))
        } else {
            (Outcome::Review, None)
        };
        assert_eq!(non_exportable(&counted), expected, "{name}");
        // Without having been seen, nothing counts.
        let unseen = judge(&token, &collection, None, counting());
        assert_eq!(non_exportable(&unseen), (Outcome::Review, None), "{name}");
        if counts {
            let wrappable = Observations { wrap: WrapPermission::Allowed, ..seen.clone() };
            let result = judge(&token, &collection, Some(&wrappable), counting());
            assert_eq!(non_exportable(&result), (Outcome::Review, None), "{name}, wrappable");
            let domains = seen.key_domains.clone().unwrap();
            let of_another = KeyDomains { device: "DENK040414400000".to_owned(), ..domains };
            let another = Observations { key_domains: Some(of_another), ..seen };
            let result = judge(&token, &collection, Some(&another), counting());
            assert_eq!(non_exportable(&result), (Outcome::Review, None), "{name}, other card");
        }
    }
}

/// Key domains are a SmartCard-HSM's: of the silence of another module they say nothing, whatever its
/// serial number.
#[test]
fn live_key_domains_count_for_no_other_format() {
    let mut card = simulated_smart_card_hsm();
    card.card.domains = vec![];
    let seen = observations(&collect(&mut card.card).unwrap());
    let domains = seen.key_domains.clone().unwrap();
    let mut silent = Vec::new();
    for format in formats().iter().filter(|format| format.name != "smartcard-hsm") {
        let unstated = format
            .defects
            .iter()
            .find(|it| it.reason.code() == "attestation.exportability-unstated");
        let Some(defect) = unstated else { continue };
        let options = Options { defect: Some(defect.name.to_owned()), ..Options::new(at(TIME)) };
        let simulation = format.build_with(&options, &mut crate::support::keyring()).unwrap();
        let (manifest, files): (Vec<_>, Vec<_>) =
            simulation.files.into_iter().partition(|file| file.name == "anchors.yaml");
        let manifest = String::from_utf8(manifest[0].bytes.clone()).unwrap();
        let inputs = files.into_iter().map(|file| Input {
            name: file.name,
            bytes: file.bytes,
            role: InputRole::Any,
        });
        let submission = Submission::unpack(inputs.collect(), &Limits::default());
        let verifier = Verifier::new(facts_and(&manifest), counting());
        let alone = verifier.appraise(&submission, at(TIME));
        let Some(serial) = alone.claims().unwrap().module.serial.clone() else { continue };
        // A card of that serial number, as its holder reference has it.
        let same = KeyDomains { device: format!("{serial}00000"), ..domains.clone() };
        let observations = Observations { key_domains: Some(same), ..seen.clone() };
        let knowledge = Knowledge { observations: Some(&observations), ..Knowledge::default() };
        let result = verifier.appraise_knowing(&submission, &knowledge, at(TIME));
        assert_eq!(result.findings()[4].outcome(), Outcome::Review, "{}", format.name);
        assert!(codes(&result).contains(&"attestation.exportability-unstated"));
        silent.push(format.name);
    }
    assert!(!silent.is_empty());
}

#[test]
fn observations_stand_in_a_block_of_their_own_or_not_at_all() {
    use keyproof::reason::Language;
    use keyproof::report::{TextOptions, html, json, text};
    const HEADING: &str = "Seen of the live token, signed by nobody";
    let mut token = simulated_smart_card_hsm();
    let collection = collect(&mut token.card).unwrap();
    let seen = observations(&collection);
    let with = judge(&token, &collection, Some(&seen), default_policy().unwrap());
    let without = judge(&token, &collection, None, default_policy().unwrap());
    assert!(text(&with, &TextOptions::default()).contains(HEADING));
    assert!(html(&with, Language::English).contains(HEADING));
    assert!(!text(&without, &TextOptions::default()).contains(HEADING));
    assert!(!html(&without, Language::English).contains(HEADING));
    let mut value: serde_json::Value =
        serde_json::from_str(&json(&with, Language::English)).unwrap();
    let block = value.as_object_mut().unwrap().remove("observations").unwrap();
    assert_eq!(block["key_domains"]["domains"][0]["state"], "empty");
    assert_eq!(
        value,
        serde_json::from_str::<serde_json::Value>(&json(&without, Language::English)).unwrap()
    );
}

fn challenged(
    card: &mut VirtualCard,
    signer: Signer,
    pin: &[u8],
) -> Result<ChallengeProof, CollectError> {
    let collection = collect(card)?;
    let key = collection.contents.keys[0].public_key.clone().unwrap();
    let challenge = Challenge::new([7; 32], signer);
    let mut session = Session::new(card);
    assert_eq!(challenge.pin_state(&mut session)?, PinState::TriesLeft(Some(3)));
    challenge.prove(&mut session, &key, Some(pin))
}

#[test]
fn a_challenge_is_signed_by_the_attested_key_or_refuted() {
    let slot = |token: &SimulatedToken| {
        let number = *token.card.slots.keys().next().unwrap();
        Signer::Slot(Slot::from_name(&format!("{number:02x}")).unwrap())
    };
    for kind in [KeyKind::P256, KeyKind::P384, KeyKind::Rsa2048, KeyKind::Rsa3072] {
        let mut token = simulated_yubikey_with(kind);
        let signer = slot(&token);
        assert_eq!(
            challenged(&mut token.card, signer, b"123456"),
            Ok(ChallengeProof::Shown),
            "{kind:?}"
        );
    }
    for kind in [KeyKind::P256, KeyKind::P384, KeyKind::Rsa2048, KeyKind::Rsa3072] {
        let mut hsm = simulated_smart_card_hsm_with(kind);
        let signed = challenged(&mut hsm.card, Signer::Key(3), b"648219");
        assert_eq!(signed, Ok(ChallengeProof::Shown), "{kind:?}");
    }

    // The evidence of one token, replayed by another.
    let mut thief = simulated_yubikey();
    let signer = slot(&thief);
    thief.card.signer = simulated_yubikey().card.signer.take();
    assert_eq!(challenged(&mut thief.card, signer, b"123456"), Ok(ChallengeProof::Refuted));
    thief.card.signer = Some(Box::new(|_| vec![0; 72]));
    thief.card.tries = 3;
    let collection = collect(&mut thief.card).unwrap();
    let mut seen = observations(&collection);
    let key = collection.contents.keys[0].public_key.as_ref().unwrap().spki_sha256();
    seen.challenge = Some(ChallengeObservation::new(&[7; 32], key, ChallengeProof::Refuted));
    let result = judge(&thief, &collection, Some(&seen), default_policy().unwrap());
    assert_eq!(
        (codes(&result), result.verdict()),
        (vec!["token.challenge-failed"], Verdict::Reject)
    );
    seen.challenge = Some(ChallengeObservation::new(&[7; 32], key, ChallengeProof::Shown));
    let result = judge(&thief, &collection, Some(&seen), default_policy().unwrap());
    assert_eq!(result.verdict(), Verdict::Accept);
}

#[test]
fn a_wrong_pin_is_tried_once_and_never_written_down() {
    let mut token = simulated_smart_card_hsm();
    let wrong = challenged(&mut token.card, Signer::Key(3), b"111111");
    assert_eq!(wrong, Err(CollectError::WrongPin { tries_left: 2 }));
    assert_eq!(token.card.tries, 2);
    token.card.tries = 0;
    let challenge = Challenge::new([7; 32], Signer::Key(3));
    let blocked = challenge.pin_state(&mut Session::new(&mut token.card));
    assert_eq!(blocked, Err(CollectError::PinBlocked));
    assert!(!wrong.unwrap_err().to_string().contains("111111"));
}
