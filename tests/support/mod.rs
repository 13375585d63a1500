//! What the test programs share: where samples are, the bundled facts, one appraisal, and cases.
#![allow(dead_code, reason = "the tests of each package use a part")]

pub mod card;
mod left_out;

pub use left_out::left_out;

use std::path::{Path, PathBuf};

use keyproof::facts::{self, Facts};
use keyproof::policy::default_policy;
use keyproof::trust::{AnchorManifest, ManifestOrigin};
use keyproof::{AttestationResult, Input, InputRole, Limits, Submission, Timestamp, Verifier};
use keyproof_simulator::Keyring;

/// The time at which samples are judged unless they say otherwise.
pub const TIME: &str = "2026-11-21T00:00:00Z";

/// A folder of material that is not part of the project: `KEYPROOF_SHARED`, or `../shared` beside
/// the project. Without it a test says so and passes, unless `KEYPROOF_DEMAND_SAMPLES=1`.
pub fn shared(folder: &str) -> Option<PathBuf> {
    let base = std::env::var_os("KEYPROOF_SHARED")
        .map_or_else(|| Path::new(crate::ROOT).join("../shared"), PathBuf::from);
    // Samples alone may lie elsewhere.
    let samples = folder.strip_prefix("samples").map(|rest| rest.trim_start_matches('/'));
    let path = match (samples, std::env::var_os("KEYPROOF_SAMPLES")) {
        (Some(rest), Some(samples)) => PathBuf::from(samples).join(rest),
        _ => base.join(folder),
    };
    if path.is_dir() {
        return Some(path);
    }
    left_out(&format!("{} is not there", path.display()), "KEYPROOF_DEMAND_SAMPLES");
    None
}

/// Whether the long form of a test is asked for (`KEYPROOF_FULL=1`).
pub fn full() -> bool {
    is_set("KEYPROOF_FULL")
}

fn is_set(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| value == "1")
}

/// How much less than in `make test` a plain `cargo test` does. Odd, so that damage
/// meets every bit of an octet in turn.
const LESS: usize = 9;

/// Whether tests do all that `make test` asks for (`KEYPROOF_THOROUGH=1`), or more.
pub fn thorough() -> bool {
    full() || is_set("KEYPROOF_THOROUGH")
}

/// From one damage to the next: everything in the long form, each `step`-th in `make test`, few otherwise.
pub fn every(step: usize) -> usize {
    match (full(), thorough()) {
        (true, _) => 1,
        (_, true) => step,
        (_, false) => LESS * step,
    }
}

/// How many of something there must be, of which `make test` has that many.
pub fn at_least(count: usize) -> usize {
    if thorough() { count } else { count / LESS }
}

/// That instant.
pub fn at(time: &str) -> Timestamp {
    Timestamp::from_rfc3339(time).expect("RFC 3339")
}

/// The bundled facts.
pub fn facts() -> Facts {
    facts::bundled().expect("bundled data")
}

/// The bundled facts and the trust anchors of one more manifest.
pub fn facts_and(manifest: &str) -> Facts {
    let origin = ManifestOrigin::Caller;
    let manifest = AnchorManifest::parse(origin, "anchors.yaml", manifest.as_bytes(), &|_| None);
    Facts::with_anchors(vec![manifest.expect("test anchors")]).expect("facts")
}

/// The manifest of a card-verifiable root that stands where CardContact's stands.
pub fn card_anchors(root: &[u8]) -> String {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use keyproof::encoding::cvc::CardVerifiable;
    use keyproof::encoding::hex::Sha256;
    use keyproof::public_key::PublicKey;
    let Ok(CardVerifiable::Certificate(certificate)) = CardVerifiable::parse(root) else {
        panic!("a card-verifiable certificate")
    };
    let key = PublicKey::from_card(&certificate.public_key, None).expect("a named curve");
    let (from, to) = certificate.valid;
    format!(
        "vendor: test\nanchors:\n  - id: test-srca\n    holder: {}\n    public_key: {}\n    \
         spki_sha256: \"{}\"\n    certificate_sha256: [\"{}\"]\n    \
         valid: {{from: \"{from}\", to: \"{to}\"}}\n    \
         uses: [{{format: smartcard-hsm, role: manufacturer}}]\n    status: test\n    \
         sources: [{{publisher: test, seen: \"2026-11-21\"}}]\n",
        certificate.holder,
        STANDARD.encode(key.spki()),
        key.spki_sha256(),
        Sha256::of(root),
    )
}

/// A verifier with those facts and the default policy.
pub fn verifier(facts: Facts) -> Verifier {
    Verifier::new(facts, default_policy().unwrap())
}

/// Appraises named bytes, as they come.
pub fn appraise(
    verifier: &Verifier,
    files: &[(&str, &[u8])],
    time: Timestamp,
) -> AttestationResult {
    let inputs = files
        .iter()
        .map(|(name, bytes)| Input {
            name: (*name).to_owned(),
            bytes: bytes.to_vec(),
            role: InputRole::Any,
        })
        .collect();
    verifier.appraise(&Submission::unpack(inputs, &Limits::default()), time)
}

/// The codes of all reasons, of notices too if `notices`.
pub fn codes(result: &AttestationResult) -> Vec<&'static str> {
    let reasons = result.findings().iter().flat_map(|finding| finding.reasons());
    reasons.map(|reason| reason.code().code()).collect()
}

/// A keyring for simulations, with RSA keys that were made once: anyone may know them, and no
/// anchor but that of a simulation leads to them. They are what
/// `openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048` writes, and 3072 and 4096.
pub fn keyring() -> Keyring {
    let text = include_str!("rsa-keys.pem");
    let keys: Vec<_> =
        text.split_inclusive("-----END PRIVATE KEY-----\n").map(str::as_bytes).map(der).collect();
    Keyring::with_rsa_keys(keys.iter().map(Vec::as_slice)).expect("RSA keys")
}

/// Reads a file of a sample.
pub fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The entries of a folder, in order of name.
pub fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<_> = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("readable entry").path())
        .collect();
    entries.sort();
    entries
}

/// The DER of the first PEM block of a file, or the file itself if it holds none that is whole.
pub fn der(bytes: &[u8]) -> Vec<u8> {
    fn first_block(bytes: &[u8]) -> Option<Vec<u8>> {
        use base64::Engine;
        let text = std::str::from_utf8(bytes).ok()?;
        let (_, rest) = text.split_once("-----BEGIN ")?;
        let (_, body) = rest.split_once("-----")?;
        let (body, _) = body.split_once("-----END")?;
        let text: String = body.split_whitespace().collect();
        base64::engine::general_purpose::STANDARD.decode(text).ok()
    }
    first_block(bytes).unwrap_or_else(|| bytes.to_vec())
}
