//! The whole ledger as plain files, for who has no keyproof.

use std::collections::BTreeSet;

use keyproof::encoding::hex::to_hex;
use keyproof::escape::visible;

use crate::error::LedgerError;
use crate::record::{Entry, Record};
use crate::store::{Ledger, PAGE, read_record};
use crate::tree;

const READ_ME: &[u8] = include_bytes!("export.txt");

impl Ledger {
    /// Gives every file to `write`, by its name in the folder and its bytes, and says how many records
    /// there are among them.
    pub fn export<E: From<LedgerError>>(
        &mut self,
        mut write: impl FnMut(&str, &[u8]) -> Result<(), E>,
    ) -> Result<u64, E> {
        let verifier = format!("{}\n", self.verifier().text());
        let mut index =
            String::from("record,recorded_at,kind,operator,order,subscriber,summary,leaf_sha256\n");
        let mut count = 0_u64;
        let mut written = BTreeSet::new();
        self.read(|view| {
            let mut from = 0;
            while from < view.head().size {
                for (id, body) in view.page(from)? {
                    let leaf =
                        view.with_hashes(|read| read(&[tree::stored_hash_index(0, id.0)]))?;
                    let leaf = leaf.first().map(|hash| to_hex(&hash.0)).unwrap_or_default();
                    let Some(body) = body else {
                        index.push_str(&format!("{id},,pruned,,,,,{leaf}\n"));
                        continue;
                    };
                    let record = read_record(id, &body).map_err(LedgerError::from)?;
                    index.push_str(&line(&record, leaf));
                    write(&format!("records/{:08}.json", id.0), &body)?;
                    for sha256 in record.entry.contents() {
                        if written.insert(sha256) {
                            write(&format!("contents/{sha256}"), &view.content(sha256)?)?;
                        }
                    }
                    count = count.saturating_add(1);
                }
                from = from.saturating_add(PAGE);
            }
            write("README.txt", READ_ME)?;
            write("index.csv", index.as_bytes())?;
            write("checkpoint", view.checkpoint())?;
            write("verifier-key", verifier.as_bytes())?;
            Ok(count)
        })
    }
}

/// The line of the index about a record.
fn line(record: &Record, leaf: String) -> String {
    let cells = [
        record.id.to_string(),
        record.recorded_at.to_string(),
        record.entry.kind().to_owned(),
        record.operator.clone(),
        record.order.clone().unwrap_or_default(),
        record.subscriber.clone().unwrap_or_default(),
        summary(&record.entry),
        leaf,
    ];
    format!("{}\n", cells.map(|text| cell(&text)).join(","))
}

fn summary(entry: &Entry) -> String {
    match entry {
        Entry::Verdict(entry) => entry.verdict.id().to_owned(),
        Entry::Method(entry) => format!("method {}", entry.method),
        Entry::Settlement(entry) => format!("about {}", entry.about),
        Entry::Issuance(entry) => format!("about {}, serial {}", entry.about, entry.serial),
        Entry::Denial(entry) => entry.denied.term().value,
        Entry::Adoption(entry) => format!("facts {}", entry.serial),
        Entry::Pruning(entry) => format!("{} records", entry.pruned.len()),
    }
}

/// A cell that no spreadsheet takes for a formula (OWASP, CSV injection), in quotes.
fn cell(text: &str) -> String {
    let text = visible(text).replace('"', "\"\"");
    let guard = if text.starts_with(['=', '+', '-', '@', '\t']) { "'" } else { "" };
    format!("\"{guard}{text}\"")
}
