use super::NAME;
use crate::KeyKind;
use crate::tests::{certificate, extensions, file, genuine, pem_blocks, simulated};

/// The document with what stands in each element cut out.
fn skeleton(document: &[u8]) -> String {
    let text = std::str::from_utf8(document).unwrap();
    let tags = text.split('<').skip(1).map(|part| part.split_once('>').unwrap());
    let tags =
        tags.map(|(tag, text)| format!("<{tag}>{}", if text.contains('\n') { text } else { "" }));
    tags.collect()
}

#[test]
fn the_document_has_the_form_of_a_genuine_one() {
    let Some(theirs) = genuine("securosys-primus/genuine-rsa3072-with-request/attestation.xml")
    else {
        return;
    };
    let simulation = simulated(NAME, Some(KeyKind::Rsa2048), None);
    let ours = file(&simulation, "attestation.xml");
    assert_eq!(skeleton(ours), skeleton(&theirs));
}

#[test]
fn the_certificates_have_the_form_of_genuine_ones() {
    let simulation = simulated(NAME, Some(KeyKind::Rsa2048), None);
    for (index, ours) in pem_blocks(file(&simulation, "attestation.crt")).iter().enumerate() {
        let path = format!("securosys-primus/genuine-rsa3072-with-request/chain-{index}.pem");
        let Some(theirs) = genuine(&path) else { return };
        let theirs = pem_blocks(&theirs).remove(0);
        assert_eq!(extensions(&certificate(ours)), extensions(&certificate(&theirs)), "{index}");
    }
}

/// The example of a genuine module is of an Ed25519 key; what it says of it is what counts.
#[test]
fn the_imported_key_is_described_as_genuine_modules_describe_one() {
    let path =
        "securosys-primus/imported-key-unsigned-attributes/imported-key-attributes-example.xml";
    let Some(theirs) = genuine(path) else { return };
    let simulation = simulated(NAME, Some(KeyKind::Rsa2048), Some("imported"));
    let (ours, theirs) = (file(&simulation, "attestation.xml"), &theirs[..]);
    let [ours, theirs] = [ours, theirs].map(|document| {
        let text = std::str::from_utf8(document).unwrap();
        let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let between = |from: &str, to: &str| {
            let (_, rest) = text.split_once(from).unwrap();
            rest.split_once(to).unwrap().0.to_owned()
        };
        (between("<private_key", ">"), between("<attributes>", "</attributes>"))
    });
    assert_eq!(ours, theirs);
}
