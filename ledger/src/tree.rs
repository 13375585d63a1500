//! The Merkle tree over the records (RFC 6962 2.1), and its signed heads: checkpoints (C2SP
//! tlog-checkpoint) in signed notes (C2SP signed-note) with Ed25519 keys.

use std::fmt;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use signed_note::{Note, StandardSigner, StandardVerifier, VerifierList};
use tlog_tiles::{Checkpoint, HashReader, TreeProof};
pub use tlog_tiles::{Hash, RecordProof, record_hash, stored_hash_count, stored_hash_index};

use keyproof::encoding::hex::Sha256;

/// Something about the tree is not so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeError(String);

impl fmt::Display for TreeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for TreeError {}

impl TreeError {
    /// With that sentence, without its full stop.
    pub fn new(what: impl fmt::Display) -> Self {
        Self(what.to_string())
    }
}

/// Reads the hashes of the tree by their index ([`stored_hash_index`]).
///
/// The argument are indexes; the result the hashes in the same order, and as many.
pub type ReadHashes<'a> = dyn Fn(&[u64]) -> Result<Vec<Hash>, TreeError> + 'a;

struct Reader<'a, 'b>(&'a ReadHashes<'b>);

impl HashReader for Reader<'_, '_> {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, tlog_tiles::Error> {
        let hashes = (self.0)(indexes).map_err(|error| invalid(&error))?;
        if hashes.len() != indexes.len() {
            return Err(invalid(&TreeError::new("a hash of the tree is missing")));
        }
        Ok(hashes)
    }
}

fn invalid(error: &TreeError) -> tlog_tiles::Error {
    tlog_tiles::Error::InvalidInput(error.to_string())
}

/// The hashes that the record of place `size` adds to a tree of `size` records; the first of them
/// lies at [`stored_hash_index`]`(0, size)`, the others behind it.
pub fn added_hashes(size: u64, leaf: Hash, read: &ReadHashes<'_>) -> Result<Vec<Hash>, TreeError> {
    tlog_tiles::stored_hashes_for_record_hash(size, leaf, &Reader(read)).map_err(TreeError::new)
}

/// The root of the first `size` records.
pub fn root(size: u64, read: &ReadHashes<'_>) -> Result<Hash, TreeError> {
    tlog_tiles::tree_hash(size, &Reader(read)).map_err(TreeError::new)
}

/// The proof that the record of place `place` is in the tree of `size` records.
pub fn prove(size: u64, place: u64, read: &ReadHashes<'_>) -> Result<RecordProof, TreeError> {
    tlog_tiles::prove_record(size, place, &Reader(read)).map_err(TreeError::new)
}

/// Shows that `body` is the record of place `place` under `head`.
pub fn check_record(
    head: &Head,
    place: u64,
    body: &[u8],
    read: &ReadHashes<'_>,
) -> Result<(), TreeError> {
    let proof = prove(head.size, place, read)?;
    tlog_tiles::check_record(&proof, head.size, head.root, place, record_hash(body))
        .map_err(|_| TreeError::new(format!("record {place} is not the one that was recorded")))
}

/// Shows that the tree of `size` records continues that of `older`.
pub fn check_continues(
    size: u64,
    root: Hash,
    older: &Head,
    read: &ReadHashes<'_>,
) -> Result<(), TreeError> {
    if older.size > size {
        return Err(TreeError::new(format!(
            "the checkpoint has {} records, the ledger only {size}",
            older.size
        )));
    }
    if older.size == 0 {
        return Ok(());
    }
    let proof: TreeProof =
        tlog_tiles::prove_tree(size, older.size, &Reader(read)).map_err(TreeError::new)?;
    tlog_tiles::check_tree(&proof, size, root, older.size, older.root).map_err(|_| {
        TreeError::new(format!("the first {} records are not those of the checkpoint", older.size))
    })
}

/// The head of a tree.
#[derive(Clone, Debug, PartialEq)]
pub struct Head {
    /// The name of the ledger.
    pub origin: String,
    /// The number of its records.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
    /// The file that holds them, where the checkpoint is a seal: see [`SigningKey::seal`].
    pub file: Option<Sha256>,
}

/// The private key that signs heads.
#[derive(Clone)]
pub struct SigningKey {
    signer: StandardSigner,
    verifier: VerifierKey,
}

/// The public key that heads are verified with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifierKey {
    text: String,
    origin: String,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SigningKey({})", self.verifier.text)
    }
}

/// What stands before the SHA-256 of a sealed file, in a line of its own behind the three lines of a
/// checkpoint (C2SP tlog-checkpoint, extension lines).
const SEALED_FILE: &str = "keyproof/file/v1 ";

/// Ed25519, as the first octet of a key in C2SP signed-note.
const ED25519: u8 = 1;

impl SigningKey {
    /// The key of the ledger `origin` from 32 random bytes, and its text in the form of C2SP
    /// signed-note, `PRIVATE+KEY+…`.
    pub fn from_seed(origin: &str, seed: &[u8; 32]) -> Result<(Self, String), TreeError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(TreeError::new)?;
        let public = [&[ED25519], pair.public_key().as_ref()].concat();
        let id = signed_note::key_id(origin, &public);
        let private = STANDARD.encode([&[ED25519], seed.as_slice()].concat());
        let text = format!("PRIVATE+KEY+{origin}+{id:08x}+{private}");
        Ok((Self::from_text(&text)?, text))
    }

    /// Reads that text; blanks around it are left out.
    pub fn from_text(text: &str) -> Result<Self, TreeError> {
        let no_key = || TreeError::new("this is no signing key in the form PRIVATE+KEY+…");
        let text = text.trim();
        let signer = StandardSigner::new(text).map_err(|_| no_key())?;
        // Base64 may hold `+` itself.
        let private = text.splitn(5, '+').nth(4).and_then(|it| STANDARD.decode(it).ok());
        let seed = private.as_deref().and_then(|bytes| bytes.split_first()).map(|(_, seed)| seed);
        let pair =
            Ed25519KeyPair::from_seed_unchecked(seed.ok_or_else(no_key)?).map_err(|_| no_key())?;
        let public = [&[ED25519], pair.public_key().as_ref()].concat();
        let origin = signed_note::Signer::name(&signer).to_owned();
        let id = signed_note::key_id(&origin, &public);
        let verifier = format!("{origin}+{id:08x}+{}", STANDARD.encode(&public));
        Ok(Self { signer, verifier: VerifierKey::from_text(&verifier)? })
    }

    /// The key that verifies what this one signs.
    pub fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// The signed checkpoint of `root` over `size` records.
    pub fn sign(&self, size: u64, root: Hash) -> Result<Vec<u8>, TreeError> {
        self.sign_with(size, root, "")
    }

    /// The signed checkpoint of `head` that also covers every byte of the file that holds its records:
    /// what a database leaves between its rows is under no hash of the tree.
    pub fn seal(&self, head: &Head, file: Sha256) -> Result<Vec<u8>, TreeError> {
        self.sign_with(head.size, head.root, &format!("{SEALED_FILE}{file}\n"))
    }

    fn sign_with(&self, size: u64, root: Hash, extension: &str) -> Result<Vec<u8>, TreeError> {
        let checkpoint = Checkpoint::new(&self.verifier.origin, size, root, extension)
            .map_err(|_| TreeError::new("the checkpoint has no form"))?;
        let mut note = Note::new(&checkpoint.to_bytes(), &[]).map_err(TreeError::new)?;
        note.add_sigs(&[&self.signer]).map_err(TreeError::new)?;
        Ok(note.to_bytes())
    }
}

impl VerifierKey {
    /// Reads `name+id+base64`, the form of C2SP signed-note; blanks around it are left out.
    pub fn from_text(text: &str) -> Result<Self, TreeError> {
        let text = text.trim();
        StandardVerifier::new(text)
            .map_err(|_| TreeError::new("this is no verifier key in the form name+id+base64"))?;
        let origin = text.split('+').next().unwrap_or_default().to_owned();
        Ok(Self { text: text.to_owned(), origin })
    }

    /// Its text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The name of the ledger.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The head that a signed checkpoint states, if this key signed it.
    pub fn open(&self, checkpoint: &[u8]) -> Result<Head, TreeError> {
        let note = Note::from_bytes(checkpoint)
            .map_err(|_| TreeError::new("the checkpoint is no signed note"))?;
        let verifier = StandardVerifier::new(&self.text).map_err(TreeError::new)?;
        note.verify(&VerifierList::new(vec![Box::new(verifier)])).map_err(|error| {
            TreeError::new(format!("the checkpoint is not signed by this ledger's key: {error}"))
        })?;
        let checkpoint = Checkpoint::from_bytes(note.text())
            .map_err(|_| TreeError::new("the checkpoint has no form"))?;
        if checkpoint.origin() != self.origin {
            return Err(TreeError::new("the checkpoint is of another ledger"));
        }
        Ok(Head {
            origin: self.origin.clone(),
            size: checkpoint.size(),
            root: *checkpoint.hash(),
            file: sealed_file(checkpoint.extension())?,
        })
    }
}

/// The file that a checkpoint seals. Lines of others are theirs.
fn sealed_file(extension: &str) -> Result<Option<Sha256>, TreeError> {
    let mut ours = extension.lines().filter_map(|line| line.strip_prefix(SEALED_FILE));
    let Some(digits) = ours.next() else {
        return Ok(None);
    };
    match (Sha256::from_hex(digits), ours.next()) {
        (Some(file), None) => Ok(Some(file)),
        _ => Err(TreeError::new("the checkpoint seals a file, but does not say which one")),
    }
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
