//! What a CA may set: reading a policy file. A policy can tighten the clause and choose among the
//! judgement calls; whatever would go below the clause, is misspelt or could be read in two ways is
//! an error with its place.

use std::sync::LazyLock;

use super::AppraisalPolicy;
use super::reader::{PolicyError, PolicyReader};
use super::settings::Settings;
use crate::encoding::hex::Sha256;
use crate::encoding::yaml::{Document, Fields};
use crate::endorsement::Endorsements;
use crate::public_key::admission::CompromisedKeys;
use crate::reason::ReasonCode;

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
        let document = Document::parse("the built-in policy", default_yaml().as_bytes(), LIMIT)?;
        let endorsements = Endorsements::none();
        let reader =
            PolicyReader { document: &document, endorsements: &endorsements, advisories: None };
        settings(&reader, &mut document.fields(document.root())?, None)
    });
    BUILT_IN.clone()
}

/// The same as a policy file, with comments.
pub fn default_yaml() -> &'static str {
    include_str!("default.yaml")
}

/// Reads a policy file. `file` is its name; `list_file` yields the bytes of a file beside it, by the
/// name that the policy gives, or says why it cannot.
///
/// # Errors
/// What in it cannot be read, is unknown, goes below the clause or is not in the facts, and where.
pub fn parse(
    file: &str,
    bytes: &[u8],
    endorsements: &Endorsements,
    list_file: &mut dyn FnMut(&str) -> Result<Vec<u8>, String>,
) -> Result<AppraisalPolicy, PolicyError> {
    let document = Document::parse(file, bytes, LIMIT)?;
    let built_in = built_in()?;
    let reader =
        PolicyReader { document: &document, endorsements, advisories: Some(&built_in.advisories) };
    let mut fields = document.fields(document.root())?;
    if let Some(place) = fields.place_of("include") {
        let message = "a policy cannot include another; put all of it into one file";
        return Err(reader.refuse(ReasonCode::PolicyPath, place, message));
    }
    if let Some((word, place)) = document.ambiguous_boolean() {
        let message = format!("`{word}` is a boolean to some readers of YAML; quote the word");
        return Err(reader.refuse(ReasonCode::PolicyType, place, &message));
    }
    if fields.place_of("version").is_none() {
        return Err(reader.missing("version"));
    }
    let is_named = fields.place_of("name").is_some();
    let lists = fields.value_of("compromised_keys");
    let mut settings = settings(&reader, &mut fields, Some(&built_in))?;
    fields.finish()?;
    if !is_named {
        file.clone_into(&mut settings.name);
    }
    // The lists judge too: what is hashed is the file, then each list after its name.
    let mut hashed = bytes.to_vec();
    let mut compromised = CompromisedKeys::default();
    let nodes = lists.map_or(Ok(&[][..]), |list| document.sequence(list))?;
    for (name, node) in settings.compromised_keys.iter().zip(nodes) {
        let unusable = |error: String| reader.refuse(ReasonCode::PolicyPath, node.place(), &error);
        let bytes = list_file(name)
            .map_err(|error| unusable(format!("`{name}` cannot be read: {error}")))?;
        hashed.extend_from_slice(name.as_bytes());
        hashed.push(0);
        hashed.extend_from_slice(Sha256::of(&bytes).as_bytes());
        compromised.add_list(name, &bytes).map_err(|error| unusable(error.to_string()))?;
    }
    Ok(AppraisalPolicy { settings, sha256: Sha256::of(&hashed), compromised })
}

fn settings(
    reader: &PolicyReader<'_>,
    fields: &mut Fields<'_>,
    built_in: Option<&Settings>,
) -> Result<Settings, PolicyError> {
    let place = |name| fields.place_of(name);
    let limit = place("max_rsa_bits").or(place("min_rsa_bits")).unwrap_or_default();
    let settings = Settings::read(reader, fields, built_in)?;
    if settings.min_rsa_bits > settings.max_rsa_bits {
        let message = "`max_rsa_bits` is less than `min_rsa_bits`";
        return Err(reader.refuse(ReasonCode::PolicyRange, limit, message));
    }
    Ok(settings)
}

/// The JSON Schema of a policy file.
pub fn schema() -> serde_json::Value {
    let mut schema = schemars::schema_for!(Settings);
    schema.insert("required".to_owned(), serde_json::json!(["version"]));
    schema.to_value()
}

/// No policy comes near it: the built-in one, comments included, has some two thousand bytes.
const LIMIT: usize = 64 << 10;
