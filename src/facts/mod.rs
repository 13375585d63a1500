//! What evidence is held against: trust anchors, certified modules, advisories, and devices that cannot
//! attest. They are made from the files of `vendor-roots/` once, into a bundle, which is what a run reads;
//! the one of this release is embedded.

mod bundle;
mod difference;
mod keys;
mod pages;
mod source;

use std::borrow::Cow;
use std::fmt;

use minicbor::{Decode, Encode};

use self::bundle::encode;
pub use self::bundle::{
    Bundle, BundleError, ClaimedBundle, MAX_BUNDLE, Section, note_of, with_note,
};
pub use self::difference::differences;
pub use self::keys::{KeySet, KeySetError};
pub use self::source::{ReleaseFile, source_file};
use crate::encoding::hex::Sha256;
use crate::encoding::yaml::FileError;
use crate::endorsement::{Endorsements, WithoutAttestation};
use crate::public_key::admission::{CompileError, CompromisedKeys, compile};
use crate::result::FactsSummary;
use crate::trust::{AnchorManifest, ManifestOrigin, ReleasedAnchors, TrustConflict, TrustStore};

/// What evidence is held against.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Whom to believe.
    pub trust: TrustStore,
    /// What is known of modules.
    pub endorsements: Endorsements,
    /// Which devices cannot attest. It judges nothing.
    pub without_attestation: WithoutAttestation,
    /// Lists of known weak keys.
    pub weak_keys: CompromisedKeys,
    /// The bundle that they were read from, if it was one.
    bundle: Option<BundleSummary>,
}

/// Which bundle facts were read from.
#[derive(Clone, Debug, PartialEq, Eq)]
struct BundleSummary {
    serial: u64,
    date: String,
    sha256: Sha256,
}

/// The facts cannot be used: our error or the operator's, never a verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DataError {
    /// A file is wrong.
    File(FileError),
    /// Two manifests of anchors contradict each other.
    Conflict(TrustConflict),
    /// A bundle is wrong.
    Bundle(BundleError),
    /// A list of weak keys is wrong.
    WeakKeys(CompileError),
    /// Beside a bundle, which states everything, stands a file of that kind.
    BesideBundle(FactKind),
}

impl fmt::Display for DataError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(error) => error.fmt(formatter),
            Self::Conflict(conflict) => conflict.fmt(formatter),
            Self::Bundle(error) => error.fmt(formatter),
            Self::WeakKeys(error) => error.fmt(formatter),
            Self::BesideBundle(kind) => {
                write!(formatter, "a file of kind `{}` stands beside a bundle of facts", kind.id())
            }
        }
    }
}

impl std::error::Error for DataError {}

impl From<FileError> for DataError {
    fn from(error: FileError) -> Self {
        Self::File(error)
    }
}

impl From<TrustConflict> for DataError {
    fn from(conflict: TrustConflict) -> Self {
        Self::Conflict(conflict)
    }
}

impl From<BundleError> for DataError {
    fn from(error: BundleError) -> Self {
        Self::Bundle(error)
    }
}

/// One file that facts are read from. Whoever keeps a result keeps these with it, so that it can be
/// computed again once the facts have changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactFile {
    /// What it states.
    pub kind: FactKind,
    /// Its name, for messages; a certificate lies in the folder `certificates` beside its manifest.
    pub path: Cow<'static, str>,
    /// Its bytes.
    pub bytes: Cow<'static, [u8]>,
}

/// What a file of facts states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FactKind {
    /// Everything: a bundle, which takes the place of all but a caller's anchors.
    Bundle(BundleTrust),
    /// A newer bundle that was taken back for the one beside it: what it refuses and what it says has ended
    /// counts, and nothing else.
    TakenBack,
    /// A manifest of anchors, `anchors.yaml`.
    Anchors(ManifestOrigin),
    /// A certificate that a manifest names.
    Certificate,
    /// Certified modules.
    Modules,
    /// Advisories.
    Advisories,
    /// Devices that cannot attest.
    WithoutAttestation,
    /// A list of weak keys, as text.
    WeakKeys,
}

/// Whose word a bundle is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BundleTrust {
    /// Of those who make releases: it is embedded, or they signed it.
    Release,
    /// Of keys that the caller named: all that it vouches for is under test trust.
    Test,
}

impl FactKind {
    /// Every kind.
    pub const ALL: [Self; 10] = [
        Self::Bundle(BundleTrust::Release),
        Self::Bundle(BundleTrust::Test),
        Self::TakenBack,
        Self::Anchors(ManifestOrigin::Bundled),
        Self::Anchors(ManifestOrigin::Caller),
        Self::Certificate,
        Self::Modules,
        Self::Advisories,
        Self::WithoutAttestation,
        Self::WeakKeys,
    ];

    /// The stable word.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Bundle(BundleTrust::Release) => "bundle",
            Self::Bundle(BundleTrust::Test) => "bundle-under-test",
            Self::TakenBack => "bundle-taken-back",
            Self::Anchors(ManifestOrigin::Bundled) => "anchors",
            Self::Anchors(ManifestOrigin::Caller) => "anchors-of-caller",
            Self::Certificate => "certificate",
            Self::Modules => "modules",
            Self::Advisories => "advisories",
            Self::WithoutAttestation => "without-attestation",
            Self::WeakKeys => "weak-keys",
        }
    }

    /// The kind of that word.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.id() == id)
    }
}

/// The bundle of this release.
const EMBEDDED: &[u8] = include_bytes!("../../vendor-roots/facts.kpf");

/// The keys of those who sign bundles between releases. Nobody has them yet: while there are none, no other
/// bundle takes the place of the embedded one.
const RELEASE_KEYS: &str = include_str!("../../vendor-roots/keys.txt");

/// The bundle of this release.
///
/// # Errors
/// None, unless the embedded file is damaged.
pub fn embedded() -> Result<Bundle, BundleError> {
    Ok(ClaimedBundle::parse(EMBEDDED)?.kept())
}

/// The keys that sign bundles for this release; `None` while there are none.
///
/// # Errors
/// None, unless the embedded file has a slip of ours.
pub fn release_keys() -> Result<Option<KeySet>, KeySetError> {
    let stated = |line: &&str| !line.starts_with('#');
    let text: String = RELEASE_KEYS.lines().filter(stated).flat_map(|line| [line, "\n"]).collect();
    if text.trim().is_empty() { Ok(None) } else { KeySet::parse(&text).map(Some) }
}

/// The files of this release: its bundle.
pub fn bundled_files() -> Vec<FactFile> {
    vec![FactFile {
        kind: FactKind::Bundle(BundleTrust::Release),
        path: "vendor-roots/facts.kpf".into(),
        bytes: EMBEDDED.into(),
    }]
}

/// The facts of this release.
pub fn bundled() -> Result<Facts, DataError> {
    Facts::from_files(&bundled_files())
}

/// What is part of every bundle: the files that it was made from, and what changed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct BundleIndex {
    /// The files, in order of their paths.
    #[n(0)]
    pub sources: Vec<BundleSource>,
    /// What changed since the bundle before it, a sentence each.
    #[n(1)]
    pub changes: Vec<String>,
}

/// A file that a bundle was made from.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct BundleSource {
    /// Its path below the folder of all of them.
    #[n(0)]
    pub path: String,
    /// Its fingerprint.
    #[n(1)]
    pub sha256: Sha256,
}

impl Bundle {
    /// What it was made from, and what changed.
    ///
    /// # Errors
    /// The section cannot be read.
    pub fn index(&self) -> Result<BundleIndex, BundleError> {
        self.decode(Section::Index)
    }

    /// The whole of it, to the last octet, and what it states.
    ///
    /// # Errors
    /// What is wrong with any section.
    pub fn check(&self, trust: BundleTrust) -> Result<Facts, BundleError> {
        Section::ALL.into_iter().try_for_each(|section| self.section(section).map(|_| ()))?;
        self.index()?;
        self.facts(trust, Vec::new())
    }

    /// What it states, with the caller's own manifests.
    fn facts(
        &self,
        trust: BundleTrust,
        manifests: Vec<AnchorManifest>,
    ) -> Result<Facts, BundleError> {
        let anchors: ReleasedAnchors = self.decode(Section::Anchors)?;
        let store = anchors.with(manifests).map_err(BundleError::Trust)?;
        Ok(Facts {
            trust: match trust {
                BundleTrust::Release => store,
                BundleTrust::Test => store.under_test(),
            },
            endorsements: self.decode(Section::Modules)?,
            without_attestation: self.decode(Section::WithoutAttestation)?,
            weak_keys: {
                let mut lists = CompromisedKeys::default();
                lists
                    .add_pages(self.weak_keys()?)
                    .map_err(|error| BundleError::Section(Section::WeakKeys, error.to_string()))?;
                lists
            },
            bundle: Some(BundleSummary {
                serial: self.serial(),
                date: self.date().to_owned(),
                sha256: self.sha256(),
            }),
        })
    }
}

/// The bundle, without signatures, of the files in `sources`: the same for the same files.
///
/// # Errors
/// A file is wrong or missing, or contradicts another.
pub fn build(sources: &[FactFile], release: &ReleaseFile) -> Result<Vec<u8>, DataError> {
    let facts = Facts::from_sources(sources)?;
    let mut listed: Vec<BundleSource> = sources
        .iter()
        .map(|it| BundleSource {
            path: it.path.clone().into_owned(),
            sha256: Sha256::of(&it.bytes),
        })
        .collect();
    listed.sort_by(|left, right| left.path.cmp(&right.path));
    let index = BundleIndex { sources: listed, changes: release.changes.clone() };
    let sections = [
        encode(&release.key_notes()),
        encode(&index),
        encode(&ReleasedAnchors::of(&facts.trust)),
        encode(&facts.endorsements),
        encode(&facts.without_attestation),
        weak_keys(sources)?,
    ];
    Ok(bundle::write(release.serial, &release.date, &sections))
}

/// The pages of all lists, in order of their paths.
fn weak_keys(sources: &[FactFile]) -> Result<Vec<u8>, DataError> {
    let mut lists: Vec<_> = sources.iter().filter(|it| it.kind == FactKind::WeakKeys).collect();
    lists.sort_by(|left, right| left.path.cmp(&right.path));
    let pages = lists.into_iter().map(|list| compile(list_name(&list.path), &list.bytes));
    let pages = pages.collect::<Result<Vec<_>, _>>().map_err(DataError::WeakKeys)?;
    Ok(pages.concat())
}

/// What results call the list of that file: the name of the file without its folder and ending.
fn list_name(path: &str) -> &str {
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

impl Facts {
    /// The facts that `files` state: a bundle, or files of the kinds that one is made from, whatever their
    /// order but for files of one kind.
    pub fn from_files(files: &[FactFile]) -> Result<Self, DataError> {
        let is_bundle = |file: &FactFile| matches!(file.kind, FactKind::Bundle(_));
        let (bundles, others): (Vec<_>, Vec<_>) = files.iter().cloned().partition(is_bundle);
        match bundles.as_slice() {
            [] => Self::from_sources(&others),
            [FactFile { kind: FactKind::Bundle(trust), bytes, .. }] => {
                Self::of_bundle(&ClaimedBundle::parse(bytes.clone())?.kept(), *trust, &others)
            }
            [first, ..] => Err(DataError::BesideBundle(first.kind)),
        }
    }

    /// The facts of this release, and the caller's own manifests of anchors, read with
    /// [`ManifestOrigin::Caller`].
    pub fn with_anchors(manifests: Vec<AnchorManifest>) -> Result<Self, DataError> {
        Ok(embedded()?.facts(BundleTrust::Release, manifests)?)
    }

    /// What `bundle` states, and what the caller's own manifests of anchors among `files` do.
    ///
    /// # Errors
    /// What is wrong with either; [`DataError::BesideBundle`] for files of any other kind.
    pub fn of_bundle(
        bundle: &Bundle,
        trust: BundleTrust,
        files: &[FactFile],
    ) -> Result<Self, DataError> {
        let may_stand_beside = |kind| {
            matches!(
                kind,
                FactKind::Anchors(ManifestOrigin::Caller)
                    | FactKind::Certificate
                    | FactKind::TakenBack
            )
        };
        if let Some(other) = files.iter().find(|it| !may_stand_beside(it.kind)) {
            return Err(DataError::BesideBundle(other.kind));
        }
        let mut facts = bundle.facts(trust, read_manifests(files)?)?;
        for file in files.iter().filter(|it| it.kind == FactKind::TakenBack) {
            let taken_back = ClaimedBundle::parse(file.bytes.clone())?.kept();
            facts = facts.ended_as(&taken_back.facts(trust, Vec::new())?);
        }
        Ok(facts)
    }

    /// The same, without what `other` refuses or says has ended.
    fn ended_as(mut self, other: &Self) -> Self {
        self.trust = self.trust.refusing_what(&other.trust);
        self.endorsements = self.endorsements.ended_as(&other.endorsements);
        self.weak_keys = self.weak_keys.refusing_what(&other.weak_keys);
        self
    }

    fn from_sources(files: &[FactFile]) -> Result<Self, DataError> {
        let of_kind = |kind| -> Vec<(&str, &[u8])> {
            let files = files.iter().filter(|file| file.kind == kind);
            files.map(|file| (file.path.as_ref(), file.bytes.as_ref())).collect()
        };
        let (modules, advisories) = (of_kind(FactKind::Modules), of_kind(FactKind::Advisories));
        // Without the file, what is read is no document, and said to be none.
        let without = of_kind(FactKind::WithoutAttestation);
        let (path, bytes) = without.first().copied().unwrap_or(("without-attestation.yaml", &[]));
        Ok(Self {
            trust: TrustStore::new(read_manifests(files)?)?,
            endorsements: Endorsements::parse(&modules, &advisories)?,
            without_attestation: WithoutAttestation::parse(path, bytes)?,
            weak_keys: {
                let mut lists = CompromisedKeys::default();
                for (path, bytes) in of_kind(FactKind::WeakKeys) {
                    let list = lists.add_list(list_name(path), bytes);
                    list.map_err(|error| DataError::WeakKeys(CompileError::List(error)))?;
                }
                lists
            },
            bundle: None,
        })
    }

    /// Their fingerprints, as every result names them.
    pub fn summary(&self) -> FactsSummary {
        let seen = [self.endorsements.as_of(), self.without_attestation.as_of()];
        let latest = || seen.into_iter().flatten().max().unwrap_or_default().to_owned();
        let bundle = self.bundle.as_ref();
        FactsSummary {
            serial: bundle.map(|bundle| bundle.serial),
            bundle_sha256: bundle.map(|bundle| bundle.sha256),
            as_of: bundle.map_or_else(latest, |bundle| bundle.date.clone()),
            anchors_sha256: self.trust.sha256(),
            modules_sha256: self.endorsements.modules_sha256(),
            advisories_sha256: self.endorsements.advisories_sha256(),
            without_attestation_sha256: self.without_attestation.sha256(),
        }
    }
}

/// The manifests of anchors among `files`, with their certificates.
fn read_manifests(files: &[FactFile]) -> Result<Vec<AnchorManifest>, FileError> {
    let mut manifests = Vec::new();
    for file in files {
        if let FactKind::Anchors(origin) = file.kind {
            let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
            let certificate = |name: &str| {
                let path = certificate_path(folder, name);
                let mut of_kind = files.iter().filter(|it| it.kind == FactKind::Certificate);
                of_kind.find(|it| it.path == path.as_str()).map(|it| it.bytes.to_vec())
            };
            let (path, bytes) = (&file.path, &file.bytes);
            manifests.push(AnchorManifest::parse(origin, path, bytes, &certificate)?);
        }
    }
    Ok(manifests)
}

/// Where the certificate lies that the manifest in `folder` names.
pub fn certificate_path(folder: &str, name: &str) -> String {
    format!("{folder}/certificates/{name}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{DataError, FactFile, FactKind, Facts, bundled, bundled_files, embedded};
    use crate::trust::{AnchorManifest, AnchorStatus, ManifestOrigin};

    #[test]
    fn anchors_of_the_caller_are_added_and_change_the_summary() {
        let bundled = bundled().unwrap();
        // The key of the PIV root, for another format: a manifest that a caller might write.
        let text = include_str!("../../vendor-roots/yubico/anchors.yaml");
        let start = text.find("  - id: yubico-piv-root-263751").unwrap();
        let length = text[start..].find("  - id: yubihsm").unwrap();
        let entry = text[start..start + length]
            .replace("id: yubico-piv-root-263751", "id: staging-root")
            .replace("format: yubico-piv", "format: smartcard-hsm")
            .replace("status: production", "status: test")
            .replace("    certificate: yubico-piv-root-263751.pem\n", "");
        let text = format!("vendor: Staging\nanchors:\n{entry}");
        let manifest =
            AnchorManifest::parse(ManifestOrigin::Caller, "x", text.as_bytes(), &|_| None).unwrap();
        let facts = Facts::with_anchors(vec![manifest]).unwrap();
        assert_eq!(facts.trust.anchors().len(), bundled.trust.anchors().len() + 1);
        assert_eq!(facts.trust.anchor("staging-root").unwrap().status, AnchorStatus::Test);
        let (with, without) = (facts.summary(), bundled.summary());
        assert_ne!(with.anchors_sha256, without.anchors_sha256);
        assert_eq!(with.modules_sha256, without.modules_sha256);
    }

    #[test]
    fn every_kind_has_its_word() {
        let words: BTreeSet<&str> = FactKind::ALL.into_iter().map(FactKind::id).collect();
        assert_eq!(words.len(), FactKind::ALL.len());
        for kind in FactKind::ALL {
            assert_eq!(FactKind::from_id(kind.id()), Some(kind));
        }
    }

    /// A bundle states everything: what stands beside it could only say otherwise.
    #[test]
    fn nothing_but_anchors_of_the_caller_stands_beside_a_bundle() {
        let bundle = bundled_files().remove(0);
        for kind in FactKind::ALL {
            let path = "yubico/anchors.yaml".into();
            let bytes = include_bytes!("../../vendor-roots/yubico/anchors.yaml").as_slice();
            let beside = FactFile { kind, path, bytes: bytes.into() };
            let is_beside = matches!(
                Facts::from_files(&[bundle.clone(), beside]),
                Err(DataError::BesideBundle(_))
            );
            let may_stand = [
                FactKind::Anchors(ManifestOrigin::Caller),
                FactKind::Certificate,
                FactKind::TakenBack,
            ];
            assert_eq!(is_beside, !may_stand.contains(&kind), "{kind:?}");
        }
    }

    #[test]
    fn no_facts_are_none() {
        assert!(matches!(Facts::from_files(&[]), Err(DataError::File(_))));
    }

    #[test]
    fn the_summary_names_the_bundle() {
        let (bundle, summary) = (embedded().unwrap(), bundled().unwrap().summary());
        assert_eq!(summary.serial, Some(bundle.serial()));
        assert_eq!(summary.as_of, bundle.date());
        assert_eq!(summary.bundle_sha256, Some(bundle.sha256()));
        assert_eq!(bundled_files()[0].bytes, *bundle.bytes());
    }

    #[test]
    fn no_bundled_anchor_is_for_tests() {
        for anchor in bundled().unwrap().trust.anchors() {
            assert_ne!(anchor.status, AnchorStatus::Test, "{}", anchor.id);
        }
    }
}
