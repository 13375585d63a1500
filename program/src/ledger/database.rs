//! The little of SQL that the ledger needs, the same for both databases. Statements are constants of
//! ours with `$1`, `$2`, …; everything else is a bound value.

use crate::exit::Failure;

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
    fn run(&mut self, sql: &str) -> Result<(), Failure>;

    /// Runs a statement.
    fn execute(&mut self, sql: &'static str, values: &[Value]) -> Result<(), Failure>;

    /// The rows of a query.
    fn query(&mut self, sql: &'static str, values: &[Value]) -> Result<Vec<Row>, Failure>;

    /// Begins a transaction that sees one state and changes nothing.
    fn begin_reading(&mut self) -> Result<(), Failure>;

    /// Begins a transaction beside which nobody else writes.
    fn begin_writing(&mut self) -> Result<(), Failure>;

    /// Ends a transaction. When it returns, what was written outlives the loss of power.
    fn commit(&mut self) -> Result<(), Failure>;

    /// Ends a transaction; nothing of it stays.
    fn roll_back(&mut self);

    /// Puts what lies beside the main file into it, as far as nobody is reading.
    fn settle(&mut self) -> Result<(), Failure>;

    /// Finds damage that no row shows, to files or to the definitions of `tables`: sentences, each
    /// for one damage.
    fn damage(&mut self, tables: &[String]) -> Result<Vec<String>, Failure>;

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
    pub(crate) fn number(self) -> Result<i64, Failure> {
        match self {
            Self::Number(number) => Ok(number),
            other => Err(unexpected("a number", &other)),
        }
    }

    pub(crate) fn place(self) -> Result<u64, Failure> {
        u64::try_from(self.number()?).map_err(|_| unexpected("a place", &Self::Null))
    }

    pub(crate) fn text(self) -> Result<String, Failure> {
        match self {
            Self::Text(text) => Ok(text),
            other => Err(unexpected("a text", &other)),
        }
    }

    pub(crate) fn bytes(self) -> Result<Vec<u8>, Failure> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            other => Err(unexpected("bytes", &other)),
        }
    }

    pub(crate) fn optional_bytes(self) -> Result<Option<Vec<u8>>, Failure> {
        match self {
            Self::Null => Ok(None),
            other => other.bytes().map(Some),
        }
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

fn unexpected(expected: &str, found: &Value) -> Failure {
    let found = match found {
        Value::Number(_) => "a number",
        Value::Text(_) => "a text",
        Value::Bytes(_) => "bytes",
        Value::Null => "nothing",
    };
    damaged(format!("a column holds {found} in place of {expected}"))
}

/// The ledger is not as keyproof leaves it.
pub(crate) fn damaged(what: impl Into<String>) -> Failure {
    Failure::new(
        format!("the ledger is damaged: {}", what.into()),
        "Issue nothing on it; run `keyproof ledger verify`, and restore it from a copy.",
    )
}
