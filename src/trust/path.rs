//! Paths of fixed roles and depth: attestation ← device ← (issuing authority ←) anchor.
//!
//! There is no path building. A certificate has its place by the role its format gives it, an
//! attested key can stand nowhere but at the end, and the anchor must be bound to the format in the
//! role it has. What is established: every signature up to the anchor, every constraint, validity
//! at the time of appraisal. What the attestation means is left to the format.

use super::{Anchor, AnchorRole, AnchorStatus, TrustStore};
use crate::encoding::der::{self, DerError, DerFault};
use crate::encoding::name::Name;
use crate::encoding::oid::{self, Oid};
use crate::encoding::x509::Certificate;
use crate::public_key::PublicKey;
use crate::reason::{Reason, ReasonCode};
use crate::signature::{self, Parameters, SignatureError};
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
    /// How exactly signature algorithms must be written.
    pub parameters: Parameters,
}

/// Bytes that a verified path proves signed.
#[derive(Clone, Copy, Debug)]
pub struct Authentic<'a>(&'a Certificate);

impl<'a> Authentic<'a> {
    /// The signed certificate.
    pub fn certificate(self) -> &'a Certificate {
        self.0
    }
}

/// A verified path that ends at an anchor bound to the format.
#[derive(Clone, Debug)]
pub struct AnchoredPath<'a> {
    attestation: &'a Certificate,
    device: &'a Certificate,
    issuing: Option<&'a Certificate>,
    anchor: &'a Anchor,
}

impl<'a> AnchoredPath<'a> {
    /// The attestation.
    pub fn attestation(&self) -> Authentic<'a> {
        Authentic(self.attestation)
    }

    /// The device certificate, whose key signed the attestation.
    pub fn device(&self) -> Authentic<'a> {
        Authentic(self.device)
    }

    /// The anchor.
    pub fn anchor(&self) -> &'a Anchor {
        self.anchor
    }

    /// The certificates with their roles, from the attestation upwards.
    pub fn certificates(&self) -> impl Iterator<Item = (&'static str, &'a Certificate)> {
        [
            Some(("attestation", self.attestation)),
            Some(("device", self.device)),
            self.issuing.map(|certificate| ("issuing", certificate)),
        ]
        .into_iter()
        .flatten()
    }
}

/// Verifies the path from `attestation` to an anchor of `store` at `time`. `pool` is what came with
/// it, in any order; it is searched by role and name, never by position.
///
/// # Errors
/// Every reason found on the path, in order from the attestation upwards.
pub fn verify_path<'a>(
    profile: &PathProfile,
    attestation: &'a Certificate,
    pool: &'a [Certificate],
    store: &'a TrustStore,
    time: Timestamp,
) -> Result<AnchoredPath<'a>, Vec<Reason>> {
    let verifier = PathVerifier { profile, pool, store };
    let device = verifier.device_of(attestation).map_err(|reason| vec![reason])?;
    let (issuing, anchor, unconstrained_device) =
        verifier.anchor_of(device).map_err(|reason| vec![reason])?;
    let path = AnchoredPath { attestation, device, issuing, anchor };
    let reasons = verifier.constraints(&path, unconstrained_device, time);
    if reasons.is_empty() { Ok(path) } else { Err(reasons) }
}

struct PathVerifier<'p, 'a> {
    profile: &'p PathProfile,
    pool: &'a [Certificate],
    store: &'a TrustStore,
}

/// The issuing authority if it came with the evidence, the anchor, and whether that anchor's
/// devices may lack basicConstraints.
type Anchorage<'a> = (Option<&'a Certificate>, &'a Anchor, bool);

impl<'a> PathVerifier<'_, 'a> {
    /// The device certificate whose key signed `attestation`.
    fn device_of(&self, attestation: &Certificate) -> Result<&'a Certificate, Reason> {
        let issuer = attestation.issuer();
        if (self.profile.is_attestation)(issuer) {
            // The issuer has the name of an attested key. A certificate that signed itself leads
            // nowhere; any other was signed by a key that a user holds.
            let itself =
                attestation.is_self_issued() && self.signed_by(attestation, attestation).is_ok();
            let code = if itself {
                ReasonCode::ChainUntrustedRoot
            } else {
                ReasonCode::ChainAttestedKeyAsIssuer
            };
            return Err(Reason::new(code).with("issuer", issuer.to_string()));
        }
        let named = || self.pool.iter().filter(|candidate| candidate.subject() == issuer);
        if !(self.profile.is_device)(issuer) {
            let known = named().next().is_some() || self.anchors_named(issuer).next().is_some();
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
            match self.signed_by(attestation, candidate) {
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
                AnchorRole::Root { .. } => None,
            }) {
                Some(unconstrained) => Ok((None, anchor, unconstrained)),
                None => Err(self.wrong_anchor(device, anchor)),
            };
        }
        let Some(issuing) = self.signing_certificate(device) else {
            return Err(self.no_issuer(device));
        };
        let Some(anchor) = self.signing_anchor(issuing) else {
            return Err(self.no_issuer(issuing));
        };
        let name = issuing.subject().to_string();
        let bound = self.role_of(anchor).any(|role| match role {
            AnchorRole::Root { issuing } => issuing.contains(&name),
            AnchorRole::Issuing { .. } => false,
        });
        if bound {
            Ok((Some(issuing), anchor, false))
        } else {
            Err(self.wrong_anchor(issuing, anchor))
        }
    }

    /// Why nothing that is trusted signed `certificate`: a signature that is not its issuer's, or
    /// an issuer that is not trusted.
    fn no_issuer(&self, certificate: &Certificate) -> Reason {
        let issuer = certificate.issuer();
        let signed_by_untrusted = self.signing_certificate(certificate).is_some();
        let named = self.pool.iter().any(|candidate| candidate.subject() == issuer)
            || self.anchors_named(issuer).next().is_some();
        if named && !signed_by_untrusted {
            let error = self
                .anchors_named(issuer)
                .map(|anchor| self.signed_by_key(certificate, &anchor.public_key))
                .find_map(Result::err)
                .unwrap_or(SignatureError::Invalid);
            return signature_reason(certificate, error);
        }
        let reason = Reason::new(ReasonCode::ChainUntrustedRoot)
            .with("certificate", certificate.subject().to_string())
            .with("issuer", issuer.to_string());
        let text = issuer.to_string();
        match self.store.refused.iter().find(|refused| refused.subject == text) {
            Some(refused) => {
                reason.with("known-as", refused.id.clone()).with("why", refused.why.clone())
            }
            None => reason,
        }
    }

    fn wrong_anchor(&self, certificate: &Certificate, anchor: &Anchor) -> Reason {
        Reason::new(ReasonCode::ChainRole)
            .with("certificate", certificate.subject().to_string())
            .with("anchor", anchor.id.clone())
            .with("format", self.profile.format)
    }

    fn anchors_named(&self, name: &Name) -> impl Iterator<Item = &'a Anchor> {
        let name = name.der().to_vec();
        self.store.anchors.iter().filter(move |anchor| anchor.subject_der == name)
    }

    /// The anchor of that name whose key signed `certificate`; of several with one name and key,
    /// one that is bound to this format.
    fn signing_anchor(&self, certificate: &Certificate) -> Option<&'a Anchor> {
        let mut unbound = None;
        for anchor in self.anchors_named(certificate.issuer()) {
            if self.signed_by_key(certificate, &anchor.public_key).is_err() {
                continue;
            }
            if self.role_of(anchor).next().is_some() {
                return Some(anchor);
            }
            unbound = unbound.or(Some(anchor));
        }
        unbound
    }

    fn signing_certificate(&self, certificate: &Certificate) -> Option<&'a Certificate> {
        self.pool.iter().find(|candidate| {
            candidate.subject() == certificate.issuer()
                && self.signed_by(certificate, candidate).is_ok()
        })
    }

    fn role_of(&self, anchor: &'a Anchor) -> impl Iterator<Item = &'a AnchorRole> {
        let format = self.profile.format;
        anchor
            .uses
            .iter()
            .filter(move |anchor_use| anchor_use.format == format)
            .map(|anchor_use| &anchor_use.role)
    }

    fn signed_by(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
    ) -> Result<(), SignatureError> {
        let key = PublicKey::from_spki(issuer.subject_public_key_info())
            .map_err(|_| SignatureError::Unsupported("an unreadable key".to_owned()))?;
        self.signed_by_key(certificate, &key)
    }

    fn signed_by_key(
        &self,
        certificate: &Certificate,
        key: &PublicKey,
    ) -> Result<(), SignatureError> {
        signature::verify(
            key,
            certificate.signature_algorithm(),
            self.profile.parameters,
            certificate.tbs(),
            certificate.signature(),
        )
    }

    /// Every constraint that a certificate of the path breaks.
    fn constraints(
        &self,
        path: &AnchoredPath<'_>,
        unconstrained_device: bool,
        time: Timestamp,
    ) -> Vec<Reason> {
        let mut reasons = Vec::new();
        for (_, certificate) in path.certificates() {
            self.check_extensions(certificate, &mut reasons);
            check_validity(certificate, time, &mut reasons);
        }
        if path.attestation.basic_constraints().is_some_and(|constraints| constraints.is_ca) {
            reasons.push(
                Reason::new(ReasonCode::ChainRole)
                    .with("certificate", path.attestation.subject().to_string())
                    .with("fault", "an attestation that claims to be a certification authority"),
            );
        }
        // Some YubiKeys (seen: firmware 4.3.3, 4.3.4, 5.2.4) hold a device certificate without
        // basicConstraints (ADR 0004). The exception is tied to the anchor, to a path of two, and to
        // a certificate that holds nothing but the manufacturer's own extensions.
        let excepted = unconstrained_device
            && path.issuing.is_none()
            && path.device.extensions().iter().all(|extension| {
                !extension.is_critical() && extension.oid().starts_with(self.profile.arc)
            });
        if !excepted {
            check_issuer(path.device, 0, &mut reasons);
        }
        if let Some(issuing) = path.issuing {
            check_issuer(issuing, 1, &mut reasons);
        }
        let (from, to) = path.anchor.valid;
        if time < from || time > to {
            let code =
                if time < from { ReasonCode::ChainNotYetValid } else { ReasonCode::ChainExpired };
            reasons.push(
                Reason::new(code)
                    .with("anchor", path.anchor.id.clone())
                    .with("valid", format!("{from} to {to}")),
            );
        }
        reasons
    }

    /// No critical extension but those this module judges, and every value strict DER but those of
    /// the manufacturer's own arc.
    fn check_extensions(&self, certificate: &Certificate, reasons: &mut Vec<Reason>) {
        for extension in certificate.extensions() {
            let oid = extension.oid();
            if extension.is_critical() && oid != oid::BASIC_CONSTRAINTS && oid != oid::KEY_USAGE {
                reasons.push(
                    Reason::new(ReasonCode::ChainUnknownCriticalExtension)
                        .with("certificate", certificate.subject().to_string())
                        .with("extension", oid.to_string()),
                );
            }
            if oid.starts_with(self.profile.arc) {
                // The format reads these itself: some hold raw octets, and each has its own reason.
                continue;
            }
            if let Err(DerError { fault, .. }) = der::check(extension.value()) {
                let code = match fault {
                    DerFault::TooDeep => ReasonCode::InputTooDeep,
                    _ => ReasonCode::InputDer,
                };
                reasons.push(
                    Reason::new(code)
                        .with("certificate", certificate.subject().to_string())
                        .with("extension", oid.to_string())
                        .with("fault", fault.describe()),
                );
            }
        }
    }
}

/// An issuer must be a certification authority, may sign certificates, and allows `below`
/// intermediate certificates under it (RFC 5280 6.1.4 (k) to (n)).
fn check_issuer(certificate: &Certificate, below: u64, reasons: &mut Vec<Reason>) {
    let mut refuse = |code: ReasonCode| {
        reasons.push(Reason::new(code).with("certificate", certificate.subject().to_string()));
    };
    match certificate.basic_constraints() {
        Some(constraints) if constraints.is_ca => {
            if constraints.path_length.is_some_and(|length| length < below) {
                refuse(ReasonCode::ChainPathLength);
            }
        }
        _ => refuse(ReasonCode::ChainIssuerNotCa),
    }
    if certificate.key_usage().is_some_and(|usage| !usage.key_cert_sign) {
        refuse(ReasonCode::ChainIssuerKeyUsage);
    }
}

/// notBefore and notAfter are both inside the period (RFC 5280 4.1.2.5).
fn check_validity(certificate: &Certificate, time: Timestamp, reasons: &mut Vec<Reason>) {
    let (from, to) = (certificate.not_before(), certificate.not_after());
    let now = time.unix_seconds();
    let code = if from > to {
        ReasonCode::ChainValidity
    } else if now < from.unix_seconds() {
        ReasonCode::ChainNotYetValid
    } else if now > to.unix_seconds() {
        ReasonCode::ChainExpired
    } else {
        return;
    };
    let text = |time: der::Time| {
        Timestamp::from_unix_seconds(time.unix_seconds())
            .map_or_else(String::new, |time| time.to_string())
    };
    reasons.push(
        Reason::new(code)
            .with("certificate", certificate.subject().to_string())
            .with("valid", format!("{} to {}", text(from), text(to)))
            .with("appraised-at", time.to_string()),
    );
}

fn signature_reason(certificate: &Certificate, error: SignatureError) -> Reason {
    let reason = match error {
        SignatureError::Invalid | SignatureError::AlgorithmMismatch => {
            Reason::new(ReasonCode::ChainSignatureInvalid)
        }
        SignatureError::WeakHash(hash) => {
            Reason::new(ReasonCode::ChainSignatureAlgorithm).with("hash", hash)
        }
        SignatureError::PssParameters => Reason::new(ReasonCode::ChainSignatureAlgorithm)
            .with("algorithm", "RSA-PSS with parameters that are not accepted"),
        SignatureError::Unsupported(algorithm) => {
            Reason::new(ReasonCode::ChainSignatureAlgorithm).with("algorithm", algorithm)
        }
        SignatureError::KeySize(bits) => Reason::new(ReasonCode::ChainSignatureAlgorithm)
            .with("algorithm", format!("RSA {bits}")),
    };
    reason
        .with("certificate", certificate.subject().to_string())
        .with("issuer", certificate.issuer().to_string())
}

impl AnchoredPath<'_> {
    /// How the anchor came to be believed.
    pub fn status(&self) -> AnchorStatus {
        self.anchor.status
    }
}
