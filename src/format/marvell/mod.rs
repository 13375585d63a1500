//! What the formats of Marvell's LiquidSecurity modules share: the attestation blob that the
//! partition of a card signs, and the certificates of card and partition.
//!
//! Format, to the byte: `docs/formats/google-cloud-hsm.md` and `docs/formats/azure-managed-hsm.md`.

pub(crate) mod asserted;
mod attribute_table;
pub(crate) mod attributes;
mod blob;
pub(crate) mod envelope;
pub(crate) mod kind;
pub(crate) mod kms;
mod kms_stated;
pub(crate) mod name;
pub(crate) mod owner;
pub(crate) mod partition;
pub(crate) mod submitted;
pub(crate) mod submitted_blob;

pub use blob::{Blob, Layout, Object};

use super::InspectLine;
use crate::encoding::x509::Certificate;
use crate::reason::Reason;
use attributes::{by_class, padded_text, read_key_pair};
use name::HsmName;

/// What a blob says, whoever signed it.
pub(crate) fn inspect_blob(layout: Layout, bytes: &[u8]) -> Vec<InspectLine> {
    let shown = |name, value: String| InspectLine { name, value };
    let mut statements = vec![shown("layout", layout.describe().to_owned())];
    let blob = Blob::read(layout, bytes).map_err(|reason| vec![reason]);
    let key_pair = blob.as_ref().map_err(Clone::clone).and_then(|blob| {
        let (private, public) = by_class(blob.objects()).map_err(|reason| vec![reason])?;
        read_key_pair(private, public)
    });
    for object in blob.iter().flat_map(Blob::objects) {
        statements.push(shown("attributes", attribute_table::describe(object).join(", ")));
    }
    match key_pair {
        Ok(key_pair) => {
            statements.push(shown("key", key_pair.public_key.describe()));
            statements.push(shown("key SHA-256", key_pair.public_key.spki_sha256().to_string()));
            statements.push(shown("ID", padded_text(&key_pair.id)));
            if let Some(label) = key_pair.label {
                statements.push(shown("label", label));
            }
        }
        Err(reasons) => statements.extend(inspect_faults(&reasons)),
    }
    statements
}

/// Why evidence cannot be read.
pub(crate) fn inspect_faults(reasons: &[Reason]) -> Vec<InspectLine> {
    let fault = |reason: &Reason| {
        let detail: Vec<_> =
            reason.detail().iter().map(|(name, value)| format!("{name}: {value}")).collect();
        let value = format!("{} ({})", reason.code(), detail.join(", "));
        InspectLine { name: "fault", value }
    };
    reasons.iter().map(fault).collect()
}

/// What the name of a card or partition says.
pub(crate) fn inspect_certificate(certificate: &Certificate) -> Vec<InspectLine> {
    let Some(name) = HsmName::of(certificate.subject()) else {
        return Vec::new();
    };
    let (what, text) = match name {
        HsmName::Card { identity, .. } => ("card", identity.to_owned()),
        HsmName::Partition { identity, number, .. } => {
            ("partition", format!("{identity}, number {number}"))
        }
    };
    let mode = match name.mode() {
        name::Mode::Fips => "FIPS",
        name::Mode::NonFips => "non-FIPS",
    };
    vec![
        InspectLine { name: what, value: text },
        InspectLine { name: "mode of operation", value: mode.to_owned() },
    ]
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "tests read samples")]
mod silence;
#[cfg(test)]
mod tests;
