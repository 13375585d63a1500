//! Whatever the members of an nShield bundle hold, reading them ends, with reasons or with what is shown.
#![no_main]

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;
use keyproof::trust::AnchorStatus;
use keyproof::format::entrust_nshield::EntrustNShield;
use keyproof_fuzz::{divided, read_objects};
use libfuzzer_sys::fuzz_target;

/// In the order in which 00 FF divides them.
const MEMBERS: [&str; 11] = [
    "warrant",
    "modstatemsg",
    "modstatesig",
    "kcmsg",
    "kcsig",
    "pubkeydata",
    "knsopub",
    "hkm",
    "hkmc",
    "CertKMaKMCaKFIPSbKNSO",
    "hkfips",
];

fuzz_target!(|bytes: &[u8]| {
    // The bundle itself; or, after a first octet that no bundle has, its members.
    let text = match bytes {
        [0, parts @ ..] => bundle(parts).into_bytes(),
        text => text.to_vec(),
    };
    read_objects(&EntrustNShield, &text, AnchorStatus::Production);
});

fn bundle(bytes: &[u8]) -> String {
    let members = MEMBERS.iter().zip(divided(bytes));
    let members: Vec<_> =
        members.map(|(name, part)| format!("\"{name}\": \"{}\"", URL_SAFE.encode(part))).collect();
    format!(
        "{{\"root\": \"KWARN-1\", \"ciphersuite\": \"DLf3072s256mAEScSP800131Ar1\", {}}}",
        members.join(", ")
    )
}
