//! The little of SQL that the ledger needs, the same for both databases. Statements are constants of
//! ours with `$1`, `$2`, …; everything else is a bound value.

use crate::error::{Fault, LedgerError};

/// A value of a row or a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Number(i64),
    Text(String),
    Bytes(Vec<u8>),
    Null,
}

/// A row.
pub(crate) type Row = Vec<Value>;

/// A database that keeps a ledger.
pub(crate) trait Database: Send {
    /// Runs a statement of ours without values, as it stands but for the names of types.
    fn run(&mut self, sql: &str) -> Result<(), LedgerError>;

    /// Runs a statement.
    fn execute(&mut self, sql: &'static str, values: &[Value]) -> Result<(), LedgerError>;

    /// The rows of a query.
    fn query(&mut self, sql: &'static str, values: &[Value]) -> Result<Vec<Row>, LedgerError>;

    /// Begins a transaction that sees one state and changes nothing.
    fn begin_reading(&mut self) -> Result<(), LedgerError>;

    /// Begins a transaction beside which nobody else writes.
    fn begin_writing(&mut self) -> Result<(), LedgerError>;

    /// Begins the transaction in which the tables are made.
    fn begin_making(&mut self) -> Result<(), LedgerError>;

    /// Ends a transaction. When it returns, what was written outlives the loss of power.
    fn commit(&mut self) -> Result<(), LedgerError> {
        self.run("COMMIT")
    }

    /// Ends a transaction; nothing of it stays. One that already ended has nothing to roll back.
    fn roll_back(&mut self) {
        let _ = self.run("ROLLBACK");
    }

    /// Puts what lies beside the main file into it, as far as nobody is reading.
    fn flush(&mut self) -> Result<(), LedgerError>;

    /// Finds damage that no row shows, to files or to the definitions of `tables`.
    fn damage(&mut self, tables: &[String]) -> Result<Vec<Fault>, LedgerError>;

    /// The words of this database for types.
    fn types(&self) -> Types;
}

/// The words of a database for types.
pub(crate) struct Types {
    pub(crate) number: &'static str,
    pub(crate) bytes: &'static str,
    /// What follows the columns of a table.
    pub(crate) table: &'static str,
}

impl Value {
    pub(crate) fn number(self) -> Result<i64, Fault> {
        match self {
            Self::Number(number) => Ok(number),
            other => Err(other.in_place_of("a number")),
        }
    }

    pub(crate) fn place(self) -> Result<u64, Fault> {
        u64::try_from(self.number()?).map_err(|_| Self::Null.in_place_of("a place"))
    }

    pub(crate) fn text(self) -> Result<String, Fault> {
        match self {
            Self::Text(text) => Ok(text),
            other => Err(other.in_place_of("a text")),
        }
    }

    pub(crate) fn bytes(self) -> Result<Vec<u8>, Fault> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            other => Err(other.in_place_of("bytes")),
        }
    }

    pub(crate) fn optional_bytes(self) -> Result<Option<Vec<u8>>, Fault> {
        match self {
            Self::Null => Ok(None),
            other => other.bytes().map(Some),
        }
    }

    fn in_place_of(&self, expected: &'static str) -> Fault {
        let found = match self {
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::Bytes(_) => "bytes",
            Self::Null => "nothing",
        };
        Fault::Column { expected, found }
    }
}

impl From<u64> for Value {
    /// No ledger has 2^63 records; one that claims it finds nothing.
    fn from(number: u64) -> Self {
        Self::Number(i64::try_from(number).unwrap_or(-1))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Self {
        Self::Bytes(bytes.to_vec())
    }
}

/// The values of a row of that many columns.
pub(crate) fn columns<const N: usize>(row: Row) -> Result<[Value; N], Fault> {
    row.try_into().map_err(|_| Fault::Columns)
}

/// Those of the one row that there is.
pub(crate) fn only_row<const N: usize>(rows: Vec<Row>) -> Result<[Value; N], Fault> {
    let mut rows = rows.into_iter();
    match (rows.next(), rows.next()) {
        (Some(row), None) => columns(row),
        _ => Err(Fault::Row),
    }
}
