//! No octet is free: what a reader takes is what a writer of the standard would have written, for every
//! sample and for every sample with a changed bit or part. So two inputs that are read alike are one.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::damage::{flipped_bits, rearranged, truncated};
use crate::support::{at_least, every, read, shared};
use keyproof::encoding::cvc::CardVerifiable;
use keyproof::encoding::der;
use keyproof::encoding::x509::Certificate;
use keyproof::submission::ObjectKind;
use keyproof::{Input, InputRole, Limits, Submission};

/// Every object of every case and sample, and the public keys in certificates, each once.
fn objects() -> BTreeSet<Vec<u8>> {
    let mut files = Vec::new();
    let cases = Path::new(crate::ROOT).join("attestation-samples");
    walk(&cases, &mut files);
    for folder in ["samples", "roots"] {
        if let Some(folder) = shared(folder) {
            walk(&folder, &mut files);
        }
    }
    let mut objects = BTreeSet::new();
    let files = files.iter().filter(|file| file.extension().is_some_and(|it| it != "yaml"));
    for file in files {
        let input = Input { name: "file".to_owned(), bytes: read(file), role: InputRole::Any };
        let submission = Submission::unpack(vec![input], &Limits::default());
        objects.extend(submission.items().iter().map(|item| item.der().to_vec()));
        objects.extend(submission.sightings().iter().map(|it| it.encoding().to_vec()));
        let structured = |kind| {
            matches!(kind, ObjectKind::CardVerifiable | ObjectKind::SignedData | ObjectKind::Der)
        };
        let others = submission.objects().iter().filter(|object| structured(object.kind()));
        objects.extend(others.map(|object| object.bytes().to_vec()));
    }
    objects
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in crate::support::entries(folder) {
        if entry.is_dir() { walk(&entry, found) } else { found.push(entry) }
    }
}

#[test]
fn every_sample_is_written_as_it_is_read() {
    let (mut certificates, mut cards) = (0, 0);
    for object in objects() {
        assert!(crate::writers::check(&object) > 0, "no reader takes {object:02x?}");
        certificates += usize::from(Certificate::from_der(&object).is_ok());
        cards += usize::from(CardVerifiable::parse(&object).is_ok());
    }
    assert!(certificates > 50 && cards > 4, "{certificates} certificates, {cards} of cards");
}

#[test]
fn a_changed_bit_or_part_is_refused_or_says_something_else() {
    let step = every(199);
    let (mut damaged, mut taken) = (0_usize, 0_usize);
    for (number, object) in objects().iter().enumerate() {
        let bits = flipped_bits(object, step).map(|(_, changed)| changed);
        let mut changes: Vec<Vec<u8>> = bits.chain(truncated(object, step)).collect();
        if der::check(object).is_ok() {
            changes.extend(rearranged(object).into_iter().skip(number % step).step_by(step));
        }
        changes.push([object.as_slice(), &[0]].concat());
        for changed in changes {
            damaged += 1;
            taken += usize::from(crate::writers::check(&changed) > 0);
        }
    }
    assert!(
        damaged > at_least(5_000) && taken > at_least(2_000),
        "{damaged} changed, {taken} taken"
    );
}
