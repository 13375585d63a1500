//! The gate: the question about a certificate, answered by the ledger. A pass is written in the
//! transaction that found it, so that two gates cannot both use one verdict.

use keyproof::encoding::hex::to_hex;
use keyproof::policy::AppraisalPolicy;
use keyproof::reason::{Reason, ReasonCode};
use keyproof::submission::{ItemKind, Submission};
use keyproof::time::Timestamp;

use crate::decision::{self, Candidate, Pass, Question};
use crate::error::LedgerError;
use crate::facts::facts;
use crate::record::{Denied, Entry, Facet, IssuanceEntry, Record, Term};
use crate::store::{Ledger, Writer, Writing};

/// What was given is not one certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CandidateError {
    /// It cannot be read, or its certificate cannot.
    Unreadable(ReasonCode),
    /// So many objects came.
    Count(usize),
    /// One object of that kind came.
    Kind(ItemKind),
    /// The end of its validity is no time.
    NotAfter,
}

facts!(CandidateError);

impl Candidate {
    /// The one certificate of a submission.
    pub fn of(submission: &Submission) -> Result<Self, CandidateError> {
        if let Some(problem) = submission.problems().first() {
            return Err(CandidateError::Unreadable(problem.code()));
        }
        let [item] = submission.items() else {
            return Err(CandidateError::Count(submission.items().len()));
        };
        let certificate = item.certificate().ok_or(CandidateError::Kind(item.kind()))?;
        let certificate = certificate
            .map_err(|error| CandidateError::Unreadable(error.reason("certificate").code()))?;
        Ok(Self {
            sha256: certificate.sha256(),
            spki_sha256: certificate.spki_sha256(),
            issuer: certificate.issuer().to_string(),
            serial: to_hex(certificate.serial()),
            not_after: Timestamp::from_unix_seconds(certificate.not_after().unix_seconds())
                .ok_or(CandidateError::NotAfter)?,
            der: item.der().to_vec(),
        })
    }
}

impl Ledger {
    /// Decides whether `candidate` may be issued, for `order` where one is named, under the policy
    /// that holds now. A pass is bound to what it rests on; else every reason against it is given.
    pub fn decide(
        &mut self,
        by: Writing<'_>,
        candidate: &Candidate,
        order: Option<&str>,
        policy: &AppraisalPolicy,
    ) -> Result<Result<Pass, Vec<Reason>>, LedgerError> {
        let question = Question { candidate, order, policy, now: by.now };
        self.write(by, |writer| {
            let decision = decision::decide(question, &records_about(question, writer)?);
            if let Ok(pass) = &decision
                && !pass.is_bound
            {
                bind(candidate, pass, writer)?;
            }
            Ok(decision)
        })
    }
}

/// All that the decision needs, in order.
fn records_about(
    question: Question<'_>,
    writer: &mut Writer<'_>,
) -> Result<Vec<Record>, LedgerError> {
    let next = writer.next();
    let view = writer.view();
    let mut records = view.latest([Facet::Key.term(question.candidate.spki_sha256)], next)?;
    if let Ok(basis) = decision::basis(question, &records) {
        let denials: Vec<Term> = decision::deniable(basis).iter().map(Denied::term).collect();
        let about = Facet::About.term(basis.id);
        records.extend(view.find([about])?);
        records.extend(view.latest(denials, next)?);
        records.sort_by_key(|record| record.id);
    }
    Ok(records)
}

fn bind(candidate: &Candidate, pass: &Pass, writer: &mut Writer<'_>) -> Result<(), LedgerError> {
    let entry = Entry::Issuance(IssuanceEntry {
        about: pass.about,
        certificate: writer.keep(&candidate.der)?,
        spki_sha256: candidate.spki_sha256,
        issuer: candidate.issuer.clone(),
        serial: candidate.serial.clone(),
        not_after: candidate.not_after,
    });
    writer.append(pass.order.clone(), pass.subscriber.clone(), entry)?;
    Ok(())
}
