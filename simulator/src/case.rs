//! What every case has: an attested key, evidence of a module about it, a request for it, and the trust
//! that it is made for; and how the files of a case come about.

use keyproof::{Outcome, ReasonCode, Requirement, Timestamp};

use crate::anchors::{self, AnchorDraft, Trusted};
use crate::defects::{DefectOf, of_every_case};
use crate::keys::{Holder, KeyKind, KeyPair, Keyring, Scheme};
use crate::pki::{CertificateDraft, RequestDraft, RequestForm, pem};
use crate::{
    Defect, EvidencePlace, Expectation, Options, RsaPadding, SimulateError, SimulatedFile,
    Simulation,
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

/// A case before its signatures, which a defect may change.
pub(crate) trait Case {
    /// What it has in common with others.
    fn base(&self) -> &Base;

    /// The same, to be changed.
    fn base_mut(&mut self) -> &mut Base;

    /// The kind of a key that is not the applicant's, beside an attested one of that kind.
    fn kind_of(_holder: Holder, _attested: KeyKind) -> KeyKind {
        KeyKind::Rsa2048
    }

    /// The requirements on which the format is silent, so that a person must weigh them, each with
    /// the reason that says so.
    fn silences(&self) -> Vec<(Requirement, ReasonCode)> {
        Vec::new()
    }

    /// Whether the evidence can lie in the request.
    fn can_be_in_request(&self) -> bool {
        false
    }

    /// Signs the evidence.
    fn evidence(&self, keys: &mut Keys<'_>) -> Result<Evidence, SimulateError>;
}

/// A case that holds its base in a field of that name.
macro_rules! has_base {
    () => {
        fn base(&self) -> &$crate::case::Base {
            &self.base
        }

        fn base_mut(&mut self) -> &mut $crate::case::Base {
            &mut self.base
        }
    };
}
pub(crate) use has_base;

/// What every case has beside its evidence.
pub(crate) struct Base {
    /// The kind of the attested key.
    pub(crate) attested: KeyKind,
    /// When the case is to be appraised.
    pub(crate) time: Timestamp,
    /// The format that the anchors may vouch for.
    pub(crate) bound_to: &'static str,
    /// The roots with certificates that it is made for.
    pub(crate) anchors: Vec<AnchorDraft>,
    /// How the anchors came to be believed, as `status` says it.
    pub(crate) status: &'static str,
    /// The request.
    pub(crate) request: RequestDraft,
}

/// The subject of every simulated request.
pub(crate) const SUBSCRIBER: &str = "SIMULATED Code Signing Subscriber";

impl Base {
    /// A request for an attested key of that kind, under those anchors for that format.
    pub(crate) fn new(
        format: &'static str,
        attested: KeyKind,
        anchors: Vec<AnchorDraft>,
        options: &Options,
    ) -> Self {
        let scheme = match options.padding {
            RsaPadding::Pkcs1 => Scheme::Usual,
            RsaPadding::Pss => Scheme::RsaPss,
        };
        Self {
            attested,
            time: options.time,
            bound_to: format,
            anchors,
            status: "test",
            request: RequestDraft::new(SUBSCRIBER.as_bytes(), Holder::Attested, scheme),
        }
    }
}

/// Signed evidence.
#[derive(Default)]
pub(crate) struct Evidence {
    /// Roots without an X.509 certificate that it leads to.
    pub(crate) trusted: Vec<Trusted>,
    /// The files beside the request.
    pub(crate) files: Vec<SimulatedFile>,
    /// The attributes by which the request carries evidence.
    pub(crate) carried: Vec<Vec<u8>>,
}

impl Evidence {
    /// Evidence in those files.
    pub(crate) fn of(files: Vec<SimulatedFile>) -> Self {
        Self { files, ..Self::default() }
    }
}

/// The keys of a case, and what they sign.
pub(crate) struct Keys<'a> {
    keyring: &'a mut Keyring,
    attested: KeyKind,
    kind_of: fn(Holder, KeyKind) -> KeyKind,
}

impl Keys<'_> {
    fn of(&self, holder: Holder) -> (Holder, KeyKind) {
        let kind = match holder {
            Holder::Attested | Holder::SecondAttested | Holder::Software => self.attested,
            _ => (self.kind_of)(holder, self.attested),
        };
        (holder, kind)
    }

    /// The key pair of a holder.
    pub(crate) fn pair(&mut self, holder: Holder) -> Result<&KeyPair, SimulateError> {
        let (holder, kind) = self.of(holder);
        self.keyring.pair(holder, kind)
    }

    /// The SubjectPublicKeyInfo of a holder.
    pub(crate) fn spki(&mut self, holder: Holder) -> Result<Vec<u8>, SimulateError> {
        self.pair(holder).map(KeyPair::spki)
    }

    /// The certificate, signed.
    pub(crate) fn certificate(
        &mut self,
        draft: &CertificateDraft,
    ) -> Result<Vec<u8>, SimulateError> {
        let (subject, signer) = self.keyring.two(self.of(draft.key), self.of(draft.signer))?;
        draft.to_der(subject, signer)
    }

    /// The request, signed, in the form in which it is sent.
    pub(crate) fn request(
        &mut self,
        name: &str,
        draft: &RequestDraft,
    ) -> Result<Option<SimulatedFile>, SimulateError> {
        let (subject, signer) = self.keyring.two(self.of(draft.key), self.of(draft.signer))?;
        let der = draft.to_der(subject, signer)?;
        Ok(match draft.form {
            RequestForm::Request => Some(text(name, pem("CERTIFICATE REQUEST", &der), "request")),
            RequestForm::Mislabelled => {
                Some(text(name, pem("CERTIFICATE", &der), "request, as a certificate"))
            }
            RequestForm::PublicKey => {
                Some(text("public-key.pem", pem("PUBLIC KEY", &subject.spki()), "public key"))
            }
            RequestForm::Nothing => None,
        })
    }
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
    let yaml = anchors::to_yaml(base, &trusted);
    let mut files = vec![text("anchors.yaml", yaml, "the test trust, for --trust-anchors")];
    files.extend(evidence.files);
    let mut request = base.request.clone();
    if let Some(attributes) = &mut request.attributes {
        attributes.extend(evidence.carried);
    }
    files.extend(keys.request("request.pem", &request)?);
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

/// One day.
pub(crate) const DAY: i64 = 86_400;

/// That many seconds later, or earlier; the same instant at the ends of the calendar.
pub(crate) fn shifted(time: Timestamp, seconds: i64) -> Timestamp {
    time.unix_seconds().checked_add(seconds).and_then(Timestamp::from_unix_seconds).unwrap_or(time)
}

/// From a year before until the end of the calendar, as in the newer genuine hierarchies.
pub(crate) fn validity_around(time: Timestamp) -> Result<(Timestamp, Timestamp), SimulateError> {
    let earliest = Timestamp::from_date("1951-01-01").ok_or(SimulateError::Time)?;
    let latest = Timestamp::from_date("9998-12-01").ok_or(SimulateError::Time)?;
    if !(earliest..=latest).contains(&time) {
        return Err(SimulateError::Time);
    }
    let from = shifted(time, -365 * DAY);
    let from = Timestamp::from_date(&from.date()).ok_or(SimulateError::Time)?;
    let to = Timestamp::from_rfc3339("9999-12-31T23:59:59Z").ok_or(SimulateError::Time)?;
    Ok((from, to))
}

/// A file of text.
pub(crate) fn text(name: &str, text: String, what: &str) -> SimulatedFile {
    octets(name, text.into_bytes(), what)
}

/// A file of octets.
pub(crate) fn octets(name: &str, bytes: Vec<u8>, what: &str) -> SimulatedFile {
    SimulatedFile { name: name.to_owned(), bytes, what: what.to_owned() }
}
