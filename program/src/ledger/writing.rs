//! Writing to a ledger: its key, who writes, and where it went.

use std::path::Path;

use keyproof_ledger::checkpoint::SigningKey;
use keyproof_ledger::{Ledger, RecordId, Writing};

use super::words;
use crate::arguments::WritingArguments;
use crate::exit::{Exit, Failure};
use crate::facts;
use crate::files::{named, read_own_file};
use crate::output::Destination;

/// The largest file that names a signing key or a checkpoint.
pub(super) const MAX_KEY_BYTES: usize = 4096;

/// Reads a signing key from its file.
pub(super) fn read_signing_key(path: &Path) -> Result<SigningKey, Failure> {
    let bytes = read_own_file(path, MAX_KEY_BYTES)?;
    let text = String::from_utf8_lossy(&bytes);
    SigningKey::from_text(&text).map_err(|error| {
        Failure::new(
            format!("{}: {}", named(path), words::of_checkpoint(&error)),
            "Name the file that `keyproof ledger init` made.",
        )
    })
}

/// The ledger, and the key that writes to it.
pub(crate) fn open_to_write(writing: &WritingArguments) -> Result<(Ledger, SigningKey), Failure> {
    let key = read_signing_key(&writing.ledger_key)?;
    Ok((Ledger::open(&writing.ledger.place)?, key))
}

impl WritingArguments {
    /// The operator, writing now.
    pub(crate) fn by<'a>(&'a self, key: &'a SigningKey) -> Result<Writing<'a>, Failure> {
        Ok(Writing { key, operator: &self.operator, now: facts::now()? })
    }
}

/// Says where something was recorded.
pub(super) fn recorded(id: RecordId, screen: &Destination) -> Result<Exit, Failure> {
    screen.write(&format!("recorded as {id}\n"))?;
    Ok(Exit::Done)
}
