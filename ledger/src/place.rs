//! Where a ledger lies.

use std::path::PathBuf;
use std::str::FromStr;

/// Where a ledger lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a file of SQLite's.
    File(PathBuf),
    /// In a database of a PostgreSQL server, named by a URL in the form of libpq.
    Server(String),
}

/// The text names no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoPlace;

crate::facts::facts!(NoPlace);

impl FromStr for Place {
    type Err = NoPlace;

    /// Reads `sqlite:FILE` or `postgres://USER@HOST/DATABASE`.
    fn from_str(url: &str) -> Result<Self, NoPlace> {
        match url.strip_prefix("sqlite:") {
            Some(file) if !file.is_empty() => Ok(Self::File(file.into())),
            None if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
                Ok(Self::Server(url.to_owned()))
            }
            _ => Err(NoPlace),
        }
    }
}
