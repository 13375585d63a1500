//! What a CA demands: the requirement table of the Code Signing Baseline Requirements, and the few
//! judgement calls that they leave open.

mod builder;
mod config;
mod csbr;
mod distrust;
mod record;

pub use builder::PolicyBuilder;
pub use config::{
    PolicyError, default_policy, default_yaml, parse as parse_policy, schema as policy_schema,
};
pub use csbr::{Applicant, Appraisal, appraise};
pub use record::{
    AcceptedStatement, ConfirmedAnchor, ConfirmedModule, SecurityWorld, Stated, Unit,
};

use serde::Serialize;

use crate::encoding::hex::Sha256;
use crate::public_key::admission::{CompromisedKeys, Demands};
use crate::result::Outcome;
use crate::trust::Distrust;

/// How a matter that CSBR leaves open is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Judgement {
    /// Satisfied, with a notice.
    Notice,
    /// A person must weigh it.
    Review,
    /// Unsatisfied.
    Refuse,
}

impl Judgement {
    /// The outcome it leads to.
    pub const fn outcome(self) -> Outcome {
        match self {
            Self::Notice => Outcome::Satisfied,
            Self::Review => Outcome::Review,
            Self::Refuse => Outcome::Unsatisfied,
        }
    }
}

/// Whether what a live SmartCard-HSM says of its key domains counts. Nobody signed it: the operator
/// who read the card vouches for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LiveKeyDomains {
    /// It is shown, and decides nothing.
    Shown,
    /// That there is none satisfies `non-exportable`, with a notice.
    Counted,
}

/// A CA's appraisal policy. It can tighten the clause and choose among the judgement calls; it
/// cannot go below the clause: what one holds was read from a file or built, and nothing in it can be
/// changed afterwards, so that its hash is that of what judges.
///
/// ```
/// let policy = keyproof::policy::default_policy();
/// assert_eq!(policy.min_fips_level(), 2);
/// ```
///
/// ```compile_fail,E0616
/// let mut policy = keyproof::policy::default_policy();
/// policy.min_fips_level = 0;
/// ```
#[derive(Clone, Debug)]
pub struct AppraisalPolicy {
    name: String,
    version: u64,
    sha256: Sha256,
    formats: Option<Vec<String>>,
    min_rsa_bits: u64,
    max_rsa_bits: u64,
    curves: Vec<String>,
    unusual_exponent: Judgement,
    fermat_rounds: u32,
    min_fips_level: u8,
    historical_certification: Judgement,
    platform_certification: Judgement,
    firmware_unstated: Judgement,
    unseen_marker: Judgement,
    pin_never: Judgement,
    serial_missing: Judgement,
    key_can_attest: Judgement,
    advisories: Vec<(String, Judgement)>,
    confirmed_modules: Vec<ConfirmedModule>,
    accept_statement: Vec<AcceptedStatement>,
    distrust: Vec<Distrust>,
    confirmed_anchors: Vec<ConfirmedAnchor>,
    live_key_domains: LiveKeyDomains,
    compromised_keys: CompromisedKeys,
    device_elsewhere: Judgement,
    verdict_max_age_days: u16,
    dual_control: DualControl,
    retention_years: u16,
}

/// For which certificates two different people must approve before they are issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DualControl {
    /// For none.
    Never,
    /// For Extended Validation certificates (CSBR 5.2.4), and where the type was not said.
    Ev,
    /// For all.
    Always,
}

impl AppraisalPolicy {
    /// A policy of that name and version that is as the built-in one but for what is set.
    pub fn builder(name: &str, version: u64) -> PolicyBuilder {
        PolicyBuilder::new(name, version)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its own version.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// SHA-256 of the file it was read from followed, for each list of compromised keys, by the name
    /// of the list, a zero octet and the SHA-256 of the list; or of the built-in policy as printed.
    pub fn sha256(&self) -> Sha256 {
        self.sha256
    }

    /// The formats whose evidence is looked at; `None` for all.
    pub fn formats(&self) -> Option<&[String]> {
        self.formats.as_deref()
    }

    /// The smallest RSA modulus in bits; at least 3072 (CSBR 6.1.5.2).
    pub fn min_rsa_bits(&self) -> u64 {
        self.min_rsa_bits
    }

    /// The largest RSA modulus in bits; at most 8192.
    pub fn max_rsa_bits(&self) -> u64 {
        self.max_rsa_bits
    }

    /// The curves allowed, of `P-256`, `P-384`, `P-521` (CSBR 6.1.5.2).
    pub fn curves(&self) -> &[String] {
        &self.curves
    }

    /// An RSA exponent that is odd and at least 3, but outside 2^16+1 to 2^256-1 (CSBR 6.1.6, a SHOULD).
    pub fn unusual_exponent(&self) -> Judgement {
        self.unusual_exponent
    }

    /// Rounds of Fermat factorisation; at least 100.
    pub fn fermat_rounds(&self) -> u32 {
        self.fermat_rounds
    }

    /// The least overall level of FIPS 140-2 or 140-3; at least 2 (CSBR 6.2.7.4.1).
    pub fn min_fips_level(&self) -> u8 {
        self.min_fips_level
    }

    /// A certification on the historical list.
    pub fn historical_certification(&self) -> Judgement {
        self.historical_certification
    }

    /// A certification of the chip or the platform, not of the device.
    pub fn platform_certification(&self) -> Judgement {
        self.platform_certification
    }

    /// A certification that names firmware, where the evidence does not state that of the module.
    pub fn firmware_unstated(&self) -> Judgement {
        self.firmware_unstated
    }

    /// A certification marker not seen before on that firmware.
    pub fn unseen_marker(&self) -> Judgement {
        self.unseen_marker
    }

    /// A key that can be used without a PIN.
    pub fn pin_never(&self) -> Judgement {
        self.pin_never
    }

    /// An attestation that does not name the serial number of the module.
    pub fn serial_missing(&self) -> Judgement {
        self.serial_missing
    }

    /// A key that may itself sign attestation certificates.
    pub fn key_can_attest(&self) -> Judgement {
        self.key_can_attest
    }

    /// Advisories judged otherwise than by default, by identifier. Only those whose effect is
    /// settable can be named.
    pub fn advisories(&self) -> &[(String, Judgement)] {
        &self.advisories
    }

    /// Modules whose product and firmware the CA has confirmed.
    pub fn confirmed_modules(&self) -> &[ConfirmedModule] {
        &self.confirmed_modules
    }

    /// Witness statements that the CA accepts where the evidence is silent.
    pub fn accept_statement(&self) -> &[AcceptedStatement] {
        &self.accept_statement
    }

    /// Keys, certificates and anchors that the CA distrusts, whoever vouches for them.
    pub fn distrust(&self) -> &[Distrust] {
        &self.distrust
    }

    /// Anchors of the caller's whose keys the CA has confirmed.
    pub fn confirmed_anchors(&self) -> &[ConfirmedAnchor] {
        &self.confirmed_anchors
    }

    /// That of the key with this SHA-256 of its SubjectPublicKeyInfo.
    pub fn confirmed_anchor(&self, spki_sha256: Sha256) -> Option<&ConfirmedAnchor> {
        self.confirmed_anchors.iter().find(|anchor| anchor.spki_sha256 == spki_sha256)
    }

    /// What a live SmartCard-HSM says of its key domains.
    pub fn live_key_domains(&self) -> LiveKeyDomains {
        self.live_key_domains
    }

    /// Keys known to be compromised.
    pub fn compromised_keys(&self) -> &CompromisedKeys {
        &self.compromised_keys
    }

    /// A module of which another subscriber has presented a key, as the ledger tells.
    pub fn device_elsewhere(&self) -> Judgement {
        self.device_elsewhere
    }

    /// The days within which a certificate may be issued on a verdict; 1 to 398.
    pub fn verdict_max_age_days(&self) -> u16 {
        self.verdict_max_age_days
    }

    /// For which certificates two people must approve (CSBR 5.2.4).
    pub fn dual_control(&self) -> DualControl {
        self.dual_control
    }

    /// The years that records are kept; at least 2 (CSBR 5.4.3, 5.5.2).
    pub fn retention_years(&self) -> u16 {
        self.retention_years
    }

    /// What it demands of a key.
    pub fn key_demands(&self) -> Demands<'_> {
        Demands {
            min_rsa_bits: self.min_rsa_bits,
            max_rsa_bits: self.max_rsa_bits,
            curves: &self.curves,
            fermat_rounds: self.fermat_rounds,
            compromised: &self.compromised_keys,
        }
    }
}
