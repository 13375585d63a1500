//! Simulated evidence of a LiquidSecurity partition: the hierarchies of manufacturer and owner, the
//! blob, and the envelope in which a provider hands it out.

pub(crate) mod blob;
pub(crate) mod defects;

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::Layout;
use crate::encoding::der::tag;
use crate::encoding::hex::Sha256;
use crate::encoding::oid::{self, Oid};
use crate::public_key::PublicKey;
use crate::reason::ReasonCode;
use crate::result::Requirement;
use crate::simulate::case::{SUBSCRIBER, file, pem, validity_around};
use crate::simulate::keys::{Holder, KeyKind, Keyring, Scheme};
use crate::simulate::pki::{CertificateDraft, ExtensionDraft, RequestDraft, RequestForm};
use crate::simulate::{Case, Options, RsaPadding, SimulateError, SimulatedFile, der};
use crate::time::Timestamp;
use blob::{HeaderDraft, ObjectDraft, write_firmware_2, write_v2};

/// The holders of the keys of these hierarchies.
pub(crate) const MANUFACTURER: Holder = Holder::Root;
pub(crate) const CARD: Holder = Holder::Issuing;
pub(crate) const PARTITION: Holder = Holder::Device;
pub(crate) const OWNER: Holder = Holder::OtherRoot;
/// Belongs to no one who is trusted.
pub(crate) const STRANGER: Holder = Holder::OtherDevice;

/// The card and its partition. No genuine one has this type and serial number.
pub(crate) const CARD_NAME: &str = "HSM:5.3G0000-SIM000001, for FIPS mode";
pub(crate) const PARTITION_NAME: &str = "HSM:5.3G0000-SIM000001:PARTN:1, for FIPS mode";

/// Evidence before its signatures.
pub(crate) struct HsmDraft {
    format: &'static str,
    attested: KeyKind,
    manufacturer: CertificateDraft,
    owner: CertificateDraft,
    /// The manufacturer's chain.
    pub(crate) card: CertificateDraft,
    pub(crate) partition: CertificateDraft,
    /// What the owner says of the same card (Google alone) and partition.
    pub(crate) owner_card: CertificateDraft,
    pub(crate) owner_partition: CertificateDraft,
    /// Which certificates are sent, in this order.
    pub(crate) sent: Vec<Place>,
    /// A further certificate.
    pub(crate) more: Option<CertificateDraft>,
    pub(crate) header: HeaderDraft,
    pub(crate) public: ObjectDraft,
    pub(crate) private: ObjectDraft,
    /// The objects of the one blob of layout V2, in this order.
    pub(crate) objects: Vec<Object>,
    /// Who signs the blob, and what is done to it then.
    pub(crate) signer: Holder,
    pub(crate) after: After,
    /// The identifier of the key.
    pub(crate) id: Vec<u8>,
    /// The last octet of the zeros behind the attributes of firmware 2.x.
    pub(crate) filler: u8,
    pub(crate) envelope: Envelope,
    pub(crate) request: RequestDraft,
}

/// A certificate of the bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Card,
    Partition,
    OwnerCard,
    OwnerPartition,
    OwnerRoot,
}

/// One of the two objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Object {
    Public,
    Private,
}

/// What is done to a blob after it was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum After {
    Nothing,
    SignatureBit,
    TrailingOctet,
    Truncated,
}

/// How the evidence is handed out.
#[derive(Clone)]
pub(crate) enum Envelope {
    /// Google: a gzip file and a PEM file.
    Files,
    /// Google: the answer of the API, with the name of the key version.
    KeyVersion { name: String, more: Members },
    /// Azure: the answer of the service.
    Answer(AnswerDraft),
}

/// The answer of Azure.
#[derive(Clone)]
pub(crate) struct AnswerDraft {
    pub(crate) version: &'static str,
    pub(crate) kid: String,
    /// Which object stands as the private, and which as the public one.
    pub(crate) objects: (Object, Object),
    /// What is done to the text of the private blob.
    pub(crate) text: fn(String) -> String,
    /// What else the answer says.
    pub(crate) more: Members,
}

/// Members of an answer: a path of names, and a value.
pub(crate) type Members = Vec<(&'static [&'static str], serde_json::Value)>;

/// Sets members, of objects that are made where there are none.
fn set_members(answer: &mut serde_json::Value, members: &Members) {
    for (path, value) in members {
        let place = path.iter().fold(&mut *answer, |place, name| &mut place[*name]);
        place.clone_from(value);
    }
}

impl HsmDraft {
    /// A key of that format with both hierarchies, and a request for it.
    ///
    /// # Errors
    /// If no validity period can be laid around the time.
    pub(crate) fn new(
        format: &'static str,
        owner_name: &str,
        envelope: Envelope,
        id: Vec<u8>,
        options: &Options,
    ) -> Result<Self, SimulateError> {
        let validity = validity_around(options.time)?;
        let root = "SIMULATED LiquidSecurity Root";
        let draft = |what, issuer: (&str, Holder), subject: (&str, Holder)| {
            CertificateDraft::new(what, issuer, subject, validity)
        };
        let mut card = draft("card", (root, MANUFACTURER), ("", CARD));
        card.subject = hsm_name(CARD_NAME);
        card.version = 0;
        let mut partition = draft("partition", ("", CARD), ("", PARTITION));
        (partition.issuer, partition.subject) = (hsm_name(CARD_NAME), hsm_name(PARTITION_NAME));
        let owned = |what, name: &str, key| {
            let mut certificate = draft(what, (owner_name, OWNER), ("", key));
            certificate.subject = hsm_name(name);
            certificate.extensions = vec![
                ExtensionDraft::critical(oid::BASIC_CONSTRAINTS, der::sequence(&[])),
                // digitalSignature and keyEncipherment.
                ExtensionDraft::critical(oid::KEY_USAGE, [0x03, 2, 5, 0xa0]),
                ExtensionDraft::subject_key_identifier(),
                ExtensionDraft::authority_key_identifier(),
            ];
            certificate
        };
        let mut owner = draft("owner", (owner_name, OWNER), (owner_name, OWNER));
        owner.extensions = vec![ExtensionDraft::authority(0), ExtensionDraft::signs_certificates()];
        let scheme = match options.padding {
            RsaPadding::Pkcs1 => Scheme::Usual,
            RsaPadding::Pss => Scheme::RsaPss,
        };
        Ok(Self {
            format,
            attested: options.key.unwrap_or(KeyKind::P384),
            manufacturer: draft("root", (root, MANUFACTURER), (root, MANUFACTURER)),
            owner_card: owned("owner card", CARD_NAME, CARD),
            owner_partition: owned("owner partition", PARTITION_NAME, PARTITION),
            owner,
            card,
            partition,
            sent: match envelope {
                Envelope::Answer(_) => {
                    vec![Place::Card, Place::Partition, Place::OwnerRoot, Place::OwnerPartition]
                }
                _ => vec![Place::Partition, Place::Card, Place::OwnerPartition, Place::OwnerCard],
            },
            more: None,
            header: HeaderDraft::default(),
            public: ObjectDraft::new(2, 0x0a1c),
            private: ObjectDraft::new(3, 0x0a1d),
            objects: vec![Object::Public, Object::Private],
            signer: PARTITION,
            after: After::Nothing,
            id,
            filler: 0,
            envelope,
            request: RequestDraft::new(SUBSCRIBER.as_bytes(), Holder::Attested, scheme),
        })
    }

    /// Renames the card and its partition, in all certificates.
    pub(crate) fn rename(&mut self, card: &str, partition: &str) {
        (self.card.subject, self.partition.issuer) = (hsm_name(card), hsm_name(card));
        self.owner_card.subject = hsm_name(card);
        self.rename_partition(partition);
    }

    /// Renames the partition, in both certificates.
    pub(crate) fn rename_partition(&mut self, name: &str) {
        self.partition.subject = hsm_name(name);
        self.owner_partition.subject = hsm_name(name);
    }

    /// Does not send that certificate.
    pub(crate) fn withhold(&mut self, place: Place) {
        self.sent.retain(|sent| *sent != place);
    }

    fn kind(&self, holder: Holder) -> KeyKind {
        match holder {
            Holder::Attested | Holder::SecondAttested | Holder::Software => self.attested,
            _ => KeyKind::Rsa2048,
        }
    }

    fn object(&self, object: Object) -> &ObjectDraft {
        match object {
            Object::Public => &self.public,
            Object::Private => &self.private,
        }
    }

    fn certificate(
        &self,
        draft: &CertificateDraft,
        keyring: &mut Keyring,
    ) -> Result<Vec<u8>, SimulateError> {
        let subject = (draft.key, self.kind(draft.key));
        let (subject, signer) = keyring.two(subject, (draft.signer, self.kind(draft.signer)))?;
        draft.to_der(subject, signer)
    }

    fn public_key(
        &self,
        holder: Holder,
        keyring: &mut Keyring,
    ) -> Result<PublicKey, SimulateError> {
        let spki = keyring.pair(holder, self.kind(holder))?.spki();
        PublicKey::from_spki(&spki).map_err(|_| SimulateError::Cryptography)
    }

    /// The certificates that are sent, as PEM.
    fn bundle(&self, keyring: &mut Keyring) -> Result<Vec<String>, SimulateError> {
        let drafts = self.sent.iter().map(|place| match place {
            Place::Card => &self.card,
            Place::Partition => &self.partition,
            Place::OwnerCard => &self.owner_card,
            Place::OwnerPartition => &self.owner_partition,
            Place::OwnerRoot => &self.owner,
        });
        drafts
            .chain(&self.more)
            .map(|draft| Ok(pem("CERTIFICATE", &self.certificate(draft, keyring)?)))
            .collect()
    }

    /// The signed blob of all objects, in layout V2.
    fn blob_v2(&self, keyring: &mut Keyring) -> Result<Vec<u8>, SimulateError> {
        let drafts: Vec<_> = self.objects.iter().map(|object| self.object(*object)).collect();
        let keys = drafts
            .iter()
            .map(|draft| self.public_key(draft.key, keyring))
            .collect::<Result<Vec<_>, _>>()?;
        let objects: Vec<_> = drafts.into_iter().zip(&keys).collect();
        self.signed(write_v2(&self.header, &objects, &self.id)?, Layout::V2, keyring)
    }

    /// The signed blob of one object, in the layout of firmware 2.x.
    fn blob_firmware_2(
        &self,
        object: Object,
        keyring: &mut Keyring,
    ) -> Result<Vec<u8>, SimulateError> {
        let draft = self.object(object);
        let key = self.public_key(draft.key, keyring)?;
        let blob = write_firmware_2(draft, &key, &self.id, self.filler)?;
        self.signed(blob, Layout::Firmware2, keyring)
    }

    fn signed(
        &self,
        mut blob: Vec<u8>,
        layout: Layout,
        keyring: &mut Keyring,
    ) -> Result<Vec<u8>, SimulateError> {
        let signer = keyring.pair(self.signer, self.kind(self.signer))?;
        blob.extend(match layout {
            Layout::Firmware2 => signer.sign_bare_sha256(&blob)?,
            Layout::V1 | Layout::V2 => signer.sign(Scheme::Usual, &blob)?,
        });
        match self.after {
            After::Nothing => {}
            After::SignatureBit => blob.iter_mut().rev().take(1).for_each(|octet| *octet ^= 1),
            After::TrailingOctet => blob.push(0x0a),
            After::Truncated => drop(blob.pop()),
        }
        Ok(blob)
    }

    /// The files of the evidence.
    fn evidence(&self, keyring: &mut Keyring) -> Result<Vec<SimulatedFile>, SimulateError> {
        let bundle = self.bundle(keyring)?;
        let text = |name: &str, what: &str, value: &serde_json::Value| {
            file(name, format!("{value:#}\n"), what)
        };
        Ok(match &self.envelope {
            Envelope::Files => vec![
                SimulatedFile {
                    name: "attestation.dat".to_owned(),
                    bytes: gzip(&self.blob_v2(keyring)?)?,
                    what: "attestation of the key, gzip".to_owned(),
                },
                file("combined-chain.pem", bundle.concat(), "certificates of card and partition"),
            ],
            Envelope::KeyVersion { name, more } => {
                let content = STANDARD.encode(gzip(&self.blob_v2(keyring)?)?);
                let mut answer = serde_json::json!({
                    "name": name,
                    "protectionLevel": "HSM",
                    "attestation": {
                        "format": "CAVIUM_V2_COMPRESSED",
                        "content": content,
                        "certChains": {"caviumCerts": bundle},
                    },
                });
                set_members(&mut answer, more);
                vec![text("crypto-key-version.json", "answer of the API", &answer)]
            }
            Envelope::Answer(draft) => {
                let (private, public) = draft.objects;
                let private = URL_SAFE_NO_PAD.encode(self.blob_firmware_2(private, keyring)?);
                let public = URL_SAFE_NO_PAD.encode(self.blob_firmware_2(public, keyring)?);
                let mut answer = serde_json::json!({
                    "attributes": {
                        "attestation": {
                            "certificatePemFile": URL_SAFE_NO_PAD.encode(bundle.concat()),
                            "privateKeyAttestation": (draft.text)(private),
                            "publicKeyAttestation": public,
                            "version": draft.version,
                        },
                        "exportable": false,
                    },
                    "key": {"kid": draft.kid},
                });
                set_members(&mut answer, &draft.more);
                vec![text("attestation.json", "answer of the service", &answer)]
            }
        })
    }

    /// Both roots in the form of `vendor-roots/*/anchors.yaml`; a pool's root is no anchor.
    fn anchors(&self, keyring: &mut Keyring, seen: Timestamp) -> Result<String, SimulateError> {
        let mut yaml =
            "# Trust for one simulated case. It vouches for nothing real.\nvendor: simulated\nanchors:\n"
                .to_owned();
        let manufacturer = [("manufacturer", &self.manufacturer)];
        let owner = [("owner", &self.owner)];
        let owner = match self.envelope {
            Envelope::Answer(_) => None,
            _ => Some(owner),
        };
        for (role, draft) in manufacturer.into_iter().chain(owner.into_iter().flatten()) {
            let certificate = self.certificate(draft, keyring)?;
            let spki = keyring.pair(draft.key, self.kind(draft.key))?.spki();
            let (from, to) = draft.validity;
            let name = match role {
                "manufacturer" => "SIMULATED LiquidSecurity Root",
                _ => OWNER_NAME,
            };
            yaml.push_str(&format!(
                r#"  - id: simulated-{role}
    subject: "CN={name}"
    subject_der: "{subject_der}"
    public_key: "{public_key}"
    spki_sha256: "{spki_sha256}"
    certificate_sha256: ["{certificate_sha256}"]
    valid: {{from: "{from}", to: "{to}"}}
    uses:
      - {{format: {format}, role: {role}}}
    status: test
    sources:
      - publisher: keyproof simulate
        seen: "{seen}"
"#,
                subject_der = STANDARD.encode(&draft.subject),
                public_key = STANDARD.encode(&spki),
                spki_sha256 = Sha256::of(&spki),
                certificate_sha256 = Sha256::of(&certificate),
                format = self.format,
                seen = seen.date(),
            ));
        }
        Ok(yaml)
    }
}

/// The owner that a simulation of Google's format trusts.
pub(crate) const OWNER_NAME: &str = "SIMULATED Hawksbill Root";

impl Case for HsmDraft {
    fn key(&self) -> KeyKind {
        self.attested
    }

    fn silences(&self) -> Vec<(Requirement, ReasonCode)> {
        vec![(Requirement::CertifiedModule, ReasonCode::CertificationFirmwareUnstated)]
    }

    fn files(
        &self,
        keyring: &mut Keyring,
        seen: Timestamp,
    ) -> Result<Vec<SimulatedFile>, SimulateError> {
        let anchors = self.anchors(keyring, seen)?;
        let mut files = vec![file("anchors.yaml", anchors, "the test trust, for --trust-anchors")];
        files.extend(self.evidence(keyring)?);
        let subject = (self.request.key, self.kind(self.request.key));
        let signer = (self.request.signer, self.kind(self.request.signer));
        let (subject, signer) = keyring.two(subject, signer)?;
        match self.request.form {
            RequestForm::PublicKey => {
                let text = pem("PUBLIC KEY", &subject.spki());
                files.push(file("public-key.pem", text, "public key"));
            }
            RequestForm::Nothing => {}
            RequestForm::Request | RequestForm::Mislabelled => {
                let der = self.request.to_der(subject, signer)?;
                files.push(file("request.pem", pem("CERTIFICATE REQUEST", &der), "request"));
            }
        }
        Ok(files)
    }
}

/// Attribute types of a distinguished name (RFC 5280 appendix A.1), below `2.5.4`.
const COMMON_NAME: u8 = 3;

/// The name of a card or partition: one relative name of five attributes, then commonName.
fn hsm_name(common_name: &str) -> Vec<u8> {
    let attribute = |kind: u8, tag: u8, text: &str| {
        let oid = [0x55, 4, kind];
        let oid = der::object_identifier(Oid::from_content(&oid));
        der::sequence(&[&oid, &der::value(tag, text.as_bytes())])
    };
    let place = der::set(vec![
        attribute(6, tag::PRINTABLE_STRING, "US"),
        attribute(8, tag::UTF8_STRING, "CA"),
        attribute(10, tag::UTF8_STRING, "Cavium"),
        attribute(11, tag::UTF8_STRING, "N3FIPS"),
        attribute(7, tag::UTF8_STRING, "SanJose"),
    ]);
    let name = der::set(vec![attribute(COMMON_NAME, tag::UTF8_STRING, common_name)]);
    der::sequence(&[&place, &name])
}

/// One member, without time and system, as genuine files have it.
fn gzip(bytes: &[u8]) -> Result<Vec<u8>, SimulateError> {
    let builder = flate2::GzBuilder::new().operating_system(0);
    let mut encoder = builder.write(Vec::new(), flate2::Compression::default());
    encoder
        .write_all(bytes)
        .and_then(|()| encoder.finish())
        .map_err(|_| SimulateError::Cryptography)
}

#[cfg(test)]
mod tests;
