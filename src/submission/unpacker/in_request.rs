//! The evidence that a request carries: sorted out as if it had come beside it.

use super::super::evidence::{EvidenceBundle, StatementContent};
use super::super::{Content, InputRole};
use super::{File, Origin, Unpacked, Unpacker, refuse_private_key};
use crate::encoding::der::Strict;
use crate::reason::ReasonCode;
use crate::request::Request;

impl Unpacker<'_> {
    /// Sorts out the evidence that a request carries. A request that cannot be read carries none: the
    /// verifier says why.
    pub(super) fn evidence_in_request(
        &mut self,
        file: &mut File,
        layers: &[&'static str],
        request: Strict<'_>,
    ) -> Unpacked {
        let Ok(request) = Request::from_strict(request) else {
            return Ok(());
        };
        let bundle = match EvidenceBundle::of(&request) {
            None => return Ok(()),
            Some(Ok(bundle)) => bundle,
            Some(Err(reason)) => {
                self.problem_with(reason.code(), &file.name, |mut problem| {
                    for (name, value) in reason.detail() {
                        problem = problem.with(name, value.clone());
                    }
                    problem
                });
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
        let mut file = File::new(name, InputRole::Attestation, Origin::Request, layers);
        match content {
            StatementContent::Der(bytes) => self.der(&mut file, layers, bytes, None)?,
            StatementContent::Wrapped(bytes) => self.content(&mut file, layers, bytes)?,
            StatementContent::Draft(bytes) => self.object(&mut file, Content::Draft, bytes),
        }
        self.state(file, bytes);
        Ok(())
    }
}
