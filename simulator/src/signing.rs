//! The keys of a case, and what they sign.

use crate::SimulateError;
use crate::keys::{Holder, KeyKind, KeyPair, Keyring};
use crate::pki::{CertificateDraft, RequestDraft};

/// The keys of a case, and what they sign.
pub(crate) struct Keys<'a> {
    pub(crate) keyring: &'a mut Keyring,
    pub(crate) attested: KeyKind,
    pub(crate) kind_of: fn(Holder, KeyKind) -> KeyKind,
}

impl Keys<'_> {
    fn of(&self, holder: Holder) -> (Holder, KeyKind) {
        let kind = match holder {
            Holder::Attested | Holder::SecondAttested | Holder::Software => self.attested,
            _ => (self.kind_of)(holder, self.attested),
        };
        (holder, kind)
    }

    /// The key pair of a holder.
    pub(crate) fn pair(&mut self, holder: Holder) -> Result<&KeyPair, SimulateError> {
        let (holder, kind) = self.of(holder);
        self.keyring.pair(holder, kind)
    }

    /// The SubjectPublicKeyInfo of a holder.
    pub(crate) fn spki(&mut self, holder: Holder) -> Result<Vec<u8>, SimulateError> {
        self.pair(holder).map(KeyPair::spki)
    }

    /// The certificate, signed.
    pub(crate) fn certificate(
        &mut self,
        draft: &CertificateDraft,
    ) -> Result<Vec<u8>, SimulateError> {
        let (subject, signer) = self.keyring.two(self.of(draft.key), self.of(draft.signer))?;
        draft.to_der(subject, signer)
    }

    /// The public key of a request, and the request, signed.
    pub(crate) fn request(
        &mut self,
        draft: &RequestDraft,
    ) -> Result<(Vec<u8>, Vec<u8>), SimulateError> {
        let (subject, signer) = self.keyring.two(self.of(draft.key), self.of(draft.signer))?;
        Ok((subject.spki(), draft.to_der(subject, signer)?))
    }
}
