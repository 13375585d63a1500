//! `keyproof gate`: may this certificate be issued? Called as EJBCA calls its external command
//! validators: the certificate as a file, first; or as PEM on standard input; success is silence on
//! standard error and exit code 0.

use std::io::Write;
use std::path::Path;

use keyproof::encoding::hex::to_hex;
use keyproof::escape::visible;
use keyproof::policy::AppraisalPolicy;
use keyproof::reason::{Reason, ReasonCode};
use keyproof::report;
use keyproof::submission::{InputRole, Limits, Submission};
use keyproof::time::Timestamp;
use keyproof_ledger::gate::{self, Candidate, Pass, Question};
use keyproof_ledger::record::{Denied, Entry, Facet, IssuanceEntry, SCHEMA};
use keyproof_ledger::{Record, Term};

use crate::arguments::{GateArguments, GateFormat, TrustArguments};
use crate::exit::{Exit, Failure};
use crate::facts;
use crate::files::SubmissionReader;
use crate::ledger::{Ledger, Writer, read_signing_key};
use crate::output::Destination;

pub(crate) fn run(arguments: &GateArguments, screen: &Destination) -> Result<Exit, Failure> {
    let policy = policy(arguments.policy.as_deref())?;
    let path = arguments.certificate.as_deref().unwrap_or(Path::new("-"));
    let (bytes, candidate) = read(path)?;
    let key = read_signing_key(&arguments.ledger.ledger_key)?;
    let mut ledger = Ledger::open(&arguments.ledger.ledger.place)?;
    let now = facts::now()?;
    let question =
        Question { candidate: &candidate, order: arguments.order.as_deref(), policy: &policy, now };
    let operator = arguments.ledger.operator.as_str();
    // The decision and the binding are one transaction: two gates cannot both use one verdict.
    let decision = ledger.write(&key, now, |writer| {
        let records = records_about(question, writer)?;
        let decision = gate::decide(question, &records);
        if let Ok(pass) = &decision
            && !pass.is_bound
        {
            bind(&bytes, &candidate, pass, operator, writer)?;
        }
        Ok(decision)
    })?;
    let in_short = decision.as_ref().map(|_| ()).map_err(Vec::as_slice);
    match (arguments.format, &decision) {
        (GateFormat::Text, Ok(pass)) => {
            screen.write(&format!("may be issued on record {}\n", pass.about))?;
        }
        (GateFormat::Text, Err(_)) => {}
        (GateFormat::Pkilint, _) => screen.write(&report::gate_pkilint(in_short))?,
        (GateFormat::Pkimetal, _) => screen.write(&report::gate_pkimetal(in_short))?,
    }
    let Err(reasons) = decision else {
        return Ok(Exit::Done);
    };
    let _ = writeln!(std::io::stderr(), "keyproof: {}", in_a_line(&reasons));
    // For a staging that verifies with test anchors: all but them is in order.
    let only_test = reasons.iter().all(|reason| reason.code() == ReasonCode::GateTestTrust);
    Ok(if only_test { Exit::AcceptUnderTestTrust } else { Exit::Reject })
}

/// The policy that holds now. The built-in one needs no facts.
fn policy(file: Option<&Path>) -> Result<AppraisalPolicy, Failure> {
    let Some(file) = file else {
        return facts::built_in_policy();
    };
    let facts = facts::load(&TrustArguments::default())?;
    facts::load_policy(Some(file), &facts).map(|loaded| loaded.policy)
}

/// The one certificate of a file.
fn read(path: &Path) -> Result<(Vec<u8>, Candidate), Failure> {
    let limits = Limits::default();
    let mut reader = SubmissionReader::new(&limits);
    reader.add_file(path, InputRole::Any)?;
    let submission = Submission::unpack(reader.into_inputs(), &limits);
    let no_certificate = |why: String| {
        Failure::new(
            format!("this is not one certificate: {why}"),
            "Give the certificate that is about to be issued, as DER or PEM, and nothing else.",
        )
    };
    if let Some(problem) = submission.problems().first() {
        return Err(no_certificate(problem.code().sentence().to_owned()));
    }
    let [item] = submission.items() else {
        return Err(no_certificate(format!("{} objects came", submission.items().len())));
    };
    let certificate = match item.certificate() {
        Some(read) => read.map_err(|error| {
            no_certificate(error.reason("certificate").code().sentence().to_owned())
        })?,
        None => return Err(no_certificate(format!("a {} came", item.kind().id()))),
    };
    let candidate = Candidate {
        sha256: certificate.sha256(),
        spki_sha256: certificate.spki_sha256(),
        issuer: certificate.issuer().to_string(),
        serial: to_hex(certificate.serial()),
        not_after: Timestamp::from_unix_seconds(certificate.not_after().unix_seconds())
            .ok_or_else(|| no_certificate("the end of its validity is no time".to_owned()))?,
    };
    Ok((item.der().to_vec(), candidate))
}

/// All that the decision needs, in order.
fn records_about(question: Question<'_>, writer: &mut Writer<'_>) -> Result<Vec<Record>, Failure> {
    let next = writer.next();
    let view = writer.view();
    let mut records = view.latest([Facet::Key.term(question.candidate.spki_sha256)], next)?;
    if let Ok(basis) = gate::basis(question, &records) {
        let denials: Vec<Term> = gate::deniable(basis).iter().map(Denied::term).collect();
        let about = Facet::About.term(basis.id);
        records.extend(view.find([about])?);
        records.extend(view.latest(denials, next)?);
        records.sort_by_key(|record| record.id);
    }
    Ok(records)
}

fn bind(
    certificate: &[u8],
    candidate: &Candidate,
    pass: &Pass,
    operator: &str,
    writer: &mut Writer<'_>,
) -> Result<(), Failure> {
    let certificate = writer.keep(certificate)?;
    writer.append(&Record {
        schema: SCHEMA.to_owned(),
        id: writer.next(),
        recorded_at: writer.now(),
        operator: operator.to_owned(),
        order: pass.order.clone(),
        subscriber: pass.subscriber.clone(),
        entry: Entry::Issuance(IssuanceEntry {
            about: pass.about,
            certificate,
            spki_sha256: candidate.spki_sha256,
            issuer: candidate.issuer.clone(),
            serial: candidate.serial.clone(),
            not_after: candidate.not_after,
        }),
    })
}

fn in_a_line(reasons: &[Reason]) -> String {
    let reasons: Vec<String> = reasons
        .iter()
        .map(|reason| {
            let detail = reason.detail().iter().map(|(name, value)| format!("{name} {value}"));
            let detail: Vec<String> = detail.collect();
            format!("{} {} ({})", reason.code(), reason.code().sentence(), detail.join(", "))
        })
        .collect();
    visible(&reasons.join(" "))
}
