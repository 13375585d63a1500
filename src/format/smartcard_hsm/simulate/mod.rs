//! A simulated device: the hierarchy of card-verifiable certificates, the authenticated request of
//! one key, and a certification request for it.

mod card;
mod defects;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use self::card::{CardCertificate, CardKeyring, CardRequest, CardSigner, Countersignature};
use super::PROFILE;
use crate::encoding::hex::Sha256;
use crate::public_key::PublicKey;
use crate::reason::ReasonCode;
use crate::result::Requirement;
use crate::simulate::case::{DAY, SUBSCRIBER, file, pem, shifted};
use crate::simulate::keys::{Holder, Keyring, Scheme};
use crate::simulate::pki::RequestDraft;
use crate::simulate::{Case, Family, KeyKind, Options, RsaPadding, SimulateError, SimulatedFile};
use crate::time::Timestamp;
use crate::trust::AnchorStatus;

/// What `keyproof simulate smartcard-hsm` makes.
pub(crate) fn family() -> Family<Draft> {
    Family { name: PROFILE.format, defects: defects::all(), draft }
}

/// A case before its signatures.
pub(crate) struct Draft {
    /// The kind of the attested key.
    attested: KeyKind,
    /// How the anchor came to be believed.
    status: AnchorStatus,
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
    /// The certification request, if there is one.
    certification_request: Option<RequestDraft>,
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
    let scheme = match options.padding {
        RsaPadding::Pkcs1 => Scheme::Usual,
        RsaPadding::Pss => Scheme::RsaPss,
    };
    let root = CardCertificate::new(ROOT, ROOT, 0xc0, CardSigner::Root, valid(9));
    let issuer = CardCertificate::new(ROOT, ISSUER, 0x80, CardSigner::Issuer, valid(8));
    let device = CardCertificate::new(ISSUER, DEVICE, 0x00, CardSigner::Device, valid(5));
    Ok(Draft {
        attested,
        status: AnchorStatus::Test,
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
        certification_request: Some(RequestDraft::new(
            SUBSCRIBER.as_bytes(),
            Holder::Attested,
            scheme,
        )),
    })
}

impl Case for Draft {
    fn key(&self) -> KeyKind {
        self.attested
    }

    fn silences(&self) -> Vec<(Requirement, ReasonCode)> {
        vec![
            (Requirement::NonExportable, ReasonCode::AttestationExportabilityUnstated),
            // The names are of no product.
            (Requirement::CertifiedModule, ReasonCode::CertificationPlatformOnly),
        ]
    }

    fn files(
        &self,
        keyring: &mut Keyring,
        seen: Timestamp,
    ) -> Result<Vec<SimulatedFile>, SimulateError> {
        let cards = CardKeyring::generate()?;
        let root = self.root.to_bytes(&cards)?;
        let anchors = self.anchors(&cards, &root, seen)?;
        let mut files = vec![file("anchors.yaml", anchors, "the test trust, for --trust-anchors")];
        let mut send = |presence, name: &str, bytes: Vec<u8>, what: &str| {
            if presence == Presence::Sent {
                files.push(SimulatedFile { name: name.to_owned(), bytes, what: what.to_owned() });
            }
        };
        let attestation = self.attestation(keyring, &cards, &self.request)?;
        send(self.sent.attestation, "attestation.cvreq", attestation, "attestation");
        if let Some(second) = &self.second {
            let second = self.attestation(keyring, &cards, second)?;
            send(Presence::Sent, "second-attestation.cvreq", second, "attestation of another key");
        }
        let device = self.device.to_bytes(&cards)?;
        send(self.sent.device, "device.cvcert", device, "device certificate");
        let issuer = self.issuer.to_bytes(&cards)?;
        send(self.sent.issuer, "issuing.cvcert", issuer, "certificate of the device issuer");
        send(self.sent.root, "root.cvcert", root, "certificate of a root");
        if let Some(request) = &self.certification_request {
            let (subject, signer) =
                keyring.two((request.key, self.attested), (request.signer, self.attested))?;
            let der = request.to_der(subject, signer)?;
            files.push(file("request.pem", pem("CERTIFICATE REQUEST", &der), "request"));
        }
        Ok(files)
    }
}

impl Draft {
    fn attestation(
        &self,
        keyring: &mut Keyring,
        cards: &CardKeyring,
        request: &CardRequest,
    ) -> Result<Vec<u8>, SimulateError> {
        let inner = request.to_bytes(keyring, self.attested)?;
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

    /// `anchors.yaml`: the name of the root and its key.
    fn anchors(
        &self,
        cards: &CardKeyring,
        root: &[u8],
        seen: Timestamp,
    ) -> Result<String, SimulateError> {
        let key = PublicKey::from_curve_point(card::CURVE, &cards.point(CardSigner::Root))
            .map_err(|_| SimulateError::Cryptography)?;
        let (from, to) = self.root.validity();
        Ok(format!(
            r#"# Trust for one simulated case. It vouches for nothing real.
vendor: simulated
anchors:
  - id: simulated-srca
    holder: {ROOT}
    public_key: "{public_key}"
    spki_sha256: "{spki_sha256}"
    certificate_sha256: ["{certificate_sha256}"]
    valid: {{from: "{from}T00:00:00Z", to: "{to}T23:59:59Z"}}
    uses:
      - format: {format}
        role: manufacturer
    status: {status}
    sources:
      - publisher: keyproof simulate
        seen: "{seen}"
"#,
            public_key = STANDARD.encode(key.spki()),
            spki_sha256 = key.spki_sha256(),
            certificate_sha256 = Sha256::of(root),
            from = from.date(),
            to = to.date(),
            format = PROFILE.format,
            status = self.status.id(),
            seen = seen.date(),
        ))
    }
}
