//! The databases that a ledger can lie in.

#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "postgres")]
mod server;
mod sql;
#[cfg(feature = "sqlite")]
mod sqlite;

pub(crate) use self::sql::{Database, Row, Types, Value, columns, only_row};
use crate::error::LedgerError;
use crate::place::Place;

/// A new database at `place`.
pub(crate) fn create(place: &Place) -> Result<Box<dyn Database>, LedgerError> {
    match place {
        #[cfg(feature = "sqlite")]
        Place::File(path) => Ok(Box::new(sqlite::Sqlite::create(path)?)),
        _ => open(place),
    }
}

/// The database at `place`.
pub(crate) fn open(place: &Place) -> Result<Box<dyn Database>, LedgerError> {
    match place {
        #[cfg(feature = "sqlite")]
        Place::File(path) => Ok(Box::new(sqlite::Sqlite::open(path)?)),
        #[cfg(feature = "postgres")]
        Place::Server(url) => Ok(Box::new(postgres::Postgres::connect(url)?)),
        #[cfg(not(all(feature = "sqlite", feature = "postgres")))]
        _ => Err(LedgerError::Unsupported),
    }
}
