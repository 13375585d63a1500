//! A policy that a program makes instead of a person: it is written as a policy file, and read as one.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::record::{AcceptedStatement, ConfirmedAnchor, ConfirmedModule};
use super::{AppraisalPolicy, DualControl, Judgement, LiveKeyDomains, PolicyError, parse_policy};
use crate::endorsement::Endorsements;
use crate::trust::Distrust;

/// Makes an [`AppraisalPolicy`]. What is not set is as in the built-in policy; what is set has the
/// bounds of a policy file, for that is what is read in the end.
///
/// ```
/// use keyproof::policy::AppraisalPolicy;
/// let facts = keyproof::facts::bundled()?;
/// let strict = AppraisalPolicy::builder("strict", 1).min_fips_level(3);
/// assert_eq!(strict.build(&facts.endorsements)?.min_fips_level(), 3);
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
        let builder = Self { fields: Map::new(), lists: Vec::new() };
        builder.set("name", name).set("version", version)
    }

    /// The formats whose evidence is looked at, by name.
    pub fn formats<'a>(self, formats: impl IntoIterator<Item = &'a str>) -> Self {
        self.set("formats", formats.into_iter().collect::<Vec<_>>())
    }

    /// The smallest RSA modulus in bits; 3072 to 8192.
    pub fn min_rsa_bits(self, bits: u64) -> Self {
        self.set("min_rsa_bits", bits)
    }

    /// The largest RSA modulus in bits; 3072 to 8192.
    pub fn max_rsa_bits(self, bits: u64) -> Self {
        self.set("max_rsa_bits", bits)
    }

    /// The curves allowed, of `P-256`, `P-384`, `P-521`.
    pub fn curves<'a>(self, curves: impl IntoIterator<Item = &'a str>) -> Self {
        self.set("curves", curves.into_iter().collect::<Vec<_>>())
    }

    /// See [`AppraisalPolicy::unusual_exponent`].
    pub fn unusual_exponent(self, judgement: Judgement) -> Self {
        self.set("unusual_exponent", judgement)
    }

    /// Rounds of Fermat factorisation; 100 to 100,000.
    pub fn fermat_rounds(self, rounds: u32) -> Self {
        self.set("fermat_rounds", rounds)
    }

    /// The least overall level of FIPS 140-2 or 140-3; 2 to 4.
    pub fn min_fips_level(self, level: u8) -> Self {
        self.set("min_fips_level", level)
    }

    /// See [`AppraisalPolicy::historical_certification`].
    pub fn historical_certification(self, judgement: Judgement) -> Self {
        self.set("historical_certification", judgement)
    }

    /// See [`AppraisalPolicy::platform_certification`].
    pub fn platform_certification(self, judgement: Judgement) -> Self {
        self.set("platform_certification", judgement)
    }

    /// See [`AppraisalPolicy::firmware_unstated`].
    pub fn firmware_unstated(self, judgement: Judgement) -> Self {
        self.set("firmware_unstated", judgement)
    }

    /// See [`AppraisalPolicy::unseen_marker`].
    pub fn unseen_marker(self, judgement: Judgement) -> Self {
        self.set("unseen_marker", judgement)
    }

    /// See [`AppraisalPolicy::pin_never`].
    pub fn pin_never(self, judgement: Judgement) -> Self {
        self.set("pin_never", judgement)
    }

    /// See [`AppraisalPolicy::serial_missing`].
    pub fn serial_missing(self, judgement: Judgement) -> Self {
        self.set("serial_missing", judgement)
    }

    /// See [`AppraisalPolicy::key_can_attest`].
    pub fn key_can_attest(self, judgement: Judgement) -> Self {
        self.set("key_can_attest", judgement)
    }

    /// How the advisory of that identifier weighs, if its effect is settable.
    pub fn advisory(mut self, id: &str, judgement: Judgement) -> Self {
        let advisories = self.fields.entry("advisories").or_insert_with(|| json!({}));
        if let Some(advisories) = advisories.as_object_mut() {
            advisories.insert(id.to_owned(), json!(judgement));
        }
        self
    }

    /// One more module that the CA has confirmed.
    pub fn confirmed_module(self, module: &ConfirmedModule) -> Self {
        self.add("confirmed_modules", module)
    }

    /// One more witness statement that the CA accepts.
    pub fn accept_statement(self, statement: &AcceptedStatement) -> Self {
        self.add("accept_statement", statement)
    }

    /// One more key, certificate or anchor that the CA distrusts. Whether there is an anchor of that
    /// identifier is for the caller to see: [`TrustStore::anchors_barred_by`](crate::trust::TrustStore).
    pub fn distrust(self, distrust: &Distrust) -> Self {
        self.add("distrust", distrust)
    }

    /// One more anchor of the caller's whose key the CA has confirmed.
    pub fn confirmed_anchor(self, anchor: &ConfirmedAnchor) -> Self {
        self.add("confirmed_anchors", anchor)
    }

    /// See [`AppraisalPolicy::live_key_domains`].
    pub fn live_key_domains(self, domains: LiveKeyDomains) -> Self {
        self.set("live_key_domains", domains)
    }

    /// One more list of compromised keys: the name of the list, as a bare file name, and its bytes.
    pub fn compromised_keys(mut self, name: &str, list: &[u8]) -> Self {
        self.lists.push((name.to_owned(), list.to_vec()));
        self.add("compromised_keys", name)
    }

    /// See [`AppraisalPolicy::device_elsewhere`].
    pub fn device_elsewhere(self, judgement: Judgement) -> Self {
        self.set("device_elsewhere", judgement)
    }

    /// The days within which a certificate may be issued on a verdict; 1 to 398.
    pub fn verdict_max_age_days(self, days: u16) -> Self {
        self.set("verdict_max_age_days", days)
    }

    /// For which certificates two people must approve.
    pub fn dual_control(self, control: DualControl) -> Self {
        self.set("dual_control", control)
    }

    /// The years that records are kept; 2 to 50.
    pub fn retention_years(self, years: u16) -> Self {
        self.set("retention_years", years)
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

    fn set(mut self, field: &str, value: impl Serialize) -> Self {
        self.fields.insert(field.to_owned(), json!(value));
        self
    }

    /// Adds to the list `field`.
    fn add(mut self, field: &str, value: impl Serialize) -> Self {
        if let Some(list) = self.fields.entry(field).or_insert_with(|| json!([])).as_array_mut() {
            list.push(json!(value));
        }
        self
    }
}
