//! What the targets share: the bundled facts, one time, and pieces of an input.

use std::sync::LazyLock;

use keyproof::facts::{self, Facts};
use keyproof::policy::default_policy;
use keyproof::trust::AnchorStatus;
use keyproof::format::{AttestationFormat, Evidence, Part, VerifiedEvidence};
use keyproof::{AttestationResult, Input, InputRole, Limits, Submission, Timestamp, Verifier};

static FACTS: LazyLock<Facts> = LazyLock::new(|| facts::bundled().expect("bundled facts"));

static VERIFIER: LazyLock<Verifier> =
    LazyLock::new(|| Verifier::new(FACTS.clone(), default_policy().unwrap()));

fn time() -> Timestamp {
    Timestamp::from_rfc3339("2026-11-21T00:00:00Z").expect("a time")
}

/// The pieces of an input that 00 FF divides, which no text and hardly any DER has.
pub fn divided(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(bytes);
    std::iter::from_fn(move || {
        let bytes = rest?;
        match bytes.windows(2).position(|pair| pair == [0x00, 0xff]) {
            Some(at) => {
                rest = Some(&bytes[at + 2..]);
                Some(&bytes[..at])
            }
            None => rest.take(),
        }
    })
}

/// A submission of those files.
pub fn submission<'a>(files: impl IntoIterator<Item = &'a [u8]>) -> Submission {
    let input = |(number, bytes): (usize, &[u8])| Input {
        name: number.to_string(),
        bytes: bytes.to_vec(),
        role: InputRole::Any,
    };
    Submission::unpack(files.into_iter().enumerate().map(input).collect(), &Limits::default())
}

/// The verdict on it.
pub fn appraise(submission: &Submission) -> AttestationResult {
    VERIFIER.appraise(submission, time())
}

/// Verifies evidence, which ends in what it says or in reasons.
pub fn verify<'a>(
    format: &dyn AttestationFormat,
    evidence: Evidence<'a>,
) -> Option<VerifiedEvidence<'a>> {
    let verified = format.verify(evidence, &FACTS.trust, time());
    if let Err(reasons) = &verified {
        assert!(!reasons.is_empty());
    }
    verified.ok()
}

/// Shows and verifies every object of a file that `format` takes for its own. Only the genuine
/// sample verifies, if it is in the corpus, under an anchor of that status.
pub fn read_objects(format: &dyn AttestationFormat, file: &[u8], status: AnchorStatus) {
    for object in submission([file]).objects() {
        if format.recognizes_object(object) == Part::Foreign {
            continue;
        }
        assert!(!format.inspect_object(object).is_empty());
        let evidence = Evidence { certificates: &[], objects: std::slice::from_ref(object) };
        if let Some(verified) = verify(format, evidence) {
            assert_eq!(verified.status(), status);
        }
    }
}
