//! The signed heads of the tree: checkpoints (C2SP tlog-checkpoint) in signed notes (C2SP signed-note)
//! with Ed25519 keys.

use std::fmt;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use signed_note::{Note, StandardSigner, StandardVerifier, VerifierList};
use tlog_tiles::Checkpoint;

use crate::tree::{Hash, Head};
use keyproof::encoding::hex::Sha256;

/// A key or a checkpoint is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckpointError {
    /// No signing key in the form `PRIVATE+KEY+…`.
    SigningKey,
    /// No verifier key in the form `name+id+base64`.
    VerifierKey,
    /// No signed note.
    Note,
    /// Not signed by this key, in the words of who verified.
    Signature(String),
    /// What is signed does not have the form of a checkpoint.
    Form,
    /// The checkpoint is of another ledger.
    Origin,
    /// It seals a file, and does not say which one.
    SealedFile,
}

crate::facts::facts!(CheckpointError);

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
    pub fn from_seed(origin: &str, seed: &[u8; 32]) -> Result<(Self, String), CheckpointError> {
        let pair =
            Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| CheckpointError::SigningKey)?;
        let public = [&[ED25519], pair.public_key().as_ref()].concat();
        let id = signed_note::key_id(origin, &public);
        let private = STANDARD.encode([&[ED25519], seed.as_slice()].concat());
        let text = format!("PRIVATE+KEY+{origin}+{id:08x}+{private}");
        Ok((Self::from_text(&text)?, text))
    }

    /// Reads that text; blanks around it are left out.
    pub fn from_text(text: &str) -> Result<Self, CheckpointError> {
        let no_key = || CheckpointError::SigningKey;
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
    pub fn sign(&self, size: u64, root: Hash) -> Result<Vec<u8>, CheckpointError> {
        self.sign_with(size, root, "")
    }

    /// The signed checkpoint of `head` that also covers every byte of the file that holds its records:
    /// what a database leaves between its rows is under no hash of the tree.
    pub fn seal(&self, head: &Head, file: Sha256) -> Result<Vec<u8>, CheckpointError> {
        self.sign_with(head.size, head.root, &format!("{SEALED_FILE}{file}\n"))
    }

    /// The note (C2SP signed-note) with this key's signature added: `note` is a text that ends with a line
    /// end, or a note that others signed.
    pub fn add_to(&self, note: &[u8]) -> Result<Vec<u8>, CheckpointError> {
        let no_note = |_| CheckpointError::Note;
        let mut note = match Note::from_bytes(note) {
            Ok(note) => note,
            Err(_) => Note::new(note, &[]).map_err(no_note)?,
        };
        note.add_sigs(&[&self.signer]).map_err(no_note)?;
        Ok(note.to_bytes())
    }

    fn sign_with(
        &self,
        size: u64,
        root: Hash,
        extension: &str,
    ) -> Result<Vec<u8>, CheckpointError> {
        let checkpoint = Checkpoint::new(&self.verifier.origin, size, root, extension)
            .map_err(|_| CheckpointError::Form)?;
        let mut note = Note::new(&checkpoint.to_bytes(), &[]).map_err(|_| CheckpointError::Form)?;
        note.add_sigs(&[&self.signer]).map_err(|_| CheckpointError::SigningKey)?;
        Ok(note.to_bytes())
    }
}

impl VerifierKey {
    /// Reads `name+id+base64`, the form of C2SP signed-note; blanks around it are left out.
    pub fn from_text(text: &str) -> Result<Self, CheckpointError> {
        let text = text.trim();
        StandardVerifier::new(text).map_err(|_| CheckpointError::VerifierKey)?;
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
    pub fn open(&self, checkpoint: &[u8]) -> Result<Head, CheckpointError> {
        let note = Note::from_bytes(checkpoint).map_err(|_| CheckpointError::Note)?;
        let verifier =
            StandardVerifier::new(&self.text).map_err(|_| CheckpointError::VerifierKey)?;
        note.verify(&VerifierList::new(vec![Box::new(verifier)]))
            .map_err(|error| CheckpointError::Signature(error.to_string()))?;
        let checkpoint = Checkpoint::from_bytes(note.text()).map_err(|_| CheckpointError::Form)?;
        if checkpoint.origin() != self.origin {
            return Err(CheckpointError::Origin);
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
fn sealed_file(extension: &str) -> Result<Option<Sha256>, CheckpointError> {
    let mut ours = extension.lines().filter_map(|line| line.strip_prefix(SEALED_FILE));
    let Some(digits) = ours.next() else {
        return Ok(None);
    };
    match (Sha256::from_hex(digits), ours.next()) {
        (Some(file), None) => Ok(Some(file)),
        _ => Err(CheckpointError::SealedFile),
    }
}
