//! Entrust nShield: the attestation bundle of `nfkmattest`. A warrant of Entrust's leads to the
//! module, the module states its signing key and its security world, and that signing key what was
//! generated, under which access control list.
//!
//! Format, to the byte: `docs/formats/entrust-nshield.md`.

mod acl;
mod bundle;
mod ddds;
mod fault;
mod generation;
mod inspect;
mod key_hash;
mod ncore;
#[cfg(feature = "simulate")]
pub mod simulate;
mod state;
mod warrant;
mod well_known;
mod world;

use super::{
    AttestationFormat, AttestedStatement, Doubt, Evidence, Part, Statement, VerifiedEvidence,
    multiple,
};
use crate::claims::{
    Attests, Claims, Exportability, KeyClaims, KeyOrigin, Marker, ModuleClaims, OwnerStanding,
    PartitionClaims,
};
use crate::encoding::hex::to_hex;
use crate::encoding::x509::Certificate;
use crate::public_key::PublicKey;
use crate::reason::{Reason, ReasonCode};
use crate::submission::{Object, ObjectKind};
use crate::time::Timestamp;
use crate::trust::{
    AnchoredStatements, SignedStatement, StatementKey, StatementProfile, TrustStore,
    verify_statements,
};
use acl::Rights;
use bundle::Bundle;
use fault::Fault;
use generation::Generation;
use key_hash::key_hash;
use ncore::{KeyData, Reader, read_all};
use state::ModuleState;
use warrant::{Issued, ROOT, Warrant};
use world::{World, inconsistent};

static PROFILE: StatementProfile = StatementProfile { format: "entrust-nshield", holder: ROOT };

/// The format `entrust-nshield`.
#[derive(Debug)]
pub struct EntrustNShield;

impl AttestationFormat for EntrustNShield {
    fn name(&self) -> &'static str {
        PROFILE.format
    }

    fn recognizes(&self, _certificate: &Certificate) -> Part {
        Part::Foreign
    }

    fn recognizes_object(&self, object: &Object) -> Part {
        if object.kind() == ObjectKind::Json && Bundle::is_in(object.bytes()) {
            Part::Attestation
        } else {
            Part::Foreign
        }
    }

    fn inspect(&self, _certificate: &Certificate) -> Vec<Statement> {
        Vec::new()
    }

    fn inspect_object(&self, object: &Object) -> Vec<Statement> {
        inspect::inspect(object.bytes())
    }

    /// The same key may be bundled anew at any time, and applicants send what they have twice: all
    /// bundles must hold, and say the same.
    fn verify<'a>(
        &self,
        evidence: Evidence<'a>,
        trust: &'a TrustStore,
        time: Timestamp,
    ) -> Result<VerifiedEvidence<'a>, Vec<Reason>> {
        let ours = |object: &&Object| self.recognizes_object(object) == Part::Attestation;
        let objects: Vec<_> = evidence.objects.iter().filter(ours).collect();
        let mut whole: Option<VerifiedEvidence<'a>> = None;
        for object in &objects {
            let bundle = Bundle::read(object.bytes())?;
            let verified = Verified::of(&bundle, trust, time).map_err(|reason| vec![reason])?;
            let path = &verified.path;
            whole = Some(match whole {
                None => VerifiedEvidence::new(PROFILE.format, path, verified.statement)
                    .and_doubts(verified.doubts),
                Some(first) if first.statement == verified.statement => {
                    let doubts = verified.doubts.into_iter().map(Doubt::from);
                    let further: Vec<_> = doubts.filter(|it| !first.doubts.contains(it)).collect();
                    first.and_path(path).and_doubts(further)
                }
                Some(_) => return Err(vec![multiple(objects.len())]),
            });
        }
        let whole = whole.ok_or_else(|| vec![ReasonCode::AttestationAbsent.into()])?;
        Ok(whole.and_pieces(objects.iter().map(|object| object.sha256())))
    }
}

/// What a bundle says, every signature of it verified.
struct Verified<'a> {
    path: AnchoredStatements<'a>,
    statement: AttestedStatement,
    doubts: Vec<Reason>,
}

impl<'a> Verified<'a> {
    fn of(bundle: &Bundle, trust: &'a TrustStore, time: Timestamp) -> Result<Self, Reason> {
        let root = bundle.bytes("root")?;
        if root != ROOT.as_bytes() {
            let root = String::from_utf8_lossy(root).into_owned();
            return Err(Fault::unknown("root", root).reason("root"));
        }
        let read = Parts::read(bundle)?;
        let path = read.verify(bundle, trust, time)?;
        read.check_consistency()?;
        let world = World::verify(bundle, &read.state)?;
        let rights = read.generation.acl.rights(&world).map_err(|it| it.reason("kcmsg"))?;
        let statement = AttestedStatement {
            public_key: read.public_key.clone(),
            claims: read.claims(&world, &rights),
            contradictions: contradictions(&rights),
        };
        Ok(Self { path, statement, doubts: read.doubts(&world, &rights) })
    }
}

/// The signed parts of a bundle.
struct Parts<'b> {
    warrant: Warrant<'b>,
    state: ModuleState<'b>,
    generation: Generation,
    key: KeyData,
    public_key: PublicKey,
}

impl<'b> Parts<'b> {
    fn read(bundle: &'b Bundle) -> Result<Self, Reason> {
        let warrant = Warrant::read(bundle.bytes("warrant")?);
        let state = ModuleState::read(bundle.bytes("modstatemsg")?);
        let generation = Generation::read(bundle.bytes("kcmsg")?);
        let key = read_all(bundle.bytes("pubkeydata")?, Reader::key);
        let key = key.map_err(|fault| fault.reason("pubkeydata"))?;
        Ok(Self {
            warrant: warrant.map_err(|fault| fault.reason("warrant"))?,
            state: state.map_err(|fault| fault.reason("modstatemsg"))?,
            generation: generation.map_err(|fault| fault.reason("kcmsg"))?,
            public_key: key.public_key()?,
            key,
        })
    }

    /// The path from the root to the generation of the key.
    fn verify<'a>(
        &self,
        bundle: &Bundle,
        trust: &'a TrustStore,
        time: Timestamp,
    ) -> Result<AnchoredStatements<'a>, Reason> {
        let signature = |member| {
            ncore::signature(bundle.bytes(member)?).map_err(|fault: Fault| fault.reason(member))
        };
        let mut issuing: Vec<(SignedStatement<'_>, StatementKey)> = Vec::new();
        for delegation in &self.warrant.delegations {
            let statement = SignedStatement {
                role: "issuing",
                subject: "Delegation".to_owned(),
                bytes: delegation.signed.payload,
                signature: delegation.signed.signature.clone(),
            };
            issuing.push((statement, delegation.key.signer("warrant")?));
        }
        let module = &self.warrant.module;
        let device = SignedStatement {
            role: "device",
            subject: module.serial.to_owned(),
            bytes: module.signed.payload,
            signature: module.signed.signature.clone(),
        };
        issuing.push((device, module.key.signer("warrant")?));
        let state = SignedStatement {
            role: "module-state",
            subject: self.state.serial.to_owned(),
            bytes: bundle.bytes("modstatemsg")?,
            signature: signature("modstatesig")?,
        };
        issuing.push((state, self.state.signer.signer("modstatemsg")?));
        let attestation = SignedStatement {
            role: "attestation",
            subject: to_hex(&self.generation.key),
            bytes: bundle.bytes("kcmsg")?,
            signature: signature("kcsig")?,
        };
        verify_statements(&PROFILE, &issuing, &attestation, trust, time)
    }

    /// That the parts are about one module and one key.
    fn check_consistency(&self) -> Result<(), Reason> {
        let module = &self.warrant.module;
        if self.state.serial != module.serial {
            return Err(inconsistent("modstatemsg", "another module than the warrant names"));
        }
        if self.state.long_term.as_ref().is_some_and(|key| *key != module.key) {
            return Err(inconsistent("modstatemsg", "another long-term key than the warrant's"));
        }
        let hash = key_hash(&self.key).map_err(|fault| fault.reason("pubkeydata"))?;
        if hash != self.generation.key {
            return Err(inconsistent("pubkeydata", "not the key that was generated"));
        }
        if !self.generation.is_of_kind(&self.key) {
            return Err(inconsistent("kcmsg", "a key of another kind than was asked for"));
        }
        Ok(())
    }

    fn claims(&self, world: &World, rights: &Rights) -> Claims {
        let module = &self.warrant.module;
        let approvals = module.approvals.join("; ");
        let of_officer =
            acl::names(rights.of_officer).map(|name| format!("{name} (security officer)"));
        let protection = rights.protection.map(|protection| protection.describe().to_owned());
        Claims {
            module: ModuleClaims {
                vendor: "Entrust",
                model: "nShield".to_owned(),
                serial: Some(module.serial.to_owned()),
                firmware: None,
                fips_marker: Marker::Unstated,
                mode: world.mode,
                form_factor: None,
                other_marker: Some(approvals).filter(|approvals| !approvals.is_empty()),
                issuer: None,
                partition: Some(PartitionClaims {
                    name: "security world".to_owned(),
                    // Entrust's own verifier names a world by this hash too.
                    owner: to_hex(&world.officer),
                    owner_standing: OwnerStanding::Asserted,
                    statement_signature: "DSA with SHA-256",
                    wrapping_key: Some(to_hex(&world.module_key)),
                }),
            },
            key: KeyClaims {
                public_key: (&self.public_key).into(),
                origin: KeyOrigin::Generated,
                exportability: match (rights.ways_out.is_empty(), rights.recoverable) {
                    (false, _) => Exportability::Exportable,
                    (true, true) => Exportability::Recoverable,
                    (true, false) => Exportability::Wrapped,
                },
                ways_out: rights.ways_out.clone(),
                slot: None,
                object_id: Some(to_hex(&self.generation.key)),
                label: None,
                pin_policy: None,
                touch_policy: None,
                capabilities: acl::names(rights.permissions)
                    .map(str::to_owned)
                    .chain(of_officer)
                    .chain(protection)
                    .collect(),
                domains: Vec::new(),
                attests: Attests::No,
            },
        }
    }

    /// What a person must weigh though every signature holds.
    fn doubts(&self, world: &World, rights: &Rights) -> Vec<Reason> {
        let module = &self.warrant.module;
        let in_field = (module.issued == Issued::InField)
            .then(|| Reason::new(ReasonCode::ChainFieldUpgrade).with("certificate", module.serial));
        let unwraps = (rights.permissions & acl::USE_AS_BLOB_KEY != 0).then(|| {
            Reason::new(ReasonCode::AttestationUnwrapsKeys).with("permission", "UseAsBlobKey")
        });
        let unknown = world.unknown.iter().chain(&rights.unknown).map(|claim| {
            Reason::new(ReasonCode::AttestationUnknownClaim).with("claim", claim.as_str())
        });
        in_field.into_iter().chain(unwraps).chain(unknown).collect()
    }
}

fn contradictions(rights: &Rights) -> Vec<Reason> {
    if rights.permissions & acl::SIGN == 0 {
        vec![Reason::new(ReasonCode::AttestationCannotSign).with("permission", "Sign")]
    } else {
        Vec::new()
    }
}
