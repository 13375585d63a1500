//! What is kept of a submission: items and objects, each once, as far as there are not too many and
//! none is too large.

use super::{File, Unpacker};
use crate::encoding::der::Strict;
use crate::reason::{Reason, ReasonCode};
use crate::submission::{Content, ItemKind, ObjectKind};

impl Unpacker<'_> {
    /// Keeps card-verifiable objects.
    pub(super) fn cards(&mut self, file: &mut File, objects: Result<Vec<&[u8]>, Reason>) {
        match objects {
            Ok(objects) => {
                for object in objects {
                    self.object(file, Content::of_card(object), object);
                }
            }
            Err(reason) => {
                file.kinds.insert(ObjectKind::CardVerifiable.id());
                self.problem_with(reason.code(), &file.name, |mut problem| {
                    for (name, value) in reason.detail() {
                        problem = problem.with(name, value.clone());
                    }
                    problem
                });
            }
        }
    }

    /// Keeps an object in another encoding than DER, if there are not too many and it is not too
    /// large.
    pub(super) fn object(&mut self, file: &mut File, content: Content, bytes: &[u8]) {
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
        let fresh = || (content, Default::default());
        let (_, provenance) = self.others.entry((kind, bytes.to_vec())).or_insert_with(fresh);
        provenance.roles.insert(file.role);
        provenance.origins.insert(file.name.clone());
    }

    /// Once for the submission, whichever files the surplus is in.
    pub(super) fn too_many(&mut self, code: ReasonCode, limit: usize) {
        let reason = Reason::new(code).with("limit", limit.to_string());
        self.problems.entry((code, String::new())).or_insert(reason);
    }

    pub(super) fn too_large(&mut self, file: &File, bytes: usize, limit: usize) {
        self.problem_with(ReasonCode::InputTooLarge, &file.name, |reason| {
            reason.with("bytes", bytes.to_string()).with("limit", limit.to_string())
        });
    }

    /// Keeps one item, if there are not too many and it is not too large.
    pub(super) fn item(&mut self, file: &mut File, kind: ItemKind, der: Strict<'_>) {
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
            return self.too_many(code, limit);
        }
        let limit = self.limits.item_bytes;
        let length = der.bytes().len();
        if length > limit {
            return self.too_large(file, length, limit);
        }
        let provenance = self.items.entry((kind, der.to_owned())).or_default();
        provenance.roles.insert(file.role);
        provenance.origins.insert(file.name.clone());
    }
}
