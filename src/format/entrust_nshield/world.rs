//! The security world: what its security officer (KNSO) signed, and so which module key protects
//! keys at rest and which key recovers them.

use super::bundle::{Bundle, FIPS_WORLD, RECOVERY, WORLD};
use super::fault::Fault;
use super::key_hash::key_hash;
use super::ncore::{KeyHash, Reader, read_all, signature};
use super::state::ModuleState;
use super::well_known::is_well_known;
use crate::claims::OperatingMode;
use crate::encoding::hex::Sha256;
use crate::reason::{Reason, ReasonCode};
use crate::signature::SignatureError;
use crate::trust::StatementKey;

/// The suites whose keys can be named by their hash here: DSA with 3072 and 256 bits. The older ones
/// have 1024 bits, `ECp521mAES` has keys on P-521.
const SUITES: [&[u8]; 2] = [b"DLf3072s256mAEScSP800131Ar1", b"DLf3072s256mRijndael"];

/// A world whose binding is verified.
#[derive(Clone, Debug)]
pub(super) struct World {
    /// The hash of the module key (HKM).
    pub(super) module_key: KeyHash,
    /// The hash of the security officer's key (HKNSO).
    pub(super) officer: KeyHash,
    /// SHA-256 of the SubjectPublicKeyInfo of that key.
    pub(super) officer_spki_sha256: Sha256,
    /// The hash of the key under which lost keys are recovered (HKRE), in worlds that have one.
    pub(super) recovery: Option<KeyHash>,
    pub(super) mode: OperatingMode,
    /// What in it opens for everyone: the members that hold the hash of a well-known key.
    pub(super) well_known: Vec<&'static str>,
    /// What the module says of the module key whose meaning is not known.
    pub(super) unknown: Option<String>,
}

/// The members that hold the hash of a key of the world.
const HASHES: [&str; 5] = ["hkm", "hkmc", "hkfips", "hkre", "hkra"];

/// The mechanisms of an AES module key, as the genuine module states them.
const MODULE_KEY_MECHANISMS: [u32; 2] = [0x89, 0x49];

impl World {
    /// The world of a module whose state is verified.
    pub(super) fn verify(bundle: &Bundle, state: &ModuleState<'_>) -> Result<Self, Reason> {
        let faulty = |member: &'static str| move |fault: Fault| fault.reason(member);
        let key = read_all(bundle.bytes("knsopub")?, Reader::key).map_err(faulty("knsopub"))?;
        let officer = key_hash(&key).map_err(faulty("knsopub"))?;
        if officer != state.officer {
            return Err(inconsistent("knsopub", "not the security officer that the module names"));
        }
        let hash = |member: &'static str| {
            read_all(bundle.bytes(member)?, Reader::key_hash_ex).map_err(faulty(member))
        };
        let module_key = hash("hkm")?;
        let Some(held) = state.module_keys.iter().find(|held| held.hash == module_key) else {
            return Err(inconsistent("hkm", "not a module key that the module holds"));
        };
        let unknown = (held.mechanisms != MODULE_KEY_MECHANISMS)
            .then(|| format!("mechanisms {:#x?} of the module key", held.mechanisms));
        let suite = bundle.bytes("ciphersuite")?;
        if !SUITES.contains(&suite) {
            let suite = String::from_utf8_lossy(suite).into_owned();
            return Err(Fault::unknown("suite", suite).reason("ciphersuite"));
        }
        let signer = key.signer("knsopub")?;
        let (binding, mode, text) = match (
            bundle.optional(WORLD),
            bundle.optional(FIPS_WORLD),
            bundle.optional("hkfips"),
        ) {
            (Some(_), None, None) => {
                let begin = [b"Module keys: suite = ", suite, b"\0"].concat();
                let text = [&begin[..], &officer, &module_key, &hash("hkmc")?].concat();
                (WORLD, OperatingMode::NonFips, text)
            }
            (None, Some(_), Some(_)) => {
                let begin = [b"Module setup, FIPS3; suite = ", suite, b"\0"].concat();
                let (hkmc, fips) = (hash("hkmc")?, hash("hkfips")?);
                let text = [&begin[..], &officer, &module_key, &hkmc, &fips].concat();
                (FIPS_WORLD, OperatingMode::Fips, text)
            }
            (None, None, _) | (None, Some(_), None) => {
                return Err(Reason::new(ReasonCode::AttestationExtensionMissing)
                    .with("statement", format!("{WORLD}, or {FIPS_WORLD} and hkfips")));
            }
            (Some(_), ..) => return Err(inconsistent(WORLD, "a world of both kinds")),
        };
        check(bundle, &signer, binding, &text)?;
        let recovery = match [RECOVERY, "hkre", "hkra"].map(|name| bundle.optional(name)) {
            [None, None, None] => None,
            _ => {
                let (hkre, hkra) = (hash("hkre")?, hash("hkra")?);
                let text = [&b"Card Recovery\0"[..], &officer, &hkre, &hkra].concat();
                check(bundle, &signer, RECOVERY, &text)?;
                Some(hkre)
            }
        };
        let mut well_known = Vec::new();
        for member in HASHES.into_iter().filter(|member| bundle.optional(member).is_some()) {
            if is_well_known(&hash(member)?) {
                well_known.push(member);
            }
        }
        let officer_spki_sha256 = signer.spki_sha256();
        Ok(Self { module_key, officer, officer_spki_sha256, recovery, mode, well_known, unknown })
    }
}

/// Checks what the security officer signed.
fn check(
    bundle: &Bundle,
    signer: &StatementKey,
    member: &'static str,
    text: &[u8],
) -> Result<(), Reason> {
    let signature = signature(bundle.bytes(member)?).map_err(|fault| fault.reason(member))?;
    signer.verify(text, &signature).map_err(|error| {
        let code = match error {
            SignatureError::Invalid | SignatureError::AlgorithmMismatch => {
                ReasonCode::ChainSignatureInvalid
            }
            _ => ReasonCode::ChainSignatureAlgorithm,
        };
        Reason::new(code).with("certificate", "security officer").with("statement", member)
    })
}

pub(super) fn inconsistent(member: &'static str, fault: &'static str) -> Reason {
    Reason::new(ReasonCode::AttestationInconsistent).with("statement", member).with("fault", fault)
}
