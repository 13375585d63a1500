//! SmartCard-HSM and Nitrokey HSM: the authenticated request that the device writes when it makes a
//! key, with the card-verifiable certificates of the device and of its issuer.
//!
//! Format, to the byte: `docs/formats/smartcard-hsm.md`. The device countersigns a request only for a
//! key that it generated. Whether that key can leave the device in wrapped form depends on how the
//! device was initialised, which no signed byte tells.

use super::{
    AttestationFormat, Evidence, InspectLine, Part, SerialForm, VerifiedEvidence, multiple,
};
use crate::claims::{Claims, KeyClaims, KeyOrigin, ModuleClaims};
use crate::encoding::cvc::{
    AuthenticatedRequest, CardVerifiable, CvCertificate, CvExtension, CvPublicKey, CvRequest,
};
use crate::encoding::hex::{Sha256, to_hex};
use crate::encoding::oid::Oid;
use crate::encoding::x509::Certificate;
use crate::format::AttestedStatement;
use crate::oid;
use crate::public_key::PublicKey;
use crate::reason::{Reason, ReasonCode};
use crate::submission::{CardShape, Content, Object, ObjectKind};
use crate::time::Timestamp;
use crate::trust::{CardProfile, CardStatements, TrustStore, verify_card_path};

/// CardContact's terminal type, in every certificate of the hierarchy
/// (OpenSC, `src/libopensc/card-sc-hsm.h`).
pub(crate) const TERMINAL_TYPE: Oid<'static> = oid!(1.3.6.1.4.1.24991.3.1.1);

/// The identifier of a key domain: in a request for a key that exchanges
/// other keys, and is for nothing else.
pub(crate) const KEY_DOMAIN: Oid<'static> = oid!(1.3.6.1.4.1.24991.3.2.2);

static PROFILE: CardProfile = CardProfile {
    format: "smartcard-hsm",
    terminal_type: TERMINAL_TYPE,
    issuer: &[0x80],
    device: &[0x00],
};

/// The format `smartcard-hsm`.
#[derive(Debug)]
pub struct SmartCardHsm;

impl AttestationFormat for SmartCardHsm {
    fn name(&self) -> &'static str {
        PROFILE.format
    }

    fn serial_form(&self) -> SerialForm {
        SerialForm::Holder
    }

    fn recognizes(&self, _certificate: &Certificate) -> Part {
        Part::Foreign
    }

    fn recognizes_object(&self, object: &Object) -> Part {
        match object.content() {
            Content::CardVerifiable(Ok(CardShape::Certificate)) => Part::Device,
            Content::CardVerifiable(Ok(CardShape::Request) | Err(_)) => Part::Attestation,
            Content::Json(_)
            | Content::Yaml(_)
            | Content::Xml(_)
            | Content::SignedData
            | Content::Der
            | Content::Binary
            | Content::Draft => Part::Foreign,
        }
    }

    fn inspect(&self, _certificate: &Certificate) -> Vec<InspectLine> {
        Vec::new()
    }

    fn inspect_object(&self, object: &Object) -> Vec<InspectLine> {
        match CardVerifiable::parse(object.bytes()) {
            Ok(CardVerifiable::Certificate(certificate)) => inspect_certificate(&certificate),
            Ok(CardVerifiable::Request(request)) => inspect_request(&request),
            Ok(CardVerifiable::AuthenticatedRequest(request)) => {
                let mut statements = inspect_request(&request.request);
                statements.push(statement("countersigned by", request.authority));
                statements
            }
            Err(error) => vec![statement("unreadable", error.fault.describe())],
        }
    }

    fn verify<'a>(
        &self,
        evidence: Evidence<'a>,
        trust: &'a TrustStore,
        time: Timestamp,
    ) -> Result<VerifiedEvidence<'a>, Vec<Reason>> {
        let received = Received::read(evidence.objects)?;
        let request = received.request()?;
        let fingerprint = |whole: &[u8]| {
            let known = evidence.objects.iter().find(|object| object.bytes() == whole);
            known.map_or_else(|| Sha256::of(whole), Object::sha256)
        };
        let pool = &received.certificates;
        let path = verify_card_path(&PROFILE, request, pool, &fingerprint, trust, time)?;
        VerifiedEvidence::new(&path, path.signed().map(read))
    }
}

/// What came, by its shape.
struct Received<'a> {
    requests: Vec<AuthenticatedRequest<'a>>,
    bare: Vec<CvRequest<'a>>,
    certificates: Vec<CvCertificate<'a>>,
}

impl<'a> Received<'a> {
    fn read(objects: &'a [Object]) -> Result<Self, Vec<Reason>> {
        let mut received =
            Self { requests: Vec::new(), bare: Vec::new(), certificates: Vec::new() };
        let mut reasons = Vec::new();
        let cards = objects.iter().filter(|object| object.kind() == ObjectKind::CardVerifiable);
        for object in cards {
            match CardVerifiable::parse(object.bytes()) {
                Ok(CardVerifiable::Certificate(it)) => received.certificates.push(it),
                Ok(CardVerifiable::Request(it)) => received.bare.push(it),
                Ok(CardVerifiable::AuthenticatedRequest(it)) => received.requests.push(it),
                Err(error) => {
                    reasons.push(error.reason().with("file", object.origins().join(", ")));
                }
            }
        }
        if reasons.is_empty() { Ok(received) } else { Err(reasons) }
    }

    /// The one authenticated request.
    fn request(&self) -> Result<&AuthenticatedRequest<'a>, Vec<Reason>> {
        match (self.requests.as_slice(), self.bare.first(), self.certificates.first()) {
            ([only], ..) => Ok(only),
            ([_, _, ..], ..) => Err(vec![multiple(self.requests.len())]),
            ([], Some(bare), _) => Err(vec![
                Reason::new(ReasonCode::AttestationOuterSignatureMissing)
                    .with("request", bare.holder),
            ]),
            ([], None, Some(device)) => Err(vec![
                Reason::new(ReasonCode::AttestationWrongRole).with("certificate", device.holder),
            ]),
            ([], None, None) => Err(vec![ReasonCode::AttestationAbsent.into()]),
        }
    }
}

/// What a verified path says.
fn read(signed: &CardStatements<'_>) -> AttestedStatement {
    let public_key = signed.public_key.clone();
    let extensions = &signed.request.request.extensions;
    let mut contradictions = Vec::new();
    if let Some(extension) = extensions.iter().find(|it| is_exchange(it)) {
        contradictions.push(
            Reason::new(ReasonCode::AttestationWrongRole)
                .with("statement", "a key for the exchange of keys")
                .with("extension", extension.oid.to_string()),
        );
    }
    let issuer = without_sequence(signed.issuer.holder);
    let claims = Claims {
        module: ModuleClaims {
            serial: Some(without_sequence(signed.device.holder).to_owned()),
            issuer: Some(signed.issuer.holder.to_owned()),
            ..ModuleClaims::unstated("CardContact", model(issuer))
        },
        key: KeyClaims { origin: KeyOrigin::Generated, ..KeyClaims::unstated(&public_key) },
    };
    let doubts = unknown_extensions(extensions);
    AttestedStatement { public_key, claims, contradictions, doubts }
}

/// What the request says that no genuine one was seen to say.
fn unknown_extensions(extensions: &[CvExtension<'_>]) -> Vec<Reason> {
    let about = |extension: &CvExtension<'_>| {
        Reason::new(ReasonCode::AttestationUnknownClaim)
            .with("claim", extension.oid.to_string())
            .with("value", to_hex(extension.value.get(..32).unwrap_or(extension.value)))
    };
    extensions.iter().filter(|it| !is_exchange(it)).map(about).collect()
}

fn is_exchange(extension: &CvExtension<'_>) -> bool {
    extension.oid == KEY_DOMAIN
}

/// Issuers of Nitrokey have the mnemonic INK (seen: DEDINK04; DEDINK01 read in OpenSC).
fn model(issuer: &str) -> &'static str {
    if issuer.starts_with("DEDINK") { "Nitrokey HSM" } else { "SmartCard-HSM" }
}

/// A reference without its sequence number of five characters (TR-03110-3 A.6.1).
fn without_sequence(reference: &str) -> &str {
    reference.len().checked_sub(5).and_then(|end| reference.get(..end)).unwrap_or(reference)
}

fn statement(name: &'static str, value: impl Into<String>) -> InspectLine {
    InspectLine { name, value: value.into() }
}

fn inspect_certificate(certificate: &CvCertificate<'_>) -> Vec<InspectLine> {
    let (from, to) = certificate.valid;
    let role = match certificate.authorization {
        [0xc0] => "root",
        [0x80] => "issuer of devices",
        [0x00] => "device",
        _ => "unknown",
    };
    let mut statements = vec![
        statement("holder", certificate.holder),
        statement("authority", certificate.authority),
        statement("role", format!("{role} ({})", to_hex(certificate.authorization))),
        statement("terminal type", certificate.role.to_string()),
        statement("valid", format!("{} to {}", from.date(), to.date())),
    ];
    statements.extend(inspect_key(&certificate.public_key));
    statements.extend(certificate.extensions.iter().map(inspect_extension));
    statements
}

fn inspect_request(request: &CvRequest<'_>) -> Vec<InspectLine> {
    let mut statements = vec![statement("name asked for", request.holder)];
    statements.extend(request.authority.map(|authority| statement("meant for", authority)));
    statements.extend(inspect_key(&request.public_key));
    statements.extend(request.extensions.iter().map(inspect_extension));
    statements
}

fn inspect_key(key: &CvPublicKey<'_>) -> Vec<InspectLine> {
    match (PublicKey::from_card(key, None), key) {
        (Ok(key), _) => vec![
            statement("key", key.describe()),
            statement("key SHA-256", key.spki_sha256().to_string()),
        ],
        (Err(_), CvPublicKey::Ec { domain: None, point, .. }) => {
            vec![statement("point", to_hex(point))]
        }
        (Err(reason), _) => vec![statement("key", reason.sentence())],
    }
}

fn inspect_extension(extension: &CvExtension<'_>) -> InspectLine {
    let name = if is_exchange(extension) { "key domain" } else { "extension" };
    statement(name, format!("{}: {}", extension.oid, to_hex(extension.value)))
}
