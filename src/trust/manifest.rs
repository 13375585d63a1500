//! Reading `anchors.yaml`, and what each of them must hold to. Every statement that
//! can be derived from another is checked against it, so that a slip of the pen in a manifest is an
//! error of ours and never a matter of trust.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::anchor::{
    Anchor, AnchorRole, AnchorSource, AnchorStatus, AnchorUse, Refused, SourceReading,
};
use super::conflict::{check_parents, refused_anchor};
use crate::encoding::der::{self, Reader};
use crate::encoding::hex::Sha256;
use crate::encoding::name::Name;
use crate::encoding::x509::Certificate;
use crate::encoding::yaml::{Document, Fields, FileError, FileFault, Node};
use crate::public_key::PublicKey;
use crate::time::Timestamp;

/// One manufacturer's anchors, as a manifest states them.
#[derive(Clone, Debug)]
pub struct AnchorManifest {
    vendor: String,
    origin: ManifestOrigin,
    anchors: Vec<Anchor>,
    refused: Vec<Refused>,
    bytes: Vec<u8>,
}

/// Who wrote a manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ManifestOrigin {
    /// It is part of this release.
    Bundled,
    /// The caller added it: nothing in it can be a production anchor.
    Caller,
}

/// The largest manifest: some thirty times that of Yubico.
const LIMIT: usize = 1 << 20;

impl AnchorManifest {
    /// Reads a manifest. `file` is its name, for messages; `certificate` yields the bytes of a
    /// certificate file by the name that the manifest gives.
    pub fn parse(
        origin: ManifestOrigin,
        file: &str,
        bytes: &[u8],
        certificate: &dyn Fn(&str) -> Option<Vec<u8>>,
    ) -> Result<Self, FileError> {
        let document = Document::parse(file, bytes, LIMIT)?;
        let mut fields = document.fields(document.root())?;
        let vendor = fields.text("vendor")?.to_owned();
        let reader = ManifestReader { document: &document, origin, vendor: &vendor, certificate };
        let nodes = fields.list("anchors")?;
        let anchors =
            nodes.iter().map(|node| reader.anchor(node)).collect::<Result<Vec<_>, _>>()?;
        let refused_nodes = fields.list("refused")?;
        let refused = refused_nodes.iter().map(|node| reader.refused(node));
        let refused = refused.collect::<Result<Vec<_>, _>>()?;
        fields.finish()?;
        for (position, (one, node)) in refused.iter().zip(refused_nodes).enumerate() {
            reader.check_refused(
                one,
                &anchors,
                refused.get(..position).unwrap_or_default(),
                node,
            )?;
        }
        for (anchor, node) in anchors.iter().zip(nodes) {
            check_parents(anchor, &anchors)
                .map_err(|conflict| reader.wrong(node, &conflict.to_string()))?;
        }
        Ok(Self { vendor, origin, anchors, refused, bytes: bytes.to_vec() })
    }

    /// Where it stands among others: the bundled ones first, in order of vendor.
    pub(super) fn place(&self) -> (ManifestOrigin, String, Sha256) {
        (self.origin, self.vendor.clone(), Sha256::of(&self.bytes))
    }

    /// The file.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Who wrote it, and what it says.
    pub(super) fn into_parts(self) -> (ManifestOrigin, Vec<Anchor>, Vec<Refused>) {
        (self.origin, self.anchors, self.refused)
    }

    /// The anchors, in the order of the file.
    pub fn anchors(&self) -> &[Anchor] {
        &self.anchors
    }
}

/// What the parts of one manifest are read with.
struct ManifestReader<'a> {
    document: &'a Document<'a>,
    origin: ManifestOrigin,
    vendor: &'a str,
    certificate: &'a dyn Fn(&str) -> Option<Vec<u8>>,
}

impl ManifestReader<'_> {
    fn anchor(&self, node: &Node) -> Result<Anchor, FileError> {
        let mut fields = self.document.fields(node)?;
        let id = self.identifier(fields.required("id")?)?;

        let (subject, subject_der) = self.name(&mut fields, node)?;
        let key_node = fields.required("public_key")?;
        let public_key = PublicKey::from_spki(&self.base64(key_node)?).map_err(|reason| {
            let message = format!("this is not a SubjectPublicKeyInfo ({})", reason.code());
            self.wrong(key_node, &message)
        })?;
        let hash_node = fields.required("spki_sha256")?;
        if self.sha256(hash_node)? != public_key.spki_sha256() {
            let message = format!("`public_key` has {}", public_key.spki_sha256());
            return Err(self.wrong(hash_node, &message));
        }

        let certificate_sha256 = self.hashes(fields.list("certificate_sha256")?)?;
        let valid = self.period(fields.required("valid")?)?;
        let uses = fields.list("uses")?.iter().map(|node| self.usage(node));
        let uses = uses.collect::<Result<Vec<_>, _>>()?;
        let status = self.status(fields.required("status")?)?;
        let parent = fields.optional_text("parent")?.map(str::to_owned);
        let sources = fields.list("sources")?.iter().map(|node| self.source(node));
        let sources = sources.collect::<Result<Vec<_>, _>>()?;
        let certificate = fields.optional("certificate");
        let note = fields.optional_text("note")?.map(str::to_owned);
        fields.finish()?;

        if sources.is_empty() && self.origin == ManifestOrigin::Bundled {
            return Err(self.wrong(node, "`sources` is missing"));
        }
        let anchor = Anchor {
            id,
            vendor: self.vendor.to_owned(),
            subject,
            subject_der,
            public_key,
            certificate_sha256,
            valid,
            uses,
            status,
            parent,
            sources,
            note,
        };
        if let Some(file) = certificate {
            self.check_certificate(file, &anchor)?;
        }
        Ok(anchor)
    }

    /// `subject` with its DER, or `holder`: the plain name of what is no X.509 certificate.
    fn name(&self, fields: &mut Fields<'_>, node: &Node) -> Result<(String, Vec<u8>), FileError> {
        if let Some(holder) = fields.optional_text("holder")? {
            return Ok((holder.to_owned(), Vec::new()));
        }
        let Some(subject_node) = fields.optional("subject") else {
            return Err(self.wrong(node, "an anchor has a `subject`, or a `holder`"));
        };
        let subject = self.document.text(subject_node)?.to_owned();
        let subject_der_node = fields.required("subject_der")?;
        let subject_der = self.base64(subject_der_node)?;
        let name = read_name(&subject_der)
            .ok_or_else(|| self.wrong(subject_der_node, "this is not the DER of a name"))?;
        if name.to_string() != subject {
            let message = format!("`subject_der` says {:?}", name.to_string());
            return Err(self.wrong(subject_node, &message));
        }
        Ok((subject, subject_der))
    }

    fn usage(&self, node: &Node) -> Result<AnchorUse, FileError> {
        let mut fields = self.document.fields(node)?;
        let format = fields.text("format")?.to_owned();
        let role_node = fields.required("role")?;
        let tolerance = fields.optional("device_without_basic_constraints");
        let issuing = fields.optional("issuing");
        fields.finish()?;
        let role = match (self.document.text(role_node)?, tolerance, issuing) {
            ("issuing", tolerance, None) => AnchorRole::Issuing {
                device_without_basic_constraints: match tolerance {
                    None => false,
                    Some(node) if self.document.boolean(node)? => true,
                    Some(node) => return Err(self.wrong(node, "leave it out, or say `true`")),
                },
            },
            ("root", None, Some(names)) => {
                let names = self.document.sequence(names)?.iter();
                let names = names.map(|node| self.document.text(node).map(str::to_owned));
                AnchorRole::Root { issuing: names.collect::<Result<Vec<_>, _>>()? }
            }
            ("manufacturer", None, None) => AnchorRole::Manufacturer,
            ("owner", None, None) => AnchorRole::Owner,
            ("root", None, None) => {
                return Err(self.wrong(role_node, "the role `root` needs a list `issuing`"));
            }
            ("issuing" | "manufacturer" | "owner", _, Some(node)) => {
                return Err(self.wrong(node, "only the role `root` names issuing authorities"));
            }
            ("root" | "manufacturer" | "owner", Some(node), _) => {
                return Err(self.wrong(node, "only the role `issuing` has this tolerance"));
            }
            _ => {
                let message = "the role is `issuing`, `root`, `manufacturer` or `owner`";
                return Err(self.wrong(role_node, message));
            }
        };
        if matches!(&role, AnchorRole::Root { issuing } if issuing.is_empty()) {
            return Err(self.wrong(role_node, "the list `issuing` is empty"));
        }
        Ok(AnchorUse { format, role })
    }

    fn status(&self, node: &Node) -> Result<AnchorStatus, FileError> {
        match (self.document.text(node)?, self.origin) {
            ("production", ManifestOrigin::Bundled) => Ok(AnchorStatus::Production),
            ("unconfirmed", ManifestOrigin::Bundled) => Ok(AnchorStatus::Unconfirmed),
            // `unconfirmed` is what the word was in the manifests of ledgers that are kept.
            ("caller" | "unconfirmed", ManifestOrigin::Caller) => Ok(AnchorStatus::Caller),
            ("test", ManifestOrigin::Caller) => Ok(AnchorStatus::Test),
            ("production", ManifestOrigin::Caller) => Err(self.wrong(
                node,
                "an anchor that the caller adds is `test` or `caller`, never `production`",
            )),
            ("test" | "caller", ManifestOrigin::Bundled) => {
                Err(self.wrong(node, "an anchor of a release is `production` or `unconfirmed`"))
            }
            (_, ManifestOrigin::Caller) => {
                Err(self.wrong(node, "the status is `caller` or `test`"))
            }
            (_, ManifestOrigin::Bundled) => {
                Err(self.wrong(node, "the status is `production` or `unconfirmed`"))
            }
        }
    }

    fn source(&self, node: &Node) -> Result<AnchorSource, FileError> {
        let mut fields = self.document.fields(node)?;
        let publisher = fields.text("publisher")?.to_owned();
        let seen_node = fields.required("seen")?;
        let seen = self.document.text(seen_node)?.to_owned();
        let read = match (fields.optional("read"), self.origin) {
            (None, ManifestOrigin::Caller) => SourceReading::Unstated,
            (None, ManifestOrigin::Bundled) => {
                return Err(self.wrong(node, "`read` is missing"));
            }
            (Some(read), _) => match self.document.text(read)? {
                "primary" => SourceReading::Primary,
                "copy" => SourceReading::Copy,
                _ => return Err(self.wrong(read, "it is read as `primary` or as `copy`")),
            },
        };
        fields.finish()?;
        if Timestamp::from_date(&seen).is_none() {
            return Err(self.wrong(seen_node, "a date is written YYYY-MM-DD"));
        }
        Ok(AnchorSource { publisher, seen, read })
    }

    fn period(&self, node: &Node) -> Result<(Timestamp, Timestamp), FileError> {
        let mut fields = self.document.fields(node)?;
        let instant = |node: &Node| {
            let text = self.document.text(node)?;
            Timestamp::from_rfc3339(text)
                .filter(|instant| instant.to_string() == text)
                .ok_or_else(|| self.wrong(node, "a time is written YYYY-MM-DDThh:mm:ssZ"))
        };
        let from = instant(fields.required("from")?)?;
        let to = instant(fields.required("to")?)?;
        fields.finish()?;
        if from > to {
            return Err(self.wrong(node, "it ends before it begins"));
        }
        Ok((from, to))
    }

    fn refused(&self, node: &Node) -> Result<Refused, FileError> {
        let mut fields = self.document.fields(node)?;
        let refused = Refused {
            id: self.identifier(fields.required("id")?)?,
            vendor: self.vendor.to_owned(),
            subject: fields.text("subject")?.to_owned(),
            spki_sha256: self.sha256(fields.required("spki_sha256")?)?,
            certificate_sha256: self.hashes(fields.list("certificate_sha256")?)?,
            why: fields.text("why")?.to_owned(),
        };
        fields.finish()?;
        Ok(refused)
    }

    /// Within one manifest nothing is believed and refused, and nothing refused twice under one
    /// identifier. Between manifests what is refused outranks what is believed.
    fn check_refused(
        &self,
        refused: &Refused,
        anchors: &[Anchor],
        before: &[Refused],
        node: &Node,
    ) -> Result<(), FileError> {
        if before.iter().any(|other| other.id == refused.id) {
            return Err(self.wrong(node, &format!("`{}` is refused twice", refused.id)));
        }
        match refused_anchor(refused, anchors) {
            Some(anchor) => {
                let message = format!("this is the anchor `{}` of the same file", anchor.id);
                Err(self.wrong(node, &message))
            }
            None => Ok(()),
        }
    }

    fn check_certificate(&self, node: &Node, anchor: &Anchor) -> Result<(), FileError> {
        let name = self.document.text(node)?;
        let bytes = (self.certificate)(name)
            .ok_or_else(|| self.wrong(node, "there is no such certificate file"))?;
        let certificate = certificate_der(&bytes)
            .and_then(|der| Certificate::from_der(&der).ok())
            .ok_or_else(|| self.wrong(node, "the file is not one certificate, as DER or PEM"))?;
        let (from, to) = anchor.valid;
        let valid = [from.unix_seconds(), to.unix_seconds()];
        let statements = [
            ("certificate_sha256", anchor.certificate_sha256.contains(&certificate.sha256())),
            ("subject_der", certificate.subject().der() == anchor.subject_der),
            ("public_key", certificate.subject_public_key_info() == anchor.public_key.spki()),
            (
                "valid",
                [certificate.not_before().unix_seconds(), certificate.not_after().unix_seconds()]
                    == valid,
            ),
        ];
        match statements.iter().find(|(_, holds)| !holds) {
            None => Ok(()),
            Some((field, _)) => {
                let message = format!("the certificate in the file contradicts `{field}`");
                Err(self.wrong(node, &message))
            }
        }
    }

    fn identifier(&self, node: &Node) -> Result<String, FileError> {
        let id = self.document.text(node)?;
        let allowed = |letter: u8| matches!(letter, b'a'..=b'z' | b'0'..=b'9' | b'-');
        if !id.bytes().all(allowed) {
            return Err(self.wrong(node, "an identifier has lower-case letters, digits and `-`"));
        }
        Ok(id.to_owned())
    }

    fn hashes(&self, nodes: &[Node]) -> Result<Vec<Sha256>, FileError> {
        nodes.iter().map(|node| self.sha256(node)).collect()
    }

    fn sha256(&self, node: &Node) -> Result<Sha256, FileError> {
        Sha256::from_hex(self.document.text(node)?)
            .ok_or_else(|| self.wrong(node, "a SHA-256 has 64 hexadecimal digits"))
    }

    /// Base64, which may be folded over several lines.
    fn base64(&self, node: &Node) -> Result<Vec<u8>, FileError> {
        let text = self.document.text(node)?;
        let text: String = text.chars().filter(|letter| !matches!(letter, ' ' | '\n')).collect();
        STANDARD.decode(text).map_err(|error| self.wrong(node, &format!("not base64: {error}")))
    }

    fn wrong(&self, node: &Node, message: &str) -> FileError {
        self.document.error(FileFault::Value, node.place(), message)
    }
}

fn read_name(bytes: &[u8]) -> Option<Name> {
    der::check(bytes).ok()?;
    Reader::whole(bytes, Name::read).ok()
}

/// The DER of a certificate file, which is DER or one PEM block (RFC 7468) and nothing else.
fn certificate_der(bytes: &[u8]) -> Option<Vec<u8>> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Some(bytes.to_vec());
    };
    let Some(body) = text.trim_end().strip_prefix("-----BEGIN CERTIFICATE-----") else {
        return Some(bytes.to_vec());
    };
    let body = body.strip_suffix("-----END CERTIFICATE-----")?;
    STANDARD.decode(body.lines().map(str::trim_end).collect::<String>()).ok()
}

#[cfg(test)]
mod tests {
    use super::{AnchorManifest, FileError, ManifestOrigin};
    use crate::trust::{AnchorStatus, KnownKey, SourceReading};
    use crate::trust::{TrustConflict, TrustStore};

    const YUBICO: &str = include_str!("../../vendor-roots/yubico/anchors.yaml");
    const PIV_ROOT: &[u8] =
        include_bytes!("../../vendor-roots/yubico/certificates/yubico-piv-root-263751.pem");
    const SUB_CA: &[u8] =
        include_bytes!("../../vendor-roots/yubico/certificates/yubihsm-sub-ca-6742036.pem");

    /// The entry of the PIV root alone, without its certificate file.
    fn entry() -> String {
        let start = YUBICO.find("  - id: yubico-piv-root-263751").unwrap();
        let length = YUBICO[start..].find("  - id: yubihsm").unwrap();
        YUBICO[start..start + length].replace("status: production", "status: test")
    }

    fn manifest(entries: &str) -> String {
        format!("vendor: Example\nanchors:\n{entries}")
    }

    fn read(entries: &str) -> Result<AnchorManifest, FileError> {
        read_with(entries, &|_| Some(PIV_ROOT.to_vec()))
    }

    fn read_with(
        entries: &str,
        file: &dyn Fn(&str) -> Option<Vec<u8>>,
    ) -> Result<AnchorManifest, FileError> {
        AnchorManifest::parse(ManifestOrigin::Caller, "x.yaml", manifest(entries).as_bytes(), file)
    }

    #[test]
    fn a_sound_manifest_is_read() {
        let manifest = read(&entry()).unwrap();
        let [anchor] = manifest.anchors() else { panic!("one anchor") };
        assert_eq!(anchor.status, AnchorStatus::Test);
        assert_eq!(anchor.certificate_sha256.len(), 2);
        let store = TrustStore::new(vec![manifest.clone()]).unwrap();
        let key = anchor.public_key.spki_sha256();
        assert!(matches!(store.known_key(key), Some(KnownKey::Anchor(_))));
    }

    /// The word of an older manifest, and what it means in one of the caller's.
    #[test]
    fn what_the_caller_adds_is_the_callers() {
        for (origin, word, expected) in [
            (ManifestOrigin::Caller, "caller", Some(AnchorStatus::Caller)),
            (ManifestOrigin::Caller, "unconfirmed", Some(AnchorStatus::Caller)),
            (ManifestOrigin::Caller, "test", Some(AnchorStatus::Test)),
            (ManifestOrigin::Caller, "production", None),
            (ManifestOrigin::Bundled, "production", Some(AnchorStatus::Production)),
            (ManifestOrigin::Bundled, "unconfirmed", Some(AnchorStatus::Unconfirmed)),
            (ManifestOrigin::Bundled, "caller", None),
            (ManifestOrigin::Bundled, "test", None),
        ] {
            let entry = entry().replace("status: test", &format!("status: {word}"));
            let text = manifest(&entry);
            let file = |_: &str| Some(PIV_ROOT.to_vec());
            let read = AnchorManifest::parse(origin, "x.yaml", text.as_bytes(), &file);
            let status = read.ok().map(|manifest| manifest.anchors()[0].status);
            assert_eq!(status, expected, "{origin:?} {word}");
        }
    }

    /// Whose publication a source is, a release says of each; a caller need not.
    #[test]
    fn a_bundled_source_says_whose_publication_it_is() {
        let silent =
            entry().replace("        read: primary\n", "").replace("        read: copy\n", "");
        assert_ne!(silent, entry());
        let sources = read(&silent).unwrap().anchors()[0].sources.clone();
        assert!(sources.iter().all(|source| source.read == SourceReading::Unstated));
        let text = manifest(&silent.replace("status: test", "status: production"));
        let (origin, file) = (ManifestOrigin::Bundled, |_: &str| Some(PIV_ROOT.to_vec()));
        let error = AnchorManifest::parse(origin, "x.yaml", text.as_bytes(), &file).unwrap_err();
        assert!(error.to_string().contains("`read` is missing"), "{error}");
    }

    #[test]
    fn every_statement_that_can_be_checked_is() {
        let entry = entry();
        for (from, to, line_says) in [
            ("subject: \"CN=Yubico PIV", "subject: \"CN=Yubico U2F", "`subject_der` says"),
            ("subject_der: \"MC", "subject_der: \"MD", "not the DER of a name"),
            (
                "    public_key: >-\n      MIIB",
                "    public_key: >-\n      MIIC",
                "SubjectPublicKeyInfo",
            ),
            ("spki_sha256: \"4b", "spki_sha256: \"4c", "`public_key` has"),
            ("spki_sha256: \"4b", "spki_sha256: \"", "64 hexadecimal"),
            ("- \"63ece914", "- \"73ece914", "contradicts `certificate_sha256`"),
            ("to: \"2052", "to: \"2053", "contradicts `valid`"),
            ("to: \"2052", "to: \"2012", "ends before"),
            ("00:00Z\"", "00:00+00:00\"", "a time is written"),
            ("role: issuing", "role: root", "only the role `issuing`"),
            ("role: issuing", "role: owner", "only the role `issuing`"),
            ("role: issuing", "role: leaf", "the role is"),
            ("role: issuing", "role: issuing\n        issuing: [a]", "only the role `root`"),
            ("constraints: true", "constraints: yes", "expected `true` or `false`"),
            ("constraints: true", "constraints: false", "leave it out"),
            ("status: test", "status: production", "never `production`"),
            ("status: test", "status: trusted", "the status is"),
            ("    subject: ", "    holder: X\n    subject: ", "there is no `subject`"),
            ("    status: test\n", "", "`status` is missing"),
            ("status: test", "status: test\n    parent: nobody", "is not here"),
            (
                "status: test",
                "status: test\n    parent: yubico-piv-root-263751",
                "its own ancestor",
            ),
            ("status: test", "status: test\n    colour: red", "there is no `colour`"),
            ("status: test", "status: test\n    status: test", "stands twice"),
            ("seen: \"2026-11-21\"", "seen: \"21.11.2026\"", "YYYY-MM-DD"),
            ("read: primary", "read: hearsay", "as `primary` or as `copy`"),
            ("id: yubico", "id: Yubico", "lower-case"),
        ] {
            let changed = entry.replacen(from, to, 1);
            assert_ne!(changed, entry, "{from}");
            let error = read(&changed).unwrap_err().to_string();
            assert!(error.contains(line_says), "{from} -> {to}: {error}");
            assert!(error.starts_with("x.yaml:"), "{error}");
        }
    }

    #[test]
    fn a_certificate_file_must_be_that_of_the_anchor() {
        let none = read_with(&entry(), &|_| None).unwrap_err();
        assert!(none.message.contains("no such certificate file"), "{none}");
        let other = read_with(&entry(), &|_| Some(SUB_CA.to_vec())).unwrap_err();
        assert!(other.message.contains("contradicts"), "{other}");
        for bad in
            [&b""[..], b"x", &PIV_ROOT[..PIV_ROOT.len() - 40], &[PIV_ROOT, PIV_ROOT].concat()]
        {
            let error = read_with(&entry(), &|_| Some(bad.to_vec())).unwrap_err();
            assert!(error.message.contains("not one certificate"), "{error}");
        }
    }

    #[test]
    fn a_manifest_that_believes_what_it_refuses_is_refused() {
        let one = read(&entry()).unwrap();
        let spki = one.anchors()[0].public_key.spki_sha256().to_string();
        let other = spki.replace(|digit| digit != '0', "1");
        let refused = |id: &str, spki: &str| {
            format!(
                "  - {{id: {id}, subject: \"CN=x\", spki_sha256: \"{spki}\", \
                 certificate_sha256: [], why: \"It leaked.\"}}\n"
            )
        };
        for (entries, says) in [
            (refused("leaked", &spki), "the anchor `yubico-piv-root-263751`"),
            (refused("yubico-piv-root-263751", &other), "the anchor `yubico-piv-root-263751`"),
            (refused("a", &other) + &refused("a", &spki.replace('0', "1")), "refused twice"),
        ] {
            let error = read(&format!("{}refused:\n{entries}", entry())).unwrap_err();
            assert!(error.message.contains(says), "{error}");
            let alone = manifest(&entries).replace("anchors:", "refused:");
            let origin = ManifestOrigin::Caller;
            let alone = AnchorManifest::parse(origin, "r", alone.as_bytes(), &|_| None);
            match alone {
                Ok(alone) => assert!(TrustStore::new(vec![one.clone(), alone]).is_ok()),
                Err(error) => assert!(error.message.contains("refused twice"), "{error}"),
            }
        }
    }

    #[test]
    fn conflicts_between_manifests_are_refused() {
        let one = read(&entry()).unwrap();
        let twin = read(&entry().replace("id: yubico-piv-root", "id: another-root")).unwrap();
        assert_eq!(
            TrustStore::new(vec![one.clone(), one.clone()]).unwrap_err(),
            TrustConflict::Identifier("yubico-piv-root-263751".to_owned())
        );
        assert_eq!(
            TrustStore::new(vec![one.clone(), twin.clone()]).unwrap_err(),
            TrustConflict::SameUse(
                "another-root-263751".to_owned(),
                "yubico-piv-root-263751".to_owned()
            )
        );
        let other_use = read(
            &entry()
                .replace("id: yubico-piv-root", "id: another-root")
                .replace("format: yubico-piv", "format: another"),
        )
        .unwrap();
        assert!(TrustStore::new(vec![one, other_use]).is_ok());
    }

    #[test]
    fn the_fingerprint_does_not_depend_on_the_order_of_arguments() {
        let one = read(&entry()).unwrap();
        let other = read(
            &entry()
                .replace("id: yubico-piv-root", "id: another-root")
                .replace("format: yubico-piv", "format: another"),
        )
        .unwrap();
        let forth = TrustStore::new(vec![one.clone(), other.clone()]).unwrap();
        let back = TrustStore::new(vec![other, one.clone()]).unwrap();
        assert_eq!(forth.sha256(), back.sha256());
        assert_ne!(forth.sha256(), TrustStore::new(vec![one]).unwrap().sha256());
    }
}
