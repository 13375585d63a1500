//! Who signed a certificate, and whether that signer might: what all X.509 paths share.

use super::anchor::Signer;
use super::{Anchor, Period, TrustStore};
use crate::encoding::der::{self, DerError, DerFault};
use crate::encoding::name::Name;
use crate::encoding::oid::{self, Oid};
use crate::encoding::x509::Certificate;
use crate::public_key::PublicKey;
use crate::reason::{Reason, ReasonCode};
use crate::signature::{self, Parameters, SignatureError};
use crate::time::Timestamp;

/// The anchors of one format, and how its signatures are written.
#[derive(Clone, Copy)]
pub(super) struct Issuers<'a> {
    pub(super) format: &'static str,
    pub(super) parameters: Parameters,
    pub(super) store: &'a TrustStore,
}

impl<'a> Issuers<'a> {
    /// The anchors of that name, whatever they are bound to.
    pub(super) fn named(&self, name: &Name) -> impl Iterator<Item = &'a Anchor> {
        let name = name.der().to_vec();
        self.store.anchors.iter().filter(move |anchor| anchor.subject_der == name)
    }

    pub(super) fn signed_by(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
    ) -> Result<(), SignatureError> {
        signed_by(certificate, issuer, self.parameters)
    }

    /// The anchor that signed `certificate`.
    pub(super) fn signer(
        &self,
        certificate: &Certificate,
        may_vouch: impl Fn(&Anchor) -> bool,
    ) -> Signer<'a> {
        let signed = |anchor: &Anchor| anchor.signed(certificate, self.parameters);
        Signer::among(self.named(certificate.issuer()), may_vouch, signed)
    }

    /// The certificate of `pool` whose name and key issued `certificate`.
    pub(super) fn signer_among<'c>(
        &self,
        pool: &'c [Certificate],
        certificate: &Certificate,
    ) -> Option<&'c Certificate> {
        pool.iter().find(|candidate| {
            candidate.subject() == certificate.issuer()
                && self.signed_by(certificate, candidate).is_ok()
        })
    }

    /// Why nothing that is trusted signed `certificate`: a signature that is not its issuer's, or an
    /// issuer that is not trusted and may be known for it.
    pub(super) fn unanchored(&self, certificate: &Certificate, pool: &[Certificate]) -> Reason {
        let issuer = certificate.issuer();
        let named = pool.iter().any(|candidate| candidate.subject() == issuer)
            || self.named(issuer).next().is_some();
        let signer = self.signer_among(pool, certificate);
        if named && signer.is_none() {
            let error = self
                .named(issuer)
                .map(|anchor| anchor.signed(certificate, self.parameters))
                .find_map(Result::err)
                .unwrap_or(SignatureError::Invalid);
            return signature_reason(certificate, error);
        }
        let issuer = issuer.to_string();
        // By the key where the issuer came along: a name alone may be anybody's.
        let key = signer.map(|signer| signer.spki_sha256());
        let refused = self.store.refused.iter().find(|refused| {
            refused.subject == issuer && key.is_none_or(|key| refused.spki_sha256 == key)
        });
        let reason = Reason::new(ReasonCode::ChainUntrustedRoot)
            .with("certificate", certificate.subject().to_string())
            .with("issuer", issuer);
        match refused {
            Some(refused) => {
                reason.with("known-as", refused.id.clone()).with("why", refused.why.clone())
            }
            None => reason,
        }
    }

    /// The anchor signed `certificate`, and may not vouch for it.
    pub(super) fn wrong_anchor(&self, certificate: &Certificate, anchor: &Anchor) -> Reason {
        Reason::new(ReasonCode::ChainRole)
            .with("certificate", certificate.subject().to_string())
            .with("anchor", anchor.id.clone())
            .with("format", self.format)
    }
}

impl Anchor {
    /// Whether `certificate` has the name and the key of the anchor.
    pub fn is_named_by(&self, certificate: &Certificate) -> bool {
        certificate.subject().der() == self.subject_der
            && certificate.subject_public_key_info() == self.public_key.spki()
    }

    /// Checks that the key of the anchor signed `certificate`.
    ///
    /// # Errors
    /// As for [`signature::verify`].
    pub fn signed(
        &self,
        certificate: &Certificate,
        parameters: Parameters,
    ) -> Result<(), SignatureError> {
        signed_by_key(certificate, &self.public_key, parameters)
    }

    /// Whether `certificate` is one of the anchor itself: of its name and key, signed by that key.
    pub fn is_certified_by(&self, certificate: &Certificate, parameters: Parameters) -> bool {
        self.is_named_by(certificate) && self.signed(certificate, parameters).is_ok()
    }
}

/// Checks that the key of `issuer` signed `certificate`. That proves nothing of either.
///
/// # Errors
/// As for [`signature::verify`], and for a key that cannot be read.
pub fn signed_by(
    certificate: &Certificate,
    issuer: &Certificate,
    parameters: Parameters,
) -> Result<(), SignatureError> {
    let key = PublicKey::of_certificate(issuer)
        .map_err(|_| SignatureError::Unsupported("an unreadable key".to_owned()))?;
    signed_by_key(certificate, &key, parameters)
}

fn signed_by_key(
    certificate: &Certificate,
    key: &PublicKey,
    parameters: Parameters,
) -> Result<(), SignatureError> {
    signature::verify(
        key,
        certificate.signature_algorithm(),
        parameters,
        certificate.tbs(),
        certificate.signature(),
    )
}

/// How often certificates of one pool may name others of it as their issuers. Each such pair may cost a
/// signature check, or one for each place of a chain that could begin or end with it. Genuine evidence
/// names each issuer once; twice where an owner names card and partition as the manufacturer does, which
/// with its roots makes some ten. What a manifest names is as it is, and does not count.
const MOST_ISSUERS: usize = 32;

/// That a search among `pool` is short, before any signature is checked.
pub(super) fn check_pool(pool: &[Certificate], store: &TrustStore) -> Result<(), Reason> {
    let issuers_of = |certificate: &Certificate| {
        pool.iter().filter(|candidate| candidate.subject() == certificate.issuer()).count()
    };
    let unknown = pool.iter().filter(|certificate| !store.knows(certificate.sha256()));
    let issuers: usize = unknown.map(issuers_of).sum();
    if issuers <= MOST_ISSUERS {
        return Ok(());
    }
    Err(Reason::new(ReasonCode::ChainTooManyIssuers)
        .with("issuers", issuers.to_string())
        .with("limit", MOST_ISSUERS.to_string()))
}

/// No critical extension but those that are judged here or, `judged`, by the format; and every value
/// strict DER but those of the manufacturer's own arc, if it has one, which the format reads: some hold
/// raw octets, and each has its own reason.
pub(super) fn check_extensions(
    certificate: &Certificate,
    arc: Option<Oid<'_>>,
    judged: &[Oid<'_>],
    reasons: &mut Vec<Reason>,
) {
    let known = |oid: Oid<'_>| {
        oid == oid::BASIC_CONSTRAINTS || oid == oid::KEY_USAGE || judged.contains(&oid)
    };
    for extension in certificate.extensions() {
        let oid = extension.oid();
        let about = |code: ReasonCode| {
            Reason::new(code)
                .with("certificate", certificate.subject().to_string())
                .with("extension", oid.to_string())
        };
        if extension.is_critical() && !known(oid) {
            reasons.push(about(ReasonCode::ChainUnknownCriticalExtension));
        }
        if arc.is_some_and(|arc| oid.starts_with(arc)) {
            continue;
        }
        if let Err(DerError { fault, .. }) = der::check(extension.value()) {
            let code = match fault {
                DerFault::TooDeep => ReasonCode::InputTooDeep,
                _ => ReasonCode::InputDer,
            };
            reasons.push(about(code).with("fault", fault.describe()));
        }
    }
}

/// The anchor is believed at `time`.
pub(super) fn check_anchor_validity(anchor: &Anchor, time: Timestamp, reasons: &mut Vec<Reason>) {
    if let Some(code) = Period::from(anchor.valid).fault(time) {
        let (from, to) = anchor.valid;
        reasons.push(
            Reason::new(code)
                .with("anchor", anchor.id.clone())
                .with("valid", format!("{from} to {to}")),
        );
    }
}

/// An issuer must be a certification authority, may sign certificates, and allows `below`
/// intermediate certificates under it (RFC 5280 6.1.4 (k) to (n)).
pub(super) fn check_issuer(certificate: &Certificate, below: u64, reasons: &mut Vec<Reason>) {
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
pub(super) fn check_validity(
    certificate: &Certificate,
    time: Timestamp,
    reasons: &mut Vec<Reason>,
) {
    let Some(code) = Period::from(certificate).fault(time) else {
        return;
    };
    let text = |time: der::Time| {
        Timestamp::from_unix_seconds(time.unix_seconds())
            .map_or_else(String::new, |time| time.to_string())
    };
    reasons.push(
        Reason::new(code)
            .with("certificate", certificate.subject().to_string())
            .with(
                "valid",
                format!("{} to {}", text(certificate.not_before()), text(certificate.not_after())),
            )
            .with("appraised-at", time.to_string()),
    );
}

/// A certificate that its issuer did not sign.
pub(super) fn signature_reason(certificate: &Certificate, error: SignatureError) -> Reason {
    error
        .chain_reason()
        .with("certificate", certificate.subject().to_string())
        .with("issuer", certificate.issuer().to_string())
}
