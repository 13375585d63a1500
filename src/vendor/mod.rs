//! The formats of manufacturers, one folder each. A format recognises its evidence, has the path
//! verified, reads the statements from what that path proves signed, and yields vendor-neutral
//! claims. It judges nothing.

mod yubico;
pub mod yubico_piv;
pub mod yubico_yubihsm2;

use crate::claims::Claims;
use crate::encoding::oid::Oid;
use crate::encoding::x509::Certificate;
use crate::public_key::PublicKey;
use crate::reason::Reason;
use crate::request::Request;
use crate::time::Timestamp;
use crate::trust::{AnchoredPath, Authentic, TrustStore};

/// Every format, in order of name.
pub const FORMATS: &[&dyn AttestationFormat] =
    &[&yubico_piv::YubicoPiv, &yubico_yubihsm2::YubicoYubiHsm2];

/// What came with a submission besides the request.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// The certificates, in an order that does not depend on that of the input.
    pub certificates: &'a [Certificate],
}

/// What a format sees in one certificate, from its outside alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Nothing of this format.
    Foreign,
    /// The certificate of a module.
    Device,
    /// The attestation of a key.
    Attestation,
}

/// One statement of a certificate that nothing vouches for, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// What it is about.
    pub name: &'static str,
    /// What it says, or what is wrong with it; hostile.
    pub value: String,
}

/// A manufacturer's attestation format.
pub trait AttestationFormat: Sync {
    /// The name by which the format is called everywhere.
    fn name(&self) -> &'static str;

    /// What `certificate` looks like to this format. Only looks; proves nothing.
    fn recognizes(&self, certificate: &Certificate) -> Part;

    /// Whether an extension states something of this format.
    fn owns_extension(&self, oid: Oid<'_>) -> bool;

    /// The certificates, DER, that the manufacturer's tools put inside a request.
    fn embedded<'a>(&self, request: &'a Request) -> Vec<&'a [u8]>;

    /// What `certificate` states, by name, whoever signed it: to be shown, never to be judged.
    fn inspect(&self, certificate: &Certificate) -> Vec<Statement>;

    /// Verifies the path of the evidence and reads what it says.
    ///
    /// # Errors
    /// Every reason found, `chain.…` or `attestation.…`.
    fn verify<'a>(
        &self,
        evidence: Evidence<'a>,
        trust: &'a TrustStore,
        time: Timestamp,
    ) -> Result<VerifiedEvidence<'a>, Vec<Reason>>;
}

/// Evidence that leads to an anchor and is whole: what it claims may be judged.
#[derive(Clone, Debug)]
pub struct VerifiedEvidence<'a> {
    format: &'static str,
    path: AnchoredPath<'a>,
    public_key: PublicKey,
    claims: Claims,
}

impl<'a> VerifiedEvidence<'a> {
    /// Consumes a verified path, and reads attestation and device certificate from it.
    fn from_path(
        format: &'static str,
        path: AnchoredPath<'a>,
        read: impl FnOnce(Authentic<'a>, Authentic<'a>) -> Result<(PublicKey, Claims), Vec<Reason>>,
    ) -> Result<Self, Vec<Reason>> {
        let (public_key, claims) = read(path.attestation(), path.device())?;
        Ok(Self { format, path, public_key, claims })
    }

    /// The format that verified it.
    pub fn format(&self) -> &'static str {
        self.format
    }

    /// The path to the anchor.
    pub fn path(&self) -> &AnchoredPath<'a> {
        &self.path
    }

    /// The attested key.
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// What it says.
    pub fn claims(&self) -> &Claims {
        &self.claims
    }
}
