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
pub(super) mod tests {
    use super::ToApplicant;
    use crate::reason::ReasonCode;

    /// No path and no place to fill in, no command and no setting of ours, nobody else.
    pub(in crate::reason) fn is_free_of_ours(text: &str) -> bool {
        let lower = text.to_lowercase();
        let foreign = ["keyproof", "--", "...", "ledger", "subscriber", "staff"];
        !text.contains(['/', '\\', '`', '_', '<', '{', '…'])
            && !foreign.iter().any(|word| lower.contains(word))
    }

    /// A number of a clause stands behind the name of its rules, and the rules are not abbreviated.
    pub(in crate::reason) fn names_every_clause(text: &str) -> bool {
        let is_clause = |word: &str| {
            let mut parts = word.split('.');
            parts.clone().count() > 2 && parts.all(|part| part.parse::<u8>().is_ok())
        };
        let words = text.split(' ').map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()));
        let mut clauses = words.filter(|word| is_clause(word));
        !text.contains("CSBR") && clauses.all(|it| text.contains(&format!("Requirements {it}")))
    }

    #[test]
    fn words_for_the_applicant_are_plain_and_ours_stay_with_us() {
        for code in ReasonCode::ALL {
            let Some(text) = code.to_applicant().text() else { continue };
            assert!(text.ends_with(['.', '?']), "{code}: {text}");
            assert!(text.bytes().all(|byte| (0x20..0x7f).contains(&byte)), "{code}: {text}");
            assert!(is_free_of_ours(text), "{code}: {text}");
            assert!(names_every_clause(text), "{code}: {text}");
        }
    }

    #[test]
    fn what_is_ours_or_without_its_name_is_found() {
        for ours in ["See docs/reasons.md.", "Use --request.", "Set confirmed_modules.", "Run `x`."]
        {
            assert!(!is_free_of_ours(ours), "{ours}");
        }
        assert!(!names_every_clause("See CSBR 6.2.7.4.1."));
        assert!(!names_every_clause("Clause 6.2.7.4.1 forbids it."));
        assert!(names_every_clause("The Code Signing Baseline Requirements 6.2.7.4.1 forbid it."));
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
