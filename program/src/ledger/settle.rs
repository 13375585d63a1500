//! What people decide: approvals and refusals, other methods, denials. None of it alters a verdict.

use std::path::{Path, PathBuf};

use keyproof::encoding::hex::Sha256;
use keyproof::public_key::PublicKey;
use keyproof::result::Verdict;
use keyproof::submission::{InputRole, Limits, Parsed, Submission};
use keyproof_ledger::record::{
    Decision, DenialEffect, DenialEntry, Denied, Entry, Facet, MethodEntry, NamedContent, SCHEMA,
    SettlementEntry,
};
use keyproof_ledger::{Record, RecordId};

use super::keeper::Reference;
use super::store::{Ledger, Writer, read_signing_key};
use crate::arguments::{
    DenialArguments, DeniedArguments, GroundsArguments, ReferenceArguments, SettleArguments,
    WritingArguments,
};
use crate::exit::{Exit, Failure};
use crate::facts;
use crate::files::{SubmissionReader, named, read_own_file};
use crate::output::Destination;

/// The largest document: a scanned letter, a report.
const MAX_DOCUMENT_BYTES: usize = 64 << 20;

pub(super) fn approve(arguments: &SettleArguments, screen: &Destination) -> Result<Exit, Failure> {
    settle(arguments, Decision::Approve, screen)
}

pub(super) fn refuse(arguments: &SettleArguments, screen: &Destination) -> Result<Exit, Failure> {
    settle(arguments, Decision::Refuse, screen)
}

fn settle(
    arguments: &SettleArguments,
    decision: Decision,
    screen: &Destination,
) -> Result<Exit, Failure> {
    let documents = read_documents(&arguments.grounds.documents)?;
    let about = RecordId(arguments.id);
    append(&arguments.writing, screen, |writer| {
        let basis = writer.view().present(about)?;
        let is_rejected =
            matches!(&basis.entry, Entry::Verdict(entry) if entry.verdict == Verdict::Reject);
        match &basis.entry {
            Entry::Verdict(_) if is_rejected && decision == Decision::Approve => {
                return Err(Failure::usage(
                    format!("record {about} is a reject, which nobody can approve"),
                    "Verify again with the evidence that was missing.",
                ));
            }
            Entry::Verdict(_) | Entry::Method(_) => {}
            other => {
                return Err(Failure::usage(
                    format!("record {about} is a record of kind {}, not a verdict", other.kind()),
                    "Name the verdict, as `keyproof ledger list` shows it.",
                ));
            }
        }
        let entry = Entry::Settlement(SettlementEntry {
            about,
            decision,
            reason: arguments.grounds.reason.clone(),
            documents: keep_documents(writer, &documents)?,
        });
        Ok((
            entry,
            Reference { order: basis.order, subscriber: basis.subscriber, certificate_type: None },
        ))
    })
}

pub(super) fn record(
    method: u8,
    request: &Path,
    writing: &WritingArguments,
    reference: &ReferenceArguments,
    grounds: &GroundsArguments,
    screen: &Destination,
) -> Result<Exit, Failure> {
    if method == 2 {
        return Err(Failure::usage(
            "method 2 is key attestation, which is verified, not only recorded",
            "Run `keyproof verify` with --ledger.",
        ));
    }
    if grounds.documents.is_empty() {
        return Err(Failure::usage(
            "the method rests on documents, and none is named",
            "Name each with --document.",
        ));
    }
    let (name, bytes, key) = read_key(request)?;
    let documents = read_documents(&grounds.documents)?;
    let reference = Reference::from(reference);
    append(writing, screen, |writer| {
        let sha256 = writer.keep(&bytes)?;
        let mut kept = vec![NamedContent { name, sha256 }];
        kept.extend(keep_documents(writer, &documents)?);
        let entry = Entry::Method(MethodEntry {
            method,
            spki_sha256: key.spki_sha256(),
            certificate_type: reference.certificate_type,
            reason: grounds.reason.clone(),
            documents: kept,
        });
        Ok((entry, reference))
    })
}

pub(super) fn deny(arguments: &DenialArguments, screen: &Destination) -> Result<Exit, Failure> {
    denial(arguments, DenialEffect::Deny, screen)
}

pub(super) fn lift(arguments: &DenialArguments, screen: &Destination) -> Result<Exit, Failure> {
    denial(arguments, DenialEffect::Lift, screen)
}

fn denial(
    arguments: &DenialArguments,
    effect: DenialEffect,
    screen: &Destination,
) -> Result<Exit, Failure> {
    let denied = denied(&arguments.denied)?;
    let facet = match &denied {
        Denied::Key(_) => Facet::Key,
        Denied::Device(_) => Facet::Device,
        Denied::Subscriber(_) => Facet::Subscriber,
    };
    let named = match &denied {
        Denied::Key(sha256) => sha256.to_string(),
        Denied::Device(name) | Denied::Subscriber(name) => name.clone(),
    };
    let mut is_known = true;
    let exit = append(&arguments.writing, screen, |writer| {
        let next = writer.next();
        is_known = !writer.view().latest([facet.term(&named)], next)?.is_empty();
        let entry = DenialEntry { effect, denied, reason: arguments.reason.clone() };
        Ok((Entry::Denial(entry), Reference::default()))
    })?;
    if !is_known {
        // A slip of the pen denies nobody, and nobody would notice.
        let note =
            "no other record names it so far; compare the spelling with `keyproof ledger list`";
        screen.write(&format!("{note}\n"))?;
    }
    Ok(exit)
}

fn denied(arguments: &DeniedArguments) -> Result<Denied, Failure> {
    let key = arguments.key.as_deref().map(read_sha256).transpose()?;
    let device = arguments.device.clone().map(Denied::Device);
    let subscriber = arguments.subscriber.clone().map(Denied::Subscriber);
    key.map(Denied::Key)
        .or(device)
        .or(subscriber)
        .ok_or_else(|| Failure::usage("nothing is named", "Name a key, a device or a subscriber."))
}

pub(super) fn read_sha256(text: &str) -> Result<Sha256, Failure> {
    Sha256::from_hex(text).ok_or_else(|| {
        Failure::usage(
            format!("{text} is no SHA-256"),
            "Give the 64 hexadecimal digits of the key's SubjectPublicKeyInfo.",
        )
    })
}

/// Appends one record in a transaction of its own.
fn append(
    writing: &WritingArguments,
    screen: &Destination,
    entry: impl FnOnce(&mut Writer<'_>) -> Result<(Entry, Reference), Failure>,
) -> Result<Exit, Failure> {
    let key = read_signing_key(&writing.ledger_key)?;
    let mut ledger = Ledger::open(&writing.ledger.place)?;
    let id = ledger.write(&key, facts::now()?, |writer| {
        let (entry, reference) = entry(writer)?;
        let id = writer.next();
        writer.append(&Record {
            schema: SCHEMA.to_owned(),
            id,
            recorded_at: writer.now(),
            operator: writing.operator.clone(),
            order: reference.order,
            subscriber: reference.subscriber,
            entry,
        })?;
        Ok(id)
    })?;
    screen.write(&format!("recorded as {id}\n"))?;
    Ok(Exit::Done)
}

fn read_documents(paths: &[PathBuf]) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let read = |path: &PathBuf| {
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        Ok((name, read_own_file(path, MAX_DOCUMENT_BYTES)?))
    };
    paths.iter().map(read).collect()
}

fn keep_documents(
    writer: &mut Writer<'_>,
    documents: &[(String, Vec<u8>)],
) -> Result<Vec<NamedContent>, Failure> {
    let keep = |(name, bytes): &(String, Vec<u8>)| {
        Ok(NamedContent { name: name.clone(), sha256: writer.keep(bytes)? })
    };
    documents.iter().map(keep).collect()
}

/// The one key that a file is about: that of a request whose signature it verifies, of a certificate,
/// or bare.
fn read_key(path: &Path) -> Result<(String, Vec<u8>, PublicKey), Failure> {
    let limits = Limits::default();
    let mut reader = SubmissionReader::new(&limits);
    reader.add_file(path, InputRole::Request)?;
    let inputs = reader.into_inputs();
    let name = inputs.first().map(|input| input.name.clone()).unwrap_or_default();
    let bytes = inputs.first().map(|input| input.bytes.clone()).unwrap_or_default();
    let submission = Submission::unpack(inputs, &limits);
    let failure = |why: &str| {
        Failure::new(
            format!("{} does not say which key it is about: {why}", named(path)),
            "Name the certification request, or a file with the public key alone.",
        )
    };
    if let Some(problem) = submission.problems().first() {
        return Err(failure(problem.code().sentence()));
    }
    let [item] = submission.items() else {
        return Err(failure("it does not hold exactly one request, certificate or public key"));
    };
    let key = match item.parsed() {
        Parsed::Request(request) => {
            request.as_ref().map_err(Clone::clone).and_then(|request| match request.verify() {
                Some(verified) => verified.map(|verified| verified.public_key().clone()),
                None => request.public_key().cloned().map_err(Clone::clone),
            })
        }
        Parsed::Certificate(Ok(certificate)) => PublicKey::of_certificate(certificate),
        Parsed::Certificate(Err(_)) => return Err(failure("its certificate cannot be read")),
        Parsed::PublicKey(key) => key.clone(),
    };
    Ok((name, bytes, key.map_err(|reason| failure(reason.code().sentence()))?))
}
