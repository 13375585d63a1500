//! The evidence that a request carries: sorted out as if it had come beside it.

use super::super::classify::{Shape, classify};
use super::super::evidence::{EvidenceBundle, StatementContent};
use super::super::{Content, InputRole, ItemKind, customs};
use super::{File, Origin, Unpacked, Unpacker, refuse_private_key};
use crate::encoding::der::Strict;
use crate::encoding::x509::{Certificate, X509Error};
use crate::reason::ReasonCode;
use crate::request::Request;

/// The name of certificates that the manufacturers' tools put inside a request.
const INSIDE: &str = "inside the request";
/// And inside a certificate.
const INSIDE_CERTIFICATE: &str = "inside the self-signed certificate";

impl Unpacker<'_> {
    /// Sorts out the evidence that a request carries.
    pub(super) fn evidence_in_request(
        &mut self,
        file: &mut File<'_>,
        layers: &[&'static str],
        request: &Request,
    ) -> Unpacked {
        self.certificates_inside(INSIDE, layers, customs::certificates_in(request));
        let bundle = match EvidenceBundle::of(request) {
            None => return Ok(()),
            Some(Ok(bundle)) => bundle,
            Some(Err(reason)) => {
                self.problem_as(&file.name, &reason);
                return Ok(());
            }
        };
        let Some(layers) = self.deeper(file, layers, "request-attribute") else {
            return Ok(());
        };
        let pieces = bundle.statements.len().saturating_add(bundle.certificates.len());
        if pieces > self.limits.files {
            self.too_many(ReasonCode::InputTooMany, self.limits.files);
            return Ok(());
        }
        let first = self.glimpses.len();
        for (number, statement) in (1_usize..).zip(bundle.statements) {
            let name = format!("{}/statement-{number} ({})", file.name, statement.kind);
            refuse_private_key(&name, statement.value)?;
            self.piece(name, &layers, statement.content)?;
        }
        for (number, certificate) in (1_usize..).zip(bundle.certificates) {
            let name = format!("{}/certificate-{number}", file.name);
            self.piece(name, &layers, StatementContent::Der(certificate))?;
        }
        file.entries = first..self.glimpses.len();
        Ok(())
    }

    /// Keeps the certificates that the manufacturer's tools put inside a certificate which its own key
    /// signs.
    pub(super) fn evidence_in_certificate(
        &mut self,
        layers: &[&'static str],
        certificate: &Certificate,
    ) {
        // A device certificate has its CSPN mark under one of these identifiers.
        let is_certificate = |der: &&[u8]| classify(der) == Shape::Item(ItemKind::Certificate);
        let inside = customs::certificates_in_self_issued(certificate).filter(is_certificate);
        self.certificates_inside(INSIDE_CERTIFICATE, layers, inside);
    }

    /// Keeps certificates that stand inside of something, which is the file, so that they are no input of
    /// their own.
    fn certificates_inside<'d>(
        &mut self,
        place: &str,
        layers: &[&'static str],
        certificates: impl Iterator<Item = &'d [u8]>,
    ) {
        for der in certificates {
            let mut inside =
                File::new(place.to_owned(), der, InputRole::Attestation, Origin::Request, layers);
            match Strict::check(der) {
                Ok(der) => {
                    self.item(&mut inside, ItemKind::Certificate, der);
                }
                Err(error) => {
                    self.problem_as(place, &X509Error::from(error).reason("certificate"));
                }
            }
        }
    }

    /// Sorts out one piece of the evidence that a request carries, and states what it was.
    fn piece(
        &mut self,
        name: String,
        layers: &[&'static str],
        content: StatementContent<'_>,
    ) -> Unpacked {
        let (StatementContent::Der(bytes)
        | StatementContent::Wrapped(bytes)
        | StatementContent::Draft(bytes)) = content;
        let mut file = File::new(name, bytes, InputRole::Attestation, Origin::Request, layers);
        match content {
            StatementContent::Der(bytes) => self.der(&mut file, layers, bytes, None)?,
            StatementContent::Wrapped(bytes) => self.content(&mut file, layers, bytes)?,
            StatementContent::Draft(bytes) => self.object(&mut file, Content::Draft, bytes),
        }
        self.state(file);
        Ok(())
    }
}
