//! A seal: a checkpoint that also covers every byte of the file. The tree covers the records and no
//! more; between its rows SQLite leaves bytes that store nothing, and only a seal tells that one of
//! them has changed.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use aws_lc_rs::digest::{Context, SHA256};
use keyproof::encoding::hex::Sha256;

use crate::checkpoint::SigningKey;
use crate::error::{FileStep, LedgerError};
use crate::facts::facts;
use crate::place::Place;
use crate::store::Ledger;
use crate::tree::Head;

/// Bytes read at a time.
const PIECE: usize = 1 << 20;

/// How often a file is read again because someone wrote meanwhile.
const ATTEMPTS: u8 = 5;

/// A file that was not sealed.
#[derive(Debug)]
pub enum SealError {
    /// Others kept writing to it.
    InUse,
    /// The ledger could not be used.
    Ledger(LedgerError),
}

facts!(SealError, or LedgerError);

impl Ledger {
    /// The seal of the ledger in the file `path`.
    pub fn seal(path: &Path, key: &SigningKey) -> Result<Vec<u8>, SealError> {
        Self::open(&Place::File(path.to_owned()))?.require_key(key)?;
        for _ in 0..ATTEMPTS {
            if let (head, Some(file)) = digest(path)? {
                return Ok(key.seal(&head, file).map_err(LedgerError::from)?);
            }
        }
        Err(SealError::InUse)
    }
}

/// The head of a ledger, and the SHA-256 of its file if that head was all there was as long as the
/// file was read. What is not yet in the file itself is moved there first.
///
/// No connection of ours is open while the file is read: to close a file takes from a process all
/// its locks on it (POSIX, fcntl), those of SQLite among them.
pub(crate) fn digest(path: &Path) -> Result<(Head, Option<Sha256>), LedgerError> {
    let open = || Ledger::open(&Place::File(path.to_owned()));
    let before = {
        let mut ledger = open()?;
        ledger.flush()?;
        ledger.head()?
    };
    let unreadable =
        |path: &Path, error| LedgerError::Io { step: FileStep::Read, path: path.to_owned(), error };
    let file = read(path).map_err(|error| unreadable(path, error))?;
    let after = open()?.head()?;
    let log = log_of(path);
    let is_empty = is_empty(&log).map_err(|error| unreadable(Path::new(&log), error))?;
    let is_still = before == after && is_empty;
    Ok((after, is_still.then_some(file)))
}

fn read(path: &Path) -> io::Result<Sha256> {
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
    Ok(value.into())
}

/// SQLite's write-ahead log lies beside the file, under its name with an ending (sqlite.org/wal.html).
fn log_of(path: &Path) -> OsString {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    log
}

fn is_empty(log: &OsString) -> io::Result<bool> {
    match std::fs::metadata(log) {
        Ok(metadata) => Ok(metadata.len() == 0),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
    }
}
