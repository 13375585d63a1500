//! What comes of LiquidSecurity modules as files of its own: blobs, the certificates of card and partition, and
//! the answers of the Cloud KMS API around them.

use super::super::{AttestationFormat, Doubt, Evidence, Part, check_count, multiple};
use super::attributes::{compare_public, is_public};
use super::envelope::pool as all_of;
use super::kms::{Description, Envelope};
use super::partition::{self, Attested, Partition};
use super::submitted_blob::SubmittedBlob;
use super::{Blob, Layout, kms_stated};
use crate::encoding::hex::Sha256;
use crate::encoding::x509::Certificate;
use crate::reason::{Reason, ReasonCode};
use crate::submission::Object;
use crate::trust::Authentic;

/// All that was sent for a format.
pub(crate) struct Submitted {
    blobs: Vec<SubmittedBlob>,
    /// What the answers of the API say, of which no one signed more than the blob.
    descriptions: Vec<Description>,
    /// The certificates inside them.
    pub(crate) inside: Vec<Certificate>,
    /// Those, and the ones beside them.
    pub(crate) pool: Vec<Certificate>,
    pub(crate) objects: Vec<Sha256>,
}

/// What the blobs say.
pub(crate) struct Read {
    pub(crate) attested: Authentic<Attested>,
    /// Where what stands beside it says otherwise.
    pub(crate) contradictions: Vec<Reason>,
    pub(crate) doubts: Vec<Doubt>,
}

impl Submitted {
    /// Sorts what `format` recognises.
    ///
    /// # Errors
    /// `attestation.multiple`, `attestation.absent` and its like, or the problems of an answer.
    pub(crate) fn of(
        format: &dyn AttestationFormat,
        evidence: Evidence<'_>,
    ) -> Result<Self, Vec<Reason>> {
        let mut blobs = Vec::new();
        let mut objects = Vec::new();
        let mut descriptions = Vec::new();
        let mut inside = Vec::new();
        let seen = |part| {
            let of_part = move |object: &&Object| format.recognizes_object(object) == part;
            evidence.objects.iter().filter(of_part)
        };
        check_count(seen(Part::Attestation).count())?;
        check_count(seen(Part::Device).count())?;
        for object in seen(Part::Attestation).chain(seen(Part::Device)) {
            objects.push(object.sha256());
            let document = object.document();
            descriptions.extend(document.map(Description::read).transpose()?);
            match document {
                None => blobs.push(SubmittedBlob::bare(object.bytes())),
                Some(document) if Envelope::is_in(document) => {
                    let envelope = Envelope::read(object)?;
                    inside.extend(envelope.certificates);
                    blobs.push(envelope.blob);
                }
                Some(_) => {}
            }
        }
        if blobs.is_empty() {
            return Err(vec![nothing_attested(evidence, &descriptions)]);
        }
        let pool = all_of(evidence.certificates.iter().chain(&inside))?;
        Ok(Self { blobs, descriptions, inside, pool, objects })
    }

    /// What the blobs say, which must be the same: applicants send what they have twice. A public object in a
    /// blob of its own must be of the same partition and pair. `check` is what a format holds the identifier of
    /// the key against.
    ///
    /// # Errors
    /// `attestation.multiple`, or the problems of a blob.
    pub(crate) fn read(
        &self,
        partition: &Partition<'_, '_>,
        check: impl Fn(&Attested, &Description) -> Result<Option<Reason>, Reason>,
    ) -> Result<Read, Vec<Reason>> {
        let only = |reason| vec![reason];
        let blobs = self.blobs.iter().map(SubmittedBlob::read).collect::<Result<Vec<_>, _>>();
        let blobs = blobs.map_err(only)?;
        let is_lone_public =
            |blob: &&Blob<'_>| matches!(blob.objects(), [object] if is_public(object));
        let (publics, mut whole): (Vec<_>, Vec<_>) = blobs.iter().partition(is_lone_public);
        if whole.is_empty() {
            whole.clone_from(&publics);
        }
        let mut first: Option<(&Blob<'_>, Authentic<Attested>)> = None;
        let mut contradictions = Vec::new();
        let mut doubts: Vec<Doubt> = self.layout_doubt().map(Doubt::from).into_iter().collect();
        for blob in whole {
            let attested = partition.read(blob)?;
            let key_pair = &attested.get().key_pair;
            for description in &self.descriptions {
                contradictions.extend(check(attested.get(), description).map_err(only)?);
                contradictions.extend(description.other_layout(blob.layout()));
                doubts.extend(kms_stated::contradictions(&description.document, key_pair));
            }
            match &first {
                None => first = Some((blob, attested)),
                Some((_, known)) if known.get().key_pair == *key_pair => {}
                Some(_) => return Err(vec![multiple(self.blobs.len())]),
            }
        }
        let (blob, attested) = first.ok_or_else(|| vec![ReasonCode::AttestationAbsent.into()])?;
        doubts.extend(attested.get().key_pair.doubts.iter().cloned().map(Doubt::from));
        for public in publics {
            let signed = partition.signed(public).map_err(only)?;
            let (objects, _) = signed.get();
            if let ([private], [public]) = (blob.objects(), objects.as_slice()) {
                let key = &attested.get().key_pair.public_key;
                let read = compare_public(private, public, key);
                contradictions.extend(read.contradictions);
                doubts.extend(read.doubts.into_iter().map(Doubt::from));
            }
        }
        Ok(Read { attested, contradictions, doubts })
    }

    /// No genuine blob of layout V1 was seen, and much of one is signed and not understood.
    fn layout_doubt(&self) -> Option<Reason> {
        let layout = self.blobs.iter().map(|blob| blob.layout).find(|it| *it == Layout::V1)?;
        let reason = Reason::new(ReasonCode::AttestationLayoutUnconfirmed);
        Some(reason.with("layout", layout.describe()))
    }
}

/// Certificates of card and partition, or what an answer says of the key, and nothing that is signed of it.
fn nothing_attested(evidence: Evidence<'_>, descriptions: &[Description]) -> Reason {
    let device = evidence.certificates.iter().find(|it| partition::is_of_module(it));
    let name = descriptions.iter().find_map(|it| it.name.clone());
    match (device, name) {
        (Some(device), _) => Reason::new(ReasonCode::AttestationWrongRole)
            .with("certificate", device.subject().to_string()),
        (None, Some(name)) => Reason::new(ReasonCode::AttestationExtensionMissing)
            .with("statement", "content")
            .with("described", name),
        (None, None) => ReasonCode::AttestationAbsent.into(),
    }
}
