//! The facts that are part of this release, from `vendor-roots/`: trust anchors, certified modules,
//! advisories, and devices that cannot attest. They are embedded when the library is built, and
//! checked whenever they are read.

use std::fmt;

use crate::encoding::yaml::FileError;
use crate::endorsement::{Endorsements, WithoutAttestation};
use crate::result::DataStatement;
use crate::trust::{AnchorManifest, ManifestOrigin, TrustConflict, TrustStore};

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

/// The facts of this release.
pub fn bundled() -> Result<Facts, DataError> {
    Facts::with_anchors(Vec::new())
}

impl Facts {
    /// The facts of this release, and the caller's own manifests of anchors, read with
    /// [`ManifestOrigin::Caller`].
    pub fn with_anchors(mut manifests: Vec<AnchorManifest>) -> Result<Self, DataError> {
        for vendor in VENDORS {
            let certificate = |name: &str| {
                let (_, bytes) = vendor.certificates.iter().find(|(known, _)| *known == name)?;
                Some(bytes.to_vec())
            };
            let (file, bytes) = vendor.anchors;
            let origin = ManifestOrigin::Bundled;
            manifests.push(AnchorManifest::parse(origin, file, bytes, &certificate)?);
        }
        let modules: Vec<_> = VENDORS.iter().map(|vendor| vendor.modules).collect();
        let advisories: Vec<_> = VENDORS.iter().map(|vendor| vendor.advisories).collect();
        Ok(Self {
            trust: TrustStore::new(manifests)?,
            endorsements: Endorsements::parse(&modules, &advisories)?,
            without_attestation: WithoutAttestation::parse(
                WITHOUT_ATTESTATION.0,
                WITHOUT_ATTESTATION.1,
            )?,
        })
    }

    /// Their fingerprints, as every result names them.
    pub fn data_statement(&self) -> DataStatement {
        DataStatement {
            anchors_sha256: self.trust.sha256(),
            modules_sha256: self.endorsements.modules_sha256(),
            advisories_sha256: self.endorsements.advisories_sha256(),
            without_attestation_sha256: self.without_attestation.sha256(),
        }
    }
}

/// A file: its path below the root of the package, or below the folder of certificates, and its
/// bytes.
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
            certificates: &[$((
                $certificate,
                include_bytes!(concat!(
                    "../vendor-roots/", $folder, "/certificates/", $certificate
                )),
            ),)*],
        }
    };
    (@file $folder:literal $name:literal) => {
        (
            concat!("vendor-roots/", $folder, "/", $name),
            include_bytes!(concat!("../vendor-roots/", $folder, "/", $name)),
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
    use super::{Facts, File, VENDORS, Vendor, bundled};
    use crate::encoding::hex::Sha256;
    use crate::trust::{AnchorManifest, AnchorStatus, ManifestOrigin};

    #[test]
    fn the_statement_names_the_files_as_they_lie_there() {
        let statement = bundled().unwrap().data_statement();
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
    fn anchors_of_the_caller_are_added_and_change_the_statement() {
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
        let (with, without) = (facts.data_statement(), bundled.data_statement());
        assert_ne!(with.anchors_sha256, without.anchors_sha256);
        assert_eq!(with.modules_sha256, without.modules_sha256);
    }

    #[test]
    fn no_bundled_anchor_is_for_tests() {
        for anchor in bundled().unwrap().trust.anchors() {
            assert_ne!(anchor.status, AnchorStatus::Test, "{}", anchor.id);
        }
    }
}
