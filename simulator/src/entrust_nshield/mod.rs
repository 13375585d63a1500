//! A simulated module: warrant, module state, security world, and the generation of one key, in the
//! bundle of `nfkmattest`; and a certification request for the key.

mod defects;
mod dsa;
mod marshal;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;
use keyproof::{ReasonCode, Requirement, Timestamp};
use num_bigint::BigUint;

use self::dsa::{DsaHolder, DsaKeyring};
use self::marshal::{
    KeyHash, block, hash, key_data, list, map, mechanism, number, string, symbol, text,
    warrant_key, words,
};
use crate::anchors::Trusted;
use crate::case::{self, Base, Case, Evidence, has_base, validity_around};
use crate::family::Family;
use crate::keys::{Holder, KeyKind};
use crate::signing::Keys;
use crate::{Options, SimulateError};

/// What `keyproof simulate entrust-nshield` makes.
pub(crate) fn family() -> Family<Draft> {
    Family::new(NAME, draft, defects::ALL)
}

/// A case before its signatures.
pub(crate) struct Draft {
    base: Base,
    validity: (Timestamp, Timestamp),
    warrant: WarrantDraft,
    state: StateDraft,
    world: WorldDraft,
    generation: GenerationDraft,
    /// Whose key stands beside the generation.
    public: Holder,
    /// What is done to the members of the bundle once they are signed.
    damage: Vec<(&'static str, Damage)>,
    /// A further bundle, of another key.
    second: bool,
}

struct WarrantDraft {
    root: &'static str,
    /// Who signed the delegation.
    root_signer: Holder,
    delegations: usize,
    /// The members of the delegation besides its key.
    delegation_kind: &'static str,
    module_kind: &'static str,
    serial: &'static str,
    /// Who signed what is said of the module.
    module_signer: Holder,
    /// A further member of that.
    further: Option<&'static str>,
}

struct StateDraft {
    /// The kind of message.
    kind: u32,
    serial: &'static str,
    /// Who signed it.
    signer: Holder,
    /// Whose key it says signed it.
    long_term: Holder,
    /// Whose key it says signs for keys.
    keys_signer: DsaHolder,
    officer: DsaHolder,
    module_keys: Vec<KeyHash>,
    /// The mechanisms of each.
    mechanisms: [u32; 2],
    /// What its attribute 5 lets anyone do on the module.
    open_to_all: u32,
    /// A further attribute.
    further: Vec<u8>,
}

struct WorldDraft {
    level_3: bool,
    suite: &'static str,
    /// Whose key is sent as the security officer's.
    officer: DsaHolder,
    signer: DsaHolder,
    module_key: KeyHash,
    /// The one that was signed.
    signed_module_key: KeyHash,
    recovery: bool,
    recovery_key: KeyHash,
    recovery_signer: DsaHolder,
}

struct GenerationDraft {
    /// The kind of message.
    kind: u32,
    signer: DsaHolder,
    /// Whose key was generated.
    key: Holder,
    /// What was asked for, if not what suits the key.
    asked: Option<Vec<u8>>,
    groups: Vec<Vec<u8>>,
    /// The security officer may do with the key what the genuine worlds with recovery let it.
    of_officer: bool,
}

/// What is done to a member of the bundle.
#[derive(Clone, Copy)]
enum Damage {
    LeftOut,
    /// Its last bit is turned.
    LastBit,
    /// One octet follows.
    TrailingOctet,
    /// The last bits of its base64, which mean nothing, are not zero.
    StrayBits,
    /// Another text stands there.
    Text(&'static str),
}

const NAME: &str = "entrust-nshield";

/// The name of the root, and the members by which the security officer binds a world and its recovery.
const ROOT: &str = "KWARN-1";
const WORLD: &str = "CertKMaKMCbKNSO";
const FIPS_WORLD: &str = "CertKMaKMCaKFIPSbKNSO";
const RECOVERY: &str = "CertKREaKRAbKNSO";

/// The hash of the module key of every simulated world, and those of others.
const HKM: KeyHash = [0x0b; 20];
const OTHER_HKM: KeyHash = [0x2b; 20];
/// The hash of the AES key of 32 zeros, which is loaded into every module.
const NULL_AES_KEY: KeyHash = [
    0xc2, 0xbe, 0x99, 0xfe, 0x1c, 0x77, 0xf1, 0xb7, 0x5d, 0x48, 0xe2, 0xfd, 0x2d, 0xf8, 0xdf, 0xfc,
    0x0c, 0x96, 0x9b, 0xcb,
];
const HKMC: KeyHash = [0x3b; 20];
const HKFIPS: KeyHash = [0x4b; 20];
const HKRE: KeyHash = [0x5b; 20];
const HKRA: KeyHash = [0x6b; 20];

const SERIAL: &str = "5113-0000-0001";
const SUITE: &str = "DLf3072s256mAEScSP800131Ar1";

fn draft(options: &Options) -> Result<Draft, SimulateError> {
    let attested = options.key.unwrap_or(KeyKind::P256);
    if !matches!(attested, KeyKind::P256 | KeyKind::Rsa2048 | KeyKind::Rsa3072 | KeyKind::Rsa4096) {
        return Err(SimulateError::KeyKind);
    }
    Ok(Draft {
        base: Base::new(NAME, attested, Vec::new(), options),
        validity: validity_around(options.time)?,
        warrant: WarrantDraft {
            root: ROOT,
            root_signer: Holder::Root,
            delegations: 1,
            delegation_kind: "Delegation",
            module_kind: "ModuleInformation",
            serial: SERIAL,
            module_signer: Holder::Issuing,
            further: None,
        },
        state: StateDraft {
            kind: 4,
            serial: SERIAL,
            signer: Holder::Device,
            long_term: Holder::Device,
            keys_signer: DsaHolder::Module,
            officer: DsaHolder::Officer,
            module_keys: vec![OTHER_HKM, NULL_AES_KEY, HKM],
            mechanisms: [0x89, 0x49],
            open_to_all: 0x4e4f,
            further: Vec::new(),
        },
        world: WorldDraft {
            level_3: true,
            suite: SUITE,
            officer: DsaHolder::Officer,
            signer: DsaHolder::Officer,
            module_key: HKM,
            signed_module_key: HKM,
            recovery: false,
            recovery_key: HKRE,
            recovery_signer: DsaHolder::Officer,
        },
        generation: GenerationDraft {
            kind: 2,
            signer: DsaHolder::Module,
            key: Holder::Attested,
            asked: None,
            groups: vec![permissions(ORDINARY), kept_under(HKM)],
            of_officer: false,
        },
        public: Holder::Attested,
        damage: Vec::new(),
        second: false,
    })
}

/// What `generatekey` permits for a key that signs.
const ORDINARY: u32 = 0xb02b;

/// A group of one action that anyone may use.
fn group(action: &[u8]) -> Vec<u8> {
    [&words(&[0, 0, 1])[..], action].concat()
}

/// OpPermissions.
fn permissions(permissions: u32) -> Vec<u8> {
    group(&words(&[1, permissions]))
}

/// MakeBlob, protected by the module alone.
fn kept_under(module_key: KeyHash) -> Vec<u8> {
    group(&[&words(&[2, 0x7])[..], &module_key].concat())
}

/// MakeArchiveBlob for that key.
fn archived_under(key: KeyHash) -> Vec<u8> {
    group(&[&words(&[3, 0x1, 225])[..], &key].concat())
}

/// What the holder of that key must certify each time: export and everything else.
fn certified_by(key: KeyHash) -> Vec<u8> {
    [&words(&[0x3, 0, 1, 1, 0x207d])[..], &key].concat()
}

impl Case for Draft {
    has_base!();

    /// Of warrants and modules: ECDSA on P-521.
    fn kind_of(_holder: Holder, _attested: KeyKind) -> KeyKind {
        KeyKind::P521
    }

    fn silences(&self) -> Vec<(Requirement, ReasonCode)> {
        vec![
            (Requirement::CertifiedModule, ReasonCode::CertificationFirmwareUnstated),
            (Requirement::NonExportable, ReasonCode::AttestationWorldUnconfirmed),
        ]
    }

    fn evidence(&self, keys: &mut Keys<'_>) -> Result<Evidence, SimulateError> {
        let officers = DsaKeyring::generate()?;
        let mut bundle = |name, what, key, public| {
            self.bundle(keys, &officers, key, public).map(|json| case::text(name, json, what))
        };
        let (key, second) = (self.generation.key, Holder::SecondAttested);
        let mut files = vec![bundle("attestation.att", "attestation bundle", key, self.public)?];
        if self.second {
            files.push(bundle("second-attestation.att", "bundle of another key", second, second)?);
        }
        let (from, to) = self.validity;
        let valid = (from.to_string(), to.to_string());
        let spki = keys.spki(Holder::Root)?;
        let root = Trusted::by_holder("simulated-kwarn", ROOT, spki, valid);
        Ok(Evidence { trusted: vec![root], ..Evidence::of(files) })
    }
}

impl Draft {
    /// The bundle as `nfkmattest` writes it.
    fn bundle(
        &self,
        keys: &mut Keys<'_>,
        officers: &DsaKeyring,
        key: Holder,
        public: Holder,
    ) -> Result<String, SimulateError> {
        let state = self.state(keys, officers)?;
        let generation = self.generation(keys, officers, key)?;
        let public = key_data(keys.pair(public)?)?;
        let signed_state = ecdsa(&keys.pair(self.state.signer)?.sign_plain(&state)?);
        let mut members: Vec<(&'static str, Vec<u8>)> = vec![
            ("pubkeydata", marshal::key(&public)),
            ("kcsig", dsa(officers, self.generation.signer, &generation)?),
            ("kcmsg", generation),
            ("modstatesig", signed_state),
            ("modstatemsg", state),
            ("warrant", self.warrant(keys)?),
        ];
        members.extend(self.world(officers)?);
        let mut written: Vec<(&str, String)> =
            members.into_iter().map(|(name, bytes)| self.encoded(name, bytes)).collect();
        for (name, word) in [("ciphersuite", self.world.suite), ("root", self.warrant.root)] {
            written.push((name, word.to_owned()));
        }
        for (name, damage) in &self.damage {
            match damage {
                Damage::LeftOut => written.retain(|(member, _)| member != name),
                Damage::Text(text) => {
                    written.retain(|(member, _)| member != name);
                    written.push((name, (*text).to_owned()));
                }
                Damage::LastBit | Damage::TrailingOctet | Damage::StrayBits => {}
            }
        }
        let lines: Vec<_> =
            written.iter().map(|(name, text)| format!("  \"{name}\": \"{text}\"")).collect();
        Ok(format!("{{\n{}\n}}\n", lines.join(",\n")))
    }

    /// A member in base64url.
    fn encoded(&self, name: &'static str, mut bytes: Vec<u8>) -> (&'static str, String) {
        let damages = || self.damage.iter().filter(|(member, _)| *member == name);
        for (_, damage) in damages() {
            match damage {
                Damage::LastBit => {
                    if let Some(last) = bytes.last_mut() {
                        *last ^= 1;
                    }
                }
                Damage::TrailingOctet => bytes.push(0),
                _ => {}
            }
        }
        let mut text = URL_SAFE.encode(&bytes);
        if damages().any(|(_, damage)| matches!(damage, Damage::StrayBits)) {
            // Of 76 octets the last digit before the padding has four bits that mean nothing.
            let digits = text.trim_end_matches('=').len();
            let last = digits.saturating_sub(1)..digits;
            let digit = match text.get(last.clone()) {
                Some("A") => "B",
                Some("Q") => "R",
                Some("g") => "h",
                _ => "x",
            };
            text.replace_range(last, digit);
        }
        (name, text)
    }

    fn warrant(&self, keys: &mut Keys<'_>) -> Result<Vec<u8>, SimulateError> {
        let warrant = &self.warrant;
        let mut certificates = vec![symbol(warrant.root)];
        for _ in 0..warrant.delegations {
            let key = key_data(keys.pair(Holder::Issuing)?)?;
            let payload = map(&[
                ("DelegateKey", warrant_key(&key)?),
                ("SigMech", mechanism()),
                ("WarrantCertificateType", symbol(warrant.delegation_kind)),
            ]);
            certificates.push(signed(keys, warrant.root_signer, &payload)?);
        }
        let key = key_data(keys.pair(Holder::Device)?)?;
        let approval = [symbol("FIPS140"), vec![3], vec![3], symbol("MultiChipEmbedded")];
        let mut members = vec![
            ("ElectronicSerialNumber", string(warrant.serial)),
            ("PhysicalSerialNumber", string("SIM-0001")),
            ("Approvals", list(&[list(&approval)])),
            ("WarrantCertificateType", symbol(warrant.module_kind)),
            ("KLF2pub", warrant_key(&key)?),
            ("KLF2mech", mechanism()),
        ];
        members.extend(warrant.further.map(|name| (name, vec![1])));
        certificates.push(signed(keys, warrant.module_signer, &map(&members))?);
        Ok(list(&certificates))
    }

    fn state(&self, keys: &mut Keys<'_>, officers: &DsaKeyring) -> Result<Vec<u8>, SimulateError> {
        let state = &self.state;
        let signer = officers.key(state.keys_signer)?;
        let long_term = key_data(keys.pair(state.long_term)?)?;
        let mut attributes = vec![
            [words(&[2]), text(state.serial)].concat(),
            [&words(&[3])[..], &hash(&signer)?, &marshal::key(&signer), &words(&[170])].concat(),
            // How keys on P-521 are hashed is known to Entrust alone.
            [&words(&[13])[..], &[0x7b; 20], &marshal::key(&long_term), &words(&[187])].concat(),
            [&words(&[5])[..], &hash(&officers.key(state.officer)?)?, &words(&[state.open_to_all])]
                .concat(),
        ];
        let mechanisms = words(&state.mechanisms);
        let keys = state.module_keys.iter().map(|key| [&key[..], &mechanisms].concat());
        let keys = keys.collect::<Vec<_>>();
        attributes.push([words(&[6, count(keys.len())]), keys.concat()].concat());
        if !state.further.is_empty() {
            attributes.push(state.further.clone());
        }
        let head = words(&[state.kind, 0, count(attributes.len())]);
        Ok([head, attributes.concat()].concat())
    }

    fn generation(
        &self,
        keys: &mut Keys<'_>,
        officers: &DsaKeyring,
        key: Holder,
    ) -> Result<Vec<u8>, SimulateError> {
        let generation = &self.generation;
        let mut groups = generation.groups.clone();
        if generation.of_officer {
            groups.push(certified_by(hash(&officers.key(DsaHolder::Officer)?)?));
        }
        let asked = match (&generation.asked, self.base.attested) {
            (Some(asked), _) => asked.clone(),
            (None, KeyKind::P256) => words(&[47, 4]),
            (None, KeyKind::Rsa2048) => words(&[2, 0x4, 2048]),
            (None, KeyKind::Rsa3072) => words(&[2, 0x4, 3072]),
            (None, _) => words(&[2, 0x4, 4096]),
        };
        let key = key_data(keys.pair(key)?)?;
        let groups = [words(&[count(groups.len())]), groups.concat()];
        Ok([&words(&[generation.kind, 0])[..], &asked, &groups.concat(), &hash(&key)?].concat())
    }

    /// What the security officer signed.
    fn world(&self, officers: &DsaKeyring) -> Result<Vec<(&'static str, Vec<u8>)>, SimulateError> {
        let world = &self.world;
        let officer = officers.key(world.officer)?;
        let named = hash(&officer)?;
        let what =
            if world.level_3 { "Module setup, FIPS3; suite = " } else { "Module keys: suite = " };
        let begin = [what.as_bytes(), world.suite.as_bytes(), &[0]].concat();
        let mut bound = [&begin[..], &named, &world.signed_module_key, &HKMC].concat();
        let mut members = vec![
            ("knsopub", marshal::key(&officer)),
            ("hkm", marshal::key_hash(&world.module_key)),
            ("hkmc", marshal::key_hash(&HKMC)),
        ];
        if world.level_3 {
            bound.extend(HKFIPS);
            members.push(("hkfips", marshal::key_hash(&HKFIPS)));
            members.push((FIPS_WORLD, dsa(officers, world.signer, &bound)?));
        } else {
            members.push((WORLD, dsa(officers, world.signer, &bound)?));
        }
        if world.recovery {
            let bound = [&b"Card Recovery\0"[..], &named, &world.recovery_key, &HKRA].concat();
            members.push(("hkre", marshal::key_hash(&world.recovery_key)));
            members.push(("hkra", marshal::key_hash(&HKRA)));
            members.push((RECOVERY, dsa(officers, world.recovery_signer, &bound)?));
        }
        Ok(members)
    }
}

fn count(things: usize) -> u32 {
    u32::try_from(things).unwrap_or(u32::MAX)
}

/// A certificate of a warrant.
fn signed(keys: &mut Keys<'_>, signer: Holder, payload: &[u8]) -> Result<Vec<u8>, SimulateError> {
    let signature = keys.pair(signer)?.sign_plain(payload)?.concat();
    Ok(map(&[("Payload", block(payload)), ("Signature", block(&signature))]))
}

/// M_CipherText of an ECDSA signature.
fn ecdsa(numbers: &[Vec<u8>; 2]) -> Vec<u8> {
    let [r, s] = numbers.each_ref().map(|it| number(&BigUint::from_bytes_be(it)));
    [words(&[187]), r, s].concat()
}

/// M_CipherText of a DSA signature.
fn dsa(officers: &DsaKeyring, signer: DsaHolder, message: &[u8]) -> Result<Vec<u8>, SimulateError> {
    let (r, s) = officers.sign(signer, message)?;
    Ok([words(&[170]), number(&r), number(&s)].concat())
}
