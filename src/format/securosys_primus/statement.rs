//! What a module states about a key: one XML document whose every element has its one place.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::super::InspectLine;
use crate::encoding::der::Glance;
use crate::encoding::xml::Element;
use crate::public_key::{KeyMaterial, PublicKey};
use crate::reason::{Reason, ReasonCode};
use crate::time::Timestamp;

/// The root element.
const ROOT: &str = "private_key";
/// The element of the flags.
const ATTRIBUTES: &str = "attributes";
/// The approvals that the use of a key needs (Smart Key Attributes).
const POLICY: &str = "policy";
/// By which other key the key was derived.
const DERIVATION: &str = "derivation_value";

/// What each statement must hold, once.
const REQUIRED: [&str; 6] =
    ["label", "create_time", "attest_time", "algorithm", "algorithm_oid", "public_key"];

/// What it may hold, once.
const OPTIONAL: [&str; 5] = ["uuid", "key_use_count", "key_size", DERIVATION, POLICY];

/// What a module states about a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KeyStatement {
    pub(super) creation: Creation,
    pub(super) storage: Storage,
    pub(super) label: String,
    pub(super) uuid: Option<String>,
    created: Timestamp,
    attested: Timestamp,
    algorithm: String,
    algorithm_oid: String,
    key_size: Option<u64>,
    pub(super) public_key: PublicKey,
    /// Whether it was derived from another key.
    pub(super) is_derived: bool,
    has_policy: bool,
    pub(super) flags: Flags,
}

/// Where the key was made, the attribute `creation`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Creation {
    Generated,
    Imported,
}

/// Where the key is kept, the attribute `storage`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Storage {
    /// In the module: the attribute is not there.
    Module,
    /// Outside, in wrapped form.
    External,
}

/// The names of the flags, in their genuine order.
const FLAGS: [&str; 12] = [
    "decrypt",
    "sign",
    "unwrap",
    "derive",
    "sensitive",
    "always_sensitive",
    "extractable",
    "never_extractable",
    "modifiable",
    "copyable",
    "destroyable",
    "unique",
];

/// The flags: those that are set, each by its name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Flags(Vec<&'static str>);

impl Flags {
    fn is(&self, name: &str) -> bool {
        self.0.contains(&name)
    }

    /// The names of those that are set.
    pub(super) fn set(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().copied()
    }
}

impl KeyStatement {
    /// Whether a document is of this format, by the name of its root alone.
    pub(super) fn is_of(root: &Element) -> bool {
        root.name == ROOT
    }

    /// Reads it.
    ///
    /// # Errors
    /// Every `attestation.…` reason by which it is not of the one form.
    pub(super) fn read(root: &Element) -> Result<Self, Vec<Reason>> {
        let mut reasons = Vec::new();
        let statement = Self::read_noting(root, &mut reasons);
        match statement {
            Some(statement) if reasons.is_empty() => Ok(statement),
            _ => Err(reasons),
        }
    }

    fn read_noting(root: &Element, reasons: &mut Vec<Reason>) -> Option<Self> {
        check_attributes(root, ROOT, &["creation", "storage"], reasons);
        let known = REQUIRED.into_iter().chain(OPTIONAL).chain([ATTRIBUTES]);
        check_elements(root, ROOT, &known.collect::<Vec<_>>(), reasons);
        let of = |name: &'static str| Path { parent: ROOT, name };
        let mut text = |name: &'static str| of(name).text(root, reasons);

        let label = text("label");
        let created = text("create_time").and_then(|it| note(of("create_time").time(it), reasons));
        let attested = of("attest_time")
            .text(root, reasons)
            .and_then(|it| note(of("attest_time").time(it), reasons));
        let algorithm = of("algorithm").text(root, reasons);
        let algorithm_oid = of("algorithm_oid").text(root, reasons);
        let public_key = of("public_key")
            .text(root, reasons)
            .and_then(|it| note(of("public_key").public_key(it), reasons));
        let uuid = of("uuid").optional_text(root, reasons);
        of("key_use_count")
            .optional_text(root, reasons)
            .and_then(|it| note(of("key_use_count").number(it), reasons));
        let key_size = of("key_size")
            .optional_text(root, reasons)
            .and_then(|it| note(of("key_size").number(it), reasons));
        let flags = read_flags(root, reasons);
        let creation = note(read_creation(root), reasons);
        let storage = note(read_storage(root), reasons);
        Some(Self {
            creation: creation?,
            storage: storage?,
            label: label?.to_owned(),
            uuid: uuid.map(str::to_owned),
            created: created?,
            attested: attested?,
            algorithm: algorithm?.to_owned(),
            algorithm_oid: algorithm_oid?.to_owned(),
            key_size,
            public_key: public_key?,
            is_derived: root.named(DERIVATION).next().is_some(),
            has_policy: root.named(POLICY).next().is_some(),
            flags,
        })
    }

    /// Whether neither the key nor a copy of it can be elsewhere. Modules say of keys that came from
    /// elsewhere that they were never extractable, and tell by the other statements.
    pub(super) fn stays_inside(&self) -> bool {
        self.ways_out().is_empty()
    }

    /// By which statements it can be.
    pub(super) fn ways_out(&self) -> Vec<String> {
        const MUST: [&str; 4] = ["sensitive", "always_sensitive", "never_extractable", "unique"];
        const MUST_NOT: [&str; 2] = ["extractable", "copyable"];
        let storage = (self.storage == Storage::External).then(|| "storage external".to_owned());
        let unset = MUST.into_iter().filter(|name| !self.flags.is(name));
        let set = MUST_NOT.into_iter().filter(|name| self.flags.is(name));
        storage
            .into_iter()
            .chain(unset.map(|name| format!("{name} false")))
            .chain(set.map(|name| format!("{name} true")))
            .collect()
    }

    /// Where it contradicts itself, or states a key that cannot sign.
    pub(super) fn contradictions(&self) -> Vec<Reason> {
        let inconsistent = |statement: &'static str| {
            Reason::new(ReasonCode::AttestationInconsistent).with("statement", statement)
        };
        let mut reasons = Vec::new();
        if self.flags.is("never_extractable") && self.flags.is("extractable") {
            reasons.push(inconsistent("never extractable, and extractable"));
        }
        if self.flags.is("always_sensitive") && !self.flags.is("sensitive") {
            reasons.push(inconsistent("always sensitive, and not sensitive"));
        }
        if !self.flags.is("sign") {
            reasons.push(ReasonCode::AttestationCannotSign.into());
        }
        if self.created > self.attested {
            reasons.push(
                inconsistent("attested before it was made")
                    .with("create_time", self.created.to_string())
                    .with("attest_time", self.attested.to_string()),
            );
        }
        let is_rsa = matches!(self.public_key.material(), KeyMaterial::Rsa { .. });
        if (self.algorithm == "RSA") != is_rsa
            || !algorithm_oids(&self.public_key).contains(&self.algorithm_oid)
        {
            reasons.push(
                inconsistent("algorithm")
                    .with("stated", format!("{}, {}", self.algorithm, self.algorithm_oid))
                    .with("key", self.public_key.describe()),
            );
        }
        if let Some(size) = self.key_size
            && let Some(bits) = bits(&self.public_key)
            && size != bits
        {
            reasons.push(
                inconsistent("size of the key")
                    .with("stated", size.to_string())
                    .with("key", self.public_key.describe()),
            );
        }
        reasons
    }

    /// What no genuine statement that was seen holds, though it is documented.
    pub(super) fn doubts(&self) -> Vec<Reason> {
        let mut doubts = Vec::new();
        for (there, element) in [(self.has_policy, POLICY), (self.is_derived, DERIVATION)] {
            if there {
                let reason = Reason::new(ReasonCode::AttestationLayoutUnconfirmed);
                doubts.push(reason.with("element", format!("{ROOT}/{element}")));
            }
        }
        if self.flags.is("unwrap") {
            doubts.push(Reason::new(ReasonCode::AttestationUnwrapsKeys).with("flag", "unwrap"));
        }
        if self.flags.is("derive") {
            let reason = Reason::new(ReasonCode::AttestationUnusualValue);
            doubts.push(reason.with("claim", "derive").with("value", "true"));
        }
        doubts
    }
}

/// What the document says, whoever signed it: every element by its path.
pub(super) fn inspect(root: &Element) -> Vec<InspectLine> {
    let mut statements = Vec::new();
    for (name, value) in &root.attributes {
        statements.push(InspectLine { name: "attribute", value: format!("{name} {value}") });
    }
    for element in &root.elements {
        match element.name.as_str() {
            "public_key" => match public_key_of(&element.text) {
                Some(key) => {
                    statements.push(InspectLine { name: "key", value: key.describe() });
                    let sha256 = key.spki_sha256().to_string();
                    statements.push(InspectLine { name: "key SHA-256", value: sha256 });
                }
                None => {
                    statements.push(InspectLine { name: "key", value: "unreadable".to_owned() })
                }
            },
            _ if element.elements.is_empty() => {
                let value = format!("{} {}", element.name, element.text);
                statements.push(InspectLine { name: "element", value });
            }
            _ => statements.extend(element.elements.iter().map(|inner| InspectLine {
                name: "element",
                value: format!("{}/{} {}", element.name, inner.name, inner.text),
            })),
        }
    }
    statements
}

/// Where an element stands.
#[derive(Clone, Copy)]
struct Path {
    parent: &'static str,
    name: &'static str,
}

impl Path {
    fn text<'e>(self, parent: &'e Element, reasons: &mut Vec<Reason>) -> Option<&'e str> {
        let text = self.optional_text(parent, reasons);
        if text.is_none() && parent.named(self.name).next().is_none() {
            let missing = Reason::new(ReasonCode::AttestationExtensionMissing);
            reasons.push(missing.with("element", self.to_string()));
        }
        text
    }

    /// The text of the element, which holds nothing else. That it is there once was checked.
    fn optional_text<'e>(self, parent: &'e Element, reasons: &mut Vec<Reason>) -> Option<&'e str> {
        let element = parent.named(self.name).next()?;
        if let Some(inner) = element.elements.first() {
            let inner = format!("{self}/{}", inner.name);
            reasons.push(malformed(inner, "an element that is not known"));
            return None;
        }
        check_attributes(element, self.name, &[], reasons);
        Some(&element.text)
    }

    fn time(self, text: &str) -> Result<Timestamp, Reason> {
        Timestamp::from_rfc3339(text)
            .filter(|_| text.ends_with('Z'))
            .ok_or_else(|| malformed(self, "not a time in UTC"))
    }

    fn number(self, text: &str) -> Result<u64, Reason> {
        let number = text.parse::<u64>().ok().filter(|number| number.to_string() == text);
        number.ok_or_else(|| malformed(self, "not a number"))
    }

    fn public_key(self, text: &str) -> Result<PublicKey, Reason> {
        let spki = STANDARD.decode(text).map_err(|_| malformed(self, "not base64"))?;
        PublicKey::from_spki(&spki).map_err(|reason| reason.with("element", self.to_string()))
    }
}

impl std::fmt::Display for Path {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}/{}", self.parent, self.name)
    }
}

fn malformed(element: impl ToString, fault: &'static str) -> Reason {
    Reason::new(ReasonCode::AttestationMalformed)
        .with("element", element.to_string())
        .with("fault", fault)
}

fn note<T>(read: Result<T, Reason>, reasons: &mut Vec<Reason>) -> Option<T> {
    read.map_err(|reason| reasons.push(reason)).ok()
}

fn check_attributes(element: &Element, path: &str, known: &[&str], reasons: &mut Vec<Reason>) {
    for (name, _) in &element.attributes {
        if !known.contains(&name.as_str()) {
            reasons.push(malformed(format!("{path}/@{name}"), "an attribute that is not known"));
        }
    }
}

/// Each element is known, and none stands twice.
fn check_elements(parent: &Element, path: &str, known: &[&str], reasons: &mut Vec<Reason>) {
    for (index, element) in parent.elements.iter().enumerate() {
        let path = || format!("{path}/{}", element.name);
        if !known.contains(&element.name.as_str()) {
            reasons.push(malformed(path(), "an element that is not known"));
        } else if parent.elements.iter().take(index).any(|before| before.name == element.name) {
            let twice = Reason::new(ReasonCode::AttestationDuplicateExtension);
            reasons.push(twice.with("element", path()));
        }
    }
}

fn read_creation(root: &Element) -> Result<Creation, Reason> {
    match root.attribute("creation") {
        Some("generated") => Ok(Creation::Generated),
        Some("imported") => Ok(Creation::Imported),
        Some(other) => {
            Err(malformed("private_key/@creation", "a word that is not known").with("value", other))
        }
        None => Err(Reason::new(ReasonCode::AttestationExtensionMissing)
            .with("element", "private_key/@creation")),
    }
}

fn read_storage(root: &Element) -> Result<Storage, Reason> {
    match root.attribute("storage") {
        None => Ok(Storage::Module),
        Some("external") => Ok(Storage::External),
        Some(other) => {
            Err(malformed("private_key/@storage", "a word that is not known").with("value", other))
        }
    }
}

/// All twelve flags, each once.
fn read_flags(root: &Element, reasons: &mut Vec<Reason>) -> Flags {
    let Some(attributes) = root.named(ATTRIBUTES).next() else {
        let missing = Reason::new(ReasonCode::AttestationExtensionMissing);
        reasons.push(missing.with("element", format!("{ROOT}/{ATTRIBUTES}")));
        return Flags::default();
    };
    check_attributes(attributes, ATTRIBUTES, &[], reasons);
    check_elements(attributes, ATTRIBUTES, &FLAGS, reasons);
    let mut set = Vec::new();
    for name in FLAGS {
        let path = Path { parent: ATTRIBUTES, name };
        match path.text(attributes, reasons) {
            Some("true") => set.push(name),
            Some("false") | None => {}
            Some(other) => {
                reasons.push(malformed(path, "neither true nor false").with("value", other));
            }
        }
    }
    Flags(set)
}

fn public_key_of(text: &str) -> Option<PublicKey> {
    PublicKey::from_spki(&STANDARD.decode(text).ok()?).ok()
}

/// How the algorithm of a key can be written: by that of its SubjectPublicKeyInfo, or by its curve.
fn algorithm_oids(key: &PublicKey) -> Vec<String> {
    let mut reader = Glance::at(key.algorithm_identifier());
    let algorithm = reader.oid().map(|oid| oid.to_string());
    let curve = reader.oid().map(|oid| oid.to_string());
    algorithm.into_iter().chain(curve).collect()
}

/// The size of a key by which it is called.
fn bits(key: &PublicKey) -> Option<u64> {
    match key.curve_name().as_deref() {
        Some("P-256") => Some(256),
        Some("P-384") => Some(384),
        Some("P-521") => Some(521),
        _ => key.rsa_bits(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Creation, KeyStatement, Storage, inspect};
    use crate::encoding::xml;
    use crate::reason::{Reason, ReasonCode};

    /// A P-256 key: the generator of the curve (SP 800-186 3.2.1.3).
    const KEY: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt\
                       6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==";

    fn document() -> String {
        format!(
            "<private_key creation=\"generated\"><uuid>F6474FFA</uuid><label>a&apos;b</label>\
             <create_time>2025-10-01T20:31:53Z</create_time>\
             <attest_time>2025-10-18T20:19:33Z</attest_time><key_use_count>10</key_use_count>\
             <algorithm>EC</algorithm><algorithm_oid>1.2.840.10045.3.1.7</algorithm_oid>\
             <key_size>256</key_size><public_key>{KEY}</public_key><attributes>\
             <decrypt>false</decrypt><sign>true</sign><unwrap>false</unwrap><derive>false</derive>\
             <sensitive>true</sensitive><always_sensitive>true</always_sensitive>\
             <extractable>false</extractable><never_extractable>true</never_extractable>\
             <modifiable>true</modifiable><copyable>false</copyable><destroyable>true</destroyable>\
             <unique>true</unique></attributes></private_key>"
        )
    }

    fn read(text: &str) -> Result<KeyStatement, Vec<ReasonCode>> {
        KeyStatement::read(&xml::parse(text.as_bytes()).unwrap())
            .map_err(|reasons| reasons.iter().map(Reason::code).collect())
    }

    fn changed(from: &str, to: &str) -> Result<KeyStatement, Vec<ReasonCode>> {
        assert_eq!(document().matches(from).count(), 1, "{from}");
        read(&document().replace(from, to))
    }

    #[test]
    fn every_element_is_read() {
        let statement = read(&document()).unwrap();
        assert_eq!((statement.creation, statement.storage), (Creation::Generated, Storage::Module));
        assert_eq!(statement.label, "a'b");
        assert_eq!(statement.uuid.as_deref(), Some("F6474FFA"));
        assert_eq!(statement.public_key.describe(), "ECDSA P-256");
        let set: Vec<_> = statement.flags.set().collect();
        let expected = [
            "sign",
            "sensitive",
            "always_sensitive",
            "never_extractable",
            "modifiable",
            "destroyable",
            "unique",
        ];
        assert_eq!(set, expected);
        assert!(statement.stays_inside());
        assert_eq!((statement.contradictions(), statement.doubts()), (Vec::new(), Vec::new()));
    }

    #[test]
    fn what_is_documented_and_was_not_seen_everywhere_may_be_absent() {
        for (from, to) in [
            ("<uuid>F6474FFA</uuid>", ""),
            ("<key_use_count>10</key_use_count>", ""),
            ("<key_size>256</key_size>", ""),
            ("1.2.840.10045.3.1.7", "1.2.840.10045.2.1"),
        ] {
            let statement = changed(from, to).unwrap();
            assert_eq!(statement.contradictions(), []);
        }
    }

    #[test]
    fn each_element_has_its_one_place_and_form() {
        use ReasonCode as R;
        for (from, to, code) in [
            ("<sign>true</sign>", "", R::AttestationExtensionMissing),
            ("<label>a&apos;b</label>", "", R::AttestationExtensionMissing),
            (" creation=\"generated\"", "", R::AttestationExtensionMissing),
            (
                "<sign>true</sign>",
                "<sign>true</sign><sign>true</sign>",
                R::AttestationDuplicateExtension,
            ),
            ("<uuid>", "<uuid>1</uuid><uuid>", R::AttestationDuplicateExtension),
            ("<sign>true", "<sign>TRUE", R::AttestationMalformed),
            ("<sign>true", "<sign> true", R::AttestationMalformed),
            ("<sign>true", "<sign>", R::AttestationMalformed),
            ("<sign>true", "<sign><sign>true</sign>", R::AttestationMalformed),
            ("<sign>", "<sign x=\"1\">", R::AttestationMalformed),
            ("<attributes>", "<attributes x=\"1\">", R::AttestationMalformed),
            ("<attributes>", "<attributes><encrypt>true</encrypt>", R::AttestationMalformed),
            ("\"generated\"", "\"Generated\"", R::AttestationMalformed),
            ("\"generated\"", "\"generated\" storage=\"internal\"", R::AttestationMalformed),
            ("\"generated\"", "\"generated\" x=\"1\"", R::AttestationMalformed),
            ("<uuid>", "<x/><uuid>", R::AttestationMalformed),
            ("2025-10-01T20:31:53Z", "2025-10-01T20:31:53+00:00", R::AttestationMalformed),
            ("2025-10-01T20:31:53Z", "2025-10-01", R::AttestationMalformed),
            (">10<", ">010<", R::AttestationMalformed),
            (">256<", ">+256<", R::AttestationMalformed),
            ("<public_key>MF", "<public_key>M F", R::AttestationMalformed),
        ] {
            assert_eq!(changed(from, to).unwrap_err(), [code], "{from} {to}");
        }
        // A flag in another place is unknown there, and missing in its own.
        let moved = document()
            .replace("<unique>true</unique></attributes>", "</attributes><unique>true</unique>");
        let expected = [R::AttestationMalformed, R::AttestationExtensionMissing];
        assert_eq!(read(&moved).unwrap_err(), expected);
    }

    #[test]
    fn each_flag_decides_whether_the_key_stays_inside() {
        for (from, to) in [
            ("<sensitive>true", "<sensitive>false"),
            ("<always_sensitive>true", "<always_sensitive>false"),
            ("<never_extractable>true", "<never_extractable>false"),
            ("<unique>true", "<unique>false"),
            ("<extractable>false", "<extractable>true"),
            ("<copyable>false", "<copyable>true"),
            ("\"generated\"", "\"generated\" storage=\"external\""),
        ] {
            assert!(!changed(from, to).unwrap().stays_inside(), "{to}");
        }
    }

    #[test]
    fn what_cannot_be_true_together_is_a_contradiction() {
        use ReasonCode as R;
        for (from, to, code) in [
            ("<sensitive>true", "<sensitive>false", R::AttestationInconsistent),
            ("<extractable>false", "<extractable>true", R::AttestationInconsistent),
            ("<sign>true", "<sign>false", R::AttestationCannotSign),
            ("2025-10-18T20:19:33Z", "2025-10-01T20:31:52Z", R::AttestationInconsistent),
            ("<algorithm>EC", "<algorithm>RSA", R::AttestationInconsistent),
            ("1.2.840.10045.3.1.7", "1.3.132.0.34", R::AttestationInconsistent),
            (">256<", ">384<", R::AttestationInconsistent),
        ] {
            let found: Vec<_> =
                changed(from, to).unwrap().contradictions().iter().map(Reason::code).collect();
            assert_eq!(found, [code], "{to}");
        }
    }

    #[test]
    fn approvals_and_derivation_are_for_a_person_to_weigh() {
        for (added, derived) in [
            ("<policy><rule_use/></policy>", false),
            ("<derivation_value>44</derivation_value>", true),
        ] {
            let statement = changed("<uuid>", &format!("{added}<uuid>")).unwrap();
            let doubts: Vec<_> = statement.doubts().iter().map(Reason::code).collect();
            assert_eq!(doubts, [ReasonCode::AttestationLayoutUnconfirmed]);
            assert_eq!(statement.is_derived, derived);
        }
    }

    #[test]
    fn everything_is_shown_whoever_signed_it() {
        let text = document().replace("<uuid>", "<x><y>1</y></x><uuid>");
        let shown = inspect(&xml::parse(text.as_bytes()).unwrap());
        let values: Vec<_> = shown.iter().map(|statement| statement.value.as_str()).collect();
        for value in
            ["creation generated", "label a'b", "x/y 1", "ECDSA P-256", "attributes/unique true"]
        {
            assert!(values.contains(&value), "{value}: {values:?}");
        }
    }
}
