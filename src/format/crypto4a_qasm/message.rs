//! The structure of an attestation message (C4A-302-0043, and the published message, which differs
//! from it): version, claims, signatures, certificates.

use std::str;

use super::CRYPTO4A;
use crate::encoding::der::{self, DerError, DerFault, Glance, Reader, Strict, Time, tag};
use crate::encoding::oid::Oid;
use crate::encoding::x509::Certificate;
use crate::reason::{Reason, ReasonCode};
use crate::trust::Claimed;

/// Claims of one message. The published one has 15.
const MAX_CLAIMS: usize = 64;
/// Signatures of one message. Modules make two.
const MAX_BLOCKS: usize = 4;
/// Certificates beside those of the signers. Modules send four, two of them twice.
const MAX_RELATED: usize = 16;

/// UUIDs have 16 octets (RFC 9562 4).
const UUID: usize = 16;

/// Context tags, of values and of what holds one.
const PRIMITIVE_0: u8 = 0x80;
const CONTEXT_1: u8 = 0xa1;
const CONTEXT_2: u8 = 0xa2;

/// A message, parsed; nothing in it is verified.
#[derive(Debug)]
pub(super) struct Message<'a> {
    /// Signed are the claims with their version, tag and length included.
    pub(super) claims: Claimed<'a, Vec<Claim<'a>>>,
    pub(super) blocks: Vec<Block<'a>>,
    pub(super) related: Vec<Certificate>,
}

/// One claim: what is claimed, of which object if not of the module, and with which value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Claim<'a> {
    pub(super) predicate: Oid<'a>,
    pub(super) subject: Option<[u8; UUID]>,
    pub(super) complement: Complement<'a>,
    pub(super) tagging: Tagging,
}

/// How subject and value are tagged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tagging {
    /// As genuine modules do.
    Implicit,
    /// As the specification is said to do it.
    Explicit,
}

/// The value of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Complement<'a> {
    None,
    Octets(&'a [u8]),
    Text(&'a str),
    Time(Time),
    Number(u64),
}

/// One signature over the claims.
#[derive(Debug)]
pub(super) struct Block<'a> {
    pub(super) signer: Certificate,
    /// The content of the AlgorithmIdentifier.
    pub(super) algorithm: &'a [u8],
    pub(super) signature: &'a [u8],
}

/// Whether `bytes` begin as a message does: two versions, and a claim under the maker's arc.
pub(super) fn is_message(bytes: &[u8]) -> bool {
    let first_claim = || -> Result<bool, DerError> {
        let mut fields = Glance::at(bytes).nested(tag::SEQUENCE)?;
        fields.expect(tag::INTEGER)?;
        let mut claims = fields.nested(tag::SEQUENCE)?;
        claims.expect(tag::INTEGER)?;
        let mut list = claims.nested(tag::SEQUENCE)?;
        Ok(list.nested(tag::SEQUENCE)?.oid()?.starts_with(CRYPTO4A))
    };
    first_claim().unwrap_or(false)
}

impl<'a> Message<'a> {
    /// Reads a message, whole.
    ///
    /// # Errors
    /// `attestation.malformed`, with the place that is wrong.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, Reason> {
        let read = || {
            der::check(bytes)?;
            Reader::whole(bytes, |outer| outer.nested(tag::SEQUENCE, Self::read_fields))
        };
        read().map_err(|wrong: Wrong| wrong.at("message"))
    }

    fn read_fields(fields: &mut Reader<'a>) -> Result<Self, Wrong> {
        version(fields, "message")?;
        let (.., signed) = fields.any()?;
        let claims = Claimed::read(signed, read_claims)?;
        let blocks = fields.nested(tag::SEQUENCE, |list| {
            let blocks = list.at_most(MAX_BLOCKS, Block::read)?;
            list.finish().map_err(|error| malformed("signatures", error))?;
            Ok::<_, Wrong>(blocks)
        })?;
        let related = fields.optionally(tag::CONTEXT_0, |carried| {
            let in_certificates = |wrong: Wrong| wrong.at("certificates");
            let each = |carried: &mut Reader<'a>| Ok(certificate(carried.any()?.2)?);
            let related = carried.at_most(MAX_RELATED, each).map_err(in_certificates)?;
            carried.finish().map_err(|error| malformed("certificates", error))?;
            Ok::<_, Wrong>(related)
        })?;
        Ok(Self { claims, blocks, related: related.unwrap_or_default() })
    }
}

/// What is wrong, with its place or without.
enum Wrong {
    Der(DerError),
    Named(Reason),
}

impl Wrong {
    fn at(self, place: &'static str) -> Reason {
        match self {
            Self::Der(error) => malformed(place, error),
            Self::Named(reason) => reason,
        }
    }
}

impl From<DerError> for Wrong {
    fn from(error: DerError) -> Self {
        Self::Der(error)
    }
}

impl From<Reason> for Wrong {
    fn from(reason: Reason) -> Self {
        Self::Named(reason)
    }
}

/// Both structures have version 1.
fn version(fields: &mut Reader<'_>, place: &'static str) -> Result<(), Reason> {
    match fields.u64() {
        Ok(1) => Ok(()),
        Ok(_) => Err(fault(place, "another version than 1")),
        Err(error) => Err(malformed(place, error)),
    }
}

fn read_claims(signed: &[u8]) -> Result<Vec<Claim<'_>>, Reason> {
    let read = Reader::whole(signed, |outer| {
        outer.nested(tag::SEQUENCE, |fields| {
            version(fields, "claims")?;
            fields.nested(tag::SEQUENCE, |list| {
                list.at_most(MAX_CLAIMS, |list| list.nested(tag::SEQUENCE, Claim::read))
                    .map_err(Wrong::Der)
            })
        })
    });
    read.map_err(|wrong| wrong.at("claims"))
}

impl<'a> Claim<'a> {
    fn read(fields: &mut Reader<'a>) -> Result<Self, DerError> {
        let predicate = fields.oid()?;
        let mut tagging = Tagging::Implicit;
        let subject = match fields.optional(tag::CONTEXT_0)? {
            None => None,
            Some(content) => {
                let (uuid, how) = read_subject(content)?;
                tagging = tagging.max(how);
                Some(uuid)
            }
        };
        let complement = match fields.optional(CONTEXT_1)? {
            None => Complement::None,
            Some(content) => {
                let (value, how) = Complement::read(content)?;
                tagging = tagging.max(how);
                value
            }
        };
        Ok(Self { predicate, subject, complement, tagging })
    }
}

/// Modules tag the UUID directly; the specification has a SEQUENCE around it.
fn read_subject(content: &[u8]) -> Result<([u8; UUID], Tagging), DerError> {
    let (uuid, tagging) = Reader::whole(content, |outer| {
        let uuid = |subject: &mut Reader<'_>| {
            subject.expect(PRIMITIVE_0)?.try_into().map_err(|_| UNEXPECTED)
        };
        Ok::<_, DerError>(match outer.optionally(tag::SEQUENCE, uuid)? {
            Some(uuid) => (uuid, Tagging::Explicit),
            None => (uuid(outer)?, Tagging::Implicit),
        })
    })?;
    Ok((uuid, tagging))
}

impl<'a> Complement<'a> {
    /// Modules tag the value implicitly, `[0]` octets, `[1]` text, `[2]` time, `[3]` number; the
    /// specification has explicit tags. Either says which type it is.
    fn read(content: &'a [u8]) -> Result<(Self, Tagging), DerError> {
        let (outer, value, _) = Reader::whole(content, Reader::any)?;
        let (universal, number) = match outer {
            0x80 | 0xa0 => (tag::OCTET_STRING, 0_u8),
            0x81 | 0xa1 => (tag::UTF8_STRING, 1),
            0x82 | 0xa2 => (tag::GENERALIZED_TIME, 2),
            0x83 | 0xa3 => (tag::INTEGER, 3),
            _ => return Err(UNEXPECTED),
        };
        let tagging = if outer & 0x20 == 0 { Tagging::Implicit } else { Tagging::Explicit };
        let value = if tagging == Tagging::Implicit {
            value
        } else {
            Reader::whole(value, |inner| inner.expect(universal))?
        };
        let complement = match number {
            0 => Self::Octets(value),
            1 => Self::Text(str::from_utf8(value).map_err(|_| UNEXPECTED)?),
            2 => {
                let encoded = universal_value(universal, value)?;
                Self::Time(Reader::whole(&encoded, Reader::time)?)
            }
            _ => {
                let encoded = universal_value(universal, value)?;
                Self::Number(Reader::whole(&encoded, Reader::u64)?)
            }
        };
        Ok((complement, tagging))
    }
}

/// The value as its universal type has it, so that the strict reader can judge it. Times and numbers
/// that are read have fewer than 128 octets.
fn universal_value(universal: u8, content: &[u8]) -> Result<Vec<u8>, DerError> {
    let length = u8::try_from(content.len()).ok().filter(|length| *length < 0x80);
    let length = length.ok_or(DerError { offset: 0, fault: DerFault::Length })?;
    Ok([&[universal, length], content].concat())
}

impl<'a> Block<'a> {
    fn read(list: &mut Reader<'a>) -> Result<Self, Reason> {
        let read = list.nested(tag::SEQUENCE, |fields| {
            let signer = fields.nested(tag::SEQUENCE, |identifier| {
                // Nothing signs it, and nothing else names it: it is read past.
                let uuid = |uuid: &mut Reader<'a>| uuid.expect(tag::OCTET_STRING);
                if identifier.nested(tag::CONTEXT_0, uuid)?.len() != UUID {
                    let fault = fault("signature", "a signer that is named by no UUID");
                    return Err(Wrong::Named(fault));
                }
                Ok(certificate(identifier.expect(CONTEXT_2)?)?)
            })?;
            let algorithm = fields.expect(tag::SEQUENCE)?;
            let signature = fields.octet_aligned_bits()?;
            Ok(Self { signer, algorithm, signature })
        });
        read.map_err(|wrong: Wrong| wrong.at("signature"))
    }
}

fn certificate(der: &[u8]) -> Result<Certificate, Reason> {
    let strict = Strict::check(der).map_err(|error| malformed("certificate", error))?;
    Certificate::from_strict(strict).map_err(|error| error.reason("certificate"))
}

const UNEXPECTED: DerError = DerError { offset: 0, fault: DerFault::Unexpected };

pub(super) fn malformed(place: &'static str, error: DerError) -> Reason {
    fault(place, error.fault.describe())
}

pub(super) fn fault(place: &'static str, fault: &str) -> Reason {
    Reason::new(ReasonCode::AttestationMalformed).with("place", place).with("fault", fault)
}

#[cfg(test)]
mod tests {
    use super::{Claim, Complement, MAX_CLAIMS, is_message, read_claims};
    use crate::encoding::der::Reader;
    use crate::encoding::oid::Oid;

    /// The UUID of the module, 1.3.6.1.4.1.39901.6.1.0.
    const PREDICATE: [u8; 13] = [6, 11, 0x2b, 6, 1, 4, 1, 0x82, 0xb7, 0x5d, 6, 1, 0];

    fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let content = parts.concat();
        let length = u16::try_from(content.len()).unwrap();
        let header = match u8::try_from(length) {
            Ok(short) if short < 0x80 => vec![tag, short],
            Ok(byte) => vec![tag, 0x81, byte],
            Err(_) => [&[tag, 0x82][..], &length.to_be_bytes()].concat(),
        };
        [header, content].concat()
    }

    fn claim(parts: &[&[u8]]) -> Option<Complement<'static>> {
        let encoded: &'static [u8] = tlv(0x30, parts).leak();
        let claim = Reader::whole(encoded, |outer| outer.nested(0x30, Claim::read)).ok()?;
        Some(claim.complement)
    }

    #[test]
    fn a_value_is_read_in_either_tagging() {
        let time = b"20240612143307Z";
        for (implicit, explicit, expected) in [
            (tlv(0x80, &[&[7]]), tlv(0xa0, &[&[4, 1, 7]]), Complement::Octets(&[7])),
            (tlv(0x81, &[b"ab"]), tlv(0xa1, &[&[12, 2, b'a', b'b']]), Complement::Text("ab")),
            (tlv(0x83, &[&[1, 5]]), tlv(0xa3, &[&[2, 2, 1, 5]]), Complement::Number(0x105)),
        ] {
            for value in [implicit, explicit] {
                assert_eq!(claim(&[&PREDICATE, &tlv(0xa1, &[&value])]), Some(expected));
            }
        }
        for value in [tlv(0x82, &[time]), tlv(0xa2, &[&tlv(0x18, &[time])])] {
            let read = claim(&[&PREDICATE, &tlv(0xa1, &[&value])]);
            // 2024-06-12T14:33:07Z.
            assert!(
                matches!(read, Some(Complement::Time(at)) if at.unix_seconds() == 1_718_202_787)
            );
        }
        assert_eq!(claim(&[&PREDICATE]), Some(Complement::None));
    }

    #[test]
    fn a_value_has_one_form_of_its_type() {
        for value in [
            tlv(0x83, &[&[0, 5]]),
            tlv(0x83, &[&[0x85]]),
            tlv(0x83, &[&[]]),
            tlv(0x81, &[&[0xff]]),
            tlv(0x82, &[b"2024061214330Z"]),
            tlv(0x84, &[&[1]]),
            tlv(0xa0, &[&[12, 1, b'a']]),
            tlv(0xa0, &[&[4, 1, 7, 4, 1, 7]]),
            [tlv(0x80, &[&[7]]), tlv(0x80, &[&[7]])].concat(),
            Vec::new(),
        ] {
            assert_eq!(claim(&[&PREDICATE, &tlv(0xa1, &[&value])]), None, "{value:02x?}");
        }
    }

    #[test]
    fn a_subject_is_one_uuid_in_either_tagging() {
        let uuid = tlv(0x80, &[&[9; 16]]);
        for subject in [tlv(0xa0, &[&uuid]), tlv(0xa0, &[&tlv(0x30, &[&uuid])])] {
            let encoded = tlv(0x30, &[&PREDICATE, &subject]);
            let claim = Reader::whole(&encoded, |outer| outer.nested(0x30, Claim::read)).unwrap();
            assert_eq!(claim.subject, Some([9; 16]));
        }
        for subject in [
            tlv(0xa0, &[]),
            tlv(0xa0, &[&tlv(0x80, &[&[9; 15]])]),
            tlv(0xa0, &[&uuid, &uuid]),
            tlv(0xa0, &[&tlv(0x30, &[&uuid]), &uuid]),
            tlv(0xa0, &[&tlv(0x30, &[])]),
        ] {
            assert_eq!(claim(&[&PREDICATE, &subject]), None, "{subject:02x?}");
        }
    }

    #[test]
    fn claims_have_version_1_and_are_not_too_many() {
        let claim = tlv(0x30, &[&PREDICATE]);
        let claims = |version: u8, count: usize| {
            let list = tlv(0x30, &[&claim.repeat(count)]);
            tlv(0x30, &[&[2, 1, version], &list])
        };
        let read = |content: &[u8]| read_claims(content).map(|claims| claims.len()).ok();
        assert_eq!(read(&claims(1, MAX_CLAIMS)), Some(MAX_CLAIMS));
        assert_eq!(read(&claims(1, MAX_CLAIMS + 1)), None);
        assert_eq!(read(&claims(2, 1)), None);
        assert_eq!(read(&[claims(1, 1), vec![5, 0]].concat()), None);
        assert_eq!(read(&tlv(0x30, &[&[2, 1, 1], &tlv(0x30, &[&claim]), &[5, 0]])), None);
        assert_eq!(read(&tlv(0x31, &[&[2, 1, 1], &tlv(0x30, &[&claim])])), None);
    }

    #[test]
    fn a_message_is_told_by_its_arc() {
        let message = |predicate: &[u8]| {
            let list = tlv(0x30, &[&tlv(0x30, &[predicate])]);
            tlv(0x30, &[&[2, 1, 1], &tlv(0x30, &[&[2, 1, 1], &list])])
        };
        assert!(is_message(&message(&PREDICATE)));
        let mut other = PREDICATE;
        other[9] = 0x5e;
        assert!(!is_message(&message(&other)));
        assert!(!is_message(&tlv(0x30, &[])));
        assert_eq!(Oid::from_content(&PREDICATE[2..]).to_string(), "1.3.6.1.4.1.39901.6.1.0");
    }
}
