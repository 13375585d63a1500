//! Records: what is written, in one canonical form.
//!
//! The names of what a record must hold are those of CSBR 5.4.1.1: the date and time, the identity of
//! the person making the entry, and a description of the entry, with all information generated and
//! documentation received.

mod entry;
mod form;
mod identity;
mod term;

use std::collections::BTreeSet;

use keyproof::result::Verdict;
use keyproof::time::Timestamp;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::{Deserialize, Serialize};

pub use self::entry::{
    AdoptionEntry, AnchorEntry, CertificateType, Decision, DenialEffect, DenialEntry, Denied,
    Device, Entry, FactEntry, FactList, InputEntry, IssuanceEntry, MethodEntry, NamedContent,
    PolicyEntry, PruningEntry, SettlementEntry, VerdictEntry,
};
pub use self::form::{RecordError, RecordId};
pub use self::identity::Identity;
pub use self::term::{Facet, Term};

/// The schema of a record.
pub const SCHEMA: &str = "keyproof/record/v1";

/// The JSON Schema of a record.
pub fn record_schema() -> serde_json::Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    settings.into_generator().into_root_schema_for::<Record>().to_value()
}

/// One entry of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "keyproof/record/v1")]
pub struct Record {
    /// [`SCHEMA`].
    pub schema: String,
    /// Its place.
    pub id: RecordId,
    /// When it was written.
    pub recorded_at: Timestamp,
    /// Who wrote it.
    pub operator: String,
    /// The CA's own reference of the order.
    pub order: Option<String>,
    /// The CA's own reference of the subscriber.
    pub subscriber: Option<String>,
    /// What it says.
    #[serde(flatten)]
    pub entry: Entry,
}

impl Record {
    /// The one form in which it is written: JSON without blanks, members in their order.
    pub fn to_bytes(&self) -> Result<Vec<u8>, RecordError> {
        Ok(serde_json::to_vec(self)?)
    }

    /// Reads that form, and no other of the same meaning.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, RecordError> {
        let record: Self = serde_json::from_slice(bytes)?;
        if record.schema != SCHEMA {
            return Err(RecordError::Schema);
        }
        if record.to_bytes()? != bytes {
            return Err(RecordError::Form);
        }
        Ok(record)
    }

    /// What tells it from other records of the same term, as far as the history of a key or module
    /// goes: of those with the same mark, the last one stands for all.
    pub fn mark(&self) -> String {
        let is_rejected =
            matches!(&self.entry, Entry::Verdict(entry) if entry.verdict == Verdict::Reject);
        let mark = (is_rejected, &self.subscriber, &self.order);
        // Texts have a form in JSON whatever they are.
        serde_json::to_string(&mark).unwrap_or_default()
    }

    /// The words it can be found by.
    pub fn terms(&self) -> BTreeSet<Term> {
        let mut terms = BTreeSet::new();
        terms.extend(self.entry.about().map(|id| Facet::About.term(id)));
        terms.extend(self.order.as_ref().map(|order| Facet::Order.term(order)));
        terms.extend(self.subscriber.as_ref().map(|name| Facet::Subscriber.term(name)));
        match &self.entry {
            Entry::Verdict(verdict) => {
                terms.extend(verdict.spki_sha256.map(|key| Facet::Key.term(key)));
                terms.extend(verdict.device.as_ref().map(|it| Facet::Device.term(it)));
                terms.extend(verdict.evidence.map(|it| Facet::Evidence.term(it)));
            }
            Entry::Issuance(issuance) => {
                terms.insert(Facet::Certificate.term(issuance.certificate));
            }
            Entry::Denial(denial) => {
                terms.insert(denial.denied.term());
            }
            Entry::Method(method) => {
                terms.insert(Facet::Key.term(method.spki_sha256));
            }
            Entry::Adoption(_) => {
                terms.insert(Facet::Facts.term("adoption"));
            }
            Entry::Settlement(_) | Entry::Pruning(_) => {}
        }
        terms
    }
}
