//! Other people's libraries on the same bytes: what we accept, they must accept and read alike.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::damage::{flipped_bits, rearranged};
use crate::support::{at_least, der, every, read, shared};
use keyproof::encoding::cvc::CvPublicKey;
use keyproof::encoding::hex::from_hex;
use keyproof::encoding::oid;
use keyproof::encoding::x509::Certificate;
use keyproof::public_key::{Curve, KeyMaterial, PublicKey};
use keyproof::request::Request;
use keyproof::signature::{self, Parameters, verify_card};
use ring::signature as ring_signature;
use x509_parser::prelude::FromDer;

/// Every file below the shared samples, roots and vectors that could be X.509.
fn objects() -> Vec<(PathBuf, Vec<u8>)> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in crate::support::entries(folder) {
            if entry.is_dir() {
                walk(&entry, found);
            } else {
                found.push(entry);
            }
        }
    }
    let mut found = Vec::new();
    for folder in ["samples", "roots", "vectors/attack-pack", "vectors/pyca-x509"] {
        if let Some(folder) = shared(folder) {
            walk(&folder, &mut found);
        }
    }
    let is_x509 = |path: &PathBuf| {
        path.extension().is_some_and(|extension| {
            ["der", "pem", "crt", "cer", "csr"].iter().any(|known| extension == *known)
        })
    };
    found.into_iter().filter(is_x509).map(|path| (path.clone(), der(&read(&path)))).collect()
}

/// Whether we read `der`; if so, x509-parser must, and find the same in it.
fn reads_alike(der: &[u8], what: &dyn std::fmt::Display) -> bool {
    let Ok(ours) = Certificate::from_der(der) else {
        return false;
    };
    if PublicKey::from_spki(ours.subject_public_key_info()).is_err() {
        // We leave the key for whoever needs it; x509-parser looks into it at once.
        return false;
    }
    let (rest, theirs) = x509_parser::certificate::X509Certificate::from_der(der)
        .unwrap_or_else(|error| panic!("{what}: {error}"));
    assert!(rest.is_empty(), "{what}");
    assert_eq!(ours.tbs(), theirs.tbs_certificate.as_ref(), "{what}");
    assert_eq!(ours.subject().der(), theirs.subject().as_raw(), "{what}");
    assert_eq!(ours.issuer().der(), theirs.issuer().as_raw(), "{what}");
    assert_eq!(ours.subject_public_key_info(), theirs.public_key().raw, "{what}");
    assert_eq!(ours.signature(), theirs.signature_value.data.as_ref(), "{what}");
    let validity = theirs.validity();
    assert_eq!(ours.not_before().unix_seconds(), validity.not_before.timestamp(), "{what}");
    assert_eq!(ours.not_after().unix_seconds(), validity.not_after.timestamp(), "{what}");
    assert_eq!(ours.extensions().len(), theirs.extensions().len(), "{what}");
    for (own, other) in ours.extensions().iter().zip(theirs.extensions()) {
        assert_eq!(own.oid().content(), other.oid.as_bytes(), "{what}");
        assert_eq!(own.value(), other.value, "{what}");
        assert_eq!(own.is_critical(), other.critical, "{what}");
    }
    let constraints = theirs.basic_constraints().expect("at most one");
    assert_eq!(
        ours.basic_constraints().map(|own| (own.is_ca, own.path_length)),
        constraints.map(|other| (other.value.ca, other.value.path_len_constraint.map(u64::from))),
        "{what}"
    );
    let usage = theirs.key_usage().expect("at most one");
    assert_eq!(
        ours.key_usage().map(|own| own.key_cert_sign),
        usage.map(|other| other.value.key_cert_sign()),
        "{what}"
    );
    true
}

#[test]
fn x509_parser_reads_every_certificate_we_read_and_alike() {
    let read = objects().iter().filter(|(path, der)| reads_alike(der, &path.display())).count();
    if shared("samples").is_some() {
        assert!(read > 300, "only {read} certificates");
    }
}

#[test]
fn it_reads_damaged_certificates_alike_where_we_still_read_them() {
    let step = every(23);
    let (mut damaged, mut read) = (0, 0);
    for (path, der) in objects() {
        let genuine = path
            .components()
            .any(|part| part.as_os_str() == "samples" || part.as_os_str() == "roots");
        if !genuine || Certificate::from_der(&der).is_err() {
            continue;
        }
        for (bit, changed) in flipped_bits(&der, step) {
            damaged += 1;
            let what = format!("{}, bit {bit}", path.display());
            read += usize::from(reads_alike(&changed, &what));
        }
        for (position, changed) in rearranged(&der).iter().enumerate().step_by(step) {
            damaged += 1;
            let what = format!("{}, rearranged {position}", path.display());
            read += usize::from(reads_alike(changed, &what));
        }
    }
    if shared("samples").is_some() {
        assert!(
            damaged > at_least(10_000) && read > at_least(1_000),
            "{damaged} damaged, {read} read"
        );
    }
}

/// ring's verdict, where it knows the algorithm.
fn ring_accepts(key: &PublicKey, algorithm: &[u8], message: &[u8], signed: &[u8]) -> Option<bool> {
    let algorithm_oid = keyproof::encoding::der::Glance::at(algorithm).oid().ok()?.to_string();
    let verifier: &dyn ring_signature::VerificationAlgorithm =
        match (key.material(), algorithm_oid.as_str()) {
            (KeyMaterial::Rsa { .. }, "1.2.840.113549.1.1.11") => {
                &ring_signature::RSA_PKCS1_2048_8192_SHA256
            }
            (KeyMaterial::Rsa { .. }, "1.2.840.113549.1.1.12") => {
                &ring_signature::RSA_PKCS1_2048_8192_SHA384
            }
            (KeyMaterial::Rsa { .. }, "1.2.840.113549.1.1.13") => {
                &ring_signature::RSA_PKCS1_2048_8192_SHA512
            }
            (KeyMaterial::Ec { curve: Curve::P256, .. }, "1.2.840.10045.4.3.2") => {
                &ring_signature::ECDSA_P256_SHA256_ASN1
            }
            (KeyMaterial::Ec { curve: Curve::P384, .. }, "1.2.840.10045.4.3.3") => {
                &ring_signature::ECDSA_P384_SHA384_ASN1
            }
            (KeyMaterial::Ed25519(_), "1.3.101.112") => &ring_signature::ED25519,
            _ => return None,
        };
    let key = ring_signature::UnparsedPublicKey::new(verifier, key.key_octets());
    Some(key.verify(message, signed).is_ok())
}

#[test]
fn ring_agrees_on_every_signature() {
    let objects = objects();
    let certificates: Vec<(&PathBuf, Certificate)> = objects
        .iter()
        .filter_map(|(path, bytes)| Some((path, Certificate::from_der(bytes).ok()?)))
        .collect();
    let mut keys: BTreeMap<Vec<u8>, BTreeMap<Vec<u8>, PublicKey>> = BTreeMap::new();
    for (_, certificate) in &certificates {
        if let Ok(key) = PublicKey::from_spki(certificate.subject_public_key_info()) {
            let name = certificate.subject().der().to_vec();
            keys.entry(name).or_default().insert(key.spki().to_vec(), key);
        }
    }
    let (mut accepted, mut refused) = (0, 0);
    for (path, certificate) in &certificates {
        // Keys of other certificates of that name are tried too: both must refuse them.
        for key in keys.get(certificate.issuer().der()).into_iter().flat_map(BTreeMap::values) {
            let (algorithm, tbs) = (certificate.signature_algorithm(), certificate.tbs());
            let signed = certificate.signature();
            let ours = signature::verify(key, algorithm, Parameters::Exact, tbs, signed).is_ok();
            if let Some(theirs) = ring_accepts(key, algorithm, tbs, signed) {
                // ring does not see the parameters of the algorithm; we refuse stray ones.
                assert!(theirs || !ours, "{}", path.display());
                if ours {
                    accepted += 1;
                } else {
                    refused += 1;
                }
            }
        }
    }
    if shared("samples").is_some() {
        assert!(accepted > 100 && refused > 100, "{accepted} accepted, {refused} refused");
    }
}

#[test]
fn every_request_we_read_x509_parser_reads() {
    let mut compared = 0;
    for (path, bytes) in objects() {
        // A challengePassword that is no string: nothing is read from that attribute.
        if path.ends_with("challenge-invalid.der") {
            continue;
        }
        // An extension request without a value, which x509-parser does not read (docs/intake.md).
        if path.ends_with("zero-element-attribute.pem") {
            continue;
        }
        let Ok(ours) = Request::from_der(&bytes) else {
            continue;
        };
        compared += 1;
        let (rest, theirs) =
            x509_parser::certification_request::X509CertificationRequest::from_der(&bytes)
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(rest.is_empty(), "{}", path.display());
        let info = &theirs.certification_request_info;
        assert_eq!(ours.subject().der(), info.subject.as_raw());
        if let Ok(key) = ours.public_key() {
            assert_eq!(key.spki(), info.subject_pki.raw);
        }
    }
    if shared("samples").is_some() {
        assert!(compared > 100, "only {compared} requests");
    }
}

#[test]
fn every_genuine_certificate_is_strict_der() {
    let Some(roots) = shared("roots/yubico") else {
        return;
    };
    for path in crate::support::entries(&roots) {
        let certificate = Certificate::from_der(&read(&path)).expect("a genuine certificate");
        assert!(certificate.extension(oid::BASIC_CONSTRAINTS).is_some(), "{}", path.display());
    }
}

/// Wycheproof's vectors for ECDSA with r and s side by side (IEEE P1363), among them numbers out of
/// range, of another length, and points off the curve.
#[test]
fn plain_ecdsa_takes_what_wycheproof_says_is_valid_and_nothing_else() {
    let Some(folder) = shared("vectors/wycheproof") else { return };
    for (file, curve, algorithm) in [
        ("ecdsa_brainpoolP256r1_sha256_p1363_test.json", oid::BRAINPOOL_P256, 3),
        ("ecdsa_brainpoolP384r1_sha384_p1363_test.json", oid::BRAINPOOL_P384, 4),
        ("ecdsa_secp521r1_sha512_p1363_test.json", oid::P521, 5),
    ] {
        let vectors: serde_json::Value = serde_json::from_slice(&read(&folder.join(file))).unwrap();
        let mut counted = 0;
        for group in vectors["testGroups"].as_array().unwrap() {
            let octets = |value: &serde_json::Value| from_hex(value.as_str().unwrap()).unwrap();
            let point = octets(&group["publicKey"]["uncompressed"]);
            let key = PublicKey::from_curve_point(curve, &point).unwrap();
            let stated = CvPublicKey::Ec { algorithm, domain: None, point: &point };
            for test in group["tests"].as_array().unwrap() {
                let (message, signature) = (octets(&test["msg"]), octets(&test["sig"]));
                let verified = verify_card(&key, &stated, &message, &signature).is_ok();
                let valid = test["result"] == "valid";
                assert_eq!(verified, valid, "{file} {}: {}", test["tcId"], test["comment"]);
                counted += 1;
            }
        }
        assert!(counted > 200, "{file}: only {counted}");
    }
}
