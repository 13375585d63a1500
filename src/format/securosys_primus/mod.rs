//! Securosys Primus HSM: the XML in which a module states what it knows of a key, the file of its
//! signature, and the certificates of the module.
//!
//! Format, to the byte: `docs/formats/securosys-primus.md`. That a key was never extractable says
//! nothing of where it was made: modules say so of imported keys too.

mod statement;

use super::{
    AttestationFormat, AttestedStatement, Evidence, InspectLine, Part, SerialForm,
    VerifiedEvidence, multiple,
};
use crate::claims::{Claims, Exportability, KeyClaims, KeyOrigin, ModuleClaims};
use crate::encoding::der::{Reader, tag};
use crate::encoding::oid::{self, Oid};
use crate::encoding::x509::{Certificate, key_usage};
use crate::encoding::xml::Element;
use crate::oid;
use crate::reason::{Reason, ReasonCode};
use crate::signature::{BARE_OCTETS, Parameters};
use crate::submission::{Object, ObjectKind};
use crate::time::Timestamp;
use crate::trust::{
    AnchorRole, AnchoredChain, Authentic, ChainProfile, Claimed, Issues, Link, TrustStore,
    verify_chain,
};
use statement::{Creation, KeyStatement};

const FORMAT: &str = "securosys-primus";

/// The certificate policy of devices.
const DEVICE_POLICY: Oid<'static> = oid!(1.3.6.1.4.1.44668.4.1.3);

/// The common name of attestation keys, and what surrounds the serial number in that of devices.
const ATTESTATION_KEY_NAME: &str = "attestation-key";
const DEVICE_NAME: (&str, &str) = ("PRIMUS HSM KEY (SN: ", ")");

/// Roles, as results show them.
const ATTESTATION_KEY: &str = "attestation key";
const DEVICE: &str = "device";

static PROFILE: ChainProfile<2> = ChainProfile {
    format: FORMAT,
    links: [
        Link {
            role: ATTESTATION_KEY,
            fits: is_attestation_key,
            issues: Issues::Nothing,
            judged: &[],
        },
        Link { role: DEVICE, fits: is_device, issues: Issues::AsAuthority, judged: &[] },
    ],
    anchor: AnchorRole::Manufacturer,
    arc: None,
    parameters: Parameters::Exact,
};

/// The format `securosys-primus`.
#[derive(Debug)]
pub struct SecurosysPrimus;

impl AttestationFormat for SecurosysPrimus {
    fn name(&self) -> &'static str {
        FORMAT
    }

    fn serial_form(&self) -> SerialForm {
        SerialForm::Number
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
            ObjectKind::Xml if object.xml().is_some_and(KeyStatement::is_of) => Part::Attestation,
            ObjectKind::Binary if is_signature(object.bytes()) => Part::Unmarked,
            _ => Part::Foreign,
        }
    }

    fn inspect(&self, certificate: &Certificate) -> Vec<InspectLine> {
        let show = |name, value: &str| InspectLine { name, value: value.to_owned() };
        match serial_number(certificate) {
            Some(serial) => vec![show("role", DEVICE), show("serial number", serial)],
            None if is_attestation_key(certificate) => vec![show("role", ATTESTATION_KEY)],
            None => vec![show("role", "root")],
        }
    }

    fn inspect_object(&self, object: &Object) -> Vec<InspectLine> {
        match object.xml() {
            Some(root) => statement::inspect(root),
            None => {
                let value = "perhaps; nothing in it says so".to_owned();
                vec![InspectLine { name: "signature", value }]
            }
        }
    }

    fn verify<'a>(
        &self,
        evidence: Evidence<'a>,
        trust: &'a TrustStore,
        time: Timestamp,
    ) -> Result<VerifiedEvidence<'a>, Vec<Reason>> {
        let (document, claimed) = document(evidence)?;
        let chain = chain(evidence.certificates, trust, time)?;
        let [attestation_key, device] = chain.certificates();
        let (root, signature) =
            signed(&claimed, attestation_key, evidence.objects).map_err(|reason| vec![reason])?;
        let statement = root.and(attestation_key).and(device).read(attested)?;
        Ok(VerifiedEvidence::new(&chain, statement)?
            .and_pieces([document.sha256(), signature.sha256()]))
    }
}

/// The one statement. Another of the same key differs in its time and in how often the key was used,
/// so there is no comparing two.
fn document(evidence: Evidence<'_>) -> Result<(&Object, Claimed<'_, &Element>), Vec<Reason>> {
    let mut documents = evidence.objects.iter().filter_map(|object| {
        let claimed = Claimed::document(object)?;
        KeyStatement::is_of(claimed.outside()).then_some((object, claimed))
    });
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
) -> Result<AnchoredChain<'c, 'a, 2>, Vec<Reason>> {
    let mut whole = Vec::new();
    let mut refusals = Vec::new();
    for end in certificates.iter().filter(|certificate| is_attestation_key(certificate)) {
        match verify_chain(&PROFILE, end, certificates, trust, time) {
            Ok(chain) => match check_roles(&chain) {
                Ok(()) => whole.push(chain),
                Err(reasons) => refusals.push(reasons),
            },
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

/// Modules certify keys for timestamps and for audits too, and whoever owns a key names it: an
/// attestation key is certified exactly as the genuine one that was seen, and so is a device (ADR 0025).
fn check_roles(chain: &AnchoredChain<'_, '_, 2>) -> Result<(), Vec<Reason>> {
    let [attestation_key, device] = chain.certificates().map(Authentic::into_inner);
    let of_device = (policy(device) != Some(DEVICE_POLICY))
        .then_some("a certificate policy other than that of devices");
    let faults = [
        (ATTESTATION_KEY, attestation_key, fault_of_attestation_key(attestation_key)),
        (DEVICE, device, of_device),
    ];
    let reason =
        |(role, certificate, fault): (&'static str, &Certificate, Option<&'static str>)| {
            let subject = certificate.subject().to_string();
            let reason = Reason::new(ReasonCode::ChainRole).with("certificate", subject);
            Some(reason.with("role", role).with("fault", fault?))
        };
    let reasons: Vec<Reason> = faults.into_iter().filter_map(reason).collect();
    if reasons.is_empty() { Ok(()) } else { Err(reasons) }
}

fn fault_of_attestation_key(certificate: &Certificate) -> Option<&'static str> {
    const USAGE: u16 = key_usage::DIGITAL_SIGNATURE | key_usage::NON_REPUDIATION;
    let known = [oid::KEY_USAGE, oid::BASIC_CONSTRAINTS];
    if certificate.extensions().iter().any(|it| !known.contains(&it.oid())) {
        Some("an extension that no attestation key has")
    } else if certificate.key_usage().map(|usage| usage.bits) != Some(USAGE) {
        Some("a key usage other than digitalSignature and nonRepudiation")
    } else {
        None
    }
}

/// The one certificate policy, without qualifiers (RFC 5280 4.2.1.4).
fn policy(certificate: &Certificate) -> Option<Oid<'_>> {
    let value = certificate.extension(oid::CERTIFICATE_POLICIES)?.value();
    let policy = Reader::whole(value, |reader| {
        reader.nested(tag::SEQUENCE, |list| list.nested(tag::SEQUENCE, Reader::oid))
    });
    policy.ok()
}

/// The document that the attestation key signed, to the byte, and the file of the signature.
fn signed<'s, 'o>(
    document: &'s Claimed<'_, &'s Element>,
    attestation_key: Authentic<&Certificate>,
    objects: &'o [Object],
) -> Result<(Authentic<&'s Element>, &'o Object), Reason> {
    let key =
        attestation_key.public_key().map_err(|reason| reason.with("object", ATTESTATION_KEY))?;
    let mut refusal = None;
    let is_candidate =
        |object: &&Object| object.kind() == ObjectKind::Binary && is_signature(object.bytes());
    for candidate in objects.iter().filter(is_candidate) {
        match key.signed_with_sha256(document, candidate.bytes()) {
            Ok(root) => return Ok((root.map(|root| *root), candidate)),
            Err(error) => refusal = Some(error),
        }
    }
    let issuer = attestation_key.get().subject().to_string();
    Err(match refusal {
        Some(error) => {
            error.chain_reason().with("object", "statement about the key").with("issuer", issuer)
        }
        None => Reason::new(ReasonCode::ChainIncomplete)
            .with("missing", "the file of the statement's signature (.sig)"),
    })
}

/// What the document says, held against the chain.
fn attested(
    ((root, attestation_key), device): ((&Element, &Certificate), &Certificate),
) -> Result<AttestedStatement, Vec<Reason>> {
    let stated = KeyStatement::read(root)?;
    let mut contradictions = stated.contradictions();
    let of_key = |certificate: &Certificate| {
        certificate.subject_public_key_info() == stated.public_key.spki()
    };
    if [attestation_key, device].into_iter().any(of_key) {
        contradictions.push(
            Reason::new(ReasonCode::AttestationWrongRole)
                .with("statement", "a key by which the module attests"),
        );
    }
    let claims = Claims {
        module: ModuleClaims {
            serial: serial_number(device).map(str::to_owned),
            ..ModuleClaims::unstated("Securosys", "Primus HSM")
        },
        key: KeyClaims {
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
            ways_out: stated.ways_out(),
            object_id: stated.uuid.clone(),
            label: Some(stated.label.clone()),
            capabilities: stated.flags.set().map(str::to_owned).collect(),
            ..KeyClaims::unstated(&stated.public_key)
        },
    };
    let doubts = stated.doubts();
    Ok(AttestedStatement { public_key: stated.public_key, claims, contradictions, doubts })
}

/// Every certificate of the hierarchy names the manufacturer.
fn is_of_securosys(certificate: &Certificate) -> bool {
    certificate.subject().values().any(|value| value == "Securosys")
}

fn is_attestation_key(certificate: &Certificate) -> bool {
    is_of_securosys(certificate)
        && certificate.subject().only_common_name() == Some(ATTESTATION_KEY_NAME)
}

fn is_device(certificate: &Certificate) -> bool {
    is_of_securosys(certificate) && serial_number(certificate).is_some()
}

/// The serial number in `PRIMUS HSM KEY (SN: 18386101)`.
fn serial_number(certificate: &Certificate) -> Option<&str> {
    let name = certificate.subject().only_common_name()?;
    let serial = name.strip_prefix(DEVICE_NAME.0)?.strip_suffix(DEVICE_NAME.1)?;
    let is_number = !serial.is_empty() && serial.bytes().all(|digit| digit.is_ascii_digit());
    is_number.then_some(serial)
}

/// Whether bytes could be a signature: by their length, or as Ecdsa-Sig-Value (RFC 3279 2.2.3).
fn is_signature(bytes: &[u8]) -> bool {
    let is_der = || bytes.starts_with(&[tag::SEQUENCE]) && (8..=139).contains(&bytes.len());
    BARE_OCTETS.contains(&bytes.len()) || is_der()
}
