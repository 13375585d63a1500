use super::{NAME, purpose};
use crate::KeyKind;
use crate::der;
use crate::oid::{BASIC_CONSTRAINTS, EXTENDED_KEY_USAGE, KEY_USAGE};
use crate::tests::{Extension, Shape, certificate, extensions, file, genuine, simulated};

/// The certificates in a PKCS #7 file.
fn certificates(file: &[u8]) -> Vec<Vec<u8>> {
    let field =
        |der: &[u8]| der::within(der).unwrap().into_iter().find(|(tag, _)| *tag == 0xa0).unwrap().1;
    let carried = der::value(0x30, &field(&field(file)));
    der::within(&carried).unwrap().iter().map(|(tag, it)| der::value(*tag, it)).collect()
}

/// Of the certificate with that purpose: the extensions that the standard defines, and form and length
/// of the statements that are read.
fn read(all: &[Vec<u8>], purpose: &str) -> (Vec<Extension>, Vec<Shape>) {
    let purpose = der::identifiers(&[purpose]);
    let extensions = all.iter().map(|der| extensions(&certificate(der)));
    let one = extensions.into_iter().find(|all| all.iter().any(|it| it.2 == purpose)).unwrap();
    let standard = [EXTENDED_KEY_USAGE, KEY_USAGE, BASIC_CONSTRAINTS];
    let mut known: Vec<_> =
        one.iter().filter(|it| standard.contains(&it.0.as_str())).cloned().collect();
    known.sort();
    let stated = [super::SERIAL_NUMBER, super::FIRMWARE];
    let stated = one.into_iter().filter(|it| stated.contains(&it.0.as_str()));
    (known, stated.map(|(oid, critical, value)| (oid, critical, value.len())).collect())
}

#[test]
fn certificates_have_the_form_of_genuine_ones() {
    use purpose::{CONFIRMATION, DEVICE, EC_HARDWARE_ORIGIN, HARDWARE_ORIGIN, MANUFACTURING};
    for (kind, key, purposes) in [
        ("rsa", KeyKind::Rsa2048, &[CONFIRMATION, DEVICE, HARDWARE_ORIGIN, MANUFACTURING][..]),
        ("ecc", KeyKind::P256, &[CONFIRMATION, EC_HARDWARE_ORIGIN]),
    ] {
        let Some(theirs) = genuine(&format!("thales-luna/genuine-{kind}/{kind}-pkc.p7b")) else {
            return;
        };
        let theirs = certificates(&theirs);
        let ours = certificates(file(&simulated(NAME, Some(key), None), "attestation.p7b"));
        assert_eq!(ours.len(), purposes.len());
        for purpose in purposes {
            assert_eq!(read(&ours, purpose), read(&theirs, purpose), "{kind} {purpose}");
        }
    }
}
