//! What file managers leave in archives and folders.

/// A file that file managers write beside the files they pack: the last component of its name, and
/// how its content begins. Both must be so, or a file could hide behind its name.
const DEBRIS: &[(Named, &[u8])] = &[
    // AppleDouble (RFC 1740), which macOS packs for every file.
    (Named::Prefix("._"), b"\x00\x05\x16\x07"),
    (Named::Exactly(".ds_store"), b"\x00\x00\x00\x01Bud1"),
    // A compound file of Windows.
    (Named::Exactly("thumbs.db"), b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
];

enum Named {
    Prefix(&'static str),
    Exactly(&'static str),
}

/// Whether a file is such debris, by its name and its content.
pub(super) fn is_debris(name: &str, bytes: &[u8]) -> bool {
    let name = name.rsplit('/').next().unwrap_or(name).to_ascii_lowercase();
    DEBRIS.iter().any(|(named, start)| {
        let named = match named {
            Named::Prefix(prefix) => name.starts_with(prefix),
            Named::Exactly(whole) => name == *whole,
        };
        named && bytes.starts_with(start)
    })
}
