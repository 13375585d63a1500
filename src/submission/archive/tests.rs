use super::super::zip_writer::{Written, deflated, stored, zip};
use super::{Bounds, Entry, is_zip, other_archive, unzip};
use crate::reason::ReasonCode;

const BOUNDS: Bounds = Bounds { entries: 4, entry_bytes: 1000, total_bytes: 2500 };

fn names(bytes: &[u8]) -> Vec<String> {
    unzip(bytes, BOUNDS).unwrap().into_iter().map(|entry| entry.name).collect()
}

fn code(bytes: &[u8]) -> ReasonCode {
    assert!(is_zip(bytes));
    unzip(bytes, BOUNDS).unwrap_err().code
}

fn one(entry: Written) -> ReasonCode {
    code(&zip(&[stored("request.pem", b"1"), entry]))
}

#[test]
fn stored_deflated_and_streamed_entries_are_read() {
    let text = b"attestation ".repeat(20);
    let archive = zip(&[
        stored("a/", b""),
        stored("a/1.pem", &text),
        deflated("a/2.pem", &text),
        deflated("3.pem", &text).streamed(),
    ]);
    let entry = |name: &str| Entry { name: name.to_owned(), bytes: text.clone() };
    assert_eq!(
        unzip(&archive, BOUNDS).unwrap(),
        [entry("a/1.pem"), entry("a/2.pem"), entry("3.pem")]
    );
    // The signature of a data descriptor is optional.
    let mut unsigned = deflated("3.pem", &text).streamed();
    unsigned.descriptor.drain(..4);
    assert_eq!(names(&zip(&[unsigned])), ["3.pem"]);
    assert_eq!(names(&zip(&[])), Vec::<String>::new());
}

#[test]
fn archives_of_another_writer_are_read() {
    use std::io::Write;
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    writer.add_directory("folder", options).unwrap();
    writer.start_file("folder/request.pem", options).unwrap();
    writer.write_all(b"request").unwrap();
    let stored = options.compression_method(zip::CompressionMethod::Stored);
    writer.start_file("attestation.pem", stored).unwrap();
    writer.write_all(b"attestation").unwrap();
    let bytes = writer.finish().unwrap().into_inner();
    assert_eq!(names(&bytes), ["folder/request.pem", "attestation.pem"]);
}

#[test]
fn names_that_leave_the_folder_are_refused() {
    for name in [
        &b"../x"[..],
        b"a/../../x",
        b"..",
        b"/etc/cron.d/x",
        b"..\\..\\x",
        b"a\\b",
        b"C:/x",
        b"c:x",
        b"a\0.pem",
        b"a\x1b[2J",
        b"a\nb",
        "a\u{85}b".as_bytes(),
        b"a\x7f",
        b"",
    ] {
        assert_eq!(one(stored(name, b"2")), ReasonCode::BundlePath, "{name:?}");
    }
    // The name that some readers prefer to the one in the header.
    let unicode = stored("a", b"2").with(|header| {
        header.extra = b"\x75\x70\x09\0\x01\0\0\0\0../x".to_vec();
    });
    assert_eq!(one(unicode), ReasonCode::BundlePath);
    assert_eq!(names(&zip(&[stored("...", b""), stored("a..b/.c", b"")])), ["...", "a..b/.c"]);
}

/// An entry as Windows PowerShell 5 names it.
fn of_windows(name: &[u8]) -> Written {
    stored(name, b"2").with(|header| header.made_by = 0)
}

#[test]
fn backslashes_of_windows_separate() {
    let entries = [of_windows(b"a\\b\\c.pem"), of_windows(b"d.pem"), of_windows(b"a/e.pem")];
    assert_eq!(names(&zip(&entries)), ["a/b/c.pem", "d.pem", "a/e.pem"]);
    let folder = of_windows(b"a\\").with(|header| (header.size, header.compressed) = (0, 0));
    let folder = Written { content: Vec::new(), ..folder }.with(|header| header.crc = 0);
    assert_eq!(names(&zip(&[folder])), Vec::<String>::new());
    let utf8 = of_windows("\u{e4}\\b".as_bytes()).with(|header| header.flags = 1 << 11);
    assert_eq!(names(&zip(&[utf8])), ["\u{e4}/b"]);

    for name in [
        &b"..\\x"[..],
        b"a\\..\\..\\x",
        b"\\x",
        b"\\\\server\\x",
        b"C:\\x",
        b"a\\b/c",
        // Half a character of code page 932.
        b"\x83\\b",
    ] {
        assert_eq!(one(of_windows(name)), ReasonCode::BundlePath, "{name:?}");
    }
    let twins = [of_windows(b"a\\b"), of_windows(b"a/B")];
    assert_eq!(code(&zip(&twins)), ReasonCode::BundleDuplicate);
}

#[test]
fn links_and_devices_are_refused() {
    for mode in [0o120_777_u32, 0o020_666, 0o060_666, 0o010_666, 0o140_777] {
        let entry = stored("a", b"/etc/passwd").with(|header| header.attributes = mode << 16);
        assert_eq!(one(entry), ReasonCode::BundleLink, "{mode:o}");
    }
    let reparse_point = stored("a", b"").with(|header| header.attributes = 0x400);
    assert_eq!(one(reparse_point), ReasonCode::BundleLink);
    let file = stored("a", b"").with(|header| header.attributes = 0o100_644 << 16);
    assert_eq!(names(&zip(&[file])), ["a"]);
}

#[test]
fn two_entries_of_one_name_are_refused() {
    for name in ["request.pem", "REQUEST.pem", "./request.pem", ".//Request.PEM"] {
        assert_eq!(one(stored(name, b"2")), ReasonCode::BundleDuplicate, "{name}");
    }
    let twins = [stored("\u{c4}", b"1"), stored("\u{e4}", b"2")];
    assert_eq!(code(&zip(&twins)), ReasonCode::BundleDuplicate);
}

#[test]
fn entries_are_counted_before_they_are_read() {
    let entries = |count: usize| -> Vec<_> {
        (0..count).map(|number| stored(number.to_string(), b"")).collect()
    };
    assert_eq!(names(&zip(&entries(4))).len(), 4);
    assert_eq!(code(&zip(&entries(5))), ReasonCode::BundleTooMany);
    assert_eq!(code(&zip(&entries(20_000))), ReasonCode::BundleTooMany);
}

#[test]
fn sizes_are_measured_not_believed() {
    assert_eq!(names(&zip(&[deflated("a", &[0; 1000])])), ["a"]);
    assert_eq!(one(deflated("a", &[0; 1001])), ReasonCode::BundleTooLarge);
    assert_eq!(one(stored("a", &[0; 1001])), ReasonCode::BundleTooLarge);
    // A bomb that says it is small.
    let bomb = deflated("a", &vec![0; 64 << 20]).with(|header| header.size = 10);
    assert_eq!(one(bomb), ReasonCode::BundleTooLarge);
    let larger = deflated("a", &[0; 100]).with(|header| header.size = 99);
    assert_eq!(one(larger), ReasonCode::BundleMalformed);
    let smaller = deflated("a", &[0; 100]).with(|header| header.size = 101);
    assert_eq!(one(smaller), ReasonCode::BundleMalformed);
    let three = ["a", "b", "c"].map(|name| deflated(name, &[0; 900]));
    assert_eq!(code(&zip(&three)), ReasonCode::BundleTooLarge);
    assert_eq!(names(&zip(&three[..2])), ["a", "b"]);
}

#[test]
fn headers_that_disagree_are_refused() {
    let correct = || deflated("a", &[7; 100]);
    let changes: [fn(&mut Written); 10] = [
        |entry| entry.local.name = b"b".to_vec(),
        |entry| entry.central.name = b"b".to_vec(),
        |entry| entry.local.size = 99,
        |entry| entry.local.compressed = 1,
        |entry| entry.local.compressed = 0,
        |entry| entry.local.crc ^= 1,
        |entry| entry.local.method = 0,
        |entry| entry.central.method = 0,
        |entry| entry.content.push(0),
        |entry| entry.content.truncate(1),
    ];
    for (position, change) in changes.into_iter().enumerate() {
        let mut entry = correct();
        change(&mut entry);
        assert_eq!(one(entry), ReasonCode::BundleMalformed, "{position}");
    }
    let changes: [fn(&mut Written); 5] = [
        |entry| entry.descriptor.clear(),
        |entry| entry.descriptor[0] ^= 1,
        |entry| entry.descriptor[4] ^= 1,
        |entry| entry.descriptor.push(0),
        |entry| entry.local.size = 99,
    ];
    for (position, change) in changes.into_iter().enumerate() {
        let mut entry = correct().streamed();
        change(&mut entry);
        assert_eq!(one(entry), ReasonCode::BundleMalformed, "streamed {position}");
    }
}

#[test]
fn encryption_other_methods_and_zip64_are_refused() {
    let correct = || deflated("a", &[7; 100]);
    for flag in [0, 4, 5, 6, 13, 15] {
        let entry = correct().with(|header| header.flags |= 1 << flag);
        assert_eq!(one(entry), ReasonCode::BundleMalformed, "{flag}");
    }
    for method in [1, 9, 12, 14, 93, 95, 99] {
        let entry = correct().with(|header| header.method = method);
        assert_eq!(one(entry), ReasonCode::BundleMalformed, "{method}");
    }
    for extra in [&b"\x01\0\x08\0AAAAAAAA"[..], b"\x01\0\0\0", b"\x0a\0\xff\0", b"\0"] {
        let entry = correct().with(|header| header.extra = extra.to_vec());
        assert_eq!(one(entry), ReasonCode::BundleMalformed, "{extra:?}");
    }
    let entry = correct().with(|header| header.size = u32::MAX);
    assert_eq!(one(entry), ReasonCode::BundleTooLarge);
}

#[test]
fn a_wrong_checksum_is_refused() {
    let entry = stored("a", b"2").with(|header| header.crc ^= 1);
    assert_eq!(one(entry), ReasonCode::BundleMalformed);
    let folder = stored("folder/", b"2");
    assert_eq!(one(folder), ReasonCode::BundleMalformed);
}

#[test]
fn every_byte_belongs_to_one_entry() {
    let archive = zip(&[stored("a", b"1"), deflated("b", b"2").streamed()]);
    assert_eq!(names(&archive), ["a", "b"]);
    for length in 4..archive.len() {
        assert_eq!(code(&archive[..length]), ReasonCode::BundleMalformed, "{length}");
    }
    for before in [&b"x"[..], b"-----BEGIN CERTIFICATE-----\n", b"\0\0\0\0", &archive] {
        assert_eq!(code(&[before, &archive].concat()), ReasonCode::BundleMalformed);
    }
    for after in [&b"x"[..], b"PK\x05\x06", &[0; 22]] {
        assert_eq!(code(&[&archive, after].concat()), ReasonCode::BundleMalformed);
    }
    // Entries that share their contents: the second header points to the first entry.
    let mut overlapping = zip(&[stored("a", b"1"), stored("a", b"1")]);
    let second = overlapping.len() - 22 - 47;
    overlapping[second + 42..second + 46].fill(0);
    overlapping[second + 46] = b'b';
    assert_eq!(code(&overlapping), ReasonCode::BundleMalformed);
}

#[test]
fn a_damaged_archive_is_never_read_as_another() {
    let archive = zip(&[stored("a", b"1"), deflated("b", &[7; 50]).streamed()]);
    let entries = unzip(&archive, BOUNDS).unwrap();
    let offsets = 0..archive.len() * 8;
    for bit in offsets {
        let mut damaged = archive.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        // Dates, versions, permissions and unused flags say nothing about the contents; a name may
        // become a folder's.
        if let Ok(read) = unzip(&damaged, BOUNDS) {
            assert!(read.iter().zip(&entries).all(|(one, other)| one.bytes == other.bytes));
            assert_eq!(read.len(), entries.len(), "bit {bit}");
        }
    }
}

#[test]
fn other_archives_are_known_by_name() {
    let mut tar = vec![0; 512];
    tar[257..262].copy_from_slice(b"ustar");
    assert!(other_archive(&tar).unwrap().contains("tar"));
    assert!(other_archive(b"Rar!\x1a\x07\x01\0").unwrap().contains("RAR"));
    assert_eq!(other_archive(b"-----BEGIN"), None);
}
