//! Companions: counted by name and size alone, and looked through for what another program may find.

use std::collections::BTreeSet;

use super::super::companion::{self, Companion, CompanionKind, Extent};
use super::super::{InputRole, InputSummary, private_key, scan};
use super::{File, Origin, Unpacker, forget, refuse_private_key};
use crate::encoding::hex::Sha256;
use crate::reason::ReasonCode;

/// How much work is left for companions.
pub(super) struct Effort {
    /// Octets of all of them.
    octets: usize,
    /// Octets that a search cannot pass over at once.
    dense: usize,
    /// Octets of what they pack.
    unpacked: usize,
    search: scan::Budget,
}

/// What is looked for in vain costs some hundred instructions where a key might begin, and a few elsewhere:
/// so much of the one, and so much that has to be unpacked first, are half of what a submission may cost
/// (docs/threat-model.md, "Work").
const MOST_DENSE: usize = 3 << 20;
const MOST_UNPACKED: usize = 16 << 20;

impl Effort {
    pub(super) fn new(limits: &super::Limits) -> Self {
        Self {
            octets: limits.companions_bytes,
            dense: MOST_DENSE,
            unpacked: MOST_UNPACKED,
            // As much as for all else: a value that has a length is stepped over at once.
            search: scan::Budget::new(limits.candidates, limits.total_bytes),
        }
    }
}

impl File<'_> {
    /// Whether it may be no evidence: the caller does not say that it is, nor does a request carry it.
    pub(super) fn may_lie_beside(&self) -> bool {
        matches!(self.role, InputRole::Any | InputRole::Found) && self.place != Origin::Request
    }
}

impl Unpacker<'_> {
    /// Takes in a file that is a companion, if it is one and may be. It counts with its name and size.
    pub(super) fn companion(
        &mut self,
        file: &mut File<'_>,
    ) -> Result<bool, private_key::PrivateKeyPresent> {
        if !file.may_lie_beside() {
            return Ok(false);
        }
        let Some(kind) = companion::recognize(file.bytes) else {
            return Ok(false);
        };
        let length = file.bytes.len();
        let left = self.effort.octets.checked_sub(length);
        let extent = match left.filter(|_| length <= self.limits.companion_bytes) {
            Some(left) => {
                self.effort.octets = left;
                self.look_through(file, kind)?
            }
            None => Extent::Unopened,
        };
        self.beside(file, kind, extent);
        Ok(true)
    }

    /// Lists a companion that was examined; it is a problem where the caller says that it is evidence.
    pub(super) fn beside(&mut self, file: &mut File<'_>, kind: CompanionKind, extent: Extent) {
        file.kinds.insert(kind.id());
        if !file.may_lie_beside() {
            return self.problem(ReasonCode::InputMalformed, &file.name, kind.describe());
        }
        file.is_companion = true;
        self.companions.push(Companion {
            name: file.name.clone(),
            kind: Some(kind),
            bytes: u64::try_from(file.bytes.len()).unwrap_or(u64::MAX),
            sha256: None,
            extent,
            attachments: Vec::new(),
        });
    }

    /// The same for what was recognised in bytes that were examined: what they pack is searched first.
    pub(super) fn recognised(
        &mut self,
        file: &mut File<'_>,
        kind: CompanionKind,
        bytes: &[u8],
    ) -> Result<(), private_key::PrivateKeyPresent> {
        let extent = self.look_into(file, bytes, Some(kind), 0)?;
        self.beside(file, kind, extent);
        Ok(())
    }

    /// Lists a companion that is known by its name and size.
    pub(super) fn absent(&mut self, companion: Companion) {
        self.inputs.push(InputSummary {
            name: companion.name.clone(),
            kind: companion.kind.map_or(UNOPENED, CompanionKind::id).to_owned(),
            sha256: companion.sha256,
            bytes: companion.bytes,
            layers: Vec::new(),
        });
        self.companions.push(companion);
    }

    /// What becomes of companions that nothing lies beside: they are what was sent.
    pub(super) fn alone(&mut self) {
        let companions = std::mem::take(&mut self.companions);
        let is_empty = |it: &Companion| it.kind == Some(CompanionKind::Empty);
        if self.problems.is_empty() && companions.iter().all(is_empty) {
            let reason = ReasonCode::InputEmpty.into();
            self.problems.insert((ReasonCode::InputEmpty, String::new()), reason);
            return;
        }
        for companion in companions {
            if !companion.attachments.is_empty() {
                self.problem_as(&companion.name, &companion.unsaved());
                continue;
            }
            match companion.kind {
                Some(kind) => {
                    self.problem(ReasonCode::InputMalformed, &companion.name, kind.describe());
                }
                None => self.problem_with(ReasonCode::InputTooLarge, &companion.name, |reason| {
                    reason.with("bytes", companion.bytes.to_string())
                }),
            }
        }
    }

    /// Searches a companion for requests and keys: as it came, and what it packs.
    fn look_through(
        &mut self,
        file: &mut File<'_>,
        kind: CompanionKind,
    ) -> Result<Extent, private_key::PrivateKeyPresent> {
        let extent = self.search(file, file.bytes)?;
        Ok(extent.max(self.look_into(file, file.bytes, Some(kind), 0)?))
    }

    /// Searches what `bytes` pack, which were searched themselves: a companion of that kind, or a file in one.
    fn look_into(
        &mut self,
        file: &mut File<'_>,
        bytes: &[u8],
        kind: Option<CompanionKind>,
        depth: usize,
    ) -> Result<Extent, private_key::PrivateKeyPresent> {
        if let Some(kind) = kind {
            self.note_attachments(file, bytes, kind);
        }
        let packed = companion::unpack(bytes, kind, self.effort.unpacked);
        let is_whole = packed.is_whole && (packed.contents.is_empty() || depth < DEEPEST);
        if !is_whole {
            forget(&file.name, private_key::find_in_archive(bytes))?;
        }
        let mut extent = if is_whole { Extent::Whole } else { Extent::Partly };
        for content in packed.contents.iter().filter(|_| depth < DEEPEST) {
            let Some(left) = self.effort.unpacked.checked_sub(content.len()) else {
                return Ok(Extent::Partly);
            };
            self.effort.unpacked = left;
            extent = extent.max(self.search(file, content)?);
            let kind = companion::recognize(content);
            extent = extent.max(self.look_into(file, content, kind, depth.saturating_add(1))?);
        }
        Ok(extent)
    }

    /// Notes the attachments of a message that may be evidence.
    fn note_attachments(&mut self, file: &File<'_>, bytes: &[u8], kind: CompanionKind) {
        let attachments = companion::attachments(bytes, kind, self.effort.unpacked);
        let noted = self.attached.entry(file.name.clone()).or_default();
        for (number, it) in (1_usize..).zip(attachments.into_iter().flatten()) {
            let name = if it.name.is_empty() { format!("attachment {number}") } else { it.name };
            if noted.len() < MOST_NAMED {
                noted.push((name, Sha256::of(&it.bytes)));
            }
        }
    }

    /// Names the attachments that may be evidence, and are none of the files that came.
    pub(super) fn name_attachments(&mut self) {
        let came: BTreeSet<_> = self.inputs.iter().filter_map(|input| input.sha256).collect();
        for companion in &mut self.companions {
            let noted = self.attached.get(&companion.name).map(Vec::as_slice).unwrap_or_default();
            let unsaved = noted.iter().filter(|(_, sha256)| !came.contains(sha256));
            companion.attachments.extend(unsaved.map(|(name, _)| name.clone()));
        }
    }

    fn search(
        &mut self,
        file: &mut File<'_>,
        bytes: &[u8],
    ) -> Result<Extent, private_key::PrivateKeyPresent> {
        let dense = private_key::density(bytes, self.effort.dense);
        let Some(left) = self.effort.dense.checked_sub(dense) else {
            // The start of it, as of any other file.
            let start = bytes.get(..self.limits.object_bytes).unwrap_or(bytes);
            refuse_private_key(&file.name, start)?;
            return Ok(Extent::Partly);
        };
        self.effort.dense = left;
        refuse_private_key(&file.name, bytes)?;
        let Ok(found) = scan::search(bytes, &mut self.effort.search) else {
            return Ok(Extent::Partly);
        };
        forget(&file.name, found.iter().find_map(|glimpse| glimpse.kind.private_key()))?;
        file.found.extend(found);
        Ok(Extent::Whole)
    }
}

/// Packed files within packed files: a workbook in a chart in a document, and one more.
const DEEPEST: usize = 4;

/// Attachments of one message that are named.
const MOST_NAMED: usize = 16;

/// What is listed of a file that was not opened.
const UNOPENED: &str = "unopened";
