//! What a CA may set: reading a policy file. A policy can tighten the clause and choose among the
//! judgement calls; whatever would go below the clause, is misspelt or could be read in two ways is
//! an error with its place.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

use serde::Deserialize;
use serde::de::IntoDeserializer;

use super::record::{AcceptedStatement, ConfirmedAnchor, ConfirmedModule, RecordReader};
use super::settings::{Bounds, CURVES, Judgement, Settings};
use super::{AppraisalPolicy, distrust};
use crate::encoding::hex::Sha256;
use crate::encoding::yaml::{Document, Fields, FileError, FileFault, FilePosition, Node, nearest};
use crate::endorsement::{AdvisoryEffect, Endorsements};
use crate::public_key::admission::CompromisedKeys;
use crate::reason::ReasonCode;
use crate::trust::Distrust;

/// The policy that holds where a CA sets nothing: what [`default_yaml`] says.
///
/// # Errors
/// None, unless the embedded file has a slip of ours.
pub fn default_policy() -> Result<AppraisalPolicy, PolicyError> {
    Ok(AppraisalPolicy {
        settings: built_in()?,
        sha256: Sha256::of(default_yaml().as_bytes()),
        compromised: CompromisedKeys::default(),
    })
}

fn built_in() -> Result<Settings, PolicyError> {
    static BUILT_IN: LazyLock<Result<Settings, PolicyError>> = LazyLock::new(|| {
        let file = "the built-in policy";
        let document = Document::parse(file, default_yaml().as_bytes(), LIMIT)?;
        let endorsements = Endorsements::none();
        let reader =
            PolicyReader { file, document: &document, endorsements: &endorsements, built_in: None };
        reader.settings(&mut document.fields(document.root())?)
    });
    BUILT_IN.clone()
}

/// The same as a policy file, with comments.
pub fn default_yaml() -> &'static str {
    include_str!("default.yaml")
}

/// Reads a policy file. `file` is its name; `list_file` yields the bytes of a file beside it, by the
/// name that the policy gives, or says why it cannot.
pub fn parse(
    file: &str,
    bytes: &[u8],
    endorsements: &Endorsements,
    list_file: &mut dyn FnMut(&str) -> Result<Vec<u8>, String>,
) -> Result<AppraisalPolicy, PolicyError> {
    let document = Document::parse(file, bytes, LIMIT)?;
    let built_in = built_in()?;
    let reader =
        PolicyReader { file, document: &document, endorsements, built_in: Some(&built_in) };
    reader.policy(bytes, list_file)
}

/// The JSON Schema of a policy file.
pub fn schema() -> serde_json::Value {
    let mut schema = schemars::schema_for!(Settings);
    schema.insert("required".to_owned(), serde_json::json!(["version"]));
    schema.to_value()
}

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

/// No policy comes near it: the built-in one, comments included, has some two thousand bytes.
const LIMIT: usize = 64 << 10;

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
    file: &'a str,
    document: &'a Document<'a>,
    endorsements: &'a Endorsements,
    /// What is left out; `None` where the built-in policy itself is read.
    pub(super) built_in: Option<&'a Settings>,
}

impl PolicyReader<'_> {
    fn policy(
        &self,
        bytes: &[u8],
        list_file: &mut dyn FnMut(&str) -> Result<Vec<u8>, String>,
    ) -> Result<AppraisalPolicy, PolicyError> {
        let mut fields = self.document.fields(self.document.root())?;
        if let Some(place) = fields.place_of("include") {
            let message = "a policy cannot include another; put all of it into one file";
            return Err(self.refuse(ReasonCode::PolicyPath, place, message));
        }
        if let Some((word, place)) = self.document.ambiguous_boolean() {
            let message = format!("`{word}` is a boolean to some readers of YAML; quote the word");
            return Err(self.refuse(ReasonCode::PolicyType, place, &message));
        }
        if fields.place_of("version").is_none() {
            return Err(self.missing("version"));
        }
        let is_named = fields.place_of("name").is_some();
        let lists = fields.value_of("compromised_keys");
        let mut settings = self.settings(&mut fields)?;
        fields.finish()?;
        if !is_named {
            self.file.clone_into(&mut settings.name);
        }
        // The lists judge too: what is hashed is the file, then each list after its name.
        let mut hashed = bytes.to_vec();
        let mut compromised = CompromisedKeys::default();
        let nodes = lists.map_or(Ok(&[][..]), |list| self.document.sequence(list))?;
        for (name, node) in settings.compromised_keys.iter().zip(nodes) {
            let bytes = list_file(name).map_err(|error| {
                let message = format!("`{name}` cannot be read: {error}");
                self.refuse(ReasonCode::PolicyPath, node.place(), &message)
            })?;
            hashed.extend_from_slice(name.as_bytes());
            hashed.push(0);
            hashed.extend_from_slice(Sha256::of(&bytes).as_bytes());
            compromised.add_list(name, &bytes).map_err(|error| {
                self.refuse(ReasonCode::PolicyPath, node.place(), &error.to_string())
            })?;
        }
        Ok(AppraisalPolicy { settings, sha256: Sha256::of(&hashed), compromised })
    }

    fn settings(&self, fields: &mut Fields<'_>) -> Result<Settings, PolicyError> {
        let place = |name| fields.place_of(name);
        let limit = place("max_rsa_bits").or(place("min_rsa_bits")).unwrap_or_default();
        let settings = Settings::read(self, fields)?;
        if settings.min_rsa_bits > settings.max_rsa_bits {
            let message = "`max_rsa_bits` is less than `min_rsa_bits`";
            return Err(self.refuse(ReasonCode::PolicyRange, limit, message));
        }
        Ok(settings)
    }

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
        let mut judged = self.built_in.map(|it| it.advisories.clone()).unwrap_or_default();
        for (id, place, value) in self.document.fields(node)?.rest() {
            let effect = self.endorsements.advisory(id).map(|advisory| advisory.effect);
            match effect {
                // The built-in policy is read without the facts; a test reads it with them.
                None if self.built_in.is_some() => {
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

    /// The entries of a list of records, of which no two are about the same module or key.
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
                let message = "this is about the same module or key as an entry before it";
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

    fn refuse(&self, code: ReasonCode, place: FilePosition, message: &str) -> PolicyError {
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
