//! Bundles of facts: what one is made of, who must have signed it, and that nothing else is read.

use std::collections::BTreeMap;
use std::path::Path;

use keyproof::facts::{
    self, Bundle, BundleError, BundleTrust, ClaimedBundle, FactFile, Facts, KeySet, KeySetError,
    ReleaseFile, differences, source_file, with_note,
};
use keyproof::trust::AnchorStatus;
use keyproof_simulator::{NoteKey, key_set, signed_note};

use crate::support::{at_least, every};

/// The files of facts of this release, by their paths, and what `release.yaml` says.
fn sources() -> (BTreeMap<String, Vec<u8>>, ReleaseFile) {
    fn read(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let path = format!("{prefix}{}", entry.file_name().to_str().unwrap());
            if entry.path().is_dir() {
                read(&entry.path(), &format!("{path}/"), files);
            } else {
                files.insert(path, std::fs::read(entry.path()).unwrap());
            }
        }
    }
    let mut files = BTreeMap::new();
    read(&Path::new(crate::ROOT).join("vendor-roots"), "", &mut files);
    let release = ReleaseFile::parse("release.yaml", &files["release.yaml"]).unwrap();
    (files, release)
}

fn built(files: &BTreeMap<String, Vec<u8>>, release: &ReleaseFile) -> Vec<u8> {
    let of_path = |(path, bytes): (&String, &Vec<u8>)| source_file(path, bytes.clone());
    let sources: Vec<FactFile> = files.iter().filter_map(of_path).collect();
    facts::build(&sources, release).unwrap()
}

/// One manufacturer, as few pages as there can be.
fn small(serial: u64) -> Vec<u8> {
    let (mut files, mut release) = sources();
    files.retain(|path, _| path.starts_with("google/") || path == "without-attestation.yaml");
    let devices = files.get_mut("without-attestation.yaml").unwrap();
    let text = String::from_utf8(devices.clone()).unwrap();
    let second = text.match_indices("\n  - id:").nth(1).unwrap().0;
    devices.truncate(second + 1);
    release.serial = serial;
    built(&files, &release)
}

fn key(name: &str) -> NoteKey {
    NoteKey::of(name).unwrap()
}

fn two_of_three() -> (Vec<NoteKey>, KeySet) {
    let keys: Vec<NoteKey> = ["facts/anna", "facts/ben", "facts/cleo"].map(key).into();
    let text = key_set(1, 2, &keys.iter().collect::<Vec<_>>());
    (keys, KeySet::parse(&text).unwrap())
}

/// The text of the header: up to the octets 0, and without signatures.
fn header(bundle: &[u8]) -> String {
    let note = bundle.split(|octet| *octet == 0).next().unwrap();
    let note = std::str::from_utf8(note).unwrap();
    note.split_once("\n\n").map_or(note.to_owned(), |(text, _)| format!("{text}\n"))
}

fn signed(bundle: &[u8], keys: &[&NoteKey]) -> Vec<u8> {
    with_note(bundle, signed_note(&header(bundle), keys).as_bytes()).unwrap()
}

/// The whole of a bundle, read.
fn open(bundle: &[u8], keys: &KeySet) -> Result<(Bundle, Facts), BundleError> {
    let (bundle, _) = ClaimedBundle::parse(bundle.to_vec())?.signed_by(keys)?;
    let facts = bundle.check(BundleTrust::Release)?;
    Ok((bundle, facts))
}

#[test]
fn the_embedded_bundle_is_what_the_files_give() {
    let (files, release) = sources();
    let bundle = built(&files, &release);
    assert!(
        bundle == files["facts.kpf"],
        "run `make facts`: vendor-roots/facts.kpf is not what vendor-roots/ gives"
    );
    assert_eq!(**facts::embedded().unwrap().bytes(), bundle);
    let index = facts::embedded().unwrap().index().unwrap();
    for source in &index.sources {
        assert!(files.contains_key(&source.path), "{}", source.path);
    }
    assert_eq!(index.sources.len(), files.len() - 3, "all but release, keys and the bundle");
}

#[test]
fn a_bundle_states_what_its_files_state() {
    let (files, release) = sources();
    let of_path = |(path, bytes): (&String, &Vec<u8>)| source_file(path, bytes.clone());
    let sources: Vec<FactFile> = files.iter().filter_map(of_path).collect();
    let from_files = Facts::from_files(&sources).unwrap();
    let bundle = ClaimedBundle::parse(built(&files, &release)).unwrap().kept();
    let from_bundle = Facts::of_bundle(&bundle, BundleTrust::Release, &[]).unwrap();
    assert_eq!(from_files.trust.anchors(), from_bundle.trust.anchors());
    assert_eq!(from_files.trust.refused(), from_bundle.trust.refused());
    assert_eq!(from_files.endorsements.modules(), from_bundle.endorsements.modules());
    assert_eq!(from_files.endorsements.advisories(), from_bundle.endorsements.advisories());
    let devices = from_bundle.without_attestation.devices();
    assert_eq!(from_files.without_attestation.devices(), devices);
    let (old, new) = (from_files.summary(), from_bundle.summary());
    assert_eq!(old.anchors_sha256, new.anchors_sha256);
    assert_eq!(old.modules_sha256, new.modules_sha256);
    assert_eq!(old.advisories_sha256, new.advisories_sha256);
    assert_eq!(differences(&from_files, &from_bundle), Vec::<String>::new());
}

#[test]
fn enough_keys_must_have_signed() {
    let (keys, set) = two_of_three();
    let [anna, ben, cleo] = &keys[..] else { panic!() };
    let bundle = small(2);
    let stranger = key("facts/anna-of-another-place");
    let signers = |found| BundleError::Keys(KeySetError::Signers { needed: 2, found, set: 1 });
    assert!(open(&signed(&bundle, &[anna, ben]), &set).is_ok());
    assert!(open(&signed(&bundle, &[cleo, anna]), &set).is_ok());
    assert!(open(&signed(&bundle, &[anna, &stranger, ben]), &set).is_ok());
    assert_eq!(open(&bundle, &set).unwrap_err(), BundleError::Unsigned);
    assert_eq!(open(&signed(&bundle, &[anna]), &set).unwrap_err(), signers(1));
    assert_eq!(open(&signed(&bundle, &[anna, anna]), &set).unwrap_err(), signers(1));
    assert_eq!(open(&signed(&bundle, &[&stranger]), &set).unwrap_err(), signers(0));
    // The signatures of one bundle under another.
    let note = signed_note(&header(&bundle), &[anna, ben]);
    let (_, signatures) = note.split_once("\n\n").unwrap();
    let other = small(3);
    let moved = with_note(&other, format!("{}\n{signatures}", header(&other)).as_bytes()).unwrap();
    let wrong = BundleError::Keys(KeySetError::Signature);
    assert_eq!(open(&moved, &set).unwrap_err(), wrong);
}

#[test]
fn one_person_with_two_names_is_one_person() {
    let (keys, _) = two_of_three();
    let verifier = keys[0].verifier();
    let (_, rest) = verifier.split_once('+').unwrap();
    let (_, public) = rest.split_once('+').unwrap();
    let again = format!("facts/other+00000000+{public}");
    let text =
        format!("keyproof facts keys v1\nnumber 1\nthreshold 2\nkey {verifier}\nkey {again}\n");
    assert_eq!(KeySet::parse(&text), Err(KeySetError::Threshold));
    for threshold in [0, 2] {
        let text = key_set(1, threshold, &[&keys[0]]);
        assert_eq!(KeySet::parse(&text), Err(KeySetError::Threshold), "{threshold}");
    }
    for (text, line) in [
        ("", 1),
        ("keyproof facts keys v2\n", 1),
        ("keyproof facts keys v1\nnumber one\n", 2),
        ("keyproof facts keys v1\nnumber 01\nthreshold 1\nkey a\n", 4),
    ] {
        assert_eq!(KeySet::parse(text), Err(KeySetError::Form(line)), "{text}");
    }
}

#[test]
fn keys_are_rotated_by_old_and_new_and_the_old_ones_count_no_more() {
    let (old, first) = two_of_three();
    let new: Vec<NoteKey> = ["facts/dora", "facts/emil"].map(key).into();
    let (olds, news): (Vec<_>, Vec<_>) = (old.iter().collect(), new.iter().collect());
    let text = key_set(2, 2, &news);
    let by = |signers: &[&NoteKey]| signed_note(&text, signers).into_bytes();
    let both = by(&[olds[0], olds[2], news[0], news[1]]);
    let second = first.after(std::slice::from_ref(&both)).unwrap();
    assert_eq!(second.number(), 2);
    // Enough of both, and no less.
    for (signers, set) in [
        (vec![olds[0], news[0], news[1]], 1),
        (vec![news[0], news[1]], 1),
        (vec![olds[0], olds[1], news[0]], 2),
        (vec![olds[0], olds[1]], 2),
    ] {
        let error = first.after(&[by(&signers)]).unwrap_err();
        assert!(matches!(error, KeySetError::Signers { set: found, .. } if found == set), "{set}");
    }
    // A step that is left out.
    let third = signed_note(&key_set(3, 2, &news), &[news[0], news[1]]).into_bytes();
    let expected = KeySetError::Sequence { expected: 2, found: 3 };
    assert_eq!(first.after(std::slice::from_ref(&third)), Err(expected));
    assert_eq!(first.after(&[both.clone(), third]).unwrap().number(), 3);

    let (files, mut release) = sources();
    release.serial = 9;
    release.keys = vec![both];
    let bundle = built(&files, &release);
    assert!(open(&signed(&bundle, &[news[0], news[1]]), &first).is_ok(), "by whoever knows a set");
    let by_old = signed(&bundle, &[olds[0], olds[1], olds[2]]);
    let expected = BundleError::Keys(KeySetError::Signers { needed: 2, found: 0, set: 2 });
    assert_eq!(open(&by_old, &first).unwrap_err(), expected);
    // A bundle that knows of no rotation, for whoever does.
    let without = signed(&small(10), &[olds[0], olds[1]]);
    assert!(open(&without, &first).is_ok());
    assert_eq!(open(&without, &second).unwrap_err(), expected);
}

#[test]
fn what_test_keys_sign_is_under_test_trust() {
    let (keys, set) = two_of_three();
    let bytes = signed(&small(2), &[&keys[0], &keys[1]]);
    let (bundle, _) = ClaimedBundle::parse(bytes).unwrap().signed_by(&set).unwrap();
    let facts = Facts::of_bundle(&bundle, BundleTrust::Test, &[]).unwrap();
    assert!(!facts.trust.anchors().is_empty());
    assert!(facts.trust.anchors().iter().all(|anchor| anchor.status == AnchorStatus::Test));
}

#[test]
fn every_truncation_and_every_flipped_bit_is_refused() {
    let (keys, set) = two_of_three();
    let bundle = signed(&small(2), &[&keys[0], &keys[1]]);
    assert!(open(&bundle, &set).is_ok());
    for length in (0..bundle.len()).step_by(every(1)) {
        assert!(open(&bundle[..length], &set).is_err(), "truncated to {length}");
    }
    let mut longer = bundle.clone();
    longer.push(0);
    assert!(matches!(open(&longer, &set), Err(BundleError::Length { .. })));
    let mut changed = bundle.clone();
    for position in (0..bundle.len()).step_by(every(1)) {
        for bit in 0..8 {
            changed[position] ^= 1 << bit;
            assert!(open(&changed, &set).is_err(), "bit {bit} of octet {position}");
            changed[position] ^= 1 << bit;
        }
    }
}

#[test]
fn drawn_flips_of_the_whole_bundle_are_refused() {
    let (keys, set) = two_of_three();
    let (files, mut release) = sources();
    release.serial = 2;
    let bundle = signed(&built(&files, &release), &[&keys[0], &keys[1]]);
    assert!(open(&bundle, &set).is_ok());
    let mut changed = bundle.clone();
    // A step that is prime to the number of bits meets all parts in turn.
    let bits = bundle.len() * 8;
    for drawn in 0..at_least(20_000) {
        let bit = drawn * 7919 * 13 % bits;
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(open(&changed, &set).is_err(), "bit {bit}");
        changed[bit / 8] ^= 1 << (bit % 8);
    }
}

#[test]
fn parts_of_two_bundles_are_none() {
    let (keys, set) = two_of_three();
    let (files, mut release) = sources();
    release.serial = 2;
    let one = signed(&built(&files, &release), &[&keys[0], &keys[1]]);
    let mut others = files.clone();
    let advisories = others.get_mut("yubico/advisories.yaml").unwrap();
    let text = String::from_utf8(advisories.clone()).unwrap().replace("ROCA", "RACO");
    *advisories = text.into_bytes();
    let other = signed(&built(&others, &release), &[&keys[0], &keys[1]]);
    assert_eq!(one.len(), other.len());
    let mut page = 4096;
    let mut refused = 0;
    while page < one.len() {
        let mixed = [&one[..page], &other[page..page + 4096], &one[page + 4096..]].concat();
        if mixed != one {
            assert!(matches!(open(&mixed, &set), Err(BundleError::Page(_))), "page at {page}");
            refused += 1;
        }
        page += 4096;
    }
    assert!(refused >= 3, "hashes, index and modules differ");
    let mixed = [&one[..4096], &other[4096..]].concat();
    assert!(matches!(open(&mixed, &set), Err(BundleError::Page(_))));
}

#[test]
fn headers_have_one_form() {
    let bundle = small(2);
    let text = header(&bundle);
    let with = |text: &str| {
        let mut changed = text.as_bytes().to_vec();
        changed.resize(4096, 0);
        changed.extend_from_slice(&bundle[4096..]);
        ClaimedBundle::parse(changed).map(|_| ()).unwrap_err()
    };
    let replaced = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        with(&text.replacen(from, to, 1))
    };
    assert!(matches!(replaced("bundle v1", "bundle v2"), BundleError::Version(_)));
    assert_eq!(replaced("keyproof facts", "other facts"), BundleError::NoBundle);
    assert_eq!(replaced("serial 2", "serial 02"), BundleError::Header(2));
    assert_eq!(replaced("serial 2", "serial -2"), BundleError::Header(2));
    assert_eq!(replaced("date 20", "date 0020"), BundleError::Header(3));
    assert_eq!(replaced("section keys", "section kies"), BundleError::Header(5));
    assert_eq!(replaced("section weak-keys 0", "section weak-keys 1"), BundleError::Header(4));
    assert_eq!(with(&format!("{text}section more 1\n")), BundleError::Header(11));
    assert_eq!(with(text.trim_end()), BundleError::Header(11));
    assert_eq!(with(&text.replace('\n', "\r\n")), BundleError::Header(1));
    assert_eq!(ClaimedBundle::parse(vec![]).map(|_| ()).unwrap_err(), BundleError::NoBundle);
    let mut filled = bundle.clone();
    filled[4095] = 1;
    assert_eq!(ClaimedBundle::parse(filled).map(|_| ()).unwrap_err(), BundleError::Padding);
}

/// What changed, in the words of whoever adopts it.
#[test]
fn differences_are_told_in_words() {
    let (files, release) = sources();
    let facts_of = |files: &BTreeMap<String, Vec<u8>>| {
        let bundle = ClaimedBundle::parse(built(files, &release)).unwrap().kept();
        Facts::of_bundle(&bundle, BundleTrust::Release, &[]).unwrap()
    };
    let changed = |path: &str, from: &str, to: &str| {
        let mut files = files.clone();
        let bytes = files.get_mut(path).unwrap();
        let text = String::from_utf8(bytes.clone()).unwrap();
        assert!(text.contains(from), "{from}");
        *bytes = text.replacen(from, to, 1).into_bytes();
        facts_of(&files)
    };
    let now = facts_of(&files);
    let text = std::str::from_utf8(&files["yubico/modules.yaml"]).unwrap();
    // The certification of YubiHSM 2 FIPS at 2.4.1, from its list entry to the next product.
    let number = text.find("number: \"5302\"").unwrap();
    let start = text[..number].rfind("      - scheme").unwrap();
    let end = number + text[number..].find("\n  - id:").unwrap() + 1;
    let before = changed("yubico/modules.yaml", &text[start..end], "");
    let told = differences(&before, &now);
    let expected = "Yubico YubiHSM 2 FIPS (yubico-yubihsm2): certified, certificate 5302 \
                    (FIPS 140-3 level 3) at 2.4.1.";
    assert_eq!(told, [expected]);
    assert_eq!(
        differences(&now, &before),
        [expected.replace(": certified", ": no longer certified")]
    );
    for (path, from, to, says) in [
        ("yubico/modules.yaml", "sunset: \"2031-06-02\"", "sunset: \"2030-06-02\"", "sunset 2030"),
        ("yubico/modules.yaml", "    name: YubiHSM 2 FIPS", "    name: YubiHSM 3", "YubiHSM 3"),
        (
            "yubico/advisories.yaml",
            "\n    effect: settable",
            "\n    effect: refuse",
            "what follows from it",
        ),
        (
            "yubico/advisories.yaml",
            "\n        keys: [RSA]",
            "\n        keys: [RSA, ECDSA]",
            "what it covers",
        ),
        ("yubico/anchors.yaml", "    note: \"Also", "    note: \"Yes, also", "note changed"),
        ("yubico/anchors.yaml", "\n    why: \"", "\n    why: \"Indeed, ", "why it is refused"),
        (
            "without-attestation.yaml",
            "\n    seen: \"2026",
            "\n    seen: \"2025",
            "what is said of it",
        ),
    ] {
        let told = differences(&now, &changed(path, from, to));
        assert!(told.len() == 1 && told[0].contains(says), "{path} {from}: {told:?}");
    }
}
