//! RSASSA-PKCS1-v1_5 with SHA-256 by the raw public operation, for the one manufacturer whose
//! firmware also signs the bare digest: no library verifies a block without DigestInfo.

use aws_lc_rs::digest;
use num_bigint::BigUint;

use super::SignatureError;
use crate::public_key::{KeyMaterial, PublicKey};

/// What stands behind the padding of a PKCS #1 type 1 block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DigestForm {
    /// DigestInfo with the hash's identifier: EMSA-PKCS1-v1_5 (RFC 8017 9.2).
    DigestInfo,
    /// The digest alone. LiquidSecurity firmware 2.x signs so
    /// (`docs/formats/azure-managed-hsm.md`).
    Bare,
}

impl DigestForm {
    /// For people.
    pub fn describe(self) -> &'static str {
        match self {
            Self::DigestInfo => "RSA PKCS #1 v1.5 with SHA-256",
            Self::Bare => "RSA PKCS #1 v1.5 with a bare SHA-256 digest (no DigestInfo)",
        }
    }

    /// Everything before the digest of a block of `size` octets, if such a block can be: 00 01, at
    /// least eight octets FF, 00, and the prefix.
    fn block(self, size: usize, digest: &[u8]) -> Option<Vec<u8>> {
        let prefix: &[u8] = match self {
            Self::DigestInfo => &SHA256_DIGEST_INFO,
            Self::Bare => &[],
        };
        let filled = size.checked_sub(prefix.len())?.checked_sub(digest.len())?.checked_sub(3)?;
        if filled < 8 {
            return None;
        }
        let mut block = vec![0x00, 0x01];
        block.resize(2 + filled, 0xff);
        block.push(0x00);
        block.extend(prefix);
        block.extend(digest);
        Some(block)
    }
}

/// DigestInfo of SHA-256 up to the digest (RFC 8017 9.2, note 1).
const SHA256_DIGEST_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];

/// The size of every key that signs statements so.
const MODULUS_BITS: u64 = 2048;

/// Public exponents of up to 33 bits, as aws-lc-rs bounds them: a larger one would only cost time.
const MAX_EXPONENT_BITS: u64 = 33;

/// Checks that the RSA-2048 `key` signed the SHA-256 digest of `message`, in either form, and says
/// in which. The whole block is computed anew and compared, octet for octet: whoever compared its
/// end alone could be given a cube root (CVE-2006-4339).
///
/// # Errors
/// Every key but RSA-2048 is refused, as is every signature of another length or not below the
/// modulus (RFC 8017 5.2.2).
pub fn verify_pkcs1_sha256_in_either_form(
    key: &PublicKey,
    message: &[u8],
    signature: &[u8],
) -> Result<DigestForm, SignatureError> {
    let KeyMaterial::Rsa { modulus, exponent } = key.material() else {
        return Err(SignatureError::Unsupported(key.describe()));
    };
    if let Some(bits) = key.rsa_bits().filter(|bits| *bits != MODULUS_BITS) {
        return Err(SignatureError::KeySize(bits));
    }
    if signature.len() != modulus.len() {
        return Err(SignatureError::Invalid);
    }
    let size = modulus.len();
    let modulus = BigUint::from_bytes_be(modulus);
    let exponent = BigUint::from_bytes_be(exponent);
    let signature = BigUint::from_bytes_be(signature);
    let odd = |number: &BigUint| number.bit(0);
    if signature >= modulus
        || !odd(&modulus)
        || !odd(&exponent)
        || exponent < BigUint::from(3_u8)
        || exponent.bits() > MAX_EXPONENT_BITS
    {
        return Err(SignatureError::Invalid);
    }
    let opened = signature.modpow(&exponent, &modulus).to_bytes_be();
    let digest = digest::digest(&digest::SHA256, message);
    [DigestForm::DigestInfo, DigestForm::Bare]
        .into_iter()
        .find(|form| {
            // The block begins with a zero octet, which the number does not have.
            let block = form.block(size, digest.as_ref());
            block.as_deref().and_then(|block| block.strip_prefix(&[0])) == Some(opened.as_slice())
        })
        .ok_or(SignatureError::Invalid)
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::encoding::AsDer;
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::rsa::{KeyPair, KeySize};
    use aws_lc_rs::signature::{self, KeyPair as _};
    use num_bigint::BigUint;

    use super::{DigestForm, verify_pkcs1_sha256_in_either_form as verify};
    use crate::public_key::{KeyMaterial, PublicKey};
    use crate::signature::SignatureError;

    const MESSAGE: &[u8] = b"a statement";

    fn key_pair(size: KeySize) -> (KeyPair, PublicKey) {
        let pair = KeyPair::generate(size).unwrap();
        let spki = pair.public_key().as_der().unwrap();
        let key = PublicKey::from_spki(spki.as_ref()).unwrap();
        (pair, key)
    }

    fn sign(pair: &KeyPair) -> Vec<u8> {
        sign_message(pair, MESSAGE)
    }

    fn sign_message(pair: &KeyPair, message: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; pair.public_modulus_len()];
        let encoding = &signature::RSA_PKCS1_SHA256;
        pair.sign(encoding, &SystemRandom::new(), message, &mut signature).unwrap();
        signature
    }

    /// The block of [`MESSAGE`], as a number.
    fn block() -> BigUint {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, MESSAGE);
        BigUint::from_bytes_be(&DigestForm::DigestInfo.block(256, digest.as_ref()).unwrap())
    }

    fn padded(number: &BigUint) -> Vec<u8> {
        let octets = number.to_bytes_be();
        [vec![0; 256 - octets.len()], octets].concat()
    }

    #[test]
    fn a_prefixed_signature_is_what_aws_lc_makes_and_verifies() {
        let (pair, key) = key_pair(KeySize::Rsa2048);
        let made = sign(&pair);
        assert_eq!(verify(&key, MESSAGE, &made), Ok(DigestForm::DigestInfo));
        for byte in 0..made.len() {
            let mut damaged = made.clone();
            damaged[byte] ^= 1;
            let theirs = signature::UnparsedPublicKey::new(
                &signature::RSA_PKCS1_2048_8192_SHA256,
                key.key_octets(),
            )
            .verify(MESSAGE, &damaged);
            assert!(theirs.is_err());
            assert_eq!(verify(&key, MESSAGE, &damaged), Err(SignatureError::Invalid), "{byte}");
        }
        assert_eq!(verify(&key, b"another", &made), Err(SignatureError::Invalid));
    }

    #[test]
    fn lengths_and_sizes_other_than_those_of_rsa_2048_are_refused() {
        let (pair, key) = key_pair(KeySize::Rsa2048);
        let made = sign(&pair);
        assert_eq!(verify(&key, MESSAGE, &made[1..]), Err(SignatureError::Invalid));
        assert_eq!(
            verify(&key, MESSAGE, &[&[0], &made[..]].concat()),
            Err(SignatureError::Invalid)
        );
        let (pair, key) = key_pair(KeySize::Rsa3072);
        assert_eq!(verify(&key, MESSAGE, &sign(&pair)), Err(SignatureError::KeySize(3072)));
    }

    /// The same residue, written as a number above the modulus (RFC 8017 5.2.2 step 1).
    #[test]
    fn a_signature_is_below_the_modulus() {
        // One key of a few leaves room between its modulus and 2^2048 for one signature of a few.
        for (pair, key) in std::iter::repeat_with(|| key_pair(KeySize::Rsa2048)) {
            let KeyMaterial::Rsa { modulus, .. } = key.material() else { unreachable!() };
            let modulus = BigUint::from_bytes_be(modulus);
            for number in 0..64_u8 {
                let message = [MESSAGE, &[number]].concat();
                let made = sign_message(&pair, &message);
                let sum = (BigUint::from_bytes_be(&made) + &modulus).to_bytes_be();
                if sum.len() == 256 {
                    assert!(verify(&key, &message, &made).is_ok());
                    assert_eq!(verify(&key, &message, &sum), Err(SignatureError::Invalid));
                    return;
                }
            }
        }
    }

    /// With the exponent 1 the block signs itself, and for an even one anyone can choose a modulus to fit.
    #[test]
    fn exponents_by_which_anyone_signs_are_refused() {
        let modulus = [&[0xff; 255][..], &[0xfd]].concat();
        let key = PublicKey::from_rsa_numbers(&modulus, &[1]).unwrap();
        assert_eq!(verify(&key, MESSAGE, &padded(&block())), Err(SignatureError::Invalid));

        for exponent in [2_u8, 4] {
            let power = |root: &BigUint| root.pow(exponent.into());
            let mut root = ((BigUint::from(1_u8) << 2048_u32) - 1_u8).nth_root(exponent.into());
            // The modulus must be odd.
            if !(power(&root) - block()).bit(0) {
                root -= 1_u8;
            }
            let modulus = power(&root) - block();
            assert_eq!((modulus.bits(), power(&root) % &modulus), (2048, block()));
            let key = PublicKey::from_rsa_numbers(&modulus.to_bytes_be(), &[exponent]).unwrap();
            assert_eq!(verify(&key, MESSAGE, &padded(&root)), Err(SignatureError::Invalid));
        }
    }

    /// A block that ends in the right digest and is not padded in full, as Microsoft's script would
    /// take it: with the exponent 3, such a signature is a cube root that anyone can compute.
    #[test]
    fn a_cube_root_whose_last_32_octets_are_the_digest_is_refused() {
        // Any odd digest has a cube root modulo 2^256.
        let mut message = MESSAGE.to_vec();
        let digest = loop {
            let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &message);
            if digest.as_ref().last().is_some_and(|last| last & 1 == 1) {
                break BigUint::from_bytes_be(digest.as_ref());
            }
            message.push(b'.');
        };
        let power = BigUint::from(1_u8) << 256;
        // 3 is invertible modulo the order 2^254 of the odd residues' largest cyclic part.
        let order = BigUint::from(1_u8) << 254;
        let inverse = BigUint::from(3_u8).modinv(&order).unwrap();
        let root = digest.modpow(&inverse, &power);
        assert_eq!(root.modpow(&BigUint::from(3_u8), &power), digest);
        let modulus = [&[0xff; 255][..], &[0xfd]].concat();
        let key = PublicKey::from_rsa_numbers(&modulus, &[3]).unwrap();
        let mut signature = vec![0; 256 - root.to_bytes_be().len()];
        signature.extend(root.to_bytes_be());
        assert_eq!(verify(&key, &message, &signature), Err(SignatureError::Invalid));
    }

    #[test]
    fn blocks_are_those_of_the_standard() {
        let block = DigestForm::DigestInfo.block(256, &[7; 32]).unwrap();
        assert_eq!((block.len(), &block[..3]), (256, &[0, 1, 0xff][..]));
        assert_eq!(block.iter().filter(|octet| **octet == 0xff).count(), 202);
        let block = DigestForm::Bare.block(256, &[7; 32]).unwrap();
        // 00 01, FF 221 times, 00, digest (measured on genuine blobs).
        assert_eq!(block[2..223], [0xff; 221]);
        assert_eq!(block[223], 0);
        assert_eq!(DigestForm::Bare.block(42, &[7; 32]), None);
    }
}
