//! Simulated evidence of a LiquidSecurity partition: the hierarchies of manufacturer and owner, the
//! blob, and the envelope in which a provider hands it out.

pub(crate) mod blob;
pub(crate) mod defects;

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use keyproof::{ReasonCode, Requirement};

use crate::anchors::{AnchorDraft, Role};
use crate::case::{Base, Case, Evidence, has_base, octets, text, validity_around};
use crate::der::{self, tag};
use crate::keys::{Holder, KeyKind, Scheme};
use crate::pki::{CertificateDraft, ExtensionDraft, pem};
use crate::signing::Keys;
use crate::{Options, SimulateError, SimulatedFile, oid};
use blob::{
    HeaderDraft, KeyNumbers, Layout, ObjectDraft, write_firmware_2, write_firmware_3, write_v2,
};

/// The holders of the keys of these hierarchies.
pub(crate) const MANUFACTURER: Holder = Holder::Root;
pub(crate) const CARD: Holder = Holder::Issuing;
pub(crate) const PARTITION: Holder = Holder::Device;
pub(crate) const OWNER: Holder = Holder::OtherRoot;
/// Belongs to no one who is trusted.
pub(crate) const STRANGER: Holder = Holder::OtherDevice;

/// The name of the manufacturer's root.
const ROOT: &str = "SIMULATED LiquidSecurity Root";

/// The card and its partition. No genuine one has this type and serial number.
pub(crate) const CARD_NAME: &str = "HSM:5.3G0000-SIM000001, for FIPS mode";
pub(crate) const PARTITION_NAME: &str = "HSM:5.3G0000-SIM000001:PARTN:1, for FIPS mode";

/// Evidence before its signatures.
pub(crate) struct HsmDraft {
    base: Base,
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

/// In which notation a client prints an answer, and what is done to it then.
#[derive(Clone, Copy)]
pub(crate) enum Notation {
    Json,
    Yaml(fn(String) -> String),
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
    /// A card of one's own: what its tool writes, in a file for each blob, and a PEM file.
    Card { layout: Layout },
    /// Google: a gzip file and a PEM file.
    Files,
    /// Google: what a client prints of the statement alone, in base64url, and a PEM file.
    Text(fn(String) -> String),
    /// Google: the answer of the API, with the name of the key version.
    KeyVersion { name: String, more: Members },
    /// Google: the same as its client prints it, in base64url.
    Printed { name: String, notation: Notation },
    /// Google: the files, and what `gcloud kms keys versions describe` prints beside them, which is the answer
    /// without content and chains. Without the files, where they are withheld.
    Described { name: String, format: &'static str, files: bool },
    /// Azure: the answer of the service.
    Answer(AnswerDraft),
}

/// The answer of Azure.
#[derive(Clone)]
pub(crate) struct AnswerDraft {
    pub(crate) layout: Layout,
    pub(crate) written: Written,
    pub(crate) version: &'static str,
    pub(crate) kid: String,
    /// Which object stands as the private, and which as the public one.
    pub(crate) objects: (Object, Object),
    /// What is done to the text of the private blob.
    pub(crate) text: fn(String) -> String,
    /// What else the answer says.
    pub(crate) more: Members,
}

/// Who writes the answer of Azure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    /// The service: base64url without padding.
    Service,
    /// The preview of the service, which had another name for the certificates, and no version.
    Preview,
    /// `az keyvault key get-attestation --file`: the attestation alone, in padded base64 of the standard
    /// alphabet, the public blob as it is or as null.
    Client { public: bool },
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
        owner_name: &'static str,
        envelope: Envelope,
        id: Vec<u8>,
        options: &Options,
    ) -> Result<Self, SimulateError> {
        let validity = validity_around(options.time)?;
        let draft = |what, issuer: (&str, Holder), subject: (&str, Holder)| {
            CertificateDraft::new(what, issuer, subject, validity)
        };
        let mut card = draft("card", (ROOT, MANUFACTURER), ("", CARD));
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
        let manufacturer = draft("root", (ROOT, MANUFACTURER), (ROOT, MANUFACTURER));
        let mut anchors =
            vec![AnchorDraft::of_manufacturer("simulated-manufacturer", ROOT, &manufacturer)];
        // A pool's root is no anchor.
        if !matches!(envelope, Envelope::Answer(_)) {
            let (id, common_name) = ("simulated-owner", owner_name);
            anchors.push(AnchorDraft { id, common_name, role: Role::Owner, root: owner.clone() });
        }
        Ok(Self {
            base: Base::new(format, options.key.unwrap_or(KeyKind::P384), anchors, options),
            owner_card: owned("owner card", CARD_NAME, CARD),
            owner_partition: owned("owner partition", PARTITION_NAME, PARTITION),
            owner,
            card,
            partition,
            sent: match envelope {
                Envelope::Answer(_) => {
                    vec![Place::Card, Place::Partition, Place::OwnerRoot, Place::OwnerPartition]
                }
                Envelope::Card { .. } => vec![Place::Partition, Place::Card],
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

    /// The owner's certificates are sent too, by a root that is no anchor.
    pub(crate) fn own(&mut self, name: &'static str) {
        let validity = self.owner.validity;
        let root = CertificateDraft::new("owner", (name, STRANGER), (name, STRANGER), validity);
        self.owner = CertificateDraft { extensions: self.owner.extensions.clone(), ..root };
        for certificate in [&mut self.owner_card, &mut self.owner_partition] {
            certificate.issued_by(name, STRANGER);
        }
        self.sent.extend([Place::OwnerPartition, Place::OwnerCard]);
    }

    /// Does not send that certificate.
    pub(crate) fn withhold(&mut self, place: Place) {
        self.sent.retain(|sent| *sent != place);
    }

    fn object(&self, object: Object) -> &ObjectDraft {
        match object {
            Object::Public => &self.public,
            Object::Private => &self.private,
        }
    }

    /// The certificates that are sent, as PEM.
    fn bundle(&self, keys: &mut Keys<'_>) -> Result<Vec<String>, SimulateError> {
        let drafts = self.sent.iter().map(|place| match place {
            Place::Card => &self.card,
            Place::Partition => &self.partition,
            Place::OwnerCard => &self.owner_card,
            Place::OwnerPartition => &self.owner_partition,
            Place::OwnerRoot => &self.owner,
        });
        drafts
            .chain(&self.more)
            .map(|draft| Ok(pem("CERTIFICATE", &keys.certificate(draft)?)))
            .collect()
    }

    /// The signed blob of all objects, in layout V2.
    fn blob_v2(&self, keys: &mut Keys<'_>) -> Result<Vec<u8>, SimulateError> {
        let drafts: Vec<_> = self.objects.iter().map(|object| self.object(*object)).collect();
        let holders = drafts.iter().map(|draft| keys.pair(draft.key).and_then(KeyNumbers::of));
        let holders = holders.collect::<Result<Vec<_>, _>>()?;
        let objects: Vec<_> = drafts.into_iter().zip(&holders).collect();
        self.signed(write_v2(&self.header, &objects, &self.id)?, Layout::V2, keys)
    }

    /// The signed blob of one object, in a layout of Azure's.
    fn blob_of_one(
        &self,
        layout: Layout,
        object: Object,
        keys: &mut Keys<'_>,
    ) -> Result<Vec<u8>, SimulateError> {
        let draft = self.object(object);
        let key = KeyNumbers::of(keys.pair(draft.key)?)?;
        let blob = match layout {
            Layout::Firmware2 => write_firmware_2(draft, &key, &self.id, self.filler)?,
            _ => write_firmware_3(&self.header, draft, &key, &self.id)?,
        };
        self.signed(blob, layout, keys)
    }

    fn signed(
        &self,
        mut blob: Vec<u8>,
        layout: Layout,
        keys: &mut Keys<'_>,
    ) -> Result<Vec<u8>, SimulateError> {
        let signer = keys.pair(self.signer)?;
        blob.extend(match layout {
            Layout::Firmware2 => signer.sign_bare_sha256(&blob)?,
            Layout::Firmware3 | Layout::V2 => signer.sign(Scheme::Usual, &blob)?,
        });
        match self.after {
            After::Nothing => {}
            After::SignatureBit => blob.iter_mut().rev().take(1).for_each(|octet| *octet ^= 1),
            After::TrailingOctet => blob.push(0x0a),
            After::Truncated => drop(blob.pop()),
        }
        Ok(blob)
    }

    /// The answer of Azure, as somebody writes it.
    fn answer(
        &self,
        draft: &AnswerDraft,
        bundle: &str,
        keys: &mut Keys<'_>,
    ) -> Result<serde_json::Value, SimulateError> {
        let (private, public) = draft.objects;
        let private = self.blob_of_one(draft.layout, private, keys)?;
        let public = self.blob_of_one(draft.layout, public, keys)?;
        let encode = |bytes: &[u8]| match draft.written {
            Written::Client { .. } => STANDARD.encode(bytes),
            _ => URL_SAFE_NO_PAD.encode(bytes),
        };
        let mut attestation = serde_json::json!({
            "certificatePemFile": encode(bundle.as_bytes()),
            "privateKeyAttestation": (draft.text)(encode(&private)),
            "publicKeyAttestation": encode(&public),
            "version": draft.version,
        });
        let mut answer = match draft.written {
            Written::Client { public } => {
                if let (false, Some(members)) = (public, attestation.as_object_mut()) {
                    members.insert("publicKeyAttestation".to_owned(), serde_json::Value::Null);
                }
                attestation
            }
            Written::Preview | Written::Service => {
                if let (Written::Preview, Some(members)) =
                    (draft.written, attestation.as_object_mut())
                {
                    members.remove("version");
                    let certificates = members.remove("certificatePemFile");
                    members.extend(certificates.map(|it| ("certificates".to_owned(), it)));
                }
                serde_json::json!({
                    "attributes": {"attestation": attestation, "exportable": false},
                    "key": {"kid": draft.kid},
                })
            }
        };
        set_members(&mut answer, &draft.more);
        Ok(answer)
    }

    /// The files beside the request.
    fn files(&self, keys: &mut Keys<'_>) -> Result<Vec<SimulatedFile>, SimulateError> {
        let bundle = self.bundle(keys)?;
        let json = |name: &str, what: &str, value: &serde_json::Value| {
            text(name, format!("{value:#}\n"), what)
        };
        Ok(match &self.envelope {
            Envelope::Card { layout } => {
                let chains = text("certificates.pem", bundle.concat(), CHAINS);
                let mut all = vec![chains];
                match layout {
                    Layout::V2 => {
                        all.push(octets(
                            "attest.dat",
                            self.blob_v2(keys)?,
                            "attestation of the key",
                        ));
                    }
                    layout => {
                        for (name, object) in
                            [("private.dat", Object::Private), ("public.dat", Object::Public)]
                        {
                            let blob = self.blob_of_one(*layout, object, keys)?;
                            all.push(octets(name, blob, "attestation of one half of the key"));
                        }
                    }
                }
                all
            }
            Envelope::Files => vec![
                octets("attestation.dat", gzip(&self.blob_v2(keys)?)?, BLOB),
                text("combined-chain.pem", bundle.concat(), CHAINS),
            ],
            Envelope::Text(change) => {
                let content = URL_SAFE.encode(gzip(&self.blob_v2(keys)?)?);
                vec![
                    text("content.txt", change(content), "attestation of the key, base64url"),
                    text("combined-chain.pem", bundle.concat(), CHAINS),
                ]
            }
            Envelope::KeyVersion { name, more } => {
                let content = STANDARD.encode(gzip(&self.blob_v2(keys)?)?);
                let mut answer = key_version(name, &content, &bundle);
                set_members(&mut answer, more);
                vec![json("crypto-key-version.json", "answer of the API", &answer)]
            }
            Envelope::Printed { name, notation } => {
                let content = URL_SAFE.encode(gzip(&self.blob_v2(keys)?)?);
                let answer = key_version(name, &content, &bundle);
                let what = "answer of the API, as the client prints it";
                vec![match notation {
                    Notation::Json => json("crypto-key-version.json", what, &answer),
                    Notation::Yaml(change) => {
                        text("crypto-key-version.yaml", change(yaml(&answer, 0)), what)
                    }
                }]
            }
            Envelope::Described { name, format, files } => {
                let answer = serde_json::json!({
                    "attestation": {"format": format},
                    "name": name,
                    "protectionLevel": "HSM",
                });
                let what = "what the client says of the key";
                let mut all = vec![text("crypto-key-version.yaml", yaml(&answer, 0), what)];
                if *files {
                    let blob = gzip(&self.blob_v2(keys)?)?;
                    all.push(octets("attestation.dat", blob, BLOB));
                    all.push(text("combined-chain.pem", bundle.concat(), CHAINS));
                }
                all
            }
            Envelope::Answer(draft) => {
                let answer = self.answer(draft, &bundle.concat(), keys)?;
                vec![json("attestation.json", "answer of the service", &answer)]
            }
        })
    }
}

const BLOB: &str = "attestation of the key, gzip";
const CHAINS: &str = "certificates of card and partition";

/// The answer of Google's API about a key version.
fn key_version(name: &str, content: &str, bundle: &[String]) -> serde_json::Value {
    serde_json::json!({
        "name": name,
        "protectionLevel": "HSM",
        "attestation": {
            "format": "CAVIUM_V2_COMPRESSED",
            "content": content,
            "certChains": {"caviumCerts": bundle},
        },
    })
}

/// An answer as gcloud prints it: members in order of name, lists at the indentation of their name, texts of
/// several lines literal (Google Cloud SDK, `core/resource/yaml_printer.py`).
fn yaml(value: &serde_json::Value, indent: usize) -> String {
    let margin = " ".repeat(indent);
    let literal = |text: &str| {
        let lines = text.lines().map(|line| format!("{margin}  {line}\n"));
        format!(" |\n{}", lines.collect::<String>())
    };
    let inline = |value: &serde_json::Value| match value.as_str() {
        Some(text) if text.contains('\n') => literal(text),
        Some(text) => format!(" {text}\n"),
        None => format!(" {value}\n"),
    };
    let member = |(name, value): (&String, &serde_json::Value)| {
        let printed = match value {
            serde_json::Value::Object(_) => format!("\n{}", yaml(value, indent.saturating_add(2))),
            serde_json::Value::Array(list) => {
                let elements = list.iter().map(|it| format!("{margin}-{}", inline(it)));
                format!("\n{}", elements.collect::<String>())
            }
            value => inline(value),
        };
        format!("{margin}{name}:{printed}")
    };
    value.as_object().into_iter().flatten().map(member).collect()
}

/// The owner that a simulation of Google's format trusts.
pub(crate) const OWNER_NAME: &str = "SIMULATED Hawksbill Root";

impl Case for HsmDraft {
    has_base!();

    fn silences(&self) -> Vec<(Requirement, ReasonCode)> {
        vec![(Requirement::CertifiedModule, ReasonCode::CertificationFirmwareUnstated)]
    }

    fn evidence(&self, keys: &mut Keys<'_>) -> Result<Evidence, SimulateError> {
        self.files(keys).map(Evidence::of)
    }
}

/// The name of a card or partition: one relative name of five attributes, then commonName.
fn hsm_name(common_name: &str) -> Vec<u8> {
    let attribute = |kind, tag, text: &str| der::attribute(kind, tag, text.as_bytes());
    let place = der::set(vec![
        attribute(oid::COUNTRY, tag::PRINTABLE_STRING, "US"),
        attribute(oid::STATE, tag::UTF8_STRING, "CA"),
        attribute(oid::ORGANIZATION, tag::UTF8_STRING, "Cavium"),
        attribute(oid::ORGANIZATIONAL_UNIT, tag::UTF8_STRING, "N3FIPS"),
        attribute(oid::LOCALITY, tag::UTF8_STRING, "SanJose"),
    ]);
    let name = der::set(vec![attribute(oid::COMMON_NAME, tag::UTF8_STRING, common_name)]);
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
