//! The bundled facts of Marvell, and of Google as an owner of its modules, checked against their
//! certificates, which are kept outside the package. Where they are absent a test says so and passes;
//! under `KEYPROOF_DEMAND_SAMPLES=1` it fails.

use std::collections::BTreeMap;

use crate::support::{entries, read, shared};
use keyproof::encoding::hex::Sha256;
use keyproof::encoding::x509::Certificate;
use keyproof::facts::bundled;
use keyproof::trust::{Anchor, AnchorRole, AnchorStatus, TrustStore};

fn certificates() -> Option<BTreeMap<Sha256, Certificate>> {
    let mut found = BTreeMap::new();
    for folder in ["roots/marvell", "roots/google"] {
        for path in entries(&shared(folder)?) {
            let der = crate::support::der(&read(&path));
            found.insert(Sha256::of(&der), Certificate::from_der(&der).unwrap());
        }
    }
    assert_eq!(found.len(), 4);
    Some(found)
}

fn anchors(trust: &TrustStore) -> impl Iterator<Item = &Anchor> {
    trust.anchors().iter().filter(|it| ["Google", "Marvell"].contains(&it.vendor.as_str()))
}

#[test]
fn every_anchor_says_what_its_certificates_say() {
    let Some(certificates) = certificates() else { return };
    let facts = bundled().unwrap();
    let mut counted = 0;
    for anchor in anchors(&facts.trust) {
        let mut periods = Vec::new();
        for hash in &anchor.certificate_sha256 {
            let certificate = &certificates[hash];
            assert_eq!(certificate.subject().der(), anchor.subject_der, "{}", anchor.id);
            assert_eq!(certificate.subject().to_string(), anchor.subject, "{}", anchor.id);
            let key = certificate.subject_public_key_info();
            assert_eq!(key, anchor.public_key.spki(), "{}", anchor.id);
            // Each signed itself.
            assert_eq!(certificate.issuer().der(), anchor.subject_der, "{}", anchor.id);
            ring::signature::UnparsedPublicKey::new(
                &ring::signature::RSA_PKCS1_2048_8192_SHA256,
                anchor.public_key.key_octets(),
            )
            .verify(certificate.tbs(), certificate.signature())
            .expect("a root that signed itself");
            let period = (certificate.not_before(), certificate.not_after());
            periods.push((period.0.unix_seconds(), period.1.unix_seconds()));
            counted += 1;
        }
        // All periods together, which leave no gap (ADR 0014).
        periods.sort_unstable();
        assert!(periods.windows(2).all(|pair| pair[1].0 <= pair[0].1), "{}", anchor.id);
        let first = periods.iter().map(|period| period.0).min();
        let last = periods.iter().map(|period| period.1).max();
        let (from, to) = anchor.valid;
        assert_eq!((first, last), (Some(from.unix_seconds()), Some(to.unix_seconds())));
    }
    assert_eq!(counted, certificates.len(), "every certificate is one of an anchor");
}

/// marvell-cloud-hsm.md 5, and its note on who publishes what.
#[test]
fn each_anchor_vouches_for_its_formats_and_is_believed_as_it_is_known() {
    let facts = bundled().unwrap();
    let uses: BTreeMap<_, Vec<_>> = anchors(&facts.trust)
        .map(|anchor| {
            let uses = anchor.uses.iter().map(|it| (it.format.as_str(), it.role.clone()));
            (anchor.id.as_str(), uses.collect())
        })
        .collect();
    let manufacturer = AnchorRole::Manufacturer;
    assert_eq!(
        uses,
        BTreeMap::from([
            ("google-hawksbill-root-v1-prod", vec![("google-cloud-hsm", AnchorRole::Owner)]),
            (
                "marvell-liquidsecurity-root",
                vec![
                    ("azure-managed-hsm", manufacturer.clone()),
                    ("google-cloud-hsm", manufacturer.clone()),
                    ("marvell-liquidsecurity", manufacturer.clone()),
                ]
            ),
            (
                "marvell-ls2-mi-root",
                vec![
                    ("azure-managed-hsm", manufacturer.clone()),
                    ("marvell-liquidsecurity", manufacturer),
                ]
            ),
        ])
    );
    for anchor in anchors(&facts.trust) {
        let one_source = anchor.id == "marvell-ls2-mi-root";
        let status = if one_source { AnchorStatus::Unconfirmed } else { AnchorStatus::Production };
        assert_eq!(anchor.status, status, "{}", anchor.id);
        assert_eq!(anchor.sources.len() > 1, !one_source, "{}", anchor.id);
    }
}

#[test]
fn what_the_evidence_never_states_cannot_be_taken_for_covered() {
    let facts = bundled().unwrap();
    let modules = facts.endorsements.modules().iter().filter(|it| it.vendor == "Marvell");
    let certifications: Vec<_> = modules.flat_map(|module| &module.certifications).collect();
    assert_eq!(certifications.len(), 2);
    assert!(certifications.iter().all(|it| it.firmware_in_words.is_some()));
}
