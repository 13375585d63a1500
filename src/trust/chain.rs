//! Chains of fixed roles, for formats whose paths are not those of [`super::path`]: every place has
//! its role, there is no path building, and the top must be an anchor bound to the format in the
//! role that the profile names.
//!
//! What is established: every signature up to the anchor, constraints, validity at one time. What
//! the certificates mean is left to the format.

use super::anchor::Signer;
use super::distrust::Trail;
use super::issuer::{
    Issuers, check_anchor_validity, check_extensions, check_issuer, check_pool, check_validity,
    signature_reason,
};
use super::{Anchor, AnchorRole, Anchored, Authentic, TrustStore, Vouched, sealed};
use crate::encoding::oid::Oid;
use crate::encoding::x509::Certificate;
use crate::reason::{Reason, ReasonCode};
use crate::signature::Parameters;
use crate::time::Timestamp;

/// One place of a chain.
#[derive(Debug)]
pub struct Link {
    /// The role, as results show it.
    pub role: &'static str,
    /// Whether a certificate looks like one of that role.
    pub fits: fn(&Certificate) -> bool,
    /// What it must be to have issued what stands below it.
    pub issues: Issues,
    /// Critical extensions that the format reads itself.
    pub judged: &'static [Oid<'static>],
}

/// What the certificate in a place may issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Issues {
    /// Nothing: it is the end of the chain, and must not claim to be an authority.
    Nothing,
    /// The place below, as a certification authority by its own constraints (RFC 5280 6.1.4 (k) to
    /// (n)).
    AsAuthority,
    /// The place below, although genuine certificates of that role lack the constraints. Each use
    /// names its ADR.
    Unconstrained,
}

/// How the chains of one format look.
#[derive(Debug)]
pub struct ChainProfile<const N: usize> {
    /// The format, by name.
    pub format: &'static str,
    /// The places, from the end upwards; the last is issued by the anchor.
    pub links: [Link; N],
    /// The role of the anchor.
    pub anchor: AnchorRole,
    /// The arc of the manufacturer's extensions, if it has its own: their values the format reads.
    pub arc: Option<Oid<'static>>,
    /// How exactly signature algorithms must be written.
    pub parameters: Parameters,
}

/// A verified chain that ends at an anchor bound to the format.
#[derive(Clone, Debug)]
pub struct AnchoredChain<'c, 'a, const N: usize> {
    certificates: [&'c Certificate; N],
    vouched: Vouched<'a>,
}

impl<'c, const N: usize> AnchoredChain<'c, '_, N> {
    /// The certificates, each in the place that the profile has for it, from the end upwards.
    pub fn certificates(&self) -> [Authentic<&'c Certificate>; N] {
        self.certificates.map(Authentic::new)
    }
}

impl<const N: usize> sealed::Sealed for AnchoredChain<'_, '_, N> {}

impl<'a, const N: usize> Anchored<'a> for AnchoredChain<'_, 'a, N> {
    fn vouched(&self) -> &Vouched<'a> {
        &self.vouched
    }
}

/// Verifies the chain from `end` to an anchor of `store` at `time`. `pool` is what came with it, in
/// any order; it is searched by role and name, never by position.
///
/// # Errors
/// Every reason found on the chain: what is distrusted first, then in order from the end upwards.
pub fn verify_chain<'c, 'a, const N: usize>(
    profile: &ChainProfile<N>,
    end: &'c Certificate,
    pool: &'c [Certificate],
    store: &'a TrustStore,
    time: Timestamp,
) -> Result<AnchoredChain<'c, 'a, N>, Vec<Reason>> {
    verify_chain_from(profile, profile.parameters, end, pool, store, time)
}

/// The same where the signature of `end` may be written in another way than those above it.
///
/// # Errors
/// As for [`verify_chain`].
pub fn verify_chain_from<'c, 'a, const N: usize>(
    profile: &ChainProfile<N>,
    end_parameters: Parameters,
    end: &'c Certificate,
    pool: &'c [Certificate],
    store: &'a TrustStore,
    time: Timestamp,
) -> Result<AnchoredChain<'c, 'a, N>, Vec<Reason>> {
    let issuers = Issuers { format: profile.format, parameters: profile.parameters, store };
    let of_end = Issuers { parameters: end_parameters, ..issuers };
    const { assert!(N > 0, "a chain has an end") }
    let mut trail = Trail::new(profile.format, store, pool);
    let mut certificates = [end; N];
    let mut top = end;
    for (depth, (place, certificate)) in profile.links.iter().zip(&mut certificates).enumerate() {
        if depth > 0 {
            let issuers = if depth == 1 { &of_end } else { &issuers };
            top = match issuer_in_place(issuers, top, place, pool) {
                Ok(issuer) => issuer,
                Err(fault) => return Err(trail.stop([fault])),
            };
        }
        trail.certificate(place.role, top);
        *certificate = top;
        if depth == 0
            && let Err(fault) = check_pool(pool, store).and_then(|()| check_end(end, place))
        {
            return Err(trail.stop([fault]));
        }
    }
    let anchor = match anchor_of(&issuers, &profile.anchor, top, pool) {
        Ok(anchor) => anchor,
        Err(fault) => return Err(trail.stop([fault])),
    };

    let mut reasons = Vec::new();
    for (depth, (place, certificate)) in profile.links.iter().zip(&certificates).enumerate() {
        check_extensions(certificate, profile.arc, place.judged, &mut reasons);
        check_validity(certificate, time, &mut reasons);
        match place.issues {
            Issues::Nothing if certificate.basic_constraints().is_some_and(|it| it.is_ca) => {
                reasons.push(
                    wrong_place(certificate, place)
                        .with("fault", "an end that claims to be a certification authority"),
                );
            }
            Issues::AsAuthority => {
                // Authorities between it and the end.
                let below = u64::try_from(depth).unwrap_or(u64::MAX).saturating_sub(1);
                check_issuer(certificate, below, &mut reasons);
            }
            Issues::Nothing | Issues::Unconstrained => {}
        }
    }
    check_anchor_validity(anchor, time, &mut reasons);
    let vouched = trail.reach(anchor, reasons)?;
    Ok(AnchoredChain { certificates, vouched })
}

/// That the end looks like one.
fn check_end(end: &Certificate, place: &Link) -> Result<(), Reason> {
    if (place.fits)(end) { Ok(()) } else { Err(wrong_place(end, place)) }
}

/// The certificate of the pool in that place whose key signed `below`.
fn issuer_in_place<'c>(
    issuers: &Issuers<'_>,
    below: &Certificate,
    place: &Link,
    pool: &'c [Certificate],
) -> Result<&'c Certificate, Reason> {
    let issuer = below.issuer();
    let named = || pool.iter().filter(|candidate| candidate.subject() == issuer);
    let mut refusal = None;
    for candidate in named().filter(|candidate| (place.fits)(candidate)) {
        match issuers.signed_by(below, candidate) {
            Ok(()) => return Ok(candidate),
            Err(error) => refusal = refusal.or(Some(error)),
        }
    }
    Err(match (refusal, named().next()) {
        (Some(error), _) => signature_reason(below, error),
        (None, Some(other)) => wrong_place(other, place),
        (None, None) => Reason::new(ReasonCode::ChainIncomplete)
            .with("missing", issuer.to_string())
            .with("role", place.role),
    })
}

/// The anchor in that role whose key signed `top`.
fn anchor_of<'a>(
    issuers: &Issuers<'a>,
    role: &AnchorRole,
    top: &Certificate,
    pool: &[Certificate],
) -> Result<&'a Anchor, Reason> {
    match issuers.signer(top, |anchor| anchor.is_bound_to(issuers.format, role)) {
        Signer::Bound(anchor) => Ok(anchor),
        Signer::Unbound(anchor) => Err(issuers.wrong_anchor(top, anchor)),
        Signer::None(_) => Err(issuers.unanchored(top, pool)),
    }
}

fn wrong_place(certificate: &Certificate, place: &Link) -> Reason {
    Reason::new(ReasonCode::ChainRole)
        .with("certificate", certificate.subject().to_string())
        .with("role", place.role)
}
