//! What somebody can do to a ledger who can write to its database and has no key: each is named.

use keyproof::policy::default_policy;
use keyproof_ledger::checkpoint::SigningKey;
use keyproof_ledger::list::Contents;
use keyproof_ledger::record::{Decision, Facet};
use keyproof_ledger::tree::TreeError;
use keyproof_ledger::{Fault, LedgerError, RecordId};

use crate::fixture::{Fixture, candidate, grounds, inputs, on_both};

type IsIt = fn(&Fault) -> bool;

/// Each change, how it is undone, and what is found.
const CHANGES: &[(&str, &str, IsIt)] = &[
    (
        "UPDATE record SET body = (SELECT body FROM kept_record WHERE id = 0) WHERE id = 1",
        "record",
        |fault| matches!(fault, Fault::RecordMisplaced { record: RecordId(1), says: RecordId(0) }),
    ),
    ("UPDATE record SET body = NULL WHERE id = 0", "record", |fault| {
        *fault == Fault::RecordEmpty(RecordId(0))
    }),
    ("DELETE FROM record WHERE id = 1", "record", |fault| {
        *fault == Fault::RecordMissing(RecordId(1))
    }),
    ("INSERT INTO record SELECT -1, body FROM kept_record WHERE id = 0", "record", |fault| {
        *fault == Fault::RecordBeyond(-1)
    }),
    (
        "UPDATE hash SET value = (SELECT value FROM kept_hash WHERE place = 0) WHERE place = 2",
        "hash",
        |fault| *fault == Fault::HashOther(2),
    ),
    ("DELETE FROM hash WHERE place = 1", "hash", |fault| *fault == Fault::HashMissingBefore(2)),
    ("INSERT INTO hash SELECT -1, value FROM kept_hash WHERE place = 0", "hash", |fault| {
        *fault == Fault::HashPlaceless || matches!(fault, Fault::HashCount { .. })
    }),
    ("DELETE FROM term WHERE facet = 'order' AND record = 0", "term", |fault| {
        *fault == Fault::TermMissing { record: RecordId(0), facet: Facet::Order }
    }),
    ("UPDATE term SET mark = 'x' WHERE record = 1", "term", |fault| {
        *fault == Fault::TermUnknown(1)
    }),
    ("INSERT INTO term VALUES ('order', 'o-9', '', 5000)", "term", |fault| {
        *fault == Fault::TermUnknown(5000)
    }),
    ("UPDATE content SET body = (SELECT checkpoint FROM ledger)", "content", |fault| {
        matches!(fault, Fault::ContentChanged(_))
    }),
    ("DELETE FROM content", "content", |fault| matches!(fault, Fault::ContentMissing(_))),
];

#[test]
fn every_change_of_a_row_is_named_and_undone_is_whole() {
    on_both(|it| {
        it.keep("o-1", "acme");
        it.open().settle(it.by("Bob"), RecordId(0), Decision::Approve, &grounds(&["x"])).unwrap();
        // Kept beside the ledger, where its tables are not: what an attacker would put back.
        let tables = ["record", "hash", "term", "content"];
        for table in tables {
            it.tamper(&format!("CREATE TABLE kept_{table} AS SELECT * FROM {table}"));
        }
        for (change, table, is_it) in CHANGES {
            it.tamper(change);
            let checked = it.open().check(None, &[]).unwrap();
            assert!(checked.faults.told.iter().any(is_it), "{change}: {:?}", checked.faults);
            it.tamper(&format!(
                "DELETE FROM {table}; INSERT INTO {table} SELECT * FROM kept_{table}"
            ));
        }
        for table in tables {
            it.tamper(&format!("DROP TABLE kept_{table}"));
        }
        assert_eq!(it.whole().records, 2);
    });
}

/// Nobody reads a record that the signed head does not cover, nor builds on one.
#[test]
fn a_changed_record_is_not_believed() {
    on_both(|it| {
        let result = it.verdict(&inputs(), "o-1", "acme");
        it.keep("o-1", "acme");
        // The first verdict in the place of the second, under the second's own number.
        it.tamper(
            "UPDATE record SET body = (SELECT body FROM record WHERE id = 0) WHERE id = 1;
             UPDATE term SET mark = mark",
        );
        let other = Fault::Tree(TreeError::OtherRecord(1));
        let shown = it.open().show(RecordId(1), 2, Contents::Result);
        assert!(matches!(shown, Err(LedgerError::Damaged(fault)) if fault == other));
        let policy = default_policy().unwrap();
        let decided = it.open().decide(it.by("gate"), &candidate(&result, "01"), None, &policy);
        assert!(matches!(decided, Err(LedgerError::Damaged(fault)) if fault == other));

        it.tamper(
            "UPDATE hash SET value = (SELECT value FROM hash WHERE place = 0) WHERE place = 2",
        );
        let written = it.open().prune(it.by("Alice"), 2);
        assert!(matches!(written, Err(LedgerError::Damaged(Fault::OtherTree))), "{written:?}");
        it.tamper("DELETE FROM hash WHERE place = 2");
        let written = it.open().prune(it.by("Alice"), 2);
        let missing = Fault::Tree(TreeError::HashMissing(2));
        assert!(matches!(written, Err(LedgerError::Damaged(fault)) if fault == missing));
    });
}

#[test]
fn a_ledger_that_was_set_back_or_made_anew_is_named() {
    on_both(|it| {
        it.keep("o-1", "acme");
        let mut ledger = it.open();
        let earlier = ledger.head().unwrap();
        it.keep("o-2", "acme");
        let later = ledger.head().unwrap();
        assert!(it.open().check(None, &[earlier, later.clone()]).unwrap().faults.is_empty());
        it.tamper("DELETE FROM ledger");
        let gone = ledger.checkpoint();
        assert!(matches!(gone, Err(LedgerError::Damaged(Fault::Row))), "{gone:?}");

        let other = SigningKey::from_seed("test.example/1", &[8; 32]).unwrap().0;
        let anew = Fixture::in_file();
        let noted = anew.open().check(Some(other.verifier()), &[later]).unwrap();
        let error = TreeError::Shorter { checkpoint: 2, ledger: 0 };
        let expected = [Fault::OtherVerifier, Fault::NotContinued { checkpoint: 0, error }];
        assert_eq!(noted.faults.told, expected);
    });
}
