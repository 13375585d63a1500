//! A simulated statement of a Primus HSM: the document, the file of its signature, and the
//! certificates of attestation key and device in one file, as Securosys' own tools write them.

mod defects;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use keyproof::{ReasonCode, Requirement, Timestamp};

use crate::anchors::AnchorDraft;
use crate::case::{Base, Case, DAY, Evidence, has_base, octets, shifted, text, validity_around};
use crate::family::Family;
use crate::keys::{Holder, KeyKind, Scheme};
use crate::pki::{CertificateDraft, ExtensionDraft, pem};
use crate::signing::Keys;
use crate::{Options, SimulateError, der, oid};

/// What `keyproof simulate securosys-primus` makes.
pub(crate) fn family() -> Family<Draft> {
    Family::new(NAME, draft, &[defects::DEFECTS])
}

/// A case that a defect may change before it is signed.
pub(crate) struct Draft {
    base: Base,
    root: CertificateDraft,
    device: CertificateDraft,
    attestation_key: CertificateDraft,
    document: DocumentDraft,
    signature: SignatureDraft,
    /// The files that are sent beside the request.
    pieces: Vec<Piece>,
}

/// A file beside the request.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Piece {
    Document,
    /// The document about a second key, with its signature.
    SecondDocument,
    Signature,
    AttestationKey,
    Device,
}

/// The document.
struct DocumentDraft {
    /// Whose key it is about.
    about: Holder,
    /// Texts in it that are replaced before it is signed.
    replaced: Vec<(String, String)>,
    /// What is done to it afterwards.
    damage: fn(String) -> String,
}

/// The signature of the document.
struct SignatureDraft {
    signer: Holder,
    scheme: Scheme,
    /// What is done to it.
    damage: fn(&mut Vec<u8>),
}

const NAME: &str = "securosys-primus";

const ROOT: (&str, Holder) = ("SIMULATED PRIMUS_HSM_ROOTKEY", Holder::Root);
/// The names of a device and of an attestation key, and the policy of devices
/// (docs/formats/securosys-primus.md).
const DEVICE_NAME: &str = "PRIMUS HSM KEY (SN: 5111)";
const ATTESTATION_KEY_NAME: &str = "attestation-key";
const DEVICE_POLICY: &str = "1.3.6.1.4.1.44668.4.1.3";

/// keyUsage as extnValue: nonRepudiation, keyCertSign and cRLSign; digitalSignature and nonRepudiation.
const DEVICE_USAGE: [u8; 4] = [3, 2, 1, 0x46];
const ATTESTATION_KEY_USAGE: [u8; 4] = [3, 2, 6, 0xc0];

/// basicConstraints of no authority.
const NO_AUTHORITY: [u8; 2] = [0x30, 0];

fn draft(options: &Options) -> Result<Draft, SimulateError> {
    let validity = validity_around(options.time)?;
    let root = CertificateDraft::new("simulated root", ROOT, ROOT, validity)
        .with(vec![ExtensionDraft::signs_certificates(), ExtensionDraft::authority(1)]);
    let mut device =
        CertificateDraft::new("device", ROOT, ("", Holder::Issuing), validity).with(vec![
            ExtensionDraft::critical(oid::KEY_USAGE, DEVICE_USAGE),
            ExtensionDraft::authority(0),
            ExtensionDraft::new(oid::CERTIFICATE_POLICIES, der::policies(DEVICE_POLICY)),
        ]);
    device.subject = name(DEVICE_NAME);
    let (issuer, subject) = (("", Holder::Issuing), ("", Holder::Device));
    let mut attestation_key = CertificateDraft::new("attestation key", issuer, subject, validity)
        .with(vec![
            ExtensionDraft::critical(oid::KEY_USAGE, ATTESTATION_KEY_USAGE),
            ExtensionDraft::critical(oid::BASIC_CONSTRAINTS, NO_AUTHORITY),
        ]);
    attestation_key.issuer.clone_from(&device.subject);
    attestation_key.subject = name(ATTESTATION_KEY_NAME);
    let anchor = AnchorDraft::of_manufacturer("simulated-securosys-root", ROOT.0, &root);
    let attested = options.key.unwrap_or(KeyKind::Rsa3072);
    let base = Base::new(NAME, attested, vec![anchor], options);
    let scheme = base.request.scheme;
    Ok(Draft {
        base,
        root,
        device,
        attestation_key,
        document: DocumentDraft {
            about: Holder::Attested,
            replaced: Vec::new(),
            damage: |text| text,
        },
        signature: SignatureDraft { signer: Holder::Device, scheme, damage: |_| {} },
        pieces: vec![Piece::Document, Piece::Signature, Piece::AttestationKey, Piece::Device],
    })
}

/// The name of a key in the module.
fn name(common_name: &str) -> Vec<u8> {
    der::name(&[
        (oid::COMMON_NAME, common_name),
        (oid::COUNTRY, "CH"),
        (oid::LOCALITY, "Zurich"),
        (oid::ORGANIZATION, "Securosys"),
        (oid::STATE, "ZH"),
    ])
}

/// How a document writes the algorithm of a key: its name, its identifier, and the size where it
/// states one.
fn algorithm(kind: KeyKind) -> (&'static str, &'static str, &'static str) {
    const RSA: &str = "1.2.840.113549.1.1.1";
    match kind {
        KeyKind::Rsa2048 => ("RSA", RSA, "\t<key_size>2048</key_size>\n"),
        KeyKind::Rsa3072 => ("RSA", RSA, "\t<key_size>3072</key_size>\n"),
        KeyKind::Rsa4096 => ("RSA", RSA, "\t<key_size>4096</key_size>\n"),
        KeyKind::P256 => ("EC", "1.2.840.10045.3.1.7", ""),
        KeyKind::P384 => ("EC", "1.3.132.0.34", ""),
        KeyKind::P521 => ("EC", "1.3.132.0.35", ""),
        KeyKind::Secp256k1 => ("EC", "1.3.132.0.10", ""),
        KeyKind::Ed25519 => ("ED", "1.3.101.112", ""),
    }
}

/// The document of a key that was generated in the module and never leaves it.
fn document(kind: KeyKind, spki: &[u8], time: Timestamp) -> String {
    let (algorithm, identifier, size) = algorithm(kind);
    let (created, attested) = (shifted(time, -30 * DAY), shifted(time, -DAY));
    let key = STANDARD.encode(spki);
    let flag = |name: &str, value: bool| format!("\t\t<{name}>{value}</{name}>\n");
    let flags: String = [
        flag("decrypt", false),
        flag("sign", true),
        flag("unwrap", false),
        flag("derive", false),
        flag("sensitive", true),
        flag("always_sensitive", true),
        flag("extractable", false),
        flag("never_extractable", true),
        flag("modifiable", false),
        flag("copyable", false),
        flag("destroyable", true),
        flag("unique", true),
    ]
    .concat();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <private_key creation=\"generated\">\n\
         \t<label>SIMULATED code signing key</label>\n\
         \t<create_time>{created}</create_time>\n\
         \t<attest_time>{attested}</attest_time>\n\
         \t<key_use_count>1</key_use_count>\n\
         \t<algorithm>{algorithm}</algorithm>\n\
         \t<algorithm_oid>{identifier}</algorithm_oid>\n\
         {size}\
         \t<public_key>{key}</public_key>\n\
         \t<attributes>\n{flags}\t</attributes>\n\
         </private_key>\n\n"
    )
}

impl Draft {
    /// Writes another text in the document.
    fn replace(&mut self, from: &str, to: &str) {
        self.document.replaced.push((from.to_owned(), to.to_owned()));
    }

    /// States another value of a flag.
    fn flag(&mut self, name: &str, value: bool) {
        self.replace(&format!("<{name}>{}", !value), &format!("<{name}>{value}"));
    }

    /// Writes something before the flags.
    fn insert(&mut self, text: &str) {
        self.replace("\t<attributes>", &format!("\t{text}\n\t<attributes>"));
    }

    /// The document about the key of `about`, as it is signed, and its signature.
    fn signed(
        &self,
        about: Holder,
        keys: &mut Keys<'_>,
    ) -> Result<(String, Vec<u8>), SimulateError> {
        let text = document(self.base.attested, &keys.spki(about)?, self.base.time);
        let replaced = self.document.replaced.iter();
        let text = replaced.fold(text, |text, (from, to)| text.replace(from, to));
        let signer = keys.pair(self.signature.signer)?;
        let mut signature = signer.sign(self.signature.scheme, text.as_bytes())?;
        (self.signature.damage)(&mut signature);
        Ok(((self.document.damage)(text), signature))
    }
}

impl Case for Draft {
    has_base!();

    /// Root and device are RSA as genuine ones are; an attestation key is of the family of what it
    /// attests, so that both are to be seen.
    fn kind_of(holder: Holder, attested: KeyKind) -> KeyKind {
        match holder {
            Holder::Device | Holder::OtherDevice if attested.is_ecdsa() => KeyKind::P256,
            _ => KeyKind::Rsa2048,
        }
    }

    /// A statement names neither model nor firmware.
    fn silences(&self) -> Vec<(Requirement, ReasonCode)> {
        vec![(Requirement::CertifiedModule, ReasonCode::CertificationFirmwareUnstated)]
    }

    fn evidence(&self, keys: &mut Keys<'_>) -> Result<Evidence, SimulateError> {
        let (document, signature) = self.signed(self.document.about, keys)?;
        let mut files = Vec::new();
        let mut chain = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Document => {
                    files.push(text(
                        "attestation.xml",
                        document.clone(),
                        "statement about the key",
                    ));
                }
                Piece::Signature => {
                    files.push(octets("attestation.sig", signature.clone(), "its signature"));
                }
                Piece::SecondDocument => {
                    let (document, signature) = self.signed(Holder::SecondAttested, keys)?;
                    files.push(text("other.xml", document, "statement about another key"));
                    files.push(octets("other.sig", signature, "its signature"));
                }
                Piece::AttestationKey => {
                    chain += &pem("CERTIFICATE", &keys.certificate(&self.attestation_key)?);
                }
                Piece::Device => chain += &pem("CERTIFICATE", &keys.certificate(&self.device)?),
            }
        }
        if !chain.is_empty() {
            files.push(text("attestation.crt", chain, "attestation key and device"));
        }
        Ok(Evidence::of(files))
    }
}

#[cfg(test)]
mod tests;
