//! JSON and XML documents.

use super::{File, Unpacked, Unpacker, forget};
use crate::encoding::{json, xml};
use crate::reason::ReasonCode;
use crate::submission::ObjectKind;
use crate::submission::private_key;

impl Unpacker<'_> {
    /// Keeps a JSON document, none of whose strings may hold a private key.
    pub(super) fn json(
        &mut self,
        file: &mut File,
        text: &[u8],
        document: &json::Value,
    ) -> Unpacked {
        forget(&file.name, private_key::find_in_json(document))?;
        self.object(file, ObjectKind::Json, text);
        Ok(())
    }

    /// Keeps an XML document as it came, to the byte, none of whose texts may hold a private key.
    pub(super) fn xml(&mut self, file: &mut File, text: &[u8]) -> Unpacked {
        let limit = self.limits.object_bytes;
        if text.len() > limit {
            file.kinds.insert(ObjectKind::Xml.id());
            self.too_large(file, text.len(), limit);
            return Ok(());
        }
        match xml::parse(text) {
            Ok(root) => {
                forget(&file.name, private_key::find_in_xml(&root))?;
                self.object(file, ObjectKind::Xml, text);
            }
            Err(error) => self.problem(ReasonCode::InputXml, &file.name, &error.fault),
        }
        Ok(())
    }
}
