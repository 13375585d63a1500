//! A test hierarchy, an attestation and a request of a format, for a CA's staging and for cases:
//! whole and acceptable under its own test trust, or with one named defect.
//!
//! Keys are made anew for every simulation, held in memory and dropped; no private key leaves here,
//! save one that belongs to nothing, for the defect that is about finding a private key. The names
//! of root and issuing authority say that they are simulated; those of device and attestation are
//! the manufacturer's, because they are checked.

pub(crate) mod anchors;
pub(crate) mod case;
pub(crate) mod defects;
pub(crate) mod der;
pub(crate) mod keys;
pub(crate) mod pki;
pub(crate) mod request_evidence;

use std::fmt;
use std::sync::LazyLock;

pub use keys::{KeyKind, Keyring};

use crate::format::{
    azure_managed_hsm, crypto4a_qasm, entrust_nshield, fortanix_dsm, google_cloud_hsm,
    securosys_primus, smartcard_hsm, thales_luna, yubico_openpgp, yubico_piv, yubico_yubihsm2,
};
use crate::reason::ReasonCode;
use crate::result::{Outcome, Requirement};
use crate::time::Timestamp;

/// The formats that can be simulated.
pub fn formats() -> &'static [SimulatedFormat] {
    static FORMATS: LazyLock<[SimulatedFormat; 11]> = LazyLock::new(|| {
        [
            SimulatedFormat::new(azure_managed_hsm::simulate::family()),
            SimulatedFormat::new(crypto4a_qasm::simulate::family()),
            SimulatedFormat::new(entrust_nshield::simulate::family()),
            SimulatedFormat::new(fortanix_dsm::simulate::family()),
            SimulatedFormat::new(google_cloud_hsm::simulate::family()),
            SimulatedFormat::new(securosys_primus::simulate::family()),
            SimulatedFormat::new(smartcard_hsm::simulate::family()),
            SimulatedFormat::new(thales_luna::simulate::family()),
            SimulatedFormat::new(yubico_openpgp::simulate::family()),
            SimulatedFormat::new(yubico_piv::simulate::family()),
            SimulatedFormat::new(yubico_yubihsm2::simulate::family()),
        ]
    });
    FORMATS.as_slice()
}

/// A format that can be simulated.
pub struct SimulatedFormat {
    /// Its name.
    pub name: &'static str,
    /// The defects that a simulation can have, one for each way to fail.
    pub defects: Vec<Defect>,
    make: Box<Make>,
}

type Make = dyn Fn(&Options, &mut Keyring) -> Result<Simulation, SimulateError> + Send + Sync;

impl SimulatedFormat {
    fn new<D: Case + 'static>(family: Family<D>) -> Self {
        Self {
            name: family.name,
            defects: family.defects.iter().map(|defect| defect.what).collect(),
            make: Box::new(move |options, keyring| family.make(options, keyring)),
        }
    }

    /// Makes a simulation with keys of its own.
    ///
    /// # Errors
    /// If the options do not go together, or the cryptographic library fails.
    pub fn build(&self, options: &Options) -> Result<Simulation, SimulateError> {
        self.build_with(options, &mut Keyring::default())
    }

    /// The same with keys that are kept: many simulations without making RSA keys for each.
    ///
    /// # Errors
    /// As for [`Self::build`].
    pub fn build_with(
        &self,
        options: &Options,
        keyring: &mut Keyring,
    ) -> Result<Simulation, SimulateError> {
        (self.make)(options, keyring)
    }
}

/// A format and its cases, before they are made.
pub(crate) struct Family<D> {
    /// Its name.
    pub(crate) name: &'static str,
    /// What can be wrong with a case.
    pub(crate) defects: Vec<DefectOf<D>>,
    /// The whole case, before a defect.
    pub(crate) draft: fn(&Options) -> Result<D, SimulateError>,
}

/// A case before its signatures, which a defect may change.
pub(crate) trait Case {
    /// The kind of the attested key.
    fn key(&self) -> KeyKind;

    /// The requirements on which the format is silent, so that a person must weigh them, each with
    /// the reason that says so.
    fn silences(&self) -> Vec<(Requirement, ReasonCode)> {
        Vec::new()
    }

    /// Whether the evidence can lie in the request.
    fn can_be_in_request(&self) -> bool {
        false
    }

    /// Signs everything and gives the files, the trust first.
    fn files(
        &self,
        keyring: &mut Keyring,
        seen: Timestamp,
    ) -> Result<Vec<SimulatedFile>, SimulateError>;
}

impl<D: Case> Family<D> {
    pub(crate) fn make(
        &self,
        options: &Options,
        keyring: &mut Keyring,
    ) -> Result<Simulation, SimulateError> {
        let defect = match options.defect.as_deref() {
            None => None,
            Some(name) => {
                let known = self.defects.iter().find(|defect| defect.what.name == name);
                Some(known.ok_or_else(|| SimulateError::UnknownDefect(name.to_owned()))?)
            }
        };
        let key = defect.and_then(|defect| defect.key).or(options.key);
        let mut draft = (self.draft)(&Options { key, ..options.clone() })?;
        if options.evidence == EvidencePlace::InRequest && !draft.can_be_in_request() {
            return Err(SimulateError::EvidenceInRequest);
        }
        if let Some(defect) = defect {
            (defect.change)(&mut draft);
        }
        let defect = defect.map(|defect| defect.what);
        let mut description = describe(self.name, draft.key(), defect);
        if options.evidence == EvidencePlace::InRequest {
            description.push_str(" The request carries the evidence.");
        }
        Ok(Simulation {
            files: draft.files(keyring, options.time)?,
            description,
            expected: expected(&draft, defect),
        })
    }
}

/// What to simulate.
#[derive(Clone, Debug)]
pub struct Options {
    /// The one thing that is wrong, by name; `None` for a case without fault.
    pub defect: Option<String>,
    /// The kind of the attested key; `None` for what suits the format. A defect that is about a kind
    /// of key has its own.
    pub key: Option<KeyKind>,
    /// How an RSA key signs its request.
    pub padding: RsaPadding,
    /// Where the evidence lies.
    pub evidence: EvidencePlace,
    /// When the case is to be appraised: validity periods and the date of the anchors are laid
    /// around it.
    pub time: Timestamp,
}

impl Options {
    /// A case without fault for an appraisal at that time.
    pub fn new(time: Timestamp) -> Self {
        Self {
            defect: None,
            key: None,
            padding: RsaPadding::Pkcs1,
            evidence: EvidencePlace::Beside,
            time,
        }
    }
}

/// Where the evidence of a simulation lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EvidencePlace {
    /// In files beside the request.
    Beside,
    /// In the request, in the attribute of draft-ietf-lamps-csr-attestation.
    InRequest,
}

/// How an RSA key signs (RFC 8017).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RsaPadding {
    /// RSASSA-PKCS1-v1_5.
    Pkcs1,
    /// RSASSA-PSS.
    Pss,
}

/// One thing that can be wrong with a case.
#[derive(Clone, Copy)]
pub struct Defect {
    /// Its name.
    pub name: &'static str,
    /// What is wrong, in one sentence.
    pub description: &'static str,
    /// The reason that must come out.
    pub reason: ReasonCode,
    /// The requirement that it concerns.
    pub requirement: Requirement,
    /// The outcome under the default policy; with [`Outcome::Satisfied`] the reason is a notice.
    pub outcome: Outcome,
}

/// A defect, and how it is made.
pub(crate) struct DefectOf<D> {
    /// What it is.
    pub(crate) what: Defect,
    /// The kind of key that it is about, if it is about one.
    pub(crate) key: Option<KeyKind>,
    /// How it is made.
    pub(crate) change: fn(&mut D),
}

impl<D> Clone for DefectOf<D> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<D> Copy for DefectOf<D> {}

/// A simulated submission and the trust it is made for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Simulation {
    /// The files to write.
    pub files: Vec<SimulatedFile>,
    /// What it is, in one or two sentences.
    pub description: String,
    /// What must come out under its own trust and the default policy. For a case without fault all
    /// requirements; for a defect the one that it concerns.
    pub expected: Vec<Expectation>,
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimulatedFile {
    /// Its name, without a folder.
    pub name: String,
    /// What it holds.
    pub bytes: Vec<u8>,
    /// What it is, in a few words.
    pub what: String,
}

/// What must come out for one requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// The requirement.
    pub requirement: Requirement,
    /// Its outcome.
    pub outcome: Outcome,
    /// The reason, which is a notice if the outcome is [`Outcome::Satisfied`]; `None` if there must be
    /// no reason, whatever the notices.
    pub reason: Option<ReasonCode>,
}

/// A simulation cannot be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SimulateError {
    /// The format has no defect of that name.
    UnknownDefect(String),
    /// The defect cannot be made with a key of that kind.
    KeyKind,
    /// No module of the format makes a key of that kind.
    KeyOfModule,
    /// The evidence of the format is not put into requests.
    EvidenceInRequest,
    /// The time is too near an end of the calendar of certificates.
    Time,
    /// The time is too near an end of the calendar of card-verifiable certificates.
    CardTime,
    /// A key cannot be made, or does not sign.
    Cryptography,
}

impl fmt::Display for SimulateError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownDefect(name) => write!(formatter, "there is no defect named {name:?}"),
            Self::KeyKind => formatter.write_str("a key of that kind cannot have this defect"),
            Self::KeyOfModule => formatter.write_str("no module of that format makes such a key"),
            Self::EvidenceInRequest => {
                formatter.write_str("evidence of that format is not put into requests")
            }
            Self::Time => formatter.write_str("the time is not between 1951-01-01 and 9998-12-01"),
            Self::CardTime => {
                formatter.write_str("the time is not between 2002-01-01 and 2090-01-01")
            }
            Self::Cryptography => {
                formatter.write_str("the cryptographic library could not make a key or a signature")
            }
        }
    }
}

impl std::error::Error for SimulateError {}

fn describe(format: &str, key: KeyKind, defect: Option<Defect>) -> String {
    let key = key.name();
    match defect {
        None => format!("A simulated {format} attestation of a {key} key, without fault."),
        Some(defect) => {
            format!("A simulated {format} attestation of a {key} key. {}", defect.description)
        }
    }
}

fn expected(draft: &impl Case, defect: Option<Defect>) -> Vec<Expectation> {
    if let Some(defect) = defect {
        return vec![Expectation {
            requirement: defect.requirement,
            outcome: defect.outcome,
            reason: Some(defect.reason),
        }];
    }
    let silences = draft.silences();
    let expectation = |requirement| {
        let silence = silences.iter().find(|(silent, _)| *silent == requirement);
        let (outcome, reason) = match (of_key(draft.key(), requirement), silence) {
            (Some(reason), _) => (Outcome::Unsatisfied, Some(reason)),
            (None, Some((_, reason))) => (Outcome::Review, Some(*reason)),
            (None, None) => (Outcome::Satisfied, None),
        };
        Expectation { requirement, outcome, reason }
    };
    Requirement::ALL.map(expectation).to_vec()
}

/// What no key of that kind satisfies, whatever module it is in: CSBR 6.1.5.2, and no CA takes a
/// request that is signed on such a curve.
fn of_key(kind: KeyKind, requirement: Requirement) -> Option<ReasonCode> {
    match (requirement, kind) {
        (Requirement::SoundKey, KeyKind::Rsa2048) => Some(ReasonCode::KeySize),
        (Requirement::SoundKey, KeyKind::Secp256k1) => Some(ReasonCode::KeyCurve),
        (Requirement::SoundKey, KeyKind::Ed25519) => Some(ReasonCode::KeyAlgorithm),
        (Requirement::Possession, KeyKind::Secp256k1) => Some(ReasonCode::CsrSignatureAlgorithm),
        _ => None,
    }
}

#[cfg(test)]
pub(crate) mod tests;
