//! Whatever an OpenPGP attestation holds, reading it ends, with claims or with reasons.
#![no_main]

use keyproof::data;
use keyproof::encoding::x509::Certificate;
use keyproof::time::Timestamp;
use keyproof::vendor::yubico_openpgp::YubicoOpenPgp;
use keyproof::vendor::{AttestationFormat, Evidence, Part};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // Certificates that 00 FF divides, in the order of their bytes.
    let mut certificates = Vec::new();
    let mut rest = bytes;
    while let Some(at) = rest.windows(2).position(|pair| pair == [0x00, 0xff]) {
        certificates.extend(Certificate::from_der(&rest[..at]));
        rest = &rest[at + 2..];
    }
    certificates.extend(Certificate::from_der(rest));
    certificates.sort_by(|one, other| one.der().cmp(other.der()));
    for certificate in &certificates {
        let inspected = YubicoOpenPgp.inspect(certificate);
        if YubicoOpenPgp.recognizes(certificate) == Part::Foreign {
            assert!(inspected.is_empty());
        }
    }
    let trust = data::bundled().expect("bundled facts").trust;
    let time = Timestamp::from_rfc3339("2026-11-21T00:00:00Z").expect("a time");
    let evidence = Evidence { certificates: &certificates, objects: &[] };
    match YubicoOpenPgp.verify(evidence, &trust, time) {
        // The genuine pair, if it is in the corpus.
        Ok(verified) => assert_eq!(verified.anchor().id, "yubico-openpgp-attestation-ca"),
        Err(reasons) => assert!(!reasons.is_empty()),
    }
});
