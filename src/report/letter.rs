//! What is sent to the applicant: the words of each reason that stands in the way, once, and what
//! staff must settle before it is sent. Nothing in it comes from evidence.

use std::borrow::Cow;

use serde::Serialize;

use super::summary::{Matter, Weight, matters};
use crate::reason::{Language, ReasonCode, Silence, ToApplicant};
use crate::result::{AttestationResult, Verdict};

/// Text for the applicant, ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Letter {
    /// Of what language the text is.
    pub language: Language,
    /// What it is about, in a sentence.
    pub opening: &'static str,
    /// What is asked, a paragraph a matter; the gravest first.
    pub paragraphs: Vec<Cow<'static, str>>,
    /// What staff settle before anything is sent: it speaks of forgery, of another subscriber, or
    /// of a refusal by the CA itself.
    pub hold_for: Vec<ReasonCode>,
}

impl Letter {
    /// The letter about `result`; none where there is nothing to ask of the applicant.
    pub fn about(result: &AttestationResult, language: Language) -> Option<Self> {
        if result.verdict() == Verdict::Accept {
            return None;
        }
        let matters = matters(result);
        let mut paragraphs: Vec<Cow<'static, str>> = Vec::new();
        for matter in &matters {
            match said(matter, language) {
                Some(text) if !paragraphs.contains(&text) => paragraphs.push(text),
                _ => {}
            }
        }
        let opening = opening(result.verdict(), language);
        let hold_for = settled_first(&matters);
        (!paragraphs.is_empty()).then_some(Self { language, opening, paragraphs, hold_for })
    }
}

fn opening(verdict: Verdict, language: Language) -> &'static str {
    match (verdict, language) {
        (Verdict::Reject, Language::English) => {
            "We cannot issue a code signing certificate for this key on what you sent."
        }
        (_, Language::English) => {
            "Before we can decide on your code signing certificate, we need your help."
        }
        (Verdict::Reject, Language::German) => {
            "Mit dem, was Sie gesendet haben, können wir für diesen Schlüssel kein \
             Code-Signing-Zertifikat ausstellen."
        }
        (_, Language::German) => {
            "Bevor wir über Ihr Code-Signing-Zertifikat entscheiden können, brauchen wir Ihre Hilfe."
        }
    }
}

fn said(matter: &Matter<'_>, language: Language) -> Option<Cow<'static, str>> {
    match (matter.weight, matter.reason.code().to_applicant()) {
        (Weight::Notice, _) | (_, ToApplicant::Silent(_)) => None,
        (Weight::Review, ToApplicant::WhenRefused(_)) => None,
        (Weight::Reject | Weight::Review, _) => matter.reason.to_applicant(language),
    }
}

/// The matters of which the applicant is told nothing, and which an answer of any kind would touch.
pub(super) fn settled_first(matters: &[Matter<'_>]) -> Vec<ReasonCode> {
    let mut codes: Vec<ReasonCode> = Vec::new();
    for matter in matters {
        let code = matter.reason.code();
        let first = match (matter.weight, code.to_applicant()) {
            (Weight::Notice, _) => false,
            (_, ToApplicant::Silent(Silence::Accuses | Silence::NamesAnotherSubscriber)) => true,
            (weight, ToApplicant::Silent(Silence::OursToSettle)) => weight == Weight::Reject,
            _ => false,
        };
        if first && !codes.contains(&code) {
            codes.push(code);
        }
    }
    codes
}
