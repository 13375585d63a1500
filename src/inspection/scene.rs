//! Reads the pieces of a submission for an [`Inspection`](super::Inspection).

use super::{
    CertificateContent, Content, ExtensionContent, Found, Key, KnownAs, Piece, Signer, Statement,
    Statements,
};
use crate::encoding::hex::{Sha256, to_hex};
use crate::encoding::x509::{Certificate, Extension};
use crate::format::{AttestationFormat, Evidence, InspectLine, Part};
use crate::public_key::PublicKey;
use crate::reason::Reason;
use crate::request::Request;
use crate::signature::{self, Parameters};
use crate::submission::{
    Item, ItemKind, Object, ObjectKind, Parsed, Sighting, Standing, Submission, draft,
};
use crate::time::Timestamp;
use crate::trust::{KnownKey, TrustStore};
use crate::verifier::recognition::Recognition;
use crate::verifier::unread;

/// What came, and what its signatures can be checked against.
pub(super) struct Scene<'s> {
    submission: &'s Submission,
    store: &'s TrustStore,
    certificates: Vec<(&'s Certificate, Recognition)>,
    objects: Vec<(&'s Object, Recognition)>,
}

impl<'s> Scene<'s> {
    pub(super) fn of(submission: &'s Submission, store: &'s TrustStore) -> Self {
        let certificates = submission.items().iter().filter_map(|it| it.certificate()?.ok());
        let objects = submission.objects();
        let sent: Vec<Certificate> = certificates.clone().cloned().collect();
        let mut certificates: Vec<_> =
            certificates.map(|it| (it, Recognition::of_certificate(it))).collect();
        let mut in_objects: Vec<_> =
            objects.iter().map(|it| (it, Recognition::of_object(it))).collect();
        let seen = certificates.iter_mut().map(|(_, seen)| seen);
        let seen = seen.chain(in_objects.iter_mut().map(|(_, seen)| seen));
        let whole = Evidence { certificates: &sent, objects };
        Recognition::settle(&mut seen.collect::<Vec<_>>(), whole);
        Self { submission, store, certificates, objects: in_objects }
    }

    pub(super) fn pieces(&self) -> Vec<Piece> {
        let of_kind = |kind| self.submission.items().iter().filter(move |it| it.kind() == kind);
        let items = [ItemKind::PublicKey, ItemKind::Request, ItemKind::Certificate];
        let items = items.into_iter().flat_map(of_kind).map(|item| self.item(item));
        let objects = self.objects.iter().map(|(object, seen)| self.object(object, seen));
        let sightings = self.submission.sightings().iter().filter_map(|it| self.sighting(it));
        items.chain(objects).chain(sightings).collect()
    }

    fn item(&self, item: &Item) -> Piece {
        let (sha256, content) = match item.parsed() {
            Parsed::Request(Ok(request)) => (None, self.request(request)),
            Parsed::Certificate(Ok(certificate)) => {
                (Some(certificate.sha256()), self.certificate(certificate))
            }
            Parsed::PublicKey(key) => (None, Content::PublicKey(self.key(key.as_ref()))),
            Parsed::Request(Err(reason)) => (None, Content::Unreadable(reason.clone())),
            Parsed::Certificate(Err(error)) => {
                (None, Content::Unreadable(unread::certificate(error)))
            }
        };
        Piece {
            kind: item.kind().id(),
            files: item.origins().to_vec(),
            found: None,
            sha256: sha256.unwrap_or_else(|| Sha256::of(item.der())),
            bytes: item.der().len(),
            content,
        }
    }

    fn object(&self, object: &Object, seen: &Recognition) -> Piece {
        let came = |format: &dyn AttestationFormat| self.is_of(format);
        let readers = seen.readers(came).map(|format| {
            let lines = format.inspect_object(object);
            Statements { format: format.name(), statements: statements(lines) }
        });
        let readers: Vec<_> = readers.collect();
        let content = if object.kind() == ObjectKind::Draft {
            let claims = draft::inspect(object.bytes()).into_iter();
            Content::Draft(claims.map(|(name, value)| Statement { name, value }).collect())
        } else if readers.is_empty() {
            Content::Unreadable(unread::object(object))
        } else {
            Content::Object(readers)
        };
        Piece {
            kind: object.kind().id(),
            files: object.origins().to_vec(),
            found: None,
            sha256: object.sha256(),
            bytes: object.bytes().len(),
            content,
        }
    }

    /// What another program may find, where it is no item that is shown already.
    fn sighting(&self, sighting: &Sighting) -> Option<Piece> {
        let found = match sighting.standing() {
            Standing::Read | Standing::Evidence => return None,
            Standing::Beside => Found::Beside,
            Standing::Hidden => Found::Hidden,
        };
        let encoding = sighting.encoding();
        let content = match sighting.kind() {
            ItemKind::Request => Request::from_der(encoding)
                .map_or_else(Content::Unreadable, |request| self.request(&request)),
            ItemKind::Certificate => Certificate::from_der(encoding).map_or_else(
                |error| Content::Unreadable(unread::certificate(&error)),
                |certificate| self.certificate(&certificate),
            ),
            ItemKind::PublicKey => {
                let key = PublicKey::from_spki(encoding);
                Content::PublicKey(self.key(key.as_ref()))
            }
        };
        Some(Piece {
            kind: sighting.kind().id(),
            files: vec![sighting.file().to_owned()],
            found: Some(found),
            sha256: sighting.sha256(),
            bytes: encoding.len(),
            content,
        })
    }

    fn request(&self, request: &Request) -> Content {
        let signed = match request.verify() {
            Some(Ok(_)) => Signer::ItsOwnKey,
            Some(Err(reason)) => Signer::Nobody(reason),
            None => Signer::NoKey,
        };
        let subject = request.subject().to_string();
        Content::Request { subject, key: self.key(request.public_key()), signed }
    }

    fn certificate(&self, certificate: &Certificate) -> Content {
        let date = |time: crate::encoding::der::Time| {
            Timestamp::from_unix_seconds(time.unix_seconds())
                .map_or_else(String::new, |time| time.to_string())
        };
        let known = self.certificates.iter().find(|(it, _)| it.sha256() == certificate.sha256());
        let seen = known
            .map_or_else(|| Recognition::of_certificate(certificate), |(_, seen)| seen.clone());
        let readers = seen.seen().map(|(format, _)| {
            let lines = format.inspect(certificate);
            Statements { format: format.name(), statements: statements(lines) }
        });
        let key = PublicKey::of_certificate(certificate);
        Content::Certificate(Box::new(CertificateContent {
            subject: certificate.subject().to_string(),
            issuer: certificate.issuer().to_string(),
            signed: self.signer(certificate),
            serial: to_hex(certificate.serial()),
            valid: (date(certificate.not_before()), date(certificate.not_after())),
            key: self.key(key.as_ref()),
            extensions: certificate.extensions().iter().map(extension).collect(),
            statements: readers.collect(),
        }))
    }

    /// Whose key signed a certificate, of all whose name is that of its issuer.
    fn signer(&self, certificate: &Certificate) -> Signer {
        let issuer = certificate.issuer();
        let signed_by = |key: &PublicKey| {
            let (algorithm, tbs) = (certificate.signature_algorithm(), certificate.tbs());
            // Nothing is judged here: the most lenient form that some format's certificates have.
            let parameters = Parameters::EcdsaMayBeUnsigned;
            signature::verify(key, algorithm, parameters, tbs, certificate.signature()).is_ok()
        };
        let anchors =
            || self.store.anchors().iter().filter(|anchor| anchor.subject_der == issuer.der());
        if let Some(anchor) = anchors().find(|anchor| signed_by(&anchor.public_key)) {
            return Signer::Anchor { id: anchor.id.clone(), status: anchor.status };
        }
        let certificates = || {
            let all = self.certificates.iter().map(|(certificate, _)| *certificate);
            all.filter(|other| other.subject() == issuer)
        };
        let signs = |other: &&Certificate| {
            PublicKey::of_certificate(other).is_ok_and(|key| signed_by(&key))
        };
        match certificates().find(signs) {
            Some(signer) if signer == certificate => Signer::ItsOwnKey,
            Some(signer) => Signer::Certificate(signer.sha256()),
            None if anchors().next().is_some() || certificates().next().is_some() => {
                Signer::NoneAtHand
            }
            None => Signer::NoIssuer,
        }
    }

    fn key(&self, key: Result<&PublicKey, &Reason>) -> Key {
        let key = match key {
            Ok(key) => key,
            Err(reason) => return Key::Unreadable(reason.clone()),
        };
        let known = self.store.known_key(key.spki_sha256()).map(|known| match known {
            KnownKey::Anchor(anchor) => KnownAs::Anchor(anchor.id.clone()),
            KnownKey::Refused(refused) => {
                KnownAs::Refused { id: refused.id.clone(), why: refused.why.clone() }
            }
        });
        Key::Read { key: key.into(), known }
    }

    /// Whether something that was sent has the mark of `format`.
    fn is_of(&self, format: &dyn AttestationFormat) -> bool {
        let certificates = self.certificates.iter().map(|(_, seen)| seen);
        let mut seen = certificates.chain(self.objects.iter().map(|(_, seen)| seen));
        seen.any(|seen| {
            seen.seen().any(|(it, part)| it.name() == format.name() && part > Part::Unmarked)
        })
    }
}

fn statements(lines: Vec<InspectLine>) -> Vec<Statement> {
    let lines = lines.into_iter();
    lines.map(|line| Statement { name: line.name.to_owned(), value: line.value }).collect()
}

fn extension(extension: &Extension) -> ExtensionContent {
    /// Octets of a value that are shown.
    const SHOWN: usize = 64;
    let value = extension.value();
    ExtensionContent {
        oid: extension.oid().to_string(),
        critical: extension.is_critical(),
        value: to_hex(value.get(..SHOWN).unwrap_or(value)),
        octets: value.len(),
    }
}
