//! Hash-based signatures: HSS over LMS and LM-OTS with SHA-256 (RFC 8554), verification alone.
//!
//! Only hashes of public octets are computed, so nothing here must be kept secret. Parameter sets
//! are those of RFC 8554 4.1 and 5.1; those of SP 800-208 with shorter hashes or SHAKE are refused.

use aws_lc_rs::digest::{Context, SHA256};

use super::SignatureError;
use crate::encoding::der::{DerError, Reader, tag};
use crate::encoding::octets::Octets;
use crate::encoding::oid::Oid;
use crate::oid;

/// id-alg-hss-lms-hashsig, of keys and of signatures (RFC 8708 3): `1.2.840.113549.1.9.16.3.17`.
pub const HSS_LMS: Oid<'static> = oid!(1.2.840.113549.1.9.16.3.17);

/// Octets of a hash, n and m of RFC 8554.
const HASH: usize = 32;
type Hash = [u8; HASH];

/// Levels that a key may have (RFC 8554 6).
const MAX_LEVELS: u32 = 8;

/// Separators of the hash inputs (RFC 8554 4 and 5).
const D_PBLC: [u8; 2] = [0x80, 0x80];
const D_MESG: [u8; 2] = [0x81, 0x81];
const D_LEAF: [u8; 2] = [0x82, 0x82];
const D_INTR: [u8; 2] = [0x83, 0x83];

/// Checks that the HSS key of that SubjectPublicKeyInfo signed `message`. `algorithm` is the content
/// of the AlgorithmIdentifier of the signature, which has no parameters (RFC 8708 4).
///
/// # Errors
/// As for [`super::verify`].
pub fn verify(
    subject_public_key_info: &[u8],
    algorithm: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<(), SignatureError> {
    match Reader::whole(algorithm, Reader::oid) {
        Ok(HSS_LMS) => {}
        Ok(other) => return Err(SignatureError::Unsupported(other.to_string())),
        Err(_) => return Err(SignatureError::Unsupported("unreadable".to_owned())),
    }
    let key = key_octets(subject_public_key_info).ok_or(SignatureError::AlgorithmMismatch)?;
    if is_signed(key, message, signature) { Ok(()) } else { Err(SignatureError::Invalid) }
}

/// The octets of the key: subjectPublicKey holds an OCTET STRING (RFC 8708 4).
fn key_octets(subject_public_key_info: &[u8]) -> Option<&[u8]> {
    let read = Reader::whole(subject_public_key_info, |outer| {
        outer.nested(tag::SEQUENCE, |fields| {
            let algorithm = fields.nested(tag::SEQUENCE, Reader::oid)?;
            Ok::<_, DerError>((algorithm, fields.octet_aligned_bits()?))
        })
    });
    let (algorithm, key) = read.ok()?;
    let octets = Reader::whole(key, |key| key.expect(tag::OCTET_STRING)).ok()?;
    (algorithm == HSS_LMS).then_some(octets)
}

/// RFC 8554 6.3: each level signs the key of the level below, and the lowest the message.
fn is_signed(key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    verdict(key, message, signature).unwrap_or(false)
}

fn verdict(key: &[u8], message: &[u8], signature: &[u8]) -> Option<bool> {
    let mut key = Octets(key);
    let levels = key.u32().filter(|levels| (1..=MAX_LEVELS).contains(levels))?;
    let mut top = LmsKey::take(&mut key)?;
    if !key.is_empty() {
        return None;
    }
    let mut signature = Octets(signature);
    // The signature counts the keys that it carries, one fewer than levels.
    if signature.u32()? != levels.checked_sub(1)? {
        return None;
    }
    for _ in 1..levels {
        let signed = LmsSignature::take(&top, &mut signature)?;
        let before = signature.0;
        let below = LmsKey::take(&mut signature)?;
        let length = before.len().checked_sub(signature.len())?;
        if signed.root(&top, before.get(..length)?)? != top.root {
            return Some(false);
        }
        top = below;
    }
    let signed = LmsSignature::take(&top, &mut signature)?;
    if !signature.is_empty() {
        return None;
    }
    Some(signed.root(&top, message)? == top.root)
}

/// An LMS public key (RFC 8554 5.3).
struct LmsKey {
    tree: Tree,
    chains: Chains,
    identifier: [u8; 16],
    root: Hash,
}

impl LmsKey {
    fn take(octets: &mut Octets<'_>) -> Option<Self> {
        Some(Self {
            tree: Tree::of(octets.u32()?)?,
            chains: Chains::of(octets.u32()?)?,
            identifier: octets.take(16)?.try_into().ok()?,
            root: octets.array()?,
        })
    }
}

/// A parameter set of LMS (RFC 8554 5.1).
#[derive(Clone, Copy)]
struct Tree {
    code: u32,
    /// The height, h.
    height: u32,
}

impl Tree {
    fn of(code: u32) -> Option<Self> {
        let height = match code {
            5 => 5,
            6 => 10,
            7 => 15,
            8 => 20,
            9 => 25,
            _ => return None,
        };
        Some(Self { code, height })
    }
}

/// A parameter set of LM-OTS (RFC 8554 4.1).
#[derive(Clone, Copy)]
struct Chains {
    code: u32,
    /// Bits of a coefficient, w.
    width: u32,
    /// How many there are, p.
    count: u16,
    /// By how much the checksum is shifted, ls.
    shift: u32,
}

impl Chains {
    fn of(code: u32) -> Option<Self> {
        let (width, count, shift) = match code {
            1 => (1, 265, 7),
            2 => (2, 133, 6),
            3 => (4, 67, 4),
            4 => (8, 34, 0),
            _ => return None,
        };
        Some(Self { code, width, count, shift })
    }

    /// The last value of a coefficient, 2^w - 1.
    fn last(self) -> u8 {
        u8::MAX >> 8_u32.saturating_sub(self.width)
    }

    /// The coefficients of a hash and of its checksum (RFC 8554 3.1.3 and 4.4).
    fn coefficients(self, hash: &Hash) -> Option<Vec<u8>> {
        let of = |octets: &[u8]| -> Vec<u8> {
            let shifts = || (0..8_u32).step_by(usize::try_from(self.width).unwrap_or(8)).rev();
            let each = octets.iter().flat_map(|octet| shifts().map(move |shift| octet >> shift));
            each.map(|value| value & self.last()).collect()
        };
        let mut coefficients = of(hash);
        let sum: u16 =
            coefficients.iter().map(|value| u16::from(self.last().abs_diff(*value))).sum();
        coefficients.extend(of(&sum.checked_shl(self.shift)?.to_be_bytes()));
        coefficients.truncate(usize::from(self.count));
        Some(coefficients)
    }
}

/// An LMS signature (RFC 8554 5.4), with the LM-OTS signature in it (4.5).
struct LmsSignature<'a> {
    /// The number of the leaf, q.
    leaf: u32,
    randomizer: &'a [u8],
    /// The values of the chains.
    values: Vec<Hash>,
    /// The siblings on the way to the root.
    path: Vec<Hash>,
}

impl<'a> LmsSignature<'a> {
    /// A signature of the parameter sets of `key`.
    fn take(key: &LmsKey, octets: &mut Octets<'a>) -> Option<Self> {
        let leaf = octets.u32()?;
        if octets.u32()? != key.chains.code {
            return None;
        }
        let randomizer = octets.take(HASH)?;
        let values = (0..key.chains.count).map(|_| octets.array()).collect::<Option<_>>()?;
        if octets.u32()? != key.tree.code || leaf >> key.tree.height != 0 {
            return None;
        }
        let path = (0..key.tree.height).map(|_| octets.array()).collect::<Option<_>>()?;
        Some(Self { leaf, randomizer, values, path })
    }

    /// The root to which it leads (RFC 8554 algorithms 4b and 6a).
    fn root(&self, key: &LmsKey, message: &[u8]) -> Option<Hash> {
        let identifier = &key.identifier;
        let leaf = self.leaf.to_be_bytes();
        let hash = digest(&[identifier, &leaf, &D_MESG, self.randomizer, message])?;
        let mut public = Context::new(&SHA256);
        for part in [&identifier[..], &leaf, &D_PBLC] {
            public.update(part);
        }
        let coefficients = key.chains.coefficients(&hash)?;
        for ((chain, value), start) in (0_u16..).zip(&self.values).zip(coefficients) {
            let mut value = *value;
            for step in start..key.chains.last() {
                value = digest(&[identifier, &leaf, &chain.to_be_bytes(), &[step], &value])?;
            }
            public.update(&value);
        }
        let public: Hash = public.finish().as_ref().try_into().ok()?;

        let mut node = 1_u32.checked_shl(key.tree.height)?.checked_add(self.leaf)?;
        let mut value = digest(&[identifier, &node.to_be_bytes(), &D_LEAF, &public])?;
        for sibling in &self.path {
            let is_right = node & 1 == 1;
            node >>= 1;
            let (left, right) = if is_right { (sibling, &value) } else { (&value, sibling) };
            value = digest(&[identifier, &node.to_be_bytes(), &D_INTR, left, right])?;
        }
        Some(value)
    }
}

fn digest(parts: &[&[u8]]) -> Option<Hash> {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(part);
    }
    context.finish().as_ref().try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::is_signed;
    use crate::encoding::hex::from_hex;

    /// Key, message and signature of a test case.
    fn vector(text: &str) -> [Vec<u8>; 3] {
        ["public-key\n", "message\n", "signature\n"].map(|name| {
            let (_, after) = text.split_once(&format!("\n{name}")).unwrap();
            let digits = after.lines().take_while(|line| from_hex(line).is_some());
            from_hex(&digits.collect::<String>()).unwrap()
        })
    }

    fn vectors() -> [[Vec<u8>; 3]; 2] {
        [vector(include_str!("rfc8554/1.txt")), vector(include_str!("rfc8554/2.txt"))]
    }

    #[test]
    fn the_test_cases_of_the_standard_verify() {
        for [key, message, signature] in vectors() {
            assert!(is_signed(&key, &message, &signature));
        }
    }

    #[test]
    fn no_octet_can_be_changed() {
        for [key, message, signature] in vectors() {
            let turned = |octets: &[u8], place: usize| {
                let mut octets = octets.to_vec();
                octets[place] ^= 1 << (place % 8);
                octets
            };
            for place in 0..key.len() {
                assert!(!is_signed(&turned(&key, place), &message, &signature), "key {place}");
            }
            for place in 0..message.len() {
                assert!(!is_signed(&key, &turned(&message, place), &signature), "message {place}");
            }
            for place in (0..signature.len()).step_by(7) {
                let turned = turned(&signature, place);
                assert!(!is_signed(&key, &message, &turned), "signature {place}");
            }
        }
    }

    #[test]
    fn nothing_can_be_left_out_or_added() {
        let [[key, message, signature], [other, ..]] = vectors();
        for length in [0, 3, 4, 8, 100, signature.len() - 1] {
            assert!(!is_signed(&key, &message, &signature[..length]), "{length}");
        }
        assert!(!is_signed(&key, &message, &[signature.as_slice(), &[0]].concat()));
        assert!(!is_signed(&[key.as_slice(), &[0]].concat(), &message, &signature));
        assert!(!is_signed(&key[..key.len() - 1], &message, &signature));
        assert!(!is_signed(&other, &message, &signature));
        // Neither no level nor more than eight.
        for levels in [0, 9] {
            let key = [&[0, 0, 0, levels], &key[4..]].concat();
            assert!(!is_signed(&key, &message, &signature));
        }
    }
}
