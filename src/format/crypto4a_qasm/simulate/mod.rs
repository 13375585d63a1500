//! A simulated attestation message of a QASM at the certified firmware and in FIPS mode, with both
//! signatures.

mod defects;
mod hss;

use super::statement::{DERIVE, PRIVATE_KEY, SIGN, predicate};
use super::{ATTESTS, CRYPTO4A, ECDSA_WITH_SHA384, PROFILE};
use crate::encoding::der::tag;
use crate::encoding::hex::Sha256;
use crate::encoding::oid::{self, Oid};
use crate::signature::hss::HSS_LMS;
use crate::simulate::anchors::to_yaml;
use crate::simulate::case::{
    AnchorDraft, SUBSCRIBER, Vouches, digital_signature_only, file, pem, validity_around,
};
use crate::simulate::keys::{Holder, KeyKind, Keyring, Scheme};
use crate::simulate::pki::{CertificateDraft, ExtensionDraft, RequestDraft};
use crate::simulate::{Case, Family, Options, RsaPadding, SimulateError, SimulatedFile, der};
use crate::time::Timestamp;
use crate::trust::AnchorStatus;
use hss::HssKey;

/// What `keyproof simulate crypto4a-qasm` makes.
pub(crate) fn family() -> Family<Draft> {
    Family { name: PROFILE.format, defects: defects::DEFECTS.to_vec(), draft }
}

/// A case that a defect may change before it is signed.
pub(crate) struct Draft {
    attested: KeyKind,
    time: Timestamp,
    anchor: AnchorDraft,
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
    request: RequestDraft,
    form: Form,
}

/// A claim to be written.
#[derive(Clone)]
struct ClaimDraft {
    predicate: Vec<u8>,
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
    let mut root = CertificateDraft::new("simulated root", ROOT, ROOT, validity);
    root.extensions =
        vec![ExtensionDraft::authority_without_length(), ExtensionDraft::signs_certificates()];
    let mut issuing = CertificateDraft::new("simulated issuing authority", ROOT, ISSUING, validity);
    issuing.extensions = vec![
        ExtensionDraft::authority(0),
        ExtensionDraft::signs_certificates(),
        ExtensionDraft::authority_key_identifier(),
        ExtensionDraft::subject_key_identifier(),
    ];
    let authority = |what: &'static str, name: &str| {
        let mut certificate =
            CertificateDraft::new(what, ISSUING, (name, Holder::Device), validity);
        certificate.extensions = vec![
            ExtensionDraft::subject_key_identifier(),
            ExtensionDraft::authority_key_identifier(),
            digital_signature_only(),
            ExtensionDraft::new(
                oid::EXTENDED_KEY_USAGE,
                der::sequence(&[&der::object_identifier(ATTESTS)]),
            ),
        ];
        certificate
    };
    let scheme = match options.padding {
        RsaPadding::Pkcs1 => Scheme::Usual,
        RsaPadding::Pss => Scheme::RsaPss,
    };
    let signature = |signer, algorithm| SignatureDraft {
        signer,
        algorithm: der::algorithm(algorithm, &[]),
        signed: Signed::Claims,
    };
    Ok(Draft {
        attested: options.key.unwrap_or(KeyKind::P256),
        time: options.time,
        anchor: AnchorDraft {
            id: "simulated-crypto4a-root",
            subject: ROOT.0,
            issuing: "",
            format: PROFILE.format,
            vouches: Vouches::AsManufacturer,
            status: AnchorStatus::Test,
        },
        root,
        issuing,
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
        request: RequestDraft::new(SUBSCRIBER.as_bytes(), Holder::Attested, scheme),
        form: Form::Pem,
    })
}

/// What a module claims of itself and of a signing key that is confined to it, in the order of the
/// published message.
fn claims(time: Timestamp) -> Vec<ClaimDraft> {
    let mut at: String = time.to_string().chars().filter(char::is_ascii_digit).collect();
    at.push('Z');
    let of_module =
        |arc, value| ClaimDraft { predicate: below(predicate::MODULE, arc), subject: None, value };
    let text = |text: &str| Value::Tagged(TEXT, text.as_bytes().to_vec());
    vec![
        of_module(predicate::MODULE_UUID, Value::Tagged(OCTETS, MODULE_UUID.to_vec())),
        of_module(predicate::SERIAL, text("QSM000042")),
        of_module(predicate::TIME, Value::Tagged(TIME, at.into_bytes())),
        of_module(predicate::FIRMWARE, text("2.1.0.100")),
        of_module(predicate::PRODUCTION, Value::None),
        of_module(predicate::FIPS_MODE, Value::None),
        ClaimDraft {
            predicate: below(predicate::KEY, predicate::UNIQUE_AUTHORITY),
            subject: None,
            value: Value::None,
        },
        of_key(predicate::SPKI, Value::Spki(Holder::Attested)),
        of_key(predicate::OBJECT_CLASS, number(PRIVATE_KEY)),
        of_key(predicate::KEY_TYPE, number(2)),
        of_key(predicate::KEYSTORE, number(0x0100)),
        of_key(predicate::CONFINED, Value::None),
        of_key(predicate::HARDWARE_GENERATED, Value::None),
        of_key(predicate::NEVER_EXTRACTED, Value::None),
        of_key(predicate::CAN, number(SIGN)),
        of_key(predicate::CANNOT, number(DERIVE)),
    ]
}

fn of_key(arc: u8, value: Value) -> ClaimDraft {
    ClaimDraft { predicate: below(predicate::KEY, arc), subject: Some(KEY_UUID), value }
}

fn number(number: u64) -> Value {
    // The content of an INTEGER, which is below 2^15 here.
    let encoded = der::integer(number);
    Value::Tagged(NUMBER, encoded.get(2..).unwrap_or_default().to_vec())
}

fn below(arc: Oid<'_>, last: u8) -> Vec<u8> {
    [arc.content(), &[last]].concat()
}

impl Draft {
    fn claim_mut(&mut self, arc: Oid<'_>, last: u8) -> Option<&mut ClaimDraft> {
        let predicate = below(arc, last);
        self.claims.iter_mut().find(|claim| claim.predicate == predicate)
    }

    /// Does not make that claim.
    fn unclaim(&mut self, arc: Oid<'_>, last: u8) {
        let predicate = below(arc, last);
        self.claims.retain(|claim| claim.predicate != predicate);
    }

    /// Claims another value.
    fn claim_instead(&mut self, arc: Oid<'_>, last: u8, value: Value) {
        if let Some(claim) = self.claim_mut(arc, last) {
            claim.value = value;
        }
    }

    fn kind(&self, holder: Holder) -> KeyKind {
        match holder {
            Holder::Attested | Holder::SecondAttested | Holder::Software => self.attested,
            _ => KeyKind::P384,
        }
    }

    fn sign(
        &self,
        certificate: &CertificateDraft,
        keyring: &mut Keyring,
    ) -> Result<Vec<u8>, SimulateError> {
        let subject = (certificate.key, self.kind(certificate.key));
        let signer = (certificate.signer, self.kind(certificate.signer));
        let (subject, signer) = keyring.two(subject, signer)?;
        certificate.to_der(subject, signer)
    }

    fn claims(&self, keyring: &mut Keyring) -> Result<Vec<u8>, SimulateError> {
        let mut list = Vec::new();
        for claim in &self.claims {
            let subject = claim.subject.map(|uuid| der::explicit(0, &der::value(OCTETS, &uuid)));
            let mut spki = |holder| keyring.pair(holder, self.kind(holder)).map(|pair| pair.spki());
            let value = match &claim.value {
                Value::None => None,
                Value::Spki(holder) => Some(der::value(OCTETS, &spki(*holder)?)),
                Value::SpkiSha256(holder) => {
                    Some(der::value(OCTETS, Sha256::of(&spki(*holder)?).as_bytes()))
                }
                Value::Tagged(tag, content) => Some(der::value(*tag, content)),
            };
            list.push(der::sequence(&[
                &der::object_identifier(Oid::from_content(&claim.predicate)),
                &subject.unwrap_or_default(),
                &value.map(|value| der::explicit(1, &value)).unwrap_or_default(),
            ]));
        }
        let [_, version] = self.versions;
        Ok(der::sequence(&[&der::integer(version), &der::sequence(&[&list.concat()])]))
    }

    /// The message with these claims.
    fn message(&self, claims: &[u8], keyring: &mut Keyring) -> Result<Vec<u8>, SimulateError> {
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
                    let certificate = self.sign(&self.ecdsa, keyring)?;
                    let holder = self.ecdsa.key;
                    let pair = keyring.pair(holder, self.kind(holder))?;
                    (certificate, pair.sign(Scheme::Usual, message)?)
                }
                Signer::Hss => {
                    let issuer = self.hss.signer;
                    let issuer = keyring.pair(issuer, self.kind(issuer))?;
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
        let (issuing, root) = (self.sign(&self.issuing, keyring)?, self.sign(&self.root, keyring)?);
        let mut related = Vec::new();
        for place in &self.related {
            related.push(match place {
                Place::Issuing => issuing.clone(),
                Place::Root => root.clone(),
                Place::Stray => {
                    let stray = ("SIMULATED stray", Holder::OtherRoot);
                    let validity = self.root.validity;
                    let stray = CertificateDraft::new("stray", stray, stray, validity);
                    self.sign(&stray, keyring)?
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
    fn key(&self) -> KeyKind {
        self.attested
    }

    fn files(
        &self,
        keyring: &mut Keyring,
        seen: Timestamp,
    ) -> Result<Vec<SimulatedFile>, SimulateError> {
        // The anchor stays what it is, whatever is done to the root that is sent.
        let whole = draft(&Options::new(self.time))?.root;
        let anchor = self.sign(&whole, keyring)?;
        let spki = keyring.pair(Holder::Root, self.kind(Holder::Root))?.spki();
        let yaml = to_yaml(&self.anchor, &whole, &anchor, &spki, seen);
        let mut files = vec![file("anchors.yaml", yaml, "the test trust, for --trust-anchors")];

        let claims = self.claims(keyring)?;
        if self.form == Form::SignerAlone {
            let certificate = self.sign(&self.ecdsa, keyring)?;
            let text = pem("CERTIFICATE", &certificate);
            files.push(file("authority.pem", text, "certificate of a signer of the module"));
        } else {
            let text = pem("ATTESTATION MESSAGE", &self.message(&claims, keyring)?);
            files.push(file("attestation.pem", text, "attestation message"));
        }
        if self.form == Form::TwoMessages {
            let text = pem("ATTESTATION MESSAGE", &self.message(&claims, keyring)?);
            files.push(file("second-attestation.pem", text, "second attestation message"));
        }
        let key = (self.request.key, self.kind(self.request.key));
        let signer = (self.request.signer, self.kind(self.request.signer));
        let (key, signer) = keyring.two(key, signer)?;
        let request = self.request.to_der(key, signer)?;
        files.push(file("request.pem", pem("CERTIFICATE REQUEST", &request), "request"));
        Ok(files)
    }
}

/// An identifier under the maker's arc that is not defined: 1.3.6.1.4.1.39901.6.2.99.
fn unknown_predicate() -> Vec<u8> {
    [CRYPTO4A.content(), &[6, 2, 99]].concat()
}
