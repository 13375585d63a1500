//! The tree and its checkpoints, against RFC 6962 and C2SP.

use keyproof::encoding::hex::Sha256;
use keyproof_ledger::checkpoint::{CheckpointError, SigningKey, VerifierKey};
use keyproof_ledger::tree::{self, Hash, Head, TreeError};
use signed_note::{Note, StandardSigner};
use tlog_tiles::Checkpoint;

/// A tree in memory.
#[derive(Default)]
struct Grown {
    hashes: Vec<Hash>,
    size: u64,
}

impl Grown {
    fn of(records: u64) -> Self {
        let mut tree = Self::default();
        (0..records).for_each(|number| tree.append(&number.to_be_bytes()));
        tree
    }

    fn append(&mut self, body: &[u8]) {
        let leaf = tree::record_hash(body);
        let added = tree::added_hashes(self.size, leaf, &self.reader()).unwrap();
        self.hashes.extend(added);
        self.size += 1;
    }

    fn reader(&self) -> impl Fn(&[u64]) -> Result<Vec<Hash>, TreeError> {
        let hashes = self.hashes.clone();
        move |indexes| {
            let at = |index: &u64| hashes.get(usize::try_from(*index).unwrap()).copied();
            let missing = |index: &u64| TreeError::HashMissing(*index);
            indexes.iter().map(|index| at(index).ok_or_else(|| missing(index))).collect()
        }
    }

    fn root(&self) -> Hash {
        tree::root(self.size, &self.reader()).unwrap()
    }
}

/// RFC 6962 2.1, as it is written there.
fn root_by_definition(leaves: &[Vec<u8>]) -> [u8; 32] {
    let hash = |prefix: u8, parts: &[&[u8]]| {
        *Sha256::of(&[&[prefix], parts.concat().as_slice()].concat()).as_bytes()
    };
    match leaves {
        [] => *Sha256::of(b"").as_bytes(),
        [only] => hash(0, &[only]),
        _ => {
            let split = leaves.len().next_power_of_two() / 2;
            let (left, right) = leaves.split_at(split);
            hash(1, &[&root_by_definition(left), &root_by_definition(right)])
        }
    }
}

#[test]
fn the_tree_is_that_of_rfc_6962() {
    for size in 0..40_u64 {
        let leaves: Vec<Vec<u8>> = (0..size).map(|number| number.to_be_bytes().to_vec()).collect();
        assert_eq!(Grown::of(size).root().0, root_by_definition(&leaves), "{size}");
    }
}

#[test]
fn a_ledger_continues_its_own_checkpoints_and_no_others() {
    let (signer, text) = SigningKey::from_seed("ledger.example/1", &[7; 32]).unwrap();
    assert_eq!(SigningKey::from_text(&text).unwrap().verifier(), signer.verifier());
    let tree = Grown::of(23);
    for size in 0..=23 {
        let older = Grown::of(size);
        let checkpoint = signer.sign(size, older.root()).unwrap();
        let head = signer.verifier().open(&checkpoint).unwrap();
        assert_eq!((head.size, head.root), (size, older.root()));
        assert_eq!(tree::check_continues(23, tree.root(), &head, &tree.reader()), Ok(()));
    }
    // Cut back, or with another record in an early place.
    let longer = signer.verifier().open(&signer.sign(24, Grown::of(24).root()).unwrap()).unwrap();
    let shorter = TreeError::Shorter { checkpoint: 24, ledger: 23 };
    assert_eq!(tree::check_continues(23, tree.root(), &longer, &tree.reader()), Err(shorter));
    let mut other = Grown::default();
    other.append(b"another first record");
    (1..10_u64).for_each(|number| other.append(&number.to_be_bytes()));
    let other = signer.verifier().open(&signer.sign(10, other.root()).unwrap()).unwrap();
    let other = tree::check_continues(23, tree.root(), &other, &tree.reader());
    assert_eq!(other, Err(TreeError::NotContinued(10)));
}

#[test]
fn a_checkpoint_of_another_key_name_or_byte_is_refused() {
    let (signer, _) = SigningKey::from_seed("ledger.example/1", &[7; 32]).unwrap();
    let (stranger, _) = SigningKey::from_seed("ledger.example/1", &[8; 32]).unwrap();
    let (namesake, _) = SigningKey::from_seed("ledger.example/2", &[7; 32]).unwrap();
    let tree = Grown::of(3);
    let checkpoint = signer.sign(3, tree.root()).unwrap();
    assert!(signer.verifier().open(&checkpoint).is_ok());
    for other in [&stranger, &namesake] {
        assert!(signer.verifier().open(&other.sign(3, tree.root()).unwrap()).is_err());
        assert!(other.verifier().open(&checkpoint).is_err());
    }
    for place in 0..checkpoint.len() {
        let mut changed = checkpoint.clone();
        changed[place] ^= 1;
        assert!(signer.verifier().open(&changed).is_err(), "byte {place}");
    }
    assert!(VerifierKey::from_text("ledger.example/1+00000000+AAAA").is_err());
    assert!(SigningKey::from_seed("two words", &[7; 32]).is_err());
}

#[test]
fn a_seal_is_a_checkpoint_that_names_one_file() {
    let (signer, _) = SigningKey::from_seed("ledger.example/1", &[7; 32]).unwrap();
    let tree = Grown::of(3);
    let plain = signer.verifier().open(&signer.sign(3, tree.root()).unwrap()).unwrap();
    assert_eq!(plain.file, None);
    let seal = signer.seal(&plain, Sha256::of(b"file")).unwrap();
    let sealed = signer.verifier().open(&seal).unwrap();
    assert_eq!(sealed, Head { file: Some(Sha256::of(b"file")), ..plain.clone() });
    // The third line of a checkpoint ends what C2SP defines; lines behind it are extensions.
    let text = String::from_utf8(seal.clone()).unwrap();
    let line = format!("keyproof/file/v1 {}", Sha256::of(b"file"));
    assert_eq!(text.lines().nth(3), Some(line.as_str()));
    for place in 0..seal.len() {
        let mut changed = seal.clone();
        changed[place] ^= 1;
        assert!(signer.verifier().open(&changed).is_err(), "byte {place}");
    }
    let longer = Grown::of(9);
    assert_eq!(tree::check_continues(9, longer.root(), &sealed, &longer.reader()), Ok(()));
}

#[test]
fn extension_lines_of_others_are_theirs_and_ours_have_one_form() {
    let (signer, text) = SigningKey::from_seed("ledger.example/1", &[7; 32]).unwrap();
    let signed = |lines: &str| {
        let root = Grown::of(3).root();
        let checkpoint = Checkpoint::new("ledger.example/1", 3, root, lines).unwrap();
        let mut note = Note::new(&checkpoint.to_bytes(), &[]).unwrap();
        note.add_sigs(&[&StandardSigner::new(&text).unwrap()]).unwrap();
        signer.verifier().open(&note.to_bytes()).map(|head| head.file)
    };
    let file = Sha256::of(b"file");
    assert_eq!(signed("of someone else\n"), Ok(None));
    assert_eq!(signed(&format!("of someone else\nkeyproof/file/v1 {file}\n")), Ok(Some(file)));
    let ours = format!("keyproof/file/v1 {file}\n");
    for lines in ["keyproof/file/v1 00\n".to_owned(), format!("{ours}{ours}")] {
        assert_eq!(signed(&lines), Err(CheckpointError::SealedFile), "{lines}");
    }
}
