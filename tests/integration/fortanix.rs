//! `fortanix-dsm` on the example of the manufacturer's article, which is kept outside the package
//! (`../shared/samples`): a genuine statement of the service, whose request nobody has.

use crate::damage::flipped_bits;
use crate::support::{TIME, appraise, at, at_least, codes, every, facts, read, shared, verifier};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keyproof::encoding::hex::Sha256;
use keyproof::{AttestationResult, Outcome, Requirement};
use serde_json::{Value, json};

/// The example, parsed, and its four certificates: the statement, then the chain.
struct Example {
    document: Value,
}

impl Example {
    fn load() -> Option<Self> {
        let folder = shared("samples/fortanix-dsm/genuine-documentation-sample")?;
        let bytes = read(&folder.join("key_attestation.json"));
        Some(Self { document: serde_json::from_slice(&bytes).unwrap() })
    }

    /// Where the certificates stand.
    const PLACES: [&'static str; 4] = [
        "/attestation_statement/statement",
        "/authority_chain/0",
        "/authority_chain/1",
        "/authority_chain/2",
    ];

    fn certificate(&self, place: &str) -> Vec<u8> {
        STANDARD.decode(self.document.pointer(place).unwrap().as_str().unwrap()).unwrap()
    }

    fn with(&self, place: &str, value: Value) -> Vec<u8> {
        let mut document = self.document.clone();
        *document.pointer_mut(place).unwrap() = value;
        document.to_string().into_bytes()
    }

    /// The attested key, in place of a request.
    fn public_key(&self) -> Vec<u8> {
        let der = self.certificate(Self::PLACES[0]);
        let (_, certificate) = x509_parser::parse_x509_certificate(&der).unwrap();
        certificate.public_key().raw.to_vec()
    }

    fn judge(&self, document: &[u8], time: &str) -> AttestationResult {
        let key = self.public_key();
        let files: [(&str, &[u8]); 2] = [("statement.json", document), ("key.der", &key)];
        appraise(&verifier(facts()), &files, at(time))
    }

    fn whole(&self) -> Vec<u8> {
        self.document.to_string().into_bytes()
    }
}

fn outcome(result: &AttestationResult, requirement: Requirement) -> Outcome {
    let finding = result.findings().iter().find(|finding| finding.requirement() == requirement);
    finding.expect("every requirement").outcome()
}

#[test]
fn the_example_is_genuine_under_a_root_to_be_confirmed() {
    let Some(example) = Example::load() else { return };
    let result = example.judge(&example.whole(), TIME);
    let mut found = codes(&result);
    found.sort_unstable();
    let expected = [
        "attestation.serial-missing",
        "certification.firmware-unstated",
        "chain.anchor-unconfirmed",
        "key.size",
        "request.absent",
    ];
    assert_eq!(found, expected);
    for requirement in
        [Requirement::KeyMatch, Requirement::GeneratedInModule, Requirement::NonExportable]
    {
        assert_eq!(outcome(&result, requirement), Outcome::Satisfied, "{requirement:?}");
    }
    let claims = result.claims().unwrap();
    assert_eq!(claims.module.model, "Fortanix DSM SaaS on FX2200");
    assert_eq!(claims.key.object_id.as_deref(), Some("18ec8b96-8845-4ce3-9fd1-50407b4b1fc0"));
    assert_eq!(claims.key.capabilities, ["digital-signature"]);
    assert_eq!(
        result.anchor().unwrap().spki_sha256.to_string(),
        "d01275cc16bdc2dad8cd51532bcfc9e69edb9963a4324aa5e12945372afb5e15"
    );
    let path: Vec<_> = result.path().iter().map(|link| (&*link.role, link.sha256)).collect();
    let roles = ["attestation", "authority", "issuing"];
    let expected: Vec<_> = roles
        .into_iter()
        .zip(Example::PLACES)
        .map(|(role, place)| (role, Sha256::of(&example.certificate(place))))
        .collect();
    assert_eq!(path, expected);
}

/// The statement was signed at 2023-09-05T18:11:51Z; its root ends in 2033.
#[test]
fn only_the_time_of_the_statement_counts_for_its_chain() {
    let Some(example) = Example::load() else { return };
    for (time, code) in [
        ("2023-09-05T18:11:50Z", Some("chain.not-yet-valid")),
        ("2023-09-05T18:11:51Z", None),
        // After the authority, and after the authority above it.
        ("2023-10-06T00:00:00Z", None),
        ("2026-09-01T00:00:00Z", None),
        ("2033-08-29T16:38:12Z", None),
        ("2033-08-29T16:38:13Z", Some("chain.expired")),
    ] {
        let result = example.judge(&example.whole(), time);
        match code {
            Some(code) => assert!(codes(&result).contains(&code), "{time}: {:?}", codes(&result)),
            None => {
                let genuine = outcome(&result, Requirement::GenuineModule);
                assert_eq!(genuine, Outcome::Review, "{time}");
            }
        }
    }
}

#[test]
fn no_flipped_bit_leaves_the_statement_genuine() {
    let Some(example) = Example::load() else { return };
    let step = every(61);
    let mut damaged_count = 0;
    for place in Example::PLACES {
        for (bit, damaged) in flipped_bits(&example.certificate(place), step) {
            let document = example.with(place, json!(STANDARD.encode(&damaged)));
            let result = example.judge(&document, TIME);
            let genuine = outcome(&result, Requirement::GenuineModule);
            assert_eq!(genuine, Outcome::Unsatisfied, "{place}, bit {bit}");
            damaged_count += 1;
        }
    }
    assert!(damaged_count > at_least(400), "only {damaged_count}");
    for (bit, damaged) in flipped_bits(&example.whole(), 8 * step + 3) {
        let result = example.judge(&damaged, TIME);
        let genuine = outcome(&result, Requirement::GenuineModule);
        assert_eq!(genuine, Outcome::Unsatisfied, "text, bit {bit}");
    }
}

/// The chain of the fixture of Fortanix's verifier: its root has the name of the real one.
#[test]
fn the_fixture_root_is_refused_by_name() {
    let (Some(example), Some(roots)) = (Example::load(), shared("roots/fortanix")) else { return };
    let pem = read(&roots.join("fixture-test-root-never-trust.pem"));
    let root = json!(STANDARD.encode(crate::support::der(&pem)));
    let result = example.judge(&example.with("/authority_chain/2", root), TIME);
    assert_eq!(outcome(&result, Requirement::GenuineModule), Outcome::Unsatisfied);
    assert!(codes(&result).contains(&"chain.role"), "{:?}", codes(&result));
}

/// The certificates without the document, as Fortanix's own verifier takes them: the chain is the same, and so
/// is what comes of it.
#[test]
fn the_certificates_alone_are_judged_like_their_document() {
    let Some(example) = Example::load() else { return };
    let key = example.public_key();
    let all = Example::PLACES.map(|place| example.certificate(place));
    let verifier = verifier(facts());
    let judged = |certificates: &[&Vec<u8>]| {
        let mut files = vec![("key.der", key.as_slice())];
        files.extend(certificates.iter().map(|der| ("certificate.der", der.as_slice())));
        let mut codes = codes(&appraise(&verifier, &files, at(TIME)));
        codes.sort_unstable();
        codes
    };
    let [statement, authority, issuing, root] = &all;
    let mut of_document = codes(&example.judge(&example.whole(), TIME));
    of_document.sort_unstable();
    assert_eq!(judged(&[statement, authority, issuing, root]), of_document);
    // The root is known, and the order does not matter.
    assert_eq!(judged(&[issuing, statement, authority]), of_document);
    assert!(judged(&[statement, issuing, root]).contains(&"chain.incomplete"));
    assert!(judged(&[statement, authority, root]).contains(&"chain.incomplete"));
    assert!(judged(&[authority, issuing, root]).contains(&"attestation.wrong-role"));
}

/// What DER forbids is read in certificates of that one name, and in no other: `cA FALSE` written out.
#[test]
fn no_other_certificate_is_read_like_an_authority_of_fortanix() {
    let Some(example) = Example::load() else { return };
    let name = b"Fortanix DSM SaaS Key Attestation Authority";
    let [statement, authority, issuing, _] =
        Example::PLACES.map(|place| example.certificate(place));
    let at_name = authority.windows(name.len()).rposition(|part| part == name).unwrap();
    let mut other = authority.clone();
    other[at_name] = b'f';
    let files: [(&str, &[u8]); 3] = [("s.der", &statement), ("a.der", &other), ("i.der", &issuing)];
    let result = appraise(&verifier(facts()), &files, at(TIME));
    assert!(codes(&result).contains(&"input.der"), "{:?}", codes(&result));
}
