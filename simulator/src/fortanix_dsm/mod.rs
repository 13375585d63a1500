//! A simulated statement of Fortanix DSM: the chain of a cluster of FX2200 appliances, three months
//! old at the time of appraisal, so that its authority has ended.

mod defects;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use keyproof::{ReasonCode, Requirement, Timestamp};

use crate::anchors::AnchorDraft;
use crate::case::{Base, Case, DAY, Evidence, has_base, shifted, text, validity_around};
use crate::family::Family;
use crate::keys::{Holder, KeyKind};
use crate::pki::{CertificateDraft, ExtensionDraft, pem};
use crate::signing::Keys;
use crate::{Options, SimulateError, der, oid};

/// What `keyproof simulate fortanix-dsm` makes.
pub(crate) fn family() -> Family<Draft> {
    Family::new(NAME, draft, &[defects::DEFECTS])
}

/// A case that a defect may change before it is signed.
pub(crate) struct Draft {
    base: Base,
    root: CertificateDraft,
    issuing: CertificateDraft,
    authority: CertificateDraft,
    statement: CertificateDraft,
    /// The certificates of the chain, as the document lists them.
    chain: Vec<Place>,
    /// What is done to the document.
    change: fn(&mut Value),
    /// How the document is sent.
    form: Form,
}

/// A certificate of the draft.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Authority,
    Issuing,
    Root,
}

/// How the document is sent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// As the service returns it.
    Document,
    /// With one name twice.
    NameTwice,
    /// Along with the statement of another key.
    WithAnother,
    /// The certificates out of the document: the statement, and those of the chain.
    Certificates,
    /// The same, with the statement of another key.
    CertificatesWithAnother,
}

/// When the statement was signed, in days before the appraisal.
const AGE: i64 = 90;

const NAME: &str = "fortanix-dsm";

/// Names and identifiers (docs/formats/fortanix-dsm.md).
const ROOT: (&str, Holder) = ("SIMULATED Fortanix Root", Holder::Root);
const AUTHORITY_NAME: &str = "Fortanix DSM SaaS Key Attestation Authority";
const STATEMENT_NAME: &str = "Fortanix DSM Key Attestation";
/// The UUID of a key in a name.
const KEY: &str = "1.3.6.1.4.1.49690.1.2.2";
/// Claims: generated in DSM; never exportable.
const GENERATED: &str = "1.3.6.1.4.1.49690.2.4.1.1";
const NEVER_EXPORTABLE: &str = "1.3.6.1.4.1.49690.2.4.1.2";
/// The node enrolment policy, its rules, and the profile of the FX2200.
const NODE_ENROLMENT: &str = "1.3.6.1.4.1.49690.2.5";
const PROTECTION: &str = "1.3.6.1.4.1.49690.2.5.1";
const FX2200: &str = "1.3.6.1.4.1.49690.2.5.1.1";
const APPROVAL: &str = "1.3.6.1.4.1.49690.2.5.2";
/// Policy and purpose of authorities that sign key attestations.
const POLICY: &str = "1.3.6.1.4.1.49690.6.1.2";
const PURPOSE: &str = "1.3.6.1.4.1.49690.8.1";

/// An empty SEQUENCE: the value of a claim.
const CLAIMED: [u8; 2] = [0x30, 0];

fn draft(options: &Options) -> Result<Draft, SimulateError> {
    let (from, to) = validity_around(options.time)?;
    let signed_at = shifted(options.time, -AGE * DAY);
    let month = (shifted(signed_at, -3 * DAY), shifted(signed_at, 27 * DAY));
    let root = CertificateDraft::new("simulated root", ROOT, ROOT, (from, to)).with(vec![
        ExtensionDraft::signs_certificates(),
        ExtensionDraft::authority_without_length(),
    ]);
    let anchor = AnchorDraft::of_manufacturer("simulated-fortanix-root", ROOT.0, &root);
    let issuing_name = ("Fortanix Key Attestation CA", Holder::Issuing);
    let what = "simulated issuing authority";
    let mut issuing = CertificateDraft::new(what, ROOT, issuing_name, (from, to)).with(vec![
        ExtensionDraft::signs_certificates(),
        ExtensionDraft::authority_without_length(),
        ExtensionDraft::new(oid::CERTIFICATE_POLICIES, der::policies(POLICY)),
    ]);
    issuing.subject = der::name(&[
        (oid::COUNTRY, "US"),
        (oid::STATE, "California"),
        (oid::LOCALITY, "Santa Clara"),
        (oid::ORGANIZATION, "Fortanix, Inc."),
        (oid::COMMON_NAME, issuing_name.0),
    ]);
    let authority_name = (AUTHORITY_NAME, Holder::Device);
    let mut authority = CertificateDraft::new("authority", issuing_name, authority_name, month);
    authority.issuer.clone_from(&issuing.subject);
    authority.extensions = vec![
        // As the service writes it: with six zeros too many, and cA FALSE written out.
        ExtensionDraft::critical(oid::KEY_USAGE, [3, 2, 1, 0x80]),
        ExtensionDraft::critical(oid::BASIC_CONSTRAINTS, [0x30, 3, 1, 1, 0]),
        ExtensionDraft::new(oid::EXTENDED_KEY_USAGE, der::identifiers(&[PURPOSE])),
        ExtensionDraft::new(NODE_ENROLMENT, enrolment(Some(FX2200))),
        ExtensionDraft::new(oid::CERTIFICATE_POLICIES, der::policies(POLICY)),
    ];
    let statement = statement_of(Holder::Attested, "statement", (signed_at, to));
    Ok(Draft {
        base: Base::new(NAME, options.key.unwrap_or(KeyKind::P256), vec![anchor], options),
        root,
        issuing,
        authority,
        statement,
        chain: vec![Place::Authority, Place::Issuing, Place::Root],
        change: |_| {},
        form: Form::Document,
    })
}

/// A statement that the key of `holder` was generated in DSM and was never exportable.
fn statement_of(
    holder: Holder,
    what: &'static str,
    validity: (Timestamp, Timestamp),
) -> CertificateDraft {
    let authority = (AUTHORITY_NAME, Holder::Device);
    let mut statement = CertificateDraft::new(what, authority, (STATEMENT_NAME, holder), validity);
    statement.subject = subject("0a1b2c3d-0000-4000-8000-5111ca7ed000");
    statement.extensions = vec![
        ExtensionDraft::signs_alone(),
        ExtensionDraft::new(GENERATED, CLAIMED),
        ExtensionDraft::new(NEVER_EXPORTABLE, CLAIMED),
    ];
    statement
}

/// The subject of a statement.
fn subject(uuid: &str) -> Vec<u8> {
    der::name(&[(oid::COMMON_NAME, STATEMENT_NAME), (KEY, uuid)])
}

/// The node enrolment policy, with that profile as the least protection of a node, and with the
/// approval of the site.
fn enrolment(profile: Option<&str>) -> Vec<u8> {
    let protection: Vec<_> = [PROTECTION].into_iter().chain(profile).collect();
    der::sequence(&[&der::identifiers(&protection), &der::identifiers(&[APPROVAL])])
}

impl Draft {
    fn certificate(&self, place: Place) -> &CertificateDraft {
        match place {
            Place::Authority => &self.authority,
            Place::Issuing => &self.issuing,
            Place::Root => &self.root,
        }
    }

    /// A statement about another key.
    fn of_another_key(&self) -> CertificateDraft {
        let validity = self.statement.validity;
        statement_of(Holder::SecondAttested, "statement of another key", validity)
    }

    /// The document around `statement`.
    fn document(
        &self,
        statement: &CertificateDraft,
        keys: &mut Keys<'_>,
    ) -> Result<String, SimulateError> {
        let chain = self.chain.iter().map(|place| {
            keys.certificate(self.certificate(*place)).map(|der| STANDARD.encode(der))
        });
        let chain = chain.collect::<Result<Vec<_>, _>>()?;
        let mut document = json!({
            "authority_chain": chain,
            "attestation_statement": {
                "format": "x509_certificate",
                "statement": STANDARD.encode(keys.certificate(statement)?),
            },
        });
        (self.change)(&mut document);
        Ok(format!("{document:#}\n"))
    }
}

impl Case for Draft {
    has_base!();

    /// A cluster has no serial number, and a statement names no firmware.
    fn silences(&self) -> Vec<(Requirement, ReasonCode)> {
        vec![
            (Requirement::GenuineModule, ReasonCode::AttestationSerialMissing),
            (Requirement::CertifiedModule, ReasonCode::CertificationFirmwareUnstated),
        ]
    }

    fn evidence(&self, keys: &mut Keys<'_>) -> Result<Evidence, SimulateError> {
        let document = self.document(&self.statement, keys)?;
        let (name, content) = match self.form {
            Form::Document | Form::WithAnother => ("key-attestation.json", document),
            Form::NameTwice => {
                let twice = document.replacen('{', "{\"authority_chain\": [],", 1);
                ("key-attestation.json", twice)
            }
            Form::Certificates | Form::CertificatesWithAnother => {
                let other = self.of_another_key();
                let other = (self.form == Form::CertificatesWithAnother).then_some(&other);
                let chain = self.chain.iter().map(|place| self.certificate(*place));
                let sent = [&self.statement].into_iter().chain(other).chain(chain);
                let blocks = sent.map(|it| Ok(pem("CERTIFICATE", &keys.certificate(it)?)));
                let blocks = blocks.collect::<Result<Vec<_>, SimulateError>>()?;
                ("key-attestation-statement.pem", blocks.concat())
            }
        };
        let mut files = vec![text(name, content, "attestation statement and its chain")];
        if self.form == Form::WithAnother {
            let content = self.document(&self.of_another_key(), keys)?;
            files.push(text("other-key-attestation.json", content, "statement about another key"));
        }
        Ok(Evidence::of(files))
    }
}

#[cfg(test)]
mod tests;
