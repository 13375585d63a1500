//! A simulated module: warrant, module state, security world, and the generation of one key, in the
//! bundle of `nfkmattest`; and a certification request for the key.

mod defects;
mod dsa;
pub(super) mod marshal;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use num_bigint::BigUint;

use self::dsa::{DsaHolder, DsaKeyring};
use self::marshal::{
    block, key_data, list, map, mechanism, number, string, symbol, text, warrant_key, words,
};
use super::bundle::{FIPS_WORLD, RECOVERY, WORLD};
use super::key_hash::key_hash;
use super::ncore::{KeyHash, fixed};
use super::{PROFILE, ROOT};
use crate::encoding::der::{DerError, Reader, tag};
use crate::public_key::PublicKey;
use crate::reason::ReasonCode;
use crate::result::Requirement;
use crate::simulate::case::{SUBSCRIBER, file, pem, validity_around};
use crate::simulate::keys::{Holder, Keyring, Scheme};
use crate::simulate::pki::RequestDraft;
use crate::simulate::{Case, Family, KeyKind, Options, RsaPadding, SimulateError, SimulatedFile};
use crate::time::Timestamp;
use crate::trust::AnchorStatus;

/// What `keyproof simulate entrust-nshield` makes.
pub(crate) fn family() -> Family<Draft> {
    Family { name: PROFILE.format, defects: defects::all(), draft }
}

/// A case before its signatures.
pub(crate) struct Draft {
    /// The kind of the attested key.
    attested: KeyKind,
    status: AnchorStatus,
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
    request: RequestDraft,
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
    let scheme = match options.padding {
        RsaPadding::Pkcs1 => Scheme::Usual,
        RsaPadding::Pss => Scheme::RsaPss,
    };
    Ok(Draft {
        attested,
        status: AnchorStatus::Test,
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
        request: RequestDraft::new(SUBSCRIBER.as_bytes(), Holder::Attested, scheme),
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
    fn key(&self) -> KeyKind {
        self.attested
    }

    fn silences(&self) -> Vec<(Requirement, ReasonCode)> {
        vec![
            (Requirement::CertifiedModule, ReasonCode::CertificationFirmwareUnstated),
            (Requirement::NonExportable, ReasonCode::AttestationWorldUnconfirmed),
        ]
    }

    fn files(
        &self,
        keyring: &mut Keyring,
        seen: Timestamp,
    ) -> Result<Vec<SimulatedFile>, SimulateError> {
        let officers = DsaKeyring::generate()?;
        let anchors = self.anchors(keyring, seen)?;
        let bundle = self.bundle(keyring, &officers, self.generation.key, self.public)?;
        let mut files = vec![
            file("anchors.yaml", anchors, "the test trust, for --trust-anchors"),
            file("attestation.att", bundle, "attestation bundle"),
        ];
        if self.second {
            let (key, public) = (Holder::SecondAttested, Holder::SecondAttested);
            let bundle = self.bundle(keyring, &officers, key, public)?;
            files.push(file("second-attestation.att", bundle, "bundle of another key"));
        }
        let request = &self.request;
        let (subject, signer) =
            keyring.two((request.key, self.attested), (request.signer, self.attested))?;
        let der = request.to_der(subject, signer)?;
        files.push(file("request.pem", pem("CERTIFICATE REQUEST", &der), "request"));
        Ok(files)
    }
}

impl Draft {
    /// The bundle as `nfkmattest` writes it.
    fn bundle(
        &self,
        keyring: &mut Keyring,
        officers: &DsaKeyring,
        key: Holder,
        public: Holder,
    ) -> Result<String, SimulateError> {
        let state = self.state(keyring, officers)?;
        let generation = self.generation(keyring, officers, key)?;
        let public = key_data(&keyring.pair(public, self.attested)?.spki())?;
        let signed_state = ecdsa(&plain_p521(keyring, self.state.signer, &state)?);
        let mut members: Vec<(&'static str, Vec<u8>)> = vec![
            ("pubkeydata", marshal::key(&public)),
            ("kcsig", dsa(officers, self.generation.signer, &generation)?),
            ("kcmsg", generation),
            ("modstatesig", signed_state),
            ("modstatemsg", state),
            ("warrant", self.warrant(keyring)?),
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

    fn warrant(&self, keyring: &mut Keyring) -> Result<Vec<u8>, SimulateError> {
        let warrant = &self.warrant;
        let mut certificates = vec![symbol(warrant.root)];
        for _ in 0..warrant.delegations {
            let key = key_data(&keyring.pair(Holder::Issuing, KeyKind::P521)?.spki())?;
            let payload = map(&[
                ("DelegateKey", warrant_key(&key)?),
                ("SigMech", mechanism()),
                ("WarrantCertificateType", symbol(warrant.delegation_kind)),
            ]);
            certificates.push(signed(keyring, warrant.root_signer, &payload)?);
        }
        let key = key_data(&keyring.pair(Holder::Device, KeyKind::P521)?.spki())?;
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
        certificates.push(signed(keyring, warrant.module_signer, &map(&members))?);
        Ok(list(&certificates))
    }

    fn state(
        &self,
        keyring: &mut Keyring,
        officers: &DsaKeyring,
    ) -> Result<Vec<u8>, SimulateError> {
        let state = &self.state;
        let signer = officers.key(state.keys_signer)?;
        let long_term = key_data(&keyring.pair(state.long_term, KeyKind::P521)?.spki())?;
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
        keyring: &mut Keyring,
        officers: &DsaKeyring,
        key: Holder,
    ) -> Result<Vec<u8>, SimulateError> {
        let generation = &self.generation;
        let mut groups = generation.groups.clone();
        if generation.of_officer {
            groups.push(certified_by(hash(&officers.key(DsaHolder::Officer)?)?));
        }
        let asked = match (&generation.asked, self.attested) {
            (Some(asked), _) => asked.clone(),
            (None, KeyKind::P256) => words(&[47, 4]),
            (None, KeyKind::Rsa2048) => words(&[2, 0x4, 2048]),
            (None, KeyKind::Rsa3072) => words(&[2, 0x4, 3072]),
            (None, _) => words(&[2, 0x4, 4096]),
        };
        let key = key_data(&keyring.pair(key, self.attested)?.spki())?;
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

    /// `anchors.yaml`: the name of the root and its key.
    fn anchors(&self, keyring: &mut Keyring, seen: Timestamp) -> Result<String, SimulateError> {
        let spki = keyring.pair(Holder::Root, KeyKind::P521)?.spki();
        let key = PublicKey::from_spki(&spki).map_err(|_| SimulateError::Cryptography)?;
        let (from, to) = self.validity;
        Ok(format!(
            r#"# Trust for one simulated case. It vouches for nothing real.
vendor: simulated
anchors:
  - id: simulated-kwarn
    holder: {ROOT}
    public_key: "{public_key}"
    spki_sha256: "{spki_sha256}"
    certificate_sha256: []
    valid: {{from: "{from}", to: "{to}"}}
    uses:
      - format: {format}
        role: manufacturer
    status: {status}
    sources:
      - publisher: keyproof simulate
        seen: "{seen}"
"#,
            public_key = STANDARD.encode(key.spki()),
            spki_sha256 = key.spki_sha256(),
            format = PROFILE.format,
            status = self.status.id(),
            seen = seen.date(),
        ))
    }
}

fn count(things: usize) -> u32 {
    u32::try_from(things).unwrap_or(u32::MAX)
}

fn hash(key: &super::ncore::KeyData) -> Result<KeyHash, SimulateError> {
    key_hash(key).map_err(|_| SimulateError::KeyKind)
}

/// A certificate of a warrant.
fn signed(keyring: &mut Keyring, signer: Holder, payload: &[u8]) -> Result<Vec<u8>, SimulateError> {
    let signature = plain_p521(keyring, signer, payload)?;
    let signature = signature.iter().map(|number| fixed(number, 66));
    let signature = signature.collect::<Option<Vec<_>>>().ok_or(SimulateError::Cryptography)?;
    Ok(map(&[("Payload", block(payload)), ("Signature", block(&signature.concat()))]))
}

/// r and s by a key on P-521.
fn plain_p521(
    keyring: &mut Keyring,
    signer: Holder,
    message: &[u8],
) -> Result<[BigUint; 2], SimulateError> {
    let signature = keyring.pair(signer, KeyKind::P521)?.sign(Scheme::Usual, message)?;
    let read = || {
        let numbers = |numbers: &mut Reader<'_>| {
            Ok::<_, DerError>(
                [numbers.unsigned()?, numbers.unsigned()?].map(BigUint::from_bytes_be),
            )
        };
        Reader::whole(&signature, |outer| outer.nested(tag::SEQUENCE, numbers))
    };
    read().map_err(|_| SimulateError::Cryptography)
}

/// M_CipherText of an ECDSA signature.
fn ecdsa([r, s]: &[BigUint; 2]) -> Vec<u8> {
    [words(&[187]), number(r), number(s)].concat()
}

/// M_CipherText of a DSA signature.
fn dsa(officers: &DsaKeyring, signer: DsaHolder, message: &[u8]) -> Result<Vec<u8>, SimulateError> {
    let (r, s) = officers.sign(signer, message)?;
    Ok([words(&[170]), number(&r), number(&s)].concat())
}

/// A DSA key made for this.
#[cfg(test)]
pub(super) fn dsa_key() -> Option<super::ncore::KeyData> {
    DsaKeyring::generate().ok()?.key(DsaHolder::Other).ok()
}

/// p, q, g and y of a key made for this, and r and s over the message.
#[cfg(test)]
pub(crate) fn signed_with_dsa(message: &[u8]) -> Option<([BigUint; 4], [BigUint; 2])> {
    let officers = DsaKeyring::generate().ok()?;
    let super::ncore::KeyData::Dsa { p, q, g, y } = officers.key(DsaHolder::Other).ok()? else {
        return None;
    };
    let (r, s) = officers.sign(DsaHolder::Other, message).ok()?;
    Some(([p, q, g, y], [r, s]))
}
