//! The `anchors.yaml` of a simulation: its roots, which no caller can add as production anchors.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keyproof::Timestamp;

use crate::SimulateError;
use crate::pki::{CertificateDraft, hex, sha256};
use crate::signing::Keys;

/// A root that a case leads to.
pub(crate) struct Trusted {
    /// The identifier of the anchor.
    id: &'static str,
    /// The name of the root.
    name: RootName,
    /// What it vouches for.
    role: Role,
    /// Its SubjectPublicKeyInfo.
    spki: Vec<u8>,
    /// Its certificate, if it has one.
    pub(crate) certificate: Option<Vec<u8>>,
    /// The first and the last instant at which it is believed.
    valid: (String, String),
}

/// The name of a root.
enum RootName {
    /// One commonName, and the Name in DER.
    Subject(&'static str, Vec<u8>),
    /// The plain name of what is no X.509 certificate.
    Holder(&'static str),
}

/// What a root vouches for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// The issuing authority of that commonName.
    Root { issuing: &'static str },
    /// Device certificates, which may lack basicConstraints, as under Yubico's PIV root of 2016.
    OfUnconstrainedDevices,
    /// The manufacturer's chain, whose places the format fixes.
    Manufacturer,
    /// What the owner of a module says of it.
    Owner,
}

/// A root with a certificate, whose subject is one commonName.
#[derive(Clone)]
pub(crate) struct AnchorDraft {
    /// The identifier of the anchor.
    pub(crate) id: &'static str,
    /// The name of the root.
    pub(crate) common_name: &'static str,
    /// What it vouches for.
    pub(crate) role: Role,
    /// Its certificate, whatever is done to one that is sent.
    pub(crate) root: CertificateDraft,
}

impl AnchorDraft {
    /// The root of a manufacturer.
    pub(crate) fn of_manufacturer(
        id: &'static str,
        common_name: &'static str,
        root: &CertificateDraft,
    ) -> Self {
        Self { id, common_name, role: Role::Manufacturer, root: root.clone() }
    }

    /// Signs its certificate.
    pub(crate) fn sign(&self, keys: &mut Keys<'_>) -> Result<Trusted, SimulateError> {
        let (from, to) = self.root.validity;
        Ok(Trusted {
            id: self.id,
            name: RootName::Subject(self.common_name, self.root.subject.clone()),
            role: self.role,
            spki: keys.spki(self.root.key)?,
            certificate: Some(keys.certificate(&self.root)?),
            valid: (from.to_string(), to.to_string()),
        })
    }
}

impl Trusted {
    /// The root of a manufacturer that has no X.509 certificate.
    pub(crate) fn by_holder(
        id: &'static str,
        holder: &'static str,
        spki: Vec<u8>,
        valid: (String, String),
    ) -> Self {
        let (name, role) = (RootName::Holder(holder), Role::Manufacturer);
        Self { id, name, role, spki, certificate: None, valid }
    }

    fn to_yaml(&self, format: &str, status: &str, seen: &str) -> String {
        let Self { id, spki, valid: (from, to), .. } = self;
        let name = match &self.name {
            RootName::Subject(name, der) => {
                format!("subject: \"CN={name}\"\n    subject_der: \"{}\"", STANDARD.encode(der))
            }
            RootName::Holder(name) => format!("holder: {name}"),
        };
        let role = match self.role {
            Role::Root { issuing } => format!("root\n        issuing: [\"CN={issuing}\"]"),
            Role::OfUnconstrainedDevices => {
                "issuing\n        device_without_basic_constraints: true".to_owned()
            }
            Role::Manufacturer => "manufacturer".to_owned(),
            Role::Owner => "owner".to_owned(),
        };
        let certificate =
            self.certificate.iter().map(|certificate| format!("\"{}\"", hex(&sha256(certificate))));
        format!(
            r#"  - id: {id}
    {name}
    public_key: "{public_key}"
    spki_sha256: "{spki_sha256}"
    certificate_sha256: [{certificate}]
    valid: {{from: "{from}", to: "{to}"}}
    uses:
      - format: {format}
        role: {role}
    status: {status}
    sources:
      - publisher: keyproof simulate
        seen: "{seen}"
"#,
            public_key = STANDARD.encode(spki),
            spki_sha256 = hex(&sha256(spki)),
            certificate = certificate.collect::<String>(),
        )
    }
}

/// Anchors for a format in the form of `vendor-roots/*/anchors.yaml`, which came to be believed at that time
/// as the status says it.
pub(crate) fn to_yaml(trusted: &[Trusted], format: &str, status: &str, time: Timestamp) -> String {
    let seen = time.date();
    let anchors: String =
        trusted.iter().map(|anchor| anchor.to_yaml(format, status, &seen)).collect();
    format!(
        "# Trust for one simulated case. It vouches for nothing real.\n\
         vendor: simulated\nanchors:\n{anchors}"
    )
}
