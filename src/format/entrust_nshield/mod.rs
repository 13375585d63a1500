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
    AttestationFormat, AttestedStatement, Doubt, Evidence, InspectLine, Part, VerifiedEvidence,
    check_count, multiple,
};
use crate::claims::{
    Attests, Claims, Exportability, KeyClaims, KeyOrigin, Marker, ModuleClaims, OwnerStanding,
    PartitionClaims,
};
use crate::encoding::hex::to_hex;
use crate::encoding::x509::Certificate;
use crate::public_key::PublicKey;
use crate::reason::{Reason, ReasonCode};
use crate::submission::Object;
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
        if object.json().is_some_and(Bundle::is_in) { Part::Attestation } else { Part::Foreign }
    }

    fn has_security_worlds(&self) -> bool {
        true
    }

    fn inspect(&self, _certificate: &Certificate) -> Vec<InspectLine> {
        Vec::new()
    }

    fn inspect_object(&self, object: &Object) -> Vec<InspectLine> {
        inspect::inspect(object.json())
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
        check_count(objects.len())?;
        let mut whole: Option<VerifiedEvidence<'a>> = None;
        for object in &objects {
            let bundle = Bundle::read(object.json())?;
            let verified = Verified::of(&bundle, trust, time)?;
            let path = &verified.path;
            whole = Some(match whole {
                None => VerifiedEvidence::new(PROFILE.format, path, verified.statement)?
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
    fn of(bundle: &Bundle, trust: &'a TrustStore, time: Timestamp) -> Result<Self, Vec<Reason>> {
        let only = |reason: Reason| vec![reason];
        let root = bundle.bytes("root").map_err(only)?;
        if root != ROOT.as_bytes() {
            let root = String::from_utf8_lossy(root).into_owned();
            return Err(only(Fault::unknown("root", root).reason("root")));
        }
        let read = Parts::read(bundle).map_err(only)?;
        let path = read.verify(bundle, trust, time)?;
        read.check_consistency().map_err(only)?;
        let world = World::verify(bundle, &read.state).map_err(only)?;
        if let Some(reason) = trust.distrusted_key(world.officer_spki_sha256) {
            return Err(only(reason.with("object", "key of the security officer")));
        }
        let rights = read.generation.acl.rights(&world).map_err(|it| only(it.reason("kcmsg")))?;
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
    ) -> Result<AnchoredStatements<'a>, Vec<Reason>> {
        let (issuing, attestation) = self.statements(bundle).map_err(|reason| vec![reason])?;
        verify_statements(&PROFILE, &issuing, &attestation, trust, time)
    }

    /// What Entrust and the module signed, from the root down, each with the key that it states; and
    /// last the generation of the key.
    fn statements<'s>(
        &'s self,
        bundle: &'s Bundle,
    ) -> Result<(Vec<(SignedStatement<'s>, StatementKey)>, SignedStatement<'s>), Reason> {
        let signature = |member| {
            ncore::signature(bundle.bytes(member)?).map_err(|fault: Fault| fault.reason(member))
        };
        let mut issuing = Vec::new();
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
        Ok((issuing, attestation))
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

#[cfg(feature = "simulate")]
#[cfg(test)]
mod tests {
    use super::{Bundle, EntrustNShield, PROFILE, Parts, World};
    use crate::encoding::hex::Sha256;
    use crate::format::{AttestationFormat, Evidence};
    use crate::reason::ReasonCode;
    use crate::simulate::Options;
    use crate::simulate::tests::format_named;
    use crate::submission::{Input, InputRole, Limits, Submission};
    use crate::time::Timestamp;
    use crate::trust::{AnchorManifest, Distrust, Distrusted, ManifestOrigin, TrustStore};

    /// Keys that stand in no certificate: of the delegation, of the module, that of its statements (DSA),
    /// the security officer's (DSA), and the attested one.
    #[test]
    fn every_key_of_a_bundle_can_be_distrusted() {
        let time = Timestamp::from_date("2026-11-21").unwrap();
        let simulation = format_named(PROFILE.format).build(&Options::new(time)).unwrap();
        let (anchors, files): (Vec<_>, Vec<_>) =
            simulation.files.into_iter().partition(|file| file.name == "anchors.yaml");
        let origin = ManifestOrigin::Caller;
        let manifest = AnchorManifest::parse(origin, "a", &anchors[0].bytes, &|_| None).unwrap();
        let store = TrustStore::new(vec![manifest]).unwrap();
        let input = |file: crate::simulate::SimulatedFile| Input {
            name: file.name,
            bytes: file.bytes,
            role: InputRole::Any,
        };
        let inputs = files.into_iter().map(input).collect();
        let submission = Submission::unpack(inputs, &Limits::default());
        let evidence = Evidence { certificates: &[], objects: submission.objects() };
        let judge = |store: &TrustStore| {
            EntrustNShield.verify(evidence, store, time).map(|_| ()).map_err(|reasons| {
                reasons.iter().map(crate::reason::Reason::code).collect::<Vec<_>>()
            })
        };
        assert_eq!(judge(&store), Ok(()));

        let bundle = Bundle::read(submission.objects()[0].json()).unwrap();
        let parts = Parts::read(&bundle).unwrap();
        let (issuing, _) = parts.statements(&bundle).unwrap();
        let mut keys: Vec<Sha256> = issuing.iter().map(|(_, key)| key.spki_sha256()).collect();
        keys.push(World::verify(&bundle, &parts.state).unwrap().officer_spki_sha256);
        keys.push(parts.public_key.spki_sha256());
        assert_eq!(keys.len(), 5);
        for key in keys {
            let named = Distrusted::Key(key);
            let distrust = Distrust { named, reason: "It leaked.".to_owned(), date: None };
            let codes = judge(&store.clone().distrusting(&[distrust]));
            assert_eq!(codes, Err(vec![ReasonCode::ChainDistrusted]));
        }
    }
}
