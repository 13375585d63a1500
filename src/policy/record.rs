//! What a CA has established itself about single modules and recorded outside: entries of a policy
//! file, each with the reference of the record. They close the gaps that evidence leaves; they never
//! speak against it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::claims::{Firmware, ModuleClaims};
use crate::encoding::hex::Sha256;
use crate::encoding::yaml::{Document, Fields, FileError, FileFault, Node};
use crate::endorsement::Endorsements;
use crate::format::{AttestationFormat, FORMATS};

/// A module whose product, and firmware where certifications name it, the CA has confirmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConfirmedModule {
    /// Which module.
    #[serde(flatten)]
    pub unit: Unit,
    /// The product, by its identifier in the facts.
    pub module: String,
    /// The firmware; `None` for a product whose certifications name none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub firmware: Option<Firmware>,
    /// The security world that it was found in, for a format whose keys are kept under the key of one.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub world: Option<SecurityWorld>,
    /// The record of it.
    pub reference: String,
}

/// A security world of nShield modules, by hashes of its keys in 40 lower-case hexadecimal digits, as
/// `nfkminfo` and results show them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SecurityWorld {
    /// The key of the security officer.
    pub hknso: String,
    /// The module key, under which keys are kept.
    pub hkm: String,
}

impl SecurityWorld {
    /// Whether a module with those claims is in this world.
    pub fn holds(&self, claims: &ModuleClaims) -> bool {
        claims.partition.as_ref().is_some_and(|partition| {
            partition.owner == self.hknso && partition.wrapping_key.as_ref() == Some(&self.hkm)
        })
    }
}

/// A witness statement about a module that the CA accepts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AcceptedStatement {
    /// Which module.
    #[serde(flatten)]
    pub unit: Unit,
    /// What it states.
    pub states: Stated,
    /// The record of it.
    pub reference: String,
}

/// An anchor of the caller's whose key the CA has confirmed with the manufacturer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConfirmedAnchor {
    /// SHA-256 of its SubjectPublicKeyInfo.
    pub spki_sha256: Sha256,
    /// The record of it.
    pub reference: String,
}

/// What a witness statement can state in place of silent evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Stated {
    /// The module was set up so that no key can leave it, in whatever form.
    NonExportable,
}

/// A document of a signing service that the CA has on record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ServiceDocument {
    /// What it shows.
    pub shows: ServiceMatter,
    /// The record of it.
    pub reference: String,
}

/// What a signing service must show besides the certification of its module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ServiceMatter {
    /// The subscriber's agreement that it uses this service (CSBR 6.2.7.4.2 (7)).
    Agreement,
    /// The conformity assessment of the service (CSBR 8.4.2).
    Audit,
    /// Multi-factor or server-to-server authentication, to access and authorise code signing (CSBR 6.2.7.3).
    Authentication,
    /// A secure environment with controls against theft and misuse (CSBR 6.2.7.3).
    Environment,
}

impl ServiceMatter {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::Agreement, Self::Audit, Self::Authentication, Self::Environment];

    /// The word of policies and results.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Agreement => "agreement",
            Self::Audit => "audit",
            Self::Authentication => "authentication",
            Self::Environment => "environment",
        }
    }
}

/// One module, as its evidence names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unit {
    /// The format of the evidence.
    pub format: String,
    /// The serial number, exactly as claims show it.
    pub serial: String,
}

impl Unit {
    /// Whether verified evidence of that format, with those claims, is of this module.
    pub fn is(&self, format: &str, claims: &ModuleClaims) -> bool {
        self.format == format && claims.serial.as_ref() == Some(&self.serial)
    }
}

/// Of SHA-1.
const HASH_DIGITS: usize = 40;

/// One entry of `confirmed_modules`.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes the file for the schema")]
pub(super) struct ConfirmedModuleEntry {
    /// The format of the evidence.
    format: String,
    /// The serial number as results show it.
    serial: String,
    /// The product, by its identifier in `keyproof modules list`.
    module: String,
    /// The firmware that was confirmed, where certifications of the product name firmware.
    firmware: Option<String>,
    /// For nShield: the hash of the key of the world's security officer, with `hkm`.
    #[schemars(regex(pattern = "^[0-9a-f]{40}$"))]
    hknso: Option<String>,
    /// For nShield: the hash of the world's module key, with `hknso`.
    #[schemars(regex(pattern = "^[0-9a-f]{40}$"))]
    hkm: Option<String>,
    /// The CA's record of how that was established.
    #[schemars(length(min = 1, max = 100))]
    reference: String,
}

/// One entry of `accept_statement`.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes the file for the schema")]
pub(super) struct AcceptedStatementEntry {
    /// The format of the evidence.
    format: String,
    /// The serial number as results show it.
    serial: String,
    /// What the statement states.
    states: Stated,
    /// The CA's record of the statement.
    #[schemars(length(min = 1, max = 100))]
    reference: String,
}

/// One entry of `confirmed_anchors`.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes the file for the schema")]
pub(super) struct ConfirmedAnchorEntry {
    /// SHA-256 of the anchor's SubjectPublicKeyInfo, as `keyproof anchors show` prints it.
    #[schemars(regex(pattern = "^[0-9a-f]{64}$"))]
    spki_sha256: String,
    /// The CA's record of how the key was confirmed with the manufacturer.
    #[schemars(length(min = 1, max = 100))]
    reference: String,
}

/// One entry of `service_documents`.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes the file for the schema")]
pub(super) struct ServiceDocumentEntry {
    /// What the document shows.
    shows: ServiceMatter,
    /// The CA's record of the document.
    #[schemars(length(min = 1, max = 100))]
    reference: String,
}

/// Reads the entries of these lists.
pub(super) struct RecordReader<'a> {
    pub(super) document: &'a Document<'a>,
    pub(super) endorsements: &'a Endorsements,
}

impl RecordReader<'_> {
    pub(super) fn confirmed(&self, node: &Node) -> Result<ConfirmedModule, FileError> {
        let mut fields = self.document.fields(node)?;
        let unit = self.unit(&mut fields)?;
        let module_node = fields.required("module")?;
        let module = self.document.text(module_node)?;
        let firmware_node = fields.optional("firmware");
        let world = self.world(&mut fields, &unit)?;
        let reference = self.reference(&mut fields)?;
        fields.finish()?;
        let Some(product) = self.endorsements.module(module) else {
            let message = format!("there is no module `{}`", module.escape_debug());
            return Err(self.wrong(module_node, &message));
        };
        if !product.formats.contains(&unit.format) {
            let message = format!("`{module}` does not attest in the format `{}`", unit.format);
            return Err(self.wrong(module_node, &message));
        }
        let firmware = match firmware_node {
            Some(node) => Some(
                Firmware::parse(self.document.text(node)?)
                    .ok_or_else(|| self.wrong(node, "firmware is written 1.2.3"))?,
            ),
            None if product.certifications.iter().any(|it| !it.firmware.is_empty()) => {
                let message = "`firmware` is missing: the certifications of this module name it";
                return Err(self.wrong(node, message));
            }
            None => None,
        };
        Ok(ConfirmedModule { unit, module: module.to_owned(), firmware, world, reference })
    }

    /// Both hashes, or neither.
    fn world(
        &self,
        fields: &mut Fields<'_>,
        unit: &Unit,
    ) -> Result<Option<SecurityWorld>, FileError> {
        let (hknso, hkm) = match (fields.optional("hknso"), fields.optional("hkm")) {
            (None, None) => return Ok(None),
            (Some(hknso), Some(hkm)) => (hknso, hkm),
            (Some(one), None) | (None, Some(one)) => {
                let message = "`hknso` and `hkm` name a security world together";
                return Err(self.wrong(one, message));
            }
        };
        let of_worlds = |format: &&&dyn AttestationFormat| format.has_security_worlds();
        if !FORMATS.iter().filter(of_worlds).any(|format| format.name() == unit.format) {
            let message = format!("a module of `{}` is in no security world", unit.format);
            return Err(self.wrong(hknso, &message));
        }
        let hash = |node| {
            let text = self.document.text(node)?;
            let is_digit = |octet: u8| matches!(octet, b'0'..=b'9' | b'a'..=b'f');
            if text.len() == HASH_DIGITS && text.bytes().all(is_digit) {
                return Ok(text.to_owned());
            }
            let message = "a hash is written in 40 hexadecimal digits in lower case, in quotes";
            Err(self.wrong(node, message))
        };
        Ok(Some(SecurityWorld { hknso: hash(hknso)?, hkm: hash(hkm)? }))
    }

    pub(super) fn statement(&self, node: &Node) -> Result<AcceptedStatement, FileError> {
        let mut fields = self.document.fields(node)?;
        let unit = self.unit(&mut fields)?;
        let states_node = fields.required("states")?;
        let states = match self.document.text(states_node)? {
            "non-exportable" => Stated::NonExportable,
            _ => {
                let message = "a statement can state `non-exportable`, and nothing else";
                return Err(self.wrong(states_node, message));
            }
        };
        let reference = self.reference(&mut fields)?;
        fields.finish()?;
        Ok(AcceptedStatement { unit, states, reference })
    }

    pub(super) fn anchor(&self, node: &Node) -> Result<ConfirmedAnchor, FileError> {
        let mut fields = self.document.fields(node)?;
        let key_node = fields.required("spki_sha256")?;
        let spki_sha256 = Sha256::from_hex(self.document.text(key_node)?)
            .ok_or_else(|| self.wrong(key_node, "a SHA-256 has 64 hexadecimal digits"))?;
        let reference = self.reference(&mut fields)?;
        fields.finish()?;
        Ok(ConfirmedAnchor { spki_sha256, reference })
    }

    pub(super) fn service_document(&self, node: &Node) -> Result<ServiceDocument, FileError> {
        let mut fields = self.document.fields(node)?;
        let shows_node = fields.required("shows")?;
        let name = self.document.text(shows_node)?;
        let shows = ServiceMatter::ALL.into_iter().find(|matter| matter.id() == name);
        let shows = shows.ok_or_else(|| {
            let known = ServiceMatter::ALL.map(ServiceMatter::id).join("`, `");
            self.wrong(shows_node, &format!("a document shows one of `{known}`"))
        })?;
        let reference = self.reference(&mut fields)?;
        fields.finish()?;
        Ok(ServiceDocument { shows, reference })
    }

    fn unit(&self, fields: &mut Fields<'_>) -> Result<Unit, FileError> {
        let format_node = fields.required("format")?;
        let format = self.document.text(format_node)?;
        let modules = self.endorsements.modules();
        if !modules.iter().any(|module| module.formats.iter().any(|known| known == format)) {
            let message = format!("there is no format `{}`", format.escape_debug());
            return Err(self.wrong(format_node, &message));
        }
        Ok(Unit { format: format.to_owned(), serial: fields.text("serial")?.to_owned() })
    }

    fn reference(&self, fields: &mut Fields<'_>) -> Result<String, FileError> {
        let node = fields.required("reference")?;
        let reference = self.document.text(node)?;
        if reference.chars().count() > 100 || reference.chars().any(char::is_control) {
            let message = "a reference has 100 characters at most, all of them visible";
            return Err(self.document.error(FileFault::Range, node.place(), message));
        }
        Ok(reference.to_owned())
    }

    fn wrong(&self, node: &Node, message: &str) -> FileError {
        self.document.error(FileFault::Value, node.place(), message)
    }
}
