//! A key pair of HSS (RFC 8554) that signs one message: two trees of the least height, with the
//! parameters that are quickest to make, so that verification meets every part of a signature.

use aws_lc_rs::rand::{SecureRandom, SystemRandom};

use crate::pki::sha256;
use crate::{SimulateError, der};

/// id-alg-hss-lms-hashsig (RFC 8708 4).
pub(super) const HSS_LMS: &str = "1.2.840.113549.1.9.16.3.17";

/// LMS_SHA256_M32_H5 and LMOTS_SHA256_N32_W4 (RFC 8554 5.1 and 4.1).
const TREE: u32 = 5;
const CHAINS: u32 = 3;
const HEIGHT: usize = 5;
/// Coefficients of four bits: 64 of the hash and 3 of its checksum, which is shifted by four.
const COEFFICIENTS: u16 = 67;
const LAST: u8 = 15;

/// The leaf that signs.
const LEAF: u32 = 0;

type Hash = [u8; 32];

/// Two levels: the upper tree signs the lower, and the lower the message.
pub(super) struct HssKey {
    upper: LmsKey,
    lower: LmsKey,
}

impl HssKey {
    pub(super) fn generate() -> Result<Self, SimulateError> {
        Ok(Self { upper: LmsKey::generate()?, lower: LmsKey::generate()? })
    }

    /// The octets of the public key (RFC 8554 6.1).
    pub(super) fn public_octets(&self) -> Vec<u8> {
        [2_u32.to_be_bytes().to_vec(), self.upper.public()].concat()
    }

    /// The SubjectPublicKeyInfo (RFC 8708 4).
    pub(super) fn spki(&self) -> Vec<u8> {
        let key = der::octet_string(&self.public_octets());
        der::sequence(&[&der::algorithm(HSS_LMS, &[]), &der::bit_string(&key)])
    }

    /// A signature (RFC 8554 6.2).
    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let below = self.lower.public();
        let signed = [self.upper.sign(&below), below, self.lower.sign(message)].concat();
        [1_u32.to_be_bytes().to_vec(), signed].concat()
    }
}

struct LmsKey {
    identifier: [u8; 16],
    seed: Hash,
    /// The nodes of the tree, level by level, from the leaves upwards.
    levels: Vec<Vec<Hash>>,
}

impl LmsKey {
    fn generate() -> Result<Self, SimulateError> {
        let (mut identifier, mut seed) = ([0; 16], [0; 32]);
        let random = SystemRandom::new();
        random.fill(&mut identifier).map_err(|_| SimulateError::Cryptography)?;
        random.fill(&mut seed).map_err(|_| SimulateError::Cryptography)?;
        let mut key = Self { identifier, seed, levels: Vec::new() };
        let leaves = 1_u32 << HEIGHT;
        let mut nodes: Vec<Hash> = (0..leaves)
            .map(|leaf| {
                let number = leaves.saturating_add(leaf).to_be_bytes();
                hash(&[&identifier, &number, &[0x82, 0x82], &key.one_time_key(leaf)])
            })
            .collect();
        let mut first = leaves;
        while nodes.len() > 1 {
            first >>= 1;
            let pairs = (first..).zip(nodes.chunks(2));
            let above = pairs
                .map(|(number, pair)| {
                    let number = number.to_be_bytes();
                    hash(&[&identifier, &number, &[0x83, 0x83], &pair.concat()])
                })
                .collect();
            key.levels.push(std::mem::replace(&mut nodes, above));
        }
        key.levels.push(nodes);
        Ok(key)
    }

    fn public(&self) -> Vec<u8> {
        let root = self.levels.last().and_then(|level| level.first()).copied().unwrap_or_default();
        [&TREE.to_be_bytes()[..], &CHAINS.to_be_bytes(), &self.identifier, &root].concat()
    }

    /// The start of a chain (RFC 8554 appendix A).
    fn start(&self, leaf: u32, chain: u16) -> Hash {
        let (leaf, chain) = (leaf.to_be_bytes(), chain.to_be_bytes());
        hash(&[&self.identifier, &leaf, &chain, &[0xff], &self.seed])
    }

    /// A chain from its start to that place (RFC 8554 4.3).
    fn advance(&self, leaf: u32, chain: u16, steps: u8) -> Hash {
        (0..steps).fold(self.start(leaf, chain), |value, step| {
            let (leaf, chain) = (leaf.to_be_bytes(), chain.to_be_bytes());
            hash(&[&self.identifier, &leaf, &chain, &[step], &value])
        })
    }

    fn one_time_key(&self, leaf: u32) -> Hash {
        let ends: Vec<_> = (0..COEFFICIENTS).map(|it| self.advance(leaf, it, LAST)).collect();
        hash(&[&self.identifier, &leaf.to_be_bytes(), &[0x80, 0x80], &ends.concat()])
    }

    /// A signature by the first leaf (RFC 8554 4.5 and 5.4).
    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let leaf = LEAF.to_be_bytes();
        let randomizer = hash(&[&self.seed, message]);
        let digest = hash(&[&self.identifier, &leaf, &[0x81, 0x81], &randomizer, message]);
        let halves = |octets: &[u8]| -> Vec<u8> {
            octets.iter().flat_map(|octet| [octet >> 4, octet & LAST]).collect()
        };
        let mut coefficients = halves(&digest);
        let sum: u16 = coefficients.iter().map(|it| u16::from(LAST.abs_diff(*it))).sum();
        coefficients.extend(halves(&(sum << 4).to_be_bytes()));
        let values = (0..COEFFICIENTS).zip(coefficients);
        let values: Vec<_> = values.map(|(chain, it)| self.advance(LEAF, chain, it)).collect();
        // The first leaf is a left child all the way, so that its siblings are second.
        let path: Vec<Hash> =
            self.levels.iter().filter_map(|level| level.get(1)).copied().collect();
        let (chains, tree) = (CHAINS.to_be_bytes(), TREE.to_be_bytes());
        [&leaf[..], &chains, &randomizer, &values.concat(), &tree, &path.concat()].concat()
    }
}

fn hash(parts: &[&[u8]]) -> Hash {
    sha256(&parts.concat())
}
