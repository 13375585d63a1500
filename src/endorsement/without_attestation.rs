//! Devices that cannot attest a key, as `without-attestation.yaml` states them: what to tell the
//! applicant, and by which other methods of CSBR 6.2.7.4.2 the key may still be verified. Nothing
//! here takes part in a judgement.

use minicbor::{Decode, Encode};
use std::collections::BTreeSet;
use std::fmt;

use crate::encoding::hex::Sha256;
use crate::encoding::yaml::{Document, Fields, FileError, FileFault, Node};
use crate::time::Timestamp;

/// The devices that cannot attest, as far as this release knows them.
#[derive(Clone, Debug, Encode, Decode)]
pub struct WithoutAttestation {
    #[n(0)]
    devices: Vec<DeviceWithoutAttestation>,
    #[n(1)]
    sha256: Sha256,
}

/// A device or service, or a family of them, that cannot attest a key to anybody outside.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct DeviceWithoutAttestation {
    /// The identifier in `without-attestation.yaml`.
    #[n(0)]
    pub id: String,
    /// The manufacturer, or the provider.
    #[n(1)]
    pub vendor: String,
    /// The names of the products.
    #[n(2)]
    pub names: Vec<String>,
    /// What it lacks, in words for staff.
    #[n(3)]
    pub why: String,
    /// The same in words for the applicant; [`Self::answer`] is the whole answer.
    #[n(4)]
    pub tell: String,
    /// What is known of its certification.
    #[n(5)]
    pub certification: KnownCertification,
    /// The methods that it leaves open, in order; without [`VerificationMethod::KeyAttestation`].
    #[n(6)]
    pub methods: Vec<VerificationMethod>,
    /// What the same maker has that does attest, in one sentence.
    #[n(7)]
    pub instead: Option<String>,
    /// Where it is published that it cannot attest, or that nothing was found.
    #[n(8)]
    pub source: String,
    /// The day on which that was read, `YYYY-MM-DD`.
    #[n(9)]
    pub seen: String,
}

/// What is known of the certification of a device that cannot attest.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum KnownCertification {
    /// Which one; that it covers the applicant's device is to be shown.
    #[n(0)]
    Known(#[n(0)] String),
    /// None that covers it: in which respect.
    #[n(1)]
    Unknown(#[n(0)] String),
}

/// The methods by which a CA ensures that the subscriber's key is in a suitable module.
///
/// CSBR 6.2.7.4.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub enum VerificationMethod {
    /// (1)
    #[n(0)]
    ShippedByCa,
    /// (2)
    #[n(1)]
    KeyAttestation,
    /// (3)
    #[n(2)]
    PrescribedLibrary,
    /// (4)
    #[n(3)]
    ItAudit,
    /// (5)
    #[n(4)]
    CloudReport,
    /// (6)
    #[n(5)]
    WitnessedGeneration,
    /// (7)
    #[n(6)]
    SigningService,
}

impl VerificationMethod {
    /// All of them, in the order of the clause.
    pub const ALL: [Self; 7] = [
        Self::ShippedByCa,
        Self::KeyAttestation,
        Self::PrescribedLibrary,
        Self::ItAudit,
        Self::CloudReport,
        Self::WitnessedGeneration,
        Self::SigningService,
    ];

    /// Its number in the clause.
    pub const fn number(self) -> u64 {
        match self {
            Self::ShippedByCa => 1,
            Self::KeyAttestation => 2,
            Self::PrescribedLibrary => 3,
            Self::ItAudit => 4,
            Self::CloudReport => 5,
            Self::WitnessedGeneration => 6,
            Self::SigningService => 7,
        }
    }

    /// What it takes, in short.
    pub const fn words(self) -> &'static str {
        match self {
            Self::ShippedByCa => {
                "the CA ships a module of this kind, with another key, which it generated there"
            }
            Self::KeyAttestation => {
                "the manufacturer's certificate shows where the key was generated"
            }
            Self::PrescribedLibrary => {
                "the applicant generates the key with a library and module that the CA prescribes"
            }
            Self::ItAudit => "an IT audit shows that only suitable modules generate such keys",
            Self::CloudReport => {
                "a report on subscription and configuration of the cloud service shows the module"
            }
            Self::WitnessedGeneration => {
                "an auditor approved by the CA witnesses the generation and signs a report"
            }
            Self::SigningService => "the applicant agrees to use a Signing Service (6.2.7.3)",
        }
    }
}

impl fmt::Display for VerificationMethod {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "({}) {}", self.number(), self.words())
    }
}

impl WithoutAttestation {
    /// Reads the file of that name.
    pub fn parse(file: &str, bytes: &[u8]) -> Result<Self, FileError> {
        let document = Document::parse(file, bytes, LIMIT)?;
        let mut fields = document.fields(document.root())?;
        let nodes = document.sequence(fields.required("devices")?)?;
        fields.finish()?;
        let reader = Reader { document: &document };
        let mut identifiers = BTreeSet::new();
        let mut devices = Vec::new();
        for node in nodes {
            let device = reader.device(node)?;
            if !identifiers.insert(device.id.clone()) {
                let message = format!("the identifier `{}` stands twice", device.id);
                return Err(reader.wrong(node, &message));
            }
            devices.push(device);
        }
        Ok(Self { devices, sha256: Sha256::of(bytes) })
    }

    /// The devices, in the order of the file.
    pub fn devices(&self) -> &[DeviceWithoutAttestation] {
        &self.devices
    }

    /// The latest day on which any of it was read, `YYYY-MM-DD`; `None` if there is nothing.
    pub fn as_of(&self) -> Option<&str> {
        self.devices.iter().map(|device| device.seen.as_str()).max()
    }

    /// SHA-256 of the file.
    pub fn sha256(&self) -> Sha256 {
        self.sha256
    }
}

impl DeviceWithoutAttestation {
    /// What to send to the applicant: that it cannot attest, and what is open to them.
    pub fn answer(&self) -> String {
        let open = match (&self.certification, self.methods.as_slice()) {
            (_, []) => None,
            (KnownCertification::Known(_), _) => Some(
                "Please ask us for another method of verification (CSBR 6.2.7.4.2), or use a \
                 certified module that attests its keys.",
            ),
            (KnownCertification::Unknown(_), _) => Some(
                "We also know of no certificate of the module, and CSBR 6.2.7.4.1 asks for one under \
                 every method of verification: FIPS 140-2 or 140-3 level 2 or higher, or Common \
                 Criteria EAL 4+. Please send it, or use a certified module that attests its keys.",
            ),
        };
        let sentences = [Some(self.tell.as_str()), open, self.instead.as_deref()];
        sentences.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}

/// The largest file: some ten times that of this release.
const LIMIT: usize = 1 << 18;

struct Reader<'a> {
    document: &'a Document<'a>,
}

impl Reader<'_> {
    fn device(&self, node: &Node) -> Result<DeviceWithoutAttestation, FileError> {
        let mut fields = self.document.fields(node)?;
        let names = fields.list("names")?;
        let methods = fields.required("methods")?;
        let seen = fields.required("seen")?;
        let device = DeviceWithoutAttestation {
            id: fields.text("id")?.to_owned(),
            vendor: fields.text("vendor")?.to_owned(),
            names: names
                .iter()
                .map(|name| self.document.text(name).map(str::to_owned))
                .collect::<Result<_, _>>()?,
            why: self.sentence(&mut fields, "why")?,
            tell: self.sentence(&mut fields, "tell")?,
            certification: self.certification(&mut fields, node)?,
            methods: self.methods(methods)?,
            instead: match fields.optional("instead") {
                Some(instead) => Some(self.ended(instead)?),
                None => None,
            },
            source: fields.text("source")?.to_owned(),
            seen: Timestamp::from_date(self.document.text(seen)?)
                .ok_or_else(|| self.wrong(seen, "a date is written YYYY-MM-DD"))?
                .date(),
        };
        fields.finish()?;
        if device.names.is_empty() {
            return Err(self.wrong(node, "`names` is empty"));
        }
        Ok(device)
    }

    fn certification(
        &self,
        fields: &mut Fields<'_>,
        node: &Node,
    ) -> Result<KnownCertification, FileError> {
        match (fields.optional("certified"), fields.optional("uncertified")) {
            (Some(known), None) => Ok(KnownCertification::Known(self.ended(known)?)),
            (None, Some(unknown)) => Ok(KnownCertification::Unknown(self.ended(unknown)?)),
            _ => {
                let message = "either `certified` says which certificate is known, or \
                               `uncertified` that none is";
                Err(self.wrong(node, message))
            }
        }
    }

    fn methods(&self, list: &Node) -> Result<Vec<VerificationMethod>, FileError> {
        let nodes = self.document.sequence(list)?.iter();
        let methods = nodes.map(|node| {
            let number = self.document.integer(node, 1..=7)?;
            let mut known = VerificationMethod::ALL.into_iter();
            match known.find(|method| method.number() == number) {
                Some(VerificationMethod::KeyAttestation) | None => {
                    Err(self.wrong(node, "2 is key attestation, which it lacks"))
                }
                Some(method) => Ok(method),
            }
        });
        let methods = methods.collect::<Result<Vec<_>, _>>()?;
        if !methods.is_sorted_by(|one, next| one < next) {
            return Err(self.wrong(list, "the methods stand in order, each once"));
        }
        Ok(methods)
    }

    fn sentence(&self, fields: &mut Fields<'_>, key: &'static str) -> Result<String, FileError> {
        self.ended(fields.required(key)?)
    }

    /// Text that is put together with other sentences.
    fn ended(&self, node: &Node) -> Result<String, FileError> {
        let text = self.document.text(node)?;
        if text.ends_with('.') {
            return Ok(text.to_owned());
        }
        Err(self.wrong(node, "a sentence ends with a full stop"))
    }

    fn wrong(&self, node: &Node, message: &str) -> FileError {
        self.document.error(FileFault::Value, node.place(), message)
    }
}

#[cfg(test)]
mod tests {
    use super::{DeviceWithoutAttestation, VerificationMethod, WithoutAttestation};

    const TWO: &str = "\
devices:
  - id: token
    vendor: Maker
    names: [Token, Card]
    why: It has no such command.
    tell: The Token cannot attest its keys.
    certified: \"FIPS 140-2 level 2, number 1.\"
    methods: [1, 3]
    instead: The Token 2 can.
    source: the manual
    seen: \"2026-11-21\"
  - id: box
    vendor: Maker
    names: [Box]
    why: Nothing is published.
    tell: We know of no way to attest a key in the Box.
    uncertified: None is known.
    methods: [6]
    source: none found
    seen: \"2026-11-21\"
";

    fn parse(text: &str) -> Vec<DeviceWithoutAttestation> {
        WithoutAttestation::parse("w", text.as_bytes()).unwrap().devices().to_vec()
    }

    #[test]
    fn the_answer_follows_from_certification_and_methods() {
        let devices = parse(TWO);
        let [token, the_box] = devices.as_slice() else { panic!("two") };
        let answer = token.answer();
        assert!(answer.starts_with("The Token cannot attest its keys. Please ask us"));
        assert!(answer.ends_with(" The Token 2 can."), "{answer}");
        assert!(!answer.contains("6.2.7.4.1"), "{answer}");
        let answer = the_box.answer();
        assert!(answer.contains("no certificate of the module"), "{answer}");
        assert!(answer.contains("CSBR 6.2.7.4.1"), "{answer}");
        // Where no method is open, none is offered.
        let closed = parse(&TWO.replace("[6]", "[]"));
        let [_, the_box] = closed.as_slice() else { panic!("two") };
        assert_eq!(the_box.answer(), the_box.tell);
    }

    #[test]
    fn a_slip_in_the_file_is_named() {
        for (from, to, says) in [
            ("id: box", "id: token", "stands twice"),
            ("methods: [6]", "methods: [0]", "not within 1 to 7"),
            ("methods: [6]", "methods: [8]", "not within 1 to 7"),
            ("methods: [6]", "methods: [2]", "key attestation"),
            ("methods: [1, 3]", "methods: [3, 1]", "in order"),
            ("methods: [1, 3]", "methods: [3, 3]", "in order"),
            ("    methods: [6]\n", "", "methods"),
            ("names: [Box]", "names: []", "`names` is empty"),
            ("    uncertified: None is known.\n", "", "either `certified`"),
            (
                "    uncertified: None is known.\n",
                "    uncertified: None is known.\n    certified: One is known.\n",
                "either `certified`",
            ),
            ("its keys.\n", "its keys\n", "full stop"),
            ("seen: \"2026-11-21\"", "seen: \"2026-11\"", "YYYY-MM-DD"),
            ("    why: Nothing", "    wy: Nothing", "`why` is missing"),
            ("    instead: The", "    insted: The", "did you mean `instead`?"),
        ] {
            let changed = TWO.replacen(from, to, 1);
            assert_ne!(changed, TWO, "{from}");
            let error = WithoutAttestation::parse("w", changed.as_bytes()).unwrap_err().to_string();
            assert!(error.starts_with("w:") && error.contains(says), "{from} -> {to}: {error}");
        }
    }

    #[test]
    fn the_methods_are_numbered_as_in_the_clause() {
        let numbers = VerificationMethod::ALL.map(VerificationMethod::number);
        assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7]);
    }
}
