//! Writing to a ledger: its key, who writes, and where it went.

use keyproof_ledger::checkpoint::SigningKey;
use keyproof_ledger::{Ledger, RecordId, Writing};

use crate::arguments::WritingArguments;
use crate::exit::{Exit, Failure};
use crate::judging;
use crate::output::Destination;
use crate::signing_key;

/// The ledger, and the key that writes to it.
pub(crate) fn open_to_write(writing: &WritingArguments) -> Result<(Ledger, SigningKey), Failure> {
    let key = signing_key::read(&writing.ledger_key)?;
    Ok((Ledger::open(&writing.ledger.place)?, key))
}

impl WritingArguments {
    /// The operator, writing now.
    pub(crate) fn by<'a>(&'a self, key: &'a SigningKey) -> Result<Writing<'a>, Failure> {
        Ok(Writing { key, operator: &self.operator, now: judging::now()? })
    }
}

/// Says where something was recorded.
pub(super) fn recorded(id: RecordId, screen: &Destination) -> Result<Exit, Failure> {
    screen.write(&format!("recorded as {id}\n"))?;
    Ok(Exit::Done)
}
