//! Evidence whose path holds. Its fields are this file's alone, so that a format has no other way to
//! make it than from what is [`Authentic`].

use super::{Evidence, check_count, multiple};
use crate::claims::{Claims, OwnerStanding};
use crate::encoding::hex::Sha256;
use crate::encoding::x509::Certificate;
use crate::public_key::PublicKey;
use crate::reason::{Reason, ReasonCode};
use crate::result::Requirement;
use crate::time::Timestamp;
use crate::trust::{
    Anchor, AnchorStatus, Anchored, Authentic, PathLink, PathProfile, TrustStore, verify_path,
};

/// Evidence that leads to an anchor and could be read.
#[derive(Clone, Debug)]
pub struct VerifiedEvidence<'a> {
    format: &'static str,
    path: Vec<PathLink>,
    anchor: &'a Anchor,
    /// The anchors of further paths.
    further_anchors: Vec<&'a Anchor>,
    /// What else it rests on, besides the path.
    corroborating: Vec<Sha256>,
    /// What about it a person must weigh, though nothing is wrong.
    doubts: Vec<Doubt>,
    /// What a person should see, though nothing depends on it.
    notices: Vec<Reason>,
    statement: AttestedStatement,
}

/// What a person must weigh, and which requirement it touches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// The requirement.
    pub requirement: Requirement,
    /// What there is to weigh.
    pub reason: Reason,
}

impl From<Reason> for Doubt {
    /// About the evidence as such.
    fn from(reason: Reason) -> Self {
        Self { requirement: Requirement::GenuineModule, reason }
    }
}

/// What the evidence says as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttestedStatement {
    /// The attested key.
    pub public_key: PublicKey,
    /// What is said of it and of the module.
    pub claims: Claims,
    /// Where the statements contradict themselves.
    pub contradictions: Vec<Reason>,
    /// What of them a person must weigh, though nothing is wrong.
    pub doubts: Vec<Reason>,
}

impl AttestedStatement {
    /// Whether another says the same, whatever there is to weigh.
    fn says(&self, other: &Self) -> bool {
        (&self.public_key, &self.claims, &self.contradictions)
            == (&other.public_key, &other.claims, &other.contradictions)
    }
}

impl<'a> VerifiedEvidence<'a> {
    /// What was read from what `path` proves signed, and from nothing else.
    ///
    /// # Errors
    /// `chain.distrusted` if the attested key is.
    pub fn new(
        path: &impl Anchored<'a>,
        statement: Authentic<AttestedStatement>,
    ) -> Result<Self, Vec<Reason>> {
        let statement = statement.into_inner();
        if let Some(reason) = path.vouched().distrusted_key(&statement.public_key) {
            return Err(vec![reason.with("object", "attested key")]);
        }
        let verified = Self {
            format: path.vouched().format(),
            path: path.links().to_vec(),
            anchor: path.anchor(),
            further_anchors: Vec::new(),
            corroborating: Vec::new(),
            doubts: Vec::new(),
            notices: Vec::new(),
            statement,
        };
        let doubts = verified.statement.doubts.clone();
        Ok(verified.and_doubts(doubts))
    }

    /// The same attested again, by one of `count` attestations: applicants send what they have twice,
    /// and all must say the same.
    ///
    /// # Errors
    /// `attestation.multiple` if it says something else.
    pub(super) fn and_again(
        self,
        path: &impl Anchored<'a>,
        statement: Authentic<AttestedStatement>,
        count: usize,
    ) -> Result<Self, Vec<Reason>> {
        let statement = statement.into_inner();
        if !self.statement.says(&statement) {
            return Err(vec![multiple(count)]);
        }
        let doubts = statement.doubts.into_iter().map(Doubt::from);
        let further: Vec<_> = doubts.filter(|doubt| !self.doubts.contains(doubt)).collect();
        Ok(self.and_path(path).and_doubts(further))
    }

    /// A further verified path on which it rests. The status is that of the less trusted of the two
    /// anchors.
    pub(super) fn and_path(mut self, path: &impl Anchored<'a>) -> Self {
        self.corroborating.extend(path.links().iter().map(|link| link.sha256));
        let anchor = path.anchor();
        if self.anchors().all(|known| known.id != anchor.id) {
            self.further_anchors.push(anchor);
        }
        self
    }

    /// Objects or certificates that were read and verified, beside the path.
    pub(super) fn and_pieces(mut self, pieces: impl IntoIterator<Item = Sha256>) -> Self {
        self.corroborating.extend(pieces);
        self
    }

    /// What about it a person must weigh, though nothing is wrong.
    pub(super) fn and_doubts<D: Into<Doubt>>(
        mut self,
        doubts: impl IntoIterator<Item = D>,
    ) -> Self {
        self.doubts.extend(doubts.into_iter().map(Into::into));
        self
    }

    /// Where it contradicts what came beside it, which no one signed. That is told first.
    pub(super) fn and_contradictions(mut self, reasons: impl IntoIterator<Item = Reason>) -> Self {
        self.statement.contradictions.splice(0..0, reasons);
        self
    }

    /// Whom the applicant names as the owner of the partition: the one claim that nothing proves signed,
    /// and shown as such.
    pub(super) fn and_asserted_owner(mut self, owner: String) -> Self {
        if let Some(partition) = &mut self.statement.claims.module.partition {
            partition.owner = owner;
            partition.owner_standing = OwnerStanding::Asserted;
        }
        self
    }

    /// What a person should see, though nothing depends on it.
    pub(super) fn and_notices(mut self, notices: impl IntoIterator<Item = Reason>) -> Self {
        self.notices.extend(notices);
        self
    }

    /// Verifies the path of each attestation of one key, and reads it. The same key may be attested
    /// anew at any time, and applicants send what they have twice: all must hold, and say the same.
    pub(super) fn from_attestations(
        profile: &PathProfile,
        attestations: &[&'a Certificate],
        evidence: Evidence<'a>,
        trust: &'a TrustStore,
        time: Timestamp,
        read: ReadPath,
    ) -> Result<Self, Vec<Reason>> {
        check_count(attestations.len())?;
        let mut whole: Option<Self> = None;
        for attestation in attestations {
            let path = verify_path(profile, attestation, evidence.certificates, trust, time)?;
            let statement = path.attestation().and(path.device()).read(read)?;
            whole = Some(match whole {
                None => Self::new(&path, statement)?,
                Some(first) => first.and_again(&path, statement, attestations.len())?,
            });
        }
        whole.ok_or_else(|| vec![ReasonCode::AttestationAbsent.into()])
    }

    /// The format that verified it.
    pub fn format(&self) -> &'static str {
        self.format
    }

    /// The verified certificates with their roles, from the attestation upwards.
    pub fn path(&self) -> &[PathLink] {
        &self.path
    }

    /// The manufacturer's anchor at which the path ends.
    pub fn anchor(&self) -> &'a Anchor {
        self.anchor
    }

    /// All anchors that it rests on, that of the path first.
    pub fn anchors(&self) -> impl Iterator<Item = &'a Anchor> {
        std::iter::once(self.anchor).chain(self.further_anchors.iter().copied())
    }

    /// How the anchors came to be believed: the least of all that it rests on.
    pub fn status(&self) -> AnchorStatus {
        self.anchors().map(|anchor| anchor.status).fold(self.anchor.status, AnchorStatus::max)
    }

    /// Whether a certificate or object is a part of what was verified.
    pub fn rests_on(&self, sha256: Sha256) -> bool {
        self.path.iter().any(|link| link.sha256 == sha256) || self.corroborating.contains(&sha256)
    }

    /// The attested key.
    pub fn public_key(&self) -> &PublicKey {
        &self.statement.public_key
    }

    /// What it says.
    pub fn claims(&self) -> &Claims {
        &self.statement.claims
    }

    /// What about that requirement a person must weigh, though nothing is wrong.
    pub fn doubts(&self, requirement: Requirement) -> impl Iterator<Item = &Reason> {
        let of = move |doubt: &&Doubt| doubt.requirement == requirement;
        self.doubts.iter().filter(of).map(|doubt| &doubt.reason)
    }

    /// What a person should see, though nothing depends on it.
    pub fn notices(&self) -> &[Reason] {
        &self.notices
    }

    /// Where it contradicts itself. Evidence that does is not what a genuine module writes, whatever
    /// its signatures; it is read on, so that the other requirements can be answered too.
    pub fn contradictions(&self) -> &[Reason] {
        &self.statement.contradictions
    }
}

/// Reads an attestation and the certificate of its device.
type ReadPath = fn((&Certificate, &Certificate)) -> Result<AttestedStatement, Vec<Reason>>;
