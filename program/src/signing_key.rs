//! Files of signing keys (C2SP signed-note): of ledgers, and of those who sign bundles of facts.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use keyproof_ledger::checkpoint::{CheckpointError, SigningKey};

use crate::exit::Failure;
use crate::files::{named, read_own_file};

/// The largest file of a key.
pub(crate) const MAX_KEY_BYTES: usize = 4096;

/// Makes a key of that name, and writes it to a new file that its owner alone can read.
pub(crate) fn make(name: &str, file: &Path) -> Result<SigningKey, Failure> {
    let mut seed = [0; 32];
    SystemRandom::new().fill(&mut seed).map_err(|_| {
        Failure::new("this machine gave no random numbers", "Try again, or on another machine.")
    })?;
    let (signer, text) = SigningKey::from_seed(name, &seed).map_err(|error| {
        Failure::usage(of_checkpoint(&error), "Write it as keyproof.ca.example/2026.")
    })?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(file)
        .and_then(|mut file| {
            file.write_all(format!("{text}\n").as_bytes())?;
            file.sync_all()
        })
        .map_err(|error| {
            Failure::new(
                format!("the signing key could not be written to {}: {error}", named(file)),
                "Name a new file; a key is never overwritten.",
            )
        })?;
    Ok(signer)
}

/// Reads a key from its file.
pub(crate) fn read(file: &Path) -> Result<SigningKey, Failure> {
    let bytes = read_own_file(file, MAX_KEY_BYTES)?;
    SigningKey::from_text(&String::from_utf8_lossy(&bytes)).map_err(|error| {
        Failure::new(
            format!("{}: {}", named(file), of_checkpoint(&error)),
            "Name the file that `keyproof ledger init` or `keyproof facts new-key` made.",
        )
    })
}

pub(crate) fn of_checkpoint(error: &CheckpointError) -> String {
    let words = match error {
        CheckpointError::SigningKey => "this is no signing key in the form PRIVATE+KEY+…",
        CheckpointError::VerifierKey => "this is no verifier key in the form name+id+base64",
        CheckpointError::Note => "the checkpoint is no signed note",
        CheckpointError::Signature(said) => {
            return format!("the checkpoint is not signed by this ledger's key: {said}");
        }
        CheckpointError::Form => "the checkpoint has no form",
        CheckpointError::Origin => "the checkpoint is of another ledger",
        CheckpointError::SealedFile => "the checkpoint seals a file, but does not say which one",
    };
    words.to_owned()
}
