//! The `anchors.yaml` of a simulation: its root, which no caller can add as a production anchor.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::case::{AnchorDraft, Vouches};
use super::pki::CertificateDraft;
use crate::encoding::hex::Sha256;
use crate::time::Timestamp;

/// One anchor in the form of `vendor-roots/*/anchors.yaml`.
pub(crate) fn to_yaml(
    anchor: &AnchorDraft,
    root: &CertificateDraft,
    certificate: &[u8],
    spki: &[u8],
    seen: Timestamp,
) -> String {
    let (from, to) = root.validity;
    format!(
        r#"# Trust for one simulated case. It vouches for nothing real.
vendor: simulated
anchors:
  - id: {id}
    subject: {subject}
    subject_der: "{subject_der}"
    public_key: "{public_key}"
    spki_sha256: "{spki_sha256}"
    certificate_sha256: ["{certificate_sha256}"]
    valid: {{from: "{from}", to: "{to}"}}
    uses:
      - format: {format}
{role}
    status: {status}
    sources:
      - publisher: keyproof simulate
        seen: "{seen}"
"#,
        id = anchor.id,
        subject = quoted(&format!("CN={}", anchor.subject)),
        subject_der = STANDARD.encode(&root.subject),
        public_key = STANDARD.encode(spki),
        spki_sha256 = Sha256::of(spki),
        certificate_sha256 = Sha256::of(certificate),
        from = from,
        to = to,
        format = anchor.format,
        status = anchor.status.id(),
        role = match anchor.vouches {
            Vouches::ForAuthority => format!(
                "        role: root\n        issuing: [{}]",
                quoted(&format!("CN={}", anchor.issuing))
            ),
            Vouches::ForUnconstrainedDevices => {
                "        role: issuing\n        device_without_basic_constraints: true".to_owned()
            }
            Vouches::AsManufacturer => "        role: manufacturer".to_owned(),
        },
        seen = seen.date(),
    )
}

/// A double-quoted scalar. The names here are ASCII without quotation marks or backslashes.
fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}
