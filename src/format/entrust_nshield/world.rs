//! The security world: what its security officer (KNSO) signed, and so which module key protects
//! keys at rest and which key recovers them.

use super::bundle::{Bundle, FIPS_WORLD, RECOVERY, WORLD};
use super::fault::Fault;
use super::key_hash::key_hash;
use super::ncore::{KeyHash, Reader, read_all, signature};
use super::state::{ModuleKey, ModuleState};
use super::well_known::is_well_known;
use crate::claims::OperatingMode;
use crate::encoding::hex::Sha256;
use crate::reason::{Reason, ReasonCode};
use crate::trust::{Authentic, Claimed, StatementKey};

/// The suites whose keys can be named by their hash here: DSA with 3072 and 256 bits. The older ones
/// have 1024 bits, `ECp521mAES` has keys on P-521.
const SUITES: [&str; 2] = ["DLf3072s256mAEScSP800131Ar1", "DLf3072s256mRijndael"];

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

/// The mechanisms of an AES module key, as the genuine module states them.
const MODULE_KEY_MECHANISMS: [u32; 2] = [0x89, 0x49];

/// What the security officer signed of the keys of a world.
#[derive(Clone, Debug)]
struct Binding {
    suite: &'static str,
    officer: KeyHash,
    module_key: KeyHash,
    hkmc: KeyHash,
    /// Of a world that is bound to FIPS 140 level 3.
    hkfips: Option<KeyHash>,
}

impl Binding {
    /// The text that is signed.
    fn text(&self) -> Vec<u8> {
        let Self { suite, officer, module_key, hkmc, hkfips } = self;
        let begin = match hkfips {
            None => "Module keys: suite = ",
            Some(_) => "Module setup, FIPS3; suite = ",
        };
        let hashes = [officer, module_key, hkmc].into_iter().chain(hkfips).flatten();
        [begin, suite, "\0"].concat().into_bytes().into_iter().chain(hashes.copied()).collect()
    }
}

/// What it signed of the keys of recovery.
#[derive(Clone, Debug)]
struct Recovery {
    officer: KeyHash,
    hkre: KeyHash,
    hkra: KeyHash,
}

impl Recovery {
    /// The text that is signed.
    fn text(&self) -> Vec<u8> {
        [&b"Card Recovery\0"[..], &self.officer, &self.hkre, &self.hkra].concat()
    }
}

impl World {
    /// The world of a module.
    pub(super) fn verify(
        bundle: &Bundle,
        state: Authentic<&ModuleState<'_>>,
    ) -> Result<Authentic<Self>, Reason> {
        let faulty = |member: &'static str| move |fault: Fault| fault.reason(member);
        let hash = |member: &'static str| {
            read_all(bundle.bytes(member)?, Reader::key_hash_ex).map_err(faulty(member))
        };
        let key = read_all(bundle.bytes("knsopub")?, Reader::key).map_err(faulty("knsopub"))?;
        let named = state.map(|state| state.officer);
        let key = named.is_of(key, key_hash).map_err(faulty("knsopub"))?.ok_or_else(|| {
            inconsistent("knsopub", "not the security officer that the module names")
        })?;
        let (officer, module_key) = (*named.get(), hash("hkm")?);
        held(state.get(), &module_key)?;
        let suite = bundle.bytes("ciphersuite")?;
        let suite =
            SUITES.into_iter().find(|known| known.as_bytes() == suite).ok_or_else(|| {
                let suite = String::from_utf8_lossy(suite).into_owned();
                Fault::unknown("suite", suite).reason("ciphersuite")
            })?;
        let signer = key.read(|key| key.signer("knsopub"))?;

        let (member, hkmc, hkfips) = match (
            bundle.optional(WORLD),
            bundle.optional(FIPS_WORLD),
            bundle.optional("hkfips"),
        ) {
            (Some(_), None, None) => (WORLD, hash("hkmc")?, None),
            (None, Some(_), Some(_)) => (FIPS_WORLD, hash("hkmc")?, Some(hash("hkfips")?)),
            (None, None, _) | (None, Some(_), None) => {
                return Err(Reason::new(ReasonCode::AttestationExtensionMissing)
                    .with("statement", format!("{WORLD}, or {FIPS_WORLD} and hkfips")));
            }
            (Some(_), ..) => return Err(inconsistent(WORLD, "a world of both kinds")),
        };
        let binding = Binding { suite, officer, module_key, hkmc, hkfips };
        let binding = Claimed::written(binding, Binding::text);
        let binding = signed(bundle, &signer, member, &binding)?;
        let recovery = match [RECOVERY, "hkre", "hkra"].map(|name| bundle.optional(name)) {
            [None, None, None] => None,
            _ => {
                let recovery = Recovery { officer, hkre: hash("hkre")?, hkra: hash("hkra")? };
                let recovery = Claimed::written(recovery, Recovery::text);
                Some(signed(bundle, &signer, RECOVERY, &recovery)?)
            }
        };
        state.and(signer).and(binding).and(recovery.into()).read(
            |(((state, signer), binding), recovery)| Self::read(state, &signer, binding, recovery),
        )
    }

    fn read(
        state: &ModuleState<'_>,
        signer: &StatementKey,
        binding: Binding,
        recovery: Option<Recovery>,
    ) -> Result<Self, Reason> {
        let held = held(state, &binding.module_key)?;
        let unknown = (held.mechanisms != MODULE_KEY_MECHANISMS)
            .then(|| format!("mechanisms {:#x?} of the module key", held.mechanisms));
        let of_recovery = |hash: fn(&Recovery) -> KeyHash| recovery.as_ref().map(hash);
        let hashes = [
            ("hkm", Some(binding.module_key)),
            ("hkmc", Some(binding.hkmc)),
            ("hkfips", binding.hkfips),
            ("hkre", of_recovery(|it| it.hkre)),
            ("hkra", of_recovery(|it| it.hkra)),
        ];
        let is_known =
            |(member, hash): (_, Option<KeyHash>)| hash.filter(is_well_known).map(|_| member);
        Ok(Self {
            module_key: binding.module_key,
            officer: binding.officer,
            officer_spki_sha256: signer.spki_sha256(),
            recovery: of_recovery(|it| it.hkre),
            mode: match binding.hkfips {
                None => OperatingMode::NonFips,
                Some(_) => OperatingMode::Fips,
            },
            well_known: hashes.into_iter().filter_map(is_known).collect(),
            unknown,
        })
    }
}

/// The module key of that hash, which a module must hold.
fn held<'s>(state: &'s ModuleState<'_>, module_key: &KeyHash) -> Result<&'s ModuleKey, Reason> {
    let held = state.module_keys.iter().find(|held| held.hash == *module_key);
    held.ok_or_else(|| inconsistent("hkm", "not a module key that the module holds"))
}

/// What the security officer signed.
fn signed<T: Clone>(
    bundle: &Bundle,
    signer: &Authentic<StatementKey>,
    member: &'static str,
    claimed: &Claimed<'_, T>,
) -> Result<Authentic<T>, Reason> {
    let signature = signature(bundle.bytes(member)?).map_err(|fault| fault.reason(member))?;
    let signed = signer.signed(claimed, &signature).map_err(|error| {
        Reason::new(error.chain_code())
            .with("certificate", "security officer")
            .with("statement", member)
    })?;
    Ok(signed.map(T::clone))
}

pub(super) fn inconsistent(member: &'static str, fault: &'static str) -> Reason {
    Reason::new(ReasonCode::AttestationInconsistent).with("statement", member).with("fault", fault)
}
