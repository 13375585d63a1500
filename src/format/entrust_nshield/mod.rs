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
mod state;
mod warrant;
mod well_known;
mod world;
#[cfg(test)]
mod written;

use super::{
    AttestationFormat, AttestedStatement, Evidence, InspectLine, Part, SerialForm,
    VerifiedEvidence, check_count,
};
use crate::claims::{
    Claims, Exportability, KeyClaims, KeyOrigin, ModuleClaims, OwnerStanding, PartitionClaims,
};
use crate::encoding::hex::to_hex;
use crate::encoding::x509::Certificate;
use crate::public_key::PublicKey;
use crate::reason::{Reason, ReasonCode};
use crate::submission::Object;
use crate::time::Timestamp;
use crate::trust::{
    AnchoredStatements, Authentic, Claimed, IssuingStatement, SignedStatement, StatementPath,
    StatementProfile, TrustStore, verify_statements,
};
use acl::Rights;
use bundle::Bundle;
use fault::Fault;
use generation::Generation;
use key_hash::key_hash;
use ncore::{KeyData, Reader, read_all};
use state::ModuleState;
use warrant::{Delegation, Issued, ModuleInformation, ROOT, Signed, Warrant};
use world::{World, inconsistent};

static PROFILE: StatementProfile = StatementProfile { format: "entrust-nshield", holder: ROOT };

/// The format `entrust-nshield`.
#[derive(Debug)]
pub struct EntrustNShield;

impl AttestationFormat for EntrustNShield {
    fn name(&self) -> &'static str {
        PROFILE.format
    }

    fn serial_form(&self) -> SerialForm {
        SerialForm::Groups
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
            let parts = Parts::read(&bundle).map_err(|reason| vec![reason])?;
            let path = verify_statements(&PROFILE, &parts.path, trust, time)?;
            let statement = parts.statement(&path, &bundle, trust)?;
            whole = Some(match whole {
                None => VerifiedEvidence::new(&path, statement)?,
                Some(first) => first.and_again(&path, statement, objects.len())?,
            });
        }
        let whole = whole.ok_or_else(|| vec![ReasonCode::AttestationAbsent.into()])?;
        Ok(whole.and_pieces(objects.iter().map(|object| object.sha256())))
    }
}

/// The parts of a bundle that say who signed what, and the key. Nothing is verified.
struct Parts<'b> {
    /// From the root to the generation of the key.
    path: Path<'b>,
    key: KeyData,
}

type Path<'b> = StatementPath<'b, Delegation, ModuleInformation<'b>, ModuleState<'b>, Generation>;

impl<'b> Parts<'b> {
    fn read(bundle: &'b Bundle) -> Result<Self, Reason> {
        let root = bundle.bytes("root")?;
        if root != ROOT.as_bytes() {
            let root = String::from_utf8_lossy(root).into_owned();
            return Err(Fault::unknown("root", root).reason("root"));
        }
        let warrant = Warrant::read(bundle.bytes("warrant")?);
        let state = Claimed::read(bundle.bytes("modstatemsg")?, ModuleState::read);
        let generation = Claimed::read(bundle.bytes("kcmsg")?, Generation::read);
        let key = read_all(bundle.bytes("pubkeydata")?, Reader::key);
        let key = key.map_err(|fault| fault.reason("pubkeydata"))?;
        let warrant = warrant.map_err(|fault| fault.reason("warrant"))?;
        let state = state.map_err(|fault| fault.reason("modstatemsg"))?;
        let generation = generation.map_err(|fault| fault.reason("kcmsg"))?;
        // A key that no request can have is told whoever signed it.
        key.public_key()?;
        Ok(Self { path: path(bundle, warrant, state, generation)?, key })
    }

    /// What the path proves of the key, of the module and of its world.
    fn statement(
        &self,
        path: &AnchoredStatements<'_, '_, ModuleInformation<'_>, ModuleState<'_>, Generation>,
        bundle: &Bundle,
        trust: &TrustStore,
    ) -> Result<Authentic<AttestedStatement>, Vec<Reason>> {
        let only = |reason: Reason| vec![reason];
        let (module, state, generation) = (path.device(), path.state(), path.attestation());
        module.and(state).read(check_module).map_err(only)?;
        let hash = |key: &KeyData| key_hash(key).map_err(|fault| fault.reason("pubkeydata"));
        let key = generation.map(|it| it.key).is_of(self.key.clone(), hash).map_err(only)?;
        let not_it = || only(inconsistent("pubkeydata", "not the key that was generated"));
        let key = generation.and(key.ok_or_else(not_it)?).read(generated).map_err(only)?;
        let world = World::verify(bundle, state).map_err(only)?;
        if let Some(reason) = trust.distrusted_key(world.get().officer_spki_sha256) {
            return Err(only(reason.with("object", "key of the security officer")));
        }
        module.and(generation).and(key).and(world).read(attested).map_err(only)
    }
}

/// What Entrust and the module signed, from the root down, each with the key that it states; and last
/// the generation of the key.
fn path<'b>(
    bundle: &'b Bundle,
    warrant: Warrant<'b>,
    state: Claimed<'b, ModuleState<'b>>,
    generation: Claimed<'b, Generation>,
) -> Result<Path<'b>, Reason> {
    let signature = |member| {
        ncore::signature(bundle.bytes(member)?).map_err(|fault: Fault| fault.reason(member))
    };
    let mut issuing = Vec::new();
    for Signed { payload: claimed, signature } in warrant.delegations {
        let statement = SignedStatement { subject: "Delegation".to_owned(), claimed, signature };
        issuing.push(IssuingStatement::new(statement, |it| it.key.signer("warrant"))?);
    }
    let module = SignedStatement {
        subject: warrant.module.payload.outside().serial.to_owned(),
        claimed: warrant.module.payload,
        signature: warrant.module.signature,
    };
    let device = IssuingStatement::new(module, |it| it.key.signer("warrant"))?;
    let state = SignedStatement {
        subject: state.outside().serial.to_owned(),
        claimed: state,
        signature: signature("modstatesig")?,
    };
    let state = IssuingStatement::new(state, |it| it.signer.signer("modstatemsg"))?;
    let attestation = SignedStatement {
        subject: to_hex(&generation.outside().key),
        claimed: generation,
        signature: signature("kcsig")?,
    };
    Ok(StatementPath { issuing, device, state, attestation })
}

/// That warrant and state are about one module.
fn check_module((module, state): (&ModuleInformation<'_>, &ModuleState<'_>)) -> Result<(), Reason> {
    if state.serial != module.serial {
        return Err(inconsistent("modstatemsg", "another module than the warrant names"));
    }
    if state.long_term.as_ref().is_some_and(|key| *key != module.key) {
        return Err(inconsistent("modstatemsg", "another long-term key than the warrant's"));
    }
    Ok(())
}

/// The key that was generated, which must be of the kind that was asked for.
fn generated((generation, key): (&Generation, KeyData)) -> Result<PublicKey, Reason> {
    if !generation.is_of_kind(&key) {
        return Err(inconsistent("kcmsg", "a key of another kind than was asked for"));
    }
    key.public_key()
}

type Signing<'b> = (((&'b ModuleInformation<'b>, &'b Generation), PublicKey), World);

/// What is stated in all.
fn attested(
    (((module, generation), public_key), world): Signing<'_>,
) -> Result<AttestedStatement, Reason> {
    let rights = generation.acl.rights(&world).map_err(|fault| fault.reason("kcmsg"))?;
    let stated = Stated { module, generation, public_key: &public_key, world: &world, rights };
    Ok(AttestedStatement {
        claims: stated.claims(),
        contradictions: contradictions(&stated.rights),
        doubts: stated.doubts(),
        public_key,
    })
}

/// The signed statements of a bundle, and what they come to.
struct Stated<'b> {
    module: &'b ModuleInformation<'b>,
    generation: &'b Generation,
    public_key: &'b PublicKey,
    world: &'b World,
    rights: Rights,
}

impl Stated<'_> {
    fn claims(&self) -> Claims {
        let Self { module, world, rights, .. } = self;
        let approvals = module.approvals.join("; ");
        let of_officer =
            acl::names(rights.of_officer).map(|name| format!("{name} (security officer)"));
        let protection = rights.protection.map(|protection| protection.describe().to_owned());
        Claims {
            module: ModuleClaims {
                serial: Some(module.serial.to_owned()),
                mode: world.mode,
                other_marker: Some(approvals).filter(|approvals| !approvals.is_empty()),
                partition: Some(PartitionClaims {
                    name: "security world".to_owned(),
                    // Entrust's own verifier names a world by this hash too.
                    owner: to_hex(&world.officer),
                    owner_standing: OwnerStanding::Asserted,
                    statement_signature: "DSA with SHA-256".into(),
                    wrapping_key: Some(to_hex(&world.module_key)),
                }),
                ..ModuleClaims::unstated("Entrust", "nShield")
            },
            key: KeyClaims {
                origin: KeyOrigin::Generated,
                exportability: match (rights.ways_out.is_empty(), rights.recoverable) {
                    (false, _) => Exportability::Exportable,
                    (true, true) => Exportability::Recoverable,
                    (true, false) => Exportability::Wrapped,
                },
                ways_out: rights.ways_out.clone(),
                object_id: Some(to_hex(&self.generation.key)),
                capabilities: acl::names(rights.permissions)
                    .map(str::to_owned)
                    .chain(of_officer)
                    .chain(protection)
                    .collect(),
                ..KeyClaims::unstated(self.public_key)
            },
        }
    }

    /// What a person must weigh though every signature holds.
    fn doubts(&self) -> Vec<Reason> {
        let Self { module, world, rights, .. } = self;
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

#[cfg(test)]
mod tests {
    use super::{Bundle, EntrustNShield, PROFILE, Parts, World, verify_statements};
    use crate::encoding::hex::Sha256;
    use crate::format::{AttestationFormat, Evidence};
    use crate::reason::ReasonCode;
    use crate::submission::{Input, InputRole, Limits, Submission};
    use crate::time::Timestamp;
    use crate::trust::{
        AnchorManifest, Distrust, Distrusted, ManifestOrigin, StatementKey, TrustStore,
    };

    const ANCHORS: &[u8] = include_bytes!(
        "../../../attestation-samples/entrust-nshield/simulated-without-fault-p256/anchors.yaml"
    );
    const BUNDLE: &[u8] = include_bytes!(
        "../../../attestation-samples/entrust-nshield/simulated-without-fault-p256/attestation.att"
    );

    /// Keys that stand in no certificate: of the delegation, of the module, that of its statements (DSA),
    /// the security officer's (DSA), and the attested one.
    #[test]
    fn every_key_of_a_bundle_can_be_distrusted() {
        let time = Timestamp::from_date("2026-11-21").unwrap();
        let origin = ManifestOrigin::Caller;
        let manifest = AnchorManifest::parse(origin, "a", ANCHORS, &|_| None).unwrap();
        let store = TrustStore::new(vec![manifest]).unwrap();
        let (name, bytes) = ("attestation.att".to_owned(), BUNDLE.to_vec());
        let input = Input { name, bytes, role: InputRole::Any };
        let submission = Submission::unpack(vec![input], &Limits::default());
        let evidence = Evidence { certificates: &[], objects: submission.objects() };
        let judge = |store: &TrustStore| {
            EntrustNShield.verify(evidence, store, time).map(|_| ()).map_err(|reasons| {
                reasons.iter().map(crate::reason::Reason::code).collect::<Vec<_>>()
            })
        };
        assert_eq!(judge(&store), Ok(()));

        let bundle = Bundle::read(submission.objects()[0].json()).unwrap();
        let parts = Parts::read(&bundle).unwrap();
        let path = verify_statements(&PROFILE, &parts.path, &store, time).unwrap();
        let issuing = parts.path.issuing.iter().map(|it| it.key().spki_sha256());
        let of_module = [parts.path.device.key(), parts.path.state.key()];
        let mut keys: Vec<Sha256> =
            issuing.chain(of_module.map(StatementKey::spki_sha256)).collect();
        keys.push(World::verify(&bundle, path.state()).unwrap().get().officer_spki_sha256);
        keys.push(parts.key.public_key().unwrap().spki_sha256());
        assert_eq!(keys.len(), 5);
        for key in keys {
            let named = Distrusted::Key(key);
            let distrust = Distrust { named, reason: "It leaked.".to_owned(), date: None };
            let codes = judge(&store.clone().distrusting(&[distrust]));
            assert_eq!(codes, Err(vec![ReasonCode::ChainDistrusted]));
        }
    }
}
