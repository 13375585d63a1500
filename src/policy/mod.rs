//! What a CA demands: the requirement table of the Code Signing Baseline Requirements, and the few
//! judgement calls that they leave open.

mod config;
mod csbr;
mod record;

pub use config::{
    PolicyError, default_policy, default_yaml, parse as parse_policy, schema as policy_schema,
};
pub use csbr::{Applicant, Appraisal, appraise};
pub use record::{AcceptedStatement, ConfirmedModule, Stated, Unit};

use crate::encoding::hex::Sha256;
use crate::public_key::admission::{CompromisedKeys, Demands};
use crate::result::Outcome;

/// How a matter that CSBR leaves open is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LiveKeyDomains {
    /// It is shown, and decides nothing.
    Shown,
    /// That there is none satisfies `non-exportable`, with a notice.
    Counted,
}

/// A CA's appraisal policy. It can tighten the clause and choose among the judgement calls; it
/// cannot go below the clause.
#[derive(Clone, Debug)]
pub struct AppraisalPolicy {
    /// Its name.
    pub name: String,
    /// Its own version.
    pub version: u64,
    /// SHA-256 of the file it was read from followed, for each list of compromised keys, by the name
    /// of the list, a zero octet and the SHA-256 of the list; or of the built-in policy as printed.
    pub sha256: Sha256,
    /// The formats whose evidence is looked at; `None` for all.
    pub formats: Option<Vec<String>>,
    /// The smallest RSA modulus in bits; at least 3072 (CSBR 6.1.5.2).
    pub min_rsa_bits: u64,
    /// The largest RSA modulus in bits; at most 8192.
    pub max_rsa_bits: u64,
    /// The curves allowed, of `P-256`, `P-384`, `P-521` (CSBR 6.1.5.2).
    pub curves: Vec<String>,
    /// An RSA exponent that is odd and at least 3, but outside 2^16+1 to 2^256-1 (CSBR 6.1.6, a SHOULD).
    pub unusual_exponent: Judgement,
    /// Rounds of Fermat factorisation; at least 100.
    pub fermat_rounds: u32,
    /// The least overall level of FIPS 140-2 or 140-3; at least 2 (CSBR 6.2.7.4.1).
    pub min_fips_level: u8,
    /// A certification on the historical list.
    pub historical_certification: Judgement,
    /// A certification of the chip or the platform, not of the device.
    pub platform_certification: Judgement,
    /// A certification that names firmware, where the evidence does not state that of the module.
    pub firmware_unstated: Judgement,
    /// A certification marker not seen before on that firmware.
    pub unseen_marker: Judgement,
    /// A key that can be used without a PIN.
    pub pin_never: Judgement,
    /// An attestation that does not name the serial number of the module.
    pub serial_missing: Judgement,
    /// A key that may itself sign attestation certificates.
    pub key_can_attest: Judgement,
    /// Advisories judged otherwise than by default, by identifier. Only those whose effect is
    /// settable can be named.
    pub advisories: Vec<(String, Judgement)>,
    /// Modules whose product and firmware the CA has confirmed.
    pub confirmed_modules: Vec<ConfirmedModule>,
    /// Witness statements that the CA accepts where the evidence is silent.
    pub accept_statement: Vec<AcceptedStatement>,
    /// What a live SmartCard-HSM says of its key domains.
    pub live_key_domains: LiveKeyDomains,
    /// Keys known to be compromised.
    pub compromised_keys: CompromisedKeys,
    /// A module of which another subscriber has presented a key, as the ledger tells.
    pub device_elsewhere: Judgement,
    /// The days within which a certificate may be issued on a verdict; 1 to 398.
    pub verdict_max_age_days: u16,
    /// For which certificates two people must approve (CSBR 5.2.4).
    pub dual_control: DualControl,
    /// The years that records are kept; at least 2 (CSBR 5.4.3, 5.5.2).
    pub retention_years: u16,
}

/// For which certificates two different people must approve before they are issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DualControl {
    /// For none.
    Never,
    /// For Extended Validation certificates (CSBR 5.2.4), and where the type was not said.
    Ev,
    /// For all.
    Always,
}

impl AppraisalPolicy {
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
