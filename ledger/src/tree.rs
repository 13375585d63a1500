//! The Merkle tree over the records (RFC 6962 2.1). Its hashes lie where the caller keeps them; what
//! goes wrong in reading them is the caller's error, and comes back as it was.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keyproof::encoding::hex::Sha256;
use serde::Serialize;
use std::cell::RefCell;
pub use tlog_tiles::{Hash, RecordProof, record_hash, stored_hash_count, stored_hash_index};
use tlog_tiles::{HashReader, TreeProof};

/// Something about the tree is not so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TreeError {
    /// The hash of that index is missing.
    HashMissing(u64),
    /// The record of that place is not the one that was recorded.
    OtherRecord(u64),
    /// The checkpoint has more records than the ledger.
    Shorter {
        /// Records of the checkpoint.
        checkpoint: u64,
        /// Records of the ledger.
        ledger: u64,
    },
    /// The first records, so many, are not those of the checkpoint.
    NotContinued(u64),
    /// Nothing can be computed from these hashes, in the words of who computes.
    Computation(String),
}

crate::facts::facts!(TreeError);

/// The head of a tree.
#[derive(Clone, Debug, PartialEq)]
pub struct Head {
    /// The name of the ledger.
    pub origin: String,
    /// The number of its records.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
    /// The file that holds them, where the checkpoint is a seal: see [`seal`](crate::checkpoint::SigningKey::seal).
    pub file: Option<Sha256>,
}

/// Reads the hashes of the tree by their index ([`stored_hash_index`]).
///
/// The argument are indexes; the result the hashes in the same order, and as many.
pub type ReadHashes<'a, E> = dyn Fn(&[u64]) -> Result<Vec<Hash>, E> + 'a;

/// Lends them to the crate, and keeps what went wrong.
struct Reader<'a, 'b, E> {
    read: &'a ReadHashes<'b, E>,
    error: RefCell<Option<E>>,
}

impl<E> HashReader for Reader<'_, '_, E> {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, tlog_tiles::Error> {
        (self.read)(indexes).map_err(|error| {
            self.error.replace(Some(error));
            tlog_tiles::Error::MalformedHash
        })
    }
}

fn compute<T, E: From<TreeError>>(
    read: &ReadHashes<'_, E>,
    work: impl FnOnce(&Reader<'_, '_, E>) -> Result<T, tlog_tiles::Error>,
) -> Result<T, E> {
    let reader = Reader { read, error: RefCell::new(None) };
    work(&reader).map_err(|error| {
        let own = || TreeError::Computation(error.to_string()).into();
        reader.error.take().unwrap_or_else(own)
    })
}

/// The hashes that the record of place `size` adds to a tree of `size` records; the first of them
/// lies at [`stored_hash_index`]`(0, size)`, the others behind it.
pub fn added_hashes<E: From<TreeError>>(
    size: u64,
    leaf: Hash,
    read: &ReadHashes<'_, E>,
) -> Result<Vec<Hash>, E> {
    compute(read, |reader| tlog_tiles::stored_hashes_for_record_hash(size, leaf, reader))
}

/// The root of the first `size` records.
pub fn root<E: From<TreeError>>(size: u64, read: &ReadHashes<'_, E>) -> Result<Hash, E> {
    compute(read, |reader| tlog_tiles::tree_hash(size, reader))
}

/// The root of no records.
pub fn empty_root() -> Result<Hash, TreeError> {
    root(0, &|_| Ok(Vec::new()))
}

/// The proof that the record of place `place` is in the tree of `size` records.
pub fn prove<E: From<TreeError>>(
    size: u64,
    place: u64,
    read: &ReadHashes<'_, E>,
) -> Result<RecordProof, E> {
    compute(read, |reader| tlog_tiles::prove_record(size, place, reader))
}

/// Shows that `body` is the record of place `place` under `head`.
pub fn check_record<E: From<TreeError>>(
    head: &Head,
    place: u64,
    body: &[u8],
    read: &ReadHashes<'_, E>,
) -> Result<(), E> {
    let proof = prove(head.size, place, read)?;
    tlog_tiles::check_record(&proof, head.size, head.root, place, record_hash(body))
        .map_err(|_| TreeError::OtherRecord(place).into())
}

/// Shows that the tree of `size` records continues that of `older`.
pub fn check_continues<E: From<TreeError>>(
    size: u64,
    root: Hash,
    older: &Head,
    read: &ReadHashes<'_, E>,
) -> Result<(), E> {
    if older.size > size {
        return Err(TreeError::Shorter { checkpoint: older.size, ledger: size }.into());
    }
    if older.size == 0 {
        return Ok(());
    }
    let proof: TreeProof =
        compute(read, |reader| tlog_tiles::prove_tree(size, older.size, reader))?;
    tlog_tiles::check_tree(&proof, size, root, older.size, older.root)
        .map_err(|_| TreeError::NotContinued(older.size).into())
}

/// The proof that a record is in a ledger, in the form of C2SP tlog-proof: text that anyone can check
/// with the record and the verifier key alone.
pub fn proof_text(place: u64, proof: &[Hash], checkpoint: &[u8]) -> String {
    let mut text = format!("c2sp.org/tlog-proof@v1\nindex {place}\n");
    for hash in proof {
        text.push_str(&STANDARD.encode(hash.0));
        text.push('\n');
    }
    text.push('\n');
    text.push_str(&String::from_utf8_lossy(checkpoint));
    text
}
