//! Documents in JSON, YAML and XML.

use super::{File, Unpacked, Unpacker, forget};
use crate::encoding::{json, printed_yaml, xml};
use crate::reason::ReasonCode;
use crate::submission::companion::{self, CompanionKind, Extent};
use crate::submission::{Content, ObjectKind, private_key};

impl Unpacker<'_> {
    /// Keeps a JSON document, none of whose strings may hold a private key. One that is too large to be
    /// kept is searched too: what the parser counts as it reads bounds the work, not the size.
    pub(super) fn json(&mut self, file: &mut File<'_>, text: &[u8]) -> Unpacked {
        match json::parse(text) {
            Ok(document) => {
                forget(&file.name, private_key::find_in_json(&document))?;
                if companion::is_result(&document) {
                    self.beside(file, CompanionKind::Result, Extent::Whole);
                    return Ok(());
                }
                self.object(file, Content::Json(document), text);
            }
            Err(_) if companion::are_results(text) => {
                self.beside(file, CompanionKind::Result, Extent::Whole);
            }
            Err(error) => self.problem(ReasonCode::InputJson, &file.name, &error.fault),
        }
        Ok(())
    }

    /// The same for the answer of a service that its client printed as YAML.
    pub(super) fn yaml(&mut self, file: &mut File<'_>, text: &[u8]) -> Unpacked {
        match printed_yaml::parse(text) {
            Ok(document) => {
                forget(&file.name, private_key::find_in_json(&document))?;
                self.object(file, Content::Yaml(document), text);
            }
            Err(error) => self.problem_with(ReasonCode::InputYaml, &file.name, |reason| {
                reason.with("fault", error.fault).with("line", error.line.to_string())
            }),
        }
        Ok(())
    }

    /// Keeps an XML document as it came, to the byte, none of whose texts may hold a private key.
    pub(super) fn xml(&mut self, file: &mut File<'_>, text: &[u8]) -> Unpacked {
        let limit = self.limits.object_bytes;
        if text.len() > limit {
            file.kinds.insert(ObjectKind::Xml.id());
            self.too_large(file, text.len(), limit);
            return Ok(());
        }
        match xml::parse(text) {
            Ok(root) => {
                forget(&file.name, private_key::find_in_xml(&root))?;
                self.object(file, Content::Xml(root), text);
            }
            Err(error) => self.problem(ReasonCode::InputXml, &file.name, &error.fault),
        }
        Ok(())
    }
}
