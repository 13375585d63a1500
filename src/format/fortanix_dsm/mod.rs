//! Fortanix DSM key attestation: the JSON of the service, with a statement about one key that is
//! itself a certificate, signed by an authority of the cluster.
//!
//! Format, to the byte: `docs/formats/fortanix-dsm.md`. The authority is no certification authority
//! (ADR 0015), and lives for a month: the chain is verified at the statement's own time (ADR 0016).

mod document;
mod statement;

use super::{AttestationFormat, Evidence, InspectLine, Part, VerifiedEvidence};
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
                    value: reason.code().sentence().to_owned(),
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
        let object = match objects.as_slice() {
            [] => return Err(vec![without_its_json(evidence.certificates)]),
            [object] => object,
            several => return Err(vec![super::multiple(several.len())]),
        };
        let document = read(object)?;
        let pool = [document.authority, document.issuing, document.root];
        let chain = match signing_time(&document.statement) {
            Some(time) => verify_chain(&PROFILE, &document.statement, &pool, trust, time),
            None => Err(Vec::new()),
        };
        if let Some(untimely) = untimely(&document.statement, time) {
            // Of the chain of a statement for another time, only what is distrusted is told.
            let mut reasons = chain.err().unwrap_or_default();
            reasons.retain(|reason| reason.code() == ReasonCode::ChainDistrusted);
            reasons.push(untimely);
            return Err(reasons);
        }
        if is_statement_name(document.statement.issuer()) {
            return Err(vec![
                Reason::new(ReasonCode::ChainAttestedKeyAsIssuer)
                    .with("certificate", document.statement.subject().to_string())
                    .with("issuer", document.statement.issuer().to_string()),
            ]);
        }

        let chain = chain?;
        let [statement, authority, issuing] = chain.certificates();
        let [sent @ .., root] = &pool;
        check_order(sent, [authority.get(), issuing.get()])?;
        let anchor = chain.anchor();
        check_root(root, anchor)?;
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
        Ok(VerifiedEvidence::new(&chain, statement)?.and_pieces([object.sha256(), root.sha256()]))
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
fn check_order(sent: &[Certificate; 2], verified: [&Certificate; 2]) -> Result<(), Vec<Reason>> {
    let same = sent.iter().zip(verified).all(|(sent, used)| sent.sha256() == used.sha256());
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

/// Certificates of the format came, and the document that they belong to did not.
fn without_its_json(certificates: &[Certificate]) -> Reason {
    match certificates.iter().find(|certificate| is_statement(certificate)) {
        Some(statement) => {
            document::malformed("document", "a statement without the JSON around it")
                .with("certificate", statement.subject().to_string())
        }
        None => ReasonCode::AttestationWrongRole.into(),
    }
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
