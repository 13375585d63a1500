//! What a CA demands: the requirement table of the Code Signing Baseline Requirements, and the few
//! judgement calls that they leave open.

mod builder;
mod bundled;
mod config;
mod csbr;
mod distrust;
mod judgement;
mod reader;
mod record;
mod settings;

pub use builder::PolicyBuilder;
pub use bundled::BundledPolicy;
pub use config::{default_policy, default_yaml, parse as parse_policy, schema as policy_schema};
pub use csbr::{Applicant, Appraisal, appraise};
pub use judgement::{DualControl, Judgement, KeepCompanions, LiveKeyDomains, SchemeWeight};
pub use reader::PolicyError;
pub use record::{
    AcceptedStatement, ConfirmedAnchor, ConfirmedModule, SecurityWorld, ServiceDocument,
    ServiceMatter, Stated, Unit,
};
pub use settings::Settings;

use std::ops::Deref;

use crate::encoding::hex::Sha256;
use crate::endorsement::Scheme;
use crate::public_key::admission::{CompromisedKeys, Demands};

/// A CA's appraisal policy. It can tighten the clause and choose among the judgement calls; it
/// cannot go below the clause: what one holds was read from a file or built, and nothing in it can be
/// changed afterwards, so that its hash is that of what judges.
///
/// Its [`Settings`] are read as if they were its own fields.
///
/// ```
/// let policy = keyproof::policy::default_policy()?;
/// assert_eq!(policy.min_fips_level, 2);
/// # Ok::<(), keyproof::policy::PolicyError>(())
/// ```
///
/// ```compile_fail,E0594
/// let mut policy = keyproof::policy::default_policy().unwrap();
/// policy.min_fips_level = 0;
/// ```
#[derive(Clone, Debug)]
pub struct AppraisalPolicy {
    settings: Settings,
    sha256: Sha256,
    compromised: CompromisedKeys,
}

impl Deref for AppraisalPolicy {
    type Target = Settings;

    fn deref(&self) -> &Settings {
        &self.settings
    }
}

impl AppraisalPolicy {
    /// A policy of that name and version that is as the built-in one but for what is set.
    pub fn builder(name: &str, version: u64) -> PolicyBuilder {
        PolicyBuilder::new(name, version)
    }

    /// SHA-256 of the file it was read from followed, for each list of compromised keys, by the name
    /// of the list, a zero octet and the SHA-256 of the list; or of the built-in policy as printed.
    pub fn sha256(&self) -> Sha256 {
        self.sha256
    }

    /// The confirmed anchor of the key with this SHA-256 of its SubjectPublicKeyInfo.
    pub fn confirmed_anchor(&self, spki_sha256: Sha256) -> Option<&ConfirmedAnchor> {
        self.confirmed_anchors.iter().find(|anchor| anchor.spki_sha256 == spki_sha256)
    }

    /// What a certification of that scheme is worth.
    pub fn scheme_weight(&self, scheme: Scheme) -> SchemeWeight {
        self.schemes.get(&scheme).copied().unwrap_or(SchemeWeight::Shown)
    }

    /// What it demands of a key, beside lists of the facts.
    pub fn key_demands<'a>(&'a self, weak_keys: &'a CompromisedKeys) -> Demands<'a> {
        Demands {
            min_rsa_bits: self.min_rsa_bits,
            max_rsa_bits: self.max_rsa_bits,
            curves: &self.curves,
            fermat_rounds: self.fermat_rounds,
            compromised: &self.compromised,
            weak_keys,
        }
    }
}
