//! What the reports for people say, before it is laid out: what was judged, a row for each
//! requirement, and each matter once. Texts are still as they came; the layouts escape them.

use crate::claims::{
    Exportability, KeyOrigin, ModuleClaims, OperatingMode, OwnerStanding, PartitionClaims,
};
use crate::encoding::hex::Sha256;
use crate::endorsement::{CertificationStatus, CertificationSummary, ReadingSummary, Scope};
use crate::public_key::KeySummary;
use crate::reason::{Reason, ReasonCode};
use crate::result::{
    AttestationResult, FactsSummary, Finding, Outcome, RecordSummary, Requirement, ResultSource,
    Rules,
};

/// The heading of a reason in `docs/reasons.md`.
pub fn documentation_anchor(code: ReasonCode) -> String {
    format!("docs/reasons.md#{}", code.code().replace('.', "-"))
}

/// How fingerprints are shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fingerprints {
    /// Their two ends, to compare by eye where lines are short; the JSON report has the whole.
    Ends,
    /// All digits.
    Whole,
}

impl Fingerprints {
    fn show(self, fingerprint: &Sha256) -> String {
        self.show_text(&fingerprint.to_string())
    }

    /// The same for text: 64 hexadecimal digits are a fingerprint, anything else is left.
    pub(super) fn show_text(self, text: &str) -> String {
        let is_fingerprint = text.len() == 64 && text.bytes().all(|it| it.is_ascii_hexdigit());
        match (self, text.get(..8), text.get(56..)) {
            (Self::Ends, Some(head), Some(tail)) if is_fingerprint => format!("{head}..{tail}"),
            _ => text.to_owned(),
        }
    }
}

/// What was judged: names and values.
pub(super) fn subject(
    result: &AttestationResult,
    fingerprints: Fingerprints,
) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    if let Some(request) = result.request() {
        if let Some(subject) = &request.subject {
            let subject = if subject.is_empty() { "(no subject)" } else { subject };
            lines.push(("Request", subject.to_owned()));
        }
        if let Some(key) = &request.public_key {
            lines.push(("Key", describe_with_fingerprint(key, fingerprints)));
        }
    }
    if let Some(claims) = result.claims() {
        lines.push(("Module", describe_module(&claims.module)));
    }
    if let Some(serial) = &result.expected().serial {
        lines.push(("Ordered", format!("serial {}", serial.as_str())));
    }
    let format = result.format().unwrap_or_else(|| without_format(result));
    lines.push(("Evidence", format.to_owned()));
    lines.push(("Judged", format!("as of {}", result.evaluated_at())));
    lines.extend(source(result));
    lines
}

/// Why no format is named.
fn without_format(result: &AttestationResult) -> &'static str {
    let codes = result.findings().iter().flat_map(Finding::reasons).map(Reason::code);
    let mut said = codes.filter_map(|code| match code {
        ReasonCode::AttestationAbsent => Some("none was sent"),
        ReasonCode::AttestationAmbiguous => Some("of more than one format"),
        ReasonCode::AttestationUnrecognized => Some("of no format that is known"),
        _ => None,
    });
    said.next().unwrap_or("not judged")
}

/// Where a result was read, if it was not judged in this run.
fn source(result: &AttestationResult) -> Option<(&'static str, String)> {
    let trust = result.trust().id();
    match (result.source(), result.ledger()) {
        (ResultSource::Judged, _) => None,
        (ResultSource::Document, Some(ledger)) => {
            let RecordSummary { origin, record } = ledger;
            Some((
                "Source",
                format!("a file, under {trust} trust; it names record {record} of {origin}"),
            ))
        }
        (ResultSource::Document, None) => Some(("Source", format!("a file, under {trust} trust"))),
        (ResultSource::Record, ledger) => {
            let place = ledger.map(|it| format!("record {} of {}", it.record, it.origin));
            Some(("Source", format!("{}, checked", place.unwrap_or_default())))
        }
    }
}

/// One requirement.
pub(super) struct Row {
    pub(super) outcome: Outcome,
    pub(super) sentence: &'static str,
    pub(super) fact: Option<String>,
    /// Which of the matters below stand against it.
    pub(super) reasons: Vec<ReasonCode>,
    /// Which of them are no obstacle.
    pub(super) notices: Vec<ReasonCode>,
    pub(super) clause: &'static str,
}

/// The requirements, in their order.
pub(super) fn rows(result: &AttestationResult, fingerprints: Fingerprints) -> Vec<Row> {
    let row = |finding: &Finding| Row {
        outcome: finding.outcome(),
        sentence: sentence(finding.requirement(), finding.outcome()),
        fact: fact(result, finding, fingerprints),
        reasons: finding.reasons().iter().map(Reason::code).collect(),
        notices: finding.notices().iter().map(Reason::code).collect(),
        clause: result.policy().based_on.clause(finding.requirement()),
    };
    result.findings().iter().map(row).collect()
}

fn sentence(requirement: Requirement, outcome: Outcome) -> &'static str {
    let [satisfied, review, unsatisfied, not_evaluated] = match requirement {
        Requirement::Possession => [
            "The key itself signed the request",
            "Possession of the key: weigh it",
            "Possession of the key is not shown",
            "Possession of the key: not judged",
        ],
        Requirement::GenuineModule => [
            "A trusted anchor vouches for the module",
            "Origin of the module: weigh it",
            "A genuine module is not shown",
            "Origin of the module: not judged",
        ],
        Requirement::KeyMatch => [
            "The attested key is the requested key",
            "Match of the two keys: weigh it",
            "The requested key is not attested",
            "Match of the two keys: not judged",
        ],
        Requirement::GeneratedInModule => [
            "The key was generated in the module",
            "Generation in the module: weigh it",
            "Generation in the module is not shown",
            "Generation in the module: not judged",
        ],
        Requirement::NonExportable => [
            "The key cannot leave the module",
            "Export from the module: weigh it",
            "The key is not shown to stay in the module",
            "Export from the module: not judged",
        ],
        Requirement::CertifiedModule => [
            "The module is certified",
            "Certification of the module: weigh it",
            "The module is not shown to be certified",
            "Certification of the module: not judged",
        ],
        Requirement::SoundKey => [
            "The key is sound",
            "Soundness of the key: weigh it",
            "The key is not acceptable",
            "Soundness of the key: not judged",
        ],
        Requirement::NoKnownWeakness => [
            "No known weakness touches the key",
            "Known weakness: weigh it",
            "A known weakness touches the key",
            "Known weaknesses: not judged",
        ],
        Requirement::NotSeenBefore => [
            "Earlier records raise no doubt",
            "Earlier records: weigh them",
            "Earlier records speak against it",
            "Earlier records: not judged",
        ],
    };
    match outcome {
        Outcome::Satisfied => satisfied,
        Outcome::Review => review,
        Outcome::Unsatisfied => unsatisfied,
        Outcome::NotEvaluated => not_evaluated,
    }
}

/// What a row rests on.
fn fact(
    result: &AttestationResult,
    finding: &Finding,
    fingerprints: Fingerprints,
) -> Option<String> {
    if finding.outcome() == Outcome::NotEvaluated {
        return None;
    }
    let requested = || result.request().and_then(|request| request.public_key.as_ref());
    match finding.requirement() {
        Requirement::Possession => {
            requested().map(|key| describe_with_fingerprint(key, fingerprints))
        }
        Requirement::GenuineModule => {
            let anchor = result.anchor()?;
            let partition = result.claims().and_then(|it| it.module.partition.as_ref());
            let partition = partition.map(describe_partition).unwrap_or_default();
            Some(format!("Anchor {} ({}){partition}", anchor.id, anchor.status.id()))
        }
        Requirement::KeyMatch => {
            let attested = &result.claims()?.key.public_key;
            let requested = requested()?;
            if requested.spki_sha256 == attested.spki_sha256 {
                return Some(format!(
                    "Both keys SHA-256 {}",
                    fingerprints.show(&requested.spki_sha256)
                ));
            }
            Some(format!(
                "Requested key {}, attested key {}",
                fingerprints.show(&requested.spki_sha256),
                fingerprints.show(&attested.spki_sha256)
            ))
        }
        Requirement::GeneratedInModule => {
            let key = &result.claims()?.key;
            let origin = match key.origin {
                KeyOrigin::Generated => "The module states: generated",
                KeyOrigin::Imported => "The module states: imported",
                KeyOrigin::Unstated => "The evidence does not state an origin",
            };
            let mut fact = origin.to_owned();
            if let Some(slot) = &key.slot {
                fact.push_str(&format!(", slot {slot}"));
            }
            if let Some(object) = &key.object_id {
                fact.push_str(&format!(", object {object}"));
            }
            Some(fact)
        }
        Requirement::NonExportable => Some(
            match result.claims()?.key.exportability {
                Exportability::NonExportable => "The module states: never exportable",
                Exportability::Wrapped => {
                    "The module states: leaves it only under the key of its security world"
                }
                Exportability::Recoverable => {
                    "The module states: recoverable by its administrators"
                }
                Exportability::Exportable => "The module states: exportable",
                Exportability::Unstated => "The evidence does not state it",
            }
            .to_owned(),
        ),
        Requirement::CertifiedModule => match result.certification() {
            Some(certification) => Some(describe_certification(certification)),
            None => result.claims().map(|claims| describe_module(&claims.module)),
        },
        Requirement::SoundKey => requested().map(KeySummary::describe),
        Requirement::NoKnownWeakness => {
            let module = &result.claims()?.module;
            Some(match &module.firmware {
                Some(firmware) => format!("Firmware {firmware}"),
                None => "The evidence does not state the firmware".to_owned(),
            })
        }
        Requirement::NotSeenBefore => {
            let ledger = result.ledger()?;
            Some(format!("Record {} of {}", ledger.record, ledger.origin))
        }
    }
}

/// How grave a matter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    Reject,
    Review,
    Notice,
}

impl Weight {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Reject => "REJECT",
            Self::Review => "REVIEW",
            Self::Notice => "NOTICE",
        }
    }
}

/// One reason, with every clause it counts against.
pub(super) struct Matter<'a> {
    pub(super) weight: Weight,
    pub(super) reason: &'a Reason,
    pub(super) clauses: Vec<&'static str>,
}

/// Every reason and notice once, the gravest first.
pub(super) fn matters(result: &AttestationResult) -> Vec<Matter<'_>> {
    let mut matters: Vec<Matter<'_>> = Vec::new();
    for finding in result.findings() {
        let weight = |outcome| match outcome {
            Outcome::Unsatisfied | Outcome::NotEvaluated => Weight::Reject,
            Outcome::Review => Weight::Review,
            Outcome::Satisfied => Weight::Notice,
        };
        let reasons = finding.weighed_reasons().map(|(outcome, reason)| (weight(outcome), reason));
        let notices = finding.notices().iter().map(|reason| (Weight::Notice, reason));
        let clause = result.policy().based_on.clause(finding.requirement());
        for (weight, reason) in reasons.chain(notices) {
            match matters.iter_mut().find(|known| known.reason == reason) {
                Some(known) => {
                    known.weight = known.weight.min(weight);
                    if !known.clauses.contains(&clause) {
                        known.clauses.push(clause);
                    }
                }
                None => matters.push(Matter { weight, reason, clauses: vec![clause] }),
            }
        }
    }
    matters.sort_by_key(|matter| matter.weight);
    matters
}

/// One input in a line: what it is, its size, fingerprint and the layers peeled off.
pub(super) fn inputs(result: &AttestationResult, fingerprints: Fingerprints) -> Vec<[String; 5]> {
    let line = |input: &crate::submission::InputSummary| {
        let layers =
            if input.layers.is_empty() { "-".to_owned() } else { input.layers.join(" > ") };
        let size = format!("{} bytes", input.bytes);
        let fingerprint =
            input.sha256.as_ref().map_or_else(|| "-".to_owned(), |it| fingerprints.show(it));
        [input.name.clone(), input.kind.clone(), layers, size, fingerprint]
    };
    result.inputs().iter().map(line).collect()
}

/// What the verdict rests on beside the evidence.
pub(super) fn provenance(
    result: &AttestationResult,
    fingerprints: Fingerprints,
) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    for certificate in result.path() {
        let fingerprint = fingerprints.show(&certificate.sha256);
        let (role, subject) = (&certificate.role, &certificate.subject);
        lines.push(("Path", format!("{role}: {subject}, SHA-256 {fingerprint}")));
    }
    if let Some(anchor) = result.anchor() {
        let (id, status) = (&anchor.id, anchor.status.id());
        lines.push((
            "Anchor",
            format!("{id} ({status}), key {}", fingerprints.show(&anchor.spki_sha256)),
        ));
    }
    if let Some(certification) = result.certification() {
        let (module, known) = (&certification.module, describe_reading(certification));
        lines.push(("Certified", format!("{module}, {known}: {}", certification.source)));
    }
    let policy = result.policy();
    let (name, version) = (&policy.name, policy.version);
    lines.push((
        "Policy",
        format!("{name} version {version}, {}", fingerprints.show(&policy.sha256)),
    ));
    lines.push(("Data", describe_facts(result.data(), fingerprints)));
    lines.push((
        "Rules",
        match policy.based_on {
            Rules::Csbr => format!("CSBR {}", result.csbr_version()),
            Rules::CsbrSigningService => {
                format!("CSBR {}, for a signing service", result.csbr_version())
            }
            Rules::Own => format!("those of the policy {name}"),
        },
    ));
    lines.push(("Tool", format!("keyproof {}", result.version())));
    lines
}

/// Which facts: the bundle, and the anchors, which may be more than the bundle's.
fn describe_facts(data: &FactsSummary, fingerprints: Fingerprints) -> String {
    let (date, anchors) = (&data.as_of, fingerprints.show(&data.anchors_sha256));
    match (data.serial, &data.bundle_sha256) {
        (Some(serial), Some(bundle)) => {
            let bundle = fingerprints.show(bundle);
            format!("facts {serial} of {date}, {bundle}; anchors {anchors}")
        }
        _ => format!(
            "facts of {date}: anchors {anchors}, modules {}, advisories {}",
            fingerprints.show(&data.modules_sha256),
            fingerprints.show(&data.advisories_sha256)
        ),
    }
}

fn describe_with_fingerprint(key: &KeySummary, fingerprints: Fingerprints) -> String {
    format!("{}, SHA-256 {}", key.describe(), fingerprints.show(&key.spki_sha256))
}

fn describe_module(module: &ModuleClaims) -> String {
    let serial = match &module.serial {
        Some(serial) => format!("serial {serial}"),
        None => "no serial number stated".to_owned(),
    };
    let firmware = match &module.firmware {
        Some(firmware) => format!("firmware {firmware}"),
        None => "no firmware stated".to_owned(),
    };
    // Many manufacturers' product names begin with their own.
    let model = match module.model.strip_prefix(&*module.vendor) {
        Some(_) => module.model.clone(),
        None => format!("{} {}", module.vendor, module.model),
    };
    let mode = match module.mode {
        OperatingMode::Fips => ", in FIPS mode",
        OperatingMode::NonFips => ", not in FIPS mode",
        OperatingMode::Unstated => "",
    };
    format!("{model}, {serial}, {firmware}{mode}")
}

/// Who runs the module and how its partition signed, behind the name of the anchor.
fn describe_partition(partition: &PartitionClaims) -> String {
    let owner = match partition.owner_standing {
        OwnerStanding::Vouched => format!("owner {}", partition.owner),
        OwnerStanding::Asserted => format!("owner asserted as {}", partition.owner),
        OwnerStanding::Unstated => "no owner stated".to_owned(),
    };
    format!("; statement signed in the module, {}; {owner}", partition.statement_signature)
}

/// Of what its source is, and when it said so.
fn describe_reading(certification: &CertificationSummary) -> String {
    let seen = &certification.seen;
    match (certification.read, certification.sources) {
        (ReadingSummary::Primary, _) => format!("as its issuer has it on {seen}"),
        (ReadingSummary::Copy, 1) => format!("by one copy of its issuer's record of {seen}"),
        (ReadingSummary::Copy, sources) => {
            format!("by {sources} copies of its issuer's record, the last of {seen}")
        }
    }
}

fn describe_certification(certification: &CertificationSummary) -> String {
    let number = match &certification.number {
        Some(number) => format!("certificate {number}"),
        None => "certificate number not known".to_owned(),
    };
    let status = match certification.status {
        CertificationStatus::Active => "active",
        CertificationStatus::Historical => "historical",
        CertificationStatus::Revoked => "revoked",
    };
    let scope = match certification.scope {
        Scope::Chip => "chip only",
        Scope::Platform => "platform only",
        Scope::Applet => "applet",
        Scope::Device => "whole device",
    };
    format!("{}, {number} ({status}), {scope}", certification.grade())
}
