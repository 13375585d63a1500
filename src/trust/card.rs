//! Paths of card-verifiable certificates with fixed roles: authenticated request ← device ← device
//! issuer ← anchor.
//!
//! What is established: every signature up to the anchor, the roles, validity at the time of
//! appraisal, and that the attested key signed its own request. A name in a request proves nothing,
//! for whoever makes a key chooses it; only the signature under the device key does.

use super::anchor::Signer;
use super::distrust::{CardStep, Trail};
use super::{
    Anchor, AnchorRole, Anchored, Authentic, Period, Refused, TrustStore, Vouched, sealed,
};
use crate::encoding::cvc::{AuthenticatedRequest, CvCertificate, CvPublicKey};
use crate::encoding::hex::{Sha256, to_hex};
use crate::encoding::oid::Oid;
use crate::public_key::{KeyMaterial, PublicKey};
use crate::reason::{Reason, ReasonCode};
use crate::signature::{SignatureError, verify_card};
use crate::time::Timestamp;

/// Certificates of one name that are tried as another root, only to say what is wrong.
const MOST_NAMESAKES: usize = 4;

/// How the card-verifiable paths of one format look.
#[derive(Debug)]
pub struct CardProfile {
    /// The format, by name.
    pub format: &'static str,
    /// The identifier in the authorization template of every certificate.
    pub terminal_type: Oid<'static>,
    /// The authorization of a device issuer.
    pub issuer: &'static [u8],
    /// The authorization of a device.
    pub device: &'static [u8],
}

/// A verified path of card-verifiable certificates.
#[derive(Clone, Debug)]
pub struct AnchoredCardPath<'c, 'a> {
    signed: CardStatements<'c>,
    vouched: Vouched<'a>,
}

/// What a path of card-verifiable certificates signs.
#[derive(Clone, Debug)]
pub struct CardStatements<'c> {
    /// The authenticated request, signed by the device.
    pub request: &'c AuthenticatedRequest<'c>,
    /// The attested key.
    pub public_key: PublicKey,
    /// The certificate of the device.
    pub device: &'c CvCertificate<'c>,
    /// The certificate of its issuer.
    pub issuer: &'c CvCertificate<'c>,
}

impl<'c> AnchoredCardPath<'c, '_> {
    /// What it proves signed.
    pub fn signed(&self) -> Authentic<&CardStatements<'c>> {
        Authentic::new(&self.signed)
    }
}

impl sealed::Sealed for AnchoredCardPath<'_, '_> {}

impl<'a> Anchored<'a> for AnchoredCardPath<'_, 'a> {
    fn vouched(&self) -> &Vouched<'a> {
        &self.vouched
    }
}

/// Verifies the path of `request` to an anchor of `store` at `time`. `pool` is what came with it, in
/// any order; it is searched by name and authorization, never by position. `fingerprint` is that of the
/// whole of one of them.
///
/// # Errors
/// Every reason found, as far as a fault leaves the next step something to check; what is distrusted
/// first.
pub fn verify_card_path<'c, 'a>(
    profile: &CardProfile,
    request: &'c AuthenticatedRequest<'c>,
    pool: &'c [CvCertificate<'c>],
    fingerprint: &dyn Fn(&[u8]) -> Sha256,
    store: &'a TrustStore,
    time: Timestamp,
) -> Result<AnchoredCardPath<'c, 'a>, Vec<Reason>> {
    let mut trail = Trail::new(profile.format, store, &[]);
    let mut reasons = Vec::new();
    let context = (fingerprint, store, time);
    match verified(profile, request, pool, context, &mut trail, &mut reasons) {
        Ok((signed, anchor)) => {
            Ok(AnchoredCardPath { signed, vouched: trail.reach(anchor, reasons)? })
        }
        Err(last) => Err(trail.stop(reasons.into_iter().chain([last]))),
    }
}

/// What computes the fingerprint of a certificate, or knows it already.
type Fingerprint<'f> = &'f dyn Fn(&[u8]) -> Sha256;

/// The parts of the path, with everything that speaks against it in `reasons`: what can be checked in
/// spite of a fault is checked.
///
/// # Errors
/// The reason that leaves nothing more to check.
fn verified<'c, 'a>(
    profile: &CardProfile,
    request: &'c AuthenticatedRequest<'c>,
    pool: &'c [CvCertificate<'c>],
    (fingerprint, store, time): (Fingerprint<'_>, &'a TrustStore, Timestamp),
    trail: &mut Trail<'_, 'a>,
    reasons: &mut Vec<Reason>,
) -> Result<(CardStatements<'c>, &'a Anchor), Reason> {
    let fits = |authorization| {
        move |it: &CvCertificate<'_>| {
            it.role == profile.terminal_type && it.authorization == authorization
        }
    };
    let device = in_place(request.authority, pool, store, fits(profile.device), reasons)?
        .ok_or_else(|| match request.request.holder == request.authority {
            // A key of the user countersigned, as firmware before 3.0 let them.
            true => {
                Reason::new(ReasonCode::ChainAttestedKeyAsIssuer).with("issuer", request.authority)
            }
            false => missing(request.authority),
        })?;
    let issuer = in_place(device.authority, pool, store, fits(profile.issuer), reasons)?
        .ok_or_else(|| missing(device.authority))?;
    let (anchor, issuer_key) = anchor_of(profile, issuer, pool, store)?;

    let curve = curve_of(&anchor.public_key);
    let device_key = key_of(device, curve);
    let own_key = PublicKey::from_card(&request.request.public_key, None);
    take_steps(
        trail,
        (request, own_key.as_ref().ok()),
        [(device, device_key.as_ref().ok()), (issuer, Some(&issuer_key))],
        pool,
        fingerprint,
    );
    let device_key = device_key?;
    let signed = verify_card(&issuer_key, &issuer.public_key, device.body, device.signature);
    signed.map_err(|error| signature_reason(device, error))?;

    let countersigned =
        verify_card(&device_key, &device.public_key, request.signed, request.signature);
    if let Err(error) = countersigned {
        let reason =
            Reason::new(ReasonCode::AttestationOuterSignatureInvalid).with("device", device.holder);
        reasons.push(with_error(reason, error));
    }
    for certificate in [device, issuer] {
        check_validity(certificate.holder, certificate.valid, time, reasons);
    }
    check_validity(&anchor.id, anchor.valid, time, reasons);
    let public_key = own_key.map_err(|reason| reason.with("object", "attestation"))?;
    check_own_signature(request, &public_key, reasons);
    Ok((CardStatements { request, public_key, device, issuer }, anchor))
}

/// Takes the request, the device and its issuer.
fn take_steps<'c>(
    trail: &mut Trail<'_, '_>,
    (request, own_key): (&'c AuthenticatedRequest<'c>, Option<&PublicKey>),
    [device, issuer]: [(&'c CvCertificate<'c>, Option<&PublicKey>); 2],
    pool: &'c [CvCertificate<'c>],
    fingerprint: &dyn Fn(&[u8]) -> Sha256,
) {
    let inner = &request.request;
    let attestation = CardStep {
        role: "attestation",
        holder: inner.holder,
        whole: request.whole,
        sha256: fingerprint(request.whole),
        signed: request.signed,
        signature: request.signature,
    };
    let twins = |key| pool.iter().filter(move |it| is_point_of(it, key)).map(|it| it.whole);
    trail.card(&attestation, own_key, twins(&inner.public_key));
    for (role, (certificate, key)) in [("device", device), ("issuing", issuer)] {
        let step = CardStep::of(role, certificate, fingerprint(certificate.whole));
        trail.card(&step, key, twins(&certificate.public_key));
    }
}

/// Whether a certificate has the numbers of `key`, with or without its domain parameters.
fn is_point_of(certificate: &CvCertificate<'_>, key: &CvPublicKey<'_>) -> bool {
    match (&certificate.public_key, key) {
        (CvPublicKey::Ec { point: one, .. }, CvPublicKey::Ec { point: other, .. }) => one == other,
        (CvPublicKey::Rsa { modulus: one, .. }, CvPublicKey::Rsa { modulus: other, .. }) => {
            one == other
        }
        _ => false,
    }
}

/// The attested key must have signed the request itself.
fn check_own_signature(
    request: &AuthenticatedRequest<'_>,
    key: &PublicKey,
    reasons: &mut Vec<Reason>,
) {
    let inner = &request.request;
    if let Err(error) = verify_card(key, &inner.public_key, inner.body, inner.signature) {
        let reason = match error {
            // Whether such a key may be certified at all is judged by admission; here nothing shows
            // that it signed.
            SignatureError::KeySize(_) => Reason::new(ReasonCode::KeySize),
            SignatureError::Unsupported(_) => Reason::new(ReasonCode::KeyCurve),
            _ => Reason::new(ReasonCode::AttestationInnerSignatureInvalid),
        };
        reasons.push(with_error(reason.with("object", "attestation"), error));
    }
}

/// The certificate of that holder which `fits` its place; or, with a reason, one that does not.
///
/// # Errors
/// If the holder's own authority is a known one that is refused: its roles may be others.
fn in_place<'c>(
    holder: &str,
    pool: &'c [CvCertificate<'c>],
    store: &TrustStore,
    fits: impl Fn(&CvCertificate<'_>) -> bool,
    reasons: &mut Vec<Reason>,
) -> Result<Option<&'c CvCertificate<'c>>, Reason> {
    let named = || pool.iter().filter(|candidate| candidate.holder == holder);
    let fitting = named().find(|it| fits(it));
    if let (None, Some(other)) = (fitting, named().next()) {
        if refused(other.authority, store).is_some() {
            return Err(untrusted(other, store));
        }
        reasons.push(
            Reason::new(ReasonCode::ChainRole)
                .with("certificate", other.holder)
                .with("authorization", to_hex(other.authorization)),
        );
        return Ok(Some(other));
    }
    Ok(fitting)
}

fn missing(holder: &str) -> Reason {
    Reason::new(ReasonCode::ChainIncomplete).with("missing", holder)
}

/// The anchor whose key signed the certificate of `issuer`, and the key of the issuer, on the curve of
/// the anchor.
fn anchor_of<'a>(
    profile: &CardProfile,
    issuer: &CvCertificate<'_>,
    pool: &[CvCertificate<'_>],
    store: &'a TrustStore,
) -> Result<(&'a Anchor, PublicKey), Reason> {
    // The anchor's manifest states its key and not the hash it signs with. Root and issuer are of one
    // kind in every genuine hierarchy: brainpoolP256r1 with SHA-256.
    let signed_by =
        |key: &PublicKey| verify_card(key, &issuer.public_key, issuer.body, issuer.signature);
    let may_vouch = |anchor: &Anchor| anchor.is_bound_to(profile.format, &AnchorRole::Manufacturer);
    let named = store.plainly_named(issuer.authority);
    let refusal = match Signer::among(named, may_vouch, |anchor| signed_by(&anchor.public_key)) {
        Signer::Bound(anchor) => {
            return Ok((anchor, key_of(issuer, curve_of(&anchor.public_key))?));
        }
        Signer::Unbound(anchor) => {
            return Err(Reason::new(ReasonCode::ChainRole)
                .with("certificate", issuer.holder)
                .with("anchor", anchor.id.clone())
                .with("format", profile.format));
        }
        Signer::None(refusal) => refusal,
    };
    // A certificate that names itself an authority of that name and did sign is another root.
    let other_root = pool
        .iter()
        .filter(|candidate| candidate.holder == issuer.authority)
        .take(MOST_NAMESAKES)
        .any(|root| key_of(root, None).is_ok_and(|key| signed_by(&key).is_ok()));
    match refusal {
        Some(error) if !other_root => Err(signature_reason(issuer, error)),
        _ => Err(untrusted(issuer, store)),
    }
}

fn untrusted(certificate: &CvCertificate<'_>, store: &TrustStore) -> Reason {
    let reason = Reason::new(ReasonCode::ChainUntrustedRoot)
        .with("certificate", certificate.holder)
        .with("issuer", certificate.authority);
    match refused(certificate.authority, store) {
        Some(refused) => {
            reason.with("known-as", refused.id.clone()).with("why", refused.why.clone())
        }
        None => reason,
    }
}

fn refused<'a>(authority: &str, store: &'a TrustStore) -> Option<&'a Refused> {
    store.refused().iter().find(|refused| refused.subject == authority)
}

/// The key of a certificate whose domain parameters are written out or inherited. Where the issuer's
/// curve is known, those written out must be of that curve.
fn key_of(certificate: &CvCertificate<'_>, curve: Option<Oid<'_>>) -> Result<PublicKey, Reason> {
    let named = |reason: Reason| reason.with("certificate", certificate.holder);
    let key = PublicKey::from_card(&certificate.public_key, curve).map_err(named)?;
    if let (CvPublicKey::Ec { .. }, Some(curve)) = (&certificate.public_key, curve)
        && curve_of(&key) != Some(curve)
    {
        let fault = "another curve than that of its issuer";
        return Err(named(Reason::new(ReasonCode::KeyExplicitCurve).with("fault", fault)));
    }
    if !key.is_on_its_curve() {
        let fault = "not on the curve";
        return Err(named(Reason::new(ReasonCode::KeyPoint).with("fault", fault)));
    }
    Ok(key)
}

fn curve_of(key: &PublicKey) -> Option<Oid<'_>> {
    match key.material() {
        KeyMaterial::Ec { curve, .. } => Some(curve.oid()),
        _ => None,
    }
}

/// The first and the last second are both inside.
fn check_validity(
    what: &str,
    (from, to): (Timestamp, Timestamp),
    time: Timestamp,
    reasons: &mut Vec<Reason>,
) {
    let Some(code) = Period::from((from, to)).fault(time) else {
        return;
    };
    reasons.push(
        Reason::new(code)
            .with("certificate", what)
            .with("valid", format!("{} to {}", from.date(), to.date()))
            .with("appraised-at", time.to_string()),
    );
}

fn signature_reason(certificate: &CvCertificate<'_>, error: SignatureError) -> Reason {
    let reason = Reason::new(error.chain_code())
        .with("certificate", certificate.holder)
        .with("issuer", certificate.authority);
    with_error(reason, error)
}

fn with_error(reason: Reason, error: SignatureError) -> Reason {
    match error {
        SignatureError::WeakHash(hash) => reason.with("hash", hash),
        SignatureError::Unsupported(algorithm) => reason.with("algorithm", algorithm),
        SignatureError::KeySize(bits) => reason.with("bits", bits.to_string()),
        SignatureError::PssParameters
        | SignatureError::AlgorithmMismatch
        | SignatureError::Invalid => reason,
    }
}

#[cfg(test)]
mod tests {
    use super::key_of;
    use crate::encoding::cvc::{CvCertificate, CvDomain, CvPublicKey};
    use crate::encoding::oid;
    use crate::public_key::domain_octets;
    use crate::reason::ReasonCode;
    use crate::time::Timestamp;

    #[test]
    fn a_key_is_on_the_curve_of_its_issuer() {
        let [prime, a, b, generator, order] = domain_octets(oid::P256).unwrap();
        let (prime, a, b, point, order) = (&prime[..], &a[..], &b[..], &generator[..], &order[..]);
        let domain = CvDomain { prime, a, b, generator: point, order, cofactor: &[1] };
        let day = Timestamp::from_date("2026-11-21").unwrap();
        let certificate = CvCertificate {
            whole: &[],
            body: &[],
            authority: "ZZSIMDICA00001",
            public_key: CvPublicKey::Ec { algorithm: 3, domain: Some(domain), point },
            holder: "ZZSIM00000100000",
            role: oid::P256,
            authorization: &[0],
            valid: (day, day),
            extensions: Vec::new(),
            signature: &[],
        };
        assert!(key_of(&certificate, None).is_ok());
        assert!(key_of(&certificate, Some(oid::P256)).is_ok());
        let refusal = key_of(&certificate, Some(oid::BRAINPOOL_P256)).unwrap_err();
        assert_eq!(refusal.code(), ReasonCode::KeyExplicitCurve);
    }
}
