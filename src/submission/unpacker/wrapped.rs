//! Texts in a wrapping that mail programs, web forms and command lines put around them, and saved mail.

use super::super::wrapping::{self, Unwrapped};
use super::super::{InputRole, base64, mail, pem, text};
use super::{File, Origin, Unpacked, Unpacker};
use crate::reason::ReasonCode;

impl File<'_> {
    /// Whether wrappings are undone that a request may not have: not where the caller names the request,
    /// nor inside of one.
    pub(super) fn may_be_wrapped(&self) -> bool {
        self.role != InputRole::Request && self.place != Origin::Request
    }
}

impl Unpacker<'_> {
    /// Sorts out a text whose wrapping is undone, if it has one; says whether.
    pub(super) fn wrapped(
        &mut self,
        file: &mut File<'_>,
        layers: &[&'static str],
        text: &[u8],
    ) -> Result<bool, super::PrivateKeyPresent> {
        if !file.may_be_wrapped() {
            return Ok(false);
        }
        if mail::is_mail(text) {
            self.mail(file, layers, text)?;
            return Ok(true);
        }
        let Some(Unwrapped { layer, text }) = wrapping::unwrap(text) else {
            return Ok(false);
        };
        match text {
            Ok(text) => self.inside(file, layers, layer, &text)?,
            Err(fault) => self.problem(ReasonCode::InputPem, &file.name, fault),
        }
        Ok(true)
    }

    /// Sorts out what a wrapping holds, in which no request may stand.
    fn inside(
        &mut self,
        file: &mut File<'_>,
        layers: &[&'static str],
        layer: &'static str,
        text: &[u8],
    ) -> Unpacked {
        let Some(layers) = self.deeper(file, layers, layer) else {
            return Ok(());
        };
        if !self.afford(text.len(), file, ReasonCode::InputTooLarge) {
            return Ok(());
        }
        self.examine(file, text)?;
        let around = file.wrapping.replace(layer);
        let pem = pem::read(text);
        self.pem(file, &layers, pem)?;
        file.wrapping = around;
        Ok(())
    }

    /// Sorts out a text that Windows' `certutil -encode` has put into a block of its own, whatever it was
    /// (`BASE64HEADER`). Says whether it is one.
    pub(super) fn encoded_twice(
        &mut self,
        file: &mut File<'_>,
        layers: &[&'static str],
        block: &pem::Block,
    ) -> Result<bool, super::PrivateKeyPresent> {
        let content = text::strip_mark(&block.bytes);
        let is_text = text::trim(content).starts_with(b"-----BEGIN ") || text::is_document(content);
        if !file.may_be_wrapped() || block.label != "CERTIFICATE" || !is_text {
            return Ok(false);
        }
        let Some(layers) = self.deeper(file, layers, "certutil") else {
            return Ok(true);
        };
        let around = file.wrapping.replace("certutil");
        self.content(file, &layers, &block.bytes)?;
        file.wrapping = around;
        Ok(true)
    }

    /// Sorts out a saved mail, part by part.
    fn mail(&mut self, file: &mut File<'_>, layers: &[&'static str], bytes: &[u8]) -> Unpacked {
        file.kinds.insert(super::MAIL);
        let Some(layers) = self.deeper(file, layers, "mail") else {
            return Ok(());
        };
        for reading in mail::other_readings(bytes) {
            self.examine(file, &reading)?;
        }
        let parts = match mail::parts(bytes) {
            Ok(parts) => parts,
            Err(fault) => {
                self.problem(ReasonCode::InputMalformed, &file.name, fault);
                return Ok(());
            }
        };
        if parts.len() > self.limits.files.saturating_sub(self.entries) {
            self.too_many_entries(&file.name);
            return Ok(());
        }
        self.entries = self.entries.saturating_add(parts.len());
        let first = self.glimpses.len();
        for part in parts {
            let name = format!("{}/{}", file.name, part.name);
            self.file(name, file.role, Origin::Mail, &layers, &part.bytes)?;
        }
        file.entries = first..self.glimpses.len();
        Ok(())
    }

    /// A request or a key in a wrapping: what is issued may be read from the file by another program.
    pub(super) fn refuse_wrapped(&mut self, file: &File<'_>, layer: &str) {
        let fault = match layer {
            "quoted" => "a request or a key in quoted lines (\"> \")",
            "one-line" => "a request or a key without its line breaks",
            _ => "a request or a key that was encoded twice, as certutil does",
        };
        self.problem(ReasonCode::InputPem, &file.name, fault);
    }
}

/// What base64 that does not begin like anything known stands for, if that is a document or a signature.
pub(super) fn decode_base64(file: &File<'_>, text: &[u8]) -> Option<Vec<u8>> {
    if file.may_be_wrapped() { base64::document_or_signature(text) } else { None }
}
