//! Fortanix DSM key attestation: a statement about one key that is itself a certificate, signed by an
//! authority of the cluster; in the JSON of the service, or as loose certificates.
//!
//! Format, to the byte: `docs/formats/fortanix-dsm.md`. The authority is no certification authority
//! (ADR 0015), and lives for a month: the chain is verified at the statement's own time (ADR 0016).

mod document;
mod statement;

use super::{AttestationFormat, Evidence, InspectLine, Part, VerifiedEvidence};
use crate::encoding::hex::Sha256;
use crate::encoding::json;
use crate::encoding::name::Name;
use crate::encoding::oid::{self, Oid};
use crate::encoding::x509::Certificate;
use crate::oid;
use crate::reason::{Reason, ReasonCode};
use crate::signature::Parameters;
use crate::submission::Object;
use crate::time::Timestamp;
use crate::trust::{
    Anchor, AnchorRole, Anchored, ChainProfile, Issues, Link, Period, TrustStore, verify_chain,
};
use document::Document;

/// Fortanix's private enterprise arc.
const FORTANIX: Oid<'static> = oid!(1.3.6.1.4.1.49690);

/// Common names of the statement and its authority, and the name of the certification authority
/// above it (support.fortanix.com article 18924491083028).
const STATEMENT_NAME: &str = "Fortanix DSM Key Attestation";
const AUTHORITY_NAME: &str = "Fortanix DSM SaaS Key Attestation Authority";
const ISSUING_NAME: &str =
    r"CN=Fortanix Key Attestation CA,O=Fortanix\, Inc.,L=Santa Clara,ST=California,C=US";

static PROFILE: ChainProfile<3> = ChainProfile {
    format: "fortanix-dsm",
    links: [
        Link { role: "attestation", fits: is_statement, issues: Issues::Nothing, judged: &[] },
        // ADR 0015: it is no certification authority, and signs statements all the same.
        Link {
            role: "authority",
            fits: statement::is_authority,
            issues: Issues::Unconstrained,
            judged: &[],
        },
        Link { role: "issuing", fits: is_issuing, issues: Issues::AsAuthority, judged: &[] },
    ],
    anchor: AnchorRole::Manufacturer,
    arc: Some(FORTANIX),
    parameters: Parameters::Exact,
};

/// The format `fortanix-dsm`.
#[derive(Debug)]
pub struct FortanixDsm;

impl AttestationFormat for FortanixDsm {
    fn name(&self) -> &'static str {
        PROFILE.format
    }

    fn recognizes(&self, certificate: &Certificate) -> Part {
        if is_statement(certificate) {
            Part::Attestation
        } else if statement::is_authority(certificate) {
            Part::Device
        } else {
            Part::Foreign
        }
    }

    fn recognizes_object(&self, object: &Object) -> Part {
        let has_member = |document: &json::Value| {
            document::MEMBERS.iter().any(|name| document.member(name).is_some())
        };
        if object.json().is_some_and(has_member) { Part::Attestation } else { Part::Foreign }
    }

    fn owns_extension(&self, oid: Oid<'_>) -> bool {
        oid.starts_with(FORTANIX)
    }

    fn inspect(&self, certificate: &Certificate) -> Vec<InspectLine> {
        statement::inspect(certificate)
    }

    fn inspect_object(&self, object: &Object) -> Vec<InspectLine> {
        match read(object) {
            Ok(document) => {
                let certificates = [&document.statement, &document.authority];
                certificates.into_iter().flat_map(statement::inspect).collect()
            }
            Err(reasons) => reasons
                .iter()
                .map(|reason| InspectLine {
                    name: "unreadable",
                    value: reason.sentence().to_owned(),
                })
                .collect(),
        }
    }

    fn verify<'a>(
        &self,
        evidence: Evidence<'a>,
        trust: &'a TrustStore,
        time: Timestamp,
    ) -> Result<VerifiedEvidence<'a>, Vec<Reason>> {
        let objects: Vec<_> = evidence
            .objects
            .iter()
            .filter(|object| self.recognizes_object(object) == Part::Attestation)
            .collect();
        let sent = match objects.as_slice() {
            [] => Sent::loose(evidence.certificates)?,
            [object] => Sent::in_document(object)?,
            several => return Err(vec![super::multiple(several.len())]),
        };
        let chain = match signing_time(&sent.statement) {
            Some(time) => verify_chain(&PROFILE, &sent.statement, &sent.pool, trust, time),
            None => Err(Vec::new()),
        };
        if let Some(untimely) = untimely(&sent.statement, time) {
            // Of the chain of a statement for another time, only what is distrusted is told.
            let mut reasons = chain.err().unwrap_or_default();
            reasons.retain(|reason| reason.code() == ReasonCode::ChainDistrusted);
            reasons.push(untimely);
            return Err(reasons);
        }
        if is_statement_name(sent.statement.issuer()) {
            return Err(vec![
                Reason::new(ReasonCode::ChainAttestedKeyAsIssuer)
                    .with("certificate", sent.statement.subject().to_string())
                    .with("issuer", sent.statement.issuer().to_string()),
            ]);
        }

        let chain = chain?;
        let [statement, authority, issuing] = chain.certificates();
        let anchor = chain.anchor();
        if let Some(document) = &sent.document {
            check_order(
                [&document.authority, &document.issuing],
                [authority.get(), issuing.get()],
            )?;
            check_root(&document.root, anchor)?;
        }
        if time > anchor.valid.1 {
            // Nobody answers for the keys of a root that has ended (ADR 0016).
            return Err(vec![
                Reason::new(ReasonCode::ChainExpired)
                    .with("anchor", anchor.id.clone())
                    .with("valid", format!("{} to {}", anchor.valid.0, anchor.valid.1))
                    .with("appraised-at", time.to_string()),
            ]);
        }
        let statement = statement.and(authority).read(statement::read)?;
        Ok(VerifiedEvidence::new(&chain, statement)?.and_pieces(sent.pieces))
    }
}

/// What was sent: in the document of the service, or as loose certificates.
struct Sent {
    statement: Certificate,
    /// What may have issued it.
    pool: Vec<Certificate>,
    document: Option<Document>,
    /// What came beside the certificates of the chain.
    pieces: Vec<Sha256>,
}

impl Sent {
    fn in_document(object: &Object) -> Result<Self, Vec<Reason>> {
        let document = read(object)?;
        let pool = [&document.authority, &document.issuing, &document.root].map(Clone::clone);
        Ok(Self {
            statement: document.statement.clone(),
            pool: pool.into(),
            pieces: vec![object.sha256(), document.root.sha256()],
            document: Some(document),
        })
    }

    /// The certificates of a document without it, as Fortanix's own verifier takes them: a PEM file each of
    /// the statement and of its chain.
    fn loose(certificates: &[Certificate]) -> Result<Self, Vec<Reason>> {
        let (statements, pool): (Vec<_>, Vec<_>) =
            certificates.iter().cloned().partition(is_statement);
        match statements.as_slice() {
            // The chain, and nothing that it signed.
            [] => Err(vec![ReasonCode::AttestationWrongRole.into()]),
            [statement] => {
                Ok(Self { statement: statement.clone(), pool, document: None, pieces: Vec::new() })
            }
            several => Err(vec![super::multiple(several.len())]),
        }
    }
}

/// The document of an object that is one.
fn read(object: &Object) -> Result<Document, Vec<Reason>> {
    let not_one = || vec![document::malformed("document", "not JSON")];
    Document::read(object.json().ok_or_else(not_one)?)
}

/// The time at which the statement was signed.
fn signing_time(statement: &Certificate) -> Option<Timestamp> {
    Timestamp::from_unix_seconds(statement.not_before().unix_seconds())
}

/// The time of appraisal must lie in the statement's own period: a statement of the future is no
/// statement yet.
fn untimely(statement: &Certificate, time: Timestamp) -> Option<Reason> {
    let code = match Period::from(statement).fault(time) {
        Some(code) => code,
        None if signing_time(statement).is_some() => return None,
        None => ReasonCode::ChainValidity,
    };
    Some(
        Reason::new(code)
            .with("certificate", statement.subject().to_string())
            .with("appraised-at", time.to_string()),
    )
}

/// The service writes its chain upwards, from the authority.
fn check_order(sent: [&Certificate; 2], verified: [&Certificate; 2]) -> Result<(), Vec<Reason>> {
    let same = sent.into_iter().zip(verified).all(|(sent, used)| sent.sha256() == used.sha256());
    if same {
        return Ok(());
    }
    Err(vec![document::malformed("authority_chain", "not in order: authority, its issuer, root")])
}

/// The root that was sent is the anchor's own certificate: name and key, and every bit of it, for it
/// is signed by that key.
fn check_root(root: &Certificate, anchor: &Anchor) -> Result<(), Vec<Reason>> {
    let about = |code: ReasonCode| {
        let reason = Reason::new(code).with("certificate", root.subject().to_string());
        vec![reason.with("anchor", anchor.id.clone())]
    };
    if !anchor.is_named_by(root) {
        return Err(about(ReasonCode::ChainRole));
    }
    anchor.signed(root, PROFILE.parameters).map_err(|_| about(ReasonCode::ChainSignatureInvalid))
}

fn is_statement(certificate: &Certificate) -> bool {
    is_statement_name(certificate.subject())
}

fn is_statement_name(name: &Name) -> bool {
    name.texts(oid::COMMON_NAME).eq([STATEMENT_NAME])
}

fn is_issuing(certificate: &Certificate) -> bool {
    certificate.subject().to_string() == ISSUING_NAME
}
