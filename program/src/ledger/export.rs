//! `keyproof ledger export`: the whole ledger as a folder of plain files, for who has no keyproof.

use std::path::Path;

use keyproof::encoding::hex::to_hex;
use keyproof_ledger::record::Entry;
use keyproof_ledger::tree;

use super::listing::write;
use super::store::{Ledger, PAGE};
use crate::exit::{Exit, Failure};
use crate::output::Destination;

const READ_ME: &str = include_str!("export.txt");

pub(super) fn run(
    ledger: &mut Ledger,
    folder: &Path,
    screen: &Destination,
) -> Result<Exit, Failure> {
    let verifier = format!("{}\n", ledger.verifier().text());
    let mut index =
        String::from("record,recorded_at,kind,operator,order,subscriber,summary,leaf_sha256\n");
    let mut count = 0_u64;
    ledger.read(|view| {
        let size = view.head().size;
        let mut from = 0;
        while from < size {
            for (id, body) in view.page(from)? {
                let leaf = view.with_hashes(|read| read(&[tree::stored_hash_index(0, id.0)]))?;
                let leaf = leaf.first().map(|hash| to_hex(&hash.0)).unwrap_or_default();
                let name = format!("records/{:08}.json", id.0);
                let Some(body) = body else {
                    index.push_str(&format!("{id},,pruned,,,,,{leaf}\n"));
                    continue;
                };
                let record = super::store::read_record(id, &body)?;
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
                index.push_str(&cells.map(|text| cell(&text)).join(","));
                index.push('\n');
                let mut files = vec![(name, body)];
                for sha256 in record.entry.contents() {
                    let path = folder.join(format!("contents/{sha256}"));
                    if !path.exists() {
                        files.push((format!("contents/{sha256}"), view.content(sha256)?));
                    }
                }
                write(folder, &files)?;
                count = count.saturating_add(1);
            }
            from = from.saturating_add(PAGE);
        }
        let files = [
            ("README.txt".to_owned(), READ_ME.as_bytes().to_vec()),
            ("index.csv".to_owned(), index.into_bytes()),
            ("checkpoint".to_owned(), view.checkpoint().to_vec()),
            ("verifier-key".to_owned(), verifier.into_bytes()),
        ];
        write(folder, &files)
    })?;
    screen.write(&format!("{count} records written to {}\n", crate::files::named(folder)))?;
    Ok(Exit::Done)
}

fn summary(entry: &Entry) -> String {
    match entry {
        Entry::Verdict(entry) => entry.verdict.id().to_owned(),
        Entry::Method(entry) => format!("method {}", entry.method),
        Entry::Settlement(entry) => format!("about {}", entry.about),
        Entry::Issuance(entry) => format!("about {}, serial {}", entry.about, entry.serial),
        Entry::Denial(entry) => entry.denied.term().value,
        Entry::Pruning(entry) => format!("{} records", entry.pruned.len()),
    }
}

/// A cell that no spreadsheet takes for a formula (OWASP, CSV injection), in quotes.
fn cell(text: &str) -> String {
    let text = keyproof::escape::visible(text).replace('"', "\"\"");
    let guard = if text.starts_with(['=', '+', '-', '@', '\t']) { "'" } else { "" };
    format!("\"{guard}{text}\"")
}
