//! What the PKCS #11 objects of a blob say: the key, and the attributes that tell where it was made
//! and whether it can leave.

use aws_lc_rs::digest;

use super::attribute_table::{self, Half};
use super::blob::Object;
use super::kind;
use crate::encoding::hex::to_hex;
use crate::encoding::oid::{self, Oid};
use crate::public_key::PublicKey;
use crate::reason::{Reason, ReasonCode};

/// CKO_PUBLIC_KEY, in one octet.
const PUBLIC_KEY: u8 = 2;

/// CKO_PRIVATE_KEY, in one octet.
const PRIVATE_KEY: u8 = 3;

/// OpenSSL's number of a curve (`obj_mac.h`), its identifier, and the octets of a coordinate.
/// Numbers 415 and 714 were seen on genuine keys.
const CURVES: [(u32, Oid<'static>, usize); 4] =
    [(415, oid::P256, 32), (714, oid::SECP256K1, 32), (715, oid::P384, 48), (716, oid::P521, 66)];

/// What one blob says of one key pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyPairStatement {
    pub(crate) public_key: PublicKey,
    /// The identifier: what the provider writes there.
    pub(crate) id: Vec<u8>,
    /// The label; hostile.
    pub(crate) label: Option<String>,
    pub(crate) flags: Flags,
    /// The attributes of the private object that are 1, by name.
    pub(crate) set: Vec<&'static str>,
    /// Attributes of either object whose meaning or value a person must weigh.
    pub(crate) doubts: Vec<Reason>,
    /// Where the objects contradict themselves or each other.
    pub(crate) contradictions: Vec<Reason>,
}

/// The attributes of the private object that are judged together. All of them stand on every genuine
/// one; those of the public object describe the public key and say nothing of this. What other
/// attributes say is judged one by one, in [`super::attribute_table`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Flags {
    pub(crate) local: bool,
    pub(crate) extractable: bool,
    pub(crate) never_extractable: bool,
    pub(crate) sensitive: bool,
    pub(crate) always_sensitive: bool,
    pub(crate) sign: bool,
    /// It can be given out in shares.
    pub(crate) splittable: bool,
    /// It is one.
    pub(crate) is_split: bool,
}

impl Flags {
    /// How the private key can be read outside, or could be once: wrapped, in clear, in shares.
    pub(crate) fn ways_out(self) -> Vec<String> {
        [
            (self.extractable, "EXTRACTABLE 1"),
            (!self.never_extractable, "NEVER_EXTRACTABLE 0"),
            (!self.sensitive, "SENSITIVE 0"),
            (!self.always_sensitive, "ALWAYS_SENSITIVE 0"),
            (self.splittable, "SPLITTABLE 1"),
            (self.is_split, "IS_SPLIT 1"),
        ]
        .into_iter()
        .filter(|(is_open, _)| *is_open)
        .map(|(_, name)| name.to_owned())
        .collect()
    }

    /// What PKCS #11 4.9 rules out: a history that the present contradicts, or a history of a key
    /// that was made elsewhere.
    fn contradictions(self) -> Vec<Reason> {
        let rule = |broken: bool, statement: &'static str| {
            broken.then(|| {
                Reason::new(ReasonCode::AttestationInconsistent).with("statement", statement)
            })
        };
        [
            rule(self.never_extractable && self.extractable, "NEVER_EXTRACTABLE and EXTRACTABLE"),
            rule(self.always_sensitive && !self.sensitive, "ALWAYS_SENSITIVE and not SENSITIVE"),
            rule(self.never_extractable && !self.local, "NEVER_EXTRACTABLE and not LOCAL"),
            rule(self.always_sensitive && !self.local, "ALWAYS_SENSITIVE and not LOCAL"),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// Reads the private object and, where there is one, the public object beside it.
///
/// # Errors
/// `attestation.malformed`, `attestation.extension-missing` or a reason of the key's encoding.
pub(crate) fn read_key_pair(
    private: &Object<'_>,
    public: Option<&Object<'_>>,
) -> Result<KeyPairStatement, Vec<Reason>> {
    let mut reasons = Vec::new();
    let mut flag = |attribute, name| keep(boolean(private, attribute, name), &mut reasons);
    let flags = Flags {
        local: flag(kind::LOCAL, "LOCAL"),
        extractable: flag(kind::EXTRACTABLE, "EXTRACTABLE"),
        never_extractable: flag(kind::NEVER_EXTRACTABLE, "NEVER_EXTRACTABLE"),
        sensitive: flag(kind::SENSITIVE, "SENSITIVE"),
        always_sensitive: flag(kind::ALWAYS_SENSITIVE, "ALWAYS_SENSITIVE"),
        sign: flag(kind::SIGN, "SIGN"),
        splittable: flag(kind::SPLITTABLE, "SPLITTABLE"),
        is_split: flag(kind::IS_SPLIT, "IS_SPLIT"),
    };
    let id: &[u8] = keep(required(private, kind::ID, "ID"), &mut reasons);
    let public_key = match public_key(private) {
        Ok(key) => Some(key),
        Err(reason) => {
            reasons.push(reason);
            None
        }
    };
    let Some(public_key) = public_key.filter(|_| reasons.is_empty()) else {
        return Err(reasons);
    };
    let mut contradictions = flags.contradictions();
    if !flags.sign {
        contradictions.push(ReasonCode::AttestationCannotSign.into());
    }
    contradictions.extend(check_values(private, Half::Private, &public_key));
    let mut doubts = attribute_table::doubts(private, Half::Private, &public_key);
    if let Some(public) = public {
        let read = compare_public(private, public, &public_key);
        contradictions.extend(read.contradictions);
        doubts.extend(read.doubts);
    }
    Ok(KeyPairStatement {
        public_key,
        id: id.to_vec(),
        label: private.attribute(kind::LABEL).map(padded_text),
        flags,
        set: attribute_table::set(private).collect(),
        doubts,
        contradictions,
    })
}

/// What a public object says beside the private one of its pair.
pub(crate) struct PublicObject {
    pub(crate) contradictions: Vec<Reason>,
    pub(crate) doubts: Vec<Reason>,
}

/// Reads the public object of a pair of that key.
pub(crate) fn compare_public(
    private: &Object<'_>,
    public: &Object<'_>,
    key: &PublicKey,
) -> PublicObject {
    let mut contradictions = check_values(public, Half::Public, key);
    contradictions.extend(differences(private, public));
    let mut doubts = attribute_table::doubts(public, Half::Public, key);
    if let Some(label) = public.attribute(kind::LABEL)
        && private.attribute(kind::LABEL) != Some(label)
    {
        doubts.push(
            Reason::new(ReasonCode::AttestationUnusualValue)
                .with("claim", "LABEL of the public object, which is not the private one's")
                .with("value", padded_text(label)),
        );
    }
    PublicObject { contradictions, doubts }
}

/// The value, or its default and the reason; a statement with reasons is not used.
fn keep<T: Default>(read: Result<T, Reason>, reasons: &mut Vec<Reason>) -> T {
    read.unwrap_or_else(|reason| {
        reasons.push(reason);
        T::default()
    })
}

/// The objects by their class: a private one, which must be the last, and a public one before it.
///
/// # Errors
/// A blob without exactly one private object in its place is not the attestation of a key pair.
pub(crate) fn by_class<'b, 'a>(
    objects: &'b [Object<'a>],
) -> Result<(&'b Object<'a>, Option<&'b Object<'a>>), Reason> {
    let class = |object| octet(object, kind::CLASS, "CLASS");
    let wrong = |statement: &'static str, class: u8| {
        Reason::new(ReasonCode::AttestationExtensionMissing)
            .with("statement", statement)
            .with("class", class.to_string())
    };
    match objects {
        [only] => match class(only)? {
            PRIVATE_KEY => Ok((only, None)),
            other => Err(wrong("private key object", other)),
        },
        [public, private] => match (class(public)?, class(private)?) {
            (PUBLIC_KEY, PRIVATE_KEY) => Ok((private, Some(public))),
            (PUBLIC_KEY, other) => Err(wrong("private key object", other)),
            (other, _) => Err(wrong("public key object in the first place", other)),
        },
        _ => Err(Reason::new(ReasonCode::AttestationExtensionMissing)
            .with("statement", "private key object")),
    }
}

/// Whether the one object is that of a public key.
pub(crate) fn is_public(object: &Object<'_>) -> bool {
    octet(object, kind::CLASS, "CLASS") == Ok(PUBLIC_KEY)
}

/// The text of a field that is filled up with NUL octets.
pub(crate) fn padded_text(value: &[u8]) -> String {
    let end = value.iter().rposition(|octet| *octet != 0).map_or(0, |last| last + 1);
    String::from_utf8_lossy(value.get(..end).unwrap_or_default()).into_owned()
}

fn required<'a>(object: &Object<'a>, kind: u32, name: &'static str) -> Result<&'a [u8], Reason> {
    object.attribute(kind).ok_or_else(|| {
        Reason::new(ReasonCode::AttestationExtensionMissing)
            .with("statement", name)
            .with("attribute", format!("0x{kind:04x}"))
    })
}

fn refuse(name: &'static str, fault: &'static str, value: &[u8]) -> Reason {
    let shown = value.get(..value.len().min(32)).unwrap_or_default();
    Reason::new(ReasonCode::AttestationMalformed)
        .with("statement", name)
        .with("fault", fault)
        .with("value", to_hex(shown))
}

fn octet(object: &Object<'_>, kind: u32, name: &'static str) -> Result<u8, Reason> {
    match required(object, kind, name)? {
        [octet] => Ok(*octet),
        other => Err(refuse(name, "not one octet", other)),
    }
}

/// A CK_BBOOL in one octet: 0 or 1 and nothing else.
fn boolean(object: &Object<'_>, kind: u32, name: &'static str) -> Result<bool, Reason> {
    match octet(object, kind, name)? {
        0 => Ok(false),
        1 => Ok(true),
        other => Err(refuse(name, "neither 0 nor 1", &[other])),
    }
}

fn number(object: &Object<'_>, kind: u32, name: &'static str) -> Result<u32, Reason> {
    let value = required(object, kind, name)?;
    let octets = value.try_into().map_err(|_| refuse(name, "not four octets", value))?;
    Ok(u32::from_be_bytes(octets))
}

/// The key of an object, from its numbers.
fn public_key(object: &Object<'_>) -> Result<PublicKey, Reason> {
    const RSA: u8 = 0;
    const EC: u8 = 3;
    let numbers = required(object, kind::MODULUS, "MODULUS")?;
    let size = number(object, kind::MODULUS_BITS, "MODULUS_BITS")?;
    match octet(object, kind::KEY_TYPE, "KEY_TYPE")? {
        RSA => {
            let bits = numbers.len().checked_mul(8).and_then(|bits| u32::try_from(bits).ok());
            if numbers.first().is_none_or(|first| first & 0x80 == 0) || bits != Some(size) {
                return Err(refuse("MODULUS", "not of the size that MODULUS_BITS says", numbers));
            }
            let exponent = required(object, kind::PUBLIC_EXPONENT, "PUBLIC_EXPONENT")?;
            if exponent.first().is_none_or(|first| *first == 0) {
                return Err(refuse("PUBLIC_EXPONENT", "not in its shortest form", exponent));
            }
            PublicKey::from_rsa_numbers(numbers, exponent)
        }
        EC => {
            let Some((_, curve, octets)) = CURVES.iter().find(|(known, ..)| *known == size) else {
                return Err(refuse(
                    "MODULUS_BITS",
                    "not a curve that is known",
                    &size.to_be_bytes(),
                ));
            };
            match numbers {
                [4, coordinates @ ..] if coordinates.len() == 2 * octets => {
                    PublicKey::from_curve_point(*curve, numbers)
                }
                _ => Err(refuse("MODULUS", "not an uncompressed point of the curve", numbers)),
            }
        }
        other => Err(refuse("KEY_TYPE", "neither RSA nor EC", &[other])),
    }
}

/// The key check values, where they stand: the first three octets of SHA-1, and SHA-256, each over
/// the SubjectPublicKeyInfo.
fn check_values(object: &Object<'_>, half: Half, key: &PublicKey) -> Vec<Reason> {
    let sha1 = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, key.spki());
    let sha256 = key.spki_sha256();
    let differs = |kind, name: &'static str, expected: &[u8]| {
        let stated = object.attribute(kind).filter(|stated| *stated != expected)?;
        let stated = stated.get(..stated.len().min(32)).unwrap_or_default();
        Some(
            Reason::new(ReasonCode::AttestationInconsistent)
                .with("statement", format!("{name} of the {}", half.name()))
                .with("stated", to_hex(stated))
                .with("computed", to_hex(expected)),
        )
    };
    let short = sha1.as_ref().get(..3).unwrap_or_default();
    [differs(kind::KCV, "KCV", short), differs(kind::EKCV, "EKCV", sha256.as_bytes())]
        .into_iter()
        .flatten()
        .collect()
}

/// What a private object and the public object of its pair must share.
fn differences(private: &Object<'_>, public: &Object<'_>) -> Vec<Reason> {
    const SHARED: [(u32, &str); 7] = [
        (kind::KEY_TYPE, "KEY_TYPE"),
        (kind::ID, "ID"),
        (kind::MODULUS, "MODULUS"),
        (kind::MODULUS_BITS, "MODULUS_BITS"),
        (kind::PUBLIC_EXPONENT, "PUBLIC_EXPONENT"),
        (kind::KCV, "KCV"),
        (kind::EKCV, "EKCV"),
    ];
    SHARED
        .into_iter()
        .filter(|(kind, _)| private.attribute(*kind) != public.attribute(*kind))
        .map(|(_, name)| {
            Reason::new(ReasonCode::AttestationInconsistent)
                .with("statement", format!("{name} of the public and the private object"))
        })
        .collect()
}
