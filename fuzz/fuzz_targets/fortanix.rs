//! Whatever a document of Fortanix DSM holds, reading it ends, with claims or with reasons.
#![no_main]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keyproof::trust::AnchorStatus;
use keyproof::format::fortanix_dsm::FortanixDsm;
use keyproof_fuzz::{divided, read_objects};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // The document itself; or, after a first octet that no document has, its four certificates.
    let text = match bytes {
        [0, parts @ ..] => document(parts).into_bytes(),
        text => text.to_vec(),
    };
    read_objects(&FortanixDsm, &text, AnchorStatus::Unconfirmed);
});

/// The document around certificates that 00 FF divides; the last is the statement.
fn document(bytes: &[u8]) -> String {
    let mut parts: Vec<_> = divided(bytes).map(|part| STANDARD.encode(part)).collect();
    let statement = parts.pop().unwrap_or_default();
    let chain = parts.join("\", \"");
    format!(
        "{{\"authority_chain\": [\"{chain}\"], \"attestation_statement\": \
         {{\"format\": \"x509_certificate\", \"statement\": \"{statement}\"}}}}"
    )
}
