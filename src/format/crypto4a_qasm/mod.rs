//! Crypto4A QASM attestation message: claims about a module and a key, in a DER structure of the
//! maker's own, signed by two keys of the module at once: ECDSA on P-384, and hash-based HSS/LMS.
//!
//! Format, to the byte: `docs/formats/crypto4a-qasm.md`. Every signature is verified, and one by
//! ECDSA must be there (ADR 0027). What a claim that is not made means: ADR 0028.

mod message;
mod statement;

use super::{AttestationFormat, Evidence, InspectLine, Part, VerifiedEvidence};
use crate::encoding::der::Reader;
use crate::encoding::hex::Sha256;
use crate::encoding::oid::Oid;
use crate::encoding::x509::{Certificate, key_usage};
use crate::oid;
use crate::public_key::{Curve, KeyMaterial, PublicKey};
use crate::reason::{Reason, ReasonCode};
use crate::signature::{self, Parameters, SignatureError, hss};
use crate::submission::{Object, ObjectKind};
use crate::time::Timestamp;
use crate::trust::{
    AnchorRole, Anchored, AnchoredChain, Authentic, ChainProfile, Claimed, Issues, Link,
    TrustStore, verify_chain,
};
use message::{Block, Message, Tagging};

/// The maker's private enterprise arc.
const CRYPTO4A: Oid<'static> = oid!(1.3.6.1.4.1.39901);
/// The purpose of a certificate whose key signs attestation messages.
const ATTESTS: Oid<'static> = oid!(1.3.6.1.4.1.39901.4.1.1);
/// ecdsa-with-SHA384 (RFC 5758 3.2).
const ECDSA_WITH_SHA384: Oid<'static> = oid!(1.2.840.10045.4.3.3);

/// How the names of the authorities begin that certify modules (pkic.org, Crypto4A QASM).
const ISSUING_NAME: &str = "C4A_SCA";

const AUTHORITY: &str = "authority";

static PROFILE: ChainProfile<2> = ChainProfile {
    format: "crypto4a-qasm",
    links: [
        Link { role: AUTHORITY, fits: is_authority, issues: Issues::Nothing, judged: &[] },
        Link { role: "issuing", fits: is_issuing, issues: Issues::AsAuthority, judged: &[] },
    ],
    anchor: AnchorRole::Manufacturer,
    arc: Some(CRYPTO4A),
    parameters: Parameters::Exact,
};

type Chain<'c, 'a> = AnchoredChain<'c, 'a, 2>;

/// The format `crypto4a-qasm`.
#[derive(Debug)]
pub struct Crypto4aQasm;

impl AttestationFormat for Crypto4aQasm {
    fn name(&self) -> &'static str {
        PROFILE.format
    }

    fn recognizes(&self, certificate: &Certificate) -> Part {
        if certificate.extended_key_usage().contains(&ATTESTS) {
            Part::Device
        } else {
            Part::Foreign
        }
    }

    fn recognizes_object(&self, object: &Object) -> Part {
        let is_ours = object.kind() == ObjectKind::Der && message::is_message(object.bytes());
        if is_ours { Part::Attestation } else { Part::Foreign }
    }

    fn owns_extension(&self, oid: Oid<'_>) -> bool {
        oid.starts_with(CRYPTO4A)
    }

    fn inspect(&self, _certificate: &Certificate) -> Vec<InspectLine> {
        Vec::new()
    }

    fn inspect_object(&self, object: &Object) -> Vec<InspectLine> {
        match Message::read(object.bytes()) {
            Ok(message) => statement::inspect(&message),
            Err(reason) => {
                let value = reason.sentence().to_owned();
                vec![InspectLine { name: "unreadable", value }]
            }
        }
    }

    fn verify<'a>(
        &self,
        evidence: Evidence<'a>,
        trust: &'a TrustStore,
        time: Timestamp,
    ) -> Result<VerifiedEvidence<'a>, Vec<Reason>> {
        let of_format = |object: &&Object| self.recognizes_object(object) == Part::Attestation;
        let objects: Vec<_> = evidence.objects.iter().filter(of_format).collect();
        let object = match objects.as_slice() {
            [] => return Err(vec![without_its_message(evidence.certificates)]),
            [object] => object,
            several => return Err(vec![super::multiple(several.len())]),
        };
        let message = Message::read(object.bytes()).map_err(|reason| vec![reason])?;
        let pool: Vec<Certificate> =
            message.related.iter().chain(evidence.certificates).cloned().collect();

        let mut reasons = Vec::new();
        let mut chains = Vec::new();
        let mut signed = None;
        for block in &message.blocks {
            match verify_chain(&PROFILE, &block.signer, &pool, trust, time) {
                Ok(chain) => {
                    let [authority, _] = chain.certificates();
                    match block.signed_by(authority, &message.claims) {
                        Ok(claims) if block.is_ecdsa() => {
                            signed.get_or_insert((chain.clone(), claims));
                        }
                        Ok(_) => {}
                        Err(reason) => reasons.push(reason),
                    }
                    chains.push(chain);
                }
                Err(found) => {
                    reasons.extend(found);
                    reasons.extend(block.check(message.claims.bytes()).err());
                }
            }
        }
        if !message.blocks.iter().any(Block::is_ecdsa) {
            reasons.push(
                Reason::new(ReasonCode::AttestationSignatureMissing).with("algorithm", "ECDSA"),
            );
        }
        reasons.dedup();
        let (chain, claims) = match signed {
            Some(signed) if reasons.is_empty() => signed,
            _ => return Err(reasons),
        };
        check_related(&message.related, &chains).map_err(|reason| vec![reason])?;

        let signers: Authentic<Vec<_>> =
            chains.iter().map(|chain| chain.certificates()).map(|[signer, _]| signer).collect();
        let statement = claims.and(signers).read(statement::read)?;
        let verified = VerifiedEvidence::new(&chain, statement)?
            .and_pieces([object.sha256()])
            .and_pieces(message.related.iter().map(Certificate::sha256))
            .and_doubts(unseen_layout(&message, &chains));
        Ok(chains.iter().fold(verified, VerifiedEvidence::and_path))
    }
}

impl Block<'_> {
    /// Whether the block says that it is signed with ECDSA.
    fn is_ecdsa(&self) -> bool {
        Reader::whole(self.algorithm, Reader::oid) == Ok(ECDSA_WITH_SHA384)
    }

    /// What the key of `signer` signed, with the one algorithm of its kind.
    fn signed_by<'s, T>(
        &self,
        signer: Authentic<&Certificate>,
        claimed: &'s Claimed<'_, T>,
    ) -> Result<Authentic<&'s T>, Reason> {
        let (algorithm, signature) = (self.algorithm, self.signature);
        let signed = if self.is_ecdsa() {
            let key = signer.public_key().map_err(|reason| reason.with("object", "signer"))?;
            check_curve(key.get())
                .and_then(|()| key.signed(claimed, algorithm, Parameters::Exact, signature))
        } else {
            signer.signed_with_hss(claimed, algorithm, signature)
        };
        signed.map_err(|error| self.refusal(error))
    }

    /// The same where nobody vouches for the signer: what is wrong with the signature is told as well.
    fn check(&self, signed: &[u8]) -> Result<(), Reason> {
        let (algorithm, signature) = (self.algorithm, self.signature);
        let verdict = if self.is_ecdsa() {
            let key = PublicKey::of_certificate(&self.signer)
                .map_err(|reason| reason.with("object", "signer"))?;
            check_curve(&key).and_then(|()| {
                signature::verify(&key, algorithm, Parameters::Exact, signed, signature)
            })
        } else {
            hss::verify(self.signer.subject_public_key_info(), algorithm, signed, signature)
        };
        verdict.map_err(|error| self.refusal(error))
    }

    fn refusal(&self, error: SignatureError) -> Reason {
        let reason = match error {
            SignatureError::Unsupported(algorithm) => {
                Reason::new(ReasonCode::AttestationSignatureAlgorithm).with("algorithm", algorithm)
            }
            _ => ReasonCode::AttestationOuterSignatureInvalid.into(),
        };
        reason.with("signer", self.signer.subject().to_string())
    }
}

/// Modules sign with ECDSA on P-384 alone.
fn check_curve(key: &PublicKey) -> Result<(), SignatureError> {
    match key.material() {
        KeyMaterial::Ec { curve: Curve::P384, .. } => Ok(()),
        _ => Err(SignatureError::AlgorithmMismatch),
    }
}

/// The module sends the chains of all its signers along, roots and copies included. What is on no
/// path and is no certificate of an anchor was not put there by it.
fn check_related(related: &[Certificate], chains: &[Chain<'_, '_>]) -> Result<(), Reason> {
    let on_path = |sha256: Sha256| {
        chains.iter().any(|chain| chain.links().iter().any(|link| link.sha256 == sha256))
    };
    let of_anchor =
        |certificate: &Certificate| chains.iter().any(|chain| is_anchors_own(certificate, chain));
    let stray = related.iter().find(|it| !on_path(it.sha256()) && !of_anchor(it));
    match stray {
        None => Ok(()),
        Some(stray) => Err(Reason::new(ReasonCode::ChainSignatureInvalid)
            .with("certificate", stray.subject().to_string())
            .with("fault", "a related certificate that no signer of the message leads to")),
    }
}

/// What nothing signs is laid out in another way than in genuine messages: one signature by ECDSA
/// and one by HSS, in that order, then issuing authority and root for each (ADR 0027).
fn unseen_layout(message: &Message<'_>, chains: &[Chain<'_, '_>]) -> Option<Reason> {
    let unseen = |what: &str| {
        Some(Reason::new(ReasonCode::AttestationLayoutUnconfirmed).with("layout", what))
    };
    if !matches!(message.blocks.as_slice(), [one, other] if one.is_ecdsa() && !other.is_ecdsa()) {
        return unseen("signatures other than one by ECDSA and then one by HSS");
    }
    let mut related = message.related.iter();
    let as_sent = chains.iter().all(|chain| {
        let above: Vec<_> = chain.links().iter().skip(1).map(|link| link.sha256).collect();
        above.iter().all(|sha256| related.next().is_some_and(|it| it.sha256() == *sha256))
            && related.next().is_some_and(|it| is_anchors_own(it, chain))
    });
    if !as_sent || related.next().is_some() {
        return unseen("certificates other than issuing authority and root for each signature");
    }
    let is_explicit =
        message.claims.outside().iter().any(|claim| claim.tagging == Tagging::Explicit);
    if is_explicit { unseen("claims in explicit tags") } else { None }
}

fn is_anchors_own(certificate: &Certificate, chain: &Chain<'_, '_>) -> bool {
    chain.anchor().is_certified_by(certificate, PROFILE.parameters)
}

/// The certificate of a module came, and no message.
fn without_its_message(certificates: &[Certificate]) -> Reason {
    match certificates.iter().find(|it| it.extended_key_usage().contains(&ATTESTS)) {
        Some(certificate) => Reason::new(ReasonCode::AttestationWrongRole)
            .with("certificate", certificate.subject().to_string()),
        None => ReasonCode::AttestationAbsent.into(),
    }
}

/// For that purpose alone, and to sign data.
fn is_authority(certificate: &Certificate) -> bool {
    certificate.extended_key_usage() == [ATTESTS]
        && certificate.key_usage().is_some_and(|usage| usage.bits == key_usage::DIGITAL_SIGNATURE)
}

fn is_issuing(certificate: &Certificate) -> bool {
    certificate.subject().sole_common_name().is_some_and(|name| name.starts_with(ISSUING_NAME))
}
