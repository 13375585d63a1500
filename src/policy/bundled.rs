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

    /// What that file says, as it was parsed: `make facts` writes it anew.
    pub(super) const fn compiled(self) -> &'static [u8] {
        match self {
            Self::Csbr => include_bytes!("csbr.cbor"),
            Self::CsbrSigningService => include_bytes!("csbr-signing-service.cbor"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::BundledPolicy;
    use crate::encoding::yaml::Document;

    /// With `KEYPROOF_WRITE_COMPILED=1` they are written.
    #[test]
    #[allow(clippy::disallowed_methods, reason = "it writes files of the sources")]
    fn what_is_embedded_is_what_the_files_say() {
        let compiled = BundledPolicy::ALL.map(|bundled| {
            let text = bundled.yaml().as_bytes();
            (bundled, Document::parse("policy", text, 1 << 16).unwrap().compiled())
        });
        if std::env::var_os("KEYPROOF_WRITE_COMPILED").is_some() {
            for (bundled, octets) in &compiled {
                let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/policy");
                std::fs::write(format!("{folder}/{}.cbor", bundled.name()), octets).unwrap();
            }
        }
        for (bundled, octets) in compiled {
            assert!(octets == bundled.compiled(), "run `make facts`: {}", bundled.name());
        }
    }

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
