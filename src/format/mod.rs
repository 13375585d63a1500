//! The formats of manufacturers, one folder each. A format recognises its evidence, has the path
//! verified, reads the statements from what that path proves signed, and yields neutral
//! claims. It judges nothing.

pub mod azure_managed_hsm;
pub mod crypto4a_qasm;
pub mod entrust_nshield;
pub mod fortanix_dsm;
pub mod google_cloud_hsm;
pub mod marvell;
pub mod marvell_liquidsecurity;
pub mod securosys_primus;
mod serial;
pub mod smartcard_hsm;
pub mod thales_luna;
mod verified;
mod yubico;
pub mod yubico_openpgp;
pub mod yubico_piv;
pub mod yubico_yubihsm2;

pub use serial::SerialForm;
pub use verified::{AttestedStatement, Doubt, VerifiedEvidence};

use crate::encoding::oid::Oid;
use crate::encoding::x509::Certificate;
use crate::reason::{Reason, ReasonCode};
use crate::signature::Parameters;
use crate::submission::Object;
use crate::time::Timestamp;
use crate::trust::TrustStore;

/// Every format, in order of name.
pub const FORMATS: &[&dyn AttestationFormat] = &[
    &azure_managed_hsm::AzureManagedHsm,
    &crypto4a_qasm::Crypto4aQasm,
    &entrust_nshield::EntrustNShield,
    &fortanix_dsm::FortanixDsm,
    &google_cloud_hsm::GoogleCloudHsm,
    &marvell_liquidsecurity::MarvellLiquidSecurity,
    &securosys_primus::SecurosysPrimus,
    &smartcard_hsm::SmartCardHsm,
    &thales_luna::ThalesLuna,
    &yubico_openpgp::YubicoOpenPgp,
    &yubico_piv::YubicoPiv,
    &yubico_yubihsm2::YubicoYubiHsm2,
];

/// What came with a submission besides the request.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// The certificates, in an order that does not depend on that of the input.
    pub certificates: &'a [Certificate],
    /// What came in other encodings, likewise.
    pub objects: &'a [Object],
}

/// What a format sees in one certificate or object, from its outside alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Nothing of this format.
    Foreign,
    /// Bytes without a mark, which belong to this format only beside other evidence of it.
    Unmarked,
    /// The certificate of a module, or what is said of its key; no attestation.
    Device,
    /// The attestation of a key.
    Attestation,
}

/// One statement of evidence that nothing vouches for, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InspectLine {
    /// What it is about.
    pub name: &'static str,
    /// What it says, or what is wrong with it; hostile.
    pub value: String,
}

/// A manufacturer's attestation format.
pub trait AttestationFormat: Sync {
    /// The name by which the format is called everywhere.
    fn name(&self) -> &'static str;

    /// What `certificate` looks like to this format. Only looks; proves nothing.
    fn recognizes(&self, certificate: &Certificate) -> Part;

    /// What `object` looks like to this format. Only looks; proves nothing.
    fn recognizes_object(&self, _object: &Object) -> Part {
        Part::Foreign
    }

    /// Whether what came is of this format as a whole, where its pieces alone cannot tell: formats of one
    /// module have pieces in common. Only looks.
    fn is_of(&self, _evidence: Evidence<'_>) -> bool {
        true
    }

    /// Whether an extension states something of this format.
    fn owns_extension(&self, _oid: Oid<'_>) -> bool {
        false
    }

    /// How exactly the requests that the manufacturer's tools make are signed.
    fn request_parameters(&self) -> Parameters {
        Parameters::Exact
    }

    /// How the serial numbers of its modules are written.
    fn serial_form(&self) -> SerialForm {
        SerialForm::Text
    }

    /// Whether its modules keep keys under the key of a security world, which whoever initialised the
    /// module chose.
    fn has_security_worlds(&self) -> bool {
        false
    }

    /// What `certificate` states, by name, whoever signed it: to be shown, never to be judged.
    fn inspect(&self, certificate: &Certificate) -> Vec<InspectLine>;

    /// The same for an object.
    fn inspect_object(&self, _object: &Object) -> Vec<InspectLine> {
        Vec::new()
    }

    /// Verifies the path of the evidence and reads what it says.
    ///
    /// # Errors
    /// Every reason found, `chain.…` or `attestation.…`.
    fn verify<'a>(
        &self,
        evidence: Evidence<'a>,
        trust: &'a TrustStore,
        time: Timestamp,
    ) -> Result<VerifiedEvidence<'a>, Vec<Reason>>;
}

/// Attestations of one key that are verified: applicants send what they have twice. The same file twice
/// counts once.
const MOST_ATTESTATIONS: usize = 2;

/// That there are not more attestations of one key than are verified.
fn check_count(attestations: usize) -> Result<(), Vec<Reason>> {
    if attestations <= MOST_ATTESTATIONS {
        return Ok(());
    }
    Err(vec![multiple(attestations).with("limit", MOST_ATTESTATIONS.to_string())])
}

/// Several attestations, between which only the applicant can choose.
fn multiple(count: usize) -> Reason {
    Reason::new(ReasonCode::AttestationMultiple).with("attestations", count.to_string())
}
