//! What may happen to a ledger: power lost, disks that fail or are full, files cut off, bytes and rows
//! changed, many writers at once. In short by default, in full with KEYPROOF_FULL=1.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::ledger_fixture::{Backend, Fixture, backends, has, with_other_serial};
use crate::server::Server;
use crate::support::full;
use rusqlite::Connection;
use rusqlite::types::Value;

/// A small generator (SplitMix64, Steele and others 2014), so that a failure can be repeated.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut it = self.0;
        it = (it ^ (it >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((it ^ (it >> 31)) % sides as u64).unwrap()
    }
}

/// Verdicts of several kinds, an approval, an issuance and a denial.
fn furnished() -> Fixture {
    let it = Backend::Sqlite.ledger();
    it.simulate("one");
    it.simulate("two");
    assert_eq!(it.verify("one", "o-1", "acme").code, 5);
    assert_eq!(it.verify("one", "o-2", "other").code, 1);
    let done = |arguments: &[&str]| {
        let run = it.run(arguments);
        assert_eq!(run.code, 0, "{arguments:?}: {}", run.stderr);
    };
    it.record("one", "6", "o-3");
    done(&["ledger", "approve", "2", "--reason", "read it"]);
    done(&["gate", "one/attestation.pem", "--order", "o-3"]);
    done(&["ledger", "deny", "--subscriber", "third", "--reason", "misuse"]);
    it
}

/// One record more: a review, because the stranger's request named the same simulated unit.
fn one_more(it: &Fixture, order: &str) {
    let run = it.verify("two", order, "acme");
    assert_eq!(run.code, 3, "{}", run.stderr);
}

/// The file alone, with nothing left in the write-ahead log.
fn database(it: &Fixture) -> Vec<u8> {
    let connection = Connection::open(it.path("l.db")).unwrap();
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    drop(connection);
    assert!(!it.path("l.db-wal").exists());
    fs::read(it.path("l.db")).unwrap()
}

fn put(it: &Fixture, bytes: &[u8]) {
    for extra in ["l.db-wal", "l.db-shm"] {
        let _ = fs::remove_file(it.path(extra));
    }
    fs::write(it.path("l.db"), bytes).unwrap();
}

/// All that is stored: the tables, their rows, and their definitions.
fn stored(path: &Path) -> rusqlite::Result<BTreeMap<String, Vec<Vec<Value>>>> {
    let connection = Connection::open(path)?;
    let mut all = BTreeMap::new();
    for table in ["ledger", "record", "term", "hash", "content", "sqlite_schema"] {
        let mut statement = connection.prepare(&format!("SELECT * FROM {table}"))?;
        let columns = statement.column_count();
        let row = |row: &rusqlite::Row<'_>| (0..columns).map(|it| row.get(it)).collect();
        let rows: rusqlite::Result<Vec<Vec<Value>>> = statement.query_map([], row)?.collect();
        all.insert(table.to_owned(), rows?);
    }
    Ok(all)
}

#[test]
fn every_changed_value_and_every_removed_row_is_found() {
    let it = furnished();
    let whole = database(&it);
    let path = it.path("l.db");
    let tables = stored(&path).unwrap();
    let columns = BTreeMap::from([
        ("ledger", vec!["verifier", "checkpoint", "version"]),
        ("record", vec!["id", "body"]),
        ("term", vec!["facet", "value", "mark", "record"]),
        ("hash", vec!["place", "value"]),
        ("content", vec!["sha256", "body"]),
    ]);
    let mut changes = 0;
    let mut refused = |sql: &str, values: &[Value]| {
        put(&it, &whole);
        let connection = Connection::open(&path).unwrap();
        let changed = connection.execute(sql, rusqlite::params_from_iter(values)).unwrap();
        assert_eq!(changed, 1, "{sql}");
        drop(connection);
        let run = it.run(&["ledger", "verify"]);
        assert!([1, 4].contains(&run.code), "{sql} {values:?}: {}", run.stdout);
        changes += 1;
    };
    for (table, columns) in &columns {
        let rows = tables[*table].len();
        // Of the contents, facts are most; some are enough.
        let step = if full() { 1 } else { rows.div_ceil(8) };
        for row in (0..rows).step_by(step) {
            let at = format!(
                "WHERE rowid = (SELECT rowid FROM {table} ORDER BY rowid LIMIT 1 OFFSET {row})"
            );
            if *table != "ledger" {
                refused(&format!("DELETE FROM {table} {at}"), &[]);
            }
            for column in columns {
                let read = Connection::open(&path).unwrap();
                let before: Value = {
                    put(&it, &whole);
                    let sql = format!("SELECT {column} FROM {table} {at}");
                    read.query_row(&sql, [], |row| row.get(0))
                }
                .unwrap();
                drop(read);
                let after = match before {
                    Value::Integer(number) => Value::Integer(number + 1_000_000),
                    Value::Text(text) => Value::Text(format!("{text}x")),
                    Value::Blob(mut bytes) => {
                        let middle = bytes.len() / 2;
                        match bytes.get_mut(middle) {
                            Some(byte) => *byte ^= 1,
                            None => bytes.push(0),
                        }
                        Value::Blob(bytes)
                    }
                    other => panic!("{other:?}"),
                };
                refused(&format!("UPDATE {table} SET {column} = ?1 {at}"), &[after]);
            }
        }
    }
    let definitions = ["CREATE VIEW more AS SELECT 1", "CREATE INDEX more ON term (mark)"];
    for sql in definitions {
        put(&it, &whole);
        Connection::open(&path).unwrap().execute(sql, []).unwrap();
        let run = it.run(&["ledger", "verify"]);
        assert_eq!(run.code, 1, "{sql}");
        assert!(run.stdout.contains("definitions of its tables"), "{}", run.stdout);
    }
    let additions = [
        "INSERT INTO record (id, body) VALUES (99, x'00')",
        "INSERT INTO record (id, body) VALUES (-1, x'00')",
        "INSERT INTO term (facet, value, mark, record) VALUES ('order', 'o-9', '', 1)",
        "INSERT INTO term (facet, value, mark, record) VALUES ('order', 'o-9', '', -5000)",
        "INSERT INTO term (facet, value, mark, record) VALUES ('order', 'o-9', '', 5000)",
        "INSERT INTO hash (place, value) VALUES (99, x'00')",
        "INSERT INTO hash (place, value) VALUES (-1, x'00')",
        "INSERT INTO content (sha256, body) VALUES (x'00', x'00')",
        "INSERT INTO content (sha256, body) VALUES (x'', x'')",
        "UPDATE record SET body = NULL WHERE id = 1",
        "UPDATE record SET body = (SELECT body FROM record WHERE id = 0) WHERE id = 1",
    ];
    for sql in additions {
        refused(sql, &[]);
    }
    assert!(changes > 60, "{changes}");
    put(&it, &whole);
    assert_eq!(it.whole(), 6);
}

#[test]
fn a_ledger_that_was_set_back_does_not_continue_a_later_checkpoint() {
    let it = furnished();
    let before = database(&it);
    one_more(&it, "o-7");
    let checkpoint = it.run(&["ledger", "checkpoint"]).stdout;
    fs::write(it.path("kept-elsewhere"), &checkpoint).unwrap();
    let verify = || it.run(&["ledger", "verify", "--checkpoint", "kept-elsewhere"]);
    assert_eq!(verify().code, 0);
    put(&it, &before);
    assert_eq!(it.whole(), 6, "whole in itself");
    let run = verify();
    assert_eq!(run.code, 1);
    assert!(
        run.stdout.contains("the checkpoint has 7 records, the ledger only 6"),
        "{}",
        run.stdout
    );
    // And when others were written in their place.
    one_more(&it, "o-8");
    one_more(&it, "o-9");
    let run = verify();
    assert_eq!(run.code, 1);
    assert!(run.stdout.contains("are not those of the checkpoint"), "{}", run.stdout);
    // A ledger that someone made anew with a key of their own, against the key that was noted.
    let other = it.run(&[
        "ledger",
        "init",
        "--origin",
        "test.example/1",
        "--ledger",
        "sqlite:n.db",
        "--ledger-key",
        "n.key",
    ]);
    let noted = |said: &str| said.lines().find(|it| it.contains('+')).unwrap().trim().to_owned();
    let with = |key: &str| it.run(&["ledger", "verify", "--verifier-key", key]);
    let run = with(&noted(&other.stdout));
    assert_eq!(run.code, 1);
    assert!(run.stdout.contains("not the one that was noted"), "{}", run.stdout);
}

/// The gate does not believe a row that the signed head does not cover, whatever it is asked about.
#[test]
fn the_gate_believes_no_record_that_was_changed() {
    let it = Backend::Sqlite.ledger();
    it.simulate("one");
    assert_eq!(it.verify("one", "o-1", "acme").code, 5);
    assert_eq!(it.run(&["verify", "one", "--order", "o-1", "--subscriber", "acme"]).code, 1);
    assert_eq!(it.run(&["gate", "one/attestation.pem"]).code, 1, "a reject is the last word");
    let connection = Connection::open(it.path("l.db")).unwrap();
    let body: Vec<u8> =
        connection.query_row("SELECT body FROM record WHERE id = 1", [], |row| row.get(0)).unwrap();
    let body = String::from_utf8(body).unwrap();
    let forged = body.replace("\"verdict\":\"reject\"", "\"verdict\":\"accept\"");
    assert_ne!(forged, body);
    connection.execute("UPDATE record SET body = ?1 WHERE id = 1", [forged.into_bytes()]).unwrap();
    drop(connection);
    let run = it.run(&["gate", "one/attestation.pem"]);
    assert_eq!(run.code, 4, "{}", run.stdout);
    assert!(run.stderr.contains("not the one that was recorded"), "{}", run.stderr);
}

/// A byte of the file that stores something cannot change unseen. A file has bytes that store
/// nothing (SQLite leaves room in its pages): a change of such a byte is told from others by this,
/// that everything that is stored is the same as before.
#[test]
fn every_changed_byte_of_the_file_is_found_or_stores_nothing() {
    let it = furnished();
    let whole = database(&it);
    let tables = stored(&it.path("l.db")).unwrap();
    let changes = if full() { 10_000 } else { 150 };
    let mut dice = Dice(2026);
    let (mut found, mut nothing) = (0, 0);
    for _ in 0..changes {
        let place = dice.throw(whole.len());
        let bit = dice.throw(255) as u8 + 1;
        let mut changed = whole.clone();
        changed[place] ^= bit;
        put(&it, &changed);
        let run = it.run(&["ledger", "verify"]);
        if run.code != 0 {
            assert!([1, 4].contains(&run.code), "byte {place}: {}", run.code);
            found += 1;
            continue;
        }
        put(&it, &changed);
        let same = stored(&it.path("l.db")).is_ok_and(|after| after == tables);
        assert!(same, "byte {place} of {} changed by {bit:#04x} and was not found", whole.len());
        nothing += 1;
    }
    eprintln!("{changes} changes: {found} found, {nothing} of bytes that store nothing");
    assert!(found * 2 > changes, "{found} of {changes}");
}

/// With a seal there is no byte that may change: of the file as it was sealed, nothing is left over.
#[test]
fn every_changed_byte_of_a_sealed_file_is_found() {
    let it = furnished();
    let seal = it.run(&["ledger", "seal"]);
    assert_eq!(seal.code, 0, "{}", seal.stderr);
    fs::write(it.path("seal"), &seal.stdout).unwrap();
    let whole = database(&it);
    let verify = || it.run(&["ledger", "verify", "--checkpoint", "seal"]);
    let mut dice = Dice(2027);
    for _ in 0..if full() { 10_000 } else { 150 } {
        let place = dice.throw(whole.len());
        let bit = dice.throw(255) as u8 + 1;
        let mut changed = whole.clone();
        changed[place] ^= bit;
        put(&it, &changed);
        let run = verify();
        assert!([1, 4].contains(&run.code), "byte {place} changed by {bit:#04x}: {}", run.code);
    }
    put(&it, &whole);
    let run = verify();
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("every byte of the file is as it was sealed"), "{}", run.stdout);
}

/// The last records lie in the write-ahead log until SQLite moves them. Cut at every byte, the log
/// loses what was not complete, and nothing else.
#[test]
fn a_log_cut_at_any_byte_keeps_every_complete_record() {
    let it = furnished();
    database(&it);
    // Whoever has the file open keeps the log from being moved.
    let holder = Connection::open(it.path("l.db")).unwrap();
    let _: i64 = holder.query_row("SELECT count(*) FROM record", [], |row| row.get(0)).unwrap();
    let log = it.path("l.db-wal");
    let length = || fs::metadata(&log).map_or(0, |it| it.len());
    let mut ends = vec![(length(), 6_u64)];
    for number in 0..3 {
        one_more(&it, &format!("o-{number}"));
        ends.push((length(), 7 + number));
    }
    let database = fs::read(it.path("l.db")).unwrap();
    let whole = fs::read(&log).unwrap();
    assert!(ends.is_sorted() && ends[3].0 == whole.len() as u64, "{ends:?}");

    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("l.db");
    let step = if full() { 1 } else { 151 };
    let mut cuts: BTreeSet<usize> = (0..=whole.len()).step_by(step).collect();
    for (end, _) in &ends {
        let end = usize::try_from(*end).unwrap();
        cuts.extend(end.saturating_sub(40)..=(end + 40).min(whole.len()));
    }
    for (number, cut) in cuts.iter().enumerate() {
        let _ = fs::remove_file(folder.path().join("l.db-shm"));
        fs::write(&copy, &database).unwrap();
        fs::write(folder.path().join("l.db-wal"), &whole[..*cut]).unwrap();
        let complete = ends.iter().rfind(|(end, _)| *end <= *cut as u64).map_or(6, |it| it.1);
        let connection = Connection::open(&copy).unwrap();
        let records: i64 =
            connection.query_row("SELECT count(*) FROM record", [], |row| row.get(0)).unwrap();
        assert_eq!(u64::try_from(records).unwrap(), complete, "cut at {cut} of {}", whole.len());
        drop(connection);
        if number % 97 == 0 {
            let url = format!("sqlite:{}", copy.display());
            let run = it.run(&["ledger", "verify", "--ledger", &url]);
            assert_eq!(run.code, 0, "cut at {cut}: {}", run.stdout);
            let again = it.run(&[
                "verify",
                "two",
                "--trust-anchors",
                "two",
                "--subscriber",
                "acme",
                "--order",
                "o",
                "--ledger",
                &url,
            ]);
            assert_eq!(again.code, 3, "it can be written to again: {}", again.stderr);
        }
    }
}

/// Runs until it ends by itself or is killed after `patience`; the record that it acknowledged, if
/// it ended by itself.
fn until(mut child: Child, patience: Duration) -> Option<(u64, String)> {
    let start = std::time::Instant::now();
    loop {
        if child.try_wait().unwrap().is_some() {
            break;
        }
        if start.elapsed() > patience {
            child.kill().unwrap();
            break;
        }
        std::thread::sleep(Duration::from_micros(500));
    }
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    // Whoever reads a whole report has been told, whether the program was killed after it or not.
    let result: serde_json::Value = serde_json::from_str(&text).ok()?;
    Some((result["ledger"]["record"].as_u64().unwrap(), text))
}

fn spawn_verify(it: &Fixture, order: &str) -> Child {
    it.command(&[
        "verify",
        "one",
        "--trust-anchors",
        "one",
        "--format",
        "json",
        "--subscriber",
        "acme",
        "--order",
        order,
    ])
    .stdout(Stdio::piped())
    .stderr(Stdio::null())
    .spawn()
    .unwrap()
}

fn require_all(it: &Fixture, acknowledged: &BTreeMap<u64, String>) {
    assert!(it.whole() >= acknowledged.len() as u64);
    let step = (acknowledged.len() / 40).max(1);
    for (record, told) in acknowledged.iter().step_by(step) {
        let again = it.run(&["ledger", "show", &record.to_string()]);
        let (_, kept) = again.stdout.split_once("Result:\n").expect("the record is there");
        assert_eq!(kept.trim(), told.trim(), "record {record}");
    }
}

#[test]
fn whoever_is_killed_loses_nothing_that_was_acknowledged() {
    let times = if full() { 200 } else { 12 };
    for backend in backends() {
        let it = backend.ledger();
        it.simulate("one");
        let mut dice = Dice(9);
        let mut acknowledged = BTreeMap::new();
        // How long a whole run takes here, so that the kills fall everywhere within it.
        let start = std::time::Instant::now();
        until(spawn_verify(&it, "first"), Duration::from_secs(60));
        let span = usize::try_from(start.elapsed().as_micros()).unwrap();
        for number in 0..times {
            let children: Vec<Child> =
                (0..3).map(|_| spawn_verify(&it, &format!("o-{number}"))).collect();
            for child in children {
                let patience = Duration::from_micros(dice.throw(span * 2) as u64);
                acknowledged.extend(until(child, patience));
            }
        }
        assert!(!acknowledged.is_empty(), "some must have come to their end");
        require_all(&it, &acknowledged);
    }
}

#[test]
fn a_server_that_crashes_loses_nothing_that_was_acknowledged() {
    let times = if full() { 50 } else { 3 };
    let Some(server) = Server::start() else { return };
    let it = Backend::Postgres(server).ledger();
    it.simulate("one");
    let mut acknowledged = BTreeMap::new();
    for number in 0..times {
        let children: Vec<Child> =
            (0..3).map(|_| spawn_verify(&it, &format!("o-{number}"))).collect();
        std::thread::sleep(Duration::from_millis(20 + 13 * (number % 11)));
        it.server().crash();
        for child in children {
            acknowledged.extend(until(child, Duration::from_secs(60)));
        }
        it.server().launch();
    }
    let (record, told) = until(spawn_verify(&it, "last"), Duration::from_secs(60)).unwrap();
    acknowledged.insert(record, told);
    require_all(&it, &acknowledged);
}

/// Every write and every synchronisation of a run fails once; strace makes it so.
#[test]
fn a_disk_that_fails_or_is_full_gives_no_verdict_without_a_record() {
    if !has("strace", &["-e", "trace=none", "true"]) {
        return;
    }
    let it = Backend::Sqlite.ledger();
    it.simulate("one");
    assert_eq!(it.verify("one", "o-0", "acme").code, 5);
    let mut injected = 0;
    let faults = [
        ("fdatasync", "EIO"),
        ("fsync", "EIO"),
        ("pwrite64", "ENOSPC"),
        ("pwrite64", "EIO"),
        ("write", "ENOSPC"),
        ("ftruncate", "EIO"),
    ];
    for (call, error) in faults {
        for place in 1.. {
            let before = it.whole();
            let log = it.path("strace.log");
            let run = Command::new("strace")
                .args(["-f", "-o", &log.display().to_string(), "-e", &format!("trace={call}")])
                .args(["-e", &format!("inject={call}:error={error}:when={place}")])
                .arg(env!("CARGO_BIN_EXE_keyproof"))
                .args(["verify", "one", "--trust-anchors", "one", "--format", "json"])
                .args(["--subscriber", "acme", "--order", "o-1", "--ledger", &it.url])
                .args(["--ledger-key", "l.key", "--as", "Alice"])
                .current_dir(it.folder.path())
                .output()
                .unwrap();
            let was_injected = fs::read_to_string(&log).unwrap().contains("(INJECTED)");
            let after = it.whole();
            let at = format!("{call} {place} {error}");
            match run.status.code() {
                // What is said to be judged is kept.
                Some(5) => assert_eq!(after, before + 1, "{at}"),
                Some(4) => assert!(after <= before + 1, "{at}"),
                other => panic!("{at}: {other:?} {}", String::from_utf8_lossy(&run.stderr)),
            }
            injected += u32::from(was_injected);
            // The n-th call was not made any more; or, in short, enough were.
            if !was_injected || (!full() && place >= 6) {
                break;
            }
        }
    }
    assert!(injected >= 8, "{injected}");
    assert_eq!(it.verify("one", "o-2", "acme").code, 5, "and it goes on");
}

#[test]
fn many_writers_at_once_write_without_gaps() {
    let (writers, each) = if full() { (8, 10_000) } else { (4, 48) };
    for backend in backends() {
        let it = backend.ledger();
        it.simulate("one");
        let children: Vec<Child> = (0..writers)
            .map(|writer| {
                let list: String = (0..each)
                    .map(|number| {
                        format!(
                            "{{\"id\":\"{writer}-{number}\",\"files\":[\"one\"],\
                             \"order\":\"{writer}\",\"subscriber\":\"acme\"}}\n"
                        )
                    })
                    .collect();
                fs::write(it.path(&format!("{writer}.jsonl")), list).unwrap();
                let (list, results) = (format!("{writer}.jsonl"), format!("{writer}.out"));
                it.command(&[
                    "batch",
                    &list,
                    "--output",
                    &results,
                    "--trust-anchors",
                    "one",
                    "--jobs",
                    "1",
                ])
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
            })
            .collect();
        for child in children {
            let output = child.wait_with_output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(5), "{said}");
        }
        let mut records = BTreeSet::new();
        for writer in 0..writers {
            let results = fs::read_to_string(it.path(&format!("{writer}.out"))).unwrap();
            for line in results.lines() {
                let line: serde_json::Value = serde_json::from_str(line).unwrap();
                records.insert(line["result"]["ledger"]["record"].as_u64().unwrap());
            }
        }
        let all = u64::try_from(writers * each).unwrap();
        assert!(records.into_iter().eq(0..all), "each once, without gaps");
        assert_eq!(it.whole(), all);
    }
}

/// Three gates are asked at the same moment about three certificates for one order.
#[test]
fn of_three_gates_at_once_one_lets_its_certificate_pass() {
    let rounds: u64 = if full() { 300 } else { 6 };
    for backend in backends() {
        let it = backend.ledger();
        it.simulate("one");
        let certificates = ["0.der", "1.der", "2.der"];
        for (change, name) in (1..).zip(certificates) {
            let certificate = with_other_serial(&it.path("one/attestation.pem"), change);
            fs::write(it.path(name), certificate).unwrap();
        }
        let mut winners = BTreeSet::new();
        for round in 0..rounds {
            let (order, method) = (format!("o-{round}"), (round * 3).to_string());
            it.record("one", "6", &order);
            let approved = it.run(&["ledger", "approve", &method, "--reason", "read it"]);
            assert_eq!(approved.code, 0, "{}", approved.stderr);
            let gate = |certificate| {
                let mut gate = it.command(&["gate", certificate, "--order", &order]);
                gate.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
            };
            let gates = certificates.map(gate);
            let answers = gates.map(|gate| gate.wait_with_output().unwrap());
            for (number, answer) in answers.iter().enumerate() {
                let (said, why) = (&answer.stdout, String::from_utf8_lossy(&answer.stderr));
                if answer.status.code() == Some(0) {
                    winners.insert((round, number));
                    let expected = format!("may be issued on record {method}\n");
                    assert_eq!((said.as_slice(), &*why), (expected.as_bytes(), ""));
                } else {
                    assert_eq!(answer.status.code(), Some(1), "{why}");
                    assert!(why.contains("gate.already-used") && said.is_empty(), "{why}");
                }
            }
        }
        let passed: Vec<u64> = winners.iter().map(|(round, _)| *round).collect();
        assert!(passed.into_iter().eq(0..rounds), "one each: {winners:?}");
        // The method, the approval and one binding of each round.
        assert_eq!(it.whole(), rounds * 3);
    }
}
