//! The owner of a module, where an anchor vouches for it: its root signs the names and keys of card and
//! partition, which must be those that the manufacturer's chain names.

use super::partition::{Partition, PartitionStatement, is_card, is_partition};
use crate::encoding::x509::Certificate;
use crate::reason::{Reason, ReasonCode};
use crate::signature::Parameters;
use crate::time::Timestamp;
use crate::trust::{
    AnchorRole, Anchored, AnchoredChain, Authentic, ChainProfile, Issues, Link, TrustStore,
    verify_chain,
};

const OWNERS_CARD: &str = "owner card";
const OWNERS_PARTITION: &str = "owner partition";

/// The chains that the owner's anchors of a format vouch for: a card, and a partition, each issued by the
/// owner's root. They hold extensions, which tells them from the manufacturer's of the same name.
pub(crate) struct OwnersProfiles {
    card: ChainProfile<1>,
    partition: ChainProfile<1>,
}

impl OwnersProfiles {
    pub(crate) const fn of(format: &'static str) -> Self {
        const fn profile(format: &'static str, link: Link) -> ChainProfile<1> {
            ChainProfile {
                format,
                links: [link],
                anchor: AnchorRole::Owner,
                arc: None,
                parameters: Parameters::Exact,
            }
        }
        let card = Link {
            role: OWNERS_CARD,
            fits: |certificate| is_card(certificate) && is_owners(certificate),
            issues: Issues::Nothing,
            judged: &[],
        };
        let partition = Link {
            role: OWNERS_PARTITION,
            fits: |certificate| is_partition(certificate) && is_owners(certificate),
            issues: Issues::Nothing,
            judged: &[],
        };
        Self { card: profile(format, card), partition: profile(format, partition) }
    }
}

/// Whether a certificate of card or partition is an owner's: the manufacturer's hold no extension.
pub(crate) fn is_owners(certificate: &Certificate) -> bool {
    (is_card(certificate) || is_partition(certificate)) && !certificate.extensions().is_empty()
}

/// The owner of a card and its partition.
pub(crate) struct Owner<'c, 'a> {
    /// The name of its root.
    pub(crate) name: Authentic<&'a str>,
    /// The chains of card and partition.
    pub(crate) chains: Vec<AnchoredChain<'c, 'a, 1>>,
}

impl<'c, 'a> Owner<'c, 'a> {
    /// The owner of `partition` and of its card.
    ///
    /// # Errors
    /// Every reason of both.
    pub(crate) fn verify(
        profiles: &OwnersProfiles,
        partition: &Partition<'_, '_>,
        pool: &'c [Certificate],
        trust: &'a TrustStore,
        time: Timestamp,
    ) -> Result<Self, Vec<Reason>> {
        let mut chains = Vec::new();
        let mut reasons = Vec::new();
        let PartitionStatement { card, certificate, .. } = partition.stated.get();
        let both = [(&profiles.card, card), (&profiles.partition, certificate)];
        for (profile, theirs) in both {
            match counterparts(profile, theirs, pool, trust, time) {
                Ok(found) => chains.extend(found),
                Err(refusal) => reasons.extend(refusal),
            }
        }
        match chains.first() {
            Some(chain) if reasons.is_empty() => Ok(Self { name: chain.anchor_name(), chains }),
            _ => Err(reasons),
        }
    }
}

/// The owner's certificates of the name and key that the manufacturer certified: at least one. The
/// owner may have renewed its own.
fn counterparts<'c, 'a>(
    profile: &ChainProfile<1>,
    theirs: &Certificate,
    pool: &'c [Certificate],
    trust: &'a TrustStore,
    time: Timestamp,
) -> Result<Vec<AnchoredChain<'c, 'a, 1>>, Vec<Reason>> {
    let subject = theirs.subject();
    let fits = |certificate: &&Certificate| profile.links.iter().all(|it| (it.fits)(certificate));
    let mut same = Vec::new();
    let mut refusals = Vec::new();
    let mut of_name = pool.iter().filter(fits).filter(|it| it.subject() == subject).peekable();
    if of_name.peek().is_none() {
        return Err(vec![
            Reason::new(ReasonCode::ChainIncomplete)
                .with("missing", "the owner's certificate of the same name")
                .with("subject", subject.to_string()),
        ]);
    }
    for certificate in of_name {
        match verify_chain(profile, certificate, pool, trust, time) {
            Err(reasons) => refusals.push(reasons),
            Ok(chain)
                if certificate.subject_public_key_info() == theirs.subject_public_key_info() =>
            {
                same.push(chain);
            }
            Ok(_) => refusals.push(vec![
                Reason::new(ReasonCode::AttestationInconsistent)
                    .with("statement", "key that manufacturer and owner certify under one name")
                    .with("subject", subject.to_string()),
            ]),
        }
    }
    if same.is_empty() { Err(refusals.into_iter().next().unwrap_or_default()) } else { Ok(same) }
}
