//! A simulated device: the hierarchy of card-verifiable certificates, the authenticated request of
//! one key, and a certification request for it.

mod card;
mod defects;

use keyproof::{ReasonCode, Requirement, Timestamp};

use self::card::{CardCertificate, CardKeyring, CardRequest, CardSigner, Countersignature};
use crate::anchors::Trusted;
use crate::case::{Base, Case, DAY, Evidence, has_base, octets, shifted};
use crate::family::Family;
use crate::keys::{Holder, KeyKind};
use crate::signing::Keys;
use crate::{Options, SimulateError, der, oid};

/// What `keyproof simulate smartcard-hsm` makes.
pub(crate) fn family() -> Family<Draft> {
    Family::new(NAME, draft, defects::ALL)
}

/// A case before its signatures.
pub(crate) struct Draft {
    base: Base,
    root: CardCertificate,
    issuer: CardCertificate,
    device: CardCertificate,
    /// The request inside the attestation.
    request: CardRequest,
    /// The signature of the device around it.
    countersignature: Option<Countersignature>,
    /// A further attestation, of another key.
    second: Option<CardRequest>,
    /// Which card-verifiable files are sent.
    sent: Sent,
    /// What is done to the bytes of the attestation.
    damage: Damage,
}

/// Which card-verifiable files are sent.
struct Sent {
    root: Presence,
    issuer: Presence,
    device: Presence,
    attestation: Presence,
}

/// Whether a file is sent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Presence {
    Sent,
    LeftOut,
}

/// What is done to the bytes of the attestation.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Damage {
    None,
    /// One octet follows.
    TrailingOctet,
    /// The outermost length is not minimal.
    PaddedLength,
    /// It lies in a backup of the key.
    Backup,
}

const NAME: &str = "smartcard-hsm";

/// Names that no genuine hierarchy has: ZZ is no country.
const ROOT: &str = "ZZSIMSRCA00001";
const ISSUER: &str = "ZZSIMDICA00001";
const DEVICE: &str = "ZZSIM00000100000";

fn draft(options: &Options) -> Result<Draft, SimulateError> {
    // Dates have two digits for the year, so 2000 to 2099.
    let earliest = Timestamp::from_date("2002-01-01").ok_or(SimulateError::CardTime)?;
    let latest = Timestamp::from_date("2090-01-01").ok_or(SimulateError::CardTime)?;
    if !(earliest..=latest).contains(&options.time) {
        return Err(SimulateError::CardTime);
    }
    let attested = options.key.unwrap_or(KeyKind::P256);
    if attested == KeyKind::Ed25519 {
        return Err(SimulateError::KeyKind);
    }
    let valid =
        |years: i64| (shifted(options.time, -365 * DAY), shifted(options.time, years * 365 * DAY));
    let root = CardCertificate::new(ROOT, ROOT, 0xc0, CardSigner::Root, valid(9));
    let issuer = CardCertificate::new(ROOT, ISSUER, 0x80, CardSigner::Issuer, valid(8));
    let device = CardCertificate::new(ISSUER, DEVICE, 0x00, CardSigner::Device, valid(5));
    Ok(Draft {
        base: Base::new(NAME, attested, Vec::new(), options),
        root: root.with_domain(),
        issuer: issuer.signed_by(CardSigner::Root).with_empty_extensions(),
        device: device.signed_by(CardSigner::Issuer),
        request: CardRequest::new("UTCA00001", "ZZSIM00000100001", Holder::Attested),
        countersignature: Some(Countersignature::by(DEVICE, CardSigner::Device)),
        second: None,
        sent: Sent {
            root: Presence::LeftOut,
            issuer: Presence::Sent,
            device: Presence::Sent,
            attestation: Presence::Sent,
        },
        damage: Damage::None,
    })
}

impl Case for Draft {
    has_base!();

    fn silences(&self) -> Vec<(Requirement, ReasonCode)> {
        vec![
            (Requirement::NonExportable, ReasonCode::AttestationExportabilityUnstated),
            // The names are of no product.
            (Requirement::CertifiedModule, ReasonCode::CertificationPlatformOnly),
        ]
    }

    fn evidence(&self, keys: &mut Keys<'_>) -> Result<Evidence, SimulateError> {
        let cards = CardKeyring::generate()?;
        let root = self.root.to_bytes(&cards)?;
        let mut files = Vec::new();
        let mut send = |presence, name: &str, bytes: Vec<u8>, what: &str| {
            files.extend((presence == Presence::Sent).then(|| octets(name, bytes, what)));
        };
        let attestation = self.attestation(keys, &cards, &self.request)?;
        send(self.sent.attestation, "attestation.cvreq", attestation, "attestation");
        if let Some(second) = &self.second {
            let second = self.attestation(keys, &cards, second)?;
            send(Presence::Sent, "second-attestation.cvreq", second, "attestation of another key");
        }
        let device = self.device.to_bytes(&cards)?;
        send(self.sent.device, "device.cvcert", device, "device certificate");
        let issuer = self.issuer.to_bytes(&cards)?;
        send(self.sent.issuer, "issuing.cvcert", issuer, "certificate of the device issuer");
        send(self.sent.root, "root.cvcert", root.clone(), "certificate of a root");
        let (from, to) = self.root.validity;
        let point = der::bit_string(&cards.point(CardSigner::Root));
        let spki = der::sequence(&[&der::named_curve(oid::BRAINPOOL_P256), &point]);
        let valid = (format!("{}T00:00:00Z", from.date()), format!("{}T23:59:59Z", to.date()));
        let mut trusted = Trusted::by_holder("simulated-srca", ROOT, spki, valid);
        trusted.certificate = Some(root);
        Ok(Evidence { trusted: vec![trusted], ..Evidence::of(files) })
    }
}

impl Draft {
    fn attestation(
        &self,
        keys: &mut Keys<'_>,
        cards: &CardKeyring,
        request: &CardRequest,
    ) -> Result<Vec<u8>, SimulateError> {
        let inner = request.to_bytes(keys)?;
        let whole = match &self.countersignature {
            Some(countersignature) => countersignature.around(&inner, cards)?,
            None => inner,
        };
        Ok(match self.damage {
            Damage::None => whole,
            Damage::TrailingOctet => [whole, vec![0]].concat(),
            Damage::PaddedLength => card::padded(&whole),
            Damage::Backup => card::backup(&whole),
        })
    }
}
