//! `keyproof ledger seal`: a checkpoint that also covers every byte of the file. The tree covers the
//! records and no more; between its rows SQLite leaves bytes that store nothing, and only a seal tells
//! that one of them has changed.

use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use aws_lc_rs::digest::{Context, SHA256};
use keyproof::encoding::hex::Sha256;
use keyproof_ledger::tree::Head;

use super::store::{Ledger, Place, read_signing_key, tree_failure};
use crate::exit::{Exit, Failure};
use crate::files::named;
use crate::output::Destination;

/// Bytes read at a time.
const PIECE: usize = 1 << 20;

/// How often a file is read again because someone wrote meanwhile.
const ATTEMPTS: u8 = 5;

pub(super) fn run(place: &Place, key: &Path, screen: &Destination) -> Result<Exit, Failure> {
    let Place::File(path) = place else {
        return Err(Failure::usage(
            "only a ledger in a file can be sealed",
            "Let PostgreSQL keep checksums of its pages (`initdb --data-checksums`).",
        ));
    };
    let key = read_signing_key(key)?;
    Ledger::open(place)?.require_key(&key)?;
    for _ in 0..ATTEMPTS {
        if let (head, Some(file)) = digest(place, path)? {
            let seal = key.seal(&head, file).map_err(tree_failure)?;
            screen.write(&String::from_utf8_lossy(&seal))?;
            return Ok(Exit::Done);
        }
    }
    Err(Failure::new(
        format!("others kept writing to {}", named(path)),
        "Seal it when nobody writes, after the last record of a day or of a year.",
    ))
}

/// The head of a ledger, and the SHA-256 of its file if that head was all there was as long as the
/// file was read. What is not yet in the file itself is moved there first.
///
/// No connection of ours is open while the file is read: to close a file takes from a process all
/// its locks on it (POSIX, fcntl), those of SQLite among them.
pub(super) fn digest(place: &Place, path: &Path) -> Result<(Head, Option<Sha256>), Failure> {
    let before = {
        let mut ledger = Ledger::open(place)?;
        ledger.settle()?;
        ledger.read(|view| Ok(view.head().clone()))?
    };
    let file = read(path)?;
    let after = Ledger::open(place)?.read(|view| Ok(view.head().clone()))?;
    let is_still = before == after && is_empty(&log_of(path))?;
    Ok((after, is_still.then_some(file)))
}

fn read(path: &Path) -> Result<Sha256, Failure> {
    let digest = || -> std::io::Result<[u8; 32]> {
        let mut file = File::open(path)?;
        let mut piece = vec![0; PIECE];
        let mut context = Context::new(&SHA256);
        loop {
            match file.read(&mut piece)? {
                0 => break,
                length => context.update(piece.get(..length).unwrap_or_default()),
            }
        }
        let mut value = [0; 32];
        value.copy_from_slice(context.finish().as_ref());
        Ok(value)
    };
    digest().map(Sha256::from).map_err(|error| unreadable(path, &error))
}

/// SQLite's write-ahead log lies beside the file, under its name with an ending (sqlite.org/wal.html).
fn log_of(path: &Path) -> OsString {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    log
}

fn is_empty(log: &OsString) -> Result<bool, Failure> {
    match std::fs::metadata(log) {
        Ok(metadata) => Ok(metadata.len() == 0),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(unreadable(Path::new(log), &error)),
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(
        format!("{} could not be read: {error}", named(path)),
        "Check the rights of the file and of its folder.",
    )
}
