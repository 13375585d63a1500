//! Securosys Primus HSM: the XML in which a module states what it knows of a key, the file of its
//! signature, and the certificates of the module.
//!
//! Format, to the byte: `docs/formats/securosys-primus.md`. That a key was never extractable says
//! nothing of where it was made: modules say so of imported keys too.

mod statement;

use super::{
    AttestationFormat, AttestedStatement, Evidence, Part, Statement, VerifiedEvidence, multiple,
};
use crate::claims::{
    Attests, Claims, Exportability, KeyClaims, KeyOrigin, Marker, ModuleClaims, OperatingMode,
};
use crate::encoding::oid::Oid;
use crate::encoding::x509::Certificate;
use crate::encoding::xml;
use crate::public_key::PublicKey;
use crate::reason::{Reason, ReasonCode};
use crate::result::PathStatement;
use crate::signature::{Parameters, SignatureError, verify_sha256_of_unnamed_algorithm};
use crate::submission::{Object, ObjectKind};
use crate::time::Timestamp;
use crate::trust::{
    AnchorRole, AnchoredChain, ChainProfile, Issues, Link, TrustStore, verify_chain,
};
use statement::{Creation, KeyStatement};

const FORMAT: &str = "securosys-primus";

/// Securosys' arc for its certificate policies is no extension; its certificates hold none of its own.
/// This is the content of no identifier (X.690 8.19.2), so no extension is passed over.
const NO_ARC: Oid<'static> = Oid::from_content(&[0x80]);

const ATTESTATION_KEY: &str = "attestation key";
const DEVICE: &str = "device";

static PROFILE: ChainProfile = ChainProfile {
    format: FORMAT,
    links: &[
        Link {
            role: ATTESTATION_KEY,
            fits: is_attestation_key,
            issues: Issues::Nothing,
            judged: &[],
        },
        Link { role: DEVICE, fits: is_device, issues: Issues::AsAuthority, judged: &[] },
    ],
    anchor: AnchorRole::Manufacturer,
    arc: NO_ARC,
    parameters: Parameters::Exact,
};

/// The format `securosys-primus`.
#[derive(Debug)]
pub struct SecurosysPrimus;

impl AttestationFormat for SecurosysPrimus {
    fn name(&self) -> &'static str {
        FORMAT
    }

    fn recognizes(&self, certificate: &Certificate) -> Part {
        let is_root = is_of_securosys(certificate)
            && certificate.is_self_issued()
            && certificate.basic_constraints().is_some_and(|constraints| constraints.is_ca);
        if is_root || is_attestation_key(certificate) || is_device(certificate) {
            Part::Device
        } else {
            Part::Foreign
        }
    }

    fn recognizes_object(&self, object: &Object) -> Part {
        match object.kind() {
            ObjectKind::Xml if KeyStatement::is_root_of(object.bytes()) => Part::Attestation,
            ObjectKind::Binary if is_signature(object.bytes()) => Part::Device,
            _ => Part::Foreign,
        }
    }

    fn inspect(&self, certificate: &Certificate) -> Vec<Statement> {
        let serial = serial_number(certificate);
        serial
            .map(|serial| Statement { name: "serial number", value: serial.to_owned() })
            .into_iter()
            .collect()
    }

    fn inspect_object(&self, object: &Object) -> Vec<Statement> {
        if object.kind() != ObjectKind::Xml {
            return Vec::new();
        }
        match xml::parse(object.bytes()) {
            Ok(root) => statement::inspect(&root),
            Err(error) => vec![Statement { name: "unreadable", value: error.fault }],
        }
    }

    fn verify<'a>(
        &self,
        evidence: Evidence<'a>,
        trust: &'a TrustStore,
        time: Timestamp,
    ) -> Result<VerifiedEvidence<'a>, Vec<Reason>> {
        let only = |reason: Reason| vec![reason];
        let document = document(evidence)?;
        let chain = chain(evidence.certificates, trust, time)?;
        let (signature, algorithm) = signature(document, &chain, evidence.objects).map_err(only)?;
        let root = xml::parse(document.bytes())
            .map_err(|error| only(Reason::new(ReasonCode::InputXml).with("fault", error.fault)))?;
        let stated = KeyStatement::read(&root)?;
        let link = PathStatement {
            role: algorithm,
            subject: stated.label.clone(),
            sha256: document.sha256(),
        };
        let doubts = stated.doubts();
        let statement = attested(stated, &chain)?;
        Ok(VerifiedEvidence::new(FORMAT, &chain, statement)
            .of_statement(link)
            .and_pieces([signature.sha256()])
            .and_doubts(doubts))
    }
}

/// The one statement. Another of the same key differs in its time and in how often the key was used,
/// so there is no comparing two.
fn document(evidence: Evidence<'_>) -> Result<&Object, Vec<Reason>> {
    let is_ours = |object: &&Object| {
        object.kind() == ObjectKind::Xml && KeyStatement::is_root_of(object.bytes())
    };
    let mut documents = evidence.objects.iter().filter(is_ours);
    match (documents.next(), documents.next()) {
        (Some(document), None) => Ok(document),
        (Some(_), Some(_)) => Err(vec![multiple(2_usize.saturating_add(documents.count()))]),
        (None, _) => {
            let device = evidence.certificates.iter().find(|it| is_device(it));
            Err(vec![match device {
                Some(device) => Reason::new(ReasonCode::AttestationWrongRole)
                    .with("certificate", device.subject().to_string()),
                None => ReasonCode::AttestationAbsent.into(),
            }])
        }
    }
}

/// The one chain of the certificates that holds.
fn chain<'c, 'a>(
    certificates: &'c [Certificate],
    trust: &'a TrustStore,
    time: Timestamp,
) -> Result<AnchoredChain<'c, 'a>, Vec<Reason>> {
    let mut whole = Vec::new();
    let mut refusals = Vec::new();
    for end in certificates.iter().filter(|certificate| is_attestation_key(certificate)) {
        match verify_chain(&PROFILE, end, certificates, trust, time) {
            Ok(chain) => whole.push(chain),
            Err(reasons) => refusals.push(reasons),
        }
    }
    let count = whole.len();
    match (whole.pop(), count) {
        (Some(chain), 1) => Ok(chain),
        (Some(_), _) => Err(vec![
            Reason::new(ReasonCode::AttestationMultiple)
                .with("attestation-keys", count.to_string()),
        ]),
        (None, _) => Err(refusals.into_iter().next().unwrap_or_else(|| {
            vec![
                Reason::new(ReasonCode::ChainIncomplete)
                    .with("missing", "the certificate of the attestation key"),
            ]
        })),
    }
}

/// The file by which the attestation key signed the document, to the byte, and how.
fn signature<'o>(
    document: &Object,
    chain: &AnchoredChain<'_, '_>,
    objects: &'o [Object],
) -> Result<(&'o Object, &'static str), Reason> {
    let end = chain
        .authentic(ATTESTATION_KEY)
        .map(|authentic| authentic.certificate())
        .ok_or(ReasonCode::ChainIncomplete)?;
    let key = PublicKey::from_spki(end.subject_public_key_info())
        .map_err(|reason| reason.with("object", "attestation key"))?;
    let mut refusal = None;
    let is_candidate =
        |object: &&Object| object.kind() == ObjectKind::Binary && is_signature(object.bytes());
    for candidate in objects.iter().filter(is_candidate) {
        match verify_sha256_of_unnamed_algorithm(&key, document.bytes(), candidate.bytes()) {
            Ok(algorithm) => return Ok((candidate, algorithm)),
            Err(error) => refusal = Some(error),
        }
    }
    let reason = match refusal {
        None => {
            return Err(Reason::new(ReasonCode::ChainIncomplete)
                .with("missing", "the file of the statement's signature (.sig)"));
        }
        Some(SignatureError::Invalid) => Reason::new(ReasonCode::ChainSignatureInvalid),
        Some(_) => {
            Reason::new(ReasonCode::ChainSignatureAlgorithm).with("algorithm", key.describe())
        }
    };
    Err(reason.with("object", "statement about the key").with("issuer", end.subject().to_string()))
}

/// What the statement says, held against the chain.
fn attested(
    stated: KeyStatement,
    chain: &AnchoredChain<'_, '_>,
) -> Result<AttestedStatement, Vec<Reason>> {
    let mut contradictions = stated.contradictions();
    let of_chain = |(_, certificate): &(&str, &Certificate)| {
        certificate.subject_public_key_info() == stated.public_key.spki()
    };
    if chain.certificates().iter().any(of_chain) {
        contradictions.push(
            Reason::new(ReasonCode::AttestationWrongRole)
                .with("statement", "a key by which the module attests"),
        );
    }
    let device = chain.authentic(DEVICE).map(|authentic| authentic.certificate());
    let device = device.ok_or_else(|| vec![ReasonCode::ChainIncomplete.into()])?;
    let claims = Claims {
        module: ModuleClaims {
            vendor: "Securosys",
            model: "Primus HSM".to_owned(),
            serial: serial_number(device).map(str::to_owned),
            firmware: None,
            fips_marker: Marker::Unstated,
            mode: OperatingMode::Unstated,
            form_factor: None,
            other_marker: None,
            issuer: None,
            partition: None,
        },
        key: KeyClaims {
            public_key: (&stated.public_key).into(),
            origin: match stated.creation {
                Creation::Generated if stated.is_derived => KeyOrigin::Unstated,
                Creation::Generated => KeyOrigin::Generated,
                Creation::Imported => KeyOrigin::Imported,
            },
            exportability: if stated.stays_inside() {
                Exportability::NonExportable
            } else {
                Exportability::Exportable
            },
            slot: None,
            object_id: stated.uuid.clone(),
            label: Some(stated.label.clone()),
            pin_policy: None,
            touch_policy: None,
            capabilities: stated.flags.set().map(str::to_owned).collect(),
            domains: Vec::new(),
            attests: Attests::No,
        },
    };
    Ok(AttestedStatement { public_key: stated.public_key, claims, contradictions })
}

/// Every certificate of the hierarchy names the manufacturer.
fn is_of_securosys(certificate: &Certificate) -> bool {
    certificate.subject().values().any(|value| value == "Securosys")
}

fn is_attestation_key(certificate: &Certificate) -> bool {
    is_of_securosys(certificate)
        && certificate.subject().only_common_name() == Some("attestation-key")
}

fn is_device(certificate: &Certificate) -> bool {
    is_of_securosys(certificate) && serial_number(certificate).is_some()
}

/// The serial number in `PRIMUS HSM KEY (SN: 18386101)`.
fn serial_number(certificate: &Certificate) -> Option<&str> {
    let name = certificate.subject().only_common_name()?;
    let serial = name.strip_prefix("PRIMUS HSM KEY (SN: ")?.strip_suffix(')')?;
    let is_number = !serial.is_empty() && serial.bytes().all(|digit| digit.is_ascii_digit());
    is_number.then_some(serial)
}

/// Whether bytes are as long as a signature is: RSA of 2048, 3072 or 4096 bits; r and s of P-256, P-384
/// or P-521; or these two as DER, whose length varies.
fn is_signature(bytes: &[u8]) -> bool {
    let is_der = || bytes.starts_with(&[0x30]) && (8..=139).contains(&bytes.len());
    matches!(bytes.len(), 64 | 96 | 132 | 256 | 384 | 512) || is_der()
}
