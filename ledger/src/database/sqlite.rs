//! The ledger in a file: SQLite in write-ahead mode, synchronised at every commit.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OpenFlags, ToSql};

use super::sql::{Database, Row, Types, Value};
use crate::error::{Fault, FileCause, FileStep, LedgerError};

/// How long a writer waits for the others.
const PATIENCE: Duration = Duration::from_secs(120);

/// Statements kept ready; there are some twenty.
const STATEMENTS: usize = 64;

/// `synchronous = FULL`: every commit waits for the disk (sqlite.org/pragma.html).
/// `secure_delete`: what is pruned is overwritten. `cell_size_check`, `trusted_schema`: a file that
/// someone else wrote is read with care (sqlite.org/security.html).
const SETTINGS: &str = "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; \
     PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF; PRAGMA mmap_size = 0;";

pub(crate) struct Sqlite {
    connection: Connection,
    path: PathBuf,
}

impl Sqlite {
    /// Makes a database of its own in a file that is not there yet.
    pub(crate) fn create(path: &Path) -> Result<Self, LedgerError> {
        // The file is ours alone from its first moment; SQLite takes an empty one for a new database.
        std::fs::File::create_new(path).map_err(|error| unusable(FileStep::Make, path, error))?;
        let database = Self::connect(path)?;
        database.set("PRAGMA journal_mode = WAL;")?;
        // The name of a new file lies in its folder.
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        std::fs::File::open(folder.unwrap_or(Path::new(".")))
            .and_then(|folder| folder.sync_all())
            .map_err(|error| unusable(FileStep::Synchronise, path, error))?;
        Ok(database)
    }

    /// Opens the database of a file that is there.
    pub(crate) fn open(path: &Path) -> Result<Self, LedgerError> {
        let metadata =
            std::fs::metadata(path).map_err(|error| unusable(FileStep::Open, path, error))?;
        if metadata.len() == 0 {
            return Err(Fault::File { path: path.to_owned(), said: None }.into());
        }
        Self::connect(path)
    }

    fn connect(path: &Path) -> Result<Self, LedgerError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)
            .and_then(|connection| {
                connection.busy_timeout(PATIENCE)?;
                connection.set_prepared_statement_cache_capacity(STATEMENTS);
                Ok(connection)
            })
            .map_err(|error| failure(path, &error))?;
        let database = Self { connection, path: path.to_owned() };
        database.set(SETTINGS)?;
        Ok(database)
    }

    /// A database with those tables, in memory.
    fn fresh(tables: &[String]) -> Result<Self, LedgerError> {
        let path = PathBuf::from("a database in memory");
        let connection = Connection::open_in_memory().map_err(|error| failure(&path, &error))?;
        let mut database = Self { connection, path };
        database.run(&tables.join("; "))?;
        Ok(database)
    }

    /// Everything that is defined, its own indices included.
    fn definitions(&mut self) -> Result<Vec<Row>, LedgerError> {
        self.query("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name", &[])
    }

    /// Pragmas answer with rows, which nobody needs.
    fn set(&self, pragmas: &str) -> Result<(), LedgerError> {
        self.connection.execute_batch(pragmas).map_err(|error| failure(&self.path, &error))
    }
}

impl Database for Sqlite {
    fn run(&mut self, sql: &str) -> Result<(), LedgerError> {
        self.connection.execute_batch(sql).map_err(|error| failure(&self.path, &error))
    }

    fn execute(&mut self, sql: &'static str, values: &[Value]) -> Result<(), LedgerError> {
        let mut statement =
            self.connection.prepare_cached(sql).map_err(|error| failure(&self.path, &error))?;
        statement
            .execute(rusqlite::params_from_iter(values))
            .map(drop)
            .map_err(|error| failure(&self.path, &error))
    }

    fn query(&mut self, sql: &'static str, values: &[Value]) -> Result<Vec<Row>, LedgerError> {
        let rows = || -> rusqlite::Result<Vec<Row>> {
            let mut statement = self.connection.prepare_cached(sql)?;
            let columns = statement.column_count();
            let mut rows = statement.query(rusqlite::params_from_iter(values))?;
            let mut all = Vec::new();
            while let Some(row) = rows.next()? {
                let value = |column| row.get_ref(column).and_then(read);
                all.push((0..columns).map(value).collect::<rusqlite::Result<Row>>()?);
            }
            Ok(all)
        };
        rows().map_err(|error| failure(&self.path, &error))
    }

    fn begin_reading(&mut self) -> Result<(), LedgerError> {
        self.run("BEGIN DEFERRED")
    }

    fn begin_writing(&mut self) -> Result<(), LedgerError> {
        self.run("BEGIN IMMEDIATE")
    }

    fn begin_making(&mut self) -> Result<(), LedgerError> {
        self.begin_writing()
    }

    fn flush(&mut self) -> Result<(), LedgerError> {
        // Whether all of it was moved is in its answer; who needs to know looks at the log.
        self.set("PRAGMA wal_checkpoint(TRUNCATE)")
    }

    fn damage(&mut self, tables: &[String]) -> Result<Vec<Fault>, LedgerError> {
        let mut damage = Vec::new();
        for said in self.query("PRAGMA integrity_check", &[])?.into_iter().flatten() {
            let said = said.text()?;
            if said != "ok" {
                damage.push(Fault::Storage(said));
            }
        }
        // A trigger or a view that someone added, or a table that promises less than it did.
        if self.definitions()? != Self::fresh(tables)?.definitions()? {
            damage.push(Fault::Definitions);
        }
        Ok(damage)
    }

    fn types(&self) -> Types {
        Types { number: "INTEGER", bytes: "BLOB", table: "STRICT" }
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        Ok(rusqlite::types::ToSqlOutput::Borrowed(match self {
            Self::Number(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
            Self::Null => ValueRef::Null,
        }))
    }
}

fn read(value: ValueRef<'_>) -> rusqlite::Result<Value> {
    Ok(match value {
        ValueRef::Integer(number) => Value::Number(number),
        ValueRef::Text(_) => Value::Text(value.as_str()?.to_owned()),
        ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
        ValueRef::Null => Value::Null,
        ValueRef::Real(_) => {
            return Err(rusqlite::Error::FromSqlConversionFailure(
                0,
                rusqlite::types::Type::Real,
                "no column of a ledger is a real number".into(),
            ));
        }
    })
}

fn unusable(step: FileStep, path: &Path, error: std::io::Error) -> LedgerError {
    LedgerError::Io { step, path: path.to_owned(), error }
}

fn failure(path: &Path, error: &rusqlite::Error) -> LedgerError {
    let (path, said) = (path.to_owned(), error.to_string());
    let cause = match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            return Fault::File { path, said: Some(said) }.into();
        }
        Some(ErrorCode::DatabaseBusy) => FileCause::Busy,
        Some(ErrorCode::DiskFull) => FileCause::Full,
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            FileCause::Rights
        }
        _ => FileCause::Other,
    };
    LedgerError::File { path, cause, said }
}
