//! `keyproof token verify`: reads a token and judges what it attests, as `verify` does with files.

use keyproof::Knowledge;
use keyproof::collect::apdu::Session;
use keyproof::collect::{CollectedKey, Contents, Wanted, collect};
use keyproof::public_key::PublicKey;
use keyproof::submission::{Input, InputRole, Item, Limits, Submission};
use keyproof_ledger::keep::Seen;

use super::arguments::TokenVerifyArguments;
use super::challenge::challenge;
use super::reader::Readers;
use super::{observations, wanted};
use crate::exit::{Exit, Failure};
use crate::files::{SubmissionReader, named};
use crate::judging::Judging;
use crate::ledger::Keeper;
use crate::output::Destination;
use crate::verify::{conclude, remove_earlier};

pub(super) fn run(arguments: &TokenVerifyArguments, screen: &Destination) -> Result<Exit, Failure> {
    let read_first = std::iter::once(&arguments.request).chain(&arguments.attestation);
    remove_earlier(&arguments.report, read_first.chain(&arguments.judging.policy))?;
    let judging = Judging::keeping(&arguments.judging, &arguments.keeping.kept)?;
    // Before anyone is asked to put a token in.
    let keeper = Keeper::for_one(&arguments.keeping, &judging)?;
    let wanted = wanted(&arguments.token)?;
    let limits = Limits::default();
    let mut reader = SubmissionReader::new(&limits);
    reader.add_file(&arguments.request, InputRole::Request)?;
    for path in &arguments.attestation {
        reader.add_file(path, InputRole::Attestation)?;
    }
    let (mut inputs, _) = reader.into_inputs();
    let requested = requested_key(&inputs, &limits);
    if wanted == Wanted::All && requested.is_none() {
        return Err(Failure::new(
            format!("{} holds no request whose key could be read", named(&arguments.request)),
            "Name the request that the certificate is for; or name the slot with --slot.",
        ));
    }

    let readers = Readers::establish()?;
    let token = &arguments.token;
    let reader = readers.choose(token.reader.as_deref(), token.wait)?;
    let (files, observations) = readers.converse(&reader, |transport| {
        let mut session = Session::new(transport);
        let collection = collect(&mut session, wanted)?;
        let key = chosen(&collection.contents, wanted, requested.as_ref())?;
        let mut observations = observations(&collection, Some(key));
        if arguments.challenge {
            let seen = challenge(&mut session, &collection.token, key, arguments.pin_stdin)?;
            observations.challenge = Some(seen);
        }
        let files: Vec<_> = collection.contents.files_of(key).cloned().collect();
        Ok((files, observations))
    })?;
    inputs.extend(files.into_iter().map(|file| Input {
        name: file.name,
        bytes: file.bytes,
        role: InputRole::Found,
    }));
    let submission = Submission::unpack(inputs.clone(), &limits);
    let verifier = &judging.verifier;
    let expected = arguments.expected.expected();
    let knowledge = Knowledge { observations: Some(&observations), expected };
    let result = verifier.appraise_knowing(&submission, &knowledge, judging.time);
    let seen = Seen {
        inputs: &inputs,
        companions: submission.companions(),
        observations: Some(&observations),
    };
    conclude(seen, result, keeper, &arguments.keeping, &arguments.report, screen)
}

/// The key of the one request.
fn requested_key(inputs: &[Input], limits: &Limits) -> Option<PublicKey> {
    let requests: Vec<Input> =
        inputs.iter().filter(|input| input.role == InputRole::Request).cloned().collect();
    let submission = Submission::unpack(requests, limits);
    let request = submission.items().iter().find_map(Item::request)?.ok()?;
    request.public_key().ok().cloned()
}

/// The key that was named, or the one in the request.
fn chosen<'a>(
    collection: &'a Contents,
    wanted: Wanted,
    requested: Option<&PublicKey>,
) -> Result<&'a CollectedKey, Failure> {
    let found = match wanted {
        Wanted::All => requested.and_then(|key| collection.find(key)),
        Wanted::Slot(_) | Wanted::Key(_) => collection.keys.first(),
    };
    found.ok_or_else(|| {
        let mut held: Vec<String> =
            collection.keys.iter().map(|key| key.reference.clone()).collect();
        held.extend(
            collection.without.iter().map(|key| format!("{} ({})", key.reference, key.why)),
        );
        let held = if held.is_empty() { "no keys".to_owned() } else { held.join(", ") };
        Failure::new(
            "no key that this token attests is the key in the request".to_owned(),
            format!("The token holds {held}. Ask which token holds the key."),
        )
    })
}
