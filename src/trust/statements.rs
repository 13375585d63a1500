//! Paths of signed statements that are no certificates: each is signed by the key that the one
//! before it states, and the first by an anchor with a plain name.
//!
//! What is established: every signature from the anchor down, and that the anchor is bound to the
//! format. Which statement may follow which, and what it means, is left to the format.

use num_bigint::BigUint;

use super::{Anchor, AnchorRole, Anchored, TrustStore, sealed};
use crate::encoding::hex::Sha256;
use crate::public_key::PublicKey;
use crate::reason::{Reason, ReasonCode};
use crate::result::PathStatement;
use crate::signature::{DsaKey, SignatureError, verify_plain_sha512};
use crate::time::Timestamp;

/// A key that signs statements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatementKey {
    /// One that a request could have too.
    Public(PublicKey),
    /// DSA, which no request has.
    Dsa(DsaKey),
}

/// A signature over a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StatementSignature {
    /// ECDSA with SHA-512: r and s one after the other, each of the length of the order.
    EcdsaSha512(Vec<u8>),
    /// DSA with SHA-256.
    DsaSha256 {
        /// r
        r: BigUint,
        /// s
        s: BigUint,
    },
}

impl StatementKey {
    /// Checks that this key signed `message`.
    ///
    /// # Errors
    /// `AlgorithmMismatch` if it cannot make such signatures, or what the verifier says.
    pub fn verify(
        &self,
        message: &[u8],
        signature: &StatementSignature,
    ) -> Result<(), SignatureError> {
        match (self, signature) {
            (Self::Public(key), StatementSignature::EcdsaSha512(signature)) => {
                verify_plain_sha512(key, message, signature)
            }
            (Self::Dsa(key), StatementSignature::DsaSha256 { r, s }) => {
                key.verify_sha256(message, r, s)
            }
            _ => Err(SignatureError::AlgorithmMismatch),
        }
    }
}

/// One signed statement.
#[derive(Clone, Debug)]
pub struct SignedStatement<'c> {
    /// Its role in the path.
    pub role: &'static str,
    /// Whom it is about; hostile.
    pub subject: String,
    /// The signed bytes.
    pub bytes: &'c [u8],
    /// The signature over them.
    pub signature: StatementSignature,
}

/// How the statements of one format are anchored.
#[derive(Debug)]
pub struct StatementProfile {
    /// The format, by name.
    pub format: &'static str,
    /// The plain name of the anchor.
    pub holder: &'static str,
}

/// A verified path of statements.
#[derive(Clone, Debug)]
pub struct AnchoredStatements<'a> {
    /// From the last upwards.
    links: Vec<PathStatement>,
    anchor: &'a Anchor,
}

impl sealed::Sealed for AnchoredStatements<'_> {}

impl<'a> Anchored<'a> for AnchoredStatements<'a> {
    fn links(&self) -> Vec<PathStatement> {
        self.links.clone()
    }

    fn anchor(&self) -> &'a Anchor {
        self.anchor
    }
}

/// Verifies `issuing`, each with the key that it states for the next, and `last`, at `time`. The
/// anchor's own name is all that leads to it, so there is one path and nothing to search.
///
/// # Errors
/// The first reason from the anchor down: below a signature that does not hold nothing is shown.
pub fn verify_statements<'a>(
    profile: &StatementProfile,
    issuing: &[(SignedStatement<'_>, StatementKey)],
    last: &SignedStatement<'_>,
    store: &'a TrustStore,
    time: Timestamp,
) -> Result<AnchoredStatements<'a>, Reason> {
    let first = issuing.first().map_or(last, |(first, _)| first);
    let anchor = anchor_of(profile, first, store)?;
    let (from, to) = anchor.valid;
    if time < from || time > to {
        let code =
            if time < from { ReasonCode::ChainNotYetValid } else { ReasonCode::ChainExpired };
        return Err(Reason::new(code)
            .with("certificate", anchor.id.clone())
            .with("valid", format!("{} to {}", from.date(), to.date()))
            .with("appraised-at", time.to_string()));
    }
    // The anchor is known to have signed the first.
    let keys = issuing.iter().map(|(_, key)| key);
    let followers = issuing.iter().skip(1).map(|(statement, _)| statement).chain([last]);
    for (key, statement) in keys.zip(followers) {
        key.verify(statement.bytes, &statement.signature)
            .map_err(|error| refusal(statement, &error))?;
    }
    let statements = issuing.iter().map(|(statement, _)| statement).chain([last]);
    let mut links: Vec<_> = statements
        .map(|statement| PathStatement {
            role: statement.role,
            subject: statement.subject.clone(),
            sha256: Sha256::of(statement.bytes),
        })
        .collect();
    links.reverse();
    Ok(AnchoredStatements { links, anchor })
}

/// The anchor that signed the first statement.
fn anchor_of<'a>(
    profile: &StatementProfile,
    first: &SignedStatement<'_>,
    store: &'a TrustStore,
) -> Result<&'a Anchor, Reason> {
    let named = || {
        let plain = |anchor: &&Anchor| anchor.subject_der.is_empty();
        store.anchors().iter().filter(plain).filter(|anchor| anchor.subject == profile.holder)
    };
    let checked = |anchor: &Anchor| {
        StatementKey::Public(anchor.public_key.clone()).verify(first.bytes, &first.signature)
    };
    let Some(anchor) = named().find(|anchor| checked(anchor).is_ok()) else {
        return Err(match named().find_map(|anchor| checked(anchor).err()) {
            Some(error) => refusal(first, &error),
            None => Reason::new(ReasonCode::ChainUntrustedRoot)
                .with("certificate", first.subject.clone())
                .with("issuer", profile.holder),
        });
    };
    if anchor.is_bound_to(profile.format, &AnchorRole::Manufacturer) {
        return Ok(anchor);
    }
    Err(Reason::new(ReasonCode::ChainRole)
        .with("certificate", first.subject.clone())
        .with("anchor", anchor.id.clone())
        .with("format", profile.format))
}

fn refusal(statement: &SignedStatement<'_>, error: &SignatureError) -> Reason {
    let reason = match error {
        SignatureError::Invalid | SignatureError::AlgorithmMismatch => {
            Reason::new(ReasonCode::ChainSignatureInvalid)
        }
        SignatureError::Unsupported(algorithm) => {
            Reason::new(ReasonCode::ChainSignatureAlgorithm).with("algorithm", algorithm.clone())
        }
        _ => Reason::new(ReasonCode::ChainSignatureAlgorithm),
    };
    reason.with("certificate", statement.subject.clone()).with("statement", statement.role)
}
