//! What software tokens keep their keys in, and what hardware tokens hand out of theirs.

use super::Holds;
use super::ber::Value;
use crate::encoding::der::tag;
use crate::encoding::octets::Octets;

/// A database of SQLite (fileformat2.html 1.3), its write-ahead log (4.1) or its rollback journal
/// (3.1). NSS keeps keys in one (key4.db, sdb.c), and so do SoftHSM, where it was built so
/// (DBObject.cpp), and XCA.
pub(super) fn is_sqlite(bytes: &[u8]) -> bool {
    bytes.starts_with(b"SQLite format 3\0")
        || matches!(bytes, [0x37, 0x7f, 0x06, 0x82 | 0x83, 0, 0x2d, 0xe2, 0x18, ..])
        || bytes.starts_with(&[0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7])
}

/// A hash table of Berkeley DB 1.85, in which older NSS keeps keys (key3.db): HASHMAGIC and
/// HASHVERSION of lib/dbm/include/hash.h, in either order of octets.
pub(super) fn is_berkeley_db(bytes: &[u8]) -> bool {
    matches!(
        bytes,
        [0x00, 0x06, 0x15, 0x61, 0, 0, 0, 2, ..] | [0x61, 0x15, 0x06, 0x00, 2, 0, 0, 0, ..]
    )
}

/// An object of a SoftHSM token (File.cpp, ObjectFile.cpp): a generation, then attributes in order of
/// type, each with its type, its kind and its value; numbers have eight octets. CKA_CLASS is 0 and
/// comes first; a token's own file has no class and begins with CKA_OS_TOKENLABEL.
pub(super) fn softhsm(bytes: &[u8]) -> Option<Holds> {
    const NUMBER: u64 = 2;
    const OCTETS: u64 = 3;
    const CLASS: u64 = 0;
    const TOKEN_LABEL: u64 = 0x8000_5349;
    /// CKO_PRIVATE_KEY, CKO_SECRET_KEY.
    const KEYS: [u64; 2] = [3, 4];
    let mut file = Octets(bytes);
    let (_generation, attribute, kind) = (file.u64()?, file.u64()?, file.u64()?);
    match (attribute, kind) {
        (CLASS, NUMBER) if KEYS.contains(&file.u64()?) => Some(Holds::Key),
        // It has the key of its keys, under the PIN.
        (TOKEN_LABEL, OCTETS) => Some(Holds::Perhaps),
        _ => None,
    }
}

/// What `sc-hsm-tool --wrap-key` of OpenSC writes: a SEQUENCE of the wrapped key in an OCTET STRING,
/// its description (PrivateKeyType of PKCS #15: 30 RSA, A0 EC, A8 secret), and request or certificate,
/// which a secret key does not have.
pub(super) fn is_wrapped_key_file(bytes: &[u8]) -> bool {
    let Some((file, _)) = Value::take(bytes) else {
        return false;
    };
    // A card-verifiable object has a tag of two octets, which the last of these may be.
    let Some((key, rest)) = Value::take(file.content) else {
        return false;
    };
    let Some((description, rest)) = Value::take(rest) else {
        return false;
    };
    file.tag == tag::SEQUENCE
        && key.tag == tag::OCTET_STRING
        && matches!(description.tag, tag::SEQUENCE | 0xa0 | 0xa8)
        && (matches!(rest, [] | [tag::SEQUENCE | AUTHENTICATION, ..] | [0x7f, 0x21, ..]))
}

/// An authenticated request (BSI TR-03110-3 C.2.2).
const AUTHENTICATION: u8 = 0x67;

/// The wrapped key itself (CardContact's key blob): eight octets that name the wrapping key, a type,
/// and the identifier of a default algorithm of BSI TR-03110 (0.4.0.127.0.7.2.2) after its length in
/// two octets.
pub(super) fn is_wrapped_key(bytes: &[u8]) -> bool {
    let Some(description) = bytes.get(8..) else {
        return false;
    };
    matches!(
        description,
        [0x05 | 0x06 | 0x0c | 0x0f, 0, 0x0a, 0x04, 0x00, 0x7f, 0x00, 0x07, 0x02, 0x02, ..]
    )
}
