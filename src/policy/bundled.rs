//! The policies that come with keyproof, each a file with comments that reads as one of a CA's own.

use crate::result::Rules;

/// A policy that comes with keyproof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BundledPolicy {
    /// For a key that its subscriber holds (CSBR 6.2.7.4). It holds where no policy is named.
    Csbr,
    /// For a key that a signing service holds (CSBR 6.2.7.3).
    CsbrSigningService,
}

impl BundledPolicy {
    /// Every one.
    pub const ALL: [Self; 2] = [Self::Csbr, Self::CsbrSigningService];

    /// Its name: by it the program takes it, and results name it.
    pub const fn name(self) -> &'static str {
        self.rules().id()
    }

    /// The policy of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|policy| policy.name() == name)
    }

    /// The rules that it stands on.
    pub const fn rules(self) -> Rules {
        match self {
            Self::Csbr => Rules::Csbr,
            Self::CsbrSigningService => Rules::CsbrSigningService,
        }
    }

    /// The policy as a file, with comments.
    pub const fn yaml(self) -> &'static str {
        match self {
            Self::Csbr => include_str!("csbr.yaml"),
            Self::CsbrSigningService => include_str!("csbr-signing-service.yaml"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::BundledPolicy;

    #[test]
    fn each_is_named_as_the_rules_that_it_stands_on() {
        for bundled in BundledPolicy::ALL {
            let policy = bundled.policy().unwrap();
            assert_eq!(policy.name, bundled.name());
            assert_eq!(policy.based_on, bundled.rules());
            assert_eq!(BundledPolicy::from_name(bundled.name()), Some(bundled));
        }
        assert_eq!(BundledPolicy::from_name("own"), None);
    }
}
