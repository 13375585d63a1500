//! A format with all that can be wrong with its cases; and how the files of a case come about.

use keyproof::{Outcome, ReasonCode, Requirement};

use crate::case::{self, Case, text};
use crate::defects::{DefectOf, of_every_case};
use crate::keys::{KeyKind, Keyring};
use crate::signing::Keys;
use crate::{
    Defect, EvidencePlace, Expectation, Options, SimulateError, SimulatedFile, Simulation, anchors,
};

/// A format and its cases, before they are made.
pub(crate) struct Family<D> {
    /// Its name.
    pub(crate) name: &'static str,
    /// What can be wrong with a case.
    pub(crate) defects: Vec<DefectOf<D>>,
    /// The whole case, before a defect.
    pub(crate) draft: fn(&Options) -> Result<D, SimulateError>,
}

impl<D: Case> Family<D> {
    /// A format with the defects of its own, and those of every case.
    pub(crate) fn new(
        name: &'static str,
        draft: fn(&Options) -> Result<D, SimulateError>,
        own: &[&[DefectOf<D>]],
    ) -> Self {
        Self { name, defects: [own.concat(), of_every_case()].concat(), draft }
    }

    /// Makes the case with the keys of a keyring.
    pub(crate) fn make(
        &self,
        options: &Options,
        keyring: &mut Keyring,
    ) -> Result<Simulation, SimulateError> {
        let defect = match options.defect.as_deref() {
            None => None,
            Some(name) => {
                let known = self.defects.iter().find(|defect| defect.what.name == name);
                Some(known.ok_or_else(|| SimulateError::UnknownDefect(name.to_owned()))?)
            }
        };
        let key = defect.and_then(|defect| defect.key).or(options.key);
        let mut draft = (self.draft)(&Options { key, ..options.clone() })?;
        if options.evidence == EvidencePlace::InRequest && !draft.can_be_in_request() {
            return Err(SimulateError::EvidenceInRequest);
        }
        if let Some(defect) = defect {
            (defect.change)(&mut draft);
        }
        let defect = defect.map(|defect| defect.what);
        let mut description = describe(self.name, draft.base().attested, defect);
        if options.evidence == EvidencePlace::InRequest {
            description.push_str(" The request carries the evidence.");
        }
        Ok(Simulation {
            files: files(&draft, keyring)?,
            description,
            expected: expected(&draft, defect),
        })
    }
}

/// Signs everything and gives the files, the trust first.
fn files<D: Case>(draft: &D, keyring: &mut Keyring) -> Result<Vec<SimulatedFile>, SimulateError> {
    let base = draft.base();
    let mut keys = Keys { keyring, attested: base.attested, kind_of: D::kind_of };
    let mut trusted = Vec::new();
    for anchor in &base.anchors {
        trusted.push(anchor.sign(&mut keys)?);
    }
    let evidence = draft.evidence(&mut keys)?;
    trusted.extend(evidence.trusted);
    let yaml = anchors::to_yaml(&trusted, base.bound_to, base.status, base.time);
    let mut files = vec![text("anchors.yaml", yaml, "the test trust, for --trust-anchors")];
    files.extend(evidence.files);
    let mut request = base.request.clone();
    if let Some(attributes) = &mut request.attributes {
        attributes.extend(evidence.carried);
    }
    files.extend(case::request("request.pem", &request, &mut keys)?);
    Ok(files)
}

fn describe(format: &str, key: KeyKind, defect: Option<Defect>) -> String {
    let key = key.name();
    match defect {
        None => format!("A simulated {format} attestation of a {key} key, without fault."),
        Some(defect) => {
            format!("A simulated {format} attestation of a {key} key. {}", defect.description)
        }
    }
}

fn expected(draft: &impl Case, defect: Option<Defect>) -> Vec<Expectation> {
    if let Some(defect) = defect {
        return vec![Expectation {
            requirement: defect.requirement,
            outcome: defect.outcome,
            reason: Some(defect.reason),
        }];
    }
    let silences = draft.silences();
    let expectation = |requirement| {
        let silence = silences.iter().find(|(silent, _)| *silent == requirement);
        let (outcome, reason) = match (of_key(draft.base().attested, requirement), silence) {
            (Some(reason), _) => (Outcome::Unsatisfied, Some(reason)),
            (None, Some((_, reason))) => (Outcome::Review, Some(*reason)),
            (None, None) => (Outcome::Satisfied, None),
        };
        Expectation { requirement, outcome, reason }
    };
    Requirement::ALL.map(expectation).to_vec()
}

/// What no key of that kind satisfies, whatever module it is in: CSBR 6.1.5.2, and no CA takes a
/// request that is signed on such a curve.
fn of_key(kind: KeyKind, requirement: Requirement) -> Option<ReasonCode> {
    match (requirement, kind) {
        (Requirement::SoundKey, KeyKind::Rsa2048) => Some(ReasonCode::KeySize),
        (Requirement::SoundKey, KeyKind::Secp256k1) => Some(ReasonCode::KeyCurve),
        (Requirement::SoundKey, KeyKind::Ed25519) => Some(ReasonCode::KeyAlgorithm),
        (Requirement::Possession, KeyKind::Secp256k1) => Some(ReasonCode::CsrSignatureAlgorithm),
        _ => None,
    }
}
