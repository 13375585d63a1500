//! CMS SignedData (RFC 5652 5) with exactly one signer and signed attributes: whether the certificate
//! it names signed it. Nothing is said of that certificate's own issuers.
//!
//! Each known way to make a message say what nobody signed has its own reason.

use aws_lc_rs::digest;
use rustls_pki_types::{AlgorithmIdentifier, alg_id};

use super::pss::read_hash;
use super::{Parameters, SignatureError};
use crate::encoding::der::{self, DerError, DerFault, Reader, Strict, tag};
use crate::encoding::oid::{self, Oid};
use crate::encoding::x509::Certificate;
use crate::oid;
use crate::public_key::PublicKey;
use crate::reason::{Reason, ReasonCode};

/// id-contentType (RFC 5652 11.1).
const CONTENT_TYPE: Oid<'_> = oid!(1.2.840.113549.1.9.3);
/// id-messageDigest (RFC 5652 11.2).
const MESSAGE_DIGEST: Oid<'_> = oid!(1.2.840.113549.1.9.4);

/// subjectKeyIdentifier `[0]` of SignerIdentifier.
const KEY_IDENTIFIER: u8 = 0x80;

/// A hash that is accepted, and RSA PKCS #1 with it.
struct Hash {
    identifier: Oid<'static>,
    algorithm: &'static digest::Algorithm,
    with_rsa: AlgorithmIdentifier,
}

static HASHES: [Hash; 3] = [
    Hash {
        identifier: oid::SHA256,
        algorithm: &digest::SHA256,
        with_rsa: alg_id::RSA_PKCS1_SHA256,
    },
    Hash {
        identifier: oid::SHA384,
        algorithm: &digest::SHA384,
        with_rsa: alg_id::RSA_PKCS1_SHA384,
    },
    Hash {
        identifier: oid::SHA512,
        algorithm: &digest::SHA512,
        with_rsa: alg_id::RSA_PKCS1_SHA512,
    },
];

/// The certificate of the one signer of the message, who signed content and attributes.
///
/// # Errors
/// `cms.…`, or `input.malformed` for what is no SignedData.
pub fn verify(message: &[u8]) -> Result<Certificate, Reason> {
    let message = SignedData::read(message).map_err(|error| {
        Reason::new(ReasonCode::InputMalformed)
            .with("fault", format!("a CMS message in which there is {}", error.fault.describe()))
    })?;
    let [signer] = message.signers.as_slice() else {
        return Err(
            Reason::new(ReasonCode::CmsSigners).with("signers", message.signers.len().to_string())
        );
    };
    let Some(content) = message.content else {
        return Err(ReasonCode::CmsContentMissing.into());
    };
    let Some(attributes) = &signer.attributes else {
        return Err(without_attributes(content));
    };
    let stated = read_attributes(attributes, message.content_type)?;
    let certificate = message.certificate_of(signer)?;
    let hash = HASHES
        .iter()
        .find(|hash| hash.identifier == signer.digest_algorithm)
        .ok_or_else(|| not_accepted(&signer.digest_algorithm.to_string()))?;
    if digest::digest(hash.algorithm, content).as_ref() != stated {
        return Err(ReasonCode::CmsMessageDigest.into());
    }
    let key = PublicKey::of_certificate(&certificate)?;
    // A signer with RSA may name the key's algorithm alone (RFC 3370 3.2).
    let bare = Reader::whole(signer.algorithm, |algorithm| {
        Ok::<_, DerError>((algorithm.oid()?, algorithm.expect(tag::NULL)?))
    });
    let is_bare_rsa = bare.is_ok_and(|(algorithm, _)| algorithm == oid::RSA_ENCRYPTION);
    let algorithm = if is_bare_rsa { hash.with_rsa.as_ref() } else { signer.algorithm };
    super::verify(&key, algorithm, Parameters::Exact, attributes, signer.signature).map_err(
        |error| match error {
            SignatureError::Invalid | SignatureError::AlgorithmMismatch => {
                Reason::new(ReasonCode::CmsSignatureInvalid)
                    .with("signer", certificate.subject().to_string())
            }
            SignatureError::WeakHash(hash) => not_accepted(hash),
            SignatureError::PssParameters => not_accepted("RSA-PSS with other parameters"),
            SignatureError::Unsupported(algorithm) => not_accepted(&algorithm),
            SignatureError::KeySize(bits) => not_accepted(&format!("RSA {bits}")),
        },
    )?;
    Ok(certificate)
}

/// Signed attributes that are read; two are needed, and each is compared with each.
const MOST_ATTRIBUTES: usize = 32;

fn not_accepted(algorithm: &str) -> Reason {
    Reason::new(ReasonCode::CmsSignatureAlgorithm).with("algorithm", algorithm)
}

/// A signature without signed attributes is one over the content. If the content is a set of signed
/// attributes, it may have been made for the content of another message.
fn without_attributes(content: &[u8]) -> Reason {
    let is_attributes = content.first() == Some(&tag::SET)
        && attributes(content).is_ok_and(|found| {
            [CONTENT_TYPE, MESSAGE_DIGEST]
                .iter()
                .all(|wanted| found.iter().any(|(kind, _)| kind == wanted))
        });
    if is_attributes {
        ReasonCode::CmsAttributesAsContent.into()
    } else {
        ReasonCode::CmsSignedAttributesRequired.into()
    }
}

/// The messageDigest of signed attributes, which must name that content type (RFC 5652 5.3 and 11):
/// no attribute twice, each of the two with one value.
fn read_attributes<'a>(set: &'a [u8], content_type: Oid<'_>) -> Result<&'a [u8], Reason> {
    let wrong = |fault: &str| Reason::new(ReasonCode::CmsAttributes).with("fault", fault);
    let found = der::check(set)
        .and_then(|()| attributes(set))
        .map_err(|error| wrong(error.fault.describe()))?;
    if found.len() > MOST_ATTRIBUTES {
        return Err(wrong("more attributes than are read"));
    }
    for (place, (kind, _)) in found.iter().enumerate() {
        if found.iter().take(place).any(|(before, _)| before == kind) {
            return Err(wrong("an attribute twice").with("attribute", kind.to_string()));
        }
    }
    let only = |kind: Oid<'_>, value_tag: u8| {
        let (_, values) = found.iter().find(|(known, _)| *known == kind)?;
        Reader::whole(values, |values| values.expect(value_tag)).ok()
    };
    let stated_type =
        only(CONTENT_TYPE, tag::OBJECT_IDENTIFIER).ok_or_else(|| wrong("not one content type"))?;
    let stated_digest =
        only(MESSAGE_DIGEST, tag::OCTET_STRING).ok_or_else(|| wrong("not one message digest"))?;
    if stated_type != content_type.content() {
        return Err(wrong("the content type of another message")
            .with("stated", Oid::from_content(stated_type).to_string())
            .with("content", content_type.to_string()));
    }
    Ok(stated_digest)
}

/// The attributes of a SET OF Attribute: each type, and the content of its SET of values.
fn attributes<'a>(set: &'a [u8]) -> Result<Vec<(Oid<'a>, &'a [u8])>, DerError> {
    let attribute = |list: &mut Reader<'a>| {
        list.nested(tag::SEQUENCE, |fields| {
            Ok::<_, DerError>((fields.oid()?, fields.expect(tag::SET)?))
        })
    };
    Reader::whole(set, |outer| outer.nested(tag::SET, |list| list.each(attribute)))
}

/// A message, parsed.
struct SignedData<'a> {
    content_type: Oid<'a>,
    content: Option<&'a [u8]>,
    certificates: Vec<&'a [u8]>,
    signers: Vec<Signer<'a>>,
}

/// A SignerInfo (RFC 5652 5.3).
struct Signer<'a> {
    identifier: Identifier<'a>,
    digest_algorithm: Oid<'a>,
    /// As they are signed: with the tag of SET OF in place of `[0]`.
    attributes: Option<Vec<u8>>,
    /// The content of the AlgorithmIdentifier.
    algorithm: &'a [u8],
    signature: &'a [u8],
}

/// Who a signer is.
enum Identifier<'a> {
    IssuerAndSerial { issuer: &'a [u8], serial: &'a [u8] },
    Key(&'a [u8]),
}

impl<'a> SignedData<'a> {
    fn read(message: &'a [u8]) -> Result<Self, DerError> {
        der::check(message)?;
        Reader::whole(message, |outer| {
            outer.nested(tag::SEQUENCE, |content_info| {
                let other = content_info.fault(DerFault::Unexpected);
                if content_info.oid()? != oid::SIGNED_DATA {
                    return Err(other);
                }
                content_info.nested(tag::CONTEXT_0, |explicit| {
                    explicit.nested(tag::SEQUENCE, Self::read_fields)
                })
            })
        })
    }

    fn read_fields(fields: &mut Reader<'a>) -> Result<Self, DerError> {
        fields.u64()?;
        let digest_algorithms = fields.nested(tag::SET, |set| set.each(read_hash))?;
        let (content_type, content) = fields.nested(tag::SEQUENCE, |encapsulated| {
            let content_type = encapsulated.oid()?;
            let octets = |explicit: &mut Reader<'a>| explicit.expect(tag::OCTET_STRING);
            Ok::<_, DerError>((content_type, encapsulated.optionally(tag::CONTEXT_0, octets)?))
        })?;
        let certificate = |carried: &mut Reader<'a>| Ok(carried.any()?.2);
        let certificates =
            fields.optionally(tag::CONTEXT_0, |carried| carried.each(certificate))?;
        let unannounced = fields.fault(DerFault::Unexpected);
        let signers = fields.nested(tag::SET, |infos| {
            infos.each(|infos| infos.nested(tag::SEQUENCE, Signer::read))
        })?;
        // A hash that no list announces is one that a reader may refuse (RFC 5652 5.1).
        if !signers.iter().all(|signer| digest_algorithms.contains(&signer.digest_algorithm)) {
            return Err(unannounced);
        }
        let certificates = certificates.unwrap_or_default();
        Ok(Self { content_type, content, certificates, signers })
    }

    /// The one certificate of the message that the signer names.
    fn certificate_of(&self, signer: &Signer<'_>) -> Result<Certificate, Reason> {
        let mut named = self.certificates.iter().filter_map(|der| {
            let certificate = Certificate::from_strict(Strict::check(der).ok()?).ok()?;
            let is_named = match signer.identifier {
                Identifier::IssuerAndSerial { issuer, serial } => {
                    certificate.issuer().der() == issuer && certificate.serial() == serial
                }
                Identifier::Key(identifier) => {
                    let stated = certificate.extension(oid::SUBJECT_KEY_IDENTIFIER);
                    stated.is_some_and(|it| {
                        let octets = |value: &mut Reader<'_>| {
                            value.expect(tag::OCTET_STRING).map(<[u8]>::to_vec)
                        };
                        Reader::whole(it.value(), octets).is_ok_and(|it| it == identifier)
                    })
                }
            };
            is_named.then_some(certificate)
        });
        match (named.next(), named.next()) {
            (Some(certificate), None) => Ok(certificate),
            (first, _) => Err(Reason::new(ReasonCode::CmsSignerNotFound)
                .with("certificates", if first.is_some() { "several" } else { "none" })),
        }
    }
}

impl<'a> Signer<'a> {
    fn read(fields: &mut Reader<'a>) -> Result<Self, DerError> {
        fields.u64()?;
        let identifier = match fields.optional(KEY_IDENTIFIER)? {
            Some(identifier) => Identifier::Key(identifier),
            None => fields.nested(tag::SEQUENCE, |named| {
                let (_, _, issuer) = named.any()?;
                let serial = named.expect(tag::INTEGER)?;
                Ok::<_, DerError>(Identifier::IssuerAndSerial { issuer, serial })
            })?,
        };
        let digest_algorithm = read_hash(fields)?;
        let attributes = if fields.peek() == Some(tag::CONTEXT_0) {
            let (_, _, whole) = fields.any()?;
            let rest = whole.get(1..).unwrap_or_default();
            Some([&[tag::SET], rest].concat())
        } else {
            None
        };
        let algorithm = fields.expect(tag::SEQUENCE)?;
        let signature = fields.expect(tag::OCTET_STRING)?;
        Ok(Self { identifier, digest_algorithm, attributes, algorithm, signature })
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::digest;
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};

    use super::verify;
    use crate::reason::ReasonCode;

    const CONTENT: &[u8] = b"what a module says";
    const DATA: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];
    const SIGNED_DATA: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
    const SHA256: &[u8] = &[0x30, 11, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];
    const SHA1: &[u8] = &[0x30, 7, 6, 5, 0x2b, 0x0e, 3, 2, 0x1a];
    const ECDSA_WITH_SHA256: &[u8] = &[0x30, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
    const ECDSA_WITH_SHA1: &[u8] = &[0x30, 9, 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1];

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

    fn name() -> Vec<u8> {
        let attribute = tlv(0x30, &[&[6, 3, 0x55, 4, 3], &tlv(12, &[b"signer"])]);
        tlv(0x30, &[&tlv(0x31, &[&attribute])])
    }

    /// A certificate of that key, whose own signature nobody looks at.
    fn certificate(pair: &EcdsaKeyPair) -> Vec<u8> {
        let curve = [6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
        let algorithm = tlv(0x30, &[&[6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1], &curve]);
        let spki = tlv(0x30, &[&algorithm, &tlv(3, &[&[0], pair.public_key().as_ref()])]);
        let validity =
            tlv(0x30, &[&tlv(0x17, &[b"200101000000Z"]), &tlv(0x17, &[b"490101000000Z"])]);
        let tbs = tlv(
            0x30,
            &[
                &[0xa0, 3, 2, 1, 2],
                &[2, 1, 7],
                ECDSA_WITH_SHA256,
                &name(),
                &validity,
                &name(),
                &spki,
            ],
        );
        tlv(0x30, &[&tbs, ECDSA_WITH_SHA256, &tlv(3, &[&[0], &[1]])])
    }

    fn attributes(content: &[u8]) -> Vec<u8> {
        let hash = digest::digest(&digest::SHA256, content);
        let attribute = |last: u8, value: &[u8]| {
            let kind = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, last];
            tlv(0x30, &[&kind, &tlv(0x31, &[value])])
        };
        [attribute(3, DATA), attribute(4, &tlv(4, &[hash.as_ref()]))].concat()
    }

    /// A message with that content, and those signed attributes if there are any.
    fn message(content: &[u8], signed: Option<&[u8]>, algorithms: [&[u8]; 2]) -> Vec<u8> {
        message_with(content, signed, algorithms, algorithms[0], [&[], &[]])
    }

    /// The same, which announces that hash; with something before the signers, where revocation lists
    /// have their place, and at the end of the signer, where unsigned attributes have theirs.
    fn message_with(
        content: &[u8],
        signed: Option<&[u8]>,
        algorithms: [&[u8]; 2],
        announced: &[u8],
        [before_signers, in_signer]: [&[u8]; 2],
    ) -> Vec<u8> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        let octets = signed.map_or_else(|| content.to_vec(), |it| tlv(0x31, &[it]));
        let signature = pair.sign(&SystemRandom::new(), &octets).unwrap();
        let attributes = signed.map(|it| tlv(0xa0, &[it])).unwrap_or_default();
        let [hash, algorithm] = algorithms;
        let signer = tlv(
            0x30,
            &[
                &[2, 1, 1],
                &tlv(0x30, &[&name(), &[2, 1, 7]]),
                hash,
                &attributes,
                algorithm,
                &tlv(4, &[signature.as_ref()]),
                in_signer,
            ],
        );
        let encapsulated = tlv(0x30, &[DATA, &tlv(0xa0, &[&tlv(4, &[content])])]);
        let certificates = tlv(0xa0, &[&certificate(&pair)]);
        let signers = tlv(0x31, &[&signer]);
        let fields: [&[u8]; 6] = [
            &[2, 1, 1],
            &tlv(0x31, &[announced]),
            &encapsulated,
            &certificates,
            before_signers,
            &signers,
        ];
        tlv(0x30, &[SIGNED_DATA, &tlv(0xa0, &[&tlv(0x30, &fields)])])
    }

    const USUAL: [&[u8]; 2] = [SHA256, ECDSA_WITH_SHA256];

    #[test]
    fn a_sound_message_names_its_signer() {
        let message = message(CONTENT, Some(&attributes(CONTENT)), USUAL);
        assert_eq!(verify(&message).unwrap().subject().to_string(), "CN=signer");
    }

    #[test]
    fn each_trap_has_its_reason() {
        let signed = attributes(CONTENT);
        let as_content = tlv(0x31, &[&signed]);
        let code = |message: &[u8]| verify(message).unwrap_err().code();
        for (message, expected) in [
            (message(&as_content, None, USUAL), ReasonCode::CmsAttributesAsContent),
            (message(CONTENT, None, USUAL), ReasonCode::CmsSignedAttributesRequired),
            (message(b"other", Some(&signed), USUAL), ReasonCode::CmsMessageDigest),
            (
                message(CONTENT, Some(&signed), [SHA1, ECDSA_WITH_SHA256]),
                ReasonCode::CmsSignatureAlgorithm,
            ),
            (
                message(CONTENT, Some(&signed), [SHA256, ECDSA_WITH_SHA1]),
                ReasonCode::CmsSignatureAlgorithm,
            ),
            (vec![0x30, 0], ReasonCode::InputMalformed),
        ] {
            assert_eq!(code(&message), expected);
        }
    }

    /// What nobody signs has no place to be.
    #[test]
    fn nothing_stands_beside_what_is_signed() {
        const SHA384: &[u8] = &[0x30, 11, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2];
        let signed = attributes(CONTENT);
        let verdict = |announced: &[u8], more: [&[u8]; 2]| {
            let message = message_with(CONTENT, Some(&signed), USUAL, announced, more);
            verify(&message).map(|_| ()).map_err(|reason| reason.code())
        };
        let refused = Err(ReasonCode::InputMalformed);
        assert_eq!(verdict(SHA256, [&[], &[]]), Ok(()));
        assert_eq!(verdict(&[SHA256, SHA384].concat(), [&[], &[]]), Ok(()));
        // Another hash announced, or none; a hash with a number behind it.
        assert_eq!(verdict(SHA384, [&[], &[]]), refused);
        assert_eq!(verdict(&[], [&[], &[]]), refused);
        let with_number = [&[0x30, 14], &SHA256[2..], &[2, 1, 9]].concat();
        assert_eq!(verdict(&with_number, [&[], &[]]), refused);
        let message = message(CONTENT, Some(&signed), [&with_number, ECDSA_WITH_SHA256]);
        assert_eq!(verify(&message).unwrap_err().code(), ReasonCode::InputMalformed);
        for beside in [tlv(0xa1, &[]), tlv(0xa1, &[&[5, 0]]), vec![5, 0]] {
            assert_eq!(verdict(SHA256, [&beside, &[]]), refused);
            assert_eq!(verdict(SHA256, [&[], &beside]), refused);
        }
    }

    #[test]
    fn the_content_type_of_another_message_is_refused() {
        let other = attributes(CONTENT);
        // id-data is the last arc 1; 5 is digestedData.
        let at = other.windows(DATA.len()).position(|it| it == DATA).unwrap();
        let mut other = other;
        other[at + DATA.len() - 1] = 5;
        let refusal = verify(&message(CONTENT, Some(&other), USUAL)).unwrap_err();
        assert_eq!(refusal.code(), ReasonCode::CmsAttributes);
        assert!(refusal.detail().contains_key("stated"));
    }

    #[test]
    fn no_bit_of_what_is_signed_can_be_turned() {
        let whole = message(CONTENT, Some(&attributes(CONTENT)), USUAL);
        let start = whole.windows(CONTENT.len()).position(|it| it == CONTENT).unwrap();
        for place in start..start + CONTENT.len() {
            let mut turned = whole.clone();
            turned[place] ^= 1;
            assert_eq!(verify(&turned).unwrap_err().code(), ReasonCode::CmsMessageDigest);
        }
    }
}
