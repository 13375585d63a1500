//! What can go wrong, as facts. Nothing here says what to do about it, nor how a program ends: that is
//! the caller's, who knows whom it speaks to.

use std::io;
use std::path::PathBuf;

use keyproof::encoding::hex::Sha256;
use keyproof::policy::PolicyError;
use keyproof::time::Timestamp;
use serde::Serialize;

use crate::checkpoint::CheckpointError;
use crate::record::{Facet, RecordError, RecordId};
use crate::tree::TreeError;

/// The ledger could not be used. What was to be written was not.
#[derive(Debug)]
pub enum LedgerError {
    /// It is not as keyproof leaves it.
    Damaged(Fault),
    /// Another version of keyproof made it, with other tables.
    OtherSchema,
    /// The signing key is not that of the ledger, whose name this is.
    OtherKey(String),
    /// The clock shows a time before that of the last record.
    ClockSetBack {
        /// What the clock shows.
        now: Timestamp,
        /// When the last record was written.
        last: Timestamp,
    },
    /// No record has that place.
    NoRecord {
        /// The place.
        record: RecordId,
        /// The number of records.
        size: u64,
    },
    /// What the record held was removed at the end of its time.
    Pruned(RecordId),
    /// Verdicts of this ledger are given by other facts, which were adopted.
    OtherFacts,
    /// The policy of a verdict cannot be used with the facts it is to be used with.
    Policy(PolicyError),
    /// Something could not be done with a file.
    Io {
        /// What.
        step: FileStep,
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// SQLite cannot go on.
    File {
        /// The file.
        path: PathBuf,
        /// As far as it is known, what to look after.
        cause: FileCause,
        /// In SQLite's words.
        said: String,
    },
    /// The URL of a server cannot be used.
    Url(UrlError),
    /// The certificates of the authority cannot be used.
    Authority {
        /// Their file.
        path: PathBuf,
        /// Why, in the words of who reads them; `None` if there is none in it.
        said: Option<String>,
    },
    /// The database of that place was left out when this was built.
    Unsupported,
    /// The server could not be reached.
    Unreachable(String),
    /// The server runs with that setting off, and may lose what it says it has kept.
    Unsafe(&'static str),
    /// PostgreSQL cannot go on, in its words.
    Server(String),
}

crate::facts::facts!(LedgerError);

/// What was to be done with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileStep {
    /// To make it.
    Make,
    /// To have its name outlive the loss of power.
    Synchronise,
    /// To open it.
    Open,
    /// To read all of it.
    Read,
    /// To read the certificates of the authority that vouches for a server.
    ReadAuthority,
}

/// What SQLite's trouble comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileCause {
    /// Others kept writing.
    Busy,
    /// The disk is full.
    Full,
    /// The rights of the file, or of its folder.
    Rights,
    /// Another.
    Other,
}

/// Why the URL of a server cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UrlError {
    /// It has no form, in the words of who reads it.
    Form(String),
    /// `sslrootcert` does not name one file.
    AuthorityUnnamed,
    /// `sslmode=verify-full`, and nothing to verify by.
    AuthorityMissing,
    /// It names an authority, and says `sslmode=disable`.
    AuthorityUnused,
    /// The connection would leave this machine without encryption.
    Unencrypted,
}

/// One way in which a ledger is not as keyproof leaves it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// Its one row is missing.
    Row,
    /// A row has other columns.
    Columns,
    /// A column holds something else.
    Column {
        /// What belongs there.
        expected: &'static str,
        /// What is there.
        found: &'static str,
    },
    /// A file is no database any more, in SQLite's words; `None` if it is empty.
    File {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        said: Option<String>,
    },
    /// What SQLite finds in the file.
    Storage(String),
    /// The definitions of its tables are others.
    Definitions,
    /// The checkpoint or the key of the ledger.
    Checkpoint(CheckpointError),
    /// The tree.
    Tree(TreeError),
    /// The tree that is stored is not the one that its checkpoint covers.
    OtherTree,
    /// A record is missing.
    RecordMissing(RecordId),
    /// A record cannot be read.
    RecordUnreadable {
        /// Its place.
        record: RecordId,
        /// Why.
        error: RecordError,
    },
    /// A record gives itself another place.
    RecordMisplaced {
        /// Where it lies.
        record: RecordId,
        /// What it says.
        says: RecordId,
    },
    /// A record was written before the one that stands before it.
    RecordOlder(RecordId),
    /// A record is about one that came later.
    RecordAboutLater(RecordId),
    /// A record is empty without being pruned, or pruned and not empty.
    RecordEmpty(RecordId),
    /// A record lies beyond the head.
    RecordBeyond(i64),
    /// A record is found by a word that it does not have.
    TermUnknown(i64),
    /// A record is not found by a word that it has.
    TermMissing {
        /// Its place.
        record: RecordId,
        /// What the word is.
        facet: Facet,
    },
    /// A hash of the tree is missing before that place.
    HashMissingBefore(u64),
    /// The hash at that place has another length.
    HashLength(u64),
    /// The tree has more hashes, or fewer.
    HashCount {
        /// How many there are.
        found: usize,
        /// How many belong there.
        expected: u64,
    },
    /// Hashes have no place in the tree.
    HashPlaceless,
    /// The hash at that place does not follow from the others.
    HashOther(u64),
    /// The records are not those that the signed checkpoint covers.
    OtherRecords,
    /// A content is missing.
    ContentMissing(Sha256),
    /// A content is not what its name says, which is in hexadecimal.
    ContentChanged(String),
    /// A content is named by no record.
    ContentUnnamed(Sha256),
    /// A content has no SHA-256 for a name.
    ContentNameless,
    /// A list of facts cannot be read.
    FactList {
        /// Its name.
        list: Sha256,
        /// Why.
        error: RecordError,
    },
    /// A list of facts is not there.
    FactListLost(Box<Self>),
    /// The facts that a verdict was given by cannot be read.
    Facts {
        /// Their list.
        list: Sha256,
        /// Why.
        why: String,
    },
    /// What was seen of a live token cannot be read.
    Observations {
        /// Its name.
        content: Sha256,
        /// Why.
        why: String,
    },
    /// A verdict has no policy.
    PolicyMissing,
    /// The key of the ledger is not the one that was noted.
    OtherVerifier,
    /// The ledger does not continue a checkpoint that was kept elsewhere.
    NotContinued {
        /// Which of those that were given, from 0.
        checkpoint: usize,
        /// Why.
        error: TreeError,
    },
    /// The file is not, byte for byte, the one that was sealed.
    SealBroken {
        /// Which of the checkpoints that were given, from 0.
        checkpoint: usize,
    },
    /// The file was in use, so that its bytes could not be compared.
    SealUnchecked {
        /// Which of the checkpoints that were given, from 0.
        checkpoint: usize,
    },
}

impl From<Fault> for LedgerError {
    fn from(fault: Fault) -> Self {
        Self::Damaged(fault)
    }
}

impl From<UrlError> for LedgerError {
    fn from(error: UrlError) -> Self {
        Self::Url(error)
    }
}

impl From<TreeError> for LedgerError {
    fn from(error: TreeError) -> Self {
        Fault::Tree(error).into()
    }
}

impl From<CheckpointError> for LedgerError {
    fn from(error: CheckpointError) -> Self {
        Fault::Checkpoint(error).into()
    }
}
