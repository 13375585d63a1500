//! Proof that the holder of a token controls a key at this moment: the token signs bytes that it
//! cannot have seen before, and the signature is checked with the key that the evidence attests.

use rustls_pki_types::{AlgorithmIdentifier, alg_id};

use super::apdu::{Command, Session, StatusWord};
use super::error::CollectError;
use super::piv::{self, Slot};
use super::smartcard_hsm;
use super::tlv::Tlv;
use crate::encoding::hex::Sha256;
use crate::observation::ChallengeProof;
use crate::public_key::{Curve, KeyMaterial, PublicKey};
use crate::signature::{self, Parameters};

/// Random bytes in a challenge: 32, so that none comes twice.
pub const NONCE: usize = 32;

/// What is signed begins with this, so that the signature can be taken for nothing else.
const DOMAIN: &str =
    "keyproof challenge v1: this signature shows control of a key, and agrees to nothing.";

/// The PIN of the PIV application (NIST SP 800-73-4 part 2, table 6), and of the user of a
/// SmartCard-HSM (OpenSC, `card-sc-hsm.h`).
const PIV_PIN: u8 = 0x80;
const CARD_PIN: u8 = 0x81;

/// What a token is asked to sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    nonce: [u8; NONCE],
    message: Vec<u8>,
    signer: Signer,
}

/// Which key of which application signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signer {
    /// A PIV slot.
    Slot(Slot),
    /// A key of a SmartCard-HSM, by number.
    Key(u8),
}

/// How the token guards the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinState {
    /// It signs without one.
    NotAsked,
    /// It has this many tries left, or does not say.
    TriesLeft(Option<u8>),
}

impl Challenge {
    /// A challenge to `signer` over fresh random bytes.
    pub fn new(nonce: [u8; NONCE], signer: Signer) -> Self {
        let message = [DOMAIN.as_bytes(), &nonce].concat();
        Self { nonce, message, signer }
    }

    /// The random bytes.
    pub fn nonce(&self) -> &[u8; NONCE] {
        &self.nonce
    }

    /// What is signed: a sentence, and the random bytes.
    pub fn message(&self) -> &[u8] {
        &self.message
    }

    /// How the key is guarded. No try is used up.
    ///
    /// # Errors
    /// If the card does not answer, or the PIN is blocked.
    pub fn pin_state(&self, session: &mut Session<'_>) -> Result<PinState, CollectError> {
        let pin = match self.signer {
            Signer::Slot(slot) => {
                piv::select(session)?;
                let metadata = piv::metadata(session, slot);
                if matches!(metadata, Ok(Some(it)) if it.pin_policy == Some(1)) {
                    return Ok(PinState::NotAsked);
                }
                PIV_PIN
            }
            Signer::Key(_) => {
                smartcard_hsm::select(session)?;
                CARD_PIN
            }
        };
        let answer = session.exchange("state the tries of its PIN", &Command::tries(pin))?;
        match (answer.status, answer.status.tries_left()) {
            (StatusWord::BLOCKED, _) | (_, Some(0)) => Err(CollectError::PinBlocked),
            (_, tries) => Ok(PinState::TriesLeft(tries)),
        }
    }

    /// Has the token sign, after one try of `pin` if there is one, and checks the signature with
    /// `key`. A wrong PIN is never tried again.
    ///
    /// # Errors
    /// If the PIN is wrong or the token refuses. A signature that does not verify is no error:
    /// it is [`ChallengeProof::Refuted`].
    pub fn prove(
        &self,
        session: &mut Session<'_>,
        key: &PublicKey,
        pin: Option<&[u8]>,
    ) -> Result<ChallengeProof, CollectError> {
        let scheme = Scheme::of(key)?;
        if let Some(pin) = pin {
            self.verify_pin(session, pin)?;
        }
        let signature = match self.signer {
            Signer::Slot(slot) => sign_piv(session, &scheme, slot, &self.message)?,
            Signer::Key(number) => sign_card(session, &scheme, number, &self.message)?,
        };
        let checked = signature::verify(
            key,
            scheme.algorithm.as_ref(),
            Parameters::Exact,
            &self.message,
            &signature,
        );
        Ok(if checked.is_ok() { ChallengeProof::Shown } else { ChallengeProof::Refuted })
    }

    fn verify_pin(&self, session: &mut Session<'_>, pin: &[u8]) -> Result<(), CollectError> {
        let step = "take the PIN";
        let answer = match self.signer {
            Signer::Slot(_) => {
                // Eight bytes, filled with FF (NIST SP 800-73-4 part 2, 2.4.3).
                let mut padded = zeroize::Zeroizing::new([0xff; 8]);
                let Some(place) = padded.get_mut(..pin.len()) else {
                    return Err(CollectError::CannotSign(
                        "a PIV PIN has no more than eight characters",
                    ));
                };
                place.copy_from_slice(pin);
                session.exchange(step, &Command::verify(PIV_PIN, padded.as_slice()))?
            }
            Signer::Key(_) => {
                if pin.is_empty() || pin.len() > 16 {
                    return Err(CollectError::CannotSign("a PIN has one to sixteen characters"));
                }
                session.exchange(step, &Command::verify(CARD_PIN, pin))?
            }
        };
        match (answer.status, answer.status.tries_left()) {
            (StatusWord::SUCCESS, _) => Ok(()),
            (StatusWord::BLOCKED, _) | (_, Some(0)) => Err(CollectError::PinBlocked),
            (_, Some(tries_left)) => Err(CollectError::WrongPin { tries_left }),
            (status, None) => Err(CollectError::Refused { step, status }),
        }
    }
}

/// How a key signs a challenge.
struct Scheme {
    /// The content of the AlgorithmIdentifier by which the signature is checked.
    algorithm: AlgorithmIdentifier,
    /// The algorithm of the key in GENERAL AUTHENTICATE.
    piv: Option<u8>,
    kind: SchemeKind,
}

#[derive(Clone, Copy)]
enum SchemeKind {
    Rsa { octets: usize },
    Ecdsa(Hash),
    Ed25519,
}

#[derive(Clone, Copy)]
enum Hash {
    Sha256,
    Sha384,
}

impl Scheme {
    /// PIV algorithm numbers: NIST SP 800-78-4 table 6-2; 05, 16 and E0 are Yubico's (firmware 5.7).
    fn of(key: &PublicKey) -> Result<Self, CollectError> {
        let (algorithm, piv, kind) = match key.material() {
            KeyMaterial::Rsa { modulus, .. } => {
                let piv = match key.rsa_bits() {
                    Some(2048) => Some(0x07),
                    Some(3072) => Some(0x05),
                    Some(4096) => Some(0x16),
                    _ => None,
                };
                (alg_id::RSA_PKCS1_SHA256, piv, SchemeKind::Rsa { octets: modulus.len() })
            }
            KeyMaterial::Ec { curve: Curve::P256, .. } => {
                (alg_id::ECDSA_SHA256, Some(0x11), SchemeKind::Ecdsa(Hash::Sha256))
            }
            KeyMaterial::Ec { curve: Curve::P384, .. } => {
                (alg_id::ECDSA_SHA384, Some(0x14), SchemeKind::Ecdsa(Hash::Sha384))
            }
            KeyMaterial::Ec { curve: Curve::P521, .. } => {
                (alg_id::ECDSA_SHA384, None, SchemeKind::Ecdsa(Hash::Sha384))
            }
            KeyMaterial::Ed25519(_) => (alg_id::ED25519, Some(0xe0), SchemeKind::Ed25519),
            KeyMaterial::Ec { .. } | KeyMaterial::Other => {
                return Err(CollectError::CannotSign(
                    "keys of this algorithm are not checked here",
                ));
            }
        };
        Ok(Self { algorithm, piv, kind })
    }
}

impl Hash {
    fn of(self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha256 => Sha256::of(message).as_bytes().to_vec(),
            Self::Sha384 => {
                let algorithm = &aws_lc_rs::digest::SHA384;
                aws_lc_rs::digest::digest(algorithm, message).as_ref().to_vec()
            }
        }
    }
}

/// `7C { 82, 81 data }` out, `7C { 82 signature }` back (NIST SP 800-73-4 part 2, table 7).
fn sign_piv(
    session: &mut Session<'_>,
    scheme: &Scheme,
    slot: Slot,
    message: &[u8],
) -> Result<Vec<u8>, CollectError> {
    let step = "sign the challenge";
    let algorithm =
        scheme.piv.ok_or(CollectError::CannotSign("PIV has no keys of this algorithm"))?;
    let data = match scheme.kind {
        SchemeKind::Rsa { octets } => pkcs1_block(message, octets)?,
        SchemeKind::Ecdsa(hash) => hash.of(message),
        SchemeKind::Ed25519 => message.to_vec(),
    };
    let template = tlv(0x7c, &[tlv(0x82, &[]), tlv(0x81, &data)].concat());
    let command = Command::authenticate(algorithm, slot.number(), &template);
    let answer = session.exchange(step, &command)?.success(step)?;
    let malformed = CollectError::Malformed { step, fault: "not a signature" };
    let mut outer = Tlv::new(step, &answer);
    let Some((0x7c, content)) = outer.next()? else { return Err(malformed) };
    match Tlv::new(step, content).next()? {
        Some((0x82, signature)) => Ok(signature.to_vec()),
        _ => Err(malformed),
    }
}

/// SIGN (OpenSC, `card-sc-hsm.h`): ALGO_RSA_PKCS1_SHA256 33 over the message, ALGO_EC_RAW 70 over its
/// hash.
fn sign_card(
    session: &mut Session<'_>,
    scheme: &Scheme,
    number: u8,
    message: &[u8],
) -> Result<Vec<u8>, CollectError> {
    let step = "sign the challenge";
    let command = match scheme.kind {
        SchemeKind::Rsa { octets } => {
            let command = Command::sign(number, 0x33, message);
            // The signature is as long as the modulus.
            if octets > 256 { command.extended() } else { command }
        }
        SchemeKind::Ecdsa(hash) => Command::sign(number, 0x70, &hash.of(message)),
        SchemeKind::Ed25519 => {
            return Err(CollectError::CannotSign("a SmartCard-HSM has no such keys"));
        }
    };
    session.exchange(step, &command)?.success(step)
}

/// The block of RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 9.2).
fn pkcs1_block(message: &[u8], octets: usize) -> Result<Vec<u8>, CollectError> {
    /// DigestInfo up to the hash.
    const PREFIX: [u8; 19] = [
        0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01,
        0x05, 0x00, 0x04, 0x20,
    ];
    let hash = Sha256::of(message);
    let fill = octets
        .checked_sub(PREFIX.len() + 32 + 3)
        .filter(|fill| *fill >= 8)
        .ok_or(CollectError::CannotSign("the RSA key is too short"))?;
    Ok([&[0, 1][..], &vec![0xff; fill], &[0], &PREFIX, hash.as_bytes()].concat())
}

fn tlv(tag: u8, value: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(value.len()).unwrap_or(u16::MAX).to_be_bytes();
    let length = match (high, low) {
        (0, ..=0x7f) => vec![low],
        (0, _) => vec![0x81, low],
        _ => vec![0x82, high, low],
    };
    [&[tag][..], &length, value].concat()
}
