//! What is not so about a ledger, in words.

use keyproof_ledger::Fault;
use keyproof_ledger::record::{RecordError, SCHEMA};
use keyproof_ledger::tree::TreeError;

use crate::files::named;
use crate::signing_key::of_checkpoint;

/// That of an error which says that the ledger is damaged.
pub(super) fn damaged(fault: &Fault) -> String {
    format!("the ledger is damaged: {}", of_fault(fault))
}

/// That of one thing that is not as keyproof leaves it. Which checkpoint and which file are meant, the
/// caller knows.
pub(super) fn of_fault(fault: &Fault) -> String {
    match fault {
        Fault::Row => "its one row is missing".to_owned(),
        Fault::Columns => "a row has other columns".to_owned(),
        Fault::Column { expected, found } => {
            format!("a column holds {found} in place of {expected}")
        }
        Fault::File { path, said: None } => format!("{} is empty", named(path)),
        Fault::File { path, said: Some(said) } => format!("{}: {said}", named(path)),
        Fault::Storage(said) => said.clone(),
        Fault::Definitions => "the definitions of its tables are not those of keyproof".to_owned(),
        Fault::Checkpoint(error) => of_checkpoint(error),
        Fault::Tree(error) => of_tree(error),
        Fault::OtherTree => "its tree is not the one that its checkpoint covers".to_owned(),
        Fault::RecordMissing(id) => format!("record {id} is missing"),
        Fault::RecordUnreadable { record, error } => {
            format!("record {record} cannot be read: {}", of_record(error))
        }
        Fault::RecordMisplaced { record, says } => format!("record {record} calls itself {says}"),
        Fault::RecordOlder(id) => format!("record {id} is older than one before it"),
        Fault::RecordAboutLater(id) => format!("record {id} is about one that came later"),
        Fault::RecordEmpty(id) => {
            format!("record {id} is empty without being pruned, or pruned and not empty")
        }
        Fault::RecordBeyond(id) => format!("record {id} lies beyond the head"),
        Fault::TermUnknown(id) => format!("record {id} is found by a word it does not have"),
        Fault::TermMissing { record, facet } => {
            format!("record {record} is not found by its {}", facet.id())
        }
        Fault::HashMissingBefore(place) => format!("a hash of the tree is missing before {place}"),
        Fault::HashLength(place) => format!("hash {place} of the tree has another length"),
        Fault::HashCount { found, expected } => {
            format!("the tree has {found} hashes where {expected} belong")
        }
        Fault::HashPlaceless => "the tree has hashes that have no place".to_owned(),
        Fault::HashOther(place) => {
            format!("hash {place} of the tree does not follow from the others")
        }
        Fault::OtherRecords => {
            "the records are not those that the signed checkpoint covers".to_owned()
        }
        Fault::ContentMissing(sha256) => format!("the content {sha256} is missing"),
        Fault::ContentChanged(name) => format!("the content {name} was changed"),
        Fault::ContentUnnamed(sha256) => format!("the content {sha256} is of no record"),
        Fault::ContentNameless => "a content has no SHA-256 for a name".to_owned(),
        Fault::FactList { list, error } => {
            format!("the list of facts {list}: {}", of_record(error))
        }
        Fault::FactListLost(fault) => damaged(fault),
        Fault::Facts { list, why } => format!("facts {list}: {why}"),
        Fault::Observations { content, why } => format!("observations {content}: {why}"),
        Fault::PolicyMissing => "a verdict has no policy".to_owned(),
        Fault::OtherVerifier => "its verifier key is not the one that was noted".to_owned(),
        Fault::NotContinued { error, .. } => of_tree(error),
        Fault::SealBroken { .. } => {
            "the file is not, byte for byte, the one that was sealed".to_owned()
        }
        Fault::SealUnchecked { .. } => "not compared".to_owned(),
    }
}

fn of_tree(error: &TreeError) -> String {
    match error {
        TreeError::HashMissing(index) => format!("hash {index} of the tree is missing"),
        TreeError::OtherRecord(id) => format!("record {id} is not the one that was recorded"),
        TreeError::Shorter { checkpoint, ledger } => {
            format!("the checkpoint has {checkpoint} records, the ledger only {ledger}")
        }
        TreeError::NotContinued(size) => {
            format!("the first {size} records are not those of the checkpoint")
        }
        TreeError::Computation(said) => said.clone(),
    }
}

fn of_record(error: &RecordError) -> String {
    match error {
        RecordError::Json(said) => said.clone(),
        RecordError::Schema => format!("its schema is not {SCHEMA}"),
        RecordError::Form => "it is not in the form that keyproof writes".to_owned(),
    }
}
