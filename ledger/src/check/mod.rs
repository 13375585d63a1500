//! The ledger as an auditor sees it: every row is held against what the signed head covers, so that a
//! change of any of them is found, wherever it was made.

mod audit;
mod faults;

use std::path::Path;

use keyproof::encoding::hex::Sha256;
use serde::Serialize;

use self::audit::Audit;
pub use self::faults::Faults;
use crate::checkpoint::VerifierKey;
use crate::error::{Fault, LedgerError};
use crate::facts::facts;
use crate::place::Place;
use crate::seal::digest;
use crate::store::Ledger;
use crate::tree::{self, Head};

/// What was found of a ledger.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Checked {
    /// Its name.
    pub origin: String,
    /// Its records.
    pub records: u64,
    /// Those among them that are not pruned.
    pub present: u64,
    /// The contents that they name.
    pub contents: u64,
    /// How it is not as keyproof left it. Where there are none, it is whole.
    pub faults: Faults,
    /// Whether all that is stored is as keyproof left it, whatever lies between.
    pub is_stored_whole: bool,
    /// What the seals among the checkpoints showed of the file, as long as none is broken.
    pub seals: Vec<Sealed>,
}

/// What a seal showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sealed {
    /// Every byte of the file is as it was.
    Same,
    /// It was of the first records, so many; others were written since.
    WrittenSince(u64),
}

/// A ledger that was not checked to the end.
#[derive(Debug)]
pub enum CheckError {
    /// The file was in use, so that its bytes could not be compared with a seal.
    InUse,
    /// The ledger could not be used.
    Ledger(LedgerError),
}

facts!(CheckError, or LedgerError);

impl Ledger {
    /// Looks for any change, removal, reordering or rollback: the ledger must have the verifier key
    /// that was `noted`, and continue each of the `checkpoints` that were kept elsewhere.
    pub fn check(
        mut self,
        noted: Option<&VerifierKey>,
        checkpoints: &[Head],
    ) -> Result<Checked, CheckError> {
        let mut faults = Faults::default();
        if noted.is_some_and(|noted| noted != self.verifier()) {
            faults.add(Fault::OtherVerifier);
        }
        self.damage()?.into_iter().for_each(|fault| faults.add(fault));
        let mut audit = Audit::default();
        let records = self.read(|view| {
            audit.records(view, &mut faults)?;
            audit.hashes(view, &mut faults)?;
            audit.terms(view, &mut faults)?;
            audit.contents(view, &mut faults)?;
            let head = view.head().clone();
            for (checkpoint, older) in checkpoints.iter().enumerate() {
                let continues = view
                    .with_hashes(|read| tree::check_continues(head.size, head.root, older, read));
                match continues {
                    Err(LedgerError::Damaged(Fault::Tree(error))) => {
                        faults.add(Fault::NotContinued { checkpoint, error });
                    }
                    continues => continues?,
                }
            }
            Ok::<_, LedgerError>(head.size)
        })?;
        let origin = self.verifier().origin().to_owned();
        let place = self.place().clone();
        drop(self);
        let is_stored_whole = faults.is_empty();
        let seals = match place {
            Place::File(file) => check_seals(&file, checkpoints, &mut faults)?,
            // A copy on a server has other bytes and the same records.
            Place::Server(_) => Vec::new(),
        };
        let Audit { present, found_contents: contents, .. } = audit;
        Ok(Checked { origin, records, present, contents, faults, is_stored_whole, seals })
    }
}

/// Holds the file against the seals among `checkpoints`.
fn check_seals(
    file: &Path,
    checkpoints: &[Head],
    faults: &mut Faults,
) -> Result<Vec<Sealed>, CheckError> {
    let seals = checkpoints.iter().enumerate();
    let seals: Vec<(usize, &Head, Sha256)> =
        seals.filter_map(|(number, head)| Some((number, head, head.file?))).collect();
    if seals.is_empty() {
        return Ok(Vec::new());
    }
    let (now, found) = digest(file)?;
    let mut shown = Vec::new();
    for (checkpoint, head, sealed) in seals {
        match found {
            _ if now.size > head.size => shown.push(Sealed::WrittenSince(head.size)),
            Some(found) if found == sealed => shown.push(Sealed::Same),
            Some(_) => faults.add(Fault::SealBroken { checkpoint }),
            // An error, unless there is worse to tell.
            None if faults.is_empty() => return Err(CheckError::InUse),
            None => faults.add(Fault::SealUnchecked { checkpoint }),
        }
    }
    Ok(shown)
}
