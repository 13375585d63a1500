//! How an error is shown.

/// An error is its facts: it is shown as they are called here, and put into sentences elsewhere. That
/// of a use case has a variant for the ledger's own.
macro_rules! facts {
    ($error:ty) => {
        impl std::fmt::Display for $error {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Debug::fmt(self, formatter)
            }
        }

        impl std::error::Error for $error {}
    };
    ($error:ty, or $ledger:ty) => {
        facts!($error);

        impl From<$ledger> for $error {
            fn from(error: $ledger) -> Self {
                Self::Ledger(error)
            }
        }
    };
}
pub(crate) use facts;
