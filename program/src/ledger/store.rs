//! The ledger as rows: records, the words they are found by, the hashes of the tree, contents by
//! their SHA-256, and the signed head. Everything that is written is written in one transaction with
//! the head that covers it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use keyproof::encoding::hex::Sha256;
use keyproof::time::Timestamp;
use keyproof_ledger::gate::CLOCK_TOLERANCE;
use keyproof_ledger::tree::{self, Hash, Head, SigningKey, TreeError, VerifierKey};
use keyproof_ledger::{Record, RecordId, Term};

use super::database::{Database, Row, Types, Value, damaged};
use super::postgres::Postgres;
use super::sqlite::Sqlite;
use crate::exit::Failure;
use crate::files::read_own_file;

/// The schema of the rows.
const SCHEMA: i64 = 1;

/// Rows read at a time, where all of a table are.
pub(crate) const PAGE: u64 = 1000;

/// The largest file that names a signing key, a verifier key or a checkpoint.
const MAX_KEY_BYTES: usize = 4096;

/// Records by their places, with their bodies; `None` for one that is pruned.
pub(crate) type Page = Vec<(RecordId, Option<Vec<u8>>)>;

/// Where a ledger lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    File(PathBuf),
    Server(String),
}

impl Place {
    /// Reads `sqlite:FILE` or `postgres://…`.
    pub(crate) fn parse(url: &str) -> Result<Self, String> {
        if let Some(file) = url.strip_prefix("sqlite:").filter(|file| !file.is_empty()) {
            return Ok(Self::File(file.into()));
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Server(url.to_owned()));
        }
        Err("a ledger is named as sqlite:FILE or postgres://USER@HOST/DATABASE".to_owned())
    }
}

/// A ledger that is open.
pub(crate) struct Ledger {
    database: Box<dyn Database>,
    verifier: VerifierKey,
}

impl Ledger {
    /// Makes an empty ledger whose heads `key` signs.
    pub(crate) fn create(place: &Place, key: &SigningKey) -> Result<Self, Failure> {
        let mut database: Box<dyn Database> = match place {
            Place::File(path) => Box::new(Sqlite::create(path)?),
            Place::Server(url) => Box::new(Postgres::connect(url)?),
        };
        let tables = tables(&database.types());
        let begin = if matches!(place, Place::File(_)) { "BEGIN IMMEDIATE" } else { "BEGIN" };
        let made = (|| {
            database.run(begin)?;
            database.run(&tables.join("; "))?;
            let checkpoint = key.sign(0, empty_root()?).map_err(tree_failure)?;
            database.execute(
                "INSERT INTO ledger (one, version, verifier, checkpoint) VALUES (1, $1, $2, $3)",
                &[Value::Number(SCHEMA), key.verifier().text().into(), Value::Bytes(checkpoint)],
            )?;
            database.commit()
        })();
        if let Err(failure) = made {
            database.roll_back();
            return Err(failure);
        }
        Ok(Self { database, verifier: key.verifier().clone() })
    }

    /// Opens the ledger at `place`.
    pub(crate) fn open(place: &Place) -> Result<Self, Failure> {
        let mut database: Box<dyn Database> = match place {
            Place::File(path) => Box::new(Sqlite::open(path)?),
            Place::Server(url) => Box::new(Postgres::connect(url)?),
        };
        let rows = database.query("SELECT version, verifier FROM ledger WHERE one = 1", &[])?;
        let [version, verifier] = only_row(rows)?;
        if version.number()? != SCHEMA {
            return Err(Failure::new(
                "the ledger was written by another version of keyproof",
                "Use that version, or a later one.",
            ));
        }
        let verifier = VerifierKey::from_text(&verifier.text()?).map_err(tree_failure)?;
        Ok(Self { database, verifier })
    }

    /// The key that its heads are verified with.
    pub(crate) fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// Refuses a signing key that is not of this ledger.
    pub(crate) fn require_key(&self, key: &SigningKey) -> Result<(), Failure> {
        if *key.verifier() == self.verifier {
            return Ok(());
        }
        Err(Failure::usage(
            "the signing key is not that of this ledger",
            format!("Name the key of {}.", self.verifier.origin()),
        ))
    }

    /// Puts what lies beside the main file of the database into it, as far as nobody is reading.
    pub(crate) fn settle(&mut self) -> Result<(), Failure> {
        self.database.settle()
    }

    /// Reads one state of the ledger, whatever others write meanwhile.
    pub(crate) fn read<T>(
        &mut self,
        work: impl FnOnce(&mut View<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.database.begin_reading()?;
        let (head, checkpoint) = self.head_or_end()?;
        let mut view = View { database: &mut *self.database, size: head.size, head, checkpoint };
        let done = work(&mut view);
        self.database.roll_back();
        done
    }

    /// Writes: all that `work` does becomes part of the ledger together, with the head that covers
    /// it, or nothing does. When this returns without a failure, it outlives the loss of power.
    pub(crate) fn write<T>(
        &mut self,
        key: &SigningKey,
        now: Timestamp,
        work: impl FnOnce(&mut Writer<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.require_key(key)?;
        self.database.begin_writing()?;
        let written = self.write_within(key, now, work);
        if written.is_err() {
            self.database.roll_back();
        }
        written
    }

    fn write_within<T>(
        &mut self,
        key: &SigningKey,
        now: Timestamp,
        work: impl FnOnce(&mut Writer<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let (head, checkpoint) = self.head()?;
        let mut view = View { database: &mut *self.database, size: head.size, head, checkpoint };
        // What is built on must be what was signed.
        if view.root()? != view.head.root {
            return Err(damaged("its tree is not the one that its checkpoint covers"));
        }
        view.require_time(now)?;
        let mut writer = Writer { view, now };
        let done = work(&mut writer)?;
        if writer.view.size == writer.view.head.size {
            // A question that changed nothing leaves the disk alone.
            self.database.roll_back();
            return Ok(done);
        }
        writer.finish(key)?;
        self.database.commit()?;
        Ok(done)
    }

    fn head_or_end(&mut self) -> Result<(Head, Vec<u8>), Failure> {
        self.head().inspect_err(|_| self.database.roll_back())
    }

    fn head(&mut self) -> Result<(Head, Vec<u8>), Failure> {
        let rows = self.database.query("SELECT checkpoint FROM ledger WHERE one = 1", &[])?;
        let [checkpoint] = only_row(rows)?;
        let checkpoint = checkpoint.bytes()?;
        let head = self.verifier.open(&checkpoint).map_err(tree_failure)?;
        Ok((head, checkpoint))
    }

    /// Damage to the files of the database that no row shows.
    pub(crate) fn damage(&mut self) -> Result<Vec<String>, Failure> {
        let tables = tables(&self.database.types());
        self.database.damage(&tables)
    }
}

/// The definitions of the tables.
fn tables(types: &Types) -> [String; 6] {
    let Types { number, bytes, table } = types;
    [
        format!(
            "CREATE TABLE ledger (one {number} PRIMARY KEY CHECK (one = 1), \
             version {number} NOT NULL, verifier TEXT NOT NULL, checkpoint {bytes} NOT NULL) {table}"
        ),
        format!("CREATE TABLE record (id {number} PRIMARY KEY, body {bytes}) {table}"),
        format!(
            "CREATE TABLE term (facet TEXT NOT NULL, value TEXT NOT NULL, mark TEXT NOT NULL, \
             record {number} NOT NULL, PRIMARY KEY (facet, value, mark, record)) {table}"
        ),
        "CREATE INDEX term_record ON term (record)".to_owned(),
        format!("CREATE TABLE hash (place {number} PRIMARY KEY, value {bytes} NOT NULL) {table}"),
        format!("CREATE TABLE content (sha256 {bytes} PRIMARY KEY, body {bytes} NOT NULL) {table}"),
    ]
}

/// One state of a ledger.
pub(crate) struct View<'a> {
    database: &'a mut dyn Database,
    /// The records, those among them that this transaction has written.
    size: u64,
    head: Head,
    checkpoint: Vec<u8>,
}

impl View<'_> {
    /// Its signed head.
    pub(crate) fn head(&self) -> &Head {
        &self.head
    }

    /// The note that signs it.
    pub(crate) fn checkpoint(&self) -> &[u8] {
        &self.checkpoint
    }

    /// The root over the hashes that are stored.
    pub(crate) fn root(&mut self) -> Result<Hash, Failure> {
        let size = self.size;
        self.with_hashes(|hashes| tree::root(size, hashes))
    }

    /// Runs `work` with a reader of the hashes of the tree.
    pub(crate) fn with_hashes<T>(
        &mut self,
        work: impl FnOnce(&tree::ReadHashes<'_>) -> Result<T, TreeError>,
    ) -> Result<T, Failure> {
        let database = std::cell::RefCell::new(&mut *self.database);
        let read = |indexes: &[u64]| -> Result<Vec<Hash>, TreeError> {
            let mut database = database.borrow_mut();
            indexes.iter().map(|index| read_hash(&mut **database, *index)).collect()
        };
        work(&read).map_err(tree_failure)
    }

    /// The bytes of a record; `None` once they are pruned.
    pub(crate) fn body(&mut self, id: RecordId) -> Result<Option<Vec<u8>>, Failure> {
        if id.0 >= self.size {
            return Err(Failure::new(
                format!("the ledger has no record {id}; it ends before {}", self.size),
                "See the records with `keyproof ledger list`.",
            ));
        }
        let rows = self.database.query("SELECT body FROM record WHERE id = $1", &[id.0.into()])?;
        let [body] = only_row(rows).map_err(|_| damaged(format!("record {id} is missing")))?;
        body.optional_bytes()
    }

    /// A record that the signed head covers, or that this transaction has written; `None` once it is
    /// pruned. Whoever can write to the database alone cannot have it say something else.
    pub(crate) fn record(&mut self, id: RecordId) -> Result<Option<Record>, Failure> {
        let Some(body) = self.body(id)? else {
            return Ok(None);
        };
        if id.0 < self.head.size {
            let head = self.head.clone();
            self.with_hashes(|hashes| tree::check_record(&head, id.0, &body, hashes))?;
        }
        read_record(id, &body).map(Some)
    }

    /// A record that must be there.
    pub(crate) fn present(&mut self, id: RecordId) -> Result<Record, Failure> {
        self.record(id)?.ok_or_else(|| {
            Failure::new(
                format!("record {id} was pruned at the end of its time"),
                "What remains of it is its place in the tree: see `keyproof ledger prove`.",
            )
        })
    }

    /// The records that have one of `terms`, in their order.
    pub(crate) fn find(
        &mut self,
        terms: impl IntoIterator<Item = Term>,
    ) -> Result<Vec<Record>, Failure> {
        let mut places = BTreeSet::new();
        for term in terms {
            let rows = self.database.query(
                "SELECT record FROM term WHERE facet = $1 AND value = $2 ORDER BY record",
                &[term.facet.id().into(), term.value.as_str().into()],
            )?;
            for row in rows {
                let [place] = columns(row)?;
                places.insert(RecordId(place.place()?));
            }
        }
        self.records(places)
    }

    /// Of the records before `before` that have one of `terms`, in their order, the last one of each
    /// [`Record::mark`]: as many as there are subscribers and orders, not as there are records.
    pub(crate) fn latest(
        &mut self,
        terms: impl IntoIterator<Item = Term>,
        before: RecordId,
    ) -> Result<Vec<Record>, Failure> {
        let mut places = BTreeSet::new();
        for term in terms {
            let mut mark = String::new();
            loop {
                let (facet, value) = (term.facet.id(), term.value.as_str());
                let rows = self.database.query(
                    "SELECT mark FROM term WHERE facet = $1 AND value = $2 AND mark > $3 \
                     ORDER BY mark LIMIT 1",
                    &[facet.into(), value.into(), mark.as_str().into()],
                )?;
                let Some(row) = rows.into_iter().next() else { break };
                let [next] = columns(row)?;
                mark = next.text()?;
                let rows = self.database.query(
                    "SELECT record FROM term WHERE facet = $1 AND value = $2 AND mark = $3 \
                     AND record < $4 ORDER BY record DESC LIMIT 1",
                    &[facet.into(), value.into(), mark.as_str().into(), before.0.into()],
                )?;
                for row in rows {
                    let [place] = columns(row)?;
                    places.insert(RecordId(place.place()?));
                }
            }
        }
        self.records(places)
    }

    /// Those of `places` that are not pruned.
    fn records(&mut self, places: BTreeSet<RecordId>) -> Result<Vec<Record>, Failure> {
        let records = places.into_iter().map(|id| self.record(id));
        records.filter_map(Result::transpose).collect()
    }

    /// The next records from `from` on, with their bodies.
    pub(crate) fn page(&mut self, from: u64) -> Result<Page, Failure> {
        let rows = self.database.query(
            "SELECT id, body FROM record WHERE id >= $1 AND id < $2 ORDER BY id",
            &[from.into(), from.saturating_add(PAGE).into()],
        )?;
        let pair = |row| {
            let [id, body] = columns(row)?;
            Ok((RecordId(id.place()?), body.optional_bytes()?))
        };
        rows.into_iter().map(pair).collect()
    }

    /// Each record that is not pruned, in order.
    pub(crate) fn each_record(
        &mut self,
        mut work: impl FnMut(&mut Self, Record) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut from = 0;
        while from < self.head.size {
            for (id, body) in self.page(from)? {
                if let Some(body) = body {
                    let record = read_record(id, &body)?;
                    work(self, record)?;
                }
            }
            from = from.saturating_add(PAGE);
        }
        Ok(())
    }

    /// A content, whose bytes are those of its name.
    pub(crate) fn content(&mut self, sha256: Sha256) -> Result<Vec<u8>, Failure> {
        let rows = self.database.query(
            "SELECT body FROM content WHERE sha256 = $1",
            &[sha256.as_bytes().as_slice().into()],
        )?;
        let [body] =
            only_row(rows).map_err(|_| damaged(format!("the content {sha256} is missing")))?;
        let body = body.bytes()?;
        if Sha256::of(&body) != sha256 {
            return Err(damaged(format!("the content {sha256} was changed")));
        }
        Ok(body)
    }

    /// Whether a content is kept.
    pub(crate) fn has_content(&mut self, sha256: Sha256) -> Result<bool, Failure> {
        let rows = self.database.query(
            "SELECT sha256 FROM content WHERE sha256 = $1",
            &[sha256.as_bytes().as_slice().into()],
        )?;
        Ok(!rows.is_empty())
    }

    /// Rows of the table `term` or `content` or `hash`, for who checks them all.
    pub(crate) fn rows(
        &mut self,
        sql: &'static str,
        values: &[Value],
    ) -> Result<Vec<Row>, Failure> {
        self.database.query(sql, values)
    }

    /// A clock that was set back must not write: what it wrote could not be told from the past.
    fn require_time(&mut self, now: Timestamp) -> Result<(), Failure> {
        let Some(last) = self.head.size.checked_sub(1) else {
            return Ok(());
        };
        let last = self.record(RecordId(last))?;
        match last.map(|record| record.recorded_at) {
            Some(then) if then > now.plus_seconds(CLOCK_TOLERANCE) => Err(Failure::new(
                format!("the clock shows {now}, and the last record was written at {then}"),
                "Set the clock; records are written in the order of time.",
            )),
            _ => Ok(()),
        }
    }
}

/// A transaction that writes.
pub(crate) struct Writer<'a> {
    view: View<'a>,
    now: Timestamp,
}

impl<'a> Writer<'a> {
    /// The ledger as it is, with what was written so far.
    pub(crate) fn view(&mut self) -> &mut View<'a> {
        &mut self.view
    }

    /// The place of the next record.
    pub(crate) fn next(&self) -> RecordId {
        RecordId(self.view.size)
    }

    /// The time of writing.
    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// Keeps a content, once however often it comes.
    pub(crate) fn keep(&mut self, bytes: &[u8]) -> Result<Sha256, Failure> {
        let sha256 = Sha256::of(bytes);
        self.view.database.execute(
            "INSERT INTO content (sha256, body) VALUES ($1, $2) ON CONFLICT (sha256) DO NOTHING",
            &[sha256.as_bytes().as_slice().into(), bytes.into()],
        )?;
        Ok(sha256)
    }

    /// Appends a record, whose place is [`Self::next`].
    pub(crate) fn append(&mut self, record: &Record) -> Result<(), Failure> {
        let id = self.next();
        let body = record.to_bytes().map_err(|error| damaged(error.to_string()))?;
        if record.id != id {
            return Err(damaged(format!("record {} in the place of {id}", record.id)));
        }
        let leaf = tree::record_hash(&body);
        let added = self.view.with_hashes(|hashes| tree::added_hashes(id.0, leaf, hashes))?;
        let first = tree::stored_hash_index(0, id.0);
        for (place, hash) in (first..).zip(added) {
            self.view.database.execute(
                "INSERT INTO hash (place, value) VALUES ($1, $2)",
                &[place.into(), hash.0.as_slice().into()],
            )?;
        }
        self.view.database.execute(
            "INSERT INTO record (id, body) VALUES ($1, $2)",
            &[id.0.into(), Value::Bytes(body)],
        )?;
        let mark = record.mark();
        for term in record.terms() {
            self.view.database.execute(
                "INSERT INTO term (facet, value, mark, record) VALUES ($1, $2, $3, $4)",
                &[
                    term.facet.id().into(),
                    term.value.as_str().into(),
                    mark.as_str().into(),
                    id.0.into(),
                ],
            )?;
        }
        self.view.size = self.view.size.saturating_add(1);
        Ok(())
    }

    /// Removes what a record held; its place in the tree stays.
    pub(crate) fn prune(&mut self, record: &Record) -> Result<(), Failure> {
        self.view
            .database
            .execute("UPDATE record SET body = NULL WHERE id = $1", &[record.id.0.into()])?;
        self.view.database.execute("DELETE FROM term WHERE record = $1", &[record.id.0.into()])
    }

    /// Removes a content that no record names any more.
    pub(crate) fn forget(&mut self, sha256: Sha256) -> Result<(), Failure> {
        self.view.database.execute(
            "DELETE FROM content WHERE sha256 = $1",
            &[sha256.as_bytes().as_slice().into()],
        )
    }

    fn finish(&mut self, key: &SigningKey) -> Result<(), Failure> {
        let root = self.view.root()?;
        let checkpoint = key.sign(self.view.size, root).map_err(tree_failure)?;
        self.view
            .database
            .execute("UPDATE ledger SET checkpoint = $1 WHERE one = 1", &[Value::Bytes(checkpoint)])
    }
}

/// Reads a signing key from its file.
pub(crate) fn read_signing_key(path: &Path) -> Result<SigningKey, Failure> {
    let bytes = read_own_file(path, MAX_KEY_BYTES)?;
    let text = String::from_utf8_lossy(&bytes);
    SigningKey::from_text(&text).map_err(|error| {
        Failure::new(
            format!("{}: {error}", crate::files::named(path)),
            "Name the file that `keyproof ledger init` made.",
        )
    })
}

/// Reads a checkpoint that was kept elsewhere.
pub(crate) fn read_checkpoint(path: &Path, verifier: &VerifierKey) -> Result<Head, Failure> {
    let bytes = read_own_file(path, MAX_KEY_BYTES)?;
    verifier.open(&bytes).map_err(|error| {
        Failure::new(
            format!("{}: {error}", crate::files::named(path)),
            "Name a checkpoint that `keyproof ledger checkpoint` wrote of this ledger.",
        )
    })
}

/// The values of a row of that many columns.
pub(crate) fn columns<const N: usize>(row: Row) -> Result<[Value; N], Failure> {
    row.try_into().map_err(|_| damaged("a row has other columns"))
}

fn only_row<const N: usize>(rows: Vec<Row>) -> Result<[Value; N], Failure> {
    let mut rows = rows.into_iter();
    match (rows.next(), rows.next()) {
        (Some(row), None) => columns(row),
        _ => Err(damaged("its one row is missing")),
    }
}

fn read_hash(database: &mut dyn Database, index: u64) -> Result<Hash, TreeError> {
    let rows = database
        .query("SELECT value FROM hash WHERE place = $1", &[index.into()])
        .map_err(|failure| TreeError::new(failure.what()))?;
    let missing = || TreeError::new(format!("hash {index} of the tree is missing"));
    let [value] = only_row(rows).map_err(|_| missing())?;
    let bytes = value.bytes().map_err(|_| missing())?;
    bytes.try_into().map(Hash).map_err(|_| missing())
}

pub(super) fn read_record(id: RecordId, bytes: &[u8]) -> Result<Record, Failure> {
    let record = Record::from_bytes(bytes)
        .map_err(|error| damaged(format!("record {id} cannot be read: {error}")))?;
    if record.id != id {
        return Err(damaged(format!("record {id} calls itself {}", record.id)));
    }
    Ok(record)
}

fn empty_root() -> Result<Hash, Failure> {
    tree::root(0, &|_| Ok(Vec::new())).map_err(tree_failure)
}

pub(crate) fn tree_failure(error: TreeError) -> Failure {
    damaged(error.to_string())
}
