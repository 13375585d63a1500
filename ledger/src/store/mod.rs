//! The ledger as rows: records, the words they are found by, the hashes of the tree, contents by
//! their SHA-256, and the signed head. Everything that is written is written in one transaction with
//! the head that covers it.

mod view;
mod writer;

pub(crate) use self::view::{PAGE, View, read_record};
pub(crate) use self::writer::Writer;
pub use self::writer::Writing;
use crate::checkpoint::{SigningKey, VerifierKey};
use crate::database::{self, Database, Types, Value, only_row};
use crate::error::{Fault, LedgerError};
use crate::place::Place;
use crate::tree::{self, Head};

/// The schema of the rows.
const SCHEMA: i64 = 1;

/// A ledger that is open.
pub struct Ledger {
    database: Box<dyn Database>,
    place: Place,
    verifier: VerifierKey,
}

impl Ledger {
    /// Makes an empty ledger whose heads `key` signs.
    pub fn create(place: &Place, key: &SigningKey) -> Result<Self, LedgerError> {
        let mut database = database::create(place)?;
        database.begin_making()?;
        let mut make = || {
            database.run(&tables(&database.types()).join("; "))?;
            let checkpoint = key.sign(0, tree::empty_root()?)?;
            database.execute(
                "INSERT INTO ledger (one, version, verifier, checkpoint) VALUES (1, $1, $2, $3)",
                &[Value::Number(SCHEMA), key.verifier().text().into(), Value::Bytes(checkpoint)],
            )?;
            database.commit()
        };
        let made: Result<(), LedgerError> = make();
        if let Err(error) = made {
            database.roll_back();
            return Err(error);
        }
        Ok(Self { database, place: place.clone(), verifier: key.verifier().clone() })
    }

    /// Opens the ledger at `place`.
    pub fn open(place: &Place) -> Result<Self, LedgerError> {
        let mut database = database::open(place)?;
        let rows = database.query("SELECT version, verifier FROM ledger WHERE one = 1", &[])?;
        let [version, verifier] = only_row(rows)?;
        if version.number()? != SCHEMA {
            return Err(LedgerError::OtherSchema);
        }
        let verifier = VerifierKey::from_text(&verifier.text()?)?;
        Ok(Self { database, place: place.clone(), verifier })
    }

    /// Where it lies.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The key that its heads are verified with.
    pub fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// Its signed head, as it is to be kept elsewhere.
    pub fn checkpoint(&mut self) -> Result<Vec<u8>, LedgerError> {
        self.read(|view| Ok(view.checkpoint().to_vec()))
    }

    /// What that says.
    pub fn head(&mut self) -> Result<Head, LedgerError> {
        self.read(|view| Ok(view.head().clone()))
    }

    /// Refuses a signing key that is not of this ledger.
    pub(crate) fn require_key(&self, key: &SigningKey) -> Result<(), LedgerError> {
        if *key.verifier() == self.verifier {
            return Ok(());
        }
        Err(LedgerError::OtherKey(self.verifier.origin().to_owned()))
    }

    /// Puts what lies beside the main file of the database into it, as far as nobody is reading.
    pub(crate) fn flush(&mut self) -> Result<(), LedgerError> {
        self.database.flush()
    }

    /// Damage to the files of the database that no row shows.
    pub(crate) fn damage(&mut self) -> Result<Vec<Fault>, LedgerError> {
        let tables = tables(&self.database.types());
        self.database.damage(&tables)
    }

    /// Reads one state of the ledger, whatever others write meanwhile.
    pub(crate) fn read<T, E: From<LedgerError>>(
        &mut self,
        work: impl FnOnce(&mut View<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.database.begin_reading()?;
        let head = self.signed_head();
        let done = head.map_err(E::from).and_then(|(head, checkpoint)| {
            work(&mut View::new(&mut *self.database, head, checkpoint))
        });
        self.database.roll_back();
        done
    }

    /// Writes: all that `work` does becomes part of the ledger together, with the head that covers
    /// it, or nothing does. When this returns without an error, it outlives the loss of power.
    pub(crate) fn write<T, E: From<LedgerError>>(
        &mut self,
        by: Writing<'_>,
        work: impl FnOnce(&mut Writer<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.require_key(by.key)?;
        self.database.begin_writing()?;
        let written = self.write_within(by, work);
        if written.is_err() {
            self.database.roll_back();
        }
        written
    }

    fn write_within<T, E: From<LedgerError>>(
        &mut self,
        by: Writing<'_>,
        work: impl FnOnce(&mut Writer<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let (head, checkpoint) = self.signed_head()?;
        let mut writer = Writer::new(View::new(&mut *self.database, head, checkpoint), by)?;
        let done = work(&mut writer)?;
        if writer.finish()? {
            self.database.commit()?;
        } else {
            // A question that changed nothing leaves the disk alone.
            self.database.roll_back();
        }
        Ok(done)
    }

    fn signed_head(&mut self) -> Result<(Head, Vec<u8>), LedgerError> {
        let rows = self.database.query("SELECT checkpoint FROM ledger WHERE one = 1", &[])?;
        let [checkpoint] = only_row(rows)?;
        let checkpoint = checkpoint.bytes()?;
        Ok((self.verifier.open(&checkpoint)?, checkpoint))
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
