//! Paths of fixed roles and depth: attestation ← device ← (issuing authority ←) anchor.
//!
//! There is no path building. A certificate has its place by the role its format gives it, an
//! attested key can stand nowhere but at the end, and the anchor must be bound to the format in the
//! role it has. What is established: every signature up to the anchor, every constraint, validity
//! at the time of appraisal. What the attestation means is left to the format.

use super::anchor::Signer;
use super::distrust::Trail;
use super::issuer::{
    Issuers, check_anchor_validity, check_extensions, check_issuer, check_pool, check_validity,
    signature_reason,
};
use super::{Anchor, AnchorRole, Anchored, Authentic, TrustStore, Vouched, sealed};
use crate::encoding::name::Name;
use crate::encoding::oid::Oid;
use crate::encoding::x509::Certificate;
use crate::reason::{Reason, ReasonCode};
use crate::signature::{Parameters, SignatureError};
use crate::time::Timestamp;

/// How the paths of one format look.
#[derive(Debug)]
pub struct PathProfile {
    /// The format, by name.
    pub format: &'static str,
    /// Whether a subject is that of an attestation.
    pub is_attestation: fn(&Name) -> bool,
    /// Whether a subject is that of a device certificate.
    pub is_device: fn(&Name) -> bool,
    /// The arc of the manufacturer's extensions, whose values the format reads.
    pub arc: Oid<'static>,
}

/// A verified path that ends at an anchor bound to the format.
#[derive(Clone, Debug)]
pub struct AnchoredPath<'a> {
    attestation: &'a Certificate,
    device: &'a Certificate,
    vouched: Vouched<'a>,
}

impl<'a> AnchoredPath<'a> {
    /// The attestation.
    pub fn attestation(&self) -> Authentic<&'a Certificate> {
        Authentic::new(self.attestation)
    }

    /// The device certificate, whose key signed the attestation.
    pub fn device(&self) -> Authentic<&'a Certificate> {
        Authentic::new(self.device)
    }
}

impl sealed::Sealed for AnchoredPath<'_> {}

impl<'a> Anchored<'a> for AnchoredPath<'a> {
    fn vouched(&self) -> &Vouched<'a> {
        &self.vouched
    }
}

/// Verifies the path from `attestation` to an anchor of `store` at `time`. `pool` is what came with
/// it, in any order; it is searched by role and name, never by position.
///
/// # Errors
/// Every reason found on the path: what is distrusted first, then in order from the attestation
/// upwards.
pub fn verify_path<'a>(
    profile: &PathProfile,
    attestation: &'a Certificate,
    pool: &'a [Certificate],
    store: &'a TrustStore,
    time: Timestamp,
) -> Result<AnchoredPath<'a>, Vec<Reason>> {
    let issuers = Issuers { format: profile.format, parameters: Parameters::Exact, store };
    let verifier = PathVerifier { profile, pool, issuers };
    let mut trail = Trail::new(profile.format, store, pool);
    trail.certificate("attestation", attestation);
    if let Err(fault) = check_pool(pool, store) {
        return Err(trail.stop([fault]));
    }
    let device = match verifier.device_of(attestation) {
        Ok(device) => device,
        Err(fault) => return Err(trail.stop([fault])),
    };
    trail.certificate("device", device);
    let anchorage = match verifier.anchor_of(device) {
        Ok(anchorage) => anchorage,
        Err(fault) => return Err(trail.stop([fault])),
    };
    if let Some(issuing) = anchorage.issuing {
        trail.certificate("issuing", issuing);
    }
    let faults = verifier.constraints(attestation, device, &anchorage, time);
    let vouched = trail.reach(anchorage.anchor, faults)?;
    Ok(AnchoredPath { attestation, device, vouched })
}

struct PathVerifier<'p, 'a> {
    profile: &'p PathProfile,
    pool: &'a [Certificate],
    issuers: Issuers<'a>,
}

/// Where a device certificate leads.
struct Anchorage<'a> {
    /// The issuing authority, if it came with the evidence.
    issuing: Option<&'a Certificate>,
    anchor: &'a Anchor,
    /// Whether that anchor's devices may lack basicConstraints.
    unconstrained_device: bool,
}

impl<'a> PathVerifier<'_, 'a> {
    /// The device certificate whose key signed `attestation`.
    fn device_of(&self, attestation: &Certificate) -> Result<&'a Certificate, Reason> {
        let issuer = attestation.issuer();
        if (self.profile.is_attestation)(issuer) {
            // The issuer has the name of an attested key. A certificate that signed itself leads
            // nowhere; any other was signed by a key that a user holds.
            let itself = attestation.is_self_issued()
                && self.issuers.signed_by(attestation, attestation).is_ok();
            let code = if itself {
                ReasonCode::ChainUntrustedRoot
            } else {
                ReasonCode::ChainAttestedKeyAsIssuer
            };
            return Err(Reason::new(code).with("issuer", issuer.to_string()));
        }
        let named = || self.pool.iter().filter(|candidate| candidate.subject() == issuer);
        if !(self.profile.is_device)(issuer) {
            // Of another product, or of another place in its path. Slot f9 of a YubiKey may hold a key
            // and certificate of the user's own, of any name, which leads nowhere.
            let leads = |candidate| {
                let anchored = self.anchor_of(candidate);
                !anchored.is_err_and(|fault| fault.code() == ReasonCode::ChainUntrustedRoot)
            };
            let known = named().any(leads) || self.issuers.named(issuer).next().is_some();
            let code = if known { ReasonCode::ChainRole } else { ReasonCode::ChainUntrustedRoot };
            return Err(Reason::new(code)
                .with("certificate", attestation.subject().to_string())
                .with("issuer", issuer.to_string()));
        }
        if named().next().is_none() {
            return Err(
                Reason::new(ReasonCode::ChainIncomplete).with("missing", issuer.to_string())
            );
        }
        let mut refusal = None;
        for candidate in named() {
            match self.issuers.signed_by(attestation, candidate) {
                Ok(()) => return Ok(candidate),
                Err(error) => refusal = refusal.or(Some(error)),
            }
        }
        Err(signature_reason(attestation, refusal.unwrap_or(SignatureError::Invalid)))
    }

    /// The anchor that vouches for `device`, directly or through an issuing authority that came
    /// with the evidence.
    fn anchor_of(&self, device: &Certificate) -> Result<Anchorage<'a>, Reason> {
        if let Some(anchor) = self.signing_anchor(device) {
            return match self.role_of(anchor).find_map(|role| match role {
                AnchorRole::Issuing { device_without_basic_constraints } => {
                    Some(*device_without_basic_constraints)
                }
                AnchorRole::Root { .. } | AnchorRole::Manufacturer | AnchorRole::Owner => None,
            }) {
                Some(unconstrained_device) => {
                    Ok(Anchorage { issuing: None, anchor, unconstrained_device })
                }
                None => Err(self.issuers.wrong_anchor(device, anchor)),
            };
        }
        let Some(issuing) = self.issuers.signer_among(self.pool, device) else {
            return Err(self.issuers.unanchored(device, self.pool));
        };
        let Some(anchor) = self.signing_anchor(issuing) else {
            return Err(self.issuers.unanchored(issuing, self.pool));
        };
        let name = issuing.subject().to_string();
        let bound = self.role_of(anchor).any(|role| match role {
            AnchorRole::Root { issuing } => issuing.contains(&name),
            AnchorRole::Issuing { .. } | AnchorRole::Manufacturer | AnchorRole::Owner => false,
        });
        if bound {
            Ok(Anchorage { issuing: Some(issuing), anchor, unconstrained_device: false })
        } else {
            Err(self.issuers.wrong_anchor(issuing, anchor))
        }
    }

    /// The anchor of that name whose key signed `certificate`; of several with one name and key,
    /// one that is bound to this format.
    fn signing_anchor(&self, certificate: &Certificate) -> Option<&'a Anchor> {
        let of_format = |anchor: &Anchor| self.role_of(anchor).next().is_some();
        match self.issuers.signer(certificate, of_format) {
            Signer::Bound(anchor) | Signer::Unbound(anchor) => Some(anchor),
            Signer::None(_) => None,
        }
    }

    fn role_of<'r>(&self, anchor: &'r Anchor) -> impl Iterator<Item = &'r AnchorRole> + use<'r> {
        let format = self.profile.format;
        anchor
            .uses
            .iter()
            .filter(move |anchor_use| anchor_use.format == format)
            .map(|anchor_use| &anchor_use.role)
    }

    /// Every constraint that a certificate of the path breaks.
    fn constraints(
        &self,
        attestation: &Certificate,
        device: &Certificate,
        anchorage: &Anchorage<'_>,
        time: Timestamp,
    ) -> Vec<Reason> {
        let mut reasons = Vec::new();
        for certificate in [attestation, device].into_iter().chain(anchorage.issuing) {
            check_extensions(certificate, Some(self.profile.arc), &[], &mut reasons);
            check_validity(certificate, time, &mut reasons);
        }
        if attestation.basic_constraints().is_some_and(|constraints| constraints.is_ca) {
            reasons.push(
                Reason::new(ReasonCode::ChainRole)
                    .with("certificate", attestation.subject().to_string())
                    .with("fault", "an attestation that claims to be a certification authority"),
            );
        }
        // Some YubiKeys (seen: firmware 4.3.3, 4.3.4, 5.2.4) hold a device certificate without
        // basicConstraints (ADR 0004). The exception is tied to the anchor, to a path of two, for which
        // alone the anchor tells it, and to a certificate that holds nothing but the manufacturer's
        // own extensions.
        let excepted = anchorage.unconstrained_device
            && device.extensions().iter().all(|extension| {
                !extension.is_critical() && extension.oid().starts_with(self.profile.arc)
            });
        if !excepted {
            check_issuer(device, 0, &mut reasons);
        }
        if let Some(issuing) = anchorage.issuing {
            check_issuer(issuing, 1, &mut reasons);
        }
        check_anchor_validity(anchorage.anchor, time, &mut reasons);
        reasons
    }
}
