//! Chains of fixed roles, for formats whose paths are not those of [`super::path`]: every place has
//! its role, there is no path building, and the top must be an anchor bound to the format in the
//! role that the profile names.
//!
//! What is established: every signature up to the anchor, constraints, validity at one time. What
//! the certificates mean is left to the format.

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
pub struct ChainProfile {
    /// The format, by name.
    pub format: &'static str,
    /// The places, from the end upwards; the last is issued by the anchor.
    pub links: &'static [Link],
    /// The role of the anchor.
    pub anchor: AnchorRole,
    /// The arc of the manufacturer's extensions, whose values the format reads.
    pub arc: Oid<'static>,
    /// How exactly signature algorithms must be written.
    pub parameters: Parameters,
}

/// A verified chain that ends at an anchor bound to the format.
#[derive(Clone, Debug)]
pub struct AnchoredChain<'c, 'a> {
    certificates: Vec<(&'static str, &'c Certificate)>,
    vouched: Vouched<'a>,
}

impl<'c> AnchoredChain<'c, '_> {
    /// The certificates with their roles, from the end upwards.
    pub fn certificates(&self) -> &[(&'static str, &'c Certificate)] {
        &self.certificates
    }

    /// The certificate in a role.
    pub fn authentic(&self, role: &str) -> Option<Authentic<'c>> {
        let (_, certificate) = self.certificates.iter().find(|(known, _)| *known == role)?;
        Some(Authentic(certificate))
    }
}

impl sealed::Sealed for AnchoredChain<'_, '_> {}

impl<'a> Anchored<'a> for AnchoredChain<'_, 'a> {
    fn vouched(&self) -> &Vouched<'a> {
        &self.vouched
    }
}

/// Verifies the chain from `end` to an anchor of `store` at `time`. `pool` is what came with it, in
/// any order; it is searched by role and name, never by position.
///
/// # Errors
/// Every reason found on the chain: what is distrusted first, then in order from the end upwards.
pub fn verify_chain<'c, 'a>(
    profile: &ChainProfile,
    end: &'c Certificate,
    pool: &'c [Certificate],
    store: &'a TrustStore,
    time: Timestamp,
) -> Result<AnchoredChain<'c, 'a>, Vec<Reason>> {
    verify_chain_from(profile, profile.parameters, end, pool, store, time)
}

/// The same where the signature of `end` may be written in another way than those above it.
///
/// # Errors
/// As for [`verify_chain`].
pub fn verify_chain_from<'c, 'a>(
    profile: &ChainProfile,
    end_parameters: Parameters,
    end: &'c Certificate,
    pool: &'c [Certificate],
    store: &'a TrustStore,
    time: Timestamp,
) -> Result<AnchoredChain<'c, 'a>, Vec<Reason>> {
    let issuers = Issuers { format: profile.format, parameters: profile.parameters, store };
    let of_end = Issuers { parameters: end_parameters, ..issuers };
    let mut trail = Trail::new(store, pool);
    let Some((first, above)) = profile.links.split_first() else {
        return Err(trail.stop([ReasonCode::ChainIncomplete.into()]));
    };
    trail.certificate(first.role, end);
    if let Err(fault) = check_pool(pool) {
        return Err(trail.stop([fault]));
    }
    if !(first.fits)(end) {
        return Err(trail.stop([wrong_place(end, first)]));
    }
    let mut certificates = vec![(first.role, end)];
    let mut below = end;
    for (depth, place) in above.iter().enumerate() {
        let issuers = if depth == 0 { &of_end } else { &issuers };
        below = match issuer_in_place(issuers, below, place, pool) {
            Ok(issuer) => issuer,
            Err(fault) => return Err(trail.stop([fault])),
        };
        trail.certificate(place.role, below);
        certificates.push((place.role, below));
    }
    let anchor = match anchor_of(&issuers, &profile.anchor, below, pool) {
        Ok(anchor) => anchor,
        Err(fault) => return Err(trail.stop([fault])),
    };

    let mut reasons = Vec::new();
    for (depth, (place, (_, certificate))) in profile.links.iter().zip(&certificates).enumerate() {
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
    let signed = |anchor: &&Anchor| issuers.signed_by_key(top, &anchor.public_key).is_ok();
    let signers: Vec<&'a Anchor> = issuers.named(top.issuer()).filter(signed).collect();
    match signers.iter().find(|anchor| anchor.is_bound_to(issuers.format, role)) {
        Some(anchor) => Ok(anchor),
        None => Err(match signers.first() {
            Some(unbound) => issuers.wrong_anchor(top, unbound),
            None => issuers.unanchored(top, pool),
        }),
    }
}

fn wrong_place(certificate: &Certificate, place: &Link) -> Reason {
    Reason::new(ReasonCode::ChainRole)
        .with("certificate", certificate.subject().to_string())
        .with("role", place.role)
}
