//! The table of what is recognised besides the shapes of ASN.1: each row has the words for a reason,
//! whether a key is there for certain, and a function that looks. Beside the function stands where
//! the layout is published; `docs/private-keys.md` says which tool makes each in the tests.

use super::ber::Elements;
use super::{Holds, Recognised, anywhere, shapes};
use super::{bouncy_castle, java, openpgp, token_store, windows};

struct Row {
    format: &'static str,
    look: fn(&[u8]) -> Option<Holds>,
}

const fn row(format: &'static str, look: fn(&[u8]) -> Option<Holds>) -> Row {
    Row { format, look }
}

/// What means something at the start of a content alone.
const AT_START: [Row; 12] = [
    row("a Java keystore (JKS or JCEKS)", |it| java::contents(it)?.holds()),
    row("a Bouncy Castle keystore (BKS or UBER)", |it| bouncy_castle::contents(it)?.holds()),
    row("an OpenPGP secret key", |it| certain(openpgp::is_secret_key(it))),
    row("a PVK file", |it| certain(windows::is_pvk(it))),
    row("a CryptoAPI key blob", |it| certain(windows::is_capi(it))),
    row("a CNG key blob", |it| certain(windows::is_cng(it))),
    // PuTTY, import.c: SSHCOM_MAGIC_NUMBER.
    row("a private key of ssh.com", |it| certain(it.starts_with(&[0x3f, 0x6f, 0xf9, 0xeb]))),
    row("a SoftHSM token", token_store::softhsm),
    row("a key wrapped by a SmartCard-HSM", |it| {
        let wrapped = token_store::is_wrapped_key_file(it) || token_store::is_wrapped_key(it);
        wrapped.then_some(Holds::Wrapped)
    }),
    row("an SQLite database, as NSS and SoftHSM keep keys in", |it| {
        perhaps(token_store::is_sqlite(it))
    }),
    row("a Berkeley DB, as NSS keeps keys in", |it| perhaps(token_store::is_berkeley_db(it))),
    // OpenSSL, apps/enc.c: the form of a share of a device key encryption key, which
    // `sc-hsm-tool --create-dkek-share` writes.
    row("a file encrypted by password, as shares of SmartCard-HSM keys are", |it| {
        perhaps(it.starts_with(b"Salted__"))
    }),
];

/// What tells a key wherever it stands, and in which contents it is looked for.
const ANYWHERE: [(Looked, Row); 11] = [
    (Looked::Always, row("a PEM or OpenPGP block", |it| certain(anywhere::has_label(it)))),
    (Looked::Always, row("an OpenSSH private key", |it| certain(anywhere::is_openssh(it)))),
    (Looked::Marked, row("a PuTTY private key", |it| certain(anywhere::is_putty(it)))),
    (Looked::Marked, row("an age identity", |it| certain(anywhere::has_age_identity(it)))),
    (Looked::Marked, row("a DNSSEC private key", |it| certain(anywhere::is_dnssec(it)))),
    (
        Looked::Marked,
        row("a private key printed by OpenSSL", |it| certain(anywhere::is_printed_by_openssl(it))),
    ),
    (Looked::Marked, row("a GnuPG private key file", |it| certain(anywhere::is_gnupg(it)))),
    (Looked::Marked, row("a JSON Web Key", |it| certain(anywhere::has_jwk(it)))),
    (Looked::Marked, row("an XML key value", |it| certain(anywhere::has_xml_key(it)))),
    (Looked::Always, row("a file encrypted by age", |it| perhaps(anywhere::is_age_encrypted(it)))),
    (
        Looked::Always,
        row("a key file of Windows (DPAPI)", |it| perhaps(anywhere::has_data_protection_blob(it))),
    ),
];

/// In which contents a row is looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Looked {
    Always,
    /// In those with a mark that all these rows need ([`anywhere::has_mark`]).
    Marked,
}

fn certain(is_key: bool) -> Option<Holds> {
    is_key.then_some(Holds::Key)
}

fn perhaps(is_store: bool) -> Option<Holds> {
    is_store.then_some(Holds::Perhaps)
}

/// What a content is by how it begins.
pub(super) fn at_start(bytes: &[u8]) -> Option<Recognised> {
    // Values that follow one another, damaged ones too.
    let shaped = Elements(bytes).find_map(|value| shapes::of(&value));
    shaped.or_else(|| first(&AT_START, bytes))
}

/// What stands anywhere in a content.
pub(super) fn anywhere(bytes: &[u8]) -> Option<Recognised> {
    let marked = anywhere::has_mark(bytes);
    let rows = ANYWHERE.iter().filter(|(looked, _)| marked || *looked == Looked::Always);
    first(rows.map(|(_, row)| row), bytes)
}

fn first<'r>(rows: impl IntoIterator<Item = &'r Row>, bytes: &[u8]) -> Option<Recognised> {
    rows.into_iter()
        .find_map(|row| (row.look)(bytes).map(|holds| Recognised { format: row.format, holds }))
}
