//! A simulated statement of Fortanix DSM: the chain of a cluster of FX2200 appliances, three months
//! old at the time of appraisal, so that its authority has ended.

mod defects;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{AUTHORITY_NAME, PROFILE, STATEMENT_NAME, statement::id};
use crate::encoding::oid::{self, Oid};
use crate::reason::ReasonCode;
use crate::result::Requirement;
use crate::simulate::anchors::to_yaml;
use crate::simulate::case::{
    AnchorDraft, DAY, SUBSCRIBER, Vouches, digital_signature_only, file, pem, shifted,
    validity_around,
};
use crate::simulate::keys::{Holder, KeyKind, Keyring, Scheme};
use crate::simulate::pki::{CertificateDraft, ExtensionDraft, RequestDraft};
use crate::simulate::{Case, Family, Options, RsaPadding, SimulateError, SimulatedFile, der};
use crate::time::Timestamp;
use crate::trust::AnchorStatus;

/// What `keyproof simulate fortanix-dsm` makes.
pub(crate) fn family() -> Family<Draft> {
    Family { name: PROFILE.format, defects: defects::DEFECTS.to_vec(), draft }
}

/// A case that a defect may change before it is signed.
pub(crate) struct Draft {
    attested: KeyKind,
    time: Timestamp,
    anchor: AnchorDraft,
    root: CertificateDraft,
    issuing: CertificateDraft,
    authority: CertificateDraft,
    statement: CertificateDraft,
    /// The certificates of the chain, as the document lists them.
    chain: Vec<Place>,
    request: RequestDraft,
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
    /// The statement's certificate alone, out of the document.
    CertificateAlone,
}

/// When the statement was signed, in days before the appraisal.
const AGE: i64 = 90;

/// The attributes of the name of the certification authority above the authority.
const COUNTRY: Oid<'_> = Oid::from_content(&[0x55, 4, 6]);
const STATE: Oid<'_> = Oid::from_content(&[0x55, 4, 8]);
const LOCALITY: Oid<'_> = Oid::from_content(&[0x55, 4, 7]);
const ORGANIZATION: Oid<'_> = Oid::from_content(&[0x55, 4, 10]);

const GENERATED: Oid<'_> = claim(&[0x2b, 6, 1, 4, 1, 0x83, 0x84, 0x1a, 2, 4, 1, 1]);
const NEVER_EXPORTABLE: Oid<'_> = claim(&[0x2b, 6, 1, 4, 1, 0x83, 0x84, 0x1a, 2, 4, 1, 2]);

const fn claim(content: &'static [u8]) -> Oid<'static> {
    Oid::from_content(content)
}

/// An empty SEQUENCE: the value of a claim.
const CLAIMED: [u8; 2] = [0x30, 0];

fn draft(options: &Options) -> Result<Draft, SimulateError> {
    let (from, to) = validity_around(options.time)?;
    let signed_at = shifted(options.time, -AGE * DAY);
    let month = (shifted(signed_at, -3 * DAY), shifted(signed_at, 27 * DAY));
    let root_name = ("SIMULATED Fortanix Root", Holder::Root);

    let mut root = CertificateDraft::new("simulated root", root_name, root_name, (from, to));
    root.extensions =
        vec![ExtensionDraft::signs_certificates(), ExtensionDraft::authority_without_length()];
    let mut issuing = CertificateDraft::new(
        "simulated issuing authority",
        root_name,
        ("Fortanix Key Attestation CA", Holder::Issuing),
        (from, to),
    );
    issuing.subject = der::name(&[
        (COUNTRY, "US"),
        (STATE, "California"),
        (LOCALITY, "Santa Clara"),
        (ORGANIZATION, "Fortanix, Inc."),
        (oid::COMMON_NAME, "Fortanix Key Attestation CA"),
    ]);
    issuing.extensions = vec![
        ExtensionDraft::signs_certificates(),
        ExtensionDraft::authority_without_length(),
        ExtensionDraft::new(oid::CERTIFICATE_POLICIES, policies(id::POLICY)),
    ];
    let mut authority = CertificateDraft::new(
        "authority",
        ("", Holder::Issuing),
        (AUTHORITY_NAME, Holder::Device),
        month,
    );
    authority.issuer.clone_from(&issuing.subject);
    authority.extensions = vec![
        // As the service writes it: with six zeros too many, and cA FALSE written out.
        ExtensionDraft::critical(oid::KEY_USAGE, [3, 2, 1, 0x80]),
        ExtensionDraft::critical(oid::BASIC_CONSTRAINTS, [0x30, 3, 1, 1, 0]),
        ExtensionDraft::new(oid::EXTENDED_KEY_USAGE, purposes(id::PURPOSE)),
        ExtensionDraft::new(id::NODE_ENROLMENT, enrolment(Some(id::FX2200))),
        ExtensionDraft::new(oid::CERTIFICATE_POLICIES, policies(id::POLICY)),
    ];
    let statement = statement_of(Holder::Attested, "statement", (signed_at, to));
    let scheme = match options.padding {
        RsaPadding::Pkcs1 => Scheme::Usual,
        RsaPadding::Pss => Scheme::RsaPss,
    };
    Ok(Draft {
        attested: options.key.unwrap_or(KeyKind::P256),
        time: options.time,
        anchor: AnchorDraft {
            id: "simulated-fortanix-root",
            subject: root_name.0,
            issuing: "",
            format: PROFILE.format,
            vouches: Vouches::AsManufacturer,
            status: AnchorStatus::Test,
        },
        root,
        issuing,
        authority,
        statement,
        chain: vec![Place::Authority, Place::Issuing, Place::Root],
        request: RequestDraft::new(SUBSCRIBER.as_bytes(), Holder::Attested, scheme),
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
        digital_signature_only(),
        ExtensionDraft::new(GENERATED, CLAIMED),
        ExtensionDraft::new(NEVER_EXPORTABLE, CLAIMED),
    ];
    statement
}

/// The subject of a statement.
fn subject(uuid: &str) -> Vec<u8> {
    der::name(&[(oid::COMMON_NAME, STATEMENT_NAME), (id::KEY, uuid)])
}

/// certificatePolicies of that one policy.
fn policies(policy: Oid<'_>) -> Vec<u8> {
    der::sequence(&[&der::sequence(&[&der::object_identifier(policy)])])
}

/// extKeyUsage of that one purpose.
fn purposes(purpose: Oid<'_>) -> Vec<u8> {
    der::sequence(&[&der::object_identifier(purpose)])
}

/// The node enrolment policy, with that profile as the least protection of a node, and with the
/// approval of the site.
fn enrolment(profile: Option<Oid<'_>>) -> Vec<u8> {
    let rule = |arc: u8, qualifier: Option<Oid<'_>>| {
        let content = [id::NODE_ENROLMENT.content(), &[arc]].concat();
        let rule = der::object_identifier(Oid::from_content(&content));
        der::sequence(&[&rule, &qualifier.map(der::object_identifier).unwrap_or_default()])
    };
    der::sequence(&[&rule(id::PROTECTION, profile), &rule(id::APPROVAL, None)])
}

impl Draft {
    fn kind(&self, holder: Holder) -> KeyKind {
        match holder {
            Holder::Attested | Holder::SecondAttested | Holder::Software => self.attested,
            _ => KeyKind::Rsa2048,
        }
    }

    fn certificate(&self, place: Place) -> &CertificateDraft {
        match place {
            Place::Authority => &self.authority,
            Place::Issuing => &self.issuing,
            Place::Root => &self.root,
        }
    }

    fn sign(
        &self,
        certificate: &CertificateDraft,
        keyring: &mut Keyring,
    ) -> Result<Vec<u8>, SimulateError> {
        let subject = (certificate.key, self.kind(certificate.key));
        let signer = (certificate.signer, self.kind(certificate.signer));
        let (subject, signer) = keyring.two(subject, signer)?;
        certificate.to_der(subject, signer)
    }

    /// The document around `statement`.
    fn document(
        &self,
        statement: &CertificateDraft,
        keyring: &mut Keyring,
    ) -> Result<String, SimulateError> {
        let chain = self.chain.iter().map(|place| {
            self.sign(self.certificate(*place), keyring).map(|der| STANDARD.encode(der))
        });
        let chain = chain.collect::<Result<Vec<_>, _>>()?;
        let mut document = json!({
            "authority_chain": chain,
            "attestation_statement": {
                "format": "x509_certificate",
                "statement": STANDARD.encode(self.sign(statement, keyring)?),
            },
        });
        (self.change)(&mut document);
        Ok(format!("{document:#}\n"))
    }
}

impl Case for Draft {
    fn key(&self) -> KeyKind {
        self.attested
    }

    /// A cluster has no serial number, and a statement names no firmware.
    fn silences(&self) -> Vec<(Requirement, ReasonCode)> {
        vec![
            (Requirement::GenuineModule, ReasonCode::AttestationSerialMissing),
            (Requirement::CertifiedModule, ReasonCode::CertificationFirmwareUnstated),
        ]
    }

    fn files(
        &self,
        keyring: &mut Keyring,
        seen: Timestamp,
    ) -> Result<Vec<SimulatedFile>, SimulateError> {
        // The anchor stays what it is, whatever is done to the root that is sent.
        let whole = draft(&Options::new(self.time))?.root;
        let anchor = self.sign(&whole, keyring)?;
        let spki = keyring.pair(Holder::Root, self.kind(Holder::Root))?.spki();
        let yaml = to_yaml(&self.anchor, &whole, &anchor, &spki, seen);
        let mut files = vec![file("anchors.yaml", yaml, "the test trust, for --trust-anchors")];

        let document = self.document(&self.statement, keyring)?;
        let (name, text) = match self.form {
            Form::Document | Form::WithAnother => ("key-attestation.json", document),
            Form::NameTwice => {
                let twice = document.replacen('{', "{\"authority_chain\": [],", 1);
                ("key-attestation.json", twice)
            }
            Form::CertificateAlone => {
                ("statement.pem", pem("CERTIFICATE", &self.sign(&self.statement, keyring)?))
            }
        };
        files.push(file(name, text, "attestation statement and its chain"));
        if self.form == Form::WithAnother {
            let validity = self.statement.validity;
            let other = statement_of(Holder::SecondAttested, "statement of another key", validity);
            let text = self.document(&other, keyring)?;
            files.push(file("other-key-attestation.json", text, "statement about another key"));
        }
        let key = (self.request.key, self.kind(self.request.key));
        let signer = (self.request.signer, self.kind(self.request.signer));
        let (key, signer) = keyring.two(key, signer)?;
        let request = self.request.to_der(key, signer)?;
        files.push(file("request.pem", pem("CERTIFICATE REQUEST", &request), "request"));
        Ok(files)
    }
}

#[cfg(test)]
mod tests {
    use super::{GENERATED, NEVER_EXPORTABLE, id};
    use crate::encoding::{json, oid};
    use crate::format::fortanix_dsm::document::Document;
    use crate::simulate::tests::format_named;
    use crate::simulate::{KeyKind, Options};
    use crate::time::Timestamp;

    /// The example of the manufacturer's article, if it is there.
    #[allow(clippy::disallowed_methods, reason = "tests read samples")]
    fn genuine() -> Option<Document> {
        let samples = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/samples/fortanix-dsm");
        let path = format!("{samples}/genuine-documentation-sample/key_attestation.json");
        Some(Document::read(&json::parse(&std::fs::read(path).ok()?).unwrap()).unwrap())
    }

    fn simulated() -> Document {
        let time = Timestamp::from_rfc3339("2026-11-21T10:00:00Z").unwrap();
        let options = Options { key: Some(KeyKind::P256), ..Options::new(time) };
        let simulation = format_named("fortanix-dsm").build(&options).unwrap();
        let file = simulation.files.iter().find(|file| file.name == "key-attestation.json");
        Document::read(&json::parse(&file.unwrap().bytes).unwrap()).unwrap()
    }

    #[test]
    fn what_is_read_is_written_as_in_a_genuine_statement() {
        let Some(genuine) = genuine() else { return };
        let simulated = simulated();
        for (place, ours, theirs, extensions) in [
            (
                "statement",
                &simulated.statement,
                &genuine.statement,
                &[oid::KEY_USAGE, GENERATED, NEVER_EXPORTABLE][..],
            ),
            (
                "authority",
                &simulated.authority,
                &genuine.authority,
                &[
                    oid::KEY_USAGE,
                    oid::BASIC_CONSTRAINTS,
                    oid::EXTENDED_KEY_USAGE,
                    id::NODE_ENROLMENT,
                    oid::CERTIFICATE_POLICIES,
                ],
            ),
            (
                "issuing",
                &simulated.issuing,
                &genuine.issuing,
                &[oid::BASIC_CONSTRAINTS, oid::CERTIFICATE_POLICIES],
            ),
        ] {
            for extension in extensions {
                let ours = ours.extension(*extension).unwrap();
                let theirs = theirs.extension(*extension).unwrap();
                assert_eq!(ours, theirs, "{place}: {extension}");
            }
        }
        assert_eq!(simulated.authority.subject(), genuine.authority.subject());
        assert_eq!(simulated.issuing.subject(), genuine.issuing.subject());
        let length = |document: &Document| document.statement.subject().der().len();
        assert_eq!(length(&simulated), length(&genuine));
    }
}
