//! The anchors of a release, as a bundle of facts has them: read from manifests once, and written down as
//! what they said. What a manifest is held to as it is read, they are held to again: whoever has the keys
//! that sign a bundle cannot put into it what a manifest could not say.

use minicbor::{Decode, Encode};

use super::anchor::{Anchor, AnchorStatus, Refused, TrustStore};
use super::conflict::{TrustConflict, check_parents, refused_anchor};
use super::manifest::{AnchorManifest, ManifestOrigin};
use crate::encoding::hex::Sha256;

/// Anchors and refused certificates of all manufacturers, in order of identifier.
#[derive(Clone, Debug, Encode, Decode)]
pub(crate) struct ReleasedAnchors {
    #[n(0)]
    anchors: Vec<Anchor>,
    #[n(1)]
    refused: Vec<Refused>,
    /// Over the bytes of the manifests that they were read from, in order of vendor.
    #[n(2)]
    sha256: Sha256,
}

impl ReleasedAnchors {
    /// Those of a store that was put together from the manifests of a release.
    pub(crate) fn of(store: &TrustStore) -> Self {
        Self {
            anchors: store.anchors.clone(),
            refused: store.refused.clone(),
            sha256: store.sha256(),
        }
    }

    /// They alone, or with the caller's own manifests.
    pub(crate) fn with(self, manifests: Vec<AnchorManifest>) -> Result<TrustStore, TrustConflict> {
        self.check()?;
        TrustStore::put_together(Some(self), manifests)
    }

    /// As parts for a store.
    pub(super) fn into_parts(self) -> (Vec<Anchor>, Vec<Refused>, Sha256) {
        (self.anchors, self.refused, self.sha256)
    }

    fn check(&self) -> Result<(), TrustConflict> {
        for anchor in &self.anchors {
            if !matches!(anchor.status, AnchorStatus::Production | AnchorStatus::Unconfirmed) {
                return Err(TrustConflict::Status(anchor.id.clone()));
            }
            check_parents(anchor, &self.anchors)?;
        }
        match self.refused.iter().find(|it| refused_anchor(it, &self.anchors).is_some()) {
            Some(refused) => Err(TrustConflict::Refused(refused.id.clone())),
            None => Ok(()),
        }
    }
}

impl TrustStore {
    /// All anchors of `manifests`, whatever their order.
    pub fn new(manifests: Vec<AnchorManifest>) -> Result<Self, TrustConflict> {
        Self::put_together(None, manifests)
    }

    fn put_together(
        released: Option<ReleasedAnchors>,
        mut manifests: Vec<AnchorManifest>,
    ) -> Result<Self, TrustConflict> {
        manifests.sort_by_cached_key(AnchorManifest::place);
        let mut store = Self::default();
        let mut hashed = Vec::new();
        let mut refused = Vec::new();
        if let Some(released) = released {
            let (anchors, of_release, sha256) = released.into_parts();
            store.anchors = anchors;
            refused.extend(of_release.into_iter().map(|it| (ManifestOrigin::Bundled, it)));
            hashed.extend_from_slice(sha256.as_bytes());
            store.sha256 = Some(sha256);
        }
        if !manifests.is_empty() {
            for manifest in manifests {
                hashed.extend_from_slice(manifest.bytes());
                let (origin, anchors, of_manifest) = manifest.into_parts();
                store.anchors.extend(anchors);
                refused.extend(of_manifest.into_iter().map(|it| (origin, it)));
            }
            store.sha256 = Some(Sha256::of(&hashed));
        }
        for (origin, refused) in &refused {
            store.barred.refuse(refused, *origin, &store.anchors);
        }
        store.refused.extend(refused.into_iter().map(|(_, refused)| refused));
        store.anchors.sort_by(|left, right| left.id.cmp(&right.id));
        store.refused.sort_by(|left, right| left.id.cmp(&right.id));
        store.check_conflicts()?;
        Ok(store)
    }

    /// The same anchors, of which those vouch for nothing that `other` refuses.
    pub(crate) fn refusing_what(mut self, other: &Self) -> Self {
        for refused in &other.refused {
            if !self.refused.contains(refused) {
                self.barred.refuse(refused, ManifestOrigin::Bundled, &self.anchors);
                self.refused.push(refused.clone());
            }
        }
        self.refused.sort_by(|left, right| left.id.cmp(&right.id));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::{ReleasedAnchors, TrustConflict, TrustStore};
    use crate::trust::{AnchorManifest, ManifestOrigin};

    const GOOGLE: &str = include_str!("../../vendor-roots/google/anchors.yaml");

    fn released(origin: ManifestOrigin, text: &str) -> ReleasedAnchors {
        let manifest = AnchorManifest::parse(origin, "x", text.as_bytes(), &|_| None).unwrap();
        ReleasedAnchors::of(&TrustStore::new(vec![manifest]).unwrap())
    }

    /// What enough keys signed says no more than a manifest of a release can.
    #[test]
    fn what_a_manifest_of_a_release_cannot_say_is_refused() {
        let whole = || released(ManifestOrigin::Bundled, GOOGLE);
        assert!(whole().with(Vec::new()).is_ok());
        let id = whole().anchors[0].id.clone();
        let test = GOOGLE.replace("status: production", "status: test");
        let test = test.replace("status: unconfirmed", "status: test");
        let error = released(ManifestOrigin::Caller, &test).with(Vec::new()).unwrap_err();
        assert_eq!(error, TrustConflict::Status(id.clone()));

        let mut orphan = whole();
        orphan.anchors[0].parent = Some("nobody".to_owned());
        let error = orphan.with(Vec::new()).unwrap_err();
        assert_eq!(error, TrustConflict::NoParent("nobody".to_owned()));

        let mut own_ancestor = whole();
        own_ancestor.anchors[0].parent = Some(id.clone());
        let error = own_ancestor.with(Vec::new()).unwrap_err();
        assert_eq!(error, TrustConflict::Ancestor(id.clone()));

        let mut twice = whole();
        twice.anchors.push(twice.anchors[0].clone());
        assert_eq!(twice.with(Vec::new()).unwrap_err(), TrustConflict::Identifier(id));
    }
}
