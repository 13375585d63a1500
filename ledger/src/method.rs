//! Another method than key attestation (CSBR 6.2.7.4.2 (1), (3) to (7)): its documents for a key. A
//! person must settle it.

use keyproof::public_key::PublicKey;
use keyproof::reason::ReasonCode;
use keyproof::submission::{Input, Limits, Parsed, Submission};

use crate::error::LedgerError;
use crate::facts::facts;
use crate::keep::Reference;
use crate::record::{Entry, MethodEntry, NamedContent, RecordId};
use crate::settle::Grounds;
use crate::store::{Ledger, Writing};

/// A method that was not recorded.
#[derive(Debug)]
pub enum MethodError {
    /// Method 2 is key attestation, which is verified, not only recorded.
    Attestation,
    /// No document is there for it to rest on.
    NoDocument,
    /// The request does not say which key it is about.
    NoKey(NoKey),
    /// The ledger could not be used.
    Ledger(LedgerError),
}

facts!(MethodError, or LedgerError);

/// Why a file does not say which key it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoKey {
    /// It, or the key in it, cannot be read, or its request is not signed by its key.
    Unusable(ReasonCode),
    /// It holds not exactly one request, certificate or public key.
    Count,
    /// Its certificate cannot be read.
    Certificate,
}

impl Ledger {
    /// Records that documents of the method of that number came for the key of `request`: of a
    /// certification request, a certificate, or bare.
    pub fn record_method(
        &mut self,
        by: Writing<'_>,
        number: u8,
        request: &Input,
        reference: &Reference,
        grounds: &Grounds,
    ) -> Result<RecordId, MethodError> {
        if number == 2 {
            return Err(MethodError::Attestation);
        }
        if grounds.documents.is_empty() {
            return Err(MethodError::NoDocument);
        }
        let key = key_of(request).map_err(MethodError::NoKey)?;
        self.write(by, |writer| {
            let sha256 = writer.keep(&request.bytes)?;
            let mut documents = vec![NamedContent { name: request.name.clone(), sha256 }];
            documents.extend(grounds.keep(writer)?);
            let entry = Entry::Method(MethodEntry {
                method: number,
                spki_sha256: key.spki_sha256(),
                certificate_type: reference.certificate_type,
                reason: grounds.reason.clone(),
                documents,
            });
            let (order, subscriber) = (reference.order.clone(), reference.subscriber.clone());
            Ok(writer.append(order, subscriber, entry)?)
        })
    }
}

/// The one key that a file is about: that of a request whose signature it verifies, of a certificate,
/// or bare.
fn key_of(file: &Input) -> Result<PublicKey, NoKey> {
    let submission = Submission::unpack(vec![file.clone()], &Limits::default());
    if let Some(problem) = submission.problems().first() {
        return Err(NoKey::Unusable(problem.code()));
    }
    let [item] = submission.items() else {
        return Err(NoKey::Count);
    };
    let key = match item.parsed() {
        Parsed::Request(request) => {
            request.as_ref().map_err(Clone::clone).and_then(|request| match request.verify() {
                Some(verified) => verified.map(|verified| verified.public_key().clone()),
                None => request.public_key().cloned().map_err(Clone::clone),
            })
        }
        Parsed::Certificate(Ok(certificate)) => PublicKey::of_certificate(certificate),
        Parsed::Certificate(Err(_)) => return Err(NoKey::Certificate),
        Parsed::PublicKey(key) => key.clone(),
    };
    key.map_err(|reason| NoKey::Unusable(reason.code()))
}
