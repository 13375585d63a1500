//! The ledger that several gates share: PostgreSQL.

use std::collections::BTreeMap;

use postgres::types::{ToSql, Type};
use postgres::{Client, Statement};

use super::server::{self, words};
use super::sql::{Database, Row, Types, Value};
use crate::error::{Fault, LedgerError};

pub(crate) struct Postgres {
    client: Client,
    statements: BTreeMap<&'static str, Statement>,
}

impl Postgres {
    /// Connects to `url`, in the form of libpq.
    pub(crate) fn connect(url: &str) -> Result<Self, LedgerError> {
        let client = server::connect(url)?;
        let mut database = Self { client, statements: BTreeMap::new() };
        // What a server or a role may have set otherwise.
        database.run("SET synchronous_commit = on; SET client_encoding = 'UTF8';")?;
        for (setting, sql) in
            [("fsync", "SHOW fsync"), ("full_page_writes", "SHOW full_page_writes")]
        {
            let rows = database.query(sql, &[])?;
            if rows != [[Value::Text("on".to_owned())]] {
                return Err(LedgerError::Unsafe(setting));
            }
        }
        Ok(database)
    }

    fn prepared(&mut self, sql: &'static str) -> Result<Statement, LedgerError> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(sql).map_err(|error| failure(&error))?;
        self.statements.insert(sql, statement.clone());
        Ok(statement)
    }
}

impl Database for Postgres {
    fn run(&mut self, sql: &str) -> Result<(), LedgerError> {
        self.client.batch_execute(sql).map_err(|error| failure(&error))
    }

    fn execute(&mut self, sql: &'static str, values: &[Value]) -> Result<(), LedgerError> {
        let statement = self.prepared(sql)?;
        self.client.execute(&statement, &bound(values)).map(drop).map_err(|error| failure(&error))
    }

    fn query(&mut self, sql: &'static str, values: &[Value]) -> Result<Vec<Row>, LedgerError> {
        let statement = self.prepared(sql)?;
        let rows =
            self.client.query(&statement, &bound(values)).map_err(|error| failure(&error))?;
        rows.iter().map(read).collect()
    }

    fn begin_reading(&mut self) -> Result<(), LedgerError> {
        self.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    }

    fn begin_writing(&mut self) -> Result<(), LedgerError> {
        // The lock comes before the first look, so that this look sees what the last writer left.
        self.run("BEGIN ISOLATION LEVEL READ COMMITTED; LOCK TABLE ledger IN EXCLUSIVE MODE")
    }

    fn begin_making(&mut self) -> Result<(), LedgerError> {
        self.run("BEGIN")
    }

    fn flush(&mut self) -> Result<(), LedgerError> {
        // What lies where is the server's matter.
        Ok(())
    }

    fn damage(&mut self, _: &[String]) -> Result<Vec<Fault>, LedgerError> {
        // Its own files are PostgreSQL's to watch over; every row is read by the caller.
        Ok(Vec::new())
    }

    fn types(&self) -> Types {
        Types { number: "BIGINT", bytes: "BYTEA", table: "" }
    }
}

/// Only bytes are ever nothing.
const NO_BYTES: Option<Vec<u8>> = None;

fn bound(values: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    values.iter().map(bind).collect()
}

fn bind(value: &Value) -> &(dyn ToSql + Sync) {
    match value {
        Value::Number(number) => number,
        Value::Text(text) => text,
        Value::Bytes(bytes) => bytes,
        Value::Null => &NO_BYTES,
    }
}

fn read(row: &postgres::Row) -> Result<Row, LedgerError> {
    let columns = row.columns().iter().enumerate();
    columns
        .map(|(place, column)| {
            let value = match *column.type_() {
                Type::INT8 => row.try_get::<_, Option<i64>>(place).map(|it| it.map(Value::Number)),
                Type::BYTEA => {
                    row.try_get::<_, Option<Vec<u8>>>(place).map(|it| it.map(Value::Bytes))
                }
                _ => row.try_get::<_, Option<String>>(place).map(|it| it.map(Value::Text)),
            };
            value.map(|it| it.unwrap_or(Value::Null)).map_err(|error| failure(&error))
        })
        .collect()
}

fn failure(error: &postgres::Error) -> LedgerError {
    LedgerError::Server(words(error))
}
