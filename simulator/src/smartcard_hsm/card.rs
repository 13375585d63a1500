//! Card-verifiable certificates and requests before they are signed, and the keys that sign them.

use std::collections::BTreeMap;

use aws_lc_rs::digest;
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use bp256::BrainpoolP256r1;
use ecdsa::signature::hazmat::PrehashSigner;
use ecdsa::{Signature, SigningKey};

use keyproof::Timestamp;

use crate::curve::Domain;
use crate::keys::{Holder, KeyPair, Scheme};
use crate::signing::Keys;
use crate::{SimulateError, der, oid};

/// The role of a certificate, and the extension of a key that exchanges keys
/// (docs/formats/smartcard-hsm.md).
const TERMINAL_TYPE: &str = "1.3.6.1.4.1.24991.3.1.1";
const KEY_DOMAIN: &str = "1.3.6.1.4.1.24991.3.2.2";

/// Tags of card-verifiable objects (TR-03110-3 D.2).
mod tag {
    pub(super) const CERTIFICATE: u16 = 0x7f21;
    pub(super) const BODY: u16 = 0x7f4e;
    pub(super) const PROFILE_IDENTIFIER: u16 = 0x5f29;
    pub(super) const CERTIFICATION_AUTHORITY_REFERENCE: u16 = 0x42;
    pub(super) const PUBLIC_KEY: u16 = 0x7f49;
    pub(super) const HOLDER_REFERENCE: u16 = 0x5f20;
    pub(super) const HOLDER_AUTHORIZATION_TEMPLATE: u16 = 0x7f4c;
    pub(super) const DISCRETIONARY_DATA: u16 = 0x53;
    pub(super) const EFFECTIVE_DATE: u16 = 0x5f25;
    pub(super) const EXPIRATION_DATE: u16 = 0x5f24;
    pub(super) const EXTENSIONS: u16 = 0x65;
    pub(super) const DISCRETIONARY_DATA_TEMPLATE: u16 = 0x73;
    pub(super) const SIGNATURE: u16 = 0x5f37;
    pub(super) const AUTHENTICATION: u16 = 0x67;
}

/// Whose brainpool key it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum CardSigner {
    Root,
    OtherRoot,
    Issuer,
    Device,
    OtherDevice,
}

/// Keys on brainpoolP256r1, made anew for every case.
pub(super) struct CardKeyring(BTreeMap<CardSigner, SigningKey<BrainpoolP256r1>>);

impl CardKeyring {
    pub(super) fn generate() -> Result<Self, SimulateError> {
        let signers = [
            CardSigner::Root,
            CardSigner::OtherRoot,
            CardSigner::Issuer,
            CardSigner::Device,
            CardSigner::OtherDevice,
        ];
        let key = |signer| Ok((signer, random_key()?));
        signers.into_iter().map(key).collect::<Result<_, _>>().map(Self)
    }

    /// The public point, uncompressed.
    pub(super) fn point(&self, signer: CardSigner) -> Vec<u8> {
        self.0.get(&signer).map_or_else(Vec::new, |key| {
            key.verifying_key().to_sec1_point(false).as_bytes().to_vec()
        })
    }

    /// r and s over SHA-256 of the message.
    fn sign(&self, signer: CardSigner, message: &[u8]) -> Result<Vec<u8>, SimulateError> {
        let key = self.0.get(&signer).ok_or(SimulateError::Cryptography)?;
        let hash = digest::digest(&digest::SHA256, message);
        let signature: Signature<BrainpoolP256r1> =
            key.sign_prehash(hash.as_ref()).map_err(|_| SimulateError::Cryptography)?;
        Ok(signature.to_bytes().to_vec())
    }
}

fn random_key() -> Result<SigningKey<BrainpoolP256r1>, SimulateError> {
    let random = SystemRandom::new();
    // Two of three random numbers of that size are below the order.
    for _ in 0..256 {
        let mut octets = [0; 32];
        random.fill(&mut octets).map_err(|_| SimulateError::Cryptography)?;
        if let Ok(key) = SigningKey::from_slice(&octets) {
            return Ok(key);
        }
    }
    Err(SimulateError::Cryptography)
}

/// A certificate to be signed.
#[derive(Clone)]
pub(super) struct CardCertificate {
    pub(super) authority: &'static str,
    pub(super) holder: &'static str,
    pub(super) terminal_type: &'static str,
    pub(super) authorization: u8,
    pub(super) key: CardSigner,
    pub(super) signer: CardSigner,
    /// The last arc of the key's algorithm.
    pub(super) algorithm: u8,
    pub(super) validity: (Timestamp, Timestamp),
    pub(super) domain: DomainDraft,
    pub(super) point: PointDraft,
    pub(super) signature: SignatureDraft,
    extensions: Option<Vec<u8>>,
}

/// How the curve of a key is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum DomainDraft {
    /// Not at all: it is that of the issuer.
    Inherited,
    /// In full.
    Whole,
    /// In full, but the point itself is the generator.
    GeneratorIsThePoint,
    /// In full, with an order of 3.
    SmallOrder,
}

/// The point of a key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum PointDraft {
    /// That of the key.
    OfTheKey,
    /// With its last bit turned.
    OffTheCurve,
}

/// A signature.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum SignatureDraft {
    Whole,
    /// With its last bit turned.
    Broken,
    /// Without its last octet.
    Short,
    /// No octet at all.
    Empty,
}

impl SignatureDraft {
    fn apply(self, mut signature: Vec<u8>) -> Vec<u8> {
        match self {
            Self::Whole => {}
            Self::Broken => {
                if let Some(last) = signature.last_mut() {
                    *last ^= 1;
                }
            }
            Self::Short => {
                signature.pop();
            }
            Self::Empty => signature.clear(),
        }
        signature
    }
}

impl CardCertificate {
    /// A certificate that signs itself, for whom it is not [`Self::signed_by`] another.
    pub(super) fn new(
        authority: &'static str,
        holder: &'static str,
        authorization: u8,
        key: CardSigner,
        validity: (Timestamp, Timestamp),
    ) -> Self {
        Self {
            authority,
            holder,
            terminal_type: TERMINAL_TYPE,
            authorization,
            key,
            signer: key,
            algorithm: SHA256_ARC,
            validity,
            domain: DomainDraft::Inherited,
            point: PointDraft::OfTheKey,
            signature: SignatureDraft::Whole,
            extensions: None,
        }
    }

    pub(super) fn signed_by(self, signer: CardSigner) -> Self {
        Self { signer, ..self }
    }

    pub(super) fn with_domain(self) -> Self {
        Self { domain: DomainDraft::Whole, ..self }
    }

    /// As the genuine issuer of 2024 has them.
    pub(super) fn with_empty_extensions(self) -> Self {
        Self { extensions: Some(Vec::new()), ..self }
    }

    pub(super) fn to_bytes(&self, cards: &CardKeyring) -> Result<Vec<u8>, SimulateError> {
        let mut point = cards.point(self.key);
        if self.point == PointDraft::OffTheCurve
            && let Some(last) = point.last_mut()
        {
            *last ^= 1;
        }
        let (from, to) = self.validity;
        let template = [
            der::object_identifier(self.terminal_type),
            tlv(tag::DISCRETIONARY_DATA, &[self.authorization]),
        ]
        .concat();
        let mut fields = vec![
            tlv(tag::PROFILE_IDENTIFIER, &[0]),
            tlv(tag::CERTIFICATION_AUTHORITY_REFERENCE, self.authority.as_bytes()),
            ec_key(self.algorithm, oid::BRAINPOOL_P256, self.domain, &point),
            tlv(tag::HOLDER_REFERENCE, self.holder.as_bytes()),
            tlv(tag::HOLDER_AUTHORIZATION_TEMPLATE, &template),
            tlv(tag::EFFECTIVE_DATE, &digits(from)),
            tlv(tag::EXPIRATION_DATE, &digits(to)),
        ];
        fields.extend(self.extensions.as_ref().map(|content| tlv(tag::EXTENSIONS, content)));
        let body = tlv(tag::BODY, &fields.concat());
        let signature = self.signature.apply(cards.sign(self.signer, &body)?);
        Ok(tlv(tag::CERTIFICATE, &[body, tlv(tag::SIGNATURE, &signature)].concat()))
    }
}

/// YYMMDD, a digit an octet.
fn digits(day: Timestamp) -> Vec<u8> {
    let date = day.date();
    let date = date.get(2..).unwrap_or_default();
    date.bytes().filter(u8::is_ascii_digit).map(|digit| digit.wrapping_sub(b'0')).collect()
}

/// A request that its own key signs.
#[derive(Clone)]
pub(super) struct CardRequest {
    authority: &'static str,
    pub(super) holder: &'static str,
    pub(super) key: Holder,
    pub(super) signer: Holder,
    pub(super) domain: DomainDraft,
    pub(super) signature: SignatureDraft,
    pub(super) extensions: Vec<u8>,
}

impl CardRequest {
    pub(super) fn new(authority: &'static str, holder: &'static str, key: Holder) -> Self {
        Self {
            authority,
            holder,
            key,
            signer: key,
            domain: DomainDraft::Whole,
            signature: SignatureDraft::Whole,
            extensions: Vec::new(),
        }
    }

    /// The extension of a key that exchanges keys.
    pub(super) fn exchange_keys(&mut self) {
        self.extend(KEY_DOMAIN);
    }

    /// An extension of the arc for examples (2.999).
    pub(super) fn state_unknown(&mut self) {
        self.extend(oid::UNDEFINED);
    }

    fn extend(&mut self, oid: &str) {
        let content = [der::object_identifier(oid), tlv(0x80, &[0x5a; 32])].concat();
        self.extensions = tlv(tag::DISCRETIONARY_DATA_TEMPLATE, &content);
    }

    pub(super) fn to_bytes(&self, keys: &mut Keys<'_>) -> Result<Vec<u8>, SimulateError> {
        let mut fields = vec![
            tlv(tag::PROFILE_IDENTIFIER, &[0]),
            tlv(tag::CERTIFICATION_AUTHORITY_REFERENCE, self.authority.as_bytes()),
            public_key(keys.pair(self.key)?, self.domain)?,
            tlv(tag::HOLDER_REFERENCE, self.holder.as_bytes()),
        ];
        if !self.extensions.is_empty() {
            fields.push(tlv(tag::EXTENSIONS, &self.extensions));
        }
        let body = tlv(tag::BODY, &fields.concat());
        let signature = self.signature.apply(plain_signature(keys.pair(self.signer)?, &body)?);
        Ok(tlv(tag::CERTIFICATE, &[body, tlv(tag::SIGNATURE, &signature)].concat()))
    }
}

/// The device's signature around a request.
pub(super) struct Countersignature {
    pub(super) authority: &'static str,
    pub(super) signer: CardSigner,
    pub(super) covers: Covers,
    pub(super) signature: SignatureDraft,
}

/// What a countersignature covers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Covers {
    /// The request and the reference to the signer.
    Whole,
    /// The request alone.
    RequestAlone,
}

impl Countersignature {
    pub(super) fn by(authority: &'static str, signer: CardSigner) -> Self {
        Self { authority, signer, covers: Covers::Whole, signature: SignatureDraft::Whole }
    }

    pub(super) fn around(
        &self,
        request: &[u8],
        cards: &CardKeyring,
    ) -> Result<Vec<u8>, SimulateError> {
        let authority = tlv(tag::CERTIFICATION_AUTHORITY_REFERENCE, self.authority.as_bytes());
        let whole = [request, &authority].concat();
        let signed = match self.covers {
            Covers::Whole => &whole,
            Covers::RequestAlone => request,
        };
        let signature = self.signature.apply(cards.sign(self.signer, signed)?);
        Ok(tlv(tag::AUTHENTICATION, &[whole, tlv(tag::SIGNATURE, &signature)].concat()))
    }
}

/// id-TA-RSA-v1-5-SHA-256 and id-TA-ECDSA (TR-03110-3 A.6.4), and the last arc of the latter for
/// SHA-256.
const TA_RSA_SHA256: &str = "0.4.0.127.0.7.2.2.2.1.2";
const TA_ECDSA: &str = "0.4.0.127.0.7.2.2.2.2";
const SHA256_ARC: u8 = 3;

/// The key of a pair, with the hash that the pair signs with.
fn public_key(pair: &KeyPair, domain: DomainDraft) -> Result<Vec<u8>, SimulateError> {
    if let Some([modulus, exponent]) = pair.rsa_numbers() {
        let algorithm = der::object_identifier(TA_RSA_SHA256);
        let fields = [algorithm, tlv(0x81, &modulus), tlv(0x82, &exponent)];
        return Ok(tlv(tag::PUBLIC_KEY, &fields.concat()));
    }
    let curve = pair.curve().ok_or(SimulateError::KeyKind)?;
    let algorithm = match curve {
        oid::P384 => 4,
        oid::P521 => 5,
        _ => SHA256_ARC,
    };
    Ok(ec_key(algorithm, curve, domain, pair.public_octets()))
}

fn ec_key(algorithm: u8, curve: &str, written: DomainDraft, point: &[u8]) -> Vec<u8> {
    let mut fields = vec![der::object_identifier(&format!("{TA_ECDSA}.{algorithm}"))];
    let stated = match written {
        DomainDraft::Inherited => None,
        _ => Domain::of(curve),
    };
    if let Some(Domain { prime, a, b, generator: [x, y], order }) = &stated {
        let uncompressed = [&[4], &x[..], y].concat();
        let generator = match written {
            DomainDraft::GeneratorIsThePoint => point,
            _ => &uncompressed,
        };
        let order: &[u8] = match written {
            DomainDraft::SmallOrder => &[3],
            _ => order,
        };
        fields.extend([
            tlv(0x81, prime),
            tlv(0x82, a),
            tlv(0x83, b),
            tlv(0x84, generator),
            tlv(0x85, order),
        ]);
    }
    fields.push(tlv(0x86, point));
    if stated.is_some() {
        fields.push(tlv(0x87, &[1]));
    }
    tlv(tag::PUBLIC_KEY, &fields.concat())
}

/// The usual signature of a pair: that of RSA as it is, of ECDSA as r and s side by side.
fn plain_signature(pair: &KeyPair, message: &[u8]) -> Result<Vec<u8>, SimulateError> {
    match pair.curve() {
        Some(_) => pair.sign_plain(message).map(|numbers| numbers.concat()),
        None => pair.sign(Scheme::Usual, message),
    }
}

/// One element.
fn tlv(tag: u16, content: &[u8]) -> Vec<u8> {
    let [high, low] = tag.to_be_bytes();
    let encoded = der::value(low, content);
    if high == 0 { encoded } else { [vec![high], encoded].concat() }
}

/// The same element with a length of three octets.
pub(super) fn padded(element: &[u8]) -> Vec<u8> {
    match element {
        [first, 0x82, high, low, content @ ..] => {
            [&[*first, 0x83, 0, *high, *low], content].concat()
        }
        [first, 0x81, length, content @ ..] => [&[*first, 0x82, 0, *length], content].concat(),
        other => other.to_vec(),
    }
}

/// A backup as `sc-hsm-tool --wrap-key` writes it: the wrapped key, its description, the request.
pub(super) fn backup(attestation: &[u8]) -> Vec<u8> {
    let wrapped = der::octet_string(&[0x5a; 300]);
    let label = der::sequence(&[&der::value(der::tag::UTF8_STRING, b"simulated")]);
    let description = der::value(0xa0, &label);
    der::sequence(&[&wrapped, &description, attestation])
}
