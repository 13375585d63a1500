//! A simulated statement of a Primus HSM: the document, the file of its signature, and the
//! certificates of attestation key and device in one file, as Securosys' own tools write them.

mod defects;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{ATTESTATION_KEY_NAME, DEVICE_NAME, DEVICE_POLICY, PROFILE};
use crate::encoding::oid::{self, Oid};
use crate::reason::ReasonCode;
use crate::result::Requirement;
use crate::simulate::anchors::to_yaml;
use crate::simulate::case::{
    AnchorDraft, DAY, SUBSCRIBER, Vouches, file, pem, shifted, validity_around,
};
use crate::simulate::keys::{Holder, KeyKind, Keyring, Scheme};
use crate::simulate::pki::{CertificateDraft, ExtensionDraft, RequestDraft};
use crate::simulate::{Case, Family, Options, RsaPadding, SimulateError, SimulatedFile, der};
use crate::time::Timestamp;
use crate::trust::AnchorStatus;

/// What `keyproof simulate securosys-primus` makes.
pub(crate) fn family() -> Family<Draft> {
    Family { name: PROFILE.format, defects: defects::DEFECTS.to_vec(), draft }
}

/// A case that a defect may change before it is signed.
pub(crate) struct Draft {
    attested: KeyKind,
    time: Timestamp,
    anchor: AnchorDraft,
    root: CertificateDraft,
    device: CertificateDraft,
    attestation_key: CertificateDraft,
    document: DocumentDraft,
    signature: SignatureDraft,
    request: RequestDraft,
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
    /// What is done to it before it is signed.
    change: fn(&str) -> String,
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

/// The attributes of the names in the hierarchy.
const COUNTRY: Oid<'_> = Oid::from_content(&[0x55, 4, 6]);
const LOCALITY: Oid<'_> = Oid::from_content(&[0x55, 4, 7]);
const STATE: Oid<'_> = Oid::from_content(&[0x55, 4, 8]);
const ORGANIZATION: Oid<'_> = Oid::from_content(&[0x55, 4, 10]);

/// keyUsage as extnValue: nonRepudiation, keyCertSign and cRLSign; digitalSignature and nonRepudiation.
const DEVICE_USAGE: [u8; 4] = [3, 2, 1, 0x46];
const ATTESTATION_KEY_USAGE: [u8; 4] = [3, 2, 6, 0xc0];

/// basicConstraints of no authority.
const NO_AUTHORITY: [u8; 2] = [0x30, 0];

fn draft(options: &Options) -> Result<Draft, SimulateError> {
    let validity = validity_around(options.time)?;
    let root_name = ("SIMULATED PRIMUS_HSM_ROOTKEY", Holder::Root);
    let mut root = CertificateDraft::new("simulated root", root_name, root_name, validity);
    root.extensions = vec![ExtensionDraft::signs_certificates(), ExtensionDraft::authority(1)];

    let mut device = CertificateDraft::new("device", root_name, ("", Holder::Issuing), validity);
    device.subject = name(&format!("{}5111{}", DEVICE_NAME.0, DEVICE_NAME.1));
    device.extensions = vec![
        ExtensionDraft::critical(oid::KEY_USAGE, DEVICE_USAGE),
        ExtensionDraft::authority(0),
        ExtensionDraft::new(oid::CERTIFICATE_POLICIES, policies(DEVICE_POLICY)),
    ];
    let issuer = ("", Holder::Issuing);
    let mut attestation_key =
        CertificateDraft::new("attestation key", issuer, ("", Holder::Device), validity);
    attestation_key.issuer.clone_from(&device.subject);
    attestation_key.subject = name(ATTESTATION_KEY_NAME);
    attestation_key.extensions = vec![
        ExtensionDraft::critical(oid::KEY_USAGE, ATTESTATION_KEY_USAGE),
        ExtensionDraft::critical(oid::BASIC_CONSTRAINTS, NO_AUTHORITY),
    ];
    let scheme = match options.padding {
        RsaPadding::Pkcs1 => Scheme::Usual,
        RsaPadding::Pss => Scheme::RsaPss,
    };
    Ok(Draft {
        attested: options.key.unwrap_or(KeyKind::Rsa3072),
        time: options.time,
        anchor: AnchorDraft {
            id: "simulated-securosys-root",
            subject: root_name.0,
            issuing: "",
            format: PROFILE.format,
            vouches: Vouches::AsManufacturer,
            status: AnchorStatus::Test,
        },
        root,
        device,
        attestation_key,
        document: DocumentDraft {
            about: Holder::Attested,
            change: str::to_owned,
            damage: |text| text,
        },
        signature: SignatureDraft { signer: Holder::Device, scheme, damage: |_| {} },
        request: RequestDraft::new(SUBSCRIBER.as_bytes(), Holder::Attested, scheme),
        pieces: vec![Piece::Document, Piece::Signature, Piece::AttestationKey, Piece::Device],
    })
}

/// The name of a key in the module.
fn name(common_name: &str) -> Vec<u8> {
    der::name(&[
        (oid::COMMON_NAME, common_name),
        (COUNTRY, "CH"),
        (LOCALITY, "Zurich"),
        (ORGANIZATION, "Securosys"),
        (STATE, "ZH"),
    ])
}

/// certificatePolicies of that one policy.
fn policies(policy: Oid<'_>) -> Vec<u8> {
    der::sequence(&[&der::sequence(&[&der::object_identifier(policy)])])
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
    /// Root and device are RSA as genuine ones are; an attestation key is of the family of what it
    /// attests, so that both are to be seen.
    fn kind(&self, holder: Holder) -> KeyKind {
        match holder {
            Holder::Attested | Holder::SecondAttested | Holder::Software => self.attested,
            Holder::Device | Holder::OtherDevice if self.attested.is_ecdsa() => KeyKind::P256,
            _ => KeyKind::Rsa2048,
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

    /// The document about the key of `about`, as it is signed, and its signature.
    fn signed(
        &self,
        about: Holder,
        keyring: &mut Keyring,
    ) -> Result<(String, Vec<u8>), SimulateError> {
        let kind = self.kind(about);
        let text = document(kind, &keyring.pair(about, kind)?.spki(), self.time);
        let text = (self.document.change)(&text);
        let signer = self.signature.signer;
        let mut signature = keyring
            .pair(signer, self.kind(signer))?
            .sign(self.signature.scheme, text.as_bytes())?;
        (self.signature.damage)(&mut signature);
        Ok(((self.document.damage)(text), signature))
    }
}

impl Case for Draft {
    fn key(&self) -> KeyKind {
        self.attested
    }

    /// A statement names neither model nor firmware.
    fn silences(&self) -> Vec<(Requirement, ReasonCode)> {
        vec![(Requirement::CertifiedModule, ReasonCode::CertificationFirmwareUnstated)]
    }

    fn files(
        &self,
        keyring: &mut Keyring,
        seen: Timestamp,
    ) -> Result<Vec<SimulatedFile>, SimulateError> {
        let root = self.sign(&self.root, keyring)?;
        let spki = keyring.pair(Holder::Root, self.kind(Holder::Root))?.spki();
        let yaml = to_yaml(&self.anchor, &self.root, &root, &spki, seen);
        let mut files = vec![file("anchors.yaml", yaml, "the test trust, for --trust-anchors")];

        let (text, signature) = self.signed(self.document.about, keyring)?;
        let mut chain = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Document => {
                    files.push(file("attestation.xml", text.clone(), "statement about the key"));
                }
                Piece::Signature => {
                    files.push(octets("attestation.sig", &signature, "its signature"));
                }
                Piece::SecondDocument => {
                    let (text, signature) = self.signed(Holder::SecondAttested, keyring)?;
                    files.push(file("other.xml", text, "statement about another key"));
                    files.push(octets("other.sig", &signature, "its signature"));
                }
                Piece::AttestationKey => {
                    chain += &pem("CERTIFICATE", &self.sign(&self.attestation_key, keyring)?);
                }
                Piece::Device => {
                    chain += &pem("CERTIFICATE", &self.sign(&self.device, keyring)?);
                }
            }
        }
        if !chain.is_empty() {
            files.push(file("attestation.crt", chain, "attestation key and device"));
        }
        let key = (self.request.key, self.kind(self.request.key));
        let signer = (self.request.signer, self.kind(self.request.signer));
        let (key, signer) = keyring.two(key, signer)?;
        let request = self.request.to_der(key, signer)?;
        files.push(file("request.pem", pem("CERTIFICATE REQUEST", &request), "request"));
        Ok(files)
    }
}

fn octets(name: &str, bytes: &[u8], what: &str) -> SimulatedFile {
    SimulatedFile { name: name.to_owned(), bytes: bytes.to_vec(), what: what.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::super::{DEVICE, policy};
    use super::{DEVICE_POLICY, DEVICE_USAGE};
    use crate::encoding::oid;
    use crate::encoding::x509::Certificate;
    use crate::encoding::xml::{self, Element};
    use crate::simulate::tests::{format_named, pem_blocks};
    use crate::simulate::{KeyKind, Options, Simulation};
    use crate::time::Timestamp;

    const SAMPLES: &str =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/samples/securosys-primus");

    /// A file of the shared samples, if it is there.
    #[allow(clippy::disallowed_methods, reason = "tests read samples")]
    fn shared(path: &str) -> Option<Vec<u8>> {
        std::fs::read(format!("{SAMPLES}/{path}")).ok()
    }

    fn simulated(defect: Option<&str>) -> Simulation {
        let time = Timestamp::from_rfc3339("2026-11-21T10:00:00Z").unwrap();
        let options = Options {
            key: Some(KeyKind::Rsa2048),
            defect: defect.map(str::to_owned),
            ..Options::new(time)
        };
        format_named("securosys-primus").build(&options).unwrap()
    }

    fn file<'a>(simulation: &'a Simulation, name: &str) -> &'a [u8] {
        &simulation.files.iter().find(|file| file.name == name).unwrap().bytes
    }

    fn names(root: &Element) -> Vec<&str> {
        let flags = root.named("attributes").flat_map(|flags| &flags.elements);
        root.elements.iter().chain(flags).map(|element| element.name.as_str()).collect()
    }

    #[test]
    fn the_document_has_the_form_of_a_genuine_one() {
        let Some(genuine) = shared("genuine-rsa3072-with-request/attestation.xml") else { return };
        let simulation = simulated(None);
        let ours = file(&simulation, "attestation.xml");
        assert!(ours.ends_with(b"</private_key>\n\n") && genuine.ends_with(b"</private_key>\n\n"));
        let (ours, theirs) = (xml::parse(ours).unwrap(), xml::parse(&genuine).unwrap());
        assert_eq!((&ours.name, &ours.attributes), (&theirs.name, &theirs.attributes));
        assert_eq!(names(&ours), names(&theirs));
    }

    #[test]
    fn the_certificates_have_the_form_of_genuine_ones() {
        let chain =
            pem_blocks(std::str::from_utf8(file(&simulated(None), "attestation.crt")).unwrap());
        for (index, ours) in chain.iter().enumerate() {
            let path = format!("genuine-rsa3072-with-request/chain-{index}.pem");
            let Some(theirs) = shared(&path) else { return };
            let theirs = &pem_blocks(std::str::from_utf8(&theirs).unwrap())[0];
            let ours = Certificate::from_der(ours).unwrap();
            let theirs = Certificate::from_der(theirs).unwrap();
            assert_eq!(ours.extensions(), theirs.extensions(), "{index}");
        }
    }

    /// The example of a genuine module is of an Ed25519 key; what it says of it is what counts.
    #[test]
    fn the_imported_key_is_described_as_genuine_modules_describe_one() {
        let Some(example) =
            shared("imported-key-unsigned-attributes/imported-key-attributes-example.xml")
        else {
            return;
        };
        let simulation = simulated(Some("imported"));
        let ours = xml::parse(file(&simulation, "attestation.xml")).unwrap();
        let theirs = xml::parse(&example).unwrap();
        assert_eq!(ours.attributes, theirs.attributes);
        let flags = |root: &Element| root.named("attributes").next().unwrap().elements.clone();
        assert_eq!(flags(&ours), flags(&theirs));
    }

    #[test]
    fn the_device_policy_is_written_as_it_is_read() {
        let chain =
            pem_blocks(std::str::from_utf8(file(&simulated(None), "attestation.crt")).unwrap());
        let device = Certificate::from_der(&chain[1]).unwrap();
        assert_eq!(policy(&device), Some(DEVICE_POLICY), "{DEVICE}");
        assert_eq!(device.extension(oid::KEY_USAGE).unwrap().value(), DEVICE_USAGE);
        assert_eq!(DEVICE_POLICY.to_string(), "1.3.6.1.4.1.44668.4.1.3");
    }
}
