//! Azure Key Vault Managed HSM: the attestation of a key by the partition of a LiquidSecurity card.
//! Marvell vouches for card and partition. That the pool is Microsoft's, no one vouches for: its root
//! signed itself.
//!
//! Format, to the byte: `docs/formats/azure-managed-hsm.md`.

mod envelope;
mod stated;

use super::marvell::asserted::{AssertedOwner, Extent};
use super::marvell::attributes::{
    KeyPairStatement, PublicObject, compare_public, is_public, padded_text,
};
use super::marvell::envelope::{check_places, malformed, pool as all_of};
use super::marvell::partition::{Attested, Partition, manufacturers_profile};
use super::marvell::{Blob, Layout, inspect_blob, inspect_faults};
use super::{
    AttestationFormat, Doubt, Evidence, InspectLine, Part, SerialForm, VerifiedEvidence,
    check_count, multiple,
};
use crate::claims::OwnerStanding;
use crate::encoding::hex::Sha256;
use crate::encoding::x509::Certificate;
use crate::public_key::PublicKey;
use crate::reason::{Reason, ReasonCode};
use crate::submission::Object;
use crate::time::Timestamp;
use crate::trust::{Authentic, ChainProfile, TrustStore};
use envelope::Envelope;

const FORMAT: &str = "azure-managed-hsm";

static MANUFACTURER: ChainProfile<2> = manufacturers_profile(FORMAT);

/// The format `azure-managed-hsm`.
#[derive(Debug)]
pub struct AzureManagedHsm;

impl AttestationFormat for AzureManagedHsm {
    fn name(&self) -> &'static str {
        FORMAT
    }

    fn serial_form(&self) -> SerialForm {
        SerialForm::Card
    }

    /// Certificates come inside the JSON. Loose ones of a card are the evidence of another format.
    fn recognizes(&self, _certificate: &Certificate) -> Part {
        Part::Foreign
    }

    fn recognizes_object(&self, object: &Object) -> Part {
        if object.document().is_some_and(Envelope::is_in) {
            Part::Attestation
        } else {
            Part::Foreign
        }
    }

    fn inspect(&self, _certificate: &Certificate) -> Vec<InspectLine> {
        Vec::new()
    }

    fn inspect_object(&self, object: &Object) -> Vec<InspectLine> {
        match Envelope::read(object) {
            Ok(envelope) => inspect_blob(layout_of(&envelope.private), &envelope.private),
            Err(reasons) => inspect_faults(&reasons),
        }
    }

    fn verify<'a>(
        &self,
        evidence: Evidence<'a>,
        trust: &'a TrustStore,
        time: Timestamp,
    ) -> Result<VerifiedEvidence<'a>, Vec<Reason>> {
        let submitted = Submitted::of(self, evidence)?;
        let inside = submitted.envelopes.iter().flat_map(|it| &it.certificates);
        let inside = all_of(inside)?;
        let certificates = all_of(inside.iter().chain(evidence.certificates))?;
        let partition = Partition::verify(&MANUFACTURER, &certificates, trust, time)?;
        let owner = AssertedOwner::read(&partition, &certificates, Extent::Pool, trust)?;
        let Read { attested, contradictions, doubts } = submitted.read(&partition)?;
        let of_key = attested.get().key_pair.doubts.clone();
        let statement = partition.stated.as_ref().and(attested).map(|(partition, attested)| {
            let id = padded_text(&attested.key_pair.id);
            partition.statement(&attested, id, "", OwnerStanding::Asserted)
        });
        let verified = VerifiedEvidence::new(&partition.chain, statement)?
            .and_asserted_owner(owner.name)
            .and_contradictions(contradictions)
            .and_doubts(doubts)
            .and_doubts(of_key)
            .and_pieces(submitted.objects)
            .and_pieces(owner.certificates);
        check_places(&inside, &verified, trust)?;
        Ok(verified)
    }
}

/// All that was sent for this format.
struct Submitted {
    envelopes: Vec<Envelope>,
    objects: Vec<Sha256>,
}

impl Submitted {
    fn of(format: &AzureManagedHsm, evidence: Evidence<'_>) -> Result<Self, Vec<Reason>> {
        let ours = |object: &&Object| format.recognizes_object(object) == Part::Attestation;
        check_count(evidence.objects.iter().filter(ours).count())?;
        let mut envelopes = Vec::new();
        let mut objects = Vec::new();
        for object in evidence.objects.iter().filter(ours) {
            envelopes.push(Envelope::read(object)?);
            objects.push(object.sha256());
        }
        if envelopes.is_empty() {
            return Err(vec![ReasonCode::AttestationAbsent.into()]);
        }
        Ok(Self { envelopes, objects })
    }

    /// What the answers say, which must be the same: applicants send what they have twice.
    fn read(&self, partition: &Partition<'_, '_>) -> Result<Read, Vec<Reason>> {
        let mut first: Option<Authentic<Attested>> = None;
        let mut contradictions = Vec::new();
        let mut doubts: Vec<Doubt> = Vec::new();
        for envelope in &self.envelopes {
            let blob = read_blob(&envelope.private)?;
            let attested = partition.read(&blob)?;
            let key_pair = &attested.get().key_pair;
            if let Some(public) = &envelope.public {
                let public = read_public(partition, &blob, public, &key_pair.public_key)?;
                contradictions.extend(public.contradictions);
                doubts.extend(public.doubts.into_iter().map(Doubt::from));
            }
            contradictions.extend(other_path(key_pair, envelope.path.as_deref()));
            doubts.extend(stated::contradictions(&envelope.document, key_pair));
            match &first {
                None => first = Some(attested),
                Some(known) if known.get().key_pair == *key_pair => {}
                Some(_) => return Err(vec![multiple(self.envelopes.len())]),
            }
        }
        let attested = first.ok_or_else(|| vec![ReasonCode::AttestationAbsent.into()])?;
        Ok(Read { attested, contradictions, doubts })
    }
}

/// What the answers say.
struct Read {
    attested: Authentic<Attested>,
    /// Where what stands beside it says otherwise.
    contradictions: Vec<Reason>,
    doubts: Vec<Doubt>,
}

/// The layout that a blob begins like: its first octets are zeros in the one, and not in the other.
fn layout_of(bytes: &[u8]) -> Layout {
    if Blob::begins_like_firmware_3(bytes) { Layout::Firmware3 } else { Layout::Firmware2 }
}

fn read_blob(bytes: &[u8]) -> Result<Blob<'_>, Vec<Reason>> {
    Blob::read(layout_of(bytes), bytes).map_err(|reason| vec![reason])
}

/// The blob of the public object, where it is sent: of the same partition and of the same pair.
fn read_public(
    partition: &Partition<'_, '_>,
    private: &Blob<'_>,
    public: &[u8],
    key: &PublicKey,
) -> Result<PublicObject, Vec<Reason>> {
    let public = read_blob(public)?;
    let signed = partition.signed(&public).map_err(|reason| vec![reason])?;
    let (objects, _) = signed.get();
    match (private.objects(), objects.as_slice()) {
        ([private], [public]) if is_public(public) => Ok(compare_public(private, public, key)),
        _ => Err(vec![malformed("publicKeyAttestation", "not of a public key")]),
    }
}

/// The address of the key that was stated names another key than the module signed.
fn other_path(attested: &KeyPairStatement, stated: Option<&str>) -> Option<Reason> {
    let stated = stated?;
    let attested = padded_text(&attested.id);
    (attested != stated).then(|| {
        Reason::new(ReasonCode::AttestationInconsistent)
            .with("statement", "name and version of the key")
            .with("stated", stated)
            .with("attested", attested)
    })
}
