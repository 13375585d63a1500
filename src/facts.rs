//! The facts that are part of this release, from `vendor-roots/`: trust anchors, certified modules,
//! advisories, and devices that cannot attest. They are embedded when the library is built, and
//! checked whenever they are read.

use std::borrow::Cow;
use std::fmt;

use crate::encoding::yaml::FileError;
use crate::endorsement::{Endorsements, WithoutAttestation};
use crate::result::FactsSummary;
use crate::trust::{AnchorManifest, ManifestOrigin, TrustConflict, TrustStore};

/// The day on which the facts of this release were read: what [`Facts::summary`] says of them.
pub const AS_OF: &str = "2026-11-27";

/// What evidence is held against.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Whom to believe.
    pub trust: TrustStore,
    /// What is known of modules.
    pub endorsements: Endorsements,
    /// Which devices cannot attest. It judges nothing.
    pub without_attestation: WithoutAttestation,
}

/// The facts cannot be used: our error or the operator's, never a verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DataError {
    /// A file is wrong.
    File(FileError),
    /// Two manifests of anchors contradict each other.
    Conflict(TrustConflict),
}

impl fmt::Display for DataError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(error) => error.fmt(formatter),
            Self::Conflict(conflict) => conflict.fmt(formatter),
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
}

impl FactKind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::Anchors(ManifestOrigin::Bundled),
        Self::Anchors(ManifestOrigin::Caller),
        Self::Certificate,
        Self::Modules,
        Self::Advisories,
        Self::WithoutAttestation,
    ];

    /// The stable word.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Anchors(ManifestOrigin::Bundled) => "anchors",
            Self::Anchors(ManifestOrigin::Caller) => "anchors-of-caller",
            Self::Certificate => "certificate",
            Self::Modules => "modules",
            Self::Advisories => "advisories",
            Self::WithoutAttestation => "without-attestation",
        }
    }

    /// The kind of that word.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.id() == id)
    }
}

/// The files of this release, in order of manufacturer.
pub fn bundled_files() -> Vec<FactFile> {
    let file =
        |kind, (path, bytes): File| FactFile { kind, path: path.into(), bytes: bytes.into() };
    let mut files = Vec::new();
    for vendor in VENDORS {
        files.push(file(FactKind::Anchors(ManifestOrigin::Bundled), vendor.anchors));
        files.extend(vendor.certificates.iter().map(|it| file(FactKind::Certificate, *it)));
        files.push(file(FactKind::Modules, vendor.modules));
        files.push(file(FactKind::Advisories, vendor.advisories));
    }
    files.push(file(FactKind::WithoutAttestation, WITHOUT_ATTESTATION));
    files
}

/// The facts of this release.
pub fn bundled() -> Result<Facts, DataError> {
    Facts::from_files(&bundled_files())
}

impl Facts {
    /// The facts that `files` state, whatever their order but for files of one kind.
    pub fn from_files(files: &[FactFile]) -> Result<Self, DataError> {
        Self::assemble(files, Vec::new())
    }

    /// The facts of this release, and the caller's own manifests of anchors, read with
    /// [`ManifestOrigin::Caller`].
    pub fn with_anchors(manifests: Vec<AnchorManifest>) -> Result<Self, DataError> {
        Self::assemble(&bundled_files(), manifests)
    }

    fn assemble(files: &[FactFile], mut manifests: Vec<AnchorManifest>) -> Result<Self, DataError> {
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
        let of_kind = |kind| -> Vec<(&str, &[u8])> {
            let files = files.iter().filter(|file| file.kind == kind);
            files.map(|file| (file.path.as_ref(), file.bytes.as_ref())).collect()
        };
        let (modules, advisories) = (of_kind(FactKind::Modules), of_kind(FactKind::Advisories));
        // Without the file, what is read is no document, and said to be none.
        let without = of_kind(FactKind::WithoutAttestation);
        let (path, bytes) = without.first().copied().unwrap_or((WITHOUT_ATTESTATION.0, &[]));
        Ok(Self {
            trust: TrustStore::new(manifests)?,
            endorsements: Endorsements::parse(&modules, &advisories)?,
            without_attestation: WithoutAttestation::parse(path, bytes)?,
        })
    }

    /// Their fingerprints, as every result names them.
    pub fn summary(&self) -> FactsSummary {
        let as_of = [self.endorsements.as_of(), self.without_attestation.as_of()];
        FactsSummary {
            as_of: as_of.into_iter().flatten().max().unwrap_or_default().to_owned(),
            anchors_sha256: self.trust.sha256(),
            modules_sha256: self.endorsements.modules_sha256(),
            advisories_sha256: self.endorsements.advisories_sha256(),
            without_attestation_sha256: self.without_attestation.sha256(),
        }
    }
}

/// Where the certificate lies that the manifest in `folder` names.
pub fn certificate_path(folder: &str, name: &str) -> String {
    format!("{folder}/certificates/{name}")
}

/// A file: its path below the root of the package, and its bytes.
type File = (&'static str, &'static [u8]);

/// The files of one manufacturer.
struct Vendor {
    anchors: File,
    modules: File,
    advisories: File,
    certificates: &'static [File],
}

macro_rules! vendor {
    ($folder:literal { $( $certificate:literal )* }) => {
        Vendor {
            anchors: vendor!(@file $folder "anchors.yaml"),
            modules: vendor!(@file $folder "modules.yaml"),
            advisories: vendor!(@file $folder "advisories.yaml"),
            certificates: &[$( vendor!(@file $folder "certificates" $certificate), )*],
        }
    };
    (@file $folder:literal $( $name:literal )+) => {
        (
            concat!("vendor-roots/", $folder, $( "/", $name ),+),
            include_bytes!(concat!("../vendor-roots/", $folder, $( "/", $name ),+)),
        )
    };
}

/// Of all manufacturers, most of whom have nothing else here.
const WITHOUT_ATTESTATION: File = (
    "vendor-roots/without-attestation.yaml",
    include_bytes!("../vendor-roots/without-attestation.yaml"),
);

/// In order of manufacturer.
const VENDORS: &[Vendor] = &[
    vendor!("cardcontact" {}),
    vendor!("crypto4a" {}),
    vendor!("entrust" {}),
    vendor!("fortanix" {}),
    vendor!("google" {}),
    vendor!("marvell" {}),
    vendor!("securosys" {}),
    vendor!("thales" {}),
    vendor!("yubico" {
        "yubico-attestation-intermediate-a-1.pem"
        "yubico-attestation-intermediate-b-1.pem"
        "yubico-attestation-root-1.pem"
        "yubico-openpgp-attestation-ca.pem"
        "yubico-piv-attestation-a-1.pem"
        "yubico-piv-attestation-b-1.pem"
        "yubico-piv-attestation-b2-1.pem"
        "yubico-piv-root-263751.pem"
        "yubihsm-root.pem"
        "yubihsm-sub-ca-6742036.pem"
    }),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{AS_OF, DataError, FactKind, Facts, File, VENDORS, Vendor, bundled, bundled_files};
    use crate::encoding::hex::Sha256;
    use crate::trust::{AnchorManifest, AnchorStatus, ManifestOrigin};

    #[test]
    fn the_statement_names_the_files_as_they_lie_there() {
        let statement = bundled().unwrap().summary();
        assert_eq!(statement.as_of, AS_OF);
        // One after the other, in order of manufacturer.
        let of = |file: fn(&Vendor) -> File| {
            let bytes: Vec<u8> = VENDORS.iter().flat_map(|it| file(it).1.to_vec()).collect();
            Sha256::of(&bytes)
        };
        assert_eq!(statement.anchors_sha256, of(|vendor| vendor.anchors));
        assert_eq!(statement.modules_sha256, of(|vendor| vendor.modules));
        assert_eq!(statement.advisories_sha256, of(|vendor| vendor.advisories));
        let yubico = include_bytes!("../vendor-roots/yubico/anchors.yaml");
        assert!(VENDORS.iter().any(|vendor| vendor.anchors.1 == yubico));
        let file = include_bytes!("../vendor-roots/without-attestation.yaml");
        assert_eq!(statement.without_attestation_sha256, Sha256::of(file));
    }

    #[test]
    fn anchors_of_the_caller_are_added_and_change_the_summary() {
        let bundled = bundled().unwrap();
        // The key of the PIV root, for another format: a manifest that a caller might write.
        let text = include_str!("../vendor-roots/yubico/anchors.yaml");
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
    fn the_files_alone_give_the_same_facts() {
        let files = bundled_files();
        let again = Facts::from_files(&files).unwrap();
        assert_eq!(again.summary(), bundled().unwrap().summary());
        let kinds: BTreeSet<FactKind> = files.iter().map(|file| file.kind).collect();
        assert_eq!(kinds.len(), FactKind::ALL.len() - 1, "all but those of a caller");
        for kind in FactKind::ALL {
            assert_eq!(FactKind::from_id(kind.id()), Some(kind));
        }
    }

    #[test]
    fn facts_without_one_of_their_certificates_are_no_facts() {
        let mut files = bundled_files();
        let certificate = files.iter().position(|it| it.kind == FactKind::Certificate).unwrap();
        files.remove(certificate);
        assert!(matches!(Facts::from_files(&files), Err(DataError::File(_))));
        assert!(matches!(Facts::from_files(&[]), Err(DataError::File(_))));
    }

    #[test]
    fn no_bundled_anchor_is_for_tests() {
        for anchor in bundled().unwrap().trust.anchors() {
            assert_ne!(anchor.status, AnchorStatus::Test, "{}", anchor.id);
        }
    }
}
