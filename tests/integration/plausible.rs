//! What genuine devices say of themselves is plausible: whatever else is wrong with a sample, none is
//! taken for a device that cannot be.

use std::path::{Path, PathBuf};

use crate::support::{appraise, at, codes, entries, facts, read, shared, verifier};

/// After every sample began to be valid.
const TIME: &str = "2026-11-27T00:00:00Z";

const IMPLAUSIBLE: &str = "attestation.implausible";

/// The folders at or below `folder` that hold files.
fn folders_of_files(folder: &Path) -> Vec<PathBuf> {
    let (folders, files): (Vec<_>, Vec<_>) =
        entries(folder).into_iter().partition(|entry| entry.is_dir());
    let mut found: Vec<_> = folders.iter().flat_map(|folder| folders_of_files(folder)).collect();
    if !files.is_empty() {
        found.push(folder.to_owned());
    }
    found
}

#[test]
fn no_sample_is_implausible() {
    let Some(samples) = shared("samples") else { return };
    let verifier = verifier(facts());
    let mut read_to_the_end = 0;
    for folder in folders_of_files(&samples) {
        let files: Vec<_> = entries(&folder)
            .iter()
            .filter(|entry| entry.is_file())
            .map(|file| (file.file_name().unwrap().to_string_lossy().into_owned(), read(file)))
            .collect();
        // Together, as they were sent, and each alone, where a folder holds several cases.
        let all: Vec<_> =
            files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
        for files in std::iter::once(&all[..]).chain(all.chunks(1)) {
            let result = appraise(&verifier, files, at(TIME));
            assert!(!codes(&result).contains(&IMPLAUSIBLE), "{}", folder.display());
            read_to_the_end += usize::from(result.claims().is_some());
        }
    }
    assert!(read_to_the_end >= 15, "only {read_to_the_end}");
}
