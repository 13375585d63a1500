use super::AUTHORITIES;
use crate::KeyKind;
use crate::tests::{block, certificate, shape, simulated};

#[test]
fn certificates_have_the_form_of_genuine_ones() {
    let simulation = simulated(AUTHORITIES.format, Some(KeyKind::P384), None);
    let [leaf, device] = ["attestation.pem", "device.pem"].map(|name| block(&simulation, name));
    let (leaf, device) = (certificate(&leaf), certificate(&device));
    // In the order of the genuine pair of firmware 5.2.7, which has no FIPS marker.
    let statement = |number: u8, length| (format!("1.3.6.1.4.1.41482.5.{number}"), false, length);
    let expected = [(3, 5), (7, 6), (8, 3), (9, 3), (1, 23), (4, 22), (5, 6), (6, 3), (2, 3)];
    assert_eq!(shape(&leaf), expected.map(|(number, length)| statement(number, length)));
    let standard = |number: u8, critical, length| (format!("2.5.29.{number}"), critical, length);
    assert_eq!(
        shape(&device),
        [
            statement(3, 5),
            statement(10, 3),
            standard(14, false, 22),
            standard(35, false, 24),
            standard(19, true, 8),
        ]
    );
    assert_eq!((leaf.raw_serial().len(), leaf.raw_serial()[0]), (16, 1));
    assert_eq!(leaf.validity(), device.validity());
    assert_eq!(leaf.issuer(), device.subject());
}
