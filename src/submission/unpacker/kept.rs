//! What is kept of a submission: items and objects, each once, as far as there are not too many and
//! none is too large.

use super::{File, Provenance, Unpacker};
use crate::encoding::der::Strict;
use crate::encoding::hex::Sha256;
use crate::reason::{Reason, ReasonCode};
use crate::submission::{Content, ItemKind, ObjectKind, Parsed};

impl Unpacker<'_> {
    /// Keeps card-verifiable objects.
    pub(super) fn cards(&mut self, file: &mut File<'_>, objects: Result<Vec<&[u8]>, Reason>) {
        match objects {
            Ok(objects) => {
                for object in objects {
                    self.object(file, Content::of_card(object), object);
                }
            }
            Err(reason) => {
                file.kinds.insert(ObjectKind::CardVerifiable.id());
                self.problem_as(&file.name, &reason);
            }
        }
    }

    /// Keeps an object in another encoding than DER, if there are not too many and it is not too
    /// large.
    pub(super) fn object(&mut self, file: &mut File<'_>, content: Content, bytes: &[u8]) {
        let kind = content.kind();
        file.kinds.insert(kind.id());
        self.objects = self.objects.saturating_add(1);
        if self.objects > self.limits.items {
            return self.too_many(ReasonCode::InputTooMany, self.limits.items);
        }
        let limit = self.limits.object_bytes;
        if bytes.len() > limit {
            return self.too_large(file, bytes.len(), limit);
        }
        let fresh = || (content, Sha256::of(bytes), Provenance::default());
        let (_, sha256, provenance) =
            self.others.entry((kind, bytes.to_vec())).or_insert_with(fresh);
        file.learn(bytes, *sha256);
        provenance.roles.insert(file.role);
        provenance.origins.insert(file.name.clone());
    }

    /// Once for the submission, whichever files the surplus is in.
    pub(super) fn too_many(&mut self, code: ReasonCode, limit: usize) {
        let reason = Reason::new(code).with("limit", limit.to_string());
        self.problems.entry((code, String::new())).or_insert(reason);
    }

    pub(super) fn too_large(&mut self, file: &File<'_>, bytes: usize, limit: usize) {
        self.problem_with(ReasonCode::InputTooLarge, &file.name, |reason| {
            reason.with("bytes", bytes.to_string()).with("limit", limit.to_string())
        });
    }

    /// Keeps one item, if there are not too many and it is not too large; and what was read of it.
    pub(super) fn item(
        &mut self,
        file: &mut File<'_>,
        kind: ItemKind,
        der: Strict<'_>,
    ) -> Option<&Parsed> {
        file.kinds.insert(kind.id());
        let (code, count, limit) = match kind {
            ItemKind::Certificate => {
                self.certificates = self.certificates.saturating_add(1);
                let code = ReasonCode::InputTooManyCertificates;
                (code, self.certificates, self.limits.certificates)
            }
            ItemKind::Request | ItemKind::PublicKey => {
                self.objects = self.objects.saturating_add(1);
                (ReasonCode::InputTooMany, self.objects, self.limits.items)
            }
        };
        if count > limit {
            self.too_many(code, limit);
            return None;
        }
        let limit = self.limits.item_bytes;
        let length = der.bytes().len();
        if length > limit {
            self.too_large(file, length, limit);
            return None;
        }
        let fresh = || (Parsed::read(kind, der), Provenance::default());
        let (parsed, provenance) =
            self.items.entry((kind, der.bytes().to_vec())).or_insert_with(fresh);
        if let Parsed::Certificate(Ok(certificate)) = parsed {
            file.learn(der.bytes(), certificate.sha256());
        }
        provenance.roles.insert(file.role);
        provenance.origins.insert(file.name.clone());
        Some(parsed)
    }
}
