//! A policy that a program makes instead of a person: it is written as a policy file, and read as one.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{AppraisalPolicy, PolicyError, parse_policy};
use crate::endorsement::Endorsements;

/// Makes an [`AppraisalPolicy`]. What is not set is as in the built-in policy; what is set has the
/// bounds of a policy file, for that is what is read in the end.
///
/// ```
/// use keyproof::policy::AppraisalPolicy;
/// let facts = keyproof::facts::bundled()?;
/// let strict = AppraisalPolicy::builder("strict", 1).min_fips_level(3);
/// assert_eq!(strict.build(&facts.endorsements)?.min_fips_level, 3);
/// let below = AppraisalPolicy::builder("lenient", 1).min_fips_level(1);
/// assert_eq!(below.build(&facts.endorsements).unwrap_err().code.code(), "policy.below-floor");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct PolicyBuilder {
    /// The fields of the file, in order of their names.
    fields: Map<String, Value>,
    lists: Vec<(String, Vec<u8>)>,
}

impl PolicyBuilder {
    pub(super) fn new(name: &str, version: u64) -> Self {
        Self { fields: Map::new(), lists: Vec::new() }.name(name).version(version)
    }

    /// One more list of compromised keys: the name of the list, as a bare file name, and its bytes.
    pub fn compromised_key_list(mut self, name: &str, list: &[u8]) -> Self {
        self.lists.push((name.to_owned(), list.to_vec()));
        let names: Vec<_> = self.lists.iter().map(|(name, _)| name.clone()).collect();
        self.compromised_keys(names)
    }

    /// The policy file that it amounts to: JSON, which is YAML. Its hash, with that of the lists, is
    /// the policy's; `keyproof verify --policy` takes it.
    pub fn file(&self) -> String {
        format!("{:#}\n", Value::Object(self.fields.clone()))
    }

    /// The policy, or what in it goes below the clause, is out of its range or is not in the facts.
    pub fn build(&self, endorsements: &Endorsements) -> Result<AppraisalPolicy, PolicyError> {
        let mut list_file = |wanted: &str| {
            let list = self.lists.iter().find(|(name, _)| name == wanted);
            list.map(|(_, bytes)| bytes.clone()).ok_or_else(|| "there is none".to_owned())
        };
        parse_policy("policy", self.file().as_bytes(), endorsements, &mut list_file)
    }

    pub(super) fn set(mut self, field: &str, value: impl Serialize) -> Self {
        self.fields.insert(field.to_owned(), json!(value));
        self
    }
}
