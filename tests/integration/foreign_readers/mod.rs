//! Other people's readers on the same files: whatever request, certificate or key OpenSSL, GnuTLS,
//! Python's cryptography or Java finds in a file, keyproof has found too, or refuses the file. Whoever
//! issues may read the file with any of them.

mod mixtures;
mod readers;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::support::{at_least, full, read, thorough};
use keyproof::public_key::PublicKey;
use keyproof::submission::ItemKind;
use keyproof::{Input, InputRole, Limits, ReasonCode, Submission};
use mixtures::Mixture;
use readers::{Reader, Sighting};

/// Mixtures of each run.
const MIXTURES: usize = 5_000;

/// Whether keyproof refuses the submission, or has found what another reader has.
///
/// A private key is refused as such, for nothing of it may be kept. All else is an item, or in the
/// list of what other programs may find.
fn is_known(submission: &Submission, other: &Sighting) -> bool {
    let problems = submission.problems();
    if other.kind == "private-key" {
        return problems.iter().any(|it| it.code() == ReasonCode::InputPrivateKeyPresent);
    }
    let is_it = |kind: ItemKind, encoding: &[u8]| {
        // An RSAPublicKey is the end of what others make of it, and the content of a value that is no
        // DER the end of what they write.
        kind.id() == other.kind
            && (other.der.ends_with(encoding) || other.der.ends_with(content(encoding)))
    };
    !problems.is_empty()
        || submission.items().iter().any(|item| is_it(item.kind(), item.der()))
        || submission.sightings().iter().any(|own| is_it(own.kind(), own.encoding()))
}

/// The content of a value, whatever form its tag and length have.
fn content(encoding: &[u8]) -> &[u8] {
    let is_long = encoding.first().is_some_and(|tag| tag & 0x1f == 0x1f);
    let more =
        if is_long { encoding[1..].iter().take_while(|it| **it > 0x7f).count() + 1 } else { 0 };
    match &encoding[(1 + more).min(encoding.len())..] {
        [0x80, content @ .., 0, 0] => content,
        [first @ 0x81..=0xff, content @ ..] => {
            &content[usize::from(first & 0x7f).min(content.len())..]
        }
        [_, content @ ..] => content,
        [] => encoding,
    }
}

/// An ECDSA signature is two numbers and so is an RSAPublicKey, but none of a few octets.
fn is_signature(sighting: &Sighting) -> bool {
    const P521_OCTETS: usize = 66;
    sighting.kind == "public-key" && {
        let key = PublicKey::from_spki(&sighting.der);
        let bits = key.ok().and_then(|key| key.rsa_bits());
        bits.is_some_and(|bits| bits <= 8 * P521_OCTETS as u64)
    }
}

/// A way in which a file reaches keyproof.
type WayIn = (&'static str, fn(&Mixture) -> Vec<Input>);

const WAYS_IN: [WayIn; 4] = [
    ("named", |file| vec![input(&file.name, &file.bytes, InputRole::Any)]),
    ("as --request", |file| vec![input(&file.name, &file.bytes, InputRole::Request)]),
    // Beside something that is read, a text is a companion.
    ("in a folder", |file| {
        vec![
            input(&file.name, &file.bytes, InputRole::Found),
            input("evidence.pem", &evidence(), InputRole::Found),
        ]
    }),
    ("in a zip", |file| {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (name, bytes) in [(file.name.as_str(), &file.bytes), ("evidence.pem", &evidence())] {
            zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
        }
        vec![input("submission.zip", &zip.finish().unwrap().into_inner(), InputRole::Any)]
    }),
];

fn input(name: &str, bytes: &[u8], role: InputRole) -> Input {
    Input { name: name.to_owned(), bytes: bytes.to_vec(), role }
}

fn evidence() -> Vec<u8> {
    include_bytes!("../../../attestation-samples/yubico-piv/simulated-accept/issuing-ca.pem")
        .to_vec()
}

/// The files below a folder, as a mixture that is called by its path.
fn files(folder: &Path, way: &'static str) -> Vec<Mixture> {
    let mut all = Vec::new();
    for entry in crate::support::entries(folder) {
        if entry.is_dir() {
            all.extend(files(&entry, way));
        } else {
            let name = entry.display().to_string();
            all.push(Mixture { way, kind: "file", name, bytes: read(&entry) });
        }
    }
    all
}

fn material() -> Vec<Mixture> {
    let mut all = mixtures::controls();
    all.extend(files(&Path::new(crate::ROOT).join("attestation-samples"), "case"));
    for folder in ["samples", "findings", "vectors/attack-pack"] {
        if let Some(folder) = crate::support::shared(folder) {
            all.extend(files(&folder, "shared"));
        }
    }
    all.extend(mixtures::all(if full() { 10 * MIXTURES } else { at_least(MIXTURES) }));
    all
}

/// Writes the files and the list of them.
fn write(folder: &Path, material: &[Mixture]) -> PathBuf {
    fs::create_dir_all(folder.join("files")).unwrap();
    let mut list = String::new();
    for (number, file) in material.iter().enumerate() {
        let path = folder.join("files").join(format!("{number:05}"));
        fs::write(&path, &file.bytes).unwrap();
        list += &format!("{}\n", path.display());
    }
    let path = folder.join("list");
    fs::write(&path, list).unwrap();
    path
}

#[test]
fn what_another_reader_finds_keyproof_has_found_or_refuses() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("foreign-readers");
    let material = material();
    let list = write(&folder, &material);
    let readers = readers::all(&folder);
    let names: Vec<_> = readers.iter().map(|reader| reader.name.clone()).collect();
    let read = |reader: Reader| reader.read(&folder, &list, material.len());
    let sightings: Vec<Sighting> = std::thread::scope(|scope| {
        let running: Vec<_> =
            readers.into_iter().map(|reader| scope.spawn(|| read(reader))).collect();
        running.into_iter().flat_map(|reader| reader.join().expect("a reader")).collect()
    });
    every_reader_reads(&names, &material, &sightings);
    keyproof_reads(&material);
    if thorough() {
        every_way_hides_something(&material, &sightings);
    }

    let unseen = unseen(&material, &sightings);
    let line = |(what, (count, number)): (&String, &(usize, usize))| {
        format!("{what}\t{count}\t{number:05} {}\n", material[*number].name)
    };
    let report: String = unseen.iter().map(line).collect();
    fs::write(folder.join("unseen.tsv"), &report).unwrap();
    assert!(unseen.is_empty(), "not seen, and not refused; see {}:\n{report}", folder.display());
}

/// What keyproof neither knows nor refuses: by way, kind, way in and reader how often, and one file.
fn unseen(material: &[Mixture], sightings: &[Sighting]) -> BTreeMap<String, (usize, usize)> {
    let mut by_file: BTreeMap<usize, Vec<&Sighting>> = BTreeMap::new();
    for sighting in sightings.iter().filter(|sighting| !is_signature(sighting)) {
        by_file.entry(sighting.file).or_default().push(sighting);
    }
    let mut unseen = BTreeMap::new();
    for (number, sightings) in by_file {
        let file = &material[number];
        for (way_in, inputs) in WAYS_IN {
            let submission = Submission::unpack(inputs(file), &Limits::default());
            for other in sightings.iter().filter(|other| !is_known(&submission, other)) {
                let what = [file.way, &other.kind, way_in, &other.by].join("\t");
                unseen.entry(what).or_insert((0, number)).0 += 1;
            }
        }
    }
    unseen
}

fn controls(material: &[Mixture]) -> impl Iterator<Item = (usize, &Mixture)> {
    material.iter().enumerate().filter(|(_, file)| file.way.starts_with("control"))
}

/// A reader that finds nothing would be no check.
fn every_reader_reads(names: &[String], material: &[Mixture], sightings: &[Sighting]) {
    for (number, control) in controls(material) {
        for name in names {
            let seen = sightings.iter().any(|sighting| {
                sighting.file == number
                    && sighting.kind == control.kind
                    && sighting.by.starts_with(&format!("{name}: "))
            });
            assert!(seen, "{name} does not find the {} of {}", control.kind, control.way);
        }
    }
}

/// Nor would one that refuses everything.
fn keyproof_reads(material: &[Mixture]) {
    for (_, control) in controls(material) {
        for (way_in, inputs) in WAYS_IN {
            let submission = Submission::unpack(inputs(control), &Limits::default());
            let codes = submission.problems().iter().map(|it| it.code()).collect::<Vec<_>>();
            let expected: &[ReasonCode] = match control.kind {
                "private-key" => &[ReasonCode::InputPrivateKeyPresent],
                _ => &[],
            };
            assert_eq!(codes, expected, "{} of {}, {way_in}", control.kind, control.way);
        }
    }
}

/// A way in which no reader ever finds anything would be no check either.
fn every_way_hides_something(material: &[Mixture], sightings: &[Sighting]) {
    let ways: BTreeSet<_> = material.iter().map(|file| file.way).collect();
    let seen: BTreeSet<_> = sightings.iter().map(|sighting| material[sighting.file].way).collect();
    assert_eq!(ways, seen);
    assert!(ways.len() > 70, "only {} ways", ways.len());
}
