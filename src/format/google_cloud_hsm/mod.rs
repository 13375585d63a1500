//! Google Cloud HSM: the attestation of a Cloud KMS key by the partition of a LiquidSecurity card.
//! Marvell vouches for card and partition, and Google, as their owner, for the same names and keys.
//!
//! Format, to the byte: `docs/formats/google-cloud-hsm.md`.

use memchr::memmem;

use super::marvell::Layout;
use super::marvell::attributes::padded_text;
use super::marvell::envelope::check_places;
use super::marvell::kms::{ResourceId, inspect_attestation, look_at_chains, part_of};
use super::marvell::owner::{Owner, OwnersProfiles, is_owners};
use super::marvell::partition::{
    self, Attested, Partition, PartitionStatement, manufacturers_profile,
};
use super::marvell::submitted::Submitted;
use super::marvell::submitted_blob::SubmittedBlob;
use super::marvell::{Object as Attributes, inspect_certificate, kind};
use super::{
    AttestationFormat, AttestedStatement, Evidence, InspectLine, Part, SerialForm, VerifiedEvidence,
};
use crate::claims::OwnerStanding;
use crate::encoding::x509::Certificate;
use crate::reason::Reason;
use crate::submission::{Object, ObjectKind};
use crate::time::Timestamp;
use crate::trust::{ChainProfile, TrustStore};

const FORMAT: &str = "google-cloud-hsm";

static MANUFACTURER: ChainProfile<2> = manufacturers_profile(FORMAT);
static OWNER: OwnersProfiles = OwnersProfiles::of(FORMAT);

/// What Google's roots are called; the one of production is `Hawksbill Root v1 prod`.
const OWNERS_ROOT: &str = "Hawksbill Root";

/// The common name of the manufacturer's root, whose certificate of 2015 has no constraints by which
/// an authority could be told; users put it into their bundles.
const MANUFACTURERS_ROOT: &str = "localca.liquidsecurity.cavium.com";

/// The format `google-cloud-hsm`.
#[derive(Debug)]
pub struct GoogleCloudHsm;

impl AttestationFormat for GoogleCloudHsm {
    fn name(&self) -> &'static str {
        FORMAT
    }

    fn serial_form(&self) -> SerialForm {
        SerialForm::Card
    }

    fn recognizes(&self, certificate: &Certificate) -> Part {
        let is_root = certificate.is_self_issued()
            && certificate.subject().only_common_name() == Some(MANUFACTURERS_ROOT);
        if is_root || partition::is_of_module(certificate) { Part::Device } else { Part::Foreign }
    }

    fn recognizes_object(&self, object: &Object) -> Part {
        part_of(object, |layout| matches!(layout, Layout::V2 | Layout::V1))
    }

    fn is_of(&self, evidence: Evidence<'_>) -> bool {
        is_googles(evidence)
    }

    fn inspect(&self, certificate: &Certificate) -> Vec<InspectLine> {
        inspect_certificate(certificate)
    }

    fn inspect_object(&self, object: &Object) -> Vec<InspectLine> {
        inspect_attestation(object)
    }

    fn verify<'a>(
        &self,
        evidence: Evidence<'a>,
        trust: &'a TrustStore,
        time: Timestamp,
    ) -> Result<VerifiedEvidence<'a>, Vec<Reason>> {
        let submitted = Submitted::of(self, evidence)?;
        let partition = Partition::verify(&MANUFACTURER, &submitted.pool, trust, time)?;
        let owner = Owner::verify(&OWNER, &partition, &submitted.pool, trust, time)?;
        let read = submitted.read(&partition, |attested, description| {
            let id = ResourceId::of(&attested.key_pair.id)?;
            Ok(id.contradiction(description.name.as_deref()))
        })?;
        let statement = partition
            .stated
            .as_ref()
            .and(read.attested)
            .and(owner.name)
            .read(attested_by_partition)?;
        let verified = VerifiedEvidence::new(&partition.chain, statement)?;
        let verified = owner.chains.iter().fold(verified, VerifiedEvidence::and_path);
        let verified = verified
            .and_contradictions(read.contradictions)
            .and_doubts(read.doubts)
            .and_pieces(submitted.objects);
        check_places(&submitted.inside, &verified, trust)?;
        Ok(verified)
    }
}

/// What partition and owner say of the key.
fn attested_by_partition(
    ((partition, attested), owner): ((&PartitionStatement<'_>, Attested), &str),
) -> Result<AttestedStatement, Vec<Reason>> {
    let key_pair = &attested.key_pair;
    ResourceId::of(&key_pair.id).map_err(|reason| vec![reason])?;
    let id = padded_text(&key_pair.id);
    Ok(partition.statement(&attested, id, owner, OwnerStanding::Vouched))
}

/// Whether evidence of LiquidSecurity modules is Google's: a certificate of an owner is by a root of Google's;
/// or there is none, and nothing attested has an identifier or a layout of another kind than Cloud KMS has. Only
/// looks. Others run the same service on modules of their own.
pub(super) fn is_googles(evidence: Evidence<'_>) -> bool {
    let owners: Vec<_> = evidence.certificates.iter().filter(|it| is_owners(it)).collect();
    let issuers = owners.iter().map(|it| it.issuer().only_common_name().unwrap_or_default());
    let documents = evidence.objects.iter().filter_map(Object::document);
    let chains: Vec<_> = documents.map(look_at_chains).collect();
    let is_named = |der: &Vec<u8>| memmem::find(der, OWNERS_ROOT.as_bytes()).is_some();
    if issuers.into_iter().any(|name| name.contains(OWNERS_ROOT))
        || chains.iter().flatten().any(is_named)
    {
        return true;
    }
    // Card and partition as the manufacturer names them are two.
    if !owners.is_empty() || chains.iter().any(|chain| chain.len() > 2) {
        return false;
    }
    let has_other_id = |object: &Attributes<'_>| {
        object.attribute(kind::ID).is_some_and(|id| ResourceId::of(id).is_err())
    };
    // Of a blob that cannot be read, Google's chains would tell; without any certificate nothing does.
    let names_module = evidence.certificates.iter().any(partition::is_of_module);
    let is_blob = |object: &&Object| object.kind() == ObjectKind::Binary;
    let blobs = evidence.objects.iter().filter(is_blob);
    !blobs.map(|object| SubmittedBlob::bare(object.bytes())).any(|blob| {
        blob.read().map_or(names_module, |blob| {
            !matches!(blob.layout(), Layout::V2 | Layout::V1)
                || blob.objects().iter().any(has_other_id)
        })
    })
}
