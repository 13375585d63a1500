//! An owner for whom no anchor vouches: a root that signed itself, and the partition as that root names it,
//! such as an Azure pool's. It proves nothing; it must fit, and it is shown for what it is: the applicant's
//! word.

use super::name::HsmName;
use super::owner::is_owners;
use super::partition::{Partition, PartitionStatement, is_card, is_partition};
use crate::encoding::hex::Sha256;
use crate::encoding::x509::Certificate;
use crate::reason::{Reason, ReasonCode};
use crate::signature::Parameters;
use crate::trust::{TrustStore, signed_by};

/// What comes of an owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Of an Azure pool: always its root and the partition, and no more.
    Pool,
    /// Partition and card, or the partition alone; without its root, the owner is a name.
    AsSent,
}

/// Who says to be the owner of the partition.
pub(crate) struct AssertedOwner {
    /// The subject of its root.
    pub(crate) name: String,
    /// Its certificates: those of partition and card, and the root.
    pub(crate) certificates: Vec<Sha256>,
}

impl AssertedOwner {
    /// The owner that `certificates` name for `partition`.
    ///
    /// # Errors
    /// `attestation.inconsistent` if its certificate is of another partition, `chain.signature-invalid`
    /// if its root did not sign it, `chain.incomplete` if its root is not there, `chain.distrusted` if
    /// one of the two is.
    pub(crate) fn read(
        partition: &Partition<'_, '_>,
        certificates: &[Certificate],
        extent: Extent,
        trust: &TrustStore,
    ) -> Result<Self, Vec<Reason>> {
        let issuer_of = |certificate: &Certificate| {
            certificates
                .iter()
                .filter(|it| it.is_self_issued())
                .find(|it| it.subject() == certificate.issuer() && !is_partition(it))
                .cloned()
        };
        let PartitionStatement { card, certificate: theirs, .. } = partition.stated.get();
        let mut owner: Option<Self> = None;
        let is_of =
            |it: &&Certificate| is_owners(it) && (is_partition(it) || extent == Extent::AsSent);
        for certificate in certificates.iter().filter(is_of) {
            let about = |code: ReasonCode| {
                Reason::new(code).with("certificate", certificate.subject().to_string())
            };
            let issuer = issuer_of(certificate);
            if issuer.is_none() && extent == Extent::Pool {
                let missing = certificate.issuer().to_string();
                return Err(vec![about(ReasonCode::ChainIncomplete).with("missing", missing)]);
            }
            let distrusted: Vec<_> = [Some(certificate), issuer.as_ref()]
                .into_iter()
                .flatten()
                .filter_map(|certificate| trust.distrusted_among(certificate, certificates))
                .collect();
            if !distrusted.is_empty() {
                return Err(distrusted);
            }
            let theirs = if is_card(certificate) { card } else { theirs };
            check_key_and_name(theirs, certificate).map_err(|what| {
                vec![about(ReasonCode::AttestationInconsistent).with("statement", what)]
            })?;
            if let Some(root) = &issuer {
                for signed in [certificate, root] {
                    if signed_by(signed, root, Parameters::Exact).is_err() {
                        return Err(vec![
                            about(ReasonCode::ChainSignatureInvalid)
                                .with("issuer", root.subject().to_string()),
                        ]);
                    }
                }
            }
            let name = certificate.issuer().to_string();
            let known =
                owner.get_or_insert_with(|| Self { name: name.clone(), certificates: Vec::new() });
            if known.name != name {
                return Err(vec![
                    about(ReasonCode::AttestationInconsistent)
                        .with("statement", "owner of the partition")
                        .with("one", known.name.clone())
                        .with("other", name),
                ]);
            }
            known.certificates.push(certificate.sha256());
            known.certificates.extend(issuer.map(|root| root.sha256()));
        }
        let names_partition = certificates.iter().any(|it| is_owners(it) && is_partition(it));
        owner.filter(|_| names_partition).ok_or_else(|| {
            vec![
                Reason::new(ReasonCode::ChainIncomplete)
                    .with("missing", "the owner's certificate of the partition"),
            ]
        })
    }
}

/// The same key and the same name; an Azure pool spells the other attributes of the subject differently.
fn check_key_and_name(theirs: &Certificate, owners: &Certificate) -> Result<(), &'static str> {
    if theirs.subject_public_key_info() != owners.subject_public_key_info() {
        return Err("key that manufacturer and owner certify under one name");
    }
    if HsmName::of(theirs.subject()) != HsmName::of(owners.subject()) {
        return Err("name that manufacturer and owner certify");
    }
    Ok(())
}
