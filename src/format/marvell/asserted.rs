//! The pool: a root that signed itself, and the partition as that root names it. It proves nothing;
//! the service always sends it, it must fit, and it is shown for what it is: the applicant's word.

use super::super::marvell::name::HsmName;
use super::super::marvell::partition::{Partition, is_partition};
use crate::encoding::hex::Sha256;
use crate::encoding::x509::Certificate;
use crate::reason::{Reason, ReasonCode};
use crate::signature::Parameters;
use crate::trust::{TrustStore, signed_by};

/// Who says to be the owner of the partition.
pub(super) struct AssertedOwner {
    /// The subject of the pool's root.
    pub(super) name: String,
    /// Root and partition certificate.
    pub(super) certificates: Vec<Sha256>,
}

impl AssertedOwner {
    /// The owner that `certificates` name for `partition`.
    ///
    /// # Errors
    /// `attestation.inconsistent` if its certificate is of another partition, `chain.signature-invalid`
    /// if its root did not sign it, `chain.incomplete` if its root is not there, `chain.distrusted` if
    /// one of the two is.
    pub(super) fn read(
        partition: &Partition<'_, '_>,
        certificates: &[Certificate],
        trust: &TrustStore,
    ) -> Result<Self, Vec<Reason>> {
        let issuer_of = |certificate: &Certificate| {
            certificates
                .iter()
                .filter(|it| it.is_self_issued())
                .find(|it| it.subject() == certificate.issuer() && !is_partition(it))
                .cloned()
        };
        // The manufacturer's certificates hold no extension; the pool's partition does.
        let named = |it: &&Certificate| is_partition(it) && !it.extensions().is_empty();
        let mut owner: Option<Self> = None;
        for certificate in certificates.iter().filter(named) {
            let about = |code: ReasonCode| {
                Reason::new(code).with("certificate", certificate.subject().to_string())
            };
            let Some(root) = issuer_of(certificate) else {
                return Err(vec![
                    about(ReasonCode::ChainIncomplete)
                        .with("missing", certificate.issuer().to_string()),
                ]);
            };
            let distrusted = [certificate, &root]
                .map(|certificate| trust.distrusted_among(certificate, certificates));
            let distrusted: Vec<_> = distrusted.into_iter().flatten().collect();
            if !distrusted.is_empty() {
                return Err(distrusted);
            }
            check_key_and_name(partition.stated.get().certificate, certificate).map_err(
                |what| vec![about(ReasonCode::AttestationInconsistent).with("statement", what)],
            )?;
            for signed in [certificate, &root] {
                if signed_by(signed, &root, Parameters::Exact).is_err() {
                    return Err(vec![
                        about(ReasonCode::ChainSignatureInvalid)
                            .with("issuer", root.subject().to_string()),
                    ]);
                }
            }
            let known = owner.get_or_insert_with(|| Self {
                name: root.subject().to_string(),
                certificates: Vec::new(),
            });
            if known.name != root.subject().to_string() {
                return Err(vec![
                    about(ReasonCode::AttestationInconsistent)
                        .with("statement", "owner of the partition")
                        .with("one", known.name.clone())
                        .with("other", root.subject().to_string()),
                ]);
            }
            known.certificates.extend([certificate.sha256(), root.sha256()]);
        }
        owner.ok_or_else(|| {
            vec![
                Reason::new(ReasonCode::ChainIncomplete)
                    .with("missing", "the pool's certificate of the partition"),
            ]
        })
    }
}

/// The same key and the same name; the pool spells the other attributes of the subject differently.
fn check_key_and_name(theirs: &Certificate, pools: &Certificate) -> Result<(), &'static str> {
    if theirs.subject_public_key_info() != pools.subject_public_key_info() {
        return Err("key of the partition");
    }
    if HsmName::of(theirs.subject()) != HsmName::of(pools.subject()) {
        return Err("name of the partition");
    }
    Ok(())
}
