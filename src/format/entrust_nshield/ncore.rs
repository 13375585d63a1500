//! nCore marshalling: words of 32 bits, least significant octet first, and what is built of them
//! (`docs/formats/entrust-nshield.md`).

use num_bigint::BigUint;

use super::fault::Fault;
use crate::encoding::octets::Octets;
use crate::encoding::oid;
use crate::public_key::{Curve, PublicKey};
use crate::reason::Reason;
use crate::signature::DsaKey;
use crate::trust::{StatementKey, StatementSignature};

/// Octets of the largest number read: RSA with 8192 bits.
const LONGEST_NUMBER: usize = 1024;

/// The hash by which nCore names a key: SHA-1.
pub(super) type KeyHash = [u8; 20];

/// Mechanisms of signatures: DSA with SHA-256, and ECDSA with SHA-512 by a key on P-521.
pub(super) const DSA_SHA256: u32 = 170;
pub(super) const ECDSA_SHA512: u32 = 187;

const CUT_OFF: Fault = Fault::Malformed("cut off");

/// Reads from the front.
pub(super) struct Reader<'a> {
    rest: Octets<'a>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: Octets(bytes) }
    }

    pub(super) fn finish(self) -> Result<(), Fault> {
        if self.rest.is_empty() { Ok(()) } else { Err(Fault::Malformed("octets follow")) }
    }

    pub(super) fn word(&mut self) -> Result<u32, Fault> {
        self.rest.u32_little_endian().ok_or(CUT_OFF)
    }

    /// How many things follow. Each takes an octet at least, so the rest bounds the work.
    pub(super) fn count(&mut self) -> Result<usize, Fault> {
        let count = self.length()?;
        if count <= self.rest.len() { Ok(count) } else { Err(CUT_OFF) }
    }

    pub(super) fn hash(&mut self) -> Result<KeyHash, Fault> {
        self.rest.array().ok_or(CUT_OFF)
    }

    /// M_KeyHashEx with SHA-1 (44).
    pub(super) fn key_hash_ex(&mut self) -> Result<KeyHash, Fault> {
        match self.word()? {
            44 => self.hash(),
            other => Err(Fault::unknown("hash", other)),
        }
    }

    /// A number in as many words as it needs.
    pub(super) fn number(&mut self) -> Result<BigUint, Fault> {
        let length = self.length()?;
        if length > LONGEST_NUMBER {
            return Err(Fault::Malformed("a number beyond any key"));
        }
        let octets = self.take(length)?;
        let is_short = octets.rchunks(4).next().is_none_or(|word| word.iter().any(|it| *it != 0));
        if length % 4 == 0 && is_short {
            Ok(BigUint::from_bytes_le(octets))
        } else {
            Err(Fault::Malformed("a number in other words than it needs"))
        }
    }

    /// M_ASCIIString: its length counts the NUL at its end, and it is filled up to whole words.
    pub(super) fn text(&mut self) -> Result<&'a str, Fault> {
        let length = self.length()?;
        let octets = self.take(length)?;
        let filled = length.next_multiple_of(4).saturating_sub(length);
        if self.take(filled)?.iter().any(|octet| *octet != 0) {
            return Err(Fault::Malformed("text that is not filled with zeros"));
        }
        let text = octets.strip_suffix(&[0]).ok_or(Fault::Malformed("text without its NUL"))?;
        let printable = text.iter().all(|octet| matches!(octet, 0x20..=0x7e));
        let text = std::str::from_utf8(text).ok().filter(|_| printable);
        text.ok_or(Fault::Malformed("text that is not printable ASCII"))
    }

    /// M_KeyData of a public key.
    pub(super) fn key(&mut self) -> Result<KeyData, Fault> {
        Ok(match self.word()? {
            1 => KeyData::Rsa { exponent: self.number()?, modulus: self.number()? },
            3 => KeyData::Dsa {
                p: self.number()?,
                q: self.number()?,
                g: self.number()?,
                y: self.number()?,
            },
            46 => {
                let curve = self.curve()?;
                match self.word()? {
                    0 => {}
                    flags => return Err(Fault::unknown("key-flags", format!("{flags:#x}"))),
                }
                KeyData::Ec { curve, x: self.number()?, y: self.number()? }
            }
            other => return Err(Fault::unknown("key-type", other)),
        })
    }

    pub(super) fn curve(&mut self) -> Result<Curve, Fault> {
        match self.word()? {
            4 => Ok(Curve::P256),
            6 => Ok(Curve::P521),
            other => Err(Fault::unknown("curve", other)),
        }
    }

    fn length(&mut self) -> Result<usize, Fault> {
        usize::try_from(self.word()?).map_err(|_| CUT_OFF)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Fault> {
        self.rest.take(length).ok_or(CUT_OFF)
    }
}

/// Reads the whole of `bytes`.
pub(super) fn read_all<'a, T>(
    bytes: &'a [u8],
    read: impl FnOnce(&mut Reader<'a>) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let mut reader = Reader::new(bytes);
    let value = read(&mut reader)?;
    reader.finish()?;
    Ok(value)
}

/// The numbers of a public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum KeyData {
    Rsa { exponent: BigUint, modulus: BigUint },
    Dsa { p: BigUint, q: BigUint, g: BigUint, y: BigUint },
    Ec { curve: Curve, x: BigUint, y: BigUint },
}

impl KeyData {
    /// As a request would have it.
    pub(super) fn public_key(&self) -> Result<PublicKey, Reason> {
        let unfit = |fault| Fault::Malformed(fault).reason("pubkeydata");
        match self {
            Self::Rsa { exponent, modulus } => {
                PublicKey::from_rsa_numbers(&modulus.to_bytes_be(), &exponent.to_bytes_be())
            }
            Self::Dsa { .. } => Err(Fault::unknown("key-type", "DSA").reason("pubkeydata")),
            Self::Ec { curve, x, y } => {
                let curve_oid = match curve {
                    Curve::P256 => oid::P256,
                    Curve::P521 => oid::P521,
                    _ => return Err(Fault::unknown("curve", curve.name()).reason("pubkeydata")),
                };
                let octets = curve.coordinate_octets().unwrap_or_default();
                let x = fixed(x, octets).ok_or_else(|| unfit("a coordinate beyond the curve"))?;
                let y = fixed(y, octets).ok_or_else(|| unfit("a coordinate beyond the curve"))?;
                PublicKey::from_curve_point(curve_oid, &[&[4], &x[..], &y[..]].concat())
            }
        }
    }

    /// As the signer of statements.
    pub(super) fn signer(&self, member: &'static str) -> Result<StatementKey, Reason> {
        match self {
            Self::Dsa { p, q, g, y } => {
                let key = DsaKey::new(p.clone(), q.clone(), g.clone(), y.clone());
                key.map(StatementKey::Dsa).map_err(|_| {
                    Fault::Malformed("a DSA key that is not sound, or not of 3072 and 256 bits")
                        .reason(member)
                })
            }
            Self::Ec { curve: Curve::P521, .. } => self.public_key().map(StatementKey::Public),
            Self::Rsa { .. } | Self::Ec { .. } => {
                Err(Fault::unknown("key-type", "not one that modules sign with").reason(member))
            }
        }
    }
}

/// M_CipherText that is a signature.
pub(super) fn signature(bytes: &[u8]) -> Result<StatementSignature, Fault> {
    read_all(bytes, |reader| {
        let mechanism = reader.word()?;
        let (r, s) = (reader.number()?, reader.number()?);
        match mechanism {
            DSA_SHA256 => Ok(StatementSignature::DsaSha256 { r, s }),
            ECDSA_SHA512 => {
                let numbers = fixed(&r, 66).zip(fixed(&s, 66));
                let (r, s) = numbers.ok_or(Fault::Malformed("a signature beyond the curve"))?;
                Ok(StatementSignature::EcdsaSha512([r, s].concat()))
            }
            other => Err(Fault::unknown("mechanism", other)),
        }
    })
}

/// Big-endian, in that many octets.
pub(super) fn fixed(number: &BigUint, octets: usize) -> Option<Vec<u8>> {
    let mut bytes = number.to_bytes_le();
    if bytes.len() > octets {
        return None;
    }
    bytes.resize(octets, 0);
    bytes.reverse();
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::{KeyData, read_all, signature};
    use crate::format::entrust_nshield::fault::Fault;
    use crate::public_key::Curve;
    use crate::reason::ReasonCode;

    #[test]
    fn texts_are_filled_with_zeros() {
        let read = |bytes: &[u8]| read_all(bytes, |reader| reader.text().map(str::to_owned));
        assert_eq!(read(b"\x03\0\0\0ab\0\0"), Ok("ab".to_owned()));
        assert_eq!(read(b"\x04\0\0\0abc\0"), Ok("abc".to_owned()));
        for bad in [&b"\x03\0\0\0ab\0\x01"[..], b"\x03\0\0\0ab\0", b"\x04\0\0\0abcd", b"\0\0\0\0"] {
            assert!(read(bad).is_err(), "{bad:02x?}");
        }
    }

    #[test]
    fn numbers_have_their_least_octet_first() {
        let words: [u32; 7] = [46, 4, 0, 4, 0x201, 4, 3];
        let bytes = words.map(u32::to_le_bytes).concat();
        let key = read_all(&bytes, |reader| reader.key()).unwrap();
        let KeyData::Ec { curve, x, y } = key else { panic!("{key:?}") };
        assert_eq!((curve, x, y), (Curve::P256, 0x201_u32.into(), 3_u32.into()));
        for (place, value) in [(0, 45), (4, 5), (8, 1)] {
            let mut bytes = bytes.clone();
            bytes[place] = value;
            let read = read_all(&bytes, |reader| reader.key());
            assert!(matches!(read, Err(Fault::Unknown { .. })), "{place}");
        }
    }

    #[test]
    fn what_is_too_long_is_refused() {
        for mechanism in [170, 187] {
            let cut = [mechanism, 0, 0, 0, 0xff, 0xff, 0xff, 0xff];
            assert!(matches!(signature(&cut), Err(Fault::Malformed(_))));
        }
        let long = [&[187, 0, 0, 0, 68, 0, 0, 0][..], &[1; 68], &[4, 0, 0, 0, 1, 0, 0, 0]].concat();
        assert!(matches!(signature(&long), Err(Fault::Malformed(_))));
    }

    /// So that no number has a second encoding.
    #[test]
    fn numbers_have_no_words_to_spare() {
        let read = |bytes: &[u8]| read_all(bytes, |reader| reader.number());
        assert_eq!(read(b"\x04\0\0\0\x01\0\0\0"), Ok(1_u32.into()));
        assert_eq!(read(b"\0\0\0\0"), Ok(0_u32.into()));
        for bad in
            [&b"\x08\0\0\0\x01\0\0\0\0\0\0\0"[..], b"\x04\0\0\0\0\0\0\0", b"\x03\0\0\0\x01\0\x01"]
        {
            assert!(matches!(read(bad), Err(Fault::Malformed(_))), "{bad:02x?}");
        }
    }

    #[test]
    fn only_dsa_and_p521_sign_statements() {
        let number = || 3_u32.into();
        let rsa = KeyData::Rsa { exponent: number(), modulus: number() };
        let p256 = KeyData::Ec { curve: Curve::P256, x: number(), y: number() };
        let p521 = KeyData::Ec { curve: Curve::P521, x: number(), y: number() };
        let dsa = KeyData::Dsa { p: number(), q: number(), g: number(), y: number() };
        let code = |key: &KeyData| key.signer("knsopub").map_err(|reason| reason.code());
        assert_eq!(code(&rsa), Err(ReasonCode::AttestationUnsupported));
        assert_eq!(code(&p256), Err(ReasonCode::AttestationUnsupported));
        assert_eq!(code(&dsa), Err(ReasonCode::AttestationMalformed));
        assert!(code(&p521).is_ok());
        // And no request has a DSA key.
        assert!(dsa.public_key().is_err());
    }
}
