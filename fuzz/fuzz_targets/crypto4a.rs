//! Whatever an attestation message of a QASM or a CMS message holds, reading it ends, with claims or
//! with reasons.
#![no_main]

use keyproof::signature::{cms, hss};
use keyproof::trust::AnchorStatus;
use keyproof::format::crypto4a_qasm::Crypto4aQasm;
use keyproof_fuzz::read_objects;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = cms::verify(bytes);
    if let Some((key, signature)) = bytes.split_at_checked(60) {
        let oid = hss::HSS_LMS.content();
        let algorithm = [&[6, 11], oid].concat();
        // SubjectPublicKeyInfo { algorithm, BIT STRING { OCTET STRING of 60 octets } }.
        let header = [&[0x30, 80, 0x30, 13], algorithm.as_slice(), &[3, 63, 0, 4, 60]].concat();
        let spki = [header.as_slice(), key].concat();
        assert!(hss::verify(&spki, &algorithm, b"message", signature).is_err());
    }
    read_objects(&Crypto4aQasm, bytes, AnchorStatus::Unconfirmed);
});
