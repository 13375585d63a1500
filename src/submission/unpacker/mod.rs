//! The work of [`Submission::unpack`]: peels one encoding after another off each file, until an
//! item, a companion or a problem is left.

mod companions;
mod documents;
mod in_request;
mod kept;
mod other_readers;
mod wrapped;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use super::archive::{self, Bounds};
use super::classify::{Shape, classify};
use super::companion::{self, Companion, CompanionKind, Extent};
use super::draft::{self, DraftFormat};
use super::private_key::{self, PrivateKeyPresent};
use super::scan::{self, Glimpse};
use super::sighting::{self, Glimpses, Standing, Yields};
use super::text::{self, Utf16};
use super::{
    Content, Input, InputRole, InputSummary, Item, ItemKind, Limits, Object, ObjectKind, Parsed,
    Submission, bare_signature, base64, card, gzip, pem, pkcs7,
};
use crate::encoding::der::{self, DerFault, Strict};
use crate::encoding::hex::Sha256;
use crate::reason::{Reason, ReasonCode};
use other_readers::{forget, refuse_private_key};

/// What has been found so far.
pub(super) struct Unpacker<'a> {
    limits: &'a Limits,
    items: BTreeMap<(ItemKind, Vec<u8>), (Parsed, Provenance)>,
    others: BTreeMap<(ObjectKind, Vec<u8>), (Content, Sha256, Provenance)>,
    /// The first problem of each code in each file, so that hostile files cannot flood the report.
    problems: BTreeMap<(ReasonCode, String), Reason>,
    inputs: Vec<InputSummary>,
    companions: Vec<Companion>,
    /// The attachments of messages that may be evidence, by the name of the message.
    attached: BTreeMap<String, Vec<(String, Sha256)>>,
    effort: companions::Effort,
    entries: usize,
    objects: usize,
    certificates: usize,
    /// Bytes of files and of what was decoded from them.
    bytes: usize,
    /// What other programs may find, file by file.
    glimpses: Vec<Glimpses>,
    search: scan::Budget,
    named_requests: BTreeSet<String>,
}

#[derive(Default)]
struct Provenance {
    roles: BTreeSet<InputRole>,
    origins: BTreeSet<String>,
}

/// The file that is being sorted out.
struct File<'b> {
    name: String,
    bytes: &'b [u8],
    /// Of the bytes, where they are an item or an object as they came.
    sha256: Option<Sha256>,
    role: InputRole,
    /// What surrounds it.
    place: Origin,
    kinds: BTreeSet<&'static str>,
    /// The longest row of encodings peeled off so far.
    layers: Vec<&'static str>,
    /// What any program may find in it.
    found: BTreeSet<Glimpse>,
    /// The entries of an archive, or the evidence in a request, in the row of files.
    entries: Range<usize>,
    is_companion: bool,
    /// The layer inside of which it is being sorted out, where that may hold no request.
    wrapping: Option<&'static str>,
}

impl<'b> File<'b> {
    fn new(
        name: String,
        bytes: &'b [u8],
        role: InputRole,
        place: Origin,
        layers: &[&'static str],
    ) -> Self {
        Self {
            name,
            bytes,
            sha256: None,
            role,
            place,
            kinds: BTreeSet::new(),
            layers: layers.to_vec(),
            found: BTreeSet::new(),
            entries: 0..0,
            is_companion: false,
            wrapping: None,
        }
    }

    /// Takes over a fingerprint that was computed of something in the file, if it is the whole of it.
    fn learn(&mut self, bytes: &[u8], sha256: Sha256) {
        if bytes == self.bytes {
            self.sha256 = Some(sha256);
        }
    }

    fn yields(&self) -> Yields {
        let items = [ItemKind::Request, ItemKind::Certificate, ItemKind::PublicKey];
        if items.iter().any(|kind| self.kinds.contains(kind.id())) {
            Yields::Items
        } else if ObjectKind::ALL.iter().any(|kind| self.kinds.contains(kind.id())) {
            Yields::Evidence
        } else {
            Yields::Nothing
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// The caller named it.
    Named,
    /// It was found in a folder.
    Folder,
    /// It is an entry of an archive.
    Archive,
    /// It is a part of a saved mail.
    Mail,
    /// It is evidence that a request carries.
    Request,
}

/// Kinds of input that hold no item.
const ARCHIVE: &str = "archive";
const MAIL: &str = "mail";
const UNKNOWN: &str = "unknown";

type Unpacked = Result<(), PrivateKeyPresent>;

impl<'a> Unpacker<'a> {
    pub(super) fn new(limits: &'a Limits) -> Self {
        Self {
            limits,
            items: BTreeMap::new(),
            others: BTreeMap::new(),
            problems: BTreeMap::new(),
            inputs: Vec::new(),
            companions: Vec::new(),
            attached: BTreeMap::new(),
            effort: companions::Effort::new(limits),
            entries: 0,
            objects: 0,
            certificates: 0,
            bytes: 0,
            glimpses: Vec::new(),
            search: scan::Budget::new(limits.candidates, limits.total_bytes),
            named_requests: BTreeSet::new(),
        }
    }

    /// Sorts out all files; nothing is returned if one holds a private key.
    pub(super) fn unpack(
        mut self,
        inputs: Vec<Input>,
        absent: Vec<Companion>,
    ) -> Result<Submission, PrivateKeyPresent> {
        let files = inputs.len().saturating_add(absent.len());
        if files > self.limits.files {
            // The files are not read, yet a key in plain sight is not passed over.
            for input in &inputs {
                refuse_private_key(&input.name, &input.bytes)?;
            }
            let reason = Reason::new(ReasonCode::InputTooMany)
                .with("files", files.to_string())
                .with("limit", self.limits.files.to_string());
            return Ok(Submission { problems: vec![reason], ..Submission::default() });
        }
        for input in inputs {
            let place = match input.role {
                InputRole::Found => Origin::Folder,
                InputRole::Any | InputRole::Request | InputRole::Attestation => Origin::Named,
            };
            if input.role == InputRole::Request {
                self.require_one_form(&input);
            }
            self.file(input.name, input.role, place, &[], &input.bytes)?;
        }
        absent.into_iter().for_each(|companion| self.absent(companion));
        Ok(self.finish())
    }

    fn finish(mut self) -> Submission {
        self.name_attachments();
        if self.items.is_empty() && self.others.is_empty() {
            self.alone();
        }
        let requests = self.items.keys().filter(|(kind, _)| *kind == ItemKind::Request).count();
        if requests > 1 {
            let reason =
                Reason::new(ReasonCode::InputPemMultiple).with("requests", requests.to_string());
            self.problems.insert((ReasonCode::InputPemMultiple, String::new()), reason);
        }
        let items = std::mem::take(&mut self.items).into_iter();
        let items: Vec<Item> = items
            .map(|((_, der), (parsed, provenance))| Item {
                parsed,
                der,
                roles: provenance.roles,
                origins: provenance.origins.into_iter().collect(),
            })
            .collect();
        let sightings = sighting::settle(&self.glimpses, &items);
        for hidden in sightings.iter().filter(|it| it.standing() == Standing::Hidden) {
            self.hidden(hidden);
        }
        let objects = self.others.into_iter();
        let objects = objects.map(|((_, bytes), (content, sha256, provenance))| Object {
            content,
            sha256,
            bytes,
            roles: provenance.roles,
            origins: provenance.origins.into_iter().collect(),
        });
        let objects = objects.collect();
        self.inputs.sort_by(|one, other| {
            (&one.name, &one.sha256, &one.kind).cmp(&(&other.name, &other.sha256, &other.kind))
        });
        self.companions.sort();
        let problems = self.problems.into_values().collect();
        Submission {
            items,
            objects,
            problems,
            inputs: self.inputs,
            sightings,
            named_requests: self.named_requests,
            bytes: self
                .companions
                .iter()
                .map(looked_through)
                .fold(self.bytes, usize::saturating_add),
            companions: self.companions,
        }
    }

    /// Notes a problem of `file`.
    fn problem(&mut self, code: ReasonCode, file: &str, fault: &str) {
        self.problem_with(code, file, |reason| reason.with("fault", fault));
    }

    fn problem_with(&mut self, code: ReasonCode, file: &str, facts: impl FnOnce(Reason) -> Reason) {
        self.problems
            .entry((code, file.to_owned()))
            .or_insert_with(|| facts(Reason::new(code).with("file", file)));
    }

    /// The same for a reason that is known, with its facts.
    fn problem_as(&mut self, file: &str, reason: &Reason) {
        self.problem_with(reason.code(), file, |problem| {
            let facts = reason.detail().iter();
            facts.fold(problem, |problem, (name, value)| problem.with(name.clone(), value.clone()))
        });
    }

    fn too_many_entries(&mut self, file: &str) {
        let limit = self.limits.files;
        self.problem_with(ReasonCode::BundleTooMany, file, |reason| {
            reason.with("limit", limit.to_string())
        });
    }

    /// Counts bytes that are held; says so and is false when they are too many.
    fn afford(&mut self, bytes: usize, file: &File<'_>, code: ReasonCode) -> bool {
        self.bytes = self.bytes.saturating_add(bytes);
        let limit = self.limits.total_bytes;
        if self.bytes > limit {
            self.problem_with(code, &file.name, |reason| {
                reason.with("fault", "the submission as a whole").with("limit", limit.to_string())
            });
        }
        self.bytes <= limit
    }

    /// Sorts out one file and states what it was.
    fn file(
        &mut self,
        name: String,
        role: InputRole,
        place: Origin,
        layers: &[&'static str],
        bytes: &[u8],
    ) -> Unpacked {
        let length = bytes.len();
        let mut file = File::new(name, bytes, role, place, layers);
        if self.companion(&mut file)? {
            self.state(file);
            return Ok(());
        }
        let limit = self.limits.file_bytes;
        if length > limit {
            refuse_private_key(&file.name, bytes)?;
        } else {
            self.examine(&mut file, bytes)?;
        }
        if length > limit && archive::entry_count(bytes) > self.limits.files {
            // Both are so; that there are too many says more about an archive.
            self.too_many_entries(&file.name);
        } else if length > limit {
            self.too_large(&file, length, limit);
        } else if place == Origin::Archive || self.afford(length, &file, ReasonCode::InputTooLarge)
        {
            self.examined_content(&mut file, layers, bytes)?;
            if file.is_companion && file.layers.is_empty() && place != Origin::Archive {
                self.bytes = self.bytes.saturating_sub(length);
            }
        }
        self.state(file);
        Ok(())
    }

    /// States what a file was.
    fn state(&mut self, file: File<'_>) {
        self.glimpses.push(Glimpses {
            file: file.name.clone(),
            yields: file.yields(),
            named_as_request: file.role == InputRole::Request,
            found: file.found,
            entries: file.entries,
        });
        let sha256 = file.sha256.unwrap_or_else(|| Sha256::of(file.bytes));
        if file.is_companion
            && let Some(companion) = self.companions.last_mut()
        {
            companion.sha256 = Some(sha256);
        }
        let kinds: Vec<_> = file.kinds.into_iter().collect();
        self.inputs.push(InputSummary {
            name: file.name,
            kind: if kinds.is_empty() { UNKNOWN.to_owned() } else { kinds.join("+") },
            sha256: Some(sha256),
            bytes: u64::try_from(file.bytes.len()).unwrap_or(u64::MAX),
            layers: file.layers.into_iter().map(str::to_owned).collect(),
        });
    }

    /// Sorts out bytes off which `layers` have been peeled.
    fn content(&mut self, file: &mut File<'_>, layers: &[&'static str], bytes: &[u8]) -> Unpacked {
        self.examine(file, bytes)?;
        self.examined_content(file, layers, bytes)
    }

    /// The same for bytes that were examined.
    fn examined_content(
        &mut self,
        file: &mut File<'_>,
        layers: &[&'static str],
        bytes: &[u8],
    ) -> Unpacked {
        if text::trim(text::strip_mark(bytes)).is_empty() {
            self.beside(file, CompanionKind::Empty, Extent::Whole);
            return Ok(());
        }
        if let Some(kind) = companion::recognize(bytes) {
            return self.recognised(file, kind, bytes);
        }
        if archive::is_zip(bytes) {
            return self.zip(file, layers, bytes);
        }
        if let Some(description) = archive::other_archive(bytes) {
            file.kinds.insert(ARCHIVE);
            let code = match file.place {
                Origin::Archive | Origin::Request => ReasonCode::BundleNested,
                Origin::Named | Origin::Folder | Origin::Mail => ReasonCode::BundleMalformed,
            };
            self.problem(code, &file.name, description);
            return Ok(());
        }
        if let Some(description) = private_key::certificates_alone(bytes) {
            self.problem(ReasonCode::InputMalformed, &file.name, description);
            return Ok(());
        }
        if bare_signature::is_one(bytes) {
            self.object(file, Content::Binary, bytes);
            return Ok(());
        }
        if bytes.starts_with(&[0x1f, 0x8b]) {
            return self.gzip(file, layers, bytes);
        }
        match text::decode_utf16(bytes) {
            Utf16::Text(text) => return self.utf16(file, layers, &text),
            Utf16::Malformed(fault) => {
                self.problem(ReasonCode::InputMalformed, &file.name, fault);
                return Ok(());
            }
            Utf16::Absent => {}
        }
        let text = text::strip_mark(bytes);
        let is_marked = text.len() < bytes.len() && !file.may_be_wrapped();
        if is_marked && text::looks_like_json(text) {
            // RFC 8259 8.1 forbids the mark; readers differ in what they make of it.
            self.problem(ReasonCode::InputJson, &file.name, "a byte order mark");
            return Ok(());
        }
        if is_marked && text::looks_like_xml(text) {
            // What is signed may begin before the mark or behind it.
            self.problem(ReasonCode::InputXml, &file.name, "a byte order mark");
            return Ok(());
        }
        if card::is_start(bytes) && !text::is_plain(bytes) {
            self.cards(file, card::sequence(bytes));
            return Ok(());
        }
        if bytes.starts_with(&[der::tag::SEQUENCE]) && !text::is_plain(bytes) {
            return self.der(file, layers, bytes, None);
        }
        self.text(file, layers, text)
    }

    /// `layers` and one more, unless that is too many.
    fn deeper(
        &mut self,
        file: &mut File<'_>,
        layers: &[&'static str],
        layer: &'static str,
    ) -> Option<Vec<&'static str>> {
        let limit = self.limits.layers;
        if layers.len() >= limit {
            self.problem_with(ReasonCode::InputTooDeep, &file.name, |reason| {
                reason.with("fault", "encodings within encodings").with("limit", limit.to_string())
            });
            return None;
        }
        let mut layers = layers.to_vec();
        layers.push(layer);
        if layers.len() > file.layers.len() {
            file.layers.clone_from(&layers);
        }
        Some(layers)
    }

    fn zip(&mut self, file: &mut File<'_>, layers: &[&'static str], bytes: &[u8]) -> Unpacked {
        file.kinds.insert(ARCHIVE);
        if matches!(file.place, Origin::Archive | Origin::Request) {
            self.problem(ReasonCode::BundleNested, &file.name, "a zip archive");
            return forget(&file.name, private_key::find_in_archive(bytes));
        }
        let Some(layers) = self.deeper(file, layers, "zip") else {
            return Ok(());
        };
        let bounds = Bounds {
            entries: self.limits.files.saturating_sub(self.entries),
            entry_bytes: self.limits.file_bytes,
            total_bytes: self.limits.total_bytes.saturating_sub(self.bytes),
        };
        let entries = match archive::unzip(bytes, bounds) {
            Ok(entries) => entries,
            Err(refusal) => {
                self.problem_with(refusal.code, &file.name, |reason| {
                    let reason = reason.with("fault", refusal.fault);
                    match refusal.entry {
                        Some(entry) => reason.with("entry", entry),
                        None => reason,
                    }
                });
                return forget(&file.name, private_key::find_in_archive(bytes));
            }
        };
        self.entries = self.entries.saturating_add(entries.len());
        let total = entries.iter().map(|entry| entry.bytes.len()).sum();
        if !self.afford(total, file, ReasonCode::BundleTooLarge) {
            return Ok(());
        }
        let first = self.glimpses.len();
        for entry in entries {
            let name = format!("{}/{}", file.name, entry.name);
            self.file(name, file.role, Origin::Archive, &layers, &entry.bytes)?;
        }
        file.entries = first..self.glimpses.len();
        Ok(())
    }

    fn gzip(&mut self, file: &mut File<'_>, layers: &[&'static str], bytes: &[u8]) -> Unpacked {
        if layers.contains(&"gzip") {
            self.problem(ReasonCode::InputMalformed, &file.name, "gzip within gzip");
            return forget(&file.name, private_key::find_in_archive(bytes));
        }
        let Some(layers) = self.deeper(file, layers, "gzip") else {
            return Ok(());
        };
        let left = self.limits.total_bytes.saturating_sub(self.bytes);
        match gzip::expand(bytes, self.limits.file_bytes.min(left)) {
            Ok(content) if self.afford(content.len(), file, ReasonCode::InputTooLarge) => {
                if layers.contains(&"base64url") {
                    self.examine(file, &content)?;
                    self.object(file, Content::Binary, &content);
                    return Ok(());
                }
                self.content(file, &layers, &content)
            }
            Ok(_) => Ok(()),
            Err(refusal) => {
                self.problem(refusal.code, &file.name, refusal.fault);
                forget(&file.name, private_key::find_in_archive(bytes))
            }
        }
    }

    /// A gzip member in base64url, as clients of Google's print a statement alone: a statement in an encoding
    /// of its own, and nothing else. No request, certificate or key is read from it.
    fn gzip_in_base64url(
        &mut self,
        file: &mut File<'_>,
        layers: &[&'static str],
        member: &[u8],
    ) -> Unpacked {
        let Some(layers) = self.deeper(file, layers, "base64url") else {
            return Ok(());
        };
        if !self.afford(member.len(), file, ReasonCode::InputTooLarge) {
            return Ok(());
        }
        self.examine(file, member)?;
        self.gzip(file, &layers, member)
    }

    fn utf16(&mut self, file: &mut File<'_>, layers: &[&'static str], text: &str) -> Unpacked {
        let Some(layers) = self.deeper(file, layers, "utf-16") else {
            return Ok(());
        };
        if !self.afford(text.len(), file, ReasonCode::InputTooLarge) {
            return Ok(());
        }
        self.examine(file, text.as_bytes())?;
        if text.trim().is_empty() {
            self.beside(file, CompanionKind::Empty, Extent::Whole);
            return Ok(());
        }
        // A text it stays: what looks like an archive in these bytes is none.
        self.text(file, &layers, text.as_bytes())
    }

    /// Sorts out a text, or what might be one.
    fn text(&mut self, file: &mut File<'_>, layers: &[&'static str], text: &[u8]) -> Unpacked {
        if let Some(kind) = companion::recognize_text(text) {
            return self.recognised(file, kind, text);
        }
        if self.wrapped(file, layers, text)? {
            return Ok(());
        }
        if text::looks_like_yaml(text) {
            return self.yaml(file, text);
        }
        let pem = pem::read(text);
        // A text with remarks in brackets around its blocks is no JSON: no string of a document goes
        // over a line.
        if pem.blocks.is_empty() && text::looks_like_json(text) {
            return self.json(file, text);
        }
        if pem.blocks.is_empty() && text::looks_like_xml(text) {
            return self.xml(file, text);
        }
        if !pem.blocks.is_empty() || !pem.faults.is_empty() {
            return self.pem(file, layers, pem);
        }
        if !text::is_plain(text) {
            self.object(file, Content::Binary, text);
            return Ok(());
        }
        if let Some(member) = base64::decode_url_of_gzip(text) {
            return self.gzip_in_base64url(file, layers, &member);
        }
        let decoded = if let Some(bytes) = base64::decode_hex(text) {
            Some(("hex", Ok(bytes)))
        } else if base64::is_meant(text) {
            Some(("base64", base64::decode(text)))
        } else {
            wrapped::decode_base64(file, text).map(|bytes| ("base64", Ok(bytes)))
        };
        match decoded {
            Some((layer, Ok(bytes))) => {
                let Some(layers) = self.deeper(file, layers, layer) else {
                    return Ok(());
                };
                if self.afford(bytes.len(), file, ReasonCode::InputTooLarge) {
                    self.content(file, &layers, &bytes)?;
                }
            }
            Some((_, Err(fault))) => self.problem(ReasonCode::InputBase64, &file.name, fault),
            None => self.beside(file, CompanionKind::Text, Extent::Whole),
        }
        Ok(())
    }

    fn pem(&mut self, file: &mut File<'_>, layers: &[&'static str], pem: pem::Pem) -> Unpacked {
        for fault in pem.faults {
            self.problem_with(fault.code, &file.name, |reason| {
                reason.with("fault", fault.what).with("line", fault.line.to_string())
            });
        }
        let Some(layers) = self.deeper(file, layers, "pem") else {
            return Ok(());
        };
        for block in &pem.blocks {
            refuse_private_key(&file.name, &block.bytes)?;
            if !self.afford(block.bytes.len(), file, ReasonCode::InputTooLarge) {
                break;
            }
            if !self.encoded_twice(file, &layers, block)? {
                self.der(file, &layers, &block.bytes, Some(block))?;
            }
        }
        Ok(())
    }

    /// Sorts out one DER value; `block` is the PEM it came in.
    fn der(
        &mut self,
        file: &mut File<'_>,
        layers: &[&'static str],
        bytes: &[u8],
        block: Option<&pem::Block>,
    ) -> Unpacked {
        let located = |reason: Reason| match block {
            Some(block) => reason.with("line", block.line.to_string()),
            None => reason,
        };
        if block.is_some_and(|block| CARD_LABELS.contains(&block.label.as_str())) {
            self.cards(file, card::sequence(bytes));
            return Ok(());
        }
        if draft::DraftFormat::of(bytes) == Some(DraftFormat::PkixEvidence) {
            self.object(file, Content::Draft, bytes);
            return Ok(());
        }
        let meant = block.map(|block| (block, Label::of(&block.label)));
        if let Some((block, None)) = meant {
            self.problem_with(ReasonCode::InputPemLabel, &file.name, |reason| {
                located(reason).with("label", block.label.clone())
            });
            return Ok(());
        }
        match card::container(bytes) {
            Ok(card::Container::Other) => {}
            Ok(card::Container::Objects(objects)) => {
                if self.deeper(file, layers, "container").is_some() {
                    self.cards(file, Ok(objects));
                }
                return Ok(());
            }
            Err(reason) => {
                self.cards(file, Err(reason));
                return Ok(());
            }
        }
        let strict = match Strict::check(bytes) {
            Ok(strict) => strict,
            Err(error) => {
                let code = match error.fault {
                    DerFault::TooDeep => ReasonCode::InputTooDeep,
                    _ => ReasonCode::InputDer,
                };
                self.problem_with(code, &file.name, |reason| {
                    located(reason)
                        .with("fault", error.fault.describe())
                        .with("offset", error.offset.to_string())
                });
                return Ok(());
            }
        };
        let shape = classify(bytes);
        if let Some((block, Some(label))) = meant
            && label.0 != shape
        {
            self.problem_with(ReasonCode::InputPemLabel, &file.name, |reason| {
                located(reason).with("label", block.label.clone()).with("content", shape.describe())
            });
            return Ok(());
        }
        match shape {
            Shape::Item(kind) if file.place == Origin::Request && kind != ItemKind::Certificate => {
                file.kinds.insert(kind.id());
                self.problem(
                    ReasonCode::EvidenceMalformed,
                    &file.name,
                    "a request or a key in the place of evidence",
                );
            }
            Shape::Item(kind)
                if kind != ItemKind::Certificate
                    && let Some(layer) = file.wrapping =>
            {
                file.kinds.insert(kind.id());
                self.refuse_wrapped(file, layer);
            }
            Shape::Item(kind) => {
                // One that cannot be read carries nothing: the verifier says why.
                match self.item(file, kind, strict) {
                    Some(Parsed::Request(Ok(request))) => {
                        let request = Arc::clone(request);
                        return self.evidence_in_request(file, layers, &request);
                    }
                    Some(Parsed::Certificate(Ok(certificate))) if file.place != Origin::Request => {
                        let certificate = certificate.clone();
                        self.evidence_in_certificate(layers, &certificate);
                    }
                    _ => {}
                }
            }
            Shape::SignedData => self.pkcs7(file, layers, bytes),
            Shape::Signature => self.object(file, Content::Binary, bytes),
            Shape::Unknown => self.object(file, Content::Der, bytes),
        }
        Ok(())
    }

    fn pkcs7(&mut self, file: &mut File<'_>, layers: &[&'static str], bytes: &[u8]) {
        if self.deeper(file, layers, "pkcs7").is_none() {
            return;
        }
        match pkcs7::contents(bytes) {
            Ok(pkcs7::Contents::Message) => self.object(file, Content::SignedData, bytes),
            Ok(pkcs7::Contents::Certificates(certificates)) => {
                for certificate in certificates.into_iter().map(Strict::check) {
                    match certificate {
                        Ok(certificate) => {
                            self.item(file, ItemKind::Certificate, certificate);
                        }
                        Err(error) => {
                            self.problem(ReasonCode::InputDer, &file.name, error.fault.describe());
                        }
                    }
                }
            }
            Err(fault) => self.problem(ReasonCode::InputMalformed, &file.name, fault.0),
        }
    }
}

/// Bytes of a companion, as far as they cost work.
fn looked_through(companion: &Companion) -> usize {
    match companion.extent {
        Extent::Whole | Extent::Partly => usize::try_from(companion.bytes).unwrap_or(usize::MAX),
        Extent::Unopened => 0,
    }
}

/// Labels around card-verifiable objects, as published scripts for the Nitrokey HSM 2 write them.
const CARD_LABELS: [&str; 2] = ["CVCERTIFICATE", "ATTESTATIONREQUEST"];

/// What a PEM label says its content is.
struct Label(Shape);

impl Label {
    /// The labels in use: RFC 7468, and the older ones that OpenSSL, NSS and Windows write.
    /// `TRUSTED CERTIFICATE` is not among them, for its content is more than a certificate.
    fn of(label: &str) -> Option<Self> {
        Some(Self(match label {
            "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => Shape::Item(ItemKind::Request),
            "CERTIFICATE" | "X509 CERTIFICATE" => Shape::Item(ItemKind::Certificate),
            "PUBLIC KEY" => Shape::Item(ItemKind::PublicKey),
            "PKCS7" | "CMS" => Shape::SignedData,
            // The tools of Crypto4A write it.
            "ATTESTATION MESSAGE" => Shape::Unknown,
            _ => return None,
        }))
    }
}
