//! How the fields of a policy file are read, each kind of value by a method of [`PolicyReader`].

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::IntoDeserializer;

use super::distrust;
use super::judgement::{Judgement, SchemeWeight};
use super::record::{
    AcceptedStatement, ConfirmedAnchor, ConfirmedModule, RecordReader, ServiceDocument,
};
use crate::encoding::yaml::{Document, FileError, FileFault, FilePosition, Node, nearest};
use crate::endorsement::{AdvisoryEffect, Endorsements, Scheme};
use crate::reason::ReasonCode;
use crate::result::Rules;
use crate::time::Timestamp;
use crate::trust::Distrust;

/// A policy file cannot be used. The program ends with it, before anything is judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyError {
    /// A code of the family `policy`.
    pub code: ReasonCode,
    /// Where, and what is wrong.
    pub error: FileError,
}

impl fmt::Display for PolicyError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { code, error } = self;
        writeln!(formatter, "{}: {code}: {}", error.position(), error.message)?;
        if !error.snippet.is_empty() {
            writeln!(formatter, "{}", error.snippet)?;
        }
        formatter.write_str(code.hint())
    }
}

impl std::error::Error for PolicyError {}

impl From<FileError> for PolicyError {
    fn from(error: FileError) -> Self {
        let code = match error.fault {
            FileFault::Malformed => ReasonCode::PolicyMalformed,
            FileFault::TooLarge => ReasonCode::PolicyTooLarge,
            FileFault::TooDeep => ReasonCode::PolicyTooDeep,
            FileFault::DuplicateKey => ReasonCode::PolicyDuplicateKey,
            FileFault::UnknownField => ReasonCode::PolicyUnknownField,
            FileFault::Type | FileFault::Value => ReasonCode::PolicyType,
            FileFault::Range => ReasonCode::PolicyRange,
        };
        Self { code, error }
    }
}

/// What a number may be. Below the clause, if there is one, no policy goes.
#[derive(Clone, Copy)]
pub(super) struct Bounds {
    pub(super) least: u64,
    pub(super) most: u64,
    pub(super) clause: Option<&'static str>,
}

/// CSBR 6.1.5.2.
pub(super) const CURVES: [&str; 3] = ["P-256", "P-384", "P-521"];

/// Curves that exist, and that CSBR 6.1.5.2 does not allow for code signing.
const OTHER_CURVES: [&str; 12] = [
    "P-192",
    "P-224",
    "secp256k1",
    "brainpoolP256r1",
    "brainpoolP320r1",
    "brainpoolP384r1",
    "brainpoolP512r1",
    "Ed25519",
    "Ed448",
    "X25519",
    "X448",
    "SM2",
];

/// Lists of compromised keys in one policy.
const MAX_LISTS: usize = 64;

/// Reads the settings of one file.
pub(super) struct PolicyReader<'a> {
    pub(super) document: &'a Document<'a>,
    pub(super) endorsements: &'a Endorsements,
    /// On which rules the file stands.
    pub(super) rules: Rules,
    /// How advisories are judged where it is silent; `None` where it is the first of the bundled policies.
    pub(super) advisories: Option<&'a BTreeMap<String, Judgement>>,
    /// What schemes are worth where it is silent.
    pub(super) schemes: Option<&'a BTreeMap<Scheme, SchemeWeight>>,
}

impl<'a> PolicyReader<'a> {
    /// One that knows of nothing else yet.
    pub(super) fn of(document: &'a Document<'a>, endorsements: &'a Endorsements) -> Self {
        Self { document, endorsements, rules: Rules::Csbr, advisories: None, schemes: None }
    }
}

impl PolicyReader<'_> {
    pub(super) fn missing(&self, name: &str) -> PolicyError {
        let message = format!("`{name}` is missing");
        self.refuse(ReasonCode::PolicyMalformed, self.document.root().place(), &message)
    }

    pub(super) fn number<N: TryFrom<u64>>(
        &self,
        node: &Node,
        bounds: Bounds,
    ) -> Result<N, PolicyError> {
        let Bounds { least, most, clause } = bounds;
        let lowest = if clause.is_some() { 0 } else { least };
        let value = self.document.integer(node, lowest..=most)?;
        if let (Some(clause), true) = (clause, value < least) {
            let message = format!("{value} is less than {least}, the floor of {clause}");
            return Err(self.refuse(ReasonCode::PolicyBelowFloor, node.place(), &message));
        }
        N::try_from(value).map_err(|_| {
            let message = format!("{value} is too large");
            self.refuse(ReasonCode::PolicyRange, node.place(), &message)
        })
    }

    pub(super) fn name(&self, node: &Node) -> Result<String, PolicyError> {
        let name = self.document.text(node)?;
        if name.chars().count() > 100 || name.chars().any(char::is_control) {
            let message = "a name has 100 characters at most, all of them visible";
            return Err(self.refuse(ReasonCode::PolicyRange, node.place(), message));
        }
        Ok(name.to_owned())
    }

    pub(super) fn date(&self, node: &Node) -> Result<Timestamp, PolicyError> {
        Timestamp::from_date(self.document.text(node)?).ok_or_else(|| {
            let message = "a date is written YYYY-MM-DD, in quotes";
            self.refuse(ReasonCode::PolicyType, node.place(), message)
        })
    }

    pub(super) fn formats(&self, node: &Node) -> Result<Option<Vec<String>>, PolicyError> {
        let modules = self.endorsements.modules().iter();
        let known: Vec<&str> =
            modules.flat_map(|module| module.formats.iter().map(String::as_str)).collect();
        let formats = self.distinct(node, |item, name| {
            if known.contains(&name) {
                return Ok(name.to_owned());
            }
            let message = format!("there is no format `{}`", name.escape_debug());
            Err(self.unknown(ReasonCode::PolicyType, item.place(), message, name, &known))
        })?;
        if formats.is_empty() {
            let message = "the list is empty; leave it out to look at all formats";
            return Err(self.refuse(ReasonCode::PolicyType, node.place(), message));
        }
        Ok(Some(formats))
    }

    pub(super) fn curves(&self, node: &Node) -> Result<Vec<String>, PolicyError> {
        self.distinct(node, |item, name| {
            if CURVES.contains(&name) {
                return Ok(name.to_owned());
            }
            if OTHER_CURVES.contains(&name) {
                let message = format!("CSBR 6.1.5.2 does not allow `{name}` for code signing");
                return Err(self.refuse(ReasonCode::PolicyBelowFloor, item.place(), &message));
            }
            let message = format!("there is no curve `{}`", name.escape_debug());
            Err(self.unknown(ReasonCode::PolicyType, item.place(), message, name, &CURVES))
        })
    }

    /// One of the words of a type.
    pub(super) fn word<'de, W: Deserialize<'de>>(&self, node: &'de Node) -> Result<W, PolicyError>
    where
        Self: 'de,
    {
        let text = self.document.text(node)?;
        W::deserialize(text.into_deserializer()).map_err(|Unexpected(words)| {
            let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
            let (last, others) = words.split_last().map_or(("", &[][..]), |(last, it)| (last, it));
            let message = format!("expected {} or {last}", others.join(", "));
            self.refuse(ReasonCode::PolicyType, node.place(), &message)
        })
    }

    pub(super) fn advisories(
        &self,
        node: &Node,
    ) -> Result<BTreeMap<String, Judgement>, PolicyError> {
        let mut judged = self.advisories.cloned().unwrap_or_default();
        for (id, place, value) in self.document.fields(node)?.rest() {
            let effect = self.endorsements.advisory(id).map(|advisory| advisory.effect);
            match effect {
                // The built-in policy is read without the facts; a test reads it with them.
                None if self.advisories.is_some() => {
                    let all = self.endorsements.advisories().iter();
                    let known: Vec<_> = all.map(|advisory| advisory.id.as_str()).collect();
                    let message = format!("there is no advisory `{}`", id.escape_debug());
                    let code = ReasonCode::PolicyUnknownField;
                    return Err(self.unknown(code, place, message, id, &known));
                }
                Some(AdvisoryEffect::Refuse) => {
                    let message = format!("CSBR 6.1.1.3 leaves no choice about `{id}`");
                    return Err(self.refuse(ReasonCode::PolicyBelowFloor, place, &message));
                }
                None | Some(AdvisoryEffect::Settable) => {
                    judged.insert(id.to_owned(), self.word(value)?);
                }
            }
        }
        Ok(judged)
    }

    /// What certifications are worth by their schemes. CSBR names its schemes, and no rules let another
    /// one be more than a person's to weigh.
    pub(super) fn schemes(
        &self,
        node: &Node,
    ) -> Result<BTreeMap<Scheme, SchemeWeight>, PolicyError> {
        let mut weights = self.schemes.cloned().unwrap_or_default();
        for (name, place, value) in self.document.fields(node)?.rest() {
            let Some(scheme) = Scheme::from_name(name) else {
                let message = format!("there is no scheme `{}`", name.escape_debug());
                let known = Scheme::ALL.map(Scheme::name);
                let code = ReasonCode::PolicyUnknownField;
                return Err(self.unknown(code, place, message, name, &known));
            };
            let weight = self.word(value)?;
            let message = match (scheme.is_of_csbr(), self.rules.is_csbr(), weight) {
                (true, ..) | (_, _, SchemeWeight::Shown) | (_, false, SchemeWeight::Review) => None,
                (false, true, _) => Some("CSBR does not name it: it counts for nothing"),
                (false, false, SchemeWeight::Counts) => Some("it is a `review` at the most"),
            };
            if let Some(message) = message {
                let code = ReasonCode::PolicyBelowFloor;
                return Err(self.refuse(code, value.place(), &format!("`{scheme}`: {message}")));
            }
            weights.insert(scheme, weight);
        }
        Ok(weights)
    }

    pub(super) fn service_documents(
        &self,
        list: &Node,
    ) -> Result<Vec<ServiceDocument>, PolicyError> {
        self.records(list, |reader, node| reader.service_document(node), |it| it.shows)
    }

    pub(super) fn confirmed_modules(
        &self,
        list: &Node,
    ) -> Result<Vec<ConfirmedModule>, PolicyError> {
        self.records(list, |reader, node| reader.confirmed(node), |it| it.unit.clone())
    }

    pub(super) fn accept_statement(
        &self,
        list: &Node,
    ) -> Result<Vec<AcceptedStatement>, PolicyError> {
        self.records(list, |reader, node| reader.statement(node), |it| it.unit.clone())
    }

    pub(super) fn confirmed_anchors(
        &self,
        list: &Node,
    ) -> Result<Vec<ConfirmedAnchor>, PolicyError> {
        self.records(list, |reader, node| reader.anchor(node), |it| it.spki_sha256)
    }

    /// The entries of a list of records, of which no two are about the same.
    fn records<S: PartialEq, T>(
        &self,
        list: &Node,
        read: impl Fn(&RecordReader<'_>, &Node) -> Result<T, FileError>,
        subject: impl Fn(&T) -> S,
    ) -> Result<Vec<T>, PolicyError> {
        let reader = RecordReader { document: self.document, endorsements: self.endorsements };
        let mut records = Vec::new();
        for node in self.document.sequence(list)? {
            let record = read(&reader, node)?;
            if records.iter().any(|known| subject(known) == subject(&record)) {
                let message = "this is about the same as an entry before it";
                return Err(self.refuse(ReasonCode::PolicyDuplicateKey, node.place(), message));
            }
            records.push(record);
        }
        Ok(records)
    }

    /// The entries of `distrust`, of which no two name the same.
    pub(super) fn distrust(&self, list: &Node) -> Result<Vec<Distrust>, PolicyError> {
        let mut entries: Vec<Distrust> = Vec::new();
        for node in self.document.sequence(list)? {
            let entry = distrust::read(self.document, node)?;
            if entries.iter().any(|known| known.named == entry.named) {
                let message = format!("the {} stands twice", entry.named.describe());
                return Err(self.refuse(ReasonCode::PolicyDuplicateKey, node.place(), &message));
            }
            entries.push(entry);
        }
        Ok(entries)
    }

    pub(super) fn list_names(&self, node: &Node) -> Result<Vec<String>, PolicyError> {
        let names = self.distinct(node, |item, name| {
            // One plain name on every system: no folder, no drive, no stream, no address.
            let plain = !name.starts_with(['.', '~', '-'])
                && !name.chars().any(|it| matches!(it, '/' | '\\' | ':') || it.is_control());
            if plain {
                return Ok(name.to_owned());
            }
            let message = "only a file beside the policy file can be named";
            Err(self.refuse(ReasonCode::PolicyPath, item.place(), message))
        })?;
        if names.len() > MAX_LISTS {
            let message = format!("at most {MAX_LISTS} lists can be named");
            return Err(self.refuse(ReasonCode::PolicyRange, node.place(), &message));
        }
        Ok(names)
    }

    /// The texts of a list, each read by `read`, none of them twice.
    fn distinct<T>(
        &self,
        node: &Node,
        mut read: impl FnMut(&Node, &str) -> Result<T, PolicyError>,
    ) -> Result<Vec<T>, PolicyError> {
        let mut seen = Vec::new();
        let mut items = Vec::new();
        for item in self.document.sequence(node)? {
            let text = self.document.text(item)?;
            if seen.contains(&text) {
                let message = format!("`{}` stands twice", text.escape_debug());
                return Err(self.refuse(ReasonCode::PolicyDuplicateKey, item.place(), &message));
            }
            seen.push(text);
            items.push(read(item, text)?);
        }
        Ok(items)
    }

    fn unknown(
        &self,
        code: ReasonCode,
        place: FilePosition,
        message: String,
        name: &str,
        known: &[&str],
    ) -> PolicyError {
        let near = nearest(name, known);
        let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        self.refuse(code, place, &format!("{message}{near}"))
    }

    pub(super) fn refuse(
        &self,
        code: ReasonCode,
        place: FilePosition,
        message: &str,
    ) -> PolicyError {
        PolicyError { code, error: self.document.error(FileFault::Value, place, message) }
    }
}

/// The words that would have been right.
#[derive(Debug)]
struct Unexpected(&'static [&'static str]);

impl fmt::Display for Unexpected {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.join(", "))
    }
}

impl std::error::Error for Unexpected {}

impl serde::de::Error for Unexpected {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self(&[])
    }

    fn unknown_variant(_: &str, words: &'static [&'static str]) -> Self {
        Self(words)
    }
}
