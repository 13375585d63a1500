//! What an applicant reads before anything is sent: whether it is complete, how it will be judged,
//! and what to mend. In plain words, without codes, clauses or what staff do.

use super::letter::{Letter, settled_first};
use super::page::{Page, Style, TextOptions};
use super::summary::{self, Matter, Weight};
use crate::reason::{Language, ReasonCode};
use crate::result::{AttestationResult, Verdict};
use crate::trust::AnchorStatus;

/// The page for applicants about the product whose evidence has that format, below `docs/`.
pub fn applicant_page(format: &str) -> Option<&'static str> {
    PAGES.iter().find(|(name, _)| *name == format).map(|(_, page)| *page)
}

const PAGES: &[(&str, &str)] = &[
    ("azure-managed-hsm", "docs/applicants/azure-managed-hsm.md"),
    ("crypto4a-qasm", "docs/applicants/crypto4a-qasm.md"),
    ("entrust-nshield", "docs/applicants/entrust-nshield.md"),
    ("fortanix-dsm", "docs/applicants/fortanix-dsm.md"),
    ("google-cloud-hsm", "docs/applicants/google-cloud-hsm.md"),
    ("marvell-liquidsecurity", "docs/applicants/marvell-liquidsecurity.md"),
    ("securosys-primus", "docs/applicants/securosys-primus.md"),
    ("smartcard-hsm", "docs/applicants/nitrokey-hsm-2.md"),
    ("thales-luna", "docs/applicants/thales-luna.md"),
    ("yubico-openpgp", "docs/applicants/yubikey.md"),
    ("yubico-piv", "docs/applicants/yubikey.md"),
    ("yubico-yubihsm2", "docs/applicants/yubihsm-2.md"),
];

/// The result for the applicant.
pub fn preflight(result: &AttestationResult, options: &TextOptions) -> String {
    let words = Words::of(options.language);
    let matters = summary::matters(result);
    let mut page = Page::new(options);
    let style = match result.verdict() {
        Verdict::Accept => Style::Good,
        Verdict::Review => Style::Weigh,
        Verdict::Reject => Style::Bad,
    };
    page.wrapped("", "", style, words.outcome(result, &matters));
    if result.trust() == AnchorStatus::Test {
        page.wrapped("", "", Style::Weigh, words.test);
    }
    page.blank();
    for (label, value) in summary::subject(result, page.fingerprints) {
        page.labelled("  ", label, 11, &value);
    }
    if let Some(letter) = Letter::about(result, options.language) {
        page.blank();
        page.line(Style::Bold, words.to_do);
        for paragraph in &letter.paragraphs {
            page.wrapped("  - ", "    ", Style::Plain, paragraph);
        }
    }
    let unsaved = |code: &ReasonCode| *code == ReasonCode::InputAttachmentsUnsaved;
    if matters.iter().any(|matter| unsaved(&matter.reason.code())) {
        page.blank();
        page.wrapped("", "", Style::Bold, words.attachments);
    }
    if !settled_first(&matters).iter().all(unsaved) {
        page.blank();
        page.wrapped("", "", Style::Bold, words.unusual);
    } else if matters.iter().any(is_for_the_ca) {
        page.blank();
        page.wrapped("", "", Style::Plain, words.decided_by_the_ca);
    }
    page.blank();
    let of_format = result.format().and_then(applicant_page);
    page.line(
        Style::Plain,
        &format!("{} {}", words.page, of_format.unwrap_or("docs/applicants/README.md")),
    );
    let policy = result.policy();
    let policy = format!("{} {}", policy.name, policy.version);
    let tool = concat!("keyproof ", env!("CARGO_PKG_VERSION"));
    page.wrapped("", "", Style::Plain, &format!("{} {tool}, {policy}.", words.limits));
    page.out
}

/// Nothing is asked of the applicant, and a person must decide.
fn is_for_the_ca(matter: &Matter<'_>) -> bool {
    let said = matter.reason.code().to_applicant().text().is_some();
    matter.weight == Weight::Review && !said
}

/// Something that every submission has is not there.
fn is_missing(matter: &Matter<'_>) -> bool {
    matches!(
        matter.reason.code(),
        ReasonCode::AttestationAbsent
            | ReasonCode::AttestationOuterSignatureMissing
            | ReasonCode::AttestationUnrecognized
            | ReasonCode::AttestationWrongRole
            | ReasonCode::ChainIncomplete
            | ReasonCode::InputEmpty
            | ReasonCode::RequestAbsent
            | ReasonCode::RequestMissing
    )
}

/// What stands around the letter.
struct Words {
    accept: &'static str,
    review: &'static str,
    reject: &'static str,
    missing: &'static str,
    key: &'static str,
    test: &'static str,
    to_do: &'static str,
    attachments: &'static str,
    unusual: &'static str,
    decided_by_the_ca: &'static str,
    page: &'static str,
    limits: &'static str,
}

impl Words {
    const fn of(language: Language) -> &'static Self {
        match language {
            Language::English => &ENGLISH,
            Language::German => &GERMAN,
        }
    }

    fn outcome(&self, result: &AttestationResult, matters: &[Matter<'_>]) -> &'static str {
        if matters.iter().any(|matter| matter.reason.code().forbids_keeping()) {
            return self.key;
        }
        // Where neither can be named, nothing was judged that an applicant would call complete.
        let is_read = result.request().is_some() && result.format().is_some();
        if matters.iter().any(is_missing) || !is_read {
            return self.missing;
        }
        match result.verdict() {
            Verdict::Accept => self.accept,
            Verdict::Review => self.review,
            Verdict::Reject => self.reject,
        }
    }
}

const ENGLISH: Words = Words {
    accept: "This is complete and will be judged as: accept.",
    review: "This is complete and will be judged as: review. A person at the CA must decide.",
    reject: "This is complete, but will be judged as: reject.",
    missing: "This is not complete: something that is needed is not there, or cannot be read.",
    key: "DO NOT SEND THIS. It holds a private key, or may hold one.",
    test: "The attestation is a simulated one: no CA will take it.",
    to_do: "What to do",
    attachments: "Send the attachments of the message as files of their own, not the message that holds \
                  them.",
    unusual: "Something in these files is not as genuine devices and their tools write it. Export \
              everything again; if it stays so, ask the CA.",
    decided_by_the_ca: "The CA decides the rest itself. There is nothing for you to do.",
    page: "How it is done:",
    limits: "What a CA knows of earlier orders is not asked. Judged by",
};

const GERMAN: Words = Words {
    accept: "Dies ist vollständig und wird so beurteilt: angenommen (accept).",
    review: "Dies ist vollständig und wird so beurteilt: zu prüfen (review). Bei der CA muss jemand \
             entscheiden.",
    reject: "Dies ist vollständig, wird aber so beurteilt: abgelehnt (reject).",
    missing: "Dies ist nicht vollständig: Etwas, das gebraucht wird, fehlt oder ist nicht lesbar.",
    key: "SENDEN SIE DAS NICHT. Es enthält einen privaten Schlüssel oder kann einen enthalten.",
    test: "Die Attestierung ist simuliert: Keine CA nimmt sie an.",
    to_do: "Was zu tun ist",
    attachments: "Senden Sie die Anhänge der Nachricht als eigene Dateien, nicht die Nachricht, in der \
                  sie stecken.",
    unusual: "Etwas in diesen Dateien ist nicht so, wie echte Geräte und ihre Werkzeuge es schreiben. \
              Exportieren Sie alles noch einmal; bleibt es dabei, so fragen Sie die CA.",
    decided_by_the_ca: "Das Übrige entscheidet die CA selbst. Sie müssen dafür nichts tun.",
    page: "So wird es gemacht:",
    limits: "Was eine CA von früheren Aufträgen weiß, wird nicht gefragt. Beurteilt mit",
};
