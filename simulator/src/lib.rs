//! A test hierarchy, an attestation and a request of a format, for a CA's staging and for the tests of
//! the judge: whole and acceptable under its own test trust, or with one named defect.
//!
//! What it knows of a format it has from `docs/formats/` and the standards named there, and from
//! nothing in the judge: constants are written here again, so that maker and verifier cannot be wrong
//! together.
//!
//! Keys are made anew for every simulation, held in memory and dropped; no private key leaves here,
//! save one that belongs to nothing, for the defect that is about finding a private key. The names
//! of root and issuing authority say that they are simulated; those of device and attestation are
//! the manufacturer's, because they are checked.

mod anchors;
mod case;
mod curve;
mod defects;
mod der;
mod family;
mod keys;
mod note;
mod oid;
mod pki;
mod signing;

mod azure_managed_hsm;
mod crypto4a_qasm;
mod entrust_nshield;
mod fortanix_dsm;
mod google_cloud_hsm;
mod marvell;
mod marvell_liquidsecurity;
mod securosys_primus;
mod smartcard_hsm;
mod thales_luna;
mod yubico;
mod yubico_openpgp;
mod yubico_piv;
mod yubico_yubihsm2;

use std::fmt;
use std::sync::LazyLock;

use keyproof::{Outcome, ReasonCode, Requirement, Timestamp};

use case::Case;
use family::Family;
pub use keys::{KeyKind, Keyring};
pub use note::{NoteKey, key_set, signed_note};

/// The formats that can be simulated.
pub fn formats() -> &'static [SimulatedFormat] {
    static FORMATS: LazyLock<Vec<SimulatedFormat>> = LazyLock::new(|| {
        vec![
            SimulatedFormat::new(azure_managed_hsm::family()),
            SimulatedFormat::new(crypto4a_qasm::family()),
            SimulatedFormat::new(entrust_nshield::family()),
            SimulatedFormat::new(fortanix_dsm::family()),
            SimulatedFormat::new(google_cloud_hsm::family()),
            SimulatedFormat::new(marvell_liquidsecurity::family()),
            SimulatedFormat::new(securosys_primus::family()),
            SimulatedFormat::new(smartcard_hsm::family()),
            SimulatedFormat::new(thales_luna::family()),
            SimulatedFormat::new(yubico_openpgp::family()),
            SimulatedFormat::new(yubico_piv::family()),
            SimulatedFormat::new(yubico_yubihsm2::family()),
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

#[cfg(test)]
mod tests;
