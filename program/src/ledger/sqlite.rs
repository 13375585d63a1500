//! The ledger in a file: SQLite in write-ahead mode, synchronised at every commit.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OpenFlags, ToSql};

use super::database::{Database, Row, Types, Value, damaged};
use crate::exit::Failure;
use crate::files::named;

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
    pub(crate) fn create(path: &Path) -> Result<Self, Failure> {
        // The file is ours alone from its first moment; SQLite takes an empty one for a new database.
        std::fs::File::create_new(path).map_err(|error| {
            Failure::new(
                format!("{} could not be made: {error}", named(path)),
                "Name a file that is not there yet, in a folder that is.",
            )
        })?;
        let database = Self::connect(path)?;
        database.set("PRAGMA journal_mode = WAL;")?;
        // The name of a new file lies in its folder.
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        std::fs::File::open(folder.unwrap_or(Path::new(".")))
            .and_then(|folder| folder.sync_all())
            .map_err(|error| {
                Failure::new(
                    format!("the folder of {} could not be synchronised: {error}", named(path)),
                    "Choose a disk that keeps what it is given.",
                )
            })?;
        Ok(database)
    }

    /// Opens the database of a file that is there.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let length = std::fs::metadata(path).map(|metadata| metadata.len());
        match length {
            Ok(0) => Err(damaged(format!("{} is empty", named(path)))),
            Ok(_) => Self::connect(path),
            Err(error) => Err(Failure::new(
                format!("{} could not be opened: {error}", named(path)),
                "Check the name, or make a ledger with `keyproof ledger init`.",
            )),
        }
    }

    fn connect(path: &Path) -> Result<Self, Failure> {
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
    fn fresh(tables: &[String]) -> Result<Self, Failure> {
        let path = PathBuf::from("a database in memory");
        let connection = Connection::open_in_memory().map_err(|error| failure(&path, &error))?;
        let mut database = Self { connection, path };
        database.run(&tables.join("; "))?;
        Ok(database)
    }

    /// Everything that is defined, its own indices included.
    fn definitions(&mut self) -> Result<Vec<Row>, Failure> {
        self.query("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name", &[])
    }

    /// Pragmas answer with rows, which nobody needs.
    fn set(&self, pragmas: &str) -> Result<(), Failure> {
        self.connection.execute_batch(pragmas).map_err(|error| failure(&self.path, &error))
    }
}

impl Database for Sqlite {
    fn run(&mut self, sql: &str) -> Result<(), Failure> {
        self.connection.execute_batch(sql).map_err(|error| failure(&self.path, &error))
    }

    fn execute(&mut self, sql: &'static str, values: &[Value]) -> Result<(), Failure> {
        let mut statement =
            self.connection.prepare_cached(sql).map_err(|error| failure(&self.path, &error))?;
        statement
            .execute(rusqlite::params_from_iter(values))
            .map(drop)
            .map_err(|error| failure(&self.path, &error))
    }

    fn query(&mut self, sql: &'static str, values: &[Value]) -> Result<Vec<Row>, Failure> {
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

    fn begin_reading(&mut self) -> Result<(), Failure> {
        self.run("BEGIN DEFERRED")
    }

    fn begin_writing(&mut self) -> Result<(), Failure> {
        self.run("BEGIN IMMEDIATE")
    }

    fn commit(&mut self) -> Result<(), Failure> {
        self.run("COMMIT")
    }

    fn roll_back(&mut self) {
        // A transaction that already ended has nothing to roll back.
        let _ = self.connection.execute_batch("ROLLBACK");
    }

    fn settle(&mut self) -> Result<(), Failure> {
        // Whether all of it was moved is in its answer; who needs to know looks at the log.
        self.set("PRAGMA wal_checkpoint(TRUNCATE)")
    }

    fn damage(&mut self, tables: &[String]) -> Result<Vec<String>, Failure> {
        let rows = self.query("PRAGMA integrity_check", &[])?;
        let texts = rows.into_iter().flatten().map(Value::text);
        let mut damage: Vec<String> = texts.collect::<Result<_, Failure>>()?;
        damage.retain(|text| text != "ok");
        // A trigger or a view that someone added, or a table that promises less than it did.
        if self.definitions()? != Self::fresh(tables)?.definitions()? {
            damage.push("the definitions of its tables are not those of keyproof".to_owned());
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

fn failure(path: &Path, error: &rusqlite::Error) -> Failure {
    let what = format!("{}: {error}", named(path));
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => damaged(what),
        Some(ErrorCode::DatabaseBusy) => Failure::new(
            format!("{what}: others kept writing"),
            "Try again; if it stays so, see which program holds the file.",
        ),
        Some(ErrorCode::DiskFull) => {
            Failure::new(what, "Make room on the disk; nothing was recorded.")
        }
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            Failure::new(what, "Check the rights of the file and of its folder.")
        }
        _ => Failure::new(what, "Nothing was recorded; see to the disk before you try again."),
    }
}
