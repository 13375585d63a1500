//! What tells one submission from another.

use keyproof::encoding::hex::Sha256;
use keyproof::result::AttestationResult;

use super::entry::{Denied, Device};
use super::term::{Facet, Term};

/// What of a result tells one submission from another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The key of the request.
    pub spki_sha256: Option<Sha256>,
    /// The module, where evidence of it was verified.
    pub device: Option<Device>,
    /// The attestation statement that was verified.
    pub evidence: Option<Sha256>,
}

impl Identity {
    /// That of `result`.
    pub fn of(result: &AttestationResult) -> Self {
        let module = result.claims().map(|claims| &claims.module);
        Self {
            spki_sha256: result
                .request()
                .and_then(|request| request.public_key.as_ref())
                .map(|key| key.spki_sha256),
            device: module.and_then(|module| {
                Some(Device {
                    vendor: module.vendor.to_string(),
                    serial: module.serial.clone()?,
                    partition: module.partition.as_ref().map(|it| it.name.clone()),
                })
            }),
            evidence: result.path().first().map(|statement| statement.sha256),
        }
    }

    /// The terms under which earlier records of the same are found.
    pub fn terms(&self) -> Vec<Term> {
        let key = self.spki_sha256.map(|key| Facet::Key.term(key));
        let device = self.device.as_ref().map(|device| Facet::Device.term(device));
        let evidence = self.evidence.map(|evidence| Facet::Evidence.term(evidence));
        [key, device, evidence].into_iter().flatten().collect()
    }

    /// The denials that would touch it, and `subscriber`.
    pub fn deniable(&self, subscriber: Option<&str>) -> Vec<Denied> {
        let key = self.spki_sha256.map(Denied::Key);
        let whole = |device: &Device| Device { partition: None, ..device.clone() };
        let device = self.device.as_ref().map(|device| Denied::Device(device.to_string()));
        let card = self.device.as_ref().filter(|device| device.partition.is_some());
        let card = card.map(|device| Denied::Device(whole(device).to_string()));
        let subscriber = subscriber.map(|name| Denied::Subscriber(name.to_owned()));
        [key, device, card, subscriber].into_iter().flatten().collect()
    }
}
