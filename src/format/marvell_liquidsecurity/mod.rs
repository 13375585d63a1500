//! A LiquidSecurity module that is nobody's service that is known here: a customer's own card, or one of those
//! who run Cloud KMS on cards of their own. Marvell vouches for card and partition. Whose they are, an anchor of
//! the caller's vouches for, or the applicant says, or nobody.
//!
//! Format, to the byte: `docs/formats/marvell-liquidsecurity.md`.

use super::google_cloud_hsm::is_googles;
use super::marvell::asserted::{AssertedOwner, Extent};
use super::marvell::attributes::padded_text;
use super::marvell::envelope::check_places;
use super::marvell::inspect_certificate;
use super::marvell::kms::{Description, ResourceId, inspect_attestation, part_of};
use super::marvell::owner::{Owner, OwnersProfiles, is_owners};
use super::marvell::partition::{
    self, Attested, Partition, PartitionStatement, manufacturers_profile,
};
use super::marvell::submitted::Submitted;
use super::{
    AttestationFormat, AttestedStatement, Evidence, InspectLine, Part, SerialForm, VerifiedEvidence,
};
use crate::claims::OwnerStanding;
use crate::encoding::x509::Certificate;
use crate::reason::Reason;
use crate::submission::Object;
use crate::time::Timestamp;
use crate::trust::{AnchorRole, Authentic, ChainProfile, TrustStore};

const FORMAT: &str = "marvell-liquidsecurity";

static MANUFACTURER: ChainProfile<2> = manufacturers_profile(FORMAT);
static OWNER: OwnersProfiles = OwnersProfiles::of(FORMAT);

/// The format `marvell-liquidsecurity`.
#[derive(Debug)]
pub struct MarvellLiquidSecurity;

impl AttestationFormat for MarvellLiquidSecurity {
    fn name(&self) -> &'static str {
        FORMAT
    }

    fn serial_form(&self) -> SerialForm {
        SerialForm::Card
    }

    fn recognizes(&self, certificate: &Certificate) -> Part {
        if partition::is_of_module(certificate) { Part::Device } else { Part::Foreign }
    }

    fn recognizes_object(&self, object: &Object) -> Part {
        part_of(object, |_| true)
    }

    fn is_of(&self, evidence: Evidence<'_>) -> bool {
        !is_googles(evidence)
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
        let read = submitted.read(&partition, other_name)?;
        let statement = partition.stated.as_ref().and(read.attested);
        let verified = match owner(&partition, &submitted.pool, trust, time)? {
            Owned::Vouched(owner) => {
                let statement = statement.and(owner.name).map(|((partition, attested), name)| {
                    stated(partition, &attested, name, OwnerStanding::Vouched)
                });
                let verified = VerifiedEvidence::new(&partition.chain, statement)?;
                owner.chains.iter().fold(verified, VerifiedEvidence::and_path)
            }
            Owned::Asserted(owner) => {
                VerifiedEvidence::new(&partition.chain, without_owner(statement))?
                    .and_asserted_owner(owner.name)
                    .and_pieces(owner.certificates)
            }
            Owned::Unstated => VerifiedEvidence::new(&partition.chain, without_owner(statement))?,
        };
        let verified = verified
            .and_contradictions(read.contradictions)
            .and_doubts(read.doubts)
            .and_pieces(submitted.objects);
        check_places(&submitted.inside, &verified, trust)?;
        Ok(verified)
    }
}

/// Whose a partition is.
enum Owned<'c, 'a> {
    Vouched(Owner<'c, 'a>),
    Asserted(AssertedOwner),
    Unstated,
}

/// Whose `partition` is: what an anchor says, if it issued a certificate of an owner's; or else what those
/// certificates say themselves; or nothing.
fn owner<'c, 'a>(
    partition: &Partition<'_, '_>,
    pool: &'c [Certificate],
    trust: &'a TrustStore,
    time: Timestamp,
) -> Result<Owned<'c, 'a>, Vec<Reason>> {
    let mut owners = pool.iter().filter(|it| is_owners(it)).peekable();
    if owners.peek().is_none() {
        return Ok(Owned::Unstated);
    }
    let is_anchored = owners.any(|certificate| {
        trust.anchors().iter().any(|anchor| {
            anchor.is_bound_to(FORMAT, &AnchorRole::Owner)
                && anchor.subject_der == certificate.issuer().der()
        })
    });
    if is_anchored {
        Owner::verify(&OWNER, partition, pool, trust, time).map(Owned::Vouched)
    } else {
        AssertedOwner::read(partition, pool, Extent::AsSent, trust).map(Owned::Asserted)
    }
}

/// The name that an answer of Cloud KMS states is another than the module signed, where its identifier is one
/// of that service's.
fn other_name(attested: &Attested, description: &Description) -> Result<Option<Reason>, Reason> {
    let id = ResourceId::of(&attested.key_pair.id).ok();
    Ok(id.and_then(|id| id.contradiction(description.name.as_deref())))
}

type Signed<'c> = Authentic<(&'c PartitionStatement<'c>, Attested)>;

fn without_owner(signed: Signed<'_>) -> Authentic<AttestedStatement> {
    signed.map(|(partition, attested)| stated(partition, &attested, "", OwnerStanding::Unstated))
}

fn stated(
    partition: &PartitionStatement<'_>,
    attested: &Attested,
    owner: &str,
    standing: OwnerStanding,
) -> AttestedStatement {
    partition.statement(attested, padded_text(&attested.key_pair.id), owner, standing)
}
