//! What a CA may set: reading a policy file. A policy can tighten the clause and choose among the
//! judgement calls; whatever would go below the clause, is misspelt or could be read in two ways is
//! an error with its place.

use std::sync::LazyLock;

use super::AppraisalPolicy;
use super::bundled::BundledPolicy;
use super::reader::{PolicyError, PolicyReader};
use super::settings::Settings;
use crate::encoding::hex::Sha256;
use crate::encoding::yaml::{Document, Fields};
use crate::endorsement::Endorsements;
use crate::public_key::admission::CompromisedKeys;
use crate::reason::ReasonCode;
use crate::result::Rules;

impl BundledPolicy {
    /// The policy itself.
    ///
    /// # Errors
    /// None, unless the embedded file has a slip of ours.
    pub fn policy(self) -> Result<AppraisalPolicy, PolicyError> {
        Ok(AppraisalPolicy {
            settings: self.settings()?,
            sha256: Sha256::of(self.yaml().as_bytes()),
            compromised: CompromisedKeys::default(),
        })
    }

    fn settings(self) -> Result<Settings, PolicyError> {
        static CSBR: LazyLock<Result<Settings, PolicyError>> =
            LazyLock::new(|| BundledPolicy::Csbr.read(None));
        static SIGNING_SERVICE: LazyLock<Result<Settings, PolicyError>> =
            LazyLock::new(|| BundledPolicy::CsbrSigningService.read(Some(&CSBR.clone()?)));
        match self {
            Self::Csbr => CSBR.clone(),
            Self::CsbrSigningService => SIGNING_SERVICE.clone(),
        }
    }

    /// What its file sets; what that leaves out is as in `built_in`.
    fn read(self, built_in: Option<&Settings>) -> Result<Settings, PolicyError> {
        let document = Document::embedded(self.name(), self.yaml(), self.compiled())?;
        let (endorsements, rules) = (Endorsements::none(), self.rules());
        let reader = PolicyReader::of(&document, &endorsements).on(rules, built_in);
        let mut fields = document.fields(document.root())?;
        let settings = settings(&reader, &mut fields, built_in)?;
        fields.finish()?;
        Ok(settings)
    }
}

/// The policy that holds where a CA sets nothing: what [`default_yaml`] says.
///
/// # Errors
/// None, unless the embedded file has a slip of ours.
pub fn default_policy() -> Result<AppraisalPolicy, PolicyError> {
    BundledPolicy::Csbr.policy()
}

/// The same as a policy file, with comments.
pub fn default_yaml() -> &'static str {
    BundledPolicy::Csbr.yaml()
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
    let mut fields = document.fields(document.root())?;
    let bare = PolicyReader::of(&document, endorsements);
    let based_on = fields.value_of("based_on");
    let rules = based_on.map_or(Ok(Rules::Csbr), |node| bare.word(node))?;
    let built_in = match rules {
        Rules::Csbr | Rules::Own => BundledPolicy::Csbr,
        Rules::CsbrSigningService => BundledPolicy::CsbrSigningService,
    };
    let built_in = built_in.settings()?;
    let reader = bare.on(rules, Some(&built_in));
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

impl<'a> PolicyReader<'a> {
    /// The same for a file that stands on these rules, and is silent where `built_in` speaks.
    fn on(self, rules: Rules, built_in: Option<&'a Settings>) -> Self {
        let advisories = built_in.map(|it| &it.advisories);
        Self { rules, advisories, schemes: built_in.map(|it| &it.schemes), ..self }
    }
}

fn settings(
    reader: &PolicyReader<'_>,
    fields: &mut Fields<'_>,
    built_in: Option<&Settings>,
) -> Result<Settings, PolicyError> {
    let place = |name| fields.place_of(name);
    let limit = place("max_rsa_bits").or(place("min_rsa_bits")).unwrap_or_default();
    let level = place("min_fips_level").unwrap_or_default();
    let documents = place("service_documents").unwrap_or_default();
    let settings = Settings::read(reader, fields, built_in)?;
    let of_service = settings.based_on == Rules::CsbrSigningService;
    if of_service && settings.min_fips_level < SERVICE_LEVEL {
        let message = format!("a signing service needs level {SERVICE_LEVEL} (CSBR 6.2.7.3)");
        return Err(reader.refuse(ReasonCode::PolicyBelowFloor, level, &message));
    }
    if !of_service && !settings.service_documents.is_empty() {
        let message = "they are asked of a signing service: `based_on: csbr-signing-service`";
        return Err(reader.refuse(ReasonCode::PolicyRange, documents, message));
    }
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

/// CSBR 6.2.7.3: "at least FIPS 140-2 level 3".
const SERVICE_LEVEL: u8 = 3;

/// No policy comes near it: the built-in one, comments included, has some two thousand bytes.
const LIMIT: usize = 64 << 10;
