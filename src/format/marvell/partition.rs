//! The manufacturer's chain, card and partition, and the blob that the partition signed.

use super::super::AttestedStatement;
use super::attributes::{KeyPairStatement, by_class, read_key_pair};
use super::blob::{Blob, Object};
use super::name::{HsmName, Mode, generation_and_serial};
use crate::claims::{
    Claims, Exportability, KeyClaims, KeyOrigin, ModuleClaims, OperatingMode, OwnerStanding,
    PartitionClaims,
};
use crate::encoding::x509::Certificate;
use crate::public_key::PublicKey;
use crate::reason::{Reason, ReasonCode};
use crate::signature::{DigestForm, Parameters};
use crate::time::Timestamp;
use crate::trust::{
    AnchorRole, AnchoredChain, Authentic, ChainProfile, Issues, Link, TrustStore, verify_chain,
};

/// The roles of the manufacturer's chain.
pub(crate) const PARTITION: &str = "partition";
const CARD: &str = "card";

/// The chain that the manufacturer's anchors of a format vouch for: card and partition without
/// extensions (ADR 0013), of which none is the manufacturer's own.
pub(crate) const fn manufacturers_profile(format: &'static str) -> ChainProfile<2> {
    ChainProfile {
        format,
        links: [
            Link {
                role: PARTITION,
                fits: is_manufacturers_partition,
                issues: Issues::Nothing,
                judged: &[],
            },
            Link {
                role: CARD,
                fits: is_manufacturers_card,
                issues: Issues::Unconstrained,
                judged: &[],
            },
        ],
        anchor: AnchorRole::Manufacturer,
        arc: None,
        parameters: Parameters::Exact,
    }
}

/// Whether a certificate has the name of a card or of a partition.
pub(crate) fn is_of_module(certificate: &Certificate) -> bool {
    HsmName::of(certificate.subject()).is_some()
}

pub(crate) fn is_card(certificate: &Certificate) -> bool {
    matches!(HsmName::of(certificate.subject()), Some(HsmName::Card { .. }))
}

pub(crate) fn is_partition(certificate: &Certificate) -> bool {
    matches!(HsmName::of(certificate.subject()), Some(HsmName::Partition { .. }))
}

/// The owner names the same subjects; only the manufacturer's certificates hold no extension.
fn is_manufacturers_card(certificate: &Certificate) -> bool {
    is_card(certificate) && certificate.extensions().is_empty()
}

fn is_manufacturers_partition(certificate: &Certificate) -> bool {
    is_partition(certificate) && certificate.extensions().is_empty()
}

/// A partition that the manufacturer vouches for.
#[derive(Debug)]
pub(crate) struct Partition<'c, 'a> {
    pub(crate) chain: AnchoredChain<'c, 'a, 2>,
    pub(crate) stated: Authentic<PartitionStatement<'c>>,
}

/// What the certificates of card and partition state.
#[derive(Clone, Debug)]
pub(crate) struct PartitionStatement<'c> {
    pub(crate) card: &'c Certificate,
    pub(crate) certificate: &'c Certificate,
    key: PublicKey,
    model: String,
    serial: String,
    name: String,
    mode: Mode,
}

impl<'c, 'a> Partition<'c, 'a> {
    /// The one partition of `pool` whose chain holds.
    ///
    /// # Errors
    /// `attestation.multiple` if there are two; every reason of the first if there are none.
    pub(crate) fn verify(
        profile: &ChainProfile<2>,
        pool: &'c [Certificate],
        trust: &'a TrustStore,
        time: Timestamp,
    ) -> Result<Self, Vec<Reason>> {
        let mut whole = Vec::new();
        let mut refusals = Vec::new();
        for end in pool.iter().filter(|certificate| is_manufacturers_partition(certificate)) {
            match verify_chain(profile, end, pool, trust, time) {
                Ok(chain) => whole.push(chain),
                Err(reasons) => refusals.push(reasons),
            }
        }
        let count = whole.len();
        match (whole.pop(), count) {
            (Some(chain), 1) => Self::of(chain),
            (Some(_), _) => Err(vec![
                Reason::new(ReasonCode::AttestationMultiple).with("partitions", count.to_string()),
            ]),
            (None, _) => Err(refusals.into_iter().next().unwrap_or_else(|| {
                vec![
                    Reason::new(ReasonCode::ChainIncomplete)
                        .with("missing", "the manufacturer's certificate of the partition"),
                ]
            })),
        }
    }

    fn of(chain: AnchoredChain<'c, 'a, 2>) -> Result<Self, Vec<Reason>> {
        let [partition, card] = chain.certificates();
        let stated = card.and(partition).read(PartitionStatement::read)?;
        Ok(Self { stated, chain })
    }

    /// The one key pair of a blob that the partition signed.
    pub(crate) fn read(&self, blob: &Blob<'_>) -> Result<Authentic<Attested>, Vec<Reason>> {
        let signed = self.signed(blob).map_err(|reason| vec![reason])?;
        signed.read(|(objects, form)| {
            let (private, public) = by_class(objects).map_err(|reason| vec![reason])?;
            Ok(Attested { form, key_pair: read_key_pair(private, public)? })
        })
    }

    /// The objects of a blob that the partition signed.
    pub(crate) fn signed<'b, 'o>(
        &self,
        blob: &'b Blob<'o>,
    ) -> Result<Authentic<(&'b Vec<Object<'o>>, DigestForm)>, Reason> {
        let key = self.stated.as_ref().map(|stated| stated.key.clone());
        key.signed_with_pkcs1(blob.claimed(), blob.signature()).map_err(|error| {
            let issuer = self.stated.get().certificate.subject().to_string();
            error.chain_reason().with("object", "attestation of the key").with("issuer", issuer)
        })
    }
}

impl<'c> PartitionStatement<'c> {
    fn read((card, certificate): (&'c Certificate, &'c Certificate)) -> Result<Self, Vec<Reason>> {
        let names = (HsmName::of(card.subject()), HsmName::of(certificate.subject()));
        let (Some(HsmName::Card { identity, mode }), Some(partition)) = names else {
            return Err(vec![ReasonCode::ChainRole.into()]);
        };
        let disagreement = |statement: &'static str| {
            Reason::new(ReasonCode::AttestationInconsistent)
                .with("statement", statement)
                .with("card", card.subject().to_string())
                .with("partition", certificate.subject().to_string())
        };
        let mut reasons = Vec::new();
        if !partition.is_partition_of(identity) {
            reasons.push(disagreement("the card that the partition is on"));
        }
        if partition.mode() != mode {
            reasons.push(disagreement("mode of operation"));
        }
        let key = PublicKey::of_certificate(certificate)
            .map_err(|reason| reasons.push(reason.with("object", "key of the partition")))
            .ok();
        let (Some(key), Some((generation, serial)), []) =
            (key, generation_and_serial(identity), reasons.as_slice())
        else {
            return Err(reasons);
        };
        let (model, serial) = (format!("LiquidSecurity {generation}"), serial.to_owned());
        let name = certificate.subject().only_common_name().unwrap_or_default().to_owned();
        Ok(Self { card, certificate, key, model, serial, name, mode })
    }

    /// What blob and chain say together. The identifier is read by the format, which tells the doubts
    /// about the key in their place.
    pub(crate) fn statement(
        &self,
        attested: &Attested,
        id: String,
        owner: &str,
        owner_standing: OwnerStanding,
    ) -> AttestedStatement {
        let key_pair = &attested.key_pair;
        let flags = key_pair.flags;
        let claims = Claims {
            module: ModuleClaims {
                serial: Some(self.serial.clone()),
                mode: match self.mode {
                    Mode::Fips => OperatingMode::Fips,
                    Mode::NonFips => OperatingMode::NonFips,
                },
                partition: Some(PartitionClaims {
                    name: self.name.clone(),
                    owner: owner.to_owned(),
                    owner_standing,
                    statement_signature: attested.form.describe().into(),
                    wrapping_key: None,
                }),
                ..ModuleClaims::unstated("Marvell", self.model.clone())
            },
            key: KeyClaims {
                origin: if flags.local { KeyOrigin::Generated } else { KeyOrigin::Imported },
                exportability: if flags.ways_out().is_empty() {
                    Exportability::NonExportable
                } else {
                    Exportability::Exportable
                },
                ways_out: flags.ways_out(),
                object_id: Some(id),
                label: key_pair.label.clone(),
                capabilities: key_pair.set.iter().map(|name| (*name).to_owned()).collect(),
                ..KeyClaims::unstated(&key_pair.public_key)
            },
        };
        AttestedStatement {
            public_key: key_pair.public_key.clone(),
            claims,
            contradictions: key_pair.contradictions.clone(),
            doubts: Vec::new(),
        }
    }
}

/// A key pair that a partition attests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Attested {
    pub(crate) form: DigestForm,
    pub(crate) key_pair: KeyPairStatement,
}
