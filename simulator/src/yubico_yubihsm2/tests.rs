use super::AUTHORITIES;
use crate::KeyKind;
use crate::pki::hex;
use crate::tests::{block, certificate, extensions, simulated};

/// Identifier and value of each extension of attestation and device certificate.
fn statements(key: Option<KeyKind>) -> [Vec<(String, String)>; 2] {
    let simulation = simulated(AUTHORITIES.format, key, None);
    ["attestation.pem", "device.pem"].map(|name| {
        let der = block(&simulation, name);
        let extensions = extensions(&certificate(&der)).into_iter();
        extensions.map(|(oid, _, value)| (oid, hex(&value))).collect()
    })
}

#[test]
fn the_attestation_has_the_form_of_a_genuine_one() {
    // The genuine one of a YubiHSM 2 at 2.4.1 (crate attestation-validator 0.2.0) has, in this order:
    // .1 0403020401, .2 0204020bd9fd, .3 03020001, .4 0303000001, .5 0309000000000000000100, .6 020103,
    // .9 0c00.
    let [leaf, _] = statements(Some(KeyKind::Ed25519));
    let expected = [
        (1, "0403020200"),
        (2, "0203733495"),
        (3, "03020001"),
        (4, "0303000001"),
        (5, "0309000000000000000100"),
        (6, "020101"),
        (9, "0c0d73696d756c61746564206b6579"),
    ];
    let expected =
        expected.map(|(number, value)| (format!("1.3.6.1.4.1.41482.4.{number}"), value.to_owned()));
    assert_eq!(leaf, expected);
}

#[test]
fn an_rsa_key_may_sign_and_nothing_else() {
    let [leaf, _] = statements(None);
    // sign-pkcs and sign-pss: bits 5 and 6 of a big-endian number (yubihsm.h).
    assert_eq!(leaf[4].1, "0309000000000000000060");
}

#[test]
fn the_device_certificate_has_the_form_of_a_genuine_one() {
    let [_, found] = statements(None);
    let oids: Vec<_> = found.iter().map(|(oid, _)| oid.rsplit_once('.').unwrap()).collect();
    let (arc, standard) = ("1.3.6.1.4.1.41482.4", "2.5.29");
    assert_eq!(
        oids,
        [(arc, "1"), (arc, "2"), (arc, "10"), (standard, "14"), (standard, "35"), (standard, "19")]
    );
    assert_eq!((found[0].1.as_str(), found[2].1.as_str()), ("0403020200", "020105"));
    // The genuine one: 0414 and 20 octets, 30168014 and 20 octets, 30060101ff020100.
    assert!(found[3].1.starts_with("0414") && found[3].1.len() == 44);
    assert!(found[4].1.starts_with("30168014") && found[4].1.len() == 48);
    assert_eq!(found[5].1, "30060101ff020100");
    let simulation = simulated(AUTHORITIES.format, None, None);
    let [leaf, device] = ["attestation.pem", "device.pem"].map(|name| block(&simulation, name));
    let (leaf, device) = (certificate(&leaf), certificate(&device));
    assert_eq!(device.subject().to_string(), "CN=YubiHSM Attestation (07550101)");
    assert_eq!(leaf.issuer(), device.subject());
    assert_eq!(leaf.subject().to_string(), "CN=YubiHSM Attestation id:0x0001");
}
