//! Whatever an OpenPGP attestation holds, reading it ends, with claims or with reasons.
#![no_main]

use keyproof::encoding::x509::Certificate;
use keyproof::format::yubico_openpgp::YubicoOpenPgp;
use keyproof::format::{AttestationFormat, Evidence, Part};
use keyproof_fuzz::{divided, verify};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut certificates: Vec<_> = divided(bytes).flat_map(Certificate::from_der).collect();
    // In the order in which the intake gives them.
    certificates.sort_by(|one, other| one.der().cmp(other.der()));
    for certificate in &certificates {
        let inspected = YubicoOpenPgp.inspect(certificate);
        if YubicoOpenPgp.recognizes(certificate) == Part::Foreign {
            assert!(inspected.is_empty());
        }
    }
    let evidence = Evidence { certificates: &certificates, objects: &[] };
    // The genuine pair, if it is in the corpus.
    if let Some(verified) = verify(&YubicoOpenPgp, evidence) {
        assert_eq!(verified.anchor().id, "yubico-openpgp-attestation-ca");
    }
});
