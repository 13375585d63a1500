use super::AUTHORITIES;
use crate::KeyKind;
use crate::tests::{block, certificate, extensions, genuine, pem_blocks, shape, simulated};

/// Attestation and device certificate of a genuine unit, if they are there.
fn unit(sample: &str) -> Option<[Vec<u8>; 2]> {
    let read = |name| genuine(&format!("yubico-piv/{sample}/{name}"));
    Some([read("attestation.pem")?, read("device.pem")?].map(|text| pem_blocks(&text).remove(0)))
}

fn ours() -> [Vec<u8>; 2] {
    let simulation = simulated(AUTHORITIES.format, Some(KeyKind::P384), None);
    ["attestation.pem", "device.pem"].map(|name| block(&simulation, name))
}

#[test]
fn certificates_have_the_form_of_genuine_ones() {
    let [leaf, device] = ours();
    let (leaf, device) = (certificate(&leaf), certificate(&device));
    // Firmware, serial number, policies, form factor; none critical (docs/formats/yubico-piv.md).
    let statement = |number: u8, length| (format!("1.3.6.1.4.1.41482.3.{number}"), false, length);
    assert_eq!(shape(&leaf), [statement(3, 3), statement(7, 6), statement(8, 2), statement(9, 1)]);
    let constraints = ("2.5.29.19".to_owned(), true, 8);
    assert_eq!(shape(&device), [statement(3, 3), statement(10, 3), constraints]);
    assert_eq!((leaf.raw_serial().len(), leaf.raw_serial()[0]), (16, 1));
    assert_eq!((device.raw_serial().len(), device.raw_serial()[0]), (9, 0));
}

#[test]
fn extensions_equal_those_of_a_genuine_fips_unit_in_order_and_length() {
    let Some([their_leaf, their_device]) = unit("fips-5.4.3-slot-9a-rsa2048-with-request") else {
        return;
    };
    let [leaf, device] = ours();
    let (leaf, device) = (certificate(&leaf), certificate(&device));
    let (their_leaf, their_device) = (certificate(&their_leaf), certificate(&their_device));
    assert_eq!(shape(&leaf), shape(&their_leaf));
    assert_eq!(shape(&device), shape(&their_device));
    // The serial number and the marker are INTEGERs of the same size.
    for (ours, theirs) in [(&leaf, &their_leaf), (&device, &their_device)] {
        assert_eq!(extensions(ours)[1].2[..2], extensions(theirs)[1].2[..2]);
    }
    assert_eq!(extensions(&device)[2], extensions(&their_device)[2]);
}

#[test]
fn everything_else_equals_a_genuine_unit_at_the_same_firmware() {
    let Some([their_leaf, their_device]) = unit("5.7.4-slot-9a-p384-with-request") else { return };
    let [leaf, device] = ours();
    assert_eq!(leaf.len(), their_leaf.len());
    let (leaf, device) = (certificate(&leaf), certificate(&device));
    let (their_leaf, their_device) = (certificate(&their_leaf), certificate(&their_device));
    assert_eq!(shape(&leaf), shape(&their_leaf));
    assert_eq!(leaf.issuer(), their_leaf.issuer());
    assert_eq!(device.subject(), their_device.subject());
    assert_eq!(leaf.signature_algorithm, their_leaf.signature_algorithm);
    assert_eq!(leaf.raw_serial().len(), their_leaf.raw_serial().len());
    assert_eq!(device.raw_serial().len(), their_device.raw_serial().len());
    assert_eq!(leaf.validity().not_after, their_leaf.validity().not_after);
    // They differ in the last letter of the slot alone.
    let (ours, theirs) = (leaf.subject().as_raw(), their_leaf.subject().as_raw());
    assert_eq!(ours.split_last().unwrap().1, theirs.split_last().unwrap().1);
    assert_eq!(device.public_key().raw[..33], their_device.public_key().raw[..33]);
}
