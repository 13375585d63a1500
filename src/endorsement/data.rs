//! The facts themselves: products with their certifications, and advisories, as `modules.yaml` and
//! `advisories.yaml` state them.

use minicbor::{Decode, Encode};
use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ProtectionProfile, Scheme, Scope};
use crate::claims::{Firmware, PinPolicy};
use crate::encoding::hex::Sha256;
use crate::encoding::yaml::{Document, Fields, FileError, FileFault, Node};
use crate::time::Timestamp;

/// Everything third parties say about modules, as far as this release knows it.
#[derive(Clone, Debug, Encode, Decode)]
pub struct Endorsements {
    #[n(0)]
    pub(super) modules: Vec<Module>,
    #[n(1)]
    pub(super) advisories: Vec<Advisory>,
    #[n(2)]
    modules_sha256: Sha256,
    #[n(3)]
    advisories_sha256: Sha256,
}

/// A product, and how claims select it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Module {
    /// The identifier in `modules.yaml`.
    #[n(0)]
    pub id: String,
    /// The manufacturer.
    #[n(1)]
    pub vendor: String,
    /// The name of the product.
    #[n(2)]
    pub name: String,
    /// What people call it besides: brands, services that run on it, earlier names of its maker.
    #[n(3)]
    pub known_as: Vec<String>,
    /// The formats in which it attests.
    #[n(4)]
    pub formats: Vec<String>,
    /// Whether the manufacturer's certification mark must be there, or must not; `None` for either.
    #[n(5)]
    pub fips_marker: Option<Presence>,
    /// The same for a mark of another scheme.
    #[n(6)]
    pub other_marker: Option<Presence>,
    /// The shapes in which it is sold; empty for any.
    #[n(7)]
    pub form_factors: Vec<String>,
    /// The models by which evidence calls it, exactly; empty for any.
    #[n(8)]
    pub models: Vec<String>,
    /// The firmware that is known to exist; empty for a product whose evidence never states it and
    /// whose certifications name none.
    #[n(9)]
    pub firmware: Vec<FirmwareRange>,
    /// Where the firmware is documented.
    #[n(10)]
    pub firmware_source: Option<String>,
    /// What it makes, as far as that is known.
    #[n(11)]
    pub makes: Vec<Makes>,
    /// Its certifications.
    #[n(12)]
    pub certifications: Vec<Certification>,
    /// Why it has none that counts, in one sentence.
    #[n(13)]
    pub uncertified: Option<String>,
}

/// The keys that a product makes at some firmware.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Makes {
    /// The firmware.
    #[n(0)]
    pub firmware: Vec<FirmwareRange>,
    /// The keys, all of them, as [`crate::public_key::PublicKey::describe`] calls them.
    #[n(1)]
    pub keys: Vec<String>,
    /// The PIN policies that a key can be given, all of them; empty if they are not known.
    #[n(2)]
    pub pin_policies: Vec<PinPolicy>,
    /// Where that is documented.
    #[n(3)]
    pub source: String,
}

/// Whether a Common Criteria certificate has components beyond its assurance level (CC part 3).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Encode, Decode,
)]
#[serde(rename_all = "kebab-case")]
pub enum Augmentation {
    /// EAL n.
    #[default]
    #[n(0)]
    Plain,
    /// EAL n+.
    #[n(1)]
    Augmented,
}

impl Augmentation {
    /// Whether there is nothing to show.
    pub(super) fn is_plain(&self) -> bool {
        *self == Self::Plain
    }
}

/// What a selection demands of a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Presence {
    /// It must be there.
    #[n(0)]
    Present,
    /// The format carries it, and it must not be there.
    #[n(1)]
    Absent,
}

/// Firmware versions from the first to the last, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct FirmwareRange {
    /// The first.
    #[n(0)]
    pub first: Firmware,
    /// The last.
    #[n(1)]
    pub last: Firmware,
}

/// One certification of a product.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Certification {
    /// The scheme.
    #[n(0)]
    pub scheme: Scheme,
    /// The overall level, or the EAL; 0 for a scheme without levels.
    #[n(1)]
    pub level: u8,
    /// The certificate number, if it is known.
    #[n(2)]
    pub number: Option<String>,
    /// What was certified.
    #[n(3)]
    pub scope: Scope,
    /// Whether the evaluation assurance level is augmented, the `+` of EAL 4+.
    #[n(4)]
    pub augmentation: Augmentation,
    /// The protection profiles that a Common Criteria certificate names, as far as they are known.
    #[n(15)]
    pub protection_profiles: Vec<ProtectionProfile>,
    /// The firmware it names, and no other; empty if it names none.
    #[n(5)]
    pub firmware: Vec<Firmware>,
    /// The firmware it names, for a person to compare: where no evidence states one, or where what it
    /// names is not known here.
    #[n(6)]
    pub firmware_in_words: Option<String>,
    /// The values of the manufacturer's mark that are known for that firmware.
    #[n(7)]
    pub markers: Vec<u64>,
    /// Since when it stands. Unknown only for schemes that count for nothing.
    #[n(8)]
    pub validated: Option<Timestamp>,
    /// The last day of the active list by the certificate's own record.
    #[n(9)]
    pub sunset: Option<Timestamp>,
    /// The first day on which it is known to be on the historical list.
    #[n(10)]
    pub historical_since: Option<Timestamp>,
    /// The first day on which it is known to be revoked.
    #[n(11)]
    pub revoked_since: Option<Timestamp>,
    /// Of what the source is.
    #[n(12)]
    pub read: Reading,
    /// The day on which the source said so, `YYYY-MM-DD`, or the month.
    #[n(13)]
    pub seen: String,
    /// Where it is published.
    #[n(14)]
    pub source: String,
}

/// How a certification or an advisory is known. What stands in a copy may have been copied wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub enum Reading {
    /// From the record or the document of its issuer.
    #[n(0)]
    Primary,
    /// From what others say of that: so many sources, independent of each other.
    #[n(1)]
    Copy(#[n(0)] u8),
}

/// A manufacturer's security advisory.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Advisory {
    /// The manufacturer's identifier.
    #[n(0)]
    pub id: String,
    /// The manufacturer.
    #[n(1)]
    pub vendor: String,
    /// The name by which it is known.
    #[n(2)]
    pub name: Option<String>,
    /// CVE identifiers.
    #[n(3)]
    pub cve: Vec<String>,
    /// What it says, in one sentence.
    #[n(4)]
    pub summary: String,
    /// What it covers.
    #[n(5)]
    pub affects: Vec<Affected>,
    /// What follows from it.
    #[n(6)]
    pub effect: AdvisoryEffect,
    /// Of what the source is.
    #[n(8)]
    pub read: Reading,
    /// The day on which the source said so, `YYYY-MM-DD`, or the month.
    #[n(9)]
    pub seen: String,
    /// Where it is published.
    #[n(7)]
    pub source: String,
}

/// One group of modules and keys that an advisory covers.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Affected {
    /// The format in which they attest.
    #[n(0)]
    pub format: String,
    /// The shapes of the devices; empty for any.
    #[n(1)]
    pub form_factors: Vec<String>,
    /// The firmware.
    #[n(2)]
    pub firmware: Vec<FirmwareRange>,
    /// The algorithms of the keys, by the names of [`crate::public_key::PublicKey::algorithm_name`].
    #[n(3)]
    pub keys: Vec<String>,
    /// Which keys of that algorithm.
    #[n(4)]
    pub origin: AffectedOrigin,
}

/// Whether it matters where a key was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum AffectedOrigin {
    /// Every key that is used on the module.
    #[n(0)]
    Any,
    /// Keys that the module generated, or may have.
    #[n(1)]
    Generated,
}

/// What follows when an advisory covers a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum AdvisoryEffect {
    /// CSBR 6.1.1.3 (2) or (3) demands a refusal; no policy can set it.
    #[n(0)]
    Refuse,
    /// The policy may set it; a review by default.
    #[n(1)]
    Settable,
}

impl Certification {
    /// Whether both are one certificate of one firmware.
    pub fn is_same(&self, other: &Self) -> bool {
        (self.scheme, &self.number, self.scope) == (other.scheme, &other.number, other.scope)
            && self.firmware == other.firmware
    }

    fn ends_with(&mut self, other: &Self) {
        let earlier = |mine: &mut Option<Timestamp>, other: Option<Timestamp>| {
            *mine = [*mine, other].into_iter().flatten().min();
        };
        earlier(&mut self.sunset, other.sunset);
        earlier(&mut self.historical_since, other.historical_since);
        earlier(&mut self.revoked_since, other.revoked_since);
    }
}

impl FirmwareRange {
    /// Whether `firmware` is in it.
    pub fn contains(&self, firmware: Firmware) -> bool {
        (self.first..=self.last).contains(&firmware)
    }

    /// Reads `1.2.3` or `1.2.3-1.4.5`.
    fn parse(text: &str) -> Option<Self> {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let range = Self { first: Firmware::parse(first)?, last: Firmware::parse(last)? };
        (range.first <= range.last).then_some(range)
    }
}

/// The largest file of facts: some forty times that of Yubico.
const LIMIT: usize = 1 << 18;

impl Endorsements {
    /// What no third party says.
    pub(crate) fn none() -> Self {
        let nothing = Sha256::of(&[]);
        let (modules_sha256, advisories_sha256) = (nothing, nothing);
        Self { modules: Vec::new(), advisories: Vec::new(), modules_sha256, advisories_sha256 }
    }

    /// Reads the files of all manufacturers: name and bytes of each, in order of manufacturer.
    pub fn parse(
        modules: &[(&str, &[u8])],
        advisories: &[(&str, &[u8])],
    ) -> Result<Self, FileError> {
        let mut all = Self {
            modules: Vec::new(),
            advisories: Vec::new(),
            modules_sha256: over(modules),
            advisories_sha256: over(advisories),
        };
        let mut identifiers = BTreeSet::new();
        for (file, bytes) in modules {
            read_file(file, bytes, "modules", |facts, node| {
                let module = facts.module(node)?;
                facts.unique(&mut identifiers, &module.id, node)?;
                all.modules.push(module);
                Ok(())
            })?;
        }
        identifiers.clear();
        for (file, bytes) in advisories {
            read_file(file, bytes, "advisories", |facts, node| {
                let advisory = facts.advisory(node)?;
                facts.unique(&mut identifiers, &advisory.id, node)?;
                all.advisories.push(advisory);
                Ok(())
            })?;
        }
        Ok(all)
    }

    /// The same, with each certification ended that `other` says ended: on the earlier of the days that
    /// both name.
    pub(crate) fn ended_as(mut self, other: &Self) -> Self {
        for module in &mut self.modules {
            let same = other.modules.iter().find(|it| it.id == module.id);
            let ended = same.map_or(&[][..], |it| it.certifications.as_slice());
            for certification in &mut module.certifications {
                for other in ended {
                    if other.is_same(certification) {
                        certification.ends_with(other);
                    }
                }
            }
        }
        self
    }

    /// The products, in the order of the files.
    pub fn modules(&self) -> &[Module] {
        &self.modules
    }

    /// The latest day on which any of it was read, `YYYY-MM-DD`, or the month; `None` if there is nothing.
    pub fn as_of(&self) -> Option<&str> {
        let certifications = self.modules.iter().flat_map(|module| &module.certifications);
        let seen = certifications.map(|certification| certification.seen.as_str());
        seen.chain(self.advisories.iter().map(|advisory| advisory.seen.as_str())).max()
    }

    /// The advisories, in the order of the files.
    pub fn advisories(&self) -> &[Advisory] {
        &self.advisories
    }

    /// SHA-256 over the files of products, one after the other.
    pub fn modules_sha256(&self) -> Sha256 {
        self.modules_sha256
    }

    /// SHA-256 over the files of advisories, one after the other.
    pub fn advisories_sha256(&self) -> Sha256 {
        self.advisories_sha256
    }
}

/// Whether a key can be called so.
fn is_key(name: &str) -> bool {
    let is_identifier = |text: &str| {
        text.contains('.')
            && text
                .split('.')
                .all(|arc| !arc.is_empty() && arc.bytes().all(|it| it.is_ascii_digit()))
    };
    match name.split_once(' ') {
        Some(("RSA", bits)) => bits.parse::<u16>().is_ok_and(|number| number.to_string() == bits),
        Some(("ECDSA", curve)) => {
            matches!(curve, "P-256" | "P-384" | "P-521") || is_identifier(curve)
        }
        Some(_) => false,
        None => name == "Ed25519" || is_identifier(name),
    }
}

fn over(files: &[(&str, &[u8])]) -> Sha256 {
    Sha256::of(&files.iter().map(|(_, bytes)| *bytes).collect::<Vec<_>>().concat())
}

fn read_file(
    file: &str,
    bytes: &[u8],
    list: &'static str,
    mut entry: impl FnMut(&FactReader<'_>, &Node) -> Result<(), FileError>,
) -> Result<(), FileError> {
    let document = Document::parse(file, bytes, LIMIT)?;
    let mut fields = document.fields(document.root())?;
    let vendor = fields.text("vendor")?;
    let nodes = document.sequence(fields.required(list)?)?;
    fields.finish()?;
    let reader = FactReader { document: &document, vendor };
    nodes.iter().try_for_each(|node| entry(&reader, node))
}

struct FactReader<'a> {
    document: &'a Document<'a>,
    vendor: &'a str,
}

impl FactReader<'_> {
    fn module(&self, node: &Node) -> Result<Module, FileError> {
        let mut fields = self.document.fields(node)?;
        let certifications = fields.list("certifications")?;
        let makes = fields.list("makes")?;
        let module = Module {
            id: fields.text("id")?.to_owned(),
            vendor: self.vendor.to_owned(),
            name: fields.text("name")?.to_owned(),
            known_as: self.texts(&mut fields, "known_as")?,
            formats: self.texts(&mut fields, "formats")?,
            fips_marker: self.presence(&mut fields, "fips_marker")?,
            other_marker: self.presence(&mut fields, "other_marker")?,
            form_factors: self.texts(&mut fields, "form_factors")?,
            models: self.texts(&mut fields, "models")?,
            firmware: match fields.optional("firmware") {
                Some(list) => self.ranges(list)?,
                None => Vec::new(),
            },
            firmware_source: fields.optional_text("firmware_source")?.map(str::to_owned),
            makes: makes.iter().map(|node| self.makes(node)).collect::<Result<_, _>>()?,
            certifications: certifications
                .iter()
                .map(|node| self.certification(node))
                .collect::<Result<_, _>>()?,
            uncertified: fields.optional_text("uncertified")?.map(str::to_owned),
        };
        fields.finish()?;
        if module.formats.is_empty() {
            return Err(self.wrong(node, "`formats` is empty"));
        }
        if module.certifications.is_empty() != module.uncertified.is_some() {
            let message = "either `certifications` are listed, or `uncertified` says why not";
            return Err(self.wrong(node, message));
        }
        if module.firmware.is_empty() == module.firmware_source.is_some() {
            return Err(self.wrong(node, "`firmware` and `firmware_source` stand together"));
        }
        let names_firmware =
            |it: &Certification| !it.firmware.is_empty() || it.firmware_in_words.is_some();
        if !module.firmware.is_empty() && !module.certifications.iter().all(names_firmware) {
            return Err(self.wrong(node, "a certification does not name its `firmware`"));
        }
        let released =
            |firmware: &Firmware| module.firmware.iter().any(|it| it.contains(*firmware));
        let mut named = module.certifications.iter().flat_map(|it| &it.firmware);
        if let Some(stray) = named.find(|firmware| !released(firmware)) {
            let message = format!("a certification names {stray}, which `firmware` does not hold");
            return Err(self.wrong(node, &message));
        }
        Ok(module)
    }

    fn makes(&self, node: &Node) -> Result<Makes, FileError> {
        let mut fields = self.document.fields(node)?;
        let makes = Makes {
            firmware: self.ranges(fields.required("firmware")?)?,
            keys: self.text_list(fields.required("keys")?)?,
            pin_policies: match fields.optional("pin_policies") {
                None => Vec::new(),
                Some(list) => self.pin_policies(list)?,
            },
            source: fields.text("source")?.to_owned(),
        };
        fields.finish()?;
        if makes.keys.is_empty() || !makes.keys.iter().all(|key| is_key(key)) {
            let message = "the keys are written `RSA 2048`, `ECDSA P-256`, `Ed25519` or 1.2.3";
            return Err(self.wrong(node, message));
        }
        Ok(makes)
    }

    fn pin_policies(&self, list: &Node) -> Result<Vec<PinPolicy>, FileError> {
        let named = |node: &Node| {
            let name = self.document.text(node)?;
            let known = PinPolicy::ALL.into_iter().find(|policy| policy.id() == name);
            known.ok_or_else(|| self.wrong(node, "there is no such PIN policy"))
        };
        self.document.sequence(list)?.iter().map(named).collect()
    }

    fn certification(&self, node: &Node) -> Result<Certification, FileError> {
        let mut fields = self.document.fields(node)?;
        let scheme_node = fields.required("scheme")?;
        let scheme = Scheme::from_name(self.document.text(scheme_node)?)
            .ok_or_else(|| self.wrong(scheme_node, "there is no such scheme"))?;
        let level = match (fields.optional("level"), scheme.highest_level()) {
            (Some(level), Some(highest)) => self.document.integer(level, 1..=u64::from(highest))?,
            (None, None) => 0,
            (Some(level), None) => return Err(self.wrong(level, "the scheme has no levels")),
            (None, Some(_)) => return Err(self.wrong(node, "`level` is missing")),
        };
        let scope_node = fields.required("scope")?;
        let scope = match self.document.text(scope_node)? {
            "chip" => Scope::Chip,
            "platform" => Scope::Platform,
            "applet" => Scope::Applet,
            "device" => Scope::Device,
            _ => return Err(self.wrong(scope_node, "there is no such scope")),
        };
        let firmware = fields.optional("firmware");
        let augmented = fields.optional("augmented");
        let markers = fields.list("markers")?.iter();
        let certification = Certification {
            scheme,
            level: u8::try_from(level).map_err(|_| self.wrong(node, "`level` is too large"))?,
            number: fields.optional_text("number")?.map(str::to_owned),
            scope,
            augmentation: match augmented {
                None => Augmentation::Plain,
                Some(node) if scheme != Scheme::CommonCriteria => {
                    return Err(self.wrong(node, "only an EAL is augmented"));
                }
                Some(node) if self.document.boolean(node)? => Augmentation::Augmented,
                Some(node) => return Err(self.wrong(node, "leave it out, or say `true`")),
            },
            protection_profiles: self.protection_profiles(&mut fields, scheme)?,
            firmware: firmware.map_or(Ok(Vec::new()), |node| self.firmware(node))?,
            firmware_in_words: fields.optional_text("firmware_in_words")?.map(str::to_owned),
            markers: markers
                .map(|node| self.document.integer(node, 0..=u64::MAX))
                .collect::<Result<_, _>>()?,
            validated: self.date(&mut fields, "validated")?,
            sunset: self.date(&mut fields, "sunset")?,
            historical_since: self.date(&mut fields, "historical_since")?,
            revoked_since: self.date(&mut fields, "revoked_since")?,
            read: self.reading(&mut fields)?,
            seen: self.seen(&mut fields)?,
            source: fields.text("source")?.to_owned(),
        };
        fields.finish()?;
        if !certification.firmware.is_empty() && certification.firmware_in_words.is_some() {
            return Err(self.wrong(node, "`firmware` and `firmware_in_words` exclude each other"));
        }
        if certification.validated.is_none() && scheme.is_of_csbr() {
            return Err(self.wrong(node, "`validated` is missing"));
        }
        let later =
            [certification.sunset, certification.historical_since, certification.revoked_since];
        if later.into_iter().flatten().any(|date| Some(date) < certification.validated) {
            return Err(self.wrong(node, "a date is before `validated`"));
        }
        Ok(certification)
    }

    fn protection_profiles(
        &self,
        fields: &mut Fields<'_>,
        scheme: Scheme,
    ) -> Result<Vec<ProtectionProfile>, FileError> {
        let Some(list) = fields.optional("protection_profiles") else {
            return Ok(Vec::new());
        };
        if scheme != Scheme::CommonCriteria {
            return Err(self.wrong(list, "only Common Criteria has protection profiles"));
        }
        let named = |node: &Node| {
            let name = self.document.text(node)?;
            let known = ProtectionProfile::ALL.into_iter().find(|profile| profile.name() == name);
            known.ok_or_else(|| self.wrong(node, "there is no such protection profile"))
        };
        self.document.sequence(list)?.iter().map(named).collect()
    }

    fn reading(&self, fields: &mut Fields<'_>) -> Result<Reading, FileError> {
        let node = fields.required("read")?;
        let sources = fields.optional("sources");
        match (self.document.text(node)?, sources) {
            ("primary", None) => Ok(Reading::Primary),
            ("copy", Some(sources)) => {
                let number = self.document.integer(sources, 1..=u64::from(u8::MAX))?;
                let number = u8::try_from(number);
                number.map(Reading::Copy).map_err(|_| self.wrong(sources, "too many sources"))
            }
            _ => {
                let message = "it is read as `primary`, or as `copy` of so many `sources`";
                Err(self.wrong(node, message))
            }
        }
    }

    fn seen(&self, fields: &mut Fields<'_>) -> Result<String, FileError> {
        let node = fields.required("seen")?;
        let text = self.document.text(node)?;
        let first_day = if text.len() == "YYYY-MM".len() { "-01" } else { "" };
        match Timestamp::from_date(&format!("{text}{first_day}")) {
            Some(_) => Ok(text.to_owned()),
            None => Err(self.wrong(node, "a date is written YYYY-MM-DD, or YYYY-MM")),
        }
    }

    fn advisory(&self, node: &Node) -> Result<Advisory, FileError> {
        let mut fields = self.document.fields(node)?;
        let affects = fields.list("affects")?;
        let effect_node = fields.required("effect")?;
        let advisory = Advisory {
            id: fields.text("id")?.to_owned(),
            vendor: self.vendor.to_owned(),
            name: fields.optional_text("name")?.map(str::to_owned),
            cve: self.texts(&mut fields, "cve")?,
            summary: fields.text("summary")?.to_owned(),
            affects: affects.iter().map(|node| self.affected(node)).collect::<Result<_, _>>()?,
            effect: match self.document.text(effect_node)? {
                "refuse" => AdvisoryEffect::Refuse,
                "settable" => AdvisoryEffect::Settable,
                _ => return Err(self.wrong(effect_node, "the effect is `refuse` or `settable`")),
            },
            read: self.reading(&mut fields)?,
            seen: self.seen(&mut fields)?,
            source: fields.text("source")?.to_owned(),
        };
        fields.finish()?;
        if advisory.affects.is_empty() {
            return Err(self.wrong(node, "`affects` is empty"));
        }
        Ok(advisory)
    }

    fn affected(&self, node: &Node) -> Result<Affected, FileError> {
        let mut fields = self.document.fields(node)?;
        let keys_node = fields.required("keys")?;
        let origin = fields.optional("origin");
        let affected = Affected {
            format: fields.text("format")?.to_owned(),
            form_factors: self.texts(&mut fields, "form_factors")?,
            firmware: self.ranges(fields.required("firmware")?)?,
            keys: self.text_list(keys_node)?,
            origin: match origin.map(|node| self.document.text(node)).transpose()? {
                None => AffectedOrigin::Any,
                Some("generated") => AffectedOrigin::Generated,
                Some(_) => return Err(self.wrong(node, "the origin is `generated`, or left out")),
            },
        };
        fields.finish()?;
        let known = |key: &String| matches!(key.as_str(), "RSA" | "ECDSA" | "Ed25519");
        if affected.keys.is_empty() || !affected.keys.iter().all(known) {
            return Err(self.wrong(keys_node, "the keys are some of `RSA`, `ECDSA`, `Ed25519`"));
        }
        Ok(affected)
    }

    fn presence(
        &self,
        fields: &mut Fields<'_>,
        key: &'static str,
    ) -> Result<Option<Presence>, FileError> {
        let Some(node) = fields.optional(key) else {
            return Ok(None);
        };
        match self.document.text(node)? {
            "present" => Ok(Some(Presence::Present)),
            "absent" => Ok(Some(Presence::Absent)),
            _ => Err(self.wrong(node, "a mark is `present` or `absent`")),
        }
    }

    fn ranges(&self, list: &Node) -> Result<Vec<FirmwareRange>, FileError> {
        let nodes = self.document.sequence(list)?.iter();
        let ranges = nodes.map(|node| {
            FirmwareRange::parse(self.document.text(node)?)
                .ok_or_else(|| self.wrong(node, "firmware is written 1.2.3 or 1.2.3-1.4.5"))
        });
        let ranges = ranges.collect::<Result<Vec<_>, _>>()?;
        if ranges.is_empty() {
            return Err(self.wrong(list, "`firmware` is empty"));
        }
        Ok(ranges)
    }

    fn firmware(&self, list: &Node) -> Result<Vec<Firmware>, FileError> {
        let nodes = self.document.sequence(list)?.iter();
        let versions = nodes.map(|node| {
            Firmware::parse(self.document.text(node)?)
                .ok_or_else(|| self.wrong(node, "firmware is written 1.2.3"))
        });
        let versions = versions.collect::<Result<Vec<_>, _>>()?;
        if versions.is_empty() {
            return Err(self.wrong(list, "`firmware` is empty"));
        }
        Ok(versions)
    }

    fn date(
        &self,
        fields: &mut Fields<'_>,
        key: &'static str,
    ) -> Result<Option<Timestamp>, FileError> {
        fields.optional(key).map(|node| self.read_date(node)).transpose()
    }

    fn read_date(&self, node: &Node) -> Result<Timestamp, FileError> {
        Timestamp::from_date(self.document.text(node)?)
            .ok_or_else(|| self.wrong(node, "a date is written YYYY-MM-DD"))
    }

    fn texts(&self, fields: &mut Fields<'_>, key: &'static str) -> Result<Vec<String>, FileError> {
        fields.optional(key).map_or(Ok(Vec::new()), |node| self.text_list(node))
    }

    fn text_list(&self, node: &Node) -> Result<Vec<String>, FileError> {
        let nodes = self.document.sequence(node)?.iter();
        nodes.map(|node| self.document.text(node).map(str::to_owned)).collect()
    }

    fn unique(
        &self,
        identifiers: &mut BTreeSet<String>,
        id: &str,
        node: &Node,
    ) -> Result<(), FileError> {
        if identifiers.insert(id.to_owned()) {
            return Ok(());
        }
        Err(self.wrong(node, &format!("the identifier `{id}` stands twice")))
    }

    fn wrong(&self, node: &Node, message: &str) -> FileError {
        self.document.error(FileFault::Value, node.place(), message)
    }
}

#[cfg(test)]
mod tests {
    use super::Endorsements;

    const MODULES: &str = include_str!("../../vendor-roots/yubico/modules.yaml");
    const ADVISORIES: &str = include_str!("../../vendor-roots/yubico/advisories.yaml");

    fn error_of(modules: &str, advisories: &str) -> String {
        Endorsements::parse(&[("m", modules.as_bytes())], &[("a", advisories.as_bytes())])
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn a_slip_in_the_modules_is_named() {
        for (from, to, says) in [
            ("firmware: [\"2.2.0\"]", "firmware: [\"2.5.0\"]", "does not hold"),
            ("firmware: [\"2.2.0\"]", "firmware: []", "`firmware` is empty"),
            ("\"2.0.0-2.4.255\"", "\"2.4.255-2.0.0\"", "firmware is written"),
            ("        level: 3\n", "", "`level` is missing"),
            ("level: 3", "level: 5", "not within 1 to 4"),
            ("scheme: FIPS 140-2", "scheme: FIPS 140-4", "no such scheme"),
            ("scope: device", "scope: box", "no such scope"),
            ("        validated: \"2021-05-03\"\n", "", "`validated` is missing"),
            ("sunset: \"2026-05-02\"", "sunset: \"2020-05-02\"", "before `validated`"),
            ("sunset: \"2026-05-02\"", "sunset: 2026", "found a number"),
            ("fips_marker: absent", "fips_marker: no", "boolean"),
            ("fips_marker: absent", "fips_marker: maybe", "`present` or `absent`"),
            ("    uncertified:", "    unzertified:", "did you mean `uncertified`?"),
            ("id: yubihsm-2-fips", "id: yubihsm-2", "stands twice"),
            ("formats: [yubico-yubihsm2]", "formats: []", "`formats` is empty"),
            ("keys: [RSA 1024,", "keys: [RSA1024,", "the keys are written"),
            ("keys: [RSA 1024,", "keys: [ECDSA secp256k1,", "the keys are written"),
            ("pin_policies: [never,", "pin_policies: [nether,", "no such PIN policy"),
            ("    firmware: [\"2.0.0-2.4.255\"]\n", "", "stand together"),
            ("        firmware: [\"2.2.0\"]\n", "", "does not name its `firmware`"),
            ("        level: 3\n", "        level: 3\n        augmented: true\n", "only an EAL"),
            ("        read: primary\n", "", "`read` is missing"),
            ("        read: primary", "        read: hearsay", "as `primary`, or as `copy`"),
            ("        read: primary", "        read: copy", "as `primary`, or as `copy`"),
            (
                "        read: primary",
                "        read: primary\n        sources: 2",
                "as `primary`, or as `copy`",
            ),
            (
                "        read: primary",
                "        read: copy\n        sources: 0",
                "not within 1 to 255",
            ),
            ("seen: \"2026-03-29\"", "seen: \"2026\"", "YYYY-MM-DD, or YYYY-MM"),
            ("seen: \"2026-03-29\"", "seen: \"2026-13\"", "YYYY-MM-DD, or YYYY-MM"),
        ] {
            let changed = MODULES.replacen(from, to, 1);
            assert_ne!(changed, MODULES, "{from}");
            let error = error_of(&changed, ADVISORIES);
            assert!(error.starts_with("m:") && error.contains(says), "{from} -> {to}: {error}");
        }
    }

    #[test]
    fn a_slip_in_the_advisories_is_named() {
        for (from, to, says) in [
            ("    effect: refuse", "    effect: ignore", "the effect is"),
            ("keys: [RSA]", "keys: [rsa]", "the keys are"),
            ("keys: [RSA]", "keys: []", "the keys are"),
            ("origin: generated", "origin: imported", "the origin is"),
            ("id: YSA-2019-02", "id: YSA-2017-01", "stands twice"),
            ("    read: primary\n", "", "`read` is missing"),
            ("    seen: \"2026-11-21\"\n", "", "`seen` is missing"),
            ("    summary:", "    settable: true\n    summary:", "there is no `settable`"),
        ] {
            let changed = ADVISORIES.replacen(from, to, 1);
            assert_ne!(changed, ADVISORIES, "{from}");
            let error = error_of(MODULES, &changed);
            assert!(error.starts_with("a:") && error.contains(says), "{from} -> {to}: {error}");
        }
    }
}
