//! Trust anchors: a name and a key (RFC 5914), with what each may vouch for.

use minicbor::{Decode, Encode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::distrust::Barred;
use crate::encoding::hex::Sha256;
use crate::public_key::PublicKey;
use crate::signature::SignatureError;
use crate::time::Timestamp;

/// A name and a key that are believed, for the named uses only.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Anchor {
    /// The identifier in `anchors.yaml`.
    #[n(0)]
    pub id: String,
    /// The manufacturer.
    #[n(1)]
    pub vendor: String,
    /// The subject as RFC 4514 text, for people; or the plain name of an anchor that is no X.509
    /// certificate, as a card-verifiable certificate has one.
    #[n(2)]
    pub subject: String,
    /// The subject as DER, for comparison; empty for a plain name.
    #[n(3)]
    #[cbor(with = "minicbor::bytes")]
    pub subject_der: Vec<u8>,
    /// The key.
    #[n(4)]
    pub public_key: PublicKey,
    /// Known certificates of this name and key.
    #[n(5)]
    pub certificate_sha256: Vec<Sha256>,
    /// The first and the last instant at which it is believed.
    #[n(6)]
    pub valid: (Timestamp, Timestamp),
    /// What it may vouch for. An anchor without uses is there as the named parent of another.
    #[n(7)]
    pub uses: Vec<AnchorUse>,
    /// How it came to be believed.
    #[n(8)]
    pub status: AnchorStatus,
    /// The anchor that issued it, by identifier.
    #[n(9)]
    pub parent: Option<String>,
    /// Who publishes it, and when that was seen.
    #[n(10)]
    pub sources: Vec<AnchorSource>,
    /// A word on what it is for.
    #[n(11)]
    pub note: Option<String>,
}

impl Anchor {
    /// Whether it may vouch for that format in that role.
    pub fn is_bound_to(&self, format: &str, role: &AnchorRole) -> bool {
        self.uses.iter().any(|usage| usage.format == format && usage.role == *role)
    }
}

/// Which of the anchors that have the name of an issuer signed something.
pub(super) enum Signer<'a> {
    /// One that may vouch for it.
    Bound(&'a Anchor),
    /// One that may not, and none that may.
    Unbound(&'a Anchor),
    /// None, and what is wrong with the signature by the first.
    None(Option<SignatureError>),
}

impl<'a> Signer<'a> {
    /// Looks among the `named`, of which several may have one key: one that may vouch comes first.
    pub(super) fn among(
        named: impl Iterator<Item = &'a Anchor>,
        may_vouch: impl Fn(&Anchor) -> bool,
        signed: impl Fn(&Anchor) -> Result<(), SignatureError>,
    ) -> Self {
        let mut best = Self::None(None);
        for anchor in named {
            best = match (signed(anchor), best) {
                (Ok(()), _) if may_vouch(anchor) => return Self::Bound(anchor),
                (Ok(()), Self::None(_)) => Self::Unbound(anchor),
                (Err(error), Self::None(None)) => Self::None(Some(error)),
                (_, best) => best,
            };
        }
        best
    }
}

/// Where an anchor is published.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct AnchorSource {
    /// The publisher, and the name of the document, repository or package.
    #[n(0)]
    pub publisher: String,
    /// The day on which it was seen there, `YYYY-MM-DD`.
    #[n(1)]
    pub seen: String,
    /// Whose publication it is.
    #[n(2)]
    pub read: SourceReading,
}

/// Whose publication the source of an anchor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum SourceReading {
    /// The manufacturer's own.
    #[n(0)]
    Primary,
    /// Somebody else's, of what the manufacturer says.
    #[n(1)]
    Copy,
    /// A caller's manifest does not say.
    #[n(2)]
    Unstated,
}

/// One thing an anchor may vouch for.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct AnchorUse {
    /// The format, by name.
    #[n(0)]
    pub format: String,
    /// The role in that format's paths.
    #[n(1)]
    pub role: AnchorRole,
}

/// Where an anchor stands in a path.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum AnchorRole {
    /// It issues device certificates.
    #[n(0)]
    Issuing {
        /// It issued device certificates without basicConstraints, which are tolerated under this
        /// anchor alone (ADR 0004).
        #[n(0)]
        device_without_basic_constraints: bool,
    },
    /// It issues the issuing authorities of exactly these names (RFC 4514 text), whose
    /// certificates come with the evidence.
    #[n(1)]
    Root {
        /// The subjects of the issuing authorities.
        #[n(0)]
        issuing: Vec<String>,
    },
    /// The top of the manufacturer's chain, whose other places the format fixes.
    #[n(2)]
    Manufacturer,
    /// The top of the chain of whoever operates the module, such as a cloud provider.
    #[n(3)]
    Owner,
}

/// How an anchor came to be believed.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    JsonSchema,
    Encode,
    Decode,
)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum AnchorStatus {
    /// Published by the manufacturer, confirmed by a second source.
    #[n(0)]
    Production,
    /// Published by the manufacturer, and known from one source only.
    #[n(1)]
    Unconfirmed,
    /// Added by the caller, whose word alone it has.
    #[n(2)]
    Caller,
    /// Added by the caller, for tests.
    #[n(3)]
    Test,
}

impl AnchorStatus {
    /// The stable identifier.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Unconfirmed => "unconfirmed",
            Self::Caller => "caller",
            Self::Test => "test",
        }
    }
}

/// A certificate that is known and vouches for nothing: one of the manufacturer that is no anchor, or
/// one that the caller distrusts.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Refused {
    /// The identifier in `anchors.yaml`. If it is that of an anchor too, that anchor is meant.
    #[n(0)]
    pub id: String,
    /// The manufacturer.
    #[n(1)]
    pub vendor: String,
    /// The subject as RFC 4514 text.
    #[n(2)]
    pub subject: String,
    /// The key.
    #[n(3)]
    pub spki_sha256: Sha256,
    /// Known certificates of this key.
    #[n(4)]
    pub certificate_sha256: Vec<Sha256>,
    /// Why it is refused, in one sentence.
    #[n(5)]
    pub why: String,
}

/// Every anchor there is, and everything that is known to vouch for nothing.
#[derive(Clone, Debug, Default)]
pub struct TrustStore {
    pub(super) anchors: Vec<Anchor>,
    pub(super) refused: Vec<Refused>,
    pub(super) barred: Barred,
    /// Over the manifests' bytes, one after the other.
    pub(super) sha256: Option<Sha256>,
}

/// What is known of a key.
#[derive(Clone, Copy, Debug)]
pub enum KnownKey<'a> {
    /// It is believed, for the uses the anchor names.
    Anchor(&'a Anchor),
    /// It is the manufacturer's, and is refused.
    Refused(&'a Refused),
}

impl TrustStore {
    /// The anchors, in order of identifier.
    pub fn anchors(&self) -> &[Anchor] {
        &self.anchors
    }

    /// The certificates known and refused, in order of identifier.
    pub fn refused(&self) -> &[Refused] {
        &self.refused
    }

    /// Whether a manifest names a certificate of that fingerprint, as an anchor's or as refused.
    pub fn knows(&self, certificate: Sha256) -> bool {
        self.anchors.iter().any(|it| it.certificate_sha256.contains(&certificate))
            || self.refused.iter().any(|it| it.certificate_sha256.contains(&certificate))
    }

    /// The anchor of that identifier.
    pub fn anchor(&self, id: &str) -> Option<&Anchor> {
        self.anchors.iter().find(|anchor| anchor.id == id)
    }

    /// The anchors of that plain name.
    pub(super) fn plainly_named(&self, holder: &str) -> impl Iterator<Item = &Anchor> {
        let plain = |anchor: &&Anchor| anchor.subject_der.is_empty();
        self.anchors.iter().filter(plain).filter(move |anchor| anchor.subject == holder)
    }

    /// The anchors above `anchor`, from its parent to the root.
    pub fn parents(&self, anchor: &Anchor) -> Vec<&Anchor> {
        let parent = |anchor: &Anchor| self.anchor(anchor.parent.as_deref()?);
        std::iter::successors(parent(anchor), |above| parent(above)).collect()
    }

    /// What is known of the key with that fingerprint, for those who ask whether a certificate at hand
    /// is the one that is trusted: a refused one before an anchor, which it outranks.
    pub fn known_key(&self, spki_sha256: Sha256) -> Option<KnownKey<'_>> {
        let refused = self.refused.iter().find(|it| it.spki_sha256 == spki_sha256);
        let anchor = || self.anchors.iter().find(|it| it.public_key.spki_sha256() == spki_sha256);
        refused.map(KnownKey::Refused).or_else(|| anchor().map(KnownKey::Anchor))
    }

    /// The same anchors, none of which vouches for more than that a set-up works.
    #[must_use]
    pub(crate) fn under_test(mut self) -> Self {
        for anchor in &mut self.anchors {
            anchor.status = AnchorStatus::Test;
        }
        self
    }

    /// SHA-256 over the bytes of the manifests: the bundled ones in order of vendor, then those of
    /// the caller, in order of vendor and fingerprint.
    pub fn sha256(&self) -> Sha256 {
        self.sha256.unwrap_or_else(|| Sha256::of(&[]))
    }
}
