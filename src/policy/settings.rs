//! What a CA may set, each setting once: its name, what it means, its type, and how it is read. What it
//! is where nothing is set stands in `csbr.yaml`; what it does, in `csbr/`, in the ledger and at the
//! gate.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::builder::PolicyBuilder;
use super::distrust::DistrustEntry;
use super::judgement::{DualControl, Judgement, KeepCompanions, LiveKeyDomains, SchemeWeight};
use super::reader::{Bounds, CURVES, PolicyError, PolicyReader};
use super::record::{
    AcceptedStatement, AcceptedStatementEntry, ConfirmedAnchor, ConfirmedAnchorEntry,
    ConfirmedModule, ConfirmedModuleEntry, ServiceDocument, ServiceDocumentEntry,
};
use crate::encoding::yaml::Fields;
use crate::endorsement::Scheme;
use crate::result::Rules;
use crate::time::Timestamp;
use crate::trust::Distrust;

/// No module makes larger moduli, and the checks of a key take time that grows with its size.
const RSA_BITS: Bounds = Bounds { least: 3072, most: 8192, clause: Some("CSBR 6.1.5.2") };

/// 6.1.1.3 (5), ballot SC-73. As many as may be take seconds for one key.
const FERMAT_ROUNDS: Bounds =
    Bounds { least: 100, most: 100_000, clause: Some("the TLS Baseline Requirements") };

/// FIPS 140 has no higher level.
const FIPS_LEVEL: Bounds = Bounds { least: 2, most: 4, clause: Some("CSBR 6.2.7.4.1") };

/// CSBR 4.2.1 lets other methods be used again for thirteen months, and this one not at all.
const AGE_DAYS: Bounds = Bounds { least: 1, most: 398, clause: None };

/// And 5.5.2. At most a working life.
const RETENTION_YEARS: Bounds = Bounds { least: 2, most: 50, clause: Some("CSBR 5.4.3") };

const VERSION: Bounds = Bounds { least: 1, most: u64::MAX, clause: None };

/// From one list of settings: the struct, its schema, its reader and its builder. A setting is read by the
/// method of [`PolicyReader`] that stands behind it; the built-in policy need not have one with `else`.
macro_rules! settings {
    ($(
        $(#[doc = $doc:literal])+
        $(#[schemars($($schema:tt)+)])*
        $name:ident: $type:ty = $read:ident $(($bounds:expr))? $(, else $unset:expr)?;
    )+) => {
        /// What a policy sets. What a file leaves out is as in the built-in policy.
        #[derive(Clone, Debug, PartialEq, JsonSchema)]
        #[schemars(title = "keyproof appraisal policy", deny_unknown_fields)]
        #[non_exhaustive]
        pub struct Settings {
            $(
                $(#[doc = $doc])+
                $(#[schemars($($schema)+)])*
                pub $name: $type,
            )+
        }

        impl Settings {
            /// Takes from `fields` what they set, and the rest from the built-in policy, unless it is that
            /// which is read.
            pub(super) fn read(
                reader: &PolicyReader<'_>,
                fields: &mut Fields<'_>,
                built_in: Option<&Self>,
            ) -> Result<Self, PolicyError> {
                Ok(Self {
                    $( $name: match (fields.optional(stringify!($name)), built_in) {
                        (Some(node), _) => reader.$read(node $(, $bounds)?)?,
                        (None, Some(built_in)) => built_in.$name.clone(),
                        $( (None, None) => $unset, )?
                        #[allow(unreachable_patterns, reason = "after an else")]
                        (None, None) => return Err(reader.missing(stringify!($name))),
                    }, )+
                })
            }
        }

        impl PolicyBuilder {
            $(
                $(#[doc = $doc])+
                ///
                #[doc = concat!("As it would stand in a file: a value like that of [`Settings::", stringify!($name), "`].")]
                pub fn $name(self, value: impl Serialize) -> Self {
                    self.set(stringify!($name), value)
                }
            )+
        }
    };
}

settings! {
    /// The CA's own number for this policy.
    #[schemars(range(min = VERSION.least))]
    version: u64 = number(VERSION);

    /// The name of this policy in results; if it is left out, the name of the file.
    #[schemars(length(min = 1, max = 100))]
    name: String = name;

    /// The rules that it stands on: what it cannot go below, and what holds where it is silent.
    based_on: Rules = word;

    /// The formats whose evidence is looked at; all, if it is left out.
    #[schemars(length(min = 1), extend("uniqueItems" = true))]
    formats: Option<Vec<String>> = formats, else None;

    /// The smallest RSA modulus in bits (CSBR 6.1.5.2).
    #[schemars(range(min = RSA_BITS.least, max = RSA_BITS.most))]
    min_rsa_bits: u64 = number(RSA_BITS);

    /// The largest RSA modulus in bits.
    #[schemars(range(min = RSA_BITS.least, max = RSA_BITS.most))]
    max_rsa_bits: u64 = number(RSA_BITS);

    /// The curves allowed (CSBR 6.1.5.2).
    #[schemars(extend("uniqueItems" = true, "items" = serde_json::json!({ "enum": CURVES })))]
    curves: Vec<String> = curves;

    /// An RSA exponent that is odd and at least 3, but outside 2^16+1 to 2^256-1 (CSBR 6.1.6, a SHOULD).
    unusual_exponent: Judgement = word;

    /// Rounds of Fermat factorisation.
    #[schemars(range(min = FERMAT_ROUNDS.least, max = FERMAT_ROUNDS.most))]
    fermat_rounds: u32 = number(FERMAT_ROUNDS);

    /// The least overall level of FIPS 140-2 or FIPS 140-3 (CSBR 6.2.7.4.1).
    #[schemars(range(min = FIPS_LEVEL.least, max = FIPS_LEVEL.most))]
    min_fips_level: u8 = number(FIPS_LEVEL);

    /// What a certification is worth by its scheme. Those that CSBR does not name are `shown`; under rules of
    /// the policy's own they can be a `review`.
    schemes: BTreeMap<Scheme, SchemeWeight> = schemes;

    /// What a signing service shows besides (CSBR 6.2.7.3, 6.2.7.4.2 (7), 8.4.2): the CA's records of it.
    #[schemars(with = "Vec<ServiceDocumentEntry>")]
    service_documents: Vec<ServiceDocument> = service_documents;

    /// A certification on the historical list.
    historical_certification: Judgement = word;

    /// A certification of the chip or the platform, not of the device.
    platform_certification: Judgement = word;

    /// A certification that names firmware, where the evidence does not state that of the module.
    firmware_unstated: Judgement = word;

    /// A certification that is known from one copy of its issuer's record.
    certification_one_copy: Judgement = word;

    /// A certification that is known from two or more such copies, independent of each other.
    certification_copies: Judgement = word;

    /// A certification mark not seen before on that firmware.
    unseen_marker: Judgement = word;

    /// A key that can be used without a PIN.
    pin_never: Judgement = word;

    /// An attestation that does not name the serial number of the module.
    serial_missing: Judgement = word;

    /// A key that may itself sign attestation certificates.
    key_can_attest: Judgement = word;

    /// Advisories whose weight CSBR leaves to the CA, by identifier.
    advisories: BTreeMap<String, Judgement> = advisories;

    /// Modules whose product and firmware the CA has confirmed.
    #[schemars(with = "Vec<ConfirmedModuleEntry>", length(max = 1000))]
    confirmed_modules: Vec<ConfirmedModule> = confirmed_modules;

    /// Witness statements that the CA accepts where the evidence is silent.
    #[schemars(with = "Vec<AcceptedStatementEntry>", length(max = 1000))]
    accept_statement: Vec<AcceptedStatement> = accept_statement;

    /// Keys, certificates and anchors that the CA distrusts, whoever vouches for them.
    #[schemars(with = "Vec<DistrustEntry>")]
    distrust: Vec<Distrust> = distrust;

    /// Anchors of the caller's whose keys the CA has confirmed with the manufacturer.
    #[schemars(with = "Vec<ConfirmedAnchorEntry>", length(max = 1000))]
    confirmed_anchors: Vec<ConfirmedAnchor> = confirmed_anchors;

    /// What a live SmartCard-HSM says of its key domains, which nobody signed.
    live_key_domains: LiveKeyDomains = word;

    /// Names of files beside the policy file that list compromised keys.
    #[schemars(length(max = 64))]
    compromised_keys: Vec<String> = list_names;

    /// The day (`YYYY-MM-DD`) from which a key is a review for which no complete list of known weak keys is at
    /// hand; before, a notice.
    #[schemars(with = "String", regex(pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"))]
    weak_key_lists_due: Timestamp = date;

    /// A module of which another subscriber has presented a key, as the ledger tells.
    device_elsewhere: Judgement = word;

    /// The days within which a certificate may be issued on a verdict.
    #[schemars(range(min = AGE_DAYS.least, max = AGE_DAYS.most))]
    verdict_max_age_days: u16 = number(AGE_DAYS);

    /// For which certificates two people must approve (CSBR 5.2.4).
    dual_control: DualControl = word;

    /// The years that the records of a ledger are kept (CSBR 5.4.3, 5.5.2).
    #[schemars(range(min = RETENTION_YEARS.least, max = RETENTION_YEARS.most))]
    retention_years: u16 = number(RETENTION_YEARS);

    /// What a ledger keeps of files that hold no evidence.
    keep_companions: KeepCompanions = word;
}
