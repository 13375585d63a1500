use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::{GENERATED, NAME, NEVER_EXPORTABLE, NODE_ENROLMENT};
use crate::KeyKind;
use crate::oid::{BASIC_CONSTRAINTS, CERTIFICATE_POLICIES, EXTENDED_KEY_USAGE, KEY_USAGE};
use crate::tests::{Extension, certificate, extensions, file, genuine, simulated};

/// Statement, authority and issuing authority of a document.
fn certificates(document: &[u8]) -> [Vec<u8>; 3] {
    let document: Value = serde_json::from_slice(document).unwrap();
    let chain = &document["authority_chain"];
    let statement = &document["attestation_statement"]["statement"];
    [statement, &chain[0], &chain[1]].map(|text| STANDARD.decode(text.as_str().unwrap()).unwrap())
}

/// Against the example of the manufacturer's article.
#[test]
fn what_is_read_is_written_as_in_a_genuine_statement() {
    let path = "fortanix-dsm/genuine-documentation-sample/key_attestation.json";
    let Some(genuine) = genuine(path) else { return };
    let ours = simulated(NAME, Some(KeyKind::P256), None);
    let ours = certificates(file(&ours, "key-attestation.json"));
    let theirs = certificates(&genuine);
    let read: [&[&str]; 3] = [
        &[KEY_USAGE, GENERATED, NEVER_EXPORTABLE],
        &[KEY_USAGE, BASIC_CONSTRAINTS, EXTENDED_KEY_USAGE, NODE_ENROLMENT, CERTIFICATE_POLICIES],
        &[BASIC_CONSTRAINTS, CERTIFICATE_POLICIES],
    ];
    for ((ours, theirs), oids) in ours.iter().zip(&theirs).zip(read) {
        let (ours, theirs) = (certificate(ours), certificate(theirs));
        for oid in oids {
            let of = |all: Vec<Extension>| all.into_iter().find(|it| it.0 == *oid);
            assert_eq!(of(extensions(&ours)), of(extensions(&theirs)), "{oid}");
        }
        assert_eq!(ours.subject().as_raw().len(), theirs.subject().as_raw().len());
    }
    for index in [1, 2] {
        let [ours, theirs] =
            [&ours, &theirs].map(|it| certificate(&it[index]).subject().to_string());
        assert_eq!(ours, theirs);
    }
}
