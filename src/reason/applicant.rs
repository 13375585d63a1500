//! What the applicant is told of a reason, or why nothing is.

/// What an answer to the applicant says of a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToApplicant {
    /// Text ready to send, wherever the reason stands in the way.
    Say(&'static str),
    /// Text ready to send where the reason refuses the submission. Where a person must still weigh
    /// it, nothing is asked of the applicant.
    WhenRefused(&'static str),
    /// No text: staff do what the hint says.
    Silent(Silence),
}

impl ToApplicant {
    /// The text, if there is one.
    pub const fn text(self) -> Option<&'static str> {
        match self {
            Self::Say(text) | Self::WhenRefused(text) => Some(text),
            Self::Silent(_) => None,
        }
    }
}

/// Why nothing is written to the applicant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// What is so speaks of forgery or attack: the words would accuse, or tell a forger what was
    /// noticed.
    Accuses,
    /// It is about what another subscriber did or holds.
    NamesAnotherSubscriber,
    /// The CA settles it by its policy, its records or its facts.
    OursToSettle,
    /// It is no obstacle.
    NothingToMend,
}

impl Silence {
    /// The rest of the sentence “Say nothing: …”.
    pub const fn because(self) -> &'static str {
        match self {
            Self::Accuses => "it would accuse, or tell a forger what was noticed.",
            Self::NamesAnotherSubscriber => "it is about another subscriber.",
            Self::OursToSettle => "it is ours to settle.",
            Self::NothingToMend => "there is nothing to mend.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ToApplicant;
    use crate::reason::ReasonCode;

    /// Every code with words for the applicant.
    fn letters() -> impl Iterator<Item = (ReasonCode, &'static str)> {
        ReasonCode::ALL.iter().filter_map(|code| Some((*code, code.to_applicant().text()?)))
    }

    #[test]
    fn words_for_the_applicant_are_plain_and_ours_stay_with_us() {
        for (code, text) in letters() {
            assert!(text.ends_with(['.', '?']), "{code}: {text}");
            assert!(text.bytes().all(|byte| (0x20..0x7f).contains(&byte)), "{code}: {text}");
            // No path and no place to fill in, no command and no setting of ours, nobody else.
            for foreign in ['/', '\\', '`', '_', '<', '{'] {
                assert!(!text.contains(foreign), "{code}: {foreign} in {text}");
            }
            let lower = text.to_lowercase();
            for foreign in ["keyproof", "--", "...", "policy file", "ledger", "subscriber", "staff"]
            {
                assert!(!lower.contains(foreign), "{code}: {foreign} in {text}");
            }
        }
    }

    #[test]
    fn no_clause_stands_without_the_name_of_its_rules() {
        for (code, text) in letters() {
            assert!(!text.contains("CSBR"), "{code}: the abbreviation is ours: {text}");
            for word in text.split(' ') {
                let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
                let numbers = word.split('.').filter(|part| part.parse::<u8>().is_ok()).count();
                assert!(
                    numbers < 3 || text.contains(&format!("Requirements {word}")),
                    "{code}: {word} in {text}"
                );
            }
        }
    }

    #[test]
    fn what_is_ours_alone_has_no_words_for_the_applicant() {
        for code in ReasonCode::ALL {
            let area = code.code().split('.').next();
            if matches!(area, Some("gate" | "history" | "policy")) {
                assert!(matches!(code.to_applicant(), ToApplicant::Silent(_)), "{code}");
            }
        }
    }
}
