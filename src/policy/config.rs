//! What a CA may set: reading a policy file. A policy can tighten the clause and choose among the
//! judgement calls; whatever would go below the clause, is misspelt or could be read in two ways is
//! an error with its place.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;

use super::distrust::{self, DistrustEntry};
use super::record::{
    AcceptedStatement, AcceptedStatementEntry, ConfirmedAnchor, ConfirmedAnchorEntry,
    ConfirmedModule, ConfirmedModuleEntry, RecordReader,
};
use super::{AppraisalPolicy, DualControl, Judgement, LiveKeyDomains};
use crate::encoding::hex::Sha256;
use crate::encoding::yaml::{Document, Fields, FileError, FileFault, FilePosition, Node, nearest};
use crate::endorsement::{AdvisoryEffect, Endorsements};
use crate::public_key::admission::CompromisedKeys;
use crate::reason::ReasonCode;
use crate::trust::Distrust;

/// The policy that holds where a CA sets nothing.
pub fn default_policy() -> AppraisalPolicy {
    AppraisalPolicy {
        name: "csbr-default".to_owned(),
        version: 1,
        sha256: Sha256::of(default_yaml().as_bytes()),
        formats: None,
        min_rsa_bits: MIN_RSA_BITS,
        max_rsa_bits: MAX_RSA_BITS,
        curves: CURVES.iter().map(|curve| (*curve).to_owned()).collect(),
        unusual_exponent: Judgement::Refuse,
        fermat_rounds: MIN_FERMAT_ROUNDS,
        min_fips_level: MIN_FIPS_LEVEL,
        historical_certification: Judgement::Notice,
        platform_certification: Judgement::Review,
        firmware_unstated: Judgement::Review,
        unseen_marker: Judgement::Notice,
        pin_never: Judgement::Review,
        serial_missing: Judgement::Review,
        key_can_attest: Judgement::Review,
        advisories: vec![("YSA-2024-03".to_owned(), Judgement::Review)],
        confirmed_modules: Vec::new(),
        accept_statement: Vec::new(),
        distrust: Vec::new(),
        confirmed_anchors: Vec::new(),
        live_key_domains: LiveKeyDomains::Shown,
        compromised_keys: CompromisedKeys::default(),
        device_elsewhere: Judgement::Review,
        verdict_max_age_days: 30,
        dual_control: DualControl::Never,
        retention_years: MIN_RETENTION_YEARS,
    }
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
    let reader = PolicyReader { file, document: &document, endorsements };
    reader.policy(bytes, list_file)
}

/// The JSON Schema of a policy file.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(PolicyFile).to_value()
}

/// A policy file cannot be used. The program ends with it, before anything is judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyError {
    /// A code of the family `policy`.
    pub code: ReasonCode,
    /// The name of the file.
    pub file: String,
    /// What is wrong, in one sentence without its full stop.
    pub message: String,
    /// The line, from 1; 0 where it is not known.
    pub line: u64,
    /// The column, from 1; 0 where it is not known.
    pub column: u64,
    /// The line with a mark below the column; empty where it is not known.
    pub snippet: String,
}

impl fmt::Display for PolicyError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.file)?;
        if self.line > 0 {
            write!(formatter, ":{}:{}", self.line, self.column)?;
        }
        write!(formatter, ": {}: {}", self.code, self.message)?;
        if !self.snippet.is_empty() {
            write!(formatter, "\n{}", self.snippet)?;
        }
        write!(formatter, "\n{}", self.code.hint())
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
        Self {
            code,
            file: error.file,
            message: error.message,
            line: error.place.line,
            column: error.place.column,
            snippet: error.snippet,
        }
    }
}

/// No policy comes near it: the built-in one, comments included, has some two thousand bytes.
const LIMIT: usize = 64 << 10;

/// CSBR 6.1.5.2.
const MIN_RSA_BITS: u64 = 3072;

/// No module makes larger ones, and the checks of a key take time that grows with its size.
const MAX_RSA_BITS: u64 = 8192;

/// CSBR 6.1.5.2.
const CURVES: [&str; 3] = ["P-256", "P-384", "P-521"];

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

/// The number of rounds that the TLS Baseline Requirements ask for (6.1.1.3 (5), ballot SC-73).
const MIN_FERMAT_ROUNDS: u32 = 100;

/// Seconds of work for one key.
const MAX_FERMAT_ROUNDS: u32 = 100_000;

/// CSBR 6.2.7.4.1.
const MIN_FIPS_LEVEL: u8 = 2;

/// FIPS 140 has no higher level.
const MAX_FIPS_LEVEL: u8 = 4;

/// CSBR 5.4.3, 5.5.2.
const MIN_RETENTION_YEARS: u16 = 2;

/// A working life.
const MAX_RETENTION_YEARS: u16 = 50;

/// CSBR 4.2.1 lets other methods be used again for thirteen months, and this one not at all.
const MAX_VERDICT_AGE_DAYS: u16 = 398;

/// Lists of compromised keys in one policy.
const MAX_LISTS: usize = 64;

/// How a matter that CSBR leaves open is judged: satisfied with a notice, a person must weigh it, or
/// refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum JudgementWord {
    Notice,
    Review,
    Refuse,
}

impl JudgementWord {
    const WORDS: [(&'static str, Self); 3] =
        [("notice", Self::Notice), ("review", Self::Review), ("refuse", Self::Refuse)];
}

impl From<JudgementWord> for Judgement {
    fn from(word: JudgementWord) -> Self {
        match word {
            JudgementWord::Notice => Self::Notice,
            JudgementWord::Review => Self::Review,
            JudgementWord::Refuse => Self::Refuse,
        }
    }
}

/// For which certificates two people must approve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum DualControlWord {
    Never,
    Ev,
    Always,
}

impl DualControlWord {
    const WORDS: [(&'static str, Self); 3] =
        [("never", Self::Never), ("ev", Self::Ev), ("always", Self::Always)];
}

impl From<DualControlWord> for DualControl {
    fn from(word: DualControlWord) -> Self {
        match word {
            DualControlWord::Never => Self::Never,
            DualControlWord::Ev => Self::Ev,
            DualControlWord::Always => Self::Always,
        }
    }
}

/// Whether what was seen of a live token is shown only, or counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(rename_all = "lowercase")]
enum LiveWord {
    Shown,
    Counted,
}

impl LiveWord {
    const WORDS: [(&'static str, Self); 2] = [("shown", Self::Shown), ("counted", Self::Counted)];
}

impl From<LiveWord> for LiveKeyDomains {
    fn from(word: LiveWord) -> Self {
        match word {
            LiveWord::Shown => Self::Shown,
            LiveWord::Counted => Self::Counted,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
enum CurveWord {
    #[schemars(rename = "P-256")]
    P256,
    #[schemars(rename = "P-384")]
    P384,
    #[schemars(rename = "P-521")]
    P521,
}

/// A CA's appraisal policy. What is left out is as in the built-in policy.
#[derive(Debug, JsonSchema)]
#[schemars(title = "keyproof appraisal policy", deny_unknown_fields)]
struct PolicyFile {
    /// The CA's own number for this policy.
    #[schemars(range(min = 1))]
    version: u64,
    /// The name of this policy in results.
    #[schemars(length(min = 1, max = 100))]
    name: Option<String>,
    /// The formats whose evidence is looked at; all, if it is left out.
    #[schemars(length(min = 1), extend("uniqueItems" = true))]
    formats: Option<Vec<String>>,
    /// The smallest RSA modulus in bits (CSBR 6.1.5.2).
    #[schemars(range(min = 3072, max = 8192))]
    min_rsa_bits: Option<u64>,
    /// The largest RSA modulus in bits.
    #[schemars(range(min = 3072, max = 8192))]
    max_rsa_bits: Option<u64>,
    /// The curves allowed (CSBR 6.1.5.2).
    #[schemars(extend("uniqueItems" = true))]
    curves: Option<Vec<CurveWord>>,
    /// An RSA exponent outside 2^16+1 to 2^256-1 (CSBR 6.1.6).
    unusual_exponent: Option<JudgementWord>,
    /// Rounds of Fermat factorisation.
    #[schemars(range(min = 100, max = 100_000))]
    fermat_rounds: Option<u32>,
    /// The least overall level of FIPS 140-2 or FIPS 140-3 (CSBR 6.2.7.4.1).
    #[schemars(range(min = 2, max = 4))]
    min_fips_level: Option<u8>,
    /// A certification on the historical list.
    historical_certification: Option<JudgementWord>,
    /// A certification of the chip or the platform, not of the device.
    platform_certification: Option<JudgementWord>,
    /// A certification that names firmware, where the evidence states none.
    firmware_unstated: Option<JudgementWord>,
    /// A certification mark not seen before on that firmware.
    unseen_marker: Option<JudgementWord>,
    /// A key that can be used without a PIN.
    pin_never: Option<JudgementWord>,
    /// An attestation that does not name the serial number of the module.
    serial_missing: Option<JudgementWord>,
    /// A key that may itself sign attestation certificates.
    key_can_attest: Option<JudgementWord>,
    /// Advisories whose weight CSBR leaves to the CA, by identifier.
    advisories: Option<BTreeMap<String, JudgementWord>>,
    /// Modules whose product and firmware the CA has confirmed.
    #[schemars(with = "Option<Vec<ConfirmedModuleEntry>>", length(max = 1000))]
    confirmed_modules: Option<Vec<ConfirmedModule>>,
    /// Witness statements that the CA accepts where the evidence is silent.
    #[schemars(with = "Option<Vec<AcceptedStatementEntry>>", length(max = 1000))]
    accept_statement: Option<Vec<AcceptedStatement>>,
    /// Keys, certificates and anchors that the CA distrusts, whoever vouches for them.
    #[schemars(with = "Option<Vec<DistrustEntry>>")]
    distrust: Option<Vec<Distrust>>,
    /// Anchors of the caller's whose keys the CA has confirmed with the manufacturer.
    #[schemars(with = "Option<Vec<ConfirmedAnchorEntry>>", length(max = 1000))]
    confirmed_anchors: Option<Vec<ConfirmedAnchor>>,
    /// What a live SmartCard-HSM says of its key domains, which nobody signed.
    live_key_domains: Option<LiveWord>,
    /// Names of files beside the policy file that list compromised keys.
    #[schemars(length(max = 64))]
    compromised_keys: Option<Vec<String>>,
    /// A module of which another subscriber has presented a key, as the ledger tells.
    device_elsewhere: Option<JudgementWord>,
    /// The days within which a certificate may be issued on a verdict.
    #[schemars(range(min = 1, max = 398))]
    verdict_max_age_days: Option<u16>,
    /// For which certificates two people must approve.
    dual_control: Option<DualControlWord>,
    /// The years that the records of a ledger are kept (CSBR 5.4.3, 5.5.2).
    #[schemars(range(min = 2, max = 50))]
    retention_years: Option<u16>,
}

struct PolicyReader<'a> {
    file: &'a str,
    document: &'a Document<'a>,
    endorsements: &'a Endorsements,
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
        let lists = fields.optional("compromised_keys");
        let file = self.policy_file(&mut fields, lists)?;
        fields.finish()?;

        // The lists judge too: what is hashed is the file, then each list after its name.
        let mut hashed = bytes.to_vec();
        let mut compromised_keys = CompromisedKeys::default();
        if let (Some(names), Some(list)) = (&file.compromised_keys, lists) {
            for (name, node) in names.iter().zip(self.document.sequence(list)?) {
                let bytes = list_file(name).map_err(|error| {
                    let message = format!("`{name}` cannot be read: {error}");
                    self.refuse(ReasonCode::PolicyPath, node.place(), &message)
                })?;
                hashed.extend_from_slice(name.as_bytes());
                hashed.push(0);
                hashed.extend_from_slice(Sha256::of(&bytes).as_bytes());
                compromised_keys.add_list(name, &bytes).map_err(|error| {
                    self.refuse(ReasonCode::PolicyPath, node.place(), &error.to_string())
                })?;
            }
        }
        let default = default_policy();
        let mut advisories: BTreeMap<_, _> = default.advisories.into_iter().collect();
        for (id, word) in file.advisories.into_iter().flatten() {
            advisories.insert(id, word.into());
        }
        let judged = |word: Option<JudgementWord>, default| word.map_or(default, Judgement::from);
        Ok(AppraisalPolicy {
            name: file.name.unwrap_or_else(|| self.file.to_owned()),
            version: file.version,
            sha256: Sha256::of(&hashed),
            formats: file.formats,
            min_rsa_bits: file.min_rsa_bits.unwrap_or(default.min_rsa_bits),
            max_rsa_bits: file.max_rsa_bits.unwrap_or(default.max_rsa_bits),
            curves: file.curves.map_or(default.curves, |curves| {
                curves.into_iter().map(|curve| curve.name().to_owned()).collect()
            }),
            unusual_exponent: judged(file.unusual_exponent, default.unusual_exponent),
            fermat_rounds: file.fermat_rounds.unwrap_or(default.fermat_rounds),
            min_fips_level: file.min_fips_level.unwrap_or(default.min_fips_level),
            historical_certification: judged(
                file.historical_certification,
                default.historical_certification,
            ),
            platform_certification: judged(
                file.platform_certification,
                default.platform_certification,
            ),
            firmware_unstated: judged(file.firmware_unstated, default.firmware_unstated),
            unseen_marker: judged(file.unseen_marker, default.unseen_marker),
            pin_never: judged(file.pin_never, default.pin_never),
            serial_missing: judged(file.serial_missing, default.serial_missing),
            key_can_attest: judged(file.key_can_attest, default.key_can_attest),
            live_key_domains: file
                .live_key_domains
                .map_or(default.live_key_domains, LiveKeyDomains::from),
            advisories: advisories.into_iter().collect(),
            confirmed_modules: file.confirmed_modules.unwrap_or_default(),
            accept_statement: file.accept_statement.unwrap_or_default(),
            distrust: file.distrust.unwrap_or_default(),
            confirmed_anchors: file.confirmed_anchors.unwrap_or_default(),
            compromised_keys,
            device_elsewhere: judged(file.device_elsewhere, default.device_elsewhere),
            verdict_max_age_days: file.verdict_max_age_days.unwrap_or(default.verdict_max_age_days),
            dual_control: file.dual_control.map_or(default.dual_control, DualControl::from),
            retention_years: file.retention_years.unwrap_or(default.retention_years),
        })
    }

    fn policy_file(
        &self,
        fields: &mut Fields<'_>,
        lists: Option<&Node>,
    ) -> Result<PolicyFile, PolicyError> {
        let version = self.document.integer(fields.required("version")?, 1..=u64::MAX)?;
        let min = fields.optional("min_rsa_bits");
        let max = fields.optional("max_rsa_bits");
        let min_rsa_bits = self.at_least(min, MIN_RSA_BITS, MAX_RSA_BITS, "CSBR 6.1.5.2")?;
        let max_rsa_bits = self.at_least(max, MIN_RSA_BITS, MAX_RSA_BITS, "CSBR 6.1.5.2")?;
        if let Some(max_node) = max.or(min)
            && min_rsa_bits.unwrap_or(MIN_RSA_BITS) > max_rsa_bits.unwrap_or(MAX_RSA_BITS)
        {
            let message = "`max_rsa_bits` is less than `min_rsa_bits`";
            return Err(self.refuse(ReasonCode::PolicyRange, max_node.place(), message));
        }
        let rounds = fields.optional("fermat_rounds");
        let (floor, end) = (MIN_FERMAT_ROUNDS.into(), MAX_FERMAT_ROUNDS.into());
        let rounds = self.at_least(rounds, floor, end, "the TLS Baseline Requirements")?;
        let level = fields.optional("min_fips_level");
        let (floor, end) = (MIN_FIPS_LEVEL.into(), MAX_FIPS_LEVEL.into());
        let level = self.at_least(level, floor, end, "CSBR 6.2.7.4.1")?;
        Ok(PolicyFile {
            version,
            name: fields.optional("name").map(|node| self.name(node)).transpose()?,
            formats: fields.optional("formats").map(|node| self.formats(node)).transpose()?,
            min_rsa_bits,
            max_rsa_bits,
            curves: fields.optional("curves").map(|node| self.curves(node)).transpose()?,
            unusual_exponent: self.judgement_of(fields, "unusual_exponent")?,
            // Within u32 and u8, as their ranges are.
            fermat_rounds: rounds.and_then(|rounds| u32::try_from(rounds).ok()),
            min_fips_level: level.and_then(|level| u8::try_from(level).ok()),
            historical_certification: self.judgement_of(fields, "historical_certification")?,
            platform_certification: self.judgement_of(fields, "platform_certification")?,
            firmware_unstated: self.judgement_of(fields, "firmware_unstated")?,
            unseen_marker: self.judgement_of(fields, "unseen_marker")?,
            pin_never: self.judgement_of(fields, "pin_never")?,
            serial_missing: self.judgement_of(fields, "serial_missing")?,
            key_can_attest: self.judgement_of(fields, "key_can_attest")?,
            advisories: fields
                .optional("advisories")
                .map(|node| self.advisories(node))
                .transpose()?,
            confirmed_modules: self.records(fields, "confirmed_modules", |records, node| {
                let confirmed = records.confirmed(node)?;
                Ok((confirmed.unit.clone(), confirmed))
            })?,
            accept_statement: self.records(fields, "accept_statement", |records, node| {
                let statement = records.statement(node)?;
                Ok((statement.unit.clone(), statement))
            })?,
            distrust: fields.optional("distrust").map(|node| self.distrust(node)).transpose()?,
            confirmed_anchors: self.records(fields, "confirmed_anchors", |records, node| {
                let anchor = records.anchor(node)?;
                Ok((anchor.spki_sha256, anchor))
            })?,
            live_key_domains: fields
                .optional("live_key_domains")
                .map(|node| self.word(node, &LiveWord::WORDS))
                .transpose()?,
            compromised_keys: lists.map(|node| self.list_names(node)).transpose()?,
            device_elsewhere: self.judgement_of(fields, "device_elsewhere")?,
            verdict_max_age_days: fields
                .optional("verdict_max_age_days")
                .map(|node| self.document.integer(node, 1..=MAX_VERDICT_AGE_DAYS.into()))
                .transpose()?
                .and_then(|days| u16::try_from(days).ok()),
            dual_control: fields
                .optional("dual_control")
                .map(|node| self.word(node, &DualControlWord::WORDS))
                .transpose()?,
            retention_years: self
                .at_least(
                    fields.optional("retention_years"),
                    MIN_RETENTION_YEARS.into(),
                    MAX_RETENTION_YEARS.into(),
                    "CSBR 5.4.3",
                )?
                .and_then(|years| u16::try_from(years).ok()),
        })
    }

    /// A number that the clause `source` keeps from going below `floor`.
    fn at_least(
        &self,
        node: Option<&Node>,
        floor: u64,
        end: u64,
        source: &str,
    ) -> Result<Option<u64>, PolicyError> {
        let Some(node) = node else {
            return Ok(None);
        };
        let value = self.document.integer(node, 0..=end)?;
        if value < floor {
            let message = format!("{value} is less than {floor}, the floor of {source}");
            return Err(self.refuse(ReasonCode::PolicyBelowFloor, node.place(), &message));
        }
        Ok(Some(value))
    }

    fn name(&self, node: &Node) -> Result<String, PolicyError> {
        let name = self.document.text(node)?;
        if name.chars().count() > 100 || name.chars().any(char::is_control) {
            let message = "a name has 100 characters at most, all of them visible";
            return Err(self.refuse(ReasonCode::PolicyRange, node.place(), message));
        }
        Ok(name.to_owned())
    }

    fn formats(&self, node: &Node) -> Result<Vec<String>, PolicyError> {
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
        Ok(formats)
    }

    fn curves(&self, node: &Node) -> Result<Vec<CurveWord>, PolicyError> {
        self.distinct(node, |item, name| {
            if let Some(curve) = CurveWord::ALL.into_iter().find(|curve| curve.name() == name) {
                return Ok(curve);
            }
            if OTHER_CURVES.contains(&name) {
                let message = format!("CSBR 6.1.5.2 does not allow `{name}` for code signing");
                return Err(self.refuse(ReasonCode::PolicyBelowFloor, item.place(), &message));
            }
            let message = format!("there is no curve `{}`", name.escape_debug());
            Err(self.unknown(ReasonCode::PolicyType, item.place(), message, name, &CURVES))
        })
    }

    fn judgement_of(
        &self,
        fields: &mut Fields<'_>,
        key: &'static str,
    ) -> Result<Option<JudgementWord>, PolicyError> {
        fields.optional(key).map(|node| self.word(node, &JudgementWord::WORDS)).transpose()
    }

    /// What one of `words` stands for.
    fn word<T: Copy>(&self, node: &Node, words: &[(&str, T)]) -> Result<T, PolicyError> {
        let text = self.document.text(node)?;
        if let Some((_, meaning)) = words.iter().find(|(word, _)| *word == text) {
            return Ok(*meaning);
        }
        let words: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
        let (last, others) = words.split_last().map_or(("", &[][..]), |(last, it)| (last, it));
        let message = format!("expected {} or {last}", others.join(", "));
        Err(self.refuse(ReasonCode::PolicyType, node.place(), &message))
    }

    fn advisories(&self, node: &Node) -> Result<BTreeMap<String, JudgementWord>, PolicyError> {
        let mut judged = BTreeMap::new();
        for (id, place, value) in self.document.fields(node)?.rest() {
            match self.endorsements.advisory(id).map(|advisory| advisory.effect) {
                Some(AdvisoryEffect::Settable) => {
                    judged.insert(id.to_owned(), self.word(value, &JudgementWord::WORDS)?);
                }
                Some(AdvisoryEffect::Refuse) => {
                    let message = format!("CSBR 6.1.1.3 leaves no choice about `{id}`");
                    return Err(self.refuse(ReasonCode::PolicyBelowFloor, place, &message));
                }
                None => {
                    let all = self.endorsements.advisories().iter();
                    let known: Vec<_> = all.map(|advisory| advisory.id.as_str()).collect();
                    let message = format!("there is no advisory `{}`", id.escape_debug());
                    let code = ReasonCode::PolicyUnknownField;
                    return Err(self.unknown(code, place, message, id, &known));
                }
            }
        }
        Ok(judged)
    }

    /// The entries of a list of records, of which no two are about the same module or key.
    fn records<S: PartialEq, T>(
        &self,
        fields: &mut Fields<'_>,
        key: &'static str,
        read: impl Fn(&RecordReader<'_>, &Node) -> Result<(S, T), FileError>,
    ) -> Result<Option<Vec<T>>, PolicyError> {
        let Some(list) = fields.optional(key) else {
            return Ok(None);
        };
        let reader = RecordReader { document: self.document, endorsements: self.endorsements };
        let mut subjects = Vec::new();
        let mut records = Vec::new();
        for node in self.document.sequence(list)? {
            let (subject, record) = read(&reader, node)?;
            if subjects.contains(&subject) {
                let message = "this is about the same module or key as an entry before it";
                return Err(self.refuse(ReasonCode::PolicyDuplicateKey, node.place(), message));
            }
            subjects.push(subject);
            records.push(record);
        }
        Ok(Some(records))
    }

    /// The entries of `distrust`, of which no two name the same.
    fn distrust(&self, list: &Node) -> Result<Vec<Distrust>, PolicyError> {
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

    fn list_names(&self, node: &Node) -> Result<Vec<String>, PolicyError> {
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
        let error = self.document.error(FileFault::Value, place, message);
        PolicyError { code, ..PolicyError::from(error) }
    }
}

impl CurveWord {
    const ALL: [Self; 3] = [Self::P256, Self::P384, Self::P521];

    const fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
        }
    }
}
