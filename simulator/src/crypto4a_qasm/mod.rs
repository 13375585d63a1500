//! A simulated attestation message of a QASM at the certified firmware and in FIPS mode, with both
//! signatures.

mod defects;
mod hss;

use keyproof::Timestamp;

use crate::anchors::AnchorDraft;
use crate::case::{Base, Case, Evidence, has_base, text, validity_around};
use crate::der::{self, tag};
use crate::family::Family;
use crate::keys::{Holder, KeyKind, Scheme};
use crate::oid::{ECDSA_WITH_SHA384, EXTENDED_KEY_USAGE};
use crate::pki::{CertificateDraft, ExtensionDraft, pem, sha256};
use crate::signing::Keys;
use crate::{Options, SimulateError};
use hss::{HSS_LMS, HssKey};

/// What `keyproof simulate crypto4a-qasm` makes.
pub(crate) fn family() -> Family<Draft> {
    Family::new(NAME, draft, &[defects::DEFECTS])
}

/// A case that a defect may change before it is signed.
pub(crate) struct Draft {
    base: Base,
    root: CertificateDraft,
    issuing: CertificateDraft,
    /// The certificate of the ECDSA key that signs claims.
    ecdsa: CertificateDraft,
    /// The same of the HSS key.
    hss: CertificateDraft,
    /// Versions of the message and of its claims.
    versions: [u64; 2],
    claims: Vec<ClaimDraft>,
    signatures: Vec<SignatureDraft>,
    related: Vec<Place>,
    form: Form,
}

/// A claim to be written.
#[derive(Clone)]
struct ClaimDraft {
    predicate: String,
    subject: Option<[u8; 16]>,
    value: Value,
}

/// The value of a claim.
#[derive(Clone)]
enum Value {
    None,
    /// The SubjectPublicKeyInfo of a holder's key.
    Spki(Holder),
    /// SHA-256 of it.
    SpkiSha256(Holder),
    /// A context tag and the content.
    Tagged(u8, Vec<u8>),
}

/// A signature to be made.
#[derive(Clone)]
struct SignatureDraft {
    signer: Signer,
    /// The AlgorithmIdentifier that is written.
    algorithm: Vec<u8>,
    /// What is signed.
    signed: Signed,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Signer {
    Ecdsa,
    Hss,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Signed {
    /// The claims, with tag and length.
    Claims,
    /// The claims without them.
    ContentOfClaims,
}

/// A certificate that is sent beside those of the signers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Issuing,
    Root,
    /// A certificate that has nothing to do with the module.
    Stray,
}

/// How the message is sent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// As the tool writes it.
    Pem,
    /// Twice, the second time about another object.
    TwoMessages,
    /// Not at all: the certificate of a signer in its place.
    SignerAlone,
}

const NAME: &str = "crypto4a-qasm";

/// The arc of the maker (docs/formats/crypto4a-qasm.md, as everything below).
const CRYPTO4A: &str = "1.3.6.1.4.1.39901";
/// The purpose of a key that signs claims.
const ATTESTS: &str = "1.3.6.1.4.1.39901.4.1.1";

/// Claims: about the module, below 1.3.6.1.4.1.39901.6.1; about its attestation keys and the key, below
/// .6.2.
mod claim {
    pub(super) const MODULE_UUID: &str = "1.3.6.1.4.1.39901.6.1.0";
    pub(super) const SERIAL: &str = "1.3.6.1.4.1.39901.6.1.1";
    pub(super) const TIME: &str = "1.3.6.1.4.1.39901.6.1.2";
    pub(super) const FIRMWARE: &str = "1.3.6.1.4.1.39901.6.1.3";
    pub(super) const PRODUCTION: &str = "1.3.6.1.4.1.39901.6.1.4";
    pub(super) const FIPS_MODE: &str = "1.3.6.1.4.1.39901.6.1.5";
    pub(super) const UNIQUE_AUTHORITY: &str = "1.3.6.1.4.1.39901.6.2.0";
    pub(super) const SPKI: &str = "1.3.6.1.4.1.39901.6.2.1";
    pub(super) const SPKI_SHA256: &str = "1.3.6.1.4.1.39901.6.2.3";
    pub(super) const OBJECT_CLASS: &str = "1.3.6.1.4.1.39901.6.2.4";
    pub(super) const KEY_TYPE: &str = "1.3.6.1.4.1.39901.6.2.5";
    pub(super) const KEYSTORE: &str = "1.3.6.1.4.1.39901.6.2.6";
    pub(super) const CONFINED: &str = "1.3.6.1.4.1.39901.6.2.7";
    pub(super) const HARDWARE_GENERATED: &str = "1.3.6.1.4.1.39901.6.2.8";
    pub(super) const NEVER_EXTRACTED: &str = "1.3.6.1.4.1.39901.6.2.9";
    pub(super) const CAN: &str = "1.3.6.1.4.1.39901.6.2.13";
    pub(super) const CANNOT: &str = "1.3.6.1.4.1.39901.6.2.14";
}

/// Object classes, and capabilities.
const PUBLIC_KEY: u64 = 2;
const PRIVATE_KEY: u64 = 4;
const SIGN: u64 = 0x0105;
const DERIVE: u64 = 0x0107;

/// UUIDs of the module, the key, another object, and the two signers.
const MODULE_UUID: [u8; 16] = *b"SIMULATED MODULE";
const KEY_UUID: [u8; 16] = *b"SIMULATED KEY 01";
const OTHER_UUID: [u8; 16] = *b"SIMULATED KEY 02";
const SIGNER_UUID: [u8; 16] = *b"SIMULATED SIGNER";

/// The values of complements.
const OCTETS: u8 = 0x80;
const TEXT: u8 = 0x81;
const TIME: u8 = 0x82;
const NUMBER: u8 = 0x83;

const ROOT: (&str, Holder) = ("SIMULATED C4A_RCA", Holder::Root);
const ISSUING: (&str, Holder) = ("C4A_SCA_SIMULATED", Holder::Issuing);

fn draft(options: &Options) -> Result<Draft, SimulateError> {
    let validity = validity_around(options.time)?;
    let root = CertificateDraft::new("simulated root", ROOT, ROOT, validity).with(vec![
        ExtensionDraft::authority_without_length(),
        ExtensionDraft::signs_certificates(),
    ]);
    let anchor = AnchorDraft::of_manufacturer("simulated-crypto4a-root", ROOT.0, &root);
    let issuing = CertificateDraft::new("simulated issuing authority", ROOT, ISSUING, validity);
    let authority = |what: &'static str, name: &str| {
        CertificateDraft::new(what, ISSUING, (name, Holder::Device), validity).with(vec![
            ExtensionDraft::subject_key_identifier(),
            ExtensionDraft::authority_key_identifier(),
            ExtensionDraft::signs_alone(),
            ExtensionDraft::new(EXTENDED_KEY_USAGE, der::identifiers(&[ATTESTS])),
        ])
    };
    let signature = |signer, algorithm| SignatureDraft {
        signer,
        algorithm: der::algorithm(algorithm, &[]),
        signed: Signed::Claims,
    };
    Ok(Draft {
        base: Base::new(NAME, options.key.unwrap_or(KeyKind::P256), vec![anchor], options),
        root,
        issuing: issuing.with(vec![
            ExtensionDraft::authority(0),
            ExtensionDraft::signs_certificates(),
            ExtensionDraft::authority_key_identifier(),
            ExtensionDraft::subject_key_identifier(),
        ]),
        ecdsa: authority("ECDSA authority of the module", "C4A000042 Assertion Authority EC"),
        hss: authority("HSS authority of the module", "C4A000042 Assertion Authority HSS"),
        versions: [1, 1],
        claims: claims(options.time),
        signatures: vec![
            signature(Signer::Ecdsa, ECDSA_WITH_SHA384),
            signature(Signer::Hss, HSS_LMS),
        ],
        // Modules send the chain of each signer.
        related: vec![Place::Issuing, Place::Root, Place::Issuing, Place::Root],
        form: Form::Pem,
    })
}

/// What a module claims of itself and of a signing key that is confined to it, in the order of the
/// published message.
fn claims(time: Timestamp) -> Vec<ClaimDraft> {
    let of_module = |predicate: &str, value| ClaimDraft {
        predicate: predicate.to_owned(),
        subject: None,
        value,
    };
    let text = |text: &str| Value::Tagged(TEXT, text.as_bytes().to_vec());
    vec![
        of_module(claim::MODULE_UUID, Value::Tagged(OCTETS, MODULE_UUID.to_vec())),
        of_module(claim::SERIAL, text("QSM000042")),
        of_module(claim::TIME, Value::Tagged(TIME, der::generalized(time).into_bytes())),
        of_module(claim::FIRMWARE, text("2.1.0.100")),
        of_module(claim::PRODUCTION, Value::None),
        of_module(claim::FIPS_MODE, Value::None),
        of_module(claim::UNIQUE_AUTHORITY, Value::None),
        of_key(claim::SPKI, Value::Spki(Holder::Attested)),
        of_key(claim::OBJECT_CLASS, number(PRIVATE_KEY)),
        of_key(claim::KEY_TYPE, number(2)),
        of_key(claim::KEYSTORE, number(0x0100)),
        of_key(claim::CONFINED, Value::None),
        of_key(claim::HARDWARE_GENERATED, Value::None),
        of_key(claim::NEVER_EXTRACTED, Value::None),
        of_key(claim::CAN, number(SIGN)),
        of_key(claim::CANNOT, number(DERIVE)),
    ]
}

fn of_key(predicate: &str, value: Value) -> ClaimDraft {
    ClaimDraft { predicate: predicate.to_owned(), subject: Some(KEY_UUID), value }
}

fn number(number: u64) -> Value {
    // The content of an INTEGER, which is below 2^15 here.
    let encoded = der::integer(number);
    Value::Tagged(NUMBER, encoded.get(2..).unwrap_or_default().to_vec())
}

impl Draft {
    fn claim_mut(&mut self, predicate: &str) -> Option<&mut ClaimDraft> {
        self.claims.iter_mut().find(|claim| claim.predicate == predicate)
    }

    /// Does not make that claim.
    fn unclaim(&mut self, predicate: &str) {
        self.claims.retain(|claim| claim.predicate != predicate);
    }

    /// Claims another value.
    fn claim_instead(&mut self, predicate: &str, value: Value) {
        if let Some(claim) = self.claim_mut(predicate) {
            claim.value = value;
        }
    }

    fn claims(&self, keys: &mut Keys<'_>) -> Result<Vec<u8>, SimulateError> {
        let mut list = Vec::new();
        for claim in &self.claims {
            let subject = claim.subject.map(|uuid| der::explicit(0, &der::value(OCTETS, &uuid)));
            let value = match &claim.value {
                Value::None => None,
                Value::Spki(holder) => Some(der::value(OCTETS, &keys.spki(*holder)?)),
                Value::SpkiSha256(holder) => {
                    Some(der::value(OCTETS, &sha256(&keys.spki(*holder)?)))
                }
                Value::Tagged(tag, content) => Some(der::value(*tag, content)),
            };
            list.push(der::sequence(&[
                &der::object_identifier(&claim.predicate),
                &subject.unwrap_or_default(),
                &value.map(|value| der::explicit(1, &value)).unwrap_or_default(),
            ]));
        }
        let [_, version] = self.versions;
        Ok(der::sequence(&[&der::integer(version), &der::sequence(&[&list.concat()])]))
    }

    /// The message with these claims.
    fn message(&self, claims: &[u8], keys: &mut Keys<'_>) -> Result<Vec<u8>, SimulateError> {
        let hss = HssKey::generate()?;
        let content = claims.get(4..).unwrap_or_default();
        let mut blocks = Vec::new();
        for signature in &self.signatures {
            let message = match signature.signed {
                Signed::Claims => claims,
                Signed::ContentOfClaims => content,
            };
            let (certificate, octets) = match signature.signer {
                Signer::Ecdsa => {
                    let certificate = keys.certificate(&self.ecdsa)?;
                    (certificate, keys.pair(self.ecdsa.key)?.sign(Scheme::Usual, message)?)
                }
                Signer::Hss => {
                    let issuer = keys.pair(self.hss.signer)?;
                    let octets = hss.public_octets();
                    let certificate = self.hss.to_der_of(&hss.spki(), &octets, issuer)?;
                    (certificate, hss.sign(message))
                }
            };
            let identifier = der::sequence(&[
                &der::explicit(0, &der::octet_string(&SIGNER_UUID)),
                &der::explicit(2, &certificate),
            ]);
            let octets = der::bit_string(&octets);
            blocks.push(der::sequence(&[&identifier, &signature.algorithm, &octets]));
        }
        // Copies are copies: each certificate is signed once.
        let (issuing, root) = (keys.certificate(&self.issuing)?, keys.certificate(&self.root)?);
        let mut related = Vec::new();
        for place in &self.related {
            related.push(match place {
                Place::Issuing => issuing.clone(),
                Place::Root => root.clone(),
                Place::Stray => {
                    let stray = ("SIMULATED stray", Holder::OtherRoot);
                    let validity = self.root.validity;
                    keys.certificate(&CertificateDraft::new("stray", stray, stray, validity))?
                }
            });
        }
        let [version, _] = self.versions;
        let carried = if related.is_empty() {
            Vec::new()
        } else {
            der::value(tag::CONTEXT_0, &related.concat())
        };
        let parts = [der::integer(version), claims.to_vec(), der::sequence(&[&blocks.concat()])];
        Ok(der::sequence(&[&parts.concat(), &carried]))
    }
}

impl Case for Draft {
    has_base!();

    fn kind_of(_holder: Holder, _attested: KeyKind) -> KeyKind {
        KeyKind::P384
    }

    fn evidence(&self, keys: &mut Keys<'_>) -> Result<Evidence, SimulateError> {
        let claims = self.claims(keys)?;
        let mut message = |name, what| {
            self.message(&claims, keys)
                .map(|der| text(name, pem("ATTESTATION MESSAGE", &der), what))
        };
        let files = match self.form {
            Form::Pem => vec![message("attestation.pem", "attestation message")?],
            Form::TwoMessages => vec![
                message("attestation.pem", "attestation message")?,
                message("second-attestation.pem", "second attestation message")?,
            ],
            Form::SignerAlone => {
                let block = pem("CERTIFICATE", &keys.certificate(&self.ecdsa)?);
                vec![text("authority.pem", block, "certificate of a signer of the module")]
            }
        };
        Ok(Evidence::of(files))
    }
}
