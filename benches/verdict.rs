//! One full verdict beside the bare signature checks that it contains, in turns within one run, so
//! that the ratio holds on a machine that is busy with other things.
//!
//! `cargo bench` prints, for each sample: the median of each, and their ratio; and, for RSA, what the
//! arithmetic on the modulus takes, without which the ratio says little. A verdict here is
//! everything from the submitted bytes to the findings: unpacking, strict DER, paths, statements,
//! key admission, policy.
#![allow(clippy::disallowed_methods, reason = "a benchmark reads files and the clock")]
#![allow(
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark"
)]
#![allow(clippy::indexing_slicing, reason = "a benchmark")]

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use base64::Engine;
use keyproof::collect::apdu::Session;
use keyproof::collect::transcript::{Replay, Transcript};
use keyproof::collect::{Wanted, collect};
use keyproof::encoding::cvc::{CardVerifiable, CvPublicKey};
use keyproof::encoding::der::{Glance, Reader, tag};
use keyproof::encoding::hex::Sha256;
use keyproof::encoding::oid;
use keyproof::encoding::x509::Certificate;
use keyproof::facts::Facts;
use keyproof::policy::{AppraisalPolicy, default_policy};
use keyproof::public_key::PublicKey;
use keyproof::public_key::admission::{CompromisedKeys, admit, compile};
use keyproof::signature::{self, Parameters};
use keyproof::trust::{AnchorManifest, ManifestOrigin};
use keyproof::{Input, InputRole, Limits, Submission, Timestamp, Verifier};

const ROUNDS: usize = 41;
const BATCH: u32 = 50;

fn main() {
    // `cargo test --benches` runs this too: one short round shows that it works.
    let rounds = if std::env::args().any(|argument| argument == "--bench") { ROUNDS } else { 1 };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("attestation-samples");
    for (name, folder) in [
        ("yubico-piv, P-384 key", "yubico-piv/simulated-accept"),
        ("yubico-piv, P-256 key", "yubico-piv/simulated-accept-p256"),
        ("yubico-piv, RSA 3072 key", "yubico-piv/simulated-accept-rsa3072"),
        ("yubico-yubihsm2, RSA 3072 key", "yubico-yubihsm2/simulated-accept"),
        ("smartcard-hsm, P-256 key", "smartcard-hsm/simulated-without-fault-p256"),
    ] {
        measure(name, &Sample::load(&root.join(folder)), rounds);
    }
    for (name, file) in [
        ("one PIV slot of a YubiKey", "yubico-piv.txt"),
        ("one key of a SmartCard-HSM", "smartcard-hsm.txt"),
    ] {
        measure_token(name, file, rounds);
    }
    measure_list(rounds);
}

/// Keys in the list that one key is looked up in.
const LISTED: u32 = 1_000_000;

/// A look-up among a million keys, of a key that is not there and of one that is.
fn measure_list(rounds: usize) {
    let listed = if rounds == 1 { 1000 } else { LISTED };
    let case = Sample::load(
        &Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("attestation-samples/yubico-piv/simulated-accept"),
    );
    let key = &case.signatures[0].key;
    let mut text: String =
        (0..listed).map(|it| format!("{}\n", Sha256::of(&it.to_be_bytes()))).collect();
    for is_listed in [false, true] {
        if is_listed {
            text += &format!("{}\n", key.spki_sha256());
        }
        let pages = compile("list", text.as_bytes()).unwrap();
        let size = pages.len();
        let mut lists = CompromisedKeys::default();
        let number = lists.add_pages(pages).unwrap();
        let mut times: Vec<Duration> = (0..rounds)
            .map(|_| {
                let since = Instant::now();
                let found = black_box(lists.lookup(key)).unwrap().is_some();
                let elapsed = since.elapsed();
                assert_eq!(found, is_listed);
                elapsed
            })
            .collect();
        times.sort_unstable();
        let (what, time) =
            (if is_listed { "listed" } else { "not listed" }, times[times.len() / 2]);
        println!("one key, {what}, among {number} in {size} octets: {time:?}");
    }
}

/// Our own time for reading a token: the answers come from a transcript, so that neither card nor
/// reader takes any.
fn measure_token(name: &str, file: &str, rounds: usize) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts").join(file);
    let text = std::fs::read_to_string(path).unwrap();
    let transcript = Transcript::parse(&text).unwrap();
    let mut times: Vec<Duration> = (0..rounds)
        .map(|_| {
            let mut replay = Replay::new(transcript.clone());
            let since = Instant::now();
            let mut session = Session::new(&mut replay);
            let collection = collect(&mut session, Wanted::All).unwrap();
            black_box(collection);
            since.elapsed()
        })
        .collect();
    times.sort_unstable();
    let commands = transcript.exchanges.len();
    println!("{name}: {:?} of our own for {commands} commands", times[times.len() / 2]);
}

struct Sample {
    files: Vec<(String, Vec<u8>)>,
    verifier: Verifier,
    policy: AppraisalPolicy,
    weak_keys: CompromisedKeys,
    signatures: Vec<SignatureCheck>,
}

struct SignatureCheck {
    key: PublicKey,
    algorithm: SignedBy,
    message: Vec<u8>,
    signature: Vec<u8>,
}

/// How a signature is stated.
enum SignedBy {
    /// The content of an AlgorithmIdentifier.
    Identifier(Vec<u8>),
    /// ECDSA with SHA-256, r and s side by side.
    Plain,
}

impl SignatureCheck {
    fn holds(&self) -> bool {
        let Self { key, algorithm, message, signature } = self;
        match algorithm {
            SignedBy::Identifier(algorithm) => {
                signature::verify(key, algorithm, Parameters::Exact, message, signature).is_ok()
            }
            SignedBy::Plain => {
                let stated = CvPublicKey::Ec { algorithm: 3, domain: None, point: &[] };
                signature::verify_card(key, &stated, message, signature).is_ok()
            }
        }
    }
}

impl Sample {
    fn load(folder: &Path) -> Self {
        if folder.join("attestation.cvreq").exists() {
            return Self::load_card(folder);
        }
        let read = |name: &str| std::fs::read(folder.join(name)).expect("a sample");
        let names = ["request.pem", "attestation.pem", "device.pem", "issuing-ca.pem"];
        let present = names.iter().filter(|name| folder.join(name).exists());
        let files: Vec<_> = present.map(|name| ((*name).to_owned(), read(name))).collect();
        let facts = facts_of(folder);

        let mut signatures = vec![request_signature(&der(&files[0].1))];
        let chain: Vec<_> =
            files[1..].iter().map(|(_, pem)| Certificate::from_der(&der(pem)).unwrap()).collect();
        for (index, certificate) in chain.iter().enumerate() {
            let key = match chain.get(index + 1) {
                Some(issuer) => PublicKey::from_spki(issuer.subject_public_key_info()).unwrap(),
                None => facts
                    .trust
                    .anchors()
                    .iter()
                    .find(|anchor| anchor.subject_der == certificate.issuer().der())
                    .expect("the anchor")
                    .public_key
                    .clone(),
            };
            signatures.push(SignatureCheck {
                key,
                algorithm: SignedBy::Identifier(certificate.signature_algorithm().to_vec()),
                message: certificate.tbs().to_vec(),
                signature: certificate.signature().to_vec(),
            });
        }
        let policy = default_policy().unwrap();
        let (verifier, weak_keys) =
            (Verifier::new(facts, policy.clone()), CompromisedKeys::default());
        Self { files, verifier, policy, weak_keys, signatures }
    }

    /// The path of a SmartCard-HSM: issuer, device, countersignature, the key's own, the request's.
    fn load_card(folder: &Path) -> Self {
        let read = |name: &str| std::fs::read(folder.join(name)).expect("a sample");
        let names = ["request.pem", "attestation.cvreq", "device.cvcert", "issuing.cvcert"];
        let files: Vec<_> = names.iter().map(|name| ((*name).to_owned(), read(name))).collect();
        let facts = facts_of(folder);
        let anchor = facts.trust.anchors().iter().find(|it| it.id == "simulated-srca").unwrap();
        let mut signatures = vec![request_signature(&der(&files[0].1))];
        let mut push = |key: PublicKey, message: &[u8], signature: &[u8]| {
            let (message, signature) = (message.to_vec(), signature.to_vec());
            signatures.push(SignatureCheck { key, algorithm: SignedBy::Plain, message, signature });
        };
        let parse = |index: usize| CardVerifiable::parse(&files[index].1).unwrap();
        let (
            CardVerifiable::AuthenticatedRequest(attestation),
            CardVerifiable::Certificate(device),
            CardVerifiable::Certificate(issuer),
        ) = (parse(1), parse(2), parse(3))
        else {
            panic!("an attestation, a device and its issuer")
        };
        let card = |key| PublicKey::from_card(key, Some(oid::BRAINPOOL_P256)).unwrap();
        let inner = &attestation.request;
        push(anchor.public_key.clone(), issuer.body, issuer.signature);
        push(card(&issuer.public_key), device.body, device.signature);
        push(card(&device.public_key), attestation.signed, attestation.signature);
        push(card(&inner.public_key), inner.body, inner.signature);
        let policy = default_policy().unwrap();
        let (verifier, weak_keys) =
            (Verifier::new(facts, policy.clone()), CompromisedKeys::default());
        Self { files, verifier, policy, weak_keys, signatures }
    }

    fn verdict(&self, time: Timestamp) {
        let inputs = self
            .files
            .iter()
            .map(|(name, bytes)| Input {
                name: name.clone(),
                bytes: bytes.clone(),
                role: InputRole::Any,
            })
            .collect();
        let submission = Submission::unpack(inputs, &Limits::default());
        let _ = black_box(self.verifier.appraise(&submission, time).verdict());
    }

    /// The key-quality checks of the requested key: the rest of the arithmetic in a verdict.
    fn admission(&self) {
        let demands = self.policy.key_demands(&self.weak_keys);
        assert!(black_box(admit(&self.signatures[0].key, &demands)).is_empty());
    }

    fn bare_signatures(&self) {
        for check in &self.signatures {
            assert!(black_box(check.holds()));
        }
    }
}

fn facts_of(folder: &Path) -> Facts {
    let manifest = std::fs::read(folder.join("anchors.yaml")).expect("a sample");
    let manifest =
        AnchorManifest::parse(ManifestOrigin::Caller, "anchors.yaml", &manifest, &|_| None);
    Facts::with_anchors(vec![manifest.expect("anchors")]).expect("facts")
}

fn measure(name: &str, sample: &Sample, rounds: usize) {
    let time = Timestamp::from_rfc3339("2026-11-21T00:00:00Z").expect("a time");
    let timed = |work: &dyn Fn()| {
        let start = Instant::now();
        (0..BATCH).for_each(|_| work());
        start.elapsed() / BATCH
    };
    let mut verdicts = Vec::new();
    let mut bare = Vec::new();
    let mut ratios = Vec::new();
    let mut admissions = Vec::new();
    let mut arithmetic_ratios = Vec::new();
    for _ in 0..rounds {
        let signatures = timed(&|| sample.bare_signatures());
        let verdict = timed(&|| sample.verdict(time));
        let admission = timed(&|| sample.admission());
        ratios.push(verdict.as_secs_f64() / signatures.as_secs_f64());
        arithmetic_ratios.push(verdict.as_secs_f64() / (signatures + admission).as_secs_f64());
        admissions.push(admission);
        verdicts.push(verdict);
        bare.push(signatures);
    }
    ratios.sort_by(f64::total_cmp);
    arithmetic_ratios.sort_by(f64::total_cmp);
    let median = |durations: &mut Vec<Duration>| {
        durations.sort();
        durations[durations.len() / 2]
    };
    println!(
        "{name}: verdict {:?}, its {} signature checks {:?}, ratio {:.3}; with key admission {:?}, ratio {:.3}",
        median(&mut verdicts),
        sample.signatures.len(),
        median(&mut bare),
        ratios[ratios.len() / 2],
        median(&mut admissions),
        arithmetic_ratios[arithmetic_ratios.len() / 2],
    );
}

fn request_signature(der: &[u8]) -> SignatureCheck {
    let mut request = Glance::at(der).nested(tag::SEQUENCE).unwrap();
    let (_, info_content, info) = request.any().unwrap();
    let algorithm = request.expect(tag::SEQUENCE).unwrap().to_vec();
    let signature = request.take(Reader::octet_aligned_bits).unwrap().to_vec();
    let mut fields = Glance::at(info_content);
    fields.expect(tag::INTEGER).unwrap();
    fields.expect(tag::SEQUENCE).unwrap();
    let (_, _, spki) = fields.any().unwrap();
    let key = PublicKey::from_spki(spki).unwrap();
    let algorithm = SignedBy::Identifier(algorithm);
    SignatureCheck { key, algorithm, message: info.to_vec(), signature }
}

fn der(pem: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(pem).expect("PEM");
    let body: String = text.lines().filter(|line| !line.starts_with("-----")).collect();
    base64::engine::general_purpose::STANDARD.decode(body).expect("base64")
}
