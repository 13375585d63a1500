//! Thales Luna public key confirmation (PKC): a chain of certificates, in a PKCS #7 file, that a
//! module issues for a key that was made in it and can leave no module of the maker.
//!
//! Format, to the byte: `docs/formats/thales-luna.md`. Two chains exist, for RSA and for elliptic
//! curve keys. Every certificate has one purpose, and the purposes are the roles; names differ
//! between generations of modules. What the confirmation implies: ADR 0017. What its certificates
//! have that DER forbids: ADR 0018.

mod statement;

use super::{
    AttestationFormat, AttestedStatement, Evidence, InspectLine, Part, SerialForm, VerifiedEvidence,
};
use crate::encoding::der::Glance;
use crate::encoding::hex::Sha256;
use crate::encoding::oid::{self, Oid};
use crate::encoding::x509::Certificate;
use crate::oid;
use crate::reason::{Reason, ReasonCode};
use crate::signature::Parameters;
use crate::time::Timestamp;
use crate::trust::{
    Anchor, AnchorRole, Anchored, AnchoredChain, Authentic, ChainProfile, Issues, Link, TrustStore,
    verify_chain_from,
};

/// The arc of the maker; Chrysalis-ITS, then SafeNet, now Thales.
const LUNA: Oid<'static> = oid!(1.3.6.1.4.1.12383);
/// The arc of its purposes.
const PURPOSES: Oid<'static> = oid!(1.3.6.1.4.1.12383.1);
/// The arc of its statements.
const STATEMENTS: Oid<'static> = oid!(1.3.6.1.4.1.12383.2);

/// Last arcs of the purposes (github.com/ThalesGroup/luna-pkc-validator; seen on both samples).
mod purpose {
    /// Root of the RSA chain.
    pub(super) const ROOT: u8 = 1;
    /// Manufacturing integrity: the issuing authority of the RSA chain.
    pub(super) const MANUFACTURING: u8 = 7;
    /// Hardware origin, RSA chain.
    pub(super) const HARDWARE_ORIGIN: u8 = 8;
    /// Device authentication, RSA chain.
    pub(super) const DEVICE: u8 = 12;
    /// The confirmation of a key.
    pub(super) const CONFIRMATION: u8 = 13;
    /// Root of the elliptic curve chain.
    pub(super) const EC_ROOT: u8 = 14;
    /// Hardware origin, elliptic curve chain.
    pub(super) const EC_HARDWARE_ORIGIN: u8 = 15;
}

/// extKeyUsage is critical throughout, and is what the roles are told by.
const JUDGED: &[Oid<'static>] = &[oid::EXTENDED_KEY_USAGE];

const CONFIRMATION: Link = Link {
    role: "attestation",
    fits: |certificate| has_purpose(certificate, purpose::CONFIRMATION),
    issues: Issues::Nothing,
    judged: JUDGED,
};

const NAME: &str = "thales-luna";

/// For RSA keys: five certificates with the root.
static RSA: ChainProfile<4> = ChainProfile {
    format: NAME,
    links: [
        CONFIRMATION,
        Link {
            role: "device",
            fits: |certificate| has_purpose(certificate, purpose::DEVICE),
            issues: Issues::AsAuthority,
            judged: JUDGED,
        },
        Link {
            role: "hardware-origin",
            fits: |certificate| has_purpose(certificate, purpose::HARDWARE_ORIGIN),
            issues: Issues::AsAuthority,
            judged: JUDGED,
        },
        Link {
            role: "issuing",
            fits: |certificate| has_purpose(certificate, purpose::MANUFACTURING),
            issues: Issues::AsAuthority,
            judged: JUDGED,
        },
    ],
    anchor: AnchorRole::Manufacturer,
    arc: Some(LUNA),
    parameters: Parameters::Exact,
};

/// For elliptic curve keys: three certificates with the root.
static EC: ChainProfile<2> = ChainProfile {
    format: NAME,
    links: [
        CONFIRMATION,
        Link {
            role: "hardware-origin",
            fits: |certificate| has_purpose(certificate, purpose::EC_HARDWARE_ORIGIN),
            issues: Issues::AsAuthority,
            judged: JUDGED,
        },
    ],
    anchor: AnchorRole::Manufacturer,
    arc: Some(LUNA),
    parameters: Parameters::EcdsaNullMayBePresent,
};

/// The format `thales-luna`.
#[derive(Debug)]
pub struct ThalesLuna;

impl AttestationFormat for ThalesLuna {
    fn name(&self) -> &'static str {
        NAME
    }

    fn serial_form(&self) -> SerialForm {
        SerialForm::Number
    }

    fn recognizes(&self, certificate: &Certificate) -> Part {
        match certificate.extended_key_usage().as_slice() {
            [only] if only.arc_below(PURPOSES) == Some(purpose::CONFIRMATION) => Part::Attestation,
            [only] if only.starts_with(PURPOSES) => Part::Device,
            _ if is_trust_center(certificate) => Part::Attestation,
            _ if certificate.extensions().iter().any(|it| it.oid().starts_with(STATEMENTS)) => {
                Part::Device
            }
            _ => Part::Foreign,
        }
    }

    fn owns_extension(&self, oid: Oid<'_>) -> bool {
        oid.starts_with(STATEMENTS)
    }

    fn request_parameters(&self) -> Parameters {
        // What `cmu requestcertificate` writes (ADR 0018).
        Parameters::EcdsaNullMayBePresent
    }

    fn inspect(&self, certificate: &Certificate) -> Vec<InspectLine> {
        statement::inspect(certificate)
    }

    fn verify<'a>(
        &self,
        evidence: Evidence<'a>,
        trust: &'a TrustStore,
        time: Timestamp,
    ) -> Result<VerifiedEvidence<'a>, Vec<Reason>> {
        let pool = evidence.certificates;
        let confirmation = self.confirmation(pool).map_err(|reason| vec![reason])?;
        let submitted = Submitted { confirmation, pool, trust, time };
        // The module itself signs in its own way; whoever stands above it does not.
        if is_signed_with_ecdsa(confirmation) {
            let chain = submitted.chain(&EC, Parameters::EcdsaMayBeUnsigned)?;
            let [confirmation, hardware_origin] = chain.certificates();
            let statement = confirmation
                .and(hardware_origin)
                .read(|(confirmation, origin)| statement::read(confirmation, None, origin))?;
            submitted.verified(&chain, statement)
        } else {
            let chain = submitted.chain(&RSA, Parameters::Exact)?;
            let [confirmation, device, hardware_origin, _] = chain.certificates();
            let statement = confirmation.and(device).and(hardware_origin).read(
                |((confirmation, device), origin)| {
                    statement::read(confirmation, Some(device), origin)
                },
            )?;
            submitted.verified(&chain, statement)
        }
    }
}

/// A confirmation, with what came along.
struct Submitted<'c, 'a> {
    confirmation: &'c Certificate,
    pool: &'c [Certificate],
    trust: &'a TrustStore,
    time: Timestamp,
}

impl<'c, 'a> Submitted<'c, 'a> {
    fn chain<const N: usize>(
        &self,
        profile: &ChainProfile<N>,
        end: Parameters,
    ) -> Result<AnchoredChain<'c, 'a, N>, Vec<Reason>> {
        let Self { confirmation, pool, trust, time } = *self;
        verify_chain_from(profile, end, confirmation, pool, trust, time).map_err(|reasons| {
            match of_another_form(confirmation, pool) {
                Some(form) if !is_distrusted(&reasons) => vec![form],
                _ => reasons,
            }
        })
    }

    fn verified<const N: usize>(
        &self,
        chain: &AnchoredChain<'c, 'a, N>,
        statement: Authentic<AttestedStatement>,
    ) -> Result<VerifiedEvidence<'a>, Vec<Reason>> {
        let (roots, contradictions) = roots(self.pool, chain.anchor());
        let certificates = chain.certificates().into_iter().map(Authentic::into_inner);
        Ok(VerifiedEvidence::new(chain, statement)?
            .and_contradictions(contradictions)
            .and_pieces(roots)
            .and_doubts(statement::doubts(certificates)))
    }
}

impl ThalesLuna {
    /// The one confirmation of the evidence.
    fn confirmation<'c>(&self, pool: &'c [Certificate]) -> Result<&'c Certificate, Reason> {
        let of = |part| pool.iter().filter(move |it| self.recognizes(it) == part);
        let mut confirmations = of(Part::Attestation);
        match (confirmations.next(), confirmations.next()) {
            (Some(_), Some(_)) => Err(several(of(Part::Attestation).collect())),
            (Some(confirmation), None) => Ok(confirmation),
            (None, _) => Err(match of(Part::Device).next() {
                Some(device) => Reason::new(ReasonCode::AttestationWrongRole)
                    .with("certificate", device.subject().to_string()),
                None => ReasonCode::AttestationAbsent.into(),
            }),
        }
    }
}

/// Why several confirmations are no evidence: a user's key signed one of them, they are of the other
/// form, or the applicant must say which counts.
fn several(confirmations: Vec<&Certificate>) -> Reason {
    let below_another = confirmations.iter().find(|one| {
        confirmations
            .iter()
            .any(|other| one.sha256() != other.sha256() && one.issuer() == other.subject())
    });
    let trust_center = confirmations.iter().find(|it| is_trust_center(it));
    match (trust_center, below_another) {
        (Some(certificate), _) => pkc_form(certificate),
        (None, Some(certificate)) => Reason::new(ReasonCode::ChainAttestedKeyAsIssuer)
            .with("certificate", certificate.subject().to_string())
            .with("issuer", certificate.issuer().to_string()),
        (None, None) => super::multiple(confirmations.len()),
    }
}

fn has_purpose(certificate: &Certificate, arc: u8) -> bool {
    matches!(
        certificate.extended_key_usage().as_slice(),
        [only] if only.arc_below(PURPOSES) == Some(arc)
    )
}

fn is_signed_with_ecdsa(certificate: &Certificate) -> bool {
    let mut algorithm = Glance::at(certificate.signature_algorithm());
    algorithm.oid().is_ok_and(|oid| oid.starts_with(oid::ECDSA_WITH_SHA2))
}

/// The other form of confirmation of an RSA key, if that is what the evidence can be: it has three
/// certificates, none of them of the device or its origin, and ends at no root that is known.
fn of_another_form(confirmation: &Certificate, pool: &[Certificate]) -> Option<Reason> {
    let named = pool.iter().any(is_trust_center);
    let of_device = |certificate: &Certificate| {
        [purpose::DEVICE, purpose::HARDWARE_ORIGIN].iter().any(|arc| has_purpose(certificate, *arc))
    };
    let shaped =
        pool.len() == 3 && !is_signed_with_ecdsa(confirmation) && !pool.iter().any(of_device);
    (named || shaped).then(|| pkc_form(confirmation))
}

fn is_distrusted(reasons: &[Reason]) -> bool {
    reasons.iter().any(|reason| reason.code() == ReasonCode::ChainDistrusted)
}

fn pkc_form(certificate: &Certificate) -> Reason {
    Reason::new(ReasonCode::AttestationPkcForm)
        .with("certificate", certificate.subject().to_string())
        .with("issuer", certificate.issuer().to_string())
}

/// A certificate of the maker's modules that TC TrustCenter stands above, by the names. No genuine
/// one has been seen.
fn is_trust_center(certificate: &Certificate) -> bool {
    let names = || certificate.subject().values().chain(certificate.issuer().values());
    let plain = |text: &str| {
        let letters = text.chars().filter(char::is_ascii_alphanumeric);
        letters.map(|letter| letter.to_ascii_lowercase()).collect::<String>()
    };
    names().any(|name| plain(name).contains("trustcenter"))
        && names().any(|name| {
            let name = plain(name);
            ["luna", "safenet", "chrysalis"].iter().any(|maker| name.contains(maker))
        })
}

/// The certificates of the anchor that came along: those that are known are the store's; any other of
/// its name or key must be signed by that key, or something is wrong with it.
fn roots(pool: &[Certificate], anchor: &Anchor) -> (Vec<Sha256>, Vec<Reason>) {
    let (mut roots, mut doubts) = (Vec::new(), Vec::new());
    for certificate in pool {
        let is_the_anchors = certificate.subject().der() == anchor.subject_der
            || certificate.subject_public_key_info() == anchor.public_key.spki();
        if !is_the_anchors || anchor.certificate_sha256.contains(&certificate.sha256()) {
            continue;
        }
        let signed = anchor.signed(certificate, Parameters::EcdsaNullMayBePresent);
        match signed {
            Ok(()) => roots.push(certificate.sha256()),
            Err(_) => doubts.push(
                Reason::new(ReasonCode::ChainSignatureInvalid)
                    .with("certificate", certificate.subject().to_string())
                    .with("anchor", anchor.id.clone()),
            ),
        }
    }
    (roots, doubts)
}
