//! What is distrusted, whoever vouches for it, and the look-up that no path can go around: a verified
//! path holds a [`Vouched`], and only a [`Trail`], which looks up every step and the anchor, makes one.
//!
//! An entry names a fingerprint, and it does not matter of what: of a public key, of a certificate, or
//! of the part of it that is signed. A step is looked up by all of these, and its certificate in every
//! spelling of its signature that somebody without a key could write.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use super::{Anchor, ManifestOrigin, PathLink, Refused, TrustStore, link};
use crate::encoding::cvc::CvCertificate;
use crate::encoding::der::{self, tag};
use crate::encoding::hex::Sha256;
use crate::encoding::x509::Certificate;
use crate::public_key::PublicKey;
use crate::reason::{Reason, ReasonCode};
use crate::signature::{other_plain_spellings, other_spellings};

/// What vouches for nothing any more, and why. It has no beginning: a date in evidence is what whoever
/// has a leaked key writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Distrust {
    /// What is distrusted.
    pub named: Distrusted,
    /// Why, in one sentence.
    pub reason: String,
    /// Since when, `YYYY-MM-DD`: for people. It judges nothing.
    pub date: Option<String>,
}

/// How a distrusted key, certificate or anchor is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Distrusted {
    /// By SHA-256 of its SubjectPublicKeyInfo: it, and every certificate of it.
    Key(Sha256),
    /// By SHA-256 of a certificate, of the signed part of one, or of a signed statement.
    Certificate(Sha256),
    /// By the identifier of an anchor.
    Anchor(String),
}

impl Distrusted {
    /// In a few words.
    pub fn describe(&self) -> String {
        match self {
            Self::Key(sha256) => format!("key {sha256}"),
            Self::Certificate(sha256) => format!("certificate {sha256}"),
            Self::Anchor(id) => format!("anchor {id}"),
        }
    }
}

/// As an entry of a policy file has it.
impl Serialize for Distrust {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (field, named) = match &self.named {
            Distrusted::Key(sha256) => ("key", sha256.to_string()),
            Distrusted::Certificate(sha256) => ("certificate", sha256.to_string()),
            Distrusted::Anchor(id) => ("anchor", id.clone()),
        };
        let date = self.date.as_ref().map(|date| ("date", date));
        let fields = [(field, &named), ("reason", &self.reason)];
        serializer.collect_map(fields.into_iter().chain(date))
    }
}

impl TrustStore {
    /// The same anchors, with further entries of distrust. The fingerprint stays that of the manifests:
    /// whoever distrusts more keeps the record of it.
    #[must_use]
    pub fn distrusting(mut self, entries: &[Distrust]) -> Self {
        for distrust in entries {
            self.barred.distrust(distrust, &self.anchors);
        }
        self
    }

    /// The anchors that an entry bars, directly or through one above them.
    pub fn anchors_barred_by(&self, distrust: &Distrust) -> Vec<&Anchor> {
        let mut barred = Barred::default();
        barred.distrust(distrust, &self.anchors);
        self.anchors.iter().filter(|it| barred.of_anchor(it, self).is_some()).collect()
    }

    /// Why an anchor vouches for nothing, if it or one above it is distrusted.
    pub fn distrusted_anchor(&self, anchor: &Anchor) -> Option<Reason> {
        let (entry, found) = self.barred.of_anchor(anchor, self)?;
        let reason = entry.reason().with("anchor", anchor.id.clone());
        Some(if found == anchor.id { reason } else { reason.with("parent", found) })
    }

    /// Why a certificate vouches for nothing, if it or its key is distrusted.
    pub fn distrusted_certificate(&self, certificate: &Certificate) -> Option<Reason> {
        self.distrusted_among(certificate, &[])
    }

    /// The same where other certificates of its key may have come along.
    pub(crate) fn distrusted_among(
        &self,
        certificate: &Certificate,
        pool: &[Certificate],
    ) -> Option<Reason> {
        let entry = self.barred.of_certificate(certificate, pool)?;
        Some(
            entry
                .reason()
                .with("certificate", certificate.subject().to_string())
                .with("sha256", certificate.sha256().to_string()),
        )
    }

    /// Why a card-verifiable certificate vouches for nothing, if it or its key is distrusted.
    pub fn distrusted_card(
        &self,
        card: &CvCertificate<'_>,
        key: Option<&PublicKey>,
    ) -> Option<Reason> {
        let step = CardStep::of("certificate", card, Sha256::of(card.whole));
        let entry = self.barred.of_card(&step, key, std::iter::empty());
        Some(entry?.reason().with("certificate", card.holder))
    }

    /// Why a key vouches for nothing, if it is distrusted.
    pub fn distrusted_key(&self, spki_sha256: Sha256) -> Option<Reason> {
        let entry = self.barred.any([spki_sha256])?;
        Some(entry.reason().with("key-sha256", spki_sha256.to_string()))
    }
}

/// A verified path up to an anchor, of which nothing is distrusted.
#[derive(Clone, Debug)]
pub struct Vouched<'a> {
    format: &'static str,
    links: Vec<PathLink>,
    anchor: &'a Anchor,
    store: &'a TrustStore,
}

impl<'a> Vouched<'a> {
    /// The format, by name, that the anchor is bound to and the path is of.
    pub fn format(&self) -> &'static str {
        self.format
    }

    /// What was verified, with its roles, from the attestation upwards.
    pub fn links(&self) -> &[PathLink] {
        &self.links
    }

    /// The anchor.
    pub fn anchor(&self) -> &'a Anchor {
        self.anchor
    }

    /// Why the key that the path attests is distrusted itself, if it is.
    pub fn distrusted_key(&self, key: &PublicKey) -> Option<Reason> {
        self.store.distrusted_key(key.spki_sha256())
    }
}

/// A path while it is verified. Each step is looked up as it is taken, so that what is distrusted is
/// named whatever else is wrong.
pub(super) struct Trail<'p, 'a> {
    format: &'static str,
    store: &'a TrustStore,
    pool: &'p [Certificate],
    links: Vec<PathLink>,
    distrusted: Vec<Reason>,
}

/// A card-verifiable certificate or request.
pub(super) struct CardStep<'c> {
    pub(super) role: &'static str,
    pub(super) holder: &'c str,
    pub(super) whole: &'c [u8],
    /// Of the whole.
    pub(super) sha256: Sha256,
    pub(super) signed: &'c [u8],
    pub(super) signature: &'c [u8],
}

impl<'c> CardStep<'c> {
    pub(super) fn of(role: &'static str, card: &CvCertificate<'c>, sha256: Sha256) -> Self {
        Self {
            role,
            holder: card.holder,
            whole: card.whole,
            sha256,
            signed: card.body,
            signature: card.signature,
        }
    }
}

impl<'p, 'a> Trail<'p, 'a> {
    /// The beginning, with what came along: another certificate of a key can bar the key.
    pub(super) fn new(
        format: &'static str,
        store: &'a TrustStore,
        pool: &'p [Certificate],
    ) -> Self {
        Self { format, store, pool, links: Vec::new(), distrusted: Vec::new() }
    }

    /// The next certificate, from the attestation upwards.
    pub(super) fn certificate(&mut self, role: &'static str, certificate: &Certificate) {
        self.distrusted.extend(self.store.distrusted_among(certificate, self.pool));
        self.links.push(link(role, certificate));
    }

    /// The next card-verifiable one. `twins` are all of its key that came along.
    pub(super) fn card<'c>(
        &mut self,
        step: &CardStep<'c>,
        key: Option<&PublicKey>,
        twins: impl Iterator<Item = &'c [u8]>,
    ) {
        let entry = self.store.barred.of_card(step, key, twins);
        let subject = step.holder.to_owned();
        self.take(PathLink { role: step.role.into(), subject, sha256: step.sha256 }, entry);
    }

    /// The next statement that is no certificate: its signed bytes, and the key that it states.
    pub(super) fn statement(
        &mut self,
        role: &'static str,
        subject: &str,
        signed: &[u8],
        spki_sha256: Option<Sha256>,
    ) {
        let sha256 = Sha256::of(signed);
        let entry = self.store.barred.any(spki_sha256.into_iter().chain([sha256]));
        self.take(PathLink { role: role.into(), subject: subject.to_owned(), sha256 }, entry);
    }

    fn take(&mut self, statement: PathLink, entry: Option<&Entry>) {
        self.distrusted.extend(entry.map(|entry| {
            entry
                .reason()
                .with("certificate", statement.subject.clone())
                .with("sha256", statement.sha256.to_string())
        }));
        self.links.push(statement);
    }

    /// The path stops short of an anchor.
    pub(super) fn stop(self, faults: impl IntoIterator<Item = Reason>) -> Vec<Reason> {
        self.distrusted.into_iter().chain(faults).collect()
    }

    /// The path reaches its anchor.
    ///
    /// # Errors
    /// What is distrusted, and then `faults`.
    pub(super) fn reach(
        self,
        anchor: &'a Anchor,
        faults: Vec<Reason>,
    ) -> Result<Vouched<'a>, Vec<Reason>> {
        let Self { format, store, pool, links, distrusted: mut reasons } = self;
        let came_along = || {
            let entry =
                store.barred.any_bare(|| fingerprints_of_key(anchor.public_key.spki(), pool))?;
            Some(entry.reason().with("anchor", anchor.id.clone()))
        };
        reasons.extend(store.distrusted_anchor(anchor).or_else(came_along));
        reasons.extend(faults);
        if reasons.is_empty() { Ok(Vouched { format, links, anchor, store }) } else { Err(reasons) }
    }
}

/// What bars, by fingerprint.
#[derive(Clone, Debug, Default)]
pub(super) struct Barred {
    entries: BTreeMap<Sha256, Entry>,
    /// Whether a certificate may be barred whose key is not known: then its spellings count.
    has_bare: bool,
}

/// What bars, as reasons tell it.
#[derive(Clone, Debug)]
struct Entry {
    named: String,
    /// The identifier of a refused certificate.
    known_as: Option<String>,
    why: String,
}

impl Entry {
    fn reason(&self) -> Reason {
        let reason = Reason::new(ReasonCode::ChainDistrusted)
            .with("distrusted", self.named.clone())
            .with("why", self.why.clone());
        self.known_as.iter().fold(reason, |reason, id| reason.with("known-as", id.clone()))
    }
}

impl Barred {
    /// Bars what `refused` names. An anchor of its identifier is what it names, too.
    pub(super) fn refuse(&mut self, refused: &Refused, origin: ManifestOrigin, anchors: &[Anchor]) {
        let entry = |named: Distrusted| Entry {
            named: named.describe(),
            known_as: Some(refused.id.clone()),
            why: refused.why.clone(),
        };
        self.anchor(&refused.id, &entry(Distrusted::Anchor(refused.id.clone())), anchors);
        self.bar(refused.spki_sha256, &entry(Distrusted::Key(refused.spki_sha256)));
        for sha256 in &refused.certificate_sha256 {
            self.fingerprint(*sha256, &entry(Distrusted::Certificate(*sha256)), anchors);
        }
        // What is bundled names the key of its certificates.
        self.has_bare |= origin == ManifestOrigin::Caller;
    }

    fn distrust(&mut self, distrust: &Distrust, anchors: &[Anchor]) {
        let entry = Entry {
            named: distrust.named.describe(),
            known_as: None,
            why: distrust.reason.clone(),
        };
        match &distrust.named {
            Distrusted::Key(sha256) | Distrusted::Certificate(sha256) => {
                self.fingerprint(*sha256, &entry, anchors);
                self.has_bare = true;
            }
            Distrusted::Anchor(id) => self.anchor(id, &entry, anchors),
        }
    }

    /// Bars what has that fingerprint, and if it is that of an anchor's certificate, the anchor.
    fn fingerprint(&mut self, sha256: Sha256, entry: &Entry, anchors: &[Anchor]) {
        self.bar(sha256, entry);
        for anchor in anchors.iter().filter(|it| it.certificate_sha256.contains(&sha256)) {
            self.bar(anchor.public_key.spki_sha256(), entry);
        }
    }

    fn anchor(&mut self, id: &str, entry: &Entry, anchors: &[Anchor]) {
        for anchor in anchors.iter().filter(|anchor| anchor.id == id) {
            self.bar(anchor.public_key.spki_sha256(), entry);
        }
    }

    /// Of several entries the first is told: the bundle's, then the caller's, then the policy's.
    fn bar(&mut self, fingerprint: Sha256, entry: &Entry) {
        self.entries.entry(fingerprint).or_insert_with(|| entry.clone());
    }

    fn any(&self, fingerprints: impl IntoIterator<Item = Sha256>) -> Option<&Entry> {
        fingerprints.into_iter().find_map(|it| self.entries.get(&it))
    }

    /// The same for fingerprints that only count where a certificate is named without its key.
    fn any_bare<I: IntoIterator<Item = Sha256>>(
        &self,
        fingerprints: impl FnOnce() -> I,
    ) -> Option<&Entry> {
        self.has_bare.then(fingerprints).and_then(|it| self.any(it))
    }

    /// What bars an anchor, and the identifier of the one, itself or above it, that is barred.
    fn of_anchor<'s>(&'s self, anchor: &Anchor, store: &TrustStore) -> Option<(&'s Entry, String)> {
        std::iter::once(anchor).chain(store.parents(anchor)).find_map(|it| {
            let entry = self.any([it.public_key.spki_sha256()])?;
            Some((entry, it.id.clone()))
        })
    }

    fn of_card<'c>(
        &self,
        step: &CardStep<'c>,
        key: Option<&PublicKey>,
        twins: impl Iterator<Item = &'c [u8]>,
    ) -> Option<&Entry> {
        self.any(key.map(PublicKey::spki_sha256).into_iter().chain([step.sha256])).or_else(|| {
            self.any_bare(|| {
                std::iter::once(Sha256::of(step.signed))
                    .chain(spellings_of_card(step))
                    .chain(twins.map(Sha256::of))
            })
        })
    }

    fn of_certificate(&self, certificate: &Certificate, pool: &[Certificate]) -> Option<&Entry> {
        let key = certificate.subject_public_key_info();
        self.any([certificate.spki_sha256(), certificate.sha256()]).or_else(|| {
            self.any_bare(|| bare_fingerprints(certificate).chain(fingerprints_of_key(key, pool)))
        })
    }
}

/// The certificates of one key, and of the first few what names them otherwise: what comes along helps
/// whoever sends it to be understood, and need not cost more than a path.
fn fingerprints_of_key<'p>(
    spki: &'p [u8],
    pool: &'p [Certificate],
) -> impl Iterator<Item = Sha256> + 'p {
    let of_key = move || pool.iter().filter(move |it| it.subject_public_key_info() == spki);
    let short = of_key().filter(|it| it.der().len() <= MAX_SPELLED).take(8);
    of_key().map(Certificate::sha256).chain(short.flat_map(bare_fingerprints))
}

/// Longer certificates are looked up as they came, and by key and signed part: what an applicant can
/// have hashed over and over is bounded. No genuine certificate comes near it.
const MAX_SPELLED: usize = 16 << 10;

/// By what else a certificate can be named that is named without its key: its signed part, and itself
/// with another spelling of its signature.
fn bare_fingerprints(certificate: &Certificate) -> impl Iterator<Item = Sha256> {
    std::iter::once(Sha256::of(certificate.tbs())).chain(spellings(certificate))
}

/// The same certificate with its signature spelled otherwise.
fn spellings(certificate: &Certificate) -> Vec<Sha256> {
    if certificate.der().len() > MAX_SPELLED {
        return Vec::new();
    }
    let algorithm = der::value(tag::SEQUENCE, certificate.signature_algorithm());
    let spelled = |signature: Vec<u8>| {
        let signature = der::value(tag::BIT_STRING, &[&[0], signature.as_slice()].concat());
        let fields = [certificate.tbs(), &algorithm, &signature].concat();
        Sha256::of(&der::value(tag::SEQUENCE, &fields))
    };
    other_spellings(certificate.signature()).into_iter().map(spelled).collect()
}

/// The same of a card, where the signature stands last and has one length.
fn spellings_of_card(step: &CardStep<'_>) -> Vec<Sha256> {
    let Some(before) = step.whole.strip_suffix(step.signature) else { return Vec::new() };
    let spelled = |signature: Vec<u8>| Sha256::of(&[before, &signature].concat());
    other_plain_spellings(step.signature).into_iter().map(spelled).collect()
}
