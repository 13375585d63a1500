//! Google Cloud HSM: the attestation of a Cloud KMS key by the partition of a LiquidSecurity card.
//! Marvell vouches for card and partition, and Google, as their owner, for the same names and keys.
//!
//! Format, to the byte: `docs/formats/google-cloud-hsm.md`.

mod envelope;
mod owner;
mod stated;

use super::marvell::attributes::{KeyPairStatement, padded_text};
use super::marvell::envelope::{check_places, malformed, pool as all_of};
use super::marvell::partition::{
    self, Attested, Partition, PartitionStatement, manufacturers_profile,
};
use super::marvell::{Blob, Layout, inspect_blob, inspect_certificate, inspect_faults};
use super::{
    AttestationFormat, AttestedStatement, Doubt, Evidence, InspectLine, Part, SerialForm,
    VerifiedEvidence, check_count, multiple,
};
use crate::claims::OwnerStanding;
use crate::encoding::hex::Sha256;
use crate::encoding::x509::Certificate;
use crate::reason::{Reason, ReasonCode};
use crate::submission::{Object, ObjectKind};
use crate::time::Timestamp;
use crate::trust::{Authentic, ChainProfile, TrustStore};
use envelope::{Description, Envelope};
use owner::Owner;

const FORMAT: &str = "google-cloud-hsm";

static MANUFACTURER: ChainProfile<2> = manufacturers_profile(FORMAT);

/// The common name of the manufacturer's root, whose certificate of 2015 has no constraints by which
/// an authority could be told; users put it into their bundles.
const MANUFACTURERS_ROOT: &str = "localca.liquidsecurity.cavium.com";

/// The format `google-cloud-hsm`.
#[derive(Debug)]
pub struct GoogleCloudHsm;

impl AttestationFormat for GoogleCloudHsm {
    fn name(&self) -> &'static str {
        FORMAT
    }

    fn serial_form(&self) -> SerialForm {
        SerialForm::Card
    }

    fn recognizes(&self, certificate: &Certificate) -> Part {
        let is_root = certificate.is_self_issued()
            && certificate.subject().only_common_name() == Some(MANUFACTURERS_ROOT);
        if is_root || partition::is_of_module(certificate) { Part::Device } else { Part::Foreign }
    }

    fn recognizes_object(&self, object: &Object) -> Part {
        let is_ours = match object.kind() {
            ObjectKind::Binary => layout_of(object.bytes()).is_some(),
            _ => object.document().is_some_and(Envelope::is_in),
        };
        if is_ours {
            Part::Attestation
        } else if object.document().is_some_and(Description::is_in) {
            Part::Device
        } else {
            Part::Foreign
        }
    }

    fn inspect(&self, certificate: &Certificate) -> Vec<InspectLine> {
        inspect_certificate(certificate)
    }

    fn inspect_object(&self, object: &Object) -> Vec<InspectLine> {
        let blob = match object.kind() {
            ObjectKind::Binary => Ok(SubmittedBlob::bare(object.bytes())),
            _ if object.document().is_some_and(|it| !Envelope::is_in(it)) => return Vec::new(),
            _ => Envelope::read(object).map(|envelope| envelope.blob),
        };
        match &blob {
            Ok(blob) => inspect_blob(blob.layout, &blob.bytes),
            Err(reasons) => inspect_faults(reasons),
        }
    }

    fn verify<'a>(
        &self,
        evidence: Evidence<'a>,
        trust: &'a TrustStore,
        time: Timestamp,
    ) -> Result<VerifiedEvidence<'a>, Vec<Reason>> {
        let submitted = Submitted::of(self, evidence)?;
        let partition = Partition::verify(&MANUFACTURER, &submitted.pool, trust, time)?;
        let owner = Owner::verify(&partition, &submitted.pool, trust, time)?;
        let (attested, contradictions) = submitted.read(&partition)?;
        let doubts = submitted.contradicted(&attested.get().key_pair);
        let of_key = attested.get().key_pair.doubts.clone();
        let statement =
            partition.stated.as_ref().and(attested).and(owner.name).read(attested_by_partition)?;
        let verified = VerifiedEvidence::new(&partition.chain, statement)?;
        let verified = owner.chains.iter().fold(verified, VerifiedEvidence::and_path);
        let verified = verified
            .and_contradictions(contradictions)
            .and_doubts(submitted.doubts())
            .and_doubts(doubts)
            .and_doubts(of_key)
            .and_pieces(submitted.objects);
        check_places(&submitted.inside, &verified, trust)?;
        Ok(verified)
    }
}

/// The layout of a blob whose envelope does not name it: the one it has in full, or else the one it
/// begins like. V1 has no mark to begin with.
fn layout_of(bytes: &[u8]) -> Option<Layout> {
    let read = |layout: &Layout| Blob::read(*layout, bytes).is_ok();
    let begun = || Blob::begins_like_firmware_3(bytes).then_some(Layout::V2);
    [Layout::V2, Layout::V1].into_iter().find(read).or_else(begun)
}

/// A blob as it was sent.
struct SubmittedBlob {
    bytes: Vec<u8>,
    layout: Layout,
}

impl SubmittedBlob {
    /// Without an envelope that names the layout.
    fn bare(bytes: &[u8]) -> Self {
        let layout = layout_of(bytes).unwrap_or(Layout::V2);
        Self { bytes: bytes.to_vec(), layout }
    }

    /// Reads it in its layout. What an envelope says of the layout is signed by no one, and V1 leaves
    /// much of a blob unread: what holds in another layout is that, whatever the envelope says.
    fn read(&self) -> Result<Blob<'_>, Reason> {
        let blob = Blob::read(self.layout, &self.bytes)?;
        let others = [Layout::V2, Layout::Firmware2, Layout::Firmware3]
            .into_iter()
            .filter(|it| *it != self.layout);
        for other in others {
            if Blob::read(other, &self.bytes).is_ok() {
                return Err(malformed("format", "the blob is of another layout")
                    .with("layout", other.describe()));
            }
        }
        Ok(blob)
    }
}

/// All that was sent for this format.
struct Submitted {
    blobs: Vec<SubmittedBlob>,
    /// What the answers of the API say, of which no one signed more than the blob.
    descriptions: Vec<Description>,
    /// The certificates inside them.
    inside: Vec<Certificate>,
    /// Those, and the ones beside them.
    pool: Vec<Certificate>,
    objects: Vec<Sha256>,
}

impl Submitted {
    fn of(format: &GoogleCloudHsm, evidence: Evidence<'_>) -> Result<Self, Vec<Reason>> {
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

    /// No genuine blob of layout V1 was seen, and much of one is signed and not understood.
    fn doubts(&self) -> Option<Reason> {
        let layout = self.blobs.iter().map(|blob| blob.layout).find(|it| *it == Layout::V1)?;
        let reason = Reason::new(ReasonCode::AttestationLayoutUnconfirmed);
        Some(reason.with("layout", layout.describe()))
    }

    /// What the blobs say, which must be the same: applicants send what they have twice. And where it
    /// contradicts the names that came along.
    fn read(
        &self,
        partition: &Partition<'_, '_>,
    ) -> Result<(Authentic<Attested>, Vec<Reason>), Vec<Reason>> {
        let mut first: Option<Authentic<Attested>> = None;
        let mut contradictions = Vec::new();
        for submitted in &self.blobs {
            let blob = submitted.read().map_err(|reason| vec![reason])?;
            let attested = partition.read(&blob)?;
            let key_pair = &attested.get().key_pair;
            let id = ResourceId::of(&key_pair.id).map_err(|reason| vec![reason])?;
            for description in &self.descriptions {
                contradictions.extend(id.contradiction(description.name.as_deref()));
                contradictions.extend(description.other_layout(submitted.layout));
            }
            match &first {
                None => first = Some(attested),
                Some(known) if known.get().key_pair == *key_pair => {}
                Some(_) => return Err(vec![multiple(self.blobs.len())]),
            }
        }
        let attested = first.ok_or_else(|| vec![ReasonCode::AttestationAbsent.into()])?;
        Ok((attested, contradictions))
    }

    /// What the answers say otherwise.
    fn contradicted(&self, key_pair: &KeyPairStatement) -> Vec<Doubt> {
        let of = |it: &Description| stated::contradictions(&it.document, key_pair);
        self.descriptions.iter().flat_map(of).collect()
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

/// What partition and owner say of the key.
fn attested_by_partition(
    ((partition, attested), owner): ((&PartitionStatement<'_>, Attested), &str),
) -> Result<AttestedStatement, Vec<Reason>> {
    let key_pair = &attested.key_pair;
    ResourceId::of(&key_pair.id).map_err(|reason| vec![reason])?;
    let id = padded_text(&key_pair.id);
    Ok(partition.statement(&attested, id, owner, OwnerStanding::Vouched))
}

/// The identifier of a key: two SHA-256 values in lower-case hexadecimal, of which the second is that
/// of the resource name.
struct ResourceId<'a> {
    name_sha256: &'a str,
}

impl<'a> ResourceId<'a> {
    fn of(id: &'a [u8]) -> Result<Self, Reason> {
        let is_digit = |octet: &u8| matches!(octet, b'0'..=b'9' | b'a'..=b'f');
        let text = std::str::from_utf8(id).ok().filter(|_| id.len() == 128);
        match text.and_then(|text| text.get(64..)) {
            Some(name_sha256) if id.iter().all(is_digit) => Ok(Self { name_sha256 }),
            _ => Err(malformed("ID", "not 128 hexadecimal digits")),
        }
    }

    /// The name that was stated is another than the module signed.
    fn contradiction(&self, stated: Option<&str>) -> Option<Reason> {
        let stated = stated?;
        let computed = Sha256::of(stated.as_bytes()).to_string();
        (computed != self.name_sha256).then(|| {
            Reason::new(ReasonCode::AttestationInconsistent)
                .with("statement", "resource name of the key version")
                .with("stated", stated)
                .with("stated-sha256", computed)
                .with("attested-sha256", self.name_sha256)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::marvell::{Blob, Layout};
    use super::{ResourceId, SubmittedBlob};
    use crate::reason::ReasonCode;

    /// A blob of layout V2 whose last attribute holds, where V1 begins, two objects of nothing.
    fn v2_and_v1() -> Vec<u8> {
        let object = |handle: u32, value: &[u8]| {
            let attribute = [&[0, 0, 0x77, 0x77], &length(value)[..], value].concat();
            [&handle.to_be_bytes()[..], &[0, 0, 0, 1], &length(&attribute), &attribute].concat()
        };
        let objects = [object(1, b""), object(2, &[0; 1008 - 40 - 20 - 20])].concat();
        let buffer = [&[0, 1, 0, 3, 0, 8, 0, 28], &objects[..]].concat();
        let handles = [1_u64.to_be_bytes(), 2_u64.to_be_bytes()].concat();
        let total = 16 + handles.len() + buffer.len() + 256;
        let header = [0, 3, u32::try_from(total).unwrap()].map(u32::to_be_bytes).concat();
        [&header[..], &length(&buffer), &handles, &buffer, &[0; 256]].concat()
    }

    fn length(bytes: &[u8]) -> Vec<u8> {
        u32::try_from(bytes.len()).unwrap().to_be_bytes().to_vec()
    }

    /// Whoever owns the key chooses some attributes of a genuine blob, and what an envelope says.
    #[test]
    fn a_blob_of_one_layout_is_not_read_in_another() {
        let bytes = v2_and_v1();
        assert!(Blob::read(Layout::V2, &bytes).is_ok());
        assert!(Blob::read(Layout::V1, &bytes).is_ok());
        assert_eq!(SubmittedBlob::bare(&bytes).read().unwrap().layout(), Layout::V2);
        let said = SubmittedBlob { layout: Layout::V1, bytes };
        assert_eq!(said.read().unwrap_err().code(), ReasonCode::AttestationMalformed);
    }

    #[test]
    fn the_second_half_of_the_identifier_is_the_hash_of_the_resource_name() {
        // SHA-256 of "abc" (FIPS 180-4, example).
        let name = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let id = format!("{}{name}", "0".repeat(64));
        let id = ResourceId::of(id.as_bytes()).unwrap();
        assert_eq!(id.contradiction(None), None);
        assert_eq!(id.contradiction(Some("abc")), None);
        assert!(id.contradiction(Some("abd")).is_some());
    }

    #[test]
    fn identifiers_of_another_form_are_refused() {
        for bad in ["0".repeat(127), "0".repeat(129), "A".repeat(128), "\u{e9}".repeat(64)] {
            assert!(ResourceId::of(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
