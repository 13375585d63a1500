//! Every attribute that an object of a blob can have, and how its value is judged by itself. What is in
//! no row, and every value that no row allows, is for a person to weigh; nothing is passed over.
//!
//! The names up to 0x1003, and those of 0x80000002 upwards to 0x80000180, are of Marvell's list (“Software
//! Key Attestation”, as six public copies have it), those of the other PKCS #11 numbers of PKCS #11. The
//! rest has no published name. Values are those of ten genuine objects of both providers, and those that
//! by the meaning of the attribute can only take a right away (`docs/formats/google-cloud-hsm.md`).

use super::blob::Object;
use super::kind;
use crate::encoding::hex::to_hex;
use crate::public_key::{KeyMaterial, PublicKey};
use crate::reason::{Reason, ReasonCode};

/// Which object of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Half {
    Private,
    Public,
}

impl Half {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Private => "private object",
            Self::Public => "public object",
        }
    }
}

/// How the value of an attribute is judged.
#[derive(Clone, Copy, Debug)]
enum Judged {
    /// With others, where it is read: [`super::attributes`].
    Elsewhere,
    /// One of these, of which none lets the key out.
    OneOf(&'static [&'static [u8]]),
    /// Four octets: how long the value of the object is.
    ValueLength,
    /// Four octets: how long the five numbers are with which an RSA key is used faster.
    CrtLength,
    /// Four octets: how the key was made, by its kind.
    Generation,
    /// No genuine object of that half has it.
    Absent,
}

/// An attribute.
struct Row {
    kind: u32,
    name: &'static str,
    private: Judged,
    public: Judged,
}

const fn row(kind: u32, name: &'static str, private: Judged, public: Judged) -> Row {
    Row { kind, name, private, public }
}

const NO: Judged = Judged::OneOf(&[&[0]]);
const YES: Judged = Judged::OneOf(&[&[1]]);
const EITHER: Judged = Judged::OneOf(&[&[0], &[1]]);
/// CKA_TOKEN: 1 of Azure's, 2 of Google's.
const TOKEN: Judged = Judged::OneOf(&[&[1], &[2]]);
/// 0 of Azure's, 2 of Google's.
const EXTENDED: Judged = Judged::OneOf(&[&[0; 8], &[0, 0, 0, 0, 0, 0, 0, 2]]);
const ALL_ONES: Judged = Judged::OneOf(&[&[0xff; 4]]);
/// The mechanisms that a use of the key is restricted to.
const MECHANISMS: Judged = {
    const VALUE: [u8; 32] = {
        let mut value = [0; 32];
        value[31] = 0xff;
        value
    };
    Judged::OneOf(&[&VALUE])
};

use Judged::{Absent, CrtLength, Elsewhere, Generation, ValueLength};

/// In order of type.
const TABLE: &[Row] = &[
    row(kind::CLASS, "CLASS", Elsewhere, Elsewhere),
    row(0x0001, "TOKEN", TOKEN, TOKEN),
    row(0x0002, "PRIVATE", YES, YES),
    row(kind::LABEL, "LABEL", Elsewhere, Elsewhere),
    row(0x0086, "TRUSTED", NO, NO),
    row(kind::KEY_TYPE, "KEY_TYPE", Elsewhere, Elsewhere),
    row(kind::ID, "ID", Elsewhere, Elsewhere),
    row(kind::SENSITIVE, "SENSITIVE", Elsewhere, NO),
    row(0x0104, "ENCRYPT", NO, EITHER),
    row(0x0105, "DECRYPT", EITHER, NO),
    row(0x0106, "WRAP", NO, EITHER),
    row(0x0107, "UNWRAP", EITHER, NO),
    row(kind::SIGN, "SIGN", Elsewhere, NO),
    row(0x0109, "SIGN_RECOVER", NO, NO),
    row(0x010a, "VERIFY", NO, EITHER),
    row(0x010b, "VERIFY_RECOVER", NO, NO),
    row(0x010c, "DERIVE", NO, NO),
    row(kind::MODULUS, "MODULUS", Elsewhere, Elsewhere),
    row(kind::MODULUS_BITS, "MODULUS_BITS", Elsewhere, Elsewhere),
    row(kind::PUBLIC_EXPONENT, "PUBLIC_EXPONENT", Elsewhere, Elsewhere),
    row(0x0161, "VALUE_LEN", ValueLength, ValueLength),
    row(kind::EXTRACTABLE, "EXTRACTABLE", Elsewhere, YES),
    row(kind::LOCAL, "LOCAL", Elsewhere, YES),
    row(kind::NEVER_EXTRACTABLE, "NEVER_EXTRACTABLE", Elsewhere, NO),
    row(kind::ALWAYS_SENSITIVE, "ALWAYS_SENSITIVE", Elsewhere, NO),
    row(0x0166, "KEY_GEN_MECHANISM", Generation, Generation),
    row(0x0170, "MODIFIABLE", EITHER, EITHER),
    row(0x0172, "DESTROYABLE", EITHER, EITHER),
    row(kind::KCV, "KCV", Elsewhere, Elsewhere),
    row(0x0202, "ALWAYS_AUTHENTICATE", EITHER, Absent),
    row(0x0210, "WRAP_WITH_TRUSTED", EITHER, EITHER),
    row(0x0300, "0x0300", ALL_ONES, ALL_ONES),
    row(0x0301, "0x0301", ALL_ONES, ALL_ONES),
    row(0x0302, "0x0302", ALL_ONES, ALL_ONES),
    row(0x0303, "0x0303", ALL_ONES, ALL_ONES),
    row(0x0304, "0x0304", ALL_ONES, ALL_ONES),
    row(0x0308, "0x0308", ALL_ONES, ALL_ONES),
    row(0x1000, "EXT_ATTR1", EXTENDED, EXTENDED),
    row(kind::EKCV, "EKCV", Elsewhere, Elsewhere),
    row(0x1000_01f5, "0x100001f5", NO, NO),
    row(0x8000_0000, "0x80000000", CrtLength, Absent),
    row(kind::SPLITTABLE, "SPLITTABLE", Elsewhere, NO),
    row(kind::IS_SPLIT, "IS_SPLIT", Elsewhere, NO),
    row(0x8000_0004, "0x80000004", YES, YES),
    row(0x8000_0174, "ENCRYPT_KEY_MECHANISMS", MECHANISMS, MECHANISMS),
    row(0x8000_0175, "DECRYPT_KEY_MECHANISMS", MECHANISMS, MECHANISMS),
    row(0x8000_0176, "SIGN_KEY_MECHANISMS", MECHANISMS, MECHANISMS),
    row(0x8000_0177, "VERIFY_KEY_MECHANISMS", MECHANISMS, MECHANISMS),
    row(0x8000_0178, "WRAP_KEY_MECHANISMS", MECHANISMS, MECHANISMS),
    row(0x8000_0179, "UNWRAP_KEY_MECHANISMS", MECHANISMS, MECHANISMS),
    row(0x8000_0180, "DERIVE_KEY_MECHANISMS", MECHANISMS, MECHANISMS),
    row(0xf000_000d, "0xf000000d", YES, NO),
    row(0xf000_000f, "0xf000000f", YES, NO),
];

/// What of an object a person must weigh.
pub(crate) fn doubts(object: &Object<'_>, half: Half, key: &PublicKey) -> Vec<Reason> {
    object
        .attributes()
        .filter_map(|(kind, value)| {
            let about = |code: ReasonCode, name: String| {
                let shown = value.get(..value.len().min(32)).unwrap_or_default();
                Reason::new(code)
                    .with("claim", format!("{name} of the {}", half.name()))
                    .with("value", to_hex(shown))
            };
            let Some(row) = TABLE.iter().find(|row| row.kind == kind) else {
                return Some(about(ReasonCode::AttestationUnknownClaim, format!("{kind:#06x}")));
            };
            let judged = match half {
                Half::Private => row.private,
                Half::Public => row.public,
            };
            (!judged.allows(value, half, key))
                .then(|| about(ReasonCode::AttestationUnusualValue, row.name.to_owned()))
        })
        .collect()
}

/// The attributes that are 1, by name.
pub(crate) fn set<'o>(object: &'o Object<'_>) -> impl Iterator<Item = &'static str> + 'o {
    let flags = object.attributes().filter(|(_, value)| *value == [1]);
    flags.filter_map(|(kind, _)| TABLE.iter().find(|row| row.kind == kind).map(|row| row.name))
}

/// Every attribute with its value, to be shown.
pub(crate) fn describe(object: &Object<'_>) -> Vec<String> {
    let shown = |(kind, value): (u32, &[u8])| {
        let name = TABLE.iter().find(|row| row.kind == kind).map(|row| row.name.to_owned());
        let name = name.unwrap_or_else(|| format!("{kind:#06x} (unknown)"));
        format!("{name} {}", to_hex(value.get(..value.len().min(32)).unwrap_or_default()))
    };
    object.attributes().map(shown).collect()
}

impl Judged {
    fn allows(self, value: &[u8], half: Half, key: &PublicKey) -> bool {
        let number = || value.try_into().ok().map(u32::from_be_bytes);
        match self {
            Self::Elsewhere => true,
            Self::OneOf(values) => values.contains(&value),
            Self::ValueLength => number().is_some_and(|it| is_value_length(it, half, key)),
            Self::CrtLength => number().is_some_and(|it| Some(it) == crt_length(key)),
            Self::Generation => number().is_some_and(|it| Some(it) == generation(key)),
            Self::Absent => false,
        }
    }
}

/// CKM_RSA_X9_31_KEY_PAIR_GEN and CKM_EC_KEY_PAIR_GEN (PKCS #11 A).
fn generation(key: &PublicKey) -> Option<u32> {
    match key.material() {
        KeyMaterial::Rsa { .. } => Some(0x0a),
        KeyMaterial::Ec { .. } => Some(0x1040),
        KeyMaterial::Ed25519(_) | KeyMaterial::Other => None,
    }
}

/// Five numbers of half the modulus each.
fn crt_length(key: &PublicKey) -> Option<u32> {
    let KeyMaterial::Rsa { modulus, .. } = key.material() else { return None };
    u32::try_from(modulus.len().checked_mul(5)? / 2).ok()
}

/// How much shorter the encoding of an RSA key can be for numbers that begin with zeros. Three in four
/// keys differ by some octets.
const SHORTER: u32 = 32;

/// A private object has the length of its PKCS #8 encoding; a public one that of its point, or twice
/// that of its modulus.
fn is_value_length(stated: u32, half: Half, key: &PublicKey) -> bool {
    let length = |octets: usize| u32::try_from(octets).unwrap_or(u32::MAX);
    match (key.material(), half) {
        (KeyMaterial::Rsa { modulus, .. }, Half::Public) => {
            stated == length(modulus.len().saturating_mul(2))
        }
        (KeyMaterial::Ec { point, .. }, Half::Public) => stated == length(point.len()),
        (KeyMaterial::Rsa { modulus, exponent }, Half::Private) => {
            let longest = length(rsa_private_key_info(modulus.len(), exponent.len()));
            (longest.saturating_sub(SHORTER)..=longest).contains(&stated)
        }
        (KeyMaterial::Ec { point, .. }, Half::Private) => {
            // Seen for P-256; with OpenSSL's encoding, for the other curves.
            matches!((point.len(), stated), (65, 135 | 138) | (97, 185) | (133, 241))
        }
        (KeyMaterial::Ed25519(_) | KeyMaterial::Other, _) => false,
    }
}

/// The most octets of a PrivateKeyInfo (RFC 5208 5) of an RSA key (RFC 8017 A.1.2).
fn rsa_private_key_info(modulus: usize, exponent: usize) -> usize {
    let element = |content: usize| {
        let header = match content {
            0..0x80 => 2,
            0x80..0x100 => 3,
            _ => 4,
        };
        content.saturating_add(header)
    };
    // Each number may need an octet for its sign.
    let number = |octets: usize| element(octets.saturating_add(1));
    let halves = number(modulus.div_ceil(2)).saturating_mul(5);
    let long = number(modulus).saturating_mul(2);
    let version = 3_usize;
    let numbers = [version, long, number(exponent), halves];
    let key = element(numbers.into_iter().fold(0, usize::saturating_add));
    let algorithm = 15_usize;
    element(element(key).saturating_add(version).saturating_add(algorithm))
}

#[cfg(test)]
mod tests {
    use super::{TABLE, rsa_private_key_info};

    #[test]
    fn every_type_has_one_row_in_order() {
        assert!(TABLE.is_sorted_by(|one, other| one.kind < other.kind));
    }

    /// Three genuine keys have 1219 (2048 bits) and 2376 (4096 bits) octets.
    #[test]
    fn an_rsa_key_is_as_long_as_genuine_ones_are() {
        for (octets, seen) in [(256, 1219), (512, 2376)] {
            let longest = rsa_private_key_info(octets, 3);
            assert!((seen..seen + 8).contains(&longest), "{longest}");
        }
    }
}
